"""SimNets: at logarithms of exact numbers they give the logarithm of the exact value."""

from fractions import Fraction

import pytest
from batches import apart
from brute import logarithms, outputs
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies

BETAS = (Fraction(1), Fraction(2), Fraction(1, 3), Fraction(-1))


def rows_of(x, sample=0):
    """One input of a batch: a vector for each location."""
    return [table[sample] for table in apart(x)]


def scores(statement, weights, vectors):
    """What the SimNet of a statement gives at its offsets, by balls of 300 bits."""
    beta = statement.simnet.beta
    offsets = {
        name: [[logarithms.log(count * entry, beta) for entry in row] for row in weights[weight]]
        for name, (weight, count) in statement.offsets.items()
    }
    similarities = [[logarithms.log(entry, beta) for entry in vector] for vector in vectors]
    return logarithms.simnet(statement.simnet, offsets, similarities)


def check(found, values, beta):
    """The law: log(h)/β for every output; −∞/β where h is 0."""
    for one, value in zip(found, values, strict=True):
        if not logarithms.close(one, logarithms.log(value, beta)):
            pytest.fail(f"{one} is not the logarithm of {value}, divided by {beta}")


@pytest.mark.soundness
@given(
    strategies.circuits(nonnegative=True, max_outputs=2),
    st.booleans(),
    st.sampled_from(BETAS),
    st.sampled_from(("nonnegative", "simplex")),
    st.data(),
)
def test_simnets_give_the_logarithm_of_the_exact_value(circuit, mean, beta, kind, data):
    """Circuits of every kind, with sums or means, any β; zeros among weights and inputs."""
    statement = ca.prove_log_space(circuit, mean=mean, beta=beta).statement
    weights = data.draw(strategies.weights(circuit, kind))
    vectors = rows_of(data.draw(strategies.inputs(circuit, kind, batch=1)))
    values = outputs(circuit, weights, vectors, prime=None)
    check(scores(statement, weights, vectors), values, beta)


@given(strategies.circuits(nonnegative=True, max_outputs=2), st.booleans(), st.sampled_from(BETAS))
def test_both_readers_accept(tmp_path_factory, circuit, mean, beta):
    """And the SimNet is the one that `to_simnet` makes."""
    theorem = ca.prove_log_space(circuit, mean=mean, beta=beta)
    both_accept(theorem, tmp_path_factory.mktemp("simnet"))
    assert circuit.to_simnet(mean=mean, beta=beta) == theorem.statement.simnet


def test_a_wrong_simnet_is_caught():
    """Means in the place of sums, another β, another value."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights = circuit.random_weights(seed=1, kind="nonnegative")
    vectors = [[1, 2]] * 4
    values = outputs(circuit, weights, vectors, prime=None)
    statement, mean = (ca.prove_log_space(circuit, mean=m).statement for m in (False, True))
    check(scores(statement, weights, vectors), values, 1)
    check(scores(mean, weights, vectors), values, 1)
    counts = {name: (weight, 1) for name, (weight, _) in mean.offsets.items()}
    without = type(mean)(circuit, mean.simnet, counts)
    for wrong in (
        lambda: check(scores(without, weights, vectors), values, 1),
        lambda: check(scores(statement, weights, vectors), values, 2),
        lambda: check(scores(statement, weights, vectors), [values[0] + 1], 1),
    ):
        with pytest.raises(pytest.fail.Exception):
            wrong()
