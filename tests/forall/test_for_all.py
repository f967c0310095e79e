"""Theorems for all sizes: what is proved, its instances, and the neighbours that are refused."""

import itertools
import operator

import pytest
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.checker.expressions import FORMULA
from circuitalg.checker.forall.normal_form import Formulas
from circuitalg.checker.meter import Meter
from circuitalg.checker.read import Refusal
from circuitalg.errors import NotProved, RuleError
from circuitalg.expressions import (
    binomial,
    formula,
    least,
    least_width,
    symbols,
    total,
    width,
)
from circuitalg.kernel.codec import Numbering, encode
from circuitalg.kernel.forall.claims import ContainsCP, ParameterCount, RankAtLeast, RankAtMost
from circuitalg.kernel.forall.families import ONE, CPNetworks, HTNetworks
from circuitalg.kernel.forall.normal_form import Normal

q, k, m, s, d, e, M, N, Z, Y, i = symbols("q k m s d e M N Z Y i")
LEAST = {"q": 2, "k": 1, "m": 0, "s": 0, "d": 0, "e": 0, "M": 1, "N": 2, "Z": 1, "Y": 1}


def equal(first, second, least):
    """Whether the kernel calls two formulas equal; a RuleError where one is not defined."""
    normal = Normal(least)
    return normal.of(first) is normal.of(second)


def checked_equal(first, second):
    """Whether the checker calls two formulas equal; a Refusal where one is not defined."""
    own = Formulas(dict(LEAST), Meter(False, None))
    forms = []
    for part in (first, second):
        (tree,) = FORMULA.read(encode(part, Numbering().leaf))
        own.read(tree)
        forms.append(own.normal(tree))
    return forms[0] == forms[1]


def least_values(*names):
    """The symbols of a statement."""
    return {str(name): LEAST[str(name)] for name in names}


