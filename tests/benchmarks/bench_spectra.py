"""Singular values across bipartitions, and hierarchical SVDs, against quimb, TensorLy and NumPy.

quimb and TensorLy run where they are installed; the other rows need nothing more.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import Options, Row, in_child, median_seconds, timed


def rows(options: Options) -> Iterator[Row]:
    """Chains and trees of up to 1,024 locations, arrays of up to 2^24 entries."""
    for count, width in options.sizes([(16, 4)], [(64, 16), (256, 16)], [(1024, 16)]):
        found = in_child("bench_spectra", "chain", count=count, width=width)
        size = f"tensor train, N = {count:,}, rank {width}"
        yield Row(
            "edge_spectra, all edges", size, found["ours"], "quimb, N - 1 cuts", found["peer"]
        )
        found = in_child("bench_spectra", "tree", count=count, width=width)
        size = f"HT model, N = {count:,}, widths {width}"
        yield Row("edge_spectra, all edges", size, found["ours"], note=found["note"])
    for count in options.sizes([8], [16, 20]):
        found = in_child("bench_spectra", "built", count=count)
        size = f"balanced tree, 2^{count} entries, widths 4"
        peer = "build A, NumPy SVDs"
        yield Row("edge_spectra, all edges", size, found["ours"], peer, found["peer"])
    for count in options.sizes([10], [20, 24]):
        found = in_child("bench_spectra", "array", count=count, rank=8)
        size = f"random, 2^{count} entries, ranks <= 8"
        yield Row("hsvd", size, found["ours"], "TensorLy tensor_train", found["tensorly"])
        if found["numpy"] is not None:
            peer = "NumPy, SVD of every matricization"
            yield Row("hsvd", size, found["ours"], peer, found["numpy"])
        yield Row("hsvd, tolerance 1e-6", f"of ranks 4, 2^{count} entries", found["tolerance"])
    for count in options.sizes([8], [32]):
        found = in_child("bench_spectra", "largest", count=count)
        size = f"tensor train, rank 4, odd/even, 2^{count // 2} x 2^{count // 2}"
        yield Row("singular_values, 10 largest", size, found["ours"], note=found["note"])


def chain(count: int, width: int) -> dict[str, Any]:
    """One network, the same train in quimb; both spectra at the middle must agree."""
    import numpy as np

    from circuitalg.circuit import Bipartition, tt_model
    from circuitalg.spectra.spectrum import edge_spectra, singular_values

    circuit = tt_model(count, 2, width)
    weights = circuit.random_weights(seed=0, kind="float")
    times: dict[str, Any] = {"peer": None}
    times["ours"] = median_seconds(lambda: edge_spectra(circuit, weights))
    if importlib.util.find_spec("quimb") is None:
        return times
    from quimb.tensor import MatrixProductState

    arrays = []
    for t in range(count):
        core = weights[f"g{t}"]
        core = core if t == 0 else core.reshape(-1, width, 2).transpose(1, 0, 2)
        core = core[:, 0] if t == count - 1 else core
        arrays.append(core / np.linalg.norm(core))

    def by_quimb() -> list[Any]:
        state = MatrixProductState(arrays, shape="lrp")
        state.normalize()
        info: dict[str, Any] = {}
        return [np.sort(state.schmidt_values(i, info=info))[::-1] for i in range(1, count)]

    by_quimb()  # compiles
    found, times["peer"] = timed(by_quimb)
    ours = singular_values(circuit, weights, Bipartition.low_high(count)).scaled ** 2
    size = min(len(ours), width)
    if not np.allclose(found[count // 2 - 1][:size], ours[:size] / ours.sum(), atol=1e-10):
        raise RuntimeError("quimb finds other values")
    return times


def tree(count: int, width: int) -> dict[str, Any]:
    """All edges of a model with one width."""
    from circuitalg.circuit import ht_model
    from circuitalg.spectra.spectrum import edge_spectra

    circuit = ht_model(count, 2, [width] * (count.bit_length() - 1))
    weights = circuit.random_weights(seed=0, kind="float")
    found = edge_spectra(circuit, weights)
    error = max(spectrum.error for spectrum in found.values())
    seconds = median_seconds(lambda: edge_spectra(circuit, weights))
    return {"ours": seconds, "note": f"{len(found)} edges, relative error about {error:.0e}"}


def built(count: int) -> dict[str, Any]:
    """Against building the tensor and an SVD for each edge."""
    import numpy as np

    from circuitalg.circuit import Bipartition, ModeTree, tree_model
    from circuitalg.spectra.spectrum import edge_spectra
    from circuitalg.tensor.hierarchical import preorder
    from circuitalg.tensor.matricize import matricization

    shape = ModeTree.balanced(count)
    circuit = tree_model(shape, 2, 4)
    weights = circuit.random_weights(seed=0, kind="float")

    def by_numpy() -> float:
        tensor = circuit.coefficient_tensor(weights)
        cuts = [Bipartition.of(place.leaves, count) for place in preorder(shape)[1:]]
        values = [np.linalg.svd(matricization(tensor, c), compute_uv=False) for c in cuts]
        return max(float(v[0]) for v in values)

    largest, peer = timed(by_numpy)
    ours = max(float(s.values[0]) for s in edge_spectra(circuit, weights).values())
    if not np.isclose(ours, largest, rtol=1e-10):
        raise RuntimeError(f"largest singular value {ours}, NumPy finds {largest}")
    return {"ours": median_seconds(lambda: edge_spectra(circuit, weights)), "peer": peer}


def array(count: int, rank: int) -> dict[str, Any]:
    """A random array; the peer's train has the same largest rank, and its error must be near."""
    import numpy as np

    from circuitalg.circuit import ModeTree, tree_model
    from circuitalg.spectra.truncation import hsvd
    from circuitalg.tensor.hierarchical import preorder

    table = np.random.default_rng(0).standard_normal((2,) * count)
    times: dict[str, Any] = {"tensorly": None, "numpy": None}
    times["ours"] = median_seconds(lambda: hsvd(table, ranks=rank))
    if importlib.util.find_spec("tensorly") is not None:
        from tensorly.decomposition import tensor_train

        ranks = [1, *[rank] * (count - 1), 1]
        times["tensorly"] = timed(lambda: tensor_train(table, rank=ranks))[1]
    if count <= 20:

        def by_numpy() -> None:
            for place in preorder(ModeTree.balanced(count))[1:]:
                order = [*place.leaves, *(i for i in range(count) if i not in place.leaves)]
                turned = table.transpose(order).reshape(2 ** len(place.leaves), -1)
                np.linalg.svd(turned, full_matrices=False)

        times["numpy"] = timed(by_numpy)[1]
    network = tree_model(ModeTree.balanced(count), 2, 4)
    small = network.coefficient_tensor(network.random_weights(seed=0, kind="float"))
    found, times["tolerance"] = timed(lambda: hsvd(small, tolerance=1e-6))
    if max(found.ranks) > 4:
        raise RuntimeError(f"ranks {found.ranks} for an array of ranks 4")
    return times


def largest(count: int) -> dict[str, Any]:
    """The largest values of a matrix that is not built."""
    from circuitalg.circuit import Bipartition, tt_model
    from circuitalg.spectra.spectrum import singular_values

    circuit = tt_model(count, 2, 4)
    weights = circuit.random_weights(seed=0, kind="float")
    parts = Bipartition.odd_even(count)
    found, seconds = timed(
        lambda: singular_values(circuit, weights, parts, count=10, route="randomized")
    )
    return {"ours": seconds, "note": f"relative error at most about {found.error:.0e}"}
