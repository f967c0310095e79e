"""A campaign: a search in chunks, here or in other processes, and the record of what was tried."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from circuitalg.errors import FileFormatError
from circuitalg.files import append, check_folder
from circuitalg.options import natural, seconds
from circuitalg.prove.rank.rank import prove_rank
from circuitalg.run.progress import Progress
from circuitalg.strategies.conjecture import Conjecture, source_of
from circuitalg.strategies.covered import Covered, Draw
from circuitalg.strategies.findings import Counterexample, Findings
from circuitalg.strategies.search import Case, Chunk, explore

CHUNK: Final = 2_000
"""Cases of a chunk; what is finished is recorded, and shown as progress, a chunk at a time."""
_SEEDS: Final = 1_000_000
"""Chunks of one seed."""


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk to be tried: cases from a seed, until a time, into a database."""

    seed: int
    cases: int
    until: float | None
    database: Path | None


Chunks = Generator[tuple[int, Chunk], None, None]


class Campaign:
    """One conjecture's search: what is asked, what is known, and what came out."""

    def __init__(
        self,
        conjecture: Conjecture,
        examples: int | None = None,
        timeout: float | None = None,
        seed: int = 0,
        database: str | Path | None = None,
        label: str | None = None,
    ) -> None:
        self.conjecture = conjecture
        self.label = conjecture.name if label is None else label
        self.examples = natural(
            "examples", conjecture.examples if examples is None else examples, 1
        )
        limit = conjecture.timeout if timeout is None else seconds("timeout", timeout)
        self.start = time.time()
        self.until = None if limit is None else self.start + limit
        self.seed = natural("seed", seed)
        self.folder = None if database is None else Path(database)
        self.record = Record(self.folder, conjecture)
        self.covered = self.record.covered
        self._first = len(self.covered)

    @property
    def done(self) -> int:
        """Cases that were new in this search."""
        return len(self.covered) - self._first

    def tasks(self) -> list[Task]:
        """The chunks that were not tried with this seed before."""
        first = self.seed * _SEEDS + self.record.chunks
        examples = None if self.folder is None else self.folder / "examples"
        count = -(-self.examples // CHUNK)
        return [
            Task(first + k, min(CHUNK, self.examples - k * CHUNK), self.until, examples)
            for k in range(count)
        ]

    def run(self, progress: Progress | None = None) -> Findings:
        """Search in this process; Ctrl-C ends the search, and what was found is returned."""

        def chunks() -> Chunks:
            for number, task in enumerate(self.tasks()):
                yield number, self.explore(task)

        return self.gather(chunks(), progress)

    def explore(self, task: Task) -> Chunk:
        """Try a chunk here."""
        known = self.record.settled
        return explore(self.conjecture, task.seed, task.cases, task.until, task.database, known)

    def gather(self, chunks: Chunks, progress: Progress | None = None) -> Findings:
        """Record chunks as they come, until a counterexample or the end."""
        best: Case | None = None
        ending = "examples"
        with closing(chunks):
            try:
                for _, chunk in chunks:
                    new = self.record.add(chunk.draws)
                    self.covered = self.covered.with_draws(new)
                    best = chunk.found
                    if progress is not None:
                        progress(self.label, min(self.done, self.examples), self.examples)
                    ending = self._ending(chunk)
                    if ending != "examples":
                        break
            except KeyboardInterrupt:
                ending = "interrupted"
        return Findings(
            self.conjecture.sentence,
            None if best is None else self._theorem(best),
            self.covered,
            round(time.time() - self.start, 3),
            self.seed,
            ending,
        )

    def _ending(self, chunk: Chunk) -> str:
        if chunk.interrupted:
            return "interrupted"
        if chunk.found is not None:
            return "counterexample"
        if self.until is not None and time.time() >= self.until:
            return "timeout"
        return "exhausted" if chunk.exhausted else "examples"

    def _theorem(self, case: Case) -> Counterexample:
        asked = self.conjecture
        theorem = prove_rank(
            case.circuit,
            case.bipartition,
            output=asked.output,
            space=asked.space,
            max_minor=asked.max_minor,
        )
        return Counterexample(asked.relation, case.predicted, theorem, case.evidence)


class Record:
    """What was tried of a conjecture, in a file of the database; with no folder, in memory alone.

    A line for each chunk: what it covered, and the keys of its draws.

    Raises
    ------
    FileFormatError
        When the file is not such a record.
    OutputError
        When the folder is not one, or not writable.
    """

    def __init__(self, folder: Path | None, conjecture: Conjecture) -> None:
        self.covered, self.chunks = Covered(), 0
        self.settled: set[bytes] = set()
        """Keys of the draws that need no second look; those that refute are looked at again."""
        self._counted: set[bytes] = set()
        self._path: Path | None = None
        if folder is None:
            return
        check_folder(folder, "database")
        told = [conjecture.sentence, conjecture.output, conjecture.space, conjecture.max_minor]
        told += [source_of(conjecture.predict)]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]
        slug = re.sub(r"[^a-z0-9]+", "-", conjecture.name.lower()).strip("-")[:40].strip("-")
        self._path = folder / f"{slug}-{digest}.jsonl"
        if self._path.exists():
            self._read(self._path)

    def add(self, draws: Iterable[Draw]) -> list[Draw]:
        """Take a chunk's draws; returns those that are new."""
        new = [draw for draw in draws if draw.key not in self._counted]
        self._take([draw.key for draw in new], [draw.key for draw in new if draw.refuted])
        self.chunks += 1
        if self._path is not None:
            line = {
                "tried": [draw.key.hex() for draw in new if not draw.refuted],
                "refuted": [draw.key.hex() for draw in new if draw.refuted],
                "covered": Covered().with_draws(new).to_data(),
            }
            append(self._path, json.dumps(line) + "\n")
        return new

    def _take(self, keys: Iterable[bytes], refuted: Iterable[bytes]) -> None:
        self._counted.update(keys)
        self.settled |= self._counted.difference(refuted)

    def _read(self, path: Path) -> None:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):  # it was being written when the search ended
                    continue
                try:
                    tried, refuted, covered = _line(line)
                except (TypeError, ValueError, RecursionError) as error:
                    raise FileFormatError(
                        f"line {number} of {path} is not one of what was tried ({error}); name "
                        "another folder"
                    ) from None
                self._take([*tried, *refuted], refuted)
                self.covered += covered
                self.chunks += 1


def _line(line: bytes) -> tuple[list[bytes], list[bytes], Covered]:
    data: Any = json.loads(line)
    if not isinstance(data, dict) or data.keys() != {"tried", "refuted", "covered"}:
        raise ValueError("its members differ")
    tried, refuted = ([bytes.fromhex(key) for key in data[name]] for name in ("tried", "refuted"))
    return tried, refuted, Covered.from_data(data["covered"])


Explore = Callable[[Task], Chunk]
