"""Nodes of a circuit that one call of the builder makes: outer products, acts, mixing layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import prod

from circuitalg.circuit.expansions import adding, reading
from circuitalg.circuit.node import Matrix, Node


@dataclass(frozen=True, slots=True)
class Several:
    """A call of the builder that makes several nodes.

    Attributes
    ----------
    method : "outer", "act" or "mix".
    children : indices of the nodes that it is given.
    inner : indices of the nodes that it makes before the last one.
    labels : names of the parameters that it is given.
    shape, axis, width : of an act.
    """

    method: str
    children: tuple[int, ...]
    inner: range
    labels: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    axis: int = 0
    width: int = 0


def several(nodes: Sequence[Node]) -> dict[int, Several]:
    """The calls that could have made nodes of a circuit, by the index of the last node of each.

    All inner nodes stand right before it, in the builder's order, and are used by nothing else.
    """
    used = Counter(child for node in nodes for child in node.children)
    known: dict[tuple[int, ...], list[Matrix]] = {}
    found: dict[int, Several] = {}
    for i, node in enumerate(nodes):
        call = None
        if node.kind == "product":
            call = _outer(nodes, i, known)
        elif node.kind == "sum" and not any(isinstance(each, str) for each in node.matrices):
            call = _act(nodes, i) or _mix(nodes, i)
        if call and all(used[inner] == 1 for inner in call.inner):
            found[i] = call
    return found


def _outer(
    nodes: Sequence[Node], i: int, known: dict[tuple[int, ...], list[Matrix]]
) -> Several | None:
    inner = range(i - len(nodes[i].children), i)
    spread = [nodes[child] for child in nodes[i].children]
    if nodes[i].children != (*inner,) or not all(map(_is_spread, spread)):
        return None
    children = tuple([each.children[0] for each in spread])
    widths = tuple([nodes[child].width for child in children])
    if prod(widths) != nodes[i].width:
        return None
    if widths not in known:
        known[widths] = [reading(widths, [place]) for place in range(len(widths))]
    same = [each.matrices[0] for each in spread] == known[widths]
    return Several("outer", children, inner) if same else None


def _is_spread(node: Node) -> bool:
    fixed = len(node.matrices) == 1 and not isinstance(node.matrices[0], str)
    return node.kind == "sum" and fixed


def _act(nodes: Sequence[Node], i: int) -> Several | None:
    """A constant, the column W, the child and the column spread, their product, what adds up."""
    if i < 6 or nodes[i].children != (i - 1,) or nodes[i - 1].children != (i - 3, i - 2):
        return None
    constant, column, on_child, on_column, joined = nodes[i - 5 : i]
    label = _column(constant, column, i - 5)
    whole = joined.kind == "product" and _is_spread(on_child) and _is_spread(on_column)
    if label is None or not whole or on_column.children != (i - 4,):
        return None
    child = on_child.children[0]
    channels = nodes[child].width
    width = joined.width // channels
    size = column.width // width if width else 0
    if not size or channels % size or width * size != column.width:
        return None
    matrix, rest = on_column.matrices[0], channels // size
    after = sum(1 for _ in takewhile(lambda row: row == matrix[0], matrix))
    if column.width == 1 or rest % after:
        after = rest
    spread = (rest // after, width, size, after)
    wanted = [reading(spread, (0, 2, 3)), reading(spread, (1, 2)), adding(spread, (0, 1, 3))]
    if [on_child.matrices[0], matrix, nodes[i].matrices[0]] != wanted:
        return None
    outside = [n for n in (rest // after,) if n > 1]
    shape = (*outside, size, *[n for n in (after,) if n > 1])
    return Several("act", (child,), range(i - 5, i), (label,), shape, len(outside), width)


def _mix(nodes: Sequence[Node], i: int) -> Several | None:
    """For each child a constant, its column and their product; identities add up."""
    count = len(nodes[i].children)
    start, width = i - 3 * count, nodes[i].width
    if start < 0 or nodes[i].children != (*range(start + 2, i, 3),):
        return None
    children, labels = [], []
    for at in range(start, i, 3):
        label = _column(nodes[at], nodes[at + 1], at)
        scaled = nodes[at + 2]
        is_scaled = scaled.kind == "product" and len(scaled.children) == 2
        if label is None or not is_scaled or scaled.children[1] != at + 1:
            return None
        children.append(scaled.children[0])
        labels.append(label)
    eye = reading((width,), (0,))
    if any(matrix != eye for matrix in nodes[i].matrices):
        return None
    return Several("mix", tuple(children), range(start, i), tuple(labels))


def _column(constant: Node, column: Node, at: int) -> str | None:
    """The parameter of a column on a constant of width 1."""
    one = constant.kind == "constant" and constant.width == 1
    if not one or column.kind != "sum" or column.children != (at,):
        return None
    label = column.matrices[0]
    return label if isinstance(label, str) else None
