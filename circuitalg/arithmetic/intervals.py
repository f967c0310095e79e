"""Intervals of dyadic numbers, rounded outward: the arithmetic behind every rational enclosure.

An interval is three integers (low, high, e): the numbers from low · 2^e to high · 2^e. Every
operation rounds outward to about `bits` binary digits of the larger end.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isqrt

from circuitalg.errors import RuleError

Interval = tuple[int, int, int]

MAX_BITS = 4096
MAX_EXPONENT = 10**6
_RANGE = 2**40


def rounded(low: int, high: int, e: int, bits: int) -> Interval:
    """Outward to `bits` digits of the larger end."""
    if not low and not high:
        return 0, 0, 0
    excess = max(abs(low), abs(high)).bit_length() - bits
    if excess > 0:
        low, high, e = low >> excess, -((-high) >> excess), e + excess
    if not -_RANGE < e < _RANGE:
        raise RuleError("a value is out of range: beyond 2^(+-2^40); take numbers nearer to 1")
    return low, high, e


def number(x: int | Fraction, bits: int) -> Interval:
    """Enclose a rational number."""
    p, q = x.numerator, x.denominator
    if q & (q - 1) == 0:
        return rounded(p, p, 1 - q.bit_length(), bits)
    shift = max(bits - p.bit_length() + q.bit_length(), 0)
    low = (p << shift) // q
    return rounded(low, low + 1, -shift, bits)


def aligned(a: Interval, b: Interval, bits: int) -> tuple[Interval, Interval]:
    """Bring both to one exponent: outward, to `bits` digits of the larger of the two."""
    if a[2] == b[2]:
        return a, b
    tops = [max(abs(v[0]), abs(v[1])).bit_length() + v[2] for v in (a, b) if v[0] or v[1]]
    if not tops:
        return (0, 0, 0), (0, 0, 0)
    e = max(min(a[2], b[2]), max(tops) - bits)
    return _moved(a, e), _moved(b, e)


def _moved(a: Interval, e: int) -> Interval:
    if not a[0] and not a[1]:
        return 0, 0, e
    shift = e - a[2]
    if shift <= 0:
        return a[0] << -shift, a[1] << -shift, e
    return a[0] >> shift, -((-a[1]) >> shift), e


def add(a: Interval, b: Interval, bits: int) -> Interval:
    """Sum."""
    gap = a[2] - b[2]
    if gap < 0:
        a, b, gap = b, a, -gap
    if gap <= 2 * bits:  # exactly; three times faster than cutting digits off first
        return rounded((a[0] << gap) + b[0], (a[1] << gap) + b[1], b[2], bits)
    a, b = aligned(a, b, bits)
    return rounded(a[0] + b[0], a[1] + b[1], a[2], bits)


def multiply(a: Interval, b: Interval, bits: int) -> Interval:
    """Product."""
    if a[0] >= 0 and b[0] >= 0:
        return rounded(a[0] * b[0], a[1] * b[1], a[2] + b[2], bits)
    ends = (a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1])
    return rounded(min(ends), max(ends), a[2] + b[2], bits)


def power(a: Interval, n: int, bits: int) -> Interval:
    """a^n for a natural number n."""
    low, high = a[0] ** n, a[1] ** n
    if n and n % 2 == 0:
        if a[1] <= 0:
            low, high = high, low
        elif a[0] < 0:
            low, high = 0, max(low, high)
    return rounded(low, high, a[2] * n, bits)


def divide(a: Interval, b: Interval, bits: int) -> Interval:
    """Quotient; refused where the denominator may be 0."""
    if b[0] <= 0 <= b[1]:
        raise RuleError("a denominator may be 0 at a point; choose another point or more bits")
    if b[1] < 0:
        a, b = (-a[1], -a[0], a[2]), (-b[1], -b[0], b[2])
    digits = max(abs(a[0]), abs(a[1])).bit_length()
    shift = max(bits + b[1].bit_length() - digits, 0)
    low = (a[0] << shift) // (b[1] if a[0] >= 0 else b[0])
    high = -((-a[1] << shift) // (b[0] if a[1] >= 0 else b[1]))
    return rounded(low, high, a[2] - b[2] - shift, bits)


def larger(a: Interval, b: Interval, bits: int) -> Interval:
    """Maximum."""
    a, b = aligned(a, b, bits)
    return max(a[0], b[0]), max(a[1], b[1]), a[2]


def root(a: Interval, bits: int) -> Interval:
    """Square root; refused where it is not certainly of a positive number."""
    if a[0] <= 0:
        raise RuleError(
            "the argument of a square root is not positive at a point; choose another point"
        )
    shift = max(2 * bits - a[1].bit_length(), 0)
    shift += (a[2] - shift) % 2
    low, high = isqrt(a[0] << shift), isqrt((a[1] << shift) - 1) + 1
    return rounded(low, high, (a[2] - shift) // 2, bits)


def exponential(a: Interval, bits: int) -> Interval:
    """Exponential of numbers up to 10^6 in magnitude."""
    top = max(abs(a[0]), abs(a[1]))
    if top and (top.bit_length() + a[2] > 20 or _at_least(top, a[2], MAX_EXPONENT)):
        raise RuleError(
            f"the argument of an exponential exceeds {MAX_EXPONENT:,} at a point; "
            "choose another point"
        )
    low = _exp_end(a[0], a[2], bits)
    high = low if a[0] == a[1] else _exp_end(a[1], a[2], bits)
    first, last = aligned(low, high, bits)
    return rounded(first[0], last[1], first[2], bits)


def _at_least(m: int, e: int, bound: int) -> bool:
    """Whether m · 2^e > bound."""
    return (m << e) > bound if e >= 0 else m > (bound << min(-e, m.bit_length() + 1))


def _exp_end(m: int, e: int, bits: int) -> Interval:
    """Enclose exp(m · 2^e): Taylor at the argument halved k times, then k squarings."""
    if m == 0:
        return 1, 1, 0
    if m < 0:
        return divide((1, 1, 0), _exp_end(-m, e, bits + 8), bits)
    small = isqrt(bits) // 2 + 2
    k = max(m.bit_length() + e + small, 0)
    precision = bits + k + 24
    shift = e - k + precision
    y = m << shift if shift >= 0 else m >> min(-shift, m.bit_length())
    # All terms are rounded down, each at most 2 units below its true value since y < 1/2; what
    # is left out after a term below 3 units is at most 6; y itself is less than 1 unit too small.
    total = term = 1 << precision
    n = 0
    while term:
        n += 1
        term = term * y // n >> precision
        total += term
    value = rounded(total, total + 2 * n + 12, -precision, precision + 2)
    for _ in range(k):
        value = multiply(value, value, precision + 2)
    return rounded(*value, bits)


@lru_cache(maxsize=16)
def pi(bits: int) -> Interval:
    """π = 16 arctan(1/5) − 4 arctan(1/239) (Machin), alternating series with their errors."""
    precision = bits + 24
    five, five_error = _arctan_of_inverse(5, precision)
    other, other_error = _arctan_of_inverse(239, precision)
    middle, error = 16 * five - 4 * other, 16 * five_error + 4 * other_error
    return rounded(middle - error, middle + error, -precision, bits)


def _arctan_of_inverse(k: int, precision: int) -> tuple[int, int]:
    """arctan(1/k) · 2^precision, and how far off it may be."""
    power = (1 << precision) // k
    total = n = 0
    while power:
        total += (-1) ** n * (power // (2 * n + 1))
        power //= k * k
        n += 1
    return total, 2 * n + 2
