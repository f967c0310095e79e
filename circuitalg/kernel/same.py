"""Equality of functions: two networks that agree for all weights and all inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from circuitalg.circuit.files import circuit_from_data, circuit_to_data
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.kernel.matrices import (
    MAX_TERMS,
    Expression,
    Rows,
    Table,
    constant_rows,
    expression_from_data,
    shape_of,
)
from circuitalg.kernel.simulation import simulate
from circuitalg.kernel.subject import Data, matrix_from_json, matrix_to_json

_MAX_PRODUCTS = 5_000_000


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

    def __str__(self) -> str:
        renamed = [f"{name} = {e}" for name, e in self.weights.items() if str(e) != name]
        how = "with equal weights" if not renamed else f"with {', '.join(renamed[:4])}"
        more = ", …" if len(renamed) > 4 else ""
        return (
            f"for all real weights the networks {self.a.fingerprint[:12]} and "
            f"{self.b.fingerprint[:12]} compute the same function, {how}{more}"
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
) -> SameFunction:
    """Check shapes, then compare by the proof's rule."""
    if a.dims != b.dims or a.num_outputs != b.num_outputs:
        raise RuleError(
            f"the networks have locations of dimensions {a.dims[:8]} and {b.dims[:8]}, and "
            f"{a.num_outputs} and {b.num_outputs} outputs; these must agree"
        )
    if set(weights) != set(b.parameters):
        raise RuleError("the weights must name every parameter of the second network, and no other")
    table = Table(a.parameters)
    for name, shape in b.parameters.items():
        if shape_of(table.rows(weights[name])) != shape:
            raise RuleError(f"the expression for {name!r} has not its shape, {shape}")
    if type(proof) is Simulation:
        simulate(a, b, weights, table, proof.claims)
    elif type(proof) is NormalForm:
        _compare(a, b, weights, table)
    else:
        raise RuleError("two networks are compared by their normal forms or by a simulation")
    return SameFunction(a, b, MappingProxyType(dict(sorted(weights.items()))))


def _compare(a: Circuit, b: Circuit, weights: Mapping[str, Expression], table: Table) -> None:
    """Expand all outputs with FLINT and compare them."""
    import flint

    size = a.num_parameters + sum(a.dims)
    context = flint.fmpq_mpoly_ctx.get([f"v{n}" for n in range(size)], "lex")
    generators = iter(context.gens())
    variables = {
        (name, r, c): next(generators)
        for name, (rows, columns) in a.parameters.items()
        for r in range(rows)
        for c in range(columns)
    }
    inputs = [[next(generators) for _ in range(dim)] for dim in a.dims]

    def number(rows: Rows) -> list[list[Any]]:
        return [[_polynomial(entry, variables, context) for entry in row] for row in rows]

    names = {name: number(table.rows(Expression("parameter", (name,)))) for name in a.parameters}
    mapped = {name: number(table.rows(weights[name])) for name in b.parameters}
    left, right = (
        _outputs(circuit, matrices, inputs, number, context.constant(1))
        for circuit, matrices in ((a, names), (b, mapped))
    )
    for output, (first, second) in enumerate(zip(left, right, strict=True)):
        if first != second:
            raise RuleError(f"output {output} of the two networks are different polynomials")


def _polynomial(entry: Mapping[Any, Any], variables: Mapping[Any, Any], context: Any) -> Any:
    import flint

    total = context.constant(0)
    for monomial, c in entry.items():
        term = context.constant(flint.fmpq(int(c.numerator), int(c.denominator)))
        for variable in monomial:
            term = term * variables[variable]
        total = total + term
    return total


def _outputs(
    circuit: Circuit, matrices: Mapping[str, Any], inputs: Any, number: Any, one: Any
) -> list[Any]:
    values: list[list[Any]] = []
    for node in circuit.nodes:
        if node.location is not None:
            values.append(inputs[node.location])
            continue
        found = [one] * node.width
        if node.kind == "product":
            for child in node.children:
                found = [_times(x, y) for x, y in zip(found, values[child], strict=True)]
        elif node.kind == "sum":
            found = [0 * one] * node.width
            for label, child in zip(node.matrices, node.children, strict=True):
                table = matrices[label] if isinstance(label, str) else number(constant_rows(label))
                for r, row in enumerate(table):
                    for entry, value in zip(row, values[child], strict=True):
                        found[r] = found[r] + _times(entry, value)
                    if len(found[r]) > MAX_TERMS:
                        raise RuleError(f"a node has more than {MAX_TERMS:,} terms")
        values.append(found)
    return values[-1]


def _times(first: Any, second: Any) -> Any:
    if len(first) * len(second) > _MAX_PRODUCTS:
        raise RuleError("the networks are too large to be multiplied out; use a simulation")
    return first * second


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
