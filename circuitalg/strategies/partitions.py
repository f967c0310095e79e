"""Strategies for how locations are grouped: mode trees and bipartitions."""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.modetree import ModeTree
from circuitalg.options import natural
from circuitalg.strategies.draws import number, part
from circuitalg.strategies.shapes import grow

Locations: TypeAlias = int | Circuit | SearchStrategy[int] | SearchStrategy[Circuit]
"""A number of locations, a circuit that has them, or a strategy for either."""


def mode_trees(locations: Locations, *, max_arity: int = 4) -> SearchStrategy[ModeTree]:
    """Mode trees over all the locations, in any order.

    They shrink towards few inner nodes and the locations in order.

    Parameters
    ----------
    locations : N ≥ 2, a circuit, or a strategy for either.
    max_arity : most children of an inner node.

    Raises
    ------
    ArgumentError, OptionError
        When made, for anything else.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(mode_trees(3), lambda tree: len(tree.children) > 1)
    ca.ModeTree.from_nested([[0, 1], 2])
    """
    return _mode_trees(_counts(locations), natural("max_arity", max_arity, 2))


@st.composite
def _mode_trees(draw: DrawFn, counts: SearchStrategy[int], max_arity: int) -> ModeTree:
    return grow(draw, draw(counts), max_arity, st.none()).tree()


def bipartitions(locations: Locations) -> SearchStrategy[Bipartition]:
    """All bipartitions of the locations; alternating blocks (odd-even, low-high) come often.

    They shrink towards I = {0}.

    Parameters
    ----------
    locations : N ≥ 2, a circuit, or a strategy for either.

    Raises
    ------
    ArgumentError, OptionError
        When made, for anything else.

    Examples
    --------
    >>> from hypothesis import find
    >>> print(find(bipartitions(4), lambda parts: 3 in parts.I))
    I = {3}, J = {0, 1, 2}
    """
    return _bipartitions(_counts(locations))


@st.composite
def _bipartitions(draw: DrawFn, counts: SearchStrategy[int]) -> Bipartition:
    count = draw(counts)
    size = number(draw, 0, 4 * ((count + 1) // 2))
    if size % 4 == 3:
        return Bipartition.blocks(count, size // 4 + 1)
    return Bipartition.of(part(draw, count), count)


def _counts(locations: Locations) -> SearchStrategy[int]:
    if isinstance(locations, Circuit):
        return st.just(natural("the circuit's number of locations", locations.num_locations, 2))
    if isinstance(locations, SearchStrategy):
        return locations.map(_count)
    return st.just(natural("locations", locations, 2))


def _count(drawn: Any) -> int:
    value = drawn.num_locations if isinstance(drawn, Circuit) else drawn
    return natural("the number of locations drawn", value, 2)
