"""A batch of no inputs gives scores of shape (0, outputs), whatever computes them."""

import numpy as np
import pytest
from trained_networks import NETWORKS, simnets, weights

import circuitalg as ca
from circuitalg import representation
from circuitalg.logspace.semirings import SEMIRINGS, evaluate_over
from circuitalg.logspace.similarity import Similarity

LAYER = Similarity("l2", [[0.0], [1.0], [2.0]], normalize=True)
FAMILIES = [
    representation.Gaussians([[0], [1], [2]], [[1], [1], [2]]),
    representation.Neurons([[1], [2], [3]], [0, 1, 2]),
    representation.Monomials.up_to(2),
    representation.Functions(1, [1, representation.x(0), representation.exp(representation.x(0))]),
]


def nothing(circuit):
    """Inputs for no element of a batch."""
    tables = [np.zeros((0, dim)) for dim in circuit.dims]
    return np.stack(tables, axis=1) if len(set(circuit.dims)) == 1 else tables


@pytest.mark.parametrize("name", NETWORKS)
def test_numpy(name):
    """Floats, exact numbers, signs and logarithms, SimNets, and every semiring."""
    circuit, x = NETWORKS[name], nothing(NETWORKS[name])
    shape = (0, circuit.num_outputs)
    given = weights(circuit, "nonnegative")
    exact = circuit.random_weights(kind="nonnegative")
    assert circuit.evaluate(given, x).shape == shape
    whole = x.astype(int) if isinstance(x, np.ndarray) else [table.astype(int) for table in x]
    assert circuit.evaluate(exact, whole).shape == shape
    assert [part.shape for part in ca.log_sign_evaluate(circuit, given, x)] == [shape, shape]
    for mean in (False, True):
        assert circuit.to_simnet(given, mean=mean).evaluate(x).shape == shape
    for semiring in SEMIRINGS:
        assert evaluate_over(circuit, exact, x, semiring).shape == shape


def test_patches():
    """Similarity layers, representation functions, and scores by either."""
    circuit = ca.ht_model(4, 3, [2, 2], outputs=2)
    given, patches = weights(circuit, "simplex"), np.zeros((0, 4, 1))
    assert LAYER.evaluate(patches).shape == (0, 4, 3)
    assert circuit.to_simnet(given, similarity=LAYER).score(patches).shape == (0, 2)
    for family in FAMILIES:
        assert family.evaluate(patches).shape == (0, 4, 3)
        assert circuit.score(given, family, patches).shape == (0, 2)
        assert circuit.predict(given, family, patches).shape == (0,)


def pytorch_networks(torch):
    """Every network as a module, in each space, and SimNets; with inputs for it."""
    for circuit in NETWORKS.values():
        x = nothing(circuit)
        given = torch.tensor(x) if isinstance(x, np.ndarray) else [torch.tensor(t) for t in x]
        for space, log in (("real", False), ("nonnegative", False), ("simplex", True)):
            yield ca.to_torch(circuit, space=space, log=log, dtype=torch.float64), given
        if set(circuit.dims) == {3}:
            patches = torch.zeros((0, circuit.num_locations, 1), dtype=torch.float64)
            yield ca.to_torch(circuit, similarity=LAYER, dtype=torch.float64), patches
    for net in simnets().values():
        yield ca.to_torch(net), torch.zeros((0, len(net.dims), 3))


def test_pytorch():
    """Modules in every space, similarity layers included; all gradients are 0."""
    torch = pytest.importorskip("torch", reason='PyTorch is not installed: pip install ".[torch]"')
    for network, x in pytorch_networks(torch):
        found = network(x)
        assert tuple(found.shape) == (0, network._prepared.structure.num_outputs)
        found.sum().backward()
        assert all(not parameter.grad.any() for parameter in network.parameters())
    circuit = NETWORKS["HT"]
    given = {name: torch.tensor(table) for name, table in weights(circuit, "real").items()}
    assert tuple(circuit.evaluate(given, torch.tensor(nothing(circuit))).shape) == (0, 3)


def test_jax():
    """Functions for numbers and for logarithms, and SimNets; all gradients are 0."""
    jax = pytest.importorskip("jax", reason="JAX is not installed: pip install jax")
    for circuit in (ca.cp_model(2, 2, 2), ca.tree_model(ca.ModeTree.caterpillar(3), [2, 3, 2], 2)):
        x, given = nothing(circuit), weights(circuit, "real")
        for log in (False, True):
            network = ca.to_jax(circuit, log=log)
            assert network(given, x).shape == (0, circuit.num_outputs)
            gradients = jax.jit(jax.grad(lambda w, f=network, x=x: f(w, x).sum()))(given)
            assert not any(table.any() for table in gradients.values())
    net = simnets()["several β"]
    offsets = {name: np.zeros(shape) for name, shape in net.parameters.items()}
    assert jax.jit(ca.to_jax(net))(offsets, np.zeros((0, 2, 3))).shape == (0, 2)
