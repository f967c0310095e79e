"""Outputs that are zero whatever the inputs: rank 0, from zeros in matrices alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from circuitalg.circuit.fold import fold
from circuitalg.circuit.graph import Circuit, Matrix, Node
from circuitalg.errors import RuleError
from circuitalg.kernel.statement import check_output

_MAX_WORK = 10**9
_MAX_HELD_BITS = 1 << 30


def vanishing_value(
    circuit: Circuit, output: int, weights: Mapping[str, Matrix] | None = None
) -> int:
    """Return 0 where an output is zero because zero entries cut it off from the inputs.

    A channel of a product is zero where one of its factors is; a channel of a sum where each term
    has a zero entry or a zero channel. Without weights a parameter counts as having no zero entry,
    so that what is found holds for all weights.

    Raises
    ------
    RuleError
        When the output is not found to be zero (x - x is not), or the pass is too much work.
    """
    check_output(circuit, output)
    channels = _ZeroChannels(circuit, weights)
    zero = fold(circuit.nodes, channels, channels.freed) if channels.possible() else 0
    if not zero >> output & 1:
        raise RuleError(f"output {output} is not cut off from the inputs by zeros")
    return 0


def _bits(flags: Iterable[bool]) -> int:
    """The flags as a number, the first one lowest; in linear time."""
    return int("".join("01"[flag] for flag in flags)[::-1], 2)


class _Support(NamedTuple):
    """Where a matrix is not zero: by row, as a set of bits; None where it is nowhere zero."""

    rows: tuple[int, ...] | None
    height: int

    def dead_rows(self, dead: int, alive: bool) -> int:
        """Rows that see none but dead columns, as bits; ``alive``: some column is not dead."""
        if self.rows is None:
            return 0 if alive else (1 << self.height) - 1
        return _bits(not row & ~dead for row in self.rows)


class _ZeroChannels:
    """The algebra of sets of zero channels, as bits."""

    def __init__(self, circuit: Circuit, weights: Mapping[str, Matrix] | None) -> None:
        self._nodes, self._weights = circuit.nodes, weights
        self._supports: dict[str | int, _Support] = {}
        self._work = self._held = 0

    def possible(self) -> bool:
        """Whether any matrix has a row of zeros: without one no channel is zero."""
        used = [self._matrix(label) for node in self._nodes for label in node.matrices]
        different = {id(matrix): matrix for matrix in used if matrix is not None}
        return not all(all(map(any, matrix)) for matrix in different.values())

    def leaf(self, _node: Node) -> int:
        return 0

    one = leaf

    def product(self, _node: Node, below: Sequence[int]) -> int:
        found = 0
        for dead in below:
            found |= dead
        return self._kept(found)

    def sum(self, node: Node, below: Sequence[int]) -> int:
        found = (1 << node.width) - 1
        for label, child, dead in zip(node.matrices, node.children, below, strict=True):
            width = self._nodes[child].width
            support = self._support(label, node.width)
            self._work += 1 + (node.width * (1 + width // 64) if support.rows is not None else 0)
            if self._work > _MAX_WORK:
                raise RuleError("the network is too large to be searched for zero channels")
            found &= support.dead_rows(dead, dead != (1 << width) - 1)
        return self._kept(found)

    def _kept(self, dead: int) -> int:
        self._held += dead.bit_length()
        if self._held > _MAX_HELD_BITS:
            raise RuleError("the network is too wide for its zero channels to be kept")
        return dead

    def freed(self, dead: int) -> None:
        self._held -= dead.bit_length()

    def _matrix(self, label: str | Matrix) -> Matrix | None:
        """The entries; None of a parameter without weights."""
        if not isinstance(label, str):
            return label
        return None if self._weights is None else self._weights[label]

    def _support(self, label: str | Matrix, height: int) -> _Support:
        matrix = self._matrix(label)
        if matrix is None:
            return _Support(None, height)
        key = label if isinstance(label, str) else id(label)
        if key not in self._supports:
            rows = tuple(_bits(map(bool, row)) for row in matrix)
            full = all(row == (1 << len(matrix[0])) - 1 for row in rows)
            self._supports[key] = _Support(None if full else rows, height)
        return self._supports[key]
