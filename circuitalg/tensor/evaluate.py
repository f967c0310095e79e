"""Scores of a batch of inputs: exact for exact numbers, floats of any array library otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from circuitalg.circuit.weights import check_weights
from circuitalg.errors import WeightError
from circuitalg.tensor.arithmetic import choose, to_numpy
from circuitalg.tensor.engine import run

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit


def evaluate(circuit: Circuit, weights: Mapping[str, Any], x: Any) -> Any:
    """Return the circuit's outputs for a batch of representation values.

    Parameters
    ----------
    circuit
        Any circuit.
    weights
        Array by parameter name: integers, objects (int and Fraction), or floats.
    x
        Array (batch, locations, dim) of any array-API library, or a list of arrays (batch, M_i),
        one per location.

    Returns
    -------
    Array (batch, outputs). When an input or weight is floating, of that library and data type,
    ints and Fractions being converted. Otherwise exact: int64 while a checked bound shows that
    nothing overflows, else Python ints in an object array; Fractions where a Fraction went in.

    Raises
    ------
    WeightError
        When weights or ``x`` have the wrong shape or hold no numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg.circuit.models import cp_model
    >>> shallow = cp_model(locations=2, dim=2, width=1)
    >>> ones = {name: np.ones(shape, dtype=int) for name, shape in shallow.parameters.items()}
    >>> evaluate(shallow, ones, np.array([[[1, 2], [3, 4]]])).tolist()
    [[21]]
    """
    check_weights(circuit, weights)
    given = [x] if hasattr(x, "shape") else list(x)
    inputs = by_location(circuit, x)
    batch = inputs[0].shape[0]
    arithmetic = choose(weights, [*weights.values(), *given])
    value = run(
        circuit.nodes, arithmetic, lambda i: arithmetic.vectors(inputs[i], (batch,)), 1, None
    )
    return arithmetic.result(value, (circuit.num_outputs, batch)).T


def by_location(circuit: Circuit, x: Any) -> Sequence[Any]:
    """Return the arrays (batch, M_i) after checking their shapes."""
    dims = circuit.dims
    if hasattr(x, "shape"):
        if len(set(dims)) > 1:
            raise WeightError(
                "the locations have different dimensions, so x must be a list of arrays "
                "(batch, M_i), one per location"
            )
        expected = (len(dims), dims[0])
        if len(x.shape) != 3 or tuple(x.shape[1:]) != expected:
            raise WeightError(
                f"x must have shape (batch, {expected[0]}, {expected[1]}), got {tuple(x.shape)}"
            )
        return [x[:, i, :] for i in range(len(dims))]
    inputs = [array if hasattr(array, "shape") else to_numpy(array) for array in x]
    if len(inputs) != len(dims):
        raise WeightError(
            f"x has arrays for {len(inputs)} locations, and the circuit has {len(dims)}; "
            "give one array (batch, M_i) per location"
        )
    batch = tuple(inputs[0].shape)[:1]
    for location, (array, dim) in enumerate(zip(inputs, dims, strict=True)):
        if tuple(array.shape) != (*batch, dim):
            raise WeightError(
                f"the values at location {location} must have shape "
                f"({batch[0] if batch else 'batch'}, {dim}), got {tuple(array.shape)}"
            )
    return inputs
