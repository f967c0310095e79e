"""prove_grid_rank: circuits that repeat inputs, by a minor of the grid matrix on templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from circuitalg.arithmetic.modular import nonzero_minor, residues
from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.circuit.graph import Matrix
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output, exact_matrix
from circuitalg.errors import NotProved, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.rank.minors import Stream, stream_weights, template_grid
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import GridRank
from circuitalg.kernel.rank.terms import GridMinor
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import natural
from circuitalg.prove.rank.minor import SEEDS, best_seed
from circuitalg.tables import as_table


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
    circuit
        Any circuit with one dimension M for all locations; inputs may be repeated.
    bipartition, output
        As for `prove_rank`.
    templates
        T exact vectors of length M, shape (T, M); the M unit vectors by default. Each location
        takes one of them.
    max_grid
        Rows and columns looked at: all T^|I| (T^|J|) choices where they are fewer, else a sample.

    Raises
    ------
    NotProved
        When the grid matrix is zero at random weights.
    WeightError
        For templates that are not exact vectors of length M.

    Notes
    -----
    Source: Levine, Sharir, Ziv, Shashua 2017 (grid tensors and separation rank).

    Examples
    --------
    >>> from circuitalg import rac_model
    >>> recurrent = rac_model(locations=4, dim=2, width=2, layers=2)
    >>> prove_grid_rank(recurrent, "low-high").statement.summary
    'rank >= 4'
    """
    circuit = as_circuit(circuit)
    bipartition, output = as_bipartition(bipartition, circuit), as_output(circuit, output)
    max_grid = natural("max_grid", max_grid, 1, 8192)
    dim = circuit.dims[0]
    if templates is None:
        templates = [[int(r == c) for c in range(dim)] for r in range(dim)]
    given = as_table(templates, "templates", exact=True)
    if len(given.shape) != 2:
        raise WeightError(f"templates must be an array (T, M), not of shape {tuple(given.shape)}")
    exact = exact_matrix(given, "templates")
    question = Question(circuit, bipartition, output)
    terms: dict[int, GridMinor] = {}

    def rank(seed: int) -> int:
        terms[seed] = _minor(question, exact, max_grid, seed)
        return len(terms[seed].rows)

    seed, found = best_seed(rank, 1, SEEDS)
    if not found:
        raise NotProved("the grid matrix was zero at random weights, so no rank was proved")
    return rules.grid_rank(circuit, exact, bipartition, terms[seed], output=output)


def _minor(question: Question, templates: Matrix, limit: int, seed: int) -> GridMinor:
    """The largest non-zero minor of the grid, or of a sample, at the seed's weights."""
    prime = DEFAULT_PRIME
    stream = Stream(seed, prime)
    weights = stream_weights(question.circuit, stream)
    sides = question.bipartition.I, question.bipartition.J
    choices = [_choices(len(side), len(templates), limit, stream) for side in sides]
    grid = template_grid(question, weights, residues(templates, prime), choices, prime)
    rows, columns = (
        tuple(tuple(row) for row in chosen[list(picked)].tolist())
        for chosen, picked in zip(choices, nonzero_minor(grid, prime), strict=True)
    )
    return GridMinor(seed, prime, rows, columns)


def _choices(length: int, templates: int, limit: int, stream: Stream) -> np.ndarray:
    """All template choices of one side in lexicographic order, or a random sample of them."""
    if templates**length <= limit:
        grids = np.indices((templates,) * length).reshape(length, -1)
        return np.ascontiguousarray(grids.T)
    return stream.take(limit, length) % templates
