"""Certified distances: never above the distance itself, from singular values of 60 digits."""

from fractions import Fraction

import mpmath
import pytest
from brute import functions
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import NotProved
from circuitalg.representation import Gaussians, Monomials

BOX = ((-1, 2),)


def gaussian_gram(means, variances):
    """∫ f_i f_j is the density of variance v_i + v_j at m_i − m_j."""
    pairs = list(zip(means, variances, strict=True))
    with mpmath.workdps(80):
        return [[mpmath.npdf(m - n, 0, mpmath.sqrt(v + w)) for n, w in pairs] for m, v in pairs]


def monomial_gram(count):
    """∫ x^(i+j) over the box."""
    (a, b), *_ = BOX
    return [
        [Fraction(b ** (i + j + 1) - a ** (i + j + 1), i + j + 1) for j in range(count)]
        for i in range(count)
    ]


@st.composite
def metrics(draw, dim):
    """Options of the tactic, and the Gram matrix that they mean."""
    kind = draw(st.sampled_from(["orthonormal", "Gaussians", "monomials"]))
    if kind == "orthonormal":
        return {}, [[Fraction(int(i == j)) for j in range(dim)] for i in range(dim)]
    if kind == "monomials":
        return {"representation": Monomials.up_to(dim - 1), "box": BOX}, monomial_gram(dim)
    means = draw(st.lists(st.integers(-3, 3), min_size=dim, max_size=dim, unique=True))
    variances = draw(st.lists(st.integers(1, 2), min_size=dim, max_size=dim))
    family = Gaussians([[m] for m in means], [[v] for v in variances])
    return {"representation": family}, gaussian_gram(means, variances)


def truth(statement, gram):
    """The squared distance to 60 digits."""
    return functions.squared_distance(
        statement.circuit,
        statement.weights,
        statement.bipartition.I,
        statement.rank,
        gram,
        statement.output,
    )


def check(bound, distance):
    """The law: the bound is positive, and not above the distance."""
    with mpmath.workdps(80):
        value = mpmath.mpf(bound.numerator) / bound.denominator
        if not 0 < value <= distance * (1 + mpmath.mpf(10) ** -50):
            pytest.fail(f"the bound {float(bound)} is above {distance}")


@given(st.data(), st.integers(2, 3), st.integers(0, 3))
def test_the_bound_is_not_above_the_distance(data, dim, rank):
    """Rational weights, orthonormal and other functions, several outputs."""
    circuit = data.draw(
        strategies.circuits(
            kinds=strategies.MULTILINEAR_KINDS,
            min_dim=dim,
            max_dim=dim,
            min_locations=2,
            max_locations=5 - dim,
            max_outputs=2,
            max_width=4,
        )
    )
    weights = data.draw(strategies.weights(circuit, "rational"))
    parts = data.draw(strategies.bipartitions(circuit))
    output = data.draw(st.integers(0, circuit.num_outputs - 1))
    options, gram = data.draw(metrics(dim))
    if rank >= dim ** min(len(parts.I), len(parts.J)):
        return
    try:
        theorem = ca.prove_not_approximable(
            circuit, weights, rank, bipartition=parts, output=output, **options
        )
    except NotProved:
        return
    check(theorem.statement.squared_distance, truth(theorem.statement, gram))


def test_a_bound_above_the_distance_is_caught():
    """The identity of size 4 is at squared distance 4 − Z; one more, or the wrong metric, fails."""
    deep = ca.ht_model(4, 2, [2, 1])
    weights = {"a1.0": [[1, 1]], "a1.1": [[1, 1]], "out": [[1]]}
    weights |= {f"a0.{i}": [[1, 0], [0, 1]] for i in range(4)}
    statement = ca.prove_not_approximable(deep, weights, 2).statement
    unit = [[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]]
    check(statement.squared_distance, truth(statement, unit))
    assert abs(float(statement.squared_distance) - 2) < 1e-6
    with pytest.raises(pytest.fail.Exception):
        check(statement.squared_distance + 1, truth(statement, unit))
    with pytest.raises(pytest.fail.Exception):
        check(statement.squared_distance, truth(statement, [[Fraction(1, 2), 0], [0, 1]]))
