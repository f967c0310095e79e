"""Upper bounds for all weights: index recursion, tied cut, bridge and star."""

from math import comb

import brute
import pytest
from brute import expect, expect_between
from rank_helpers import branches_of, only_block

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import (
    NO_SIDE,
    SIDE_I,
    SIDE_J,
    Network,
)
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import index_recursion
from circuitalg.kernel.rank.terms import Factor, TiedCut
from circuitalg.kernel.rank.upper import Messages, bridge, star, tied_cut
from circuitalg.kernel.rank.values import upper_value

pytestmark = pytest.mark.soundness


def pair(width, left, right, *, tied=False, sides=(SIDE_I, SIDE_J)):
    """Root - variable - two leaves: Σ_α o_α A[α, i] B[α, j]."""
    labels = (-1, 0, 1, 1 if tied else 2)
    return Network(
        (1, width, left, right), (-1, 0, 1, 1), (-1, -1, *sides), labels, (None,) * (3 - tied)
    )


def window(width, dim, rows, labels):
    """Root - variable of ``width`` - leaves of ``dim``, those in ``rows`` on side I."""
    count = len(labels)
    sides = [SIDE_I if i in rows else SIDE_J for i in range(count)]
    numbers = {name: n for n, name in enumerate(dict.fromkeys(labels), start=1)}
    return Network(
        (1, width, *[dim] * count),
        (-1, 0, *[1] * count),
        (NO_SIDE, NO_SIDE, *sides),
        (-1, 0, *[numbers[name] for name in labels]),
        (None,) * (1 + len(numbers)),
    )


# Index recursion


@pytest.mark.parametrize(("left", "right", "width"), [(2, 3, 4), (3, 3, 2), (5, 1, 3), (4, 6, 5)])
def test_index_recursion_of_a_product(left, right, width):
    """Σ_α o_α a_α b_α has rank at most min(width, M_0, M_1), and reaches it."""
    circuit = ca.cp_model(2, [left, right], width)
    value = index_recursion(Question(circuit, ca.Bipartition.of([0], 2)))
    expect(value, min(left, right, width), "bound")
    expect(brute.generic_rank(circuit, [0]), value, "brute force")


def test_index_recursion_adds_branches():
    """A sum of k products of rank r has rank at most k r (U4)."""
    circuit = branches_of(2, 7, [1, 2, 3])
    parts = ca.Bipartition.of([0], 2)
    expect(index_recursion(Question(circuit, parts)), 6, "bound")
    expect(brute.generic_rank(circuit, [0]), 6, "brute force")


def test_index_recursion_of_a_sum_crosses_at_the_smaller_width():
    """The index of a wide child crosses a narrow matrix for the narrow width."""
    b = ca.CircuitBuilder(2, 6)
    narrow = b.sum(b.sum(b.input(0), width=2), width=6)
    circuit = b.build(b.sum(b.product(narrow, b.sum(b.input(1), width=6)), width=1))
    expect(index_recursion(Question(circuit, ca.Bipartition.of([0], 2))), 2, "bound")


def test_index_recursion_of_reused_nodes():
    """A node with two parents is no obstacle: both branches count."""
    b = ca.CircuitBuilder(3, 2)
    h = b.product(*[b.sum(b.input(i), width=2) for i in (0, 1)])
    tops = [b.product(b.sum(h, width=2), b.sum(b.input(2), width=2)) for _ in range(2)]
    circuit = b.build(b.sum(*tops, width=1))
    for rows in ([0], [0, 1], [0, 2]):
        value = index_recursion(Question(circuit, ca.Bipartition.of(rows, 3)))
        expect_between(brute.generic_rank(circuit, rows), value, 4, f"bound for {rows}")


def test_index_recursion_fixes_the_output_channel():
    """The output's own index is fixed: a product of width 4 as output has rank 1."""
    b = ca.CircuitBuilder(2, 4)
    circuit = b.build(b.product(*[b.sum(b.input(i), width=4) for i in range(2)]))
    expect(index_recursion(Question(circuit, ca.Bipartition.of([0], 2), 3)), 1, "bound")
    with pytest.raises(RuleError):
        index_recursion(Question(circuit, ca.Bipartition.of([0], 2), 4))


def test_index_recursion_is_bounded_by_the_shape():
    """U5 on a mixture of many branches."""
    circuit = branches_of(2, [2, 3], [1] * 9)
    expect(index_recursion(Question(circuit, ca.Bipartition.of([0], 2))), 2, "bound")


# Tied cut


@pytest.mark.parametrize(("width", "left", "right"), [(4, 3, 3), (2, 3, 3), (4, 2, 5), (1, 3, 3)])
def test_the_cut_of_a_pair(width, left, right):
    """The cheapest of the three variables."""
    expect(tied_cut(pair(width, left, right)), min(width, left, right), "cut")
    expect(tied_cut(pair(width, left, right, sides=(SIDE_I, SIDE_I))), 1, "one side only")


