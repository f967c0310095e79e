"""Linear algebra over GF(p) in float64: every number is an integer and every operation exact.

Residues are *centred*: integers of absolute value at most ``bound(p)`` = p // 2 + 2. A matrix
product of inner dimension n then stays below n · bound², which is exact while it is below 2^53;
longer products are cut into such pieces and reduced in between. The arithmetic is integer
arithmetic: no rounding ever happens, on CPU or GPU, in whatever order a BLAS adds.

``xp`` is the array module (NumPy, or CuPy when the caller holds CuPy arrays).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

# The array type of whichever module xp is.
Array = Any

LIMIT = 2**24
"""Moduli of this route are below it: then 127 products of residues fit between reductions."""

_EXACT = 2**53
# Reductions are cheapest in pieces that stay in the second-level cache: 4096 x 4096 float64 took
# 0.053 s whole and 0.023 s in pieces of 2^15 numbers.
_PIECE = 2**15
# Columns eliminated, and rows solved, one by one before matrix products take over: at 2048 x 2048,
# leaves of 8, 16, 32, 64 columns took 0.57, 0.45, 0.33, 0.37 s.
_LEAF = 32
_TRIANGLE = 32
# Rows of a product in one piece: at 4096 x 4096, 128, 256, 512 rows took 1.36, 1.39, 2.09 s. The
# buffer is allocated once: fresh pages for each piece made the whole elimination four times slower.
_ROWS = 256


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
    if x.ndim > 1 and not x.flags.c_contiguous:
        rows = max(1, _PIECE // max(1, x[0].size))
        for start in range(0, len(x), rows):
            _reduce_piece(x[start : start + rows], p)
        return x
    flat = x.reshape(-1)
    for start in range(0, flat.size, _PIECE):
        _reduce_piece(flat[start : start + _PIECE], p)
    return x


def _reduce_piece(x: np.ndarray, p: int) -> None:
    quotient = x * (1.0 / p)
    np.rint(quotient, out=quotient)
    quotient *= p
    x -= quotient


def centred(a: Array, p: int, xp: ModuleType = np) -> Array:
    """Return residues 0..p-1 (any dtype) as a new C-contiguous array of centred residues."""
    x = xp.array(a, dtype=xp.float64, order="C")
    x -= (x > p // 2) * float(p)
    return x


def canonical(x: Array, p: int, xp: ModuleType = np) -> Array:
    """Return centred residues as int64 residues 0..p-1."""
    return x.astype(xp.int64) % p


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
    """Replace the matrix ``c`` by c - a b modulo ``p``, in place, a block of rows at a time."""
    step, inner = inner_limit(p), a.shape[1]
    rows = min(_ROWS if xp is np else c.shape[0], c.shape[0])
    product = xp.empty((rows, c.shape[1]))
    for top in range(0, c.shape[0], max(1, rows)):
        block = c[top : top + rows]
        for start in range(0, inner, step):
            left = a[top : top + rows, start : start + step]
            xp.matmul(left, b[start : start + step], out=product[: len(block)])
            block -= product[: len(block)]
            reduce_in_place(block, p, xp)


class _MissingPivotError(Exception):
    """A column has no pivot, and the caller wants none to be missing."""


class Elimination:
    """Row echelon form modulo ``p`` of a matrix, in place, by recursion over its columns.

    Toledo's recursive LU ("Locality of reference in LU decomposition with partial pivoting", SIAM
    J. Matrix Anal. Appl. 18, 1997), with columns that have no pivot left out: nearly all work is
    matrix products.

    Parameters
    ----------
    a
        float64 matrix of centred residues; it is overwritten.
    p
        A prime below ``LIMIT``; it is not checked here.
    xp
        The array module of ``a``.
    full
        Stop at the first column without a pivot (enough for a determinant), with no pivots.

    Attributes
    ----------
    pivots
        The columns of a maximal non-singular minor, increasing.
    rows
        Its rows: the original numbers of the first ``len(pivots)`` rows after exchanges.
    determinant
        The determinant of that minor with its rows in the order ``rows``, times the sign of that
        exchange; for a square matrix of full rank, its determinant. 0 when stopped.
    """

    __slots__ = ("_a", "_full", "_order", "_p", "_xp", "determinant", "pivots", "rows")

    def __init__(self, a: Array, p: int, xp: ModuleType = np, *, full: bool = False) -> None:
        self._a, self._p, self._xp, self._full = a, p, xp, full
        self._order = list(range(a.shape[0]))
        self.determinant = 1
        self.pivots: list[int] = []
        try:
            self.pivots = self._columns(0, 0, a.shape[1])
        except _MissingPivotError:
            self.determinant = 0
        self.rows = self._order[: len(self.pivots)]

    def _columns(self, top: int, left: int, right: int) -> list[int]:
        """Eliminate columns left..right-1 below row ``top``; return those with a pivot."""
        a, p, xp = self._a, self._p, self._xp
        if top == a.shape[0] or left == right:
            return []
        if right - left <= _LEAF:
            return self._leaf(top, left, right)
        middle = (left + right) // 2
        pivots = self._columns(top, left, middle)
        below = top + len(pivots)
        if pivots:
            # A slice is a view, a list of columns a copy.
            whole = pivots[-1] - pivots[0] + 1 == len(pivots)
            chosen: Any = slice(pivots[0], pivots[-1] + 1) if whole else pivots
            _solve_unit_lower(a[top:below, chosen], a[top:below, middle:right], p, xp)
            subtract_product(
                a[below:, middle:right], a[below:, chosen], a[top:below, middle:right], p, xp
            )
        return pivots + self._columns(below, middle, right)

    def _leaf(self, top: int, left: int, right: int) -> list[int]:
        """Eliminate a few columns one by one; the multipliers replace the eliminated entries."""
        a, p, xp = self._a, self._p, self._xp
        panel = xp.ascontiguousarray(a[top:, left:right].T)
        order = list(range(panel.shape[1]))
        pivots: list[int] = []
        for j in range(panel.shape[0]):
            # Updates are not reduced until a column's own turn: at most _LEAF products pile up.
            reduce_in_place(panel[j], p, xp)
            row = len(pivots)
            if row == panel.shape[1]:
                continue
            found = row + int((panel[j, row:] != 0).argmax())
            pivot = int(panel[j, found])
            if pivot == 0:
                if self._full:
                    raise _MissingPivotError
                continue
            if found != row:
                panel[:, [row, found]] = panel[:, [found, row]]
                order[row], order[found] = order[found], order[row]
                self.determinant = -self.determinant
            self.determinant = self.determinant * pivot % p
            pivots.append(left + j)
            inverse = pow(pivot, -1, p)
            tail = panel[j, row + 1 :]
            tail *= inverse - p if inverse > p // 2 else inverse
            reduce_in_place(tail, p, xp)
            reduce_in_place(panel[j + 1 :, row], p, xp)
            for column in range(j + 1, panel.shape[0]):
                panel[column, row + 1 :] -= panel[column, row] * tail
        self._exchange(top, order)
        a[top:, left:right] = panel.T
        return pivots

    def _exchange(self, top: int, order: list[int]) -> None:
        """Give the other columns, and the row numbers, the exchanges made inside a leaf."""
        moved = [i for i, source in enumerate(order) if i != source]
        if not moved:
            return
        targets = [top + i for i in moved]
        sources = [top + order[i] for i in moved]
        self._a[targets] = self._a[sources]
        numbers = [self._order[i] for i in sources]
        for target, number in zip(targets, numbers, strict=True):
            self._order[target] = number


def _solve_unit_lower(lower: Array, b: Array, p: int, xp: ModuleType) -> None:
    """Replace ``b`` by L⁻¹ b modulo ``p``, reading only what is below the diagonal of ``lower``."""
    size = lower.shape[0]
    if size > _TRIANGLE:
        half = size // 2
        _solve_unit_lower(lower[:half, :half], b[:half], p, xp)
        subtract_product(b[half:], lower[half:, :half], b[:half], p, xp)
        _solve_unit_lower(lower[half:, half:], b[half:], p, xp)
        return
    for i in range(size):
        # At most _TRIANGLE products pile up before a row's own turn.
        reduce_in_place(b[i], p, xp)
        if i + 1 < size:
            b[i + 1 :] -= xp.matmul(lower[i + 1 :, i : i + 1], b[i : i + 1])
