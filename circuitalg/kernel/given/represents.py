"""Realization: a network that has a given coefficient tensor at given rational weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.circuit.weights import check_shapes
from circuitalg.errors import RuleError
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof, check_output
from circuitalg.kernel.written_out import check_written_out
from circuitalg.python_code import AS_CODE
from circuitalg.tensor.exact_tensor import ExactTensor

_MAX_ENTRIES = 65_536


@dataclass(frozen=True, slots=True)
class Represents:
    """The coefficient tensor of one output at these rational weights is exactly this tensor.

    Examples
    --------
    >>> import circuitalg as ca
    >>> theorem = ca.prove_represents(ca.cp_model, [[1, 2], [3, 4]])
    >>> print(theorem)
    Theorem: at the given weights, the network's coefficient tensor (output 0) is exactly the
    given 2x2 tensor
    >>> theorem.statement.circuit
    ca.cp_model(locations=2, dim=2, width=2)
    """

    circuit: Circuit
    tensor: ExactTensor
    weights: Mapping[str, Matrix]
    output: int = 0

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return "equal tensors"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        shape = "x".join(map(str, self.tensor.dims))
        return (
            f"at the given weights, the network's coefficient tensor (output {self.output}) is "
            f"exactly the given {shape} tensor"
        )


@dataclass(frozen=True, slots=True)
class Expand(Proof):
    """The tensor is computed entry by entry."""

    tactic = "all entries"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return "all entries of the network's coefficient tensor, exactly, equal the given ones"


@rule
def represents(
    circuit: Circuit,
    tensor: ExactTensor,
    weights: Mapping[str, Matrix],
    proof: Expand,
    output: int = 0,
) -> Represents:
    """The coefficient tensor at these weights, computed over Q, is the given one; 65,536 entries.

    Raises
    ------
    RuleError
        When an entry differs; the sentence says which.
    """
    del proof
    from circuitalg.tensor.coefficients import coefficient_tensor

    check_output(circuit, output)
    if prod(circuit.dims) > _MAX_ENTRIES:
        raise RuleError(
            f"the tensor has {prod(circuit.dims)} entries, over {_MAX_ENTRIES:,}; "
            "prove_same compares larger networks by their structure"
        )
    check_shapes(circuit.parameters, weights)
    check_written_out(circuit, weights)
    arrays = {name: np.array(rows, dtype=object) for name, rows in weights.items()}
    computed = coefficient_tensor(circuit, arrays, output=output)
    if tensor.dims != circuit.dims:
        raise RuleError(f"the tensor has shape {tensor.dims}, the network {circuit.dims}")
    for place, (found, given) in enumerate(zip(computed.flat, tensor.entries, strict=True)):
        if found != given:
            index = tuple(int(i) for i in np.unravel_index(place, tensor.dims))
            raise RuleError(f"the network's entry {index} is {found}, the given one {given}")
    return Represents(circuit, tensor, weights, output)
