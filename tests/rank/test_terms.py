"""Proof terms: what the kernel accepts is true, whatever the search handed it."""

import random

import brute
import pytest
import random_circuits
import random_terms
from brute import expect, expect_between
from rank_helpers import PRIME, star_of

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import (
    Bounds,
    Factor,
    IndexRecursion,
    Kronecker,
    Minor,
    Routing,
    Split,
    TiedCut,
    lower_value,
    upper_value,
)

pytestmark = pytest.mark.soundness


PARTS = ca.Bipartition.of([0], 2)


def subject(seed):
    """A random tree circuit of one of four kinds, with sides and an output."""
    generator = random.Random(f"terms{seed}")
    kind = seed % 4
    if kind == 0:
        locations = generator.randint(2, 6)
        circuit = random_circuits.wild(generator, locations, max_width=generator.choice([3, 8]))
    elif kind == 1:
        locations = generator.randint(3, 6)
        circuit = random_circuits.wild(
            generator, locations, max_width=8, max_dim=4, tie=0.9, fixed=0
        )
    elif kind == 2:
        locations, window, levels = generator.choice([(4, 2, 2), (8, 2, 3), (4, 4, 1), (9, 3, 2)])
        widths = [generator.choice([2, 3, 4, 6, 8]) for _ in range(generator.randint(1, levels))]
        shared = [generator.random() < 0.7 for _ in widths]
        circuit = ca.ht_model(locations, 2, widths, window=window, shared=shared)
    else:
        locations = generator.randint(3, 6)
        ties = generator.choice(random_circuits.TIES)
        circuit = random_circuits.tree(generator, locations, ties=ties, max_dim=3, max_width=8)
    rows = random_circuits.sides(generator, locations)
    return generator, circuit, rows, generator.randrange(circuit.num_outputs)


ACCEPTED = {"all": 0, Kronecker: 0, Routing: 0, "refused": 0}


@pytest.mark.parametrize("seed", range(200))
def test_accepted_lower_terms_are_true(seed):
    """Random splits, Kronecker products, routings and minors never exceed the true rank."""
    generator, circuit, rows, output = subject(seed)
    asked = Question(circuit, ca.Bipartition.of(rows, circuit.num_locations), output)
    network = asked.network
    rank = brute.generic_rank(circuit, rows, output)
    for _ in range(6):
        dims = None
        if generator.random() < 0.4:
            dims = random_terms.dims(generator, network, network.dims)
        term = random_terms.split(generator, network, dims, 0)
        try:
            value = lower_value(asked, term)
        except RuleError:
            ACCEPTED["refused"] += 1
            continue
        expect_between(1, value, rank, repr(term))
        ACCEPTED["all"] += 1
        for kind in (Kronecker, Routing):
            ACCEPTED[kind] += kind.__name__ in repr(term)


def test_the_random_terms_were_no_vacuous_test():
    """Of the random terms above many were accepted, of every kind, and many refused."""
    if ACCEPTED["all"] + ACCEPTED["refused"] < 1000:
        pytest.skip("runs after all cases of the test above, in one process")
    for kind, least in (("all", 300), (Kronecker, 40), (Routing, 100), ("refused", 300)):
        if ACCEPTED[kind] < least:
            pytest.fail(f"only {ACCEPTED[kind]} terms: {kind}")


@pytest.mark.parametrize("seed", range(40))
def test_a_theorem_lies_between_its_terms(seed):
    """generic_rank states exactly what its terms prove."""
    _, circuit, rows, output = subject(seed)
    asked = Question(circuit, ca.Bipartition.of(rows, circuit.num_locations), output)
    upper = upper_value(asked, IndexRecursion())
    try:
        value = lower_value(asked, Minor(seed, 1, PRIME))
    except RuleError:
        expect(brute.generic_rank(circuit, rows, output), 0, "rank where no minor is")
        return
    said = rules.generic_rank(asked, Bounds(Minor(seed, 1, PRIME), IndexRecursion())).statement
    expect((said.lower, said.upper, said.output), (value, upper, output), "statement")


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
