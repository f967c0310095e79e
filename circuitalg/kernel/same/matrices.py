"""Matrices whose entries are polynomials in a network's weights, as matrix expressions say.

Entries are dictionaries from monomials (sorted tuples of variables) to rational numbers; the
variable of entry (r, c) of a parameter is the tuple (name, r, c).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.expressions import Expression, Number, parameter
from circuitalg.kernel.work import Work

Variable = tuple[str, int, int]
Monomial = tuple[Variable, ...]
Entry = dict[Monomial, Number]
Rows = list[list[Entry]]
Shape = tuple[int, int]

_MAX_TERMS = 200_000
_MAX_WORK = 50_000_000
"""Products of terms, and entries of matrices, in one proof: a minute or two."""
_MAX_ENTRIES = 2_000_000
_MAX_BITS = 16_384


class Table:
    """Entries of the expressions over one network's parameters, each worked out once.

    Attributes
    ----------
    work : the budget of everything that is computed with these entries.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        if sum(rows * columns for rows, columns in shapes.values()) > _MAX_ENTRIES:
            raise RuleError(f"the first network has more than {_MAX_ENTRIES:,} weights")
        self.shapes = shapes
        self.work = Work(
            _MAX_WORK, "comparing these networks is too much work for one proof; split it"
        )
        self._rows: dict[Expression, Rows] = {}

    def constant(self, matrix: Matrix) -> Rows:
        """A matrix of numbers as one of polynomials."""
        if not matrix or not matrix[0] or len({len(row) for row in matrix}) != 1:
            raise RuleError("a fixed matrix needs rows of one positive length")
        self.work.spend(len(matrix) * len(matrix[0]))
        return [[{(): x} if x else {} for x in row] for row in matrix]

    def edge(self, label: str | Matrix, weights: Mapping[str, Rows]) -> Rows:
        """The matrix on an edge of a network with these weights."""
        return weights[label] if isinstance(label, str) else self.constant(label)

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

    def own(self) -> dict[str, Rows]:
        """The network's weights, as they are."""
        return {name: self.rows(parameter(name)) for name in self.shapes}

    def rows(self, expression: Expression) -> Rows:
        """Return the entries of an expression of the language `MATRICES`.

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
        combine = added if op == "+" else multiplied
        return reduce(lambda one, other: combine(one, other, self.work), map(self.rows, args))


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
        if len(total) > _MAX_TERMS:
            raise RuleError(f"an entry of a matrix has more than {_MAX_TERMS:,} terms")


def _refuse_long(value: Number, work: Work) -> None:
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
