"""The digest of a statement: equal for equal statements, in whatever way a file writes them."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import subprocess
import sys
from fractions import Fraction

import pytest
from checker.common import Build, certificate, factors, generic, ht, minor
from checker.hostile import cp, independent, subject
from subject_theorems import PROVED

import circuitalg as ca
from circuitalg import checker

RANKS = {
    "GenericRank": lambda: ca.prove_rank(ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4)),
    "RankAt": lambda: ca.prove_rank_at(
        ca.cp_model(2, 2, 2), {"a0.0": [[1, Fraction(1, 3)], [-2, 0]], "a0.1": [[1, 2], [3, 4]],
                               "out": [[1, 1]]}, ca.Bipartition.of([0], 2)
    ),
    "GridRank": lambda: ca.prove_grid_rank(
        ca.ht_model(2, 2, [2]), ca.Bipartition.of([0], 2), templates=[[1, 0], [Fraction(1, 2), 1]]
    ),
    "Separation": lambda: ca.prove_separation(ca.ht_model(4, 2, [2, 2]), ca.cp_model),
}  # fmt: skip
KINDS = {**RANKS, **PROVED}


@functools.cache
def proved(kind):
    """Return the certificate of one theorem of a kind, as text."""
    return json.dumps(KINDS[kind]().certificate())


# Written after docs/certificates.md, apart from the checker


def exact(entry):
    """Return a number's canonical text."""
    number = Fraction(entry)
    top = ("-" if number < 0 else "") + f"{abs(number.numerator):x}"
    return top if number.denominator == 1 else f"{top}/{number.denominator:x}"


def nested(value):
    """Return rows of numbers, or names with such rows, in canonical form."""
    if isinstance(value, dict):
        return {name: nested(part) for name, part in value.items()}
    return list(map(nested, value)) if isinstance(value, list) else exact(value)


def stored(pairs):
    """Multiply a factored number out."""
    total = 1
    for base, exponent in pairs:
        total *= (int(base, 16) if isinstance(base, str) else base) ** exponent
    return exact(total)


def term(value):
    """Return a term of a function in canonical form."""
    if not isinstance(value, list):
        return exact(value)
    if value[0] == "x":
        return value
    if value[0] == "^":
        return ["^", term(value[1]), value[2]]
    return [value[0], *map(term, value[1:])]


def expression(value):
    """Return a matrix expression in canonical form."""
    ((op, inner),) = value.items()
    if op == "matrix":
        return {op: nested(inner)}
    return value if op == "parameter" else {op: list(map(expression, inner))}


def print_of(data, words=None):
    """Return a circuit's or SimNet's fingerprint."""
    digest = hashlib.sha256()

    def number(entry):
        f = Fraction(entry)
        return f.numerator if f.denominator == 1 else f"{f.numerator}/{f.denominator}"

    for node in sorted(data["nodes"]):
        name, kind, width, *more = node
        pairs = []
        if kind not in ("input", "constant"):
            for at, child in enumerate(more[0]):
                label = None
                if len(more) > 1:
                    ref = more[1][at]
                    label = (
                        data["parameters"][ref]
                        if ref >= 0
                        else [[number(x) for x in row] for row in data["matrices"][-1 - ref]]
                    )
                pairs.append([data["nodes"][child][0], label])
        line = [name, kind, width, more[0] if kind == "input" else None]
        line.append(sorted(pairs, key=lambda pair: pair[0]))
        if kind == "mex":
            beta, mode = more[2:]
            line += [beta if beta in ("inf", "-inf") else number(beta), mode]
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=True)
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def canonical(data):
    """Return the statement of a certificate in canonical form."""
    said = dict(data["theorem"]["statement"])
    if "circuit" in data:
        said["circuit"] = data["circuit"]
    for name in ("circuit", "a", "b", "split", "simnet"):
        if name in said:
            said[name] = print_of(said[name])
    kind = said["kind"]
    for name in ("lower", "upper", "needed"):
        if name in said and kind != "CPRank":
            said[name] = stored(said[name])
    for name in ("templates", "x", "squared_distance", "low", "high", "log_weights", "log_inputs"):
        if name in said:
            said[name] = nested(said[name])
    if kind == "LogSpaceError":
        said["bound"] = exact(said["bound"])
    if "weights" in said:
        read = (
            {n: expression(v) for n, v in said["weights"].items()} if kind == "SameFunction" else 0
        )
        said["weights"] = read or nested(said["weights"])
    if "tensor" in said:
        said["tensor"] = {**said["tensor"], "entries": nested(said["tensor"]["entries"])}
    if "gram" in said:
        exact_parts = ("means", "variances", "box")
        said["gram"] = {n: nested(v) if n in exact_parts else v for n, v in said["gram"].items()}
    if "functions" in said:
        said["functions"] = list(map(term, said["functions"]))
    return said


