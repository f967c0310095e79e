"""Values of a program on a grid, on packed integers."""

from __future__ import annotations

import itertools
import operator
from array import array
from collections.abc import Iterator, Sequence

from ..meter import Meter
from ..modular import pack, unpack
from .plan import Op, Plan

CHUNK = 32  # multiples of vectors that are added before they are reduced

Key = tuple[tuple[int, int], ...]  # a shared vector is a product: (step, number) of each factor
Terms = dict[Key, int]  # a sum of products: for each shared vector, the one it is multiplied by
UNIT: Key = ()


class Vectors:
    """Arithmetic on vectors of residues, packed into integers: 64 bits for each, below 3 p.

    A slot below 2^(s + 31), s the bits of p, is reduced after Barrett: floor(x / p) is
    ((x >> (s - 1)) m) >> 32, m = floor(2^(s + 31) / p), or at most two more; both factors of the
    product are at most 2^32, so it fits the slot.  9 p^2 < 2^(s + 31), and so is 32 * 3 p^2.
    """

    def __init__(self, size: int, prime: int) -> None:
        self.size, self.prime = size, prime
        self.ones = pack([1] * size)
        self.mask = self.ones * ((1 << 32) - 1)
        self.shift = prime.bit_length() - 1
        self.factor = (1 << self.shift + 32) // prime

    def reduce(self, x: int) -> int:
        """Reduce every slot to a residue below 3 p."""
        high = ((x >> self.shift) & self.mask) * self.factor
        return x - ((high >> 32) & self.mask) * self.prime

    def sums(self, numbers: Sequence[int], vectors: Sequence[int]) -> int:
        """Add multiples of vectors, the numbers being below p."""
        if len(numbers) <= CHUNK:
            return self.reduce(sum(map(operator.mul, numbers, vectors)))
        return self.reduce(
            sum(
                self.sums(numbers[i : i + CHUNK], vectors[i : i + CHUNK])
                for i in range(0, len(numbers), CHUNK)
            )
        )

    def times(self, x: Sequence[int], y: Sequence[int]) -> int:
        """Multiply two vectors, unpacked, slot by slot."""
        return self.reduce(pack(list(map(operator.mul, x, y))))

    def unpack(self, x: int) -> list[int]:
        """Return the residues of a vector, reduced."""
        return [value % self.prime for value in unpack(x, self.size)]


