"""Ranks of trees are strongly subadditive: rank(S+i) · rank(S+j) ≥ rank(S+i+j) · rank(S).

The logarithm of a rank is the entanglement entropy of order 0. It is subadditive for every tensor,
but not strongly so for all. Minimal cuts are strongly subadditive (cuts are submodular), and so are
the generic ranks of all trees where the cut is the rank. S is a set of locations, i and j are two
others; these inequalities imply those for all pairs of sets.

Open, for untied and for tied trees, also where the cut is not the rank.
"""

from itertools import combinations

from hypothesis import assume

import circuitalg as ca
from circuitalg import strategies


def exact_rank(circuit: ca.Circuit, locations: frozenset[int]) -> int:
    """The generic rank across a set of locations and the others, where it is proved."""
    if not 0 < len(locations) < circuit.num_locations:
        return 1
    proved = ca.prove_rank(circuit, sorted(locations)).statement
    assume(proved.lower == proved.upper)
    return proved.lower


def strongest(circuit: ca.Circuit, bipartition: ca.Bipartition) -> int:
    """The least rank(S+i) · rank(S+j) / rank(S) with S+i+j = I."""
    whole = frozenset(i for i, side in enumerate(bipartition.sides) if side == 0)
    assume(len(whole) > 1)
    rank = {part: exact_rank(circuit, whole - part) for part in subsets(whole)}
    return min(
        rank[frozenset([i])] * rank[frozenset([j])] // rank[frozenset([i, j])]
        for i, j in combinations(whole, 2)
    )


def subsets(whole: frozenset[int]) -> list[frozenset[int]]:
    """One or two of its elements."""
    return [frozenset(part) for size in (1, 2) for part in combinations(whole, size)]


untied_trees = strategies.Conjecture(
    strongest,
    relation="at most",
    circuits=strategies.circuits(
        kinds="tree", ties="untied", min_locations=3, min_dim=2, max_dim=4, max_width=5
    ),
    name="what strong subadditivity allows, for untied trees",
)

tied_trees = strategies.Conjecture(
    strongest,
    relation="at most",
    circuits=strategies.circuits(
        kinds="tree",
        ties=strategies.TIES[1:],
        min_locations=3,
        min_dim=2,
        max_dim=4,
        max_width=5,
    ),
    name="what strong subadditivity allows, for tied trees",
)
