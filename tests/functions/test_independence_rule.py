"""The rule for linear independence: what it accepts, and the false neighbours that it refuses."""

from dataclasses import replace
from fractions import Fraction

import pytest

from circuitalg.arithmetic.functions import exp, gaussian, sqrt, step, x
from circuitalg.checker import Refusal
from circuitalg.checker.functions.independence import near_identity
from circuitalg.checker.meter import Meter
from circuitalg.errors import RuleError
from circuitalg.expressions import Expression, expression
from circuitalg.kernel.functions.independence import PointWitness, linearly_independent

ONE, X = expression(1), x(0)
HALF = Fraction(1, 2)


def inverse_2(a, b, c, d):
    """Inverse of [[a, b], [c, d]]."""
    det = Fraction(a * d - b * c)
    return ((d / det, -b / det), (-c / det, a / det))


LINE = PointWitness(16, ((0,), (1,)), inverse_2(1, 0, 1, 1))
"""1 and x at the points 0 and 1."""


def test_one_and_x_are_independent():
    """The statement holds the functions as given, and says what it means."""
    theorem = linearly_independent(1, (ONE, X), LINE)
    assert theorem.statement.functions == (ONE, X)
    assert theorem.statement.summary == "2 functions independent"
    assert "almost everywhere" in str(theorem.statement)
    assert "non-singular" in theorem.proof.explain()
    assert theorem.proof.sources == ()


def test_two_gaussians_are_independent():
    """Irrational values, enclosed; an approximate inverse is enough."""
    terms = (gaussian([0], [1]), gaussian([2], [1]))
    proof = PointWitness(64, ((0,), (2,)), ((HALF * 5, 0), (0, HALF * 5)))
    assert linearly_independent(1, terms, proof).statement.functions == terms


def test_dependent_functions_have_no_proof():
    """Two functions x and 2x: every matrix of values is singular, so no inverse passes."""
    for entry in (0, 1, HALF, -1):
        proof = PointWitness(64, ((1,), (2,)), ((1, entry), (entry, 1)))
        with pytest.raises(RuleError, match="does not show"):
            linearly_independent(1, (X, 2 * X), proof)


def test_an_inverse_that_is_off_by_one_is_refused():
    """The absolute sum of a row must be below 1, not at most 1."""
    proof = PointWitness(16, ((1,),), ((1,),))
    assert linearly_independent(1, (X,), proof)
    for bad in (0, 2, -1):
        with pytest.raises(RuleError, match="row 0"):
            linearly_independent(1, (X,), replace(proof, inverse=((bad,),)))
    assert linearly_independent(1, (X,), replace(proof, inverse=((Fraction(199, 100),),)))


def test_the_widths_of_the_enclosures_count():
    """exp(x) − exp(x)(1 + 2^-30) needs more than 20 bits to be told from 0."""
    terms = (Fraction(2**30 + 1, 2**30) * exp(1 * X) + -exp(X),)
    value = Fraction(2718281828, 10**9) / 2**30
    with pytest.raises(RuleError, match="does not show"):
        linearly_independent(1, terms, PointWitness(20, ((1,),), ((1 / value,),)))
    assert linearly_independent(1, terms, PointWitness(60, ((1,),), ((1 / value,),)))


def test_a_pair_of_steps_that_differ_at_their_jump_only_is_refused():
    """step(x) and 1 − step(−x): independent pointwise, equal almost everywhere.

    At the points 0 and 1 their values are the rows (1, 0) and (1, 1), an invertible matrix.
    """
    terms = (step(X), 1 + -step(-X))
    for points in (((0,), (1,)), ((1,), (0,)), ((-1,), (0,))):
        with pytest.raises(RuleError, match="step may be 0"):
            linearly_independent(1, terms, PointWitness(64, points, inverse_2(1, 0, 1, 1)))
    with pytest.raises(RuleError, match="does not show"):
        linearly_independent(1, terms, PointWitness(64, ((-1,), (1,)), inverse_2(1, 0, 1, 1)))


def test_steps_with_different_jumps_are_independent():
    """Between the jumps they differ on an interval."""
    terms = (step(X), step(X + -1))
    proof = PointWitness(8, ((HALF,), (2,)), inverse_2(1, 0, 1, 1))
    assert linearly_independent(1, terms, proof)


def test_a_root_that_is_defined_at_one_point_only_is_refused():
    """1 + √(−x²) is 1 at 0 and undefined elsewhere: nothing follows from its value at 0."""
    term = 1 + sqrt(-(X**2))
    with pytest.raises(RuleError, match="square root"):
        linearly_independent(1, (term,), PointWitness(64, ((0,),), ((1,),)))


@pytest.mark.parametrize(
    ("dimension", "functions", "changes", "reason"),
    [
        (1, (ONE, X), {"points": ((0,),)}, "2 points"),
        (1, (ONE, X), {"points": ((0, 0), (1, 0))}, "coordinates"),
        (1, (ONE, X), {"inverse": ((1, 0),)}, "inverse"),
        (1, (ONE, X), {"inverse": ((1, 0), (1,))}, "inverse"),
        (1, (ONE, X), {"bits": 5000}, "bits"),
        (0, (ONE, X), {}, "dimension"),
        (65, (ONE, X), {}, "dimension"),
        (1, (), {"points": (), "inverse": ()}, "1 to 200 functions"),
        (1, (ONE,) * 201, {}, "1 to 200 functions"),
    ],
)
def test_what_does_not_fit_is_refused(dimension, functions, changes, reason):
    """Each with a sentence."""
    with pytest.raises(RuleError, match=reason):
        linearly_independent(dimension, functions, replace(LINE, **changes))


def test_the_terms_have_10_000_parts_in_all_at_most():
    """Two terms of 6,000 parts are too many."""
    long = Expression("+", (ONE,) * 5_999)
    with pytest.raises(RuleError, match="12,000 parts"):
        linearly_independent(1, (long, long), LINE)


def test_products_of_functions_have_the_kronecker_power():
    """Claim C.1: the products' values at pairs of points are F ⊗ F, inverted by R ⊗ R."""
    proof = linearly_independent(1, (ONE, X), LINE).proof
    f = [[1, point[0]] for point in proof.points]
    n = len(f)
    pairs = [(a, b) for a in range(n) for b in range(n)]
    values = [[f[i][d] * f[j][e] for d, e in pairs] for i, j in pairs]
    inverse = [[proof.inverse[d][i] * proof.inverse[e][j] for i, j in pairs] for d, e in pairs]
    product = [
        [sum(inverse[a][k] * values[k][b] for k in range(n * n)) for b in range(n * n)]
        for a in range(n * n)
    ]
    assert product == [[int(a == b) for b in range(n * n)] for a in range(n * n)]


@pytest.mark.parametrize(
    ("low", "high", "shown"), [(1, 3, True), (0, 4, False), (-1, 5, False), (3, 7, False)]
)
def test_the_checker_counts_the_widths_too(low, high, shown):
    """What lies between low/2 and high/2 is less than 1 away from 1, or may not be."""
    if shown:
        near_identity(((1,),), [[(low, high, -1)]], Meter())
        return
    with pytest.raises(Refusal, match="row 0 of 1 - R F"):
        near_identity(((1,),), [[(low, high, -1)]], Meter())
