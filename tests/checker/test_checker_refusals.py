"""Wrong proofs and false statements of every kind, given to the checker itself."""

from __future__ import annotations

import copy
import json
from fractions import Fraction

import pytest
from checker.common import Build, generic, ht, minor
from checker.hostile import independent, subject
from checker.test_checker_digest import KINDS, proved

from circuitalg import checker


def alter(kind, change):
    """Return a certificate of a kind, changed in place."""
    data = json.loads(proved(kind))
    change(data["theorem"]["statement"], data["theorem"].get("proof"))
    return data


def refused(data, match):
    """Demand a refusal."""
    with pytest.raises(checker.Refusal, match=match):
        checker.verify(data)


@pytest.mark.parametrize("kind", KINDS)
def test_a_theorem_must_be_an_object(kind):
    """A text, a list or nothing in its place is refused for every kind."""
    data = json.loads(proved(kind))
    for theorem in ("a text", ["statement"], None, {}, {"statement": "a text"}):
        refused({**data, "theorem": theorem}, "must be an object")


@pytest.mark.parametrize("kind", KINDS)
def test_the_demanded_network_is_compared_for_every_kind(kind):
    """A fingerprint demands that network; kinds about no network refuse any."""
    data = json.loads(proved(kind))
    found = checker.verify(data).fingerprint
    if found:
        assert checker.verify(data, circuit=found).kind == kind
    with pytest.raises(checker.Refusal, match=r"about another network|about no network"):
        checker.verify(data, circuit="0" * 64)


def test_universal_needs_its_free_matrix():
    """It must be the output's, be named, be free, and be reached by all products."""
    refused(alter("Universal", lambda _, p: p.update(free="nothing")), "through the free")
    build = Build()
    build.sum(2, (build.input(0, 2), [[1, 0], [0, 1]]))
    statement = {"kind": "Universal", "circuit": build.circuit()}
    proof = {"rule": "selection", "weights": {}, "free": "nothing"}
    refused(subject(statement, proof), "through the free")

    def fewer(_, proof):
        matrix = next(iter(proof["weights"].values()))
        matrix[0] = [0] * len(matrix[0])

    refused(alter("Universal", fewer), "only 3 products|products of coordinates reach")


def same(circuit_a, circuit_b, weights, rule):
    """State that two networks are the same."""
    statement = {"kind": "SameFunction", "a": circuit_a, "b": circuit_b, "weights": weights}
    proof = {"rule": rule, **({"claims": []} if rule == "simulation" else {})}
    return subject(statement, proof)


@pytest.mark.parametrize("rule", ["normal_form", "simulation"])
def test_twice_a_network_is_another_one(rule):
    """2 C x against C x is refused by both rules; C x against C x is not."""
    first, second = Build(), Build()
    first.sum(1, (first.input(0, 2), "c"))
    second.sum(1, (second.sum(1, (second.input(0, 2), "c")), [[2]]))
    weights = {"c": {"parameter": "c"}}
    assert checker.verify(same(first.circuit(), first.circuit(), weights, rule)).kind
    refused(same(first.circuit(), second.circuit(), weights, rule), "different poly|not the same")
    twice = {"c": {"product": [{"matrix": [[2]]}, {"parameter": "c"}]}}
    refused(same(first.circuit(), first.circuit(), twice, rule), "different poly|not the same")


def test_matrices_in_expressions_must_fit():
    """A 2 x 3 matrix times another is refused, and so are sums of other shapes."""
    build = Build()
    build.sum(2, (build.input(0, 3), "c"))
    circuit = build.circuit()
    wide = {"matrix": [[1, 0, 0], [0, 1, 0]]}
    for expression in ({"product": [wide, wide]}, {"sum": [wide, {"matrix": [[1]]}]}):
        refused(same(circuit, circuit, {"c": expression}, "normal_form"), "do not fit")


def test_steps_at_their_jump_are_not_evaluated():
    """step(x^2) and 1 are one function; at 0 the step's value is not decided."""
    data = independent([["step", ["^", ["x", 0], 2]], 1], 64, [[-1, 1], [1, 0]])
    data["theorem"]["proof"]["points"] = [[0], [1]]
    refused(data, "argument of a step may be zero")


