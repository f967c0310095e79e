"""Smooth, decomposable and tree circuits, with reasons."""

import tracemalloc

import pytest

from circuitalg.circuit import (
    CircuitBuilder,
    ModeTree,
    Verdict,
    cp_model,
    ht_model,
    rac_model,
    tree_model,
    tt_model,
)
from circuitalg.errors import StructureError, TooLargeError


@pytest.mark.parametrize(
    "circuit",
    [
        cp_model(5, 2, 3),
        ht_model(8, 2, [2, 3, 4], shared=True),
        ht_model(9, 2, [2], window=3),
        tree_model(ModeTree.random(9, seed=4), 2, 3),
        tt_model(6, 2, 3),
        rac_model(4, 2, 3),
    ],
    ids=["cp", "ht", "truncated", "tree", "tt", "rac"],
)
def test_models_are_tree_circuits(circuit):
    """The single-layer models are trees, hence smooth and decomposable."""
    for verdict in (circuit.is_tree, circuit.is_decomposable, circuit.is_smooth):
        assert isinstance(verdict, Verdict)
        assert verdict
        assert verdict.reason


def test_two_recurrent_layers_use_a_state_twice():
    """The reason names the node with two parents, and the product with overlapping children."""
    circuit = rac_model(4, 2, 3, layers=2)
    assert not circuit.is_tree
    assert "'h1.1' has two parents, 'I1.2' and 'H2.1'" in circuit.is_tree.reason
    assert not circuit.is_decomposable
    reason = circuit.is_decomposable.reason
    assert "the product 'h2.2' multiplies 'H2.2' and 'I2.2'" in reason
    assert "both depend on location 0" in reason
    assert "x0 -> I1.1 -> h1.1" in reason
    assert circuit.is_smooth


def test_a_mixture_is_smooth_and_decomposable_but_no_tree():
    """A sum of two branches over the same locations; the branches must not share nodes' parents."""
    b = CircuitBuilder(2, 2)
    branches = [
        b.product(*(b.sum(b.input(i), width=3) for i in range(2)), name=f"p{k}") for k in range(2)
    ]
    circuit = b.build(b.sum(*branches, width=1, name="mix"))
    assert circuit.is_smooth
    assert circuit.is_decomposable
    assert not circuit.is_tree
    assert "two parents" in circuit.is_tree.reason or "has 2 children" in circuit.is_tree.reason


def test_a_sum_with_two_children_is_no_tree():
    """The reason names the sum even when no node has two parents."""
    b = CircuitBuilder(2, 2)
    circuit = b.build(b.sum(b.input(0), b.input(1), width=1, name="mix"))
    assert not circuit.is_tree
    assert "the sum 'mix' has 2 children ('x0', 'x1')" in circuit.is_tree.reason
    assert not circuit.is_smooth
    assert circuit.is_smooth.reason == (
        "the sum 'mix' adds 'x0', which depends on locations {0}, and 'x1', which depends on {1}"
    )
    assert circuit.is_decomposable


def test_two_inputs_of_one_location():
    """Two input nodes of one location make no tree, and overlap below a product."""
    from circuitalg.circuit import Circuit, Node

    circuit = Circuit.from_nodes(
        [
            Node("x", "input", 2, 0),
            Node("y", "input", 2, 0),
            Node("p", "product", 2, None, (0, 1)),
        ]
    )
    assert "location 0 has two input nodes, 'x' and 'y'" in circuit.is_tree.reason
    assert circuit.is_decomposable.reason == (
        "the product 'p' multiplies 'x' and 'y', which both depend on location 0 (x and y)"
    )


def test_overlap_deep_below_one_child_is_found():
    """The second and third child overlap though neither overlaps the first."""
    b = CircuitBuilder(3, 2)
    parts = [b.sum(b.product(b.input(i), b.input(j)), width=2) for i, j in ((1, 2), (0, 2))]
    lonely = b.sum(b.input(0), width=2)
    reason = b.build(b.product(parts[0], lonely, parts[1], name="top")).is_decomposable.reason
    assert "the product 'top'" in reason
    assert "location 2" in reason or "location 0" in reason


def test_constants_have_an_empty_scope():
    """A constant overlaps with nothing, and a sum of it and an input is not smooth."""
    b = CircuitBuilder(1, 2)
    circuit = b.build(b.product(b.input(0), b.constant(2)))
    assert circuit.is_tree
    b = CircuitBuilder(1, 2)
    circuit = b.build(b.sum(b.input(0), b.constant(), width=1))
    assert "'c0', which depends on {}" in circuit.is_smooth.reason


def test_a_network_is_multilinear_if_it_is_smooth_and_decomposable():
    """Either failing makes the answer no, with that property's own reason; a refusal ends in it."""
    assert ht_model(8, 2, [2, 3, 4]).is_multilinear
    overlapping = rac_model(4, 2, 3, layers=2)
    assert overlapping.is_multilinear == overlapping.is_decomposable
    b = CircuitBuilder(2, 2)
    unequal = b.build(b.sum(b.input(0), b.input(1), width=1, name="mix"))
    assert unequal.is_multilinear == unequal.is_smooth
    with pytest.raises(StructureError, match=r"^no tensor: the sum 'mix' adds .*; use a grid$"):
        unequal.is_multilinear.demand(StructureError, "no tensor", "use a grid")
    ht_model(8, 2, [2, 3, 4]).is_multilinear.demand(StructureError, "never raised")


def test_both_properties_can_fail_in_one_network():
    """The two reasons name different nodes."""
    b = CircuitBuilder(2, 2)
    x, y = b.input(0), b.input(1)
    circuit = b.build(b.product(b.sum(x, y, width=2, name="mix"), b.sum(x, width=2), name="top"))
    assert "'mix'" in circuit.is_smooth.reason
    assert "'top'" in circuit.is_decomposable.reason
    assert circuit.is_multilinear == circuit.is_decomposable


def test_scopes_that_do_not_fit_are_refused_before_they_are_made():
    """The masks of 100,000 inputs of one product would take 600 MB; a tree needs none of them."""
    b = CircuitBuilder(100_000, 1)
    inputs = [b.input(i) for i in range(100_000)]
    first, second = (b.product(*inputs, name=name) for name in "pq")
    circuit = b.build(b.sum(first, second, width=1))
    with pytest.raises(TooLargeError, match="scopes"):
        _ = circuit.is_multilinear


def test_long_chains_are_checked_in_linear_memory():
    """20,000 steps of two recurrent layers: masks are dropped after their last use."""
    circuit = rac_model(20_000, 2, 2, layers=2)
    tracemalloc.start()
    assert not circuit.is_tree
    assert not circuit.is_decomposable
    assert circuit.is_smooth
    b = CircuitBuilder(5_000, 2)
    chain = b.sum(b.input(0), b.constant(2), width=2)
    for i in range(1, 5_000):
        chain = b.product(chain, b.input(i))
    assert b.build(chain).is_decomposable
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50e6  # all masks of the first circuit have 100 MB
