"""Run proof scripts, each in a process of its own, and gather their results."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING

from circuitalg.cli.output import error_console
from circuitalg.errors import FileFormatError
from circuitalg.files import check_folder
from circuitalg.prove.session import INTERRUPTED, Result

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_POLL = 0.1  # seconds between looks at the running scripts
_GRACE = 5.0  # seconds for an interrupted script to clean up


@dataclass(slots=True)
class Run:
    """Results in the order of the scripts."""

    results: list[Result]
    interrupted: bool = False

    @property
    def status(self) -> int:
        """Exit status: 0 all proved and checked, 1 not, 130 interrupted."""
        if self.interrupted:
            return INTERRUPTED
        return 0 if all(result.holds for result in self.results) else 1


def find(path: Path) -> list[Path]:
    """List the proof scripts of a folder (not those that begin with ``_``), or the one given.

    Raises
    ------
    FileFormatError
        When there is none.
    """
    if path.is_file() and path.suffix == ".py":
        return [path]
    if not path.is_dir():
        raise FileFormatError(
            f"there are no proof scripts at {path}; run this where the folder proofs/ of a source "
            "checkout is, or name a folder of scripts"
        )
    found = sorted(script for script in path.glob("*.py") if not script.name.startswith("_"))
    if not found:
        raise FileFormatError(f"the folder {path} holds no proof script (*.py)")
    return found


def run(scripts: Sequence[Path], certificates: Path, *, fresh: bool, workers: int) -> Run:
    """Run the scripts, ``workers`` at a time; Ctrl-C ends them and keeps what is done."""
    check_folder(certificates, "certificates")
    with tempfile.TemporaryDirectory() as folder, terminable():
        jobs = [_Job(script, Path(folder) / f"{i}.jsonl") for i, script in enumerate(scripts)]
        options = ["--certificates", str(certificates)] + ["--fresh"] * fresh
        with _progress() as progress:
            interrupted = _work(jobs, options, workers, progress)
        return Run([result for job in jobs for result in job.results], interrupted)


def _work(jobs: Sequence[_Job], options: list[str], workers: int, progress: Progress) -> bool:
    """Run all jobs; True when Ctrl-C came first, and then none is left running."""
    waiting = list(reversed(jobs))
    running: list[_Job] = []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.append(waiting.pop())
                running[-1].start(options, progress)
            time.sleep(_POLL)
            for job in running:
                job.look(progress)
            running = [job for job in running if not job.ended(progress)]
    except KeyboardInterrupt:
        for job in running:
            job.stop()
            job.look(progress)
        return True
    return False


@dataclass(slots=True)
class _Job:
    """One script: its process, and the results read from its file so far."""

    script: Path
    lines: Path
    results: list[Result] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None
    _errors: IO[bytes] | None = None
    _read: int = 0
    _task: TaskID | None = None

    def start(self, options: list[str], progress: Progress) -> None:
        self._errors = self.lines.with_suffix(".err").open("w+b")
        command = [sys.executable, str(self.script), *options, "--results", str(self.lines)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the script and its children
        )
        self._task = progress.add_task(self.script.name, total=None)

    def look(self, progress: Progress) -> None:
        """Read new lines of the results file: claims begun, and results."""
        if self._task is None or not self.lines.exists():
            return
        with self.lines.open("rb") as stream:
            stream.seek(self._read)
            new = stream.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            said = json.loads(line)
            if "started" in said:
                what = f"{self.script.name}: {said['started']}, {said['sizes']}"
                progress.update(self._task, description=what)
            else:
                result = Result(**said)
                self.results.append(result)
                if progress.console.is_terminal:
                    progress.console.print(str(result), markup=False, highlight=False)

    def ended(self, progress: Progress) -> bool:
        """Say whether the script is done; one that broke off gets a result that says so."""
        if self._process is None or self._process.poll() is None:
            return False
        self.look(progress)
        if self._task is not None:
            progress.remove_task(self._task)
        if self._process.returncode and all(result.holds for result in self.results):
            self.results.append(
                Result(self.script.stem, self.script.name, error=self._last_words())
            )
        elif not self.results:
            self.results.append(
                Result(self.script.stem, self.script.name, error="the script made no claim")
            )
        self._close()
        return True

    def _last_words(self) -> str:
        """Say how the script ended: the last line that it wrote to standard error."""
        code = self._process.returncode if self._process else 0
        if self._errors is None:
            return f"ended with status {code}"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"ended with status {code}" + (f": {lines[-1]}" if lines else "")

    def stop(self) -> None:
        """End the script and its children: first as Ctrl-C would, then for good."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        _signal(process, signal.SIGINT)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            process.wait()
        self._close()

    def _close(self) -> None:
        if self._errors is not None:
            self._errors.close()
            self._errors = None


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to a script and what it started."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.terminate()


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that no script outlives its runner."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _progress() -> Progress:
    """Make a line per running script on a terminal, and nothing in a pipe."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = error_console()
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
