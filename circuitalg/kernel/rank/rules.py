"""The rules about ranks: bounds from proof terms, and what follows from a gap between ranks."""

from __future__ import annotations

from collections.abc import Mapping

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit, Matrix
from circuitalg.circuit.weights import check_shapes
from circuitalg.errors import RuleError
from circuitalg.integers import Integer
from circuitalg.kernel.exact_types import Bound
from circuitalg.kernel.logspace.simplex import SimplexForm
from circuitalg.kernel.rank import minors
from circuitalg.kernel.rank.families import Family, members_bound
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import GenericRank, GridRank, RankAt, Separation
from circuitalg.kernel.rank.terms import (
    Bounds,
    BoundsAt,
    Exhaustive,
    GridMinor,
    RankGap,
    Split,
    Trivial,
    Vanishing,
)
from circuitalg.kernel.rank.values import lower_value, trivial_value, upper_value
from circuitalg.kernel.rank.vanishing import vanishing_value
from circuitalg.kernel.rule import rule
from circuitalg.kernel.theorem import Theorem


@rule
def generic_rank(
    question: Question, proof: Bounds, premises: tuple[Theorem[SimplexForm], ...] = ()
) -> GenericRank:
    """From a point to almost everywhere, with an upper bound for all weights.

    A k × k minor of ⟦A⟧ is a polynomial in the parameters; the lower term shows that one is not
    zero at a point of the Zariski closure of the parameter space (R^d, the orthant: any real point;
    products of simplices: any point with the right sums), which is irreducible, so it vanishes on a
    proper algebraic subset only (Caron and Traynor 2005 for the measure).

    A split over simplex weights follows from the circuit's simplex form: some positive weights have
    the rank, since the positive orthant is dense in the Zariski sense, and renormalising them
    multiplies the tensor with a positive number.
    """
    renormalised = question.space == "simplex" and type(proof.lower) is Split
    needed = (SimplexForm(question.circuit),) if renormalised else ()
    if tuple(premise.statement for premise in premises) != needed:
        raise RuleError(
            "a split over simplex weights follows from the simplex form of the same circuit"
            if renormalised
            else "a generic rank follows from premises only where simplex weights are split"
        )
    low, high = lower_value(question, proof.lower), upper_value(question, proof.upper)
    if low > high:
        raise RuleError(
            f"a lower bound {Integer(low)} above an upper bound {Integer(high)}: "
            "a rule is wrong; please report this"
        )
    asked = question.circuit, question.bipartition
    return GenericRank(*asked, low, high, question.output, question.space)


@rule
def rank_at(
    circuit: Circuit,
    weights: Mapping[str, Matrix],
    bipartition: Bipartition,
    proof: BoundsAt,
    output: int = 0,
) -> RankAt:
    """Rank at exact weights: ranks modulo p bound the rank over Q from below.

    From above hold the structural bounds, the rank of the written-out matricization, and 0 where
    zeros among the weights cut the output off.
    """
    check_shapes(circuit.parameters, weights)
    question = Question(circuit, bipartition, output)
    lower, upper = proof.lower, proof.upper
    if isinstance(lower, Trivial):
        low = trivial_value(question)
    else:
        found = minors.weights_rank(question, weights, lower.seed, lower.size, lower.prime)
        low = minors.full_rank(found, lower.size, lower.prime)
    if isinstance(upper, Exhaustive):
        high = minors.exhaustive_rank(question, weights)
    elif isinstance(upper, Vanishing):
        high = vanishing_value(circuit, output, weights)
    else:
        high = upper_value(question, upper)
    return RankAt(circuit, weights, bipartition, low, high, output)


@rule
def grid_rank(
    circuit: Circuit,
    templates: Matrix,
    bipartition: Bipartition,
    proof: GridMinor,
    output: int = 0,
) -> GridRank:
    """Lower bound on the separation rank: a non-zero minor of the grid matrix at one point.

    If h(x) = Σ_{ν ≤ R} g_ν(x_I) g'_ν(x_J), then the grid matrix has rank at most R.
    """
    question = Question(circuit, bipartition, output)
    value = minors.grid_minor(
        question, templates, proof.rows, proof.columns, proof.seed, proof.prime
    )
    return GridRank(circuit, templates, bipartition, value, output)


@rule
def separation(
    family: Family, needed: Bound, proof: RankGap, premises: tuple[Theorem[GenericRank], ...]
) -> Separation:
    """From a rank gap to "not equal and not approximable".

    Members of the family with a parameter of at most r have rank at most β(r) across this
    bipartition, for all their weights; where the network has rank ≥ R > β(needed − 1), a parameter
    below ``needed`` cannot match it. The sets {rank ≤ k} are closed (minors are continuous), so it
    cannot approximate it either (Cohen, Sharir, Shashua 2016, Lemma 7, in coefficient space).
    """
    del proof
    if len(premises) != 1 or type(premises[0].statement) is not GenericRank:
        raise RuleError("a separation follows from one theorem on the generic rank")
    proved = premises[0].statement
    circuit, parts, rank = proved.circuit, proved.bipartition, proved.lower
    family.check(circuit, parts)
    least = 0 <= needed <= rank <= members_bound(family, circuit, parts, needed)
    if not least or (needed and members_bound(family, circuit, parts, needed - 1) >= rank):
        raise RuleError(
            f"{Integer(needed)} is not the least {family.parameter} with which the bound of a "
            f"{family} reaches the rank {rank}"
        )
    return Separation(circuit, family, parts, needed, proved.output, proved.space)
