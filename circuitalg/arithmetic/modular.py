"""Rank, determinant and non-zero minors over GF(p).

Two routes give the same answers: FLINT for small matrices and for primes up to 2^63, and exact
float64 matrix products (``elimination``) for larger matrices modulo primes below 2^24, on NumPy or,
when the caller passes CuPy as ``xp``, on a GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from numbers import Rational
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from circuitalg.arithmetic import floatmod
from circuitalg.arithmetic.elimination import Elimination
from circuitalg.arithmetic.primes import check_modulus
from circuitalg.errors import ArgumentError, ModulusError
from circuitalg.integers import shown

if TYPE_CHECKING:
    import flint

MatrixLike = npt.NDArray[Any] | Sequence[Sequence[int | Rational]]

# Size at which float64 products take over. Median milliseconds of ``rank`` modulo 2^23 - 15 by
# floats | FLINT with its conversion: 64 x 64 1.4 | 1.1, 96 x 96 2.1 | 2.5, 128 x 128 3.1 | 4.4,
# 256 x 256 6.5 | 20, 1,024 x 1,024 60 | 440; 8 x 2,000 0.5 | 3.9, 64 x 1,024 2.2 | 18,
# 4,096 x 128 16 | 330. Where FLINT holds the matrix already, it is passed at 400 x 400.
_FLOAT_ENTRIES = 96 * 96


def rank(matrix: MatrixLike, p: int, *, xp: ModuleType | None = None) -> int:
    """Return the rank of a matrix modulo ``p``.

    Parameters
    ----------
    matrix
        Integers (or rationals whose denominators ``p`` does not divide): a NumPy array or nested
        sequences, any shape. With ``xp``, an integer array of that module.
    p
        A prime below 2^63.
    xp
        The array module (``cupy``) to compute with; ``p`` is then below 2^24.

    Raises
    ------
    ModulusError
        When ``p`` is not such a prime, or divides a denominator.

    Examples
    --------
    >>> rank([[1, 2], [2, 4]], 7), rank([[1, 2], [2, 4 + 7]], 7), rank([[1, 2], [2, 5]], 7)
    (1, 1, 2)
    """
    p = check_modulus(p)
    table = residues(matrix, p, xp=xp)
    if _by_floats(table, p, xp):
        array = xp or np
        return len(Elimination(floatmod.centred(table, p, array), p, array).pivots)
    return int(_flint(table, p).rank())


def determinant(matrix: MatrixLike, p: int, *, xp: ModuleType | None = None) -> int:
    """Return the determinant of a square matrix modulo ``p``, between 0 and p - 1.

    Parameters and errors are those of :func:`rank`; a matrix that is not square is a ValueError.

    Examples
    --------
    >>> determinant([[1, 2], [3, 4]], 101)
    99
    """
    p = check_modulus(p)
    table = residues(matrix, p, xp=xp)
    rows, columns = table.shape
    if rows != columns:
        raise ValueError(f"a determinant needs a square matrix, got {rows} x {columns}")
    if _by_floats(table, p, xp):
        array = xp or np
        done = Elimination(floatmod.centred(table, p, array), p, array, full=True)
        return done.determinant
    return int(_flint(table, p).det())


def nonzero_minor(
    matrix: MatrixLike, p: int, *, xp: ModuleType | None = None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return rows and columns, increasing, of a maximal non-singular minor modulo ``p``.

    Parameters and errors are those of :func:`rank`. A zero matrix gives two empty tuples.

    Examples
    --------
    >>> nonzero_minor([[0, 0, 0], [0, 0, 3], [0, 1, 3]], 5)
    ((1, 2), (1, 2))
    """
    p = check_modulus(p)
    table = residues(matrix, p, xp=xp)
    if _by_floats(table, p, xp):
        array = xp or np
        done = Elimination(floatmod.centred(table, p, array), p, array)
        return tuple(done.rows), tuple(done.pivots)
    columns = _pivots(_flint(table, p))
    rows = _pivots(_flint(table[:, columns].T, p))
    return tuple(rows), tuple(columns)


