"""The cut is the generic rank of balanced binary trees with one width per level.

Balanced is ``ca.ModeTree.balanced``: neighbours are joined two at a time, level by level, and one
left over moves up. A node's level is its height; either all weights are untied, or each level is
shared.

Known: for equal widths it is Menger's theorem, for powers of one integer max-flow = min-cut.

Found: false at 11 and at 16 locations, where the bridge is exact (docs/conjectures.md). Open for up
to 10. With shared levels the cut for tied networks misses from 9 locations on; the isotypic bound
is known to miss from 16 on.
"""

from math import prod

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from untied import bound

import circuitalg as ca
from circuitalg import strategies


def cut(circuit: ca.Circuit, bipartition: ca.Bipartition) -> int:
    """The product of the widths that a minimal cut pays for."""
    nodes = circuit.graph.nodes
    return prod(nodes[name]["width"] for name in ca.minimal_cut(circuit, bipartition))


def heights(tree: ca.ModeTree) -> list[int]:
    """By inner node: its levels above the locations."""
    found = [0] * len(tree.children)
    for node in reversed(range(len(tree.children))):
        found[node] = 1 + max(found[-child] if child < 0 else 0 for child in tree.children[node])
    return found


@st.composite
def balanced(draw: DrawFn, locations: tuple[int, ...], *, shared: bool) -> ca.Circuit:
    """A balanced binary tree with one width per level and one dimension."""
    tree = ca.ModeTree.balanced(draw(st.sampled_from(locations)))
    level = heights(tree)
    width = [draw(st.integers(2, 7)) for _ in range(max(level))]
    dim = draw(st.integers(2, 7))
    return ca.tree_model(tree, dim, [width[height - 1] for height in level], shared=shared)


untied_up_to_10 = strategies.Conjecture(
    cut,
    circuits=balanced((4, 5, 6, 7, 8, 9, 10), shared=False),
    evidence=True,
    name="the cut, for untied balanced binary trees of up to 10 locations",
)

shared_up_to_8 = strategies.Conjecture(
    bound,
    circuits=balanced((4, 5, 6, 7, 8), shared=True),
    evidence=True,
    name="the upper bound, for balanced binary trees of up to 8 locations with shared levels",
)

shared_9 = strategies.Conjecture(
    bound,
    circuits=balanced((9,), shared=True),
    evidence=True,
    name="the upper bound, for balanced binary trees of 9 locations with shared levels",
)
