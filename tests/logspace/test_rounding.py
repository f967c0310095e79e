"""Rounding in log-space: the bound of kernel and checker, its premises, and what violates it."""

from fractions import Fraction

import flint
import numpy as np
import pytest
from certificates.alter import both_accept, both_refuse, put
from certificates.logspace import two_sums
from hypothesis import given, settings
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.circuit.node import Node
from circuitalg.errors import ArgumentError, RuleError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.rounding import Rounding, rounding_error
from circuitalg.kernel.logspace.score import enclosed_output
from circuitalg.logspace.semirings import evaluate_over

U = Fraction(1, 1 << 53)
NEAR = Fraction(1, 1 << 100)
RANGES = [
    ((-1, 1), (-2, 0)),
    ((0, 0), (0, 0)),
    ((-50, Fraction(-1, 3)), (Fraction(1, 7), 60)),
    ((-900, 0), (-500, 500)),
    ((-300, 0), (-299, 0)),
    ((-100_000, 900_000), (-3000, 2000)),
]


def prove(circuit, ranges, zeros, bound):
    """The rule at a bound of one's own."""
    return rules.log_space_error(circuit, *ranges, zeros, bound, Rounding())


@pytest.mark.soundness
@given(
    strategies.circuits(max_locations=6),
    st.sampled_from(RANGES),
    st.sampled_from(["none", "allowed"]),
)
def test_kernel_and_checker_have_one_bound(tmp_path_factory, circuit, ranges, zeros):
    """On circuits of every kind: a trifle above it both accept, a trifle below it both refuse."""
    negative = any(
        entry < 0 or not any(map(any, matrix))
        for node in circuit.nodes
        for matrix in node.matrices
        if not isinstance(matrix, str)
        for row in matrix
        for entry in row
    )
    if negative:
        with pytest.raises(RuleError, match="negative"):
            rounding_error(circuit, *ranges, zeros)
        return
    folder = tmp_path_factory.mktemp("rounding")
    error = rounding_error(circuit, *ranges, zeros)
    both_accept(prove(circuit, ranges, zeros, error + NEAR), folder)
    less = error - NEAR
    if less < 0:
        return
    with pytest.raises(RuleError, match="more than the bound"):
        prove(circuit, ranges, zeros, less)
    theorem = ca.prove_log_space_error(circuit, *ranges, zeros)
    lower = put("st/bound", f"{less.numerator}/{less.denominator}")
    both_refuse(theorem, lower, folder)


@pytest.mark.soundness
def test_a_bound_by_hand():
    """Every number of the recurrences for one small network, written out."""
    ln2 = Fraction(6_931_472, 10**7)
    weights, inputs = (-3, 2), (-1, 4)
    lam, given = (8 * 3 + 2) * U, (8 * 4 + 2) * U  # λ of weights, of inputs

    # s: two channels. Exponents of a row up to 5, of a column up to 5.
    rho, delta = 5 + 2 * lam, 5 + 2 * given
    work = rho + delta + 16 + 6 + 9 * (rho + delta + ln2 + 1) + (3 + lam) + (6 + ln2 + lam + given)
    s = (-4, 6 + ln2, 5, lam + given + Fraction(105, 100) * U * work)

    # t: three channels, a zero among the entries 1, 3, 1/2: logarithms in [−2 ln2, 2 ln2].
    lam_t = (8 * 2 * ln2 + 2) * U
    rho, logs = 4 * ln2 + 2 * lam_t, 2 * ln2
    high = 2 * ln2 + 4 + logs
    work = rho + delta + 16 + 8 + 9 * (rho + delta + logs + 1) + (2 * ln2 + lam_t)
    work += high + lam_t + given
    t = (-2 * ln2 - 1, high, high + 2 * ln2 + 1, lam_t + given + Fraction(105, 100) * U * work)

    # p: three factors, two rounds of additions; the constant counts nothing.
    sizes = (s[1] + s[3]) + (t[1] + t[3])
    p = [x + y for x, y in zip(s, t, strict=True)]
    p[3] += Fraction(101, 100) * 2 * U * sizes

    # o: the product and the constant side by side, four channels.
    low, high = min(p[0], 0), max(p[1], 0)
    rho, delta, logs = 5 + 2 * lam, high - low + 2 * p[3], 2 * ln2
    work = rho + delta + 16 + 10 + 9 * (rho + delta + logs + 1) + (3 + lam)
    work += 2 + high + logs + lam + p[3]
    error = lam + p[3] + Fraction(105, 100) * U * work

    found = rounding_error(two_sums(), weights, inputs, "none")
    if not error <= found <= error + Fraction(1, 1 << 150):
        pytest.fail(f"{float(found)} is not {float(error)}")


@pytest.mark.soundness
def test_a_bound_one_unit_too_small(tmp_path):
    """The bound has three digits; one unit less in the last of them is refused by both."""
    circuit = ca.ht_model(16, 3, [3] * 4)
    theorem = ca.prove_log_space_error(circuit, (-5, 0), (-7, 1))
    both_accept(theorem, tmp_path)
    bound = theorem.statement.bound
    unit = Fraction(1)
    while unit * 100 > bound:
        unit /= 10
    if bound % unit or not 100 * unit <= bound < 1000 * unit:
        pytest.fail(f"{bound} has more than three digits")
    less = bound - unit
    both_refuse(theorem, put("st/bound", f"{less.numerator}/{less.denominator}"), tmp_path)


