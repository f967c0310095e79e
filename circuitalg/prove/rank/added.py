"""Search for branches of a circuit on disjoint rows and columns, whose ranks add (L2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, product
from operator import itemgetter

from circuitalg.circuit.node import Node
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import index_recursion
from circuitalg.kernel.rank.subcircuits import apart, nodes_below, without
from circuitalg.kernel.rank.terms import (
    Added,
    Branches,
    Part,
)
from circuitalg.prove.rank.branches import (
    SMALL_MINOR,
    Branching,
    Chooser,
    Found,
    largest,
    proved_tree,
    value_of,
)
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.lower import better

_PLACES = 3
"""Locations of each side where branches are tried with channels of their own."""
_WORK = 20_000
"""Nodes that are passed for all of these; else one of each side."""


def added(question: Question, floor: int, budget: Budget) -> Found | None:
    """Branches of the output with channels of their own at two locations, where that is more.

    Every two of the locations with the most channels are tried; which branch gets how many, and
    which none, is chosen by the cuts of their best trees.
    """
    output = question.circuit.nodes[-1]
    if question.space == "simplex" or output.kind != "sum" or len(output.children) < 2:
        return None
    search = _Adding(question)
    best = max(search.choices(floor), key=itemgetter(0), default=None)
    if best is None or best[0] <= floor:
        return None
    zero, parts = search.terms(best[1])
    try:
        smaller = without(question, zero) if zero else question
        branches = apart(smaller, parts)
    except RuleError:
        return None
    proved, value = list[Part](), 0
    for branch, (channels, locations) in zip(branches, parts, strict=True):
        found = _of_branch(branch, budget)
        if found is None:
            return None
        proved.append(Part(channels, locations, found[0]))
        value += found[1]
    term = Added(tuple(proved))
    return (Branches(zero, term) if zero else term), value


def _of_branch(question: Question, budget: Budget) -> Found | None:
    """What is proved of one of several branches."""
    bound = index_recursion(question)
    with suppress(RuleError):
        if question.circuit.is_tree:
            question.check_blocks()
            found = proved_tree(question, budget)
            if found:
                return found
    best = Branching(question, budget).improved(None, bound)
    if value_of(best) < min(bound, SMALL_MINOR):
        best = better(best, largest(question, bound, budget))
    return best


Choice = dict[int, tuple[int, tuple[int, ...]]]
"""By branch of the output: how many channels it has, and at which locations."""


class _Adding:
    """Channels for the branches of an output."""

    def __init__(self, question: Question) -> None:
        self._question, self._nodes = question, question.circuit.nodes
        self._chooser = Chooser(question)
        self._output = self._nodes[-1]
        self._cones = [nodes_below(self._nodes, child) for child in self._output.children]
        cones = [_names(self._nodes, cone) for cone in self._cones]
        uses = Counter(chain.from_iterable(cones))
        uses.update(label for label in self._output.matrices if isinstance(label, str))
        self._uses = uses
        self._reads = [_Reads(self._nodes, cone, uses) for cone in self._cones]

    def choices(self, floor: int) -> Iterator[tuple[int, Choice]]:
        """Promises: what the cuts of the branches add up to, and how the channels are shared."""
        if sum(self._cut(k, {}) for k in range(len(self._cones))) <= floor:
            return
        dims, parts = self._question.circuit.dims, self._question.bipartition
        work = _PLACES**2 * sum(map(len, self._cones)) * min(dims)
        few = _PLACES if work <= _WORK else 1
        for i, j in product(
            *(sorted(side, key=lambda i: (-dims[i], i))[:few] for side in (parts.I, parts.J))
        ):
            yield from self._shared(i, j)

    def _cut(self, k: int, channels: Mapping[int, int]) -> int:
        """The bound of the best tree of a branch."""
        child = self._output.children[k]
        trees = self._chooser.trees(channels=channels, inside=self._cones[k])[child]
        return max(min(tree.ranks) for tree in trees)

    def _shared(self, i: int, j: int) -> Iterator[tuple[int, Choice]]:
        """Share the channels of two locations out so that the bounds add up to the most."""
        dims = self._question.circuit.dims
        limit = min(dims[i], dims[j])
        states: dict[int, tuple[int, Choice]] = {0: (0, {})}
        for k, reads in enumerate(self._reads):
            places = reads.tied_to((i, j))
            new = dict(states) if self._can_go(k) else {}
            if places is not None and min(dims[place] for place in places) >= limit:
                for channels in range(1, min(limit - 1, reads.widest(places)) + 1):
                    value = self._cut(k, dict.fromkeys(places, channels))
                    for used, (total, choice) in states.items():
                        known = new.get(used + channels, (-1, choice))[0]
                        if used + channels <= limit and total + value > known:
                            new[used + channels] = total + value, {**choice, k: (channels, places)}
            states = new
        yield from ((total, choice) for total, choice in states.values() if len(choice) > 1)

    def _can_go(self, k: int) -> bool:
        """Whether a branch of the output has a parameter of its own."""
        label = self._output.matrices[k]
        return isinstance(label, str) and self._uses[label] == 1

    def terms(
        self, choice: Choice
    ) -> tuple[tuple[str, ...], tuple[tuple[int, tuple[int, ...]], ...]]:
        """The parameters that are zero, and the parts of what is left."""
        gone = [label for k, label in enumerate(self._output.matrices) if k not in choice]
        zero = sorted(label for label in gone if isinstance(label, str))
        return tuple(zero), tuple(choice[k] for k in sorted(choice))


class _Reads:
    """By which parameters a branch reads its locations, and which of these may lose columns."""

    def __init__(self, nodes: Sequence[Node], cone: Sequence[int], uses: Counter[str]) -> None:
        self._names: dict[int, set[str]] = {}
        self._places: dict[str, set[int]] = {}
        self._widths = Counter[int]()
        self._bound = set[int]()  # locations that cannot lose channels
        elsewhere = {name for name in _names(nodes, cone) if uses[name] > 1}
        for i in cone:
            node = nodes[i]
            for k, child in enumerate(node.children):
                label = node.matrices[k] if node.matrices else None
                place = nodes[child].location
                if place is None:
                    elsewhere.update([label] if isinstance(label, str) else [])
                elif isinstance(label, str):
                    self._names.setdefault(place, set()).add(label)
                    self._places.setdefault(label, set()).add(place)
                    self._widths[place] = max(self._widths[place], node.width)
                else:
                    self._bound.add(place)
        for name in elsewhere & self._places.keys():
            self._bound |= self._places[name]

    def tied_to(self, start: Iterable[int]) -> tuple[int, ...] | None:
        """All locations that lose channels with these; None where one cannot."""
        found, stack = set(start), list(start)
        while stack:
            place = stack.pop()
            if place in self._bound:
                return None
            for name in self._names[place]:
                stack += self._places[name] - found
                found |= self._places[name]
        return tuple(sorted(found))

    def widest(self, places: Iterable[int]) -> int:
        """The most rows of a matrix that reads one of them."""
        return max(self._widths[place] for place in places)


def _names(nodes: Sequence[Node], cone: Iterable[int]) -> set[str]:
    """The parameters on edges inside."""
    return {label for i in cone for label in nodes[i].matrices if isinstance(label, str)}
