"""Polynomials in a network's weights and inputs, and networks multiplied out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from ..circuit import CONSTANT, INPUT, SUM, Circuit, fold
from ..meter import Meter
from ..read import Entry, Refusal

Variable = tuple[int, int, int]
"""The parameter's number, row and column; an input is (-1 - location, coordinate, 0)."""
Polynomial = dict[tuple[Variable, ...], Entry]
Channels = Sequence[Polynomial]
Edge = Callable[[int, Channels], Channels]
"""What the parameter with this number makes of a child's channels."""

UNIT: Polynomial = {(): 1}
MAX_ENTRIES = 2_000_000  # of a network's weights, or channels
MAX_TERMS = 200_000
MAX_DEGREE = 10_000
MAX_TERM_BITS = 16_384
MAX_KEPT = 100_000_000  # words of polynomials and multisets


def refuse_wide(circuit: Circuit) -> None:
    """Refuse networks of too many channels or weights."""
    weights = sum(rows * columns for rows, columns in circuit.shapes)
    if max(weights, sum(circuit.widths)) > MAX_ENTRIES:
        raise Refusal(f"a network has more than {MAX_ENTRIES} weights or channels.")


class Algebra:
    """Operations on polynomials, which are counted, and so are the words that are kept of them."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.words = 0

    def keep(self, channels: Iterable[Polynomial], more: int = 0) -> None:
        """Count polynomials and further words that stay in memory."""
        self.words += 40 + more
        self.words += sum(30 + sum(30 + len(key) for key in part) for part in channels)
        if self.words > MAX_KEPT:
            raise Refusal("comparing these networks needs more memory than the checker allows.")

    def add(self, total: Polynomial, first: Polynomial, second: Polynomial) -> None:
        """Add the product of two polynomials in place."""
        if not first or not second:
            return
        degree = max(map(len, first)) + max(map(len, second))
        if degree > MAX_DEGREE:
            raise Refusal(f"a polynomial has a degree of more than {MAX_DEGREE}.")
        self.meter.spend(3000 + (700 + 60 * degree) * len(first) * len(second))
        for one, c in first.items():
            for other, d in second.items():
                key = tuple(sorted(one + other))
                value = total.get(key, 0) + c * d
                bits = value.numerator.bit_length() + value.denominator.bit_length()
                if bits > 256:
                    if bits > MAX_TERM_BITS:
                        raise Refusal(f"a number has more than {MAX_TERM_BITS} bits.")
                    self.meter.spend(10 * bits + bits * bits / 100)
                if value:
                    total[key] = value
                else:
                    total.pop(key, None)
        if len(total) > MAX_TERMS:
            raise Refusal(f"a polynomial has more than {MAX_TERMS} terms.")

    def product(self, first: Polynomial, second: Polynomial) -> Polynomial:
        """Multiply."""
        total: Polynomial = {}
        self.add(total, first, second)
        return total

    def sum(self, first: Channels, second: Channels) -> Channels:
        """Add two vectors of channels."""
        if len(first) != len(second):
            raise Refusal(f"matrices of {len(first)} and {len(second)} rows do not fit in a sum.")
        found = [dict(polynomial) for polynomial in first]
        for total, more in zip(found, second, strict=True):
            self.add(total, more, UNIT)
        return found

    def times(self, rows: Iterable[Sequence[Polynomial]], channels: Channels) -> Channels:
        """Multiply a matrix with a vector of channels."""
        found: list[Polynomial] = []
        for row in rows:
            if len(row) != len(channels):
                raise Refusal(
                    f"matrices of {len(row)} columns and {len(channels)} rows do not fit in a"
                    " product."
                )
            total: Polynomial = {}
            for entry, channel in zip(row, channels, strict=True):
                self.add(total, entry, channel)
            found.append(total)
        self.keep(found)
        return found

    def numbers(self, rows: Sequence[Sequence[Entry]], channels: Channels) -> Channels:
        """Multiply a matrix of numbers with a vector of channels."""
        self.meter.spend(100 * len(rows) * len(rows[0]))
        return self.times(([{(): x} if x else {} for x in row] for row in rows), channels)

    def variables(self, circuit: Circuit, number: int, channels: Channels) -> Channels:
        """Multiply a parameter, as a matrix of variables, with a vector of channels."""
        rows, columns = circuit.shapes[number]
        self.meter.spend(1000 * rows * columns)
        return self.times(
            ([{((number, r, c),): 1} for c in range(columns)] for r in range(rows)), channels
        )

    def summed(
        self, circuit: Circuit, node: int, edge: Edge, below: Sequence[Channels]
    ) -> Channels:
        """Return the channels of a sum from those of its children."""
        parts = [
            edge(ref, channels) if ref >= 0 else self.numbers(circuit.matrices[-1 - ref], channels)
            for ref, channels in zip(circuit.refs[node], below, strict=True)
        ]
        return functools.reduce(self.sum, parts)

    def multiplied_out(self, circuit: Circuit, edge: Edge) -> Channels:
        """Return a network's outputs as polynomials."""

        def step(node: int, below: list[Channels]) -> Channels:
            kind, width = circuit.kinds[node], circuit.widths[node]
            self.meter.spend(3000 * width)
            if kind == INPUT:
                return [{((-1 - circuit.places[node], k, 0),): 1} for k in range(width)]
            if kind == CONSTANT:
                return [UNIT] * width
            if kind == SUM:
                return self.summed(circuit, node, edge, below)
            found = [functools.reduce(self.product, column) for column in zip(*below, strict=True)]
            self.keep(found)
            return found

        found: Channels = fold(circuit, step)
        return found
