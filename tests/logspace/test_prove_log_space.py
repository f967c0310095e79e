"""The calls that prove statements about log-space."""

from dataclasses import replace

import numpy as np
import pytest

import circuitalg as ca
from circuitalg.errors import NotProved, RuleError, StructureError, WeightError
from circuitalg.kernel.logspace.equivalent import LogSpaceEquivalent
from circuitalg.kernel.logspace.multilinear import Multilinear
from circuitalg.kernel.logspace.signs import SignedSplit
from circuitalg.kernel.logspace.simplex import SimplexForm
from circuitalg.logspace.simnet import SimNet

DEEP = ca.ht_model(4, 2, [2, 3])


@pytest.mark.parametrize(
    ("prove", "kind", "said", "how"),
    [
        (ca.prove_log_space, LogSpaceEquivalent, "computes log h(x; w)", "log-sum-exp"),
        (ca.prove_signed_split, SignedSplit, "W = W+ - W-", "(pq + mn) - (pn + mq)"),
        (ca.prove_simplex_form, SimplexForm, "rows sum to 1", "inputs of ones"),
        (ca.prove_multilinear, Multilinear, "linear in the vector of each", "by induction"),
    ],
)
def test_each_call_gives_a_theorem_that_the_checker_accepts(prove, kind, said, how):
    """Statement, explanation, summary, sources and the checker's verdict."""
    theorem = prove(DEEP)
    assert type(theorem.statement) is kind
    assert theorem.statement.circuit == DEEP
    assert said in str(theorem)
    assert how in theorem.explain()
    assert theorem.statement.summary
    assert theorem.tactics
    assert theorem.grade == "theorem"
    assert theorem.sources() == ()
    assert kind.__name__ in str(theorem.check())


def test_a_given_simnet():
    """With values and other names; the theorem is about its architecture."""
    weights = DEEP.random_weights(kind="nonnegative")
    simnet = DEEP.to_simnet(weights, mean=True, beta=3)
    renamed = SimNet(
        [
            replace(
                node,
                name="s" + node.name,
                offsets=tuple(f"b.{x}" if isinstance(x, str) else x for x in node.offsets),
            )
            for node in simnet.nodes
        ],
        {f"b.{name}": table for name, table in simnet.offsets.items()},
    )
    theorem = ca.prove_log_space(DEEP, renamed)
    assert theorem.statement.simnet.offsets is None
    assert theorem.statement.offsets["b.out"] == ("out", 3)
    theorem.check()


def test_other_simnets_are_not_proved():
    """Another size, another mode in one place, several β, offsets in place of a matrix."""
    with pytest.raises(NotProved, match="node by node"):
        ca.prove_log_space(DEEP, ca.cp_model(4, 2, 3).to_simnet())
    simnet = DEEP.to_simnet(mean=True)
    last = len(simnet.nodes) - 1
    nodes = [replace(n, mean=n.mean and i != last) for i, n in enumerate(simnet.nodes)]
    assert ca.prove_log_space(DEEP, SimNet(nodes)).statement.offsets["out"] == ("out", 1)
    nodes = [replace(n, beta=1 + (i == last)) for i, n in enumerate(simnet.nodes)]
    with pytest.raises(RuleError, match="one finite beta"):
        ca.prove_log_space(DEEP, SimNet(nodes))
    train = ca.tt_model(3, 2, 2)
    nodes = [
        replace(n, offsets=tuple(x if isinstance(x, str) else f"f{i}" for x in n.offsets))
        for i, n in enumerate(train.to_simnet().nodes)
    ]
    with pytest.raises(NotProved, match="no parameter"):
        ca.prove_log_space(train, SimNet(nodes))
    shared = ca.ht_model(4, 2, [2, 3], shared=True)
    with pytest.raises(RuleError, match="logarithm"):
        ca.prove_log_space(DEEP, shared.to_simnet())


def test_one_sentence_for_what_cannot_be():
    """Negative entries, the zero network, unequal subtrees, squares."""
    from circuitalg.circuit import Circuit
    from circuitalg.circuit.node import Node

    def through(matrix):
        nodes = [Node("x", "input", 1, 0), Node("y", "sum", 1, None, (0,), (matrix,))]
        return Circuit.from_nodes(nodes)

    with pytest.raises(WeightError, match="split_signs") as caught:
        ca.prove_log_space(through(((-2,),)))
    assert "\n" not in str(caught.value)
    with pytest.raises(StructureError, match="zero"):
        ca.prove_signed_split(through(((0,),)))
    with pytest.raises(RuleError, match="fixed matrix"):
        ca.prove_simplex_form(through(((2,),)))
    with pytest.raises(RuleError, match="location 0"):
        ca.prove_multilinear(ca.rac_model(2, 2, 2, layers=2))


def test_signed_networks_go_through_their_split():
    """Any network is the difference of two scores of a SimNet: two theorems, end to end."""
    split = ca.prove_signed_split(DEEP).statement.split
    theorem = ca.prove_log_space(split, mean=True)
    weights = DEEP.random_weights(seed=3)
    simnet = split.to_simnet(ca.split_weights(weights), mean=True)
    assert theorem.statement.simnet == SimNet(simnet.nodes)
    x = np.random.default_rng(0).integers(1, 9, (5, 4, 2))
    scores = np.exp(simnet.evaluate(np.log(x)))
    exact = DEEP.evaluate(weights, x)
    np.testing.assert_allclose(scores[:, :1] - scores[:, 1:], exact.astype(float), rtol=1e-9)
