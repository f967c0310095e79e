"""SimNets as objects: values, limits, the way back to a circuit, and what is refused."""

import copy
from dataclasses import replace
from fractions import Fraction
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_space_cases import MODELS, inputs_for, logs, weights_for

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import CircuitError, StructureError, WeightError
from circuitalg.logspace.simnet import SimNet, SimNode


def one_mex(beta, mean, offsets="b", width=2):
    """An input of three channels below one MEX node."""
    return SimNet(
        [
            SimNode("x", "input", 3, 0),
            SimNode("y", "mex", width, None, (0,), (offsets,), beta, mean),
        ]
    )


@pytest.mark.parametrize("beta", [1, 2.5, -3, Fraction(1, 7)])
@pytest.mark.parametrize("mean", [True, False])
def test_a_mex_node_is_its_formula(beta, mean):
    """(1/β)·log((1/n)·Σ exp(β(b + c))), for offsets that are a matrix."""
    offsets = np.array([[0.0, 1.0, -2.0], [3.0, 0.5, 0.0]])
    c = np.array([[[0.1, -0.4, 2.0]]])
    found = one_mex(beta, mean).evaluate(c, {"b": offsets})
    b = float(beta)
    sums = np.exp(b * (offsets + c[0, 0])).sum(axis=1) / (3 if mean else 1)
    np.testing.assert_allclose(found, [np.log(sums) / b], rtol=1e-13)


@pytest.mark.parametrize(("beta", "extreme"), [(inf, np.max), (-inf, np.min)])
def test_infinite_beta_is_the_extreme(beta, extreme):
    """Largest or least of c + b; fixed 0/1 offsets choose among channels."""
    offsets = np.array([[0.0, 1.0, -2.0], [3.0, 0.5, 0.0]])
    c = np.array([[[0.1, -0.4, 2.0]]])
    found = one_mex(beta, False).evaluate(c, {"b": offsets})
    np.testing.assert_array_equal(found, [extreme(offsets + c[0, 0], axis=1)])
    fixed = one_mex(beta, False, ((1, 0, 0), (0, 1, 1)))
    assert fixed.evaluate(c, {}).tolist() == [[0.1, 2.0 if beta > 0 else -0.4]]


