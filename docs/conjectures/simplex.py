"""Normalising the weights costs no rank: simplex weights have the generic rank of real ones.

Tensorial mixture models, hidden Markov models and other probabilistic circuits have non-negative
weights whose rows sum to one. Non-negative weights have the generic rank of real ones, since they
have interior points. Rows of sum one have none.

Known: yes where equal parameters stand above equal subtrees, ties included: there any positive
weights can be renormalised (docs/rules/rank.md). No with fixed matrices: one channel, spread by
weights of sum one and multiplied by the fixed row (1, -1), is 0. Open: every other pattern
of ties, such as a matrix that is used at two depths.
"""

from hypothesis import assume
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies


def real_rank(circuit: ca.Circuit, bipartition: ca.Bipartition) -> int:
    """The generic rank over real weights, where it is proved."""
    proved = ca.prove_rank(circuit, bipartition).statement
    assume(proved.lower == proved.upper)
    return proved.lower


def tied_trees(kind: str) -> st.SearchStrategy[ca.Circuit]:
    """Trees with parameters used several times, without fixed matrices and constants."""
    return strategies.circuits(
        kinds=kind,
        ties=("height", "height and place", "depth", "anywhere"),
        fixed=False,
        constants=False,
        max_width=4,
    )


every_tie = strategies.Conjecture(
    real_rank,
    circuits=st.one_of(tied_trees("tree"), tied_trees("free tree")),
    space="simplex",
    name="the rank over real weights, for simplex weights tied anywhere",
)
