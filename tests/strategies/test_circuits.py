"""Circuits drawn by `circuitalg.strategies`: within their bounds, and of every kind."""

from fractions import Fraction
from functools import cache

import drawing
import pytest

import circuitalg as ca
from circuitalg import strategies


@cache
def drawn(**bounds):
    """A hundred circuits and more."""
    return drawing.drawn(strategies.circuits(**bounds))


def entries(circuit):
    """All entries of fixed matrices."""
    fixed = [x for node in circuit.nodes for x in node.matrices if not isinstance(x, str)]
    return [entry for matrix in fixed for row in matrix for entry in row]


def edges(circuit):
    """The labels of all edges into sums."""
    return [label for node in circuit.nodes for label in node.matrices]


@pytest.mark.parametrize("kind", strategies.KINDS)
def test_circuits_are_within_their_bounds(kind):
    """Locations, dimensions, widths, outputs; and each kind has the structure that it promises."""
    bounds = {"min_locations": 3, "max_locations": 6, "min_dim": 2, "max_dim": 4}
    found = drawn(kinds=kind, max_outputs=2, **bounds)
    for circuit in found:
        assert 3 <= circuit.num_locations <= 6
        assert all(2 <= dim <= 4 for dim in circuit.dims)
        channels = [n.width for n in circuit.nodes if n.kind in ("constant", "product")]
        assert kind in ("tt", "free tree", "mixture") or max(channels) <= 3  # outer products aside
        assert bool(circuit.is_tree) or kind not in strategies.TREE_KINDS
        assert bool(circuit.is_multilinear) == (kind in strategies.MULTILINEAR_KINDS)
    sizes = {circuit.num_locations for circuit in found}
    assert sizes == ({3, 4} if kind == "ht" else {3, 4, 5, 6})
    assert {circuit.num_outputs for circuit in found} == {1, 2}
    assert {dim for circuit in found for dim in circuit.dims} == {2, 3, 4}
    assert {node.width for circuit in found for node in circuit.nodes} >= {1, 2, 3}


def test_what_is_excluded_is_not_drawn():
    """Untied circuits have one edge for each parameter; no fixed matrices, no constants."""
    for circuit in drawn(ties="untied", fixed=False, constants=False):
        assert len(edges(circuit)) == len(set(edges(circuit))) == len(circuit.parameters)
        assert not entries(circuit)
        assert all(node.kind != "constant" for node in circuit.nodes)


def test_entries_of_fixed_matrices_may_be_held_to_be_natural():
    """For log-space no entry is negative; without that some are."""
    every = {"kinds": ("free tree", "mixture", "repeated")}
    assert min(x for c in drawn(nonnegative=True, **every) for x in entries(c)) == 0
    assert min(x for c in drawn(**every) for x in entries(c)) < 0


def test_the_number_of_parameters_is_bounded():
    """With few parameters allowed there are still circuits of a kind."""
    for kind in ("tt", "tree", "mixture", "repeated"):
        found = drawn(kinds=kind, max_locations=8, max_width=9, max_parameters=40)
        assert len(found) > 20
        assert max(circuit.num_parameters for circuit in found) <= 40


FEATURES = {
    "ties": lambda c: len(edges(c)) > len(entries(c)) + len(c.parameters) + 2,
    "fractions": lambda c: any(isinstance(entry, Fraction) for entry in entries(c)),
    "constants": lambda c: any(node.kind == "constant" for node in c.nodes),
    "three outputs": lambda c: c.num_outputs == 3,
    "three dimensions": lambda c: len(set(c.dims)) == 3,
    "sums of several": lambda c: any(len(n.children) > 1 for n in c.nodes if n.kind == "sum"),
    "parameters beside fixed matrices": lambda c: any(
        len({type(label) for label in node.matrices}) == 2 for node in c.nodes
    ),
    "repeated inputs": lambda c: not c.is_decomposable,
    "two inputs of a location": lambda c: (
        sum(node.kind == "input" for node in c.nodes) > c.num_locations
    ),
    "not smooth": lambda c: not c.is_smooth,
    "a mixture that is no tree": lambda c: c.is_multilinear and not c.is_tree,
    "a product of a product": lambda c: child_of(c, "product", "product"),
    "a product of an input": lambda c: child_of(c, "product", "input"),
    "a sum of a sum": lambda c: child_of(c, "sum", "sum"),
    "outer products": lambda c: "b.outer(" in ca.code(c),
    "a product as output": lambda c: c.nodes[-1].kind == "product",
}


def child_of(circuit, kind, below):
    """Whether a node of a kind has a child of the other kind."""
    return any(
        circuit.nodes[child].kind == below
        for node in circuit.nodes
        if node.kind == kind
        for child in node.children
    )


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_is_reached(feature):
    """Among the circuits there is one with the feature, and one without."""
    kinds = ("cp", "free tree", "mixture", "repeated")
    found = [circuit for kind in kinds for circuit in drawn(kinds=kind, max_outputs=3)]
    assert {bool(FEATURES[feature](circuit)) for circuit in found} == {True, False}


