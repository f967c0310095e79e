"""CP-rank intervals: the best bipartition, Koszul flattenings, terms from exact factorizations."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.arithmetic import modular
from circuitalg.arithmetic.primes import DEFAULT_PRIME, is_prime
from circuitalg.circuit.node import exactly
from circuitalg.errors import ArgumentError, NotProved, RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.given.cprank import (
    CPInterval,
    CPRank,
    Koszul,
    LargestFibres,
    Matricization,
    Terms,
    Vectors,
)
from circuitalg.options import described, is_list
from circuitalg.tensor.exact_tensor import ExactTensor, as_tensor
from circuitalg.tensor.hierarchical import interpolation

if TYPE_CHECKING:
    from circuitalg.kernel.theorem import Theorem

_ALL_UP_TO = 10
_MAX_SIZE = 1200
_TRIES = 2
_MAX_CELLS = 20_000_000  # of all terms written out


def prove_cp_rank(
    tensor: Any, terms: Sequence[Sequence[Sequence[Any]]] | None = None
) -> Theorem[CPRank]:
    """Prove an interval for the CP-rank of a given tensor, over the reals.

    Parameters
    ----------
    tensor
        Nested lists or an array of integers or Fractions, or an ExactTensor.
    terms
        Pure tensors (for each mode a vector of its dimension) that sum to it, if some are known;
        else the search takes rank factorizations, mode after mode.

    Raises
    ------
    RuleError
        When the given terms do not sum to the tensor.
    WeightError
        For floats and other inexact numbers.

    Notes
    -----
    Source: Landsberg and Ottaviani 2015 (Koszul flattenings); docs/rules/given.md.

    Examples
    --------
    >>> str(prove_cp_rank([[[0, 1], [1, 0]], [[1, 0], [0, 0]]]).statement.summary)
    '2 <= CP-rank <= 3'
    """
    exact = as_tensor(tensor)
    prime = _prime(exact)
    upper: Terms | LargestFibres = _given(terms) if terms is not None else _found(exact, prime)
    most = upper.value(exact)
    lower: Matricization | Koszul = _best_matricization(exact, prime)
    if lower.value(exact) < most and len(exact.dims) >= 3:
        lower = _better(exact, lower, most, prime)
    return rules.cp_rank(exact, CPInterval(lower, upper))


def _given(terms: Any) -> Terms:
    if not is_list(terms) or not all(is_list(term) and all(map(is_list, term)) for term in terms):
        raise ArgumentError(
            "terms must be a list of pure tensors, each a list with a vector for each mode, not "
            f"{described(terms)}"
        )
    return Terms(
        tuple(
            tuple(tuple(exactly(x, "a term", "terms") for x in vector) for vector in term)
            for term in terms
        )
    )


def _prime(tensor: ExactTensor) -> int:
    """Return a prime below 2^23 that divides no numerator and no denominator of the tensor."""
    parts = {part for x in tensor.entries if x for part in (x.numerator, x.denominator)}
    for prime in range(DEFAULT_PRIME, 2, -2):
        if is_prime(prime) and all(part % prime for part in parts):
            return prime
    raise NotProved("every prime below 2^23 divides an entry of the tensor")


# From below


def _best_matricization(tensor: ExactTensor, prime: int) -> Matricization:
    """The bipartition of largest rank; all of them up to ten modes, then the balanced odd/even."""
    count = len(tensor.dims)
    sides: list[tuple[int, ...]] = [tuple(range(0, count, 2))]
    if 2 <= count <= _ALL_UP_TO:
        sides = [
            (0, *others)
            for size in range(count - 1)
            for others in combinations(range(1, count), size)
        ]
    sides.sort(key=lambda side: -_most(tensor, side))
    best, found = sides[0], -1
    for side in sides:
        if _most(tensor, side) <= found:
            break
        rank = modular.rank(tensor.matricize(side), prime)
        if rank > found:
            best, found = side, rank
    return Matricization(best, prime)


def _most(tensor: ExactTensor, side: Sequence[int]) -> int:
    size = prod(tensor.dims[i] for i in side)
    return min(size, prod(tensor.dims) // size)


def _better(
    tensor: ExactTensor, best: Matricization | Koszul, most: int, prime: int
) -> Matricization | Koszul:
    """A Koszul flattening with a larger bound, if there is one within the sizes tried."""
    value = best.value(tensor)
    draw = random.Random(0)
    for groups in _groups(tensor):
        a, b, c = (prod(tensor.dims[m] for m in group) for group in groups)
        for p in (1, 2, 3):
            n = 2 * p + 1
            size = comb(n, p) * min(b, c)
            if n > a or max(comb(n, p) * b, comb(n, p) * c) > _MAX_SIZE:
                continue
            if -(-size // comb(2 * p, p)) <= value:
                continue
            for _ in range(_TRIES if n < a else 1):
                rows = [[draw.randint(-3, 3) for _ in range(a)] for _ in range(n)]
                if n == a:
                    rows = [[int(i == j) for j in range(a)] for i in range(n)]
                term = Koszul(groups, p, tuple(map(tuple, rows)), prime)
                found = term.value(tensor)
                if found > value:
                    best, value = term, found
                if value == most:
                    return best
    return best


def _groups(tensor: ExactTensor) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Ways to part the modes into A, B and C, B and C of nearly equal size first."""
    ways = _few(tensor) if len(tensor.dims) > _ALL_UP_TO else _every(len(tensor.dims))
    ways.sort(key=lambda g: -min(prod(tensor.dims[m] for m in side) for side in g[1:]))
    yield from ways[:30]


