"""Expressions: one kind of tree for formulas of sizes, matrix expressions, and functions.

A tree is an operation and what it takes. Which operations there are, with how many parts, and how
large a tree may be is said by a `Language`: `FORMULAS` (numbers that depend on symbols, in theorems
for all sizes), `MATRICES` (a network's weights in terms of another's) and `TERMS` (real functions
of a patch). What a tree means is said where it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, prod
from typing import Annotated, Any

from circuitalg.errors import ArgumentError, FileFormatError, RuleError
from circuitalg.files import number_from_json
from circuitalg.integers import Integer, digits, shown
from circuitalg.python_code import AS_CODE, call, fields_code

Number = int | Fraction
Row = tuple[Number, ...]

MAX_DEPTH = 40
MAX_DIMENSION = 64
MAX_POWER = 64
_MAX_POWER_BITS = 1_000_000


def _infix(op: str, *, reflected: bool = False) -> Callable[[Expression, object], Expression]:
    """The method of an operator; reflected ones have the other operand first."""

    def method(self: Expression, other: object) -> Expression:
        pair = (self, expression(other))
        return Expression(op, pair[::-1] if reflected else pair)

    return method


@dataclass(frozen=True, slots=True)
class Expression:
    """An operation and what it takes; arithmetic on expressions and numbers makes larger ones.

    Attributes
    ----------
    op : the operation's name; "number" for a number.
    args : expressions; but ``number`` has the number, ``sym`` and ``parameter`` a name, ``x`` an
        index, ``matrix`` rows of numbers, and ``sum`` the bound symbol's name, the two ends and the
        summand.

    Examples
    --------
    >>> q, m = symbols("q m")
    >>> print((q + 1) ** m * 2)
    (q + 1)^m*2
    >>> Expression.from_json(["+", ["sym", "q"], "1/2"])
    ca.expressions.Expression.from_json(["+", ["sym", "q"], "1/2"])
    """

    op: str
    args: Annotated[tuple[Any, ...], tuple[Expression | int | Fraction | str | Row, ...]]

    __repr__, _repr_pretty_ = AS_CODE

    def _code_(self, most: int | None) -> str:
        data = _data(self)
        try:
            if Expression.from_json(data) == self:
                return call("ca.expressions.Expression.from_json", most, data)
        except FileFormatError:  # of no language
            pass
        return fields_code(self, most)

    __add__, __radd__ = _infix("+"), _infix("+", reflected=True)
    __mul__, __rmul__ = _infix("*"), _infix("*", reflected=True)
    __sub__, __rsub__ = _infix("-"), _infix("-", reflected=True)
    __truediv__, __rtruediv__ = _infix("/"), _infix("/", reflected=True)
    __pow__, __rpow__ = _infix("^"), _infix("^", reflected=True)

    def __neg__(self) -> Expression:
        return Expression("*", (expression(-1), self))

    def __str__(self) -> str:
        return _show(self, 0)

    @property
    def inner(self) -> tuple[Expression, ...]:
        """The parts that are expressions themselves."""
        return tuple(part for part in self.args if isinstance(part, Expression))

    def symbols(self) -> frozenset[str]:
        """Names of the free symbols."""
        if self.op == "sum":
            name, low, high, body = self.args
            return frozenset(low.symbols() | high.symbols() | (body.symbols() - {name}))
        named = self.args if self.op == "sym" else ()
        return frozenset(named).union(*(part.symbols() for part in self.inner))

    def walk(self) -> Iterator[Expression]:
        """It and the expressions inside it, as often as they stand there."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(part.inner)

    def uses(self, *ops: str) -> bool:
        """Whether one of these operations stands in it."""
        return any(part.op in ops for part in self.walk())

    def at(self, name: str, value: object) -> Expression:
        """Put an expression or a number in a symbol's place."""
        if self.op == "sym":
            return expression(value) if self.args == (name,) else self
        if self.op == "sum" and name == self.args[0]:
            bound, low, high, body = self.args
            return Expression("sum", (bound, low.at(name, value), high.at(name, value), body))
        moved = (p.at(name, value) if isinstance(p, Expression) else p for p in self.args)
        return Expression(self.op, tuple(moved))

    def value(
        self, numbers: Mapping[str, int], widths: Callable[[int], int] | None = None
    ) -> Fraction:
        """The number that a formula is at given symbols, and widths where r_i stands in it.

        Raises
        ------
        RuleError
            When a symbol has no number, a power has more than a million bits, or there is no such
            operation in formulas.
        """
        if self.op == "number":
            return Fraction(self.args[0])
        if self.op == "sym":
            if self.args[0] not in numbers:
                raise RuleError(f"the symbol {self.args[0]} has no value; give one")
            return Fraction(numbers[self.args[0]])
        if self.op == "sum":
            name, low, high, body = self.args
            ends = range(int(low.value(numbers, widths)), int(high.value(numbers, widths)) + 1)
            inside = ({**numbers, name: i} for i in ends)
            return sum((body.value(each, widths) for each in inside), Fraction(0))
        values = [part.value(numbers, widths) for part in self.inner]
        if self.op in ("r", "minr"):
            if widths is None:
                raise RuleError("the widths r_i have no values; give them")
            return Fraction(min(map(widths, range(int(values[0]), int(values[-1]) + 1))))
        if self.op not in _VALUES:
            raise RuleError(f"there is no operation {self.op!r} in formulas")
        return _VALUES[self.op](values)

    def parts(self) -> Any:
        """The number that it is, or the operation followed by what it takes."""
        return self.args[0] if self.op == "number" else (self.op, *self.args)

    @staticmethod
    def from_json(data: Any) -> Expression:
        """Read a number, or a list of an operation and its parts, of whichever language.

        Raises
        ------
        FileFormatError
            When it is neither, or is nested more than 40 times.
        """
        return _read(data, 0)


