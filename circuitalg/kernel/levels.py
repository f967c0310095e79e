"""Families of networks whose sizes are formulas, and what theorems for all sizes claim of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, ht_model
from circuitalg.kernel.formula import Formula, formula, width
from circuitalg.kernel.subject import Data

ONE = formula(1)
ZERO = formula(0)
SHARING = ("either", "unshared", "shared")
"""The statement is about both kinds, about untied matrices, or about levels that share theirs."""
_SHOWN = {"either": "shared or not", "unshared": "unshared", "shared": "shared"}


def _counted(count: Formula, noun: str) -> str:
    return f"{count} {noun}{'' if count == ONE else 's'}"


@dataclass(frozen=True, slots=True)
class HTNetworks:
    """HT models of eq. 4 and eq. 5: depth product levels, N = window^(depth + rest) locations.

    Attributes
    ----------
    window, depth, dim : q, the number of widths, and M.
    rest : levels that the last, global pooling replaces; 0 for eq. 4.
    widths : the one width of all levels, or None for the sequence r_0, r_1, ….
    outputs : Y.
    sharing : "either", "unshared" or "shared" (all levels).
    """

    window: Formula
    depth: Formula
    dim: Formula
    rest: Formula = ZERO
    widths: Formula | None = None
    outputs: Formula = ONE
    sharing: str = "either"

    @property
    def locations(self) -> Formula:
        """The number N of locations."""
        return self.window ** (self.depth if self.rest == ZERO else self.depth + self.rest)

    def width(self, level: Formula) -> Formula:
        """Width of a level."""
        return width(level) if self.widths is None else self.widths

    def parts(self) -> tuple[Formula, ...]:
        """All formulas in it."""
        given = (self.window, self.depth, self.dim, self.rest, self.outputs)
        return given if self.widths is None else (*given, self.widths)

    def network(
        self, numbers: Mapping[str, int], *, shared: bool, widths: Sequence[int] = ()
    ) -> Circuit:
        """The member at given symbols, and widths where these are a sequence."""
        q, depth, dim, rest, outputs = (int(part.value(numbers)) for part in self.parts()[:5])
        if self.widths is not None:
            widths = [int(self.widths.value(numbers))] * depth
        return ht_model(
            q ** (depth + rest), dim, widths[:depth], window=q, shared=shared, outputs=outputs
        )

    def __str__(self) -> str:
        kind = "network of eq. 4" if self.rest == ZERO else "network of eq. 5"
        widths = "r_0, r_1, ..." if self.widths is None else f"all {self.widths}"
        levels = f"{self.depth} levels"
        if self.rest != ZERO:
            levels += f" on {self.locations} locations"
        return (
            f"the {kind} ({_SHOWN[self.sharing]}) with windows of {self.window}, {levels}, "
            f"dimension {self.dim}, widths {widths}"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "ht",
            "window": self.window.to_data(),
            "depth": self.depth.to_data(),
            "rest": self.rest.to_data(),
            "dim": self.dim.to_data(),
            "widths": "r" if self.widths is None else self.widths.to_data(),
            "outputs": self.outputs.to_data(),
            "sharing": self.sharing,
        }


@dataclass(frozen=True, slots=True)
class CPNetworks:
    """CP models of eq. 3: N locations of dimension M, Z channels, Y outputs."""

    locations: Formula
    dim: Formula
    channels: Formula
    outputs: Formula = ONE
    sharing: str = "either"

    def parts(self) -> tuple[Formula, ...]:
        """All formulas in it."""
        return self.locations, self.dim, self.channels, self.outputs

    def network(self, numbers: Mapping[str, int], *, shared: bool) -> Circuit:
        """The member at given symbols."""
        count, dim, channels, outputs = (int(part.value(numbers)) for part in self.parts())
        return cp_model(count, dim, channels, shared=shared, outputs=outputs)

    def __str__(self) -> str:
        return (
            f"the CP model ({_SHOWN[self.sharing]}) of {self.locations} locations of dimension "
            f"{self.dim} and {self.channels} channels"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "cp",
            "locations": self.locations.to_data(),
            "dim": self.dim.to_data(),
            "channels": self.channels.to_data(),
            "outputs": self.outputs.to_data(),
            "sharing": self.sharing,
        }


Networks = HTNetworks | CPNetworks


@dataclass(frozen=True, slots=True)
class RankAtLeast:
    """For almost all real weights, rank ⟦A⟧ ≥ bound, I and J alternating blocks of ``block``."""

    block: Formula
    bound: Formula

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"rank >= {self.bound}"

    def __str__(self) -> str:
        return (
            f"rank [[A]] >= {self.bound} for almost all real weights, across alternating blocks of "
            f"{_counted(self.block, 'location')}"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "rank_at_least",
            "block": self.block.to_data(),
            "bound": self.bound.to_data(),
        }


@dataclass(frozen=True, slots=True)
class RankAtMost:
    """For all weights, rank ⟦A⟧ ≤ bound.

    Across alternating blocks ("alternating"), or whenever I and J are unions of the consecutive
    blocks of ``block`` locations that begin at multiples of it ("unions").
    """

    sides: str
    block: Formula
    bound: Formula

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

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "rank_at_most",
            "sides": self.sides,
            "block": self.block.to_data(),
            "bound": self.bound.to_data(),
        }


@dataclass(frozen=True, slots=True)
class ParameterCount:
    """The network has ``count`` scalar parameters."""

    count: Formula

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"parameters = {self.count}"

    def __str__(self) -> str:
        return f"the number of parameters is {self.count}"

    def to_data(self) -> Data:
        """JSON form."""
        return {"kind": "parameter_count", "count": self.count.to_data()}


@dataclass(frozen=True, slots=True)
class ContainsCP:
    """Whatever the CP model of N locations and Z channels computes, the network computes too.

    With the CP model's vectors at level 0, identity matrices above, and its output matrix; where
    the CP model is shared, so is the network.
    """

    locations: Formula
    channels: Formula

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return f"contains the CP model of {self.channels} channels"

    def __str__(self) -> str:
        return (
            f"it computes every function that the CP model of {self.locations} locations and "
            f"{self.channels} channels computes"
        )

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "contains_cp",
            "locations": self.locations.to_data(),
            "channels": self.channels.to_data(),
        }


Claim = RankAtLeast | RankAtMost | ParameterCount | ContainsCP
