"""Networks that others use, from the descriptions in their papers.

Probabilistic circuits are made of *regions* (sets of locations) and *partitions* of a region into
smaller ones; tensor networks of tensors and the legs that join them. Everything random comes from
a seed. Weights are free: what is normalised or isometric elsewhere is any real number here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

import circuitalg as ca
from circuitalg.circuit.expansions import adding, reading

Region = frozenset[int]
Partitions = Callable[[Region], list[tuple[Region, ...]]]
Part = tuple[str, tuple[str, ...]]


# Regions and partitions


def circuit_of_regions(
    locations: int,
    dim: int,
    width: int,
    partitions: Partitions,
    *,
    mixing: bool = False,
    cross: bool = False,
) -> ca.Circuit:
    """Each region is a sum over its partitions, each partition a product of its regions.

    A region of one location is a matrix on its input, others have a matrix for each partition. With
    ``mixing`` a region has one weight for each partition and channel, and a matrix for each factor
    of a product, as in Einsum networks (Peharz et al., *Einsum networks*, ICML 2020). With
    ``cross`` every channel of one factor is multiplied with every channel of the others.
    """
    b = ca.CircuitBuilder(locations, dim)
    made: dict[Region, str] = {}
    whole = frozenset(range(locations))

    def node(region: Region) -> str:
        if region not in made:
            made[region] = own(region, width)
        return made[region]

    def own(region: Region, channels: int) -> str:
        if len(region) == 1:
            return b.sum(b.input(*region), width=channels)
        factors = [[node(part) for part in parts] for parts in partitions(region)]
        if mixing and region != whole:
            factors = [[b.sum(factor, width=channels) for factor in parts] for parts in factors]
            products = [b.product(*parts) for parts in factors]
            return b.mix(*products) if len(products) > 1 else products[0]
        products = [b.outer(*parts) if cross else b.product(*parts) for parts in factors]
        return b.sum(*products, width=channels)

    return b.build(own(whole, 1))


def _sides(region: Region, columns: int) -> list[range]:
    """Rows and columns of a rectangle of cells, which are numbered row by row."""
    places = zip(*[divmod(cell, columns) for cell in region], strict=True)
    return [range(min(own), max(own) + 1) for own in places]


def _cut(region: Region, columns: int, axis: int, at: int) -> tuple[Region, Region]:
    """A rectangle in two: the cells whose row (axis 0) or column (axis 1) is below ``at``."""
    first = frozenset(cell for cell in region if divmod(cell, columns)[axis] < at)
    return first, region - first


def _halves(region: Region, columns: int, axis: int) -> tuple[Region, ...]:
    """A rectangle cut in the middle; as it is, if it has one row or column."""
    side = _sides(region, columns)[axis]
    if len(side) == 1:
        return (region,)
    return _cut(region, columns, axis, side.start + (len(side) + 1) // 2)


def quad_tree(rows: int, columns: int, dim: int, width: int, *, parts: int = 4) -> ca.Circuit:
    """An image halved in both directions again and again: four parts at once, or two by two.

    QT-4 and QT-2 in Loconte et al., *What is the relationship between tensor factorizations and
    circuits?*, arXiv 2409.07953; they come from Mari, Vessio and Vergari (TPM workshop, 2023).
    """

    def partitions(region: Region) -> list[tuple[Region, ...]]:
        if parts == 4:
            halves = _halves(region, columns, 0)
            return [tuple(quarter for half in halves for quarter in _halves(half, columns, 1))]
        height, breadth = map(len, _sides(region, columns))
        return [_halves(region, columns, int(breadth > height))]

    return circuit_of_regions(rows * columns, dim, width, partitions)


def quad_graph(rows: int, columns: int, dim: int, width: int) -> ca.Circuit:
    """An image halved in both directions in either order: two partitions, which share the quarters.

    The quad graph of Mari, Vessio and Vergari, *Unifying and understanding overparameterized
    circuit representations via low-rank tensor decompositions*, TPM workshop, 2023.
    """
    found: dict[Region, list[tuple[Region, ...]]] = {}

    def quarter(region: Region) -> None:
        """Take the partitions of a region, of its halves and of its quarters."""
        if len(region) == 1 or region in found:
            return
        ways = [(axis, _halves(region, columns, axis)) for axis in (0, 1)]
        found[region] = [parts for _, parts in ways if len(parts) == 2]
        for axis, halves in ways:
            for half in halves:
                parts = _halves(half, columns, 1 - axis)
                if half != region and len(parts) == 2:
                    found[half] = [parts]
                for part in parts:
                    quarter(part)

    quarter(frozenset(range(rows * columns)))
    return circuit_of_regions(rows * columns, dim, width, found.__getitem__)


def poon_domingos(rows: int, columns: int, dim: int, width: int, *, delta: int = 1) -> ca.Circuit:
    """All rectangles of an image, cut in two in every way along lines ``delta`` cells apart.

    Those that no line cuts are factorised.
    Poon and Domingos, *Sum-product networks: a new deep architecture*, UAI 2011.
    """

    def partitions(region: Region) -> list[tuple[Region, ...]]:
        found = [
            _cut(region, columns, axis, at)
            for axis, side in enumerate(_sides(region, columns))
            for at in side[1:]
            if at % delta == 0
        ]
        return found or [tuple(frozenset([cell]) for cell in sorted(region))]

    return circuit_of_regions(rows * columns, dim, width, partitions, mixing=True)


def random_binary_trees(
    locations: int, dim: int, width: int, repetitions: int, *, seed: int = 0, cross: bool = False
) -> ca.Circuit:
    """Locations halved at random again and again; several such trees under one sum.

    Peharz et al., *Random sum-product networks*, UAI 2019 (RAT-SPNs), with ``cross``; without, with
    products channel by channel. Trees that come to the same region share it.
    """
    draw = random.Random(seed)
    found: dict[Region, list[tuple[Region, ...]]] = {}

    def split(region: Region) -> None:
        if len(region) == 1:
            return
        first = frozenset(draw.sample(sorted(region), len(region) // 2))
        known = found.setdefault(region, [])
        if not any(first in parts for parts in known):
            known.append((first, region - first))
        for part in (first, region - first):
            split(part)

    for _ in range(repetitions):
        split(frozenset(range(locations)))
    return circuit_of_regions(locations, dim, width, found.__getitem__, cross=cross)


def learned_network(locations: int, dim: int, *, seed: int = 0) -> ca.Circuit:
    """Sums of clusters and products of independent parts in turn, of unequal arities; no channels.

    The shape of what LearnSPN makes of data: Gens and Domingos, *Learning the structure of
    sum-product networks*, ICML 2013. A location has a distribution of its own in every cluster.
    """
    draw = random.Random(seed)
    b = ca.CircuitBuilder(locations, dim)

    def cluster(scope: list[int]) -> str:
        """A product of independent parts."""
        mixed = draw.sample(scope, len(scope))
        cuts = sorted(draw.sample(range(1, len(scope)), min(len(scope) - 1, draw.randint(1, 5))))
        bounds = pairwise([0, *cuts, len(scope)])
        return b.product(*[mixture(mixed[i:j]) for i, j in bounds])

    def mixture(scope: list[int]) -> str:
        """A sum of clusters."""
        if len(scope) == 1:
            return b.sum(b.input(scope[0]), width=1)
        return b.sum(*[cluster(scope) for _ in range(draw.randint(2, 3))], width=1)

    return b.build(mixture(list(range(locations))))


# Graphical models


def hidden_markov_model(
    length: int, states: int, symbols: int | None = None, *, homogeneous: bool = True
) -> ca.Circuit:
    """A hidden Markov model; without symbols the states are observed, and it is a Markov chain.

    Rabiner, *A tutorial on hidden Markov models*, Proc. IEEE 77, 1989: the backward recursion.
    Homogeneous: one matrix of transitions and one of emissions for all times.
    """
    b = ca.CircuitBuilder(length, states if symbols is None else symbols)

    def seen(time: int) -> str:
        if symbols is None:
            return b.input(time)
        name = "emission" if homogeneous else None
        return b.sum(b.input(time), width=states, parameter=name)

    name = "transition" if homogeneous else None
    state = seen(length - 1)
    for time in reversed(range(length - 1)):
        state = b.product(seen(time), b.sum(state, width=states, parameter=name))
    return b.build(b.sum(state, width=1))


def markov_tree(parents: Sequence[int], dim: int) -> ca.Circuit:
    """A tree of observed variables: each enters the product of its own node, by no matrix.

    Chow and Liu, *Approximating discrete probability distributions with dependence trees*, IEEE
    Trans. Inf. Theory 14, 1968. Variable i > 0 has an earlier one as its parent; ``parents[0]`` is
    not read.
    """
    b = ca.CircuitBuilder(len(parents), dim)
    below: list[list[str]] = [[] for _ in parents]
    for i in reversed(range(len(parents))):
        node = b.product(b.input(i), *below[i]) if below[i] else b.input(i)
        if i:
            below[parents[i]].append(b.sum(node, width=dim))
    return b.build(b.sum(node, width=1))


def random_parents(count: int, seed: int = 0) -> list[int]:
    """A random recursive tree: each variable's parent is any earlier one."""
    draw = random.Random(seed)
    return [0, *(draw.randrange(i) for i in range(1, count))]


