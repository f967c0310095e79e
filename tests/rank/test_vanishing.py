"""Rank 0 is a theorem: zeros that cut an output off, and tensors that are zero by cancellation."""

from fractions import Fraction

import pytest
from certificates.alter import both_accept
from rank_helpers import PRIME

import circuitalg as ca
from circuitalg import checker
from circuitalg.edge import exact_weights
from circuitalg.errors import CircuitalgError, RuleError, StructureError
from circuitalg.kernel import rules
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import (
    Bounds,
    BoundsAt,
    Exhaustive,
    Factor,
    IndexRecursion,
    Minor,
    TiedCut,
    Trivial,
    Vanishing,
)
from circuitalg.kernel.rank.vanishing import vanishing_value

DEEP, HALVES = ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4)


def weights(circuit, entry=1, **others):
    """All entries alike, but for the parameters named (dots written as underscores)."""
    found = {
        name: [[entry] * columns for _ in range(rows)]
        for name, (rows, columns) in circuit.parameters.items()
    }
    return found | {name.replace("_", "."): rows for name, rows in others.items()}


def with_dead_branch(matrix):
    """Two outputs: the first through a fixed matrix, the second besides."""
    b = ca.CircuitBuilder(2, 2)
    left = b.sum(b.input(0), width=2, matrix=matrix)
    return b.build(b.product(left, b.sum(b.input(1), width=2, parameter="w")))


def both_say_zero(theorem, folder):
    """Both readers verify it, and say 0."""
    verified = both_accept(theorem, folder)
    assert (verified.lower, verified.upper, theorem.statement.upper) == (0, 0, 0)


def test_weights_of_zeros_have_rank_0(tmp_path):
    """At weights that are all zero the rank is 0, proved without writing the tensor out."""
    theorem = ca.prove_rank_at(DEEP, weights(DEEP, 0), HALVES)
    assert theorem.statement.summary == "rank = 0"
    assert theorem.proof == BoundsAt(Trivial(), Vanishing())
    both_say_zero(theorem, tmp_path)


def test_one_zero_matrix_is_enough_at_any_size(tmp_path):
    """1,024 locations, of which no tensor is written: the output's weights alone are zero."""
    big = ca.ht_model(1024, 2, [2] * 10, shared=True)
    given = weights(big, 3) | {"out": [[0, 0]]}
    both_say_zero(ca.prove_rank_at(big, given, ca.Bipartition.odd_even(1024)), tmp_path)


def test_a_fixed_matrix_of_zeros_makes_every_rank_0(tmp_path):
    """For all weights, across every bipartition, and in a landscape too."""
    zero = ((0, 0), (0, 0))
    circuit, parts = with_dead_branch(zero), ca.Bipartition.of([0], 2)
    theorem = ca.prove_rank(circuit, parts)
    assert "is 0 for all weights" in str(theorem)
    both_say_zero(theorem, tmp_path)
    row = ca.rank_landscape(circuit)[0]
    assert (row.lower, row.upper, row.upper_by) == (0, 0, "vanishing")


def test_the_other_output_may_live(tmp_path):
    """A dead row is that output's alone."""
    circuit, parts = with_dead_branch(((1, 0), (0, 0))), ca.Bipartition.of([0], 2)
    assert ca.prove_rank(circuit, parts, output=0).statement.lower == 1
    both_say_zero(ca.prove_rank(circuit, parts, output=1), tmp_path)


def test_a_tensor_that_cancels_is_written_out(tmp_path):
    """X - x is zero at every entry, though no zero cuts it off."""
    circuit = ca.cp_model(2, 2, 2, shared=True)
    given = weights(circuit, 1, out=[[1, -1]])
    with pytest.raises(RuleError, match="not cut off"):
        vanishing_value(circuit, 0, exact_weights(circuit, arrays(given)))
    theorem = ca.prove_rank_at(circuit, given, ca.Bipartition.of([0], 2))
    assert theorem.proof.upper == Exhaustive()
    both_say_zero(theorem, tmp_path)


def arrays(given):
    """The weights as the rules take them."""
    return {name: tuple(map(tuple, rows)) for name, rows in given.items()}


