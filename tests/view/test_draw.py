"""Drawings: what they show, what they refuse, and that no half-written file is left."""

import xml.etree.ElementTree as ET

import pytest

import circuitalg as ca
from circuitalg.circuit import Circuit
from circuitalg.errors import (
    ArgumentError,
    BipartitionError,
    CircuitError,
    FileFormatError,
    TooLargeError,
)
from circuitalg.view import draw
from circuitalg.view.proof import marks_of


@pytest.fixture
def deep() -> Circuit:
    """Four locations, the first level tied."""
    return ca.ht_model(4, 3, [2, 5], shared=[True, False])


def _texts(figure) -> list[str]:
    """All strings of a figure: node texts, edge labels and the legend."""
    axes = [text.get_text() for text in figure.axes[0].texts]
    legend = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return axes + legend


def test_every_node_shows_its_width_and_every_input_its_location(deep):
    """The numbers in the picture are the circuit's."""
    shown = _texts(draw(deep))
    for location in range(4):
        assert str(location) in shown
    assert shown.count("5") == sum(n.width == 5 and n.kind != "input" for n in deep.nodes)


def test_the_legend_names_what_occurs_and_nothing_else(deep):
    """Tied parameters are named with their shape; no sides or cut where none are given."""
    shown = "\n".join(_texts(draw(deep)))
    tied = [name for name in deep.parameters if f"{name}: tied" in shown]
    uses = [m for node in deep.nodes for m in node.matrices]
    assert tied == [name for name in deep.parameters if uses.count(name) > 1]
    assert "cut" not in shown
    assert "in I" not in shown
    assert "constant" not in shown
    assert "fixed matrix" not in shown
    train = "\n".join(_texts(draw(ca.tt_model(4, 2, ranks=2))))
    assert "fixed matrix" in train


def test_sides_and_cut_are_in_the_legend_with_the_cost(deep):
    """The product of the widths over the cut is written factored."""
    parts = ca.Bipartition.odd_even(4)
    cut = [node.name for node in deep.nodes if node.location in (1, 3)]
    shown = "\n".join(_texts(draw(deep, bipartition=parts, cut=cut)))
    assert "in I" in shown
    assert "in J" in shown
    assert "cut: 3^2" in shown


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".SVG"])
def test_the_suffix_chooses_the_format_and_nothing_else_is_left(deep, tmp_path, suffix):
    """One whole file appears; a second drawing is the same, byte for byte."""
    path = tmp_path / f"net{suffix}"
    draw(deep, path)
    first = path.read_bytes()
    heads = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}
    assert first.startswith(heads[suffix.lower()])
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    draw(deep, path)
    assert path.read_bytes() == first


@pytest.mark.parametrize("name", ["<script>&\"'-->", "$x_1^{$", "n" * 300])
def test_hostile_names_are_text_and_the_svg_well_formed(tmp_path, name):
    """Markup and mathematics in a parameter's name are only shown; a long one is cut short."""
    builder = ca.CircuitBuilder(locations=2, dim=2)
    sums = [builder.sum(builder.input(i), width=2, parameter=name) for i in range(2)]
    circuit = builder.build(builder.sum(builder.product(*sums), width=1))
    path = tmp_path / "net.svg"
    draw(circuit, path)
    root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  (our own file)
    assert not [element for element in root.iter() if "script" in element.tag]


def test_a_network_beyond_two_thousand_nodes_is_refused_with_advice(tmp_path):
    """The sentence says how many nodes there are and what to do; no file appears."""
    big = ca.ht_model(1024, 2, [2] * 10, shared=True)
    with pytest.raises(TooLargeError, match=r"nodes.*smaller network"):
        draw(big, tmp_path / "big.svg")
    assert not list(tmp_path.iterdir())


def test_wrong_input_is_refused_in_one_sentence(deep, tmp_path):
    """A bipartition of another size, an unknown cut node, an unknown suffix."""
    with pytest.raises(BipartitionError, match="6 locations"):
        draw(deep, bipartition=ca.Bipartition.odd_even(6))
    with pytest.raises(CircuitError, match="'nowhere'"):
        draw(deep, cut=["nowhere"])
    with pytest.raises(FileFormatError, match="suffix"):
        draw(deep, tmp_path / "net.gif")
    assert not list(tmp_path.iterdir())


def test_a_failure_while_writing_leaves_no_file(deep, tmp_path, monkeypatch):
    """When the last move fails, neither a part nor the picture stays."""
    from pathlib import Path

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        draw(deep, tmp_path / "net.png")
    assert not list(tmp_path.iterdir())


def test_a_theorem_shows_where_its_rules_stand():
    """The pencil star of three equal subtrees is at the variable where they meet."""
    deep = ca.ht_model(9, 3, [5, 2], window=3)
    theorem = ca.prove_rank(deep, [1, 2, 3, 5, 7])
    marks = marks_of(theorem)
    assert [node.width for node in deep.nodes if node.name in marks.rules] == [2]
    assert list(marks.rules.values()) == [("pencil star",)]
    shown = _texts(draw(theorem))
    assert "proof: pencil star" in shown
    assert "input in J" in shown
    assert not any("left out" in text for text in shown)


def test_a_theorem_shows_the_branches_that_it_leaves_out():
    """What no longer reaches the output when a parameter is zero is no part of the proof."""
    b = ca.CircuitBuilder(4, 3)
    tops = []
    for pairs in (((0, 1), (2, 3)), ((0, 2), (1, 3))):
        inner = [b.product(*(b.sum(b.input(i), width=3) for i in pair)) for pair in pairs]
        tops.append(b.product(*(b.sum(node, width=3) for node in inner)))
    circuit = b.build(b.sum(*tops, width=1))
    theorem = ca.prove_rank(circuit, [0, 1], max_minor=1)
    marks = marks_of(theorem)
    assert marks.zero
    gone = {node.name for node in circuit.nodes} - marks.left
    assert gone
    assert any("left out" in text for text in _texts(draw(theorem)))


def test_only_theorems_about_ranks_are_drawn(deep):
    """A separation has a family beside its network: no picture shows its proof."""
    with pytest.raises(ArgumentError, match="not of a Separation"):
        draw(ca.prove_separation(deep))
