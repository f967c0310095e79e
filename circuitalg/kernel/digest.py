"""The digest of a statement: a SHA-256 that names what has been proved, and not how.

docs/certificates.md defines it; the checker prints its own in every verdict. Texts of statements
are shortened where they are long, so two statements may read alike; their digests differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from circuitalg.circuit.canonical import canonical_lines
from circuitalg.circuit.node import Node
from circuitalg.kernel.certificate import statement_data
from circuitalg.kernel.statements import RankStatement, Separation, Statement
from circuitalg.kernel.subject import Data
from circuitalg.logspace.simnet import SimNet

_CIRCUITS = ("circuit", "a", "b", "split")
_NUMBERS = {
    *("weights", "templates", "x", "squared_distance", "low", "high", "log_weights", "log_inputs"),
    *("entries", "means", "variances", "box"),
}
"""Members that hold exact numbers and nothing else, at any depth (names are keys there)."""
_PARTS = {"tensor", "gram"}
"""Members that are objects, some of whose own members are numbers."""


def statement_sha256(statement: Statement) -> str:
    """The digest of a statement, 64 hexadecimal digits.

    Equal statements have equal digests, whatever proves them and however a file writes their
    numbers; different ones have different digests, unless SHA-256 fails.

    Examples
    --------
    >>> from circuitalg import Bipartition, cp_model, prove_rank
    >>> theorem = prove_rank(cp_model(2, 2, 2), Bipartition.of([0], 2))
    >>> theorem.statement_sha256[:16]
    '6b6ac759a5d3521c'
    """
    text = json.dumps(
        canonical(statement), sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(statement: Statement) -> Data:
    """What is hashed: the members of a certificate's statement in one form each."""
    said = statement_data(statement)
    found = {name: _member(said["kind"], name, part) for name, part in said.items()}
    if isinstance(statement, RankStatement):
        circuit = statement.deep if isinstance(statement, Separation) else statement.circuit
        found["circuit"] = circuit.fingerprint
        for name in {"lower", "upper", "needed"} & found.keys():
            found[name] = _hexadecimal(getattr(statement, name))
        return found
    for name in found.keys() & set(_CIRCUITS):
        found[name] = getattr(statement, name).fingerprint
    if "simnet" in found:
        found["simnet"] = simnet_fingerprint(getattr(statement, "simnet"))  # noqa: B009
    return found


def _member(kind: str, name: str, part: Any) -> Any:
    if kind == "SameFunction" and name == "weights":
        return {of: _expression(expression) for of, expression in part.items()}
    if name in _NUMBERS or (kind, name) == ("LogSpaceError", "bound"):
        return _numbers(part)
    if name in _PARTS:
        return {inner: _numbers(x) if inner in _NUMBERS else x for inner, x in part.items()}
    if name == "functions":
        return [_term(term) for term in part]
    return part


def _numbers(part: Any) -> Any:
    """Numbers in lists and objects, each as a string."""
    if isinstance(part, dict):
        return {name: _numbers(inner) for name, inner in part.items()}
    if isinstance(part, list):
        return [_numbers(inner) for inner in part]
    return _hexadecimal(Fraction(part))


def _hexadecimal(number: int | Fraction) -> str:
    top, bottom = number.numerator, number.denominator
    return f"{top:x}" if bottom == 1 else f"{top:x}/{bottom:x}"


def _expression(part: Data) -> Data:
    """A matrix expression: names stay, the entries of fixed matrices are numbers."""
    ((op, value),) = part.items()
    if op == "parameter":
        return part
    return {op: _numbers(value) if op == "matrix" else [_expression(inner) for inner in value]}


def _term(part: Any) -> Any:
    """A term: the index of a coordinate and the exponent of a power are not numbers here."""
    if not isinstance(part, list):
        return _hexadecimal(Fraction(part))
    op, *inner = part
    if op == "x":
        return part
    if op == "^":
        return [op, _term(inner[0]), inner[1]]
    return [op, *map(_term, inner)]


def simnet_fingerprint(simnet: SimNet) -> str:
    """SHA-256 of a SimNet's canonical form, as `Circuit.fingerprint` is that of a circuit's."""
    digest = hashlib.sha256()
    for line in _simnet_lines(simnet):
        digest.update(line.encode())
    return digest.hexdigest()


def _simnet_lines(simnet: SimNet) -> Iterator[str]:
    """A circuit's lines; those of MEX nodes have β and the mode as two more members."""
    nodes = simnet.nodes
    as_nodes = [
        Node(node.name, node.kind, node.width, node.location, node.children, node.offsets)
        for node in nodes
    ]
    in_order = sorted(nodes, key=lambda node: node.name)
    for node, line in zip(in_order, canonical_lines(as_nodes), strict=True):
        if node.kind != "mex":
            yield line
            continue
        beta = json.dumps(node.beta if isinstance(node.beta, int) else str(node.beta))
        yield f'{line.removesuffix("]" + chr(10))},{beta},"{"mean" if node.mean else "sum"}"]\n'
