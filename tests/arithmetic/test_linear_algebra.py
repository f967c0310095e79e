"""The contract that every route of exact linear algebra keeps: FLINT, exact float64, rationals."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.arithmetic import floatmod, modular, rational
from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.errors import ModulusError

FLINT = "flint"
FLOATS = "floats"
Q = "rationals"


class Route:
    """One route with a prime (or none), called alike."""

    def __init__(self, name, p):
        self.name, self.p = name, p

    def __getattr__(self, function):
        """rank, determinant or nonzero_minor by this route."""
        if self.p is None:
            return getattr(rational, function)
        xp = np if self.name == FLOATS else None
        return lambda matrix: getattr(modular, function)(matrix, self.p, xp=xp)

    def number(self, n):
        """The number in this field, as plain elimination uses it."""
        return Fraction(n) if self.p is None else Residue(n, self.p)

    def __repr__(self):
        return f"{self.name}-{self.p}"


class Residue:
    """A number modulo p with the operations that plain elimination needs."""

    def __init__(self, n, p):
        n = Fraction(n)
        self.n, self.p = n.numerator * pow(n.denominator, -1, p) % p, p

    def __sub__(self, other):
        return Residue(self.n - other.n, self.p)

    def __mul__(self, other):
        return Residue(self.n * other.n, self.p)

    def __truediv__(self, other):
        return Residue(self.n * pow(other.n, -1, self.p), self.p)

    def __neg__(self):
        return Residue(-self.n, self.p)

    def __bool__(self):
        return self.n != 0

    def __eq__(self, other):
        return self.n == (other.n if isinstance(other, Residue) else other)

    __hash__ = None


def plain_elimination(matrix, number):
    """Rank and (for square matrices) determinant by the textbook."""
    rows = [[number(entry) for entry in row] for row in matrix]
    rank, determinant = 0, number(1)
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            determinant = number(0)
            continue
        if pivot != rank:
            rows[rank], rows[pivot] = rows[pivot], rows[rank]
            determinant = -determinant
        determinant = determinant * rows[rank][column]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / rows[rank][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank, determinant


ROUTES = [
    Route(FLINT, 2),
    Route(FLINT, 5),
    Route(FLINT, DEFAULT_PRIME),
    Route(FLINT, 2**63 - 25),
    Route(FLOATS, 2),
    Route(FLOATS, 3),
    Route(FLOATS, 257),
    Route(FLOATS, DEFAULT_PRIME),
    Route(FLOATS, 2**24 - 3),
    Route(Q, None),
]
routes = pytest.mark.parametrize("route", ROUTES, ids=repr)


def check_minor(route, matrix):
    """The minor is square, increasing, of the matrix's rank and not singular."""
    rows, columns = route.nonzero_minor(matrix)
    assert list(rows) == sorted(set(rows))
    assert list(columns) == sorted(set(columns))
    assert len(rows) == len(columns) == route.rank(matrix)
    minor = [[matrix[i][j] for j in columns] for i in rows]
    assert plain_elimination(minor, route.number)[0] == len(rows)


@st.composite
def matrices(draw):
    """Matrices of every rank: products of two factors, some entries changed."""
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    inner = draw(st.integers(1, 7))
    entry = st.integers(-12, 12)
    a = np.array(draw(st.lists(entry, min_size=rows * inner, max_size=rows * inner)))
    b = np.array(draw(st.lists(entry, min_size=inner * columns, max_size=inner * columns)))
    return (a.reshape(rows, inner) @ b.reshape(inner, columns)).tolist()


@routes
@given(matrix=matrices())
def test_agrees_with_plain_elimination(route, matrix):
    """Rank, determinant and minor are those of textbook elimination in the field."""
    rank, determinant = plain_elimination(matrix, route.number)
    assert route.rank(matrix) == rank
    assert route.rank(np.array(matrix)) == rank
    check_minor(route, matrix)
    if len(matrix) == len(matrix[0]):
        assert determinant == route.determinant(matrix)
    else:
        with pytest.raises(ValueError, match="square"):
            route.determinant(matrix)


