"""The last product: two small tensors into one large one, each number written once.

The result is rowsᵀ · columns, its axes in the order of the locations, which need not be the order
of the two sides. A block of it (all indices of the last axes, some of the first) is a matrix
product that fits the cache. If the block's row axes come before its column axes, the product goes
straight into place. If not, the last few axes of *both* sides become columns: an axis of the row
side among them multiplies the inner dimension by its length (the columns get an identity in it),
which costs operations in the cache and buys long runs of memory; the block is then copied from a
buffer run by run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg import threads

if TYPE_CHECKING:
    from circuitalg.tensor.joined import Joined

# Nanoseconds, measured on one core (Xeon at 2.3 GHz, float64): a product of two numbers in a
# matrix product, a number of the columns read again for each few rows, a number copied, a run of
# them begun, a number of the columns written into an identity.
_MULTIPLY, _READ, _COPY, _RUN, _SPREAD = 0.025, 0.1, 0.35, 2.0, 4.0
# Numbers of a block: it stays in the second-level cache (2 MB).
_BLOCKS = (2**14, 2**15, 2**16, 2**17)
# Results below so many numbers are written by one thread; more threads than that gain nothing, for
# memory is the limit.
_ALONE, _THREADS = 2**20, 8
# The largest inner dimension that columns of both sides may make.
_INNER = 128


@dataclass(frozen=True, slots=True)
class Layout:
    """How the product is cut into blocks.

    Attributes
    ----------
    swapped : whether the right side gives the rows.
    outer : number of leading axes with one index each in a block.
    chunk : how many indices of the next axis a block has.
    last : from this axis on, the axes of both sides are columns.
    cost : nanoseconds by number of the result, estimated.
    """

    swapped: bool
    outer: int
    chunk: int
    last: int
    cost: float


def best_layout(
    lengths: Sequence[int], left: Sequence[bool], inner: int, *, expand: bool
) -> Layout:
    """Return the cheapest layout.

    Parameters
    ----------
    lengths
        Of the axes.
    left
        By axis, whether it belongs to the left side.
    inner
        The inner dimension.
    expand
        Whether axes of the row side may become columns.
    """
    found: list[Layout] = []
    count = len(lengths)
    for swapped in (False, True):
        rows = [side != swapped for side in left]
        last, spread = count, 1
        while True:
            # The longest run for this inner dimension: axes of the columns come for nothing.
            while last and not rows[last - 1]:
                last -= 1
            found += _blocked(lengths, rows, inner * spread, last, swapped)
            if not last or not expand or inner * spread * lengths[last - 1] > _INNER:
                break
            last -= 1
            spread *= lengths[last]
    return min(found, key=lambda layout: layout.cost)


def _blocked(
    lengths: Sequence[int], rows: Sequence[bool], inner: int, last: int, swapped: bool
) -> Iterator[Layout]:
    """Layouts of several block sizes."""
    spread = any(rows[last:])
    for block in _BLOCKS:
        outer, size = len(lengths) - 1, 1
        while outer and size * lengths[outer] <= block:
            size *= lengths[outer]
            outer -= 1
        if spread and outer >= last:
            continue
        end = max(last, outer + 1)
        chunk = max(1, min(lengths[outer], block // size))
        own = [chunk, *lengths[outer + 1 :]]
        inside = rows[outer:end]
        height = prod(n for n, row in zip(own, inside, strict=False) if row)
        width = chunk * size // height
        cost = _MULTIPLY * inner + _READ * (1 + inner / height + inner / width)
        if spread or inside != sorted(inside, reverse=True):
            cost += _COPY + _RUN / prod(lengths[end:])
        if spread:
            again = prod(n for n, row in zip(lengths[:outer], rows, strict=False) if row)
            cost += _SPREAD * inner / height / again
        yield Layout(swapped, outer, chunk, end, cost)


@dataclass(frozen=True, slots=True)
class Pair:
    """A term of the result: the product of two tensors (inner, *axes), and its layout.

    Each tensor has length 1 along the axes of the other side.
    """

    left: Any
    right: Any
    sides: tuple[bool, ...]
    layout: Layout


def multiplied(joined: Joined, pairs: Sequence[Pair], lengths: Sequence[int]) -> Any:
    """Return the sum of the products as one array of any library; its axes may be a view's."""
    total = None
    for pair in pairs:
        xp: Any = array_api_compat.array_namespace(pair.left)
        rows = [axis for axis, side in enumerate(pair.sides) if side]
        columns = [axis for axis, side in enumerate(pair.sides) if not side]
        left, right = (xp.reshape(a, (a.shape[0], -1)) for a in (pair.left, pair.right))
        flat = joined.product(left.T, right, None)
        order = rows + columns
        shaped = xp.reshape(flat, tuple(lengths[axis] for axis in order))
        term = xp.permute_dims(shaped, tuple(int(k) for k in np.argsort(order)))
        total = term if total is None else total + term
    return total


def fill(joined: Joined, pairs: Sequence[Pair], out: np.ndarray) -> None:
    """Write the sum of the products into a NumPy array, one axis for each of the pairs' axes."""
    for number, pair in enumerate(pairs):
        blocks = _Blocks(pair, out)
        alone = out.size < _ALONE or joined.work == np.dtype(object)
        most = 1 if alone else _THREADS
        write = partial(_write, joined, blocks, out, number > 0)
        threads.each(write, blocks.shares(min(most, threads.count())), most)


