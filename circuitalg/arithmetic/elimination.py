"""Gaussian elimination over GF(p) in float64: every number an integer, every operation exact.

The residues are centred and the products are those of ``floatmod``, where it is shown why
no rounding ever happens. What is added here: a matrix is reduced again before it enters a product,
and a small block, which is not, piles up at most ``_LEAF`` products on a residue.

What it gains (docs/performance.md): the rank of a random 4,096 x 4,096 matrix takes 1.0 s, FLINT's
``nmod_mat`` without its conversion 7.5 s; 1,024 x 1,024 0.054 s and 0.16 s.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from circuitalg import deadline, threads
from circuitalg.arithmetic.floatmod import (
    Array,
    inner_limit,
    matmul_mod,
    reduce_in_place,
    subtract_product,
)
from circuitalg.errors import ModulusError

# Columns eliminated one by one in a small block before matrix products take over: at 4,096 x 4,096,
# blocks of 32 to 128 columns took the same time within noise.
_LEAF = 64
# Columns after which the whole rest of the matrix is reduced, where the modulus allows that many.
# At 4,096 x 4,096 and one thread, 0.76 of 1.1 s are matrix products (0.58 s at dgemm's best rate),
# 0.2 s the reductions of the rest, 0.07 s the small blocks. Modulo 2^22 - 3 panels of 2,048 columns
# save 5% in all, not worth a prime with twice the chance of bad luck; panels of 256 lose 8%.
_PANEL = 512


class _MissingPivotError(Exception):
    """A column has no pivot, and the caller needs one in every column."""


class Elimination:
    """Echelon form modulo ``p`` of a matrix, in place, nearly all of it matrix products.

    Panels of as many columns as one exact product allows are eliminated by halves (Toledo,
    "Locality of reference in LU decomposition with partial pivoting", SIAM J. Matrix Anal. Appl.
    18, 1997), so the rest of the matrix is reduced once for each panel. Over a field any non-zero
    pivot is as good as another, so the pivots of a few columns are taken from a small block of
    rows, and the rows below follow by one product with the inverse of its triangle. Columns that
    get no pivot there look further down for rows that are not yet zero in them: each such block
    has a pivot, and a column without any is zero below.

    Afterwards, with r pivots, row i < r of ``a`` has its pivot in the column where all rows below
    hold its multiplier; the first r rows and the pivots' columns are an LU decomposition of the
    minor, and the Schur complement, below row r in all other columns, is zero.

    Parameters
    ----------
    a
        float64 matrix of centred residues; it is overwritten.
    p
        A prime below ``floatmod.LIMIT``; that it is prime is not checked here.
    xp
        The array module of ``a``.
    full
        Stop at the first column without a pivot (enough for a determinant), with no pivots.

    Attributes
    ----------
    pivots
        The columns of a maximal non-singular minor, increasing.
    rows
        Its rows, increasing.
    determinant
        Its determinant, between 0 and p - 1; 1 where the minor is empty, 0 when stopped.

    Raises
    ------
    ModulusError
        When ``p`` is too large for exact products.
    OutOfTimeError
        When a limit of ``circuitalg.deadline`` is reached.
    """

    __slots__ = (
        "_a",
        "_blocks",
        "_full",
        "_order",
        "_p",
        "_product",
        "_taken",
        "_xp",
        "determinant",
        "pivots",
        "rows",
    )

    def __init__(self, a: Array, p: int, xp: ModuleType = np, *, full: bool = False) -> None:
        if inner_limit(p) < _LEAF:
            raise ModulusError(
                f"float64 products modulo {p} are not exact; take a prime below 2^24"
            )
        self._a, self._p, self._xp, self._full = a, p, xp, full
        # The original number of each row, and the pivot's column of each of the first rows.
        self._order = list(range(a.shape[0]))
        self._taken: list[int] = []
        self._product = 1
        # Rows whose pivots were found together: the first of them, and the inverse of their L.
        self._blocks: list[tuple[int, Array]] = []
        try:
            with threads.single_blas():
                self._columns(0, a.shape[1])
        except _MissingPivotError:
            self._taken, self._product = [], 0
        rows = self._order[: len(self._taken)]
        self.determinant = self._product * _sign(rows) * _sign(self._taken) % p
        self.pivots, self.rows = sorted(self._taken), sorted(rows)

    def _columns(self, left: int, right: int) -> None:
        """Eliminate columns left..right-1 of the rows that have no pivot yet."""
        if right - left <= _LEAF:
            self._leaf(range(left, right))
            return
        top, first = len(self._taken), len(self._blocks)
        panel = min(_PANEL, inner_limit(self._p))
        middle = left + (panel if right - left > panel else (right - left) // 2)
        self._columns(left, middle)
        below = len(self._taken)
        if below > top:
            a = self._a
            self._solve(self._blocks[first:], middle, right)
            multipliers = a[below:, self._pivot_columns(top, below)]
            subtract_product(
                a[below:, middle:right], multipliers, a[top:below, middle:right], self._p, self._xp
            )
        self._columns(middle, right)

    def _pivot_columns(self, top: int, below: int) -> Any:
        return _as_slice(self._taken[top:below])

    def _solve(self, blocks: list[tuple[int, Array]], left: int, right: int) -> None:
        """Multiply the rows of the blocks, in columns left..right-1, by the inverse of their L."""
        a, p, xp = self._a, self._p, self._xp
        top, inverse = blocks[0]
        if len(blocks) == 1:
            rows = a[top : top + len(inverse), left:right]
            rows[...] = matmul_mod(inverse, rows, p, xp)
            return
        half = len(blocks) // 2
        middle = blocks[half][0]
        end = blocks[-1][0] + len(blocks[-1][1])
        self._solve(blocks[:half], left, right)
        multipliers = a[middle:end, self._pivot_columns(top, middle)]
        subtract_product(a[middle:end, left:right], multipliers, a[top:middle, left:right], p, xp)
        self._solve(blocks[half:], left, right)

    def _leaf(self, columns: range) -> None:
        """Find the pivots of a few columns, block of rows after block of rows."""
        deadline.look()
        left = list(columns)
        height = min(len(left), self._a.shape[0] - len(self._taken))
        while left and height:
            left = self._block(left, height)
            height = self._raise_rows(left) if left else 0
        if left and self._full:
            raise _MissingPivotError

    def _block(self, columns: list[int], height: int) -> list[int]:
        """Take the pivots of the next ``height`` rows; return the columns that got none."""
        a, p, xp = self._a, self._p, self._xp
        top = len(self._taken)
        where = _as_slice(columns)
        small = _Small(_to_host(a[top : top + height, where], xp), p)
        found = small.pivots
        if not found:
            return columns
        rest = sorted(set(range(len(columns))) - set(found))
        pivots, others = [columns[i] for i in found], [columns[i] for i in rest]
        self._exchange([top + i for i in range(height)], [top + i for i in small.order])
        a[top : top + height, where] = xp.asarray(small.values)
        lower, upper = small.inverses()
        self._blocks.append((top, xp.asarray(lower)))
        self._taken += pivots
        self._product = self._product * small.product % p
        below = top + height
        if below < a.shape[0]:
            taken = _as_slice(pivots)
            multipliers = matmul_mod(a[below:, taken], xp.asarray(upper), p, xp)
            a[below:, taken] = multipliers
            if others:
                free = _as_slice(others)
                schur = xp.ascontiguousarray(a[below:, free])
                row_part = xp.asarray(small.values[: len(found), rest])
                subtract_product(schur, multipliers, row_part, p, xp)
                a[below:, free] = schur
        return others

    def _raise_rows(self, columns: list[int]) -> int:
        """Bring up rows that are not zero in these columns; return how many, twice the columns."""
        top = len(self._taken)
        nonzero = (self._a[top:, _as_slice(columns)] != 0).any(axis=1)
        chosen = [top + int(i) for i in self._xp.flatnonzero(nonzero)[: 2 * len(columns)]]
        content: dict[int, int] = {}
        for target, source in enumerate(chosen, top):
            content[target], content[source] = source, content.get(target, target)
        self._exchange(list(content), list(content.values()))
        return len(chosen)

    def _exchange(self, targets: list[int], sources: list[int]) -> None:
        """Put the rows ``sources``, a permutation of ``targets``, in their places."""
        pairs = [(t, s) for t, s in zip(targets, sources, strict=True) if t != s]
        if pairs:
            to, of = [t for t, _ in pairs], [s for _, s in pairs]
            self._a[to] = self._a[of]
            numbers = [self._order[s] for s in of]
            for target, number in zip(to, numbers, strict=True):
                self._order[target] = number


class _Small:
    """Elimination of a small block on the CPU, column by column.

    Attributes
    ----------
    values
        The block after elimination, its rows in ``order``: U in the first rows, multipliers of L in
        the pivots' columns below their pivot, zeros below the first rows in all other columns.
    order
        The number of each row.
    pivots
        The columns with a pivot, increasing.
    product
        The product of the pivots, modulo p.
    """

    __slots__ = ("_inverted", "_p", "order", "pivots", "product", "values")

    def __init__(self, block: np.ndarray, p: int) -> None:
        self.values, self._p = block, p
        self.order = list(range(len(block)))
        self.pivots: list[int] = []
        self.product = 1
        self._inverted: list[int] = []
        for j in range(block.shape[1]):
            # Updates are not reduced until a column's own turn: at most _LEAF products pile up.
            row = len(self.pivots)
            if row == len(block):
                break
            column = block[row:, j]
            reduce_in_place(column, p)
            pivot = int(column[0])
            if pivot == 0:
                found = row + int((column != 0).argmax())
                pivot = int(block[found, j])
                if pivot == 0:
                    continue
                block[[row, found]] = block[[found, row]]
                self.order[row], self.order[found] = self.order[found], self.order[row]
            inverse = pow(pivot, -1, p)
            self.pivots.append(j)
            self._inverted.append(inverse - p if inverse > p // 2 else inverse)
            self.product = self.product * pivot % p
            across, below = block[row, j + 1 :], block[row + 1 :, j]
            reduce_in_place(across, p)
            below *= self._inverted[-1]
            reduce_in_place(below, p)
            block[row + 1 :, j + 1 :] -= below[:, None] * across

    def inverses(self) -> tuple[np.ndarray, np.ndarray]:
        """Inverses of L and of U of the pivots' minor, as centred residues."""
        p, size = self._p, len(self.pivots)
        minor = self.values[:size, self.pivots]
        inverted = np.array(self._inverted, dtype=np.float64)
        # U = D V with V's diagonal 1; L and the transpose of V are inverted together.
        v = reduce_in_place(inverted[:, None] * minor, p)
        lower, turned = _inverse_unit_lower(np.stack([minor, v.T]), p)
        return lower, reduce_in_place(turned.T * inverted, p)


