"""The one place where nodes become a circuit: every check of a circuit's form, with its message.

All routes (a graph, the builder, the models, files) add their nodes here one by one, children
first, and call `finish`; so a circuit is valid however it was made.
"""

from __future__ import annotations

import heapq
import operator
from collections.abc import Hashable, Iterable, Mapping
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from circuitalg.circuit.node import KINDS, Matrix, Node, exact_matrix, natural_number, plain_text
from circuitalg.errors import CircuitError
from circuitalg.integers import counted, shown
from circuitalg.options import kind_of

ATTRIBUTES = ("kind", "width", "location", "parameter", "matrix")
MAX_WIDTH = 10**6
MAX_LOCATIONS = 1 << 24
"""Limits of every circuit, however it is made: what a file may ask for is bounded."""


class NodeTable:
    """Nodes in topological order, checked as they come.

    Attributes
    ----------
    nodes : the nodes so far.
    index : position of each name.
    shapes : (rows, columns) of each parameter.
    dims : width of the inputs of each location.
    """

    __slots__ = ("_equal", "_has_parent", "_matrices", "dims", "index", "nodes", "shapes")

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.index: dict[str, int] = {}
        self.shapes: dict[str, tuple[int, int]] = {}
        self.dims: dict[int, int] = {}
        self._has_parent = bytearray()
        # Checked matrices that cannot change, by identity, with the object itself so that its id
        # is not reused: a tensor train of 65,536 locations has 131,070 references to one or two.
        # An array or a list may hold other numbers at the next edge, and is read again.
        self._matrices: dict[int, tuple[object, Matrix]] = {}
        self._equal: dict[Matrix, Matrix] = {}

    def add(
        self,
        name: Any,
        kind: Any,
        width: Any,
        location: Any = None,
        children: tuple[int, ...] = (),
        matrices: tuple[Any, ...] = (),
    ) -> int:
        """Check one node against the earlier ones and take it in; return its index.

        Raises
        ------
        CircuitError
            One sentence that names the node or the edge.
        """
        name, kind = plain_text(name), plain_text(kind)
        check_name(name, "node")
        if name in self.index:
            raise CircuitError(f"two nodes are called {name!r}; node names must be distinct")
        check_kind(name, kind)
        if type(width) is not int or not 1 <= width <= MAX_WIDTH:
            width = natural_number(width, f"the width of node {name!r}", least=1)
            if width > MAX_WIDTH:
                raise CircuitError(
                    f"node {name!r} has width {shown(width)}; the largest is {MAX_WIDTH:,}"
                )
        self._check_children(name, kind, children)
        if kind == "input":
            location = natural_number(location, f"the location of input {name!r}")
            if location >= MAX_LOCATIONS:
                raise CircuitError(
                    f"input {name!r} has location {shown(location)}; the largest is "
                    f"{MAX_LOCATIONS - 1:,}"
                )
            if self.dims.setdefault(location, width) != width:
                raise CircuitError(
                    f"input {name!r} of location {location} has width {width}, another input of "
                    f"that location has {self.dims[location]}; one location has one dimension"
                )
        elif location is not None:
            raise CircuitError(f"the {kind} node {name!r} carries a location; only inputs have one")
        if kind == "sum":
            matrices = self._check_sum(name, width, children, matrices)
        elif matrices:
            raise CircuitError(f"the {kind} node {name!r} carries matrices; only sums have them")
        if kind == "product":
            self._check_product(name, width, children)
        position = len(self.nodes)
        self.nodes.append(Node(name, kind, width, location, children, matrices))
        self.index[name] = position
        self._has_parent.append(0)
        for child in children:
            self._has_parent[child] = 1
        return position

    def _check_children(self, name: str, kind: str, children: tuple[int, ...]) -> None:
        if kind in ("input", "constant"):
            if children:
                raise CircuitError(
                    f"the {kind} node {name!r} has an incoming edge from "
                    f"{self.nodes[children[0]].name!r}; only sums and products have children"
                )
            return
        if not children:
            raise CircuitError(f"the {kind} node {name!r} has no children; connect something to it")
        if len(children) > 1 and len(set(children)) < len(children):
            twice = next(c for i, c in enumerate(children) if c in children[:i])
            raise CircuitError(
                f"the {kind} node {name!r} uses {self.nodes[twice].name!r} twice; put a sum node "
                "(with an identity matrix) between, since a graph has one edge per pair of nodes"
            )

    def _check_sum(
        self, name: str, width: int, children: tuple[int, ...], matrices: tuple[Any, ...]
    ) -> tuple[str | Matrix, ...]:
        if len(matrices) != len(children):
            raise CircuitError(
                f"the sum node {name!r} has {counted(len(children), 'child', 'children')} and "
                f"{counted(len(matrices), 'matrix', 'matrices')}; each edge needs one parameter "
                "name or fixed matrix"
            )
        changed: list[str | Matrix] = []
        for child, matrix in zip(children, matrices, strict=True):
            shape = (width, self.nodes[child].width)
            if isinstance(matrix, str):
                matrix = plain_text(matrix)
                check_name(matrix, "parameter")
                if self.shapes.setdefault(matrix, shape) != shape:
                    here = (name, children, tuple(changed))
                    raise self._two_shapes(matrix, shape, self.nodes[child].name, here)
                changed.append(matrix)
            else:
                changed.append(self._fixed(matrix, shape, self.nodes[child].name, name))
        return tuple(changed)

    def _fixed(self, matrix: Any, shape: tuple[int, int], child: str, name: str) -> Matrix:
        known = self._matrices.get(id(matrix))
        if known is None:
            normal = exact_matrix(matrix, edge_text(child, name))
            normal = self._equal.setdefault(normal, normal)
            known = self._matrices.setdefault(id(normal), (normal, normal))
            if _is_frozen(matrix):
                self._matrices[id(matrix)] = (matrix, normal)
        found = (len(known[1]), len(known[1][0]))
        if found != shape:
            raise CircuitError(
                f"the fixed matrix on {edge_text(child, name)} has shape {found}, not {shape}: "
                "as many rows as the sum has channels, as many columns as the child"
            )
        return known[1]

    def _two_shapes(
        self,
        parameter: str,
        shape: tuple[int, int],
        child: str,
        here: tuple[str, tuple[int, ...], tuple[str | Matrix, ...]],
    ) -> CircuitError:
        """Name the edge that has the parameter already: of a node before, or of this one."""
        before = ((n.name, n.children, n.matrices) for n in self.nodes if parameter in n.matrices)
        first, children, matrices = next(before, here)
        first_child = self.nodes[children[matrices.index(parameter)]].name
        return CircuitError(
            f"parameter {parameter!r} has shape {self.shapes[parameter]} on "
            f"{edge_text(first_child, first)} and {shape} on {edge_text(child, here[0])}; "
            "edges with one parameter name share one matrix"
        )

    def _check_product(self, name: str, width: int, children: tuple[int, ...]) -> None:
        for child in children:
            if self.nodes[child].width != width:
                raise CircuitError(
                    f"the product node {name!r} has width {width} and its child "
                    f"{self.nodes[child].name!r} has {self.nodes[child].width}; a product and all "
                    "its children have one width"
                )

    def take_back(self, count: int, shapes: int, unused: Iterable[int]) -> None:
        """Forget all nodes but the first ones, and all parameters but the first ones.

        The nodes ``unused`` had no parent then.
        """
        for node in self.nodes[count:]:
            del self.index[node.name]
        del self.nodes[count:], self._has_parent[count:]
        while len(self.shapes) > shapes:
            self.shapes.popitem()
        for child in unused:
            self._has_parent[child] = 0

    def unused(self, nodes: Iterable[int]) -> list[int]:
        """Those of the nodes that have no parent."""
        return [node for node in nodes if not self._has_parent[node]]

    def finish(self) -> None:
        """Check the whole: one output, inputs for all the locations 0 to N − 1.

        Raises
        ------
        CircuitError
            One sentence that names the nodes or the location.
        """
        if not self.nodes:
            raise CircuitError("the graph has no nodes; a circuit has at least one input node")
        sinks = [n.name for n, used in zip(self.nodes, self._has_parent, strict=True) if not used]
        if len(sinks) > 1:
            shown = ", ".join(repr(name) for name in sinks[:4]) + ", ..." * (len(sinks) > 4)
            raise CircuitError(
                f"{len(sinks)} nodes have no parent: {shown}; a circuit has one output, which "
                "every other node must reach"
            )
        if not self.dims:
            raise CircuitError("the circuit has no input node, so it is a function of nothing")
        count = len(self.dims)
        if max(self.dims) >= count:
            missing = next(i for i in range(count) if i not in self.dims)
            raise CircuitError(
                f"location {missing} has no input node, though location {max(self.dims)} has one; "
                "locations are numbered 0, 1, 2, ... without gaps"
            )


