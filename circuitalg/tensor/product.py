"""The last product: two small tensors into one large one, each number written once.

The result is rowsᵀ · columns, its axes in the order of the locations, which need not be the order
of the two sides. A block of its memory is one matrix product in the cache, copied into place run by
run: straight into place BLAS would clear, read and write each number of memory just allocated. The
last few axes of *both* sides are columns: an axis of the row side among them multiplies the inner
dimension by its length (the columns get an identity in it), which costs operations in the cache and
buys long runs.

What it gains (docs/performance.md): 2^27 entries with shuffled locations take 0.27 s, copying the
product into order 1.5 s (opt_einsum) to 2.5 s (TensorLy).
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
    from circuitalg.tensor.operands import Joined

# Numbers of a block, which stays in the second-level cache: an eighth as many took 1.3 to 3 times
# as long, since Python starts each one; twice as many took no less.
_BLOCK = 2**17
# The plan counts multiplications within matrix products, by number of the result, and what takes
# about as long: a run of numbers begun, a number of the columns read again or made. Half or twice
# as much for a run changed the time of 2^24 numbers, in five orders, by less than a fifth.
_RUN, _READ, _MAKE = 64.0, 4.0, 8.0
# The largest inner dimension, and most numbers, of columns with an identity in them.
_INNER, _COLUMNS = 128, 2**18
# Results below this many numbers, 0.9 ms, are written by one thread: more take 0.4 ms to start;
# more threads than that gain nothing, since memory is the limit.
_ALONE, _THREADS = 2**20, 8


@dataclass(frozen=True, slots=True)
class Layout:
    """What is a row and what is a column in the blocks.

    Attributes
    ----------
    swapped : whether the right side gives the rows.
    last : from this axis on, the axes of both sides are columns.
    cost : multiplications by number of the result, or what takes as long.
    """

    swapped: bool
    last: int
    cost: float


def block_of(lengths: Sequence[int]) -> tuple[int, int]:
    """The first axis of which a block has several indices, and how many it has at most."""
    axis, size = len(lengths) - 1, 1
    while axis and size * lengths[axis] <= _BLOCK:
        size *= lengths[axis]
        axis -= 1
    return axis, max(1, min(lengths[axis], _BLOCK // size))


def best_layout(
    lengths: Sequence[int], left: Sequence[bool], inner: int, *, expand: bool
) -> Layout:
    """Return the cheapest layout.

    Parameters
    ----------
    lengths
        Those of the axes.
    left
        By axis, whether it belongs to the left side.
    inner
        The inner dimension.
    expand
        Whether axes of the row side may become columns.
    """
    outer, chunk = block_of(lengths)
    own = (*lengths[:outer], chunk, *lengths[outer + 1 :])
    found: list[Layout] = []
    for swapped in (False, True):
        is_row = [side != swapped for side in left]
        spread = 1
        for last in reversed(range(outer, len(lengths))):
            spread *= lengths[last] if is_row[last] else 1
            depth, run = inner * spread, prod(own[last:])
            height = prod(own[axis] for axis in range(outer, last) if is_row[axis])
            cost = depth * (1 + _READ / height) + _RUN / run
            if spread > 1:
                made = depth * prod(
                    lengths[axis]
                    for axis in range(outer, len(lengths))
                    if axis >= last or not is_row[axis]
                )
                if not expand or depth > _INNER or made > _COLUMNS:
                    break
                cost += _MAKE * depth / prod(lengths[axis] for axis in range(last) if is_row[axis])
            found.append(Layout(swapped, last, cost))
    return min(found, key=lambda layout: layout.cost)


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the result: the product of two tensors (inner, *axes).

    Each has length 1 along the axes of the other side. ``sides`` says which axes are the left's.
    """

    left: Any
    right: Any
    sides: tuple[bool, ...]


def multiplied(joined: Joined, pairs: Sequence[Term], lengths: Sequence[int]) -> Any:
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


