"""L11: the dimensions that reach a leaf alone on its side are at most the rank, and mostly it."""

import pytest
from brute import expect, expect_between, networks
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import TREES, only_block, questions, star_of

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import SIDE_I, SIDE_J
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.span import span
from circuitalg.kernel.rank.terms import Factor, Span, Split, TiedCut
from circuitalg.kernel.rank.values import lower_value, upper_value

pytestmark = pytest.mark.soundness

NETWORKS = questions(kinds=TREES, max_width=5, max_dim=3) | questions(
    kinds="tree", min_locations=3, min_dim=2, max_width=6, ties=["height", "depth"]
)
UNTIED = questions(kinds="tree", ties="untied", min_locations=2, max_locations=6, max_width=6)


def alone(question, location):
    """The same network with one location against all others."""
    parts = ca.Bipartition.of([location], question.circuit.num_locations)
    return Question(question.circuit, parts)


@given(NETWORKS, st.data())
def test_no_more_than_the_rank_is_counted(question, data):
    """Whatever is tied or fixed: each location alone, and each block as it falls."""
    count = question.circuit.num_locations
    assume(count > 1)
    one = alone(question, data.draw(st.integers(0, count - 1)))
    for block in (*one.blocks, *question.blocks):
        try:
            value = span(block)
        except RuleError:
            continue
        expect_between(1, value, networks.generic_rank(block), f"dimension count of {block}")


@given(UNTIED, st.data())
def test_without_ties_the_count_is_the_rank(question, data):
    """A leaf alone in a tree whose matrices are all free: count, rank and cut are equal."""
    one = alone(question, data.draw(st.integers(0, question.circuit.num_locations - 1)))
    for block in one.blocks:
        if {SIDE_I, SIDE_J} <= {*block.sides}:
            expect(span(block), networks.generic_rank(block), f"dimension count of {block}")


@pytest.mark.parametrize("dims", [(2, 2, 2), (3, 2, 4), (2, 5, 2)])
@pytest.mark.parametrize("ranks", [(2, 2), (3, 5), (4, 3)])
def test_general_cores_are_counted_at_each_leg(dims, ranks):
    """Each site of a tensor train alone: first, inner and last."""
    train = ca.tt_model(3, dims, ranks)
    for site in range(3):
        question = Question(train, ca.Bipartition.of([site], 3))
        term = Split(None, (Span(),) * len(question.blocks))
        rank = upper_value(question, Factor((TiedCut(),) * len(question.blocks)))
        expect(lower_value(question, term), rank, f"site {site}")
        expect(networks.generic_rank(question.network), rank, f"rank at site {site}")


def test_two_leaves_behind_one_matrix_are_not_counted():
    """They span the symmetric square, 3 of 4; with matrices of their own all 4."""
    pairs = star_of(3, [2, 2, 4], 4, ["a", "a", "b"])
    block = only_block(pairs, [0, 1])
    expect(networks.generic_rank(block), 3, "rank with one matrix")
    with pytest.raises(RuleError, match="spaces meet"):
        span(block)
    free = only_block(star_of(3, [2, 2, 4], 4, ["a", "c", "b"]), [0, 1])
    expect((span(free), networks.generic_rank(free)), (4, 4), "two matrices")


def test_a_product_behind_fixed_matrices_may_vanish():
    """Each of two spaces has dimension 1, on a channel of its own: their product is zero."""
    first, second = [[1, 0], [0, 0]], [[0, 0], [0, 1]]
    circuit = star_of(3, [2, 2, 3], 2, [first, second, "a"])
    block = only_block(circuit, [0, 1])
    expect(networks.generic_rank(block), 0, "rank")
    with pytest.raises(RuleError, match="spaces meet"):
        span(block)


SLOW, FAST = [[1, 0], [1, 0], [0, 1], [0, 1]], [[1, 0], [0, 1], [1, 0], [0, 1]]


def cored(slow, fast, core="core", last="last"):
    """Two leaves of a side, spread by two matrices under a core, and a third leaf."""
    b = ca.CircuitBuilder(3, [2, 2, 4])
    product = b.product(b.sum(b.input(0), matrix=slow), b.sum(b.input(1), matrix=fast))
    spread = b.sum(product, width=4, parameter=core)
    joined = b.product(spread, b.sum(b.input(2), width=4, parameter=last))
    return only_block(b.build(b.sum(joined, width=1)), [0, 1])


def test_fixed_matrices_that_are_no_expansion():
    """Rows that read one tuple twice lose some; other entries than 1 are not looked into."""
    expect(span(cored(SLOW, FAST)), 4, "an expansion")
    expect(networks.generic_rank(cored(SLOW, SLOW)), 2, "rank where tuples are read twice")
    doubled = [[2 * x for x in row] for row in FAST]
    for other in (SLOW, doubled):
        with pytest.raises(RuleError, match="spaces meet"):
            span(cored(SLOW, other))


def test_a_tied_core_is_not_general():
    """Towards the root one that occurs again may lose dimensions; towards a leg it is refused."""
    expect(span(cored(SLOW, FAST, "w", "w")), 4, "towards the root")
    b = ca.CircuitBuilder(3, 2)
    spread = b.product(b.sum(b.input(0), matrix=SLOW), b.sum(b.input(1), matrix=FAST))
    core = b.sum(spread, width=2, parameter="w")
    circuit = b.build(b.sum(b.product(core, b.sum(b.input(2), width=2)), width=1))
    expect(span(only_block(circuit, [0])), 2, "a core of its own")
    b = ca.CircuitBuilder(4, [2, 2, 4, 2])
    spread = b.product(b.sum(b.input(0), matrix=SLOW), b.sum(b.input(1), matrix=FAST))
    core, again = b.sum(spread, width=2, parameter="w"), b.sum(b.input(2), width=2, parameter="w")
    circuit = b.build(b.sum(b.product(core, again, b.sum(b.input(3), width=2)), width=1))
    with pytest.raises(RuleError, match="general core"):
        span(only_block(circuit, [0]))


def test_a_fixed_matrix_with_two_entries_in_a_row():
    """Its rank is not read off its columns: [[1, 1], [1, 1]] has two of them and rank 1."""
    block = only_block(star_of(2, 2, 2, [[[1, 1], [1, 1]], "a"]), [0])
    expect(networks.generic_rank(block), 1, "rank")
    with pytest.raises(RuleError, match="two entries in one row"):
        span(block)


def test_a_count_of_nothing_proves_nothing():
    """A tied matrix may lose more dimensions than there are: no value below 1."""
    b = ca.CircuitBuilder(2, [4, 2])
    chain = b.sum(b.sum(b.input(1), width=4), width=2, parameter="t")
    product = b.product(b.sum(b.input(0), width=2, parameter="t"), chain)
    block = only_block(b.build(b.sum(product, width=1)), [0])
    expect(networks.generic_rank(block), 2, "rank")
    with pytest.raises(RuleError, match="nothing is sure to pass"):
        span(block)


def test_no_leaf_alone():
    """Two leaves on each side."""
    with pytest.raises(RuleError, match="alone on its side"):
        span(only_block(ca.ht_model(4, 2, [2, 2]), [0, 1]))
