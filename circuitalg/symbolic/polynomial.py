"""One output of a circuit as an element of a sparse SymPy polynomial ring.

No expression is ever expanded. A multilinear circuit with given weights is read off its coefficient
tensor; everything else is multiplied out bottom-up by FLINT's sparse polynomials (by SymPy's where
a weight is a float).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import comb, prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from circuitalg.circuit.fold import fold, location_of
from circuitalg.circuit.weights import as_weights
from circuitalg.edge import as_output
from circuitalg.errors import TooLargeError
from circuitalg.memory import check_bytes
from circuitalg.options import choice, natural
from circuitalg.tensor.coefficients import coefficient_tensor
from circuitalg.tensor.convert import to_numpy

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit
    from circuitalg.circuit.node import Matrix, Node

_FORMS = ("ring", "poly", "expr")
# A term is a tuple of exponents, a coefficient and their place in a dictionary.
_TERM_BYTES = 250
# Beyond this many locations degrees are not looked at to bound the number of terms.
_DEGREES_UP_TO = 64
# NumPy's arrays have up to 64 axes, and the indices of a tensor one more than the tensor.
_AXES = 64


def polynomial(
    circuit: Circuit,
    weights: Mapping[str, Any] | None = None,
    form: str = "ring",
    output: int = 0,
    max_terms: int = 10_000_000,
) -> Any:
    """Return one output as a polynomial in the representation values, and in symbolic weights.

    Variables are ``x{i}_{d}`` (location i, coordinate d) and, when no weights are given,
    ``name[r,c]`` for each entry of each parameter, before them.

    Parameters
    ----------
    circuit
        Any circuit.
    weights
        Array by parameter name: integers, objects (int and Fraction), or floats. None keeps the
        weights as symbols.
    form
        "ring" for an element of ``sympy.polys.rings``, "poly" for ``sympy.Poly`` (which nests one
        list per variable: slow from thousands of terms on), "expr" for an expression.
    output
        Which output.
    max_terms
        Refuse when a bound on the number of terms exceeds this.

    Returns
    -------
    A polynomial over ZZ, over QQ when a weight or fixed matrix has a Fraction, over RR when a
    weight is a float.

    Raises
    ------
    TooLargeError
        With the bound on the number of terms.
    WeightError
        When the weights do not fit.
    CircuitError
        For an unknown form.

    Examples
    --------
    >>> from circuitalg.circuit.models import cp_model
    >>> polynomial(cp_model(locations=2, dim=1, width=1), form="expr")
    a0.0[0,0]*a0.1[0,0]*out[0,0]*x0_0*x1_0
    """
    form, output = choice("form", form, _FORMS), as_output(circuit, output)
    max_terms = natural("max_terms", max_terms, 1)
    if weights is not None:
        weights = as_weights(circuit, weights)
    given = None if weights is None else {n: to_numpy(w) for n, w in weights.items()}
    entries = prod(circuit.dims) if given is not None and circuit.is_multilinear else None
    by_tensor = entries is not None and entries <= max_terms and len(circuit.dims) < _AXES
    _check_terms(circuit, given is None, entries, max_terms)

    from sympy.polys.rings import PolyRing

    domain, number = _domain(circuit, given)
    ring = PolyRing(_symbols(circuit, given is None), domain, "lex")
    if by_tensor and given is not None:
        terms = _tensor_terms(circuit, given, output)
    else:
        terms = _product_terms(circuit, given, output, ring)
    result = ring.from_dict({exponents: number(c) for exponents, c in terms if c})
    if form == "ring":
        return result
    if form == "expr":
        return result.as_expr()
    from sympy import Poly

    return Poly.from_dict(dict(result), *ring.symbols, domain=domain)


def _check_terms(circuit: Circuit, symbolic: bool, entries: int | None, max_terms: int) -> None:
    """Refuse polynomials of too many terms, or too long for the memory.

    ``entries`` is the size of the coefficient tensor, where the terms are its entries.
    """
    terms = entries
    if terms is None or terms > max_terms:
        bound = _most_terms(circuit, symbolic)
        terms = bound if entries is None else min(bound, entries)
    if terms > max_terms:
        number = f"{terms:,}" if terms < 10**30 else f"about 2^{terms.bit_length() - 1}"
        raise TooLargeError(
            f"the polynomial could have {number} terms, more than max_terms, {max_terms:,}; "
            "use circuit.coefficients for chosen coefficients, or raise max_terms"
        )
    variables = sum(circuit.dims) + (circuit.num_parameters if symbolic else 0)
    check_bytes(
        2 * terms * (8 * variables + _TERM_BYTES),
        None,
        "the polynomial",
        "use circuit.coefficients for chosen coefficients",
    )


def _most_terms(circuit: Circuit, symbolic: bool) -> int:
    """A bound on the number of terms of one output, from the circuit's shape alone."""
    look = not symbolic and circuit.num_locations <= _DEGREES_UP_TO
    return fold(circuit.nodes, _Terms(circuit, look)).terms


