"""Circuits as files: JSON to keep and exchange, GraphML for other graph programs.

Reading never runs anything from a file: JSON, plain types, and every check of `Circuit`. What a
file may ask for is bounded before anything is built.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from circuitalg.circuit.canonical import matrix_to_json
from circuitalg.circuit.graph import Circuit, check_indices
from circuitalg.circuit.graphml import circuit_from_graphml, graphml_pieces
from circuitalg.circuit.node import Matrix
from circuitalg.circuit.validate import NodeTable, check_name
from circuitalg.errors import CircuitError, FileFormatError
from circuitalg.files import number_from_json, parse_json, read_bytes, write
from circuitalg.integers import counted, shown

FORMAT, VERSION = "circuitalg-circuit", 1

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


def circuit_to_data(circuit: Circuit) -> dict[str, Any]:
    """The circuit as plain lists and dictionaries, ready for JSON (docs/certificates.md)."""
    references: dict[object, int] = {}
    matrices: list[Matrix] = []
    parameters = list(circuit.parameters)
    by_name = {name: k for k, name in enumerate(parameters)}
    rows: list[list[Any]] = []
    for node in circuit.nodes:
        if node.kind == "input":
            rows.append([node.name, node.kind, node.width, node.location])
        elif node.kind == "constant":
            rows.append([node.name, node.kind, node.width])
        elif node.kind == "product":
            rows.append([node.name, node.kind, node.width, list(node.children)])
        else:
            refs = []
            for label in node.matrices:
                if isinstance(label, str):
                    refs.append(by_name[label])
                    continue
                # By identity first: hashing a large matrix once per use would be slow.
                known = references.get(id(label))
                if known is None:
                    known = references.setdefault(label, -1 - len(matrices))
                    if known == -1 - len(matrices):
                        matrices.append(label)
                    references[id(label)] = known
                refs.append(known)
            rows.append([node.name, node.kind, node.width, list(node.children), refs])
    return {
        "format": FORMAT,
        "version": VERSION,
        "parameters": parameters,
        "matrices": [matrix_to_json(matrix) for matrix in matrices],
        "nodes": rows,
    }


def circuit_from_data(data: Any) -> Circuit:
    """The circuit that `circuit_to_data` wrote; anything else is refused.

    Raises
    ------
    FileFormatError
        One sentence that says what is wrong, and at which node.
    """
    if not isinstance(data, dict):
        raise FileFormatError("a circuit is a JSON object")
    if data.get("format") != FORMAT:
        raise FileFormatError(f'the member "format" is not "{FORMAT}", so this is not a circuit')
    if type(data.get("version")) is not int or data["version"] != VERSION:
        raise FileFormatError(
            f"the circuit has format version {shown(data.get('version'))}; this program reads "
            f"{VERSION}"
        )
    unknown = sorted(set(data) - {"format", "version", "parameters", "matrices", "nodes"})
    if unknown:
        raise FileFormatError(f"the circuit has an unknown member {unknown[0]!r}")
    parameters = _list(data.get("parameters"), 'the member "parameters"')
    matrices = [
        _matrix_from_json(rows, k)
        for k, rows in enumerate(_list(data.get("matrices"), 'the member "matrices"'))
    ]
    try:
        for name in parameters:
            check_name(name, "parameter")
        if len(set(parameters)) < len(parameters):
            raise FileFormatError("a parameter's name is listed twice")
        table = NodeTable()
        used: set[int] = set()
        for row in _list(data.get("nodes"), 'the member "nodes"'):
            _add_row(table, row, parameters, matrices, used)
        table.finish()
    except CircuitError as error:
        raise FileFormatError(str(error)) from None
    for k, name in enumerate(parameters):
        if k not in used:
            raise FileFormatError(f"parameter {name!r} is listed but no edge uses it")
    for k in range(len(matrices)):
        if -1 - k not in used:
            raise FileFormatError(f"fixed matrix {k} is listed but no edge uses it")
    return Circuit.from_table(table)


_LENGTHS = {"input": 4, "constant": 3, "sum": 5, "product": 4}


def _add_row(
    table: NodeTable, row: Any, parameters: list[str], matrices: list[Matrix], used: set[int]
) -> None:
    """Check the form of one node's row, and put it into the table."""
    number = len(table.nodes)
    if not isinstance(row, list) or len(row) < 3 or not isinstance(row[1], str):
        raise FileFormatError(f"node {number} is not a list [name, kind, width, ...]")
    name, kind, width = row[:3]
    if kind not in _LENGTHS or len(row) != _LENGTHS[kind]:
        raise FileFormatError(
            f"node {number} ({name!r}) of kind {kind!r} has "
            f"{counted(len(row), 'entry', 'entries')}, not {_LENGTHS.get(kind, 'a known number')}"
        )
    if kind == "constant":
        table.add(name, kind, width)
        return
    if kind == "input":
        table.add(name, kind, width, row[3])
        return
    children = tuple(_list(row[3], f"the fourth entry of node {number}"))
    check_indices(name, children, number)
    if kind == "product":
        table.add(name, kind, width, None, children)
        return
    labels: list[str | Matrix] = []
    for ref in _list(row[4], f"the fifth entry of node {number}"):
        if type(ref) is not int or not -len(matrices) <= ref < len(parameters):
            raise FileFormatError(
                f"node {number} ({name!r}) refers to matrix {shown(ref)}, which is not listed"
            )
        labels.append(parameters[ref] if ref >= 0 else matrices[-1 - ref])
        used.add(ref)
    table.add(name, kind, width, None, children, tuple(labels))


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise FileFormatError(f"{what} is missing or not a list")
    return value