# Tensor networks


class TensorNetwork:
    """Tensors joined by their legs.

    A part is a node with a channel for each tuple of values of its open legs, the last one fastest.

    Parameters
    ----------
    locations, dim : as of a circuit.
    bond : dimension of every leg.
    """

    def __init__(self, locations: int, dim: int, bond: int) -> None:
        self.builder = ca.CircuitBuilder(locations, dim)
        self.bond = bond

    def input(self, leg: str, location: int) -> Part:
        """A location whose index is a leg itself (``dim`` must be ``bond``)."""
        return self.builder.input(location), (leg,)

    def tensor(self, legs: str, location: int) -> Part:
        """A free tensor for a location, with these legs (names with spaces between)."""
        names = tuple(legs.split())
        return self.builder.sum(self.builder.input(location), width=self.bond ** len(names)), names

    def apply(self, part: Part, old: str, new: str = "") -> Part:
        """A free tensor on some legs of a part, which gives it new ones."""
        node, legs = part
        taken, made = tuple(old.split()), tuple(new.split())
        width = self.bond ** len(made)
        if taken == legs:
            return self.builder.sum(node, width=width), made
        kept = tuple(leg for leg in legs if leg not in taken)
        order = [legs.index(leg) for leg in (*kept, *taken)]
        shape = [self.bond] * len(legs)
        if order != sorted(order):
            moved = [order.index(place) for place in range(len(order))]
            node = self.builder.sum(node, matrix=reading(shape, moved))
        shape = [self.bond ** len(kept), self.bond ** len(taken)]
        return self.builder.act(node, shape, 1, width=width), (*kept, *made)

    def join(self, *parts: Part) -> Part:
        """The contraction over all legs that occur twice, one part after the other."""
        (node, legs), *rest = parts
        for other, more in rest:
            every = (*legs, *(leg for leg in more if leg not in legs))
            if len(every) == len(legs) + len(more):
                node, legs = self.builder.outer(node, other), every
                continue
            spread = [
                self.builder.sum(one, matrix=reading([self.bond] * len(every), places))
                if its != every
                else one
                for one, its in ((node, legs), (other, more))
                for places in [[every.index(leg) for leg in its]]
            ]
            open_ = [at for at, leg in enumerate(every) if leg not in legs or leg not in more]
            added = adding([self.bond] * len(every), open_)
            node = self.builder.sum(self.builder.product(*spread), matrix=added)
            legs = tuple(every[at] for at in open_)
        return node, legs

    def circuit(self, part: Part) -> ca.Circuit:
        """The circuit of what has no open legs."""
        node, legs = part
        if legs:
            raise ValueError(f"these legs are open: {', '.join(legs)}")
        return self.builder.build(node)


