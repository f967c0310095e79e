"""The folded plan computes what the circuit computes; NumPy alone is needed."""

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_circuits import mixture, wild
from trained_networks import NETWORKS, inputs, logarithm, simnets, weights

import circuitalg as ca
from circuitalg.errors import WeightError
from circuitalg.learning.plan import plan_of
from circuitalg.learning.run import run


def folded(network, parameters, x):
    """Outputs by the plan."""
    plan = plan_of(network)
    return run(plan, parameters, x, plan.arrays)


def same(found, expected):
    """Equal to rounding, infinities in the same places."""
    return np.allclose(found, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_computes_what_evaluation_computes(name):
    """Real weights, and non-negative ones (some 0) in log-space."""
    circuit, x = NETWORKS[name], inputs(NETWORKS[name])
    real = weights(circuit, "real")
    assert same(folded(circuit, real, x), circuit.evaluate(real, x))
    net = circuit.to_simnet(weights(circuit, "nonnegative"))
    assert same(folded(net, net.offsets, logarithm(x)), net.evaluate(logarithm(x)))


@given(st.integers(0, 10**6), st.sampled_from([wild, mixture]))
def test_any_circuit_is_folded_rightly(seed, make):
    """Constants, fixed matrices, reused nodes, parameters tied anywhere."""
    circuit = make(random.Random(seed), 5)
    real, x = weights(circuit, "real", seed), inputs(circuit, seed)
    assert same(folded(circuit, real, x), circuit.evaluate(real, x))


@pytest.mark.parametrize("name", simnets())
def test_simnets_with_any_beta(name):
    """Averages, infinite β, fixed offsets under β ≠ 1."""
    net = simnets()[name]
    generator = np.random.default_rng(3)
    offsets = {key: generator.normal(size=shape) for key, shape in net.parameters.items()}
    x = generator.normal(size=(5, len(net.dims), 3))
    assert same(folded(net, offsets, x), net.evaluate(x, offsets))


def test_sums_that_underflow_are_taken_term_by_term():
    """A zero weight on the largest channel leaves one that is e^-2000 times smaller."""
    net = ca.cp_model(2, 2, 1).to_simnet()
    offsets = {"a0.0": np.array([[-np.inf, -1.0]]), "a0.1": np.zeros((1, 2))}
    offsets["out"] = np.zeros((1, 1))
    x = np.array([[[0.0, -2000.0], [-np.inf, 0.0]], [[0.0, -np.inf], [1.0, 1.0]]])
    assert folded(net, offsets, x).ravel().tolist() == [-2001.0, -np.inf]
    assert net.evaluate(x, offsets).ravel().tolist() == [-2001.0, -np.inf]


def test_levels_are_few_whatever_the_number_of_locations():
    """An HT model of L levels has 2 L + 2 steps, a CP model 4; a shared matrix comes once."""
    deep = plan_of(ca.ht_model(64, 3, [2] * 6, shared=True))
    assert len(deep.steps) == 14
    assert all(labels in ((f"a{k}",), ("out",)) for k, s in enumerate(deep.steps[1::2])
               for labels in s.tables)  # fmt: skip
    assert not deep.arrays
    assert len(plan_of(ca.cp_model(64, 3, 2)).steps) == 4


def test_inputs_of_another_shape_are_refused():
    """With the sentence that evaluation has."""
    circuit = ca.cp_model(3, 2, 1)
    with pytest.raises(WeightError, match=r"shape \(batch, 3, 2\), got \(5, 2, 3\)"):
        folded(circuit, weights(circuit, "real"), np.ones((5, 2, 3)))


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
