"""Products of matrices of logarithms: the sums of a log-space network, fast for any numbers.

The steps here are a contract: `LogSpaceError` bounds the rounding error of exactly these, and
docs/rules/logspace.md ("Rounding in log-space") says why. Whoever changes one changes the argument.

- *Product* of k nodes (`pairwise_sum`): logarithms are added in rounds of neighbours, so that each
  passes through at most ⌈log2 k⌉ additions.
- *Sum* (`LogMatrix.times`), for each row γ of the logarithms m of all its matrices side by side,
  and each column c of the logarithms of all children's channels:

  1. t = max m[γ, ·], p = max c (0 where that is −∞); S = exp(m − t), V = exp(c − p).
  2. σ = Σ_α S[α] · V[α], by an ordinary matrix product in any order.
  3. The result is (log σ + t) + p, added in this order, where σ ≥ 1e-290.
  4. Elsewhere (0 included) the terms m[γ, α] + c[α] are rounded, and the result is the largest one
     plus the logarithm of the sum of exp(term − largest).

- With +∞ among the numbers step 4 is taken, and there is no bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from circuitalg.logspace.mex import mex
from circuitalg.tensor.workspace import Room

Array = Any
_VISIBLE = 1e-290
_TERMS = 2**17
"""Terms that are held at once where sums are taken term by term."""


class LogMatrix:
    """A matrix of logarithms, or one for each position, multiplied as exponentials.

    Rows of the matrix and columns of values are divided by their largest entries first. What then
    underflows is below 1e-306; where a sum is not above 1e-290, so that this could be seen, or an
    entry is +inf, it is taken again term by term. With 32 channels and a batch of 1,024: 30 times
    faster than that.

    Parameters
    ----------
    logs
        Array (rows, columns), or (positions, rows, columns); −inf is log 0, +inf is allowed.
    """

    def __init__(self, logs: Array) -> None:
        self.logs = logs
        tops = logs.max(axis=-1, keepdims=True)
        self._tops = np.where(np.isneginf(tops), 0, tops)
        with np.errstate(invalid="ignore"):
            self._scaled = logs - self._tops
        np.exp(self._scaled, out=self._scaled)

    def times(self, values: Array) -> Array:
        """Log of Σ_α exp(matrix[γ, α] + values[α, ·]): (columns, b) -> (rows, b).

        With a matrix or values for each position: (positions, columns, b) -> (positions, rows, b).
        """
        if values.ndim == 2 and self.logs.ndim == 2:
            return self.times(values[None])[0]
        return self.times_in(Room(float), values)

    def times_in(self, room: Room, values: Array) -> Array:
        """The same for (positions, columns, b), in memory of the room."""
        peaks = values.max(axis=1, keepdims=True)
        peaks[np.isneginf(peaks)] = 0
        scaled = room.take(*values.shape)
        # +inf makes NaN, and 0 makes -inf: both are taken again.
        with np.errstate(invalid="ignore", divide="ignore"):
            np.subtract(values, peaks, out=scaled)
            np.exp(scaled, out=scaled)
            found = room.matmul(self._scaled, scaled)
            room.free(scaled)
            visible = found.size == 0 or found.min() >= _VISIBLE
            again = () if visible else np.nonzero(~(found >= _VISIBLE))
            np.log(found, out=found)
            found += self._tops
            found += peaks
        if not visible:
            self._term_by_term(values, again, found)
        return found

    def _term_by_term(self, values: Array, places: tuple[Array, ...], found: Array) -> None:
        """Set the entries at some places to log-sum-exps of their own, right for +inf too."""
        step = max(_TERMS // values.shape[1], 1)
        for first in range(0, len(places[0]), step):
            position, row, column = (axis[first : first + step] for axis in places)
            logs = self.logs[row] if self.logs.ndim == 2 else self.logs[position, row]
            terms = logs + values[position, :, column]
            found[position, row, column] = mex(terms, 1, axis=1, mean=False)


def pairwise_sum(room: Room, terms: Sequence[Array]) -> Array:
    """Sum in rounds of neighbours: the rounding error grows with the logarithm of their number.

    The terms have one shape; the sum takes memory of the room.
    """
    found = [room.fold(np.add, terms[k : k + 2]) for k in range(0, len(terms), 2)]
    while len(found) > 1:
        for left, right in zip(found[::2], found[1::2], strict=False):
            left += right
            room.free(right)
        found = found[::2]
    return found[0]


def row_by_row(
    room: Room,
    matrix: Array,
    below: Array,
    times: Callable[..., Any],
    plus: Callable[[Array], Array],
) -> Array:
    """Sums over channels of entry times channel, in memory of the room.

    ``times`` writes into ``out=``, ``plus`` sums along the first axis.
    """
    rows, (count, _, batch) = matrix.shape[-2], below.shape
    out, terms = room.take(count, rows, batch), room.take(*below.shape)
    for row in range(rows):
        times(matrix[..., row, :, None], below, out=terms)
        out[:, row] = plus(np.moveaxis(terms, 1, 0))
    room.free(terms)
    return out
