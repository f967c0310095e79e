"""Large tensors are cut into two sides and multiplied: the same numbers as the pass through all."""

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg import strategies, threads
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, ht_model, rac_model, tree_model, tt_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import Node
from circuitalg.errors import TooLargeError
from circuitalg.tensor import grid, product
from circuitalg.tensor.coefficients import coefficient_tensor
from circuitalg.tensor.contraction import contraction
from circuitalg.tensor.floats import Floats
from circuitalg.tensor.grid import grid_tensor

seeds = st.integers(0, 10**6)
SMOOTH = strategies.circuits(kinds=strategies.MULTILINEAR_KINDS, max_outputs=2)
P = 8388593


def both(monkeypatch, call):
    """The result of the pass through the whole circuit, and that of a cut, for any size."""
    monkeypatch.setattr(grid, "_SMALL", 10**12)
    slow = call()
    monkeypatch.setattr(grid, "_SMALL", 0)
    monkeypatch.setattr(product, "_ALONE", 0)
    return slow, call()


def same(slow, fast):
    """Whether two tensors agree: floats up to rounding, other numbers exactly."""
    assert slow.shape == fast.shape
    if slow.dtype.kind in "fc":
        assert slow.dtype == fast.dtype
        tolerance = 1e5 * np.finfo(slow.dtype).eps
        assert np.allclose(slow, fast, rtol=tolerance, atol=tolerance * np.abs(slow).max())
    else:
        assert slow.tolist() == fast.tolist()


@given(circuit=SMOOTH, seed=seeds, kind=st.sampled_from(["integer", "fraction", "float"]))
def test_mixtures_ties_constants_and_fixed_matrices(circuit, seed, kind):
    """Any smooth decomposable circuit gives the same tensor either way, one output or all."""
    weights = circuit.random_weights(seed, kind)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for output in (None, 0):
            same(*both(monkeypatch, lambda o=output: coefficient_tensor(circuit, weights, o)))
        if kind != "float":
            slow, fast = both(
                monkeypatch, lambda: coefficient_tensor(circuit, weights, modulus=P, output=None)
            )
            assert slow.tolist() == fast.tolist()


@given(circuit=strategies.circuits(min_locations=4, max_locations=4, max_outputs=2), seed=seeds)
def test_grids_of_circuits_that_repeat_inputs(circuit, seed):
    """Where the scopes of a product overlap there is no cut through it, and the grid is right."""
    if len(set(circuit.dims)) > 1:
        return
    weights = circuit.random_weights(seed)
    templates = np.random.default_rng(seed).integers(-3, 4, (3, circuit.dims[0]))
    with pytest.MonkeyPatch.context() as monkeypatch:
        same(*both(monkeypatch, lambda: grid_tensor(circuit, weights, templates, output=None)))


@given(
    seed=seeds,
    size=st.sampled_from([1, 8, 64, 512, 4096]),
    run=st.sampled_from([0.0, 64.0, 1e6]),
)
def test_locations_in_any_order(seed, size, run):
    """Every order of the locations, layout and data type: the product is in their order.

    Where runs cost much, columns are of both sides.
    """
    generator = np.random.default_rng(seed)
    count = int(generator.integers(2, 11))
    dims = [int(n) for n in generator.integers(1, 4, count)]
    circuit = tree_model(ModeTree.random(count, seed=seed), dims, 3, outputs=2)
    dtype = [np.float64, np.float32, np.complex128, np.complex64][seed % 4]
    floats = circuit.random_weights(seed, "float")
    factor = 1 + 0.5j if seed % 4 > 1 else 1
    weights = {name: (array * factor).astype(dtype) for name, array in floats.items()}
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(product, "_BLOCK", size)
        monkeypatch.setattr(product, "_RUN", run)
        slow, fast = both(monkeypatch, lambda: coefficient_tensor(circuit, weights, seed % 2))
        assert fast.dtype == dtype
        same(slow, fast)
        assert fast.flags.c_contiguous


