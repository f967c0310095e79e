"""Equal functions: what is proved agrees at random points of a prime field, the rest differs."""

import pytest
from brute import functions
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.circuit.node import Node
from circuitalg.errors import NotProved, Refuted
from circuitalg.expressions import matrix, parameter

SMALL = {"max_locations": 4, "max_outputs": 2}


@st.composite
def rebuilt(draw, circuit):
    """The same network: children and nodes in another order, and other names of nodes."""
    places, nodes = {}, []
    last = len(circuit.nodes) - 1
    todo = list(range(last + 1))
    while todo:
        ready = [i for i in todo if all(c in places for c in circuit.nodes[i].children)]
        chosen = draw(st.sampled_from([i for i in ready if i != last] or [last]))
        todo.remove(chosen)
        node = circuit.nodes[chosen]
        order = draw(st.permutations(range(len(node.children))))
        places[chosen] = len(nodes)
        children = tuple(places[node.children[k]] for k in order)
        matrices = tuple(node.matrices[k] for k in order) if node.matrices else ()
        name = f"n{len(nodes)}"
        nodes.append(Node(name, node.kind, node.width, node.location, children, matrices))
    return ca.Circuit.from_nodes(nodes)


def outcome(a, b, weights=None):
    """The theorem, False where the equality is refuted, None where nothing is found."""
    try:
        return ca.prove_same(a, b, weights)
    except Refuted:
        return False
    except NotProved:
        return None


def check(found, truth):
    """The law: a theorem about what is equal, a refutation of what is not."""
    if found is not None and bool(found) != truth:
        pytest.fail(f"{found} about networks that are {'' if truth else 'not '}equal")


@given(strategies.circuits(**SMALL), st.data())
def test_a_rebuilt_network_is_the_same(tmp_path_factory, circuit, data):
    """Trees, mixtures, repeated inputs; trees are always proved. Both readers agree."""
    other = data.draw(rebuilt(circuit))
    found = outcome(circuit, other)
    truth = functions.same(circuit, other, {name: parameter(name) for name in circuit.parameters})
    check(found, truth)
    assert truth
    assert found or not circuit.is_tree
    if found:
        both_accept(found, tmp_path_factory.mktemp("rebuilt"))


@given(strategies.circuits(max_locations=3, min_dim=2), st.data())
def test_exchanged_parameters_are_proved_or_refuted_rightly(circuit, data):
    """Two parameters of one shape; values at random points decide."""
    shapes = {}
    for name, shape in circuit.parameters.items():
        shapes.setdefault(shape, []).append(name)
    several = [names for names in shapes.values() if len(names) > 1]
    if not several:
        return
    first, second, *_ = data.draw(st.permutations(data.draw(st.sampled_from(several))))
    mapped = {name: parameter(name) for name in circuit.parameters}
    mapped |= {first: parameter(second), second: parameter(first)}
    check(outcome(circuit, circuit, mapped), functions.same(circuit, circuit, mapped))


@given(strategies.circuits(max_locations=3, min_dim=2), st.data())
def test_matrices_in_the_place_of_weights_are_proved_or_refuted_rightly(circuit, data):
    """A parameter times a fixed matrix, or a sum: equal only where the factor is a unit of it."""
    name = data.draw(st.sampled_from(sorted(circuit.parameters)))
    rows, _ = circuit.parameters[name]
    entries = st.lists(st.sampled_from((0, 1, 1, -1)), min_size=rows, max_size=rows)
    factor = data.draw(st.lists(entries, min_size=rows, max_size=rows))
    unit = [[int(r == c) for c in range(rows)] for r in range(rows)]
    chosen = data.draw(st.sampled_from((factor, unit)))
    mapped = {other: parameter(other) for other in circuit.parameters}
    mapped[name] = matrix(chosen) * parameter(name)
    check(outcome(circuit, circuit, mapped), functions.same(circuit, circuit, mapped))


def test_a_wrong_verdict_is_caught():
    """Random points tell networks apart that differ in one tie, and the check a wrong theorem."""
    tied, untied = ca.cp_model(2, 2, 2, shared=True), ca.cp_model(2, 2, 2)
    same = {"a0.0": parameter("a0"), "a0.1": parameter("a0"), "out": parameter("out")}
    assert functions.same(tied, untied, same)
    swapped = {"a0.0": parameter("a0.1"), "a0.1": parameter("a0.0"), "out": parameter("out")}
    assert not functions.same(untied, untied, swapped)
    theorem = outcome(tied, untied, same)
    check(theorem, True)
    with pytest.raises(pytest.fail.Exception):
        check(theorem, functions.same(untied, untied, swapped))
    with pytest.raises(pytest.fail.Exception):
        check(False, functions.same(tied, untied, same))
