"""Search for Kronecker factors: networks of the same shape whose ranks multiply (L1, L4).

Where nothing is tied, paths are split off one by one until the rest is small. Tied variables have
one dimension in each factor, so there the dimensions of each group of them are divided in two.
"""

from __future__ import annotations

from collections.abc import Iterator

from circuitalg.kernel.rank.network import SIDE_I, SIDE_J, Network, restrict
from circuitalg.kernel.rank.upper import Messages, tied_cut
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.shrink import tied_groups
from circuitalg.prove.rank.upper import resized

Factor = tuple[tuple[int, ...], int]
"""Dimensions of a factor and the rank it should have."""
_BASES = (2, 3, 4, 5)
_VARIABLES = 300
"""Paths between all pairs of leaves are listed, so this is for blocks of moderate size."""
_TRIALS = 4000
"""Bounds looked at before giving up; each costs one path of the tree."""
_DIVISIONS = 300
"""The same where groups are divided; each costs the whole block."""
_FIRST = (2, 3, 4, 5)
"""The dimensions that one of the factors has at first, in every group that is as large."""


def factors(block: Network, target: int, budget: Budget) -> Iterator[tuple[Factor, Factor]]:
    """Pairs of factors whose upper bounds multiply to at least ``target``.

    A block with a fixed matrix has none (the kernel's side condition), nor one of too many
    variables.
    """
    if len(block) > _VARIABLES or any(what is not None for what in block.fixed):
        return
    if len(set(block.labels)) < len(block):
        yield from _divided(block, target, budget)
    else:
        peeled = _peeled(block, target, budget)
        if peeled is not None:
            yield peeled


def _divided(block: Network, target: int, budget: Budget) -> Iterator[tuple[Factor, Factor]]:
    """Divide each group's dimension in two, and change one after another to raise the product.

    A factor that meets the target alone is none: what its search found has been tried before.
    """
    groups = tied_groups(block)
    known: dict[tuple[int, ...], tuple[Factor, Factor]] = {}

    def divided(division: tuple[int, ...]) -> tuple[Factor, Factor]:
        if division not in known:
            one, two = [1] * len(block), list(block.dims)
            for size, group in zip(division, groups, strict=True):
                for v in group:
                    one[v], two[v] = size, block.dims[v] // size
            bounds = [tied_cut(restrict(block, tuple(dims))) for dims in (one, two)]
            known[division] = (tuple(one), bounds[0]), (tuple(two), bounds[1])
        return known[division]

    def value(division: tuple[int, ...]) -> int:
        (_, a), (_, b) = divided(division)
        return a * b if max(a, b) < target else 0

    given: set[frozenset[Factor]] = set()
    for first in _FIRST:
        division = tuple([min(first, block.dims[group[0]]) for group in groups])
        for place, group in enumerate(groups):
            others = [
                (*division[:place], size, *division[place + 1 :])
                for size in _sizes(block.dims[group[0]])
            ]
            if len(known) + len(others) > _DIVISIONS or budget.spent:
                return
            division = max([division, *others], key=value)
        pair = divided(division)
        if value(division) >= target and frozenset(pair) not in given:
            given.add(frozenset(pair))
            yield pair


def _sizes(dim: int) -> list[int]:
    """Dimensions of one factor, each the largest beside its other factor's."""
    return sorted({dim // (dim // size) for size in range(1, dim + 1)})


def _peeled(block: Network, target: int, budget: Budget) -> tuple[Factor, Factor] | None:
    """Split the dimensions in two, paths and rest, so that the rest's bound fits ``max_minor``.

    Each path of base t divides the dimensions along it by t and must leave a bound of at least
    target / t. Only for blocks without ties: tied matrices would have to be divided equally. None
    where the paths take everything: they alone would be the block again.
    """
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
