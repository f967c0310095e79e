"""Rank, determinant and non-zero minors over the rationals (FLINT underneath)."""

from __future__ import annotations

from math import lcm, prod
from typing import TYPE_CHECKING, Any

from circuitalg.arithmetic import modular
from circuitalg.arithmetic.modular import MatrixLike
from circuitalg.arithmetic.primes import is_prime

if TYPE_CHECKING:
    from fractions import Fraction

    import flint
    import numpy.typing as npt


def rank(matrix: MatrixLike) -> int:
    """Return the rank over Q of a matrix of integers and Fractions.

    Parameters
    ----------
    matrix
        A NumPy array (integers, or objects) or nested sequences, any shape.

    Raises
    ------
    TypeError
        When an entry is a float or not a number: floats do not decide a rank.
    ValueError
        When this is not a two-dimensional matrix.

    Examples
    --------
    >>> from fractions import Fraction
    >>> rank([[1, Fraction(1, 2)], [2, 1]])
    1
    """
    table = modular.exact_table(matrix)
    rows, _ = _integer_rows(table)
    return int(_flint(rows, table.shape[1]).rank())


def determinant(matrix: MatrixLike) -> Fraction:
    """Return the determinant over Q of a square matrix of integers and Fractions.

    Parameters and errors are those of :func:`rank`; a matrix that is not square is a ValueError.

    Examples
    --------
    >>> from fractions import Fraction
    >>> determinant([[1, Fraction(1, 2)], [2, 3]])
    Fraction(2, 1)
    """
    from fractions import Fraction

    table = modular.exact_table(matrix)
    if table.shape[0] != table.shape[1]:
        raise ValueError(
            f"a determinant needs a square matrix, got {table.shape[0]} x {table.shape[1]}"
        )
    rows, scales = _integer_rows(table)
    return Fraction(int(_flint(rows, len(rows)).det()), prod(scales))


def nonzero_minor(matrix: MatrixLike) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return rows and columns, increasing, of a maximal non-singular minor over Q.

    A minor that is not 0 modulo a prime is not 0; one of size ``rank(matrix)`` modulo some prime is
    therefore maximal, and all but finitely many primes give one. Parameters and errors are those
    of :func:`rank`.

    Examples
    --------
    >>> nonzero_minor([[0, 0, 0], [0, 0, 3], [0, 1, 3]])
    ((1, 2), (1, 2))
    """
    table = modular.exact_table(matrix)
    rows, _ = _integer_rows(table)
    target = int(_flint(rows, table.shape[1]).rank())
    p = 2**62
    while True:
        p -= 1
        if is_prime(p):
            found = modular.nonzero_minor(rows, p)
            if len(found[0]) == target:
                return found


def _integer_rows(table: npt.NDArray[Any]) -> tuple[list[list[int]], list[int]]:
    """Scale each row to integers; return the rows and what they were multiplied by."""
    rows: list[list[int]] = []
    scales: list[int] = []
    for entries in table.tolist():
        scale = lcm(*(int(entry.denominator) for entry in entries))
        scales.append(scale)
        rows.append([int(entry * scale) for entry in entries])
    return rows, scales


def _flint(rows: list[list[int]], width: int) -> flint.fmpz_mat:
    import flint

    return flint.fmpz_mat(len(rows), width, [entry for row in rows for entry in row])
