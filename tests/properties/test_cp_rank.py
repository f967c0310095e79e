"""CP-rank: intervals hold the rank where it is known, and no sum of few terms is below them."""

from fractions import Fraction
from functools import reduce

import brute
import numpy as np
import pytest
from brute import expect_between, functions
from hypothesis import example, given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.tensor.exact_tensor import ExactTensor

W = (0, 1, 1, 0, 1, 0, 0, 0)
ROTATION = (1, 0, 0, 1, 0, -1, 1, 0)
DIAGONAL = (1, 0, 0, 0, 0, 0, 0, 1)


def check(statement, rank):
    """The law: lower ≤ rank ≤ upper."""
    expect_between(statement.lower, rank, statement.upper, "CP-rank")


@given(st.lists(st.integers(-2, 2), min_size=8, max_size=8))
@example(list(W))
@example(list(ROTATION))
def test_cubes_of_two(entries):
    """Of 2 × 2 × 2 tensors the rank is known: the hyperdeterminant decides."""
    statement = ca.prove_cp_rank(ExactTensor((2, 2, 2), tuple(entries))).statement
    check(statement, functions.cp_rank_of_a_cube(entries))


@st.composite
def sums_of_pure_tensors(draw):
    """Dimensions, and terms: a vector for each mode."""
    dims = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    vector = [st.lists(st.integers(-3, 3), min_size=dim, max_size=dim) for dim in dims]
    return dims, draw(st.lists(st.tuples(*vector), max_size=4))


@given(sums_of_pure_tensors())
def test_no_lower_bound_exceeds_a_number_of_terms(drawn):
    """A sum of R pure tensors has rank R at most; with these terms given, no more from above."""
    dims, terms = drawn
    table = np.zeros(dims, dtype=object)
    for term in terms:
        table = table + reduce(np.multiply.outer, [np.array(v, dtype=object) for v in term])
    tensor = ExactTensor(tuple(dims), tuple(table.ravel().tolist()))
    exact = tensor.array() + Fraction(0)
    best = max(brute.rank(brute.matricized(exact, [mode])) for mode in range(len(dims)))
    said = ca.prove_cp_rank(tensor).statement
    expect_between(best, said.lower, len(terms), "lower bound beside ranks of matricizations")
    if terms:
        said = ca.prove_cp_rank(tensor, terms).statement
        expect_between(said.lower, len(terms), 10**9, "terms")
        expect_between(0, said.upper, len(terms), "upper bound")


@pytest.mark.parametrize(
    ("entries", "rank"), [(W, 3), (ROTATION, 3), ((1, 0, 0, 0, 0, 0, 0, 1), 2)]
)
def test_a_wrong_interval_is_caught(entries, rank):
    """The W state and a rotation have rank 3 over the reals, a diagonal tensor 2."""
    if functions.cp_rank_of_a_cube(entries) != rank:
        pytest.fail("another rank")
    statement = ca.prove_cp_rank(ExactTensor((2, 2, 2), entries)).statement
    check(statement, rank)
    for lower, upper in ((rank + 1, rank + 1), (0, rank - 1)):
        with pytest.raises(pytest.fail.Exception):
            check(type(statement)(statement.tensor, lower, upper), rank)
