"""Kronecker factors of tied networks: dimensions divided alike wherever weights are shared."""

import brute
import pytest

import circuitalg as ca
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Kronecker
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.kronecker import factors


def only_lower(theorem):
    """The lower term of the network's one block."""
    (term,) = theorem.proof.lower.blocks
    return term


@pytest.mark.parametrize(("width", "rank"), [(4, 1024), (6, 1536)])
def test_a_network_with_shared_weights_is_a_product_of_smaller_ones(width, rank):
    """Two networks of half the dimensions, whose ranks minors prove, reach what no minor could."""
    circuit = ca.ht_model(16, 4, [width] * 4, shared=True)
    theorem = ca.prove_rank(circuit, [1, 2, 3, 4, 6, 8])
    assert (theorem.statement.lower, theorem.statement.upper) == (rank, rank)
    assert isinstance(only_lower(theorem), Kronecker)
    assert theorem.check()


def test_the_product_is_the_rank():
    """Products of minors up to 16 against the rank of the written out tensor."""
    circuit = ca.ht_model(8, 4, [4, 4, 4], shared=True)
    said = ca.prove_rank(circuit, [0, 5, 6, 7], max_minor=16).statement
    assert said.lower == said.upper == brute.generic_rank(circuit, [0, 5, 6, 7]) > 16


def test_factors_divide_tied_dimensions_alike_and_promise_the_target():
    """One dimension for each group, their product within the block's; no factor is the whole."""
    circuit = ca.ht_model(16, 6, [6, 4, 5, 6], shared=True)
    (block,) = Question(circuit, ca.Bipartition.of([1, 2, 3, 4, 6, 8], 16)).blocks
    found = list(factors(block, 800, Budget()))
    assert found
    for (one, a), (two, b) in found:
        assert a * b >= 800 > max(a, b)
        for v, dim in enumerate(block.dims):
            assert one[v] * two[v] <= dim
            for w in range(1, v):
                if block.labels[v] == block.labels[w]:
                    assert (one[v], two[v]) == (one[w], two[w])


def test_a_symmetric_count_is_no_product():
    """Sym² of 4 dimensions has 10, two divisions of 4 give 3 · 3: no factors promise 10."""
    circuit = ca.cp_model(4, 4, 100, shared=True)
    (block,) = Question(circuit, ca.Bipartition.of([0, 1], 4)).blocks
    assert tied_cut(block) == 10
    assert list(factors(block, 10, Budget())) == []
    assert {(a, b) for (_, a), (_, b) in factors(block, 9, Budget())} == {(3, 3)}


def test_fixed_matrices_have_no_factors():
    """A fixed matrix is no Kronecker product of two smaller ones."""
    b = ca.CircuitBuilder(4, 4)
    leaves = [b.sum(b.input(i), width=4, parameter="leaf") for i in range(3)]
    last = b.sum(b.input(3), matrix=[[int(r == c) for c in range(4)] for r in range(4)])
    circuit = b.build(b.sum(b.product(*leaves, last), width=1))
    (block,) = Question(circuit, ca.Bipartition.of([0, 1], 4)).blocks
    assert list(factors(block, 4, Budget())) == []


def test_paths_that_take_the_whole_block_are_no_factor():
    """With minors of size 1 alone everything is peeled away; the search ends all the same."""
    tree = ca.ModeTree.from_nested([4, [2, [0, [3, 1]]]])
    circuit = ca.tree_model(tree, dim=[5, 2, 6, 6, 6], widths=[2, 6, 7, 6])
    said = ca.prove_rank(circuit, [0, 3, 4], max_minor=1).statement
    assert 1 <= said.lower <= said.upper == brute.generic_rank(circuit, [0, 3, 4])
