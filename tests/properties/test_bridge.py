"""U3: a bridge's bound is the largest rank of Σ A_g ⊗ C_g for parts as large as the cuts allow."""

from math import prod

import pytest
from brute import cuts, expect, expect_between, networks, quivers
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import TREES, only_block, questions, tree

from circuitalg.kernel.rank.quiver import bridge_bound
from circuitalg.kernel.rank.upper import bridge

pytestmark = pytest.mark.soundness

NETWORKS = questions(kinds=TREES, min_dim=2, max_width=4) | questions(
    kinds="tree", min_locations=4, min_dim=2, max_width=5
)


def places(block):
    """The variables above which there is a bridge."""
    return [v for v in range(1, len(block)) if min(block.shape(v)) >= 2]


@given(NETWORKS, st.integers(0, 99))
def test_it_is_the_rank_of_random_tensors_of_these_sizes(question, place):
    """The sizes are the smallest prices of all labellings of the two parts."""
    for block in question.blocks:
        at = places(block)
        if at:
            v = at[place % len(at)]
            sizes = cuts.Labellings(block).bridge(v)
            assume(prod(sizes[1:]) <= 10**5)
            expect(bridge(block, v), quivers.bridge_rank(*sizes), f"bridge at {v} of {block}")


@given(NETWORKS)
def test_no_weights_have_a_larger_rank(question):
    """At every matrix of every block."""
    for block in question.blocks:
        rank = networks.generic_rank(block)
        for v in places(block):
            expect_between(0, rank, bridge(block, v), f"rank of {block} with a bridge at {v}")


@given(st.integers(1, 4), *[st.integers(1, 8)] * 4)
def test_the_formula_is_the_rank_of_random_tensors(rho, a, b, c, d):
    """R_ρ(a, b; c, d), whatever the network."""
    expect(bridge_bound(rho, a, b, c, d), quivers.bridge_rank(rho, a, b, c, d), "bridge")


@pytest.mark.parametrize(
    "widths", [(2, 5, 5), (2, 4, 4), (2, 3, 3)], ids="{0[0]} {0[1]} {0[2]}".format
)
def test_a_bound_one_smaller_is_caught(widths):
    """Here a bridge gives the rank, so the tests above would fail for one less."""
    block = only_block(tree([[0, 1, 2], [3, 4, 5]], 3, list(widths)), [1, 2, 3])
    best = min(bridge(block, v) for v in places(block))
    with pytest.raises(pytest.fail.Exception):
        expect_between(0, networks.generic_rank(block), best - 1)
    rho, a, b, c, d = 2, 5, 3, 3, 5
    with pytest.raises(pytest.fail.Exception):
        expect(bridge_bound(rho, a, b, c, d) - 1, quivers.bridge_rank(rho, a, b, c, d))
