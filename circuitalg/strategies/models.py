"""Draws of the networks of the literature, and of one product per node of a mode tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis.strategies import DrawFn

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, ht_model, rac_model, tree_model, tt_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import Node
from circuitalg.strategies.bounds import Bounds
from circuitalg.strategies.draws import flags, flip, number, pick
from circuitalg.strategies.partitions import nested


def locations(draw: DrawFn, bounds: Bounds, least: int = 2) -> int:
    """N within the bounds."""
    return number(draw, max(least, bounds.min_locations), bounds.max_locations)


def dims(draw: DrawFn, bounds: Bounds, count: int) -> list[int]:
    """A dimension by location: one for all, or any."""
    first = number(draw, bounds.min_dim, bounds.max_dim)
    if bounds.max_dim == bounds.min_dim or not flip(draw):
        return [first] * count
    return [first, *(number(draw, bounds.min_dim, bounds.max_dim) for _ in range(count - 1))]


def width(draw: DrawFn, bounds: Bounds) -> int:
    """The channels of one node."""
    return number(draw, 1, bounds.max_width)


def outputs(draw: DrawFn, bounds: Bounds) -> int:
    """The channels of the output."""
    return number(draw, 1, bounds.max_outputs)


def cp(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A CP model, shared or not."""
    count = locations(draw, bounds)
    by_location, channels = dims(draw, bounds, count), width(draw, bounds)
    shared = pick(draw, bounds.patterns("cp")) != "untied" and len(set(by_location)) == 1
    return cp_model(count, plain(by_location), channels, shared, outputs(draw, bounds))


def ht(draw: DrawFn, bounds: Bounds) -> Circuit:
    """An HT model, whole or truncated, with any levels shared."""
    window, levels = pick(draw, bounds.windows())
    count = window**levels
    by_location = dims(draw, bounds, count)
    wide = levels - number(draw, 0, levels - 1)
    widths = [width(draw, bounds) for _ in range(wide)]
    shared: bool | list[bool] = False
    if pick(draw, bounds.patterns("ht")) != "untied":
        shared = flags(draw, wide)
        shared[0] = shared[0] and len(set(by_location)) == 1
        shared = shared[0] if len(set(shared)) == 1 else shared
    return ht_model(count, plain(by_location), widths, window, shared, outputs(draw, bounds))


def tt(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A tensor train."""
    count = locations(draw, bounds)
    by_location = dims(draw, bounds, count)
    ranks = [width(draw, bounds) for _ in range(count - 1)]
    return tt_model(count, plain(by_location), plain(ranks), outputs(draw, bounds))


def rac(draw: DrawFn, bounds: Bounds, layers: int = 1) -> Circuit:
    """A recurrent network; its input matrix serves all locations, so these have one dimension."""
    count = locations(draw, bounds)
    dim = number(draw, bounds.min_dim, bounds.max_dim)
    return rac_model(count, dim, width(draw, bounds), layers, outputs(draw, bounds))


def plain(numbers: list[int]) -> int | list[int]:
    """One number where all are equal, as a person would write it."""
    return numbers[0] if len(set(numbers)) == 1 else numbers


def tree(draw: DrawFn, bounds: Bounds) -> Circuit:
    """One product for each inner node of a mode tree, one matrix for each edge, tied by a pattern.

    The pattern holds at levels that are drawn: edges at one height above the leaves share, those
    at the same place among the siblings too, those at one depth below the root, those with equal
    subtrees, or any. Edges of different shapes never share. Where there are ties, nodes of one
    height have one width, since ties need equal shapes.
    """
    count = locations(draw, bounds)
    by_location = dims(draw, bounds, count)
    shape = ModeTree.from_nested(nested(draw, count, bounds.max_arity))
    ties = pick(draw, bounds.patterns("tree"))
    heights = _heights(shape)
    if ties == "untied":
        widths = [width(draw, bounds) for _ in shape.children]
    else:
        levels = [width(draw, bounds) for _ in range(max(heights))]
        widths = [levels[height - 1] for height in heights]
    circuit = tree_model(shape, plain(by_location), plain(widths), outputs=outputs(draw, bounds))
    if ties == "untied":
        return circuit
    if ties == "anywhere":
        return tied(circuit, any_ties(draw, circuit.parameters))
    chosen = flags(draw, max(heights))
    return tied(circuit, _pattern(shape, by_location, widths, ties, chosen))


def any_ties(draw: DrawFn, shapes: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    """For each parameter an earlier one of its shape, or itself; itself is the simplest."""
    earlier: dict[tuple[int, int], list[str]] = {}
    names = {}
    for name, form in shapes.items():
        known = earlier.setdefault(form, [])
        at = number(draw, 0, len(known))
        names[name] = known[at - 1] if at else name
        if not at:
            known.append(name)
    return names


def tied(circuit: Circuit, names: Mapping[str, str]) -> Circuit:
    """The circuit with its parameters called by other names; equal names are tied."""
    return Circuit.from_nodes(
        [
            Node(
                node.name,
                node.kind,
                node.width,
                node.location,
                node.children,
                tuple([names.get(x, x) if isinstance(x, str) else x for x in node.matrices]),
            )
            for node in circuit.nodes
        ]
    )


def _heights(tree: ModeTree) -> list[int]:
    """By inner node: levels of products below and including it."""
    heights = [0] * len(tree.children)
    for node in reversed(range(len(heights))):
        below = [heights[-child] for child in tree.children[node] if child < 0]
        heights[node] = 1 + max(below, default=0)
    return heights


def _pattern(
    tree: ModeTree,
    by_location: Sequence[int],
    widths: Sequence[int],
    ties: str,
    levels: Sequence[bool],
) -> dict[str, str]:
    """The parameter of each edge of `tree_model` under a pattern that holds at some levels."""
    heights, depths = _heights(tree), _depths(tree)
    forms: list[Any] = [None] * len(tree.children)

    def form(child: int) -> Any:
        return forms[-child] if child < 0 else by_location[child]

    for node in reversed(range(len(forms))):
        below = sorted([form(child) for child in tree.children[node]], key=repr)
        forms[node] = (widths[node], tuple(below))
    keys: dict[str, Callable[[int, int, int], tuple[Any, ...]]] = {
        "height": lambda _node, _place, height: (height,),
        "height and place": lambda _node, place, height: (height, place),
        "depth": lambda node, _place, _height: (depths[node],),
        "equal subtrees": lambda node, place, _height: (form(tree.children[node][place]),),
    }
    first: dict[tuple[Any, ...], str] = {}
    names = {}
    for node, children in enumerate(tree.children):
        for place, child in enumerate(children):
            own = f"a{-child}" if child < 0 else f"ax{child}"
            height = heights[-child] if child < 0 else 0
            if levels[depths[node] if ties == "depth" else height]:
                columns = widths[-child] if child < 0 else by_location[child]
                key = (widths[node], columns, keys[ties](node, place, height))
                names[own] = first.setdefault(key, own)
    return names


def _depths(tree: ModeTree) -> list[int]:
    """By inner node: levels of products above it."""
    depths = [0] * len(tree.children)
    for node, children in enumerate(tree.children):
        for child in children:
            if child < 0:
                depths[-child] = depths[node] + 1
    return depths
