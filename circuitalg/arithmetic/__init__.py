"""Exact linear algebra over the rationals and over GF(p): ranks, determinants, non-zero minors."""

from circuitalg.arithmetic.primes import DEFAULT_PRIME as DEFAULT_PRIME
from circuitalg.arithmetic.primes import check_modulus as check_modulus
from circuitalg.arithmetic.primes import is_prime as is_prime

__all__ = ["DEFAULT_PRIME", "check_modulus", "is_prime"]
