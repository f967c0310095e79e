"""prove_separation: needed widths, bipartitions, and the paper's own bounds."""

import pytest

import circuitalg as ca
from circuitalg.errors import (
    BipartitionError,
    CircuitalgError,
    OptionError,
)
from circuitalg.prove.rank.separation import best_bipartition, paper_bipartition, paper_bound


def test_corollary_2_for_16_locations():
    """A CP model needs 4^8 channels, which is also the paper's bound."""
    deep = ca.ht_model(16, 4, [4, 4, 4, 4], shared=True)
    theorem = ca.prove_separation(deep, ca.cp_model, bipartition="paper")
    assert theorem.statement.needed == 4**8
    assert paper_bound(deep, ca.cp_model) == 4**8
    assert theorem.statement.bipartition == ca.Bipartition.odd_even(16)
    assert str(theorem.check()).startswith("Verified")


@pytest.mark.parametrize(
    ("widths", "shared", "levels", "needed", "paper"),
    [
        ([4, 4, 4], False, 2, 16, 4),
        ([4, 4, 4], True, 2, 9, 4),
        ([3, 3, 4], False, 2, 9, 4),
        ([2, 3, 4], False, 2, 4, 4),
        ([4, 4, 4], False, 1, 16, 16),
        ([3, 2, 2], False, 1, 16, 16),
    ],
)
def test_theorem_3_is_exceeded(widths, shared, levels, needed, paper):
    """N = 8, M = 2: the exact requirement beside the paper's, 16 and 9 against 4."""
    deep = ca.ht_model(8, 2, widths, shared=shared)
    family = ca.truncated_family(levels=levels, window=2)
    theorem = ca.prove_separation(deep, family, bipartition="paper")
    assert theorem.statement.needed == needed
    assert paper_bound(deep, family) == paper
    assert theorem.statement.parameter == "width of the last hidden layer"
    assert str(theorem.check()).startswith("Verified")


def test_windows_of_four():
    """With q = 4 one quarter of the locations count in the paper, more in truth."""
    deep = ca.ht_model(16, 2, [4, 4], window=4, shared=True)
    theorem = ca.prove_separation(deep, ca.cp_model, bipartition="paper")
    assert theorem.statement.needed == 81
    assert paper_bound(deep, ca.cp_model) == 2**4
    unshared = ca.ht_model(16, 2, [4, 4], window=4)
    assert ca.prove_separation(unshared, bipartition="paper").statement.needed == 256


def test_the_best_bipartition_is_at_least_the_papers():
    """The search starts from the paper's partition and never returns less."""
    for deep, family in [
        (ca.ht_model(8, 3, [3, 5, 2]), ca.cp_family()),
        (ca.ht_model(8, 3, [2, 4, 4], shared=True), ca.cp_family()),
        (ca.ht_model(9, 2, [3, 2], window=3), ca.cp_family()),
        (ca.ht_model(16, 2, [3, 4, 4, 4]), ca.truncated_family(2)),
        (ca.tree_model(ca.ModeTree.random(9, seed=4), 3, 4), ca.cp_family()),
    ]:
        best = ca.prove_separation(deep, family).statement
        paper = ca.prove_separation(deep, family, bipartition="paper").statement
        assert best.needed >= paper.needed
        family.check(deep, best.bipartition)
        assert best_bipartition(deep, family) == best.bipartition
        assert paper_bipartition(deep, family) == paper.bipartition


def test_a_chosen_partition():
    """Any bipartition may be given, and the result is about it; an unknown word is refused."""
    deep = ca.ht_model(8, 2, [2, 2, 2])
    parts = ca.Bipartition.low_high(8)
    theorem = ca.prove_separation(deep, bipartition=parts)
    assert theorem.statement.bipartition == parts
    assert theorem.statement.needed == 2
    with pytest.raises(BipartitionError, match="write odd-even"):
        ca.prove_separation(deep, bipartition="worst")


def test_each_output_is_separated():
    """The statement names its output."""
    deep = ca.ht_model(4, 2, [2, 2], outputs=3)
    theorem = ca.prove_separation(deep, output=2, bipartition="paper")
    assert (theorem.statement.output, theorem.statement.needed) == (2, 4)
    with pytest.raises(OptionError, match="no output 3"):
        ca.prove_separation(deep, output=3, bipartition="paper")


@pytest.mark.parametrize(("levels", "window"), [(0, 2), (-1, 2), (1, 1), (2, 0)])
def test_families_that_do_not_exist(levels, window):
    """Levels start at 1, windows at 2."""
    with pytest.raises(OptionError, match="must be an integer from"):
        ca.truncated_family(levels, window)


@pytest.mark.parametrize("partition", ["best", "paper"])
@pytest.mark.parametrize(("levels", "window"), [(4, 2), (10**6, 2), (1, 3), (2, 8)])
def test_families_that_do_not_fit(levels, window, partition):
    """Eight locations are 2^3 and 8^1; more levels or other windows have no member."""
    deep = ca.ht_model(8, 2, [2, 2, 2])
    with pytest.raises(CircuitalgError):
        ca.prove_separation(deep, ca.truncated_family(levels, window), bipartition=partition)


def test_a_full_family_is_bounded_between_its_last_blocks():
    """A family as deep as the network still has its last width as a bound across its halves."""
    deep = ca.ht_model(8, 2, [4, 4, 4])
    theorem = ca.prove_separation(deep, ca.truncated_family(3), bipartition="paper")
    assert theorem.statement.bipartition == ca.Bipartition.low_high(8)
    assert theorem.statement.needed == 4


def test_other_networks_have_no_paper_bound():
    """Random trees, unequal dimensions and mixtures are not in the paper."""
    assert paper_bound(ca.tree_model(ca.ModeTree.random(7, seed=1), 2, 3), ca.cp_model) is None
    assert paper_bound(ca.ht_model(4, [2, 3, 2, 2], [2, 2]), ca.cp_model) is None
    assert paper_bound(ca.rac_model(4, 2, 2, layers=2), ca.cp_model) is None
    assert paper_bound(ca.cp_model(4, 2, 2), ca.cp_model) is None


def test_a_large_separation():
    """65,536 channels are far exceeded: N = 4096 needs 3^2048."""
    deep = ca.ht_model(4096, 3, [3] * 12, shared=True)
    theorem = ca.prove_separation(deep, bipartition="paper")
    assert theorem.statement.needed == 3**2048
    assert "3^2048" in str(theorem)
