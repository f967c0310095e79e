"""Dimensions by Schur's lemma, for the isotypic bound (U9).

What m equal factors send commutes with the permutations of their m places. Over a field of
characteristic 0 the m-th power of k^n is the direct sum over the partitions λ of m of
S_λ(k^n) ⊗ (the Specht module of λ), of dimensions s_λ(n) and f^λ; an equivariant map is a block for
each λ, f^λ times (Fulton and Harris, Representation Theory, Lectures 4 and 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, islice, product
from math import comb, factorial, perm, prod
from typing import NamedTuple

from circuitalg import deadline

Way = tuple[int, Sequence[int]]
"""A factor, and for each class the dimension n of the space whose m-th power is split."""


class Partition(NamedTuple):
    """A partition of m: its rows, the product of its hooks, and f^λ = m! / hooks."""

    rows: tuple[int, ...]
    hooks: int
    tableaux: int

    def dimension(self, n: int) -> int:
        """s_λ(n), the dimension of S_λ(k^n); n is at least the number of rows."""
        if len(self.rows) == 1:
            return comb(n + self.rows[0] - 1, self.rows[0])
        contents = prod(perm(n - i + row - 1, row) for i, row in enumerate(self.rows))
        return contents // self.hooks


Choice = tuple[Partition, ...]


def choices(classes: Sequence[tuple[int, int]], limit: int) -> list[Choice]:
    """A partition of m into at most u parts for each (m, u); empty for more than ``limit``."""
    found = []
    count = 1
    for m, parts in classes:
        found.append(_partitions(m, min(m, parts), limit + 1))
        count *= len(found[-1])
        if count > limit:
            return []
    return list(product(*found))


def isotypic_bound(chosen: Sequence[Choice], ways: Sequence[Way]) -> int:
    """Σ Π f^λ times the smallest of the ways to bound how often the block of λ occurs."""
    total = 0
    for shapes in chosen:
        deadline.look()
        least = min(
            factor * prod([shape.dimension(n) for shape, n in zip(shapes, sizes, strict=True)])
            for factor, sizes in ways
        )
        total += least * prod([shape.tableaux for shape in shapes])
    return total


@lru_cache(maxsize=256)
def _partitions(m: int, parts: int, most: int) -> tuple[Partition, ...]:
    """The first ``most`` partitions of m into at most so many parts, long rows first."""
    return tuple(_measured(rows) for rows in islice(_rows(m, m, parts), most))


def _rows(m: int, longest: int, parts: int) -> Iterator[tuple[int, ...]]:
    if m == 0:
        yield ()
    elif parts:
        for row in range(min(m, longest), -(-m // parts) - 1, -1):
            for rest in _rows(m - row, row, parts - 1):
                yield row, *rest


def _measured(rows: tuple[int, ...]) -> Partition:
    """The hooks by Frobenius' formula: Π l_i! / Π (l_i − l_j), l_i = λ_i + (rows below row i)."""
    if len(rows) == 1:
        return Partition(rows, factorial(rows[0]), 1)
    lengths = [row + below for below, row in enumerate(reversed(rows))]
    hooks = prod(map(factorial, lengths))
    for shorter, longer in combinations(lengths, 2):
        hooks //= longer - shorter
    return Partition(rows, hooks, factorial(sum(rows)) // hooks)
