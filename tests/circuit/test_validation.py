"""Which graphs are circuits, and the sentence about those that are not."""

import hashlib
import json
import pickle
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest

from circuitalg.circuit import Circuit, CircuitBuilder, Node, ht_model, rac_model, tt_model
from circuitalg.errors import CircuitError


def product_graph():
    """x0 and x1, a sum above each, their product, an output sum."""
    graph = nx.DiGraph()
    for i in range(2):
        graph.add_node(f"x{i}", kind="input", location=i, width=2)
        graph.add_node(f"s{i}", kind="sum", width=3)
        graph.add_edge(f"x{i}", f"s{i}", parameter=f"a{i}")
    graph.add_node("p", kind="product", width=3)
    graph.add_edges_from([("s0", "p"), ("s1", "p")])
    graph.add_node("out", kind="sum", width=1)
    graph.add_edge("p", "out", matrix=[[1, Fraction(1, 2), Fraction(4, 2)]])
    return graph


def test_a_good_graph_is_a_circuit():
    """A graph with the documented attributes is taken as it is, and read back unchanged."""
    circuit = Circuit(product_graph())
    assert circuit.output == "out"
    assert circuit.num_outputs == 1
    assert circuit.num_locations == 2
    assert circuit.dims == (2, 2)
    assert circuit.parameters == {"a0": (3, 2), "a1": (3, 2)}
    assert circuit.num_parameters == 12
    assert [node.name for node in circuit.nodes] == list(product_graph())
    assert circuit.nodes[-1] == Node("out", "sum", 1, None, (4,), (((1, Fraction(1, 2), 2),),))
    assert type(circuit.nodes[-1].matrices[0][0][2]) is int
    assert Circuit(circuit.graph) == circuit
    assert Circuit(circuit.graph).nodes == circuit.nodes


def test_order_of_nodes_is_repaired_only_where_it_must_be():
    """Nodes come in the graph's order; a parent listed early waits for its children."""
    graph = nx.DiGraph()
    graph.add_node("out", kind="sum", width=1)
    graph.add_nodes_from(product_graph().nodes(data=True))
    graph.add_edges_from(product_graph().edges(data=True))
    names = [node.name for node in Circuit(graph).nodes]
    assert names == ["x0", "s0", "x1", "s1", "p", "out"]
    assert Circuit(graph) == Circuit(product_graph())


def cases():
    """Name of a fault, how to make it, and words of its sentence."""

    def change(node, **attributes):
        return lambda g: g.nodes[node].update(attributes)

    def drop(node, attribute):
        return lambda g: g.nodes[node].pop(attribute)

    def edge(child, parent, **attributes):
        def apply(g):
            g.edges[child, parent].clear()
            g.edges[child, parent].update(attributes)

        return apply

    def third(**attributes):
        """Another input below the product's first sum."""

        def apply(g):
            g.add_node("z", **attributes)
            g.add_edge("z", "s0", parameter="az")

        return apply

    def constant_with_parent(g):
        g.nodes["x0"].update(kind="constant")
        del g.nodes["x0"]["location"]
        g.add_edge("x1", "x0")

    m23 = [[1, 2, 3]]
    return {
        "cycle": (lambda g: g.add_edge("out", "s0", parameter="b"), "cycle", "out", "'p'"),
        "loop": (lambda g: g.add_edge("p", "p"), "cycle: 'p' -> 'p'"),
        "unequal": (change("s0", width=4), "product", "'p'", "'s0'", "4", "3"),
        "two outputs": (
            lambda g: g.add_node("y", kind="input", location=2, width=2),
            "2 nodes have no parent",
            "'y'",
        ),
        "no kind": (drop("p", "kind"), "'p'", "'kind'"),
        "no width": (drop("p", "width"), "'p'", "'width'"),
        "no location": (drop("x0", "location"), "'x0'", "'location'"),
        "wrong kind": (change("p", kind="max"), "'p'", "'max'"),
        "unhashable kind": (change("p", kind=["sum"]), "'p'", "kind"),
        "zero width": (change("out", width=0), "'out'", "not 0"),
        "negative width": (change("out", width=-1), "'out'", "not -1"),
        "float width": (change("out", width=1.0), "'out'", "not 1.0"),
        "boolean width": (change("out", width=True), "'out'", "not True"),
        "NumPy Boolean width": (change("out", width=np.True_), "'out'", "width"),
        "text width": (change("out", width="1"), "'out'", "not '1'"),
        "negative location": (change("x0", location=-1), "'x0'", "location"),
        "missing location": (change("x1", location=2), "location 1", "location 2"),
        "huge location": (change("x1", location=10**30), "location 10^30; the largest is"),
        "location of two widths": (third(kind="input", location=0, width=5), "'z'", "5", "2"),
        "location on a sum": (change("s0", location=0), "'s0'", "only inputs"),
        "input with a child": (
            lambda g: g.add_edge("x1", "x0"),
            "input node 'x0'",
            "from 'x1'",
        ),
        "constant with a child": (constant_with_parent, "constant node 'x0'", "from 'x1'"),
        "sum without children": (
            lambda g: g.remove_edge("x0", "s0"),
            "sum node 's0' has no children",
        ),
        "no label": (edge("x0", "s0"), "'x0' -> 's0'", "neither"),
        "both labels": (edge("p", "out", parameter="b", matrix=m23), "'p' -> 'out'", "both"),
        "matrix shape": (edge("p", "out", matrix=[[1, 2]]), "'p' -> 'out'", "(1, 2)", "(1, 3)"),
        "ragged": (edge("x0", "s0", matrix=[[1, 2], [3], [4, 5]]), "'x0' -> 's0'", "one positive"),
        "float entry": (edge("p", "out", matrix=[[1, 0.5, 1]]), "'p' -> 'out'", "0.5", "Fraction"),
        "float array": (edge("p", "out", matrix=np.ones((1, 3))), "'p' -> 'out'", "1.0"),
        "Boolean entry": (edge("p", "out", matrix=[[1, True, 1]]), "'p' -> 'out'", "True"),
        "no rows": (edge("p", "out", matrix=[]), "'p' -> 'out'", "positive"),
        "flat matrix": (edge("p", "out", matrix=[1, 2, 3]), "'p' -> 'out'", "rows"),
        "text matrix": (edge("p", "out", matrix="123"), "'p' -> 'out'", "string"),
        "parameter into product": (edge("s0", "p", parameter="b"), "'s0' -> 'p'", "not a sum"),
        "matrix into product": (edge("s0", "p", matrix=[[1]]), "'s0' -> 'p'", "not a sum"),
        "number as parameter": (edge("x0", "s0", parameter=7), "parameter name 7", "int"),
        "empty parameter": (edge("x0", "s0", parameter=""), "parameter name ''"),
        "number as node": (lambda g: g.add_node(1.5, kind="constant", width=1), "1.5", "a float"),
        "control character": (
            lambda g: g.add_node("a\x1b[2J", kind="constant", width=1),
            "printable",
        ),
        "lone surrogate": (lambda g: g.add_node("\ud800", kind="constant", width=1), "printable"),
        "empty graph": (lambda g: g.clear(), "no nodes"),
    }


