"""Given tensors: minimal hierarchical decompositions and CP-rank intervals, and what is refused."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from alterations import both_accept, both_refuse, put
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.arithmetic.rational import rank
from circuitalg.errors import RuleError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.cprank import CPInterval, LargestFibres, Matricization, Terms
from circuitalg.kernel.minimal import Frames
from circuitalg.tensor.formats import ExactTensor
from circuitalg.tensor.hierarchical import diagonal_form, ht_decomposition, preorder

PRIME = 8_388_593
entries = st.one_of(st.integers(-4, 4), st.fractions(-3, 3, max_denominator=6))


@st.composite
def tensors(draw, most=4):
    """Small tensors that are not zero, with a mode tree over their modes."""
    dims = draw(st.lists(st.integers(1, 3), min_size=2, max_size=most))
    count = int(np.prod(dims))
    flat = draw(st.lists(entries, min_size=count, max_size=count))
    flat[draw(st.integers(0, count - 1))] = 1
    tree = ca.ModeTree.random(len(dims), seed=draw(st.integers(0, 99)))
    return ExactTensor(tuple(dims), tuple(flat)), tree


@given(tensors())
def test_ranks_are_those_of_the_matricizations(case):
    """Over Q, for every node of the tree; the decomposition is the tensor, as is its network."""
    tensor, tree = case
    theorem = ca.prove_minimal_ht(tensor, tree)
    found = ht_decomposition(tensor, tree)
    assert found.tensor() == tensor
    for place, width in zip(preorder(tree)[1:], theorem.statement.ranks[1:], strict=True):
        assert width == rank(tensor.matricize(sorted(place.leaves)))
    circuit, weights = found.circuit()
    exact = {name: np.array(w, dtype=object) for name, w in weights.items()}
    assert ExactTensor.from_nested(circuit.coefficient_tensor(exact)) == tensor


def random_tensor(dims, seed):
    """Rational entries with small denominators."""
    draw = np.random.default_rng(seed)
    size = int(np.prod(dims))
    tops, bottoms = draw.integers(-9, 10, size), draw.integers(1, 10, size)
    pairs = zip(tops.tolist(), bottoms.tolist(), strict=True)
    return ExactTensor(tuple(dims), tuple(Fraction(a, b) for a, b in pairs))


def test_a_tensor_of_six_modes_and_back(tmp_path):
    """4^6 entries at full ranks; kernel and checker agree."""
    tensor = random_tensor((4,) * 6, 1)
    theorem = ca.prove_minimal_ht(tensor)
    assert max(theorem.statement.ranks) == 16
    both_accept(theorem, tmp_path)


def test_a_network_of_low_ranks_gets_them_back_and_becomes_eq_4_again(tmp_path):
    """Ranks of an HT model's tensor at random weights; then eq. 4 with the same tensor."""
    deep = ca.ht_model(8, 2, [2, 2, 2])
    tensor = ExactTensor.from_nested(deep.coefficient_tensor(deep.random_weights(seed=0)))
    theorem = ca.prove_minimal_ht(tensor)
    assert max(theorem.statement.ranks) == 2
    both_accept(theorem, tmp_path)
    network, weights = diagonal_form(ht_decomposition(tensor))
    exact = {name: np.array(w, dtype=object) for name, w in weights.items()}
    assert ExactTensor.from_nested(network.coefficient_tensor(exact)) == tensor
    widths = [network.parameters[f"a{level}.0"][0] for level in range(3)]
    assert network == ca.ht_model(8, 2, widths)


def test_bad_tensors_are_refused_with_a_reason():
    """Zero, floats, another number of modes."""
    with pytest.raises(WeightError, match="zero"):
        ca.prove_minimal_ht([[0, 0], [0, 0]])
    with pytest.raises(WeightError, match="not exact"):
        ca.prove_minimal_ht([[0.5, 0], [0, 1]])
    with pytest.raises(WeightError, match="leaves"):
        ca.prove_minimal_ht([[1, 0], [0, 1]], ca.ModeTree.balanced(3))


