"""Grid tensors at the price of writing them: two small tensors, and one product of them.

A pass through the whole circuit writes the result three times over: the product node's channels,
each as large as the result, then their weighted sum. Here the circuit is cut where the two sides
are small (`circuitalg.tensor.cut`), the sides are computed by passes of their own, and their
product is written once, in the order of the locations (`circuitalg.tensor.product`).

What it gains: a tensor of 2^24 float64 entries (N = 24, dim 2, widths 4) takes 0.19 s, the pass
0.6 s for a balanced tree and 1.8 s for a random one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import array_api_compat

from circuitalg.tensor.cut import Cut, Cuts
from circuitalg.tensor.floats import Floats
from circuitalg.tensor.fractions import Exact
from circuitalg.tensor.peak import number_sizes, peak_bytes
from circuitalg.tensor.product import Term, best_layout, fill, multiplied
from circuitalg.tensor.residues import Modular
from circuitalg.tensor.values import Step, output_value

if TYPE_CHECKING:
    from circuitalg.circuit.node import Node

# Writing a number of a side and its ordered copy, axes being short and in any order, takes as long
# as this many multiplications of a matrix product.
_WRITE = 256.0
# The number of cuts whose last product is examined closely.
_CLOSELY = 8
# Bytes of the last product's buffers: a block, its columns, and their copies.
_BUFFERS = 2**23


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of one bipartition: for each the steps of its left and of its right side."""

    sides: tuple[bool, ...]
    inner: int
    steps: tuple[tuple[tuple[Step, ...], tuple[Step, ...]], ...]


@dataclass(frozen=True, slots=True)
class Contraction:
    """How a grid tensor is computed: for each output its parts, which are added.

    Attributes
    ----------
    parts : by output.
    weights : those of the circuit, and those of the steps.
    lengths : vectors by location.
    """

    parts: tuple[tuple[Terms, ...], ...]
    weights: Mapping[str, Any]
    lengths: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes that have more than one index."""
        return tuple(n for n in self.lengths if n > 1)

    def scratch_bytes(
        self, arithmetic: Floats | Exact | Modular, table: Callable[[int], Any]
    ) -> int:
        """Bytes beyond the result, in numbers of the size that the result has."""
        most = held = 0
        for parts in self.parts:
            for left, right in (pair for part in parts for pair in part.steps):
                for steps in (left, right):
                    sizes = number_sizes(steps, arithmetic, table)
                    most = max(most, held + peak_bytes(steps, self.lengths, sizes, None))
                    scope = {step.location for step in steps if step.location is not None}
                    size = prod(self.lengths[location] for location in scope)
                    held += steps[-1].width * size * sizes[len(steps) - 1]
        # The last product orders a copy of the two sides.
        return max(most, 2 * held) + _BUFFERS

    def result(
        self,
        arithmetic: Floats | Exact | Modular,
        leaf: Callable[[int], Any],
        shape: tuple[int, ...],
        out: Any = None,
    ) -> Any:
        """Compute the tensor: an array of this shape, in ``out`` where it is given."""
        axes = len(self.shape)
        pairs = [
            [
                (
                    output_value(left, arithmetic, leaf, axes, None),
                    output_value(right, arithmetic, leaf, axes, None),
                )
                for part in parts
                for left, right in part.steps
            ]
            for parts in self.parts
        ]
        joined = arithmetic.joined(pairs)
        laid = [_paired(*both) for both in zip(self.parts, joined.pairs, strict=True)]
        if not joined.blocked:
            values = [multiplied(joined, some, self.shape) for some in laid]
            xp: Any = array_api_compat.array_namespace(values[0])
            whole = values[0] if len(values) == 1 else xp.stack(values)
            return joined.finish(xp.reshape(whole, shape))
        array = joined.empty(shape) if out is None else out
        # Axes of length 1 go, without a copy; several outputs are the first of those that stay.
        view = array[tuple(slice(None) if n > 1 else 0 for n in shape)]
        for number, some in enumerate(laid):
            fill(joined, some, view if len(laid) == 1 else view[number])
        return joined.finish(array)


def _paired(parts: Sequence[Terms], sides: Sequence[tuple[Any, Any]]) -> list[Term]:
    """The terms of each part as one pair, along the channels."""
    found = []
    rest = iter(sides)
    for part in parts:
        own = [next(rest) for _ in part.steps]
        left, right = (_stacked(arrays) for arrays in zip(*own, strict=True))
        found.append(Term(left, right, part.sides))
    return found


def _stacked(arrays: Sequence[Any]) -> Any:
    if len(arrays) == 1:
        return arrays[0]
    xp: Any = array_api_compat.array_namespace(arrays[0])
    return xp.concat(list(arrays), axis=0)


def contraction(
    nodes: Sequence[Node],
    lengths: Sequence[int],
    weights: Mapping[str, Any],
    outputs: Sequence[int],
) -> Contraction | None:
    """Plan a grid tensor by cost, or return None where the circuit has no cut for each term.

    Parameters
    ----------
    nodes
        Those of the circuit.
    lengths
        Vectors by location.
    weights
        Array by parameter name.
    outputs
        The outputs to compute.
    """
    long = [location for location, n in enumerate(lengths) if n > 1]
    cuts = Cuts(nodes, lengths, weights)
    terms = cuts.terms()
    if terms is None or not long:
        return None
    shape = [lengths[location] for location in long]
    chosen: dict[tuple[bool, ...], list[Cut]] = {}
    for candidates in terms:
        cut = _cheapest(candidates, long, shape)
        sides = tuple(bool(cut.rows >> location & 1) for location in long)
        chosen.setdefault(sides, []).append(cut)
    parts = tuple(
        tuple(
            Terms(
                sides,
                sum(cut.inner for cut in some),
                tuple(cuts.steps(cut, output) for cut in some),
            )
            for sides, some in chosen.items()
        )
        for output in outputs
    )
    return Contraction(parts, cuts.weights, tuple(lengths))


def _cheapest(candidates: Sequence[Cut], long: Sequence[int], shape: Sequence[int]) -> Cut:
    total = prod(shape)

    def rough(cut: Cut) -> float:
        return _WRITE * cut.cost + 4 * cut.inner * total

    def exact(cut: Cut) -> float:
        sides = [bool(cut.rows >> location & 1) for location in long]
        layout = best_layout(shape, sides, cut.inner, expand=True)
        return _WRITE * cut.cost + layout.cost * total

    return min(sorted(candidates, key=rough)[:_CLOSELY], key=exact)
