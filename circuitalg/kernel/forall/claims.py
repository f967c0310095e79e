"""What theorems for all sizes claim of a family of networks."""

from __future__ import annotations

from dataclasses import dataclass

from circuitalg.expressions import Expression
from circuitalg.kernel.forall.families import ONE
from circuitalg.python_code import AS_CODE


def _counted(count: Expression, noun: str) -> str:
    return f"{count} {noun}{'' if count == ONE else 's'}"


@dataclass(frozen=True, slots=True)
class RankAtLeast:
    """For almost all real weights, rank ⟦A⟧ ≥ bound, I and J alternating blocks of ``block``."""

    block: Expression
    bound: Expression

    __repr__, _repr_pretty_ = AS_CODE

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"rank >= {self.bound}"

    def __str__(self) -> str:
        return (
            f"rank [[A]] >= {self.bound} for almost all real weights, across alternating blocks of "
            f"{_counted(self.block, 'location')}"
        )


@dataclass(frozen=True, slots=True)
class RankAtMost:
    """For all weights, rank ⟦A⟧ ≤ bound.

    Across alternating blocks ("alternating"), or whenever I and J are unions of the consecutive
    blocks of ``block`` locations that begin at multiples of it ("unions").
    """

    sides: str
    block: Expression
    bound: Expression

    __repr__, _repr_pretty_ = AS_CODE

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"rank <= {self.bound}"

    def __str__(self) -> str:
        if self.sides == "alternating":
            across = f"alternating blocks of {_counted(self.block, 'location')}"
        elif self.block == ONE:
            across = "every bipartition"
        else:
            across = f"every bipartition into unions of blocks of {self.block} locations"
        return f"rank [[A]] <= {self.bound} for all weights, across {across}"


@dataclass(frozen=True, slots=True)
class ParameterCount:
    """The network has ``count`` scalar parameters."""

    count: Expression

    __repr__, _repr_pretty_ = AS_CODE

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"parameters = {self.count}"

    def __str__(self) -> str:
        return f"the number of parameters is {self.count}"


@dataclass(frozen=True, slots=True)
class ContainsCP:
    """Whatever the CP model of N locations and Z channels computes, the network computes too.

    With the CP model's vectors at level 0, identity matrices above, and its output matrix; where
    the CP model is shared, so is the network.
    """

    locations: Expression
    channels: Expression

    __repr__, _repr_pretty_ = AS_CODE

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"contains the CP model of {self.channels} channels"

    def __str__(self) -> str:
        return (
            f"it computes every function that the CP model of {self.locations} locations and "
            f"{self.channels} channels computes"
        )


Claim = RankAtLeast | RankAtMost | ParameterCount | ContainsCP
