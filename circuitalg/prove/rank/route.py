"""Search for routings (L1): integral flows of one base after another through a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from math import prod

from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import NO_SIDE, SIDE_I, SIDE_J, Identity, Network, once
from circuitalg.kernel.rank.routing import Path, path_slots, routing
from circuitalg.kernel.rank.terms import Routing

_BASES = 6
"""This many bases at most are tried first; flows are linear in the block, so this stays cheap."""


@once
def find_routing(block: Network, target: int) -> tuple[Routing, int] | None:
    """Look for paths with Π t as near to ``target`` as can be; None when no routing is valid."""
    best: tuple[Routing, int] | None = None
    # The last one has no path at all, which proves that the block is not zero.
    for paths in chain(_systems(block, target), [[]]):
        if best is not None and _value(paths) <= best[1]:
            continue
        try:
            best = Routing(tuple(paths)), routing(block, tuple(paths))
        except RuleError:  # ties or fixed matrices do not allow it
            continue
        if best[1] == target:
            break
    return best


def observed(block: Network, target: int) -> tuple[int, ...]:
    """Dimensions at which variables that are read directly hold no more than paths to them need.

    A path ends at such a variable or does not touch it: its leaf is cut to the same channels.
    """
    direct = _direct(block)
    paths = max(_systems(block, target) if direct else (), key=_value, default=[])
    dims, loads = list(block.dims), _loads(block, paths)
    for v, leaves in direct.items():
        for w in (v, *leaves):
            dims[w] = loads[v]
    return tuple(dims)


def _systems(block: Network, target: int) -> Iterator[list[Path]]:
    """Systems of paths, each with another base first."""
    # No path carries more than the smaller end of a matrix, or than a leaf on either side.
    most = max([min(block.shape(v)) for v in range(1, len(block))], default=1)
    for side in (SIDE_I, SIDE_J):
        ends = [d for d, s in zip(block.dims, block.sides, strict=True) if s == side]
        most = min(most, max(ends, default=1))
    bases = sorted({d for d in block.dims if 1 < d <= most} | {2}, reverse=True)
    direct = _direct(block)
    for first in bases[:_BASES]:
        paths: list[Path] = []
        for base in [first, *(b for b in bases if b != first)][:_BASES]:
            if _value(paths) < target:
                paths += _flow(block, direct, base, _loads(block, paths))
        yield paths


def _value(paths: Sequence[Path]) -> int:
    return prod([base for _, _, base in paths])


def _direct(block: Network) -> dict[int, list[int]]:
    """By variable, the leaves that it reads through a fixed identity."""
    found: dict[int, list[int]] = {}
    for v, side in enumerate(block.sides):
        if side != NO_SIDE and isinstance(block.fixed[block.labels[v]], Identity):
            found.setdefault(block.parents[v], []).append(v)
    return found


def _loads(block: Network, paths: list[Path]) -> list[int]:
    if not paths:
        return [1] * len(block)
    return [prod(base for _, base in slots) for slots in path_slots(block, paths)]


def _flow(
    block: Network, direct: Mapping[int, list[int]], base: int, loads: list[int]
) -> list[Path]:
    """A largest system of paths of one base in what the loads leave free, matched low.

    Where a variable reads a leaf directly, all paths that touch it end at this leaf.
    """
    waiting: tuple[list[list[int]], ...] = tuple([[] for _ in block.dims] for _ in (0, 1))
    paths: list[Path] = []
    for v in range(len(block) - 1, 0, -1):
        side = block.sides[v]
        ends = [waiting[SIDE_I][v], waiting[SIDE_J][v]]
        if side == NO_SIDE and not any(ends):
            continue
        room = _floor_log(block.dims[v] // loads[v], base)
        for at in ends:
            at.reverse()
        if side != NO_SIDE:
            ends[side].extend([v] * room)
        upward = [SIDE_I, SIDE_J]
        for leaf in direct.get(v, ()):
            own = block.sides[leaf]
            ends[own] = [leaf] * ends[own].count(leaf)
            upward.remove(1 - own) if 1 - own in upward else upward.clear()
        matched = min(len(ends[SIDE_I]), len(ends[SIDE_J]), room)
        paths += [
            (p, q, base)
            for p, q in zip(ends[SIDE_I][:matched], ends[SIDE_J][:matched], strict=True)
        ]
        for s in upward:
            waiting[s][block.parents[v]] += ends[s][matched:room][::-1]
        waiting[SIDE_I][v], waiting[SIDE_J][v] = [], []
    return paths[::-1]


def _floor_log(n: int, base: int) -> int:
    exponent = 0
    while n >= base:
        n //= base
        exponent += 1
    return exponent
