"""Mutation testing of the kernel and the checker: does a test fail when the code has a mistake?

    python tests/mutants/run.py --sample 500 --seed 0 [--part kernel|checker|FILE] [--jobs 2]

It collects the tests once, measures which lines of the trusted code each test runs (that is kept in
``.mutants``; ``--fresh`` measures again), and then forks for each mutant: the fork exchanges the
code of the functions that are wrong now, clears what functions remember, and runs the tests that
reach the line, the quickest first, until one fails. What is wrong while a file is imported, and
what only the checker's own processes run, is tried in a copy of the files and a new process. A
mutant that takes ten times as long as the tests did, or too much memory, is detected, too.

``equivalent.toml`` lists the survivors that were read and do no harm, each with its reason. The
exit code is 1 where fewer than 95 of 100 of the others are detected, in the kernel or the checker.

Neither mutmut nor Cosmic Ray fits: one mutates functions alone, the other starts pytest for each.
"""

from __future__ import annotations

import argparse
import ast
import collections
import difflib
import functools
import gc
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pytest
from mutants.mutate import Mutant, Mutation
from mutants.report import PARTS, Result, harmless, part_of, report
from mutants.tried import (
    Known,
    code_of,
    essence,
    exchange,
    in_fork,
    measured,
    rename,
    try_in_copy,
    try_tests,
)

ROOT = Path(__file__).resolve().parents[2]
TESTS = [
    *("tests/test_certificates.py", "tests/test_expressions.py", "tests/checker", "tests/kernel"),
    *("tests/rank", "tests/same", "tests/forall", "tests/given", "tests/functions"),
    *("tests/logspace", "tests/test_limits.py"),
]
SLOW = 20.0  # seconds; such tests are left out
BUDGET = 20.0  # seconds of tests for each mutant, as measured
OWN_PROCESS = ("program.py", "__main__.py", "archive.py", "meter.py", "read.py", "verdict.py")
"""Files of the checker of which its own processes run more than tests do in theirs."""


