"""Minors of a whole circuit beyond the default size: where they are needed, limits, memory."""

import pytest
from rank_helpers import half_tied

import circuitalg as ca
from circuitalg import memory
from circuitalg.errors import TooLargeError
from circuitalg.kernel.rank import minors
from circuitalg.kernel.rank.minors import SIZE_LIMIT, circuit_grid
from circuitalg.kernel.rank.terms import Minor

TIED = half_tied(20, 3)
PARTS = ca.Bipartition.odd_even(20)


def test_a_minor_of_the_whole_circuit_meets_the_bound():
    """Rank 2^10 across ten windows, by a minor of that size; less when it may not be so large."""
    theorem = ca.prove_rank(TIED, PARTS, space="simplex", max_minor=1024)
    assert theorem.statement.lower == theorem.statement.upper == 1024
    assert theorem.proof.lower == Minor(1, 1024, theorem.proof.lower.prime)
    limited = ca.prove_rank(TIED, PARTS, space="simplex", max_minor=1023).statement
    assert (limited.lower, limited.upper) == (1023, 1024)


@pytest.mark.parametrize(("dim", "rank"), [(4, 128), (3, 127)])
def test_a_mixture_needs_a_minor(dim, rank):
    """Two networks of rank 2^6 add up to 2^7. But two planes in three dimensions share a line:
    where all locations have dimension 3, the column spaces share one, and 127 is the rank.
    """
    b = ca.CircuitBuilder(12, dim)
    leaves = [b.input(i) for i in range(12)]
    branches = []
    for _ in range(2):
        windows = [leaves[i : i + 2] for i in range(0, 12, 2)]
        pairs = [b.product(*(b.sum(x, width=2) for x in window)) for window in windows]
        branches.append(b.product(*(b.sum(pair, width=1) for pair in pairs)))
    circuit = b.build(b.sum(*branches, width=1))
    statement = ca.prove_rank(circuit, ca.Bipartition.odd_even(12), max_minor=1000).statement
    assert (statement.lower, statement.upper) == (rank, 128)


def test_a_larger_budget_than_the_kernel_allows_is_cut(monkeypatch):
    """max_minor beyond the kernel's limit is that limit; the search never builds a larger grid."""
    asked = []

    def remember(question, seed, size, prime):
        asked.append(size)
        return circuit_grid(question, seed, 4, prime)

    monkeypatch.setattr(minors, "circuit_grid", remember)
    statement = ca.prove_rank(
        half_tied(40, 3), ca.Bipartition.odd_even(40), space="simplex", max_minor=10**6
    ).statement
    assert asked[0] == SIZE_LIMIT
    assert (statement.lower, statement.upper) == (4, 2**20)


def test_memory_is_refused_before_it_is_taken(monkeypatch):
    """Where a minor does not fit, the sentence says how much it needs and what to do."""
    monkeypatch.setattr(memory, "available_bytes", lambda like: 10**7)
    with pytest.raises(TooLargeError, match=r"size 1024 needs .* take a smaller max_minor"):
        ca.prove_rank(TIED, PARTS, space="simplex", max_minor=1024)
    assert ca.prove_rank(TIED, PARTS, space="simplex", max_minor=64).statement.lower == 64
