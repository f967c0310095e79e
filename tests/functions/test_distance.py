"""Certified L² distances: close to the truth, never above it, and the alterations refused."""

from fractions import Fraction

import numpy as np
import pytest
from certificates.alter import both_accept
from hypothesis import given, settings
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import checker
from circuitalg.checker.functions.distance import gram_below
from circuitalg.checker.meter import Meter
from circuitalg.errors import NotProved, RuleError, WeightError
from circuitalg.kernel.functions import distance
from circuitalg.kernel.functions.gram import GaussianGram, MonomialGram, enclosed
from circuitalg.representation import Gaussians, Monomials, Neurons

LINE = Gaussians([[0], [2], [4]], [[1], [1], [2]])
CASES = {
    "orthonormal": (ca.ht_model(4, 3, [3, 3]), {}),
    "Gaussians": (ca.ht_model(4, 3, [3, 3]), {"representation": LINE}),
    "Gaussians in the plane": (
        ca.ht_model(4, 2, [2, 2]),
        {"representation": Gaussians([[0, 0], [1, 2]], [[1, 2], [1, "1/2"]])},
    ),
    "monomials": (
        ca.ht_model(4, 3, [3, 3]),
        {"representation": Monomials.up_to(2), "box": [[-1, 1]]},
    ),
    "no tree": (ca.cp_model(4, 3, 6), {"representation": LINE}),
}


def truth(theorem, channels):
    """The squared distance by floats: singular values of the tensor in the Gram metric."""
    statement = theorem.statement
    circuit, parts = statement.circuit, statement.bipartition
    dim, count = circuit.dims[0], circuit.num_locations
    rows = enclosed(statement.gram, dim, 100)
    gram = np.array([[float((low + high) / 2) for low, high in row] for row in rows])
    root = np.linalg.cholesky(gram).T
    exact = {name: np.array(w, dtype=object) for name, w in statement.weights.items()}
    tensor = circuit.coefficient_tensor(exact, output=statement.output).astype(float)
    for mode in range(count):
        tensor = np.moveaxis(np.tensordot(root, tensor, axes=(1, mode)), 0, mode)
    matrix = np.transpose(tensor, (*parts.I, *parts.J)).reshape(dim ** len(parts.I), -1)
    return float((np.linalg.svd(matrix)[1][channels:] ** 2).sum())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("channels", [0, 2, 3])
def test_the_bound_is_nearly_the_distance_and_not_above_it(name, channels, tmp_path):
    """Within a millionth of the floats' value; both readers accept."""
    circuit, more = CASES[name]
    weights = circuit.random_weights(seed=2)
    theorem = ca.prove_not_approximable(circuit, weights, channels, **more)
    both_accept(theorem, tmp_path)
    found, expected = float(theorem.statement.squared_distance), truth(theorem, channels)
    assert found <= expected * (1 + 1e-9)
    assert found >= expected * (1 - 1e-6)
    assert theorem.grade == "certified bound"
    assert "Eckart" in theorem.sources()[0]


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_random_networks(seed, channels):
    """Rational weights, several outputs, truncated families across their blocks."""
    circuit = ca.ht_model(4, 2, [2, 2], outputs=2)
    weights = circuit.random_weights(seed=seed, kind="fraction")
    try:
        theorem = ca.prove_not_approximable(circuit, weights, channels, output=1)
    except NotProved:
        return
    assert theorem.statement.squared_distance <= truth(theorem, channels) * (1 + 1e-9)


def test_the_identity_matrix_has_the_distance_of_lemma_7():
    """G = 1 and ⟦A⟧ = 1 of size M^(N/2): the squared distance is M^(N/2) − Z."""
    deep = ca.ht_model(4, 2, [2, 1])
    weights = {"a1.0": [[1, 1]], "a1.1": [[1, 1]], "out": [[1]]}
    weights |= {f"a0.{i}": [[1, 0], [0, 1]] for i in range(4)}
    for channels in range(4):
        found = ca.prove_not_approximable(deep, weights, channels).statement.squared_distance
        assert 4 - channels - Fraction(1, 10**6) < found <= 4 - channels


def test_a_truncated_family_is_compared_across_its_blocks():
    """Two levels: I is the first and third pair."""
    circuit = ca.ht_model(8, 2, [2, 2, 2])
    family = ca.truncated_family(levels=2, window=2)
    theorem = ca.prove_not_approximable(circuit, circuit.random_weights(seed=0), 2, family)
    assert theorem.statement.bipartition == ca.Bipartition.blocks(8, 2)


