"""A network's value in any arithmetic: what a number system says of sums and products.

A value is an array (width, *axes). In an evaluation all values share one batch axis. On a grid each
location has an axis of its own, of length 1 in the nodes that do not depend on it, and broadcasting
forms the outer products: on unit vectors the values are the coefficient tensor itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from circuitalg.circuit.fold import Operation, fold, location_of
from circuitalg.tensor.convert import common_floats
from circuitalg.tensor.floats import Floats
from circuitalg.tensor.fractions import Exact
from circuitalg.tensor.residues import Modular

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix

# Whatever the arithmetic works with.
Value = Any


@dataclass(frozen=True, slots=True)
class Step:
    """An operation that is not a node of a circuit."""

    kind: str
    width: int
    location: int | None = None
    children: tuple[int, ...] = ()
    matrices: tuple[str | Matrix, ...] = ()


class Arithmetic(Protocol):
    """What a pass needs to know about numbers; how it writes a value is its own business."""

    def ones(self, width: int, axes: int) -> Value:
        """The vector 1, with ``axes`` axes of length 1."""
        ...

    def linear(
        self, labels: Sequence[str | Matrix], children: Sequence[Value], rows: slice
    ) -> Value:
        """Σ matrix · child, for some rows of the matrices only."""
        ...

    def multiply(self, factors: Sequence[Value]) -> Value:
        """Channel-by-channel product."""
        ...

    def pick(self, value: Value, rows: slice) -> Value:
        """Some of the channels."""
        ...


def output_value(
    nodes: Sequence[Operation],
    arithmetic: Arithmetic,
    leaf: Callable[[int], Value],
    axes: int,
    output: int | None,
) -> Value:
    """Return the last node's value: all its channels, or with ``output`` that one (width 1).

    ``leaf`` gives the value of the input at a location, with ``axes`` axes after the channels; it
    is called when the value is needed.
    """
    chosen = slice(None) if output is None else slice(output, output + 1)
    return fold(nodes, _Pass(nodes[-1], arithmetic, leaf, axes, chosen))


class _Pass:
    """The algebra of an arithmetic: of the last node it takes the chosen channels alone."""

    def __init__(
        self,
        last: Operation,
        arithmetic: Arithmetic,
        leaf: Callable[[int], Value],
        axes: int,
        chosen: slice,
    ) -> None:
        self._last, self._arithmetic, self._leaf = last, arithmetic, leaf
        self._axes, self._chosen = axes, chosen

    def leaf(self, node: Operation) -> Value:
        return self._picked(node, self._leaf(location_of(node)))

    def one(self, node: Operation) -> Value:
        return self._picked(node, self._arithmetic.ones(node.width, self._axes))

    def sum(self, node: Operation, below: Sequence[Value]) -> Value:
        rows = self._chosen if node is self._last else slice(None)
        return self._arithmetic.linear(node.matrices, below, rows)

    def product(self, node: Operation, below: Sequence[Value]) -> Value:
        return self._picked(node, self._arithmetic.multiply(below))

    def _picked(self, node: Operation, value: Value) -> Value:
        return self._arithmetic.pick(value, self._chosen) if node is self._last else value


def choose(
    weights: Mapping[str, Any], given: Sequence[Any], modulus: int | None = None
) -> Floats | Exact | Modular:
    """Return the arithmetic for arrays as given: floats when one is floating, else exact."""
    if modulus is not None:
        return Modular(weights, modulus)
    like = common_floats(given)
    return Exact(weights, given) if like is None else Floats(weights, like)
