"""The index recursion (U1, U4, U5): upper bounds of every smooth decomposable circuit.

All are integers computed from the network alone; each holds at every setting of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import NamedTuple

from circuitalg import deadline
from circuitalg.circuit.fold import fold, location_of, scan
from circuitalg.circuit.node import Node
from circuitalg.errors import StructureError, TooLargeError
from circuitalg.kernel.rank.network import NO_SIDE, SIDE_I
from circuitalg.kernel.rank.question import Question

MAX_HELD = 1 << 33
"""Binary digits of the bounds that are kept at once: 1 GB."""
TOO_LONG = "the bounds of this network's nodes have too many digits to keep; split the network"

Pair = tuple[int, int]
"""Two bounds, the channel index counted on side I, and on side J."""


def leaf(side: int, dim: int) -> Pair:
    """A vector of one side, or of none: its index costs its dimension on the other side."""
    return (1, 1) if side == NO_SIDE else (1, dim) if side == SIDE_I else (dim, 1)


def met(width: int, pairs: Sequence[Pair]) -> Pair:
    """Parts that meet at one index: all have it on one side, or it is paid for and each chooses."""
    cut = width * prod([min(pair) for pair in pairs])
    return min(cut, prod([pair[0] for pair in pairs])), min(cut, prod([pair[1] for pair in pairs]))


def crossed(pair: Pair, rho: int) -> Pair:
    """What a matrix of rank at most rho makes of a part: its index may change sides for rho."""
    return min(pair[0], rho * pair[1]), min(pair[1], rho * pair[0])


Further = Callable[[Sequence[Pair]], int]
"""A bound of one of a node's two ranks, from the ranks of all nodes before it."""


def index_recursion(
    question: Question, further: Mapping[int, Sequence[tuple[int, Further]]] | None = None
) -> int:
    """Bound the rank by one pass over any smooth decomposable circuit (U1, U4, U5).

    f(n, s) bounds the rank of node n's tensor with its channel index counted on side s: an input
    has 1 on its own side and its width on the other; a product either keeps all children on
    side s or pays its width and lets each choose; a sum adds its branches, each of which may move
    its index across the matrix for the smaller of the two widths. No node's rank exceeds the
    number of rows or of columns of its matricization, nor ``further`` bounds (U8), given by node as
    pairs of a side and the bound; its index may change sides for its width.
    """
    circuit, parts = question.circuit, question.bipartition
    circuit.is_multilinear.demand(StructureError, "there is no coefficient tensor to bound")
    recursion = _Recursion(circuit.nodes, parts.sides, further or {})
    if further:
        return min(scan(circuit.nodes, recursion)[-1].ranks)
    return min(fold(circuit.nodes, recursion, recursion.freed).ranks)


class _Bounds(NamedTuple):
    """Of a node: bounds of its ranks; and Π M_i over its locations in I, and over those in J."""

    ranks: Pair
    shape: Pair

    @property
    def bits(self) -> int:
        """Binary digits of all of them."""
        return sum(map(int.bit_length, (*self.ranks, *self.shape)))


class _Recursion:
    """The algebra of these bounds; those of long chains are large, so what is held is counted."""

    def __init__(
        self,
        nodes: Sequence[Node],
        sides: Sequence[int],
        further: Mapping[int, Sequence[tuple[int, Further]]],
    ) -> None:
        self._nodes, self._sides, self._held = nodes, sides, 0
        self._further, self._ranks = further, list[Pair]()  # of all nodes before, where they count

    def leaf(self, node: Node) -> _Bounds:
        ranks = leaf(self._sides[location_of(node)], node.width)
        return self._kept(node, ranks, (ranks[1], ranks[0]))

    def one(self, node: Node) -> _Bounds:
        return self._kept(node, (1, 1), (1, 1))

    def product(self, node: Node, below: Sequence[_Bounds]) -> _Bounds:
        rows, columns = (prod(child.shape[side] for child in below) for side in (0, 1))
        ranks = met(self._width(node), [child.ranks for child in below])
        return self._kept(node, ranks, (rows, columns))

    def sum(self, node: Node, below: Sequence[_Bounds]) -> _Bounds:
        links = [min(self._nodes[child].width, self._width(node)) for child in node.children]
        found = [crossed(child.ranks, rho) for child, rho in zip(below, links, strict=True)]
        ranks = sum([pair[0] for pair in found]), sum([pair[1] for pair in found])
        return self._kept(node, ranks, below[0].shape)

    def _width(self, node: Node) -> int:
        """Of the last node one channel is asked for."""
        return 1 if node is self._nodes[-1] else node.width

    def _kept(self, node: Node, ranks: Pair, shape: Pair) -> _Bounds:
        """Cut to the shapes: with the channels on side I, w · rows by columns."""
        deadline.look()
        width, (rows, columns) = self._width(node), shape
        cut = min(ranks[0], width * rows, columns), min(ranks[1], rows, width * columns)
        if self._further:
            cut = self._sharpened(cut, width)
        found = _Bounds(cut, shape)
        self._held += found.bits
        if self._held > MAX_HELD:
            raise TooLargeError(TOO_LONG)
        return found

    def _sharpened(self, ranks: Pair, width: int) -> Pair:
        """Cut to the further bounds of the node after those that are done."""
        for side, bound in self._further.get(len(self._ranks), ()):
            value = bound(self._ranks)
            low, high = ranks
            ranks = (min(low, value), high) if side == SIDE_I else (low, min(high, value))
            ranks = crossed(ranks, width)
        self._ranks.append(ranks)
        return ranks

    def freed(self, bounds: _Bounds) -> None:
        self._held -= bounds.bits
