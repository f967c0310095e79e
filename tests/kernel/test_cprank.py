"""CP-rank intervals: what no float, overflow, impostor or long number may decide."""

from fractions import Fraction

import numpy as np
import pytest
from alterations import both_accept, both_refuse

import circuitalg as ca
from circuitalg.errors import RuleError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.cprank import CPInterval, Koszul, LargestFibres, Matricization, Terms
from circuitalg.tensor.formats import ExactTensor

PRIME = 8_388_593
WEAK = Matricization((), PRIME)
"""A true lower bound of 1 for any tensor that is not zero modulo the prime."""


def outer(vector):
    """The rank-one matrix v·v^T rounded in floating point; exactly it has rank 2."""
    return ExactTensor((2, 2), tuple(int(a * b) for a in vector for b in vector))


@pytest.mark.soundness
def test_floats_that_round_to_the_tensor_are_refused():
    """(94906267, 94906265) squared needs 54 bits; rounded, the matrix has rank 2."""
    vector = [94906267.0, 94906265.0]
    tensor = outer(vector)
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


@pytest.mark.soundness
def test_only_the_kernels_own_bounds_count():
    """Another object with a `value` proves nothing, on either side; nor do floats."""

    class Impostor:
        def value(self, tensor):
            return 0

        def to_data(self):
            return {"rule": "largest_fibres"}

    tensor = ExactTensor((2, 2), (1, 0, 0, 1))
    for lower, upper in [(Impostor(), LargestFibres()), (WEAK, Impostor())]:
        with pytest.raises(RuleError, match="alone"):
            rules.cp_rank(tensor, CPInterval(lower, upper))
    cube = ExactTensor((3, 3, 3), tuple(range(27)))
    floats = Koszul(((0,), (1,), (2,)), 1, ((1.5, 0, 0), (0, 1, 0), (0, 0, 1)), PRIME)
    with pytest.raises(RuleError, match="int or Fraction alone"):
        rules.cp_rank(cube, CPInterval(floats, LargestFibres()))


def test_a_prime_that_an_entry_has_is_not_used(tmp_path):
    """Denominators and numerators divisible by the usual prime."""
    for entry in (PRIME, Fraction(1, PRIME)):
        theorem = ca.prove_cp_rank(ExactTensor((2, 2), (1, 0, 0, entry)))
        assert theorem.statement.lower == theorem.statement.upper == 2
        both_accept(theorem, tmp_path)


def test_many_modes_are_answered_without_trying_every_grouping():
    """2^12 entries; the odd and the even modes give 64."""
    values = np.random.default_rng(1).integers(-9, 10, 2**12).tolist()
    statement = ca.prove_cp_rank(ExactTensor((2,) * 12, tuple(values))).statement
    assert 64 <= statement.lower <= statement.upper <= 2**11


@pytest.mark.soundness
@pytest.mark.parametrize("name", ["lower", "upper"])
@pytest.mark.parametrize("value", [1.0, True, "1", [1], None])
def test_a_bound_that_is_no_integer_is_refused_by_both_readers(name, value, tmp_path):
    """1.0 and true equal 1 in Python, not in a certificate."""
    theorem = ca.prove_cp_rank([[1, 2], [2, 4]])
    both_accept(theorem, tmp_path)

    def change(statement, _):
        statement[name] = value

    both_refuse(theorem, change, tmp_path)


@pytest.mark.soundness
def test_endless_denominators_are_refused_by_both_readers(tmp_path):
    """Terms over many different long denominators, whose sum would have millions of digits."""
    theorem = ca.prove_cp_rank([[1, 2], [2, 4]])

    def change(_, proof):
        numbers = range(10**900 + 1, 10**900 + 200, 2)
        proof["upper"]["terms"] = [[[f"1/{n}", 0], [1, 0]] for n in numbers]

    assert "denominator" in both_refuse(theorem, change, tmp_path)