def periodic_matrix_product_state(length: int, dim: int, bond: int) -> ca.Circuit:
    """The trace of a product of matrices, one for each location.

    Perez-Garcia, Verstraete, Wolf and Cirac, *Matrix product state representations*, Quantum Inf.
    Comput. 7, 2007.
    """
    t = TensorNetwork(length, dim, bond)
    return t.circuit(t.join(*[t.tensor(f"b{i} b{(i + 1) % length}", i) for i in range(length)]))


def projected_entangled_pairs(
    rows: int, columns: int, dim: int, bond: int, *, by_column: bool = False
) -> ca.Circuit:
    """A tensor for each cell of a grid, a leg to each of its neighbours (PEPS).

    They are contracted row by row, or column by column: the same function of the same tensors.

    Verstraete and Cirac, *Renormalization algorithms for quantum-many body systems in two and
    higher dimensions*, arXiv cond-mat/0407066, 2004.
    """
    t = TensorNetwork(rows * columns, dim, bond)

    def cell(i: int, j: int) -> Part:
        across = [f"h{i}_{k}" for k in (j - 1, j) if 0 <= k < columns - 1]
        down = [f"v{k}_{j}" for k in (i - 1, i) if 0 <= k < rows - 1]
        return t.tensor(" ".join(across + down), i * columns + j)

    order = [(i, j) for i in range(rows) for j in range(columns)]
    if by_column:
        order.sort(key=lambda place: place[::-1])
    return t.circuit(t.join(*[cell(i, j) for i, j in order]))


