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
from circuitalg.kernel.same.matrices import Rows, Table, added, multiplied

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix
    from circuitalg.kernel.same.function import Claim

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
        self._weights = table.own()
        self._inputs: dict[int, int] = {}
        self._flat: list[Product] = []
        self._sums: dict[int, Combination] = {}
        for place, node in enumerate(circuit.nodes):
            if node.location is not None:
                self._flat.append((self._inputs.setdefault(node.location, place),))
            elif node.kind == "sum":
                self._flat.append((place,))
                self._sums[place] = self._added_up(place)
            else:
                self._flat.append(self.union([self._flat[child] for child in node.children]))

    def union(self, parts: Sequence[Product]) -> Product:
        """The multiset union."""
        self.table.work.spend(1 + sum(map(len, parts)))
        return tuple(sorted(i for part in parts for i in part))

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

    def expanded(self, product: Product, width: int) -> Combination:
        """A product of several nodes as itself; one sum alone as what it adds up, and so on."""
        known = self._sum_alone(product)
        if known is not None:
            return known
        return {product: self.table.unit(width) if product else self.table.ones(width)}

    def _sum_alone(self, product: Product) -> Combination | None:
        return self._sums.get(product[0]) if len(product) == 1 else None

    def _added_up(self, place: int) -> Combination:
        """One sum, from its children."""
        node = self.circuit.nodes[place]
        total: Combination = {}
        for label, child in zip(node.matrices, node.children, strict=True):
            self.add_product(total, self.table.edge(label, self._weights), self._flat[child])
        return without_zeros(total)

    def add_product(self, total: Combination, rows: Rows, product: Product) -> None:
        """Add a matrix times a product in place."""
        known = self._sum_alone(product)
        if not product:  # the vector of ones: the row sums
            known = {product: self.table.ones(len(rows[0]))}
        if known is not None:
            self.combine(total, rows, known)
        else:
            self.combine(total, None, {product: rows})

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
                self.add_child(combination, self.first.table.edge(label, self.weights), child)
            combination = without_zeros(combination)
        self.factors.append(factor)
        self.combinations.append(combination)

    def add_child(self, total: Combination, rows: Rows, child: int) -> None:
        """Add a matrix times a node's value in place."""
        first, factor = self.first, self.factors[child]
        if factor is None:
            first.combine(total, rows, self.combinations[child] or {})
            return
        matrix, product, _ = factor
        if matrix is not None:
            rows = multiplied(rows, first.table.constant(matrix), first.table.work)
        first.add_product(total, rows, product)

    def _product(self, children: Sequence[int], name: str) -> Factor:
        found = [factor for child in children if (factor := self.factors[child]) is not None]
        if len(found) < len(children) or len({(matrix, width) for matrix, _, width in found}) > 1:
            raise RuleError(
                f"the children of the product {name!r} are not products of the first network's "
                "nodes under one and the same selection"
            )
        matrix, _, width = found[0]
        if matrix is not None and not is_selection(matrix):
            raise RuleError(
                f"a child of the product {name!r} is scaled or mixed; 2x * 2y is not 2xy"
            )
        return matrix, self.first.union([product for _, product, _ in found]), width

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
            self.first.combine(scaled, self.first.table.constant(matrix), expected)
            expected = scaled
        if without_zeros(expected) != combination:
            raise RuleError(
                f"the sum {self.b.nodes[place].name!r} is not what the simulation claims it to be"
            )
        same = matrix is None or is_identity(matrix)
        self.factors[place] = (None if same else matrix, product, width)
        self.combinations[place] = None  # no longer needed


def is_identity(matrix: Matrix) -> bool:
    """Whether it is what null stands for."""
    zeros = (0,) * len(matrix)
    return all(row == (*zeros[:i], 1, *zeros[i + 1 :]) for i, row in enumerate(matrix))


def is_selection(matrix: Matrix) -> bool:
    """Whether every row holds one 1, and zeros elsewhere."""
    return all(sorted(row) == [0] * (len(row) - 1) + [1] for row in matrix)


def simulate(
    a: Circuit, b: Circuit, weights: Mapping[str, Rows], table: Table, claims: Sequence[Claim]
) -> None:
    """Follow b's nodes, verify the claims on its sums, and compare the outputs."""
    first = First(a, table)
    second = Second(first, b, weights)
    claimed = {place: (matrix, nodes) for place, matrix, nodes in claims}
    known = [place for place in range(len(b.nodes)) if place in claimed]
    if [place for place, _, _ in claims] != known:
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