def _is_frozen(matrix: Any) -> bool:
    """Whether a matrix is tuples of Python's own numbers, so that it holds what it held."""
    return type(matrix) is tuple and all(
        type(row) is tuple and {int, Fraction}.issuperset(map(type, row)) for row in matrix
    )


def check_kind(name: str, kind: Any) -> None:
    """Refuse a kind of node that does not exist."""
    if isinstance(kind, str) and kind in KINDS:
        return
    meant = get_close_matches(kind.lower(), KINDS, 1) if isinstance(kind, str) else []
    advice = f"; did you mean {meant[0]!r}?" if meant else ""
    raise CircuitError(
        f"node {name!r} has kind {shown(kind)}{advice or '; a kind is one of ' + ', '.join(KINDS)}"
    )


def check_name(name: Any, what: str) -> None:
    """Refuse a name that is not a non-empty printable string.

    Control characters and lone surrogates could not be written to a terminal, XML or UTF-8.
    """
    if not isinstance(name, str):
        raise CircuitError(f"the {what} name {shown(name)} is {kind_of(name)}; names are strings")
    if not name or not name.isprintable():
        raise CircuitError(f"the {what} name {name!r} must be non-empty and printable")


def edge_text(child: str, parent: str) -> str:
    """How messages refer to an edge."""
    return f"the edge {child!r} -> {parent!r}"


