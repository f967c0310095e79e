"""The false neighbours of equations_1_to_5, lemmas 5 and 6, the facts and the price of depth."""

import numpy as np
import pytest
import sympy as sp

import circuitalg as ca


def test_swapped_children_have_another_polynomial(script, run, monkeypatch):
    """Eq. 4 with the locations of a pair exchanged is not the network: the claim fails."""
    module = script("equations_1_to_5")
    genuine = module.ht_tensor
    monkeypatch.setattr(
        module, "ht_tensor", lambda *args: [np.swapaxes(t, 0, 2) for t in genuine(*args)]
    )
    ran = run(module, "--locations", 4)
    assert ran.status == 1
    assert "class 0 differs" in ran.errors[0]


def test_a_shared_network_is_not_the_unshared_formula(script):
    """Their polynomials differ, already in the variables."""
    module = script("equations_1_to_5")
    case = (2, 2, [2], True, 1)
    network = module.build("eq. 4", case)
    polynomial = network.polynomial()
    other = module.build("eq. 4", (2, 2, [2], False, 1)).polynomial()
    assert len(polynomial) == len(other)
    assert polynomial.as_expr() != other.as_expr()


def test_the_minor_is_zero_below_full_width(script):
    """With r_0 = 1 < M = 2 the determinant of [A] vanishes identically."""
    module = script("equations_1_to_5")
    assert module.factored_minor(2, 2, [1], False)[0] == 0
    assert module.factored_minor(2, 2, [2], False)[0] != 0


def test_the_minor_factors_as_the_proof_says(script):
    """N = 2, M = r_0 = 2: det A · det B · d_0 · d_1, each once."""
    _, factors = script("equations_1_to_5").factored_minor(2, 2, [2], False)
    assert sorted(len(factor) for factor, _ in factors) == [1, 1, 2, 2]
    assert all(power == 1 for _, power in factors)


def test_lemma_5_does_not_hold_for_all_weights():
    """A diagonal of rank 1 gives rank 1, not 3."""
    network, parts = ca.ht_model(2, 3, [3]), ca.Bipartition.odd_even(2)
    for diagonal, expected in (([5, 0, 0], 1), ([1, 1, 1], 3)):
        weights = {
            "a0.0": np.eye(3, dtype=int),
            "a0.1": np.eye(3, dtype=int),
            "out": np.array([diagonal]),
        }
        found = ca.prove_rank_at(network, weights, parts).statement
        assert found.lower == found.upper == expected


def test_cauchy_and_binet_needs_the_diagonal(script, run, monkeypatch):
    """Without the factors of D the formula is false, and the claim says so."""
    module = script("lemma_5")
    monkeypatch.setattr(module, "prod", lambda _: 1)
    ran = run(module)
    assert ran.status == 1
    assert any("Cauchy and Binet" in error for error in ran.errors)


def test_lemma_6_does_not_hold_for_all_coefficients(script):
    """The difference of a branch with itself is zero."""
    module = script("lemma_6")
    circuit = module.sum_of_branches(4, 2, [2, 2])
    weights = {name: np.ones(shape, dtype=int) for name, shape in circuit.parameters.items()}
    weights["out1"] = -weights["out0"]
    assert not circuit.coefficient_tensor(weights).any()


def test_the_kronecker_product_does_not_commute(script):
    """M1 with the factors exchanged is false."""
    module = script("measure_and_matricization")
    a, b = module.symbols("a", (2, 2)), module.symbols("b", (2, 2))
    whole = np.multiply.outer(a, b)
    right = module.kronecker(module.matrix(a, (0,)), module.matrix(b, (0,)))
    wrong = module.kronecker(module.matrix(b, (0,)), module.matrix(a, (0,)))
    assert module.equal(module.matrix(whole, (0, 2)), right)
    assert not module.equal(module.matrix(whole, (0, 2)), wrong)


def test_a_sum_of_two_pure_tensors_has_minors(script):
    """M4 is about one pure tensor: two have a minor that is not zero."""
    module = script("measure_and_matricization")
    u, v, x, y = (module.symbols(name, (2,)) for name in "uvxy")
    table = module.matrix(np.multiply.outer(u, v) + np.multiply.outer(x, y), (0,))
    assert sp.expand(table[0, 0] * table[1, 1] - table[0, 1] * table[1, 0]) != 0


def test_a_polynomial_of_large_degree_may_vanish_on_a_grid():
    """x(x − 1) on {0, 1}: the degree is not below the grid's size."""
    x = sp.Symbol("x")
    assert all((x * (x - 1)).subs(x, value) == 0 for value in (0, 1))


def test_a_shared_cp_model_has_a_smaller_rank(script, run):
    """M = 2, N = 4, Z = 4 across odd and even locations: 3 when shared, not 4."""
    ran = run(script("cp_model_facts"), "--locations", 4, "--width", 4)
    assert ran.proved == ["rank = 4", "rank = 3"]


def test_the_papers_bound_is_not_the_requirement(script, run):
    """N = 8, M = 2, widths 4: two levels need 16 (9 shared), the bound says 4."""
    ran = run(script("price_of_depth"), "--locations", 8)
    assert [words.split()[-1] for words in ran.proved] == ["16", "16", "16", "9"]


@pytest.mark.parametrize("name", ["equations_1_to_5", "lemma_6"])
def test_what_is_computed_is_not_called_a_theorem(name, script, run):
    """The grade says what kind of evidence it is."""
    ran = run(script(name))
    grades = {result["grade"] for result in ran.results}
    assert "exact computation" in grades
    assert all(result["certificate"] for result in ran.results if result["grade"] == "theorem")


def test_mex_has_no_other_identities(script):
    """Blocks of different sizes, scaling at the same β, and a sum in place of the mean."""
    module = script("mex_identities")
    a, b, c = sp.symbols("a b c", real=True)
    mex, equal, beta = module.mex, module.equal, module.BETA
    assert equal(beta * mex([mex([a, b]), mex([c, c])]), beta * mex([a, b, c, c]))
    assert not equal(beta * mex([mex([a]), mex([b, c])]), beta * mex([a, b, c]))
    assert not equal(beta * mex([2 * a, 2 * b]), 2 * beta * mex([a, b]))
    assert not equal(mex([a, b], sp.Integer(1)), sp.log(sp.exp(a) + sp.exp(b)))
