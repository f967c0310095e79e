"""Statements about log-space: SimNets, splits by signs, simplex forms, linearity in each location.

Certificates are read by the kernel and by the checker, which were written apart.
"""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
from certificates.alter import both_accept, checker_says, kernel_says, written
from certificates.logspace import branches
from hypothesis import given, settings
from hypothesis import strategies as st
from log_space_cases import MODELS, inputs_for, logs, weights_for

import circuitalg as ca
from circuitalg import strategies
from circuitalg.circuit import Circuit
from circuitalg.circuit.node import Node
from circuitalg.errors import CircuitalgError, RuleError, StructureError, TooLargeError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.equivalent import Homomorphism
from circuitalg.logspace.simnet import SimNet

# SimNets


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("mean", [False, True])
def test_simnets_of_the_models(name, mean, tmp_path):
    """Shallow, deep, shared, truncated, tensor trains, and recurrent networks that reuse nodes."""
    theorem = ca.prove_log_space(MODELS[name](), mean=mean, beta=2)
    verified = both_accept(theorem, tmp_path)
    assert verified.kind == "LogSpaceEquivalent"
    assert ("log n" in str(theorem)) == mean


@pytest.mark.soundness
def test_one_count_for_two_uses_of_a_name():
    """MEX over 2 and over 4 channels needs two offsets for one parameter; one would be wrong."""
    circuit = branches()
    theorem = ca.prove_log_space(circuit, mean=True)
    assert dict(theorem.statement.offsets) == {"a*2": ("a", 2), "a*4": ("a", 4), "b": ("b", 4)}
    nodes = [
        replace(n, offsets=tuple("a" if label in ("a*2", "a*4") else label for label in n.offsets))
        for n in theorem.statement.simnet.nodes
    ]
    for count in (2, 4):
        with pytest.raises(RuleError, match="times"):
            rules.log_space_equivalent(
                circuit, SimNet(nodes), {"a": ("a", count), "b": ("b", 4)}, Homomorphism()
            )


def test_offsets_of_one_parameter_do_not_take_the_name_of_another():
    """A parameter that is called a*2 keeps its own offsets beside those of a."""
    b = ca.CircuitBuilder(locations=2, dim=2)
    h = [b.sum(b.input(i), width=2, parameter="a") for i in range(2)]
    other = [b.sum(node, width=2, parameter="a*2") for node in h]
    circuit = b.build(b.sum(b.product(*h), b.product(*other), parameter=["a", "b"], width=2))
    theorem = ca.prove_log_space(circuit, mean=True)
    assert theorem.statement.offsets["a*2"] == ("a*2", 2)
    weights, x = weights_for(circuit, 3, zeros=0), inputs_for(circuit, 3)
    found = circuit.to_simnet(weights, mean=True).evaluate(list(map(logs, x)))
    np.testing.assert_allclose(found, logs(circuit.evaluate(weights, x)), rtol=1e-12)


def test_signed_weights_have_no_logarithm():
    """A negative fixed entry, or weight, is refused in a sentence that says what to do."""
    circuit = Circuit.from_nodes(
        [Node("x", "input", 2, 0), Node("y", "sum", 1, None, (0,), (((1, -1),),))]
    )
    with pytest.raises(WeightError, match="split_signs"):
        ca.prove_log_space(circuit)
    model = ca.cp_model(2, 2, 2)
    with pytest.raises(WeightError, match="split_signs"):
        model.to_simnet(model.random_weights(seed=1))


def test_a_large_matrix_at_many_edges_is_read_once():
    """A matrix of 90,000 entries at 5,000 edges: 450,000,000 products would take minutes."""
    from circuitalg.kernel.logspace.equivalent import Directions

    matrix = tuple((0,) * 300 for _ in range(300))
    twice = tuple((2,) + (0,) * 299 for _ in range(300))
    directions = Directions()
    for _ in range(5000):
        assert directions.of(matrix) == (0, 0)
        assert directions.of(twice)[0] == 2
    once = tuple((1,) + (0,) * 299 for _ in range(300))
    assert directions.of(once) == (1, directions.of(twice)[1])


# Signs


