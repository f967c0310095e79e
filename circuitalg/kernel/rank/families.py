"""Families that a network is separated from, and what bounds the ranks of their members.

Each has one parameter and a bound β(r), for all weights and all other widths, of the ranks of its
members whose parameter is at most r. It does not decrease with r, being made of r and constants by
products and minima, and is at least r up to the largest rank there is: every family holds the CP
model of r channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from circuitalg import deadline
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.validate import MAX_LOCATIONS
from circuitalg.errors import ArgumentError, RuleError, TooLargeError
from circuitalg.integers import shown
from circuitalg.kernel.rank.recursion import Pair, crossed, leaf, met
from circuitalg.options import described, natural
from circuitalg.python_code import AS_CODE

MAX_LEVELS = 64
_MAX_DEPTH = 200
"""Inner nodes of a mode tree inside each other, as its readers take them."""
_MAX_WORK = 1 << 35
"""Locations times binary digits of Π M_i."""
_SHOWN = 16
"""Locations of trees that are printed."""


@dataclass(frozen=True, slots=True)
class CPFamily:
    """CP models (eq. 3): one hidden layer of Z channels, global pooling; rank ≤ Z everywhere.

    They have one product level, and keep no locations together.
    """

    parameter: ClassVar[str] = "width"
    levels: ClassVar[int] = 1
    block: ClassVar[int] = 1

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        return "CP model"

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
    parameter: ClassVar[str] = "width of the last hidden layer"

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


@dataclass(frozen=True, slots=True)
class TreeFamily:
    """Networks over one mode tree, as `tree_model` makes them; the largest width is r.

    Any ties: they choose among the weights. Smaller widths are larger ones with zeros.
    """

    tree: ModeTree
    parameter: ClassVar[str] = "largest width"
    block: ClassVar[int] = 1

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        small = self.tree.locations <= _SHOWN
        return f"network over the {f'mode tree {self.tree.to_nested()}' if small else self.tree}"

    def check(self, circuit: Circuit, bipartition: Bipartition) -> None:
        """Refuse another number of locations, and trees that are too deep for a certificate."""
        del bipartition  # every one bounds
        if self.tree.locations != circuit.num_locations:
            raise RuleError(
                f"the family is over a mode tree of {self.tree.locations} locations, the network "
                f"has {circuit.num_locations}"
            )
        depths = [1] * len(self.tree.children)
        for node, children in enumerate(self.tree.children):
            for child in children:
                if child < 0:
                    depths[-child] = depths[node] + 1
        if max(depths) > _MAX_DEPTH:
            raise TooLargeError(
                f"the mode tree of the family has {max(depths)} inner nodes inside each other, and "
                f"certificates hold {_MAX_DEPTH}; networks over caterpillars are ca.rac_family()"
            )


@dataclass(frozen=True, slots=True)
class TTFamily:
    """Tensor trains (`tt_model`) over the locations in their order; the largest bond is r."""

    parameter: ClassVar[str] = "largest bond"
    block: ClassVar[int] = 1

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        return "tensor train"

    def check(self, circuit: Circuit, bipartition: Bipartition) -> None:
        """Every bipartition bounds."""


@dataclass(frozen=True, slots=True)
class RACFamily:
    """Recurrent networks of one hidden layer (`rac_model`), matrices tied or not; its width is r.

    They are the networks over the caterpillar [[[0, 1], 2], …], the initial state scaling the
    channels that location 0 is read into.
    """

    parameter: ClassVar[str] = "hidden width"
    block: ClassVar[int] = 1

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        return "recurrent network of one layer"

    def check(self, circuit: Circuit, bipartition: Bipartition) -> None:
        """Every bipartition bounds."""


Family = CPFamily | TruncatedFamily | TreeFamily | TTFamily | RACFamily


def members_bound(family: Family, circuit: Circuit, parts: Bipartition, most: int) -> int:
    """β(most): bound the ranks of all members whose parameter is at most this number.

    A CP model is a sum of Z pure tensors, a truncated network one over whole blocks. Of the others
    it is the index recursion of the member whose widths are all ``most``. `check` comes before.

    Raises
    ------
    TooLargeError
        When there are too many locations.
    """
    dims, sides = circuit.dims, parts.sides
    if isinstance(family, CPFamily | TruncatedFamily):
        return most
    work = len(dims) * sum(map(int.bit_length, dims))
    if work > _MAX_WORK:
        raise TooLargeError(
            f"the family's bounds for {len(dims):,} locations take {work:,} binary digits, more "
            f"than {_MAX_WORK:,}; take fewer locations"
        )
    if isinstance(family, TTFamily):
        found = (1, 1)
        for dim, side in zip(dims, sides, strict=True):
            deadline.look()
            own = leaf(side, dim)
            found = crossed((found[0] * own[0], found[1] * own[1]), most)
        return min(found)
    tree = family.tree if isinstance(family, TreeFamily) else ModeTree.caterpillar(len(dims))
    below: dict[int, Pair] = {}
    for node in reversed(range(len(tree.children))):
        deadline.look()
        pairs = [
            below.pop(child) if child < 0 else leaf(sides[child], min(dims[child], most))
            for child in tree.children[node]
        ]
        below[-node] = met(most, pairs)
    return min(below[0])


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


def tree_family(tree: ModeTree) -> TreeFamily:
    """The family of all networks over a mode tree; its parameter is the largest of their widths.

    Parameters
    ----------
    tree
        A mode tree over the network's locations, with up to 200 inner nodes inside each other.

    Raises
    ------
    ArgumentError
        For anything but a ``ModeTree``.

    Examples
    --------
    >>> from circuitalg import ModeTree, ht_model, prove_separation
    >>> other = ModeTree.from_nested([[0, 2], [1, 3]])
    >>> print(prove_separation(ht_model(4, 4, [4, 4]), tree_family(other)).statement.summary)
    largest width >= 16
    """
    if not isinstance(tree, ModeTree):
        raise ArgumentError(f"a tree family needs a ModeTree, not {described(tree)}")
    return TreeFamily(tree)


def tt_family() -> TTFamily:
    """The family of all tensor trains; its parameter is the largest bond.

    Examples
    --------
    >>> from circuitalg import ht_model, prove_separation
    >>> print(prove_separation(ht_model(4, 4, [2, 2]), tt_family()).statement.summary)
    largest bond >= 2
    """
    return TTFamily()


def rac_family() -> RACFamily:
    """The family of all recurrent networks of one hidden layer; its parameter is the width.

    Examples
    --------
    >>> from circuitalg import ht_model, prove_separation
    >>> print(prove_separation(ht_model(4, 4, [2, 2]), rac_family()).statement.summary)
    hidden width >= 2
    """
    return RACFamily()
