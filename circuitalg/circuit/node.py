"""What one vector-valued node of a circuit is, and what a structural check answers."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from circuitalg.errors import CircuitError
from circuitalg.integers import fields_repr, shown
from circuitalg.options import described

Matrix = tuple[tuple[int | Fraction, ...], ...]
"""A fixed exact matrix: its rows; an entry is an int, or a Fraction that is not an integer."""

KINDS = ("input", "constant", "sum", "product")


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a circuit: a vector of ``width`` channels.

    Attributes
    ----------
    name : unique in its circuit.
    kind : "input", "constant", "sum" or "product".
    width : number of channels, at least 1.
    location : the location whose representation values an input carries; None for other kinds.
    children : indices into ``Circuit.nodes``, all smaller than the node's own.
    matrices : for a sum, by child: the parameter's name, or the fixed matrix, of shape
        (width, width of the child); empty for other kinds.
    """

    name: str
    kind: str
    width: int
    location: int | None = None
    children: tuple[int, ...] = ()
    matrices: tuple[str | Matrix, ...] = ()

    __repr__ = fields_repr


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a structural check; true when the property holds.

    Attributes
    ----------
    holds : whether the circuit has the property.
    reason : one sentence that says why, naming nodes.
    """

    holds: bool
    reason: str

    def __bool__(self) -> bool:
        return self.holds


def natural_number(value: Any, what: str, least: int = 0) -> int:
    """``value`` as a Python int of at least ``least``; bool and float are refused.

    Raises
    ------
    CircuitError
        One sentence that begins with ``what``.
    """
    if type(value) is int:
        number = value
    else:
        try:
            number = operator.index(value)
        except TypeError:
            number = least - 1
        if isinstance(value, bool):
            number = least - 1
    if number < least:
        raise CircuitError(f"{what} must be an integer of at least {least}, not {described(value)}")
    return number


def natural_numbers(values: Any, what: str) -> list[int]:
    """A list of ints of at least 1; "``what`` 3" is how a message refers to entry 3.

    Raises
    ------
    CircuitError
        When the values are not a list, or one of them is not a positive integer.
    """
    if not is_list(values):
        raise CircuitError(f"give a list of {what}s, not {described(values)}")
    return [natural_number(value, f"{what} {i}", least=1) for i, value in enumerate(values)]


def is_list(value: Any) -> bool:
    """Whether a value holds several: a list, tuple or array of one or more axes, not a string."""
    if isinstance(value, (str, bytes)) or getattr(value, "shape", None) == ():
        return False
    return isinstance(value, Iterable) and hasattr(value, "__len__")


def exact_matrix(rows: Any, where: str) -> Matrix:
    """A fixed matrix in normal form: a tuple of rows, whole fractions as ints.

    Parameters
    ----------
    rows : rows of ints and Fractions; a NumPy integer array will do.
    where : the edge, for the error message.

    Raises
    ------
    CircuitError
        For floats and other inexact entries, rows of unequal length, or no entries at all.
    """
    if hasattr(rows, "tolist"):
        rows = rows.tolist()
    if not is_list(rows) or not all(is_list(row) for row in rows):
        raise CircuitError(
            f"the fixed matrix on {where} must be a sequence of rows of exact numbers"
        )
    normal = tuple(tuple(exact_number(entry, where) for entry in row) for row in rows)
    if not normal or not normal[0] or any(len(row) != len(normal[0]) for row in normal):
        raise CircuitError(f"the fixed matrix on {where} needs rows of one positive length")
    return normal


def exact_number(entry: Any, where: str) -> int | Fraction:
    """An entry of a fixed matrix as an int, or as a Fraction that is not an integer."""
    number = plain_number(entry)
    if number is None:
        raise CircuitError(
            f"the fixed matrix on {where} has the entry {shown(entry)}; fixed matrices are exact: "
            "use integers or Fractions, or ca.exact(matrix)"
        )
    return number


def plain_number(entry: Any) -> int | Fraction | None:
    """An exact number as Python's int, or as a Fraction of these that is not an integer; else None.

    Fraction(numpy.int64(1), 3) keeps NumPy's integers inside, which overflow.
    """
    if type(entry) is int:
        return entry
    if isinstance(entry, Fraction):
        top, bottom = int(entry.numerator), int(entry.denominator)
        return top if bottom == 1 else Fraction(top, bottom)
    if hasattr(type(entry), "__index__") and not isinstance(entry, bool):
        try:
            return operator.index(entry)
        except TypeError:  # an array of several
            return None
    return None


def is_exact(entry: Any) -> bool:
    """Whether a number is Python's own int, or a Fraction of two of these, and no subclass."""
    return type(entry) is int or (
        type(entry) is Fraction and type(entry.numerator) is type(entry.denominator) is int
    )


def plain_text(value: Any) -> Any:
    """A string of a subclass (NumPy has one) as Python's own str; anything else as it is."""
    return str.__str__(value) if isinstance(value, str) else value
