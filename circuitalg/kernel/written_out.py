"""What it takes to write a circuit's coefficient tensor out over Q, bounded before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from circuitalg.arithmetic.denominators import common_denominator
from circuitalg.circuit.fold import scan
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
    scan(circuit.nodes, _Sizes(circuit, weights))


class _Sizes:
    """The algebra of these bounds."""

    def __init__(self, circuit: Circuit, weights: Mapping[str, Matrix]) -> None:
        self._nodes, self._weights, self._most = circuit.nodes, weights, prod(circuit.dims)
        self._matrices: dict[str | int, _Size] = {}
        self._work = 0

    def leaf(self, node: Node) -> _Size:
        return self._checked(node, _Size(node.width, 1, 0), 0)

    def one(self, node: Node) -> _Size:
        return self._checked(node, _Size(1, 1, 0), 0)

    def product(self, node: Node, below: Sequence[_Size]) -> _Size:
        entries, magnitudes, denominators = zip(*below, strict=True)
        size = _Size(min(self._most, prod(entries)), sum(magnitudes), sum(denominators))
        return self._checked(node, size, len(below))

    def sum(self, node: Node, below: Sequence[_Size]) -> _Size:
        pairs = [(self._matrix(x), size) for x, size in zip(node.matrices, below, strict=True)]
        size = _Size(
            max(size.entries for size in below),
            max(edge.magnitude + size.magnitude for edge, size in pairs) + 32,
            sum(edge.denominator + size.denominator for edge, size in pairs),
        )
        return self._checked(node, size, sum(self._nodes[child].width for child in node.children))

    def _checked(self, node: Node, size: _Size, terms: int) -> _Size:
        """The size, if an entry's computation from so many terms is not too much."""
        bits = size.magnitude + size.denominator
        words = _OBJECTS * (1 + bits // 64) if bits > 60 else 1
        self._work += size.entries * node.width * (1 + terms) * words
        if size.entries * bits > _MAX_BITS or self._work > _MAX_WORK:
            raise TooLargeError(
                f"written out exactly, the tensor takes numbers too long or too much work (at the "
                f"node {node.name!r}); take smaller numbers or fewer locations"
            )
        return size

    def _matrix(self, label: str | Matrix) -> _Size:
        key = label if isinstance(label, str) else id(label)
        if key not in self._matrices:
            matrix = self._weights[label] if isinstance(label, str) else label
            where = f"the weights {label!r}" if isinstance(label, str) else "a fixed matrix"
            common = common_denominator((x for row in matrix for x in row), where)
            largest = max(x.numerator.bit_length() for row in matrix for x in row)
            self._matrices[key] = _Size(1, largest, common.bit_length() - 1)
        return self._matrices[key]
