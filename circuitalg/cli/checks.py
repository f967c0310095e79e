"""Run the stand-alone checker on certificates, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import circuitalg
from circuitalg.cli.output import error_console
from circuitalg.errors import FileFormatError

WORDS = {0: "verified", 1: "NOT VERIFIED", 2: "unreadable"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker said of one file; ``status`` is its exit status, 2 for any other end."""

    file: str
    status: int
    text: str
    seconds: float

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return WORDS[self.status]


def find(paths: Iterable[Path]) -> list[Path]:
    """List the certificates that are meant: files as given, and every ``*.json`` below a folder.

    Raises
    ------
    FileFormatError
        When a path does not exist, or a folder holds no certificate.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*.json"))
            if not inside:
                raise FileFormatError(f"there is no certificate (*.json) below {path}")
            files.extend(inside)
        elif path.exists():
            files.append(path)
        else:
            raise FileFormatError(f"{path} does not exist; name a certificate or a folder of them")
    return files


def run(
    files: Sequence[Path], *, circuit: str | None = None, numpy: bool = False, workers: int = 2
) -> list[Verdict]:
    """Check files, ``workers`` at a time, with progress on a terminal."""
    from rich.progress import Progress

    console = error_console()
    with (
        ThreadPoolExecutor(workers) as pool,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        jobs = pool.map(lambda file: _check(file, circuit, numpy), files)
        try:
            return list(progress.track(jobs, total=len(files), description="checking"))
        except KeyboardInterrupt:  # the running checkers got the signal too
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _check(file: Path, circuit: str | None, numpy: bool) -> Verdict:
    checker = Path(circuitalg.__file__).with_name("checker.py")
    # Nothing but the standard library is importable, unless NumPy is asked for.
    alone = [] if numpy else ["-I", "-S"]
    options = (["--numpy"] if numpy else []) + ([] if circuit is None else ["--circuit", circuit])
    command = [sys.executable, *alone, "-X", "utf8", str(checker), *options, str(file)]
    start = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
    )
    said = (done.stdout if done.returncode == 0 else done.stderr or done.stdout).strip()
    status = done.returncode if done.returncode in WORDS else 2
    if done.returncode not in WORDS:
        said = f"the checker ended with status {done.returncode}: {said.splitlines()[-1:]}"
    return Verdict(str(file), status, said, time.perf_counter() - start)
