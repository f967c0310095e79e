"""`Writer`: a circuit written down node by node, then built with the builder's own names.

Whether a parameter is tied is known only at the end; the builder names those that are not.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import Any, TypeAlias

from hypothesis.strategies import DrawFn

from circuitalg.circuit.builder import CircuitBuilder
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.strategies.bounds import Bounds
from circuitalg.strategies.draws import entries, flip, number

Label: TypeAlias = int | Matrix
"""What stands on an edge into a sum: a number, equal ones being tied, or a fixed matrix."""

_FIXED = ("bit", "integer", "fraction")
_FIXED_NATURAL = ("bit", "natural", "share")


class Labels:
    """Draws of what stands on edges: a new parameter, one used before, or a fixed matrix.

    Parameters
    ----------
    draw, bounds : of the circuit.
    tied, fixed : whether parameters are used again, whether there may be fixed matrices.
    """

    def __init__(self, draw: DrawFn, bounds: Bounds, *, tied: bool, fixed: bool) -> None:
        self._draw = draw
        self._tied = tied
        # One choice for the whole circuit, so that shrinking drops all fixed matrices at once.
        self._fixed = fixed and flip(draw)
        self._kinds = _FIXED_NATURAL if bounds.nonnegative else _FIXED
        self._earlier: dict[tuple[int, int], list[int]] = {}
        self._count = 0

    def label(self, rows: int, columns: int) -> Label:
        """The label of an edge with a matrix of this shape."""
        if self._fixed:
            at = number(self._draw, 0, 9)
            if at > 5:
                return self._matrix(rows, columns, at - 6)
        earlier = self._earlier.setdefault((rows, columns), [])
        if self._tied and earlier:
            at = number(self._draw, 0, len(earlier) + 1)
            if at > 1:
                return earlier[at - 2]
        self._count += 1
        earlier.append(self._count)
        return self._count

    def _matrix(self, rows: int, columns: int, kind: int) -> Matrix:
        if kind == 0:
            return tuple([tuple([int(r == c) for c in range(columns)]) for r in range(rows)])
        flat = self._draw(entries(self._kinds[kind - 1], rows * columns))
        return tuple([tuple(flat[r * columns : (r + 1) * columns]) for r in range(rows)])


class Writer:
    """Nodes in topological order.

    Attributes
    ----------
    dims : dimension by location.
    widths : channels by node.
    """

    def __init__(self, dims: list[int]) -> None:
        self.dims = dims
        self.widths: list[int] = []
        self._nodes: list[tuple[str, int, list[int], list[Label]]] = []

    def _add(self, kind: str, width: int, children: list[int], labels: list[Label]) -> int:
        self._nodes.append((kind, width, children, labels))
        self.widths.append(width)
        return len(self.widths) - 1

    def input(self, location: int) -> int:
        """An input of a location."""
        return self._add(f"input {location}", self.dims[location], [], [])

    def constant(self, width: int) -> int:
        """A vector of ones."""
        return self._add("constant", width, [], [])

    def product(self, children: list[int]) -> int:
        """A product of nodes of one width."""
        return self._add("product", self.widths[children[0]], children, [])

    def sum(self, children: list[int], width: int, labels: list[Label]) -> int:
        """A sum with a label for each child."""
        return self._add("sum", width, children, labels)

    def outer(self, children: list[int]) -> int:
        """The outer product of nodes."""
        return self._add("outer", prod([self.widths[child] for child in children]), children, [])

    def core(self, children: list[int], width: int, label: Label) -> int:
        """A core tensor over nodes: a sum over their outer product."""
        return self.sum([self.outer(children)], width, [label])

    def act(self, child: int, before: int, size: int, width: int, label: Label) -> int:
        """A matrix on one index of a node; a fixed one is given as a column, row after row."""
        after = self.widths[child] // (before * size)
        return self._add(f"act {before} {size}", before * width * after, [child], [label])

    def mix(self, children: list[int], labels: list[Label]) -> int:
        """A mixing layer of nodes of one width; the labels are columns."""
        width = self.widths[children[0]]
        eye = tuple([tuple([int(r == c) for c in range(width)]) for r in range(width)])
        scaled = [
            self.product([child, self.sum([self.constant(1)], width, [label])])
            for child, label in zip(children, labels, strict=True)
        ]
        return self.sum(scaled, width, [eye] * len(scaled))

    def circuit(self) -> Circuit:
        """The circuit; its output is the last node."""
        uses = Counter(
            [label for node in self._nodes for label in node[3] if isinstance(label, int)]
        )
        names: dict[int, str] = {}
        builder = CircuitBuilder(len(self.dims), self.dims)
        made: list[str] = []
        for kind, width, children, labels in self._nodes:
            below = [made[child] for child in children]
            for label in labels:
                if isinstance(label, int) and uses[label] > 1:
                    names.setdefault(label, f"t{len(names)}")
            word, *sizes = kind.split()
            if word == "constant":
                made.append(builder.constant(width))
            elif word == "product":
                made.append(builder.product(*below))
            elif word == "outer":
                made.append(builder.outer(*below))
            elif word == "input":
                made.append(self._input(builder, int(sizes[0]), made))
            elif word == "act":
                before, size = map(int, sizes)
                after = self.widths[children[0]] // (before * size)
                rows = width // (before * after)
                own = _arguments(labels, names)
                if "matrix" in own:
                    flat = [entry for (entry,) in own["matrix"]]
                    own["matrix"] = [flat[row * size : (row + 1) * size] for row in range(rows)]
                shape = before, size, after
                made.append(builder.act(below[0], shape, 1, width=rows, **own))
            else:
                made.append(builder.sum(*below, width=width, **_arguments(labels, names)))
        return builder.build(made[-1])

    @staticmethod
    def _input(builder: CircuitBuilder, location: int, made: list[str]) -> str:
        own = f"x{location}"
        again = sum(name.split(".")[0] == own for name in made)
        return builder.input(location, f"{own}.{again}") if again else builder.input(location)


def _arguments(labels: list[Label], names: dict[int, str]) -> dict[str, Any]:
    """A sum's ``parameter`` and ``matrix``, as short as a person would write them."""
    matrices = [None if isinstance(label, int) else label for label in labels]
    parameters = [names.get(label) if isinstance(label, int) else None for label in labels]
    found: dict[str, Any] = {}
    if any(matrix is not None for matrix in matrices):
        found["matrix"] = matrices[0] if len(labels) == 1 else matrices
    if any(parameters):
        found["parameter"] = parameters[0] if len(labels) == 1 else parameters
    return found
