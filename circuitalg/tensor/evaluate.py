"""Scores of a batch of inputs: exact for exact numbers, floats of any array library otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import prod
from operator import mul
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg.circuit.weights import as_weights
from circuitalg.errors import ArgumentError, WeightError
from circuitalg.options import described
from circuitalg.tables import as_table
from circuitalg.tensor import layers
from circuitalg.tensor.floats import Floats
from circuitalg.tensor.values import choose, output_value
from circuitalg.tensor.workspace import Piece, Room, Stacks, batch_of, blocks, passes, stacked

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit


_LARGE = (2**22, 1024)
"""As `circuitalg.tensor.workspace.CACHED`, for libraries whose calls cost more, and for devices."""


def evaluate(circuit: Circuit, weights: Mapping[str, Any], x: Any) -> Any:
    """Return the circuit's outputs for a batch of representation values.

    Parameters
    ----------
    circuit
        Any circuit.
    weights
        Array by parameter name: integers, objects (int and Fraction), or floats.
    x
        Array (batch, locations, dim) of any array-API library, or nested lists of that shape. Where
        dimensions differ: a list of arrays (batch, M_i), one per location. (A list is taken where
        dimensions are equal too, if its shapes leave no doubt: not for a batch with as many
        examples as there are locations.)

    Returns
    -------
    Array (batch, outputs). When an input or weight is floating, of that library and data type,
    ints and Fractions being converted. Otherwise exact: int64 while a checked bound shows that
    nothing overflows, else Python ints in an object array; Fractions where a Fraction went in.

    Raises
    ------
    WeightError
        When weights or ``x`` have the wrong shape, or hold masked entries or something that is not
        a number.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg.circuit.models import cp_model
    >>> shallow = cp_model(locations=2, dim=2, width=1)
    >>> ones = {name: np.ones(shape, dtype=int) for name, shape in shallow.parameters.items()}
    >>> evaluate(shallow, ones, np.array([[[1, 2], [3, 4]]])).tolist()
    [[21]]
    """
    weights = as_weights(circuit, weights)
    checked = checked_inputs(circuit, x)
    given = [checked] if hasattr(checked, "shape") else checked
    arithmetic = choose(weights, [*weights.values(), *given])
    if isinstance(arithmetic, Floats):
        return _by_layers(circuit, weights, arithmetic, checked)
    inputs, batch = by_location(circuit, checked), batch_of(checked)
    value = output_value(
        circuit.nodes, arithmetic, lambda i: arithmetic.vectors(inputs[i], (batch,)), 1, None
    )
    return arithmetic.result(value, (circuit.num_outputs, batch)).T


def by_location(circuit: Circuit, x: Any) -> Sequence[Any]:
    """Return the arrays (batch, M_i) after checking their shapes."""
    checked = checked_inputs(circuit, x)
    if hasattr(checked, "shape"):
        return [checked[:, i, :] for i in range(circuit.num_locations)]
    return checked


def checked_inputs(circuit: Circuit, x: Any) -> Any:
    """Return the array (batch, locations, dim), or a list of arrays (batch, M_i), if it fits.

    Nested lists mean what the array of their numbers means. A list of arrays is one array for each
    location; where all dimensions are equal its shapes must show that beyond doubt.
    """
    dims = circuit.dims
    if len(set(dims)) > 1:
        return _apart(dims, x)
    if isinstance(x, list | tuple) and x and all(_is_matrix(part) for part in x):
        given = tuple(x[0].shape)
        if len(x) == len(dims) and given[0] != len(dims):
            return _apart(dims, x)
        if len(x) > 1:
            raise WeightError(
                f"{len(x)} arrays of shape {given} may be examples or locations; give one array "
                f"(batch, {len(dims)}, {dims[0]}), for instance by np.stack"
            )
    table = as_table(x, "x")
    expected = (len(dims), dims[0])
    if len(table.shape) != 3 or tuple(table.shape[1:]) != expected:
        raise WeightError(
            f"x must have shape (batch, {expected[0]}, {expected[1]}), got {tuple(table.shape)}"
        )
    return table


def _is_matrix(part: Any) -> bool:
    return hasattr(part, "shape") and len(part.shape) == 2


def _apart(dims: Sequence[int], x: Any) -> list[Any]:
    """One array (batch, M_i) for each location."""
    if not isinstance(x, list | tuple):
        shape = f"an array of shape {tuple(x.shape)}" if hasattr(x, "shape") else described(x)
        raise (WeightError if hasattr(x, "shape") else ArgumentError)(
            "the locations have different dimensions, so x must be a list of arrays (batch, M_i), "
            f"one per location, not {shape}"
        )
    inputs = [as_table(array, f"the array of location {i}") for i, array in enumerate(x)]
    if len(inputs) != len(dims):
        raise WeightError(
            f"x has arrays for {len(inputs)} locations, and the circuit has {len(dims)}; "
            "give one array (batch, M_i) per location"
        )
    batch = tuple(inputs[0].shape)[:1]
    for location, (array, dim) in enumerate(zip(inputs, dims, strict=True)):
        if tuple(array.shape) != (*batch, dim):
            raise WeightError(
                f"the values at location {location} must have shape "
                f"({batch[0] if batch else 'batch'}, {dim}), got {tuple(array.shape)}"
            )
    return inputs


def _by_layers(circuit: Circuit, weights: Mapping[str, Any], floats: Floats, x: Any) -> Any:
    """Floats: like nodes in one operation, the batch in pieces."""
    nothing = floats.array(np.zeros((0, circuit.num_outputs)))
    xp: Any = array_api_compat.array_namespace(nothing)

    def table(label: Any) -> Any:
        return floats.array(weights[label] if isinstance(label, str) else label)

    stacks = Stacks(circuit.nodes, lambda chosen: stacked(circuit.nodes, chosen, table, xp))
    if isinstance(nothing, np.ndarray):
        return passes(
            circuit, x, nothing.dtype, lambda room, piece: _Buffered(floats, piece, stacks, room)
        )
    pieces, channels = blocks(circuit, batch_of(x), *_LARGE)
    stages = layers.stages_of(circuit, channels)
    device = array_api_compat.device(nothing)
    arrays = PlainArrays(xp, lambda positions: xp.asarray(positions, device=device))
    found = [nothing]
    for rows in pieces:
        steps = _Plain(floats, Piece(circuit.nodes, x, rows), stacks, nothing)
        found.append(layers.run(stages, steps, arrays)[0, ...].T)
    return xp.concat(found, axis=0)


class _Buffered:
    """Steps for NumPy's floats, in memory that is used again."""

    def __init__(self, floats: Floats, piece: Piece, stacks: Stacks, room: Room) -> None:
        self._floats, self._piece, self._stacks, self._room = floats, piece, stacks, room
        self._dtype = floats.array(np.zeros(0)).dtype

    def inputs(self, nodes: Sequence[int]) -> Any:
        """See :class:`circuitalg.tensor.layers.Steps`."""
        found = self._piece.view(nodes, self._dtype)
        return self._piece.into(self._room, nodes, self._floats.array) if found is None else found

    def ones(self, nodes: Sequence[int]) -> Any:
        """See :class:`circuitalg.tensor.layers.Steps`."""
        out = self._room.take(*self._piece.shape(nodes))
        out.fill(1)
        return out

    def linear(self, stage: layers.Stage, below: Any) -> Any:
        """See :class:`circuitalg.tensor.layers.Steps`."""
        return self._room.matmul(self._stacks.of(stage), below)

    def multiply(self, factors: Sequence[Any]) -> Any:
        """See :class:`circuitalg.tensor.layers.Steps`."""
        return self._room.fold(np.multiply, factors)


