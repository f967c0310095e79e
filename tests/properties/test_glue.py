"""L8 and L9: free leaves keep the rank, and glued parts multiply to it, whatever is tied."""

import pytest
from brute import expect, generic_rank, networks
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import TREES, only_block, questions

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.gluing import freed, part
from circuitalg.kernel.rank.network import NO_SIDE
from circuitalg.kernel.rank.terms import FreeLeaves, Glue, Minor
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.kernel.rank.values import block_lower

pytestmark = pytest.mark.soundness

NETWORKS = questions(kinds=TREES, max_width=5, max_dim=3) | questions(
    kinds="tree", min_locations=3, min_dim=2, max_width=6, ties=["height", "depth"]
)
PRIME = 2**23 - 15


def leaf_pairs():
    """Two pairs of leaves behind one matrix of more rows than columns: I is one pair, rank 3."""
    return only_block(ca.ht_model(4, 2, [4, 4], shared=True), [0, 1])


@given(NETWORKS)
def test_leaves_set_free_keep_the_rank(question):
    """One by one, and all of them at once."""
    for block in question.blocks:
        leaves = []
        for v in range(1, len(block)):
            rows, columns = block.shape(v)
            if block.sides[v] != NO_SIDE and block.fixed_part(v) is None and 2 <= rows <= columns:
                leaves.append(v)
        choices = [(v,) for v in leaves] + ([tuple(leaves)] if len(leaves) > 1 else [])
        for choice in choices:
            found = networks.generic_rank(freed(block, choice))
            expect(found, networks.generic_rank(block), f"leaves {choice} of {block}")


@given(NETWORKS, st.integers(0, 1), st.integers(0, 1))
def test_a_part_that_fills_its_variable_multiplies(question, below, side):
    """Where the condition holds for the ranks themselves, the product is the block's rank."""
    for block in question.blocks:
        for v in range(1, len(block)):
            if not block.children[v]:
                continue
            slices = tied_cut(part(block, v, below, side))
            full = networks.generic_rank(part(block, v, below, 1 - side))
            if full >= slices * block.dims[v]:
                rest = networks.generic_rank(part(block, v, 1 - below, side))
                expect(slices * rest, networks.generic_rank(block), f"glued at {v} of {block}")


@given(NETWORKS, st.data())
def test_accepted_terms_are_true(question, data):
    """Minors for both parts, of any size: what the kernel accepts is at most the rank."""
    for block in question.blocks:
        inner = [v for v in range(1, len(block)) if block.children[v] and block.dims[v] > 1]
        assume(inner)
        v = data.draw(st.sampled_from(inner))
        below, side = data.draw(st.tuples(st.integers(0, 1), st.integers(0, 1)))
        sizes = [
            networks.generic_rank(part(block, v, below, 1 - side)),
            networks.generic_rank(part(block, v, 1 - below, side)),
        ]
        sizes[data.draw(st.integers(0, 1))] += data.draw(st.integers(-1, 1))
        minors = [Minor(data.draw(st.integers(0, 9)), max(size, 1), PRIME) for size in sizes]
        try:
            value = block_lower(block, Glue(v, below, side, *minors))
        except RuleError:
            continue
        if value > networks.generic_rank(block):
            pytest.fail(f"{value} at {v} of {block}")


@pytest.mark.parametrize("v", [3, 4, 6, 7])
def test_a_leaf_behind_more_rows_than_columns_stays_tied(v):
    """Set free, the four leaves would give 4."""
    block = leaf_pairs()
    expect(networks.generic_rank(block), 3, "rank")
    with pytest.raises(RuleError, match="4 x 2"):
        freed(block, (v,))


def test_a_subtree_that_does_not_fill_its_variable_is_not_glued():
    """A pair sends 3 of 4; in place of it a leaf of dimension 4 would give 4."""
    block = leaf_pairs()
    expect(networks.generic_rank(part(block, 2, 0, 0)), 3, "rank with a leaf in place of the pair")
    expect(networks.generic_rank(part(block, 2, 1, 1)), 3, "what the pair sends")
    with pytest.raises(RuleError, match="must have rank 4, but its proof gives 3"):
        block_lower(block, Glue(2, 1, 0, Minor(0, 3, PRIME), Minor(0, 3, PRIME)))


def test_where_nothing_can_be_glued():
    """Leaves, the root, other sides; a list of free leaves in disorder; a fixed matrix."""
    block = leaf_pairs()
    for v in (-1, 0, 3, 8):
        with pytest.raises(RuleError, match="no inner one"):
            part(block, v, 1, 0)
    for below, side in ((2, 0), (-1, 0), (0, 2), (1, -1)):
        with pytest.raises(RuleError, match="0 or 1"):
            part(block, 2, below, side)
    square = only_block(ca.ht_model(4, 2, [2, 2], shared=True), [0, 1])
    for leaves in ((), (4, 3), (3, 3)):
        with pytest.raises(RuleError, match="increasing"):
            freed(square, leaves)
    for v in (0, 2, 8):
        with pytest.raises(RuleError, match="no leaf"):
            freed(square, (v,))
    expect(block_lower(square, FreeLeaves((3, 6), Minor(0, 2, PRIME))), 2, "value")
    direct = only_block(ca.rac_model(3, 2, 2), [0])
    identity = [v for v in range(1, len(direct)) if direct.fixed_part(v) is not None]
    for v in identity:
        with pytest.raises(RuleError, match="no leaf"):
            freed(direct, (v,))


@pytest.mark.parametrize(("dim", "widths", "rank"), [(3, [4, 5, 6, 6], 324), (4, [4] * 4, 1024)])
def test_what_no_split_reaches(dim, widths, rank):
    """Shared networks of 16 locations whose cut is the rank: parts up to 18 prove it."""
    circuit = ca.ht_model(16, dim, widths, shared=True)
    theorem = ca.prove_rank(circuit, [1, 2, 3, 4, 6, 8], max_minor=18)
    expect((theorem.statement.lower, theorem.statement.upper), (rank, rank), "bounds")
    expect("glued at variable" in theorem.explain(), True, "explanation")
    if not theorem.check():
        pytest.fail("the checker refuses")


def test_parts_of_small_minors_give_the_whole_rank():
    """Minors up to 16 glued, against the rank of the written out tensor."""
    circuit = ca.ht_model(8, 4, [4, 4, 4], shared=True)
    said = ca.prove_rank(circuit, [0, 5, 6, 7], max_minor=16).statement
    rank = generic_rank(circuit, [0, 5, 6, 7])
    expect((said.lower, said.upper), (rank, rank), "bounds")
    expect(rank, 64, "rank")
