"""prove_rank_at: the rank at given exact weights."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import NotProved
from circuitalg.exact.modular import rank
from circuitalg.exact.primes import DEFAULT_PRIME
from circuitalg.kernel import rules
from circuitalg.kernel.minors import weights_grid
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.statements import RankAt
from circuitalg.kernel.terms import (
    Exhaustive,
    Factor,
    IndexRecursion,
    TiedCut,
    Upper,
    upper_value,
)
from circuitalg.kernel.theorem import Theorem
from circuitalg.prove.budget import Budget
from circuitalg.prove.minor import largest_minor


def prove_rank_at(
    circuit: Circuit,
    weights: Mapping[str, Any],
    bipartition: Bipartition,
    *,
    output: int = 0,
    max_minor: int = 400,
) -> Theorem[RankAt]:
    """Prove the rank at these weights (integers or Fractions by parameter name).

    From below a minor modulo a prime; from above the structural bound, or, where that is not
    reached and the tensor has at most 65,536 entries, the written-out matricization.

    Raises
    ------
    WeightError
        For inexact, missing or misshapen weights.
    NotProved
        When the tensor is zero at these weights.
    """
    exact = rules.exact_weights(circuit, weights)
    question = Question(circuit, bipartition, output)
    structural = _structural(question)
    bound = upper_value(question, structural)
    budget = Budget(max_minor)

    def grid_rank(seed: int, size: int) -> int:
        asked = circuit, bipartition, output, exact
        return rank(weights_grid(*asked, seed, size, DEFAULT_PRIME), DEFAULT_PRIME)

    term = largest_minor(grid_rank, min(bound, budget.max_minor), budget)
    if term is None:
        raise NotProved("the tensor is zero modulo a prime at these weights; no rank was proved")
    small = prod(circuit.dims) <= 65_536
    upper = Exhaustive() if term.size < bound and small else structural
    return rules.rank_at(circuit, weights, bipartition, term, upper, output=output)


def _structural(question: Question) -> Upper:
    if not question.circuit.is_tree:
        return IndexRecursion()
    return Factor((TiedCut(),) * len(question.blocks))
