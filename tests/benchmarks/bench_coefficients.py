"""Dense coefficient tensors of a deep network against an outer product of that size, and peers.

The peers (TensorLy, opt_einsum, quimb) run where they can be imported, each on the same network
with the same weights: TensorLy by Khatri-Rao products up the tree and `cp_to_tensor` at the top,
the others on the network of its matrices. Where the locations are not in the tree's order they
return a view with permuted axes; its copy in the locations' order, which is what we return, is
timed too. All run in one process, in turn, three times; the best counts.
"""

from __future__ import annotations

import importlib.util
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import MEMORY_UNIT, Options, Row, in_child

PEERS = ("tensorly", "opt_einsum", "quimb")


def rows(options: Options) -> Iterator[Row]:
    """2^27 entries of float64, locations in the tree's order and in a random one."""
    for locations in options.sizes([16], [27]):
        for order in ("in order", "shuffled"):
            peak = in_child("bench_coefficients", "memory", locations=locations, order=order)
            found = in_child("bench_coefficients", "times", locations=locations, order=order)
            size = f"2^{locations}, widths 4, {order}"
            what = "coefficient_tensor"
            yield Row(
                what,
                size,
                found["ours"],
                "np.multiply.outer",
                found["outer"],
                "outer product's speed",
                found["outer"] / found["ours"],
            )
            yield Row(what, size, None, limit="memory 1.3 x result", reached=peak["used"] / 1.3)
            for name in PEERS:
                if name not in found:
                    yield Row(what, size, found["ours"], name, note=f"{name} cannot be imported")
                    continue
                yield Row(what, size, found["ours"], name, found[name], note="its axes permuted")
                yield Row(what, size, found["ours"], name, found[f"{name} copied"], note="as ours")


def network(locations: int, order: str) -> tuple[Any, Any]:
    """A balanced binary tree of product nodes of width 4, and float64 weights."""
    import numpy as np

    import circuitalg as ca

    numbers = np.arange(locations)
    if order == "shuffled":
        numbers = np.random.default_rng(1).permutation(locations)

    def halves(some: list[int]) -> Any:
        middle = len(some) // 2
        return some[0] if len(some) == 1 else [halves(some[:middle]), halves(some[middle:])]

    tree = ca.ModeTree.from_nested(halves(numbers.tolist()))
    circuit = ca.tree_model(tree, dim=2, widths=4)
    return circuit, circuit.random_weights(0, "float")


def memory(locations: int, order: str) -> dict[str, Any]:
    """Peak memory that the tensor adds, as a fraction of its size."""
    warm, warm_weights = network(18, order)
    warm.coefficient_tensor(warm_weights)
    circuit, weights = network(locations, order)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MEMORY_UNIT
    tensor = circuit.coefficient_tensor(weights)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MEMORY_UNIT
    return {"used": (after - before) / tensor.nbytes}


def times(locations: int, order: str) -> dict[str, Any]:
    """Best of three times of each method; all must agree."""
    import numpy as np

    circuit, weights = network(locations, order)
    half = locations // 2
    left, right = np.ones(2**half), np.ones(2 ** (locations - half))
    methods: dict[str, Callable[[], Any]] = {
        "outer": lambda: np.multiply.outer(left, right),
        "ours": lambda: circuit.coefficient_tensor(weights),
    }
    makers = {"tensorly": _tensorly, "opt_einsum": _opt_einsum, "quimb": _quimb}
    for name, make in makers.items():
        if importlib.util.find_spec(name) is not None:
            methods[name] = make(circuit, weights)
    for name in list(methods)[2:]:
        methods[f"{name} copied"] = lambda name=name: np.ascontiguousarray(methods[name]())
    places = np.random.default_rng(0).integers(0, 2, (100, locations))
    expected = circuit.coefficients(weights, places)
    best: dict[str, float] = {}
    for _ in range(3):
        for name, method in methods.items():
            start = time.perf_counter()
            found = method()
            seconds = time.perf_counter() - start
            best[name] = min(seconds, best.get(name, seconds))
            if name != "outer" and not np.allclose(found[tuple(places.T)], expected):
                raise RuntimeError(f"{name} gives another tensor")
            del found
    return dict(best)


def _tensorly(circuit: Any, weights: Any) -> Callable[[], Any]:
    """Values as matrices (indices, channels): Khatri-Rao products below, a CP tensor on top."""
    import numpy as np
    import tensorly as tl
    from tensorly.cp_tensor import cp_to_tensor
    from tensorly.tenalg import khatri_rao

    nodes = circuit.nodes

    def run() -> Any:
        values: list[Any] = []
        orders: list[list[int]] = []
        for node in nodes[:-2]:
            below = [values[child] for child in node.children]
            orders.append([i for child in node.children for i in orders[child]])
            if node.location is not None:
                orders[-1] = [node.location]
                values.append(tl.tensor(np.eye(node.width)))
            elif node.kind == "sum":
                values.append(tl.dot(below[0], weights[node.matrices[0]].T))
            else:
                values.append(khatri_rao(below))
        top, out = nodes[-2], weights[nodes[-1].matrices[0]][0]
        order = [i for child in top.children for i in orders[child]]
        tensor = cp_to_tensor((out, [values[child] for child in top.children]))
        return tensor.reshape(circuit.dims).transpose(np.argsort(order))

    return run


def _matrices(circuit: Any, weights: Any) -> list[tuple[Any, tuple[int, ...]]]:
    """The tensor network: each sum's matrix with its indices; index i < N is location i's."""
    nodes = circuit.nodes
    index = [
        node.location if node.location is not None else len(nodes) + i
        for i, node in enumerate(nodes)
    ]
    for i, node in enumerate(nodes):
        if node.kind == "product":
            # One index for all that a product multiplies: it has the product's.
            for child in node.children:
                index[child] = index[i]
    network = [
        (weights[node.matrices[0]], (index[i], index[node.children[0]]))
        for i, node in enumerate(nodes[:-1])
        if node.kind == "sum"
    ]
    last = nodes[-1]
    return [*network, (weights[last.matrices[0]][0], (index[last.children[0]],))]


def _opt_einsum(circuit: Any, weights: Any) -> Callable[[], Any]:
    import opt_einsum

    operands = [part for pair in _matrices(circuit, weights) for part in pair]
    locations = tuple(range(circuit.num_locations))
    path, _ = opt_einsum.contract_path(*operands, locations, optimize="auto")
    return lambda: opt_einsum.contract(*operands, locations, optimize=path)


def _quimb(circuit: Any, weights: Any) -> Callable[[], Any]:
    import quimb.tensor as qtn

    network = qtn.TensorNetwork(
        [
            qtn.Tensor(array, [f"i{k}" for k in names])
            for array, names in _matrices(circuit, weights)
        ]
    )
    locations = [f"i{k}" for k in range(circuit.num_locations)]
    tree = network.contraction_tree(output_inds=locations, optimize="auto")
    return lambda: network.contract(output_inds=locations, optimize=tree).data
