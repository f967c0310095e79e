"""Truncated hierarchical decompositions: the error is what was discarded, and near the least."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.errors import TooLargeError, WeightError
from circuitalg.spectra.spectrum import singular_values
from circuitalg.spectra.truncation import hsvd
from circuitalg.tensor.hierarchical import preorder
from circuitalg.tensor.matricize import matricization

TREES = [
    ca.ModeTree.balanced(6),
    ca.ModeTree.caterpillar(6),
    ca.ModeTree.from_nested([[0, 3, 5], [4, 1, 2]]),
    ca.ModeTree.random(6, seed=2),
]
SHAPE = (3, 2, 4, 2, 1, 3)


def random_array(shape=SHAPE, seed=0):
    """Standard normal entries."""
    return np.random.default_rng(seed).standard_normal(shape)


def tails(array, found):
    """√(Σ σ²) beyond each node's rank, of the given array's own matricizations."""
    for place, rank in list(zip(preorder(found.tree), found.ranks, strict=True))[1:]:
        parts = ca.Bipartition.of(place.leaves, array.ndim)
        values = np.linalg.svd(matricization(array, parts), compute_uv=False)
        yield float(np.linalg.norm(values[rank:]))


@given(
    st.integers(0, 10**6),
    st.sampled_from(TREES),
    st.one_of(st.integers(1, 5), st.none()),
    st.sampled_from([None, 0.0, 0.01, 0.3, 0.8]),
)
def test_the_error_is_what_was_discarded(seed, tree, ranks, tolerance):
    """Measured and reported error agree; both lie between the bounds by singular values."""
    array = random_array(seed=seed)
    found = hsvd(array, tree, ranks=ranks, tolerance=tolerance)
    norm = np.linalg.norm(array)
    measured = np.linalg.norm(array - found.array())
    assert measured == pytest.approx(found.error, abs=1e-12 * norm)
    own = list(tails(array, found))
    # Eckart and Young: no tensor of these ranks is nearer than the largest tail.
    assert measured >= max(own) - 1e-12 * norm
    assert found.error <= np.sqrt(np.sum(np.square(own))) + 1e-12 * norm
    assert measured <= found.from_best * max(own) + 1e-12 * norm
    if ranks is None and tolerance:
        assert found.error <= tolerance * norm
    if ranks is not None:
        assert max(found.ranks) <= ranks


def test_one_tail_alone_bounds_nothing():
    """The error exceeds the largest of the tails: only their squares' sum bounds it."""
    array = random_array()
    found = hsvd(array, TREES[0], ranks=1)
    measured = np.linalg.norm(array - found.array())
    assert measured > 1.05 * max(tails(array, found))
    assert measured > 1.05 * max(found.discarded)


@pytest.mark.parametrize("tree", TREES)
def test_a_decomposition_of_these_ranks_comes_back(tree):
    """An array of small ranks is recovered with them; with one rank less it is not."""
    network = ca.tree_model(tree, 3, 2)
    array = network.coefficient_tensor(network.random_weights(seed=1, kind="float"))
    found = hsvd(array, tree)
    assert found.ranks == (1, *[2] * (len(found.ranks) - 1))
    assert np.linalg.norm(array - found.array()) < 1e-13 * np.linalg.norm(array)
    less = hsvd(array, tree, ranks=1)
    assert less.error > 0.01 * np.linalg.norm(array)
    assert np.linalg.norm(array - less.array()) == pytest.approx(less.error)


def test_an_array_near_a_small_one_stays_near():
    """A = B + E with B of ranks 2: the error is at most √(2N − 3) ‖E‖, though B is not known."""
    tree = TREES[0]
    network = ca.tree_model(tree, 3, 2)
    near = network.coefficient_tensor(network.random_weights(seed=1, kind="float"))
    noise = random_array((3,) * 6) * 1e-3 * np.linalg.norm(near)
    found = hsvd(near + noise, tree, ranks=2)
    assert found.from_best == pytest.approx(np.sqrt(2 * 6 - 3))
    assert found.error <= found.from_best * np.linalg.norm(noise)
    assert found.error > 0.5 * np.linalg.norm(noise)


@pytest.mark.parametrize("tree", TREES)
def test_it_is_a_network(tree):
    """The network's tensor is the decomposed array, and its spectra are the array's."""
    array = random_array()
    found = hsvd(array, tree, ranks=3)
    circuit, weights = found.to_circuit()
    decomposed = found.array()
    np.testing.assert_allclose(circuit.coefficient_tensor(weights), decomposed, atol=1e-13)
    for place in preorder(tree)[1:]:
        parts = ca.Bipartition.of(place.leaves, 6)
        spectrum = singular_values(circuit, weights, parts)
        expected = np.linalg.svd(matricization(decomposed, parts), compute_uv=False)
        count = min(len(expected), len(spectrum.scaled))
        np.testing.assert_allclose(spectrum.values[:count], expected[:count], atol=1e-12)
        assert spectrum.rank() <= 3


