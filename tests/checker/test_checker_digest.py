"""The digest of a statement: equal for equal statements, in whatever way a file writes them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from certificates import PROVED, genuine, theorem
from checker.common import Build, generic, ht, own, rank_at
from checker.hostile import cp, independent, subject
from soundness.truth.digest import digest

from circuitalg import checker
from circuitalg.checker import certificate

KINDS = {type(theorem(name).statement).__name__: name for name in reversed(PROVED)}


def proved(kind):
    """Return the certificate of one theorem of a kind, as text."""
    return json.dumps(genuine(KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_digest_is_what_the_documents_say(kind):
    """A computation from the file alone, by docs/certificates.md, gives the same for every kind."""
    data = json.loads(proved(kind))
    result = checker.verify(data)
    assert result.kind == kind
    assert result.statement_sha256 == digest(data)
    lines = result.text.splitlines()
    assert lines[0] == f"Verified: {kind}"
    assert lines.count(lines[0]) == 1
    assert f"SHA-256 of the statement: {digest(data)}" in lines


def test_every_kind_of_statement_is_tried():
    """The list above has them all."""
    assert set(KINDS) == set(certificate.KINDS)


# Different statements


def functions(last):
    """Two functions, the second a long sum that ends with a number, at 1/7 and 2/7."""
    inverse = [[2 + 7 * last, -1 - 7 * last], [-7, 7]]
    return independent([1, ["+", ["x", 0], *[0] * 200, last]], 64, inverse)


def test_texts_that_are_cut_show_it_and_the_digest_tells_them_apart():
    """Two theorems whose printed functions agree up to the cut are different statements."""
    first, second = checker.verify(functions(0)), checker.verify(functions(5))
    assert first.statement[0].startswith("On R^1: f1 = 1; f2 = x0 + 0 + 0")
    assert first.statement[0].endswith(" + 0 +....")
    assert first.statement == second.statement
    assert first.statement_sha256 != second.statement_sha256
    assert first.text != second.text


def test_expressions_that_are_cut_show_it():
    """The weights of a `SameFunction` are printed up to a length, and counted beyond a number."""
    build = Build()
    hidden = build.sum(4, (build.input(0, 4), "a"))
    build.sum(4, (hidden, "b"))
    one = [[10**300 if i == j else 0 for j in range(4)] for i in range(4)]
    inverse = [[f"1/1{'0' * 300}" if i == j else 0 for j in range(4)] for i in range(4)]
    weights = {"a": ["*", ["matrix", *one], ["matrix", *inverse], ["parameter", "a"]]}
    weights["b"] = ["parameter", "b"]
    circuit = build.circuit()
    statement = {"kind": "SameFunction", "a": circuit, "b": circuit, "weights": weights}
    result = checker.verify(subject(statement, {"kind": "NormalForm"}))
    (line,) = [line for line in result.statement if "computes the same function" in line]
    assert '..., "b" = "b"; multiplied out' in line
    assert len(line) < 600


def test_the_program_prints_it(tmp_path):
    """As a line of the verdict, and with --json as a member of its own."""
    path = tmp_path / "thm.json"
    data = generic(ht(4, 2, [2, 2]), [0, 2], 4, 4)
    path.write_text(json.dumps(data))
    command = [sys.executable, "-I", "-S", checker.__path__[0], str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"SHA-256 of the statement: {digest(data)}\n" in said
    command.insert(-1, "--json")
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(said)["statement_sha256"] == digest(data)


# Rank 0


def zero_at(weights, upper, circuit=None, inside=(0,), output=0):
    """State that the rank at weights is 0."""
    rules = {"kind": upper}, {"kind": "Trivial"}
    return rank_at(circuit or cp(2), inside, weights, 0, 0, *rules, output=output)


NOTHING = {"a0": [[0, 0]], "a1": [[1, 2]], "out": [[1]]}


@pytest.mark.parametrize("upper", ["Vanishing", "Exhaustive"])
def test_a_tensor_that_is_zero_has_rank_zero(upper):
    """Zero weights at one location make the whole tensor zero."""
    result = checker.verify(zero_at(NOTHING, upper))
    assert (result.lower, result.upper) == (0, 0)
    assert "\n0 <= rank of the I x J" in result.text
    for change in ({"a0": [[0, 1]]}, {"a0": [["1/3", 0]], "a1": [[0, "-1/5"]]}):
        with pytest.raises(checker.Refusal, match=r"not shown to be zero|the rules give 1"):
            checker.verify(zero_at({**NOTHING, **change}, upper))


def test_the_lower_bound_zero_goes_with_any_upper_rule():
    """An interval from 0 is a theorem too."""
    data = zero_at(NOTHING, "IndexRecursion")
    for wrong, reason in (([[1, 1]], "bases are at least 2"), (0, "the rules give 1")):
        own(data)["statement"]["upper"] = wrong
        with pytest.raises(checker.Refusal, match=reason):
            checker.verify(data)
    for one in (1, []):
        own(data)["statement"]["upper"] = one
        result = checker.verify(data)
        assert (result.lower, result.upper) == (0, 1)
    for zero in (0, [[0, 1]]):
        own(data)["statement"]["lower"] = zero
        assert checker.verify(data).lower == 0


def test_cancellation_is_seen_by_writing_the_tensor_out_alone():
    """x0 y0 - x0 y0 is zero, and no channel of it is."""
    build = Build()
    both = build.product(*(build.sum(1, (build.input(i, 1), f"a{i}")) for i in (0, 1)))
    sums = [build.sum(1, (both, [[1]])), build.sum(1, (both, "b"))]
    build.sum(1, (sums[0], "out"), (sums[1], [[1]]))
    weights = {"a0": [[1]], "a1": [[1]], "b": [[1]], "out": [[-1]]}
    circuit = build.circuit()
    assert checker.verify(zero_at(weights, "Exhaustive", circuit)).upper == 0
    with pytest.raises(checker.Refusal, match="not shown to be zero"):
        checker.verify(zero_at(weights, "Vanishing", circuit))


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
        assert checker.verify(zero_at(weights, "Vanishing", circuit, output=output)).upper == 0
    weights["a1"] = [[1, 1], [0, 1]]
    for output in (1, 2):
        assert checker.verify(zero_at(weights, "Vanishing", circuit, output=output)).upper == 0
        assert checker.verify(zero_at(weights, "Exhaustive", circuit, output=output)).upper == 0
    with pytest.raises(checker.Refusal, match="not shown to be zero"):
        checker.verify(zero_at(weights, "Vanishing", circuit, output=0))


def test_large_tensors_that_are_zero():
    """Two to the power of 200 entries need not be written out."""
    weights = {f"a{i}": [[1, 1]] for i in range(200)} | {"out": [[1]]}
    weights["a77"] = [[0, 0]]
    inside = range(0, 200, 2)
    assert checker.verify(zero_at(weights, "Vanishing", cp(200), inside)).upper == 0
    with pytest.raises(checker.Refusal, match="more than 65536 entries"):
        checker.verify(zero_at(weights, "Exhaustive", cp(200), inside))


def fixed(matrix):
    """A product of a free and a fixed matrix."""
    build = Build()
    sums = [build.sum(1, (build.input(0, 2), "a")), build.sum(1, (build.input(1, 2), [matrix]))]
    build.sum(1, (build.product(*sums), "out"))
    return build.circuit()


def test_networks_that_are_zero_for_all_weights():
    """A fixed matrix of zeros makes them so; parameters never count as zero."""
    rules = {"kind": "Trivial"}, {"kind": "Vanishing"}
    result = checker.verify(generic(fixed([0, 0]), [0], 0, 0, *rules))
    assert (result.lower, result.upper) == (0, 0)
    assert "So the rank is 0 for almost all weights." in result.text
    for circuit in (fixed([0, 1]), cp(2)):
        with pytest.raises(checker.Refusal, match="not shown to be zero"):
            checker.verify(generic(circuit, [0], 0, 0, *rules))
    result = checker.verify(generic(cp(2), [0], 0, 1, {"kind": "Trivial"}))
    assert (result.lower, result.upper) == (0, 1)