def _write(joined: Joined, blocks: _Blocks, out: np.ndarray, add: bool, share: _Share) -> None:
    direct = blocks.straight and joined.direct and out.flags.c_contiguous and not add
    # One buffer for all blocks: a new one each time would be paid in page faults.
    buffer = np.empty(0, dtype=joined.work)
    for place, rows, columns in blocks.walk(share):
        target = out[place]
        shape = (len(rows), columns.shape[1])
        if direct:
            found = target.reshape(shape)
        else:
            if buffer.size < target.size:
                buffer = np.empty(target.size, dtype=joined.work)
            found = buffer[: target.size].reshape(shape)
        joined.product(rows, columns, found)
        if direct:
            continue
        target = target.transpose(blocks.order)
        block = found.reshape(target.shape)
        if add:
            # Float64 that holds integers goes into int64 here.
            np.add(target, block, out=target, casting="unsafe")
        else:
            target[...] = block


# Places of the outer row axes and of the outer column axes, numbered, and starts of chunks.
_Share = tuple[Sequence[int], Sequence[int], Sequence[int]]


class _Blocks:
    """The blocks of a product and their matrices."""

    def __init__(self, pair: Pair, out: np.ndarray) -> None:
        layout = pair.layout
        row_side, column_side = pair.left, pair.right
        if layout.swapped:
            row_side, column_side = column_side, row_side
        self._is_row = [side != layout.swapped for side in pair.sides]
        self._lengths, self._layout = out.shape, layout
        outer, last = layout.outer, layout.last
        row_axes = [axis for axis, row in enumerate(self._is_row) if row]
        column_axes = [axis for axis, row in enumerate(self._is_row) if not row]
        spread = [axis for axis in row_axes if axis >= last]
        inside = [axis for axis in row_axes if outer <= axis < last]
        beside = [axis for axis in column_axes if outer <= axis < last]
        tail = list(range(last, out.ndim))
        self._outer_rows = [axis for axis in row_axes if axis < outer]
        self._outer_columns = [axis for axis in column_axes if axis < outer]
        self.order = [axis - outer for axis in inside + beside + tail]
        """Axes of a block as the product has them."""
        self.straight = self.order == sorted(self.order) and not spread
        """Whether the product is the block as it lies in memory."""
        self.inner = len(row_side) * self._size(spread)
        """The inner dimension of the matrix products."""
        self._width = self._size(beside + tail)
        rows = _arranged(row_side, self._outer_rows + inside, spread)
        self._rows = rows.reshape(self._size(self._outer_rows), self._size(inside), self.inner)
        columns = _arranged(column_side, self._outer_columns, beside + tail)
        shape = [1 if self._is_row[axis] else out.shape[axis] for axis in tail]
        self._columns = columns.reshape(
            len(self._places(self._outer_columns)), len(row_side), 1, -1, *shape
        )
        own = [out.shape[axis] if self._is_row[axis] else 1 for axis in tail]
        # 1 where an index of the row axes is the one that the last axes have, else 0.
        size = self._size(spread)
        self._identity = (
            np.eye(size, dtype=columns.dtype).reshape(size, 1, *own) if spread else None
        )

    def _size(self, axes: Sequence[int]) -> int:
        return prod(self._lengths[axis] for axis in axes)

    def _places(self, axes: Sequence[int]) -> list[tuple[int, ...]]:
        return list(np.ndindex(*(self._lengths[axis] for axis in axes)))

    def shares(self, count: int) -> list[_Share]:
        """All blocks, in about equal shares."""
        layout = self._layout
        whole = (
            range(self._size(self._outer_rows)),
            range(self._size(self._outer_columns)),
            range(0, self._lengths[layout.outer], layout.chunk),
        )
        # Sharing out the columns' places writes each identity once.
        split = next((k for k in (1, 0, 2) if len(whole[k]) >= count), None)
        if count == 1 or split is None:
            return [whole]
        edges = [len(whole[split]) * k // count for k in range(count + 1)]
        pieces = [whole[split][low:high] for low, high in pairwise(edges)]
        rows, columns, starts = whole
        if split == 0:
            return [(piece, columns, starts) for piece in pieces]
        if split == 1:
            return [(rows, piece, starts) for piece in pieces]
        return [(rows, columns, piece) for piece in pieces]

    def walk(self, share: _Share) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
        """Each block: its place in the result, and the matrices whose product it is."""
        outer, chunk = self._layout.outer, self._layout.chunk
        row_places, column_places = (
            self._places(self._outer_rows),
            self._places(self._outer_columns),
        )
        place = [0] * outer
        for column in share[1]:
            matrix = self._columns[column]
            if self._identity is not None:
                matrix = matrix * self._identity
            matrix = matrix.reshape(self.inner, self._width)
            for axis, index in zip(self._outer_columns, column_places[column], strict=True):
                place[axis] = index
            for row in share[0]:
                for axis, index in zip(self._outer_rows, row_places[row], strict=True):
                    place[axis] = index
                for start in share[2]:
                    stop = min(start + chunk, self._lengths[outer])
                    rows, columns = self._rows[row], matrix
                    if self._is_row[outer]:
                        step = len(rows) // self._lengths[outer]
                        rows = rows[start * step : stop * step]
                    else:
                        step = self._width // self._lengths[outer]
                        columns = matrix[:, start * step : stop * step]
                    yield (*place, slice(start, stop)), rows, columns


def _arranged(side: np.ndarray, first: Sequence[int], then: Sequence[int]) -> np.ndarray:
    """The tensor (inner, *axes) with some axes before the inner one, some after, others last."""
    others = [axis for axis in range(side.ndim - 1) if axis not in {*first, *then}]
    order = [*(a + 1 for a in first), 0, *(a + 1 for a in then), *(a + 1 for a in others)]
    return np.ascontiguousarray(side.transpose(order))
