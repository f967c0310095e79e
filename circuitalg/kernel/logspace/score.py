"""Log-scores: the sign of one output and an interval for its logarithm, at exact numbers.

Scores of large networks are products of thousands of numbers, far outside what a float can hold. An
enclosure by balls has no such limits, and shows the sign of sums that cancel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import mul

from circuitalg import deadline
from circuitalg.arithmetic.balls import Ball, ball, check_bits, precision
from circuitalg.circuit.fold import fold, location_of
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, Node
from circuitalg.circuit.weights import check_shapes
from circuitalg.errors import RuleError
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof, check_output
from circuitalg.python_code import AS_CODE

MAX_LOG = 10**6
MAX_PRODUCTS = 50_000_000
_GUARD = 32
"""Digits beyond the proof's; the checker carries 64, so that it accepts what passes here."""
_LEAST, _MOST = ball(2) ** -(2**40), ball(2) ** 2**40

Number = int | Fraction
SparseRow = tuple[tuple[int, Ball], ...]
"""The entries of a row that are not 0, each with its column."""


@dataclass(frozen=True, slots=True)
class LogScore:
    """At these rational weights and inputs, output h has this sign and low ≤ log|h| ≤ high.

    The logarithm is the natural one, the weights are by parameter name, ``x`` has a row for each
    location. Scores in log-space: Cohen, Sharir, Shashua 2016, appendix E.

    Examples
    --------
    >>> import circuitalg as ca
    >>> network = ca.cp_model(2, 2, 1)
    >>> weights = {"a0.0": [[1, 1]], "a0.1": [[2, 1]], "out": [[1]]}
    >>> print(ca.prove_log_score(network, weights, [[1, 1], [1, 0]]))
    Theorem: at the given weights and inputs, output 0 of the network is positive, and the
    natural logarithm of its magnitude lies in [low, high], about 1.38629436112 +- 2^-127
    """

    circuit: Circuit
    weights: Mapping[str, Matrix]
    x: Matrix
    output: int
    sign: int
    low: Number
    high: Number

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"log {'' if self.sign > 0 else '-'}h = {self._interval()}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        side = "positive" if self.sign > 0 else "negative"
        return (
            f"at the given weights and inputs, output {self.output} of the network is {side}, and "
            f"the natural logarithm of its magnitude lies in [low, high], about {self._interval()}"
        )

    def _interval(self) -> str:
        """Its middle to 12 digits, and a power of 2 above half its width."""
        half = Fraction(self.high - self.low) / 2
        power = half.numerator.bit_length() - half.denominator.bit_length() + 1
        return f"{float(self.low + half):.12g}{f' +- 2^{power}' if half else ''}"


@dataclass(frozen=True, slots=True)
class Enclosure(Proof):
    """All values of the network in dyadic intervals of this many binary digits."""

    bits: int

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return f"enclosure, {self.bits} bits"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            f"enclosure: intervals of {self.bits} binary digits and some more, rounded outward, "
            "hold every value\nthe output's lies between enclosures of exp(low) and exp(high)"
        )


@rule
def log_score(
    circuit: Circuit,
    weights: Mapping[str, Matrix],
    x: Matrix,
    output: int,
    sign: int,
    low: Number,
    high: Number,
    proof: Enclosure,
) -> LogScore:
    """Enclose the output, and compare with enclosures of exp(low) and exp(high).

    Raises
    ------
    RuleError
        When the sizes do not fit, or the enclosure does not show the statement.
    """
    check_shapes(circuit.parameters, weights)
    if sign not in (1, -1):
        raise RuleError(f"the sign of a log-score is 1 or -1, got {sign}")
    if not (-MAX_LOG <= low <= MAX_LOG and -MAX_LOG <= high <= MAX_LOG):
        raise RuleError(f"the ends of a log-score lie between -{MAX_LOG:,} and {MAX_LOG:,}")
    with precision(proof.bits + _GUARD):
        magnitude = sign * enclosed_output(circuit, weights, x, output, proof.bits)
        if not magnitude > 0:
            raise RuleError(
                f"the output is not shown to have the sign {sign}: its enclosure holds other "
                "numbers too; use more bits, or the other sign"
            )
        if not ball(low).exp() <= magnitude:
            raise RuleError(
                "the output is not shown to be at least exp(low); lower it or use more bits"
            )
        if not magnitude <= ball(high).exp():
            raise RuleError(
                "the output is not shown to be at most exp(high); raise it or use more bits"
            )
    return LogScore(circuit, weights, x, output, sign, low, high)


