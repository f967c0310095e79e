"""The smallest of cut, bridge, star and pencil star is the generic rank of every untied tree.

Known: it is for equal widths (Menger's theorem), and where all dimensions are powers of one integer
(max-flow = min-cut; for tensor networks Cui et al. 2016). Two general tensors that meet at one
matrix reach the bridge's bound (Schofield 1992; Gesmundo, Lysikov and Steffan 2022).

Found: false. The rank can be smaller where three parts with locations on both sides meet at one
variable of dimension 3 or more, where two variables of dimension 2 stand side by side, and on a
path of variables. Open: three pairs at a variable of dimension 2, and up to five locations.
"""

from math import prod

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

import circuitalg as ca
from circuitalg import strategies
from circuitalg.kernel.rank.question import Question
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.upper import best_upper


def bound(circuit: ca.Circuit, bipartition: ca.Bipartition) -> int:
    """The package's upper bound, for all weights: block by block."""
    blocks = Question(circuit, bipartition).blocks
    return prod(best_upper(block, Budget())[1] ** count for block, count in blocks.items())


@st.composite
def three_pairs(draw: DrawFn) -> ca.Circuit:
    """Three pairs of locations that meet at one variable of dimension 2."""
    dims = [draw(st.integers(2, 5)) for _ in range(6)]
    widths = [2, *[draw(st.integers(max(dims[i : i + 2]), 6)) for i in (0, 2, 4)]]
    return ca.tree_model(ca.ModeTree.from_nested([[0, 1], [2, 3], [4, 5]]), dims, widths)


@st.composite
def small_trees(draw: DrawFn) -> ca.Circuit:
    """Trees of two to five locations."""
    tree = draw(strategies.mode_trees(draw(st.integers(2, 5))))
    dims = [draw(st.integers(2, 6)) for _ in range(tree.locations)]
    return ca.tree_model(tree, dims, [draw(st.integers(2, 8)) for _ in tree.children])


three_pairs_meet = strategies.Conjecture(
    bound,
    circuits=three_pairs(),
    bipartitions=[(0, 2, 4)],
    evidence=True,
    name="the upper bound, where three pairs meet at a variable of dimension 2",
)

up_to_five_locations = strategies.Conjecture(
    bound,
    circuits=small_trees(),
    evidence=True,
    name="the upper bound, for untied trees of up to five locations",
)
