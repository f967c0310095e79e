"""What circuitalg prints survives every terminal: plain ASCII, whatever its encoding is."""

import ast
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from certificates import PROVED, theorem

import circuitalg as ca

PACKAGE = Path(ca.__file__).parent
ROOT = Path(__file__).resolve().parents[1]


def _texts(source):
    """Strings of a module that are not docstrings: (line, text)."""
    described = set()
    for node in ast.walk(ast.parse(source)):  # a statement comes before what is in it
        if isinstance(node, ast.Expr):
            described.add(node.value)
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and node not in described:
            yield node.lineno, node.value


def _strange(source):
    return [(line, text) for line, text in _texts(source) if not text.isascii()]


def test_no_text_of_the_package_needs_more_than_ascii():
    """Statements, explanations, reprs and messages alike; only labels in drawings have more."""
    for file in PACKAGE.rglob("*.py"):
        if file.parent.name != "view":
            assert not _strange(file.read_text(encoding="utf-8")), file


def test_the_search_for_such_text_can_fail():
    """A string, or a part of an f-string, is found; docstrings and comments are left alone."""
    assert _strange('print(f"rank ≤ {n}")') == [(1, "rank ≤ ")]
    assert not _strange('def f():\n    """⟦A⟧"""\n    # ≤\n    return "rank <= 3"')


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_every_kind_of_statement_prints_in_any_encoding(encoding):
    """Theorem, explanation, summary and repr reach a terminal of an old code page as they are."""
    large = ca.prove_rank(ca.ht_model(64, 2, [2] * 6), ca.Bipartition.odd_even(64))
    terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    for proved in (large, *map(theorem, PROVED)):
        said = proved.statement
        print(proved, proved.explain(), said.summary, repr(proved), file=terminal)
    deep = ca.ht_model(64, 2, [2] * 6)
    half = ca.Bipartition.low_high(64)
    print(deep, half, deep.to_simnet(), ca.estimate_rank(deep, half), file=terminal)
    landscape = ca.rank_landscape(deep, [ca.Bipartition.random(64, s) for s in range(40)])
    print(landscape, repr(landscape), file=terminal)


def test_a_program_prints_a_theorem_under_an_old_code_page():
    """As from a shell of Windows with Western European characters."""
    code = (
        "import circuitalg as ca; "
        "print(ca.prove_rank(ca.cp_model(2, 2, 2), ca.Bipartition.odd_even(2)))"
    )
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"rank [[A]] with I = {0} is 2" in done.stdout


def test_a_proof_script_describes_itself_under_an_old_code_page():
    """Scripts have mathematics in their docstrings; what the terminal lacks becomes "?"."""
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "proofs" / "lemma_5.py"), "--help"],
        capture_output=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Lemma 5" in done.stdout
