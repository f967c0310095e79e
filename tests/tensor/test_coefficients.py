"""Coefficient tensors, grid tensors and matricizations."""

import tracemalloc
from fractions import Fraction
from itertools import product

import array_api_strict
import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg import strategies
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.models import cp_model, ht_model, rac_model, tree_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.errors import (
    BipartitionError,
    ModulusError,
    OptionError,
    StructureError,
    TooLargeError,
    WeightError,
)
from circuitalg.tensor import grid
from circuitalg.tensor.coefficients import coefficient_tensor, coefficients
from circuitalg.tensor.evaluate import evaluate
from circuitalg.tensor.grid import grid_tensor
from circuitalg.tensor.matricize import matricization

seeds = st.integers(0, 10**6)
SMOOTH = strategies.circuits(kinds=strategies.MULTILINEAR_KINDS, max_outputs=2)
P = 8388593


@given(circuit=SMOOTH, seed=seeds, kind=st.sampled_from(["integer", "fraction"]))
def test_the_tensor_represents_the_function(circuit, seed, kind):
    """Σ A[d] x_1[d_1] ... x_N[d_N] is the circuit's value at a random point, for every output."""
    weights = circuit.random_weights(seed, kind)
    stacked = coefficient_tensor(circuit, weights, output=None)
    assert stacked.shape == (circuit.num_outputs, *circuit.dims)
    generator = np.random.default_rng(seed)
    vectors = [generator.integers(-5, 6, dim).tolist() for dim in circuit.dims]
    for output in range(circuit.num_outputs):
        tensor = coefficient_tensor(circuit, weights, output=output)
        assert tensor.shape == circuit.dims
        assert (tensor == stacked[output]).all()
        total = 0
        for index in product(*(range(dim) for dim in circuit.dims)):
            term = tensor[index] if tensor.dtype == object else int(tensor[index])
            for vector, d in zip(vectors, index, strict=True):
                term *= vector[d]
            total += term
        assert total == brute.outputs(circuit, weights, vectors, prime=None)[output]


@given(circuit=SMOOTH, seed=seeds, kind=st.sampled_from(["integer", "fraction", "float"]))
def test_chosen_entries_are_those_of_the_tensor(circuit, seed, kind):
    """coefficients() gives the same entries, of the same type, without the tensor."""
    weights = circuit.random_weights(seed, kind)
    output = seed % circuit.num_outputs
    tensor = coefficient_tensor(circuit, weights, output=output)
    indices = np.array(list(product(*(range(dim) for dim in circuit.dims))))
    entries = coefficients(circuit, weights, indices, output=output)
    if tensor.dtype.kind == "f":
        assert entries.dtype == tensor.dtype
        assert np.allclose(entries, tensor.ravel())
    else:
        assert entries.tolist() == tensor.ravel().tolist()


@given(circuit=SMOOTH, seed=seeds)
def test_residues_are_those_of_the_exact_tensor(circuit, seed):
    """With a modulus, the entries are the exact ones modulo it, Fractions included."""
    weights = circuit.random_weights(seed, "fraction")
    exact = coefficient_tensor(circuit, weights)
    for p in (251, P, 2**24 - 3):
        mine = coefficient_tensor(circuit, weights, modulus=p)
        assert mine.dtype == np.int64
        expected = [n.numerator * pow(n.denominator, -1, p) % p for n in map(Fraction, exact.flat)]
        assert mine.ravel().tolist() == expected


@given(circuit=SMOOTH, seed=seeds)
def test_floats_are_close_to_exact(circuit, seed):
    """Float weights give a float tensor near the exact one."""
    weights = circuit.random_weights(seed, "fraction")
    exact = coefficient_tensor(circuit, weights).astype(float)
    floats = {name: matrix.astype(float) for name, matrix in weights.items()}
    if not floats:
        return
    tensor = coefficient_tensor(circuit, floats)
    assert tensor.dtype == np.float64
    assert np.allclose(tensor, exact, rtol=1e-9, atol=1e-9 * (1 + np.abs(exact).max()))


def test_integer_tensors_are_int64_until_they_would_overflow():
    """Small integer tensors are int64; where int64 would wrap around they are Python ints."""
    circuit = ht_model(locations=8, dim=2, widths=[2, 2, 2], shared=True)
    weights = {name: np.full(shape, 2) for name, shape in circuit.parameters.items()}
    small = coefficient_tensor(circuit, weights)
    assert small.dtype == np.int64
    huge = {name: np.full(shape, 10**9) for name, shape in circuit.parameters.items()}
    large = coefficient_tensor(circuit, huge)
    assert large.dtype == object
    # Every entry is a monomial of one degree in the (equal) weights.
    degree = 8 + 4 + 2 + 1
    assert large[0, 0, 0, 0, 0, 0, 0, 0] * 2**degree == int(small.flat[0]) * 10 ** (9 * degree)


