"""Counterexamples to careless rules, III.3 to III.5: the rules here give the true rank, or refuse.

The numbers are those of the theory; the true ranks are found again by brute force.
"""

from fractions import Fraction
from math import comb

import brute
import numpy as np
import pytest
from brute import expect, expect_between
from rank_helpers import PRIME, proved, star_of

import circuitalg as ca
from circuitalg.edge import exact_weights
from circuitalg.errors import ModulusError, RuleError, StructureError
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.simplex import Gains
from circuitalg.kernel.rank.families import CPFamily, TruncatedFamily
from circuitalg.kernel.rank.network import distinct_blocks
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import BoundsAt, IndexRecursion, Minor, RankGap, Routing, Split
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.kernel.rank.values import lower_value, upper_value

pytestmark = pytest.mark.soundness


# III.3: lower bounds


def ht4(shared):
    """N = 4, q = 2, M = 2, r = (4, 4), and the plain flow of base 2 across I = {0, 1}."""
    circuit = ca.ht_model(4, 2, [4, 4], shared=shared)
    parts = ca.Bipartition.of([0, 1], 4)
    found = Question(circuit, parts).named
    leaf = {location: v for v, location in enumerate(found.locations) if location >= 0}
    return circuit, parts, leaf


@pytest.mark.parametrize("pairs", [((0, 2), (1, 3)), ((0, 3), (1, 2))])
def test_a_flow_through_tied_matrices_is_refused(pairs):
    """Plain base-2 flow "proves" 4 for the shared network, whose rank is 3; untied it is right."""
    for shared in (True, [True, False], False):
        circuit, parts, leaf = ht4(shared)
        term = Split(None, (Routing(tuple((leaf[i], leaf[j], 2) for i, j in pairs)),))
        if shared is False:
            expect(lower_value(Question(circuit, parts), term), 4, "untied flow")
        else:
            with pytest.raises(RuleError, match="tied"):
                lower_value(Question(circuit, parts), term)
    expect(proved(ht4(True)[0], [0, 1]), (3, 3), "bounds of the shared network")


def test_a_flow_through_a_fixed_matrix_must_find_it():
    """A fixed matrix is no variable: only the paths that need exactly it are accepted."""
    eye, swap, zero = ((1, 0), (0, 1)), ((0, 1), (1, 0)), ((0, 0), (0, 0))
    parts = ca.Bipartition.of([0], 2)
    term = Split(None, (Routing(((2, 3, 2),)),))
    expect(lower_value(Question(star_of(2, 2, 2, [eye, "w"]), parts), term), 2, "identity")
    for matrix in (swap, zero, ((2, 0), (0, 1)), ((1, 0), (0, Fraction(1, 2)))):
        circuit = star_of(2, 2, 2, [matrix, "w"])
        with pytest.raises(RuleError, match="fixed"):
            lower_value(Question(circuit, parts), term)
    expect(proved(star_of(2, 2, 2, [swap, "w"]), [0]), (2, 2), "swap by a minor")
    expect(proved(star_of(2, 2, 2, [zero, "w"]), [0]), (0, 0), "zeros cut the output off")


def test_specialising_keeps_one_shape_for_a_name():
    """Zeroing a channel of one use alone would untie the network; it is refused."""
    circuit, parts, leaf = ht4([True, False])
    variables = len(Question(circuit, parts).network)
    dims = list(Question(circuit, parts).network.dims)
    dims[leaf[0]] = 1
    with pytest.raises(RuleError, match="shape"):
        lower_value(Question(circuit, parts), Split(tuple(dims), (Minor(1, 1, PRIME),)))
    for location in range(4):
        dims[leaf[location]] = 1
    term = Split(tuple(dims), (Minor(1, 1, PRIME),))
    expect(lower_value(Question(circuit, parts), term), 1, "all uses together")
    expect(variables, 8, "variables")


def test_blocks_that_differ_in_a_side_are_not_equal():
    """At a variable of dimension 1 the blocks multiply: with its sides, not only its shape."""
    circuit = ca.ht_model(4, 3, [3, 1], shared=True)
    expect(proved(circuit, [0, 2]), (9, 9), "I = {0, 2}: both pairs are cut")
    expect(proved(circuit, [0, 1]), (1, 1), "I = {0, 1}: neither is")
    expect(proved(circuit, [0]), (3, 3), "I = {0}: one is")
    parts = ca.Bipartition.of([0], 4)
    network = Question(circuit, parts).network
    counts = distinct_blocks(network)
    expect(sorted(counts.values()), [1] * len(counts), "multiplicities with one cut pair")


