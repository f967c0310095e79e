"""Singular values across bipartitions: those of the built matrix, and closed forms."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.arithmetic import rational
from circuitalg.errors import (
    BipartitionError,
    OptionError,
    StructureError,
    TooLargeError,
    WeightError,
)
from circuitalg.spectra import canonical_form
from circuitalg.spectra import matricized as module
from circuitalg.spectra.fit import in_metric
from circuitalg.spectra.spectrum import (
    ROUTES,
    contiguous,
    edge_spectra,
    singular_values,
    spectra,
)
from circuitalg.tensor.matricize import matricization

MODELS = {
    "HT": ca.ht_model(8, 2, [2, 3, 2]),
    "HT, shared": ca.ht_model(8, 2, [3, 2, 2], shared=True),
    "HT, truncated": ca.ht_model(9, 2, [3], window=3, outputs=2),
    "CP": ca.cp_model(6, 3, 4),
    "tree of any arity": ca.tree_model(ca.ModeTree.random(8, seed=5), [2, 3, 1, 2, 2, 1, 3, 2], 3),
    "tensor train": ca.tt_model(7, 2, [2, 3, 4, 3, 2, 2]),
    "recurrent": ca.rac_model(6, 2, 3),
}


def built(circuit, weights, bipartition):
    """Singular values of ⟦A⟧ as NumPy finds them."""
    tensor = circuit.coefficient_tensor(weights)
    return np.linalg.svd(matricization(tensor, bipartition), compute_uv=False)


def same(found, expected, relative=1e-11):
    """Whether two lists agree, zeros at the end aside."""
    size = max(len(found), len(expected))
    a, b = (np.pad(values, (0, size - len(values))) for values in (found, expected))
    return np.abs(a - b).max() <= relative * max(b[0], 1e-300)


def single_excitation(locations):
    """The train Σ_i e_0 ⊗ … ⊗ e_1 (at i) ⊗ … ⊗ e_0: values √|I| and √|J| across any (I, J)."""
    circuit = ca.tt_model(locations, 2, 2)
    step = np.array([[1, 0, 0, 0], [0, 1, 1, 0]])
    weights = dict.fromkeys(circuit.parameters, step)
    return circuit, {**weights, "g0": np.eye(2), f"g{locations - 1}": step[1:]}


def copies(circuit, output):
    """All matrices the identity, but the output's: Σ_c output_c e_c ⊗ … ⊗ e_c."""
    weights = {name: np.eye(*shape) for name, shape in circuit.parameters.items()}
    return {**weights, "out": np.array([output])}


@given(
    circuit=strategies.circuits(
        kinds=strategies.MULTILINEAR_KINDS, max_locations=6, max_width=4, fixed=False
    )
    | strategies.circuits(kinds=("free tree", "mixture")),
    data=st.data(),
    seed=st.integers(0, 10**6),
    in_gram=st.booleans(),
)
def test_every_route_gives_the_built_matrix_s_values(circuit, data, seed, in_gram):
    """Circuits of every kind with any ties; with and without a Gram matrix."""
    bipartition = data.draw(strategies.bipartitions(circuit))
    weights = circuit.random_weights(seed, kind="float")
    gram, tensor = None, circuit.coefficient_tensor(weights)
    if in_gram:
        roots = [np.random.default_rng(seed).standard_normal((d, d + 1)) for d in circuit.dims]
        gram = [root @ root.T for root in roots]
        for mode, matrix in enumerate(gram):
            turned = np.tensordot(np.linalg.cholesky(matrix).T, tensor, axes=(1, mode))
            tensor = np.moveaxis(turned, 0, mode)
    expected = np.linalg.svd(matricization(tensor, bipartition), compute_uv=False)
    for route in [None, *ROUTES]:
        if route in ("canonical", "randomized") and not circuit.is_tree:
            continue
        count = 1000 if route in ("randomized", "sketched") else None
        found = singular_values(circuit, weights, bipartition, gram=gram, route=route, count=count)
        assert found.route == route or route is None
        assert found.complete
        assert same(found.values, expected, 1e-9 if route == "sketched" else 1e-11)


