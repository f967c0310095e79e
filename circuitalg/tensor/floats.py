"""Floating point numbers of any array library as the arithmetic of a pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg.errors import WeightError
from circuitalg.tensor.convert import to_numpy
from circuitalg.tensor.operands import Joined, plain_product

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix


class Floats:
    """Floating point numbers of one array library; ints and Fractions are converted to them.

    Parameters
    ----------
    weights
        Arrays by parameter name.
    like
        An array whose library, data type and device the result has.
    """

    def __init__(self, weights: Mapping[str, Any], like: Any) -> None:
        self._weights, self.like = weights, like
        self._xp: Any = array_api_compat.array_namespace(like)
        self._matrices: dict[str | int, Any] = {}

    def array(self, given: Any) -> Any:
        """Any numbers as an array of this library and data type."""
        xp, like = self._xp, self.like
        if array_api_compat.is_array_api_obj(given):
            objects = isinstance(given, np.ndarray) and given.dtype.kind == "O"
            if not objects and array_api_compat.array_namespace(given) is xp:
                return given if given.dtype == like.dtype else xp.astype(given, like.dtype)
            given = to_numpy(given)
        kind = complex if self.is_complex else float
        try:
            plain = np.asarray(given, dtype=kind)
        except (TypeError, ValueError):
            raise WeightError("weights and inputs must be integers, Fractions or floats") from None
        return xp.asarray(plain, dtype=like.dtype, device=array_api_compat.device(like))

    @property
    def is_complex(self) -> bool:
        """Whether numbers have an imaginary part."""
        return bool(self._xp.isdtype(self.like.dtype, "complex floating"))

    @property
    def itemsize(self) -> int:
        """Bytes of a number."""
        return int(self._xp.finfo(self.like.dtype).bits) // 8 * (1 + self.is_complex)

    def vectors(self, table: Any, shape: tuple[int, ...]) -> Any:
        """Vectors (count, M) as a value (M, *shape), where ``shape`` has ``count`` places."""
        array = self.array(table)
        return self._xp.reshape(array.T, (array.shape[1], *shape))

    def result(self, value: Any, shape: tuple[int, ...]) -> Any:
        """The numbers of a value as the caller gets them, in this shape."""
        return self._xp.reshape(value, shape)

    def ones(self, width: int, axes: int) -> Any:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        return self._xp.ones(
            (width, *([1] * axes)),
            dtype=self.like.dtype,
            device=array_api_compat.device(self.like),
        )

    def linear(self, labels: Sequence[str | Matrix], children: Sequence[Any], rows: slice) -> Any:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        total = None
        for label, child in zip(labels, children, strict=True):
            matrix = self._matrix(label)[rows, :]
            flat = self._xp.reshape(child, (child.shape[0], -1))
            part = self._xp.reshape(matrix @ flat, (matrix.shape[0], *child.shape[1:]))
            total = part if total is None else total + part
        return total

    def multiply(self, factors: Sequence[Any]) -> Any:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        value = factors[0]
        for factor in factors[1:]:
            value = value * factor
        return value

    def pick(self, value: Any, rows: slice) -> Any:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        return value[rows, ...]

    def joined(self, pairs: list[list[tuple[Any, Any]]]) -> Joined:
        """Values in pairs, to be multiplied over their channels (`circuitalg.tensor.product`)."""
        return Joined(
            pairs=pairs,
            product=plain_product,
            empty=self.empty,
            finish=lambda array: array,
            work=self.like.dtype,
            direct=True,
            blocked=isinstance(self.like, np.ndarray),
        )

    def empty(self, shape: tuple[int, ...]) -> Any:
        """A new array for a result."""
        device = array_api_compat.device(self.like)
        return self._xp.empty(shape, dtype=self.like.dtype, device=device)

    def _matrix(self, label: str | Matrix) -> Any:
        key = label if isinstance(label, str) else id(label)
        if key not in self._matrices:
            self._matrices[key] = self.array(
                self._weights[label] if isinstance(label, str) else label
            )
        return self._matrices[key]
