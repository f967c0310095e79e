"""The rules of equal functions: random networks, floats, strange expressions, and small bombs."""

import json

import numpy as np
import pytest
from certificates.alter import both_accept, written
from checker.common import certificate, theorem

import circuitalg as ca
from circuitalg import checker
from circuitalg.circuit.files import circuit_to_data
from circuitalg.errors import CircuitalgError, NotProved, Refuted, RuleError
from circuitalg.expressions import Expression, matrix, parameter
from circuitalg.kernel import rules
from circuitalg.kernel.same.function import NormalForm, Simulation
from circuitalg.kernel.same.symmetric import Generators, moved

# What no rule accepts

CP = ca.cp_model(2, 2, 2)
SAME = {name: parameter(name) for name in CP.parameters}


@pytest.mark.soundness
@pytest.mark.parametrize(
    "expression",
    [
        matrix([[0.5, 0.5], [0.5, 0.5]]),
        matrix([[True, False], [False, True]]),
        Expression("+", ()),
        parameter("a0.0") * parameter("out"),
        "a0.0",
        None,
    ],
)
@pytest.mark.parametrize("proof", [NormalForm(), Simulation(())])
def test_strange_expressions_are_refused(expression, proof):
    """Floats, truth values, a sum of nothing, shapes that do not fit, what is no expression."""
    with pytest.raises(RuleError):
        rules.same_function(CP, CP, {**SAME, "a0.0": expression}, proof)


def test_integers_of_numpy_become_exact():
    """Their overflow never reaches the rules."""
    huge = matrix(np.array([[2**62, 0], [0, 1]]))
    small = matrix([[2**62, 0], [0, 1]]) * parameter("a0.0")
    assert type(huge.args[0][0]) is int
    chosen = {"a0.0": huge * parameter("a0.0")}
    assert ca.prove_same(CP, CP, {**SAME, "a0.0": parameter("a0.0")}).tactics == "simulation"
    assert chosen["a0.0"] == small


@pytest.mark.soundness
@pytest.mark.parametrize("other", [ca.cp_model(3, 2, 2), ca.cp_model(2, 3, 2)])
def test_networks_of_other_shapes_are_refused(other):
    """Locations, dimensions and outputs must agree."""
    wide = ca.cp_model(2, 2, 2, outputs=2)
    for b in (other, wide):
        with pytest.raises(CircuitalgError):
            ca.prove_same(CP, b)


@pytest.mark.soundness
@pytest.mark.parametrize(
    "claims",
    [
        ((0, None, (0,)),),
        ((99, None, (2,)),),
        ((-1, None, (2,)),),
        ((2, None, (99,)),),
        ((2, None, (-1,)),),
        ((2, None, (0,)),),
        ((2, None, ()),),
        ((2, None, (2, 2)),),
        ((2, ((1, 0),), (2,)),),
        ((2, ((1, 0), (1,)), (2,)),),
        ((2, ((0, 1), (1, 0)), (2,)),),
        ((2, ((1.0, 0.0), (0.0, 1.0)), (2,)),),
        ((2, None, (2,)), (2, None, (2,))),
    ],
)
def test_false_claims_are_refused(claims):
    """Of no sum, no node, another sum, a square; by wrong or inexact matrices; out of order."""
    genuine = ca.prove_same(CP, CP).certificate()["theorems"][0]["proof"]["claims"]
    assert [claim[0] for claim in genuine][:2] == [2, 3]
    rest = [tuple(map(_frozen, claim)) for claim in genuine if claim[0] > max(c[0] for c in claims)]
    with pytest.raises(RuleError):
        rules.same_function(CP, CP, SAME, Simulation((*claims, *rest)))


def _frozen(value):
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


@pytest.mark.soundness
def test_outputs_of_different_selections_are_no_product():
    """x·y of channels 0 and 1 is not that of channels 0 and 0: one T for all children."""
    b = ca.CircuitBuilder(2, 2)
    s = [b.sum(b.input(i), width=2, parameter=f"a{i}") for i in range(2)]
    turned = b.sum(s[1], width=2, matrix=[[0, 1], [1, 0]])
    other = b.build(b.sum(b.product(s[0], turned), width=1, parameter="out"))
    plain = ca.cp_model(2, 2, 2)
    weights = {"a0": "a0.0", "a1": "a0.1", "out": "out"}
    with pytest.raises(Refuted):
        ca.prove_same(plain, other, weights)
    both = b_with_both_turned()
    swapped = parameter("out") * matrix([[0, 1], [1, 0]])
    assert ca.prove_same(plain, both, {**weights, "out": swapped}).tactics == "simulation"


def b_with_both_turned():
    """The network above with the channels of both factors exchanged."""
    b = ca.CircuitBuilder(2, 2)
    s = [b.sum(b.input(i), width=2, parameter=f"a{i}") for i in range(2)]
    t = [b.sum(each, width=2, matrix=[[0, 1], [1, 0]]) for each in s]
    return b.build(b.sum(b.product(*t), width=1, parameter="out"))


@pytest.mark.soundness
def test_a_constant_is_one_and_nothing_else():
    """A product with a constant is the product without; a sum over constants is its row sums."""
    with_one, doubled = ca.CircuitBuilder(2, 2), ca.CircuitBuilder(2, 2)
    for b, rows in ((with_one, [[2, -1], [0, 1]]), (doubled, [[2, 0], [0, 1]])):
        s = [b.sum(b.input(i), width=2, parameter=f"a0.{i}") for i in range(2)]
        one = b.sum(b.constant(2), width=2, matrix=rows)
        b.sum(b.product(*s, one), width=1, parameter="out", name="top")
    assert ca.prove_same(CP, with_one.build("top")).tactics == "simulation"
    with pytest.raises(Refuted):
        ca.prove_same(CP, doubled.build("top"))


