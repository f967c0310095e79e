"""Search for the parts that a block is glued from (L8, L9)."""

from __future__ import annotations

from collections import Counter

from circuitalg.kernel.rank.network import NO_SIDE, Network
from circuitalg.kernel.rank.upper import Messages

_VARIABLES = 300
"""Each place to glue at copies the block."""

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
    part is the message that it sends.)
    """
    found: list[tuple[int, Cut]] = []
    if len(block) > _VARIABLES:
        return found
    messages = Messages(block)
    for v in range(1, len(block)):
        if not block.children[v] or block.dims[v] < 2:
            continue
        for below, pair in ((1, messages.below(v)), (0, messages.down(v))):
            for side in (0, 1):
                needed = block.dims[v] * pair[side]
                if pair[1 - side] >= needed:
                    found.append((needed, (v, below, side)))
    return sorted(found)
