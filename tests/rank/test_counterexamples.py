"""Counterexamples to careless rules, III.1 and III.2: the rules here give the true rank, or refuse.

The numbers are those of the theory; the true ranks are found again by brute force.
"""

from fractions import Fraction

import brute
import pytest
from brute import expect, expect_between
from rank_helpers import PRIME, branches_of, plain_cut, proved, star_of, tree

import circuitalg as ca
from circuitalg.errors import OptionError, RuleError, StructureError
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.recursion import index_recursion
from circuitalg.kernel.rank.terms import Factor, IndexRecursion, Minor, Routing, Split, TiedCut
from circuitalg.kernel.rank.values import lower_value, upper_value

pytestmark = pytest.mark.soundness


# III.1: from circuits to networks of variables


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_an_input_that_feeds_a_product_itself_has_a_side(dim):
    """The product of x_0 itself and W x_1 has rank M; without its identity x_0 would cost 1."""
    circuit = star_of(2, dim, dim, [None, "w"])
    expect(brute.generic_rank(circuit, [0]), dim, "brute force")
    expect(proved(circuit, [0]), (dim, dim), "bounds")
    expect(plain_cut(circuit, ca.Bipartition.of([0], 2)), dim, "tied cut")


@pytest.mark.parametrize("output", range(4))
def test_a_product_as_output_carries_no_path(output):
    """A product A x_0 * B x_1 of width 4 has rank 1 in every channel; a routing of 4 is refused."""
    b = ca.CircuitBuilder(2, 4)
    sums = [b.sum(b.input(i), width=4, parameter=n) for i, n in enumerate("ab")]
    circuit = b.build(b.product(*sums))
    expect(brute.generic_rank(circuit, [0], output), 1, "brute force")
    expect(proved(circuit, [0], output), (1, 1), "bounds")
    parts = ca.Bipartition.of([0], 2)
    for paths in [((1, 2, 4),), ((1, 2, 2),), ((1, 1, 2),)]:
        for term in [Split(None, (Routing(paths),)), Split(None, (Routing(paths),) * 2)]:
            with pytest.raises(RuleError):
                lower_value(Question(circuit, parts, output), term)
    with pytest.raises(RuleError):
        lower_value(Question(circuit, parts, output), Minor(1, 2, PRIME))


def test_each_output_of_a_product_has_its_own_row():
    """A fixed matrix at the output counts by the row of the output that is meant."""
    b = ca.CircuitBuilder(2, 2)
    top = b.product(
        b.sum(b.input(0), matrix=((1, 0), (0, 0))), b.sum(b.input(1), width=2, parameter="w")
    )
    circuit = b.build(top)
    parts = ca.Bipartition.of([0], 2)
    expect(brute.generic_rank(circuit, [0], 0), 1, "brute force, output 0")
    expect(brute.generic_rank(circuit, [0], 1), 0, "brute force, output 1")
    expect(proved(circuit, [0], 0), (1, 1), "bounds of output 0")
    expect(proved(circuit, [0], 1), (0, 0), "bounds of output 1")
    with pytest.raises(OptionError):
        ca.prove_rank(circuit, parts, output=2)


@pytest.mark.parametrize(("times", "rank"), [(6, 8), (8, 10), (10, 12), (12, 14)])
def test_two_recurrent_layers_have_no_upper_rule(times, rank):
    """Cutting two hidden states would say 4; the grid rank grows, and upper rules refuse."""
    circuit = ca.rac_model(times, 2, 2, layers=2)
    parts = ca.Bipartition.low_high(times)
    expect(ca.prove_grid_rank(circuit, parts).statement.lower, rank, "grid rank")
    for upper in (IndexRecursion(), Factor((TiedCut(),))):
        with pytest.raises(StructureError):
            upper_value(Question(circuit, parts), upper)
    for lower in (Minor(1, 1, PRIME), Split(None, (Minor(1, 1, PRIME),))):
        with pytest.raises(StructureError):
            lower_value(Question(circuit, parts), lower)
    with pytest.raises(StructureError):
        ca.prove_rank(circuit, parts)
    with pytest.raises(StructureError):
        index_recursion(Question(circuit, parts))


def test_the_grid_rank_of_two_recurrent_layers_by_brute_force():
    """The whole 8 x 8 grid matrix at T = 6 has rank 8, twice what a cut of two states would say."""
    circuit = ca.rac_model(6, 2, 2, layers=2)
    expect(brute.grid_rank(circuit, [0, 1, 2], [[1, 0], [0, 1]]), 8, "brute force")


def test_one_recurrent_layer_is_a_tree():
    """The neighbour with one layer is a tree circuit, and its start-end rank is min(R, M^(T/2))."""
    for width, rank in [(2, 2), (3, 3), (5, 4)]:
        circuit = ca.rac_model(4, 2, width, layers=1)
        expect(proved(circuit, [0, 1]), (rank, rank), f"R = {width}")


