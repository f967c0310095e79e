"""Circuits drawn by `circuitalg.strategies`: within their bounds, and of every kind."""

from fractions import Fraction

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies


def entries(circuit):
    """All entries of fixed matrices."""
    fixed = [x for node in circuit.nodes for x in node.matrices if not isinstance(x, str)]
    return [entry for matrix in fixed for row in matrix for entry in row]


@pytest.mark.parametrize("kind", strategies.KINDS)
@given(data=st.data())
def test_circuits_are_within_their_bounds(kind, data):
    """Locations, dimensions, widths, outputs; and each kind has the structure that it promises."""
    circuit = data.draw(
        strategies.circuits(
            kinds=kind, min_locations=3, max_locations=6, min_dim=2, max_dim=4, max_outputs=2
        )
    )
    assert 3 <= circuit.num_locations <= 6
    assert all(2 <= dim <= 4 for dim in circuit.dims)
    assert circuit.num_outputs <= 2
    channels = [n.width for n in circuit.nodes if n.kind in ("constant", "product")]
    assert kind == "tt" or max(channels) <= 3
    assert bool(circuit.is_tree) or kind not in strategies.TREE_KINDS
    assert bool(circuit.is_multilinear) == (kind in strategies.MULTILINEAR_KINDS)


@given(strategies.circuits(ties="untied", fixed=False, constants=False))
def test_what_is_excluded_is_not_drawn(circuit):
    """Untied circuits have one edge for each parameter; no fixed matrices, no constants."""
    labels = [label for node in circuit.nodes for label in node.matrices]
    assert len(labels) == len(set(labels)) == len(circuit.parameters)
    assert not entries(circuit)
    assert all(node.kind != "constant" for node in circuit.nodes)


FEATURES = {
    "ties": lambda c: sum(len(n.matrices) for n in c.nodes) > len(c.parameters) + 2,
    "fractions": lambda c: any(isinstance(entry, Fraction) for entry in entries(c)),
    "negative entries": lambda c: min(entries(c), default=0) < 0,
    "constants": lambda c: any(node.kind == "constant" for node in c.nodes),
    "several outputs": lambda c: c.num_outputs == 3,
    "several dimensions": lambda c: len(set(c.dims)) == 3,
    "sums of several": lambda c: any(len(n.children) > 1 for n in c.nodes if n.kind == "sum"),
    "repeated inputs": lambda c: not c.is_decomposable,
    "not smooth": lambda c: not c.is_smooth,
    "a mixture that is no tree": lambda c: c.is_multilinear and not c.is_tree,
    "a product of a product": lambda c: any(
        c.nodes[child].kind == "product"
        for n in c.nodes
        if n.kind == "product"
        for child in n.children
    ),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_is_reached(feature):
    """Among the circuits there is one with the feature."""
    find(strategies.circuits(max_outputs=3), FEATURES[feature])


def test_no_kind_is_left():
    """Bounds that leave no circuit are refused when the strategy is made, in one sentence."""
    with pytest.raises(ca.OptionError, match="no circuit of the kinds 'tt' is within the bounds"):
        strategies.circuits(kinds="tt", fixed=False)
    assert find(strategies.circuits(kinds=["tt", "cp"], fixed=False), lambda _: True).is_tree
