"""Carrying out a plan with arrays of NumPy, PyTorch or JAX, so that it can be differentiated.

No gradient is NaN where a value is −inf: what is not finite is replaced before it is subtracted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, log
from typing import Any

import array_api_compat

from circuitalg.learning.plan import Gather, Plan, Step
from circuitalg.logspace.mex import mex
from circuitalg.tensor.evaluate import by_location

Array = Any


def run(
    plan: Plan,
    parameters: Mapping[str, Array],
    x: Any,
    arrays: Sequence[Array],
    matrices: Callable[[Array, Step], Array] = lambda stacked, _: stacked,
) -> Array:
    """Return the outputs (batch, outputs): scores, or in log-space their logarithms.

    Parameters
    ----------
    plan
        Of the network.
    parameters
        Array (rows, columns) by name.
    x
        Array (batch, locations, dim), or arrays (batch, M_i); in log-space logarithms.
    arrays
        Those of the plan in the library of ``x``.
    matrices
        Takes parameters of one step, stacked (number, rows, columns), to weights, or to offsets.

    Raises
    ------
    WeightError
        When ``x`` has the wrong shape.
    """
    values: list[Array] = []
    for step in plan.steps:
        if step.kind == "input":
            value = _inputs(plan, step, x)
            batch, like = value.shape[1], value
        elif step.kind == "constant":
            xp: Any = array_api_compat.array_namespace(like)
            full = xp.zeros if plan.log else xp.ones
            device = array_api_compat.device(like)
            value = full((step.count, batch, step.width), dtype=like.dtype, device=device)
        elif step.kind == "product":
            below = _gathered(step.children[0], values, arrays)
            children = below.shape[0] // step.count
            value = _product(below.reshape(step.count, children, *below.shape[1:]), plan.log)
        else:
            value = _sum(plan, step, values, parameters, arrays, matrices)
        values.append(value)
    return values[-1][0]


def _inputs(plan: Plan, step: Step, x: Any) -> Array:
    """Values (locations, batch, M) of the locations of a step."""
    dims = plan.structure.dims
    if tuple(getattr(x, "shape", ()))[1:] != (len(dims), step.width) or len(set(dims)) > 1:
        x = by_location(plan.structure, x)
        xp: Any = array_api_compat.array_namespace(*x)
        return xp.stack([x[location] for location in step.locations])
    xp = array_api_compat.array_namespace(x)
    return xp.permute_dims(x, (1, 0, 2))  # every location has an input of this one dimension


def _gathered(gather: Gather, values: Sequence[Array], arrays: Sequence[Array]) -> Array:
    found = [values[source] for source in gather.sources]
    xp: Any = array_api_compat.array_namespace(*found)
    joined = found[0] if len(found) == 1 else xp.concat(found)
    return joined if gather.index is None else xp.take(joined, arrays[gather.index], axis=0)


def _product(below: Array, logarithms: bool) -> Array:
    """Channel-by-channel products over axis 1, or sums of logarithms."""
    xp: Any = array_api_compat.array_namespace(below)
    if logarithms:
        return xp.sum(below, axis=1)
    while below.shape[1] > 1:  # by halves: a gradient without quotients, so zeros do no harm
        half = below.shape[1] // 2
        paired = below[:, :half] * below[:, half : 2 * half]
        odd = below[:, 2 * half :]
        below = xp.concat([paired, odd], axis=1) if odd.shape[1] else paired
    return below[:, 0]


def _sum(
    plan: Plan,
    step: Step,
    values: Sequence[Array],
    parameters: Mapping[str, Array],
    arrays: Sequence[Array],
    matrices: Callable[[Array, Step], Array],
) -> Array:
    below = [_gathered(gather, values, arrays) for gather in step.children]
    xp: Any = array_api_compat.array_namespace(*below)
    parts = []
    for labels in step.tables:
        if all(isinstance(label, str) for label in labels):
            part = matrices(xp.stack([parameters[str(label)] for label in labels]), step)
        else:
            part = xp.concat(
                [
                    matrices(parameters[label][None], step)
                    if isinstance(label, str)
                    else arrays[label][None]
                    for label in labels
                ]
            )
        parts.append(part)
    value = below[0] if len(below) == 1 else xp.concat(below, axis=-1)
    table = parts[0] if len(parts) == 1 else xp.concat(parts, axis=-1)
    if step.which is not None:
        table = xp.take(table, arrays[step.which], axis=0)
    if table.shape[0] == 1:
        table = table[0]  # one matrix for all nodes: used once
    return _mex(table, value, step) if plan.log else value @ xp.matrix_transpose(table)


def _mex(offsets: Array, values: Array, step: Step) -> Array:
    """MEX of values (nodes, batch, columns) with offsets (rows, columns) or one table a node."""
    beta = step.beta
    if beta in (inf, -inf):
        return mex(offsets[..., None, :, :] + values[..., None, :], beta)
    return _log_matmul(beta * offsets, beta * values) / beta - log(step.averaged) / beta


def _log_matmul(logs: Array, values: Array) -> Array:
    """Log of Σ_α exp(logs[γ, α]) exp(values[·, α]): a product of scaled exponentials.

    Sums that underflow, or are not numbers, are taken again term by term, as in
    `circuitalg.logspace.products`.
    """
    xp: Any = array_api_compat.array_namespace(logs, values)
    tops, peaks = _scale(xp, logs), _scale(xp, values)
    sums = xp.exp(values - peaks) @ xp.exp(xp.matrix_transpose(logs - tops))
    limits = xp.finfo(values.dtype)
    seen = sums >= limits.smallest_normal / limits.eps
    found = xp.log(xp.where(seen, sums, xp.ones_like(sums))) + peaks + xp.matrix_transpose(tops)
    if array_api_compat.is_jax_array(values):
        return _all_or_again(xp.all(seen), found, logs, values)
    if not xp.all(seen):
        node, item, row = xp.nonzero(~seen)
        rows = logs[row] if logs.ndim == 2 else logs[node, row]
        found[node, item, row] = _log_sum(rows + values[node, item])
    return found


def _all_or_again(seen: Array, found: Array, logs: Array, values: Array) -> Array:
    """For JAX, whose shapes may not depend on data: all sums again where one was not seen.

    With checkpoint the terms are stored for no gradient, so they cost nothing where all were seen:
    a gradient for 11,920 weights and a batch of 64 took 3 ms; term by term it took 11 ms.
    """
    import jax

    again = jax.checkpoint(lambda a, b: _log_sum(a[..., None, :, :] + b[..., None, :]))
    return jax.lax.cond(seen, lambda *_: found, again, logs, values)


def _log_sum(terms: Array) -> Array:
    return mex(terms, 1, mean=False)


def _scale(xp: Any, logs: Array) -> Array:
    """Largest entry of each last axis, 0 where it is infinite; a constant for gradients."""
    fixed = logs.detach() if hasattr(logs, "detach") else logs
    if array_api_compat.is_jax_array(logs):
        import jax

        fixed = jax.lax.stop_gradient(logs)
    largest = xp.max(fixed, axis=-1, keepdims=True)
    return xp.where(xp.isfinite(largest), largest, xp.zeros_like(largest))
