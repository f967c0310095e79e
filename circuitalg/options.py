"""Options of public functions: each reader refuses, in one sentence, what does not fit."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable
from math import isnan
from numbers import Real
from typing import Any

from circuitalg.errors import ArgumentError, CircuitalgError, OptionError
from circuitalg.integers import shown

MAX_WORKERS = 1000
"""Processes that one call may start."""


def described(value: Any) -> str:
    """How a message refers to a value of the wrong type: the value if short, else its type."""
    if value is None or isinstance(value, bool | int | float | str):
        return shown(value, 40)
    return kind_of(value)


def kind_of(value: Any) -> str:
    """The name of a value's type with its article: "a list", "an int"."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def instance(name: str, given: Any, kind: type, how: str) -> Any:
    """The value itself, when it is of this type; ``how`` says how to get one.

    Raises
    ------
    ArgumentError
        When it is of another type.
    """
    if not isinstance(given, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise ArgumentError(
            f"{name} must be {article} {kind.__name__} ({how}), not {described(given)}"
        )
    return given


def natural(
    name: str,
    given: Any,
    least: int = 0,
    most: int | None = None,
    error: type[CircuitalgError] | None = None,
) -> int:
    """An integer as Python's int.

    Parameters
    ----------
    name
        How the message refers to it.
    error
        Raised instead of the two below.

    Raises
    ------
    ArgumentError
        For anything but an integer; True and 1.0 are not.
    OptionError
        When it is not from ``least`` to ``most``.
    """
    if type(given) is int and least <= given and (most is None or given <= most):
        return given
    span = f"of at least {least}" if most is None else f"from {least:,} to {most:,}"
    try:
        number = None if isinstance(given, bool) else operator.index(given)
    except TypeError:
        number = None
    if number is None:
        kind = error or ArgumentError
        raise kind(f"{name} must be an integer {span}, not {described(given)}")
    if number < least or (most is not None and number > most):
        kind = error or OptionError
        raise kind(f"{name} must be an integer {span}, not {described(number)}")
    return number


def naturals(name: str, given: Any, error: type[CircuitalgError] | None = None) -> list[int]:
    """A list of integers of at least 1; "``name`` 3" is how a message refers to entry 3.

    Raises
    ------
    ArgumentError, OptionError
        When it is not a list, or an entry is not a positive integer; or ``error`` instead.
    """
    if not is_list(given):
        raise (error or ArgumentError)(f"give a list of {name}s, not {described(given)}")
    return [natural(f"{name} {i}", value, 1, error=error) for i, value in enumerate(given)]


def is_list(value: Any) -> bool:
    """Whether a value holds several: a list, tuple or array of one or more axes, not a string."""
    if isinstance(value, (str, bytes)) or getattr(value, "shape", None) == ():
        return False
    return isinstance(value, Iterable) and hasattr(value, "__len__")


def listed(what: str, given: Any) -> list[Any]:
    """The items of a list or another iterable that is not a string; ``what`` says what it is.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise ArgumentError(f"{what}, not {described(given)}")
    return list(given)


def real(name: str, given: Any) -> float:
    """A real number as a float; infinities are numbers here, and so is NaN.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    if isinstance(given, bool) or not isinstance(given, Real):
        raise ArgumentError(f"{name} must be a number, not {described(given)}")
    try:
        return float(given)
    except OverflowError:
        raise OptionError(f"{name} must be a number within float64's range") from None


def seconds(name: str, given: Any) -> float | None:
    """A time limit: a positive number of seconds, or None for no limit.

    Raises
    ------
    ArgumentError
        For anything but a number.
    OptionError
        For zero, a negative number and NaN.
    """
    if given is None:
        return None
    found = real(name, given)
    if isnan(found) or found <= 0:
        raise OptionError(f"{name} must be a positive number of seconds or None, not {given}")
    return found


def choice(name: str, given: Any, allowed: Collection[str]) -> str:
    """One of the words allowed.

    Raises
    ------
    ArgumentError
        For anything but a string.
    OptionError
        For another word.
    """
    words = ", ".join(repr(word) for word in allowed)
    if not isinstance(given, str):
        raise ArgumentError(f"{name} must be one of {words}, not {described(given)}")
    if given not in allowed:
        raise OptionError(f"{name} must be one of {words}, not {given[:40]!r}")
    return str(given)


def flag(name: str, given: Any) -> bool:
    """True or False, NumPy's included.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    if isinstance(given, bool) or type(given).__name__ in ("bool", "bool_"):
        return bool(given)
    raise ArgumentError(f"{name} must be True or False, not {described(given)}")
