"""Corollaries 2 and 4 and Lemma 7 in L²: the false neighbours, and the optimizer's own errors."""

import numpy as np
import pytest

import circuitalg as ca
from circuitalg.errors import NotProved, RuleError
from circuitalg.representation import Gaussians
from circuitalg.spectra.fit import fit_cp, in_metric, khatri_rao


def test_the_optimizer_finds_an_exact_model():
    """A CP tensor of two terms is reached by two channels, not by one."""
    draw = np.random.default_rng(1)
    tensor = khatri_rao([draw.normal(size=(3, 2)) for _ in range(4)]).sum(axis=1)
    tensor = tensor.reshape(3, 3, 3, 3)
    error, factors = fit_cp(tensor, 2)
    assert error < 1e-12
    assert np.allclose(khatri_rao(factors).sum(axis=1), tensor.ravel())
    assert fit_cp(tensor, 1)[0] > 1e-3


def test_the_metric_is_that_of_the_functions():
    """Squared norms in orthonormal coordinates are integrals: against Riemann sums on a grid."""
    tensor = np.array([[1.0, -2.0], [0.5, 3.0]])
    found = (in_metric(tensor, Gaussians([[0], [2]], [[1], [1]]).gram()) ** 2).sum()
    x = np.linspace(-9, 11, 801)
    f = np.stack([np.exp(-((x - m) ** 2) / 2) / np.sqrt(2 * np.pi) for m in (0, 2)])
    h = np.einsum("ij,ia,jb->ab", tensor, f, f)
    assert abs(found - (h**2).sum() * (x[1] - x[0]) ** 2) < 1e-9


@pytest.mark.parametrize("name", ["corollary_2_functions", "corollary_4_functions"])
def test_an_optimizer_below_the_bound_is_complained_about(name, script, run, monkeypatch):
    """The comparison can fail: then the claim is not proved."""
    module = script(name)
    monkeypatch.setattr(ca.spectra, "fit_cp", lambda *_: (0.0, []))
    ran = run(module, "--locations", 4)
    assert ran.status == 1
    assert all("below the bound" in error for error in ran.errors)


def test_full_width_has_no_distance(script):
    """At Z = M^(N/2) every tensor is reached, and the kernel says so."""
    deep, weights = script("lemma_7").witness(4, 2)
    with pytest.raises(RuleError, match="every tensor"):
        ca.prove_not_approximable(deep, weights, 4)


def test_a_wrong_distance_is_complained_about(script, run, monkeypatch):
    """With another witness the distance is not M^(N/2) − Z."""
    module = script("lemma_7")
    genuine = module.witness

    def doubled(locations, dim):
        deep, weights = genuine(locations, dim)
        return deep, {**weights, "out": 2 * weights["out"]}

    monkeypatch.setattr(module, "witness", doubled)
    ran = run(module, "--locations", 4)
    assert ran.status == 1
    assert "M^(N/2) − Z" in ran.errors[0]


def test_dependent_functions_give_no_distance():
    """Equal Gaussians: the Gram matrix is singular, and Lemma 7 does not hold."""
    deep = ca.ht_model(4, 2, [2, 2])
    twice = ca.representation.Gaussians([[1], [1]], [[1], [1]])
    with pytest.raises(NotProved, match="singular"):
        ca.prove_not_approximable(deep, deep.random_weights(), 2, representation=twice)