def test_ranks_at_different_points_do_not_multiply():
    """At given weights only a minor of the whole circuit counts, with no split into blocks."""
    circuit = ca.ht_model(4, 2, [2, 1], shared=True)
    parts = ca.Bipartition.of([0, 2], 4)
    weights = {"a0": [[1, 0], [0, 1]], "a1": [[1, 0]], "out": [[1]]}
    weights = {name: np.array(rows) for name, rows in weights.items()}
    expect(brute.rank_at(circuit, weights, [0, 2]), 1, "brute force")
    said = ca.prove_rank_at(circuit, weights, parts).statement
    expect((said.lower, said.upper), (1, 1), "rank at these weights")
    expect(proved(circuit, [0, 2]), (4, 4), "generic rank")
    with pytest.raises(RuleError):
        rules.rank_at(circuit, weights, parts, BoundsAt(Minor(1, 2, PRIME), IndexRecursion()))


@pytest.mark.parametrize("prime", [1, 2, 4, 9, 8388593 - 2, 2**24 + 43, 2**31 - 1, -7])
def test_a_modulus_must_be_a_prime_in_range(prime):
    """Composite moduli have zero divisors, large ones overflow: none makes a minor."""
    circuit = ca.ht_model(4, 2, [2, 2])
    parts = ca.Bipartition.odd_even(4)
    with pytest.raises(RuleError, match="prime"):
        lower_value(Question(circuit, parts), Minor(1, 2, prime))


def test_denominators_must_be_units():
    """Weights with a denominator that the modulus divides are refused, not reduced."""
    circuit = ca.cp_model(2, 2, 2)
    parts = ca.Bipartition.of([0], 2)
    matrix = np.array([[Fraction(1, 7), 1], [0, 1]], dtype=object)
    weights = exact_weights(circuit, {"a0.0": matrix, "a0.1": matrix, "out": [[1, 1]]})
    with pytest.raises(ModulusError, match="denominator"):
        rules.rank_at(circuit, weights, parts, BoundsAt(Minor(1, 1, 7), IndexRecursion()))
    said = rules.rank_at(
        circuit, weights, parts, BoundsAt(Minor(1, 2, 11), IndexRecursion())
    ).statement
    expect((said.lower, said.upper), (2, 2), "rank modulo another prime")


# III.4: parameter spaces


def test_a_polynomial_may_vanish_on_every_simplex():
    """Real weights reach rank 2; rows that sum to one cannot, and the lower bound knows it."""
    b = ca.CircuitBuilder(2, 2)
    weighing = b.sum(b.sum(b.constant(1), width=2, parameter="k"), matrix=((1, 0), (1, -1)))
    factors = [b.sum(b.input(i), width=2, parameter=n) for i, n in enumerate("ab")]
    circuit = b.build(b.sum(b.product(weighing, *factors), width=1, parameter="out"))
    parts = ca.Bipartition.of([0], 2)
    expect(proved(circuit, [0]), (2, 2), "real weights")
    said = ca.prove_rank(circuit, parts, space="nonnegative").statement
    expect((said.lower, said.space), (2, "nonnegative"), "the orthant is dense enough")
    expect(ca.prove_rank(circuit, parts, space="simplex").statement.lower, 1, "simplex weights")
    with pytest.raises(RuleError):
        lower_value(Question(circuit, parts, space="simplex"), Minor(1, 2, PRIME))
    with pytest.raises(RuleError, match="simplex"):
        rules.simplex_form(circuit, Gains())


