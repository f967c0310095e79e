"""Exact tensors as data: frozen entries, their matricizations, and their JSON form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, Self

import numpy as np

from circuitalg.circuit.node import plain_number
from circuitalg.circuit.tables import as_table
from circuitalg.errors import FileFormatError, TooLargeError, WeightError
from circuitalg.files import number_from_json, number_to_json
from circuitalg.integers import shown
from circuitalg.tensor.arithmetic import to_numpy

MAX_ENTRIES = 65_536


@dataclass(frozen=True, slots=True)
class ExactTensor:
    """A tensor of integers and Fractions.

    Attributes
    ----------
    dims : M_1, …, M_N.
    entries : Π M_i exact numbers, the last index running fastest.

    Raises
    ------
    WeightError
        When an entry is not exact, or their number does not fit the dimensions.
    TooLargeError
        Beyond 65,536 entries.
    """

    dims: tuple[int, ...]
    entries: tuple[int | Fraction, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "dims", tuple(self.dims))
        if not self.dims or any(type(dim) is not int or dim < 1 for dim in self.dims):
            raise WeightError(f"the dimensions of a tensor are integers of at least 1: {self.dims}")
        count = prod(self.dims)
        if count > MAX_ENTRIES:
            raise TooLargeError(
                f"the tensor has {count:,} entries, over {MAX_ENTRIES:,}; exact tensors are small, "
                "and larger networks are compared by their structure (prove_same)"
            )
        if len(self.entries) != count:
            raise WeightError(
                f"a tensor of shape {self.dims} has {count} entries, not {len(self.entries)}"
            )
        object.__setattr__(self, "entries", tuple(_exact(entry) for entry in self.entries))

    def __repr__(self) -> str:
        return f"<ExactTensor: {' x '.join(map(str, self.dims))}>"

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

    @classmethod
    def from_data(cls, data: Any) -> Self:
        """Read the JSON form.

        Raises
        ------
        FileFormatError
            When it is malformed.
        """
        if not isinstance(data, dict) or set(data) != {"dims", "entries"}:
            raise FileFormatError('a tensor is an object with "dims" and "entries"')
        entries = tuple(number_from_json(entry, "a tensor") for entry in data["entries"])
        return cls(tuple(data["dims"]), entries)

    def to_data(self) -> dict[str, Any]:
        """JSON form: integers, and "p/q" in lowest terms."""
        return {
            "dims": list(self.dims),
            "entries": [number_to_json(entry) for entry in self.entries],
        }

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


def _exact(entry: Any) -> int | Fraction:
    number = plain_number(entry)
    if number is None:
        raise WeightError(
            f"a tensor holds {shown(entry)}, which is not exact; give integers or Fractions, or "
            "ca.exact(tensor)"
        )
    return number
