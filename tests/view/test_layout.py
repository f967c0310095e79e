"""Layered positions: children below parents, nodes apart, trees without crossings."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.view.layout import _apart, layered


def _tree(locations: int, seed: int):
    return ca.tree_model(ca.ModeTree.random(locations, seed=seed), dim=2, widths=3)


@given(st.integers(2, 20), st.integers(0, 1000))
def test_every_edge_goes_up_and_nodes_of_a_layer_stand_apart(locations, seed):
    """A child lies in a lower layer than its parent; neighbours are one column apart."""
    circuit = _tree(locations, seed)
    place = layered(circuit)
    for index, node in enumerate(circuit.nodes):
        assert all(place.layer[child] < place.layer[index] for child in node.children)
    for level in range(place.height + 1):
        row = sorted(x for x, layer in zip(place.x, place.layer, strict=True) if layer == level)
        assert all(right - left > 1 - 1e-9 for left, right in itertools.pairwise(row))


@given(st.integers(2, 20), st.integers(0, 1000))
def test_trees_are_drawn_without_crossings(locations, seed):
    """Below each node the leaves fill an interval of columns."""
    circuit = _tree(locations, seed)
    place = layered(circuit)
    below = []
    for index, node in enumerate(circuit.nodes):
        below.append({index} if not node.children else set())
        for child in node.children:
            below[index] |= below[child]
        columns = sorted(place.x[leaf] for leaf in below[index])
        assert columns[-1] - columns[0] == len(columns) - 1


def test_inputs_stand_at_the_bottom_and_the_output_on_top():
    """In a balanced network every input is in layer 0, and only the output in the top one."""
    circuit = ca.ht_model(8, 2, [3, 3, 3])
    place = layered(circuit)
    for node, layer in zip(circuit.nodes, place.layer, strict=True):
        assert (node.kind == "input") == (layer == 0)
        assert (node.name == circuit.output) == (layer == place.height)


def test_a_recurrent_network_with_reused_nodes_has_a_layout():
    """A node with two parents stands below both."""
    circuit = ca.rac_model(4, 2, width=2, layers=2)
    place = layered(circuit)
    assert place.width > 0
    assert len(set(zip(place.x, place.layer, strict=True))) == len(circuit.nodes)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=12).map(sorted))
def test_moving_apart_keeps_order_and_mean(places):
    """Positions end at least 1 apart, in order, with the same mean; spread ones do not move."""
    moved = _apart(places)
    assert all(b - a > 1 - 1e-9 for a, b in itertools.pairwise(moved))
    assert abs(sum(moved) - sum(places)) < 1e-6
    spread = [2.0 * i for i in range(len(places))]
    assert _apart(spread) == spread
