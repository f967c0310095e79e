"""A campaign: a search in chunks, here or in other processes, and the record of what was tried."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from circuitalg.errors import FileFormatError
from circuitalg.files import append, check_folder
from circuitalg.options import natural, seconds
from circuitalg.prove.rank.rank import prove_rank
from circuitalg.run.progress import Progress
from circuitalg.strategies.conjecture import Conjecture, number_of_cases, source_of
from circuitalg.strategies.covered import Covered, Draw
from circuitalg.strategies.findings import Counterexample, Findings
from circuitalg.strategies.search import Case, Chunk, explore

CHUNK: Final = 2_000
"""Cases of a chunk; what is finished is recorded, and shown as progress, a chunk at a time."""
_SEEDS: Final = 1_000_000
"""Chunks of one seed."""
_MOST: Final = 20_000
"""Chunks of one search."""
_SPARE: Final = 4
"""A search takes up to this many times the chunks that new cases need: some come up again."""


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk to be tried: cases from a seed, until a time."""

    seed: int
    cases: int
    until: float | None


Chunks = Generator[tuple[int, Chunk], None, None]


class Campaign:
    """One conjecture's search: what is asked, what is known, and what came out.

    Parameters
    ----------
    conjecture, examples, timeout, seed, database
        As for ``Conjecture.search``.
    label
        How progress refers to it.
    workers
        How many chunks are tried at the same time.
    """

    def __init__(
        self,
        conjecture: Conjecture,
        examples: int | None = None,
        timeout: float | None = None,
        seed: int = 0,
        database: str | Path | None = None,
        *,
        label: str | None = None,
        workers: int = 1,
    ) -> None:
        self.conjecture = conjecture
        self.label = conjecture.name if label is None else label
        self.examples, self.limit = conjecture.examples, conjecture.timeout
        if examples is not None or timeout is not None:
            self.examples = number_of_cases(examples, timeout)
            self.limit = seconds("timeout", timeout)
        self.start = time.time()
        self.until = None if self.limit is None else self.start + self.limit
        self.seed = natural("seed", seed, 0, (1 << 32) - 1)
        self.record = Record(None if database is None else Path(database), conjecture)
        self._first = len(self.covered)
        self.tasks = self._tasks(workers)

    @property
    def covered(self) -> Covered:
        """What was covered, in this search and before."""
        return self.record.covered

    @property
    def done(self) -> int:
        """Cases that were new in this search."""
        return len(self.covered) - self._first

    def _tasks(self, workers: int) -> list[Task]:
        """Chunks that refuted the conjecture, then more new ones of this seed than are needed."""
        first = self.record.next_seed(self.seed * _SEEDS)
        size = min(CHUNK, -(-self.examples // (4 * workers if workers > 1 else 1)))
        count = min(_MOST, _SPARE * -(-self.examples // size))
        seeds = [*self.record.refuting, *range(first, first + count)]
        return [Task(seed, size, self.until) for seed in seeds]

    def run(self, progress: Progress | None = None) -> Findings:
        """Search in this process; Ctrl-C ends the search, and what was found is returned."""
        return self.gather(self._chunks(), progress)

    def _chunks(self) -> Chunks:
        for number, task in enumerate(self.tasks):
            cases = min(task.cases, self.examples - self.done)
            known = self.record.settled
            found = explore(self.conjecture, task.seed, cases, task.until, known)
            yield number, found

    def gather(self, chunks: Chunks, progress: Progress | None = None) -> Findings:
        """Record chunks as they come, until a counterexample or the end."""
        best: Case | None = None
        ending = ""
        with closing(chunks):
            try:
                for number, chunk in chunks:
                    self.record.add(self.tasks[number].seed, chunk.draws)
                    best = chunk.found
                    self._tell(progress)
                    ending = self._ending(chunk)
                    if ending:
                        break
            except KeyboardInterrupt:
                ending = "interrupted"
        return Findings(
            self.conjecture.sentence,
            None if best is None else self._theorem(best),
            self.covered,
            round(time.time() - self.start, 3),
            self.seed,
            ending or "exhausted",
        )

    def _tell(self, progress: Progress | None) -> None:
        """Say how far the search is: in cases, or in seconds where these end it first."""
        if progress is None:
            return
        share = min(1.0, self.done / self.examples)
        passed = time.time() - self.start
        if self.limit is not None and passed / self.limit > share:
            progress(self.label, int(min(passed, self.limit)), int(self.limit))
        else:
            progress(self.label, min(self.done, self.examples), self.examples)

    def _ending(self, chunk: Chunk) -> str:
        """Why the search ends with this chunk, if it does."""
        if chunk.interrupted:
            return "interrupted"
        if chunk.found is not None:
            return "counterexample"
        if self.done >= self.examples:
            return "examples"
        if self.until is not None and time.time() >= self.until:
            return "timeout"
        return "exhausted" * chunk.exhausted

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

    A line for each chunk: its seed, what it covered, and the keys of its draws.

    Raises
    ------
    FileFormatError
        When the file is not such a record.
    OutputError
        When the folder is not one, or not writable.
    """

    def __init__(self, folder: Path | None, conjecture: Conjecture) -> None:
        self.covered = Covered()
        self._seeds: set[int] = set()
        self.refuting: list[int] = []
        """Seeds of chunks with a counterexample: from them it is found again."""
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

    def next_seed(self, first: int) -> int:
        """The first seed after those of chunks that were tried, from one of a block on."""
        return max([first - 1, *(s for s in self._seeds if first <= s < first + _SEEDS)]) + 1

    def add(self, seed: int, draws: Iterable[Draw]) -> None:
        """Take a chunk's draws, those that are new."""
        new = [draw for draw in draws if draw.key not in self._counted]
        self._take(seed, [draw.key for draw in new], [draw.key for draw in new if draw.refuted])
        self.covered = self.covered.with_draws(new)
        if self._path is not None:
            line = {
                "seed": seed,
                "tried": [draw.key.hex() for draw in new if not draw.refuted],
                "refuted": [draw.key.hex() for draw in new if draw.refuted],
                "covered": Covered().with_draws(new).to_data(),
            }
            append(self._path, json.dumps(line) + "\n")

    def _take(self, seed: int, keys: Iterable[bytes], refuted: list[bytes]) -> None:
        self._seeds.add(seed)
        self._counted.update(keys)
        self.settled |= set(keys).difference(refuted)
        if refuted:
            self.refuting.append(seed)

    def _read(self, path: Path) -> None:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):  # it was being written when the search ended
                    continue
                try:
                    seed, tried, refuted, covered = _line(line)
                except (TypeError, ValueError, RecursionError) as error:
                    raise FileFormatError(
                        f"line {number} of {path} is not one of what was tried ({error}); name "
                        "another folder"
                    ) from None
                self._take(seed, [*tried, *refuted], refuted)
                self.covered += covered


def _line(line: bytes) -> tuple[int, list[bytes], list[bytes], Covered]:
    data: Any = json.loads(line)
    if not isinstance(data, dict) or data.keys() != {"seed", "tried", "refuted", "covered"}:
        raise ValueError("its members differ")
    if type(data["seed"]) is not int:
        raise ValueError("its seed is not an integer")
    tried, refuted = ([bytes.fromhex(key) for key in data[name]] for name in ("tried", "refuted"))
    return data["seed"], tried, refuted, Covered.from_data(data["covered"])
