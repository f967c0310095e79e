"""One bottom-up pass over a circuit's nodes, for any arithmetic, and the memory it takes.

A value is an array (width, *axes). In an evaluation all values share one batch axis. On a grid each
location has an axis of its own, of length 1 in the nodes that do not depend on it, and broadcasting
forms the outer products: on unit vectors the values are the coefficient tensor itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix

# Whatever the arithmetic works with.
Value = Any


class Operation(Protocol):
    """What a pass reads of a node; a circuit's nodes are operations, and so are `Step`s."""

    @property
    def kind(self) -> str:
        """One of "input", "constant", "sum", "product"."""
        ...

    @property
    def width(self) -> int:
        """Number of channels."""
        ...

    @property
    def location(self) -> int | None:
        """Of an input."""
        ...

    @property
    def children(self) -> tuple[int, ...]:
        """Indices of earlier operations."""
        ...

    @property
    def matrices(self) -> Sequence[str | Matrix]:
        """For a sum, by child."""
        ...


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

    def vectors(self, table: Any, shape: tuple[int, ...]) -> Value:
        """Vectors (count, M) as a value (M, *shape), where ``shape`` has ``count`` places."""
        ...

    def result(self, value: Value, shape: tuple[int, ...]) -> Any:
        """The numbers of a value as the caller gets them, in this shape."""
        ...

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


def run(
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
    last = len(nodes) - 1
    chosen = slice(None) if output is None else slice(output, output + 1)
    values: dict[int, Value] = {}
    for i, done in lifetimes(nodes):
        node = nodes[i]
        rows = chosen if i == last else slice(None)
        if node.kind == "sum":
            below = [values[child] for child in node.children]
            values[i] = arithmetic.linear(node.matrices, below, rows)
        else:
            if node.location is not None:
                value = leaf(node.location)
            elif node.kind == "constant":
                value = arithmetic.ones(node.width, axes)
            else:
                value = arithmetic.multiply([values[child] for child in node.children])
            values[i] = arithmetic.pick(value, rows) if i == last else value
        for child in done:
            del values[child]
    return values[last]


def depth_first(nodes: Sequence[Operation]) -> list[int]:
    """Nodes below the output, children before parents, each subtree in one piece: few are alive."""
    order: list[int] = []
    seen = [False] * len(nodes)
    stack = [len(nodes) - 1]
    while stack:
        i = stack.pop()
        if i < 0:
            order.append(~i)
        elif not seen[i]:
            seen[i] = True
            stack.append(~i)
            stack.extend(reversed(nodes[i].children))
    return order


def lifetimes(nodes: Sequence[Operation]) -> Iterator[tuple[int, list[int]]]:
    """Yield each node in depth-first order, with the children that are not needed after it."""
    order = depth_first(nodes)
    uses = [0] * len(nodes)
    for i in order:
        for child in nodes[i].children:
            uses[child] += 1
    for i in order:
        done = []
        for child in nodes[i].children:
            uses[child] -= 1
            if uses[child] == 0:
                done.append(child)
        yield i, done


def peak_bytes(
    nodes: Sequence[Operation],
    lengths: Sequence[int],
    sizes: Mapping[int, int],
    output: int | None,
) -> int:
    """Return the most bytes that values take together during a pass on a grid.

    Parameters
    ----------
    nodes
        Those of the circuit.
    lengths
        Length of each location's axis.
    sizes
        Bytes of one number of a node's value, by the node's index.
    output
        As in :func:`run`.
    """
    last = len(nodes) - 1
    scopes: dict[int, frozenset[int]] = {}
    held: dict[int, int] = {}
    alive = peak = 0
    for i, done in lifetimes(nodes):
        node = nodes[i]
        own = frozenset() if node.location is None else frozenset([node.location])
        scopes[i] = own.union(*(scopes[child] for child in node.children))
        width = 1 if i == last and output is not None and node.kind == "sum" else node.width
        held[i] = width * prod(lengths[location] for location in scopes[i]) * sizes[i]
        alive += held[i]
        # Temporaries of the same size: a partial product; a sum so far beside its next term.
        several = 0 if len(node.children) < 2 else 2 if node.kind == "sum" else 1
        peak = max(peak, alive + several * held[i])
        for child in done:
            alive -= held.pop(child)
            del scopes[child]
    return peak