@pytest.mark.parametrize("name", MODELS)
def test_splits_of_the_models(name, tmp_path):
    """The split at max(±W, 0) is non-negative, and its difference the network at W."""
    circuit = MODELS[name]()
    theorem = ca.prove_signed_split(circuit)
    both_accept(theorem, tmp_path)
    weights, x = weights_for(circuit, 4, signs=True), inputs_for(circuit, 4)
    parts = ca.split_weights(weights)
    both = theorem.statement.split.evaluate(parts, x)
    assert (both >= 0).all()
    outputs = circuit.num_outputs
    assert (both[:, :outputs] - both[:, outputs:] == circuit.evaluate(weights, x)).all()


def zero(entries):
    """X ↦ F x, then W."""
    return Circuit.from_nodes(
        [
            Node("x", "input", 2, 0),
            Node("f", "sum", 2, None, (0,), (entries,)),
            Node("y", "sum", 1, None, (1,), ("w",)),
        ]
    )


def test_splits_that_do_not_exist():
    """The zero network, names that end in a sign, and parts that vanish or coincide."""
    with pytest.raises(StructureError, match="zero whatever"):
        ca.split_signs(zero(((0, 0), (0, 0))))
    named = ca.CircuitBuilder(locations=1, dim=2)
    with pytest.raises(StructureError, match="rename"):
        ca.split_signs(named.build(named.sum(named.input(0), width=1, parameter="w+")))
    assert ca.split_signs(zero(((1, 0), (0, 1)))).num_outputs == 2
    b = ca.CircuitBuilder(locations=2, dim=2)
    x, y = b.input(0), b.input(1)
    vanishing = b.sum(y, matrix=[[0, 0], [0, 0]])
    with pytest.raises(StructureError, match=r"no split.*no parent"):
        ca.split_signs(b.build(b.sum(x, vanishing, width=1)))
    b = ca.CircuitBuilder(locations=1, dim=2)
    x = b.input(0)
    with pytest.raises(StructureError, match=r"no split.*twice"):
        ca.split_signs(b.build(b.sum(b.product(x, b.product(x)), width=1)))


def test_wide_products_are_refused_before_their_matrices_are_built():
    """A product of 100,000 channels would need identities of 10^10 entries."""
    nodes = [Node("x", "input", 10**5, 0), Node("y", "input", 10**5, 1)]
    nodes.append(Node("p", "product", 10**5, None, (0, 1)))
    circuit = Circuit.from_nodes([*nodes, Node("z", "sum", 1, None, (2,), ("w",))])
    with pytest.raises(TooLargeError, match="identity matrices of 10,000,000,00"):
        ca.split_signs(circuit)


# Simplex form and linearity


@pytest.mark.soundness
def test_networks_that_use_a_location_again_are_not_linear():
    """Recurrent networks of two layers."""
    with pytest.raises(RuleError, match="linear"):
        ca.prove_multilinear(ca.rac_model(3, 2, 2, layers=2))


# Two implementations


@pytest.mark.soundness
@settings(max_examples=60)
@given(
    st.tuples(strategies.circuits(nonnegative=True), strategies.circuits()),
    st.booleans(),
    st.integers(0, 3),
    st.integers(0, 99),
    st.sampled_from((-1, 1)),
)
def test_both_readers_decide_alike(tmp_path_factory, circuits, simnet, action, place, step):
    """Two networks mixed: the kernel and the checker agree on the certificate."""
    prove = ca.prove_log_space if simnet else ca.prove_signed_split
    try:
        data = [copy.deepcopy(prove(c).certificate()) for c in circuits]
    except CircuitalgError:
        return
    holders = [d["theorems"][0]["statement"] if simnet else d["circuits"] for d in data]
    part = "simnet" if simnet else 1
    row = holders[0][part]["nodes"][place % len(holders[0][part]["nodes"])]
    if action == 0:
        holders[0][part] = holders[1][part]
    elif action == 1:
        data[0]["circuits"][0] = data[1]["circuits"][0]
    elif isinstance(row[-1], int):
        row[-1] += step
    else:
        lists = [entry for entry in row if isinstance(entry, list)]
        lists[place % len(lists)].reverse()
    file = written(json.dumps(data[0]), tmp_path_factory.getbasetemp())
    said = checker_says(file), kernel_says(file)
    if (said[0] is None) != (said[1] is None):
        pytest.fail(f"the checker says {said[0]}, the kernel {said[1]}")
