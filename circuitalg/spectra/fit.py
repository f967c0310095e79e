"""CP models fitted to arrays: how near a shallow network comes, found by an optimizer (floats)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from circuitalg.errors import WeightError
from circuitalg.memory import check_bytes
from circuitalg.options import natural
from circuitalg.tables import as_table
from circuitalg.tensor.convert import to_numpy

Array = Any


def in_metric(tensor: Array, gram: Array) -> Array:
    """A tensor in orthonormal coordinates: its squared norm is that of the function.

    Parameters
    ----------
    tensor
        Of shape (M, …, M): coefficients of products of M functions.
    gram
        Gram matrix (M, M) of the functions.

    Raises
    ------
    WeightError
        When the tensor does not hold finite numbers, the Gram matrix is not positive definite, or
        their shapes do not fit.
    """
    root = gram_root(gram)
    found = _finite(tensor)
    if set(found.shape) != {len(root)}:
        raise WeightError(
            f"the Gram matrix is for {len(root)} functions, and the tensor has shape {found.shape}"
        )
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
        Real or complex array with at least two axes, or nested lists.
    channels
        Number Z of pure tensors, at least 1.
    starts, sweeps, seed
        Random starts, rounds over the modes in each (both at least 1), and their seed.

    Returns
    -------
    The least squared error found (the infimum may be lower), and a factor (M_i, Z) for each mode.

    Raises
    ------
    ArgumentError, OptionError
        For a number that is not an integer, or too small.
    WeightError
        When the tensor holds something that is not a finite number, or has fewer than two axes.

    Examples
    --------
    >>> error, factors = fit_cp([[1, 0], [0, 1j]], channels=2)
    >>> error < 1e-20, [factor.shape for factor in factors]
    (True, [(2, 2), (2, 2)])
    """
    table = _finite(tensor)
    channels, seed = natural("channels", channels, 1), natural("seed", seed)
    starts, sweeps = natural("starts", starts, 1, 10**6), natural("sweeps", sweeps, 1, 10**6)
    if table.ndim < 2 or not table.size:
        raise WeightError(
            f"a CP model is fitted to an array of at least two modes, not of shape {table.shape}"
        )
    needed = 16 * channels * (table.size // min(table.shape) + sum(table.shape))
    check_bytes(needed, None, "this fit", "take fewer channels")
    draw = np.random.default_rng(seed)
    best: tuple[float, list[Array]] = (float("inf"), [])
    for _ in range(starts):
        factors = [draw.normal(size=(dim, channels)) for dim in table.shape]
        for _ in range(sweeps):
            for mode in range(table.ndim):
                others = khatri_rao([f for m, f in enumerate(factors) if m != mode])
                unfolded = np.moveaxis(table, mode, 0).reshape(len(factors[mode]), -1)
                factors[mode] = np.linalg.lstsq(others, unfolded.T, rcond=None)[0].T
        residual = table.reshape(-1) - khatri_rao(factors).sum(axis=1)
        error = float(np.vdot(residual, residual).real)
        best = min(best, (error, factors), key=lambda found: found[0])
    return best


def gram_root(gram: Any) -> Array:
    """Cᵀ for the Gram matrix C Cᵀ of functions.

    Raises
    ------
    WeightError
        When it is not real, symmetric and positive definite.
    """
    given = to_numpy(as_table(gram, "a Gram matrix"))
    try:
        table = given.astype(np.float64, casting="unsafe" if given.dtype == object else "same_kind")
        if table.ndim == 2 and np.allclose(table, table.T, rtol=1e-12, atol=0):
            return np.linalg.cholesky(table).T
    except (TypeError, ValueError, OverflowError, np.linalg.LinAlgError):
        pass
    raise WeightError("a Gram matrix is real, symmetric and positive definite")


def khatri_rao(factors: Sequence[Array]) -> Array:
    """Column by column, the tensor product of the factors' columns, flattened."""
    found = factors[0]
    for factor in factors[1:]:
        found = np.einsum("iz,jz->ijz", found, factor).reshape(-1, factor.shape[1])
    return found


def _finite(tensor: Any) -> Array:
    """The tensor in float64 or complex128."""
    table = to_numpy(as_table(tensor, "the tensor"))
    try:
        found = table.astype(complex if table.dtype.kind == "c" else float)
    except (TypeError, ValueError, OverflowError):
        raise WeightError("the tensor must hold real or complex numbers") from None
    if table.dtype.kind not in "iufcO" or not np.isfinite(found).all():
        raise WeightError("the tensor must hold finite numbers")
    return found
