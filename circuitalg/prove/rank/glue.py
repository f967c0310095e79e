"""Search for the parts that a block is glued from (L8 to L10)."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import prod

from circuitalg.kernel.rank.network import NO_SIDE, Network
from circuitalg.kernel.rank.upper import Messages

_VARIABLES = 300
"""Each place to glue at copies the block."""
_PARTS = 6
"""Of up to so many parts at a variable, any may saturate it."""

Cut = tuple[int, int, int]
"""Variable, whether the part that fills it lies below (1 or 0), side of the index in the other."""


def leaves_to_free(block: Network) -> tuple[int, ...]:
    """The leaves that lose a tie or channels when they are set free, which costs nothing."""
    uses = Counter(block.labels)
    found = []
    for v in range(1, len(block)):
        rows, columns = block.shape(v)
        free = block.sides[v] != NO_SIDE and block.fixed[block.labels[v]] is None
        if free and 2 <= rows <= columns and (uses[block.labels[v]] > 1 or rows < columns):
            found.append(v)
    return tuple(found)


def cuts(block: Network) -> list[tuple[int, Cut]]:
    """Where the bounds allow a part to fill a variable: the rank that it needs, smallest first.

    A cut that is proved loses nothing, so no other needs to be tried after it. (The tied cut of a
    part is the message that it sends.) Among parts of one side, whose dimensions are counted
    without a minor, large ones come first: they leave less.
    """
    found: list[tuple[int, int, Cut]] = []
    if len(block) > _VARIABLES:
        return []
    messages = Messages(block)
    sizes = [1] * len(block)
    for v in range(len(block) - 1, 0, -1):
        sizes[block.parents[v]] += sizes[v]
    for v in range(1, len(block)):
        if not block.children[v] or block.dims[v] < 2:
            continue
        for below, pair in ((1, messages.below(v)), (0, messages.down(v))):
            for side in (0, 1):
                needed = block.dims[v] * pair[side]
                if pair[1 - side] >= needed:
                    size = sizes[v] if below else len(block) - sizes[v]
                    found.append((needed, -size * (pair[side] == 1), (v, below, side)))
    return [(needed, cut) for needed, _, cut in sorted(found)]


def stars(block: Network, target: int) -> list[tuple[int, int, tuple[int, ...]]]:
    """Where the bounds allow parts to saturate a variable: the rank they need, smallest first.

    The variable and the parts follow; a slice of the block must have rank enough for the target.
    """
    found: list[tuple[int, int, tuple[int, ...]]] = []
    if len(block) > _VARIABLES:
        return found
    messages = Messages(block)
    for v in range(1, len(block)):
        if block.dims[v] < 2 or not 0 < len(block.children[v]) < _PARTS:
            continue
        pairs = {c: messages.up(c) for c in block.children[v]}
        pairs = {block.parents[v]: messages.down(v), **pairs}
        if block.dims[v] * prod(map(min, pairs.values())) < target:
            continue
        scalars = [p for p in pairs if pairs[p] == (1, 1)]  # at home in any part
        parts = [p for p in pairs if p not in scalars]
        for size in range(1, len(parts)):
            for chosen in combinations(parts, size):
                needed = block.dims[v] * prod([min(pairs[p]) for p in chosen])
                if all(prod([pairs[p][side] for p in chosen]) >= needed for side in (0, 1)):
                    found.append((needed, v, tuple(sorted([*chosen, *scalars]))))
    return sorted(found)
