"""Minimal hierarchical decompositions: the rank of every matricization of the tree, over Q."""

import brute
import pytest
from brute import expect
from hypothesis import given
from random_tensors import tensors

import circuitalg as ca


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


@given(tensors())
def test_the_ranks_are_those_of_the_matricizations(case):
    """And its network, written out, has the tensor."""
    tensor, tree = case
    theorem = ca.prove_minimal_ht(tensor, tree)
    check(theorem.statement)


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
