"""Networks as a certificate's JSON describes them, and their values by brute force.

Nothing of the package is used: a mistake there cannot hide itself here. Values are residues modulo
`brute.PRIME`, or any numbers that Python can add and multiply.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any, NamedTuple

import brute
import numpy as np

PRIME = brute.PRIME
MOST_ENTRIES = 2**15
"""Of the array at a node that is written out."""
MOST_POINTS = 2**15
MOST_WEIGHTS = 20_000


class Undecided(Exception):
    """Brute force does not know."""


class Untrue(Exception):
    """What is stated is false, or says nothing; the message is why."""


def demand(holds: bool, why: str) -> None:
    """Raise `Untrue` unless it holds."""
    if not holds:
        raise Untrue(why)


class Node(NamedTuple):
    """A row of a file."""

    name: str
    kind: str
    width: int
    location: int | None
    children: tuple[int, ...]
    matrices: tuple[Any, ...]


class Net(NamedTuple):
    """A network, with what `brute` reads of one: nodes, dims and parameters."""

    nodes: tuple[Node, ...]
    dims: tuple[int, ...]
    parameters: Mapping[str, tuple[int, int]]

    @property
    def outputs(self) -> int:
        """How many there are."""
        return self.nodes[-1].width


def number(data: Any) -> int | Fraction:
    """An exact number as files have it."""
    if type(data) is int:
        return data
    if type(data) is not str:
        raise TypeError(f"not a number: {data!r}")
    return Fraction(data)


def natural(data: Any) -> int:
    """A bound as files have it."""
    if type(data) is int:
        return data
    factors = [(int(b, 16) if isinstance(b, str) else b, e) for b, e in data]
    if sum(b.bit_length() * e for b, e in factors) > 10**6:
        raise Undecided("an enormous bound")
    return prod(b**e for b, e in factors)


def table(rows: Any) -> tuple[tuple[int | Fraction, ...], ...]:
    """A matrix as files have it."""
    return tuple(tuple(map(number, row)) for row in rows)


def tables(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Matrices by name."""
    return {name: table(rows) for name, rows in weights.items()}


def net(data: Mapping[str, Any]) -> Net:
    """Read a circuit, or a SimNet of pool and mex nodes (their parameters are offsets)."""
    names, fixed = data["parameters"], [table(rows) for rows in data["matrices"]]
    nodes: list[Node] = []
    dims: dict[int, int] = {}
    shapes: dict[str, tuple[int, int]] = {}
    for name, kind, width, *rest in data["nodes"]:
        kind = {"pool": "product", "mex": "sum"}.get(kind, kind)
        location = rest[0] if kind == "input" else None
        children = tuple(rest[0]) if kind in ("sum", "product") else ()
        refs = rest[1] if kind == "sum" else ()
        labels = tuple(names[k] if k >= 0 else fixed[-1 - k] for k in refs)
        if location is not None:
            dims[location] = width
        for child, label in zip(children, labels, strict=False):
            if isinstance(label, str):
                shapes[label] = (width, nodes[child].width)
        nodes.append(Node(name, kind, width, location, children, labels))
    return Net(tuple(nodes), tuple(dims[i] for i in sorted(dims)), shapes)


def built(nodes: Sequence[Node]) -> Net:
    """A network of these nodes."""
    dims = {node.location: node.width for node in nodes if node.location is not None}
    shapes = {
        label: (node.width, nodes[child].width)
        for node in nodes
        for child, label in zip(node.children, node.matrices, strict=False)
        if isinstance(label, str)
    }
    return Net(tuple(nodes), tuple(dims[i] for i in sorted(dims)), shapes)


def scopes(network: Net) -> list[frozenset[int]]:
    """The locations below each node."""
    found: list[frozenset[int]] = []
    for node in network.nodes:
        own = () if node.location is None else (node.location,)
        found.append(frozenset(own).union(*(found[child] for child in node.children)))
    return found


def check_tensor(network: Net) -> None:
    """Demand that there is a coefficient tensor: every sum smooth, every product decomposable."""
    below = scopes(network)
    for node in network.nodes:
        under = [below[child] for child in node.children]
        if node.kind == "sum":
            demand(len(set(under)) == 1, f"the sum {node.name} is not smooth")
        if node.kind == "product":
            whole = sum(map(len, under))
            demand(len(frozenset().union(*under)) == whole, f"{node.name} is not decomposable")


def largest_array(network: Net) -> int:
    """Entries of the largest array that writing the tensor out would make."""
    pairs = zip(scopes(network), network.nodes, strict=True)
    return max(prod(network.dims[i] for i in scope) * node.width for scope, node in pairs)


@cache
def residues(label: tuple[tuple[int | Fraction, ...], ...]) -> np.ndarray:
    """A fixed matrix modulo the prime."""
    try:
        return np.array([[brute.residue(x) for x in row] for row in label], dtype=np.int64)
    except ValueError:
        raise Undecided("the prime divides a denominator") from None


