"""Search for further bounds of nodes that sharpen the index recursion (U8, and trees below)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from circuitalg.circuit.node import Node
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import Further, Pair, crossed, index_recursion, met
from circuitalg.kernel.rank.spaces import Product, products, sides_below, spanned
from circuitalg.kernel.rank.subcircuits import cone, nodes_below
from circuitalg.kernel.rank.terms import (
    Below,
    BlockUpper,
    IndexRecursion,
    Sharpened,
    Spaces,
    TiedCut,
)
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.kernel.rank.values import upper_value
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.upper import best_upper

_PRODUCTS, _STEPS = 64, 200
"""Of one space unfolded node by node: the most products, and nodes."""
_SIZES = 6
"""Numbers of locations up to which nodes stay whole, the largest first."""
_WORK = 400_000
"""Factors of products that are looked at in all: about half a second."""
_TREES, _VARIABLES = 200, 40
"""Trees below nodes that are bounded, and how many variables a block has where all rules try."""
_AGAIN = 300_000
"""Nodes passed again to see which bounds count."""


def sharpened(
    question: Question, budget: Budget, floor: int = 1
) -> tuple[IndexRecursion | Sharpened, int]:
    """The index recursion, and where it is above ``floor`` the further bounds that lower it."""
    plain = index_recursion(question)
    if plain <= floor or budget.spent:
        return IndexRecursion(), plain
    search = _Search(question, budget)
    value = index_recursion(question, search.further())
    if value >= plain:
        return IndexRecursion(), plain
    return Sharpened(_needed(question, search.found, value)), value


def _needed(
    question: Question, found: Sequence[Spaces | Below], value: int
) -> tuple[Spaces | Below, ...]:
    """The bounds without which the number is larger, tried from the output down."""
    kept = sorted(found, key=lambda term: (term.node, term.side, isinstance(term, Below)))
    few = -(-len(kept) * len(question.circuit.nodes) // _AGAIN)
    for end in range(len(kept), 0, -few):
        trial = (*kept[: max(end - few, 0)], *kept[end:])
        if trial and upper_value(question, Sharpened(trial)) <= value:
            kept = list(trial)
    return tuple(kept)


class _Search:
    """Bounds that are looked for while the recursion runs, since they are made of earlier ones."""

    def __init__(self, question: Question, budget: Budget) -> None:
        self._question, self._budget = question, budget
        self._nodes, self._below = question.circuit.nodes, sides_below(question)
        self._sizes = [self._counted(side) for side in (0, 1)]
        self._left = _WORK
        self.found: list[Spaces | Below] = []

    def _counted(self, side: int) -> list[int]:
        """By node, how many locations of the other side are below it."""
        found: list[int] = []
        for node, sides in zip(self._nodes, self._below, strict=True):
            if node.kind == "product":
                found.append(sum(found[child] for child in node.children))
            elif node.kind == "sum":
                found.append(found[node.children[0]])
            else:
                found.append(int(sides == 2 >> side))
        return found

    def further(self) -> dict[int, list[tuple[int, Further]]]:
        """Where what is looked for: spaces at sums of branches, the largest trees below nodes."""
        trees = _tops_of_trees(self._nodes)
        asked: dict[int, list[tuple[int, Further]]] = {}
        for i, node in enumerate(self._nodes):
            finders: list[Further] = []
            if node.kind == "sum" and len(node.children) > 1:
                finders = [partial(self._spaces, i, side) for side in (0, 1)]
            elif i in trees:
                finders = [partial(self._tree, i, side) for side in (0, 1)]
            sides = [(side, find) for side, find in enumerate(finders) if self._across(i, side)]
            if sides:
                asked[i] = sides
        return asked

    def _across(self, node: int, side: int) -> int:
        """Whether locations of the other side are below a node; without any its rank is 1."""
        return self._below[node] & (2 >> side)

    def _tree(self, node: int, side: int, ranks: Sequence[Pair]) -> int:
        """Bound the tree below a node by the rules for blocks."""
        plain = self._plain(node, ranks)[side]
        if plain == 1 or self._budget.spent:
            return plain
        rules, value = list[BlockUpper](), 1
        for block, count in cone(self._question, node, side).blocks.items():
            rule: BlockUpper = TiedCut()
            bound = tied_cut(block)
            if len(block) <= _VARIABLES:
                rule, bound = best_upper(block, self._budget)
            rules.append(rule)
            value *= bound**count
        if value < plain:
            self.found.append(Below(node, side, tuple(rules)))
        return value

    def _spaces(self, node: int, side: int, ranks: Sequence[Pair]) -> int:
        """Bound a sum of branches by the products of spaces that it is unfolded to."""
        best = self._plain(node, ranks)[side]
        unfolded: tuple[int, ...] | None = None
        for value, trial in self._unfoldings(node, side, ranks):
            if value < best:
                best, unfolded = value, trial
        if unfolded is None:
            return best
        unfolded, best = self._folded_back(node, side, unfolded, ranks)
        self.found.append(Spaces(node, side, unfolded))
        return best

    def _plain(self, i: int, ranks: Sequence[Pair]) -> Pair:
        """What the recursion makes of the children's ranks."""
        node, below = self._nodes[i], [ranks[child] for child in self._nodes[i].children]
        width = 1 if node is self._nodes[-1] else node.width
        if node.kind == "product":
            return met(width, below)
        rhos = [min(self._nodes[child].width, width) for child in node.children]
        pairs = [crossed(pair, rho) for pair, rho in zip(below, rhos, strict=True)]
        return sum([pair[0] for pair in pairs]), sum([pair[1] for pair in pairs])

    def _value(
        self, node: int, side: int, unfolded: tuple[int, ...], ranks: Sequence[Pair]
    ) -> int | None:
        """The bound; None where it would be too much to find."""
        self._left -= len(unfolded) + 1
        if self._left < 0 or self._budget.spent:
            return None
        try:
            return spanned(products(self._question, node, side, unfolded), side, ranks)
        except RuleError:
            return None

    def _unfoldings(
        self, node: int, side: int, ranks: Sequence[Pair]
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Values, and nodes to unfold: those over more than some locations; one after another."""
        sizes = self._sizes[side]
        few = sorted({sizes[c] for c in self._cone(node) if sizes[c] < sizes[node]}, reverse=True)
        for most in few[:: max(1, len(few) // _SIZES)]:
            for through in (False, True):
                unfolded = self._unfolded_to(node, side, most, through)
                value = self._value(node, side, unfolded, ranks)
                if value is not None:
                    yield value, unfolded
        for whole in (False, True):
            for found, unfolded in self._one_by_one(node, side, sums_whole=whole):
                yield spanned(found, side, ranks), unfolded

    def _cone(self, node: int) -> list[int]:
        """The nodes below a node, and it."""
        inside = nodes_below(self._nodes, node)
        self._left -= len(inside)
        return inside

    def _unfolded_to(self, node: int, side: int, most: int, through: bool) -> tuple[int, ...]:
        """What is over more locations than ``most``; with ``through``, sums of one child too."""
        sizes, nodes = self._sizes[side], self._nodes
        found, stack = set[int](), [node]
        while stack:
            for child in nodes[stack.pop()].children:
                one = through and nodes[child].kind == "sum" and len(nodes[child].children) == 1
                opens = bool(nodes[child].children) and (sizes[child] > most or one)
                if opens and sizes[child] and child not in found:
                    found.add(child)
                    stack.append(child)
        self._left -= len(found)
        return tuple(sorted(found))

    def _one_by_one(
        self, node: int, side: int, *, sums_whole: bool
    ) -> Iterator[tuple[set[Product], tuple[int, ...]]]:
        """Products when one node more is unfolded each time, in topological order."""
        found: set[Product] = {frozenset([child]) for child in self._nodes[node].children}
        unfolded: list[int] = []
        for _ in range(_STEPS):
            yield found, tuple(sorted(unfolded))
            self._left -= sum(map(len, found))
            inner = {each for factors in found for each in factors if self._opens(each, sums_whole)}
            if not inner or self._left < 0 or self._budget.spent:
                return
            last = max(inner)
            unfolded.append(last)
            found = self._unfolded(found, last, side)
            if len(found) > _PRODUCTS:
                return

    def _opens(self, node: int, sums_whole: bool) -> bool:
        """Whether a node may be unfolded; sums of branches stay whole where that is wanted."""
        children = self._nodes[node].children
        return bool(children) and not (
            sums_whole and len(children) > 1 and self._nodes[node].kind == "sum"
        )

    def _unfolded(self, found: set[Product], node: int, side: int) -> set[Product]:
        children = [c for c in self._nodes[node].children if self._across(c, side)]
        apart = [[c] for c in children] if self._nodes[node].kind == "sum" else [children]
        new = set[Product]()
        for factors in found:
            if node in factors:
                rest = factors - {node}
                new.update(rest.union(choice) for choice in apart)
            else:
                new.add(factors)
        return new

    def _folded_back(
        self, node: int, side: int, unfolded: tuple[int, ...], ranks: Sequence[Pair]
    ) -> tuple[tuple[int, ...], int]:
        """Without the nodes whose unfolding does not help, and the value."""
        value = spanned(products(self._question, node, side, unfolded), side, ranks)
        for each in unfolded:
            if each in unfolded:
                trial = self._reached(node, side, [u for u in unfolded if u != each])
                found = self._value(node, side, trial, ranks)
                if found is not None and found <= value:
                    unfolded, value = trial, found
        return unfolded, value

    def _reached(self, node: int, side: int, unfolded: Sequence[int]) -> tuple[int, ...]:
        """Those that are still needed."""
        allowed, kept, stack = set(unfolded), set[int](), [node]
        while stack:
            i = stack.pop()
            if self._across(i, side):
                new = [c for c in self._nodes[i].children if c in allowed and c not in kept]
                kept.update(new)
                stack += new
        return tuple(sorted(kept))


def _tops_of_trees(nodes: Sequence[Node]) -> set[int]:
    """Nodes with a tree below them that is no part of a larger one, or that several nodes read.

    Trees with constants, which several nodes may read, are left out.
    """
    tree: list[bool] = []
    tops, read = set[int](), set[int]()
    for node in nodes:
        branches = node.kind == "sum" and len(node.children) > 1
        tree.append(
            node.kind != "constant" and not branches and all(tree[c] for c in node.children)
        )
        for child in node.children:
            if tree[child] and nodes[child].children and (child in read or not tree[-1]):
                tops.add(child)
            read.add(child)
    return set(sorted(tops)[-_TREES:])
