"""The harness of a proof script: claims, certificates made or reused, one line of results each.

A script states its claims and proves them; the same script runs alone or under
``circuitalg prove``::

    def main() -> None:
        with ca.Session.from_arguments(__doc__, sizes={"locations": [4, 16, 65536]}) as session:
            for n in session.sizes["locations"]:
                deep, parts = ca.ht_model(n, 4, ...), ca.Bipartition.odd_even(n)
                with session.claim("Theorem 1", sizes=f"N={n} M=4") as claim:
                    theorem = claim.prove((deep, parts), lambda: ca.prove_rank(deep, parts))
                    claim.expect(theorem.statement.lower >= 4 ** (n // 2), "rank >= r^(N/2)")

What has no certificate is recorded as what it is: an exact computation, or a citation.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import circuitalg
from circuitalg.circuit import Bipartition, Circuit
from circuitalg.errors import (
    CertificateError,
    CircuitalgError,
    FileFormatError,
    OutputError,
    Refuted,
)
from circuitalg.files import append, check_folder, check_output, end_of_closed_pipe
from circuitalg.options import kind_of
from circuitalg.python_code import code
from circuitalg.run.checker import check
from circuitalg.tensor.exact_tensor import ExactTensor

if TYPE_CHECKING:
    from types import TracebackType

    from circuitalg.kernel.theorem import Theorem

Proved = TypeVar("Proved", bound="Theorem")

_LOCATIONS = re.compile(r"\b[NTd]=(\d+)\b")
_DIMENSION = re.compile(r"\b[Mn]=(\d+)\b")
"""How claims write the sizes that `Claim.prove` compares with the network."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""

UNCERTIFIED = ("exact computation", "cited")
"""Grades of what has no certificate: computed over Q or with symbols by the script; literature."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the final table; ``error`` is empty when the claim is proved and checked."""

    script: str
    statement: str
    sizes: str = ""
    source: str = ""
    grade: str = "theorem"
    kind: str = ""
    result: str = ""
    tactics: str = ""
    seconds: float = 0.0
    certificate: str = ""
    checked: bool = False
    reused: bool = False
    error: str = ""

    @property
    def holds(self) -> bool:
        """No error; and where it should be a theorem, verified by the independent checker."""
        return not self.error and (self.checked or self.grade in UNCERTIFIED)

    def __str__(self) -> str:
        where = f"{self.statement}, {self.sizes}" if self.sizes else self.statement
        if not self.holds:
            return f"{where}: NOT PROVED: {self.error}"
        if self.grade in UNCERTIFIED:
            return f"{where}: {self.result} [{self.tactics}] {self.grade}"
        when = "reused, checked" if self.reused else "checked"
        return f"{where}: {self.result} [{self.tactics}] {self.seconds:.2f} s, {when}"


