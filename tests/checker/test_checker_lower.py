"""Lower rules: routing, split, kronecker, minors; with the counterexamples of the theory."""

from __future__ import annotations

import itertools
import math

import pytest
from certificates.alter import refused
from checker.common import Build, brute_rank, generic, ht, minor

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.lower import lower_bound
from circuitalg.checker.rank.routing import routed_form
from circuitalg.checker.schema import Subject


def routing(*paths):
    """A routing rule."""
    return {"kind": "Routing", "paths": [list(path) for path in paths]}


def split(*rules, dims=None):
    """A split rule."""
    return {"kind": "Split", "dims": dims, "blocks": list(rules)}


def holds(circuit, inside, lower, upper, rule, **more):
    """Demand that a certificate holds."""
    result = checker.verify(generic(circuit, inside, lower, upper, rule, **more))
    assert (result.lower, result.upper) == (lower, upper)
    return result


def not_proved(circuit, inside, lower, upper, rule, match, **more):
    """Demand that these bounds are refused for this reason."""
    refused(generic(circuit, inside, lower, upper, rule, **more), match)


# Variables of ht(4, ...): 0 root, 1 top, 2 left with leaves 3, 4, then 5 right with leaves 6, 7.
EVEN = [0, 2]
PAIRS = routing((3, 4, 2), (6, 7, 2))


@pytest.mark.soundness
@pytest.mark.parametrize("shared", [False, True])
def test_routing_proves_odd_even(shared):
    """Two digits side by side prove 4 for the HT model of 4 locations, shared or not."""
    circuit = ht(4, 2, [2, 2], shared)
    holds(circuit, EVEN, 4, 4, split(PAIRS))
    not_proved(circuit, EVEN, 8, 4, split(PAIRS), "lower bound")
    assert brute_rank(circuit, EVEN) == 4


@pytest.mark.soundness
def test_tied_matrices_must_come_out_equal():
    """L1: base-2 flow "proves" 4 for the shared model and I = {0, 1}; the true rank is 3."""
    paths = routing((3, 6, 2), (4, 7, 2))
    assert brute_rank(ht(4, 2, [4, 4], True), [0, 1]) == 3
    not_proved(ht(4, 2, [4, 4], True), [0, 1], 4, 4, split(paths), "two matrices")
    holds(ht(4, 2, [4, 4], False), [0, 1], 4, 4, split(paths))


@pytest.mark.soundness
def test_slot_order_is_part_of_the_matrix():
    """Two tied matrices that read the same digits from different slots are not equal."""
    # Variable 1 of a CP model of width 4: its slots are the paths in their order.
    circuit = ht(4, 2, [4], [True])
    # Leaves 2, 3 | 4, 5 with I = {0, 1}: both digits of variable 1 are used, by unlike columns.
    not_proved(circuit, [0, 1], 4, 4, split(routing((2, 4, 2), (3, 5, 2))), "two matrices")
    same = ht(4, 2, [4], [False])
    holds(same, [0, 1], 4, 4, split(routing((2, 4, 2), (3, 5, 2))))


@pytest.mark.soundness
def test_merged_slots_give_equal_matrices():
    """A base of 4 on one side equals two digits of 2 on the other: normal forms are compared."""
    build = Build()
    x = [build.input(i, 4) for i in range(4)]
    left = build.product(build.sum(4, (x[0], "a")), build.sum(4, (x[1], "b")))
    right = build.product(build.sum(4, (x[2], "a")), build.sum(4, (x[3], "b")))
    build.sum(1, (build.product(build.sum(1, (left, "c")), build.sum(1, (right, "d"))), "o"))
    circuit = build.circuit()
    holds(circuit, [0, 2], 16, 16, split(routing(), routing((2, 3, 4))))


def compared(rows, columns):
    """The matrix that compares digits of common paths, entry by entry."""
    sides = [
        list(itertools.product(*([(path, x) for x in range(base)] for path, base in side)))
        for side in (rows, columns)
    ]
    return tuple(
        tuple(all(dict(b).get(path, x) == x for path, x in a) for b in sides[1]) for a in sides[0]
    )


@pytest.mark.soundness
def test_normal_forms_are_equal_exactly_where_matrices_are():
    """All pairs of at most four paths of bases 2, 3 and 6 through two variables of 24 values."""
    found = {}
    for count in range(1, 5):
        for bases in itertools.product((2, 3, 6), repeat=count):
            for ends in itertools.product(("row", "column", "both"), repeat=count):
                paths = list(enumerate(zip(bases, ends, strict=True)))
                rows = [(p, base) for p, (base, end) in paths if end != "column"]
                columns = [(p, base) for p, (base, end) in paths if end != "row"]
                if max(math.prod(b for _, b in side) for side in (rows, columns)) <= 24:
                    matrix = compared(rows, columns)
                    shape = len(matrix), len(matrix[0])
                    found.setdefault((shape, routed_form(rows, columns)), set()).add(matrix)
    assert len(found) > 400
    assert all(len(matrices) == 1 for matrices in found.values())
    matrices = [(shape, *matrices) for (shape, _), matrices in found.items()]
    assert len(set(matrices)) == len(matrices)


