"""Families that a network is separated from, and what bounds the ranks of their members."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..meter import Meter
from ..read import MAX_NODES, Refusal
from ..schema import Schema, Subject, integer, mode_tree
from ..verdict import counted

MAX_WORK = 1 << 35  # locations times binary digits of the product of their dimensions

Pair = tuple[int, int]  # bounds of a rank, the channel index counted on side I, and on side J
Known = tuple[str, str, Callable[[int], int]]
"""A family, what its parameter is, and b: its members up to r have rank at most b(r)."""


FAMILIES: dict[str, Schema] = {
    "CPFamily": {},
    "TruncatedFamily": {"levels": integer(1, 64), "window": integer(2, MAX_NODES)},
    "TreeFamily": {"tree": mode_tree(MAX_NODES)},
    "TTFamily": {},
    "RACFamily": {},
}


def family_of(subject: Subject, family: dict[str, Any]) -> Known:
    """Check that a family has members of these sizes; say what bounds their ranks across I, J.

    The last three count all weights of networks whose hidden widths are all r, by the index
    recursion; smaller widths are these with zeros, and ties only choose among the weights.
    """
    kind = family["kind"]
    if kind == "CPFamily":
        text = "all CP models (eq. 3) on the same locations, with any weights"
        return text, "number of channels", lambda r: r
    if kind == "TruncatedFamily":
        text = truncated(subject, family["levels"], family["window"])
        return text, "width of the last hidden layer", lambda r: r
    dims, meter = subject.circuit.dims, subject.meter
    if len(dims) * sum(dim.bit_length() for dim in dims) > MAX_WORK:
        raise Refusal("the family has too many locations to bound its ranks.")
    if kind == "TTFamily":
        text = "all tensor trains on the same locations in their order, with any weights"
        return text, "largest bond", lambda r: train(subject, r)
    if kind == "RACFamily":
        text = "all recurrent networks of one hidden layer on the same locations, with any weights"
        return text, "width of the hidden layer", lambda r: recurrent(subject, r)
    tree = family["tree"]
    if sorted(leaves(tree)) != list(range(len(dims))):
        raise Refusal(f"the tree must have the leaves 0 to {len(dims) - 1}, each once.")
    shape = json.dumps(tree, separators=(",", ":"))
    if len(shape) > 200:
        shape = shape[:200] + "..."
    text = f"all networks over the mode tree {shape}, with any weights, tied or not"
    return text, "largest width", lambda r: min(over_tree(subject, tree, r, meter))


def truncated(subject: Subject, levels: int, window: int) -> str:
    """Check that I is a union of the blocks that the last product keeps; describe the family."""
    places = len(subject.sides)
    depth, size = 0, 1
    while size < places:
        size, depth = size * window, depth + 1
    if size != places or depth < levels:
        raise Refusal(
            f"a truncated family needs {window}^L locations, L >= {levels}; there are {places}."
        )
    block = window ** (levels - 1)
    for start in range(0, places, block):
        if len(set(subject.sides[start : start + block])) > 1:
            raise Refusal(f"I is not a union of blocks of {block} consecutive locations.")
    return (
        f"all networks of eq. 5 with {counted(levels, 'product level')} and windows of {window} on"
        " the same locations, with any weights and any other widths"
    )


def leaves(tree: Any) -> Iterable[int]:
    """Yield the leaves of a mode tree."""
    if type(tree) is int:
        yield tree
    else:
        for child in tree:
            yield from leaves(child)


def input_of(subject: Subject, place: int, most: int) -> Pair:
    """Bound a location's vector behind a matrix of rank at most `most`."""
    other = min(subject.circuit.dims[place], most)
    return (1, other) if subject.sides[place] == 0 else (other, 1)


def product_of(pairs: Sequence[Pair], r: int, meter: Meter) -> Pair:
    """Bound a product of width r: all children on one side, or slice by slice."""
    meter.spend(1000 * len(pairs))
    slices = meter.product([r, *map(min, pairs)])
    first, second = (meter.product([pair[s] for pair in pairs]) for s in (0, 1))
    return min(first, slices), min(second, slices)


def over_tree(subject: Subject, tree: Any, r: int, meter: Meter) -> Pair:
    """Bound the ranks of the networks over a mode tree whose widths are at most r."""
    if type(tree) is int:
        return input_of(subject, tree, r)
    return product_of([over_tree(subject, child, r, meter) for child in tree], r, meter)


def recurrent(subject: Subject, r: int) -> int:
    """Bound the ranks of recurrent networks: those over [[[0, 1], 2], ...] of widths up to r."""
    pair = input_of(subject, 0, r)
    for place in range(1, len(subject.sides)):
        pair = product_of([pair, input_of(subject, place, r)], r, subject.meter)
    return min(pair)


def train(subject: Subject, r: int) -> int:
    """Bound the ranks of tensor trains: an index is paid for by its location, or by a bond of r."""
    meter, pair = subject.meter, (1, 1)
    for dim, side in zip(subject.circuit.dims, subject.sides, strict=True):
        meter.spend(1000)
        own = meter.product([pair[1 - side], dim])
        first, second = (pair[0], own) if side == 0 else (own, pair[1])
        pair = min(first, meter.product([r, second])), min(second, meter.product([r, first]))
    return min(pair)
