"""A tree circuit's tensor across any bipartition, as a small matrix or as a product of stages.

A *core* of a node is an array (a, b, width): its tensor, with orthonormal frames taken off on the
side I (a rows) and on the side J (b). Subtrees on one side have the factors of the canonical form;
where both sides meet, cores multiply channel by channel and each side is cut down to what the
others leave of it by QR. So a and b are bounded by the bonds between the sides, not by M^N.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.memory import check_bytes
from circuitalg.spectra.canonical_form import CanonicalForm, Channels, triangle

Array = Any
Shape = tuple[int, int]

_SMALL = 2**16  # a core of no more entries is not taken apart further


@dataclass(frozen=True, slots=True, eq=False)
class Matricized:
    """A bipartition over a canonical form.

    Attributes
    ----------
    form : the canonical form of the circuit.
    sides : by node: 0 or 1 for a node all on side I or J, 2 for both sides.
    top : the lowest node with all of one side below it; what is above it is on one side.
    outside : the side of what is above.
    shapes : by node, (a, b) of its core; for nodes from ``top`` down.
    """

    form: CanonicalForm
    sides: list[int]
    top: int
    outside: int
    shapes: dict[int, Shape]

    def parts(self, index: int) -> list[int]:
        """Children whose cores multiply to a node's own, one-sided ones first; or the node itself.

        A node on one side has its factor. At the top what is above it is one more part.
        """
        children = self.form.circuit.nodes[index].children
        return [index] if self.sides[index] < 2 else sorted(children, key=lambda c: self.sides[c])

    def joining(self, index: int) -> tuple[list[Shape], Shape]:
        """Shapes of the cores that :func:`product` joins at a node, and what is left out.

        At the top the largest core is left for the end, where channels are summed.
        """
        shapes = [self.shapes[i] for i in self.parts(index)]
        if index != self.top:
            return shapes, (1, 1)
        rows = self.form.above[index].rows
        shapes.append((rows, 1) if self.outside == 0 else (1, rows))
        largest = max(shapes, key=prod)
        shapes.remove(largest)
        return shapes, largest

    @property
    def shape(self) -> Shape:
        """Rows and columns of the matrix; exact, and possibly huge."""
        shapes, largest = self.joining(self.top)
        joint, _ = _fold(shapes, self.form.circuit.nodes[self.top].width)
        return _times(joint, largest)


def matricized(form: CanonicalForm, bipartition: Bipartition) -> Matricized:
    """Find where the sides meet."""
    nodes = form.circuit.nodes
    on_j = np.frombuffer(bipartition.sides, dtype=np.uint8)[form.leaves]
    sums = np.concatenate([[0], np.cumsum(on_j, dtype=np.int64)])
    first, last = form.spans.T
    sizes = last - first
    in_j = sums[last] - sums[first]
    in_i = sizes - in_j
    # The first node in topological order with a whole side below it is the lowest.
    lowest = [int(np.argmax(counts == counts[-1])) for counts in (in_i, in_j)]
    top, outside = min((lowest[0], 1), (lowest[1], 0), key=lambda t: int(sizes[t[0]]))
    sides = np.where(in_j == 0, 0, np.where(in_i == 0, 1, 2)).tolist()
    found = Matricized(form, sides, top, outside, {})
    shapes = found.shapes
    for index in reversed(_under(found, top)):
        node, rows = nodes[index], form.below[index].rows
        if sides[index] < 2:
            shapes[index] = (rows, 1) if sides[index] == 0 else (1, rows)
        elif node.kind == "sum":
            shapes[index] = _cut(shapes[node.children[0]], node.width)
        else:
            parts = [shapes[child] for child in found.parts(index)]
            shapes[index], _ = _fold(parts, node.width)
    return found


def _times(first: Shape, second: Shape) -> Shape:
    return first[0] * second[0], first[1] * second[1]


def _cut(shape: Shape, width: int) -> Shape:
    """What QR leaves of a core, first on side I, then on side J."""
    a = min(shape[0], shape[1] * width)
    return a, min(shape[1], a * width)


def _fold(shapes: Sequence[Shape], width: int) -> tuple[Shape, int]:
    """Shape of a product of cores, cut after each factor, and the most numbers on the way."""
    found, most = (1, 1), 0
    for shape in shapes:
        found = _times(found, shape)
        most = max(most, prod(found) * width)
        found = _cut(found, width)
    return found, most


def peak_entries(given: Matricized) -> int:
    """The most numbers that :func:`matrix` holds at a time, more or less; possibly huge."""
    rows, columns = given.shape
    return 2 * rows * columns + 3 * max(_peak(given, i) for i in _under(given, given.top))


def _under(given: Matricized, index: int) -> list[int]:
    """A node and those whose cores its own core needs, parents first."""
    order, stack = [], [index]
    while stack:
        found = stack.pop()
        order.append(found)
        if given.sides[found] == 2:
            stack.extend(given.form.circuit.nodes[found].children)
    return order


def _peak(given: Matricized, index: int) -> int:
    """Numbers of the largest product on the way to one core."""
    return _fold(given.joining(index)[0], given.form.circuit.nodes[index].width)[1]


def core(given: Matricized, index: int) -> Channels:
    """The core (a, b, width) of a node, from the cores below it; frames are dropped."""
    nodes, sides = given.form.circuit.nodes, given.sides
    cores: dict[int, Channels] = {}
    for i in reversed(_under(given, index)):
        if sides[i] < 2:
            factor = given.form.below[i]
            rows = factor.array[:, None, :] if sides[i] == 0 else factor.array[None, :, :]
            cores[i] = Channels(rows, factor.exponents)
        elif nodes[i].kind == "sum":
            below = cores.pop(nodes[i].children[0])
            cores[i] = _reduced(below.through(given.form.matrices[i].T))
        else:
            cores[i] = product([cores.pop(child) for child in given.parts(i)])
    return cores[index]


def product(cores: Sequence[Channels]) -> Channels:
    """The channel by channel product of cores, cut down after each factor."""
    total = cores[0]
    for factor in cores[1:]:
        array = np.einsum("abw,cdw->acbdw", total.array, factor.array)
        a, c, b, d, width = array.shape
        exponents = total.exponents + factor.exponents
        total = _reduced(Channels.of(array.reshape(a * c, b * d, width), exponents))
    return total


def _reduced(found: Channels) -> Channels:
    """Cut each side down to the other's dimension times the width: an orthonormal frame goes."""
    array, exponents = found.array, found.exponents
    a, b, width = array.shape
    if a > b * width:
        array = triangle(array.reshape(a, -1)).reshape(-1, b, width)
        a = b * width
    if b > a * width:
        turned = array.transpose(1, 0, 2).reshape(b, -1)
        array = triangle(turned).reshape(-1, a, width).transpose(1, 0, 2)
    return found if array is found.array else Channels.of(array, exponents)


