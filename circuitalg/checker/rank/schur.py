"""U9: what commutes with the permutations of equal parts is block diagonal over partitions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from ..meter import Meter

Shape = tuple[int, ...]  # the rows of a partition, longest first
Row = tuple[int, tuple[int, int, int]]


def partitions(count: int, rows: int, longest: int) -> Iterator[Shape]:
    """Yield the partitions of `count` into at most `rows` parts, none above `longest`."""
    if count == 0:
        yield ()
        return
    for first in range(min(count, longest), (count - 1) // rows, -1):
        for rest in (
            partitions(count - first, rows - 1, first) if rows > 1 or first == count else ()
        ):
            yield first, *rest


def multiplicities(shape: Shape, spaces: tuple[int, ...], meter: Meter) -> tuple[int, ...]:
    """Return f, the number of standard tableaux, and dim S(k^n) for n of `spaces`, at least k.

    In (k^n) to the power m, as a representation of the permutations of the m factors, the
    irreducible one of the shape has dimension f = m! / prod hooks and occurs dim S(k^n) =
    prod (n + column - row) / prod hooks times.  Of k rows, prod hooks = prod l_i! / prod (l_i -
    l_j) over i < j, l_i being row i and the number of rows after it (Frobenius).
    """
    size = sum(shape)
    if len(shape) == 1:
        return 1, *(meter.multichoose(n, size) for n in spaces)
    for n in (size, *spaces):
        meter.spend(3000 * len(shape) ** 2 + size * (200 + size * n.bit_length() / 30))
    ends = [row + len(shape) - i for i, row in enumerate(shape, 1)]
    gaps = math.prod(a - b for a, b in itertools.combinations(ends, 2))
    hooks = math.prod(map(math.factorial, ends)) // gaps
    rows = [[math.perm(n - i + r - 1, r) for i, r in enumerate(shape)] for n in spaces]
    return tuple(count // hooks for count in (math.factorial(size), *map(math.prod, rows)))


def isotypic_rows(
    classes: list[tuple[int, tuple[int, int]]],
    rest: tuple[int, int, int],
    limit: int,
    meter: Meter,
) -> list[Row] | None:
    """Bound the rank of each block of a matrix at which equal parts meet; None beyond the limit.

    `classes` are (m, (p_I, p_J)): m equal parts, of rank at most p_s with the index of the variable
    counted on side s.  The matrix commutes with their permutations, so by Schur's lemma it is block
    diagonal over the choices of a partition for each class, the block of a choice occurring prod f
    times.  Parts of rank p contribute dim S(k^p) to it, whether all are counted on side I, on side
    J, or slice by slice (rank at most u = min(p_I, p_J)); `rest` has what else these three count.
    A row is (how often the block occurs, its three bounds).
    """
    tables, choices = [], 1
    for m, (p, q) in classes:
        u = min(p, q)
        found = list(itertools.islice(partitions(m, min(u, m), m), limit // choices + 1))
        choices *= len(found)
        meter.spend(5000 * len(found))
        if choices > limit:
            return None
        tables.append([multiplicities(shape, (p, q, u), meter) for shape in found])
    rows = []
    for choice in itertools.product(*tables):
        meter.spend(1000 * len(choice))
        times, *parts = map(meter.product, zip(*choice, strict=True))
        i, j, slices = (meter.product(pair) for pair in zip(rest, parts, strict=True))
        rows.append((times, (i, j, slices)))
    return rows
