"""Weights from simplices: exact on small networks, in logarithms where factors overflow."""

from fractions import Fraction
from math import inf, log

import numpy as np
import pytest
from log_space_cases import MODELS, inputs_for, weights_for

import circuitalg as ca
from circuitalg.arithmetic.logarithm import log_of
from circuitalg.errors import RuleError, WeightError


def branches():
    """Two branches over shared subtrees, the second with its channels exchanged by a matrix."""
    b = ca.CircuitBuilder(locations=2, dim=3)
    h = [b.sum(b.input(i), width=2, parameter="a") for i in range(2)]
    turned = b.sum(b.product(*h), matrix=[[0, 1], [1, 0]])
    other = b.product(b.sum(b.input(0), width=2, parameter="b"), h[1])
    return b.build(b.sum(turned, other, width=2, parameter=["c", "d"]))


SIMPLE = {
    "cp": MODELS["cp"],
    "ht": MODELS["ht"],
    "shared": MODELS["shared"],
    "truncated": MODELS["truncated"],
    "tensor train": MODELS["tt"],
    "first level shared": lambda: ca.ht_model(8, 2, [2, 3, 2], shared=[True, False, False]),
    "branches": branches,
}


def sums_of_rows(circuit, shares):
    """For each sum over parameters, the sums of its rows over all its matrices."""
    for node in circuit.nodes:
        if node.kind == "sum" and isinstance(node.matrices[0], str):
            yield from sum(shares[name].sum(axis=1) for name in node.matrices)


@pytest.mark.parametrize("name", SIMPLE)
@pytest.mark.parametrize("zeros", [0, 0.4])
def test_the_function_stays_up_to_its_factor(name, zeros):
    """Over the rationals h(x; w) = h(1; w)·h(x; v); the rows of v are non-negative with sum 1."""
    circuit = SIMPLE[name]()
    weights = weights_for(circuit, 6, zeros=zeros)
    shares, logs = ca.to_simplex(circuit, weights)
    assert set(sums_of_rows(circuit, shares)) == {Fraction(1)}
    assert all((table >= 0).all() for table in shares.values())
    ones = [np.ones((1, dim), dtype=int) for dim in circuit.dims]
    factors = circuit.evaluate(weights, ones)
    x = inputs_for(circuit, 6, signs=True)
    same = circuit.evaluate(weights, x) == factors * circuit.evaluate(shares, x)
    assert same.all()
    expected = [log_of(factor) for factor in factors[0]]
    np.testing.assert_allclose(logs, expected, rtol=1e-12)


@pytest.mark.parametrize("name", SIMPLE)
def test_floats_agree_with_fractions(name):
    """The same weights as floats give the same shares, up to rounding."""
    circuit = SIMPLE[name]()
    weights = weights_for(circuit, 7, zeros=0.3)
    exact, logs = ca.to_simplex(circuit, weights)
    floats = {name: table.astype(float) for name, table in weights.items()}
    found, approximate = ca.to_simplex(circuit, floats)
    for parameter, table in exact.items():
        np.testing.assert_allclose(found[parameter], table.astype(float), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(approximate, logs, rtol=1e-12, atol=1e-14)


def test_factors_beyond_floats():
    """4,096 locations: a factor of exp(23,000), and in log-space the same function."""
    circuit = ca.ht_model(4096, 3, [3] * 12, shared=True)
    rng = np.random.default_rng(2)
    weights = {name: rng.uniform(5, 20, shape) for name, shape in circuit.parameters.items()}
    shares, logs = ca.to_simplex(circuit, weights)
    assert logs[0] > 23000
    np.testing.assert_allclose(list(sums_of_rows(circuit, shares)), 1.0, rtol=1e-14)
    x = rng.normal(size=(2, 4096, 3))
    scores = [circuit.to_simnet(w).evaluate(x) for w in (weights, shares)]
    np.testing.assert_allclose(scores[0], scores[1] + logs, rtol=1e-12)


def test_what_is_zero_everywhere():
    """A channel that is zero gets equal shares; an output that is zero has the factor 0."""
    circuit = ca.cp_model(2, 2, 2, outputs=2)
    weights = {name: np.ones(shape, dtype=int) for name, shape in circuit.parameters.items()}
    weights["a0.0"][0] = 0
    weights["out"][1] = [3, 0]
    for kind in (int, float):
        shares, logs = ca.to_simplex(circuit, {n: w.astype(kind) for n, w in weights.items()})
        assert shares["a0.0"][0].tolist() == [0.5, 0.5]
        assert logs[1] == -inf
        assert abs(logs[0] - log(4)) < 1e-15
        assert not any(np.isnan(table.astype(float)).any() for table in shares.values())


def test_what_has_no_simplex_form():
    """The kernel's condition: equal subtrees below tied matrices, choices as fixed matrices."""
    circuit = ca.ht_model(8, 2, [2, 2, 2], shared=[False, True, False])
    with pytest.raises(RuleError, match="different factors"):
        ca.to_simplex(circuit, circuit.random_weights(kind="nonnegative"))
    b = ca.CircuitBuilder(locations=1, dim=2)
    twice = b.sum(b.sum(b.input(0), width=2, parameter="a"), matrix=[[2, 0], [0, 2]])
    doubled = b.build(b.sum(twice, width=1, parameter="b"))
    with pytest.raises(RuleError, match="fixed matrix"):
        ca.to_simplex(doubled, doubled.random_weights(kind="nonnegative"))


@pytest.mark.parametrize("kind", ["integer", "float", "fraction"])
def test_negative_weights_are_refused(kind):
    """They are not shares, whatever their type."""
    circuit = ca.cp_model(2, 2, 3)
    with pytest.raises(WeightError, match="negative number"):
        ca.to_simplex(circuit, circuit.random_weights(seed=1, kind=kind))


@pytest.mark.parametrize("number", [np.inf, np.nan])
def test_what_is_not_finite_has_no_share(number):
    """Infinite weights and NaN are refused."""
    circuit = ca.cp_model(2, 1, 1)
    weights = {name: np.ones((1, 1)) for name in circuit.parameters}
    with pytest.raises(WeightError, match="infinite or NaN"):
        ca.to_simplex(circuit, weights | {"out": np.array([[number]])})
