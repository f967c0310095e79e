"""pooling_geometry.py against the printed formulas, explicit tensors and false neighbours."""

from math import prod

import brute
import pytest

import circuitalg as ca


def paper_bounds(locations, dim, widths, parts):
    """Both bounds of the source in its own indices, for windows of 4 on a line."""

    def inside(side, level, k):
        return len([i for i in side if k * 4**level <= i < (k + 1) * 4**level])

    def mixed(level, k):
        return min(inside(parts.I, level, k), inside(parts.J, level, k))

    pairs = sum(mixed(1, k) > 0 for k in range(locations // 4))
    c = [1] * locations
    for level in range(1, len(widths)):
        c = [
            min(dim ** mixed(level, k), widths[level - 1] * prod(c[4 * k : 4 * k + 4]))
            for k in range(locations // 4**level)
        ]
    smaller = min(len(parts.I), len(parts.J))
    return min(widths[0], dim) ** pairs, min(dim**smaller, widths[-1] * prod(c))


@pytest.mark.parametrize("widths", [[4, 4], [2, 7], [3, 2]])
@pytest.mark.parametrize("sides", ["odd/even", "low/high", "blocks of 2", "random"])
def test_bounds_and_rank_on_a_line(widths, sides, script):
    """The tree's recursion is the paper's; the rank of the explicit tensor is the proved one."""
    module = script("pooling_geometry")
    parts = ca.Bipartition.random(16, 3) if sides == "random" else module.bipartition(16, sides)
    geometry = module.Geometry(module.mode_tree(16, "line"), parts)
    low, high = paper_bounds(16, 2, widths, parts)
    assert (geometry.paper_lower(2, widths), geometry.paper_upper(2, widths)) == (low, high)
    deep = geometry.network(2, widths)
    found = brute.generic_rank(deep, parts.I)
    proved = ca.prove_rank(deep, parts).statement
    assert low <= proved.lower == proved.upper == found <= high


@pytest.mark.parametrize("locations", [64, 256])
def test_the_recursion_is_the_papers_at_larger_sizes(locations, script):
    """Same bounds from the tree and from the printed formulas, for random sides."""
    module = script("pooling_geometry")
    widths = [3, 5, 4, 6][: {64: 3, 256: 4}[locations]]
    for seed in range(5):
        parts = ca.Bipartition.random(locations, seed)
        geometry = module.Geometry(module.mode_tree(locations, "line"), parts)
        assert (
            geometry.paper_lower(2, widths),
            geometry.paper_upper(2, widths),
        ) == paper_bounds(locations, 2, widths, parts)


def test_the_network_on_a_line_is_the_ht_model(script):
    """Same sizes, same ties: the same rank of the explicit tensor and the same count."""
    module = script("pooling_geometry")
    parts = ca.Bipartition.random(16, 5)
    geometry = module.Geometry(module.mode_tree(16, "line"), parts)
    same = ca.ht_model(16, 2, [3, 5], window=4, shared=True)
    network = geometry.network(2, [3, 5])
    assert network.num_parameters == same.num_parameters
    assert brute.generic_rank(network, parts.I) == brute.generic_rank(same, parts.I)


def test_mirrored_windows_hold_mirror_images(script):
    """On 4 × 4 locations the first window is columns 0 and 3 of rows 0 and 1."""
    tree = script("pooling_geometry").mode_tree(16, "mirror")
    windows = {tuple(sorted(w)) for w in tree.children if min(w) >= 0}
    assert windows == {(0, 3, 4, 7), (1, 2, 5, 6), (8, 11, 12, 15), (9, 10, 13, 14)}


def test_square_windows_do_not_join_the_halves_but_mirrored_ones_do(script):
    """Left against right: r_{L−1} with square windows, a power with mirrored ones."""
    module = script("pooling_geometry")
    parts = module.bipartition(16, "left/right")
    square = module.Geometry(module.mode_tree(16, "image"), parts).network(2, [4, 4])
    mirrored = module.Geometry(module.mode_tree(16, "mirror"), parts).network(2, [4, 4])
    assert brute.generic_rank(square, parts.I) == ca.prove_rank(square, parts).statement.upper == 4
    assert brute.generic_rank(mirrored, parts.I) == 81
    assert ca.prove_rank(mirrored, parts).statement.lower == 81


def test_the_numbers_of_the_script(script, run):
    """Odd/even has 81, above the lower bound 2^4 and below the upper one M^(N/2) = 256."""
    module = script("pooling_geometry")
    ran = run(module, "--locations", 16)
    assert ran.status == 0
    assert ran.proved[0] == "rank = 81"
    geometry = module.Geometry(module.mode_tree(16, "line"), module.bipartition(16, "odd/even"))
    assert (geometry.paper_lower(2, [4, 4]), geometry.paper_upper(2, [4, 4])) == (16, 256)


def test_bounds_that_do_not_hold_are_complained_about(script, run, monkeypatch):
    """A proved rank above the source's upper bound is a claim not proved."""
    module = script("pooling_geometry")
    monkeypatch.setattr(module.Geometry, "paper_upper", lambda *_: 1)
    ran = run(module, "--locations", 16)
    assert ran.status == 1
    assert all("not between the paper's bounds" in error for error in ran.errors)
