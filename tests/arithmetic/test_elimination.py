"""Exact elimination in float64 against FLINT: every shape, rank, prime and structure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strict_device import DeviceArray, device

from circuitalg.arithmetic import elimination, floatmod, modular
from circuitalg.arithmetic.elimination import Elimination
from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.errors import ModulusError

PRIMES = [2, 3, 5, 251, 65537, 2**22 - 3, DEFAULT_PRIME, 2**24 - 3]


def check(matrix, p, xp=np):
    """Rank, minor and determinant are FLINT's."""
    matrix = np.asarray(matrix) % p
    given = xp.asarray(matrix) if xp is device else matrix
    done = Elimination(floatmod.centred(given, p, xp), p, xp)
    assert len(done.pivots) == int(modular._flint(matrix, p).rank())
    assert done.pivots == sorted(set(done.pivots))
    assert done.rows == sorted(set(done.rows))
    minor = matrix[np.ix_(done.rows, done.pivots)]
    value = int(modular._flint(minor, p).det()) if done.pivots else 1
    assert done.determinant == value != 0
    if matrix.shape[0] == matrix.shape[1]:
        stopped = Elimination(floatmod.centred(given, p, xp), p, xp, full=True)
        assert stopped.determinant == int(modular._flint(matrix, p).det())


