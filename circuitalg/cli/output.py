"""What the commands print: text with tables for people, JSON for programs.

In JSON one thing has one name and one form in every command: bounds are `to_json`'s numbers, a
bipartition its letters I and J by location, a circuit its fingerprint, a certificate its path.
"""

from __future__ import annotations

import json as json_text
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from circuitalg.files import is_standard_output
from circuitalg.integers import to_json
from circuitalg.run.session import UNCERTIFIED

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from circuitalg.circuit import Circuit
    from circuitalg.kernel.theorem import Theorem
    from circuitalg.run.checker import Checked
    from circuitalg.run.landscape import Landscape
    from circuitalg.run.scripts import Run
    from circuitalg.run.session import Result
    from circuitalg.strategies.findings import Findings

_PIPE_WIDTH = 400
"""In a pipe or a file a row is one line; a table takes no more than it needs."""
_NARROW = 130
"""Narrower terminals show only the end of a certificate's name, which tells it apart."""


def _console() -> Console:
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=_PIPE_WIDTH)


def _print_table(table: Table) -> None:
    console = _console()
    console.print()
    console.print(table)
    console.print()


def _print_json(value: Any) -> None:
    print(json_text.dumps(value, indent=2, ensure_ascii=False))


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold")
    for name in columns:
        right = name in {"time", "bipartitions", "cases", "exact", "undecided"}
        table.add_column(
            name, justify="right" if right else "left", overflow="fold", min_width=len(name)
        )
    return table


def _row(table: Table, cells: Sequence[str], good: bool) -> None:
    from rich.text import Text

    *plain, verdict = cells
    table.add_row(*map(Text, plain), Text(verdict, style="green" if good else "bold red"))


def landscape_report(table: Landscape, seconds: float, *, json: bool) -> None:
    """Print how many bipartitions have which rank; every row as data."""
    if json:
        _print_json(table.to_data() | {"seconds": round(seconds, 3)})
        return
    from rich.text import Text

    shown = _table("rank", "bipartitions", "such as I =", "lower | upper by")
    for cells in table.shown():
        shown.add_row(*map(Text, cells))
    _print_table(shown)
    print(table.summary)
    if table.sources():
        print("rests on: " + "; ".join(table.sources()))
    if not all(row.tight or row.full for row in table):
        print("the cut and routing alone were tried for some: --effort full tries all tactics")
    print(f"bounded in {seconds:.2f} s")


def conjecture_report(results: Sequence[tuple[str, Findings]], *, json: bool) -> None:
    """Print each counterexample, then a table of all conjectures."""
    if json:
        _print_json([{"name": name} | findings.to_data() for name, findings in results])
        return
    from rich.text import Text

    from circuitalg.strategies.findings import ENDINGS

    for name, findings in results:
        if findings.refuted:
            print(f"{name}\n{findings}\n")
    table = _table("conjecture", "cases", "exact", "undecided", "counterexample", "time")
    for name, findings in results:
        covered, counter = findings.covered, findings.counterexample
        numbers = [f"{n:,}" for n in (len(covered), covered.exact, covered.undecided)]
        said = "none found" if counter is None else counter.summary
        cells = [f"{name}: {findings.sentence}", *numbers, said, f"{findings.seconds:.1f} s"]
        table.add_row(*map(Text, cells))
    _print_table(table)
    if any(findings.refuted for _, findings in results):
        print("the theorems of counterexamples were verified by the independent checker")
    for name, findings in results:
        if findings.ending in ("timeout", "exhausted", "interrupted"):
            print(f"{name}: {ENDINGS[findings.ending]}")


def plain_report(found: Mapping[str, Any], sentence: str, *, json: bool) -> None:
    """Print a sentence, or the data."""
    if json:
        _print_json(found)
    else:
        print(sentence)


