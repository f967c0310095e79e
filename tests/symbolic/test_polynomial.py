"""Polynomials of circuits, against SymPy's own expansion of the definition."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from circuitalg import strategies
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, ht_model, rac_model, tree_model, tt_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import Node
from circuitalg.errors import OptionError, TooLargeError, WeightError
from circuitalg.symbolic import polynomial as module
from circuitalg.symbolic.polynomial import polynomial


def by_definition(circuit, weights, output):
    """The output as an expression: nested sums and products, expanded by SymPy."""
    values = []
    for node in circuit.nodes:
        below = [values[child] for child in node.children]
        if node.kind == "input":
            value = [sympy.Symbol(f"x{node.location}_{d}") for d in range(node.width)]
        elif node.kind == "constant":
            value = [sympy.Integer(1)] * node.width
        elif node.kind == "product":
            value = [sympy.prod([child[r] for child in below]) for r in range(node.width)]
        else:
            value = [
                sum(
                    entry_symbol(weights, label, r, c) * child[c]
                    for label, child in zip(node.matrices, below, strict=True)
                    for c in range(len(child))
                )
                for r in range(node.width)
            ]
        values.append(value)
    return sympy.expand(values[-1][output])


def entry_symbol(weights, label, r, c):
    """An entry of a matrix as SymPy has it."""
    if not isinstance(label, str):
        return sympy.sympify(label[r][c])
    if weights is None:
        return sympy.Symbol(f"{label}[{r},{c}]")
    entry = weights[label][r][c]
    return sympy.sympify(entry if isinstance(entry, Fraction) else int(entry))


CIRCUITS = {
    "cp": cp_model(3, 2, 2, outputs=2),
    "cp shared": cp_model(3, 2, 2, shared=True),
    "cp of unequal dimensions": cp_model(3, [1, 2, 3], 2),
    "ht": ht_model(4, 2, [2, 1]),
    "tt": tt_model(3, 2, ranks=2),
    "tree": tree_model(ModeTree.random(4, seed=1), dim=2, widths=1),
    "rac": rac_model(3, 2, width=1, layers=1),
    "rac of two layers": rac_model(2, 2, width=1, layers=2),
    "fixed fractions and a square": Circuit.from_nodes(
        [
            Node("x", "input", 2, 0),
            Node("y", "input", 1, 1),
            Node("a", "sum", 2, None, (0,), ("w",)),
            Node("b", "sum", 2, None, (0, 1), (((Fraction(1, 2), 0), (0, -1)), ((3,), (0,)))),
            Node("p", "product", 2, None, (2, 3)),
            Node("out", "sum", 1, None, (4,), (((1, Fraction(2, 3)),),)),
        ]
    ),
}
circuits = pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS.keys())


@circuits
@pytest.mark.parametrize("kind", [None, "integer", "fraction"])
def test_agrees_with_expansion(circuit, kind):
    """With symbolic, integer and Fraction weights the expression is the expanded definition."""
    weights = None if kind is None else circuit.random_weights(1, kind)
    for output in range(circuit.num_outputs):
        expected = by_definition(circuit, weights, output)
        assert polynomial(circuit, weights, form="expr", output=output) - expected == 0


@circuits
def test_the_forms_are_one_polynomial(circuit):
    """Ring element, Poly and expression agree; other forms are refused."""
    weights = circuit.random_weights(2)
    element = polynomial(circuit, weights)
    poly = polynomial(circuit, weights, form="poly")
    assert isinstance(poly, sympy.Poly)
    assert poly.as_expr() == polynomial(circuit, weights, form="expr") == element.as_expr()
    assert circuit.polynomial(weights) == element
    with pytest.raises(OptionError, match="'ring', 'poly', 'expr'"):
        polynomial(circuit, weights, form="string")


def test_domains_follow_the_weights():
    """Symbols and ints give ZZ, a Fraction anywhere QQ, floats RR, complex numbers CC."""
    circuit = cp_model(2, 2, 2)
    assert polynomial(circuit).ring.domain == sympy.ZZ
    domains = {"integer": sympy.ZZ, "fraction": sympy.QQ, "float": sympy.RR}
    for kind, domain in domains.items():
        assert polynomial(circuit, circuit.random_weights(0, kind)).ring.domain == domain
    mixed = {n: w.astype(complex) for n, w in circuit.random_weights(0).items()}
    assert polynomial(circuit, mixed).ring.domain == sympy.CC
    fixed = CIRCUITS["fixed fractions and a square"]
    assert polynomial(fixed).ring.domain == sympy.QQ


def test_variables_have_their_names():
    """Weights come first, sorted by name, then representation values by location."""
    ring = polynomial(cp_model(2, [1, 2], 1)).ring
    assert [str(s) for s in ring.symbols] == [
        "a0.0[0,0]",
        "a0.1[0,0]",
        "a0.1[0,1]",
        "out[0,0]",
        "x0_0",
        "x1_0",
        "x1_1",
    ]


@given(
    circuit=strategies.circuits(
        kinds=strategies.MULTILINEAR_KINDS, max_outputs=2, max_parameters=60
    ),
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(["integer", "fraction"]),
)
def test_coefficients_are_those_of_the_tensor(circuit, seed, kind):
    """With given weights the coefficient of x_{1,d_1} ... x_{N,d_N} is the tensor's entry."""
    output = circuit.num_outputs - 1
    weights = circuit.random_weights(seed, kind)
    element = polynomial(circuit, weights, output=output)
    tensor = circuit.coefficient_tensor(weights, output=output)
    gens = element.ring.gens
    starts = np.cumsum([0, *circuit.dims[:-1]])
    for index in product(*(range(dim) for dim in circuit.dims)):
        monomial = element.ring.one
        for start, d in zip(starts, index, strict=True):
            monomial *= gens[start + d]
        expected = Fraction(tensor[index] if tensor.dtype == object else int(tensor[index]))
        assert Fraction(str(element.coeff(monomial))) == expected
    assert len(element) == np.count_nonzero(tensor)