class _Shape(NamedTuple):
    """Terms of a channel at most, and their degree in each location's variables."""

    terms: int
    degrees: dict[int, int]


class _Terms:
    """The algebra of these bounds; ``look`` at degrees, too, or leave them out."""

    def __init__(self, circuit: Circuit, look: bool) -> None:
        self._circuit, self._look = circuit, look

    def leaf(self, node: Node) -> _Shape:
        return self._shape(1, {location_of(node): 1})

    def one(self, _node: Node) -> _Shape:
        return _Shape(1, {})

    def sum(self, node: Node, below: Sequence[_Shape]) -> _Shape:
        columns = (self._circuit.nodes[child].width for child in node.children)
        count = sum(
            _row_entries(label, width) * child.terms
            for label, width, child in zip(node.matrices, columns, below, strict=True)
        )
        return self._shape(count, self._degrees(below, max))

    def product(self, _node: Node, below: Sequence[_Shape]) -> _Shape:
        count = prod(child.terms for child in below)
        return self._shape(count, self._degrees(below, operator.add))

    def _degrees(
        self, below: Sequence[_Shape], either: Callable[[int, int], int]
    ) -> dict[int, int]:
        total: dict[int, int] = {}
        for child in below:
            for place, degree in child.degrees.items():
                total[place] = either(total.get(place, 0), degree)
        return total

    def _shape(self, count: int, degrees: dict[int, int]) -> _Shape:
        if not self._look:
            return _Shape(count, {})
        dims = self._circuit.dims
        most = prod(comb(dims[place] + d, d) for place, d in degrees.items())
        return _Shape(min(count, most), degrees)


def _row_entries(label: str | Matrix, columns: int) -> int:
    """The largest number of non-zero entries in a row."""
    return columns if isinstance(label, str) else max(sum(e != 0 for e in row) for row in label)


def _domain(
    circuit: Circuit, given: Mapping[str, np.ndarray] | None
) -> tuple[Any, Callable[[Any], Any]]:
    """The coefficients' domain, and how to convert a number to it."""
    from sympy import CC, QQ, RR, ZZ

    kinds = {table.dtype.kind for table in (given or {}).values()}
    if "c" in kinds:
        return CC, lambda c: CC(complex(c).real, complex(c).imag)
    if "f" in kinds:
        return RR, lambda c: RR(float(c))
    tables: list[Iterable[Any]] = [t.ravel().tolist() for t in (given or {}).values()]
    for node in circuit.nodes:
        tables.extend(row for label in node.matrices if isinstance(label, tuple) for row in label)
    if any(isinstance(entry, Fraction) for table in tables for entry in table):
        return QQ, lambda c: QQ.dtype(c.numerator, c.denominator)
    return ZZ, ZZ.dtype


def _symbols(circuit: Circuit, symbolic: bool) -> list[Any]:
    """Weights by name, row and column; then representation values by location."""
    from sympy import Symbol

    names = [f"x{i}_{d}" for i, dim in enumerate(circuit.dims) for d in range(dim)]
    if symbolic:
        entries = [
            f"{name}[{r},{c}]"
            for name, (rows, columns) in circuit.parameters.items()
            for r in range(rows)
            for c in range(columns)
        ]
        names = entries + names
    # No two names are equal: each ends in its own [r,c] after its parameter's name.
    return [Symbol(name) for name in names]


