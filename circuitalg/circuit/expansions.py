"""Fixed 0/1 matrices between channels that are tuples of indices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from circuitalg.circuit.node import Matrix
from circuitalg.memory import check_parts

_POINTER = 8
"""Bytes of a reference; equal rows are one object, and so are the numbers in them."""


def reading(shape: Sequence[int], axes: Sequence[int]) -> Matrix:
    """The matrix that lets each channel of a shape read the channel of its indices at some axes.

    Channels are the tuples of indices below ``shape``, the first index slowest; rows are those of
    the shape, columns those of its part at ``axes``, in their order.

    Raises
    ------
    TooLargeError
        When it would not fit into memory.

    Examples
    --------
    >>> reading((2, 2), (0,)), reading((2, 2), (1,))
    (((1, 0), (1, 0), (0, 1), (0, 1)), ((1, 0), (0, 1), (1, 0), (0, 1)))
    """
    columns = prod([shape[axis] for axis in axes])
    _check(prod(shape) + columns**2)
    units = [(*(0,) * at, 1, *(0,) * (columns - 1 - at)) for at in range(columns)]
    return tuple([units[at] for at in _columns(shape, axes)])


def adding(shape: Sequence[int], axes: Sequence[int]) -> Matrix:
    """The transpose of `reading`: it adds up over the other axes.

    Raises
    ------
    TooLargeError
        When it would not fit into memory.
    """
    rows, columns = prod([shape[axis] for axis in axes]), prod(shape)
    _check(rows * columns)
    found = [[0] * columns for _ in range(rows)]
    for column, row in enumerate(_columns(shape, axes)):
        found[row][column] = 1
    return tuple(map(tuple, found))


def on_one_axis(matrix: Matrix, before: int, after: int) -> Matrix:
    """I ⊗ W ⊗ I, identities of these sizes before and after a matrix.

    Raises
    ------
    TooLargeError
        When it would not fit into memory.
    """
    width, size = len(matrix), len(matrix[0])
    _check(before**2 * after**2 * width * size)
    return tuple(
        [
            tuple(
                [
                    matrix[row][column] if (a, c) == (i, k) else 0
                    for i, column, k in product(range(before), range(size), range(after))
                ]
            )
            for a, row, c in product(range(before), range(width), range(after))
        ]
    )


def _columns(shape: Sequence[int], axes: Sequence[int]) -> list[int]:
    """For each tuple of indices, the number of its part at the axes."""
    strides = [0] * len(shape)
    stride = 1
    for axis in reversed(axes):
        strides[axis], stride = stride, stride * shape[axis]
    found = [0]
    for size, step in zip(shape, strides, strict=True):
        found = [at + step * index for at in found for index in range(size)]
    return found


def _check(entries: int) -> None:
    check_parts(entries, _POINTER, "a fixed matrix of 0 and 1", "take smaller widths")
