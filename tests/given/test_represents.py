"""Universality and explicit representation: what is accepted, and the neighbours that are not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.errors import ArgumentError, NotProved, RuleError, TooLargeError
from circuitalg.kernel import rules
from circuitalg.kernel.given.universal import Selection
from circuitalg.tensor.exact_tensor import ExactTensor

entries = st.one_of(st.integers(-5, 5), st.fractions(-3, 3, max_denominator=7))


def wide_ht(locations, dim, outputs=1):
    """The HT model whose nodes over k locations have dim^k channels."""
    levels = locations.bit_length() - 1
    widths = [dim ** (2 ** (level + 1)) for level in range(levels)]
    return ca.ht_model(locations, dim, widths, outputs=outputs)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize(
    "circuit", [lambda y: ca.cp_model(3, [2, 3, 2], 12, outputs=y), lambda y: wide_ht(4, 2, y)]
)
def test_wide_models_are_universal_and_checked(circuit, outputs):
    """CP with Z = Π M_i, HT with M^k channels over k locations; the checker agrees."""
    theorem = ca.prove_universal(circuit(outputs))
    assert "Universal" in str(theorem.check())
    assert str(theorem.statement).startswith("the network represents ")


@pytest.mark.parametrize(
    ("circuit", "reason"),
    [
        (ca.cp_model(3, 2, 7), "needs more"),
        (ca.ht_model(4, 2, [4, 15]), "needs more"),
        (ca.ht_model(4, 2, [3, 16]), "needs more"),
        (ca.cp_model(3, 2, 8, shared=True), "symmetries"),
        (ca.rac_model(3, 2, width=8, layers=1), "symmetries"),
        (ca.rac_model(3, 2, width=8, layers=2), "tree"),
    ],
)
def test_narrow_or_tied_models_are_not_proved(circuit, reason):
    """One channel too few, or shared weights: the construction says what is missing."""
    with pytest.raises(NotProved, match=reason):
        ca.prove_universal(circuit)


def test_universality_beyond_the_limit_is_refused_before_it_begins():
    """2^40 channels are not tried."""
    with pytest.raises(TooLargeError, match="smaller sizes"):
        ca.prove_universal(ca.cp_model(40, 2, 4))


@pytest.mark.soundness
def test_the_kernel_refuses_weights_that_select_too_little():
    """A lost row, weights of the free matrix, another free one, a float."""
    circuit = ca.cp_model(2, 2, 4)
    good = ca.prove_universal(circuit).proof
    first = good.weights["a0.0"]
    for proof, words in (
        (replace(good, weights={**good.weights, "a0.0": first[1:]}), "matrix of shape"),
        (replace(good, weights={**good.weights, "out": ((1, 1, 1, 1),)}), "no parameter 'out'"),
        (Selection({**good.weights, "out": ((1, 1, 1, 1),)}, "a0.0"), "through 'a0.0'"),
    ):
        with pytest.raises(ca.CircuitalgError, match=words):
            rules.universal(circuit, proof)
    with pytest.raises(ca.CircuitalgError):
        rules.universal(
            circuit, replace(good, weights={**good.weights, "a0.0": ((1.0, 0), *first[1:])})
        )


@given(st.lists(entries, min_size=8, max_size=8))
def test_a_cp_model_represents_any_tensor_with_as_many_channels_as_fibres(values):
    """Exactly, Fractions included; at most Π M_i / max M_i channels."""
    tensor = ExactTensor((2, 2, 2), tuple(values))
    statement = ca.prove_represents(ca.cp_model, tensor).statement
    assert statement.tensor == tensor
    assert statement.circuit.nodes[-2].width <= 4


@given(st.lists(entries, min_size=16, max_size=16), st.integers(0, 1))
def test_an_ht_model_represents_any_tensor_at_a_chosen_output(values, output):
    """The other output gets the tensor zero."""
    circuit = wide_ht(4, 2, outputs=2)
    tensor = ExactTensor((2,) * 4, tuple(values))
    statement = ca.prove_represents(circuit, tensor, output=output).statement
    weights = statement.weights
    assert not circuit.coefficient_tensor(_arrays(weights), output=1 - output).any()


def _arrays(weights):
    import numpy as np

    return {name: np.array(rows, dtype=object) for name, rows in weights.items()}


def test_few_nonzero_entries_need_few_channels():
    """A diagonal tensor of 2 entries goes into an HT model of width 2."""
    tensor = ExactTensor((2,) * 4, tuple(int(i in {0, 15}) for i in range(16)))
    theorem = ca.prove_represents(ca.ht_model(4, 2, [2, 2]), tensor)
    assert "Represents" in str(theorem.check())


def test_a_tensor_with_too_many_entries_is_not_proved():
    """Width 2 does not carry 16 different products of coordinates."""
    with pytest.raises(NotProved, match="needs more"):
        ca.prove_represents(ca.ht_model(4, 2, [2, 2]), ExactTensor((2,) * 4, (1,) * 16))


def test_given_weights_are_proved_or_refused():
    """The tensor at these weights, and no other."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights = circuit.random_weights(seed=1)
    tensor = circuit.coefficient_tensor(weights)
    assert ca.prove_represents(circuit, tensor, weights).statement.circuit == circuit
    with pytest.raises(RuleError, match="the given one"):
        ca.prove_represents(circuit, tensor + 1, weights)
    with pytest.raises(ArgumentError, match="call it with its sizes"):
        ca.prove_represents(ca.cp_model, tensor, weights)
