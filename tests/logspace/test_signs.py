"""Signed networks in log-space: signs and logarithms, and the parts of signed weights."""

from fractions import Fraction
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_space_cases import MODELS, inputs_for, weights_for

import circuitalg as ca
from circuitalg import strategies
from circuitalg.arithmetic.logarithm import log_of
from circuitalg.errors import WeightError


def agree(found, exact, tolerance=1e-9):
    """Signs are equal and logarithms close, where terms do not nearly cancel."""
    signs, logs = found
    for sign, log, value in zip(signs.ravel(), logs.ravel(), exact.ravel(), strict=True):
        if value == 0:
            assert sign == 0 or log < -20
            continue
        assert sign == (1 if value > 0 else -1)
        assert abs(log - log_of(abs(value))) < tolerance * max(1, abs(log))


@settings(max_examples=40)
@given(circuit=strategies.circuits(max_outputs=2), seed=st.integers(0, 10**6))
def test_signs_and_logarithms_of_any_circuit(circuit, seed):
    """Against the same circuit over the rationals, for weights and inputs of both signs."""
    weights, x = weights_for(circuit, seed, signs=True), inputs_for(circuit, seed, signs=True)
    agree(ca.log_sign_evaluate(circuit, weights, x), circuit.evaluate(weights, x))


@pytest.mark.parametrize("name", MODELS)
def test_a_batch_is_its_rows(name):
    """Shape (batch, outputs), each row as alone."""
    circuit = MODELS[name]()
    weights, x = weights_for(circuit, 5, signs=True), inputs_for(circuit, 5, signs=True, batch=5)
    signs, logs = ca.log_sign_evaluate(circuit, weights, x)
    assert signs.shape == logs.shape == (5, circuit.num_outputs)
    alone = ca.log_sign_evaluate(circuit, weights, [table[2:3] for table in x])
    np.testing.assert_array_equal(signs[2:3], alone[0])
    np.testing.assert_allclose(logs[2:3], alone[1], rtol=1e-12)


def test_no_depth_is_too_deep():
    """4,096 locations, weights of ±10^200 and ±10^-200: floats would overflow at once."""
    circuit = ca.ht_model(4096, 2, [2] * 12, shared=True)
    rng = np.random.default_rng(7)
    for size in (200, -200):
        weights = {
            name: rng.choice([-1.0, 1.0], shape) * rng.uniform(1, 2, shape) * 10.0**size
            for name, shape in circuit.parameters.items()
        }
        exact = {
            name: np.array([[Fraction(x) for x in row] for row in table], dtype=object)
            for name, table in weights.items()
        }
        x = np.broadcast_to(np.array([3, -2]), (1, 4096, 2))
        signs, logs = ca.log_sign_evaluate(circuit, weights, x)
        # Every location alike: square the two channels of one node for each level.
        value = exact["a0"] @ np.array([Fraction(3), Fraction(-2)], dtype=object)
        for name in [f"a{level}" for level in range(1, 12)] + ["out"]:
            value = value * value
            scale = max(abs(v) for v in value)
            value = np.array([round_to(v, scale) for v in value], dtype=object)
            value = exact[name] @ value
        assert signs[0, 0] == (1 if value[0] > 0 else -1)
        assert abs(logs[0, 0] - log_of(abs(value[0]))) < 1e-9 * abs(logs[0, 0])


def round_to(value, scale):
    """A Fraction with about 400 digits below the scale, so that squaring stays short."""
    shift = max(0, 1400 - int(log_of(scale) / np.log(2)))
    return Fraction(int(value * 2**shift), 2**shift)


def test_exact_zeros_and_remainders():
    """X − x is 0; where rounding left something the sign is that of the remainder."""
    b = ca.CircuitBuilder(locations=1, dim=2)
    circuit = b.build(b.sum(b.input(0), width=1, parameter="w"))
    w = {"w": np.array([[1.0, -1.0]])}
    x = np.array([[[7e-300, 7e-300]], [[0.0, 0.0]], [[3.0, 1.0]], [[1e300, 2e300]]])
    signs, logs = ca.log_sign_evaluate(circuit, w, x)
    assert signs.ravel().tolist() == [0, 0, 1, -1]
    assert logs.ravel()[:2].tolist() == [-inf, -inf]
    np.testing.assert_allclose(logs.ravel()[2:], [np.log(2), np.log(1e300)], rtol=1e-15)