class Session(AbstractContextManager["Session"]):
    """One run of a proof script.

    Leaving the ``with`` block ends the script: exit status 0 when every claim is proved and
    checked, 1 when one is not, 130 after Ctrl-C.

    Parameters
    ----------
    script
        Name of the script, which begins its certificates' names.
    certificates
        Folder for the certificates; one that still checks is reused.
    results
        File that gets one JSON line when a claim is started and one for each result; None when
        the script runs alone.
    fresh
        Prove everything anew.
    sizes
        The script's own arguments.

    Examples
    --------
    >>> import circuitalg as ca
    >>> session, deep = ca.Session("small"), ca.ht_model(4, 2, [2, 2])
    >>> with session.claim("the rank is 2^(N/2)", "N=4") as claim:  # doctest: +ELLIPSIS
    ...     theorem = claim.prove(deep, lambda: ca.prove_rank(deep, "odd-even"))
    ...     claim.expect(theorem.statement.lower == 4, "it is another number")
    the rank is 2^(N/2), N=4: rank = 4 [routing | tied cut] ... s, checked
    """

    def __init__(
        self,
        script: str,
        certificates: str | Path = "certificates",
        results: str | Path | None = None,
        *,
        fresh: bool = False,
        sizes: Mapping[str, Any] | None = None,
    ) -> None:
        self.script = script
        self.certificates = Path(certificates)
        self.results = None if results is None else Path(results)
        self.fresh = fresh
        self.sizes = dict(sizes or {})
        self.done: list[Result] = []

    @classmethod
    def from_arguments(
        cls,
        description: str | None,
        sizes: Mapping[str, Any] | None = None,
        arguments: Sequence[str] | None = None,
    ) -> Session:
        """Read the command line of a proof script.

        Parameters
        ----------
        description
            The script's docstring: ``--help`` prints it.
        sizes
            The script's own options with their defaults: an int (of at least 1, though the default
            may be 0) or a str takes one value, a list several (``--locations 4 16``), a bool a
            switch.
        arguments
            The command line; ``sys.argv`` when None.
        """
        replace_what_streams_cannot_encode()
        parser = argparse.ArgumentParser(
            description=description, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument(
            "--certificates", type=Path, default=Path("certificates"), metavar="FOLDER"
        )
        parser.add_argument("--results", type=Path, metavar="FILE", help="append JSON lines here")
        parser.add_argument("--fresh", action="store_true", help="reuse no certificate")
        for name, default in (sizes or {}).items():
            _add_size(parser, name, default)
        given = vars(parser.parse_args(arguments))
        try:
            check_folder(given["certificates"], "certificates")
            if given["results"] is not None:
                check_output(given["results"], "results")
        except OutputError as error:
            parser.error(str(error))
        own = {name: given[name] for name in sizes or {}}
        script = Path(sys.argv[0]).stem or "script"
        return cls(script, given["certificates"], given["results"], fresh=given["fresh"], sizes=own)

    def claim(self, statement: str, sizes: str = "", source: str = "") -> Claim:
        """Open a claim: ``with session.claim("rank ≥ 4^8", "N=16 M=4", "Theorem 1") as claim:``.

        The source is where the statement stands, for the page of statements: a place in Cohen,
        Sharir and Shashua 2016 for the scripts of proofs/.
        """
        return Claim(self, Result(self.script, statement, sizes, source))

    def cite(self, statement: str, source: str, authors: str) -> None:
        """Name what the paper takes from the literature and nothing here proves."""
        cited = Result(self.script, statement, "", source, "cited", "", "not proved here", authors)
        self.record(cited)

    def record(self, result: Result) -> None:
        """Take the result of a claim: into the results file, or printed when there is none."""
        self.done.append(result)
        if self.results is None:
            print(result, flush=True)
        else:
            self.note(asdict(result))

    def note(self, line: Mapping[str, Any]) -> None:
        """Append a JSON line to the results file, if there is one."""
        if self.results is not None:
            append(self.results, json.dumps(line) + "\n")

    @property
    def exit_status(self) -> int:
        """0 when every claim holds, 1 otherwise."""
        return 0 if all(result.holds for result in self.done) else 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            if not self.done:
                self.record(Result(self.script, self.script, error="the script made no claim"))
            raise SystemExit(self.exit_status)
        if issubclass(kind, BrokenPipeError):
            end_of_closed_pipe()
        if issubclass(kind, CircuitalgError):  # where sizes are read, before a claim is opened
            said = " ".join(str(error).split())
            self.record(Result(self.script, self.script, error=said))
            raise SystemExit(1) from None
        if issubclass(kind, KeyboardInterrupt):
            print(f"interrupted; finished certificates are in {self.certificates}", file=sys.stderr)
            raise SystemExit(INTERRUPTED) from None


class Claim(AbstractContextManager["Claim"]):
    """A statement to be proved; when it cannot be, its result says why and the script goes on."""

    def __init__(self, session: Session, blank: Result) -> None:
        self._session = session
        self._blank = blank
        self._results: list[Result] = []
        self._start = 0.0

    def __enter__(self) -> Self:
        self._session.note({"started": self._blank.statement, "sizes": self._blank.sizes})
        self._start = time.perf_counter()
        return self

    def prove(self, question: Any, prove: Callable[[], Proved]) -> Proved:
        """Prove, save the certificate and have it checked; or reuse one that still checks.

        Parameters
        ----------
        question
            What is asked: circuits, bipartitions, families, numbers and strings, in tuples. It
            names the certificate, with this version of circuitalg.
        prove
            Finds the theorem.

        Raises
        ------
        CircuitalgError
            Whatever ``prove`` raises, CertificateError when the checker refuses the result, and
            Refuted when the claim's sizes are not those of the theorem's network.
        """
        path = self._path(question)
        start = time.perf_counter()
        earlier = None if self._session.fresh else _reusable(path, question)
        reused = earlier is not None
        # The certificate's name stands for this very call, so its statement is of the same kind.
        theorem = prove() if earlier is None else cast("Proved", earlier)
        self._check_sizes(theorem)
        if not reused:
            theorem.save(path)
        seconds = time.perf_counter() - start
        if not reused:
            check(path)
        self._results.append(
            replace(
                self._blank,
                grade=theorem.grade,
                kind=type(theorem.statement).__name__,
                result=theorem.statement.summary,
                tactics=theorem.tactics,
                seconds=round(seconds, 3),
                certificate=str(path),
                checked=True,
                reused=reused,
            )
        )
        return theorem

    def expect(self, holds: bool, what: str) -> None:
        """Demand that what was proved says what the statement claims.

        Raises
        ------
        Refuted
            When it does not; ``what`` is the sentence.
        """
        if not holds:
            raise Refuted(f"what was proved does not give the claim: {what}")

    def computed(self, result: str, how: str) -> None:
        """Record what the script has computed exactly, and demanded of it with `expect`.

        It is not a theorem: no rule made it, and it has no certificate.
        """
        seconds = round(time.perf_counter() - self._start, 3)
        self._results.append(
            replace(
                self._blank, grade="exact computation", result=result, tactics=how, seconds=seconds
            )
        )

    def _check_sizes(self, theorem: Theorem) -> None:
        """Demand that the sizes which are recorded are those of the theorem's own network."""
        values = [getattr(theorem.statement, field.name) for field in fields(theorem.statement)]
        dims = [value.dims for value in values if isinstance(value, Circuit)]
        for pattern, what, found in (
            (_LOCATIONS, "locations", {len(each) for each in dims}),
            (_DIMENSION, "as dimension", {dim for each in dims for dim in each}),
        ):
            said = pattern.search(self._blank.sizes)
            if said and found and int(said.group(1)) not in found:
                raise Refuted(
                    f"the claim says {said.group()}, but the theorem's network has "
                    f"{', '.join(map(str, sorted(found)))} {what}"
                )

    def _path(self, question: Any) -> Path:
        blank = self._blank
        words = [
            circuitalg.__version__,
            blank.script,
            blank.statement,
            len(self._results),
            question,
        ]
        digest = hashlib.sha256(json.dumps(words, default=_plain).encode()).hexdigest()
        slug = re.sub(r"[^a-z0-9]+", "-", (blank.sizes or blank.statement).lower()).strip("-")
        name = f"{blank.script}-{slug[:24].strip('-')}-{digest[:8]}.json"
        return self._session.certificates / name

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None and not self._results:
            error = Refuted("the script proved nothing for this claim")
        if error is not None:
            last = self._results.pop() if self._results else self._blank
            sentence = " ".join(str(error).split()) or type(error).__name__
            self._results.append(replace(last, error=sentence))
        if not isinstance(error, KeyboardInterrupt):
            for result in self._results:
                self._session.record(result)
        return isinstance(error, CircuitalgError)


def replace_what_streams_cannot_encode() -> None:
    """Let a pipe of another encoding show "?" for a character instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _add_size(parser: argparse.ArgumentParser, name: str, default: Any) -> None:
    option = "--" + name.replace("_", "-")
    if isinstance(default, bool):
        parser.add_argument(option, action=argparse.BooleanOptionalAction, default=default)
    elif isinstance(default, list | tuple):
        kind = _kind(default[0]) if default else _size
        shown = " ".join(map(str, default))
        parser.add_argument(
            option, nargs="+", type=kind, default=list(default), help=f"default: {shown}"
        )
    else:
        parser.add_argument(
            option, type=_kind(default), default=default, help=f"default: {default}"
        )


def _kind(default: Any) -> Callable[[str], Any]:
    return _size if type(default) is int else type(default)


def _size(text: str) -> int:
    """Read a size: a script's numbers count something."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a size; give a number of at least 1")
    return number


def _plain(value: Any) -> Any:
    """JSON form of what a question may name besides plain data."""
    if isinstance(value, Circuit):
        return value.fingerprint
    if isinstance(value, Bipartition):
        return value.letters
    if is_dataclass(value) or isinstance(value, Fraction):
        return code(value)
    raise TypeError(
        "a question names circuits, bipartitions, families, numbers and strings, in tuples; "
        f"got {kind_of(value)}"
    )


def _reusable(path: Path, question: Any) -> Theorem | None:
    """Return the theorem of an earlier certificate, if it still checks and answers the question."""
    from circuitalg.kernel.certificate import load_theorem

    if not path.exists():
        return None
    try:
        check(path)
        theorem = load_theorem(path)
    except (CertificateError, FileFormatError):
        return None
    return theorem if _answers(theorem, question) else None


def _answers(theorem: Theorem, question: Any) -> bool:
    """Say whether the statement is about a circuit, bipartition and tensor of the question."""
    asked = question if isinstance(question, list | tuple) else (question,)
    said = [getattr(theorem.statement, field.name) for field in fields(theorem.statement)]
    for kind in (Circuit, Bipartition, ExactTensor):
        wanted = [item for item in asked if isinstance(item, kind)]
        found = [item for item in said if isinstance(item, kind)]
        if wanted and found and not any(item in wanted for item in found):
            return False
    return True
