"""Log-space and other semirings by layers: against exact numbers, and term by term."""

import math
from fractions import Fraction

import numpy as np
import pytest
from batches import apart, together
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.circuit.node import Node
from circuitalg.errors import WeightError
from circuitalg.logspace.mex import mex
from circuitalg.logspace.products import LogMatrix, pairwise_sum
from circuitalg.logspace.semirings import SEMIRINGS, evaluate_over
from circuitalg.logspace.simnet import SimNet, SimNode
from circuitalg.tensor import workspace as room

seeds = st.integers(0, 10**6)
cuts = st.sampled_from([(1, 1), (9, 2), (40, 3), (2**18, 128)])
INF = math.inf


CIRCUITS = strategies.circuits(
    min_locations=1, max_locations=7, max_width=4, max_outputs=2, fixed=False
) | strategies.circuits(kinds="tt", max_locations=6)
"""Circuits of any kind whose fixed matrices, if any, are not negative."""


def natural(circuit, batch, seed, zeros=0.25):
    """Weights and inputs of small natural numbers, some 0."""
    draw = np.random.default_rng(seed)

    def table(shape):
        return draw.integers(1, 6, shape) * (draw.random(shape) > zeros)

    weights = {name: table(shape) for name, shape in circuit.parameters.items()}
    return weights, together([table((batch, dim)) for dim in circuit.dims])


@given(
    circuit=CIRCUITS,
    seed=seeds,
    batch=st.integers(0, 6),
    cut=cuts,
    threads=st.sampled_from(["1", "2"]),
)
def test_log_scores_are_logarithms_of_exact_values(circuit, seed, batch, cut, threads):
    """Any circuit, batch, cut and number of threads, -inf exactly where the value is 0."""
    weights, x = natural(circuit, batch, seed)
    exact = circuit.evaluate(weights, x)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "CACHED", cut)
        patch.setenv("OMP_NUM_THREADS", threads)
        found = evaluate_over(circuit, weights, x, "log")
    assert found.shape == exact.shape
    for place, value in np.ndenumerate(exact):
        if value == 0:
            assert found[place] == -INF
        else:
            assert abs(found[place] - math.log(value)) <= 1e-12 * (1 + abs(math.log(value)))


@given(circuit=CIRCUITS, seed=seeds, batch=st.integers(0, 5), cut=cuts)
def test_every_semiring_is_that_of_the_nodes_one_by_one(circuit, seed, batch, cut):
    """Exact counts, supports, best and least terms, for any circuit and cut."""
    weights, x = natural(circuit, batch, seed)
    for name in ("real", "max-plus", "min-plus", "boolean", "counting"):
        semiring = SEMIRINGS[name]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(room, "CACHED", cut)
            found = evaluate_over(circuit, weights, x, name)
        expected = one_by_one(circuit, weights, apart(x), semiring)
        assert found.shape == expected.shape
        if name in {"boolean", "counting"}:
            assert found.tolist() == expected.tolist()
        else:
            assert np.allclose(found, expected, rtol=1e-12)


def one_by_one(circuit, weights, x, semiring):
    """The definition: node by node, row by row."""
    values = []
    for node in circuit.nodes:
        if node.location is not None:
            value = semiring.lift(x[node.location]).T
        elif node.kind == "constant":
            value = np.full((node.width, len(x[0])), semiring.one, dtype=semiring.dtype)
        elif node.kind == "product":
            value = values[node.children[0]]
            for child in node.children[1:]:
                value = semiring.times(value, values[child])
        else:
            rows = []
            for row in range(node.width):
                terms = []
                for label, child in zip(node.matrices, node.children, strict=True):
                    matrix = weights[label] if isinstance(label, str) else label
                    lifted = semiring.lift(np.array(matrix, dtype=object)[row])
                    terms.append(semiring.times(lifted[:, None], values[child]))
                rows.append(semiring.plus(np.concatenate(terms)))
            value = np.stack(rows)
        values.append(value)
    return values[-1].T


def extreme(draw, shape, spread, offset, special):
    """Logarithms far apart, with -inf, and +inf where asked for."""
    logs = draw.normal(size=shape) * spread + offset
    logs[draw.random(shape) < 0.3] = -INF
    if special:
        logs[draw.random(shape) < 0.1] = INF
    return logs


