"""Minimal hierarchical decompositions as theorems: ranks at all nodes, whatever shows them."""

from fractions import Fraction

import numpy as np
import pytest
from certificates.alter import both_accept
from certificates.given import low_rank_tensor

import circuitalg as ca
from circuitalg.errors import FileFormatError, WeightError
from circuitalg.kernel.codec import Decoder
from circuitalg.tensor.exact_tensor import ExactTensor
from circuitalg.tensor.hierarchical import diagonal_form, ht_decomposition


@pytest.mark.parametrize(
    "tree", [None, [[0, 1], [2, 3]], [[[0, 1], 2], 3], [[0, 2], [3, 1]], [2, [0, 1], 3]]
)
def test_the_decomposition_is_a_theorem_and_checked(tree, tmp_path):
    """Over any tree; between the halves the rank is 2."""
    shape = None if tree is None else ca.ModeTree.from_nested(tree)
    theorem = ca.prove_minimal_ht(low_rank_tensor(), shape)
    both_accept(theorem, tmp_path)
    assert "no node" in str(theorem.statement)
    if tree is None:
        assert theorem.statement.ranks == (1, 2, 3, 2, 2, 3, 2)


def test_six_modes_with_random_entries_are_proved(tmp_path):
    """4^6 rational entries: full ranks."""
    draw = np.random.default_rng(1)
    tops, bottoms = draw.integers(-9, 10, 4**6), draw.integers(1, 10, 4**6)
    entries = tuple(map(Fraction, tops.tolist(), bottoms.tolist()))
    theorem = ca.prove_minimal_ht(ExactTensor((4,) * 6, entries))
    assert theorem.statement.ranks == (1, 16, 16, 4, 4, 16, 4, 4, 16, 4, 4)
    both_accept(theorem, tmp_path)


def test_a_network_of_low_ranks_gets_them_back_and_becomes_eq_4_again(tmp_path):
    """Ranks of an HT model's tensor at random weights; then eq. 4 with the same tensor."""
    deep = ca.ht_model(8, 2, [2, 2, 2])
    tensor = ExactTensor.from_nested(deep.coefficient_tensor(deep.random_weights(seed=0)))
    theorem = ca.prove_minimal_ht(tensor)
    assert max(theorem.statement.ranks) == 2
    both_accept(theorem, tmp_path)
    network, weights = diagonal_form(ht_decomposition(tensor))
    exact = {name: np.array(w, dtype=object) for name, w in weights.items()}
    assert ExactTensor.from_nested(network.coefficient_tensor(exact)) == tensor
    widths = [network.parameters[f"a{level}.0"][0] for level in range(3)]
    assert network == ca.ht_model(8, 2, widths)


def test_a_prime_that_divides_an_entry_is_not_used(tmp_path):
    """The ranks are those over Q, whatever prime shows them."""
    theorem = ca.prove_minimal_ht([[1, 0], [0, 8_388_593]])
    assert theorem.statement.ranks == (1, 2, 2)
    both_accept(theorem, tmp_path)


def test_zero_floats_and_other_trees_are_refused():
    """Each with one sentence."""
    for tensor, tree, reason in [
        ([[0, 0], [0, 0]], None, "zero tensor"),
        ([[1.0, 0], [0, 1]], None, "not exact"),
        ([[1, 0], [0, 1]], ca.ModeTree.balanced(3), "leaves"),
    ]:
        with pytest.raises(WeightError, match=reason):
            ca.prove_minimal_ht(tensor, tree)


@pytest.mark.parametrize("data", [3, [0], [0, 0], [0, "1"], [[0, 1], [2]], [0, [1, [3]]], {}, None])
def test_what_is_no_tree_is_refused(data):
    """One child, a location twice or missing, other things than lists."""
    with pytest.raises(FileFormatError):
        Decoder(()).read(data, ca.ModeTree, "the tree")


def test_a_tree_nested_without_end_is_refused():
    """Nothing recurses."""
    deep = 0
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(FileFormatError):
        Decoder(()).read(deep, ca.ModeTree, "the tree")