def enclosed_output(
    circuit: Circuit, weights: Mapping[str, Matrix], x: Matrix, output: int, bits: int
) -> Ball:
    """Enclose one output of a network at exact numbers, by balls of ``bits`` + 32 digits.

    Raises
    ------
    RuleError
        When something does not fit, beyond 50,000,000 products, or where a value leaves the range
        of the exponents.
    """
    check_bits(bits)
    check_output(circuit, output)
    if tuple(map(len, x)) != circuit.dims:
        raise RuleError("x must have a row for each location, as long as its dimension")
    products = sum(_products(circuit, node) for node in circuit.nodes)
    if products > MAX_PRODUCTS:
        raise RuleError(
            f"the enclosure takes {products:,} products, more than {MAX_PRODUCTS:,}; bound the "
            "rounding error of a float64 evaluation instead: prove_log_space_error"
        )
    with precision(bits + _GUARD):
        values = fold(circuit.nodes, _Values(circuit.nodes[-1], weights, x, output))
    return values[0 if circuit.nodes[-1].kind == "sum" else output]


def _products(circuit: Circuit, node: Node) -> int:
    if node.kind == "sum":
        return node.width * sum(circuit.nodes[child].width for child in node.children)
    return node.width * len(node.children)


class _Values:
    """The algebra of balls, one for each channel; of a last sum for the chosen one alone."""

    def __init__(self, last: Node, weights: Mapping[str, Matrix], x: Matrix, output: int) -> None:
        self._last, self._weights, self._x, self._output = last, weights, x, output
        self._rows: dict[str | int, list[SparseRow]] = {}

    def leaf(self, node: Node) -> list[Ball]:
        return [ball(entry) for entry in self._x[location_of(node)]]

    def one(self, node: Node) -> list[Ball]:
        return [ball(1)] * node.width

    def product(self, _node: Node, below: Sequence[list[Ball]]) -> list[Ball]:
        deadline.look()
        found = [reduce(mul, factors) for factors in zip(*below, strict=True)]
        # A ball of any exponent is a ball, but exponents that double with each product are long.
        if not all(_LEAST < abs(value) < _MOST or value.contains(0) for value in found):
            raise RuleError("a value is out of range: beyond 2^(+-2^40); take numbers nearer to 1")
        return found

    def sum(self, node: Node, below: Sequence[list[Ball]]) -> list[Ball]:
        deadline.look()
        matrices = [self._matrix(label) for label in node.matrices]
        channels = [self._output] if node is self._last else range(node.width)
        return [self._sum([matrix[c] for matrix in matrices], below) for c in channels]

    @staticmethod
    def _sum(rows: Sequence[SparseRow], below: Sequence[list[Ball]]) -> Ball:
        found = ball(0)
        for row, child in zip(rows, below, strict=True):
            for column, entry in row:
                found += entry * child[column]
        return found

    def _matrix(self, label: str | Matrix) -> list[SparseRow]:
        """Enclosed entries by row, once for each matrix."""
        key = label if isinstance(label, str) else id(label)
        if key not in self._rows:
            matrix = self._weights[label] if isinstance(label, str) else label
            self._rows[key] = [
                tuple((k, ball(entry)) for k, entry in enumerate(row) if entry) for row in matrix
            ]
        return self._rows[key]
