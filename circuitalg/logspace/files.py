"""SimNets as JSON: the form of circuits (docs/certificates.md), with MEX and pooling.

Files may hold more than the architecture, which is all that certificates know: offsets {name: rows}
and a similarity layer {kind, templates, weights, normalize}, numbers as JSON writes floats, which
gives back every bit, and infinities as strings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from fractions import Fraction
from math import inf, isfinite
from pathlib import Path
from typing import Any

import numpy as np

from circuitalg.circuit.canonical import canonical_lines
from circuitalg.circuit.files import FORMAT as CIRCUIT
from circuitalg.circuit.files import (
    circuit_from_data,
    circuit_to_data,
)
from circuitalg.circuit.node import Node
from circuitalg.errors import CircuitError, FileFormatError, OptionError, WeightError
from circuitalg.files import number_from_json, number_to_json, read_json, write
from circuitalg.logspace.similarity import Similarity
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
    """The SimNet that `simnet_to_data` wrote; anything else is refused.

    Raises
    ------
    FileFormatError
        One sentence that says what is wrong.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise FileFormatError(f'the member "format" is not "{FORMAT}", so this is not a SimNet')
    if type(data.get("version")) is not int or data["version"] != VERSION:
        raise FileFormatError(f"this program reads SimNets of version {VERSION}")
    if not isinstance(data.get("nodes"), list):
        raise FileFormatError('the member "nodes" is missing or not a list')
    rows, more = [], []
    words = {mine: theirs for theirs, mine in _KINDS.items()}
    for number, row in enumerate(data["nodes"]):
        known = isinstance(row, list) and len(row) > 2 and isinstance(row[1], str)
        if not known or len(row) != _LENGTHS.get(row[1]):
            raise FileFormatError(
                f"node {number} of the SimNet is not a list [name, kind, width, ...]"
            )
        is_mex = row[1] == "mex"
        rows.append([row[0], words[row[1]], *(row[2:5] if is_mex else row[2:])])
        more.append((_beta_from_json(row[5], number), _mean(row[6], number)) if is_mex else None)
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


def simnet_fingerprint(simnet: SimNet) -> str:
    """SHA-256 of a SimNet's canonical form, as `Circuit.fingerprint` is that of a circuit's."""
    digest = hashlib.sha256()
    for line in _simnet_lines(simnet):
        digest.update(line.encode())
    return digest.hexdigest()


def _simnet_lines(simnet: SimNet) -> Iterator[str]:
    """A circuit's lines; those of MEX nodes have β and the mode as two more members."""
    nodes = simnet.nodes
    as_nodes = [
        Node(node.name, node.kind, node.width, node.location, node.children, node.offsets)
        for node in nodes
    ]
    in_order = sorted(nodes, key=lambda node: node.name)
    for node, line in zip(in_order, canonical_lines(as_nodes), strict=True):
        if node.kind != "mex":
            yield line
            continue
        beta = json.dumps(node.beta if isinstance(node.beta, int) else str(node.beta))
        yield f'{line.removesuffix("]" + chr(10))},{beta},"{"mean" if node.mean else "sum"}"]\n'


def save_simnet(simnet: SimNet, path: str | Path) -> None:
    """Write a SimNet as JSON, with its offsets and similarity layer where it has them.

    One line for each node; the file appears whole or not at all.
    """
    write(path, _pieces(simnet), "SimNet")


def load_simnet(path: str | Path) -> SimNet:
    """Read a SimNet that `SimNet.save` wrote.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    FileFormatError
        When the file cannot be read, is not JSON, is too large, or holds no SimNet; the message
        begins with the path.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from circuitalg import cp_model
    >>> with TemporaryDirectory() as folder:
    ...     cp_model(4, 2, 3).to_simnet().save(folder + "/net.json")
    ...     len(load_simnet(folder + "/net.json").nodes)
    10
    """
    data = read_json(path)
    try:
        return _with_values(data)
    except (FileFormatError, OptionError, WeightError) as error:
        raise FileFormatError(f"{path}: {error}") from None


def _with_values(data: Any) -> SimNet:
    """The SimNet of a file, with offsets and similarity layer."""
    if not isinstance(data, dict):
        raise FileFormatError("a SimNet is a JSON object")
    offsets, layer = data.pop("offsets", None), data.pop("similarity", None)
    simnet = simnet_from_data(data)
    if offsets is not None:
        if not isinstance(offsets, dict):
            raise FileFormatError('the member "offsets" is not an object')
        offsets = {name: _table(rows, f"offsets {name!r}") for name, rows in offsets.items()}
    return SimNet(simnet.nodes, offsets, None if layer is None else _similarity_from_json(layer))


def _pieces(simnet: SimNet) -> Iterator[str]:
    data = simnet_to_data(simnet)
    nodes = data.pop("nodes")
    if simnet.offsets is not None:
        data["offsets"] = {name: _rows(table) for name, table in simnet.offsets.items()}
    if simnet.similarity is not None:
        layer = simnet.similarity
        data["similarity"] = {
            "kind": layer.kind,
            "templates": _rows(layer.templates),
            "weights": _rows(layer.weights),
            "normalize": layer.normalize,
        }
    yield "{"
    for name, value in data.items():
        yield f"{_encode(name)}:{_encode(value)},\n"
    yield '"nodes":[\n' + ",\n".join(map(_encode, nodes)) + "\n]}\n"


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _rows(table: Any) -> list[list[float | str]]:
    rows = np.asarray(table, dtype=float).tolist()
    return [[x if isfinite(x) else str(x) for x in row] for row in rows]


def _table(rows: Any, what: str) -> Any:
    """Rows of numbers, "inf" or "-inf", of one length."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        raise FileFormatError(f"{what}: give a list of rows")
    if len({len(row) for row in rows}) > 1:
        raise FileFormatError(f"{what}: the rows differ in length")
    return np.array([[_float(x, what) for x in row] for row in rows], dtype=float)


def _float(value: Any, what: str) -> float:
    if value in ("inf", "-inf", "nan") or type(value) in (int, float):
        try:
            return float(value)
        except OverflowError:
            pass
    raise FileFormatError(f'{what}: a number is a JSON number, "inf" or "-inf", not {value!r:.40}')


def _similarity_from_json(layer: Any) -> Similarity:
    members = ("kind", "templates", "weights", "normalize")
    if not isinstance(layer, dict) or set(layer) != set(members):
        raise FileFormatError(f'the member "similarity" needs {", ".join(members)}, no more')
    if not isinstance(layer["kind"], str) or type(layer["normalize"]) is not bool:
        raise FileFormatError('of a similarity, "kind" is a string and "normalize" true or false')
    templates, weights = (_table(layer[name], name) for name in ("templates", "weights"))
    return Similarity(layer["kind"], templates, weights, normalize=layer["normalize"])


def _beta_to_json(beta: Fraction | float) -> int | str:
    if isinstance(beta, float):
        return "inf" if beta > 0 else "-inf"
    return number_to_json(beta)


def _beta_from_json(value: Any, number: int) -> int | Fraction | float:
    if value in ("inf", "-inf"):
        return inf if value == "inf" else -inf
    return number_from_json(value, f"beta of node {number}")


def _mean(value: Any, number: int) -> bool:
    if value not in ("mean", "sum"):
        raise FileFormatError(f'node {number} says neither "mean" nor "sum" in its last place')
    return bool(value == "mean")
