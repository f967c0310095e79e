"""prove_rank: the named examples, spaces, outputs, budgets and refusals."""

import json
from functools import partial
from importlib import import_module
from itertools import count

import brute
import pytest
from rank_helpers import branches_of

import circuitalg as ca
from circuitalg import deadline
from circuitalg.errors import OptionError, StructureError
from circuitalg.kernel.rank.terms import Factor, IndexRecursion, Minor, Split, rules_used
from circuitalg.prove.rank import budget, minor

tactics = import_module("circuitalg.prove.rank.rank")


def bounds(theorem):
    """(lower, upper) of a theorem."""
    return theorem.statement.lower, theorem.statement.upper


def test_the_first_example():
    """Theorem 1 for 16 locations: 4^8, a small certificate, checked by the checker alone."""
    deep = ca.ht_model(locations=16, dim=4, widths=[4, 4, 4, 4], shared=True)
    theorem = ca.prove_rank(deep, ca.Bipartition.odd_even(16))
    assert bounds(theorem) == (4**8, 4**8)
    assert len(json.dumps(theorem.certificate())) < 100_000
    assert str(theorem.check()).startswith("Verified")


@pytest.mark.parametrize(
    ("locations", "dim", "widths", "window", "shared", "base", "exponent"),
    [
        (65536, 4, [4] * 16, 2, True, 4, 32768),
        (65536, 4, [4] * 16, 2, False, 4, 32768),
        (4096, 2, [3] * 6, 4, True, 3, 1024),
    ],
)
def test_networks_of_thousands_of_locations(locations, dim, widths, window, shared, base, exponent):
    """Both sides meet, the checker agrees, and the number is not written out."""
    deep = ca.ht_model(locations, dim, widths, window=window, shared=shared)
    theorem = ca.prove_rank(deep, ca.Bipartition.odd_even(locations))
    assert bounds(theorem) == (base**exponent, base**exponent)
    assert f"{base}^{exponent}" in str(theorem)
    if shared:
        assert str(theorem.check()).startswith("Verified")


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    ("locations", "dim", "widths", "rank"),
    [
        (4, 3, [2, 2], 4),
        (8, 4, [2, 1, 1], 16),
        (16, 2, [5, 1, 1, 1], 256),
        (32, 5, [3, 2, 2, 2, 2], 3**16),
        (256, 3, [3] * 8, 3**128),
    ],
)
def test_theorem_1_of_the_paper(locations, dim, widths, rank, shared):
    """Odd/even: min(r_0, M)^(N/2), shared or not, whatever the other widths."""
    deep = ca.ht_model(locations, dim, widths, shared=shared)
    theorem = ca.prove_rank(deep, ca.Bipartition.odd_even(locations))
    assert bounds(theorem) == (rank, rank)


def test_low_high_partitions_are_bounded_by_the_last_widths():
    """First half against second half: the smallest of r_2, r_1, r_0^2 and so on."""
    for widths, rank in [([3, 3, 3], 3), ([2, 9, 9], 4), ([9, 3, 9], 3), ([9, 9, 2], 2)]:
        theorem = ca.prove_rank(ca.ht_model(8, 3, widths), ca.Bipartition.low_high(8))
        assert bounds(theorem) == (rank, rank), widths


@pytest.mark.parametrize("ranks", [2, 3, [2, 3, 4, 2, 2]])
def test_tensor_trains(ranks):
    """The rank of a train across its first k cores is the bond, the shape permitting."""
    train = ca.tt_model(6, 3, ranks)
    bonds = [ranks] * 5 if isinstance(ranks, int) else ranks
    for k in range(1, 6):
        theorem = ca.prove_rank(train, ca.Bipartition.of(range(k), 6))
        rank = brute.generic_rank(train, range(k))
        assert rank == min(bonds[k - 1], 3**k, 3 ** (6 - k))
        assert bounds(theorem) == (rank, rank)


def test_tensor_trains_against_cp():
    """Odd/even rank of a train: min(M, r)^(N/2), proved at N = 6 and above it from below."""
    theorem = ca.prove_rank(ca.tt_model(6, 2, 2), ca.Bipartition.odd_even(6))
    assert bounds(theorem) == (8, 8)
    theorem = ca.prove_rank(ca.tt_model(20, 2, 2), ca.Bipartition.odd_even(20))
    assert theorem.statement.lower >= 2**10


