"""Lower bound where one leaf is alone on its side: the dimensions that reach it are counted (L11).

The rank is then the dimension of what all other leaves send to the one. Counted from them towards
it: a parameter that occurs once takes a space of dimension d to min(rows, d), any other loses at
most what its shape makes it lose, and products of spaces behind parameters that occur once are as
large as can be. No minor is computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import prod

from circuitalg import deadline
from circuitalg.circuit.graph import Matrix
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import SIDE_I, SIDE_J, Identity, Network, once

Chosen = list[tuple[int, int | Fraction]]
"""By row of a matrix, the column of its one entry that is not 0, and that entry."""

_NOTHING = (-1, 0)


@once
def span(block: Network) -> int:
    """The dimension that reaches the leaf that is alone on its side.

    Raises
    ------
    RuleError
        When no leaf is alone on its side, or where a product may vanish: two spaces meet behind
        matrices that are tied or fixed.
    """
    end = _alone(block)
    count = _Count(block)
    path = [end]
    while path[-1]:
        path.append(block.parents[path[-1]])
    on_path = set(path)
    for x in range(len(block) - 1, 0, -1):
        deadline.look()
        if x not in on_path:
            count.send(x, block.parents[x])
    for y, x in reversed([*pairwise(path)]):
        count.send(x, y)
    return count.sent[path[1]]


def _alone(block: Network) -> int:
    """The leaf that is alone on its side, the first of two."""
    leaves = [[v for v, side in enumerate(block.sides) if side == own] for own in (SIDE_I, SIDE_J)]
    alone = [of_side[0] for of_side in leaves if len(of_side) == 1]
    if alone:
        return min(alone)
    raise RuleError("a dimension count needs a leaf that is alone on its side")


class _Count:
    """Dimensions of the spaces at the variables, and of what their matrices make of them.

    ``sent[x]`` belongs to the matrix between x and the neighbour towards the end, ``at[x]`` to x.
    """

    def __init__(self, block: Network) -> None:
        self.block, self.children = block, block.children
        uses = Counter(block.labels)
        self.free = [uses[label] == 1 and block.fixed[label] is None for label in block.labels]
        self.at: dict[int, int] = {}
        self.sent: dict[int, int] = {}
        self.chosen: dict[tuple[int, tuple[int, int]], Chosen | None] = {}
        self.spread: dict[tuple[int, ...], bool] = {}

    def send(self, x: int, y: int) -> None:
        """Count what x sends to its neighbour y, those behind x having sent."""
        block, up = self.block, y == self.block.parents[x]
        matrix = x if up else y
        if not up and self._expands(x):
            others = [self.at[c] for c in self.children[x] if c != y]
            if x == 0 or not self.free[x]:
                raise RuleError(
                    f"a general core at variable {x} needs a parameter that occurs once"
                )
            found = min(block.dims[y], prod([self.at[block.parents[x]], *others]))
        else:
            here = self.at[x] = self._meet(x, y)
            if self.free[matrix]:
                found = min(block.dims[y], here)
            else:
                found = here - block.dims[x] + self._rank(matrix)
        if found < 1:
            raise RuleError(f"nothing is sure to pass the matrix above variable {matrix}")
        self.sent[x] = found

    def _meet(self, x: int, y: int) -> int:
        """The dimension at x of what its neighbours besides y send."""
        block, up = self.block, y == self.block.parents[x]
        if not self.children[x]:
            return block.dims[x]
        behind = [(c, c) for c in self.children[x] if c != y]
        if not up and x:
            behind.append((block.parents[x], x))
        sizes = [self.sent[n] for n, _ in behind]
        if len(sizes) < 2:
            return sizes[0] if sizes else 1
        if up and self._expands(x):
            return prod([self.at[c] for c in self.children[x]])
        other = [
            size for size, (_, matrix) in zip(sizes, behind, strict=True) if not self.free[matrix]
        ]
        if len(other) > 1:
            raise RuleError(f"at variable {x} spaces meet behind matrices that are tied or fixed")
        return other[0] if other else min(block.dims[x], prod(sizes))

    def _rank(self, matrix: int) -> int:
        """Rank of a matrix for almost all weights; a fixed one, if its columns are disjoint."""
        if self.block.fixed_part(matrix) is None:
            return min(self.block.shape(matrix))
        chosen = self._chosen(matrix)
        if chosen is None:
            raise RuleError(f"the fixed matrix above variable {matrix} has two entries in one row")
        return len({column for column, entry in chosen if entry})

    def _expands(self, x: int) -> bool:
        """Whether fixed matrices spread its children's channels over x, each tuple once."""
        block, children = self.block, self.children[x]
        if block.dims[x] != prod([block.dims[c] for c in children]):
            return False
        chosen = [self._chosen(c) for c in children]
        key = tuple(map(id, chosen))
        if key not in self.spread:
            self.spread[key] = _each_once(chosen)
        return self.spread[key]

    def _chosen(self, v: int) -> Chosen | None:
        """What each row of the fixed matrix above v reads; None for a parameter, or two entries."""
        block = self.block
        use = block.labels[v], block.shape(v)
        if use not in self.chosen:
            what, (rows, columns) = block.fixed_part(v), use[1]
            if isinstance(what, Identity):
                self.chosen[use] = [(r, 1) if r < columns else _NOTHING for r in range(rows)]
            else:
                self.chosen[use] = None if what is None else _single(what)
        return self.chosen[use]


def _single(matrix: Matrix) -> Chosen | None:
    """The one entry of each row that is not 0; None where a row has two."""
    chosen: Chosen = []
    for row in matrix:
        zeros = row.count(0)
        if zeros < len(row) - 1:
            return None
        entry = sum(row)
        chosen.append(_NOTHING if zeros == len(row) else (row.index(entry), entry))
    return chosen


def _each_once(chosen: Sequence[Chosen | None]) -> bool:
    """Whether each matrix reads one channel by row, and no two rows read the same ones."""
    rows: list[Chosen] = [entries for entries in chosen if entries is not None]
    if len(rows) < len(chosen) or any(entry != 1 for entries in rows for _, entry in entries):
        return False
    return len(set(zip(*rows, strict=True))) == len(rows[0])