def _power(values: Sequence[Fraction]) -> Fraction:
    base, exponent = values[0], int(values[1])
    if abs(exponent) * base.numerator.bit_length() > _MAX_POWER_BITS:
        raise RuleError(f"a power has more than {_MAX_POWER_BITS:,} bits; take smaller values")
    return base**exponent


_VALUES: dict[str, Callable[[Sequence[Fraction]], Fraction]] = {
    "+": lambda values: sum(values, Fraction(0)),
    "*": lambda values: prod(values, start=Fraction(1)),
    "-": lambda values: values[0] - values[1],
    "min": min,
    "binom": lambda values: Fraction(comb(int(values[0]), int(values[1]))),
    "^": _power,
}


# Expressions that people write


def expression(value: object) -> Expression:
    """A number as an expression; an expression as it is.

    Raises
    ------
    ArgumentError
        When it is neither.
    """
    if isinstance(value, Expression):
        return value
    found = exact_number(value)
    if found is None:
        raise ArgumentError(
            f"an expression holds {shown(value)}; give ints, Fractions, finite floats or strings "
            'such as "1/3"'
        )
    return Expression("number", (found,))


def exact_number(value: Any) -> Number | None:
    """A number of Python or NumPy, or a text such as "1/3", as an int or Fraction; else None."""
    try:
        plain = value.item() if hasattr(value, "item") else value
        if isinstance(plain, bool) or not isinstance(plain, int | float | str | Fraction):
            return None
        found = Fraction(plain)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    top, bottom = int(found.numerator), int(found.denominator)  # NumPy's may be inside
    return top if bottom == 1 else Fraction(top, bottom)


def formula(value: object) -> Expression:
    """A natural number as a formula; a formula as it is.

    Raises
    ------
    RuleError
        When it is neither.
    """
    if isinstance(value, Expression):
        return value
    if type(value) is not int or value < 0:
        raise RuleError(f"a formula holds {shown(value)}; its numbers must be natural")
    return Expression("number", (value,))


def symbols(names: str) -> tuple[Expression, ...]:
    """Symbols by their names, separated by spaces."""
    return tuple(Expression("sym", (name,)) for name in names.split())


def width(level: Expression | int) -> Expression:
    """The width r_level."""
    return Expression("r", (formula(level),))


def least(*parts: Expression | int) -> Expression:
    """The least of several numbers."""
    return Expression("min", tuple(formula(part) for part in parts))


def least_width(first: Expression | int, last: Expression | int) -> Expression:
    """The least of r_first, …, r_last."""
    return Expression("minr", (formula(first), formula(last)))


def binomial(n: Expression | int, k: Expression | int) -> Expression:
    """The number of k-subsets of n things."""
    return Expression("binom", (formula(n), formula(k)))


def total(
    name: str, first: Expression | int, last: Expression | int, summand: Expression
) -> Expression:
    """Σ of the summand, the named symbol running from first to last (empty when last < first)."""
    return Expression("sum", (name, formula(first), formula(last), summand))


