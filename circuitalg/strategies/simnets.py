"""`simnets`: the strategy for networks of MEX and pooling."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import inf
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.graph import Circuit
from circuitalg.errors import ArgumentError, StructureError
from circuitalg.logspace.simnet import SimNet, SimNode, negative_sums
from circuitalg.options import described, flag
from circuitalg.strategies.circuits import circuits as any_circuits
from circuitalg.strategies.draws import flip, pick
from circuitalg.strategies.weights import tables

_KINDS = {"input": "input", "constant": "constant", "sum": "mex", "product": "pool"}
_BETAS = (1, 2, Fraction(1, 2), -1, inf, -inf)
_FINITE = _BETAS[:4]
_NUMBERS = st.one_of(st.integers(-4, 4).map(float), st.floats(-8, 8))
_OFFSETS = st.one_of(_NUMBERS, st.just(-inf))


def simnets(
    circuits: SearchStrategy[Circuit] | None = None,
    *,
    one_beta: bool = False,
    values: bool = True,
) -> SearchStrategy[SimNet]:
    """SimNets: a circuit with MEX nodes for its sums, and pooling for its products.

    They shrink towards β = 1 in softmax mode, and offsets of 0. Where some β is negative no offset
    is −∞, so that the scores of finite inputs are never ∞ − ∞.

    Parameters
    ----------
    circuits
        Where the graphs come from; circuits whose fixed matrices have a negative entry are drawn
        again. None stands for `circuits` with ``nonnegative=True`` and at most 4 locations.
    one_beta
        Whether all MEX nodes have one finite β, so that ``simnet.to_circuit()`` exists. Otherwise
        each has its own, among them −∞ and ∞, and averages or not.
    values : whether there are offsets; without them the network is an architecture only.

    Raises
    ------
    ArgumentError
        When made: for circuits that are no strategy, and switches that are not Booleans.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(simnets(), lambda simnet: len(simnet.dims) > 2).dims
    (1, 1, 1)
    """
    if circuits is None:
        circuits = any_circuits(max_locations=4, nonnegative=True)
    given: Any = circuits
    if not isinstance(given, SearchStrategy):
        raise ArgumentError(
            "circuits must be a strategy such as circuits(nonnegative=True), not "
            f"{described(given)}"
        )
    one_beta, values = flag("one_beta", one_beta), flag("values", values)
    return _simnets(circuits.filter(_has_logarithms), one_beta, values)


def _has_logarithms(circuit: Circuit) -> bool:
    return next(negative_sums(circuit), None) is None


@st.composite
def _simnets(
    draw: DrawFn, circuits: SearchStrategy[Circuit], one_beta: bool, values: bool
) -> SimNet:
    circuit = draw(circuits)
    beta, mean = pick(draw, _FINITE), flip(draw)
    nodes = []
    for node in circuit.nodes:
        mex: dict[str, Any] = {}
        if node.kind == "sum":
            if not one_beta:
                beta, mean = pick(draw, _BETAS), flip(draw)
            mex = {"offsets": node.matrices, "beta": beta, "mean": mean}
        place = (node.width, node.location, node.children)
        nodes.append(SimNode(node.name, _KINDS[node.kind], *place, **mex))
    if one_beta and not _counts_agree(nodes):
        nodes = [replace(node, mean=False) for node in nodes]
    if _has_zero_row(circuit):
        nodes = [node if node.beta > 0 else replace(node, beta=-node.beta) for node in nodes]
    if not values:
        return SimNet(nodes)
    entries = _NUMBERS if any(node.beta < 0 for node in nodes) else _OFFSETS
    shapes = circuit.parameters.items()
    return SimNet(nodes, {name: draw(tables(entries, shape, "float64")) for name, shape in shapes})


def _has_zero_row(circuit: Circuit) -> bool:
    """Whether a MEX may be over nothing: ∞ for β < 0, and −∞ for others; their sum is no number."""
    fixed = [matrix for node in circuit.nodes for matrix in node.matrices]
    return any(not any(row) for matrix in fixed if not isinstance(matrix, str) for row in matrix)


def _counts_agree(nodes: list[SimNode]) -> bool:
    """Whether each matrix of offsets is averaged over one number of channels."""
    try:
        SimNet(nodes).counts()
    except StructureError:
        return False
    return True
