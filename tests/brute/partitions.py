"""Partitions and the dimensions that belong to them, by counting; no hooks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import permutations
from math import comb, prod

Rows = tuple[int, ...]


def of(m: int) -> Iterator[Rows]:
    """All partitions of m: non-increasing positive numbers with this sum."""

    def parts(left: int, most: int) -> Iterator[Rows]:
        if left == 0:
            yield ()
        for row in range(1, min(left, most) + 1):
            for rest in parts(left - row, row):
                yield (row, *rest)

    return parts(m, m)


@cache
def tableaux(rows: Rows) -> int:
    """Standard tableaux: the largest number stands at the end of a row, in a corner."""
    if sum(rows) <= 1:
        return 1
    total = 0
    for i, row in enumerate(rows):
        if i + 1 == len(rows) or rows[i + 1] < row:
            left = (*rows[:i], row - 1, *rows[i + 1 :])
            total += tableaux(tuple(r for r in left if r))
    return total


@cache
def dimension(rows: Rows, n: int) -> int:
    """Of S_rows(k^n): the determinant of symmetric powers (Jacobi and Trudi), written out."""
    size = len(rows)
    total = 0
    for order in permutations(range(size)):
        inversions = sum(order[i] > order[j] for i in range(size) for j in range(i + 1, size))
        powers = [rows[i] - i + order[i] for i in range(size)]
        if min(powers) >= 0:
            total += (-1) ** inversions * prod(comb(n + k - 1, k) for k in powers)
    return total
