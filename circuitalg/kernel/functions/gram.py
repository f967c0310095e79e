"""Gram matrices of representation functions: the inner products ∫ f_i f_j, enclosed or exact.

The Gram matrix of the products Π f_{d_i}(x_i) is the N-fold Kronecker power of that of the f
(Cohen, Sharir, Shashua 2016, appendix C.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from circuitalg.arithmetic.functions import PI, Interval, enclosure, exp, sqrt
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.expressions import MAX_POWER
from circuitalg.python_code import AS_CODE

MAX_FUNCTIONS = 32


@dataclass(frozen=True, slots=True)
class Orthonormal:
    """Functions with ∫ f_i f_j = δ_ij, whichever they are."""

    __repr__, _repr_pretty_ = AS_CODE

    def check(self, count: int) -> None:
        """Any number of functions."""

    def entry(self, i: int, j: int, bits: int) -> Interval:
        """Return the inner product of two functions."""
        del bits
        return Fraction(int(i == j)), Fraction(int(i == j))

    def __str__(self) -> str:
        return "orthonormal functions"


@dataclass(frozen=True, slots=True)
class GaussianGram:
    """Normal densities with diagonal covariances on R^s (eq. 7).

    ∫ N(x; m, v) N(x; m′, v′) dx = N(m − m′; 0, v + v′), coordinate by coordinate.
    """

    means: Matrix
    variances: Matrix

    __repr__, _repr_pretty_ = AS_CODE

    def check(self, count: int) -> None:
        """Refuse what is not one mean and one positive variance per function and coordinate."""
        shapes = {len(row) for row in (*self.means, *self.variances)}
        if len(self.means) != count or len(self.variances) != count or len(shapes) != 1:
            raise RuleError(f"{count} Gaussians need as many means and variances, of one length")
        if any(v <= 0 for row in self.variances for v in row):
            raise RuleError("the variances of Gaussians must be positive")

    def entry(self, i: int, j: int, bits: int) -> Interval:
        """Return an enclosure of the inner product of two functions."""
        exponent, scale = Fraction(0), Fraction(1)
        rows = zip(self.means[i], self.means[j], self.variances[i], self.variances[j], strict=True)
        for m, other, v, more in rows:
            exponent -= Fraction((m - other) ** 2) / (2 * (v + more))
            scale *= 2 * (v + more)
        return enclosure(exp(exponent) / sqrt(scale * PI ** len(self.means[i])), (), bits)

    def __str__(self) -> str:
        return f"{len(self.means)} Gaussians on R^{len(self.means[0])}"


@dataclass(frozen=True, slots=True)
class MonomialGram:
    """Monomials Π x_k^e_k on a box Π [a_k, b_k]: ∫ x^e over it is Π (b^(e+1) − a^(e+1))/(e+1)."""

    exponents: tuple[tuple[int, ...], ...]
    box: Matrix

    __repr__, _repr_pretty_ = AS_CODE

    def check(self, count: int) -> None:
        """Refuse exponents that do not fit the box."""
        if len(self.exponents) != count or any(len(r) != len(self.box) for r in self.exponents):
            raise RuleError(f"{count} monomials need as many rows of one exponent per side")
        if any(not 0 <= e <= MAX_POWER for row in self.exponents for e in row):
            raise RuleError(f"exponents are integers from 0 to {MAX_POWER}")
        if not self.box or any(len(side) != 2 or side[0] >= side[1] for side in self.box):
            raise RuleError("a box is a list of pairs a < b")

    def entry(self, i: int, j: int, bits: int) -> Interval:
        """Return the inner product of two functions, exactly."""
        del bits
        total = Fraction(1)
        for (a, b), e, f in zip(self.box, self.exponents[i], self.exponents[j], strict=True):
            n = e + f + 1
            total *= Fraction(b**n - a**n) / n
        return total, total

    def __str__(self) -> str:
        return f"{len(self.exponents)} monomials on a box of R^{len(self.box)}"


Gram = Orthonormal | GaussianGram | MonomialGram


def enclosed(gram: Gram, count: int, bits: int) -> list[list[Interval]]:
    """Enclose the whole Gram matrix of this many functions."""
    if not 1 <= count <= MAX_FUNCTIONS:
        raise RuleError(f"Gram matrices are of 1 to {MAX_FUNCTIONS} functions, got {count}")
    gram.check(count)
    rows: list[list[Any]] = [[None] * count for _ in range(count)]
    for i in range(count):
        for j in range(i + 1):
            rows[i][j] = rows[j][i] = gram.entry(i, j, bits)
    return rows
