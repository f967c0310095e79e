"""The largest non-zero minor that a budget allows, whatever the grid is of.

Seeds are tried one after another, since a point where a non-zero polynomial vanishes is bad luck
(Schwartz-Zippel). With a time limit, small minors come first and tell how long larger ones take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt
from operator import itemgetter
from time import monotonic

from circuitalg import deadline
from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.errors import OutOfTimeError
from circuitalg.kernel.rank.terms import Minor
from circuitalg.prove.rank.budget import Budget

Rank = Callable[[int, int, int], int]
"""The rank of a grid at random weights, by the seed, its size and the prime modulo which it is."""

SEEDS = (1, 2, 3)
_FIRST, _SECOND = 8, 64
"""Sizes of the first minors where time is limited: they cost little more than one value."""
_STEP = 8
"""The next size is at most this many times the last: small ones say little about large ones."""
_WORTH = 1.25
"""A minor that is not larger by this factor is not worth a grid of its own."""
_SHARE = 0.8
"""Of the time that is left, for the next minor."""
_CUBIC = 1e-10
"""Seconds of an elimination of size k, over k^3: 1.0 s at 4,096 on an idle core, 7 s allowed."""


def largest_minor(
    rank: Rank, most: int, budget: Budget, prime: int = DEFAULT_PRIME
) -> Minor | None:
    """A non-zero minor of the largest size up to ``most`` and the budget's; None if all are zero.

    Where the budget has a time limit, of the largest size that is found in time. The first, small
    one is always tried. (The kernel remembers the ranks that it was asked for, so the rule that is
    given the minor does not compute it again.)
    """
    most = min(most, budget.max_minor)
    if budget.left is None:
        return _minor(rank, most, prime)
    best: Minor | None = None
    size, known = min(most, _FIRST), list[tuple[int, float]]()
    while True:
        start = monotonic()
        try:
            with deadline.within(budget.left * _SHARE if best else None):
                found = _minor(rank, size, prime)
        except OutOfTimeError:
            return best
        if found is None or found.size < size:
            return found or best
        best = found
        known.append((size, monotonic() - start))
        following = min(most, _affordable(known, budget.left * _SHARE))
        if following < min(most, _WORTH * size) or following == size:
            return best
        size = following


def best_seed(rank: Callable[[int], int], enough: int, seeds: Iterable[int]) -> tuple[int, int]:
    """The first seed with the largest rank, and that rank; none is tried once it is ``enough``."""
    best = 0, -1
    for seed in seeds:
        if best[1] < enough:
            best = max(best, (seed, rank(seed)), key=itemgetter(1))
    return best


def _minor(rank: Rank, most: int, prime: int) -> Minor | None:
    """The largest minor up to this size, at the first seed where it is not zero."""
    first, second = SEEDS[:2]
    size = rank(first, most, prime)
    if size == most:
        return Minor(first, most, prime)
    if rank(second, size + 1, prime) > size:  # the first seed was bad luck
        size = max(size, rank(second, most, prime))
        if size == most:
            return Minor(second, most, prime)
    seed, found = best_seed(lambda seed: rank(seed, size, prime), size, SEEDS if size else ())
    return Minor(seed, size, prime) if found == size else None


def _affordable(known: list[tuple[int, float]], seconds: float) -> int:
    """The size that takes this long: a constant and a square, read off the last two times."""
    size, taken = known[-1]
    if len(known) == 1:
        return _SECOND
    before, less = known[-2]
    square = max(taken / size**2 / _STEP, (taken - less) / (size**2 - before**2))
    constant = taken - square * size**2
    following = _STEP * size
    while following > size and constant + (square + _CUBIC * following) * following**2 > seconds:
        following = min(following - 1, int(following / sqrt(2)))
    return following
