"""CP models fitted to arrays: how near a shallow network comes, found by an optimizer (floats)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = Any


def in_metric(tensor: Array, gram: Array) -> Array:
    """A tensor in orthonormal coordinates: its squared norm is that of the function.

    Parameters
    ----------
    tensor
        Of shape (M, …, M): coefficients of products of M functions.
    gram
        Gram matrix (M, M) of the functions.
    """
    root = np.linalg.cholesky(np.asarray(gram, dtype=float)).T
    found = np.asarray(tensor).astype(float)
    for mode in range(found.ndim):
        found = np.moveaxis(np.tensordot(root, found, axes=(1, mode)), 0, mode)
    return found


def fit_cp(
    tensor: Array, channels: int, starts: int = 4, sweeps: int = 60, seed: int = 0
) -> tuple[float, list[Array]]:
    """Fit a CP model by alternating least squares.

    Parameters
    ----------
    tensor
        Real array of any shape.
    channels
        Number Z of pure tensors.
    starts, sweeps, seed
        Random starts, rounds over the modes in each, and their seed.

    Returns
    -------
    The least squared error found (the infimum may be lower), and a factor (M_i, Z) for each mode.
    """
    draw = np.random.default_rng(seed)
    best: tuple[float, list[Array]] = (float("inf"), [])
    for _ in range(starts):
        factors = [draw.normal(size=(dim, channels)) for dim in tensor.shape]
        for _ in range(sweeps):
            for mode in range(tensor.ndim):
                others = khatri_rao([f for m, f in enumerate(factors) if m != mode])
                unfolded = np.moveaxis(tensor, mode, 0).reshape(len(factors[mode]), -1)
                factors[mode] = np.linalg.lstsq(others, unfolded.T, rcond=None)[0].T
        residual = tensor.reshape(-1) - khatri_rao(factors).sum(axis=1)
        best = min(best, (float(residual @ residual), factors), key=lambda found: found[0])
    return best


def khatri_rao(factors: Sequence[Array]) -> Array:
    """Column by column, the tensor product of the factors' columns, flattened."""
    found = factors[0]
    for factor in factors[1:]:
        found = np.einsum("iz,jz->ijz", found, factor).reshape(-1, factor.shape[1])
    return found
