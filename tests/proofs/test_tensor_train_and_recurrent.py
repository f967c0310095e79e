"""tensor_train_vs_cp.py and recurrent_memory.py against explicit numbers and false neighbours."""

import brute
import pytest

import circuitalg as ca
from circuitalg.errors import StructureError

UNIT_VECTORS = {dim: [[int(i == j) for j in range(dim)] for i in range(dim)] for dim in (2, 3)}


@pytest.mark.parametrize(
    ("modes", "dim", "rank", "expected"),
    [(4, 2, 2, 4), (4, 5, 3, 15), (6, 2, 3, 8), (6, 3, 2, 18), (8, 3, 2, 54), (6, 4, 2, 32)],
)
def test_the_rank_of_a_tensor_train(modes, dim, rank, expected):
    """Proved, explicit, and min(n, r²)^(d/2−1) · min(n, r)."""
    train, parts = ca.tt_model(modes, dim, rank), ca.Bipartition.odd_even(modes)
    proved = ca.prove_rank(train, parts).statement
    assert proved.lower == proved.upper == expected == brute.generic_rank(train, parts.I)
    assert expected == min(dim, rank**2) ** (modes // 2 - 1) * min(dim, rank)
    assert expected >= min(dim, rank) ** (modes // 2)


def test_the_numbers_of_the_tensor_train_script(script, run):
    """The rank is not the source's bound 2^4 = 16 at n = 3, r = 2; CP models need 54 channels."""
    ran = run(script("tensor_train_vs_cp"), "--modes", 8, "--dim", 3, "--rank", 2)
    assert ran.status == 0
    assert ran.proved == ["rank = 54", "width >= 54"]


def test_the_halves_of_a_tensor_train_meet_in_one_bond():
    """Across the first and the second half the rank is min(r, n^(d/2))."""
    halves = ca.Bipartition.low_high(6)
    for rank, expected in ((2, 2), (9, 8)):
        train = ca.tt_model(6, 2, rank)
        proved = ca.prove_rank(train, halves).statement
        assert proved.lower == proved.upper == expected == brute.generic_rank(train, halves.I)


@pytest.mark.parametrize(
    ("times", "dim", "width", "expected"), [(4, 2, 3, 3), (4, 2, 9, 4), (6, 2, 5, 5), (6, 3, 4, 4)]
)
def test_one_layer_forgets(times, dim, width, expected, script, run):
    """min(R, M^(T/2)), by the script and by the explicit tensor."""
    circuit = ca.rac_model(times, dim, width, layers=1)
    assert brute.generic_rank(circuit, ca.Bipartition.low_high(times).I) == expected
    ran = run(script("recurrent_memory"), "--times", times, "--dim", dim, "--width", width)
    assert ran.status == 0
    assert ran.proved[0] == f"rank = {expected}"


def test_two_layers_remember_more_with_time(script, run):
    """M = R = 2: 4, 8, 10, 12, above the source's 3, 4, 5, 6; equal to the whole grid's rank."""
    ran = run(script("recurrent_memory"), "--times", 4, 6, 8, 10)
    assert ran.status == 0
    assert ran.proved[4:] == [f"rank >= {n}" for n in (4, 8, 10, 12)]
    assert [result["statement"][-3:] for result in ran.results[4:]] == [" 3)", " 4)", " 5)", " 6)"]
    for times, expected in ((4, 4), (6, 8)):
        circuit = ca.rac_model(times, 2, 2, layers=2)
        halves = ca.Bipartition.low_high(times)
        assert brute.grid_rank(circuit, halves.I, UNIT_VECTORS[2]) == expected


def test_the_hidden_states_are_no_cut():
    """Two layers of two channels have rank 8 > 2 · 2 at T = 6: the rules for tensors refuse."""
    circuit = ca.rac_model(6, 2, 2, layers=2)
    halves = ca.Bipartition.low_high(6)
    assert ca.prove_grid_rank(circuit, halves).statement.lower > 2 * 2
    with pytest.raises(StructureError, match="no coefficient tensor"):
        ca.prove_rank(circuit, halves)
    with pytest.raises(StructureError):
        ca.prove_separation(circuit, ca.cp_model, bipartition=halves)
