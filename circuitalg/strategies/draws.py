"""Draws that all strategies are made of; the simplest value comes first, and is shrunk to."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Item = TypeVar("Item")
BOOLEANS = st.booleans()
_SMALL = (0, 1, -1, 2, -2)
_HALVES = tuple(Fraction(p, q) for q in (2, 3, 4) for p in (1, -1, 3, -3) if p % q)
_ENTRIES: dict[str, Sequence[int | Fraction]] = {
    "bit": (0, 1),
    "integer": _SMALL,
    "natural": (0, 1, 2),
    "fraction": (*_SMALL[:3], *_HALVES),
    "share": (0, 1, *(x for x in _HALVES if x > 0)),
}


@cache
def between(least: int, most: int) -> SearchStrategy[int]:
    """Integers from ``least``, the simplest, to ``most``."""
    return st.integers(least, most)


@cache
def entries(kind: str, count: int) -> SearchStrategy[list[int | Fraction]]:
    """Entries of a fixed matrix: "bit", "integer", "natural", "fraction" or "share"."""
    return st.lists(st.sampled_from(_ENTRIES[kind]), min_size=count, max_size=count)


@cache
def booleans(count: int) -> SearchStrategy[list[bool]]:
    """So many Booleans."""
    return st.lists(BOOLEANS, min_size=count, max_size=count)


def number(draw: DrawFn, least: int, most: int) -> int:
    """An integer; nothing is drawn where there is no choice."""
    return least if most <= least else draw(between(least, most))


def flip(draw: DrawFn) -> bool:
    """A Boolean; False is the simplest."""
    return draw(BOOLEANS)


def pick(draw: DrawFn, items: Sequence[Item]) -> Item:
    """One of several; the first is the simplest."""
    return items[number(draw, 0, len(items) - 1)]


def part(draw: DrawFn, count: int) -> list[int]:
    """Some of the first numbers, neither none nor all of them; 0 alone is the simplest."""
    chosen = draw(booleans(count))
    if not any(chosen):
        chosen[0] = True
    if all(chosen):
        chosen[-1] = False
    return [i for i, inside in enumerate(chosen) if inside]
