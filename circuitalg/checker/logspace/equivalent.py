"""LogSpaceEquivalent: a SimNet computes logarithms of a network's values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..circuit import SUM, Circuit, fingerprint, read_circuit
from ..meter import Meter
from ..read import (
    MAX_NODES,
    MAX_WIDTH,
    Entry,
    Refusal,
    as_entry,
    as_int,
    as_list,
    as_object,
    as_text,
    brief,
)
from ..schema import Claim, File, Kind, circuit, mapping
from ..verdict import digest, network_lines

SIM_KINDS = {"input": "input", "constant": "constant", "mex": "sum", "pool": "product"}


@dataclass(frozen=True, slots=True)
class SimNet:
    """The circuit of a SimNet's graph, beta and whether it is a mean for each mex node in order."""

    graph: Circuit
    modes: list[tuple[Entry | str, bool]]
    fingerprint: str


def log_space_equivalent(claim: Claim) -> list[str]:
    """Node by node, the SimNet computes logarithms of the circuit's values.

    Where the children hold log(h)/beta and the offsets are log(c w)/beta, beta times a mex is
    log of (1/n or 1) * sum c w h, and c = n or 1; a pool adds logarithms.
    """
    network: Circuit = claim.said["circuit"]
    simnet: SimNet = claim.said["simnet"]
    offsets, graph, meter = claim.said["offsets"], simnet.graph, claim.meter
    if offsets.keys() != set(graph.parameters):
        raise Refusal("the offsets must be those of the simnet's parameters and no others.")
    if len(graph.kinds) != len(network.kinds):
        raise Refusal("the simnet does not have as many nodes as the circuit.")
    check_positive(network, meter)
    betas = {beta for beta, _ in simnet.modes} or {1}
    beta = betas.pop()
    if betas or isinstance(beta, str) or beta == 0:
        raise Refusal("all mex nodes must have one beta, a rational number that is not 0.")
    for what in ("kinds", "widths", "places", "children"):
        pairs = zip(getattr(graph, what), getattr(network, what), strict=True)
        for name, (own, other) in zip(graph.names, pairs, strict=True):
            if own != other:
                raise Refusal(
                    f"node {brief(name)} of the simnet and its node of the circuit differ in their"
                    f" {what}."
                )
    edges: set[tuple[int, int, int]] = set()
    sums = [i for i, kind in enumerate(network.kinds) if kind == SUM]
    for i, (_, mean) in zip(sums, simnet.modes, strict=True):
        meter.spend(200 * (1 + len(network.children[i])))
        count = sum(network.widths[c] for c in network.children[i]) if mean else 1
        edges.update(
            (own, other, count) for own, other in zip(network.refs[i], graph.refs[i], strict=True)
        )
    for own, other, count in sorted(edges):
        same_edge(network, own, count, graph, other, offsets, meter)
    return [
        *network_lines(network),
        (
            f"SimNet: the same graph, mex for sums and pools for products, beta = {beta};"
            f" fingerprint {simnet.fingerprint}, SHA-256 of the offsets {digest(offsets, meter)}."
        ),
        (
            "For all non-negative weights and inputs x of the network, with the offsets (log w +"
            " log c) / beta for the weights w and counts c that the certificate names (log 0 ="
            " -infinity), the SimNet at the similarities log(x) / beta has the outputs log(h(x)) /"
            " beta, h(x) being the network's outputs."
        ),
    ]


def check_positive(network: Circuit, meter: Meter) -> None:
    """Refuse a negative fixed entry."""
    for fixed in network.matrices:
        meter.spend(50 * len(fixed) * len(fixed[0]))
        if any(x < 0 for row in fixed for x in row):
            raise Refusal("a fixed matrix has a negative entry, which has no logarithm.")


def same_edge(
    network: Circuit,
    own: int,
    count: int,
    graph: Circuit,
    other: int,
    offsets: dict[str, list[Any]],
    meter: Meter,
) -> None:
    """Demand that an edge of the simnet has the circuit's matrix times a count as exponentials."""
    if (own < 0) != (other < 0):
        raise Refusal("a fixed matrix stands at an edge where the other network has a parameter.")
    if own >= 0:
        if offsets[graph.parameters[other]] != [network.parameters[own], count]:
            raise Refusal(
                f"the offset {brief(graph.parameters[other])} stands at an edge that needs"
                f" [{brief(network.parameters[own])}, {count}]."
            )
        return
    first, second = network.matrices[-1 - own], graph.matrices[-1 - other]
    meter.spend(100 * len(first) * len(first[0]))
    if tuple(tuple(count * x for x in row) for row in first) != second:
        raise Refusal(f"a fixed matrix of the simnet is not {count} times the circuit's.")


def simnet(value: object, what: str, file: File) -> SimNet:
    """Read a SimNet as the circuit of its graph, with what its mex nodes have besides.

    Its nodes follow the rules of a circuit's, so those are left to the circuit's reader.
    """
    raw = as_object(value, what, ("format", "version", "parameters", "matrices", "nodes"))
    if raw["format"] != "circuitalg-simnet":
        raise Refusal("the simnet is not of format circuitalg-simnet, version 1.")
    nodes, modes = [], []
    for node in as_list(raw["nodes"], "the nodes of the simnet"):
        if type(node) is not list or len(node) < 3 or type(node[1]) is not str:
            raise Refusal("a node of the simnet is not [name, kind, width, ...].")
        kind = node[1]
        if kind not in SIM_KINDS:
            raise Refusal(f"a node of the simnet is of an unknown kind, {brief(kind)}.")
        if kind == "mex":
            if len(node) != 7:
                raise Refusal("a mex node must be [name, kind, width, children, refs, beta, mode].")
            beta, mode = node[5:]
            if type(mode) is not str or mode not in ("mean", "sum"):
                raise Refusal(f'a mex node must have the mode "mean" or "sum", not {brief(mode)}.')
            infinite = type(beta) is str and beta in ("inf", "-inf")
            beta = beta if infinite else as_entry(beta, "the beta of a mex node")
            modes.append((beta, mode == "mean"))
        nodes.append([node[0], SIM_KINDS[kind], *(node[2:5] if kind == "mex" else node[2:])])
    try:
        graph = read_circuit({**raw, "format": "circuitalg-circuit", "nodes": nodes}, file.meter)
    except Refusal as error:
        raise Refusal(f"the simnet's graph, with sums for mex, is refused: {error}") from None
    encode = json.JSONEncoder(ensure_ascii=True).encode
    ends = [
        f',{encode(str(b) if type(b) is Fraction else b)},"{"mean" if mean else "sum"}"'
        for b, mean in modes
    ]
    return SimNet(graph, modes, fingerprint(graph, file.meter, tuple(SIM_KINDS), ends))


def offset(value: object, what: str, _: File) -> list[Any]:
    """Read the weight and the count behind a parameter of a simnet."""
    pair = as_list(value, what)
    if len(pair) != 2:
        raise Refusal(f"{what} must be an offset [parameter, count].")
    count = as_int(pair[1], f"the count of {what}", 1, MAX_NODES * MAX_WIDTH)
    return [as_text(pair[0], f"the parameter of {what}"), count]


LOG_SPACE_EQUIVALENT = Kind(
    {"circuit": circuit, "simnet": simnet, "offsets": mapping(offset)},
    {"Homomorphism": {}},
    log_space_equivalent,
)
