"""Blocks that others are glued from: free leaves and the two parts at a variable (L8, L9).

The lower bounds hold whatever is tied: each rests on minors that are not zero for almost all of the
weights that all parts share (docs/rules/rank.md has the proofs).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import NO_SIDE, SIDE_I, SIDE_J, Network, blocks, once


@once
def freed(block: Network, leaves: tuple[int, ...]) -> Network:
    """The block whose leaves have parameters of their own, and no more channels than pass (L8).

    Side conditions: each leaf has a side and a parameter that does not have fewer columns than
    rows, so that it has a right inverse for almost all weights.
    """
    if not leaves or any(a >= b for a, b in pairwise(leaves)):
        raise RuleError("free leaves are one or more variables in increasing order")
    dims, labels = list(block.dims), list(block.labels)
    for new, v in enumerate(leaves, start=len(block.fixed)):
        if not 0 < v < len(block) or block.sides[v] == NO_SIDE or block.fixed_part(v) is not None:
            raise RuleError(f"variable {v} is no leaf with a side behind a parameter")
        rows, columns = block.shape(v)
        if not 2 <= rows <= columns:
            raise RuleError(
                f"the matrix of leaf {v} is {rows} x {columns}: it needs two rows or more, and no "
                "more rows than columns"
            )
        dims[v], labels[v] = rows, new
    fixed = (*block.fixed, *[None] * len(leaves))
    return _renumbered(replace(block, dims=tuple(dims), labels=tuple(labels), fixed=fixed))


@once
def part(block: Network, variable: int, below: int, side: int) -> Network:
    """What lies below a variable, or the rest (``below`` 0), its index as a leaf of a side (L9).

    Below, the leaf and the matrix above the variable get parameters of their own: a change of the
    leaf's basis, and factors for its values, leave the rank as it is.
    """
    v = variable
    if not 0 < v < len(block) or not block.children[v] or block.dims[v] < 2:
        raise RuleError(f"variable {v} of the block is no inner one of dimension 2 or more")
    if side not in (SIDE_I, SIDE_J) or below not in (0, 1):
        raise RuleError(f"the side is 0 or 1, below is 0 or 1; got {side} and {below}")
    end = v + 1  # the subtree below v is v..end-1, in preorder
    while end < len(block) and block.parents[end] >= v:
        end += 1
    if below:
        new = len(block.fixed)
        return _renumbered(
            Network(
                (1, *block.dims[v:end], block.dims[v]),
                (-1, 0, *(p - v + 1 for p in block.parents[v + 1 : end]), 1),
                (NO_SIDE, *block.sides[v:end], side),
                (-1, new, *block.labels[v + 1 : end], new + 1),
                (*block.fixed, None, None),
            )
        )
    gone = end - v - 1
    return _renumbered(
        Network(
            block.dims[: v + 1] + block.dims[end:],
            block.parents[: v + 1] + tuple(p if p < v else p - gone for p in block.parents[end:]),
            (*block.sides[:v], side, *block.sides[end:]),
            block.labels[: v + 1] + block.labels[end:],
            block.fixed,
        )
    )


def _renumbered(network: Network) -> Network:
    """A network that is one block, its labels numbered as a block's are."""
    (block,) = blocks(network)
    return block
