"""Realization: a network that has a given coefficient tensor at given rational weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from circuitalg.circuit.canonical import matrix_to_json
from circuitalg.circuit.files import circuit_from_data, circuit_to_data
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.errors import RuleError
from circuitalg.kernel.sizes import check_written_out
from circuitalg.kernel.subject import Data, matrix_from_json, statement_repr
from circuitalg.tensor.formats import ExactTensor

_MAX_ENTRIES = 65_536


@dataclass(frozen=True, slots=True)
class Represents:
    """The coefficient tensor of one output at these rational weights is exactly this tensor."""

    circuit: Circuit
    tensor: ExactTensor
    weights: Mapping[str, Matrix]
    output: int = 0

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return "equal tensors"

    __repr__ = statement_repr

    def __str__(self) -> str:
        shape = "x".join(map(str, self.tensor.dims))
        return (
            f"at the given weights, the network's coefficient tensor (output {self.output}) is "
            f"exactly the given {shape} tensor"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "Represents",
            "circuit": circuit_to_data(self.circuit),
            "output": self.output,
            "tensor": self.tensor.to_data(),
            "weights": {name: matrix_to_json(w) for name, w in sorted(self.weights.items())},
        }


@dataclass(frozen=True, slots=True)
class Expand:
    """The tensor is computed entry by entry."""

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return "all entries"

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing beyond elementary mathematics."""
        return ()

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return "all entries of the network's coefficient tensor, exactly, equal the given ones"

    def to_data(self) -> Data:
        """JSON form."""
        return {"rule": "expand"}


def represents(
    circuit: Circuit,
    tensor: ExactTensor,
    weights: Mapping[str, Matrix],
    output: int = 0,
) -> Represents:
    """Compute the coefficient tensor over Q and compare it; at most 65,536 entries.

    The weights are exact matrices of the parameters' shapes (`rules.represents` sees to it).
    """
    from circuitalg.tensor.coefficients import coefficient_tensor

    if not 0 <= output < circuit.num_outputs:
        raise RuleError(f"the network has outputs 0 to {circuit.num_outputs - 1}, got {output}")
    if prod(circuit.dims) > _MAX_ENTRIES:
        raise RuleError(
            f"the tensor has {prod(circuit.dims)} entries, over {_MAX_ENTRIES:,}; "
            "prove_same compares larger networks by their structure"
        )
    check_written_out(circuit, weights)
    arrays = {name: np.array(rows, dtype=object) for name, rows in weights.items()}
    computed = coefficient_tensor(circuit, arrays, output=output)
    if tensor.dims != circuit.dims:
        raise RuleError(f"the tensor has shape {tensor.dims}, the network {circuit.dims}")
    for place, (found, given) in enumerate(zip(computed.flat, tensor.entries, strict=True)):
        if found != given:
            index = tuple(int(i) for i in np.unravel_index(place, tensor.dims))
            raise RuleError(f"the network's entry {index} is {found}, the given one {given}")
    return Represents(circuit, tensor, MappingProxyType(dict(weights)), output)


def read(statement: Data, proof: Data) -> tuple[Any, ...]:
    """Read the arguments of `rules.represents` from JSON."""
    if proof["rule"] != "expand":
        raise RuleError(f"there is no rule {proof['rule']!r} for a representation")
    weights = {name: matrix_from_json(rows) for name, rows in statement["weights"].items()}
    tensor = ExactTensor.from_data(statement["tensor"])
    circuit = circuit_from_data(statement["circuit"])
    return circuit, tensor, weights, Expand(), statement["output"]
