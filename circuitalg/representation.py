"""Representation functions f_1, …, f_M on R^s: what a network sees of each patch.

    from circuitalg import representation as rep

    family = rep.Gaussians(means=[[0], ["1/2"]], variances=[[1], [2]])
    family.evaluate(patches)              # (…, s) -> (…, M)
    network.predict(weights, family, patches)

The parameters are exact: ints, Fractions, or strings such as "0.1" or "1/3". Floats are taken as
the binary numbers that they are: 0.1 is 3602879701896397/36028797018963968. Every family has
``count`` (M), ``dimension`` (s) and ``terms``, its functions as exact terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations_with_replacement
from math import exp as exponential
from math import log, pi
from typing import Any, Protocol

from circuitalg.arithmetic import functions
from circuitalg.arithmetic.functions import MAX_DIMENSION, Term
from circuitalg.arithmetic.logarithm import log_of
from circuitalg.circuit.node import plain_number
from circuitalg.circuit.tables import as_table
from circuitalg.errors import ArgumentError, RuleError, WeightError
from circuitalg.integers import fields_repr, shown
from circuitalg.options import described

Number = int | Fraction
Rows = tuple[tuple[Number, ...], ...]


class Representation(Protocol):
    """Functions f_1, …, f_M on R^s."""

    @property
    def count(self) -> int:
        """Number M of functions."""

    @property
    def dimension(self) -> int:
        """Number s of coordinates of a patch."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """The functions as exact terms (circuitalg.arithmetic.functions)."""

    def evaluate(self, patches: Any) -> Any:
        """Values (…, M) at patches (…, s): an array of the same library and floating type."""


@dataclass(frozen=True, slots=True)
class Gaussians:
    """Normal densities with diagonal covariance (eq. 7 of arXiv 1509.05009).

    Parameters
    ----------
    means, variances
        M rows of s numbers each; the variances are positive.
    """

    means: Rows
    variances: Rows

    __repr__ = fields_repr

    def __init__(self, means: Sequence[Any], variances: Sequence[Any]) -> None:
        centres = _rows(means, "means")
        spreads = _rows(variances, "variances")
        if [len(row) for row in centres] != [len(row) for row in spreads]:
            raise WeightError("means and variances must have the same number of rows and columns")
        if any(v <= 0 for row in spreads for v in row):
            raise WeightError("the variances of Gaussians must be positive")
        object.__setattr__(self, "means", centres)
        object.__setattr__(self, "variances", spreads)

    @property
    def count(self) -> int:
        """Number M of functions."""
        return len(self.means)

    @property
    def dimension(self) -> int:
        """Number s of coordinates of a patch."""
        return len(self.means[0])

    @property
    def terms(self) -> tuple[Term, ...]:
        """The densities as exact terms."""
        pairs = zip(self.means, self.variances, strict=True)
        return tuple(functions.gaussian(mean, variance) for mean, variance in pairs)

    @property
    def hints(self) -> Rows:
        """Points where the functions differ much: the means."""
        return self.means

    def gram(self) -> Any:
        """Gram matrix ∫ f_i f_j over R^s, (M, M) floats: the density of m_i − m_j under v_i + v_j.

        That of the products over N locations is its N-fold Kronecker power (C.1).
        """
        import numpy as np

        means = np.array(self.means, dtype=float)
        spreads = np.array(self.variances, dtype=float)
        total = spreads[:, None] + spreads[None, :]
        squares = (means[:, None] - means[None, :]) ** 2 / total
        return np.exp(-squares.sum(axis=-1) / 2) / np.sqrt((2 * pi * total).prod(axis=-1))

    def evaluate(self, patches: Any) -> Any:
        """Values (…, M) at patches (…, s): an array of the same library and floating type."""
        import numpy as np

        xp, x = floating_patches(patches, self.dimension)
        logs = [[log_of(2 * v) for v in row] for row in self.variances]
        total = _array(xp, [-sum(log(pi) + entry for entry in row) / 2 for row in logs], x)
        for k in range(self.dimension):
            mean = _array(xp, [row[k] for row in self.means], x)
            root = _array(xp, [exponential(-row[k] / 2) for row in logs], x)
            with np.errstate(over="ignore"):  # far away a density is 0
                total = total - (root * (x[..., k, None] - mean)) ** 2
        return xp.exp(total)


@dataclass(frozen=True, slots=True)
class Neurons:
    """Neurons σ(w·x + b) (eq. 8 of arXiv 1509.05009).

    Parameters
    ----------
    weights
        M rows of s numbers.
    biases
        M numbers.
    activation
        "sigmoid" 1/(1 + exp(−t)), "relu" max(t, 0), or "threshold" (1 where t ≥ 0, else 0).
    """

    weights: Rows
    biases: tuple[Number, ...]
    activation: str = "sigmoid"

    __repr__ = fields_repr

    def __init__(
        self, weights: Sequence[Any], biases: Sequence[Any], activation: str = "sigmoid"
    ) -> None:
        rows = _rows(weights, "weights")
        values = _rows([biases], "biases")[0]
        if len(values) != len(rows):
            raise WeightError(f"{len(rows)} neurons need as many biases, got {len(values)}")
        if activation not in ("sigmoid", "relu", "threshold"):
            raise WeightError(
                f"there is no activation {shown(activation)}; use sigmoid, relu or threshold"
            )
        object.__setattr__(self, "weights", rows)
        object.__setattr__(self, "biases", values)
        object.__setattr__(self, "activation", activation)

    @property
    def count(self) -> int:
        """Number M of functions."""
        return len(self.weights)

    @property
    def dimension(self) -> int:
        """Number s of coordinates of a patch."""
        return len(self.weights[0])

    @property
    def terms(self) -> tuple[Term, ...]:
        """The neurons as exact terms."""
        pairs = zip(self.weights, self.biases, strict=True)
        return tuple(functions.neuron(self.activation, row, bias) for row, bias in pairs)

    @property
    def hints(self) -> Rows:
        """Points where the functions differ much: the feet of the hyperplanes w·x + b = 0."""
        feet = []
        for row, bias in zip(self.weights, self.biases, strict=True):
            square = sum(w * w for w in row)
            if square:
                feet.append(tuple(Fraction(-bias * w) / square for w in row))
        return tuple(feet)

    def evaluate(self, patches: Any) -> Any:
        """Values (…, M) at patches (…, s): an array of the same library and floating type."""
        import numpy as np

        xp, x = floating_patches(patches, self.dimension)
        total = xp.zeros(x.shape[:-1], dtype=x.dtype, device=_device(x))[..., None] + _array(
            xp, self.biases, x
        )
        for k in range(self.dimension):
            weight = _array(xp, [row[k] for row in self.weights], x)
            with np.errstate(invalid="ignore"):  # 0 · ∞, for a neuron whose weight there is 0
                term = x[..., k, None] * weight
            total = total + xp.where(weight == 0, xp.zeros_like(term), term)
        if self.activation == "sigmoid":
            return (xp.tanh(total / 2) + 1) / 2
        if self.activation == "relu":
            return xp.where(total <= 0, xp.zeros_like(total), total)  # NaN stays
        return _step(xp, total)


@dataclass(frozen=True, slots=True)
class Monomials:
    """Monomials Π x_k^e_k.

    Parameters
    ----------
    exponents
        M rows of s integers from 0 to 64.
    """

    exponents: tuple[tuple[int, ...], ...]

    def __init__(self, exponents: Sequence[Sequence[int]]) -> None:
        rows = _rows(exponents, "exponents")
        if any(type(e) is not int or not 0 <= e <= functions.MAX_POWER for r in rows for e in r):
            raise WeightError(f"exponents are integers from 0 to {functions.MAX_POWER}")
        object.__setattr__(self, "exponents", rows)

    @classmethod
    def up_to(cls, degree: int, dimension: int = 1) -> Monomials:
        """All monomials of total degree at most `degree`, the lower degrees first."""
        return cls(
            [
                [chosen.count(k) for k in range(dimension)]
                for total in range(degree + 1)
                for chosen in combinations_with_replacement(range(dimension), total)
            ]
        )

    @property
    def count(self) -> int:
        """Number M of functions."""
        return len(self.exponents)

    @property
    def dimension(self) -> int:
        """Number s of coordinates of a patch."""
        return len(self.exponents[0])

    @property
    def terms(self) -> tuple[Term, ...]:
        """The monomials as exact terms."""
        return tuple(functions.monomial(row) for row in self.exponents)

    def gram(self, box: Sequence[Sequence[Any]]) -> Any:
        """Gram matrix ∫ f_i f_j over the box of sides a < b, (M, M) floats."""
        import numpy as np

        sides = _rows(box, "box")
        if len(sides) != self.dimension or any(len(side) != 2 for side in sides):
            raise WeightError(
                f"the box needs a pair a < b for each of {self.dimension} coordinates"
            )
        if any(low >= high for low, high in sides):
            raise WeightError("each side of the box is a pair a < b")
        total = np.ones((self.count, self.count))
        for k, (low, high) in enumerate(sides):
            powers = np.array([row[k] for row in self.exponents], dtype=float)
            n = powers[:, None] + powers[None, :] + 1
            total *= (float(high) ** n - float(low) ** n) / n
        return total

    def evaluate(self, patches: Any) -> Any:
        """Values (…, M) at patches (…, s): an array of the same library and floating type."""
        xp, x = floating_patches(patches, self.dimension)

        def monomial(row: tuple[int, ...], x: Any) -> Any:
            value = xp.ones(x.shape[:-1], dtype=x.dtype, device=_device(x))
            for k, exponent in enumerate(row):
                if exponent:
                    value = value * x[..., k] ** exponent
            return value

        return xp.stack([_damped(xp, partial(monomial, row), x) for row in self.exponents], axis=-1)


@dataclass(frozen=True, slots=True)
class Functions:
    """Functions of your own, written with `x`, `exp`, `sqrt`, `maximum`, `step` and + − · / ^.

    Parameters
    ----------
    dimension
        s.
    terms
        M expressions, numbers, or terms.

    Examples
    --------
    >>> family = Functions(1, [1, x(0), exp(-(x(0) ** 2)), maximum(x(0), 0)])
    >>> family.count
    4
    """

    dimension: int
    terms: tuple[Term, ...]

    __repr__ = fields_repr

    def __init__(self, dimension: int, terms: Iterable[Any]) -> None:
        if type(dimension) is not int or not 1 <= dimension <= MAX_DIMENSION:
            raise WeightError(f"the dimension is an integer from 1 to {MAX_DIMENSION}")
        plain = tuple(_term(term) for term in terms)
        if not plain:
            raise WeightError("give at least one function")
        try:
            for term in plain:
                functions.check_term(term, dimension)
        except RuleError as error:
            raise WeightError(str(error)) from None
        object.__setattr__(self, "dimension", dimension)
        object.__setattr__(self, "terms", plain)

    @property
    def count(self) -> int:
        """Number M of functions."""
        return len(self.terms)

    def evaluate(self, patches: Any) -> Any:
        """Values (…, M) at patches (…, s): an array of the same library and floating type."""
        xp, x = floating_patches(patches, self.dimension)
        zero = xp.zeros(x.shape[:-1], dtype=x.dtype, device=_device(x))

        def value(term: Term, x: Any) -> Any:
            return zero + _value(xp, term, x)

        return xp.stack([_damped(xp, partial(value, term), x) for term in self.terms], axis=-1)


# Expressions


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A function on R^s being written down; see `x`."""

    term: Term

    __repr__ = fields_repr

    def __add__(self, other: object) -> Expression:
        return Expression(("+", self.term, _term(other)))

    def __radd__(self, other: object) -> Expression:
        return Expression(("+", _term(other), self.term))

    def __mul__(self, other: object) -> Expression:
        return Expression(("*", self.term, _term(other)))

    def __rmul__(self, other: object) -> Expression:
        return Expression(("*", _term(other), self.term))

    def __neg__(self) -> Expression:
        return Expression(("*", -1, self.term))

    def __sub__(self, other: object) -> Expression:
        return Expression(("+", self.term, ("*", -1, _term(other))))

    def __rsub__(self, other: object) -> Expression:
        return Expression(("+", _term(other), ("*", -1, self.term)))

    def __truediv__(self, other: object) -> Expression:
        return Expression(("/", self.term, _term(other)))

    def __rtruediv__(self, other: object) -> Expression:
        return Expression(("/", _term(other), self.term))

    def __pow__(self, exponent: int) -> Expression:
        return Expression(("^", self.term, exponent))


