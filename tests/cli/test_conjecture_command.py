"""``circuitalg conjecture``: status, table, findings, database, workers, Ctrl-C."""

import json

import pytest

import circuitalg as ca
from circuitalg import strategies

FILE = """
from math import prod

import circuitalg as ca
from circuitalg import strategies

small = strategies.circuits(kinds="cp", max_locations=3, max_dim=2, max_width=2)

def entries(circuit, bipartition):
    return min(prod(circuit.dims[i] for i in side) for side in (bipartition.I, bipartition.J))

bound = strategies.Conjecture(entries, relation="at most", circuits=small)
rank = strategies.Conjecture(entries, circuits=small{more})
"""


@pytest.fixture
def conjectures(tmp_path):
    """A file with a true conjecture and a false one."""
    path = tmp_path / "mine.py"
    path.write_text(FILE.format(more=""))
    return path


def test_a_counterexample_is_status_1_and_is_kept(run, conjectures, tmp_path):
    """It is printed with its code, saved with its certificate, and the table has both."""
    folder = tmp_path / "found"
    ended = run("conjecture", conjectures, "--examples", "60", "--workers", "1", "--out", folder)
    assert ended.status == 1
    assert "False: the generic rank is entries(circuit, bipartition)" in ended.out
    assert "circuit = ca.cp_model(" in ended.out
    assert "bound: the generic rank is at most entries" in ended.out
    assert "none found" in ended.out
    assert not ended.err
    found = strategies.load_findings(folder / "mine-rank.json")
    assert found.counterexample.check().verified
    theorem = ca.load_theorem(folder / "mine-rank.certificate.json")
    assert theorem == found.counterexample.theorem
    assert strategies.load_findings(folder / "mine-bound.json").counterexample is None


def test_no_counterexample_or_a_known_one_is_status_0(run, conjectures, tmp_path):
    """What is known to be false may be found to be."""
    conjectures.write_text(FILE.format(more=", known_false=True"))
    ended = run("conjecture", tmp_path, "--examples", "60", "--workers", "1", "--json")
    assert ended.status == 0
    bound, rank = json.loads(ended.out)
    assert (bound["name"], bound["counterexample"]) == ("bound", None)
    assert rank["counterexample"]["certificate"]["format"] == "circuitalg-certificate"


def test_a_second_run_goes_on(run, conjectures, tmp_path):
    """The database's counts are added to, with several workers as with one."""
    conjectures.write_text(FILE.format(more="").partition("rank =")[0])
    line = ["conjecture", conjectures, "--database", tmp_path / "tried", "--json"]
    counts = []
    for workers in (1, 2):
        ended = run(*line, "--examples", "40", "--workers", workers)
        assert ended.status == 0, ended.err
        counts.append(sum(entry[4] for entry in json.loads(ended.out)[0]["covered"]["counts"]))
    assert counts[1] > counts[0] >= 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "has no Conjecture at its top level"),
        ("import nothing_of_this_name", "cannot be run (line 1): ModuleNotFoundError"),
        ("def f(:", "cannot be run (line 1): SyntaxError"),
        (FILE.format(more="").replace("return", "return 1 // 0 +"), "ZeroDivisionError"),
    ],
)
def test_a_file_that_does_not_work_is_status_2(run, tmp_path, text, said):
    """One sentence on standard error names the file, the line and the error."""
    path = tmp_path / "broken.py"
    path.write_text(text)
    ended = run("conjecture", path, "--workers", "1")
    assert ended.status == 2
    assert said in ended.err
    assert not ended.out


def test_a_missing_file_or_an_empty_folder_is_status_2(run, tmp_path):
    """The sentence names it."""
    assert run("conjecture", tmp_path / "no.py").status == 2
    ended = run("conjecture", tmp_path)
    assert ended.status == 2
    assert "holds no Python file" in ended.err


def test_ctrl_c_keeps_what_was_found(interrupted, conjectures, tmp_path):
    """Status 130; the table so far is printed, and the findings are saved."""
    text = FILE.format(more="").partition("rank =")[0]
    conjectures.write_text(text.replace("max_locations=3, max_dim=2, max_width=2", ""))
    folder = tmp_path / "tried"
    ended = interrupted(
        "conjecture",
        conjectures,
        "--timeout",
        "120",
        "--database",
        folder,
        "--out",
        tmp_path,
        until=lambda: any(folder.glob("*.jsonl")),
    )
    assert ended.status == 130
    assert "bound: interrupted" in ended.out
    assert len(strategies.load_findings(tmp_path / "mine-bound.json").covered)
