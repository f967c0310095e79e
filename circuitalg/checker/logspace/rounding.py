"""LogSpaceError: what rounding does to log-scores, for all weights in a range."""

from __future__ import annotations

import functools
import itertools
from fractions import Fraction
from typing import NamedTuple

from ..circuit import CONSTANT, INPUT, PRODUCT, Circuit, fold
from ..intervals import MAX_ARGUMENT
from ..meter import Meter
from ..read import Entry, Matrix, Refusal, brief
from ..schema import Claim, Kind, circuit, listed, number, word
from ..verdict import BINARY64, decimal, network_lines

GRAIN_BITS = 128  # error bounds are multiples of 2^-128
MAX_FIXED_BITS = 1_000  # fixed entries lie between 2^-1000 and 2^1000, where binary64 holds them
MAX_LOG = MAX_ARGUMENT  # magnitude of a logarithm in a statement


def log_space_error(claim: Claim) -> list[str]:
    """A bound on what rounding does to log-scores, for all weights in a range."""
    said, network = claim.said, claim.said["circuit"]
    claim.meter.rests_on.add(BINARY64)
    ranges, shown = [], []
    for name in ("log_weights", "log_inputs"):
        ends = said[name]
        if len(ends) != 2 or not -MAX_LOG <= ends[0] <= ends[1] <= MAX_LOG:
            raise Refusal(
                f"{name} must be [low, high] with -{MAX_LOG} <= low <= high <= {MAX_LOG}."
            )
        ranges.append((-units(-ends[0]), units(ends[1])))
        shown.append(f"[{decimal(ends[0], up=True)}, {decimal(ends[1], up=False)}]")
    zeros, bound = said["zeros"] == "allowed", said["bound"]
    if not 0 <= bound <= 1:
        raise Refusal("the bound must lie between 0 and 1.")
    error = rounding_error(network, ranges[0], ranges[1], zeros, claim.meter)
    if error * bound.denominator > bound.numerator << GRAIN_BITS:
        least = decimal(Fraction(error, 1 << GRAIN_BITS), up=True)
        raise Refusal(f"the rules give an error of up to {least}, more than the bound.")
    infinite = ", or be -infinity" if zeros else ""
    return [
        *network_lines(network),
        (
            f"Let the logarithms of all weights lie in {shown[0]} and those of all inputs in"
            f" {shown[1]}{infinite}, and be given as binary64 numbers, each off by at most (8"
            " max(|low|, |high|) + 2) * 2^-53 for its range [low, high] (-infinity exactly)."
        ),
        (
            "Let the network be evaluated in binary64, rounding to nearest, exp and log off by at"
            " most 8 * 2^-53 of their values (exp below -708: anything from 0 to 2^-1020), no"
            " number being +infinity. Products add their children's logarithms in rounds of"
            " neighbours. Sums subtract the largest entry of each row of logarithmic weights and"
            " of each column of values, multiply the matrices of exponentials (n products and"
            " n - 1 additions for an entry, in any order, fused or not; what is below 2^-1022 may"
            " be flushed to 0), take logarithms, and add the row's entry and then the column's;"
            " where a sum is below 1e-290 they add weights and values first and take the"
            " log-sum-exp with the largest term subtracted."
        ),
        (
            f"Then every output's logarithm is off by at most {decimal(bound, up=True)},"
            " and is -infinity exactly where the output is 0."
        ),
    ]


# u = 2^-53; exp and log are off by at most 8 u, relatively; logarithms are given within
# (8 max(|a|, |b|) + 2) u. Everything is rounded up (lower ends down) to units.


