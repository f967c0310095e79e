"""Generic ranks: the rank of the explicit tensor lies between the bounds that are proved."""

import pytest
from brute import expect, expect_between
from certificates.alter import both_accept
from hypothesis import example, given
from rank_helpers import SMOOTH, TREES, questions, rank_of

import circuitalg as ca
from circuitalg.kernel.rank.question import Question

WIDE = {"max_width": 6, "max_dim": 4, "max_outputs": 2}


def proved(question, **options):
    """The theorem about a question."""
    return ca.prove_rank(
        question.circuit,
        question.bipartition,
        output=question.output,
        space=question.space,
        **options,
    )


def check(question, lower, upper, rank):
    """The law: nothing false, and for networks as small as these the rank from below."""
    expect_between(lower, rank, upper, f"rank for {question}")
    expect(lower, rank, f"lower bound for {question}")


@pytest.mark.soundness
@given(questions(kinds=SMOOTH, max_locations=6, **WIDE) | questions(kinds=TREES, min_dim=2, **WIDE))
@example(Question(ca.ht_model(4, 2, [4, 4], shared=True), ca.Bipartition.low_high(4)))
def test_the_rank_is_in_the_interval(question):
    """All kinds of circuits that have a tensor, tied in every way."""
    said = proved(question).statement
    check(question, said.lower, said.upper, rank_of(question))


@pytest.mark.soundness
@given(questions(kinds="tree", ties="equal subtrees", min_locations=3, min_dim=2, max_width=6))
def test_the_rank_of_tied_trees_is_in_the_interval(question):
    """Equal subtrees share everything: symmetric powers from above."""
    said = proved(question).statement
    check(question, said.lower, said.upper, rank_of(question))


@given(questions(kinds=SMOOTH, **WIDE))
def test_the_independent_checker_agrees(tmp_path_factory, question):
    """Certificates of every kind of network are verified by the checker, and load again."""
    theorem = proved(question)
    verified = both_accept(theorem, tmp_path_factory.mktemp("rank"))
    assert (verified.lower, verified.upper) == (theorem.statement.lower, theorem.statement.upper)


@pytest.mark.soundness
@pytest.mark.parametrize("change", [-1, 1])
def test_wrong_bounds_are_caught(change):
    """The comparison fails for one less above and one more below, and without the ties."""
    parts = ca.Bipartition.of([0, 1], 4)
    tied = Question(ca.ht_model(4, 2, [4, 4], shared=True), parts)
    untied = Question(ca.ht_model(4, 2, [4, 4]), parts)
    expect((rank_of(tied), rank_of(untied)), (3, 4), "ranks")
    for question in (tied, untied):
        rank = rank_of(question)
        with pytest.raises(pytest.fail.Exception):
            check(question, rank + max(change, 0), rank + min(change, 0), rank)
    with pytest.raises(pytest.fail.Exception):
        check(untied, rank_of(tied), rank_of(tied), rank_of(untied))
