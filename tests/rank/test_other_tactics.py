"""prove_rank_at, prove_grid_rank, estimate_rank and the cut for pictures."""

from fractions import Fraction
from math import comb, prod

import brute
import numpy as np
import pytest
from rank_helpers import branches_of

import circuitalg as ca
from circuitalg.errors import NotProved, OptionError, StructureError, WeightError
from circuitalg.kernel.rank import minors
from circuitalg.kernel.rank.question import Question
from circuitalg.prove.rank.cut import minimal_cut


def ones(circuit):
    """All weights 1."""
    return {name: np.ones(shape, dtype=int) for name, shape in circuit.parameters.items()}


# Rank at given weights


@pytest.mark.parametrize("kind", ["int", "fraction"])
@pytest.mark.parametrize("seed", range(4))
def test_the_rank_at_random_weights(kind, seed):
    """Integers and Fractions: the exact rank, as by brute force."""
    circuit = ca.ht_model(4, 3, [3, 2])
    weights = circuit.random_weights(seed=seed, **({} if kind == "int" else {"kind": kind}))
    for rows in ([0, 2], [0, 1], [3]):
        said = ca.prove_rank_at(circuit, weights, ca.Bipartition.of(rows, 4)).statement
        rank = brute.rank_at(circuit, weights, rows)
        assert said.lower == said.upper == rank


def test_the_rank_at_special_weights():
    """Equal weights everywhere give rank 1, proved from above by writing the tensor out."""
    circuit = ca.ht_model(4, 3, [3, 2])
    theorem = ca.prove_rank_at(circuit, ones(circuit), ca.Bipartition.of([0, 2], 4))
    assert (theorem.statement.lower, theorem.statement.upper) == (1, 1)
    assert "exhaustive" in theorem.tactics
    assert str(theorem.check()).startswith("Verified")
    generic = ca.prove_rank(circuit, ca.Bipartition.of([0, 2], 4)).statement
    assert generic.lower == 9


def test_a_large_network_at_special_weights_is_an_interval():
    """Beyond 65,536 entries the upper bound stays structural."""
    circuit = ca.ht_model(32, 2, [2] * 5, shared=True)
    said = ca.prove_rank_at(
        circuit, ones(circuit), ca.Bipartition.odd_even(32), max_minor=50
    ).statement
    assert (said.lower, said.upper) == (1, 2**16)


def test_given_weights_must_fit():
    """Missing, added, misshapen and inexact weights are refused."""
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    good = ones(circuit)
    for bad in (
        {name: table for name, table in good.items() if name != "out"},
        {**good, "more": np.ones((1, 1), dtype=int)},
        {**good, "out": np.ones((2, 1), dtype=int)},
        {**good, "out": np.ones((1, 2))},
        {**good, "out": np.array([[1, None]], dtype=object)},
    ):
        with pytest.raises(WeightError):
            ca.prove_rank_at(circuit, bad, parts)


def test_rank_at_weights_needs_a_tensor():
    """Repeated inputs are refused."""
    circuit = ca.rac_model(4, 2, 2, layers=2)
    with pytest.raises(StructureError):
        ca.prove_rank_at(circuit, ones(circuit), ca.Bipartition.low_high(4))


def test_rank_at_weights_of_a_mixture():
    """Circuits that are no trees have the index recursion above."""
    circuit = branches_of(2, 3, [1, 1])
    weights = circuit.random_weights(seed=3)
    said = ca.prove_rank_at(circuit, weights, ca.Bipartition.of([0], 2)).statement
    assert said.lower == said.upper == brute.rank_at(circuit, weights, [0])


# Grid rank


