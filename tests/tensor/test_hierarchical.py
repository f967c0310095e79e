"""Exact hierarchical decompositions: the tensor comes back, ranks are least, networks agree."""

import random
from fractions import Fraction
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.arithmetic import rational
from circuitalg.errors import TooLargeError, WeightError
from circuitalg.tensor.exact_tensor import ExactTensor
from circuitalg.tensor.hierarchical import (
    HTDecomposition,
    diagonal_form,
    ht_decomposition,
    minimal_decomposition,
    preorder,
)


def random_tensor(dims, seed=0):
    """Rational entries of one digit."""
    draw = random.Random(seed)
    entries = (Fraction(draw.randint(-9, 9), draw.randint(1, 9)) for _ in range(prod(dims)))
    return ExactTensor(tuple(dims), tuple(entries))


def tensor_of(circuit, weights):
    """The network's coefficient tensor."""
    return ExactTensor.from_nested(np.asarray(circuit.coefficient_tensor(weights), dtype=object))


TREES = [
    (4, [[0, 1], [2, 3]]),
    (4, [[[0, 1], 2], 3]),
    (4, [[2, 0], [3, 1]]),
    (4, [3, 1, 0, 2]),
    (5, [[4, [0, 2]], 3, 1]),
    (2, [1, 0]),
]


def test_preorder_lists_every_node_with_its_children_and_leaves():
    """The root is first, a child's number is its place in the list."""
    places = preorder(ca.ModeTree.from_nested([[3, 1], 0, [2, 4]]))
    assert [place.children for place in places] == [(1, 4, 5), (2, 3), (), (), (), (6, 7), (), ()]
    assert places[0].leaves == (3, 1, 0, 2, 4)
    assert [place.location for place in places] == [None, None, 3, 1, 0, None, 2, 4]


def test_a_random_tensor_of_six_modes_comes_back_exactly():
    """4^6 rational entries over trees of six leaves, within seconds; nobody measures it here."""
    tensor = random_tensor((4,) * 6)
    for tree in (ca.ModeTree.balanced(6), ca.ModeTree.from_nested([[0, 3], [1, 5], [2, 4]])):
        found = ht_decomposition(tensor, tree)
        assert found.tensor() == tensor
        assert max(found.ranks) == 16


@given(
    st.sampled_from(TREES),
    st.integers(0, 10**6),
    st.lists(st.integers(1, 3), min_size=5, max_size=5),
)
def test_ranks_are_those_of_the_matricizations(tree, seed, dims):
    """Over any tree, with any dimensions, zeros and repeated slices too."""
    count, nested = tree
    draw = random.Random(seed)
    size = prod(dims[:count])
    entries = [draw.choice([0, 0, 1, -2, Fraction(1, 3)]) for _ in range(size)]
    tensor = ExactTensor(tuple(dims[:count]), (*entries[:-1], 1))
    shape = ca.ModeTree.from_nested(nested)
    found = ht_decomposition(tensor, shape)
    assert found.tensor() == tensor
    for place, rank in zip(preorder(shape)[1:], found.ranks[1:], strict=True):
        assert rank == rational.rank(tensor.matricize(place.leaves))


@pytest.mark.parametrize(
    "ranks", [(1, 2, 2, 2, 2, 2, 3), (1, 1, 2, 2, 1, 1, 1), (1, 3, 3, 3, 3, 2, 2)]
)
def test_a_tensor_made_of_low_ranks_recovers_them(ranks):
    """Random frames of these ranks, contracted and decomposed again."""
    draw = random.Random(7)
    tree, dims = ca.ModeTree.balanced(4), (4, 3, 4, 3)
    places = preorder(tree)
    heights = [
        prod(ranks[c] for c in p.children) if p.children else dims[p.location] for p in places
    ]
    nodes = tuple(
        tuple(tuple(draw.randint(-3, 3) for _ in range(rank)) for _ in range(height))
        for rank, height in zip(ranks, heights, strict=True)
    )
    tensor = HTDecomposition(tree, dims, nodes).tensor()
    assert ht_decomposition(tensor, tree).ranks == ranks


@pytest.mark.parametrize(("count", "nested"), TREES)
def test_both_networks_have_the_tensor(count, nested):
    """With fixed expansions, and in the form of eq. 4."""
    tensor = random_tensor((2, 3, 2, 3, 2)[:count], seed=count)
    found = ht_decomposition(tensor, ca.ModeTree.from_nested(nested))
    for circuit, weights in (found.circuit(), diagonal_form(found)):
        assert tensor_of(circuit, weights) == tensor


def test_the_diagonal_form_over_a_balanced_tree_is_an_ht_model():
    """Level l has the width of its widest pair of ranks; no matrix is fixed."""
    tensor = random_tensor((2,) * 8)
    found = ht_decomposition(tensor)
    circuit, weights = diagonal_form(found)
    assert circuit == ca.ht_model(8, 2, [4, 16, 256])
    assert tensor_of(circuit, weights) == tensor
    assert any(
        node.kind == "sum" and not isinstance(m, str)
        for node in found.circuit()[0].nodes
        for m in node.matrices
    )


def test_a_prime_that_misleads_is_replaced():
    """Entries divisible by the first prime tried, and denominators that it divides."""
    from circuitalg.arithmetic.primes import DEFAULT_PRIME

    for entry in (DEFAULT_PRIME, Fraction(1, DEFAULT_PRIME)):
        tensor = ExactTensor((2, 2), (1, 0, 0, entry))
        found, prime = minimal_decomposition(tensor)
        assert found.ranks == (1, 2, 2)
        assert prime != DEFAULT_PRIME


def test_what_has_no_decomposition_is_refused_in_one_sentence():
    """The zero tensor, one mode, a tree over other modes."""
    with pytest.raises(WeightError, match="zero tensor"):
        ht_decomposition(ExactTensor((2, 2), (0,) * 4))
    with pytest.raises(WeightError, match="two modes"):
        ht_decomposition(ExactTensor((2,), (1, 0)))
    with pytest.raises(WeightError, match="3 leaves"):
        ht_decomposition(ExactTensor((2, 2), (1,) * 4), ca.ModeTree.balanced(3))


def test_a_decomposition_of_wrong_shape_is_refused():
    """A missing node, a wrong height, a ragged row, a float, two columns at the root."""
    tree, one = ca.ModeTree.balanced(2), ((1,), (1,))
    HTDecomposition(tree, (2, 2), (((1,),), one, one))
    for nodes in [
        (((1,),), one),
        (((1,), (1,)), one, one),
        (((1,),), ((1,), (1, 2)), one),
        (((1,),), ((1.0,), (1,)), one),
        (((1, 2),), one, one),
        (((1,),), ((), ()), one),
    ]:
        with pytest.raises(WeightError):
            HTDecomposition(tree, (2, 2), nodes)
    with pytest.raises(WeightError, match="dimensions"):
        HTDecomposition(tree, (2, 2, 2), (((1,),), one, one))
    with pytest.raises(TooLargeError):
        HTDecomposition(tree, (1000, 1000), (((1,),), one, one))
