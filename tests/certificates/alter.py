"""Alter the data of a certificate, and ask both readers what they say to the file."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import circuitalg as ca
from circuitalg import checker
from circuitalg.errors import CircuitalgError

_NUMBERS = itertools.count()

Change = Callable[[Any], Any]
"""Changes a certificate's data in place, or returns what is written instead: data, or a text."""

SHORT = {
    "st": "theorems/-1/statement",
    "proof": "theorems/-1/proof",
    "low": "theorems/-1/proof/lower",
    "up": "theorems/-1/proof/upper",
    "low0": "theorems/-1/proof/lower/blocks/0",
    "up0": "theorems/-1/proof/upper/blocks/0",
    "nodes": "circuits/0/nodes",
}
"""What a path may begin with, beside the members of the certificate; st is the last statement."""


def _find(data: Any, path: str) -> tuple[Any, Any]:
    first, slash, rest = path.partition("/")
    *way, last = (SHORT.get(first, first) + slash + rest).split("/")
    for step in way:
        data = data[int(step) if isinstance(data, list) else step]
    return data, int(last) if isinstance(data, list) else last


def get(data: Any, path: str) -> Any:
    """What stands at a path."""
    place, key = _find(data, path)
    return place[key]


def put(*pairs: Any) -> Change:
    """Put values at paths: put(path, value, path, value, ...)."""

    def change(data: Any) -> None:
        for path, value in zip(pairs[::2], pairs[1::2], strict=True):
            place, key = _find(data, path)
            place[key] = copy.deepcopy(value)

    return change


def drop(path: str) -> Change:
    """Remove a member."""

    def change(data: Any) -> None:
        place, key = _find(data, path)
        del place[key]

    return change


def append(path: str, value: Any) -> Change:
    """Append to a list."""
    return lambda data: get(data, path).append(copy.deepcopy(value))


def turn(path: str) -> Change:
    """Turn a list round."""
    return lambda data: get(data, path).reverse()


def without_tensor(kind: str, dim: int, *pairs: Any) -> Change:
    """Put a network of two locations that has no coefficient tensor, and values at paths.

    "square": one product has location 0 twice; "uneven": one sum adds x_0 x_1 and x_0. Its weights
    are identities, and [1 ... 1] at the output.
    """
    unit = [[int(i == j) for j in range(dim)] for i in range(dim)]
    ones = [[1] * dim]
    nodes = [["x", "input", dim, 0], ["y", "input", dim, 1], ["a", "sum", dim, [0], [0]]]
    nodes.append(["b", "sum", dim, [1], [1]])
    weights = {"a": unit, "b": unit, "c": ones, "d": ones}
    if kind == "square":
        weights["c"] = unit
        nodes += [["c", "sum", dim, [0], [2]], ["p", "product", dim, [2, 3, 4]]]
        nodes.append(["out", "sum", 1, [5], [3]])
    else:
        nodes += [["p", "product", dim, [2, 3]], ["out", "sum", 1, [4, 2], [2, 3]]]

    def change(data: Any) -> None:
        put("circuits/0/nodes", nodes, "circuits/0/parameters", list("abcd"))(data)
        put("circuits/0/matrices", [], *pairs)(data)
        if "weights" in get(data, "st"):
            put("st/weights", weights)(data)

    return change


def deep(first: Any, more: Any, times: int) -> Any:
    """A sum in a sum in a sum ..."""
    for _ in range(times):
        first = ["+", first, more]
    return first


def text(change: Callable[[str], str]) -> Change:
    """Alter the file's text."""
    return lambda data: change(json.dumps(data))


def rewrite(old: str, new: str) -> Change:
    """Replace the first occurrence of a piece of the file's text."""

    def change(found: str) -> str:
        if old not in found:
            pytest.fail(f"the certificate holds no {old}")
        return found.replace(old, new, 1)

    return text(change)


def altered(data: Any, change: Change, folder: Path) -> Path:
    """Write a certificate's data after a change, which must change it."""
    before = json.dumps(data)
    data = json.loads(before)
    found = change(data)
    content = data if found is None else found
    content = content if isinstance(content, str) else json.dumps(content)
    if content == before:
        pytest.fail("the alteration changes nothing")
    return written(content, folder)


def written(content: str, folder: Path) -> Path:
    """A new file; to write into one that exists would wait for the disk."""
    file = folder / f"altered-{next(_NUMBERS)}.json"
    file.write_text(content, encoding="utf-8")
    return file


def kernel_says(file: Path) -> str | None:
    """Why the kernel refuses a file, one sentence; None if it makes a theorem of it."""
    try:
        ca.load_theorem(file)
    except CircuitalgError as error:
        return _sentence(error)
    return None


def checker_says(file: Path) -> str | None:
    """Why the checker refuses a file, one sentence; None if it verifies it."""
    try:
        checker.verify_file(file)
    except (checker.Refusal, checker.Unreadable) as error:
        return _sentence(error)
    return None


def refused(data: Any, match: str, error: type[Exception] = checker.Refusal) -> None:
    """Fail unless the checker refuses data for this reason, in one sentence; it changes nothing."""
    before = copy.deepcopy(data)
    with pytest.raises(error, match=match) as caught:
        checker.verify(data)
    _sentence(caught.value)
    if data != before:
        pytest.fail("the checker has changed the data")


def _sentence(error: Exception) -> str:
    said = str(error)
    if len(said.splitlines()) != 1 or len(said) > 1000:
        pytest.fail(f"no sentence: {said!r}")
    return said


def both_accept(theorem: ca.Theorem, folder: Path) -> checker.Verified:
    """Save a theorem, verify it with the checker and read it back with the kernel; all agree."""
    file = theorem.save(folder / "genuine.json")
    verified, again = checker.verify_file(file), ca.load_theorem(file)
    agree = (
        again == theorem
        and again.certificate() == theorem.certificate()
        and verified.kind == type(theorem.statement).__name__
        and verified.statement_sha256 == again.statement_sha256 == theorem.statement_sha256
    )
    if not agree:
        pytest.fail(f"the readers do not agree about {theorem}")
    return verified


def both_refuse(theorem: ca.Theorem, change: Change, folder: Path) -> str:
    """Neither reader accepts a theorem's certificate after a change; what the checker says."""
    file = altered(theorem.certificate(), change, folder)
    said = checker_says(file)
    if said is None or kernel_says(file) is None:
        pytest.fail(f"accepted by the {'checker' if said is None else 'kernel'}")
    return said
