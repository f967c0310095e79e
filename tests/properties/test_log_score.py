"""Log-scores: the true sign, and the true logarithm inside the interval."""

import flint
import pytest
from batches import apart
from brute import logarithms, outputs
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import NotProved

BITS = (1, 30, 128)


def check(statement, value):
    """The law: low ≤ log |value| ≤ high, and the sign."""
    with flint.ctx.workprec(600):
        true = logarithms.ball(abs(value)).log()
        inside = logarithms.ball(statement.low) <= true <= logarithms.ball(statement.high)
        if not inside or statement.sign * value <= 0:
            pytest.fail(f"log |{value}| is not in [{statement.low}, {statement.high}]")


@pytest.mark.soundness
@given(
    strategies.circuits(max_outputs=2),
    st.sampled_from(BITS),
    st.sampled_from(("integer", "rational", "float")),
    st.data(),
)
def test_the_interval_holds_the_logarithm(circuit, bits, kind, data):
    """Circuits of every kind, numbers of both signs; an output that is 0 has no proof."""
    weights = data.draw(strategies.weights(circuit, kind))
    x = data.draw(strategies.inputs(circuit, kind, batch=1))
    vectors = [table[0].tolist() for table in apart(x)]
    output = data.draw(st.integers(0, circuit.num_outputs - 1))
    value = outputs(circuit, weights, vectors, prime=None)[output]
    try:
        said = ca.prove_log_score(circuit, weights, vectors, output=output, bits=bits).statement
    except NotProved:
        if value != 0 and bits > 100 and kind == "integer":
            pytest.fail(f"{value} was not proved with {bits} bits")
        return
    check(said, value)


@given(strategies.circuits(max_outputs=2), st.sampled_from(BITS), st.data())
def test_both_readers_accept(tmp_path_factory, circuit, bits, data):
    """At numbers without signs nothing cancels, so what is not 0 is proved."""
    weights = data.draw(strategies.weights(circuit, "nonnegative"))
    x = data.draw(strategies.inputs(circuit, "nonnegative", batch=1))
    vectors = [table[0].tolist() for table in apart(x)]
    try:
        theorem = ca.prove_log_score(circuit, weights, vectors, bits=bits)
    except NotProved:
        return
    both_accept(theorem, tmp_path_factory.mktemp("score"))


@pytest.mark.parametrize("factor", [2, -1])
def test_another_value_is_caught(factor):
    """Twice the value has another logarithm, the negative one another sign."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights, vectors = circuit.random_weights(seed=1), [[1, 2]] * 4
    value = outputs(circuit, weights, vectors, prime=None)[0]
    statement = ca.prove_log_score(circuit, weights, vectors).statement
    check(statement, value)
    with pytest.raises(pytest.fail.Exception):
        check(statement, factor * value)