def parameter(name: str) -> Expression:
    """A network's parameter in a matrix expression, where * and + are those of matrices.

    Examples
    --------
    >>> print(matrix([[0, 1], [1, 0]]) * parameter("a0.0"))
    [2x2]*a0.0
    """
    return Expression("parameter", (name,))


def matrix(rows: Sequence[Sequence[Number]]) -> Expression:
    """A matrix of exact numbers in a matrix expression; NumPy's integers become Python's."""
    listed: Any = rows.tolist() if hasattr(rows, "tolist") else rows
    return Expression("matrix", tuple(tuple(row) for row in listed))


# Text


_STRENGTH = {"+": 1, "-": 1, "sum": 1, "*": 2, "/": 2, "^": 3}


def _show(part: Expression, outside: int) -> str:
    """The text, in parentheses where what stands around binds more strongly."""
    op, args = part.op, part.args
    strength = _STRENGTH.get(op, 9)
    if op == "number":
        text, strength = _number(args[0]), 9 if args[0].denominator == 1 and args[0] >= 0 else 1
    elif op in ("sym", "parameter"):
        return str(args[0])
    elif op == "matrix":
        return f"[{len(args)}x{len(args[0])}]"
    elif op == "pi":
        return op
    elif op in ("r", "x"):
        return f"{op}_{_show(args[0], 9) if op == 'r' else args[0]}"
    elif op in ("+", "*"):
        text = {"+": " + ", "*": "*"}[op].join(_show(p, strength) for p in args)
    elif op in ("-", "/"):
        sign = {"-": " - ", "/": "/"}[op]
        text = f"{_show(args[0], strength)}{sign}{_show(args[1], strength + 1)}"
    elif op == "^":
        text = f"{_show(args[0], 4)}^{_show(args[1], 4)}"
    elif op == "sum":
        name, low, high, body = args
        text = f"sum_({name} = {_show(low, 0)} ... {_show(high, 0)}) {_show(body, 2)}"
    elif op == "minr":
        return f"min({_span(part)})"
    else:
        name = "C" if op == "binom" else op
        return f"{name}({', '.join(_span(p) if p.op == 'minr' else _show(p, 0) for p in args)})"
    return f"({text})" if strength < outside or strength == outside == 3 else text


def _number(value: Number) -> str:
    bottom = "" if value.denominator == 1 else f"/{Integer(value.denominator)}"
    return f"{Integer(value.numerator)}{bottom}"


def _span(part: Expression) -> str:
    return f"r_{_show(part.args[0], 9)}, ..., r_{_show(part.args[1], 9)}"


# Files


def _read(data: Any, depth: int) -> Expression:
    if depth > MAX_DEPTH:
        raise FileFormatError(f"an expression is nested more than {MAX_DEPTH} times")
    if not isinstance(data, list):
        return Expression("number", (number_from_json(data, "an expression"),))
    if not data or type(data[0]) is not str or data[0] == "number":
        raise FileFormatError(
            f"an expression is a number or begins with an operation, unlike {shown(data)}"
        )
    op, *rest = data
    if op == "matrix":
        return Expression(op, tuple(map(_row, rest)))
    head: tuple[Any, ...] = ()
    kind = {"sym": str, "parameter": str, "sum": str, "x": int}.get(op)
    if kind is not None:
        if not rest or type(rest[0]) is not kind:
            raise FileFormatError(f"{shown(data)} does not begin as an expression {op!r} does")
        head, rest = (rest[0],), rest[1:]
    return Expression(op, (*head, *(_read(part, depth + 1) for part in rest)))


def _data(part: object) -> Any:
    """What `Expression.from_json` reads."""
    if isinstance(part, Expression):
        inside = list(map(_data, part.args))
        return inside[0] if part.op == "number" and len(inside) == 1 else [part.op, *inside]
    if isinstance(part, tuple):
        return list(map(_data, part))
    if isinstance(part, Fraction):
        return f"{digits(part.numerator)}/{digits(part.denominator)}"
    return part


def _row(data: Any) -> Row:
    if not isinstance(data, list):
        raise FileFormatError(f"a row of a matrix is a list, not {shown(data)}")
    return tuple(number_from_json(entry, "a matrix") for entry in data)


# Languages


