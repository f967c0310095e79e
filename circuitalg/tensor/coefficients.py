"""Coefficient tensors of smooth decomposable circuits, whole or entry by entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.weights import check_weights
from circuitalg.errors import StructureError, WeightError
from circuitalg.tensor.arithmetic import choose
from circuitalg.tensor.engine import run
from circuitalg.tensor.grid import on_grid

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit


def coefficient_tensor(
    circuit: Circuit,
    weights: Mapping[str, Any],
    output: int | None = 0,
    max_bytes: int | None = None,
    modulus: int | None = None,
) -> Any:
    """Return the tensor A with output = Σ A[d_1, …, d_N] x_1[d_1] ⋯ x_N[d_N].

    Parameters
    ----------
    circuit
        A smooth and decomposable circuit.
    weights
        Array by parameter name: integers, objects (int and Fraction), or floats.
    output
        Which output; None stacks all along a first axis.
    max_bytes
        Refuse to use more memory; by default, more than is available.
    modulus
        A prime below 2^24: return the entries modulo it.

    Returns
    -------
    Array of shape ``circuit.dims``, or (outputs, *dims): floating when a weight is, of its library
    and data type. Otherwise exact: int64 while a checked bound shows that nothing overflows, else
    Python ints in an object array; Fractions where a weight is one. With ``modulus``, int64
    residues 0..p-1.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable: it has no coefficient tensor.
    TooLargeError
        With the number of bytes that it would need.
    WeightError
        When the weights do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg.circuit.models import cp_model
    >>> shallow = cp_model(locations=2, dim=2, width=1)
    >>> ones = {name: np.ones(shape, dtype=int) for name, shape in shallow.parameters.items()}
    >>> coefficient_tensor(shallow, ones).tolist()
    [[1, 1], [1, 1]]
    """
    check_weights(circuit, weights)
    check_multilinear(circuit)
    units: dict[int, Any] = {}

    def table(location: int) -> Any:
        dim = circuit.dims[location]
        return units.setdefault(dim, np.eye(dim, dtype=np.int64))

    return on_grid(
        circuit,
        weights,
        table,
        circuit.dims,
        output=output,
        max_bytes=max_bytes,
        what="the coefficient tensor",
        instead="compute chosen entries with circuit.coefficients(weights, indices)",
        given=list(weights.values()),
        modulus=modulus,
    )


def coefficients(
    circuit: Circuit,
    weights: Mapping[str, Any],
    indices: Sequence[Sequence[int]],
    output: int = 0,
) -> Any:
    """Return chosen entries of the coefficient tensor, without building it.

    Parameters
    ----------
    circuit, weights
        As in :func:`coefficient_tensor`.
    indices
        Integers (count, N): for each entry, its index at every location.
    output
        Which output.

    Returns
    -------
    Array (count,), exact or floating like the coefficient tensor.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    WeightError
        When the weights do not fit, or an index is out of range.
    """
    check_weights(circuit, weights)
    check_multilinear(circuit)
    if not 0 <= output < circuit.num_outputs:
        raise WeightError(f"the circuit has outputs 0 to {circuit.num_outputs - 1}, got {output}")
    chosen = _checked_indices(circuit, indices)
    arithmetic = choose(weights, list(weights.values()))

    def leaf(location: int) -> Any:
        units = np.eye(circuit.dims[location], dtype=np.int64)
        return arithmetic.vectors(units[chosen[:, location]], (len(chosen),))

    value = run(circuit.nodes, arithmetic, leaf, 1, output)
    return arithmetic.result(value, (len(chosen),))


def check_multilinear(circuit: Circuit) -> None:
    """Refuse a circuit without a coefficient tensor, with the reason and what to use instead."""
    for verdict in (circuit.is_decomposable, circuit.is_smooth):
        if not verdict:
            raise StructureError(
                f"this circuit has no coefficient tensor, use grid_tensor: {verdict.reason}"
            )


def _checked_indices(circuit: Circuit, indices: Sequence[Sequence[int]]) -> np.ndarray:
    chosen = np.asarray(indices)
    if chosen.ndim != 2 or chosen.shape[1] != circuit.num_locations:
        raise WeightError(
            f"indices must have shape (count, {circuit.num_locations}), got {chosen.shape}"
        )
    if chosen.dtype.kind not in "iu":
        raise WeightError(f"indices must be integers, got numbers of type {chosen.dtype}")
    wrong = np.argwhere((chosen < 0) | (chosen >= np.array(circuit.dims)))
    if len(wrong):
        entry, location = (int(n) for n in wrong[0])
        raise WeightError(
            f"index {chosen[entry, location]} of entry {entry} is out of range at location "
            f"{location}, whose dimension is {circuit.dims[location]}"
        )
    return chosen
