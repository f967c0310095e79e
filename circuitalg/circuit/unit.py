"""The textbook circuit of scalars behind a circuit of vectors, for drawing and small cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitalg.circuit.graph import Circuit
from circuitalg.errors import TooLargeError

if TYPE_CHECKING:
    import networkx as nx

MAX_EDGES = 200_000


def unit_graph(circuit: Circuit, max_edges: int = MAX_EDGES) -> nx.DiGraph:
    """One node per channel of each node, and one edge per weight.

    Parameters
    ----------
    circuit : any circuit.
    max_edges : larger results are refused.

    Returns
    -------
    networkx.DiGraph
        Unit c of node "s0" is called "s0[c]". Its attributes: ``kind`` ("input", "constant", "sum",
        "product"), ``node``, ``channel``, for inputs ``location``, for the output's units
        ``output`` (the channel again). An edge into a sum carries ``parameter``, ``row`` and
        ``column``, or ``weight``, an exact non-zero number from a fixed matrix (zeros have no
        edge). Other edges carry nothing.

    Raises
    ------
    TooLargeError
        When there are more edges than ``max_edges``; the message says how many.
    """
    import networkx as nx

    count = count_unit_edges(circuit)
    if count > max_edges:
        raise TooLargeError(
            f"the graph of single units would have {count} edges, more than {max_edges}; draw the "
            "circuit's own graph, or a smaller network of the same kind"
        )
    graph = nx.DiGraph()
    nodes = circuit.nodes
    for node in nodes:
        place = {} if node.location is None else {"location": node.location}
        last = node is nodes[-1]
        for c in range(node.width):
            output = {"output": c} if last else {}
            graph.add_node(
                f"{node.name}[{c}]", kind=node.kind, node=node.name, channel=c, **place, **output
            )
    for node in nodes:
        if node.kind == "product":
            graph.add_edges_from(
                (f"{nodes[child].name}[{c}]", f"{node.name}[{c}]")
                for child in node.children
                for c in range(node.width)
            )
        for child, label in zip(node.children, node.matrices, strict=False):
            for row in range(node.width):
                for column in range(nodes[child].width):
                    ends = f"{nodes[child].name}[{column}]", f"{node.name}[{row}]"
                    if isinstance(label, str):
                        graph.add_edge(*ends, parameter=label, row=row, column=column)
                    elif label[row][column]:
                        graph.add_edge(*ends, weight=label[row][column])
    return graph


def count_unit_edges(circuit: Circuit) -> int:
    """Number of edges of the unit graph, zeros of fixed matrices included."""
    return sum(
        node.width * (1 if node.kind == "product" else circuit.nodes[child].width)
        for node in circuit.nodes
        for child in node.children
    )