@pytest.mark.soundness
def test_the_kernel_refuses_other_ranks():
    """A decomposition with a channel too many is exact, but not minimal; one less is not exact."""
    tensor = ExactTensor((2, 2), (1, 2, 2, 4))
    tree = ca.ModeTree.balanced(2)
    good = ca.prove_minimal_ht(tensor)
    assert good.statement.ranks == (1, 1, 1)
    unit = ((1, 0), (0, 1))
    wide = Frames(PRIME, (((1,), (2,), (2,), (4,)), unit, unit))
    with pytest.raises(RuleError, match="has rank 1 modulo"):
        rules.minimal_ht(tensor, tree, wide)
    other = ExactTensor((2, 2), (1, 2, 2, 5))
    with pytest.raises(RuleError, match="do not contract"):
        rules.minimal_ht(other, tree, good.proof[0])
    with pytest.raises(RuleError, match="prime"):
        rules.minimal_ht(tensor, tree, Frames(15, good.proof[0].matrices))


@pytest.mark.soundness
@pytest.mark.parametrize(
    "change",
    [
        put(0, "tensor", "entries", 3, 17),
        put(0, "tensor", "dims", [4, 2]),
        put(0, "ranks", 1, 1),
        put(0, "ranks", 1, 4),
        put(0, "tree", [[0, 2], 1]),
        put(0, "tree", [0, [2, 2]]),
        put(0, "tree", 0),
        put(0, "tree", [[[[[0]]]], 1, 2]),
        put(1, "nodes", 0, 0, 0, 99),
        put(1, "nodes", 1, [[1, 0]]),
        put(1, "nodes", []),
        put(1, "prime", 4),
        put(1, "prime", 2),
        put(1, "rule", "believe"),
        put(1, "more", 1),
    ],
)
def test_altered_decompositions_are_refused_by_both_readers(change, tmp_path):
    """Entries, ranks, tree, frames and prime, each altered at one place."""
    both_refuse(ca.prove_minimal_ht(random_tensor((2, 2, 3), 3)), change, tmp_path)


# CP-rank

W = ExactTensor((2, 2, 2), (0, 1, 1, 0, 1, 0, 0, 0))
SIGNS = {(0, 1, 2): 1, (1, 2, 0): 1, (2, 0, 1): 1, (0, 2, 1): -1, (2, 1, 0): -1, (1, 0, 2): -1}
LEVI_CIVITA = ExactTensor(
    (3, 3, 3), tuple(SIGNS.get(i, 0) for i in itertools.product(range(3), repeat=3))
)


def matrix_product(n):
    """The tensor of n × n matrix multiplication: Σ x_ij y_jk z_ki."""
    table = np.zeros((n * n,) * 3, dtype=object)
    for i, j, k in itertools.product(range(n), repeat=3):
        table[n * i + j, n * j + k, n * k + i] = 1
    return ExactTensor.from_nested(table)


STRASSEN = [
    ([1, 0, 0, 1], [1, 0, 0, 1], [1, 0, 0, 1]),
    ([0, 0, 1, 1], [1, 0, 0, 0], [0, 1, 0, -1]),
    ([1, 0, 0, 0], [0, 1, 0, -1], [0, 0, 1, 1]),
    ([0, 0, 0, 1], [-1, 0, 1, 0], [1, 1, 0, 0]),
    ([1, 1, 0, 0], [0, 0, 0, 1], [-1, 0, 1, 0]),
    ([-1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]),
    ([0, 1, 0, -1], [0, 0, 1, 1], [1, 0, 0, 0]),
]
"""Strassen 1969: seven products."""


@pytest.mark.parametrize(
    ("tensor", "lower", "upper", "rule"),
    [
        (ExactTensor((2, 2), (1, 2, 2, 4)), 1, 1, "matricization"),
        (ExactTensor((2, 3), (1, 2, 3, 4, 5, 6)), 2, 2, "matricization"),
        (W, 2, 3, "matricization"),
        (LEVI_CIVITA, 5, 6, "koszul"),
        (matrix_product(2), 6, 8, "koszul"),
        (ExactTensor((2, 2), (0, 0, 0, 0)), 0, 0, "matricization"),
    ],
)
def test_known_intervals(tensor, lower, upper, rule, tmp_path):
    """Matrices exactly; W between 2 and 3; skew 3×3×3 at least 5; 2×2 matrix products 6 to 8."""
    theorem = ca.prove_cp_rank(tensor)
    statement = theorem.statement
    assert (statement.lower, statement.upper) == (lower, upper)
    assert theorem.tactics.startswith(rule)
    both_accept(theorem, tmp_path)


