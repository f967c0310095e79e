"""The upper bound is the generic rank of every tied tree.

Known: for the shared models of the literature across odd
and even locations (Cohen, Sharir and Shashua 2016, Theorem 1).

Found: false for larger networks, where equal siblings have locations on both sides and equal
siblings inside them. Missing rules, not false ones: no bound was ever below a rank. Open: two equal
pairs (their exchange splits the matricization into a symmetric and an alternating part), two spaces
that are read through one matrix, and up to four locations.
"""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from untied import bound

import circuitalg as ca
from circuitalg import strategies


@st.composite
def equal_pairs(draw: DrawFn) -> ca.Circuit:
    """Two equal pairs of locations through one matrix, and a fifth location."""
    dims = [draw(st.integers(2, 4)), draw(st.integers(2, 4))] * 2 + [draw(st.integers(2, 4))]
    pair, top = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    tree = ca.ModeTree.from_nested([[0, 1], [2, 3], 4])
    return ca.tree_model(tree, dims, [top, pair, pair], shared=True)


@st.composite
def one_matrix(draw: DrawFn) -> ca.Circuit:
    """Two locations through one matrix, perhaps each after one of its own; and a third location."""
    inner, top = draw(st.integers(2, 4)), draw(st.integers(4, 9))
    dims = [draw(st.integers(2, inner)) for _ in range(2)]
    b = ca.CircuitBuilder(3, [*dims, top])
    own = [b.input(i) if dims[i] == inner else b.sum(b.input(i), width=inner) for i in range(2)]
    read = [b.sum(node, width=top, parameter="tied") for node in own]
    return b.build(b.sum(b.product(*read, b.sum(b.input(2), width=top)), width=1))


equal_pairs_meet = strategies.Conjecture(
    bound,
    circuits=equal_pairs(),
    bipartitions=[(1, 3), (0, 2)],
    evidence=True,
    name="the upper bound, where two equal pairs meet",
)

spaces_through_one_matrix = strategies.Conjecture(
    bound,
    circuits=one_matrix(),
    bipartitions=[(2,)],
    evidence=True,
    name="the upper bound, where different spaces are read through one matrix",
)

up_to_four_locations = strategies.Conjecture(
    bound,
    circuits=strategies.circuits(
        kinds="tree", max_locations=4, min_dim=2, max_dim=5, max_width=6, ties=strategies.TIES[1:]
    ),
    evidence=True,
    name="the upper bound, for tied trees of up to four locations with one matrix for each edge",
)
