"""Draws of circuits that are no trees: mixtures, and circuits that repeat inputs."""

from __future__ import annotations

from functools import cache
from math import prod

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.graph import Circuit
from circuitalg.strategies.bounds import Bounds
from circuitalg.strategies.draws import between, number, pick
from circuitalg.strategies.models import Start, rac, start
from circuitalg.strategies.writer import Labels, Writer

_ADDS = (1, 2, 3, 7)
"""The ways of a step that make a sum where they can, the last one a mixing layer."""


class _Pool:
    """Nodes that further ones are made of.

    Attributes
    ----------
    scopes : locations below each node.
    unused : nodes without a parent.
    """

    def __init__(self, draw: DrawFn, bounds: Bounds, own: Start) -> None:
        dims = [own.dim, *(number(draw, *own.dims) for _ in range(own.size - 1))]
        self.writer = Writer(dims)
        self.labels = Labels(draw, bounds, tied=own.ties != "untied", fixed=bounds.fixed)
        self.scopes: list[frozenset[int]] = []
        self.nodes: list[int] = []
        self.unused: list[int] = []
        for location in range(own.size):
            self.take(self.writer.input(location), frozenset([location]), [])

    def take(self, node: int, scope: frozenset[int], used: list[int]) -> None:
        """Keep a node, by its number in the pool."""
        self.nodes.append(node)
        self.scopes.append(scope)
        self.unused = [own for own in self.unused if own not in used] + [len(self.nodes) - 1]

    def scope(self, members: list[int]) -> frozenset[int]:
        """All locations below these."""
        return frozenset().union(*[self.scopes[member] for member in members])

    def sum(self, members: list[int], channels: int) -> int:
        """A sum of members of the pool."""
        return self._sum([self.nodes[member] for member in members], channels)

    def _sum(self, nodes: list[int], channels: int) -> int:
        labels = [self.labels.label(channels, self.writer.widths[node]) for node in nodes]
        return self.writer.sum(nodes, channels, labels)

    def product(self, members: list[int], channels: int) -> int:
        """A product with a sum above each member."""
        return self.writer.product([self.sum([member], channels) for member in members])

    def core(self, members: list[int], channels: int) -> int:
        """A core tensor over members."""
        below = [self.nodes[member] for member in members]
        columns = prod([self.writer.widths[node] for node in below])
        return self.writer.core(below, channels, self.labels.label(channels, columns))

    def acted(self, members: list[int], channels: int) -> int:
        """A sum over the outer product of members, a matrix acting on the second one's index."""
        first, second, *_ = [self.nodes[member] for member in members]
        pair = self.writer.outer([self.nodes[member] for member in members])
        before, size = self.writer.widths[first], self.writer.widths[second]
        column = self.labels.label(channels * size, 1)
        return self._sum([self.writer.act(pair, before, size, channels, column)], channels)

    def mixed(self, members: list[int], channels: int) -> int:
        """A mixing layer of sums of members."""
        below = [self.sum([member], channels) for member in members]
        return self.writer.mix(below, [self.labels.label(channels, 1) for _ in below])

    def top(self, nodes: list[int], scores: int) -> Circuit:
        """The circuit whose output is a sum of these nodes."""
        self._sum(nodes, scores)
        return self.writer.circuit()


def mixture(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A smooth decomposable circuit, most often no tree.

    Step by step, a node is added to others over the same locations or multiplied with nodes over
    other locations: channel by channel, by a core tensor, or as a pair of which a matrix acts on
    one index; what is added may be weighted channel by channel. In the end the nodes that are left
    are multiplied until each product is over all locations, and these are added up.
    """
    own = start(draw, bounds, "mixture")
    steps = number(draw, 0, 2 * own.size)
    pool = _Pool(draw, bounds, own)
    multiply = {4: pool.core, 5: pool.core} if bounds.fixed else {}
    add = {}
    if bounds.fixed and bounds.constants:
        multiply[6], add[7] = pool.acted, pool.mixed
    for _ in range(steps):
        size = len(pool.nodes)
        first, second, third, way, channels = draw(_step(size, own.widths, 7))
        scope = pool.scopes[first]
        alike = [m for m in range(size) if m != first and pool.scopes[m] == scope]
        apart = [m for m in range(size) if not pool.scopes[m] & scope]
        few = [first]
        if apart and not (way in _ADDS and alike):
            few.append(apart[second % len(apart)])
            beyond = [m for m in apart if not pool.scopes[m] & pool.scopes[few[1]]]
            few += beyond[third : third + 1]
            pool.take(multiply.get(way, pool.product)(few, channels), pool.scope(few), few)
        else:
            few += sorted({alike[at % len(alike)] for at in (second, third) if alike})
            pool.take(add.get(way, pool.sum)(few, channels), scope, few)
    return pool.top(_completed(draw, own, pool), own.outputs)


def _completed(draw: DrawFn, own: Start, pool: _Pool) -> list[int]:
    """Products over all locations of the nodes that are left, the widest scopes first."""
    left = sorted(pool.unused, key=lambda member: (-len(pool.scopes[member]), member))
    terms: list[int] = []
    while left:
        few: list[int] = []
        for member in [*left, *range(own.size)]:
            if not pool.scopes[member] & pool.scope(few):
                few.append(member)
        left = [member for member in left if member not in few]
        alone = len(few) == 1
        terms.append(pool.nodes[few[0]] if alone else pool.product(few, number(draw, *own.widths)))
    return terms


def repeated(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A circuit with a location below two children of one product: sums and products of any nodes.

    Where ties and constants allow, it may be a recurrent network of several layers.
    """
    deep = bounds.constants and "anywhere" in bounds.ties and bounds.max_locations > 1
    if deep and number(draw, 0, 4) == 4:
        return rac(draw, bounds, layers=number(draw, 2, 3))
    own = start(draw, bounds, "repeated")
    steps = number(draw, 0, 4)
    pool = _Pool(draw, bounds, own)
    for _ in range(steps):
        *picks, kind, channels = draw(_step(len(pool.nodes), own.widths, 3))
        few = list(dict.fromkeys(picks))
        if kind == 2 and bounds.constants:
            pool.take(pool.writer.constant(channels), frozenset(), [])
        elif kind == 3:
            location = picks[0] % own.size
            pool.take(pool.writer.input(location), frozenset([location]), [])
        else:
            make = pool.sum if kind else pool.product
            pool.take(make(few, channels), pool.scope(few), few)
    # Every location is below an unused node, so one more factor over a location repeats it.
    varying = [member for member, scope in enumerate(pool.scopes) if scope]
    again = pool.sum([pick(draw, varying)], own.width)
    below = [pool.sum([member], own.width) for member in pool.unused]
    return pool.top([pool.writer.product([again, *below])], own.outputs)


@cache
def _step(size: int, widths: tuple[int, int], last: int) -> SearchStrategy[tuple[int, ...]]:
    """What one step needs: three members of the pool, what is made of them, its width.

    Ways to make something are numbered from 0 to ``last``.
    """
    member = between(0, size - 1)
    return st.tuples(member, member, member, between(0, last), between(*widths))