def test_strassens_terms_are_accepted_and_seven(tmp_path):
    """The given terms sum to the tensor; a changed one does not."""
    tensor = matrix_product(2)
    theorem = ca.prove_cp_rank(tensor, STRASSEN)
    assert (theorem.statement.lower, theorem.statement.upper) == (6, 7)
    both_accept(theorem, tmp_path)
    with pytest.raises(RuleError, match="do not sum"):
        ca.prove_cp_rank(tensor, [*STRASSEN[:6], ([0, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 0])])


def test_the_antisymmetric_tensor_has_cp_rank_five(tmp_path):
    """Derksen's five terms meet the Koszul flattening."""
    half = Fraction(1, 2)
    terms = [
        ([0, half, half], [1, -1, 0], [1, 1, 0]),
        ([half, half, 0], [0, 1, -1], [0, 1, 1]),
        ([0, 1, 0], [-1, 0, 1], [1, 0, 1]),
        ([0, -half, half], [1, 1, 0], [-1, 1, 0]),
        ([half, -half, 0], [0, 1, 1], [0, -1, 1]),
    ]
    theorem = ca.prove_cp_rank(LEVI_CIVITA, terms)
    assert (theorem.statement.lower, theorem.statement.upper) == (5, 5)
    both_accept(theorem, tmp_path)


@given(tensors(most=3))
def test_random_intervals_hold_the_numbers_of_terms(case):
    """Lower bounds are ranks of matricizations at least, and the interval is not empty."""
    tensor, _ = case
    statement = ca.prove_cp_rank(tensor).statement
    best = max(rank(tensor.matricize([mode])) for mode in range(len(tensor.dims)))
    assert best <= statement.lower <= statement.upper


@pytest.mark.soundness
def test_the_kernel_derives_both_bounds():
    """Fewer terms do not sum up; an I that is no set of modes, and a composite modulus, fail."""
    good = ca.prove_cp_rank(W).proof[0]
    for lower, upper in [
        (good.lower, Terms(good.upper.terms[:-1])),
        (Matricization((0, 0), PRIME), good.upper),
        (Matricization((5,), PRIME), good.upper),
        (Matricization((0,), 9), good.upper),
    ]:
        with pytest.raises(RuleError):
            rules.cp_rank(W, CPInterval(lower, upper))
    assert rules.cp_rank(W, CPInterval(good.lower, LargestFibres())).statement.upper == 4


@pytest.mark.soundness
@pytest.mark.parametrize(
    "change",
    [
        put(0, "lower", 6),
        put(0, "lower", 4),
        put(0, "upper", 5),
        put(0, "upper", 7),
        put(0, "tensor", "entries", 5, 0),
        put(1, "lower", "p", 2),
        put(1, "lower", "groups", [[0], [1], [1]]),
        put(1, "lower", "groups", [[0, 1], [2], []]),
        put(1, "lower", "projection", 0, 0, 0),
        put(1, "lower", "projection", [[1]]),
        put(1, "lower", "prime", 10),
        put(1, "lower", {"rule": "believe"}),
        put(1, "upper", {"rule": "largest_fibres"}),
        put(1, "upper", "terms", 0, 0, 0, 5),
        put(1, "upper", "terms", []),
    ],
)
def test_altered_intervals_are_refused_by_both_readers(change, tmp_path):
    """Bounds, tensor, flattening and terms, each altered at one place."""
    both_refuse(ca.prove_cp_rank(LEVI_CIVITA), change, tmp_path)


def test_files_with_deep_trees_are_refused(tmp_path):
    """A tree nested a thousand times is a refusal, not a crash."""
    deep = 0
    for _ in range(200):
        deep = [deep, 1]
    both_refuse(ca.prove_minimal_ht([[1, 0], [0, 1]]), put(0, "tree", deep), tmp_path)
