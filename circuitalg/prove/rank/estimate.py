"""estimate_rank: probabilistic evidence for a generic rank, never a theorem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.circuit.fold import fold
from circuitalg.circuit.node import Node
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.kernel.rank.minors import SIZE_LIMIT, circuit_rank
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import IndexRecursion
from circuitalg.kernel.rank.values import upper_value
from circuitalg.options import natural
from circuitalg.prove.rank.minor import best_seed


@dataclass(frozen=True, slots=True)
class Evidence:
    """Probabilistic evidence: the rank of random minors modulo a prime.

    ``rank`` is a proved lower bound at the random point taken; that it is the generic rank fails
    with probability at most ``error`` (Schwartz–Zippel), where ``saturated`` is False. When
    saturated, all ``size`` rows were independent and the rank may be larger.
    """

    rank: int
    size: int
    error: float

    @property
    def saturated(self) -> bool:
        """Whether a larger minor could show a larger rank."""
        return self.rank == self.size

    def __str__(self) -> str:
        bound = "at least " if self.saturated else ""
        return f"probably rank {bound}{self.rank} (evidence, error at most {self.error:.2g})"


def estimate_rank(
    circuit: CircuitLike,
    bipartition: BipartitionLike,
    *,
    output: int = 0,
    max_minor: int = 400,
    trials: int = 3,
) -> Evidence:
    """Estimate the generic rank by random minors modulo a prime.

    Minors have the size ``max_minor``, or one more than index recursion says the rank can be where
    that is less: a larger one could show nothing more. The trials end once that bound is reached.

    Parameters
    ----------
    circuit, bipartition, output
        As for `prove_rank`.
    max_minor
        Largest size of a minor, up to 16,384.
    trials
        Number of random points, 1 to 1,000.

    Returns
    -------
    Evidence
        The largest rank seen, and the probability that it is not the generic one.

    Raises
    ------
    StructureError
        When the circuit has no coefficient tensor.

    Notes
    -----
    A minor of size k is a polynomial of degree at most k · (number of sum layers on a path, each
    location's vector included); at a random point it vanishes with probability at most degree / p
    (Schwartz and Zippel).

    Examples
    --------
    >>> from circuitalg import cp_model
    >>> estimate_rank(cp_model(locations=4, dim=2, width=3), "odd-even").rank
    3
    """
    circuit = as_circuit(circuit)
    bipartition, output = as_bipartition(bipartition, circuit), as_output(circuit, output)
    max_minor = natural("max_minor", max_minor, 1)
    trials = natural("trials", trials, 1, 1000)
    question = Question(circuit, bipartition, output)
    bound = upper_value(question, IndexRecursion())
    size = min(max_minor, SIZE_LIMIT, bound + 1)
    _, best = best_seed(
        lambda seed: circuit_rank(question, seed, size, DEFAULT_PRIME), bound, range(1, trials + 1)
    )
    degree = size * (fold(circuit.nodes, _Degree()) + circuit.num_locations)
    return Evidence(best, size, min(1.0, degree / DEFAULT_PRIME) ** trials)


class _Degree:
    """The algebra of degrees in the weights."""

    def leaf(self, _node: Node) -> int:
        return 0

    one = leaf

    def sum(self, _node: Node, below: Sequence[int]) -> int:
        return max(below) + 1

    def product(self, _node: Node, below: Sequence[int]) -> int:
        return sum(below)
