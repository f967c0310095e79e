"""Minors by the coefficient tensor modulo the prime, where it has few entries."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence

from ..meter import Meter
from ..modular import pack, unpack
from .grid import Vectors
from .plan import Op

MAX_ENTRIES = 1 << 22
MAX_LOCATIONS = 64

Order = tuple[int, ...]  # locations, the first one's index running slowest


class Tensor:
    """The plan of a minor P T Q: T is the tensor as a matrix, P and Q hold the vectors' products.

    The tensor of a step is a packed vector for each channel, over the indices of the locations
    below it.  `seconds` is infinite where the tensor is large, or a step is no tensor: a product of
    factors with a common location, a sum of terms with different ones.
    """

    def __init__(self, ops: Sequence[Op], size: int) -> None:
        self.ops, self.size, self.seconds = ops, size, 0.0
        self.orders: list[Order] = []
        self.dims: dict[int, int] = {}
        self.leaves: dict[int, Op] = {}
        self.uses = Counter(o for op in self.ops for o in op.operands)
        self.held = held = 0  # entries that are kept at a time
        left = Counter(self.uses)
        for op in self.ops:
            self.orders.append(self.order(op))
            entries = self.entries(self.orders[-1])
            if self.seconds == math.inf or entries > MAX_ENTRIES:
                self.seconds = math.inf
                return
            self.seconds += self.cost(op, entries) / 1e9
            held += op.width * entries
            self.held = max(self.held, held)
            for o in op.operands:
                left[o] -= 1
                held -= 0 if left[o] else self.ops[o].width * self.entries(self.orders[o])
        rows, columns = (self.entries(self.side(touch)) for touch in (1, 2))
        self.held += size * (rows + 2 * columns)
        steps = size * columns * (rows + size)
        self.seconds += (6.0 * steps + 100.0 * size * (rows + columns) + 3.2 * size**3) / 1e9

    def entries(self, order: Order) -> int:
        """Count the entries of a channel's tensor, unless there are too many."""
        found = 1
        for location in order:
            found = min(found * self.dims[location], MAX_ENTRIES + 1)
        return found

    def side(self, touch: int) -> Order:
        """Return the locations of rows (1) or columns (2)."""
        return tuple(x for x in self.orders[-1] if self.leaves[x].touch == touch)

    def order(self, op: Op) -> Order:
        """Return the locations below a step in the order of its tensor's indices."""
        if op.leaf is not None:
            self.dims[id(op.leaf)], self.leaves[id(op.leaf)] = op.width, op
            return (id(op.leaf),)
        smaller = sorted(op.operands, key=lambda o: self.entries(self.orders[o]))
        below = [self.orders[o] for o in (op.operands if op.mats else smaller)]
        if op.mats is not None:
            found, good = below[0], len({frozenset(order) for order in below}) == 1
        else:
            found = tuple(itertools.chain.from_iterable(below))
            good = len(found) == len(set(found)) <= MAX_LOCATIONS
        if not good:
            self.seconds = math.inf
        return found

    def cost(self, op: Op, entries: int) -> float:
        """Return the nanoseconds of a step."""
        if op.mats is None:
            few = min((self.entries(self.orders[o]) for o in op.operands), default=1)
            return op.width * (25.0 * entries + 2000.0 * few)
        found = 0.0
        for o in op.operands:
            found += op.width * (entries * (5.0 * self.ops[o].width + 20.0) + 2000.0)
            found += 110.0 * op.width * entries * (self.orders[o] != self.orders[op.operands[0]])
        return found


