"""Routing (L1), for a block."""

from __future__ import annotations

import itertools

from ..meter import Meter
from ..read import MAX_WIDTH, Refusal
from ..schema import integer, listed, tuple_of
from .network import Net

PATHS = listed(tuple_of(integer(1), integer(1), integer(2, MAX_WIDTH)))  # leaf of I, of J; base
MAX_FIXED = 1_000_000  # entries of a fixed matrix that a routing must meet


def routing(net: Net, paths: list[list[int]], meter: Meter) -> int:
    """L1: send digits along paths from leaves of side I to leaves of side J.

    Every variable encodes one digit for each path through it; every matrix compares the digits of
    the paths through both its ends and is zero out of range.  The tensor is then 1 exactly where
    each path's digits agree at its two ends, and its rank is the product of the bases.
    """
    depth = [0] * len(net.dim)
    for v in range(1, len(net.dim)):
        depth[v] = depth[net.parent[v]] + 1
    slots: list[list[tuple[int, int]]] = [[] for _ in net.dim]  # (path, base)
    filled = [1] * len(net.dim)

    def visit(v: int, path: int, base: int) -> None:
        meter.spend(1000)
        filled[v] *= base
        slots[v].append((path, base))
        if filled[v] > net.dim[v]:
            raise Refusal(
                f"the paths through variable {v} of a block need {filled[v]} values,"
                f" but it has {net.dim[v]}."
            )

    for number, (p, q, base) in enumerate(paths):
        for s, end in enumerate((p, q)):
            if not (end < len(net.dim) and net.side[end] == s):
                raise Refusal(f"a path's end {end} is not a leaf of side {'IJ'[s]}.")
        while p != q:
            if depth[p] >= depth[q]:
                visit(p, number, base)
                p = net.parent[p]
            else:
                visit(q, number, base)
                q = net.parent[q]
        visit(p, number, base)
    check_routed(net, slots, filled, meter)
    return meter.product([base for _, _, base in paths])


def check_routed(
    net: Net, slots: list[list[tuple[int, int]]], filled: list[int], meter: Meter
) -> None:
    """Demand that tied matrices come out equal, and fixed ones as they are."""
    seen: dict[int, object] = {}
    good: set[tuple[int, object]] = set()
    for v in range(1, len(net.dim)):
        y, label = net.parent[v], net.above[v]
        meter.spend(5000 + 1000 * (len(slots[y]) + len(slots[v])))
        form = net.dim[y], net.dim[v], routed_form(slots[y], slots[v])
        if label >= 0:
            if seen.setdefault(label, form) != form:
                raise Refusal(f"a routing gives a tied parameter two matrices (at variable {v}).")
            continue
        if (label, form) in good:
            continue
        if net.dim[y] * net.dim[v] > MAX_FIXED:
            raise Refusal(f"a fixed matrix of more than {MAX_FIXED} entries stands in a routing.")
        entries = net.labels.entries(label, net.dim[y], net.dim[v])
        rows, columns = (digits(slots[x], net.dim[x], filled[x]) for x in (y, v))
        both = {path for path, _ in slots[y]} & {path for path, _ in slots[v]}
        row_keys, column_keys = (
            [None if d is None else tuple(x for path, x in d if path in both) for d in side]
            for side in (rows, columns)
        )
        meter.spend(100 * net.dim[y] * net.dim[v])
        for row, key in zip(entries, row_keys, strict=True):
            for entry, other in zip(row, column_keys, strict=True):
                if entry != int(key is not None and key == other):
                    raise Refusal(f"a routing does not give the fixed matrix above variable {v}.")
        good.add((label, form))


def digits(
    slots: list[tuple[int, int]], dim: int, filled: int
) -> list[tuple[tuple[int, int], ...] | None]:
    """Write each value of a variable in mixed radix, first slot slowest; None is out of range."""
    ranges = [[(path, x) for x in range(base)] for path, base in slots]
    values: list[tuple[tuple[int, int], ...] | None] = list(itertools.product(*ranges))
    return values + [None] * (dim - filled)


def routed_form(rows: list[tuple[int, int]], columns: list[tuple[int, int]]) -> tuple[int, ...]:
    """Normal form of the matrix that compares the digits of the common paths.

    Slots stand in the order of their paths on both sides, so a matrix is a sequence: the values of
    the row's and of the column's slots that are compared with nothing, then a base that is
    compared, and so on. Bases between which nothing stands are one.
    """
    form = [1, 1]
    ours, theirs = dict(rows), dict(columns)
    for path in sorted(ours | theirs):
        if path not in theirs:
            form[-2] *= ours[path]
        elif path not in ours:
            form[-1] *= theirs[path]
        elif len(form) > 2 and form[-2:] == [1, 1]:
            form[-3] *= ours[path]
        else:
            form += (ours[path], 1, 1)
    return tuple(form)
