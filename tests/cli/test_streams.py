"""Where results of commands go: standard streams, links, pipes; and where they must not."""

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

import circuitalg as ca
from circuitalg import checker

COMMAND = [sys.executable, "-m", "circuitalg"]


@pytest.fixture
def small(tmp_path):
    """A network of four locations in a file."""
    path = tmp_path / "net.json"
    ca.cp_model(4, 2, 2).save(path)
    return path


@pytest.fixture
def proved(small, tmp_path):
    """A certificate about it."""
    path = tmp_path / "thm.json"
    ca.prove_rank(ca.load_circuit(small), ca.Bipartition.odd_even(4)).save(path)
    return path


@pytest.fixture
def given(monkeypatch):
    """Put a file in the place of standard input."""
    with ExitStack() as opened:

        def redirect(path):
            stream = opened.enter_context(Path(path).open(encoding="utf-8"))
            monkeypatch.setattr(sys, "stdin", stream)

        yield redirect


RESULTS = {
    "rank": ["rank", "NET", "-p", "odd-even", "--out"],
    "separate": ["separate", "NET", "--out"],
    "landscape": ["landscape", "NET", "-p", "odd-even", "--workers", "1", "--out"],
    "CSV": ["landscape", "NET", "-p", "odd-even", "--workers", "1", "--csv"],
    "draw": ["draw", "NET", "--out"],
}


SUFFIX = {"CSV": ".csv", "draw": ".svg"}


def arguments(name, network):
    """A command whose last option takes the place of its result."""
    return [network if word == "NET" else word for word in RESULTS[name]]


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_goes_to_standard_output_alone(name, small, run, tmp_path, monkeypatch):
    """Nothing else is printed there, so that it can be piped on; the report is on the other one."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    ended = run(*arguments(name, small), "-")
    begins = {"CSV": "I,lower,upper", "draw": "<?xml"}.get(name, '{"format":')
    assert ended.out.replace(" ", "").startswith(begins)
    if name != "draw":
        assert len(ended.out.splitlines()) == {"landscape": 2, "CSV": 2}.get(name, 1)
    assert ended.err
    assert "in -" not in ended.err
    assert not list((tmp_path / "empty").iterdir())


def test_standard_output_has_other_names(small, tmp_path):
    """``/dev/stdout`` redirected into a file: its earlier text stays, and the device too."""
    log = tmp_path / "log"
    log.write_text("earlier\n", encoding="utf-8")
    with log.open("ab") as stream:
        words = [*COMMAND, *map(str, arguments("rank", small)), "/dev/stdout"]
        done = subprocess.run(words, stdout=stream, stderr=subprocess.PIPE, check=True)
    assert log.read_text(encoding="utf-8").startswith('earlier\n{"format":')
    assert b"for almost all" in done.stderr


@pytest.mark.parametrize("name", RESULTS)
def test_a_network_comes_from_standard_input(name, small, run, given, tmp_path):
    """``-`` is its name, for every command."""
    given(small)
    ended = run(*arguments(name, "-"), tmp_path / "result.csv" if name == "CSV" else "-")
    assert ended.status == 0


def test_certificates_and_networks_are_checked_from_standard_input(
    run, given, small, proved, tmp_path
):
    """Each alone, a network as GraphML too; another network is refused, and both at once."""
    given(proved)
    ended = run("check", "-", "--circuit", small)
    assert ended.status == 0
    assert ended.out.startswith("-\n")
    ca.load_circuit(small).save(tmp_path / "net.graphml")
    ca.cp_model(4, 2, 3).save(tmp_path / "other.graphml")
    assert run("check", proved, "--circuit", tmp_path / "net.graphml").status == 0
    for name, status in (("net.json", 0), ("other.graphml", 1)):
        given(tmp_path / name)
        assert run("check", proved, "--circuit", "-").status == status
    ended = run("check", "-", "--circuit", "-")
    assert ended.status == 2
    assert "standard input is one file" in ended.err


def test_what_is_wrong_on_standard_input_is_called_so(run, given, small, tmp_path):
    """No temporary file is named."""
    given(small)
    ended = run("check", "-")
    assert ended.status == 2
    assert "-" in ended.out
    assert not re.search(r"/\S*\.json", ended.out)
    (tmp_path / "bad.graphml").write_text("<graphml>", encoding="utf-8")
    given(tmp_path / "bad.graphml")
    ended = run("check", small, "--circuit", "-")
    assert ended.status == 2
    assert ended.err.startswith("circuitalg: -: not GraphML")


def test_a_certificate_is_checked_from_a_process_substitution(proved):
    """``check <(…)``: an open pipe that only this process has."""
    read, wrote = os.pipe()
    os.write(wrote, proved.read_bytes())
    os.close(wrote)
    words = [*COMMAND, "check", f"/dev/fd/{read}", "--json"]
    done = subprocess.run(words, capture_output=True, check=True, pass_fds=[read])
    os.close(read)
    assert json.loads(done.stdout)[0]["verdict"] == "verified"


@pytest.mark.parametrize("name", RESULTS)
def test_the_input_is_never_the_output(name, small, run, given, tmp_path):
    """As a path, a link, or standard input from a file: status 2, and the network is as before."""
    before = small.read_bytes()
    link = tmp_path / f"link{SUFFIX.get(name, '.json')}"
    link.symlink_to(small)
    given(small)
    for network, place in ((small, link), (link, link), ("-", link), (small, small)):
        ended = run(*arguments(name, network), link if name == "CSV" else place)
        assert ended.status == 2
        assert "the input itself" in ended.err
        assert not ended.out
        assert small.read_bytes() == before
        assert link.is_symlink()


@pytest.mark.parametrize("name", RESULTS)
def test_other_work_is_never_the_output(name, small, run, tmp_path):
    """A result over another network's file, or over a SimNet, is refused before the work."""
    other = tmp_path / f"other{SUFFIX.get(name, '.json')}"
    for number, held in enumerate((ca.cp_model(4, 3, 3), ca.cp_model(4, 3, 3).to_simnet())):
        held.save(tmp_path / f"{number}.json")
        other.unlink(missing_ok=True)
        other.symlink_to(f"{number}.json")
        ended = run(*arguments(name, small), other)
        assert ended.status == 2
        assert "would destroy" in ended.err
        assert not ended.out


