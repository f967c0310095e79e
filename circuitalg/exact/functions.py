"""Real functions as terms, and rational enclosures of their values at a point.

A term is an exact number, or a tuple of a name and what it takes: ``("x", i)`` (coordinate i),
``("+", t, u, …)``, ``("*", t, u, …)``, ``("^", t, n)``, ``("/", t, u)``, ``("exp", t)``,
``("sqrt", t)``, ``("pi",)``, ``("max", t, u)`` and ``("step", t)`` (1 if t ≥ 0, else 0).

`enclosure` answers at points around which the term is defined and continuous; elsewhere it
refuses. An interval is three integers (low, high, e): the numbers from low · 2^e to high · 2^e.
Every operation rounds outward to about `bits` binary digits of the larger end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import Any

from circuitalg.circuit.files import number_from_json
from circuitalg.errors import FileFormatError, RuleError

Term = Any
"""An int, a Fraction, or a nested tuple as the module says."""
Interval = tuple[int, int, int]

MAX_BITS = 4096
MAX_DEPTH = 40
MAX_NODES = 10_000
MAX_DIMENSION = 64
MAX_POWER = 64
MAX_EXPONENT = 10**6
_SMALLEST, _RANGE = 20_000, 2**40
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
        raise FileFormatError(f"a term is nested more than {MAX_DEPTH} times; write it flatter")
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
    power and the index of a coordinate are no parts).

    Raises
    ------
    RuleError
        When the term is malformed, too deep, or uses a coordinate that is not there.
    """
    count, stack = 0, [(term, 0)]
    while stack:
        part, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH:
            raise RuleError(f"a term is nested more than {MAX_DEPTH} times; write it flatter")
        if count > MAX_NODES:
            raise RuleError(f"a term has more than {MAX_NODES:,} nodes; use fewer")
        if not isinstance(part, tuple):
            if type(part) not in (int, Fraction) or type(part.numerator) is not int:
                raise RuleError(f"a term holds {part!r}; its numbers are ints or Fractions")
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
    if name in ("+", "*"):
        return "" if parts >= 2 else f"{name!r} takes two terms or more, got {parts}"
    if not isinstance(name, str) or name not in _PARTS:
        return f"there is no operation {str(name)[:40]!r} in terms"
    if parts != _PARTS[name]:
        return f"{name!r} takes {_PARTS[name]} parts in a term, got {parts}"
    if name == "x" and (type(term[1]) is not int or not 0 <= term[1] < MAX_DIMENSION):
        return f"a coordinate is counted from 0 to {MAX_DIMENSION - 1}, got {term[1]!r}"
    if name == "^" and (type(term[2]) is not int or not 0 <= term[2] <= MAX_POWER):
        return f"the exponent of a power is an integer from 0 to {MAX_POWER}, got {term[2]!r}"
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
        raise RuleError(f"bits must be an integer from 1 to {MAX_BITS}, got {bits!r}")
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
        return _number(term, bits)
    name = term[0]
    if name == "x":
        if not 0 <= term[1] < len(point):
            raise RuleError(f"a term uses coordinate {term[1]} of a point with {len(point)}")
        return _number(point[term[1]], bits)
    if name == "pi":
        return _pi(bits)
    if name == "^":
        return _power(_enclose(term[1], point, bits), term[2], bits)
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


def _rounded(low: int, high: int, e: int, bits: int) -> Interval:
    """Outward to `bits` digits of the larger end."""
    excess = max(abs(low), abs(high)).bit_length() - bits
    if excess > 0:
        low, high, e = low >> excess, -((-high) >> excess), e + excess
    if not -_RANGE < e < _RANGE:
        raise RuleError("a term's value is out of range at a point; choose another point")
    return low, high, e


def _number(number: int | Fraction, bits: int) -> Interval:
    p, q = number.numerator, number.denominator
    if q & (q - 1) == 0:
        return _rounded(p, p, 1 - q.bit_length(), bits)
    shift = max(bits - p.bit_length() + q.bit_length(), 0)
    low = (p << shift) // q
    return _rounded(low, low + 1, -shift, bits)


def _aligned(a: Interval, b: Interval, bits: int) -> tuple[Interval, Interval]:
    """Give both one exponent: outward, to `bits` digits of the larger of the two."""
    if a[2] == b[2]:
        return a, b
    tops = [max(abs(v[0]), abs(v[1])).bit_length() + v[2] for v in (a, b) if v[0] or v[1]]
    if not tops:
        return (0, 0, 0), (0, 0, 0)
    e = max(min(a[2], b[2]), max(tops) - bits)
    return _moved(a, e), _moved(b, e)


def _moved(a: Interval, e: int) -> Interval:
    if not a[0] and not a[1]:
        return 0, 0, e
    shift = e - a[2]
    if shift <= 0:
        return a[0] << -shift, a[1] << -shift, e
    return a[0] >> shift, -((-a[1]) >> shift), e


def _add(a: Interval, b: Interval, bits: int) -> Interval:
    a, b = _aligned(a, b, bits)
    return _rounded(a[0] + b[0], a[1] + b[1], a[2], bits)


