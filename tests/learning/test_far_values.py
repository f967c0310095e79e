"""One number far away, or infinite, leaves the gradients of everything else as they are."""

import numpy as np
import pytest

import circuitalg as ca
from circuitalg import representation as rep
from circuitalg.logspace.similarity import Similarity

FAR = [1e20, -1e20, 1e200, -1e308, float("inf"), float("-inf")]
SPACES = [("nonnegative", True), ("simplex", True), ("simplex", False), ("real", False)]
FAMILIES = {
    "Gaussians": rep.Gaussians([[0, 1], [1, 0]], [[1, 2], [2, 1]]),
    "sigmoid": rep.Neurons([[1, 0], [2, 1]], [0, 1]),
    "relu": rep.Neurons([[1, 0], [0, 2]], [0, 1], "relu"),
    "Monomials": rep.Monomials([[0, 0], [3, 1]]),
    "Functions": rep.Functions(
        2, [rep.exp(-(rep.x(0) ** 2) - rep.x(1) ** 4), 1 / (1 + rep.exp(rep.x(0)))]
    ),
}


def patches(torch, far, dtype, place=0):
    """Two elements of a batch of two locations, one number far away; and the other element."""
    x = torch.tensor([[[0.0, 2.0], [1.0, 0.0]], [[0.5, 0.0], [0.5, 1.0]]], dtype=torch.float64)
    x[place, 0, 0] = far
    return x.to(dtype)


def gradients(torch, network, x, row):
    """Of everything, for a loss on one row alone."""
    network.zero_grad()
    x = x.clone().requires_grad_()
    network(x)[row].sum().backward()
    return [p.grad.clone() for p in network.parameters()] + [x.grad]


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_similarities_in_pytorch(kind, normalize):
    """Gradients are those of the batch without the far element; scores are −∞ or far below."""
    torch = pytest.importorskip("torch", reason='PyTorch is not installed: pip install ".[torch]"')
    layer = Similarity(kind, [[0.0, 1.0], [1.0, 0.0]], [[1.0, 2.0], [0.5, 1.0]],
                       normalize=normalize)  # fmt: skip
    for dtype in (torch.float32, torch.float64):
        for space, log in SPACES:
            network = ca.to_torch(
                ca.cp_model(2, 2, 2), space=space, log=log, similarity=layer, dtype=dtype
            )
            for far in FAR:
                x = patches(torch, far, dtype)
                wanted = gradients(torch, network, x[1:], 0)
                found = gradients(torch, network, x, 1)
                assert all(map(torch.allclose, found[:-1], wanted[:-1]))
                assert torch.allclose(found[-1][1:], wanted[-1])
                assert not found[-1][0].any()
                score = network(x)[0]
                assert score < -1e19 if log else score == 0


def test_a_coordinate_of_weight_0_counts_nothing():
    """However far away it is, in NumPy and in PyTorch, and its gradients are finite."""
    layer = Similarity("l2", [[0.0, 1.0]], [[0.0, 1.0]])
    for far in FAR:
        assert layer.evaluate(np.array([far, 3.0])).tolist() == [-4]
    torch = pytest.importorskip("torch", reason='PyTorch is not installed: pip install ".[torch]"')
    network = ca.to_torch(ca.cp_model(2, 1, 1), space="simplex", similarity=layer)
    for far in FAR:
        x = patches(torch, far, torch.float32)
        assert network(x).ravel().tolist() == [-2, -1]
        found = gradients(torch, network, x, slice(None))
        assert all(bool(table.isfinite().all()) for table in found)


@pytest.mark.parametrize("name", FAMILIES)
def test_representation_functions_in_pytorch(name):
    """The gradient of an element by its own numbers is finite, and 0 by the far one's."""
    torch = pytest.importorskip("torch", reason='PyTorch is not installed: pip install ".[torch]"')
    for dtype in (torch.float32, torch.float64):
        for far in FAR:
            x = patches(torch, far, dtype).requires_grad_()
            FAMILIES[name].evaluate(x)[1].sum().backward()
            other = patches(torch, far, dtype)[1:].requires_grad_()
            FAMILIES[name].evaluate(other).sum().backward()
            assert torch.allclose(x.grad[1], other.grad[0])
            assert not x.grad[0].any()


def test_values_and_gradients_in_jax():
    """Families and similarities: gradients by the far element are 0, by the other ones theirs."""
    jax = pytest.importorskip("jax", reason="JAX is not installed: pip install jax")
    layers = [Similarity(kind, [[0.0, 1.0]], normalize=True) for kind in ("l1", "l2")]
    for family in (*layers, FAMILIES["Gaussians"], FAMILIES["Functions"]):

        @jax.jit
        @jax.value_and_grad
        def total(x, family=family):
            return family.evaluate(x)[1].sum()

        near, wanted = total(np.array([[0.0, 2.0], [0.5, 1.0]], dtype=np.float32))
        for far in (1e20, float("-inf")):
            value, found = total(np.array([[far, 2.0], [0.5, 1.0]], dtype=np.float32))
            assert value == near
            assert found.tolist() == wanted.tolist()


def test_gaussians_far_apart_and_narrow():
    """Variances beyond a float32's range, and beyond floats: values are right nevertheless."""
    from fractions import Fraction

    wide = rep.Gaussians([[0]], [[10**60]])
    x = np.array([[1e30]], dtype=np.float32)
    assert wide.evaluate(x) == pytest.approx(np.exp(-0.5) * (2 * np.pi * 1e60) ** -0.5, rel=1e-4)
    narrow = rep.Gaussians([[0]], [[Fraction(1, 10**400)]])
    assert narrow.evaluate(np.array([[0.0], [1.0]])).ravel().tolist() == [
        pytest.approx(1e200 / np.sqrt(2 * np.pi)),
        0,
    ]


def test_linear_similarities_keep_their_sign():
    """Beyond floats they are ±∞; times 0 an infinite number is 0."""
    layer = Similarity("linear", [[2.0], [-2.0], [0.0]])
    inf = float("inf")
    assert layer.evaluate(np.array([[1e308], [-inf]])).tolist() == [[inf, -inf, 0], [-inf, inf, 0]]


def test_weights_near_the_ends_of_floats():
    """W · (x − t)² where either factor alone is beyond floats."""
    layer = Similarity("l2", [[0.0]], [[1e-300]])
    assert layer.evaluate(np.array([1e200])) == pytest.approx(-1e100, rel=1e-15)
    assert layer.evaluate(np.array([float("inf")])).tolist() == [-float("inf")]
