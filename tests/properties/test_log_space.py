"""Accuracy in log-space: SimNets against exact values, within the bound that is proved."""

import math
import random
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_circuits import TIES, mixture, tree

import circuitalg as ca
from circuitalg.kernel.logspace.score import enclosed_output
from circuitalg.logspace.logarithms import logarithms
from circuitalg.logspace.semirings import evaluate_over


def networks(seed):
    """One network of each kind, up to 64 locations, shared or not."""
    draw = random.Random(seed)
    shared = draw.random() < 0.5
    levels = draw.randint(1, 6)
    return {
        "tree": tree(draw, draw.randint(2, 24), ties=draw.choice(TIES), one_dim=False),
        "mixture": mixture(draw, draw.randint(2, 9)),
        "shallow": ca.cp_model(draw.randint(2, 64), draw.randint(1, 4), 5, shared=shared),
        "deep": ca.ht_model(
            2**levels, 3, [draw.randint(1, 6) for _ in range(levels)], shared=shared
        ),
        "truncated": ca.ht_model(64, 2, [4] * draw.randint(1, 3), shared=shared),
        "train": ca.tt_model(draw.randint(2, 64), draw.randint(1, 3), draw.randint(1, 4)),
        "recurrent": ca.rac_model(draw.randint(2, 12), 2, 3, layers=draw.randint(1, 2)),
    }


KINDS = list(networks(0))


def floats(circuit, seed, reach, zeros):
    """Non-negative float weights and inputs (batch of 2), sizes exp(±reach)."""
    draw = np.random.default_rng(seed)

    def table(shape):
        return np.exp(draw.uniform(-reach, reach, shape)) * (draw.random(shape) >= zeros)

    weights = {name: table(shape) for name, shape in circuit.parameters.items()}
    return weights, joined([table((2, dim)) for dim in circuit.dims])


def joined(tables):
    """One array (batch, locations, dim) where dimensions are equal, else one by location."""
    equal = len({table.shape for table in tables}) == 1
    return np.stack(tables, axis=1) if equal else tables


def by_location(x):
    """The arrays (batch, M_i)."""
    return list(np.moveaxis(x, 1, 0)) if isinstance(x, np.ndarray) else x


def true_value(circuit, weights, x, sample):
    """The first output at these floats: a ball of 160 digits and more."""
    exact = {
        name: tuple(tuple(map(Fraction, row)) for row in w.tolist()) for name, w in weights.items()
    }
    rows = tuple(tuple(map(Fraction, table[sample].tolist())) for table in by_location(x))
    return enclosed_output(circuit, exact, rows, 0, 160)


def log_of(value):
    """Its logarithm; None for log 0."""
    with flint.ctx.workprec(300):
        return None if value == 0 else value.log()


def log_inputs(x):
    """What a SimNet takes."""
    with np.errstate(divide="ignore"):
        return joined([np.log(table) for table in by_location(x)])


@pytest.mark.soundness
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    reach=st.sampled_from([0.0, 0.5, 4.0, 60.0, 300.0]),
    zeros=st.sampled_from([0.0, 0.0, 0.3]),
)
def test_simnets_give_the_logarithm_within_the_bound(kind, seed, reach, zeros):
    """simnet(log x) is log h(x) within the proved bound, and within 1e-12 of its size.

    The same for the circuit over the semiring of logarithms; exp of it is h(x) where that is a
    float; −∞ exactly where h(x) = 0. The SimNet with means, which the bound is not about, is within
    1e-12 of the size of its terms too.
    """
    circuit = networks(seed)[kind]
    weights, x = floats(circuit, seed, reach, zeros)
    bound = float(ca.prove_log_space_error(circuit, *ca.log_ranges(weights, x)).statement.bound)
    with_means = circuit.to_simnet(weights, mean=True)
    found = [
        circuit.to_simnet(weights).evaluate(log_inputs(x))[:, 0],
        evaluate_over(circuit, weights, x, "log")[:, 0],
        with_means.evaluate(log_inputs(x))[:, 0],
    ]
    # Beyond exp(±4) per number, terms of any size may cancel to a log-score near 0.
    terms = reach * (len(circuit.dims) * 3 + 10) if reach > 4 else 0
    for sample in range(2):
        true = true_value(circuit, weights, x, sample)
        wanted = log_of(true)
        for number, values in enumerate(found):
            score = float(values[sample])
            if wanted is None:
                if score != -math.inf:
                    pytest.fail(f"log 0 is {score}")
                continue
            off = abs(flint.arb(score) - wanted)
            if not off <= 1e-12 * max(1, abs(score), terms):
                pytest.fail(f"{score} is not {wanted}")
            if number < 2 and not off <= bound:
                pytest.fail(f"{score} is not {wanted} within {bound}")
            if number < 2 and -700 < score < 700:
                value = float(true)
                if not abs(math.exp(score) - value) <= value * (1.01 * bound + 1e-15):
                    pytest.fail(f"exp({score}) is not {value}")


