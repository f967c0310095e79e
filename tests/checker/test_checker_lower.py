"""Lower rules: routing, split, kronecker, minors; with the counterexamples of the theory."""

from __future__ import annotations

import pytest
from checker.common import PRIME, Build, brute_rank, generic, ht, minor

from circuitalg import checker


def routing(*paths):
    """A routing rule."""
    return {"rule": "routing", "paths": [list(path) for path in paths]}


def split(*rules, dims=None):
    """A split rule."""
    return {"rule": "split", "dims": dims, "blocks": list(rules)}


def holds(circuit, inside, lower, upper, rule, **more):
    """Demand that a certificate holds."""
    result = checker.verify(generic(circuit, inside, lower, upper, rule, **more))
    assert (result.lower, result.upper) == (lower, upper)
    return result


def refused(circuit, inside, lower, upper, rule, match, **more):
    """Demand that it is refused for this reason."""
    with pytest.raises(checker.Refusal, match=match):
        checker.verify(generic(circuit, inside, lower, upper, rule, **more))


# Variables of ht(4, ...): 0 root, 1 top, 2 left with leaves 3, 4, then 5 right with leaves 6, 7.
EVEN = [0, 2]
PAIRS = routing((3, 4, 2), (6, 7, 2))


@pytest.mark.soundness
@pytest.mark.parametrize("shared", [False, True])
def test_routing_proves_odd_even(shared):
    """Two digits side by side prove 4 for the HT model of 4 locations, shared or not."""
    circuit = ht(4, 2, [2, 2], shared)
    holds(circuit, EVEN, 4, 4, split(PAIRS))
    refused(circuit, EVEN, 8, 4, split(PAIRS), "lower bound")
    assert brute_rank(circuit, EVEN) == 4


