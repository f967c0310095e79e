"""Matricizations: a tensor as a matrix, by a bipartition of its modes."""

from __future__ import annotations

from math import prod
from typing import Any

import array_api_compat

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.errors import BipartitionError
from circuitalg.tables import as_table


def matricization(tensor: Any, bipartition: BipartitionLike) -> Any:
    """Return the tensor as a matrix: rows by the modes of I, columns by those of J.

    Modes are in increasing order on each side, the first the slowest (Cohen, Sharir, Shashua 2016,
    section 2, with the bipartition in place of odd and even).

    Parameters
    ----------
    tensor
        An array of any array-API library (or NumPy objects) with one axis per location.
    bipartition
        One of these axes.

    Returns
    -------
    Array (product of the dimensions of I, product of those of J).

    Raises
    ------
    BipartitionError
        When the bipartition has another number of locations.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg.circuit.bipartition import Bipartition
    >>> matricization(np.arange(8).reshape(2, 2, 2), Bipartition.of([1], 3)).tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7]]
    """
    tensor = as_table(tensor, "the tensor")
    bipartition = Bipartition.parse(bipartition, len(tensor.shape))
    if len(tensor.shape) != bipartition.locations:
        raise BipartitionError(
            f"the tensor has {len(tensor.shape)} axes and the bipartition "
            f"{bipartition.locations} locations; they must agree"
        )
    xp: Any = array_api_compat.array_namespace(tensor)
    rows = prod(tensor.shape[i] for i in bipartition.I)
    turned = xp.permute_dims(tensor, (*bipartition.I, *bipartition.J))
    return xp.reshape(turned, (rows, -1))
