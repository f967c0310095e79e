"""Blocks that others are made of: free leaves, and the parts at a variable (L8 to L10).

The lower bounds hold whatever is tied: each rests on minors that are not zero for almost all of the
weights that all parts share (docs/rules/rank.md has the proofs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count, pairwise

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
    _check_inner(block, variable)
    if side not in (SIDE_I, SIDE_J) or below not in (0, 1):
        raise RuleError(f"the side is 0 or 1, below is 0 or 1; got {side} and {below}")
    v, dim = variable, block.dims[variable]
    if below:
        return _assembled(block, [_ROOT, *_under_root(block, v), (-2, v, dim, side, None)])
    return _assembled(block, _around(block, v, (v, block.parents[v], dim, side, block.labels[v])))


@once
def slices(block: Network, variable: int, filled: tuple[int, ...]) -> tuple[Network, ...]:
    """The parts of a saturated star (L10): those of ``filled`` together, then each other one.

    The first sums the slices of the filled parts with a factor of its own for each value of the
    variable; the others are read through one row of the matrix that joins them to it.

    Side conditions: the matrix of each other part is a parameter that the part does not use again,
    so that its rows (above the variable, its columns) are general, and alike.
    """
    _check_inner(block, variable)
    v, parent = variable, block.parents[variable]
    neighbours = (parent, *block.children[v])
    ordered = all(a < b for a, b in pairwise(filled))
    if not filled or not ordered or not {*filled} < {*neighbours}:
        raise RuleError(f"the filled parts at variable {v} are some of {neighbours}, but not all")
    found = [_filled(block, v, filled)]
    for p in neighbours:
        if p in filled:
            continue
        if p == parent:
            rows, matrix = _around(block, v, (v, p, 1, NO_SIDE, None)), v
        else:
            rows, matrix = [_ROOT, *_under_root(block, p)], p
        again = any(label == block.labels[matrix] for *_, label in rows)
        if again or block.fixed_part(matrix) is not None:
            raise RuleError(
                f"the matrix above variable {matrix} is fixed, or occurs again in its part, so its "
                "rows are not general"
            )
        found.append(_assembled(block, rows))
    return tuple(found)


def _filled(block: Network, v: int, filled: tuple[int, ...]) -> Network:
    """These parts at a variable, and a factor for each of its values."""
    below = [row for c in block.children[v] if c in filled for row in _subtree(block, c)]
    below.append((-2, v, 1, NO_SIDE, None))
    if block.parents[v] in filled:
        here = v, block.parents[v], block.dims[v], NO_SIDE, block.labels[v]
        return _assembled(block, _around(block, v, here, below))
    return _assembled(block, [_ROOT, (v, -1, block.dims[v], NO_SIDE, None), *below])


Row = tuple[int, int, int, int, int | None]
"""Name of a variable, that of its parent, dimension, side, label (None: one of its own)."""
_ROOT: Row = (-1, -1, 1, NO_SIDE, -1)


def _check_inner(block: Network, v: int) -> None:
    if not 0 < v < len(block) or not block.children[v] or block.dims[v] < 2:
        raise RuleError(f"variable {v} of the block is no inner one of dimension 2 or more")


def _row(block: Network, v: int) -> Row:
    return v, block.parents[v], block.dims[v], block.sides[v], block.labels[v]


def _subtree(block: Network, v: int) -> list[Row]:
    """A variable and what lies below it: v..end-1, in preorder."""
    end = v + 1
    while end < len(block) and block.parents[end] >= v:
        end += 1
    return [_row(block, w) for w in range(v, end)]


def _under_root(block: Network, v: int) -> list[Row]:
    """A subtree whose top variable is read through a parameter of its own."""
    top, *below = _subtree(block, v)
    return [(v, -1, top[2], top[3], None), *below]


def _around(block: Network, v: int, here: Row, below: Sequence[Row] = ()) -> list[Row]:
    """All but a subtree, with another in its place."""
    end = v + len(_subtree(block, v))
    before, after = range(v), range(end, len(block))
    return [*(_row(block, w) for w in before), here, *below, *(_row(block, w) for w in after)]


def _assembled(block: Network, rows: Sequence[Row]) -> Network:
    """The block with these variables, in preorder; new parameters are numbered after the old."""
    names, parents, dims, sides, labels = zip(*rows, strict=True)
    place = {name: number for number, name in enumerate(names)}
    fresh = count(len(block.fixed))
    given = tuple([next(fresh) if label is None else label for label in labels])
    return _renumbered(
        Network(
            dims,
            (-1, *(place[parent] for parent in parents[1:])),
            sides,
            given,
            (*block.fixed, *(label for label in labels if label is None)),
        )
    )


def _renumbered(network: Network) -> Network:
    """A network that is one block, its labels numbered as a block's are."""
    (block,) = blocks(network)
    return block
