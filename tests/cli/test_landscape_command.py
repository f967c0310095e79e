"""``circuitalg landscape``, and commands that work on a Dask cluster."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import circuitalg as ca
from circuitalg.cli import cluster as remote
from circuitalg.errors import CertificateError, MissingDependencyError
from circuitalg.prove import parallel


@pytest.fixture
def small(tmp_path):
    """A file with a network of 6 locations."""
    path = tmp_path / "small.json"
    ca.tree_model(ca.ModeTree.random(6, seed=1), dim=3, widths=4).save(path)
    return path


def test_the_table_counts_bipartitions_by_rank(run, small):
    """Status 0, a row for each rank, the sentence, and nothing on standard error."""
    ended = run("landscape", small, "--workers", 1)
    assert ended.status == 0
    assert "31 bipartitions of 6 locations" in ended.out
    assert "both bounds meet for all" in ended.out
    assert "such as I =" in ended.out
    assert not ended.err


def test_json_has_every_row(run, small):
    """As to_data does, with the seconds."""
    found = json.loads(run("landscape", small, "--workers", 1, "--json").out)
    table = ca.rank_landscape(ca.load_circuit(small))
    assert found.pop("seconds") >= 0
    assert found == table.to_data()


def test_chosen_and_random_bipartitions(run, small):
    """In the order asked; random ones are those of the seeds 0, 1, …"""
    options = ["-p", "low-high", "-p", "0,3", "--random", 2, "--workers", 1, "--json"]
    rows = json.loads(run("landscape", small, *options).out)["rows"]
    asked = [ca.Bipartition.low_high(6), ca.Bipartition.of([0, 3], 6)]
    asked += [ca.Bipartition.random(6, seed) for seed in range(2)]
    assert [row["sides"] for row in rows] == ["".join(map(str, b.sides)) for b in asked]


def test_the_table_is_written_as_lines_and_as_csv(run, small, tmp_path):
    """Both hold 31 rows; a second run takes the first's."""
    kept, table = tmp_path / "kept.jsonl", tmp_path / "table.csv"
    run("landscape", small, "--workers", 1, "-o", kept, "--csv", table)
    assert len(kept.read_text().splitlines()) == 32
    assert len(list(csv.DictReader(table.read_text().splitlines()))) == 31
    before = kept.read_text()
    assert run("landscape", small, "--workers", 1, "-o", kept, "--effort", "full").status == 0
    assert kept.read_text() == before


def test_open_rows_are_counted_and_the_next_step_named(run, tmp_path):
    """The command succeeds: an interval is an answer."""
    path = tmp_path / "net.json"
    ca.ht_model(8, 2, [6, 18], shared=[False, True]).save(path)
    ended = run("landscape", path, "--workers", 1, "--effort", "quick")
    assert ended.status == 0
    assert "the bounds do not meet for" in ended.out
    assert "--effort full" in ended.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-p", "even-odd"], "not a bipartition"),
        (["--csv", "table.txt"], "ends in .csv"),
        (["--effort", "hard"], "--effort"),
        (["--output", "3"], "outputs"),
        (["--out", "/"], "is a folder"),
    ],
)
def test_wrong_usage_is_status_2(run, small, options, words):
    """In words, with nothing printed."""
    ended = run("landscape", small, "--workers", 1, *options)
    assert ended.status == 2
    assert words in ended.err
    assert not ended.out


