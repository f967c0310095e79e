"""Exact rational numbers as the arithmetic of a pass: arrays of integers over one denominator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from numbers import Rational
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg.arithmetic import modular
from circuitalg.errors import WeightError
from circuitalg.integers import shown
from circuitalg.tensor.convert import to_numpy
from circuitalg.tensor.operands import Joined, plain_product

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix

_INT64 = 2**63
_EXACT_FLOAT = 2**53


@dataclass(frozen=True, slots=True)
class Scaled:
    """The exact array ``numbers`` / ``denominator``; no number's absolute value exceeds ``bound``.

    ``numbers`` has dtype int64, or object with Python ints.
    """

    numbers: Any
    denominator: int
    bound: int

    def tightened(self) -> Scaled:
        """The same with the smallest bound."""
        if self.numbers.dtype == object or not self.numbers.size:
            return self
        bound = max(int(self.numbers.max()), -int(self.numbers.min()))
        return Scaled(self.numbers, self.denominator, bound)


class Exact:
    """Exact rational arithmetic: integers over one denominator per value.

    Integers stay int64 while a bound on them, followed through every operation, stays below 2^63;
    from there on they are Python ints.

    Parameters
    ----------
    weights
        Arrays by parameter name.
    given
        All arrays that the caller gave: results are Fractions when one of them has a Fraction (or
        a fixed matrix made one), else integers, in the caller's array library while they fit.
    """

    def __init__(self, weights: Mapping[str, Any], given: Sequence[Any]) -> None:
        self._weights, self._given = weights, given
        self._matrices: dict[str | int, Scaled] = {}

    def vectors(self, table: Any, shape: tuple[int, ...]) -> Scaled:
        """Vectors (count, M) as a value (M, *shape), where ``shape`` has ``count`` places."""
        value = scaled(table, "the input vectors")
        numbers = value.numbers.T.reshape(value.numbers.shape[1], *shape)
        return Scaled(numbers, value.denominator, value.bound)

    def result(self, value: Scaled, shape: tuple[int, ...]) -> Any:
        """The numbers of a value as the caller gets them, in this shape."""
        numbers = value.numbers.reshape(shape)
        if value.denominator != 1 or self.fractions:
            result = np.empty(numbers.size, dtype=object)
            result[:] = [Fraction(n, value.denominator) for n in numbers.ravel().tolist()]
            return result.reshape(shape)
        if numbers.dtype == object:
            return numbers
        for array in self._given:
            if not isinstance(array, np.ndarray) and array_api_compat.is_array_api_obj(array):
                xp: Any = array_api_compat.array_namespace(array)
                device = array_api_compat.device(array)
                return xp.asarray(np.ascontiguousarray(numbers), device=device)
        return numbers

    itemsize = 8

    @property
    def fractions(self) -> bool:
        """Whether a given array has a Fraction."""
        return any(_has_fraction(array) for array in self._given)

    def ones(self, width: int, axes: int) -> Scaled:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        return Scaled(np.ones((width, *([1] * axes)), dtype=np.int64), 1, 1)

    def linear(
        self, labels: Sequence[str | Matrix], children: Sequence[Scaled], rows: slice
    ) -> Scaled:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        total: Scaled | None = None
        for label, child in zip(labels, children, strict=True):
            part = _matmul(self.matrix(label), child, rows)
            total = part if total is None else _add(total, part)
        if total is None:
            raise ValueError("a sum has at least one child")
        return total

    def multiply(self, factors: Sequence[Scaled]) -> Scaled:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        value = factors[0]
        for factor in factors[1:]:
            value = _times(value, factor)
        return value

    def pick(self, value: Scaled, rows: slice) -> Scaled:
        """See :class:`circuitalg.tensor.values.Arithmetic`."""
        return Scaled(value.numbers[rows], value.denominator, value.bound)

    def joined(self, pairs: list[list[tuple[Scaled, Scaled]]]) -> Joined:
        """See :meth:`Floats.joined`; int64 where the bound on every result allows it.

        Below 2^53 the products are float64 matrix products of integers, exact in any order.
        """
        denominators = [a.denominator * b.denominator for some in pairs for a, b in some]
        common = lcm(*denominators)
        made: list[list[tuple[Any, Any]]] = []
        bound = 0
        for some in pairs:
            total = 0
            made.append([])
            for a, b in some:
                up = common // (a.denominator * b.denominator)
                left = a.numbers if up == 1 else a.numbers.astype(object) * up
                made[-1].append((left, b.numbers))
                total += sum(
                    x * y for x, y in zip(_largest(left), _largest(b.numbers), strict=True)
                )
            bound = max(bound, total)
        work = np.float64 if bound < _EXACT_FLOAT else np.int64 if bound < _INT64 else object
        kept = object if bound >= _INT64 else np.int64
        return Joined(
            pairs=[[(a.astype(work), b.astype(work)) for a, b in some] for some in made],
            product=plain_product,
            empty=lambda shape: np.empty(shape, dtype=kept),
            finish=lambda array: self.result(Scaled(array, common, bound), array.shape),
            work=work,
            direct=work is kept,
        )

    def matrix(self, label: str | Matrix) -> Scaled:
        """The matrix on an edge, scaled to integers."""
        key = label if isinstance(label, str) else id(label)
        if key not in self._matrices:
            self._matrices[key] = (
                scaled(self._weights[label], f"the weights of {label!r}")
                if isinstance(label, str)
                else scaled(modular.exact_table(label), "fixed matrices")
            )
        return self._matrices[key]


def _largest(numbers: Any) -> list[int]:
    """The largest absolute value of each channel."""
    flat = numbers.reshape(len(numbers), -1)
    if flat.dtype == object:
        return [max(map(abs, line)) for line in flat.tolist()]
    return [max(int(line.max()), -int(line.min())) for line in flat]


def _matmul(matrix: Scaled, child: Scaled, rows: slice) -> Scaled:
    picked = matrix.numbers[rows]
    width = picked.shape[1]
    bound = width * matrix.bound * child.bound
    if bound >= _INT64:
        child = child.tightened()
        # The largest sum of absolute values of a row, as the product's true factor.
        sums = np.abs(picked.astype(object)).sum(axis=1)
        bound = max((int(s) for s in sums), default=0) * child.bound
    left, right = _as_wide(bound, picked, child.numbers.reshape(width, -1))
    product = (left @ right).reshape(picked.shape[0], *child.numbers.shape[1:])
    return Scaled(product, matrix.denominator * child.denominator, bound)


def _times(a: Scaled, b: Scaled) -> Scaled:
    bound = a.bound * b.bound
    if bound >= _INT64:
        a, b = a.tightened(), b.tightened()
        bound = a.bound * b.bound
    left, right = _as_wide(bound, a.numbers, b.numbers)
    return Scaled(left * right, a.denominator * b.denominator, bound)


def _add(a: Scaled, b: Scaled) -> Scaled:
    denominator = lcm(a.denominator, b.denominator)
    up, down = denominator // a.denominator, denominator // b.denominator
    bound = a.bound * up + b.bound * down
    left, right = _as_wide(max(bound, up, down), a.numbers, b.numbers)
    return Scaled(left * up + right * down, denominator, bound)


def _as_wide(bound: int, *arrays: Any) -> list[Any]:
    """int64 arrays as they are when the bound allows, else all as Python ints."""
    if bound < _INT64 and all(array.dtype != object for array in arrays):
        return list(arrays)
    return [array.astype(object) for array in arrays]


def scaled(given: Any, what: str) -> Scaled:
    """Exact numbers of any shape as integers over their least common denominator.

    Raises
    ------
    WeightError
        When an entry is not an exact number.
    """
    array = to_numpy(given)
    if array.dtype.kind in "iu":
        if array.dtype.kind == "u" and array.size and int(array.max()) >= _INT64:
            array = array.astype(object)
        else:
            # The bound of -2^63 does not fit: such an array goes on as Python ints.
            array = array.astype(np.int64)
            low = int(array.min()) if array.size else 0
            array = array.astype(object) if low == -_INT64 else array
        entries = array.ravel()
        bound = max(int(entries.max()), -int(entries.min())) if entries.size else 0
        return Scaled(array, 1, bound)
    entries = array.ravel().tolist()
    for entry in entries:
        if not isinstance(entry, Rational):
            raise WeightError(
                f"{what} must be integers, Fractions or floats, and {shown(entry)} is not one of "
                "them"
            )
    denominator = lcm(*(int(entry.denominator) for entry in entries))
    integers = [int(e.numerator) * (denominator // int(e.denominator)) for e in entries]
    bound = max(map(abs, integers), default=0)
    numbers = np.empty(len(integers), dtype=np.int64 if bound < _INT64 else object)
    numbers[:] = integers
    return Scaled(numbers.reshape(array.shape), denominator, bound)


def _has_fraction(array: Any) -> bool:
    if hasattr(array, "dtype") and not isinstance(array, np.ndarray):
        return False
    table = to_numpy(array)
    return table.dtype == object and any(isinstance(e, Fraction) for e in table.ravel().tolist())
