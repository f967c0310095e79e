"""The code in README.md and the tutorials runs, and prints what the page says."""

import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    "docs/tutorial.md",
    "docs/tutorial_statements.md",
    "docs/logspace.md",
    "docs/logspace_accuracy.md",
    "docs/spectra.md",
]
needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason='PyTorch is not installed: pip install ".[torch]"'
)
BLOCK = re.compile(r"^```(python|text|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHECKER = ROOT / "circuitalg" / "checker.py"


def blocks(page):
    """(language, text) of each block in order."""
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def comparable(text):
    """Text without the seconds that something took."""
    return re.sub(r"\d+\.\d\d s", "# s", text.strip())


@pytest.mark.parametrize("page", [*PAGES, pytest.param("docs/learning.md", marks=needs_torch)])
def test_the_page_prints_what_it_says(page, tmp_path, monkeypatch, capsys):
    """Blocks run in order, in one namespace and one folder; each output is the one shown."""
    monkeypatch.chdir(tmp_path)
    names = {"__name__": page}
    printed = None
    compared = 0
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, page, "exec"), names)  # noqa: S102  (our own page)
            printed = capsys.readouterr().out
        elif language == "text":
            assert comparable(printed) == comparable(text)
            compared += 1
        else:
            run_console(text)
    assert compared


def run_console(text):
    """Run each command of a console block and compare what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        program, *arguments = shlex.split(command)
        if program == "python":
            assert arguments[0] == "checker.py"
            line = [sys.executable, "-I", "-S", str(CHECKER), *arguments[1:]]
        else:
            assert program == "circuitalg"
            line = [sys.executable, "-m", "circuitalg", *arguments]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert comparable(done.stdout) == comparable(shown)


@pytest.mark.parametrize("page", [*PAGES, "docs/trust.md", "docs/learning.md"])
def test_links_lead_somewhere(page):
    """Every relative link and picture of the page exists."""
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in t]
    assert targets
    missing = [t for t in targets if not ((ROOT / page).parent / t).exists()]
    assert not missing


def test_the_two_commands_are_the_documented_ones():
    """The README's commands install, prove and test; nothing else is needed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 -m venv .*$", text, re.MULTILINE)
    assert [command.rpartition("&& ")[2] for command in commands] == [
        ".venv/bin/circuitalg prove proofs",
        ".venv/bin/pytest -q",
    ]


def test_a_wrong_page_would_be_noticed(tmp_path, monkeypatch):
    """The comparison fails on another number, so it can fail."""
    monkeypatch.chdir(tmp_path)
    assert comparable("rank 81 in 0.03 s\n") == comparable("rank 81 in 1.25 s")
    assert comparable("rank 81") != comparable("rank 82")
