"""Small networks, drawn questions about them, and their proved bounds, for tests about ranks."""

from __future__ import annotations

from dataclasses import replace

import brute
from brute import expect_between
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Factor, TiedCut
from circuitalg.kernel.rank.values import upper_value

PRIME = 2**23 - 15
TREES = strategies.TREE_KINDS
SMOOTH = strategies.MULTILINEAR_KINDS


@st.composite
def questions(draw, space="real", **bounds):
    """A small circuit, a bipartition and an output, as a rank rule is asked."""
    circuit = draw(strategies.circuits(**bounds))
    parts = draw(strategies.bipartitions(circuit))
    return Question(circuit, parts, draw(st.integers(0, circuit.num_outputs - 1)), space)


def rank_of(question, seed=0):
    """The generic rank over real weights by brute force."""
    rows = question.bipartition.I
    return brute.generic_rank(question.circuit, rows, question.output, seed)


def plain_cut(circuit, parts, output=0):
    """The tied cut alone, block by block."""
    asked = Question(circuit, parts, output)
    return upper_value(asked, Factor((TiedCut(),) * len(asked.blocks)))


def only_block(circuit, rows):
    """The block of a network that is one."""
    ((block, _),) = Question(circuit, ca.Bipartition.of(rows, circuit.num_locations)).blocks.items()
    return block


def proved(circuit, rows, output=0, **options):
    """(lower, upper) as proved, after a check that the brute-force rank is between them."""
    parts = ca.Bipartition.of(rows, circuit.num_locations)
    theorem = ca.prove_rank(circuit, parts, output=output, **options)
    said = theorem.statement
    expect_between(said.lower, brute.generic_rank(circuit, rows, output), said.upper)
    return said.lower, said.upper


def tree(nested, dim, widths):
    """An untied network over nested lists."""
    return ca.tree_model(ca.ModeTree.from_nested(nested), dim, widths)


def star_of(locations, dim, width, labels, outputs=1):
    """One product over all locations; each enters by a parameter, a matrix or itself."""
    b = ca.CircuitBuilder(locations, dim)
    factors = []
    for i, label in enumerate(labels):
        if label is None:
            factors.append(b.input(i))
        elif isinstance(label, str):
            factors.append(b.sum(b.input(i), width=width, parameter=label))
        else:
            factors.append(b.sum(b.input(i), matrix=label))
    return b.build(b.sum(b.product(*factors), width=outputs, parameter="out"))


def branches_of(locations, dim, widths):
    """A sum of one product over all locations for each width: with two or more no tree."""
    b = ca.CircuitBuilder(locations, dim)
    branches = [
        b.product(*[b.sum(b.input(i), width=width) for i in range(locations)]) for width in widths
    ]
    return b.build(b.sum(*branches, width=1))


def chains(count, locations=12, width=4):
    """Trains with weights of their own over shared inputs, added up: not a tree."""
    b = ca.CircuitBuilder(locations, 2)
    x = [b.input(i) for i in range(locations)]
    tops = []
    for _ in range(count):
        state = b.sum(x[0], width=width)
        for leaf in x[1:]:
            state = b.sum(b.product(state, b.sum(leaf, width=width)), width=width)
        tops.append(state)
    return b.build(b.sum(*tops, width=1))


def half_tied(locations, dim):
    """A balanced tree, equal subtrees shared, but for the last leaf, which has a matrix of its own.

    Over simplex weights no rule for trees applies to it, so only a minor bounds the rank.
    """
    shared = ca.tree_model(ca.ModeTree.balanced(locations), dim=dim, widths=2, shared=True)
    leaves = [n for n in shared.nodes if n.children and shared.nodes[n.children[0]].kind == "input"]
    return ca.Circuit.from_nodes(
        replace(node, matrices=("own",)) if node is leaves[-1] else node for node in shared.nodes
    )