def test_frames_are_orthonormal():
    """All nodes but the root have orthonormal columns, so the root has the norm."""
    found = hsvd(random_array(), TREES[3], ranks=2)
    for matrix in found.nodes[1:]:
        np.testing.assert_allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=1e-14)
    squares = np.linalg.norm(found.nodes[0]) ** 2 + found.error**2
    assert squares == pytest.approx(np.linalg.norm(random_array()) ** 2)


def test_ranks_by_node():
    """A list gives each node its own limit, in preorder."""
    tree = ca.ModeTree.from_nested([[0, 1], [2, 3]])
    ranks = [1, 2, 3, 2, 4, 2, 2]
    found = hsvd(random_array((4, 4, 4, 4)), tree, ranks=ranks)
    assert found.ranks == (1, 2, 3, 2, 2, 2, 2)  # node 4 has rank 2, its sibling's
    with pytest.raises(WeightError, match="7 of them"):
        hsvd(random_array((4, 4, 4, 4)), tree, ranks=[1, 2])
    with pytest.raises(WeightError, match="the root's 1"):
        hsvd(random_array((4, 4, 4, 4)), tree, ranks=[2] * 7)


@pytest.mark.parametrize(("dim", "modes"), [(2, 16), (3, 10)])
def test_long_matricizations(dim, modes):
    """The QR in blocks is a QR, where the blocks fill the matrix and where rows are left over."""
    grid = np.arange(float(dim**modes))
    array = (np.sin(grid) + 1e-7 * np.cos(np.sqrt(grid))).reshape([dim] * modes)
    found = hsvd(array, tolerance=1e-12)
    assert np.linalg.norm(array - found.array()) < 2e-12 * np.linalg.norm(array)
    assert max(found.ranks) > 2
    assert max(hsvd(array, tolerance=1e-6).ranks) == 2
    # All that is not zero is in the last rows.
    last = np.zeros((dim,) * modes)
    last[(-1,) * (modes - 2)][-2:, -2:] = [[1.0, 2.0], [3.0, 5.0]]
    assert np.linalg.norm(last - hsvd(last, tolerance=1e-12).array()) < 1e-11


def test_the_edge_at_the_root_is_cut_once():
    """Two modes have one edge, one matrix and one tolerance: 0.1 goes, 0.1 twice would not do."""
    array = np.diag([1.0, 0.1, 0.1])
    found = hsvd(array, tolerance=0.11)
    assert found.ranks == (1, 2, 2)
    assert found.error == pytest.approx(0.1)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_scales_near_the_ends_of_float64(scale):
    """Squares neither overflow nor vanish."""
    array = random_array() / 10
    one, other = (hsvd(a, TREES[1], ranks=2) for a in (array, array * scale))
    assert one.ranks == other.ranks
    assert max(other.discarded) == pytest.approx(scale * max(one.discarded))


def test_zero_and_exact_numbers():
    """The zero array has rank 1 and error 0; integers and Fractions become floats."""
    zero = hsvd(np.zeros((2, 3, 2)))
    assert set(zero.ranks) == {1}
    assert zero.error == 0
    assert not zero.array().any()
    integers = np.arange(12).reshape(2, 3, 2)
    np.testing.assert_allclose(hsvd(integers.astype(object)).array(), integers, atol=1e-13)


def test_what_is_refused():
    """Complex or infinite numbers, one mode, a tree of other modes, tolerances, memory."""
    array = random_array()
    for wrong in (array * 1j, array * np.inf, np.array([["a", "b"]], dtype=object)):
        with pytest.raises(WeightError, match="finite real"):
            hsvd(wrong)
    with pytest.raises(WeightError, match="two modes"):
        hsvd(np.ones(4))
    with pytest.raises(WeightError, match="5 leaves"):
        hsvd(array, ca.ModeTree.balanced(5))
    for tolerance in (-0.1, 1.0, np.nan):
        with pytest.raises(WeightError, match="relative"):
            hsvd(array, tolerance=tolerance)
    with pytest.raises(TooLargeError, match="4,608 bytes"):
        hsvd(array, max_bytes=4000)
    with pytest.raises(TooLargeError, match="to_circuit"):
        hsvd(array, ranks=1).array(max_bytes=1000)


def test_the_result_says_that_it_is_no_theorem():
    """Text names the error, its distance from the least, and the grade."""
    text = str(hsvd(random_array(), ranks=2))
    assert "3 times the least" in text
    assert "not a theorem" in text