@pytest.mark.soundness
def test_a_sum_that_is_zero_adds_nothing():
    """Whatever parameter multiplies it; a sum that is not zero does."""

    def network(factor):
        b = ca.CircuitBuilder(1, 2)
        x = b.input(0)
        scaled = b.sum(x, width=2, matrix=[[factor, 0], [0, factor]])
        parts = b.sum(x, width=2, parameter="v"), b.sum(scaled, width=2, parameter="w")
        return b.build(b.sum(*parts, width=2, matrix=[[[1, 0], [0, 1]]] * 2))

    zero = network(0)
    assert ca.prove_same(zero, zero).tactics == "simulation"
    assert ca.prove_same(zero, zero, {"w": [[5, 0], [0, 7]]}).tactics == "simulation"
    with pytest.raises(Refuted):
        ca.prove_same(zero, network(1))
    with pytest.raises(Refuted):
        ca.prove_same(network(1), zero)


@pytest.mark.soundness
def test_premises_of_symmetries_belong_to_their_generators():
    """None, too few, or one that is no equality proves nothing."""
    shared = ca.ht_model(4, 2, [2, 2], shared=True)
    theorem = ca.prove_symmetric(shared)
    generators, premises = theorem.statement.generators, theorem.premises
    renamed = ca.prove_same(shared, premises[0].statement.b, {"a0": "a0"})
    assert rules.symmetric(shared, generators, Generators(), premises) == theorem
    assert rules.symmetric(shared, generators, Generators(), (renamed, *premises[1:])) == theorem
    for chosen, each in [
        ((), ()),
        (generators, premises[:1]),
        (generators, (theorem, *premises[1:])),
    ]:
        with pytest.raises(RuleError):
            rules.symmetric(shared, chosen, Generators(), tuple(each))


@pytest.mark.soundness
def test_equality_at_other_weights_is_no_symmetry():
    """A CP model with its locations and their vectors exchanged is the same: not a symmetry."""
    circuit = ca.cp_model(2, 2, 2)
    other = moved(circuit, (1, 0))
    exchanged = ca.prove_same(circuit, other, {"a0.0": "a0.1", "a0.1": "a0.0"})
    with pytest.raises(RuleError, match="no premise"):
        rules.symmetric(circuit, ((1, 0),), Generators(), (exchanged,))


@pytest.mark.soundness
def test_a_location_of_another_dimension_is_not_exchanged():
    """A permutation must keep the dimensions."""
    b = ca.CircuitBuilder(2, [2, 3])
    s = [b.sum(b.input(i), width=2, parameter=f"a{i}") for i in range(2)]
    circuit = b.build(b.sum(b.product(*s), width=1, parameter="out"))
    with pytest.raises(RuleError, match="same dimension"):
        ca.prove_symmetric(circuit, [[1, 0]])


# Small files that ask for much


def bomb(kind):
    """Networks whose polynomials, or products, or numbers, grow exponentially with their nodes."""
    b = ca.CircuitBuilder(1, 1)
    x = b.input(0)
    y = copy = b.sum(x, width=1, matrix=[[1]])
    for i in range(60):
        if kind == "products":
            x, y = b.product(x, y), x
        elif kind == "squares":
            x = b.sum(b.product(x, copy), width=1, matrix=[[3]])
            copy = b.sum(x, width=1, matrix=[[1]])
        elif kind == "constants":
            x = b.constant(1) if i == 0 else x
            copy = b.sum(x, width=1, matrix=[[2]])
            x = b.product(b.sum(x, width=1, matrix=[[2]]), copy)
    if kind == "constants":
        x = b.sum(x, b.input(0), width=1, matrix=[[[1]], [[1]]])
    return b.build(b.sum(x, y, copy, width=1, parameter="out"))


@pytest.mark.soundness
@pytest.mark.parametrize("kind", ["products", "squares", "constants"])
@pytest.mark.parametrize("proof", [{"kind": "NormalForm"}, {"kind": "Simulation", "claims": []}])
def test_bombs_are_refused_in_time(kind, proof, tmp_path):
    """Powers x^(2^60), and 2^(2^60): both readers refuse before they compute them."""
    circuit = bomb(kind)
    statement = {"kind": "SameFunction", "a": 0, "b": 0}
    statement["weights"] = {name: ["parameter", name] for name in circuit.parameters}
    data = certificate([circuit_to_data(circuit)], theorem(statement, proof))
    file = written(json.dumps(data), tmp_path)
    with pytest.raises(checker.Refusal):
        checker.verify_file(file)
    with pytest.raises(CircuitalgError, match=r"large|work|bits|terms"):
        ca.load_theorem(file)


def test_the_tactic_gives_up_on_bombs():
    """It neither expands nor evaluates them."""
    with pytest.raises(NotProved):
        ca.prove_same(bomb("products"), bomb("products"))


def test_a_long_chain_of_sums_is_no_recursion(tmp_path):
    """1,200 sums above one another, most of them identities."""
    b = ca.CircuitBuilder(1, 1)
    x = b.input(0)
    for i in range(1200):
        named = {"parameter": f"w{i % 2}"} if i < 100 else {"matrix": [[1]]}
        x = b.sum(x, width=1, **named)
    circuit = b.build(x)
    both_accept(ca.prove_same(circuit, circuit), tmp_path)
