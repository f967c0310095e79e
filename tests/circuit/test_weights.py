"""Random weights of each kind, and the check of given ones."""

from fractions import Fraction

import numpy as np
import pytest

from circuitalg.circuit import ht_model
from circuitalg.circuit.weights import as_weights, random_weights
from circuitalg.errors import ArgumentError, OptionError, WeightError

CIRCUIT = ht_model(4, 3, [4, 5], shared=[True, False], outputs=2)


@pytest.mark.parametrize("kind", ["integer", "fraction", "float", "nonnegative", "simplex"])
def test_kinds(kind):
    """Right names and shapes, the same for the same seed, different for another."""
    weights = CIRCUIT.random_weights(seed=3, kind=kind)
    as_weights(CIRCUIT, weights)
    assert list(weights) == list(CIRCUIT.parameters)
    again, other = random_weights(CIRCUIT, 3, kind), random_weights(CIRCUIT, 4, kind)
    assert all((weights[name] == again[name]).all() for name in weights)
    assert any((weights[name] != other[name]).any() for name in weights)
    entries = [entry for array in weights.values() for entry in array.ravel().tolist()]
    if kind == "integer":
        assert weights["a0"].dtype == np.int64
        assert set(entries) <= set(range(-9, 10))
        assert min(entries) < 0
    if kind == "nonnegative":
        assert weights["a0"].dtype == np.int64
        assert set(entries) <= set(range(10))
    if kind in ("fraction", "simplex"):
        assert all(type(entry) is Fraction for entry in entries)
    if kind == "simplex":
        assert min(entries) >= 0
        for array in weights.values():
            assert all(sum(row) == 1 for row in array.tolist())
    if kind == "float":
        assert weights["a0"].dtype == np.float64


def test_a_simplex_row_of_width_one_is_one():
    """One channel: the only point of the simplex, though the draw may be zero."""
    circuit = ht_model(2, 1, [1])
    for seed in range(20):
        weights = random_weights(circuit, seed, "simplex")
        assert all(array.tolist() == [[1]] for array in weights.values())


@pytest.mark.parametrize(("seed", "kind"), [(0, "gauss"), (0, None), (-1, "float"), (1.5, "float")])
def test_wrong_kinds_and_seeds_are_refused(seed, kind):
    """With the list of kinds, or the seed that was given."""
    with pytest.raises((ArgumentError, OptionError)):
        random_weights(CIRCUIT, seed, kind)


def test_wrong_weights_are_refused():
    """Missing, unknown, of another shape, no arrays, no dictionary."""
    good = CIRCUIT.random_weights()
    cases = {
        "'a0' has no weights": {n: w for n, w in good.items() if n != "a0"},
        "no parameter 'extra'": good | {"extra": good["a0"]},
        r"'a0' have shape \(3, 4\); it needs \(4, 3\)": good | {"a0": good["a0"].T},
        "'a0' must be an array": good | {"a0": 3},
        "not a list": [1, 2],
    }
    for words, weights in cases.items():
        with pytest.raises((ArgumentError, WeightError), match=words):
            as_weights(CIRCUIT, weights)
    as_weights(CIRCUIT, good)
