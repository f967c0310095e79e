"""The network in a certificate: every malformed one is refused, each for its own reason."""

from __future__ import annotations

import copy
from fractions import Fraction

import pytest
from checker.common import Build, generic, ht

from circuitalg import checker


def mixture():
    """A small network with every kind of node and both kinds of matrices."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    one = build.constant(1)
    left = build.sum(2, (x[0], "a"))
    right = build.sum(2, (x[1], [[1, 0], ["1/2", 3]]))
    state = build.sum(2, (one, "h"))
    build.sum(1, (build.product(left, right, state), "o"))
    return build.circuit()


def test_the_plain_network_is_read():
    """The unchanged network is accepted; its fixed entries are exact."""
    circuit = checker.read_circuit(mixture())
    assert circuit.dims == [2, 2]
    assert circuit.is_tree
    assert circuit.matrices == [((1, 0), (Fraction(1, 2), 3))]


def change(path, value):
    """Return a function that sets one place of the network's JSON."""

    def apply(circuit):
        place = circuit
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return apply


def extra(circuit):
    """Add an input that nothing uses."""
    circuit["nodes"].insert(0, ["y", "input", 2, 0])


CHANGES = {
    "format": (change(["format"], "circuit"), "format"),
    "version": (change(["version"], 2), "version"),
    "version true": (change(["version"], True), "version"),
    "unknown member": (change(["note"], "x"), "unknown member"),
    "nodes no list": (change(["nodes"], {}), "list"),
    "no nodes": (change(["nodes"], []), "nodes"),
    "node no list": (change(["nodes", 0], 3), "node number 0"),
    "unknown kind": (change(["nodes", 0, 1], "relu"), "known kind"),
    "name no text": (change(["nodes", 0, 0], 5), "name"),
    "empty name": (change(["nodes", 0, 0], ""), "name"),
    "long name": (change(["nodes", 0, 0], "x" * 1_000_001), "name"),
    "double name": (change(["nodes", 0, 0], "n1"), "same name"),
    "members": (change(["nodes", 0], ["n0", "input", 2]), "members"),
    "width 0": (change(["nodes", 0, 2], 0), "width"),
    "width true": (change(["nodes", 2, 2], True), "width"),
    "width float": (change(["nodes", 0, 2], 2.0), "width"),
    "width huge": (change(["nodes", 0, 2], 10**7), "width"),
    "location": (change(["nodes", 0, 3], -1), "location"),
    "location gap": (change(["nodes", 1, 3], 2), "locations"),
    "location text": (change(["nodes", 1, 3], "1"), "location"),
    "later child": (change(["nodes", 3, 3], [6]), "not an earlier node"),
    "own child": (change(["nodes", 3, 3], [3]), "not an earlier node"),
    "negative child": (change(["nodes", 3, 3], [-1]), "not an earlier node"),
    "child true": (change(["nodes", 3, 3], [True]), "not an earlier node"),
    "no children": (change(["nodes", 6, 3], []), "non-empty list"),
    "child twice": (change(["nodes", 6, 3], [3, 4, 3]), "twice"),
    "too few matrices": (change(["nodes", 3, 4], []), "one matrix for each"),
    "unknown parameter": (change(["nodes", 3, 4], [3]), "unknown matrix"),
    "unknown fixed matrix": (change(["nodes", 3, 4], [-2]), "unknown matrix"),
    "product widths": (change(["nodes", 3, 2], 3), "width"),
    "two shapes": (change(["nodes", 7, 4], [0]), "shape"),
    "fixed shape": (change(["matrices", 0], [[1, 2, 3]]), "shape"),
    "fixed ragged": (change(["matrices", 0], [[1, 2], [3]]), "rectangular"),
    "fixed float": (change(["matrices", 0, 0, 0], 0.5), "integers or strings"),
    "fixed zero denominator": (change(["matrices", 0, 0, 0], "1/0"), "integers or strings"),
    "fixed expression": (change(["matrices", 0, 0, 0], "2**9"), "integers or strings"),
    "fixed unicode digits": (change(["matrices", 0, 0, 0], "\u0661"), "integers or strings"),
    "fixed long": (change(["matrices", 0, 0, 0], "1" * 5000), "integers or strings"),
    "unused fixed": (lambda c: c["matrices"].append([[1]]), "used nowhere"),
    "unused parameter": (lambda c: c["parameters"].append("z"), "used nowhere"),
    "same parameter name": (change(["parameters", 1], "a"), "same name"),
    "parameter no string": (change(["parameters", 0], None), "must be a string"),
    "two outputs": (extra, "without a parent"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", CHANGES)
def test_malformed_networks_are_refused(name):
    """Every change of the network is refused with its own sentence."""
    apply, reason = CHANGES[name]
    circuit = copy.deepcopy(mixture())
    apply(circuit)
    if name == "two outputs":
        for node in circuit["nodes"][1:]:
            if node[1] in ("sum", "product"):
                node[3] = [c + 1 for c in node[3]]
    with pytest.raises(checker.Refusal, match=reason):
        checker.read_circuit(circuit)


def test_fingerprint_reduces_fractions():
    """The texts 2/4 and 1/2 are the same matrix; another entry is another network."""
    first, second, third = mixture(), mixture(), mixture()
    second["matrices"][0][1][0] = "2/4"
    third["matrices"][0][1][0] = "1/3"
    prints = [checker.read_circuit(c).fingerprint for c in (first, second, third)]
    assert prints[0] == prints[1] != prints[2]


def overlapping():
    """A product whose children share location 0."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    left = build.product(build.sum(2, (x[0], "a")), build.sum(2, (x[1], "b")))
    build.sum(1, (build.product(left, build.sum(2, (x[0], "c"))), "o"))
    return build.circuit()


def unsmooth():
    """A sum of a branch on locations 0, 1 and a branch on location 0."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    both = build.product(build.sum(2, (x[0], "a")), build.sum(2, (x[1], "b")))
    build.sum(1, (both, "c"), (x[0], "d"))
    return build.circuit()


@pytest.mark.soundness
def test_structure_is_demanded():
    """A repeated input or unequal scopes are refused, by every rule that needs a tensor."""
    with pytest.raises(checker.Refusal, match=r"not decomposable.*location 0"):
        checker.verify(generic(overlapping(), [0], 2, 2))
    with pytest.raises(checker.Refusal, match="not smooth"):
        checker.verify(generic(unsmooth(), [0], 2, 2))


@pytest.mark.soundness
def test_tree_rules_refuse_other_circuits():
    """Mixtures and shared nodes are no trees: split and factor refuse them."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    arms = [
        build.product(build.sum(1, (x[0], f"a{i}")), build.sum(1, (x[1], f"b{i}")))
        for i in range(2)
    ]
    build.sum(1, *((arm, f"c{i}") for i, arm in enumerate(arms)))
    circuit = build.circuit()
    assert checker.verify(generic(circuit, [0], 2, 2)).lower == 2
    cut = {"rule": "factor", "blocks": [{"rule": "tied_cut"}]}
    with pytest.raises(checker.Refusal, match="tree circuit"):
        checker.verify(generic(circuit, [0], 2, 1, None, cut))
    split = {"rule": "split", "dims": None, "blocks": []}
    with pytest.raises(checker.Refusal, match="tree circuit"):
        checker.verify(generic(circuit, [0], 2, 2, split))


def test_deep_networks_need_no_recursion():
    """A chain of 5,000 products is checked, with messages and index recursion."""
    build = Build()
    now = build.sum(2, (build.input(0, 2), "a"))
    for i in range(1, 5_000):
        now = build.product(now, build.sum(2, (build.input(i, 2), "a")))
        now = build.sum(2 if i < 4_999 else 1, (now, "b" if i < 4_999 else "c"))
    low = list(range(2_500))
    circuit = build.circuit()
    cut = {"rule": "factor", "blocks": [{"rule": "tied_cut"}]}
    assert checker.verify(generic(circuit, low, 2, 2)).upper == 2
    assert checker.verify(generic(circuit, low, 2, 2, None, cut)).upper == 2


def test_shared_nodes_with_large_scopes_keep_within_the_budget(monkeypatch):
    """Scopes of circuits that are no trees cost a bounded amount of work."""
    monkeypatch.setattr(checker, "MAX_WORK", 1e4)
    circuit = ht(64, 2, [2] * 6, False)
    circuit["nodes"][-1][3].append(len(circuit["nodes"]) - 3)
    circuit["nodes"][-1][4].append(len(circuit["parameters"]) - 1)
    with pytest.raises(checker.Refusal):
        checker.verify(generic(circuit, range(32), 2, 2))
