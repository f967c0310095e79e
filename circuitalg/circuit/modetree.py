"""`ModeTree`: which locations a network pools together, from single locations up to all of them.

A tree is stored flat: a caterpillar of 65,536 locations is as deep as it is long, and nested tuples
of that depth exhaust the C stack when they are hashed or compared. For the same reason nothing
here recurses.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from circuitalg.circuit.node import natural_number
from circuitalg.errors import ArgumentError, CircuitError
from circuitalg.integers import counted, shown
from circuitalg.memory import check_parts, in_print
from circuitalg.options import choice, natural
from circuitalg.python_code import AS_CODE, TooLong, Written, call

_LOCATION_BYTES = 390
"""Measured at the peak: 160 (grids) to 390 (balanced trees) for each location."""

_WRITTEN_OUT = 8
"""Locations of trees whose code names all of them, even where there is a word for the tree."""

_DEEPEST = 50
"""Lists in lists."""

GRID_ORDERS = ("square", "alternate", "rows", "columns", "mirror")


@dataclass(frozen=True, slots=True)
class ModeTree:
    """A rooted tree whose leaves are the locations 0 to N − 1, each inner node with ≥ 2 children.

    Attributes
    ----------
    children : by inner node in preorder (the root is node 0): its children in order; an entry
        c ≥ 0 is the leaf of location c, an entry c < 0 the inner node −c (the root is not a child).

    Raises
    ------
    CircuitError
        When a location is missing or repeated, a node has one child, or the order is not preorder.

    Examples
    --------
    >>> ModeTree.from_nested([[0, 1], [2, 3]]) == ModeTree.balanced(4)
    True
    """

    children: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        given: Any = self.children
        plain = isinstance(given, tuple) and all(isinstance(own, tuple) for own in given)
        if not plain or not all(type(child) is int for own in given for child in own):
            raise ArgumentError(
                "the children of a mode tree are a tuple of tuples of ints; "
                "ModeTree.from_nested([[0, 1], [2, 3]]) makes one from lists"
            )
        locations = self.leaves()
        present = bytearray(len(locations))
        for location in locations:
            if location >= len(locations):
                raise CircuitError(
                    f"the mode tree has {len(locations)} leaves, one of them location "
                    f"{shown(location)}; use the locations 0 to {len(locations) - 1}, each once"
                )
            if present[location]:
                raise CircuitError(f"location {location} is in the mode tree twice; name it once")
            present[location] = 1

    @property
    def locations(self) -> int:
        """N; a tree whose inner nodes have k_v children has 1 + Σ (k_v − 1) leaves."""
        return 1 + sum(len(entry) - 1 for entry in self.children)

    def leaves(self) -> list[int]:
        """The locations from left to right; checks that the inner nodes are in preorder."""
        if not self.children:
            raise CircuitError("a mode tree has at least two locations")
        found: list[int] = []
        visited, stack = 0, [(0, True)]
        while stack:
            entry, is_inner = stack.pop()
            if not is_inner:
                found.append(entry)
                continue
            if entry != visited or entry >= len(self.children):
                raise CircuitError(
                    f"inner node {shown(entry)} of the mode tree is out of order; number them in "
                    "preorder"
                )
            visited += 1
            own = self.children[entry]
            if len(own) < 2:
                raise CircuitError(
                    f"inner node {entry} of the mode tree has "
                    f"{counted(len(own), 'child', 'children')}; it needs at least two"
                )
            stack.extend((abs(child), child < 0) for child in reversed(own))
        if visited < len(self.children):
            raise CircuitError(f"inner node {visited} of the mode tree is nobody's child")
        return found

    @classmethod
    def from_nested(cls, nested: Sequence[Any]) -> ModeTree:
        """From nested lists or tuples of locations, as in ``[[0, 1], [2, [3, 4]]]``."""
        children: list[list[int]] = []
        seen: set[int] = set()
        # What is still to be read, and the list of children that it belongs to.
        stack: list[tuple[Any, list[int]]] = [(nested, [])]
        while stack:
            item, siblings = stack.pop()
            if not isinstance(item, (list, tuple)):
                siblings.append(natural_number(item, "a location of the mode tree"))
                continue
            if id(item) in seen:
                raise CircuitError("a list is in the mode tree twice; name each location once")
            seen.add(id(item))
            if children:
                siblings.append(-len(children))
            own: list[int] = []
            children.append(own)
            stack.extend((child, own) for child in reversed(item))
        return cls(tuple(tuple(own) for own in children))

    @classmethod
    def balanced(cls, locations: int, arity: int = 2) -> ModeTree:
        """Groups of ``arity`` neighbours, level by level.

        The last group of a level may be smaller; a single one left over moves up unchanged.
        """
        count = _count(locations)
        arity = natural_number(arity, "the arity", least=2)
        level: list[Any] = list(range(count))
        while len(level) > 1:
            groups = [level[i : i + arity] for i in range(0, len(level), arity)]
            level = [group if len(group) > 1 else group[0] for group in groups]
        return cls.from_nested(level[0])

    @classmethod
    def caterpillar(cls, locations: int) -> ModeTree:
        """``[[[0, 1], 2], 3]`` and so on: the tree of a tensor train."""
        count = _count(locations)
        inner = [(-i, count - i) for i in range(1, count - 1)]
        return cls((*inner, (0, 1)))

    @classmethod
    def random(cls, locations: int, seed: int = 0, max_arity: int = 4) -> ModeTree:
        """Subtrees joined at random, 2 to ``max_arity`` at a time, until one is left."""
        count = _count(locations)
        max_arity = natural_number(max_arity, "the largest arity", least=2)
        generator = random.Random(natural("the seed", seed))
        forest: list[Any] = list(range(count))
        while len(forest) > 1:
            arity = generator.randint(2, min(max_arity, len(forest)))
            group = []
            for _ in range(arity):
                chosen = generator.randrange(len(forest))
                forest[chosen], forest[-1] = forest[-1], forest[chosen]
                group.append(forest.pop())
            forest.append(group)
        return cls.from_nested(forest[0])

    @classmethod
    def grid(cls, height: int, width: int, order: str = "square") -> ModeTree:
        """Pooling windows over an image whose locations are numbered row by row.

        Parameters
        ----------
        height, width : size of the image in locations.
        order : which neighbours are pooled first.
            "square": windows of 2 × 2, level by level (four children; fewer at odd borders), the
            pooling of Cohen and Shashua 2017;
            "alternate": two neighbours in a row, then two in a column, by turns (two children);
            "rows": neighbours in a row until each row is one, then the rows;
            "columns": neighbours in a column until each column is one, then the columns;
            "mirror": each location with its mirror image in the same row, then windows of 2 × 2 of
            these pairs (a middle column has no partner and stays alone).
        """
        height = natural_number(height, "the height of the grid", least=1)
        width = natural_number(width, "the width of the grid", least=1)
        order = choice("the grid order", order, GRID_ORDERS)
        _count(height * width)
        grid: list[list[Any]] = [[y * width + x for x in range(width)] for y in range(height)]
        if order == "mirror":
            grid = [
                [
                    [row[x], row[-1 - x]] if 2 * x + 1 < width else row[x]
                    for x in range(-(-width // 2))
                ]
                for row in grid
            ]
        turn = 0
        while len(grid) > 1 or len(grid[0]) > 1:
            down, across = _window(order, turn, len(grid), len(grid[0]))
            grid = _pool(grid, down, across)
            turn += 1
        return cls.from_nested(grid[0][0])

    def to_nested(self) -> tuple[Any, ...]:
        """As nested tuples of locations; deep ones cannot be printed, hashed or compared."""
        built: list[Any] = [None] * len(self.children)
        for number in reversed(range(len(self.children))):
            built[number] = tuple(
                [built[-child] if child < 0 else child for child in self.children[number]]
            )
        root: tuple[Any, ...] = built[0]
        return root

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        inner = counted(len(self.children), "inner node")
        return f"mode tree of {counted(self.locations, 'location')}, {inner}"

    def _code_(self, most: int | None) -> str:
        count, arity = self.locations, len(self.children[0])
        if count > _WRITTEN_OUT and self == ModeTree.caterpillar(count):
            return call("ca.ModeTree.caterpillar", most, count)
        if count > _WRITTEN_OUT and self == ModeTree.balanced(count, arity):
            return call(
                "ca.ModeTree.balanced", most, count, **{"arity": arity} if arity > 2 else {}
            )
        if most is not None and count > most:
            raise TooLong
        built: list[tuple[int, str]] = [(0, "")] * len(self.children)
        for number in reversed(range(len(self.children))):
            below = [built[-c] if c < 0 else (0, str(c)) for c in self.children[number]]
            built[number] = 1 + max(depth for depth, _ in below), ", ".join(t for _, t in below)
            if built[number][0] > _DEEPEST:  # Python's parser takes 200 pairs of brackets
                return call("ca.ModeTree", most, self.children)
            built[number] = built[number][0], f"[{built[number][1]}]"
        return call("ca.ModeTree.from_nested", most, Written(built[0][1]))


def _count(locations: Any) -> int:
    count = natural_number(locations, "the number of locations of a mode tree", least=2)
    what = f"a mode tree of {in_print(count)} locations"
    check_parts(count, _LOCATION_BYTES, what, "take fewer locations")
    return count


def _window(order: str, turn: int, height: int, width: int) -> tuple[int, int]:
    """Rows and columns that the next level pools."""
    if order in ("square", "mirror"):
        return 2, 2
    if order == "rows":
        return (1, 2) if width > 1 else (2, 1)
    if order == "columns":
        return (2, 1) if height > 1 else (1, 2)
    return (1, 2) if turn % 2 == 0 else (2, 1)


def _pool(grid: list[list[Any]], down: int, across: int) -> list[list[Any]]:
    """One level of pooling; windows at the border may be smaller."""
    return [
        [
            _group(
                grid[i][j]
                for i in _span(y, down, len(grid))
                for j in _span(x, across, len(grid[0]))
            )
            for x in range(0, len(grid[0]), across)
        ]
        for y in range(0, len(grid), down)
    ]


def _span(start: int, size: int, end: int) -> range:
    return range(start, min(start + size, end))


def _group(items: Iterable[Any]) -> Any:
    group = list(items)
    return group if len(group) > 1 else group[0]
