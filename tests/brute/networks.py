"""The tensor of a network of variables (``circuitalg.kernel.rank.network.Network``), written out.

Only its lists are read: dimensions, parents, sides, labels and fixed matrices. A part of the tree
is an array (rows by the leaves of side I, columns by those of side J, values of its variable).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from brute import PRIME, rank, residue

NO_SIDE, SIDE_I, SIDE_J = -1, 0, 1


def children(network: Any) -> list[list[int]]:
    """Children of each variable, in order."""
    found: list[list[int]] = [[] for _ in network.dims]
    for v, parent in enumerate(network.parents):
        if parent >= 0:
            found[parent].append(v)
    return found


def fixed_matrix(network: Any, v: int) -> np.ndarray | None:
    """The fixed matrix above a variable, modulo ``PRIME``; None above which a parameter is."""
    rows, columns = network.dims[network.parents[v]], network.dims[v]
    what = network.fixed[network.labels[v]]
    if what is None:
        return None
    if not isinstance(what, tuple):
        return np.eye(rows, columns, dtype=np.int64)
    return np.array([[residue(x) for x in row[:columns]] for row in what[:rows]], dtype=np.int64)


def random_matrices(network: Any, seed: int = 0) -> list[np.ndarray]:
    """A matrix above each variable: random residues, tied ones equal, fixed ones as they are."""
    generator = random.Random(seed)
    shared: dict[int, np.ndarray] = {}
    found = [np.zeros((0, 0), dtype=np.int64)]
    for v in range(1, len(network.dims)):
        fixed = fixed_matrix(network, v)
        if fixed is None:
            shape = network.dims[network.parents[v]], network.dims[v]
            entries = [generator.randrange(PRIME) for _ in range(shape[0] * shape[1])]
            new = np.array(entries, dtype=np.int64).reshape(shape)
            fixed = shared.setdefault(network.labels[v], new)
        found.append(fixed)
    return found


def matricization(network: Any, matrices: Sequence[np.ndarray]) -> np.ndarray:
    """The matrix of the whole network, modulo ``PRIME``."""
    below = children(network)

    def part(v: int) -> np.ndarray:
        if v and not below[v]:
            dim = network.dims[v]
            eye = np.eye(dim, dtype=np.int64)
            return {
                SIDE_I: eye[:, None, :],
                SIDE_J: eye[None, :, :],
                NO_SIDE: np.ones((1, 1, dim), dtype=np.int64),
            }[network.sides[v]]
        result = np.ones((1, 1, network.dims[v]), dtype=np.int64)
        for child in below[v]:
            sent = _through(matrices[child], part(child))
            rows, columns = result.shape[0] * sent.shape[0], result.shape[1] * sent.shape[1]
            joined = result[:, None, :, None, :] * sent[None, :, None, :, :] % PRIME
            result = joined.reshape(rows, columns, -1)
        return result

    return part(0)[:, :, 0]


def _through(matrix: np.ndarray, array: np.ndarray) -> np.ndarray:
    """Multiply the last axis, one column at a time (products fit 62 bits)."""
    result = np.zeros((*array.shape[:-1], matrix.shape[0]), dtype=np.int64)
    for column in range(matrix.shape[1]):
        term = array[..., column, None] * matrix[:, column] % PRIME
        result = (result + term) % PRIME
    return result


def generic_rank(network: Any, seed: int = 0) -> int:
    """The rank at random matrices: the largest of all, but for a chance of 10^-6."""
    return rank(matricization(network, random_matrices(network, seed)))
