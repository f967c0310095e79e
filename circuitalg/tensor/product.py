"""The last product: two small tensors into one large one, each number written once.

The result is rowsᵀ · columns, its axes in the order of the locations, which need not be the order
of the two sides. The last few axes of *both* sides are columns: an axis of the row side among them
multiplies the inner dimension by its length (the columns get an identity in it), which costs
operations in the cache and buys long runs of memory. Neighbouring axes of the row side before them
are the rows, so that a matrix product goes straight into place, its rows some distance apart; the
other axes of a block number its matrix products. Where these would be too small, a block is one
matrix product, copied into place from a buffer run by run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg import threads

if TYPE_CHECKING:
    from circuitalg.tensor.joined import Joined

# Nanoseconds, measured on one core (Xeon at 2.3 GHz, float64): a product of two numbers in a
# matrix product, a run of numbers begun, a number copied, a number of the columns written into an
# identity.
_MULTIPLY, _RUN, _COPY, _SPREAD = 0.025, 2.0, 1.2, 4.0
# A matrix product begun. On processors with AVX-512 OpenBLAS takes small real matrices as they lie.
# Elsewhere it packs them (2^26 numbers at an inner dimension of 16, its Haswell programs: 550 ms of
# processor time; copied from large products: 310), and it packs complex ones (2^24 numbers: 161 to
# 237 ms; copied: 150 to 163 ms).
_CALL, _PACKED_CALL = 50.0, 2000.0
_NOT_PACKED = ("SkylakeX", "Cooperlake", "SapphireRapids")
# A number of the columns read again, from the first-level cache and from beyond it.
_READ, _READ_FAR, _FIRST_LEVEL = 0.04, 0.3, 2**12
# A number whose rows are less than a page apart: the processor fetches ahead along one line of a
# page (2^27 numbers, rows 1 KiB apart: 133 ms; 64 KiB apart: 110 ms).
_NEAR, _PAGE = 0.35, 2**9
# Numbers of a block, some 0.1 ms: the time that Python takes for one does not count, and a buffer
# stays in the second-level cache (2 MB).
_BLOCK = 2**17
# Results below so many numbers, 0.9 ms, are written by one thread, since more take 0.4 ms to begin;
# more threads than that gain nothing, for memory is the limit.
_ALONE, _THREADS = 2**20, 8
# The columns of one matrix product need no more numbers: at an inner dimension of 16, 2^26 numbers
# took 93 ms with 2^13 columns and 72 ms with 2^11.
_PANEL = 2**15
# The largest inner dimension that columns of both sides may make.
_INNER = 128


@dataclass(frozen=True, slots=True)
class Layout:
    """How the product is cut into blocks, and these into matrix products.

    Attributes
    ----------
    swapped : whether the right side gives the rows.
    outer : number of leading axes with one index each in a block.
    chunk : how many indices of the next axis a block has.
    rows : the axes that are rows.
    last : from this axis on, the axes of both sides are columns.
    copied : whether a block is one matrix product, copied into place; its rows and columns are all
        that it has.
    cost : nanoseconds by number of the result, estimated.
    """

    swapped: bool
    outer: int
    chunk: int
    rows: tuple[int, ...]
    last: int
    copied: bool
    cost: float


def best_layout(
    lengths: Sequence[int],
    left: Sequence[bool],
    inner: int,
    *,
    expand: bool,
    is_complex: bool = False,
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
    is_complex
        Whether the numbers are.
    """
    small = not is_complex and threads.blas_processor() in _NOT_PACKED
    call = _CALL if small else _PACKED_CALL
    outer, size = len(lengths) - 1, 1
    while outer and size * lengths[outer] <= _BLOCK:
        size *= lengths[outer]
        outer -= 1
    chunk = max(1, min(lengths[outer], _BLOCK // size))
    found: list[Layout] = []
    for swapped in (False, True):
        is_row = [side != swapped for side in left]
        last, spread = len(lengths), 1
        while True:
            # The longest run for this inner dimension: axes of the columns come for nothing.
            while last > outer and not is_row[last - 1]:
                last -= 1
            if last < len(lengths):
                blocks = (swapped, outer, chunk)
                found += _layouts(lengths, is_row, inner * spread, last, blocks, call)
            if last <= outer or not expand or inner * spread * lengths[last - 1] > _INNER:
                break
            last -= 1
            spread *= lengths[last]
    return min(found, key=lambda layout: layout.cost)


def _layouts(
    lengths: Sequence[int],
    is_row: Sequence[bool],
    inner: int,
    last: int,
    blocks: tuple[bool, int, int],
    call: float,
) -> Iterator[Layout]:
    """Layouts with these columns, or fewer where they are many, and any rows."""
    while (
        last < len(lengths) - 1 and not is_row[last] and inner * prod(lengths[last + 1 :]) >= _PANEL
    ):
        last += 1
    swapped, outer, chunk = blocks
    own = (*lengths[:outer], chunk, *lengths[outer + 1 :])
    inside = range(outer, last)
    every = tuple(axis for axis in inside if is_row[axis])
    width, height = prod(own[last:]), prod(own[axis] for axis in every)
    cost = _MULTIPLY * inner + _RUN / width
    if any(is_row[last:]):
        again = prod(n for n, row in zip(lengths[:outer], is_row, strict=False) if row)
        cost += _SPREAD * inner / (again * height)
    if len(every) < len(inside):
        # Blocks are multiplied by packed panels, read from the caches in long lines.
        read = _READ * inner / height
        yield Layout(swapped, outer, chunk, every, last, True, cost + read + _COPY)
    runs = [tuple(axes) for row, axes in groupby(inside, key=is_row.__getitem__) if row]
    # Where a block has no rows, each matrix product has one, and columns of its own.
    read = _READ if every and inner * width <= _FIRST_LEVEL else _READ_FAR
    for rows in runs or [()]:
        height = prod(own[axis] for axis in rows)
        more = read * inner / height + call / (height * width)
        if rows and prod(lengths[rows[-1] + 1 :]) < _PAGE:
            more += _NEAR
        yield Layout(swapped, outer, chunk, rows, last, False, cost + more)


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
    direct = joined.direct and out.flags.c_contiguous and not add and not blocks.copied
    # One buffer for all blocks: a new one each time would be paid in page faults.
    buffer = np.empty(0, dtype=joined.work)
    for place, rows, columns in blocks.walk(share):
        target = out[place]
        if not direct and buffer.size < target.size:
            buffer = np.empty(target.size, dtype=joined.work)
        memory = target if direct else buffer[: target.size]
        matrices, block = blocks.views(memory, target.shape)
        joined.product(rows, columns, matrices)
        if add:
            # Float64 that holds integers goes into int64 here.
            np.add(target, block, out=target, casting="unsafe")
        elif not direct:
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
        self.copied = layout.copied
        outer, last = layout.outer, layout.last
        self._outer_rows = [axis for axis in range(outer) if self._is_row[axis]]
        self._outer_columns = [axis for axis in range(outer) if not self._is_row[axis]]
        height, tail = list(layout.rows), list(range(last, out.ndim))
        others = [axis for axis in range(outer, last) if axis not in height]
        batch, beside = ([], others) if layout.copied else (others, [])
        spread = [axis for axis in tail if self._is_row[axis]]
        self._order = [axis - outer for axis in batch + height + beside + tail]
        self._split = len(batch), len(batch) + len(height)
        inner, size = len(row_side), self._size(spread)
        self._inner, self._width = inner * size, self._size(beside + tail)
        rows = _arranged(row_side, self._outer_rows + batch + height, spread)
        self._rows = rows.reshape(
            self._size(self._outer_rows),
            *(row_side.shape[1 + axis] for axis in batch),
            self._size(height),
            self._inner,
        )
        columns = _arranged(column_side, self._outer_columns + batch, beside + tail)
        self._batch = [column_side.shape[1 + axis] for axis in batch]
        own = [column_side.shape[1 + axis] for axis in tail]
        self._columns = columns.reshape(
            self._size(self._outer_columns), *self._batch, inner, 1, -1, *own
        )
        # 1 where an index of the row axes is the one that the last axes have, else 0.
        own = [row_side.shape[1 + axis] for axis in tail]
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

    def views(self, memory: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Two views of a block's memory: as matrices (*batch, rows, columns), and as the block."""
        first, end = self._split
        lengths = [shape[axis] for axis in self._order]
        merged = (*lengths[:first], prod(lengths[first:end]), prod(lengths[end:]))
        if self.copied:
            back = [self._order.index(axis) for axis in range(len(shape))]
            return memory.reshape(merged), memory.reshape(lengths).transpose(back)
        # Only neighbours are merged, so both are views: a copy, which would be lost, is an error.
        block = memory.reshape(shape, copy=False)
        return block.transpose(self._order).reshape(merged, copy=False), block

    def walk(self, share: _Share) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
        """Each block: its place in the result, and the matrices whose products it is."""
        outer, chunk = self._layout.outer, self._layout.chunk
        length = self._lengths[outer]
        row_places, column_places = (
            self._places(self._outer_rows),
            self._places(self._outer_columns),
        )
        place = [0] * outer
        for column in share[1]:
            matrix = self._columns[column]
            if self._identity is not None:
                matrix = matrix * self._identity
            matrix = matrix.reshape(*self._batch, self._inner, self._width)
            for axis, index in zip(self._outer_columns, column_places[column], strict=True):
                place[axis] = index
            for row in share[0]:
                for axis, index in zip(self._outer_rows, row_places[row], strict=True):
                    place[axis] = index
                for start in share[2]:
                    stop = min(start + chunk, length)
                    rows, columns = self._rows[row], matrix
                    if stop - start < length:
                        rows, columns = self._part(rows, columns, start, stop)
                    yield (*place, slice(start, stop)), rows, columns

    def _part(
        self, rows: np.ndarray, columns: np.ndarray, start: int, stop: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The matrices for some indices of the first axis of a block."""
        outer, length = self._layout.outer, self._lengths[self._layout.outer]
        if outer in self._layout.rows:
            step = rows.shape[-2] // length
            return rows[..., start * step : stop * step, :], columns
        if self.copied or outer == self._layout.last:
            step = self._width // length
            return rows, columns[..., start * step : stop * step]
        if self._is_row[outer]:
            return rows[start:stop], columns
        return rows, columns[start:stop]


def _arranged(side: np.ndarray, first: Sequence[int], then: Sequence[int]) -> np.ndarray:
    """The tensor (inner, *axes) with some axes before the inner one, some after, others last."""
    others = [axis for axis in range(side.ndim - 1) if axis not in {*first, *then}]
    order = [*(a + 1 for a in first), 0, *(a + 1 for a in then), *(a + 1 for a in others)]
    return np.ascontiguousarray(side.transpose(order))