def test_a_tensor_of_low_rank_has_no_distance():
    """A CP model of two channels is itself of rank at most 2."""
    circuit = ca.cp_model(4, 3, 2)
    with pytest.raises(NotProved, match="no positive distance"):
        ca.prove_not_approximable(circuit, circuit.random_weights(seed=1), 2)


def test_bad_questions_are_refused_with_a_reason():
    """Float weights, too many channels, no box, functions without a known Gram matrix."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights = circuit.random_weights(seed=1)
    with pytest.raises(WeightError):
        ca.prove_not_approximable(circuit, {n: w * 1.0 for n, w in weights.items()}, 2)
    with pytest.raises(RuleError, match="every tensor"):
        ca.prove_not_approximable(circuit, weights, 4)
    with pytest.raises(WeightError, match="give box"):
        ca.prove_not_approximable(circuit, weights, 2, representation=Monomials.up_to(1))
    neurons = Neurons([[1], [2]], [0, 1])
    with pytest.raises(WeightError, match="Gram matrices are known"):
        ca.prove_not_approximable(circuit, weights, 2, representation=neurons)
    twice = Gaussians([[0], [0]], [[1], [1]])
    with pytest.raises(NotProved, match="singular"):
        ca.prove_not_approximable(circuit, weights, 2, representation=twice)


def test_gram_matrices_in_closed_form_agree_with_the_kernels_enclosures():
    """Gaussians in the plane and monomials on a box; the products' is the Kronecker power."""
    plane = Gaussians([[0, 0], [1, 2], [-1, 1]], [[1, 2], [1, "1/2"], [3, 1]])
    rows = enclosed(GaussianGram(plane.means, plane.variances), 3, 100)
    assert np.allclose(plane.gram(), [[float(low) for low, _ in row] for row in rows], rtol=1e-12)
    powers, box = Monomials.up_to(2, 2), ((-1, 2), (0, 1))
    exact = enclosed(MonomialGram(powers.exponents, box), 6, 100)
    assert np.allclose(powers.gram(box), [[float(low) for low, _ in row] for row in exact])
    circuit = ca.cp_model(2, 3, 1)
    x = np.random.default_rng(0).normal(size=(3, 3))
    tensor = circuit.coefficient_tensor({"a0.0": x[:1], "a0.1": x[1:2], "out": x[2:, :1]})
    whole = np.kron(plane.gram(), plane.gram())
    assert np.isclose(tensor.ravel() @ whole @ tensor.ravel(), _norm(tensor, plane.gram()))
    with pytest.raises(WeightError, match="pair a < b"):
        powers.gram([[0, 1]])


def _norm(tensor, gram):
    """The squared norm mode by mode."""
    return np.einsum("ij,kl,ik,jl->", tensor, tensor, gram, gram)


HALF = Fraction(1, 2)
ENCLOSED = [
    ((-1, 1), (2, 2), True),
    ((-HALF, 1), (2, 3), True),
    ((-1, HALF), (2, 3), True),
    ((-HALF, 3 * HALF), (2, 2), False),
    ((-3 * HALF, HALF), (2, 2), False),
    ((-1, 1), (3 * HALF, 3), False),
]


@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize(("beside", "diagonal", "below"), ENCLOSED)
def test_the_worse_end_of_each_enclosure_counts(row, beside, diagonal, below, monkeypatch):
    """G - 1 is diagonally dominant for all G in the enclosures, or not; both readers say so."""
    gram = [[(2, 2), (0, 0)], [(0, 0), (2, 2)]]
    gram[row][row], gram[row][1 - row] = diagonal, beside
    unit = ((1, 0), (0, 1))
    proof = distance.GramTail(10, unit, unit, 0, (), ((0,), (0,)), (), ())
    monkeypatch.setattr(distance, "enclosed", lambda *_: gram)
    checks = [
        lambda: distance._check_gram(None, 2, proof),
        lambda: gram_below(gram, ([[1, 0], [0, 1]], 1), Meter()),
    ]
    for check in checks:
        if below:
            check()
            continue
        with pytest.raises((RuleError, checker.Refusal), match=f"row {row}"):
            check()
