"""Run the stand-alone checker on certificates, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import circuitalg
from circuitalg.circuit import load_circuit
from circuitalg.cli.output import error_console
from circuitalg.errors import FileFormatError
from circuitalg.files import STANDARD, is_regular, read_bytes

WORDS = {0: "verified", 1: "NOT VERIFIED", 2: "unreadable"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker said about one file; ``status`` is its exit status, 2 for any other end."""

    file: str
    status: int
    text: str
    seconds: float

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return WORDS[self.status]


def find(paths: Iterable[Path]) -> list[Path]:
    """List the certificates asked for: files as given, and every ``*.json`` below a folder.

    ``-`` is standard input.

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
        elif str(path) == STANDARD or path.exists():
            files.append(path)
        else:
            raise FileFormatError(f"{path} does not exist; name a certificate or a folder of them")
    return files


def run(
    files: Sequence[Path], *, circuit: str | None = None, numpy: bool = False, workers: int = 2
) -> list[Verdict]:
    """Check files, ``workers`` at a time, with progress on a terminal."""
    from rich.progress import Progress

    if circuit == STANDARD and Path(STANDARD) in files:
        raise FileFormatError("standard input is one file: a certificate or the network")
    console = error_console()
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(workers) as pool,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        copies = {
            file: _readable(file, Path(folder) / f"{i}.json")
            for i, file in enumerate(dict.fromkeys(files))
        }
        asked = circuit if circuit is None else _network(circuit, Path(folder) / "network.json")
        jobs = pool.map(lambda file: _check(file, copies[file], asked, numpy), files)
        try:
            return list(progress.track(jobs, total=len(files), description="checking"))
        except KeyboardInterrupt:  # the running checkers got the signal too
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _readable(file: Path, copy: Path) -> Path:
    """The file, or a copy of what is only here: standard input, an open pipe, a FIFO."""
    if is_regular(file):
        return file
    copy.write_bytes(read_bytes(file))
    return copy


def _network(given: str, copy: Path) -> str:
    """What the checker is asked for: a fingerprint, or a file that holds a network as JSON."""
    path = Path(given)
    if given != STANDARD and not path.exists():
        return given
    raw = read_bytes(path)
    copy.write_bytes(raw)
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        try:
            load_circuit(copy).save(copy)  # GraphML, which the checker does not read
        except FileFormatError as error:
            raise FileFormatError(str(error).replace(str(copy), given)) from None
    elif is_regular(path):
        return given
    return str(copy)


def _check(name: Path, file: Path, circuit: str | None, numpy: bool) -> Verdict:
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
    said = said.replace(str(file), str(name))
    status = done.returncode if done.returncode in WORDS else 2
    if done.returncode not in WORDS:
        said = f"the checker ended with status {done.returncode}: {said.splitlines()[-1:]}"
    return Verdict(str(name), status, said, time.perf_counter() - start)
