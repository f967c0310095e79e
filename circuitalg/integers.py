"""Integers as large as 4^32768: exact and ordered as Python's, printed factored.

CPython refuses to print more than 4,300 digits, and floats end at 1.8e308; ranks go far beyond
both. An `Integer` computes as an int does and prints itself at any size. Programs read the form of
`to_json`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache, wraps
from math import gcd, log2, log10
from typing import Any, NoReturn, Self, final

from circuitalg.errors import ArgumentError

Factors = tuple[tuple[int, int], ...]
"""Product of base^exponent; ``()`` is 1, ``((0, 1),)`` is 0."""

_DIGITS_BELOW = 10**15
_TRIAL_LIMIT = 1000
_LONGEST = 4300
_FLOAT_BELOW = 10**300
_JSON_BELOW = 2**53


@cache
def _small_primes() -> tuple[int, ...]:
    return tuple(n for n in range(2, _TRIAL_LIMIT) if all(n % q for q in range(2, int(n**0.5) + 1)))


def _valuation(n: int, base: int) -> tuple[int, int]:
    """Return ``(e, n // base**e)`` with the largest such e, by repeated squaring of the base."""
    powers = [base]
    while powers[-1].bit_length() <= n.bit_length() // 2 and n % powers[-1] == 0:
        powers.append(powers[-1] * powers[-1])
    exponent = 0
    for position in range(len(powers) - 1, -1, -1):
        while n % powers[position] == 0:
            n //= powers[position]
            exponent += 1 << position
    return exponent, n


def _exact_power(n: int, base: int) -> int | None:
    """Return e with base**e == n, or None."""
    estimate = round((n.bit_length() - 1) / log2(base)) if base > 1 else 0
    for exponent in (estimate - 1, estimate, estimate + 1):
        if exponent > 0 and base**exponent == n:
            return exponent
    return None


def factored(n: int, hints: Iterable[int] = ()) -> Factors:
    """Factor a natural number for storage and printing.

    Small numbers stay whole. For large ones a power of one of the ``hints`` (the widths of the
    network at hand) or of the `Integer`'s own hints is preferred, then small primes are divided
    out; a remaining cofactor stays one base.

    Raises
    ------
    ValueError
        When n is negative.
    """
    if n < 0:
        raise ValueError(f"only natural numbers are written by their factors, not {Integer(n)}")
    hints = Integer(n, hints).hints
    n = int(n)
    if n == 1:
        return ()
    if n < _DIGITS_BELOW:
        return ((n, 1),)
    for hint in sorted({h for h in hints if h > 1}):
        exponent = _exact_power(n, hint)
        if exponent is not None:
            return ((hint, exponent),)
    factors: list[tuple[int, int]] = []
    rest = n
    for prime in _small_primes():
        if rest % prime == 0:
            exponent, rest = _valuation(rest, prime)
            factors.append((prime, exponent))
        if rest == 1:
            break
    if rest != 1:
        return (*factors, (rest, 1))
    common = gcd(*(e for _, e in factors))
    base = expand([(p, e // common) for p, e in factors]) if common > 1 else 0
    return ((base, common),) if 0 < base < 10**6 else tuple(factors)


def expand(factors: Iterable[tuple[int, int]]) -> int:
    """Multiply a factored number out."""
    product = 1
    for base, exponent in factors:
        product *= base**exponent
    return product


def factors_to_json(n: int, hints: Iterable[int] = ()) -> list[list[int | str]]:
    """``[[base, exponent], …]``; a base beyond 63 bits as hexadecimal text.

    JSON readers refuse integers of many digits. Certificates hold every bound in this form.
    """
    return [[b if b < 2**63 else hex(b), e] for b, e in factored(n, hints)]


def to_json(n: int, hints: Iterable[int] = ()) -> int | list[list[int | str]]:
    """The one JSON form of a natural number: itself below 2^53, its factors from there on.

    Every JSON reader takes integers below 2^53 exactly. Landscape files and every command's
    ``--json`` use this form; `from_json` reads it.

    Raises
    ------
    ValueError
        When n is negative.

    Examples
    --------
    >>> to_json(81), to_json(4**32768, [4])
    (81, [[4, 32768]])
    """
    return int(n) if 0 <= n < _JSON_BELOW else factors_to_json(n, hints)


def from_json(value: object, most: int | None = None, most_bits: int | None = None) -> Integer:
    """Read what `to_json` or `factors_to_json` wrote.

    Parameters
    ----------
    value : an integer or a list of [base, exponent], as ``json.loads`` returns them.
    most, most_bits : the largest number allowed, or its length; what is larger is refused without
        being expanded.

    Raises
    ------
    ValueError
        When it is neither, or larger than ``most``.
    """
    if type(value) is int:
        number, bases = value, frozenset[int]()
    elif isinstance(value, list):
        factors = [_factor(pair) for pair in value if value != [[0, 1]]]
        bits = sum((base.bit_length() - 1) * exponent for base, exponent in factors)
        if most is not None and bits > most.bit_length():
            raise ValueError(f"a number is larger than {Integer(most)}")
        if most_bits is not None and bits > most_bits:
            raise ValueError(f"a number has more than {most_bits:,} bits")
        number = expand(factors) if value != [[0, 1]] else 0
        bases = frozenset(base for base, _ in factors)
    else:
        raise ValueError("a number is a JSON integer or a list of [base, exponent]")
    if number < 0 or (most is not None and number > most):
        raise ValueError(f"a number is negative or larger than {Integer(most or 0)}")
    return Integer(number, bases)


def _factor(pair: object) -> tuple[int, int]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise ValueError("a factor of a number is a list [base, exponent]")
    base, exponent = pair
    if isinstance(base, str) and re.fullmatch("0x[0-9a-f]+", base):
        base = int(base, 16)
    if type(base) is not int or base < 2 or type(exponent) is not int or exponent < 1:
        raise ValueError("a factor of a number has a base of at least 2, an exponent of at least 1")
    return base, exponent


def _text(n: Integer) -> str:
    if n < 0:
        return "-" + _text(-n)
    parts = []
    for base, exponent in factored(n):
        shown = str(base) if base < 10**40 else f"(a number of {base.bit_length()} bits)"
        parts.append(shown if exponent == 1 else f"{shown}^{exponent}")
    return "*".join(parts) or "1"


def latex(n: int, hints: Iterable[int] = ()) -> str:
    r"""Print an integer in LaTeX, without the dollars: ``4^{32768}``."""
    plain = re.sub(r"\^(\d+)", r"^{\1}", str(Integer(n, hints))).replace("*", r" \cdot ")
    return re.sub(r"\((a number of \d+ bits)\)", r"(\\text{\1})", plain)


def shown(value: object, longest: int = 80) -> str:
    """``repr`` for messages: never an error for integers of many digits, and cut with "..."."""
    said = str(Integer(value)) if type(value) is int else " ".join(whole_repr(value).split())
    return said if len(said) <= longest else said[: longest - 3] + "..."


def digits(n: int) -> str:
    """A number as Python code: its digits, or powers as an `Integer` has them, or hexadecimal."""
    whole = int(n)
    said = _text(n) if type(n) is Integer else ""
    if not said or "(" in said:
        try:
            return repr(whole)
        except ValueError:  # more digits than Python prints
            said = said or _text(Integer(whole))
    return hex(whole) if "(" in said else said.replace("^", "**")


def whole_repr(value: object) -> str:
    """``repr``, with integers of more than 4,300 digits inside as an `Integer` prints itself."""
    try:
        return repr(value)
    except (ValueError, OverflowError):  # an integer of many digits inside
        pass
    kind = type(value)
    if isinstance(value, int):
        return str(Integer(int(value)))
    if isinstance(value, Fraction):
        top, bottom = (whole_repr(int(part)) for part in (value.numerator, value.denominator))
        return f"Fraction({top}, {bottom})"
    if kind is tuple or kind is list:
        listed: Any = value
        inside = ", ".join(map(whole_repr, listed))
        return f"[{inside}]" if kind is list else f"({inside}{',' * (len(listed) == 1)})"
    if isinstance(value, Mapping):
        pairs = (f"{whole_repr(name)}: {whole_repr(part)}" for name, part in value.items())
        return "{" + ", ".join(pairs) + "}"
    return f"<{kind.__name__} of very large numbers>"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun, "1 child" or "2,048 children"; ``many`` adds an s by default."""
    return f"{Integer(number):,} {one if number == 1 else many or one + 's'}"


def _closed(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Make an operation of int on an `Integer` return an `Integer`."""

    @wraps(operation)
    def method(self: Integer, *others: Any) -> Any:
        found = operation(self, *others)
        if type(found) is not int:
            return found
        hints = self.hints.union(*(o.hints for o in others if type(o) is Integer))
        return Integer(found, hints)

    return method


@final
class Integer(int):
    """An int that prints at any size: ``4^32768`` where CPython would refuse.

    Equality, order, hash and arithmetic are int's (``int(n)`` is the plain one); sums, differences,
    products, quotients and powers are `Integer` again. The class has no subclasses, so its
    arithmetic is what it is.

    Printing, exactly:

    - ``str``: the digits below 10^15, the factors from there on; a factor of 40 digits or more
      without small primes is given by its number of bits.
    - ``repr``: the same as Python code, ``4**32768``; with such a factor, all digits up to 4,300.
    - ``format``: every specification that int takes. ``d``, ``n``, ``,`` and ``_`` print digits up
      to 4,300 of them (fewer where ``sys.set_int_max_str_digits`` says so), then as ``str``; ``e``,
      ``f``, ``g`` and ``%`` as int does up to 10^300, then in scientific notation, correctly
      rounded; ``x``, ``o``, ``b`` and ``c`` as int does.
    - ``%d`` and ``json.dumps`` bypass a class's own printing, and refuse more than 4,300 digits;
      write ``%s``, and `circuitalg.integers.to_json`.

    Parameters
    ----------
    value : an int (not a bool or another subclass of int).
    hints : bases to prefer in printing, such as the widths of a network: 4^32768, not 2^65536.

    Raises
    ------
    ArgumentError
        When ``value`` is something else.

    Examples
    --------
    >>> n = Integer(4**32768, hints=[4])
    >>> n, n - 1 < n, f"{n:.3e}"
    (4**32768, True, '2.004e+19728')
    """

    hints: frozenset[int]

    def __new__(cls, value: int = 0, hints: Iterable[int] = ()) -> Self:
        """Refuse what is not exactly an int; see the class."""
        if type(value) not in (int, Integer):
            raise ArgumentError(f"an Integer is made from an int, not from {shown(value)}")
        made = super().__new__(cls, value)
        own = frozenset(hints)
        object.__setattr__(made, "hints", own | value.hints if type(value) is Integer else own)
        return made

    def __init_subclass__(cls) -> NoReturn:
        raise ArgumentError("Integer has no subclasses; its arithmetic is int's")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("an Integer cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("an Integer cannot be changed")

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_hex, (hex(self), self.hints)  # pickle's oldest protocols write digits

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    __add__ = _closed(int.__add__)
    __radd__ = _closed(int.__radd__)
    __sub__ = _closed(int.__sub__)
    __rsub__ = _closed(int.__rsub__)
    __mul__ = _closed(int.__mul__)
    __rmul__ = _closed(int.__rmul__)
    __floordiv__ = _closed(int.__floordiv__)
    __rfloordiv__ = _closed(int.__rfloordiv__)
    __mod__ = _closed(int.__mod__)
    __rmod__ = _closed(int.__rmod__)
    __pow__ = _closed(int.__pow__)
    __rpow__ = _closed(int.__rpow__)
    __neg__ = _closed(int.__neg__)
    __pos__ = _closed(int.__pos__)
    __abs__ = _closed(int.__abs__)

    def __str__(self) -> str:
        return _text(self)

    def __repr__(self) -> str:
        said = digits(self)
        return f"<{self}>" if said.lstrip("-").startswith("0x") else said

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        small = int(self)
        int.__format__(1, spec)  # what int refuses is refused here, with its message
        asked = _parsed(spec)
        kind = asked["kind"] or ("d" if asked["group"] else "")
        if kind and kind in "dn":
            if abs(small) < 10 ** min(_LONGEST, sys.get_int_max_str_digits() or _LONGEST):
                return int.__format__(small, spec)
        elif kind and kind in "eEfFgG%":
            if abs(small) < _FLOAT_BELOW:
                return int.__format__(small, spec)
            return _padded(asked, small < 0, _scientific(abs(small), asked, kind))
        elif kind:
            return int.__format__(small, spec)
        return _padded(asked, small < 0, _text(abs(self)))

    def _repr_latex_(self) -> str:
        return f"${latex(self)}$"


def _from_hex(digits: str, hints: Iterable[int]) -> Integer:
    return Integer(int(digits, 16), hints)


_SPEC = re.compile(
    r"((?P<fill>.)?(?P<align>[<>=^]))?(?P<sign>[-+ ])?z?(?P<alternate>\#)?(?P<zero>0)?"
    r"(?P<width>\d+)?(?P<group>[,_])?(\.(?P<precision>\d+)[,_]?)?(?P<kind>.)?",
    re.DOTALL,
)


def _parsed(spec: str) -> dict[str, str | None]:
    found = _SPEC.fullmatch(spec)
    if found is None:  # int took it, so this is a form of a later Python
        raise ValueError(f"the format {spec!r} is not supported for an Integer")
    return found.groupdict()


def _padded(asked: dict[str, str | None], negative: bool, said: str) -> str:
    """Put the sign in front and pad to the width, as int does (zeros only before digits)."""
    sign = "-" if negative else (asked["sign"] or "").replace("-", "")
    zeros = bool(asked["zero"]) and set(said) <= set("0123456789.eE+%")
    fill = asked["fill"] or ("0" if zeros else " ")
    align = asked["align"] or ("=" if zeros else ">")
    width = int(asked["width"] or 0)
    if align == "=":
        return sign + said.rjust(width - len(sign), fill)
    return format(sign + said, f"{fill}{align}{width or ''}")


def _scientific(n: int, asked: dict[str, str | None], kind: str) -> str:
    """Write n > 0 as d.ddde+xxx, rounded half to even, as floats are written in ``e`` or ``g``."""
    precision = 6 if asked["precision"] is None else int(asked["precision"])
    places = max(precision - 1, 0) if kind in "gG" else precision
    digits, exponent = _leading(n * 100 if kind == "%" else n, places)
    if kind in "gG" and not asked["alternate"]:
        digits = digits[0] + digits[1:].rstrip("0")
    point = "." if len(digits) > 1 or asked["alternate"] else ""
    letter = "E" if kind in "EFG" else "e"
    return f"{digits[0]}{point}{digits[1:]}{letter}+{exponent:02d}" + "%" * (kind == "%")


def _leading(n: int, places: int) -> tuple[str, int]:
    """The first ``places + 1`` digits of n > 0, rounded half to even, and its decimal exponent."""
    exponent = int((n.bit_length() - 1) * log10(2))
    while 10 ** (exponent + 1) <= n:
        exponent += 1
    if exponent <= places:
        return _decimal(n * 10 ** (places - exponent)), exponent
    unit = 10 ** (exponent - places)
    found, rest = divmod(n, unit)
    if 2 * rest > unit or (2 * rest == unit and found % 2):
        found += 1
    if found == 10 ** (places + 1):
        found, exponent = found // 10, exponent + 1
    return _decimal(found), exponent


def _decimal(n: int) -> str:
    return format(Decimal(n), "f")  # str(int) refuses more than 4,300 digits
