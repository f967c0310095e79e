"""One block of a coefficient tensor, computed alone, and the division of a tensor into blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.weights import as_weights
from circuitalg.errors import StructureError, WeightError
from circuitalg.memory import check_axes
from circuitalg.options import is_list, natural, naturals
from circuitalg.tensor.grid import on_grid

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit

ENTRIES = 2**24
"""Entries of a block by default: 128 MiB of float64."""

Block = tuple[slice, ...]


def coefficient_block(
    circuit: Circuit,
    weights: Mapping[str, Any],
    block: Sequence[slice],
    output: int | None = 0,
    modulus: int | None = None,
    *,
    max_bytes: int | None = None,
    out: np.ndarray | None = None,
    dropped: Collection[int] = (),
) -> Any:
    """Return ``coefficient_tensor(circuit, weights)[block]`` without the rest of the tensor.

    It depends on its arguments alone, which can be pickled: blocks can be computed anywhere.

    Parameters
    ----------
    circuit, weights, output, modulus
        As in :func:`circuitalg.tensor.coefficients.coefficient_tensor`.
    block
        One slice per location.
    max_bytes
        Refuse to use more memory; by default, more than is available.
    out
        Where to write floats or residues: an array of the block's shape and data type.

    dropped
        Locations with one index whose axis the result does not have.

    Returns
    -------
    Array of the block's shape, with the outputs as a first axis when ``output`` is None. Floats
    may differ in the last digits from those of the whole tensor, whose sums are ordered otherwise.

    Raises
    ------
    StructureError, TooLargeError
        As for the whole tensor.
    WeightError
        When the weights or the block do not fit the circuit.
    """
    weights = as_weights(circuit, weights)
    check_multilinear(circuit)
    if len(block) != circuit.num_locations or not all(isinstance(some, slice) for some in block):
        raise WeightError(f"a block has one slice per location, {circuit.num_locations} in all")
    lengths = [len(range(dim)[some]) for dim, some in zip(circuit.dims, block, strict=True)]
    if not all(lengths):
        raise WeightError(f"the block has no index at location {lengths.index(0)}")
    check_tensor_axes(circuit, output, len(dropped))
    units: dict[int, np.ndarray] = {}

    def table(location: int) -> np.ndarray:
        dim = circuit.dims[location]
        return units.setdefault(dim, np.eye(dim, dtype=np.int64))[block[location]]

    whole = all(n == dim for n, dim in zip(lengths, circuit.dims, strict=True))
    return on_grid(
        circuit,
        weights,
        table,
        lengths,
        output=output,
        max_bytes=max_bytes,
        what="the coefficient tensor" if whole else "a block of the coefficient tensor",
        instead="write it to a file with out=, or compute chosen entries with "
        "circuit.coefficients(weights, indices)"
        if whole
        else "choose smaller blocks",
        given=list(weights.values()),
        modulus=modulus,
        out=out,
        dropped=dropped,
    )


def check_multilinear(circuit: Circuit) -> None:
    """Refuse a circuit without a coefficient tensor, with the reason and what to use instead."""
    circuit.is_multilinear.demand(
        StructureError, "this circuit has no coefficient tensor", "use grid_tensor"
    )


def check_tensor_axes(circuit: Circuit, output: int | None, dropped: int = 0) -> None:
    """Refuse a coefficient tensor, or a slice of it, that has more axes than arrays have."""
    check_axes(
        circuit.num_locations - dropped + (output is None),
        "this slice of the coefficient tensor" if dropped else "the coefficient tensor",
        "compute chosen entries, or a slice with indices at enough locations, with "
        "circuit.coefficients(weights, indices)",
    )


def block_lengths(dims: Sequence[int], blocks: int | Sequence[int] | None) -> tuple[int, ...]:
    """Return the length of a block at each location.

    Parameters
    ----------
    dims
        Those of the tensor.
    blocks
        These lengths, or the largest number of entries of a block: then its last axes are whole
        and its first ones have length 1, so that it lies in one piece of a C-ordered file.

    Raises
    ------
    WeightError
        When there are not as many lengths as locations, or one is not a positive integer.
    """
    if is_list(blocks):
        lengths = naturals("block length", blocks, WeightError)
        if len(lengths) != len(dims):
            raise WeightError(f"{len(lengths)} block lengths are given for {len(dims)} axes")
        return tuple(min(n, dim) for n, dim in zip(lengths, dims, strict=True))
    given = ENTRIES if blocks is None else blocks
    entries = natural("a block's size", given, 1, error=WeightError)
    lengths = [1] * len(dims)
    for axis in reversed(range(len(dims))):
        lengths[axis] = min(dims[axis], max(1, entries // prod(lengths)))
    return tuple(lengths)


def count_blocks(dims: Sequence[int], lengths: Sequence[int]) -> int:
    """Return how many blocks there are."""
    return prod(-(-dim // n) for dim, n in zip(dims, lengths, strict=True))


def all_blocks(dims: Sequence[int], lengths: Sequence[int]) -> Iterator[Block]:
    """Yield the blocks, the last axis fastest; those at the ends may be shorter."""
    starts = [range(0, dim, n) for dim, n in zip(dims, lengths, strict=True)]
    for corner in product(*starts):
        yield tuple(
            slice(start, min(start + n, dim))
            for start, n, dim in zip(corner, lengths, dims, strict=True)
        )
