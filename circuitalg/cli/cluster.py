"""Proof scripts on a Dask cluster: each is a task, in a process of its own on its worker.

Workers and this machine share no files. A script is sent as text, with the certificates that it may
reuse; its results and certificates come back as bytes. They are written here, and the checker here
verifies every certificate again: nothing rests on the cluster's word but which claim it belongs to.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from circuitalg.cli import checks
from circuitalg.cli.output import stages
from circuitalg.cli.scripts import Run, terminable
from circuitalg.errors import CertificateError
from circuitalg.files import check_folder, write
from circuitalg.prove.parallel import completed
from circuitalg.prove.session import Result

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}\.json")


@dataclass(frozen=True, slots=True)
class Script:
    """What a worker is sent: the script, and earlier certificates by name."""

    name: str
    text: str
    certificates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ended:
    """What comes back: exit status, last words, lines of results, certificates by name."""

    status: int
    said: str
    lines: tuple[str, ...]
    certificates: Mapping[str, str]


def run(
    scripts: Sequence[Path], certificates: Path, *, fresh: bool, workers: int, scheduler: object
) -> Run:
    """Run the scripts on a cluster, then check what came back, ``workers`` at a time.

    After Ctrl-C the scripts that were finished count; those that run end on their workers.

    Raises
    ------
    MissingDependencyError, NotProved, OSError
        As `circuitalg.prove.parallel.completed` does.
    CertificateError
        When a certificate comes back under a name that is not one.
    """
    check_folder(certificates, "certificates")
    tasks = [_script(path, certificates, fresh=fresh) for path in scripts]
    found: dict[int, list[Result]] = {}
    interrupted = False
    try:
        with (
            terminable(),
            stages() as progress,
            closing(completed(run_script, None, tasks, scheduler=scheduler)) as results,
        ):
            for number, ended in results:
                found[number] = _kept(tasks[number], ended, certificates)
                progress("scripts", len(found), len(tasks))
        done = _checked([result for number in sorted(found) for result in found[number]], workers)
    except KeyboardInterrupt:
        interrupted = True
        done = _checked([result for number in sorted(found) for result in found[number]], workers)
    return Run(done, interrupted)


def run_script(_shared: None, script: Script) -> Ended:
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
        said = done.stderr.strip().splitlines()
        told = lines.read_text(encoding="utf-8").splitlines() if lines.exists() else []
        made = {file.name: file.read_text(encoding="utf-8") for file in inside.glob("*.json")}
        new = {file: text for file, text in made.items() if script.certificates.get(file) != text}
        return Ended(done.returncode, said[-1] if said else "", tuple(told), new)


def _script(path: Path, certificates: Path, *, fresh: bool) -> Script:
    """A script to be sent; its certificates begin with its name."""
    earlier = [] if fresh else sorted(certificates.glob(f"{path.stem}-*.json"))
    known = {file.name: file.read_text(encoding="utf-8") for file in earlier}
    return Script(path.name, path.read_text(encoding="utf-8"), known)


def _kept(script: Script, ended: Ended, certificates: Path) -> list[Result]:
    """Write the certificates of a script here; return its results, which name them."""
    for name, text in ended.certificates.items():
        if not _NAME.fullmatch(name):
            raise CertificateError(f"{script.name} came back with a certificate named {name!r}")
        write(certificates / name, text, "certificate")
    stem = Path(script.name).stem
    results = []
    for line in ended.lines:
        said = json.loads(line)
        if "started" not in said:
            result = Result(**said)
            file = Path(result.certificate).name
            results.append(replace(result, certificate=str(certificates / file) if file else ""))
    if ended.status and all(result.holds for result in results):
        results.append(
            Result(stem, script.name, error=f"ended with status {ended.status}: {ended.said}")
        )
    elif not results:
        results.append(Result(stem, script.name, error="the script made no claim"))
    return results


def _checked(results: Sequence[Result], workers: int) -> list[Result]:
    """The results, each certificate verified by the checker here."""
    files = sorted({result.certificate for result in results if result.certificate})
    verdicts = checks.run([Path(file) for file in files], workers=workers)
    refused = {v.file: " ".join(v.text.split()) for v in verdicts if v.status}
    return [
        replace(r, checked=False, error=refused[r.certificate]) if r.certificate in refused else r
        for r in results
    ]
