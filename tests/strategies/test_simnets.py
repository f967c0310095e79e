"""SimNets drawn by `circuitalg.strategies`."""

from math import inf

import numpy as np
import pytest
from drawing import drawn, smallest
from hypothesis import given

import circuitalg as ca
from circuitalg import strategies


@given(strategies.simnets())
def test_simnets_are_evaluated(simnet):
    """Scores of two inputs, numbers or −∞, or ∞ under β below 0."""
    zeros = [np.zeros((2, dim)) for dim in simnet.dims]
    scores = simnet.evaluate(np.stack(zeros, 1) if len(set(simnet.dims)) == 1 else zeros)
    assert scores.shape == (2, simnet.num_outputs)
    assert not np.isnan(scores).any()


@given(strategies.simnets(one_beta=True))
def test_simnets_with_one_beta_are_circuits(simnet):
    """They have a circuit with weights, whose parameters keep their names."""
    circuit = simnet.to_circuit()
    assert circuit.parameters == simnet.parameters
    assert simnet.to_weights().keys() == circuit.parameters.keys()


def test_every_feature_is_reached():
    """Several β, infinite ones, averages, offsets of −∞; and none of these with one β."""
    found = drawn(strategies.simnets())
    mex = [{(n.beta, n.mean) for n in simnet.nodes if n.kind == "mex"} for simnet in found]
    assert any(len(own) > 2 for own in mex)
    assert {beta for own in mex for beta, _ in own} >= {1, -1, inf, -inf}
    assert any(np.isneginf(t).any() for simnet in found for t in simnet.offsets.values())
    single = drawn(strategies.simnets(one_beta=True))
    assert all(len({n.beta for n in s.nodes if n.kind == "mex"}) == 1 for s in single)
    assert {simnet.beta for simnet in single} >= {1, 2, -1}
    assert any(node.mean for simnet in single for node in simnet.nodes)


def test_the_graphs_are_those_that_are_given():
    """An architecture without values, over circuits of one's own."""
    made = strategies.simnets(strategies.circuits(kinds="tt"), values=False, one_beta=True)
    simnet = smallest(made, lambda found: len(found.dims) == 3)
    assert simnet.offsets is None
    assert simnet == ca.tt_model(3, 1, 1).to_simnet()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"circuits": ca.cp_model(2, 2, 2)}, "circuits must be a strategy such as circuits"),
        ({"one_beta": 1}, "one_beta must be True or False"),
        ({"values": "no"}, "values must be True or False"),
    ],
)
def test_bad_arguments_are_refused_when_the_strategy_is_made(arguments, message):
    """One sentence that names the argument."""
    with pytest.raises(ca.ArgumentError, match=message):
        strategies.simnets(**arguments)
