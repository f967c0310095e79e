"""What people pass for numbers in rows, read as arrays: nested lists, masked arrays, matrices."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from circuitalg.errors import ArgumentError, WeightError
from circuitalg.integers import shown
from circuitalg.options import described

_AXES = 64  # NumPy's limit


def as_table(given: Any, what: str, *, exact: bool = False) -> Any:
    """An array of any library as it is, or nested lists of numbers as a NumPy array.

    Integers and Fractions stay exact; next to floats, integers become floats too, unless ``exact``
    asks for objects. A NumPy matrix becomes a plain array.

    Raises
    ------
    ArgumentError
        When this is neither.
    WeightError
        When lists are ragged or hold something that is not a number, or an array has masked
        entries: what a mask hides is not data.
    """
    import numpy as np

    if type(given) is np.ndarray:
        return given
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise WeightError(
            f"{what} has masked entries, and what a mask hides is not data; fill them, for "
            "instance by filled(0), or sum missing locations out with ca.marginalize"
        )
    if isinstance(given, np.ndarray):
        return np.asarray(given)
    if isinstance(given, list | tuple):
        return _nested(given, what, exact=exact)
    if getattr(given, "shape", None) is None:
        raise ArgumentError(f"{what} must be an array or nested lists, not {described(given)}")
    return given


def with_nan(given: Any, what: str) -> Any:
    """As `as_table`, where numbers may be missing: masked entries become NaN."""
    import numpy as np

    if isinstance(given, np.ma.MaskedArray):
        floats: Any = given.astype(float)
        return floats.filled(np.nan)
    return as_table(given, what)


def _nested(given: list[Any] | tuple[Any, ...], what: str, *, exact: bool) -> Any:
    import numpy as np

    listed = _listed(given)
    kinds = {_kind(entry, what) for entry in _entries(listed)}
    dtypes: tuple[type, ...] = (int, object) if kinds <= {int} else (_common(kinds),)
    for dtype in (object,) if exact else dtypes:
        try:
            found: Any = np.array(listed, dtype=dtype)
        except OverflowError:  # an integer beyond 64 bits
            continue
        except ValueError:
            break
        if found.dtype != object or not any(isinstance(x, list) for x in found.flat):
            return found
    raise WeightError(f"{what}: nested lists must have one length at each level")


def _listed(given: Any, depth: int = 0) -> Any:
    """Lists of lists, the arrays among them included; scalars of any library as Python's."""
    if depth > _AXES:
        raise WeightError(f"lists are nested more than {_AXES} deep, more than an array has axes")
    if isinstance(given, list | tuple):
        return [_listed(part, depth + 1) for part in given]
    import numpy as np

    if isinstance(given, np.ma.MaskedArray) or given is np.ma.masked:
        return _listed(given.tolist(), depth)
    return given.tolist() if hasattr(given, "tolist") else given


def _entries(listed: Any) -> Iterator[Any]:
    if isinstance(listed, list):
        for part in listed:
            yield from _entries(part)
    else:
        yield listed


def _kind(entry: Any, what: str) -> type:
    for kind in (bool, int, Fraction, float, complex):
        if isinstance(entry, kind):
            return kind
    raise WeightError(f"{what} holds {shown(entry)}, which is not a number")


def _common(kinds: set[type]) -> type:
    """The first of these types that holds them all; no entries at all count as floats."""
    for kind in (Fraction, complex, float):
        if kind in kinds:
            return object if kind is Fraction else kind
    return bool if kinds == {bool} else float
