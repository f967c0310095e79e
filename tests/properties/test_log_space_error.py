"""Accuracy in log-space: SimNets against exact values, within the bound that is proved."""

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from batches import apart, together
from brute import logarithms, outputs
from hypothesis import example, given, settings
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.logspace.logarithms import logarithms as rounded_logarithms
from circuitalg.logspace.semirings import evaluate_over

TREES = {"max_locations": 24, "max_dim": 5, "max_width": 9, "fixed": False}
DEEP = st.integers(1, 6)
WIDTH = st.integers(1, 6)
NETWORKS = {
    "tree": strategies.circuits(kinds=("tree", "free tree"), **TREES),
    "mixture": strategies.circuits(kinds="mixture", max_locations=8, fixed=False),
    "shallow": st.builds(ca.cp_model, st.integers(2, 64), st.integers(1, 4), WIDTH, st.booleans()),
    "deep": st.tuples(st.lists(WIDTH, min_size=1, max_size=6), st.booleans()).map(
        lambda drawn: ca.ht_model(2 ** len(drawn[0]), 3, drawn[0], shared=drawn[1])
    ),
    "truncated": st.builds(
        lambda levels, shared: ca.ht_model(64, 2, [4] * levels, shared=shared),
        st.integers(1, 3),
        st.booleans(),
    ),
    "train": st.builds(ca.tt_model, st.integers(2, 64), st.integers(1, 3), st.integers(1, 4)),
    "recurrent": st.builds(
        lambda n, layers: ca.rac_model(n, 2, 3, layers=layers),
        st.integers(2, 12),
        st.integers(1, 2),
    ),
}


def floats(circuit, seed, reach, zeros):
    """Non-negative float weights and inputs (batch of 2), sizes exp(±reach)."""
    draw = np.random.default_rng(seed)

    def table(shape):
        return np.exp(draw.uniform(-reach, reach, shape)) * (draw.random(shape) >= zeros)

    weights = {name: table(shape) for name, shape in circuit.parameters.items()}
    return weights, together([table((2, dim)) for dim in circuit.dims])


def true_value(circuit, weights, x, sample):
    """The first output at these floats: a ball of 300 bits."""
    return logarithms.values(circuit, weights, [table[sample] for table in apart(x)])[0]


def log_of(value):
    """Its logarithm; None for log 0."""
    with flint.ctx.workprec(300):
        return None if value == 0 else value.log()


def log_inputs(x):
    """What a SimNet takes."""
    with np.errstate(divide="ignore"):
        return together([np.log(table) for table in apart(x)])


def check(score, wanted, bound, size=math.inf):
    """The law: within the bound, and within 1e-12 of the size; −∞ exactly for log 0."""
    if wanted is None:
        if score != -math.inf:
            pytest.fail(f"log 0 is {score}")
        return
    off = abs(flint.arb(score) - wanted)
    if not off <= min(bound, 1e-12 * size):
        pytest.fail(f"{score} is not {wanted} within {bound}, or {1e-12 * size}")


@pytest.mark.soundness
@pytest.mark.parametrize("kind", NETWORKS)
@settings(max_examples=12)
@given(
    data=st.data(),
    seed=st.integers(0, 10**6),
    reach=st.sampled_from([0.0, 0.5, 4.0, 60.0, 300.0]),
    zeros=st.sampled_from([0.0, 0.0, 0.3]),
)
def test_simnets_give_the_logarithm_within_the_bound(kind, data, seed, reach, zeros):
    """simnet(log x) is log h(x) within the proved bound, and within 1e-12 of its size.

    The same for the circuit over the semiring of logarithms; exp of it is h(x) where that is a
    float; −∞ exactly where h(x) = 0. The SimNet with means, which the bound is not about, is within
    1e-12 of the size of its terms too.
    """
    circuit = data.draw(NETWORKS[kind])
    weights, x = floats(circuit, seed, reach, zeros)
    bound = float(ca.prove_log_space_error(circuit, *ca.log_ranges(weights, x)).statement.bound)
    found = [
        circuit.to_simnet(weights).evaluate(log_inputs(x))[:, 0],
        evaluate_over(circuit, weights, x, "log")[:, 0],
    ]
    with_means = circuit.to_simnet(weights, mean=True).evaluate(log_inputs(x))[:, 0]
    # Beyond exp(±4) per number, terms of any size may cancel to a log-score near 0.
    terms = reach * (len(circuit.dims) * 3 + 10) if reach > 4 else 0
    for sample in range(2):
        true = true_value(circuit, weights, x, sample)
        wanted = log_of(true)
        for score in (float(values[sample]) for values in found):
            check(score, wanted, bound, max(1, abs(score), terms))
            if -700 < score < 700:
                value = float(true)
                if not abs(math.exp(score) - value) <= value * (1.01 * bound + 1e-15):
                    pytest.fail(f"exp({score}) is not {value}")
        score = float(with_means[sample])
        check(score, wanted, math.inf, max(1, abs(score), terms))


@given(strategies.circuits(nonnegative=True, max_locations=4), st.integers(0, 10**6))
def test_the_reference_is_right(circuit, seed):
    """Small networks: the ball holds the value computed with fractions."""
    weights, x = floats(circuit, seed, 2.0, 0.2)
    value = outputs(circuit, weights, [table[0] for table in apart(x)], prime=None)[0]
    with flint.ctx.workprec(10_000):
        assert true_value(circuit, weights, x, 0).overlaps(logarithms.ball(value))


