"""Model families with a rank bound for all weights and all their other widths (separation)."""

from __future__ import annotations

from dataclasses import dataclass

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.validate import MAX_LOCATIONS
from circuitalg.errors import RuleError
from circuitalg.integers import shown
from circuitalg.options import natural

MAX_LEVELS = 64


@dataclass(frozen=True, slots=True)
class CPFamily:
    """CP models (eq. 3): one hidden layer of Z channels, global pooling; rank ≤ Z everywhere."""

    def __str__(self) -> str:
        return "CP model"

    @property
    def parameter(self) -> str:
        """The number of channels Z."""
        return "width"

    def check(self, circuit: Circuit, bipartition: Bipartition) -> None:
        """Every bipartition bounds: a pure tensor matricizes to a matrix of rank one."""


@dataclass(frozen=True, slots=True)
class TruncatedFamily:
    """Networks of eq. 5 with ``levels`` product levels and pooling windows of ``window``.

    The last level multiplies N / q^(levels−1) blocks at once, so its width bounds the rank when I
    is a union of blocks of q^(levels−1) consecutive locations (and not otherwise: with odd/even
    sides a last width of 1 reaches rank > 1).
    """

    levels: int
    window: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.levels <= MAX_LEVELS or not 2 <= self.window <= MAX_LOCATIONS:
            raise RuleError(
                f"a truncated family needs levels from 1 to {MAX_LEVELS} and a window from 2 to "
                f"{MAX_LOCATIONS:,}, got levels={shown(self.levels)}, window={shown(self.window)}"
            )

    def __str__(self) -> str:
        return f"network of {self.levels} product levels with windows of {self.window}"

    @property
    def parameter(self) -> str:
        """The width of the last hidden layer."""
        return "width of the last hidden layer"

    @property
    def block(self) -> int:
        """Consecutive locations that its last product keeps together."""
        return int(self.window ** (self.levels - 1))

    def check(self, circuit: Circuit, bipartition: Bipartition) -> None:
        """Refuse sizes that the family does not have, and sides that cut a block."""
        size, depth = 1, 0
        while size < circuit.num_locations:
            size, depth = size * self.window, depth + 1
        if size != circuit.num_locations or depth < self.levels:
            raise RuleError(
                f"a {self} has q^L locations with L >= {self.levels}; "
                f"{circuit.num_locations} is not such a number"
            )
        sides, block = bipartition.sides, self.block
        for start in range(0, len(sides), block):
            if len(set(sides[start : start + block])) > 1:
                raise RuleError(
                    f"the bipartition cuts locations {start} to {start + block - 1}, which the "
                    f"family keeps together; use alternating blocks of {block}, 'blocks:{block}'"
                )


Family = CPFamily | TruncatedFamily


def cp_family() -> CPFamily:
    """The family of all CP models."""
    return CPFamily()


def truncated_family(levels: int, window: int = 2) -> TruncatedFamily:
    """The family of eq. 5 with ``levels`` product levels; parameter: the last hidden width."""
    return TruncatedFamily(
        natural("levels", levels, 1, MAX_LEVELS), natural("window", window, 2, MAX_LOCATIONS)
    )
