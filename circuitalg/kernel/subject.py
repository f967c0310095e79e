"""What the subjects besides the rank rules have in common: statements and proofs that are data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.files import number_from_json

Data = dict[str, Any]


class SubjectStatement(Protocol):
    """A statement of a further subject: frozen data; ``str()`` is one sentence of mathematics."""

    @property
    def summary(self) -> str:
        """The result in a few characters, for a table."""

    def to_data(self) -> Data:
        """JSON form, with ``kind``."""


def statement_repr(statement: object) -> str:
    """``repr`` of every statement: its sentence, which is short however large its numbers are."""
    return f"<{type(statement).__name__}: {statement}>"


class SubjectProof(Protocol):
    """What a rule of a further subject verifies: frozen data."""

    @property
    def tactic(self) -> str:
        """Name of the rule, for a table."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Results from the literature that the rule rests on."""

    def explain(self) -> str:
        """Say how the rule proves the statement."""

    def to_data(self) -> Data:
        """JSON form, with ``rule``."""


def short_name(circuit: Circuit) -> str:
    """A network in a sentence: the first digits of its fingerprint."""
    return f"{circuit.fingerprint[:12]}..."


def matrix_from_json(rows: Sequence[Sequence[object]]) -> Matrix:
    """Rows of exact numbers from JSON.

    Raises
    ------
    FileFormatError
        When an entry is neither an integer nor a string "p/q".
    """
    return tuple(tuple(number_from_json(entry, "a matrix") for entry in row) for row in rows)
