"""Which moduli are allowed."""

import pytest

from circuitalg.arithmetic.primes import DEFAULT_PRIME, check_modulus, is_prime
from circuitalg.errors import ModulusError


def test_small_numbers_agree_with_trial_division():
    """Below 3,000 the answer is that of trial division."""
    for n in range(-3, 3000):
        assert is_prime(n) == (n > 1 and all(n % d for d in range(2, n)))


@pytest.mark.parametrize(
    "n",
    [
        2047,  # strong pseudoprime to base 2
        3215031751,  # to bases 2, 3, 5, 7
        3474749660383,  # to the first 6 primes
        341550071728321,  # to the first 8 primes
        3825123056546413051,  # to the first 9 primes, below 2^62
        18446744073709551615,  # 2^64 - 1
        561,  # a Carmichael number
        8388593 * 8388587,  # a product of two primes of the size that we use
    ],
)
def test_pseudoprimes_are_refused(n):
    """Composite numbers that fool weaker tests are not called prime."""
    assert not is_prime(n)


@pytest.mark.parametrize("n", [2, 2**31 - 1, 2**61 - 1, 2**63 - 25, 18446744073709551557])
def test_large_primes_are_found(n):
    """Primes up to the largest below 2^64 are called prime."""
    assert is_prime(n)


def test_beyond_the_proved_range_is_refused():
    """From 2^64 on there is no answer rather than a probable one."""
    with pytest.raises(ModulusError, match=r"below 2\^64"):
        is_prime(2**64 + 13)


def test_default_prime_is_the_largest_below_2_23():
    """The default modulus is prime and no larger number below 2^23 is."""
    assert is_prime(DEFAULT_PRIME)
    assert not any(is_prime(n) for n in range(DEFAULT_PRIME + 1, 2**23))


@pytest.mark.parametrize("p", [-7, 0, 1, 4, 2**23 - 1, 2**63 - 1, 2**63 + 29, 7.0, "7", None])
def test_a_modulus_must_be_a_prime_below_2_63(p):
    """Anything but a prime integer below 2^63 is refused."""
    with pytest.raises(ModulusError):
        check_modulus(p)


def test_a_good_modulus_comes_back_as_int():
    """A prime passes, also as a NumPy integer, and comes back as a Python int."""
    import numpy as np

    assert type(check_modulus(np.int64(7))) is int
    assert check_modulus(2) == 2
    assert check_modulus(2**63 - 25) == 2**63 - 25
