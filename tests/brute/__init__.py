"""Slow definitions, apart from the package; here: whole coefficient tensors and their ranks.

Modulo 2^31 - 1, or over Q (``prime=None``). Only the description of a circuit (``nodes``, ``dims``,
``parameters``) is read; no tensor, kernel or exact code of circuitalg is used, so that a mistake
there cannot hide itself here. The other subjects have files of their own: ``networks`` and
``cuts``, ``paths``, ``quivers`` for ranks; ``functions``; ``logarithms``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

import flint
import numpy as np
import pytest

PRIME = 2**31 - 1

Table = list[list[int]]


def random_weights(circuit: Any, seed: int = 0, prime: int = PRIME) -> dict[str, Table]:
    """Uniformly random residues for every parameter; tied matrices are one matrix."""
    generator = random.Random(seed)
    return {
        name: [[generator.randrange(prime) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in sorted(circuit.parameters.items())
    }


def residue(entry: int | Fraction, prime: int = PRIME) -> int:
    """An exact number modulo the prime."""
    return int(entry.numerator) * pow(int(entry.denominator), -1, prime) % prime


def number(entry: Any, prime: int | None = PRIME) -> Any:
    """A number modulo the prime, or as the Fraction that it is; a float is a dyadic number."""
    exact = Fraction(entry) if isinstance(entry, float) else entry
    if prime is not None:
        return residue(exact, prime)
    return Fraction(int(exact.numerator), int(exact.denominator))


def tensor(
    circuit: Any,
    weights: Mapping[str, Sequence[Sequence[Any]]],
    output: int = 0,
    prime: int | None = PRIME,
) -> np.ndarray:
    """The coefficient tensor of one output, one axis for each location.

    Modulo a prime below 2^31, or over Q without one. Every node is written out as an array over
    (its locations in order, its channels).
    """
    kind = object if prime is None else np.int64
    values: list[tuple[tuple[int, ...], np.ndarray]] = []
    for node in circuit.nodes:
        below = [values[child] for child in node.children]
        if node.kind == "input":
            values.append(((node.location,), np.eye(node.width, dtype=int).astype(kind)))
        elif node.kind == "constant":
            values.append(((), np.ones(node.width, dtype=int).astype(kind)))
        elif node.kind == "product":
            value = below[0]
            for factor in below[1:]:
                value = _outer(value, factor, prime)
            values.append(value)
        else:
            total = None
            for (scope, array), matrix in zip(below, node.matrices, strict=True):
                table = weights[matrix] if isinstance(matrix, str) else matrix
                part = _apply(table, array, prime)
                if total is not None and scope != values[node.children[0]][0]:
                    raise ValueError("the children of a sum have different scopes")
                total = part if total is None else _reduced(total + part, prime)
            values.append((below[0][0], total))
    scope, array = values[-1]
    if scope != tuple(range(len(circuit.dims))):
        raise ValueError("the output does not depend on every location")
    return array[..., output]


def _reduced(array: np.ndarray, prime: int | None) -> np.ndarray:
    return array if prime is None else array % prime


def _apply(table: Sequence[Sequence[Any]], array: np.ndarray, prime: int | None) -> np.ndarray:
    """Multiply the channels by a matrix, one product of residues at a time (they fit 62 bits)."""
    entries = [[number(entry, prime) for entry in row] for row in table]
    matrix = np.array(entries, dtype=array.dtype)
    result = np.zeros((*array.shape[:-1], len(table)), dtype=array.dtype)
    for column in range(array.shape[-1]):
        rows = np.flatnonzero(matrix[:, column])  # few in the 0/1 matrices of expansions
        term = _reduced(array[..., column, None] * matrix[rows, column], prime)
        result[..., rows] = _reduced(result[..., rows] + term, prime)
    return result


def _outer(
    one: tuple[tuple[int, ...], np.ndarray],
    two: tuple[tuple[int, ...], np.ndarray],
    prime: int | None,
) -> tuple[tuple[int, ...], np.ndarray]:
    """Outer product of disjoint scopes, channel by channel."""
    if set(one[0]) & set(two[0]):
        raise ValueError("the factors of a product share a location")
    left = one[1].reshape(*one[1].shape[:-1], *(1,) * len(two[0]), one[1].shape[-1])
    joined = _reduced(left * two[1], prime)
    scope = one[0] + two[0]
    order = sorted(range(len(scope)), key=scope.__getitem__)
    axes = (*order, len(scope))
    return tuple(scope[i] for i in order), np.ascontiguousarray(joined.transpose(axes))


def matricized(array: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    """The matrix whose rows are the locations in ``rows``, its columns the others."""
    columns = [i for i in range(array.ndim) if i not in set(rows)]
    height = prod(array.shape[i] for i in rows)
    return array.transpose((*rows, *columns)).reshape(height, -1)


def rank(matrix: np.ndarray) -> int:
    """Rank modulo ``PRIME`` of a matrix of residues, over Q of one of Fractions."""
    height, width = matrix.shape
    entries = matrix.ravel().tolist()
    if matrix.dtype == object:
        rationals = [flint.fmpq(x.numerator, x.denominator) for x in entries]
        return int(flint.fmpq_mat(height, width, rationals).rank())
    return int(flint.nmod_mat(height, width, entries, PRIME).rank())


def rank_at(
    circuit: Any,
    weights: Mapping[str, Sequence[Sequence[Any]]],
    rows: Sequence[int],
    output: int = 0,
    prime: int | None = PRIME,
) -> int:
    """Rank of the matricization at these weights, modulo ``PRIME`` or over Q."""
    return rank(matricized(tensor(circuit, weights, output, prime), rows))


def generic_rank(circuit: Any, rows: Sequence[int], output: int = 0, seed: int = 0) -> int:
    """Rank of the matricization at random weights: the generic one, but for a chance of 10^-6."""
    return rank_at(circuit, random_weights(circuit, seed), rows, output)


def outputs(
    circuit: Any,
    weights: Mapping[str, Sequence[Sequence[Any]]],
    vectors: Sequence[Sequence[Any]],
    prime: int | None = PRIME,
) -> list[Any]:
    """The circuit's outputs at one vector for each location (any circuit, repeated inputs too)."""
    values: list[list[Any]] = []
    for node in circuit.nodes:
        if node.kind == "input":
            found = [number(entry, prime) for entry in vectors[node.location]]
        elif node.kind == "constant":
            found = [number(1, prime)] * node.width
        elif node.kind == "product":
            found = [prod(values[c][i] for c in node.children) for i in range(node.width)]
        else:
            found = [number(0, prime)] * node.width
            for child, matrix in zip(node.children, node.matrices, strict=True):
                table = weights[matrix] if isinstance(matrix, str) else matrix
                for i, row in enumerate(table):
                    terms = zip(row, values[child], strict=True)
                    found[i] += sum(number(entry, prime) * x for entry, x in terms)
        values.append(found if prime is None else [x % prime for x in found])
    return values[-1]


