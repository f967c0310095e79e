"""A circuit over other semirings: the same graph gives log-scores, best values, supports, counts.

A semiring is a set with a sum and a product, 0 and 1, that follow the laws of the natural numbers;
a circuit has a value over each. A *homomorphism* h (h(a + b) = h(a) ⊕ h(b), h(a · b) = h(a) ⊗ h(b),
h(0), h(1) the neutral elements) takes the value over one to the value over the other, by induction
over the nodes: log takes the non-negative reals to (logsumexp, +), "is not 0" to the booleans.
(max, +) is no image of the reals, but the limit of MEX: it gives the logarithm of the largest term.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.weights import check_weights
from circuitalg.errors import WeightError
from circuitalg.logspace.logarithms import logarithms
from circuitalg.logspace.mex import mex
from circuitalg.logspace.products import LogMatrix, joined, pairwise_sum
from circuitalg.tensor.engine import run
from circuitalg.tensor.evaluate import by_location

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit
    from circuitalg.circuit.node import Matrix

Array = Any


@dataclass(frozen=True, slots=True)
class Semiring:
    """A semiring on NumPy arrays.

    Attributes
    ----------
    name : as `SEMIRINGS` has it.
    dtype : of its elements.
    one : the neutral element of the product; weights of fixed 0/1 matrices become 0 and 1.
    plus : the sum of an array along its first axis.
    times : the product of two arrays, broadcast.
    lift : numbers as elements; raises WeightError for those that have none.
    """

    name: str
    dtype: Any
    one: Any
    plus: Callable[[Array], Array]
    times: Callable[[Array, Array], Array]
    lift: Callable[[Array], Array]


def _logarithms(numbers: Array) -> Array:
    return logarithms(numbers, "a weight or input")


def _counts(numbers: Array) -> Array:
    values = np.asarray(numbers)
    exact = np.array([int(x) for x in values.ravel().tolist()], dtype=object).reshape(values.shape)
    if (exact < 0).any() or (exact != values).any():
        raise WeightError("counts are natural numbers; give integers of at least 0")
    return exact


SEMIRINGS = {
    semiring.name: semiring
    for semiring in (
        Semiring(
            "real",
            float,
            1.0,
            lambda x: x.sum(axis=0),
            np.multiply,
            lambda x: np.asarray(x, dtype=float),
        ),
        Semiring("log", float, 0.0, lambda x: mex(x, 1, axis=0, mean=False), np.add, _logarithms),
        Semiring("max-plus", float, 0.0, lambda x: x.max(axis=0), np.add, _logarithms),
        Semiring(
            "min-plus", float, 0.0, lambda x: x.min(axis=0), np.add, lambda x: -_logarithms(x)
        ),
        Semiring(
            "boolean",
            bool,
            True,
            lambda x: x.any(axis=0),
            np.logical_and,
            lambda x: np.asarray(x) != 0,
        ),
        Semiring("counting", object, 1, lambda x: x.sum(axis=0), np.multiply, _counts),
    )
}
"""(+, ×); (logsumexp, +) of logarithms; (max, +) of logarithms; (min, +) of their negatives, that
is of costs; (or, and) of "not 0"; and (+, ×) of natural numbers, exact at any size."""


def evaluate_over(
    circuit: Circuit, weights: Mapping[str, Any], x: Any, semiring: str | Semiring = "log"
) -> Array:
    """Return a circuit's outputs over a semiring, for ordinary weights and inputs.

    Parameters
    ----------
    circuit
        Any circuit.
    weights
        Array of numbers by parameter name, which the semiring's ``lift`` takes to its elements.
    x
        Array (batch, locations, dim) of numbers, or a list of arrays (batch, M_i).
    semiring
        A name of `SEMIRINGS`, or one of your own.

    Returns
    -------
    Array (batch, outputs) of elements. "log": the logarithms of the outputs; "max-plus": of the
    largest product of weights and inputs that an output adds up (the MAP value); "min-plus": the
    least cost −log of one; "boolean": whether an output has a term that is not 0; "counting": the
    output over the natural numbers (all weights and inputs 1: the number of terms).

    Raises
    ------
    WeightError
        For an unknown semiring, wrong shapes, or numbers that have no element there.

    Examples
    --------
    >>> from circuitalg.circuit.models import cp_model
    >>> shallow = cp_model(locations=2, dim=2, width=3)
    >>> ones = {name: np.ones(shape, dtype=int) for name, shape in shallow.parameters.items()}
    >>> int(evaluate_over(shallow, ones, np.ones((1, 2, 2), dtype=int), "counting")[0, 0])
    12
    """
    if isinstance(semiring, str):
        if semiring not in SEMIRINGS:
            raise WeightError(f"there is no semiring {semiring!r}; use {', '.join(SEMIRINGS)}")
        semiring = SEMIRINGS[semiring]
    check_weights(circuit, weights)
    inputs = [semiring.lift(table) for table in by_location(circuit, x)]
    lifted = {name: semiring.lift(table) for name, table in weights.items()}
    batch = inputs[0].shape[0]
    kind = _LogPass if semiring is SEMIRINGS["log"] else _Pass
    value = run(circuit.nodes, kind(semiring, lifted), lambda i: inputs[i].T, 1, None)
    return np.broadcast_to(value, (circuit.num_outputs, batch)).T


class _Pass:
    """A bottom-up pass over a semiring (`circuitalg.tensor.engine.Arithmetic`): (M, batch)."""

    def __init__(self, semiring: Semiring, weights: Mapping[str, Array]) -> None:
        self._semiring = semiring
        self._weights = weights
        self._fixed: dict[int, Array] = {}

    def vectors(self, table: Array, shape: tuple[int, ...]) -> Array:
        """Vectors (count, M) as a value."""
        return np.reshape(table.T, (table.shape[1], *shape))

    def result(self, value: Array, shape: tuple[int, ...]) -> Array:
        """A value in the caller's shape."""
        return np.broadcast_to(value, shape)

    def ones(self, width: int, axes: int) -> Array:
        """The vector of ones."""
        return np.full((width, *([1] * axes)), self._semiring.one, dtype=self._semiring.dtype)

    def linear(
        self, labels: Sequence[str | Matrix], children: Sequence[Array], rows: slice
    ) -> Array:
        """Sum over edges and channels of matrix entry times channel."""
        found = []
        matrices = [self._matrix(label)[rows, :] for label in labels]
        for row in range(len(matrices[0])):
            terms = [
                self._semiring.times(matrix[row][:, None], child)
                for matrix, child in zip(matrices, children, strict=True)
            ]
            batch = max(term.shape[1] for term in terms)
            wide = [np.broadcast_to(term, (term.shape[0], batch)) for term in terms]
            found.append(self._semiring.plus(np.concatenate(wide)))
        return np.stack(found)

    def multiply(self, factors: Sequence[Array]) -> Array:
        """Channel-by-channel product."""
        value = factors[0]
        for factor in factors[1:]:
            value = self._semiring.times(value, factor)
        return value

    def pick(self, value: Array, rows: slice) -> Array:
        """Some of the channels."""
        return value[rows]

    def _matrix(self, label: str | Matrix) -> Array:
        if isinstance(label, str):
            return self._weights[label]
        if id(label) not in self._fixed:
            self._fixed[id(label)] = self._semiring.lift(np.array(label, dtype=object))
        return self._fixed[id(label)]


class _LogPass(_Pass):
    """The same for logarithms, sums as matrix products of exponentials."""

    def __init__(self, semiring: Semiring, weights: Mapping[str, Array]) -> None:
        super().__init__(semiring, weights)
        self._joined: dict[tuple[Any, ...], LogMatrix] = {}

    def linear(
        self, labels: Sequence[str | Matrix], children: Sequence[Array], rows: slice
    ) -> Array:
        """Log of (Σ exp(matrix) · exp(child))."""
        key = tuple(label if isinstance(label, str) else id(label) for label in labels)
        if key not in self._joined:
            logs = np.concatenate([self._matrix(label) for label in labels], axis=1)
            self._joined[key] = LogMatrix(logs)
        return self._joined[key].times(joined(children), rows)

    def multiply(self, factors: Sequence[Array]) -> Array:
        """Sum of logarithms."""
        return pairwise_sum(factors)
