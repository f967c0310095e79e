"""Universality: a network that represents every tensor, shown by weights that select monomials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from circuitalg.circuit.fold import fold, location_of
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, Node
from circuitalg.circuit.weights import check_shapes
from circuitalg.errors import RuleError
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof
from circuitalg.python_code import AS_CODE

_MAX_ENTRIES = 4_000_000
_ZERO = -1


@dataclass(frozen=True, slots=True)
class Universal:
    """For any tensors A^1, …, A^Y there are real weights at which the outputs have them.

    Source: Cohen, Sharir, Shashua 2016, sections 3.1 (CP with Z = M^N) and 3.2 (HT).

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(ca.prove_universal(ca.cp_model(locations=2, dim=2, width=4)))
    Theorem: the network represents every tensor of shape 2^2, with suitable real weights
    """

    circuit: Circuit

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return "every tensor"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        dims = self.circuit.dims
        shape = f"{dims[0]}^{len(dims)}" if len(set(dims)) == 1 else "x".join(map(str, dims))
        outputs = self.circuit.num_outputs
        which = "every tensor" if outputs == 1 else f"any {outputs} tensors (one for each output)"
        return f"the network represents {which} of shape {shape}, with suitable real weights"


@dataclass(frozen=True, slots=True)
class Selection(Proof):
    """Weights of 0 and 1, at most one 1 in a row, for all parameters but the free output matrix."""

    weights: Mapping[str, Matrix]
    free: str

    __repr__, _repr_pretty_ = AS_CODE

    tactic = "selection of monomials"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            "at weights of 0 and 1 the last hidden channels compute every product of one "
            f"coordinate per location, and the entries of {self.free!r} are their coefficients"
        )


@rule
def universal(circuit: Circuit, proof: Selection) -> Universal:
    """Follow the monomials through the network and demand that every multi-index arrives.

    At these weights each channel computes 0 or one monomial Π x_{i,d_i} over its node's scope
    (smooth and decomposable: each location once). A monomial is kept as Σ d_i · stride_i, its
    place in the tensor. If all Π M_i occur below the free matrix, any tensor is reached by its
    entries as coefficients, for each output on its own.
    """
    circuit.is_multilinear.demand(RuleError, "universality is about coefficient tensors")
    last = circuit.nodes[-1]
    uses = [label for node in circuit.nodes for label in node.matrices].count(proof.free)
    if last.kind != "sum" or last.matrices != (proof.free,) or uses != 1:
        raise RuleError(
            f"the output must be a sum of one child through {proof.free!r}, used nowhere else"
        )
    if circuit.num_parameters + sum(node.width for node in circuit.nodes) > _MAX_ENTRIES:
        raise RuleError(f"the network has more than {_MAX_ENTRIES:,} weights and channels")
    shapes = {name: shape for name, shape in circuit.parameters.items() if name != proof.free}
    check_shapes(shapes, proof.weights)
    wanted, channels = 1, circuit.nodes[last.children[0]].width
    for dim in circuit.dims:
        wanted *= dim
        if wanted > channels:
            raise RuleError(
                f"only {channels} products of coordinates can reach the output, and there are more"
            )
    # The output's only child is the node before it.
    monomials = fold(circuit.nodes[:-1], _Monomials(circuit, proof.weights))
    reached = set(monomials) - {_ZERO}
    if len(reached) != wanted:
        raise RuleError(
            f"only {len(reached)} of {wanted} products of coordinates reach the output's channels"
        )
    return Universal(circuit)


class _Monomials:
    """The algebra of the monomials of a node's channels, at these weights of 0 and 1."""

    def __init__(self, circuit: Circuit, weights: Mapping[str, Matrix]) -> None:
        self._strides = [1] * circuit.num_locations
        for i in range(circuit.num_locations - 1, 0, -1):
            self._strides[i - 1] = self._strides[i] * circuit.dims[i]
        self._chosen = {name: _choices(rows, name) for name, rows in weights.items()}

    def leaf(self, node: Node) -> list[int]:
        return [d * self._strides[location_of(node)] for d in range(node.width)]

    def one(self, node: Node) -> list[int]:
        return [0] * node.width

    def product(self, _node: Node, below: Sequence[list[int]]) -> list[int]:
        columns = zip(*below, strict=True)
        return [_ZERO if _ZERO in column else sum(column) for column in columns]

    def sum(self, node: Node, below: Sequence[list[int]]) -> list[int]:
        terms = []
        for label, child in zip(node.matrices, below, strict=True):
            rows = self._chosen[label] if isinstance(label, str) else _choices(label, node.name)
            terms.append([_ZERO if row is None else child[row] for row in rows])
        return [_only(column, node.name) for column in zip(*terms, strict=True)]


def _choices(rows: Matrix, where: str) -> list[int | None]:
    """Return for each row the place of its 1, None for a row of zeros."""
    found: list[int | None] = []
    for row in rows:
        places = [place for place, entry in enumerate(row) if entry != 0]
        if len(places) > 1 or any(row[place] != 1 for place in places):
            raise RuleError(f"the matrix at {where!r} has a row that is not a selection")
        found.append(places[0] if places else None)
    return found


def _only(column: Sequence[int], where: str) -> int:
    """Return the one monomial among a sum's branches."""
    found = [monomial for monomial in column if monomial != _ZERO]
    if len(found) > 1:
        raise RuleError(f"two branches of the sum {where!r} are not zero in one channel")
    return found[0] if found else _ZERO
