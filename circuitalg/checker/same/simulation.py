"""Networks compared node by node.

Every channel of the second network is kept as a polynomial in the first one's weights and in
channels of products of the first one's nodes: a variable (-1 - p, k, 0) is the product of the k-th
channels of a multiset of nodes, number p: sums, and one input per location. Without nodes it is 1.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence

from ..circuit import CONSTANT, INPUT, PRODUCT, SUM, Circuit, fold
from ..read import MAX_NODES, Matrix, Refusal, as_int, as_list, as_matrix
from ..schema import File
from .expansion import UNIT, Algebra, Channels, Edge, Polynomial, Variable

Claim = tuple[int, Matrix | None, list[int]]


class First:
    """The first network: which multiset a product is, and what a sum's channels add up."""

    def __init__(self, a: Circuit, algebra: Algebra) -> None:
        self.a, self.algebra = a, algebra
        self.products: list[tuple[int, ...]] = []
        self.numbers: dict[tuple[int, ...], int] = {}
        self.inputs: dict[int, int] = {}  # the number of each location
        self.known: dict[int, Channels] = {}  # what lone sums add up, by their numbers
        self.flat: list[int] = []  # the number of each node
        for node, kind in enumerate(a.kinds):
            if kind == INPUT and a.places[node] in self.inputs:
                self.flat.append(self.inputs[a.places[node]])
            elif kind in (INPUT, SUM):
                self.flat.append(self.number([(node,)]))
            else:
                self.flat.append(self.number(self.products[self.flat[c]] for c in a.children[node]))
            if kind == INPUT:
                self.inputs[a.places[node]] = self.flat[node]

    def number(self, parts: Iterable[tuple[int, ...]]) -> int:
        """Return the number of the union of multisets of nodes."""
        nodes = tuple(sorted(itertools.chain.from_iterable(parts)))
        self.algebra.keep((), 2 * len(nodes))
        self.algebra.meter.spend(100 * len(nodes) + 1500)
        if nodes not in self.numbers:
            self.numbers[nodes] = len(self.products)
            self.products.append(nodes)
        return self.numbers[nodes]

    def channels(self, product: int, width: int) -> Channels:
        """Return the channels of a product."""
        self.algebra.meter.spend(100 * width)
        there = bool(self.products[product])
        return [{((-1 - product, k, 0),): 1} if there else UNIT for k in range(width)]

    def lone(self, key: tuple[Variable, ...]) -> Variable | None:
        """Return the channel of a lone sum in a monomial, where it would stand first."""
        nodes = self.products[-1 - key[0][0]] if key and key[0][0] < 0 else ()
        return key[0] if len(nodes) == 1 and self.a.kinds[nodes[0]] == SUM else None

    def opened(self, channel: Polynomial) -> Polynomial:
        """Replace every lone sum in a channel by what it adds up."""
        parts: dict[Variable | None, Polynomial] = {}
        for key, c in channel.items():
            lone = self.lone(key)
            parts.setdefault(lone, {})[key[1:] if lone else key] = c
        if parts.keys() <= {None}:
            return channel
        total: Polynomial = {}
        for lone, part in parts.items():
            self.algebra.add(total, part, self.sums(-1 - lone[0])[lone[1]] if lone else UNIT)
        return total

    def sums(self, product: int) -> Channels:
        """Return what the channels of a lone sum add up, further sums opened too."""
        todo = [product]
        while todo and product not in self.known:
            (node,) = self.products[todo[-1]]
            below = [self.channels(self.flat[c], self.a.widths[c]) for c in self.a.children[node]]
            edge = functools.partial(self.algebra.variables, self.a)
            found = self.algebra.summed(self.a, node, edge, below)
            lone = {self.lone(key) for channel in found for key in channel} - {None}
            missing = [-1 - x[0] for x in lone if x and -1 - x[0] not in self.known]
            if not missing:
                self.known[todo.pop()] = list(map(self.opened, found))
            todo.extend(missing)
        return self.known[product]

    def multiplied(self, channels: Channels) -> Polynomial:
        """Multiply channels: each must be one product with coefficient 1, all of one column."""
        found: list[Variable] = []
        for channel in channels:
            ((key, c),) = channel.items() if len(channel) == 1 else (((), 0),)
            if c != 1 or len(key) > 1 or (key and key[0][0] >= 0):
                raise Refusal(
                    "a child of a product is not one product of the first network's channels."
                )
            found.extend(key)
        if len({column for _, column, _ in found}) > 1:
            raise Refusal(
                "the children of a product select different channels of the first network."
            )
        product = self.number(self.products[-1 - p] for p, _, _ in found)
        return {((-1 - product, found[0][1], 0),): 1} if found else UNIT

    def claimed(self, claim: Claim, found: Channels) -> Channels:
        """Refuse unless a sum's channels are T times the product of the nodes; return them so."""
        _, matrix, nodes = claim
        width = len(found) if matrix is None else len(matrix[0])
        own = self.channels(self.number(self.products[self.flat[i]] for i in nodes), width)
        if matrix is not None:
            own = self.algebra.numbers(matrix, own)
        if list(map(self.opened, own)) != list(found):
            raise Refusal("a sum is not what the simulation claims it to be.")
        return own


