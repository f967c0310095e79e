"""Search for routings (L1): integral flows of one base after another through a block."""

from __future__ import annotations

from math import prod

from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import NO_SIDE, SIDE_I, SIDE_J, Network
from circuitalg.kernel.rank.routing import Path, path_slots, routing
from circuitalg.kernel.rank.terms import Routing

_BASES = 6
"""This many bases at most are tried first; flows are linear in the block, so this stays cheap."""


def find_routing(block: Network, target: int) -> tuple[Routing, int] | None:
    """Look for paths with Π t as near to ``target`` as can be; None when no routing is valid."""
    best: tuple[Routing, int] | None = None
    # No path carries more than the smaller end of a matrix, or than a leaf on either side.
    most = max([min(block.shape(v)) for v in range(1, len(block))], default=1)
    for side in (SIDE_I, SIDE_J):
        ends = [d for d, s in zip(block.dims, block.sides, strict=True) if s == side]
        most = min(most, max(ends, default=1))
    bases = sorted({d for d in block.dims if 1 < d <= most} | {2}, reverse=True)
    for first in [*bases[:_BASES], 0]:  # 0: no path at all, which proves that the block is not zero
        paths: list[Path] = []
        value = 1
        for base in [first, *(b for b in bases if b != first)][:_BASES] if first else []:
            if value < target:
                paths += _flow(block, base, _loads(block, paths))
                value = prod([t for _, _, t in paths])
        if best is not None and value <= best[1]:
            continue
        try:
            best = Routing(tuple(paths)), routing(block, tuple(paths))
        except RuleError:  # ties or fixed matrices do not allow it
            continue
        if best[1] == target:
            break
    return best


def _loads(block: Network, paths: list[Path]) -> list[int]:
    if not paths:
        return [1] * len(block)
    return [prod(base for _, base in slots) for slots in path_slots(block, paths)]


def _flow(block: Network, base: int, loads: list[int]) -> list[Path]:
    """A largest system of paths of one base in what the loads leave free, matched low."""
    waiting: list[list[int]] = [[] for _ in block.dims]
    other: list[list[int]] = [[] for _ in block.dims]
    paths: list[Path] = []
    for v in range(len(block) - 1, 0, -1):
        at_i, at_j = waiting[v], other[v]
        own = block.sides[v] != NO_SIDE
        if not own and not at_i and not at_j:
            continue
        room = _floor_log(block.dims[v] // loads[v], base)
        at_i.reverse()
        at_j.reverse()
        if own:
            (at_i if block.sides[v] == SIDE_I else at_j).extend([v] * room)
        matched = min(len(at_i), len(at_j), room)
        paths += [(p, q, base) for p, q in zip(at_i[:matched], at_j[:matched], strict=True)]
        left = room - matched
        parent = block.parents[v]
        if left:
            waiting[parent] += at_i[matched : matched + left][::-1]
            other[parent] += at_j[matched : matched + left][::-1]
        waiting[v], other[v] = [], []
    return paths[::-1]


def _floor_log(n: int, base: int) -> int:
    exponent = 0
    while n >= base:
        n //= base
        exponent += 1
    return exponent
