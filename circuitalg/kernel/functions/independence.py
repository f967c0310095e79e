"""Linear independence of functions, from a matrix of their values that is certainly non-singular.

Claim C.1 of Cohen, Sharir, Shashua 2016 (arXiv 1509.05009): if f_1, …, f_M are linearly
independent, so are the M^N functions Π f_{d_i}(x_i). At the grid of the witness points their
matrix is the N-fold Kronecker power of the one here, which is non-singular too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flint

from circuitalg import deadline
from circuitalg.arithmetic.balls import ball, precision
from circuitalg.arithmetic.functions import Interval, check_term, enclosure
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.expressions import MAX_DIMENSION, TERMS, Expression, Number
from circuitalg.integers import counted, shown
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof
from circuitalg.python_code import AS_CODE

MAX_FUNCTIONS = 200
_MORE_BITS = 64

Point = tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class LinearlyIndependent:
    """No combination of the functions but the trivial one is 0 almost everywhere on R^s.

    Nor is one almost everywhere 0 on an open set that holds the witness points; so the functions
    are independent in L² of any such set, not at points alone. Where a term is undefined (a
    denominator 0, the root of a negative number) nothing is said.

    Examples
    --------
    >>> import circuitalg as ca
    >>> family = ca.representation.Gaussians([[0], [1]], [[1], [1]])
    >>> print(ca.prove_linearly_independent(family))
    Theorem: the 2 given functions are linearly independent on R^1: no non-trivial combination
    vanishes almost everywhere (so their products over N locations are independent as well)
    """

    dimension: int
    functions: tuple[Expression, ...]

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"{counted(len(self.functions), 'function')} independent"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        functions = "function is" if len(self.functions) == 1 else "functions are"
        return (
            f"the {len(self.functions)} given {functions} linearly independent on "
            f"R^{self.dimension}: no non-trivial combination vanishes almost everywhere "
            "(so their products over N locations are independent as well)"
        )


@dataclass(frozen=True, slots=True)
class PointWitness(Proof):
    """M points, and an approximate inverse R of the matrix F of the M functions' values there.

    If every row of I − R·F has absolute sum below 1, then R·F, and so F, is non-singular.
    """

    bits: int
    points: tuple[Point, ...]
    inverse: Matrix

    __repr__, _repr_pretty_ = AS_CODE

    tactic = "point_witness"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            f"point_witness: the matrix of the functions' values at {len(self.points)} rational "
            f"points is enclosed with {self.bits} bits\n"
            "a rational matrix inverts it up to an error of norm below 1, so it is "
            "non-singular\nthe functions are continuous around the points, so no combination "
            "vanishes almost everywhere near them"
        )


@rule
def linearly_independent(
    dimension: int, functions: tuple[Expression, ...], proof: PointWitness
) -> LinearlyIndependent:
    """From a non-singular matrix of values at points to independence almost everywhere.

    Raises
    ------
    RuleError
        When the sizes do not fit, a function is not certainly defined and continuous around a
        point, or the inverse does not show non-singularity.
    """
    if not 1 <= dimension <= MAX_DIMENSION:
        raise RuleError(
            f"the dimension is an integer from 1 to {MAX_DIMENSION}, got {shown(dimension)}"
        )
    if not 1 <= len(functions) <= MAX_FUNCTIONS:
        raise RuleError(f"give 1 to {MAX_FUNCTIONS} functions, got {len(functions)}")
    parts = sum(check_term(term, dimension) for term in functions)
    if parts > TERMS.max_parts:
        raise RuleError(
            f"the terms have {parts:,} parts in all, above {TERMS.max_parts:,}; use fewer"
        )
    _check_shapes(dimension, len(functions), proof)
    values = [[_value(term, point, proof.bits) for term in functions] for point in proof.points]
    row = _failing_row(values, proof)
    if row is not None:
        raise RuleError(
            f"the inverse does not show that the matrix of values is non-singular (row {row}: the "
            "error is not below 1); use more bits, a better inverse, or other points"
        )
    return LinearlyIndependent(dimension, functions)


def _value(term: Expression, point: Point, bits: int) -> Interval:
    deadline.look()
    return enclosure(term, point, bits)


def _check_shapes(dimension: int, count: int, proof: PointWitness) -> None:
    if len(proof.points) != count or any(len(point) != dimension for point in proof.points):
        raise RuleError(f"{count} functions need {count} points of {dimension} coordinates each")
    if len(proof.inverse) != count or any(len(row) != count for row in proof.inverse):
        raise RuleError(f"{count} functions need an inverse of {count} x {count} entries")


def _failing_row(values: Sequence[Sequence[Interval]], proof: PointWitness) -> int | None:
    """First row of I − R·F whose absolute sum may reach 1 for values in the enclosures."""
    count = len(values)
    with precision(proof.bits + _MORE_BITS):
        enclosed = [ball(low).union(ball(high)) for row in values for low, high in row]
        inverse = flint.arb_mat(count, count, [ball(x) for row in proof.inverse for x in row])
        product = (inverse * flint.arb_mat(count, count, enclosed)).tolist()
        for i, row in enumerate(product):
            if not sum(abs(x - int(i == j)) for j, x in enumerate(row)) < 1:
                return i
    return None