def _inverse_unit_lower(matrices: np.ndarray, p: int) -> np.ndarray:
    """Inverses of unit lower triangular matrices; only what is below their diagonals is read.

    By doubling: the inverse of [[A, 0], [B, C]] is [[A⁻¹, 0], [-C⁻¹ B A⁻¹, C⁻¹]].
    """
    count, size, _ = matrices.shape
    full = 1 << (size - 1).bit_length()
    x = np.zeros((count, full, full))
    x[:, :size, :size] = np.tril(matrices, -1)
    x[:, range(full), range(full)] = 1
    half = 1
    while half < full:
        parts = full // (2 * half)
        each = np.arange(parts)
        tiles = x.reshape(count, parts, 2 * half, parts, 2 * half)
        blocks = tiles[:, each, :, each, :]
        product = matmul_mod(blocks[..., half:, :half], blocks[..., :half, :half], p)
        blocks[..., half:, :half] = -matmul_mod(blocks[..., half:, half:], product, p)
        tiles[:, each, :, each, :] = blocks
        half *= 2
    return x[:, :size, :size]


def _to_host(block: Array, xp: ModuleType) -> np.ndarray:
    """Copy a block into a NumPy array."""
    return np.array(block if xp is np else xp.asnumpy(block), order="C")


def _as_slice(numbers: list[int]) -> Any:
    """The same selection as a slice, where the numbers are consecutive; slices are views."""
    if numbers and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return slice(numbers[0], numbers[-1] + 1)
    return numbers


def _sign(numbers: list[int]) -> int:
    """The sign of the permutation that sorts distinct numbers."""
    order = np.argsort(np.array(numbers, dtype=np.int64)).tolist()
    sign = 1
    for i in range(len(order)):
        while order[i] != i:
            target = order[i]
            order[i], order[target] = order[target], target
            sign = -sign
    return sign
