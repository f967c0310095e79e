"""The file of a landscape: lines of JSON, first what is asked, then a line for each bipartition.

While a run goes on, finished answers are appended; a line that breaks off is dropped. At the end
the file is replaced by the whole table. Reading takes only plain data, and no number larger than
the tensor.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import BipartitionError, FileFormatError
from circuitalg.files import append, is_regular, parse_json, write
from circuitalg.integers import from_json, to_json
from circuitalg.run.rows import Row

FORMAT, VERSION = "circuitalg-landscape", 1
MAX_BYTES = 1 << 30
_WORDS_LIMIT = 200


def header(circuit: Circuit, output: int, space: str, max_minor: int) -> dict[str, Any]:
    """What the first line says: the network and the question."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "fingerprint": circuit.fingerprint,
        "locations": circuit.num_locations,
        "output": output,
        "space": space,
        "max_minor": max_minor,
    }


def row_data(row: Row) -> dict[str, Any]:
    """A bipartition's line; bounds as `circuitalg.integers.to_json` has them."""
    return {
        "bipartition": row.bipartition.letters,
        "lower": to_json(row.lower),
        "upper": to_json(row.upper),
        "lower_by": row.lower_by,
        "upper_by": row.upper_by,
        "full": row.full,
    }


def table_lines(first: dict[str, Any], rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a file."""
    yield json.dumps(first) + "\n"
    for row in rows:
        yield json.dumps(row_data(row)) + "\n"


class Kept:
    """Finished answers in a file of this first line; with no path, none are kept.

    No rank that is read may be above ``most``.

    Raises
    ------
    FileFormatError
        When the file exists and is not a landscape of this network and question.
    """

    def __init__(self, path: str | Path | None, first: dict[str, Any], most: int) -> None:
        self._path = None if path is None else Path(path)
        self._header = first
        self._rows: dict[bytes, Row] = {}
        if self._path is None:
            return
        if not is_regular(self._path):
            return  # a stream gets the whole table at the end
        if self._path.is_file() and self._path.stat().st_size:
            found = _read(self._path, self._header, most)
            self._rows = {row.bipartition.sides: row for row in found}
        self.write(self._rows.values())

    def get(self, sides: bytes) -> Row | None:
        """What an earlier run answered."""
        return self._rows.get(sides)

    def add(self, rows: Iterable[Row]) -> None:
        """Append finished answers."""
        if self._path is not None and is_regular(self._path):
            append(self._path, "".join(json.dumps(row_data(row)) + "\n" for row in rows))

    def write(self, rows: Iterable[Row]) -> None:
        """Replace the file by one with these answers, and after them what else it held."""
        if self._path is not None:
            table = {row.bipartition.sides: row for row in rows}
            table |= {sides: row for sides, row in self._rows.items() if sides not in table}
            write(self._path, table_lines(self._header, table.values()), "landscape")


def _read(path: Path, expected: dict[str, Any], most: int) -> Iterator[Row]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise FileFormatError(
            f"{path} has {size:,} bytes; a landscape's file has up to {MAX_BYTES:,}"
        )
    with path.open("rb") as file:
        first = _line(path, 1, file.readline())
        for key, value in expected.items():
            if key not in first or type(first[key]) is not type(value) or first[key] != value:
                raise FileFormatError(
                    f"{path} is not a landscape of this network and question: its {key} is "
                    f"{str(first.get(key, 'missing'))[:80]!r}, not {value!r}; name another file"
                )
        for number, line in enumerate(file, start=2):
            if line.endswith(b"\n"):  # one that breaks off was being written when the run ended
                yield _row(path, number, _line(path, number, line), expected["locations"], most)


def _line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        data = parse_json(line, path)
    except FileFormatError:
        data = None
    if not isinstance(data, dict):
        raise FileFormatError(f"line {number} of {path} is not a JSON object; name another file")
    return data


def _row(path: Path, number: int, data: dict[str, Any], locations: int, most: int) -> Row:
    where = f"line {number} of {path}"
    if data.keys() != {"bipartition", "lower", "upper", "lower_by", "upper_by", "full"}:
        raise FileFormatError(f"{where} is not a row of a landscape: its members differ")
    below, above = data["lower_by"], data["upper_by"]
    try:
        bipartition = Bipartition.from_letters(data["bipartition"])
    except BipartitionError as error:
        raise FileFormatError(f"{where}: {error}") from None
    if bipartition.locations != locations:
        raise FileFormatError(
            f"{where} gives sides of {bipartition.locations} locations, not of {locations}"
        )
    if not all(isinstance(word, str) and len(word) <= _WORDS_LIMIT for word in (below, above)):
        raise FileFormatError(f"{where} does not name the rules of its bounds")
    try:
        lower, upper = (from_json(data[key], most) for key in ("lower", "upper"))
    except ValueError:
        raise FileFormatError(f"{where} holds a bound that is not a rank of this tensor") from None
    if not lower <= upper or type(data["full"]) is not bool:
        raise FileFormatError(
            f"{where} holds invalid bounds: lower above upper, or no word on effort"
        )
    return Row(bipartition, lower, upper, below, above, data["full"])