class _Plain:
    """Steps for floats of any array library, which may track gradients."""

    def __init__(self, floats: Floats, piece: Piece, stacks: Stacks, like: Any) -> None:
        self._floats, self._piece, self._stacks = floats, piece, stacks
        self._xp: Any = array_api_compat.array_namespace(like)
        self._dtype, self._device = like.dtype, array_api_compat.device(like)

    def inputs(self, nodes: Sequence[int]) -> Any:
        """See :class:`circuitalg.tensor.layers.Steps`."""
        found = [
            self._xp.permute_dims(self._floats.array(vectors), (1, 2, 0))
            for vectors in self._piece.vectors(nodes)
        ]
        return found[0] if len(found) == 1 else self._xp.concat(found, axis=0)

    def ones(self, nodes: Sequence[int]) -> Any:
        """See :class:`circuitalg.tensor.layers.Steps`."""
        return self._xp.ones(self._piece.shape(nodes), dtype=self._dtype, device=self._device)

    def linear(self, stage: layers.Stage, below: Any) -> Any:
        """See :class:`circuitalg.tensor.layers.Steps`."""
        return matmul(self._stacks.of(stage), below)

    def multiply(self, factors: Sequence[Any]) -> Any:
        """See :class:`circuitalg.tensor.layers.Steps`."""
        return product(factors)


class PlainArrays:
    """Arrays of any library, which may track gradients (`circuitalg.tensor.layers.Arrays`).

    Parameters
    ----------
    xp
        The library's namespace.
    index
        Makes positions an array of it.
    """

    def __init__(self, xp: Any, index: Callable[[tuple[int, ...]], Any]) -> None:
        self._xp, self._index = xp, index

    def pick(self, value: Any, positions: tuple[int, ...]) -> Any:
        """Some positions, copied."""
        return self._xp.take(value, self._index(positions), axis=0)

    def join(self, parts: Sequence[Any], axis: int) -> Any:
        """Arrays side by side."""
        return self._xp.concat(list(parts), axis=axis)

    def apart(self, value: Any, count: int) -> Any:
        """Neighbours along a new first axis."""
        shape = value.shape[0] // count, count, *value.shape[1:]  # an empty batch hides a -1
        return self._xp.permute_dims(self._xp.reshape(value, shape), (1, 0, 2, 3))

    def free(self, value: Any) -> None:
        """Nothing to do: Python counts references."""


def matmul(matrix: Any, below: Any) -> Any:
    """Return products of (rows, columns), or one for each position, with (positions, columns, b).

    One matrix is repeated, which takes no memory: left to itself PyTorch transposes and copies the
    values, and took twice as long with gradients (64 positions, 12 x 4 entries, b = 64 and 1,024).
    But its gradient is at first one matrix for each position; where these were larger than the
    values (512 x 512 entries, b = 64) that took 1.6 times as long.
    """
    xp: Any = array_api_compat.array_namespace(matrix, below)
    if matrix.ndim == 2 and prod(matrix.shape) <= sum(matrix.shape) * below.shape[-1]:
        matrix = xp.broadcast_to(matrix, (below.shape[0], *matrix.shape))
    return xp.matmul(matrix, below)


def product(factors: Any) -> Any:
    """Return the product of a list of arrays, or along the first axis of one.

    An array is halved: few operations, and gradients without quotients, so zeros do no harm.
    """
    if not hasattr(factors, "shape"):
        return reduce(mul, factors)
    xp: Any = array_api_compat.array_namespace(factors)
    while factors.shape[0] > 1:
        half = factors.shape[0] // 2
        paired = factors[:half, ...] * factors[half : 2 * half, ...]
        odd = factors[2 * half :, ...]
        factors = xp.concat([paired, odd], axis=0) if odd.shape[0] else paired
    return factors[0, ...]
