"""Certificates: theorems as plain JSON data, and back by running the rules again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from circuitalg import deadline
from circuitalg.circuit.files import circuit_from_data, circuit_to_data
from circuitalg.errors import CertificateError, CircuitalgError, FileFormatError, OutOfTimeError
from circuitalg.files import read_json, write
from circuitalg.integers import shown
from circuitalg.kernel.codec import Decoder, Numbering, encode
from circuitalg.kernel.rules import RULES
from circuitalg.kernel.statement import Statement
from circuitalg.kernel.theorem import Theorem

FORMAT, VERSION = "circuitalg-certificate", 2
_MAX_SECONDS = 600


def certificate(theorem: Theorem[Statement]) -> dict[str, Any]:
    """Return the certificate of a theorem as JSON data (docs/certificates.md)."""
    numbering, numbers = Numbering(), {}
    theorems = []
    for number, each in enumerate(_premises_first(theorem)):
        numbers[id(each)] = number
        theorems.append(
            {
                "statement": encode(each.statement, numbering.leaf),
                "proof": encode(each.proof, numbering.leaf),
                "premises": [numbers[id(premise)] for premise in each.premises],
            }
        )
    circuits = [circuit_to_data(circuit) for circuit in numbering.circuits]
    return {"format": FORMAT, "version": VERSION, "circuits": circuits, "theorems": theorems}


def _premises_first(theorem: Theorem[Statement]) -> Iterator[Theorem[Statement]]:
    """Every theorem once, after its premises."""
    stack, seen = [(theorem, False)], set()
    while stack:
        each, ready = stack.pop()
        if ready:
            yield each
        elif id(each) not in seen:
            seen.add(id(each))
            stack.append((each, True))
            stack.extend((premise, False) for premise in reversed(each.premises))


def save(theorem: Theorem[Statement], path: Path) -> Path:
    """Write a theorem's certificate atomically."""
    write(path, json.dumps(certificate(theorem), separators=(",", ":")), "certificate")
    return path


def load_theorem(path: str | Path) -> Theorem[Statement]:
    """Read a certificate and run the kernel's rules on it again.

    Parameters
    ----------
    path
        The file, as ``theorem.save`` writes it.

    Raises
    ------
    FileFormatError
        When the file is not a certificate.
    CertificateError
        When the rules do not prove what it states, or not within ten minutes.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from circuitalg import cp_model, prove_rank
    >>> with TemporaryDirectory() as folder:
    ...     saved = prove_rank(cp_model(4, 2, 3), "odd-even").save(folder + "/theorem.json")
    ...     load_theorem(saved).statement.summary
    'rank = 3'
    """
    try:
        return theorem_of(read_json(path))
    except FileFormatError as error:
        said = str(error).removeprefix(f"{path}: ")
        raise FileFormatError(f"{path}: {said}") from None


def theorem_of(data: Any) -> Theorem[Statement]:
    """Run the kernel's rules on a certificate's data again; raises as `load_theorem` does."""
    try:
        with deadline.within(_MAX_SECONDS):
            return _loaded(_members(data))
    except OutOfTimeError:
        raise CertificateError(
            f"not verified within {_MAX_SECONDS} seconds, the limit of a reader"
        ) from None


def _members(data: Any) -> Mapping[str, Any]:
    names = {"format", "version", "circuits", "theorems"}
    if not isinstance(data, dict) or data.keys() != names or data["format"] != FORMAT:
        raise FileFormatError("not a certificate; theorem.save or --out writes one")
    if type(data["version"]) is not int or data["version"] != VERSION:
        raise FileFormatError(f"not a {FORMAT} of version {VERSION}; save the theorem again")
    if not isinstance(data["circuits"], list) or not isinstance(data["theorems"], list):
        raise FileFormatError("the circuits and theorems of a certificate are lists")
    return data


def _loaded(data: Mapping[str, Any]) -> Theorem[Statement]:
    circuits = [circuit_from_data(each) for each in data["circuits"]]
    decoder = Decoder(circuits)
    theorems: list[Theorem[Statement]] = []
    unused: set[int] = set()
    for number, entry in enumerate(data["theorems"]):
        unused -= set(_premises(entry, number))
        theorems.append(_again(decoder, entry, theorems, number))
        unused.add(number)
    if not theorems:
        raise FileFormatError("the certificate holds no theorem")
    if unused != {len(theorems) - 1}:
        raise FileFormatError(f"theorem {min(unused)} is not a premise of a later one")
    if len(decoder.used) < len(circuits):
        raise FileFormatError("the certificate holds a circuit that no statement is about")
    return theorems[-1]


def _premises(entry: Any, number: int) -> list[int]:
    if not isinstance(entry, dict) or entry.keys() != {"statement", "proof", "premises"}:
        raise FileFormatError(
            f"theorem {number} must have the members statement, proof, premises and no other"
        )
    found = entry["premises"]
    if not isinstance(found, list) or any(type(k) is not int or not 0 <= k < number for k in found):
        raise FileFormatError(f"the premises of theorem {number} are not numbers of earlier ones")
    return found


def _again(
    decoder: Decoder, entry: dict[str, Any], before: list[Theorem[Statement]], number: int
) -> Theorem[Statement]:
    """Run the rule of one theorem again."""
    said = entry["statement"]
    kind = said.get("kind") if isinstance(said, dict) else None
    if not isinstance(kind, str) or kind not in RULES:
        raise FileFormatError(f"theorem {number} has no statement of a known kind: {shown(kind)}")
    rule = RULES[kind]
    stated = decoder.read(said, rule.hints["return"], "the statement")
    proof = decoder.read(entry["proof"], rule.hints["proof"], "the proof")
    try:
        return rule.again(stated, proof, tuple(before[k] for k in entry["premises"]))
    except OutOfTimeError:
        raise
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError, ValueError) as error:
        if isinstance(error, CircuitalgError):
            raise
        raise FileFormatError(
            f"theorem {number} is not well-formed: a member is of the wrong kind ({error})"
        ) from None
