"""Circuits as GraphML, the XML that Gephi, yEd and NetworkX exchange graphs in; and back.

The nodes' identifiers are their names. Nodes and edges stand in the circuit's own order, so what is
read back is the same circuit, node by node. Fixed matrices are JSON text, since GraphML has no
lists. Reading accepts no document type, hence no entities that could expand, and builds no tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONEncoder
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from circuitalg.circuit.canonical import matrix_to_json
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.errors import CircuitError, FileFormatError
from circuitalg.files import number_from_json, parse_json

_NODE_KEYS = {"kind": "string", "width": "long", "location": "long"}
_EDGE_KEYS = {"parameter": "string", "matrix": "string"}
_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
"""
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_encode = JSONEncoder(separators=(",", ":")).encode


def graphml_pieces(circuit: Circuit) -> Iterator[str]:
    """The text of the file: keys, nodes, then the edges into each node in the order of children."""
    yield _HEAD
    for what, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        for name, kind in keys.items():
            yield f'<key id="{name}" for="{what}" attr.name="{name}" attr.type="{kind}"/>\n'
    yield '<graph edgedefault="directed">\n'
    for node in circuit.nodes:
        data = _data("kind", node.kind) + _data("width", str(node.width))
        if node.location is not None:
            data += _data("location", str(node.location))
        yield f"<node id={quoteattr(node.name)}>{data}</node>\n"
    texts: dict[int, str] = {}  # of matrices, which trains repeat at every location
    for node in circuit.nodes:
        for k, child in enumerate(node.children):
            label = node.matrices[k] if node.matrices else None
            if label is None:
                data = ""
            elif isinstance(label, str):
                data = _data("parameter", label)
            else:
                data = texts.get(id(label)) or _data("matrix", _encode(matrix_to_json(label)))
                texts[id(label)] = data
            ends = f"source={quoteattr(circuit.nodes[child].name)} target={quoteattr(node.name)}"
            yield f"<edge {ends}>{data}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _data(key: str, text: str) -> str:
    return f'<data key="{key}">{escape(text)}</data>'


def circuit_from_graphml(raw: bytes) -> Circuit:
    """The circuit in the text of `graphml_pieces`, or of another program with these attributes.

    Other attributes, such as positions and colours, are ignored.

    Parameters
    ----------
    raw
        The file, in UTF-8.

    Raises
    ------
    FileFormatError
        One sentence that says what is wrong, with the line of an error in the XML.
    """
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(raw.removeprefix(b"\xef\xbb\xbf"), True)
        return reader.circuit()
    except expat.ExpatError as error:
        raise FileFormatError(
            f"not GraphML, or cut short: {expat.ErrorString(error.code)} at line {error.lineno}, "
            f"column {error.offset + 1}"
        ) from None
    except CircuitError as error:
        raise FileFormatError(str(error)) from None


def _no_doctype(*_declared: object) -> None:
    raise FileFormatError("a GraphML file here has no document type (<!DOCTYPE ...>); remove it")


class _Reader:
    """Elements as the parser meets them: nodes and edges with the attributes that matter."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.nodes: dict[str, dict[str, str]] = {}
        self.edges: dict[tuple[str, str], dict[str, str]] = {}
        self._open: list[str] = []
        self._attributes: dict[str, str] = {}
        self._data: str | None = None
        self._text: list[str] = []

    def start(self, element: str, given: dict[str, str]) -> None:
        name = element.rpartition(":")[2]
        if not self._open and name != "graphml":
            raise FileFormatError(f"the XML begins with <{name:.40}>, so it is not GraphML")
        if name == "key":
            self._key(given)
        elif name == "graph":
            if "graph" in self._open or self.nodes:
                raise FileFormatError("the GraphML holds several graphs; a circuit is one")
            if given.get("edgedefault") != "directed":
                raise FileFormatError('the graph is not directed (edgedefault="directed")')
        elif name == "node":
            self._attributes = self._new(self.nodes, given.get("id"), f"node {given.get('id')!r}")
        elif name == "edge":
            ends = (given.get("source"), given.get("target"))
            if None in ends or given.get("directed") == "false":
                raise FileFormatError("an edge is not directed, or has no source or target")
            self._attributes = self._new(self.edges, ends, f"the edge {ends[0]!r} -> {ends[1]!r}")
        elif name == "data" and self._open[-1] in ("node", "edge"):
            self._data, self._text = self.keys.get(given.get("key", "")), []
        elif name in ("hyperedge", "default"):
            raise FileFormatError(f"GraphML's <{name}> is not read here; save the graph without it")
        self._open.append(name)

    def end(self, _element: str) -> None:
        if self._open.pop() == "data" and self._data is not None:
            if self._data in self._attributes:
                raise FileFormatError(f"a node or edge has two attributes {self._data!r}")
            self._attributes[self._data] = "".join(self._text)
            self._data = None

    def text(self, piece: str) -> None:
        if self._data is not None:
            self._text.append(piece)

    def _key(self, given: dict[str, str]) -> None:
        name = given.get("attr.name", "")
        if name in _NODE_KEYS or name in _EDGE_KEYS:
            self.keys[given.get("id", "")] = name

    def _new(self, table: dict[Any, dict[str, str]], key: Any, what: str) -> dict[str, str]:
        if key is None or key in table:
            raise FileFormatError(f"{what} is in the file twice, or has no id")
        return table.setdefault(key, {})

    def circuit(self) -> Circuit:
        import networkx as nx

        graph = nx.DiGraph()
        for name, found in self.nodes.items():
            attributes: dict[str, Any] = {"kind": found["kind"]} if "kind" in found else {}
            for key in ("width", "location"):
                if key in found:
                    attributes[key] = _integer(found[key], f"the {key} of node {name!r}")
            graph.add_node(name, **attributes)
        matrices: dict[str, Matrix] = {}
        for (source, target), found in self.edges.items():
            for end in (source, target):
                if end not in self.nodes:
                    raise FileFormatError(f"an edge names {end!r}, which is not a node")
            edge: dict[str, Any] = {}
            if "parameter" in found:
                edge["parameter"] = found["parameter"]
            if "matrix" in found:
                text = found["matrix"]
                if text not in matrices:
                    matrices[text] = _matrix(text, f"the matrix on {source!r} -> {target!r}")
                edge["matrix"] = matrices[text]
            graph.add_edge(source, target, **edge)
        return Circuit(graph)


def _integer(text: str, what: str) -> int:
    if not _INTEGER.fullmatch(text.strip()):
        raise FileFormatError(f"{what} is {text[:40]!r}, not an integer")
    return int(text)


def _matrix(text: str, what: str) -> Matrix:
    rows = parse_json(text.encode(), what)
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise FileFormatError(f"{what} is not a JSON list of rows")
    return tuple(tuple(number_from_json(entry, what) for entry in row) for row in rows)