DEEP = HTNetworks(q, m + 1, M)
T = least(M, least_width(0, s))
LAST_LAYER = total("i", 1, m, q ** (m + 1 - i) * width(i - 1) * width(i))
CASES = {
    "theorem 1": (
        least_values(q, m, M),
        DEEP,
        RankAtLeast(ONE, least(M, width(0)) ** (q**m)),
    ),
    "theorem 1, one width": (
        least_values(q, m, M, Z),
        HTNetworks(q, m + 1, M, widths=Z),
        RankAtLeast(ONE, least(M, Z) ** (q**m)),
    ),
    "even windows": (
        least_values(k, m, M),
        HTNetworks(2 * k, m + 1, M),
        RankAtMost("alternating", ONE, least(width(0), M**k) ** ((2 * k) ** m)),
    ),
    "even windows, from below": (
        least_values(k, m, M),
        HTNetworks(2 * k, m + 1, M, sharing="unshared"),
        RankAtLeast(ONE, least(width(0), M**k) ** ((2 * k) ** m)),
    ),
    "windows of four, from below": (
        least_values(m, M),
        HTNetworks(formula(4), m + 1, M, sharing="unshared"),
        RankAtLeast(ONE, least(width(0), M**2) ** (4**m)),
    ),
    "even windows, shared": (
        least_values(k, m, M),
        HTNetworks(2 * k, m + 1, M, sharing="shared"),
        RankAtMost("alternating", ONE, least(width(0), binomial(M + k - 1, k)) ** ((2 * k) ** m)),
    ),
    "CP": (least_values(N, M, Z), CPNetworks(N, M, Z), RankAtMost("unions", ONE, Z)),
    "theorem 3, lower": (
        least_values(q, s, d, e, M),
        HTNetworks(q, s + 2 + d, M, rest=e),
        RankAtLeast(q**s, T ** (q ** (d + e + 1))),
    ),
    "theorem 3, lower, whole": (
        least_values(q, s, m, M),
        HTNetworks(q, s + 1 + m, M),
        RankAtLeast(q**s, T ** (q**m)),
    ),
    "theorem 3, upper": (
        least_values(q, s, e, M),
        HTNetworks(q, s + 1, M, rest=e),
        RankAtMost("unions", q**s, width(s)),
    ),
    "count": (
        least_values(q, m, M, Y),
        HTNetworks(q, m + 1, M, outputs=Y, sharing="unshared"),
        ParameterCount(q ** (m + 1) * M * width(0) + LAST_LAYER + Y * width(m)),
    ),
    "count, shared": (
        least_values(q, m, M, Y, e),
        HTNetworks(q, m + 1, M, rest=e, outputs=Y, sharing="shared"),
        ParameterCount(M * width(0) + total("i", 1, m, width(i - 1) * width(i)) + Y * width(m)),
    ),
    "count, CP": (
        least_values(N, M, Z, Y),
        CPNetworks(N, M, Z, Y, "unshared"),
        ParameterCount(N * M * Z + Z * Y),
    ),
    "count, CP, shared": (
        least_values(N, M, Z, Y),
        CPNetworks(N, M, Z, Y, "shared"),
        ParameterCount(Z * (M + Y)),
    ),
    "contains": (
        least_values(q, m, e, M, Z, Y),
        HTNetworks(q, m + 1, M, e, Z, Y),
        ContainsCP(q ** (m + 1 + e), Z),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_proved_and_checked(name, tmp_path):
    """The normal forms of the kernel and of the checker agree that the induction holds."""
    theorem = ca.prove_for_all(*CASES[name])
    verified = both_accept(theorem, tmp_path)
    assert verified.kind == "ForAll"
    assert str(theorem.statement).startswith("for all ")


draws = st.fixed_dictionaries(
    {
        **dict.fromkeys(("m", "s", "d", "e"), st.integers(0, 1)),
        **dict.fromkeys(("M", "Z", "Y"), st.integers(1, 3)),
        "q": st.integers(2, 3),
        "k": st.just(1),
        "N": st.integers(2, 8),
    }
)


@pytest.mark.parametrize("name", CASES)
@given(
    numbers=draws, widths=st.lists(st.integers(1, 4), min_size=4, max_size=4), tied=st.booleans()
)
def test_its_instances_agree_with_proofs_at_these_sizes(name, numbers, widths, tied):
    """Ranks proved for the instance lie on the right side of the bound; counts are equal."""
    _, networks, claim = CASES[name]
    shared = {"either": tied, "shared": True, "unshared": False}[networks.sharing]
    more = {"widths": widths} if getattr(networks, "widths", 1) is None else {}
    if "depth" in networks.__slots__ and (networks.depth + networks.rest).value(numbers) > 3:
        return
    circuit = networks.network(numbers, shared=shared, **more)
    if isinstance(claim, ContainsCP):
        assert claim.locations.value(numbers) == circuit.num_locations
        return
    if isinstance(claim, ParameterCount):
        assert claim.count.value(numbers, widths.__getitem__) == circuit.num_parameters
        return
    block = int(claim.block.value(numbers))
    bound = claim.bound.value(numbers, widths.__getitem__)
    parts = ca.Bipartition.blocks(circuit.num_locations, block)
    proved = ca.prove_rank(circuit, parts, max_minor=100).statement
    if isinstance(claim, RankAtLeast):
        assert proved.upper >= bound
    else:
        assert proved.lower <= bound


FALSE = {
    "a base too large": (
        *CASES["theorem 1"][:2],
        RankAtLeast(ONE, least(M, 2 * width(0)) ** (q**m)),
    ),
    "another recurrence": (
        *CASES["theorem 1"][:2],
        RankAtLeast(ONE, least(M, width(0)) ** (q * m + 1)),
    ),
    "a level skipped": (
        least_values(q, s, m, M),
        HTNetworks(q, s + 1 + m, M),
        RankAtLeast(q**s, least(M, least_width(0, s)) ** (q ** (m + 1))),
    ),
    "digits for both": (
        least_values(k, m, M),
        HTNetworks(2 * k, m + 1, M),
        CASES["even windows, from below"][2],
    ),
    "too many digits": (
        least_values(k, m, M),
        HTNetworks(2 * k, m + 1, M, sharing="unshared"),
        RankAtLeast(ONE, least(width(0), M ** (k + 1)) ** ((2 * k) ** m)),
    ),
    "a count that forgets the output": (
        *CASES["count"][:2],
        ParameterCount(q ** (m + 1) * M * width(0) + LAST_LAYER),
    ),
    "fewer locations": (
        least_values(q, m, e, M, Z, Y),
        HTNetworks(q, m + 1, M, e, Z, Y),
        ContainsCP(q ** (m + 1), Z),
    ),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", FALSE)
def test_the_false_neighbour_is_not_proved(name):
    """Larger bounds, other partitions, other sharing, and altered counts."""
    with pytest.raises(NotProved):
        ca.prove_for_all(*FALSE[name])


IDENTITIES = [
    (2 ** (m + 1), 2 * 2**m, operator.eq),
    (6**m * 3, 2**m * 3 ** (m + 1), operator.eq),
    ((q**m) ** q, q ** (m * q), operator.eq),
    ((M + 1) ** 2, M * M + 2 * M + 1, operator.eq),
    (least(M, least(Z, N)), least(N, M, Z), operator.eq),
    (
        total("i", 1, m + 1, q * width(i)),
        q * total("i", 1, m, width(i)) + q * width(m + 1),
        operator.eq,
    ),
    (total("i", 1, 3, i * i), formula(14), operator.eq),
    (total("i", 1, m, q ** (m - i)), total("i", 1, m, q ** (m - i) * 1), operator.eq),
    (least_width(0, 0), width(0), operator.eq),
    (q**m, q ** (m + 1), operator.ne),
    (least(M, Z), least(M, N), operator.ne),
    (width(m), width(m + 1), operator.ne),
    (total("i", 1, m, width(i)), total("i", 0, m, width(i)), operator.ne),
    (binomial(M + 1, k), binomial(M, k), operator.ne),
    (2**m, 2 * m, operator.ne),
]


@pytest.mark.parametrize(("first", "second", "relation"), IDENTITIES)
def test_both_deciders_of_equality_agree(first, second, relation):
    """The normal forms of the kernel and of the checker; and the values at a few numbers."""
    expected = relation is operator.eq
    assert equal(first, second, LEAST) == expected
    assert (checked_equal(first, second)) == expected
    values = []
    for shift in range(3):
        numbers = {name: low + shift * (1 + 4 * (name == "M")) for name, low in LEAST.items()}
        values.append(
            first.value(numbers, lambda level: level + 2)
            == second.value(numbers, lambda level: level + 2)
        )
    assert all(values) == expected


@pytest.mark.soundness
def test_a_base_that_may_be_zero_has_no_symbolic_exponent():
    """m^m at m = 0 is not reasoned about; nor is a sum that may end before it begins."""
    for side in (m**m, total("i", 2, m, width(i)), total("i", m, q, width(i))):
        with pytest.raises(RuleError):
            equal(side, side + 1, LEAST)


POINTS = [
    {"q": 2, "m": 0, "s": 0, "M": 1, "Z": 1},
    {"q": 3, "m": 2, "s": 1, "M": 5, "Z": 2},
    {"q": 2, "m": 3, "s": 2, "M": 2, "Z": 7},
]
WIDTHS = [3, 1, 4, 2, 6, 5, 9, 8, 7, 2, 4]


def formulas(depth):
    """Random formulas over few symbols, so that different ones are equal often."""
    leaf = st.sampled_from([formula(1), formula(2), q, m, M, width(0), width(m)])
    if depth == 0:
        return leaf
    part = formulas(depth - 1)
    pair = st.tuples(part, part)
    return st.one_of(
        leaf,
        pair.map(lambda p: p[0] + p[1]),
        pair.map(lambda p: p[0] * p[1]),
        pair.map(lambda p: least(*p)),
        st.tuples(st.sampled_from([q, M, formula(2), width(0)]), formulas(0)).map(
            lambda p: p[0] ** (p[1] if p[1] in (m, q) else m + p[1])
        ),
        part.map(lambda p: total("i", 1, m, p * width(i))),
        part.map(lambda p: total("i", 1, m + 1, p * width(i))),
        st.just(least_width(0, m)),
    )


@pytest.mark.soundness
@given(st.lists(formulas(2), min_size=2, max_size=6))
def test_no_decider_calls_different_numbers_equal(pool):
    """Whatever either normal form calls equal has equal values at all points."""

    def decided(first, second):
        found = []
        for decide in (
            lambda: equal(first, second, LEAST),
            lambda: checked_equal(first, second),
        ):
            try:
                found.append(decide())
            except (RuleError, Refusal):
                found.append(False)
        return found

    for first, second in itertools.combinations(pool, 2):
        if any(decided(first, second)):
            for numbers in POINTS:
                values = [f.value(numbers, WIDTHS.__getitem__) for f in (first, second)]
                if values[0] != values[1]:
                    pytest.fail(f"{first} and {second} differ at {numbers}")


@given(formulas(2), formulas(2), formulas(1))
def test_laws_of_arithmetic_are_recognized_by_both(first, second, third):
    """Commuted, associated and distributed forms are equal for both deciders."""
    for left, right in [
        (first + second, second + first),
        ((first + second) * third, third * first + second * third),
        (first - first, formula(0)),
    ]:
        try:
            normal = checked_equal(left, right)
            symbolic = equal(left, right, LEAST)
        except (RuleError, Refusal):
            continue
        assert normal
        assert symbolic