def _multiply(a: Interval, b: Interval, bits: int) -> Interval:
    if a[0] >= 0 and b[0] >= 0:
        return _rounded(a[0] * b[0], a[1] * b[1], a[2] + b[2], bits)
    ends = (a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1])
    return _rounded(min(ends), max(ends), a[2] + b[2], bits)


def _power(a: Interval, n: int, bits: int) -> Interval:
    low, high = a[0] ** n, a[1] ** n
    if n and n % 2 == 0:
        if a[1] <= 0:
            low, high = high, low
        elif a[0] < 0:
            low, high = 0, max(low, high)
    return _rounded(low, high, a[2] * n, bits)


def _divide(a: Interval, b: Interval, bits: int) -> Interval:
    if b[0] <= 0 <= b[1]:
        raise RuleError("a denominator may be 0 at a point; choose another point or more bits")
    if b[1] < 0:
        a, b = (-a[1], -a[0], a[2]), (-b[1], -b[0], b[2])
    digits = max(abs(a[0]), abs(a[1])).bit_length()
    shift = max(bits + b[1].bit_length() - digits, 0)
    low = (a[0] << shift) // (b[1] if a[0] >= 0 else b[0])
    high = -((-a[1] << shift) // (b[0] if a[1] >= 0 else b[1]))
    return _rounded(low, high, a[2] - b[2] - shift, bits)


def _max(a: Interval, b: Interval, bits: int) -> Interval:
    a, b = _aligned(a, b, bits)
    return max(a[0], b[0]), max(a[1], b[1]), a[2]


def _step(a: Interval, _bits: int) -> Interval:
    if a[0] <= 0 <= a[1]:
        raise RuleError("the argument of a step may be 0 at a point; choose another point")
    return (1, 1, 0) if a[0] > 0 else (0, 0, 0)


def _sqrt(a: Interval, bits: int) -> Interval:
    if a[0] <= 0:
        raise RuleError(
            "the argument of a square root is not positive at a point; choose another point"
        )
    shift = max(2 * bits - a[1].bit_length(), 0)
    shift += (a[2] - shift) % 2
    low, high = isqrt(a[0] << shift), isqrt((a[1] << shift) - 1) + 1
    return _rounded(low, high, (a[2] - shift) // 2, bits)


def _exp(a: Interval, bits: int) -> Interval:
    top = max(abs(a[0]), abs(a[1]))
    if top and (top.bit_length() + a[2] > 20 or _at_least(top, a[2], MAX_EXPONENT)):
        raise RuleError(
            f"the argument of an exponential exceeds {MAX_EXPONENT:,} at a point; "
            "choose another point"
        )
    low = _exp_end(a[0], a[2], bits)
    high = low if a[0] == a[1] else _exp_end(a[1], a[2], bits)
    first, last = _aligned(low, high, bits)
    return _rounded(first[0], last[1], first[2], bits)


def _at_least(m: int, e: int, bound: int) -> bool:
    """Whether m · 2^e > bound."""
    return (m << e) > bound if e >= 0 else m > (bound << min(-e, m.bit_length() + 1))


def _exp_end(m: int, e: int, bits: int) -> Interval:
    """Enclose exp(m · 2^e): Taylor at the argument halved k times, then k squarings."""
    if m == 0:
        return 1, 1, 0
    if m < 0:
        return _divide((1, 1, 0), _exp_end(-m, e, bits + 8), bits)
    small = isqrt(bits) // 2 + 2
    k = max(m.bit_length() + e + small, 0)
    precision = bits + k + 24
    shift = e - k + precision
    y = m << shift if shift >= 0 else m >> min(-shift, m.bit_length())
    # All terms are rounded down, each at most 2 units below its true value since y < 1/2; what
    # is left out after a term below 3 units is at most 6; y itself is less than 1 unit too small.
    total = term = 1 << precision
    n = 0
    while term:
        n += 1
        term = term * y // n >> precision
        total += term
    value = _rounded(total, total + 2 * n + 12, -precision, precision + 2)
    for _ in range(k):
        value = _multiply(value, value, precision + 2)
    return _rounded(*value, bits)


@lru_cache(maxsize=16)
def _pi(bits: int) -> Interval:
    """π = 16 arctan(1/5) − 4 arctan(1/239) (Machin), alternating series with their errors."""
    precision = bits + 24
    five, five_error = _arctan_of_inverse(5, precision)
    other, other_error = _arctan_of_inverse(239, precision)
    middle, error = 16 * five - 4 * other, 16 * five_error + 4 * other_error
    return _rounded(middle - error, middle + error, -precision, bits)


def _arctan_of_inverse(k: int, precision: int) -> tuple[int, int]:
    """arctan(1/k) · 2^precision, and how far it may be off."""
    power = (1 << precision) // k
    total = n = 0
    while power:
        total += (-1) ** n * (power // (2 * n + 1))
        power //= k * k
        n += 1
    return total, 2 * n + 2


_OPERATIONS: dict[str, Callable[..., Interval]] = {
    "+": _add,
    "*": _multiply,
    "/": _divide,
    "max": _max,
    "exp": _exp,
    "sqrt": _sqrt,
    "step": _step,
}
