"""Log-scores: certified values at given numbers, and bounds on the rounding error of float64."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from math import floor, isfinite
from typing import Any

from circuitalg.arithmetic.balls import MAX_BITS, Ball, ball, precision
from circuitalg.arithmetic.logarithm import log_of
from circuitalg.circuit.node import plain_number
from circuitalg.circuit.weights import as_weights, check_mapping
from circuitalg.edge import CircuitLike, as_circuit, as_output
from circuitalg.errors import ArgumentError, NotProved, WeightError
from circuitalg.integers import shown
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.rounding import ZEROS, LogSpaceError, Rounding, rounding_error
from circuitalg.kernel.logspace.score import Enclosure, LogScore, enclosed_output
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import choice, described, is_list, natural
from circuitalg.tables import as_table

Number = int | Fraction
Range = tuple[Number, Number]

_DIGITS = 3
_GRAIN = 1000
_SMALLEST, _LARGEST = Fraction(1, 1 << 1022), Fraction(2**53 - 1) * 2**971


def prove_log_score(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    x: Any,
    *,
    output: int = 0,
    bits: int = 128,
) -> Theorem[LogScore]:
    """Prove the sign of an output, and the logarithm of its magnitude to about ``bits`` digits.

    Parameters
    ----------
    circuit
        Any circuit; weights and inputs may have any signs.
    weights
        Arrays by parameter name. Floats stand for the dyadic numbers that they are, exactly.
    x
        One input: array (locations, dim), or a list of M_i numbers for each location.
    output
        Which output.
    bits
        Binary digits of the intervals, 1 to 4,096. The width of the result is about 2^-bits, more
        where terms cancel.

    Raises
    ------
    WeightError
        For missing or misshapen weights, NaN and infinities.
    NotProved
        When the output is 0, or may be 0 as far as the digits show.

    Notes
    -----
    Source: docs/rules/logspace.md (intervals with dyadic ends).

    Examples
    --------
    >>> from circuitalg.circuit.models import ht_model
    >>> deep = ht_model(locations=4096, dim=2, widths=[2] * 12, shared=True)
    >>> weights = deep.random_weights(seed=0, kind="simplex")
    >>> prove_log_score(deep, weights, [[0.5, 0.25]] * 4096).statement.high < -2000
    True
    """
    circuit = as_circuit(circuit)
    output, bits = as_output(circuit, output), natural("bits", bits, 1, MAX_BITS)
    weights = as_weights(circuit, weights, exact=True)
    exact = {name: _rows(table, f"the weights {name!r}") for name, table in sorted(weights.items())}
    rows = _rows(x, "x")
    value = enclosed_output(circuit, exact, rows, output, bits)
    if value.contains(0):
        reason = (
            "is 0, which has no logarithm"
            if value == 0
            else f"is not shown to differ from 0 by intervals of {bits} bits; give more bits"
        )
        raise NotProved(f"output {output} {reason}")
    sign = 1 if value > 0 else -1
    low, high = _logarithm(value, bits)
    return rules.log_score(circuit, exact, rows, output, sign, low, high, Enclosure(bits))


def prove_log_space_error(
    circuit: CircuitLike,
    log_weights: Range,
    log_inputs: Range,
    zeros: str = "none",
) -> Theorem[LogSpaceError]:
    """Bound what rounding does to log-scores in float64, for all weights and inputs in ranges.

    It is about ``evaluate_over(circuit, weights, x, "log")``, and the circuit's SimNet with β = 1
    in softmax mode. The bound is rounded up to three decimal digits.

    Parameters
    ----------
    circuit
        Any circuit whose fixed matrices are non-negative.
    log_weights, log_inputs
        (low, high): exact numbers between which the logarithms of weights and inputs lie, as
        `log_ranges` gives them. For numbers normalized in log-space the error of the given
        logarithms counts too.
    zeros
        "none", or "allowed" where weights or inputs may be 0.

    Raises
    ------
    RuleError
        When a fixed matrix has no logarithm, or logarithms or errors exceed the limits.

    Notes
    -----
    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapters 2 to 4;
    docs/rules/logspace.md.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> deep = ht_model(locations=256, dim=2, widths=[2] * 8, shared=True)
    >>> theorem = prove_log_space_error(deep, (-5, 0), (-5, 0))
    >>> float(theorem.statement.bound) < 1e-9
    True
    """
    circuit = as_circuit(circuit)
    ranges = (_as_range("log_weights", log_weights), _as_range("log_inputs", log_inputs))
    log_weights, log_inputs = ranges
    zeros = choice("zeros", zeros, ZEROS)
    bound = _rounded_up(rounding_error(circuit, log_weights, log_inputs, zeros))
    return rules.log_space_error(circuit, log_weights, log_inputs, zeros, bound, Rounding())


def _as_range(name: str, given: Any) -> Range:
    value: Any = given
    numbers = map(plain_number, value) if is_list(value) and not isinstance(value, dict) else ()
    ends = [end for end in numbers if end is not None]
    if len(ends) != 2 or len(value) != 2:
        raise ArgumentError(
            f"{name} must be (low, high), two exact numbers as log_ranges gives them, not "
            f"{described(given)}"
        )
    return ends[0], ends[1]


def log_ranges(weights: Mapping[str, Any], x: Any) -> tuple[Range, Range, str]:
    """Ranges of the logarithms of weights and of inputs, for `prove_log_space_error`.

    Parameters
    ----------
    weights
        Non-negative arrays by parameter name.
    x
        Non-negative array (batch, locations, dim) or (locations, dim), or a list of arrays.

    Returns
    -------
    (low, high) for the weights and for the inputs, rounded outward to thousandths, and "allowed"
    where there is a zero among them, else "none".

    Raises
    ------
    WeightError
        For a negative or infinite number, NaN, or an exact one that float64 would round by more
        than 2^-53 of it.

    Examples
    --------
    >>> log_ranges({"a": [[0.5, 2]]}, [[1.0, 0.0]])
    ((Fraction(-347, 500), Fraction(347, 500)), (0, 0), 'allowed')
    """
    check_mapping(weights)
    tables = [as_table(table, f"the weight {name!r}") for name, table in weights.items()]
    given, some_zero = _range(tables, "the weights")
    inputs, another = _range([as_table(x, "x") if hasattr(x, "shape") else x], "x")
    return given, inputs, "allowed" if some_zero or another else "none"


def _rows(table: Any, what: str) -> tuple[tuple[Number, ...], ...]:
    listed = as_table(table, what).tolist() if hasattr(table, "shape") else table
    if not is_list(listed) or not all(map(is_list, listed)):
        raise ArgumentError(f"{what} must be rows of numbers, not {described(table)}")
    rows = (as_table(row, what, exact=True).tolist() for row in listed)
    return tuple(tuple(_exactly(entry, what) for entry in row) for row in rows)


def _exactly(entry: Any, what: str) -> Number:
    """A number as the rational that it is; a float is a dyadic one."""
    if isinstance(entry, float) and isfinite(entry):
        found = Fraction(entry)
        return int(found) if found.denominator == 1 else found
    exact = plain_number(entry)
    if exact is None:
        raise WeightError(
            f"{what} has the entry {shown(entry)}; give finite floats, ints, Fractions"
        )
    return exact


def _logarithm(value: Ball, bits: int) -> Range:
    """Multiples of 2^-bits around the logarithm of a number's magnitude."""
    with precision(bits + 128):
        scaled = abs(value).log() * ball(2) ** bits
        low, high = (_whole(end) for end in (scaled.lower().floor(), scaled.upper().ceil()))
    return Fraction(low - 1, 1 << bits), Fraction(high + 1, 1 << bits)


