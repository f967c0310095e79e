"""Draws of tree circuits: one product for each node of a mode tree, and free ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import tree_model
from circuitalg.strategies.bounds import Bounds
from circuitalg.strategies.draws import between, number
from circuitalg.strategies.models import Start, one_for_all, start
from circuitalg.strategies.shapes import Shape, grow
from circuitalg.strategies.writer import Label, Labels, Writer

_MOST_LEGS = 3
"""Children of an outer product."""


@dataclass(frozen=True, slots=True)
class _Tree:
    """A grown tree with the dimension of each location and the width of each inner node."""

    shape: Shape
    dims: list[int]
    widths: list[int]

    def children(self, node: int) -> list[int]:
        """A location c as c, an inner node v as −1 − v."""
        return self.shape.children[node]

    def channels(self, entry: int) -> int:
        """The width of a location or inner node."""
        return self.dims[entry] if entry >= 0 else self.widths[-1 - entry]


def _grown(draw: DrawFn, bounds: Bounds, own: Start, digits: int = 0) -> _Tree:
    """A tree; ``digits`` so many numbers from 0 to 9 are drawn beside each location."""
    beside = _beside(own.dims, own.widths, digits)
    shape = grow(draw, own.size, bounds.max_arity, beside)
    return _Tree(shape, [each[0] for each in shape.leaves], [each[1] for each in shape.inner])


@cache
def _beside(
    dims: tuple[int, int], widths: tuple[int, int], digits: int
) -> SearchStrategy[tuple[int, ...]]:
    """What is drawn beside a location: its dimension, the width of a new node, digits."""
    parts = [st.just(a) if a == b else between(a, b) for a, b in (dims, widths)]
    return st.tuples(*parts, *[between(0, 9)] * digits)


def tree(draw: DrawFn, bounds: Bounds) -> Circuit:
    """One product for each inner node of a mode tree, one matrix for each edge, tied by a pattern.

    The pattern holds at levels that are drawn: edges at one height above the leaves share, those
    at the same place among the siblings too, those at one depth below the root, those with equal
    subtrees, or any. Edges of different shapes never share. Where heights decide, nodes of one
    height have one width.
    """
    own = start(draw, bounds, "tree")
    if own.ties in ("untied", "anywhere"):
        grown = _grown(draw, bounds, own)
        if own.ties == "untied":
            widths = [grown.widths[node] for node in grown.shape.preorder()]
            dims = one_for_all(grown.dims)
            return tree_model(grown.shape.tree(), dims, one_for_all(widths), outputs=own.outputs)
        labels = Labels(draw, bounds, tied=True, fixed=False)
        return _written(
            grown, own.outputs, lambda node, place: labels.label(*_shape(grown, node, place))
        )
    untied = number(draw, 0, 7)  # level by level, in turns of three
    pattern = _Pattern(_grown(draw, bounds, own), own.ties, untied)
    return _written(pattern.tree, own.outputs, pattern.label)


def _shape(tree: _Tree, node: int, place: int) -> tuple[int, int]:
    """The shape of the matrix above a child."""
    return tree.widths[node], tree.channels(tree.children(node)[place])


def _written(tree: _Tree, scores: int, label: Callable[[int, int], Label]) -> Circuit:
    """The circuit with a sum above each child of a product."""
    writer = Writer(tree.dims)

    def node(entry: int) -> int:
        if entry >= 0:
            return writer.input(entry)
        own = -1 - entry
        below = [node(child) for child in tree.children(own)]
        channels = tree.widths[own]
        return writer.product(
            [writer.sum([x], channels, [label(own, place)]) for place, x in enumerate(below)]
        )

    writer.sum([node(tree.shape.root)], scores, [-1])
    return writer.circuit()


class _Pattern:
    """The labels of a tree's edges under a pattern of ties."""

    def __init__(self, drawn: _Tree, ties: str, untied: int) -> None:
        self._ties, self._untied = ties, untied
        self._heights: dict[int, int] = {}
        self._depths: dict[int, int] = {}
        self._forms: dict[int, Hashable] = {}
        self._numbers: dict[Hashable, int] = {}
        self._measure(drawn, drawn.shape.root, 0)
        first: dict[int, int] = {}
        for node, channels in enumerate(drawn.widths):
            first.setdefault(self._heights[-1 - node], channels)
        widths = [first[self._heights[-1 - node]] for node in range(len(drawn.widths))]
        self.tree = _Tree(drawn.shape, drawn.dims, widths)
        self._form(drawn.shape.root)

    def _measure(self, drawn: _Tree, entry: int, depth: int) -> int:
        """Height and depth of every node below."""
        self._depths[entry] = depth
        below = drawn.children(-1 - entry) if entry < 0 else []
        heights = [1 + self._measure(drawn, child, depth + 1) for child in below]
        self._heights[entry] = max(heights, default=0)
        return self._heights[entry]

    def _form(self, entry: int) -> Hashable:
        """Equal for subtrees that are equal up to the order of children."""
        form: Hashable = self.tree.channels(entry)
        if entry < 0:
            below = [self._form(child) for child in self.tree.children(-1 - entry)]
            form = (form, tuple(sorted(below, key=repr)))
        self._forms[entry] = form
        return form

    def label(self, node: int, place: int) -> int:
        """A number, equal for edges that share."""
        child = self.tree.children(node)[place]
        height, depth = self._heights[child], self._depths[child]
        key: Hashable = {
            "height": (height, self._heights[-1 - node]),
            "height and place": (height, self._heights[-1 - node], place),
            "depth": depth,
            "equal subtrees": self._forms[child],
        }[self._ties]
        level = depth if self._ties == "depth" else height
        if (self._untied >> level % 3) & 1:
            key = ("untied", child)
        return self._numbers.setdefault((_shape(self.tree, node, place), key), len(self._numbers))


