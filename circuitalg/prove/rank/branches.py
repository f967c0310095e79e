"""Search for branches of a circuit that are trees (L2): one child at every sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import prod
from operator import itemgetter

from circuitalg.circuit.fold import location_of
from circuitalg.circuit.node import Node
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.minors import circuit_rank
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import Pair, crossed, leaf, met
from circuitalg.kernel.rank.subcircuits import without
from circuitalg.kernel.rank.terms import (
    BlockLower,
    Branches,
    CircuitLower,
    Split,
)
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.lower import best_lower, better
from circuitalg.prove.rank.minor import largest_minor

SMALL_MINOR = 32
"""Up to this size a minor of the whole circuit comes first."""
_TREES = 8
"""Branches of the output of which the best tree is tried."""
_WORK = 20_000
"""Nodes that are passed to try other edges one by one."""

Found = tuple[CircuitLower, int]


def value_of(found: Found | None) -> int:
    """What is proved; 0 where nothing is."""
    return found[1] if found else 0


def largest(question: Question, bound: int, budget: Budget) -> Found | None:
    """The largest minor of the whole circuit, up to the bound and the budget."""
    found = largest_minor(partial(circuit_rank, question), bound, budget)
    return None if found is None else (found, found.size)


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One child at every sum below a node, and what the cut of this tree allows."""

    ranks: Pair
    edge: int
    """Of a sum, the edge that is kept; 0 of other nodes."""
    below: tuple[Tree, ...]


class Branching:
    """The trees that are left where parameters are zero, and what is proved of them."""

    def __init__(self, question: Question, budget: Budget) -> None:
        self._question, self._budget = question, budget
        self._chooser = Chooser(question)
        self._tried = set[tuple[str, ...]]()

    def improved(self, best: Found | None, target: int) -> Found | None:
        """The best of what is given and of the trees with the largest cuts, one for each branch."""
        return self._best(best, target, self._chooser.top())

    def changed(self, best: Found | None, target: int) -> Found | None:
        """The best of what is given and of the first tree with another edge at one of its sums."""
        for forced in self._chooser.changes():
            if value_of(best) >= target or self._budget.spent:
                break
            best = self._best(best, target, self._chooser.top(forced)[:1])
        return best

    def _best(self, best: Found | None, target: int, trees: Sequence[Tree]) -> Found | None:
        """Trees in the order of their cuts, until one is proved to have more than the next cut."""
        if self._question.space == "simplex":
            return best
        left = [_left(self._question, tree, self._tried) for tree in trees]
        for cut, zero, smaller in sorted(filter(None, left), key=itemgetter(0), reverse=True):
            if best and (min(cut, target) <= best[1] or self._budget.spent):
                break
            found = proved_tree(smaller, self._budget)
            best = better(best, found and (Branches(zero, found[0]), found[1]))
        return best


def proved_tree(question: Question, budget: Budget) -> tuple[Split, int] | None:
    """The best lower bounds of a tree circuit's blocks."""
    terms, value = list[BlockLower](), 1
    for block, count in question.blocks.items():
        found = best_lower(block, tied_cut(block), budget)
        if found is None:
            return None
        terms.append(found[0])
        value *= found[1] ** count
    return Split(None, tuple(terms)), value


def _left(
    question: Question, tree: Tree, tried: set[tuple[str, ...]]
) -> tuple[int, tuple[str, ...], Question] | None:
    """The cut of a tree, what is zero, and the question about what is left; None if it is no tree.

    First the parameters of edges beside the tree are zero, then all that it does not use, so that
    also fixed matrices read nothing.
    """
    kept, beside = set[str](), set[str]()
    for node, edge in _sums(question.circuit.nodes, tree):
        for k, label in enumerate(node.matrices):
            if isinstance(label, str):
                (kept if k == edge else beside).add(label)
    for gone in (beside - kept, question.circuit.parameters.keys() - kept):
        zero = tuple(sorted(gone))
        if zero and zero not in tried:
            tried.add(zero)
            with suppress(RuleError):
                smaller = without(question, zero)
                if smaller.circuit.is_tree:
                    smaller.check_blocks()
                    cuts = (tied_cut(block) ** n for block, n in smaller.blocks.items())
                    return prod(cuts), zero, smaller
    return None


