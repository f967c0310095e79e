"""CP-rank intervals: known ones, and what no float, overflow or long number may decide."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from certificates.alter import both_accept
from certificates.given import LEVI_CIVITA

import circuitalg as ca
from circuitalg.errors import RuleError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.given.cprank import CPInterval, Matricization, Terms
from circuitalg.tensor.exact_tensor import ExactTensor

PRIME = 8_388_593
WEAK = Matricization((), PRIME)
"""A true lower bound of 1 for any tensor that is not zero modulo the prime."""
W = ExactTensor((2, 2, 2), (0, 1, 1, 0, 1, 0, 0, 0))


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


@pytest.mark.soundness
def test_floats_that_round_to_the_tensor_are_refused():
    """(94906267, 94906265) squared needs 54 bits; rounded, the matrix has rank 2."""
    vector = [94906267.0, 94906265.0]
    tensor = ExactTensor((2, 2), tuple(int(a * b) for a in vector for b in vector))
    assert ca.prove_cp_rank(tensor).statement.lower == 2
    with pytest.raises(RuleError, match="Fraction alone"):
        rules.cp_rank(tensor, CPInterval(WEAK, Terms(((tuple(vector),) * 2,))))
    with pytest.raises(WeightError, match="not exact"):
        ca.prove_cp_rank(tensor, [[vector, vector]])


@pytest.mark.soundness
def test_numbers_that_overflow_are_refused_or_converted():
    """(2^32)² is 0 among NumPy's integers; the kernel refuses them, the tactic makes them exact."""
    vector = tuple(np.array([2**32, 1]))
    tensor = ExactTensor((2, 2), (0, 2**32, 2**32, 1))
    with pytest.raises(RuleError, match="Fraction alone"):
        rules.cp_rank(tensor, CPInterval(WEAK, Terms(((vector, vector),))))
    with pytest.raises(RuleError, match="do not sum"):
        ca.prove_cp_rank(tensor, [[vector, vector]])
    true = ExactTensor((2, 2), (2**64, 2**32, 2**32, 1))
    assert ca.prove_cp_rank(true, [[vector, vector]]).statement.upper == 1


def test_a_prime_that_an_entry_has_is_not_used(tmp_path):
    """Denominators and numerators divisible by the usual prime."""
    for entry in (PRIME, Fraction(1, PRIME)):
        theorem = ca.prove_cp_rank(ExactTensor((2, 2), (1, 0, 0, entry)))
        assert theorem.statement.lower == theorem.statement.upper == 2
        both_accept(theorem, tmp_path)


def test_many_modes_are_answered_without_trying_every_grouping():
    """2^10 entries, 511 groupings; the odd and the even modes give 32."""
    values = np.random.default_rng(1).integers(-9, 10, 2**10).tolist()
    statement = ca.prove_cp_rank(ExactTensor((2,) * 10, tuple(values))).statement
    assert 32 <= statement.lower <= statement.upper <= 2**9
