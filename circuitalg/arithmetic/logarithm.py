"""The logarithm of one exact number of any size as a float64."""

from __future__ import annotations

from fractions import Fraction
from math import inf, log1p

_LN2 = 0x162E42FEE / 2**33, 1.90821492927058770e-10
"""log 2 in two parts: 33 binary digits, whose products with exponents are exact, and the rest."""


def log_of(number: int | Fraction) -> float:
    """Natural logarithm of an exact number ≥ 0, −inf for 0, to about one unit in the last place.

    Numerator and denominator may have any number of digits, and the result may be near 0.

    Notes
    -----
    With e such that m = number · 2^-e lies between 3/4 and 3/2, log = e · log 2 + log1p(m − 1).
    m − 1 is one quotient of integers, which Python rounds correctly at any size, so nothing cancels
    where the number is near 1 (e = 0) or near a power of two. Logarithms of numerator and
    denominator would cancel: for 2,000,000 binary digits
    they are near 1.4e6, where floats are 2e-10 apart.

    Examples
    --------
    >>> log_of(Fraction(10**400 + 10**350, 10**400))
    1e-50
    """
    top, bottom = number.numerator, number.denominator
    if top == 0:
        return -inf
    exponent = top.bit_length() - bottom.bit_length()
    top, bottom = top << max(-exponent, 0), bottom << max(exponent, 0)
    if 2 * top > 3 * bottom:
        exponent, bottom = exponent + 1, 2 * bottom
    elif 4 * top < 3 * bottom:
        exponent, top = exponent - 1, 2 * top
    high, low = _LN2
    return exponent * high + (exponent * low + log1p((top - bottom) / bottom))
