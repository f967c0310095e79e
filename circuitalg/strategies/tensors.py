"""Strategies for given tensors: of small rank in one sense or another, symmetric, generic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, tree_model, tt_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.errors import OptionError, TooLargeError
from circuitalg.options import choice, natural, naturals
from circuitalg.strategies.draws import entries
from circuitalg.strategies.weights import weights
from circuitalg.tensor.exact_tensor import MAX_ENTRIES, ExactTensor

TENSOR_KINDS = ("generic", "cp", "ht", "tt", "symmetric")
"""The kinds of tensors."""


def tensors(
    dims: Sequence[int] | SearchStrategy[Sequence[int]],
    kind: str = "generic",
    *,
    rank: int | None = None,
) -> SearchStrategy[ExactTensor]:
    """Exact tensors with integer entries, and Fractions among the generic ones.

    They shrink towards zero.

    Parameters
    ----------
    dims : the shape, or a strategy for shapes.
    kind
        "generic": independent entries;
        "cp", "ht", "tt": the tensor of a CP model of this width, of a network over the balanced
        binary mode tree with this width at every node, or of a tensor train of these ranks;
        "symmetric": unchanged when modes are exchanged, which needs equal dimensions.
    rank : for "cp", "ht" and "tt", the largest rank; 1 or 2 unless given.

    Raises
    ------
    ArgumentError, OptionError
        When made, or when a shape is drawn: for another kind, for a rank where none is needed, for
        fewer than two modes under "cp", "ht" and "tt", for unequal dimensions of a symmetric one.
    TooLargeError
        Beyond 65,536 entries.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(tensors((2, 2), "cp", rank=1), lambda tensor: all(tensor.entries))
    ca.ExactTensor.from_nested([[1, 1], [1, 1]])
    """
    kind = choice("the kind of tensors", kind, TENSOR_KINDS)
    has_rank = kind in _MODELS
    if rank is not None:
        if not has_rank:
            raise OptionError(f"rank is for the kinds 'cp', 'ht' and 'tt'; {kind!r} takes none")
        rank = natural("rank", rank, 1)
    ranks = st.none() if not has_rank else st.integers(1, 2) if rank is None else st.just(rank)
    if isinstance(dims, SearchStrategy):
        return _tensors(dims.map(lambda drawn: _shape(drawn, kind)), kind, ranks)
    return _tensors(st.just(_shape(dims, kind)), kind, ranks)


def _shape(dims: Any, kind: str) -> tuple[int, ...]:
    shape = tuple(naturals("dimension", dims))
    least = 2 if kind in _MODELS else 1
    if len(shape) < least:
        raise OptionError(f"a tensor of the kind {kind!r} has at least {least} modes")
    if prod(shape) > MAX_ENTRIES:
        raise TooLargeError(f"the tensor has {prod(shape):,} entries; draw at most {MAX_ENTRIES:,}")
    if kind == "symmetric" and len(set(shape)) > 1:
        raise OptionError(f"a symmetric tensor has equal dimensions, not {shape}")
    return shape


@st.composite
def _tensors(
    draw: DrawFn,
    shapes: SearchStrategy[tuple[int, ...]],
    kind: str,
    ranks: SearchStrategy[int | None],
) -> ExactTensor:
    shape, rank = draw(shapes), draw(ranks)
    if rank is not None:
        circuit = _MODELS[kind](shape, rank)
        table = circuit.coefficient_tensor(draw(weights(circuit)))
        return ExactTensor(shape, tuple(table.ravel().tolist()))
    if kind == "generic":
        return ExactTensor(shape, tuple(draw(entries("fraction", prod(shape)))))
    # One entry for each set of indices with repetition, wherever its members stand.
    places = [tuple(sorted(index)) for index in product(*map(range, shape))]
    distinct = {place: number for number, place in enumerate(dict.fromkeys(places))}
    values = draw(entries("fraction", len(distinct)))
    return ExactTensor(shape, tuple([values[distinct[place]] for place in places]))


def _ht(shape: tuple[int, ...], rank: int) -> Circuit:
    return tree_model(ModeTree.balanced(len(shape)), shape, rank)


_MODELS = {
    "cp": lambda shape, rank: cp_model(len(shape), shape, rank),
    "ht": _ht,
    "tt": lambda shape, rank: tt_model(len(shape), shape, rank),
}
