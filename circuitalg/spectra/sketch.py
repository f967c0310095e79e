"""The largest singular values of matrices that are never built, from products with random vectors.

Two routes: `block_krylov` for a matrix that dense vectors can be multiplied by (Halko, Martinsson
and Tropp 2011; Musco and Musco 2015), and `two_sided_sketch` for a circuit that can only be
contracted with products of vectors (Nakatsukasa 2020). Both say how far off they may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.memory import check_bytes
from circuitalg.spectra.fit import khatri_rao
from circuitalg.tensor.floats import Floats
from circuitalg.tensor.peak import peak_bytes
from circuitalg.tensor.values import output_value

if TYPE_CHECKING:
    from circuitalg.circuit.bipartition import Bipartition
    from circuitalg.circuit.graph import Circuit
    from circuitalg.spectra.matricized import Stages

Array = Any

MORE = 10  # vectors beyond the number asked for
ROUNDS = 4  # of block_krylov
_FRESH = 8  # vectors that measure the error


def block_krylov(
    operator: Stages, count: int, seed: int = 0, rounds: int = ROUNDS
) -> tuple[Array, float]:
    """Return the largest singular values, and how far each may be from one of the matrix.

    Parameters
    ----------
    operator
        The matrix A.
    count
        How many values.
    seed
        That of the Gaussian block Ω to start with.
    rounds
        The values are the best in the span of A Ω, (A Aᵀ) A Ω, …, (A Aᵀ)^rounds A Ω.

    Returns
    -------
    values
        At most ``count``, descending; none is above the true value of its place but for rounding.
    residual
        The largest ‖A v − σ u‖ / √2. Each value has a singular value of A within it (the residual
        theorem of symmetric matrices, for ((0, A), (Aᵀ, 0))); that none is skipped is likely.
    """
    turned = operator.transposed()
    rows, columns = operator.shape
    size = min(count + MORE, rows, columns)
    block = operator.times(np.random.default_rng(seed).standard_normal((columns, size)))
    basis = np.linalg.qr(block)[0]
    images = turned.times(basis)  # Aᵀ times the basis
    for _ in range(rounds):
        if basis.shape[1] + size > min(rows, columns):
            break
        block = operator.times(images[:, -size:])
        block -= basis @ (basis.T @ block)
        # Householder's Q is orthonormal even where nothing new is left, after the last rank:
        # projecting twice there kept the old directions, and counted values several times.
        block = np.linalg.qr(np.concatenate([basis, block], axis=1))[0][:, -size:]
        basis = np.concatenate([basis, block], axis=1)
        images = np.concatenate([images, turned.times(block)], axis=1)
    right, values, small = np.linalg.svd(images, full_matrices=False)
    right, values, small = right[:, :count], values[:count], small[:count]
    off = operator.times(right) - (basis @ small.T) * values
    return values, float(np.linalg.norm(off, axis=0).max() / np.sqrt(2))


def two_sided_sketch(
    circuit: Circuit,
    weights: dict[str, Array],
    bipartition: Bipartition,
    count: int,
    output: int,
    metric: Sequence[Array],
    seed: int = 0,
    max_bytes: int | None = None,
) -> tuple[Array, float]:
    """Return the largest singular values of ⟦A⟧ from A Ω and Aᵀ Ψ, Ω and Ψ products of vectors.

    A is near Q (Ψᵀ Q)⁺ Ψᵀ A, Q an orthonormal basis of A Ω (generalised Nyström approximation).

    Parameters
    ----------
    circuit, weights, bipartition, output
        A smooth and decomposable circuit, with float64 weights.
    count
        How many values.
    metric
        By location, the coordinates of :func:`canonical_form`.
    seed
        That of the random vectors.
    max_bytes
        Refuse to use more memory.

    Returns
    -------
    values
        At most ``count``, descending.
    error
        Estimate of ‖A − its approximation‖ (Frobenius), from vectors not used so far, whose
        covariance is the identity: the mean of ‖(A − Â)ω‖² is that norm's square. No value is
        further off than that norm.

    Raises
    ------
    TooLargeError
        With the number of bytes that it would need.
    """
    dims = circuit.dims
    rows, columns = (prod(dims[i] for i in side) for side in (bipartition.I, bipartition.J))
    width = min(2 * count + MORE, rows, columns)
    more = width + width // 2 + MORE
    needed = 8 * 4 * more * (rows + columns)
    check_bytes(needed, max_bytes, "the sketch of [[A]]", "take a smaller count")
    draw = np.random.default_rng(seed)
    across = [_directions(draw, dims[j], width + _FRESH) for j in bipartition.J]
    down = [_directions(draw, dims[i], more) for i in bipartition.I]

    def contract(side: tuple[int, ...], vectors: list[Array]) -> Array:
        return _contracted(circuit, weights, output, metric, side, vectors, max_bytes)

    images = contract(bipartition.J, across)
    images, fresh = images[:, :width], images[:, width:]
    left = np.linalg.qr(images)[0]
    right = contract(bipartition.I, down)
    inner = khatri_rao([v.T for v in down]).T @ left
    fitted = np.linalg.lstsq(inner, right.T, rcond=None)[0]
    values = np.linalg.svd(fitted, compute_uv=False)[:count]
    tests = khatri_rao([v[width:].T for v in across])
    off = fresh - left @ (fitted @ tests)
    return values, float(np.sqrt((off**2).sum() / _FRESH))


def _directions(draw: np.random.Generator, dim: int, count: int) -> Array:
    """Random vectors (count, dim) of norm √dim: their products keep norm and covariance."""
    found = draw.standard_normal((count, dim))
    return found * (np.sqrt(dim) / np.linalg.norm(found, axis=1, keepdims=True))


def _contracted(
    circuit: Circuit,
    weights: dict[str, Array],
    output: int,
    metric: Sequence[Array],
    side: tuple[int, ...],
    vectors: list[Array],
    max_bytes: int | None,
) -> Array:
    """A times products of vectors at the locations of one side: (Π M_i of the other, count)."""
    dims, count = circuit.dims, len(vectors[0])
    chosen = dict(zip(side, vectors, strict=True))
    kept = [i for i in range(len(dims)) if i not in chosen and dims[i] > 1]
    lengths = [1 if i in chosen else dim for i, dim in enumerate(dims)]
    sizes = [8 * count] * len(circuit.nodes)
    needed = peak_bytes(circuit.nodes, lengths, sizes, output)
    check_bytes(needed, max_bytes, "the sketch of [[A]]", "take a smaller count")
    arithmetic = Floats(weights, np.empty(0))

    def leaf(location: int) -> Array:
        shape = [1] * (len(kept) + 1)
        if location in chosen:
            shape[-1] = count
            return arithmetic.vectors(chosen[location] @ metric[location], tuple(shape))
        if location in kept:
            shape[kept.index(location)] = dims[location]
        return arithmetic.vectors(metric[location], tuple(shape))

    value = output_value(circuit.nodes, arithmetic, leaf, len(kept) + 1, output)
    return np.broadcast_to(value, (1, *(dims[i] for i in kept), count)).reshape(-1, count)