@settings(max_examples=40)
@given(
    circuit=strategies.circuits(nonnegative=True, max_outputs=2),
    seed=st.integers(0, 10**6),
    mean=st.booleans(),
)
def test_a_circuit_and_back(circuit, seed, mean):
    """The circuit of a circuit's SimNet has its nodes again, and the weights the values."""
    simnet = circuit.to_simnet(mean=mean)
    again = simnet.to_circuit()
    if set(again.parameters) == set(circuit.parameters):
        assert again == circuit
    weights, x = weights_for(circuit, seed), inputs_for(circuit, seed)
    filled = circuit.to_simnet(weights, mean=mean)
    back = {name: table.astype(float) for name, table in filled.to_weights().items()}
    expected = circuit.evaluate(weights, x).astype(float)
    floats = [table.astype(float) for table in x]
    np.testing.assert_allclose(again.evaluate(back, floats), expected, rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize("name", MODELS)
def test_softmax_mode_gives_back_an_equal_circuit(name):
    """Same nodes, names and matrices, so the same fingerprint."""
    circuit = MODELS[name]()
    assert circuit.to_simnet().to_circuit() == circuit


@pytest.mark.parametrize("size", [1e300, 1e5, 700.0])
@pytest.mark.parametrize("mean", [True, False])
def test_extreme_offsets_and_values_give_no_nan(size, mean):
    """Offsets and values of ±1e300 and −∞ together: finite, or −∞, or too large; never NaN."""
    circuit = ca.ht_model(4, 2, [2, 2])
    simnet = circuit.to_simnet(mean=mean)
    draw = np.random.default_rng(1)
    choices = np.array([size, -size, -inf, 0.0])
    for _ in range(20):
        offsets = {name: draw.choice(choices, shape) for name, shape in simnet.parameters.items()}
        x = draw.choice(choices[1:], (5, 4, 2))
        with np.errstate(over="ignore"):
            found = simnet.evaluate(x, offsets)
        assert not np.isnan(found).any()


def test_nothing_but_zeros():
    """The log-sum-exp of −∞ alone is −∞, in both modes and for negative β +∞."""
    circuit = ca.cp_model(2, 2, 3)
    zeros = {name: np.zeros(shape) for name, shape in circuit.parameters.items()}
    x = np.zeros((2, 2, 2))
    for mean in (True, False):
        assert circuit.to_simnet(zeros, mean=mean).evaluate(x).tolist() == [[-inf], [-inf]]
    assert circuit.to_simnet(zeros, beta=-1).evaluate(x).tolist() == [[inf], [inf]]


def test_numbers_beyond_floats_have_logarithms():
    """Integers of a thousand digits and Fractions as small, as weights."""
    circuit = ca.cp_model(2, 1, 1)
    weights = {
        "a0.0": np.array([[10**1000]], dtype=object),
        "a0.1": np.array([[Fraction(1, 10**1000)]], dtype=object),
        "out": np.array([[3]], dtype=object),
    }
    found = circuit.to_simnet(weights).evaluate(np.zeros((1, 2, 1)))
    np.testing.assert_allclose(found, [[np.log(3)]], rtol=1e-12)
    assert logs([Fraction(10**400, 10**400 + 1)])[0] == 0


def test_the_network_of_4096_locations():
    """Values such as exp(14,000) are logarithms like others: sums over the levels, by hand."""
    circuit = ca.ht_model(4096, 2, [2] * 12, shared=True)
    ones = {name: np.full(shape, 3.0) for name, shape in circuit.parameters.items()}
    simnet = circuit.to_simnet(ones, mean=True)
    level = np.log(6.0)  # 3 · 1 + 3 · 1
    for _ in range(12):
        level = 2 * level + np.log(6.0)
    np.testing.assert_allclose(simnet.evaluate(np.zeros((1, 4096, 2))), [[level]], rtol=1e-13)
    assert level > 14000


def test_integers_of_numpy_become_pythons():
    """Matrices and widths are kept in the form that certificates need."""
    nodes = [
        SimNode("x", "input", np.int64(2), 0),
        SimNode("y", "mex", 1, None, (0,), (np.array([[1, 2]]),), 2.5, True),
    ]
    simnet = SimNet(nodes)
    assert simnet.nodes[1].offsets == (((1, 2),),)
    assert type(simnet.nodes[0].width) is int
    assert simnet.beta == Fraction(5, 2)


def test_what_is_no_simnet():
    """Unknown kinds, negative fixed offsets, β = 0 or NaN, and offsets that do not fit."""
    with pytest.raises(CircuitError, match="kind"):
        SimNet([SimNode("x", "sum", 1, 0)])
    with pytest.raises(CircuitError, match="log of a negative"):
        one_mex(1, False, ((1, 0, -1), (0, 0, 1)))
    for beta in (0, 0.0, float("nan"), "1"):
        with pytest.raises(WeightError, match="beta"):
            one_mex(beta, True)
    with pytest.raises(CircuitError, match="MEX being a sum"):
        SimNet([SimNode("x", "input", 1, 0), SimNode("y", "input", 1, 1)])
    with pytest.raises(WeightError, match="shape"):
        SimNet(one_mex(1, True).nodes, {"b": np.zeros((1, 1))})
    with pytest.raises(WeightError, match="no offsets"):
        one_mex(1, True).evaluate(np.zeros((1, 1, 3)))
    with pytest.raises(WeightError, match="no similarity"):
        one_mex(1, True).score(np.zeros((1, 1, 3)))
    with pytest.raises(WeightError, match="channels"):
        SimNet(one_mex(1, True).nodes, None, ca.Similarity("l2", [[0.0]]))
    with pytest.raises(WeightError, match="finite beta"):
        ca.cp_model(2, 2, 1).to_simnet(beta=inf)


def test_what_is_no_circuit():
    """Several β, an infinite one, or one name of offsets averaged over two numbers of channels."""
    with pytest.raises(StructureError, match="one finite beta"):
        one_mex(inf, False).to_circuit()
    deep = ca.ht_model(4, 2, [2, 2]).to_simnet()
    nodes = [replace(n, beta=2) if n.name == deep.nodes[-1].name else n for n in deep.nodes]
    with pytest.raises(StructureError, match="this one has 1, 2"):
        SimNet(nodes).to_circuit()
    b = ca.CircuitBuilder(locations=2, dim=2)
    h = [b.sum(b.input(i), width=2, parameter="a") for i in range(2)]
    circuit = b.build(b.sum(b.product(*h), b.product(h[0]), parameter=["a", "b"], width=2))
    nodes = [
        replace(n, offsets=tuple("a" if x in ("a*2", "a*4") else x for x in n.offsets))
        for n in circuit.to_simnet(mean=True).nodes
    ]
    with pytest.raises(StructureError, match="averaged over"):
        SimNet(nodes).to_circuit()


def test_equal_simnets(tmp_path):
    """Nodes, offsets and layer decide; a copy and a saved one are equal, and have one hash."""
    circuit = ca.cp_model(2, 2, 1)
    weights = {name: np.ones(shape) for name, shape in circuit.parameters.items()}
    layer = ca.Similarity("l2", [[0.0], [1.0]])
    net = circuit.to_simnet(weights, similarity=layer)
    net.save(tmp_path / "net.json")
    for same in (copy.deepcopy(net), ca.load_simnet(tmp_path / "net.json")):
        assert same == net
        assert hash(same) == hash(net)
    other = ca.Similarity("l2", [[0.0], [2.0]])
    for different in (
        circuit.to_simnet(weights | {"out": 2 * weights["out"]}, similarity=layer),
        circuit.to_simnet(weights, similarity=other),
        circuit.to_simnet(weights),
        circuit.to_simnet(similarity=layer),
        ca.cp_model(2, 2, 2).to_simnet(similarity=layer),
        circuit,
    ):
        assert different != net
    assert layer == ca.Similarity("l2", [[0.0], [1.0]], [[1.0], [1.0]])
    assert layer != ca.Similarity("l2", [[0.0], [1.0]], normalize=True)
    assert layer != ca.Similarity("l1", [[0.0], [1.0]])


@pytest.mark.parametrize("beta", [10**400, Fraction(1, 10**400), Fraction(-1, 2**1030)])
def test_beta_beyond_floats_is_proved_about_and_not_evaluated(beta):
    """With values it is refused in a sentence; the theorem needs none."""
    circuit = ca.cp_model(2, 2, 1)
    weights = {name: np.ones(shape) for name, shape in circuit.parameters.items()}
    with pytest.raises(WeightError, match="beyond the range of floats"):
        circuit.to_simnet(weights, beta=beta)
    net = circuit.to_simnet(beta=beta)
    with pytest.raises(WeightError, match="beyond the range of floats"):
        net.evaluate(np.zeros((1, 2, 2)), weights)
    with pytest.raises(WeightError, match="beyond the range of floats"):
        net.to_weights(weights)
    assert net.to_circuit() == circuit
    ca.prove_log_space(circuit, net)
    near = Fraction(1, 10**300)
    found = circuit.to_simnet(weights, beta=near).evaluate(np.zeros((1, 2, 2)))
    assert np.allclose(found * float(near), np.log(4))


def test_similarities_and_offsets_are_real_numbers():
    """Complex numbers, texts and integers beyond floats are refused, never cut."""
    net = ca.cp_model(2, 1, 1).to_simnet()
    zeros = {name: np.zeros((1, 1)) for name in net.parameters}
    x = np.zeros((1, 2, 1))
    for bad in (1j, "1", 10**400):
        table = np.array([[bad]])
        with pytest.raises(WeightError, match="'out' must hold real numbers"):
            net.evaluate(x, zeros | {"out": table})
        with pytest.raises(WeightError, match="x must hold real numbers"):
            net.evaluate(np.stack([table, table], axis=1), zeros)
