"""The rank of a product of two general matrices at every part: pencils (U10).

At a variable of dimension 2 each part p is a pencil, a pair of a_p × b_p matrices, and the whole
is X_1 ⊗ … ⊗ Z_1 + X_2 ⊗ … ⊗ Z_2. The rank is lower semicontinuous, so that of general pencils
is the largest. A general pencil is equivalent to a direct sum of the blocks of Kronecker's normal
form (Gantmacher, The Theory of Matrices, chapter XII): with n = b − a > 0, n blocks L_k, the
k × (k+1) pencil of (1 0) and (0 1); their transposes where a > b; 1 × 1 blocks where a = b.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from circuitalg import deadline
from circuitalg.errors import TooLargeError

_MAX_CHOICES = 4096
_MAX_BLOCK = 10**6


class Block(NamedTuple):
    """So many equal blocks: k × (k+1) if wide, (k+1) × k if tall, 1 × 1 (k = 1) if neither."""

    times: int
    wide: bool
    tall: bool
    k: int


def pencil_bound(parts: Sequence[tuple[int, int]]) -> int:
    """The rank of ⊗ X_p1 + ⊗ X_p2 for general pencils of these sizes (a_p, b_p).

    Raises
    ------
    TooLargeError
        For more than 4,096 choices of a block of each part, or one of more than 10^6 rows.
    """
    found = [_blocks(a, b) for a, b in parts]
    count = prod(map(len, found))
    if count > _MAX_CHOICES:
        raise TooLargeError(
            f"the pencils of this variable have {count} choices of blocks, and the limit is "
            f"{_MAX_CHOICES}; use the cut's bound here"
        )
    largest = prod(max(block.k for block in blocks) for blocks in found)
    if largest > _MAX_BLOCK:
        raise TooLargeError(
            f"the pencils of this variable have a block of size {largest}, and the limit is "
            f"{_MAX_BLOCK}; use the cut's bound here"
        )
    return sum(prod(block.times for block in chosen) * _rank(chosen) for chosen in product(*found))


def _blocks(a: int, b: int) -> list[Block]:
    """The normal form of a general pencil; its rows and columns are at most twice the others."""
    a = min(a, 2 * b)
    b = min(b, 2 * a)
    if a == b:
        return [Block(a, wide=False, tall=False, k=1)]
    n = abs(b - a)
    k, longer = divmod(min(a, b), n)
    found = [Block(n - longer, a < b, a > b, k)]
    if longer:
        found.append(Block(longer, a < b, a > b, k + 1))
    return found


def _rank(chosen: Sequence[Block]) -> int:
    """The rank of one block of each part: the size of a largest matching.

    For each z with 0 ≤ z_p < k_p the first matrix joins row z and column z, the second row
    z + (1 at the tall parts) and column z + (1 at the wide parts). These edges lie on paths on
    which the two kinds alternate, and there are Π k_p of each. So the matching has that many edges,
    and one more for each path that begins and ends with the second kind: at its one end a tall part
    has z_p = k_p − 1; at the other, A steps on, a wide part is used up, and no tall part before.
    """
    deadline.look()
    wide, tall = [block.k for block in chosen if block.wide], [b.k for b in chosen if b.tall]
    rank = prod(block.k for block in chosen)
    if wide and tall:
        for steps in range(min(*wide, *tall)):
            rank += _layer(wide, steps) * _layer(tall, steps)
    return rank


def _layer(sizes: Sequence[int], steps: int) -> int:
    """Points of the box whose smallest coordinate is ``steps``."""
    return prod(k - steps for k in sizes) - prod(k - steps - 1 for k in sizes)
