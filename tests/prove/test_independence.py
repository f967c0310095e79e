"""Independence of representation functions: proved, dependent, and altered certificates."""

from fractions import Fraction

import flint
import numpy as np
import pytest
from alterations import both_accept, both_refuse
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import checker
from circuitalg.arithmetic.functions import enclosure
from circuitalg.errors import NotProved, Refuted
from circuitalg.representation import (
    Functions,
    Gaussians,
    Monomials,
    Neurons,
    exp,
    maximum,
    sqrt,
    step,
    x,
)

LINE = x(0)
FAMILIES = {
    "monomials": Monomials.up_to(3, 2),
    "Gaussians": Gaussians([[0], [1], [3]], [[1], [1], [2]]),
    "Gaussians in the plane": Gaussians([[0, 0], [1, 2], [-1, 1]], [[1, 2], [1, 2], [3, 1]]),
    "sigmoids": Neurons([[1], [2], [-1]], [0, 1, 3], "sigmoid"),
    "ReLUs": Neurons([[1], [2], [-1]], [0, 1, 3], "relu"),
    "thresholds": Neurons([[1], [2], [-1]], [0, 1, 3], "threshold"),
    "one's own": Functions(1, [1, LINE, exp(-(LINE**2)), maximum(LINE, 0), sqrt(1 + LINE**2)]),
    "one function": Functions(1, [exp(LINE)]),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_independent_families_are_proved_and_checked(name, tmp_path):
    """Points and an approximate inverse are found; the checker's own intervals agree."""
    theorem = ca.prove_linearly_independent(FAMILIES[name])
    verified = both_accept(theorem, tmp_path)
    assert "linearly independent" in verified.text[2]
    assert theorem.grade == "certified bound"


DEPENDENT = {
    "equal Gaussians": Gaussians([[0], [0]], [[1], [1]]),
    "x and 2x": Functions(1, [LINE, 2 * LINE]),
    "a jump the other way": Functions(1, [step(LINE), 1 - step(-LINE)]),
    "ReLU identity": Functions(1, [maximum(LINE, 0), maximum(-LINE, 0), LINE]),
    "three lines": Functions(1, [1, LINE, 3 - LINE]),
    "zero": Functions(1, [1, LINE - LINE]),
    "hyperbolic": Functions(1, [exp(LINE), exp(LINE + 1)]),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", DEPENDENT)
def test_dependent_families_are_not_proved(name):
    """Refuted with the relation, or not proved; never a theorem."""
    with pytest.raises((Refuted, NotProved), match=r"dependent|relation|defined"):
        ca.prove_linearly_independent(DEPENDENT[name])


def test_a_relation_is_shown():
    """The message says which combination vanishes."""
    with pytest.raises(Refuted, match="f1"):
        ca.prove_linearly_independent(DEPENDENT["x and 2x"])


def _point(_, proof):
    proof["points"][1] = proof["points"][0]


def _inverse(_, proof):
    proof["inverse"][0][0] = 0


def _bits(_, proof):
    proof["bits"] = 0


def _function(statement, _):
    statement["functions"][1] = statement["functions"][0]


def _dimension(statement, _):
    statement["dimension"] = 2


def _coordinate(statement, _):
    statement["functions"][0] = ["x", 1]


def _jump(statement, proof):
    statement["functions"][0] = ["step", ["+", ["x", 0], ["*", -1, proof["points"][0][0]]]]


def _operation(statement, _):
    statement["functions"][0] = ["sin", ["x", 0]]


def _pole(statement, proof):
    statement["functions"][0] = ["/", 1, ["+", ["x", 0], ["*", -1, proof["points"][0][0]]]]


@pytest.mark.soundness
@pytest.mark.parametrize(
    "change",
    [_point, _inverse, _bits, _function, _dimension, _coordinate, _jump, _operation, _pole],
)
def test_altered_certificates_are_refused_by_both_readers(change, tmp_path):
    """Points, inverse, bits, and functions that are dependent or jump at a point."""
    theorem = ca.prove_linearly_independent(FAMILIES["Gaussians"])
    both_refuse(theorem, change, tmp_path)


numbers = st.fractions(-50, 50, max_denominator=1000)


@given(numbers, numbers.filter(lambda v: v > 0), st.sampled_from([16, 64, 300]))
def test_both_interval_arithmetics_hold_the_values(a, b, bits):
    """Against FLINT's ball arithmetic: exp, roots, π, quotients and powers."""
    terms = {
        ("exp", ("x", 0)): lambda p, q: p.exp(),
        ("sqrt", ("x", 1)): lambda p, q: q.sqrt(),
        ("/", ("x", 0), ("x", 1)): lambda p, q: p / q,
        ("^", ("x", 0), 6): lambda p, q: p**6,
        ("*", ("pi",), ("x", 0)): lambda p, q: flint.arb.pi() * p,
        ("max", ("x", 0), ("exp", ("*", -1, ("x", 1)))): lambda p, q: p.max((-q).exp()),
    }
    flint.ctx.prec = 600
    balls = [flint.arb(v.numerator) / v.denominator for v in (a, b)]
    own = checker.Enclosing(bits, checker.Meter(False, None))
    for term, exact in terms.items():
        truth = exact(*balls)
        low, high = own.value(_lists(term), [a, b])
        for ends in ((low, high), enclosure(term, (a, b), bits)):
            first, last = (flint.arb(flint.fmpq(e.numerator, e.denominator)) for e in ends)
            assert not first > truth
            assert not last < truth
        assert high - low <= abs(low) * Fraction(4096, 2**bits) + Fraction(1, 2**bits)


def _lists(term):
    return [_lists(part) if isinstance(part, tuple) else part for part in term]


def test_scores_are_equation_2():
    """circuit.score is Σ_d A_d Π f_{d_i}(x_i), summed here term by term; predict takes the best."""
    circuit = ca.ht_model(4, 3, [2, 2], outputs=2)
    weights = circuit.random_weights(seed=3)
    family = FAMILIES["Gaussians"]
    patches = np.random.default_rng(0).normal(size=(5, 4, 1))
    values = family.evaluate(patches)
    tensors = circuit.coefficient_tensor(weights, output=None).astype(float)
    expected = np.einsum("yabcd,na,nb,nc,nd->ny", tensors, *np.moveaxis(values, 1, 0))
    found = circuit.score(weights, family, patches)
    assert np.allclose(found, expected, rtol=1e-12, atol=0)
    assert (circuit.predict(weights, family, patches) == expected.argmax(axis=1)).all()


@pytest.mark.parametrize("shape", [(5, 3, 1), (5, 4, 2), (4, 1), (5, 4)])
def test_patches_of_another_shape_are_refused(shape):
    """One sentence, with the shape that is needed."""
    circuit = ca.ht_model(4, 3, [2, 2])
    with pytest.raises(ca.CircuitalgError, match=r"\(batch, 4, 1\)"):
        circuit.score(circuit.random_weights(), FAMILIES["Gaussians"], np.zeros(shape))
