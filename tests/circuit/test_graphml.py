"""Circuits as GraphML: the way out to other graph programs, and back."""

import json
from fractions import Fraction

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.circuit import CircuitBuilder
from circuitalg.circuit.graphml import circuit_from_graphml, graphml_pieces
from circuitalg.errors import CircuitError, FileFormatError, OutputError

NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" <>&'\"]"), min_size=1
)


def mixed(first='"quoted" é', second="]]> <&>", weight="p<&> 'q'"):
    """Fractions, several children, a constant, and the names that are given."""
    b = CircuitBuilder(2, [2, 3])
    left = b.sum(b.input(0), matrix=[[Fraction(1, 2), -3], [0, Fraction(-7, 5)]], name=first)
    right = b.sum(b.constant(2), b.input(1), width=2, parameter=[weight, weight + "2"], name=second)
    return b.build(b.sum(b.product(right, left), matrix=[[1, 1]]))


CP = ca.cp_model(3, 2, 2)
HT = ca.ht_model(8, 3, [2, 3, 2], shared=[True, False, True], outputs=2)
MIXED = mixed()


def back(circuit):
    """A circuit through the text of its GraphML."""
    return circuit_from_graphml("".join(graphml_pieces(circuit)).encode())


@given(n=st.integers(2, 10), seed=st.integers(0, 1000), shared=st.booleans())
def test_trees_come_back_from_graphml(n, seed, shared):
    """Random tree networks, children in their order."""
    circuit = ca.tree_model(ca.ModeTree.random(n, seed=seed), 2, 3, shared=shared)
    assert back(circuit).nodes == circuit.nodes


@given(st.lists(NAMES.filter(str.isprintable), min_size=3, max_size=3, unique=True))
def test_names_of_every_script_come_back(names):
    """Quotes, angle brackets, ampersands, spaces at the ends, letters beyond the basic plane."""
    circuit = mixed(*[name + "_" for name in names])
    assert back(circuit).nodes == circuit.nodes


def test_networkx_reads_what_is_written(tmp_path):
    """Its graph has all nodes and attributes; without fixed matrices it is the circuit."""
    MIXED.save(tmp_path / "net.graphml")
    graph = nx.read_graphml(tmp_path / "net.graphml")
    assert set(graph) == {node.name for node in MIXED.nodes}
    assert graph.nodes["x1"] == {"kind": "input", "width": 3, "location": 1}
    assert json.loads(graph.edges["x0", '"quoted" é']["matrix"]) == [["1/2", -3], [0, "-7/5"]]
    with pytest.raises(CircuitError, match="load_circuit"):
        ca.Circuit(graph)
    HT.save(tmp_path / "net.graphml")
    assert ca.Circuit(nx.read_graphml(tmp_path / "net.graphml")).nodes == HT.nodes


def test_what_networkx_writes_is_read(tmp_path):
    """Other programs number their keys and add attributes of their own; nodes in any order."""
    circuit = HT
    graph = nx.DiGraph()
    for name in reversed(list(circuit.graph)):
        graph.add_node(name, **circuit.graph.nodes[name], x=1.5, label=name.upper())
    graph.add_edges_from(circuit.graph.edges(data=True))
    nx.write_graphml(graph, tmp_path / "net.graphml")
    assert ca.load_circuit(tmp_path / "net.graphml") == circuit


def test_a_name_of_another_format_is_refused(tmp_path):
    """A circuit called net.gml is not JSON in disguise; neither are certificates or SimNets."""
    for name in ("net.gml", "net.gexf", "net.DOT", "net.pkl", "net.json.gz"):
        with pytest.raises(OutputError, match=r"end it in \.json"):
            CP.save(tmp_path / name)
    with pytest.raises(OutputError, match=r"a SimNet is JSON"):
        CP.to_simnet().save(tmp_path / "net.graphml")
    assert not list(tmp_path.iterdir())
    CP.save(tmp_path / "net")
    assert ca.load_circuit(tmp_path / "net") == CP


def spoiled(*changes):
    """The text of a small circuit with replacements, each of which must occur."""
    text = "".join(graphml_pieces(mixed("a", "b", "p")))
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


ENTITIES = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "a"}">' for i in range(12))
WRONG = {
    "entities": (spoiled(("<graphml", f"<!DOCTYPE g [{ENTITIES}]><graphml")), "document type"),
    "an outer file": (
        spoiled(("<graphml", '<!DOCTYPE g SYSTEM "file:///etc/passwd"><graphml')),
        "document type",
    ),
    "an unknown entity": (spoiled((">p<", ">&bomb;<")), "undefined entity"),
    "cut short": (spoiled()[:-20], "cut short"),
    "other XML": ("<svg/>", "begins with <svg>"),
    "no XML": ("<", "not GraphML"),
    "undirected": (spoiled(("directed", "undirected")), "not directed"),
    "two graphs": (spoiled(("</graph>", '</graph><graph edgedefault="directed"/>')), "several"),
    "a node twice": (spoiled(('id="b"', 'id="a"')), "node 'a' is in the file twice"),
    "a node without a name": (spoiled(('<node id="b"', "<node")), "no id"),
    "an attribute twice": (
        spoiled(('<data key="width">', '<data key="width">1</data><data key="width">')),
        "two attributes",
    ),
    "an unknown end": (spoiled(('source="a"', 'source="z"')), "'z', which is not a node"),
    "a width of words": (spoiled(('"width">2', '"width">two')), "'two', not an integer"),
    "a width of digits without end": (spoiled(('"width">2', '"width">' + "9" * 5000)), "integer"),
    "a wide node": (
        spoiled(('"width">2', '"width">1000001')),
        "width 1000001; the largest",
    ),
    "a far location": (
        spoiled(('"location">1', '"location">16777216')),
        "has location 16777216; the largest is 16,777,215",
    ),
    "an inexact matrix": (spoiled(('"1/2"', "0.5")), "exact numbers"),
    "a matrix of no rows": (spoiled(('[["1/2",-3],[0,"-7/5"]]', "7")), "list of rows"),
    "a matrix of code": (spoiled(('[["1/2",-3],[0,"-7/5"]]', "__import__('os')")), "not JSON"),
    "a kind": (spoiled((">product<", ">maximum<")), "maximum"),
    "no kind": (spoiled(('<data key="kind">product</data>', "")), "'kind'"),
    "defaults": (spoiled(('"string"/>', '"string"><default>sum</default></key>')), "<default>"),
}


@pytest.mark.parametrize("fault", list(WRONG))
def test_wrong_graphml_is_refused_in_a_sentence(fault, tmp_path):
    """One sentence that begins with the path; nothing in the file is expanded or run."""
    text, words = WRONG[fault]
    path = tmp_path / "net.graphml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError) as caught:
        ca.load_circuit(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert len(str(caught.value)) < 400 + len(str(path))


def test_deep_elements_need_no_stack(tmp_path):
    """A million nested elements are refused, not a crash."""
    path = tmp_path / "net.graphml"
    path.write_text("<graphml>" + "<a>" * 1_000_000, encoding="utf-8")
    with pytest.raises(FileFormatError, match="cut short"):
        ca.load_circuit(path)