class Run:
    """A pytest plugin: in place of running the tests it tries the mutants."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.root = options, options.root
        root = self.root
        self.mutations = {
            str(file.relative_to(root)): Mutation(str(file.relative_to(root)), file.read_text())
            for place in self.places()
            for file in ([root / place] if place.endswith(".py") else (root / place).rglob("*.py"))
        }
        self.results: list[Result] = []
        self.known: dict[str, Known] = {}
        self.old_lines: dict[str, set[int]] = collections.defaultdict(set)

    def places(self) -> list[str]:
        """The files or folders that are mutated."""
        part = self.options.part
        return [*PARTS.values()] if part is None else [PARTS.get(part, part)]

    def pytest_configure(self) -> None:
        """Let Hypothesis stop at the first failure."""
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutants", parent=settings(), phases=phases)
        settings.load_profile("mutants")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure the tests, choose the mutants, try them."""
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            self.folder = Path(folder)
            self.items = {item.nodeid: item for item in session.items}
            self.live = collections.defaultdict(list)
            self.caches = []
            for found in gc.get_objects():
                if isinstance(found, FunctionType):
                    self.live[found.__code__.co_filename].append(found)
                elif isinstance(found, functools._lru_cache_wrapper):
                    module = sys.modules.get(str(getattr(found, "__module__", "")))
                    if str(getattr(module, "__file__", "")).startswith(str(self.root)):
                        self.caches.append(found)
            gc.freeze()  # so that forks share the memory
            self.measure()
            if not self.options.measure_only:
                self.try_all(self.chosen())
        return True

    def forget(self) -> None:
        """Clear what functions of the package and of the tests remember."""
        for cache in self.caches:
            cache.cache_clear()

    def measure(self) -> None:
        """Learn what each test runs: what was measured once is kept; new tests are run now."""
        cache = self.root / ".mutants"
        cache.mkdir(exist_ok=True)
        files = [file for file in self.root.rglob("*.py") if self.measures(file)]
        sources = {str(file.relative_to(self.root)): file.read_text() for file in files}
        for place in sorted(cache.glob("*.json"), key=lambda place: place.stat().st_mtime):
            if not self.options.fresh:
                self.learn(json.loads(place.read_text()), sources)
        groups: dict[Path, list[pytest.Item]] = collections.defaultdict(list)
        for item in self.items.values():
            known = self.known.get(item.nodeid)
            if known is None or known.code != code_of(item):
                groups[item.path].append(item)

        def work(items: Sequence[pytest.Item]) -> Any:
            self.forget()
            return {"sources": sources, "tests": measured(items, self.root, files)}

        now = int(time.time())
        todo = [
            (cache / f"{path.stem}-{now}-{len(items)}.json", functools.partial(work, items))
            for path, items in groups.items()
        ]
        for place, (_, code) in self.forked(todo, lambda _: 1800.0):
            say(f"measured {place.stem}" + (f": failed with status {code}" if code else ""))
            if not code:
                self.learn(json.loads(place.read_text()), sources)
        self.by_line = collections.defaultdict(set)
        for test, known in self.known.items():
            for file, lines in known.lines.items():
                for line in lines:
                    self.by_line[file, line].add(test)

    def learn(self, data: dict[str, Any], sources: dict[str, str]) -> None:
        """Take over what was measured, perhaps when some lines stood elsewhere."""
        moved = {}
        for file, old in data["sources"].items():
            pairs = [text.splitlines() for text in (old, sources.get(file, ""))]
            blocks = [(0, 0, len(pairs[0]))]
            if pairs[0] != pairs[1]:
                match = difflib.SequenceMatcher(None, *pairs, autojunk=False)
                blocks = [(*block,) for block in match.get_matching_blocks()]
            moved[file] = {a + i + 1: b + i + 1 for a, b, size in blocks for i in range(size)}
            self.old_lines[file].update(moved[file].values())
        for test, found in data["tests"].items():
            seconds, lines, starts, code = found
            here = {f: [moved[f][n] for n in lines[f] if n in moved[f]] for f in lines}
            self.known[test] = Known(seconds, here, starts, code)

    def measures(self, file: Path) -> bool:
        """Whether lines of a file are of interest, in this run or another."""
        name = str(file.relative_to(self.root))
        return name in self.mutations or name.startswith((*PARTS.values(),))

    def forked(
        self, todo: Sequence[tuple[Any, Callable[[], Any]]], limit: Callable[[Any], float]
    ) -> Iterator[tuple[Any, tuple[float, int]]]:
        """Do work in forks, some at a time; each is (the file of its answer, what to do)."""
        waiting, running = [*reversed(todo)], {}
        while waiting or running:
            while waiting and len(running) < self.options.jobs:
                answer, work = waiting.pop()
                running[in_fork(work, answer)] = answer, time.monotonic()
            for pid in [*running]:
                answer, began = running[pid]
                took = time.monotonic() - began
                ended, status = os.waitpid(pid, os.WNOHANG)
                if not ended and took > limit(answer):
                    os.killpg(pid, signal.SIGKILL)
                    _, status = os.waitpid(pid, 0)
                    ended = pid
                if ended:
                    del running[pid]
                    yield answer, (took, status)
            time.sleep(0.01)

    def chosen(self) -> list[Mutant]:
        """The mutants to try: those of an earlier run that survived, or a sample of each part."""
        every = [m for mutation in self.mutations.values() for m in mutation.mutants]
        if self.options.again:
            names = {tuple(s["name"]) for s in json.loads(self.options.again.read_text())}
            return [mutant for mutant in every if mutant.name in names]
        if self.options.change:
            return [mutant for mutant in every if mutant.change == self.options.change]
        found, by_part = [], collections.defaultdict(list)
        for mutant in every:
            by_part[part_of(mutant)].append(mutant)
        for part in sorted(by_part):
            count = self.options.sample or len(every)
            found += sorted(by_part[part], key=self.lot)[: count // len(by_part)]
        return found

    def lot(self, mutant: Mutant) -> str:
        """By which a sample is drawn: what changes elsewhere in the code does not change it."""
        return hashlib.sha256(f"{self.options.seed} {mutant.name}".encode()).hexdigest()

    def reached_by(self, mutant: Mutant) -> list[str]:
        """The tests that reach a mutant, the quickest first, as many as there is time for."""
        if mutant.imported:
            found = [test for test, known in self.known.items() if mutant.file in known.lines]
        else:
            lines = self.measured_lines(mutant)
            found = [t for t in self.known if any(t in self.by_line[mutant.file, n] for n in lines)]
        return self.in_budget(found)

    def measured_lines(self, mutant: Mutant) -> Sequence[int]:
        """Its lines; where they are new since the measurement, the nearest line above."""
        lines = mutant.lines
        if any(line in self.old_lines[mutant.file] for line in lines):
            return lines
        above = (n for n in range(lines[0], 0, -1) if n in self.old_lines[mutant.file])
        return [next(above, lines[0])]

    def in_budget(self, tests: Iterable[str]) -> list[str]:
        """The quickest tests that fit into the time for one mutant."""
        total, chosen = 0.0, []
        for test in sorted(tests, key=lambda test: self.known[test].seconds):
            total += self.known[test].seconds
            fits = self.known[test].seconds < SLOW and (total < BUDGET or not chosen)
            if test in self.items and fits:
                chosen.append(test)
        return chosen

    def try_all(self, mutants: Sequence[Mutant]) -> None:
        """Try mutants, and print each survivor as it is found."""
        todo, slots = [], {}
        for number, mutant in enumerate(mutants):
            answer = self.folder / f"{number}.json"
            slots[answer] = mutant, self.reached_by(mutant)
            todo.append((answer, functools.partial(self.attempt, answer, *slots[answer])))

        def limit(answer: Path) -> float:
            return 240 + 20 * sum(self.known[test].seconds for test in slots[answer][1])

        for answer, (took, status) in self.forked(todo, limit):
            mutant, tests = slots[answer]
            if status:
                killer = "too slow" if os.WIFSIGNALED(status) else "a process that ended"
            else:
                killer = json.loads(answer.read_text())
            shutil.rmtree(answer.with_suffix(""), ignore_errors=True)
            if killer != "the same code":
                self.results.append(Result(mutant, killer, len(tests), took))
                if killer is None:
                    say(f"survived {len(tests)} tests, {took:.0f} s: {mutant}")
        self.results.sort(key=lambda found: mutants.index(found.mutant))

    def attempt(self, answer: Path, mutant: Mutant, tests: Sequence[str]) -> str | None:
        """In a fork: what detects a mutant, or None."""
        mutation, path = self.mutations[mutant.file], str(self.root / mutant.file)
        old, new = mutation.code(path), mutation.code(path, mutant)
        if essence(old) == essence(new):
            return "the same code"
        checker = mutant.file.startswith(PARTS["checker"])
        if mutant.imported:
            found = rename(path, mutation.mutated(mutant), mutant)
        else:
            found = exchange(self.live[path], old, new)
        if tests and found:
            self.forget()
            items = [self.items[test] for test in tests]
            killer = try_tests(items, self.known, answer.with_suffix(""))
            if killer or not (checker and Path(mutant.file).name in OWN_PROCESS):
                return killer
            tests = []
        if not tests and checker:
            found = [t for t, known in self.known.items() if known.starts and "checker" in t]
            tests = self.in_budget(found)
        if not tests:
            return None
        text = ast.unparse(mutation.mutated(mutant))
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            seconds = sum(self.known[test].seconds for test in tests)
            return try_in_copy(self.root, Path(folder), mutant.file, text, tests, seconds)


def say(line: str) -> None:
    """Print at once, past what pytest captures."""
    print(line, file=sys.__stderr__, flush=True)


def options_from(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sample", type=int, help="how many; by default all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", help="kernel, checker, or a file")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--change", help='only such mistakes, for example "raise → pass"')
    parser.add_argument("--again", type=Path, help="try the survivors of a report again")
    parser.add_argument("--report", type=Path, help="where the survivors are written, as JSON")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder of all files")
    parser.add_argument("--tests", nargs="*", default=TESTS)
    parser.add_argument("--fresh", action="store_true", help="measure all tests again")
    parser.add_argument("--measure-only", action="store_true")
    return parser.parse_args(arguments)


def main() -> int:
    """Run, print the report, say whether enough was detected."""
    options = options_from()
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    os.chdir(options.root)
    run = Run(options)
    pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *options.tests], plugins=[run])
    if options.report:
        rows = [
            {"name": r.mutant.name, "line": r.mutant.line, "killer": r.killer, "tests": r.tests}
            for r in run.results
        ]
        alive = [row for row in rows if row["killer"] is None]
        options.report.write_text(json.dumps(alive, indent=1, ensure_ascii=False))
    text, enough = report(run.results, harmless())
    print(text)  # noqa: T201
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