@pytest.mark.parametrize("fault", list(cases()))
def test_every_fault_has_its_sentence(fault):
    """A graph with one fault is refused in one sentence that names the place."""
    graph = product_graph()
    apply, *words = cases()[fault]
    apply(graph)
    with pytest.raises(CircuitError) as caught:
        Circuit(graph)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_one_name_with_two_shapes_is_refused_and_with_one_shape_tied():
    """Edges of one parameter name need one shape: (3, 2) twice is a tie, (3, 2), (1, 3) no."""
    graph = product_graph()
    graph.edges["x1", "s1"]["parameter"] = "a0"
    assert Circuit(graph).parameters == {"a0": (3, 2)}
    del graph.edges["p", "out"]["matrix"]
    graph.edges["p", "out"]["parameter"] = "a0"
    with pytest.raises(
        CircuitError, match=r"'a0' has shape \(3, 2\) on .*'x0' -> 's0' and \(1, 3\)"
    ):
        Circuit(graph)


def test_one_name_with_two_shapes_at_one_sum_is_refused():
    """Two children of different widths cannot share a matrix; both edges are named."""
    builder = CircuitBuilder(1, 2)
    x = builder.input(0)
    wide = builder.sum(x, width=3, parameter="a")
    with pytest.raises(
        CircuitError, match=r"'b' has shape \(1, 2\) on .* -> 'top' and \(1, 3\) .* 's0' -> 'top'"
    ):
        builder.sum(x, wide, width=1, parameter=["b", "b"], name="top")


def test_a_circuit_of_constants_only_is_refused():
    """Without an input there is no function."""
    graph = nx.DiGraph()
    graph.add_node("c", kind="constant", width=2)
    with pytest.raises(CircuitError, match="no input"):
        Circuit(graph)


@pytest.mark.parametrize("graph", [nx.Graph(), nx.MultiDiGraph(), {"a": 1}, None])
def test_only_a_digraph_will_do(graph):
    """Undirected and multigraphs, and what is no graph, are refused by name."""
    with pytest.raises(CircuitError, match=f"not from a {type(graph).__name__}"):
        Circuit(graph)


def test_a_cycle_is_shown_and_long_ones_shortened():
    """The sentence shows the cycle's nodes in the direction of its edges."""
    graph = nx.DiGraph()
    for i in range(1000):
        graph.add_node(f"s{i:03}", kind="sum", width=1)
        graph.add_edge(f"s{i:03}", f"s{(i + 1) % 1000:03}", parameter="a")
    with pytest.raises(CircuitError) as caught:
        Circuit(graph)
    assert "-> ... ->" in str(caught.value)
    assert len(str(caught.value)) < 200


