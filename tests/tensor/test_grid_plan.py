"""What a grid of any circuit holds in memory, and by which route it is computed."""

import tracemalloc

import numpy as np
import pytest
from rank_helpers import chains

import circuitalg as ca
from circuitalg import deadline, memory
from circuitalg.arithmetic.elimination import Elimination
from circuitalg.errors import OutOfTimeError, TooLargeError
from circuitalg.tensor import bilinear, grid_plan, modular_grid
from circuitalg.tensor.modular_grid import grid_values

P = 8388593


def lattice(bond):
    """A 3 x 3 grid state, contracted site by site: every value of the boundary is a shared node."""
    b = ca.CircuitBuilder(9, 2)
    states = {(0,) * 4: None}
    for site in range(9):
        row, column = divmod(site, 3)
        leaf, sums, terms = b.input(site), {}, {}
        downs, rights = range(bond if row < 2 else 1), range(bond if column < 2 else 1)
        for state, node in states.items():
            for down in downs:
                for right in rights:
                    key = state[column], state[3], down, right
                    if key not in sums:
                        sums[key] = b.sum(leaf, width=1)
                    after = [*state[:3], right]
                    after[column] = down
                    term = sums[key] if node is None else b.product(node, sums[key])
                    terms.setdefault(tuple(after), []).append(term)
        states = {after: b.sum(*below, width=1) for after, below in terms.items()}
    (top,) = states.values()
    return b.build(top)


def shuffled_trees(count, locations, width):
    """A mixture of balanced trees over the locations in rotated orders."""
    b = ca.CircuitBuilder(locations, 4)
    x = [b.input(i) for i in range(locations)]
    tops = []
    for turn in range(count):
        level = [b.sum(x[(i * 3 + turn) % locations], width=width) for i in range(locations)]
        while len(level) > 1:
            pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
            level = [b.sum(b.product(*p) if len(p) > 1 else p[0], width=width) for p in pairs]
        tops.append(level[0])
    return b.build(b.sum(*tops, width=1))


CIRCUITS = {
    "chains": chains(12),
    "narrow chains": chains(20, width=1),
    "lattice": lattice(2),
    "mixture": shuffled_trees(4, 8, 16),
    "train": ca.tt_model(12, 4, 6),
    "tree": ca.tree_model(ca.ModeTree.balanced(12), 4, 4),
    "wide": ca.cp_model(10, 4, 120),
}


def given(circuit, size):
    """Weights, vectors and alternating sides for a grid."""
    generator = np.random.default_rng(1)
    weights = {n: generator.integers(0, P, shape) for n, shape in circuit.parameters.items()}
    vectors = [generator.integers(0, P, (size, dim)) for dim in circuit.dims]
    return circuit.nodes, weights, vectors, [i % 2 for i in range(circuit.num_locations)], P


@pytest.mark.parametrize("name", CIRCUITS)
@pytest.mark.parametrize("work", [2**28, 2**21])
def test_the_estimate_counts_all_that_is_held(name, work, monkeypatch):
    """No grid takes more memory at its peak than was announced before it, in one part or several;
    and a limit on what is held at once is kept but for the result and what cannot be divided.
    """
    circuit = CIRCUITS[name]
    nodes, weights, vectors, sides, p = given(circuit, 96)
    announced = []
    monkeypatch.setattr(modular_grid, "check_bytes", lambda needed, *_: announced.append(needed))
    monkeypatch.setattr(grid_plan, "_WORK", work)
    grid_values(nodes, weights, [v[:2] for v in vectors], sides, p)  # imports and caches
    announced.clear()
    tracemalloc.start()
    grid_values(nodes, weights, vectors, sides, p)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= announced[0] <= 4 * peak + 2**20


