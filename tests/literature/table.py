"""Prove ranks of networks of the literature, and see what singular values would say of them.

    python tests/literature/table.py [--page docs/networks.md] [--tables bounds]

Two tables, printed, or put into the page in place of those that it has. The second takes long:
forty decompositions for each matrix, of up to 256 rows.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log, prod
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import brute
import numpy as np

import circuitalg as ca
from literature import networks

MOST_ENTRIES = 2**20
"""Entries of a matrix that is written out."""

DRAWS = 10
"""Random weights of each kind, for each precision."""

WEIGHTS = ("normal", "positive")
PRECISIONS = (np.float64, np.float32)
BEGIN, END = "<!-- {name} -->\n", "<!-- end of {name} -->"


@dataclass(frozen=True, slots=True)
class Member:
    """A network, and bipartitions of it, each with a word for it and the locations of one side."""

    name: str
    source: str
    circuit: ca.Circuit
    parts: tuple[tuple[str, Sequence[int]], ...]


def members() -> list[Member]:
    """All networks of the table."""

    def both(count: int) -> tuple[tuple[str, Sequence[int]], ...]:
        return ("first half", range(count // 2)), ("even", range(0, count, 2))

    def image(rows: int, columns: int) -> tuple[tuple[str, Sequence[int]], ...]:
        board = [k for k in range(rows * columns) if sum(divmod(k, columns)) % 2 == 0]
        upper = range(-(-rows // 2) * columns)
        return ("upper rows", upper), ("checkerboard", board)

    n = networks
    row = ("first cells", range(4))
    made = [
        ("quad tree, four parts, 4 × 4", "Mari 2023", n.quad_tree(4, 4, 2, 3), image(4, 4)),
        ("quad tree, two parts, 4 × 4", "Mari 2023", n.quad_tree(4, 4, 2, 3, parts=2), image(4, 4)),
        ("quad graph, 3 × 3", "Mari 2023", n.quad_graph(3, 3, 3, 3), (row, *image(3, 3))),
        ("quad graph, 4 × 4", "Mari 2023", n.quad_graph(4, 4, 2, 2), image(4, 4)),
        ("quad graph, 8 × 8", "Mari 2023", n.quad_graph(8, 8, 4, 4), image(8, 8)),
        ("Poon–Domingos, 3 × 3", "Poon 2011", n.poon_domingos(3, 3, 3, 2), (row, *image(3, 3))),
        (
            "Poon–Domingos, 4 × 4, Δ = 2",
            "Poon 2011",
            n.poon_domingos(4, 4, 2, 2, delta=2),
            image(4, 4),
        ),
    ]
    for count, dim, width in ((8, 3, 3), (16, 2, 2), (64, 4, 4)):
        made += [
            (
                f"random binary tree, {trees} repetition{'s' * (trees > 1)}",
                "Peharz 2019",
                n.random_binary_trees(count, dim, width, trees, seed=3),
                both(count),
            )
            for trees in (1, 3, 4)
        ]
    made += [
        (
            "RAT-SPN, 3 repetitions",
            "Peharz 2019",
            n.random_binary_trees(8, 3, 2, 3, seed=3, cross=True),
            both(8),
        ),
        ("learned network", "Gens 2013", n.learned_network(12, 2, seed=3), both(12)),
        (
            "learned network",
            "Gens 2013",
            n.learned_network(40, 2, seed=2),
            (*both(40), ("5 of 40", range(5))),
        ),
        ("Markov chain", "Rabiner 1989", n.hidden_markov_model(8, 3), both(8)),
        ("hidden Markov model", "Rabiner 1989", n.hidden_markov_model(8, 2, 3), both(8)),
        ("hidden Markov model", "Rabiner 1989", n.hidden_markov_model(64, 8, 20), both(64)),
        (
            "the same, not homogeneous",
            "Rabiner 1989",
            n.hidden_markov_model(64, 8, 20, homogeneous=False),
            both(64),
        ),
        ("Chow–Liu tree", "Chow 1968", n.markov_tree(n.random_parents(8, 1), 3), both(8)),
        ("Chow–Liu tree", "Chow 1968", n.markov_tree(n.random_parents(200, 1), 4), both(200)),
        (
            "periodic matrix product state",
            "Perez-Garcia 2007",
            n.periodic_matrix_product_state(6, 4, 2),
            (*both(6), ("middle", [1, 2, 3])),
        ),
        (
            "periodic matrix product state",
            "Perez-Garcia 2007",
            n.periodic_matrix_product_state(12, 4, 2),
            (*both(12), ("middle", range(3, 9))),
        ),
        (
            "PEPS, 2 × 3",
            "Verstraete 2004",
            n.projected_entangled_pairs(2, 3, 4, 2),
            (("first column", [0, 3]), ("upper row", [0, 1, 2]), ("checkerboard", [0, 2, 4])),
        ),
        (
            "the same, column by column",
            "Verstraete 2004",
            n.projected_entangled_pairs(2, 3, 4, 2, by_column=True),
            (("first column", [0, 3]),),
        ),
        (
            "PEPS, 3 × 3",
            "Verstraete 2004",
            n.projected_entangled_pairs(3, 3, 3, 2),
            (("first column", [0, 3, 6]), row, ("checkerboard", [0, 2, 4, 6, 8])),
        ),
        (
            "MERA, 8 locations",
            "Vidal 2008",
            n.multiscale_entanglement_renormalization(2),
            (*both(8), ("middle", [1, 2, 3, 4]), ("pair", [1, 2])),
        ),
        ("tree tensor network", "Shi 2006", n.tree_tensor_network(8, 3, 3), both(8)),
    ]
    return [Member(*each) for each in made]


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one bipartition of one network.

    Attributes
    ----------
    theorem : both bounds; ``seconds`` and ``check`` are the times of proof and checker.
    explicit : the rank at random weights modulo a prime, where the matrix is written out.
    reported : by (precision, weights), what singular values say at each draw.
    """

    member: Member
    part: str
    theorem: ca.Theorem
    seconds: float
    check: float
    explicit: int | None
    reported: dict[tuple[str, str], list[int]]

    @property
    def rank(self) -> int | None:
        """The right value: proved; or else explicit, which is evidence that is probabilistic."""
        said = self.theorem.statement
        return said.lower if said.lower == said.upper else self.explicit