@routes
@pytest.mark.parametrize(("rows", "columns", "rank"), [(90, 70, 55), (70, 90, 70), (64, 64, 63)])
def test_larger_matrices_of_known_rank(route, rows, columns, rank):
    """Ranks that need several blocks, columns without a pivot among them, are found."""
    generator = np.random.default_rng(rows)
    if route.p is not None and route.p < 100:
        # Over a small field random factors may lose rank: use echelon factors.
        left = np.vstack([np.eye(rank, dtype=int), np.ones((rows - rank, rank), dtype=int)])
        right = np.hstack([np.eye(rank, dtype=int), np.ones((rank, columns - rank), dtype=int)])
        left = left[generator.permutation(rows)]
        right = right[:, generator.permutation(columns)]
    else:
        left = generator.integers(0, 50, (rows, rank))
        right = generator.integers(0, 50, (rank, columns))
        right[:, 3] = 0
        right[:, 40] = right[:, 5]
        if rank == columns:
            rank -= 2
        elif columns - rank < 2:
            rank = columns - 2
    matrix = left @ right
    assert route.rank(matrix) == rank
    minor_rows, minor_columns = route.nonzero_minor(matrix)
    assert len(minor_rows) == len(minor_columns) == rank
    assert route.determinant(matrix[np.ix_(minor_rows, minor_columns)]) != 0
    if rows == columns:
        assert route.determinant(matrix) == 0


@routes
def test_zero_and_empty_matrices(route):
    """A zero matrix has rank 0 and an empty minor; the empty determinant is 1."""
    assert route.rank([[0, 0, 0], [0, 0, 0]]) == 0
    assert route.nonzero_minor([[0, 0]]) == ((), ())
    assert route.determinant([[0]]) == 0
    assert route.rank([]) == 0
    assert route.determinant([]) == 1
    assert route.rank(np.zeros((0, 5), dtype=int)) == 0
    assert route.rank(np.zeros((5, 0), dtype=int)) == 0
    assert route.nonzero_minor(np.zeros((5, 0), dtype=int)) == ((), ())


@routes
def test_exact_numbers_only(route):
    """Floats and strings are refused, as entries and as arrays; ragged rows as well."""
    for wrong in ([[1.0]], [["1"]], [[None]], np.array([[1.5]]), np.array([[True]])):
        with pytest.raises(TypeError, match="exact"):
            route.rank(wrong)
    for wrong in ([[1, 2], [3]], np.arange(3), np.zeros((1, 1, 1), dtype=int)):
        with pytest.raises(ValueError, match=r"row|dimensions"):
            route.rank(wrong)


def test_vandermonde_where_float_rank_lies():
    """The 16 x 16 integer Vandermonde matrix has rank 16; NumPy's float rank is 8 or so."""
    matrix = [[i**j for j in range(16)] for i in range(1, 17)]
    assert np.linalg.matrix_rank(np.array(matrix, dtype=float)) < 16
    assert rational.rank(matrix) == 16
    # The differences are 1 to 15, so the determinant is 1! 2! ... 15!.
    product, factorial = 1, 1
    for n in range(1, 16):
        factorial *= n
        product *= factorial
    assert rational.determinant(matrix) == product
    assert modular.rank(matrix, DEFAULT_PRIME) == 16
    assert modular.determinant(matrix, DEFAULT_PRIME) == product % DEFAULT_PRIME
    # 2 divides differences: modulo 2 there are but two different rows.
    assert modular.rank(matrix, 2) == 2


def test_rationals():
    """Fractions are exact over Q and modulo a prime; a denominator 0 mod p is refused."""
    matrix = [[Fraction(1, 3), Fraction(1, 2)], [Fraction(2, 3), 1]]
    assert rational.rank(matrix) == 1
    matrix[1][1] = Fraction(3, 2)
    assert rational.determinant(matrix) == Fraction(1, 6)
    assert rational.rank(np.array(matrix, dtype=object)) == 2
    assert modular.determinant(matrix, 7) == pow(6, -1, 7)
    with pytest.raises(ModulusError, match="another prime"):
        modular.rank(matrix, 3)


def test_huge_entries():
    """Python ints beyond 64 bits and unsigned 64-bit arrays keep their value."""
    big = 10**40
    assert rational.determinant([[big, 1], [1, big]]) == big**2 - 1
    assert modular.determinant([[big, 1], [1, big]], 101) == (big**2 - 1) % 101
    assert modular.determinant(np.array([[2**64 - 1]], dtype=np.uint64), 101) == (2**64 - 1) % 101
    assert rational.determinant(np.array([[2**64 - 1]], dtype=np.uint64)) == 2**64 - 1
    assert modular.determinant(np.array([[-(2**63)]]), 2**63 - 25) == -(2**63) % (2**63 - 25)


