"""Search for paths to split off as Kronecker factors, until the rest is small (L1, L4)."""

from __future__ import annotations

from collections.abc import Iterator

from circuitalg.kernel.rank.network import SIDE_I, SIDE_J, Network
from circuitalg.kernel.rank.upper import Messages
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.upper import resized

Factor = tuple[tuple[int, ...], int]
"""Dimensions of a factor and the rank it should have."""
_BASES = (2, 3, 4, 5)
_VARIABLES = 300
"""Paths between all pairs of leaves are listed, so this is for blocks of moderate size."""
_TRIALS = 4000
"""Bounds looked at before giving up; each costs one path of the tree."""


def peel(block: Network, target: int, budget: Budget) -> tuple[Factor, Factor] | None:
    """Split the dimensions in two, paths and rest, so that the rest's bound fits ``max_minor``.

    Each path of base t divides the dimensions along it by t and must leave a bound of at least
    target / t. Only for blocks without ties: tied matrices would have to be divided equally. None
    where the paths take everything: they alone would be the block again.
    """
    tied = len(set(block.labels)) < len(block)
    if tied or len(block) > _VARIABLES or any(what is not None for what in block.fixed):
        return None
    messages = Messages(block, resizable=True)
    loads, goal, trials = [1] * len(block), target, 0
    while goal > budget.max_minor:
        for base, path in _paths(block):
            trials += 1
            if trials > _TRIALS or budget.spent:
                return None
            if goal % base or any(messages.block.dims[v] < base for v in path):
                continue
            dims = list(messages.block.dims)
            for v in path:
                dims[v] //= base
            trial = resized(messages, tuple(dims), path)
            if min(trial.up(1)) * base >= goal:
                break
        else:
            return None
        messages, goal = trial, goal // base
        for v in path:
            loads[v] *= base
    if goal == 1:
        return None
    return (tuple(loads), target // goal), (messages.block.dims, goal)


def _paths(block: Network) -> Iterator[tuple[int, list[int]]]:
    """Bases and tree paths between the sides, short ones first."""
    ancestors: list[list[int]] = []
    for v, parent in enumerate(block.parents):
        ancestors.append([v] if parent < 0 else [v, *ancestors[parent]])
    leaves = [[v for v, s in enumerate(block.sides) if s == side] for side in (SIDE_I, SIDE_J)]
    found = []
    for p in leaves[0]:
        for q in leaves[1]:
            above = set(ancestors[p])
            meet = next(v for v in ancestors[q] if v in above)
            path = [v for v in ancestors[p] if v > meet or v == meet]
            path = path[: path.index(meet) + 1] + ancestors[q][: ancestors[q].index(meet)]
            found.append(path)
    found.sort(key=len)
    for base in _BASES:
        for path in found:
            yield base, path