def test_a_minor_of_hundreds_of_rows():
    """Two CP branches of width 350: on a simplex, one minor of size 700 proves the sum."""
    circuit = branches_of(16, 3, [350, 350])
    parts = ca.Bipartition.low_high(16)
    theorem = ca.prove_rank(circuit, parts, max_minor=1000, space="simplex")
    assert bounds(theorem) == (700, 700)
    assert isinstance(theorem.proof.lower, Minor)
    assert theorem.proof.lower.size == 700
    limited = ca.prove_rank(circuit, parts, max_minor=100, space="simplex")
    assert bounds(limited) == (100, 700)


def test_minors_of_branches_add():
    """With zeros, each branch has a channel of its own, and its own minor."""
    circuit = branches_of(16, 3, [150, 150])
    theorem = ca.prove_rank(circuit, ca.Bipartition.low_high(16), max_minor=150)
    assert bounds(theorem) == (300, 300)
    assert rules_used(theorem.proof.lower) == {"added branches", "minor"}


# Spaces


@pytest.mark.parametrize("space", ["real", "nonnegative", "simplex"])
@pytest.mark.parametrize("shared", [True, False])
def test_parameter_spaces(space, shared):
    """Rank 16 over all three spaces, shared or not; the statement names the space."""
    deep = ca.ht_model(8, 3, [2, 2, 2], shared=shared)
    theorem = ca.prove_rank(deep, ca.Bipartition.odd_even(8), space=space)
    assert bounds(theorem) == (16, 16)
    assert theorem.statement.space == space
    assert f"almost all {space} weights" in str(theorem)
    assert str(theorem.check()).startswith("Verified")


# Outputs


def test_statements_are_about_one_output():
    """Each output of a network has its own rank; outputs that do not exist are refused."""
    b = ca.CircuitBuilder(2, 3)
    sums = [b.sum(b.input(i), width=3, parameter=n) for i, n in enumerate("ab")]
    picking = ((1, 0, 0), (1, 1, 0), (1, 1, 1))
    circuit = b.build(b.sum(b.product(*sums), matrix=picking))
    parts = ca.Bipartition.of([0], 2)
    for output in range(3):
        assert brute.generic_rank(circuit, [0], output) == output + 1
        theorem = ca.prove_rank(circuit, parts, output=output)
        low, high = bounds(theorem)
        assert low == output + 1 <= high
        assert theorem.statement.output == output
        assert theorem.certificate()["theorems"][-1]["statement"]["output"] == output
    for output in (3, -1):
        with pytest.raises(OptionError, match="output"):
            ca.prove_rank(circuit, parts, output=output)


def test_classes_of_a_model_have_equal_rank():
    """Several classes: each output's tensor has the generic rank."""
    deep = ca.ht_model(8, 2, [2, 2, 2], outputs=3)
    for output in range(3):
        theorem = ca.prove_rank(deep, ca.Bipartition.odd_even(8), output=output)
        assert bounds(theorem) == (16, 16)


# Budgets


def test_max_minor_limits_the_minors():
    """No minor above the limit appears anywhere; the interval is honest."""
    circuit = ca.tree_model(ca.ModeTree.random(12, seed=5), 3, 7, shared=True)
    for seed in range(2):
        parts = ca.Bipartition.random(12, seed=seed)
        wide = ca.prove_rank(circuit, parts, max_minor=400).statement
        for limit in (1, 2, 10):
            theorem = ca.prove_rank(circuit, parts, max_minor=limit)
            assert max(sizes(theorem.proof.lower), default=0) <= limit
            said = theorem.statement
            assert 1 <= said.lower <= wide.upper
            assert said.upper >= wide.lower


def sizes(term):
    """Sizes of all minors in a term."""
    if isinstance(term, Minor):
        yield term.size
    for below in getattr(term, "blocks", getattr(term, "factors", ())):
        yield from sizes(below)