class Tensors:
    """The tensors of a program's steps, as they are planned, and the rows of P T Q."""

    def __init__(self, plan: Tensor, prime: int, meter: Meter) -> None:
        self.plan, self.prime, self.meter = plan, prime, meter
        self.known: dict[int, Vectors] = {}

    def vectors(self, size: int) -> Vectors:
        """Return the arithmetic of vectors of a size."""
        if size not in self.known:
            self.known[size] = Vectors(size, self.prime)
        return self.known[size]

    def channels(self) -> list[int]:
        """Return the output's tensors; others are dropped after their last use."""
        plan, left = self.plan, Counter(self.plan.uses)
        values: dict[int, list[int]] = {}
        for n, op in enumerate(plan.ops):
            self.meter.look()
            if op.leaf is not None:
                values[n] = [1 << 64 * c for c in range(op.width)]
            elif op.mats is not None:
                values[n] = self.sum(n, op, values)
            elif op.operands:
                values[n] = self.product(op, values)
            else:
                values[n] = [1] * op.width
            for o in op.operands:
                left[o] -= 1
                if not left[o]:
                    del values[o]
        return values[len(plan.ops) - 1]

    def sum(self, n: int, op: Op, values: dict[int, list[int]]) -> list[int]:
        """Add matrices times operands, with the indices in one order."""
        orders, vectors = self.plan.orders, self.vectors(self.plan.entries(self.plan.orders[n]))
        result = [0] * op.width
        for matrix, o in zip(op.mats or [], op.operands, strict=True):
            for g, row in enumerate(matrix):
                term = self.aligned(vectors.sums(row, values[o]), orders[o], orders[n])
                result[g] = vectors.reduce(result[g] + term)
        return result

    def product(self, op: Op, values: dict[int, list[int]]) -> list[int]:
        """Multiply two operands: each entry of the smaller one times the whole other one."""
        sizes = [self.plan.entries(self.plan.orders[o]) for o in op.operands]
        (few, first), (many, second) = sorted(
            zip(sizes, op.operands, strict=True), key=lambda pair: pair[0]
        )
        small, large, result = self.vectors(few), self.vectors(many), []
        for x, y in zip(values[first], values[second], strict=True):
            parts, slots = [large.reduce(z * y) for z in small.unpack(x)], many
            while len(parts) > 1:
                parts += [0] * (len(parts) % 2)
                parts = [a | b << 64 * slots for a, b in zip(parts[::2], parts[1::2], strict=True)]
                slots *= 2
            result.append(parts[0])
        return result

    def aligned(self, tensor: int, order: Order, wanted: Order) -> int:
        """Return a tensor with its indices in another order."""
        if order == wanted:
            return tensor
        steps, step = {}, 1
        for location in reversed(order):
            steps[location] = step
            step *= self.plan.dims[location]
        places = [0]
        for location in wanted:
            more = [steps[location] * k for k in range(self.plan.dims[location])]
            places = [place + x for place in places for x in more]
        return pack(list(map(unpack(tensor, step).__getitem__, places)))

    def products(self, order: Order) -> list[int]:
        """Return the products of the vectors of some locations, over all rows or columns."""
        vectors = self.vectors(self.plan.size)
        found = [vectors.ones]
        for location in order:
            leaf = list(zip(*(self.plan.leaves[location].leaf or []), strict=True))
            lists = map(vectors.unpack, found)
            found = [vectors.times(x, y) for x in lists for y in leaf]
        return found

    def rows(self) -> Iterator[int]:
        """Yield the rows of the minor, packed; the residues are below 3 p."""
        plan = self.plan
        sides = plan.side(1), plan.side(2)
        tensor = self.aligned(self.channels()[0], plan.orders[-1], sides[0] + sides[1])
        inner, vectors = self.vectors(plan.entries(sides[1])), self.vectors(plan.size)
        row = 8 * inner.size
        slots = tensor.to_bytes(row * plan.entries(sides[0]), "little")
        matrix = [int.from_bytes(slots[i : i + row], "little") for i in range(0, len(slots), row)]
        left = zip(*map(vectors.unpack, self.products(sides[0])), strict=True)
        right = self.products(sides[1])
        for numbers in left:
            self.meter.look()
            yield vectors.sums(inner.unpack(inner.sums(numbers, matrix)), right)
