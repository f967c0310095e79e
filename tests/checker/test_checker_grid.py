"""The values of programs on grids: sums of products, and row by row, against plain evaluation."""

from __future__ import annotations

import math
import random

import pytest
from checker.common import Build, evaluate, ht, recurrent, tree

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.modular import modulo, unpack
from circuitalg.checker.rank.grid import Grid, Vectors
from circuitalg.checker.rank.minors import circuit_program
from circuitalg.checker.rank.plan import Plan, binary
from circuitalg.checker.rank.tensors import Tensor, Tensors
from circuitalg.checker.schema import Subject


def mixture(seed, places=6, branches=3):
    """A sum of random trees over the same locations, with a fixed matrix, an input, a constant."""
    rng, build = random.Random(seed), Build()
    x = [build.input(i, 2 + i % 2) for i in range(places)]
    number = iter(range(10**6))

    def below(part, width):
        if len(part) == 1:
            return build.sum(width, (x[part[0]], f"p{next(number)}"))
        cut = rng.randrange(1, len(part))
        factors = [below(piece, width) for piece in (part[:cut], part[cut:])]
        factors += [build.constant(width)] if rng.random() < 0.2 else []
        product = build.product(*factors)
        if rng.random() < 0.3:
            fixed = [[rng.randrange(3) for _ in range(width)] for _ in range(3)]
            return build.sum(width, (build.sum(3, (product, fixed)), f"p{next(number)}"))
        return build.sum(width, (product, f"p{next(number)}"))

    tops = [
        (below(rng.sample(range(places), places), rng.choice((2, 3))), f"o{k}")
        for k in range(branches)
    ]
    build.sum(1, *tops)
    return build.circuit()


CIRCUITS = {
    "mixture": mixture(1),
    "another": mixture(2, branches=5),
    "shared": ht(8, 2, [2, 3, 2], True),
    "of four": ht(8, 2, [5, 3], window=4),
    "one product": ht(5, 3, [4]),
    "unequal": tree([[0, [1, 2]], 3, [4, 5]], 2, (3, (2, 2, (4, 4, 4)), 2, 3)),
    "recurrent": recurrent(4),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", CIRCUITS)
@pytest.mark.parametrize("most", [0, 1, 4, 32, "tensor"])
def test_every_plan_gives_the_values(monkeypatch, name, most):
    """As few products as possible or none, or the tensor: each row is what evaluation gives."""
    if most != "tensor":
        monkeypatch.setattr("circuitalg.checker.rank.plan.FEW", most)
    circuit = CIRCUITS[name]
    raw, rng = checker.read_circuit(circuit), random.Random(3)
    places = len(raw.dims)
    for prime, size in ((8_388_593, 3), (16_777_213, 9), (3, 1)):
        sides = bytes([0, *(rng.randrange(2) for _ in range(places - 2)), 1])

        def draw(rows, columns, prime=prime):
            return [[rng.randrange(prime) for _ in range(columns)] for _ in range(rows)]

        weights = [draw(*shape) for shape in raw.shapes]
        vectors = [draw(size, dim) for dim in raw.dims]
        fixed = [modulo(matrix, prime) for matrix in raw.matrices]
        subject = Subject(raw, sides, 0, Meter())
        ops = binary(circuit_program(subject, weights, vectors, fixed))
        way = Grid(Plan(ops, size), prime, Meter())
        if most == "tensor":
            plan = Tensor(ops, size)
            assert (plan.seconds == math.inf) == (name == "recurrent")
            if name == "recurrent":  # its products repeat inputs: there is no such tensor
                return
            way = Tensors(plan, prime, Meter())
        named = dict(zip(raw.parameters, weights, strict=True))
        for a, row in enumerate(way.rows()):
            values = unpack(row, size)
            assert max(values) < 3 * prime
            for b in range(a % 2, size, 2):
                here = [vectors[i][b if side else a] for i, side in enumerate(sides)]
                assert (values[b] - evaluate(circuit, named, here)[0]) % prime == 0


def test_vectors_are_reduced():
    """The largest sums and products that occur come out below three times the prime."""
    for prime in (3, 5, 257, 65_537, 8_388_593, 16_777_213):
        vectors = Vectors(5, prime)
        top = (1 << prime.bit_length() + 31) - 1
        for value in (0, 1, prime, 3 * prime - 1, top - prime, top):
            for slot in unpack(vectors.reduce(vectors.ones * value), 5):
                assert slot < 3 * prime
                assert (slot - value) % prime == 0
        large = vectors.ones * (3 * prime - 1)
        for count in (0, 1, 32, 33, 5000):
            total = vectors.sums([prime - 1] * count, [large] * count)
            assert unpack(total, 5)[0] < 3 * prime
            assert (unpack(total, 5)[0] - count) % prime == 0
        product = vectors.times(unpack(large, 5), unpack(large, 5))
        assert unpack(product, 5)[4] < 3 * prime
        assert (unpack(product, 5)[4] - 1) % prime == 0
