"""The open questions of docs/conjectures: their files run, and their page says what is printed."""

import re
from pathlib import Path

import pytest

from circuitalg.strategies.conjecture_file import declared, search

DOCS = Path(__file__).parents[2] / "docs"
FILES = sorted((DOCS / "conjectures").glob("*.py"))
BLOCKS = re.findall(r"```python\n(.*?)```", (DOCS / "conjectures.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_question_can_be_searched(path):
    """A few cases of each; the open ones have no counterexample, and the page names the file."""
    assert f"`{path.name}`" in (DOCS / "conjectures.md").read_text("utf-8")
    for asked in declared(path):
        findings = search(asked, examples=6)
        assert len(findings.covered) > 0
        assert asked.conjecture.known_false or findings.counterexample is None


def test_the_page_says_what_its_code_prints(capsys):
    """Behind each print stand the bounds that it prints."""
    names = {}
    for block in BLOCKS:
        exec(block, names)  # noqa: S102  (the page's own code)
    said = re.findall(r"print\(.*\)  # (?:exactly (\d+)|(\d+) to (\d+))", "\n".join(BLOCKS))
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(said) > 8
    for (exact, lower, upper), line in zip(said, printed, strict=True):
        wanted = f" is {exact} for" if exact else f"at least {lower} for .* at most {upper} for"
        assert re.search(wanted, line), line