def units(x: Entry) -> int:
    """Write a number in units of 2^-GRAIN_BITS, rounded up."""
    return -((-x.numerator << GRAIN_BITS) // x.denominator)


def half_ulps(x: int, factor: int = 1, divisor: int = 1) -> int:
    """Multiply with 2^-53 * factor / divisor, rounded up."""
    return -(-x * factor // (divisor << 53))


def given(low: int, high: int) -> int:
    """Return how far a given logarithm from low..high may be off."""
    return half_ulps(8 * max(-low, high) + (2 << GRAIN_BITS))


def logarithm(bits: int) -> int:
    """Bound bits * log 2 from above."""
    return units(Fraction(bits * 6_931_472, 10**7))


class Spread(NamedTuple):
    """What is known of a node's logarithms, in units of 2^-GRAIN_BITS.

    The finite ones lie in low..high, those of one value within `apart` of each other, and computed
    ones are off by at most `error`.
    """

    low: int
    high: int
    apart: int
    error: int

    @property
    def size(self) -> int:
        """The largest magnitude of a computed logarithm."""
        return max(-self.low, self.high) + self.error


Hull = tuple[int, int, bool]
"""The least and largest logarithm of positive entries, and whether there may be a zero."""


def hull_of(matrix: Matrix, meter: Meter) -> Hull:
    """Enclose the logarithms of the positive entries of a fixed matrix."""
    meter.spend(300 * len(matrix) * len(matrix[0]))
    entries = set(itertools.chain.from_iterable(matrix))
    if max(entries) <= 0 or min(entries) < 0:
        raise Refusal("a fixed matrix has a negative entry, or none that is positive.")
    sizes = [(x.numerator.bit_length(), x.denominator.bit_length()) for x in entries if x]
    if any(abs(top - bottom) >= MAX_FIXED_BITS for top, bottom in sizes):
        raise Refusal(
            "a fixed matrix has an entry that is too large or small for binary64: not between"
            f" 2^-{MAX_FIXED_BITS} and 2^{MAX_FIXED_BITS}."
        )
    tops, bottoms = zip((0, 0), *(size for size in sizes if size != (1, 1)), strict=True)
    return -logarithm(max(bottoms)), logarithm(max(tops)), 0 in entries


def product_of(children: list[Spread]) -> Spread:
    """Logarithms are added in rounds of neighbours: each round rounds once."""
    low, high, apart, error = map(sum, zip(*children, strict=True))
    rounds, sizes = (len(children) - 1).bit_length(), sum(child.size for child in children)
    return Spread(low, high, apart, error + half_ulps(sizes, 101 * rounds, 100))


def sum_of(count: int, child: Spread, hull: Hull) -> Spread:
    """Bound a sum over `count` channels, computed by scaled matrices or term by term.

    Errors of the weights and of the child pass through a log-sum-exp at most undiminished. The
    other errors: exponents are differences with the largest of a row or a column, rounded
    (those beyond 708 underflow, which 2 n covers: sums are at least 1e-290), two exponentials,
    n products and additions, the logarithm of the sum and the two additions after it. Where
    the sum is below 1e-290, the terms are rounded themselves.
    """
    one = 1 << GRAIN_BITS
    a, b, has_zero = hull
    off = given(a, b)
    across = b - a + 2 * off
    inner = child.apart + 2 * child.error
    logs = logarithm((count - 1).bit_length())
    low, high = a + child.low, b + child.high + logs
    apart = high - low if has_zero else min(b - a, high - low)
    inside = min(across + inner, 668 * one) + logs + one
    work = min(across, 708 * one) + min(inner, 708 * one) + (2 * 8 + 2 * count + 2) * one
    work += 9 * inside + max(-a, b) + off + max(-low, high) + off + child.error
    if across + inner > 600 * one:
        work += child.size
    return Spread(low, high, apart, off + child.error + half_ulps(work, 105, 100))


def rounding_error(
    network: Circuit, weights: tuple[int, int], inputs: tuple[int, int], zeros: bool, meter: Meter
) -> int:
    """Bound the error of the outputs' logarithms, in units."""
    fixed = [hull_of(matrix, meter) for matrix in network.matrices]
    low, high = inputs
    leaf = Spread(low, high, high - low, given(low, high))
    known_sum = functools.cache(sum_of)  # levels have many equal nodes

    def step(i: int, below: list[Spread]) -> Spread:
        kind, here = network.kinds[i], f"node {brief(network.names[i])}"
        meter.spend(3000 + 500 * len(below))
        if kind == INPUT:
            found = leaf
        elif kind == CONSTANT:
            found = Spread(0, 0, 0, 0)
        elif kind == PRODUCT:
            found = product_of(below)
        else:
            count = sum(network.widths[c] for c in network.children[i])
            if count > 1_000_000:
                raise Refusal(f"{here} adds up {count} channels, more than 1000000.")
            least, most = min(c.low for c in below), max(c.high for c in below)
            apart = below[0].apart if len(below) == 1 else most - least
            child = Spread(least, most, apart, max(c.error for c in below))
            edges = [(*weights, zeros) if r >= 0 else fixed[-1 - r] for r in network.refs[i]]
            lows, highs, has_zero = zip(*edges, strict=True)
            found = known_sum(count, child, (min(lows), max(highs), any(has_zero)))
        if 1000 * found.error > 1 << GRAIN_BITS:
            raise Refusal(f"{here} may have an error beyond 10^-3.")
        return found

    return fold(network, step).error


LOG_SPACE_ERROR = Kind(
    {
        "circuit": circuit,
        **dict.fromkeys(("log_weights", "log_inputs"), listed(number)),
        "zeros": word("none", "allowed"),
        "bound": number,
    },
    {"Rounding": {}},
    log_space_error,
)