def table_from_graph(graph: Any) -> NodeTable:
    """Read a NetworkX graph into a finished table.

    The order is the graph's own order of nodes wherever that has children before parents, and
    otherwise the first topological order after it.

    Raises
    ------
    CircuitError
        When the graph is not a circuit.
    """
    import networkx as nx

    if not isinstance(graph, nx.DiGraph) or graph.is_multigraph():
        raise CircuitError(f"a circuit is made from a networkx.DiGraph, not from {kind_of(graph)}")
    names = _names(graph)
    table = NodeTable()
    attributes, predecessors = graph.nodes, graph.pred
    for found in topological_order(graph):
        node, name = attributes[found], names[found]
        for wanted in ("kind", "width"):
            if wanted not in node:
                likely = _likely(wanted, node)
                raise CircuitError(f"node {name!r} has no attribute {wanted!r}{likely}")
        check_kind(name, node["kind"])
        if node["kind"] == "input" and "location" not in node:
            likely = _likely("location", node)
            raise CircuitError(f"the input node {name!r} has no attribute 'location'{likely}")
        edges = {names[child]: edge for child, edge in predecessors[found].items()}
        is_sum = node["kind"] == "sum"
        table.add(
            name,
            node["kind"],
            node["width"],
            node.get("location"),
            tuple([table.index[child] for child in edges]),
            tuple([_edge_matrix(child, name, edge, is_sum) for child, edge in edges.items()])
            if is_sum or any(edges.values())
            else (),
        )
    table.finish()
    return table