@circuits
def test_both_routes_agree(circuit, monkeypatch):
    """Polynomial arithmetic gives the terms that the coefficient tensor gives."""
    weights = circuit.random_weights(4, "fraction")
    expected = polynomial(circuit, weights)
    monkeypatch.setattr(
        module, "_tensor_terms", lambda c, w, o: module._product_terms(c, w, o, expected.ring)
    )
    assert polynomial(circuit, weights) == expected


@circuits
def test_floats_are_close_to_exact(circuit):
    """Over RR the coefficients are near the exact ones, repeated inputs included."""
    weights = circuit.random_weights(5, "integer")
    exact = polynomial(circuit, weights)
    floats = {name: matrix.astype(float) for name, matrix in weights.items()}
    close = polynomial(circuit, floats)
    assert set(close) == set(exact)
    for monomial, coefficient in exact.items():
        value = float(Fraction(str(coefficient)))
        assert abs(float(close[monomial]) - value) <= 1e-12 * abs(value)


def test_terms_that_cancel_are_not_stored():
    """A zero coefficient is no term, and the zero polynomial is zero."""
    circuit = cp_model(2, 2, 2)
    weights = {name: np.zeros(shape, dtype=int) for name, shape in circuit.parameters.items()}
    assert polynomial(circuit, weights) == 0
    assert polynomial(circuit, weights, form="expr") == 0


def test_too_many_terms_are_refused_at_once():
    """The bound on the number of terms is in the refusal, for any size of network."""
    huge = ht_model(2**12, 4, [2] * 12, shared=True)
    for weights in (None, huge.random_weights(0)):
        with pytest.raises(TooLargeError, match=r"about 2\^\d+ terms"):
            polynomial(huge, weights)
    circuit = ht_model(8, 3, [3, 3, 3])
    with pytest.raises(TooLargeError, match="6,561 terms, more than max_terms, 6,560"):
        polynomial(circuit, circuit.random_weights(0), max_terms=6560)
    assert len(polynomial(circuit, circuit.random_weights(0, "float"), max_terms=6561)) == 6561
    rac = rac_model(6, 2, width=2, layers=2)
    with pytest.raises(TooLargeError):
        polynomial(rac, max_terms=1000)


@circuits
def test_the_bound_on_terms_is_one(circuit):
    """No polynomial has more terms than the bound says."""
    for weights in (None, circuit.random_weights(0)):
        bound = module._most_terms(circuit, weights is None)
        assert len(polynomial(circuit, weights)) <= bound


def test_bad_arguments_get_one_sentence():
    """A wrong output and missing weights are refused."""
    circuit = cp_model(2, 2, 1)
    with pytest.raises(OptionError, match="no output 1"):
        polynomial(circuit, output=1)
    with pytest.raises(WeightError, match="no weights"):
        polynomial(circuit, {})


def test_a_network_of_6561_terms():
    """8 locations of dimension 3 give all 3^8 monomials, each with 8 variables."""
    circuit = ht_model(8, 3, [3, 3, 3])
    element = polynomial(circuit, circuit.random_weights(0, "fraction"))
    assert len(element) == 6561
    assert {sum(monomial) for monomial in element} == {8}
