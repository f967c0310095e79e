"""The code in README.md and the tutorials runs, and prints what the page says."""

import ast
import builtins
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import circuitalg
from circuitalg.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    "docs/tutorial.md",
    "docs/tutorial_statements.md",
    "docs/logspace.md",
    "docs/logspace_accuracy.md",
    "docs/spectra.md",
    "docs/networks.md",
    "docs/strategies.md",
    "docs/extend.md",
]
needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason='PyTorch is not installed: pip install ".[torch]"'
)
BLOCK = re.compile(
    r"^```(python|text|console)\n(.*?)^```$|(?<!`)`([^`\n]+)`(?!`)", re.MULTILINE | re.DOTALL
)


def blocks(page):
    """(language, text) of each block, and ("prose", code) of each fragment in prose, in order."""
    found = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    return [(language or "prose", text or code) for language, text, code in found]


def is_call(code, names):
    """Whether a fragment is a call whose names the page has made; others are signatures."""
    try:
        tree = ast.parse(code, mode="eval")
    except SyntaxError:
        return False
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    calls = any(isinstance(node, ast.Call) for node in ast.walk(tree))
    return calls and used <= {*names, *dir(builtins)}


def comparable(text):
    """Text without the seconds that something took."""
    return re.sub(r"\d+\.\d\d s", "# s", text.strip())


@pytest.mark.parametrize("page", [*PAGES, pytest.param("docs/learning.md", marks=needs_torch)])
def test_the_page_prints_what_it_says(page, tmp_path, monkeypatch, capsys):
    """Blocks run in order, in one namespace and one folder; each output is the one shown.

    Calls in the prose between run, too.
    """
    monkeypatch.chdir(tmp_path)
    names = {"__name__": page, "circuitalg": circuitalg}
    printed = None
    compared = 0
    for language, text in blocks(page):
        if language == "prose":
            if is_call(text, names):
                eval(text, names)  # noqa: S307
                capsys.readouterr()
        elif language == "python":
            exec(compile(text, page, "exec"), names)  # noqa: S102  (our own page)
            printed = capsys.readouterr().out
        elif language == "text":
            assert comparable(printed) == comparable(text)
            compared += 1
        else:
            run_console(text, capsys)
    assert compared


def run_console(text, capsys):
    """Run each command of a console block, our own in this process; compare what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        program, *arguments = shlex.split(command)
        if program == "python":
            line = [sys.executable, *arguments]
            done = subprocess.run(line, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            printed = done.stdout
        else:
            assert program == "circuitalg"
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main(arguments)
            assert not ended.value.code
            printed = capsys.readouterr().out
        assert comparable(printed) == comparable(shown)


@pytest.mark.parametrize(
    "page",
    sorted(
        page.relative_to(ROOT).as_posix()
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        if "](" in page.read_text(encoding="utf-8")
    ),
)
def test_links_lead_somewhere(page):
    """Every relative link and picture of the page exists."""
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in t]
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


def test_prose_is_tried_where_its_names_are_known():
    """A call of what the page has made runs; a signature with names of its own does not."""
    assert is_call("ca.prove_rank(deep, parts)", {"ca", "deep", "parts"})
    assert not is_call("theorem.save(path)", {"theorem"})
    assert not is_call("theorem.statement", {"theorem"})
    assert not is_call("pip install circuitalg", {})
