"""Residues modulo a prime as the arithmetic of a pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.arithmetic import floatmod, modular
from circuitalg.arithmetic.primes import is_prime
from circuitalg.errors import ModulusError
from circuitalg.options import described
from circuitalg.tensor.convert import to_numpy
from circuitalg.tensor.operands import Joined

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix


class Modular:
    """Residues modulo a prime below 2^24, as centred float64 (``arithmetic.floatmod``).

    Raises
    ------
    ModulusError
        When the modulus is not such a prime, or divides a denominator.
    """

    def __init__(self, weights: Mapping[str, Any], p: int) -> None:
        if type(p) is not int or not 2 <= p < floatmod.LIMIT or not is_prime(p):
            raise ModulusError(f"the modulus must be a prime below 2^24, not {described(p)}")
        self._weights, self._p = weights, p
        self._matrices: dict[str | int, Any] = {}

    itemsize = 8

    def vectors(self, table: Any, shape: tuple[int, ...]) -> Any:
        """Vectors (count, M) as a value (M, *shape), where ``shape`` has ``count`` places."""
        array = floatmod.centred(modular.residues(to_numpy(table), self._p), self._p)
        return array.T.reshape(array.shape[1], *shape)

    def result(self, value: Any, shape: tuple[int, ...]) -> Any:
        """The numbers of a value as the caller gets them, in this shape."""
        return floatmod.canonical(value.reshape(shape), self._p)

    def ones(self, width: int, axes: int) -> Any:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        return np.ones((width, *([1] * axes)))

    def linear(self, labels: Sequence[str | Matrix], children: Sequence[Any], rows: slice) -> Any:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        total = None
        for label, child in zip(labels, children, strict=True):
            matrix = self._matrix(label)[rows]
            product = floatmod.matmul_mod(matrix, child.reshape(len(child), -1), self._p)
            part = product.reshape(len(matrix), *child.shape[1:])
            total = part if total is None else floatmod.reduce_in_place(total + part, self._p)
        return total

    def multiply(self, factors: Sequence[Any]) -> Any:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        value = factors[0]
        for factor in factors[1:]:
            value = floatmod.reduce_in_place(value * factor, self._p)
        return value

    def pick(self, value: Any, rows: slice) -> Any:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        return value[rows]

    def joined(self, pairs: list[list[tuple[Any, Any]]]) -> Joined:
        """See :meth:`Floats.joined`; results are int64 residues 0..p-1."""
        p = self._p

        def product(rows: Any, columns: Any, out: Any) -> Any:
            found = floatmod.matmul_mod(rows, columns, p)
            return np.subtract(found, p * np.floor(found / p), out=out)

        def finish(array: Any) -> Any:
            if any(len(some) > 1 for some in pairs):
                np.remainder(array, p, out=array)
            return array

        return Joined(
            pairs=pairs,
            product=product,
            empty=lambda shape: np.empty(shape, dtype=np.int64),
            finish=finish,
            work=np.float64,
            direct=False,
        )

    def _matrix(self, label: str | Matrix) -> Any:
        key = label if isinstance(label, str) else id(label)
        if key not in self._matrices:
            table = self._weights[label] if isinstance(label, str) else label
            exact = modular.residues(
                table if isinstance(label, tuple) else to_numpy(table), self._p
            )
            self._matrices[key] = floatmod.centred(exact, self._p)
        return self._matrices[key]