@pytest.mark.parametrize("name", MODELS)
def test_every_edge_of_a_model(name):
    """All edges at once give the built matrix's values, and one norm for the tensor."""
    circuit = MODELS[name]
    weights = circuit.random_weights(seed=3, kind="float")
    output = circuit.num_outputs - 1
    found = edge_spectra(circuit, weights, output=output)
    below = {}
    for node in circuit.nodes:
        own = {node.location} - {None}
        below[node.name] = own.union(*(below[circuit.nodes[c].name] for c in node.children))
    sides = [frozenset(below[edge]) for edge in found]
    assert len(set(sides)) == len(sides)
    trivial = {frozenset(), frozenset(range(circuit.num_locations))}
    assert set(map(frozenset, below.values())) - trivial == set(sides)
    tensor = circuit.coefficient_tensor(weights, output=output)
    for edge, spectrum in found.items():
        parts = ca.Bipartition.of(below[edge], circuit.num_locations)
        expected = np.linalg.svd(matricization(tensor, parts), compute_uv=False)
        assert same(spectrum.values, expected)
        assert np.linalg.norm(spectrum.values) == pytest.approx(np.linalg.norm(tensor))
        assert spectrum.error < 1e-12


@pytest.mark.parametrize("name", MODELS)
def test_numerical_ranks_are_the_exact_ones(name):
    """At integers: the rank over the rationals. At random floats: the proved generic rank."""
    circuit = MODELS[name]
    integers = circuit.random_weights(seed=1, kind="integer")
    tensor = circuit.coefficient_tensor(integers)
    floats = circuit.random_weights(seed=1, kind="float")
    cuts = contiguous(circuit.num_locations)
    at, generic = spectra(circuit, integers, cuts), spectra(circuit, floats, cuts)
    for number, parts in enumerate(cuts):
        assert at[number].rank() == rational.rank(matricization(tensor, parts).tolist())
        statement = ca.prove_rank(circuit, parts).statement
        assert statement.lower <= generic[number].rank() <= statement.upper


def test_sides_may_be_exchanged():
    """(I, J) and (J, I) have the same values."""
    circuit = MODELS["tree of any arity"]
    weights = circuit.random_weights(seed=2, kind="float")
    for seed in range(10):
        parts = ca.Bipartition.random(8, seed)
        one, other = spectra(circuit, weights, [parts, parts.swapped()])
        assert same(one.values, other.values)


def test_factors_of_the_weights_move_the_scale_alone():
    """A power of two on each matrix leaves the numbers as they are; entropy knows no scale."""
    circuit = MODELS["HT"]
    weights = circuit.random_weights(seed=2, kind="float")
    larger = {name: array * 2.0**300 for name, array in weights.items()}
    for parts in contiguous(8):
        one = singular_values(circuit, weights, parts)
        other = singular_values(circuit, larger, parts)
        # Every entry of A is a sum of products of one weight from each of the 15 matrices.
        assert other.exponent == one.exponent + 300 * len(weights)
        np.testing.assert_array_equal(one.scaled, other.scaled)
        assert other.entropy == one.entropy
        assert np.isinf(other.values[0])
        np.testing.assert_allclose(
            other.log_values - one.log_values, 300 * len(weights) * np.log(2)
        )


def test_one_excitation_among_1024_locations():
    """The W state's values at a cut after t locations are √t and √(N − t)."""
    circuit, weights = single_excitation(1024)
    starts = [1, 300, 512, 1023]
    cuts = [ca.Bipartition.of(range(start), 1024) for start in starts]
    for start, found in zip(starts, spectra(circuit, weights, cuts), strict=True):
        expected = sorted([np.sqrt(start), np.sqrt(1024 - start)], reverse=True)
        np.testing.assert_allclose(found.values[:2], expected, rtol=1e-12)
        assert found.rank() == 2


def test_an_interval_of_a_chain_cuts_two_bonds():
    """I = 100 … 399 of 600 locations: the matrix stays small, and the values are √300, √300."""
    circuit, weights = single_excitation(600)
    found = singular_values(circuit, weights, ca.Bipartition.of(range(100, 400), 600))
    np.testing.assert_allclose(found.values[:2], np.sqrt([300, 300]), rtol=1e-12)
    assert found.rank() == 2


