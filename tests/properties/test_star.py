"""U6: a star's bound is at least the dimension of a sum of products of general subspaces."""

from math import prod

import pytest
from brute import cuts, expect, expect_between, networks, quivers
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import TREES, only_block, questions

import circuitalg as ca
from circuitalg.kernel.rank.quiver import star_bound_parts
from circuitalg.kernel.rank.upper import Messages, star, star_parts

pytestmark = pytest.mark.soundness

NETWORKS = questions(kinds=TREES, min_dim=2, max_width=4) | questions(
    kinds="tree", min_locations=3, min_dim=2, max_width=5
)


def places(block):
    """The variables at which there is a star."""
    return [v for v in range(1, len(block)) if block.children[v] and block.dims[v] >= 2]


@given(NETWORKS, st.integers(0, 99), st.integers(0, 1))
def test_it_is_the_dimension_for_random_subspaces_of_these_sizes(question, place, side):
    """The sizes are the smallest prices of all labellings of the parts; exact up to 3 values."""
    for block in question.blocks:
        at = places(block)
        if at:
            v = at[place % len(at)]
            parts = cuts.Labellings(block).star(v, side)
            expect(star_parts(Messages(block), v, side), parts, "sizes of the parts")
            assume(prod(a for a, _ in parts) <= 2000)
            found = quivers.star_rank(block.dims[v], *[(a, min(a, u)) for a, u in parts])
            value = star(block, v, side)
            if block.dims[v] <= 3 or len(parts) <= 2:
                expect(value, found, f"star at {v} of {block}")
            expect_between(found, value, 10**9, f"star at {v} of {block}")


@given(NETWORKS)
def test_no_weights_have_a_larger_rank(question):
    """At every inner variable of every block, from both sides."""
    for block in question.blocks:
        rank = networks.generic_rank(block)
        for v in places(block):
            for side in (0, 1):
                expect_between(0, rank, star(block, v, side), f"star at {v}, side {side}")


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=3),
)
def test_the_formula_is_above_random_subspaces(states, parts):
    """The dimension itself for one or two parts and for up to three states."""
    found = quivers.star_rank(states, *[(a, min(a, u)) for a, u in parts])
    value = star_bound_parts(states, parts)
    expect_between(found, value, prod(a for a, _ in parts), "dimension")
    if states <= 3 or len(parts) <= 2:
        expect(value, found, "dimension")


@pytest.mark.parametrize(("widths", "window", "rows"), [([3, 2], 3, [3, 4, 7, 8])])
def test_a_bound_one_smaller_is_caught(widths, window, rows):
    """Here a star gives the rank, 7, where the cut is 8."""
    block = only_block(ca.ht_model(9, 2, widths, window=window), rows)
    best = min(star(block, v, side) for v in places(block) for side in (0, 1))
    expect(best, 7, "star")
    with pytest.raises(pytest.fail.Exception):
        expect_between(0, networks.generic_rank(block), best - 1)
