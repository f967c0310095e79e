"""Real numbers enclosed by FLINT's balls: every operation holds the exact result.

A ball is a midpoint and a radius of any magnitude; comparisons are true where they certainly hold.
One operation takes 0.15 µs, where intervals of Python's integers took 1.0 µs, and a matrix product
half as long again as its multiplications.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint

from circuitalg.errors import RuleError
from circuitalg.integers import shown

Ball = flint.arb

MAX_BITS = 4096
"""Binary digits that a proof may ask for."""
_SMALLEST = 20_000
_LEAST, _MOST = flint.arb(2) ** -_SMALLEST, flint.arb(2) ** _SMALLEST


def precision(bits: int) -> Any:
    """A context in which operations round to this many binary digits."""
    return flint.ctx.workprec(bits)


def check_bits(bits: int) -> None:
    """Refuse a number of digits that no proof may ask for."""
    if type(bits) is not int or not 1 <= bits <= MAX_BITS:
        raise RuleError(f"bits must be an integer from 1 to {MAX_BITS}, got {shown(bits)}")


def ball(number: int | Fraction) -> Ball:
    """Enclose a rational number."""
    if number.denominator == 1:
        return flint.arb(flint.fmpz(number.numerator))
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


def pi() -> Ball:
    """Enclose π."""
    return flint.arb.pi()


def dyadic_ends(value: Ball) -> tuple[Fraction, Fraction]:
    """Two dyadic numbers with a ball between them; magnitudes below 2^-20,000 count as that.

    Raises
    ------
    RuleError
        Where the value may exceed 2^20,000, or is not defined.
    """
    if not abs(value) < _MOST:
        raise RuleError(f"a term's value exceeds 2^{_SMALLEST:,} at a point; choose another point")
    if abs(value) < _LEAST:
        least = Fraction(1, 1 << _SMALLEST)
        return (Fraction(0) if value >= 0 else -least), (Fraction(0) if value <= 0 else least)
    return _dyadic(value.lower()), _dyadic(value.upper())


def _dyadic(exact: Ball) -> Fraction:
    mantissa, exponent = (int(part) for part in exact.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent
