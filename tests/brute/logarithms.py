"""Log-space by balls of 300 bits: logarithms of exact numbers, and SimNets by their definition.

log 0 is None: it is lost in a log-sum-exp, and absorbs in a sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import flint

BITS = 300
Log = flint.arb | None


def ball(number: Any) -> flint.arb:
    """A number as the exact one that it is."""
    exact = Fraction(number)
    return flint.arb(flint.fmpq(int(exact.numerator), int(exact.denominator)))


def log(number: Any, beta: Any = 1) -> Log:
    """log(number)/β."""
    with flint.ctx.workprec(BITS):
        return None if number == 0 else ball(number).log() / ball(beta)


def log_sum(terms: Sequence[tuple[Log, Log]], beta: Any, count: int) -> Log:
    """(1/β) log((1/count) Σ exp(β (b + c)))."""
    there = [ball(beta) * (b + c) for b, c in terms if b is not None and c is not None]
    if not there:
        return None
    return (sum((t.exp() for t in there), flint.arb(0)) / count).log() / ball(beta)


def simnet(
    net: Any,
    offsets: Mapping[str, Sequence[Sequence[Log]]],
    similarities: Sequence[Sequence[Log]],
) -> list[Log]:
    """The outputs of a SimNet with finite β, at similarities by location."""
    values: list[list[Log]] = []
    with flint.ctx.workprec(BITS):
        for node in net.nodes:
            below = [values[child] for child in node.children]
            if node.kind == "input":
                values.append(list(similarities[node.location]))
            elif node.kind == "constant":
                values.append([flint.arb(0)] * node.width)
            elif node.kind == "pool":
                channels = zip(*below, strict=True)
                values.append([None if None in c else sum(c, flint.arb(0)) for c in channels])
            else:
                tables = [
                    offsets[label]
                    if isinstance(label, str)
                    else [[log(entry, node.beta) for entry in row] for row in label]
                    for label in node.offsets
                ]
                column = [c for child in below for c in child]
                count = len(column) if node.mean else 1
                rows = [[b for table in tables for b in table[i]] for i in range(node.width)]
                values.append(
                    [log_sum(list(zip(r, column, strict=True)), node.beta, count) for r in rows]
                )
    return values[-1]


def close(one: Log, two: Log, bits: int = 200) -> bool:
    """Whether two logarithms are equal to this many binary digits after the point."""
    if one is None or two is None:
        return one is two
    with flint.ctx.workprec(BITS):
        return bool(abs(one - two) < flint.arb(2) ** -bits)


def values(
    circuit: Any, weights: Mapping[str, Sequence[Sequence[Any]]], vectors: Sequence[Sequence[Any]]
) -> list[flint.arb]:
    """A circuit's outputs at exact non-negative numbers, of any size: nothing cancels in balls."""
    found: list[list[flint.arb]] = []
    with flint.ctx.workprec(BITS):
        for node in circuit.nodes:
            if node.kind == "input":
                found.append([ball(entry) for entry in vectors[node.location]])
            elif node.kind == "constant":
                found.append([flint.arb(1)] * node.width)
            elif node.kind == "product":
                channels = zip(*[found[child] for child in node.children], strict=True)
                found.append([prod(c, start=flint.arb(1)) for c in channels])
            else:
                rows = [flint.arb(0)] * node.width
                for child, label in zip(node.children, node.matrices, strict=True):
                    table = weights[label] if isinstance(label, str) else label
                    for i, row in enumerate(table):
                        terms = zip(row, found[child], strict=True)
                        rows[i] += sum((ball(w) * x for w, x in terms), flint.arb(0))
                found.append(rows)
    return found[-1]
