"""Log-scores: the sign of one output and an interval for its logarithm, at exact numbers.

Scores of large networks are products of thousands of numbers, far outside what a float can hold. An
enclosure by dyadic intervals has no such limits, and shows the sign of sums that cancel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from circuitalg import deadline
from circuitalg.arithmetic.intervals import MAX_BITS, Interval, add, exponential, multiply, number
from circuitalg.circuit.canonical import matrix_to_json
from circuitalg.circuit.files import circuit_from_data, circuit_to_data
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, Node
from circuitalg.errors import RuleError
from circuitalg.files import number_from_json, number_to_json
from circuitalg.integers import shown
from circuitalg.kernel.subject import Data, matrix_from_json, statement_repr
from circuitalg.tensor.engine import lifetimes

MAX_LOG = 10**6
MAX_PRODUCTS = 50_000_000
_GUARD = 32
_NOTHING: Interval = (0, 0, 0)
_ONE: Interval = (1, 1, 0)

Number = int | Fraction
SparseRow = tuple[tuple[int, Interval], ...]
"""The entries of a row that are not 0, each with its column."""


@dataclass(frozen=True, slots=True)
class LogScore:
    """At these rational weights and inputs, output h has this sign and low ≤ log|h| ≤ high.

    The logarithm is the natural one, the weights are by parameter name, ``x`` has a row for each
    location. Scores in log-space: Cohen, Sharir, Shashua 2016, appendix E.
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

    __repr__ = statement_repr

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

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "LogScore",
            "circuit": circuit_to_data(self.circuit),
            "weights": {name: matrix_to_json(w) for name, w in sorted(self.weights.items())},
            "x": matrix_to_json(self.x),
            "output": self.output,
            "sign": self.sign,
            "low": number_to_json(self.low),
            "high": number_to_json(self.high),
        }


@dataclass(frozen=True, slots=True)
class Enclosure:
    """All values of the network in dyadic intervals of this many binary digits."""

    bits: int

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return f"enclosure, {self.bits} bits"

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing beyond elementary mathematics."""
        return ()

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            f"enclosure: intervals of {self.bits} binary digits and some more, rounded outward, "
            "hold every value\nthe output's lies between enclosures of exp(low) and exp(high)"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {"rule": "enclosure", "bits": self.bits}


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

    The weights are exact matrices of the parameters' shapes (`rules.log_score` sees to it).

    Raises
    ------
    RuleError
        When the sizes do not fit, or the enclosure does not show the statement.
    """
    if sign not in (1, -1):
        raise RuleError(f"the sign of a log-score is 1 or -1, got {sign}")
    if not (-MAX_LOG <= low <= MAX_LOG and -MAX_LOG <= high <= MAX_LOG):
        raise RuleError(f"the ends of a log-score lie between -{MAX_LOG:,} and {MAX_LOG:,}")
    first, last, e = enclosed_output(circuit, weights, x, output, proof.bits)
    if sign < 0:
        first, last = -last, -first
    if first <= 0:
        raise RuleError(
            f"the output is not shown to have the sign {sign}: its enclosure holds other numbers "
            "too; use more bits, or the other sign"
        )
    digits = proof.bits + _GUARD
    least = exponential(number(low, digits + 20), digits)
    most = exponential(number(high, digits + 20), digits)
    if not _at_most(least[1], least[2], first, e):
        raise RuleError(
            "the output is not shown to be at least exp(low); lower it or use more bits"
        )
    if not _at_most(last, e, most[0], most[2]):
        raise RuleError(
            "the output is not shown to be at most exp(high); raise it or use more bits"
        )
    kept = MappingProxyType(dict(weights))
    return LogScore(circuit, kept, x, output, sign, low, high)


