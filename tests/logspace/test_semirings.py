"""One graph over several semirings, against the terms written out."""

import itertools
import math

import numpy as np
import pytest
from batches import together
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.errors import WeightError
from circuitalg.logspace.mex import mex
from circuitalg.logspace.products import LogMatrix
from circuitalg.logspace.semirings import SEMIRINGS, Semiring, evaluate_over

MODELS = {
    "CP": ca.cp_model(3, 2, 3, outputs=2),
    "HT": ca.ht_model(4, 2, [2, 3]),
    "shared HT": ca.ht_model(4, [3] * 4, [2, 2], shared=True),
    "train": ca.tt_model(4, 2, 3),
    "recurrent": ca.rac_model(3, 2, 2, layers=2),
    "two dimensions": ca.cp_model(3, [2, 3, 1], 2),
}


def nonnegative(circuit, seed, zeros=0.3):
    """Weights and three inputs of small natural numbers, some of them 0."""
    draw = np.random.default_rng(seed)

    def table(shape):
        return draw.integers(1, 5, shape) * (draw.random(shape) > zeros)

    weights = {name: table(shape) for name, shape in circuit.parameters.items()}
    return weights, [table((3, dim)) for dim in circuit.dims]


def terms(circuit, weights, x):
    """All products that each output adds up, for each input, zeros left out: lists of numbers."""
    values = []
    for node in circuit.nodes:
        channels = []
        for row in range(node.width):
            if node.location is not None:
                found = [int(x[node.location][row])]
            elif node.kind == "constant":
                found = [1]
            elif node.kind == "product":
                parts = [values[child][row] for child in node.children]
                found = [math.prod(chosen) for chosen in itertools.product(*parts)]
            else:
                found = []
                for label, child in zip(node.matrices, node.children, strict=True):
                    matrix = weights[label] if isinstance(label, str) else label
                    for k, entry in enumerate(matrix[row]):
                        found += [int(entry) * term for term in values[child][k]]
            channels.append([term for term in found if term])
        values.append(channels)
    return values[-1]


@pytest.mark.parametrize("name", MODELS)
@given(seed=st.integers(0, 10**6))
def test_every_semiring_against_the_terms_written_out(name, seed):
    """Log-scores, largest and least terms, supports, exact sums."""
    circuit = MODELS[name]
    weights, inputs = nonnegative(circuit, seed)
    found = {kind: evaluate_over(circuit, weights, together(inputs), kind) for kind in SEMIRINGS}
    for place in range(3):
        listed = terms(circuit, weights, [table[place] for table in inputs])
        for output, each in enumerate(listed):
            total, here = sum(each), {kind: array[place, output] for kind, array in found.items()}
            assert here["counting"] == total
            assert here["real"] == pytest.approx(total)
            assert here["boolean"] == bool(each)
            assert here["log"] == pytest.approx(math.log(total) if total else -math.inf)
            best = math.log(max(each)) if each else -math.inf
            assert here["max-plus"] == pytest.approx(best)
            cheapest = -math.log(max(each)) if each else math.inf
            assert here["min-plus"] == pytest.approx(cheapest)


def test_counting_counts_terms_exactly_at_any_size():
    """All weights and inputs 1: Σ over channels, as integers of hundreds of digits."""
    circuit = ca.ht_model(256, 3, [2] * 8)
    ones = {name: np.ones(shape, dtype=int) for name, shape in circuit.parameters.items()}
    count = 3**256 * 2**255
    found = evaluate_over(circuit, ones, np.ones((1, 256, 3), dtype=int), "counting")
    assert found.tolist() == [[count]]


def test_log_scores_where_plain_numbers_die():
    """N = 4,096 locations of weights 1/4: the plain value is 0.0, its logarithm is right."""
    circuit = ca.ht_model(4096, 2, [2] * 12, shared=True)
    weights = {name: np.full(shape, 0.25) for name, shape in circuit.parameters.items()}
    x = np.full((1, 4096, 2), 0.5)
    assert float(evaluate_over(circuit, weights, x, "real")[0, 0]) == 0.0
    # Every sum of two equal channels times 1/4 halves: s = v/2, and products square.
    expected = math.log(0.5)
    for _ in range(12):
        expected = 2 * (expected - math.log(2))
    expected -= math.log(2)
    found = float(evaluate_over(circuit, weights, x, "log")[0, 0])
    assert abs(found - expected) <= 1e-12 * abs(expected)


