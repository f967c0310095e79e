"""U9: equal children may be exchanged, so a matricization is a block for each partition."""

from dataclasses import replace
from itertools import count
from math import comb, prod

import pytest
from brute import cuts, expect, expect_between, networks, partitions
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import only_block

import circuitalg as ca
from circuitalg.errors import RuleError, TooLargeError
from circuitalg.kernel.rank.isotypic import choices
from circuitalg.kernel.rank.network import NO_SIDE, SIDE_I, SIDE_J, Network
from circuitalg.kernel.rank.upper import isotypic, tied_cut

pytestmark = pytest.mark.soundness


def block_of(tree):
    """The block below a root, of nested (dimension, side, [(label, tree), ...])."""
    rows = [(1, -1, NO_SIDE, -1)]

    def add(label, node, parent):
        rows.append((node[0], parent, node[1], label))
        above = len(rows) - 1
        for each in node[2]:
            add(*each, above)

    add(0, tree, 0)
    dims, parents, sides, names = zip(*rows, strict=True)
    numbers = {name: n for n, name in enumerate(dict.fromkeys(names[1:]))}
    labels = (-1, *[numbers[name] for name in names[1:]])
    return Network(dims, parents, sides, labels, (None,) * len(numbers))


def leaf(draw, side=None):
    """Of either side, or of this one."""
    return draw(st.integers(2, 3)), draw(st.integers(0, 1)) if side is None else side, []


@st.composite
def siblings(draw, most=400):
    """Blocks of variables with two or three equal children, which mostly have both sides below."""
    names = count(1)

    def node(depth):
        dim = draw(st.integers(2, 7))
        if depth and draw(st.integers(0, 3)):
            inner = node(depth - 1)
        else:
            ends = [leaf(draw, SIDE_I), leaf(draw, SIDE_J)]
            inner = draw(st.integers(2, 5)), NO_SIDE, [(next(names), end) for end in ends]
        below = [(next(names), inner)] * draw(st.sampled_from((2, 2, 2, 3)))
        for _ in range(draw(st.integers(0, 2))):
            same = [leaf(draw)] * draw(st.integers(1, 2))
            name = next(names)
            below += [(name, end) for end in same]
        return dim, NO_SIDE, draw(st.permutations(below))

    found = block_of(node(draw(st.integers(0, 2))))
    for side in (SIDE_I, SIDE_J):
        assume(prod(d for d, s in zip(found.dims, found.sides, strict=True) if s == side) <= most)
    return found


def places(block):
    """Inner variables with the bound there, where there is one."""
    for v in range(1, len(block)):
        if block.children[v]:
            try:
                yield v, isotypic(block, v)
            except RuleError:
                yield v, None


@given(siblings())
def test_no_weights_have_a_larger_rank(block):
    """Neither at a variable nor in the messages of the tied cut, through several levels."""
    rank = networks.generic_rank(block)
    expect_between(0, rank, tied_cut(block), f"rank of {block}")
    for v, bound in places(block):
        if bound is not None:
            expect_between(0, rank, bound, f"rank, bounded at {v} of {block}")


@given(siblings(most=100))
def test_it_is_the_sum_over_partitions(block):
    """Against tableaux counted one by one, and determinants of symmetric powers."""
    slow = cuts.Labellings(block)
    expect(tied_cut(block), slow.tied_cut(), f"cut of {block}")
    for v, bound in places(block):
        expect(bound, next(iter(slow.isotypic(v)), None), f"bound at {v} of {block}")


@given(st.integers(1, 6), st.integers(1, 8), st.integers(1, 6))
def test_the_blocks_make_up_the_power(m, n, parts):
    """Σ f^λ s_λ(n) = n^m; with fewer rows the partitions are those that a smaller space has."""
    found = [shape for (shape,) in choices([(m, parts)], 1000)]
    kept = {rows for rows in partitions.of(m) if len(rows) <= parts}
    expect({shape.rows for shape in found}, kept, "partitions")
    for shape in found:
        expect(shape.tableaux, partitions.tableaux(shape.rows), f"tableaux of {shape.rows}")
        if len(shape.rows) <= n:
            expect(shape.dimension(n), partitions.dimension(shape.rows, n), f"{shape.rows} of {n}")
    if m <= parts:
        whole = sum(s.tableaux * s.dimension(n) for s in found if len(s.rows) <= n)
        expect(whole, n**m, "all blocks")


def two_pairs(dims, **options):
    """Two pairs behind one matrix, and a fifth leaf."""
    tree = ca.ModeTree.from_nested([[0, 1], [2, 3], 4])
    return ca.tree_model(tree, dims, 4, **options)


def test_equal_subtrees_with_unequal_sides_are_not_exchanged():
    """Taken for the same they would give 4; the rank is 8."""
    circuit = two_pairs([2, 4, 2, 4, 4], shared=True)
    equal, unequal = only_block(circuit, [0, 2]), only_block(circuit, [0, 3])
    expect((isotypic(equal, 1), networks.generic_rank(equal)), (4, 4), "equal sides")
    with pytest.raises(RuleError, match="equal sides"):
        isotypic(unequal, 1)
    expect((tied_cut(unequal), networks.generic_rank(unequal)), (8, 8), "unequal sides")


@pytest.mark.parametrize("label", [1, 2])
def test_any_matrix_of_its_own_ends_the_symmetry(label):
    """Above the pair or inside it: the rank is the cut's 16 again, not 14."""
    block = only_block(two_pairs([2, 4, 2, 4, 4], shared=True), [1, 3])
    expect((isotypic(block, 1), networks.generic_rank(block)), (14, 14), "all tied")
    last = max(v for v, name in enumerate(block.labels) if name == label)
    labels = tuple(5 if v == last else name for v, name in enumerate(block.labels))
    free = replace(block, labels=labels, fixed=(None,) * 6)
    expect((tied_cut(free), networks.generic_rank(free)), (16, 16), "one of them free")
    with pytest.raises(RuleError, match="one matrix"):
        isotypic(free, 1)


SHARED = ca.ht_model(16, 2, [4, 8, 8, 8], shared=True)


@pytest.mark.parametrize(
    ("circuit", "rows", "rank"),
    [
        (two_pairs([2, 4, 2, 4, 4], shared=True), [1, 3], 14),
        (SHARED, [0, 7, *range(8, 16)], 29),
        (SHARED, [0, 7, *range(9, 16)], 58),
        (SHARED, [0, 7, 9, 10, 11, 13, 14, 15], 113),
    ],
)
def test_a_bound_one_smaller_is_caught(circuit, rows, rank):
    """Here it is the rank, in the messages or at a variable; the cut alone was 16, 32, 64, 128."""
    block = only_block(circuit, rows)
    best = min(bound for _, bound in places(block) if bound is not None)
    expect(min(best, tied_cut(block)), rank, "bound")
    with pytest.raises(pytest.fail.Exception):
        expect_between(0, networks.generic_rank(block), rank - 1)


def test_too_many_partitions_are_refused():
    """At the variable with a sentence; the messages go on without them."""
    pair = (3, NO_SIDE, [(2, (3, SIDE_I, [])), (3, (3, SIDE_J, []))])
    block = block_of((9, NO_SIDE, [(1, pair)] * 200))
    with pytest.raises(TooLargeError, match="1000 choices of partitions"):
        isotypic(block, 1)
    expect(tied_cut(block), 3**200, "cut")
    expect(choices([(3, 2), (2, 2)], 3), [], "two classes together")
    expect(comb(4, 2), len(choices([(3, 3), (2, 2)], 6)), "as many as allowed")