def enclosed_output(
    circuit: Circuit, weights: Mapping[str, Matrix], x: Matrix, output: int, bits: int
) -> Interval:
    """Enclose one output of a network at exact numbers, by intervals of ``bits`` + 32 digits.

    Raises
    ------
    RuleError
        When something does not fit, beyond 50,000,000 products, or where a value leaves the range
        of the exponents.
    """
    if type(bits) is not int or not 1 <= bits <= MAX_BITS:
        raise RuleError(f"bits must be an integer from 1 to {MAX_BITS}, got {shown(bits)}")
    if not 0 <= output < circuit.num_outputs:
        raise RuleError(
            f"the network has outputs 0 to {circuit.num_outputs - 1}, got {shown(output)}"
        )
    if tuple(map(len, x)) != circuit.dims:
        raise RuleError("x must have a row for each location, as long as its dimension")
    products = sum(_products(circuit, node) for node in circuit.nodes)
    if products > MAX_PRODUCTS:
        raise RuleError(
            f"the enclosure takes {products:,} products, more than {MAX_PRODUCTS:,}; bound the "
            "rounding error of a float64 evaluation instead: prove_log_space_error"
        )
    return _Pass(weights, bits + _GUARD).run(circuit.nodes, x, output)


def _products(circuit: Circuit, node: Node) -> int:
    if node.kind == "sum":
        return node.width * sum(circuit.nodes[child].width for child in node.children)
    return node.width * len(node.children)


class _Pass:
    """One bottom-up pass: a node's value is a list of intervals, one for each channel."""

    def __init__(self, weights: Mapping[str, Matrix], digits: int) -> None:
        self._weights = weights
        self._digits = digits
        self._rows: dict[str | int, list[SparseRow]] = {}

    def run(self, nodes: Sequence[Node], x: Matrix, output: int) -> Interval:
        """Enclose the chosen channel of the last node."""
        last = len(nodes) - 1
        values: dict[int, list[Interval]] = {}
        for i, done in lifetimes(nodes):
            deadline.look()
            node = nodes[i]
            below = [values[child] for child in node.children]
            if node.location is not None:
                values[i] = [number(entry, self._digits) for entry in x[node.location]]
            elif node.kind == "constant":
                values[i] = [_ONE] * node.width
            elif node.kind == "product":
                values[i] = [self._product(factors) for factors in zip(*below, strict=True)]
            else:
                matrices = [self._matrix(label) for label in node.matrices]
                channels = range(node.width) if i != last else [output]
                values[i] = [self._sum([m[c] for m in matrices], below) for c in channels]
            for child in done:
                del values[child]
        return values[last][0 if nodes[last].kind == "sum" else output]

    def _product(self, factors: Sequence[Interval]) -> Interval:
        found = factors[0]
        for factor in factors[1:]:
            found = multiply(found, factor, self._digits)
        return found

    def _sum(self, rows: Sequence[SparseRow], below: Sequence[Sequence[Interval]]) -> Interval:
        found = _NOTHING
        for row, child in zip(rows, below, strict=True):
            for column, entry in row:
                term = multiply(entry, child[column], self._digits)
                found = add(found, term, self._digits) if found is not _NOTHING else term
        return found

    def _matrix(self, label: str | Matrix) -> list[SparseRow]:
        """Enclosed entries by row, once for each matrix."""
        key = label if isinstance(label, str) else id(label)
        if key not in self._rows:
            matrix = self._weights[label] if isinstance(label, str) else label
            self._rows[key] = [
                tuple((k, number(entry, self._digits)) for k, entry in enumerate(row) if entry)
                for row in matrix
            ]
        return self._rows[key]


def _at_most(x: int, e: int, y: int, f: int) -> bool:
    """Whether x · 2^e ≤ y · 2^f, for positive x and y."""
    top, other = x.bit_length() + e, y.bit_length() + f
    if top != other:  # and so no shift below exceeds the number of digits
        return top < other
    return x << max(e - f, 0) <= y << max(f - e, 0)


def read(statement: Data, proof: Data) -> tuple[Any, ...]:
    """Read the arguments of `rules.log_score` from JSON."""
    if proof["rule"] != "enclosure":
        raise RuleError(f"there is no rule {proof['rule']!r} for log-scores")
    weights = {name: matrix_from_json(rows) for name, rows in statement["weights"].items()}
    x = matrix_from_json(statement["x"])
    ends = [number_from_json(statement[end], f"the number {end}") for end in ("low", "high")]
    return (
        circuit_from_data(statement["circuit"]),
        weights,
        x,
        statement["output"],
        statement["sign"],
        *ends,
        Enclosure(proof["bits"]),
    )
