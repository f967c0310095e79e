"""Real functions as terms, and rational enclosures of their values at a point.

A term is an exact number, or a tuple of a name and what it takes: ``("x", i)`` (coordinate i),
``("+", t, u, …)``, ``("*", t, u, …)``, ``("^", t, n)``, ``("/", t, u)``, ``("exp", t)``,
``("sqrt", t)``, ``("pi",)``, ``("max", t, u)`` and ``("step", t)`` (1 if t ≥ 0, else 0).

`enclosure` answers at points around which the term is defined and continuous; elsewhere it
refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from circuitalg.arithmetic.intervals import (
    MAX_BITS,
    Interval,
    add,
    divide,
    exponential,
    larger,
    multiply,
    number,
    pi,
    power,
    root,
)
from circuitalg.circuit.node import is_exact
from circuitalg.errors import FileFormatError, RuleError
from circuitalg.files import number_from_json
from circuitalg.integers import shown

Term = Any
"""An int, a Fraction, or a nested tuple as the module says."""

MAX_DEPTH = 40
MAX_NODES = 10_000
MAX_DIMENSION = 64
MAX_POWER = 64
_SMALLEST = 20_000
_PARTS = {"x": 1, "^": 2, "/": 2, "exp": 1, "sqrt": 1, "pi": 0, "max": 2, "step": 1}


# Terms as data


def term_to_data(term: Term) -> Any:
    """JSON form of a term: lists instead of tuples, "p/q" instead of a Fraction."""
    if isinstance(term, tuple):
        plain = term[0] in ("x", "^")
        return [
            part
            if position == 0 or (plain and type(part) is int and position == len(term) - 1)
            else term_to_data(part)
            for position, part in enumerate(term)
        ]
    return int(term) if term.denominator == 1 else f"{term.numerator}/{term.denominator}"


def term_from_data(data: Any) -> Term:
    """Read a term from its JSON form.

    Raises
    ------
    FileFormatError
        When it is malformed, or nested too deeply.
    """
    return _from_data(data, 0)


def _from_data(data: Any, depth: int) -> Term:
    if depth > MAX_DEPTH:
        raise FileFormatError(f"a term is nested more than {MAX_DEPTH} deep; write it flatter")
    if not isinstance(data, list):
        return number_from_json(data, "a term")
    if not data or not isinstance(data[0], str):
        raise FileFormatError(f"a term begins with the name of an operation, not {str(data)[:60]}")
    name = data[0]
    if name == "x":
        term: Term = tuple(data)
    elif name == "^":
        term = (name, *(_from_data(part, depth + 1) for part in data[1:2]), *data[2:])
    else:
        term = (name, *(_from_data(part, depth + 1) for part in data[1:]))
    fault = _fault(term)
    if fault:
        raise FileFormatError(fault)
    return term


def check_term(term: Term, dimension: int) -> int:
    """Count the nodes of a well-formed term on R^dimension.

    Numbers, coordinates and pi count 1; an operation counts 1 and its parts (the exponent of a
    power and the index of a coordinate are not parts).

    Raises
    ------
    RuleError
        When the term is malformed, too deep, or uses a coordinate that does not exist.
    """
    count, stack = 0, [(term, 0)]
    while stack:
        part, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH:
            raise RuleError(f"a term is nested more than {MAX_DEPTH} deep; write it flatter")
        if count > MAX_NODES:
            raise RuleError(f"a term has more than {MAX_NODES:,} nodes; use fewer")
        if type(part) is not tuple:
            if not is_exact(part):
                raise RuleError(f"a term holds {shown(part)}; its numbers are ints or Fractions")
            continue
        fault = _fault(part)
        if fault:
            raise RuleError(fault)
        if part[0] == "x":
            if part[1] >= dimension:
                raise RuleError(
                    f"a term uses coordinate {part[1]} of a point with {dimension} coordinates "
                    "(they are counted from 0)"
                )
        elif part[0] == "^":
            stack.append((part[1], depth + 1))
        else:
            stack.extend((inner, depth + 1) for inner in part[1:])
    return count


def _fault(term: tuple[Any, ...]) -> str:
    """What is wrong with the top of a term; empty where nothing is."""
    name, parts = (term[0], len(term) - 1) if term else ("", 0)
    if type(name) is str and name in ("+", "*"):
        return "" if parts >= 2 else f"{name!r} takes two terms or more, got {parts}"
    if type(name) is not str or name not in _PARTS:
        return f"there is no operation {str(name)[:40]!r} in terms"
    if parts != _PARTS[name]:
        return f"{name!r} takes {_PARTS[name]} parts in a term, got {parts}"
    if name == "x" and (type(term[1]) is not int or not 0 <= term[1] < MAX_DIMENSION):
        return f"a coordinate is an integer from 0 to {MAX_DIMENSION - 1}, got {shown(term[1])}"
    if name == "^" and (type(term[2]) is not int or not 0 <= term[2] <= MAX_POWER):
        return f"the exponent of a power is an integer from 0 to {MAX_POWER}, got {shown(term[2])}"
    return ""


# Builders


def gaussian(mean: Sequence[int | Fraction], variance: Sequence[int | Fraction]) -> Term:
    """Π 1/√(2πv) · exp(−(x−m)²/(2v)) over the coordinates: a normal density, diagonal."""
    squares = [
        ("*", Fraction(-1) / (2 * v), ("^", _sum([("x", k), -m] if m else [("x", k)]), 2))
        for k, (m, v) in enumerate(zip(mean, variance, strict=True))
    ]
    scale = Fraction(1)
    for v in variance:
        scale *= 2 * v
    tau = ("*", _plain(scale), ("^", ("pi",), len(squares)))
    return (
        "/",
        ("exp", _sum([(op, _plain(c), square) for op, c, square in squares])),
        ("sqrt", tau),
    )


def neuron(activation: str, weights: Sequence[int | Fraction], bias: int | Fraction) -> Term:
    """The activation ("sigmoid", "relu", "threshold") of Σ weights·x + bias."""
    inner = [("*", w, ("x", k)) for k, w in enumerate(weights) if w]
    t = _sum([*inner, bias] if bias or not inner else inner)
    if activation == "sigmoid":
        return ("/", 1, ("+", 1, ("exp", ("*", -1, t))))
    if activation == "relu":
        return ("max", t, 0)
    if activation == "threshold":
        return ("step", t)
    raise RuleError(f"there is no activation {activation!r}; use sigmoid, relu or threshold")


def monomial(exponents: Sequence[int]) -> Term:
    """Π x_k^e_k."""
    factors = [("x", k) if e == 1 else ("^", ("x", k), e) for k, e in enumerate(exponents) if e]
    if not factors:
        return 1
    return factors[0] if len(factors) == 1 else ("*", *factors)


def _sum(parts: list[Term]) -> Term:
    return parts[0] if len(parts) == 1 else ("+", *parts)


def _plain(number: int | Fraction) -> int | Fraction:
    return int(number) if number.denominator == 1 else number


# Enclosures


def enclosure(term: Term, point: Sequence[int | Fraction], bits: int) -> tuple[Fraction, Fraction]:
    """Enclose a term's value at a rational point by two dyadic numbers.

    Values below 2^-20,000 may be enclosed by 0 and 2^-20,000.

    Raises
    ------
    RuleError
        When the term is not certainly defined and continuous around the point: a division by an
        interval that holds 0, a square root of one that is not positive, a step of one that
        holds 0, an exponential beyond ±10^6; or when the value exceeds 2^20,000.
    """
    if type(bits) is not int or not 1 <= bits <= MAX_BITS:
        raise RuleError(f"bits must be an integer from 1 to {MAX_BITS}, got {shown(bits)}")
    low, high, e = _enclose(term, point, bits)
    if not low and not high:
        return Fraction(0), Fraction(0)
    if e < -_SMALLEST:
        low, high, e = low >> (-_SMALLEST - e), -((-high) >> (-_SMALLEST - e)), -_SMALLEST
    if max(abs(low), abs(high)).bit_length() + e > _SMALLEST:
        raise RuleError(f"a term's value exceeds 2^{_SMALLEST:,} at a point; choose another point")
    if e >= 0:
        return Fraction(low << e), Fraction(high << e)
    return Fraction(low, 1 << -e), Fraction(high, 1 << -e)


def _enclose(term: Term, point: Sequence[int | Fraction], bits: int) -> Interval:
    if not isinstance(term, tuple):
        return number(term, bits)
    name = term[0]
    if name == "x":
        if not 0 <= term[1] < len(point):
            raise RuleError(f"a term uses coordinate {term[1]} of a point with {len(point)}")
        return number(point[term[1]], bits)
    if name == "pi":
        return pi(bits)
    if name == "^":
        return power(_enclose(term[1], point, bits), term[2], bits)
    if name not in _OPERATIONS:
        raise RuleError(f"there is no operation {name!r} in terms")
    operation = _OPERATIONS[name]
    values = [_enclose(part, point, bits) for part in term[1:]]
    if len(values) == 1:
        return operation(values[0], bits)
    found = values[0]
    for value in values[1:]:
        found = operation(found, value, bits)
    return found


def _step(a: Interval, _bits: int) -> Interval:
    if a[0] <= 0 <= a[1]:
        raise RuleError("the argument of a step may be 0 at a point; choose another point")
    return (1, 1, 0) if a[0] > 0 else (0, 0, 0)


_OPERATIONS: dict[str, Callable[..., Interval]] = {
    "+": add,
    "*": multiply,
    "/": divide,
    "max": larger,
    "exp": exponential,
    "sqrt": root,
    "step": _step,
}
