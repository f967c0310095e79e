"""mixed_decompositions.py and hackbusch_conjecture.py: explicit ranks and false neighbours."""

import brute
import pytest

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.rank.terms import RankGap


def test_the_trees_and_the_index_set_of_the_paper(script):
    """Its figure of 16 points, counted from 0 here: the hybrid, the tree of N, the index set."""
    module = script("mixed_decompositions")
    baseline, swapped = [3, 2, 1, 0], [2, 3, 0, 1]
    hybrid = module.tree([2, 3], baseline, swapped)
    low = [[[0, 1], [2, 3]], [[8, 10], [9, 11]]]
    assert hybrid == [low, [[[4, 5], [6, 7]], [[12, 14], [13, 15]]]]
    own = ca.ModeTree.from_nested(module.tree([], baseline, baseline))
    assert own == ca.ModeTree.balanced(16)
    assert module.index_set(2, 4).I == (0, 2, 4, 6, 8, 9, 12, 13)


def test_the_rank_of_the_hybrid_and_of_its_parts(script):
    """K = 2, L = 3, widths 2: explicit ranks 16, and 8 for networks over each of the two trees."""
    module = script("mixed_decompositions")
    baseline, swapped = [2, 1, 0], [2, 0, 1]
    parts = module.index_set(2, 3)
    trees = [
        module.tree([2], baseline, swapped),
        *(module.tree([], b, b) for b in (baseline, swapped)),
    ]
    networks = [ca.tree_model(ca.ModeTree.from_nested(tree), 2, 2) for tree in trees]
    assert [brute.generic_rank(network, parts.I) for network in networks] == [16, 8, 8]


def test_the_numbers_of_the_mixed_script(script, run):
    """R = 8: the hybrid has 4^4; 4^(4/3), rounded up, is 7; with inputs of 4 dimensions 4^2."""
    ran = run(script("mixed_decompositions"), "--group", 2, "--channels", 8)
    assert ran.status == 0
    widths = [f"largest width >= {needed}" for needed in (7, 16, 7, 16)]
    assert ran.proved == ["rank = 256", *widths, "rank = 65536", *widths]


def test_corollary_1_at_the_sizes_that_the_paper_names(script, run):
    """K = 4 and r = 128: 1,626 channels, where 1,625 are too few and the paper has over 1,500."""
    ran = run(script("mixed_decompositions"), "--group", 4, "--channels", 128)
    assert ran.status == 0
    assert ran.proved[1] == ran.proved[3] == "largest width >= 1626"
    assert 1625**9 < 64**16 <= 1626**9


def test_the_hybrid_itself_needs_no_more_than_its_width(script):
    """Over its own tree width 4 is enough, and 5 is not what is proved."""
    module = script("mixed_decompositions")
    hybrid = ca.ModeTree.from_nested(module.tree([2], [2, 1, 0], [2, 0, 1]))
    network, parts = ca.tree_model(hybrid, 16, 4), module.index_set(2, 3)
    theorem = ca.prove_separation(network, ca.tree_family(hybrid), bipartition=parts)
    assert theorem.statement.needed == 4
    with pytest.raises(RuleError, match="5 is not the least"):
        rules.separation(ca.tree_family(hybrid), 5, RankGap(), theorem.premises)


@pytest.mark.parametrize(("levels", "rank", "bond"), [(2, 3, 3), (3, 2, 4), (3, 3, 9)])
def test_the_largest_rank_of_a_prefix_is_the_bond(levels, rank, bond, script):
    """r^⌈k/2⌉ for both formats, explicit; behind the first half it is r."""
    module = script("hackbusch_conjecture")
    count = 2**levels
    for network in (
        module.hierarchical(levels, rank, rank),
        ca.ht_model(count, rank, [rank] * levels),
    ):
        ranks = [brute.generic_rank(network, range(end)) for end in range(1, count)]
        assert max(ranks) == ranks[(count + 1) // 3 - 1] == bond
        assert ranks[count // 2 - 1] == rank


def test_the_numbers_of_the_hackbusch_script(script, run):
    """K = 3 takes a bond of 4, more than 2^(3/2); modes of size 1 below the rank take less."""
    ran = run(script("hackbusch_conjecture"), "--levels", 3)
    assert ran.status == 0
    prefixes = "all 7 prefixes: rank at most 4"
    assert ran.proved == ["largest bond >= 4", prefixes, "largest bond >= 4", prefixes]
    ran = run(script("hackbusch_conjecture"), "--levels", 3, "--rank", 3, "--dim", 2)
    assert ran.status == 1
    assert "not of r^⌈k/2⌉ = 9" in ran.errors[0]