def test_two_threads_write_the_same(monkeypatch):
    """The blocks are shared out between threads, each written once."""
    circuit = tree_model(ModeTree.random(14, seed=5), 2, 4)
    weights = circuit.random_weights(0, "float")
    slow, one = both(monkeypatch, lambda: coefficient_tensor(circuit, weights))
    monkeypatch.setattr(product, "_BLOCK", 256)
    for count in (2, 3, 8):
        monkeypatch.setattr(threads, "count", lambda count=count: count)
        many = coefficient_tensor(circuit, weights)
        same(slow, many)
    same(slow, one)


@pytest.mark.parametrize("width", [1, 4, 100])
@pytest.mark.parametrize("order", ["LLLrrr", "LrrLLr", "LrLrLr", "Lrrrrr", "LLrLrL"])
def test_layouts_of_all_kinds(monkeypatch, width, order):
    """Narrow and wide products, mixed orders, dimensions whose last chunk is shorter."""
    generator = np.random.default_rng(width)
    sides = tuple(letter == "L" for letter in order)
    lengths = (3, 2, 5, 3, 2, 7)
    left, right = (
        generator.integers(
            -9, 10, (width, *(n if s is own else 1 for n, s in zip(lengths, sides, strict=True)))
        ).astype(float)
        for own in (True, False)
    )
    expected = (left * right).sum(axis=0)
    arithmetic = Floats({}, np.empty(0))
    pair = product.Term(left, right, sides)
    for size in (4, 30, 2**17):
        monkeypatch.setattr(product, "_BLOCK", size)
        for most in (1, 128):
            monkeypatch.setattr(product, "_INNER", most)
            # A result with gaps between its numbers is written through a buffer.
            for out in (np.empty(lengths), np.empty((*lengths, 2))[..., 0]):
                product.fill(arithmetic.joined([]), [pair], out)
                assert np.array_equal(out, expected)
                product.fill(arithmetic.joined([]), [pair, pair], out)
                assert np.array_equal(out, 2 * expected)


def test_a_chain_is_cut_in_the_middle():
    """A tensor train of bond 3 is cut at a bond near its middle, not at its last core."""
    circuit = tt_model(16, 2, 3)
    (part,) = contraction(circuit.nodes, circuit.dims, circuit.random_weights(0), [0]).parts[0]
    assert part.inner == 3
    assert 4 <= sum(part.sides) <= 12
    # The weights at the two ends of the chain are in different sides.
    left, right = part.steps[0]
    used = [{label for step in side for label in step.matrices} for side in (left, right)]
    assert "g0" in used[0]
    assert "g0" not in used[1]


def test_a_sum_of_products_over_different_partitions(monkeypatch):
    """Terms whose sides have different locations are added, each cut on its own."""
    nodes = [Node(f"x{i}", "input", 3, i) for i in range(4)]
    terms = []
    for a, b, c, d in ((0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2), (3, 2, 1, 0)):
        pairs = []
        for pair in ((a, b), (c, d)):
            sums = []
            for location in pair:
                label = f"w{len(nodes)}"
                nodes.append(Node(label, "sum", 2, None, (location,), (label,)))
                sums.append(len(nodes) - 1)
            nodes.append(Node(f"p{len(nodes)}", "product", 2, None, tuple(sums)))
            pairs.append(len(nodes) - 1)
        nodes.append(Node(f"p{len(nodes)}", "product", 2, None, tuple(pairs)))
        terms.append(len(nodes) - 1)
    labels = tuple(f"out{term}" for term in terms)
    nodes.append(Node("out", "sum", 2, None, tuple(terms), labels))
    circuit = Circuit.from_nodes(nodes)
    for kind in ("integer", "float", "fraction"):
        weights = circuit.random_weights(3, kind)
        same(*both(monkeypatch, lambda w=weights: coefficient_tensor(circuit, w, None)))
    parts = contraction(circuit.nodes, circuit.dims, circuit.random_weights(3), [0]).parts[0]
    assert sum(len(part.steps) for part in parts) == 4
    assert len({part.sides for part in parts}) == len(parts)


