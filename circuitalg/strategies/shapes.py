"""Mode trees grown location by location, so that shrinking drops a location with all that is its.

Every tree whose children have an order comes from one sequence of insertions: taking the last
location out again gives the tree before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.modetree import ModeTree
from circuitalg.strategies.draws import between


@dataclass(slots=True)
class Shape:
    """A mode tree that grows.

    Attributes
    ----------
    children : by inner node: entries c ≥ 0 are locations, entries c < 0 the inner nodes −1 − c.
    root : such an entry.
    locations : how many there are.
    inner : by inner node, what was drawn with the location that made it; ``leaves`` by location.
    """

    children: list[list[int]] = field(default_factory=list)
    root: int = 0
    locations: int = 1
    inner: list[Any] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)

    def places(self, max_arity: int) -> tuple[int, list[tuple[list[int] | None, int]]]:
        """The first place there is, and all: (children to join, where) or (None, what to split).

        To split above an entry is twice the entry, and 1 more for a place before it. To join the
        root is 0 and to split above it 1 in every tree, so that a location keeps its place when
        others are dropped.
        """
        main = self.children[-1 - self.root] if self.root < 0 else []
        inner = [own for own in self.children if len(own) < max_arity]
        joins = [(own, at) for own in inner for at in range(len(own), -1, -1)]
        first = [(main, len(main)), (None, 2 * self.root)]
        entries = [self.root, *range(self.locations), *range(-len(self.children), 0)]
        splits = [(None, 2 * entry + before) for before in (0, 1) for entry in entries]
        may_join = 0 < len(main) < max_arity
        return (0 if may_join else 1), [*first, *joins, *splits]

    def insert(self, place: tuple[list[int] | None, int], extra: Any) -> None:
        """Put the next location there."""
        siblings, at = place
        if siblings is not None:
            siblings.insert(at, self.locations)
        else:
            entry, before = divmod(at, 2)
            new = -1 - len(self.children)
            if entry == self.root:
                self.root = new
            else:
                own = next(own for own in self.children if entry in own)
                own[own.index(entry)] = new
            pair = [self.locations, entry] if before else [entry, self.locations]
            self.children.append(pair)
            self.inner.append(extra)
        self.locations += 1
        self.leaves.append(extra)

    def preorder(self) -> Iterable[int]:
        """The inner nodes, parents first, as they are numbered in a `ModeTree`."""
        stack = [self.root]
        while stack:
            entry = stack.pop()
            if entry < 0:
                yield -1 - entry
                stack.extend(reversed(self.children[-1 - entry]))

    def tree(self) -> ModeTree:
        """The mode tree."""

        def nested(entry: int) -> Any:
            return entry if entry >= 0 else [nested(c) for c in self.children[-1 - entry]]

        return ModeTree.from_nested(nested(self.root))


def grow(draw: DrawFn, count: int, max_arity: int, extra: SearchStrategy[Any]) -> Shape:
    """A tree of so many locations, with something drawn beside each."""
    shape = Shape()
    shape.leaves.append(draw(extra))
    for _ in range(count - 1):
        first, places = shape.places(max_arity)
        at, drawn = draw(_block(first, len(places) - 1, extra))
        shape.insert(places[at], drawn)
    return shape


@cache
def _block(first: int, last: int, extra: SearchStrategy[Any]) -> SearchStrategy[tuple[int, Any]]:
    """What one location needs, drawn as one, so that it is dropped as one."""
    return st.tuples(between(first, last), extra)
