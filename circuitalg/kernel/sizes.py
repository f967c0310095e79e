"""What it takes to write a circuit's coefficient tensor out over Q, bounded before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

from circuitalg.arithmetic.denominators import common_denominator
from circuitalg.circuit.graph import Circuit, Matrix, Node
from circuitalg.errors import TooLargeError

_MAX_BITS = 1 << 33
"""Of all entries of a node's tensor: 1 GB."""
_MAX_WORK = 10**11
_OBJECTS = 50
"""Operations with numbers of 64 bits that take as long as one with a Python integer."""


class _Size(NamedTuple):
    """Bounds: entries, binary digits of the magnitude, those of the common denominator."""

    entries: int
    magnitude: int
    denominator: int


def check_written_out(circuit: Circuit, weights: Mapping[str, Matrix]) -> None:
    """Refuse tensors whose numbers are too long, or too much work, to be written out exactly.

    Raises
    ------
    TooLargeError
        Before anything is computed; the sentence names the node.
    """
    most = prod(circuit.dims)
    matrices: dict[str | int, _Size] = {}
    sizes: list[_Size] = []
    work = 0
    for node in circuit.nodes:
        below = [sizes[child] for child in node.children]
        edges = [_matrix(label, weights, matrices) for label in node.matrices]
        size = _node(node, below, edges, most)
        width = sum(circuit.nodes[c].width for c in node.children) if edges else len(below)
        bits = size.magnitude + size.denominator
        words = _OBJECTS * (1 + bits // 64) if bits > 60 else 1
        work += size.entries * node.width * (1 + width) * words
        if size.entries * bits > _MAX_BITS or work > _MAX_WORK:
            raise TooLargeError(
                f"written out exactly, the tensor takes numbers too long or too much work (at the "
                f"node {node.name!r}); take smaller numbers or fewer locations"
            )
        sizes.append(size)


def _matrix(
    label: str | Matrix, weights: Mapping[str, Matrix], known: dict[str | int, _Size]
) -> _Size:
    key = label if isinstance(label, str) else id(label)
    if key not in known:
        matrix = weights[label] if isinstance(label, str) else label
        where = f"the weights {label!r}" if isinstance(label, str) else "a fixed matrix"
        common = common_denominator((x for row in matrix for x in row), where)
        largest = max(x.numerator.bit_length() for row in matrix for x in row)
        known[key] = _Size(1, largest, common.bit_length() - 1)
    return known[key]


def _node(node: Node, below: list[_Size], edges: list[_Size], most: int) -> _Size:
    if not below:
        return _Size(node.width if node.kind == "input" else 1, 1, 0)
    if not edges:
        entries = min(most, prod(size.entries for size in below))
        magnitude = sum(size.magnitude for size in below)
        return _Size(entries, magnitude, sum(size.denominator for size in below))
    pairs = list(zip(edges, below, strict=True))
    return _Size(
        max(size.entries for size in below),
        max(edge.magnitude + size.magnitude for edge, size in pairs) + 32,
        sum(edge.denominator + size.denominator for edge, size in pairs),
    )
