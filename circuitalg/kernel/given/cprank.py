"""Intervals for the CP-rank of a given tensor: flattenings from below, pure tensors from above.

From below: a pure tensor matricizes to a matrix of rank one, so the rank of any matricization is at
most the CP-rank (Cohen, Sharir, Shashua 2016, fact M4). Koszul flattening, for T in A ⊗ B ⊗ C:
e_S ⊗ y ↦ Σ_i (e_i ∧ e_S) ⊗ T(i, y, ·) sends Λ^p A ⊗ B* to Λ^{p+1} A ⊗ C; of a pure tensor it has
rank C(2p, p) when dim A = 2p + 1, so the CP-rank is at least rank / C(2p, p) (Landsberg and
Ottaviani 2015). A linear map applied to A first only lowers CP-rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb, prod

import numpy as np

from circuitalg.arithmetic import modular
from circuitalg.arithmetic.denominators import common_denominator
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.integers import shown
from circuitalg.kernel.given.minimal import check_prime, rank_modulo
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import BothSides, Proof
from circuitalg.python_code import AS_CODE
from circuitalg.tensor.exact_tensor import ExactTensor

_MAX_SIZE = 2000
_MAX_WORK = 20_000_000

Vectors = tuple[tuple[int | Fraction, ...], ...]
"""A vector per mode: a pure tensor."""


@dataclass(frozen=True, slots=True)
class CPRank:
    """lower ≤ CP-rank of the tensor over the reals ≤ upper (Cohen, Sharir, Shashua 2016, eq. 1).

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(ca.prove_cp_rank([[1, 0], [0, 1]]))
    Theorem: of the given 2x2 tensor, CP-rank = 2
    """

    tensor: ExactTensor
    lower: int
    upper: int

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        if self.lower == self.upper:
            return f"CP-rank = {self.lower}"
        return f"{self.lower} <= CP-rank <= {self.upper}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        shape = "x".join(map(str, self.tensor.dims))
        return f"of the given {shape} tensor, {self.summary}"


@dataclass(frozen=True, slots=True)
class Matricization(Proof):
    """Rank modulo a prime of the matrix with rows by the modes I."""

    tactic = "matricization"

    modes: tuple[int, ...]
    prime: int

    def value(self, tensor: ExactTensor) -> int:
        """Return the rank; RuleError where I or the prime is not right."""
        every = range(len(tensor.dims))
        if list(self.modes) != sorted(set(self.modes)) or not set(self.modes) <= set(every):
            raise RuleError(f"I must be an increasing list of modes, got {self.modes}")
        check_prime(self.prime)
        return rank_modulo(tensor, self.modes, self.prime)


@dataclass(frozen=True, slots=True)
class Koszul(Proof):
    """Rank modulo a prime of a Koszul flattening, divided by C(2p, p) and rounded up.

    Attributes
    ----------
    groups : the modes of A, B and C, each mode once.
    p : 1 to 3.
    projection : an integer matrix with 2p + 1 rows, applied to A first.
    """

    tactic = "koszul"

    groups: tuple[tuple[int, ...], ...]
    p: int
    projection: Matrix
    prime: int

    __repr__, _repr_pretty_ = AS_CODE

    def value(self, tensor: ExactTensor) -> int:
        """Return the bound; RuleError where the groups or the projection are not right."""
        check_prime(self.prime)
        modes = sorted(mode for group in self.groups for mode in group)
        if len(self.groups) != 3 or modes != list(range(len(tensor.dims))):
            raise RuleError("a Koszul flattening must part the modes into three groups")
        if not 1 <= self.p <= 3:
            raise RuleError(f"p must be 1, 2 or 3, got {shown(self.p)}")
        a, b, c = (prod(tensor.dims[mode] for mode in group) for group in self.groups)
        n = 2 * self.p + 1
        if len(self.projection) != n or any(len(row) != a for row in self.projection):
            raise RuleError(f"the projection must be a {n} x {a} matrix")
        if any(type(x) is not int for row in self.projection for x in row):
            raise RuleError("a projection must hold integers")
        if max(comb(n, self.p) * b, comb(n, self.p) * c) > _MAX_SIZE:
            raise RuleError(f"the flattening has more than {_MAX_SIZE} rows or columns")
        if any(entry.denominator % self.prime == 0 for entry in tensor.entries):
            raise RuleError(f"a denominator of the tensor is not a unit modulo {self.prime}")
        turned = np.transpose(tensor.array(), [m for group in self.groups for m in group])
        table = modular.residues(turned.reshape(a, b * c), self.prime)
        chosen = np.array([[int(x) % self.prime for x in row] for row in self.projection])
        moved = np.array(chosen.astype(object) @ table.astype(object)) % self.prime
        slices = moved.reshape(n, b, c).astype(np.int64)
        rank = modular.rank(koszul_matrix(slices, self.p), self.prime)
        return -(-rank // comb(2 * self.p, self.p))


def koszul_matrix(slices: np.ndarray, p: int) -> np.ndarray:
    """The matrix of e_S ⊗ y_j ↦ Σ_{i ∉ S} ± e_{S ∪ i} ⊗ slices[i, j]; the sign sorts i into S."""
    n, b, c = slices.shape
    targets = {chosen: place for place, chosen in enumerate(combinations(range(n), p + 1))}
    sources = list(combinations(range(n), p))
    found = np.zeros((len(sources), b, len(targets), c), dtype=np.int64)
    for place, chosen in enumerate(sources):
        for i in set(range(n)) - set(chosen):
            sign = (-1) ** sum(s < i for s in chosen)
            found[place, :, targets[tuple(sorted((*chosen, i)))], :] = sign * slices[i]
    return found.reshape(len(sources) * b, len(targets) * c)


@dataclass(frozen=True, slots=True)
class Terms(Proof):
    """Pure tensors that sum to the tensor exactly."""

    tactic = "terms"

    terms: tuple[Vectors, ...]

    __repr__, _repr_pretty_ = AS_CODE

    def value(self, tensor: ExactTensor) -> int:
        """Return their number; RuleError when they sum to something else."""
        if len(self.terms) * len(tensor.entries) > _MAX_WORK:
            raise RuleError("there are too many terms to sum")
        scales, common = self._scales(tensor)
        total = np.zeros(tensor.dims, dtype=object)
        for term, scale in zip(self.terms, scales, strict=True):
            pure = np.array([common // prod(scale)], dtype=object)
            for vector, unit in zip(term, scale, strict=True):
                whole = [x.numerator * (unit // x.denominator) for x in vector]
                pure = np.multiply.outer(pure, np.array(whole, dtype=object))
            total = total + pure[0]
        for found, given in zip(total.flat, tensor.entries, strict=True):
            if found * given.denominator != given.numerator * common:
                raise RuleError("the terms do not sum to the tensor")
        return len(self.terms)

    def _scales(self, tensor: ExactTensor) -> tuple[list[list[int]], int]:
        """For each term its vectors' common denominators; and that of all terms."""
        scales, common, digits = [], 1, 0
        for term in self.terms:
            if [len(vector) for vector in term] != list(tensor.dims):
                raise RuleError("a term does not have a vector of the right length for each mode")
            own = [1] * len(term)
            for place, vector in enumerate(term):
                own[place] = common_denominator(vector, "a term")
            common = common_denominator([Fraction(1, prod(own))], "the terms", common)
            digits = max(digits, sum(max(x.numerator.bit_length() for x in v) for v in term))
            scales.append(own)
        words = 1 + (digits + common.bit_length()) / 64
        if len(self.terms) * len(tensor.entries) * words > 50 * _MAX_WORK:
            raise RuleError("the terms' numbers have too many digits to be summed")
        return scales, common


@dataclass(frozen=True, slots=True)
class LargestFibres(Proof):
    """One term for each fibre along the largest mode."""

    tactic = "largest_fibres"

    def value(self, tensor: ExactTensor) -> int:
        """Return Π M_i / max M_i."""
        return prod(tensor.dims) // max(tensor.dims)


@dataclass(frozen=True, slots=True)
class CPInterval(BothSides):
    """What bounds the CP-rank from below, and from above."""

    lower: Matricization | Koszul
    upper: Terms | LargestFibres


@rule
def cp_rank(tensor: ExactTensor, proof: CPInterval) -> CPRank:
    """Flattenings bound the CP-rank from below, terms that sum to the tensor from above."""
    lower, upper = proof.lower.value(tensor), proof.upper.value(tensor)
    if lower > upper:
        raise RuleError(f"a lower bound {lower} above an upper bound {upper}; please report this")
    return CPRank(tensor, lower, upper)
