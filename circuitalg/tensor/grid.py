"""The grid tensor: a circuit's values when every location takes each of some template vectors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import array_api_compat

from circuitalg.circuit.weights import as_weights
from circuitalg.edge import CircuitLike, as_circuit, as_output
from circuitalg.errors import WeightError
from circuitalg.memory import check_axes, check_bytes
from circuitalg.tables import as_table
from circuitalg.tensor.contraction import contraction
from circuitalg.tensor.floats import Floats
from circuitalg.tensor.fractions import Exact
from circuitalg.tensor.peak import number_sizes, peak_bytes
from circuitalg.tensor.values import choose, output_value

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit

# NumPy's limit.
# Planning pays from this many entries on: it takes milliseconds, as the whole pass does below that.
# The kernel asks for at most 65,536 entries, so what it reads comes from the plain pass.
_SMALL = 2**17
# A pointer, a Fraction and its two integers.
_FRACTION_BYTES = 8 + 48 + 2 * 32


def grid_tensor(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    templates: Any,
    output: int | None = 0,
    max_bytes: int | None = None,
) -> Any:
    """Return the tensor with entry (d_1, …, d_N) the output at x_i = templates[d_i].

    It exists for every circuit; on the unit vectors, a smooth decomposable circuit's grid tensor is
    its coefficient tensor (Cohen and Shashua 2016, "Convolutional rectifier networks as
    generalized tensor decompositions", for grid tensors).

    Parameters
    ----------
    circuit
        Any circuit whose locations have one dimension M.
    weights
        Array by parameter name.
    templates
        T vectors: an array (T, M).
    output
        Which output; None stacks all along a first axis.
    max_bytes
        Refuse to use more memory; by default, more than is available.

    Returns
    -------
    Array (T,) * N, or (outputs, T, …, T); exact or floating like the result of ``evaluate``.

    Raises
    ------
    WeightError
        When weights or templates have the wrong shape.
    TooLargeError
        With the number of bytes that it would need.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg.circuit.models import cp_model
    >>> shallow = cp_model(locations=2, dim=1, width=1)
    >>> ones = {name: np.ones(shape, dtype=int) for name, shape in shallow.parameters.items()}
    >>> grid_tensor(shallow, ones, np.array([[2], [3]])).tolist()
    [[4, 6], [6, 9]]
    """
    circuit = as_circuit(circuit)
    weights = as_weights(circuit, weights)
    table = as_table(templates, "templates")
    if len(set(circuit.dims)) > 1:
        raise WeightError("templates need one dimension M for all locations, and these differ")
    if len(table.shape) != 2 or table.shape[1] != circuit.dims[0] or not table.shape[0]:
        raise WeightError(
            f"templates must have shape (T, {circuit.dims[0]}) with T >= 1, got "
            f"{tuple(table.shape)}"
        )
    return on_grid(
        circuit,
        weights,
        lambda _location: table,
        [table.shape[0]] * circuit.num_locations,
        output=output,
        max_bytes=max_bytes,
        what="the grid tensor",
        instead="evaluate chosen entries with circuit.evaluate",
        given=[*weights.values(), table],
    )


def on_grid(
    circuit: Circuit,
    weights: Mapping[str, Any],
    table: Callable[[int], Any],
    lengths: Sequence[int],
    *,
    output: int | None,
    max_bytes: int | None,
    what: str,
    instead: str,
    given: Sequence[Any],
    modulus: int | None = None,
    out: Any = None,
    dropped: Collection[int] = (),
) -> Any:
    """Values on the grid where location i takes the rows of ``table(i)``, ``lengths[i]`` many.

    The result has no axis for the ``dropped`` locations, each with one row. ``out`` is a NumPy
    array of the result's shape and data type, for floats and residues.
    """
    nodes = circuit.nodes
    output = None if output is None else as_output(circuit, output)
    outputs = range(circuit.num_outputs) if output is None else [output]
    kept = [length for location, length in enumerate(lengths) if location not in dropped]
    shape = (len(outputs), *kept) if output is None else tuple(kept)
    arithmetic = choose(weights, given, modulus)
    like = arithmetic.like if isinstance(arithmetic, Floats) else None
    own = 0 if out is not None else arithmetic.itemsize * prod(shape)
    # The result alone first: for thousands of locations even the estimate below takes long.
    check_bytes(own, max_bytes, what, instead, like)
    check_axes(len(shape), what, instead)
    plan = None
    if prod(lengths) >= _SMALL and not any(map(array_api_compat.is_lazy_array, given)):
        plan = contraction(nodes, lengths, weights, outputs)
    if plan is not None:
        # Entries of the result are as long as the output's values, whatever the plan's parts are.
        own = max(own, number_sizes(nodes, arithmetic, table)[len(nodes) - 1] * prod(shape))
        own = 0 if out is not None else own
        arithmetic = choose(plan.weights, given, modulus)
        needed = own + plan.scratch_bytes(arithmetic, table)
    else:
        sizes = number_sizes(nodes, arithmetic, table)
        needed = peak_bytes(nodes, lengths, sizes, output)
    if isinstance(arithmetic, Exact) and arithmetic.fractions:
        needed += _FRACTION_BYTES * prod(shape)
    check_bytes(needed, max_bytes, what, instead, like)

    # A location with one vector needs no axis; the others are at most 64, since memory is finite.
    long = [location for location, length in enumerate(lengths) if length > 1]
    axis = {location: number for number, location in enumerate(long)}

    def leaf(location: int) -> Any:
        full = [1] * len(axis)
        if location in axis:
            full[axis[location]] = lengths[location]
        return arithmetic.vectors(table(location), tuple(full))

    if plan is not None:
        return plan.result(arithmetic, leaf, shape, out)
    found = arithmetic.result(output_value(nodes, arithmetic, leaf, len(axis), output), shape)
    if out is None:
        return found
    out[...] = found
    return out
