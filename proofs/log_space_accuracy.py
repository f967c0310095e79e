"""Accuracy in log-space: certified log-scores, the proved bound on rounding, and what float64 does.

Statement. A network with non-negative weights is evaluated in log-space: sums become log-sum-exp,
products become sums. For each size two theorems. One encloses the log-score log h(x) of actual
weights and inputs, to 128 binary digits, by intervals with rational ends. The other bounds, for
*all* weights and inputs in the same ranges, what rounding in float64 does to log-scores. Between
the two lies the measured float64 log-score; the plain float64 score underflows to 0.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), appendix E ("computation in log-space"), which names the problem; the bound is
derived in docs/rules/logspace.md.

Sizes. HT models of N = 4, 16, 64, 256, 1024 and 4096 locations, M = 4, all widths 4, unshared; rows
of weights are random points of simplices, inputs random numbers below 1. With --locations: these;
--plot FILE draws them.

Nearby and false. The bound is about the steps of circuitalg.logspace.products alone: plain float64
violates it where the score is below 1e-308, and gives log 0 from N = 1024 on here. And it is not
a bound relative to the log-score: that may be 0 where rounding errors are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import circuitalg as ca

DIM, WIDTH, BITS = 4, 4, 128
SIZES = [4, 16, 64, 256, 1024, 4096]


@dataclass(frozen=True)
class Row:
    """One size: the middle of the certified interval, the bound, and errors of float64."""

    locations: int
    score: float
    bound: float
    error: float
    plain: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove two theorems for each size, and measure."""
    options = {"locations": SIZES, "plot": ""}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        if session.sizes["plot"]:
            ca.check_picture(session.sizes["plot"])
        found = [rows for n in session.sizes["locations"] for rows in accuracy(session, n)]
        if session.results is None:
            print(table(found))
        if session.sizes["plot"]:
            plot(found, Path(session.sizes["plot"]))


def numbers(locations: int) -> tuple[Any, dict[str, Any], Any]:
    """The network, its weights and one input, as floats."""
    levels = max(1, (locations - 1).bit_length())
    deep = ca.ht_model(locations, DIM, [WIDTH] * levels)
    draw = np.random.default_rng(locations)
    weights = {
        name: draw.dirichlet(np.ones(columns), rows)
        for name, (rows, columns) in deep.parameters.items()
    }
    return deep, weights, draw.uniform(0.01, 1, (locations, DIM))


def digest(arrays: Sequence[Any]) -> str:
    """Name the numbers: another NumPy may draw others."""
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def accuracy(session: ca.Session, locations: int) -> list[Row]:
    """Certify the log-score, prove the bound, and demand that float64 keeps it."""
    sizes, source = f"N={locations} M={DIM} r={WIDTH}", "App. E"
    rows: list[Row] = []
    with session.claim("log-space: the log-score at given weights", sizes, source) as claim:
        deep, weights, x = numbers(locations)
        question = (deep, digest([*weights.values(), x]), BITS)
        certain = claim.prove(question, lambda: ca.prove_log_score(deep, weights, x, bits=BITS))
        score = certain.statement
        claim.expect(score.high - score.low < Fraction(8, 1 << BITS), "the interval is too wide")
    with session.claim("log-space: rounding of float64, for all weights", sizes, source) as claim:
        deep, weights, x = numbers(locations)
        ranges = ca.log_ranges(weights, x)
        bounded = claim.prove(
            (deep, *ranges), lambda: ca.prove_log_space_error(deep, *ranges)
        ).statement
        ends = (score.low, score.high)
        found = float(ca.evaluate_over(deep, weights, x[None], "log")[0, 0])
        error = max(abs(Fraction(found) - end) for end in ends)
        claim.expect(error <= bounded.bound, "the float64 log-score is off by more than the bound")
        with np.errstate(divide="ignore", under="ignore"):
            plain = float(deep.evaluate(weights, x[None])[0, 0])
        middle = float((score.low + score.high) / 2)
        rows.append(Row(locations, middle, float(bounded.bound), float(error), plain))
    return rows


def table(rows: Sequence[Row]) -> str:
    """Side by side, as text."""
    heads = ("log-score, certified", "bound, all weights", "error, float64", "plain float64")
    lines = ["", "    N" + "".join(f"{head:>22}" for head in heads)]
    lines += [
        f"{r.locations:>5}{r.score:>22.12f}{r.bound:>22.2e}{r.error:>22.1e}{r.plain:>22.3e}"
        for r in rows
    ]
    return "\n".join(lines)


def plot(rows: Sequence[Row], path: Path) -> None:
    """Draw the scores with float64's range, and the errors with their bound."""
    import matplotlib as mpl  # noqa: PLC0415  (slow to import; only pictures need it)

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "circuitalg"
    import matplotlib.pyplot as plt  # noqa: PLC0415

    sizes = [row.locations for row in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    left.plot(sizes, [-row.score for row in rows], "o-", label="certified: log h(x)")
    seen = [row for row in rows if row.plain]
    left.plot(
        [row.locations for row in seen],
        [float(-np.log(row.plain)) for row in seen],
        "kx",
        markersize=9,
        label="log of the plain float64 score",
    )
    left.axhline(745.13, color="0.4", linestyle=":", label="below: float64 gives 0")
    left.set(ylabel="−log h(x)", yscale="log")
    left.invert_yaxis()
    right.plot(sizes, [row.bound for row in rows], "s--", label="proved, all weights in the range")
    right.plot(sizes, [row.error for row in rows], "o-", label="measured")
    half_ulp = [float(np.spacing(abs(row.score))) / 2 for row in rows]
    right.plot(sizes, half_ulp, ":", color="0.4", label="half an ulp of the log-score")
    right.set(ylabel="error of the float64 log-score", yscale="log", ylim=(1e-17, 1e-6))
    for panel in (left, right):
        panel.set(xlabel="locations N", xscale="log")
        panel.set_xticks(sizes, [f"{n:,}" for n in sizes])
        panel.minorticks_off()
    left.legend(loc="upper right")
    right.legend(loc="upper left")
    ca.save_picture(figure, path)


if __name__ == "__main__":
    main()
