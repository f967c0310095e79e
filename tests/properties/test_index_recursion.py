"""U1, U4, U5: the index recursion is the smallest price of all labellings, and above every rank."""

import brute
import pytest
from brute import cuts, expect, expect_between
from hypothesis import given
from hypothesis import strategies as st
from rank_helpers import SMOOTH, TREES, branches_of, questions, rank_of

import circuitalg as ca
from circuitalg import strategies
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import index_recursion

pytestmark = pytest.mark.soundness

SMALL = {"max_locations": 4, "max_width": 4, "max_outputs": 2}


@given(questions(kinds=SMOOTH, **SMALL) | questions(kinds="mixture", min_dim=2, **SMALL))
def test_it_is_the_smallest_price_of_a_labelling(question):
    """Every label of every index of the unfolded circuit is tried, sums of branches added up."""
    wanted = cuts.index_recursion(question.circuit, question.bipartition.I)
    expect(index_recursion(question), wanted, "index recursion")


@given(questions(kinds=SMOOTH, **SMALL), st.data())
def test_no_weights_have_a_larger_rank(question, data):
    """Generic weights have the largest rank, and degenerate ones no larger one."""
    bound = index_recursion(question)
    expect_between(0, rank_of(question), bound, "generic rank")
    given_weights = data.draw(strategies.weights(question.circuit, "degenerate"))
    rank = brute.rank_at(question.circuit, given_weights, question.bipartition.I, question.output)
    expect_between(0, rank, bound, "rank at degenerate weights")


@given(questions(kinds=TREES, max_locations=4, fixed=False, constants=False))
def test_on_a_tree_without_ties_it_is_the_cheapest_separating_set(question):
    """Of all sets of variables without which the sides are not joined."""
    expect(index_recursion(question), cuts.vertex_cut(question.network), "cheapest set")


CASES = {
    "a product": (ca.cp_model(2, [4, 6], 5), [0]),
    "branches": (branches_of(2, 7, [1, 2, 3]), [0]),
    "a deep network": (ca.ht_model(4, 2, [4, 4]), [0, 1]),
    "halves of a window": (ca.ht_model(4, 3, [2, 3]), [0, 2]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bound_one_smaller_is_caught(name):
    """Here the smallest price is the rank, so the tests above would fail for one less."""
    circuit, rows = CASES[name]
    question = Question(circuit, ca.Bipartition.of(rows, circuit.num_locations))
    bound = index_recursion(question)
    expect(bound, cuts.index_recursion(circuit, rows), "smallest price")
    with pytest.raises(pytest.fail.Exception):
        expect_between(0, rank_of(question), bound - 1)
