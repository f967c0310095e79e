"""Formulas for numbers that depend on symbols: what theorems for all sizes are written in.

A formula is an operation and its parts: ``int`` (a number), ``sym`` (a symbol: a natural number),
``r`` (the width r_i of a level, i a formula), ``+``, ``*``, ``-`` (in exponents and indices),
``^``, ``min``, ``minr`` (the least of r_i, lo ≤ i ≤ hi), ``binom``, ``sum`` (over a bound symbol).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, prod
from typing import Annotated, Any

from circuitalg.errors import FileFormatError, RuleError
from circuitalg.integers import fields_repr, shown

MAX_NODES = 400
MAX_DEPTH = 30
_MAX_POWER_BITS = 1_000_000
_PARTS = {"r": 1, "-": 2, "^": 2, "minr": 2, "binom": 2}


@dataclass(frozen=True, slots=True)
class Formula:
    """An operation and its parts; arithmetic on formulas and ints makes larger ones.

    Attributes
    ----------
    op : the operation's name.
    args : formulas; for ``int`` the number, for ``sym`` the name, for ``sum`` the bound symbol's
        name, the two ends and the summand.
    """

    op: str
    args: Annotated[tuple[Any, ...], tuple[Formula | int | str, ...]]

    __repr__ = fields_repr

    def __add__(self, other: FormulaLike) -> Formula:
        return Formula("+", (self, formula(other)))

    def __radd__(self, other: FormulaLike) -> Formula:
        return Formula("+", (formula(other), self))

    def __mul__(self, other: FormulaLike) -> Formula:
        return Formula("*", (self, formula(other)))

    def __rmul__(self, other: FormulaLike) -> Formula:
        return Formula("*", (formula(other), self))

    def __sub__(self, other: FormulaLike) -> Formula:
        return Formula("-", (self, formula(other)))

    def __rsub__(self, other: FormulaLike) -> Formula:
        return Formula("-", (formula(other), self))

    def __pow__(self, other: FormulaLike) -> Formula:
        return Formula("^", (self, formula(other)))

    def __rpow__(self, other: FormulaLike) -> Formula:
        return Formula("^", (formula(other), self))

    def __str__(self) -> str:
        return _show(self, 0)

    def symbols(self) -> frozenset[str]:
        """Names of the free symbols."""
        if self.op == "sym":
            return frozenset({str(self.args[0])})
        if self.op == "sum":
            name, lo, hi, body = self.args
            return frozenset(lo.symbols() | hi.symbols() | (body.symbols() - {name}))
        parts = [part for part in self.args if isinstance(part, Formula)]
        return frozenset[str]().union(*(part.symbols() for part in parts))

    def uses_widths(self) -> bool:
        """Whether r_i stands in it."""
        parts = [part for part in self.args if isinstance(part, Formula)]
        return self.op in ("r", "minr") or any(part.uses_widths() for part in parts)

    def at(self, name: str, value: FormulaLike) -> Formula:
        """Put a formula in a symbol's place."""
        if self.op == "sym":
            return formula(value) if self.args == (name,) else self
        if self.op == "sum" and name == self.args[0]:
            bound, lo, hi, body = self.args
            return Formula("sum", (bound, lo.at(name, value), hi.at(name, value), body))
        parts = (p.at(name, value) if isinstance(p, Formula) else p for p in self.args)
        return Formula(self.op, tuple(parts))

    def value(
        self, numbers: Mapping[str, int], widths: Callable[[int], int] | None = None
    ) -> Fraction:
        """The number at given symbols, and widths where r_i stands in it.

        Raises
        ------
        RuleError
            When a symbol has no number, or a power has more than a million bits.
        """
        if self.op == "int":
            return Fraction(self.args[0])
        if self.op == "sym":
            if self.args[0] not in numbers:
                raise RuleError(f"the symbol {self.args[0]} has no value; give one")
            return Fraction(numbers[self.args[0]])
        if self.op == "sum":
            name, lo, hi, body = self.args
            ends = range(int(lo.value(numbers, widths)), int(hi.value(numbers, widths)) + 1)
            inner = ({**numbers, name: i} for i in ends)
            return sum((body.value(each, widths) for each in inner), Fraction(0))
        return _combined(self.op, [part.value(numbers, widths) for part in self.args], widths)

    def to_data(self) -> Any:
        """JSON form: an integer, or a list that begins with the operation."""
        if self.op == "int":
            return self.args[0]
        return [self.op, *(p.to_data() if isinstance(p, Formula) else p for p in self.args)]


FormulaLike = Formula | int


def formula(value: FormulaLike) -> Formula:
    """A natural number as a formula; a formula as it is."""
    if isinstance(value, Formula):
        return value
    if type(value) is not int or value < 0:
        raise RuleError(f"a formula holds {shown(value)}; its numbers must be natural")
    return Formula("int", (value,))


def symbols(names: str) -> tuple[Formula, ...]:
    """Symbols by their names, separated by spaces."""
    return tuple(Formula("sym", (name,)) for name in names.split())


def width(level: FormulaLike) -> Formula:
    """The width r_level."""
    return Formula("r", (formula(level),))


def least(*parts: FormulaLike) -> Formula:
    """The least of several numbers."""
    return Formula("min", tuple(formula(part) for part in parts))