def test_infinities_stay_where_they_are(monkeypatch):
    """An overflow in some entries does not spoil the others."""
    circuit = tree_model(ModeTree.from_nested([[0, 2], [1, 3]]), 3, 2)
    weights = {name: np.ones(shape) for name, shape in circuit.parameters.items()}
    weights["ax0"] = weights["ax2"] = np.array([[1, 1e200, 1]] * 2)
    monkeypatch.setattr(grid, "_SMALL", 0)
    with np.errstate(over="ignore", invalid="ignore"):
        tensor = coefficient_tensor(circuit, weights)
    assert np.isinf(tensor[1, :, 1]).all()
    assert np.isfinite(tensor[[0, 2]]).all()
    assert np.isfinite(tensor[:, :, [0, 2]]).all()


def test_other_array_libraries(monkeypatch):
    """array_api_strict weights give an array_api_strict tensor, in the locations' order."""
    xp = array_api_strict
    circuit = tree_model(ModeTree.random(6, seed=4), 2, 3, outputs=2)
    expected = coefficient_tensor(circuit, circuit.random_weights(0), output=None)
    monkeypatch.setattr(grid, "_SMALL", 0)
    for dtype in (xp.float64, xp.float32, xp.int64):
        own = {n: xp.asarray(a, dtype=dtype) for n, a in circuit.random_weights(0).items()}
        tensor = coefficient_tensor(circuit, own, output=None)
        assert isinstance(tensor, type(xp.asarray(1)))
        assert tensor.dtype == dtype
        assert np.allclose(np.asarray(tensor), expected)


def test_exact_results_become_python_ints_before_they_overflow(monkeypatch):
    """Beyond 2^53 the product is int64, beyond 2^63 Python ints; never a rounded number."""
    circuit = ht_model(4, 2, [2, 2])
    monkeypatch.setattr(grid, "_SMALL", 0)
    for scale, kind in ((1, np.int64), (2**7, np.int64), (2**10 + 1, object)):
        weights = {name: np.full(shape, scale) for name, shape in circuit.parameters.items()}
        tensor = coefficient_tensor(circuit, weights)
        assert tensor.dtype == kind
        assert set(tensor.ravel().tolist()) == {4 * scale**7 * 2}


def test_memory_is_the_result_and_little_more():
    """The limit that lets the tensor through is within 1.3 of its size; the result alone is not."""
    circuit = tree_model(ModeTree.balanced(23), 2, 4)
    weights = circuit.random_weights(0, "float")
    size = 8 * 2**23
    tensor = coefficient_tensor(circuit, weights, max_bytes=int(1.3 * size))
    assert tensor.nbytes == size
    with pytest.raises(TooLargeError, match=r"needs .* bytes"):
        coefficient_tensor(circuit, weights, max_bytes=size)


def test_recurrent_and_shallow_networks(monkeypatch):
    """Chains with constants, wide products of many factors, shared weights."""
    for circuit in (
        rac_model(9, 2, 3),
        cp_model(9, 2, 3, shared=True),
        cp_model(4, [3, 1, 4, 2], 2, outputs=3),
        ht_model(9, 2, [3, 2], window=3, shared=True),
    ):
        weights = circuit.random_weights(1)
        same(*both(monkeypatch, lambda c=circuit, w=weights: coefficient_tensor(c, w, None)))


def test_an_output_that_is_a_product(monkeypatch):
    """The output need not be a sum."""
    x = [Node(f"x{i}", "input", 2, i) for i in range(3)]
    for nodes in ([*x, Node("p", "product", 2, None, (0, 1, 2))], x[:1]):
        circuit = Circuit.from_nodes(nodes)
        for output in (0, 1, None):
            same(*both(monkeypatch, lambda c=circuit, o=output: coefficient_tensor(c, {}, o)))