def outer_core(given: Matricized) -> Channels:
    """The core of what is above the top: (k, 1, width) on side I, or (1, k, width)."""
    factor = given.form.above[given.top]
    rows = factor.array[:, None, :] if given.outside == 0 else factor.array[None, :, :]
    return Channels(rows, factor.exponents)


def matrix(given: Matricized) -> tuple[Array, int]:
    """A matrix with the singular values of ⟦A⟧, as float64 numbers times a power of two."""
    cores = [core(given, i) for i in given.parts(given.top)]
    cores.append(outer_core(given))
    last = cores.pop(max(range(len(cores)), key=lambda i: cores[i].array.size))
    rest = product(cores)
    # The channels of the product are summed here: A = Σ_c rest_c ⊗ last_c.
    both = rest.exponents + last.exponents
    scale, exponent = Channels(rest.array, both).common()
    found = np.tensordot(scale, last.array, axes=(2, 2)).transpose(0, 2, 1, 3)
    a, c, b, d = found.shape
    return found.reshape(a * c, b * d), exponent


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """⟦A⟧ as a product of stages, never multiplied out: what a vector is multiplied by.

    Attributes
    ----------
    cores : each (width, a, b), the channels in front.
    mixes : between two cores, the matrix (next width, width) of the sums on the way down.
    exponent : everything times this power of two.
    """

    cores: tuple[Array, ...]
    mixes: tuple[Array, ...]
    exponent: int

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return prod(c.shape[1] for c in self.cores), prod(c.shape[2] for c in self.cores)

    def transposed(self) -> Stages:
        """The same with the sides exchanged."""
        turned = tuple(np.ascontiguousarray(c.transpose(0, 2, 1)) for c in self.cores)
        return Stages(turned, self.mixes, self.exponent)

    def times(self, vectors: Array) -> Array:
        """⟦A⟧ · X for X (columns, count), up to the power of two."""
        count = vectors.shape[1]
        done, left = 1, vectors.shape[0]
        state = vectors[None]
        for number, stage in enumerate(self.cores):
            width, a, b = stage.shape
            left //= b
            parts = state.reshape(-1, done, b, left * count)
            if number == len(self.cores) - 1:
                # The last stage sums the channels.
                total: Array = 0
                for c in range(width):
                    total = total + stage[c] @ parts[min(c, len(parts) - 1)]
                return total.reshape(-1, count)
            done *= a
            state = np.matmul(stage[:, None], parts).reshape(width, -1)
            state = self.mixes[number] @ state
        raise ValueError("there is at least one stage")

    def peak_entries(self, count: int) -> int:
        """Numbers held while ``count`` vectors are multiplied."""
        done, left = 1, self.shape[1]
        most = left * count
        for stage in self.cores:
            width, a, b = stage.shape
            left //= b
            most = max(most, width * done * left * count * (a + b))
            done *= a
        return 2 * most


