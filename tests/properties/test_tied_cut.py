"""U2: the tied cut is the smallest price of all labellings, and above every rank."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from brute import PRIME, cuts, expect, expect_between, networks, rank
from hypothesis import given
from hypothesis import strategies as st
from rank_helpers import TREES, only_block, questions

import circuitalg as ca
from circuitalg.kernel.rank.upper import tied_cut

pytestmark = pytest.mark.soundness


@given(
    questions(kinds=TREES, max_width=4)
    | questions(kinds="tree", min_dim=2, max_width=6, max_locations=4)
)
def test_it_is_the_smallest_price_of_a_labelling(question):
    """Children that share a matrix may be counted together: every subset, every class."""
    for block in question.blocks:
        expect(tied_cut(block), cuts.Labellings(block).tied_cut(), f"cut of {block}")


@given(
    questions(kinds=TREES, max_width=5, max_locations=6)
    | questions(kinds="tree", min_dim=2, max_width=9, max_locations=5)
)
def test_no_weights_have_a_larger_rank(question):
    """The rank of a block at random matrices, tied ones equal, is the largest there is."""
    for block in question.blocks:
        expect_between(0, networks.generic_rank(block), tied_cut(block), f"rank of {block}")


@given(questions(kinds=("tree", "free tree"), max_locations=4, max_width=4))
def test_without_ties_it_is_the_cheapest_separating_set(question):
    """Of all sets of variables; with ties it is at most that."""
    for block in question.blocks:
        wanted = cuts.vertex_cut(block)
        expect_between(1, tied_cut(block), wanted, "tied cut")
        expect(cuts.Labellings(block, ties=False).tied_cut(), wanted, "cut without ties")


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 10**6))
def test_powers_of_vectors_span_the_symmetric_power(dim, power, seed):
    """X ⊗ … ⊗ x, m times, for random x: C(δ+m−1, m) dimensions, no fewer."""
    most = comb(dim + power - 1, power)
    vectors = np.random.default_rng(seed).integers(0, PRIME, (most + 2, dim))
    rows = np.ones((most + 2, 1), dtype=np.int64)
    for _ in range(power):
        rows = (rows[:, :, None] * vectors[:, None, :] % PRIME).reshape(most + 2, -1)
    expect(rank(rows), most, "dimension")


CASES = {
    "tied leaves of one side": (ca.ht_model(4, 2, [9], window=4, shared=True), [0, 1], 3),
    "the same untied": (ca.ht_model(4, 2, [9], window=4), [0, 1], 4),
    "three and one": (ca.cp_model(4, 2, 9, shared=True), [0, 1, 2], 2),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bound_one_smaller_is_caught(name):
    """Here the cut is the rank, so the tests above would fail for one less."""
    circuit, rows, value = CASES[name]
    block = only_block(circuit, rows)
    expect(tied_cut(block), value, "cut")
    with pytest.raises(pytest.fail.Exception):
        expect_between(0, networks.generic_rank(block), value - 1)


def test_labels_that_are_taken_for_equal_are_caught():
    """Ties where there are none: the labellings become cheaper than the rank."""
    block = only_block(*CASES["the same untied"][:2])
    joined = replace(block, labels=(-1, 0, 1, 1, 1, 1), fixed=(None, None))
    with pytest.raises(pytest.fail.Exception):
        expect_between(0, networks.generic_rank(block), cuts.Labellings(joined).tied_cut())
