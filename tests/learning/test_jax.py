"""Networks as pure functions for JAX: values, gradients, compilation."""

import numpy as np
import pytest
from trained_networks import NETWORKS, inputs, logarithm, simnets, weights

import circuitalg as ca

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
