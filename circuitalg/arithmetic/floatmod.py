"""Linear algebra over GF(p) in float64: every number is an integer and every operation exact.

Residues are *centred*: integers of absolute value at most ``bound(p)`` = p // 2 + 2. A matrix
product of inner dimension n then stays below n · bound², which is exact while it is below 2^53;
longer products are cut into such pieces and reduced in between. The arithmetic is integer
arithmetic: no rounding ever happens, on CPU or GPU, in whatever order a BLAS adds.

``xp`` is the array module (NumPy, or CuPy when the caller holds CuPy arrays).
"""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from circuitalg import threads

# The array type of whichever module xp is.
Array = Any

LIMIT = 2**24
"""Moduli of this route are below it: then 127 products of residues fit between reductions."""

_EXACT = 2**53
# Reductions are cheapest in pieces that stay in the second-level cache: 4096 x 4096 float64 took
# 0.053 s whole and 0.023 s in pieces of 2^15 numbers.
_PIECE = 2**15
# Below this size the temporaries cost less than the pieces.
_SMALL = 2**12
# Rows of a product in one piece: 4,096 x 511 x 3,585 took 0.25, 0.24, 0.23, 0.24 s by 128, 256,
# 512, 1,024 rows with its reductions (0.19 s without); pieces of 512 columns took 0.29 s.
_ROWS = 256
# Operations above which a product is shared out among threads, which cost 0.2 ms to start.
_SHARED = 2**26


def bound(p: int) -> int:
    """Return the largest absolute value of a centred residue modulo ``p``."""
    return p // 2 + 2


def inner_limit(p: int) -> int:
    """Return how many products of centred residues, plus one residue, sum exactly in float64."""
    # 2 p is taken off so that the multiple of p subtracted by a reduction is exact as well.
    return (_EXACT - 2 * p) // bound(p) ** 2 - 1


def reduce_in_place(x: Array, p: int, xp: ModuleType = np) -> Array:
    """Replace integers of absolute value at most 2^53 - 2p by their centred residues.

    The quotient x/p is below 2^53/p and computed within 2^-50 of its size, so rounding it gives
    the nearest multiple of p up to one near a tie; the residue is at most p/2 + 2.
    """
    if xp is not np:
        x -= xp.rint(x * (1.0 / p)) * p
        return x
    if x.size <= _SMALL:
        x -= np.rint(x * (1.0 / p)) * p
        return x
    if x.ndim > 1 and not x.flags.c_contiguous:
        rows = max(1, _PIECE // max(1, x[0].size))
        scratch = np.empty((min(rows, len(x)), *x.shape[1:]))
        for start in range(0, len(x), rows):
            _reduce_piece(x[start : start + rows], p, scratch)
        return x
    flat = x.reshape(-1)
    scratch = np.empty(min(_PIECE, flat.size))
    for start in range(0, flat.size, _PIECE):
        _reduce_piece(flat[start : start + _PIECE], p, scratch)
    return x


def _reduce_piece(x: np.ndarray, p: int, scratch: np.ndarray) -> None:
    quotient = scratch[: len(x)]
    np.multiply(x, 1.0 / p, out=quotient)
    np.rint(quotient, out=quotient)
    quotient *= p
    x -= quotient


def centred(a: Array, p: int, xp: ModuleType = np) -> Array:
    """Return residues 0..p-1 (any dtype) as a new C-contiguous array of centred residues."""
    x = xp.array(a, dtype=xp.float64, order="C")
    flat = x.reshape(-1)
    # In pieces, as reductions are: 4096 x 4096 took 0.34 s whole.
    step = _PIECE if xp is np else max(1, flat.size)
    for start in range(0, flat.size, step):
        piece = flat[start : start + step]
        piece -= (piece > p // 2) * float(p)
    return x


def canonical(x: Array, p: int, xp: ModuleType = np) -> Array:
    """Return centred residues as int64 residues 0..p-1."""
    whole = x.astype(xp.int64)
    if p < 5:  # there -bound(p) + p is negative
        return whole % p
    # A mask is 3 times as fast as an integer remainder.
    whole += (whole < 0) * p
    return whole


def matmul_mod(a: Array, b: Array, p: int, xp: ModuleType = np) -> Array:
    """Return the product modulo ``p`` of two matrices (or stacks of matrices) of centred residues.

    Parameters
    ----------
    a, b
        float64 arrays of centred residues, of shapes (..., n, k) and (..., k, m).
    p
        A modulus below ``LIMIT``; it is not checked here.
    xp
        The array module of ``a`` and ``b``.

    Returns
    -------
    A float64 array (..., n, m) of centred residues.
    """
    step, inner = inner_limit(p), a.shape[-1]
    result = xp.matmul(a[..., :step], b[..., :step, :])
    for start in range(step, inner, step):
        reduce_in_place(result, p, xp)
        result += xp.matmul(a[..., start : start + step], b[..., start : start + step, :])
    return reduce_in_place(result, p, xp)


def subtract_product(c: Array, a: Array, b: Array, p: int, xp: ModuleType = np) -> None:
    """Replace the matrix ``c`` by c - a b modulo ``p``, in place, a block of rows at a time.

    Large ones are shared out by rows among threads.
    """
    if xp is not np or c.size * a.shape[1] < _SHARED:
        _subtract_product(c, a, b, p, xp)
        return
    shares = min(threads.count(), -(-len(c) // _ROWS))
    edges = [len(c) * k // shares for k in range(shares + 1)]

    def work(share: tuple[int, int]) -> None:
        low, high = share
        _subtract_product(c[low:high], a[low:high], b, p, xp)

    threads.each(work, list(pairwise(edges)))


def _subtract_product(c: Array, a: Array, b: Array, p: int, xp: ModuleType) -> None:
    step, inner = inner_limit(p), a.shape[1]
    rows = min(_ROWS if xp is np else c.shape[0], c.shape[0])
    product = xp.empty((rows, c.shape[1]))
    for top in range(0, c.shape[0], max(1, rows)):
        block = c[top : top + rows]
        part = product[: len(block)]
        for start in range(0, inner, step):
            left = a[top : top + rows, start : start + step]
            xp.matmul(left, b[start : start + step], out=part)
            _subtract(block, part, p, xp)


def _subtract(x: Array, y: Array, p: int, xp: ModuleType) -> None:
    """Replace the matrix ``x`` by x - y, reduced piece by piece; ``y`` is overwritten."""
    if xp is not np:
        x -= y
        reduce_in_place(x, p, xp)
        return
    rows = max(1, _PIECE // max(1, x.shape[1]))
    for start in range(0, len(x), rows):
        piece, other = x[start : start + rows], y[start : start + rows]
        piece -= other
        _reduce_piece(piece, p, other)
