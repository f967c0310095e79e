"""`Bipartition`: the locations in two non-empty sides I and J."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from circuitalg.errors import ArgumentError, BipartitionError
from circuitalg.integers import shown
from circuitalg.memory import check_parts, in_print
from circuitalg.options import described, is_list, kind_of, listed, natural
from circuitalg.python_code import AS_CODE, call

_LOCATION_BYTES = 41
"""Measured for each location."""

_WRITTEN_OUT = 8
"""Locations of bipartitions whose code names those of I, even where there is a word for them."""

_LETTERS = b"IJ" + bytes(254)

FORMS = (
    "odd-even, low-high, blocks:4 (alternating), random:SEED, the side of each location: IJJI, or "
    "the locations of I: 0,3,5"
)
"""The strings that stand for a bipartition, in Python as in the shell."""


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

    Examples
    --------
    >>> print(Bipartition.odd_even(6))
    I = {0, 2, 4}, J = {1, 3, 5}
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

    @property
    def letters(self) -> str:
        """The side of each location, "IJIJ", as JSON has it."""
        return self.sides.translate(_LETTERS).decode("ascii")

    @classmethod
    def from_letters(cls, text: Any) -> Bipartition:
        """What `letters` gives."""
        if type(text) is not str or set(text) - {"I", "J"}:
            raise BipartitionError(
                "the sides must be a text of I and J, a letter for each location"
            )
        return cls(bytes(map("IJ".index, text)))

    @classmethod
    def of(cls, rows: Iterable[int], locations: int) -> Bipartition:
        """I as given, J the rest."""
        count = _count(locations)
        sides = bytearray(b"\x01" * count)
        for location in _chosen(rows, count, "I"):
            sides[location] = 0
        return cls(bytes(sides))

    @classmethod
    def parse(cls, value: BipartitionLike, locations: int) -> Bipartition:
        """The bipartition that ``value`` stands for, in any of these forms.

        Parameters
        ----------
        value : a bipartition itself; a string: "odd-even" (I = 0, 2, 4, ...), "low-high",
            "blocks:4" (alternating blocks), "random:SEED", the `letters` "IJJI" or the locations of
            I, "0,3,5"; a set, list, range or array of the locations of I; or a mask as `from_mask`
            takes it, an array of Booleans with two axes or rows of True and False.
        locations : the number N of locations.

        Raises
        ------
        ArgumentError
            For a value of another type.
        BipartitionError
            For another string, and where the sides do not partition the locations.

        Examples
        --------
        >>> Bipartition.parse("blocks:2", 8) == Bipartition.parse({0, 1, 4, 5}, 8)
        True
        """
        if isinstance(value, Bipartition):
            return value
        if isinstance(value, str):
            return cls._from_text(value, locations)
        if not is_list(value) or isinstance(value, Mapping):
            raise ArgumentError(
                f"the bipartition must be a Bipartition, a string ({FORMS}) or a set of the "
                f"locations of I, not {described(value)}"
            )
        rows: Any = value.tolist() if hasattr(value, "tolist") else value
        if any(map(is_list, rows)):
            pixels = [pixel for row in rows if is_list(row) for pixel in row]
            if not all(isinstance(pixel, bool) for pixel in pixels):
                raise BipartitionError(
                    "rows of numbers are not a bipartition; give the locations of I alone, or use "
                    "Bipartition.two_sides(I, J) or Bipartition.from_mask(image)"
                )
            return cls.from_mask(rows)
        return cls.of(rows, locations)

    @classmethod
    def _from_text(cls, text: str, locations: int) -> Bipartition:
        match text.split(":"):
            case ["odd-even"]:
                return cls.odd_even(locations)
            case ["low-high"]:
                return cls.low_high(locations)
            case ["blocks", size] if is_number(size):
                return cls.blocks(locations, int(size))
            case ["random", seed] if is_number(seed):
                return cls.random(locations, seed=int(seed))
            case [letters] if letters and not letters.strip("IJ"):
                return cls.from_letters(letters)
            case [listed] if all(map(is_number, listed.split(","))):
                return cls.of([int(part) for part in listed.split(",")], locations)
        raise BipartitionError(f"{text[:80]!r} is not a bipartition; write {FORMS}")

    @classmethod
    def two_sides(
        cls, rows: Iterable[int], columns: Iterable[int], locations: int | None = None
    ) -> Bipartition:
        """Both sides as given; together they must contain each location once."""
        rows = listed("the side I is a list of locations", rows)
        columns = listed("the side J is a list of locations", columns)
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
        count, size = (
            _count(locations),
            natural("the size of a block", size, 1, error=BipartitionError),
        )
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
        if not is_list(rows):
            raise ArgumentError(
                f"a mask is a 2D image: rows of true and false, not {kind_of(rows)}"
            )
        sides = bytearray()
        width = None
        for y, row in enumerate(rows):
            if not is_list(row):
                raise BipartitionError("a mask is a 2D image: rows of true and false")
            if width is not None and len(row) != width:
                raise BipartitionError(
                    f"row {y} of the mask has {len(row)} pixels, and the first row {width}"
                )
            width = len(row)
            for x, value in enumerate(row):
                if value not in (0, 1):
                    raise BipartitionError(
                        f"pixel ({y}, {x}) of the mask is {described(value)}; a mask is true or "
                        "false"
                    )
                sides.append(0 if value else 1)
        return cls(bytes(sides))

    @classmethod
    def random(cls, locations: int, seed: int = 0) -> Bipartition:
        """Each location on a random side, drawn again while a side is empty."""
        count = _count(locations)
        generator = random.Random(natural("the seed", seed))
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

    __repr__, _repr_pretty_ = AS_CODE

    def _code_(self, most: int | None) -> str:
        count = self.locations
        if count > _WRITTEN_OUT:
            size = self.sides.find(1)
            if self == Bipartition.low_high(count):
                return call("ca.Bipartition.low_high", most, count)
            if self == Bipartition.blocks(count, max(size, 1)):
                return call("ca.Bipartition.blocks", most, count, size)
        return call("ca.Bipartition.of", most, list(self.I), locations=count)

    def __str__(self) -> str:
        return f"I = {_short(self.I)}, J = {_short(self.J)}"


BipartitionLike: TypeAlias = Bipartition | str | Collection[Any]
"""What `Bipartition.parse` reads."""


def is_number(text: str) -> bool:
    """Whether a string is a number of a few digits; Python refuses to read thousands of them."""
    return text.isascii() and text.strip().isdecimal() and len(text) < 20


def _short(locations: tuple[int, ...]) -> str:
    shown = [str(i) for i in locations]
    return "{" + ", ".join(shown if len(shown) <= 8 else [*shown[:4], "...", shown[-1]]) + "}"


def _bytes_of(bits: int, count: int) -> bytes:
    """Bit i of a number as byte i."""
    return bytes([digit == "1" for digit in reversed(f"{bits:0{count}b}")])


def _count(locations: Any) -> int:
    count = natural(
        "the number of locations of a bipartition", locations, 2, error=BipartitionError
    )
    what = f"a bipartition of {in_print(count)} locations"
    check_parts(count, _LOCATION_BYTES, what, "take fewer locations")
    return count


def _chosen(locations: Iterable[int], count: int, side: str) -> set[int]:
    """The given locations, each checked to exist and to come only once."""
    chosen: set[int] = set()
    for value in listed(f"the side {side} is a list of locations", locations):
        location = natural(f"a location of the side {side}", value, error=BipartitionError)
        if location >= count:
            raise BipartitionError(
                f"the side {side} names location {shown(location)}, but the locations are 0 to "
                f"{count - 1}"
            )
        if location in chosen:
            raise BipartitionError(f"the side {side} names location {location} twice; name it once")
        chosen.add(location)
    return chosen
