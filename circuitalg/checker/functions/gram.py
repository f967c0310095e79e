"""Gram matrices of representation functions, enclosed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..intervals import Intervals, fractions
from ..meter import MAX_DENOMINATOR, most_bits
from ..read import Entry, Refusal, cut
from ..schema import integer, listed, matrix, tagged

Ends = tuple[Fraction, Fraction]

gram = tagged(
    {
        "Orthonormal": {},
        "GaussianGram": {"means": matrix, "variances": matrix},
        "MonomialGram": {"exponents": listed(listed(integer(0, 64))), "box": matrix},
    }
)


def gram_table(data: dict[str, Any], count: int, intervals: Intervals) -> list[list[Ends]]:
    """Enclose the inner products of the representation functions."""
    if data["kind"] == "Orthonormal":
        return [[(Fraction(i == j),) * 2 for j in range(count)] for i in range(count)]
    if data["kind"] == "GaussianGram":
        means, spreads = data["means"], data["variances"]
        if not len(means) == len(spreads) == count or len(means[0]) != len(spreads[0]):
            raise Refusal(f"{count} Gaussians need as many means and variances, of one length.")
        if min(v for row in spreads for v in row) <= 0:
            raise Refusal("the variances of Gaussians must be positive.")
        normal = list(zip(means, spreads, strict=True))
        return [[gaussians(*a, *b, intervals) for b in normal] for a in normal]
    powers, box = data["exponents"], data["box"]
    if len(box[0]) != 2 or any(low >= high for low, high in box) or len(powers) != count:
        raise Refusal(f"a box has pairs a < b, and there must be {count} rows of exponents.")
    if any(len(row) != len(box) for row in powers):
        raise Refusal("every monomial needs an exponent for each side of the box.")
    return [[monomials(a, b, box, intervals) for b in powers] for a in powers]


def gram_text(data: dict[str, Any], count: int) -> str:
    """Describe the representation functions."""

    def shown(name: str) -> str:
        rows = (", ".join(map(str, row)) for row in data[name])
        return cut(f"[{', '.join(f'[{row}]' for row in rows)}]")

    if data["kind"] == "Orthonormal":
        return f"{count} orthonormal functions"
    if data["kind"] == "GaussianGram":
        return f"normal densities with means {shown('means')} and variances {shown('variances')}"
    return f"monomials with exponents {shown('exponents')} on the box {shown('box')}"


def gaussians(
    m: Sequence[Entry],
    v: Sequence[Entry],
    other: Sequence[Entry],
    more: Sequence[Entry],
    intervals: Intervals,
) -> Ends:
    """Enclose the integral of two normal densities: the density of m - m' under v + v'."""
    found = intervals.number(1)
    for a, b, c, d in zip(m, other, v, more, strict=True):
        intervals.meter.spend(20_000 + (2 * most_bits([(a, b, c, d)]) / 10) ** 2)
        variance, square = Fraction(c + d), Fraction((a - b) ** 2)
        density = intervals.exp(intervals.number(-square / (2 * variance)))
        tau = intervals.product(intervals.pi(), intervals.number(2 * variance))
        found = intervals.product(found, density)
        found = intervals.product(found, intervals.inverse(intervals.root(tau)))
    return fractions(found)


def monomials(
    first: Sequence[int],
    second: Sequence[int],
    box: Sequence[Sequence[Entry]],
    intervals: Intervals,
) -> Ends:
    """Integrate the product of two monomials over a box."""
    value, longest = Fraction(1), most_bits(box)
    for (low, high), e, f in zip(box, first, second, strict=True):
        bits = most_bits([(value,)]) + (e + f + 1) * 2 * longest
        if bits > MAX_DENOMINATOR:
            raise Refusal("an integral of monomials has too many digits.")
        intervals.meter.spend(5000 + 10 * (bits / 30) ** 2)
        value *= Fraction(high) ** (e + f + 1) - Fraction(low) ** (e + f + 1)
        value /= e + f + 1
    return value, value