def test_forms_are_dropped_once_used(monkeypatch):
    """Every train's own forms live while it is worked on: 4 times the trains do not take 4 times
    the memory beside what tiles read. Were all forms kept, each would add its cores.
    """
    monkeypatch.setattr(grid_plan, "pays", lambda *_, **__: True)
    few, many = (
        grid_plan.fitting(circuit.nodes, [i % 2 for i in range(8)], (64, 64), grid_plan.TILE)
        for circuit in (chains(2, 8, 3), chains(8, 8, 3))
    )
    for plan in (few, many):
        assert plan.shape == (64, 64)
    built = sum(size.numbers((64, 64)) for size in many.build.values())
    read = sum(size.prepared((64, 64)) for size in many.prepared.values())
    assert read < many.numbers < read + built / 2
    assert many.numbers - few.numbers < 4 * few.numbers


def test_a_grid_that_does_not_fit_is_refused_before_it_is_begun(monkeypatch):
    """The sentence says how much it needs and what to do; nothing was computed."""
    monkeypatch.setattr(memory, "available_bytes", lambda like: 2**20)
    monkeypatch.setattr(modular_grid, "_Part", None)
    with pytest.raises(TooLargeError, match=r"160 x 160 values .* needs .* smaller max_minor"):
        grid_values(*given(CIRCUITS["chains"], 160))


def test_the_cheaper_route_is_taken():
    """Small subtrees become forms on a large grid. Where a core would be larger than the values
    that it replaces, the values are computed: the same circuit on a small grid, or a wide one.
    """
    tree = CIRCUITS["tree"]
    sides = [i % 2 for i in range(12)]
    large, small = (grid_plan.fitting(tree.nodes, sides, (k, k), grid_plan.TILE) for k in (1024, 8))
    deepest = [
        max((size.core_numbers for size in plan.prepared.values()), default=0)
        for plan in (large, small)
    ]
    assert deepest[0] > deepest[1]
    wide = shuffled_trees(2, 8, 40)
    plan = grid_plan.fitting(wide.nodes, [i % 2 for i in range(8)], (64, 64), grid_plan.TILE)
    assert all(size.core_numbers <= 40 * 64 * 64 for size in plan.prepared.values())


def test_a_summand_is_made_when_it_is_added():
    """A sum of many forms holds one of their values at a time, not all of them."""
    circuit = chains(64, 4, 2)
    plan = grid_plan.fitting(circuit.nodes, [0, 1, 0, 1], (256, 256), grid_plan.TILE)
    assert len(plan.prepared) == 64
    assert plan.numbers < 64 * 256 * 256


@pytest.mark.parametrize("name", ["chains", "tree"])
def test_a_time_limit_is_looked_at_inside_a_grid(name):
    """A grid is left when the time is over, before the tiles and between them."""
    with deadline.within(-1.0), pytest.raises(OutOfTimeError, match="larger timeout"):
        grid_values(*given(CIRCUITS[name], 8))
    assert grid_values(*given(CIRCUITS[name], 8)).shape == (8, 8)


def test_a_time_limit_is_looked_at_inside_an_elimination():
    """An elimination is left when the time is over."""
    matrix = np.random.default_rng(0).integers(0, P, (100, 100)).astype(np.float64) - P // 2
    with deadline.within(-1.0), pytest.raises(OutOfTimeError):
        Elimination(matrix.copy(), P)
    assert len(Elimination(matrix, P).pivots) == 100


def test_an_inner_time_limit_does_not_extend_an_outer_one():
    """The earlier end counts, and the outer one holds again afterwards; None sets no limit."""
    with deadline.within(-1.0):
        with deadline.within(1000.0), pytest.raises(OutOfTimeError):
            deadline.look()
        with deadline.within(None), pytest.raises(OutOfTimeError):
            deadline.look()
    with deadline.within(1000.0):
        with deadline.within(-1.0), pytest.raises(OutOfTimeError):
            deadline.look()
        deadline.look()
    deadline.look()


def test_a_core_joins_a_side_only_where_that_stays_small(monkeypatch):
    """What the plan counts for a prepared form is what the form then does."""
    monkeypatch.setattr(bilinear, "_KEPT", 1000)
    assert bilinear.joined_side(2, 3, 4, (10, 10)) == 1
    assert bilinear.joined_side(2, 4, 3, (10, 10)) == 0
    assert bilinear.joined_side(2, 30, 40, (100, 100)) is None