def simulated(
    a: Circuit, b: Circuit, mapped: Edge, claims: Sequence[Claim], algebra: Algebra
) -> None:
    """Follow the second network's channels, verify what is claimed of sums, compare the outputs."""
    first, claimed = First(a, algebra), fitting(claims, a, b)

    def step(node: int, below: list[Channels]) -> Channels:
        kind, width = b.kinds[node], b.widths[node]
        algebra.meter.spend(3000 * width)
        if kind == INPUT:
            return first.channels(first.inputs[b.places[node]], width)
        if kind == CONSTANT:
            return [UNIT] * width
        if kind == PRODUCT:
            if any(b.kinds[i] == SUM and i not in claimed for i in b.children[node]):
                raise Refusal("a child of a product is a sum of which nothing is claimed.")
            channels = [first.multiplied(column) for column in zip(*below, strict=True)]
            algebra.keep(channels)
            return channels
        opened = [list(map(first.opened, values)) for values in below]
        found = algebra.summed(b, node, mapped, opened)
        return first.claimed(claimed[node], found) if node in claimed else found

    found: Channels = fold(b, step)
    outputs = first.channels(first.flat[-1], a.widths[-1])
    for r, (channel, output) in enumerate(zip(found, outputs, strict=True)):
        if first.opened(channel) != first.opened(output):
            raise Refusal(f"output {r} of the two networks is not the same combination.")


def claim(value: object, what: str, _: File) -> Claim:
    """Read what a simulation claims of a sum: a matrix or null, and nodes of the first network."""
    parts = as_list(value, what)
    if len(parts) != 3:
        raise Refusal("a claim must be a list of a node, a matrix or null, and nodes.")
    matrix = None if parts[1] is None else as_matrix(parts[1], "a claimed matrix")
    nodes = [as_int(i, "a node", 0, MAX_NODES) for i in as_list(parts[2], "claimed nodes")]
    return as_int(parts[0], "a claimed node", 0, MAX_NODES), matrix, nodes


def fitting(claims: Sequence[Claim], a: Circuit, b: Circuit) -> dict[int, Claim]:
    """Demand that claims are about sums of the second network, in order, and of fitting shapes."""
    for node, matrix, nodes in claims:
        if node >= len(b.kinds) or b.kinds[node] != SUM:
            raise Refusal("a simulation claims something about a node that is not a sum.")
        width = b.widths[node] if matrix is None else len(matrix[0])
        if any(i >= len(a.kinds) or a.widths[i] != width for i in nodes):
            raise Refusal(f"a claim multiplies nodes that are not all of width {width}.")
        if matrix is not None and len(matrix) != b.widths[node]:
            raise Refusal("a claimed matrix does not have a row for each channel.")
    if any(first[0] >= second[0] for first, second in itertools.pairwise(claims)):
        raise Refusal("the claims of a simulation must stand in the order of their nodes.")
    return {claim[0]: claim for claim in claims}
