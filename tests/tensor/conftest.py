"""Random circuits of every kind, and a reference that evaluates them number by number."""

import random
from fractions import Fraction

import numpy as np
import pytest

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Node


class Reference:
    """Textbook evaluation with Python numbers, and random circuits for it."""

    @staticmethod
    def value(circuit, weights, vectors, output=0):
        """One output at one input: vectors by location."""
        values = []
        for node in circuit.nodes:
            below = [values[child] for child in node.children]
            if node.kind == "input":
                value = [convert(n) for n in vectors[node.location]]
            elif node.kind == "constant":
                value = [1] * node.width
            elif node.kind == "product":
                value = [1] * node.width
                for child in below:
                    value = [a * b for a, b in zip(value, child, strict=True)]
            else:
                value = [0] * node.width
                for label, child in zip(node.matrices, below, strict=True):
                    matrix = weights[label] if isinstance(label, str) else label
                    for r in range(node.width):
                        terms = [convert(matrix[r][c]) * child[c] for c in range(len(child))]
                        value[r] += sum(terms)
            values.append(value)
        return values[-1][output]

    @staticmethod
    def circuit(seed, *, repeated=False, locations=None):
        """A smooth decomposable circuit with mixed sums, ties, constants and fixed matrices.

        With ``repeated`` any node may use any others: a circuit without a coefficient tensor.
        """
        return _Maker(seed, repeated, locations).circuit


def convert(number):
    """NumPy integers as Python ints; everything else as it is."""
    return int(number) if isinstance(number, np.integer) else number


class _Maker:
    def __init__(self, seed, repeated, locations):
        self.random = random.Random(seed)
        self.nodes = []
        self.shapes = {}
        count = locations or self.random.randint(1, 5)
        dims = [self.random.randint(1, 3) for _ in range(count)]
        leaves = [self.add("input", dim, location=i) for i, dim in enumerate(dims)]
        top = self.tangle(leaves) if repeated else self.tree(leaves)
        outputs = self.random.randint(1, 3)
        self.sum([top], outputs)
        self.circuit = Circuit.from_nodes(self.nodes)

    def add(self, kind, width, **rest):
        self.nodes.append(Node(f"n{len(self.nodes)}", kind, width, **rest))
        return len(self.nodes) - 1

    def sum(self, children, width):
        labels = tuple(self.label(width, self.nodes[child].width) for child in children)
        return self.add("sum", width, children=tuple(children), matrices=labels)

    def label(self, rows, columns):
        """A new parameter, one used before with this shape, or a fixed matrix."""
        choice = self.random.random()
        known = [name for name, shape in self.shapes.items() if shape == (rows, columns)]
        if choice < 0.2:
            numbers = [-1, 0, 1, 2, Fraction(1, 2)]
            return tuple(tuple(self.random.choices(numbers, k=columns)) for _ in range(rows))
        if choice < 0.4 and known:
            return self.random.choice(known)
        name = f"w{len(self.shapes)}"
        self.shapes[name] = (rows, columns)
        return name

    def tree(self, leaves):
        """Join random groups of nodes of disjoint scopes until one is left."""
        alive = list(leaves)
        while len(alive) > 1:
            self.random.shuffle(alive)
            size = self.random.randint(2, min(3, len(alive)))
            group, alive = alive[:size], alive[size:]
            # A mixture of one or two products over the same scopes, nodes used twice.
            width = self.random.randint(1, 3)
            terms = [self.product(group) for _ in range(self.random.randint(1, 2))]
            alive.append(self.sum(terms, width) if len(terms) > 1 else terms[0])
        return alive[0]

    def product(self, group):
        width = self.random.randint(1, 3)
        factors = [self.sum([child], width) for child in group]
        if self.random.random() < 0.2:
            factors.append(self.sum([self.add("constant", 1)], width))
        self.random.shuffle(factors)
        return self.add("product", width, children=tuple(factors))

    def tangle(self, leaves):
        """Sums and products of any earlier nodes, every one of them used."""
        unused = list(leaves)
        pool = list(leaves)
        for _ in range(self.random.randint(1, 4)):
            few = self.random.sample(pool, min(len(pool), self.random.randint(1, 3)))
            width = self.random.randint(1, 2)
            if self.random.random() < 0.5:
                node = self.sum(few, width)
            else:
                factors = [self.sum([child], width) for child in few]
                node = self.add("product", width, children=tuple(factors))
            unused = [n for n in unused if n not in few] + [node]
            pool.append(node)
        width = self.random.randint(1, 3)
        return self.add(
            "product", width, children=tuple(self.sum([child], width) for child in unused)
        )


@pytest.fixture(scope="session")
def reference():
    """The reference as a class of functions."""
    return Reference
