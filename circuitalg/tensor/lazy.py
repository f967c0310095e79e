"""Coefficient tensors as Dask arrays: each block a task of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.weights import as_weights
from circuitalg.edge import CircuitLike, as_circuit, as_output
from circuitalg.errors import MissingDependencyError
from circuitalg.tensor.blocks import (
    block_lengths,
    check_multilinear,
    check_tensor_axes,
    coefficient_block,
)
from circuitalg.tensor.store import Task, fitting

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit


def as_dask(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    output: int | None = 0,
    blocks: int | Sequence[int] | None = None,
    modulus: int | None = None,
) -> Any:
    """Return the coefficient tensor as a Dask array of blocks, none of which is computed yet.

    Parameters
    ----------
    circuit, weights, output, modulus
        As in :func:`circuitalg.tensor.coefficients.coefficient_tensor`; weights may be Dask arrays.
    blocks
        Lengths of a block by location, or its largest number of entries.

    Returns
    -------
    dask.array.Array
        Of shape ``dims``, or (outputs, *dims); floats as the weights', else int64. A task whose
        exact numbers do not fit into int64 raises `WeightError`.

    Raises
    ------
    MissingDependencyError
        When Dask is not installed.
    StructureError, WeightError
        As for the whole tensor.
    TooLargeError
        When it has more than 64 axes.
    """
    try:
        import dask.array as da
        from dask.base import tokenize
        from dask.delayed import delayed
    except ImportError:
        raise MissingDependencyError(
            "a Dask array needs Dask: pip install circuitalg[dask]"
        ) from None
    circuit = as_circuit(circuit)
    weights = as_weights(circuit, weights)
    check_multilinear(circuit)
    output = None if output is None else as_output(circuit, output)
    check_tensor_axes(circuit, output)
    task = Task(circuit, weights, output, modulus, None, None)
    chunks = tuple(
        tuple(min(n, dim - start) for start in range(0, dim, n))
        for n, dim in zip(block_lengths(circuit.dims, blocks), circuit.dims, strict=True)
    )
    return da.map_blocks(
        _block,
        circuit,
        # One task that all blocks share; it computes weights that are Dask arrays.
        delayed(dict(weights)),
        output,
        modulus,
        chunks=chunks if output is not None else ((circuit.num_outputs,), *chunks),
        dtype=task.dtype,
        meta=np.empty((0,) * len(task.shape), dtype=task.dtype),
        name=f"coefficients-{tokenize(task.key(), chunks)}",
    )


def _block(
    circuit: Circuit,
    weights: Mapping[str, Any],
    output: int | None,
    modulus: int | None,
    *,
    block_info: Mapping[Any, Any],
) -> Any:
    places = block_info[None]["array-location"][-circuit.num_locations :]
    block = tuple(slice(int(start), int(stop)) for start, stop in places)
    found = coefficient_block(circuit, weights, block, output, modulus)
    return fitting(found, block_info[None]["dtype"])