PI = Expression(("pi",))


def x(coordinate: int) -> Expression:
    """Coordinate 0, 1, … of the patch."""
    return Expression(("x", coordinate))


def exp(value: object) -> Expression:
    """Euler's e to the power of an expression."""
    return Expression(("exp", _term(value)))


def sqrt(value: object) -> Expression:
    """Square root of an expression."""
    return Expression(("sqrt", _term(value)))


def maximum(first: object, second: object) -> Expression:
    """The larger of two expressions."""
    return Expression(("max", _term(first), _term(second)))


def step(value: object) -> Expression:
    """1 where an expression is at least 0, else 0."""
    return Expression(("step", _term(value)))


def _term(value: object) -> Term:
    if isinstance(value, Expression):
        return value.term
    return value if isinstance(value, tuple) else _exact(value, "an expression")


def _exact(value: Any, where: str) -> Number:
    """An int or Fraction from an int, Fraction, float, NumPy number, or string."""
    plain = value.item() if hasattr(value, "item") else value
    if not isinstance(plain, bool) and isinstance(plain, int | float | str | Fraction):
        try:
            plain = plain_number(Fraction(plain))
        except (ValueError, OverflowError, ZeroDivisionError):
            plain = None
        if plain is not None:
            return plain
    raise WeightError(
        f"{where} holds {shown(value)}; give ints, Fractions, finite floats or "
        'strings such as "1/3"'
    )


def _rows(rows: Any, where: str) -> Rows:
    """A matrix of exact numbers with 1 to 64 columns (any number of them in a single row)."""
    listed = rows.tolist() if hasattr(rows, "tolist") else list(rows)
    nested = [row.tolist() if hasattr(row, "tolist") else row for row in listed]
    if any(isinstance(row, str) or not isinstance(row, Sequence) for row in nested):
        raise WeightError(f"{where} must be rows of numbers, one row per function")
    matrix = tuple(tuple(_exact(entry, where) for entry in row) for row in nested)
    if not matrix or not matrix[0] or len({len(row) for row in matrix}) != 1:
        raise WeightError(f"{where} must be non-empty rows of one length, one per function")
    if len(matrix[0]) > MAX_DIMENSION and where != "biases":
        raise WeightError(f"{where}: patches have at most {MAX_DIMENSION} numbers each")
    return matrix


# Evaluation


def check_representation(given: Any) -> None:
    """Refuse what is not a family of this module.

    Raises
    ------
    ArgumentError
        With the families' names.
    """
    names = ("count", "dimension", "terms", "evaluate")
    if isinstance(given, type) or not all(hasattr(given, name) for name in names):
        raise ArgumentError(
            "the representation must be Gaussians, Neurons, Monomials or Functions of "
            f"ca.representation, not {described(given)}"
        )


def values(dims: Sequence[int], representation: Representation, patches: Any) -> Any:
    """Representation values (batch, locations, M) of patches (batch, locations, s).

    Raises
    ------
    WeightError
        When M is not the dimension of every location, or the patches have another shape.
    """
    check_representation(representation)
    patches = as_table(patches, "patches")
    wrong = [(i, dim) for i, dim in enumerate(dims) if dim != representation.count]
    if wrong:
        raise WeightError(
            f"the representation has {representation.count} functions, and location "
            f"{wrong[0][0]} of the circuit has dimension {wrong[0][1]}; the two must be equal"
        )
    expected = (len(dims), representation.dimension)
    shape = tuple(patches.shape)
    if len(shape) != 3 or shape[1:] != expected:
        raise WeightError(
            f"patches must be an array of shape (batch, {expected[0]}, {expected[1]}), got shape "
            f"{shape}"
        )
    return representation.evaluate(patches)


def largest(scores: Any) -> Any:
    """Index of the largest score by row."""
    import array_api_compat

    return array_api_compat.array_namespace(scores).argmax(scores, axis=-1)


def floating_patches(patches: Any, dimension: int) -> tuple[Any, Any]:
    """The array library, and patches (…, s) as one of its floating arrays.

    An infinite number is a constant for gradients: those of what overflows would be NaN there.

    Parameters
    ----------
    patches
        Array of any library, or nested lists; Python numbers are converted.
    dimension
        s.

    Raises
    ------
    WeightError
        When the last axis is not s long, or the patches are not real numbers.
    """
    import array_api_compat
    import numpy as np

    from circuitalg.tensor.arithmetic import held, real_floats

    given = as_table(patches, "patches")
    shape = tuple(given.shape)
    if not shape or shape[-1] != dimension:
        raise WeightError(
            f"patches have {dimension} numbers each here, so their last axis must have length "
            f"{dimension}; they have shape {shape}"
        )
    if isinstance(given, np.ndarray) and given.dtype.kind not in "biufc":
        given = real_floats(given, "patches")
    xp: Any = array_api_compat.array_namespace(given)
    if not xp.isdtype(given.dtype, ("real floating", "integral", "bool")):
        raise WeightError(f"patches must be real numbers, and their type is {given.dtype}")
    if not xp.isdtype(given.dtype, "real floating"):
        return xp, xp.astype(given, xp.asarray(1.0).dtype)
    return xp, xp.where(xp.isinf(given), held(given), given)


