"""L4: a minor of size k is accepted where the rank is at least k, and nowhere else."""

import pytest
from brute import expect
from hypothesis import given
from hypothesis import strategies as st
from rank_helpers import PRIME, SMOOTH, TREES, questions, rank_of

from circuitalg.errors import RuleError
from circuitalg.kernel.rank.terms import Minor, Split
from circuitalg.kernel.rank.values import lower_value

pytestmark = pytest.mark.soundness

SEEDS = st.integers(0, 2**53 - 1)


def accepts(question, term):
    """Whether the kernel accepts a lower term."""
    try:
        lower_value(question, term)
    except RuleError:
        return False
    return True


@given(questions(kinds=SMOOTH, max_locations=6, max_outputs=2), SEEDS)
def test_the_largest_minor_of_the_circuit_is_the_rank(question, seed):
    """Of sizes 1 to 3 above the rank: the seed's weights have the generic rank modulo a prime."""
    rank = rank_of(question)
    found = [k for k in range(1, rank + 4) if accepts(question, Minor(seed, k, PRIME))]
    expect(found, list(range(1, rank + 1)), "accepted sizes")


@given(questions(kinds=TREES, min_dim=2, max_outputs=2), SEEDS)
def test_the_largest_minors_of_the_blocks_multiply_to_the_rank(question, seed):
    """Where every block has its largest, a larger one for any block is refused."""
    try:
        question.check_blocks()
    except RuleError:
        return
    sizes = []
    for place in range(len(question.blocks)):
        others = sizes + [1] * (len(question.blocks) - place - 1)
        k = 0
        while k < 50:
            terms = [*others[:place], k + 1, *others[place:]]
            if not accepts(question, Split(None, tuple(Minor(seed, s, PRIME) for s in terms))):
                break
            k += 1
        sizes.append(k)
        if k == 0:  # a fixed matrix makes the block zero
            expect(rank_of(question), 0, "rank")
            return
    term = Split(None, tuple(Minor(seed, s, PRIME) for s in sizes))
    expect(lower_value(question, term), rank_of(question), "product of the blocks' minors")
