"""NumPy's integers overflow: they are made Python's at the door, or refused by the rules."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import circuitalg as ca
from circuitalg.circuit.node import exact_matrix
from circuitalg.errors import RuleError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.gram import GaussianGram
from circuitalg.kernel.subject import check_exact
from circuitalg.representation import Gaussians
from circuitalg.tensor.formats import ExactTensor

LARGE = np.int64(2**62)


def hidden():
    """A Fraction with NumPy's integers inside."""
    found = Fraction(1, 3)
    found._numerator, found._denominator = LARGE, np.int64(3)
    return found


def inside(number):
    """The types of a number's parts."""
    return {type(number.numerator), type(number.denominator)}


@pytest.mark.soundness
def test_numbers_become_pythons_own_at_the_door():
    """Weights, fixed matrices and tensors: Fractions of NumPy integers are rebuilt."""
    for matrix in (
        rules.exact_matrix([[hidden(), 1]], "w"),
        exact_matrix([[hidden(), LARGE]], "an edge"),
        (ExactTensor((2,), (hidden(), LARGE)).entries,),
    ):
        for number in matrix[0]:
            if inside(number) != {int}:
                pytest.fail(f"{number!r} holds {inside(number)}")


@pytest.mark.soundness
@pytest.mark.parametrize("entry", [LARGE, hidden(), 1.0, True, "1", None])
def test_rules_take_pythons_numbers_alone(entry):
    """Whatever else a proof holds is refused before anything is computed."""
    with pytest.raises(RuleError, match="Fraction alone"):
        check_exact([[1, Fraction(1, 2)], [entry]], "a matrix")


@pytest.mark.soundness
def test_proofs_with_other_numbers_are_refused():
    """Witnesses of distances, points and frames, with a NumPy integer in one place."""
    circuit = ca.ht_model(2, 2, [2])
    family = Gaussians([[0], [2]], [[1], [1]])
    distance = ca.prove_not_approximable(
        circuit, circuit.random_weights(seed=1), 1, representation=family
    )
    said, proof = distance.statement, distance.proof[0]
    plain = (said.circuit, said.weights, said.bipartition, said.rank)
    for gram, altered in [
        (said.gram, replace(proof, t=np.int64(1))),
        (said.gram, replace(proof, W=((np.int64(1), 0), (0, 1)))),
        (GaussianGram(((np.int64(0),), (2,)), ((1,), (1,))), proof),
    ]:
        with pytest.raises(RuleError, match="Fraction alone"):
            rules.not_approximable(*plain, gram, said.squared_distance, altered)
    independent = ca.prove_linearly_independent(family)
    witness = independent.proof[0]
    points = ((np.int64(0),), *witness.points[1:])
    with pytest.raises(RuleError, match="Fraction alone"):
        rules.linearly_independent(1, family.terms, replace(witness, points=points))
    minimal = ca.prove_minimal_ht([[1, 0], [0, 1]])
    frames = minimal.proof[0]
    first = ((np.int64(1),), *frames.matrices[0][1:])
    with pytest.raises(RuleError, match="Fraction alone"):
        rules.minimal_ht(
            minimal.statement.tensor,
            minimal.statement.tree,
            replace(frames, matrices=(first, *frames.matrices[1:])),
        )


def test_floats_stay_refused():
    """A float weight is no theorem's weight."""
    with pytest.raises(WeightError, match="not exact"):
        rules.exact_matrix([[0.5]], "w")
