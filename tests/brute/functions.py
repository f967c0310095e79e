"""Functions by their values: expressions at numbers, networks at random points, distances.

Two different polynomials of low degree agree at a random point modulo ``PRIME`` with a chance of
some 10^-8; two networks that agree at a few are equal.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from brute import PRIME, matricized, outputs, random_weights, residue, tensor

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
        return _ball(term.args[0])
    if term.op == "x":
        return _ball(point[term.args[0]])
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


def _ball(number: Any) -> flint.arb:
    exact = Fraction(number)
    return flint.arb(flint.fmpq(exact.numerator, exact.denominator))


def squared_distance(
    circuit: Any,
    weights: Mapping[str, Any],
    rows: Sequence[int],
    rank: int,
    gram: Sequence[Sequence[Fraction]],
    output: int = 0,
) -> flint.arb:
    """Squared distance of the function from all of lower rank: eigenvalues, exactly enclosed.

    Those of G_I ⟦A⟧ G_J ⟦A⟧ᵀ are the squared singular values in the metric of the Gram matrix; all
    but the ``rank`` largest are added up. Roots of the characteristic polynomial over Q.
    """
    array = tensor(circuit, weights, output, prime=None)
    metric = np.array(gram, dtype=object)
    matrix = matricized(array, rows)
    for mode in range(array.ndim):
        array = np.moveaxis(np.tensordot(metric, array, axes=(1, mode)), 0, mode)
    product = matricized(array, rows) @ matrix.T
    size = len(product)
    entries = [flint.fmpq(x.numerator, x.denominator) for x in map(Fraction, product.ravel())]
    polynomial = flint.fmpq_mat(size, size, entries).charpoly()
    roots = [root.real for root, times in polynomial.complex_roots() for _ in range(times)]
    return sum(sorted(roots, key=lambda root: float(root.mid()))[: size - rank], flint.arb(0))