def test_a_score_outside_the_bound_is_caught():
    """Twice the bound away, or −∞ where something is left."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights, x = floats(circuit, 1, 1.0, 0.0)
    bound = float(ca.prove_log_space_error(circuit, *ca.log_ranges(weights, x)).statement.bound)
    wanted = log_of(true_value(circuit, weights, x, 0))
    near = float(wanted.mid())
    check(near, wanted, bound)
    for score in (near + 2 * bound, near - 2 * bound, -math.inf):
        with pytest.raises(pytest.fail.Exception):
            check(score, wanted, bound)
    with pytest.raises(pytest.fail.Exception):
        check(near, None, bound)


@pytest.mark.soundness
@settings(max_examples=30)
@given(
    circuit=strategies.circuits(
        kinds="tree", max_locations=7, max_dim=5, max_width=12, max_arity=4
    ),
    seed=st.integers(0, 10**6),
    reach=st.sampled_from([0.0, 1.0, 30.0, 280.0, 340.0, 354.0, 600.0, 5000.0]),
)
def test_given_logarithms_of_any_size(circuit, seed, reach):
    """Offsets that are no logarithms of floats: exp(±5000); underflow on all sides, zeros."""
    draw = np.random.default_rng(seed)
    ranges = ((-reach, 0), (-reach, reach))

    def table(shape, low, high):
        found = draw.choice([low, high, low / 2, draw.uniform(low, high)], shape)
        return np.where(draw.random(shape) < 0.2, -np.inf, found)

    offsets = {name: table(shape, *ranges[0]) for name, shape in circuit.parameters.items()}
    x = [table((1, dim), *ranges[1]) for dim in circuit.dims]
    given_ranges = [(Fraction(low), Fraction(high)) for low, high in ranges]
    bound = float(ca.prove_log_space_error(circuit, *given_ranges, "allowed").statement.bound)
    simnet = circuit.to_simnet()
    exact = {name: list(map(balls, rows)) for name, rows in offsets.items()}
    wanted = logarithms.simnet(simnet, exact, [balls(rows[0]) for rows in x])[0]
    check(float(simnet.evaluate(x, offsets)[0, 0]), wanted, bound)


def balls(row):
    """Given logarithms as the exact numbers that they are; −∞ is log 0."""
    return [None if number == -math.inf else logarithms.ball(number) for number in row.tolist()]


def long_fraction(bits, value, seed):
    """A Fraction of so many binary digits near a value; Euclid's algorithm is short for it."""
    draw = np.random.default_rng(seed)
    below = int.from_bytes(draw.bytes(bits // 8), "big") | 1 << (bits - 1)
    near = value.numerator * below + int.from_bytes(draw.bytes(7), "big")
    return Fraction(near, value.denominator * below)


LONG_VALUES = [
    Fraction(1),
    Fraction(2) ** 950,
    1 / Fraction(2) ** 950,
    Fraction(2) ** 1000 / 3,
    Fraction(3, 7) ** 700,
    Fraction(3, 4),
    Fraction(3, 2),
    Fraction(2),
]


@pytest.mark.soundness
@settings(max_examples=8)
@given(
    bits=st.sampled_from([100, 3000, 200_000, 2_000_000]),
    values=st.lists(st.sampled_from(LONG_VALUES), min_size=5, max_size=5),
    seed=st.integers(0, 10**6),
)
@example(bits=200_000, values=LONG_VALUES[1:2] * 5, seed=0)
@example(bits=2_000_000, values=LONG_VALUES[1:2] * 3 + LONG_VALUES[2:3] * 2, seed=1)
def test_long_fractions_keep_the_bound(bits, values, seed):
    """Weights and inputs of up to 2,000,000 binary digits, near 1, near powers of two, far away.

    Logarithms of numerator and denominator, each rounded, miss the bound by a factor of 40.
    """
    circuit = ca.cp_model(2, 1, 1)
    numbers = [long_fraction(bits, value, seed + i) for i, value in enumerate(values)]
    weights = {
        name: np.array([[number]], dtype=object)
        for name, number in zip(circuit.parameters, numbers, strict=False)
    }
    x = np.array(numbers[3:], dtype=object).reshape(1, 2, 1)
    bound = ca.prove_log_space_error(circuit, *ca.log_ranges(weights, x)).statement.bound
    wanted = log_of(logarithms.values(circuit, weights, [numbers[3:4], numbers[4:]])[0])
    scores = [evaluate_over(circuit, weights, x, "log")[0, 0]]
    offsets = {name: rounded_logarithms(table, name) for name, table in weights.items()}
    scores.append(circuit.to_simnet().evaluate(rounded_logarithms(x, "x"), offsets)[0, 0])
    sign, logs = ca.log_sign_evaluate(circuit, weights, x)
    scores.append(sign[0, 0] * logs[0, 0])
    for score in scores:
        if not abs(flint.arb(float(score)) - wanted) <= float(bound):
            pytest.fail(f"{score} is not {wanted} within {float(bound)}")
