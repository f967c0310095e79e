"""Values of a program on a grid, on packed integers."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator
from dataclasses import dataclass

from ..modular import pack, unpack


@dataclass(slots=True)
class Op:
    """One step of a program; its value has `width` channels and depends on the sides in `touch`.

    `leaf`: the vectors (k x width) of a row or column; else `mats`: a sum of matrices times the
    operands; else the product of the operands, channel by channel (1 without operands).
    """

    width: int
    touch: int  # bit 0: depends on the row, bit 1: on the column
    operands: list[int]
    leaf: list[list[int]] | None = None
    mats: list[list[list[int]]] | None = None


def combine(matrix: list[list[int]], packs: list[int], count: int) -> list[list[int]]:
    """Multiply a matrix and packed channels; sums stay below 2^63 (at most 2^15 terms of 2^48)."""
    return [unpack(sum(map(operator.mul, row, packs)), count) for row in matrix]


Channels = list[list[int]]


def flat_values(ops: list[Op], size: int, prime: int) -> list[Channels]:
    """Evaluate all steps that depend on one side at most, for all rows (or columns) at once."""
    values: list[Channels] = []

    def spread(channels: Channels, count: int) -> Channels:
        return [c * count if len(c) < count else c for c in channels]

    for op in ops:
        if op.touch == 3:
            values.append([])
            continue
        count = 1 if op.touch == 0 else size
        if op.leaf is not None:
            values.append([list(channel) for channel in zip(*op.leaf, strict=True)])
        elif op.mats is not None:
            packs: list[int] = []
            for o in op.operands:
                packs.extend(map(pack, spread(values[o], count)))
            wide = [list(itertools.chain(*rows)) for rows in zip(*op.mats, strict=True)]
            values.append([[x % prime for x in c] for c in combine(wide, packs, count)])
        else:
            result = [[1] * count for _ in range(op.width)]
            for o in op.operands:
                result = times(result, spread(values[o], count), prime)
            values.append(result)
    return values


def times(first: Channels, second: Channels, prime: int) -> Channels:
    """Multiply channel by channel."""
    return [
        [x * y % prime for x, y in zip(a, b, strict=True)]
        for a, b in zip(first, second, strict=True)
    ]


@dataclass(slots=True)
class Mixed:
    """A value in one row of the grid: `scale[g]` times `channels[g]`, a number for each column."""

    scale: list[int] | None
    channels: Channels
    packed: list[int] | None = None  # the channels, packed
    reduced: bool = False  # are the channels below the prime?


class Grid:
    """The values of a program on a size x size grid.

    What depends on one side is evaluated once, for all rows or columns.  The rest is evaluated row
    by row, for all columns at once; one scalar per channel is kept apart, so that a product of a
    row's and a column's value costs nothing per cell.
    """

    def __init__(self, ops: list[Op], size: int, prime: int) -> None:
        self.ops, self.size, self.prime = ops, size, prime
        self.flat = flat_values(ops, size, prime)
        self.values: dict[int, Mixed] = {}
        self.ones = pack([1] * size)
        self.columns: dict[
            int, Channels
        ] = {}  # of a mixed product: its column operands, multiplied
        self.packs: dict[int, list[int]] = {}  # of column operands of mixed sums; of `columns`
        for n, op in enumerate(ops):
            column = [o for o in op.operands if op.touch == 3 and ops[o].touch == 2]
            for o in column:
                if op.mats is not None:
                    self.packs[o] = self.packs.get(o) or [pack(c) for c in self.flat[o]]
                elif n in self.columns:
                    self.columns[n] = times(self.columns[n], self.flat[o], prime)
                else:
                    self.columns[n] = self.flat[o]
            if n in self.columns and all(ops[o].touch != 3 for o in op.operands):
                self.packs[n] = [pack(c) for c in self.columns[n]]

    def rows(self) -> Iterator[int]:
        """Yield the rows of the output's first channel, packed."""
        last, prime = len(self.ops) - 1, self.prime
        touch = self.ops[last].touch
        for a in range(self.size):
            if touch != 3:
                channel = self.flat[last][0]
                here = channel if touch == 2 else [channel[a if touch else 0]] * self.size
                yield pack(here)
                continue
            for n, op in enumerate(self.ops):
                if op.touch == 3:
                    self.values[n] = self.sum(op, a) if op.mats else self.product(n, op, a)
            value = self.values[last]
            factor = value.scale[0] if value.scale else 1
            yield pack([x * factor % prime for x in value.channels[0]])

    def row_values(self, o: int, a: int) -> list[int]:
        """Return an operand that does not depend on the column, in row a."""
        return [c[a if len(c) > 1 else 0] for c in self.flat[o]]

    def sum(self, op: Op, a: int) -> Mixed:
        """Add matrices times operands, in row a."""
        prime, sums = self.prime, [0] * op.width
        for matrix, o in zip(op.mats or [], op.operands, strict=True):
            if self.ops[o].touch < 2:
                vector = self.row_values(o, a)
                for g, row in enumerate(matrix):
                    sums[g] += sum(map(operator.mul, row, vector)) % prime * self.ones
                continue
            value = self.values[o] if o in self.values else Mixed(None, [], self.packs[o])
            packed = value.packed
            if packed is None:
                reduced = value.reduced
                packed = [pack(c if reduced else [x % prime for x in c]) for c in value.channels]
            for g, row in enumerate(matrix):
                if value.scale is not None:
                    row = [x * y % prime for x, y in zip(row, value.scale, strict=True)]
                sums[g] += sum(map(operator.mul, row, packed))
        return Mixed(None, [unpack(total, self.size) for total in sums])

    def product(self, n: int, op: Op, a: int) -> Mixed:
        """Multiply operands, in row a."""
        prime, scale = self.prime, [1] * op.width
        result = Mixed(scale, self.columns.get(n, []), self.packs.get(n), True)
        for o in op.operands:
            factors: list[int] | None = None
            if self.ops[o].touch < 2:
                factors = self.row_values(o, a)
            elif self.ops[o].touch == 3:
                value = self.values[o]
                factors = value.scale
                if result.channels:
                    channels = times(result.channels, value.channels, prime)
                    result = Mixed(scale, channels, None, True)
                else:
                    result = Mixed(scale, value.channels, value.packed, value.reduced)
            if factors is not None:
                scale = [x * y % prime for x, y in zip(scale, factors, strict=True)]
        result.scale = scale
        return result
