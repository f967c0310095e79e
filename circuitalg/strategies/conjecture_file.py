"""Conjectures of a Python file, searched for counterexamples by any number of processes.

Predictions are functions, which do not travel; so each worker runs the file itself, and takes the
conjecture by its name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from circuitalg.errors import FileFormatError
from circuitalg.files import read_bytes
from circuitalg.options import MAX_WORKERS, natural
from circuitalg.run.parallel import completed
from circuitalg.run.progress import Progress
from circuitalg.strategies.campaign import Campaign, Task
from circuitalg.strategies.conjecture import Conjecture
from circuitalg.strategies.findings import Findings
from circuitalg.strategies.search import Chunk, explore

_ELSEWHERE = 16
"""Chunks that an executor is expected to take at the same time."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A conjecture of a file, under its name there."""

    path: Path
    text: str
    name: str
    conjecture: Conjecture


def declared(path: str | Path) -> list[Declared]:
    """Run a Python file; returns the conjectures at its top level, in their order.

    Raises
    ------
    FileFormatError
        When it cannot be run, or has no conjecture.
    """
    path = Path(path).absolute()
    raw = read_bytes(path)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise FileFormatError(f"{path} is not a Python file: it is not UTF-8 text") from None
    found = _conjectures(str(path), text)
    if not found:
        raise FileFormatError(
            f"{path} has no Conjecture at its top level, such as "
            "mine = strategies.Conjecture(predict)"
        )
    return [Declared(path, text, name, each) for name, each in found.items()]


@cache
def _conjectures(path: str, text: str) -> dict[str, Conjecture]:
    """The conjectures of a file's text by name; it is run once in each process."""
    module = ModuleType(Path(path).stem)
    module.__file__ = path
    folder = str(Path(path).parent)
    sys.path.insert(0, folder)  # it may import its neighbours
    try:
        exec(compile(text, path, "exec"), vars(module))  # noqa: S102  (the user's own file)
    except Exception as error:
        raise FileFormatError(
            f"{path} cannot be run{_line(path, error)}: {type(error).__name__}: {error}"
        ) from error
    finally:
        sys.path.remove(folder)
    names: dict[int, str] = {}
    for name, value in vars(module).items():
        if isinstance(value, Conjecture) and not name.startswith("_"):
            names.setdefault(id(value), name)
    return {name: vars(module)[name] for name in names.values()}


def _line(path: str, error: Exception) -> str:
    """Where in the file it failed."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return "" if line is None else f" (line {line})"


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a worker is sent: the file, the conjecture's name there, and the chunk."""

    path: str
    text: str
    name: str
    task: Task


def _explored(sent: _Sent) -> Chunk:
    conjecture, task = _conjectures(sent.path, sent.text)[sent.name], sent.task
    return explore(conjecture, task.seed, task.cases, task.until)


def search(
    asked: Declared,
    *,
    examples: int | None = None,
    timeout: float | None = None,
    seed: int = 0,
    database: str | Path | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Search for a counterexample to a conjecture of a file.

    Parameters
    ----------
    asked
        What `declared` returns.
    examples, timeout, seed, database, progress
        As for ``Conjecture.search``.
    workers
        Local processes.
    executor
        Takes the chunks instead.

    Returns
    -------
    Findings
        Also after Ctrl-C: what was found until then.

    Raises
    ------
    PredictionError, FileFormatError, OutputError
        As ``Conjecture.search`` does.
    NotProved, MissingDependencyError
        As `circuitalg.run.parallel.completed` does.
    """
    workers = natural("workers", workers, 1, MAX_WORKERS)
    several = workers if executor is None else _ELSEWHERE
    campaign = Campaign(
        asked.conjecture, examples, timeout, seed, database, label=asked.name, workers=several
    )
    if workers == 1 and executor is None:
        return campaign.run(progress)
    tasks = [_Sent(str(asked.path), asked.text, asked.name, task) for task in campaign.tasks]
    chunks = completed(_explored, tasks, workers=workers, executor=executor)
    return campaign.gather(chunks, progress)


def files(path: Path) -> Iterator[Path]:
    """The Python files of a folder (not those that begin with ``_``), or the one given.

    Raises
    ------
    FileFormatError
        When there is none.
    """
    found = sorted(path.glob("*.py")) if path.is_dir() else [path]
    found = [each for each in found if not each.name.startswith("_") or each == path]
    if not found:
        raise FileFormatError(f"the folder {path} holds no Python file (*.py) of conjectures")
    yield from found
