"""Functions by their values: expressions at numbers, networks at random points, distances.

Two different polynomials of low degree agree at a random point modulo ``PRIME`` with a chance of
some 10^-8; two networks that agree at a few are equal.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import comb, prod
from typing import Any

import flint
import mpmath
import numpy as np

from brute import PRIME, matricized, outputs, random_weights, rank, residue, tensor

Table = list[list[int]]


def matrix_value(expression: Any, weights: Mapping[str, Table]) -> Table:
    """A matrix expression at weights, modulo ``PRIME``."""
    if expression.op == "parameter":
        return weights[expression.args[0]]
    if expression.op == "matrix":
        return [[residue(entry) for entry in row] for row in expression.args]
    first, *rest = [matrix_value(part, weights) for part in expression.args]
    for other in rest:
        first = _added(first, other) if expression.op == "+" else _multiplied(first, other)
    return first


def _added(one: Table, two: Table) -> Table:
    return [
        [(x + y) % PRIME for x, y in zip(*pair, strict=True)] for pair in zip(one, two, strict=True)
    ]


def _multiplied(one: Table, two: Table) -> Table:
    return [
        [
            sum(x * y for x, y in zip(row, column, strict=True)) % PRIME
            for column in zip(*two, strict=True)
        ]
        for row in one
    ]


def vectors(circuit: Any, seed: int) -> Table:
    """A random vector for each location, modulo ``PRIME``."""
    draw = random.Random(f"vectors{seed}")
    return [[draw.randrange(PRIME) for _ in range(dim)] for dim in circuit.dims]


def same(a: Any, b: Any, mapped: Mapping[str, Any], points: int = 3) -> bool:
    """Whether b, its weights given as expressions over those of a, is a at random points."""
    for seed in range(points):
        weights, at = random_weights(a, seed), vectors(a, seed)
        others = {name: matrix_value(each, weights) for name, each in mapped.items()}
        if outputs(a, weights, at) != outputs(b, others, at):
            return False
    return True


def invariant(circuit: Any, images: Sequence[int], points: int = 3) -> bool:
    """Whether the outputs are the same with x_π(i) in the place of x_i, at random points."""
    for seed in range(points):
        weights, at = random_weights(circuit, seed), vectors(circuit, seed)
        moved = [at[image] for image in images]
        if outputs(circuit, weights, at) != outputs(circuit, weights, moved):
            return False
    return True


def term_value(term: Any, point: Sequence[Fraction]) -> flint.arb:
    """A function of a point as a ball, at the precision of the context."""
    if term.op == "number":
        return ball(term.args[0])
    if term.op == "x":
        return ball(point[term.args[0]])
    if term.op == "pi":
        return flint.arb.pi()
    if term.op == "^":
        return term_value(term.args[0], point) ** int(term.args[1].args[0])
    first, *rest = [term_value(part, point) for part in term.args]
    if term.op == "step":
        return flint.arb(1 if first >= 0 else 0)
    if term.op in ("exp", "sqrt"):
        return getattr(first, term.op)()
    for other in rest:
        if term.op == "max":
            first = max(first, other)
        else:
            first = {"+": first + other, "*": first * other, "/": first / other}[term.op]
    return first


def ball(number: Any) -> flint.arb:
    """A number as the exact one that it is, to the precision of the context."""
    exact = Fraction(number)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def squared_distance(
    circuit: Any,
    weights: Mapping[str, Any],
    rows: Sequence[int],
    below: int,
    gram: Sequence[Sequence[Any]],
    output: int = 0,
) -> mpmath.mpf:
    """Squared distance of the function from those of rank at most ``below``, to 60 digits.

    Singular values of the tensor in the metric of the Gram matrix L Lᵀ, that is with Lᵀ applied to
    every mode; the squares of all but the ``below`` largest are added up (Eckart and Young).
    """
    with mpmath.workdps(80):
        exact = tensor(circuit, weights, output, prime=None)
        array = np.vectorize(mpmath.mpmathify, otypes=[object])(exact)
        factor = np.array(mpmath.cholesky(mpmath.matrix(gram)).T.tolist(), dtype=object)
        for mode in range(array.ndim):
            array = np.moveaxis(np.tensordot(factor, array, axes=(1, mode)), 0, mode)
        singular = mpmath.svd_r(mpmath.matrix(matricized(array, rows).tolist()), compute_uv=False)
        return mpmath.fsum([value**2 for value in sorted(singular, reverse=True)[below:]])


def formula_value(formula: Any, numbers: Mapping[str, int], widths: Sequence[int]) -> int:
    """A formula of sizes at numbers for its symbols and widths r_0, r_1, …"""
    if formula.op == "number":
        return formula.args[0]
    if formula.op == "sym":
        return numbers[formula.args[0]]
    if formula.op == "sum":
        name, low, high, body = formula.args
        ends = [formula_value(end, numbers, widths) for end in (low, high)]
        inside = range(ends[0], ends[1] + 1)
        return sum(formula_value(body, {**numbers, name: i}, widths) for i in inside)
    parts = [formula_value(part, numbers, widths) for part in formula.args]
    if formula.op == "r":
        return widths[parts[0]]
    if formula.op == "minr":
        return min(widths[parts[0] : parts[1] + 1])
    return {
        "+": sum,
        "*": prod,
        "min": min,
        "-": lambda pair: pair[0] - pair[1],
        "^": lambda pair: pair[0] ** pair[1],
        "binom": lambda pair: comb(*pair),
    }[formula.op](parts)


def cp_rank_of_a_cube(entries: Sequence[Any]) -> int:
    """The CP-rank over the reals of a 2 × 2 × 2 tensor, by its orbit.

    Where all three flattenings have rank 2, Cayley's hyperdeterminant decides: positive for 2,
    else 3.
    """
    a = np.array(list(map(Fraction, entries)), dtype=object).reshape(2, 2, 2)
    ranks = [rank(matricized(a, [mode])) for mode in range(3)]
    if min(ranks) < 2:
        return max(ranks)
    (x, y), (z, w) = [[a[0, j, k] for k in (0, 1)] for j in (0, 1)]
    (p, q), (r, s) = [[a[1, j, k] for k in (0, 1)] for j in (0, 1)]
    # det(A_0 + t A_1) has the discriminant (xs + wp - yr - zq)^2 - 4 det A_0 det A_1.
    discriminant = (x * s + w * p - y * r - z * q) ** 2 - 4 * (x * w - y * z) * (p * s - q * r)
    return 2 if discriminant > 0 else 3
