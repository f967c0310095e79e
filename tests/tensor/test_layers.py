"""Evaluation by layers: the plan, and the values it gives on every kind of circuit."""

import tracemalloc

import array_api_strict
import numpy as np
import pytest
from batches import together
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.tensor import workspace as room
from circuitalg.tensor.evaluate import evaluate
from circuitalg.tensor.layers import segments, stages_of

seeds = st.integers(0, 10**6)
ANY = strategies.circuits(min_locations=1, max_outputs=2)
MODELS = {
    "CP": ca.cp_model(5, 3, 2, outputs=2),
    "HT": ca.ht_model(16, 2, [3, 2, 4, 2]),
    "shared HT": ca.ht_model(16, 2, [3, 2, 2, 2], shared=True),
    "mixed HT": ca.ht_model(8, 2, [3, 2, 2], shared=[True, False, True]),
    "truncated HT": ca.ht_model(27, 2, [3, 2], window=3),
    "train": ca.tt_model(7, 2, 3),
    "recurrent": ca.rac_model(6, 3, 2),
    "recurrent, repeated inputs": ca.rac_model(6, 3, 2, layers=3, outputs=2),
    "dimensions": ca.cp_model(4, [2, 3, 1, 2], 2),
}


def numbers(circuit, batch, seed):
    """Small integer inputs by location."""
    generator = np.random.default_rng(seed)
    return [generator.integers(-2, 3, (batch, dim)) for dim in circuit.dims]


def agree(found, exact):
    """Whether floats are those of exact integers or Fractions, up to rounding."""
    exact = exact.astype(float)
    assert found.shape == exact.shape
    scale = 1 + np.abs(exact).max(initial=0)
    assert np.allclose(found, exact, rtol=1e-9, atol=1e-11 * scale)


@given(
    circuit=ANY, seed=seeds, batch=st.integers(0, 5), channels=st.sampled_from([1, 3, 10, 10**6])
)
def test_a_plan_visits_every_node_once_and_children_first(circuit, seed, batch, channels):
    """Each node has one stage; a stage reads slots that are filled and not given up; at the end
    the output alone is held.
    """
    filled, visited = {}, []
    for stage in stages_of(circuit, channels):
        read = [
            [filled[p.slot][i] for p in parts for i in places(p.chosen, len(filled[p.slot]))]
            for parts in stage.children
        ]
        if stage.kind == "copy":
            assert read == [list(stage.nodes)]
        else:
            visited += stage.nodes
            wanted = [circuit.nodes[i].children for i in stage.nodes]
            assert read == [list(child) for child in zip(*wanted, strict=True)]
            shapes = {(circuit.nodes[i].kind, circuit.nodes[i].width) for i in stage.nodes}
            assert len(shapes) == 1
        if stage.beside is not None:
            assert stage.kind == "product"
            part = stage.beside
            found = [filled[part.slot][i] for i in places(part.chosen, len(filled[part.slot]))]
            assert found == [child for i in stage.nodes for child in circuit.nodes[i].children]
        if stage.tied:
            assert len({circuit.nodes[i].matrices for i in stage.nodes}) == 1
        filled[stage.slot] = stage.nodes
        for slot in stage.done:
            del filled[slot]
    assert sorted(visited) == list(range(len(circuit.nodes)))
    assert list(filled.values()) == [(len(circuit.nodes) - 1,)]


def places(chosen, count):
    """The positions of a part."""
    return range(count)[chosen] if isinstance(chosen, slice) else chosen


@given(circuit=ANY, seed=seeds, channels=st.integers(1, 30))
def test_segments_are_small_and_in_order(circuit, seed, channels):
    """Together the segments are all nodes, children first; several in one only if they fit."""
    pieces = list(segments(circuit.nodes, channels))
    seen = set()
    for piece in pieces:
        assert piece
        assert len(piece) == 1 or sum(circuit.nodes[i].width for i in piece) <= channels
        for i in piece:
            assert seen.issuperset(circuit.nodes[i].children)
            seen.add(i)
    assert seen == set(range(len(circuit.nodes)))


def test_a_level_of_a_regular_network_is_one_stage():
    """N = 256: an input stage, then a sum and a product for each of the 8 levels, and the top."""
    for shared in (False, True):
        circuit = ca.ht_model(256, 3, [4] * 8, shared=shared)
        stages = stages_of(circuit, 10**9)
        assert [stage.kind for stage in stages] == ["input", *["sum", "product"] * 8, "sum"]
        assert [len(stage.nodes) for stage in stages[1:-1:2]] == [
            256 >> level for level in range(8)
        ]
        assert all(stage.tied for stage in stages[1:-1:2]) == shared
        parts = [part for stage in stages for child in stage.children for part in child]
        assert all(isinstance(part.chosen, slice) for part in parts)
        assert all((stage.beside is not None) == (stage.kind == "product") for stage in stages)


def test_a_matrix_that_serves_few_of_many_nodes_is_stacked_with_the_others():
    """Sums with 5 matrices over 8 locations are one stage; with one for all, one stage; with two
    shared by four each, two.
    """
    for count, expected in ((5, 1), (1, 1), (2, 2)):
        builder = ca.CircuitBuilder(locations=8, dim=2)
        sums = [builder.sum(builder.input(i), width=2, parameter=f"w{i % count}") for i in range(8)]
        circuit = builder.build(builder.sum(builder.product(*sums), width=1))
        first = [s for s in stages_of(circuit, 10**6) if s.kind == "sum"][:-1]
        assert len(first) == expected
        w = circuit.random_weights(0)
        x = numbers(circuit, 4, 0)
        agree(
            evaluate(circuit, w, together([table.astype(float) for table in x])),
            evaluate(circuit, w, together(x)),
        )


