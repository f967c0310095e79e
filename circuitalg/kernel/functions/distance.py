"""Certified L² distances: how far a network's function stays from all functions of low rank.

With representation functions of Gram matrix G, h(A) and h(B) have the squared distance
⟨A − B, G^{⊗N}(A − B)⟩. Let G ⪰ G₀ ≻ 0, G₀ rational: in the metric G₀ the distance is no larger.
There the nearest tensor with rank ⟦B⟧_{I,J} ≤ k is as far as the n − k smallest eigenvalues of
H = G_I^{1/2} K G_I^{1/2} sum to, K = ⟦A⟧ G_J ⟦A⟧ᵀ, G_I = G₀^{⊗|I|}, n = M^|I| (Eckart and Young).
That sum is at least (n − k)·t − tr(W G_I) for every t and every W ⪰ 0 with K + W ⪰ t·G_I⁻¹: let
V = G_I^{1/2} W G_I^{1/2}, and P project on n − k eigenvectors; then tr P(H + V) ≥ (n − k)t, and
tr PV ≤ tr V. All matrices are rational, and positive semidefinite since S − R·Rᵀ is diagonally
dominant for a given R. Source: Cohen, Sharir, Shashua 2016, Lemma 7, Corollaries 2 and 4, with
numbers.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any

import flint
import numpy as np

from circuitalg import deadline
from circuitalg.arithmetic.balls import MAX_BITS
from circuitalg.arithmetic.denominators import common_denominator
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.circuit.weights import check_shapes
from circuitalg.errors import RuleError, TooLargeError
from circuitalg.expressions import Number
from circuitalg.integers import shown
from circuitalg.kernel.functions.gram import Gram, enclosed
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof, check_output
from circuitalg.kernel.written_out import check_written_out
from circuitalg.python_code import AS_CODE
from circuitalg.tensor.coefficients import coefficient_tensor

_MAX_ENTRIES = 65_536
_MAX_ROWS = 256
_MAX_PRODUCTS = 10**11
_MOST = 1 << 33
"""Bits of the entries of a tensor in the metric."""


@dataclass(frozen=True, slots=True)
class NotApproximable:
    """Squared L² distance ≥ squared_distance > 0 from all functions of rank at most ``rank``.

    At these weights, the output's function h is that far from every function Σ B_d Π f_{d_i}(x_i)
    with rank ⟦B⟧_{I,J} ≤ rank, so from every CP model with at most ``rank`` channels (and, where I
    is a union of its blocks, from truncated networks with such a last width).

    Examples
    --------
    >>> import circuitalg as ca
    >>> network = ca.cp_model(2, 2, 2)
    >>> weights = {"a0.0": [[1, 0], [0, 1]], "a0.1": [[1, 0], [0, 1]], "out": [[1, 1]]}
    >>> print(ca.prove_not_approximable(network, weights, 1, bipartition={0}))
    Theorem: at the given weights the network's function, with orthonormal functions, has
    squared L^2 distance at least 1 from every function of rank at most 1 across the
    bipartition, so from every CP model of at most 1 channels
    """

    circuit: Circuit
    weights: Mapping[str, Matrix]
    bipartition: Bipartition
    rank: int
    gram: Gram
    squared_distance: Number
    output: int = 0

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"distance^2 >= {rounded_down(self.squared_distance, 6)}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        return (
            f"at the given weights the network's function, with {self.gram}, has squared L^2 "
            f"distance at least {rounded_down(self.squared_distance, 9)} from every function "
            f"of rank at most {self.rank} across the bipartition, so from every CP model of at "
            f"most {self.rank} channels"
        )


@dataclass(frozen=True, slots=True)
class GramTail(Proof):
    """G₀ with its inverse, t and W, and a factor R for each matrix that must be PSD."""

    bits: int
    gram: Matrix
    inverse: Matrix
    t: Number
    W: Matrix
    gram_factor: Matrix
    w_factor: Matrix
    s_factor: Matrix

    __repr__, _repr_pretty_ = AS_CODE

    tactic = "gram_tail"
    sources = ("Eckart and Young, Psychometrika 1936",)

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            f"the Gram matrix is enclosed with {self.bits} bits and bounded below by a rational "
            "one\nits tail of eigenvalues is bounded below by a rational positive semidefinite "
            f"witness of size {len(self.W)} at t = {float(self.t):.6g}"
        )


def rounded_down(number: Number, digits: int) -> str:
    """Print a number to this many digits, never above it."""
    context = decimal.Context(prec=digits, rounding=decimal.ROUND_FLOOR)
    top, bottom = decimal.Decimal(number.numerator), decimal.Decimal(number.denominator)
    return f"{context.divide(top, bottom):g}"


@rule
def not_approximable(
    circuit: Circuit,
    weights: Mapping[str, Matrix],
    bipartition: Bipartition,
    rank: int,
    gram: Gram,
    squared_distance: Number,
    proof: GramTail,
    output: int = 0,
) -> NotApproximable:
    """A squared L² distance from all functions of low rank, by rational witnesses.

    Raises
    ------
    RuleError
        When an inequality of the module's docstring does not hold over Q, or sizes do not fit.
    """
    dim = _check_sizes(circuit, bipartition, rank, output)
    check_shapes(circuit.parameters, weights)
    check_written_out(circuit, weights)
    side = len(bipartition.I)
    size = dim**side
    if not 1 <= proof.bits <= MAX_BITS:
        raise RuleError(f"bits must be an integer from 1 to {MAX_BITS}, got {shown(proof.bits)}")
    _check_gram(gram, dim, proof)
    entries = prod(circuit.dims) * circuit.num_locations
    if entries * max(_digits(x, "the Gram matrix") for x in (proof.gram, proof.inverse)) > _MOST:
        raise TooLargeError("the Gram matrix has too many digits for a tensor of this size")
    metric = _kronecker_power(proof.gram, side)
    inverse = _kronecker_power(proof.inverse, side)
    witness = _symmetric_matrix(proof.W, size, "W")
    _semidefinite(witness, proof.w_factor, "W")
    common_denominator((x for row in proof.W for x in row), "W")
    t = Fraction(proof.t)
    if t < 0:
        raise RuleError("t must not be negative")
    tail = (
        congruence(circuit, weights, bipartition, proof.gram, output) + witness - fmpq(t) * inverse
    )
    _semidefinite(tail, proof.s_factor, "S = K + W - t*G^-1")
    bound = (size - rank) * t - _trace_of_product(witness, metric)
    if not 0 < squared_distance <= bound:
        raise RuleError(
            f"the witness shows a squared distance of {float(bound):.9g}, not the positive "
            f"{float(squared_distance):.9g} that is stated"
        )
    return NotApproximable(circuit, weights, bipartition, rank, gram, squared_distance, output)


def _check_sizes(circuit: Circuit, bipartition: Bipartition, rank: int, output: int) -> int:
    dims = set(circuit.dims)
    if len(dims) != 1 or bipartition.locations != circuit.num_locations:
        raise RuleError("the locations must have one dimension M, and be those of the bipartition")
    dim = dims.pop()
    if prod(circuit.dims) > _MAX_ENTRIES or dim ** len(bipartition.I) > _MAX_ROWS:
        raise RuleError(
            f"distances are for tensors of at most {_MAX_ENTRIES:,} entries and sides I of at most "
            f"{_MAX_ROWS} rows; take fewer locations, or exchange I and J"
        )
    if not 0 <= rank < dim ** len(bipartition.I):
        raise RuleError(f"the rank must be from 0 to M^|I| - 1, got {shown(rank)}")
    check_output(circuit, output)
    return dim


def _check_gram(gram: Gram, dim: int, proof: GramTail) -> None:
    """G − G₀ is diagonally dominant on the enclosures, G₀ ⪰ 0, and its inverse is right."""
    lower = _symmetric_matrix(proof.gram, dim, "the Gram matrix G_0")
    _semidefinite(lower, proof.gram_factor, "the Gram matrix G_0")
    inverse = _symmetric_matrix(proof.inverse, dim, "the inverse of G_0")
    if lower * inverse != fraction_matrix(np.eye(dim, dtype=int).tolist()):
        raise RuleError("the inverse of the Gram matrix G_0 is not its inverse")
    for i, row in enumerate(enclosed(gram, dim, proof.bits)):
        off = Fraction(0)
        for j, (low, high) in enumerate(row):
            if j != i:
                stored = Fraction(proof.gram[i][j])
                off += max(abs(low - stored), abs(high - stored))
        if row[i][0] - Fraction(proof.gram[i][i]) < off:
            raise RuleError(f"G - G_0 is not diagonally dominant in row {i}; lower G_0's diagonal")


def congruence(
    circuit: Circuit,
    weights: Mapping[str, Matrix],
    bipartition: Bipartition,
    gram: Sequence[Sequence[Number]],
    output: int,
) -> Any:
    """K = ⟦A⟧ (G₀^{⊗|J|}) ⟦A⟧ᵀ as an fmpq_mat; rows by the locations of I in increasing order."""
    arrays = {name: np.array(rows, dtype=object) for name, rows in weights.items()}
    tensor = coefficient_tensor(circuit, arrays, output=output)
    table = np.array(gram, dtype=object)
    moved = tensor
    for mode in bipartition.J:
        moved = np.moveaxis(np.tensordot(table, moved, axes=(1, mode)), 0, mode)
    left, right = (_matricized(x, bipartition) for x in (tensor, moved))
    return left * right.transpose()


def _matricized(tensor: np.ndarray, bipartition: Bipartition) -> Any:
    turned = np.transpose(tensor, (*bipartition.I, *bipartition.J))
    rows = prod(tensor.shape[i] for i in bipartition.I)
    flat = [fmpq(x) for x in turned.ravel().tolist()]
    return flint.fmpq_mat(rows, len(flat) // rows, flat)


# Rational matrices


def fmpq(number: Number) -> Any:
    """A rational number of FLINT."""
    return flint.fmpq(int(number.numerator), int(number.denominator))


def fraction_matrix(rows: Sequence[Sequence[Number]]) -> Any:
    """A matrix of FLINT from rows of one positive length."""
    if not rows or not rows[0] or len({len(row) for row in rows}) != 1:
        raise RuleError("a matrix needs rows of one positive length")
    return flint.fmpq_mat(len(rows), len(rows[0]), [fmpq(x) for row in rows for x in row])


def _symmetric_matrix(rows: Matrix, size: int, what: str) -> Any:
    """A symmetric matrix of this size, or RuleError."""
    if len(rows) != size or any(len(row) != size for row in rows):
        raise RuleError(f"{what} must be a {size} x {size} matrix")
    if any(rows[i][j] != rows[j][i] for i in range(size) for j in range(i)):
        raise RuleError(f"{what} must be symmetric")
    return fraction_matrix(rows)


def _semidefinite(matrix: Any, factor: Matrix, what: str) -> None:
    """Demand that matrix − R·Rᵀ is diagonally dominant with no negative diagonal entry."""
    if len(factor) != matrix.nrows():
        raise RuleError(f"the factor for {what} must have {matrix.nrows()} rows")
    deadline.look()
    words = 1 + _digits(factor, f"the factor for {what}") // 64
    if len(factor) * sum(map(len, factor)) * words**2 > _MAX_PRODUCTS:  # FLINT cannot be stopped
        raise TooLargeError(f"the factor for {what} is too large; use fewer columns or digits")
    given = fraction_matrix(factor)
    rest = (matrix - given * given.transpose()).tolist()
    for i, row in enumerate(rest):
        off = sum((abs(x) for j, x in enumerate(row) if j != i), flint.fmpq(0))
        if row[i] < off:
            raise RuleError(f"{what} is not shown to be positive semidefinite: row {i} of its rest")


def _digits(rows: Sequence[Sequence[Number]], what: str) -> int:
    """Bits of the longest numerator and of the common denominator, together."""
    numbers = [x for row in rows for x in row]
    common = common_denominator(numbers, what)
    return common.bit_length() + max((x.numerator.bit_length() for x in numbers), default=0)


def _kronecker_power(rows: Matrix, exponent: int) -> Any:
    """The Kronecker power, first factor slowest."""
    return fraction_matrix(reduce(np.kron, [np.array(rows, dtype=object)] * exponent).tolist())


def _trace_of_product(first: Any, second: Any) -> Fraction:
    pairs = zip(first.entries(), second.transpose().entries(), strict=True)
    total = sum((x * y for x, y in pairs), flint.fmpq(0))
    return Fraction(int(total.p), int(total.q))
