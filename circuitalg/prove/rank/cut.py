"""The cut behind the bound, for pictures: which variables an optimal side labelling cuts."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.upper import Messages


def minimal_cut(
    circuit: CircuitLike, bipartition: BipartitionLike, *, output: int = 0
) -> frozenset[str]:
    """Names of the nodes whose variables a minimal multiplicative vertex cut pays for (U1).

    Every matrix gets a side; a variable whose matrices (and, for an input, whose own side) differ
    costs its dimension once. For drawing: that matrices are tied does not count.

    Parameters
    ----------
    circuit
        A tree circuit.
    bipartition
        The two sides (I, J) of the locations, in any form that `Bipartition.parse` reads.
    output
        The output channel.

    Raises
    ------
    StructureError
        When the circuit is not a tree.

    Notes
    -----
    Source: the recursion of Cohen, Sharir, Shashua 2016, Theorem 1, as a minimal cut
    (docs/rules/rank.md).

    Examples
    --------
    >>> from circuitalg import cp_model
    >>> sorted(minimal_cut(cp_model(4, dim=3, width=2), "odd-even"))
    ['p0.0']
    """
    circuit = as_circuit(circuit)
    parts = as_bipartition(bipartition, circuit)
    named = Question(circuit, parts, as_output(circuit, output)).named
    size = len(named.network)
    untied = replace(named.network, labels=(-1, *range(size - 1)), fixed=(None,) * (size - 1))
    messages, children = Messages(untied), untied.children
    below = [messages.below(v) for v in range(size)]
    names = []
    stack = [(0, _cheaper(below[0]))]
    while stack:
        v, side = stack.pop()
        cut = below[v][side] < prod([below[c][side] for c in children[v]])
        cut = cut or (not children[v] and below[v][side] > 1)
        if cut and untied.dims[v] > 1:
            names.append(named.nodes[v])
        stack += [(c, _cheaper(below[c]) if cut else side) for c in children[v]]
    return frozenset(names)


def _cheaper(pair: tuple[int, int]) -> int:
    return int(pair[1] < pair[0])