def times(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Matrix times the channels of each point, a column at a time: (batch, columns) -> rows."""
    found = np.zeros((len(values), len(matrix)), dtype=np.int64)
    for k in range(matrix.shape[1]):
        found = (found + values[:, k, None] * matrix[:, k] % PRIME) % PRIME
    return found


def values_at(
    network: Net, weights: Mapping[str, Any], x: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Every node's channels at points, modulo the prime: x[i] is (batch, M_i)."""
    batch = len(x[0])
    own = {name: np.asarray(rows, dtype=np.int64) for name, rows in weights.items()}
    found: list[np.ndarray] = []
    for node in network.nodes:
        below = [found[child] for child in node.children]
        if node.location is not None:
            found.append(x[node.location])
        elif node.kind == "constant":
            found.append(np.ones((batch, node.width), dtype=np.int64))
        elif node.kind == "product":
            value = below[0]
            for factor in below[1:]:
                value = value * factor % PRIME
            found.append(value)
        else:
            total = np.zeros((batch, node.width), dtype=np.int64)
            for part, label in zip(below, node.matrices, strict=True):
                matrix = own[label] if isinstance(label, str) else residues(label)
                total = (total + times(matrix, part)) % PRIME
            found.append(total)
    return found


def values(network: Net, weights: Mapping[str, Any], x: Sequence[np.ndarray]) -> np.ndarray:
    """The outputs at points, modulo the prime: (batch, outputs)."""
    return values_at(network, weights, x)[-1]


def random_points(draw: random.Random, dims: Sequence[int], batch: int) -> list[np.ndarray]:
    """Uniform residues for each location."""
    return [
        np.array(
            [[draw.randrange(PRIME) for _ in range(dim)] for _ in range(batch)], dtype=np.int64
        )
        for dim in dims
    ]


def weights_of(network: Net, seed: int, space: str = "real") -> dict[str, Any]:
    """Random residues; over simplices each row of each parameter has sum 1."""
    if sum(rows * columns for rows, columns in network.parameters.values()) > MOST_WEIGHTS:
        raise Undecided("a network of many weights")
    found = brute.random_weights(network, seed)
    if space == "simplex":
        for rows in found.values():
            for row in rows:
                row[-1] = (1 - sum(row[:-1])) % PRIME
    return found


def rank_up_to(
    network: Net,
    weights: Mapping[str, Any],
    rows: Sequence[int],
    size: int,
    output: int = 0,
    seed: int = 1,
) -> int:
    """The smaller of ``size`` and the rank of the coefficient matrix at weights modulo the prime.

    Small tensors are written out; of large ones the table of values at ``size`` random vectors for
    each side has that rank, but for a chance of 10^-6.
    """
    if not 0 < len(rows) < len(network.dims):
        raise Undecided("a side without locations")
    if largest_array(network) <= MOST_ENTRIES:
        return min(size, brute.rank_at(network, weights, rows, output))
    columns = [i for i in range(len(network.dims)) if i not in set(rows)]
    most = min(prod(network.dims[i] for i in side) for side in (rows, columns))
    size = min(size, most)
    if size * size > MOST_POINTS:
        raise Undecided(f"a table of {size} x {size} values")
    vectors = random_points(random.Random(seed), network.dims, size)
    inside = set(rows)
    x = [
        np.repeat(v, size, axis=0) if i in inside else np.tile(v, (size, 1))
        for i, v in enumerate(vectors)
    ]
    found = values(network, weights, x)[:, output].reshape(size, size)
    return brute.rank(found)


def exact_tensor(network: Net, weights: Mapping[str, Any], output: int = 0) -> np.ndarray:
    """The coefficient tensor over Q at exact weights, as an array of Fractions."""
    check_tensor(network)
    if largest_array(network) > 2**12:
        raise Undecided("a tensor too large for fractions")
    found: list[tuple[tuple[int, ...], np.ndarray]] = []
    for node in network.nodes:
        below = [found[child] for child in node.children]
        if node.location is not None:
            unit = [[Fraction(i == j) for j in range(node.width)] for i in range(node.width)]
            found.append(((node.location,), np.array(unit, dtype=object)))
        elif node.kind == "constant":
            found.append(((), np.array([Fraction(1)] * node.width, dtype=object)))
        elif node.kind == "product":
            scope, value = below[0]
            for other, factor in below[1:]:
                left = value.reshape(*value.shape[:-1], *(1,) * len(other), value.shape[-1])
                value, joined = left * factor, scope + other
                order = sorted(range(len(joined)), key=joined.__getitem__)
                value = value.transpose((*order, len(joined)))
                scope = tuple(joined[i] for i in order)
            found.append((scope, value))
        else:
            total: Any = 0
            for (_, value), label in zip(below, node.matrices, strict=True):
                matrix = weights[label] if isinstance(label, str) else label
                total = total + value @ np.array(
                    [list(map(Fraction, row)) for row in matrix], dtype=object
                ).T.reshape(value.shape[-1], node.width)
            found.append((below[0][0], total))
    return found[-1][1][..., output]


def exact_values(network: Net, weights: Mapping[str, Any], x: Sequence[Sequence[Any]]) -> list[Any]:
    """The outputs at one point, in exact numbers."""
    found: list[list[Any]] = []
    for node in network.nodes:
        below = [found[child] for child in node.children]
        if node.location is not None:
            found.append(list(x[node.location]))
        elif node.kind == "constant":
            found.append([Fraction(1)] * node.width)
        elif node.kind == "product":
            found.append([prod(channels) for channels in zip(*below, strict=True)])
        else:
            total = [Fraction(0)] * node.width
            for part, label in zip(below, node.matrices, strict=True):
                matrix = weights[label] if isinstance(label, str) else label
                for i, row in enumerate(matrix):
                    total[i] += sum(a * b for a, b in zip(row, part, strict=True))
            found.append(total)
    return found[-1]


def check_weights(network: Net, weights: Mapping[str, Any]) -> None:
    """Demand a matrix of the right shape for every parameter, and no other."""
    demand(set(weights) == set(network.parameters), "the weights are those of another network")
    for name, (rows, columns) in network.parameters.items():
        own = weights[name]
        good = len(own) == rows and all(len(row) == columns for row in own)
        demand(good, f"the weights of {name} have another shape")


def sides(letters: str, count: int) -> list[int]:
    """The locations of side I; both sides must have some."""
    demand(set(letters) == {"I", "J"} and len(letters) == count, "not two sides of the locations")
    return [i for i, letter in enumerate(letters) if letter == "I"]
