"""What one vector-valued node of a circuit is, and what a structural check answers."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from circuitalg.errors import CircuitalgError, CircuitError, WeightError
from circuitalg.integers import shown
from circuitalg.options import is_list, natural, naturals
from circuitalg.python_code import AS_CODE

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

    __repr__, _repr_pretty_ = AS_CODE


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

    def demand(self, error: type[Exception], what: str, instead: str = "") -> None:
        """Raise ``error`` unless the property holds: ``what`` fails, the reason, and a way out."""
        if not self.holds:
            raise error(f"{what}: {self.reason}{instead and '; '}{instead}")


def natural_number(value: Any, what: str, least: int = 0) -> int:
    """An integer of a network, as `circuitalg.options.natural` reads it; else a CircuitError."""
    return natural(what, value, least, error=CircuitError)


def natural_numbers(values: Any, what: str) -> list[int]:
    """A list of positive integers of a network; else a CircuitError."""
    return naturals(what, values, error=CircuitError)


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
    return exact_rows(rows, f"the fixed matrix on {where}", "matrix", CircuitError)


def exact_rows(rows: Any, holder: str, argument: str, error: type[CircuitalgError]) -> Matrix:
    """Rows of exact numbers of one positive length, as `exactly` takes each; else this error."""
    if hasattr(rows, "tolist"):
        rows = rows.tolist()
    if not is_list(rows) or not all(is_list(row) for row in rows):
        raise error(f"{holder} must be a sequence of rows of exact numbers")
    normal = tuple(
        tuple(row)
        if {int}.issuperset(map(type, row))
        else tuple(exactly(x, holder, argument, error) for x in row)
        for row in rows
    )
    if not normal or not normal[0] or any(len(row) != len(normal[0]) for row in normal):
        raise error(f"{holder} needs rows of one positive length")
    return normal


def exactly(
    entry: Any, holder: str, argument: str, error: type[CircuitalgError] = WeightError
) -> int | Fraction:
    """An exact number as `plain_number` gives it.

    Raises
    ------
    WeightError
        Or ``error``: when what ``holder`` holds is not one; `ca.exact` of the argument is.
    """
    number = plain_number(entry)
    if number is None:
        raise error(
            f"{holder} holds {shown(entry)}, which is not exact; give integers or Fractions, or "
            f"ca.exact({argument})"
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
