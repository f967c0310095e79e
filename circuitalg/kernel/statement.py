"""What every statement and every proof is: frozen data, written and read from its annotations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Protocol

from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.integers import shown


class Statement(Protocol):
    """What a theorem says: a frozen dataclass; ``str()`` is one sentence of mathematics."""

    @property
    def summary(self) -> str:
        """The result in a few characters, for a table."""


class Proof(ABC):
    """What a rule verifies: a frozen dataclass of its own for each rule.

    Attributes
    ----------
    tactic : a short name, for a table.
    sources : results from the literature that the rule rests on, besides linear algebra.
    """

    __slots__ = ()

    sources: ClassVar[tuple[str, ...]] = ()

    @property
    @abstractmethod
    def tactic(self) -> str:
        """The short name."""

    def explain(self) -> str:
        """Say how the rule proves the statement; by default, its name."""
        return self.tactic


class BothSides(Proof):
    """A lower term and an upper one."""

    __slots__ = ()

    lower: Proof
    upper: Proof

    @property
    def tactic(self) -> str:
        """Names of the rules of both sides."""
        return f"{self.lower.tactic} | {self.upper.tactic}"

    def explain(self) -> str:
        """Say which rules gave which side."""
        return f"lower: {self.lower.explain()}\nupper: {self.upper.explain()}"


def nested(proof: object) -> Iterator[Proof]:
    """A proof and the proofs that stand inside it, at any depth."""
    stack = [proof]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif isinstance(part, Proof):
            yield part
            stack.extend(getattr(part, name) for name in getattr(part, "__dataclass_fields__", ()))


def short_name(circuit: Circuit) -> str:
    """A network in a sentence: the first digits of its fingerprint."""
    return f"{circuit.fingerprint[:12]}..."


def check_output(circuit: Circuit, output: int) -> None:
    """Refuse to speak of an output channel that the circuit does not have."""
    if not 0 <= output < circuit.num_outputs:
        raise RuleError(
            f"the network has outputs 0 to {circuit.num_outputs - 1}, got {shown(output)}"
        )
