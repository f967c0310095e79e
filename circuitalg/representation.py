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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations_with_replacement
from math import exp as exponential
from math import log, pi
from typing import Any, Protocol

import array_api_compat
import numpy as np

from circuitalg.arithmetic import functions
from circuitalg.arithmetic.functions import PI, exp, maximum, sqrt, step, x
from circuitalg.arithmetic.logarithm import log_of
from circuitalg.errors import ArgumentError, RuleError, WeightError
from circuitalg.expressions import MAX_DIMENSION, MAX_POWER, Expression, Number, exact_number
from circuitalg.integers import shown
from circuitalg.options import described
from circuitalg.python_code import AS_CODE
from circuitalg.tables import as_table
from circuitalg.tensor.terms import array_of, damped, floating_patches, jump, value_of

__all__ = [
    "PI",
    "Functions",
    "Gaussians",
    "Monomials",
    "Neurons",
    "Representation",
    "check_representation",
    "exp",
    "largest",
    "maximum",
    "sqrt",
    "step",
    "values",
    "x",
]

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
    def terms(self) -> tuple[Expression, ...]:
        """The functions as exact terms (`circuitalg.arithmetic.functions`)."""

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

    __repr__, _repr_pretty_ = AS_CODE

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
    def terms(self) -> tuple[Expression, ...]:
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
        means = np.array(self.means, dtype=float)
        spreads = np.array(self.variances, dtype=float)
        total = spreads[:, None] + spreads[None, :]
        squares = (means[:, None] - means[None, :]) ** 2 / total
        return np.exp(-squares.sum(axis=-1) / 2) / np.sqrt((2 * pi * total).prod(axis=-1))

    def evaluate(self, patches: Any) -> Any:
        """Values (…, M) at patches (…, s): an array of the same library and floating type."""
        xp, x = floating_patches(patches, self.dimension)
        logs = [[log_of(2 * v) for v in row] for row in self.variances]
        total = array_of(xp, [-sum(log(pi) + entry for entry in row) / 2 for row in logs], x)
        for k in range(self.dimension):
            mean = array_of(xp, [row[k] for row in self.means], x)
            root = array_of(xp, [exponential(-row[k] / 2) for row in logs], x)
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

    __repr__, _repr_pretty_ = AS_CODE

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
    def terms(self) -> tuple[Expression, ...]:
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
        xp, x = floating_patches(patches, self.dimension)
        zero = xp.zeros(x.shape[:-1], dtype=x.dtype, device=array_api_compat.device(x))
        total = zero[..., None] + array_of(xp, self.biases, x)
        for k in range(self.dimension):
            weight = array_of(xp, [row[k] for row in self.weights], x)
            with np.errstate(invalid="ignore"):  # 0 · ∞, for a neuron whose weight there is 0
                term = x[..., k, None] * weight
            total = total + xp.where(weight == 0, xp.zeros_like(term), term)
        if self.activation == "sigmoid":
            return (xp.tanh(total / 2) + 1) / 2
        if self.activation == "relu":
            return xp.where(total <= 0, xp.zeros_like(total), total)  # NaN stays
        return jump(xp, total)


@dataclass(frozen=True, slots=True)
class Monomials:
    """Monomials Π x_k^e_k.

    Parameters
    ----------
    exponents
        M rows of s integers from 0 to 64.
    """

    exponents: tuple[tuple[int, ...], ...]

    __repr__, _repr_pretty_ = AS_CODE

    def __init__(self, exponents: Sequence[Sequence[int]]) -> None:
        rows = _rows(exponents, "exponents")
        if any(type(e) is not int or not 0 <= e <= MAX_POWER for r in rows for e in r):
            raise WeightError(f"exponents are integers from 0 to {MAX_POWER}")
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
    def terms(self) -> tuple[Expression, ...]:
        """The monomials as exact terms."""
        return tuple(functions.monomial(row) for row in self.exponents)

    def gram(self, box: Sequence[Sequence[Any]]) -> Any:
        """Gram matrix ∫ f_i f_j over the box of sides a < b, (M, M) floats."""
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
            value = xp.ones(x.shape[:-1], dtype=x.dtype, device=array_api_compat.device(x))
            for k, exponent in enumerate(row):
                if exponent:
                    value = value * x[..., k] ** exponent
            return value

        return xp.stack([damped(xp, partial(monomial, row), x) for row in self.exponents], axis=-1)


@dataclass(frozen=True, slots=True)
class Functions:
    """Functions of your own, written with `x`, `exp`, `sqrt`, `maximum`, `step` and + − · / ^.

    Parameters
    ----------
    dimension
        s.
    terms
        M expressions or numbers.

    Examples
    --------
    >>> family = Functions(1, [1, x(0), exp(-(x(0) ** 2)), maximum(x(0), 0)])
    >>> family.count
    4
    """

    dimension: int
    terms: tuple[Expression, ...]

    __repr__, _repr_pretty_ = AS_CODE

    def __init__(self, dimension: int, terms: Iterable[Any]) -> None:
        if type(dimension) is not int or not 1 <= dimension <= MAX_DIMENSION:
            raise WeightError(f"the dimension is an integer from 1 to {MAX_DIMENSION}")
        try:
            plain = tuple(functions.term(each) for each in terms)
            for each in plain:
                functions.check_term(each, dimension)
        except RuleError as error:
            raise WeightError(str(error)) from None
        if not plain:
            raise WeightError("give at least one function")
        object.__setattr__(self, "dimension", dimension)
        object.__setattr__(self, "terms", plain)

    @property
    def count(self) -> int:
        """Number M of functions."""
        return len(self.terms)

    def evaluate(self, patches: Any) -> Any:
        """Values (…, M) at patches (…, s): an array of the same library and floating type."""
        xp, x = floating_patches(patches, self.dimension)
        zero = xp.zeros(x.shape[:-1], dtype=x.dtype, device=array_api_compat.device(x))

        def value(term: Expression, x: Any) -> Any:
            return zero + value_of(xp, term, x)

        return xp.stack([damped(xp, partial(value, term), x) for term in self.terms], axis=-1)


# Exact parameters


def _exact(value: Any, where: str) -> Number:
    found = exact_number(value)
    if found is None:
        raise WeightError(
            f"{where} holds {shown(value)}; give ints, Fractions, finite floats or "
            'strings such as "1/3"'
        )
    return found


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
    return array_api_compat.array_namespace(scores).argmax(scores, axis=-1)
