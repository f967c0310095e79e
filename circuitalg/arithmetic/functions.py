"""Real functions as terms, and rational enclosures of their values at a point.

A term is an expression of the language `circuitalg.expressions.TERMS`: numbers, coordinates
``x(i)``, + − · / ^, `exp`, `sqrt`, `maximum`, `step` (1 from 0 on, else 0) and `PI`. `enclosure`
answers at points around which a term is defined and continuous; elsewhere it refuses.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce

from circuitalg.arithmetic.balls import Ball, ball, check_bits, dyadic_ends, pi, precision
from circuitalg.errors import RuleError
from circuitalg.expressions import TERMS, Expression, Number, expression

_MAX_EXPONENT = 10**6
_COARSER = 4
"""Binary digits fewer than the checker's intervals have: what passes here passes there."""
_WITH_DIFFERENCES = replace(TERMS, takes={**TERMS.takes, "-": "ee"})

Interval = tuple[Fraction, Fraction]
"""The numbers between two rational ones."""

PI = Expression("pi", ())


def x(coordinate: int) -> Expression:
    """Coordinate 0, 1, … of the patch."""
    return Expression("x", (coordinate,))


def exp(value: object) -> Expression:
    """Euler's e to the power of an expression."""
    return Expression("exp", (expression(value),))


def sqrt(value: object) -> Expression:
    """Square root of an expression."""
    return Expression("sqrt", (expression(value),))


def maximum(first: object, second: object) -> Expression:
    """The larger of two expressions."""
    return Expression("max", (expression(first), expression(second)))


def step(value: object) -> Expression:
    """1 where an expression is at least 0, else 0."""
    return Expression("step", (expression(value),))


def term(value: object) -> Expression:
    """A function as people write it as a term: a − b becomes a + (−1)·b.

    Raises
    ------
    ArgumentError, RuleError
        When it is no expression of the language.
    """
    whole = expression(value)
    _WITH_DIFFERENCES.check(whole)
    return _without_differences(whole)


def _without_differences(part: Expression) -> Expression:
    args = [_without_differences(p) if isinstance(p, Expression) else p for p in part.args]
    return args[0] + -args[1] if part.op == "-" else Expression(part.op, tuple(args))


def check_term(whole: Expression, dimension: int) -> int:
    """Count the parts of a term on R^dimension.

    Raises
    ------
    RuleError
        When it is no term, is too large, or uses a coordinate that does not exist.
    """
    count = TERMS.check(whole)
    last = max((part.args[0] for part in whole.walk() if part.op == "x"), default=-1)
    if last >= dimension:
        raise RuleError(
            f"a term uses coordinate {last} of a point with {dimension} coordinates "
            "(they are counted from 0)"
        )
    return count


# Families


def gaussian(mean: Sequence[Number], variance: Sequence[Number]) -> Expression:
    """Π 1/√(2πv) · exp(−(x−m)²/(2v)) over the coordinates: a normal density, diagonal."""
    squares, scale = [], Fraction(1)
    for k, (m, v) in enumerate(zip(mean, variance, strict=True)):
        squares.append(Fraction(-1) / (2 * v) * (x(k) + -m if m else x(k)) ** 2)
        scale *= 2 * v
    return exp(_sum(squares)) / sqrt(scale * PI ** len(squares))


def neuron(activation: str, weights: Sequence[Number], bias: Number) -> Expression:
    """The activation ("sigmoid", "relu", "threshold") of Σ weights·x + bias."""
    inner = [w * x(k) for k, w in enumerate(weights) if w]
    t = _sum([*inner, expression(bias)] if bias or not inner else inner)
    if activation == "sigmoid":
        return 1 / (1 + exp(-t))
    if activation == "relu":
        return maximum(t, 0)
    if activation == "threshold":
        return step(t)
    raise RuleError(f"there is no activation {activation!r}; use sigmoid, relu or threshold")


def monomial(exponents: Sequence[int]) -> Expression:
    """Π x_k^e_k."""
    factors = [x(k) if e == 1 else x(k) ** e for k, e in enumerate(exponents) if e]
    if len(factors) < 2:
        return factors[0] if factors else expression(1)
    return Expression("*", tuple(factors))


def _sum(parts: Sequence[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Expression("+", tuple(parts))


# Enclosures


def enclosure(whole: Expression, point: Sequence[Number], bits: int) -> Interval:
    """Enclose a term's value at a rational point by two dyadic numbers.

    Values below 2^-20,000 may be enclosed by 0 and 2^-20,000.

    Raises
    ------
    RuleError
        When the term is not certainly defined and continuous around the point: a division by an
        interval that holds 0, a square root of one that is not positive, a step of one that
        holds 0, an exponential beyond ±10^6; or when the value exceeds 2^20,000.
    """
    check_bits(bits)
    with precision(max(2, bits - _COARSER)):
        return dyadic_ends(_enclose(whole, point))


def _enclose(part: Expression, point: Sequence[Number]) -> Ball:
    op, args = part.op, part.args
    if op == "number":
        return ball(args[0])
    if op == "x":
        if not 0 <= args[0] < len(point):
            raise RuleError(f"a term uses coordinate {args[0]} of a point with {len(point)}")
        return ball(point[args[0]])
    if op == "pi":
        return pi()
    if op == "^":
        return _power(_enclose(args[0], point), args[1].args[0])
    if op not in _OPERATIONS:
        raise RuleError(f"there is no operation {op!r} in terms")
    operation = _OPERATIONS[op]
    values = [_enclose(inner, point) for inner in args]
    return operation(values[0]) if len(values) == 1 else reduce(operation, values)


def _power(base: Ball, n: int) -> Ball:
    """FLINT's own is not defined around 0."""
    found = ball(1)
    for digit in f"{n:b}":
        found = found * found * base if digit == "1" else found * found
    return found if n % 2 else found.nonnegative_part()


def _quotient(a: Ball, b: Ball) -> Ball:
    if not (b > 0 or b < 0):
        raise RuleError("a denominator may be 0 at a point; choose another point or more bits")
    return a / b


def _exponential(a: Ball) -> Ball:
    if not abs(a) <= _MAX_EXPONENT:
        raise RuleError(
            f"the argument of an exponential exceeds {_MAX_EXPONENT:,} at a point; "
            "choose another point"
        )
    return a.exp()


def _root(a: Ball) -> Ball:
    if not a > 0:
        raise RuleError(
            "the argument of a square root is not positive at a point; choose another point"
        )
    return a.sqrt()


def _step(a: Ball) -> Ball:
    if not (a > 0 or a < 0):
        raise RuleError("the argument of a step may be 0 at a point; choose another point")
    return ball(int(a > 0))


_OPERATIONS: dict[str, Callable[..., Ball]] = {
    "+": operator.add,
    "*": operator.mul,
    "/": _quotient,
    "max": Ball.max,
    "exp": _exponential,
    "sqrt": _root,
    "step": _step,
}