@pytest.mark.soundness
def test_common_and_free_digits_in_another_order_are_another_matrix():
    """Bases 2, 3, 2 with the first and last compared are not 2, 6 with the first compared."""
    forms = [
        routed_form([(0, 2), (1, 3), (2, 2)], [(0, 2), (2, 2)]),
        routed_form([(0, 2), (1, 6)], [(0, 2), (2, 2)]),
        routed_form([(1, 6), (2, 2)], [(0, 2), (2, 2)]),
        routed_form([(0, 2), (1, 2)], [(0, 2), (2, 2)]),
        routed_form([(0, 2), (1, 2)], [(0, 2)]),
        routed_form([(0, 2), (1, 2)], [(1, 2)]),
    ]
    assert len(set(forms)) == len(forms)


def direct(second="w", width=3):
    """Product of x_0 itself and W x_1."""
    build = Build()
    x = [build.input(i, width) for i in range(2)]
    build.sum(1, (build.product(x[0], build.sum(width, (x[1], second))), "o"))
    return build.circuit()


@pytest.mark.soundness
def test_fixed_matrices_keep_their_entries():
    """The identity of a direct input must be what the routing gives; so must every fixed matrix."""
    holds(direct(), [0], 3, 3, split(routing((2, 3, 3))))
    not_proved(direct(), [0], 2, 3, split(routing((2, 3, 2))), "fixed matrix")
    holds(direct(), [0], 2, 3, split(routing((2, 3, 2)), dims=[[1, 1], [2, 3]]))
    eye = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    holds(direct(eye), [0], 3, 3, split(routing((2, 3, 3))))
    not_proved(direct([[2, 0, 0], *eye[1:]]), [0], 3, 3, split(routing((2, 3, 3))), "fixed matrix")
    not_proved(direct([["1/2", 0, 0], *eye[1:]]), [0], 3, 3, split(routing((2, 3, 3))), "fixed")


def test_fixed_matrices_of_a_routing_are_limited_and_compared_once():
    """Equal matrices at equal slots need one comparison; a million entries are the limit."""
    build = Build()
    x = [build.input(i, 2) for i in range(4)]
    eye = [[1, 0], [0, 1]]
    pairs = [
        build.sum(2, (build.product(*(build.sum(2, (y, eye)) for y in x[i : i + 2])), f"m{i}"))
        for i in (0, 2)
    ]
    build.sum(1, (build.product(*pairs), "o"))
    holds(build.circuit(), EVEN, 4, 4, split(routing((3, 4, 2), (6, 7, 2))))
    wide = direct([[1] * 1001] * 1001, 1001)
    with pytest.raises(checker.Refusal, match="more than 1000000 entries stands in a routing"):
        checker.verify(generic(wide, [0], 2, 1001, split(routing((2, 3, 2)))))


@pytest.mark.soundness
def test_a_constant_of_width_one_is_a_one_at_every_output():
    """It stands behind a column of ones, whichever output channel is meant."""
    build = Build()
    x = [build.input(i, 2) for i in (0, 1)]
    pair = build.product(*(build.sum(2, (y, f"a{i}")) for i, y in enumerate(x)))
    build.sum(2, (build.product(build.sum(1, (pair, "a")), build.constant(1)), "o"))
    circuit = build.circuit()
    for output in (0, 1):
        data = generic(circuit, [0], 2, 2, minor(2), output=output)
        assert checker.verify(data).lower == 2
        rule = split(routing(), minor(2), routing())
        holds(circuit, [0], 2, 2, rule, output=output)


@pytest.mark.soundness
def test_constants_are_columns_of_ones():
    """A constant below a product must find every value in range; behind a parameter it is free."""
    build = Build()
    x = [build.input(i, 3) for i in range(2)]
    sums = [build.sum(3, (x[0], "a")), build.sum(3, (x[1], "b")), build.constant(3)]
    build.sum(1, (build.product(*sums), "o"))
    circuit = build.circuit()
    holds(circuit, [0], 3, 3, split(routing((2, 3, 3))))
    not_proved(circuit, [0], 2, 3, split(routing((2, 3, 2))), "fixed matrix")


# --- split -------------------------------------------------------------------------------------