@pytest.mark.soundness
@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_is_right(kind):
    """Small networks: the interval holds the value computed with fractions."""
    for seed in range(6):
        circuit = networks(seed)[kind]
        if circuit.num_locations > 16:
            continue
        weights, x = floats(circuit, seed, 2.0, 0.2)
        exact = {name: np.vectorize(Fraction, otypes=[object])(w) for name, w in weights.items()}
        tables = [np.vectorize(Fraction, otypes=[object])(table) for table in by_location(x)]
        values = circuit.evaluate(exact, joined(tables))[:, 0]
        for sample in range(2):
            value = flint.fmpq(values[sample].numerator, values[sample].denominator)
            with flint.ctx.workprec(10_000):
                if not true_value(circuit, weights, x, sample).overlaps(flint.arb(value)):
                    pytest.fail(f"{kind}, seed {seed}")


@pytest.mark.soundness
@settings(max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    reach=st.sampled_from([0.0, 1.0, 30.0, 280.0, 340.0, 354.0, 600.0, 5000.0]),
)
def test_given_logarithms_of_any_size(seed, reach):
    """Offsets that are no logarithms of floats: exp(±5000); underflow on all sides, zeros."""
    draw = np.random.default_rng(seed)
    circuit = tree(random.Random(seed), 1 + seed % 6 + 1, max_width=12)
    ranges = ((-reach, 0), (-reach, reach))

    def table(shape, low, high):
        found = draw.choice([low, high, low / 2, draw.uniform(low, high)], shape)
        return np.where(draw.random(shape) < 0.2, -np.inf, found)

    offsets = {name: table(shape, *ranges[0]) for name, shape in circuit.parameters.items()}
    x = [table((1, dim), *ranges[1]) for dim in circuit.dims]
    given_ranges = [(Fraction(low), Fraction(high)) for low, high in ranges]
    bound = float(ca.prove_log_space_error(circuit, *given_ranges, "allowed").statement.bound)
    score = float(circuit.to_simnet().evaluate(x, offsets)[0, 0])
    wanted = balls(circuit, offsets, [row[0] for row in x])
    if wanted is None:
        if score != -math.inf:
            pytest.fail(f"log 0 is {score}")
    elif not abs(flint.arb(score) - wanted) <= bound:
        pytest.fail(f"{score} is not {wanted} within {bound}")


def long_fraction(bits, value, seed):
    """A Fraction of so many binary digits near a value; Euclid's algorithm is short for it."""
    draw = random.Random(seed)
    below = draw.getrandbits(bits) | 1 << (bits - 1)
    near = value.numerator * below + draw.getrandbits(60)
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
    exact = {name: ((table[0, 0],),) for name, table in weights.items()}
    wanted = log_of(enclosed_output(circuit, exact, ((numbers[3],), (numbers[4],)), 0, 160))
    scores = [evaluate_over(circuit, weights, x, "log")[0, 0]]
    offsets = {name: logarithms(table, name) for name, table in weights.items()}
    scores.append(circuit.to_simnet().evaluate(logarithms(x, "x"), offsets)[0, 0])
    sign, logs = ca.log_sign_evaluate(circuit, weights, x)
    scores.append(sign[0, 0] * logs[0, 0])
    for score in scores:
        if not abs(flint.arb(float(score)) - wanted) <= float(bound):
            pytest.fail(f"{score} is not {wanted} within {float(bound)}")


def balls(circuit, offsets, x):
    """The output's logarithm by ball arithmetic, None for log 0."""

    def log_sum(terms):
        there = [a + b for a, b in terms if a is not None and b is not None]
        return sum((t.exp() for t in there), flint.arb(0)).log() if there else None

    def ball(number):
        return None if number == -math.inf else flint.arb(number)

    values = []
    with flint.ctx.workprec(300):
        for node in circuit.nodes:
            below = [values[child] for child in node.children]
            if node.location is not None:
                values.append([ball(number) for number in x[node.location].tolist()])
            elif node.kind == "product":
                channels = zip(*below, strict=True)
                values.append([None if None in c else sum(c, flint.arb(0)) for c in channels])
            else:
                table = np.concatenate([offsets[name] for name in node.matrices], axis=1).tolist()
                column = [c for child in below for c in child]
                rows = [list(map(ball, row)) for row in table]
                values.append([log_sum(zip(row, column, strict=True)) for row in rows])
    return values[-1][0]
