"""L2 and U8 of circuits that are no trees: branches, added ones, shared spaces, trees below."""

import brute
import numpy as np
import pytest
from brute import expect, expect_between
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_helpers import questions, rank_of

import circuitalg as ca
from circuitalg import strategies
from circuitalg.circuit.node import Node
from circuitalg.errors import CircuitalgError
from circuitalg.kernel.rank import spaces, subcircuits
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Sharpened, Spaces
from circuitalg.kernel.rank.values import upper_value

pytestmark = pytest.mark.soundness

MIXTURES = questions(kinds="mixture", max_locations=4, max_width=3, max_outputs=2, min_dim=2)


def below(nodes, top):
    """The nodes that a node is computed from, and it, renumbered."""
    inside, kept = {top}, []
    for i in range(top, -1, -1):
        if i in inside:
            inside.update(nodes[i].children)
            kept.insert(0, i)
    place = {i: new for new, i in enumerate(kept)}
    for i in kept:
        node = nodes[i]
        children = tuple(place[child] for child in node.children)
        yield Node(node.name, node.kind, node.width, node.location, children, node.matrices)


def dimension(question, weights, node, side):
    """Dim of the span of a node's tensors over the other side: its index counted on ``side``.

    From the tensors of all channels, one below the other.
    """
    circuit, sides = question.circuit, question.bipartition.sides
    nodes = list(below(circuit.nodes, node))
    width, scope = nodes[-1].width, sorted({n.location for n in nodes if n.location is not None})
    place = {location: new for new, location in enumerate(scope)}
    nodes = [
        n if n.location is None else Node(n.name, n.kind, n.width, place[n.location]) for n in nodes
    ]
    own = {m: weights[m] for n in nodes for m in n.matrices if isinstance(m, str)}
    channels = [brute.tensor(ca.Circuit.from_nodes(nodes), own, c) for c in range(width)]
    rows = [k for k, location in enumerate(scope) if sides[location] == side]
    matrices = [brute.matricized(tensor, rows) for tensor in channels]
    return brute.rank(np.concatenate(matrices))


def random_unfolding(draw, question, node, side):
    """Nodes that may be unfolded, each perhaps."""
    sides, found, stack = spaces.sides_below(question), set(), [node]
    while stack:
        i = stack.pop()
        if sides[i] & (2 >> side):
            for child in question.circuit.nodes[i].children:
                if question.circuit.nodes[child].children and child not in found and draw():
                    found.add(child)
                    stack.append(child)
    return tuple(sorted(found))


@given(MIXTURES, st.data())
def test_zero_parameters_leave_a_circuit_of_the_same_tensor(question, data):
    """What is left has the tensor of the whole at weights of which those are zero."""
    names = sorted(question.circuit.parameters)
    assume(names)
    zero = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    weights = brute.random_weights(question.circuit)
    for name in zero:
        weights[name] = [[0] * len(row) for row in weights[name]]
    whole = brute.tensor(question.circuit, weights, question.output)
    try:
        left = subcircuits.without(question, tuple(sorted(zero)))
    except CircuitalgError:
        expect(whole.any(), False, "the tensor where nothing is left")
        return
    kept = {name: weights[name] for name in left.circuit.parameters}
    found = brute.tensor(left.circuit, kept, question.output)
    expect(found.tolist(), whole.tolist(), f"the tensor without {zero}")


@given(
    questions(kinds="mixture", max_locations=4, max_width=3, max_dim=4, min_dim=2, fixed=False),
    st.data(),
)
def test_ranks_of_branches_apart_add(question, data):
    """The generic ranks of branches with channels of their own, against that of the whole."""
    count, sides = len(question.circuit.nodes[-1].children), question.bipartition
    assume(count > 1)
    places = {data.draw(st.sampled_from(side)) for side in (sides.I, sides.J)}
    most = min(question.circuit.dims[place] for place in places) - count + 1
    assume(most >= 1)
    channels = [data.draw(st.integers(1, most)) for _ in range(count)]
    parts = tuple((each, tuple(sorted(places))) for each in channels)
    try:
        branches = subcircuits.apart(question, parts)
    except CircuitalgError:
        assume(False)
    expect_between(sum(map(rank_of, branches)), rank_of(question), 10**9, "rank of the whole")


@given(MIXTURES, st.data())
def test_a_space_lies_in_the_sum_of_distinct_products(question, data):
    """With the dimensions themselves in place of bounds, at generic weights and degenerate ones."""
    nodes, sides = question.circuit.nodes, spaces.sides_below(question)
    side = data.draw(st.integers(0, 1))
    inner = [i for i, node in enumerate(nodes) if node.children and sides[i] & (2 >> side)]
    node = data.draw(st.sampled_from(inner))
    unfolded = random_unfolding(lambda: data.draw(st.booleans()), question, node, side)
    weights = data.draw(
        st.sampled_from([0, 1]).map(lambda seed: brute.random_weights(question.circuit, seed))
        | strategies.weights(question.circuit, "degenerate")
    )
    products = spaces.products(question, node, side, unfolded)
    atoms = {each: dimension(question, weights, each, side) for each in set().union(*products)}
    ranks = [(0, 0)] * len(nodes)
    for each, found in atoms.items():
        ranks[each] = (found, found)
    bound = spaces.shared_spaces(question, node, side, unfolded, ranks)
    expect_between(0, dimension(question, weights, node, side), bound, f"{unfolded} below {node}")


@given(MIXTURES, st.data())
def test_no_weights_have_a_larger_rank(question, data):
    """The recursion with any unfolding at every sum, against the generic rank."""
    at = [
        Spaces(i, side, random_unfolding(lambda: data.draw(st.booleans()), question, i, side))
        for i, node in enumerate(question.circuit.nodes)
        for side in (0, 1)
        if node.kind == "sum"
    ]
    bound = upper_value(question, Sharpened(tuple(at)))
    expect_between(0, rank_of(question), bound, "generic rank")


@given(MIXTURES, st.integers(0, 1))
def test_a_tree_below_a_node_has_its_index_as_a_location(question, side):
    """The generic rank of the circuit that is asked about is the node's, its index on that side."""
    weights = brute.random_weights(question.circuit)
    for i, node in enumerate(question.circuit.nodes[:-1]):
        if node.children:
            try:
                cone = subcircuits.cone(question, i, side)
            except CircuitalgError:
                continue
            expect(rank_of(cone), dimension(question, weights, i, side), f"rank at {i}")


def test_a_product_left_out_is_caught():
    """Two branches of one block with partners of their own: 2 + 2, and 2 is too small."""
    b = ca.CircuitBuilder(3, [2, 4, 2])
    block = b.product(*(b.sum(b.input(i), width=4) for i in (0, 1)))
    tops = [b.product(b.sum(block, width=1), b.sum(b.input(2), width=1)) for _ in range(2)]
    circuit = b.build(b.sum(*tops, width=1))
    question = Question(circuit, ca.Bipartition.of([0, 2], 3))
    output = len(circuit.nodes) - 1
    sums = tuple(i for i, node in enumerate(circuit.nodes) if node.kind == "product" and i != 4)
    found = spaces.products(question, output, 1, sums[-2:])
    expect(len(found), 2, "products")
    with pytest.raises(pytest.fail.Exception):
        expect_between(0, rank_of(question), 2, "rank")
