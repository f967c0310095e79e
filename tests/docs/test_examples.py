"""The examples in docs/ run, where what they need is installed."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

DIGITS = Path(__file__).resolve().parents[2] / "docs" / "examples" / "train_digits.py"
lacking = [name for name in ("torch", "sklearn") if find_spec(name) is None]


@pytest.mark.skipif(bool(lacking), reason=f"not installed: {', '.join(lacking)}")
def test_digits_are_learned(tmp_path):
    """The quick run: every network has its row, the deep simplex one learns, the picture is there.

    In linear space the product of 64 densities is 0 in float32, and its logarithm breaks training.
    """
    picture = tmp_path / "digits.svg"
    line = [sys.executable, str(DIGITS), "--quick", "--workers", "1", "--plot", str(picture)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [
        [cell.strip() for cell in text.strip("|").split("|")]
        for text in done.stdout.splitlines()
        if text.startswith("| ")
    ]
    trained = {row[1]: row for row in rows if row[0] == "wide"}
    assert len(trained) == 8
    counts = {int(row[2]) for row in trained.values()}
    assert max(counts) <= 1.02 * min(counts)
    accuracy = float(trained["deep, simplex, log"][4].split()[0])
    assert 80 < accuracy <= 100
    broken = next(row for row in rows if row[0] == "non-negative, linear space, densities")
    assert broken[1:] == ["0", "NaN or infinity in the loss"]
    assert picture.read_text(encoding="utf-8").startswith("<?xml")


def test_what_is_missing_is_named():
    """Without PyTorch the example says in one sentence what to install."""
    code = f"import runpy, sys; sys.modules['torch'] = None; runpy.run_path({str(DIGITS)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "torch is not installed: pip install torch scikit-learn (docs/learning.md)"
    )