def digest(data):
    """Return the digest of a certificate's statement."""
    text = json.dumps(canonical(data), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_the_digest_is_what_the_documents_say(kind):
    """A computation from the file alone, by docs/certificates.md, gives the same for every kind."""
    data = json.loads(proved(kind))
    result = checker.verify(data)
    assert result.kind == kind
    assert result.statement_sha256 == digest(data)
    assert result.text[0] == f"Verified: {kind}"
    assert result.text.count(result.text[0]) == 1
    assert f"SHA-256 of the statement: {digest(data)}" in result.text


def test_every_kind_of_statement_is_tried():
    """The list above has them all."""
    assert set(KINDS) == {*checker.SUBJECTS, "GenericRank", "RankAt", "GridRank", "Separation"}


def sha(data):
    """Return the checker's digest."""
    return checker.verify(data).statement_sha256


# Equal statements


def test_numbers_may_be_stored_factored_in_several_ways():
    """16 is 2^4, 4^2, 0x10."""
    data = generic(ht(8, 2, [4, 4, 4]), range(0, 8, 2), 16, 16)
    found = set()
    for pairs in ([[2, 4]], [[4, 2]], [["0x10", 1]], [[2, 1], [8, 1]]):
        data["theorem"]["statement"]["lower"] = pairs
        found.add(sha(data))
        data["theorem"]["statement"]["upper"] = pairs
        found.add(sha(data))
    assert len(found) == 1


def at_weights(weights):
    """State the rank of a CP model at weights."""
    statement = {"kind": "RankAt", "I": [0], "output": 0, "weights": weights}
    return certificate(
        cp(2),
        {
            "statement": {**statement, "lower": factors(1), "upper": factors(1)},
            "lower": {**minor(1), "rule": "minor_at"},
            "upper": {"rule": "exhaustive"},
        },
    )


def test_entries_may_be_written_in_several_ways():
    """4 is "4" and "8/2"; "-3/6" is "-1/2"; another number is another statement."""
    weights = {"a0": [[4, "-1/2"]], "a1": [[1, 1]], "out": [[1]]}
    base = sha(at_weights(weights))
    for number in ("4", "8/2"):
        assert sha(at_weights({**weights, "a0": [[number, "-3/6"]]})) == base
    for row in ([4, "1/2"], [40, "-1/2"], [4, "-1/20"], ["1/4", "-1/2"]):
        assert sha(at_weights({**weights, "a0": [row]})) != base


def test_the_order_of_nodes_and_children_does_not_matter():
    """The fingerprint stands for the circuit; its names are part of it."""
    data = generic(ht(4, 2, [2, 2]), [0, 2], 4, 4)
    base = sha(data)
    nodes = data["circuit"]["nodes"]
    nodes[0], nodes[1] = nodes[1], nodes[0]
    for node in nodes:
        if node[1] in ("sum", "product"):
            node[3] = [1 - c if c < 2 else c for c in node[3]]
    assert sha(data) == base
    nodes[0][0] = "renamed"
    assert sha(data) != base


def test_another_proof_of_the_same_statement():
    """Seeds, rules and primes are no part of what is stated."""
    circuit = ht(4, 2, [2, 2])
    found = {
        sha(generic(circuit, [0, 2], 4, 4, lower, upper))
        for lower in (minor(4), minor(4, seed=5), minor(4, prime=8_388_587))
        for upper in (
            {"rule": "index_recursion"},
            {"rule": "factor", "blocks": [{"rule": "tied_cut"}]},
        )
    }
    assert len(found) == 1


# Different statements


def altered(kind):
    """Return certificates of a kind that are about something else, and hold as well."""
    data = json.loads(proved(kind))
    said = data["theorem"]["statement"]
    if kind == "LogScore":
        said["low"] = str(Fraction(said["low"]) - 1)
    elif kind == "LogSpaceError":
        said["bound"] = str(Fraction(said["bound"]) * 2)
    elif kind == "NotApproximable":
        said["squared_distance"] = str(Fraction(said["squared_distance"]) / 2)
    elif kind == "Symmetric":
        said["generators"] = said["generators"][:1]
        data["theorem"]["proof"]["proofs"] = data["theorem"]["proof"]["proofs"][:1]
    elif kind == "LogSpaceEquivalent":
        said["simnet"]["nodes"][-1][0] = "another name"
    elif kind == "SignedSplit":
        said["split"]["nodes"][-1][0] = "another name"
    elif kind == "CPRank":
        said["upper"] = 4
        data["theorem"]["proof"]["upper"] = {"rule": "largest_fibres"}
    else:
        return None
    return data


ALTERED = [
    "LogScore",
    "LogSpaceError",
    "NotApproximable",
    "Symmetric",
    "LogSpaceEquivalent",
    "SignedSplit",
    "CPRank",
]


@pytest.mark.parametrize("kind", ALTERED)
def test_other_statements_have_other_digests(kind):
    """Where one member is changed and the statement still holds, the digest is another one."""
    assert sha(altered(kind)) != sha(json.loads(proved(kind)))


def functions(last):
    """Two functions, the second a long sum that ends with a number."""
    return independent(
        [1, ["+", ["x", 0], *[0] * 200, last]], 64, matrix_inverse(Fraction(1, 7) + last)
    )


def matrix_inverse(a):
    """Invert [[1, a], [1, a + 1/7]]."""
    return [[str((a + Fraction(1, 7)) * 7), str(-a * 7)], [-7, 7]]


def test_texts_that_are_cut_show_it_and_the_digest_tells_them_apart():
    """Two theorems whose printed functions agree up to the cut are different statements."""
    first, second = checker.verify(functions(0)), checker.verify(functions(5))
    assert first.text[1].startswith("On R^1: f1 = 1; f2 = (x0 + 0 + 0")
    assert first.text[1].endswith(" + 0 ....")
    assert first.text[1] == second.text[1]
    assert first.statement_sha256 != second.statement_sha256
    assert first.text != second.text


def test_weights_and_densities_are_in_the_digest():
    """`NotApproximable` names the weights that it is about."""
    data = json.loads(proved("NotApproximable"))
    said = data["theorem"]["statement"]
    name = next(iter(said["weights"]))
    base = sha(data)
    other = copy.deepcopy(data)
    row = other["theorem"]["statement"]["weights"][name][0]
    row[0] = str(Fraction(row[0]) * (1 + Fraction(1, 10**9)))
    assert digest(other) != base
    other = copy.deepcopy(data)
    means = other["theorem"]["statement"]["gram"]["means"]
    means[0][0] = str(Fraction(means[0][0]) - Fraction(1, 10**9))
    assert digest(other) != base


def test_expressions_that_are_cut_show_it():
    """The weights of a `SameFunction` are printed up to a length, and counted beyond a number."""
    build = Build()
    hidden = build.sum(4, (build.input(0, 4), "a"))
    build.sum(4, (hidden, "b"))
    one = [["1" + "0" * 300 if i == j else 0 for j in range(4)] for i in range(4)]
    inverse = [[f"1/1{'0' * 300}" if i == j else 0 for j in range(4)] for i in range(4)]
    weights = {"a": {"product": [{"matrix": one}, {"matrix": inverse}, {"parameter": "a"}]}}
    weights["b"] = {"parameter": "b"}
    circuit = build.circuit()
    statement = {"kind": "SameFunction", "a": circuit, "b": circuit, "weights": weights}
    result = checker.verify(subject(statement, {"rule": "normal_form"}))
    (line,) = [line for line in result.text if "computes the same function" in line]
    assert '..., "b" = "b"; multiplied out' in line
    assert len(line) < 600


def test_the_program_prints_it(tmp_path):
    """As a line of the verdict, and with --json as a member of its own."""
    path = tmp_path / "thm.json"
    data = generic(ht(4, 2, [2, 2]), [0, 2], 4, 4)
    path.write_text(json.dumps(data))
    command = [sys.executable, "-I", "-S", checker.__file__, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"SHA-256 of the statement: {digest(data)}\n" in said
    command.insert(-1, "--json")
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(said)["statement_sha256"] == digest(data)


# Rank 0


def zero_at(weights, upper, circuit=None, inside=(0,), output=0, lower=None):
    """State that the rank at weights is 0."""
    statement = {"kind": "RankAt", "I": list(inside), "output": output, "weights": weights}
    return certificate(
        circuit or cp(2),
        {
            "statement": {**statement, "lower": [[0, 1]], "upper": [[0, 1]]},
            "lower": lower or {"rule": "trivial"},
            "upper": {"rule": upper},
        },
    )


NOTHING = {"a0": [[0, 0]], "a1": [[1, 2]], "out": [[1]]}


@pytest.mark.parametrize("upper", ["vanishing", "exhaustive"])
def test_a_tensor_that_is_zero_has_rank_zero(upper):
    """Zero weights at one location make the whole tensor zero."""
    result = checker.verify(zero_at(NOTHING, upper))
    assert (result.lower, result.upper) == (0, 0)
    assert any(line.startswith("0 <= rank of the I x J") for line in result.text)
    for change in ({"a0": [[0, 1]]}, {"a0": [["1/3", 0]], "a1": [[0, "-1/5"]]}):
        with pytest.raises(checker.Refusal, match=r"not shown to be zero|the rules give 1"):
            checker.verify(zero_at({**NOTHING, **change}, upper))


def test_the_lower_bound_zero_goes_with_any_upper_rule():
    """An interval from 0 is a theorem too; the minor rules still start at 1."""
    data = zero_at(NOTHING, "index_recursion")
    data["theorem"]["statement"]["upper"] = [[1, 1]]
    with pytest.raises(checker.Refusal, match="bases are at least 2"):
        checker.verify(data)
    data["theorem"]["statement"]["upper"] = []
    result = checker.verify(data)
    assert (result.lower, result.upper) == (0, 1)
    data["theorem"]["lower"] = {**minor(1), "rule": "minor_at"}
    with pytest.raises(checker.Refusal, match="the minor of size 1 is zero"):
        checker.verify(data)
    data["theorem"]["lower"] = {"rule": "trivial", "size": 0}
    with pytest.raises(checker.Refusal, match="unknown member"):
        checker.verify(data)


def test_cancellation_is_seen_by_writing_the_tensor_out_alone():
    """x0 y0 - x0 y0 is zero, and no channel of it is."""
    build = Build()
    both = build.product(*(build.sum(1, (build.input(i, 1), f"a{i}")) for i in (0, 1)))
    sums = [build.sum(1, (both, [[1]])), build.sum(1, (both, "b"))]
    build.sum(1, (sums[0], "out"), (sums[1], [[1]]))
    weights = {"a0": [[1]], "a1": [[1]], "b": [[1]], "out": [[-1]]}
    circuit = build.circuit()
    assert checker.verify(zero_at(weights, "exhaustive", circuit)).upper == 0
    with pytest.raises(checker.Refusal, match="not shown to be zero"):
        checker.verify(zero_at(weights, "vanishing", circuit))


def test_vanishing_looks_at_the_right_channels():
    """Each channel of sums and products counts by itself, and only the chosen output's."""
    build = Build()
    tops = [build.sum(2, (build.input(i, 2), f"a{i}")) for i in (0, 1)]
    build.sum(3, (build.product(*tops), "out"))
    weights = {
        "a0": [[0, 0], [1, 1]],  # channel 0 is zero here
        "a1": [[1, 1], [0, 0]],  # channel 1 there
        "out": [[1, 1], [1, 0], [0, 0]],
    }
    circuit = build.circuit()
    for output in range(3):
        assert checker.verify(zero_at(weights, "vanishing", circuit, output=output)).upper == 0
    weights["a1"] = [[1, 1], [0, 1]]
    for output in (1, 2):
        assert checker.verify(zero_at(weights, "vanishing", circuit, output=output)).upper == 0
        assert checker.verify(zero_at(weights, "exhaustive", circuit, output=output)).upper == 0
    with pytest.raises(checker.Refusal, match="not shown to be zero"):
        checker.verify(zero_at(weights, "vanishing", circuit, output=0))


def test_large_tensors_that_are_zero():
    """Two to the power of 200 entries need not be written out."""
    weights = {f"a{i}": [[1, 1]] for i in range(200)} | {"out": [[1]]}
    weights["a77"] = [[0, 0]]
    inside = range(0, 200, 2)
    assert checker.verify(zero_at(weights, "vanishing", cp(200), inside)).upper == 0
    with pytest.raises(checker.Refusal, match="more than 65536 entries"):
        checker.verify(zero_at(weights, "exhaustive", cp(200), inside))


def fixed(matrix):
    """A product of a free and a fixed matrix."""
    build = Build()
    sums = [build.sum(1, (build.input(0, 2), "a")), build.sum(1, (build.input(1, 2), [matrix]))]
    build.sum(1, (build.product(*sums), "out"))
    return build.circuit()


def test_networks_that_are_zero_for_all_weights():
    """A fixed matrix of zeros makes them so; parameters never count as zero."""
    rules = {"rule": "trivial"}, {"rule": "vanishing"}
    result = checker.verify(generic(fixed([0, 0]), [0], 0, 0, *rules))
    assert (result.lower, result.upper) == (0, 0)
    assert "So the rank is 0 for almost all weights." in result.text
    for circuit in (fixed([0, 1]), cp(2)):
        with pytest.raises(checker.Refusal, match="not shown to be zero"):
            checker.verify(generic(circuit, [0], 0, 0, *rules))
    result = checker.verify(generic(cp(2), [0], 0, 1, {"rule": "trivial"}))
    assert (result.lower, result.upper) == (0, 1)
