"""Forms: how the values of nodes at inputs of ones are computed, for renormalising weights.

Equal forms of two nodes mean equal values at all weights. `circuitalg.kernel.simplex` proves with
this condition that non-negative weights may be taken from simplices, `circuitalg.logspace.simplex`
computes them.
"""

from __future__ import annotations

from typing import Any

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
    numbers: dict[Form, int] = {None: 0}
    forms: list[int] = []
    uses: dict[str, tuple[int, int]] = {}
    for node in circuit.nodes:
        form = _form(node, [forms[child] for child in node.children])
        forms.append(numbers.setdefault(form, len(numbers)))
        for label, child in zip(node.matrices, node.children, strict=False):
            if isinstance(label, str):
                use = (forms[child], forms[-1])
                if uses.setdefault(label, use) != use:
                    raise RuleError(
                        f"the uses of parameter {label!r} need different factors to become simplex "
                        "weights (their subtrees differ, or what they feed); prove by a minor of "
                        "the circuit, or tie whole subtrees"
                    )


def _form(node: Node, below: list[int]) -> Form:
    if node.kind == "product":
        parts = sorted(form for form in below if form)
        return ("product", *parts) if parts else None
    if node.kind != "sum":
        return None
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
