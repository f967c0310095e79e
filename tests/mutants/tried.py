"""One mistake tried: in a fork that has imported everything, or in a copy of the files."""

from __future__ import annotations

import ast
import collections
import hashlib
import inspect
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest
from mutants.mutate import Mutant

MEMORY = 6 << 30


class Known(NamedTuple):
    """What was measured of a test: its seconds, the lines it runs, whether it starts processes.

    And what it was then: a test that has changed is measured again.
    """

    seconds: float
    lines: dict[str, list[int]]
    starts: bool
    code: str


def run_test(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Run a test; whether it fails."""
    from _pytest.runner import runtestprotocol

    return any(report.failed for report in runtestprotocol(item, nextitem=following, log=False))


def code_of(item: pytest.Item) -> str:
    """A name for the text of a test's function."""
    function = inspect.unwrap(getattr(item, "obj", type(item)))
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


def measured(items: Sequence[pytest.Item], root: Path, sources: Sequence[Path]) -> dict[str, Any]:
    """What is known of each test: runs all of them, and leaves out those that fail alone."""
    import coverage

    starts = [False]
    sys.addaudithook(lambda event, _: starts.__setitem__(0, starts[0] or event == EVENT))
    cover = coverage.Coverage(data_file=None, config_file=False, include=[*map(str, sources)])
    cover.set_option("run:disable_warnings", ["no-data-collected"])
    seconds: dict[str, tuple[float, bool]] = {}
    cover.start()
    for item, following in zip(items, [*items[1:], None], strict=True):
        cover.switch_context(item.nodeid)
        began, starts[0] = time.perf_counter(), False
        if not run_test(item, following):
            seconds[item.nodeid] = time.perf_counter() - began, starts[0]
    cover.stop()
    data = cover.get_data()
    lines: dict[str, dict[str, list[int]]] = collections.defaultdict(dict)
    for file in data.measured_files():
        name = str(Path(file).relative_to(root))
        for line, tests in data.contexts_by_lineno(file).items():
            for test in tests:
                lines[test].setdefault(name, []).append(line)
    code = {item.nodeid: code_of(item) for item in items}
    return {
        test: Known(took, lines[test], starts, code[test])
        for test, (took, starts) in seconds.items()
    }


EVENT = "subprocess.Popen"


# A mistake in the fork of a process that has imported everything


def essence(code: CodeType) -> tuple[Any, ...]:
    """What a piece of code does, wherever it stands."""
    inner = tuple(
        essence(part) if isinstance(part, CodeType) else (type(part), repr(part))
        for part in code.co_consts
    )
    return code.co_code, inner, code.co_names, code.co_varnames, code.co_freevars


def functions_in(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """All code below, by name and first line."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield (part.co_qualname, part.co_firstlineno), part
            yield from functions_in(part)


def exchange(live: Sequence[FunctionType], old: CodeType, new: CodeType) -> bool:
    """Give live functions the code of a mutant; whether any does something else now."""
    befores, afters = ([*functions_in(code)] for code in (old, new))
    count = collections.Counter(name for name, _ in befores)
    before, after, changed = dict(befores), dict(afters), False
    for function in live:
        name = function.__code__.co_qualname, function.__code__.co_firstlineno
        if count[name] != 1 or essence(before[name]) == essence(after[name]):
            continue
        if function.__code__.co_freevars != after[name].co_freevars:
            return False
        function.__code__ = after[name]
        changed = True
    return changed


def rename(path: str, tree: ast.Module, mutant: Mutant) -> bool:
    """Give a module's name, wherever it was imported, the value that the mutant assigns."""
    made = tree.body[mutant.ways[0].place or 0]
    modules = [*sys.modules.values()]
    module = next((m for m in modules if getattr(m, "__file__", None) == path), None)
    match made:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), _, value):
            pass
        case _:
            return False
    if module is None or value is None or type(vars(module).get(name)) not in (int, float):
        return False
    old = getattr(module, name)
    code = compile(ast.Expression(value), path, "eval")
    new = FunctionType(code, vars(module))()
    package = module.__name__.split(".")[0]
    for other in modules:
        same_package = getattr(other, "__name__", "").split(".")[0] == package
        if same_package and vars(other).get(name) is old:
            setattr(other, name, new)
    return True


def in_fork(work: Callable[[], Any], answer: Path) -> int:
    """Start a process that does some work, and writes what it returns as JSON."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
        answer.write_text(json.dumps(work()))
        code = 0
    except Exception:  # noqa: BLE001
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def try_tests(items: Sequence[pytest.Item], known: dict[str, Known], folder: Path) -> str | None:
    """Run tests until one fails; its name. One that takes far too long ends the process."""
    folder.mkdir()
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config._tmp_path_factory._basetemp = folder
        signal.setitimer(signal.ITIMER_VIRTUAL, 10 * known[item.nodeid].seconds + 5)
        if run_test(item, following):
            return item.nodeid
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


# A mistake in a copy of the files


def try_in_copy(
    root: Path, folder: Path, file: str, text: str, tests: Sequence[str], seconds: float
) -> str | None:
    """Copy the package and the tests, write one file otherwise; what fails there, if anything."""
    for name in ("circuitalg", "tests"):
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns(".*"))
    for path in root.glob("*.*"):
        if path.is_file():
            shutil.copy2(path, folder)
    (folder / file).write_text(text)
    os.utime(folder / file, (0, 0))  # what is compiled already is newer, and not of this time
    place = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": place},
            capture_output=True,
            text=True,
            timeout=10 * seconds + 120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "too slow"
    lines = ran.stdout.splitlines()
    failed = next((line for line in lines if line.startswith(("FAILED", "ERROR"))), "an error")
    return failed if ran.returncode else None
