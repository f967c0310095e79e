"""Families of networks whose sizes are formulas: one network for each choice of their symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, ht_model
from circuitalg.expressions import Expression, formula, width
from circuitalg.python_code import AS_CODE

ONE = formula(1)
ZERO = formula(0)
SHARING = {"either": "shared or not", "unshared": "unshared", "shared": "shared"}
"""The statement is about both kinds, about untied matrices, or about levels that share theirs."""


def formulas_of(part: Any) -> tuple[Expression, ...]:
    """The members of a dataclass that are formulas."""
    given = (getattr(part, each.name) for each in fields(part))
    return tuple(value for value in given if isinstance(value, Expression))


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

    window: Expression
    depth: Expression
    dim: Expression
    rest: Expression = ZERO
    widths: Expression | None = None
    outputs: Expression = ONE
    sharing: str = "either"

    __repr__, _repr_pretty_ = AS_CODE

    @property
    def locations(self) -> Expression:
        """The number N of locations."""
        return self.window ** (self.depth if self.rest == ZERO else self.depth + self.rest)

    def width(self, level: Expression) -> Expression:
        """Width of a level."""
        return width(level) if self.widths is None else self.widths

    def network(
        self, numbers: Mapping[str, int], *, shared: bool, widths: Sequence[int] = ()
    ) -> Circuit:
        """The member at given symbols, and widths where these are a sequence."""
        sizes = (self.window, self.depth, self.dim, self.rest, self.outputs)
        q, depth, dim, rest, outputs = (int(part.value(numbers)) for part in sizes)
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
            f"the {kind} ({SHARING[self.sharing]}) with windows of {self.window}, {levels}, "
            f"dimension {self.dim}, widths {widths}"
        )


@dataclass(frozen=True, slots=True)
class CPNetworks:
    """CP models of eq. 3: N locations of dimension M, Z channels, Y outputs."""

    locations: Expression
    dim: Expression
    channels: Expression
    outputs: Expression = ONE
    sharing: str = "either"

    __repr__, _repr_pretty_ = AS_CODE

    def network(self, numbers: Mapping[str, int], *, shared: bool) -> Circuit:
        """The member at given symbols."""
        count, dim, channels, outputs = (int(part.value(numbers)) for part in formulas_of(self))
        return cp_model(count, dim, channels, shared=shared, outputs=outputs)

    def __str__(self) -> str:
        return (
            f"the CP model ({SHARING[self.sharing]}) of {self.locations} locations of dimension "
            f"{self.dim} and {self.channels} channels"
        )


Networks = HTNetworks | CPNetworks
