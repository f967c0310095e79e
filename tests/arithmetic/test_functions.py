"""Function terms: their data, and rational enclosures of their values."""

from fractions import Fraction

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circuitalg.arithmetic.functions import (
    PI,
    check_term,
    enclosure,
    exp,
    gaussian,
    maximum,
    monomial,
    neuron,
    sqrt,
    step,
    term,
    x,
)
from circuitalg.errors import RuleError
from circuitalg.expressions import Expression, expression

X, Y = x(0), x(1)
NUMBERS = st.one_of(
    st.integers(-30, 30), st.fractions(min_value=-5, max_value=5, max_denominator=40)
)
LEAVES = st.one_of(NUMBERS.map(expression), st.sampled_from([X, Y, PI]))
TERMS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda op, parts: Expression(op, tuple(parts)),
            st.sampled_from("+*"),
            st.lists(inner, min_size=2, max_size=3),
        ),
        st.builds(
            lambda op, *parts: Expression(op, parts), st.sampled_from(["/", "max"]), inner, inner
        ),
        st.builds(lambda part, n: part**n, inner, st.integers(0, 5)),
        st.builds(lambda make, part: make(part), st.sampled_from([exp, sqrt, step]), inner),
    ),
    max_leaves=10,
)
POINTS = st.tuples(NUMBERS, NUMBERS)


def ball(term, point):
    """The value as FLINT's ball arithmetic has it; an infinite ball where it is undefined."""
    op, args = term.op, term.args
    if op == "number":
        return flint.arb(flint.fmpq(args[0].numerator, args[0].denominator))
    if op == "x":
        return ball(expression(point[args[0]]), point)
    if op == "pi":
        return flint.arb.pi()
    if op == "^":
        return ball(args[0], point) ** args[1].args[0]
    parts = [ball(part, point) for part in args]
    if op == "exp":
        return parts[0].exp()
    if op == "sqrt":
        return parts[0].sqrt()
    if op == "step":
        return flint.arb(int(parts[0] > 0))
    total = parts[0]
    for part in parts[1:]:
        match op:
            case "+":
                total += part
            case "*":
                total *= part
            case "/":
                total /= part
            case "max":
                total = total.max(part)
    return total


def arb(number):
    """An exact dyadic number as a ball without radius."""
    return flint.arb(flint.fmpz(number.numerator)) / flint.arb(flint.fmpz(number.denominator))


def overlaps(ends, term, point):
    """Whether FLINT's value meets the enclosure, both at high precision."""
    before, flint.ctx.prec = flint.ctx.prec, 2000
    try:
        value = ball(term, point)
        return not (value < arb(ends[0]) or value > arb(ends[1]))
    finally:
        flint.ctx.prec = before


@settings(max_examples=300, deadline=None)
@given(term=TERMS, point=POINTS, bits=st.sampled_from([8, 24, 53, 64, 200]))
def test_an_enclosure_holds_the_value_that_flint_has(term, point, bits):
    """At random terms and points, wherever the enclosure is given at all."""
    try:
        ends = enclosure(term, point, bits)
    except RuleError:
        return
    assert ends[0] <= ends[1]
    assert overlaps(ends, term, point)
    for end in ends:
        assert end.denominator & (end.denominator - 1) == 0


RATIONAL = st.recursive(
    NUMBERS.map(expression),
    lambda inner: st.one_of(
        st.builds(lambda op, *parts: Expression(op, parts), st.sampled_from("+*/"), inner, inner),
        st.builds(maximum, inner, inner),
        st.builds(lambda part, n: part**n, inner, st.integers(0, 6)),
    ),
    max_leaves=12,
)


def rational(term):
    """The value of a term of numbers, exactly."""
    if term.op == "number":
        return Fraction(term.args[0])
    if term.op == "^":
        return rational(term.args[0]) ** term.args[1].args[0]
    first, second = map(rational, term.args)
    match term.op:
        case "+":
            return first + second
        case "*":
            return first * second
        case "/":
            return first / second
    return max(first, second)


@settings(max_examples=300, deadline=None)
@given(term=RATIONAL, bits=st.sampled_from([1, 2, 5, 24, 64, 200]))
def test_an_enclosure_holds_the_exact_value_of_rational_terms(term, bits):
    """Independently of FLINT, at as few as one digit; a division that may be by 0 is refused."""
    try:
        low, high = enclosure(term, (), bits)
    except RuleError:
        return
    assert low <= rational(term) <= high


def test_the_comparison_with_flint_can_fail():
    """A value beside the enclosure is seen: e is not between 2.5 and 2.7."""
    assert not overlaps((Fraction(5, 2), Fraction(27, 10)), exp(1), ())


@pytest.mark.parametrize(
    ("term", "low", "high"),
    [
        (exp(0), 1, 1),
        (exp(1), "2.718281828459045235360287471", "2.718281828459045235360287472"),
        (exp(-1), "0.367879441171442321595523770", "0.367879441171442321595523771"),
        (PI, "3.141592653589793238462643383", "3.141592653589793238462643384"),
        (sqrt(2), "1.414213562373095048801688724", "1.414213562373095048801688725"),
        (maximum(exp(1), 3), 3, 3),
        (maximum(-2, -PI), -2, -2),
        (step(PI + -3), 1, 1),
        (step(3 + -PI), 0, 0),
        (expression(1) / -3, "-1/3", "-1/3"),
        (expression(-3) ** 3, -27, -27),
        (expression(0) ** 0, 1, 1),
    ],
)
def test_known_values(term, low, high):
    """They lie in the enclosure with 80 bits, which is narrow."""
    ends = enclosure(term, (), 80)
    assert ends[0] <= Fraction(high)
    assert Fraction(low) <= ends[1]
    assert ends[1] - ends[0] < Fraction(1, 2**70)


