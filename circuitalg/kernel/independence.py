"""Linear independence of functions, from a matrix of their values that is certainly non-singular.

Claim C.1 of Cohen, Sharir, Shashua 2016 (arXiv 1509.05009): if f_1, …, f_M are linearly
independent, so are the M^N functions Π f_{d_i}(x_i). At the grid of the witness points their
matrix is the N-fold Kronecker power of the one here, which is non-singular too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from circuitalg import deadline
from circuitalg.arithmetic.denominators import common_denominator
from circuitalg.arithmetic.functions import (
    MAX_DIMENSION,
    MAX_NODES,
    Term,
    check_term,
    enclosure,
    term_from_data,
    term_to_data,
)
from circuitalg.circuit.canonical import matrix_to_json
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.files import number_from_json, number_to_json
from circuitalg.integers import counted, fields_repr, shown
from circuitalg.kernel.subject import Data, matrix_from_json, statement_repr

MAX_FUNCTIONS = 200

Point = tuple[int | Fraction, ...]


@dataclass(frozen=True, slots=True)
class LinearlyIndependent:
    """No combination of the functions but the trivial one is 0 almost everywhere on R^s.

    Nor is one almost everywhere 0 on an open set that holds the witness points; so the functions
    are independent in L² of any such set, not at points alone. Where a term is undefined (a
    denominator 0, the root of a negative number) nothing is said.
    """

    dimension: int
    functions: tuple[Term, ...]

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"{counted(len(self.functions), 'function')} independent"

    __repr__ = statement_repr

    def __str__(self) -> str:
        functions = "function is" if len(self.functions) == 1 else "functions are"
        return (
            f"the {len(self.functions)} given {functions} linearly independent on "
            f"R^{self.dimension}: no non-trivial combination vanishes almost everywhere "
            "(so their products over N locations are independent as well)"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "LinearlyIndependent",
            "dimension": self.dimension,
            "functions": [term_to_data(term) for term in self.functions],
        }


@dataclass(frozen=True, slots=True)
class PointWitness:
    """M points, and an approximate inverse R of the matrix F of the M functions' values there.

    If every row of I − R·F has absolute sum below 1, then R·F, and so F, is non-singular.
    """

    bits: int
    points: tuple[Point, ...]
    inverse: Matrix

    __repr__ = fields_repr

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return "point_witness"

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing beyond elementary mathematics."""
        return ()

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            f"point_witness: the matrix of the functions' values at {len(self.points)} rational "
            f"points is enclosed with {self.bits} bits\n"
            "a rational matrix inverts it up to an error of norm below 1, so it is "
            "non-singular\nthe functions are continuous around the points, so no combination "
            "vanishes almost everywhere near them"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "rule": "point_witness",
            "bits": self.bits,
            "points": [[number_to_json(x) for x in point] for point in self.points],
            "inverse": matrix_to_json(self.inverse),
        }


def linearly_independent(
    dimension: int, functions: Sequence[Term], proof: PointWitness
) -> LinearlyIndependent:
    """Check that the functions' values at the points form a non-singular matrix.

    Raises
    ------
    RuleError
        When the sizes do not fit, a function is not certainly defined and continuous around a
        point, or the inverse does not show non-singularity.
    """
    terms = tuple(functions)
    if not 1 <= dimension <= MAX_DIMENSION:
        raise RuleError(
            f"the dimension is an integer from 1 to {MAX_DIMENSION}, got {shown(dimension)}"
        )
    if not 1 <= len(terms) <= MAX_FUNCTIONS:
        raise RuleError(f"give 1 to {MAX_FUNCTIONS} functions, got {len(terms)}")
    nodes = sum(check_term(term, dimension) for term in terms)
    if nodes > MAX_NODES:
        raise RuleError(f"the terms have {nodes:,} nodes in all, above {MAX_NODES:,}; use fewer")
    _check_shapes(dimension, len(terms), proof)
    values = [[_value(term, point, proof.bits) for term in terms] for point in proof.points]
    row = _failing_row(values, proof.inverse)
    if row is not None:
        raise RuleError(
            f"the inverse does not show that the matrix of values is non-singular (row {row}: the "
            "error is not below 1); use more bits, a better inverse, or other points"
        )
    return LinearlyIndependent(dimension, terms)


def _value(term: Term, point: Point, bits: int) -> tuple[Fraction, Fraction]:
    deadline.look()
    return enclosure(term, point, bits)


def _check_shapes(dimension: int, count: int, proof: PointWitness) -> None:
    if len(proof.points) != count or any(len(point) != dimension for point in proof.points):
        raise RuleError(f"{count} functions need {count} points of {dimension} coordinates each")
    if len(proof.inverse) != count or any(len(row) != count for row in proof.inverse):
        raise RuleError(f"{count} functions need an inverse of {count} x {count} entries")


def _failing_row(values: list[list[tuple[Fraction, Fraction]]], inverse: Matrix) -> int | None:
    """First row of I − R·F whose absolute sum may reach 1 for values in the enclosures.

    The largest |δ_ij − Σ_k R_ik F_kj| is |δ_ij − Σ_k R_ik c_kj| + Σ_k |R_ik| r_kj, with the
    middles c and half widths r; all are integers over common denominators here.
    """
    ends_of_all = (end for row in values for pair in row for end in pair)
    scale = 2 * common_denominator(ends_of_all, "the values at the points")
    ends = [
        [(_scaled(low, scale // 2), _scaled(high, scale // 2)) for low, high in row]
        for row in values
    ]
    columns = list(zip(*([low + high for low, high in row] for row in ends), strict=True))
    widths = [sum(high - low for low, high in row) for row in ends]
    for i, numbers in enumerate(inverse):
        bottom = common_denominator(numbers, f"row {i} of the inverse")
        row = [_scaled(number, bottom) for number in numbers]
        one = bottom * scale
        total = sum(abs(r) * width for r, width in zip(row, widths, strict=True))
        for j, column in enumerate(columns):
            entry = sum(r * c for r, c in zip(row, column, strict=True) if r)
            total += abs(entry - one if i == j else entry)
        if total >= one:
            return i
    return None


def _scaled(number: int | Fraction, factor: int) -> int:
    """Number · factor, where the number's denominator divides the factor."""
    return number.numerator * (factor // number.denominator)


def read(statement: Data, proof: Data) -> tuple[Any, ...]:
    """Read the arguments of the rule from JSON."""
    functions = tuple(term_from_data(term) for term in statement["functions"])
    points = tuple(
        tuple(number_from_json(x, "a point") for x in point) for point in proof["points"]
    )
    inverse = matrix_from_json(proof["inverse"])
    return statement["dimension"], functions, PointWitness(proof["bits"], points, inverse)