def residues(matrix: MatrixLike, p: int, *, xp: ModuleType | None = None) -> npt.NDArray[np.int64]:
    """Return a matrix of integers or rationals as an int64 array of residues 0..p-1.

    Parameters
    ----------
    matrix
        As in :func:`rank`.
    p
        A prime below 2^63; it is not checked here.
    xp
        The array module of the matrix and of the result; NumPy by default.

    Raises
    ------
    ModulusError
        When ``p`` divides a denominator.
    TypeError
        When an entry is not an exact number.
    ValueError
        When this is not a two-dimensional matrix.
    """
    array = xp or np
    table: Any = exact_table(matrix, xp=xp)
    if table.dtype.kind == "O":
        entries = [_residue(entry, p) for entry in table.ravel().tolist()]
        return np.array(entries, dtype=np.int64).reshape(table.shape)
    if table.dtype.kind == "u" and table.dtype.itemsize == 8:
        table = table % array.uint64(p)
    table = table.astype(array.int64, copy=False)
    if table.size and (int(table.min()) < 0 or int(table.max()) >= p):
        table = table % p
    return table


def exact_table(matrix: MatrixLike, *, xp: ModuleType | None = None) -> npt.NDArray[Any]:
    """Return a matrix as a two-dimensional array of integers, or of int and Fraction objects.

    Raises
    ------
    TypeError
        When an entry is not an exact number.
    ValueError
        When this is not a two-dimensional matrix.
    """
    table: Any = (xp or np).asarray(matrix) if hasattr(matrix, "dtype") else _object_array(matrix)
    if table.ndim != 2:
        raise ValueError(f"a matrix has two dimensions, got an array of shape {table.shape}")
    if table.dtype.kind not in "iuO":
        raise ArgumentError(
            f"exact arithmetic needs integers or Fractions, got numbers of type {table.dtype}; "
            "convert them first with ca.exact"
        )
    if table.dtype.kind == "O":
        for entry in table.ravel().tolist():
            if type(entry) is not int and not isinstance(entry, Rational):
                raise ArgumentError(
                    f"exact arithmetic needs integers or Fractions, got {shown(entry)}; convert it "
                    "first with ca.exact"
                )
    return table


def _object_array(matrix: Sequence[Sequence[Any]]) -> npt.NDArray[Any]:
    """Nested sequences as a matrix of objects, so that Python ints of any size survive."""
    rows = [list(row) for row in matrix]
    width = len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows):
        raise ValueError("the rows of a matrix have equal lengths, and these do not")
    table = np.empty((len(rows), width), dtype=object)
    for i, row in enumerate(rows):
        table[i] = row
    return table


def _residue(entry: int | Rational, p: int) -> int:
    if type(entry) is int:
        return entry % p
    denominator = int(entry.denominator)
    if denominator % p == 0:
        raise ModulusError(f"{p} divides the denominator of {entry}; use another prime")
    return int(entry.numerator) * pow(denominator, -1, p) % p


def _by_floats(table: npt.NDArray[Any], p: int, xp: ModuleType | None) -> bool:
    if xp is None:
        return p < floatmod.LIMIT and prod(table.shape) >= _FLOAT_ENTRIES
    if p >= floatmod.LIMIT:
        raise ModulusError(f"with an array module the prime must be below 2^24, got {p}")
    return prod(table.shape) > 0


def _flint(table: npt.NDArray[Any], p: int) -> flint.nmod_mat:
    """Hand a matrix to FLINT; the caller has proved that ``p`` is prime."""
    import flint

    rows, columns = table.shape
    return flint.nmod_mat(rows, columns, table.ravel().tolist(), p)


def _pivots(matrix: flint.nmod_mat) -> list[int]:
    """Columns of the leading ones of the reduced row echelon form."""
    reduced, found = matrix.rref()
    pivots: list[int] = []
    column = 0
    for row in range(found):
        while int(reduced[row, column]) == 0:
            column += 1
        pivots.append(column)
        column += 1
    return pivots
