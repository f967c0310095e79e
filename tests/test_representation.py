"""Representation functions at patches that are odd, or have no value."""

from fractions import Fraction

import numpy as np
import pytest

from circuitalg import representation as rep
from circuitalg.errors import WeightError

FAMILIES = {
    "Gaussians": rep.Gaussians([[0]], [[1]]),
    "sigmoid": rep.Neurons([[1]], [0]),
    "relu": rep.Neurons([[1]], [0], "relu"),
    "threshold": rep.Neurons([[1]], [0], "threshold"),
    "Monomials": rep.Monomials([[2]]),
    "step": rep.Functions(1, [rep.step(rep.x(0))]),
    "max": rep.Functions(1, [rep.maximum(rep.x(0), 0)]),
    "max, the other way": rep.Functions(1, [rep.maximum(0, rep.x(0))]),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_nan_stays_nan(name):
    """A number that is missing has no value: never the 0 or 1 of a comparison that fails."""
    assert np.isnan(FAMILIES[name].evaluate(np.array([[np.nan]]))).all()
    assert np.isfinite(FAMILIES[name].evaluate(np.array([[-1.0], [0.0], [1.0]]))).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_exact_patches_and_what_is_not_a_number(name):
    """Integers, Fractions and booleans are converted; texts, None and complex numbers refused."""
    family = FAMILIES[name]
    expected = family.evaluate(np.array([[1.0]]))
    for given in ([[1]], [[True]], np.array([[Fraction(1)]]), np.ones((1, 1), np.int8)):
        assert np.array_equal(family.evaluate(given), expected)
    for given in (np.array([["1"]]), np.array([[None]]), np.array([[1j]]), np.array([[10**400]])):
        with pytest.raises(WeightError, match="real numbers"):
            family.evaluate(given)


def test_parameters_beyond_floats():
    """They make exact terms, and the sentence says that they cannot be evaluated."""
    for family in (rep.Neurons([[10**400]], [0]), rep.Gaussians([[10**400]], [[1]])):
        assert len(family.terms) == 1
        with pytest.raises(WeightError, match="beyond floats"):
            family.evaluate(np.ones((1, 1)))


def test_a_box_has_sides():
    """Of positive length: the Gram matrix of monomials on [1, 0] would be negative."""
    assert rep.Monomials([[1]]).gram([[0, 1]]).tolist() == [[pytest.approx(1 / 3)]]
    for side in ([1, 0], [1, 1]):
        with pytest.raises(WeightError, match="a < b"):
            rep.Monomials([[1]]).gram([side])
