"""Equality of functions: two networks that agree for all weights and all inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from circuitalg.circuit.canonical import matrix_to_json
from circuitalg.circuit.files import circuit_from_data, circuit_to_data
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.kernel.expansion import expand
from circuitalg.kernel.matrices import (
    Expression,
    Rows,
    Table,
    expression_from_data,
    shape_of,
)
from circuitalg.kernel.simulation import simulate
from circuitalg.kernel.subject import Data, matrix_from_json, short_name, statement_repr
from circuitalg.kernel.work import Work


@dataclass(frozen=True, slots=True)
class SameFunction:
    """For all real weights of ``a``, ``b`` at the mapped weights computes the same function.

    All outputs, all inputs. ``weights`` gives each parameter of b as an expression over the
    parameters of a (`circuitalg.kernel.matrices`). Source of the uses: Cohen, Sharir, Shashua 2016,
    section 3.2 (HT ⊇ CP) and 3.3 (symmetries of shared networks).
    """

    a: Circuit
    b: Circuit
    weights: Mapping[str, Expression]

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return "the same function"

    __repr__ = statement_repr

    def __str__(self) -> str:
        renamed = [f"{name} = {e}" for name, e in self.weights.items() if str(e) != name]
        how = "with equal weights" if not renamed else f"with {', '.join(renamed[:4])}"
        more = ", ..." if len(renamed) > 4 else ""
        return (
            f"for all real weights the networks {short_name(self.a)} and "
            f"{short_name(self.b)} compute the same function, {how}{more}"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "SameFunction",
            "a": circuit_to_data(self.a),
            "b": circuit_to_data(self.b),
            "weights": {name: e.to_data() for name, e in sorted(self.weights.items())},
        }


@dataclass(frozen=True, slots=True)
class NormalForm:
    """Both networks are multiplied out as polynomials in a's weights and the inputs."""

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return "normal form"

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing beyond elementary mathematics."""
        return ()

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return "multiplied out, both networks' outputs are the same polynomials"

    def to_data(self) -> Data:
        """JSON form."""
        return {"rule": "normal_form"}


Claim = tuple[int, Matrix | None, tuple[int, ...]]
"""A sum of b, a matrix T (None: the identity), and nodes of a: b's value is T · their product."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """For sums of b, which product of a's nodes they compute, up to a fixed matrix."""

    claims: tuple[Claim, ...]

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return "simulation"

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing beyond elementary mathematics."""
        return ()

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return f"node by node: {len(self.claims)} sums of the second network are found in the first"

    def to_data(self) -> Data:
        """JSON form."""
        claims = [
            [place, None if matrix is None else matrix_to_json(matrix), list(nodes)]
            for place, matrix, nodes in self.claims
        ]
        return {"rule": "simulation", "claims": claims}


def same_function(
    a: Circuit,
    b: Circuit,
    weights: Mapping[str, Expression],
    proof: NormalForm | Simulation,
    work: Work | None = None,
) -> SameFunction:
    """Check shapes, then compare by the proof's rule, within a budget (by default a fresh one)."""
    table = Table(a.parameters, work)
    mapped = mapped_weights(a, b, weights, table)
    if type(proof) is Simulation:
        simulate(a, b, mapped, table, proof.claims)
    else:
        expand(a, b, mapped, table)
    return SameFunction(a, b, MappingProxyType(dict(sorted(weights.items()))))


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
    mapped = {name: table.rows(weights[name]) for name in b.parameters}
    for name, shape in b.parameters.items():
        if shape_of(mapped[name]) != shape:
            raise RuleError(f"the expression for {name!r} does not have its shape, {shape}")
    return mapped


def read(statement: Data, proof: Data) -> tuple[Any, ...]:
    """Read the arguments of `same_function` from JSON."""
    a, b = circuit_from_data(statement["a"]), circuit_from_data(statement["b"])
    weights = {name: expression_from_data(e) for name, e in statement["weights"].items()}
    return a, b, weights, read_proof(proof)


def read_proof(proof: Data) -> NormalForm | Simulation:
    """Read a proof of equality from JSON."""
    if proof["rule"] == "normal_form":
        return NormalForm()
    if proof["rule"] != "simulation":
        raise RuleError(f"there is no rule {proof['rule']!r} for equal functions")
    claims = tuple(
        (place, None if matrix is None else matrix_from_json(matrix), tuple(nodes))
        for place, matrix, nodes in proof["claims"]
    )
    return Simulation(claims)
