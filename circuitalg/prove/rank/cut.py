"""The cut behind the bound: which variables an optimal side labelling cuts, and its value."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.integers import Integer
from circuitalg.kernel.rank.network import CircuitNetwork
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import in_widths
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
    named, messages = _untied(circuit, bipartition, output)
    untied, children = messages.block, messages.children
    below = [messages.below(v) for v in range(len(untied))]
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


def cut_value(circuit: CircuitLike, bipartition: BipartitionLike, *, output: int = 0) -> Integer:
    """The value of a minimal multiplicative vertex cut (U1): the rank is at most this.

    It is the product of the widths of the nodes that `minimal_cut` names. `prove_rank` may prove
    less: where matrices are tied, or by its other bounds.

    Parameters
    ----------
    circuit, bipartition, output
        As for `minimal_cut`.

    Raises
    ------
    StructureError
        When the circuit is not a tree.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> cut_value(ht_model(8, dim=4, widths=[3, 3, 3]), "odd-even")
    81
    """
    _, messages = _untied(circuit, bipartition, output)
    return in_widths(min(messages.below(0)), as_circuit(circuit))


def _untied(
    circuit: CircuitLike, bipartition: BipartitionLike, output: int
) -> tuple[CircuitNetwork, Messages]:
    """The network of a circuit, and its messages as if no matrices were tied or fixed."""
    circuit = as_circuit(circuit)
    parts = as_bipartition(bipartition, circuit)
    named = Question(circuit, parts, as_output(circuit, output)).named
    size = len(named.network)
    labels = (-1, *range(size - 1))
    return named, Messages(replace(named.network, labels=labels, fixed=(None,) * (size - 1)))


def _cheaper(pair: tuple[int, int]) -> int:
    return int(pair[1] < pair[0])
