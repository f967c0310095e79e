"""Search for both bounds of a circuit that is no tree."""

from __future__ import annotations

from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import index_recursion
from circuitalg.kernel.rank.terms import (
    IndexRecursion,
    Lower,
    Sharpened,
    Trivial,
)
from circuitalg.prove.rank.added import added
from circuitalg.prove.rank.branches import SMALL_MINOR, Branching, largest, value_of
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.lower import better
from circuitalg.prove.rank.sharpen import sharpened


def circuit_terms(question: Question, budget: Budget) -> tuple[Lower, IndexRecursion | Sharpened]:
    """Terms for both sides of a circuit that is no tree.

    Where the bounds do not meet, the upper one is sharpened before more is tried from below.
    """
    upper: IndexRecursion | Sharpened = IndexRecursion()
    bound = index_recursion(question)
    best = largest(question, bound, budget) if bound <= SMALL_MINOR else None
    search = Branching(question, budget)
    if value_of(best) < bound:
        best = search.improved(best, bound)
    if value_of(best) < bound and budget.thorough:
        upper, bound = sharpened(question, budget, value_of(best))
        best = search.changed(best, bound)
        if value_of(best) < bound:
            best = better(best, added(question, value_of(best), budget))
    if value_of(best) < min(bound, budget.max_minor):
        best = better(best, largest(question, bound, budget))
    return (best[0] if best else Trivial()), upper
