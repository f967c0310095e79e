"""theorem_3.py against explicit tensors and against false neighbours."""

import brute
import pytest

import circuitalg as ca
from circuitalg.errors import RuleError


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("locations", "dim", "widths", "levels", "window"),
    [
        (8, 2, [4, 4, 4], 2, 2),
        (8, 2, [4, 4, 4], 1, 2),
        (8, 2, [4, 4], 1, 2),
        (8, 3, [4, 7, 2], 2, 2),
        (8, 2, [3, 2, 5], 2, 2),
        (16, 2, [4, 10, 10, 2], 3, 2),
        (16, 2, [4, 4, 2], 2, 2),
        (16, 2, [5, 3], 1, 4),
    ],
)
def test_the_requirement_is_the_rank_of_the_explicit_tensor(
    locations, dim, widths, levels, window, shared, script
):
    """The formula, the theorem and the tensor at random weights modulo a prime agree."""
    deep = ca.ht_model(locations, dim, widths, window=window, shared=shared)
    family = ca.truncated_family(levels, window)
    needed = ca.prove_separation(deep, family, bipartition="paper").statement.needed
    base = script("theorem_3").exact_base(dim, widths, levels, window, shared=shared)
    assert needed == base ** (locations // window**levels)
    blocks = ca.Bipartition.blocks(locations, window ** (levels - 1))
    assert needed == brute.generic_rank(deep, blocks.I)


def test_the_example_of_the_paper(script, run):
    """N = 8, M = 2, r = (4, 4, 4), L_1 = 3, L_2 = 2: 16 unshared, 9 shared; the paper says 4."""
    ran = run(script("theorem_3"), "--locations", 8)
    assert ran.status == 0
    assert [words.split()[-1] for words in ran.proved] == ["16", "9"]
    assert all("the paper's bound: 4" in result["statement"] for result in ran.results)


def test_a_formula_that_does_not_hold_is_complained_about(script, run, monkeypatch):
    """A mismatch between formula and proof is a claim not proved, and exit status 1."""
    module = script("theorem_3")
    monkeypatch.setattr(module, "exact_base", lambda *_, shared: 2)
    ran = run(module, "--locations", 8)
    assert ran.status == 1
    assert all("not the exact rank" in error for error in ran.errors)


def test_plain_odd_and_even_locations_are_refused():
    """They cut the blocks that two levels keep together, and the kernel says so."""
    deep = ca.ht_model(8, 2, [4, 4, 4])
    family = ca.truncated_family(levels=2)
    with pytest.raises(RuleError, match=r"locations 0 to 1.*keeps together.*blocks"):
        ca.prove_separation(deep, family, bipartition=ca.Bipartition.odd_even(8))


def test_plain_odd_and_even_locations_would_be_false():
    """A member of last width 1 has rank above 1 there, and rank 1 across the paper's blocks."""
    member = ca.ht_model(8, 2, [2, 1])
    assert brute.generic_rank(member, ca.Bipartition.odd_even(8).I) > 1
    assert brute.generic_rank(member, ca.Bipartition.blocks(8, 2).I) == 1


def test_locations_that_the_family_does_not_have_are_refused():
    """Windows of 4 need 4^L locations."""
    deep = ca.ht_model(8, 2, [4, 4, 4])
    with pytest.raises(RuleError, match="8 is not such a number"):
        ca.prove_separation(deep, ca.truncated_family(levels=1, window=4))
