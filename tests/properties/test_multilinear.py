"""Linearity in each location: scaling and adding there scales and adds every output."""

import pytest
from batches import apart
from brute import expect, outputs
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import RuleError


def check(circuit, weights, first, second, place):
    """The law: h(3 x + y in one location) = 3 h(x) + h(y there), over the rationals."""
    other, total = list(first), list(first)
    other[place] = second[place]
    total[place] = [3 * a + b for a, b in zip(first[place], second[place], strict=True)]
    one, two, three = (outputs(circuit, weights, at, prime=None) for at in (first, other, total))
    wanted = [3 * a + b for a, b in zip(one, two, strict=True)]
    expect(three, wanted, f"outputs, combined in location {place}")


def vectors(x, sample):
    """One input of a batch: a vector for each location."""
    return [table[sample] for table in apart(x)]


@pytest.mark.soundness
@given(strategies.circuits(max_outputs=2), st.data())
def test_what_is_proved_is_linear(circuit, data):
    """Smooth decomposable circuits are proved; what repeats a location is not."""
    try:
        ca.prove_multilinear(circuit)
    except RuleError:
        if circuit.is_multilinear:
            pytest.fail("a smooth decomposable circuit was not proved")
        return
    weights = data.draw(strategies.weights(circuit, "rational"))
    x = data.draw(strategies.inputs(circuit, "rational", batch=2))
    place = data.draw(st.integers(0, circuit.num_locations - 1))
    check(circuit, weights, vectors(x, 0), vectors(x, 1), place)


@given(strategies.circuits(kinds=strategies.MULTILINEAR_KINDS, max_outputs=2))
def test_both_readers_accept(tmp_path_factory, circuit):
    """Of every kind that has a coefficient tensor."""
    both_accept(ca.prove_multilinear(circuit), tmp_path_factory.mktemp("linear"))


def test_a_square_is_caught():
    """A network of two layers uses a location twice; the law fails there."""
    circuit = ca.rac_model(2, 1, 1, layers=2)
    ones = {name: [[1] * columns] * rows for name, (rows, columns) in circuit.parameters.items()}
    with pytest.raises(pytest.fail.Exception):
        check(circuit, ones, [[2], [1]], [[1], [1]], 0)