@pytest.mark.parametrize("width", [2, 3])
@pytest.mark.parametrize("times", [2, 4, 6])
def test_memory_of_recurrent_networks(times, width):
    """One layer: min(R, M^(T/2)); two layers: at least the multiset coefficient."""
    parts = ca.Bipartition.low_high(times)
    one = ca.prove_grid_rank(ca.rac_model(times, 2, width), parts).statement
    assert one.lower == min(width, 2 ** (times // 2))
    two = ca.prove_grid_rank(ca.rac_model(times, 2, width, layers=2), parts).statement
    assert two.lower >= comb(min(2, width) + times // 2 - 1, times // 2)


def test_the_grid_rank_is_the_rank_of_the_grid():
    """Where all templates are looked at, the bound is the grid matrix's rank."""
    for circuit, templates in [
        (ca.rac_model(4, 2, 2, layers=2), [[1, 0], [0, 1]]),
        (ca.rac_model(4, 2, 3, layers=2), [[1, 0], [0, 1], [1, 1]]),
        (ca.cp_model(4, 3, 5), [[1, 0, 0], [0, 1, 0]]),
    ]:
        theorem = ca.prove_grid_rank(circuit, ca.Bipartition.of([0, 1], 4), templates=templates)
        assert theorem.statement.lower == brute.grid_rank(circuit, [0, 1], templates)
        assert str(theorem.check()).startswith("Verified")


def test_rational_templates():
    """Templates may be Fractions; the statement keeps them."""
    templates = [[Fraction(1, 2), 1], [3, Fraction(-2, 7)]]
    circuit = ca.rac_model(2, 2, 2)
    theorem = ca.prove_grid_rank(circuit, ca.Bipartition.of([0], 2), templates=templates)
    assert theorem.statement.templates == tuple(map(tuple, templates))
    assert theorem.statement.lower == 2


def test_a_sampled_grid_gives_a_smaller_bound():
    """With few rows the bound is at most their number, and never above the whole grid's."""
    circuit, parts = ca.rac_model(8, 2, 2, layers=2), ca.Bipartition.low_high(8)
    few = ca.prove_grid_rank(circuit, parts, max_grid=5).statement.lower
    assert few <= 5 <= ca.prove_grid_rank(circuit, parts).statement.lower


def test_templates_that_tell_nothing_apart():
    """One template gives one row and one column."""
    theorem = ca.prove_grid_rank(
        ca.rac_model(4, 2, 2, layers=2), ca.Bipartition.low_high(4), templates=[[1, 2]]
    )
    assert theorem.statement.lower == 1
    with pytest.raises(NotProved):
        ca.prove_grid_rank(
            ca.rac_model(4, 2, 2, layers=2), ca.Bipartition.low_high(4), templates=[[0, 0]]
        )


# Evidence


def test_an_estimate_is_no_theorem():
    """It finds the rank, says how sure that is, and is no Theorem."""
    circuit, parts = ca.ht_model(8, 2, [6, 18], shared=[False, True]), ca.Bipartition.low_high(8)
    evidence = ca.estimate_rank(circuit, parts)
    assert evidence.rank == 15
    assert not evidence.saturated
    assert 0 < evidence.error < 1e-6
    assert not hasattr(evidence, "statement")
    assert "evidence" in str(evidence)


def test_a_saturated_estimate_says_at_least():
    """When all rows are independent the rank may be larger."""
    deep = ca.ht_model(8, 3, [3, 3, 3])
    evidence = ca.estimate_rank(deep, ca.Bipartition.odd_even(8), max_minor=20)
    assert (evidence.rank, evidence.saturated) == (20, True)
    assert "at least 20" in str(evidence)


def test_estimates_of_each_output():
    """The output that is meant counts."""
    b = ca.CircuitBuilder(2, 2)
    top = b.product(b.input(0), b.input(1))
    circuit = b.build(b.sum(top, matrix=((1, 1), (1, 0))))
    parts = ca.Bipartition.of([0], 2)
    assert [ca.estimate_rank(circuit, parts, output=o).rank for o in (0, 1)] == [2, 1]
    with pytest.raises(OptionError):
        ca.estimate_rank(circuit, parts, output=2)


# The cut for pictures


@pytest.mark.parametrize("seed", range(12))
def test_the_cut_of_a_picture_has_the_value_of_the_bound(seed):
    """The highlighted variables' dimensions multiply to the index recursion's bound."""
    from circuitalg.kernel.rank.recursion import index_recursion

    circuit = ca.tree_model(
        ca.ModeTree.random(8, seed=seed),
        3,
        [2 + (7 * i + seed) % 5 for i in range(100)][: inner(8, seed)],
    )
    parts = ca.Bipartition.random(8, seed=seed)
    found = Question(circuit, parts).named
    dims = dict(zip(found.nodes, found.network.dims, strict=True))
    cut = minimal_cut(circuit, parts)
    assert cut <= set(found.nodes)
    value = prod(dims[name] for name in cut)
    assert value == index_recursion(Question(circuit, parts)) == ca.cut_value(circuit, parts)


def inner(locations, seed):
    """Number of inner nodes of the random mode tree."""
    return len(ca.ModeTree.random(locations, seed=seed).children)


def test_an_estimate_takes_no_larger_minor_than_can_show_more(monkeypatch):
    """One more than the bound is enough, and a rank that meets the bound needs no second trial."""
    sizes = []
    plain = minors.circuit_grid

    def counted(question, seed, size, prime):
        sizes.append((seed, size))
        return plain(question, seed, size, prime)

    monkeypatch.setattr(minors, "circuit_grid", counted)
    deep = ca.ht_model(8, 3, [3, 3, 3])
    evidence = ca.estimate_rank(deep, ca.Bipartition.low_high(8))
    assert (evidence.rank, evidence.size, evidence.saturated, sizes) == (3, 4, False, [(1, 4)])
    sizes.clear()
    less = ca.ht_model(8, 2, [6, 18], shared=[False, True])
    assert ca.estimate_rank(less, ca.Bipartition.low_high(8), trials=2).rank == 15
    assert sizes == [(1, 17), (2, 17)]
