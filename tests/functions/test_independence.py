"""Independence of representation functions: proved, dependent, and altered certificates."""

from fractions import Fraction

import flint
import numpy as np
import pytest
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.arithmetic.functions import enclosure
from circuitalg.checker.intervals import Intervals, fractions
from circuitalg.checker.meter import Meter
from circuitalg.errors import NotProved, Refuted
from circuitalg.representation import (
    PI,
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
    assert any("linearly independent" in line for line in verified.statement)
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


numbers = st.fractions(-50, 50, max_denominator=1000)


@given(numbers, numbers.filter(lambda v: v > 0), st.sampled_from([16, 64, 300]))
def test_both_interval_arithmetics_hold_the_values(a, b, bits):
    """Against FLINT's ball arithmetic: exp, roots, π, quotients and powers."""
    flint.ctx.prec = 600
    p, q = (flint.arb(v.numerator) / v.denominator for v in (a, b))
    own = Intervals(bits, Meter(False, None))
    m, n = own.number(a), own.number(b)
    minus_n = own.number(-b)
    for term, checked, truth in [
        (exp(x(0)), own.exp(m), p.exp()),
        (sqrt(x(1)), own.root(n), q.sqrt()),
        (x(0) / x(1), own.product(m, own.inverse(n)), p / q),
        (x(0) ** 6, own.power(m, 6), p**6),
        (PI * x(0), own.product(own.pi(), m), flint.arb.pi() * p),
        (maximum(x(0), exp(-x(1))), own.largest(m, own.exp(minus_n)), p.max((-q).exp())),
    ]:
        low, high = fractions(checked)
        for ends in ((low, high), enclosure(term, (a, b), bits)):
            first, last = (flint.arb(flint.fmpq(e.numerator, e.denominator)) for e in ends)
            assert not first > truth
            assert not last < truth
        size = max(abs(low), abs(a) if term.op == "max" else 0)
        assert high - low <= size * Fraction(4096, 2**bits) + Fraction(1, 2**bits)


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
