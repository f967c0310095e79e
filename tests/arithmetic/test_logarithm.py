"""The logarithm of one exact number against ball arithmetic."""

import math
import random
from fractions import Fraction

import flint
import pytest

from circuitalg.arithmetic.logarithm import log_of


def units_off(number):
    """The error in units of the last place of the result."""
    top, bottom = number.numerator, number.denominator
    with flint.ctx.workprec(400):
        close = bottom < 2 * top < 4 * bottom
        ratio = flint.arb(top - bottom if close else top) / bottom
        wanted = ratio.log1p() if close else ratio.log()
        return float(abs(flint.arb(log_of(number)) - wanted)) / math.ulp(float(wanted))


def near(draw, value, bits):
    """A Fraction near a value, apart from it by about 2^-bits of it."""
    below = draw.getrandbits(bits) | 1 << bits
    return value * Fraction(below + draw.choice([-3, -1, 1, 3]), below)


@pytest.mark.soundness
def test_two_units_in_the_last_place():
    """Short and long Fractions, near 1, near 3/4 and 3/2, near powers of two, far beyond floats."""
    draw = random.Random(1)
    worst = 0.0
    for _ in range(2000):
        power = Fraction(2) ** draw.randint(-3000, 3000)
        numbers = [
            Fraction(draw.randint(1, 99), draw.randint(1, 99)),
            Fraction(draw.getrandbits(draw.randint(1, 2000)) + 1, draw.getrandbits(900) + 1),
            near(draw, Fraction(1), draw.randint(2, 1000)),
            near(draw, Fraction(draw.choice([3, 6, 12]), 8), draw.randint(2, 300)),
            near(draw, power, draw.randint(2, 300)),
        ]
        worst = max(worst, *(units_off(number) for number in numbers if number != 1))
    if worst > 2:
        pytest.fail(f"off by {worst} units")


@pytest.mark.soundness
@pytest.mark.parametrize("bits", [200_000, 2_000_000])
def test_long_fractions(bits):
    """A value near 2^950, and one that differs from 1 in its last digits alone."""
    draw = random.Random(bits)
    below = draw.getrandbits(bits) | 1 << bits
    for number in (Fraction((below << 950) + 1, below), Fraction(below + 2**60 + 1, below)):
        if (number - 1) * 2**1000 < 1:  # below the least float
            if log_of(number) != 0:
                pytest.fail("the logarithm is below the least float")
        elif units_off(number) > 2:
            pytest.fail(f"off by {units_off(number)} units")


def test_special_values():
    """0, 1 and numbers whose logarithms are subnormal; integers; the sign near 1."""
    assert log_of(0) == log_of(Fraction(0)) == -math.inf
    assert log_of(1) == 0
    assert log_of(Fraction(2**1070 + 1, 2**1070)) == 2.0**-1070
    assert log_of(Fraction(2**1070 - 1, 2**1070)) == -(2.0**-1070)
    assert log_of(2) == math.log(2)
    assert log_of(10**400) == pytest.approx(400 * math.log(10), rel=1e-15)
    assert log_of(Fraction(1, 10**400)) == -log_of(10**400)