def test_where_zero_is_not_shown_the_theorem_is_an_interval(tmp_path):
    """Fixed matrices that cancel: 0 from below, the cut from above; never rank 0 unproved."""
    b = ca.CircuitBuilder(2, 2)
    same = b.sum(b.sum(b.input(0), width=2, parameter="a"), matrix=((1, 0), (1, 0)))
    dead = b.sum(same, matrix=((1, -1),))
    circuit = b.build(b.product(dead, b.sum(b.input(1), width=1)))
    theorem = ca.prove_rank(circuit, ca.Bipartition.of([0], 2))
    assert (theorem.statement.lower, theorem.statement.upper) == (0, 1)
    assert checker.verify_file(theorem.save(tmp_path / "interval.json")).upper == 1


def test_what_is_zero_modulo_one_prime_is_not_zero():
    """Weights that are multiples of the default prime: another prime shows the rank."""
    circuit = ca.cp_model(2, 2, 2)
    given = weights(circuit, PRIME, a0_0=[[PRIME, 0], [0, PRIME]], a0_1=[[PRIME, 0], [0, PRIME]])
    said = ca.prove_rank_at(circuit, given, ca.Bipartition.of([0], 2)).statement
    assert (said.lower, said.upper) == (2, 2)


@pytest.mark.soundness
def test_what_is_alive_is_not_called_zero():
    """One path of entries that are not zero, and neither rule claims rank 0."""
    alive = weights(DEEP, 0)
    for rows in alive.values():
        rows[0][0] = Fraction(1, 3)
    with pytest.raises(RuleError, match="not cut off"):
        rules.rank_at(DEEP, alive, HALVES, BoundsAt(Trivial(), Vanishing()))
    if rules.rank_at(DEEP, alive, HALVES, BoundsAt(Trivial(), Exhaustive())).statement.upper != 1:
        pytest.fail("the rank is 1")
    for name, rows in alive.items():
        cut = alive | {name: [[0] * len(row) for row in rows]}
        if rules.rank_at(DEEP, cut, HALVES, BoundsAt(Trivial(), Vanishing())).statement.upper:
            pytest.fail(f"without {name} the output is cut off")


@pytest.mark.soundness
def test_a_parameter_may_be_anything():
    """For almost all weights no parameter has a zero: only fixed matrices cut a generic rank."""
    with pytest.raises(RuleError, match="not cut off"):
        rules.generic_rank(Question(DEEP, HALVES), Bounds(Trivial(), Vanishing()))
    asked = Question(with_dead_branch(((1, 0), (0, 0))), ca.Bipartition.of([0], 2), 0)
    with pytest.raises(RuleError, match="not cut off"):
        rules.generic_rank(asked, Bounds(Trivial(), Vanishing()))


@pytest.mark.soundness
def test_rank_0_is_about_a_tensor():
    """A circuit that repeats inputs has none; nor has an output or a side that is not there."""
    recurrent, halves = ca.rac_model(4, 2, 2, layers=2), ca.Bipartition.low_high(4)
    with pytest.raises(StructureError, match="no coefficient tensor"):
        rules.generic_rank(Question(recurrent, halves), Bounds(Trivial(), Vanishing()))
    zeros = arrays(weights(recurrent, 0))
    with pytest.raises(StructureError, match="no coefficient tensor"):
        rules.rank_at(recurrent, zeros, halves, BoundsAt(Trivial(), Vanishing()))
    dead = with_dead_branch(((0, 0), (0, 0)))
    for parts, output in ((ca.Bipartition.of([0], 3), 0), (ca.Bipartition.of([0], 2), 2)):
        with pytest.raises(CircuitalgError):
            rules.generic_rank(Question(dead, parts, output), Bounds(Trivial(), Vanishing()))


def test_terms_of_rank_0_say_what_they_are():
    """Index recursion above and nothing below is an interval from 0; the rules have names."""
    asked = Question(DEEP, HALVES)
    theorem = rules.generic_rank(asked, Bounds(Trivial(), IndexRecursion()))
    assert (theorem.statement.lower, theorem.statement.upper) == (0, 4)
    assert theorem.explain().splitlines() == ["lower: trivial", "upper: index recursion"]
    dead = Question(with_dead_branch(((0, 0), (0, 0))), ca.Bipartition.of([0], 2))
    with pytest.raises(RuleError, match="proves nothing"):
        rules.generic_rank(dead, Bounds(Minor(1, 1, PRIME), Vanishing()))


def test_a_tree_without_zeros_keeps_its_blocks():
    """Where nothing is cut off the terms are those of blocks, as ever."""
    proof = ca.prove_rank(DEEP, HALVES).proof
    assert isinstance(proof.upper, Factor)
    assert set(proof.upper.blocks) == {TiedCut()}
