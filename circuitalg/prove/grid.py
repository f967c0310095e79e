"""prove_grid_rank: circuits that repeat inputs, by a minor of the grid matrix on templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from circuitalg.arithmetic.modular import nonzero_minor, residues
from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.circuit.tables import as_table
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.errors import NotProved, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.minors import Stream, stream_weights
from circuitalg.kernel.network import side_of_location
from circuitalg.kernel.statements import GridRank
from circuitalg.kernel.terms import GridMinor
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import natural
from circuitalg.tensor.modular_grid import grid_values

_SEED = 1


def prove_grid_rank(
    circuit: CircuitLike,
    bipartition: BipartitionLike,
    *,
    templates: Sequence[Sequence[Any]] | None = None,
    output: int = 0,
    max_grid: int = 1024,
) -> Theorem[GridRank]:
    """Prove a lower bound on the generic rank of the grid matrix, hence on the separation rank.

    Parameters
    ----------
    templates
        T exact vectors of length M; the M unit vectors by default. Each location takes one of
        them.
    max_grid
        Rows and columns looked at: all T^|I| (T^|J|) choices where they are fewer, else a sample.

    Raises
    ------
    NotProved
        When the grid matrix is zero at random weights.
    """
    circuit = as_circuit(circuit)
    bipartition, output = as_bipartition(bipartition, circuit), as_output(circuit, output)
    max_grid = natural("max_grid", max_grid, 1, 8192)
    dim = circuit.dims[0]
    if templates is None:
        templates = [[int(r == c) for c in range(dim)] for r in range(dim)]
    sides = side_of_location(circuit, bipartition)
    prime = DEFAULT_PRIME
    stream = Stream(_SEED, prime)
    weights = stream_weights(circuit, stream)
    given = as_table(templates, "templates", exact=True)
    if len(given.shape) != 2:
        raise WeightError(f"templates must be an array (T, M), not of shape {tuple(given.shape)}")
    exact = rules.exact_matrix(given, "templates")
    table = residues(exact, prime)
    choices = [
        _choices(len(side), len(exact), max_grid, stream) for side in (bipartition.I, bipartition.J)
    ]
    position, vectors = [0, 0], []
    for side in sides:
        vectors.append(table[choices[side][:, position[side]]])
        position[side] += 1
    grid = grid_values(circuit.nodes, weights, vectors, sides, prime, output=output)
    rows, columns = nonzero_minor(grid, prime)
    if not len(rows):
        raise NotProved("the grid matrix was zero at random weights, so no rank was proved")
    picked = [
        tuple(tuple(int(n) for n in choices[s][i]) for i in chosen)
        for s, chosen in ((0, rows), (1, columns))
    ]
    term = GridMinor(_SEED, prime, picked[0], picked[1])
    return rules.grid_rank(circuit, exact, bipartition, term, output=output)


def _choices(length: int, templates: int, limit: int, stream: Stream) -> np.ndarray:
    """All template choices of one side in lexicographic order, or a random sample of them."""
    if templates**length <= limit:
        grids = np.indices((templates,) * length).reshape(length, -1)
        return np.ascontiguousarray(grids.T)
    return stream.take(limit, length) % templates