def _ends(group):
    """Whether all processes of a group end; multiprocessing's tracker does so a little later."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(os.name != "posix", reason="signals to process groups are POSIX")
def test_ctrl_c_keeps_what_is_finished_and_a_second_run_continues(run, tmp_path):
    """Status 130, no trace, no process left, and answers in the file, which then gets complete."""
    path, kept = tmp_path / "net.json", tmp_path / "kept.jsonl"
    circuit = ca.tree_model(ca.ModeTree.random(12, seed=2), dim=3, widths=5)
    circuit.save(path)
    options = ["landscape", str(path), "--effort", "full", "--out", str(kept)]
    process = subprocess.Popen(
        [sys.executable, "-m", "circuitalg", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if kept.exists() and len(kept.read_text().splitlines()) > 20:
            break
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.strip() == (
        f"circuitalg: interrupted; finished answers are in {kept}; run again to go on"
    )
    assert not printed
    assert _ends(process.pid)
    assert len(kept.read_text().splitlines()) > 20
    assert run("landscape", path, "--effort", "quick", "--out", kept).status == 0
    assert len(kept.read_text().splitlines()) == 1 + 2047


# On a cluster

GOOD = '''
"""The rank of a small network."""
import circuitalg as ca
from circuitalg.prove.session import Session

with Session.from_arguments(__doc__) as session:
    deep, parts = ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4)
    with session.claim("rank", sizes="N=4") as claim:
        theorem = claim.prove((deep, parts), lambda: ca.prove_rank(deep, parts))
        claim.expect(theorem.statement.lower == 4, "rank is 2^(N/2)")
'''


@pytest.fixture
def proofs(tmp_path):
    """A folder with a script that proves, one that fails, and one that claims nothing."""
    folder = tmp_path / "proofs"
    folder.mkdir()
    (folder / "good.py").write_text(GOOD, encoding="utf-8")
    (folder / "broken.py").write_text("raise ValueError('no luck')", encoding="utf-8")
    (folder / "silent.py").write_text("", encoding="utf-8")
    return folder


def test_a_landscape_from_a_cluster(run, small, cluster):
    """The same rows as from this process."""
    options = ["landscape", small, "--json"]
    far, near = (
        json.loads(run(*options, *more).out)
        for more in (["--dask", cluster.scheduler_address], ["--workers", 1])
    )
    assert far["rows"] == near["rows"]


def test_proof_scripts_on_a_cluster(run, proofs, tmp_path, cluster):
    """Certificates come back and verify here; scripts that fail are rows that say so."""
    out = tmp_path / "certificates"
    ended = run("prove", proofs, "--out", out, "--dask", cluster.scheduler_address)
    assert ended.status == 1
    assert "1 of 3 claims proved and checked" in ended.out
    assert "ValueError: no luck" in ended.out
    assert "the script made no claim" in ended.out
    assert run("check", out).status == 0
    again = run("prove", proofs / "good.py", "--out", out, "--dask", cluster.scheduler_address)
    assert again.status == 0
    assert "(reused)" in again.out


def test_a_script_is_sent_with_its_own_certificates_unless_fresh(tmp_path):
    """They begin with its name; --fresh sends none."""
    script = tmp_path / "good.py"
    script.write_text(GOOD, encoding="utf-8")
    for name in ("good-1.json", "better-1.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    assert remote._script(script, tmp_path, fresh=False).certificates == {"good-1.json": "{}"}
    assert remote._script(script, tmp_path, fresh=True).certificates == {}


def test_a_certificate_that_the_checker_here_refuses_is_no_proof(tmp_path):
    """Whatever the worker said of it."""
    (tmp_path / "c.json").write_text("{}", encoding="utf-8")
    said = {"script": "s", "statement": "rank", "certificate": "/far/c.json", "checked": True}
    ended = remote.Ended(0, "", (json.dumps(said),), {})
    results = remote._kept(remote.Script("s.py", "", {}), ended, tmp_path)
    assert results[0].holds
    (checked,) = remote._checked(results, workers=1)
    assert not checked.holds
    assert checked.certificate == str(tmp_path / "c.json")


@pytest.mark.parametrize("name", ["../c.json", "c.py", ".json", "a/b.json", "c.json\n"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    """A certificate is written into its folder alone."""
    ended = remote.Ended(0, "", (), {name: "{}"})
    with pytest.raises(CertificateError, match="certificate named"):
        remote._kept(remote.Script("s.py", "", {}), ended, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_scheduler_that_does_not_answer_is_status_2(run, small, monkeypatch):
    """One sentence with the address."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    monkeypatch.setattr(parallel, "_PATIENCE", 0.2)
    ended = run("landscape", small, "--dask", "tcp://127.0.0.1:1")
    assert ended.status == 2
    assert "tcp://127.0.0.1:1" in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_workers_of_another_version_are_refused():
    """Their numbers could come from other rules."""
    with pytest.raises(MissingDependencyError, match="same version"):
        parallel._applied(1, max, 1, version="0.0.1")