BAD_PATHS = {
    "wrong side first": (routing((4, 3, 2)), "side I"),
    "both ends in I": (routing((3, 6, 2)), "side J"),
    "end is no leaf": (routing((2, 4, 2)), "side I"),
    "end is the root": (routing((0, 4, 2)), "between"),
    "end outside": (routing((3, 8, 2)), "between"),
    "base above the dimension": (routing((3, 4, 3)), "need 3 values"),
    "base 1": (routing((3, 4, 1)), "between"),
    "base true": (routing((3, 4, True)), "integer"),
    "path twice": (routing((3, 4, 2), (3, 4, 2)), "need 4 values"),
    "crossing in a narrow variable": (routing((3, 7, 2), (6, 4, 2)), "need 4 values"),
    "two numbers": (routing((3, 4)), "leaf of I"),
    "path no list": ({"rule": "routing", "paths": [5]}, "leaf of I"),
    "paths no list": ({"rule": "routing", "paths": "x"}, "list"),
    "no paths member": ({"rule": "routing"}, "lacks"),
    "stated value": ({"rule": "routing", "paths": [], "value": 9}, "unknown member"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", BAD_PATHS)
def test_bad_paths(name):
    """Every wrong path is refused for its own reason."""
    rule, reason = BAD_PATHS[name]
    refused(ht(4, 2, [2, 2], False), EVEN, 4, 4, split(rule), reason)


@pytest.mark.soundness
def test_tied_matrices_must_come_out_equal():
    """L1: base-2 flow "proves" 4 for the shared model and I = {0, 1}; the true rank is 3."""
    paths = routing((3, 6, 2), (4, 7, 2))
    assert brute_rank(ht(4, 2, [4, 4], True), [0, 1]) == 3
    refused(ht(4, 2, [4, 4], True), [0, 1], 4, 4, split(paths), "two matrices")
    holds(ht(4, 2, [4, 4], False), [0, 1], 4, 4, split(paths))


@pytest.mark.soundness
def test_slot_order_is_part_of_the_matrix():
    """Two tied matrices that read the same digits from different slots are not equal."""
    # Variable 1 of a CP model of width 4: its slots are the paths in their order.
    circuit = ht(4, 2, [4], [True])
    # Leaves 2, 3 | 4, 5 with I = {0, 1}: both digits of variable 1 are used, by unlike columns.
    refused(circuit, [0, 1], 4, 4, split(routing((2, 4, 2), (3, 5, 2))), "two matrices")
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
    first = routing((2, 3, 4))
    both = split(routing(), routing((2, 3, 4)))
    holds(circuit, [0, 2], 16, 16, split(routing(), both["blocks"][1]))
    assert first == both["blocks"][1]
    form = checker.routed_form
    assert form([(0, 2), (1, 2)], [(0, 2), (1, 2)]) == form([(7, 4)], [(7, 4)])
    assert form([(0, 2), (1, 2)], [(0, 2)]) != form([(0, 2), (1, 2)], [(1, 2)])
    assert form([(0, 2), (1, 3)], [(1, 3), (0, 2)]) != form([(0, 6)], [(0, 6)])
    assert form([(0, 2), (1, 3)], []) == form([(5, 6)], [])
    assert form([(0, 2), (1, 2), (2, 2)], [(0, 2), (2, 2)]) != form([(0, 4), (1, 2)], [(0, 4)])


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
    refused(direct(), [0], 2, 3, split(routing((2, 3, 2))), "fixed matrix")
    holds(direct(), [0], 2, 3, split(routing((2, 3, 2)), dims=[[1, 1], [2, 3]]))
    eye = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    holds(direct(eye), [0], 3, 3, split(routing((2, 3, 3))))
    refused(direct([[2, 0, 0], *eye[1:]]), [0], 3, 3, split(routing((2, 3, 3))), "fixed matrix")
    refused(direct([["1/2", 0, 0], *eye[1:]]), [0], 3, 3, split(routing((2, 3, 3))), "fixed")


@pytest.mark.soundness
def test_constants_are_columns_of_ones():
    """A constant below a product must find every value in range; behind a parameter it is free."""
    build = Build()
    x = [build.input(i, 3) for i in range(2)]
    sums = [build.sum(3, (x[0], "a")), build.sum(3, (x[1], "b")), build.constant(3)]
    build.sum(1, (build.product(*sums), "o"))
    circuit = build.circuit()
    holds(circuit, [0], 3, 3, split(routing((2, 3, 3))))
    refused(circuit, [0], 2, 3, split(routing((2, 3, 2))), "fixed matrix")


# --- split -------------------------------------------------------------------------------------


@pytest.mark.soundness
def test_split_multiplies_blocks():
    """L3: width 1 inside cuts the network; equal blocks need one rule."""
    circuit = ht(4, 3, [3, 1], True)
    rule = split(routing(), routing((2, 3, 3)))
    result = holds(circuit, EVEN, 9, 9, rule)
    assert result.sources == ("nothing beyond linear algebra",)
    refused(circuit, EVEN, 9, 9, split(routing((2, 3, 3))), "2 kinds of blocks")
    refused(circuit, EVEN, 9, 9, split(routing(), *[routing((2, 3, 3))] * 2), "2 kinds of blocks")
    refused(circuit, [0, 3], 9, 9, rule, "3 kinds of blocks")
    mirror = split(routing(), routing((2, 3, 3)), routing((3, 2, 3)))
    holds(circuit, [0, 3], 9, 9, mirror)


@pytest.mark.soundness
def test_split_multiplies_only_at_dimension_1():
    """A variable of dimension 2 does not cut: the block is one, and its rank is no product."""
    circuit = ht(4, 3, [3, 2], False)
    refused(circuit, EVEN, 9, 9, split(routing(), routing((2, 3, 3))), "1 kind of blocks")


@pytest.mark.soundness
def test_specialised_dimensions():
    """L2: widths may be lowered, by all uses at once."""
    circuit = ht(4, 3, [3, 4], False)
    one = [[1, 2], [3, 3], [3, 3]]
    rule = split(routing(), routing((2, 3, 3)), dims=one)
    holds(circuit, EVEN, 9, 9, rule)
    nested = split(split(routing(), routing((2, 3, 2)), dims=[[1, 2], [2, 6]]))
    holds(circuit, EVEN, 4, 9, nested)


BAD_DIMS = {
    "a larger dimension": ([[1, 2], [4, 1], [3, 5]], "enlarges"),
    "a larger root": ([[2, 1], [3, 7]], "enlarges"),
    "dimension 0": ([[1, 2], [0, 1], [3, 5]], "between"),
    "too few": ([[1, 2], [3, 5]], "7 dimensions for 8"),
    "too many": ([[1, 2], [3, 7]], "between"),
    "no pairs": ([1, 1, 3, 3, 3, 3, 3, 3], "list of"),
    "count true": ([[1, True], [1, 1], [3, 6]], "integer"),
    "text": ("x", "list"),
    "no list": ({}, "list"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", BAD_DIMS)
def test_bad_dimensions(name):
    """Every wrong list of dimensions is refused for its own reason."""
    dims, reason = BAD_DIMS[name]
    rule = split(routing(), routing((2, 3, 3)), dims=dims)
    refused(ht(4, 3, [3, 4], False), EVEN, 9, 9, rule, reason)


@pytest.mark.soundness
def test_one_parameter_keeps_one_shape():
    """L2: a name left with two shapes is an error."""
    circuit = ht(4, 3, [3, 4], True)
    for dims in ([[1, 2], [3, 1], [2, 1], [3, 4]], [[1, 2], [3, 3], [2, 1], [3, 2]]):
        refused(circuit, EVEN, 9, 9, split(routing(), dims=dims), "two shapes")


@pytest.mark.soundness
def test_one_parameter_keeps_one_view():
    """A parameter whose row and whole matrix both occur cannot be chosen block by block."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    pair = build.product(build.sum(2, (x[0], "w")), build.sum(2, (x[1], "b")))
    build.sum(2, (pair, "w"))
    circuit = build.circuit()
    refused(circuit, [0], 2, 2, split(routing((2, 3, 2))), "one view")
    holds(circuit, [0], 2, 2, minor(2))
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    state = build.sum(2, (build.constant(2), "w"))
    pair = build.product(build.sum(2, (x[0], "w")), build.sum(2, (x[1], "b")), state)
    build.sum(1, (pair, "o"))
    refused(build.circuit(), [0], 2, 2, split(routing((2, 3, 2))), "one view")


@pytest.mark.soundness
def test_fixed_matrices_do_not_lose_channels():
    """A variable between fixed matrices cannot be shrunk: no weight could be set to zero."""
    build = Build()
    x = [build.input(i, 2) for i in range(2)]
    build.sum(1, (build.product(*x), [[1, -1]]))
    circuit = build.circuit()
    dims = [[1, 2], [2, 2]]
    refused(circuit, [0], 1, 2, split(minor(1), dims=dims), "touches no parameter")
    holds(circuit, [0], 2, 2, split(minor(2)))


@pytest.mark.soundness
def test_nested_splits_are_bounded():
    """Splits that only repeat the block are refused beyond a depth."""
    rule = PAIRS
    for _ in range(checker.MAX_DEPTH + 2):
        rule = split(rule)
    refused(ht(4, 2, [2, 2], False), EVEN, 4, 4, rule, "nested")


BAD_RULES = {
    "no object": ([], "object"),
    "unknown": ({"rule": "flow"}, "no lower rule"),
    "routing of the circuit": (routing(), "no lower rule"),
    "kronecker of the circuit": ({"rule": "kronecker", "factors": []}, "no lower rule"),
    "no dims": ({"rule": "split", "blocks": []}, "lacks"),
    "extra": ({"rule": "split", "dims": None, "blocks": [], "cuts": [1]}, "unknown member"),
    "block no object": (split(7), "object"),
    "unknown block rule": (split({"rule": "tied_cut"}), "no lower block rule"),
    "upper rule": ({"rule": "index_recursion"}, "no lower rule"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", BAD_RULES)
def test_bad_lower_rules(name):
    """Every malformed lower rule is refused with its own sentence."""
    rule, reason = BAD_RULES[name]
    refused(ht(4, 2, [2, 2], False), EVEN, 4, 4, rule, reason)


# --- kronecker ---------------------------------------------------------------------------------


def kronecker(*factors):
    """A kronecker rule."""
    return {"rule": "kronecker", "factors": list(factors)}


def digit(base):
    """One digit of a CP model of two locations (variables 1, and leaves 2, 3)."""
    return split(routing((2, 3, base)), dims=[[1, 1], [base, 3]])


@pytest.mark.soundness
def test_kronecker_factors_multiply():
    """Digits of base 2 and 3 prove 6 in width 6, not in width 5."""
    holds(ht(2, 6, [6]), [0], 6, 6, split(kronecker(digit(2), digit(3))))
    holds(ht(2, 6, [6], True), [0], 6, 6, split(kronecker(digit(2), digit(3))))
    refused(ht(2, 5, [5]), [0], 6, 5, split(kronecker(digit(2), digit(3))), "need 6 channels")
    refused(ht(2, 6, [6]), [0], 6, 6, split(kronecker(digit(2), digit(2))), "lower bound")


@pytest.mark.soundness
def test_kronecker_conditions():
    """No fixed matrices, splits with dimensions only, at least one factor."""
    two = ht(2, 6, [6])
    rule = split(kronecker(split(routing((2, 3, 3)), dims=[[1, 1], [3, 3]])))
    refused(direct(), [0], 3, 3, rule, "without fixed")
    refused(two, [0], 6, 6, split(kronecker()), "no factors")
    refused(two, [0], 6, 6, split(kronecker(routing((2, 3, 6)))), "must be splits")
    refused(two, [0], 6, 6, split(kronecker(split(routing((2, 3, 6))))), "list")
    refused(two, [0], 6, 6, split({"rule": "kronecker"}), "lacks")
    shared = ht(4, 4, [4], True)
    uneven = split(routing((2, 4, 2)), dims=[[1, 1], [2, 2], [1, 1], [2, 2]])
    refused(shared, [0, 1], 4, 4, split(kronecker(uneven)), "two shapes")


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
            raw = checker.read_circuit(data["circuit"])
            sides = bytearray(int(i not in inside) for i in range(len(raw.dims)))
            meter = checker.Meter(use_numpy=use_numpy, say=None)
            subject = checker.Subject(raw, inside, sides, 0, meter)
            if good:
                assert checker.lower_bound(subject, minor(size), "real")[0] == rank
            else:
                with pytest.raises(checker.Refusal, match="zero modulo"):
                    checker.lower_bound(subject, minor(size), "real")


BAD_MINORS = {
    "composite": (minor(4, prime=8_388_591), "not a prime"),
    "square": (minor(4, prime=9), "not a prime"),
    "two": (minor(4, prime=2), "between"),
    "too large": (minor(4, prime=16_777_259), "between"),
    "huge": (minor(4, prime=(1 << 61) - 1), "between"),
    "prime text": (minor(4, prime="7"), "integer"),
    "seed negative": (minor(4, seed=-1), "between"),
    "seed large": (minor(4, seed=1 << 64), "between"),
    "seed float": (minor(4, seed=1.0), "integer"),
    "size 0": (minor(0), "between"),
    "size true": (minor(True), "integer"),
    "size huge": (minor(10**9), "between"),
    "size without time": (minor(60_000), "--numpy"),
    "too large for its rank": (minor(5), "zero modulo"),
    "no seed": ({"rule": "minor", "size": 4, "prime": PRIME}, "lacks"),
    "matrix given": ({**minor(4), "matrix": [[1]]}, "unknown member"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", BAD_MINORS)
def test_bad_minors(name):
    """Every wrong minor is refused for its own reason, in moments."""
    rule, reason = BAD_MINORS[name]
    circuit = ht(4, 2, [2, 2], False)
    refused(circuit, EVEN, 4, 4, rule, reason)
    refused(circuit, EVEN, 4, 4, split(rule), reason)


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
            refused(one_side, [0, 1], value, 1, split(*rules), "zero modulo|seconds")


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
    refused(circuit, [0], 3, 3, minor(3, prime=7), "denominator")
    holds(circuit, [0], 3, 3, minor(3))
    refused(circuit, [0], 3, 3, split(minor(3, prime=7)), "denominator")


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
    refused(vanishing(), [0], 1, 1, minor(1), "zero modulo", space="simplex")
    rules = [minor(1)] * 4
    refused(vanishing(), [0], 1, 1, split(*rules), "without fixed", space="simplex")


@pytest.mark.soundness
def test_split_on_the_simplex():
    """Networks whose tied subtrees are equal can be renormalised; others cannot."""
    for shared in (False, True):
        holds(ht(4, 2, [2, 2], shared), EVEN, 4, 4, split(PAIRS), space="simplex")
    above = ht(4, 2, [2, 2], [False, True])
    holds(above, EVEN, 4, 4, split(PAIRS))
    refused(above, EVEN, 4, 4, split(PAIRS), "without tied", space="simplex")
    holds(above, EVEN, 4, 4, minor(4), space="simplex")
    holds(direct(), [0], 3, 3, split(routing((2, 3, 3))), space="simplex")


@pytest.mark.soundness
def test_unknown_space():
    """No other space is known."""
    circuit = ht(4, 2, [2, 2], False)
    for space in ("complex", "", None, 1, ["real"]):
        refused(circuit, EVEN, 4, 4, minor(4), "parameter space", space=space)
