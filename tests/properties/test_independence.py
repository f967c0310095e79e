"""Linear independence: a determinant of values that is not 0, computed with 2,000 bits."""

import flint
import pytest
from brute import functions
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.errors import NotProved, Refuted
from circuitalg.representation import Functions, Gaussians, Monomials, Neurons, exp, maximum, x

LINE = x(0)
NUMBERS = st.integers(-4, 4) | st.fractions(-3, 3, max_denominator=4)
POSITIVE = st.integers(1, 3) | st.sampled_from(["1/2", "3/2"])


@st.composite
def families(draw):
    """Gaussians, neurons, monomials, and functions of one's own; some of them dependent."""
    count = draw(st.integers(1, 4))

    def lists(entries):
        return draw(st.lists(entries, min_size=count, max_size=count))

    kind = draw(st.sampled_from(["Gaussians", "neurons", "monomials", "own"]))
    if kind == "Gaussians":
        return Gaussians([[m] for m in lists(NUMBERS)], [[v] for v in lists(POSITIVE)])
    if kind == "neurons":
        activation = draw(st.sampled_from(["sigmoid", "relu", "threshold"]))
        return Neurons([[w] for w in lists(NUMBERS)], lists(NUMBERS), activation)
    if kind == "monomials":
        return Monomials([[e] for e in lists(st.integers(0, 5))])
    bases = [1, LINE, LINE**2, exp(LINE), exp(-LINE), maximum(LINE, 0), 1 / (1 + LINE**2)]
    return Functions(
        1,
        [
            a * draw(st.sampled_from(bases)) + b
            for a, b in zip(lists(NUMBERS), lists(NUMBERS), strict=True)
        ],
    )


def determinant(theorem):
    """Of the functions' values at the points of the proof."""
    terms = theorem.statement.functions
    with flint.ctx.workprec(2000):
        values = [functions.term_value(t, point) for point in theorem.proof.points for t in terms]
        return flint.arb_mat(len(terms), len(terms), values).det()


def check(found):
    """The law: the determinant is certainly not 0."""
    if found.contains(0):
        pytest.fail(f"the determinant {found} may be 0")


def proved(family):
    """The theorem, or None."""
    try:
        return ca.prove_linearly_independent(family)
    except (Refuted, NotProved):
        return None


@given(families())
def test_what_is_proved_has_a_determinant(family):
    """At the points of the proof."""
    theorem = proved(family)
    if theorem is not None:
        check(determinant(theorem))


@given(families(), st.data())
def test_a_linear_combination_is_never_independent(family, data):
    """Σ c_i f_i beside the f_i: refuted or not proved, whatever the coefficients."""
    coefficients = data.draw(st.lists(NUMBERS, min_size=family.count, max_size=family.count))
    combined = sum((c * f for c, f in zip(coefficients, family.terms, strict=True)), 0 * LINE)
    if proved(Functions(1, [*family.terms, combined])) is not None:
        pytest.fail("a dependent family was proved independent")


def test_a_determinant_of_zero_is_caught():
    """The law fails where two functions are equal, and holds for 1 and x."""
    theorem = proved(Monomials.up_to(1))
    check(determinant(theorem))
    with pytest.raises(pytest.fail.Exception):
        check(determinant(theorem) * 0)
