"""Symmetries: a permutation of the locations is proved where it changes no value."""

import pytest
from brute import functions
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import NotProved, Refuted

ALIKE = {"min_dim": 2, "max_dim": 2, "max_locations": 4, "max_outputs": 2}


def check(found, truth):
    """The law: proved where it holds, refuted where it does not."""
    if found is not None and bool(found) != truth:
        pytest.fail(f"{found} about a permutation that changes {'nothing' if truth else 'values'}")


@given(
    strategies.circuits(**ALIKE)
    | strategies.circuits(ties="equal subtrees", kinds="tree", **ALIKE),
    st.data(),
)
def test_permutations_are_proved_or_refuted_rightly(circuit, data):
    """Values at random points of a prime field decide."""
    images = data.draw(st.permutations(range(circuit.num_locations)))
    try:
        found = ca.prove_symmetric(circuit, [images])
    except Refuted:
        found = False
    except NotProved:
        found = None
    check(found, functions.invariant(circuit, images))


@given(strategies.circuits(kinds=strategies.TREE_KINDS, max_locations=6, max_outputs=2))
def test_exchanges_that_are_found_change_nothing(tmp_path_factory, circuit):
    """Generators found by the search; the checker agrees."""
    try:
        theorem = ca.prove_symmetric(circuit)
    except NotProved:
        return
    for images in theorem.statement.generators:
        check(theorem, functions.invariant(circuit, images))
    both_accept(theorem, tmp_path_factory.mktemp("symmetric"))


def test_a_wrong_verdict_is_caught():
    """Exchanging halves of a shared network changes nothing, exchanging across them does."""
    circuit = ca.ht_model(4, 2, [2, 2], shared=True)
    halves, across = (2, 3, 0, 1), (2, 1, 0, 3)
    assert functions.invariant(circuit, halves)
    assert not functions.invariant(circuit, across)
    theorem = ca.prove_symmetric(circuit, [halves])
    with pytest.raises(pytest.fail.Exception):
        check(theorem, functions.invariant(circuit, across))
    with pytest.raises(pytest.fail.Exception):
        check(False, functions.invariant(circuit, halves))