def test_a_timeout_ends_the_search_with_what_there_is(monkeypatch):
    """On a clock that ticks when it is looked at: the bounds are wider than the whole search's."""
    circuit = ca.tree_model(ca.ModeTree.random(64, seed=3), 4, 7)
    parts = ca.Bipartition.random(64, seed=3)
    whole = ca.prove_rank(circuit, parts).statement
    ticks = count()
    for module in (deadline, budget, minor):
        monkeypatch.setattr(module, "monotonic", lambda: next(ticks) / 100)
    monkeypatch.setattr(tactics, "Budget", partial(budget.Budget, started=0.0))
    theorem = ca.prove_rank(circuit, parts, timeout=0.5)
    assert next(ticks) < 200
    assert 1 <= theorem.statement.lower < whole.lower <= whole.upper <= theorem.statement.upper
    assert str(theorem.check()).startswith("Verified")


# Other circuits


def test_mixtures_have_the_index_recursion_and_minors():
    """A sum of two trees has at most the sum of their ranks."""
    b = ca.CircuitBuilder(4, 3)
    x = [b.input(i) for i in range(4)]
    tops = []
    for pairs in (((0, 1), (2, 3)), ((0, 2), (1, 3))):
        halves = [b.product(*[b.sum(x[i], width=2) for i in pair]) for pair in pairs]
        tops.append(b.product(*[b.sum(half, width=2) for half in halves]))
    circuit = b.build(b.sum(*tops, width=1))
    theorem = ca.prove_rank(circuit, ca.Bipartition.of([0, 1], 4))
    rank = brute.generic_rank(circuit, [0, 1])
    assert theorem.statement.lower == rank <= theorem.statement.upper
    assert isinstance(theorem.proof.lower, Minor)
    assert isinstance(theorem.proof.upper, IndexRecursion)


def test_trees_have_blocks():
    """For trees both sides are about blocks."""
    theorem = ca.prove_rank(ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4))
    assert isinstance(theorem.proof.lower, Split)
    assert isinstance(theorem.proof.upper, Factor)


def test_repeated_inputs_are_refused_with_advice():
    """The sentence names the overlap and prove_grid_rank."""
    with pytest.raises(StructureError, match="prove_grid_rank"):
        ca.prove_rank(ca.rac_model(4, 2, 2, layers=2), ca.Bipartition.low_high(4))


def test_a_tensor_that_is_zero_has_rank_0():
    """Fixed zero matrices make every rank 0."""
    b = ca.CircuitBuilder(2, 2)
    dead = b.sum(b.input(0), matrix=((0, 0), (0, 0)))
    circuit = b.build(b.sum(b.product(dead, b.sum(b.input(1), width=2)), width=1))
    assert ca.prove_rank(circuit, ca.Bipartition.of([0], 2)).statement.upper == 0


def test_the_result_does_not_depend_on_the_run():
    """Twice the same question, the same certificate."""
    circuit = ca.tree_model(ca.ModeTree.random(10, seed=2), 3, 5)
    parts = ca.Bipartition.random(10, seed=1)
    one, two = (ca.prove_rank(circuit, parts).certificate() for _ in range(2))
    assert one == two


def test_unequal_dimensions():
    """One dimension per location: the shape bounds."""
    circuit = ca.tree_model(ca.ModeTree.balanced(4), [2, 5, 3, 1], 6)
    for rows in ([0], [1], [0, 2], [3], [1, 3]):
        theorem = ca.prove_rank(circuit, ca.Bipartition.of(rows, 4))
        rank = brute.generic_rank(circuit, rows)
        assert bounds(theorem) == (rank, rank), rows


def test_paths_that_take_the_whole_block_are_no_factor():
    """With minors of size 1 alone everything is peeled away; the search ends all the same."""
    tree = ca.ModeTree.from_nested([4, [2, [0, [3, 1]]]])
    circuit = ca.tree_model(tree, dim=[5, 2, 6, 6, 6], widths=[2, 6, 7, 6])
    said = ca.prove_rank(circuit, [0, 3, 4], max_minor=1).statement
    assert 1 <= said.lower <= said.upper == brute.generic_rank(circuit, [0, 3, 4])
