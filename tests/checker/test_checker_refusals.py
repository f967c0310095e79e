"""Wrong proofs and false statements of every kind, given to the checker itself."""

from __future__ import annotations

import copy
import json
import sys

import pytest
from certificates.alter import refused
from checker.common import Build, generic, ht, minor, own
from checker.hostile import independent, subject
from checker.test_checker_digest import proved

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.minors import split_mix
from circuitalg.checker.rank.numpy_minors import centre, numpy_regular


def alter(kind, change):
    """Return a certificate of a kind, changed in place."""
    data = json.loads(proved(kind))
    change(data["theorems"][-1]["statement"], data["theorems"][-1].get("proof"))
    return data


def test_networks_of_premises_alone_are_not_those_of_the_statement():
    """A symmetry compares with permuted networks, which it is not about."""
    data = json.loads(proved("Symmetric"))
    (found,) = checker.verify(data).fingerprints
    others = {checker.read_circuit(circuit).fingerprint for circuit in data["circuits"]} - {found}
    assert others
    for other in others:
        with pytest.raises(checker.Refusal, match="about another network"):
            checker.verify(data, circuit=other)


def test_universal_needs_its_free_matrix():
    """The output's own matrix must be free."""
    build = Build()
    build.sum(2, (build.input(0, 2), [[1, 0], [0, 1]]))
    statement = {"kind": "Universal", "circuit": build.circuit()}
    proof = {"kind": "Selection", "weights": {}, "free": "nothing"}
    refused(subject(statement, proof), "through the free")


def same(circuit_a, circuit_b, weights, rule):
    """State that two networks are the same."""
    statement = {"kind": "SameFunction", "a": circuit_a, "b": circuit_b, "weights": weights}
    proof = {"kind": rule, **({"claims": []} if rule == "Simulation" else {})}
    return subject(statement, proof)


def test_matrices_in_expressions_must_fit():
    """A 2 x 3 matrix times another is refused, and so are sums of other shapes."""
    build = Build()
    build.sum(2, (build.input(0, 3), "c"))
    circuit = build.circuit()
    wide = ["matrix", [1, 0, 0], [0, 1, 0]]
    for expression in (["*", wide, wide], ["+", wide, ["matrix", [1]]]):
        refused(same(circuit, circuit, {"c": expression}, "NormalForm"), "do not fit")


def test_networks_of_other_shapes_are_not_compared():
    """Another dimension or another number of outputs is no equality of functions."""

    def linear(dim, outputs):
        build = Build()
        build.sum(outputs, (build.input(0, dim), "c"))
        return build.circuit()

    for dim, outputs, columns in ((3, 1, 3), (2, 2, 2)):
        weights = {"c": ["matrix", *[[0] * columns] * outputs]}
        data = same(linear(2, 1), linear(dim, outputs), weights, "NormalForm")
        refused(data, "differ in their locations, dimensions or numbers of outputs")


def test_a_symmetry_needs_generators():
    """None at all say nothing."""
    statement = {"kind": "Symmetric", "circuit": ht(2, 2, [2]), "generators": []}
    refused(subject(statement, {"kind": "Generators"}), "needs generators")


def test_a_koszul_flattening_tells_ranks_apart():
    """Sums of four pure 3 x 3 x 3 tensors have a flattening of rank 8, general tensors one of 9."""
    vectors = [[[1, 2, 3], [2, 0, 1], [1, 1, 4]], [[0, 1, 5], [1, 3, 2], [2, 5, 1]],
               [[3, 1, 1], [4, 1, 1], [0, 1, 2]], [[1, 0, 2], [1, 1, 5], [3, 1, 0]],
               [[2, 7, 1], [0, 2, 1], [1, 4, 4]]]  # fmt: skip
    for count in (1, 2, 3, 4, 5):
        entries = [
            sum(x[i] * y[j] * z[k] for x, y, z in vectors[:count])
            for i in range(3) for j in range(3) for k in range(3)
        ]  # fmt: skip
        tensor = {"kind": "ExactTensor", "dims": [3, 3, 3], "entries": entries}
        unit = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        lower = {"kind": "Koszul", "groups": [[0], [1], [2]], "p": 1, "projection": unit}
        lower["prime"] = 8_388_593
        upper = {"kind": "Terms", "terms": vectors[:count]}
        proof = {"kind": "CPInterval", "lower": lower, "upper": upper}
        statement = {"kind": "CPRank", "tensor": tensor, "lower": count, "upper": count}
        text = checker.verify(subject(statement, proof)).text
        assert f"a Koszul flattening of rank {min(2 * count, 9)} with p = 1" in text


