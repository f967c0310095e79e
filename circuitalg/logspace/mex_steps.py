"""How a SimNet is evaluated in float64: MEX with offsets, sum pooling, and β as a float."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import inf
from sys import float_info
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.errors import WeightError
from circuitalg.logspace.logarithms import logarithms
from circuitalg.logspace.products import LogMatrix, pairwise_sum, row_by_row
from circuitalg.tensor.convert import real_floats
from circuitalg.tensor.workspace import Piece, Room, Stacks, stacked

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix
    from circuitalg.logspace.simnet import SimNet, SimNode
    from circuitalg.tensor.layers import Stage

Array = Any
INFINITE = (inf, -inf)


def float_beta(beta: Fraction | float) -> float:
    """β for a computation.

    Raises
    ------
    WeightError
        For one that floats cannot hold, or only as a denormal number.
    """
    try:
        found = float(beta)
    except OverflowError:
        found = 0.0
    if abs(found) < float_info.min:
        raise WeightError(
            "this beta is beyond the range of floats: such a SimNet can be proved equivalent to a "
            "circuit, but not evaluated"
        )
    return found


class Steps:
    """The steps of a pass (`circuitalg.tensor.layers.Steps`)."""

    def __init__(self, nodes: Sequence[SimNode], piece: Piece, stacks: Stacks, room: Room) -> None:
        self._nodes, self._piece, self._stacks, self._room = nodes, piece, stacks, room

    def inputs(self, nodes: Sequence[int]) -> Array:
        """The similarities."""
        return self._piece.into(self._room, nodes, partial(real_floats, what="x"))

    def ones(self, nodes: Sequence[int]) -> Array:
        """Zeros: log 1."""
        out = self._room.take(*self._piece.shape(nodes))
        out.fill(0)
        return out

    def linear(self, stage: Stage, below: Array) -> Array:
        """MEX."""
        node = self._nodes[stage.nodes[0]]
        offsets: Offsets = self._stacks.of(stage, (node.beta, node.mean))
        return offsets.mex(self._room, below)

    def multiply(self, factors: Sequence[Array]) -> Array:
        """Sum pooling."""
        return pairwise_sum(self._room, factors)


class Offsets:
    """The offsets of MEX nodes of one kind, ready for their batch."""

    def __init__(self, simnet: SimNet, offsets: Mapping[str, Array], chosen: Sequence[int]) -> None:
        node = simnet.nodes[chosen[0]]
        self._beta = beta = float_beta(node.beta)

        def table(label: str | Matrix) -> Array:
            return offsets[label] if isinstance(label, str) else fixed_offsets(label, beta)

        self._table = stacked(simnet.structure.nodes, chosen, table)
        self._shift = np.log(self._table.shape[-1]) / beta if node.mean else 0.0
        self._matrix = None if beta in INFINITE else LogMatrix(beta * self._table)

    def mex(self, room: Room, values: Array) -> Array:
        """MEX of values (positions, columns, batch): (positions, rows, batch)."""
        if self._matrix is None:
            extreme = np.max if self._beta > 0 else np.min
            return row_by_row(room, self._table, values, np.add, partial(extreme, axis=0))
        if self._beta == 1:
            found = self._matrix.times_in(room, values)
        else:
            multiplied = room.take(*values.shape)
            np.multiply(values, self._beta, out=multiplied)
            found = self._matrix.times_in(room, multiplied)
            room.free(multiplied)
            found /= self._beta
        found -= self._shift
        return found


def fixed_offsets(matrix: Matrix, beta: float) -> Array:
    """The offsets log(E)/β of a fixed matrix E, of which β = ±∞ sees only whether entries are 0."""
    if beta in INFINITE:  # 0, and what never is the largest or least
        return np.where(np.array(matrix, dtype=float) > 0, 0.0, -beta)
    return logarithms(matrix, "a fixed matrix") / beta
