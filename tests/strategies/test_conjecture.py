"""Conjectures: what refutes them, what is found, and how it is shrunk, counted and saved."""

import itertools
import json
import subprocess
import sys
from math import prod
from types import SimpleNamespace

import pytest
from hypothesis import assume, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import circuitalg as ca
from circuitalg import strategies
from circuitalg.kernel.rank.question import Question
from circuitalg.strategies import campaign, search
from circuitalg.strategies.findings import Counterexample, verdict
from circuitalg.strategies.search import interval

TREES = strategies.circuits(kinds="tree", ties="untied", max_locations=4, max_dim=2, max_width=2)


def entries_of_a_side(circuit, bipartition):
    """An upper bound of every rank: the entries of a row or a column."""
    return min(prod(circuit.dims[i] for i in side) for side in (bipartition.I, bipartition.J))


def test_a_prediction_is_judged_by_the_interval_alone():
    """Outside it is refuted; inside it is confirmed only where nothing else is left."""
    said = {
        relation: [verdict(relation, predicted, 2, 4) for predicted in (1, 2, 3, 4, 5)]
        for relation in ("equal", "at most", "at least")
    }
    no, maybe, yes = "refuted", "undecided", "confirmed"
    assert said == {
        "equal": [no, maybe, maybe, maybe, no],
        "at most": [no, maybe, maybe, yes, yes],
        "at least": [yes, yes, maybe, maybe, no],
    }
    assert [verdict("equal", predicted, 3, 3) for predicted in (2, 3, 4)] == [no, yes, no]


def test_a_false_conjecture_is_refuted_by_the_smallest_network():
    """Rank at most 1: two locations, two nodes of each kind, dimension 2; with its certificate."""
    findings = strategies.conjecture(lambda circuit, parts: 1, relation="at most", circuits=TREES)
    found = findings.counterexample
    assert findings.refuted
    assert findings.ending == "counterexample"
    assert found.circuit == ca.tree_model(ca.ModeTree.from_nested([0, 1]), dim=2, widths=2)
    assert found.bipartition == ca.Bipartition.of([0], 2)
    assert (found.predicted, found.theorem.statement.summary) == (1, "rank = 2")
    assert found.check().verified
    with pytest.raises(ca.PropertyFailed, match="predicted at most 1, but rank"):
        findings.raise_if_refuted()


def test_the_code_that_is_printed_makes_the_counterexample_again():
    """Pasted into Python, it is the same circuit and bipartition."""
    findings = strategies.conjecture(lambda circuit, parts: 1, relation="at most", circuits=TREES)
    found, names = findings.counterexample, {}
    assert found.code in str(findings)
    exec(found.code, names)  # noqa: S102  (our own code)
    assert (names["circuit"], names["bipartition"]) == (found.circuit, found.bipartition)


def test_a_true_conjecture_is_confirmed_wherever_the_rank_is_known():
    """No counterexample; every case is counted once, by kind and size."""
    findings = strategies.conjecture(
        entries_of_a_side, relation="at most", circuits=TREES, examples=300
    )
    covered = findings.covered
    assert findings.counterexample is None
    assert len(covered) >= 300
    assert covered.confirmed == covered.exact == len(covered)
    assert covered.refuted == covered.undecided == covered.doubted == 0
    assert covered.kinds == ("untied tree",)
    assert set(covered.locations) <= {2, 3, 4}
    assert sum(row["cases"] for row in findings.rows()) == len(covered)
    findings.raise_if_refuted()


def test_equal_seeds_try_equal_cases():
    """So a test that fails fails again; another seed tries others."""
    one, two, other = (
        strategies.conjecture(
            entries_of_a_side, relation="at most", circuits=TREES, examples=100, seed=seed
        ).covered
        for seed in (1, 1, 2)
    )
    assert one == two != other


def test_findings_are_neither_true_nor_false():
    """``if findings:`` could be read either way, so it is an error that says what to ask."""
    findings = strategies.Findings("the rank is 1")
    with pytest.raises(TypeError, match=r"ask \.refuted"):
        bool(findings)


