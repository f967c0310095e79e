"""Marginals: missing locations are summed out by vectors of ones, in one evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np

from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import ArgumentError, StructureError, WeightError
from circuitalg.integers import shown
from circuitalg.options import described, is_list
from circuitalg.tables import as_table
from circuitalg.tensor.convert import to_numpy
from circuitalg.tensor.evaluate import by_location, checked_inputs


def marginalize(circuit: CircuitLike, x: Any, missing: Any) -> Any:
    """Inputs with vectors of ones at the missing locations; `circuit.evaluate` then sums them out.

    A smooth and decomposable network is linear in the vector of each location
    (`prove_multilinear`). So its value at ones is the sum of its values over all unit vectors and,
    where the location's functions are densities, the integral over its patch: the marginal of the
    rest, in one pass instead of a sum of M^(missing locations) terms (Sharir, Tamari, Cohen,
    Shashua 2016). In log-space the ones are zeros.

    Parameters
    ----------
    circuit
        A smooth and decomposable circuit.
    x
        Array (batch, locations, dim), or a list of arrays (batch, M_i). What stands at missing
        locations is ignored.
    missing
        Locations that are missing in all of the batch; or a boolean array (batch, locations).

    Returns
    -------
    As ``x``: one new array (also for nested lists), or a list of them.

    Raises
    ------
    StructureError
        When the circuit is not smooth and decomposable: ones then sum out nothing.
    WeightError
        When shapes do not fit, or there is no such location.

    Examples
    --------
    >>> from circuitalg.circuit.models import cp_model
    >>> marginalize(cp_model(2, 2, 1), np.array([[[3, 4], [5, 6]]]), [1]).tolist()
    [[[3, 4], [1, 1]]]
    """
    circuit = as_circuit(circuit)
    circuit.is_multilinear.demand(StructureError, "ones sum out no location of this network")
    checked = checked_inputs(circuit, x)
    inputs = [np.array(to_numpy(table)) for table in by_location(circuit, checked)]
    mask = _mask(missing, inputs[0].shape[0], len(inputs))
    for location, table in enumerate(inputs):
        table[mask[:, location]] = 1
    return np.stack(inputs, axis=1) if hasattr(checked, "shape") else inputs


def _mask(missing: Any, batch: int, locations: int) -> Any:
    if not is_list(missing):
        raise ArgumentError(
            "missing must be a list of locations or a Boolean array (batch, locations), not "
            f"{described(missing)}"
        )
    given = to_numpy(as_table(missing if hasattr(missing, "shape") else list(missing), "missing"))
    if given.ndim == 1 and not given.size:
        return np.zeros((batch, locations), dtype=bool)
    if given.dtype == bool:
        if given.shape != (batch, locations):
            raise WeightError(
                f"a mask of missing locations has shape (batch, locations) = {(batch, locations)}, "
                f"not {given.shape}"
            )
        return given
    mask = np.zeros((batch, locations), dtype=bool)
    for location in given.tolist():
        if type(location) is not int or not 0 <= location < locations:
            raise WeightError(
                f"there is no location {shown(location)}; the circuit has locations 0 to "
                f"{locations - 1}"
            )
        mask[:, location] = True
    return mask
