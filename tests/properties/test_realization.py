"""Given tensors: a network that is said to represent one has its entries; all if universal."""

from math import prod

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import NotProved, RuleError

SHAPES = st.lists(st.integers(1, 3), min_size=2, max_size=3)


def check(statement):
    """The law: the tensor written out over Q is the given one, entry by entry."""
    found = brute.tensor(statement.circuit, statement.weights, statement.output, prime=None)
    wanted = statement.tensor.array()
    if found.shape != wanted.shape or (found != wanted).any():
        pytest.fail(f"{statement}: the network has {found.tolist()}")


@given(
    strategies.circuits(kinds=strategies.MULTILINEAR_KINDS, max_locations=4, max_outputs=2),
    st.data(),
)
def test_a_tensor_at_given_weights_is_the_written_out_one(circuit, data):
    """And no other is taken for it."""
    weights = data.draw(strategies.weights(circuit, "rational"))
    output = data.draw(st.integers(0, circuit.num_outputs - 1))
    tensor = brute.tensor(circuit, weights, output, prime=None)
    check(ca.prove_represents(circuit, tensor, weights, output=output).statement)
    place = data.draw(st.tuples(*[st.integers(0, dim - 1) for dim in circuit.dims]))
    tensor[place] += 1
    with pytest.raises(RuleError, match="the given one"):
        ca.prove_represents(circuit, tensor, weights, output=output)


@given(strategies.tensors(SHAPES) | strategies.tensors(SHAPES, "cp"))
def test_a_cp_model_is_found_for_any_tensor(tensor):
    """As many channels as the tensor has fibres at most; zeros and fractions included."""
    check(ca.prove_represents(ca.cp_model, tensor).statement)


@given(
    SHAPES,
    st.integers(-1, 1),
    st.integers(1, 2),
    st.data(),
)
def test_what_is_called_universal_represents_any_tensor(dims, more, outputs, data):
    """CP models around the least width: a tensor is drawn, and weights for it are found."""
    count = prod(dims)
    circuit = ca.cp_model(len(dims), dims, max(1, count + more), outputs=outputs)
    try:
        theorem = ca.prove_universal(circuit)
    except NotProved:
        assert more < 0
        return
    check(ca.prove_represents(circuit, data.draw(strategies.tensors(dims))).statement)
    spans(theorem, count)


@pytest.mark.parametrize(
    ("locations", "widths"),
    [(2, [4]), (2, [5]), (4, [4, 16]), (4, [5, 17]), (2, [3]), (4, [4, 15])],
)
def test_universal_deep_networks_span_all_tensors(locations, widths):
    """At the weights of the proof, the last hidden channels are a basis of the tensors."""
    circuit = ca.ht_model(locations, 2, widths)
    try:
        theorem = ca.prove_universal(circuit)
    except NotProved:
        assert widths[-1] < 2**locations
        return
    spans(theorem, 2**locations)


def spans(theorem, count):
    """The tensors of the last hidden channels, written out, have the rank of all tensors."""
    circuit, proof = theorem.statement.circuit, theorem.proof
    rows, width = circuit.parameters[proof.free]
    tensors = []
    for channel in range(width):
        free = [[int(c == channel) for c in range(width)]] * rows
        weights = {**proof.weights, proof.free: free}
        tensors.append(brute.tensor(circuit, weights, prime=None).ravel())
    brute.expect(brute.rank(np.array(tensors)), count, "dimension of all tensors of the network")


def test_a_wrong_entry_is_caught():
    """A theorem about a tensor, held against another network, fails."""
    circuit = ca.cp_model(2, 2, 2)
    weights = circuit.random_weights(seed=1)
    statement = ca.prove_represents(circuit, circuit.coefficient_tensor(weights), weights).statement
    check(statement)
    other = type(statement)(circuit, statement.tensor, circuit.random_weights(seed=2))
    with pytest.raises(pytest.fail.Exception):
        check(other)
    narrow = ca.prove_universal(ca.cp_model(2, 2, 4))
    with pytest.raises(pytest.fail.Exception):
        spans(narrow, 5)
