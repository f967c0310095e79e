"""U10: at a variable of dimension 2 the rank is at most that of general pencils."""

from math import prod

import pytest
from brute import cuts, expect, expect_between, networks, quivers
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import TREES, only_block, questions, tree

import circuitalg as ca
from circuitalg.errors import RuleError, TooLargeError
from circuitalg.kernel.rank.pencil import pencil_bound
from circuitalg.kernel.rank.upper import Messages, pencil, pencil_parts

pytestmark = pytest.mark.soundness

PARTS = st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=1, max_size=4)
NETWORKS = questions(kinds=TREES, min_dim=2, max_width=4) | questions(
    kinds="tree", min_locations=4, min_dim=2, max_width=5, ties="untied"
)


@given(PARTS)
def test_it_is_the_rank_for_random_pencils(parts):
    """Of the sum of two products of random matrices: Kronecker's normal form loses nothing."""
    assume(prod(a for a, _ in parts) <= 400 >= prod(b for _, b in parts))
    expect(pencil_bound(parts), quivers.pencil_rank(*parts), f"pencils {parts}")


@given(PARTS)
def test_sides_may_be_exchanged(parts):
    """Transposed pencils have the same rank; it does not fall where a part grows."""
    bound = pencil_bound(parts)
    expect(pencil_bound([(b, a) for a, b in parts]), bound, "transposed")
    (a, b), *rest = parts
    expect_between(bound, pencil_bound([(a, b + 1), *rest]), 10**9, "one column more")


@given(NETWORKS)
def test_no_weights_have_a_larger_rank(question):
    """At every variable of dimension 2; the sizes are the smallest prices of all labellings."""
    for block in question.blocks:
        rank = networks.generic_rank(block)
        for v in range(1, len(block)):
            if block.children[v] and block.dims[v] == 2:
                sizes = cuts.Labellings(block).pencils(v)
                expect(pencil_parts(Messages(block), v), sizes, f"sizes at {v} of {block}")
                expect_between(0, rank, pencil(block, v), f"rank, bounded at {v} of {block}")


NINE = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
CASES = {
    "balanced ternary": (ca.ht_model(9, 3, [5, 2], window=3), [1, 2, 3, 5, 7], 44),
    "three pairs": (
        tree([[0, 1], [2, 3], [4, 5]], [2, 3, 2, 3, 5, 3], [2, 3, 3, 5]),
        [0, 2, 4],
        19,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bound_one_smaller_is_caught(name):
    """Here it is the rank, and all other bounds are larger."""
    circuit, rows, rank = CASES[name]
    block = only_block(circuit, rows)
    expect(pencil(block, 1), rank, "pencil star")
    with pytest.raises(pytest.fail.Exception):
        expect_between(0, networks.generic_rank(block), rank - 1)


def test_three_matrices_are_refused():
    """For dimension 3 the pencils' number would be too small: 6 of 9."""
    block = only_block(ca.cp_model(2, 3, 3), [0])
    with pytest.raises(RuleError, match="dimension 3"):
        pencil(block, 1)
    parts = pencil_parts(Messages(block), 1)
    expect(pencil_bound(parts), 2, "as if there were two")
    expect(networks.generic_rank(block), 3, "rank")


@pytest.mark.parametrize("variable", [0, 2, -1, 9])
def test_it_needs_an_inner_variable(variable):
    """The root, leaves and missing variables are refused."""
    with pytest.raises(RuleError, match="inner variable"):
        pencil(only_block(ca.cp_model(2, 3, 2), [0]), variable)


def test_large_pencils_are_refused():
    """By the number of choices, and by the size of one."""
    with pytest.raises(TooLargeError, match="8192 choices"):
        pencil_bound([(3, 5)] * 13)
    with pytest.raises(TooLargeError, match="block of size 1030301"):
        pencil_bound([(101, 102)] * 3)
    expect(pencil_bound([(3, 5)] * 12), pencil_bound([(5, 3)] * 12), "as many as allowed")
