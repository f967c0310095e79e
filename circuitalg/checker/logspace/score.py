"""LogScore: the logarithm of an output at given weights and inputs, enclosed."""

from __future__ import annotations

import functools
import itertools

from ..circuit import CONSTANT, INPUT, PRODUCT, Circuit, fold, shaped_weights
from ..intervals import GUARD_BITS, MAX_ARGUMENT, MAX_BITS, ONE, Interval, Intervals, at_most
from ..meter import MAX_HELD
from ..read import Entry, Matrix, Refusal
from ..schema import Claim, Kind, circuit, integer, listed, number, output_of, weights
from ..verdict import decimal, digest, network_lines

MAX_WEIGHTS = 10_000_000  # and inputs


def log_score(claim: Claim) -> list[str]:
    """Interval arithmetic encloses an output between exponentials of rational numbers."""
    said, network = claim.said, claim.said["circuit"]
    output, sign, ends = output_of(claim, network), said["sign"], (said["low"], said["high"])
    if not sign:
        raise Refusal("the sign must be 1 or -1.")
    if max(map(abs, ends)) > MAX_ARGUMENT:
        raise Refusal(
            f"the ends of a log-score must lie between -{MAX_ARGUMENT} and {MAX_ARGUMENT}."
        )
    if list(map(len, said["x"])) != network.dims:
        raise Refusal("x must have a row for each location, as long as its dimension.")
    given = shaped_weights(network, said["weights"])
    intervals = Intervals(claim.proof["bits"] + GUARD_BITS, claim.meter)
    low, high, exponent = enclosed_outputs(network, given, said["x"], intervals)[output]
    if sign < 0:
        low, high = -high, -low
    if low <= 0:
        raise Refusal(f"the output is not shown to have the sign {sign}.")
    least, most = (intervals.exp(intervals.number(end)) for end in ends)
    if not at_most((least[1], least[2]), (low, exponent)):
        raise Refusal("the output is not shown to be at least exp(low) in magnitude.")
    if not at_most((high, exponent), (most[0], most[2])):
        raise Refusal("the output is not shown to be at most exp(high) in magnitude.")
    return [
        *network_lines(network),
        (
            "At the weights and inputs stored in the certificate (SHA-256"
            f" {digest(said['weights'], claim.meter)} and {digest(said['x'], claim.meter)}):"
        ),
        (
            f"output {output} of the network is {'positive' if sign > 0 else 'negative'}, and the"
            f" natural logarithm of its magnitude lies between {decimal(ends[0], up=False)} and"
            f" {decimal(ends[1], up=True)}."
        ),
    ]


def enclosed_outputs(
    network: Circuit, given: list[Matrix], x: list[list[Entry]], intervals: Intervals
) -> list[Interval]:
    """Enclose the outputs at rational weights and inputs."""
    meter, cost = intervals.meter, intervals.cost
    sizes = [rows * columns for rows, columns in network.shapes]
    if sum(sizes) + sum(network.dims) > MAX_WEIGHTS:
        raise Refusal(f"there are more than {MAX_WEIGHTS} weights and inputs.")
    free = [intervals.numbers(matrix) for matrix in given]
    fixed = [intervals.numbers(matrix) for matrix in network.matrices]
    vectors = intervals.numbers(x)

    def step(i: int, below: list[list[Interval]]) -> list[Interval]:
        width, kind = network.widths[i], network.kinds[i]
        meter.spend(100 * (width + 1))
        if kind == INPUT:
            return vectors[network.places[i]]
        if kind == CONSTANT:
            return [ONE] * width
        if kind == PRODUCT:
            meter.spend(len(below) * width * cost)
            return [functools.reduce(intervals.product, c) for c in zip(*below, strict=True)]
        meter.spend(sum(map(len, below)) * width * cost)
        rows = [free[r] if r >= 0 else fixed[-1 - r] for r in network.refs[i]]
        column = list(itertools.chain.from_iterable(below))
        return [
            intervals.sum(*map(intervals.product, itertools.chain(*row), column))
            for row in zip(*rows, strict=True)
        ]

    def hold(held: int, _: list[Interval]) -> None:
        if held * (2 * intervals.bits + 1500) > MAX_HELD:
            raise Refusal("the network has too many channels to be kept at a time.")

    return fold(network, step, len, hold)


LOG_SCORE = Kind(
    {
        "circuit": circuit,
        "weights": weights,
        "x": listed(listed(number)),
        "output": integer(0),
        "sign": integer(-1, 1),
        "low": number,
        "high": number,
    },
    {"Enclosure": {"bits": integer(1, MAX_BITS)}},
    log_score,
)
