"""Integers that print at any size, and compute as Python's."""

import copy
import csv
import io
import json
import operator
import pickle
import re
import sys
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import mpmath
import pytest
from brute import expect
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.integers import (
    counted,
    expand,
    factored,
    factors_to_json,
    from_json,
    latex,
    shown,
    to_json,
)

pytestmark = pytest.mark.soundness

HUGE = ca.Integer(4**32768, hints=[4])
LARGE = st.builds(
    lambda base, power, more: base**power + more,
    st.integers(2, 30),
    st.integers(200, 3000),
    st.integers(-9, 9),
)
"""Powers and their neighbours, of up to 4,400 digits."""
SMALL = st.integers(-(10**14), 10**14)


@given(st.integers(0, 10**30), st.sets(st.integers(0, 12), max_size=3))
def test_factors_multiply_to_the_number(number, hints):
    """Whatever the hints, nothing is lost."""
    expect(expand(factored(number, hints)), number, "product")


@given(st.integers(2, 30), st.integers(1, 3000), st.integers(1, 40), st.sets(st.integers(2, 30)))
def test_powers_multiply_to_the_number(base, exponent, other, hints):
    """Powers of any base, times a little, come back whole."""
    number = base**exponent * other
    factors = factored(number, hints)
    expect(expand(factors), number, "product")
    for factor, power in factors:
        expect(factor >= 2 and power >= 1, True, f"factor {factor}^{power}")


@pytest.mark.parametrize(
    ("number", "hints", "text"),
    [
        (0, (), "0"),
        (1, (), "1"),
        (65536, (), "65536"),
        (10**15 - 1, (), "999999999999999"),
        (4**32768, (4,), "4^32768"),
        (4**32768, (), "2^65536"),
        (4**32768, (1, 2, 4), "2^65536"),
        (6**100, (6,), "6^100"),
        (6**100, (), "6^100"),
        (2**71 * 3**4, (), "2^71*3^4"),
        (2**70 * 3**5, (), "49152^5"),
        (10**40 + 1, (), None),
    ],
    ids=lambda value: "" if isinstance(value, int) else str(value),
)
def test_numbers_are_printed_factored(number, hints, text):
    """Digits while they are few, a power where it is one; never thousands of digits."""
    said = str(ca.Integer(number, hints))
    if text is not None:
        expect(said, text, "text")
    expect(len(said) < 100, True, "length")


def test_a_number_without_small_factors_is_shown_by_its_size():
    """A prime of thousands of digits is described."""
    said = str(ca.Integer(2**9941 - 1))
    expect(said, "(a number of 9941 bits)", "text")


def test_negative_numbers_have_a_sign_and_no_factors():
    """They print with a sign; a list of factors has no place for one."""
    expect(str(-HUGE), "-4^32768", "print")
    with pytest.raises(ValueError, match="natural numbers"):
        factored(-1)
    with pytest.raises(ValueError, match="-4\\^32768"):
        to_json(-HUGE)


@pytest.mark.parametrize("spec", ["", "d", ",", "_", "n", "12d", "<8", ">8,", "^9_d", "08d", "+d"])
@given(number=SMALL)
def test_small_numbers_print_as_int_does(spec, number):
    """Below 10^15 nothing differs: str, repr, and format with whole numbers."""
    expect(format(ca.Integer(number), spec), format(number, spec), spec)
    expect((str(ca.Integer(number)), repr(ca.Integer(number))), (str(number),) * 2, "str, repr")


@pytest.mark.parametrize("spec", ["x", "#X", "o", "b", ",d", "030d", "e", ".3e", "g", ".1f", "%"])
@pytest.mark.parametrize("number", [3**40, -(7**90), 10**200 + 1, 2**900])
def test_explicit_formats_are_those_of_int_as_far_as_int_goes(spec, number):
    """Whoever asks for digits gets them, up to 10^300 in every form."""
    expect(format(ca.Integer(number), spec), format(number, spec), spec)


