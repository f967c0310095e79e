"""What an arithmetic hands to the last product: matrices, and how to multiply them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Joined:
    """Matrices (inner, *axes) in pairs, and how their products make results.

    Attributes
    ----------
    pairs : for each result the pairs whose products sum to it.
    product : (rows, columns, out) -> rows · columns, stacks of matrices, written to ``out`` (of
        their data type) where it is given.
    empty : a new array of this shape for results.
    work : the data type of products; NumPy alone.
    direct : whether results have it too.
    finish : the array, filled, as the caller gets it.
    blocked : whether all are NumPy arrays, to be written a block at a time.
    """

    pairs: list[list[tuple[Any, Any]]]
    product: Callable[[Any, Any, Any], Any]
    empty: Callable[[tuple[int, ...]], Any]
    finish: Callable[[Any], Any]
    work: Any
    direct: bool
    blocked: bool = True


def plain_product(rows: Any, columns: Any, out: Any) -> Any:
    """The matrix product, in ``out`` where it is given."""
    if out is not None and rows.shape[-1] == 1:
        return np.multiply(rows, columns, out=out)
    return rows @ columns if out is None else np.matmul(rows, columns, out=out)
