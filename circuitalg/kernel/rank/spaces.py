"""Shared spaces (U8): a product of spaces counts once, however many branches use it.

E_t(n) is the span of node n's tensors over the locations of side t, over all channels and all
values of the other locations. E_t of a product lies in the tensor product of its children's, E_t of
a sum in the sum of its children's. Unfolding some nodes below n puts E_t(n) into a sum of products
of the spaces of the nodes that stay whole, and equal products are one space.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise, product
from math import prod

from circuitalg import deadline
from circuitalg.circuit.fold import location_of
from circuitalg.circuit.node import Node
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import once
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import Pair
from circuitalg.kernel.rank.subcircuits import check_inner

_MAX_PRODUCTS, _MAX_FACTORS = 2_000, 100_000

Product = frozenset[int]
"""The nodes whose spaces are multiplied."""


@once
def sides_below(question: Question) -> tuple[int, ...]:
    """By node, the sides of the locations below it: 1 for I, 2 for J, 3 for both, 0 for none."""
    found = list[int]()
    for node in question.circuit.nodes:
        if node.kind == "input":
            found.append(1 << question.bipartition.sides[location_of(node)])
        else:
            own = 0
            for child in node.children:
                own |= found[child]
            found.append(own)
    return tuple(found)


def products(
    question: Question, node: int, side: int, unfolded: tuple[int, ...]
) -> frozenset[Product]:
    """The distinct products of spaces in whose sum the space of a node lies.

    Spaces are over the side other than ``side``. A node without locations there has one product,
    that of nothing.

    Raises
    ------
    RuleError
        When ``unfolded`` are not sums and products below the node that are needed, in increasing
        order, or the products are too many.
    """
    check_inner(question, node, side)
    nodes, below, other = question.circuit.nodes, sides_below(question), 2 >> side
    if any(a >= b for a, b in pairwise(unfolded)):
        raise RuleError("the unfolded nodes are not in increasing order")
    opened = {node, *unfolded}
    reached = {node}
    for i in range(node, -1, -1):
        if i in reached and i in opened and below[i] & other:
            reached.update(nodes[i].children)
    for i in unfolded:
        if i not in reached or i == node or not nodes[i].children:
            raise RuleError(f"node {i} is not a sum or product that node {node} is unfolded to")
    found: dict[int, frozenset[Product]] = {}
    for i in sorted(reached):
        deadline.look()
        if not below[i] & other:
            found[i] = frozenset([frozenset[int]()])
        elif i not in opened:
            found[i] = frozenset([frozenset([i])])
        else:
            found[i] = _unfolded(nodes[i], [found[child] for child in nodes[i].children])
    return found[node]


def _unfolded(node: Node, below: Sequence[frozenset[Product]]) -> frozenset[Product]:
    """The products of a node's space from those of its children's."""
    if node.kind == "product":
        number = prod([len(each) for each in below])
        factors = sum(sum(map(len, each)) * (number // len(each)) for each in below)
        _check_size(node, number, factors)
        return frozenset(frozenset().union(*choice) for choice in product(*below))
    together = set[Product]()
    for each in below:
        together |= each
        _check_size(node, len(together), sum(map(len, together)))
    return frozenset(together)


def _check_size(node: Node, number: int, factors: int) -> None:
    if number > _MAX_PRODUCTS or factors > _MAX_FACTORS:
        raise RuleError(
            f"unfolded, {node.name!r} is a sum of {number} products of {factors} spaces; at most "
            f"{_MAX_PRODUCTS} and {_MAX_FACTORS} are compared, so unfold fewer nodes"
        )


def shared_spaces(
    question: Question, node: int, side: int, unfolded: tuple[int, ...], ranks: Sequence[Pair]
) -> int:
    """Bound a node's rank, its index on ``side``, by those of the nodes that stay whole."""
    return spanned(_known_products(question, node, side, unfolded), side, ranks)


_known_products = once(products)


def spanned(found: Collection[Product], side: int, ranks: Sequence[Pair]) -> int:
    """The dimensions of the products together, at most."""
    return sum(prod([ranks[each][side] for each in factors]) for factors in found)
