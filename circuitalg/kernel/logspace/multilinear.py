"""Multilinearity: sums over the values of some locations are one evaluation at summed vectors."""

from __future__ import annotations

from dataclasses import dataclass

from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof, short_name
from circuitalg.python_code import AS_CODE


@dataclass(frozen=True, slots=True)
class Multilinear:
    """Each output is linear in the vector of each location, whatever the weights.

    So a sum (an integral, an expectation) over the values of any set of locations is the value at
    the summed (integrated, averaged) vectors. A location whose functions have integral 1, such as
    densities, is marginalized by the vector of ones: one evaluation instead of a sum of
    exponentially many. Source: Sharir, Tamari, Cohen, Shashua 2016 (tractable marginalization).

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(ca.prove_multilinear(ca.cp_model(2, 2, 2)))
    Theorem: for all weights, every output of the network 23bb3ff4016e... is linear in the
    vector of each of its 2 locations, so a sum over the values of some locations is its value
    at their summed vectors
    """

    circuit: Circuit

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"linear in each of {self.circuit.num_locations} locations"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        return (
            f"for all weights, every output of the network {short_name(self.circuit)} is "
            f"linear in the vector of each of its {self.circuit.num_locations} locations, so a sum "
            "over the values of some locations is its value at their summed vectors"
        )


@dataclass(frozen=True, slots=True)
class Scopes(Proof):
    """The children of every product have disjoint scopes, those of every sum equal ones."""

    tactic = "scopes"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return (
            "by induction, every node is linear in the vector of each location of its scope: a "
            "product has one factor with it, a sum has it in all terms"
        )


@rule
def multilinear(circuit: Circuit, proof: Scopes) -> Multilinear:
    """Demand a smooth and decomposable circuit.

    Proof, by induction: with the other locations' vectors fixed, a node is linear in the vector of
    each location of its scope and constant in the others'. A product has one factor with the
    location in its scope; a sum has it in the scope of all its children, so no term is constant.
    The output has all locations in its scope, since each occurs and every node reaches the output.
    """
    del proof
    circuit.is_multilinear.demand(RuleError, "the network need not be linear in each location")
    return Multilinear(circuit)
