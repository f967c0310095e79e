"""Draws of the networks of the literature: CP, HT, TT, RAC; and how every drawn circuit starts.

What holds for a whole network is drawn before what belongs to one location, so that a network with
fewer locations is drawn by the same choices. Hypothesis takes fewer choices for simpler, so the
simplest kind has the fewest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import log

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, ht_model, rac_model, tt_model
from circuitalg.strategies.bounds import Bounds
from circuitalg.strategies.draws import between, number


@dataclass(frozen=True, slots=True)
class Start:
    """What every circuit begins with.

    Attributes
    ----------
    size : N.
    window : of an HT model, with levels so that N = window^levels; else 0.
    outputs : Y.
    ties : the pattern.
    dim, width : of all locations and nodes, or of the first ones.
    dims, widths : the range that those of the others are drawn from.
    """

    size: int
    window: int
    outputs: int
    ties: str
    dim: int
    width: int
    dims: tuple[int, int]
    widths: tuple[int, int]


def start(draw: DrawFn, bounds: Bounds, kind: str) -> Start:
    """The start of a circuit of this kind; dimensions and widths are equal or not."""
    patterns = bounds.patterns(kind)
    size, outputs, form, dim, width = draw(_start(bounds, kind))
    size, window = bounds.windows()[size] if kind == "ht" else (size, 0)
    ties = patterns[form // 4]
    max_dim, max_width = bounds.room(size)
    dim, width = min(dim, max_dim), min(width, max_width)
    dims = (bounds.min_dim, max_dim) if form & 1 else (dim, dim)
    widths = (1, max_width) if form & 2 else (width, width)
    return Start(size, window, outputs, ties, dim, width, dims, widths)


@cache
def _start(bounds: Bounds, kind: str) -> SearchStrategy[tuple[int, ...]]:
    return st.tuples(
        between(*bounds.sizes(kind)),
        between(1, bounds.max_outputs),
        between(0, 4 * len(bounds.patterns(kind)) - 1),
        between(bounds.min_dim, bounds.max_dim),
        between(1, bounds.max_width),
    )


def several(draw: DrawFn, first: int, span: tuple[int, int], count: int) -> int | list[int]:
    """One number where the range has no other, else one for each, as a person would write it."""
    return one_for_all([first, *(number(draw, *span) for _ in range(count - 1))])


def one_for_all(numbers: list[int]) -> int | list[int]:
    """One number where all are equal."""
    return numbers[0] if len(set(numbers)) == 1 else numbers


def cp(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A CP model, shared or not."""
    own = start(draw, bounds, "cp")
    shared = own.ties != "untied"
    dims = own.dim if shared else several(draw, own.dim, own.dims, own.size)
    return cp_model(own.size, dims, own.width, shared, own.outputs)


def ht(draw: DrawFn, bounds: Bounds) -> Circuit:
    """An HT model, whole or truncated, with any levels shared."""
    own = start(draw, bounds, "ht")
    levels = round(log(own.size, own.window))
    wide = levels - number(draw, 0, levels - 1)
    ties = [False] * wide
    if own.ties != "untied":
        untied = number(draw, 0, 2**wide - 2)  # bit by bit; at least one level is tied
        ties = [not (untied >> level) & 1 for level in range(wide)]
    widths = [own.width, *(number(draw, *own.widths) for _ in range(wide - 1))]
    dims = own.dim if ties[0] else several(draw, own.dim, own.dims, own.size)
    shared = ties[0] if len(set(ties)) == 1 else ties
    return ht_model(own.size, dims, widths, own.window, shared, own.outputs)


def tt(draw: DrawFn, bounds: Bounds) -> Circuit:
    """A tensor train."""
    own = start(draw, bounds, "tt")
    ranks = several(draw, own.width, own.widths, own.size - 1)
    return tt_model(own.size, several(draw, own.dim, own.dims, own.size), ranks, own.outputs)


def rac(draw: DrawFn, bounds: Bounds, layers: int = 1) -> Circuit:
    """A recurrent network; its input matrix serves all locations, so these have one dimension."""
    own = start(draw, bounds, "rac")
    return rac_model(own.size, own.dim, own.width, layers, own.outputs)