def test_what_bounds_leave_open_is_undecided_and_evidence_may_cast_doubt_on_it():
    """A path of bound 16 and rank 15: predicted to be 16, and evidence says otherwise."""
    path = ca.ModeTree.from_nested([[[[[0, 1], 2], 3], 4], 5, 6])
    loose = ca.tree_model(path, dim=[3, 2, 2, 3, 2, 3, 2], widths=[3, 2, 3, 2, 3])
    said = ca.prove_rank(loose, [0, 3, 5]).statement
    if said.lower == said.upper:
        pytest.skip("the bounds of this network meet now")
    asked = {
        "circuits": st.just(loose),
        "bipartitions": [(0, 3, 5)],
        "examples": 1,
    }
    findings = strategies.conjecture(lambda circuit, parts: said.upper, **asked)
    assert findings.counterexample is None
    assert findings.covered.undecided == len(findings.covered) == 1
    doubted = strategies.conjecture(lambda circuit, parts: said.upper, evidence=True, **asked)
    assert doubted.counterexample.evidence.rank == said.lower
    assert doubted.covered.doubted == 1
    assert "no theorem" in str(doubted)
    assert str(doubted).startswith("Probably false")


def test_a_prediction_that_raises_is_reported_with_the_circuit():
    """The error is not swallowed; the smallest circuit for which it comes is in the message."""

    def broken(circuit, bipartition):
        return 1 // max(0, 4 - circuit.num_locations)

    with pytest.raises(ca.PredictionError, match="raised ZeroDivisionError") as raised:
        strategies.conjecture(broken, relation="at least", circuits=TREES)
    assert "ca.tree_model" in str(raised.value)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    with pytest.raises(ca.PredictionError, match=r"must be an integer of at least 0, not 2\.5"):
        strategies.conjecture(lambda circuit, parts: 2.5, circuits=TREES)


def test_cases_that_are_assumed_away_are_not_counted():
    """``assume`` in the prediction restricts what the conjecture is about."""

    def balanced(circuit, bipartition):
        assume(len(bipartition.I) == len(bipartition.J))
        return entries_of_a_side(circuit, bipartition)

    covered = strategies.conjecture(
        balanced, relation="at most", circuits=TREES, examples=50
    ).covered
    assert set(covered.locations) == {2, 4}


def test_circuits_without_the_tensor_in_question_are_left_out():
    """Repeated inputs have no coefficient tensor; some circuits have no second output."""
    kinds = strategies.circuits(kinds=["cp", "repeated"], max_outputs=2, max_locations=3)
    findings = strategies.conjecture(
        entries_of_a_side, relation="at most", circuits=kinds, output=1, examples=60
    )
    assert findings.counterexample is None
    assert len(findings.covered) >= 60


def test_bipartitions_are_words_lists_strategies_or_functions():
    """Each form gives the cases that it says."""
    asked = {"relation": "at most", "circuits": TREES, "examples": 10}
    for form, count in (
        ("odd-even", 1),
        (["odd-even", "low-high"], 2),
        (lambda circuit: [ca.Bipartition.low_high(circuit.num_locations)], 1),
        (strategies.bipartitions, 1),
    ):
        covered = strategies.conjecture(entries_of_a_side, bipartitions=form, **asked).covered
        assert covered.circuits <= len(covered) <= count * covered.circuits
    with pytest.raises(ca.ArgumentError, match="bipartitions are a word, a list"):
        strategies.Conjecture(entries_of_a_side, bipartitions=3)


def test_time_is_limited(monkeypatch):
    """By a clock that ticks at each look, a search ends after as many, and says so."""
    ticks = itertools.count()
    for module in (search, campaign):
        clock = SimpleNamespace(time=lambda: float(next(ticks)))
        monkeypatch.setattr(module, "time", clock)
    findings = strategies.conjecture(
        entries_of_a_side, relation="at most", circuits=TREES, examples=10**6, timeout=90
    )
    assert findings.ending == "timeout"
    assert findings.counterexample is None
    assert 0 < len(findings.covered) < 90
    assert next(ticks) < 100


def test_a_search_ends_where_nothing_new_is_drawn():
    """Of few circuits each is tried once."""
    few = strategies.circuits(kinds="cp", max_locations=2, max_dim=1, max_width=1, ties="untied")
    findings = strategies.conjecture(lambda circuit, parts: 1, circuits=few, examples=10**6)
    assert findings.ending == "exhausted"
    assert findings.covered.circuits < 100


