"""Random trees with shared weights: which blocks stay open, and the largest minor used."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import Options, Row, in_child


def rows(options: Options) -> Iterator[Row]:
    """1,500 networks with N <= 16, arity <= 4, dim <= 4, widths <= 6, tied in every pattern."""
    count = options.sizes([10], [1500])[0]
    found = in_child("bench_tied_trees", "prove", count=count)
    loose = f"{len(found['open'])} of {found['blocks']} blocks open {found['open'] or ''}"
    note = f"{loose.rstrip()}; largest minor {found['largest']}, slowest {found['slowest']:.1f} s"
    yield Row("prove_rank, all", f"{count} tied trees, N <= 16", found["seconds"], note=note)


def prove(count: int) -> dict[str, Any]:
    """Times, and the bounds of the blocks where they do not meet."""
    from drawing import sample

    import circuitalg as ca
    from circuitalg import strategies
    from circuitalg.kernel.rank.question import Question
    from circuitalg.kernel.rank.terms import Minor
    from circuitalg.kernel.statement import nested
    from circuitalg.prove.rank.budget import Budget
    from circuitalg.prove.rank.rank import solved

    ties = [each for each in strategies.TIES if each != "untied"]
    networks = strategies.circuits(
        kinds="tree",
        ties=ties,
        min_locations=4,
        max_locations=16,
        min_dim=2,
        max_dim=4,
        max_width=6,
    )
    loose: Counter[tuple[int, int]] = Counter()
    blocks, largest, times = 0, 0, [0.0]
    for number, circuit in enumerate(sample(networks, count)):
        parts = ca.Bipartition.random(circuit.num_locations, seed=number)
        began = time.perf_counter()
        for block in Question(circuit, parts).blocks:
            lower, _, low, high = solved(block, Budget())
            blocks += 1
            loose[low, high] += low < high
            minors = (
                [term.size for term in nested(lower) if isinstance(term, Minor)] if lower else []
            )
            largest = max([largest, *minors])
        times.append(time.perf_counter() - began)
    return {
        "seconds": sum(times),
        "slowest": max(times),
        "blocks": blocks,
        "largest": largest,
        "open": sorted(key for key, n in loose.items() for _ in range(n)),
    }