@given(seed=st.integers(0, 10**6), spread=st.sampled_from([1.0, 50.0, 400.0, 2000.0]))
def test_sums_are_right_where_factors_underflow(seed, spread):
    """Logarithms of weights and inputs far apart: against the term by term sum of mex."""
    draw = np.random.default_rng(seed)
    logs = draw.normal(size=(3, 4)) * spread
    values = draw.normal(size=(4, 5)) * spread
    logs[draw.random(logs.shape) < 0.2] = -np.inf
    values[draw.random(values.shape) < 0.2] = -np.inf
    expected = mex(logs[:, :, None] + values[None], 1, axis=1, mean=False)
    found = LogMatrix(logs).times(values)
    assert np.array_equal(np.isneginf(found), np.isneginf(expected))
    finite = np.isfinite(expected)
    scale = 1 + np.abs(expected[finite]) + spread
    assert (np.abs(found[finite] - expected[finite]) <= 1e-14 * scale).all()


def test_one_of_your_own():
    """A semiring that is not in the table: (max, ×) of plain numbers."""
    larger = Semiring("max-times", float, 1.0, lambda a: a.max(axis=0), np.multiply, np.asarray)
    circuit = ca.cp_model(2, 2, 2)
    weights = {name: np.ones(shape) for name, shape in circuit.parameters.items()}
    found = evaluate_over(circuit, weights, np.array([[[1.0, 3.0], [2.0, 5.0]]]), larger)
    assert found.tolist() == [[15.0]]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("log", "no logarithm"), ("max-plus", "no logarithm"), ("counting", "natural numbers")],
)
def test_negative_numbers_are_refused(kind, reason):
    """The sentence says what to do."""
    circuit = ca.cp_model(2, 2, 1)
    weights = {name: -np.ones(shape, dtype=int) for name, shape in circuit.parameters.items()}
    with pytest.raises(WeightError, match=reason):
        evaluate_over(circuit, weights, np.ones((1, 2, 2), dtype=int), kind)


def test_unknown_semirings_and_wrong_shapes_are_refused():
    """The names that there are; the shape that is needed."""
    circuit = ca.cp_model(2, 2, 1)
    weights = {name: np.ones(shape) for name, shape in circuit.parameters.items()}
    with pytest.raises(WeightError, match="max-plus"):
        evaluate_over(circuit, weights, np.ones((1, 2, 2)), "tropical")
    with pytest.raises(WeightError, match="shape"):
        evaluate_over(circuit, weights, np.ones((1, 3, 2)), "log")
    with pytest.raises(WeightError, match="natural"):
        evaluate_over(circuit, weights, np.full((1, 2, 2), 0.5), "counting")


@pytest.mark.parametrize("semiring", SEMIRINGS)
def test_what_no_semiring_takes(semiring):
    """Complex numbers (but as a support), texts, None; for counts and supports NaN too."""
    circuit = ca.cp_model(2, 1, 1)
    ones = {name: np.ones((1, 1)) for name in circuit.parameters}
    bad = [np.array([["1"]]), np.array([[None]])]
    if semiring != "boolean":
        bad.append(np.array([[1j]]))
    if semiring in ("boolean", "counting"):
        bad.append(np.array([[np.nan]]))
    if semiring == "counting":
        bad += [np.array([[np.inf]]), np.array([[0.5]])]
    for table in bad:
        with pytest.raises(WeightError, match="number"):
            evaluate_over(circuit, ones | {"out": table}, np.ones((1, 2, 1)), semiring)
        with pytest.raises(WeightError, match="number"):
            evaluate_over(circuit, ones, np.stack([table, table], axis=1), semiring)
