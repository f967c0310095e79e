"""Values of terms at patches, by whichever array library these belong to, with its gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import pi
from typing import Any

import array_api_compat
import numpy as np

from circuitalg.errors import WeightError
from circuitalg.expressions import Expression
from circuitalg.tables import as_table
from circuitalg.tensor.convert import held, real_floats


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


def array_of(xp: Any, numbers: Sequence[Any], like: Any) -> Any:
    """Numbers as an array of this library, type and device."""
    try:
        floats = [float(n) for n in numbers]
    except OverflowError:
        raise WeightError(
            "the functions have a number beyond floats' range: use them in proofs only"
        ) from None
    return xp.asarray(floats, dtype=like.dtype, device=array_api_compat.device(like))


def damped(xp: Any, function: Callable[[Any], Any], argument: Any) -> Any:
    """A function's value; where that is infinite or NaN, a constant for gradients.

    Its own would be infinite, and NaN where a chain of derivatives multiplies it by 0.
    """
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


def value_of(xp: Any, term: Expression, x: Any) -> Any:
    """A term's values at patches (…, s); a number stays one."""
    op, args = term.op, term.args
    if op in ("number", "pi"):
        return array_of(xp, [pi if op == "pi" else args[0]], x)[0]
    if op == "x":
        return x[..., args[0]]
    first = value_of(xp, args[0], x)
    if op == "^":
        return damped(xp, partial(_power, args[1].args[0]), first)
    if op == "exp":
        return damped(xp, xp.exp, first)
    if op == "sqrt":
        return xp.sqrt(first)
    if op == "step":
        return jump(xp, first)
    for part in args[1:]:
        second = value_of(xp, part, x)
        if op == "+":
            first = first + second
        elif op == "*":
            first = first * second
        else:
            first = first / second if op == "/" else _maximum(xp, first, second)
    return first


def jump(xp: Any, values: Any) -> Any:
    """1 where a value is at least 0, NaN where it is NaN, else 0."""
    return xp.where(xp.isnan(values), values, xp.astype(values >= 0, values.dtype))


def _maximum(xp: Any, first: Any, second: Any) -> Any:
    """The larger one, NaN where one is NaN."""
    return xp.where(xp.isnan(first) | (first >= second), first, second)
