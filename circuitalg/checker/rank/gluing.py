"""Lower rules that change a block or take it apart: free leaves, glue, star (L8, L9, L10)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from ..read import Refusal
from .network import Net


def free_leaves(net: Net, leaves: list[int]) -> Net:
    """L8: give leaves behind parameters a parameter and a basis of their own.

    A parameter of at least as many columns as rows has a right inverse for almost all weights, so
    a leaf behind it may be read in as many channels as it has rows, in any basis: the rank stays.
    """
    net.labels.meter.spend(1000 * (len(net.dim) + len(leaves)))
    if not leaves:
        raise Refusal("a free leaf rule has no leaves.")
    dim, above, last = list(net.dim), list(net.above), 0
    for v in leaves:
        if v <= last:
            raise Refusal("the leaves of a free leaf rule must be in increasing order.")
        last = v
        if not (v < len(dim) and net.side[v] >= 0):
            raise Refusal(f"variable {v} of a block is not a leaf with a side, and cannot be free.")
        rows, columns = net.dim[net.parent[v]], net.dim[v]
        if net.above[v] < 0:
            raise Refusal(f"leaf {v} is behind a fixed matrix, and cannot be free.")
        if not 2 <= rows <= columns:
            raise Refusal(
                f"leaf {v} is behind a matrix of {rows} x {columns}, and cannot be free: that needs"
                " two rows, and no more rows than columns."
            )
        dim[v], above[v] = rows, net.labels.own()
    return replace(net, dim=dim, above=above)


def end_of(net: Net, v: int) -> int:
    """Return where the subtree at a variable ends."""
    end = v + 1
    while end < len(net.dim) and net.parent[end] >= v:  # preorder: all others come from above v
        end += 1
    return end


def inner(net: Net, v: int) -> int:
    """Return where the subtree at an inner variable ends; refuse other variables."""
    net.labels.meter.spend(5000 * (len(net.dim) + 1))
    end = end_of(net, v)
    if end <= v + 1 or net.dim[v] < 2:
        raise Refusal(f"variable {v} of a block is not an inner variable.")
    return end


def above_part(net: Net, v: int, side: int) -> Net:
    """Return the block without what is below v, which becomes a leaf of this side."""
    end = end_of(net, v)
    gone = end - v - 1
    later = [p if p <= v else p - gone for p in net.parent[end:]]
    return Net(
        net.dim[: v + 1] + net.dim[end:],
        net.parent[: v + 1] + later,
        [*net.side[:v], side, *net.side[end:]],
        net.above[: v + 1] + net.above[end:],
        net.labels,
    )


def subtree(net: Net, v: int) -> Net:
    """Return v and what is below it, v behind a row of its own."""
    end = end_of(net, v)
    return Net(
        [1, *net.dim[v:end]],
        [-1, 0, *(p - v + 1 for p in net.parent[v + 1 : end])],
        [-1, *net.side[v:end]],
        [0, net.labels.own(), *net.above[v + 1 : end]],
        net.labels,
    )


def with_leaf(net: Net, v: int, dim: int, side: int) -> Net:
    """Return the block with one more child of v, its last: a leaf behind a matrix of its own."""
    end = end_of(net, v)
    return Net(
        [*net.dim[:end], dim, *net.dim[end:]],
        [*net.parent[:end], v, *(p + (p >= end) for p in net.parent[end:])],
        [*net.side[:end], side, *net.side[end:]],
        [*net.above[:end], net.labels.own(), *net.above[end:]],
        net.labels,
    )


def below_part(net: Net, v: int, side: int) -> Net:
    """Return v and what is below it, with v's index as one more leaf, of this side."""
    return with_leaf(subtree(net, v), 1, net.dim[v], side)


def taken_apart(net: Net, rule: dict[str, Any]) -> tuple[Net, Net, Net]:
    """L9: return what must be small, the same part as it must be large, and what is left.

    They meet in a variable v of w channels: X, its index on side s; X, its index on the other
    side; the other part Y, its index on side s.  If X(s) has rank at most u for all weights and
    X(other) has rank w u, then the matrix of X is L (1_w (x) R), L with independent columns
    (index of v, k) and R with independent rows k, k < u.  Their inverses turn the block's matrix
    into 1_u (x) Y(s).  Ties do not matter: all this holds at the same weights, almost all of them.
    """
    v, s = rule["variable"], rule["side"]
    inner(net, v)
    part, rest = (below_part, above_part) if rule["below"] else (above_part, below_part)
    return part(net, v, s), part(net, v, 1 - s), rest(net, v, s)


def star_parts(net: Net, rule: dict[str, Any]) -> tuple[Net, list[Net]]:
    """L10: return the parts that meet at v and are in the star, in one, and each of the others.

    The block's matrix is the sum over the w values of v of X (x) Y, X from the parts in the star,
    of rank at most u for all weights.  If the sum of the X alone has rank w u, the rows of them all
    are independent, the columns too, and each has rank u (Marsaglia and Styan 1974).  Inverses on
    both sides then leave blocks 1_u (x) Y.  Of another part, Y reads one row of its matrix, which
    is as good as any if it is a parameter that does not occur again inside that part.
    """
    v, end = rule["variable"], inner(net, rule["variable"])
    q = net.parent[v]
    around = [q, *(c for c in range(v + 1, end) if net.parent[c] == v)]
    star = set(rule["filled"])
    if rule["filled"] != [p for p in around if p in star] or not 0 < len(star) < len(around):
        raise Refusal(
            f"the star at variable {v} of a block must be some of its neighbours, in order, and not"
            " all of them."
        )
    core, rests = with_leaf(net, v, 1, -1), []
    keep = bytearray([1]) * len(core.dim)
    for p in around:
        if p not in star:
            if p == q:
                rest, c = above_part(net, v, -1), v
                rest.dim[v], rest.above[v] = 1, net.labels.own()
            else:
                rest, c = subtree(net, p), p
                keep[p : end_of(net, p)] = bytes(len(rest.dim) - 1)
            if net.above[c] < 0 or net.above[c] in rest.above[1:]:
                raise Refusal(
                    f"matrix {c} of a block is not a parameter that occurs only once on the far"
                    f" side of it, as a star at variable {v} needs."
                )
            rests.append(rest)
    core = restricted(core, keep)
    return core if q in star else subtree(core, v), rests


def restricted(net: Net, keep: bytearray) -> Net:
    """Return the block of these variables; nothing below any other is among them."""
    place = [count - 1 for count in itertools.accumulate(keep)]

    def chosen(values: list[int]) -> list[int]:
        return list(itertools.compress(values, keep))

    parent = [-1, *(place[p] for p in chosen(net.parent)[1:])]
    return Net(chosen(net.dim), parent, chosen(net.side), chosen(net.above), net.labels)
