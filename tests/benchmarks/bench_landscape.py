"""Both bounds across all bipartitions, against one proof after another and against NetworkX."""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import log2, prod
from typing import Any

from benchmarks.measure import Options, Row, in_child, timed

_LIMIT = 60.0
"""Seconds that all 32,767 bipartitions of 16 locations may take, on two cores."""
_SAMPLE = 40
_CAPACITY = 1 << 30
"""NetworkX compares integers: logarithms in units of 2^-30."""
_IRREGULAR = "balanced, dims 2 to N + 1, widths 4"
_KINDS = {
    "balanced, dim 4, widths 4": {"dim": 4, "widths": 4},
    "the same, shared": {"dim": 4, "widths": 4, "shared": True},
    "random tree, dim 4, widths 4": {"dim": 4, "widths": 4, "seed": 1},
    _IRREGULAR: {"dim": None, "widths": 4},
}


def rows(options: Options) -> Iterator[Row]:
    """One process for each network; the peers' times are for all, from a sample of 40."""
    locations = 8 if options.smoke else 16
    for kind in options.sizes(list(_KINDS), [k for k in _KINDS if k != _IRREGULAR], [_IRREGULAR]):
        found = in_child("bench_landscape", "landscape", kind=kind, locations=locations)
        count = found["count"]
        note = f"{found['questions']:,} questions, {found['open']:,} open"
        yield Row(
            "rank_landscape, quick, one core",
            f"N={locations}, {kind}",
            found["seconds"],
            "prove_rank, one by one",
            found["one_by_one"] * count,
            "" if options.smoke else f"{_LIMIT:.0f} s on two cores",
            None if options.smoke else found["seconds"] / _LIMIT,
            note,
        )
        if "networkx" in found:
            yield Row(
                "the same",
                f"N={locations}, {kind}",
                found["seconds"],
                "networkx.minimum_cut, upper bounds alone",
                found["networkx"] * count,
            )


def _network(kind: str, locations: int) -> Any:
    import circuitalg as ca

    given = dict(_KINDS[kind])
    seed, dim = given.pop("seed", None), given.pop("dim")
    balanced = ca.ModeTree.balanced(locations)
    tree = balanced if seed is None else ca.ModeTree.random(locations, seed=seed)
    return ca.tree_model(tree, dim=dim or list(range(2, 2 + locations)), **given)


def landscape(kind: str, locations: int) -> dict[str, Any]:
    """Seconds for all bipartitions, and of the peers for one; the upper bounds must agree."""
    import circuitalg as ca

    circuit = _network(kind, locations)
    ca.prove_rank(circuit, ca.Bipartition.random(locations))  # loads what both need
    table, seconds = timed(lambda: ca.rank_landscape(circuit, effort="quick"))
    sample = random.Random(1).sample(range(len(table)), _SAMPLE)
    parts = [table[i].bipartition for i in sample]
    proved, one_by_one = timed(lambda: [ca.prove_rank(circuit, p).statement for p in parts])
    for i, said in zip(sample, proved, strict=True):
        if said.lower > table[i].upper or table[i].lower > said.upper:
            raise RuntimeError(f"row {i} and prove_rank contradict each other: {said}")
    found = {
        "seconds": seconds,
        "count": len(table),
        "questions": table.questions,
        "open": len(table.open),
        "one_by_one": one_by_one / _SAMPLE,
    }
    if "shared" in kind:  # its bound knows ties, which a cut does not
        return found
    cuts, networkx = timed(lambda: [_cut(circuit, p) for p in parts])
    if cuts != [table[i].upper for i in sample]:
        raise RuntimeError("networkx.minimum_cut finds another upper bound")
    return found | {"networkx": networkx / _SAMPLE}


def _cut(circuit: Any, parts: Any) -> int:
    """The multiplicative vertex cut between the sides in the tree of variables."""
    import networkx as nx

    from circuitalg.kernel.rank.network import circuit_network

    network = circuit_network(circuit, parts).network
    graph = nx.DiGraph()
    for v, (dim, parent) in enumerate(zip(network.dims, network.parents, strict=True)):
        graph.add_edge((v, 0), (v, 1), capacity=round(log2(dim) * _CAPACITY))
        if parent >= 0:
            graph.add_edge((v, 1), (parent, 0))
            graph.add_edge((parent, 1), (v, 0))
    for v, side in enumerate(network.sides):
        if side == 0:
            graph.add_edge("I", (v, 0))
        elif side == 1:
            graph.add_edge((v, 1), "J")
    _, (near, _) = nx.minimum_cut(graph, "I", "J")
    return prod(dim for v, dim in enumerate(network.dims) if (v, 0) in near and (v, 1) not in near)
