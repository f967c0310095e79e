"""Branches of circuits (L2): parameters set to zero, ranks that add; against written-out ranks."""

from __future__ import annotations

import itertools
import random

import pytest
from certificates.alter import refused
from checker.block_helpers import split
from checker.common import PRIME, Build, brute_matrix, brute_rank, generic, minor, rank_mod, shapes

from circuitalg import checker
from circuitalg.checker.meter import MAX_WORK, Meter
from circuitalg.checker.rank.branches import added as added_branches
from circuitalg.checker.schema import Subject


def branches(zero, rest):
    """Parameters set to zero, and a rule about what is left."""
    return {"kind": "Branches", "zero": list(zero), "rest": rest}


def added(*parts):
    """Branches of the output that are added: (channels, locations, rule) for each."""
    names = ("channels", "locations", "rest")
    return {
        "kind": "Added",
        "parts": [{"kind": "Part", **dict(zip(names, part, strict=True))} for part in parts],
    }


def rank_with(circuit, inside, change):
    """The rank at random weights after a change of them."""
    rng = random.Random(1)
    weights = {
        name: [[rng.randrange(PRIME) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in sorted(shapes(circuit).items())
    }
    change(weights)
    return rank_mod(brute_matrix(circuit, inside, weights))


def zeroed(names):
    """What sets parameters to zero."""

    def change(weights):
        for name in names:
            weights[name] = [[0] * len(row) for row in weights[name]]

    return change


def upper(circuit, inside):
    """The bound by the index recursion, as the checker derives it."""
    with pytest.raises(checker.Refusal, match="the rules give") as info:
        checker.verify(generic(circuit, inside, 0, 10**9, {"kind": "Trivial"}))
    return int(str(info.value).split("give ")[1].rstrip("."))


def claim(circuit, inside, lower, rule, **more):
    """A certificate about the whole circuit."""
    return generic(circuit, inside, lower, upper(circuit, inside), rule, **more)


def proves(circuit, inside, lower, rule):
    """Demand that the rule gives exactly this."""
    result = checker.verify(claim(circuit, inside, lower, rule))
    assert result.lower == lower
    refused(claim(circuit, inside, lower + 1, rule), f"the rules give {lower}")
    return result


def mixture(dims=(4, 4, 2), names="abcd", width=2, top="oq"):
    """Two products of inputs 0 and 1 (and 2) behind parameters of these names, in one sum."""
    build = Build()
    x = [build.input(i, d) for i, d in enumerate(dims)]
    tops = []
    for k, pair in enumerate((names[:2], names[2:])):
        arms = [build.sum(width, (y, m)) for y, m in zip(x, pair, strict=False)]
        arms += [build.sum(width, (y, f"z{k}")) for y in x[2:]]
        tops.append((build.product(*arms), top[k]))
    build.sum(1, *tops)
    return build.circuit()


def diamond():
    """A pair of pairs in two ways, one pair used twice, a fixed matrix, and a sum of sums."""
    build = Build()
    x = [build.input(i, 2) for i in range(4)]
    left = build.product(build.sum(2, (x[0], "a")), build.sum(2, (x[1], "b")))
    right = build.product(build.sum(2, (x[2], "a")), build.sum(2, (x[3], "c")))
    other = build.product(build.sum(2, (x[0], "b")), build.sum(2, (x[1], [[1, 2], [0, 1]])))
    either = build.sum(2, (left, "d"), (other, "e"))
    first = build.product(either, build.sum(2, (right, "f")))
    second = build.product(build.sum(2, (left, "g")), build.sum(2, (right, "h")))
    build.sum(1, (first, "o"), (second, "p"))
    return build.circuit()


# --- set to zero -------------------------------------------------------------------------------


@pytest.mark.soundness
def test_one_branch_is_a_tree():
    """What is left is a tree, with its rules; the rest is a minor, of exactly its rank."""
    circuit = mixture()
    routes = {"kind": "Routing", "paths": [[2, 3, 2]]}
    proves(circuit, [0], 2, branches(["q"], split(routes)))
    result = proves(circuit, [0], 2, branches(["q", "z1"], minor(2)))
    assert "1 parameter set to zero" not in result.text
    assert "2 parameters set to zero; then a minor of size 2" in result.text
    refused(claim(circuit, [0], 3, branches(["q"], minor(3))), "the minor of size 3 is zero")
    whole = split(routes)
    refused(claim(circuit, [0], 2, whole), "needs a tree circuit")
    assert brute_rank(circuit, [0]) == 4
    proves(circuit, [0], 4, minor(4))


@pytest.mark.soundness
@pytest.mark.parametrize("make", [mixture, diamond])
def test_what_is_left_has_the_rank_at_weights_with_these_zeros(make):
    """For all sets of one or two parameters: exactly that rank, or nothing is left of it."""
    circuit, seen = make(), 0
    for inside in ([0], [0, 2]):
        most, whole = upper(circuit, inside), brute_rank(circuit, inside)
        for count in (1, 2):
            for zero in itertools.combinations(sorted(circuit["parameters"]), count):
                rank = rank_with(circuit, inside, zeroed(zero))
                assert rank <= whole
                if rank:
                    rule = branches(zero, minor(rank))
                    data = generic(circuit, inside, rank, most, rule)
                    assert checker.verify(data).lower == rank
                    seen += 1
                rule = branches(zero, minor(rank + 1))
                data = generic(circuit, inside, rank + 1, most, rule)
                with pytest.raises(checker.Refusal, match=r"is zero modulo|nothing is left"):
                    checker.verify(data)
    assert seen > 10


@pytest.mark.soundness
def test_a_parameter_is_removed_in_every_use():
    """The edges of one name go together; a fixed matrix has no name and stays."""
    circuit = mixture(top="oo")
    refused(claim(circuit, [0], 1, branches(["o"], minor(1))), "nothing is left of the output")
    refused(claim(diamond(), [0], 1, branches(["a"], minor(1))), "nothing is left of the output")
    assert brute_rank(mixture(names="abab", top="oq"), [0]) == 2
    tied = branches(["q"], minor(2))
    proves(mixture(names="abab", top="oq"), [0], 2, tied)
    for name in ("-1", "[[1, 2], [0, 1]]", "0", "n3"):
        refused(claim(diamond(), [0], 1, branches([name], minor(1))), "there is no parameter")


NO_BRANCHES = {
    "none": ({"zero": []}, "must be one or more, in order"),
    "twice": ({"zero": ["q", "q"]}, "must be one or more, in order"),
    "not in order": ({"zero": ["q", "a"]}, "must be one or more, in order"),
    "unknown": ({"zero": ["q", "x"]}, 'there is no parameter "x"'),
    "too many": ({"zero": sorted(f"{k}" for k in range(20_000))}, 'there is no parameter "0"'),
    "a number": ({"zero": [1]}, '"zero" of Branches'),
    "empty": ({"zero": [""]}, '"zero" of Branches'),
    "everything": ({"zero": ["a", "c"]}, "nothing is left"),
    "the output": ({"zero": ["o", "q"]}, "nothing is left"),
    "trivial": ({"rest": {"kind": "Trivial"}}, "has the kind"),
    "gone already": ({"rest": branches(["q"], minor(2))}, 'there is no parameter "q"'),
    "gone with it": ({"rest": branches(["c"], minor(2))}, 'there is no parameter "c"'),
    "no rest": ({"rest": None}, '"rest" of Branches'),
    "one more": ({"value": 2}, "Branches"),
}


@pytest.mark.parametrize("name", NO_BRANCHES)
def test_what_cannot_be_set_to_zero(name):
    """Names are in order and known, and something must be left."""
    change, match = NO_BRANCHES[name]
    rule = {**branches(["q"], minor(2)), **change}
    refused(claim(mixture(), [0], 2, rule), match)


def test_the_simplex_has_no_zeros():
    """Rows that sum to one: neither rule is about such weights."""
    for rank, rule in ((2, branches(["q"], minor(2))), (4, TWO)):
        refused(claim(mixture(), [0], rank, rule, space="simplex"), "whose rows sum to one")
        checker.verify(claim(mixture(), [0], rank, rule, space="nonnegative"))


def test_nested_rules_end_in_a_refusal():
    """Parameter after parameter, up to the limit; a great many of them end as well."""
    build = Build()
    x = [build.input(0, 2), build.input(1, 2)]
    tops = []
    for i in range(95):
        arms = build.sum(1, (x[0], f"a{i:02}")), build.sum(1, (x[1], f"b{i:02}"))
        tops.append((build.product(*arms), f"o{i:02}"))
    build.sum(1, *tops)
    circuit = build.circuit()
    for count, match in ((90, None), (91, "nested more than 90 times"), (94, "nested more than")):
        rule = minor(2 if count < 94 else 1)
        for i in range(count):
            rule = branches([f"o{i:02}"], rule)
        data = generic(circuit, [0], 2, 2, minor(2))
        data["theorems"][0]["proof"]["lower"] = rule
        if match is None:
            assert checker.verify(data).lower == 2
        else:
            with pytest.raises(checker.Refusal, match=match):
                checker.verify(data)
    for _ in range(20_000):
        rule = added((1, [0, 1], rule), (1, [0, 1], minor(1)))
    data["theorems"][0]["proof"]["lower"] = rule
    with pytest.raises(checker.Refusal, match="nested too deeply"):
        checker.verify(data)


# --- added -------------------------------------------------------------------------------------

TWO = added((2, [0, 1], minor(2)), (2, [0, 1], minor(2)))


@pytest.mark.soundness
def test_ranks_of_branches_with_channels_of_their_own_add():
    """Two products of rank 2, one on the first and one on the last two channels."""
    result = proves(mixture(), [0], 4, TWO)
    assert "added branches: a minor of size 2 (2 times)" in result.text
    routes = split({"kind": "Routing", "paths": [[2, 3, 2]]})
    proves(mixture(), [0], 4, added((2, [0, 1], routes), (2, [0, 1], minor(2))))
    proves(mixture((4, 4, 4)), [0, 2], 4, TWO)
    proves(mixture(), [0], 3, added((1, [0, 1], minor(1)), (3, [0, 1], minor(2))))
    below = branches(["g"], minor(2))  # a branch that is no tree, and one of its own branches
    build = Build()
    x = [build.input(0, 4), build.input(1, 4)]
    one, two, three = (
        build.product(*(build.sum(2, (y, f"{name}{k}")) for k, y in enumerate(x))) for name in "abc"
    )
    build.sum(1, (one, "o"), (build.sum(2, (two, "f"), (three, "g")), "q"))
    proves(build.circuit(), [0], 4, added((2, [0, 1], minor(2)), (2, [0, 1], below)))


@pytest.mark.soundness
def test_the_value_is_the_rank_at_weights_with_zero_columns():
    """Columns outside a branch's own are zero: the sum of the parts is the rank there."""

    def cut(first, second):
        def change(weights):
            total = first + second
            for names, own in (("ab", range(first)), ("cd", range(first, total))):
                for name in names:
                    for row in weights[name]:
                        row[:] = [x if j in own else 0 for j, x in enumerate(row)]

        return change

    for dims, width in (((4, 4), 2), ((4, 5), 3), ((3, 3, 2), 2), ((3, 3, 2), 3)):
        circuit = mixture(dims, width=width)
        for first, second in ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1)):
            for inside in ([0], [0, 2])[: len(dims) - 1]:
                rank = rank_with(circuit, inside, cut(first, second))
                sizes = min(first, width), min(second, width)
                parts = [(first, [0, 1], minor(sizes[0])), (second, [0, 1], minor(sizes[1]))]
                if first + second > min(dims[:2]):
                    refused(claim(circuit, inside, 4, added(*parts)), "together at location")
                    continue
                assert rank == sum(sizes) <= brute_rank(circuit, inside)
                proves(circuit, inside, rank, added(*parts))


