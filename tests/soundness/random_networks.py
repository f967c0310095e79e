"""Prove ranks of random networks, and hold both bounds against the rank of the tensor written out.

    python tests/soundness/random_networks.py --networks 20000 [--jobs 2] [--seed 1] [--kinds model]

Trees and DAGs of up to 9 locations: every pattern of ties, fixed matrices, constants, dimensions
that differ, several outputs, and random networks of the kinds in the literature. The explicit rank
is that of the coefficient tensor modulo a prime, at random weights (`brute`). It is never above the
generic rank: above the upper bound it refutes it for certain. Below the lower bound it may be by
bad luck, so that more weights are drawn. Two of three networks are proved with minors of any size
that is tried by default, every third with small ones alone, so that other rules have to do it. One
certificate of ten goes to the checker. Ends with 1 where something was false, and prints where.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import prod
from multiprocessing import get_context
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import brute
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from literature import networks

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import CircuitalgError
from circuitalg.kernel.statement import nested
from soundness.readers import ask_checker

MOST_ENTRIES = 20_000
"""Entries of a tensor that is written out."""

MOST_CHANNELS = 100
"""Channels of a node in a tensor network; with more the tensor takes long to be written out."""

MOST_CODE = 4_000
"""Characters of a network's code that is printed; kind, seed and number make any of them again."""

MINORS = (400, 400, 4)
"""The largest minors, in turns."""

BLOCK = 200
"""Networks that are made from one seed."""

TREE, DAG = "tree", "DAG"
FALSE = "FALSE"
WORDS = ("equal", "below open", "above open", "both open", FALSE)
"""Which bounds are the explicit rank; FALSE: the rank is outside them, or a reader says no."""

SIZES: dict[str, Any] = {"max_locations": 9, "max_dim": 4, "max_width": 6, "max_outputs": 3}
DRAWN: dict[str, dict[str, Any]] = {
    **{f"tree, ties: {ties}": {"kinds": "tree", "ties": ties} for ties in strategies.TIES},
    **{
        f"{kind}, {word}": {"kinds": kind, "ties": ties}
        for kind in ("free tree", "mixture")
        for word, ties in (("untied", "untied"), ("tied", "anywhere"))
    },
    "model": {"kinds": ("cp", "ht", "tt", "rac")},
}
"""Kinds that Hypothesis draws, and how."""

Question = tuple[ca.Circuit, ca.Bipartition, int]


def random_regions(draw: random.Random) -> ca.Circuit:
    """Regions with up to three partitions each, any of them shared."""
    count = draw.randint(3, 9)
    known: dict[frozenset[int], list[Any]] = {}

    def partitions(region: frozenset[int]) -> list[Any]:
        if region not in known:
            known[region] = []
            for _ in range(draw.choice([1, 1, 2, 3])):
                parts = draw.randint(2, min(3, len(region)))
                mixed = draw.sample(sorted(region), len(region))
                places = sorted(draw.sample(range(1, len(region)), parts - 1))
                bounds = zip([0, *places], [*places, len(region)], strict=True)
                known[region].append(tuple(frozenset(mixed[a:b]) for a, b in bounds))
        return known[region]

    width, mixing = draw.randint(1, 4), draw.random() < 0.5
    return networks.circuit_of_regions(count, draw.randint(2, 4), width, partitions, mixing=mixing)


def random_tensor_network(draw: random.Random) -> ca.Circuit:
    """Tensors joined by a random connected graph, in a random order; others act on open legs."""
    count = draw.randint(3, 7)
    bond = draw.choice([2, 2, 3])
    t = networks.TensorNetwork(count, draw.randint(2, 4), bond)
    legs: list[list[str]] = [[] for _ in range(count)]
    edges = [(i, draw.randrange(i)) for i in range(1, count)]
    edges += [tuple(draw.sample(range(count), 2)) for _ in range(draw.randint(0, 2))]  # type: ignore[misc]
    for number, ends in enumerate(edges):
        for end in ends:
            legs[end].append(f"e{number}")
    if max(map(len, legs)) > 4:
        return random_tensor_network(draw)
    first, *others = draw.sample(range(count), count)
    part = t.tensor(" ".join(legs[first]), first)
    for i in others:
        if draw.random() < 0.3:
            acted = " ".join(draw.sample(part[1], min(len(part[1]), draw.randint(1, 2))))
            part = t.apply(part, acted, acted)
        part = t.join(part, t.tensor(" ".join(legs[i]), i))
    return t.circuit(part)