@pytest.mark.parametrize(
    "circuit",
    [
        ca.ht_model(1024, 2, [2] * 10),
        ca.tree_model(ca.ModeTree.random(1000, seed=1), 2, 2),
        ca.cp_model(1000, 2, 2),
    ],
)
def test_copies_of_two_channels(circuit):
    """3 e_0 ⊗ … ⊗ e_0 + 4 e_1 ⊗ … ⊗ e_1 has the values 4 and 3 at every edge."""
    found = edge_spectra(circuit, copies(circuit, [3, 4]))
    assert len(found) > 1000 - 2
    for spectrum in found.values():
        np.testing.assert_allclose(spectrum.values[:2], [4, 3], rtol=1e-13)
    p = np.array([16, 9]) / 25
    assert spectrum.entropy == pytest.approx(-(p * np.log(p)).sum())
    q = np.array([4, 3]) / 7
    assert spectrum.effective_rank == pytest.approx(np.exp(-(q * np.log(q)).sum()))


def test_channels_that_differ_by_more_than_float64_holds():
    """10^-512 (e_0 ⊗ … + e_1 ⊗ …) with the factors on different halves: both values are equal."""
    circuit = ca.cp_model(1024, 2, 2)
    weights = copies(circuit, [1, 1])
    for i in range(1024):
        weights[f"a0.{i}"] = np.diag([1, 0.1] if i < 512 else [0.1, 1])
    found = singular_values(circuit, weights, ca.Bipartition.low_high(1024))
    np.testing.assert_allclose(found.log_values[:2], -512 * np.log(10), rtol=1e-12)
    assert not found.values.any()


def test_a_channel_of_weight_zero_hides_no_other():
    """0 · 10^1024 e_0 ⊗ … + e_1 ⊗ … has one value, 1, at every edge and across halves."""
    circuit = ca.cp_model(1024, 2, 2)
    weights = copies(circuit, [0, 1])
    for i in range(1024):
        weights[f"a0.{i}"] = np.diag([10, 1])
    across = singular_values(circuit, weights, ca.Bipartition.odd_even(1024))
    for found in (across, *edge_spectra(circuit, weights).values()):
        np.testing.assert_allclose(found.values[:1], [1], rtol=1e-12)
        assert not found.values[1:].any()
        assert found.error < 1e-12


def test_a_product_has_one_value():
    """Width 1 everywhere: rank 1 across every edge, entropy 0."""
    circuit = ca.ht_model(256, 3, [1] * 8)
    weights = circuit.random_weights(seed=0, kind="float")
    for spectrum in edge_spectra(circuit, weights).values():
        assert spectrum.rank() == 1
        assert spectrum.entropy == pytest.approx(0, abs=1e-12)
        assert spectrum.effective_rank == pytest.approx(1)


@pytest.mark.parametrize("name", ["HT", "tensor train", "tree of any arity", "recurrent"])
def test_products_through_the_network(name, monkeypatch):
    """However far the matrix is taken apart, it multiplies as the built one does."""
    monkeypatch.setattr(module, "_SMALL", 1)
    circuit = MODELS[name]
    weights = circuit.random_weights(seed=4, kind="float")
    depth = 0
    for parts in (ca.Bipartition.random(circuit.num_locations, seed) for seed in range(8)):
        found = singular_values(circuit, weights, parts, route="randomized", count=64)
        assert same(found.values, built(circuit, weights, parts))
        form = module.matricized(canonical_form.canonical_form(circuit, weights), parts)
        depth = max(depth, len(module.stages(form).cores))
    assert depth > 1


@pytest.mark.parametrize("size", [1, 7, 20])
def test_products_in_blocks(size, monkeypatch):
    """Products of wide factors are formed some rows at a time, with the same result."""
    circuit = MODELS["tree of any arity"]
    weights = circuit.random_weights(seed=4, kind="float")
    whole = edge_spectra(circuit, weights)
    monkeypatch.setattr(canonical_form, "_BLOCK", size)
    for edge, found in edge_spectra(circuit, weights).items():
        assert same(found.values, whole[edge].values, 1e-13)


def test_the_largest_values_of_a_matrix_that_is_not_built():
    """Across odd and even, 2^11 × 2^11: √11 and √11, once each though more are asked for."""
    circuit, weights = single_excitation(22)
    parts = ca.Bipartition.odd_even(22)
    found = singular_values(circuit, weights, parts, count=4, max_bytes=10**7)
    assert found.route == "randomized"
    assert not found.complete
    np.testing.assert_allclose(found.values[:2], np.sqrt([11, 11]), rtol=1e-12)
    assert (found.values[2:] < 1e-10).all()
    with pytest.raises(TooLargeError, match="count="):
        singular_values(circuit, weights, parts, max_bytes=10**7)


