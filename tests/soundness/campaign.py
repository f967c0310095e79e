"""Alter certificates of every kind of statement, and see whether anybody accepts a false one.

    python tests/soundness/campaign.py --mutants 1000000 --jobs 2 [--seed 1] [--kinds ForAll …]

Each altered certificate goes to the kernel and to the checker. They must give the same verdict and
the same digest, and brute force (`soundness.truth`) must not find false what they accept. The same
seed gives the same certificates, in blocks that do not depend on each other: a campaign that was
interrupted goes on where it was, in the same folder. Ends with 1 where a false statement was
accepted, the readers disagreed, or one of them failed; the folder has the certificates.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Generator, Sequence
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import certificates as table
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from circuitalg.strategies.alterations import altered, put
from circuitalg.strategies.certificates import STATEMENTS, certificates
from soundness.random_proofs import random_proof
from soundness.readers import BAD, WORDS, Case, as_read, examined

BLOCK = 5000
"""Certificates that are made from one draw of random numbers."""

DRAWN = 57
"""Genuine certificates of random networks that a block begins with."""

RANDOM = "random proof"
"""Stands for a kind, where a certificate has been made from a random proof."""


def drawn(kinds: Sequence[str], number: int, count: int) -> list[Any]:
    """Genuine certificates of random networks, the same for the same number."""
    found: list[Any] = []

    @seeded(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(certificates(kinds))
    def collect(certificate: Any) -> None:
        found.append(certificate)

    collect()
    return [as_read(certificate) for certificate in found]


def kind_of(data: Any) -> str:
    """The kind of the last statement, before it is altered."""
    return str(data["theorems"][-1]["statement"]["kind"])


def repaired(data: Any, said: str) -> Any:
    """A certificate that states what the checker says that its proof gives; None without that.

    What is altered in a network or a proof mostly changes the numbers. A forger would write the new
    ones in, and so get as far as the rules reach.
    """
    found = re.search(r"(lower|upper) bound is .*, the (?:\w+ )*rules? give (\d+)", said)
    if not found or not isinstance(data["theorems"][-1]["statement"], dict):
        return None
    return put(data, ("theorems", -1, "statement", found[1]), int(found[2]))


def block(number: int, seed: int, kinds: Sequence[str]) -> Generator[tuple[str, Any], str, None]:
    """The certificates of one block, each with the kind of what it was made from.

    What the checker says to each is sent back.
    """
    draw = random.Random(f"{seed}/{number}")
    genuine = drawn(kinds, draw.getrandbits(32), DRAWN)
    by_kind: dict[str, list[Any]] = {kind: [] for kind in kinds}
    for name in table.PROVED:
        data = table.genuine(name)
        if kind_of(data) in by_kind:
            by_kind[kind_of(data)].append(data)
    for data in genuine:  # most often: of the few in the table all small changes come up soon
        by_kind[kind_of(data)] += [data] * 6
    everything = [data for group in by_kind.values() for data in group]
    made, seen = 0, {json.dumps(data) for data in everything}
    while made < BLOCK:
        kind = kinds[draw.randrange(len(kinds))]
        if draw.randrange(16) == 0:
            yield RANDOM, random_proof(draw, genuine)
            made += 1
            continue
        base = draw.choice(by_kind[kind])
        other = draw.choice(by_kind[kind] if draw.randrange(4) else everything)
        data = altered(base, draw.randrange, other)
        text = json.dumps(data)
        if text in seen:
            continue
        seen.add(text)
        said = yield kind, data
        made += 1
        while made < BLOCK and draw.randrange(4) and (data := repaired(data, said)) is not None:
            said = yield kind, data
            made += 1


def run_block(number: int, seed: int, kinds: Sequence[str], folder: str) -> dict[str, Any]:
    """Examine a block; what is bad is kept in the folder."""
    started, counts = time.monotonic(), Counter[str]()
    made = block(number, seed, kinds)
    kind, data = next(made)
    for place in range(BLOCK):
        case = examined(data)
        counts[f"{kind}/{case.word}"] += 1
        if case.word in BAD:
            keep(data, case, Path(folder) / f"block-{number}-{place}.json")
        if place < BLOCK - 1:
            kind, data = made.send(case.checker.why)
    return {"block": number, "seconds": time.monotonic() - started, "counts": counts}


def keep(data: Any, case: Case, file: Path) -> None:
    """Write a certificate that shows what is wrong, and beside it what is said of it."""
    said = {
        "word": case.word,
        "kernel": case.kernel._asdict(),
        "checker": case.checker._asdict(),
        "truth": case.truth and case.truth._asdict(),
    }
    file.write_text(json.dumps(data), encoding="utf-8")
    file.with_suffix(".txt").write_text(json.dumps(said, indent=1), encoding="utf-8")


def collect_rarely() -> None:
    """Garbage is collected seldom: hardly anything here refers to itself."""
    gc.freeze()
    gc.set_threshold(50_000)


def table_of(counts: Counter[str]) -> str:
    """Rows by kind of statement, columns by what became of the certificates."""
    kinds = [*STATEMENTS, RANDOM]
    rows = [["", "all", *WORDS]]
    for kind in kinds:
        own = [counts[f"{kind}/{word}"] for word in WORDS]
        if sum(own):
            rows.append([kind, *(f"{n:,}" for n in (sum(own), *own))])
    sums = [sum(counts[f"{kind}/{word}"] for kind in kinds) for word in WORDS]
    rows.append(["all", *(f"{n:,}" for n in (sum(sums), *sums))])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def campaign(
    mutants: int, jobs: int, seed: int, kinds: Sequence[str], folder: Path
) -> Counter[str]:
    """Run the blocks that the folder does not have yet, and add up all."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = folder / "blocks.jsonl"
    done: dict[int, Any] = {}
    if ledger.exists():
        for line in ledger.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            if found["seed"] == seed and found["kinds"] == list(kinds):
                done[found["block"]] = found
    wanted = range(-(-mutants // BLOCK))
    todo = [number for number in wanted if number not in done]
    counts: Counter[str] = Counter()
    for number in wanted:
        counts.update(done.get(number, {}).get("counts", {}))

    def note(found: dict[str, Any]) -> None:
        counts.update(found["counts"])
        with ledger.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"seed": seed, "kinds": list(kinds), **found}) + "\n")
        print(
            f"block {found['block']}: {sum(found['counts'].values())} certificates in "
            f"{found['seconds']:.1f} s; {sum(counts.values()):,} in all",
            flush=True,
        )

    if jobs == 1:
        for number in todo:
            note(run_block(number, seed, kinds, str(folder)))
    else:
        # Fresh processes after some blocks: whatever a process gathers, it gives back.
        with get_context("spawn").Pool(jobs, collect_rarely, maxtasksperchild=20) as pool:
            for found in pool.imap_unordered(
                partial(run_block, seed=seed, kinds=kinds, folder=str(folder)), todo
            ):
                note(found)
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", choices=STATEMENTS, default=STATEMENTS)
    parser.add_argument("--folder", type=Path, default=Path("campaign"))
    given_ = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    counts = campaign(given_.mutants, given_.jobs, given_.seed, tuple(given_.kinds), given_.folder)
    print(table_of(counts))
    bad = sum(n for name, n in counts.items() if name.split("/")[1] in BAD)
    if bad:
        print(f"{bad} certificates in {given_.folder} show what is wrong")
    return int(bad > 0)


if __name__ == "__main__":
    raise SystemExit(main())