@pytest.mark.soundness
def test_zeros_are_part_of_the_statement(tmp_path):
    """Ranges of numbers with a zero say so; the bound without zeros is smaller, and not theirs."""
    circuit = ca.ht_model(8, 2, [2, 2, 2])
    weights = {name: np.ones(shape) for name, shape in circuit.parameters.items()}
    x = np.full((1, 8, 2), 0.25)
    assert ca.log_ranges(weights, x)[2] == "none"
    weights["a1.0"][0, 1] = 0
    given, inputs, zeros = ca.log_ranges(weights, x)
    assert zeros == "allowed"
    theorem = ca.prove_log_space_error(circuit, (-5, 0), (-400, 0))
    both_accept(theorem, tmp_path)
    both_refuse(theorem, put("st/zeros", "allowed"), tmp_path)
    allowed = ca.prove_log_space_error(circuit, (-5, 0), (-400, 0), "allowed").statement
    assert 2 * allowed.bound > 3 * theorem.statement.bound
    assert ca.prove_log_space_error(circuit, given, inputs, zeros)
    assert ca.log_ranges({}, [[0.0]]) == ((0, 0), (0, 0), "allowed")


def worst_case(circuit, ranges, seed, zeros=0.0):
    """Weights and inputs at both ends of ranges and between, as floats."""
    draw = np.random.default_rng(seed)

    def table(shape, low, high):
        low, high = np.exp([float(low) + 1e-12, float(high) - 1e-12])
        ends = draw.choice([low, high], shape)
        found = np.where(draw.random(shape) < 0.5, ends, draw.uniform(low, high, shape))
        return found * (draw.random(shape) >= zeros)

    weights = {name: table(shape, *ranges[0]) for name, shape in circuit.parameters.items()}
    return weights, [table((1, dim), *ranges[1]) for dim in circuit.dims]


def true_log(circuit, weights, x):
    """The log-score at these floats to 40 digits, or None for log 0."""
    exact = {
        name: tuple(tuple(map(Fraction, row)) for row in table.tolist())
        for name, table in weights.items()
    }
    rows = tuple(tuple(map(Fraction, table[0].tolist())) for table in x)
    value = enclosed_output(circuit, exact, rows, 0, 128)
    with flint.ctx.workprec(200):
        return value.log() if value > 0 else None


@pytest.mark.soundness
@pytest.mark.parametrize("zeros", [0.0, 0.3])
@pytest.mark.parametrize(
    "ranges", [((-3, 0), (-4, 0)), ((-340, 0), (-330, 0)), ((-9, 99), (-1, 1))]
)
@settings(max_examples=12)
@given(
    circuit=strategies.circuits(kinds=("tree", "mixture"), max_locations=9, fixed=False),
    seed=st.integers(0, 10**6),
)
def test_measured_errors_are_below_the_bound(ranges, zeros, circuit, seed):
    """On random networks: the difference from 40 digits; −∞ exactly where the output is 0."""
    word = "allowed" if zeros else "none"
    bound = ca.prove_log_space_error(circuit, *ranges, word).statement.bound
    weights, x = worst_case(circuit, ranges, seed, zeros)
    found = float(evaluate_over(circuit, weights, x, "log")[0, 0])
    wanted = true_log(circuit, weights, x)
    if wanted is None:
        if found != -np.inf:
            pytest.fail(f"log 0 is {found}")
    elif not abs(flint.arb(found) - wanted) <= float(bound):
        pytest.fail(f"{found} is not {wanted} within {float(bound)}")


def linear(circuit, weights, x):
    """The logarithm of the float64 result."""
    with np.errstate(divide="ignore", under="ignore"):
        return float(np.log(circuit.evaluate(weights, x)[0, 0]))


@pytest.mark.soundness
def test_another_way_of_evaluation_violates_the_bound():
    """Plain sums and products lose digits below 1e-308, and everything below 1e-324."""
    for locations, reason in ((64, "digits are lost"), (128, "all is lost")):
        circuit = ca.ht_model(locations, 2, [2] * (locations.bit_length() - 1))
        weights = {name: np.full(shape, 0.3) for name, shape in circuit.parameters.items()}
        x = np.full((1, locations, 2), 3.3e-5)
        ranges = ca.log_ranges(weights, x)
        bound = float(ca.prove_log_space_error(circuit, *ranges).statement.bound)
        wanted = true_log(circuit, weights, [x[:, i] for i in range(locations)])
        good = float(evaluate_over(circuit, weights, x, "log")[0, 0])
        if not abs(flint.arb(good) - wanted) <= bound:
            pytest.fail("the steps of the statement keep the bound")
        bad = linear(circuit, weights, x)
        if np.isfinite(bad) and abs(flint.arb(bad) - wanted) <= 1000 * bound:
            pytest.fail(f"{reason}: {bad} is {wanted} within {bound}")


