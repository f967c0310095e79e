"""Proof terms: what the kernel accepts is true, whatever the search handed it."""

import brute
import pytest
from brute import expect
from rank_helpers import PRIME, star_of

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Bounds, Factor, Kronecker, Minor, Split, TiedCut
from circuitalg.kernel.rank.values import lower_value, upper_value

pytestmark = pytest.mark.soundness


PARTS = ca.Bipartition.of([0], 2)


# Kronecker products


def lower(circuit, parts, term):
    """The value of a term for the only block."""
    return lower_value(Question(circuit, parts), Split(None, (term,)))


def digit(dims, size):
    """One Kronecker factor: these dimensions, and a minor of the block that is left."""
    return Split(dims, (Minor(1, size, PRIME),))


@pytest.mark.parametrize("labels", ["ab", "aa"])
def test_kronecker_factors_multiply(labels):
    """Two digits of 2 make rank 4 in dimension 4, tied or not."""
    circuit = star_of(2, 4, 4, labels)
    two = digit((1, 2, 2, 2), 2)
    expect(lower(circuit, PARTS, Kronecker((two, two))), 4, "two factors")
    expect(lower(circuit, PARTS, Kronecker((two,))), 2, "one factor")
    with pytest.raises(RuleError, match="at least one factor"):
        lower(circuit, PARTS, Kronecker(()))


def test_kronecker_factors_must_fit_together():
    """The product of their dimensions is at most the block's, at every variable."""
    two, three = digit((1, 2, 2, 2), 2), digit((1, 3, 3, 3), 3)
    circuit = star_of(2, 4, 4, "ab")
    for factors in ((two, three), (two, two, two), (three, three)):
        with pytest.raises(RuleError, match="dimension"):
            lower(circuit, PARTS, Kronecker(factors))
    circuit = star_of(2, 4, 3, "ab")
    with pytest.raises(RuleError, match="dimension"):
        lower(circuit, PARTS, Kronecker((two, two)))
    expect(brute.generic_rank(circuit, [0]), 3, "brute force")
    for factors in ((Split(None, ()),), (digit((1, 2, 2), 2),), (digit((2, 2, 2, 2), 2),)):
        with pytest.raises(RuleError):
            lower(circuit, PARTS, Kronecker(factors))


def test_kronecker_factors_keep_ties():
    """One path for each factor "proves" 4 for a shared network of rank 3; untied it is right."""
    parts = ca.Bipartition.of([0, 1], 4)
    for shared in (False, True):
        circuit = ca.ht_model(4, 2, [4, 4], shared=shared)
        locations = Question(circuit, parts).named.locations
        factors = []
        for wide in ((0, 2), (1, 3)):
            dims = [2 if place in wide else 1 if place >= 0 else 2 for place in locations]
            factors.append(digit((1, *dims[1:]), 2))
        if shared:
            with pytest.raises(RuleError, match="shape"):
                lower(circuit, parts, Kronecker(tuple(factors)))
        else:
            expect(lower(circuit, parts, Kronecker(tuple(factors))), 4, "untied")
    expect(brute.generic_rank(ca.ht_model(4, 2, [4, 4], shared=True), [0, 1]), 3, "brute force")


def test_kronecker_products_of_fixed_matrices_are_refused():
    """A fixed matrix need not be a Kronecker product of its corners."""
    b = ca.CircuitBuilder(2, 4)
    singular = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))
    top = b.product(b.sum(b.input(0), matrix=singular), b.sum(b.input(1), width=4))
    circuit = b.build(b.sum(top, width=1))
    two = digit((1, 2, 2, 2), 2)
    expect(brute.generic_rank(circuit, [0]), 2, "brute force")
    expect(lower(circuit, PARTS, two), 2, "one corner")
    with pytest.raises(RuleError, match="fixed"):
        lower(circuit, PARTS, Kronecker((two, two)))
    b = ca.CircuitBuilder(2, 4)
    direct = b.build(b.sum(b.product(b.input(0), b.sum(b.input(1), width=4)), width=1))
    with pytest.raises(RuleError, match="fixed"):
        lower(direct, PARTS, Kronecker((two, two)))


# Splits


def test_a_split_has_one_rule_for_each_distinct_block():
    """Too few or too many rules are refused; equal blocks count as often as they occur."""
    circuit = ca.ht_model(8, 2, [2, 1, 1])
    parts = ca.Bipartition.odd_even(8)
    one, two = Minor(1, 1, PRIME), Minor(1, 2, PRIME)
    expect(lower_value(Question(circuit, parts), Split(None, (one, two))), 16, "value")
    for blocks in ((), (one,), (two,), (one, two, two), (two, one)):
        with pytest.raises(RuleError):
            lower_value(Question(circuit, parts), Split(None, blocks))


def test_splitting_by_specialising():
    """Width 1 at the root of a pair of pairs leaves two blocks, whose ranks multiply."""
    circuit = ca.ht_model(4, 3, [3, 2])
    parts = ca.Bipartition.odd_even(4)
    network = Question(circuit, parts).network
    dims = tuple(1 if v == 1 else dim for v, dim in enumerate(network.dims))
    one, three = Minor(1, 1, PRIME), Minor(1, 3, PRIME)
    expect(lower_value(Question(circuit, parts), Split(dims, (one, three))), 9, "value")
    nested = Split(None, (Split(dims, (one, three)),))
    expect(lower_value(Question(circuit, parts), nested), 9, "a split inside a split")
    with pytest.raises(RuleError):
        lower_value(Question(circuit, parts), Split(dims, (one, Minor(1, 4, PRIME))))


def test_bounds_of_the_wrong_order_are_refused():
    """A lower bound above the upper bound would mean a wrong rule: no theorem is made."""
    circuit = star_of(2, 4, 4, "ab")
    term = Split(None, (Minor(1, 4, PRIME),))
    expect(lower_value(Question(circuit, PARTS), term), 4, "value")
    expect(upper_value(Question(circuit, PARTS), Factor((TiedCut(),))), 4, "upper value")
    said = rules.generic_rank(
        Question(circuit, PARTS), Bounds(term, Factor((TiedCut(),)))
    ).statement
    expect((said.lower, said.upper), (4, 4), "statement")
