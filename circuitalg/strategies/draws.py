"""Draws that all strategies are made of; the simplest value comes first, and is shrunk to."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Item = TypeVar("Item")
_SMALL = (0, 1, -1, 2, -2)
_FRACTIONS = tuple(Fraction(p, q) for q in (2, 3, 4) for p in (1, -1, 3, -3) if p % q)


@cache
def between(least: int, most: int) -> SearchStrategy[int]:
    """Integers from ``least``, the simplest, to ``most``."""
    return st.integers(least, most)


def number(draw: DrawFn, least: int, most: int) -> int:
    """An integer; nothing is drawn where there is no choice."""
    return least if most <= least else draw(between(least, most))


def often(draw: DrawFn, tenths: int) -> bool:
    """True about ``tenths`` times in ten; False is the simplest."""
    return draw(between(0, 9)) >= 10 - tenths


def flip(draw: DrawFn) -> bool:
    """A Boolean; False is the simplest."""
    return draw(_BOOLEANS)


def pick(draw: DrawFn, items: Sequence[Item]) -> Item:
    """One of several; the first is the simplest."""
    return items[number(draw, 0, len(items) - 1)]


def order(draw: DrawFn, items: Sequence[Item]) -> list[Item]:
    """The items in any order; as they come is the simplest."""
    left = list(items)
    return [left.pop(number(draw, 0, len(left) - 1)) for _ in items]


def part(draw: DrawFn, items: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """The items on two sides, none of them empty; the first alone on its side is the simplest."""
    chosen = draw(_flags(len(items)))
    if not any(chosen):
        chosen = [True, *chosen[1:]]
    if all(chosen):
        chosen = [*chosen[:-1], False]
    pairs = list(zip(items, chosen, strict=True))
    return [item for item, first in pairs if first], [item for item, first in pairs if not first]


def flags(draw: DrawFn, count: int) -> list[bool]:
    """Booleans, not all of them False: where they would be, all are True."""
    chosen = draw(_flags(count))
    return chosen if any(chosen) else [True] * count


@cache
def _flags(count: int) -> SearchStrategy[list[bool]]:
    return st.lists(_BOOLEANS, min_size=count, max_size=count)


@cache
def entries(kind: str, count: int) -> SearchStrategy[list[int | Fraction]]:
    """Entries of a fixed matrix: "bit", "integer", "natural", "fraction" or "share"."""
    values: dict[str, Sequence[int | Fraction]] = {
        "bit": (0, 1),
        "integer": _SMALL,
        "natural": (0, 1, 2),
        "fraction": (*_SMALL[:3], *_FRACTIONS),
        "share": (0, 1, *(x for x in _FRACTIONS if x > 0)),
    }
    return st.lists(st.sampled_from(values[kind]), min_size=count, max_size=count)


_BOOLEANS = st.booleans()