def _tensor_terms(
    circuit: Circuit, given: Mapping[str, np.ndarray], output: int
) -> Iterable[tuple[tuple[int, ...], Any]]:
    """Terms of a multilinear circuit from its coefficient tensor.

    8 locations of dimension 4 (65,536 terms): 0.1 s, where FLINT's polynomials take 0.03 s and
    turning their terms into Python's 0.3 to 0.5 s.
    """
    tensor = coefficient_tensor(circuit, given, output=output)
    indices = np.indices(circuit.dims).reshape(len(circuit.dims), -1)
    starts = np.cumsum([0, *circuit.dims[:-1]])
    exponents = np.zeros((tensor.size, sum(circuit.dims)), dtype=np.int8)
    np.put_along_axis(exponents, (indices + starts[:, None]).T, 1, axis=1)
    return zip(map(tuple, exponents.tolist()), tensor.ravel().tolist(), strict=True)


def _product_terms(
    circuit: Circuit, given: Mapping[str, np.ndarray] | None, output: int, ring: Any
) -> Iterable[tuple[tuple[int, ...], Any]]:
    """Terms of any circuit by polynomial arithmetic, bottom-up."""
    from sympy import CC, RR

    if ring.domain in {RR, CC}:
        generators, number = ring.gens, ring.domain.convert
    else:
        import flint

        context = flint.fmpq_mpoly_ctx.get([f"v{n}" for n in range(len(ring.gens))], "lex")
        generators = context.gens()

        def number(c: Any) -> Any:
            return context.constant(flint.fmpq(int(c.numerator), int(c.denominator)))

    values = _Polynomials(circuit, given, generators, number, output)
    (result,) = fold(circuit.nodes, values)
    if ring.domain in {RR, CC}:
        return list(result.items())
    return [
        (tuple(map(int, exponents)), Fraction(int(c.p), int(c.q)) if c.q != 1 else int(c.p))
        for exponents, c in result.to_dict().items()
    ]


class _Polynomials:
    """The algebra of polynomials: generators and numbers of any ring with + and *.

    A node's value has one for each channel; the last node's is the output that is asked for.
    """

    def __init__(
        self,
        circuit: Circuit,
        given: Mapping[str, np.ndarray] | None,
        generators: Sequence[Any],
        number: Callable[[Any], Any],
        output: int,
    ) -> None:
        self._last, self._number, self._output = circuit.nodes[-1], number, output
        self._matrices: dict[str, list[list[Any]]] = {}
        start = 0
        if given is None:
            for name, (rows, columns) in circuit.parameters.items():
                self._matrices[name] = [
                    list(generators[start + r * columns : start + (r + 1) * columns])
                    for r in range(rows)
                ]
                start += rows * columns
        else:
            for name, table in given.items():
                self._matrices[name] = [[number(c) for c in row] for row in table.tolist()]
        self._inputs: list[list[Any]] = []
        for dim in circuit.dims:
            self._inputs.append(list(generators[start : start + dim]))
            start += dim
        self._one = generators[0] ** 0

    def leaf(self, node: Node) -> list[Any]:
        return [self._inputs[location_of(node)][row] for row in self._rows(node)]

    def one(self, node: Node) -> list[Any]:
        return [self._one for _ in self._rows(node)]

    def product(self, node: Node, below: Sequence[list[Any]]) -> list[Any]:
        return [prod((child[row] for child in below), start=self._one) for row in self._rows(node)]

    def sum(self, node: Node, below: Sequence[list[Any]]) -> list[Any]:
        return [self._channel(node, row, below) for row in self._rows(node)]

    def _rows(self, node: Node) -> Sequence[int]:
        return [self._output] if node is self._last else range(node.width)

    def _channel(self, node: Node, row: int, below: Sequence[Sequence[Any]]) -> Any:
        value = 0 * self._one
        for label, child in zip(node.matrices, below, strict=True):
            entries = self._matrices[label][row] if isinstance(label, str) else label[row]
            for entry, polynomial_ in zip(entries, child, strict=True):
                if isinstance(label, str):
                    value = value + entry * polynomial_
                elif entry:
                    value = value + self._number(entry) * polynomial_
        return value
