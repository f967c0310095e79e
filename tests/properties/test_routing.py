"""L1: the paths that the rule accepts are weights with the rank Π t."""

from itertools import islice

import pytest
from brute import expect, expect_between, networks, paths
from hypothesis import given
from hypothesis import strategies as st
from rank_helpers import TREES, only_block, questions

import circuitalg as ca
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.routing import routing

pytestmark = pytest.mark.soundness

NETWORKS = questions(kinds=TREES, max_width=4, max_locations=4) | questions(
    kinds="tree", min_dim=2, max_dim=4, max_width=6, max_locations=5, fixed=False
)


def value_of(block, system):
    """What the rule proves; None where it refuses."""
    try:
        return routing(block, system)
    except RuleError:
        return None


@given(NETWORKS, st.data())
def test_an_accepted_system_is_a_witness(question, data):
    """The matrices that its digits ask for are a point of the weights, and have this rank."""
    for block in question.blocks:
        ends = [[v for v, s in enumerate(block.sides) if s == side] for side in (0, 1)]
        if not all(ends):
            continue
        path = st.tuples(st.sampled_from(ends[0]), st.sampled_from(ends[1]), st.integers(2, 4))
        system = tuple(data.draw(st.lists(path, max_size=3)))
        value = value_of(block, system)
        if value is not None:
            expect(paths.rank_of(block, system), value, f"rank at the weights of {system}")


@given(NETWORKS)
def test_no_system_of_paths_exceeds_the_generic_rank(question):
    """The first fifty of all systems of up to three paths; what fits no weights is refused."""
    for block in question.blocks:
        rank = networks.generic_rank(block)
        for system in islice(paths.systems(block, 3), 50):
            value = value_of(block, system)
            if value is not None:
                expect_between(1, value, rank, f"value of {system}")
                expect(paths.is_a_point(block, paths.matrices(block, system)), True, "a point")


CASES = {
    "untied": (ca.ht_model(4, 2, [4, 4]), [0, 1], 4),
    "tied": (ca.ht_model(4, 2, [4, 4], shared=True), [0, 1], 1),
    "one location against one": (ca.cp_model(2, 3, 4), [0], 3),
}


@pytest.mark.parametrize("name", CASES)
def test_the_best_of_all_systems(name):
    """Ties forbid the two paths that the dimensions allow; a rank of one more is caught."""
    circuit, rows, best = CASES[name]
    block = only_block(circuit, rows)
    found = {system: value_of(block, system) for system in paths.systems(block, 2, (2, 3))}
    expect(max(v for v in found.values() if v is not None), best, "best routing")
    system = max(found, key=lambda each: found[each] or 0)
    with pytest.raises(pytest.fail.Exception):
        expect(paths.rank_of(block, system), best + 1)


def test_two_paths_that_the_ties_forbid_have_no_weights():
    """The plain flow of a shared network carries 4 where the rank is 3."""
    block = only_block(*CASES["tied"][:2])
    refused = [s for s in paths.systems(block, 2, (2,)) if value_of(block, s) is None]
    expect(bool(refused), True, "something is refused")
    for system in refused:
        expect(paths.is_a_point(block, paths.matrices(block, system)), False, f"{system}")
