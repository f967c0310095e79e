"""The cut behind the bound, for pictures: which variables an optimal side labelling cuts."""

from __future__ import annotations

from math import inf, log2

from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.kernel.network import NO_SIDE, circuit_network


def minimal_cut(
    circuit: CircuitLike, bipartition: BipartitionLike, output: int = 0
) -> frozenset[str]:
    """Names of the nodes whose variables a minimal multiplicative vertex cut pays for (U1).

    Every matrix gets a side; a variable whose matrices (and, for an input, whose own side) differ
    costs its dimension once. For drawing only: logarithms are compared as floats.
    """
    circuit = as_circuit(circuit)
    parts = as_bipartition(bipartition, circuit)
    found = circuit_network(circuit, parts, as_output(circuit, output))
    network, children = found.network, found.network.children()
    size = len(network)
    # cost[v][s]: least log-cost of variable v's subtree with the matrix above v on side s
    cost = [[0.0, 0.0] for _ in range(size)]
    cut = [[False, False] for _ in range(size)]
    for v in range(size - 1, -1, -1):
        price = log2(network.dims[v])
        free = [sum(cost[c][s] for c in children[v]) for s in (0, 1)]
        apart = price + sum(min(cost[c]) for c in children[v])
        for s in (0, 1):
            own = network.sides[v]
            keep = inf if own not in (NO_SIDE, s) else free[s]
            cost[v][s] = min(keep, apart)
            cut[v][s] = keep > apart
    names = []
    stack = [(0, 0 if cost[0][0] <= cost[0][1] else 1)]
    while stack:
        v, s = stack.pop()
        if cut[v][s] and network.dims[v] > 1:
            names.append(found.nodes[v])
        stack.extend((c, int(cost[c][1] < cost[c][0]) if cut[v][s] else s) for c in children[v])
    return frozenset(names)
