"""The generic rank of a mixture of two trees is the sum of their ranks, where there is room for it.

A sum of two untied networks over the same locations has at most the sum of their ranks (U4), and no
rank exceeds the rows or columns of its matricization (U5). The index recursion has both.

Found: false. Spaces that are products of one space for each location meet earlier than general
spaces of their dimensions: b ⊗ k² and k² ⊗ c, of dimension 2 in k⁴, have b ⊗ c in common.
"""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

import circuitalg as ca
from circuitalg import strategies
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import index_recursion


def recursion(circuit: ca.Circuit, bipartition: ca.Bipartition) -> int:
    """The bound of the index recursion."""
    return index_recursion(Question(circuit, bipartition))


@st.composite
def two_trees(draw: DrawFn) -> ca.Circuit:
    """The sum of two trees [i, [j, k]] over three locations."""
    b = ca.CircuitBuilder(3, [draw(st.integers(2, 4)) for _ in range(3)])
    tops = []
    for _ in range(2):
        apart = draw(st.integers(0, 2))
        width, top = draw(st.integers(1, 2)), draw(st.integers(1, 2))
        pair = b.product(*[b.sum(b.input(i), width=width) for i in range(3) if i != apart])
        tops.append(b.product(b.sum(b.input(apart), width=top), b.sum(pair, width=top)))
    return b.build(b.sum(*tops, width=1))


two_trees_add = strategies.Conjecture(
    recursion,
    circuits=two_trees(),
    evidence=True,
    known_false=True,
    examples=20_000,
    name="what the ranks of two trees of three locations add up to",
)
