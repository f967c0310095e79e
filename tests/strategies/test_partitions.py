"""Mode trees and bipartitions drawn by `circuitalg.strategies`."""

import pytest
from drawing import drawn, smallest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies


def test_every_small_mode_tree_is_drawn():
    """All twelve trees over three locations whose one or two inner nodes have an order."""
    trees = {repr(tree.to_nested()) for tree in drawn(strategies.mode_trees(3), 600)}
    assert len(trees) == 6 + 12  # flat ones; pairs: 3 locations alone x 2 sides x 2 orders


@given(strategies.mode_trees(st.integers(2, 9), max_arity=3))
def test_mode_trees_keep_to_their_arity(tree):
    """No inner node has more children than that."""
    assert 2 <= tree.locations <= 9
    assert max(map(len, tree.children)) <= 3


def test_every_bipartition_is_drawn():
    """All fourteen of four locations; either side may have location 0."""
    assert len(set(drawn(strategies.bipartitions(4), 400))) == 14


def test_alternating_blocks_come_often():
    """Odd against even, one of 4,094 bipartitions of 12 locations, is among a hundred."""
    found = drawn(strategies.bipartitions(12))
    assert {ca.Bipartition.odd_even(12), ca.Bipartition.low_high(12)} <= set(found)
    assert len(set(found)) > 60


def test_locations_are_a_number_a_circuit_or_drawn():
    """The three forms of the argument, for both strategies."""
    circuit = ca.cp_model(5, 2, 2)
    for make in (strategies.bipartitions, strategies.mode_trees):
        for given_as in (5, circuit, st.just(5), st.just(circuit)):
            assert {found.locations for found in drawn(make(given_as), 3)} == {5}


def test_they_shrink():
    """To location 0 against the others, to few inner nodes and locations in order."""
    assert smallest(strategies.bipartitions(st.integers(2, 6)), lambda _: True).I == (0,)
    tree = smallest(strategies.mode_trees(5), lambda found: len(found.children) == 2)
    assert tree == ca.ModeTree.from_nested([[0, 1, 2, 3], 4])


@pytest.mark.parametrize("make", [strategies.bipartitions, strategies.mode_trees])
@pytest.mark.parametrize(
    ("locations", "error"),
    [(1, ca.OptionError), ("4", ca.ArgumentError), (2.0, ca.ArgumentError)],
)
def test_bad_locations_are_refused_when_the_strategy_is_made(make, locations, error):
    """One location, a string, a float."""
    with pytest.raises(error, match="locations must be an integer of at least 2"):
        make(locations)


def test_bad_locations_that_are_drawn_are_refused():
    """A strategy of other things is noticed at the first of them."""
    with pytest.raises(ca.OptionError, match="number of locations drawn must be an integer"):
        smallest(strategies.bipartitions(st.just(1)), lambda _: True)
