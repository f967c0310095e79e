"""theorem_1.py and corollary_2_coefficients.py against explicit tensors, and false neighbours."""

import brute
import numpy as np
import pytest

import circuitalg as ca

EXPLICIT = [
    (4, 2, [2, 2], 2),
    (4, 3, [2, 4], 2),
    (8, 2, [3, 1, 2], 2),
    (9, 2, [2, 2], 3),
    (9, 2, [3, 1], 3),
    (9, 2, [3, 2], 3),
    (9, 2, [3, 9], 3),
    (16, 2, [4, 3], 4),
    (16, 2, [2, 5], 4),
]


def odd_even(locations):
    """The locations of I."""
    return ca.Bipartition.odd_even(locations).I


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("locations", "dim", "widths", "window"), EXPLICIT)
def test_the_known_rank_is_that_of_the_explicit_tensor(
    locations, dim, widths, window, shared, script
):
    """The script's formula holds the rank of the whole tensor at random weights modulo a prime."""
    deep = ca.ht_model(locations, dim, widths, window=window, shared=shared)
    low, high = script("theorem_1").known_rank(locations, dim, widths, window, shared=shared)
    found = brute.generic_rank(deep, odd_even(locations))
    assert min(widths[0], dim) ** (locations // window) <= low <= found <= high
    proved = ca.prove_rank(deep, ca.Bipartition.odd_even(locations)).statement
    assert proved.lower == proved.upper == found


def test_the_numbers_of_the_script(script, run):
    """Windows of 2: min(r_0, M)^(N/2), shared or not, whatever the other widths."""
    ran = run(script("theorem_1"), "--locations", 4, 16, "--dim", 3, "--widths", 5, 1)
    assert ran.status == 0
    assert ran.proved == [f"rank = {n}" for n in (9, 9, 6561, 6561)]


def test_sharing_lowers_the_rank_for_windows_of_four(script, run):
    """Unshared 4^4; shared C(3, 2)^4 = 81, not 256 (and the paper's bound is 16)."""
    ran = run(script("theorem_1"), "--locations", 16, "--dim", 2, "--widths", 4, "--window", 4)
    assert ran.proved == ["rank = 256", "rank = 81"]


def test_odd_windows_are_no_plain_power(script, run):
    """N = 9, q = 3, M = 2, widths 3, 2 has rank 12, not 2^3 = 8."""
    ran = run(script("theorem_1"), "--locations", 9, "--dim", 2, "--widths", 3, 2, "--window", 3)
    assert ran.proved == ["rank = 12", "rank = 12"]
    assert brute.generic_rank(ca.ht_model(9, 2, [3, 2], window=3), odd_even(9)) == 12


def test_a_formula_that_does_not_hold_is_complained_about(script, run, monkeypatch):
    """A mismatch between formula and proof is a claim not proved, and exit status 1."""
    module = script("theorem_1")
    monkeypatch.setattr(module, "known_rank", lambda *_, shared: (15, 15))
    ran = run(module, "--locations", 4, "--dim", 4, "--widths", 4)
    assert ran.status == 1
    assert all("outside the known interval" in error for error in ran.errors)
    assert len(ran.errors) == 2


@pytest.mark.parametrize("shared", [False, True])
def test_the_halves_are_no_odd_and_even(shared):
    """Across the first and the second half the rank is at most r_{L−1} = 2, not 16."""
    deep = ca.ht_model(8, 2, [2, 2, 2], shared=shared)
    halves = ca.Bipartition.low_high(8)
    assert ca.prove_rank(deep, halves).statement.upper == 2
    assert brute.generic_rank(deep, halves.I) == 2


def test_almost_all_weights_are_not_all():
    """At all-one weights the rank is 1; at zero weights it is 0."""
    deep = ca.ht_model(8, 2, [2, 2, 2], shared=True)
    ones = {name: np.ones(shape, dtype=np.int64) for name, shape in deep.parameters.items()}
    at_ones = ca.prove_rank_at(deep, ones, ca.Bipartition.odd_even(8)).statement
    assert (at_ones.lower, at_ones.upper) == (1, 1)
    zeros = {name: 0 * matrix for name, matrix in ones.items()}
    at_zeros = ca.prove_rank_at(deep, zeros, ca.Bipartition.odd_even(8)).statement
    assert (at_zeros.lower, at_zeros.upper) == (0, 0)


def test_corollary_2_needs_the_rank_of_the_explicit_tensor(script, run):
    """Width 1 above the first level changes nothing; sharing neither."""
    ran = run(script("corollary_2_coefficients"), "--locations", 8, "--dim", 2, "--widths", 3, 1)
    assert ran.proved == ["width >= 16", "width >= 16"]
    for shared in (False, True):
        deep = ca.ht_model(8, 2, [3, 1, 1], shared=shared)
        assert brute.generic_rank(deep, odd_even(8)) == 16


def test_corollary_2_says_nothing_across_the_halves():
    """The same argument with the first and the second half needs r_{L−1} channels only."""
    deep = ca.ht_model(8, 2, [2, 2, 2])
    theorem = ca.prove_separation(deep, ca.cp_model, bipartition=ca.Bipartition.low_high(8))
    assert theorem.statement.needed == 2


def test_a_shallow_network_of_the_needed_width_is_not_excluded():
    """CP models do reach rank ``needed`` there: the bound is about narrower ones."""
    theorem = ca.prove_separation(ca.ht_model(4, 2, [2, 2]), ca.cp_model, bipartition="paper")
    assert theorem.statement.needed == 4
    assert brute.generic_rank(ca.cp_model(4, 2, 4), odd_even(4)) == 4
    assert brute.generic_rank(ca.cp_model(4, 2, 3), odd_even(4)) == 3
