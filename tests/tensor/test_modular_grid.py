"""A circuit's values modulo a prime on a grid of row and column vectors."""

import random
from contextlib import contextmanager
from fractions import Fraction

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strict_device import device

from circuitalg import strategies
from circuitalg.arithmetic.modular import rank
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.builder import CircuitBuilder
from circuitalg.circuit.models import cp_model, ht_model, rac_model, tree_model, tt_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.errors import ModulusError, WeightError
from circuitalg.tensor import bilinear, grid_plan, modular_grid
from circuitalg.tensor.coefficients import coefficient_tensor
from circuitalg.tensor.evaluate import evaluate
from circuitalg.tensor.matricize import matricization
from circuitalg.tensor.modular_grid import grid_matrix, grid_values

P = 8388593


def vectors_for(circuit, sides, shape, p, seed):
    """Random residues by location, as many as the grid has rows or columns."""
    generator = np.random.default_rng(seed)
    return [
        generator.integers(0, p, (shape[side], dim))
        for side, dim in zip(sides, circuit.dims, strict=True)
    ]


def expected_grid(circuit, weights, vectors, sides, shape, p, output):
    """Entry by entry with Python ints."""
    at = [
        [
            [v[(i, j)[s]].tolist() for v, s in zip(vectors, sides, strict=True)]
            for j in range(shape[1])
        ]
        for i in range(shape[0])
    ]
    return [[brute.outputs(circuit, weights, each, p)[output] for each in row] for row in at]


def residue(number, p):
    """A rational modulo p."""
    number = Fraction(number)
    return number.numerator * pow(number.denominator, -1, p) % p


@contextmanager
def set_to(tile, forms, core, kept, part=None):
    """Tiles of this size; forms made always, never or where they pay; factors kept or not; the
    grid in parts of this many rows and columns. However small, it is planned.
    """
    changes = [(grid_plan, "TILE", tile), (grid_plan, "_CORE", core), (bilinear, "_KEPT", kept)]
    changes.append((modular_grid, "_SMALL", 0))
    if forms != "by count":
        changes.append((grid_plan, "pays", lambda *_, **__: forms == "always"))
    if part is not None:
        changes += [(grid_plan, "_PART", part), (grid_plan, "_WORK", 1)]
    before = [(module, name, getattr(module, name)) for module, name, _ in changes]
    try:
        for module, name, value in changes:
            setattr(module, name, value)
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


@given(
    circuit=strategies.circuits(min_locations=1, max_outputs=2),
    seed=st.integers(0, 10**6),
    p=st.sampled_from([3, 257, P, 2**24 - 3]),
    tile=st.sampled_from([1, 7, 2**14]),
    forms=st.sampled_from(["always", "never", "by count"]),
    core=st.sampled_from([0, 2**14]),
    kept=st.sampled_from([0, 2**22]),
    part=st.sampled_from([1, 3, None]),
    xp=st.sampled_from([np, device]),
)
def test_values_are_those_of_the_reference(circuit, seed, p, tile, forms, core, kept, part, xp):
    """Every entry is the textbook value modulo p, for any circuit, sides, output and tile size,
    however many subtrees are evaluated at once, in whatever parts, and on a device.
    """
    weights = circuit.random_weights(seed)
    picker = random.Random(seed)
    sides = [picker.randint(0, 1) for _ in circuit.dims]
    # A side without locations has one (empty) vector.
    shape = tuple(picker.randint(1, 4) if side in sides else 1 for side in (0, 1))
    output = picker.randrange(circuit.num_outputs)
    vectors = vectors_for(circuit, sides, shape, p, seed)
    with set_to(tile, forms, core, kept, part):
        found = grid_values(circuit.nodes, weights, vectors, sides, p, output=output, xp=xp)
    unplanned = grid_values(circuit.nodes, weights, vectors, sides, p, output=output, xp=xp)
    expected = expected_grid(circuit, weights, vectors, sides, shape, p, output)
    for each in (found, unplanned):
        mine = device.asnumpy(each) if xp is device else each
        assert mine.dtype == np.int64
        assert mine.tolist() == expected


@pytest.mark.parametrize("forms", ["always", "never"])
@pytest.mark.parametrize("kept", [0, 2**22])
def test_forms_are_exact_at_the_bound(forms, kept):
    """Residues of the largest size, inner dimensions beyond one exact product, three children."""
    p = 2**24 - 3
    half = p // 2
    circuit = tree_model(ModeTree.balanced(9, arity=3), dim=3, widths=6)
    largest = {name: np.full(shape, half) for name, shape in circuit.parameters.items()}
    for sides in ([0, 1, 0, 1, 0, 1, 0, 1, 0], [0, 0, 0, 1, 1, 1, 0, 1, 1]):
        vectors = [np.full((3, 3), half) for _ in sides]
        leaf = 3 * half * half
        inner = 6 * half * leaf**3
        with set_to(2**14, forms, 2**21, kept):
            mine = grid_values(circuit.nodes, largest, vectors, sides, p)
        assert (mine == 6 * half * inner**3 % p).all()


def test_a_sum_of_forms_and_other_children():
    """A mixture of a wide product, a product of mixtures and a product used thrice is exact."""
    b = CircuitBuilder(locations=3, dim=2)
    x = [b.input(i) for i in range(3)]
    wide = b.product(*(b.sum(node, width=300) for node in x))
    narrow = b.product(*(b.sum(node, width=2) for node in x))
    twice = b.product(b.sum(wide, narrow, width=3), b.sum(narrow, width=3))
    circuit = b.build(b.sum(wide, twice, narrow, width=2))
    weights = circuit.random_weights(1)
    for sides in ([0, 1, 1], [1, 0, 1]):
        vectors = vectors_for(circuit, sides, (5, 4), P, 2)
        x = [
            np.array([v[pair[s]].tolist() for pair in np.ndindex(5, 4)], dtype=object)
            for v, s in zip(vectors, sides, strict=True)
        ]
        exact = evaluate(circuit, weights, x)
        for output in (0, 1):
            mine = grid_values(circuit.nodes, weights, vectors, sides, P, output=output)
            assert mine.ravel().tolist() == [int(n) % P for n in exact[:, output]]


