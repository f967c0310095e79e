"""Statements about log-space: SimNets, splits by signs, simplex forms, linearity in each location.

Certificates are read by the kernel and by the checker, which were written apart.
"""

import copy
import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from certificates.alter import both_accept, checker_says, kernel_says, written
from certificates.logspace import branches
from hypothesis import given, settings
from hypothesis import strategies as st
from log_space_cases import MODELS, inputs_for, logs, sample, weights_for

import circuitalg as ca
from circuitalg.circuit import Circuit
from circuitalg.circuit.node import Node
from circuitalg.errors import CircuitalgError, RuleError, StructureError, TooLargeError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.equivalent import Homomorphism
from circuitalg.logspace.simnet import SimNet

# SimNets


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), mean=st.booleans(), beta=st.sampled_from([1, 2, "1/3", -1]))
def test_simnets_compute_the_logarithm(seed, mean, beta, tmp_path_factory):
    """Both readers accept, and the SimNet agrees with the circuit over the rationals."""
    circuit, beta = sample(seed, signs=False), Fraction(beta)
    theorem = ca.prove_log_space(circuit, mean=mean, beta=beta)
    both_accept(theorem, tmp_path_factory.getbasetemp())
    weights, x = weights_for(circuit, seed), inputs_for(circuit, seed)
    simnet = circuit.to_simnet(weights, mean=mean, beta=beta)
    assert SimNet(simnet.nodes) == theorem.statement.simnet
    found = simnet.evaluate([logs(table) / float(beta) for table in x])
    exact = logs(circuit.evaluate(weights, x)) / float(beta)
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-12)


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


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_splits_are_the_difference(seed, tmp_path_factory):
    """Both readers accept, and over the rationals the difference is the circuit at W+ − W-."""
    circuit = sample(seed, signs=True)
    try:
        theorem = ca.prove_signed_split(circuit)
    except StructureError as error:  # about one in forty: it is zero at all weights
        if "split" not in str(error):
            raise
        return
    folder = tmp_path_factory.getbasetemp()
    both_accept(theorem, folder)
    split = theorem.statement.split
    fixed = [x for n in split.nodes for m in n.matrices if not isinstance(m, str) for x in m]
    assert all(entry >= 0 for row in fixed for entry in row)
    signed = weights_for(split, seed, signs=True)
    x = inputs_for(circuit, seed, signs=True)
    whole = {name: signed[name + "+"] - signed[name + "-"] for name in circuit.parameters}
    both, outputs = split.evaluate(signed, x), circuit.num_outputs
    assert (both[:, :outputs] - both[:, outputs:] == circuit.evaluate(whole, x)).all()


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


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6))
def test_linear_in_every_location(seed, tmp_path_factory):
    """Both readers accept; scaling and adding in one location scales and adds the outputs."""
    circuit = sample(seed, signs=True)
    both_accept(ca.prove_multilinear(circuit), tmp_path_factory.getbasetemp())
    weights, x = weights_for(circuit, seed, signs=True), inputs_for(circuit, seed, signs=True)
    place = seed % circuit.num_locations
    y = list(x)
    y[place] = inputs_for(circuit, seed + 1, signs=True)[place]
    total = list(x)
    total[place] = 3 * x[place] + y[place]
    expected = 3 * circuit.evaluate(weights, x) + circuit.evaluate(weights, y)
    assert (circuit.evaluate(weights, total) == expected).all()


@pytest.mark.soundness
def test_networks_that_use_a_location_again_are_not_linear():
    """Recurrent networks of two layers."""
    with pytest.raises(RuleError, match="linear"):
        ca.prove_multilinear(ca.rac_model(3, 2, 2, layers=2))


# Two implementations


@pytest.mark.soundness
@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), draw=st.randoms(use_true_random=False))
def test_both_readers_decide_alike(seed, draw, tmp_path_factory):
    """Two networks mixed at random: the kernel and the checker agree on the certificate."""
    first, second = sample(seed, signs=False), sample(seed + 3, signs=draw.random() < 0.5)
    prove = draw.choice((ca.prove_log_space, ca.prove_signed_split))
    try:
        data = [copy.deepcopy(prove(c).certificate()) for c in (first, second)]
    except CircuitalgError:
        return
    simnet = prove is ca.prove_log_space
    holders = [d["theorems"][0]["statement"] if simnet else d["circuits"] for d in data]
    part = "simnet" if simnet else 1
    rows = holders[0][part]["nodes"]
    action = draw.randrange(4)
    place = draw.randrange(len(rows))
    if action == 0:
        holders[0][part] = holders[1][part]
    elif action == 1:
        data[0]["circuits"][0] = data[1]["circuits"][0]
    elif isinstance(rows[place][-1], int):
        rows[place][-1] += draw.choice((-1, 1))
    else:
        lists = [entry for entry in rows[place] if isinstance(entry, list)]
        draw.choice(lists).reverse()
    file = written(json.dumps(data[0]), tmp_path_factory.getbasetemp())
    said = checker_says(file), kernel_says(file)
    if (said[0] is None) != (said[1] is None):
        pytest.fail(f"the checker says {said[0]}, the kernel {said[1]}")