@pytest.mark.parametrize(("term", "match"), [
    (["/", 1, 2, 3], 'no operation "/" of 3 parts'),
    (["exp", 14_000], "value is out of range"),
    (["exp", ["exp", 14]], "argument of an exponential exceeds"),
    (["sqrt", ["+", ["x", 0], "-1/7"]], "argument of a square root may not be positive"),
    (["x", "1/2"], "a coordinate must be an integer from 0 to 0"),
    (["^", ["x", 0], ["x", 0]], "an exponent must be an integer from 0 to 64"),
])  # fmt: skip
def test_terms_without_a_value_are_refused(term, match):
    """An operation of other parts, a value beyond 2^20000, a root of 0, an odd exponent."""
    refused(independent([term]), match)


@pytest.mark.parametrize("name", ["W", "gram", "inverse"])
def test_matrices_of_a_distance_have_the_size_that_is_needed(name):
    """A unit matrix of one row and column more is refused, and so is a factor with a row less."""

    def larger(_, proof):
        size = len(proof[name]) + 1
        proof[name] = [[int(i == j) for j in range(size)] for i in range(size)]

    def shorter(_, proof):
        proof[{"W": "w_factor", "gram": "gram_factor", "inverse": "s_factor"}[name]].pop()

    refused(alter("NotApproximable", larger), "must be a 3 x 3 matrix")
    refused(alter("NotApproximable", shorter), "must have 3 rows")


def test_premises_of_a_symmetry_keep_every_parameter():
    """Equal networks under exchanged weights are no symmetry, nor is the network itself."""
    build = Build()
    arms = [build.sum(2, (build.input(i, 2), f"a{i}")) for i in (0, 1)]
    build.sum(1, (build.product(*arms), "out"))
    circuit = build.circuit()
    moved = copy.deepcopy(circuit)
    moved["nodes"][0][3], moved["nodes"][2][3] = 1, 0
    kept = {name: ["parameter", name] for name in circuit["parameters"]}
    swapped = {**kept, "a0": ["parameter", "a1"], "a1": ["parameter", "a0"]}
    statement = {"kind": "Symmetric", "circuit": circuit, "generators": [[1, 0]]}
    proof = {"kind": "Generators"}
    for network, weights in ((moved, swapped), (circuit, kept)):
        same = {"kind": "SameFunction", "a": circuit, "b": network, "weights": weights}
        data = subject(statement, proof, (same, {"kind": "NormalForm"}))
        refused(data, "a premise of a symmetry must be")
        own(data)["premises"] = []
        refused(data, "a premise for each|premise of no other")
    linear = ({"kind": "Multilinear", "circuit": circuit}, {"kind": "Scopes"})
    refused(subject(statement, proof, linear), "a premise of a symmetry must be")
    truth = subject({**statement, "generators": [[0, 1]]}, proof,
                    ({"kind": "SameFunction", "a": circuit, "b": circuit, "weights": kept},
                     {"kind": "NormalForm"}))  # fmt: skip
    assert checker.verify(truth).kind == "Symmetric"


# For all sizes

Q, M, D = ["sym", "q"], ["sym", "M"], ["+", ["sym", "m"], 1]
HT = {
    "kind": "HTNetworks",
    "window": Q,
    "depth": D,
    "rest": 0,
    "dim": M,
    "widths": None,
    "outputs": 1,
}


def family(claim, proof, **changes):
    """State a claim about HT networks."""
    statement = {
        "kind": "ForAll",
        "symbols": {"q": 2, "m": 0, "M": 1, "k": 1},
        "networks": {"kind": "HTNetworks", **HT, "sharing": "unshared", **changes},
        "claim": claim,
    }
    return subject(statement, proof)


def induction(steps, closed, height=0):
    """Return a proof by induction."""
    proof = {"kind": "Induction", "steps": steps, "variable": "m"}
    return {**proof, "closed": closed, "height": height}


LAST = ["r", ["-", D, 1]]

UNIONS = {"kind": "RankAtMost", "sides": "unions", "block": ["^", Q, ["sym", "m"]]}


