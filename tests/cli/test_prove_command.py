"""``circuitalg prove``: scripts in processes of their own, one table, reuse, Ctrl-C."""

import json
import os
import subprocess
import sys

import pytest
from good_script import GOOD

FALSE = GOOD.replace("2 ** (n // 2)", "2 ** n")


def test_the_table_has_a_row_for_each_claim_and_all_are_checked(run, proofs, tmp_path):
    """Status 0; the certificates are there and verify on their own."""
    out = tmp_path / "certificates"
    ended = run("prove", proofs(good=GOOD), "--out", out)
    assert ended.status == 0, ended.out
    for word in ("statement", "sizes", "result", "by", "certificate", "checked"):
        assert word in ended.out
    assert "2 of 2 claims proved and checked" in ended.out
    assert not ended.err
    assert len(list(out.glob("good-*.json"))) == 2
    assert run("check", out).status == 0


def test_a_second_run_reuses_certificates_that_still_check(run, proofs, tmp_path):
    """Reused ones are marked; with --fresh all are proved anew."""
    folder, out = proofs(good=GOOD), tmp_path / "certificates"

    def reused(*more: str) -> list[bool]:
        ended = run("prove", folder, "--out", out, "--json", *more)
        assert ended.status == 0
        return [result["reused"] for result in json.loads(ended.out)["results"]]

    assert reused() == [False, False]
    assert reused() == [True, True]
    assert reused("--fresh") == [False, False]


def test_a_false_claim_gives_status_1_and_its_reason(run, proofs, tmp_path):
    """The other scripts' claims are proved all the same."""
    ended = run("prove", proofs(false=FALSE, good=GOOD), "--out", tmp_path / "c")
    assert ended.status == 1
    assert "2 of 4 claims proved and checked" in ended.out
    assert "not proved: rank N=4" in ended.out
    assert "rank is 2^(N/2)" in ended.out


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("raise RuntimeError('boom')", "boom"),
        ("import sys; sys.exit(3)", "status 3"),
        ("pass", "no claim"),
        ("import nonsense_that_is_not_there", "nonsense_that_is_not_there"),
    ],
)
def test_a_script_that_breaks_off_is_named_with_its_last_words(
    run, proofs, tmp_path, script, reason
):
    """A crash, an exit and a script without claims are no proofs."""
    ended = run("prove", proofs(broken=script), "--out", tmp_path / "c")
    assert ended.status == 1
    assert "broken.py" in ended.out
    assert reason in ended.out


def test_scripts_that_begin_with_an_underscore_and_subfolders_are_left_out(run, proofs, tmp_path):
    """proofs/_tools.py and proofs/rocq/ are no proof scripts."""
    folder = proofs(good=GOOD, _tools="raise RuntimeError")
    (folder / "rocq").mkdir()
    (folder / "rocq" / "other.py").write_text("raise RuntimeError")
    assert run("prove", folder, "--out", tmp_path / "c").status == 0


def test_one_script_runs_alone_with_its_own_sizes(proofs, tmp_path):
    """Run by hand a script prints a readable line for each claim, and answers with its status."""
    script = proofs(good=GOOD) / "good.py"
    command = [sys.executable, str(script), "--certificates", str(tmp_path / "c")]
    done = subprocess.run(
        [*command, "--locations", "16"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "rank, N=16: rank = 256" in done.stdout
    assert "checked" in done.stdout


def test_ctrl_c_keeps_what_is_done_and_ends_the_scripts(interrupted, proofs, tmp_path):
    """The finished claims are in the table, their certificates stay, no process survives."""
    marker = tmp_path / "pid"
    asleep = f"import os, time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    folder, out = proofs(slow=f"{GOOD}    {asleep}\n"), tmp_path / "c"
    ended = interrupted(
        "prove", folder, "--out", out, until=lambda: marker.exists() and marker.read_text()
    )
    assert ended.status == 130, ended.err
    assert "2 of 2 claims proved and checked" in ended.out
    assert "interrupted" in ended.out
    assert "Traceback" not in ended.err
    assert len(list(out.glob("*.json"))) == 2
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)


PAGE = """
import circuitalg as ca
with ca.Session.from_arguments(__doc__) as session:
    session.cite("a | b", "Chapter 2", "Somebody 2020")
"""


def test_the_page_of_statements_is_true_for_any_folder(run, tmp_path):
    """It names the command that made it, and a paper only where the folder does."""
    folder, page = tmp_path / "mine", tmp_path / "new" / "page.md"
    folder.mkdir()
    (folder / "script.py").write_text(PAGE, encoding="utf-8")
    options = ["prove", folder, "--out", tmp_path / "c", "--statements", page]
    assert run(*options).status == 0
    text = page.read_text(encoding="utf-8")
    assert f"`circuitalg prove {folder} --statements {page}`" in text
    assert "2016" not in text
    assert "the paper" not in text
    assert "| a \\| b | Chapter 2 | `script.py` | cited: Somebody 2020 |" in text
    (folder / "_statements.md").write_text("About *chapters*.\n", encoding="utf-8")
    assert run(*options, "--fresh").status == 0
    text = page.read_text(encoding="utf-8")
    assert "\n\nAbout *chapters*.\n\nMade by" in text
    assert "--fresh" in text