CARELESS = {  # circuit, its rank across {0}, what the rule would give without the condition
    "the same branch again": (mixture(names="abab"), 2, TWO, "occurs in another branch"),
    "the same columns": (mixture((4, 4), "abcb"), 2, TWO, "occurs in another branch"),
    "own rows alone": (
        mixture((4, 2), "abcb"),
        2,
        added((2, [0], minor(2)), (2, [0], minor(2))),
        "a common location of I and one of J",
    ),
    "each branch its own location of J": (
        mixture((4, 4, 4), "abcd", 2),
        4,
        added((2, [0, 1], minor(2)), (2, [0, 2], minor(2))),
        "a common location of I and one of J",
    ),
    "more channels than there are": (mixture((3, 3)), 3, TWO, "which has only 3"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", CARELESS)
def test_careless_sums_of_branches(name):
    """Each would claim 4, more than the rank in all but one, if its condition were left out."""
    circuit, rank, rule, match = CARELESS[name]
    assert brute_rank(circuit, [0]) == rank
    assert (rank == 4) == (name == "each branch its own location of J")
    refused(generic(circuit, [0], 4, upper(circuit, [0]), rule), match)


def reading(*below, dims=(4, 4)):
    """Branches that are products: of inputs, and of sums over them (input, matrix)."""
    build = Build()
    x = [build.input(i, d) for i, d in enumerate(dims)]
    tops = []
    for factors in below:
        nodes = [x[f] if isinstance(f, int) else build.sum(4, (x[f[0]], f[1])) for f in factors]
        tops.append((build.product(*nodes), f"o{len(tops)}"))
    build.sum(1, *tops)
    return build.circuit()


OWN = ((0, "c"), (1, "d"))
EYE = [[int(i == j) for j in range(4)] for i in range(4)]
NOT_ADDED = {
    "an input itself": (reading((0, (1, "b")), OWN), "branch 0 does not read all its locations"),
    "a fixed matrix": (
        reading(OWN, ((0, EYE), (1, "b"))),
        "branch 1 does not read all its locations",
    ),
    "a parameter that reads more": (
        reading(((0, "a"), (1, "b"), (2, "a")), (*OWN, (2, "e")), dims=(4, 4, 4)),
        "branch 0 uses a parameter that reads its locations elsewhere too",
    ),
    "in another branch": (reading(((0, "a"), (1, "b")), ((0, "c"), (1, "a"))), "in another branch"),
    "one branch": (reading(OWN), "2 branches cannot be added"),
    "three branches": (reading(OWN, ((0, "a"), (1, "b")), ((0, "e"), (1, "f"))), "cannot be added"),
}


@pytest.mark.parametrize("name", NOT_ADDED)
def test_branches_that_cannot_be_added(name):
    """Their own channels are cut out of parameters that do nothing else."""
    circuit, match = NOT_ADDED[name]
    refused(claim(circuit, [0], 4, TWO), match)


NO_PARTS = {
    "channels": ({"channels": 0}, '"channels" of .* is 0'),
    "a large number": ({"channels": 10**6}, "together at location 0, which has only 4"),
    "a huge number": ({"channels": 10**9}, '"channels" of .* is 1000000000'),
    "no locations": ({"locations": []}, "a common location of I and one of J"),
    "one location": ({"locations": [1]}, "a common location of I and one of J"),
    "twice": ({"locations": [0, 0, 1]}, "in increasing order"),
    "decreasing": ({"locations": [1, 0]}, "in increasing order"),
    "beyond": ({"locations": [0, 1, 3]}, "must be locations"),
    "negative": ({"locations": [-1, 0, 1]}, '"locations" of .* is -1|member'),
    "trivial": ({"rest": {"kind": "Trivial"}}, "has the kind"),
    "a block rule": ({"rest": {"kind": "Span"}}, "has the kind"),
    "kind": ({"kind": "Split"}, "has the kind"),
    "one more": ({"value": 2}, "Part"),
}


@pytest.mark.parametrize("name", NO_PARTS)
def test_parts_that_are_no_parts(name):
    """Members are read strictly; locations are in order, and some are common."""
    change, match = NO_PARTS[name]
    rule = added((2, [0, 1], minor(2)), (2, [0, 1], minor(2)))
    rule["parts"][1] |= change
    refused(claim(mixture(), [0], 4, rule), match)
    refused(claim(mixture(), [0], 4, {**rule, "parts": []}), "cannot be added")


def test_branches_that_share_a_large_block_cost_what_they_are():
    """Each is written out, and the work is counted before."""
    build, count = Build(), 40
    x = [build.input(i, count) for i in range(2)]
    rest = [build.sum(1, (build.input(i, 2), f"s{i}")) for i in range(2, 100)]
    shared = build.product(*rest)
    tops = []
    for k in range(count):
        own = [build.sum(1, (y, f"{name}{k}")) for y, name in zip(x, "ab", strict=True)]
        tops.append((build.product(*own, shared), f"o{k}"))
    build.sum(1, *tops)
    raw, meter = checker.read_circuit(build.circuit()), Meter()
    parts = [{"channels": 1, "locations": [0, 1]} for _ in tops]
    assert len(added_branches(Subject(raw, bytes([0] + [1] * 99), 0, meter), parts)) == count
    assert meter.work > count * 200 * 2000
    meter.work = MAX_WORK - count * 200 * 2000
    with pytest.raises(checker.Refusal, match="more arithmetic than the checker's limit"):
        added_branches(Subject(raw, bytes([0] + [1] * 99), 0, meter), parts)
