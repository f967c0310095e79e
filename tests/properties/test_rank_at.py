"""Ranks at given weights: the rank over Q of the tensor written out, whatever the weights are."""

import brute
import pytest
from brute import expect
from hypothesis import given
from hypothesis import strategies as st
from rank_helpers import SMOOTH, questions

import circuitalg as ca
from circuitalg import strategies

pytestmark = pytest.mark.soundness

KINDS = ("integer", "rational", "sparse", "degenerate", "simplex")


def rank_at(question, weights):
    """The rank over Q, with fractions."""
    rows = question.bipartition.I
    return brute.rank_at(question.circuit, weights, rows, question.output, prime=None)


@given(questions(kinds=SMOOTH, max_locations=4, max_width=4, max_outputs=2), st.data())
def test_both_bounds_are_the_rank(question, data):
    """Integers, fractions, mostly zeros, weights that are special on purpose."""
    weights = data.draw(strategies.weights(question.circuit, data.draw(st.sampled_from(KINDS))))
    said = ca.prove_rank_at(
        question.circuit, weights, question.bipartition, output=question.output
    ).statement
    rank = rank_at(question, weights)
    expect((said.lower, said.upper), (rank, rank), "bounds")


@given(questions(kinds=SMOOTH, max_locations=4, max_outputs=2), st.data())
def test_no_weights_exceed_the_generic_rank(question, data):
    """The bound from above holds for all weights, not for almost all."""
    weights = data.draw(strategies.weights(question.circuit, "rational"))
    said = ca.prove_rank(question.circuit, question.bipartition, output=question.output).statement
    brute.expect_between(0, rank_at(question, weights), said.upper, "rank at these weights")


def test_the_generic_rank_at_special_weights_is_caught():
    """Weights without the generic rank: the comparison tells them."""
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    ones = {name: [[1, 1]] * rows for name, (rows, _) in circuit.parameters.items()}
    generic = ca.prove_rank(circuit, parts).statement.lower
    with pytest.raises(pytest.fail.Exception):
        expect(generic, brute.rank_at(circuit, ones, parts.I, prime=None))
