"""Logarithms of arrays of numbers of any size: floats and exact numbers, with signs where wanted.

Floats go through NumPy's log, every exact number through `circuitalg.arithmetic.logarithm.log_of`;
`LogSpaceError` (docs/rules/logspace.md, "Rounding in log-space") says how exact both must be.
"""

from __future__ import annotations

from math import inf, isnan, nan
from typing import Any

import numpy as np

from circuitalg.arithmetic.logarithm import log_of
from circuitalg.circuit.node import plain_number
from circuitalg.errors import WeightError
from circuitalg.integers import shown

Array = Any


def logarithms(numbers: Any, what: str) -> Array:
    """Natural logarithms as float64, −inf for 0.

    Parameters
    ----------
    numbers
        Array of floats, integers, or objects: integers and Fractions beyond floats have logarithms.
    what
        How the error refers to them: "the weight 'a0'".

    Raises
    ------
    WeightError
        For a negative number, and for what is not a real number.
    """
    signs, logs = signed_logarithms(numbers, what)
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


def signed_logarithms(numbers: Any, what: str) -> tuple[Array, Array]:
    """Signs (−1, 0, 1) and logarithms of absolute values (−inf for 0), both float64.

    Raises
    ------
    WeightError
        For what is not a real number.
    """
    values = np.asarray(numbers)
    if values.dtype == object:
        pairs = [_signed_log(entry, what) for entry in values.ravel().tolist()]
        signs, logs = np.array(pairs, dtype=float).reshape(-1, 2).T
        return signs.reshape(values.shape), logs.reshape(values.shape)
    if values.dtype.kind not in "biuf":
        raise WeightError(f"{what} must hold real numbers, and its type is {values.dtype}")
    if values.dtype.itemsize <= 8 or values.dtype.kind != "f":  # a longer float has a wider range
        values = values.astype(float)
    with np.errstate(divide="ignore"):
        return np.sign(values).astype(float), np.log(np.abs(values)).astype(float)


def _signed_log(number: Any, what: str) -> tuple[float, float]:
    """The sign of one of Python's or NumPy's own numbers, and the logarithm of its magnitude."""
    exact = plain_number(int(number) if isinstance(number, bool) else number)
    if exact is None and not isinstance(number, float | np.floating):
        raise WeightError(f"{what} holds {shown(number)}, which is not a real number")
    if exact is None and isnan(number):
        return nan, nan
    sign = float(int(number > 0) - int(number < 0))
    if exact is not None:
        return sign, log_of(exact if sign >= 0 else -exact)
    return sign, float(np.log(np.longdouble(abs(number)))) if sign else -inf
