"""Minimal hierarchical decompositions: exact, with the smallest possible rank at every node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from circuitalg.arithmetic import modular
from circuitalg.arithmetic.primes import is_prime
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError, TooLargeError, WeightError
from circuitalg.integers import counted, shown
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof
from circuitalg.python_code import AS_CODE
from circuitalg.tensor.exact_tensor import ExactTensor
from circuitalg.tensor.hierarchical import HTDecomposition, preorder

_MAX_LEAVES = 16
_MAX_PRIME = 1 << 24


@dataclass(frozen=True, slots=True)
class MinimalHT:
    """The tensor has a hierarchical Tucker decomposition over the tree with exactly these ranks.

    And none with a smaller rank at any node: the rank at a node is that of the matricization of its
    locations against the rest. Source: Hackbusch and Kühn 2009; Grasedyck 2010.

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(ca.prove_minimal_ht([[1, 2], [2, 4]]))
    Theorem: the given 2x2 tensor has a hierarchical decomposition over (0, 1) with the ranks
    (1, 1, 1) (in preorder), and at no node is a smaller rank possible
    """

    tensor: ExactTensor
    tree: ModeTree
    ranks: tuple[int, ...]

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        shown = " ".join(map(str, self.ranks[1:12])) + " ..." * (len(self.ranks) > 12)
        return f"ranks {shown}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        shape = "x".join(map(str, self.tensor.dims))
        return (
            f"the given {shape} tensor has a hierarchical decomposition over "
            f"{self.tree.to_nested()} with the ranks {self.ranks} (in preorder), and at no node is "
            "a smaller rank possible"
        )


@dataclass(frozen=True, slots=True)
class Frames(Proof):
    """The decomposition's matrices by node in preorder, and a prime for the ranks from below."""

    prime: int
    matrices: tuple[Matrix, ...]

    __repr__, _repr_pretty_ = AS_CODE

    tactic = "frames"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            "the matrices contract to the tensor exactly, so no matricization has a larger rank\n"
            f"modulo {self.prime} every matricization has at least that rank"
        )


@rule
def minimal_ht(tensor: ExactTensor, tree: ModeTree, proof: Frames) -> MinimalHT:
    """Contract the frames over Q; compare ranks modulo the prime with their widths."""
    if tree.locations != len(tensor.dims) or tree.locations > _MAX_LEAVES:
        raise RuleError(
            f"the tree has {tree.locations} leaves; it needs one for each of the tensor's "
            f"{len(tensor.dims)} modes, at most {_MAX_LEAVES}"
        )
    places = preorder(tree)
    ranks = tuple(len(matrix[0]) if matrix else 0 for matrix in proof.matrices)
    if len(ranks) != len(places):
        raise RuleError(
            f"the tree has {counted(len(places), 'node')}, and there must be a matrix for each"
        )
    entries = len(tensor.entries)
    for place, rank in zip(places, ranks, strict=True):
        side = prod(tensor.dims[i] for i in place.leaves)
        if rank > min(side, entries // side):
            raise RuleError(f"the locations {place.leaves} cannot have the rank {rank}")
    try:
        found = HTDecomposition(tree, tensor.dims, proof.matrices).tensor()
    except (WeightError, TooLargeError) as error:
        raise RuleError(str(error)) from None
    if found != tensor:
        raise RuleError("the frames do not contract to the tensor")
    check_prime(proof.prime)
    for place, rank in zip(places[1:], ranks[1:], strict=True):
        least = rank_modulo(tensor, place.leaves, proof.prime)
        if least < rank:
            raise RuleError(
                f"the matricization of {place.leaves} has rank {least} modulo {proof.prime}, and "
                f"the decomposition has {rank} there"
            )
    return MinimalHT(tensor, tree, ranks)


def check_prime(prime: int) -> None:
    """Ranks are taken modulo a prime from 3 to 2^24."""
    if type(prime) is not int or not 2 < prime < _MAX_PRIME or not is_prime(prime):
        raise RuleError(f"ranks are taken modulo a prime from 3 to 2^24, not {shown(prime)}")


def rank_modulo(tensor: ExactTensor, rows: Sequence[int], prime: int) -> int:
    """Rank of a matricization modulo a prime, a lower bound on that over Q."""
    if any(entry.denominator % prime == 0 for entry in tensor.entries):
        raise RuleError(f"a denominator of the tensor is not a unit modulo {prime}")
    return modular.rank(tensor.matricize(rows), prime)
