"""Search for the best lower bound of a block: counts, routing, glue, split, minors (L1 to L11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import prod
from operator import itemgetter
from typing import TypeVar

from circuitalg.errors import RuleError
from circuitalg.kernel.rank.gluing import freed, part, slices
from circuitalg.kernel.rank.minors import block_rank
from circuitalg.kernel.rank.network import Network, distinct_blocks, restrict
from circuitalg.kernel.rank.span import span
from circuitalg.kernel.rank.terms import (
    BlockLower,
    FreeLeaves,
    Glue,
    Kronecker,
    SaturatedStar,
    Span,
    Split,
)
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.kernel.statement import Proof
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.chunk import chunked
from circuitalg.prove.rank.glue import cuts, leaves_to_free, stars
from circuitalg.prove.rank.minor import largest_minor
from circuitalg.prove.rank.peel import peel
from circuitalg.prove.rank.route import find_routing, observed
from circuitalg.prove.rank.shrink import shrunk

_SMALL_MINOR = 32
"""Up to this size a minor of the whole block is cheaper than looking for a split."""
_ORDERS = (0, 1, 2, 3, 4, 5)
"""Orders of shrinking: from the root down, from the leaves up, random."""
_STARS = 4
"""This many places are tried at which parts may saturate a variable."""
_MANY_ORDERS = 200
"""Blocks of more variables are shrunk in one order only: each takes a trial for every group."""

Found = tuple[BlockLower, int]
Bounded = TypeVar("Bounded", bound=tuple[Proof, int])


def best_lower(block: Network, target: int, budget: Budget) -> Found | None:
    """Largest lower bound found, with its term; None where nothing at all is proved.

    Cheapest first: a dimension count, routing, a small minor, parts to glue, a saturated star,
    shrink and split, a minor up to ``budget.max_minor``.
    Beyond that size: several orders of shrinking, peeling paths off, then less than the target.
    """
    orders = _ORDERS if len(block) <= _MANY_ORDERS else _ORDERS[:1]
    found = _reaching(block, target, budget, orders)
    if found is not None:
        return found
    best = better(find_routing(block, target), counted(block))
    if target > budget.max_minor:
        best = _below_target(block, target, budget, best)
    if best is None or best[1] < min(target, budget.max_minor):
        best = better(best, find_minor(block, target, budget))
    return best


def _reaching(block: Network, target: int, budget: Budget, orders: Sequence[int]) -> Found | None:
    """A lower bound that meets the target, or None."""
    found = _without_minors(block, target, budget)
    if found is not None:
        return found
    if target <= min(_SMALL_MINOR, budget.max_minor):
        found = find_minor(block, target, budget)
        return found if _reached(found, target) else None
    leaves = leaves_to_free(block)
    if leaves:  # nothing is lost, so the block as it stands has no more to offer
        found = _reaching(freed(block, leaves), target, budget, orders)
        return found and (FreeLeaves(leaves, found[0]), found[1])
    found = _glued(block, target, budget) or _starred(block, target, budget)
    if found is not None:
        return found
    reachable = target <= budget.max_minor
    tried = {block.dims}
    for order in orders[:1] if reachable else orders:
        dims = shrunk(block, target, budget, order)
        if dims not in tried and not budget.spent:
            tried.add(dims)
            found = _split_reaching(block, dims, target, budget)
            if found is not None:
                return found
    if not reachable:
        return _peeled(block, target, budget)
    found = find_minor(block, target, budget)
    return found if _reached(found, target) else None


def _without_minors(block: Network, target: int, budget: Budget) -> Found | None:
    """A dimension count, paths, or paths that end where a variable is read directly."""
    found = counted(block)
    if _reached(found, target):
        return found
    found = find_routing(block, target)
    if _reached(found, target):
        return found
    dims = observed(block, target)
    return None if dims == block.dims else _split_reaching(block, dims, target, budget)


def _split_reaching(
    block: Network, dims: tuple[int, ...], target: int, budget: Budget
) -> tuple[Split, int] | None:
    """The split at these dimensions, if all its blocks meet their bounds; hardest blocks first."""
    try:
        counts = distinct_blocks(restrict(block, dims))
    except RuleError:  # fixed matrices take tied variables to different dimensions
        return None
    goals = {piece: tied_cut(piece) for piece in counts}
    terms: dict[Network, BlockLower] = {}
    value = 1
    for piece in sorted(goals, key=goals.__getitem__, reverse=True):
        found = _reaching(piece, goals[piece], budget, _ORDERS[:1])
        if found is None:
            return None
        terms[piece] = found[0]
        value *= found[1] ** counts[piece]
    return (
        (Split(dims, tuple(terms[piece] for piece in counts)), value) if value >= target else None
    )


def _glued(block: Network, target: int, budget: Budget) -> Found | None:
    """Two parts at a variable that one of them fills, whose ranks multiply to the target."""
    for needed, (v, below, side) in cuts(block):
        if budget.spent:
            return None
        full = _reaching(part(block, v, below, 1 - side), needed, budget, _ORDERS[:1])
        if full is None:
            continue
        sent = needed // block.dims[v]
        rest = _reaching(part(block, v, 1 - below, side), -(-target // sent), budget, _ORDERS[:1])
        return rest and (Glue(v, below, side, full[0], rest[0]), sent * rest[1])
    return None


def _starred(block: Network, target: int, budget: Budget) -> Found | None:
    """Parts at a variable whose slices are independent, and the others, slice by slice."""
    for needed, v, filled in stars(block, target)[:_STARS]:
        if budget.spent:
            return None
        try:
            first, *others = slices(block, v, filled)
        except RuleError:  # the other parts are not read through general rows
            continue
        full = _reaching(first, needed, budget, _ORDERS[:1])
        if full is None:
            continue
        rests: list[BlockLower] = []
        value = needed
        for other in others:
            found = _reaching(other, tied_cut(other), budget, _ORDERS[:1])
            if found is None:
                return None
            rests.append(found[0])
            value *= found[1]
        term = SaturatedStar(v, filled, full[0], tuple(rests))
        return (term, value) if value >= target else None
    return None


def _peeled(block: Network, target: int, budget: Budget) -> Found | None:
    """Kronecker product of paths and a rest that is small enough for the other tactics."""
    peeled = peel(block, target, budget)
    if peeled is None:
        return None
    factors = [_split_reaching(block, dims, goal, budget) for dims, goal in peeled]
    found = [factor for factor in factors if factor is not None]
    if len(found) < len(factors):
        return None
    return Kronecker(tuple(term for term, _ in found)), prod(value for _, value in found)


def counted(block: Network) -> Found | None:
    """The dimension count, where a leaf is alone on its side and nothing may vanish."""
    try:
        return Span(), span(block)
    except RuleError:
        return None


def find_minor(block: Network, size: int, budget: Budget) -> Found | None:
    """A minor of the largest size up to ``size`` that is not zero at random weights."""
    found = largest_minor(partial(block_rank, block), size, budget)
    return None if found is None else (found, found.size)


def _below_target(block: Network, target: int, budget: Budget, best: Found | None) -> Found | None:
    """Give up part of the bound: splits for smaller targets, the most promising first."""
    splits = {chunked(block, budget.max_minor)}
    goals = [target * part // 8 for part in (6, 4, 2)]
    goals += [1 << target.bit_length() * part // 8 for part in range(7, 0, -1)]
    for goal in goals:
        if not budget.spent and goal > budget.max_minor:
            splits.add(shrunk(block, goal, budget))
    promises: list[tuple[int, tuple[int, ...], Mapping[Network, int]]] = []
    for dims in splits - {block.dims}:
        with suppress(RuleError):  # chunks of tied variables would have to close together
            counts = distinct_blocks(restrict(block, dims))
            promise = prod(_promise(piece, budget) ** n for piece, n in counts.items())
            promises.append((promise, dims, counts))
    for promise, dims, counts in sorted(promises, key=itemgetter(0), reverse=True):
        if _reached(best, promise) or budget.spent:
            break
        best = better(best, _split_best(dims, counts, budget))
    return best


def _promise(piece: Network, budget: Budget) -> int:
    """What a lower bound of a piece can be expected to be."""
    goal = tied_cut(piece)
    if goal <= budget.max_minor:
        return goal
    routed = find_routing(piece, goal)
    return max(budget.max_minor, routed[1] if routed else 1)


def _split_best(
    dims: tuple[int, ...], counts: Mapping[Network, int], budget: Budget
) -> Found | None:
    """The split into these blocks, each with the best bound in reach."""
    terms: list[BlockLower] = []
    value = 1
    for piece, count in counts.items():
        goal = tied_cut(piece)
        found = _reaching(piece, goal, budget, _ORDERS[:1])
        if found is None:
            found = find_routing(piece, goal)
            if not budget.spent and (found is None or found[1] < budget.max_minor):
                found = better(found, find_minor(piece, goal, budget))
        if found is None:
            return None
        terms.append(found[0])
        value *= found[1] ** count
    return Split(dims, tuple(terms)), value


def _reached(found: Found | None, target: int) -> bool:
    return found is not None and found[1] >= target


def better(one: Bounded | None, two: Bounded | None) -> Bounded | None:
    """The term and bound that is more, the first of equal ones."""
    if one is None or (two is not None and two[1] > one[1]):
        return two
    return one