@pytest.mark.parametrize(
    "term",
    [
        gaussian([0, 1], [1, Fraction(1, 3)]),
        neuron("sigmoid", [3, -2], Fraction(1, 7)),
        exp(700 * X),
        exp(-700 * X),
        sqrt(1 + X**2),
        PI / (2 + X),
    ],
)
def test_more_bits_make_it_narrower(term):
    """The width relative to the value falls as 2^-bits, up to 4,096 bits."""
    point = (Fraction(1, 3), Fraction(-2, 7))
    value = enclosure(term, point, 64)[1]
    for bits in (32, 64, 300, 1000, 4096):
        low, high = enclosure(term, point, bits)
        assert 0 <= high - low <= abs(value) * Fraction(1, 2 ** (bits - 18))
        assert overlaps((low, high), term, point) or bits > 1000


def test_powers_of_intervals_around_zero():
    """An even power is not negative, an odd one may be."""
    nearly_zero = exp(1) + -exp(1)
    low, high = enclosure(nearly_zero**2, (), 20)
    assert low == 0 <= high
    low, high = enclosure(nearly_zero**3, (), 20)
    assert low <= 0 <= high


def test_tiny_values_keep_an_enclosure_of_bounded_size():
    """exp(-10^6) is below 2^-20,000: between 0 and that."""
    low, high = enclosure(exp(X), (-(10**6),), 64)
    assert low == 0
    assert 0 < high <= Fraction(1, 2**20_000)


@pytest.mark.parametrize(
    ("term", "point", "reason"),
    [
        (step(X), (0,), "step may be 0"),
        (step(3 * X + -1), (Fraction(1, 3),), "step may be 0"),
        (step(exp(1) + -exp(1)), (0,), "step may be 0"),
        (step(-X), (0,), "step may be 0"),
        (1 / X, (0,), "denominator may be 0"),
        (0 / (PI + -PI), (0,), "denominator may be 0"),
        (sqrt(X), (-1,), "square root is not positive"),
        (sqrt(-(X**2)), (0,), "square root is not positive"),
        (exp(X), (10**6 + 1,), "exceeds 1,000,000"),
        (exp(X), (Fraction(-(10**9), 7),), "exceeds 1,000,000"),
        (exp(X), (10**6,), "exceeds 2"),
        (((((((X**64) ** 64) ** 64) ** 64) ** 64) ** 64) ** 64, (2,), "exceeds 2"),
        (Y, (0,), "coordinate 1"),
        (X - 1, (0,), "no operation"),
    ],
)
def test_where_a_term_is_not_certainly_defined_and_continuous_it_is_refused(term, point, reason):
    """Jumps, poles, edges of a domain, and values beyond the range."""
    with pytest.raises(RuleError, match=reason):
        enclosure(term, point, 64)


@pytest.mark.parametrize("bits", [0, -1, 4097, 64.0, "64", True, None])
def test_bits_are_an_integer_within_the_limit(bits):
    """1 to 4,096."""
    with pytest.raises(RuleError, match="bits"):
        enclosure(PI, (), bits)


def test_coordinates_must_exist():
    """Coordinate s is not there in R^s, whatever is said where."""
    assert check_term(X + Y, 2) == 3
    with pytest.raises(RuleError, match="coordinate 1"):
        check_term(X + Y, 1)


def test_differences_are_sums():
    """Terms have no minus of their own; what is too deep or no term is refused before."""
    assert term(X - (1 - Y)) == X + -(1 + -Y)
    assert term("1/2") == expression(Fraction(1, 2))
    for other in (Expression("sin", (X,)), maximum(X, Expression("sym", ("m",)))):
        with pytest.raises(RuleError, match="no operation"):
            term(other)
    deep = X
    for _ in range(100):
        deep = deep - deep
    with pytest.raises(RuleError, match=r"nested|parts"):
        term(deep)


def test_the_builders_mean_what_they_say():
    """A normal density, neurons and monomials at points where the value is known."""
    third = Fraction(1, 3)
    low, high = enclosure(gaussian([1, 2], [third, 3]), (1, 2), 64)
    other = enclosure(1 / (2 * PI), (), 64)
    assert low <= other[1]
    assert other[0] <= high
    assert enclosure(neuron("relu", [2, -1], 3), (1, 7), 64) == (0, 0)
    assert enclosure(neuron("relu", [2, -1], 3), (1, 4), 64) == (1, 1)
    assert enclosure(neuron("threshold", [2, -1], 3), (1, 7), 64) == (0, 0)
    half = enclosure(neuron("sigmoid", [2, -1], 3), (1, 5), 64)
    assert half[0] <= Fraction(1, 2) <= half[1]
    assert enclosure(neuron("relu", [0], 0), (1,), 64) == (0, 0)
    assert enclosure(monomial([2, 3]), (3, 2), 64) == (72, 72)
    assert monomial([0, 0]) == expression(1)
    with pytest.raises(RuleError, match="no activation"):
        neuron("tanh", [1], 0)
