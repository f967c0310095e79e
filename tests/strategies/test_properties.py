"""Ready-made properties: they pass where the property holds, and name the example where not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

import circuitalg as ca
from circuitalg import strategies
from circuitalg.strategies import laws

DEEP = ca.ht_model(4, 2, [2, 3], shared=True)


def rebuilt(failure):
    """What the code of a failure makes, by name."""
    names = {}
    exec(str(failure.value).partition("\n\n")[2], names)  # noqa: S102  (our own code)
    return names


@pytest.mark.parametrize("claim", [4, (4, 4), (1, 9), lambda circuit, parts: 4])
def test_a_right_claim_on_a_rank_passes(claim):
    """The rank, bounds of it, or a function that says either; the theorem comes back."""
    theorem = strategies.check_rank_claim(DEEP, "odd-even", claim)
    assert theorem.statement.summary == "rank = 4"


@pytest.mark.parametrize("claim", [3, 5, (5, 9), (0, 3), lambda circuit, parts: (1, 2)])
def test_a_wrong_claim_on_a_rank_fails_with_the_network(claim):
    """The message has the theorem that says otherwise, and code for what it is about."""
    with pytest.raises(ca.PropertyFailed, match=r"is claimed to be .*, but rank") as failure:
        strategies.check_rank_claim(DEEP, "odd-even", claim)
    made = rebuilt(failure)
    assert (made["circuit"], made["bipartition"]) == (DEEP, ca.Bipartition.odd_even(4))


def test_what_is_not_a_claim_is_refused():
    """A claim is a number, or two in order."""
    for claim in ("4", 2.5, (1, 2, 3)):
        with pytest.raises(ca.ArgumentError):
            strategies.check_rank_claim(DEEP, "odd-even", claim)
    with pytest.raises(ca.OptionError, match="5 is above 4"):
        strategies.check_rank_claim(DEEP, "odd-even", (5, 4))


def test_an_explicit_rank_decides_where_the_bounds_do_not_meet():
    """A network whose bounds are 15 and 16: a claim of 16 fails by the written-out tensor."""
    path = ca.ModeTree.from_nested([[[[[0, 1], 2], 3], 4], 5, 6])
    loose = ca.tree_model(path, dim=[3, 2, 2, 3, 2, 3, 2], widths=[3, 2, 3, 2, 3])
    said = ca.prove_rank(loose, [0, 3, 5]).statement
    if said.lower == said.upper:
        pytest.skip("the bounds of this network meet now")
    strategies.check_rank_claim(loose, [0, 3, 5], said.lower)
    with pytest.raises(ca.PropertyFailed, match=r"at random weights modulo .* rank 15"):
        strategies.check_rank_claim(loose, [0, 3, 5], said.upper)


def test_equal_networks_pass_and_others_fail_with_a_point():
    """A CP model is an HT model of one window; without its ties it is another function."""
    strategies.check_same_function(ca.cp_model(4, 2, 3), ca.ht_model(4, 2, [3], window=4))
    one, two = ca.cp_model(2, 2, 1), ca.cp_model(2, 2, 1)
    swap = {"out": [[1]], "a0.0": "a0.1", "a0.1": "a0.0"}
    names = list(two.parameters)
    mapped = {name: swap.get(name, name) for name in names if name != "out"} | {"out": [[1]]}
    with pytest.raises(ca.PropertyFailed, match="not the same function"):
        strategies.check_same_function(one, two, mapped)


@settings(max_examples=10)
@given(strategies.circuits(max_locations=3, nonnegative=True))
def test_the_simnets_of_all_circuits_pass(circuit):
    """With softmax and with means: the logarithms are right at every size of numbers."""
    strategies.check_log_space(circuit)
    strategies.check_log_space(circuit, circuit.to_simnet(mean=True))
    strategies.check_log_space(circuit, lambda c, w, x: ca.evaluate_over(c, w, x, "log"))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda c, w, x: np.log(c.evaluate(w, x) + 1),
        lambda c, w, x: np.log(np.clip(c.evaluate(w, x), 1e-300, 1e300)),
        lambda c, w, x: c.evaluate(w, x) * np.nan,
        lambda c, w, x: np.zeros(3),
    ],
    ids=["one more", "clipped", "not a number", "another shape"],
)
def test_a_wrong_evaluation_in_log_space_fails(wrong):
    """A small number added, values beyond floats, NaN, a wrong shape: each is seen."""
    loud = pytest.raises(ca.PropertyFailed, match="the logarithm")
    with loud as failure, np.errstate(all="ignore"):
        strategies.check_log_space(DEEP, wrong)
    assert rebuilt(failure)["circuit"] == DEEP


def test_another_networks_simnet_fails():
    """It is no equivalent of this one, and another function."""
    other = ca.ht_model(4, 2, [2, 2], shared=True).to_simnet()
    with pytest.raises(ca.CircuitalgError):
        strategies.check_log_space(DEEP, other)
    with pytest.raises(ca.ArgumentError, match="a SimNet or a function"):
        strategies.check_log_space(DEEP, 3)


@settings(max_examples=15)
@given(strategies.circuits(max_locations=4, max_outputs=2))
def test_the_laws_hold_for_circuits_of_every_kind(circuit):
    """Files, code, polynomials, tensors, linearity, exchanges, log-space."""
    strategies.check_circuit_laws(circuit)


def test_a_broken_law_is_told(monkeypatch):
    """Each law can fail: an evaluation that doubles its values, a file of another network."""
    true = laws._value
    monkeypatch.setattr(laws, "_value", lambda *given: [2 * v + 1 for v in true(*given)])
    for law, said in (
        (laws._polynomial, "but its polynomial has the value"),
        (laws._tensor, "but its coefficients give"),
    ):
        with pytest.raises(ca.PropertyFailed, match=said):
            law(DEEP, 0)
    squared = [lambda *given: [v * v + 1 for v in true(*given)]]
    monkeypatch.setattr(laws, "_value", squared[0])
    with pytest.raises(ca.PropertyFailed, match="is not linear in location"):
        laws._linear(DEEP, 0)
    monkeypatch.setattr(laws, "load_circuit", lambda path: ca.cp_model(2, 2, 1))
    with pytest.raises(ca.PropertyFailed, match="is read as another circuit"):
        laws._saved(DEEP, 0)
    monkeypatch.setattr(laws, "code", lambda circuit: "ca.cp_model(2, 2, 1)")
    with pytest.raises(ca.PropertyFailed, match="makes another circuit"):
        laws._made_again(DEEP, 0)


def test_ranks_that_exclude_each_other_are_told(monkeypatch):
    """The rank of a transposed matrix, and of a network with its locations renamed, is the same."""
    ranks = iter([(1, 2), (3, 3), (1, 2), (3, 3)])
    monkeypatch.setattr(laws, "_interval", lambda circuit, parts: next(ranks))
    with pytest.raises(ca.PropertyFailed, match="after the sides are exchanged from 3 to 3"):
        laws._exchanged(DEEP, 0)
    with pytest.raises(ca.PropertyFailed, match="after its locations are put into the order"):
        laws._permuted(DEEP, 0)


def test_locations_are_renamed():
    """The inputs move, and nothing else."""
    moved = laws.with_locations(DEEP, [1, 0, 2, 3])
    assert [n.location for n in moved.nodes if n.kind == "input"] != [
        n.location for n in DEEP.nodes if n.kind == "input"
    ]
    assert [replace(n, location=None) for n in moved.nodes] == [
        replace(n, location=None) for n in DEEP.nodes
    ]