def test_different_fixed_matrices_are_not_tied():
    """With one empty name for all fixed matrices the tied cut would give 3; the true rank is 4."""
    one = ((1, 0), (0, 1), (1, 1), (1, 2))
    two = ((1, 1), (1, -1), (2, 1), (0, 1))
    circuit = star_of(4, 2, 4, [one, two, "b", "c"])
    expect(brute.generic_rank(circuit, [0, 1]), 4, "brute force")
    expect(proved(circuit, [0, 1]), (4, 4), "bounds")


def test_equal_fixed_matrices_are_tied():
    """Two equal fixed matrices send symmetric tensors: 3, not 4."""
    one = ((1, 0), (0, 1), (1, 1), (1, 2))
    circuit = star_of(4, 2, 4, [one, one, "b", "c"])
    expect(proved(circuit, [0, 1]), (3, 3), "bounds")
    halves = tuple(tuple(Fraction(entry, 2) for entry in row) for row in one)
    circuit = star_of(4, 2, 4, [one, halves, "b", "c"])
    low, high = proved(circuit, [0, 1])
    expect(low, 3, "lower bound with a multiple of the matrix")
    expect_between(3, high, 4)


def test_a_name_that_looks_like_a_fixed_matrix_is_a_parameter():
    """Parameters are tied by name, fixed matrices by entries, never one to the other."""
    one = ((1, 0), (0, 1), (1, 1), (1, 2))
    circuit = star_of(4, 2, 4, [one, str(one), "b", "c"])
    expect(proved(circuit, [0, 1]), (4, 4), "bounds")


def test_a_chain_of_sums_has_a_variable_of_its_own():
    """x_0 -> 5 channels -> 1 channel -> product: the narrow link bounds the rank."""
    b = ca.CircuitBuilder(2, 5)
    left = b.sum(b.sum(b.sum(b.input(0), width=5), width=1), width=5)
    circuit = b.build(b.sum(b.product(left, b.sum(b.input(1), width=5)), width=1))
    expect(proved(circuit, [0]), (1, 1), "bounds")


def test_a_constant_is_no_location():
    """A constant behind the matrix of the inputs sends another tensor than they do."""
    for width in (1, 2, 3):
        b = ca.CircuitBuilder(4, 2)
        factors = [b.sum(b.input(i), width=4, parameter=n) for i, n in enumerate("aabb")]
        name = "a" if width == 2 else "k"
        factors.append(b.sum(b.constant(width), width=4, parameter=name))
        circuit = b.build(b.sum(b.product(*factors), width=1))
        expect(proved(circuit, [0, 1]), (3, 3), f"I = {{0, 1}}, width {width}")
        expect(proved(circuit, [0, 2]), (4, 4), f"I = {{0, 2}}, width {width}")
        expect(proved(circuit, [0]), (2, 2), f"I = {{0}}, width {width}")


def test_a_matrix_used_whole_and_summed_is_not_two_parameters():
    """A parameter above an input and a constant: rules that would treat it as two are refused."""
    b = ca.CircuitBuilder(2, 2)
    factors = [b.sum(b.input(0), width=2, parameter="a"), b.sum(b.input(1), width=2)]
    factors.append(b.sum(b.constant(2), width=2, parameter="a"))
    circuit = b.build(b.sum(b.product(*factors), width=1))
    parts = ca.Bipartition.of([0], 2)
    with pytest.raises(RuleError, match="two ways"):
        lower_value(Question(circuit, parts), Split(None, (Minor(1, 2, PRIME),)))
    expect(proved(circuit, [0]), (2, 2), "bounds by a minor of the circuit")


def test_a_row_at_the_output_is_not_the_whole_matrix():
    """A parameter of several outputs, used by one row at the top and whole below, is one matrix."""
    b = ca.CircuitBuilder(2, 2)
    factors = [b.sum(b.input(i), width=2, parameter=n) for i, n in enumerate("ab")]
    circuit = b.build(b.sum(b.product(*factors), width=2, parameter="a"))
    parts = ca.Bipartition.of([0], 2)
    for output in (0, 1):
        with pytest.raises(RuleError, match="two ways"):
            lower_value(Question(circuit, parts, output), Split(None, (Minor(1, 2, PRIME),)))
        expect(proved(circuit, [0], output), (2, 2), f"bounds of output {output}")


# III.2: upper bounds


def test_three_branches_of_rank_one_have_rank_three():
    """A literal cut of the width-1 branches says 1; the index recursion adds branches."""
    circuit = branches_of(2, 3, [1, 1, 1])
    expect(brute.generic_rank(circuit, [0]), 3, "brute force")
    expect(proved(circuit, [0]), (3, 3), "bounds")
    expect(index_recursion(Question(circuit, ca.Bipartition.of([0], 2))), 3, "index recursion")


