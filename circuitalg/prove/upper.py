"""Search for the best upper bound of a block: tied cut, then bridges and stars (U2, U3, U6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from circuitalg.errors import TooLargeError
from circuitalg.kernel.network import Network
from circuitalg.kernel.quiver import bridge_bound, star_bound_parts
from circuitalg.kernel.spans import Messages, star_parts
from circuitalg.kernel.terms import Bridge, Star, TiedCut
from circuitalg.prove.budget import Budget


def best_upper(
    block: Network, budget: Budget, floor: int = 1
) -> tuple[TiedCut | Bridge | Star, int]:
    """Smallest bound found, with its term; stops once ``floor`` (a lower bound) is reached."""
    messages = Messages(block)
    best: tuple[TiedCut | Bridge | Star, int] = TiedCut(), min(messages.up(1))
    for term, value in _candidates(block, messages):
        if best[1] <= floor or budget.spent:
            break
        if value < best[1]:
            best = term, value
    return best


def _candidates(block: Network, messages: Messages) -> Iterator[tuple[Bridge | Star, int]]:
    for v in range(1, len(block)):
        rho = min(block.shape(v))
        if rho > 1 and messages.children[v]:
            (d, c), (b, a) = messages.up(v), messages.down(v)
            with suppress(TooLargeError):
                yield Bridge(v), bridge_bound(rho, a, b, c, d)
        if messages.children[v] and block.dims[v] > 1:
            for side in (0, 1):
                parts = star_parts(messages, v, side)
                with suppress(TooLargeError):
                    yield Star(v, side), star_bound_parts(block.dims[v], parts)
