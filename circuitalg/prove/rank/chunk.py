"""Cut a large network into chunks whose ranks a minor can prove."""

from __future__ import annotations

from math import prod

from circuitalg.kernel.rank.network import Network
from circuitalg.kernel.rank.recursion import crossed, leaf, met
from circuitalg.prove.rank.shrink import FixedMatrices


def chunked(block: Network, cap: int) -> tuple[int, ...]:
    """Dimensions with some variables at 1: every piece has an upper bound of at most ``cap``.

    One pass from the leaves up: while the piece below a variable is too large, its largest child is
    closed. Linear, so it serves networks of any size; ties are left to ``restrict`` to refuse.
    """
    dims = list(block.dims)
    children = block.children
    closable = [False] * len(block)
    for v in range(1, len(block)):
        if block.fixed[block.labels[v]] is None:
            closable[v] = True
            closable[block.parents[v]] = True
    fixed = FixedMatrices(block)
    messages = [(1, 1)] * len(block)
    for v in range(len(block) - 1, 0, -1):
        own = children[v]
        while prod(min(messages[c]) for c in own) > cap:
            open_ones = [
                c for c in own if closable[c] and c not in fixed.owners and min(messages[c]) > 1
            ]
            if not open_ones:
                break
            largest = max(open_ones, key=lambda c: min(messages[c]))
            dims[largest] = 1
            messages[largest] = (1, 1)
            fixed.trim(dims, [largest])
        below = met(dims[v], [messages[c] for c in own]) if own else leaf(block.sides[v], dims[v])
        messages[v] = crossed(below, min(dims[block.parents[v]], dims[v]))
    return tuple(dims)
