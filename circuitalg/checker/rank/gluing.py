"""Lower rules that change a block or take it apart: free leaves (L8), glue (L9)."""

from __future__ import annotations

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


def inner(net: Net, v: int) -> int:
    """Return where the subtree at an inner variable ends; refuse other variables."""
    end = v + 1
    while end < len(net.dim) and net.parent[end] >= v:  # preorder: all others come from above v
        end += 1
    if end <= v + 1 or net.dim[v] < 2:
        raise Refusal(f"variable {v} of a block is not an inner variable, and cannot be glued at.")
    return end


def above_part(net: Net, v: int, side: int) -> Net:
    """Return the block without what is below v, which becomes a leaf of this side."""
    end = inner(net, v)
    gone = end - v - 1
    later = [p if p <= v else p - gone for p in net.parent[end:]]
    return Net(
        net.dim[: v + 1] + net.dim[end:],
        net.parent[: v + 1] + later,
        [*net.side[:v], side, *net.side[end:]],
        net.above[: v + 1] + net.above[end:],
        net.labels,
    )


def below_part(net: Net, v: int, side: int) -> Net:
    """Return v and what is below it, with v's index as one more leaf, of this side.

    v stands behind a row, its new leaf behind a square matrix; both are parameters of their own.
    """
    end, labels = inner(net, v), net.labels
    return Net(
        [1, *net.dim[v:end], net.dim[v]],
        [-1, 0, *(p - v + 1 for p in net.parent[v + 1 : end]), 1],
        [-1, *net.side[v:end], side],
        [0, labels.own(), *net.above[v + 1 : end], labels.own()],
        labels,
    )


def taken_apart(net: Net, rule: dict[str, Any]) -> tuple[Net, Net, Net]:
    """L9: return what must be small, the same part as it must be large, and what is left.

    They meet in a variable v of w channels: X, its index on side s; X, its index on the other
    side; the other part Y, its index on side s.  If X(s) has rank at most u for all weights and
    X(other) has rank w u, then the matrix of X is L (1_w (x) R), L with independent columns
    (index of v, k) and R with independent rows k, k < u.  Their inverses turn the block's matrix
    into 1_u (x) Y(s).  Ties do not matter: all this holds at the same weights, almost all of them.
    """
    net.labels.meter.spend(5000 * (len(net.dim) + 1))
    v, s = rule["variable"], rule["side"]
    part, rest = (below_part, above_part) if rule["below"] else (above_part, below_part)
    return part(net, v, s), part(net, v, 1 - s), rest(net, v, s)