@pytest.mark.parametrize("shared", [False, True, [False, True], [True, False]])
def test_simplex_weights_need_whole_subtrees_tied(shared):
    """A level shared above one that is not cannot be renormalised; a minor needs no such thing."""
    circuit = ca.ht_model(4, 2, [2, 2], shared=shared)
    parts = ca.Bipartition.odd_even(4)
    bounds = ca.prove_rank(circuit, parts).proof
    expect(isinstance(bounds.lower, Split), True, "split for real weights")
    question = Question(circuit, parts, space="simplex")
    with pytest.raises(RuleError, match="simplex form"):
        rules.generic_rank(question, bounds)
    if shared == [False, True]:
        with pytest.raises(RuleError, match="simplex"):
            rules.simplex_form(circuit, Gains())
    else:
        form = rules.simplex_form(circuit, Gains())
        said = rules.generic_rank(question, bounds, (form,)).statement
        expect(said.lower, 4, "split for simplex weights")
    other = rules.simplex_form(ca.ht_model(4, 2, [2, 2], shared=True, outputs=2), Gains())
    with pytest.raises(RuleError, match="same circuit"):
        rules.generic_rank(question, bounds, (other,))
    with pytest.raises(RuleError, match="premises"):
        rules.generic_rank(Question(circuit, parts), bounds, (other,))
    said = ca.prove_rank(circuit, parts, space="simplex").statement
    expect((said.lower, said.upper), (4, 4), "bounds")


# III.5: separations


