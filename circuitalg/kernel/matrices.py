"""Matrices whose entries are polynomials in a network's weights, written as expressions.

An expression is a parameter of the network, a fixed exact matrix, or a product or sum of
expressions. Its entries are dictionaries from monomials (sorted tuples of variables) to rational
numbers; the variable of entry (r, c) of a parameter is the tuple (name, r, c).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from circuitalg.circuit.canonical import matrix_to_json
from circuitalg.circuit.node import Matrix
from circuitalg.errors import FileFormatError, RuleError
from circuitalg.integers import fields_repr
from circuitalg.kernel.subject import Data, matrix_from_json
from circuitalg.kernel.work import Work

Variable = tuple[str, int, int]
Monomial = tuple[Variable, ...]
Entry = dict[Monomial, int | Fraction]
Rows = list[list[Entry]]
Shape = tuple[int, int]
Row = tuple[int | Fraction, ...]

MAX_TERMS = 200_000
MAX_WORK = 50_000_000
"""Products of terms, and entries of matrices, in one proof: a minute or two."""
_MAX_ENTRIES = 2_000_000
_MAX_BITS = 16_384
_MAX_DEPTH = 20
_MAX_PARTS = 200


@dataclass(frozen=True, slots=True)
class Expression:
    """A matrix in terms of parameters.

    Attributes
    ----------
    op : "parameter", "matrix", "product" or "sum".
    args : the name; or the rows; or two or more expressions.
    """

    op: str
    args: Annotated[tuple[Any, ...], tuple[str | Expression | Row, ...]]

    __repr__ = fields_repr

    def __str__(self) -> str:
        if self.op == "parameter":
            return str(self.args[0])
        if self.op == "matrix":
            return f"[{len(self.args)}x{len(self.args[0])}]"
        return f"({(' + ' if self.op == 'sum' else '*').join(map(str, self.args))})"

    def to_data(self) -> Data:
        """JSON form."""
        if self.op == "parameter":
            return {"parameter": self.args[0]}
        if self.op == "matrix":
            return {"matrix": matrix_to_json(self.args)}
        return {self.op: [part.to_data() for part in self.args]}


def parameter(name: str) -> Expression:
    """A parameter of the network."""
    return Expression("parameter", (name,))


def fixed(rows: Sequence[Sequence[int | Fraction]]) -> Expression:
    """A matrix of exact numbers; NumPy's integers become Python's."""
    listed = rows.tolist() if hasattr(rows, "tolist") else rows
    return Expression("matrix", tuple(tuple(row) for row in listed))


def product_of(*parts: Expression) -> Expression:
    """The matrix product of two or more expressions."""
    return Expression("product", parts)


def sum_of(*parts: Expression) -> Expression:
    """The sum of two or more expressions."""
    return Expression("sum", parts)


def expression_from_data(data: Any, depth: int = 0) -> Expression:
    """Read the JSON form.

    Raises
    ------
    FileFormatError
        When it is malformed or nested too deeply.
    """
    if depth > _MAX_DEPTH or not isinstance(data, dict) or len(data) != 1:
        raise FileFormatError(
            f"a matrix expression is an object with one member, nested at most {_MAX_DEPTH} times"
        )
    ((op, value),) = data.items()
    if op == "parameter" and isinstance(value, str):
        return parameter(value)
    if op == "matrix":
        return Expression("matrix", matrix_from_json(value))
    if op in ("product", "sum") and isinstance(value, list) and 2 <= len(value) <= _MAX_PARTS:
        return Expression(op, tuple(expression_from_data(part, depth + 1) for part in value))
    raise FileFormatError(f"there is no matrix expression {str(op)[:40]!r}")


def comparison() -> Work:
    """A fresh budget for one proof that networks are equal."""
    return Work(MAX_WORK, "comparing these networks is too much work for one proof; split it")


class Table:
    """Entries of the expressions over one network's parameters, each worked out once.

    Attributes
    ----------
    work : the budget of everything that is computed with these entries.
    """

    def __init__(self, shapes: Mapping[str, Shape], work: Work | None = None) -> None:
        if sum(rows * columns for rows, columns in shapes.values()) > _MAX_ENTRIES:
            raise RuleError(f"the first network has more than {_MAX_ENTRIES:,} weights")
        self.shapes = shapes
        self.work = work or comparison()
        self._rows: dict[Expression, Rows] = {}

    def constant(self, matrix: Matrix) -> Rows:
        """A matrix of numbers as one of polynomials."""
        if not matrix or not matrix[0] or len({len(row) for row in matrix}) != 1:
            raise RuleError("a fixed matrix needs rows of one positive length")
        self.work.spend(len(matrix) * len(matrix[0]))
        return [[{(): x} if x else {} for x in row] for row in matrix]

    def unit(self, width: int) -> Rows:
        """The identity."""
        if width * width > _MAX_ENTRIES:
            raise RuleError(f"a node of width {width} is too wide to be compared")
        self.work.spend(width * width)
        return [[{(): 1} if i == j else {} for j in range(width)] for i in range(width)]

    def ones(self, height: int) -> Rows:
        """One column of ones."""
        self.work.spend(height)
        return [[{(): 1}] for _ in range(height)]

    def rows(self, expression: Expression) -> Rows:
        """Return the entries.

        Raises
        ------
        RuleError
            When a parameter is unknown, shapes do not fit, or there are too many terms.
        """
        if expression not in self._rows:
            self._rows[expression] = self._worked_out(expression)
        return self._rows[expression]

    def _worked_out(self, expression: Expression) -> Rows:
        op, args = expression.op, expression.args
        if op == "parameter":
            if args[0] not in self.shapes:
                raise RuleError(f"there is no parameter {args[0]!r} in the first network")
            height, width = self.shapes[args[0]]
            return [[{((args[0], r, c),): 1} for c in range(width)] for r in range(height)]
        if op == "matrix":
            return self.constant(args)
        if op not in ("product", "sum") or not 2 <= len(args) <= _MAX_PARTS:
            raise RuleError(
                "a matrix expression is a parameter, a fixed matrix, or a product or sum of "
                f"2 to {_MAX_PARTS} expressions, not {op!r} of {len(args)}"
            )
        found = self.rows(args[0])
        for part in args[1:]:
            other = self.rows(part)
            combine = added if op == "sum" else multiplied
            found = combine(found, other, self.work)
        return found


def shape_of(rows: Rows) -> Shape:
    """Numbers of rows and columns."""
    return len(rows), len(rows[0])


def add_to(total: Entry, first: Entry, second: Entry, work: Work) -> None:
    """Add the product of two polynomials to a third in place."""
    work.spend(len(first) * len(second))
    for one, c in first.items():
        for other, d in second.items():
            monomial = one or other
            if one and other:
                monomial = tuple(sorted(one + other))
                work.spend(len(monomial))
            value = total.get(monomial, 0) + c * d
            if value:
                total[monomial] = value
                _refuse_long(value, work)
            else:
                total.pop(monomial, None)
    if len(total) > MAX_TERMS:
        raise RuleError(f"an entry of a matrix has more than {MAX_TERMS:,} terms")


def _refuse_long(value: int | Fraction, work: Work) -> None:
    """Numbers of many digits cost more, and have a limit."""
    bits = value.numerator.bit_length() + value.denominator.bit_length()
    if bits > 256:
        if bits > _MAX_BITS:
            raise RuleError(f"a number has more than {_MAX_BITS:,} bits; use smaller ones")
        work.spend(bits >> 4)


def multiplied(first: Rows, second: Rows, work: Work) -> Rows:
    """The matrix product."""
    if shape_of(first)[1] != len(second):
        raise RuleError(f"matrices of shapes {shape_of(first)} and {shape_of(second)} do not fit")
    width = len(second[0])
    if len(first) * width > _MAX_ENTRIES:
        raise RuleError(f"a matrix has more than {_MAX_ENTRIES:,} entries")
    work.spend(len(first) * (len(second) + width))
    found: Rows = [[{} for _ in range(width)] for _ in first]
    for i, row in enumerate(first):
        for k, x in enumerate(row):
            if x:
                work.spend(width)
                for j, y in enumerate(second[k]):
                    if y:
                        add_to(found[i][j], x, y, work)
    return found


def added(first: Rows, second: Rows, work: Work) -> Rows:
    """The sum of matrices."""
    if shape_of(first) != shape_of(second):
        raise RuleError(f"matrices of shapes {shape_of(first)} and {shape_of(second)} do not fit")
    work.spend(len(first) * len(first[0]))
    found: Rows = []
    for one, other in zip(first, second, strict=True):
        row = []
        for x, y in zip(one, other, strict=True):
            entry = dict(x)
            work.spend(len(x))
            add_to(entry, {(): 1}, y, work)
            row.append(entry)
        found.append(row)
    return found


def row_sums(rows: Rows, work: Work) -> Rows:
    """Return the matrix applied to the vector of ones, as one column."""
    work.spend(len(rows) * len(rows[0]))
    found: Rows = []
    for row in rows:
        total: Entry = {}
        for entry in row:
            add_to(total, {(): 1}, entry, work)
        found.append([total])
    return found
