"""prove_rank_at: the rank at given exact weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

from circuitalg.arithmetic.modular import rank
from circuitalg.arithmetic.primes import DEFAULT_PRIME, SECOND_PRIME
from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.circuit.weights import as_weights
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.kernel import rules
from circuitalg.kernel.minors import weights_grid
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.statements import RankAt
from circuitalg.kernel.terms import (
    Exhaustive,
    Factor,
    IndexRecursion,
    Minor,
    TiedCut,
    Trivial,
    Upper,
    Vanishing,
    upper_value,
)
from circuitalg.kernel.theorem import Theorem
from circuitalg.prove.budget import Budget
from circuitalg.prove.minor import largest_minor
from circuitalg.prove.rank import is_zero


def prove_rank_at(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    bipartition: BipartitionLike,
    *,
    output: int = 0,
    max_minor: int = 400,
) -> Theorem[RankAt]:
    """Prove the rank at these weights (integers or Fractions by parameter name).

    From below a minor modulo a prime; from above the structural bound, or, where that is not
    reached and the tensor has at most 65,536 entries, the written-out matricization. A tensor that
    is zero has rank 0: for any size where zeros among the weights cut the output off from the
    inputs, else by writing it out.

    Raises
    ------
    WeightError
        For inexact, missing or misshapen weights.

    Examples
    --------
    >>> from circuitalg import Bipartition, cp_model
    >>> circuit = cp_model(2, 2, 2)
    >>> zeros = {name: 0 * table for name, table in circuit.random_weights().items()}
    >>> prove_rank_at(circuit, zeros, Bipartition.of([0], 2)).statement.summary
    'rank = 0'
    """
    circuit = as_circuit(circuit)
    bipartition, output = as_bipartition(bipartition, circuit), as_output(circuit, output)
    budget = Budget(max_minor)
    weights = as_weights(circuit, weights, exact=True)
    exact = rules.exact_weights(circuit, weights)
    question = Question(circuit, bipartition, output)
    structural = _structural(question)
    bound = upper_value(question, structural)
    asked = circuit, bipartition, output, exact

    def minor(prime: int) -> Minor | None:
        def grid_rank(seed: int, size: int) -> int:
            return rank(weights_grid(*asked, seed, size, prime), prime)

        found = largest_minor(grid_rank, min(bound, budget.max_minor), budget)
        return found and replace(found, prime=prime)

    # What is zero modulo one prime need not be zero.
    lower: Minor | Trivial = minor(DEFAULT_PRIME) or minor(SECOND_PRIME) or Trivial()
    upper: Upper | Exhaustive = structural
    if isinstance(lower, Trivial) and is_zero(circuit, output, exact):
        upper = Vanishing()
    elif (isinstance(lower, Trivial) or lower.size < bound) and prod(circuit.dims) <= 65_536:
        upper = Exhaustive()
    return rules.rank_at(circuit, weights, bipartition, lower, upper, output=output)


def _structural(question: Question) -> Upper:
    if not question.circuit.is_tree:
        return IndexRecursion()
    return Factor((TiedCut(),) * len(question.blocks))