def heights(circuit):
    """By edge into a sum: the height of the child above the inputs, and the place of the sum."""
    levels, places = [], {}
    for node in circuit.nodes:
        below = max([levels[child] for child in node.children], default=0)
        levels.append(below + (node.kind == "product"))
        if node.kind == "product":
            places |= {child: place for place, child in enumerate(node.children)}
    return [
        (levels[node.children[0]], places.get(number, 0), node.matrices[0])
        for number, node in enumerate(circuit.nodes)
        if node.kind == "sum"
    ]


def test_every_pattern_of_ties_is_drawn():
    """Edges that share have one height, one height and place, and so on; and edges do share."""
    for ties in strategies.TIES:
        bounds = {"kinds": "tree", "ties": ties, "min_locations": 4, "max_dim": 1}
        shared = [c for c in drawn(**bounds) if len(edges(c)) > len(c.parameters)]
        assert bool(shared) == (ties != "untied"), ties
        for circuit in shared:
            keys = {}
            for height, place, label in heights(circuit):
                keys.setdefault(label, set()).add((height, place))
            if ties in ("height", "equal subtrees"):
                assert all(len({height for height, _ in own}) == 1 for own in keys.values())
            if ties == "height and place":
                assert all(len(own) == 1 for own in keys.values())
        if ties in ("depth", "anywhere"):  # some edges at several heights share
            several = [
                circuit
                for circuit in shared
                if len({(h, label) for h, _, label in heights(circuit)}) > len(circuit.parameters)
            ]
            assert several


def test_hidden_sizes_of_models():
    """HT models come truncated and whole, with windows of two and three, and partly shared."""
    found = drawn(kinds="ht", max_locations=9)
    assert {circuit.num_locations for circuit in found} == {2, 3, 4, 8, 9}
    levels = {(c.num_locations, sum(n.name.endswith(".0") for n in c.nodes)) for c in found}
    assert levels >= {(8, 2), (8, 4), (8, 6), (9, 2), (9, 4)}
    tied = drawn(kinds="ht", ties="height", min_locations=4)
    assert {("a0" in c.parameters, "a1" in c.parameters) for c in tied if "s1.0" in c.graph} == {
        (True, False),
        (False, True),
        (True, True),
    }


@pytest.mark.parametrize(
    ("bounds", "error", "message"),
    [
        ({"kinds": "tt", "fixed": False}, ca.OptionError, "no circuit of the kinds 'tt' is within"),
        ({"kinds": "cp", "max_locations": 1, "min_locations": 1}, ca.OptionError, "no circuit of"),
        ({"kinds": "ht", "min_locations": 5}, ca.OptionError, "no circuit of the kinds 'ht'"),
        ({"kinds": "rac", "ties": "untied"}, ca.OptionError, "no circuit of the kinds 'rac'"),
        ({"kinds": "htt"}, ca.OptionError, "kinds must be one of 'cp', 'ht'"),
        ({"kinds": []}, ca.OptionError, "kinds must name at least one of 'cp'"),
        ({"kinds": 3}, ca.ArgumentError, "kinds is a list of words, not 3"),
        ({"ties": "all"}, ca.OptionError, "ties must be one of 'untied'"),
        ({"max_locations": 2.0}, ca.ArgumentError, "max_locations must be an integer"),
        ({"min_locations": 6}, ca.OptionError, "max_locations = 5 is below min_locations = 6"),
        ({"min_dim": 0}, ca.OptionError, "min_dim must be an integer of at least 1, not 0"),
        ({"min_dim": 4}, ca.OptionError, "max_dim = 3 is below min_dim = 4"),
        ({"max_width": 0}, ca.OptionError, "max_width must be"),
        ({"max_arity": 1}, ca.OptionError, "max_arity must be"),
        ({"max_outputs": 0}, ca.OptionError, "max_outputs must be"),
        ({"max_parameters": 3}, ca.OptionError, "max_parameters must be an integer of at least 4"),
        ({"fixed": 1}, ca.ArgumentError, "fixed must be True or False"),
        ({"constants": None}, ca.ArgumentError, "constants must be True or False"),
    ],
)
def test_bad_arguments_are_refused_when_the_strategy_is_made(bounds, error, message):
    """One sentence that names the argument, before anything is drawn."""
    with pytest.raises(error, match=message):
        strategies.circuits(**bounds)


def test_kinds_that_do_not_fit_are_left_out():
    """Without fixed matrices there are no tensor trains, and the other kinds remain."""
    names = {circuit.nodes[1].name for circuit in drawn(kinds=("tt", "cp"), fixed=False)}
    assert names == {"x1"}
