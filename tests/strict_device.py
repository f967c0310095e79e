"""NumPy behind a wall, as a stand-in for a GPU's array module.

Its arrays are no NumPy arrays: mixing both, or handing one to NumPy, is a TypeError, as with CuPy.
Only ``asarray``, ``array`` and ``asnumpy`` cross the wall, and ``int`` reads a single number.
"""

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


def _inside(value):
    """What an operation on the device may see: its own arrays, and plain numbers."""
    if isinstance(value, DeviceArray):
        return value.inside
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError("a NumPy array met an array of the device")
    if isinstance(value, tuple | list):
        return type(value)(_inside(v) for v in value)
    return value


def _outside(value):
    return DeviceArray(value) if isinstance(value, np.ndarray) else value


class DeviceArray(NDArrayOperatorsMixin):
    """An array of the device."""

    __array_priority__ = 1000

    def __init__(self, inside):
        self.inside = inside

    def __array__(self, dtype=None, copy=None):
        raise TypeError("an array of the device is no NumPy array; use asnumpy")

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        given = [_inside(x) for x in inputs]
        if out is not None:
            options["out"] = tuple(_inside(x) for x in out)
        result = getattr(ufunc, method)(*given, **options)
        return out[0] if out is not None else _outside(np.asarray(result))

    def __getitem__(self, key):
        return _outside(np.asarray(self.inside[_inside(key)]))

    def __setitem__(self, key, value):
        self.inside[_inside(key)] = _inside(value)

    def __getattr__(self, name):
        if name.startswith("__"):  # such as __array_interface__, a way around the wall
            raise AttributeError(name)
        found = getattr(self.inside, name)
        if callable(found):
            return lambda *args, **options: _outside(
                found(*map(_inside, args), **{k: _inside(v) for k, v in options.items()})
            )
        return _outside(found)

    def __len__(self):
        return len(self.inside)

    def __int__(self):
        return int(self.inside)

    def __iter__(self):
        return (self[i] for i in range(len(self)))


class _Module:
    """The array module: NumPy's functions for arrays of the device."""

    def __getattr__(self, name):
        found = getattr(np, name)
        if isinstance(found, type) or not callable(found):
            return found
        return lambda *args, **options: _outside(
            found(*map(_inside, args), **{k: _inside(v) for k, v in options.items()})
        )

    @staticmethod
    def asarray(value, dtype=None):
        inside = value.inside if isinstance(value, DeviceArray) else value
        return DeviceArray(np.array(inside, dtype=dtype))

    @staticmethod
    def array(value, dtype=None, order="K"):
        inside = value.inside if isinstance(value, DeviceArray) else value
        return DeviceArray(np.array(inside, dtype=dtype, order=order))

    @staticmethod
    def asnumpy(value):
        return np.array(value.inside)


device = _Module()
