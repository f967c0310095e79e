"""Minimal hierarchical decompositions: the rank of every matricization of the tree, over Q."""

import brute
import pytest
from brute import expect
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.tensor.hierarchical import ht_decomposition


def node_ranks(tensor, nested):
    """Ranks of the nodes in preorder: locations below against the rest."""
    array = tensor.array()

    def below(node):
        return [node] if isinstance(node, int) else [i for child in node for i in below(child)]

    def ranks(node):
        inside = [] if isinstance(node, int) else [r for child in node for r in ranks(child)]
        leaves = below(node)
        whole = len(leaves) == array.ndim
        return [1 if whole else brute.rank(brute.matricized(array, leaves)), *inside]

    return tuple(ranks(nested))


def check(statement):
    """The law: the ranks are those of the matricizations."""
    found = node_ranks(statement.tensor, statement.tree.to_nested())
    expect(statement.ranks, found, "ranks at the nodes")


@st.composite
def cases(draw):
    """A small tensor that is not zero, of some rank in one sense or another, and a tree."""
    kind = draw(st.sampled_from(("generic", "cp", "ht", "tt")))
    shapes = st.lists(st.integers(1, 3), min_size=2, max_size=4)
    tensor = draw(strategies.tensors(shapes, kind).filter(lambda found: any(found.entries)))
    return tensor, draw(strategies.mode_trees(len(tensor.dims)))


@given(cases())
def test_the_ranks_are_those_of_the_matricizations(case):
    """Over Q, for every node of the tree; the decomposition's network, written out, is it."""
    tensor, tree = case
    check(ca.prove_minimal_ht(tensor, tree).statement)
    circuit, weights = ht_decomposition(tensor, tree).circuit()
    found = brute.tensor(circuit, weights, prime=None)
    expect(found.tolist(), tensor.array().tolist(), "tensor of the network")


@pytest.mark.parametrize("change", [-1, 1])
def test_a_wrong_rank_is_caught(change):
    """One less or one more at any node but the root."""
    tensor = [[1, 2, 0], [0, 1, 1], [1, 3, 1]]
    statement = ca.prove_minimal_ht(tensor).statement
    check(statement)
    for node in (1, 2):
        wrong = [r + change * (i == node) for i, r in enumerate(statement.ranks)]
        with pytest.raises(pytest.fail.Exception):
            check(type(statement)(statement.tensor, statement.tree, tuple(wrong)))
