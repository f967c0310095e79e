"""Log-scores by enclosure: true intervals that kernel and checker accept, and false neighbours."""

import random
from fractions import Fraction

import brute
import flint
import numpy as np
import pytest
from batches import apart
from certificates.alter import both_accept, both_refuse, put
from hypothesis import given, settings
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.circuit.node import Node
from circuitalg.edge import exact_weights
from circuitalg.errors import NotProved, RuleError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.score import Enclosure, enclosed_output


def exact(circuit, weights, x, output=0):
    """The output's value in rational numbers."""
    inputs = [np.array([row], dtype=object) for row in x]
    return Fraction(circuit.evaluate(weights, inputs)[0, output])


def numbers(circuit, seed, low=-9):
    """Rational weights and one input, zeros and signs included."""
    draw = random.Random(seed)

    def row(count):
        return [Fraction(draw.randint(low, 9), draw.randint(1, 7)) for _ in range(count)]

    weights = {}
    for name, (rows, columns) in circuit.parameters.items():
        weights[name] = np.empty((rows, columns), dtype=object)
        weights[name][...] = [row(columns) for _ in range(rows)]
    return weights, [row(dim) for dim in circuit.dims]


def log_ends(value, bits=400):
    """Rational numbers around log |value|, by FLINT."""
    with flint.ctx.workprec(bits + 60):
        ball = flint.arb(flint.fmpq(abs(value.numerator), value.denominator)).log()
        ends = [end.man_exp() for end in (ball.lower(), ball.upper())]
    return [Fraction(int(m)) * Fraction(2) ** int(e) for m, e in ends]


def small():
    """A network of four locations, its weights, an input, and the value there."""
    circuit = ca.ht_model(4, 2, [2, 3])
    weights, x = numbers(circuit, 3)
    return circuit, weights, x, exact(circuit, weights, x)


@pytest.mark.soundness
@given(strategies.circuits(max_outputs=2), st.sampled_from([1, 3, 40]), st.data())
def test_enclosures_hold_the_exact_value(circuit, bits, data):
    """At any number of digits; and they have no more than they say."""
    weights = data.draw(strategies.weights(circuit, "rational"))
    x = [table[0] for table in apart(data.draw(strategies.inputs(circuit, "rational", batch=1)))]
    checked = exact_weights(circuit, weights)
    found = enclosed_output(circuit, checked, tuple(map(tuple, x)), 0, bits)
    value = brute.outputs(circuit, weights, x, prime=None)[0]
    with flint.ctx.workprec(400):
        if not found.overlaps(flint.arb(flint.fmpq(value.numerator, value.denominator))):
            pytest.fail(f"{value} is outside")
    if int(found.mid().man_exp()[0]).bit_length() > bits + 32:
        pytest.fail("more digits than asked for")


@pytest.mark.soundness
def test_the_kernel_and_the_checker_accept_the_same_intervals(tmp_path):
    """Around the true value by 2^-100 yes, beside it by as much no; the kernel for each reason."""
    circuit, given_weights, x, value = small()
    weights = exact_weights(circuit, given_weights)
    sign = 1 if value > 0 else -1
    low, high = log_ends(value)
    near = Fraction(1, 1 << 100)
    theorem = rules.log_score(circuit, weights, x, 0, sign, low - near, high + near, Enclosure(128))
    both_accept(theorem, tmp_path)
    for ends, reason in (
        ((low + near, high + 1), r"at least exp\(low\)"),
        ((low - 1, high - near), r"at most exp\(high\)"),
        ((high + 1, low - 1), "at least"),
    ):
        with pytest.raises(RuleError, match=reason):
            rules.log_score(circuit, weights, x, 0, sign, *ends, Enclosure(128))
        shown = [f"{end.numerator}/{end.denominator}" for end in ends]
        both_refuse(theorem, put("st/low", shown[0], "st/high", shown[1]), tmp_path)
    with pytest.raises(RuleError, match="sign"):
        rules.log_score(circuit, weights, x, 0, -sign, low - near, high + near, Enclosure(128))
    with pytest.raises(RuleError, match="at least"):
        rules.log_score(circuit, weights, x, 0, sign, low - near, high + near, Enclosure(8))


