"""prove_rank_at: the rank at given exact weights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import prod
from typing import Any

from circuitalg.arithmetic.primes import DEFAULT_PRIME, SECOND_PRIME
from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output, exact_weights
from circuitalg.kernel import rules
from circuitalg.kernel.rank.minors import weights_rank
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import RankAt
from circuitalg.kernel.rank.terms import (
    BoundsAt,
    Exhaustive,
    Factor,
    Minor,
    Trivial,
    Upper,
    Vanishing,
)
from circuitalg.kernel.rank.values import upper_value
from circuitalg.kernel.theorem import Theorem
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.minor import largest_minor
from circuitalg.prove.rank.rank import is_zero
from circuitalg.prove.rank.sharpen import sharpened
from circuitalg.prove.rank.upper import best_upper, structural


def prove_rank_at(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    bipartition: BipartitionLike,
    *,
    output: int = 0,
    max_minor: int = 400,
) -> Theorem[RankAt]:
    """Prove the rank of a network's coefficient tensor across a bipartition at given weights.

    From below a minor modulo a prime; from above the structural bound, or, where that is not
    reached and the tensor has at most 65,536 entries, the written-out matricization. A tensor that
    is zero has rank 0: for any size where zeros among the weights cut the output off from the
    inputs, else by writing it out.

    Parameters
    ----------
    circuit
        A smooth and decomposable circuit.
    weights
        Integers or Fractions, by parameter name an array or nested lists (rows, columns);
        ``ca.exact(weights)`` makes them of floats.
    bipartition, output, max_minor
        As for `prove_rank`.

    Raises
    ------
    WeightError
        For inexact, missing or misshapen weights.
    StructureError
        When the circuit has no coefficient tensor.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, section 2 (matricization), and docs/rules/rank.md.

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
    exact = exact_weights(circuit, weights)
    question = Question(circuit, bipartition, output)
    upper: Upper | Exhaustive = (plain := structural(question))
    bound = upper_value(question, plain)
    rank = partial(weights_rank, question, exact)
    # What is zero modulo one prime need not be zero.
    found = (largest_minor(rank, bound, budget, p) for p in (DEFAULT_PRIME, SECOND_PRIME))
    lower: Minor | Trivial = next(filter(None, found), Trivial())
    if isinstance(lower, Trivial) and is_zero(circuit, output, exact):
        upper = Vanishing()
    elif isinstance(lower, Trivial) or lower.size < bound:
        small = prod(circuit.dims) <= 65_536
        upper = Exhaustive() if small else _searched(question, budget)
    return rules.rank_at(circuit, exact, bipartition, BoundsAt(lower, upper), output=output)


def _searched(question: Question, budget: Budget) -> Upper:
    """The best bound for all weights, where the one without search is above the rank."""
    if question.circuit.is_tree:
        return Factor(tuple(best_upper(block, budget)[0] for block in question.blocks))
    return sharpened(question, budget)[0]