def test_distances_need_symmetric_witnesses():
    """W, the Gram matrix below and its inverse must be symmetric, and t not negative."""
    for name in ("W", "gram", "inverse"):

        def skew(_, proof, name=name):
            proof[name][0][1] = str(Fraction(proof[name][0][1]) + 1)

        refused(alter("NotApproximable", skew), "must be symmetric")
    refused(alter("NotApproximable", lambda _, p: p.update(t=-1)), "t must not be negative")

    def farther(said, _):
        said["squared_distance"] = str(Fraction(said["squared_distance"]) * 100)

    refused(alter("NotApproximable", farther), "below what is stated")


def test_the_root_of_a_decomposition_has_rank_one():
    """A second column of zeros there does not make it 2, nor may another frame change."""

    def wider(said, proof):
        said["ranks"][0] = 2
        proof["nodes"][0] = [[*row, 0] for row in proof["nodes"][0]]

    refused(alter("MinimalHT", wider), "one column for the root")

    def other(_, proof):
        proof["nodes"][-1][0][0] = str(Fraction(proof["nodes"][-1][0][0]) + Fraction(1, 3))

    refused(alter("MinimalHT", other), "do not contract to the tensor")


def test_ranks_of_tensors_are_those_of_the_rules():
    """Neither bound of a `CPRank` may be better or worse than what is derived."""
    for name, change in (("lower", 1000), ("lower", -1), ("upper", -1)):

        def shift(said, _, name=name, change=change):
            said[name] += change

        refused(alter("CPRank", shift), "not those stated|must lie between")


def test_a_rounding_bound_below_the_derived_one():
    """Half the stored bound is refused; the message gives the error that the rules allow."""

    def lower(said, _):
        said["bound"] = str(Fraction(said["bound"]) / 2)

    refused(alter("LogSpaceError", lower), "more than the bound")


def test_a_score_outside_its_interval():
    """Both ends and the sign are compared."""
    for name, change in (("low", 1), ("high", -1)):

        def shift(said, _, name=name, change=change):
            said[name] = str(Fraction(said[name]) + change)

        refused(alter("LogScore", shift), "is not shown to be at")
    refused(alter("LogScore", lambda s, _: s.update(sign=-s["sign"])), "have the sign")


# For all sizes

Q, M, D = ["sym", "q"], ["sym", "M"], ["+", ["sym", "m"], 1]
HT = {"kind": "ht", "window": Q, "depth": D, "rest": 0, "dim": M, "widths": "r", "outputs": 1}
COPY = ["^", ["min", M, ["r", 0]], ["^", Q, ["sym", "m"]]]


def family(claim, proof, **changes):
    """State a claim about HT networks."""
    statement = {
        "kind": "ForAll",
        "symbols": {"q": 2, "m": 0, "M": 1, "k": 1},
        "networks": {**HT, "sharing": "unshared", **changes},
        "claim": claim,
    }
    return subject(statement, proof)


def induction(steps, closed, height=0):
    """Return a proof by induction."""
    proof = {"rule": "induction", "steps": steps, "variable": "m"}
    return {**proof, "closed": closed, "height": height}


HALF = ["^", ["min", ["r", 0], ["^", M, ["sym", "k"]]], ["^", ["*", 2, ["sym", "k"]], ["sym", "m"]]]
EVEN = ["*", 2, ["sym", "k"]]
AT_LEAST = {"kind": "rank_at_least", "block": 1}
AT_MOST = {"kind": "rank_at_most", "sides": "alternating", "block": 1}
LAST = ["r", ["-", D, 1]]

TRUE = {
    "copies": (family({**AT_LEAST, "bound": COPY}, induction("copy", COPY)), None),
    "digits": (
        family(
            {**AT_LEAST, "bound": HALF}, induction("digits", HALF, ["sym", "k"]), window=EVEN
        ),
        None,
    ),
    "halves": (
        family({**AT_MOST, "bound": HALF}, induction("halves", HALF, ["sym", "k"]), window=EVEN),
        None,
    ),
    "the last level": (
        family(
            {"kind": "rank_at_most", "sides": "unions", "block": ["^", Q, ["sym", "m"]],
             "bound": LAST},
            {"rule": "last_level"},
        ),
        None,
    ),
}  # fmt: skip


def changed(name, *path_and_value):
    """Change one member of a certificate for all sizes."""
    data = copy.deepcopy(TRUE[name][0])
    *path, last, value = path_and_value
    place = data["theorem"]
    for step in path:
        place = place[step]
    place[last] = value
    return data