def test_findings_are_saved_and_read(tmp_path):
    """The theorem is proved again; what is no findings, or no longer a refutation, is refused."""
    findings = strategies.conjecture(
        lambda circuit, parts: 1, relation="at most", circuits=TREES, examples=100
    )
    path = findings.save(tmp_path / "found.json")
    assert strategies.load_findings(path) == findings
    data = json.loads(path.read_text())
    data["counterexample"]["predicted"] = 2
    path.write_text(json.dumps(data))
    with pytest.raises(ca.FileFormatError, match="this is no counterexample: 2 is not refuted"):
        strategies.load_findings(path)
    table = findings.save(tmp_path / "table.csv").read_text().splitlines()
    assert table[0].startswith("circuits,locations,cases,exact")
    assert len(table) == 1 + len(findings.rows())


def test_a_database_is_gone_on_with(tmp_path):
    """New cases are tried and added to the counts; a counterexample is found again at once."""
    asked = strategies.Conjecture(entries_of_a_side, relation="at most", circuits=TREES)
    one = asked.search(examples=100, database=tmp_path)
    two = asked.search(examples=100, database=tmp_path)
    assert len(two.covered) >= len(one.covered) + 100
    rare = strategies.Conjecture(
        lambda circuit, parts: 3, relation="at most", circuits=TREES, examples=5000
    )
    first = rare.search(seed=3, database=tmp_path)
    again = rare.search(examples=1, database=tmp_path)
    assert len(first.covered) > 10
    assert again.counterexample.circuit == first.counterexample.circuit
    assert len(again.covered) <= len(first.covered) + 1


def test_a_broken_record_is_refused_and_one_that_breaks_off_is_not(tmp_path):
    """The last line may have been being written; no other may be wrong."""
    asked = strategies.Conjecture(entries_of_a_side, relation="at most", circuits=TREES)
    covered = asked.search(examples=20, database=tmp_path).covered
    (record,) = tmp_path.glob("*.jsonl")
    text = record.read_text()
    record.write_text(text + '{"tried": [')
    assert len(asked.search(examples=20, database=tmp_path).covered) >= len(covered) + 20
    record.write_text(text + '{"tried": []}\n')
    with pytest.raises(ca.FileFormatError, match=r"line 2 of .* is not one of what was tried"):
        asked.search(examples=20, database=tmp_path)


def test_a_conjecture_is_a_test(tmp_path):
    """Pytest collects it, and a failure prints the sentence and the code of the network."""
    (tmp_path / "test_mine.py").write_text(
        "from circuitalg import strategies\n"
        "def one(circuit, bipartition):\n"
        "    return 1\n"
        "small = strategies.circuits(kinds='cp', max_locations=2)\n"
        "test_false = strategies.Conjecture(one, relation='at most', circuits=small)\n"
        "test_known = strategies.Conjecture(\n"
        "    one, relation='at most', circuits=small, known_false=True\n"
        ")\n"
        "test_true = strategies.Conjecture(one, relation='at least', circuits=small, examples=20)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "1 failed, 2 passed" in done.stdout
    assert "False: the generic rank is at most one(circuit, bipartition)" in done.stdout
    assert "circuit = ca.cp_model(locations=2" in done.stdout


def test_a_known_counterexample_that_is_not_found_fails():
    """A conjecture that is known to be false must be refuted."""
    true = strategies.Conjecture(
        entries_of_a_side, relation="at most", circuits=TREES, examples=10, known_false=True
    )
    with pytest.raises(ca.PropertyFailed, match="a counterexample is known, and none was found"):
        true()


def test_no_counterexample_is_made_without_a_theorem_that_says_so():
    """A prediction that the bounds allow makes none."""
    theorem = ca.prove_rank(ca.cp_model(2, 2, 2), "odd-even")
    with pytest.raises(ca.RuleError, match="2 is not refuted"):
        Counterexample("equal", 2, theorem)


def test_the_bounds_of_the_search_are_those_of_the_theorems():
    """Remembered blocks give what `prove_rank` proves, for trees and others, tied or not."""

    def differs(circuit):
        for parts in ca.Bipartition.all(circuit.num_locations):
            said = ca.prove_rank(circuit, parts).statement
            if interval(Question(circuit, parts), 400) != (said.lower, said.upper):
                return True
        return False

    circuits = strategies.circuits(kinds=strategies.MULTILINEAR_KINDS, max_locations=4)
    with pytest.raises(NoSuchExample):
        find(circuits, differs, settings=settings(max_examples=60))
