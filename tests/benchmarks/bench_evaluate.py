"""Evaluation of a deep network on a batch, plain and in log-space, against PyTorch and cirkit.

The peer that needs nothing but PyTorch is written here as these libraries do it: one batched
matrix product for each level, between exponentials and logarithms for log-space. cirkit (on PyPI
libcirkit) evaluates a binary tree of the same sizes, over looked-up inputs in place of given ones.
The limit is what the matrix products, exponentials and logarithms alone take, in cache, at the
speeds of this run. Peers that are not installed are left out: the note says so.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from benchmarks.measure import Options, Row, in_child

_ROUNDS = 7


def rows(options: Options) -> Iterator[Row]:
    """N = 256, widths 32, a batch of 1,024, unshared and shared; with --slow N = 65,536 too."""
    sizes = [(256, 32, 1024)]
    for locations, width, batch in options.sizes([(16, 4, 32)], sizes, [(65536, 4, 256)]):
        for shared in (False, True):
            found = in_child(
                "bench_evaluate",
                "evaluations",
                locations=locations,
                width=width,
                batch=batch,
                shared=shared,
            )
            ties = "shared" if shared else "unshared"
            label = f"N = {locations:,}, widths {width}, batch {batch:,}, {ties}"
            for kind in ("plain", "log"):
                ours, limit = found[f"{kind} ours"], found[f"{kind} limit"]
                what = "evaluate" if kind == "plain" else 'evaluate_over "log"'
                speeds = found["speeds"]
                peers = [p for p in ("PyTorch", "cirkit") if f"{kind} {p}" in found]
                for peer in peers or [""]:
                    yield Row(
                        what,
                        label,
                        ours,
                        peer,
                        found.get(f"{kind} {peer}"),
                        limit=speeds,
                        reached=limit / ours,
                        note=_note(found, kind, peer),
                    )


def _note(found: dict[str, Any], kind: str, peer: str) -> str:
    if not peer:
        return "PyTorch is not installed"
    ours, theirs = found[f"{kind} ours cpu"], found[f"{kind} {peer} cpu"]
    return f"processor time {ours:.2g} s, peer {theirs:.2g} s"


def evaluations(locations: int, width: int, batch: int, shared: bool) -> dict[str, Any]:
    """Seconds of everything in turn, and of the operations that cannot be saved."""
    import numpy as np

    import circuitalg as ca
    from circuitalg import threads
    from circuitalg.logspace.semirings import evaluate_over

    levels = locations.bit_length() - 1
    circuit = ca.ht_model(locations, width, [width] * levels, shared=shared)
    draw = np.random.default_rng(0)
    x = draw.random((batch, locations, width))
    weights = {name: draw.random(shape) / width for name, shape in circuit.parameters.items()}
    methods: dict[str, Callable[[], Any]] = {
        "plain ours": lambda: circuit.evaluate(weights, x),
        "log ours": lambda: evaluate_over(circuit, weights, x, "log"),
    }
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(threads.count())
        torch.set_grad_enabled(mode=False)
        stacks = [_level(weights, level, locations >> level) for level in range(levels)]
        stacks.append(weights["out"][None])
        folded, inputs = [torch.tensor(stack) for stack in stacks], torch.tensor(x)
        methods["plain PyTorch"] = lambda: _plain(folded, inputs)
        methods["log PyTorch"] = lambda: _log(folded, inputs)
        for kind in ("plain", "log"):
            theirs = methods[f"{kind} PyTorch"]().numpy()
            if not np.allclose(theirs, methods[f"{kind} ours"](), rtol=1e-10):
                raise RuntimeError(f"{kind}: the values differ")
        if importlib.util.find_spec("cirkit") and locations <= 256 and not shared:
            methods["log cirkit"] = _cirkit(locations, width, batch)
    return _in_turn(methods) | _limits(circuit, batch, threads.count())


def _in_turn(methods: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """Median seconds by name, and of processor time by name + " cpu"."""
    times: dict[str, list[float]] = {}
    for _ in range(_ROUNDS):
        for name, method in methods.items():
            start, cpu = time.perf_counter(), time.process_time()
            method()
            times.setdefault(f"{name} cpu", []).append(time.process_time() - cpu)
            times.setdefault(name, []).append(time.perf_counter() - start)
    return {name: median(several) for name, several in times.items()}


def _level(weights: dict[str, Any], level: int, count: int) -> Any:
    import numpy as np

    shared = weights.get(f"a{level}")
    if shared is not None:
        return np.stack([shared] * count)
    return np.stack([weights[f"a{level}.{j}"] for j in range(count)])


def _plain(folded: Any, inputs: Any) -> Any:
    """Levels as one batched product each: values (positions, channels, batch)."""
    import torch

    values = inputs.permute(1, 2, 0)
    for matrices in folded[:-1]:
        values = torch.bmm(matrices, values)
        values = values[0::2] * values[1::2]
    return torch.bmm(folded[-1], values)[0].T


def _log(folded: Any, inputs: Any) -> Any:
    """The same with the log-sum-exp trick: columns divided by their largest entry."""
    import torch

    def log_sum_exp(matrices: Any, values: Any) -> Any:
        peaks = values.amax(1, keepdim=True)
        return torch.log(torch.bmm(matrices, torch.exp(values - peaks))) + peaks

    values = torch.log(inputs).permute(1, 2, 0)
    for matrices in folded[:-1]:
        values = log_sum_exp(matrices, values)
        values = values[0::2] + values[1::2]
    return log_sum_exp(folded[-1], values)[0].T


def _cirkit(locations: int, width: int, batch: int) -> Callable[[], Any]:
    """Its binary tree of these sizes, optimized, in its log-space semiring."""
    import torch
    from cirkit.pipeline import PipelineContext
    from cirkit.templates.region_graph import RandomBinaryTree
    from cirkit.templates.utils import (
        Parameterization,
        name_to_input_layer_factory,
        parameterization_to_factory,
    )

    torch.set_default_dtype(torch.float64)
    uniform = parameterization_to_factory(
        Parameterization(activation="none", initialization="uniform")
    )
    lookup = name_to_input_layer_factory("embedding", num_states=width, weight_factory=uniform)
    symbolic = RandomBinaryTree(locations, depth=None, num_repetitions=1).build_circuit(
        input_factory=lookup,
        sum_product="cp",
        sum_weight_factory=uniform,
        num_input_units=width,
        num_sum_units=width,
    )
    context = PipelineContext(backend="torch", semiring="lse-sum", fold=True, optimize=True)
    compiled = context.compile(symbolic)
    states = torch.randint(0, width, (batch, locations))
    compiled(states)
    return lambda: compiled(states)


def _limits(circuit: Any, batch: int, count: int) -> dict[str, Any]:
    """Seconds of the products, exponentials and logarithms alone, on that many threads."""
    import numpy as np

    sums = [node for node in circuit.nodes if node.kind == "sum"]
    below = [circuit.nodes[node.children[0]].width for node in sums]
    flops = batch * sum(2 * node.width * w for node, w in zip(sums, below, strict=True))
    exps = batch * sum(below)
    inputs = sum(node.width for node in circuit.nodes if node.kind == "input")
    logs = batch * (sum(node.width for node in sums) + inputs)
    width = circuit.dims[0]
    draw = np.random.default_rng(1)

    def arrays() -> tuple[Any, Any, Any]:
        matrices, values = draw.random((8, width, width)), draw.random((8, width, 128))
        return matrices, values, np.empty_like(values)

    own = [arrays() for _ in range(count)]
    size = own[0][1].size
    with ThreadPoolExecutor(count) as pool:

        def speed(operation: Callable[..., Any], each: float) -> float:
            """Operations per second of all threads together."""

            def work(place: tuple[Any, Any, Any]) -> None:
                for _ in range(50):
                    operation(*place)

            seconds = []
            for _ in range(_ROUNDS):
                start = time.perf_counter()
                list(pool.map(work, own))
                seconds.append(time.perf_counter() - start)
            return 50 * count * each / min(seconds)

        products = speed(lambda m, v, out: np.matmul(m, v, out=out), 2.0 * size * width)
        exponentials = speed(lambda _m, v, out: np.exp(v, out=out), size)
        logarithms = speed(lambda _m, v, out: np.log(v, out=out), size)
    return {
        "plain limit": flops / products,
        "log limit": flops / products + exps / exponentials + logs / logarithms,
        "speeds": f"{products / 1e9:.3g} Gflop/s, {exponentials / 1e9:.2g} G exp/s, "
        f"{logarithms / 1e9:.2g} G log/s",
    }
