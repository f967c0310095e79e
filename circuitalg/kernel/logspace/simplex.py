"""The simplex form: non-negative weights renormalised to rows that sum to one, level by level.

Let g be the nodes' values at inputs that are all 1. Dividing every node's channels by g turns the
weight w[γ, α] of a sum into w[γ, α] · g_child[α] / g_sum[γ]. Those are shares: non-negative, and
together 1 in each row of a sum. A parameter that is used twice stays one parameter if g is the same
below all its uses, and above. Equal *forms* ensure it (`circuitalg.circuit.forms`); a level's own
sharing flag does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from circuitalg.circuit.forms import check_renormalisable
from circuitalg.circuit.graph import Circuit
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof, short_name
from circuitalg.python_code import AS_CODE


@dataclass(frozen=True, slots=True)
class SimplexForm:
    """Up to a known factor for each output, non-negative weights may be taken from simplices.

    For all weights w ≥ 0 there are weights v ≥ 0 of the same network, the rows of the matrices of
    each sum together summing to 1, with h_y(x; w) = h_y(1; w) · h_y(x; v) for all outputs and
    inputs. Source: Sharir, Tamari, Cohen, Shashua 2016 (generative decompositions), for any circuit
    whose ties allow it.

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(ca.prove_simplex_form(ca.ht_model(4, 2, [2, 2])))
    Theorem: for all non-negative weights w of the network 34d6ddfefdc8... there are weights v
    whose rows sum to 1 (over all matrices of a sum), with h(x; w) = h(1; w) * h(x; v) for every
    output and all inputs x
    """

    circuit: Circuit

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return "weights from simplices"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        return (
            f"for all non-negative weights w of the network {short_name(self.circuit)} there "
            "are weights v whose rows sum to 1 (over all matrices of a sum), with "
            "h(x; w) = h(1; w) * h(x; v) for every output and all inputs x"
        )


@dataclass(frozen=True, slots=True)
class Gains(Proof):
    """Every use of a parameter has the same form below it, and the same above."""

    tactic = "renormalisation"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            "weights are divided by the values that the nodes have at inputs of ones; all uses of "
            "a parameter agree in these values"
        )


@rule
def simplex_form(circuit: Circuit, proof: Gains) -> SimplexForm:
    """Check the condition of `check_renormalisable`.

    Proof of the statement, by induction: each node's value at w is g times its value at v. For a
    sum, Σ_α w[γ, α] g[α] h_α = g_sum[γ] Σ_α v[γ, α] h_α; where g_sum[γ] = 0 the channel is zero for
    all inputs, since no term is negative, and any shares will do.
    """
    del proof
    check_renormalisable(circuit)
    return SimplexForm(circuit)
