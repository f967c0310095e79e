"""What a pass by layers works in: memory that is used again, inputs, and pieces of the batch."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from math import ceil, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg import threads
from circuitalg.tensor import layers

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit
    from circuitalg.circuit.node import Node

Array = Any


class Room:
    """NumPy arrays whose memory is used again (`circuitalg.tensor.layers.Arrays`).

    Fresh memory is expensive: an exponential into a new megabyte took 5 times as long as into one
    that was used before. Buffers have powers of two as sizes, so few kinds of them exist.
    """

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        self._known: dict[int, list[Array]] = {}  # free ones by size
        self._own: dict[int, Array] = {}  # all of them by identity

    def take(self, *shape: int) -> Array:
        """An array of this shape, with anything in it."""
        size = prod(shape)
        capacity = 1 << max(size - 1, 0).bit_length()
        known = self._known.setdefault(capacity, [])
        if not known:
            known.append(np.empty(capacity, dtype=self._dtype))
            self._own[id(known[0])] = known[0]
        return known.pop()[:size].reshape(shape)

    def free(self, value: Array) -> None:
        """Take back what a method here gave; anything else is left alone."""
        if id(value.base) in self._own:
            self._known[value.base.size].append(value.base)

    def pick(self, value: Array, positions: tuple[int, ...]) -> Array:
        """Some positions, copied."""
        out = self.take(len(positions), *value.shape[1:])
        return np.take(value, positions, axis=0, out=out, mode="clip")

    def join(self, parts: Sequence[Array], axis: int) -> Array:
        """Arrays side by side."""
        shape = list(parts[0].shape)
        shape[axis] = sum(part.shape[axis] for part in parts)
        return np.concatenate(parts, axis=axis, out=self.take(*shape))

    def apart(self, value: Array, count: int) -> Array:
        """Neighbours along a new first axis: a view."""
        return value.reshape(len(value) // count, count, *value.shape[1:]).swapaxes(0, 1)

    def fold(self, operation: Callable[..., Array], terms: Sequence[Array]) -> Array:
        """A binary operation over several arrays, from the left; a copy of a single one."""
        out = self.take(*terms[0].shape)
        if len(terms) == 1:
            out[...] = terms[0]
            return out
        operation(terms[0], terms[1], out=out)
        for term in terms[2:]:
            operation(out, term, out=out)
        return out

    def matmul(self, matrix: Array, below: Array) -> Array:
        """Products of (rows, columns), or one for each position, with (positions, columns, b)."""
        rows, (count, _, batch) = matrix.shape[-2], below.shape
        out = self.take(count, rows, batch)
        if batch == 1 and matrix.ndim == 2:
            # One product with all positions as rows, 1.3 to 3 times faster than one for each;
            # for more columns, which lie apart then, it was slower (1,000 positions).
            np.matmul(below[:, :, 0], matrix.T, out=out[:, :, 0])
            return out
        return np.matmul(matrix, below, out=out)


class Piece:
    """Some of the batch: the input vectors of a pass.

    Parameters
    ----------
    nodes
        Those of the circuit.
    x
        Array (batch, locations, dim), or a list of arrays (batch, M_i), of the right shapes.
    rows
        Which of the batch to take.
    """

    def __init__(self, nodes: Sequence[Node], x: Any, rows: slice) -> None:
        self._nodes, self._x, self._rows = nodes, x, rows

    @property
    def objects(self) -> bool:
        """Whether the inputs hold Python's own numbers."""
        tables = [self._x] if hasattr(self._x, "shape") else self._x
        return any(isinstance(t, np.ndarray) and t.dtype.kind == "O" for t in tables)

    def shape(self, nodes: Sequence[int]) -> tuple[int, int, int]:
        """(positions, width, batch) of the value of these nodes."""
        return len(nodes), self._nodes[nodes[0]].width, self._rows.stop - self._rows.start

    def vectors(self, nodes: Sequence[int]) -> Iterator[Any]:
        """Vectors (b, positions, M) of these inputs, as they were given, in few arrays."""
        locations = (self._nodes[i].location for i in nodes)
        places = [place for place in locations if place is not None]
        if not hasattr(self._x, "shape"):
            for place in places:
                yield self._x[place][self._rows, None, :]
            return
        first = 0
        for k, place in enumerate(places):
            if k + 1 == len(places) or places[k + 1] != place + 1:
                yield self._x[self._rows, places[first] : place + 1, :]
                first = k + 1

    def view(self, nodes: Sequence[int], dtype: Any) -> Array | None:
        """The value of these inputs without a copy, where BLAS takes them as they lie."""
        given = list(self.vectors(nodes))
        vectors = given[0]
        if len(given) > 1 or not isinstance(vectors, np.ndarray) or vectors.dtype != dtype:
            return None
        row, entry = vectors.strides[0], vectors.strides[2]
        if entry != vectors.itemsize or row % entry or row < entry * vectors.shape[2]:
            return None
        return vectors.transpose(1, 2, 0)

    def into(self, room: Room, nodes: Sequence[int], convert: Callable[[Any], Array]) -> Array:
        """The value of these inputs: their vectors converted, in memory of the room."""
        out = room.take(*self.shape(nodes))
        first = 0
        for given in self.vectors(nodes):
            vectors = convert(given)
            last = first + vectors.shape[1]
            out[first:last] = vectors.transpose(1, 2, 0)
            first = last
        return out


