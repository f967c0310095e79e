"""estimate_rank: probabilistic evidence for a generic rank, never a theorem."""

from __future__ import annotations

from dataclasses import dataclass

from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.circuit.graph import Circuit
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.kernel.minors import SIZE_LIMIT
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.terms import IndexRecursion, upper_value
from circuitalg.options import natural


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

    A minor of size k is a polynomial of degree at most k · (number of sum layers on a path, each
    location's vector included); at a random point it vanishes with probability at most degree / p.
    """
    circuit = as_circuit(circuit)
    bipartition, output = as_bipartition(bipartition, circuit), as_output(circuit, output)
    max_minor = natural("max_minor", max_minor, 1)
    trials = natural("trials", trials, 1, 1000)
    question = Question(circuit, bipartition, output)
    bound = upper_value(question, IndexRecursion())
    size, best = min(max_minor, SIZE_LIMIT, bound + 1), 0
    for seed in range(1, trials + 1):
        if best < bound:
            best = max(best, question.grid_rank(seed, size, DEFAULT_PRIME))
    degree = size * (_degree(circuit) + circuit.num_locations)
    return Evidence(best, size, min(1.0, degree / DEFAULT_PRIME) ** trials)


def _degree(circuit: Circuit) -> int:
    """Degree of the output in the weights."""
    degrees: list[int] = []
    for node in circuit.nodes:
        below = [degrees[child] for child in node.children]
        if node.kind == "product":
            degrees.append(sum(below))
        elif node.kind == "sum":
            degrees.append(max(below) + 1)
        else:
            degrees.append(0)
    return degrees[-1]
