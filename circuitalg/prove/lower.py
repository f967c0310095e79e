"""Search for the best lower bound of a block: routing, shrink and split, minors (L1 to L4)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from circuitalg.exact.modular import rank
from circuitalg.exact.primes import DEFAULT_PRIME
from circuitalg.kernel.minors import Stream, block_grid
from circuitalg.kernel.network import Network, distinct_blocks, restrict
from circuitalg.kernel.spans import tied_cut
from circuitalg.kernel.terms import BlockLower, Kronecker, Minor, Split
from circuitalg.prove.budget import Budget
from circuitalg.prove.peel import peel
from circuitalg.prove.route import find_routing
from circuitalg.prove.shrink import shrunk

_SMALL_MINOR = 32
"""Up to this size a minor of the whole block is cheaper than looking for a split."""
_SEEDS = (1, 2)
_ORDERS = (0, 1, 2, 3, 4, 5)
"""Orders of shrinking: from the root down, from the leaves up, random."""

Found = tuple[BlockLower, int]


def best_lower(block: Network, target: int, budget: Budget) -> Found | None:
    """Largest lower bound found, with its term; None where nothing at all is proved.

    Cheapest first: routing, a small minor, shrink and split, a minor up to ``budget.max_minor``.
    Beyond that size: several orders of shrinking, peeling paths off, then less than the target.
    """
    found = _reaching(block, target, budget, _ORDERS)
    if found is not None:
        return found
    best = _better(find_routing(block, target), find_minor(block, min(target, budget.max_minor)))
    if target > budget.max_minor:
        best = _better(best, _below_target(block, target, budget, best))
    return best


def _reaching(block: Network, target: int, budget: Budget, orders: Sequence[int]) -> Found | None:
    """A lower bound that meets the target, or None."""
    found: Found | None = find_routing(block, target)
    if _reached(found, target):
        return found
    if target <= min(_SMALL_MINOR, budget.max_minor):
        found = find_minor(block, target)
        return found if _reached(found, target) else None
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
    found = find_minor(block, target)
    return found if _reached(found, target) else None


def _split_reaching(
    block: Network, dims: tuple[int, ...], target: int, budget: Budget
) -> Found | None:
    """The split at these dimensions, if all its blocks meet their bounds; hardest blocks first."""
    counts = distinct_blocks(restrict(block, dims))
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


def _peeled(block: Network, target: int, budget: Budget) -> Found | None:
    """Kronecker product of paths and a rest that is small enough for the other tactics."""
    peeled = peel(block, target, budget)
    if peeled is None:
        return None
    factors = [_split_reaching(block, dims, goal, budget) for dims, goal in peeled]
    terms = [found[0] for found in factors if found is not None]
    if len(terms) < len(factors):
        return None
    splits = tuple(term for term in terms if isinstance(term, Split))
    return Kronecker(splits), prod(found[1] for found in factors if found is not None)


def find_minor(block: Network, size: int) -> Found | None:
    """A minor of the largest size up to ``size`` that is not zero at random weights."""
    for seed in _SEEDS:
        found = rank(
            block_grid(block, Stream(seed, DEFAULT_PRIME), size, DEFAULT_PRIME), DEFAULT_PRIME
        )
        if found == size or seed == _SEEDS[-1]:
            return certified_minor(block, found)
    return None


def certified_minor(block: Network, size: int) -> Found | None:
    """The minor of exactly this size, at the first seed where it is not zero."""
    for seed in _SEEDS if size else ():
        grid = block_grid(block, Stream(seed, DEFAULT_PRIME), size, DEFAULT_PRIME)
        if rank(grid, DEFAULT_PRIME) == size:
            return Minor(seed, size, DEFAULT_PRIME), size
    return None


def _below_target(block: Network, target: int, budget: Budget, best: Found | None) -> Found | None:
    """Give up part of the bound: shrink towards smaller and smaller targets until blocks fit."""
    goal = target
    while goal > budget.max_minor and not budget.spent and not _reached(best, goal):
        goal = max(goal * 3 // 4, budget.max_minor)
        dims = shrunk(block, goal, budget)
        if dims != block.dims:
            best = _better(best, _split_reaching(block, dims, goal, budget))
    return best


def _reached(found: Found | None, target: int) -> bool:
    return found is not None and found[1] >= target


def _better(one: Found | None, two: Found | None) -> Found | None:
    if one is None or (two is not None and two[1] > one[1]):
        return two
    return one
