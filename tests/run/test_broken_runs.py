"""``circuitalg prove`` and what may befall it: kill -9, a full disk, a second run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from good_script import GOOD

import circuitalg as ca
from circuitalg import checker
from circuitalg.run import scripts

COMMAND = [sys.executable, "-m", "circuitalg", "prove"]
DIES = """
import os, signal
def dies(_descriptor, count=[0]):
    count[0] += 1
    if count[0] == 2:  # the second certificate is in its temporary file, and not yet renamed
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = dies
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with one proof script, of two claims."""
    place = tmp_path / "proofs"
    place.mkdir()
    (place / "good.py").write_text(GOOD, encoding="utf-8")
    return place


def verified(place):
    """Names of the certificates in a folder, each of which the checker verifies."""
    found = sorted(place.glob("*.json"))
    for file in found:
        checker.verify_file(file)
    return [file.name for file in found]


def proved(out, lose=lambda: None, fresh=False):
    """Make the script's claims in this process; whether each certificate was there already."""
    session = ca.Session("good", out, fresh=fresh)
    for n in (4, 8):
        question = ca.ht_model(n, 2, [2] * (n.bit_length() - 1)), ca.Bipartition.odd_even(n)
        with session.claim("rank", sizes=f"N={n}") as claim:
            claim.prove(question, lambda asked=question: ca.prove_rank(*asked))
            lose()
    assert [result.error for result in session.done] == ["", ""]
    return [result.reused for result in session.done]


def test_a_certificate_that_is_not_the_answer_is_made_anew(tmp_path):
    """Altered, cut short, or true and about another network: it is proved again, the other kept."""
    out = tmp_path / "c"
    assert proved(out) == [False, False]
    four, eight = sorted(out.glob("*.json"), key=lambda file: file.stat().st_size)
    text = four.read_text(encoding="utf-8")
    assert '"lower":4,' in text
    for bad in (text.replace('"lower":4,', '"lower":5,'), "{", eight.read_text(encoding="utf-8")):
        four.write_text(bad, encoding="utf-8")
        assert proved(out) == [False, True]
        assert four.read_text(encoding="utf-8") == text


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_script_that_is_killed_while_it_writes_leaves_whole_certificates(folder, tmp_path):
    """The first stays and is used again; the second is absent, not half there.

    What it had begun is a hidden file, which a run a day later removes.
    """
    out = tmp_path / "c"
    (folder / "good.py").write_text(DIES + GOOD, encoding="utf-8")
    ended = scripts.run(scripts.find(folder), out, fresh=False, workers=1)
    assert [bool(result.error) for result in ended.results] == [False, True]
    assert "status -9" in ended.results[1].error
    (first,) = verified(out)
    (part,) = set(out.iterdir()) - set(out.glob("*.json"))
    scripts.run([], out, fresh=False, workers=1)
    assert part.exists()  # another run may be writing it
    os.utime(part, (0, time.time() - 25 * 3600))
    scripts.run([], out, fresh=False, workers=1)
    assert [file.name for file in out.iterdir()] == [first]
    assert proved(out) == [True, False]
    assert first in verified(out)
    assert len(verified(out)) == 2


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_run_that_is_killed_can_be_begun_again_at_once(folder, tmp_path):
    """Its script may still be at work in the same folder: both end, and all that is there is whole.

    This is also what two runs into one folder are.
    """
    out = tmp_path / "c"
    command = [*COMMAND, str(folder), "--out", str(out)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, start_new_session=True, **quiet) as run:
        end = time.monotonic() + 60
        while not list(out.glob("*.json")) and run.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    verified(out)
    proved(out)
    assert len(verified(out)) == 2


def test_two_runs_into_one_folder_do_not_disturb_each_other(folder, tmp_path):
    """Both prove everything, at the same time, with the same names for their certificates."""
    out, lines = tmp_path / "c", tmp_path / "results.jsonl"
    options = ["--certificates", str(out), "--results", str(lines)]
    with subprocess.Popen([sys.executable, str(folder / "good.py"), *options]) as other:
        while other.poll() is None:
            proved(out, fresh=True)
            verified(out)
    proved(out)
    said = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert [line["checked"] for line in said if "checked" in line] == [True, True]
    assert len(verified(out)) == len(list(out.iterdir())) == 2


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
"""


def test_a_disk_that_is_full_is_a_reason_and_loses_nothing(folder, tmp_path):
    """The claim whose certificate has no room is not proved; the smaller one before it stays."""
    pytest.importorskip("resource")
    out, script = tmp_path / "c", folder / "good.py"
    script.write_text(LIMITED + GOOD.replace("[4, 8]", "[4, 64]"), encoding="utf-8")
    command = [sys.executable, str(script), "--certificates", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    for said in ("rank = 4", "NOT PROVED", "File too large"):
        assert said in done.stdout
    assert not done.stderr
    assert len(verified(out)) == len(list(out.iterdir())) == 1
    assert proved(out) == [True, False]


def test_a_folder_that_disappears_is_made_again(tmp_path):
    """Each claim is saved and checked on its own; nothing is taken for what was there once."""
    out = tmp_path / "c"
    assert proved(out, lambda: shutil.rmtree(out)) == [False, False]
    assert not out.exists()
    assert proved(out) == [False, False]
    assert len(verified(out)) == 2


def test_time_limits_do_not_ask_the_clock_on_the_wall(monkeypatch):
    """It may be set back or ahead at any moment."""

    def jumps():
        raise AssertionError("asked for the time of day")

    monkeypatch.setattr(time, "time", jumps)
    found = ca.prove_rank(ca.ht_model(8, 2, [2, 2, 2]), "odd-even", timeout=60)
    assert found.statement.lower == 16
    checker.verify(found.certificate())
