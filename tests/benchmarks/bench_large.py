"""65,536 locations: build, prove, save and check, time and memory, and how they grow."""

from __future__ import annotations

import json
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import MEMORY_UNIT, Options, Row, check, in_child, timed

_MEMORY_LIMIT = 2 << 30
_TIME_LIMIT = 60.0
_KINDS = {
    "shared": {"dim": 4, "window": 2, "shared": True},
    "unshared": {"dim": 4, "window": 2, "shared": False},
    "windows of 4": {"dim": 2, "window": 4, "shared": True},
}


def rows(options: Options) -> Iterator[Row]:
    """Widths 4, odd/even, three sizes: four times the locations, four times the time."""
    kinds = dict.fromkeys(["shared"] if options.smoke else _KINDS)
    for kind in kinds:
        for locations in options.sizes([256], [4096, 16384, 65536]):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "theorem.json"
                arguments = {"locations": locations, "path": str(path)}
                found = in_child("bench_large", "prove", **_KINDS[kind], **arguments)
                done = check(path)
                parsed = in_child("bench_large", "parse", path=str(path))
                size = f"N={locations:,} dim {_KINDS[kind]['dim']} {kind}"
                yield Row("build", size, found["build"], "networkx, same graph", found["graph"])
                yield Row(
                    "prove_rank",
                    size,
                    found["prove"],
                    "the kernel's rules again",
                    found["rules"],
                    "memory 2 GB",
                    found["peak"] / _MEMORY_LIMIT,
                    f"rank {found['rank']}, {1e6 * found['prove'] / locations:.0f} µs a location",
                )
                yield Row("save", size, found["save"], "json.dumps alone", found["dumps"])
                yield Row(
                    "check, python -I -S",
                    size,
                    done.seconds,
                    "json.loads alone",
                    parsed["seconds"],
                    "memory 2 GB",
                    done.peak / _MEMORY_LIMIT,
                    f"{path.stat().st_size / 1e6:.3g} MB, "
                    f"{1e6 * done.seconds / locations:.0f} µs a location",
                )
                total = found["build"] + found["prove"] + found["save"] + done.seconds
                yield Row("together", size, total, limit="60 s", reached=total / _TIME_LIMIT)


def prove(locations: int, path: str, dim: int, window: int, shared: bool) -> dict[str, Any]:
    """Times of each step."""
    import circuitalg as ca
    from circuitalg.kernel import rules
    from circuitalg.kernel.certificate import certificate
    from circuitalg.kernel.rank.question import Question

    levels = next(n for n in range(64) if window**n >= locations)

    def build() -> Any:
        return ca.ht_model(
            locations=locations, dim=dim, widths=[4] * levels, window=window, shared=shared
        )

    deep, build_seconds = timed(build)
    parts = ca.Bipartition.odd_even(locations)
    theorem, prove_seconds = timed(lambda: ca.prove_rank(deep, parts))
    if theorem.statement.lower != theorem.statement.upper:
        raise RuntimeError(f"the bounds do not meet at N = {locations}")
    _, save_seconds = timed(lambda: theorem.save(path))
    # The peers come after: their memory is not ours.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MEMORY_UNIT
    _, rules_seconds = timed(lambda: rules.generic_rank(Question(deep, parts), theorem.proof))
    data = certificate(theorem)
    _, dumps_seconds = timed(lambda: json.dumps(data, separators=(",", ":")))

    return {
        "build": build_seconds,
        "graph": timed(lambda: _graph(deep))[1],
        "prove": prove_seconds,
        "rules": rules_seconds,
        "save": save_seconds,
        "dumps": dumps_seconds,
        "peak": peak,
        "rank": str(theorem.statement.lower),
    }


def _graph(circuit: Any) -> Any:
    """The peer of building: the same nodes and edges in NetworkX, in topological order."""
    import networkx as nx

    graph = nx.DiGraph()
    names = [node.name for node in circuit.nodes]
    for node in circuit.nodes:
        graph.add_node(node.name, kind=node.kind, width=node.width)
        graph.add_edges_from((names[child], node.name) for child in node.children)
    return list(nx.topological_sort(graph))


def parse(path: str) -> dict[str, Any]:
    """Seconds to parse the certificate's JSON, which every reader pays."""
    text = Path(path).read_text(encoding="utf-8")
    return {"seconds": timed(lambda: json.loads(text))[1]}
