"""Networks as pure functions for JAX: values, gradients, compilation."""

from fractions import Fraction

import numpy as np
import pytest
from trained_networks import NETWORKS, inputs, logarithm, simnets, weights

import circuitalg as ca
from circuitalg.errors import CircuitalgError, WeightError

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install jax")


@pytest.fixture(autouse=True)
def _float64():
    """Values are compared in float64, which JAX has to be asked for."""
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("name", ["HT, shared", "caterpillar", "mixture"])
def test_it_computes_what_numpy_computes(name):
    """Compiled; real weights, and logarithms of non-negative ones."""
    circuit, x = NETWORKS[name], inputs(NETWORKS[name])
    real = weights(circuit, "real")
    found = jax.jit(ca.to_jax(circuit))(real, x)
    assert np.allclose(found, circuit.evaluate(real, x), rtol=1e-11, atol=1e-12)
    given = weights(circuit, "nonnegative")
    logs = {key: logarithm(table) for key, table in given.items()}
    found = jax.jit(ca.to_jax(circuit, log=True))(logs, logarithm(x))
    assert np.allclose(found, logarithm(circuit.evaluate(given, x)), rtol=1e-11, atol=1e-12)


def test_sums_that_underflow_are_taken_term_by_term():
    """The only channel with a weight lies e^-2000 below the largest."""
    logs = {"a0.0": np.array([[-np.inf, -1.0]]), "a0.1": np.zeros((1, 2)), "out": np.zeros((1, 1))}
    x = np.array([[[0.0, -2000.0], [-np.inf, 0.0]], [[0.0, -np.inf], [1.0, 1.0]]])
    network = jax.jit(ca.to_jax(ca.cp_model(2, 2, 1), log=True))
    assert network(logs, x).ravel().tolist() == [-2001.0, -np.inf]


def test_numbers_of_every_kind():
    """Integers, NumPy's and JAX's, that would overflow; Fractions, short floats, nested lists."""
    circuit = ca.ht_model(4, 2, [2, 2])
    network = jax.jit(ca.to_jax(circuit))
    given = {name: np.full(shape, 1000) for name, shape in circuit.parameters.items()}
    x = np.full((1, 4, 2), 1000)
    expected = circuit.evaluate(given, x).astype(float)
    exact = {name: table.astype(object) / Fraction(1) for name, table in given.items()}
    of_jax = {name: jax.numpy.asarray(table) for name, table in given.items()}
    for weights_given, inputs_given in [
        (given, x),
        (exact, x.astype(object)),
        (of_jax, jax.numpy.asarray(x)),
        (given, [x[:, i] for i in range(4)]),
    ]:
        assert np.allclose(ca.to_jax(circuit)(weights_given, inputs_given), expected)
    assert np.allclose(ca.to_jax(circuit)(given, x.tolist()), expected)
    small = {name: jax.numpy.ones(shape, "bfloat16") for name, shape in circuit.parameters.items()}
    assert network(small, jax.numpy.ones((1, 4, 2), "bfloat16")).dtype == "bfloat16"
    integers = {name: table // 1000 for name, table in given.items()}
    log = ca.to_jax(circuit, log=True)
    assert np.allclose(log(integers, x // 1000), circuit.to_simnet().evaluate(x // 1000, integers))


def test_what_the_function_refuses():
    """Missing, misshapen and superfluous weights; texts, and complex numbers in log-space."""
    circuit = ca.cp_model(2, 2, 1)
    network, x = ca.to_jax(circuit), np.ones((1, 2, 2))
    ones = {name: np.ones(shape) for name, shape in circuit.parameters.items()}
    for given, reason in [
        ({}, "has no weights"),
        ([1], "dictionary"),
        (ones | {"out": np.ones((2, 1))}, "shape"),
        (ones | {"more": np.ones((2, 1))}, "no parameter 'more'"),
        (ones | {"out": np.array([["1"]])}, "real numbers"),
        (ones | {"out": np.ma.masked_array([[1.0]], mask=True)}, "masked"),
    ]:
        with pytest.raises(CircuitalgError, match=reason):
            network(given, x)
    with pytest.raises(WeightError, match="x must hold real numbers"):
        network(ones, x.astype(str))
    with pytest.raises(WeightError, match="real floating"):
        ca.to_jax(circuit, log=True)(ones, x + 1j)


def test_simnets_keep_their_values():
    """With several β, averages and infinities."""
    net = simnets()["several β"]
    generator = np.random.default_rng(3)
    offsets = {key: generator.normal(size=shape) for key, shape in net.parameters.items()}
    x = generator.normal(size=(5, 2, 3))
    assert np.allclose(jax.jit(ca.to_jax(net))(offsets, x), net.evaluate(x, offsets), rtol=1e-11)


def test_gradients_are_those_of_finite_differences_and_never_nan():
    """Also where a weight and an input are log 0."""
    circuit = ca.ht_model(4, 2, [2, 2], outputs=2)
    logs = {key: logarithm(t) for key, t in weights(circuit, "simplex", seed=7).items()}
    assert any(np.isneginf(table).any() for table in logs.values())
    x = logarithm(inputs(circuit))
    x[0, 0, 0] = -np.inf
    network = ca.to_jax(circuit, log=True)

    @jax.jit
    def total(given):
        scores = network(given, x)
        return jax.numpy.where(jax.numpy.isfinite(scores), scores, 0).sum()

    gradient = jax.jit(jax.grad(total))(logs)
    assert all(np.isfinite(table).all() for table in gradient.values())
    places = np.argwhere(np.isfinite(logs["a0.1"]))
    row, column = places[0]
    moved = [
        logs | {"a0.1": logs["a0.1"] + h * np.eye(2)[[row]].T * np.eye(2)[column]}
        for h in (1e-5, -1e-5)
    ]
    difference = (total(moved[0]) - total(moved[1])) / 2e-5
    assert np.isclose(gradient["a0.1"][row, column], difference, atol=1e-7)