def test_equality_of_whole_subtrees_decides():
    """Levels 1, 2 shared over an unshared level 0: a cap from the flags gives 10, true is 15."""
    circuit = ca.ht_model(8, 2, [6, 25, 25], shared=[False, True, True])
    expect(brute.generic_rank(circuit, [0, 1, 2, 3]), 15, "brute force")
    expect(proved(circuit, [0, 1, 2, 3]), (15, 15), "bounds")


def test_subspaces_through_two_matrices_do_not_meet():
    """Spaces of dimensions 3 and 2 in k^3: through one matrix 5, through two of them 6."""
    for names, rank in [("aa", 5), ("ab", 6)]:
        b = ca.CircuitBuilder(3, [3, 2, 6])
        parts = [b.input(0), b.sum(b.input(1), width=3)]
        read = [b.sum(part, width=6, parameter=a) for part, a in zip(parts, names, strict=True)]
        circuit = b.build(b.sum(b.product(*read, b.sum(b.input(2), width=6)), width=1))
        expect(brute.generic_rank(circuit, [2]), rank, "brute force")
        expect(proved(circuit, [2]), (rank, rank), "bounds")


def test_a_level_flag_alone_decides_nothing():
    """Widths 4, 4, 4 with level 0 free, I = {0, 1}: naive 3, the rank is 4."""
    circuit = ca.ht_model(8, 2, [4, 4, 4], shared=[False, True, True])
    expect(brute.generic_rank(circuit, [0, 1]), 4, "brute force")
    expect(proved(circuit, [0, 1]), (4, 4), "bounds")
    circuit = ca.ht_model(8, 2, [4, 4, 4], shared=True)
    expect(proved(circuit, [0, 1]), (3, 3), "bounds with all levels shared")


def test_windows_above_two_count_symmetric_powers():
    """With q = 4 equal children together span a symmetric power, 3 and not 4; 81 and not 256."""
    expect(proved(ca.ht_model(4, 2, [4], window=4, shared=True), [0, 1]), (3, 3), "N = 4")
    expect(proved(ca.ht_model(4, 2, [4], window=4, shared=False), [0, 1]), (4, 4), "untied")
    rows = list(range(0, 16, 2))
    expect(proved(ca.ht_model(16, 2, [4, 4], window=4, shared=True), rows), (81, 81), "N = 16")
    expect(proved(ca.ht_model(16, 2, [4, 4], window=4), rows), (256, 256), "N = 16, untied")


def test_the_tied_cut_knows_matrices_read_twice_with_other_subtrees_behind():
    """Names repeat over subtrees that differ: the matrix' symmetric power counts, never less."""
    for names, rank in [("aabb", 3), ("abab", 4), ("abcd", 4)]:
        circuit = star_of(4, 2, 4, names)
        expect(proved(circuit, [0, 1]), (rank, rank), f"names {names}, I = {{0, 1}}")
    expect(proved(star_of(4, 2, 4, "abab"), [0, 2]), (3, 3), "names abab, I = {0, 2}")


KNOWN = {
    "U3, two ternary parts": ([[0, 1, 2], [3, 4, 5]], 3, [2, 5, 5], [1, 2, 3], 15, 14),
    "U3, unequal widths in a level": (
        [[[0, 1], [2, 3]], [[4, 5], [6, 7]]],
        3,
        [2, 5, 5, 3, 5, 5, 3],
        [0, 1, 6, 7],
        15,
        14,
    ),
    "U6, balanced ternary": (
        [[0, 1, 2], [3, 4, 5], [6, 7, 8]],
        2,
        [2, 3, 3, 3],
        [3, 4, 7, 8],
        8,
        7,
    ),
    "U6, nested": ([[0, [1, 2, 3]], [4, 5, 6]], 3, [2, 2, 4, 4], [1, 3, 5, 6], 16, 14),
    "U6, three states": ([0, [1, 2, 3], [4, 5, 6]], 3, [3, 5, 5], [2, 3, 4, 6], 25, 24),
    "U6, the known case": (
        [[0, 1, 2], [3, [4, 5, 6, 7]]],
        2,
        [6, 3, 2, 3],
        [1, 2, 4, 5, 6],
        8,
        7,
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_cut_is_not_the_rank(name):
    """The examples of III.6: the plain cut is missed, and both sides meet at the rank below it."""
    nested, dim, widths, rows, cut, rank = KNOWN[name]
    circuit = tree(nested, dim, widths)
    parts = ca.Bipartition.of(rows, circuit.num_locations)
    expect(plain_cut(circuit, parts), cut, "tied cut")
    expect(brute.generic_rank(circuit, rows), rank, "brute force")
    expect(proved(circuit, rows), (rank, rank), "bounds")
    with pytest.raises(RuleError):
        lower_value(Question(circuit, parts), Minor(1, cut, PRIME))
