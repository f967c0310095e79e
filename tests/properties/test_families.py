"""Families that a network is separated from: β bounds every member, and `needed` is the least."""

import random
from types import SimpleNamespace

import brute
import pytest
from brute import expect, expect_between
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import CircuitalgError, RuleError, TooLargeError
from circuitalg.kernel import rules
from circuitalg.kernel.rank.families import members_bound
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Bounds, IndexRecursion, RankGap, Trivial
from circuitalg.kernel.rank.values import upper_value
from circuitalg.prove.rank.separation import best_bipartition, least_parameter, paper_bound

pytestmark = pytest.mark.soundness


def recurrent(dims, width):
    """One layer whose matrices differ from time to time."""
    b = ca.CircuitBuilder(len(dims), dims)
    state = b.sum(b.constant(), width=width)
    for i in range(len(dims)):
        state = b.product(b.sum(state, width=width), b.sum(b.input(i), width=width))
    return b.build(b.sum(state, width=1))


MEMBERS = {
    "tree": lambda tree, dims, widths: ca.tree_model(tree, dims, widths[: len(tree.children)]),
    "train": lambda _, dims, widths: ca.tt_model(len(dims), dims, widths[: len(dims) - 1]),
    "recurrent": lambda _, dims, widths: recurrent(dims, max(widths)),
}
FAMILIES = {
    "tree": ca.tree_family,
    "train": lambda _: ca.tt_family(),
    "recurrent": lambda _: ca.rac_family(),
}


@st.composite
def drawn_members(draw):
    """A kind of family, a mode tree, dimensions, widths, a bipartition."""
    count = draw(st.integers(2, 6))
    tree = draw(strategies.mode_trees(count))
    dims = draw(st.lists(st.integers(1, 4), min_size=count, max_size=count))
    widths = draw(st.lists(st.integers(1, 5), min_size=count, max_size=count))
    parts = draw(strategies.bipartitions(count))
    return draw(st.sampled_from(sorted(FAMILIES))), tree, dims, widths, parts


@given(drawn_members())
def test_members_do_not_exceed_the_bound_of_their_parameter(drawn):
    """Widths of all kinds up to the parameter, at random weights; β does not decrease."""
    kind, tree, dims, widths, parts = drawn
    family, member = FAMILIES[kind](tree), MEMBERS[kind](tree, dims, widths)
    bounds = [members_bound(family, member, parts, r) for r in range(max(widths) + 3)]
    expect(bounds, sorted(bounds), "bounds that do not decrease")
    expect_between(0, brute.generic_rank(member, parts.I), bounds[max(widths)])


@given(drawn_members())
def test_the_bound_is_the_index_recursion_of_the_largest_member(drawn):
    """β(r) by its own recursion, and by that of the circuit whose widths are all r."""
    kind, tree, dims, widths, parts = drawn
    largest = MEMBERS[kind](tree, dims, [widths[0]] * len(dims))
    bound = members_bound(FAMILIES[kind](tree), largest, parts, widths[0])
    expect(bound, upper_value(Question(largest, parts), IndexRecursion()), "the bound")


@given(drawn_members(), st.integers(0, 300))
def test_the_least_parameter_is_found(drawn, rank):
    """It reaches the rank, and no smaller one does; all up to the rank are tried."""
    kind, tree, dims, _, parts = drawn
    family, shape = FAMILIES[kind](tree), ca.cp_model(len(dims), dims, 1)
    rank = min(rank, members_bound(family, shape, parts, 10**6))
    bounds = [members_bound(family, shape, parts, r) for r in range(rank + 1)]
    wanted = next(r for r, bound in enumerate(bounds) if bound >= rank)
    expect(least_parameter(family, shape, parts, rank), wanted, "the least parameter")


@pytest.mark.parametrize("seed", range(6))
def test_the_least_parameter_of_a_large_rank_is_found(seed):
    """Of ranks of some thousand digits, where no parameter is met by chance."""
    draw = random.Random(seed)
    count = 120
    tree = ca.ModeTree.random(count, seed)
    shape, parts = ca.cp_model(count, 10**6, 1), ca.Bipartition.random(count, seed)
    rank = draw.randrange(10 ** draw.choice([20, 60, 200]))
    for family in (make(tree) for make in FAMILIES.values()):
        needed = least_parameter(family, shape, parts, rank)
        assert members_bound(family, shape, parts, needed) >= rank
        assert members_bound(family, shape, parts, needed - 1) < rank


def ranked(deep, parts):
    """The theorem that a rank is at least 0 and at most what the index recursion says."""
    return rules.generic_rank(Question(deep, parts), Bounds(Trivial(), IndexRecursion()))