@pytest.mark.parametrize("members", [1, 2, 3, 4])
@pytest.mark.parametrize("dim", [2, 3])
def test_equal_children_on_one_side_cost_a_symmetric_power(members, dim):
    """Behind one matrix m leaves cost C(M+m-1, m), behind m matrices M^m."""
    rows = set(range(members))
    wide, many = 10**6, 10**4
    tied = window(wide, dim, rows, "a" * members + "z")
    loose = window(wide, dim, rows, [*map(str, range(members)), "z"])
    for net, value in ((tied, comb(dim + members - 1, members)), (loose, dim**members)):
        big = Network((*net.dims[:-1], many), net.parents, net.sides, net.labels, net.fixed)
        expect(tied_cut(big), min(value, many), "cut")


def test_equal_children_on_both_sides_are_counted_by_side():
    """Four leaves behind one matrix, two on each side: C(M+1, 2), not C(M+3, 4)."""
    expect(tied_cut(window(1000, 2, {0, 1}, "aaaa")), 3, "two and two")
    expect(tied_cut(window(1000, 2, {0}, "aaaa")), 2, "one and three")
    expect(tied_cut(window(1000, 3, {0, 2}, "abab")), 6, "pairs with one name on a side")
    expect(tied_cut(window(1000, 3, {0, 1}, "abab")), 9, "pairs with both names on a side")


def test_equal_matrices_over_unequal_subtrees_count_by_the_matrix():
    """One name over a leaf and over a deeper part: the matrix' symmetric power, not the class."""
    b = ca.CircuitBuilder(4, 3)
    inner = b.product(*[b.sum(b.input(i), width=3) for i in (1, 2)])
    factors = [b.sum(node, width=9, parameter="a") for node in (b.input(0), inner)]
    factors.append(b.sum(b.input(3), width=9, parameter="z"))
    circuit = b.build(b.sum(b.product(*factors), width=1))
    for rows in ([0, 1, 2], [0, 1], [1, 3], [0]):
        value = tied_cut(only_block(circuit, rows))
        expect_between(brute.generic_rank(circuit, rows), value, 9, f"cut of {rows}")


@pytest.mark.parametrize(("inner", "rank"), [("bb", 3), ("bc", 4)])
def test_subtrees_of_equal_shape_are_equal_only_with_equal_matrices(inner, rank):
    """Behind one matrix, two leaves of dimension 2 span C(3, 2) if their own matrix is one, else
    2 · 2: matrices that are used once look alike to the messages, but they are not equal.
    """
    b = ca.CircuitBuilder(3, [2, 2, 5])
    own = [b.sum(b.input(i), width=4, parameter=name) for i, name in enumerate(inner)]
    factors = [b.sum(state, width=9, parameter="a") for state in own]
    circuit = b.build(b.sum(b.product(*factors, b.sum(b.input(2), width=9)), width=1))
    expect(brute.generic_rank(circuit, [0, 1]), rank, "brute force")
    expect(tied_cut(only_block(circuit, [0, 1])), rank, "cut")


def test_messages_look_both_ways():
    """Up and down bounds of the same matrix, the index counted on either side."""
    messages = Messages(pair(4, 3, 2))
    expect(messages.up(2), (1, 3), "a leaf of I below")
    expect(messages.up(3), (2, 1), "a leaf of J below")
    expect(messages.down(2), (2, 1), "what the leaf of I sees")
    expect(messages.down(3), (1, 2), "what the leaf of J sees")
    expect(messages.up(1), (2, 2), "the whole")


# Bridge and star


def test_a_bridge_must_cross():
    """The root, a missing variable, and a matrix with a side of 1 are refused."""
    net = pair(4, 3, 3)
    for variable in (0, -1, 4):
        with pytest.raises(RuleError):
            bridge(net, variable)
    with pytest.raises(RuleError, match="crosses"):
        bridge(net, 1)
    expect(bridge(net, 2), 3, "the matrix above a leaf")


def test_a_star_needs_an_inner_variable():
    """The root, leaves, variables of dimension 1 and other sides are refused."""
    net = pair(4, 3, 3)
    for variable in (0, 2, 3, -1, 4):
        with pytest.raises(RuleError):
            star(net, variable, SIDE_I)
    for side in (-1, 2):
        with pytest.raises(RuleError):
            star(net, 1, side)
    with pytest.raises(RuleError):
        star(pair(1, 3, 3), 1, SIDE_I)
    expect_between(3, star(net, 1, SIDE_I), 4, "star")


def test_the_number_of_block_rules_must_fit():
    """One rule for each distinct block, neither more nor fewer."""
    circuit = ca.ht_model(4, 2, [3, 1])
    parts = ca.Bipartition.of([0, 2], 4)
    for count in (0, 1, 3):
        with pytest.raises(RuleError, match="distinct blocks"):
            upper_value(Question(circuit, parts), Factor((TiedCut(),) * count))
