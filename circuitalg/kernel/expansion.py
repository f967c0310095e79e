"""Normal forms: networks multiplied out as polynomials in their weights and inputs, with FLINT.

FLINT ends the whole process when memory runs out, so everything is estimated before: the degree
and the digits of every node by a recursion over the circuit, the work of every product of
polynomials by their numbers of terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.kernel.matrices import MAX_TERMS, Entry, Rows, Table, Variable, parameter
from circuitalg.kernel.work import Work

_MAX_VARIABLES = 5_000
_MAX_CHANNELS = 100_000
_MAX_DEGREE = 10_000
_MAX_BITS = 20_000
_MAX_PRODUCTS = 5_000_000
_MAX_BYTES = 1 << 30


def expand(a: Circuit, b: Circuit, weights: Mapping[str, Rows], table: Table) -> None:
    """Refuse unless a, and b at these weights, are the same polynomials.

    Raises
    ------
    RuleError
        When they differ, or are too large to be multiplied out.
    """
    own = {name: table.rows(parameter(name)) for name in a.parameters}
    if a.num_parameters + sum(a.dims) > _MAX_VARIABLES:
        raise RuleError(
            f"networks with more than {_MAX_VARIABLES:,} weights and inputs are not multiplied "
            "out; use a simulation"
        )
    work = table.work
    bits = max(_size_bits(a, own, work), _size_bits(b, weights, work))
    ring = _Ring(a, bits, work)
    left, right = (ring.outputs(circuit, rows) for circuit, rows in ((a, own), (b, weights)))
    for output, (first, second) in enumerate(zip(left, right, strict=True)):
        if first != second:
            raise RuleError(f"the two networks' outputs {output} are different polynomials")


def _size_bits(circuit: Circuit, weights: Mapping[str, Rows], work: Work) -> int:
    """Bound every node's degree and the bits of its coefficients before they are computed.

    The sum of the absolute values of a polynomial's coefficients is multiplicative, and so are
    common denominators.
    """
    if sum(node.width for node in circuit.nodes) > _MAX_CHANNELS:
        raise RuleError(
            f"networks with more than {_MAX_CHANNELS:,} channels are not multiplied out; "
            "use a simulation"
        )
    sizes = {name: _size(rows, work) for name, rows in weights.items()}
    known: list[_Size] = []
    largest = 0
    for node in circuit.nodes:
        below = [known[child] for child in node.children]
        if node.kind == "sum":
            edges = [
                sizes[label] if isinstance(label, str) else _fixed_size(label, work)
                for label in node.matrices
            ]
            pairs = list(zip(edges, below, strict=True))
            degree = max(x.degree + y.degree for x, y in pairs)
            norm = max(x.norm + y.norm for x, y in pairs) + (len(pairs) - 1).bit_length()
            denominator = sum(x.denominator + y.denominator for x, y in pairs)
        else:
            degree = int(node.location is not None) + sum(size.degree for size in below)
            norm = sum(size.norm for size in below)
            denominator = sum(size.denominator for size in below)
        bits = norm + 2 * denominator
        if degree > _MAX_DEGREE or bits > _MAX_BITS:
            raise RuleError(
                f"at the node {node.name!r} degrees or numbers may be too large to be multiplied "
                "out; use a simulation"
            )
        known.append(_Size(degree, norm, denominator))
        largest = max(largest, bits)
    return largest


class _Size(NamedTuple):
    """Bounds: the degree, bits of the sum of absolute values, bits of the common denominator."""

    degree: int
    norm: int
    denominator: int


def _size(rows: Rows, work: Work) -> _Size:
    """Bounds for what a row of a matrix does to the values that it is applied to."""
    work.spend(sum(1 + len(entry) for row in rows for entry in row))
    degree = max((len(m) for row in rows for entry in row for m in entry), default=0)
    numbers = [[c for entry in row for c in entry.values()] for row in rows]
    return _Size(degree, *_number_bits(numbers))


def _fixed_size(matrix: Matrix, work: Work) -> _Size:
    work.spend(len(matrix) * len(matrix[0]))
    return _Size(0, *_number_bits(matrix))


def _number_bits(rows: Sequence[Sequence[int | Fraction]]) -> tuple[int, int]:
    """Bits of the largest sum of absolute values, rounded up, and of the denominators."""
    norms = (sum(-(-abs(c.numerator) // c.denominator) for c in row) for row in rows)
    denominators = (sum((c.denominator - 1).bit_length() for c in row) for row in rows)
    return max((norm - 1).bit_length() if norm else 0 for norm in norms), max(denominators)


class _Ring:
    """Polynomials in the weights of one network and its inputs, with a budget."""

    def __init__(self, circuit: Circuit, bits: int, work: Work) -> None:
        import flint

        self.work = work
        size = circuit.num_parameters + sum(circuit.dims)
        self.most = _MAX_BYTES // (16 + 2 * size + bits // 8)
        """Terms that fit into the memory allowed."""
        context = flint.fmpq_mpoly_ctx.get([f"v{n}" for n in range(size)], "lex")
        generators = iter(context.gens())
        self.variables: dict[Variable, Any] = {
            (name, r, c): next(generators)
            for name, (rows, columns) in circuit.parameters.items()
            for r in range(rows)
            for c in range(columns)
        }
        self.inputs = [[next(generators) for _ in range(dim)] for dim in circuit.dims]
        self.one = context.constant(1)
        self.held = 0

    def outputs(self, circuit: Circuit, weights: Mapping[str, Rows]) -> list[Any]:
        """The polynomials of the last node's channels."""
        values: list[list[Any]] = []
        matrices: dict[str, list[list[Any]]] = {}
        for node in circuit.nodes:
            if node.location is not None:
                found = self.inputs[node.location]
            elif node.kind == "sum":
                found = [0 * self.one] * node.width
                for label, child in zip(node.matrices, node.children, strict=True):
                    if not isinstance(label, str):
                        rows = [[self.number(x) for x in row] for row in label]
                    else:
                        if label not in matrices:
                            matrices[label] = self.polynomials(weights[label])
                        rows = matrices[label]
                    for r, row in enumerate(rows):
                        for entry, value in zip(row, values[child], strict=True):
                            found[r] = self.kept(found[r] + self.times(entry, value))
            else:
                found = [self.one] * node.width
                for child in node.children:
                    found = [self.times(x, y) for x, y in zip(found, values[child], strict=True)]
            self.hold(sum(map(len, found)))
            values.append(found)
        return values[-1]

    def hold(self, terms: int) -> None:
        """Count what is kept."""
        self.held += terms
        if self.held > self.most:
            raise RuleError("the networks have too many terms to keep; use a simulation")

    def times(self, first: Any, second: Any) -> Any:
        """Multiply, if the budget allows it."""
        count = len(first) * len(second)
        self.work.spend(1 + count)
        if count > min(_MAX_PRODUCTS, self.most):
            raise RuleError("the networks are too large to be multiplied out; use a simulation")
        return self.kept(first * second)

    def kept(self, value: Any) -> Any:
        """Refuse too many terms."""
        self.work.spend(len(value))
        if len(value) > MAX_TERMS:
            raise RuleError(f"a node has more than {MAX_TERMS:,} terms; use a simulation")
        return value

    def polynomials(self, rows: Rows) -> list[list[Any]]:
        """A matrix of an expression."""
        return [[self.polynomial(entry) for entry in row] for row in rows]

    def polynomial(self, entry: Entry) -> Any:
        """One of its entries."""
        total = 0 * self.one
        for monomial, c in entry.items():
            term = self.number(c)
            for variable in monomial:
                term = self.times(term, self.variables[variable])
            total = self.kept(total + term)
        self.hold(len(total))
        return total

    def number(self, value: int | Fraction) -> Any:
        """A rational number."""
        import flint

        return self.one * flint.fmpq(int(value.numerator), int(value.denominator))
