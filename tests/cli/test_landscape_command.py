"""``circuitalg landscape``, and commands that work on a Dask cluster."""

import csv
import json

import pytest
from good_script import GOOD

import circuitalg as ca
from circuitalg.errors import CertificateError
from circuitalg.run import parallel, scripts


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
    assert [row["bipartition"] for row in rows] == [each.letters for each in asked]


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


def test_ctrl_c_keeps_what_is_finished_and_a_second_run_continues(run, interrupted, tmp_path):
    """Status 130, no trace, no process left, and answers in the file, which then gets complete."""
    path, kept = tmp_path / "net.json", tmp_path / "kept.jsonl"
    circuit = ca.tree_model(ca.ModeTree.random(12, seed=2), dim=3, widths=5)
    circuit.save(path)

    def lines():
        return len(kept.read_text().splitlines()) if kept.exists() else 0

    ended = interrupted(
        "landscape", path, "--effort", "full", "--out", kept, until=lambda: lines() > 20
    )
    assert ended.status == 130, ended.err
    assert ended.err.strip() == (
        f"circuitalg: interrupted; finished answers are in {kept}; run again to go on"
    )
    assert not ended.out
    assert lines() > 20
    assert run("landscape", path, "--effort", "quick", "--out", kept).status == 0
    assert lines() == 1 + 2047


# On a cluster


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
    folder = proofs(good=GOOD, broken="raise ValueError('no luck')", silent="")
    ended = run("prove", folder, "--out", out, "--dask", cluster.scheduler_address)
    assert ended.status == 1
    assert "2 of 4 claims proved and checked" in ended.out
    assert "ValueError: no luck" in ended.out
    assert "the script made no claim" in ended.out
    assert run("check", out).status == 0
    again = run("prove", folder / "good.py", "--out", out, "--dask", cluster.scheduler_address)
    assert again.status == 0
    assert "(reused)" in again.out


def test_a_script_is_sent_with_its_own_certificates_unless_fresh(tmp_path):
    """They begin with its name; --fresh sends none."""
    script = tmp_path / "good.py"
    script.write_text(GOOD, encoding="utf-8")
    for name in ("good-1.json", "better-1.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    assert scripts._sent(script, tmp_path, fresh=False).certificates == {"good-1.json": "{}"}
    assert scripts._sent(script, tmp_path, fresh=True).certificates == {}


def test_a_certificate_that_the_checker_here_refuses_is_no_proof(tmp_path):
    """Whatever the worker said of it."""
    (tmp_path / "c.json").write_text("{}", encoding="utf-8")
    said = {"script": "s", "statement": "rank", "certificate": "/far/c.json", "checked": True}
    ended = scripts.Ended(0, "", (json.dumps(said),), {})
    results = scripts._kept(scripts.Script("s.py", "", {}), ended, tmp_path)
    assert results[0].holds
    (checked,) = scripts._checked(results, workers=1)
    assert not checked.holds
    assert checked.certificate == str(tmp_path / "c.json")


@pytest.mark.parametrize("name", ["../c.json", "c.py", ".json", "a/b.json", "c.json\n"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    """A certificate is written into its folder alone."""
    ended = scripts.Ended(0, "", (), {name: "{}"})
    with pytest.raises(CertificateError, match="certificate named"):
        scripts._kept(scripts.Script("s.py", "", {}), ended, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_scheduler_that_does_not_answer_is_status_2(run, small, monkeypatch):
    """One sentence with the address."""
    pytest.importorskip("distributed", reason="Dask is not installed")
    monkeypatch.setattr(parallel, "_PATIENCE", 0.2)
    ended = run("landscape", small, "--dask", "tcp://127.0.0.1:1")
    assert ended.status == 2
    assert "tcp://127.0.0.1:1" in ended.err
    assert len(ended.err.strip().splitlines()) == 1
