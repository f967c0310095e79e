"""L1 to L4 together: whatever term the kernel accepts, however strange, the rank is no smaller."""

import pytest
import random_terms
from brute import expect_between, networks
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import PRIME, TREES, only_block, questions, rank_of

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.rank.network import restrict
from circuitalg.kernel.rank.terms import Bounds, IndexRecursion, Kronecker, Minor, Split
from circuitalg.kernel.rank.values import lower_value, split_value, upper_value

pytestmark = pytest.mark.soundness

RANDOM = st.randoms(use_true_random=False)
NETWORKS = questions(kinds=TREES, max_width=8, max_outputs=2) | questions(
    kinds="tree",
    ties=("height", "equal subtrees", "anywhere"),
    min_dim=2,
    max_width=8,
    max_locations=6,
)


@given(NETWORKS, RANDOM)
def test_accepted_lower_terms_are_true(question, generator):
    """Random splits, Kronecker products, routings and minors never exceed the true rank."""
    network, rank = question.network, rank_of(question)
    for _ in range(3):
        dims = None
        if generator.random() < 0.4:
            dims = random_terms.dims(generator, network, network.dims)
        term = random_terms.split(generator, network, dims, 0)
        try:
            value = lower_value(question, term)
        except RuleError:
            continue
        expect_between(1, value, rank, repr(term))


@given(NETWORKS, RANDOM)
def test_fewer_channels_have_no_larger_rank(question, generator):
    """L2: of a restriction that is accepted, at random matrices of its own."""
    for block in question.blocks:
        dims = random_terms.dims(generator, block, block.dims)
        try:
            smaller = restrict(block, dims)
        except RuleError:
            continue
        rank = networks.generic_rank(block)
        expect_between(0, networks.generic_rank(smaller), rank, f"rank at {dims}")


@given(NETWORKS, RANDOM)
def test_ranks_of_kronecker_factors_multiply(question, generator):
    """L1: two networks whose dimensions multiply to no more than the block's."""
    for block in question.blocks:
        if any(what is not None for what in block.fixed):
            continue
        first = random_terms.dims(generator, block, block.dims, careless=0)
        left = tuple(dim // d for dim, d in zip(block.dims, first, strict=True))
        second = random_terms.dims(generator, block, left, careless=0)
        product = 1
        for dims in (first, second):
            try:
                product *= networks.generic_rank(restrict(block, dims))
            except RuleError:
                assume(False)
        expect_between(product, networks.generic_rank(block), 10**9, f"rank beside {first}")


@given(questions(kinds=TREES, max_outputs=2), st.integers(0, 99))
def test_a_theorem_lies_between_its_terms(question, seed):
    """generic_rank states exactly what its terms prove."""
    upper, term = upper_value(question, IndexRecursion()), Minor(seed, 1, PRIME)
    try:
        value = lower_value(question, term)
    except RuleError:
        expect_between(0, rank_of(question), 0, "rank where no minor is")
        return
    said = rules.generic_rank(question, Bounds(term, IndexRecursion())).statement
    if (said.lower, said.upper, said.output) != (value, upper, question.output):
        pytest.fail(f"{said}")


def test_factors_that_ignore_the_ties_are_caught():
    """One path for each factor would give 4 for a shared network of rank 3; untied it is right."""
    tied, untied = (
        only_block(ca.ht_model(4, 2, [4, 4], shared=shared), [0, 1]) for shared in (True, False)
    )
    leaves = [v for v, side in enumerate(untied.sides) if side >= 0]
    digits = [
        tuple(1 if v in chosen or v == 0 else min(2, dim) for v, dim in enumerate(untied.dims))
        for chosen in (leaves[::2], leaves[1::2])
    ]
    factors = Kronecker(tuple(Split(dims, (Minor(1, 2, PRIME),)) for dims in digits))
    value = split_value(untied, Split(None, (factors,)))
    expect_between(value, networks.generic_rank(untied), 4, "untied")
    with pytest.raises(RuleError, match="shape"):
        split_value(tied, Split(None, (factors,)))
    with pytest.raises(pytest.fail.Exception):
        expect_between(value, networks.generic_rank(tied), 4, "tied")