@given(
    seed=seeds,
    spread=st.sampled_from([1.0, 300.0, 2000.0]),
    offset=st.sampled_from([0.0, 1e300, -1e300]),
    special=st.booleans(),
    tied=st.booleans(),
    batch=st.integers(0, 20),
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_log_products_are_those_term_by_term(seed, spread, offset, special, tied, batch):
    """-inf rows and columns, offsets of 1e300, +inf (NaN where +inf meets -inf), one matrix for
    all positions or one for each.
    """
    draw = np.random.default_rng(seed)
    logs = extreme(draw, (3, 4) if tied else (5, 3, 4), spread, offset, special)
    values = extreme(draw, (5, 4, batch), spread, -offset, special)
    logs[..., 1, :] = -INF
    values[2] = -INF
    values[3, :, ::2] = -INF
    before = values.copy()
    terms = logs[..., :, :, None] + values[:, None, :, :]
    expected = mex(terms, 1, axis=2, mean=False)
    found = LogMatrix(logs).times(values)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    infinite = np.isinf(expected)
    assert np.array_equal(found[infinite], expected[infinite])
    finite = np.isfinite(expected)
    scale = 1 + np.abs(expected[finite]) + spread + abs(offset)
    assert (np.abs(found[finite] - expected[finite]) <= 1e-14 * scale).all()
    assert np.array_equal(values, before)


def test_an_infinite_column_leaves_its_neighbours_alone():
    """+inf in one input of a batch: the other scores are the same as without it."""
    circuit = ca.ht_model(4, 3, [3, 2])
    weights = {name: w + 1 for name, w in circuit.random_weights(0, "nonnegative").items()}
    net = circuit.to_simnet(weights)
    x = np.random.default_rng(0).normal(size=(6, 4, 3))
    alone = net.evaluate(x)
    x[2, 1, 0] = INF
    found = net.evaluate(x)
    assert found[2, 0] == INF
    others = [0, 1, 3, 4, 5]
    assert np.array_equal(found[others], alone[others])


def test_sums_of_many_zeros_in_a_large_batch():
    """One-hot inputs and sparse weights: most sums are log 0, taken again together."""
    circuit = ca.ht_model(64, 8, [8] * 6)
    draw = np.random.default_rng(1)
    weights = {
        name: draw.integers(1, 4, shape) * (draw.random(shape) < 0.4)
        for name, shape in circuit.parameters.items()
    }
    x = np.eye(8, dtype=np.int64)[draw.integers(0, 8, (300, 64))]
    exact = circuit.evaluate(weights, x)
    found = evaluate_over(circuit, weights, x, "log")
    assert np.array_equal(np.isneginf(found), exact == 0)
    seen = exact != 0
    logs = [math.log(value) for value in exact[seen].tolist()]
    assert np.allclose(found[seen], logs, rtol=1e-12)


def test_the_cut_does_not_change_log_scores():
    """Pieces and segments of any size give the same logarithms up to the rounding of BLAS."""
    circuit = ca.ht_model(32, 5, [7, 6, 5, 4, 3], outputs=2)
    weights = {name: np.abs(w) for name, w in circuit.random_weights(3, "float").items()}
    x = np.random.default_rng(3).random((50, 32, 5))
    expected = evaluate_over(circuit, weights, x, "log")
    for cut in ((1, 1), (100, 3), (5000, 16), (2**20, 49)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(room, "CACHED", cut)
            found = evaluate_over(circuit, weights, x, "log")
        assert np.abs(found - expected).max() <= 1e-13 * np.abs(expected).max()


@given(
    circuit=CIRCUITS,
    few=st.permutations([1, 2, -1, Fraction(1, 3), INF, -INF]),
    seed=seeds,
    batch=st.integers(0, 4),
    cut=cuts,
)
def test_simnets_are_those_of_the_nodes_one_by_one(circuit, few, seed, batch, cut):
    """MEX with every kind of β, averaged or summed, several in one network."""
    draw = np.random.default_rng(seed)
    choices = draw.integers(0, 2, (len(circuit.nodes), 2)).tolist()
    nodes = [
        SimNode(n.name, "mex", n.width, None, n.children, n.matrices, few[which], bool(mean))
        if n.kind == "sum"
        else SimNode(
            n.name, "pool" if n.kind == "product" else n.kind, n.width, n.location, n.children
        )
        for n, (which, mean) in zip(circuit.nodes, choices, strict=True)
    ]
    net = SimNet(nodes)
    offsets = {name: draw.normal(size=shape) for name, shape in net.parameters.items()}
    x = together([draw.normal(size=(batch, dim)) for dim in net.dims])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "CACHED", cut)
        found = net.evaluate(x, offsets)
    assert found.shape == (batch, net.num_outputs)
    assert np.allclose(found, mex_one_by_one(net, offsets, apart(x)), rtol=1e-11, atol=1e-11)


def mex_one_by_one(net, offsets, x):
    """The definition of a SimNet."""
    values = []
    for node in net.nodes:
        below = [values[child] for child in node.children]
        if node.location is not None:
            value = x[node.location].T
        elif node.kind == "constant":
            value = np.zeros((node.width, len(x[0])))
        elif node.kind == "pool":
            value = sum(below[1:], start=below[0])
        else:
            beta = float(node.beta)
            tables = [
                offsets[label] if isinstance(label, str) else fixed(label, beta)
                for label in node.offsets
            ]
            terms = np.concatenate(tables, axis=1)[:, :, None] + np.concatenate(below)
            value = mex(terms, beta, axis=1, mean=node.mean or beta in {INF, -INF})
        values.append(value)
    return values[-1].T


def fixed(matrix, beta):
    """log(E)/β; at the limits 0 for what is there, and the worst value for what is not."""
    entries = np.array(matrix, dtype=float)
    if beta in {INF, -INF}:
        return np.where(entries > 0, 0.0, -beta)
    with np.errstate(divide="ignore"):
        return np.log(entries) / beta


def test_nodes_of_different_beta_are_not_taken_together():
    """Two MEX nodes with the same offsets and other β: the maximum, and log-sum-exp."""
    net = SimNet(
        [
            SimNode("x", "input", 2, 0),
            SimNode("soft", "mex", 1, None, (0,), ("b",), 1),
            SimNode("max", "mex", 1, None, (0,), ("b",), INF),
            SimNode("out", "pool", 1, None, (1, 2)),
        ],
        {"b": np.zeros((1, 2))},
    )
    found = net.evaluate(np.array([[[1.0, 3.0]]]))
    assert found[0, 0] == pytest.approx(3 + math.log(math.exp(1) + math.exp(3)))


def test_sums_in_rounds_of_neighbours():
    """((a + b) + (c + d)) + e, and the terms are left as they are."""
    terms = [np.full((1, 1, 1), value) for value in (1e16, 1.0, -1e16, 1.0, 0.5)]
    found = pairwise_sum(room.Room(float), terms)
    assert found[0, 0, 0] == ((1e16 + 1.0) + (-1e16 + 1.0)) + 0.5
    assert [term[0, 0, 0] for term in terms] == [1e16, 1.0, -1e16, 1.0, 0.5]


def test_negative_inputs_are_refused_in_every_piece():
    """A negative number in the last of several pieces, also beside NaN, has no logarithm."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights = circuit.random_weights(0, "nonnegative")
    x = np.ones((300, 4, 2))
    assert evaluate_over(circuit, weights, x, "log").shape == (300, 1)
    x[299, 3, 0], x[299, 3, 1] = np.nan, -1
    with pytest.raises(WeightError, match="no logarithm"):
        evaluate_over(circuit, weights, x, "log")


def test_a_chain_of_constants_and_a_single_sum():
    """The smallest circuits: one sum over one input; a product of an input with a constant."""
    one = ca.Circuit.from_nodes([Node("x", "input", 2, 0), Node("s", "sum", 1, None, (0,), ("w",))])
    weights = {"w": np.array([[1.0, 2.0]])}
    x = np.array([[[3.0, 4.0]]])
    assert evaluate_over(one, weights, x, "log")[0, 0] == pytest.approx(math.log(11))
    two = ca.Circuit.from_nodes(
        [
            Node("x", "input", 2, 0),
            Node("c", "constant", 2),
            Node("p", "product", 2, None, (0, 1)),
        ]
    )
    assert np.allclose(evaluate_over(two, {}, x, "log"), np.log([[3.0, 4.0]]))
    assert two.evaluate({}, x).tolist() == [[3.0, 4.0]]
