"""Signs: a signed network as two non-negative ones, and its values as signs and logarithms.

A number is a difference p − m of two non-negative ones; sums and products of such pairs need no
subtraction: (p − m)(p' − m') = (pp' + mm') − (pm' + mp'). So every network is the difference of the
outputs of a non-negative network, its *split* (docs/certificates.md states it node by node).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from circuitalg.circuit.fold import scan
from circuitalg.circuit.graph import Circuit, Node
from circuitalg.circuit.node import Matrix
from circuitalg.circuit.weights import as_weights, check_mapping
from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import CircuitError, StructureError, TooLargeError, WeightError
from circuitalg.logspace.logarithms import signed_logarithms
from circuitalg.logspace.products import pairwise_sum
from circuitalg.tables import as_table
from circuitalg.tensor.convert import to_numpy
from circuitalg.tensor.evaluate import by_location
from circuitalg.tensor.values import output_value
from circuitalg.tensor.workspace import Room

Array = Any
Signed = tuple[int | None, int | None]
"""The nodes of the split for the positive and the negative part; None stands for zero."""

Edge = tuple[int, str | Matrix]

MAX_ENTRIES = 20_000_000
_VISIBLE = 1e-290


def split_signs(circuit: CircuitLike) -> Circuit:
    """The non-negative network of a signed one: twice the outputs, two parameters for each.

    With `split_weights`, for non-negative inputs: the circuit's outputs are the first half of the
    split's minus the second half. Fixed matrices are split as well; what is zero for all weights is
    left out.

    Parameters
    ----------
    circuit
        Any circuit.

    Raises
    ------
    StructureError
        When the network is zero at all weights, has parameters whose names end in + or -, or parts
        that vanish or coincide in the split.
    TooLargeError
        When products need identity matrices of more than 20,000,000 entries.

    Examples
    --------
    >>> from circuitalg.circuit.models import cp_model
    >>> split = split_signs(cp_model(locations=2, dim=2, width=3))
    >>> split.num_outputs, sorted(split.parameters)[:2]
    (2, ['a0.0+', 'a0.0-'])
    """
    circuit = as_circuit(circuit)
    for name in circuit.parameters:
        if name.endswith(("+", "-")):
            raise StructureError(
                f"the parameter {name!r} ends in a sign, and the split names two by adding one; "
                "rename it"
            )
    widths = {node.width for node in circuit.nodes if node.kind == "product"}
    size = sum(width**2 for width in widths) + 2 * circuit.num_outputs**2
    if size > MAX_ENTRIES:
        raise TooLargeError(
            f"the split needs identity matrices of {size:,} entries, more than {MAX_ENTRIES:,}; "
            "take narrower products, or circuitalg.log_sign_evaluate, which needs no split"
        )
    writer = _Writer()
    writer.output(scan(circuit.nodes, writer)[-1], circuit.num_outputs)
    try:
        return Circuit.from_nodes(writer.nodes)
    except CircuitError as error:
        raise StructureError(f"this network has no split by signs: {error}") from None


def split_weights(weights: Mapping[str, Any]) -> dict[str, Array]:
    """Non-negative weights of the split: "W+" is max(W, 0) and "W-" is max(−W, 0).

    Parameters
    ----------
    weights
        Array (rows, columns) of real numbers by parameter name.

    Returns
    -------
    dict
        Two arrays of the same shape for each.

    Raises
    ------
    ArgumentError
        When the weights are not a dictionary of arrays.
    WeightError
        For entries that are not real numbers.

    Examples
    --------
    >>> {name: table.tolist() for name, table in split_weights({"a": [[2, -3]]}).items()}
    {'a+': [[2, 0]], 'a-': [[0, 3]]}
    """
    check_mapping(weights)
    found = {}
    for name, given in weights.items():
        table = to_numpy(as_table(given, f"the weight of parameter {name!r}"))
        if table.dtype.kind not in "iufO":
            raise WeightError(
                f"the weight of parameter {name!r} must be real numbers, not of type {table.dtype}"
            )
        if table.dtype.kind == "i":  # the least integer has no negative of its type
            table = table.astype(object)
        zero = np.zeros_like(table)
        found[name + "+"] = np.where(table <= 0, zero, table)  # NaN stays
        found[name + "-"] = np.where(table >= 0, zero, -table)
    return found


def log_sign_evaluate(
    circuit: CircuitLike, weights: Mapping[str, Any], x: Any
) -> tuple[Array, Array]:
    """Signs and logarithms of a network's outputs, for weights and inputs of any sign.

    Nothing under- or overflows at any depth: every value is kept as a sign and a logarithm.

    Parameters
    ----------
    circuit
        Any circuit.
    weights
        Array of real numbers by parameter name, as objects integers and Fractions of any size.
    x
        Array (batch, locations, dim), or a list of arrays (batch, M_i).

    Returns
    -------
    signs : float64 array (batch, outputs) of −1, 0, 1.
    logs : float64 array (batch, outputs) of log |value|, −inf where the sign is 0.

    Raises
    ------
    WeightError
        When shapes do not fit, or a number is infinite: ∞ − ∞ has no value.

    Notes
    -----
    A sum of terms of both signs loses the digits that cancel, as in any floating arithmetic: with
    c = Σ|terms| / |Σ terms| its relative error is about c · 1e-16, and every term's own relative
    error is multiplied by c. Where all terms cancel exactly the sign is 0; where they only should,
    a remainder of the size of rounding is left. So errors grow like c^depth. Through the split they
    would grow like c^locations, since nothing cancels before its last difference: for random
    integer weights and 64 locations its halves are e^75 times the difference, of which no digit is
    left, where the errors here are 1e-12.

    Examples
    --------
    >>> from circuitalg.circuit.models import cp_model
    >>> weights = {"a0.0": [[2]], "a0.1": [[-3]], "out": [[1]]}
    >>> signs, logs = log_sign_evaluate(cp_model(2, 1, 1), weights, [[[1.0], [1.0]]])
    >>> signs.tolist(), logs.round(6).tolist()  # -6 and log 6
    ([[-1.0]], [[1.791759]])
    """
    circuit = as_circuit(circuit)
    weights = as_weights(circuit, weights)
    inputs = [_finite(table, "x") for table in by_location(circuit, x)]
    arithmetic = _SignedPass(
        {name: _finite(table, f"the weight {name!r}") for name, table in weights.items()}
    )
    signs, logs = output_value(
        circuit.nodes, arithmetic, lambda i: (inputs[i][0].T, inputs[i][1].T), 1, None
    )
    shape = (circuit.num_outputs, inputs[0][0].shape[0])
    return np.broadcast_to(signs, shape).T, np.broadcast_to(logs, shape).T


def _finite(table: Any, what: str) -> tuple[Array, Array]:
    signs, logs = signed_logarithms(table, what)
    if np.isposinf(logs).any():
        raise WeightError(f"{what} holds an infinite number; give finite ones")
    return signs, logs


class _SignedPass:
    """Pairs (signs, logarithms) as a `circuitalg.tensor.values.Arithmetic`."""

    def __init__(self, weights: Mapping[str, tuple[Array, Array]]) -> None:
        self._weights = weights
        self._matrices: dict[tuple[Any, ...], _SignedMatrix] = {}

    def ones(self, width: int, axes: int) -> Any:
        """The vector of ones."""
        shape = (width, *([1] * axes))
        return np.ones(shape), np.zeros(shape)

    def linear(self, labels: Sequence[str | Matrix], children: Sequence[Any], rows: slice) -> Any:
        """Sums of matrix times child."""
        key = tuple(label if isinstance(label, str) else id(label) for label in labels)
        if key not in self._matrices:
            parts = [
                self._weights[label]
                if isinstance(label, str)
                else signed_logarithms(np.array(label, dtype=object), "a fixed matrix")
                for label in labels
            ]
            self._matrices[key] = _SignedMatrix(
                *(np.concatenate(tables, axis=1) for tables in zip(*parts, strict=True))
            )
        signs, logs = (_joined(tables) for tables in zip(*children, strict=True))
        return self._matrices[key].times(signs, logs, rows)

    def multiply(self, factors: Sequence[Any]) -> Any:
        """Products of signs, sums of logarithms."""
        (signs, logs) = (np.broadcast_arrays(*tables) for tables in zip(*factors, strict=True))
        return np.prod(signs, axis=0), pairwise_sum(Room(float), logs)

    def pick(self, value: Any, rows: slice) -> Any:
        """Some of the channels."""
        return value[0][rows], value[1][rows]


def _joined(children: Sequence[Array]) -> Array:
    """Channels of several values side by side: [(width_i, batch or 1)] -> (Σ width_i, batch)."""
    batch = max(child.shape[1] for child in children)
    return np.concatenate([np.broadcast_to(c, (c.shape[0], batch)) for c in children])


class _SignedMatrix:
    """A matrix of signs and logarithms; as `circuitalg.logspace.products.LogMatrix` without."""

    def __init__(self, signs: Array, logs: Array) -> None:
        self._signs, self._logs = signs, logs
        tops = logs.max(axis=1)
        self._tops = np.where(np.isneginf(tops), 0, tops)
        self._scaled = signs * np.exp(logs - self._tops[:, None])

    def times(self, signs: Array, logs: Array, rows: slice) -> tuple[Array, Array]:
        """Sign and logarithm of Σ_α matrix[γ, α] · value[α, ·]: (columns, batch) values."""
        peaks = logs.max(axis=0)
        peaks = np.where(np.isneginf(peaks), 0, peaks)
        sums = self._scaled[rows] @ (signs * np.exp(logs - peaks))
        with np.errstate(divide="ignore"):
            found = np.log(np.abs(sums)) + self._tops[rows, None] + peaks
        # What underflows in the product could be seen in such a sum: take it term by term.
        for row, column in zip(*np.nonzero(np.abs(sums) < _VISIBLE), strict=True):
            terms = self._logs[rows][row] + logs[:, column]
            top = terms.max()
            top = 0.0 if np.isneginf(top) else top
            total = (self._signs[rows][row] * signs[:, column] * np.exp(terms - top)).sum()
            sums[row, column] = total
            with np.errstate(divide="ignore"):
                found[row, column] = np.log(np.abs(total)) + top
        return np.sign(sums), found


class _Writer:
    """The algebra of pairs of nodes, written in the order that docs/certificates.md gives."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._names: set[str] = set()
        self._parts: dict[int, tuple[Matrix | None, Matrix | None]] = {}
        self._units: dict[int, Matrix] = {}

    def leaf(self, node: Node) -> Signed:
        return self._add(node.name, node.kind, node.width, node.location), None

    one = leaf

    def product(self, node: Node, below: Sequence[Signed]) -> Signed:
        level, number = list(below), 0
        while len(level) > 1:
            joined = []
            for first, second in zip(level[::2], level[1::2], strict=False):
                name = node.name if len(below) == 2 else f"{node.name}.{number}"
                joined.append(self._product(name, node.width, first, second))
                number += 1
            level = joined + level[2 * len(joined) :]
        return level[0]

    def output(self, pair: Signed, outputs: int) -> None:
        """Add the last node: the positive parts of all outputs, then the negative ones."""
        unit = self._unit(outputs)
        zeros = ((0,) * outputs,) * outputs
        ends = (unit + zeros, zeros + unit)
        edges = [(part, end) for part, end in zip(pair, ends, strict=True) if part is not None]
        if not edges:
            raise StructureError("the network is zero whatever its weights are, so it has no split")
        self._linear("out", 2 * outputs, edges)

    def sum(self, node: Node, below: Sequence[Signed]) -> Signed:
        sides: tuple[list[Edge], list[Edge]] = ([], [])
        for (positive, negative), label in zip(below, node.matrices, strict=True):
            plus, minus = self._signs(label)
            chosen = ((positive, plus), (negative, minus)), ((positive, minus), (negative, plus))
            for side, candidates in zip(sides, chosen, strict=True):
                for part, matrix in candidates:
                    if part is not None and matrix is not None:
                        side.append((part, matrix))
        found = [
            self._linear(node.name + sign, node.width, side) if side else None
            for sign, side in zip("+-", sides, strict=True)
        ]
        return found[0], found[1]

    def _product(self, name: str, width: int, first: Signed, second: Signed) -> Signed:
        (p, m), (q, n) = first, second
        products: list[int | None] = []
        for signs, a, b in (("++", p, q), ("--", m, n), ("+-", p, n), ("-+", m, q)):
            exists = a is not None and b is not None
            products.append(
                self._add(name + signs, "product", width, None, (a, b)) if exists else None
            )
        return (
            self._either(name + "+", width, products[:2]),
            self._either(name + "-", width, products[2:]),
        )

    def _either(self, name: str, width: int, parts: Sequence[int | None]) -> int | None:
        """The sum of two nodes, or the one that exists, or None."""
        found = [part for part in parts if part is not None]
        if len(found) < 2:
            return found[0] if found else None
        unit = self._unit(width)
        return self._linear(name, width, [(part, unit) for part in found])

    def _linear(self, name: str, width: int, edges: Sequence[Edge]) -> int:
        children, labels = zip(*edges, strict=True)
        return self._add(name, "sum", width, None, children, labels)

    def _add(self, name: str, kind: str, width: int, location: int | None, *rest: Any) -> int:
        while name in self._names:
            name += "'"
        self._names.add(name)
        self.nodes.append(Node(name, kind, width, location, *rest))
        return len(self.nodes) - 1

    def _signs(self, label: str | Matrix) -> tuple[str | Matrix | None, str | Matrix | None]:
        """The positive and the negative part of an edge's matrix; None where it is zero."""
        if isinstance(label, str):
            return label + "+", label + "-"
        if id(label) not in self._parts:
            self._parts[id(label)] = (_part(label, 1), _part(label, -1))
        return self._parts[id(label)]

    def _unit(self, width: int) -> Matrix:
        if width not in self._units:
            rows = range(width)
            self._units[width] = tuple(tuple(int(i == j) for j in rows) for i in rows)
        return self._units[width]


def _part(matrix: Matrix, sign: int) -> Matrix | None:
    """max(sign · matrix, 0), or None where that is zero."""
    rows = tuple(tuple(max(sign * entry, 0) for entry in row) for row in matrix)
    return rows if any(map(any, rows)) else None
