"""A circuit's values modulo a prime on a grid of row vectors and column vectors.

Entry (i, j) is the circuit's value when the locations of I get their i-th vectors and those of J
their j-th. Nodes below which only one side lies are evaluated once per row (or column). The others
are evaluated on tiles of the grid that stay in cache, in exact float64 arithmetic
(``arithmetic.floatmod``); small subtrees at once, by matrix products (``bilinear``), since else
nearly all the time goes into reductions. ``grid_plan`` decides which, and how much memory that
takes: the result and the one-sided values, never a tensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from circuitalg import deadline, threads
from circuitalg.arithmetic import floatmod
from circuitalg.arithmetic.modular import residues
from circuitalg.arithmetic.primes import is_prime
from circuitalg.errors import ModulusError, WeightError
from circuitalg.memory import check_bytes
from circuitalg.tensor import bilinear, grid_plan
from circuitalg.tensor.bilinear import Form, Prepared
from circuitalg.tensor.grid_plan import MIXED, Plan, Shape

if TYPE_CHECKING:
    from circuitalg.circuit.bipartition import Bipartition
    from circuitalg.circuit.graph import Circuit
    from circuitalg.circuit.node import Matrix, Node

Residues = npt.NDArray[np.int64]

_TILE_DEVICE = 2**24
# A grid of so many values in all, 2 MB, is evaluated node by node: without a plan, 16 x 16 values
# of a tensor train of 9 sites take 0.6 ms in place of 1.6.
_SMALL = 2**18
# What a node's Python objects take, in numbers of 8 bytes: 300 bytes were measured.
_OBJECTS = 64


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
        One of the circuit's locations.
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
    TooLargeError
        When the values do not fit the memory, before they are computed.
    OutOfTimeError
        When a limit of ``circuitalg.deadline`` is reached.
    """
    vectors: list[Any] = [None] * circuit.num_locations
    for name, side, given in (("I", bipartition.I, rows), ("J", bipartition.J, columns)):
        if len(given) != len(side):
            raise WeightError(
                f"{name} has {len(side)} locations, and vectors are given for {len(given)}; "
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
    tables = [residues(table, p) for table in vectors]
    shape = _grid_shape(tables, sides)
    for node in nodes:
        if node.location is not None and tables[node.location].shape[1] != node.width:
            raise WeightError(
                f"location {node.location} has vectors of length {node.width}, "
                f"got {tables[node.location].shape[1]}"
            )
    if not 0 <= output < nodes[-1].width:
        raise WeightError(f"the circuit has outputs 0 to {nodes[-1].width - 1}, got {output}")
    matrices = _Matrices(nodes, weights, p, xp)
    if shape[0] * shape[1] * sum(node.width for node in nodes) <= _SMALL:
        return _Values(matrices, tables, sides, output).all_at_once(shape)
    plan = _checked_plan(nodes, sides, shape, xp)
    result = xp.empty(shape, dtype=xp.int64)
    # Two threads on two cores took 0.8 of one thread's time: not worth having.
    with threads.single_blas():
        for rows in _steps(shape[0], plan.shape[0]):
            for columns in _steps(shape[1], plan.shape[1]):
                taken = [
                    table[columns if side else rows]
                    for table, side in zip(tables, sides, strict=True)
                ]
                part = _Part(plan, matrices, taken, sides, output)
                part.write(result[rows, columns])
    return result


def _checked_plan(
    nodes: Sequence[Node], sides: Sequence[int], shape: Shape, xp: ModuleType
) -> Plan:
    """The plan, refused where all that is held at its peak does not fit the memory."""
    plan = grid_plan.fitting(nodes, sides, shape, grid_plan.TILE if xp is np else _TILE_DEVICE)
    vectors = {node.location: node.width for node in nodes if node.location is not None}
    numbers = sum(width * shape[sides[location]] for location, width in vectors.items())
    # Matrices are held as integers and as centred residues.
    numbers += 2 * grid_plan.table_numbers(nodes) + shape[0] * shape[1] + plan.numbers
    numbers += _OBJECTS * len(nodes)
    check_bytes(
        8 * numbers,
        None,
        f"a grid of {shape[0]} x {shape[1]} values of these {len(nodes)} nodes",
        "take fewer rows and columns (a smaller max_minor)",
        None if xp is np else xp.empty(0),
    )
    return plan


def _steps(length: int, step: int) -> Iterator[slice]:
    for start in range(0, length, step):
        yield slice(start, min(length, start + step))


def _grid_shape(inputs: Sequence[Any], sides: Sequence[int]) -> tuple[int, int]:
    """Number of row vectors and of column vectors, the same at every location of a side."""
    shape = [1, 1]
    for side in (0, 1):
        counts = {len(table) for table, s in zip(inputs, sides, strict=True) if s == side}
        if len(counts) > 1:
            what = "columns" if side else "rows"
            raise WeightError(
                f"all locations of one side need the same number of vectors; the {what} have "
                f"{min(counts)} and {max(counts)}"
            )
        shape[side] = counts.pop() if counts else 1
    return shape[0], shape[1]


class _Values:
    """The values of nodes, each an array (width, k or 1, l or 1) of centred residues."""

    def __init__(
        self, matrices: _Matrices, tables: Sequence[Any], sides: Sequence[int], output: int
    ) -> None:
        self._matrices, self._tables, self._sides = matrices, tables, sides
        self._nodes, self._p, self._xp = matrices.nodes, matrices.p, matrices.xp
        self._output, self._last = output, len(self._nodes) - 1

    def all_at_once(self, shape: tuple[int, int]) -> Residues:
        """The grid, from the values of all nodes one after the other."""
        found: list[Any] = []
        with threads.single_blas():
            for index, node in enumerate(self._nodes):
                deadline.look()
                found.append(self._value(index, node, [found[child] for child in node.children]))
        grid = self._xp.empty(shape, dtype=self._xp.int64)
        grid[...] = floatmod.canonical(found[-1][0], self._p, self._xp)
        return grid

    def _picked(self, index: int) -> slice:
        """All channels of a node; for the last one only the chosen output."""
        return slice(self._output, self._output + 1) if index == self._last else slice(None)

    def _value(self, index: int, node: Node, children: Iterable[Any]) -> Any:
        """The node's value from its children's; for the last node only the chosen output."""
        xp = self._xp
        picked = self._picked(index)
        if node.kind == "sum":
            return self._sum(node, picked, children)
        if node.kind == "constant":
            return xp.ones((node.width, 1, 1))[picked]
        if node.location is None:
            return self._product(children)[picked]
        table = floatmod.centred(self._tables[node.location], self._p)
        turned = xp.ascontiguousarray(xp.asarray(table).T)
        value = turned[:, None, :] if self._sides[node.location] else turned[:, :, None]
        return value[picked]

    def _product(self, factors: Iterable[Any]) -> Any:
        first, *others = factors
        for factor in others:
            first = floatmod.reduce_in_place(first * factor, self._p, self._xp)
        return first

    def _sum(self, node: Node, picked: slice, children: Iterable[Any]) -> Any:
        """Sum of matrix times value; reduced as rarely as 2^53 allows.

        A child may be a pair: a summand as it is, and how many products it already holds.
        """
        xp, p = self._xp, self._p
        limit = floatmod.inner_limit(p)
        total, load = None, 0
        for position, child in enumerate(children):
            if isinstance(child, tuple):
                part, weight = child
            else:
                chosen = self._matrices.selection(node.matrices[position])
                if chosen is not None and len(node.children) == 1:
                    return child[chosen][picked]
                matrix = self._matrices.matrix(node, position)[picked]
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


class _Part(_Values):
    """One evaluation: one-sided values and forms once, then the other nodes tile after tile."""

    def __init__(
        self,
        plan: Plan,
        matrices: _Matrices,
        tables: Sequence[Any],
        sides: Sequence[int],
        output: int,
    ) -> None:
        super().__init__(matrices, tables, sides, output)
        self._plan = plan
        self._once: dict[int, Any] = {}
        self._thin: dict[int, Form] = {}
        self._forms: dict[int, Form] = {}
        # What tiles read: one-sided values, one-sided children of products by side, forms.
        self._kept: dict[int, Any] = {}
        self._factors: dict[int, list[Any]] = {}
        self._prepared: dict[int | tuple[int, int], Prepared] = {}
        self._before_tiles()

    def write(self, result: Any) -> None:
        """Put the values into ``result``, a part of the grid."""
        if not self._plan.on_tiles:
            result[...] = floatmod.canonical(self._kept[self._last][0], self._p, self._xp)
            return
        height, width = self._plan.tile
        for rows in _steps(result.shape[0], height):
            for columns in _steps(result.shape[1], width):
                value = self._on_tile(rows, columns)[0]
                result[rows, columns] = floatmod.canonical(value, self._p, self._xp)

    # Once

    def _before_tiles(self) -> None:
        """Everything that tiles read; each value and form is dropped after its last reader."""
        plan, left = self._plan, self._plan.readers()
        tiled = {i for i in plan.on_tiles if i not in plan.prepared}
        for i in plan.order:
            deadline.look()
            node = self._nodes[i]
            if plan.depends[i] != MIXED:
                value = self._value(i, node, [self._once[child] for child in node.children])
                self._once[i] = value
                if i in plan.kept:
                    self._kept[i] = value
                if i in plan.thin:
                    below, side = self._once[node.children[0]], plan.depends[i] - 1
                    mixing = self._matrices.matrix(node, 0)
                    self._thin[i] = bilinear.one_sided(below, side, mixing, self._xp)
            elif i in plan.build or (i in tiled and node.kind == "product"):
                self._mixed(i, node, tiled)
            for child in plan.reads[i]:
                left[child] -= 1
            for child in {*plan.reads[i], i}:
                if not left[child]:
                    for held in (self._once, self._thin, self._forms):
                        held.pop(child, None)

    def _mixed(self, i: int, node: Node, tiled: set[int]) -> None:
        """A product's one-sided children, multiplied by side, and the form where one is made."""
        plan, p, xp = self._plan, self._p, self._xp
        groups = plan.groups.get(i, ([], []))
        factors = [self._product([self._once[c] for c in group]) for group in groups if group]
        if i in tiled:
            self._factors[i] = factors
        if i not in plan.build:
            return
        if node.kind == "sum":
            matrix = self._matrices.matrix(node, 0)[self._picked(i)]
            form = bilinear.apply(matrix, self._forms[node.children[0]], p, xp)
        elif plan.build[i].core < 3 and not any(c in self._forms for c in node.children):
            form = Form(factors[0][:, :, 0], factors[1][:, 0, :], None)
        else:
            parts = [self._forms[c] for c in node.children if plan.depends[c] == MIXED]
            sided = ((side, group) for side, group in enumerate(groups) if group)
            for (side, group), factor in zip(sided, factors, strict=True):
                thin = self._thin.get(group[0]) if len(group) == 1 else None
                parts.append(thin or bilinear.one_sided(factor, side, None, xp))
            form = parts[0]
            for other in parts[1:]:
                form = bilinear.product(form, other, p, xp)
        if i == self._last and node.kind == "product":
            form = bilinear.chosen(form, self._picked(i), xp)
        self._forms[i] = form
        if i in plan.prepared:
            self._prepared[i] = Prepared(form, p, xp)
        if i in plan.edge:
            # Only this sum uses it: its matrix acts on the form.
            above, position = plan.edge[i]
            matrix = self._matrices.matrix(self._nodes[above], position)[self._picked(above)]
            applied = bilinear.apply(matrix, form, p, xp)
            self._prepared[above, position] = Prepared(applied, p, xp)

    # On one tile

    def _on_tile(self, rows: slice, columns: slice) -> Any:
        """The output's value on one tile, (1, rows, columns)."""
        plan = self._plan
        values: dict[int, Any] = {}
        left = list(plan.tile_uses)

        def cut(value: Any) -> Any:
            value = value[:, rows] if value.shape[1] > 1 else value
            return value[:, :, columns] if value.shape[2] > 1 else value

        def summands(i: int, node: Node) -> Iterator[Any]:
            for position, child in enumerate(node.children):
                if (i, position) in self._prepared:
                    form = self._prepared[i, position]
                    yield form.on_tile(rows, columns), form.load
                else:
                    yield values[child] if child in values else cut(self._kept[child])

        for i in plan.on_tiles:
            deadline.look()
            node = self._nodes[i]
            if i in self._prepared:
                part = self._prepared[i].on_tile(rows, columns)
                values[i] = floatmod.reduce_in_place(part, self._p, self._xp)
                continue
            if node.kind == "sum":
                values[i] = self._value(i, node, summands(i, node))
            else:
                mixed = [values[child] for child in node.children if child in values]
                sided = [cut(factor) for factor in self._factors[i]]
                values[i] = self._value(i, node, mixed + sided)
            for child in node.children:
                left[child] -= 1
                if left[child] == 0:
                    values.pop(child, None)
        return values[self._last]


class _Matrices:
    """The matrices of a circuit as centred residues, made when they are first read."""

    def __init__(
        self, nodes: Sequence[Node], weights: Mapping[str, Any], p: int, xp: ModuleType
    ) -> None:
        self.nodes, self.p, self.xp = nodes, p, xp
        self._weights = weights
        self._tables: dict[str | int, Any] = {}
        self._selections: dict[int, Any] = {}

    def selection(self, label: str | Matrix) -> Any | None:
        """The channels that a fixed matrix of unit rows copies (trains have such); else None."""
        if isinstance(label, str):
            return None
        if id(label) not in self._selections:
            unit = all(set(row) <= {0, 1} and sum(row) == 1 for row in label)
            chosen = [row.index(1) for row in label] if unit else None
            self._selections[id(label)] = None if chosen is None else self.xp.asarray(chosen)
        return self._selections[id(label)]

    def matrix(self, node: Node, position: int) -> Any:
        """The matrix on one edge into a sum, as centred residues."""
        what = node.matrices[position]
        key = what if isinstance(what, str) else id(what)
        if key not in self._tables:
            if isinstance(what, str) and what not in self._weights:
                raise WeightError(f"there is no weight matrix for the parameter {what!r}; give one")
            table = self._weights[what] if isinstance(what, str) else what
            exact = residues(table, self.p)
            self._tables[key] = self.xp.asarray(floatmod.centred(exact, self.p))
        matrix = self._tables[key]
        expected = (node.width, self.nodes[node.children[position]].width)
        if matrix.shape != expected:
            raise WeightError(
                f"the matrix of {what!r} into node {node.name!r} must have shape {expected}, "
                f"got {matrix.shape}"
            )
        return matrix
