"""Marginals in one pass: ones at missing locations sum them out, and nothing else does."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_space_cases import inputs_for, logs, weights_for

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import StructureError, WeightError


def summed(circuit, weights, x, missing):
    """The explicit sum over all unit vectors at the missing locations."""
    total = 0
    for place in product(*(range(circuit.dims[i]) for i in missing)):
        y = [table.copy() for table in x]
        for location, d in zip(missing, place, strict=True):
            y[location][:] = 0
            y[location][:, d] = 1
        total = total + circuit.evaluate(weights, y)
    return total


@settings(max_examples=40)
@given(
    circuit=strategies.circuits(kinds=strategies.MULTILINEAR_KINDS, max_outputs=2),
    seed=st.integers(0, 10**6),
    chosen=st.integers(1, 31),
)
def test_one_pass_is_the_explicit_sum(circuit, seed, chosen):
    """Exactly, for any circuit, weights of any sign, and any set of locations."""
    missing = [i for i in range(circuit.num_locations) if chosen >> i & 1]
    weights, x = weights_for(circuit, seed, signs=True), inputs_for(circuit, seed, signs=True)
    found = circuit.evaluate(weights, ca.marginalize(circuit, x, missing))
    assert (found == summed(circuit, weights, x, missing)).all()


def test_zeros_in_place_of_ones_are_no_marginal():
    """Zeros give zero; the sum over the missing location's values is something else."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights, x = weights_for(circuit, 1, zeros=0), inputs_for(circuit, 1)
    x = [table + 1 for table in x]
    expected = summed(circuit, weights, x, [2])
    assert (expected != 0).all()
    zeros = [table * (i != 2) for i, table in enumerate(x)]
    assert (circuit.evaluate(weights, zeros) == 0).all()
    assert (circuit.evaluate(weights, ca.marginalize(circuit, x, [2])) == expected).all()


def test_in_log_space_the_ones_are_zeros():
    """The SimNet at 0 = log 1 gives the logarithm of the marginal."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights, x = weights_for(circuit, 2), inputs_for(circuit, 2)
    ones = ca.marginalize(circuit, x, [0, 3])
    scores = circuit.to_simnet(weights, mean=True).evaluate([logs(table) for table in ones])
    np.testing.assert_allclose(scores, logs(summed(circuit, weights, x, [0, 3])), rtol=1e-12)


def test_a_mask_by_example():
    """Each row has its own missing locations; the given array stays as it is."""
    circuit = ca.cp_model(3, 2, 2)
    x = np.arange(12).reshape(2, 3, 2)
    mask = np.array([[True, False, False], [False, True, True]])
    found = ca.marginalize(circuit, x, mask)
    assert found.tolist() == [[[1, 1], [2, 3], [4, 5]], [[6, 7], [1, 1], [1, 1]]]
    assert x[0, 0].tolist() == [0, 1]
    floats = ca.marginalize(circuit, x + 0.5, [])
    assert floats.dtype == float


def test_networks_that_are_not_linear_are_refused():
    """x² at 1 is not the sum over its values."""
    circuit = ca.rac_model(3, 2, 2, layers=2)
    with pytest.raises(StructureError, match="both depend"):
        ca.marginalize(circuit, np.ones((1, 3, 2)), [0])


@pytest.mark.parametrize(
    ("missing", "match"),
    [
        ([3], "no location 3"),
        ([-1], "no location -1"),
        ([1.5], "no location 1.5"),
        (np.array([True, False, True]), "mask"),
        (np.zeros((2, 3), dtype=bool), "mask"),
    ],
)
def test_locations_that_do_not_exist(missing, match):
    """One sentence, with the locations or the shape that it takes."""
    circuit = ca.cp_model(3, 2, 2)
    with pytest.raises(WeightError, match=match):
        ca.marginalize(circuit, np.ones((1, 3, 2)), missing)
