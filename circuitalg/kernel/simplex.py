"""The simplex form: non-negative weights renormalised to rows that sum to one, level by level.

Let g be the nodes' values at inputs that are all 1. Dividing every node's channels by g turns the
weight w[γ, α] of a sum into w[γ, α] · g_child[α] / g_sum[γ]. Those are shares: non-negative, and
together 1 in each row of a sum. A parameter that is used twice stays one parameter if g is the same
below all its uses, and above. Equal *forms* ensure it; a level's own sharing flag does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from circuitalg.circuit.files import circuit_from_data, circuit_to_data
from circuitalg.circuit.graph import Circuit, Node
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.kernel.subject import Data

Form = tuple[Any, ...] | None
"""How a node's g is computed from those below; None where it is the vector of ones."""


@dataclass(frozen=True, slots=True)
class SimplexForm:
    """Up to a known factor for each output, non-negative weights may be taken from simplices.

    For all weights w ≥ 0 there are weights v ≥ 0 of the same network, rows of the matrices of each
    sum having together the sum 1, with h_y(x; w) = h_y(1; w) · h_y(x; v) for all outputs and
    inputs. Source: Sharir, Tamari, Cohen, Shashua 2016 (generative decompositions), for any circuit
    whose ties allow it.
    """

    circuit: Circuit

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return "weights from simplices"

    def __str__(self) -> str:
        return (
            f"for all non-negative weights w of the network {self.circuit.fingerprint[:12]} there "
            "are weights v whose rows sum to 1 (over all matrices of a sum), with "
            "h(x; w) = h(1; w) · h(x; v) for every output and all inputs x"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {"kind": "SimplexForm", "circuit": circuit_to_data(self.circuit)}


@dataclass(frozen=True, slots=True)
class Gains:
    """Every use of a parameter has the same form below it, and the same above."""

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return "renormalisation"

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing beyond elementary mathematics."""
        return ()

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            "weights are divided by the values that the nodes have at inputs of ones; all uses of "
            "a parameter agree in these values"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {"rule": "gains"}


def simplex_form(circuit: Circuit, proof: Gains) -> SimplexForm:
    """Check the condition of `check_renormalisable`.

    Proof of the statement, by induction: each node's value at w is g times its value at v. For a
    sum, Σ_α w[γ, α] g[α] h_α = g_sum[γ] Σ_α v[γ, α] h_α; where g_sum[γ] = 0 the channel is zero for
    all inputs, since no term is negative, and any shares will do.
    """
    if type(proof) is not Gains:
        raise RuleError("a simplex form is proved by the gains of its nodes")
    check_renormalisable(circuit)
    return SimplexForm(circuit)


def check_renormalisable(circuit: Circuit) -> None:
    """Demand equal forms below, and above, all uses of a parameter.

    Raises
    ------
    RuleError
        For a parameter whose uses differ, for a fixed matrix that is no choice of channels, and for
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


def read(statement: Data, proof: Data) -> tuple[Any, ...]:
    """Read the arguments of `simplex_form` from JSON."""
    if proof["rule"] != "gains":
        raise RuleError(f"there is no rule {proof['rule']!r} for simplex forms")
    return circuit_from_data(statement["circuit"]), Gains()
