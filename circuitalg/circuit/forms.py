"""Forms: how the values of nodes at inputs of ones are computed, for renormalising weights.

Equal forms of two nodes mean equal values at all weights. `circuitalg.kernel.logspace.simplex`
proves with this condition that non-negative weights may be taken from simplices,
`circuitalg.logspace.simplex` computes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from circuitalg.circuit.fold import scan
from circuitalg.circuit.graph import Circuit, Node
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError

Form = tuple[Any, ...] | None
"""How a node's value is computed from those below; None where it is the vector of ones."""


def check_renormalisable(circuit: Circuit) -> None:
    """Demand equal forms below, and above, all uses of a parameter.

    Raises
    ------
    RuleError
        For a parameter whose uses differ, for a fixed matrix that does not choose channels, and for
        one that stands beside others in a sum: it cannot be rescaled.
    """
    scan(circuit.nodes, _Forms())


class _Forms:
    """The algebra of forms, each standing for itself by its number; 0 is that of ones."""

    def __init__(self) -> None:
        self._numbers: dict[Form, int] = {None: 0}
        self._uses: dict[str, tuple[int, int]] = {}

    def leaf(self, _node: Node) -> int:
        return 0

    one = leaf

    def product(self, _node: Node, below: Sequence[int]) -> int:
        parts = sorted(form for form in below if form)
        return self._number(("product", *parts) if parts else None)

    def sum(self, node: Node, below: Sequence[int]) -> int:
        own = self._number(_sum(node, below))
        for label, form in zip(node.matrices, below, strict=True):
            if isinstance(label, str) and self._uses.setdefault(label, (form, own)) != (form, own):
                raise RuleError(
                    f"the uses of parameter {label!r} need different factors to become simplex "
                    "weights (their subtrees differ, or what they feed); prove by a minor of the "
                    "circuit, or tie whole subtrees"
                )
        return own

    def _number(self, form: Form) -> int:
        return self._numbers.setdefault(form, len(self._numbers))


def _sum(node: Node, below: Sequence[int]) -> Form:
    if all(isinstance(label, str) for label in node.matrices):
        return ("sum", *sorted(zip(node.matrices, below, strict=True)))
    chosen = node.matrices[0]
    if len(below) > 1 or isinstance(chosen, str) or not _chooses(chosen):
        raise RuleError(
            f"the fixed matrix of the sum {node.name!r} does not keep simplex weights: only one "
            "that chooses channels (one 1 in each row), alone in its sum, does; prove by a minor "
            "of the circuit"
        )
    return ("choice", chosen, below[0]) if below[0] else None


def _chooses(matrix: Matrix) -> bool:
    return all(row.count(0) == len(row) - 1 and 1 in row for row in matrix)
