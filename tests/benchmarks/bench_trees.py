"""Random tree networks: how long a proof takes, and how often both sides meet."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import Options, Row, in_child


def rows(options: Options) -> Iterator[Row]:
    """200 networks with N <= 32, arity <= 4, dim <= 5, widths <= 9; the longest proof matters."""
    count = options.sizes([5], [200])[0]
    found = in_child("bench_trees", "prove", count=count)
    size = f"{count} random trees, N <= 32, max_minor=1000"
    yield Row("prove_rank, median", size, found["median"])
    yield Row("prove_rank, mean", size, found["mean"])
    yield Row("prove_rank, longest", size, found["longest"], note=found["which"])
    for kind, (met, among) in found["met"].items():
        yield Row(
            "bounds that meet", kind, None, limit=f"{among} networks", reached=met / max(1, among)
        )


def prove(count: int) -> dict[str, Any]:
    """Times, and the share of equal bounds by kind of ties."""
    from drawing import sample

    import circuitalg as ca
    from circuitalg import strategies

    ties_of = [ties for ties in strategies.TIES if ties != "anywhere"]
    networks = {
        ties: sample(
            strategies.circuits(
                kinds="tree", ties=ties, max_locations=32, min_dim=2, max_dim=5, max_width=9
            ),
            -(-count // len(ties_of)),
        )
        for ties in ties_of
    }
    times: list[tuple[float, str]] = []
    kinds = ("all", "untied", "tied", "upper <= 1,000")
    met = {kind: [0, 0] for kind in kinds}
    for number in range(count):
        ties = ties_of[number % len(ties_of)]
        circuit = networks[ties][number // len(ties_of)]
        locations = circuit.num_locations
        parts = ca.Bipartition.random(locations, seed=number)
        start = time.perf_counter()
        found = ca.prove_rank(circuit, parts, max_minor=1000).statement
        times.append((time.perf_counter() - start, f"N={locations}, ties: {ties}"))
        small = found.upper <= 1000
        for kind, counts in zip(
            kinds, (True, ties == "untied", ties != "untied", small), strict=True
        ):
            met[kind][0] += counts and found.lower == found.upper
            met[kind][1] += counts
    seconds = [t for t, _ in times]
    longest, which = max(times)
    return {
        "median": statistics.median(seconds),
        "mean": statistics.mean(seconds),
        "longest": longest,
        "which": which,
        "met": met,
    }
