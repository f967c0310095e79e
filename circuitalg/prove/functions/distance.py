"""Certified L² distances: floats find the tail of eigenvalues, rounding makes a witness of it."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output, exact, exact_weights
from circuitalg.errors import ArgumentError, NotProved, RuleError, WeightError
from circuitalg.integers import shown
from circuitalg.kernel.functions.distance import (
    GramTail,
    NotApproximable,
    congruence,
    fraction_matrix,
    not_approximable,
)
from circuitalg.kernel.functions.gram import GaussianGram, Gram, MonomialGram, Orthonormal, enclosed
from circuitalg.kernel.rank.families import TruncatedFamily
from circuitalg.options import described, is_list, natural
from circuitalg.prove.rank.separation import FamilyLike, as_family
from circuitalg.representation import Gaussians, Monomials

if TYPE_CHECKING:
    from circuitalg.kernel.rank.families import Family
    from circuitalg.kernel.theorem import Theorem
    from circuitalg.representation import Representation

_BITS = 128
_GRAM_BITS = 36
_DIGITS = 50


def prove_not_approximable(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    channels: int,
    family: FamilyLike | None = None,
    *,
    bipartition: BipartitionLike | None = None,
    representation: Representation | None = None,
    box: Sequence[Sequence[Any]] | None = None,
    output: int = 0,
) -> Theorem[NotApproximable]:
    """Prove an L² distance of a network's function, at its weights, from all smaller networks'.

    Parameters
    ----------
    circuit, weights
        Rational weights (rows, columns) by parameter name; ``ca.exact`` makes them of floats.
    channels
        Number of channels Z of the CP models, or last width of the truncated networks, from which
        the distance is taken.
    family
        ``cp_family()`` (the default) or a truncated family.
    bipartition
        Odd and even locations when None; for a truncated family, alternating blocks.
    representation
        `Gaussians`, or `Monomials` with a ``box`` (pairs a < b) to integrate over; None stands for
        orthonormal functions, and then the distance is that of the tensors.
    output
        Which output.

    Raises
    ------
    NotProved
        When the tensor's rank is at most ``channels``, or rounding eats the distance up.
    RuleError
        For tensors of more than 65,536 entries.
    WeightError
        For inexact, missing or misshapen weights.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, Lemma 7 and Corollaries 2 and 4; docs/rules/functions.md.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> deep = ht_model(4, 2, [2, 1])
    >>> unit, ones = [[1, 0], [0, 1]], [[1, 1]]
    >>> weights = {name: ones for name in ("a1.0", "a1.1")} | {"out": [[1]]}
    >>> weights |= {f"a0.{i}": unit for i in range(4)}
    >>> theorem = prove_not_approximable(deep, weights, channels=3)
    >>> round(float(theorem.statement.squared_distance), 6)
    1.0
    """
    circuit = as_circuit(circuit)
    channels, output = natural("channels", channels), as_output(circuit, output)
    kind = None if family is None else as_family(family)
    gram = _gram(representation, box)
    parts = _sides(circuit, kind) if bipartition is None else as_bipartition(bipartition, circuit)
    exact = exact_weights(circuit, weights)
    tail = _Search(circuit, exact, parts, gram, channels, output)
    if tail.bound <= 0:
        raise NotProved(
            f"no positive distance was found: the matrix has rank at most {channels} at these "
            "weights, or nearly so"
        )
    return not_approximable(
        circuit, exact, parts, channels, gram, tail.bound, tail.proof, output=output
    )


def _sides(circuit: Circuit, family: Family | None) -> Bipartition:
    if isinstance(family, TruncatedFamily):
        return Bipartition.blocks(circuit.num_locations, family.block)
    return Bipartition.odd_even(circuit.num_locations)


def _gram(representation: Representation | None, box: Sequence[Sequence[Any]] | None) -> Gram:
    if representation is None:
        return Orthonormal()
    if isinstance(representation, Gaussians):
        return GaussianGram(representation.means, representation.variances)
    if isinstance(representation, Monomials):
        if box is None:
            raise WeightError("monomials are integrated over a box; give box=[[a, b], ...]")
        return MonomialGram(representation.exponents, _box(box))
    raise WeightError(
        "Gram matrices are known for Gaussians, for Monomials on a box, and for orthonormal "
        f"functions (None), not for {described(representation)}"
    )


def _box(box: Any) -> tuple[tuple[Fraction, Fraction], ...]:
    if is_list(box) and all(is_list(side) and len(side) == 2 for side in box):
        ends = [[exact(end) for end in side] for side in box]
        return tuple((Fraction(a), Fraction(b)) for a, b in ends)
    raise ArgumentError(f"the box is a list of pairs [a, b], not {described(box)}")


class _Search:
    """The numbers of one proof, found with floats and rounded; exact where the kernel compares."""

    def __init__(
        self,
        circuit: Circuit,
        weights: Mapping[str, Matrix],
        parts: Bipartition,
        gram: Gram,
        rank: int,
        output: int,
    ) -> None:
        dim = circuit.dims[0]
        lower, factor = _below(gram, dim)
        inverse = _inverse(lower)
        self.kernel = _exact(congruence(circuit, weights, parts, lower, output))
        size = len(self.kernel)
        if not 0 <= rank < size:
            raise RuleError(
                f"the channels must be from 0 to M^|I| - 1 = {size - 1}, not {shown(rank)}; with "
                "more, every tensor is reached"
            )
        metric, dual = (_kron(rows, len(parts.I)) for rows in (lower, inverse))
        t, witness, root = self._tail(metric, rank)
        w_factor, s_factor = _rounded(witness[1]), _rounded(root)
        plain = _symmetric(_rounded(witness[0]))
        small = _slack(plain, w_factor)
        sum_ = [
            [k + w - t * g for k, w, g in zip(*rows, strict=True)]
            for rows in zip(self.kernel, plain, dual, strict=True)
        ]
        small = max(small, _slack(sum_, s_factor))
        w = [[x + small * (i == j) for j, x in enumerate(row)] for i, row in enumerate(plain)]
        trace = sum(
            (sum(map(operator.mul, *rows), Fraction(0)) for rows in zip(w, metric, strict=True)),
            Fraction(0),
        )
        self.bound = _floor((size - rank) * t - trace)
        matrices = map(_plain, (w, factor, w_factor, s_factor))
        self.proof = GramTail(_BITS, _plain(lower), _plain(inverse), t, *matrices)

    def _tail(
        self, metric: list[list[Fraction]], rank: int
    ) -> tuple[Fraction, tuple[np.ndarray, np.ndarray], np.ndarray]:
        """t, W with a factor of it, and a factor of K + W − t·G⁻¹, all of floats but t."""
        root = np.linalg.cholesky(np.array(metric, dtype=float))
        values, vectors = np.linalg.eigh(root.T @ np.array(self.kernel, dtype=float) @ root)
        values = np.maximum(values, 0)
        t = Fraction(float(values[len(values) - rank - 1]))
        back = np.linalg.solve(root.T, vectors)  # congruence from H back to K
        missing = back * np.sqrt(np.maximum(float(t) - values, 0))
        ahead = back * np.sqrt(np.maximum(values - float(t), 0))
        return t, (missing @ missing.T, missing), ahead


def _below(gram: Gram, dim: int) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    """G₀: the middles of the enclosures, rounded, less what makes up for it; and a factor of it."""
    rows = enclosed(gram, dim, _BITS)
    if all(low == high for row in rows for low, high in row):
        lower = [[low for low, _ in row] for row in rows]
    else:
        unit = Fraction(1, 2**_GRAM_BITS)
        lower = [[round((low + high) / 2 / unit) * unit for low, high in row] for row in rows]
        for i in range(dim):
            lower[i][i] -= 2 * dim * unit
    try:
        floats = np.array(lower, dtype=float)
        small = np.eye(dim) * np.trace(floats) * 2.0**-40  # what the factor leaves is dominant
        factor = _rounded(np.linalg.cholesky(floats - small))
    except np.linalg.LinAlgError:
        raise NotProved(
            "the Gram matrix of the functions is singular, or too nearly so for 36 bits; take "
            "functions that differ more"
        ) from None
    return lower, factor


def _inverse(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    return _exact(fraction_matrix(rows).inv())


def _exact(matrix: Any) -> list[list[Fraction]]:
    return [[Fraction(int(x.p), int(x.q)) for x in row] for row in matrix.tolist()]


def _kron(rows: list[list[Fraction]], exponent: int) -> list[list[Fraction]]:
    total = np.array([[Fraction(1)]], dtype=object)
    for _ in range(exponent):
        total = np.kron(total, np.array(rows, dtype=object))
    return [list(row) for row in total]


def _rounded(matrix: np.ndarray) -> list[list[Fraction]]:
    """Multiples of a power of 2 that keep about fifty bits of the largest entry."""
    largest = float(np.abs(matrix).max()) if matrix.size else 0.0
    shift = _DIGITS - (int(np.ceil(np.log2(largest))) if largest > 0 else 0)
    unit = Fraction(2) ** -shift
    return [[round(Fraction(float(x)) / unit) * unit for x in row] for row in matrix]


def _symmetric(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    return [[rows[max(i, j)][min(i, j)] for j in range(len(rows))] for i in range(len(rows))]


def _slack(matrix: Sequence[Sequence[Fraction]], factor: list[list[Fraction]]) -> Fraction:
    """The multiple of 1 that makes matrix − R·Rᵀ diagonally dominant, rounded up."""
    given = fraction_matrix(factor)
    square = _exact(given * given.transpose())
    worst = Fraction(0)
    for i, (row, other) in enumerate(zip(matrix, square, strict=True)):
        rest = [x - y for x, y in zip(row, other, strict=True)]
        worst = max(worst, sum(map(abs, rest)) - abs(rest[i]) - rest[i])
    return _ceiling(worst)


def _ceiling(number: Fraction) -> Fraction:
    """A short number above."""
    if number <= 0:
        return Fraction(0)
    unit = Fraction(2) ** (number.numerator.bit_length() - number.denominator.bit_length() - 8)
    return -(-number // unit) * unit


def _floor(number: Fraction) -> Fraction:
    """A number below, of about forty bits."""
    if number <= 0:
        return Fraction(0)
    unit = Fraction(2) ** (number.numerator.bit_length() - number.denominator.bit_length() - 40)
    return number // unit * unit


def _plain(rows: Sequence[Sequence[Fraction]]) -> Matrix:
    return tuple(tuple(int(x) if x.denominator == 1 else x for x in row) for row in rows)
