"""The split of a signed network into two non-negative ones, whose difference it is."""

from __future__ import annotations

from dataclasses import dataclass

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, Node
from circuitalg.errors import RuleError, StructureError
from circuitalg.integers import counted
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof, short_name
from circuitalg.logspace.signs import split_signs
from circuitalg.python_code import AS_CODE


@dataclass(frozen=True, slots=True)
class SignedSplit:
    """A network is the difference of the two halves of a non-negative network's outputs.

    For all matrices W+, W- (one of each for every parameter W) and all inputs x:
    h(x; W+ − W-) = s_1(x; W+, W-) − s_2(x; W+, W-), s_1 and s_2 being the first and the last Y
    outputs of the split, which has no negative number of its own. With W+ = max(W, 0) and
    W- = max(−W, 0) this is any network as a difference of non-negative ones. Source: elementary
    (differences of monotone circuits; Valiant 1980 on the power of negation).

    Examples
    --------
    >>> import circuitalg as ca
    >>> theorem = ca.prove_signed_split(ca.cp_model(2, 2, 2))
    >>> print(theorem)
    Theorem: for all matrices W+, W- and inputs x, the network 23bb3ff4016e... at W = W+ - W-
    has the values (first 1) - (last 1) of the outputs of the network dc8df25818d9..., which is
    non-negative where W+, W- and x are
    >>> theorem.statement.split.num_outputs
    2
    """

    circuit: Circuit
    split: Circuit

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"{counted(len(self.circuit.nodes), 'node')}, split: {len(self.split.nodes)}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        return (
            "for all matrices W+, W- and inputs x, the network "
            f"{short_name(self.circuit)} at W = W+ - W- has the values (first "
            f"{self.circuit.num_outputs}) - (last {self.circuit.num_outputs}) of the outputs of "
            f"the network {short_name(self.split)}, which is non-negative where W+, W- and "
            "x are"
        )


@dataclass(frozen=True, slots=True)
class Signs(Proof):
    """Every node is the difference of its two nodes in the split."""

    tactic = "signs"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            "by induction every node is p - m for its two nodes of the split: "
            "(p - m)(q - n) = (pq + mn) - (pn + mq), and sums are linear in W+ - W-"
        )


@rule
def signed_split(circuit: Circuit, split: Circuit, proof: Signs) -> SignedSplit:
    """Build the split (`circuitalg.logspace.signs.split_signs`) and compare, names of nodes apart.

    Proof, by induction: each node is p − m, a missing one being zero. Inputs and constants have no
    m. A sum: Σ (W+ − W-)(p_c − m_c) = Σ (W+ p_c + W- m_c) − Σ (W- p_c + W+ m_c), fixed matrices
    F = max(F, 0) − max(−F, 0) too. A product of two: (p − m)(q − n) = (pq + mn) − (pn + mq); more
    factors two by two. The split's fixed matrices are max(±F, 0), identities and zeros.
    """
    del proof
    try:
        wanted = split_signs(circuit)
    except StructureError as error:
        raise RuleError(str(error)) from None
    if len(wanted.nodes) != len(split.nodes):
        raise RuleError(
            f"the split has {counted(len(wanted.nodes), 'node')}, not {len(split.nodes)}"
        )
    contents = _Contents()
    for number, (own, given) in enumerate(zip(wanted.nodes, split.nodes, strict=True)):
        if contents.of(own) != contents.of(given):
            raise RuleError(f"node {number} ({given.name!r}) is not the one that the split needs")
    return SignedSplit(circuit, split)


class _Contents:
    """A node without its name, fixed matrices as numbers: each is read once, not at each edge."""

    def __init__(self) -> None:
        self._numbers: dict[Matrix, int] = {}
        self._known: dict[int, int] = {}

    def of(self, node: Node) -> tuple[object, ...]:
        """Equal for nodes that differ in their names alone; the two circuits keep the matrices."""
        labels: list[str | int] = []
        for label in node.matrices:
            if isinstance(label, str):
                labels.append(label)
                continue
            if id(label) not in self._known:
                self._known[id(label)] = self._numbers.setdefault(label, len(self._numbers))
            labels.append(self._known[id(label)])
        return (node.kind, node.width, node.location, node.children, labels)
