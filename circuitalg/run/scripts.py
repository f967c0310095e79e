"""Run proof scripts, each in a process of its own, and gather their results.

An executor may take them to other machines. Those share no files with this one: a script is sent as
text, with the certificates that it may reuse; results and certificates come back as text. They are
written here, and the checker here verifies every certificate again: nothing rests on another
machine's word but which claim a certificate belongs to.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING

from circuitalg.errors import CertificateError, FileFormatError
from circuitalg.files import PART, check_folder, write
from circuitalg.run.checker import check_all
from circuitalg.run.parallel import completed
from circuitalg.run.progress import error_console, stages
from circuitalg.run.session import INTERRUPTED, Result

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_POLL = 0.1  # seconds between looks at the running scripts
_GRACE = 5.0  # seconds for an interrupted script to clean up
_LEFT = 24 * 3600.0  # seconds after which a part of a file is nobody's
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}\.json")


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


def run(
    scripts: Sequence[Path],
    certificates: Path,
    *,
    fresh: bool,
    workers: int,
    executor: Executor | None = None,
) -> Run:
    """Run the scripts, ``workers`` at a time or by an executor; Ctrl-C keeps what is done.

    It ends scripts that run here; those that an executor has begun end by themselves.

    Raises
    ------
    NotProved, MissingDependencyError
        As `circuitalg.run.parallel.completed` does.
    CertificateError
        When a certificate comes back under a name that is not one.
    """
    check_folder(certificates, "certificates")
    _sweep(certificates)
    with tempfile.TemporaryDirectory() as folder, terminable():
        if executor is not None:
            return _elsewhere(scripts, certificates, fresh, workers, executor)
        jobs = [_Job(script, Path(folder) / f"{i}.jsonl") for i, script in enumerate(scripts)]
        options = ["--certificates", str(certificates)] + ["--fresh"] * fresh
        with _progress() as progress:
            interrupted = _work(jobs, options, workers, progress)
        return Run([result for job in jobs for result in job.results], interrupted)


def _sweep(folder: Path) -> None:
    """Remove what writers that were killed have left, when no other can be at work on it."""
    for part in folder.glob(PART.format("*")):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _LEFT:
                part.unlink()


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
        self.results += _broken_off(
            self.script.name, self.results, self._process.returncode, self._last_words()
        )
        self._close()
        return True

    def _last_words(self) -> str:
        if self._errors is None:
            return ""
        self._errors.seek(0)
        return _last_line(self._errors.read().decode(errors="replace"))

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


def _broken_off(name: str, results: Sequence[Result], status: int, said: str) -> list[Result]:
    """A result that says so, when a script broke off or made no claim."""
    if status and all(result.holds for result in results):
        error = f"ended with status {status}" + (f": {said}" if said else "")
    elif not results:
        error = "the script made no claim"
    else:
        return []
    return [Result(Path(name).stem, name, error=error)]


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


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


# On other machines


@dataclass(frozen=True, slots=True)
class Script:
    """What a worker is sent: the script, and earlier certificates by name."""

    name: str
    text: str
    certificates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """What comes back: exit status, last words, lines of results, new certificates by name."""

    status: int
    said: str
    lines: tuple[str, ...]
    certificates: Mapping[str, str]


def _elsewhere(
    scripts: Sequence[Path], certificates: Path, fresh: bool, workers: int, executor: Executor
) -> Run:
    tasks = [_sent(path, certificates, fresh=fresh) for path in scripts]
    found: dict[int, list[Result]] = {}
    interrupted = False
    try:
        with (
            stages() as progress,
            closing(completed(run_script, tasks, executor=executor)) as finished,
        ):
            for number, ended in finished:
                found[number] = _kept(tasks[number], ended, certificates)
                progress("scripts", len(found), len(tasks))
    except KeyboardInterrupt:
        interrupted = True
    results = [result for number in sorted(found) for result in found[number]]
    return Run(_checked(results, workers), interrupted)


def run_script(script: Script) -> Ended:
    """Run a script in a folder and a process of its own; on the worker."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inside, lines = folder / "certificates", folder / "results.jsonl"
        inside.mkdir()
        for certificate, text in script.certificates.items():
            (inside / certificate).write_text(text, encoding="utf-8")
        path = folder / script.name
        path.write_text(script.text, encoding="utf-8")
        command = [sys.executable, str(path), "--certificates", str(inside)]
        done = subprocess.run(
            [*command, "--results", str(lines)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        told = lines.read_text(encoding="utf-8").splitlines() if lines.exists() else []
        made = {file.name: file.read_text(encoding="utf-8") for file in inside.glob("*.json")}
        new = {file: text for file, text in made.items() if script.certificates.get(file) != text}
        return Ended(done.returncode, _last_line(done.stderr), tuple(told), new)


def _sent(path: Path, certificates: Path, *, fresh: bool) -> Script:
    """A script as it is sent, with its own certificates, which begin with its name."""
    earlier = [] if fresh else sorted(certificates.glob(f"{path.stem}-*.json"))
    known = {file.name: file.read_text(encoding="utf-8") for file in earlier}
    return Script(path.name, path.read_text(encoding="utf-8"), known)


def _kept(script: Script, ended: Ended, certificates: Path) -> list[Result]:
    """Write the certificates of a script here; return its results, which name them."""
    for name, text in ended.certificates.items():
        if not _NAME.fullmatch(name):
            raise CertificateError(f"{script.name} came back with a certificate named {name!r}")
        write(certificates / name, text, "certificate")
    results = []
    for said in map(json.loads, ended.lines):
        if "started" not in said:
            file = Path(said["certificate"]).name
            results.append(
                Result(**{**said, "certificate": str(certificates / file) if file else ""})
            )
    return results + _broken_off(script.name, results, ended.status, ended.said)


def _checked(results: Sequence[Result], workers: int) -> list[Result]:
    """The results, each certificate verified by the checker here."""
    files = sorted({result.certificate for result in results if result.certificate})
    verdicts = check_all([Path(file) for file in files], workers=workers)
    refused = {v.path: " ".join(v.text.split()) for v in verdicts if not v.verified}
    return [
        replace(r, checked=False, error=refused[r.certificate]) if r.certificate in refused else r
        for r in results
    ]
