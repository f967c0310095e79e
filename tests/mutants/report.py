"""What a run of mutants is worth: scores, survivors, and those that do no harm."""

from __future__ import annotations

import collections
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mutants.mutate import Mutant

PARTS = {part: f"circuitalg/{part}" for part in ("kernel", "checker")}
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
ENOUGH = 0.95


class Result(NamedTuple):
    """What became of a mutant: what detected it, or None; how many tests reach it."""

    mutant: Mutant
    killer: str | None
    tests: int
    seconds: float


def part_of(mutant: Mutant) -> str:
    """The kernel, the checker, or the file."""
    return next((p for p, place in PARTS.items() if mutant.file.startswith(place)), mutant.file)


def harmless(file: Path = EQUIVALENT) -> dict[tuple[str, ...], str]:
    """The survivors that were read, and why each does no harm."""
    found = {}
    for entry in tomllib.loads(file.read_text()).get("equivalent", []):
        name = tuple(entry[part] for part in ("file", "function", "text", "change"))
        found[name] = entry["reason"]
    return found


def report(results: Sequence[Result], listed: dict[tuple[str, ...], str]) -> tuple[str, bool]:
    """A table of the files, the survivors, the scores; and whether they are high enough."""
    rows, enough = [], True
    groups: dict[str, list[Result]] = collections.defaultdict(list)
    for result in sorted(results, key=lambda result: result.mutant.file):
        groups[result.mutant.file].append(result)
    for result in results:
        if part_of(result.mutant) in PARTS:
            groups[part_of(result.mutant)].append(result)
    survivors = []
    for name, found in groups.items():
        alive = [result for result in found if result.killer is None]
        known = [result for result in alive if result.mutant.name in listed]
        rest, slow = len(found) - len(known), sum(r.killer == "too slow" for r in found)
        detected = len(found) - len(alive)
        score = detected / rest if rest else 1.0
        rows.append(
            f"{name:50} {len(found):6} mutants {detected:6} detected ({slow} by time)"
            f" {len(known):4} harmless {len(alive) - len(known):4} survived {100 * score:6.1f} %"
        )
        if name in PARTS or not name.startswith("circuitalg"):
            enough = enough and score >= ENOUGH
            survivors += [result for result in alive if result not in known]
    text = [str(result.mutant) + f"\n    {result.tests} tests reach it" for result in survivors]
    return "\n".join([*text, "", *rows]), enough