def odd_even_value(window, locations, dim, widths, shared):
    """l^n for even windows (theory III.5)."""
    count = locations // window

    def d(k):
        return comb(dim + k - 1, k) if shared else dim**k

    return min(widths[0], d(window // 2)) ** count


@pytest.mark.parametrize(
    ("window", "locations", "dim", "widths", "shared"),
    [
        (2, 8, 2, [3, 2, 5], False),
        (2, 8, 3, [2, 1, 1], False),
        (2, 8, 2, [5, 5, 5], True),
        (2, 8, 3, [2, 4, 1], True),
        (2, 8, 2, [2, 3], [False, True]),
        (4, 16, 2, [3, 2], False),
        (4, 16, 2, [5, 2], True),
        (4, 16, 2, [4, 1], [True, False]),
        (4, 16, 2, [5, 3], [False, True]),
    ],
)
def test_odd_even_for_even_windows(window, locations, dim, widths, shared):
    """The generic rank is l^n whatever the other widths; only level 0's sharing matters."""
    circuit = ca.ht_model(locations, dim, widths, window=window, shared=shared)
    level_0 = shared if isinstance(shared, bool) else shared[0]
    value = odd_even_value(window, locations, dim, widths, level_0)
    rows = list(range(0, locations, 2))
    expect(brute.generic_rank(circuit, rows), value, "brute force")
    expect(proved(circuit, rows), (value, value), "bounds")
    paper = min(widths[0], dim) ** (locations // window)
    expect_between(paper, value, value, "the paper's bound")


@pytest.mark.parametrize(
    ("widths", "shared", "rank"),
    [
        ([3, 2], False, 12),
        ([2, 5], False, 8),
        ([4, 1], False, 8),
        ([3, 1], True, 8),
        ([2, 2], True, 8),
    ],
)
def test_odd_even_for_windows_of_three(widths, shared, rank):
    """Odd windows lie between l^n and more: (3, 2) has 12 and not 8."""
    circuit = ca.ht_model(9, 2, widths, window=3, shared=shared)
    rows = list(range(0, 9, 2))
    expect(brute.generic_rank(circuit, rows), rank, "brute force")
    expect(proved(circuit, rows), (rank, rank), "bounds")


def test_a_truncated_family_is_not_bounded_by_odd_even():
    """Last width 1 has rank above 1 across odd/even; unions of the family's blocks bound it."""
    member = ca.ht_model(8, 2, [2, 1])
    rows = [0, 2, 4, 6]
    expect_between(2, brute.generic_rank(member, rows), 16)
    expect(brute.generic_rank(member, [0, 1, 4, 5]), 1, "rank across alternating blocks")
    deep = ca.ht_model(8, 2, [4, 4, 4])
    premise = ca.prove_rank(deep, ca.Bipartition.odd_even(8))
    with pytest.raises(RuleError, match="keeps together"):
        rules.separation(TruncatedFamily(2), premise.statement.lower, RankGap(), (premise,))
    with pytest.raises(RuleError, match="keeps together"):
        ca.prove_separation(deep, TruncatedFamily(2), bipartition=ca.Bipartition.odd_even(8))
    expect(
        rules.separation(
            CPFamily(), premise.statement.lower, RankGap(), (premise,)
        ).statement.needed,
        16,
        "against CP models",
    )
    premise = ca.prove_rank(deep, ca.Bipartition.blocks(8, 2))
    expect(
        rules.separation(TruncatedFamily(2), 16, RankGap(), (premise,)).statement.needed,
        16,
        "unshared",
    )
    shared = ca.prove_rank(ca.ht_model(8, 2, [4, 4, 4], shared=True), ca.Bipartition.blocks(8, 2))
    expect(
        rules.separation(TruncatedFamily(2), 9, RankGap(), (shared,)).statement.needed, 9, "shared"
    )


@pytest.mark.parametrize("last", [1, 2, 3])
@pytest.mark.parametrize("levels", [1, 2])
def test_members_of_a_family_keep_its_bound(levels, last):
    """Whatever the other widths, the last width bounds a member's rank across the right sides."""
    widths = [5] * (levels - 1) + [last]
    member = ca.ht_model(8, 2, widths)
    family = TruncatedFamily(levels)
    parts = ca.Bipartition.blocks(8, family.block)
    family.check(member, parts)
    expect_between(0, brute.generic_rank(member, parts.I), last)


@pytest.mark.parametrize(("levels", "window"), [(4, 2), (1, 3), (3, 4)])
def test_a_family_needs_its_sizes(levels, window):
    """Eight locations are no power of 3 or 4, and 2^3 has three levels at most."""
    premise = ca.prove_rank(ca.ht_model(8, 2, [2, 2, 2]), ca.Bipartition.blocks(8, 4))
    with pytest.raises(RuleError):
        rules.separation(TruncatedFamily(levels, window), 4, RankGap(), (premise,))


def test_a_separation_follows_from_a_generic_rank():
    """Other statements make no separation; its space is the premise's, its dimensions any."""
    unequal = ca.prove_rank(ca.cp_model(2, [2, 3], 2), ca.Bipartition.of([0], 2))
    expect(rules.separation(CPFamily(), 2, RankGap(), (unequal,)).statement.needed, 2, "unequal")
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    for space in ("real", "nonnegative", "simplex"):
        said = rules.separation(
            CPFamily(), 2, RankGap(), (ca.prove_rank(circuit, parts, space=space),)
        ).statement
        expect((said.needed, said.space), (2, space), "a separation over the premise's space")
    matrix = np.eye(2, dtype=int)
    weights = {"a0.0": matrix, "a0.1": matrix, "out": np.ones((1, 2), dtype=int)}
    at = ca.prove_rank_at(circuit, weights, parts)
    with pytest.raises(RuleError):
        rules.separation(CPFamily(), 2, RankGap(), (at,))


def test_repeated_inputs_have_no_coefficient_tensor():
    """A square, and an overlap of two products, are refused by every rank rule."""
    b = ca.CircuitBuilder(2, 2)
    h = b.product(
        b.sum(b.input(0), width=2), b.sum(b.input(0), width=2), b.sum(b.input(1), width=2)
    )
    square = b.build(b.sum(h, width=1))
    parts = ca.Bipartition.of([0], 2)
    with pytest.raises(StructureError):
        ca.prove_rank(square, parts)
    with pytest.raises(StructureError):
        upper_value(Question(square, parts), IndexRecursion())
    with pytest.raises(StructureError):
        lower_value(Question(square, parts), Minor(1, 1, PRIME))
    with pytest.raises(StructureError):
        tied_cut(Question(square, parts).network)


def test_a_sum_of_unequal_scopes_is_refused():
    """x_0 + x_0 * x_1 is not multilinear of order 2."""
    b = ca.CircuitBuilder(2, 2)
    left = b.sum(b.input(0), width=2)
    mixed = b.build(b.sum(left, b.product(left, b.sum(b.input(1), width=2)), width=1))
    parts = ca.Bipartition.of([0], 2)
    for call in (
        lambda: ca.prove_rank(mixed, parts),
        lambda: upper_value(Question(mixed, parts), IndexRecursion()),
        lambda: lower_value(Question(mixed, parts), Minor(1, 1, PRIME)),
    ):
        with pytest.raises(StructureError):
            call()


def test_the_rank_is_bounded_by_the_shape():
    """U5: wide networks cannot pass min(M^|I|, M^|J|)."""
    expect(proved(ca.cp_model(3, 2, 9), [0]), (2, 2), "one location of dimension 2")
    expect(proved(ca.cp_model(3, [2, 3, 4], 30), [0, 1]), (4, 4), "4 against 6")