def evaluate(
    circuit: Any,
    weights: Mapping[str, Sequence[Sequence[Any]]],
    vectors: Sequence[Sequence[Any]],
    output: int = 0,
) -> int:
    """One output modulo ``PRIME``."""
    return outputs(circuit, weights, vectors)[output]


def grid_rank(
    circuit: Any,
    rows: Sequence[int],
    templates: Sequence[Sequence[Any]],
    seed: int = 0,
    output: int = 0,
) -> int:
    """Rank of the whole grid matrix on the templates at random weights (any circuit)."""
    weights = random_weights(circuit, seed)
    count, total = len(circuit.dims), len(templates)
    columns = [i for i in range(count) if i not in set(rows)]
    entries = []
    for row in range(total ** len(rows)):
        for column in range(total ** len(columns)):
            chosen = dict(zip(rows, _digits(row, total, len(rows)), strict=True))
            chosen |= dict(zip(columns, _digits(column, total, len(columns)), strict=True))
            vectors = [templates[chosen[i]] for i in range(count)]
            entries.append(evaluate(circuit, weights, vectors, output))
    return rank(np.array(entries, dtype=np.int64).reshape(total ** len(rows), -1))


def _digits(number: int, base: int, count: int) -> list[int]:
    return [number // base**i % base for i in range(count)]


def expect(found: object, wanted: object, what: str = "value") -> None:
    """Fail unless the two are equal; unlike ``assert`` it also holds under ``python -O``."""
    if found != wanted:
        pytest.fail(f"{what}: found {found}, expected {wanted}")


def expect_between(low: int, value: int, high: int, what: str = "rank") -> None:
    """Fail unless low <= value <= high."""
    if not low <= value <= high:
        pytest.fail(f"{what} {value} is not in [{low}, {high}]")
