"""Interval arithmetic on dyadic numbers: each interval has its own exponent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from .meter import Meter
from .read import Entry, Refusal

Interval = tuple[int, int, int]  # (low, high, exponent): the numbers from low 2^e to high 2^e
ZERO: Interval = (0, 0, 0)
ONE: Interval = (1, 1, 0)
MAX_EXPONENT = 1 << 62
MAX_ARGUMENT = 10**6  # of an exponential, in magnitude
MAX_MAGNITUDE = 20_000  # bits before and after the point of an end that is written as a fraction
MAX_BITS = 4_096  # that a proof may name
GUARD_BITS = 64  # carried beyond these


class Intervals:
    """Operations on intervals, rounded outward to some bits of their larger end."""

    def __init__(self, bits: int, meter: Meter) -> None:
        self.bits = bits
        self.meter = meter
        self.cost = 900 + (bits / 30) ** 2  # of a product
        self.cache: dict[Entry, Interval] = {}
        self.circle: Interval | None = None

    def rounded(self, low: int, high: int, exponent: int) -> Interval:
        """Round outward."""
        excess = max(-low, high).bit_length() - self.bits
        if excess > 0:
            low, high, exponent = low >> excess, -(-high >> excess), exponent + excess
        if abs(exponent) > MAX_EXPONENT:
            raise Refusal("a value is out of range.")
        return (low, high, exponent) if low or high else ZERO

    def number(self, x: Entry) -> Interval:
        """Enclose a rational number."""
        if x not in self.cache:
            bottom = x.denominator
            shift = max(0, self.bits + bottom.bit_length() - abs(x.numerator).bit_length() + 1)
            whole, rest = divmod(x.numerator << shift if bottom > 1 else x.numerator, bottom)
            self.cache[x] = self.rounded(whole, whole + (rest != 0), -shift if bottom > 1 else 0)
            self.meter.spend(self.cost)
        return self.cache[x]

    def numbers(self, rows: Sequence[Sequence[Entry]]) -> list[list[Interval]]:
        """Enclose the entries of a matrix."""
        return [list(map(self.number, row)) for row in rows]

    def aligned(self, terms: Sequence[Interval]) -> tuple[list[tuple[int, int]], int]:
        """Put intervals on one grid, so fine that their number does not matter."""
        there = [(low, high, exponent) for low, high, exponent in terms if low or high]
        if not there:
            return [(0, 0)] * len(terms), 0
        top = max(max(-low, high).bit_length() + exponent for low, high, exponent in there)
        base = top - self.bits - len(terms).bit_length()
        return [
            (low << e - base, high << e - base)
            if e >= base
            else (low >> base - e, -(-high >> base - e))
            for low, high, e in (term if term[0] or term[1] else (0, 0, base) for term in terms)
        ], base

    def sum(self, *terms: Interval) -> Interval:
        """Add."""
        ends, base = self.aligned(terms)
        return self.rounded(sum(low for low, _ in ends), sum(high for _, high in ends), base)

    def hull(self, low: tuple[int, int], high: tuple[int, int]) -> Interval:
        """Return the interval between two numbers x * 2^e, given as (x, e)."""
        (x, e), (y, f) = low, high
        ((least, _), (_, most)), base = self.aligned([(x, x, e), (y, y, f)])
        return self.rounded(least, most, base)

    def largest(self, first: Interval, second: Interval) -> Interval:
        """Take the larger one."""
        (a, b, e), (c, d, f) = first, second
        low = (c, f) if at_most((a, e), (c, f)) else (a, e)
        return self.hull(low, (d, f) if at_most((b, e), (d, f)) else (b, e))

    def product(self, first: Interval, second: Interval) -> Interval:
        """Multiply."""
        a, b, e = first
        c, d, f = second
        if a >= 0 and c >= 0:
            return self.rounded(a * c, b * d, e + f)
        corners = (a * c, a * d, b * c, b * d)
        return self.rounded(min(corners), max(corners), e + f)

    def inverse(self, x: Interval) -> Interval:
        """Divide 1 by an interval."""
        low, high, exponent = x
        if low <= 0 <= high:
            raise Refusal("a denominator may be zero at a point.")
        one = 1 << 2 * self.bits + 2
        return self.rounded(one // high, -(-one // low), -exponent - 2 * self.bits - 2)

    def power(self, x: Interval, n: int) -> Interval:
        """Raise to a natural power."""
        low, high, exponent = x
        self.meter.spend(8 * (n * self.bits / 32) ** 1.6)
        ends = sorted((low**n, high**n))
        if n and n % 2 == 0 and low <= 0 <= high:
            ends[0] = 0
        return self.rounded(ends[0], ends[1], n * exponent)

    def root(self, x: Interval) -> Interval:
        """Take the square root, by integer roots."""
        low, high, exponent = x
        if low <= 0:
            raise Refusal("the argument of a square root may not be positive at a point.")
        shift = 2 * self.bits + exponent % 2
        ends = math.isqrt(low << shift), math.isqrt(high << shift) + 1
        return self.rounded(*ends, (exponent - shift) // 2)

    def step(self, x: Interval) -> Interval:
        """Return 1 or 0 on one side of the jump at 0."""
        if x[0] <= 0 <= x[1]:
            raise Refusal("the argument of a step may be zero at a point.")
        return ONE if x[0] > 0 else ZERO

    def exp(self, x: Interval) -> Interval:
        """Take the exponentials of both ends."""
        low, high, exponent = x
        least, most = self.exponential(low, exponent), self.exponential(high, exponent)
        return self.hull((least[0], least[2]), (most[1], most[2]))

    def exponential(self, x: int, exponent: int) -> Interval:
        """Enclose exp(x 2^e): the series at y = x 2^e / 2^k < 1/2, squared k times.

        With y known to one unit from below, each term, rounded down, is at most 2 units too small,
        and what follows the first term that is 0 sums to at most 4 units.
        """
        if x < 0:
            return self.inverse(self.exponential(-x, exponent))
        halvings = max(0, x.bit_length() + exponent + 1) if x else 0
        if halvings > MAX_ARGUMENT.bit_length() + 1:
            raise Refusal(f"the argument of an exponential exceeds {MAX_ARGUMENT} at a point.")
        if not x:
            return ONE
        precision = self.bits + 2 * halvings + 30
        shift = precision + exponent - halvings
        y = x << shift if shift >= 0 else x >> -shift
        total = term = 1 << precision
        count = 0
        while term:
            count += 1
            term = (term * y >> precision) // count
            total += term
        self.meter.spend((count + halvings) * (1000 + (precision / 30) ** 2))
        wide = Intervals(precision, self.meter)
        found = (total, total + 4 * count + 8, -precision)
        for _ in range(halvings):
            found = wide.product(found, found)
        return self.rounded(*found)

    def pi(self) -> Interval:
        """Enclose pi = 16 arctan(1/5) - 4 arctan(1/239), by alternating series."""
        if self.circle is None:
            unit, low, high = self.bits + 20, 0, 0
            for factor, base in ((16, 5), (-4, 239)):
                power, total, count = (1 << unit) // base, 0, 0
                while power:
                    total += (-1) ** count * (power // (2 * count + 1))
                    power //= base * base
                    count += 1
                # each term is less than 2 units off, and the rest is below one
                ends = sorted((factor * (total - 2 * count - 2), factor * (total + 2 * count + 2)))
                low, high = low + ends[0], high + ends[1]
            self.circle = self.rounded(low, high, -unit)
        return self.circle


def at_most(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Compare numbers x * 2^e, given as (x, e)."""
    (x, e), (y, f) = first, second
    sizes = x.bit_length() + e, y.bit_length() + f
    if min(x, y) <= 0 <= max(x, y):
        return x <= y
    if sizes[0] != sizes[1]:
        return (sizes[0] < sizes[1]) == (x > 0)
    return x << max(e - f, 0) <= y << max(f - e, 0)


def fractions(x: Interval) -> tuple[Fraction, Fraction]:
    """Return the ends as fractions, rounded outward where they are small; refuse large ones."""
    low, high, exponent = x
    if max(-low, high).bit_length() + exponent > MAX_MAGNITUDE:
        raise Refusal("a function's value is out of range at a point.")
    cut = -exponent - MAX_MAGNITUDE - MAX_BITS
    if cut > 0:
        low, high, exponent = low >> cut, -(-high >> cut), exponent + cut
    if exponent >= 0:
        return Fraction(low << exponent), Fraction(high << exponent)
    return Fraction(low, 1 << -exponent), Fraction(high, 1 << -exponent)
