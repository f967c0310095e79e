"""The truth about representation functions and distances, with hundreds of digits."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
from mpmath import mp, mpf

from soundness.truth.network import (
    Net,
    Undecided,
    check_weights,
    demand,
    exact_tensor,
    number,
    sides,
    table,
    tables,
)
from soundness.truth.rank import check_output

DIGITS = 300
MOST_FUNCTIONS = 12


def real(x: Any) -> mpf:
    """A number of a file with all digits."""
    x = number(x)
    return mpf(x.numerator) / x.denominator


def term(t: Any, x: Sequence[mpf]) -> mpf:
    """A function's value at a point; ArithmeticError where it has none."""
    if not isinstance(t, list):
        return real(t)
    operation, *parts = t
    if operation == "x":
        return x[parts[0]]
    if operation == "pi":
        return +mp.pi
    if operation == "^":
        return term(parts[0], x) ** parts[1]
    if operation not in _VALUES:
        raise Undecided(f"an operation {operation!r}")
    return _VALUES[operation]([term(part, x) for part in parts])


def root(parts: Sequence[mpf]) -> mpf:
    """The square root of what is not negative."""
    if parts[0] < 0:
        raise ArithmeticError("a root of a negative number")
    return mpmath.sqrt(parts[0])


_VALUES: dict[str, Callable[[Sequence[mpf]], mpf]] = {
    "+": mpmath.fsum,
    "*": mpmath.fprod,
    "/": lambda parts: parts[0] / parts[1],
    "exp": lambda parts: mpmath.exp(parts[0]),
    "sqrt": root,
    "max": max,
    "step": lambda parts: mpf(parts[0] >= 0),
}


def independent(said: Mapping[str, Any], _: Sequence[Net]) -> None:
    """The matrix of values at random points: of full rank, or not at any of many sets of points."""
    functions, dimension = said["functions"], said["dimension"]
    if len(functions) > MOST_FUNCTIONS:
        raise Undecided("many functions")
    draw = random.Random(1)
    with mp.workdps(DIGITS):
        rows: list[list[mpf]] = []
        for number_ in range(40 * len(functions)):
            scale = (1, 3, 10, 100)[number_ % 4]
            x = [mpf(draw.randint(-(10**9), 10**9)) * scale / 10**9 for _ in range(dimension)]
            try:
                rows.append([term(t, x) for t in functions])
            except ArithmeticError:
                continue
            if len(rows) % len(functions) == 0 and full_rank(rows, len(functions)):
                return
        if len(rows) < 3 * len(functions):
            raise Undecided("hardly defined anywhere")
        demand(False, "dependent at all points tried")


def full_rank(rows: Sequence[Sequence[mpf]], count: int) -> bool:
    """Whether elimination, the largest pivot first, finds so many pivots that are no dust."""
    left = []
    for row in rows:
        size = max(map(abs, row))
        if size:
            left.append([x / size for x in row])
    for _ in range(count):
        pairs = [(abs(x), i, k) for i, row in enumerate(left) for k, x in enumerate(row)]
        size, i, k = max(pairs, default=(mpf(0), 0, 0))
        if size < mpf(10) ** (-DIGITS // 3):
            return False
        pivot = left.pop(i)
        left = [
            [x - row[k] / pivot[k] * p for x, p in zip(row, pivot, strict=True)] for row in left
        ]
        for row in left:
            row[k] = mpf(0)
    return True


def gram_matrix(gram: Mapping[str, Any], count: int) -> mpmath.matrix:
    """Of the functions, with all digits."""
    found = mpmath.eye(count)
    if gram["kind"] == "Orthonormal":
        return found
    if gram["kind"] == "GaussianGram":
        means, variances = table(gram["means"]), table(gram["variances"])
        demand(len(means) == len(variances) == count, "another number of functions")
        demand(all(v > 0 for row in variances for v in row), "a variance that is not positive")
        for i in range(count):
            for j in range(count):
                value = mpf(1)
                for m, n, v, w in zip(means[i], means[j], variances[i], variances[j], strict=True):
                    spread = real(v) + real(w)
                    value *= mpmath.exp(-((real(m) - real(n)) ** 2) / (2 * spread))
                    value /= mpmath.sqrt(2 * mp.pi * spread)
                found[i, j] = value
        return found
    exponents, box = gram["exponents"], table(gram["box"])
    demand(len(exponents) == count, "another number of functions")
    for i in range(count):
        for j in range(count):
            value = mpf(1)
            for e, f, (low, high) in zip(exponents[i], exponents[j], box, strict=True):
                demand(low < high, "an empty box")
                n = e + f + 1
                value *= (real(high) ** n - real(low) ** n) / n
            found[i, j] = value
    return found


def real_of(x: Any) -> mpf:
    """A Fraction with all digits."""
    return mpf(x.numerator) / x.denominator


def kronecker(one: mpmath.matrix, times: int) -> mpmath.matrix:
    """The Kronecker power, first factor slowest."""
    found = mpmath.eye(1)
    for _ in range(times):
        n, m = found.rows, one.rows
        larger = mpmath.matrix(n * m, n * m)
        for i in range(n * m):
            for j in range(n * m):
                larger[i, j] = found[i // m, j // m] * one[i % m, j % m]
        found = larger
    return found


def not_approximable(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The sum of the smallest eigenvalues in the metric of the functions."""
    network, weights = networks[said["circuit"]], tables(said["weights"])
    rows = sides(said["bipartition"], len(network.dims))
    check_weights(network, weights)
    check_output(network, said["output"])
    demand(len(set(network.dims)) == 1, "the locations have different dimensions")
    demand(said["rank"] >= 0, "a negative rank")
    distance = number(said["squared_distance"])
    demand(distance > 0, "a distance that is not positive")
    columns = [i for i in range(len(network.dims)) if i not in set(rows)]
    dim = network.dims[0]
    if dim ** len(network.dims) > 256:
        raise Undecided("a large tensor")
    tensor = exact_tensor(network, weights, said["output"]).transpose((*rows, *columns))
    flat = tensor.reshape(dim ** len(rows), -1)
    with mp.workdps(120):
        a = mpmath.matrix([[real_of(x) for x in row] for row in flat])
        gram = gram_matrix(said["gram"], dim)
        try:
            root = mpmath.cholesky(gram)
        except ValueError:
            raise Undecided("the functions are dependent") from None
        left, right = kronecker(root, len(rows)), kronecker(gram, len(columns))
        square = left.T * a * right * a.T * left
        eigenvalues = sorted(mpmath.eigsy(square, eigvals_only=True))
        tail = mpmath.fsum(eigenvalues[: max(0, len(eigenvalues) - said["rank"])])
        good = real_of(distance) <= tail + abs(eigenvalues[-1]) * mpf(10) ** -90
        demand(good, f"the squared distance is {mpmath.nstr(tail, 20)}")
