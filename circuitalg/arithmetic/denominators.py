"""Common denominators, counted as they grow: coprime ones of a few megabytes have no small one."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm

from circuitalg.errors import TooLargeError

MAX_BITS = 100_000


def common_denominator(
    numbers: Iterable[int | Fraction], what: str, known: int = 1, limit: int = MAX_BITS
) -> int:
    """The least common multiple of ``known`` and the denominators of exact numbers.

    Raises
    ------
    TooLargeError
        As soon as it has more than ``limit`` bits; ``what`` begins the sentence.
    """
    common = known
    for number in numbers:
        if number.denominator != 1 and common % number.denominator:
            common = lcm(common, number.denominator)
            if common.bit_length() > limit:
                raise TooLargeError(
                    f"{what}: the common denominator has more than {limit:,} bits; round the "
                    "numbers to fewer digits, or to a power of 2"
                )
    return common
