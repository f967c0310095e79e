"""Equality of functions: two networks that agree for all weights and all inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.expressions import MATRICES, Expression
from circuitalg.kernel.rule import rule
from circuitalg.kernel.same.expansion import expand
from circuitalg.kernel.same.matrices import Rows, Table, shape_of
from circuitalg.kernel.same.simulation import simulate
from circuitalg.kernel.statement import Proof, short_name
from circuitalg.python_code import AS_CODE


@dataclass(frozen=True, slots=True)
class SameFunction:
    """For all real weights of ``a``, ``b`` at the mapped weights computes the same function.

    All outputs, all inputs. ``weights`` gives each parameter of b as a matrix expression over the
    parameters of a. Source of the uses: Cohen, Sharir, Shashua
    2016, section 3.2 (HT ⊇ CP) and 3.3 (symmetries of shared networks).

    Examples
    --------
    >>> import circuitalg as ca
    >>> tied, free = ca.cp_model(2, 2, 2, shared=True), ca.cp_model(2, 2, 2)
    >>> print(ca.prove_same(tied, free))
    Theorem: for all real weights the networks 7e33bbd23e8b... and 23bb3ff4016e... compute the
    same function, with a0.0 = a0, a0.1 = a0
    """

    a: Circuit
    b: Circuit
    weights: Mapping[str, Expression]

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return "the same function"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        renamed = [f"{name} = {e}" for name, e in self.weights.items() if str(e) != name]
        how = "with equal weights" if not renamed else f"with {', '.join(renamed[:4])}"
        more = ", ..." if len(renamed) > 4 else ""
        return (
            f"for all real weights the networks {short_name(self.a)} and "
            f"{short_name(self.b)} compute the same function, {how}{more}"
        )


@dataclass(frozen=True, slots=True)
class NormalForm(Proof):
    """Both networks are multiplied out as polynomials in a's weights and the inputs."""

    tactic = "normal form"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return "multiplied out, both networks' outputs are the same polynomials"


Claim = tuple[int, Matrix | None, tuple[int, ...]]
"""A sum of b, a matrix T (None: the identity), and nodes of a: b's value is T · their product."""


@dataclass(frozen=True, slots=True)
class Simulation(Proof):
    """For sums of b, which product of a's nodes they compute, up to a fixed matrix."""

    claims: tuple[Claim, ...]

    tactic = "simulation"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return f"node by node: {len(self.claims)} sums of the second network are found in the first"


@rule
def same_function(
    a: Circuit, b: Circuit, weights: Mapping[str, Expression], proof: NormalForm | Simulation
) -> SameFunction:
    """Two networks compute one function: as polynomials, or node by node.

    Raises
    ------
    RuleError
        When shapes differ, the proof shows nothing, or it is more work than one proof may be.
    """
    table = Table(a.parameters)
    mapped = mapped_weights(a, b, weights, table)
    if isinstance(proof, Simulation):
        simulate(a, b, mapped, table, proof.claims)
    else:
        expand(a, b, mapped, table)
    return SameFunction(a, b, weights)


def mapped_weights(
    a: Circuit, b: Circuit, weights: Mapping[str, Expression], table: Table
) -> dict[str, Rows]:
    """The weights of b as matrices of polynomials in those of a.

    Raises
    ------
    RuleError
        When the networks' shapes differ, or the weights are not those of b.
    """
    if a.dims != b.dims or a.num_outputs != b.num_outputs:
        raise RuleError(
            f"the networks have locations of dimensions {a.dims[:8]} and {b.dims[:8]}, and "
            f"{a.num_outputs} and {b.num_outputs} outputs; these must agree"
        )
    if set(weights) != set(b.parameters):
        raise RuleError("the weights must name every parameter of the second network, and no other")
    for each in weights.values():
        MATRICES.check(each)
    mapped = {name: table.rows(weights[name]) for name in b.parameters}
    for name, shape in b.parameters.items():
        if shape_of(mapped[name]) != shape:
            raise RuleError(f"the expression for {name!r} does not have its shape, {shape}")
    return mapped