def _device(like: Any) -> Any:
    import array_api_compat

    return array_api_compat.device(like)


def _array(xp: Any, numbers: Sequence[Any], like: Any) -> Any:
    """Numbers as an array of this library, type and device."""
    try:
        floats = [float(n) for n in numbers]
    except OverflowError:
        raise WeightError(
            "the functions have a number beyond floats' range: use them in proofs only"
        ) from None
    return xp.asarray(floats, dtype=like.dtype, device=_device(like))


def _damped(xp: Any, function: Callable[[Any], Any], argument: Any) -> Any:
    """A function's value; where that is infinite or NaN, a constant for gradients.

    Its own would be infinite, and NaN where a chain of derivatives multiplies it by 0.
    """
    from circuitalg.tensor.arithmetic import held

    fixed = held(argument)
    value = function(fixed)
    if fixed is argument:  # a library without gradients
        return value
    beyond = ~xp.isfinite(value)
    inside = beyond if value.ndim == argument.ndim else beyond[..., None]
    calm = xp.full_like(fixed, 0.7)  # a point where few functions have a pole
    return xp.where(beyond, value, function(xp.where(inside, calm, argument)))


def _power(exponent: int, base: Any) -> Any:
    return base**exponent


def _value(xp: Any, term: Term, x: Any) -> Any:
    """A term's values at patches (…, s); a number stays one."""
    if not isinstance(term, tuple):
        return _array(xp, [term], x)[0]
    name = term[0]
    if name == "x":
        return x[..., term[1]]
    if name == "pi":
        return _array(xp, [pi], x)[0]
    first = _value(xp, term[1], x)
    if name == "^":
        return _damped(xp, partial(_power, term[2]), first)
    if name == "exp":
        return _damped(xp, xp.exp, first)
    if name == "sqrt":
        return xp.sqrt(first)
    if name == "step":
        return _step(xp, first)
    for part in term[2:]:
        second = _value(xp, part, x)
        if name == "+":
            first = first + second
        elif name == "*":
            first = first * second
        else:
            first = first / second if name == "/" else _maximum(xp, first, second)
    return first


def _step(xp: Any, values: Any) -> Any:
    """1 where a value is at least 0, NaN where it is NaN, else 0."""
    return xp.where(xp.isnan(values), values, xp.astype(values >= 0, values.dtype))


def _maximum(xp: Any, first: Any, second: Any) -> Any:
    """The larger one, NaN where one is NaN."""
    return xp.where(xp.isnan(first) | (first >= second), first, second)