def test_digits_stop_where_python_stops():
    """4,300 digits are written out on demand; one more, and the number is factored."""
    last, next_ = 10**4300 - 1, 10**4300
    expect(f"{ca.Integer(last):d}", "9" * 4300, "4,300 digits")
    expect(f"{ca.Integer(next_):,d}", "10^4300", "4,301 digits")
    before = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(1000)
        expect(f"{ca.Integer(10**1000):d}", "10^1000", "a lower limit")
        expect(f"{ca.Integer(10**999):d}", "1" + "0" * 999, "at that limit")
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("kind", ["", "d", "n", ",", "_", "e", ".3e", ".0E", "f", "g", ".1G", "%"])
@pytest.mark.parametrize("place", ["", "012", ">30", "*^25", "=+20", " <20", "+", "-"])
def test_no_format_fails_on_a_huge_number(place, kind):
    """Every form, filled up to every width, with its sign."""
    width = int("".join(c for c in place if c.isdigit()) or 0)
    for number in (HUGE, -HUGE, HUGE * 3, HUGE + 1):
        said = format(number, place + kind)
        expect("-" in said, number < 0, said)
        expect(len(said) >= width, True, said)
        if "+" in place:
            expect(said[0], "-" if number < 0 else "+", said)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (".3e", "2.004e+19728"),
        ("e", "2.003530e+19728"),
        ("f", "2.003530e+19728"),
        (".0e", "2e+19728"),
        ("#.0e", "2.e+19728"),
        ("g", "2.00353e+19728"),
        (".3G", "2E+19728"),
        ("#.3g", "2.00e+19728"),
        (".1%", "2.0e+19730%"),
        ("020.3e", "000000002.004e+19728"),
        ("012d", "     4^32768"),
        ("*^11", "**4^32768**"),
    ],
)
def test_the_form_of_a_huge_number(spec, said):
    """As floats are written, with as many digits; only digits are preceded by zeros."""
    expect(format(HUGE, spec), said, spec)


@given(LARGE, st.integers(0, 40))
def test_scientific_notation_is_rounded_correctly(number, places):
    """Half to even, for every number of places, as the decimal module rounds."""
    number = number if number >= 10**300 else number * 10**300
    wanted = Context(prec=places + 1, rounding=ROUND_HALF_EVEN, Emax=10**6).create_decimal(number)
    digits, exponent = format(ca.Integer(number), f".{places}e").split("e")
    expect(Decimal(digits).scaleb(int(exponent), Context(prec=99, Emax=10**6)), wanted, "value")
    expect(len(digits.replace(".", "")), places + 1, "digits")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (25 * 10**400, "2e+401"),
        (35 * 10**400, "4e+401"),
        (25 * 10**400 + 1, "3e+401"),
        (95 * 10**400, "1e+402"),
        (10**400 - 1, "1e+400"),
        (10**400, "1e+400"),
    ],
    ids=["half to even", "half to even, up", "above half", "carry", "nines", "a power"],
)
def test_rounding_at_the_edges(number, said):
    """Ties, carries and powers of ten."""
    expect(f"{ca.Integer(number):.0e}", said, "text")


def test_many_digits_are_right():
    """5,000 digits of 4^32768, more than int would print, against mpmath."""
    with mpmath.workdps(5200):
        wanted = mpmath.nstr(mpmath.mpf(4) ** 32768, 5001, strip_zeros=False)
    found = f"{HUGE:.5000e}"
    expect(found[:4990], wanted[:4990], "digits")
    expect(found.endswith("e+19728"), True, "exponent")


@pytest.mark.parametrize("spec", [".3d", "s", "z", "1.2,", ",n", "k"])
def test_a_format_that_int_refuses_is_refused(spec):
    """With int's own sentence, whatever the size."""
    with pytest.raises(
        ValueError, match=r"[Pp]recision|Unknown|Invalid|Cannot|not allowed"
    ) as refused:
        format(5, spec)
    with pytest.raises(ValueError, match=re.escape(str(refused.value))):
        format(HUGE, spec)


OPERATIONS = [operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod]
ORDER = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]