def least_width(first: FormulaLike, last: FormulaLike) -> Formula:
    """The least of r_first, …, r_last."""
    return Formula("minr", (formula(first), formula(last)))


def binomial(n: FormulaLike, k: FormulaLike) -> Formula:
    """The number of k-subsets of n things."""
    return Formula("binom", (formula(n), formula(k)))


def total(name: str, first: FormulaLike, last: FormulaLike, summand: Formula) -> Formula:
    """Σ of the summand, the named symbol running from first to last (empty when last < first)."""
    return Formula("sum", (name, formula(first), formula(last), summand))


def _combined(op: str, values: Sequence[Fraction], widths: Callable[[int], int] | None) -> Fraction:
    if op == "+":
        return sum(values, Fraction(0))
    if op == "*":
        return prod(values, start=Fraction(1))
    if op == "-":
        return values[0] - values[1]
    if op == "min":
        return min(values)
    if op == "binom":
        return Fraction(comb(int(values[0]), int(values[1])))
    if op == "^":
        exponent = int(values[1])
        if abs(exponent) * values[0].numerator.bit_length() > _MAX_POWER_BITS:
            raise RuleError(f"a power has more than {_MAX_POWER_BITS:,} bits; take smaller values")
        return values[0] ** exponent
    if widths is None:
        raise RuleError("the widths r_i have no values; give them")
    if op == "r":
        return Fraction(widths(int(values[0])))
    return Fraction(min(widths(i) for i in range(int(values[0]), int(values[1]) + 1)))


_STRENGTH = {"+": 1, "-": 1, "sum": 1, "*": 2, "^": 3}


def _show(part: Formula, outside: int) -> str:
    op, args = part.op, part.args
    strength = _STRENGTH.get(op, 9)
    if op in ("int", "sym"):
        return str(args[0])
    if op == "r":
        return f"r_{_show(args[0], 9)}"
    if op in ("+", "*"):
        text = {"+": " + ", "*": "*"}[op].join(_show(p, strength) for p in args)
    elif op == "-":
        text = f"{_show(args[0], 1)} - {_show(args[1], 2)}"
    elif op == "^":
        text = f"{_show(args[0], 4)}^{_show(args[1], 4)}"
    elif op == "sum":
        name, lo, hi, body = args
        text = f"sum_({name} = {_show(lo, 0)} ... {_show(hi, 0)}) {_show(body, 2)}"
    elif op == "minr":
        return f"min({_span(part)})"
    else:
        name = "C" if op == "binom" else "min"
        return f"{name}({', '.join(_span(p) if p.op == 'minr' else _show(p, 0) for p in args)})"
    return f"({text})" if strength < outside or strength == outside == 3 else text


def _span(part: Formula) -> str:
    return f"r_{_show(part.args[0], 9)}, ..., r_{_show(part.args[1], 9)}"


def short(part: Formula) -> str:
    """A formula in an error's sentence, cut where it is long."""
    text = str(part)
    return text if len(text) <= 80 else text[:77] + "..."


def check_formula(part: Formula) -> None:
    """Refuse unknown operations and too many parts, as `formula_from_data` would.

    Raises
    ------
    RuleError
        With the reason.
    """
    count, stack = 0, [part]
    while stack:  # one part may stand in a formula a million times
        count += 1
        if count > MAX_NODES:
            raise RuleError(f"a formula has more than {MAX_NODES:,} parts")
        stack.extend(inner for inner in stack.pop().args if isinstance(inner, Formula))
    try:
        same = formula_from_data(part.to_data()) == part
    except (FileFormatError, AttributeError) as error:
        raise RuleError(str(error)) from None
    if not same:
        raise RuleError("a formula holds parts that are not formulas")


def formula_from_data(data: Any) -> Formula:
    """Read the JSON form.

    Raises
    ------
    FileFormatError
        When it is malformed, or too large.
    """
    left = [MAX_NODES]
    return _from_data(data, 0, left)


def _from_data(data: Any, depth: int, left: list[int]) -> Formula:
    left[0] -= 1
    if depth > MAX_DEPTH or left[0] < 0:
        raise FileFormatError(
            f"a formula has more than {MAX_NODES:,} parts, or is nested over {MAX_DEPTH} times"
        )
    if type(data) is int and data >= 0:
        return Formula("int", (data,))
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise FileFormatError(f"a formula is a natural number or a list, not {str(data)[:60]}")
    op, *parts = data
    if op == "sym" and len(parts) == 1 and is_name(parts[0]):
        return Formula("sym", (parts[0],))
    if op == "sum" and len(parts) == 4 and is_name(parts[0]):
        inner = (_from_data(part, depth + 1, left) for part in parts[1:])
        return Formula("sum", (parts[0], *inner))
    if _PARTS.get(op) == len(parts) or (op in ("+", "*", "min") and len(parts) >= 2):
        return Formula(op, tuple(_from_data(part, depth + 1, left) for part in parts))
    raise FileFormatError(f"a formula has no operation {op[:20]!r} of {len(parts)} parts")


def is_name(name: Any) -> bool:
    """Whether a symbol can have this name: up to 20 ASCII letters and digits, a letter first."""
    return (
        isinstance(name, str)
        and 0 < len(name) <= 20
        and name.isascii()
        and name.isalnum()
        and name[0].isalpha()
    )
