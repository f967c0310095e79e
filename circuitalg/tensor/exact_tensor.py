"""Exact tensors as data: frozen entries, their matricizations, and their JSON form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, Self

import numpy as np

from circuitalg.circuit.node import exactly
from circuitalg.errors import TooLargeError, WeightError
from circuitalg.integers import shown
from circuitalg.options import listed, natural
from circuitalg.python_code import AS_CODE, call
from circuitalg.tables import as_table
from circuitalg.tensor.convert import to_numpy

MAX_ENTRIES = 65_536
_DIMS = "the dims of a tensor must be a list of integers"
_ENTRIES = "the entries of a tensor must be a list of exact numbers"


@dataclass(frozen=True, slots=True)
class ExactTensor:
    """A tensor of integers and Fractions.

    Attributes
    ----------
    dims : M_1, …, M_N.
    entries : Π M_i exact numbers, the last index running fastest.

    Raises
    ------
    ArgumentError, OptionError
        When the dimensions are not integers of at least 1.
    WeightError
        When an entry is not exact, or their number does not fit the dimensions.
    TooLargeError
        Beyond 65,536 entries.

    Examples
    --------
    >>> ExactTensor((2, 2), (1, 0, 0, Fraction(4, 2))).entries
    (1, 0, 0, 2)
    """

    dims: tuple[int, ...]
    entries: tuple[int | Fraction, ...]

    def __post_init__(self) -> None:
        dims, entries = listed(_DIMS, self.dims), listed(_ENTRIES, self.entries)
        object.__setattr__(self, "dims", tuple(natural("a dimension", dim, 1) for dim in dims))
        if not dims:
            raise WeightError("a tensor has at least one dimension")
        count = prod(self.dims)
        if count > MAX_ENTRIES:
            raise TooLargeError(
                f"the tensor has {shown(count, 40)} entries, over {MAX_ENTRIES:,}; exact tensors "
                "are small, and larger networks are compared by their structure (prove_same)"
            )
        if len(entries) != count:
            raise WeightError(
                f"a tensor of shape {self.dims} has {count} entries, not {len(entries)}"
            )
        object.__setattr__(
            self, "entries", tuple([exactly(x, "a tensor", "tensor") for x in entries])
        )

    __repr__, _repr_pretty_ = AS_CODE

    def _code_(self, most: int | None) -> str:
        nested: Sequence[Any] = self.entries
        for dim in reversed(self.dims):
            nested = [list(nested[k : k + dim]) for k in range(0, len(nested), dim)]
        return call("ca.ExactTensor.from_nested", most, nested[0])

    def __str__(self) -> str:
        return f"tensor of shape {' x '.join(map(str, self.dims))}"

    @classmethod
    def from_nested(cls, nested: Any) -> Self:
        """Read nested lists, or an array of integers or objects.

        Raises
        ------
        WeightError
            When the lists are ragged, or an entry is a float.
        """
        table = to_numpy(as_table(nested, "a tensor", exact=True))
        return cls(tuple(map(int, table.shape)), tuple(table.ravel().tolist()))

    def array(self) -> np.ndarray:
        """Object array of shape ``dims``."""
        return np.array(self.entries, dtype=object).reshape(self.dims)

    def matricize(self, rows: Sequence[int]) -> list[list[int | Fraction]]:
        """Return ⟦A⟧: rows by the listed modes, columns by the others, first mode slowest."""
        columns = [mode for mode in range(len(self.dims)) if mode not in set(rows)]
        strides = [prod(self.dims[mode + 1 :]) for mode in range(len(self.dims))]

        def places(modes: Sequence[int]) -> list[int]:
            ranges = (range(0, self.dims[mode] * strides[mode], strides[mode]) for mode in modes)
            return [sum(steps) for steps in product(*ranges)]

        across = places(columns)
        return [[self.entries[down + right] for right in across] for down in places(rows)]


def as_tensor(given: Any) -> ExactTensor:
    """An exact tensor, or the one of nested lists or an array."""
    return given if isinstance(given, ExactTensor) else ExactTensor.from_nested(given)
