"""The benchmarks do not rot: their smallest sizes run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")
NAMES = {
    "bounds",
    "coefficients",
    "evaluate",
    "exact",
    "gpu",
    "landscape",
    "large",
    "minors",
    "polynomial",
    "prove",
    "spectra",
    "tied_trees",
    "trees",
}


@pytest.fixture(scope="module")
def table():
    """What ``run.py --smoke --json`` prints."""
    command = [sys.executable, str(RUN), "--smoke", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_benchmark_gives_rows(table):
    """Each benchmark measures something at its smallest size."""
    assert {row["benchmark"] for row in table["rows"]} == NAMES


def test_rows_hold_times_and_ratios(table):
    """Times are positive, and a ratio is the time over the peer's."""
    for row in table["rows"]:
        if row["benchmark"] == "gpu" and row["note"].startswith("not measured"):
            continue
        assert row["seconds"] is not None or row["reached"] is not None
        assert row["seconds"] is None or row["seconds"] > 0
        if row["ratio"] is not None:
            assert row["ratio"] == pytest.approx(row["seconds"] / row["peer_seconds"])


def test_what_is_measured_has_a_process_of_its_own():
    """Not in the trial above, where one process does all."""
    command = [sys.executable, str(RUN), "--child", "bench_trees", "prove", '{"count": 2}']
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_an_unknown_name_is_refused_with_the_names():
    """A wrong name gets a sentence that lists the right ones, and exit status 2."""
    command = [sys.executable, str(RUN), "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "'nothing'" in done.stderr
    assert "polynomial" in done.stderr
