"""rank_landscape: bounds of the rank across many bipartitions at once."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.circuit.graph import Circuit
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.errors import ArgumentError
from circuitalg.files import write
from circuitalg.integers import counted
from circuitalg.kernel.rank.question import SPACES
from circuitalg.kernel.rank.statements import GenericRank, describe_side, in_widths
from circuitalg.kernel.rank.terms import SCHOFIELD
from circuitalg.kernel.theorem import Theorem
from circuitalg.memory import check_bytes
from circuitalg.options import MAX_WORKERS, choice, described, instance, natural
from circuitalg.prove.rank.rank import check_multilinear
from circuitalg.run.landscape_file import Kept, header, row_data, table_lines
from circuitalg.run.parallel import completed
from circuitalg.run.progress import Progress
from circuitalg.run.rows import Class, Effort, Row, Rows

EFFORTS = ("auto", "quick", "full")

_AUTO = 1000
"""Up to this many different questions that the cut and routing leave open get all tactics: at some
50 ms each (N = 16, widths 4, shared) that is below a minute."""
_ROW_BYTES = 4000
"""Measured: 3.5 kB for each bipartition of 16 locations whose network is like no other's."""
_CHUNK, _CHUNKS = 100, 256
"""A task is up to 100 questions, fewer so that there are 256 tasks."""
_SHOWN = 12


@dataclass(frozen=True, slots=True, repr=False)
class Landscape:
    """A table of bounds: for each bipartition lower ≤ generic rank ≤ upper.

    Attributes
    ----------
    circuit, output, space : what the ranks are about, as in ``GenericRank``.
    rows : a `Row` for each bipartition, in the order asked.
    questions : how many of the bipartitions differ by more than a symmetry of the network.
    max_minor : largest minor that was tried.
    """

    circuit: Circuit
    rows: tuple[Row, ...]
    output: int
    space: str
    questions: int
    max_minor: int

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
        row = self.rows[index]
        rows = Rows(self.circuit, self.output, self.space)
        return rows.theorem(row.bipartition, Effort(self.max_minor, row.full))

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
        """The table as plain JSON data, as its file has it."""
        return self._header() | {
            "questions": self.questions,
            "open": len(self.open),
            "rows": [row_data(row) for row in self.rows],
        }

    def save(self, path: str | Path) -> Path:
        """Write the table atomically: CSV where the name ends in .csv, else lines of JSON.

        Lines of JSON are what ``rank_landscape(…, keep=path)`` continues. Returns the path.
        """
        path = Path(path)
        if path.suffix == ".csv":
            return self.save_csv(path)
        write(path, table_lines(self._header(), self.rows), "landscape")
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
        return header(self.circuit, self.output, self.space, self.max_minor)

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
    executor: Executor | None = None,
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
    executor
        Any executor of ``concurrent.futures`` instead, such as that of a Dask cluster,
        ``distributed.Client("tcp://10.0.0.1:8786").get_executor()``. Its workers need this version
        of circuitalg.
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
    NotProved
        When a worker process is killed; run again with the same ``keep`` to go on.
    MissingDependencyError
        When the executor's workers have another version of circuitalg.

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
    if executor is not None:
        instance("executor", executor, Executor, "Dask's is client.get_executor()")
    check_multilinear(circuit)
    asked = _asked(circuit, partitions)
    kept = Kept(keep, header(circuit, output, space, max_minor), prod(circuit.dims))
    rows = Rows(circuit, output, space)
    class_of = []
    for done, parts in enumerate(asked, start=1):
        class_of.append(rows.class_of(parts))
        if progress is not None and (done % _CHUNK == 0 or done == len(asked)):
            progress("symmetries", done, len(asked))
    for parts, each in zip(asked, class_of, strict=True):
        known = kept.get(parts.sides)
        if known is not None and (known.full or each.row is None):
            each.row = known
    classes = list(dict.fromkeys(class_of))
    search = _Search(rows, kept, workers, executor, progress)
    new = [each for each in classes if each.row is None]
    at_once = effort == "full" or (effort == "auto" and len(classes) <= _AUTO)
    search.ask(Effort(max_minor, full=at_once), new)
    loose = [each for each in classes if each.row and not (each.row.tight or each.row.full)]
    if effort == "full" or (effort == "auto" and len(loose) <= _AUTO):
        search.ask(Effort(max_minor, full=True), loose)
    found = {
        each: replace(row, lower=in_widths(row.lower, circuit), upper=in_widths(row.upper, circuit))
        for each in classes
        if (row := each.row)
    }
    table = tuple(found[each].across(parts) for parts, each in zip(asked, class_of, strict=True))
    kept.write(table)
    return Landscape(circuit, table, output, space, len(classes), max_minor)


@dataclass(frozen=True, slots=True)
class _Search:
    """How rows are found, and who is told of them."""

    rows: Rows
    kept: Kept
    workers: int
    executor: Executor | None
    progress: Progress | None

    def ask(self, effort: Effort, classes: Sequence[Class]) -> None:
        """Give these classes their rows, in chunks."""
        size = min(_CHUNK, max(1, len(classes) // _CHUNKS))
        tasks = [classes[i : i + size] for i in range(0, len(classes), size)]
        answering, done = self.rows.answering(effort), 0
        run = completed(answering, tasks, workers=self.workers, executor=self.executor)
        with closing(run) as finished:
            for place, found in finished:
                for each, row in zip(tasks[place], found, strict=True):
                    each.row = row
                self.kept.add(found)
                done += len(found)
                if self.progress is not None:
                    self.progress("full" if effort.full else "quick", done, len(classes))


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
