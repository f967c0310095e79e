"""Coefficient tensors of smooth decomposable circuits, whole or entry by entry."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg.circuit.weights import as_weights
from circuitalg.edge import as_circuit, as_output
from circuitalg.errors import ArgumentError, WeightError
from circuitalg.options import described
from circuitalg.tables import as_table
from circuitalg.tensor.blocks import check_multilinear, check_tensor_axes, coefficient_block
from circuitalg.tensor.convert import to_numpy
from circuitalg.tensor.devices import placed
from circuitalg.tensor.lazy import as_dask
from circuitalg.tensor.store import Progress, Task, to_array, to_file
from circuitalg.tensor.values import choose, output_value

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit


def coefficient_tensor(
    circuit: Circuit,
    weights: Mapping[str, Any],
    output: int | None = 0,
    max_bytes: int | None = None,
    modulus: int | None = None,
    *,
    out: Any = None,
    blocks: int | Sequence[int] | None = None,
    backend: str = "auto",
    progress: Progress | None = None,
) -> Any:
    """Return the tensor A with output = Σ A[d_1, …, d_N] x_1[d_1] ⋯ x_N[d_N].

    Parameters
    ----------
    circuit
        A smooth and decomposable circuit.
    weights
        Array by parameter name: integers, objects (int and Fraction), or floats; NumPy, CuPy,
        Torch or Dask.
    output
        Which output; None stacks all along a first axis.
    max_bytes
        Refuse to use more memory; by default, more than is available. It does not count ``out``.
    modulus
        A prime below 2^24: return the entries modulo it.
    out
        Where the tensor goes, block by block. An array of its shape and data type (writable by
        slices) is filled and returned. A path that ends in ".npy" or ".zarr" becomes a file, for
        tensors larger than memory, and comes back opened for reading (a NumPy memmap, a Zarr
        array). After an interruption the same call goes on with the blocks that are missing; when
        the file is complete, it only opens it. Files hold floats as the weights', else int64.
    blocks
        With ``out``: the length of a block at each location, or its largest number of entries. An
        array is one block by default, a file has blocks of `circuitalg.tensor.blocks.ENTRIES`
        entries, or of as many as ``max_bytes`` allows. A Zarr store has them as chunks.
        Without ``out``: a new array, filled block by block, is int64 where nothing floats.
    backend
        "auto" (the library of the weights), "numpy", or "cupy": where the arrays are when the
        weights are NumPy's.
    progress
        Called after each block with the number of blocks done and of all.

    Returns
    -------
    Array of shape ``circuit.dims``, or (outputs, *dims): floating when a weight is, of its library
    and data type. Otherwise exact: int64 while a checked bound shows that nothing overflows, else
    Python ints in an object array; Fractions where a weight is one. With ``modulus``, int64
    residues 0..p-1. Weights that are Dask arrays give a Dask array
    (:func:`circuitalg.tensor.lazy.as_dask`), not computed yet.

    Raises
    ------
    FileFormatError
        When the file of ``out`` belongs to another computation, or is not as its note says.
    MissingDependencyError
        When CuPy, Zarr or Dask is asked for but missing.
    OutputError
        When the file cannot be written, or the disk is full; what was finished stays.
    StructureError
        When the circuit is not smooth or not decomposable: it has no coefficient tensor.
    TooLargeError
        With the number of bytes that it would need, of memory or disk, or of axes beyond 64.
    WeightError
        When the weights, ``out`` or ``blocks`` do not fit, or an exact entry does not fit into
        ``out``.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg.circuit.models import cp_model
    >>> shallow = cp_model(locations=2, dim=2, width=1)
    >>> ones = {name: np.ones(shape, dtype=int) for name, shape in shallow.parameters.items()}
    >>> coefficient_tensor(shallow, ones).tolist()
    [[1, 1], [1, 1]]
    """
    weights = as_weights(circuit, weights)
    check_multilinear(circuit)
    weights = placed(weights, backend)
    if any(map(array_api_compat.is_dask_array, weights.values())):
        if out is None:
            return as_dask(circuit, weights, output, blocks, modulus)
        weights = {name: to_numpy(array) for name, array in weights.items()}
    if out is None and blocks is None:
        whole = [slice(None)] * circuit.num_locations
        return coefficient_block(circuit, weights, whole, output, modulus, max_bytes=max_bytes)
    check_tensor_axes(circuit, output)
    task = Task(circuit, weights, output, modulus, max_bytes, progress)
    if isinstance(out, str | Path):
        return to_file(task, Path(out), blocks)
    return to_array(task, task.new() if out is None else out, blocks)


def coefficients(
    circuit: Circuit,
    weights: Mapping[str, Any],
    indices: Sequence[Sequence[int]] | Mapping[int, int | slice | None],
    output: int = 0,
) -> Any:
    """Return chosen entries of the coefficient tensor, or a slice, without building it.

    Parameters
    ----------
    circuit, weights
        As in :func:`coefficient_tensor`.
    indices
        Integers (count, N): for each entry, its index at every location. Or a dictionary from
        locations to an index or a slice: see :func:`coefficient_slice`.
    output
        Which output.

    Returns
    -------
    Array (count,), or of the slice's shape; exact or floating like the coefficient tensor.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    WeightError
        When the weights do not fit, or an index is out of range.
    """
    if isinstance(indices, Mapping):
        return coefficient_slice(circuit, weights, indices, output)
    weights = as_weights(circuit, weights)
    check_multilinear(circuit)
    output = as_output(circuit, output)
    chosen = _checked_indices(circuit, indices)
    arithmetic = choose(weights, list(weights.values()))

    def leaf(location: int) -> Any:
        units = np.eye(circuit.dims[location], dtype=np.int64)
        return arithmetic.vectors(units[chosen[:, location]], (len(chosen),))

    value = output_value(circuit.nodes, arithmetic, leaf, 1, output)
    return arithmetic.result(value, (len(chosen),))


def coefficient_slice(
    circuit: Circuit,
    weights: Mapping[str, Any],
    indices: Mapping[int, int | slice | None],
    output: int | None = 0,
    max_bytes: int | None = None,
    modulus: int | None = None,
) -> Any:
    """Return a slice of the coefficient tensor, without building the rest.

    Parameters
    ----------
    circuit, weights, output, max_bytes, modulus
        As in :func:`coefficient_tensor`.
    indices
        By location an index, whose axis disappears, or a slice; None, and a location that is not
        named, stand for all indices.

    Returns
    -------
    Array with an axis for each location that has no index, exact or floating like the tensor.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    TooLargeError
        With the number of bytes that the slice would need.
    WeightError
        When the weights do not fit, or a location or an index is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg.circuit.models import cp_model
    >>> shallow = cp_model(locations=3, dim=2, width=1)
    >>> ones = {name: np.ones(shape, dtype=int) for name, shape in shallow.parameters.items()}
    >>> coefficient_slice(shallow, ones, {0: 1, 2: slice(0, 1)}).shape
    (2, 1)
    """
    circuit = as_circuit(circuit)
    if not isinstance(indices, Mapping):
        raise ArgumentError(
            "the indices of a slice are a dictionary from locations to indices or slices, not "
            f"{described(indices)}"
        )
    block = [slice(None)] * circuit.num_locations
    dropped = set()
    for given, index in indices.items():
        is_integer = hasattr(type(given), "__index__") and not isinstance(given, bool)
        location = operator.index(given) if is_integer else -1
        if not 0 <= location < circuit.num_locations:
            raise WeightError(
                f"there is no location {described(given)}; the circuit has locations 0 to "
                f"{circuit.num_locations - 1}"
            )
        if isinstance(index, slice):
            block[location] = index
        elif index is not None:
            number = _checked_index(circuit, location, index)
            block[location] = slice(number, number + 1)
            dropped.add(location)
    return coefficient_block(
        circuit, weights, block, output, modulus, max_bytes=max_bytes, dropped=dropped
    )


def _checked_index(circuit: Circuit, location: int, index: Any) -> int:
    dim = circuit.dims[location]
    if isinstance(index, bool) or not hasattr(index, "__index__"):
        raise WeightError(f"the index at location {location} must be an integer or a slice")
    if not 0 <= operator.index(index) < dim:
        raise WeightError(
            f"index {index} is out of range at location {location}, whose dimension is {dim}"
        )
    return operator.index(index)


def _checked_indices(circuit: Circuit, indices: Sequence[Sequence[int]]) -> np.ndarray:
    chosen = to_numpy(as_table(indices, "indices"))
    if chosen.dtype == object:
        raise WeightError("indices must be integers of at most 64 bits")
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
