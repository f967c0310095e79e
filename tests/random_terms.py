"""Random proof terms, most of them wrong: what the kernel accepts of them must be true.

The search of the package is not used, so nothing here depends on its good sense.
"""

from __future__ import annotations

import random

from circuitalg.errors import CircuitalgError, RuleError
from circuitalg.kernel.rank.network import Network, distinct_blocks, restrict
from circuitalg.kernel.rank.terms import (
    BlockLower,
    BlockUpper,
    Bridge,
    Isotypic,
    Kronecker,
    Minor,
    Pencil,
    Routing,
    Split,
    Star,
    TiedCut,
)
from circuitalg.kernel.rank.values import block_lower, block_upper

PRIME = 2**23 - 15


def upper_terms(block: Network) -> list[BlockUpper]:
    """Every upper term that the block allows."""
    found: list[BlockUpper] = [TiedCut()]
    for v in range(1, len(block)):
        candidates: list[BlockUpper] = [Bridge(v), Star(v, 0), Star(v, 1), Isotypic(v), Pencil(v)]
        for term in candidates:
            try:
                block_upper(block, term)
            except CircuitalgError:
                continue
            found.append(term)
    return found


def lower_term(generator: random.Random, block: Network, depth: int = 0) -> BlockLower:
    """A random lower term for a block; the kernel may refuse it."""
    kind = generator.randrange(6 if depth < 3 else 4)
    if kind < 2:
        return routing(generator, block)
    if kind < 4:
        return minor(generator, block)
    if kind == 4:
        return split(generator, block, dims(generator, block, block.dims), depth)
    return kronecker(generator, block, depth)


def minor(generator: random.Random, block: Network) -> Minor:
    """A minor as large as the kernel accepts, sometimes one larger."""
    size, seed = 0, generator.randrange(2**53)
    while size < 50:  # no block of the tests has so large a rank
        try:
            block_lower(block, Minor(seed, size + 1, PRIME))
        except RuleError:
            break
        size += 1
    return Minor(seed, max(size + (generator.random() < 0.2), 1), PRIME)


def routing(generator: random.Random, block: Network) -> Routing:
    """Random paths; ties and dimensions often forbid them."""
    leaves = [[v for v, s in enumerate(block.sides) if s == side] for side in (0, 1)]
    paths = []
    for _ in range(generator.randint(0, 3)):
        if all(leaves):
            ends = generator.choice(leaves[0]), generator.choice(leaves[1])
            paths.append((*ends, generator.choice([2, 2, 2, 3, 4])))
    return Routing(tuple(paths))


def dims(
    generator: random.Random, block: Network, limits: tuple[int, ...], *, careless: float = 0.2
) -> tuple[int, ...]:
    """Random smaller dimensions, mostly equal where tied matrices need it."""
    chosen = [1 if v == 0 else generator.randint(1, limit) for v, limit in enumerate(limits)]
    if generator.random() < 0.5:
        chosen = [
            limit if generator.random() < 0.5 else new
            for limit, new in zip(limits, chosen, strict=True)
        ]
    if generator.random() >= careless:
        first: dict[int, int] = {}
        for _ in range(len(chosen)):  # until nothing changes any more
            for v in range(1, len(block)):
                label, parent = block.labels[v], block.parents[v]
                if block.fixed[label] is not None:
                    continue
                w = first.setdefault(label, v)
                chosen[v] = chosen[w] = min(chosen[v], chosen[w])
                above = min(chosen[parent], chosen[block.parents[w]])
                chosen[parent] = chosen[block.parents[w]] = above
    return tuple(chosen)


def split(
    generator: random.Random, block: Network, chosen: tuple[int, ...] | None, depth: int
) -> Split:
    """Random terms for the blocks at these dimensions."""
    try:
        smaller = block if chosen is None else restrict(block, chosen)
    except RuleError:
        return Split(chosen, ())
    terms = [lower_term(generator, piece, depth + 1) for piece in distinct_blocks(smaller)]
    return Split(chosen, tuple(terms))


def kronecker(generator: random.Random, block: Network, depth: int) -> Kronecker:
    """Two or three networks, one for each digit; sometimes they are too large together."""
    factors = []
    left = block.dims
    for _ in range(generator.choice([1, 2, 2, 3])):
        chosen = dims(generator, block, left)
        factors.append(split(generator, block, chosen, depth))
        if generator.random() < 0.9:
            left = tuple(limit // dim for limit, dim in zip(left, chosen, strict=True))
    return Kronecker(tuple(factors))


def accepted(network: Network, term: Split) -> bool:
    """Whether the kernel accepts every block's term of an undivided split."""
    try:
        for block, rule in zip(distinct_blocks(network), term.blocks, strict=True):
            block_lower(block, rule)
    except RuleError:
        return False
    return True