@given(drawn_members(), st.integers(1, 4))
def test_what_is_needed_is_true_and_its_neighbours_are_refused(drawn, width):
    """The largest member below has less rank than the network; one more or less is no theorem."""
    kind, tree, dims, _, parts = drawn
    family = FAMILIES[kind](tree)
    deep = ca.tree_model(ca.ModeTree.balanced(len(dims)), dims, width)
    theorem = ca.prove_separation(deep, family, bipartition=parts)
    needed, rank = int(theorem.statement.needed), theorem.premises[0].statement.lower
    expect_between(int(rank), brute.generic_rank(deep, parts.I), 10**9)
    if needed > 1:
        member = MEMBERS[kind](tree, dims, [needed - 1] * len(dims))
        expect_between(0, brute.generic_rank(member, parts.I), int(rank) - 1)
    for wrong in (needed - 1, needed + 1):
        if wrong >= 0:
            with pytest.raises(RuleError, match="is not the least"):
                rules.separation(family, wrong, RankGap(), theorem.premises)


def test_of_a_network_without_rank_nothing_is_needed():
    """From the bound 0, the number 0 and no other."""
    deep, parts = ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4)
    for family in (ca.tt_family(), ca.rac_family(), ca.cp_family()):
        premise = ranked(deep, parts)
        said = rules.separation(family, 0, RankGap(), (premise,)).statement
        expect(int(said.needed), 0, "the number needed")
        for wrong in (1, -1):
            with pytest.raises(RuleError):
                rules.separation(family, wrong, RankGap(), (premise,))


def test_a_parameter_is_no_bound_of_a_tree():
    """Two pairs under a product of width 2 have rank 4 across the pairs, not 2."""
    member, parts = ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4)
    tree = ca.tree_family(ca.ModeTree.balanced(4))
    expect(brute.generic_rank(member, parts.I), 4, "the rank of a member")
    expect(members_bound(tree, member, parts, 2), 4, "its bound")


@pytest.mark.parametrize(
    ("family", "words"),
    [
        (lambda: ca.tree_family(ca.ModeTree.balanced(5)), "5 locations, the network has 4"),
        (lambda: ca.tree_family([[0, 1], [2, 3]]), "a tree family needs a ModeTree, not a list"),
        (lambda: ca.tree_model, "ca.tree_family"),
    ],
)
def test_families_that_do_not_fit_are_refused(family, words):
    """A tree over other locations, lists, a model that needs a tree."""
    with pytest.raises(CircuitalgError, match=words):
        ca.prove_separation(ca.ht_model(4, 2, [2, 2]), family(), bipartition="odd-even")


def test_a_tree_too_deep_for_certificates_is_refused():
    """A caterpillar of 300 locations; recurrent networks are the same family."""
    deep = ca.tt_model(300, 2, 2)
    tree = ca.tree_family(ca.ModeTree.caterpillar(300))
    with pytest.raises(TooLargeError, match=r"299 inner nodes .* ca\.rac_family"):
        ca.prove_separation(deep, tree, bipartition="odd-even")
    assert ca.prove_separation(deep, ca.rac_family(), bipartition="low-high").statement.needed == 2


def test_too_many_locations_are_refused_with_a_number():
    """The bounds of a quarter of a million locations would take 10^11 digits."""
    network = SimpleNamespace(dims=(3,) * 2**18)
    parts = ca.Bipartition.odd_even(2**18)
    for family in (ca.tt_family(), ca.rac_family()):
        with pytest.raises(TooLargeError, match="137,438,953,472 binary digits"):
            members_bound(family, network, parts, 2)


@pytest.mark.parametrize(
    ("family", "needed"),
    [
        (ca.tt_family(), 9),
        (ca.rac_family(), 9),
        (ca.tree_family(ca.ModeTree.from_nested([[0, 4], [1, 5], [2, 6], [3, 7]])), 81),
    ],
)
def test_the_best_bipartition_needs_the_most(family, needed):
    """A network of width 3 against others: no bipartition that is tried needs more."""
    deep = ca.ht_model(8, 3, [3, 3, 3])
    best = best_bipartition(deep, family)
    theorem = ca.prove_separation(deep, family)
    assert theorem.statement.bipartition == best
    assert theorem.statement.needed == needed
    assert theorem.check().verified
    every = [
        ca.prove_separation(deep, family, bipartition=parts).statement.needed
        for parts in ca.Bipartition.all(8)
    ]
    assert needed == max(every)
    assert paper_bound(deep, family) is None
    with pytest.raises(RuleError, match="no paper has a bipartition"):
        ca.prove_separation(deep, family, bipartition="paper")


def test_models_stand_for_their_families():
    """As cp_model does."""
    deep = ca.ht_model(4, 2, [2, 2])
    for model, family in ((ca.tt_model, ca.tt_family()), (ca.rac_model, ca.rac_family())):
        assert ca.prove_separation(deep, model).statement.family == family
