"""A circuit over other semirings: the same graph gives log-scores, best values, supports, counts.

A semiring is a set with a sum and a product, 0 and 1, that obey the laws of the natural numbers;
a circuit has a value over each. A *homomorphism* h (h(a + b) = h(a) ⊕ h(b), h(a · b) = h(a) ⊗ h(b),
h(0), h(1) the neutral elements) takes the value over one to the value over the other, by induction
over the nodes: log takes the non-negative reals to (logsumexp, +), "is not 0" to the booleans.
(max, +) is not an image of the reals, but the limit of MEX: it gives the log of the largest term.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.weights import as_weights
from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import ArgumentError, WeightError
from circuitalg.integers import shown
from circuitalg.logspace.logarithms import log_in_place, logarithms
from circuitalg.logspace.mex import mex
from circuitalg.logspace.products import LogMatrix, pairwise_sum, row_by_row
from circuitalg.options import described
from circuitalg.tensor.convert import real_floats
from circuitalg.tensor.evaluate import checked_inputs, evaluate
from circuitalg.tensor.workspace import Piece, Room, Stacks, passes, stacked

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix
    from circuitalg.tensor.layers import Stage

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


def _as_floats(numbers: Array) -> Array:
    return real_floats(numbers, "a weight or input")


def _logarithms(numbers: Array) -> Array:
    return logarithms(numbers, "a weight or input")


def _supports(numbers: Array) -> Array:
    values = np.asarray(numbers)
    numbers_only = values.dtype.kind in "biufc" or all(isinstance(e, Number) for e in values.flat)
    if not numbers_only or np.not_equal(values, values).any():  # NaN is not itself
        raise WeightError("the boolean semiring takes numbers, and one of these is not a number")
    return values != 0


def _counts(numbers: Array) -> Array:
    values = np.asarray(numbers)
    exact = np.empty(values.size, dtype=object)
    for i, entry in enumerate(values.ravel().tolist()):
        try:
            exact[i] = int(entry)
        except (TypeError, ValueError, OverflowError):  # a string, None, NaN, an infinity
            exact[i] = -1
        if exact[i] < 0 or exact[i] != entry:
            raise WeightError(f"counts are natural numbers, not {shown(entry)}")
    return exact.reshape(values.shape)


SEMIRINGS = {
    semiring.name: semiring
    for semiring in (
        Semiring(
            "real",
            float,
            1.0,
            lambda x: x.sum(axis=0),
            np.multiply,
            _as_floats,
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
            _supports,
        ),
        Semiring("counting", object, 1, lambda x: x.sum(axis=0), np.multiply, _counts),
    )
}
"""(+, ×); (logsumexp, +) of logarithms; (max, +) of logarithms; (min, +) of their negatives, that
is, of costs; (or, and) of "not 0"; and (+, ×) of natural numbers, exact at any size."""


def evaluate_over(
    circuit: CircuitLike, weights: Mapping[str, Any], x: Any, semiring: str | Semiring = "log"
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
    circuit = as_circuit(circuit)
    if not isinstance(semiring, str | Semiring):
        raise ArgumentError(
            f"the semiring must be a name ({', '.join(SEMIRINGS)}) or a Semiring, not "
            f"{described(semiring)}"
        )
    if isinstance(semiring, str):
        if semiring not in SEMIRINGS:
            raise WeightError(f"there is no semiring {semiring!r}; use {', '.join(SEMIRINGS)}")
        semiring = SEMIRINGS[semiring]
    weights = as_weights(circuit, weights)
    checked = checked_inputs(circuit, x)
    lifted = {name: semiring.lift(table) for name, table in weights.items()}
    if semiring is SEMIRINGS["real"]:
        whole = hasattr(checked, "shape")
        numbers = semiring.lift(checked) if whole else [semiring.lift(t) for t in checked]
        return evaluate(circuit, lifted, numbers)
    nodes = circuit.nodes
    kind = _LogSteps if semiring is SEMIRINGS["log"] else _Steps

    def table(label: str | Matrix) -> Array:
        if isinstance(label, str):
            return lifted[label]
        return semiring.lift(np.array(label, dtype=object))

    stacks = Stacks(nodes, lambda chosen: kind.prepared(stacked(nodes, chosen, table)))
    return passes(
        circuit,
        checked,
        semiring.dtype,
        lambda room, piece: kind(semiring, piece, stacks, room),
    )


class _Steps:
    """The steps of a pass over any semiring (`circuitalg.tensor.layers.Steps`)."""

    def __init__(self, semiring: Semiring, piece: Piece, stacks: Stacks, room: Room) -> None:
        self._semiring, self._piece, self._stacks, self._room = semiring, piece, stacks, room
        self._times = partial(_product, semiring)

    def inputs(self, nodes: Sequence[int]) -> Array:
        """Elements for numbers."""
        return self._piece.into(self._room, nodes, self._semiring.lift)

    def ones(self, nodes: Sequence[int]) -> Array:
        """The vectors of ones."""
        out = self._room.take(*self._piece.shape(nodes))
        out.fill(self._semiring.one)
        return out

    def linear(self, stage: Stage, below: Array) -> Array:
        """Sum over channels of matrix entry times channel, row by row."""
        matrix = self._stacks.of(stage)
        return row_by_row(self._room, matrix, below, self._times, self._semiring.plus)

    def multiply(self, factors: Sequence[Array]) -> Array:
        """Channel-by-channel product."""
        return self._room.fold(self._times, factors)

    @staticmethod
    def prepared(matrices: Array) -> Array:
        """What `linear` needs of a stage's matrices."""
        return matrices


def _product(semiring: Semiring, left: Array, right: Array, out: Array) -> None:
    """The semiring's product, written without a copy where it is one of NumPy's own."""
    if isinstance(semiring.times, np.ufunc):
        semiring.times(left, right, out=out)
    else:
        out[...] = semiring.times(left, right)


class _LogSteps:
    """The same for logarithms, sums as matrix products of exponentials."""

    def __init__(self, semiring: Semiring, piece: Piece, stacks: Stacks, room: Room) -> None:
        self._semiring, self._piece, self._stacks, self._room = semiring, piece, stacks, room

    def inputs(self, nodes: Sequence[int]) -> Array:
        """Logarithms of numbers; of floats in place."""
        if self._piece.objects:
            return self._piece.into(self._room, nodes, self._semiring.lift)
        return log_in_place(self._piece.into(self._room, nodes, _as_floats), "an input")

    def ones(self, nodes: Sequence[int]) -> Array:
        """The vectors of ones: log 1."""
        out = self._room.take(*self._piece.shape(nodes))
        out.fill(0)
        return out

    def linear(self, stage: Stage, below: Array) -> Array:
        """Log of (Σ exp(matrix) · exp(child))."""
        return self._stacks.of(stage).times_in(self._room, below)

    def multiply(self, factors: Sequence[Array]) -> Array:
        """Sum of logarithms."""
        return pairwise_sum(self._room, factors)

    prepared = staticmethod(LogMatrix)