@pytest.mark.parametrize("name", ["rank", "separate"])
def test_a_second_run_replaces_its_certificate(name, small, run, tmp_path):
    """A certificate over a certificate is what a user expects."""
    for _ in range(2):
        assert run(*arguments(name, small), tmp_path / "thm.json").status == 0
    assert checker.verify_file(tmp_path / "thm.json").text


@pytest.mark.parametrize("name", RESULTS)
def test_a_folder_is_refused_before_the_work(name, small, run, tmp_path, monkeypatch):
    """Nothing is proved for a place that cannot be written."""
    for work in ("prove_rank", "prove_separation", "rank_landscape"):
        monkeypatch.setattr(ca, work, None)
    (tmp_path / "folder.csv").mkdir()
    ended = run(*arguments(name, small), tmp_path / "folder.csv")
    assert ended.status == 2
    assert "is a folder" in ended.err


def test_scripts_are_never_the_page_of_statements(run, tmp_path):
    """``prove`` reads them; and a file in the folder's place is named."""
    script = tmp_path / "script.py"
    script.write_text("raise SystemExit(0)", encoding="utf-8")
    ended = run("prove", script, "--statements", script, "--out", tmp_path / "c")
    assert ended.status == 2
    assert script.read_text(encoding="utf-8") == "raise SystemExit(0)"
    for place, words in ((script, "is not a folder"), ("-", "not standard output")):
        ended = run("prove", script, "--out", place)
        assert ended.status == 2
        assert words in ended.err


def test_a_proof_is_told_where_it_cannot_be_saved(small, run, tmp_path, monkeypatch):
    """When the disk is full in the end, the theorem is printed all the same; status 2."""
    from circuitalg.kernel import certificate

    def full(*_arguments):
        raise ca.errors.OutputError("thm.json cannot be written (No space left on device)")

    monkeypatch.setattr(certificate, "write", full)
    ended = run(*arguments("rank", small), tmp_path / "thm.json")
    assert ended.status == 2
    assert "is 2 for almost all" in ended.out
    assert "No space left" in ended.err