def test_small_terms_beside_large_ones_are_seen():
    """A row whose large entries meet zeros: what is 10^-400 of the largest still counts."""
    b = ca.CircuitBuilder(locations=1, dim=3)
    circuit = b.build(b.sum(b.input(0), width=1, parameter="w"))
    w = {"w": np.array([[1e300, -1e-300, 0.0]])}
    signs, logs = ca.log_sign_evaluate(circuit, w, np.array([[[0.0, 1e-200, 1e300]]]))
    assert signs.tolist() == [[-1]]
    np.testing.assert_allclose(logs, [[np.log(1e-300) + np.log(1e-200)]], rtol=1e-14)


def test_through_the_split_it_is_the_same():
    """log-sum-exp on the split, and one difference at the end."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights, x = weights_for(circuit, 8, signs=True), inputs_for(circuit, 8)
    simnet = ca.split_signs(circuit).to_simnet(ca.split_weights(weights))
    from log_space_cases import logs

    both = simnet.evaluate([logs(table) for table in x])
    value = np.exp(both[:, 0]) - np.exp(both[:, 1])
    signs, found = ca.log_sign_evaluate(circuit, weights, x)
    np.testing.assert_allclose(signs[:, 0] * np.exp(found[:, 0]), value, rtol=1e-9)


def test_the_split_cancels_at_the_end_and_this_does_not():
    """64 locations: the split's halves agree in all digits, signs with logarithms keep theirs."""
    circuit = ca.ht_model(64, 3, [4] * 6)
    weights = circuit.random_weights(seed=3)
    x = np.random.default_rng(0).integers(1, 10, (4, 64, 3))
    halves = ca.split_signs(circuit).to_simnet(ca.split_weights(weights)).evaluate(np.log(x))
    exact = circuit.evaluate(weights, x.astype(object))
    agree(ca.log_sign_evaluate(circuit, weights, x), exact, 1e-12)
    for half, value in zip(halves[:, 0], exact[:, 0], strict=True):
        assert half - log_of(abs(value)) > 40


@pytest.mark.parametrize(
    "table",
    [
        np.array([[1.5, -2.0], [0.0, -0.0]]),
        np.array([[3, -4]]),
        np.array([[5, 0]], dtype=np.uint8),
        np.array([[np.iinfo(np.int64).min, 7]]),
        np.array([[Fraction(-1, 3), 10**30]], dtype=object),
    ],
)
def test_parts_of_weights(table):
    """W = W+ − W-, both at least 0, no entry in both; unsigned and extreme integers too."""
    parts = ca.split_weights({"w": table})
    assert sorted(parts) == ["w+", "w-"]
    plus, minus = (np.asarray(part).astype(object) for part in (parts["w+"], parts["w-"]))
    assert ((plus >= 0) & (minus >= 0) & ((plus == 0) | (minus == 0))).all()
    assert (plus - minus == table.astype(object)).all()


def test_shapes_are_checked():
    """Weights and inputs of other shapes are refused in words."""
    circuit = ca.cp_model(2, 2, 1)
    with pytest.raises(WeightError, match="shape"):
        ca.log_sign_evaluate(circuit, circuit.random_weights(), np.zeros((1, 3, 2)))
    with pytest.raises(WeightError, match="no weights"):
        ca.log_sign_evaluate(circuit, {}, np.zeros((1, 2, 2)))


def test_a_split_keeps_nan():
    """A weight that is NaN is so in both parts, never 0."""
    parts = ca.split_weights({"a": np.array([[np.nan, -1.0, 2.0, -0.0]])})
    assert np.array_equal(parts["a+"], [[np.nan, 0, 2, 0]], equal_nan=True)
    assert np.array_equal(parts["a-"], [[np.nan, 1, 0, 0]], equal_nan=True)


def test_infinite_numbers_have_no_signed_sum():
    """They are refused, as weights and as inputs."""
    circuit = ca.cp_model(2, 1, 1)
    ones = {name: np.ones((1, 1)) for name in circuit.parameters}
    x = np.ones((1, 2, 1))
    for infinite in (np.inf, -np.inf):
        with pytest.raises(WeightError, match="'out' holds an infinite number"):
            ca.log_sign_evaluate(circuit, ones | {"out": np.array([[infinite]])}, x)
        with pytest.raises(WeightError, match="x holds an infinite number"):
            ca.log_sign_evaluate(circuit, ones, x * infinite)
