"""Outputs that zeros cut off: what is called zero is zero; without signs every zero is found."""

import brute
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_helpers import SMOOTH

from circuitalg import strategies
from circuitalg.edge import exact_weights
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.vanishing import vanishing_value

SMALL = {"kinds": SMOOTH, "max_locations": 4, "max_outputs": 2}


def called_zero(circuit, output, weights=None):
    """Whether the rule shows it."""
    try:
        return vanishing_value(circuit, output, weights) == 0
    except RuleError:
        return False


def check(claimed, tensor, where):
    """The law: what is called zero has no entry that is not."""
    if claimed and tensor.any():
        pytest.fail(f"the tensor is not zero {where}")


@pytest.mark.soundness
@given(strategies.circuits(**SMALL), st.data())
def test_outputs_called_zero_have_zero_tensors(circuit, data):
    """At weights that are mostly zero, and for all weights."""
    given_weights = data.draw(strategies.weights(circuit, "sparse"))
    exact, generic = exact_weights(circuit, given_weights), brute.random_weights(circuit)
    for output in range(circuit.num_outputs):
        at_these = brute.tensor(circuit, given_weights, output)
        check(called_zero(circuit, output, exact), at_these, "at these weights")
        check(called_zero(circuit, output), brute.tensor(circuit, generic, output), "for all")


@given(strategies.circuits(nonnegative=True, **SMALL), st.data())
def test_where_numbers_are_not_negative_every_zero_is_found(circuit, data):
    """Nothing cancels: the pass is exact."""
    kind = data.draw(st.sampled_from(("nonnegative", "degenerate")))
    given_weights = data.draw(strategies.weights(circuit, kind))
    given_weights = {name: abs(table) for name, table in given_weights.items()}
    for output in range(circuit.num_outputs):
        zero = not brute.tensor(circuit, given_weights, output).any()
        assert called_zero(circuit, output, exact_weights(circuit, given_weights)) == zero
        generic = not brute.tensor(circuit, brute.random_weights(circuit), output).any()
        assert called_zero(circuit, output) == generic


def test_a_live_output_that_is_called_zero_is_caught():
    """One entry that is not zero is enough; an output without any passes."""
    check(True, np.zeros((2, 2)), "anywhere")
    with pytest.raises(pytest.fail.Exception):
        check(True, np.diag([0, 1]), "anywhere")
