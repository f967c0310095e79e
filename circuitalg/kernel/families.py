"""Families of networks: those that a network is separated from, and those for all sizes.

A family of the first kind, `CPFamily` or `TruncatedFamily`, has a parameter that bounds the rank
for all weights and all its other widths. One of the second kind, `CPNetworks` or `HTNetworks`, has
sizes that are formulas: it stands for a network for each choice of its symbols.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, ht_model
from circuitalg.circuit.validate import MAX_LOCATIONS
from circuitalg.errors import RuleError
from circuitalg.expressions import Expression, formula, width
from circuitalg.integers import shown
from circuitalg.options import natural
from circuitalg.python_code import AS_CODE

MAX_LEVELS = 64


@dataclass(frozen=True, slots=True)
class CPFamily:
    """CP models (eq. 3): one hidden layer of Z channels, global pooling; rank ≤ Z everywhere.

    They have one product level, and keep no locations together.
    """

    levels: ClassVar[int] = 1
    block: ClassVar[int] = 1

    __repr__, _repr_pretty_ = AS_CODE

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

    __repr__, _repr_pretty_ = AS_CODE

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
    """The family of all CP models; its parameter is the number of channels.

    Examples
    --------
    >>> print(cp_family())
    CP model
    """
    return CPFamily()


def truncated_family(levels: int, window: int = 2) -> TruncatedFamily:
    """The family of eq. 5 with ``levels`` product levels; its parameter is the last hidden width.

    Parameters
    ----------
    levels
        Number of product levels, 1 to 64.
    window
        Children of each product but the last.

    Raises
    ------
    ArgumentError, OptionError
        When one is not an integer, or out of range.

    Examples
    --------
    >>> print(truncated_family(levels=2))
    network of 2 product levels with windows of 2
    """
    return TruncatedFamily(
        natural("levels", levels, 1, MAX_LEVELS), natural("window", window, 2, MAX_LOCATIONS)
    )


# Sizes that are formulas

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