def measured(all_members: Sequence[Member], tables: Sequence[str]) -> Iterator[Row]:
    """Prove; check, and write out in floats, where a table needs it."""
    for member in all_members:
        circuit = member.circuit
        written = prod(circuit.dims) <= MOST_ENTRIES
        if not written and "bounds" not in tables:
            continue
        for part, rows in member.parts:
            parts = ca.Bipartition.of(rows, circuit.num_locations)
            start = time.perf_counter()
            theorem = ca.prove_rank(circuit, parts)
            seconds = time.perf_counter() - start
            check, explicit, reported = 0.0, None, {}
            if "bounds" in tables:
                checked = theorem.check()
                if checked.status:
                    raise SystemExit(f"{member.name}, {part}: {checked.text}")
                check = checked.seconds
            if written:
                explicit = max(brute.generic_rank(circuit, parts.I, seed=seed) for seed in (1, 2))
            if written and "precision" in tables:
                reported = {
                    (kind.__name__, weights): [
                        numerical_rank(circuit, parts, weights, kind, draw) for draw in range(DRAWS)
                    ]
                    for kind in PRECISIONS
                    for weights in WEIGHTS
                }
            yield Row(member, part, theorem, seconds, check, explicit, reported)


def numerical_rank(
    circuit: ca.Circuit, parts: ca.Bipartition, weights: str, kind: Any, seed: int
) -> int:
    """What `numpy.linalg.matrix_rank` says of the matricization, all in one precision.

    "normal": standard normal entries; "positive": the exponentials of these.
    """
    draw = np.random.default_rng(seed)
    found = {}
    for name, shape in circuit.parameters.items():
        entries = draw.standard_normal(shape)
        found[name] = (np.exp(entries) if weights == "positive" else entries).astype(kind)
    tensor = circuit.coefficient_tensor(found)
    if tensor.dtype != kind:
        raise TypeError(f"the tensor is of type {tensor.dtype}")
    return int(np.linalg.matrix_rank(ca.matricization(tensor, parts)))


def sizes(circuit: ca.Circuit) -> str:
    """N, dimension, largest width, nodes."""
    width = max(node.width for node in circuit.nodes)
    return f"{circuit.num_locations} | {max(circuit.dims)} | {width} | {len(circuit.nodes):,}"


