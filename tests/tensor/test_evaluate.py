"""Batched evaluation: exact for exact numbers, floats of any array library otherwise."""

from fractions import Fraction

import array_api_strict
import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg import strategies
from circuitalg.circuit.models import cp_model, ht_model, rac_model
from circuitalg.errors import WeightError
from circuitalg.tensor.evaluate import evaluate

seeds = st.integers(0, 10**6)
ANY = strategies.circuits(min_locations=1, max_outputs=2)


def inputs(circuit, batch, seed, low=-5, high=6):
    """Random integer vectors by location."""
    generator = np.random.default_rng(seed)
    return [generator.integers(low, high, (batch, dim)) for dim in circuit.dims]


@given(circuit=ANY, seed=seeds, kind=st.sampled_from(["integer", "fraction"]))
def test_exact_values_are_those_of_the_reference(circuit, seed, kind):
    """Ints and Fractions give exactly the textbook value, for any circuit."""
    weights = circuit.random_weights(seed, kind)
    x = inputs(circuit, 11, seed)
    scores = evaluate(circuit, weights, x)
    assert scores.shape == (11, circuit.num_outputs)
    for b in range(3):
        for output in range(circuit.num_outputs):
            vectors = [table[b].tolist() for table in x]
            expected = brute.outputs(circuit, weights, vectors, prime=None)[output]
            assert scores[b, output] == expected
    if kind == "fraction" and circuit.parameters:
        assert all(isinstance(n, Fraction) for n in scores.ravel().tolist())


@given(circuit=ANY, seed=seeds)
def test_floats_are_close_to_exact(circuit, seed):
    """Float weights, float inputs, or both, give float64 near the exact value."""
    weights = circuit.random_weights(seed, "fraction")
    x = inputs(circuit, 11, seed)
    exact = evaluate(circuit, weights, x).astype(float)
    floats = {name: matrix.astype(float) for name, matrix in weights.items()}
    float_x = [table.astype(float) for table in x]
    for w, inputs_ in ((floats, x), (weights, float_x), (floats, float_x)):
        if w is floats and inputs_ is x and not floats:
            continue
        scores = evaluate(circuit, w, inputs_)
        assert scores.dtype == np.float64
        assert np.allclose(scores, exact, rtol=1e-9, atol=1e-6 * (1 + np.abs(exact).max()))


def test_integers_never_overflow():
    """Where int64 would wrap around, the values are Python ints; where not, int64."""
    circuit = ht_model(locations=16, dim=2, widths=[2, 2, 2, 2])
    weights = {name: np.full(shape, 9) for name, shape in circuit.parameters.items()}
    small = evaluate(circuit, weights, np.zeros((1, 16, 2), dtype=np.int64))
    assert small.dtype == np.int64
    large = evaluate(circuit, weights, np.full((1, 16, 2), 100))
    assert large.dtype == object
    assert type(large[0, 0]) is int
    # (sum of 2 entries of 9 x 100) pairwise squared, times 9, summed over 2 channels, per level.
    value = 2 * 9 * 100
    for _ in range(4):
        value = 2 * 9 * value**2
    assert large[0, 0] == value


def test_the_smallest_int64_is_no_exception():
    """-2^63 has no absolute value in int64 and is evaluated exactly all the same."""
    circuit = cp_model(locations=2, dim=1, width=1)
    weights = {name: np.ones(shape, dtype=np.int64) for name, shape in circuit.parameters.items()}
    x = np.full((1, 2, 1), -(2**63))
    assert evaluate(circuit, weights, x).tolist() == [[2**126]]
    x = np.full((1, 2, 1), 2**64 - 1, dtype=np.uint64)
    assert evaluate(circuit, weights, x).tolist() == [[(2**64 - 1) ** 2]]


def test_dtype_follows_the_floats():
    """float32 stays float32, complex stays complex, and mixed floats take the wider type."""
    circuit = cp_model(locations=3, dim=2, width=2, outputs=2)
    weights = circuit.random_weights(0)
    x = np.ones((4, 3, 2))
    assert evaluate(circuit, weights, x.astype(np.float32)).dtype == np.float32
    assert evaluate(circuit, weights, x.astype(np.complex128)).dtype == np.complex128
    floats = {name: matrix.astype(np.float32) for name, matrix in weights.items()}
    assert evaluate(circuit, floats, x).dtype == np.float64
    assert evaluate(circuit, floats, x.astype(int)).dtype == np.float32