class Grid:
    """The values of a program on a grid, as they are planned."""

    def __init__(self, plan: Plan, prime: int, meter: Meter) -> None:
        self.plan, self.vectors, self.meter = plan, Vectors(plan.size, prime), meter
        self.flat: dict[int, list[int]] = {}  # values that depend on one side, all channels
        self.terms: tuple[dict[int, list[Terms]], ...] = ({}, {})  # of the channels of steps
        self.shared: tuple[dict[Key, int], ...] = tuple({UNIT: self.vectors.ones} for _ in (0, 1))
        self.lists: dict[int, list[list[int]]] = {}  # flat values, as lists
        self.numbers: dict[int, list[tuple[list[int], list[array[int]]]]] = {}
        for n, op in enumerate(plan.ops):
            meter.look()
            if op.touch < 3:
                self.flat[n] = self.values(op)
            forms = [form for form in (0, 1) if n in plan.needed[form]]
            for form in sorted(forms, key=lambda form: self.turned(n, form)):
                terms = self.turn(n, form) if self.turned(n, form) else self.form(n, op, form)
                self.terms[form][n] = terms
            if n in plan.expanded:
                form = plan.expanded[n]
                self.split(n, [self.terms[form][n] if f == form else None for f in (0, 1)])
            elif n in plan.direct:
                self.split(n, [self.sum(op, f, plan.direct[n][f]) for f in (0, 1)])
            for form, o in plan.ends.get(n, ()):
                del self.terms[form][o]

    def turned(self, n: int, form: int) -> bool:
        """Say whether a form of a step is made of the other."""
        found = self.plan.forms[n][form]
        return found is not None and found.turned

    def values(self, op: Op) -> list[int]:
        """Return the values of a step that depends on one side only, for all rows or columns."""
        if op.leaf is not None:
            return [pack(channel) for channel in zip(*op.leaf, strict=True)]
        if op.mats is not None:
            packs = [x for o in op.operands for x in self.flat[o]]
            rows = map(list, map(itertools.chain.from_iterable, zip(*op.mats, strict=True)))
            return [self.vectors.sums(row, packs) for row in rows]
        if not op.operands:
            return [self.vectors.ones] * op.width
        first, second = (map(self.vectors.unpack, self.flat[o]) for o in op.operands)
        return list(map(self.vectors.times, first, second))

    def form(self, n: int, op: Op, form: int) -> list[Terms]:
        """Return a step as sums of products, in form 0 or 1."""
        if not op.touch & 2 >> form:
            return [{UNIT: x} for x in self.flat[n]]
        found = self.plan.forms[n][form]
        if op.touch < 3 and found is not None and found.pieces == {frozenset((n,))}:
            self.shared[form].update({((n, c),): x for c, x in enumerate(self.flat[n])})
            return [{((n, c),): self.vectors.ones} for c in range(op.width)]
        return self.sum(op, form, op.operands) if op.mats else self.product(op, form)

    def turn(self, n: int, form: int) -> list[Terms]:
        """Share the vectors of each channel, and do not share those that were shared."""
        result: list[Terms] = []
        for c, terms in enumerate(self.terms[1 - form][n]):
            result.append({})
            for key, x in terms.items():
                own = ((n, len(self.shared[form])),)
                self.shared[form][own] = x
                result[c][own] = self.shared[1 - form][key]
        return result

    def sum(self, op: Op, form: int, operands: Sequence[int]) -> list[Terms]:
        """Add matrices times these operands: for each shared vector apart."""
        found: dict[Key, tuple[list[Sequence[int]], list[int]]] = {}
        for matrix, o in zip(op.mats or [], op.operands, strict=True):
            if o in operands:
                columns = zip(*matrix, strict=True)
                for column, terms in zip(columns, self.terms[form][o], strict=True):
                    for key, x in terms.items():
                        numbers, packs = found.setdefault(key, ([], []))
                        numbers.append(column)
                        packs.append(x)
        result: list[Terms] = [{} for _ in range(op.width)]
        for key, (numbers, packs) in found.items():
            for terms, row in zip(result, zip(*numbers, strict=True), strict=True):
                if any(row):
                    terms[key] = self.vectors.sums(row, packs)
        return result

    def product(self, op: Op, form: int) -> list[Terms]:
        """Multiply two operands, term by term."""
        first, second = (self.terms[form][o] for o in op.operands)
        shared, ones = self.shared[form], self.vectors.ones
        known: dict[int, list[int]] = {}

        def times(x: int, y: int) -> int:
            if ones in (x, y):
                return y if x == ones else x
            for z in (x, y):
                if z not in known:
                    known[z] = unpack(z, self.plan.size)
            return self.vectors.times(known[x], known[y])

        result: list[Terms] = []
        for here, there in zip(first, second, strict=True):
            terms: Terms = {}
            for (a, x), (b, y) in itertools.product(here.items(), there.items()):
                key = tuple(sorted(a + b))
                if key not in shared:
                    shared[key] = times(shared[a], shared[b])
                z = times(x, y)
                terms[key] = self.vectors.reduce(terms[key] + z) if key in terms else z
            result.append(terms)
        return result

    def split(self, n: int, forms: Sequence[list[Terms] | None]) -> None:
        """Write sums of products as multiples of vectors over the columns, row by row."""
        self.numbers[n] = []
        for c in range(self.plan.ops[n].width):
            packs: list[int] = []
            numbers: list[array[int]] = []
            for form, left in enumerate(forms):
                for key, x in left[c].items() if left else ():
                    y = self.shared[form][key]
                    packs.append(x if form else y)
                    numbers.append(array("Q", self.vectors.unpack(y if form else x)))
            self.numbers[n].append((packs, numbers))

    def rows(self) -> Iterator[int]:
        """Yield the rows of the output's first channel, packed; the residues are below 3 p."""
        plan, last = self.plan, len(self.plan.ops) - 1
        for a in range(plan.size):
            self.meter.look()
            now: dict[int, list[int]] = {}
            for n in plan.dense:
                op = plan.ops[n]
                now[n] = self.sum_in(n, op, a, now) if op.mats else self.product_in(op, a, now)
            yield (now[last] if last in now else self.terms_in(last, a))[0]

    def terms_in(self, n: int, a: int) -> list[int]:
        """Return the value of a sum of products in row a."""
        return [
            self.vectors.sums([x[a] for x in numbers], packs) for packs, numbers in self.numbers[n]
        ]

    def value_in(self, o: int, a: int, now: dict[int, list[int]]) -> list[int]:
        """Return the value of an operand in row a."""
        if self.plan.ops[o].touch == 2:
            return self.flat[o]
        if o not in now:
            now[o] = self.terms_in(o, a)
        return now[o]

    def sum_in(self, n: int, op: Op, a: int, now: dict[int, list[int]]) -> list[int]:
        """Add matrices times operands, in row a."""
        direct = {o for operands in self.plan.direct[n] for o in operands}
        packs: list[int] = []
        mats = []
        for matrix, o in zip(op.mats or [], op.operands, strict=True):
            if o not in direct:
                packs += self.value_in(o, a, now)
                mats.append(matrix)
        result = []
        for g, (more, numbers) in enumerate(self.numbers[n]):
            row = itertools.chain.from_iterable(matrix[g] for matrix in mats)
            result.append(self.vectors.sums([*row, *(x[a] for x in numbers)], packs + more))
        return result

    def product_in(self, op: Op, a: int, now: dict[int, list[int]]) -> list[int]:
        """Multiply two operands, in row a; a value that depends on the row only comes first."""
        first, second = op.operands
        if self.plan.ops[first].touch < 2:
            numbers = [x[a] for x in self.listed(first)]
            values = self.value_in(second, a, now)
            return [self.vectors.reduce(x * y) for x, y in zip(numbers, values, strict=True)]
        lists = [
            self.listed(o)
            if self.plan.ops[o].touch == 2
            else [unpack(x, self.plan.size) for x in self.value_in(o, a, now)]
            for o in op.operands
        ]
        return list(map(self.vectors.times, *lists))

    def listed(self, o: int) -> list[list[int]]:
        """Return flat values as lists."""
        if o not in self.lists:
            self.lists[o] = [self.vectors.unpack(x) for x in self.flat[o]]
        return self.lists[o]
