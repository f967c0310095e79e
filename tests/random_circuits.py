"""Random circuits for the property tests: trees with every kind of tie, and mixtures.

``tree`` makes the networks of the statistics (one product node for each inner node of a mode
tree); ``wild`` makes tree circuits that break every habit: direct inputs, chains of sums,
products of products, constants, fixed matrices, parameters tied anywhere. ``mixture`` makes smooth
decomposable circuits that are no trees, ``tangle`` circuits that repeat inputs.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from circuitalg.circuit import Circuit
from circuitalg.circuit.node import Node

TIES = ("untied", "height", "height and place", "depth", "equal subtrees")


@dataclass
class Writer:
    """Collects nodes in topological order."""

    dims: list[int]
    nodes: list[Node] = field(default_factory=list)

    def add(self, kind, width, location=None, children=(), matrices=()):
        """Add a node and return its number."""
        name = f"{kind[0]}{len(self.nodes)}"
        self.nodes.append(Node(name, kind, width, location, tuple(children), tuple(matrices)))
        return len(self.nodes) - 1

    def input(self, location):
        """Add the input of a location."""
        return self.add("input", self.dims[location], location)

    def sum(self, child, width, label):
        """Add a sum of one child through a parameter (a name) or a fixed matrix."""
        return self.add("sum", width, None, [child], [label])

    def width(self, node):
        """The number of channels of a node."""
        return self.nodes[node].width

    def circuit(self):
        """The circuit; its output is the last node."""
        return Circuit.from_nodes(self.nodes)


def mode_tree(generator: random.Random, locations: int, arity: int = 4) -> Any:
    """Random nested lists over the locations in random order."""
    forest: list[Any] = list(range(locations))
    while len(forest) > 1:
        size = generator.randint(2, min(arity, len(forest)))
        generator.shuffle(forest)
        forest = [*forest[size:], forest[:size]]
    return forest[0]


def balanced_tree(locations: int, arity: int) -> Any:
    """Nested lists of equal groups of neighbours."""
    forest: list[Any] = list(range(locations))
    while len(forest) > 1:
        forest = [forest[i : i + arity] for i in range(0, len(forest), arity)]
    return forest[0]


def height(tree: Any) -> int:
    """Levels of product nodes below and including the top."""
    return 0 if isinstance(tree, int) else 1 + max(height(child) for child in tree)


def sides(generator: random.Random, locations: int) -> list[int]:
    """The locations of a random side I, neither empty nor everything."""
    while True:
        chosen = [i for i in range(locations) if generator.random() < 0.5]
        if 0 < len(chosen) < locations:
            return chosen


def tree(
    generator: random.Random,
    locations: int,
    *,
    ties: str = "untied",
    max_width: int = 9,
    max_dim: int = 5,
    one_dim: bool = True,
    by_level: bool | None = None,
    shape: Any = None,
) -> Circuit:
    """One product node for each inner node of a mode tree, one matrix for each edge.

    ``ties``: which edges share a parameter, in levels chosen at random: those at one height above
    the leaves, the same at one place among the siblings, those at one depth below the root, or
    those with equal subtrees. Edges of different shapes never share.
    """
    shape = mode_tree(generator, locations) if shape is None else shape
    dim = generator.randint(2, max_dim)
    dims = [dim if one_dim else generator.randint(2, max_dim) for _ in range(locations)]
    levels = height(shape)
    by_level = ties != "untied" if by_level is None else by_level
    level_width = [generator.randint(1, max_width) for _ in range(levels + 1)]
    tied = [generator.random() < 0.6 for _ in range(levels + 1)]
    if ties != "untied" and not any(tied):
        tied[generator.randrange(levels)] = True
    writer = Writer(dims)

    def grow(node: Any, depth: int) -> tuple[int, tuple]:
        if isinstance(node, int):
            return writer.input(node), ("leaf", dims[node])
        level = height(node) - 1
        width = level_width[level] if by_level else generator.randint(1, max_width)
        parts = [grow(child, depth + 1) for child in node]
        sums = []
        for place, (child, form) in enumerate(parts):
            keys = {
                "height": (height(node[place]), level),
                "height and place": (height(node[place]), level, place),
                "depth": (depth,),
                "equal subtrees": (form,),
            }
            shaped = (width, writer.width(child))
            flag = tied[depth if ties == "depth" else height(node[place])]
            name = f"w{len(writer.nodes)}"
            if ties in keys and flag:
                name = "t" + repr((keys[ties], shaped)).replace(" ", "")
            sums.append(writer.sum(child, width, name))
        form = (width, tuple(sorted(repr(f) for _, f in parts)))
        return writer.add("product", width, None, sums), form

    top, _ = grow(shape, 0)
    writer.sum(top, 1, "out")
    return writer.circuit()


def wild(
    generator: random.Random,
    locations: int,
    *,
    max_width: int = 4,
    max_dim: int = 3,
    tie: float | None = None,
    fixed: float | None = None,
) -> Circuit:
    """A tree circuit with as many strange features as the definition allows."""
    dims = [generator.randint(1, max_dim) for _ in range(locations)]
    if generator.random() < 0.5:
        dims = [generator.randint(2, max_dim)] * locations
    tie = generator.choice([0, 0.3, 0.6, 0.9]) if tie is None else tie
    fixed = generator.choice([0, 0, 0.1, 0.3]) if fixed is None else fixed
    common = generator.randint(1, max_width)  # equal widths are what ties need
    writer = Writer(dims)
    known: dict[tuple[int, int], list[Any]] = {}

    def some_width() -> int:
        return common if generator.random() < 0.6 else generator.randint(1, max_width)

    def label(rows: int, columns: int) -> Any:
        earlier = known.setdefault((rows, columns), [])
        if earlier and generator.random() < tie:
            return generator.choice(earlier)
        new: Any = f"w{len(writer.nodes)}"
        if generator.random() < fixed:
            kind = generator.randrange(4)
            entries = [
                [
                    int(r == c)
                    if kind == 0
                    else generator.randint(0, 1)
                    if kind == 1
                    else generator.randint(-2, 2)
                    if kind == 2
                    else Fraction(generator.randint(-3, 3), generator.randint(1, 4))
                    for c in range(columns)
                ]
                for r in range(rows)
            ]
            new = tuple(map(tuple, entries))
        earlier.append(new)
        return new

    def lifted(node: int, width: int) -> int:
        """A sum above the node, sometimes a chain of two."""
        while generator.random() < 0.15:
            middle = some_width()
            node = writer.sum(node, middle, label(middle, writer.width(node)))
        return writer.sum(node, width, label(width, writer.width(node)))

    def grow(node: Any, width: int, *, product_ok: bool) -> int:
        """A node of this width for a part of the mode tree."""
        if isinstance(node, int):
            leaf = writer.input(node)
            if writer.width(leaf) == width and generator.random() < 0.3:
                return leaf
            return lifted(leaf, width)
        direct = product_ok and generator.random() < 0.2
        inner = width if direct else some_width()
        parts = [grow(child, inner, product_ok=True) for child in node]
        if generator.random() < 0.12:
            size = generator.randint(1, 3)
            constant = writer.add("constant", inner if generator.random() < 0.3 else size)
            if writer.width(constant) != inner or generator.random() < 0.5:
                constant = lifted(constant, inner)
            parts.append(constant)
        product = writer.add("product", inner, None, parts)
        return product if direct else lifted(product, width)

    outputs = generator.choice([1, 1, 1, 2, 3])
    top = grow(mode_tree(generator, locations), outputs, product_ok=True)
    if writer.nodes[top].kind == "input":  # one location only
        writer.sum(top, outputs, "out")
    return writer.circuit()


def mixture(generator: random.Random, locations: int, *, max_width: int = 4) -> Circuit:
    """A smooth decomposable circuit that is no tree: sums of branches over reused nodes."""
    dim = generator.randint(2, 3)
    writer = Writer([dim] * locations)
    known = {frozenset([i]): [writer.input(i)] for i in range(locations)}
    tied = generator.random() < 0.4
    shapes: dict[tuple[int, int], str] = {}

    def label(rows: int, columns: int) -> str:
        new = f"w{len(writer.nodes)}.{generator.randrange(10**9)}"
        earlier = shapes.setdefault((rows, columns), new)
        return earlier if tied and generator.random() < 0.5 else new

    def branch(scope: list[int]) -> int:
        """A product over a random split of the scope."""
        generator.shuffle(scope)
        at = generator.randint(1, len(scope) - 1)
        width = generator.randint(1, max_width)
        parts = [node_for(scope[:at]), node_for(scope[at:])]
        sums = [writer.sum(p, width, label(width, writer.width(p))) for p in parts]
        return writer.add("product", width, None, sums)

    def node_for(scope: list[int]) -> int:
        """An older node over this scope, or a new sum of branches and older nodes."""
        older = known.setdefault(frozenset(scope), [])
        if older and generator.random() < 0.5:
            return generator.choice(older)
        branches = [generator.choice(older)] if older and generator.random() < 0.3 else []
        if len(scope) > 1:
            count = generator.choice([1, 1, 2]) if len(writer.nodes) < 40 else 1
            branches += [branch(list(scope)) for _ in range(count)]
        branches = sorted({*branches, *(older[:1] if not branches else [])})
        width = generator.randint(1, max_width)
        labels = [label(width, writer.width(b)) for b in branches]
        older.append(writer.add("sum", width, None, branches, labels))
        return older[-1]

    everything = list(range(locations))
    tops = sorted({branch(list(everything)) for _ in range(generator.randint(1, 2))})
    writer.add("sum", 1, None, tops, [label(1, writer.width(t)) for t in tops])
    return writer.circuit()


def tangle(generator: random.Random, locations: int) -> Circuit:
    """A circuit that repeats inputs: sums and products of any earlier nodes, every one used."""
    writer = Writer([generator.randint(1, 3) for _ in range(locations)])
    known: dict[tuple[int, int], list[Any]] = {}

    def label(rows: int, columns: int) -> Any:
        """A new parameter, one used before with this shape, or a fixed matrix."""
        earlier = known.setdefault((rows, columns), [])
        new: Any = f"w{len(writer.nodes)}.{sum(map(len, known.values()))}"
        choice = generator.random()
        if choice < 0.2:
            numbers = [-1, 0, 1, 2, Fraction(1, 2)]
            new = tuple(tuple(generator.choices(numbers, k=columns)) for _ in range(rows))
        elif choice < 0.4 and earlier:
            return generator.choice(earlier)
        earlier.append(new)
        return new

    def summed(children: list[int], width: int) -> int:
        labels = [label(width, writer.width(child)) for child in children]
        return writer.add("sum", width, None, children, labels)

    def multiplied(children: list[int], width: int) -> int:
        return writer.add("product", width, None, [summed([c], width) for c in children])

    pool = [writer.input(i) for i in range(locations)]
    unused = list(pool)
    for _ in range(generator.randint(1, 4)):
        few = generator.sample(pool, min(len(pool), generator.randint(1, 3)))
        node = generator.choice([summed, multiplied])(few, generator.randint(1, 2))
        unused = [other for other in unused if other not in few] + [node]
        pool.append(node)
    summed([multiplied(unused, generator.randint(1, 3))], generator.randint(1, 3))
    return writer.circuit()


def together(tables):
    """Arrays (batch, M_i) by location as one (batch, N, M), where the dimensions are equal."""
    dims = {table.shape[1] for table in tables}
    return np.stack(tables, axis=1) if len(dims) == 1 else tables


def apart(x):
    """What `together` gave as arrays (batch, M_i) by location again."""
    return list(np.moveaxis(x, 1, 0)) if hasattr(x, "shape") else x