@pytest.mark.parametrize("p", [DEFAULT_PRIME, 2**24 - 3])
def test_a_large_matrix_has_the_same_value_on_both_routes(p):
    """Above the size where floats take over, FLINT still agrees, at the largest residues too."""
    matrix = np.random.default_rng(0).integers(p // 2 - 5, p // 2 + 5, (450, 450))
    assert modular._by_floats(matrix, p, None)
    by_flint = int(modular._flint(matrix, p).det())
    assert modular.determinant(matrix, p) == by_flint != 0
    assert modular.rank(matrix, p) == 450
    matrix[300] = matrix[7]
    assert modular.determinant(matrix, p) == 0
    rows, columns = modular.nonzero_minor(matrix, p)
    assert len(rows) == 449
    assert int(modular._flint(matrix[np.ix_(rows, columns)], p).det()) != 0


def test_the_float_route_refuses_large_primes():
    """With an array module a prime of 2^24 or more is refused, not computed inexactly."""
    with pytest.raises(ModulusError, match=r"2\^24"):
        modular.rank([[1]], 2**31 - 1, xp=np)


def test_a_composite_modulus_is_refused_before_flint_ends_the_process():
    """FLINT alone is killed by a zero divisor; our error comes instead and Python lives on."""
    matrix = "[[2, 1], [3, 2]]"
    alone = "import flint; flint.nmod_mat(2, 2, [2, 1, 3, 2], 6).rref(); print('alive')"
    died = subprocess.run([sys.executable, "-c", alone], capture_output=True, check=False)
    assert died.returncode != 0
    assert b"alive" not in died.stdout
    ours = f"""
from circuitalg.errors import ModulusError
from circuitalg.arithmetic import modular
for function in (modular.rank, modular.determinant, modular.nonzero_minor):
    try:
        function({matrix}, 6)
    except ModulusError as error:
        print(error)
print("alive")
"""
    lived = subprocess.run([sys.executable, "-c", ours], capture_output=True, check=True, text=True)
    lines = lived.stdout.splitlines()
    assert lines == ["a modulus must be prime, and 6 is not"] * 3 + ["alive"]


def test_products_are_exact_at_the_bound():
    """Products of the largest residues over long inner dimensions are exact."""
    for p in (DEFAULT_PRIME, 2**24 - 3, 3):
        half = p // 2
        inner = 3 * floatmod.inner_limit(min(p, DEFAULT_PRIME)) % 5000 + 600
        a = np.full((2, inner), float(half))
        b = np.full((inner, 3), float(-half))
        product = floatmod.canonical(floatmod.matmul_mod(a, b, p), p)
        assert (product == -inner * half * half % p).all()


@given(seed=st.integers(0, 10**6), p=st.sampled_from([2, 3, 251, DEFAULT_PRIME, 2**24 - 3]))
def test_reduction_gives_centred_residues(seed, p):
    """Every integer up to 2^53 - 2p is replaced by its residue, at most the stated bound."""
    generator = np.random.default_rng(seed)
    limit = 2**53 - 2 * p
    x = generator.integers(-limit, limit, 64, endpoint=True)
    x[:6] = [limit, -limit, p // 2, -(p // 2), p, limit // p * p + p // 2]
    x[5] = min(x[5], limit)
    reduced = floatmod.reduce_in_place(x.astype(float), p)
    assert (np.abs(reduced) <= floatmod.bound(p)).all()
    assert ((reduced.astype(np.int64) - x) % p == 0).all()
    centred = floatmod.centred(x % p, p)
    assert (np.abs(centred) <= p // 2).all()
    assert (floatmod.canonical(centred, p) == x % p).all()


def test_no_gpu_library_is_imported():
    """Exact linear algebra imports no array library that the user did not hand in."""
    code = (
        "import sys; from circuitalg.arithmetic import modular; modular.rank([[1]], 7); "
        "print('cupy' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert run.stdout.strip() == "False"


@pytest.mark.gpu
def test_cupy_agrees_with_numpy():
    """On a GPU the float route gives the same determinant, rank and a minor."""
    import cupy

    matrix = np.random.default_rng(0).integers(0, DEFAULT_PRIME, (300, 300))
    matrix[:, 7] = 2 * matrix[:, 3] % DEFAULT_PRIME
    on_gpu = cupy.asarray(matrix)
    assert modular.rank(on_gpu, DEFAULT_PRIME, xp=cupy) == 299
    assert modular.determinant(on_gpu, DEFAULT_PRIME, xp=cupy) == 0
    expected = modular.nonzero_minor(matrix, DEFAULT_PRIME, xp=np)
    assert modular.nonzero_minor(on_gpu, DEFAULT_PRIME, xp=cupy) == expected