@pytest.mark.soundness
def test_split_multiplies_blocks():
    """L3: width 1 inside cuts the network; equal blocks need one rule."""
    circuit = ht(4, 3, [3, 1], True)
    rule = split(routing(), routing((2, 3, 3)))
    result = holds(circuit, EVEN, 9, 9, rule)
    assert result.rests_on == ()
    not_proved(circuit, EVEN, 9, 9, split(routing((2, 3, 3))), "2 kinds of blocks")
    not_proved(
        circuit, EVEN, 9, 9, split(routing(), *[routing((2, 3, 3))] * 2), "2 kinds of blocks"
    )
    not_proved(circuit, [0, 3], 9, 9, rule, "3 kinds of blocks")
    mirror = split(routing(), routing((2, 3, 3)), routing((3, 2, 3)))
    holds(circuit, [0, 3], 9, 9, mirror)


LAST = ["b", [[1, 1], [0, 1]], [[1, 2], [0, 1]], [[1, 3], [0, 1]], [[1, 1], [1, 1]]]


def unlike_blocks():
    """Five blocks of a free matrix and another, which is fixed in all but one: of rank 1 in one."""
    build = Build()
    parts = []
    for b, last in enumerate(LAST):
        x = [build.input(2 * b + i, 2) for i in (0, 1)]
        pair = build.product(build.sum(2, (x[0], f"a{b}")), build.sum(2, (x[1], last)))
        parts.append(build.sum(1, (pair, f"o{b}")))
    build.sum(1, (build.product(*parts), "out"))
    return build.circuit()


@pytest.mark.soundness
def test_blocks_that_differ_in_their_last_matrix_alone_are_unlike():
    """Taken as one kind they would have rank 2^5 instead of 2^4."""
    circuit, inside = unlike_blocks(), range(0, 10, 2)
    cuts = {"kind": "Factor", "blocks": [{"kind": "TiedCut"}] * 6}
    good = split(routing(), *[minor(2)] * 4, minor(1))
    holds(circuit, inside, 16, 32, good, upper_rule=cuts)
    not_proved(circuit, inside, 32, 32, split(routing(), *[minor(2)] * 5), "zero modulo")
    for count in range(1, 5):
        rule = split(routing(), *[minor(2)] * count)
        not_proved(circuit, inside, 32, 32, rule, "6 kinds of blocks")
        few = {"kind": "Factor", "blocks": [{"kind": "TiedCut"}] * (count + 1)}
        not_proved(circuit, inside, 16, 32, good, "6 kinds of blocks", upper_rule=few)


@pytest.mark.soundness
def test_specialised_dimensions():
    """L2: widths may be lowered, by all uses at once."""
    circuit = ht(4, 3, [3, 4], False)
    one = [[1, 2], [3, 3], [3, 3]]
    rule = split(routing(), routing((2, 3, 3)), dims=one)
    holds(circuit, EVEN, 9, 9, rule)
    nested = split(split(routing(), routing((2, 3, 2)), dims=[[1, 2], [2, 6]]))
    holds(circuit, EVEN, 4, 9, nested)