@given(st.one_of(SMALL, LARGE), st.one_of(SMALL, LARGE))
def test_it_computes_and_compares_as_int_does(a, b):
    """On either side of an int or of another; results print at any size again."""
    for operation in [*OPERATIONS, *ORDER, divmod, pow]:
        if operation is pow:
            b = b % 7
        if b == 0 and operation in (operator.floordiv, operator.mod, divmod):
            continue
        wanted = operation(a, b)
        for left, right in [(ca.Integer(a), b), (a, ca.Integer(b)), (ca.Integer(a), ca.Integer(b))]:
            found = operation(left, right)
            expect(found == wanted, True, f"{operation.__name__}")
            expect(type(found) is ca.Integer, operation in [*OPERATIONS, pow], operation.__name__)
    expect(hash(ca.Integer(a)), hash(a), "hash")
    expect({a: 1}[ca.Integer(a)], 1, "as a key")
    for operation in (operator.neg, operator.pos, abs):
        expect(type(operation(ca.Integer(a))), ca.Integer, operation.__name__)
        expect(operation(ca.Integer(a)) == operation(a), True, operation.__name__)


def test_it_stands_for_an_int_everywhere():
    """The plain int is a call away; floats, fractions, ranges and modular powers work."""
    n = ca.Integer(6)
    expect((type(int(n)), type(operator.index(n))), (int, int), "plain")
    expect((n / 4, n + 0.5, 2.0**n, n**-1, pow(n, 3, 7)), (1.5, 6.5, 64.0, 1 / 6, 6), "values")
    expect((Fraction(n, 4), list(range(n))[-1], [0] * n), (Fraction(3, 2), 5, [0] * 6), "uses")
    expect(type(Fraction(n).numerator), int, "a fraction of it is of ints")
    expect(str(sum([HUGE, HUGE, HUGE, HUGE])), "4^32769", "sum")
    expect(str(HUGE // 4**32000), "4^768", "a quotient keeps its base")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("number", [HUGE, -HUGE, ca.Integer(7)])
def test_it_is_pickled_and_copied(number, protocol):
    """With every protocol, the oldest of which write digits; its base is kept."""
    pickled = pickle.loads(pickle.dumps(number, protocol))  # noqa: S301  (our own)
    for twin in (pickled, copy.deepcopy(number)):
        expect((type(twin), twin == number, str(twin)), (ca.Integer, True, str(number)), "twin")
    expect(copy.copy(number) is number, True, "copy")


def test_it_cannot_be_changed_or_extended():
    """So its arithmetic is int's, whoever hands one over."""
    with pytest.raises(TypeError, match="no subclasses"):
        type("Liar", (ca.Integer,), {"__sub__": lambda *_: 0})
    for change in (lambda: setattr(HUGE, "hints", ()), lambda: delattr(HUGE, "hints")):
        with pytest.raises(AttributeError, match="cannot be changed"):
            change()


@pytest.mark.parametrize("value", [True, 1.0, "4", Fraction(4), None, type("Sub", (int,), {})(4)])
def test_it_is_made_of_plain_ints_alone(value):
    """No bool, no float, no text, no other subclass of int."""
    with pytest.raises(TypeError, match="made from an int"):
        ca.Integer(value)


def test_it_stands_in_text_tables_and_notebooks():
    """f-strings, %s, str.format, containers, CSV, LaTeX and Rich."""
    from rich.console import Console
    from rich.pretty import pretty_repr

    expect(f"{HUGE} {HUGE!r} {HUGE:>9}", "4^32768 4**32768   4^32768", "f-string")
    expect("%s %r".__mod__((HUGE, HUGE)), "4^32768 4**32768", "%")
    expect(str([HUGE, (HUGE, 1)]), "[4**32768, (4**32768, 1)]", "containers")
    expect(pretty_repr({"rank": HUGE}), "{'rank': 4**32768}", "pretty")
    table = io.StringIO()
    csv.writer(table).writerow([HUGE, 81])
    expect(table.getvalue(), "4^32768,81\r\n", "CSV")
    Console(file=table).print(HUGE)
    expect("4^32768" in table.getvalue().splitlines()[-1], True, "Rich")
    expect(HUGE._repr_latex_(), "$4^{32768}$", "LaTeX")
    expect(latex(HUGE * 3), r"2^{65536} \cdot 3", "LaTeX of a product")
    expect(latex(ca.Integer(2**9941 - 1)), r"(\text{a number of 9941 bits})", "LaTeX of a prime")


@pytest.mark.parametrize(
    ("number", "data"),
    [
        (0, 0),
        (81, 81),
        (2**53 - 1, 9007199254740991),
        (2**53, [[2, 53]]),
        (HUGE, [[4, 32768]]),
        (2**89 - 1, [["0x1ffffffffffffffffffffff", 1]]),
    ],
    ids=["0", "81", "2^53-1", "2^53", "4^32768", "2^89-1"],
)
def test_numbers_have_one_form_in_json(number, data):
    """An integer that every reader takes exactly, or factors; both come back."""
    expect(to_json(number), data, "data")
    expect(type(to_json(number)) in (int, list), True, "plain data")
    read = from_json(json.loads(json.dumps(data)), most=4**32768)
    expect((read == number, str(read)), (True, str(ca.Integer(number))), "read again")


@given(st.one_of(st.integers(0, 10**20), LARGE), st.sets(st.integers(0, 12), max_size=3))
def test_both_json_forms_are_read_again(number, hints):
    """Also the list that certificates hold for small numbers."""
    for data in (to_json(number, hints), factors_to_json(number, hints)):
        expect(from_json(json.loads(json.dumps(data))) == number, True, "read again")


@pytest.mark.parametrize(
    "data",
    [
        -1,
        True,
        4.0,
        "4",
        None,
        {},
        101,
        [[4, 32768]],
        [[2, 1 << 60]],
        [[101, 1]],
        [[2, 0]],
        [[2, -1]],
        [[1, 3]],
        [[0, 2]],
        [[0, 1], [2, 1]],
        [[2]],
        [2, 3],
        [["2", 1]],
        [["0xg", 1]],
        [[2.0, 1]],
        [[True, 1]],
        [[2, True]],
    ],
    ids=str,
)
def test_what_is_no_number_up_to_the_limit_is_refused(data):
    """Nothing of another form, and nothing large is multiplied out first."""
    with pytest.raises(ValueError, match="number"):
        from_json(data, most=100)


def test_messages_show_any_value():
    """Long numbers are factored, long texts are cut, numbers deep inside do no harm."""
    expect(shown(10**5000), "10^5000", "a number")
    expect(shown(-(10**5000)), "-10^5000", "a negative number")
    expect(shown("x" * 100, 10), "'xxxxxx...", "a text")
    expect(shown([10**5000]), "[10^5000]", "a list of them")
    expect("very large" in shown({10**5000}), True, "a set of them")
    expect(shown(3), "3", "a small one")


def test_nouns_agree_with_their_numbers():
    """In reprs and refusals alike: 1 child, 2 children."""
    expect(counted(1, "child", "children"), "1 child", "one")
    expect(
        [counted(n, "node") for n in (0, 1, 2048)], ["0 nodes", "1 node", "2,048 nodes"], "nodes"
    )
    expect(counted(10**5000, "entry", "entries"), "10^5000 entries", "very many")
    with pytest.raises(ca.CircuitalgError, match="has 1 child; it needs"):
        ca.ModeTree.from_nested([[0, 1], [2]])
    b = ca.CircuitBuilder(1, 1)
    single = b.build(b.sum(b.input(0), width=1))
    wanted = "<Circuit: 1 location of dimension 1, 2 nodes, 1 parameter, 1 output>"
    expect(str(single), wanted, "a small circuit")


def test_proofs_and_nodes_with_numbers_of_many_digits_print():
    """``repr`` of what holds exact numbers: the digits that Python prints, else powers."""
    huge = 10**5000
    theorem = ca.prove_minimal_ht([[huge, 1], [2, 3]])
    assert "10**5000" in repr(theorem.proof)
    family = ca.representation.Gaussians([[huge], [Fraction(1, huge)]], [[1], [2]])
    assert repr(family) == (
        "ca.representation.Gaussians(\n"
        "    means=((10**5000,), (Fraction(1, 10**5000),)), variances=((1,), (2,))\n)"
    )
    builder = ca.CircuitBuilder(1, 1)
    net = builder.build(builder.sum(builder.input(0), matrix=[[huge]]))
    assert "10**5000" in repr(net.nodes)
    assert repr(net.nodes[0]) == 'Node(name="x0", kind="input", width=1, location=0)'
    with pytest.raises(ca.WeightError, match="beyond floats"):
        ca.prove_linearly_independent(family)
