"""Counterexamples shrink to the smallest network there is, and print as short code."""

import pytest
from drawing import smallest

import circuitalg as ca
from circuitalg import strategies

pair = ca.cp_model(locations=2, dim=1, width=1)


@pytest.mark.parametrize(
    ("kinds", "circuit"),
    [
        (strategies.KINDS, pair),
        ("tt", ca.tt_model(locations=2, dim=1, ranks=1)),
        ("rac", ca.rac_model(locations=2, dim=1, width=1)),
        ("tree", ca.tree_model(ca.ModeTree.from_nested([0, 1]), dim=1, widths=1)),
    ],
)
def test_where_nothing_matters_the_smallest_network_is_left(kinds, circuit):
    """Two locations of dimension 1, one channel; a CP model where any kind will do."""
    assert smallest(strategies.circuits(kinds=kinds), lambda _: True) == circuit


@pytest.mark.parametrize("kind", ["free tree", "mixture"])
def test_free_forms_shrink_to_the_same_network(kind):
    """A product of two locations, with the builder's own names."""
    found = smallest(strategies.circuits(kinds=kind), lambda _: True)
    assert len(found.nodes) == 6
    assert repr(found).count("b.") == 6
    assert found.is_tree
    assert "name=" not in repr(found)
    assert "parameter=" not in repr(found)


CASES = {
    "a dimension of 3": (
        lambda c: max(c.dims) >= 3,
        ca.cp_model(2, 3, 1),
        ca.cp_model(2, [1, 3], 1),
    ),
    "two channels": (lambda c: c.nodes[-2].width >= 2, ca.cp_model(2, 1, 2)),
    "four locations": (lambda c: c.num_locations >= 4, ca.cp_model(4, 1, 1)),
    "a shared parameter": (
        lambda c: set(c.parameters) == {"a0", "out"},
        ca.cp_model(2, 1, 1, shared=True),
    ),
    "two outputs": (lambda c: c.num_outputs >= 2, ca.cp_model(2, 1, 1, outputs=2)),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_matters_is_left(case):
    """Of any kind, the smallest network with one property."""
    holds, *smallest_ones = CASES[case]
    assert smallest(strategies.circuits(max_outputs=2), holds) in smallest_ones


def test_a_tree_keeps_the_one_subtree_that_matters():
    """Two products, three locations in order, everything else of size 1."""

    def holds(circuit):
        return sum(node.kind == "product" for node in circuit.nodes) == 2

    found = smallest(strategies.circuits(kinds="tree", max_locations=7, max_width=9), holds)
    assert found == ca.tree_model(ca.ModeTree.from_nested([[0, 1], 2]), dim=1, widths=1)


def test_a_false_rank_formula_shrinks_to_two_locations():
    """The smallest side is no bound's equal where one channel is between the sides."""

    def holds(circuit):
        return ca.prove_rank(circuit, [0]).statement.upper < min(circuit.dims)

    found = smallest(strategies.circuits(kinds=strategies.TREE_KINDS, max_locations=4), holds)
    assert found == ca.cp_model(2, 2, 1)
