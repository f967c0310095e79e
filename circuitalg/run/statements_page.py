"""The page of statements: what the scripts of a run claimed, with the evidence for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from circuitalg.run.session import Result

_ORDER = (
    "D",
    "eqs. 1",
    "eq.",
    "C.1",
    "sec. 3.1",
    "sec. 3.2",
    "sec. 3.3",
    "Theorem 1",
    "Corollary 2",
    "Theorem 3",
    "Corollary 4",
    "App. A",
    "sec. B",
    "M",
    "Lemma",
    "App. E",
)
"""How places of Cohen, Sharir and Shashua 2016 begin, in its order; other sources come last."""

ABOUT = "_statements.md"
"""A file of this name among the scripts says what their statements are of; the page begins so."""

_HEAD = """\
# What is proved

{about}Made by `{command}`; do not edit. Each row is a claim of a proof script, with the source that
the script names. *theorem*: proved by the kernel and verified by the stand-alone checker, once
for each of the sizes. *certified bound*: the same, where rational enclosures of real numbers
decide. *exact computation*: computed by the script over the rationals or with symbols, without a
certificate. *cited*: taken from the literature. *All sizes* marks theorems whose sizes are symbols.

| statement | source | script | evidence | sizes | all sizes | seconds |
| --- | --- | --- | --- | --- | --- | ---: |
"""


def statements_page(results: Sequence[Result], folder: Path, command: str) -> str:
    """The page in Markdown: one row per statement, source, script and grade.

    Parameters
    ----------
    results
        Of one run.
    folder
        Where the scripts are; its file `ABOUT`, if there is one, says what they are about.
    command
        What made the page.
    """
    file = folder / ABOUT
    about = file.read_text(encoding="utf-8").strip() + "\n\n" if file.is_file() else ""
    groups: dict[tuple[str, str, str, str], list[Result]] = {}
    for result in results:
        words = re.sub(r" \(.*\)$", "", result.statement)
        groups.setdefault((words, result.source, result.script, result.grade), []).append(result)
    rows = sorted(groups.items(), key=lambda item: _rank(item[0][1]))
    head = _HEAD.format(about=about, command=command)
    return head + "".join(_row(*key, members) for key, members in rows)


def _rank(source: str) -> int:
    found = (place for place, begin in enumerate(_ORDER) if source.startswith(begin))
    return next(found, len(_ORDER))


def _row(words: str, source: str, script: str, grade: str, members: Sequence[Result]) -> str:
    sizes = list(dict.fromkeys(result.sizes for result in members if result.sizes))
    shown = "; ".join(sizes) if len(sizes) < 3 else f"{sizes[0]}; ...; {sizes[-1]} ({len(sizes)})"
    for_all = "yes" if all(result.kind == "ForAll" for result in members) else ""
    seconds = f"{sum(result.seconds for result in members):.1f}"
    told = f"cited: {members[0].tactics}" if grade == "cited" else grade
    cells = (words, source, f"`{script}.py`", told, shown, for_all, seconds)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
