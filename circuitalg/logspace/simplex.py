"""Weights from simplices: non-negative weights as shares, with the factor that this costs.

`circuitalg.kernel.logspace.simplex` proves that the function stays the same up to that factor
(Sharir, Tamari, Cohen, Shashua 2016). For floats all values are logarithms, so that factors such as
10^4000 are no obstacle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.arithmetic.logarithm import log_of
from circuitalg.circuit.fold import fold
from circuitalg.circuit.forms import check_renormalisable
from circuitalg.circuit.node import plain_number
from circuitalg.circuit.weights import as_weights
from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import WeightError
from circuitalg.logspace.logarithms import logarithms
from circuitalg.logspace.products import pairwise_sum
from circuitalg.tensor.workspace import Room

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Node

Array = Any


def to_simplex(circuit: CircuitLike, weights: Mapping[str, Any]) -> tuple[dict[str, Array], Array]:
    """Renormalise non-negative weights, level by level, to rows that sum to one.

    With v the weights that are returned and c the logarithms, h_y(x; w) = exp(c_y) · h_y(x; v) for
    all inputs x, and h(1; v) = 1. The rows of all matrices of a sum together sum to 1.

    Parameters
    ----------
    circuit
        One whose tied subtrees are equal (`circuitalg.prove_simplex_form` proves that it is one).
    weights
        Non-negative arrays by parameter name. Floats give floats; integers and Fractions give
        Fractions, exactly, whose digits grow with the number of locations: convert the weights
        of large networks to floats.

    Returns
    -------
    weights : dict of arrays of the same shapes.
    logs : float64 array (outputs,) of c_y; −inf for an output that is zero at all inputs.

    Raises
    ------
    RuleError
        When a parameter's uses need different factors, or a fixed matrix does not choose channels.
    WeightError
        For a weight that is negative, infinite or NaN, and weights that do not fit.

    Examples
    --------
    >>> from circuitalg.circuit.models import cp_model
    >>> twos = {name: np.full(shape, 2) for name, shape in cp_model(2, 2, 3).parameters.items()}
    >>> shares, logs = to_simplex(cp_model(2, 2, 3), twos)
    >>> shares["a0.0"][0].tolist(), round(float(np.exp(logs[0])), 6)
    ([Fraction(1, 2), Fraction(1, 2)], 96.0)
    """
    circuit = as_circuit(circuit)
    check_renormalisable(circuit)
    weights = as_weights(circuit, weights)
    given = {name: np.asarray(table) for name, table in weights.items()}
    exact = all(map(_is_exact, given.values()))
    numbers: _Exact | _Logs = _Exact(given) if exact else _Logs(given)
    gains = _Gains(numbers)
    return gains.shares, numbers.logs(fold(circuit.nodes, gains))


class _Gains:
    """The algebra of values at inputs of ones; a sum's matrices are added to the shares."""

    def __init__(self, numbers: _Exact | _Logs) -> None:
        self._numbers = numbers
        self.shares: dict[str, Array] = {}

    def leaf(self, node: Node) -> Array:
        return self._numbers.ones(node.width)

    one = leaf

    def product(self, _node: Node, below: Sequence[Array]) -> Array:
        return self._numbers.product(below)

    def sum(self, node: Node, below: Sequence[Array]) -> Array:
        label = node.matrices[0]
        if not isinstance(label, str):  # a choice of channels, alone in its sum
            return below[0][[row.index(1) for row in label]]
        names = [str(name) for name in node.matrices]
        terms = [self._numbers.terms(name, gain) for name, gain in zip(names, below, strict=True)]
        found, total = self._numbers.shares(np.concatenate(terms, axis=1))
        ends = np.cumsum([table.shape[1] for table in terms])[:-1]
        for name, table in zip(names, np.split(found, ends, axis=1), strict=True):
            self.shares.setdefault(name, table)
        return total


def _is_exact(table: Array) -> bool:
    if table.dtype.kind in "iu":
        return True
    return table.dtype == object and all(plain_number(x) is not None for x in table.ravel())


class _Logs:
    """Gains as logarithms in float64."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = {name: logarithms(w, f"the weight {name!r}") for name, w in weights.items()}
        for name, logs in self._weights.items():
            if not (logs < np.inf).all():
                raise WeightError(
                    f"the weight {name!r} is infinite or NaN somewhere, so not a share"
                )

    def ones(self, width: int) -> Array:
        return np.zeros(width)

    def product(self, factors: Sequence[Array]) -> Array:
        return pairwise_sum(Room(float), factors)

    def terms(self, name: str, gain: Array) -> Array:
        return self._weights[name] + gain

    def shares(self, terms: Array) -> tuple[Array, Array]:
        """Each row divided by its sum (equal shares where that is zero), and the sums."""
        tops = terms.max(axis=1)
        scaled = np.exp(terms - np.where(np.isneginf(tops), 0, tops)[:, None])
        totals = scaled.sum(axis=1)
        empty = totals == 0
        divided = scaled / np.where(empty, 1, totals)[:, None]
        divided[empty] = 1 / terms.shape[1]
        return divided, tops + np.log(np.where(empty, 1, totals))

    def logs(self, gain: Array) -> Array:
        return gain


class _Exact:
    """Gains as Fractions."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._weights = {}
        for name, table in weights.items():
            rows = [[Fraction(entry) for entry in row] for row in table.tolist()]
            if any(entry < 0 for row in rows for entry in row):
                raise WeightError(f"the weight {name!r} has a negative number, so not a share")
            self._weights[name] = np.array(rows, dtype=object)

    def ones(self, width: int) -> Array:
        return np.array([Fraction(1)] * width, dtype=object)

    def product(self, factors: Sequence[Array]) -> Array:
        value = factors[0]
        for factor in factors[1:]:
            value = value * factor
        return value

    def terms(self, name: str, gain: Array) -> Array:
        return self._weights[name] * gain

    def shares(self, terms: Array) -> tuple[Array, Array]:
        """Each row divided by its sum (equal shares where that is zero), and the sums."""
        totals = terms.sum(axis=1)
        equal = Fraction(1, terms.shape[1])
        rows = [
            [entry / total if total else equal for entry in row]
            for row, total in zip(terms.tolist(), totals.tolist(), strict=True)
        ]
        return np.array(rows, dtype=object), totals

    def logs(self, gain: Array) -> Array:
        return np.array([log_of(number) for number in gain.tolist()])