def fill(joined: Joined, pairs: Sequence[Term], out: np.ndarray) -> None:
    """Write the sum of the products into a NumPy array, one axis for each of the pairs' axes."""
    for number, pair in enumerate(pairs):
        # Objects and integers multiply one by one, and 0 · ∞ is not a number.
        expand = all(
            a.dtype.kind in "fc" and bool(np.isfinite(a).all()) for a in (pair.left, pair.right)
        )
        blocks = _Blocks(
            pair, best_layout(out.shape, pair.sides, len(pair.left), expand=expand), out
        )
        alone = out.size < _ALONE or joined.work == np.dtype(object)
        most = 1 if alone else min(_THREADS, threads.count())
        edges = [blocks.count * k // most for k in range(most + 1)]
        write = partial(_write, joined, blocks, number > 0)
        threads.each(write, [range(*edge) for edge in pairwise(edges)], most)


def _write(joined: Joined, blocks: _Blocks, add: bool, share: range) -> None:
    # One buffer for all blocks: a new one each time would be paid in page faults.
    buffer = np.empty(blocks.size, dtype=joined.work)
    for target, rows, columns in blocks.walk(share):
        product = buffer[: target.size].reshape(len(rows), -1)
        joined.product(rows, columns, product)
        block = blocks.placed(product, len(target))
        if add:
            # Float64 that holds integers goes into int64 here.
            np.add(target, block, out=target, casting="unsafe")
        else:
            target[...] = block


class _Blocks:
    """The blocks of a product and their matrices.

    Attributes
    ----------
    count : how many there are.
    size : numbers of the largest.
    """

    def __init__(self, pair: Term, layout: Layout, out: np.ndarray) -> None:
        row_side, column_side = pair.left, pair.right
        if layout.swapped:
            row_side, column_side = column_side, row_side
        is_row = [side != layout.swapped for side in pair.sides]
        outer, self._chunk = block_of(out.shape)
        rows = [axis for axis in range(layout.last) if is_row[axis]]
        columns = [axis for axis in range(layout.last) if not is_row[axis]]
        tail = list(range(layout.last, out.ndim))
        spread = [axis for axis in tail if is_row[axis]]
        # By index of the outer axes, of the columns and of the rows, the place of a block.
        first = [axis for axis in columns if axis < outer]
        then = [axis for axis in rows if axis < outer]
        self._out = out.transpose(*first, *then, *range(outer, out.ndim))
        self._first, self._then = (tuple(out.shape[a] for a in axes) for axes in (first, then))
        # The axes of a block, in the order of its matrix.
        axes = [*rows[len(then) :], *columns[len(first) :], *tail]
        self._shape = [out.shape[axis] for axis in axes]
        self._order = [axes.index(axis) for axis in range(outer, out.ndim)]
        table = _arranged(row_side, rows, spread)
        height = prod(out.shape[axis] for axis in rows[len(then) :])
        self._rows = table.reshape(prod(self._then), height, -1)
        own = [column_side.shape[1 + axis] for axis in tail]
        table = _arranged(column_side, first, axes[len(rows) - len(then) :])
        self._columns = table.reshape(prod(self._first), len(row_side), 1, -1, *own)
        # 1 where an index of the row axes is the one that the last axes have, else 0.
        many = prod(out.shape[axis] for axis in spread)
        own = [row_side.shape[1 + axis] for axis in tail]
        self._identity = np.eye(many, dtype=table.dtype).reshape(many, 1, *own) if spread else None
        self._length = out.shape[outer]
        self._cuts_rows = outer in rows
        self._pieces = -(-self._length // self._chunk)
        self.count = prod(self._first) * prod(self._then) * self._pieces
        self.size = self._chunk * prod(out.shape[outer + 1 :])

    def walk(self, share: range) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Some blocks: where each belongs, its rows and its columns."""
        known, matrix = -1, self._columns
        for number in share:
            place, piece = divmod(number, self._pieces)
            column, row = divmod(place, len(self._rows))
            if column != known:
                known, matrix = column, self._columns[column]
                if self._identity is not None:
                    matrix = matrix * self._identity
                matrix = matrix.reshape(self._rows.shape[2], -1)
            index = np.unravel_index(column, self._first), np.unravel_index(row, self._then)
            target, rows, columns = self._out[*index[0], *index[1]], self._rows[row], matrix
            if self._pieces > 1:
                # Some indices of the block's first axis, the slowest of the rows or columns.
                start, stop = piece * self._chunk, min((piece + 1) * self._chunk, self._length)
                target = target[start:stop]
                step = (len(rows) if self._cuts_rows else columns.shape[1]) // self._length
                some = slice(start * step, stop * step)
                rows, columns = (
                    (rows[some], columns) if self._cuts_rows else (rows, columns[:, some])
                )
            yield target, rows, columns

    def placed(self, product: np.ndarray, length: int) -> np.ndarray:
        """A block's matrix with the axes of its place, ``length`` indices of the first: a view."""
        shape = list(self._shape)
        shape[self._order[0]] = length
        return product.reshape(shape, copy=False).transpose(self._order)


def _arranged(side: np.ndarray, first: Sequence[int], then: Sequence[int]) -> np.ndarray:
    """The tensor (inner, *axes) with some axes before the inner one, some after, others last."""
    others = [axis for axis in range(side.ndim - 1) if axis not in {*first, *then}]
    order = [*(a + 1 for a in first), 0, *(a + 1 for a in then), *(a + 1 for a in others)]
    return np.ascontiguousarray(side.transpose(order))