@pytest.fixture(scope="module")
def slowly_falling():
    """A question whose matrix has full rank, and its singular values."""
    circuit = ca.tt_model(18, 2, 4)
    weights = circuit.random_weights(seed=7, kind="float")
    parts = ca.Bipartition.odd_even(18)
    return (circuit, weights, parts), singular_values(circuit, weights, parts).values


@pytest.mark.parametrize("route", ["randomized", "sketched"])
def test_reported_errors_cover_a_slowly_falling_spectrum(route, slowly_falling):
    """Some values of a full-rank matrix: each is off by no more than the reported error."""
    question, expected = slowly_falling
    found = singular_values(*question, count=10, route=route)
    off = np.abs(found.values - expected[:10]).max() / expected[0]
    assert 1e-13 < off < 2 * found.error


@pytest.mark.parametrize("apart", [1e-4, 1e-8, 1e-12])
def test_digits_lost_to_cancellation_show_in_the_error(apart):
    """Two channels that nearly cancel: the error reported is that found with exact arithmetic."""
    circuit = ca.ht_model(8, 2, [3, 3, 3])
    weights = circuit.random_weights(seed=0, kind="float")
    weights["a2.0"][1] = weights["a2.0"][0] * (1 + apart)
    weights["a2.1"][1] = weights["a2.1"][0] + apart * weights["a2.1"][1]
    weights["out"] = np.array([[1.0, -1.0, 0.0]])
    exact = {name: np.vectorize(Fraction, otypes=[object])(w) for name, w in weights.items()}
    tensor = circuit.coefficient_tensor(exact).astype(float)
    for parts in (ca.Bipartition.low_high(8), ca.Bipartition.odd_even(8)):
        expected = np.linalg.svd(matricization(tensor, parts), compute_uv=False)
        found = singular_values(circuit, weights, parts)
        size = min(len(expected), len(found.scaled))
        off = np.abs(found.values[:size] - expected[:size]).max() / expected[0]
        assert off <= 10 * found.error
        assert 1e-18 < found.error * apart < 1e-14


def test_weights_of_another_array_library():
    """Any array-API library's weights are converted."""
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    circuit = MODELS["HT"]
    weights = circuit.random_weights(seed=1, kind="float")
    other = {name: strict.asarray(array) for name, array in weights.items()}
    parts = ca.Bipartition.odd_even(8)
    one, two = (singular_values(circuit, w, parts).values for w in (weights, other))
    np.testing.assert_array_equal(one, two)


def test_a_gram_matrix_gives_the_function_s_values():
    """Lemma 7: the tail in L² is at least λ_min^(N/2) times that of the coefficients."""
    circuit = MODELS["CP"]
    weights = circuit.random_weights(seed=5, kind="float")
    gram = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, 0.3], [0.1, 0.3, 0.5]])
    parts = ca.Bipartition.odd_even(6)
    found = singular_values(circuit, weights, parts, gram=gram)
    tensor = in_metric(circuit.coefficient_tensor(weights), gram)
    assert same(found.values, np.linalg.svd(matricization(tensor, parts), compute_uv=False))
    plain = singular_values(circuit, weights, parts)
    least, most = np.linalg.eigvalsh(gram)[[0, -1]]
    for rank in range(4):
        assert least**3 * plain.tail(rank) <= found.tail(rank) <= most**3 * plain.tail(rank)
    assert not same(found.values, plain.values)


def test_the_tail_is_the_distance_to_small_ranks():
    """Eckart and Young: √(Σ_{i > r} σ²), and 0 from the rank on."""
    circuit, weights = single_excitation(10)
    found = singular_values(circuit, weights, ca.Bipartition.of([0, 1, 2], 10))
    assert found.tail(0) == pytest.approx(np.sqrt(10))
    assert found.tail(1) == pytest.approx(np.sqrt(3))
    assert found.tail(2) == pytest.approx(0, abs=1e-12)