@pytest.mark.soundness
def test_exp_and_log_are_as_good_as_the_bound_needs():
    """NumPy's on this machine: within 8 · 2^-53 of the value; underflow gives 0 to 2^-1020."""
    draw = np.random.default_rng(1)
    points = np.concatenate(
        [
            -draw.uniform(0, 708, 2000),
            -draw.uniform(0, 1, 500),
            -(10.0 ** -draw.uniform(0, 300, 300)),
        ]
    )
    sums = np.concatenate(
        [
            10.0 ** draw.uniform(-290, 6, 1500),
            1 + draw.uniform(-1e-3, 1e-3, 500),
            1 + draw.uniform(-1e-12, 1e-12, 200),
            5e-324 * draw.integers(1, 10**6, 100),
        ]
    )
    with flint.ctx.workprec(400):
        for given, found, name in ((points, np.exp(points), "exp"), (sums, np.log(sums), "log")):
            for a, b in zip(given.tolist(), found.tolist(), strict=True):
                exact = getattr(flint.arb(a), name)()
                if not abs(flint.arb(b) - exact) <= abs(exact) * flint.arb(8) / 2**53:
                    pytest.fail(f"{name}({a!r}) = {b!r}")
    small = np.exp(np.linspace(-1000, -708, 2000))
    assert (small >= 0).all()
    assert (small <= 2.0**-1020).all()
    assert np.exp(-np.inf) == 0
    assert np.log(1.0) == 0


def test_ranges_of_actual_numbers():
    """Outward, short, of positive numbers only; what float64 cannot hold is refused."""
    weights = {"a": np.array([[0.5, 1e-300]]), "b": np.array([[1, 7]])}
    given, inputs, zeros = ca.log_ranges(weights, [[Fraction(1, 3), 1]])
    for (low, high), (least, most) in ((given, (1e-300, 7)), (inputs, (1 / 3, 1))):
        assert float(low) <= np.log(least) <= float(low) + 0.0011
        assert float(high) - 0.0011 <= np.log(most) <= float(high)
    assert inputs[1] == 0
    assert zeros == "none"
    close = ca.log_ranges({}, [[1 + 2.0**-52, 1 - 2.0**-53]])[1]
    assert close[0] < 0 < close[1]
    assert ca.log_ranges({}, [np.array([5e-324])])[1][0] < -744
    for bad, reason in (
        (-1.0, "negative"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (Fraction(1, 10**310), "range of float64"),
        (10**400, "range of float64"),
    ):
        with pytest.raises(WeightError, match=reason):
            ca.log_ranges({}, [[bad]])


def test_what_the_statement_says():
    """Sentence, summary, grade and how it was proved."""
    theorem = ca.prove_log_space_error(two_sums(), (-3, 2), (-1, 4), "allowed")
    assert theorem.grade == "theorem"
    assert theorem.tactics == "rounding"
    assert "2^-53" in theorem.explain()
    assert "binary64" in theorem.sources()[0]
    assert "(or -infinity)" in str(theorem)
    assert f"{float(theorem.statement.bound):.3g}" in theorem.statement.summary
    assert "Verified: LogSpaceError" in str(theorem.check())


@pytest.mark.soundness
def test_what_the_rule_refuses():
    """Other proofs and numbers; logarithms and errors beyond the limits; a million channels."""
    circuit, ranges = two_sums(), ((-3, 2), (-1, 4))
    for bound, proof, reason in (
        (Fraction(1, 10), None, "Rounding alone"),
        (0.1, Rounding(), "Fraction alone"),
        (2, Rounding(), "between 0 and 1"),
        (-(10**400), Rounding(), "between 0 and 1"),
    ):
        with pytest.raises(RuleError, match=reason):
            rules.log_space_error(circuit, *ranges, "none", bound, proof)
    with pytest.raises(ArgumentError, match="exact numbers"):
        ca.prove_log_space_error(circuit, (-3.0, 2), (-1, 4))
    mutable = [-3, 2]
    theorem = ca.prove_log_space_error(circuit, mutable, (-1, 4))
    mutable[1] = 100
    if theorem.statement.log_weights != (-3, 2):
        pytest.fail("a theorem changed after it was proved")
    nodes = [Node("x", "input", 1, 0)]
    for i in range(30):
        nodes.append(Node(f"t{i}", "sum", 1, None, (len(nodes) - 1,), (((1,),),)))
        nodes.append(Node(f"p{i}", "product", 1, None, (len(nodes) - 2, len(nodes) - 1)))
    deep = ca.Circuit.from_nodes([*nodes, Node("o", "sum", 1, None, (60,), ("a",))])
    with pytest.raises(RuleError, match="error above"):
        ca.prove_log_space_error(deep, (0, 0), (0, 10**4))
    wide = [Node("x", "input", 6 * 10**5, 0), Node("c", "constant", 6 * 10**5)]
    many = ca.Circuit.from_nodes([*wide, Node("o", "sum", 1, None, (0, 1), ("a", "b"))])
    with pytest.raises(RuleError, match="1,200,000 channels"):
        ca.prove_log_space_error(many, (0, 0), (0, 0))
