"""Splits by signs: over the rationals the difference of the halves is the network at W+ − W-."""

import numpy as np
import pytest
from batches import apart
from brute import expect, outputs
from certificates.alter import both_accept
from hypothesis import assume, given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import StructureError


def split_of(circuit):
    """The theorem; networks that are zero at all weights have none, and those with lost parts."""
    try:
        return ca.prove_signed_split(circuit)
    except StructureError as error:
        assert "split" in str(error)  # noqa: PT017  (the reason is what is looked at)
        assume(False)


def check(statement, halves, vectors):
    """The law, at any matrices W+ and W- and any input."""
    circuit = statement.circuit
    whole = {
        name: np.asarray(halves[name + "+"], dtype=object) - halves[name + "-"]
        for name in circuit.parameters
    }
    both = outputs(statement.split, halves, vectors, prime=None)
    count = circuit.num_outputs
    difference = [one - two for one, two in zip(both[:count], both[count:], strict=True)]
    expect(difference, outputs(circuit, whole, vectors, prime=None), "difference")


def check_signs(split):
    """The law about the split's own numbers."""
    fixed = [x for n in split.nodes for m in n.matrices if not isinstance(m, str) for x in m]
    if any(entry < 0 for row in fixed for entry in row):
        pytest.fail("the split has a negative number of its own")


@pytest.mark.soundness
@given(strategies.circuits(max_outputs=2), st.data())
def test_the_difference_is_the_network(circuit, data):
    """Circuits of every kind; W+ and W- need not be parts of one matrix."""
    statement = split_of(circuit).statement
    halves = data.draw(strategies.weights(statement.split, "rational"))
    x = data.draw(strategies.inputs(circuit, "rational", batch=1))
    vectors = [table[0] for table in apart(x)]
    check(statement, halves, vectors)
    check_signs(statement.split)


@given(strategies.circuits(max_outputs=2))
def test_both_readers_accept(tmp_path_factory, circuit):
    """The certificate of every split."""
    both_accept(split_of(circuit), tmp_path_factory.mktemp("split"))


def test_halves_in_each_others_place_are_caught():
    """W- for W+ gives the difference for −W, which another network has."""
    circuit = ca.cp_model(2, 2, 2)
    statement = ca.prove_signed_split(circuit).statement
    halves = ca.split_weights(circuit.random_weights(seed=1))
    vectors = [[1, 2], [3, -1]]
    check(statement, halves, vectors)
    exchanged = type(statement)(ca.cp_model(2, 2, 2, shared=True), statement.split)
    tied = {"a0+": halves["a0.0+"], "a0-": halves["a0.0-"]}
    with pytest.raises(pytest.fail.Exception):
        check(exchanged, halves | tied, vectors)
    negative = ca.CircuitBuilder(1, 1)
    with pytest.raises(pytest.fail.Exception):
        check_signs(negative.build(negative.sum(negative.input(0), matrix=[[-1]])))
