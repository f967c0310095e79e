"""Dyadic intervals: every operation holds the exact result, with no more digits than asked for."""

from fractions import Fraction

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.arithmetic.intervals import (
    add,
    aligned,
    divide,
    exponential,
    larger,
    multiply,
    number,
    power,
    root,
    rounded,
)
from circuitalg.errors import RuleError

NUMBERS = st.builds(
    lambda top, bottom, e: Fraction(top, bottom) * Fraction(2) ** e,
    st.integers(-(2**70), 2**70),
    st.integers(1, 10**6),
    st.sampled_from([0, 0, -3, 40, -200, 700]),
)
BITS = st.sampled_from([1, 2, 8, 53, 130])


def ends(interval):
    """Its ends as Fractions."""
    low, high, e = interval
    return low * Fraction(2) ** e, high * Fraction(2) ** e


def holds(interval, value):
    """Whether a number lies in it."""
    low, high = ends(interval)
    return low <= value <= high


@pytest.mark.soundness
@given(NUMBERS, NUMBERS, NUMBERS, BITS)
def test_operations_hold_the_exact_results(a, b, c, bits):
    """Sums with terms of any distance, products, quotients, powers, maxima; intervals of 0."""
    x, y, z = (number(v, bits) for v in (a, b, c))
    results = [
        (x, a),
        (add(x, y, bits), a + b),
        (add(add(x, y, bits), z, bits), a + b + c),
        (multiply(x, y, bits), a * b),
        (multiply(add(x, y, bits), z, bits), (a + b) * c),
        (larger(x, y, bits), max(a, b)),
        (power(x, 3, bits), a**3),
        (power(add(x, y, bits), 2, bits), (a + b) ** 2),
    ]
    if not ends(y)[0] <= 0 <= ends(y)[1]:
        results.append((divide(x, y, bits), a / b))
    for interval, value in results:
        if not holds(interval, value):
            pytest.fail(f"{interval} does not hold {value}")
    for interval in (add(x, y, bits), multiply(x, y, bits)):
        if max(abs(end) for end in interval[:2]).bit_length() > bits + 1:
            pytest.fail(f"{interval} has more than {bits} digits")


@pytest.mark.soundness
def test_zero_has_one_form():
    """No exponent grows behind it, whatever it is multiplied with or added to."""
    zero = number(0, 53)
    huge = (1, 1, 10**9)
    for _ in range(3):
        huge = multiply(huge, huge, 53)
    for found in (zero, rounded(0, 0, 10**9, 53), multiply(zero, huge, 53), add(zero, zero, 53)):
        if found != (0, 0, 0):
            pytest.fail(f"zero is {found}")
    for low, high, e in (add(zero, huge, 53), add(huge, zero, 53)):
        if low != high or low.bit_length() + e != 1 + 8 * 10**9:
            pytest.fail("zero is not neutral")


@pytest.mark.soundness
def test_a_term_far_below_the_last_digit_still_counts():
    """1 + 2^-(10^9) is above 1, and 1 − 2^-(10^9) below it, without a number of 10^9 digits."""
    one, tiny = (1, 1, 0), (1, 1, -(10**9))
    low, high = ends(add(one, tiny, 30))
    if not low <= 1 < high:
        pytest.fail("the upper end")
    low, high = ends(add(one, (-1, -1, -(10**9)), 30))
    if not low < 1 <= high:
        pytest.fail("the lower end")
    near, far = aligned(one, tiny, 30)
    if near[2] != far[2] or far[1] < 1:
        pytest.fail("aligned intervals")


@pytest.mark.soundness
@pytest.mark.parametrize("bits", [2, 60, 300])
@pytest.mark.parametrize(
    "x", ["0", "1", "-1/3", "7/2", "-745", "-1000000", "999999", "1/1000000007"]
)
def test_exponentials_and_roots_hold_what_balls_hold(x, bits):
    """Exponentials at both signs and all sizes, the root of the magnitude."""
    x = Fraction(x)
    low, high, e = exponential(number(x, bits + 30), bits)
    with flint.ctx.workprec(bits + 100):
        exact = flint.arb(flint.fmpq(x.numerator, x.denominator)).exp() / flint.arb(2) ** e
        if not (flint.arb(low) <= exact or exact.contains(low)) or flint.arb(high) < exact:
            pytest.fail(f"exp({x})")
    if high - low > max(2, high >> max(bits - 6, 0)):
        pytest.fail("a wide interval")
    if x:
        low, high = ends(root(number(abs(x), bits), bits))
        if not low**2 <= abs(x) <= high**2:
            pytest.fail(f"root of {x}")


def test_what_has_no_enclosure_is_refused():
    """Division by what may be 0, roots of what may not be positive, values out of range."""
    one, around = (1, 1, 0), (-1, 1, 0)
    with pytest.raises(RuleError, match="denominator"):
        divide(one, around, 10)
    with pytest.raises(RuleError, match="not positive"):
        root(around, 10)
    with pytest.raises(RuleError, match="exceeds"):
        exponential((1, 1, 30), 10)
    with pytest.raises(RuleError, match="out of range"):
        power((1, 1, 2**39), 4, 10)
