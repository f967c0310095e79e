"""Run the independent checker on certificates, each in a process of its own: it runs nowhere else.

Nothing but the standard library can be imported there, unless NumPy is asked for.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import circuitalg
from circuitalg.checker.verdict import LINEAR, SOURCES
from circuitalg.circuit import Circuit, load_circuit
from circuitalg.errors import CertificateError, FileFormatError
from circuitalg.files import STANDARD, is_regular, read_bytes
from circuitalg.options import choice

if TYPE_CHECKING:
    from circuitalg.kernel.theorem import Theorem
    from circuitalg.run.progress import Progress

_PROGRAM = Path(circuitalg.__file__).with_name("checker")
_BLANK = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True)
class Checked:
    """The checker's verdict on a certificate; ``str`` gives it as text.

    Attributes
    ----------
    path : the certificate's file, as it was named; empty for a theorem's own.
    status : 0 verified, 1 not verified, 2 unreadable: the checker's exit status.
    text : the whole verdict as the checker prints it, or its reason to refuse.
    seconds : how long it took.
    kind : the kind of statement, such as "GenericRank". From here on: empty where not verified.
    statement : the sentences that the checker has derived from the certificate's data.
    statement_sha256 : the digest that names this statement (docs/certificates.md).
    fingerprints : of the networks that it is about.
    rests_on : what it needs beyond linear algebra, such as "Schofield 1992".
    route : "exact", or "numpy" where NumPy has checked minors.
    """

    path: str
    status: int
    text: str
    seconds: float
    kind: str = ""
    statement: tuple[str, ...] = ()
    statement_sha256: str = ""
    fingerprints: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    route: str = ""

    @property
    def verified(self) -> bool:
        """Whether the checker has derived the statement."""
        return self.status == 0

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return ("verified", "NOT VERIFIED", "unreadable")[self.status]

    def __bool__(self) -> bool:
        return self.verified

    def __str__(self) -> str:
        return self.text


def check(
    path: str | Path,
    *,
    circuit: Circuit | str | Path | None = None,
    expect: str | Path | None = None,
    rests_on: str | Sequence[str] = (),
    numpy: bool = False,
) -> Checked:
    """Have the independent checker verify a certificate, in a process of its own.

    It shares no code with what found and proved the theorem: it derives the statement again.

    Parameters
    ----------
    path
        The certificate, as ``theorem.save(path)`` writes it; ``-`` is standard input.
    circuit
        Demand that it is about this network: a circuit, its file or its fingerprint.
    expect
        Demand this statement: its SHA-256 (``theorem.statement_sha256``), or a certificate of it.
    rests_on
        Refuse what rests on more than this, in one or more words: ``"linear-algebra"`` for nothing
        besides, ``"schofield"``, ``"eckart-young"``, ``"binary64"`` (docs/certificates.md). When
        empty, anything goes, and the verdict says what it is.
    numpy
        Let NumPy check large minors: faster, but then the verdict rests on it, and says so.

    Returns
    -------
    Checked
        The verdict as data.

    Raises
    ------
    CertificateError
        When the certificate is not verified, or is not what was demanded; the checker's reason.
    FileFormatError
        When it cannot be read.
    OptionError
        For another word in ``rests_on``.

    Examples
    --------
    >>> import circuitalg as ca
    >>> theorem = ca.prove_rank(ca.ht_model(4, 2, [2, 2]), "odd-even")
    >>> found = ca.check(theorem.save("theorem.json"), rests_on="linear-algebra")
    >>> found.kind, found.statement[-1]
    ('GenericRank', 'Upper bound by: factor into 1 block of 1 kind: tied cut')
    >>> found.statement_sha256 == theorem.statement_sha256
    True
    """
    (found,) = check_all(
        [Path(path)], circuit=circuit, expect=expect, rests_on=rests_on, numpy=numpy, workers=1
    )
    if found.status == 1:
        raise CertificateError(found.text)
    if found.status:
        raise FileFormatError(found.text)
    return found


def check_theorem(theorem: Theorem) -> Checked:
    """Have the checker verify a theorem's certificate, and that it states the same.

    Raises
    ------
    CertificateError
        When the checker refuses it, or has verified another statement.
    """
    with tempfile.TemporaryDirectory() as folder:
        checked = check(theorem.save(Path(folder) / "theorem.json"))
    if checked.statement_sha256 != theorem.statement_sha256:
        raise CertificateError(
            "the checker has verified a statement other than this theorem's: its SHA-256 is "
            f"{checked.statement_sha256}, not {theorem.statement_sha256}; please report this"
        )
    return replace(checked, path="")


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


def check_all(
    files: Sequence[Path],
    *,
    circuit: Circuit | str | Path | None = None,
    expect: str | Path | None = None,
    rests_on: str | Sequence[str] = (),
    numpy: bool = False,
    workers: int = 2,
    progress: Progress | None = None,
) -> list[Checked]:
    """Check files as `check` does one, ``workers`` at a time; a refusal is a verdict, too.

    ``progress`` is called as ``progress("checking", done, total)``.
    """
    streams = [str(given) for given in (circuit, expect) if str(given) == STANDARD]
    if len(streams) + (Path(STANDARD) in files) > 1:
        raise FileFormatError(
            "standard input is one file: a certificate, the network or what is expected"
        )
    words = [rests_on] if isinstance(rests_on, str) else rests_on
    allowed = (LINEAR, *SOURCES)
    options = [part for word in words for part in ("--rests-on", choice("rests_on", word, allowed))]
    options += ["--numpy"] * numpy
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        place = Path(folder)
        if circuit is not None:
            options += ["--circuit", _network(circuit, place / "network.json")]
        if expect is not None:
            options += ["--expect", _readable(expect, place / "expected.json")]
        copies = {
            file: _readable(file, place / f"{i}.json")
            for i, file in enumerate(dict.fromkeys(files))
        }
        jobs = pool.map(lambda file: _checked(str(file), copies[file], options), files)
        found = []
        try:
            for verdict in jobs:
                found.append(verdict)
                if progress is not None:
                    progress("checking", len(found), len(files))
        except KeyboardInterrupt:  # the running checkers got the signal too
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def _readable(given: str | Path, copy: Path) -> str:
    """What the checker can read: a file or a digest as it is, a copy of what is only here.

    That is standard input, an open pipe, a FIFO.
    """
    if is_regular(given):
        return str(given)
    copy.write_bytes(read_bytes(given))
    return str(copy)


def _network(given: Circuit | str | Path, copy: Path) -> str:
    """What the checker is asked for: a fingerprint, or a file that holds a network as JSON."""
    if isinstance(given, Circuit):
        return given.fingerprint
    file = _readable(given, copy)
    if not Path(file).exists() or not read_bytes(file).lstrip(_BLANK).startswith(b"<"):
        return file
    try:
        return load_circuit(file).fingerprint  # of GraphML, which the checker does not read
    except FileFormatError as error:
        raise FileFormatError(str(error).replace(file, str(given))) from None


def _checked(name: str, file: str, options: Sequence[str]) -> Checked:
    alone = [] if "--numpy" in options else ["-I", "-S"]
    command = [sys.executable, *alone, "-X", "utf8", str(_PROGRAM), "--json", *options, "--", file]
    start = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
    )
    seconds = time.perf_counter() - start
    try:
        said = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().splitlines()[-1:]
        text = f"the checker ended with status {done.returncode}: {' '.join(last)}"
        return Checked(name, 2, text, seconds)
    if not said["verified"]:
        word = "Not verified" if said["readable"] else "Unreadable"
        text = f"{word}: {said['reason']}".replace(file, name)
        return Checked(name, 1 if said["readable"] else 2, text, seconds)
    members: dict[str, Any] = {
        member: tuple(said[member]) for member in ("statement", "fingerprints", "rests_on")
    }
    members |= {member: said[member] for member in ("kind", "statement_sha256", "route")}
    return Checked(name, 0, said["text"], seconds, **members)
