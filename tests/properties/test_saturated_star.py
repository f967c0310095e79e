"""L10: where the slices of some parts at a variable are independent, ranks add over its values."""

import pytest
from brute import expect, networks
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import TREES, only_block, questions, star_of

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.gluing import slices
from circuitalg.kernel.rank.terms import Minor, SaturatedStar
from circuitalg.kernel.rank.upper import Messages
from circuitalg.kernel.rank.values import block_lower
from circuitalg.prove.rank.glue import stars

pytestmark = pytest.mark.soundness

NETWORKS = questions(kinds=TREES, max_width=5, max_dim=3) | questions(
    kinds="tree", min_locations=3, min_dim=2, max_width=4, ties=["height", "depth", "anywhere"]
)
PRIME = 2**23 - 15


def minor(network, more=0):
    """A minor of the generic rank of a network, or larger."""
    return Minor(0, max(networks.generic_rank(network) + more, 1), PRIME)


def star_term(block, v, filled, more=0):
    """Minors of the ranks that the parts have."""
    first, *others = slices(block, v, filled)
    return SaturatedStar(v, filled, minor(first, more), tuple(map(minor, others)))


@given(NETWORKS)
def test_where_the_slices_are_independent_ranks_add(question):
    """At each place that the bounds allow: where the condition holds, the value is the rank."""
    for block in question.blocks:
        messages = Messages(block)
        for needed, v, filled in stars(block, 1):
            try:
                first, *others = slices(block, v, filled)
            except RuleError:
                continue
            if networks.generic_rank(first) < needed:
                continue
            value = needed
            for other in others:
                value *= networks.generic_rank(other)
            expect(value, networks.generic_rank(block), f"star at {v}, {filled} of {block}")
            bounds = [min(messages.up(p) if p > v else messages.down(v)) for p in filled]
            expect(min(bounds) >= 1, True, "bounds of slices")


@given(NETWORKS, st.data())
def test_accepted_terms_are_true(question, data):
    """Any parts at any variable, minors of any size: what is accepted is at most the rank."""
    for block in question.blocks:
        inner = [v for v in range(1, len(block)) if block.children[v] and block.dims[v] > 1]
        assume(inner)
        v = data.draw(st.sampled_from(inner))
        neighbours = [block.parents[v], *block.children[v]]
        filled = data.draw(st.lists(st.sampled_from(neighbours), unique=True).map(sorted))
        try:
            term = star_term(block, v, tuple(filled), data.draw(st.integers(-1, 1)))
            value = block_lower(block, term)
        except RuleError:
            continue
        if value > networks.generic_rank(block):
            pytest.fail(f"{value} at {v} of {block}")


def test_slices_that_are_not_independent_do_not_add():
    """Three slices of rank 1 in a 2 x 2 matrix: careless addition gives 3 where the rank is 2."""
    block = only_block(star_of(3, 2, 3, ["a", "b", "c"]), [0, 2])
    first, *others = slices(block, 1, (0, 2, 3))
    expect([networks.generic_rank(each) for each in (first, *others)], [2, 1], "parts")
    expect(networks.generic_rank(block), 2, "rank")
    with pytest.raises(RuleError, match="needs parts of rank 3, but their proof gives 2"):
        block_lower(block, star_term(block, 1, (0, 2, 3)))
    wide = only_block(star_of(3, 3, 3, ["a", "b", "c"]), [0, 2])
    expect(block_lower(wide, star_term(wide, 1, (0, 2, 3))), 3, "three slices in 3 x 3")


def test_a_part_is_read_through_general_rows():
    """Its matrix may not be fixed, as a row of zeros shows, nor occur again inside the part."""
    zero = only_block(star_of(3, 3, 3, ["a", "b", [[1, 0, 0], [0, 1, 0], [0, 0, 0]]]), [0, 2])
    expect(networks.generic_rank(zero), 2, "rank where one slice is zero")
    with pytest.raises(RuleError, match="its rows are not general"):
        slices(zero, 1, (0, 2, 3))
    b = ca.CircuitBuilder(3, 3)
    again = b.sum(b.sum(b.input(2), width=3, parameter="w"), width=3, parameter="w")
    factors = [b.sum(b.input(i), width=3) for i in (0, 1)]
    block = only_block(b.build(b.sum(b.product(*factors, again), width=1)), [0, 2])
    with pytest.raises(RuleError, match="occurs again in its part"):
        slices(block, 1, (0, 2, 3))
    expect(len(slices(block, 1, (2, 4))), 3, "the same part among the filled ones")
    b = ca.CircuitBuilder(3, 3)
    factors = [b.sum(b.input(i), width=3, parameter=name) for i, name in enumerate("ab")]
    pair = b.sum(b.product(*factors), width=3, parameter="w")
    top = b.product(pair, b.sum(b.input(2), width=3, parameter="w"))
    block = only_block(b.build(b.sum(top, width=1)), [0, 2])
    with pytest.raises(RuleError, match="above variable 2 is fixed, or occurs again"):
        slices(block, 2, (3, 4))


@pytest.mark.parametrize("filled", [(), (2, 0), (0, 2, 3, 4), (2, 2), (5,), (1,)])
def test_the_filled_parts_are_some_neighbours(filled):
    """One or more, in increasing order, each once, and not all."""
    block = only_block(star_of(3, 3, 3, ["a", "b", "c"]), [0, 2])
    with pytest.raises(RuleError, match="are some of"):
        slices(block, 1, filled)


@pytest.mark.parametrize("v", [-1, 0, 2, 5])
def test_only_inner_variables_have_parts(v):
    """Not the root, not a leaf."""
    block = only_block(star_of(3, 3, 3, ["a", "b", "c"]), [0, 2])
    with pytest.raises(RuleError, match="no inner one"):
        slices(block, v, (0,))


def test_each_other_part_has_a_proof():
    """No more and no fewer."""
    block = only_block(star_of(3, 3, 3, ["a", "b", "c"]), [0, 2])
    term = star_term(block, 1, (0, 2, 3))
    for rests in ((), term.rests * 2):
        with pytest.raises(RuleError, match="leaves 1 parts, but the proof covers"):
            block_lower(block, SaturatedStar(1, (0, 2, 3), term.condition, rests))
