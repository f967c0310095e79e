"""Systems of paths between the sides, all of them, and the matrices that each asks for (L1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement, product
from math import prod
from typing import Any

import numpy as np

from brute import rank
from brute.networks import SIDE_I, SIDE_J, fixed_matrix, matricization

Path = tuple[int, int, int]
"""A leaf of side I, a leaf of side J, a base."""


def systems(network: Any, most: int, bases: Sequence[int] = (2, 3)) -> Iterator[tuple[Path, ...]]:
    """Every system of up to ``most`` paths that fits the dimensions, in one order."""
    ends = [[v for v, s in enumerate(network.sides) if s == side] for side in (SIDE_I, SIDE_J)]
    choices = list(product(*ends, bases))
    for count in range(most + 1):
        for paths in combinations_with_replacement(choices, count):
            if fits(network, paths):
                yield paths


def through(network: Any, path: Path) -> set[int]:
    """The variables on the tree path between the two leaves."""

    def ancestors(v: int) -> list[int]:
        return [v] if network.parents[v] < 0 else [v, *ancestors(network.parents[v])]

    first, second = ancestors(path[0]), ancestors(path[1])
    common = [v for v in first if v in second]
    return {v for v in first + second if v not in common} | {common[0]}


def fits(network: Any, paths: Sequence[Path]) -> bool:
    """Whether no variable carries more than its dimension."""
    return all(
        prod(path[2] for path in paths if v in through(network, path)) <= dim
        for v, dim in enumerate(network.dims)
    )


def matrices(network: Any, paths: Sequence[Path]) -> list[np.ndarray]:
    """The matrix above each variable: 1 where the digits of all common paths agree.

    A value of a variable is a number whose digits stand in the order of the paths through it, the
    first slowest; larger values stand for nothing.
    """
    carried = [
        [n for n, path in enumerate(paths) if v in through(network, path)]
        for v in range(len(network.dims))
    ]
    values = [list(product(*[range(paths[n][2]) for n in numbers])) for numbers in carried]
    found = [np.zeros((0, 0), dtype=np.int64)]
    for v in range(1, len(network.dims)):
        y = network.parents[v]
        table = np.zeros((network.dims[y], network.dims[v]), dtype=np.int64)
        for row, above in enumerate(values[y]):
            for column, below in enumerate(values[v]):
                one, two = (
                    dict(zip(carried[y], above, strict=True)),
                    dict(zip(carried[v], below, strict=True)),
                )
                table[row, column] = all(one[n] == two[n] for n in one.keys() & two.keys())
        found.append(table)
    return found


def is_a_point(network: Any, tables: Sequence[np.ndarray]) -> bool:
    """Whether tied matrices are equal and fixed ones are what they are."""
    first: dict[int, np.ndarray] = {}
    for v in range(1, len(network.dims)):
        fixed = fixed_matrix(network, v)
        wanted = first.setdefault(network.labels[v], tables[v]) if fixed is None else fixed
        if not np.array_equal(wanted, tables[v]):
            return False
    return True


def rank_of(network: Any, paths: Sequence[Path]) -> int | None:
    """The rank at the matrices that the paths ask for; None where they are no point."""
    tables = matrices(network, paths)
    if not fits(network, paths) or not is_a_point(network, tables):
        return None
    return rank(matricization(network, tables))
