"""Lower bound by paths between the sides (L1): one digit per path, compared along its edges.

Give variable v one digit of base t for each path through it, and let the matrix between two
variables be 1 where the digits of the paths through both agree and the indices are in range, else
0. Then the network computes Π_paths [digit at the I end = digit at the J end], of rank Π t. The
weights must be a point of the parameter space: equal parameters must get equal matrices, and fixed
matrices must be what they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod

from circuitalg import deadline
from circuitalg.circuit.graph import Matrix
from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import SIDE_I, SIDE_J, Identity, Network, once

Path = tuple[int, int, int]
"""Leaf variable of side I, leaf variable of side J, base."""
Slots = list[tuple[int, int]]
"""(number of the path, base) of the paths through a variable, in the paths' order."""

_FIXED_ENTRIES = 10**6


@once
def routing(block: Network, paths: tuple[Path, ...]) -> int:
    """Return Π t after checking that the paths fit the dimensions, ties and fixed matrices."""
    slots = path_slots(block, paths)
    uses = Counter(block.labels)
    shapes: dict[int, object] = {}
    for v in range(1, len(block)):
        deadline.look()
        above, below = slots[block.parents[v]], slots[v]
        what, label = block.fixed_part(v), block.labels[v]
        if what is None:
            if uses[label] == 1:
                continue
            form = normal_form(above, below)
            if shapes.setdefault(label, form) != form:
                raise RuleError(
                    f"the paths give the tied matrix above variable {v} two different values; "
                    "route all its uses the same way"
                )
        elif not _equals_fixed(what, block.shape(v), above, below):
            raise RuleError(f"the paths need a matrix above variable {v} other than the fixed one")
    return prod(t for _, _, t in paths)


def path_slots(block: Network, paths: Sequence[Path]) -> list[Slots]:
    """Slots of every variable; refuses paths on wrong sides or beyond a dimension."""
    slots: list[Slots] = [[] for _ in block.dims]
    load = [1] * len(block)
    depth = [0] * len(block)
    for v in range(1, len(block)):
        depth[v] = depth[block.parents[v]] + 1
    for number, (p, q, base) in enumerate(paths):
        for leaf, side in ((p, SIDE_I), (q, SIDE_J)):
            if not 0 < leaf < len(block) or block.sides[leaf] != side:
                raise RuleError(
                    f"path {number} ends at {leaf}, which is not a leaf of side {'IJ'[side]}"
                )
        if base < 2:
            raise RuleError(f"path {number} has base {base}; a path carries at least 2")
        for v in _tree_path(block.parents, depth, p, q):
            load[v] *= base
            if load[v] > block.dims[v]:
                raise RuleError(
                    f"the paths through variable {v} carry {load[v]}, more than its dimension "
                    f"{block.dims[v]}"
                )
            slots[v].append((number, base))
    return slots


def _tree_path(parents: Sequence[int], depth: Sequence[int], p: int, q: int) -> list[int]:
    found = []
    while p != q:
        if depth[p] >= depth[q]:
            found.append(p)
            p = parents[p]
        else:
            found.append(q)
            q = parents[q]
    found.append(p)
    return found


def normal_form(above: Slots, below: Slots) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Describe the matrix of an edge: equal descriptions, of equal shapes, are equal matrices.

    For each end the digits in order, as (number of the compared digit or -1, base); adjacent digits
    that the edge does not compare merge into one.
    """
    if above == below:
        all_compared = tuple(enumerate([base for _, base in above]))
        return all_compared, all_compared
    shared = {n for n, _ in below}
    order = {n: i for i, n in enumerate(n for n, _ in above if n in shared)}
    ends = []
    for slots in (above, below):
        tokens: list[tuple[int, int]] = []
        for number, base in slots:
            name = order.get(number, -1)
            if name < 0 and tokens and tokens[-1][0] < 0:
                tokens[-1] = (-1, tokens[-1][1] * base)
            else:
                tokens.append((name, base))
        ends.append(tuple(tokens))
    return tuple(ends)


def _equals_fixed(
    what: Identity | Matrix, shape: tuple[int, int], above: Slots, below: Slots
) -> bool:
    rows, columns = shape
    if rows * columns > _FIXED_ENTRIES:
        raise RuleError(
            f"a fixed matrix of {rows} x {columns} is too large for a routing; use a minor"
        )
    shared = {n for n, _ in above} & {n for n, _ in below}
    row_digits, column_digits = _digits(above, shared), _digits(below, shared)
    for r in range(rows):
        for c in range(columns):
            inside = r < len(row_digits) and c < len(column_digits)
            needed = int(inside and row_digits[r] == column_digits[c])
            entry = int(r == c) if isinstance(what, Identity) else what[r][c]
            if entry != needed:
                return False
    return True


def _digits(slots: Slots, shared: set[int]) -> list[tuple[int, ...]]:
    """Compared digits of each value in range, first slot slowest."""
    values: list[tuple[int, ...]] = [()]
    for number, base in slots:
        kept = number in shared
        values = [(*v, d) if kept else v for v in values for d in range(base)]
    return values
