"""An output that is zero."""

from __future__ import annotations

from collections.abc import Sequence

from ..circuit import PRODUCT, SUM, fold
from ..read import Matrix, Refusal
from ..schema import Subject


def vanishing(subject: Subject, weights: Sequence[Matrix] | None) -> int:
    """Return 0 if the output's channel is zero, as one pass from the inputs shows; else refuse.

    A node's value is the list of its channels that may be non-zero. Without weights, no entry of a
    parameter counts as zero.
    """
    circuit, meter = subject.circuit, subject.meter

    def alive(i: int, below: list[list[int]]) -> list[int]:
        width = circuit.widths[i]
        if circuit.kinds[i] == PRODUCT:
            meter.spend(100 * sum(map(len, below)))
            return sorted(set(below[0]).intersection(*below[1:]))
        if circuit.kinds[i] != SUM:
            return list(range(width))
        found: set[int] = set()
        for ref, channels in zip(circuit.refs[i], below, strict=True):
            if ref >= 0 and weights is None:
                found.update(range(width) if channels else ())
                continue
            matrix = weights[ref] if weights and ref >= 0 else circuit.matrices[-1 - ref]
            meter.spend(100 * width * (1 + len(channels)))
            found.update(g for g, row in enumerate(matrix) if any(row[c] for c in channels))
        return sorted(found)

    def hold(held: int, _: object) -> None:
        meter.hold(held, 32, "looking for channels that are zero")

    if subject.output in fold(circuit, alive, len, hold):
        raise Refusal("the output is not shown to be zero.")
    return 0
