"""Large ranks in factored form: 4^32768 is written and stored so, never as digits."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import gcd, log2

Factors = tuple[tuple[int, int], ...]
"""Product of base^exponent; ``()`` is 1, ``((0, 1),)`` is 0."""

_DIGITS_BELOW = 10**15
_TRIAL_LIMIT = 1000


@cache
def _small_primes() -> tuple[int, ...]:
    return tuple(n for n in range(2, _TRIAL_LIMIT) if all(n % q for q in range(2, int(n**0.5) + 1)))


def _valuation(n: int, base: int) -> tuple[int, int]:
    """Return ``(e, n // base**e)`` with the largest such e, by repeated squaring of the base."""
    powers = [base]
    while powers[-1].bit_length() <= n.bit_length() // 2 and n % powers[-1] == 0:
        powers.append(powers[-1] * powers[-1])
    exponent = 0
    for position in range(len(powers) - 1, -1, -1):
        while n % powers[position] == 0:
            n //= powers[position]
            exponent += 1 << position
    return exponent, n


def _exact_power(n: int, base: int) -> int | None:
    """Return e with base**e == n, or None."""
    estimate = round((n.bit_length() - 1) / log2(base)) if base > 1 else 0
    for exponent in (estimate - 1, estimate, estimate + 1):
        if exponent > 0 and base**exponent == n:
            return exponent
    return None


def factored(n: int, hints: Iterable[int] = ()) -> Factors:
    """Factor a natural number for storage and print.

    Small numbers stay whole. For large ones a power of one of the ``hints`` (the widths of the
    network at hand) is preferred, then small primes are divided out; a remaining cofactor stays
    one base.
    """
    if n < 0:
        raise ValueError(f"a rank cannot be negative, got {n}; pass a natural number")
    if n == 1:
        return ()
    if n < _DIGITS_BELOW:
        return ((n, 1),)
    for hint in sorted({h for h in hints if h > 1}):
        exponent = _exact_power(n, hint)
        if exponent is not None:
            return ((hint, exponent),)
    factors: list[tuple[int, int]] = []
    rest = n
    for prime in _small_primes():
        if rest % prime == 0:
            exponent, rest = _valuation(rest, prime)
            factors.append((prime, exponent))
        if rest == 1:
            break
    if rest != 1:
        return (*factors, (rest, 1))
    common = gcd(*(e for _, e in factors))
    base = expand([(p, e // common) for p, e in factors]) if common > 1 else 0
    return ((base, common),) if 0 < base < 10**6 else tuple(factors)


def expand(factors: Iterable[tuple[int, int]]) -> int:
    """Multiply a factored number out."""
    product = 1
    for base, exponent in factors:
        product *= base**exponent
    return product


def format_integer(n: int, hints: Iterable[int] = ()) -> str:
    """Print a natural number: digits while they are few, else factored (``4^32768``)."""
    parts = []
    for base, exponent in factored(n, hints):
        shown = str(base) if base < 10**40 else f"(a number of {base.bit_length()} bits)"
        parts.append(shown if exponent == 1 else f"{shown}^{exponent}")
    return "*".join(parts) or "1"
