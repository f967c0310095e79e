"""rank_landscape: bounds of the rank across many bipartitions at once."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.circuit.graph import Circuit
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.errors import ArgumentError
from circuitalg.files import write
from circuitalg.integers import counted
from circuitalg.kernel.network import Network
from circuitalg.kernel.statements import SPACES, GenericRank, describe_side, in_widths
from circuitalg.kernel.theorem import SCHOFIELD, Theorem
from circuitalg.memory import check_bytes
from circuitalg.options import MAX_WORKERS, choice, described, natural
from circuitalg.prove.landscape_file import Kept, header, row_data, table_lines
from circuitalg.prove.pairs import Pair, Pairs, TableQuestion, pairs
from circuitalg.prove.parallel import completed
from circuitalg.prove.rank import check_multilinear

EFFORTS = ("auto", "quick", "full")
Progress = Callable[[str, int, int], object]

_AUTO = 1000
"""Up to this many different questions that the cut and routing leave open get all tactics: at some
50 ms each (N = 16, widths 4, shared) that is below a minute."""
_ROW_BYTES = 2500
"""Measured: 2.2 kB for each bipartition of 16 locations whose network is like no other's."""
_CHUNK, _CHUNKS = 100, 256
"""A task is up to 100 questions, fewer so that there are 256 tasks."""
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One bipartition with both bounds of the rank across it, and the rules that gave them."""

    bipartition: Bipartition
    lower: int
    upper: int
    lower_by: str
    upper_by: str

    @property
    def tight(self) -> bool:
        """Whether the bounds meet: then this is the generic rank."""
        return self.lower == self.upper

    @property
    def summary(self) -> str:
        """The rank, or the interval, for a table."""
        return f"{self.lower}" if self.tight else f"{self.lower} to {self.upper}"


@dataclass(frozen=True, slots=True, repr=False)
class Landscape:
    """A table of bounds: for each bipartition lower ≤ generic rank ≤ upper.

    Attributes
    ----------
    circuit, output, space : what the ranks are about, as in ``GenericRank``.
    rows : a `Row` for each bipartition, in the order asked.
    questions : how many of the bipartitions differ by more than a symmetry of the network.
    max_minor : largest minor that was tried.
    full : by row, whether all tactics were tried (not only the cut and routing).
    """

    circuit: Circuit
    rows: tuple[Row, ...]
    output: int
    space: str
    questions: int
    max_minor: int
    full: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    @property
    def open(self) -> tuple[Row, ...]:
        """The rows whose bounds do not meet."""
        return tuple([row for row in self.rows if not row.tight])

    def ranks(self) -> dict[tuple[int, int], int]:
        """How many bipartitions have each pair (lower, upper), largest ranks first."""
        counts = Counter((row.lower, row.upper) for row in self.rows)
        return dict(sorted(counts.items(), reverse=True))

    def sources(self) -> tuple[str, ...]:
        """Results from the literature that the bounds rest on, besides linear algebra."""
        used = " ".join({row.upper_by for row in self.rows})
        return (SCHOFIELD,) if "bridge" in used or "star" in used else ()

    def theorem(self, index: int) -> Theorem[GenericRank]:
        """The theorem of a row, which can save its certificate; the search is run again.

        Its circuit is the same (equal fingerprint), the children of products perhaps in another
        order.

        Raises
        ------
        NotProved
            When the row's lower bound is 0.
        """
        question = TableQuestion(self.output, self.space, self.max_minor, self.full[index])
        return Pairs(self.circuit, question).theorem(self.rows[index].bipartition)

    @property
    def summary(self) -> str:
        """The whole table in a sentence."""
        count, loose = len(self.rows), len(self.open)
        if not count:
            return f"0 bipartitions of {self.circuit.num_locations} locations; nothing was asked"
        span = f"{min(row.lower for row in self.rows)} to {max(row.upper for row in self.rows)}"
        met = "both bounds meet for all" if not loose else f"the bounds do not meet for {loose:,}"
        return (
            f"{counted(count, 'bipartition')} of {self.circuit.num_locations} locations, "
            f"{self.questions:,} up to symmetry; generic ranks ({self.space} weights) {span}; {met}"
        )

    def shown(self) -> list[tuple[str, str, str, str]]:
        """Lines of a short table, largest ranks first: rank, bipartitions, an I, by which rules."""
        first: dict[tuple[int, int], Row] = {}
        for row in self.rows:
            first.setdefault((row.lower, row.upper), row)
        lines = [
            (
                first[pair].summary,
                f"{count:,}",
                describe_side(first[pair].bipartition.I),
                f"{first[pair].lower_by} | {first[pair].upper_by}",
            )
            for pair, count in self.ranks().items()
        ]
        if len(lines) > 2 * _SHOWN:
            left = len(lines) - 2 * _SHOWN + 1
            between = ("...", f"{left} more", "", "")
            lines = [*lines[:_SHOWN], between, *lines[1 - _SHOWN :]]
        return lines

    def __str__(self) -> str:
        lines = [("rank", "bipartitions", "such as I =", "lower | upper by"), *self.shown()]
        widths = [max(len(line[k]) for line in lines) for k in range(3)]
        table = [
            "  ".join([*(cell.rjust(w) for cell, w in zip(line, widths, strict=False)), line[3]])
            for line in lines
        ]
        return "\n".join([self.summary, *(line.rstrip() for line in table)])

    def __repr__(self) -> str:
        return f"<Landscape: {self.summary}>"

    def to_data(self) -> dict[str, Any]:
        """The table as plain JSON data; sides are strings of 0 (I) and 1 (J) by location."""
        return self._header() | {
            "questions": self.questions,
            "open": len(self.open),
            "rows": [row_data(sides, pair) for sides, pair in self._answers()],
        }

    def save(self, path: str | Path) -> Path:
        """Write the table atomically: CSV where the name ends in .csv, else lines of JSON.

        Lines of JSON are what ``rank_landscape(…, keep=path)`` continues. Returns the path.
        """
        path = Path(path)
        if path.suffix == ".csv":
            return self.save_csv(path)
        write(path, table_lines(self._header(), self._answers()), "landscape")
        return path

    def save_csv(self, path: str | Path) -> Path:
        """Write the table atomically as CSV, whatever the name; returns the path.

        Raises
        ------
        OutputError
            When it cannot be written there.
        """
        path = Path(path)
        write(path, self._csv(), "table")
        return path

    def _header(self) -> dict[str, Any]:
        return header(self.circuit, TableQuestion(self.output, self.space, self.max_minor))

    def _answers(self) -> Iterator[tuple[bytes, Pair]]:
        for row, full in zip(self.rows, self.full, strict=True):
            pair = Pair(row.lower, row.upper, row.lower_by, row.upper_by, full)
            yield row.bipartition.sides, pair

    def _csv(self) -> Iterator[str]:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["I", "lower", "upper", "meet", "lower_by", "upper_by"])
        for row in self.rows:
            side = " ".join(map(str, row.bipartition.I))
            cells = [row.lower, row.upper, int(row.tight), row.lower_by, row.upper_by]
            writer.writerow([side, *cells])
        yield text.getvalue()


def rank_landscape(
    circuit: CircuitLike,
    partitions: str | Iterable[BipartitionLike] = "all",
    *,
    output: int = 0,
    space: str = "real",
    effort: str = "auto",
    max_minor: int = 400,
    workers: int = 1,
    scheduler: Any = None,
    progress: Progress | None = None,
    keep: str | Path | None = None,
) -> Landscape:
    """Bound the generic rank across many bipartitions from both sides.

    Bipartitions that a symmetry of the network carries into each other are answered once: the
    32,767 of a balanced binary tree of 16 equal locations are 229 questions.

    Parameters
    ----------
    circuit
        A smooth and decomposable circuit; on tree circuits this is fast.
    partitions
        ``"all"`` 2^(N−1) − 1 bipartitions (complements are equal), or a list of them; an empty
        list gives an empty table.
    output, space
        The output channel, and ``"real"``, ``"nonnegative"`` or ``"simplex"`` weights.
    effort
        ``"quick"``: the cut above and routing below (circuits other than trees: a minor of up to
        32), about a millisecond each. ``"full"``: where these do not meet, all tactics of
        ``prove_rank``. ``"auto"``: the same if at most 1,000 different questions are left open.
    max_minor
        Largest minor to try, as in ``prove_rank``.
    workers
        Local processes, at most 1,000. More than one are spawned, so a script guards its main part
        by ``if __name__ == "__main__":``.
    scheduler
        Address of a Dask scheduler (``"tcp://10.0.0.1:8786"``) or a ``distributed.Client``,
        instead of local processes; needs ``circuitalg[dask]``, here and on the cluster. What a lost
        worker had begun is given to another.
    progress
        Called as ``progress(stage, done, total)`` ; stages are
        "symmetries" (bipartitions), "quick" and "full" (questions).
    keep
        A file for finished answers, in lines of JSON. A second run with it continues: it takes the
        file's word for what it holds. At the end the file is the whole table.

    Returns
    -------
    Landscape
        The same, row for row, however it was distributed. No row is a ``Theorem``: its numbers
        are what the kernel's functions give to terms that were found, on the network of variables
        with the children of its nodes in an order that the kernel checks; they were computed where
        the workers run. ``landscape.theorem(i)`` puts the terms of a row through the rule, here.

    Raises
    ------
    StructureError
        When the circuit has no coefficient tensor.
    BipartitionError
        When a bipartition is not one of the circuit's locations.
    TooLargeError
        When the table would not fit into memory.
    FileFormatError
        When ``keep`` is an existing file about something else.
    MissingDependencyError, OSError
        When a scheduler is given, and Dask is not installed or the scheduler does not answer.

    Examples
    --------
    >>> import circuitalg as ca
    >>> table = ca.rank_landscape(ca.ht_model(8, 3, [3, 3, 3]))
    >>> len(table), len(table.open), table.ranks()[81, 81]
    (127, 0, 8)
    """
    circuit = as_circuit(circuit)
    output, space = as_output(circuit, output), choice("space", space, SPACES)
    effort = choice("effort", effort, EFFORTS)
    workers = natural("workers", workers, 1, MAX_WORKERS)
    max_minor = natural("max_minor", max_minor, 1)
    check_multilinear(circuit)
    asked = _asked(circuit, partitions)
    quick = TableQuestion(output, space, max_minor)
    kept = Kept(keep, circuit, quick)
    number_of = _numbered(circuit, quick, asked, progress)
    first = {
        number: parts.sides for number, parts in reversed(list(zip(number_of, asked, strict=True)))
    }
    answers: dict[int, Pair] = {}
    for number, parts in zip(number_of, asked, strict=True):
        known = kept.get(parts.sides)
        if known is not None and (known.full or number not in answers):
            answers[number] = known
    search = _Search(circuit, first, answers, kept, workers, scheduler, progress)
    search.ask(quick, [number for number in first if number not in answers])
    loose = [k for k, pair in answers.items() if not pair.tight and not pair.full]
    if effort == "full" or (effort == "auto" and len(loose) <= _AUTO):
        search.ask(replace(quick, full=True), loose)
    found = [answers[number] for number in number_of]
    kept.write((parts.sides, pair) for parts, pair in zip(asked, found, strict=True))
    bounds = {
        number: (in_widths(pair.lower, circuit), in_widths(pair.upper, circuit))
        for number, pair in answers.items()
    }
    rows = tuple(
        Row(parts, *bounds[number], pair.lower_by, pair.upper_by)
        for parts, number, pair in zip(asked, number_of, found, strict=True)
    )
    full = tuple(pair.full for pair in found)
    return Landscape(circuit, rows, output, space, len(first), max_minor, full)


@dataclass(frozen=True, slots=True)
class _Search:
    """What is being found out: answers by question, each asked of its first bipartition."""

    circuit: Circuit
    first: dict[int, bytes]
    answers: dict[int, Pair]
    kept: Kept
    workers: int
    scheduler: Any
    progress: Progress | None

    def ask(self, question: TableQuestion, numbers: Sequence[int]) -> None:
        """Answer these questions, in chunks."""
        size = min(_CHUNK, max(1, len(numbers) // _CHUNKS))
        chunks = [numbers[i : i + size] for i in range(0, len(numbers), size)]
        tasks = [tuple([self.first[number] for number in chunk]) for chunk in chunks]
        given = (self.circuit, question)
        run = completed(pairs, given, tasks, workers=self.workers, scheduler=self.scheduler)
        done = 0
        with closing(run) as finished:
            for place, found in finished:
                self.answers.update(zip(chunks[place], found, strict=True))
                self.kept.add(zip(tasks[place], found, strict=True))
                done += len(found)
                if self.progress is not None:
                    self.progress("full" if question.full else "quick", done, len(numbers))


def _asked(circuit: Circuit, partitions: Any) -> list[Bipartition]:
    """The bipartitions asked for, each of the circuit's locations."""
    locations = circuit.num_locations
    if isinstance(partitions, str) and partitions == "all":
        count = (1 << (locations - 1)) - 1
        check_bytes(
            count * _ROW_BYTES,
            None,
            f"a landscape of all bipartitions of {locations} locations",
            "list the ones you want, or take some at random",
        )
        return list(Bipartition.all(locations))
    if isinstance(partitions, str | Bipartition | Mapping) or not isinstance(partitions, Iterable):
        raise ArgumentError(f'give "all" or a list of bipartitions, not {described(partitions)}')
    return [as_bipartition(parts, circuit) for parts in partitions]


def _numbered(
    circuit: Circuit,
    question: TableQuestion,
    asked: Sequence[Bipartition],
    progress: Progress | None,
) -> list[int]:
    """The number of each bipartition's question: equal where the arranged networks are equal."""
    prepared = Pairs(circuit, question)
    numbers: dict[Network | bytes, int] = {}
    found = []
    for done, parts in enumerate(asked, start=1):
        network = prepared.network(parts)
        key = parts.sides if network is None else network
        found.append(numbers.setdefault(key, len(numbers)))
        if progress is not None and (done % _CHUNK == 0 or done == len(asked)):
            progress("symmetries", done, len(asked))
    return found
