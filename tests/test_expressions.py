"""The contract of the one expression tree: every language's form, its file and its limits."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.errors import ArgumentError, CircuitalgError, FileFormatError, RuleError
from circuitalg.expressions import (
    FORMULAS,
    MATRICES,
    TERMS,
    Expression,
    binomial,
    exact_number,
    expression,
    formula,
    least,
    least_width,
    matrix,
    parameter,
    symbols,
    total,
    width,
)
from circuitalg.kernel.codec import Numbering, encode

q, m, M = symbols("q m M")
X = Expression("x", (0,))
PI = Expression("pi", ())


def written(part):
    """An expression as a file has it."""
    return encode(part, Numbering().leaf)


def op(name, *parts):
    """An operation on expressions and numbers."""
    return Expression(name, tuple(map(expression, parts)))


def several(names, inner):
    """A sum or product of two or three."""
    return st.builds(
        lambda name, parts: Expression(name, tuple(parts)),
        st.sampled_from(names),
        st.lists(inner, min_size=2, max_size=3),
    )


def grown(leaves, *operations):
    """Trees of these leaves and operations."""
    return st.recursive(
        leaves, lambda inner: st.one_of(*(make(inner) for make in operations)), max_leaves=10
    )


numbers = st.one_of(st.integers(-30, 30), st.fractions(-5, 5, max_denominator=40))
TREES = {
    "formulas": (
        FORMULAS,
        grown(
            st.one_of(st.sampled_from([q, m, M]), st.integers(0, 2**70).map(formula)),
            lambda inner: several("+*", inner),
            lambda inner: several(["min"], inner),
            lambda inner: st.builds(
                lambda name, *parts: Expression(name, parts),
                st.sampled_from(["-", "^", "minr", "binom"]),
                inner,
                inner,
            ),
            lambda inner: st.builds(width, inner),
            lambda inner: st.builds(total, st.just("i"), inner, inner, inner),
        ),
    ),
    "matrices": (
        MATRICES,
        grown(
            st.one_of(
                st.text(max_size=5).map(parameter),
                st.lists(st.lists(numbers, min_size=2, max_size=2), min_size=1, max_size=3).map(
                    matrix
                ),
            ),
            lambda inner: several("+*", inner),
        ),
    ),
    "terms": (
        TERMS,
        grown(
            st.one_of(numbers.map(expression), st.sampled_from([X, PI, Expression("x", (63,))])),
            lambda inner: several("+*", inner),
            lambda inner: st.builds(
                lambda name, *parts: Expression(name, parts),
                st.sampled_from(["/", "max"]),
                inner,
                inner,
            ),
            lambda inner: st.builds(lambda t, n: t**n, inner, st.integers(0, 64)),
            lambda inner: st.builds(op, st.sampled_from(["exp", "sqrt", "step"]), inner),
        ),
    ),
}


@pytest.mark.parametrize("name", TREES)
@given(st.data())
def test_what_is_written_is_read_back(name, data):
    """The same tree, which its language has; and its text is one line."""
    language, trees = TREES[name]
    tree = data.draw(trees)
    read = Expression.from_json(written(tree))
    assert read == tree
    assert written(read) == written(tree)
    assert language.check(read) >= 1
    assert str(read) == str(tree)


MALFORMED = [
    *([], [1, 2], [["x", 0], 1], "x", "2/4", "4/2", 1.5, None, True, {"x": 0}, ["+", 1, 0.5]),
    *(["x"], ["x", "0"], ["x", True], ["sym"], ["sym", 1], ["parameter", 1], ["sum", 1, 2, 3, 4]),
    *(["matrix", 1], ["matrix", [1, 0.5]], ["matrix", ["1/2", "a"]], ["matrix", [[1]]]),
    *(["number", 1], [None], ["exp", ["number", 1]]),
]


@pytest.mark.parametrize("data", MALFORMED)
def test_what_is_no_tree_is_refused(data):
    """Inexact numbers, objects, and heads of another type."""
    with pytest.raises(FileFormatError):
        Expression.from_json(data)


FOREIGN = {
    "formulas": (
        FORMULAS,
        [
            *(-1, "1/2", ["+", 1], ["*"], ["min", 1], ["^", 2], ["^", 2, 3, 4], ["r"], ["r", 1, 2]),
            *(["-", 1], ["minr", 1], ["binom", 1, 2, 3], ["sum", "i", 1, 2], ["sin", 1]),
            *(["sym", "two words"], ["sym", ""], ["sym", "1m"], ["sym", "m" * 21], ["sym", "é"]),
            *(["sum", "_", 0, 1, 1], ["sym", "m", 1], ["x", 0], ["pi"], ["/", 1, 2], ["exp", 1]),
            *(["parameter", "a"], ["matrix", [1]], ["__import__", "1/2"]),
        ],
    ),
    "matrices": (
        MATRICES,
        [
            *(1, "1/2", ["*", ["parameter", "a"]], ["+"], ["matrix"], ["parameter", "a", 1]),
            *(["inverse", ["parameter", "a"]], ["sym", "a"], ["*", 2, ["parameter", "a"]]),
            *(["-", ["parameter", "a"], ["parameter", "a"]], ["+", *[["parameter", "a"]] * 201]),
        ],
    ),
    "terms": (
        TERMS,
        [
            *(["x", -1], ["x", 64], ["x", 0, 1], ["+", 1], ["*"], ["^", 2], ["^", 2, -1]),
            *(["^", 2, 65], ["^", 2, ["x", 0]], ["^", 2, "1/2"], ["/", 1], ["/", 1, 2, 3]),
            *(["exp"], ["exp", 1, 2], ["sqrt"], ["pi", 1], ["max", 1], ["step", 1, 2]),
            *(["sin", 1], ["-", 1, 2], ["sym", "m"], ["min", 1, 2], ["parameter", "a"]),
        ],
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_another_language_says_is_refused(name):
    """Unknown operations, wrong counts, numbers and names that the language does not have."""
    language, trees = FOREIGN[name]
    for data in trees:
        with pytest.raises(RuleError, match=language.noun):
            language.check(Expression.from_json(data))


BROKEN = [
    Expression("number", (0.5,)),
    Expression("number", (True,)),
    Expression("number", (1, 2)),
    Expression("number", ()),
    Expression("+", (1, 2)),
    Expression("+", (PI, "x")),
    Expression("^", (PI, 2)),
    Expression("^", (PI, expression(True + 0.5))),
    Expression("x", (X,)),
    Expression("x", (True,)),
    Expression("sym", (q,)),
    Expression("parameter", (3,)),
    Expression("matrix", (1,)),
    Expression("", ()),
]


@pytest.mark.parametrize("tree", BROKEN)
@pytest.mark.parametrize("language", [FORMULAS, MATRICES, TERMS])
def test_a_tree_made_by_hand_is_checked_as_well(language, tree):
    """Bare numbers among the parts, truth values, and arguments of another kind."""
    with pytest.raises(RuleError):
        language.check(tree)


def deep(language, depth):
    """A chain of sums; the outermost of which has depth 0."""
    leaf = parameter("a") if language is MATRICES else expression(1)
    found = leaf
    for _ in range(depth):
        found = Expression("+", (found, leaf))
    return found


@pytest.mark.parametrize(("language", "most"), [(FORMULAS, 30), (MATRICES, 20), (TERMS, 40)])
def test_the_depth_has_a_limit(language, most):
    """One level fewer passes; files are cut at 40 for all."""
    assert language.check(deep(language, most)) == 2 * most + 1
    with pytest.raises(RuleError, match=f"more than {most} times"):
        language.check(deep(language, most + 1))
    assert Expression.from_json(written(deep(TERMS, 40))) == deep(TERMS, 40)
    with pytest.raises(FileFormatError, match="40"):
        Expression.from_json(written(deep(TERMS, 41)))


@pytest.mark.parametrize(("language", "most"), [(FORMULAS, 400), (MATRICES, 200), (TERMS, 10_000)])
def test_the_number_of_parts_has_a_limit(language, most):
    """A sum of as many; and parts that are one object count each time."""
    leaf = parameter("a") if language is MATRICES else expression(1)
    assert language.check(Expression("+", (leaf,) * (most - 1))) == most
    with pytest.raises(RuleError, match="parts"):
        language.check(Expression("+", (leaf,) * (most + 1)))
    doubled = leaf
    for _ in range(18):
        doubled = Expression("+", (doubled, doubled))
    with pytest.raises(RuleError, match="parts"):
        language.check(doubled)
    for _ in range(60):
        doubled = Expression("+", (doubled, doubled))
    for tree in (doubled, Expression("^", (leaf, doubled)), Expression("r", (doubled, doubled))):
        with pytest.raises(RuleError):  # in no time, since nobody prints it
            language.check(tree)


def test_exponents_and_indices_are_no_parts_of_terms():
    """x_0^2 has two parts."""
    assert TERMS.check(X**2) == 2


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (q ** (m + 1) * 2 + M, "q^(m + 1)*2 + M"),
        (q - (m - M) - 1, "q - (m - M) - 1"),
        ((q**m) ** M, "(q^m)^M"),
        (width(m - 1) * least_width(0, m), "r_(m - 1)*min(r_0, ..., r_m)"),
        (least(q, least_width(1, 2), binomial(q, 2)), "min(q, r_1, ..., r_2, C(q, 2))"),
        (2 * total("i", 1, m, q * M + 1), "2*(sum_(i = 1 ... m) (q*M + 1))"),
        (matrix([[1, 2]]) * (parameter("a") + parameter("b")), "[1x2]*(a + b)"),
        (-X / (1 - op("exp", X) / 2), "(-1)*x_0/(1 - exp(x_0)/2)"),
        (1 / (X * PI), "1/(x_0*pi)"),
        (expression(10) ** 5000, "10^5000"),
    ],
)
def test_texts_are_mathematics(tree, text):
    """Parentheses where they are needed."""
    assert str(tree) == text


def test_a_number_of_any_length_is_printed():
    """Where CPython refuses decimals, the factors are."""
    assert str(formula(10**5000) + 1).endswith("+ 1")


def test_symbols_are_free_where_no_sum_binds_them():
    """And only free ones are replaced."""
    i = symbols("i")[0]
    tree = total("i", i, m, i * q) + i
    assert tree.symbols() == {"i", "m", "q"}
    assert total("i", 1, m, i * q).symbols() == {"m", "q"}
    assert str(tree.at("i", 3).at("q", 5)) == "sum_(i = 3 ... m) i*5 + 3"
    assert tree.uses("sum")
    assert not tree.uses("r", "minr")


def test_formulas_have_values():
    """At numbers for the symbols, and widths; whatever is missing is asked for."""
    tree = total("i", 1, m, width(i := symbols("i")[0]) * 2**i) + binomial(q, 2) - least_width(0, m)
    assert tree.value({"m": 2, "q": 4}, [5, 3, 7].__getitem__) == 3 * 2 + 7 * 4 + 6 - 3
    for missing, numbers, widths in [("q has", {"m": 2}, int), ("widths", {"m": 2, "q": 1}, None)]:
        with pytest.raises(RuleError, match=missing):
            tree.value(numbers, widths)
    with pytest.raises(RuleError, match="1,000,000"):
        (formula(2) ** 10**7).value({})
    with pytest.raises(RuleError, match="no operation"):
        X.value({})


def test_numbers_become_exact():
    """Floats as the binary numbers they are, NumPy's as Python's, texts as fractions."""
    inside = Fraction(1, 3)
    inside._numerator = np.int64(1)
    for given_number, wanted in [
        *((0.5, Fraction(1, 2)), ("1/3", Fraction(1, 3)), (np.int64(7), 7), (np.float64(2), 2)),
        *((inside, Fraction(1, 3)), (Fraction(4, 2), 2)),
    ]:
        found = exact_number(given_number)
        assert found == wanted
        assert type(found.numerator) is type(found.denominator) is int
    for other in (True, None, [1], float("nan"), float("inf"), "1/0", "x", 1j, np.ones(2)):
        assert exact_number(other) is None
        with pytest.raises(ArgumentError, match="an expression holds"):
            q + other
    for other in (-1, 0.5, "1", np.int64(1)):
        with pytest.raises(CircuitalgError, match="natural"):
            formula(other)
