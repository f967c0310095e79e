"""The one bottom-up pass over a network: an algebra says what the value of each kind of node is.

Values, bounds, intervals, rounding errors, polynomials, sizes: whatever is computed at a node from
its children's values alone is an `Algebra`. `fold` computes the output's value and drops the others
after their last use; `scan` keeps them all. Loops of their own are what computes something else:
plans, which also look at a node's parents or its order among others (`circuitalg.tensor.layers`,
`grid_plan`, `cut`, `circuitalg.spectra.canonical_form`), correspondences between two networks, and
loops of a few lines that treat all kinds alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from circuitalg.errors import CircuitError

if TYPE_CHECKING:
    from circuitalg.circuit.node import Matrix


class Operation(Protocol):
    """What a pass reads of a node: those of circuits are operations, and others may be."""

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


Op = TypeVar("Op", bound=Operation)
Reads_contra = TypeVar("Reads_contra", bound=Operation, contravariant=True)
Value = TypeVar("Value")


class Algebra(Protocol[Reads_contra, Value]):
    """The value of a node, from the node and the values of its children in their order."""

    def leaf(self, node: Reads_contra) -> Value:
        """Of an input."""
        ...

    def one(self, node: Reads_contra) -> Value:
        """Of a constant."""
        ...

    def sum(self, node: Reads_contra, below: Sequence[Value]) -> Value:
        """Of a sum."""
        ...

    def product(self, node: Reads_contra, below: Sequence[Value]) -> Value:
        """Of a product."""
        ...


def fold(
    nodes: Sequence[Op],
    algebra: Algebra[Op, Value],
    freed: Callable[[Value], object] | None = None,
) -> Value:
    """Return the last node's value, in depth-first order: few values are alive at a time.

    Parameters
    ----------
    nodes
        Children before parents, the output last.
    algebra
        Its methods are called once for each node below the output.
    freed
        Called with each value after its last use: whoever counts what is held subtracts it.
    """
    # A loop of its own, not over `lifetimes`: a quarter less time where the algebra is cheap.
    order = depth_first(nodes)
    uses = _uses(nodes, order)
    values: dict[int, Value] = {}
    for i in order:
        node = nodes[i]
        values[i] = _value(node, algebra, values)
        for child in node.children:
            uses[child] -= 1
            if not uses[child]:
                value = values.pop(child)
                if freed is not None:
                    freed(value)
    return values[len(nodes) - 1]


def scan(nodes: Sequence[Op], algebra: Algebra[Op, Value]) -> list[Value]:
    """Return the values of all nodes, computed in the order of the nodes."""
    values: list[Value] = []
    for node in nodes:
        values.append(_value(node, algebra, values))
    return values


def _value(
    node: Op, algebra: Algebra[Op, Value], values: Mapping[int, Value] | Sequence[Value]
) -> Value:
    kind = node.kind
    if kind == "sum":
        return algebra.sum(node, [values[child] for child in node.children])
    if kind == "product":
        return algebra.product(node, [values[child] for child in node.children])
    return algebra.leaf(node) if kind == "input" else algebra.one(node)


def location_of(leaf: Operation) -> int:
    """The location of an input."""
    if leaf.location is None:
        raise CircuitError("an input has a location, and this one has none")
    return leaf.location


def depth_first(nodes: Sequence[Operation]) -> list[int]:
    """Nodes below the output, children before parents, each subtree in one piece."""
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
    uses = _uses(nodes, order)
    for i in order:
        done = []
        for child in nodes[i].children:
            uses[child] -= 1
            if not uses[child]:
                done.append(child)
        yield i, done


def _uses(nodes: Sequence[Operation], order: Sequence[int]) -> list[int]:
    """By node: how many times the nodes of this order read it."""
    uses = [0] * len(nodes)
    for i in order:
        for child in nodes[i].children:
            uses[child] += 1
    return uses
