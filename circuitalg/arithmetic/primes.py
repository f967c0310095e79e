"""Which moduli are allowed: proved primes below 2^63.

FLINT ends the whole process when elimination meets a zero divisor, so a modulus is proved prime
here before FLINT sees it.
"""

from __future__ import annotations

import operator
from functools import lru_cache

from circuitalg.errors import ModulusError
from circuitalg.options import described

DEFAULT_PRIME = 2**23 - 15
"""The largest prime below 2^23: 511 products of centred residues still sum exactly in float64."""

SECOND_PRIME = 2**23 - 21
"""The next one below it, for what is zero modulo the first."""

_LIMIT = 2**63
# The first 12 primes as bases decide every n < 3.18e23 (Sorenson and Webster, "Strong pseudoprimes
# to twelve prime bases", Math. Comp. 86, 2017), so every n < 2^64.
_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


@lru_cache(maxsize=64, typed=True)
def is_prime(n: int) -> bool:
    """Return whether ``n`` is prime, without doubt (deterministic Miller-Rabin).

    Parameters
    ----------
    n
        Any integer below 2^64; negative numbers, 0 and 1 are not prime.

    Raises
    ------
    ModulusError
        When ``n`` is 2^64 or larger, where these bases are not proved to suffice.

    Examples
    --------
    >>> is_prime(DEFAULT_PRIME), is_prime(3215031751)
    (True, False)
    """
    if n >= 2**64:
        raise ModulusError(f"primality is decided for numbers below 2^64 only, got {n}")
    if n < 2:
        return False
    for base in _BASES:
        if n % base == 0:
            return n == base
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(n, base, odd, twos) for base in _BASES)


def _passes(n: int, base: int, odd: int, twos: int) -> bool:
    """Return whether n = odd · 2^twos + 1 is a strong probable prime to the base."""
    power = pow(base, odd, n)
    if power in {1, n - 1}:
        return True
    for _ in range(twos - 1):
        power = power * power % n
        if power == n - 1:
            return True
    return False


def check_modulus(p: int) -> int:
    """Return ``p`` as a Python int when it is a prime below 2^63.

    Raises
    ------
    ModulusError
        When ``p`` is not an integer, not below 2^63, or not prime.
    """
    try:
        modulus = operator.index(p)
    except TypeError:
        raise ModulusError(f"a modulus is an integer, not {described(p)}") from None
    if not 2 <= modulus < _LIMIT:
        raise ModulusError(f"a modulus is a prime between 2 and 2^63, not {described(modulus)}")
    if not is_prime(modulus):
        raise ModulusError(f"a modulus must be prime, and {modulus} is not")
    return modulus
