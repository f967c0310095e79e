"""Where weights live when they do not say so themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from circuitalg.errors import MissingDependencyError, WeightError
from circuitalg.options import choice

BACKENDS = ("auto", "numpy", "cupy")


def placed(weights: Mapping[str, Any], backend: str) -> Mapping[str, Any]:
    """Return the weights, NumPy's numbers moved to where ``backend`` says.

    Parameters
    ----------
    weights
        Arrays by name. Those of a library other than NumPy stay where they are.
    backend
        "cupy" copies NumPy arrays of numbers to the GPU (objects stay: they are exact); "numpy"
        and "auto" leave everything where it is. Nothing imports CuPy for these.

    Raises
    ------
    MissingDependencyError
        When CuPy is asked for, and it or a CUDA device is missing.
    ArgumentError, OptionError
        For an unknown backend.
    WeightError
        For a backend that contradicts the weights.
    """
    backend = choice("backend", backend, BACKENDS)
    others = {type(a).__module__.partition(".")[0] for a in weights.values()} - {"numpy"}
    if backend != "auto" and others - {backend}:
        raise WeightError(
            f"backend={backend!r} contradicts the weights, which are arrays of {min(others)}; "
            "leave it out"
        )
    if backend != "cupy":
        return weights
    cupy = _cupy()
    return {
        name: cupy.asarray(array)
        if isinstance(array, np.ndarray) and array.dtype != object
        else array
        for name, array in weights.items()
    }


def _cupy() -> Any:
    try:
        import cupy
    except ImportError:
        raise MissingDependencyError(
            'backend="cupy" needs CuPy: pip install circuitalg[cuda12] or circuitalg[cuda13]'
        ) from None
    try:
        devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        devices = 0
    if not devices:
        raise MissingDependencyError('backend="cupy" needs a CUDA device, and CuPy finds none')
    return cupy
