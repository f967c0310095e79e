"""Networks and inputs on which training steps, PyTorch and JAX are compared with evaluation."""

import numpy as np

import circuitalg as ca
from circuitalg.logspace.simnet import SimNet, SimNode


def two_products_and_a_mixture():
    """A sum over two branches that reuse one node, with a fixed matrix on one edge."""
    b = ca.CircuitBuilder(locations=3, dim=[2, 3, 2])
    left = b.sum(b.input(0), width=2)
    right = b.product(left, b.sum(b.input(1), width=2, parameter="right.one"))
    wrong = b.product(left, b.sum(b.input(1), matrix=[[1, 0, 2], [0, 1, 1]]))
    mixed = b.sum(right, wrong, width=2, parameter=["forward", "keys"])
    return b.build(b.sum(b.product(mixed, b.sum(b.input(2), width=2)), width=3))


NETWORKS = {
    "HT": ca.ht_model(8, 3, [3, 2, 4], outputs=3),
    "HT, shared": ca.ht_model(8, 3, [3, 2, 4], shared=True, outputs=3),
    "HT, windows of 3, one level shared": ca.ht_model(9, 2, [3, 2], window=3, shared=[True, False]),
    "truncated": ca.ht_model(8, 3, [3, 2], outputs=2),
    "CP": ca.cp_model(7, 3, 5, outputs=2),
    "CP, shared": ca.cp_model(7, 3, 5, shared=True),
    "grid": ca.tree_model(ca.ModeTree.grid(3, 4), 3, 2, outputs=2),
    "tree with ties": ca.tree_model(ca.ModeTree.random(9, seed=1), 2, 3, shared=True),
    "caterpillar": ca.tree_model(ca.ModeTree.caterpillar(6), [2, 3, 2, 2, 3, 4], 3),
    "TT": ca.tt_model(6, 3, [2, 3, 3, 2, 2], outputs=2),
    "recurrent, two layers": ca.rac_model(5, 2, 3, layers=2, outputs=2),
    "mixture": two_products_and_a_mixture(),
}


def inputs(circuit, seed=0, batch=4):
    """Positive numbers, as one array where the dimensions are equal."""
    generator = np.random.default_rng(seed)
    tables = [generator.uniform(0.2, 1.5, (batch, dim)) for dim in circuit.dims]
    return np.stack(tables, axis=1) if len(set(circuit.dims)) == 1 else tables


def logarithm(x):
    """Of one array or several."""
    with np.errstate(divide="ignore"):
        return np.log(x) if isinstance(x, np.ndarray) else [np.log(table) for table in x]


def weights(circuit, space, seed=1):
    """Float weights of a parameter space; some are 0."""
    if space == "real":
        return circuit.random_weights(seed, kind="float")
    drawn = circuit.random_weights(seed, kind=space)
    scale = 1 if space == "simplex" else 5
    return {name: table.astype(float) / scale for name, table in drawn.items()}


def simnets():
    """SimNets with several β, averages and fixed offsets."""
    nodes = [
        SimNode("x0", "input", 3, 0),
        SimNode("x1", "input", 3, 1),
        SimNode("m0", "mex", 2, None, (0,), ("a",), 2, True),
        SimNode("m1", "mex", 2, None, (1,), ("b",), -0.5, False),
        SimNode("e1", "mex", 2, None, (1,), (((1, 0, 2), (0, 1, 1)),), 2, True),
        SimNode("p", "pool", 2, None, (2, 3, 4)),
        SimNode("top", "mex", 2, None, (5,), ("c",), float("inf"), False),
        SimNode("low", "mex", 2, None, (5,), ("d",), float("-inf"), False),
        SimNode("out", "mex", 2, None, (6, 7), ("e", "f"), 1, True),
    ]
    several = SimNet(nodes)
    averaged = ca.ht_model(4, 3, [2, 3], outputs=2).to_simnet(mean=True)
    return {"several β": several, "averaged": averaged}
