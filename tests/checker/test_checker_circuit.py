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


CHANGES = {
    "format": (change(["format"], "circuit"), "format"),
    "no nodes": (change(["nodes"], []), "nodes"),
    "node no list": (change(["nodes", 0], 3), "node number 0"),
    "long name": (change(["nodes", 0, 0], "x" * 1_000_001), "name"),
    "members": (change(["nodes", 0], ["n0", "input", 2]), "members"),
    "unknown fixed matrix": (change(["nodes", 3, 4], [-2]), "unknown matrix"),
    "fixed unicode digits": (change(["matrices", 0, 0, 0], "\u0661"), "integers or strings"),
    "fixed long": (change(["matrices", 0, 0, 0], "1" * 5000), "integers or strings"),
    "unused fixed": (lambda c: c["matrices"].append([[1]]), "used nowhere"),
    "parameter no string": (change(["parameters", 0], None), "must be a string"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", CHANGES)
def test_malformed_networks_are_refused(name):
    """Every change of the network is refused with its own sentence."""
    apply, reason = CHANGES[name]
    circuit = copy.deepcopy(mixture())
    apply(circuit)
    with pytest.raises(checker.Refusal, match=reason):
        checker.read_circuit(circuit)


@pytest.mark.parametrize("number", ["2/4", "4", "1/1", "-0/3", "+1/2", "01/2", "1/02", "1/-2", ""])
def test_numbers_have_one_form(number):
    """An integer is no text, and a fraction stands in lowest terms."""
    circuit = mixture()
    circuit["matrices"][0][1][0] = number
    with pytest.raises(checker.Refusal, match="in lowest terms"):
        checker.read_circuit(circuit)


def overlapping():
    """A product whose children share location 0."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    left = build.product(build.sum(2, (x[0], "a")), build.sum(2, (x[1], "b")))
    build.sum(1, (build.product(left, build.sum(2, (x[0], "c"))), "o"))
    return build.circuit()


def overlapping_inputs(place):
    """A product of two input nodes of one location, and of one node of each other."""
    build = Build()
    inputs = [build.input(i, 2) for i in (*range(20), place)]
    build.sum(1, (build.product(*inputs), "o"))
    return build.circuit()


@pytest.mark.soundness
def test_structure_is_demanded():
    """A repeated input is refused, by every rule that needs a tensor."""
    with pytest.raises(checker.Refusal, match=r"not decomposable.*location 0"):
        checker.verify(generic(overlapping(), [0], 2, 2))
    for place in (0, 7, 8, 15, 16, 19):
        with pytest.raises(checker.Refusal, match=rf"not decomposable.*location {place}\b"):
            checker.verify(generic(overlapping_inputs(place), [0], 2, 2))


def test_deep_networks_need_no_recursion():
    """A chain of 5,000 products is checked, with messages and index recursion."""
    build = Build()
    now = build.sum(2, (build.input(0, 2), "a"))
    for i in range(1, 5_000):
        now = build.product(now, build.sum(2, (build.input(i, 2), "a")))
        now = build.sum(2 if i < 4_999 else 1, (now, "b" if i < 4_999 else "c"))
    low = list(range(2_500))
    circuit = build.circuit()
    cut = {"kind": "Factor", "blocks": [{"kind": "TiedCut"}]}
    assert checker.verify(generic(circuit, low, 2, 2)).upper == 2
    assert checker.verify(generic(circuit, low, 2, 2, None, cut)).upper == 2


def test_shared_nodes_with_large_scopes_keep_within_the_budget(monkeypatch):
    """Scopes of circuits that are no trees cost a bounded amount of work."""
    monkeypatch.setattr("circuitalg.checker.meter.MAX_WORK", 1e4)
    circuit = ht(64, 2, [2] * 6, False)
    circuit["nodes"][-1][3].append(len(circuit["nodes"]) - 3)
    circuit["nodes"][-1][4].append(len(circuit["parameters"]) - 1)
    with pytest.raises(checker.Refusal):
        checker.verify(generic(circuit, range(32), 2, 2))
