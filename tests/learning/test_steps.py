"""Steps for training compute what the circuit computes; NumPy alone is needed."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trained_networks import NETWORKS, inputs, logarithm, simnets, weights

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import WeightError
from circuitalg.learning.steps import Prepared, outputs


def passed(network, parameters, x):
    """Outputs of a pass with NumPy's arrays."""
    prepared = Prepared(network)
    return outputs(prepared, parameters, x, prepared.constants)


def same(found, expected):
    """Equal to rounding, infinities in the same places."""
    return np.allclose(found, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_computes_what_evaluation_computes(name):
    """Real weights, and non-negative ones (some 0) in log-space."""
    circuit, x = NETWORKS[name], inputs(NETWORKS[name])
    real = weights(circuit, "real")
    assert same(passed(circuit, real, x), circuit.evaluate(real, x))
    net = circuit.to_simnet(weights(circuit, "nonnegative"))
    assert same(passed(net, net.offsets, logarithm(x)), net.evaluate(logarithm(x)))


@given(strategies.circuits(max_outputs=2), st.integers(0, 10**6))
def test_any_circuit_has_its_values(circuit, seed):
    """Constants, fixed matrices, reused nodes, parameters tied anywhere."""
    real, x = weights(circuit, "real", seed), inputs(circuit, seed)
    assert same(passed(circuit, real, x), circuit.evaluate(real, x))


@pytest.mark.parametrize("name", simnets())
def test_simnets_with_any_beta(name):
    """Averages, infinite β, fixed offsets under β ≠ 1."""
    net = simnets()[name]
    generator = np.random.default_rng(3)
    offsets = {key: generator.normal(size=shape) for key, shape in net.parameters.items()}
    x = generator.normal(size=(5, len(net.dims), 3))
    assert same(passed(net, offsets, x), net.evaluate(x, offsets))


def test_sums_that_underflow_are_taken_term_by_term():
    """A zero weight on the largest channel leaves one that is e^-2000 times smaller."""
    net = ca.cp_model(2, 2, 1).to_simnet()
    offsets = {"a0.0": np.array([[-np.inf, -1.0]]), "a0.1": np.zeros((1, 2))}
    offsets["out"] = np.zeros((1, 1))
    x = np.array([[[0.0, -2000.0], [-np.inf, 0.0]], [[0.0, -np.inf], [1.0, 1.0]]])
    assert passed(net, offsets, x).ravel().tolist() == [-2001.0, -np.inf]
    assert net.evaluate(x, offsets).ravel().tolist() == [-2001.0, -np.inf]


def test_a_shared_matrix_is_used_once_for_its_level():
    """N = 64: each of the 7 matrices is asked for once, whole; unshared ones once for a level."""
    for shared, first in ((True, (2, 3)), (False, (64, 2, 3))):
        circuit = ca.ht_model(64, 3, [2] * 6, shared=shared)
        real, x, asked = weights(circuit, "real"), inputs(circuit), []

        def seen(stored, mode, asked=asked):
            asked.append((stored.shape, mode))
            return stored

        prepared = Prepared(circuit)
        found = outputs(prepared, real, x, prepared.constants, seen)
        assert same(found, circuit.evaluate(real, x))
        assert len(asked) == 7
        assert asked[0] == (first, (1.0, 1))
        assert not prepared.constants


def test_parameters_are_taken_to_weights_and_fixed_matrices_are_not():
    """Parameters are doubled; a fixed matrix of the same shape, at the same level, is not."""
    b = ca.CircuitBuilder(locations=3, dim=2)
    fixed = b.sum(b.input(1), matrix=[[1, 2], [0, 1]])
    named = [b.sum(b.input(i), width=2) for i in (0, 2)]
    circuit = b.build(b.sum(b.product(named[0], fixed, named[1]), width=1))
    real, x = weights(circuit, "real"), inputs(circuit)
    prepared = Prepared(circuit)
    doubled = outputs(prepared, real, x, prepared.constants, lambda stored, _: 2 * stored)
    expected = circuit.evaluate({name: 2 * table for name, table in real.items()}, x)
    assert same(doubled, expected)
    assert not same(doubled, circuit.evaluate(real, x))


def test_inputs_of_another_shape_are_refused():
    """With the sentence that evaluation has."""
    circuit = ca.cp_model(3, 2, 1)
    with pytest.raises(WeightError, match=r"shape \(batch, 3, 2\), got \(5, 2, 3\)"):
        passed(circuit, weights(circuit, "real"), np.ones((5, 2, 3)))


@pytest.mark.parametrize(
    ("library", "call", "advice"),
    [("torch", "to_torch", 'pip install "circuitalg[torch]"'), ("jax", "to_jax", "install jax")],
)
def test_a_missing_library_is_named(library, call, advice):
    """One sentence with the command, circuitalg's own error, in a process without the library."""
    code = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "import circuitalg as ca\n"
        f"try: ca.{call}(ca.cp_model(2, 2, 1))\n"
        "except ca.CircuitalgError as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("MissingDependencyError")
    assert advice in done.stdout