def _every(count: int) -> list[tuple[tuple[int, ...], ...]]:
    ways: list[tuple[tuple[int, ...], ...]] = []
    for size in range(1, count - 1):
        for first in combinations(range(count), size):
            rest = [m for m in range(count) if m not in first]
            for inner in range(1, len(rest)):
                for second in combinations(rest, inner):
                    third = tuple(m for m in rest if m not in second)
                    if second < third:
                        ways.append((first, second, third))
    return ways


def _few(tensor: ExactTensor) -> list[tuple[tuple[int, ...], ...]]:
    """Three runs of the modes, as they are and with the odd ones after the even."""
    count = len(tensor.dims)
    ways: list[tuple[tuple[int, ...], ...]] = []
    for order in (list(range(count)), [*range(0, count, 2), *range(1, count, 2)]):
        for i, j in combinations(range(1, count), 2):
            ways.append(tuple(tuple(sorted(part)) for part in (order[:i], order[i:j], order[j:])))
    return ways


# From above


def _found(tensor: ExactTensor, prime: int) -> Terms | LargestFibres:
    """The fewest terms by rank factorizations in several orders of the modes."""
    count = len(tensor.dims)
    orders = [list(range(k, count)) + list(range(k)) for k in range(min(count, 4))]
    best: Terms | LargestFibres = LargestFibres()
    for order in orders:
        turned = np.transpose(tensor.array(), order)
        limit = min(best.value(tensor), _MAX_CELLS // len(tensor.entries))
        pure = _terms(turned, limit, prime)
        if pure is None:
            continue
        back = np.argsort(order)
        terms = Terms(tuple(tuple(term[k] for k in back) for term in pure))
        try:
            if terms.value(tensor) < best.value(tensor):
                best = terms
        except RuleError:  # a prime that lost a rank, or too many terms
            continue
    return best


def _terms(array: np.ndarray, limit: int, prime: int) -> list[Vectors] | None:
    """Split off the first mode by a rank factorization, and go on with the others.

    A = Σ_k u_k ⊗ B_k, the B_k being slices at pivot rows; of two modes this is a CP decomposition
    with as many terms as the rank. None beyond the limit.
    """
    if array.ndim == 1:
        return [(tuple(array.tolist()),)] if any(array) else []
    rows = array.reshape(array.shape[0], -1)
    if not rows.any():
        return []
    kept, columns = modular.nonzero_minor(rows, prime)
    chosen: list[list[int | Fraction]] = rows[:, list(columns)].tolist()
    factors = interpolation(chosen, tuple(kept))
    found: list[Vectors] = []
    for k, row in enumerate(kept):
        vector = tuple(line[k] for line in factors)
        rest = _terms(array[row], limit - len(found), prime)
        if rest is None:
            return None
        found.extend((vector, *vectors) for vectors in rest)
        if len(found) > limit:
            return None
    return found