ENDS = {
    "landscape": ["landscape", "NET", "-p", "odd-even", "--workers", "1"],
    "check": ["check", "THM"],
    "help": ["rank", "--help"],
}


@pytest.mark.parametrize("name", [*ENDS, "checker", "script"])
def test_a_closed_pipe_ends_a_command_as_others(name, small, proved, tmp_path):
    """By SIGPIPE, which a shell shows as 141: 1 would mean refuted. Nothing is said of it."""
    if name == "checker":
        words = [sys.executable, checker.__path__[0], str(proved)]
    elif name == "script":
        text = "import circuitalg as ca\nwith ca.Session.from_arguments('') as s:"
        (tmp_path / "script.py").write_text(text + "\n    s.cite('a', 'b', 'c')", encoding="utf-8")
        words = [sys.executable, str(tmp_path / "script.py")]
    else:
        given = {"NET": str(small), "THM": str(proved)}
        words = COMMAND + [given.get(word, word) for word in ENDS[name]]
    read, wrote = os.pipe()
    os.close(read)
    done = subprocess.run(words, stdout=wrote, stderr=subprocess.PIPE, check=False, cwd=tmp_path)
    os.close(wrote)
    assert done.returncode == -13
    assert not done.stderr


@pytest.mark.parametrize("name", ["rank", "checker"])
@pytest.mark.parametrize("place", ["&-", "/dev/full"])
def test_output_that_does_not_arrive_is_told(name, place, small, proved):
    """Without standard output the status tells all; where it is full, that is status 2."""
    words = [sys.executable, checker.__path__[0], str(proved)]
    if name == "rank":
        words = [*COMMAND, "rank", str(small), "-p", "odd-even"]
    if place == "/dev/full" and not Path(place).exists():
        pytest.skip("this system has no /dev/full")
    shell = ["/bin/sh", "-c", f'exec "$@" >{place}', "sh", *words]
    done = subprocess.run(shell, stderr=subprocess.PIPE, check=False)
    said = done.stderr.decode()
    assert done.returncode == (0 if place == "&-" else 2)
    assert ("No space left" in said) == (place != "&-")
    assert "Traceback" not in said
    assert "ignored" not in said


DIGITS = "9" * 5000
WRONG = [
    ["rank", "NET", "-p", "odd-even", "--timeout", "0"],
    ["rank", "NET", "-p", "odd-even", "--max-minor", "0"],
    ["rank", "NET", "-p", "odd-even", "--max-minor", DIGITS],
    ["rank", "NET", "-p", "odd-even", "--output=-1"],
    ["rank", "NET", "-p", f"random:{DIGITS}"],
    ["rank", "NET", "-p", DIGITS],
    ["landscape", "NET", "--effort", "hard"],
    ["landscape", "NET", "--random", "0"],
    ["landscape", "NET", "--random", "99999999999"],
    ["landscape", "NET", "--workers", "0"],
    ["landscape", "NET", "--workers", "100000"],
    ["landscape", "NET", "--max-minor", "0"],
    ["separate", "NET", "--timeout", "0"],
    ["separate", "NET", "--levels", "0"],
    ["separate", "NET", "--levels", "99999999"],
    ["separate", "--locations", "1", "--dim", "2", "--widths", "2"],
    ["separate", "--locations", "4", "--dim", "0", "--widths", "2"],
    ["separate", "--locations", "4", "--dim", "2", "--widths", "0"],
    ["separate", "--locations", "4", "--dim", "2", "--widths", DIGITS],
    ["separate", "--locations", "4", "--dim", "2", "--widths", "2,2", "--window", "1"],
    ["check", "THM", "--workers", "0"],
    ["prove", "--workers", "0"],
]


@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(words)[:60])
def test_values_out_of_range_are_wrong_usage(words, run, small, proved):
    """Status 2 with a sentence, nothing printed, and at once."""
    given = {"NET": small, "THM": proved}
    ended = run(*[given.get(word, word) for word in words])
    assert ended.status == 2
    assert ended.err
    assert not ended.out


def test_a_number_of_seconds_is_taken(run, small):
    """The false neighbours of the ranges above: small, and without end."""
    for seconds in ("1e-9", "60", "inf"):
        assert run("rank", small, "-p", "odd-even", "--timeout", seconds).status == 0
