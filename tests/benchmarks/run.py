"""Run the benchmarks and print one table.

    python tests/benchmarks/run.py [name ...] [--slow] [--smoke] [--json]

Names: those of the files bench_*.py beside this one (all, when none is given). A time is a median
where it is short and one run where it is long; a ratio compares with the named peer in the same
run. Nothing here asserts a time: the machine may be busy.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import measure
from benchmarks.measure import Options, Row, machine

NAMES = tuple(
    sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(NAMES))
    parser.add_argument("--slow", action="store_true", help="the longest cases as well")
    parser.add_argument("--smoke", action="store_true", help="the smallest sizes only")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        module, function, data = given.child
        found = getattr(importlib.import_module(f"benchmarks.{module}"), function)
        sys.stdout.write(json.dumps(found(**json.loads(data))) + "\n")
        return 0
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
    measure.alone = not given.smoke
    before = machine()
    rows: list[tuple[str, Row]] = []
    for name in given.names or NAMES:
        sys.stderr.write(f"{name} ...\n")
        module = importlib.import_module(f"benchmarks.bench_{name}")
        rows += [(name, row) for row in module.rows(Options(given.smoke, given.slow))]
    after = machine().rsplit(", ", 1)[1]
    if given.json:
        table = [{"benchmark": name} | row.data() for name, row in rows]
        found = {"machine": before, "after": after, "rows": table}
        sys.stdout.write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    else:
        _print(rows, f"{before}; {after} after")
    return 0


def _print(rows: Sequence[tuple[str, Row]], caption: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, caption=caption, caption_justify="left")
    for title in ("what", "size", "time", "peer", "its time", "ratio", "limit", "reached", "note"):
        right = title in {"time", "its time", "ratio", "reached"}
        table.add_column(title, justify="right" if right else "left")
    last = None
    for name, row in rows:
        if last not in {None, name}:
            table.add_section()
        last = name
        cells = (
            row.what,
            row.size,
            seconds(row.seconds),
            row.peer,
            seconds(row.peer_seconds),
            "" if row.ratio is None else f"{row.ratio:.2g} ×",
            row.limit,
            "" if row.reached is None else f"{100 * row.reached:.3g} %",
            row.note,
        )
        table.add_row(*map(Text, cells))  # text, for brackets are no markup here
    console = Console()
    (console if console.is_terminal else Console(width=220)).print(table)


def seconds(value: float | None) -> str:
    """A time in the unit that fits it."""
    if value is None:
        return ""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e6:.3g} µs"


if __name__ == "__main__":
    raise SystemExit(main())