@pytest.mark.parametrize(
    "circuit",
    [
        cp_model(6, 3, 5, shared=True),
        ht_model(8, 2, [2, 3, 2], outputs=2),
        tt_model(5, 2, ranks=3),
        tree_model(ModeTree.random(7, seed=3), dim=2, widths=3),
        rac_model(5, 2, width=2, layers=2),
    ],
    ids=["cp", "ht", "tt", "tree", "rac"],
)
def test_values_of_the_models(circuit):
    """On the models the grid agrees with batched exact evaluation."""
    n = circuit.num_locations
    parts = Bipartition.random(n, seed=1)
    weights = circuit.random_weights(2, "fraction")
    vectors = vectors_for(circuit, parts.sides, (5, 4), P, 3)
    pairs = [(i, j) for i in range(5) for j in range(4)]
    x = [
        np.array([v[pair[s]].tolist() for pair in pairs], dtype=object)
        for v, s in zip(vectors, parts.sides, strict=True)
    ]
    output = circuit.num_outputs - 1
    exact = evaluate(circuit, weights, x)[:, output].reshape(5, 4)
    rows, columns = [vectors[i] for i in parts.I], [vectors[j] for j in parts.J]
    mine = grid_matrix(circuit, weights, rows, columns, parts, P, output=output)
    assert mine.tolist() == [[residue(n, P) for n in row] for row in exact.tolist()]


def test_wide_sums_are_reduced_in_time():
    """A sum over more channels than one float64 product holds is exact, fused or not."""
    width = 700
    circuit = cp_model(4, 2, width)
    largest = {name: np.full(shape, P // 2) for name, shape in circuit.parameters.items()}
    for sides in (bytes([0, 0, 1, 1]), bytes([0, 0, 0, 0])):
        shape = (3, 3 if 1 in sides else 1)
        vectors = [np.full((shape[s], 2), P // 2) for s in sides]
        mine = grid_values(circuit.nodes, largest, vectors, sides, P)
        leaf = 2 * (P // 2) ** 2
        assert (mine == width * (P // 2) * leaf**4 % P).all()


def test_the_rank_is_that_of_the_coefficient_tensor():
    """Enough random product vectors see the whole rank modulo p, and never more."""
    circuit = ht_model(4, 3, [2, 2])
    weights = circuit.random_weights(0)
    for parts in Bipartition.all(4):
        tensor = coefficient_tensor(circuit, weights, modulus=P)
        whole = rank(matricization(tensor, parts), P)
        vectors = vectors_for(circuit, parts.sides, (30, 30), P, 1)
        assert rank(grid_values(circuit.nodes, weights, vectors, parts.sides, P), P) == whole


def test_bad_input_is_refused():
    """Composite or large moduli, missing locations, unequal counts and shapes get one sentence."""
    circuit = cp_model(4, 2, 2)
    weights = circuit.random_weights(0)
    parts = Bipartition.odd_even(4)
    good = [np.ones((3, 2), dtype=int)] * 2
    for p in (9, 1, 2**24 + 43):
        with pytest.raises(ModulusError, match=r"prime below 2\^24"):
            grid_matrix(circuit, weights, good, good, parts, p)
    cases = [
        (good[:1], good, weights, "I has 2 locations"),
        (good, [good[0], good[0][:2]], weights, "columns have 2 and 3"),
        ([good[0], np.ones((3, 3), dtype=int)], good, weights, "length 2, got 3"),
        (good, good, {}, "no weight matrix"),
        (good, good, {name: np.ones((5, 5), dtype=int) for name in weights}, "must have shape"),
    ]
    for rows, columns, given_weights, message in cases:
        with pytest.raises(WeightError, match=message):
            grid_matrix(circuit, given_weights, rows, columns, parts, P)
    with pytest.raises(WeightError, match="outputs 0 to 0"):
        grid_matrix(circuit, weights, good, good, parts, P, output=1)


def test_a_large_grid_needs_no_tensor():
    """24 locations of dimension 4: a 300 x 300 grid in little time and memory."""
    circuit = tree_model(ModeTree.balanced(24), dim=4, widths=4)
    parts = Bipartition.odd_even(24)
    generator = np.random.default_rng(0)
    weights = {n: generator.integers(0, P, shape) for n, shape in circuit.parameters.items()}
    vectors = vectors_for(circuit, parts.sides, (300, 300), P, 0)
    assert rank(grid_values(circuit.nodes, weights, vectors, parts.sides, P), P) == 300


@pytest.mark.gpu
def test_cupy_agrees_with_numpy():
    """On a GPU the grid has the same entries."""
    import cupy

    circuit = tree_model(ModeTree.random(7, seed=3), dim=2, widths=3)
    parts = Bipartition.odd_even(7)
    weights = circuit.random_weights(0)
    vectors = vectors_for(circuit, parts.sides, (50, 40), P, 0)
    mine = grid_values(circuit.nodes, weights, vectors, parts.sides, P)
    gpu = grid_values(circuit.nodes, weights, vectors, parts.sides, P, xp=cupy)
    assert (cupy.asnumpy(gpu) == mine).all()
