"""`Bipartition`: the locations in two non-empty sides I and J."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from circuitalg.circuit.node import natural_number
from circuitalg.errors import BipartitionError, CircuitError


@dataclass(frozen=True, slots=True)
class Bipartition:
    """Locations 0 to N − 1 split into I (rows of the matricization) and J (columns).

    Attributes
    ----------
    sides : by location, 0 for I and 1 for J.
    I, J : the locations of each side, increasing.

    Raises
    ------
    BipartitionError
        When a side is empty, or (from the constructors) a location is missing, repeated or not
        among 0 to N − 1.
    """

    sides: bytes
    I: tuple[int, ...] = field(init=False, repr=False, compare=False)  # noqa: E741
    J: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sides: Any = self.sides
        if type(sides) is not bytes or sides.strip(b"\x00\x01"):
            raise BipartitionError(
                "the sides must be bytes of 0 (for I) and 1 (for J), by location"
            )
        for name, side in (("I", 0), ("J", 1)):
            if side not in self.sides:
                raise BipartitionError(
                    f"the side {name} is empty; both sides of a bipartition of "
                    f"{len(self.sides)} locations need at least one"
                )
            found = tuple([i for i, s in enumerate(self.sides) if s == side])
            object.__setattr__(self, name, found)

    @property
    def locations(self) -> int:
        """N."""
        return len(self.sides)

    @classmethod
    def of(cls, rows: Iterable[int], locations: int) -> Bipartition:
        """I as given, J the rest."""
        count = _count(locations)
        sides = bytearray(b"\x01" * count)
        for location in _chosen(rows, count, "I"):
            sides[location] = 0
        return cls(bytes(sides))

    @classmethod
    def two_sides(
        cls, rows: Iterable[int], columns: Iterable[int], locations: int | None = None
    ) -> Bipartition:
        """Both sides as given; together they must have each location once."""
        rows, columns = list(rows), list(columns)
        count = len(rows) + len(columns) if locations is None else _count(locations)
        chosen = _chosen(rows, count, "I")
        for location in _chosen(columns, count, "J"):
            if location in chosen:
                raise BipartitionError(f"location {location} is on both sides; put it on one")
            chosen.add(location)
        for location in range(count):
            if location not in chosen:
                raise BipartitionError(f"location {location} is on neither side; put it on one")
        return cls.of(rows, count) if columns else cls(bytes(count))

    @classmethod
    def odd_even(cls, locations: int) -> Bipartition:
        """I = 0, 2, 4, … (the odd modes when counting from 1); the matricization of Theorem 1."""
        return cls.blocks(locations, 1)

    @classmethod
    def low_high(cls, locations: int) -> Bipartition:
        """I = the first half, rounded down; J = the rest."""
        count = _count(locations)
        return cls(bytes(count // 2) + b"\x01" * (count - count // 2))

    @classmethod
    def blocks(cls, locations: int, size: int) -> Bipartition:
        """Alternating blocks of ``size`` consecutive locations, the first in I."""
        count, size = _count(locations), _natural(size, "the size of a block")
        pattern = bytes(min(size, count)) + b"\x01" * min(size, count)
        return cls((pattern * (count // len(pattern) + 1))[:count])

    @classmethod
    def from_mask(cls, image: Any) -> Bipartition:
        """I where a 2D image is true, J where it is false; locations row by row.

        Parameters
        ----------
        image : rows of bool (or 0 and 1), or a Boolean array of shape (height, width).
        """
        rows = image.tolist() if hasattr(image, "tolist") else image
        sides = bytearray()
        width = None
        for y, row in enumerate(rows):
            if not hasattr(row, "__len__"):
                raise BipartitionError("a mask is a 2D image: rows of true and false")
            if width is not None and len(row) != width:
                raise BipartitionError(
                    f"row {y} of the mask has {len(row)} pixels, the first {width}"
                )
            width = len(row)
            for x, value in enumerate(row):
                if value not in (0, 1):
                    raise BipartitionError(
                        f"pixel ({y}, {x}) of the mask is {value!r}; a mask is true or false"
                    )
                sides.append(0 if value else 1)
        return cls(bytes(sides))

    @classmethod
    def random(cls, locations: int, seed: int = 0) -> Bipartition:
        """Each location on a random side, drawn again while a side is empty."""
        count = _count(locations)
        generator = random.Random(seed)
        while True:
            bits = generator.getrandbits(count)
            if 0 < bits < (1 << count) - 1:
                return cls(_bytes_of(bits, count))

    @classmethod
    def all(cls, locations: int) -> Iterator[Bipartition]:
        """All 2^(N−1) − 1 bipartitions, location 0 in I; the larger side first."""
        count = _count(locations)
        return (cls(_bytes_of(bits << 1, count)) for bits in range(1, 1 << (count - 1)))

    def swapped(self) -> Bipartition:
        """I and J exchanged."""
        return Bipartition(self.sides.translate(bytes([1, 0]) + bytes(254)))

    def __str__(self) -> str:
        return f"I = {_short(self.I)}, J = {_short(self.J)}"


def _short(locations: tuple[int, ...]) -> str:
    shown = [str(i) for i in locations]
    return "{" + ", ".join(shown if len(shown) <= 8 else [*shown[:4], "...", shown[-1]]) + "}"


def _bytes_of(bits: int, count: int) -> bytes:
    """Bit i of a number as byte i."""
    return bytes([digit == "1" for digit in reversed(f"{bits:0{count}b}")])


def _natural(value: Any, what: str, least: int = 1) -> int:
    try:
        return natural_number(value, what, least)
    except CircuitError as error:
        raise BipartitionError(str(error)) from None


def _count(locations: Any) -> int:
    return _natural(locations, "the number of locations of a bipartition", least=2)


def _chosen(locations: Iterable[int], count: int, side: str) -> set[int]:
    """The given locations, each checked to be one and to come once."""
    chosen: set[int] = set()
    for value in locations:
        location = _natural(value, f"a location of the side {side}", least=0)
        if location >= count:
            raise BipartitionError(
                f"the side {side} names location {location}, but the locations are 0 to {count - 1}"
            )
        if location in chosen:
            raise BipartitionError(f"the side {side} names location {location} twice; name it once")
        chosen.add(location)
    return chosen
