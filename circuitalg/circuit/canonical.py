"""The canonical form behind a circuit's fingerprint; docs/certificates.md states it for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json import JSONEncoder

from circuitalg.circuit.node import Matrix, Node
from circuitalg.files import number_to_json

_encode = JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


def matrix_to_json(matrix: Matrix) -> list[list[int | str]]:
    """A fixed matrix as JSON has it."""
    return [[number_to_json(entry) for entry in row] for row in matrix]


def canonical_lines(nodes: Sequence[Node]) -> Iterator[str]:
    """One line per node in order of its name: [name, kind, width, location, [[child, x], …]].

    The text is put together by hand because one encoder call per node doubles the time of a
    circuit of 262,144 nodes, and a tensor train repeats one fixed matrix at every location.
    """
    texts: dict[int, str] = {}
    for node in sorted(nodes, key=_name):
        location = "null" if node.location is None else str(node.location)
        labels = node.matrices or (None,) * len(node.children)
        pairs = []
        for child, label in sorted(
            zip([nodes[c].name for c in node.children], labels, strict=True), key=_first
        ):
            if label is None:
                text = "null"
            elif isinstance(label, str):
                text = _encode(label)
            else:
                text = texts.get(id(label)) or _encode(matrix_to_json(label))
                texts[id(label)] = text
            pairs.append(f"[{_encode(child)},{text}]")
        yield f'[{_encode(node.name)},"{node.kind}",{node.width},{location},[{",".join(pairs)}]]\n'


def _name(node: Node) -> str:
    return node.name


def _first(pair: tuple[str, object]) -> str:
    return pair[0]
