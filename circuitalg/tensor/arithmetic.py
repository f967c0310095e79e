"""The arithmetics of a pass: exact rationals, floats of any array library, residues modulo p."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from numbers import Number, Rational
from types import ModuleType
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg.arithmetic import floatmod, modular
from circuitalg.arithmetic.primes import is_prime
from circuitalg.errors import ModulusError, WeightError
from circuitalg.integers import shown
from circuitalg.options import described
from circuitalg.tensor.joined import Joined, plain_product

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix

_INT64 = 2**63
_EXACT_FLOAT = 2**53

_NOT_NUMBERS = "{what} must be integers, Fractions or floats, and {entry} is not one of them"


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
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        array = self.array(table)
        return self._xp.reshape(array.T, (array.shape[1], *shape))

    def result(self, value: Any, shape: tuple[int, ...]) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        return self._xp.reshape(value, shape)

    def ones(self, width: int, axes: int) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        return self._xp.ones(
            (width, *([1] * axes)),
            dtype=self.like.dtype,
            device=array_api_compat.device(self.like),
        )

    def linear(self, labels: Sequence[str | Matrix], children: Sequence[Any], rows: slice) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        total = None
        for label, child in zip(labels, children, strict=True):
            matrix = self._matrix(label)[rows, :]
            flat = self._xp.reshape(child, (child.shape[0], -1))
            part = self._xp.reshape(matrix @ flat, (matrix.shape[0], *child.shape[1:]))
            total = part if total is None else total + part
        return total

    def multiply(self, factors: Sequence[Any]) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        value = factors[0]
        for factor in factors[1:]:
            value = value * factor
        return value

    def pick(self, value: Any, rows: slice) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
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
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        value = scaled(table, "the input vectors")
        numbers = value.numbers.T.reshape(value.numbers.shape[1], *shape)
        return Scaled(numbers, value.denominator, value.bound)

    def result(self, value: Scaled, shape: tuple[int, ...]) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
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
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        return Scaled(np.ones((width, *([1] * axes)), dtype=np.int64), 1, 1)

    def linear(
        self, labels: Sequence[str | Matrix], children: Sequence[Scaled], rows: slice
    ) -> Scaled:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        total: Scaled | None = None
        for label, child in zip(labels, children, strict=True):
            part = _matmul(self.matrix(label), child, rows)
            total = part if total is None else _add(total, part)
        if total is None:
            raise ValueError("a sum has at least one child")
        return total

    def multiply(self, factors: Sequence[Scaled]) -> Scaled:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        value = factors[0]
        for factor in factors[1:]:
            value = _times(value, factor)
        return value

    def pick(self, value: Scaled, rows: slice) -> Scaled:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
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
            raise WeightError(_NOT_NUMBERS.format(what=what, entry=shown(entry)))
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
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        array = floatmod.centred(modular.residues(to_numpy(table), self._p), self._p)
        return array.T.reshape(array.shape[1], *shape)

    def result(self, value: Any, shape: tuple[int, ...]) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        return floatmod.canonical(value.reshape(shape), self._p)

    def ones(self, width: int, axes: int) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        return np.ones((width, *([1] * axes)))

    def linear(self, labels: Sequence[str | Matrix], children: Sequence[Any], rows: slice) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        total = None
        for label, child in zip(labels, children, strict=True):
            matrix = self._matrix(label)[rows]
            product = floatmod.matmul_mod(matrix, child.reshape(len(child), -1), self._p)
            part = product.reshape(len(matrix), *child.shape[1:])
            total = part if total is None else floatmod.reduce_in_place(total + part, self._p)
        return total

    def multiply(self, factors: Sequence[Any]) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
        value = factors[0]
        for factor in factors[1:]:
            value = floatmod.reduce_in_place(value * factor, self._p)
        return value

    def pick(self, value: Any, rows: slice) -> Any:
        """See :class:`circuitalg.tensor.engine.Arithmetic`."""
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


def choose(
    weights: Mapping[str, Any], given: Sequence[Any], modulus: int | None = None
) -> Floats | Exact | Modular:
    """Return the arithmetic for arrays as given: floats when one is floating, else exact."""
    if modulus is not None:
        return Modular(weights, modulus)
    like = common_floats(given)
    return Exact(weights, given) if like is None else Floats(weights, like)


def to_numpy(given: Any) -> Any:
    """An array of any library, or nested sequences, as a NumPy array; exact numbers stay exact."""
    if isinstance(given, np.ndarray):
        return given
    if array_api_compat.is_cupy_array(given) or array_api_compat.is_torch_array(given):
        given = array_api_compat.to_device(given, "cpu")
    return np.asarray(given)


def real_floats(given: Any, what: str) -> Any:
    """Real numbers of any library as a float64 array of NumPy, without gradients.

    Raises
    ------
    WeightError
        For complex numbers, strings, dates, masked entries, integers beyond floats, and anything
        else that is not a real number.
    """
    if array_api_compat.is_torch_array(given) and is_floating(given):
        given = held(given).double()  # NumPy has no bfloat16
    array = to_numpy(given)
    if np.ma.is_masked(array):
        raise WeightError(
            f"{what} has masked entries, and what a mask hides is not data; fill them"
        )
    if array.dtype.kind in "biuf":
        return np.asarray(array).astype(float, copy=False)
    try:
        if array.dtype.kind == "O" and all(isinstance(e, Number) for e in array.flat):
            return array.astype(float)
    except (TypeError, ValueError, OverflowError):
        pass
    raise WeightError(f"{what} must hold real numbers within the range of floats")


def held(array: Any) -> Any:
    """The same array as a constant for gradients."""
    if array_api_compat.is_jax_array(array):
        import jax

        return jax.lax.stop_gradient(array)
    return array.detach() if array_api_compat.is_torch_array(array) else array


def is_floating(array: Any) -> bool:
    """Whether an array holds real or complex floats (a float among objects is an error later)."""
    if isinstance(array, np.ndarray):
        return array.dtype.kind in "fc"
    if not array_api_compat.is_array_api_obj(array):
        return False
    xp: ModuleType = array_api_compat.array_namespace(array)
    return bool(xp.isdtype(array.dtype, ("real floating", "complex floating")))


def common_floats(arrays: Sequence[Any]) -> Any | None:
    """An array of length 0 with the library, device and common data type of the floating arrays.

    None when no array is floating: then everything is exact.
    """
    floating = [array for array in arrays if is_floating(array)]
    if not floating:
        return None
    # The library of any array that is not NumPy's comes first, since NumPy's are easily converted.
    first = next((a for a in floating if not isinstance(a, np.ndarray)), floating[0])
    xp: Any = array_api_compat.array_namespace(first)
    own = [a for a in floating if array_api_compat.array_namespace(a) is xp]
    dtype = own[0].dtype if len(own) == 1 else xp.result_type(*{a.dtype for a in own})
    return xp.empty((0,), dtype=dtype, device=array_api_compat.device(first))
