"""Where the nodes of a drawing stand: layers from the inputs up, the output on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circuitalg.circuit import Circuit


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions by node index: columns of width 1, layers of height 1, the inputs on layer 0."""

    x: tuple[float, ...]
    layer: tuple[int, ...]

    @property
    def width(self) -> float:
        """Columns from the leftmost to the rightmost node."""
        return max(self.x) - min(self.x)

    @property
    def height(self) -> int:
        """Layers above the inputs."""
        return max(self.layer)


def layered(circuit: Circuit) -> Layout:
    """Place each node above its children, in the middle of them.

    A node's layer is the longest path to it from an input; constants hang right below the node
    that reads them. Leaves get columns in the order of a walk from the output, so trees are drawn
    without crossings, and a leaf's column is free of nodes up to the node that reads it.
    """
    nodes = circuit.nodes
    layer = [0] * len(nodes)
    for index, node in enumerate(nodes):
        if node.children:
            layer[index] = 1 + max(layer[child] for child in node.children)
    parents: list[list[int]] = [[] for _ in nodes]
    for index, node in enumerate(nodes):
        for child in node.children:
            parents[child].append(index)
    for index in reversed(range(len(nodes))):
        if nodes[index].kind == "constant" and parents[index]:
            layer[index] = min(layer[parent] for parent in parents[index]) - 1
    x = [0.0] * len(nodes)
    for column, index in enumerate(_leaves(circuit)):
        x[index] = float(column)
    by_layer: list[list[int]] = [[] for _ in range(max(layer) + 1)]
    for index, level in enumerate(layer):
        by_layer[level].append(index)
    for row in by_layer:
        for index in row:
            children = nodes[index].children
            if children:
                x[index] = sum(x[child] for child in children) / len(children)
        row.sort(key=x.__getitem__)
        for index, place in zip(row, _apart([x[i] for i in row]), strict=True):
            x[index] = place
    return Layout(tuple(x), tuple(layer))


def _leaves(circuit: Circuit) -> list[int]:
    """Inputs and constants in the order of a depth-first walk from the output."""
    nodes = circuit.nodes
    seen = [False] * len(nodes)
    found = []
    stack = [len(nodes) - 1]
    while stack:
        index = stack.pop()
        if seen[index]:
            continue
        seen[index] = True
        if nodes[index].children:
            stack.extend(reversed(nodes[index].children))
        else:
            found.append(index)
    return found


def _apart(places: Sequence[float]) -> list[float]:
    """Move sorted places as little as needed to stand at least 1 apart.

    With y_i = x_i - i the condition is that y does not decrease, and the nearest such y in least
    squares pools neighbours that violate it to their mean.
    """
    pools: list[list[float]] = []  # mean, size
    for i, place in enumerate(places):
        mean, size = place - i, 1.0
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append([mean, size])
    spread = [mean for mean, size in pools for _ in range(int(size))]
    return [value + i for i, value in enumerate(spread)]
