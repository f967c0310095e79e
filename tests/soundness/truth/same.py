"""The truth about equal functions, symmetries and linearity: values at random points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from soundness.truth.network import (
    PRIME,
    Net,
    Undecided,
    demand,
    residues,
    table,
    times,
    values,
    weights_of,
)
from soundness.truth.rank import equal_at, some_points


def matrix(term: Any, weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """A matrix expression at weights modulo the prime."""
    operation, *parts = term
    if operation == "parameter":
        demand(parts[0] in weights, "an expression names no parameter of the first network")
        return weights[parts[0]]
    if operation == "matrix":
        return residues(table(parts))
    if operation not in ("+", "*"):
        raise Undecided(f"an operation {operation!r}")
    found = [matrix(part, weights) for part in parts]
    value = found[0]
    for other in found[1:]:
        if operation == "+":
            demand(value.shape == other.shape, "a sum of matrices of two shapes")
            value = (value + other) % PRIME
        else:
            demand(value.shape[1] == len(other), "a product of matrices that do not fit")
            value = times(other.T, value)
    return value


def same_function(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """All outputs agree at random weights and points."""
    a, b = networks[said["a"]], networks[said["b"]]
    demand(a.dims == b.dims and a.outputs == b.outputs, "the networks have different shapes")
    demand(set(said["weights"]) == set(b.parameters), "not an expression for each parameter")
    for seed in range(2):
        own = {k: np.array(rows, dtype=np.int64) for k, rows in weights_of(a, seed).items()}
        mapped = {name: matrix(term, own) for name, term in said["weights"].items()}
        for name, value in mapped.items():
            demand(value.shape == b.parameters[name], f"{name} has another shape")
        x = some_points(a, seed)
        demand(equal_at(values(a, own, x), values(b, mapped, x)), "the values differ")


def symmetric(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """Permuting the locations leaves the values as they are."""
    network = networks[said["circuit"]]
    count = len(network.dims)
    weights, x = weights_of(network, 1), some_points(network, 1)
    wanted = values(network, weights, x)
    for images in said["generators"]:
        demand(sorted(images) == list(range(count)), "not a permutation")
        moved = [x[image] for image in images]
        fits = all(network.dims[i] == network.dims[k] for i, k in enumerate(images))
        demand(fits, "a permutation of different dimensions")
        demand(equal_at(values(network, weights, moved), wanted), "the values differ")


def multilinear(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """At each location in turn, a combination of two vectors gives that of the values."""
    network = networks[said["circuit"]]
    weights = weights_of(network, 1)
    x, other = some_points(network, 1), some_points(network, 2)
    for i in range(len(network.dims)):
        one = values(network, weights, x)
        two = values(network, weights, [*x[:i], other[i], *x[i + 1 :]])
        both = values(network, weights, [*x[:i], (5 * x[i] + 7 * other[i]) % PRIME, *x[i + 1 :]])
        demand(equal_at((5 * one + 7 * two) % PRIME, both), f"not linear at location {i}")