def _sums(nodes: Sequence[Node], tree: Tree) -> Iterator[tuple[Node, int]]:
    """The sums of a tree, each with the edge that is kept."""
    stack = [(len(nodes) - 1, tree)]
    while stack:
        i, own = stack.pop()
        children = nodes[i].children
        if nodes[i].kind == "sum":
            yield nodes[i], own.edge
            children = (children[own.edge],)
        stack += zip(children, own.below, strict=True)


class Chooser:
    """Chooses one child at every sum, so that the cut of the tree that is left is large."""

    def __init__(self, question: Question) -> None:
        self._nodes, self._sides = question.circuit.nodes, question.bipartition.sides
        self._firm = list[bool]()  # by node: no parameter makes it zero
        for node in self._nodes:
            firm = [self._firm[child] for child in node.children]
            if node.kind == "sum":
                self._firm.append(any(map(self._is_firm, node.matrices, node.children)))
            else:
                self._firm.append(all(firm))

    def _is_firm(self, label: object, child: int) -> bool:
        """Whether an edge stays, whatever parameters are zero."""
        return not isinstance(label, str) and self._firm[child]

    def top(self, forced: Mapping[str, int] | None = None) -> tuple[Tree, ...]:
        """One tree for each branch of the output, the largest bound first."""
        return self.trees(forced)[len(self._nodes) - 1]

    def trees(
        self,
        forced: Mapping[str, int] | None = None,
        channels: Mapping[int, int] | None = None,
        inside: Sequence[int] | None = None,
    ) -> dict[int, tuple[Tree, ...]]:
        """By node, a few trees: those with the largest bounds on side I, on side J, and of both.

        ``forced`` gives edges of sums, by name; ``channels`` dimensions of locations; ``inside``
        the only nodes that count.
        """
        last = len(self._nodes) - 1
        found: dict[int, tuple[Tree, ...]] = {}
        for i in range(last + 1) if inside is None else inside:
            node = self._nodes[i]
            width = 1 if i == last else node.width
            if node.kind == "sum":
                edges = self._edges(node, forced or {})
                options = [
                    Tree(crossed(tree.ranks, min(width, self._nodes[child].width)), k, (tree,))
                    for k, child in edges
                    for tree in found[child]
                ]
            elif node.kind == "product":
                choices = zip(*(_three(found[child]) for child in node.children), strict=True)
                options = [
                    Tree(met(width, [tree.ranks for tree in below]), 0, below) for below in choices
                ]
            elif node.kind == "input":
                place = location_of(node)
                dim = (channels or {}).get(place, node.width)
                options = [Tree(leaf(self._sides[place], dim), 0, ())]
            else:
                options = [Tree((1, 1), 0, ())]
            found[i] = _by_edge(options) if i == last else tuple(dict.fromkeys(_three(options)))
        return found

    def _edges(self, node: Node, forced: Mapping[str, int]) -> list[tuple[int, int]]:
        """The edges of a sum, with the nodes that they read, of which one may be chosen."""
        edges = list(enumerate(node.children))
        if node.name in forced:
            return [edges[forced[node.name]]]
        firm = [(k, child) for k, child in edges if self._is_firm(node.matrices[k], child)]
        return firm[:1] or edges

    def changes(self) -> Iterator[dict[str, int]]:
        """Other edges at the sums of the first tree, one at a time."""
        first = self.top()[0]
        work = 0
        for node, edge in _sums(self._nodes, first):
            for k in range(len(node.children)):
                work += len(self._nodes)
                if work > _WORK:
                    return
                if k != edge:
                    yield {node.name: k}


def _three(options: Sequence[Tree]) -> tuple[Tree, Tree, Tree]:
    """The largest bound with the index on side I, on side J, and of both."""
    return (
        max(options, key=lambda tree: (tree.ranks[0], tree.ranks[1])),
        max(options, key=lambda tree: (tree.ranks[1], tree.ranks[0])),
        max(options, key=lambda tree: (min(tree.ranks), max(tree.ranks))),
    )


def _by_edge(options: Sequence[Tree]) -> tuple[Tree, ...]:
    """The largest bound for each edge, the largest of all first."""
    best = dict[int, Tree]()
    for tree in sorted(options, key=lambda tree: min(tree.ranks), reverse=True):
        best.setdefault(tree.edge, tree)
    return tuple(best.values())[:_TREES]