SAID, NETS = ("statement", "claim"), ("statement", "networks")
FALSE = {
    "an unknown rule": changed("copies", "proof", "rule", "belief"),
    "an unknown argument": changed("copies", "proof", "steps", "belief"),
    "a bound beyond the closed form": changed("copies", *SAID, "bound", ["^", M, 1000]),
    "a closed form beyond the base": changed("copies", "proof", "closed", ["^", M, 1000]),
    "copies across other blocks": changed("copies", *SAID, "block", Q),
    "halves of any unions": changed("halves", *SAID, "sides", "unions"),
    "halves of odd windows": changed("halves", *NETS, "window", ["+", EVEN, 1]),
    "halves of blocks": changed("halves", *SAID, "block", 2),
    "digits of shared networks": changed("digits", *NETS, "sharing", "shared"),
    "digits of either": changed("digits", *NETS, "sharing", "either"),
    "digits with rest": changed("digits", *NETS, "rest", 1),
    "the last level from below": changed(
        "the last level", "statement", "claim", {**AT_LEAST, "bound": LAST}
    ),
    "the last level, alternating": changed("the last level", *SAID, "sides", "alternating"),
    "the last level with another width": changed("the last level", *SAID, "bound", ["r", 0]),
    "the last level across single locations": changed("the last level", *SAID, "block", 1),
    "a size that may be too small": changed("copies", *NETS, "outputs", ["-", M, 1]),
    "a size that may be zero": changed("copies", *NETS, "outputs", ["sym", "m"]),
}


@pytest.mark.parametrize("name", TRUE)
def test_arguments_for_all_sizes_hold(name):
    """The four kinds of argument about ranks, whose false neighbours follow."""
    assert checker.verify(TRUE[name][0]).kind == "ForAll"


@pytest.mark.parametrize("name", FALSE)
def test_wrong_arguments_for_all_sizes(name):
    """What is false, or does not follow from the argument, is refused."""
    with pytest.raises(checker.Refusal):
        checker.verify(FALSE[name])


def test_parameters_are_counted_of_a_definite_network():
    """M Z N + Z for CP models that share nothing; not for "either", nor if shared."""
    z, n = ["sym", "Z"], ["sym", "N"]
    networks = {"kind": "cp", "locations": n, "dim": M, "channels": z, "outputs": 1}
    count = ["+", ["*", n, M, z], z]

    def counted(sharing, count):
        statement = {
            "kind": "ForAll",
            "symbols": {"M": 1, "N": 2, "Z": 1},
            "networks": {**networks, "sharing": sharing},
            "claim": {"kind": "parameter_count", "count": count},
        }
        return subject(statement, {"rule": "last_level"})

    assert checker.verify(counted("unshared", count)).kind
    assert checker.verify(counted("shared", ["+", ["*", M, z], z])).kind
    refused(counted("either", count), "ranks are bounded from above and parameters counted")
    refused(counted("shared", count), "not shown equal")


# Minors


def test_the_stream_is_split_mix():
    """The first outputs for seeds 0 and 1, as published with the generator."""
    whole = 1 << 64
    stream = checker.split_mix(0, whole)
    assert [next(stream) for _ in range(3)] == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]
    assert next(checker.split_mix(1, whole)) == 0x910A2DEC89025CC1


@pytest.mark.parametrize("numpy", [False, True])
def test_singular_minors_of_several_panels(numpy):
    """NumPy eliminates 64 columns at a time; a rank of 150 does not pass for 160."""
    sides = [0]
    good = generic(ht(2, 160, [160]), sides, 160, 160, minor(160))
    assert checker.verify(good, use_numpy=numpy).lower == 160
    for rank in (150, 100, 40):
        data = generic(ht(2, 160, [rank]), sides, 160, rank, minor(160))
        with pytest.raises(checker.Refusal, match="the minor of size 160 is zero"):
            checker.verify(data, use_numpy=numpy)


# What is printed


def test_an_interval_is_printed_as_one():
    """Where the bounds differ nothing is said of "the rank"."""
    text = checker.verify(generic(ht(4, 2, [2, 2]), [0, 2], 2, 4, minor(2))).text
    assert "The two bounds differ: the generic rank lies between them." in text
    assert not any(line.startswith("So the rank is") for line in text)


def test_permutations_are_printed_in_cycles():
    """A swap is not shown as the identity."""
    text = " ".join(checker.verify(json.loads(proved("Symmetric"))).text)
    assert "permuted by (0 2)(1 3); (0 1), nor by any product" in text
