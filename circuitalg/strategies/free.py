"""Draws of circuits that break every habit: free trees, mixtures, circuits that repeat inputs."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import DrawFn

from circuitalg.circuit.builder import CircuitBuilder
from circuitalg.circuit.graph import Circuit
from circuitalg.strategies.bounds import Bounds
from circuitalg.strategies.draws import entries, flip, number, often, order, part, pick
from circuitalg.strategies.models import dims, locations, outputs, rac, width
from circuitalg.strategies.partitions import nested

_FIXED = ("bit", "integer", "fraction")
_FIXED_NATURAL = ("bit", "natural", "share")


class Writer:
    """Nodes drawn one by one, on a builder that checks them.

    Attributes
    ----------
    builder : what the nodes are added to.
    widths : channels of each node by name.
    """

    def __init__(self, draw: DrawFn, bounds: Bounds, by_location: list[int], kind: str) -> None:
        self.draw, self.bounds = draw, bounds
        self.builder = CircuitBuilder(len(by_location), by_location)
        self.widths: dict[str, int] = {}
        self._dims = by_location
        self._tied = pick(draw, bounds.patterns(kind)) != "untied"
        self._fixed = bounds.fixed and flip(draw)
        self._names: dict[tuple[int, int], list[str]] = {}
        self._count = 0

    def input(self, location: int) -> str:
        """The input of a location."""
        name = self.builder.input(location)
        self.widths[name] = self._dims[location]
        return name

    def constant(self, channels: int) -> str:
        """A vector of ones."""
        name = self.builder.constant(channels)
        self.widths[name] = channels
        return name

    def product(self, children: list[str]) -> str:
        """A product of nodes of one width."""
        name = self.builder.product(*children)
        self.widths[name] = self.widths[children[0]]
        return name

    def sum(self, children: list[str], channels: int) -> str:
        """A sum through new or tied parameters, or fixed matrices."""
        labels = [self._label(channels, self.widths[child]) for child in children]
        if all(isinstance(label, str) for label in labels):
            name = self.builder.sum(*children, width=channels, parameter=labels)
        elif len(labels) == 1:
            name = self.builder.sum(*children, width=channels, matrix=labels[0])
        else:
            # A builder's sum has parameters or matrices; a mixed one adds up two of these.
            name = self.builder.sum(
                *(self._alone(c, channels, x) for c, x in zip(children, labels, strict=True)),
                width=channels,
                matrix=[_identity(channels)] * len(children),
            )
        self.widths[name] = channels
        return name

    def _alone(self, child: str, channels: int, label: Any) -> str:
        named = {"parameter": label} if isinstance(label, str) else {"matrix": label}
        return self.builder.sum(child, width=channels, **named)

    def _label(self, rows: int, columns: int) -> Any:
        """A name, new or of an earlier matrix of this shape, or a fixed matrix."""
        if self._fixed and often(self.draw, 3):
            return self._matrix(rows, columns)
        earlier = self._names.setdefault((rows, columns), [])
        if self._tied and earlier:
            at = number(self.draw, 0, len(earlier) + 1)
            if at >= 2:
                return earlier[at - 2]
        self._count += 1
        earlier.append(f"w{self._count - 1}")
        return earlier[-1]

    def _matrix(self, rows: int, columns: int) -> list[list[Any]]:
        kinds = _FIXED_NATURAL if self.bounds.nonnegative else _FIXED
        at = number(self.draw, 0, 3)
        if at == 0:
            return [[int(r == c) for c in range(columns)] for r in range(rows)]
        flat = self.draw(entries(kinds[at - 1], rows * columns))
        return [flat[r * columns : (r + 1) * columns] for r in range(rows)]


def _identity(size: int) -> list[list[int]]:
    return [[int(r == c) for c in range(size)] for r in range(size)]


def free_tree(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A tree circuit with direct inputs, chains of sums, products of products, constants."""
    count = locations(draw, bounds, least=1)
    writer = Writer(draw, bounds, dims(draw, bounds, count), "free tree")
    common = width(draw, bounds)  # equal widths are what ties need

    def some_width() -> int:
        return width(draw, bounds) if often(draw, 4) else common

    def lifted(node: str, channels: int) -> str:
        """A sum above the node, sometimes a chain of two or three."""
        for _ in range(2):
            if not often(draw, 1):
                break
            node = writer.sum([node], some_width())
        return writer.sum([node], channels)

    def grow(node: Any, channels: int) -> str:
        """A node of this width for a part of the mode tree."""
        if isinstance(node, int):
            leaf = writer.input(node)
            direct = writer.widths[leaf] == channels and count > 1 and often(draw, 3)
            return leaf if direct else lifted(leaf, channels)
        direct = often(draw, 2)
        inner = channels if direct else some_width()
        parts = [grow(child, inner) for child in node]
        if bounds.constants and often(draw, 1):
            constant = writer.constant(inner if flip(draw) else width(draw, bounds))
            fits = writer.widths[constant] == inner and flip(draw)
            parts.append(constant if fits else lifted(constant, inner))
        product = writer.product(parts)
        return product if direct else lifted(product, channels)

    top = grow(nested(draw, count, bounds.max_arity), outputs(draw, bounds))
    return writer.builder.build(top)


