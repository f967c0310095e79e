"""Networks on which the upper bounds are known to be too large: the rank, and what the bounds say.

They are the counterexamples of docs/conjectures.md. A new upper rule that closes one of them
changes the number here; an upper bound below the rank would be a false theorem.
"""

from math import prod

import brute
import pytest

import circuitalg as ca


def tree(nested, dims, widths, **options):
    """A tree circuit from nested lists."""
    return ca.tree_model(ca.ModeTree.from_nested(nested), dims, widths, **options)


def one_matrix():
    """Spaces of dimensions 3 and 2 in k^3, both read through one 6 x 3 matrix."""
    b = ca.CircuitBuilder(3, [3, 2, 6])
    two = b.sum(b.sum(b.input(1), width=3), width=6, parameter="tied")
    parts = [b.sum(b.input(0), width=6, parameter="tied"), two, b.sum(b.input(2), width=6)]
    return b.build(b.sum(b.product(*parts), width=1))


def mixture():
    """x1 times a function of x0 and x2, plus x2 times a function of x0 and x1."""
    b = ca.CircuitBuilder(3, [4, 2, 2])
    tops = []
    for apart, other in [(1, 2), (2, 1)]:
        pair = b.product(b.sum(b.input(0), width=2), b.sum(b.input(other), width=2))
        tops.append(b.product(b.sum(b.input(apart), width=1), b.sum(pair, width=1)))
    return b.build(b.sum(*tops, width=1))


THREE_PAIRS = [[0, 1], [2, 3], [4, 5]]
HALVES = [*range(8, 16)]

MISSES = {
    "three pairs at a variable of dimension 3": (
        tree(THREE_PAIRS, [2, 5, 3, 4, 11, 4], [3, 5, 4, 11]),
        [0, 2, 4],
        (65, 66),
    ),
    "two variables of dimension 2": (
        tree([0, [1, 2], [[3, 4], [5, 6]]], [2, 3, 4, 3, 4, 2, 3], [2, 4, 2, 4, 3]),
        [0, 1, 3, 5],
        (32, 36),
    ),
    "a path of variables": (
        tree([[[[[0, 1], 2], 3], 4], 5, 6], [3, 2, 2, 3, 2, 3, 2], [3, 2, 3, 2, 3]),
        [0, 3, 5],
        (15, 16),
    ),
    "balanced binary, shared": (
        ca.ht_model(16, 2, [2, 3, 4, 4], shared=True),
        [3, 7, 9, 10, 11, 13, 14, 15],
        (52, 54),
    ),
    "a mixture of two trees": (mixture(), [0], (3, 4)),
}


@pytest.mark.parametrize("name", MISSES)
def test_a_bound_above_the_rank_is_known(name):
    """The rank by brute force is what minors prove; the upper bound is larger."""
    circuit, rows, bounds = MISSES[name]
    assert brute.generic_rank(circuit, rows) == bounds[0]
    said = ca.prove_rank(circuit, rows).statement
    assert (said.lower, said.upper) == bounds


CLOSED = {
    "three pairs at a variable of dimension 2, by pencils": (
        tree(THREE_PAIRS, [2, 3, 2, 3, 5, 3], [2, 3, 3, 5]),
        [0, 2, 4],
        (20, 19),
    ),
    "balanced ternary, by pencils": (
        ca.ht_model(9, 3, [5, 2], window=3),
        [1, 2, 3, 5, 7],
        (45, 44),
    ),
    "two equal pairs, by their exchange": (
        tree([[0, 1], [2, 3], 4], [2, 4, 2, 4, 4], 4, shared=True),
        [1, 3],
        (16, 14),
    ),
    "balanced binary, shared, by the exchange of equal quarters": (
        ca.ht_model(16, 2, [2, 3, 4, 4], shared=True),
        [3, 7, *HALVES],
        (16, 14),
    ),
    "different spaces through one matrix, by their product": (one_matrix(), [2], (6, 5)),
    "different spaces through a shared level, by their product": (
        ca.ht_model(8, 2, [6, 18], shared=[False, True]),
        [0, 1, 2, 3],
        (16, 15),
    ),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_rule_closes_what_the_cut_leaves_open(name):
    """The rank by brute force is what both bounds are; the widths of a cut would allow more."""
    circuit, rows, (cut, rank) = CLOSED[name]
    assert brute.generic_rank(circuit, rows) == rank < cut <= ca.cut_value(circuit, rows)
    said = ca.prove_rank(circuit, rows).statement
    assert said.lower == said.upper == rank


CUTS = {
    "two pairs": (tree([[0, 1], [2, 3]], [3, 5, 5, 3], [2, 5, 5]), [0, 2], (15, 14)),
    "halves of three": (
        tree([[[0, 1], 2], [[3, 4], 5]], 3, [2, 5, 5, 5, 5]),
        [0, 1, 5],
        (15, 14),
    ),
    "balanced binary of 11, one width per level": (  # as with 5 throughout: width 3 reads no more
        ca.tree_model(ca.ModeTree.balanced(11), [3] * 10 + [5], [2, 5, 5, 3, 3, 5, 3, 3, 5, 3]),
        [4, 5, 6, 10],
        (45, 42),
    ),
    "balanced binary, one width per level": (
        ca.ht_model(16, 2, [3, 5, 5, 2]),
        [0, 1, 2, 3, 4, 8, 9, 10],
        (60, 56),
    ),
}


@pytest.mark.parametrize("name", CUTS)
def test_the_cut_alone_is_above_the_rank(name):
    """The widths of a minimal cut, and the smaller rank, which a bridge proves."""
    circuit, rows, (cut, rank) = CUTS[name]
    nodes = circuit.graph.nodes
    assert prod(nodes[node]["width"] for node in ca.minimal_cut(circuit, rows)) == cut
    assert brute.generic_rank(circuit, rows) == rank
    said = ca.prove_rank(circuit, rows).statement
    assert said.lower == said.upper == rank


def test_fewer_channels_than_the_smallest_miss_close():
    """The neighbour of the three pairs with one dimension less has the rank of its cut."""
    for dims, widths in [([2, 3, 2, 3, 4, 3], [2, 3, 3, 4]), ([2, 3, 2, 2, 5, 3], [2, 3, 3, 5])]:
        circuit = tree(THREE_PAIRS, dims, widths)
        said = ca.prove_rank(circuit, [0, 2, 4]).statement
        assert said.lower == said.upper == brute.generic_rank(circuit, [0, 2, 4])


def test_simplex_weights_may_cancel_below_a_fixed_matrix():
    """One channel, spread by weights of sum one, then multiplied by the fixed row (1, -1), is 0."""
    b = ca.CircuitBuilder(2, 1)
    part = b.sum(b.sum(b.input(0), width=2), matrix=[[1, -1]])
    circuit = b.build(b.sum(b.product(part, b.sum(b.input(1), width=1)), width=1))
    assert ca.prove_rank(circuit, [0]).statement.lower == 1
    assert ca.prove_rank(circuit, [0], space="simplex").statement.lower == 0
