"""Weights and inputs drawn by `circuitalg.strategies`."""

from fractions import Fraction

import numpy as np
import pytest
from drawing import drawn, smallest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies

CIRCUIT = ca.tree_model(ca.ModeTree.from_nested([[0, 1], 2]), dim=[2, 3, 2], widths=[3, 2])
DTYPES = {"rational": object, "simplex": object, "float": np.float64}


@pytest.mark.parametrize("kind", strategies.WEIGHT_KINDS)
@given(data=st.data())
def test_weights_and_inputs_fit_the_circuit(kind, data):
    """Weights of each kind have the shapes and the dtype that they promise, and are evaluated."""
    weights = data.draw(strategies.weights(CIRCUIT, kind))
    assert {name: table.shape for name, table in weights.items()} == CIRCUIT.parameters
    assert {table.dtype for table in weights.values()} == {np.dtype(DTYPES.get(kind, np.int64))}
    if kind in ("nonnegative", "simplex"):
        assert all(table.min() >= 0 for table in weights.values())
    if kind == "simplex":
        assert all(row.sum() == 1 for table in weights.values() for row in table)
    x = data.draw(strategies.inputs(CIRCUIT, batch=3))
    assert [table.shape for table in x] == [(3, 2), (3, 3), (3, 2)]
    assert CIRCUIT.evaluate(weights, x).shape == (3, 1)


@pytest.mark.parametrize("kind", strategies.INPUT_KINDS)
@given(data=st.data())
def test_inputs_of_locations_of_one_dimension_are_one_array(kind, data):
    """(batch, N, M), each kind with what it promises."""
    circuit = ca.cp_model(3, 4, 1)
    x = data.draw(strategies.inputs(circuit, kind, batch=2))
    assert x.shape == (2, 3, 4)
    if kind == "simplex":
        assert (x.sum(axis=2) == 1).all()
    if kind == "indicator":
        assert set(x.sum(axis=2).ravel().tolist()) <= {1, 4}
        assert set(x.ravel().tolist()) <= {0, 1}


def test_sparse_and_degenerate_weights_are_special():
    """Most entries are zero; most special square matrices are singular, some the unit matrix."""
    circuit = ca.ht_model(4, 3, [3, 3])
    sparse = [w["a1.0"] for w in drawn(strategies.weights(circuit, "sparse"))]
    assert 0 < np.mean([np.count_nonzero(table) for table in sparse]) < 4.5
    special = [w["a1.0"] for w in drawn(strategies.weights(circuit, "degenerate"))]
    ranks = [np.linalg.matrix_rank(table.astype(float)) for table in special]
    assert set(ranks) >= {0, 1, 3}
    assert sum(rank < 3 for rank in ranks) > len(ranks) / 2
    assert any((table == np.eye(3)).all() for table in special)


def test_rationals_are_ints_and_fractions():
    """A whole Fraction is an int, as everywhere in the package."""
    found = [x for w in drawn(strategies.weights(CIRCUIT, "rational")) for x in w["out"].flat]
    assert {type(x) for x in found} == {int, Fraction}
    assert all(type(x) is int or x.denominator > 1 for x in found)


def test_weights_shrink_to_zeros():
    """What does not matter becomes zero, what matters as small as it can be."""
    circuit = ca.cp_model(2, 1, 2)
    weights = smallest(strategies.weights(circuit), lambda w: w["out"].sum() > 2)
    assert not any(weights[name].any() for name in ("a0.0", "a0.1"))
    assert weights["out"].sum() == 3


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: strategies.weights(CIRCUIT, "complex"), ca.OptionError, "the kind of weights"),
        (lambda: strategies.weights("net.json"), ca.ArgumentError, "read a file with"),
        (lambda: strategies.inputs(CIRCUIT, "degenerate"), ca.OptionError, "the kind of inputs"),
        (lambda: strategies.inputs(CIRCUIT, batch=-1), ca.OptionError, "batch must be"),
    ],
)
def test_bad_arguments_are_refused_when_the_strategy_is_made(make, error, message):
    """One sentence that names the argument."""
    with pytest.raises(error, match=message):
        make()
