"""Non-negative weights have the generic rank of the real ones, simplex weights no larger one."""

import brute
import pytest
from brute import expect, expect_between
from hypothesis import given
from hypothesis import strategies as st
from rank_helpers import SMOOTH, questions, rank_of

import circuitalg as ca
from circuitalg.kernel.rank.question import Question

pytestmark = pytest.mark.soundness

WIDE = {"kinds": SMOOTH, "max_width": 4, "max_outputs": 2}


def simplex_rank(question, seed=1):
    """Rank at random weights whose rows sum to one."""
    weights = brute.random_weights(question.circuit, seed)
    for table in weights.values():
        for row in table:
            row[-1] = (1 - sum(row[:-1])) % brute.PRIME
    return brute.rank_at(question.circuit, weights, question.bipartition.I, question.output)


def proved(question, space):
    """The statement over a space."""
    return ca.prove_rank(
        question.circuit, question.bipartition, output=question.output, space=space
    ).statement


def check(said, rank):
    """The law: an interval with the rank over its space, which is the lower bound."""
    expect_between(said.lower, rank, said.upper, f"rank over {said.space} weights")
    expect(said.lower, rank, f"lower bound over {said.space} weights")


@given(st.sampled_from(("nonnegative", "simplex")), questions(**WIDE))
def test_the_rank_is_in_the_interval(space, question):
    """The orthant is dense in nothing less than the space; a simplex has its own generic rank."""
    rank = simplex_rank(question) if space == "simplex" else rank_of(question)
    check(proved(question, space), rank)
    expect_between(0, rank, rank_of(question), "rank beside the real one")


def test_a_simplex_that_has_less_is_caught():
    """a·T − b·T: rows of one entry are 1 on simplices, so nothing is left, and 1 is no bound."""
    b = ca.CircuitBuilder(2, 2)
    product = b.product(*[b.sum(b.input(i), width=1) for i in (0, 1)])
    circuit = b.build(b.sum(product, b.sum(product, matrix=[[-1]]), width=1))
    real, simplex = (
        Question(circuit, ca.Bipartition.of([0], 2), 0, space) for space in ("real", "simplex")
    )
    expect((rank_of(real), simplex_rank(simplex)), (1, 0), "ranks")
    check(proved(real, "real"), rank_of(real))
    check(proved(simplex, "simplex"), simplex_rank(simplex))
    with pytest.raises(pytest.fail.Exception):
        check(proved(real, "real"), simplex_rank(simplex))