def _names(graph: Any) -> dict[Hashable, str]:
    """Names by node; integers and tuples, as NetworkX makes them, become what they print as."""
    names: dict[Hashable, str] = {}
    nodes: dict[str, Hashable] = {}
    for node in graph:
        name = plain_text(node) if isinstance(node, str) else str(_plain_label(node))
        check_name(name, "node")
        if name in nodes:
            raise CircuitError(
                f"the nodes {nodes[name]!r} and {node!r} would both be called {name!r}; rename one "
                "with networkx.relabel_nodes"
            )
        names[node], nodes[name] = name, node
    return names


def _plain_label(node: Any) -> Any:
    if isinstance(node, str):
        return plain_text(node)
    if isinstance(node, tuple):
        return tuple([_plain_label(part) for part in node])
    if isinstance(node, bool) or not hasattr(type(node), "__index__"):
        raise CircuitError(
            f"the node name {node!r} is {kind_of(node)}; names are strings, integers or tuples of "
            "these (networkx.relabel_nodes(graph, str) renames all)"
        )
    return operator.index(node)


def _likely(wanted: str, attributes: Mapping[Any, Any]) -> str:
    """The end of a message about a missing attribute: the one that may be misspelt."""
    strange = [key for key in attributes if isinstance(key, str) and key not in ATTRIBUTES]
    meant = get_close_matches(wanted, strange, 1)
    return f"; is {meant[0]!r} a misspelling of it?" if meant else ""


def _edge_matrix(child: str, parent: str, edge: dict[str, Any], is_sum: bool) -> Any:
    """The parameter name or matrix of an edge; edges that are not into a sum must have none."""
    parameter, matrix = edge.get("parameter"), edge.get("matrix")
    if not is_sum:
        if parameter is not None or matrix is not None:
            raise CircuitError(
                f"{edge_text(child, parent)} carries a parameter or matrix, but {parent!r} is "
                "not a sum; put a sum node between"
            )
        return None
    if (parameter is None) == (matrix is None):
        has = "neither a parameter nor" if parameter is None else "both a parameter and"
        likely = _likely("parameter", edge) or _likely("matrix", edge)
        raise CircuitError(
            f"{edge_text(child, parent)} has {has} a matrix; an edge into a sum carries exactly one"
            f"{likely}"
        )
    if parameter is not None:
        check_name(parameter, "parameter")
        return parameter
    if isinstance(matrix, str):
        raise CircuitError(
            f"the matrix on {edge_text(child, parent)} is a string; give its rows, or read a "
            "GraphML file with circuitalg.load_circuit"
        )
    return matrix


def topological_order(graph: Any) -> list[str]:
    """Nodes with children first: the graph's own order, changed only where it must be.

    Raises
    ------
    CircuitError
        When there is a cycle; the message shows it.
    """
    rank: dict[Hashable, int] = {name: i for i, name in enumerate(graph)}
    names = list(graph)
    waiting = [len(graph.pred[name]) for name in names]
    ready = [i for i, count in enumerate(waiting) if count == 0]
    order: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        for parent in graph.succ[name]:
            i = rank[parent]
            waiting[i] -= 1
            if waiting[i] == 0:
                heapq.heappush(ready, i)
    if len(order) < len(names):
        raise CircuitError(f"the graph has a cycle: {_cycle(graph, set(names) - set(order))}")
    return order


def _cycle(graph: Any, left: set[str]) -> str:
    """Text of one cycle among nodes that all wait for another of them."""
    name = min(left, key=str)
    path: dict[str, int] = {}
    while name not in path:
        path[name] = len(path)
        name = next(child for child in graph.pred[name] if child in left)
    cycle = [*list(path)[path[name] :], name][::-1]
    shown = [repr(n) for n in cycle]
    return " -> ".join(shown if len(shown) <= 8 else [*shown[:4], "...", *shown[-3:]])
