"""L3 and the network of variables: the circuit's rank is the product of its blocks' ranks."""

from math import prod

import pytest
from brute import expect, expect_between, networks
from hypothesis import given
from rank_helpers import TREES, questions, rank_of

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.question import Question

pytestmark = pytest.mark.soundness


def shows_the_circuit(question):
    """Whether every parameter has one view in the network of variables."""
    try:
        question.check_blocks()
    except RuleError:
        return False
    return True


@given(questions(kinds=TREES, max_locations=6, max_outputs=2) | questions(kinds="tree", min_dim=2))
def test_the_network_of_variables_has_the_rank_of_the_circuit(question):
    """Its random matrices are the circuit's random weights, unless one has two views."""
    rank, found = rank_of(question), networks.generic_rank(question.network)
    if shows_the_circuit(question):
        expect(found, rank, "rank of the network")
    expect_between(rank, found, 10**9, "rank of the network")


@given(questions(kinds=TREES, max_locations=6, max_outputs=2) | questions(kinds="tree", min_dim=2))
def test_ranks_of_blocks_multiply(question):
    """Each as often as it occurs, though equal blocks may share their weights."""
    found = prod(networks.generic_rank(block) ** n for block, n in question.blocks.items())
    expect(found, networks.generic_rank(question.network), "product of the blocks' ranks")
    expect_between(rank_of(question), found, 10**9, "product of the blocks' ranks")


@pytest.mark.parametrize("width", [2, 3])
def test_a_block_left_out_is_caught(width):
    """Two equal pairs below a variable of dimension 1 have rank 2 each, so 4 together."""
    question = Question(ca.ht_model(4, 2, [width, 1]), ca.Bipartition.odd_even(4))
    ranks = [networks.generic_rank(block) for block in question.blocks]
    expect(rank_of(question), 4, "rank")
    expect(prod(r**n for r, n in zip(ranks, question.blocks.values(), strict=True)), 4, "product")
    with pytest.raises(pytest.fail.Exception):
        expect(prod(ranks), rank_of(question), "each block once")