def prove_report(run: Run, certificates: Path, seconds: float, *, json: bool) -> None:
    """Print the one table of ``circuitalg prove``."""
    proved = sum(result.holds and result.checked for result in run.results)
    if json:
        _print_json(
            {
                "results": [asdict(result) for result in run.results],
                "proved_and_checked": proved,
                "claims": len(run.results),
                "interrupted": run.interrupted,
                "seconds": round(seconds, 3),
            }
        )
        return
    table = _table("statement", "sizes", "result", "by", "time", "certificate", "checked")
    narrow = _console().width < _NARROW
    for result in run.results:
        when = f"{result.seconds:.2f} s" + (" (reused)" if result.reused else "")
        name = Path(result.certificate).name
        name = "..." + name[-13:-5] if narrow and name else name
        cells = [result.statement, result.sizes, result.result, result.tactics, when]
        _row(table, [*cells, name, _verdict(result)], result.holds)
    _print_table(table)
    for result in run.results:
        if result.error:
            print(f"not proved: {result.statement} {result.sizes}: {result.error}")
    computed, cited = (
        sum(result.holds and result.grade == grade for result in run.results)
        for grade in UNCERTIFIED
    )
    besides = [f"{computed} computed exactly"] * bool(computed) + [f"{cited} cited"] * bool(cited)
    claims = len(run.results) - computed - cited
    print(
        f"{proved} of {claims} claims proved and checked in {seconds:.1f} s"
        + "".join(f", {words}" for words in besides)
        + f"; certificates are in {certificates}"
    )
    if run.interrupted:
        print("interrupted: these are the claims that were finished; run again to go on")


def _verdict(result: Result) -> str:
    if not result.holds:
        return "NO"
    return result.grade if result.grade in UNCERTIFIED else "yes"


def check_report(verdicts: Sequence[Checked], *, json: bool) -> None:
    """Print what the checker said of each certificate, then a table."""
    if json:
        rows = [
            {
                "certificate": verdict.path,
                "verdict": verdict.word.lower(),
                "said": verdict.text,
                "seconds": round(verdict.seconds, 3),
                "kind": verdict.kind,
                "statement": verdict.statement,
                "statement_sha256": verdict.statement_sha256,
                "fingerprints": verdict.fingerprints,
                "rests_on": verdict.rests_on,
                "route": verdict.route,
            }
            for verdict in verdicts
        ]
        _print_json(rows)
        return
    for verdict in verdicts:
        print(verdict.path)
        print("\n".join("  " + line for line in verdict.text.splitlines()))
    table = _table("certificate", "time", "verdict")
    for verdict in verdicts:
        cells = [verdict.path, f"{verdict.seconds:.2f} s", verdict.word]
        _row(table, cells, good=verdict.verified)
    _print_table(table)


def theorem_report(theorem: Theorem, seconds: float, saved: Path | None, *, json: bool) -> None:
    """Print a theorem about a rank, and which tactic gave which side."""
    if json:
        statement: Any = theorem.statement
        found = _described(theorem, statement.circuit, seconds, saved)
        bounds = {"lower": to_json(statement.lower), "upper": to_json(statement.upper)}
        _print_json(found | bounds)
        return
    print(theorem)
    print(theorem.explain())
    _print_ending(theorem, seconds, saved)


def separation_report(
    theorem: Theorem, paper: int | None, seconds: float, saved: Path | None, *, json: bool
) -> None:
    """Print a separation, the exact requirement beside the paper's bound."""
    statement: Any = theorem.statement
    if json:
        found = _described(theorem, statement.deep, seconds, saved)
        found |= {"needed": to_json(statement.needed)}
        found |= {"paper": None if paper is None else to_json(paper)}
        _print_json(found | {"parameter": statement.parameter, "family": str(statement.family)})
        return
    print(theorem)
    print(f"needed: {statement.parameter} of at least {statement.needed}")
    bound = "none for this network" if paper is None else paper
    print(f"the paper's bound, for comparison: {bound}")
    print(theorem.explain())
    _print_ending(theorem, seconds, saved)


def _print_ending(theorem: Theorem, seconds: float, saved: Path | None) -> None:
    if theorem.sources():
        print("rests on: " + "; ".join(theorem.sources()))
    where = "on standard output" if is_standard_output(saved) else f"in {saved}"
    said = "" if saved is None else f", certificate {where}"
    print(f"proved in {seconds:.2f} s{said}")


def _described(
    theorem: Theorem, circuit: Circuit, seconds: float, saved: Path | None
) -> dict[str, Any]:
    return {
        "statement": str(theorem.statement),
        "kind": type(theorem.statement).__name__,
        "output": theorem.statement.output,
        "space": theorem.statement.space,
        "bipartition": theorem.statement.bipartition.letters,
        "tactics": theorem.tactics,
        "explanation": theorem.explain(),
        "sources": list(theorem.sources()),
        "fingerprint": circuit.fingerprint,
        "certificate": None if saved is None else str(saved),
        "seconds": round(seconds, 3),
    }