def stages(given: Matricized, max_bytes: int | None = None) -> Stages:
    """Take the matrix apart along the tree's heaviest path.

    Raises
    ------
    TooLargeError
        When a core beside the path does not fit.
    """
    form, index = given.form, given.top
    cores: list[Array] = []
    mixes: list[Array] = []
    exponent = 0
    beside = [outer_core(given)]
    way: Channels | None = None  # from the last stage's channels to those of the present node
    while index >= 0:
        node = form.circuit.nodes[index]
        light, heavy = _beside(given, index)
        beside += [core(given, i) for i in _checked(given, light, max_bytes)]
        if beside:
            stage = product(beside)
            if way is not None:
                mixes.append(way.array.T)
                stage = Channels(stage.array, stage.exponents + way.exponents)
            array, power = stage.common()
            cores.append(np.ascontiguousarray(array.transpose(2, 0, 1)))
            exponent += power
            beside, way = [], Channels.of(np.eye(node.width))
        elif node.kind == "sum" and way is not None:
            way = way.through(form.matrices[index])
        index = heavy
    return Stages(tuple(cores), tuple(mixes), exponent)


def _beside(given: Matricized, index: int) -> tuple[list[int], int]:
    """The parts of a node beside its heaviest one, and that one; -1 where the path ends."""
    small = prod(given.shapes[index]) * given.form.circuit.nodes[index].width <= _SMALL
    if given.sides[index] < 2 or (small and index != given.top):
        return [index], -1
    parts = given.parts(index)
    both = [i for i in parts if given.sides[i] == 2]
    heavy = max(both, key=lambda i: prod(given.shapes[i]), default=-1)
    return [i for i in parts if i != heavy], heavy


def _checked(given: Matricized, parts: list[int], max_bytes: int | None) -> list[int]:
    """The parts, if their cores fit."""
    for i in parts:
        most = 8 * 3 * max(_peak(given, j) for j in _under(given, i))
        check_bytes(most, max_bytes, "a part of the network", "take another bipartition")
    return parts
