"""Simulation: a second network's nodes as linear combinations of products of the first one's.

The value of every node of b is kept as a combination Σ_k M_k · z_k: z_k is the channelwise product
of a multiset of a's nodes (sums, and one input per location), the entries of M_k are polynomials in
a's weights. Sums combine linearly. A product needs every child to be T · z with one and the same
*selection* T, whose rows hold one 1 each, for T x · T y = T (x · y) holds for selections only
(2x · 2y is not 2xy). So where a sum of b is to be multiplied further, the proof claims that it is
T · (a product of nodes of a), and this is verified by expanding a's sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.kernel.matrices import (
    Rows,
    Table,
    added,
    multiplied,
    parameter,
    row_sums,
)

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix
    from circuitalg.kernel.same import Claim

Product = tuple[int, ...]
"""A multiset of nodes of a, sorted; the empty one is the vector of ones."""
Combination = dict[Product, Rows]
Factor = tuple["Matrix | None", Product, int]
"""T (None: the identity), the multiset, and its width: T · (product of the nodes)."""


class First:
    """The first network: its products flattened, its sums expanded into combinations."""

    def __init__(self, circuit: Circuit, table: Table) -> None:
        self.circuit = circuit
        self.table = table
        self._inputs: dict[int, int] = {}
        self._flat: list[Product] = []
        self._expanded: dict[int, Combination] = {}
        for place, node in enumerate(circuit.nodes):
            if node.location is not None:
                self._flat.append((self._inputs.setdefault(node.location, place),))
            elif node.kind == "sum":
                self._flat.append((place,))
            else:
                self._flat.append(self.union([self._flat[child] for child in node.children]))

    def union(self, parts: Sequence[Product]) -> Product:
        """The multiset union."""
        self.table.work.spend(1 + sum(map(len, parts)))
        return tuple(sorted(i for part in parts for i in part))

    def edge(self, label: str | Matrix) -> Rows:
        """The matrix on an edge of the first network."""
        return self.table.rows(parameter(label)) if isinstance(label, str) else self.fixed(label)

    def fixed(self, matrix: Matrix) -> Rows:
        """A fixed matrix."""
        return self.table.constant(matrix)

    def input(self, location: int) -> Product:
        """The node that stands for a location."""
        return (self._inputs[location],)

    def flat(self, nodes: Sequence[int], width: int) -> Product:
        """The product of nodes as a multiset of sums and inputs; all must have this width."""
        count = len(self.circuit.nodes)
        if any(not 0 <= i < count for i in nodes):
            raise RuleError("a simulation names nodes that the first network does not have")
        if any(self.circuit.nodes[i].width != width for i in nodes):
            raise RuleError(f"a simulation multiplies nodes that are not all of width {width}")
        return self.union([self._flat[node] for node in nodes])

    def is_sum(self, product: Product) -> bool:
        """Whether it is one sum alone."""
        return len(product) == 1 and self.circuit.nodes[product[0]].kind == "sum"

    def expanded(self, product: Product, width: int) -> Combination:
        """A product of several nodes as itself; one sum alone as what it adds up, and so on."""
        if not product:
            return {product: self.table.ones(width)}
        if not self.is_sum(product):
            return {product: self.table.unit(width)}
        todo = [product[0]]
        while todo:
            place = todo[-1]
            sums = (self._flat[child] for child in self.circuit.nodes[place].children)
            below = [inner[0] for inner in sums if self.is_sum(inner)]
            missing = [inner for inner in below if inner not in self._expanded]
            todo.extend(missing)
            if not missing:
                if place not in self._expanded:
                    self._expanded[place] = self._added_up(place)
                todo.pop()
        return self._expanded[product[0]]

    def _added_up(self, place: int) -> Combination:
        """One sum, from its children; those that are sums alone have been expanded."""
        node = self.circuit.nodes[place]
        total: Combination = {}
        for label, child in zip(node.matrices, node.children, strict=True):
            inner = self._flat[child]
            known = self._expanded[inner[0]] if self.is_sum(inner) else None
            self.combine_product(total, self.edge(label), inner, known)
        return without_zeros(total)

    def combine_product(
        self, total: Combination, rows: Rows, product: Product, known: Combination | None
    ) -> None:
        """Add a matrix times a product in place; ``known``: what the product is expanded into."""
        if known is not None:
            self.combine(total, rows, known)
        elif product:
            self.combine(total, None, {product: rows})
        else:
            self.combine(total, None, {product: row_sums(rows, self.table.work)})

    def combine(self, total: Combination, matrix: Rows | None, part: Combination) -> None:
        """Add matrix · part to a combination in place (None: the identity)."""
        work = self.table.work
        for product, rows in part.items():
            work.spend(len(product) + len(rows) * len(rows[0]))
            scaled = rows if matrix is None else multiplied(matrix, rows, work)
            total[product] = added(total[product], scaled, work) if product in total else scaled


def without_zeros(combination: Combination) -> Combination:
    """Drop matrices of zeros."""
    return {p: rows for p, rows in combination.items() if any(x for row in rows for x in row)}


class Second:
    """Values of the second network's nodes, as combinations over the first one's."""

    def __init__(self, first: First, b: Circuit, weights: Mapping[str, Rows]) -> None:
        self.first = first
        self.b = b
        self.weights = weights
        self.factors: list[Factor | None] = []
        self.combinations: list[Combination | None] = []

    def add(self, place: int) -> None:
        """Work out a node from its children."""
        node = self.b.nodes[place]
        factor: Factor | None = None
        combination: Combination | None = None
        if node.location is not None:
            factor = (None, self.first.input(node.location), node.width)
        elif node.kind == "constant":
            factor = (None, (), node.width)
        elif node.kind == "product":
            factor = self._product(node.children, node.name)
        else:
            combination = {}
            for label, child in zip(node.matrices, node.children, strict=True):
                rows = self.weights[label] if isinstance(label, str) else self.first.fixed(label)
                self.add_child(combination, rows, child)
            combination = without_zeros(combination)
        self.factors.append(factor)
        self.combinations.append(combination)

    def add_child(self, total: Combination, rows: Rows, child: int) -> None:
        """Add a matrix times a node's value in place."""
        first, factor = self.first, self.factors[child]
        if factor is None:
            first.combine(total, rows, self.combinations[child] or {})
            return
        matrix, product, width = factor
        if matrix is not None:
            rows = multiplied(rows, first.fixed(matrix), first.table.work)
        known = first.expanded(product, width) if first.is_sum(product) else None
        first.combine_product(total, rows, product, known)

    def _product(self, children: Sequence[int], name: str) -> Factor:
        found = [self.factors[child] for child in children]
        first = found[0]
        if first is None or any(other is None or other[0] != first[0] for other in found):
            raise RuleError(
                f"the children of the product {name!r} are not products of the first network's "
                "nodes under one and the same selection"
            )
        matrix, _, width = first
        if matrix is not None and not is_selection(matrix):
            raise RuleError(
                f"a child of the product {name!r} is scaled or mixed; 2x * 2y is not 2xy"
            )
        if any(other is not None and other[2] != width for other in found):
            raise RuleError(f"the children of the product {name!r} select from unequal widths")
        below = [other[1] for other in found if other is not None]
        return matrix, self.first.union(below), width

    def claim(self, place: int, matrix: Matrix | None, nodes: Sequence[int]) -> None:
        """Verify that a sum is T · (a product of the first network's nodes)."""
        combination, height = self.combinations[place], self.b.nodes[place].width
        if combination is None:
            raise RuleError(f"a simulation claims something about {place}, which is not a sum")
        width = height if matrix is None else len(matrix[0])
        if matrix is not None and len(matrix) != height:
            raise RuleError(f"the matrix claimed for node {place} does not have {height} rows")
        product = self.first.flat(nodes, width)
        expected = self.first.expanded(product, width)
        if matrix is not None:
            scaled: Combination = {}
            self.first.combine(scaled, self.first.fixed(matrix), expected)
            expected = scaled
        if without_zeros(expected) != combination:
            raise RuleError(
                f"the sum {self.b.nodes[place].name!r} is not what the simulation claims it to be"
            )
        self.factors[place] = (matrix, product, width)
        self.combinations[place] = None  # no longer needed


def is_selection(matrix: Matrix) -> bool:
    """Whether every row holds one 1, and zeros elsewhere."""
    return all(sorted(row) == [0] * (len(row) - 1) + [1] for row in matrix)


def simulate(
    a: Circuit,
    b: Circuit,
    weights: Mapping[str, Rows],
    table: Table,
    claims: Sequence[Claim],
) -> None:
    """Follow b's nodes, verify the claims on its sums, and compare the outputs."""
    first = First(a, table)
    second = Second(first, b, weights)
    claimed = {place: (matrix, nodes) for place, matrix, nodes in claims}
    if [claim[0] for claim in claims] != sorted(claimed) or not set(claimed) <= set(
        range(len(b.nodes))
    ):
        raise RuleError("the claims of a simulation name nodes of b, in increasing order")
    for place in range(len(b.nodes)):
        second.add(place)
        if place in claimed:
            second.claim(place, *claimed[place])
    last = len(a.nodes) - 1
    width = a.nodes[last].width
    expected = without_zeros(first.expanded(first.flat([last], width), width))
    found: Combination = {}
    second.add_child(found, table.unit(width), len(b.nodes) - 1)
    if without_zeros(found) != expected:
        raise RuleError("the outputs of the two networks are not the same combinations")
