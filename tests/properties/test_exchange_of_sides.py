"""The rank of a transposed matrix: exchanging I and J changes neither bound."""

from brute import expect
from hypothesis import example, given
from rank_helpers import SMOOTH, questions, rank_of

import circuitalg as ca
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import index_recursion

WIDE = {"max_width": 6, "max_outputs": 2}


def check(one, two):
    """The law for any two pairs of bounds."""
    expect(one, two, "bounds with the sides exchanged")


@given(questions(kinds=SMOOTH, **WIDE) | questions(kinds="tree", min_dim=2, **WIDE))
@example(Question(ca.ht_model(4, 2, [4, 4], shared=True), ca.Bipartition.low_high(4)))
def test_exchanging_the_sides_changes_nothing(question):
    """The same bounds, the same index recursion, and the same rank by brute force."""
    circuit, parts, output = question.circuit, question.bipartition, question.output
    swapped = Question(circuit, parts.swapped(), output)
    check(index_recursion(question), index_recursion(swapped))
    check(rank_of(question), rank_of(swapped))
    one, two = (ca.prove_rank(circuit, p, output=output) for p in (parts, parts.swapped()))
    check(
        (one.statement.lower, one.statement.upper),
        (two.statement.lower, two.statement.upper),
    )