def mixture(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A smooth decomposable circuit that need not be a tree: sums of branches over reused nodes."""
    count = locations(draw, bounds)
    writer = Writer(draw, bounds, dims(draw, bounds, count), "mixture")
    known: dict[tuple[int, ...], list[str]] = {(i,): [writer.input(i)] for i in range(count)}

    def branch(scope: tuple[int, ...]) -> str:
        """A product over two parts of the scope."""
        channels = width(draw, bounds)
        below = [over(tuple(side)) for side in part(draw, scope)]
        return writer.product([writer.sum([node], channels) for node in below])

    def over(scope: tuple[int, ...]) -> str:
        """An older node over this scope, or a new sum of branches and older nodes."""
        older = known.setdefault(scope, [])
        if older and not flip(draw):
            return pick(draw, older)
        children = [pick(draw, older)] if older and (len(scope) == 1 or flip(draw)) else []
        if len(scope) > 1:
            again = len(writer.widths) < 40 and often(draw, 3)
            children += [branch(scope) for _ in range(1 + again)]
        node = writer.sum(children, width(draw, bounds))
        older.append(node)
        return node

    everything = tuple(range(count))
    tops = [branch(everything) for _ in range(1 + flip(draw))]
    return writer.builder.build(writer.sum(tops, outputs(draw, bounds)))


def repeated(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A circuit with a location below two children of one product: sums and products of any nodes.

    Where ties and constants allow, it may be a recurrent network of several layers.
    """
    deep = bounds.constants and "anywhere" in bounds.ties and bounds.max_locations > 1
    if deep and often(draw, 2):
        return rac(draw, bounds, layers=number(draw, 2, 3))
    count = locations(draw, bounds, least=1)
    writer = Writer(draw, bounds, dims(draw, bounds, count), "repeated")
    pool = [writer.input(i) for i in range(count)]
    unused, varying = list(pool), list(pool)

    def multiplied(children: list[str]) -> str:
        channels = width(draw, bounds)
        return writer.product([writer.sum([child], channels) for child in children])

    for _ in range(number(draw, 0, 4)):
        few = order(draw, pool)[: number(draw, 1, min(3, len(pool)))]
        if flip(draw):
            node = multiplied(few)
        elif bounds.constants and often(draw, 2):
            node = writer.constant(width(draw, bounds))
            few = []
        else:
            node = writer.sum(few, width(draw, bounds))
        unused = [other for other in unused if other not in few] + [node]
        pool.append(node)
        if set(few) & set(varying):
            varying.append(node)
    # Every location is below an unused node, so one more factor over a location repeats it.
    again = writer.sum([pick(draw, varying)], width(draw, bounds))
    top = multiplied([*unused, again])
    return writer.builder.build(writer.sum([top], outputs(draw, bounds)))