@pytest.mark.parametrize("dims", [2, [2, 3, 1, 2]])
def test_any_array_library(dims):
    """array_api_strict arrays come back as such: floats as floats, small integers as integers."""
    xp = array_api_strict
    circuit = cp_model(locations=4, dim=dims, width=3, outputs=2)
    weights = circuit.random_weights(1)
    tables = inputs(circuit, 5, 1)
    x = tables if isinstance(dims, list) else np.stack(tables, axis=1)

    def strict(array, dtype):
        if isinstance(array, list):
            return [strict(table, dtype) for table in array]
        return xp.asarray(array, dtype=dtype)

    expected = evaluate(circuit, weights, x)
    for dtype in (xp.float64, xp.float32, xp.int64):
        mine = evaluate(circuit, weights, strict(x, dtype))
        assert isinstance(mine, type(xp.asarray(1)))
        assert mine.dtype == dtype
        assert np.allclose(np.asarray(mine), expected)
    own = {name: xp.asarray(matrix, dtype=xp.float64) for name, matrix in weights.items()}
    assert np.allclose(np.asarray(evaluate(circuit, own, strict(x, xp.float64))), expected)


def test_torch_keeps_gradients():
    """Torch tensors stay torch tensors, and gradients flow to weights and inputs."""
    torch = pytest.importorskip("torch")
    circuit = ht_model(locations=4, dim=2, widths=[2, 2])
    weights = {
        name: torch.tensor(matrix, requires_grad=True)
        for name, matrix in circuit.random_weights(0, "float").items()
    }
    x = torch.ones((3, 4, 2), dtype=torch.float64, requires_grad=True)
    scores = evaluate(circuit, weights, x)
    scores.sum().backward()
    assert x.grad is not None
    assert all(matrix.grad is not None for matrix in weights.values())


def test_repeated_inputs_are_evaluated():
    """A recurrent circuit of two layers, which has no coefficient tensor, has values."""
    circuit = rac_model(locations=4, dim=2, width=2, layers=2)
    x = np.arange(8).reshape(1, 4, 2)
    assert evaluate(circuit, circuit.random_weights(3), x).shape == (1, 1)


def test_an_empty_batch_has_no_scores():
    """A batch of length 0 gives an array (0, outputs)."""
    circuit = cp_model(locations=2, dim=2, width=1, outputs=3)
    for kind in ("integer", "float", "fraction"):
        weights = circuit.random_weights(0, kind)
        assert evaluate(circuit, weights, np.zeros((0, 2, 2), dtype=int)).shape == (0, 3)


def test_thousands_of_locations():
    """16,384 locations are evaluated in one pass."""
    circuit = ht_model(locations=2**14, dim=2, widths=[1] * 14, shared=True)
    weights = {name: np.ones(shape, dtype=np.int64) for name, shape in circuit.parameters.items()}
    x = np.zeros((2, 2**14, 2), dtype=np.int64)
    x[0, :, 1] = 1
    assert evaluate(circuit, weights, x).tolist() == [[1], [0]]


def test_wrong_shapes_get_one_sentence():
    """Each wrong shape or type is a WeightError that says what was expected."""
    one = cp_model(locations=3, dim=2, width=2)
    several = cp_model(locations=3, dim=[2, 3, 4], width=2)
    w1, w2 = one.random_weights(0), several.random_weights(0)
    cases = [
        (one, w1, np.zeros((1, 3, 3)), r"shape \(batch, 3, 2\), got \(1, 3, 3\)"),
        (one, w1, np.zeros((3, 2)), r"shape \(batch, 3, 2\), got \(3, 2\)"),
        (several, w2, np.zeros((1, 3, 2)), "different dimensions"),
        (several, w2, [np.zeros((1, 2))], "for 1 locations, and the circuit has 3"),
        (several, w2, [np.zeros((1, 2)), np.zeros((2, 3)), np.zeros((1, 4))], "location 1"),
        (several, w2, [np.zeros(2), np.zeros(3), np.zeros(4)], r"location 0 .*got \(2,\)"),
        (one, {}, np.zeros((1, 3, 2)), "no weights"),
        (one, w1, np.full((1, 3, 2), "a", dtype=object), "not one of them"),
        (one, w1, np.full((1, 3, 2), 0.5, dtype=object), "not one of them"),
    ]
    for circuit, weights, x, message in cases:
        with pytest.raises(WeightError, match=message):
            evaluate(circuit, weights, x)
