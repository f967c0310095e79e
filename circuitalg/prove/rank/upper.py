"""Search for the best upper bound of a block: tied cut, then those at one variable or matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import replace

from circuitalg.errors import TooLargeError
from circuitalg.kernel.rank.network import NO_SIDE, Network
from circuitalg.kernel.rank.pencil import pencil_bound
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.quiver import bridge_bound, star_bound_parts
from circuitalg.kernel.rank.terms import (
    BlockUpper,
    Bridge,
    Factor,
    IndexRecursion,
    Isotypic,
    Pencil,
    Star,
    TiedCut,
)
from circuitalg.kernel.rank.upper import Messages, isotypic_at, pencil_parts, star_parts
from circuitalg.prove.rank.budget import Budget


def structural(question: Question) -> Factor | IndexRecursion:
    """The bound that needs no search: a tied cut of every block, or index recursion."""
    if question.circuit.is_tree:
        return Factor((TiedCut(),) * len(question.blocks))
    return IndexRecursion()


def resized(messages: Messages, dims: tuple[int, ...], changed: Iterable[int]) -> Messages:
    """The messages (made resizable) of the block with other dimensions, those of ``changed``.

    Tied variables must change together, so that equal subtrees stay equal.
    """
    other, block = copy(messages), messages.block
    sides = tuple(s if d > 1 else NO_SIDE for s, d in zip(block.sides, dims, strict=True))
    other.block = replace(block, dims=dims, sides=sides)
    other.ups, other.downs = dict(messages.ups), {}
    stale: set[int] = set()
    for v in changed:
        stale.update(other.children[v])
        while v > 0 and v not in stale:
            stale.add(v)
            v = block.parents[v]
    done: set[int] = set()
    for v in sorted(stale - {0}, reverse=True):
        number = other.classes[v]
        if number not in done:
            done.add(number)
            other.ups[number] = other.cross(v, other.below(v))
    return other


def best_upper(block: Network, budget: Budget, floor: int = 1) -> tuple[BlockUpper, int]:
    """Smallest bound found, with its term; stops once ``floor`` (a lower bound) is reached."""
    messages = Messages(block)
    best: tuple[BlockUpper, int] = TiedCut(), min(messages.up(1))
    for term, value in _candidates(block, messages):
        if best[1] <= floor or budget.spent:
            break
        if value < best[1]:
            best = term, value
    return best


def _candidates(block: Network, messages: Messages) -> Iterator[tuple[BlockUpper, int]]:
    for v in range(1, len(block)):
        if not messages.children[v]:
            continue
        rho = min(block.shape(v))
        if rho > 1:
            (d, c), (b, a) = messages.up(v), messages.down(v)
            with suppress(TooLargeError):
                yield Bridge(v), bridge_bound(rho, a, b, c, d)
        if messages.classes_at(messages.children[v])[0]:
            with suppress(TooLargeError):
                yield Isotypic(v), isotypic_at(messages, v)
        if block.dims[v] == 2:
            with suppress(TooLargeError):
                yield Pencil(v), pencil_bound(pencil_parts(messages, v))
        if block.dims[v] > 1:
            for side in (0, 1):
                parts = star_parts(messages, v, side)
                with suppress(TooLargeError):
                    yield Star(v, side), star_bound_parts(block.dims[v], parts)