def random_of_the_literature(draw: random.Random) -> ca.Circuit:
    """A small network of one of the other kinds there."""
    seed, dim, width = draw.randrange(10**6), draw.randint(2, 3), draw.randint(1, 4)
    count = draw.randint(3, 9)
    rows, columns = draw.choice([(2, 2), (2, 3), (3, 2), (2, 4), (3, 3)])
    makers: list[Callable[[], ca.Circuit]] = [
        partial(networks.quad_tree, rows, columns, dim, width, parts=draw.choice([2, 4])),
        partial(networks.quad_graph, rows, columns, dim, width),
        partial(networks.poon_domingos, rows, columns, dim, width, delta=draw.choice([1, 2])),
        partial(
            networks.random_binary_trees,
            *(count, dim, width, draw.randint(1, 4)),
            seed=seed,
            cross=draw.random() < 0.3,
        ),
        partial(networks.learned_network, count, dim, seed=seed),
        partial(networks.hidden_markov_model, count, width, homogeneous=draw.random() < 0.5),
        partial(networks.hidden_markov_model, count, width, dim, homogeneous=draw.random() < 0.5),
        partial(networks.markov_tree, networks.random_parents(count, seed), dim),
        partial(networks.tree_tensor_network, draw.choice([4, 8]), dim, draw.randint(2, 3)),
    ]
    return draw.choice(makers)()


RANDOM: dict[str, Callable[[random.Random], ca.Circuit]] = {
    "regions": random_regions,
    "tensor network": random_tensor_network,
    "literature": random_of_the_literature,
}
KINDS = (*DRAWN, *RANDOM)


