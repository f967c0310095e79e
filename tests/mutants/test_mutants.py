"""The runner of mutants, on a file of a few lines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mutants.mutate import Mutation
from mutants.run import Run, options_from

RUN = Path(__file__).with_name("run.py")

TINY = '''"""A file."""

MORE = True


def enough(number: int) -> bool:
    """Whether a number is large enough."""
    if number < 2 or number > 100:
        raise ValueError("not in range")
    return number + MORE > 3
'''

TESTS = """import pytest
import tiny


def test_most():
    assert tiny.enough(50) and tiny.enough(3) and not tiny.enough(2)
    for number in (1, 101):
        with pytest.raises(ValueError):
            tiny.enough(number)
"""


def test_detected_and_surviving_mutants_are_told_apart(tmp_path):
    """In a function and in what runs at the import; the exit code says that too few are detected.

    The largest number is not tried; so a wrong comparison with it survives, one with the least
    number does not. The survivors in the report can be tried again.
    """
    (tmp_path / "tiny.py").write_text(TINY)
    (tmp_path / "test_tiny.py").write_text(TESTS)
    report = tmp_path / "report.json"
    given = ["--root", tmp_path, "--part", "tiny.py", "--report", report]
    command = [sys.executable, RUN, *given, "--tests", "test_tiny.py"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    alive = [row["name"][3] for row in json.loads(report.read_text())]
    assert sorted(alive) == ["number > 100 → number > 99", "number > 100 → number >= 100"]
    assert (ran.returncode, "2 survived" in ran.stdout) == (1, True), ran.stdout
    again = Run(options_from([*map(str, given), "--again", str(report)])).chosen()
    assert {mutant.change for mutant in again} == {*alive}
    raises = Run(options_from([*map(str, given), "--change", "raise → pass"])).chosen()
    assert [mutant.text for mutant in raises] == ['raise ValueError("not in range")']


def test_what_is_mutated_and_what_is_left_alone():
    """Each mutant differs from the file at one place; annotations and messages never differ."""
    mutation = Mutation("tiny.py", TINY)
    changes = [mutant.change for mutant in mutation.mutants]
    assert len(changes) == len(set(changes)) > 15
    assert "raise → pass" in changes
    assert "number < 2 or number > 100 → number < 2" in changes
    for mutant in mutation.mutants:
        assert mutation.code("tiny.py", mutant) != mutation.code("tiny.py")
        assert "not in range" not in mutant.change
        assert "ValueError" not in mutant.change


@pytest.mark.parametrize(
    "text", ["x: 1 = f'{2}'", "'3'", "__all__ = ['a']", "b = zip(a, strict=True)"]
)
def test_nothing_to_mutate(text):
    """Annotations, texts with holes, docstrings, lists of names, the program's own guards."""
    assert [mutant.change for mutant in Mutation("x.py", text).mutants] == []