def in_print(n: int, circuit: ca.Circuit) -> str:
    """Digits, a power of a width, or the order of magnitude."""
    if n < 10**6:
        return f"{n:,}"
    for base in sorted({node.width for node in circuit.nodes} - {1}):
        power = round(log(n, base))
        if base**power == n:
            return f"{base}^{power}"
    return f"{n:.2e}"


def table_of_bounds(rows: Sequence[Row]) -> str:
    """Both bounds of every network."""
    lines = [
        "| network | N | M | widest | nodes | I | lower | upper | explicit | proved by | seconds |",
        "| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- | ---: |",
    ]
    for row in rows:
        said = row.theorem.statement
        bounds = [in_print(n, row.member.circuit) for n in (said.lower, said.upper)]
        meet = said.lower == said.upper
        cells = [
            row.member.name,
            sizes(row.member.circuit),
            row.part,
            *(f"**{bound}**" if meet else bound for bound in bounds),
            "" if row.explicit is None else str(row.explicit),
            row.theorem.tactics.replace(" | ", "; "),
            f"{row.seconds:.2f} and {row.check:.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    meet = sum(row.theorem.statement.lower == row.theorem.statement.upper for row in rows)
    rest = [row for row in rows if row.theorem.statement.lower != row.theorem.statement.upper]
    low = sum(row.explicit == row.theorem.statement.lower for row in rest)
    high = sum(row.explicit == row.theorem.statement.upper for row in rest)
    return "\n".join(lines) + (
        f"\n\nBoth bounds meet in {meet} of {len(rows)} rows. Of the {len(rest)} others, the lower "
        f"one is the explicit rank in {low} and the upper one in {high}.\n"
    )


def table_of_precision(rows: Sequence[Row]) -> str:
    """How often singular values give the rank, and what else they give."""
    columns = [(kind.__name__, weights) for kind in PRECISIONS for weights in WEIGHTS]
    heads = [f"{kind}, {weights}" for kind, weights in columns]
    lines = [
        f"| network | I | rank | {' | '.join(heads)} |",
        "| --- | --- | ---: |" + " ---: |" * len(heads),
    ]
    wrong = dict.fromkeys(columns, 0)
    ever = dict.fromkeys(columns, 0)
    shown = [row for row in rows if row.reported and row.rank]
    for row in shown:
        cells = []
        for column in columns:
            found = row.reported[column]
            missed = sorted({each for each in found if each != row.rank})
            wrong[column] += sum(each != row.rank for each in found)
            ever[column] += bool(missed)
            span = f"{missed[0]} to {missed[-1]}" if len(missed) > 1 else "".join(map(str, missed))
            right = sum(each == row.rank for each in found)
            cells.append(f"{right} of {DRAWS}" + (f"; {span}" if missed else ""))
        where = f"{row.member.name}, N = {row.member.circuit.num_locations} | {row.part}"
        lines.append(f"| {where} | {row.rank} | {' | '.join(cells)} |")
    total = DRAWS * len(shown)
    said = "; ".join(
        f"{head}: {wrong[column]} of {total} draws, in {ever[column]} of {len(shown)} rows"
        for head, column in zip(heads, columns, strict=True)
    )
    return "\n".join(lines) + f"\n\nWrong ranks: {said}.\n"


TABLES = {"bounds": table_of_bounds, "precision": table_of_precision}


def with_tables(page: str, tables: dict[str, str]) -> str:
    """The page with these tables between their marks."""
    for name, table in tables.items():
        begin, end = BEGIN.format(name=name), END.format(name=name)
        before, rest = page.split(begin)
        page = before + begin + "\n" + table + "\n" + end + rest.split(end)[1]
    return page


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=Path, help="the page that gets the tables")
    parser.add_argument("--only", default="", help="networks with this in their names")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=TABLES, help="both, or one")
    given = parser.parse_args(arguments)
    chosen = [member for member in members() if given.only in member.name]
    rows = []
    for row in measured(chosen, given.tables):
        rows.append(row)
        sys.stderr.write(
            f"{row.member.name}, {row.part}: {row.theorem.statement.summary}, explicit "
            f"{row.explicit}, {row.seconds:.2f} s, check {row.check:.2f} s\n"
        )
    tables = {name: TABLES[name](rows) for name in given.tables}
    if given.page is None:
        sys.stdout.write("\n".join(tables.values()))
    else:
        page = given.page.read_text(encoding="utf-8")
        given.page.write_text(with_tables(page, tables), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