@pytest.mark.soundness
def test_one_parameter_keeps_one_view():
    """A parameter whose row and whole matrix both occur cannot be chosen block by block."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    pair = build.product(build.sum(2, (x[0], "w")), build.sum(2, (x[1], "b")))
    build.sum(2, (pair, "w"))
    circuit = build.circuit()
    not_proved(circuit, [0], 2, 2, split(routing((2, 3, 2))), "one view")
    holds(circuit, [0], 2, 2, minor(2))
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    state = build.sum(2, (build.constant(2), "w"))
    pair = build.product(build.sum(2, (x[0], "w")), build.sum(2, (x[1], "b")), state)
    build.sum(1, (pair, "o"))
    not_proved(build.circuit(), [0], 2, 2, split(routing((2, 3, 2))), "one view")


# --- kronecker ---------------------------------------------------------------------------------


def kronecker(*factors):
    """A kronecker rule."""
    return {"kind": "Kronecker", "factors": list(factors)}


def digit(base):
    """One digit of a CP model of two locations (variables 1, and leaves 2, 3)."""
    return split(routing((2, 3, base)), dims=[[1, 1], [base, 3]])


@pytest.mark.soundness
def test_kronecker_factors_multiply():
    """Digits of base 2 and 3 prove 6 in width 6, not in width 5."""
    holds(ht(2, 6, [6]), [0], 6, 6, split(kronecker(digit(2), digit(3))))
    holds(ht(2, 6, [6], True), [0], 6, 6, split(kronecker(digit(2), digit(3))))
    not_proved(ht(2, 5, [5]), [0], 6, 5, split(kronecker(digit(2), digit(3))), "need 6 channels")
    not_proved(ht(2, 6, [6]), [0], 6, 6, split(kronecker(digit(2), digit(2))), "lower bound")


@pytest.mark.soundness
def test_kronecker_factors_of_tied_parameters():
    """A tied parameter keeps one shape in a factor, too."""
    shared = ht(4, 4, [4], True)
    uneven = split(routing((2, 4, 2)), dims=[[1, 1], [2, 2], [1, 1], [2, 2]])
    not_proved(shared, [0, 1], 4, 4, split(kronecker(uneven)), "two shapes")


# --- minors ------------------------------------------------------------------------------------


@pytest.mark.soundness
@pytest.mark.parametrize("use_numpy", [False, True])
def test_minors_prove_no_more_than_the_rank(use_numpy):
    """The largest minor that is accepted has the size of the generic rank."""
    if use_numpy:
        pytest.importorskip("numpy")
    cases = [
        (ht(4, 2, [4, 4], True), [0, 1]),
        (ht(4, 2, [4, 4], False), [0, 1]),
        (ht(4, 3, [2, 3], False), [1, 2]),
        (direct(), [1]),
    ]
    for circuit, inside in cases:
        rank = brute_rank(circuit, inside)
        for size, good in ((rank, True), (rank + 1, False)):
            data = generic(circuit, inside, size, size, minor(size))
            raw = checker.read_circuit(data["circuits"][0])
            sides = bytearray(int(i not in inside) for i in range(len(raw.dims)))
            meter = Meter(use_numpy=use_numpy, say=None)
            subject = Subject(raw, sides, 0, meter)
            if good:
                assert lower_bound(subject, minor(size), "real")[0] == rank
            else:
                with pytest.raises(checker.Refusal, match="zero modulo"):
                    lower_bound(subject, minor(size), "real")


@pytest.mark.soundness
@pytest.mark.parametrize("size", [1, 2, 16_384])
def test_minors_of_blocks_without_leaves_on_both_sides(size):
    """A block with leaves on one side, or none, has rank 1, whatever size is claimed."""
    one_side = ht(4, 2, [2, 1], False)  # blocks: a scalar, {0, 1} in I, {2, 3} in J
    for position in range(3):
        rules = [minor(1)] * 3
        rules[position] = minor(size)
        value = size
        if size == 1:
            holds(one_side, [0, 1], 1, 1, split(*rules))
        else:
            not_proved(one_side, [0, 1], value, 1, split(*rules), "zero modulo|seconds")


def test_both_routes_on_blocks_without_a_side():
    """The NumPy route refuses them too."""
    pytest.importorskip("numpy")
    data = generic(ht(4, 2, [2, 1], False), [0, 1], 2, 1, split(minor(2), minor(1), minor(1)))
    with pytest.raises(checker.Refusal, match="zero modulo"):
        checker.verify(data, use_numpy=True)


@pytest.mark.soundness
def test_denominators_must_be_units():
    """A fixed entry with a denominator divisible by the prime is refused, another prime is fine."""
    circuit = direct([["1/7", 0, 0], [0, 1, 0], [0, 0, "3/5"]])
    not_proved(circuit, [0], 3, 3, minor(3, prime=7), "denominator")
    holds(circuit, [0], 3, 3, minor(3))
    not_proved(circuit, [0], 3, 3, split(minor(3, prime=7)), "denominator")


# --- spaces ------------------------------------------------------------------------------------


def vanishing():
    """W above a constant of width 2, then the difference of the two channels, times two inputs.

    The rows of W sum to one on the simplex space, so the network is zero there, and nowhere else.
    """
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    state = build.sum(2, (build.constant(2), "w"))
    scalar = build.sum(1, (state, [[1, -1]]))
    arms = [build.sum(1, (x[0], "a")), build.sum(1, (x[1], "b"))]
    build.sum(1, (build.product(scalar, *arms), "o"))
    return build.circuit()


@pytest.mark.soundness
def test_polynomials_may_vanish_on_all_simplices():
    """III.4: the space is part of the statement; the rank is 1 on R^d, 0 on the simplices."""
    for space in ("real", "nonnegative"):
        holds(vanishing(), [0], 1, 1, minor(1), space=space)
    not_proved(vanishing(), [0], 1, 1, minor(1), "zero modulo", space="simplex")
    rules = [minor(1)] * 4
    not_proved(vanishing(), [0], 1, 1, split(*rules), "without fixed", space="simplex")


@pytest.mark.soundness
def test_split_on_the_simplex():
    """Networks whose tied subtrees are equal can be renormalised; others cannot."""
    for shared in (False, True):
        holds(ht(4, 2, [2, 2], shared), EVEN, 4, 4, split(PAIRS), space="simplex")
    above = ht(4, 2, [2, 2], [False, True])
    holds(above, EVEN, 4, 4, split(PAIRS))
    not_proved(above, EVEN, 4, 4, split(PAIRS), "without tied", space="simplex")
    holds(above, EVEN, 4, 4, minor(4), space="simplex")
    holds(direct(), [0], 3, 3, split(routing((2, 3, 3))), space="simplex")