def test_a_few_values_have_no_entropy():
    """With a count, what needs all values refuses."""
    circuit, weights = single_excitation(10)
    found = singular_values(circuit, weights, ca.Bipartition.odd_even(10), count=1)
    assert len(found.scaled) == 1
    with pytest.raises(WeightError, match="leave out count"):
        _ = found.entropy
    with pytest.raises(WeightError, match="leave out count"):
        found.tail(1)


def test_the_zero_tensor():
    """Rank 0, logarithms -inf, and no entropy."""
    circuit = MODELS["HT"]
    weights = {name: np.zeros(shape) for name, shape in circuit.parameters.items()}
    for route in ROUTES:
        found = singular_values(circuit, weights, ca.Bipartition.odd_even(8), 0, 4, route=route)
        assert found.rank() == 0
        assert found.error == 0 or found.route == "explicit" or found.error < 1e-12
        assert np.isneginf(found.log_values).all()
    whole = singular_values(circuit, weights, ca.Bipartition.odd_even(8))
    with pytest.raises(WeightError, match="zero"):
        _ = whole.entropy


def test_the_result_says_that_it_is_no_theorem():
    """Text names the route, the error, and the grade."""
    circuit, weights = single_excitation(6)
    text = str(singular_values(circuit, weights, ca.Bipartition.odd_even(6)))
    assert "canonical" in text
    assert "not a theorem" in text


def test_exact_weights_are_converted():
    """Fractions and integers give the values of their floats."""
    circuit = MODELS["HT"]
    parts = ca.Bipartition.odd_even(8)
    exact = circuit.random_weights(seed=1, kind="fraction")
    floats = {name: array.astype(float) for name, array in exact.items()}
    one, other = (singular_values(circuit, w, parts).values for w in (exact, floats))
    np.testing.assert_array_equal(one, other)


def test_what_is_refused():
    """One sentence each: sizes, outputs, counts, routes, Gram matrices, numbers."""
    circuit = MODELS["HT"]
    weights = circuit.random_weights(seed=1, kind="float")
    parts = ca.Bipartition.odd_even(8)
    with pytest.raises(BipartitionError, match="has 6 locations"):
        singular_values(circuit, weights, ca.Bipartition.odd_even(6))
    for wrong, sentence in (
        ({"output": 1}, "no output 1"),
        ({"count": 0}, "at least 1"),
        ({"route": "svd"}, "one of 'canonical'"),
        ({"gram": np.eye(3)}, "one matrix"),
        ({"gram": -np.eye(2)}, "positive definite"),
        ({"gram": np.array([[1.0, 0.5], [0.0, 1.0]])}, "symmetric"),
    ):
        with pytest.raises((OptionError, WeightError), match=sentence):
            singular_values(circuit, weights, parts, **wrong)
    for number in (1j, np.nan, 10**400):
        array = np.full(circuit.parameters["out"], number)
        with pytest.raises(WeightError, match="'out'"):
            singular_values(circuit, {**weights, "out": array}, parts)


def test_structure_and_size_are_refused_with_the_reason():
    """No tree: no canonical form; not decomposable: no tensor; too many bonds: how many bytes."""
    b = ca.CircuitBuilder(4, 2)
    inputs = [b.input(i) for i in range(4)]
    branches = [b.product(*[b.sum(x, width=2) for x in inputs]) for _ in range(2)]
    mixture = b.build(b.sum(*branches, width=1))
    assert not mixture.is_tree
    weights = mixture.random_weights(kind="float")
    with pytest.raises(StructureError, match="tree circuit"):
        singular_values(mixture, weights, ca.Bipartition.odd_even(4), route="canonical")
    with pytest.raises(StructureError, match="tree circuit"):
        edge_spectra(mixture, weights)
    repeated = ca.rac_model(4, 2, 2, layers=2)
    with pytest.raises(StructureError, match="no coefficient tensor"):
        singular_values(repeated, repeated.random_weights(), ca.Bipartition.odd_even(4))
    train = ca.tt_model(300, 2, 4)
    with pytest.raises(TooLargeError, match="fewer bonds"):
        singular_values(train, train.random_weights(), ca.Bipartition.odd_even(300), count=3)
    with pytest.raises(TooLargeError, match="max_bytes"):
        edge_spectra(train, train.random_weights(), max_bytes=1000)
    assert len(edge_spectra(train, train.random_weights(), max_bytes=10**8)) == 598