def _matrix_from_json(rows: Any, number: int) -> Matrix:
    what = f"fixed matrix {number}"
    return tuple(
        tuple(number_from_json(entry, what) for entry in _list(row, f"a row of {what}"))
        for row in _list(rows, what)
    )


def save_circuit(circuit: Circuit, path: str | Path) -> None:
    """Write a circuit; the file appears whole or not at all.

    As GraphML where the name ends in ``.graphml``, for Gephi, yEd and NetworkX; else as JSON, one
    line per node.

    Raises
    ------
    OutputError
        When it cannot be written there, or the name has another format's suffix (``.gml``).
    """
    if Path(path).suffix.lower() == ".graphml":
        write(path, graphml_pieces(circuit), "circuit")
    else:
        write(path, _json_pieces(circuit_to_data(circuit)), "circuit")


def _json_pieces(data: dict[str, Any]) -> Iterable[str]:
    yield f'{{"format":{_encode(data["format"])},"version":{data["version"]},\n'
    yield f'"parameters":{_encode(data["parameters"])},\n"matrices":['
    yield ",\n".join(_encode(matrix) for matrix in data["matrices"])
    yield '],\n"nodes":[\n'
    yield ",\n".join(map(_encode, data["nodes"]))
    yield "\n]}\n"


def load_circuit(path: str | Path) -> Circuit:
    """Read a circuit that `save_circuit` wrote, as JSON or GraphML.

    Parameters
    ----------
    path
        The file; its suffix does not matter.

    Raises
    ------
    FileFormatError
        When the file cannot be read, is neither, is too large, or holds no circuit; the message
        begins with the path.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from circuitalg import cp_model
    >>> with TemporaryDirectory() as folder:
    ...     cp_model(4, 2, 3).save(folder + "/net.json")
    ...     load_circuit(folder + "/net.json").num_parameters
    27
    """
    raw = read_bytes(path)
    try:
        if raw.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            return circuit_from_graphml(raw)
        return circuit_from_data(parse_json(raw, path))
    except FileFormatError as error:
        message = str(error)
        prefix = f"{path}: "
        raise FileFormatError(message if message.startswith(prefix) else prefix + message) from None
