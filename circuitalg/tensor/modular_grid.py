"""A circuit's values modulo a prime on a grid of row vectors and column vectors.

Entry (i, j) is the circuit's value when the locations of I get their i-th vectors and those of J
their j-th. Nodes below which only one side lies are evaluated once per row (or column). The others
are evaluated on tiles of the grid that stay in cache, in float64 arithmetic that is exact
(``exact.floatmod``); small subtrees at once, by matrix products (``bilinear``), since elsewhere
nearly all the time goes into reductions. Memory is that of the result and of the one-sided values,
never that of a tensor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isqrt, prod
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from circuitalg import threads
from circuitalg.errors import ModulusError, WeightError
from circuitalg.exact import floatmod
from circuitalg.exact.modular import residues
from circuitalg.exact.primes import is_prime
from circuitalg.tensor import bilinear
from circuitalg.tensor.bilinear import Form, Prepared
from circuitalg.tensor.engine import depth_first

if TYPE_CHECKING:
    from circuitalg.circuit.bipartition import Bipartition
    from circuitalg.circuit.graph import Circuit
    from circuitalg.circuit.node import Matrix, Node

Residues = npt.NDArray[np.int64]

# What a node depends on: bit 1 for rows (side 0), bit 2 for columns (side 1).
_MIXED = 3

# Numbers per tile and node: 2^14 to 2^17 take the same time within noise.
_TILE = 2**16
_TILE_DEVICE = 2**24
# What the reduction of one number costs, in operations of a matrix product: 1.5 ns at 65 Gflop/s.
_REDUCTION = 100
# Numbers that the core of a bilinear form may have.
_CORE = 2**21


def grid_matrix(
    circuit: Circuit,
    weights: Mapping[str, Any],
    rows: Sequence[Any],
    columns: Sequence[Any],
    bipartition: Bipartition,
    p: int,
    output: int = 0,
    xp: ModuleType = np,
) -> Residues:
    """Return the k x l matrix modulo ``p`` of the circuit's values.

    Parameters
    ----------
    circuit
        Any circuit, with repeated inputs or not.
    weights
        Exact matrix by parameter name.
    rows
        For each location of I in increasing order, its k vectors: exact numbers (k, M_i).
    columns
        For each location of J in increasing order, its l vectors: exact numbers (l, M_i).
    bipartition
        Of the circuit's locations.
    p
        A prime below 2^24.
    output
        Which output.
    xp
        NumPy, or CuPy to compute and return the matrix on a GPU.

    Raises
    ------
    ModulusError
        When ``p`` is not such a prime, or divides a denominator.
    WeightError
        When the vectors' shapes do not fit.
    """
    vectors: list[Any] = [None] * circuit.num_locations
    for name, side, given in (("I", bipartition.I, rows), ("J", bipartition.J, columns)):
        if len(given) != len(side):
            raise WeightError(
                f"{name} has {len(side)} locations, and vectors came for {len(given)}; "
                "give one array per location"
            )
        for location, table in zip(side, given, strict=True):
            vectors[location] = table
    return grid_values(circuit.nodes, weights, vectors, bipartition.sides, p, output=output, xp=xp)


def grid_values(
    nodes: Sequence[Node],
    weights: Mapping[str, Any],
    vectors: Sequence[Any],
    sides: Sequence[int],
    p: int,
    *,
    output: int = 0,
    xp: ModuleType = np,
) -> Residues:
    """Return :func:`grid_matrix` for bare nodes: vectors and sides (0 rows, 1 columns) by location.

    The result is an int64 matrix of residues 0..p-1, of the shape (k, l) that the vectors have.
    """
    if not 2 <= p < floatmod.LIMIT or not is_prime(p):
        raise ModulusError(f"a grid is computed modulo a prime below 2^24, got {p}")
    inputs = [floatmod.centred(residues(table, p), p) for table in vectors]
    shape = _grid_shape(inputs, sides)
    for node in nodes:
        if node.location is not None and inputs[node.location].shape[1] != node.width:
            raise WeightError(
                f"location {node.location} has vectors of length {node.width}, "
                f"got {inputs[node.location].shape[1]}"
            )
    if not 0 <= output < nodes[-1].width:
        raise WeightError(f"the circuit has outputs 0 to {nodes[-1].width - 1}, got {output}")
    return _Grid(nodes, weights, inputs, sides, p, output, xp).values(shape)


def _grid_shape(inputs: Sequence[Any], sides: Sequence[int]) -> tuple[int, int]:
    """Number of row vectors and of column vectors, the same at every location of a side."""
    shape = [1, 1]
    for side in (0, 1):
        counts = {len(table) for table, s in zip(inputs, sides, strict=True) if s == side}
        if len(counts) > 1:
            what = "columns" if side else "rows"
            raise WeightError(
                f"all locations of one side need equally many vectors; the {what} have "
                f"{min(counts)} and {max(counts)}"
            )
        shape[side] = counts.pop() if counts else 1
    return shape[0], shape[1]


class _Grid:
    """One evaluation: one-sided values once, then the other nodes tile after tile.

    Every value is an array (width, k or 1, l or 1) of centred residues.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        weights: Mapping[str, Any],
        inputs: Sequence[Any],
        sides: Sequence[int],
        p: int,
        output: int,
        xp: ModuleType,
    ) -> None:
        self._nodes, self._weights, self._inputs = nodes, weights, inputs
        self._sides, self._output, self._p, self._xp = sides, output, p, xp
        self._last = len(nodes) - 1
        self._matrices: dict[str | int, Any] = {}
        self._selections: dict[int, Any] = {}
        self._once: dict[int, Any] = {}
        # One-sided children of mixed products, multiplied by side.
        self._factors: dict[int, tuple[Any, ...]] = {}
        # Mixed nodes as bilinear forms, and those of them that tiles need, by node or by edge.
        self._forms: dict[int, Form] = {}
        self._prepared: dict[int | tuple[int, int], Prepared] = {}
        # One-sided sums that have fewer channels below them: the one-sided form.
        self._thin: dict[int, Form] = {}
        self._uses = [0] * len(nodes)
        self._mixed = self._one_sided(depth_first(nodes))

    def values(self, shape: tuple[int, int]) -> Residues:
        """The whole matrix, k x l."""
        xp = self._xp
        result = xp.empty(shape, dtype=xp.int64)
        if not self._mixed:
            result[...] = floatmod.canonical(self._once[self._last][0], self._p, xp)
            return result
        rows, columns = self._tile_shape(shape)
        # Two threads on two cores took 0.8 of one thread's time: not worth having.
        with threads.single_blas():
            for top in range(0, shape[0], rows):
                for left in range(0, shape[1], columns):
                    tile = slice(top, top + rows), slice(left, left + columns)
                    result[tile] = floatmod.canonical(self._on_tile(*tile)[0], self._p, xp)
        return result

    def _tile_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns per tile, twice as many columns as rows where there are enough."""
        inner = (self._nodes[i].width for i in self._mixed if i != self._last)
        numbers = _TILE if self._xp is np else _TILE_DEVICE
        size = max(1, numbers // max(inner, default=1))
        columns = min(shape[1], max(1, isqrt(2 * size)))
        rows = min(shape[0], max(1, size // columns))
        return rows, min(shape[1], max(1, size // rows))

    # Once for the whole grid

    def _one_sided(self, order: Sequence[int]) -> list[int]:
        """Evaluate the nodes that depend on at most one side; return the others, in order."""
        depends = [0] * len(self._nodes)
        for i in order:
            node = self._nodes[i]
            if node.location is not None:
                depends[i] = 1 << self._sides[node.location]
            for child in node.children:
                depends[i] |= depends[child]
                self._uses[child] += 1
        left = list(self._uses)
        self._above = [0] * len(self._nodes)
        for i in order:
            node = self._nodes[i]
            for child in node.children:
                self._above[child] += 1 if i == self._last else node.width
        for i in order:
            node = self._nodes[i]
            if depends[i] != _MIXED:
                self._once[i] = self._value(i, node, [self._once[child] for child in node.children])
                self._find_thin(i, depends[i])
            elif node.kind == "product":
                self._multiply_by_side(i, depends)
            elif len(node.children) == 1 and node.children[0] in self._forms:
                matrix = self._matrix(node, 0)
                self._forms[i] = bilinear.apply(
                    matrix[self._picked(i)], self._forms[node.children[0]], self._p, self._xp
                )
            else:
                # A mixed sum takes its one-sided children on every tile.
                continue
            for child in node.children:
                left[child] -= 1
                if left[child] == 0:
                    self._once.pop(child, None)
        return self._on_tiles(order, depends)

    def _picked(self, index: int) -> slice:
        """All channels of a node; for the last one only the chosen output."""
        return slice(self._output, self._output + 1) if index == self._last else slice(None)

    def _find_thin(self, index: int, depends: int) -> None:
        """Remember a one-sided sum of fewer channels as a form of these."""
        node = self._nodes[index]
        if node.kind == "sum" and len(node.children) == 1 and depends and index != self._last:
            child = node.children[0]
            if self._nodes[child].width < node.width:
                matrix = self._matrix(node, 0)
                self._thin[index] = bilinear.one_sided(
                    self._once[child], depends - 1, matrix, self._xp
                )

    def _multiply_by_side(self, index: int, depends: Sequence[int]) -> None:
        """A mixed product: its one-sided children as at most two factors; its form, if it pays."""
        node, p, xp = self._nodes[index], self._p, self._xp
        groups: list[Any] = [None, None]
        members: list[list[int]] = [[], []]
        for child in sorted(node.children, key=lambda c: -depends[c]):
            if depends[child] != _MIXED:
                # A constant joins either side.
                side = depends[child] - 1 if depends[child] else int(groups[1] is not None)
                value, before = self._once[child], groups[side]
                groups[side] = value if before is None else self._product([before, value])
                members[side].append(child)
        self._factors[index] = tuple(group for group in groups if group is not None)
        mixed = [child for child in node.children if depends[child] == _MIXED]
        if any(child not in self._forms for child in mixed):
            return
        forms = [self._forms[child] for child in mixed]
        for side, group in enumerate(groups):
            if group is not None:
                thin = self._thin.get(members[side][0]) if len(members[side]) == 1 else None
                forms.append(thin or bilinear.one_sided(group, side, None, xp))
        if self._pays(index, mixed, forms):
            form = forms[0]
            for other in forms[1:]:
                form = bilinear.product(form, other, p, xp)
        elif not mixed:
            form = Form(groups[0][:, :, 0], groups[1][:, 0, :], None)
        else:
            return
        if index == self._last:
            form = bilinear.chosen(form, self._picked(index), xp)
        self._forms[index] = form

    def _pays(self, index: int, mixed: Sequence[int], forms: Sequence[Form]) -> bool:
        """Whether one matrix product is cheaper than the parts' values and their products."""
        a = prod(len(form.rows) for form in forms)
        b = prod(len(form.columns) for form in forms)
        width, above = self._nodes[index].width, self._above[index] or 1
        if width * a * b > _CORE:
            return False
        if not mixed:
            return min(a, b) < width
        apart = sum(f.width * (2 * f.inner + _REDUCTION) for f in forms[: len(mixed)])
        apart += width * (_REDUCTION * (len(forms) - 1) + 2 * above)
        return 2 * min(a, b) * above <= apart

    def _on_tiles(self, order: Sequence[int], depends: Sequence[int]) -> list[int]:
        """The nodes whose values the tiles need, in order; forms among them are prepared."""
        needed = {self._last}
        for i in reversed(order):
            if i not in needed or depends[i] != _MIXED:
                continue
            node = self._nodes[i]
            if i in self._forms:
                self._prepared[i] = Prepared(self._forms[i], self._p, self._xp)
                continue
            for position, child in enumerate(node.children):
                if node.kind == "sum" and child in self._forms and self._uses[child] == 1:
                    # Only this sum uses it: its matrix acts on the form.
                    matrix = self._matrix(node, position)[self._picked(i)]
                    form = bilinear.apply(matrix, self._forms[child], self._p, self._xp)
                    self._prepared[i, position] = Prepared(form, self._p, self._xp)
                else:
                    needed.add(child)
        self._forms.clear()
        self._thin.clear()
        mixed = [i for i in order if i in needed and depends[i] == _MIXED]
        self._uses = [0] * len(self._nodes)
        for i in mixed:
            if i not in self._prepared:
                for position, child in enumerate(self._nodes[i].children):
                    self._uses[child] += (i, position) not in self._prepared
        return mixed

    # On one tile

    def _on_tile(self, rows: slice, columns: slice) -> Any:
        """The output's value on one tile, (1, rows, columns)."""
        values: dict[int, Any] = {}
        left = dict.fromkeys(self._mixed, 0)

        def cut(value: Any) -> Any:
            value = value[:, rows] if value.shape[1] > 1 else value
            return value[:, :, columns] if value.shape[2] > 1 else value

        for i in self._mixed:
            node = self._nodes[i]
            if i in self._prepared:
                part = self._prepared[i].on_tile(rows, columns)
                values[i] = floatmod.reduce_in_place(part, self._p, self._xp)
                continue
            children: list[Any] = []
            for position, child in enumerate(node.children):
                if (i, position) in self._prepared:
                    form = self._prepared[i, position]
                    children.append((form.on_tile(rows, columns), form.load))
                elif child in values:
                    children.append(values[child])
                elif node.kind == "sum":
                    children.append(cut(self._once[child]))
            children.extend(cut(part) for part in self._factors.get(i, ()))
            values[i] = self._value(i, node, children)
            for child in node.children:
                if child in left:
                    left[child] += 1
                    if left[child] == self._uses[child]:
                        values.pop(child, None)
        return values[self._last]

    # One node

    def _value(self, index: int, node: Node, children: Sequence[Any]) -> Any:
        """The node's value from its children's; for the last node only the chosen output."""
        xp = self._xp
        picked = self._picked(index)
        if node.kind == "sum":
            if len(children) == 1 and not isinstance(children[0], tuple):
                chosen = self._selection(node.matrices[0])
                if chosen is not None:
                    return children[0][chosen][picked]
            matrices = [self._matrix(node, position)[picked] for position in range(len(children))]
            return self._sum(matrices, children)
        if node.kind == "constant":
            return xp.ones((node.width, 1, 1))[picked]
        if node.location is None:
            return self._product(children)[picked]
        turned = xp.ascontiguousarray(xp.asarray(self._inputs[node.location]).T)
        value = turned[:, None, :] if self._sides[node.location] else turned[:, :, None]
        return value[picked]

    def _product(self, factors: Sequence[Any]) -> Any:
        value = factors[0]
        for factor in factors[1:]:
            value = floatmod.reduce_in_place(value * factor, self._p, self._xp)
        return value

    def _sum(self, matrices: Sequence[Any], children: Sequence[Any]) -> Any:
        """Sum of matrix times value; reduced as rarely as 2^53 allows.

        A child may be a pair: a summand as it is, and how many products it already holds.
        """
        xp, p = self._xp, self._p
        limit = floatmod.inner_limit(p)
        total, load = None, 0
        for matrix, child in zip(matrices, children, strict=True):
            if isinstance(child, tuple):
                part, weight = child
            else:
                weight = matrix.shape[1]
                flat = child.reshape(weight, -1)
                if weight > limit:
                    part, weight = floatmod.matmul_mod(matrix, flat, p, xp), 1
                else:
                    part = xp.matmul(matrix, flat)
                part = part.reshape(matrix.shape[0], *child.shape[1:])
            if load + weight > limit and total is not None:
                total, load = floatmod.reduce_in_place(total, p, xp), 1
                if load + weight > limit:
                    part, weight = floatmod.reduce_in_place(part, p, xp), 1
            if total is not None and total.shape == part.shape:
                total += part
            else:
                total = part if total is None else total + part
            load += weight
        return floatmod.reduce_in_place(total, p, xp)

    def _selection(self, label: str | Matrix) -> Any | None:
        """The channels that a fixed matrix of unit rows copies (trains have such); else None."""
        if isinstance(label, str):
            return None
        if id(label) not in self._selections:
            unit = all(set(row) <= {0, 1} and sum(row) == 1 for row in label)
            chosen = [row.index(1) for row in label] if unit else None
            self._selections[id(label)] = None if chosen is None else self._xp.asarray(chosen)
        return self._selections[id(label)]

    def _matrix(self, node: Node, position: int) -> Any:
        """The matrix on one edge into a sum, as centred residues."""
        what = node.matrices[position]
        key = what if isinstance(what, str) else id(what)
        if key not in self._matrices:
            if isinstance(what, str) and what not in self._weights:
                raise WeightError(f"there is no weight matrix for the parameter {what!r}; give one")
            table = self._weights[what] if isinstance(what, str) else what
            exact = residues(table, self._p)
            self._matrices[key] = self._xp.asarray(floatmod.centred(exact, self._p))
        matrix = self._matrices[key]
        expected = (node.width, self._nodes[node.children[position]].width)
        if matrix.shape != expected:
            raise WeightError(
                f"the matrix of {what!r} into node {node.name!r} must have shape {expected}, "
                f"got {matrix.shape}"
            )
        return matrix
