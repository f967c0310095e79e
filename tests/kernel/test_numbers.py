"""Large ranks in factored form."""

import pytest
from brute import expect
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.kernel.numbers import expand, factored, format_integer

pytestmark = pytest.mark.soundness


@given(st.integers(0, 10**30), st.sets(st.integers(0, 12), max_size=3))
def test_factors_multiply_to_the_number(number, hints):
    """Whatever the hints, nothing is lost."""
    expect(expand(factored(number, hints)), number, "product")


@given(st.integers(2, 30), st.integers(1, 3000), st.integers(1, 40), st.sets(st.integers(2, 30)))
def test_powers_multiply_to_the_number(base, exponent, other, hints):
    """Powers of any base, times a little, come back whole."""
    number = base**exponent * other
    factors = factored(number, hints)
    expect(expand(factors), number, "product")
    for factor, power in factors:
        expect(factor >= 2 and power >= 1, True, f"factor {factor}^{power}")


@pytest.mark.parametrize(
    ("number", "hints", "text"),
    [
        (0, (), "0"),
        (1, (), "1"),
        (65536, (), "65536"),
        (10**15 - 1, (), "999999999999999"),
        (4**32768, (4,), "4^32768"),
        (4**32768, (), "2^65536"),
        (4**32768, (1, 2, 4), "2^65536"),
        (6**100, (6,), "6^100"),
        (6**100, (), "6^100"),
        (2**71 * 3**4, (), "2^71*3^4"),
        (2**70 * 3**5, (), "49152^5"),
        (10**40 + 1, (), None),
    ],
    ids=lambda value: "" if isinstance(value, int) else str(value),
)
def test_numbers_are_printed_factored(number, hints, text):
    """Digits while they are few, a power where it is one; never thousands of digits."""
    shown = format_integer(number, hints)
    if text is not None:
        expect(shown, text, "text")
    expect(len(shown) < 100, True, "length")


def test_a_number_without_small_factors_is_shown_by_its_size():
    """A prime of thousands of digits is described."""
    shown = format_integer(2**9941 - 1)
    expect(shown, "(a number of 9941 bits)", "text")


def test_negative_numbers_are_no_ranks():
    """A rank below 0 is refused."""
    with pytest.raises(ValueError, match="negative"):
        factored(-1)
