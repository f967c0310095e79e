"""The last product: two small tensors into one large one, each number written once.

The result is rowsᵀ · columns, its axes in the order of the locations, which need not be the order
of the two sides. The last few axes of *both* sides are columns: an axis of the row side among them
multiplies the inner dimension by its length (the columns get an identity in it), which costs
operations in the cache and buys long runs of memory. Where only rows stand before them, a matrix
product goes straight into place; else a block of the last axes is one matrix product, copied into
place from a buffer run by run.
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

# The plan counts, by number of the result, multiplications of a matrix product and what takes as
# long: a number copied, a run of numbers begun, a number of the columns read again, a product
# begun. No processor's own figures, but near those of two makes; twice as much for any of them
# changes few plans, and none by much.
_COPY, _RUN, _READ, _BEGIN = 8.0, 64.0, 4.0, 2**17
# Numbers of a product, so that a buffer stays in the second-level cache, and of columns with an
# identity in them.
_BLOCK, _COLUMNS = 2**16, 2**18
# The largest inner dimension that columns of both sides may make.
_INNER = 128
# Results below so many numbers, 0.9 ms, are written by one thread, since more take 0.4 ms to begin;
# more threads than that gain nothing, for memory is the limit.
_ALONE, _THREADS = 2**20, 8


@dataclass(frozen=True, slots=True)
class Layout:
    """How the product is cut into matrix products.

    Attributes
    ----------
    swapped : whether the right side gives the rows.
    outer : number of leading axes with one index each in a product.
    last : from this axis on, the axes of both sides are columns.
    straight : whether all between are rows, and a product goes straight into place.
    chunk : rows of a product.
    cost : by number of the result, in multiplications.
    """

    swapped: bool
    outer: int
    last: int
    straight: bool
    chunk: int
    cost: float


def best_layout(
    lengths: Sequence[int], left: Sequence[bool], inner: int, *, expand: bool, straight: bool
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
    straight
        Whether a product may go straight into place.
    """
    found: list[Layout] = []
    for swapped in (False, True):
        is_row = [own != swapped for own in left]
        spread = run = 1
        for last in reversed(range(len(lengths))):
            run *= lengths[last]
            spread *= lengths[last] if is_row[last] else 1
            depth = inner * spread
            if spread > 1 and not (expand and depth <= _INNER and depth * run <= _COLUMNS):
                break
            columns = (depth, run, last)
            if straight:
                found.append(_layout(lengths, is_row, columns, swapped, straight=True))
            if run <= _BLOCK or last == len(lengths) - 1:
                found.append(_layout(lengths, is_row, columns, swapped, straight=False))
    return min(found, key=lambda layout: layout.cost)