def questions(kind: str, seed: int, count: int) -> Iterator[Question]:
    """Networks of one kind, each with a bipartition and an output; the same for the same seed.

    No two are equal; where few are found, there are fewer.
    """
    if kind in RANDOM:
        draw = random.Random(f"{kind}/{seed}")
        while count:
            circuit = RANDOM[kind](draw)
            widest = max(node.width for node in circuit.nodes)
            if prod(circuit.dims) <= MOST_ENTRIES and widest <= MOST_CHANNELS:
                rows = draw.sample(
                    range(circuit.num_locations), draw.randint(1, circuit.num_locations - 1)
                )
                yield circuit, ca.Bipartition.of(rows, circuit.num_locations), 0
                count -= 1
        return
    found: dict[Any, Question] = {}
    least = {"min_dim": 1 + seed % 2, "min_locations": 2 + seed // 2 % 2 * 3}

    @seeded(f"{kind}/{seed}")
    @settings(
        max_examples=3 * count // 2,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        circuit = data.draw(strategies.circuits(**SIZES, **least, **DRAWN[kind]))
        parts = data.draw(strategies.bipartitions(circuit))
        output = data.draw(st.integers(0, circuit.num_outputs - 1))
        if prod(circuit.dims) <= MOST_ENTRIES:
            found[circuit.fingerprint, parts, output] = (circuit, parts, output)

    collect()
    # Later examples are larger; the first is always the simplest that there is.
    yield from list(found.values())[-count:]


def explicit_rank(question: Question, lower: int) -> int:
    """The largest rank at random weights; further ones are drawn while it is below the bound."""
    circuit, parts, output = question
    best = 0
    for seed in range(1, 6):
        best = max(best, brute.generic_rank(circuit, parts.I, output, seed))
        if best >= lower:
            break
    return best


def word_of(lower: int, upper: int, rank: int) -> str:
    """What the bounds are worth, the explicit rank being known."""
    if not lower <= rank <= upper:
        return FALSE
    open_sides = (lower < rank, rank < upper)
    return WORDS[open_sides[0] + 2 * open_sides[1]]


def judged(
    question: Question, *, checked: bool, max_minor: int = MINORS[0]
) -> tuple[str, set[str], str]:
    """A word for the proved bounds, the rules used, and what is wrong."""
    circuit, parts, output = question
    theorem = ca.prove_rank(circuit, parts, output=output, max_minor=max_minor)
    said = theorem.statement
    rank = explicit_rank(question, said.lower)
    word = word_of(said.lower, said.upper, rank)
    wrong = f"proved {said.lower}..{said.upper}, explicit {rank}" if word == FALSE else ""
    if checked:
        data = json.loads(json.dumps(theorem.certificate()))
        answer = ask_checker(data)
        if answer.digest != theorem.statement_sha256:
            word, wrong = FALSE, f"{wrong} the checker: {answer.why or 'another statement'}"
    return word, {type(part).__name__ for part in nested(theorem.proof)}, wrong


def run_block(block: tuple[str, int]) -> dict[str, Any]:
    """All networks of a block: counts by kind and by rule, and the code of what is false."""
    kind, seed = block
    counts, wrong = Counter[str](), list[str]()
    for number, question in enumerate(questions(kind, seed, BLOCK)):
        circuit, parts, output = question
        most = MINORS[number % len(MINORS)]
        try:
            word, rules, why = judged(question, checked=number % 10 == 0, max_minor=most)
        except CircuitalgError as error:
            word, rules, why = FALSE, set(), f"prove_rank raises {type(error).__name__}: {error}"
        counts[f"kind/{kind}/{word}"] += 1
        counts[f"shape/{TREE if circuit.is_tree else DAG}/{word}"] += 1
        counts[f"minors/minors up to {most}/{word}"] += 1
        counts.update(f"rule/{rule}/{word}" for rule in rules)
        if word == FALSE:
            code = ca.code(circuit)
            where = f"{kind}, seed {seed}, number {number}, I = {sorted(parts.I)}, output {output}"
            wrong.append(f"{where}: {why}\n{code if len(code) < MOST_CODE else ''}")
    return {"kind": kind, "seed": seed, "counts": counts, "wrong": wrong}


def table_of(counts: Counter[str]) -> str:
    """Rows by shape, kind and rule; columns by word."""
    rows = [["", "all", *WORDS]]
    for group in ("shape", "kind", "minors", "rule"):
        names = sorted({key.split("/")[1] for key in counts if key.startswith(f"{group}/")})
        for name in names:
            own = [counts[f"{group}/{name}/{word}"] for word in WORDS]
            rows.append([name, *(f"{n:,}" for n in (sum(own), *own))])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def search(
    count: int, jobs: int, seed: int, kinds: Sequence[str], until: float | None = None
) -> tuple[Counter[str], list[str]]:
    """About so many networks, block by block in turns of the kinds, or as many as time allows."""
    blocks = [(kinds[n % len(kinds)], seed * 10**6 + n) for n in range(-(-count // BLOCK))]
    counts, wrong = Counter[str](), list[str]()

    def gather(results: Iterator[dict[str, Any]]) -> None:
        for done, found in enumerate(results, 1):
            counts.update(found["counts"])
            wrong.extend(found["wrong"])
            for told in found["wrong"]:
                print(told, flush=True)
            if done % 14 == 0:
                print(table_of(counts), file=sys.stderr, flush=True)
            if until is not None and time.time() > until:
                break

    if jobs == 1:
        gather(map(run_block, blocks))
    else:
        with get_context("spawn").Pool(jobs, maxtasksperchild=20) as pool:
            gather(pool.imap_unordered(run_block, blocks))
    return counts, wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=1_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--minutes", type=float, help="end after so many minutes")
    given_ = parser.parse_args(arguments)
    until = None if given_.minutes is None else time.time() + 60 * given_.minutes
    counts, wrong = search(given_.networks, given_.jobs, given_.seed, given_.kinds, until)
    print(table_of(counts))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