def multiscale_entanglement_renormalization(bond: int) -> ca.Circuit:
    """A binary MERA over a ring of eight locations of dimension ``bond``, two layers and a top.

    In each layer a tensor of four legs acts across the ends of neighbouring pairs, and one of three
    legs makes one leg of each pair. Vidal, *Class of quantum many-body states that can be
    efficiently simulated*, Phys. Rev. Lett. 101, 2008.
    """
    t = TensorNetwork(8, bond, bond)

    def half(i: int) -> Part:
        """Four locations, behind two tensors across ends of pairs, and the pair between them."""
        ends = []
        for k in (i, i + 1):
            one, two = 2 * k + 1, (2 * k + 2) % 8
            sent = t.join(t.input(f"x{one}", one), t.input(f"x{two}", two))
            ends.append(t.apply(sent, f"x{one} x{two}", f"r{k} l{(k + 1) % 4}"))
        return t.apply(t.join(*ends), f"l{i + 1} r{i + 1}", f"a{i + 1}")

    ring = t.join(half(0), half(2))
    for old, new in (
        ("l2 r2", "a2"),
        ("l0 r0", "a0"),
        ("a1 a2", "R0 L1"),
        ("a3 a0", "R1 L0"),
        ("L0 R0", "c0"),
        ("L1 R1", "c1"),
        ("c0 c1", ""),
    ):
        ring = t.apply(ring, old, new)
    return t.circuit(ring)


def tree_tensor_network(locations: int, dim: int, bond: int) -> ca.Circuit:
    """A balanced binary tree of tensors of three legs (full cores).

    Shi, Duan and Vidal, *Classical simulation of quantum many-body systems with a tree tensor
    network*, Phys. Rev. A 74, 2006.
    """
    t = TensorNetwork(locations, dim, bond)
    parts = [t.tensor(f"up{i}", i) for i in range(locations)]
    made = locations
    while len(parts) > 1:
        pairs, parts = zip(parts[::2], parts[1::2], strict=True), []
        for one, two in pairs:
            up = "" if made == 2 * locations - 2 else f"up{made}"
            parts.append(t.apply(t.join(one, two), f"{one[1][0]} {two[1][0]}", up))
            made += 1
    return t.circuit(parts[0])
