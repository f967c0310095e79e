"""What a search has covered: how many cases of which kinds and sizes, and what came out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from circuitalg.circuit.graph import Circuit
from circuitalg.errors import FileFormatError
from circuitalg.files import write
from circuitalg.integers import counted

VERDICTS: Final = ("confirmed", "undecided", "doubted", "refuted")
COLUMNS: Final = ("circuits", "locations", "cases", "exact", *VERDICTS)
_NUMBERS: Final = ("cases", "exact", *VERDICTS)


def kind_of_circuit(circuit: Circuit) -> str:
    """What a circuit is in a few words: "tied tree", "untied mixture with fixed matrices"."""
    edges = [matrix for node in circuit.nodes for matrix in node.matrices]
    names = [matrix for matrix in edges if isinstance(matrix, str)]
    ties = "untied" if len(set(names)) == len(names) else "tied"
    form = "tree" if circuit.is_tree else "mixture"
    return f"{ties} {form}" + " with fixed matrices" * (len(names) < len(edges))


@dataclass(frozen=True, slots=True)
class Draw:
    """One circuit with the bipartitions that were drawn for it, and what came out.

    Attributes
    ----------
    key : eight bytes of a digest of both, by which a draw is counted once.
    counts : cases by (verdict, whether the rank is known exactly).
    """

    key: bytes
    kind: str
    locations: int
    counts: tuple[tuple[tuple[str, bool], int], ...]

    @property
    def refuted(self) -> bool:
        """Whether a bipartition refutes the conjecture, or casts doubt on it."""
        return any(verdict in ("refuted", "doubted") for (verdict, _), _ in self.counts)


@dataclass(frozen=True, slots=True)
class Covered:
    """Cases that were tried, by kind of circuit and number of locations.

    A case is a circuit with a bipartition. It is *exact* where the bounds of its rank meet,
    *undecided* where the prediction lies between bounds that do not say whether it is right, and
    *doubted* where, moreover, ranks at random weights say that it is not.

    Attributes
    ----------
    circuits : how many different circuits.
    counts : cases by (kind, locations, verdict, whether exact).
    """

    circuits: int = 0
    counts: Counter[tuple[str, int, str, bool]] = field(default_factory=Counter)

    def __len__(self) -> int:
        return self.counts.total()

    def __add__(self, other: Covered) -> Covered:
        return Covered(self.circuits + other.circuits, self.counts + other.counts)

    def with_draws(self, draws: Iterable[Draw]) -> Covered:
        """These cases, and those of some draws."""
        count, counts = self.circuits, self.counts.copy()
        for draw in draws:
            count += bool(draw.counts)
            for (verdict, exact), cases in draw.counts:
                counts[draw.kind, draw.locations, verdict, exact] += cases
        return Covered(count, counts)

    def number(self, verdict: str) -> int:
        """How many cases were "confirmed", "undecided", "doubted" or "refuted"."""
        return sum(n for (_, _, found, _), n in self.counts.items() if found == verdict)

    @property
    def exact(self) -> int:
        """Cases whose rank is known exactly."""
        return sum(n for (*_, exact), n in self.counts.items() if exact)

    @property
    def confirmed(self) -> int:
        """Cases that the bounds prove to be as predicted."""
        return self.number("confirmed")

    @property
    def undecided(self) -> int:
        """Cases in which the bounds leave open whether the prediction is right."""
        return self.number("undecided")

    @property
    def doubted(self) -> int:
        """Cases that the bounds leave open, and evidence says not to be as predicted."""
        return self.number("doubted")

    @property
    def refuted(self) -> int:
        """Cases that the bounds prove not to be as predicted."""
        return self.number("refuted")

    @property
    def locations(self) -> tuple[int, ...]:
        """The numbers of locations, in order."""
        return tuple(sorted({count for _, count, _, _ in self.counts}))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of circuits, in order."""
        return tuple(sorted({kind for kind, _, _, _ in self.counts}))

    def rows(self) -> list[dict[str, Any]]:
        """The table: a row for each kind of circuit and number of locations."""
        return self._grouped([(kind, count) for kind, count, _, _ in self.counts])

    def _grouped(self, groups: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
        table: dict[tuple[str, int], dict[str, Any]] = {
            group: dict(zip(COLUMNS, (*group, *[0] * len(_NUMBERS)), strict=True))
            for group in sorted(set(groups))
        }
        for (kind, count, verdict, exact), cases in self.counts.items():
            row = table[kind, count]
            row["cases"] += cases
            row["exact"] += cases * exact
            row[verdict] += cases
        return list(table.values())

    @property
    def summary(self) -> str:
        """The whole table in a sentence."""
        if not self:
            return "no case was tried"
        parts = [f"{getattr(self, word):,} {word}" for word in ("exact", *VERDICTS)]
        return (
            f"{counted(len(self), 'case')} with {counted(self.circuits, 'circuit')} of "
            f"{_span(self.locations)} locations: {', '.join(parts)}"
        )

    def __str__(self) -> str:
        if not self:
            return self.summary
        lines = [COLUMNS, *self.shown()]
        widths = [max(len(line[k]) for line in lines) for k in range(len(COLUMNS))]
        return "\n".join(
            "  ".join(
                [line[0].ljust(widths[0])]
                + [cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)]
            )
            for line in lines
        )

    def shown(self) -> list[tuple[str, ...]]:
        """Lines of a short table: one for each kind of circuit."""
        lines = []
        for kind in self.kinds:
            rows = [row for row in self.rows() if row["circuits"] == kind]
            sums = [f"{sum(row[name] for row in rows):,}" for name in _NUMBERS]
            lines.append((kind, _span([row["locations"] for row in rows]), *sums))
        return lines

    def __repr__(self) -> str:
        return f"<Covered: {self.summary}>"

    def save_csv(self, path: str | Path) -> Path:
        """Write the table atomically as CSV; returns the path.

        Raises
        ------
        OutputError
            When it cannot be written there.
        """
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        write(path, text.getvalue(), "table")
        return Path(path)

    def to_data(self) -> dict[str, Any]:
        """The counts as plain JSON data."""
        counts = [[*key, cases] for key, cases in sorted(self.counts.items())]
        return {"circuits": self.circuits, "counts": counts}

    @classmethod
    def from_data(cls, data: Any) -> Covered:
        """Read what `to_data` wrote.

        Raises
        ------
        FileFormatError
            For anything else.
        """
        if not isinstance(data, dict) or data.keys() != {"circuits", "counts"}:
            raise FileFormatError("what was covered has the members circuits and counts")
        if not isinstance(data["counts"], list):
            raise FileFormatError("the counts of what was covered are not a list")
        counts: Counter[tuple[str, int, str, bool]] = Counter()
        for entry in data["counts"]:
            kind, count, verdict, exact, cases = _entry(entry)
            counts[kind, count, verdict, exact] += cases
        if type(data["circuits"]) is not int or not 0 <= data["circuits"] <= counts.total():
            raise FileFormatError("a number of circuits is not one of those that were covered")
        return cls(data["circuits"], counts)


def _entry(entry: Any) -> tuple[str, int, str, bool, int]:
    kinds = (str, int, str, bool, int)
    if not isinstance(entry, list) or tuple(map(type, entry)) != kinds:
        raise FileFormatError(
            "an entry of what was covered is [kind, locations, verdict, exact, n]"
        )
    kind, count, verdict, exact, cases = entry
    if verdict not in VERDICTS or count < 2 or cases < 1:
        raise FileFormatError(f"{entry} does not count cases")
    return kind, count, verdict, exact, cases


def _span(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low}" if low == high else f"{low} to {high}"