def test_the_array_library_is_kept():
    """array_api_strict weights give an array_api_strict tensor."""
    xp = array_api_strict
    circuit = tree_model(ModeTree.random(5, seed=2), dim=2, widths=2)
    weights = circuit.random_weights(0)
    expected = coefficient_tensor(circuit, weights)
    for dtype in (xp.float32, xp.int64):
        own = {name: xp.asarray(matrix, dtype=dtype) for name, matrix in weights.items()}
        tensor = coefficient_tensor(circuit, own)
        assert isinstance(tensor, type(xp.asarray(1)))
        assert tensor.dtype == dtype
        assert np.allclose(np.asarray(tensor), expected)
        entries = coefficients(circuit, own, [[0] * 5, [1] * 5])
        assert np.allclose(np.asarray(entries), [expected[0, 0, 0, 0, 0], expected[1, 1, 1, 1, 1]])


def test_many_locations_of_dimension_1():
    """63 locations of dimension 1 have a tensor: with the outputs 64 axes, the most of an array."""
    circuit = cp_model(locations=63, dim=1, width=2, outputs=2)
    tensor = coefficient_tensor(circuit, circuit.random_weights(0), output=None)
    assert tensor.shape == (2, *[1] * 63)


def test_too_large_is_refused_with_the_numbers():
    """The refusal names the bytes needed, the limit and the way out, for any N, at once."""
    circuit = ht_model(locations=16, dim=4, widths=[4, 4, 4, 4], shared=True)
    weights = circuit.random_weights(0)
    with pytest.raises(TooLargeError, match=r"34,359,738,368 bytes.*circuit\.coefficients"):
        coefficient_tensor(circuit, weights, max_bytes=10**9)
    with pytest.raises(MemoryError, match="max_bytes, 4,096 bytes"):
        coefficient_tensor(cp_model(8, 4, 1), cp_model(8, 4, 1).random_weights(0), max_bytes=4096)
    huge = ht_model(locations=4096, dim=4, widths=[1] * 12, shared=True)
    with pytest.raises(TooLargeError, match=r"4096 axes.*circuit\.coefficients"):
        coefficient_tensor(huge, huge.random_weights(0))
    with pytest.raises(TooLargeError, match="grid tensor needs"):
        grid_tensor(huge, huge.random_weights(0), np.eye(4, dtype=int))
    assert coefficients(huge, huge.random_weights(0), [[0] * 4096]).shape == (1,)


def test_objects_count_with_their_size():
    """Fractions and long ints need more than 8 bytes each, and the refusal counts them."""
    circuit = cp_model(locations=8, dim=2, width=1)
    exact = circuit.random_weights(0, "fraction")
    floats = circuit.random_weights(0, "float")
    limit = 256 * 8 * 4
    assert coefficient_tensor(circuit, floats, max_bytes=limit).shape == (2,) * 8
    with pytest.raises(TooLargeError):
        coefficient_tensor(circuit, exact, max_bytes=limit)
    assert coefficient_tensor(circuit, exact, max_bytes=100 * limit).shape == (2,) * 8


def test_no_tensor_without_smoothness_and_decomposability():
    """A circuit that repeats inputs is refused with the reason and pointed at the grid tensor."""
    circuit = rac_model(locations=4, dim=2, width=2, layers=2)
    weights = circuit.random_weights(0)
    for call in (
        lambda: coefficient_tensor(circuit, weights),
        lambda: coefficients(circuit, weights, [[0, 0, 0, 0]]),
    ):
        with pytest.raises(StructureError, match=r"no coefficient tensor: .*; use grid_tensor"):
            call()
    single = rac_model(locations=4, dim=2, width=2, layers=1)
    assert coefficient_tensor(single, single.random_weights(0)).shape == (2,) * 4


def test_bad_arguments_get_one_sentence():
    """A wrong output, index, modulus or template is refused."""
    circuit = cp_model(locations=3, dim=[2, 3, 2], width=2, outputs=2)
    weights = circuit.random_weights(0)
    for output in (2, -1):
        with pytest.raises(OptionError, match="output"):
            coefficient_tensor(circuit, weights, output=output)
        with pytest.raises(OptionError, match="output"):
            coefficients(circuit, weights, [[0, 0, 0]], output=output)
    for indices, message in (
        ([[0, 3, 0]], "index 3 of entry 0 is out of range at location 1"),
        ([[0, 0, 0], [0, 0, -1]], "index -1 of entry 1"),
        ([0, 0, 0], r"shape \(count, 3\)"),
        ([[0.0, 0.0, 0.0]], "integers"),
    ):
        with pytest.raises(WeightError, match=message):
            coefficients(circuit, weights, indices)
    for p in (4, 2**24 + 43, -3):
        with pytest.raises(ModulusError):
            coefficient_tensor(circuit, weights, modulus=p)
    with pytest.raises(WeightError, match="one dimension"):
        grid_tensor(circuit, weights, np.eye(2))
    equal = cp_model(locations=3, dim=2, width=2)
    with pytest.raises(WeightError, match=r"shape \(T, 2\)"):
        grid_tensor(equal, equal.random_weights(0), np.eye(3))


