"""Arrays of one library as those of another, and what kind of numbers they hold."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from types import ModuleType
from typing import Any

import array_api_compat
import numpy as np

from circuitalg.errors import WeightError


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