def free_tree(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A tree circuit with direct inputs, chains of sums, products of products, constants, cores.

    Beside each location three digits are drawn: how its input enters the product above it, how the
    product that it makes does, and whether that product has a constant among its children, or is
    an outer product, perhaps with a matrix on the first child's index.
    """
    own = start(draw, bounds, "free tree")
    grown = _grown(draw, bounds, own, digits=3)
    labels = Labels(draw, bounds, tied=own.ties != "untied", fixed=bounds.fixed)
    writer = Writer(grown.dims)
    leaves, inner = grown.shape.leaves, grown.shape.inner

    def lifted(below: int, channels: int, digit: int) -> int:
        """A sum above the node; two or three for the highest digits."""
        for _ in range(digit - 7):
            middle = number(draw, *own.widths)
            below = writer.sum([below], middle, [labels.label(middle, writer.widths[below])])
        return writer.sum([below], channels, [labels.label(channels, writer.widths[below])])

    def node(entry: int, channels: int) -> int:
        """A node of this width for a location or an inner node."""
        digit = leaves[entry][2] if entry >= 0 else inner[-1 - entry][3]
        direct = digit in (5, 6, 7)
        if entry >= 0:
            found = writer.input(entry)
            direct = direct and writer.widths[found] == channels and own.size > 1
            return found if direct else lifted(found, channels, digit)
        me = -1 - entry
        outer = bounds.fixed and inner[me][4] in (6, 7) and len(grown.children(me)) <= _MOST_LEGS
        direct = direct and not outer
        middle = channels if direct else grown.widths[me]
        below = [node(child, middle) for child in grown.children(me)]
        if outer:
            found = writer.outer(below)
            if inner[me][4] == 7 and bounds.constants:
                width = number(draw, *own.widths)
                found = writer.act(found, 1, middle, width, labels.label(width * middle, 1))
            return lifted(found, channels, digit)
        if bounds.constants and inner[me][4] > 7:
            size = middle if inner[me][4] == 8 else number(draw, *own.widths)
            constant = writer.constant(size)
            below.append(constant if inner[me][4] == 8 else lifted(constant, middle, 0))
        found = writer.product(below)
        return found if direct else lifted(found, channels, digit)

    node(grown.shape.root, own.outputs)
    return writer.circuit()