def test_locations_are_counted_for_all_levels():
    """Networks of eq. 5 have q^(depth + rest) locations, those of eq. 4 q^depth."""
    for rest, eq, locations in ((0, 4, "(m + 1)"), (3, 5, "(m + 1 + 3)")):
        claim = {**UNIONS, "bound": LAST}
        text = checker.verify(family(claim, {"kind": "LastLevel"}, rest=rest)).text
        assert f"the networks of eq. {eq} " in text
        assert f" q^{locations} locations" in text


def test_parameters_are_counted_of_a_definite_network():
    """M Z N + Z for CP models that share nothing; not for "either", nor if shared."""
    z, n = ["sym", "Z"], ["sym", "N"]
    networks = {"kind": "CPNetworks", "locations": n, "dim": M, "channels": z, "outputs": 1}
    count = ["+", ["*", n, M, z], z]

    def counted(sharing, count):
        statement = {
            "kind": "ForAll",
            "symbols": {"M": 1, "N": 2, "Z": 1},
            "networks": {**networks, "sharing": sharing},
            "claim": {"kind": "ParameterCount", "count": count},
        }
        return subject(statement, {"kind": "LastLevel"})

    assert checker.verify(counted("unshared", count)).kind
    assert checker.verify(counted("shared", ["+", ["*", M, z], z])).kind
    refused(counted("either", count), "that are shared or unshared")
    refused(counted("shared", count), "not shown equal")


# Minors


def test_the_stream_is_split_mix():
    """The first outputs for seeds 0 and 1, as published with the generator."""
    whole = 1 << 64
    stream = split_mix(0, whole)
    assert [next(stream) for _ in range(3)] == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]
    assert next(split_mix(1, whole)) == 0x910A2DEC89025CC1


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


def test_singular_matrices_of_several_panels_and_row_chunks():
    """1,089 rows: 64 columns, then 1,024 rows at a time, then one more; a sum of rows is no row."""
    np = pytest.importorskip("numpy")
    prime, size = 8_388_593, 64 + 1024 + 1
    matrix = np.random.default_rng(1).integers(0, prime, (size, size)).astype(float)
    matrix[0, 0] = matrix[64, 64] = 0  # pivots come from other rows
    dependent = matrix.copy()
    dependent[-1] = matrix[:-1].sum(axis=0) % prime
    for given, regular in ((matrix, True), (dependent, False)):
        centred = centre(np, given.copy(), prime)
        assert numpy_regular(np, centred, prime, Meter(use_numpy=True)) is regular


def test_without_numpy_the_option_is_refused(monkeypatch):
    """In one sentence; the same certificate is verified without the option."""
    data = generic(ht(2, 2, [2]), [0], 2, 2, minor(2))
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(checker.Refusal, match="--numpy needs NumPy, which cannot be imported here"):
        checker.verify(data, use_numpy=True)
    assert checker.verify(data).lower == 2


# What is printed


def test_an_interval_is_printed_as_one():
    """Where the bounds differ nothing is said of "the rank"."""
    text = checker.verify(generic(ht(4, 2, [2, 2]), [0, 2], 2, 4, minor(2))).statement
    assert "The two bounds differ: the generic rank lies between them." in text
    assert not any(line.startswith("So the rank is") for line in text)


def test_permutations_are_printed_in_cycles():
    """A swap is not shown as the identity."""
    text = checker.verify(json.loads(proved("Symmetric"))).text
    assert "permuted by (0 2)(1 3); (0 1), nor by any product" in text


def test_an_interval_of_ranks_of_a_tensor_is_printed_as_one():
    """Both ends are named, and what gave each."""
    tensor = {"kind": "ExactTensor", "dims": [2, 2, 2], "entries": [1, 0, 0, 2, 0, 0, 3, 0]}
    statement = {"kind": "CPRank", "tensor": tensor, "lower": 2, "upper": 4}
    lower = {"kind": "Matricization", "modes": [0], "prime": 8_388_593}
    proof = {"kind": "CPInterval", "lower": lower, "upper": {"kind": "LargestFibres"}}
    text = checker.verify(subject(statement, proof)).text
    assert "Its CP-rank over the reals is at least 2 and at most 4." in text
    assert "From below: the matricization of the modes [0]. From above: one term for each" in text
