"""MEX: the smooth maximum, mean and minimum of which SimNets are made.

MEX_β(c_1, …, c_n) = (1/β) · log((1/n) · Σ exp(β·c_i)); its limits are the maximum (β → +∞), the
minimum (β → −∞) and the mean (β → 0). Without 1/n (the *softmax mode*) β = 1 is log-sum-exp.
Source: Cohen and Shashua 2014; Cohen, Sharir, Shashua 2016, appendix E.
"""

from __future__ import annotations

from math import frexp, isnan
from typing import Any

import array_api_compat
import numpy as np

from circuitalg.errors import WeightError
from circuitalg.options import natural, real
from circuitalg.tables import as_table


def mex(values: Any, beta: float, axis: int = -1, offsets: Any = None, mean: bool = True) -> Any:
    """Return MEX_β along an axis, for values of any size.

    Parameters
    ----------
    values
        Floating array of any array-API library; −inf (log 0) and +inf are numbers here.
    beta
        From −∞ to +∞, both included.
    axis
        The axis over which it is taken; it disappears.
    offsets
        Array that broadcasts with the values and is added to them first.
    mean
        Whether the exponentials are averaged (MEX) or summed (softmax mode).

    Returns
    -------
    Array of the values' shape without the axis. With ``mean`` it lies between the least and the
    largest value, up to rounding. NaN comes out where a NaN goes in, and for the mean (β = 0) of
    +inf and −inf, which has no value.

    Raises
    ------
    WeightError
        When β is NaN; for β = 0 without the mean, where the limit is infinite; for an array that is
        not floating, or an empty axis.

    Notes
    -----
    With e the largest value (β > 0) or the least (β < 0), MEX_β = e + log(mean exp(β(c_i − e)))/β,
    and log(mean exp d) = log1p(mean expm1(d)) keeps its digits where all d are near 0. Values are
    subtracted before they are multiplied by β, so nothing overflows unless the result does.

    Examples
    --------
    >>> import numpy as np
    >>> c = np.array([0.0, 1.0, 3.0])
    >>> [round(float(mex(c, beta)), 4) for beta in (float("-inf"), 0, 1, float("inf"))]
    [0.0, 1.3333, 2.0712, 3.0]
    """
    values = as_table(values, "the values of MEX")
    xp: Any = array_api_compat.array_namespace(values)
    beta = real("beta", beta)
    _check(xp, values, beta, axis, mean)
    if offsets is not None:
        values = values + _offsets(xp, offsets, tuple(values.shape))
    if beta == float("inf"):
        return xp.max(values, axis=axis)
    if beta == float("-inf"):
        return xp.min(values, axis=axis)
    # Without warnings, such as for the mean of +inf and -inf, which is NaN.
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        if beta == 0:
            return _mean(xp, values, axis)
        found = _finite_beta(xp, values, beta, axis, mean)
        if not mean:
            return found
        # Where they spread by less than 1e-20/|β|, β(c_i − e) may underflow, and the mean is right.
        spread = xp.max(values, axis=axis) - xp.min(values, axis=axis)
        return xp.where(abs(beta) * spread > 1e-20, found, _mean(xp, values, axis))


def _mean(xp: Any, values: Any, axis: int) -> Any:
    return xp.sum(values / values.shape[axis], axis=axis)


def _finite_beta(xp: Any, values: Any, beta: float, axis: int, mean: bool) -> Any:
    """The formula of the notes; where all is infinite or NaN, the extreme itself.

    Values there are replaced before anything is computed, which keeps NaN out of gradients.
    """
    largest = xp.max if beta > 0 else xp.min
    extreme = largest(values, axis=axis, keepdims=True)
    finite = xp.isfinite(extreme)
    origin = xp.where(finite, extreme, xp.zeros_like(extreme))
    factor = beta
    if abs(beta) < xp.finfo(values.dtype).smallest_normal * 2.0**60:  # few digits are left of it
        scale = 2.0 ** (frexp(float(xp.finfo(values.dtype).max))[1] // 2)
        values, origin, factor = values / scale, origin / scale, beta * scale
    exponent = factor * xp.where(finite, values - origin, xp.zeros_like(values))
    if mean:
        tail = xp.log1p(xp.sum(xp.expm1(exponent), axis=axis) / values.shape[axis])
    else:
        tail = xp.log(xp.sum(xp.exp(exponent), axis=axis))
    top, known = xp.squeeze(extreme, axis=axis), xp.squeeze(finite, axis=axis)
    if factor == beta:
        return xp.where(known, top + tail / beta, top)
    half = tail / 2 / beta  # the whole may overflow where the result does not
    return xp.where(known, top + half + half, top)


def _offsets(xp: Any, offsets: Any, shape: tuple[int, ...]) -> Any:
    table = as_table(offsets, "the offsets of MEX")
    own = array_api_compat.is_array_api_obj(table) and array_api_compat.array_namespace(table) is xp
    table = table if own else xp.asarray(table)
    if not xp.isdtype(table.dtype, "numeric"):
        raise WeightError(f"offsets of MEX are numbers, and these have type {table.dtype}")
    try:
        np.broadcast_shapes(tuple(table.shape), shape)
    except ValueError:
        raise WeightError(
            f"offsets of shape {tuple(table.shape)} do not fit values of shape {shape}"
        ) from None
    return table


def _check(xp: Any, values: Any, beta: float, axis: int, mean: bool) -> None:
    if isnan(beta):
        raise WeightError("beta is NaN; give a number, or an infinity for the maximum or minimum")
    if not mean and beta == 0:
        raise WeightError("beta = 0 has no limit in softmax mode; use mean=True, or another beta")
    if not xp.isdtype(values.dtype, "real floating"):
        raise WeightError(f"MEX is for real floating arrays, and this one has type {values.dtype}")
    axes = len(values.shape)
    if values.shape and values.shape[natural("axis", axis, -axes, axes - 1)]:
        return
    raise WeightError(f"an array of shape {tuple(values.shape)} has no values along this axis")
