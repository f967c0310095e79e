"""Similarity layers: formulas, Gaussians and Laplace densities, and missing coordinates."""

import numpy as np
import pytest

import circuitalg as ca
from circuitalg.errors import OptionError, WeightError
from circuitalg.representation import Gaussians

NAN = float("nan")
FAMILY = Gaussians([[0, 1], ["1/2", -1], [2, 0]], [[1, 2], ["1/4", 1], [3, "1/2"]])


@pytest.mark.parametrize("kind", ["linear", "l1", "l2"])
def test_the_formulas(kind):
    """Σ_k w_k φ(x_k, t_k), for batches of any shape."""
    templates, weights = [[1.0, 2.0], [0.0, -1.0]], [[1.0, 0.5], [2.0, 0.0]]
    layer = ca.Similarity(kind, templates, weights)
    x = np.array([[0.5, 3.0], [-1.0, 0.25]])
    phi = {
        "linear": lambda a, t: a * t,
        "l1": lambda a, t: -abs(a - t),
        "l2": lambda a, t: -((a - t) ** 2),
    }[kind]
    expected = [
        [
            sum(w * phi(a, t) for w, a, t in zip(ws, row, ts, strict=True))
            for ts, ws in zip(templates, weights, strict=True)
        ]
        for row in x
    ]
    np.testing.assert_allclose(layer.evaluate(x), expected, rtol=1e-14)
    assert layer.evaluate(x[None]).shape == (1, 2, 2)
    assert (layer.count, layer.dimension) == (2, 2)


def test_gaussians_are_normalized_l2():
    """The family's values are the exponentials of the similarities."""
    layer = ca.Similarity.of_gaussians(FAMILY)
    x = np.random.default_rng(3).normal(size=(7, 2))
    np.testing.assert_allclose(np.exp(layer.evaluate(x)), FAMILY.evaluate(x), rtol=1e-13)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_coordinate_is_integrated_out(missing):
    """The marginal of a Gaussian with diagonal covariance is the Gaussian of the rest."""
    layer = ca.Similarity.of_gaussians(FAMILY)
    x = np.random.default_rng(4).normal(size=(5, 2))
    kept = 1 - missing
    marginal = Gaussians(
        [[row[kept]] for row in FAMILY.means], [[row[kept]] for row in FAMILY.variances]
    )
    holed = x.copy()
    holed[:, missing] = NAN
    expected = marginal.evaluate(x[:, [kept]])
    np.testing.assert_allclose(np.exp(layer.evaluate(holed)), expected, rtol=1e-13)


@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_densities_have_integral_one(kind):
    """A fine sum over the missing coordinate gives what NaN gives: log 1 = 0."""
    layer = ca.Similarity(kind, [[0.3]], [[2.0]], normalize=True)
    steps = np.linspace(-30, 30, 600_001)
    total = np.exp(layer.evaluate(steps[:, None])).sum() * (steps[1] - steps[0])
    assert abs(total - 1) < 1e-6
    assert layer.evaluate(np.array([NAN])).tolist() == [0.0]


def test_a_network_with_missing_patches():
    """The score is the logarithm of the integral over what is missing, in one pass.

    Closed form: at a missing location each Gaussian has integral 1; where one coordinate is
    missing it is the Gaussian of the other one.
    """
    circuit = ca.ht_model(4, 3, [2, 2])
    weights = {name: w.astype(float) for name, w in circuit.random_weights(kind="simplex").items()}
    layer = ca.Similarity.of_gaussians(FAMILY)
    simnet = circuit.to_simnet(weights, mean=True, similarity=layer)
    patches = np.random.default_rng(5).normal(size=(6, 4, 2))
    values = FAMILY.evaluate(patches)
    np.testing.assert_allclose(
        simnet.score(patches), np.log(circuit.evaluate(weights, values)), rtol=1e-12
    )
    patches[:, 1, :] = NAN
    patches[:, 2, 0] = NAN
    second = Gaussians([[row[1]] for row in FAMILY.means], [[row[1]] for row in FAMILY.variances])
    values[:, 2] = second.evaluate(patches[:, 2, 1:])
    values = ca.marginalize(circuit, values, [1])
    np.testing.assert_allclose(
        simnet.score(patches), np.log(circuit.evaluate(weights, values)), rtol=1e-12
    )
    patches[:] = NAN
    np.testing.assert_allclose(simnet.score(patches), np.zeros((6, 1)), atol=1e-12)


def test_what_is_not_a_similarity():
    """Unknown kinds, weights below 0, tables that differ, patches of another length."""
    with pytest.raises(OptionError, match="kind must be one of"):
        ca.Similarity("l3", [[1.0]])
    for arguments, match in [
        (("l2", [[1.0]], [[-1.0]]), "at least 0"),
        (("l2", [[1.0]], [[1.0, 2.0]]), "shape"),
        (("l2", [1.0]), "table"),
        (("l2", [[NAN]]), "finite"),
        (("l2", [[1j]]), "real numbers"),
        (("l2", [[1.0]], [[1 + 0j]]), "real numbers"),
        (("l2", np.array([[1.0, 1j]])), "real numbers"),
    ]:
        with pytest.raises((OptionError, WeightError), match=match):
            ca.Similarity(*arguments)
    with pytest.raises(WeightError, match="normalized"):
        ca.Similarity("linear", [[1.0]], normalize=True)
    with pytest.raises(WeightError, match="above 0"):
        ca.Similarity("l1", [[1.0]], [[0.0]], normalize=True)
    with pytest.raises(WeightError, match="length 1"):
        ca.Similarity("l1", [[1.0]]).evaluate(np.zeros((2, 2)))
