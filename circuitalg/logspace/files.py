"""SimNets as JSON: the form of circuits (docs/certificates.md), with MEX and pooling."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import Any

from circuitalg.circuit.canonical import number_to_json
from circuitalg.circuit.files import circuit_from_data, circuit_to_data, number_from_json
from circuitalg.errors import CircuitError, FileFormatError, WeightError
from circuitalg.logspace.simnet import SimNet, SimNode

FORMAT, VERSION = "circuitalg-simnet", 1
_LENGTHS = {"input": 4, "constant": 3, "pool": 4, "mex": 7}
_KINDS = {"input": "input", "constant": "constant", "sum": "mex", "product": "pool"}


def simnet_to_data(simnet: SimNet) -> dict[str, Any]:
    """The architecture as plain lists and dictionaries, without values of offsets."""
    data = circuit_to_data(simnet.structure)
    rows = []
    for node, row in zip(simnet.nodes, data["nodes"], strict=True):
        kind = [row[0], _KINDS[row[1]], *row[2:]]
        if node.kind == "mex":
            kind += [_beta_to_json(node.beta), "mean" if node.mean else "sum"]
        rows.append(kind)
    return data | {"format": FORMAT, "nodes": rows}


def simnet_from_data(data: Any) -> SimNet:
    """The SimNet behind `simnet_to_data`'s form; anything else is refused.

    Raises
    ------
    FileFormatError
        One sentence that says what is wrong.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise FileFormatError(f'the member "format" is not "{FORMAT}", so this is no SimNet')
    if type(data.get("version")) is not int or data["version"] != VERSION:
        raise FileFormatError(f"this program reads SimNets of version {VERSION}")
    if not isinstance(data.get("nodes"), list):
        raise FileFormatError('the member "nodes" is missing or no list')
    rows, more = [], []
    words = {mine: theirs for theirs, mine in _KINDS.items()}
    for number, row in enumerate(data["nodes"]):
        known = isinstance(row, list) and len(row) > 2 and isinstance(row[1], str)
        if not known or len(row) != _LENGTHS.get(row[1]):
            raise FileFormatError(f"node {number} of the SimNet is no list [name, kind, width, …]")
        is_mex = row[1] == "mex"
        rows.append([row[0], words[row[1]], *(row[2:5] if is_mex else row[2:])])
        more.append((_beta_from_json(row[5], number), _mean(row[6], number)) if is_mex else None)
    from circuitalg.circuit.files import FORMAT as CIRCUIT

    structure = circuit_from_data(data | {"format": CIRCUIT, "nodes": rows})
    nodes = []
    for node, extra in zip(structure.nodes, more, strict=True):
        beta, mean = extra or (1, False)
        labels = (node.children, node.matrices, beta, mean)
        nodes.append(SimNode(node.name, _KINDS[node.kind], node.width, node.location, *labels))
    try:
        return SimNet(nodes)
    except (CircuitError, WeightError) as error:
        raise FileFormatError(str(error)) from None


def _beta_to_json(beta: Fraction | float) -> int | str:
    if isinstance(beta, float):
        return "inf" if beta > 0 else "-inf"
    return number_to_json(beta)


def _beta_from_json(value: Any, number: int) -> int | Fraction | float:
    if value in ("inf", "-inf"):
        return inf if value == "inf" else -inf
    return number_from_json(value, f"β of node {number}")


def _mean(value: Any, number: int) -> bool:
    if value not in ("mean", "sum"):
        raise FileFormatError(f'node {number} says neither "mean" nor "sum" in its last place')
    return bool(value == "mean")