def is_name(name: object) -> bool:
    """Whether a symbol can have this name: up to 20 ASCII letters and digits, a letter first."""
    return (
        isinstance(name, str)
        and 0 < len(name) <= 20
        and name.isascii()
        and name.isalnum()
        and name[0].isalpha()
    )


def _is_exponent(part: object) -> bool:
    if not isinstance(part, Expression) or part.op != "number" or len(part.args) != 1:
        return False
    return type(part.args[0]) is int and 0 <= part.args[0] <= MAX_POWER


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "e": (lambda part: type(part) is Expression, "a part that is not an expression"),
    "n": (lambda part: type(part) is int and part >= 0, "a number that is not natural"),
    "q": (lambda part: type(part) in (int, Fraction), "a number other than ints and Fractions"),
    "s": (is_name, "a symbol not named by letters and digits"),
    "t": (lambda part: type(part) is str, "a parameter not named by a text"),
    "m": (lambda part: type(part) is tuple, "a matrix not of rows"),
    "i": (
        lambda part: type(part) is int and 0 <= part < MAX_DIMENSION,
        f"a coordinate not from 0 to {MAX_DIMENSION - 1}",
    ),
    "p": (_is_exponent, f"an exponent that is not an integer from 0 to {MAX_POWER}"),
}
"""What an operation takes, by letter: whether something is that, and how it is refused if not."""


@dataclass(frozen=True, slots=True)
class Language:
    """Which expressions there are.

    Attributes
    ----------
    noun : what an expression of the language is called.
    takes : by operation, a letter of `_KINDS` for each argument; the one before "*" may recur.
    max_parts, max_depth : of a tree; exponents that must be numbers do not count.
    max_width : of expressions in one operation.
    """

    noun: str
    takes: Mapping[str, str]
    max_parts: int
    max_depth: int
    max_width: int

    def check(self, whole: Expression) -> int:
        """Count the parts of an expression of this language.

        Raises
        ------
        RuleError
            When it is none, or too large; the sentence says why.
        """
        count, stack = 0, [(whole, 0)]
        while stack:  # one part may stand in an expression a million times
            part, depth = stack.pop()
            count += 1
            if depth > self.max_depth:
                raise RuleError(f"{self.noun} is nested more than {self.max_depth} times")
            if count > self.max_parts:
                raise RuleError(f"{self.noun} has more than {self.max_parts:,} parts")
            for kind, inner in zip(self._kinds(part), part.args, strict=True):
                holds, fault = _KINDS[kind]
                if not holds(inner):
                    told = "" if isinstance(inner, Expression) else f": {shown(inner)}"
                    raise RuleError(f"{self.noun} has {fault}{told}")
                if kind == "e":
                    stack.append((inner, depth + 1))
        return count

    def _kinds(self, part: Expression) -> str:
        """A letter for each argument."""
        takes, count = self.takes.get(part.op), len(part.args)
        if takes is None:
            raise RuleError(f"there is no operation {shown(part.op)} in {self.noun}")
        if takes.endswith("*"):
            most = self.max_width if takes[-2] == "e" else count  # a matrix has any number of rows
            takes = takes[:-1].ljust(min(count, most), takes[-2])
        if len(takes) != count:
            raise RuleError(f"{part.op!r} does not take {count} parts in {self.noun}")
        return takes


def _table(takes: Mapping[str, str]) -> dict[str, str]:
    return {op: kinds for kinds, ops in takes.items() for op in ops.split()}


FORMULAS = Language(
    "a formula",
    _table(
        {"n": "number", "s": "sym", "e": "r", "ee": "- ^ minr binom", "ee*": "+ * min"}
        | {"seee": "sum"}
    ),
    max_parts=400,
    max_depth=30,
    max_width=400,
)
"""Numbers that depend on symbols and widths r_i (`circuitalg.kernel.forall`)."""

MATRICES = Language(
    "a matrix expression",
    _table({"t": "parameter", "m*": "matrix", "ee*": "+ *"}),
    max_parts=10_000,
    max_depth=20,
    max_width=200,
)
"""Matrices whose entries are polynomials in weights (`circuitalg.kernel.same.matrices`)."""

TERMS = Language(
    "a term",
    _table(
        {"q": "number", "i": "x", "": "pi", "e": "exp sqrt step", "ee": "/ max", "ep": "^"}
        | {"ee*": "+ *"}
    ),
    max_parts=10_000,
    max_depth=MAX_DEPTH,
    max_width=10_000,
)
"""Real functions of a point (`circuitalg.arithmetic.functions`)."""
