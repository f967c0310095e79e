"""Minors with NumPy (--numpy only)."""

from __future__ import annotations

import importlib
from typing import Any

from ..meter import NUMPY_MEMORY_LIMIT, Meter
from ..read import Refusal
from .plan import Op

MAX_NUMPY_SIZE = 16_384


def numpy_minor(ops: list[Op], size: int, prime: int, meter: Meter) -> bool:
    """Check a minor in float64 arithmetic on integers below 2^53, which is exact.

    Residues are centred, at most 2^23 + 4 in size; so products and sums of 64 products are exact.
    """
    try:
        np: Any = importlib.import_module("numpy")
    except ImportError:
        raise Refusal("--numpy needs NumPy, which cannot be imported here.") from None
    mixed = [op for op in ops if op.touch == 3]
    widths = sum(op.width for op in mixed)
    step = max(1, min(size, (1 << 17) // (size * max((op.width for op in mixed), default=1))))
    held = sum(op.width for op in ops if op.touch != 3) * size + widths * size * step
    needed = 8 * (held + size * size + 6 * 1024 * size)
    if size > MAX_NUMPY_SIZE or needed >> 20 > NUMPY_MEMORY_LIMIT:
        raise Refusal(
            f"a minor of size {size} would need about {needed >> 20:,} MB with NumPy"
            f" (limits: size {MAX_NUMPY_SIZE}, {NUMPY_MEMORY_LIMIT:,} MB)."
        )
    work = sum(len(m) * len(m[0]) for op in mixed for m in op.mats or [])
    meter.announce((size * size * (10.0 * widths + work) + 0.2 * size**3) / 1e9, size)
    matrix = np.empty((size, size))
    kept: dict[int, Any] = {}
    for a in range(0, size, step):
        meter.look()
        matrix[a : a + step] = numpy_rows(np, ops, kept, slice(a, min(a + step, size)), prime)
    return numpy_regular(np, matrix, prime, meter)


def centre(np: Any, x: Any, prime: int) -> Any:
    """Reduce modulo the prime, in place, to residues around zero; only multiples of it become 0."""
    quotient = np.rint(x * (1.0 / prime))
    quotient *= prime
    x -= quotient
    return x


def numpy_product(np: Any, left: Any, right: Any, prime: int) -> Any:
    """Multiply matrices of centred residues, in inner blocks of 64."""
    total = centre(np, left[:, :64] @ right[:64], prime)
    for i in range(64, left.shape[1], 64):
        total += left[:, i : i + 64] @ right[i : i + 64]
        centre(np, total, prime)
    return total


def numpy_rows(np: Any, ops: list[Op], kept: dict[int, Any], rows: slice, prime: int) -> Any:
    """Evaluate some rows of the grid; values have the axes (channel, row, column).

    What does not depend on the row is kept for the next call.
    """
    values = dict(kept)
    for n, op in enumerate(ops):
        if n in values:
            continue
        if op.leaf is not None:
            leaf = np.array(op.leaf[rows] if op.touch == 1 else op.leaf, dtype=np.float64).T
            total = centre(np, leaf[:, :, None] if op.touch == 1 else leaf[:, None, :], prime)
        elif op.mats is not None:
            total = np.zeros((op.width, 1, 1))
            for matrix, o in zip(op.mats, op.operands, strict=True):
                left = centre(np, np.array(matrix, dtype=np.float64), prime)
                right = values[o]
                part = numpy_product(np, left, right.reshape(right.shape[0], -1), prime)
                part = part.reshape(op.width, *right.shape[1:])
                total = part if o == op.operands[0] else centre(np, total + part, prime)
        else:
            total = np.ones((op.width, 1, 1))
            for o in op.operands:
                total = centre(np, total * values[o], prime)
        values[n] = total
        if not op.touch & 1:
            kept[n] = total
    return values[len(ops) - 1][0]


def numpy_regular(np: Any, matrix: Any, prime: int, meter: Meter) -> bool:
    """Say whether a matrix of centred residues is regular, eliminating 64 columns at a time."""
    size = matrix.shape[0]
    for first in range(0, size, 64):
        meter.look()
        last = min(first + 64, size)
        panel = matrix[first:, first:last].copy()
        for j in range(last - first):
            found = np.flatnonzero(panel[j:, j])
            if not len(found):
                return False
            if found[0]:
                pair, swapped = [j, j + int(found[0])], [j + int(found[0]), j]
                panel[pair] = panel[swapped]
                matrix[[first + i for i in pair]] = matrix[[first + i for i in swapped]]
            inverse = pow(int(panel[j, j]) % prime, -1, prime)
            inverse -= prime if 2 * inverse > prime else 0
            panel[j + 1 :, j] = centre(np, panel[j + 1 :, j] * inverse, prime)
            panel[j + 1 :, j + 1 :] -= panel[j + 1 :, j, None] * panel[None, j, j + 1 :]
            centre(np, panel[j + 1 :, j + 1 :], prime)
        top = matrix[first:last, last:]
        for j in range(1, last - first):
            top[j] = centre(
                np, top[j] - numpy_product(np, panel[j : j + 1, :j], top[:j], prime)[0], prime
            )
        for a in range(last, size, 1024):
            rows = slice(a, min(a + 1024, size))
            left = panel[rows.start - first : rows.stop - first]
            matrix[rows, last:] -= numpy_product(np, left, top, prime)
            centre(np, matrix[rows, last:], prime)
    return True