def test_numpy_integers_are_taken_as_integers():
    """Widths, locations and matrices may come from NumPy; the circuit holds Python ints."""
    graph = product_graph()
    graph.nodes["x0"].update(width=np.int64(2), location=np.int32(0))
    graph.edges["p", "out"]["matrix"] = np.array([[1, 2, 3]])
    circuit = Circuit(graph)
    assert type(circuit.nodes[0].width) is int
    assert type(circuit.nodes[0].location) is int
    assert circuit.nodes[-1].matrices == (((1, 2, 3),),)


def test_from_nodes_makes_the_same_checks():
    """Nodes in topological order make a circuit; a later or missing child does not."""
    circuit = Circuit(product_graph())
    assert Circuit.from_nodes(circuit.nodes) == circuit
    with pytest.raises(CircuitError, match="earlier node"):
        Circuit.from_nodes([Node("s", "sum", 1, None, (0,), ("a",))])
    with pytest.raises(CircuitError, match="tuple"):
        Circuit.from_nodes([Node("s", "sum", 1, None, [0], ("a",))])
    with pytest.raises(CircuitError, match="1 child and 2 matrices"):
        Circuit.from_nodes([Node("x", "input", 1, 0), Node("s", "sum", 1, None, (0,), ("a", "b"))])
    with pytest.raises(CircuitError, match="carries matrices"):
        Circuit.from_nodes([Node("x", "input", 1, 0, (), ("a",))])
    with pytest.raises(CircuitError, match="two nodes are called 'x'"):
        Circuit.from_nodes([Node("x", "input", 1, 0), Node("x", "input", 1, 1)])


def test_a_circuit_never_changes():
    """Neither the user's graph, nor the one handed out, nor an attribute can change a circuit."""
    graph = product_graph()
    circuit = Circuit(graph)
    before = circuit.fingerprint
    graph.add_edge("out", "x0")
    graph.nodes["x0"]["width"] = 7
    assert Circuit(circuit.graph).fingerprint == before
    with pytest.raises(nx.NetworkXError):
        circuit.graph.add_node("new")
    with pytest.raises(AttributeError, match="never changes"):
        circuit.dims = (1,)
    with pytest.raises(AttributeError, match="never changes"):
        del circuit.nodes
    with pytest.raises(TypeError):
        circuit.parameters["a0"] = (1, 1)
    circuit.graph.nodes["x0"]["width"] = 99
    assert circuit.dims == (2, 2)
    assert Circuit.from_nodes(circuit.nodes).fingerprint == before


def contract_fingerprint(circuit):
    """The fingerprint as docs/certificates.md defines it, written a second time."""
    digest = hashlib.sha256()
    for node in sorted(circuit.nodes, key=lambda n: n.name):
        pairs = []
        for position, child in enumerate(node.children):
            label = node.matrices[position] if node.kind == "sum" else None
            if isinstance(label, tuple):
                label = [[x if isinstance(x, int) else str(x) for x in row] for row in label]
            pairs.append([circuit.nodes[child].name, label])
        pairs.sort(key=lambda pair: pair[0])
        line = [node.name, node.kind, node.width, node.location, pairs]
        digest.update(
            (json.dumps(line, separators=(",", ":"), ensure_ascii=True) + "\n").encode("utf-8")
        )
    return digest.hexdigest()


def test_fingerprint_is_the_documented_one():
    """Fixed matrices, non-ASCII and quoted names, ties, constants: the hash of the stated text."""
    graph = product_graph()
    graph = nx.relabel_nodes(graph, {"s0": 'sum "é\\', "p": "Π"})
    for circuit in (
        Circuit(graph),
        ht_model(4, 3, [2, 5], shared=[True, False]),
        rac_model(3, 2, 2, layers=2),
        tt_model(4, 2, [2, 3, 2], outputs=3),
    ):
        assert circuit.fingerprint == contract_fingerprint(circuit)


def test_fingerprint_tells_circuits_apart():
    """It ignores the order of nodes and children, and nothing else."""
    graph = product_graph()
    turned = nx.DiGraph()
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from(reversed(list(graph.edges(data=True))))
    circuit = Circuit(graph)
    assert Circuit(turned) == circuit
    assert hash(Circuit(turned)) == hash(circuit)
    renamed = nx.relabel_nodes(graph, {"p": "q"})
    tied, other = product_graph(), product_graph()
    tied.edges["x1", "s1"]["parameter"] = "a0"
    other.edges["p", "out"]["matrix"] = [[1, 1, 2]]
    assert len({circuit, Circuit(renamed), Circuit(tied), Circuit(other)}) == 4
    assert circuit != "something else"


def test_pickling_validates_again():
    """Worker processes get an equal circuit."""
    circuit = tt_model(4, 2, 3)
    again = pickle.loads(pickle.dumps(circuit))  # noqa: S301  (made on the line itself)
    assert again == circuit
    assert again.nodes == circuit.nodes


def test_str_is_short_and_says_what_it_is():
    """The network's size in one line."""
    assert str(ht_model(4, 3, [2, 5])) == (
        "<Circuit: 4 locations of dimension 3, 14 nodes, 49 parameters, 1 output>"
    )
    assert "dimensions 2 to 4" in str(ht_model(2, [2, 4], [2], outputs=3))
