"""Rounding in log-space: a bound on the error of float64 log-scores, before anything is evaluated.

docs/rules/logspace.md derives each term from the steps of `circuitalg.logspace.products`; the
letters here are those of that page. Method: Wilkinson's backward error analysis, as in Higham,
Accuracy and Stability of Numerical Algorithms, 2002, chapters 2 to 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from circuitalg.circuit.fold import scan
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, Node
from circuitalg.errors import RuleError
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof, short_name
from circuitalg.python_code import AS_CODE

Number = int | Fraction
Range = tuple[Number, Number]

ZEROS = ("none", "allowed")
MAX_LOG = 10**6
MAX_CHANNELS = 10**6
MAX_ERROR = Fraction(1, 1000)
MAX_FIXED_BITS = 1000

_U = Fraction(1, 1 << 53)  # unit roundoff of binary64
_KAPPA = 8  # exp and log are off by at most 8 u: 4 units in the last place
_LN2 = Fraction(6_931_472, 10**7)  # above log 2
_NORMAL = Fraction(708)  # exp(−708) is above the least normal number
_FALLBACK = 600  # sums of terms above exp(−600) are not taken again term by term
_VISIBLE = Fraction(668)  # those that are not are above exp(−668)
_GRID = 1 << 160


@dataclass(frozen=True, slots=True)
class LogSpaceError:
    """A bound on the rounding error of log-scores, for all weights and inputs in given ranges.

    Let the logarithms of all weights lie in ``log_weights`` and those of all inputs in
    ``log_inputs``, or be −∞ where ``zeros`` is "allowed", and let them be given as floats off by
    (8 · max(|low|, |high|) + 2) · 2^-53 at most. Every evaluation in binary64 by the steps of
    `circuitalg.logspace.products` differs from the exact log-score by at most ``bound``, and is −∞
    exactly where that is. Source: docs/rules/logspace.md, for the networks of Cohen, Sharir,
    Shashua 2016, appendix E.

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(ca.prove_log_space_error(ca.cp_model(2, 2, 2), (-5, 5), (-5, 5)))
    Theorem: for all weights with logarithms in [-5, 5] and inputs with logarithms in [-5, 5],
    float64 log-scores of the network 23bb3ff4016e... are off by at most 1.28e-13
    """

    circuit: Circuit
    log_weights: Range
    log_inputs: Range
    zeros: str
    bound: Number

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"error <= {float(self.bound):.3g}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        weights, inputs = (
            f"[{float(low):.6g}, {float(high):.6g}]"
            for low, high in (self.log_weights, self.log_inputs)
        )
        infinite = " (or -infinity)" if self.zeros == "allowed" else ""
        return (
            f"for all weights with logarithms in {weights} and inputs with logarithms in {inputs}"
            f"{infinite}, float64 log-scores of the network {short_name(self.circuit)} are "
            f"off by at most {float(self.bound):.3g}"
        )


@dataclass(frozen=True, slots=True)
class Rounding(Proof):
    """Errors and sizes are carried from the inputs to the output."""

    tactic = "rounding"
    sources = ("binary64 arithmetic, rounded to nearest, with exp and log as exact as stated",)

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            "rounding: errors of children add up in products and pass undiminished through sums\n"
            "each operation in binary64 adds its own, of at most 2^-53 (exp and log: 8 * 2^-53) of "
            "what it gives"
        )


@dataclass(frozen=True, slots=True)
class Logs:
    """What is known of a node's logarithms, for all weights and inputs.

    Attributes
    ----------
    low, high : bounds of the exact ones that are finite.
    apart : the largest difference of two finite ones of one value (two channels, one input).
    error : the largest difference of a computed one from the exact one.
    """

    low: Fraction
    high: Fraction
    apart: Fraction
    error: Fraction

    __repr__, _repr_pretty_ = AS_CODE

    @property
    def size(self) -> Fraction:
        """C: the largest magnitude of a computed one."""
        return max(abs(self.low), abs(self.high)) + self.error


@rule
def log_space_error(
    circuit: Circuit,
    log_weights: Range,
    log_inputs: Range,
    zeros: str,
    bound: Number,
    proof: Rounding,
) -> LogSpaceError:
    """Compute the bound node by node, and compare.

    Raises
    ------
    RuleError
        When a range is invalid, a fixed matrix is negative or zero, the logarithms are beyond the
        limits of docs/certificates.md, or the error found is above the bound.
    """
    del proof
    if not 0 <= bound <= 1:
        raise RuleError("the bound lies between 0 and 1")
    found = rounding_error(circuit, log_weights, log_inputs, zeros)
    if found > bound:
        raise RuleError(
            f"the rule gives an error of up to {float(found):.6g}, more than the bound "
            f"{float(bound):.6g}"
        )
    return LogSpaceError(circuit, log_weights, log_inputs, zeros, bound)


def rounding_error(circuit: Circuit, log_weights: Range, log_inputs: Range, zeros: str) -> Fraction:
    """Return the error that the rule gives, a multiple of 2^-160; refusals as above."""
    if zeros not in ZEROS:
        raise RuleError(f'zeros are "none" or "allowed", got {zeros!r}')
    for ends, name in ((log_weights, "weights"), (log_inputs, "inputs")):
        if not -MAX_LOG <= ends[0] <= ends[1] <= MAX_LOG:
            raise RuleError(
                f"the range of the logarithms of {name} must be low <= high, both between "
                f"-{MAX_LOG:,} and {MAX_LOG:,}"
            )
    ranges = _outward(log_weights), _outward(log_inputs)
    algebra = _Pass(circuit, *ranges, zeros == "allowed")
    return algebra.logs[scan(circuit.nodes, algebra)[-1]].error


def _up(x: Fraction) -> Fraction:
    """Round up to the grid: errors would gain 53 binary digits in each sum otherwise."""
    return Fraction(-(-x.numerator * _GRID // x.denominator), _GRID)


def _outward(ends: Range) -> tuple[Fraction, Fraction]:
    return -_up(-Fraction(ends[0])), _up(Fraction(ends[1]))


def _given(low: Fraction, high: Fraction) -> Fraction:
    """λ: how far the float of a logarithm in this range may be off.

    The number itself is rounded (u), which moves the logarithm by u; then log rounds (κ u of it).
    """
    return (_KAPPA * max(abs(low), abs(high)) + 2) * _U


class _Pass:
    """The algebra of what is known of logarithms; nodes computed alike are computed once.

    A node's value is the number of its entry in `logs`.
    """

    def __init__(
        self,
        circuit: Circuit,
        weights: tuple[Fraction, Fraction],
        inputs: tuple[Fraction, Fraction],
        zeros: bool,
    ) -> None:
        self._nodes, self._weights = circuit.nodes, (*weights, zeros)
        low, high = inputs
        self._inputs = Logs(low, high, high - low, _up(_given(low, high)))
        self._fixed: dict[int, tuple[Fraction, Fraction, bool]] = {}
        self._known: dict[tuple[Any, ...], int] = {}
        self.logs: list[Logs] = []

    def leaf(self, node: Node) -> int:
        return self._once(node, ("input",), lambda: self._inputs)

    def one(self, node: Node) -> int:
        nothing = Fraction(0)
        return self._once(node, ("constant",), lambda: Logs(nothing, nothing, nothing, nothing))

    def product(self, node: Node, below: Sequence[int]) -> int:
        return self._once(node, ("product", *below), lambda: _product(self._of(below)))

    def sum(self, node: Node, below: Sequence[int]) -> int:
        matrices = (None if isinstance(label, str) else id(label) for label in node.matrices)
        count = sum(self._nodes[child].width for child in node.children)
        key = ("sum", count, *matrices, *below)
        return self._once(node, key, lambda: self._sum(node, self._of(below), count))

    def _of(self, below: Sequence[int]) -> list[Logs]:
        return [self.logs[number] for number in below]

    def _once(self, node: Node, key: tuple[Any, ...], compute: Callable[[], Logs]) -> int:
        if key not in self._known:
            logs = compute()
            if logs.error > MAX_ERROR:  # it is at least 8 u times the size: nothing overflows
                raise RuleError(
                    f"node {node.name!r} may have an error above 10^-3; narrow the ranges"
                )
            self._known[key] = len(self.logs)
            self.logs.append(logs)
        return self._known[key]

    def _sum(self, node: Node, children: Sequence[Logs], count: int) -> Logs:
        if count > MAX_CHANNELS:
            raise RuleError(
                f"the sum {node.name!r} adds up {count:,} channels, more than {MAX_CHANNELS:,}"
            )
        edges = [self._edge(node, label) for label in node.matrices]
        lows, highs, zeros = zip(*edges, strict=True)
        return _sum(children, count, min(lows), max(highs), any(zeros))

    def _edge(self, node: Node, label: str | Matrix) -> tuple[Fraction, Fraction, bool]:
        """Range of the finite logarithms of a matrix, and whether a zero may stand in it."""
        if isinstance(label, str):
            return self._weights
        if id(label) not in self._fixed:
            self._fixed[id(label)] = _fixed_range(node, label)
        return self._fixed[id(label)]


def _fixed_range(node: Node, matrix: Matrix) -> tuple[Fraction, Fraction, bool]:
    entries = {entry for row in matrix for entry in row}
    positive = [entry for entry in entries if entry > 0]
    if not positive or min(entries) < 0:
        raise RuleError(
            f"a fixed matrix of the sum {node.name!r} is negative somewhere, or 0 everywhere; "
            "log-space needs non-negative numbers: circuitalg.split_signs(circuit)"
        )
    low = high = 0
    for entry in positive:
        top, bottom = entry.numerator.bit_length(), entry.denominator.bit_length()
        if abs(top - bottom) >= MAX_FIXED_BITS:
            raise RuleError(
                f"a fixed matrix of the sum {node.name!r} has an entry beyond "
                f"2^(+-{MAX_FIXED_BITS})"
            )
        if entry != 1:
            low, high = max(low, bottom), max(high, top)
    return -_LN2 * low, _LN2 * high, 0 in entries


def _product(children: Sequence[Logs]) -> Logs:
    """Logarithms are added in rounds of neighbours: ⌈log2 k⌉ roundings for each term at most."""
    rounds = (len(children) - 1).bit_length()
    sizes = sum((child.size for child in children), Fraction(0))
    errors = sum((child.error for child in children), Fraction(0))
    return Logs(
        sum((child.low for child in children), Fraction(0)),
        sum((child.high for child in children), Fraction(0)),
        sum((child.apart for child in children), Fraction(0)),
        _up(errors + Fraction(101, 100) * rounds * _U * sizes),
    )


def _sum(children: Sequence[Logs], n: int, a: Fraction, b: Fraction, zeros: bool) -> Logs:
    """Sum over n channels, logarithms of matrices in [a, b]; see docs/rules/logspace.md."""
    below = Logs(
        min(child.low for child in children),
        max(child.high for child in children),
        Fraction(0),
        max(child.error for child in children),
    )
    spread = children[0].apart if len(children) == 1 else below.high - below.low
    delta = spread + 2 * below.error  # largest exponent of a column
    lam = _given(a, b)
    rho = b - a + 2 * lam  # largest exponent of a row
    logs = _LN2 * (n - 1).bit_length()  # log n at most
    low, high = a + below.low, b + below.high + logs
    apart = high - low if zeros else min(b - a, high - low)
    log_of_sum = min(rho + delta, _VISIBLE) + logs + 1
    top_of_row = max(abs(a), abs(b)) + lam
    result = max(abs(low), abs(high)) + lam + below.error
    work = (
        min(rho, _NORMAL)
        + min(delta, _NORMAL)
        + 2 * _KAPPA  # two exponentials
        + (2 * n + 2)  # products, additions, and what underflows
        + (_KAPPA + 1) * log_of_sum
        + top_of_row
        + result
    )
    if rho + delta > _FALLBACK:
        work += below.size
    error = _up(lam + below.error + Fraction(105, 100) * _U * work)
    return Logs(low, high, apart, error)