@given(
    circuit=strategies.circuits(min_locations=3, max_locations=3, max_outputs=2),
    seed=seeds,
    kind=st.sampled_from(["integer", "fraction"]),
)
def test_the_grid_tensor_holds_the_values(circuit, seed, kind):
    """Entry d is the value at templates[d_i], for circuits that repeat inputs too."""
    if len(set(circuit.dims)) > 1:
        return
    generator = np.random.default_rng(seed)
    templates = generator.integers(-3, 4, (int(generator.integers(1, 4)), circuit.dims[0]))
    weights = circuit.random_weights(seed, kind)
    grid = grid_tensor(circuit, weights, templates, output=None)
    assert grid.shape == (circuit.num_outputs, *[len(templates)] * 3)
    for output in range(circuit.num_outputs):
        for index in product(range(len(templates)), repeat=3):
            vectors = [templates[d].tolist() for d in index]
            assert (
                grid[(output, *index)]
                == brute.outputs(circuit, weights, vectors, prime=None)[output]
            )


def test_the_grid_on_unit_vectors_is_the_coefficient_tensor():
    """For a multilinear circuit, one-hot templates give the coefficients."""
    circuit = tree_model(ModeTree.random(6, seed=1), dim=2, widths=3)
    weights = circuit.random_weights(1)
    grid = grid_tensor(circuit, weights, np.eye(2, dtype=int))
    assert (grid == coefficient_tensor(circuit, weights)).all()
    floats = grid_tensor(circuit, weights, np.eye(2))
    assert np.allclose(floats, grid)


@given(seed=seeds)
def test_matricization_places_every_entry(seed):
    """Row and column are the indices of I and J as digits, the first location the slowest."""
    generator = np.random.default_rng(seed)
    dims = tuple(int(n) for n in generator.integers(1, 4, int(generator.integers(2, 5))))
    tensor = generator.integers(0, 1000, dims)
    parts = Bipartition.random(len(dims), seed=seed)
    matrix = matricization(tensor, parts)
    for index in product(*(range(dim) for dim in dims)):
        row = column = 0
        for i in parts.I:
            row = row * dims[i] + index[i]
        for j in parts.J:
            column = column * dims[j] + index[j]
        assert matrix[row, column] == tensor[index]
    assert (matricization(tensor, parts.swapped()) == matrix.T).all()
    assert (matricization(tensor.astype(object), parts) == matrix).all()
    strict = matricization(array_api_strict.asarray(tensor), parts)
    assert (np.asarray(strict) == matrix).all()


def test_matricization_needs_a_fitting_bipartition():
    """A bipartition of another number of locations is refused."""
    with pytest.raises(BipartitionError, match="3 axes and the bipartition 4"):
        matricization(np.zeros((2, 2, 2)), Bipartition.odd_even(4))


def test_methods_of_the_circuit_delegate():
    """circuit.evaluate, .coefficient_tensor and .coefficients are these functions."""
    circuit = cp_model(locations=2, dim=2, width=2)
    weights = circuit.random_weights(5)
    x = np.arange(4).reshape(1, 2, 2)
    assert (circuit.evaluate(weights, x) == evaluate(circuit, weights, x)).all()
    tensor = coefficient_tensor(circuit, weights)
    assert (circuit.coefficient_tensor(weights) == tensor).all()
    assert circuit.coefficients(weights, [[1, 0]]).tolist() == [tensor[1, 0]]


def test_the_estimate_counts_long_integers_of_the_result(monkeypatch):
    """Entries beyond 63 bits are Python integers; their bytes are announced, not a pointer's."""
    circuit = tree_model(ModeTree.random(18, seed=2), dim=2, widths=4)
    weights = circuit.random_weights(0)
    announced = []
    monkeypatch.setattr(grid, "check_bytes", lambda needed, *_: announced.append(needed))
    tensor = coefficient_tensor(circuit, weights)
    assert tensor.dtype == object
    tracemalloc.start()
    coefficient_tensor(circuit, weights)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= max(announced)