def _layout(
    lengths: Sequence[int],
    is_row: Sequence[bool],
    columns: tuple[int, int, int],
    swapped: bool,
    *,
    straight: bool,
) -> Layout:
    """The layout with these columns (inner dimension, how many, first axis), and its cost."""
    depth, run, last = columns
    outer, width, height = last, run, 1
    while outer:
        taller = height * (lengths[outer - 1] if is_row[outer - 1] else 1)
        wider = width * (1 if is_row[outer - 1] else lengths[outer - 1])
        small = taller * wider <= _BLOCK and depth * wider <= max(_COLUMNS, depth * run)
        if not (is_row[outer - 1] if straight else small):
            break
        outer, width, height = outer - 1, wider, taller
    chunk = max(1, min(height, _BLOCK // run)) if straight else height
    again = height * prod(n for n, row in zip(lengths[:outer], is_row, strict=False) if row)
    cost = depth * (1 + _READ / chunk + _COPY / again) + _RUN / run
    cost += _BEGIN / (chunk * width) + (0 if straight else _COPY)
    return Layout(swapped, outer, last, straight, chunk, cost)


@dataclass(frozen=True, slots=True)
class Pair:
    """A term of the result: the product of two tensors (inner, *axes).

    Each has length 1 along the axes of the other side. ``sides`` says which axes are the left's.
    """

    left: Any
    right: Any
    sides: tuple[bool, ...]


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
        # Objects and integers multiply one by one, and 0 · ∞ is not a number.
        expand = all(
            a.dtype.kind in "fc" and bool(np.isfinite(a).all()) for a in (pair.left, pair.right)
        )
        straight = joined.direct and out.flags.c_contiguous and not number
        layout = best_layout(
            out.shape, pair.sides, len(pair.left), expand=expand, straight=straight
        )
        blocks = _Blocks(pair, layout, out)
        alone = out.size < _ALONE or joined.work == np.dtype(object)
        most = 1 if alone else min(_THREADS, threads.count())
        edges = [blocks.count * k // most for k in range(most + 1)]
        write = partial(_write, joined, blocks, number > 0)
        threads.each(write, [range(*edge) for edge in pairwise(edges)], most)


def _write(joined: Joined, blocks: _Blocks, add: bool, share: range) -> None:
    # One buffer for all products: a new one each time would be paid in page faults.
    buffer = np.empty(0 if blocks.straight else blocks.size, dtype=joined.work)
    for target, rows, columns in blocks.walk(share):
        if blocks.straight:
            joined.product(rows, columns, target)
            continue
        product = buffer.reshape(len(rows), -1)
        joined.product(rows, columns, product)
        block = blocks.placed(product)
        if add:
            # Float64 that holds integers goes into int64 here.
            np.add(target, block, out=target, casting="unsafe")
        else:
            target[...] = block


class _Blocks:
    """The matrix products of a layout, and where they belong.

    Attributes
    ----------
    straight : whether each goes straight into place.
    count : how many there are.
    size : numbers of one.
    """

    def __init__(self, pair: Pair, layout: Layout, out: np.ndarray) -> None:
        row_side, column_side = pair.left, pair.right
        if layout.swapped:
            row_side, column_side = column_side, row_side
        is_row = [side != layout.swapped for side in pair.sides]
        outer, lengths = layout.outer, out.shape
        rows = [axis for axis in range(layout.last) if is_row[axis]]
        columns = [axis for axis in range(layout.last) if not is_row[axis]]
        tail = list(range(layout.last, out.ndim))
        spread = [axis for axis in tail if is_row[axis]]
        # By index of the outer axes, of the columns and of the rows, the place of a product.
        first = [axis for axis in columns if axis < outer]
        then = [axis for axis in rows if axis < outer]
        self._out = out.transpose(*first, *then, *range(outer, out.ndim))
        self._first, self._then = (tuple(lengths[axis] for axis in axes) for axes in (first, then))
        # The axes of a product, in its own order.
        axes = [*(axis for axis in (*rows, *columns) if axis >= outer), *tail]
        self._shape = [lengths[axis] for axis in axes]
        self._order = [axes.index(axis) for axis in range(outer, out.ndim)]
        self.straight, self._chunk = layout.straight, layout.chunk
        table = _arranged(row_side, rows, spread)
        height = prod(lengths[axis] for axis in rows if axis >= outer)
        self._rows = table.reshape(prod(self._then), height, -1)
        self._pieces = -(-height // self._chunk)
        self.count = prod(self._first) * len(self._rows) * self._pieces
        self.size = self._chunk * prod(self._shape) // height
        own = [column_side.shape[1 + axis] for axis in tail]
        table = _arranged(column_side, first, [*columns[len(first) :], *tail])
        self._columns = table.reshape(prod(self._first), len(row_side), 1, -1, *own)
        # 1 where an index of the row axes is the one that the last axes have, else 0.
        many, own = (
            prod(lengths[axis] for axis in spread),
            [row_side.shape[1 + axis] for axis in tail],
        )
        self._identity = np.eye(many, dtype=table.dtype).reshape(many, 1, *own) if spread else None

    def walk(self, share: range) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Some products: where each belongs, its rows and its columns."""
        known, columns = -1, self._columns
        for number in share:
            place, piece = divmod(number, self._pieces)
            column, row = divmod(place, len(self._rows))
            if column != known:
                known, columns = column, self._columns[column]
                if self._identity is not None:
                    columns = columns * self._identity
                columns = columns.reshape(self._rows.shape[2], -1)
            target = self._out[
                *np.unravel_index(column, self._first), *np.unravel_index(row, self._then)
            ]
            rows = self._rows[row]
            if self.straight:
                some = slice(piece * self._chunk, (piece + 1) * self._chunk)
                # A copy, which would be lost, is an error.
                target = target.reshape(len(rows), -1, copy=False)[some]
                rows = rows[some]
            yield target, rows, columns

    def placed(self, product: np.ndarray) -> np.ndarray:
        """A product with the axes of its place: a view."""
        return product.reshape(self._shape, copy=False).transpose(self._order)


def _arranged(side: np.ndarray, first: Sequence[int], then: Sequence[int]) -> np.ndarray:
    """The tensor (inner, *axes) with some axes before the inner one, some after, others last."""
    others = [axis for axis in range(side.ndim - 1) if axis not in {*first, *then}]
    order = [*(a + 1 for a in first), 0, *(a + 1 for a in then), *(a + 1 for a in others)]
    return np.ascontiguousarray(side.transpose(order))