def _whole(end: Ball) -> int:
    """An exact ball that is an integer, as one."""
    mantissa, exponent = end.man_exp()
    return int(mantissa) << int(exponent)


def _rounded_up(x: Fraction) -> Number:
    """A little more than x, with three decimal digits."""
    x += Fraction(1, 1 << 100)  # kernel and checker round up on grids of their own
    exact = Context(prec=60, rounding=ROUND_CEILING).divide(x.numerator, x.denominator)
    return Fraction(Context(prec=_DIGITS, rounding=ROUND_CEILING).plus(Decimal(exact)))


def _range(tables: Iterable[Any], what: str) -> tuple[Range, bool]:
    """Outward range of the logarithms of the positive numbers, and whether there is a zero."""
    lows, highs, zero = set[int](), set[int](), False
    for entry in _entries(tables):
        number = _exactly(entry, what)
        if number < 0:
            raise WeightError(
                f"{what} has the negative number {shown(entry)}, which has no logarithm"
            )
        if number == 0:
            zero = True
            continue
        if not isinstance(entry, float) and not _SMALLEST <= number <= _LARGEST:
            raise WeightError(f"{what} has a number outside the range of float64")
        found = log_of(number)
        lows.add(-_thousandths(-found, one=number == 1))
        highs.add(_thousandths(found, one=number == 1))
    ends = (Fraction(min(lows, default=0), _GRAIN), Fraction(max(highs, default=0), _GRAIN))
    low, high = (int(end) if end.denominator == 1 else end for end in ends)
    return (low, high), zero


def _entries(tables: Iterable[Any]) -> Iterable[Any]:
    """All numbers of nested lists and arrays."""
    stack = list(tables)
    while stack:
        part = stack.pop()
        part = part.tolist() if hasattr(part, "tolist") else part
        if isinstance(part, list | tuple):
            stack.extend(part)
        else:
            yield part


def _thousandths(found: float, *, one: bool) -> int:
    """A logarithm rounded up to thousandths, past its error: 1e-12 for magnitudes up to 1,500."""
    return 0 if one else floor((found + 1e-9) * _GRAIN) + 1