@given(
    circuit=ANY,
    seed=seeds,
    batch=st.integers(0, 9),
    cut=st.sampled_from([(1, 1), (8, 2), (30, 4), (2**18, 128)]),
    threads=st.sampled_from(["1", "2"]),
)
def test_floats_are_the_exact_values(circuit, seed, batch, cut, threads):
    """Any circuit, batch, cut and number of threads: the value over the rationals, rounded."""
    weights, x = circuit.random_weights(seed), numbers(circuit, batch, seed)
    exact = evaluate(circuit, weights, together(x))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "CACHED", cut)
        patch.setenv("OMP_NUM_THREADS", threads)
        agree(evaluate(circuit, weights, together([table.astype(float) for table in x])), exact)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("batch", [0, 1, 2, 127, 128, 129, 300])
def test_models_at_the_ends_of_pieces(name, batch):
    """Batches around the length of a piece, for every model, with small integers: exact sums."""
    circuit = MODELS[name]
    weights, x = circuit.random_weights(1), numbers(circuit, batch, 1)
    found = evaluate(circuit, weights, together([table.astype(float) for table in x]))
    agree(found, evaluate(circuit, weights, together(x)))


def test_the_cut_does_not_change_values():
    """Pieces and segments of any size give the same floats up to the rounding of BLAS."""
    circuit = ca.ht_model(32, 5, [7, 6, 5, 4, 3], outputs=2)
    weights = circuit.random_weights(3, "float")
    x = np.random.default_rng(3).standard_normal((50, 32, 5))
    expected = evaluate(circuit, weights, x)
    for cut in ((1, 1), (100, 3), (5000, 16), (2**20, 49)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(room, "CACHED", cut)
            found = evaluate(circuit, weights, x)
        assert np.abs(found - expected).max() <= 1e-13 * np.abs(expected).max()


def test_inputs_of_any_memory_layout():
    """Strided, reversed, transposed and broadcast inputs have the values of their copies."""
    circuit = ca.ht_model(8, 3, [4, 3, 2])
    weights = circuit.random_weights(0, "float")
    base = np.random.default_rng(0).standard_normal((12, 16, 6))
    views = [
        base[::2, ::2, ::2],
        base[::-1, 8:, 2::-1],
        np.asfortranarray(base[:, :8, :3]),
        base.transpose(1, 0, 2)[:, 2:10, 3:],
        np.broadcast_to(base[:1, :8, :3], (5, 8, 3)),
        base[:, [7, 3, 1, 0, 2, 5, 6, 4], :3],
    ]
    for view in views:
        before = view.copy()
        expected = evaluate(circuit, weights, np.ascontiguousarray(view))
        assert np.allclose(evaluate(circuit, weights, view), expected, rtol=1e-13)
        listed = [view[:, i] for i in range(8)]
        assert np.allclose(evaluate(circuit, weights, listed), expected, rtol=1e-13)
        assert (view == before).all()  # what was given is never written to


def test_a_wrong_weight_changes_the_value():
    """Every single weight counts: of stacked, tied, repeated and fixed matrices' neighbours."""
    for circuit in MODELS.values():
        weights = {n: w.astype(float) for n, w in circuit.random_weights(5, "nonnegative").items()}
        weights = {name: table + 1 for name, table in weights.items()}
        x = [np.ones((2, dim)) for dim in circuit.dims]
        right = evaluate(circuit, weights, x)
        for name, table in weights.items():
            for place in np.ndindex(table.shape):
                table[place] += 1
                assert (evaluate(circuit, weights, x) > right).any(), (name, place)
                table[place] -= 1


@given(circuit=ANY, seed=seeds)
def test_other_libraries_agree(circuit, seed):
    """array_api_strict on any circuit: its own arrays, NumPy's values."""
    xp = array_api_strict
    weights, x = circuit.random_weights(seed), numbers(circuit, 23, seed)
    strict = [xp.asarray(table, dtype=xp.float64) for table in x]
    found = evaluate(circuit, weights, strict)
    assert isinstance(found, type(strict[0]))
    agree(np.asarray(found), evaluate(circuit, weights, x))


def test_memory_is_bounded_for_large_circuits():
    """N = 4,096, widths 8, a batch of 512: one level has 134 MB, and under 40 MB are used."""
    circuit = ca.ht_model(4096, 8, [8] * 12, shared=True)
    weights = {name: np.full(shape, 1 / 8) for name, shape in circuit.parameters.items()}
    x = np.broadcast_to(np.linspace(0.5, 1, 512)[:, None, None] ** (1 / 4096), (512, 4096, 8))
    evaluate(circuit, weights, x[:1])  # the plan is made once
    tracemalloc.start()
    try:
        found = evaluate(circuit, weights, x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.allclose(found[:, 0], np.linspace(0.5, 1, 512), rtol=1e-10)
    assert peak < 40e6


def test_a_plan_is_made_once_for_a_circuit():
    """Asked again, the same stages come back; another size of segments gives others."""
    circuit = ca.ht_model(16, 2, [2, 2, 2, 2])
    assert stages_of(circuit, 64) is stages_of(circuit, 64)
    assert stages_of(circuit, 8) is not stages_of(circuit, 64)
    assert circuit == ca.ht_model(16, 2, [2, 2, 2, 2])
