"""Logarithms of numbers of any size: floats, integers and Fractions, with signs where wanted."""

from __future__ import annotations

from fractions import Fraction
from math import inf, log
from typing import Any

import numpy as np

from circuitalg.errors import WeightError

Array = Any


def logarithms(numbers: Any, what: str) -> Array:
    """Natural logarithms as float64, −inf for 0.

    Parameters
    ----------
    numbers
        Array of floats, integers, or objects: integers and Fractions beyond floats have logarithms.
    what
        How the error calls them: "the weight 'a0'".

    Raises
    ------
    WeightError
        For a negative number.
    """
    values = np.asarray(numbers)
    if values.dtype != object:
        return log_in_place(np.array(values, dtype=float), what)
    signs, logs = signed_logarithms(values)
    if (signs < 0).any():
        raise _negative(what)
    return logs


def log_in_place(values: Array, what: str) -> Array:
    """Natural logarithms of floats, written over them; errors as for `logarithms`."""
    if values.size and not values.min() >= 0 and (values < 0).any():  # NaN is not above 0
        raise _negative(what)
    with np.errstate(divide="ignore"):
        return np.log(values, out=values)


def _negative(what: str) -> WeightError:
    return WeightError(
        f"{what} has a negative number, which has no logarithm; use non-negative ones, or split "
        "the network with circuitalg.split_signs"
    )


def signed_logarithms(numbers: Any) -> tuple[Array, Array]:
    """Signs (−1, 0, 1) and logarithms of absolute values (−inf for 0), both float64."""
    values = np.asarray(numbers)
    if values.dtype == object:
        flat = values.ravel().tolist()
        signs = np.array([float((x > 0) - (x < 0)) for x in flat]).reshape(values.shape)
        return signs, np.array([log_of(abs(x)) for x in flat]).reshape(values.shape)
    values = values.astype(float)
    with np.errstate(divide="ignore"):
        return np.sign(values), np.log(np.abs(values))


def log_of(number: Any) -> float:
    """Logarithm of a number ≥ 0 of Python, at any size."""
    if not number:
        return -inf
    if isinstance(number, Fraction):
        top, bottom = int(number.numerator), int(number.denominator)
        near = abs(top.bit_length() - bottom.bit_length()) < 900
        return log(top / bottom) if near else log(top) - log(bottom)
    return log(number)
