"""Formulas of theorems for all sizes: defined for all values, and compared within a budget."""

import pytest
from certificates import PROVED, genuine
from certificates.alter import altered, both_accept, both_refuse, kernel_says, put
from hostile_formulas import HOSTILE, nested

from circuitalg.errors import RuleError
from circuitalg.expressions import (
    Expression,
    binomial,
    formula,
    least,
    least_width,
    symbols,
    total,
    width,
)
from circuitalg.kernel import rules
from circuitalg.kernel.codec import Numbering, encode
from circuitalg.kernel.forall.claims import ParameterCount, RankAtMost
from circuitalg.kernel.forall.families import ONE, ZERO, CPNetworks, HTNetworks
from circuitalg.kernel.forall.induction import Induction, LastLevel
from circuitalg.kernel.forall.normal_form import Normal

q, m, M, Z, N, i = symbols("q m M Z N i")
LEAST = {"q": 2, "m": 0, "M": 1, "Z": 1, "N": 2}
MINUS = formula(0) - 1


def bound_of_cp(bound):
    """The statement that CP models of Z channels have at most this rank."""
    claim = RankAtMost("unions", ONE, bound)
    return {"N": 2, "M": 1, "Z": 1}, CPNetworks(N, M, Z), claim


UNDEFINED = {
    "binomial of -1, cancelled": Z * binomial(3, MINUS) * binomial(3, MINUS) ** MINUS,
    "binomial of -1": Z + binomial(3, MINUS) - binomial(3, MINUS),
    "binomial from -1": Z + binomial(MINUS, 1) - binomial(MINUS, 1),
    "width of -1": (Z + width(MINUS)) - width(MINUS),
    "width of M - 2": (Z + width(M - 2)) - width(M - 2),
    "least of no widths": Z * least_width(2, 1) * least_width(2, 1) ** MINUS,
    "least width from -1": Z + least_width(MINUS, 1) - least_width(MINUS, 1),
    "power of -1": Z * formula(2) ** MINUS * 2,
    "power of M - 2": Z * (N ** (M - 2)) * N**2 - Z * N**M + Z,
    "power of a difference": Z * 2 ** (M - Z) * 2 ** (Z - M),
    "sum that ends too early": Z + total("i", 3, M, i) - total("i", 3, M, i),
    "sum to -1 from 1": Z + total("i", 1, MINUS, i),
    "index inside a sum": Z + total("i", 0, M, width(i - 1)) - total("i", 0, M, width(i - 1)),
    "exponent inside a sum": Z
    + total("i", 0, M, 2 ** (M - 1 - i))
    - total("i", 0, M, 2 ** (M - 1 - i)),
    "undefined inside an empty sum": Z + total("i", 1, 0, width(i - 2)),
    "undefined inside a least number": least(Z, Z + width(MINUS) - width(MINUS)),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", UNDEFINED)
def test_an_undefined_formula_is_refused_by_both_readers(name, tmp_path):
    """Though it cancels: no statement about C(3, -1), r_-1, or a minimum of nothing."""
    with pytest.raises(RuleError, match=r"defined|last index"):
        rules.for_all(*bound_of_cp(UNDEFINED[name]), LastLevel())
    written = encode(UNDEFINED[name], Numbering().leaf)
    both_refuse(PROVED["for all, last level"](), put("st/claim/bound", written), tmp_path)


DEFINED = {
    "binomial of 0": Z * binomial(M, 0) - Z * binomial(M, 0) + Z,
    "width of M - 1": (Z + width(M - 1)) - width(M - 1),
    "power of M - 1": Z * N ** (M - 1) - Z * N ** (M - 1) + Z,
    "negative difference": Z + (3 - M) - (3 - M),
    "empty sum": Z + total("i", 1, 0, i),
    "index inside a sum": Z + total("i", 1, M, width(i - 1)) - total("i", 1, M, width(i - 1)),
    "exponent inside a sum": Z + total("i", 1, M, 2 ** (M - i)) - total("i", 1, M, 2 ** (M - i)),
}


@pytest.mark.parametrize("name", DEFINED)
def test_a_defined_formula_is_accepted_by_both_readers(name, tmp_path):
    """The neighbours that have values everywhere."""
    theorem = rules.for_all(*bound_of_cp(DEFINED[name]), LastLevel())
    both_accept(theorem, tmp_path)


@pytest.mark.soundness
@pytest.mark.parametrize("place", ["closed", "height", "claim", "depth"])
def test_formulas_are_defined_wherever_they_stand(place):
    """In proofs and sizes as in claims: 0 times an undefined number is not 0."""
    extra = 0 * width(MINUS) if place in ("closed", "claim") else 0 * formula(2) ** MINUS
    added = {name: extra if name == place else formula(0) for name in ("closed", "height", "claim")}
    networks = HTNetworks(q, m + 1 + (extra if place == "depth" else 0), M, sharing="shared")
    count = M * width(0) + total("i", 1, m, width(i - 1) * width(i))
    claim = ParameterCount(count + width(m) + added["claim"])
    proof = Induction("count", "m", count + added["closed"], ZERO + added["height"])
    symbols_used = {"q": 2, "m": 0, "M": 1}
    with pytest.raises(RuleError, match=r"defined|certainly"):
        rules.for_all(symbols_used, networks, claim, proof)
    good = Induction("count", "m", count)
    rules.for_all(
        symbols_used,
        HTNetworks(q, m + 1, M, sharing="shared"),
        ParameterCount(count + width(m)),
        good,
    )


@pytest.mark.soundness
def test_sizes_that_are_one_object_are_checked_each():
    """0 outputs are refused though the same 0 is allowed as the rest of the levels."""
    nothing = formula(0)
    for sizes in ({"outputs": nothing}, {"widths": nothing}):
        networks = HTNetworks(q, m + 1, M, rest=nothing, sharing="shared", **sizes)
        claim = ParameterCount(M * networks.width(ZERO))
        with pytest.raises(RuleError, match="not certainly at least 1"):
            rules.for_all({"q": 2, "m": 0, "M": 1}, networks, claim, LastLevel())


@pytest.mark.soundness
@pytest.mark.parametrize("name", HOSTILE)
def test_large_formulas_are_refused_before_they_are_written_out(name, tmp_path):
    """Bits, terms and steps are counted: a kilobyte of file takes no hour and no memory."""
    change = put("st/claim/bound", HOSTILE[name])
    said = kernel_says(altered(genuine("for all, last level"), change, tmp_path))
    if said is None or len(said) > 400:
        pytest.fail(f"no sentence, or a long one: {said}")


@pytest.mark.soundness
def test_a_formula_that_holds_itself_many_times_is_refused():
    """2^60 parts, made of 60 objects."""
    doubled = nested(60, lambda b, _: Expression("+", (b, b)), Z)
    with pytest.raises(RuleError, match=r"nested|parts"):
        rules.for_all(*bound_of_cp(doubled), LastLevel())


@pytest.mark.soundness
def test_nested_forms_are_compared_in_no_time():
    """Equal forms are one object: towers of powers, each holding the one below many times."""

    def tower(order):
        found = q
        for _ in range(7):
            parts = [found * M, found, formula(1)]
            found = sum((parts[k] for k in order), formula(0)) ** (3 * m)
        return found

    first, second = tower((0, 1, 2)), tower((2, 1, 0))
    normal = Normal(LEAST)
    if normal.of(first) is not normal.of(second):
        pytest.fail("two orders of one sum")
    if normal.of(first) is normal.of(first + 1):
        pytest.fail("n = n + 1")


def test_least_values_are_found_where_they_can_be_seen():
    """Symbols at their least, widths 1, powers of these; differences where the rest outweighs."""
    normal = Normal(LEAST)
    for part, wanted in [
        (q * M + 3, 5),
        (2**m, 1),
        (q ** (m + 3), 8),
        (width(m) * 4 + Z - 2, 3),
        (least(q, M + 4), 2),
        (least_width(0, m), 1),
        (binomial(M + 2, 1), 1),
        (binomial(1, M), 0),
        (m - 5, -5),
        (q - M, None),
        (formula(2) ** 100, 2**64),
    ]:
        assert normal.least(normal.of(part)) == wanted, str(part)
