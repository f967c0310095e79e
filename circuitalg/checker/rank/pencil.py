"""U10: the rank at a variable of dimension 2, by Kronecker's normal form of pencils."""

from __future__ import annotations

import itertools
import math
from typing import Any

from ..meter import Meter
from ..read import Refusal
from .cut import Cut
from .network import Net

MAX_CELLS = 10**6  # product of the sizes of one block of each part
MAX_CHOICES = 4_096  # of a block of each part
Block = tuple[int, int, int]  # how many, -1 (wide), 0 (square) or 1 (tall), size


def pencil(net: Net, rule: dict[str, Any], meter: Meter) -> int:
    """U10: at variable v of dimension 2 the matrix is the sum of two Kronecker products.

    Each part (a child with its matrix, or what is above v) has two matrices, a pencil a x b; the
    rank is at most that of general pencils, since matrices of bounded rank form a closed set.
    General ones are direct sums of blocks, so the bound is a sum over the choices of one for each.
    """
    v = rule["variable"]
    cut = Cut(net, meter, v)
    if not cut.kids[v] or net.dim[v] != 2:
        raise Refusal(
            f"a pencil rule needs an inner variable of dimension 2, and variable {v} of a block is"
            " not one."
        )
    parts = [cut.message[c] for c in cut.kids[v]] + [cut.downward(v)]
    return pencil_bound([(a, b) for b, a in parts], meter)


def pencil_bound(parts: list[tuple[int, int]], meter: Meter) -> int:
    """Return the rank of the sum of two Kronecker products of general pencils a x b."""
    found = [general_pencil(a, b) for a, b in parts]
    meter.spend(1000 * len(found))
    if math.prod(len(blocks) for blocks in found if len(blocks) > 1) > MAX_CHOICES:
        raise Refusal(f"a pencil rule has more than {MAX_CHOICES} choices of blocks.")
    total = 0
    for choice in itertools.product(*found):
        meter.spend(1000 * len(choice))
        total += meter.product([*(times for times, _, _ in choice), choice_rank(choice, meter)])
    return total


def general_pencil(a: int, b: int) -> list[Block]:
    """Return the blocks of a general pencil a x b.

    A wide block of size k is the k x (k+1) pencil of (1 0) and (0 1), a tall one its transpose;
    b - a > 0 wide ones as equal as possible make a pencil a x b, 1 x 1 blocks a square one.
    """
    a = min(a, 2 * b)
    b = min(b, 2 * a)
    if a == b:
        return [(a, 0, 1)]
    n = abs(b - a)
    k, more = divmod(min(a, b), n)
    kind = 1 if a > b else -1
    return [(times, kind, size) for times, size in ((n - more, k), (more, k + 1)) if times]


def choice_rank(choice: tuple[Block, ...], meter: Meter) -> int:
    """Return the rank of the sum of two Kronecker products of one block of each part.

    For every z of one number 0 <= z_p < k_p for each part that is not square, the first product has
    an entry in row z, column z, the second one in row z + (1 at the tall parts), column z + (1 at
    the wide parts).  Rows and columns are joined by these entries into paths, so the rank is half
    the number of entries, and a half more for each path of odd length.  There are as many that
    begin and end with the first kind of entries as with the second; the former begin at z with a
    zero at a tall part, and end j steps on, with the first zero at a wide part, if no tall part has
    come to its end.
    """
    wide = [size for _, kind, size in choice if kind < 0]
    tall = [size for _, kind, size in choice if kind > 0]
    if not wide and not tall:
        return 1
    cells = 1
    for size in wide + tall:
        cells *= size
        if cells > MAX_CELLS:
            raise Refusal(f"a pencil rule has blocks of more than {MAX_CELLS} entries.")
    meter.spend(1000 * len(choice))
    if not wide or not tall:
        return cells
    steps = range(min(wide + tall))
    meter.spend(200 * len(steps) * len(choice))
    return cells + sum(nearest(wide, j) * nearest(tall, j) for j in steps)


def nearest(sizes: list[int], j: int) -> int:
    """Count the points with 0 <= z_p < k_p whose least coordinate is j."""
    return math.prod(k - j for k in sizes) - math.prod(k - j - 1 for k in sizes)
