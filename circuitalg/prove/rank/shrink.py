"""Search for smaller widths that keep the upper bound, so that the network splits (L2, L3)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from circuitalg.kernel.rank.network import NO_SIDE, Network
from circuitalg.kernel.rank.upper import Messages
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.upper import resized

_FINE_LIMIT = 500
"""Beyond this many, only groups of similar variables are tried: a trial copies the network."""
_COARSE_FROM = 100
"""Up to this many groups, similar variables stay untied: they may need different widths."""
_ROUNDS = 2
"""Neighbourhoods of this radius make variables similar."""


def shrunk(block: Network, target: int, budget: Budget, order: int = 0) -> tuple[int, ...]:
    """Dimensions as small as can be found with the tied cut still at least ``target``.

    Tied variables change together. Groups of similar variables are tried first, so that regular
    networks of any size need few trials; ``order`` 0 goes from the root down, 1 from the leaves up,
    others are random.
    """
    messages = Messages(block, resizable=True)
    tied = _tied(block)
    fixed = FixedMatrices(block)
    fine = _groups(block, tied, fixed)
    rounds = [fine] if len(fine) <= _FINE_LIMIT else []
    if len(fine) > _COARSE_FROM:
        rounds.insert(0, _groups(block, _alike(block, tied), fixed))
    for groups in rounds:
        ordered = _ordered(groups, order)
        for smallest in (_to_one, _bisected):  # first as many splits as can be
            for group in ordered:
                if budget.spent:
                    return messages.block.dims
                messages = smallest(messages, group, target, fixed)
    return messages.block.dims


def _ordered(groups: list[list[int]], order: int) -> list[list[int]]:
    if order < 2:
        return sorted(groups, reverse=order == 1)
    shuffled = sorted(groups)
    Random(order).shuffle(shuffled)
    return shuffled


def _to_one(messages: Messages, group: list[int], target: int, fixed: FixedMatrices) -> Messages:
    """A group of dimension 1, if that keeps the bound."""
    return _resized(messages, group, 1, target, fixed) or messages


def _bisected(messages: Messages, group: list[int], target: int, fixed: FixedMatrices) -> Messages:
    """Least common dimension of a group that keeps the bound, known to be above 1."""
    low, high = 2, max(messages.block.dims[v] for v in group)
    while low < high:
        middle = (low + high) // 2
        trial = _resized(messages, group, middle, target, fixed)
        if trial is not None:
            high, messages = middle, trial
        else:
            low = middle + 1
    return messages


def _resized(
    messages: Messages, group: list[int], dim: int, target: int, fixed: FixedMatrices
) -> Messages | None:
    """The messages with this group at most ``dim`` wide, None where the bound gets lost."""
    dims = list(messages.block.dims)
    for v in group:
        dims[v] = min(dims[v], dim)
    changed = group + fixed.trim(dims, group)
    trial = resized(messages, tuple(dims), changed)
    return trial if min(trial.up(1)) >= target else None


class FixedMatrices:
    """The fixed matrices of a block: which channels die with others."""

    def __init__(self, block: Network) -> None:
        self.parents = block.parents
        self.loose = [side != NO_SIDE for side in block.sides]
        """By variable, whether it can lose channels: a location, or beside a parameter."""
        self.above: dict[int, tuple[int, ...]] = {}
        reach: dict[int, tuple[int, ...]] = {}
        for v in range(1, len(block)):
            label = block.labels[v]
            matrix = block.fixed[label]
            if matrix is None:
                self.loose[v] = self.loose[block.parents[v]] = True
            if isinstance(matrix, tuple):
                if label not in reach:
                    reach[label] = _reach(matrix)
                self.above[v] = reach[label]
        self.owners = {block.parents[v] for v in self.above}

    def trim(self, dims: list[int], group: list[int]) -> list[int]:
        """Drop last channels above the group that a fixed matrix leaves at zero."""
        changed = []
        for v in group:
            if v in self.above:
                parent, alive = self.parents[v], self.above[v][dims[v] - 1]
                if 0 < alive < dims[parent] and self.loose[parent]:
                    dims[parent] = alive
                    changed.append(parent)
        return changed


def _reach(matrix: Sequence[Sequence[object]]) -> tuple[int, ...]:
    """For each number of first columns kept, the number of first rows that are not all zero."""
    last = [0] * len(matrix[0])
    for r, row in enumerate(matrix):
        for c, entry in enumerate(row):
            if entry:
                last[c] = r + 1
    return tuple(max(last[: c + 1]) for c in range(len(last)))


def _groups(block: Network, leader: Sequence[int], fixed: FixedMatrices) -> list[list[int]]:
    """Variables that change together, where they can lose channels at all.

    A variable that reads a fixed matrix is left alone: which of its channels matter is fixed.
    """
    found: dict[int, list[int]] = {}
    for v in range(len(block)):
        found.setdefault(leader[v], []).append(v)
    return [
        g
        for g in found.values()
        if all(block.dims[v] > 1 and fixed.loose[v] and v not in fixed.owners for v in g)
    ]


def _tied(block: Network) -> list[int]:
    """First variable of each union of variables on equal ends of tied parameters."""
    leader = list(range(len(block)))
    first: dict[int, int] = {}
    for v in range(1, len(block)):
        if block.fixed[block.labels[v]] is None:
            w = first.setdefault(block.labels[v], v)
            _join(leader, v, w)
            _join(leader, block.parents[v], block.parents[w])
    return [_find(leader, v) for v in range(len(block))]


def _alike(block: Network, tied: Sequence[int]) -> list[int]:
    """First variable of each union of tied variables and of those with similar neighbourhoods.

    Colours of dimension and side are refined by the neighbours' colours (Weisfeiler and Leman).
    """
    children = block.children
    colours: list[int] = _numbered(list(zip(block.dims, block.sides, strict=True)))
    for _ in range(_ROUNDS):
        keys: list[object] = []
        for v, parent in enumerate(block.parents):
            above = colours[parent] if v else -1
            keys.append((colours[v], above, tuple(sorted([colours[c] for c in children[v]]))))
        colours = _numbered(keys)
    leader = list(tied)
    first: dict[int, int] = {}
    for v in range(1, len(block)):
        _join(leader, v, first.setdefault(colours[v], v))
    return [_find(leader, v) for v in range(len(block))]


def _numbered(keys: Sequence[object]) -> list[int]:
    numbers: dict[object, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def _find(leader: list[int], v: int) -> int:
    while leader[v] != v:
        leader[v] = leader[leader[v]]
        v = leader[v]
    return v


def _join(leader: list[int], v: int, w: int) -> None:
    a, b = _find(leader, v), _find(leader, w)
    leader[max(a, b)] = min(a, b)