@pytest.mark.soundness
def test_floats_are_the_rationals_that_they_are(tmp_path):
    """0.1 is a dyadic number, and its logarithm is not that of 1/10."""
    circuit = ca.cp_model(2, 1, 1)
    weights = {name: np.array([[0.1]]) for name in circuit.parameters}
    theorem = ca.prove_log_score(circuit, weights, [[1.0], [2]])
    value = Fraction(0.1) ** len(weights) * 2
    low, high = log_ends(value)
    if not theorem.statement.low <= low <= high <= theorem.statement.high:
        pytest.fail("not the exact float")
    tenth, _ = log_ends(Fraction(1, 10) ** len(weights) * 2)
    if theorem.statement.low <= tenth <= theorem.statement.high:
        pytest.fail("the decimal number is not what was given")
    both_accept(theorem, tmp_path)
    for bad in (float("nan"), float("inf"), "1", None, 1j):
        with pytest.raises(WeightError, match=r"finite floats|not a number"):
            ca.prove_log_score(circuit, weights, [[bad], [2]])


@pytest.mark.soundness
def test_more_bits_where_terms_cancel():
    """1 + 2^-200 − 1: with few digits no sign is shown, with 300 it is."""
    circuit = ca.cp_model(2, 3, 1)
    ones = {name: [[1] * columns] * rows for name, (rows, columns) in circuit.parameters.items()}
    tiny = Fraction(1, 1 << 200)
    x = [[1 + tiny, -1, 0], [1, 0, 0]]
    with pytest.raises(NotProved, match="give more bits"):
        ca.prove_log_score(circuit, ones, x, bits=100)
    theorem = ca.prove_log_score(circuit, ones, x, bits=300)
    low, high = log_ends(tiny)
    if theorem.statement.sign != 1 or not theorem.statement.low <= low <= high:
        pytest.fail("a wrong interval")
    with pytest.raises(NotProved, match="is 0, which has no logarithm"):
        ca.prove_log_score(circuit, ones, [[1, -1, 0], [1, 0, 0]], bits=300)


@given(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
@settings(max_examples=30)
def test_values_of_any_size(first, second):
    """exp(±100,000) times exp(±100,000), as products of dyadic numbers."""
    circuit = ca.cp_model(2, 1, 1)
    weights = {name: [[1]] for name in circuit.parameters}
    x = [[Fraction(2) ** round(first)], [Fraction(2) ** round(second)]]
    said = ca.prove_log_score(circuit, weights, x, bits=64).statement
    assert abs(float(said.low) - (round(first) + round(second)) * np.log(2)) < 1e-6


def test_what_the_statement_says():
    """Sentence, summary, grade and how it was proved."""
    circuit, weights, x, value = small()
    theorem = ca.prove_log_score(circuit, weights, x)
    assert theorem.grade == "certified bound"
    assert theorem.tactics == "enclosure, 128 bits"
    assert "rounded outward" in theorem.explain()
    assert theorem.sources() == ()
    assert ("positive" if value > 0 else "negative") in str(theorem)
    assert f"{np.log(abs(float(value))):.12g} +- 2^-127" in theorem.statement.summary
    assert "Verified: LogScore" in str(theorem.check())


def large_product():
    """50,000,000 products and more."""
    nodes = [Node("x", "input", 1, 0)]
    nodes += [Node(f"c{i}", "constant", 10**6) for i in range(60)]
    nodes.append(Node("p", "product", 10**6, None, tuple(range(1, 61))))
    nodes.append(Node("s", "sum", 1, None, (0, 61), (((1,),), ((1,) * 10**6,))))
    return ca.Circuit.from_nodes(nodes)


@pytest.mark.soundness
def test_work_beyond_the_limit_is_refused_at_once():
    """The products are counted before any of them is taken."""
    with pytest.raises(RuleError, match=r"61,000,001"):
        ca.prove_log_score(large_product(), {}, [[1]])


def test_values_out_of_range_are_refused():
    """Squared again and again, a value leaves the exponents' range: a refusal, no huge number."""
    nodes = [Node("x", "input", 1, 0), Node("s0", "sum", 1, None, (0,), ("a",))]
    for i in range(50):
        nodes.append(Node(f"t{i}", "sum", 1, None, (len(nodes) - 1,), (((1,),),)))
        nodes.append(Node(f"p{i}", "product", 1, None, (len(nodes) - 2, len(nodes) - 1)))
    circuit = ca.Circuit.from_nodes(nodes)
    with pytest.raises(RuleError, match="out of range"):
        ca.prove_log_score(circuit, {"a": [[Fraction(1, 2)]]}, [[1]])
