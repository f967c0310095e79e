"""Ranks modulo a prime, on packed integers."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Sequence

from .meter import Meter
from .read import Entry, Matrix, Refusal, as_int
from .schema import File


def is_prime(number: int) -> bool:
    """Trial division; enough below 2^24."""
    return number > 1 and all(number % d for d in range(2, math.isqrt(number) + 1))


def prime(value: object, what: str, file: File) -> int:
    """Read a prime of 3..2^24."""
    number = as_int(value, what, 3, (1 << 24) - 1)
    file.meter.spend(200_000)
    if not is_prime(number):
        raise Refusal(f"{what}, {number}, is not a prime.")
    return number


def residues(entries: Iterable[Entry], prime: int) -> list[int]:
    """Reduce exact numbers modulo a prime; their denominators must be units."""
    try:
        return [
            x % prime if type(x) is int else x.numerator * pow(x.denominator, -1, prime) % prime
            for x in entries
        ]
    except ValueError:
        raise Refusal(f"a denominator is divisible by the prime {prime}.") from None


def modulo(matrix: Matrix, prime: int) -> list[list[int]]:
    """Reduce a matrix of exact numbers modulo a prime."""
    return [residues(row, prime) for row in matrix]


def pack(values: Sequence[int]) -> int:
    """Write numbers below 2^64 into the 64-bit slots of one integer, the first lowest."""
    slots = array("Q", values)
    if sys.byteorder == "big":
        slots.byteswap()
    return int.from_bytes(slots.tobytes(), "little")


def unpack(packed: int, count: int) -> list[int]:
    """Read the slots of a packed integer."""
    slots = array("Q")
    slots.frombytes(packed.to_bytes(8 * count, "little"))
    if sys.byteorder == "big":
        slots.byteswap()
    return slots.tolist()


def packed_rank(rows: list[int], columns: int, prime: int, meter: Meter, *, stop: bool) -> int:
    """Return the rank modulo the prime p of packed rows with entries below 3 p.

    There are at least as many rows as columns, fewer than 2^16. A pivot row is reduced; the others
    grow by less than p^2 per column, below 2^64 in all.  With `stop`, a column without a pivot
    ends the elimination: the matrix is singular.
    """
    mask, rank = (1 << 64) - 1, 0
    for column in range(columns):
        meter.look()
        found = next((i for i, row in enumerate(rows) if (row & mask) % prime), -1)
        if found < 0:
            if stop:
                return rank
            rows = [row >> 64 for row in rows]
            continue
        rank += 1
        rows[found], rows[-1] = rows[-1], rows[found]
        pivot = [x % prime for x in unpack(rows.pop(), columns - column)]
        inverse = prime - pow(pivot[0], -1, prime)
        packed = pack(pivot)
        rows = [(row + (row & mask) * inverse % prime * packed) >> 64 for row in rows]
    return rank


def list_rank(rows: list[list[int]], prime: int, meter: Meter) -> int:
    """Return the rank modulo a prime, with as few columns as possible."""
    if len(rows) < len(rows[0]):
        rows = [list(column) for column in zip(*rows, strict=True)]
    columns = len(rows[0])
    meter.spend(len(rows) * columns * (5 * columns + 200))
    packed = [pack([x % prime for x in row]) for row in rows]
    return packed_rank(packed, columns, prime, meter, stop=False)