@st.composite
def structured(draw):
    """A matrix modulo a prime as grids are: low rank, zeros, repeated lines, extreme residues."""
    p = draw(st.sampled_from(PRIMES))
    rows, columns = draw(st.integers(1, 210)), draw(st.integers(1, 210))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    rank = draw(st.integers(0, min(rows, columns)))
    if draw(st.booleans()):
        matrix = generator.integers(0, p, (rows, columns))
    else:
        factors = generator.integers(0, p, (rows, rank)), generator.integers(0, p, (rank, columns))
        matrix = factors[0] @ factors[1] % p  # below 210 · 2^48
    for change in draw(st.lists(st.sampled_from("zrcbewst"), max_size=4)):
        match change:
            case "z":  # zero columns and rows
                matrix[:, generator.random(columns) < 0.3] = 0
                matrix[generator.random(rows) < 0.3] = 0
            case "r":  # repeated rows, next to each other or not
                matrix = matrix[np.sort(generator.integers(0, rows, rows))]
            case "c":
                matrix = matrix[:, generator.integers(0, columns, columns)]
            case "b":  # residues at the bound, both signs
                matrix = np.where(matrix % 2 == 0, p // 2, p // 2 + 1) % p
            case "e":  # one line of ones, all else sparse
                matrix = matrix * (generator.random(matrix.shape) < 0.02)
                matrix[-1] = 1
            case "w":
                matrix = np.tril(matrix)
            case "s":
                matrix = matrix[::-1].copy()
            case "t":  # a zero block in the corner where pivots are looked for first
                matrix[: rows // 2, : columns // 2] = 0
    return matrix, p


@given(structured())
def test_agrees_with_flint(case):
    """Structured matrices of every shape, modulo primes from 2 to the largest allowed."""
    check(*case)


@pytest.mark.parametrize("p", [2, DEFAULT_PRIME, 2**24 - 3])
@pytest.mark.parametrize(
    ("rows", "columns", "rank"),
    [(600, 600, 600), (600, 600, 411), (70, 900, 70), (900, 70, 65), (520, 530, 1)],
)
def test_several_panels(rows, columns, rank, p):
    """Ranks that cross panels, with the missing columns scattered among the others."""
    generator = np.random.default_rng(rows + columns + rank)
    if rank == min(rows, columns):
        check(generator.integers(0, p, (rows, columns)), p)
    else:
        left = generator.integers(0, p, (rows, rank))
        check(left @ generator.integers(0, p, (rank, columns)) % p, p)  # below 600 · 2^48


@pytest.mark.parametrize("p", [2, 251, DEFAULT_PRIME, 2**24 - 3])
def test_shapes_of_pivots(p):
    """Permutations, staircases and anti-diagonals: every block of rows misses its pivots."""
    generator = np.random.default_rng(p)
    size = 150
    numbers = np.arange(size)
    unit = np.eye(size, dtype=int)
    for matrix in (
        unit[::-1],
        unit[generator.permutation(size)],
        np.eye(size, k=1, dtype=int),
        np.tril(generator.integers(0, p, (size, size)))[::-1],
        np.minimum(numbers[:, None], numbers),
        (numbers[:, None] // 16 == numbers % 64) * (1 + numbers // 64),
        np.repeat(generator.integers(0, p, (2, size)), 75, axis=0),
        np.zeros((size, size), dtype=int),
    ):
        check(matrix, p)
        check(np.vstack([matrix, unit]), p)
        check(np.hstack([matrix, matrix, unit]), p)


@pytest.mark.parametrize("p", PRIMES)
def test_largest_residues(p):
    """All entries at plus or minus the bound, where sums come nearest to 2^53."""
    generator = np.random.default_rng(1)
    signs = generator.integers(0, 2, (300, 300))
    check(np.where(signs, p // 2, -(p // 2)), p)
    check(np.where(signs[:130], p // 2, -(p // 2)), p)
    check(np.full((200, 200), p // 2), p)


def test_an_entry_changed_by_one_changes_the_answer():
    """A singular matrix is found singular, and its neighbour is not."""
    p = DEFAULT_PRIME
    matrix = np.random.default_rng(4).integers(0, p, (200, 200))
    matrix[150] = (matrix[3] + 5 * matrix[77]) % p
    assert modular.determinant(matrix, p) == 0
    assert modular.rank(matrix, p) == 199
    matrix[150, 12] = (matrix[150, 12] + 1) % p
    assert modular.determinant(matrix, p) != 0
    assert modular.rank(matrix, p) == 200


def test_a_modulus_without_exact_products_is_refused():
    """The bound is checked: where fewer products fit than a block piles up, nothing is computed."""
    assert floatmod.inner_limit(floatmod.LIMIT) >= elimination._LEAF
    too_large = 2**25
    assert floatmod.inner_limit(too_large) < elimination._LEAF
    with pytest.raises(ModulusError, match=r"2\^24"):
        Elimination(np.ones((2, 2)), too_large)


@pytest.mark.parametrize("p", PRIMES)
def test_the_number_of_exact_products_is_right(p):
    """As many products as stated, and a residue, stay within 2^53 - 2p."""
    count, most = floatmod.inner_limit(p), floatmod.bound(p)
    assert count * most**2 + most <= 2**53 - 2 * p < (count + 2) * most**2


@given(seed=st.integers(0, 10**6), p=st.sampled_from(PRIMES), size=st.integers(1, 70))
def test_triangular_inverses(seed, p, size):
    """Inverses of unit lower triangular matrices, whatever stands on their diagonal and above."""
    generator = np.random.default_rng(seed)
    matrices = floatmod.centred(generator.integers(0, p, (2, size, size)), p)
    inverses = elimination._inverse_unit_lower(matrices, p)
    for matrix, inverse in zip(matrices, inverses, strict=True):
        lower = np.tril(matrix, -1) + np.eye(size)
        product = floatmod.canonical(floatmod.matmul_mod(lower, inverse, p), p)
        assert (product == np.eye(size)).all()


@given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(st.integers(0, 600), st.integers(0, 1100), st.integers(0, 40)),
    p=st.sampled_from(PRIMES),
)
def test_subtracted_products(seed, shape, p):
    """Subtracts a b from c modulo p, whatever the inner dimension, in a view as well."""
    rows, inner, columns = shape
    generator = np.random.default_rng(seed)
    a = generator.integers(-(p // 2), p // 2, (rows, inner), endpoint=True)
    b = generator.integers(-(p // 2), p // 2, (inner, columns), endpoint=True)
    c = generator.integers(-(p // 2), p // 2, (rows, columns), endpoint=True)
    whole = np.zeros((rows, columns + 3))
    whole[:, 2:-1] = c
    floatmod.subtract_product(whole[:, 2:-1], a.astype(float), b.astype(float), p)
    # At most 1,100 products below 2^46 fit 63 bits.
    assert (floatmod.canonical(whole[:, 2:-1], p) == (c - a @ b) % p).all()
    assert not whole[:, :2].any()
    assert not whole[:, -1].any()
    assert (np.abs(whole) <= floatmod.bound(p)).all()


@pytest.mark.parametrize("p", [2, 3, DEFAULT_PRIME, 2**24 - 3])
def test_a_device_gives_the_same(p):
    """The route for GPUs keeps its arrays on the device and agrees, missing pivots included."""
    generator = np.random.default_rng(p)
    matrix = generator.integers(0, p, (150, 140))
    check(matrix, p, device)
    matrix[:80, :70] = 0
    matrix[:, 100] = matrix[:, 3]
    check(matrix, p, device)
    check(matrix[:140], p, device)
    on_device = device.asarray(matrix)
    assert isinstance(on_device, DeviceArray)
    assert modular.rank(on_device, p, xp=device) == modular.rank(matrix, p)
    rows, columns = modular.nonzero_minor(on_device, p, xp=device)
    minor = matrix[np.ix_(rows, columns)]
    value = modular.determinant(device.asarray(minor), p, xp=device)
    assert value == modular.determinant(minor, p) != 0


def test_the_stand_in_for_a_device_refuses_to_mix():
    """A test of the test: an array of the device never meets one of NumPy's unnoticed."""
    x = device.asarray(np.ones((2, 2)))
    for wrong in (
        lambda: x + np.ones((2, 2)),
        lambda: np.asarray(x),
        lambda: device.matmul(x, np.ones((2, 2))),
        lambda: x.__setitem__(0, np.ones(2)),
    ):
        with pytest.raises(TypeError):
            wrong()
    assert (device.asnumpy(x + x) == 2).all()


@pytest.mark.gpu
def test_cupy_agrees_with_flint():
    """On a GPU, structured and random matrices have FLINT's rank and determinant."""
    import cupy

    p = DEFAULT_PRIME
    matrix = np.random.default_rng(0).integers(0, p, (700, 700))
    assert modular.determinant(cupy.asarray(matrix), p, xp=cupy) == modular.determinant(matrix, p)
    matrix[:300, :200] = 0
    matrix[:, 500] = 3 * matrix[:, 20] % p
    assert modular.rank(cupy.asarray(matrix), p, xp=cupy) == modular.rank(matrix, p)
    assert modular.nonzero_minor(cupy.asarray(matrix), p, xp=cupy) == modular.nonzero_minor(
        matrix, p
    )
