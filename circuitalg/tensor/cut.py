"""Where to cut a circuit, so that its grid tensor is one matrix product of two small tensors.

If every path from some locations to the output runs through node v, the tensor is
Σ_α value_v[α] ⊗ rest_v[α], with one summand for each channel of v: a matrix product with the width
of v as its inner dimension. ``rest_v`` is the derivative of the output with respect to v, which
a pass from the output down to v computes (the root moves to v). At a product node the factors, the
rest among them, can be shared out to the two sides in any way. An output that sums over several
children is the sum of such products.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any

from circuitalg.circuit.fold import depth_first
from circuitalg.tensor.values import Step

if TYPE_CHECKING:
    from circuitalg.circuit.node import Node

# The rest of the circuit, as a factor beside the children of a product.
_REST = -1
# Up to this many factors, every way to share them out is tried; beyond, those keeping neighbours.
_FEW = 7


@dataclass(frozen=True, slots=True)
class Cut:
    """One way to write a term as a matrix product.

    Attributes
    ----------
    root : the top of its term: a child of the output where that sums several, else the output.
    node : where the two sides meet.
    sides : factors of the left and of the right side: children of the node, or the node itself,
        and `_REST`.
    rows : bit mask of the locations of the left side.
    inner : the inner dimension, the node's width.
    cost : numbers written to form the two sides.
    """

    root: int
    node: int
    sides: tuple[tuple[int, ...], tuple[int, ...]]
    rows: int
    inner: int
    cost: float


class Cuts:
    """All cuts of a circuit on a grid, and the steps that compute their sides.

    Parameters
    ----------
    nodes
        Those of the circuit.
    lengths
        Vectors by location; a location with one vector counts for nothing.
    weights
        Array by parameter name.
    """

    def __init__(
        self, nodes: Sequence[Node], lengths: Sequence[int], weights: Mapping[str, Any]
    ) -> None:
        self.nodes = nodes
        self._long = [(1 << i, n) for i, n in enumerate(lengths) if n > 1]
        self.weights: dict[str, Any] = dict(weights)
        """The weights, with those of moved roots under names that no parameter can have."""
        self._parents = [0] * len(nodes)
        self._scope = [0] * len(nodes)
        self._cost = [0.0] * len(nodes)
        self._sizes: dict[int, int] = {0: 1}
        self._via: dict[int, int] = {}
        for node in nodes:
            for child in node.children:
                self._parents[child] += 1
        for i in depth_first(nodes):
            node = nodes[i]
            if node.location is not None and lengths[node.location] > 1:
                self._scope[i] = 1 << node.location
            for child in node.children:
                self._scope[i] |= self._scope[child]
            below = sum(self._cost[child] for child in node.children)
            self._cost[i] = below + node.width * self.size(self._scope[i])

    def size(self, scope: int) -> int:
        """Number of index tuples of some locations."""
        if scope not in self._sizes:
            self._sizes[scope] = prod(n for bit, n in self._long if scope & bit)
        return self._sizes[scope]

    def terms(self) -> list[list[Cut]] | None:
        """The cuts of each term of the output, or None where a term has none.

        The output has one term, or one for each child where it sums over several.
        """
        last = len(self.nodes) - 1
        node = self.nodes[last]
        several = node.kind == "sum" and len(node.children) > 1
        whole = self._scope[last]
        found = []
        for root in node.children if several else (last,):
            cuts = list(self._search(root))
            if self._scope[root] != whole or not cuts:
                return None
            found.append(cuts)
        return found

    def _search(self, root: int) -> Iterator[Cut]:
        """Walk down while there is one way to the output and the scopes on it are disjoint."""
        stack: list[tuple[int, int, float]] = [(root, 0, 0.0)]
        while stack:
            i, rest, above = stack.pop()
            node, scope = self.nodes[i], self._scope[i]
            if scope & rest:
                continue
            # The rest has a size also where it is a vector.
            above += node.width * self.size(rest)
            if node.kind == "product":
                yield from self._splits(root, i, rest, above)
            elif scope and i != len(self.nodes) - 1:
                cost = self._cost[i] + above
                yield self._cut(root, i, ((i,), (_REST,)), (scope, rest), cost)
            if node.kind == "sum" and len(node.children) > 1:
                continue
            for place, child in enumerate(node.children):
                others = rest
                beside = above
                for k, sibling in enumerate(node.children):
                    if k != place:
                        others |= self._scope[sibling]
                        beside += self._cost[sibling]
                if self._parents[child] == 1:
                    self._via[child] = i
                    stack.append((child, others, beside))

    def _splits(self, root: int, i: int, rest: int, above: float) -> Iterator[Cut]:
        node = self.nodes[i]
        factors = [_REST, *node.children]
        scopes = [rest, *(self._scope[child] for child in node.children)]
        costs = [above, *(self._cost[child] for child in node.children)]
        union = 0
        for scope in scopes:
            if union & scope:
                return
            union |= scope
        order = sorted(range(len(factors)), key=lambda f: scopes[f] & -scopes[f])
        for left in _ways(order):
            right = tuple(f for f in order if f not in left)
            halves = (sum(scopes[f] for f in left), sum(scopes[f] for f in right))
            # A product of one factor is the factor.
            joined = sum(
                node.width * self.size(half)
                for side, half in zip((left, right), halves, strict=True)
                if len(side) > 1
            )
            sides = (tuple(factors[f] for f in left), tuple(factors[f] for f in right))
            yield self._cut(root, i, sides, halves, sum(costs) + joined)

    def _cut(
        self,
        root: int,
        node: int,
        sides: tuple[tuple[int, ...], tuple[int, ...]],
        scopes: tuple[int, int],
        cost: float,
    ) -> Cut:
        """A cut whose left side has the first location: equal bipartitions look equal."""
        union = scopes[0] | scopes[1]
        if scopes[1] & union & -union:
            sides, scopes = sides[::-1], scopes[::-1]
        return Cut(root, node, sides, scopes[0], self.nodes[node].width, cost)

    def steps(self, cut: Cut, output: int) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """The operations that compute the two sides of a cut."""
        left, right = (self._side(cut, side, output) for side in cut.sides)
        return left, right

    def _side(self, cut: Cut, factors: tuple[int, ...], output: int) -> tuple[Step, ...]:
        program = _Program(self.nodes)
        made = [
            self._rest(program, cut, output) if f == _REST else program.value(f) for f in factors
        ]
        if len(made) > 1 or made[0] != len(program.steps) - 1:
            program.add(Step("product", cut.inner, None, tuple(made)))
        return tuple(program.steps)

    def _rest(self, program: _Program, cut: Cut, output: int) -> int:
        """Add the derivative of the cut's term, in one output, with respect to its node."""
        way = [cut.node]
        while way[-1] != cut.root:
            way.append(self._via[way[-1]])
        value = program.add(Step("constant", 1))
        last = len(self.nodes) - 1
        if cut.root != last:
            place = self.nodes[last].children.index(cut.root)
            value = program.add(self._back(last, place, value, output))
        elif self.nodes[last].kind != "sum":
            value = program.add(self._unit(value, output))
        for above, below in zip(reversed(way), reversed(way[:-1]), strict=False):
            parent = self.nodes[above]
            place = parent.children.index(below)
            if parent.kind == "sum":
                row = output if above == last else None
                value = program.add(self._back(above, place, value, row))
            else:
                others = [c for k, c in enumerate(parent.children) if k != place]
                factors = (value, *(program.value(c) for c in others))
                value = program.add(Step("product", parent.width, None, factors))
        return value

    def _back(self, i: int, place: int, value: int, row: int | None) -> Step:
        """A sum read from its output to one child: its matrix, or one row of it, transposed."""
        node = self.nodes[i]
        label = node.matrices[place]
        name = f"{label if isinstance(label, str) else ''}\0{row}"
        if not isinstance(label, str):
            name += f"\0{i}.{place}"
        if name not in self.weights:
            matrix = self.weights[label] if isinstance(label, str) else label
            if isinstance(matrix, tuple):
                lines = matrix if row is None else matrix[row : row + 1]
                self.weights[name] = tuple(zip(*lines, strict=True))
            else:
                self.weights[name] = (matrix if row is None else matrix[row : row + 1, :]).T
        width = self.nodes[node.children[place]].width
        return Step("sum", width, None, (value,), (name,))

    def _unit(self, value: int, output: int) -> Step:
        """The vector that picks an output."""
        width = self.nodes[-1].width
        name = f"\0{output}\0"
        self.weights[name] = tuple((int(k == output),) for k in range(width))
        return Step("sum", width, None, (value,), (name,))


def _ways(order: list[int]) -> Iterator[tuple[int, ...]]:
    """Left sides: every one that has the first factor, or those of neighbours."""
    if len(order) > _FEW:
        for k in range(1, len(order)):
            yield tuple(order[:k])
        return
    first, *others = order
    for k in range(len(others)):
        for more in combinations(others, k):
            yield (first, *more)


class _Program:
    """Steps under construction: nodes of the circuit as far as they are needed, and others."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._place: dict[int, int] = {}
        self.steps: list[Step] = []

    def add(self, step: Step) -> int:
        """Append a step and return its number."""
        self.steps.append(step)
        return len(self.steps) - 1

    def value(self, root: int) -> int:
        """Append a node with all that is below it, and return its number."""
        stack = [root]
        while stack:
            i = stack[-1]
            missing = [c for c in self._nodes[i].children if c not in self._place]
            if i in self._place or not missing:
                stack.pop()
                if i not in self._place:
                    node = self._nodes[i]
                    children = tuple(self._place[c] for c in node.children)
                    self._place[i] = self.add(
                        Step(node.kind, node.width, node.location, children, node.matrices)
                    )
            else:
                stack.extend(reversed(missing))
        return self._place[root]