class Stacks:
    """What the matrices of a stage became, made once for each set of matrices.

    Parameters
    ----------
    nodes
        Those of the circuit.
    prepare
        From the node whose matrices all have, or from one node for each position.
    """

    def __init__(self, nodes: Sequence[Node], prepare: Callable[[Sequence[int]], Any]) -> None:
        self._nodes, self._prepare = nodes, prepare
        self._known: dict[Hashable, Any] = {}

    def of(self, stage: layers.Stage, kind: Hashable = None) -> Any:
        """What ``prepare`` makes; nodes of different kinds share nothing."""
        nodes = stage.nodes[:1] if stage.tied else stage.nodes
        key = (kind, *[layers.labels_of(self._nodes[i]) for i in nodes])
        if key not in self._known:
            self._known[key] = self._prepare(nodes)
        return self._known[key]


def stacked(
    nodes: Sequence[Node], chosen: Sequence[int], table: Callable[[Any], Array], xp: Any = np
) -> Array:
    """Matrices of sums, their edges' side by side: of one node, or stacked those of several.

    ``table`` gives the array for a parameter's name or a fixed matrix.
    """
    found = []
    for i in chosen:
        tables = [table(label) for label in nodes[i].matrices]
        found.append(tables[0] if len(tables) == 1 else xp.concat(tables, axis=1))
    return found[0] if len(found) == 1 else xp.stack(found)


CACHED = (2**19, 128)
"""Numbers of a segment, and columns of a piece of the batch, for a processor's cache.

Measured for N = 256, widths 32, batches of 1,024 and 4,096: with 2^16 or 2^22 numbers it took a
quarter longer, with 512 columns a tenth.
"""


def passes(
    circuit: Circuit,
    x: Any,
    dtype: Any,
    steps: Callable[[Room, Piece], layers.Steps],
    kinds: Sequence[Hashable] | None = None,
) -> Array:
    """Return the outputs of a NumPy pass by layers, (batch, outputs), piece by piece.

    Several pieces are shared out among threads.
    """
    batch = batch_of(x)
    pieces, channels = blocks(circuit, batch, *CACHED)
    stages = layers.stages_of(circuit, channels, kinds)
    found = np.empty((batch, circuit.num_outputs), dtype=dtype)
    left = iter(pieces)  # of CPython: next() of a list's iterator is atomic

    def work(_: int) -> None:
        room = Room(dtype)
        for rows in left:
            value = layers.run(stages, steps(room, Piece(circuit.nodes, x, rows)), room)
            found[rows] = value[0].T
            room.free(value)

    threads.each(work, range(min(threads.count(), len(pieces))))
    return found


def batch_of(x: Any) -> int:
    """Length of the batch of an array (batch, locations, dim) or of a list of arrays."""
    return int(x.shape[0] if hasattr(x, "shape") else x[0].shape[0])


def blocks(circuit: Circuit, batch: int, numbers: int, columns: int) -> tuple[list[slice], int]:
    """Return pieces of the batch, and how many channels a segment may have.

    A segment and a piece each have about this many numbers. A small circuit takes longer pieces,
    and so does one with large matrices, which are read again for each.
    """
    widths = [node.width for node in circuit.nodes]
    columns = max(columns, min(4 * columns, 2 * max(widths)))
    longest = max(1, min(batch, max(columns, numbers // sum(widths))))
    length = max(1, ceil(batch / ceil(batch / longest))) if batch else 1
    # A power of two: few different plans.
    channels = 1 << (max(numbers // length, 1).bit_length() - 1)
    return [slice(i, min(i + length, batch)) for i in range(0, batch, length)], channels
