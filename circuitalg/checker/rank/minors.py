"""Minors (L4): the stream, and programs for the circuit or a block."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..circuit import INPUT, SUM
from ..meter import Meter
from ..modular import modulo, packed_rank, prime
from ..read import Refusal
from ..schema import Subject, integer
from .grid import Grid
from .network import Net
from .numpy_minors import numpy_minor
from .plan import Op, Plan, binary
from .tensors import Tensor, Tensors

Draw = Callable[[int, int], list[list[int]]]
MINOR = {"seed": integer(0), "size": integer(1, 65_535), "prime": prime}
MAX_CELLS = 25_000_000  # numbers kept for a minor in pure Python
MAX_WEIGHTS = 10_000_000  # entries of all parameters and vectors of one minor


def split_mix(seed: int, prime: int) -> Iterator[int]:
    """Return the numbers of the SplitMix64 stream, modulo the prime."""
    mask = (1 << 64) - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield (z ^ (z >> 31)) % prime


def arrays(draw: Draw, shapes: Iterable[tuple[int, int]], meter: Meter) -> list[list[list[int]]]:
    """Draw one array after another, within the limit on their size."""
    total, found = 0, []
    for rows, columns in shapes:
        total += rows * columns
        meter.spend(500 * rows * columns + 1000)
        if total > MAX_WEIGHTS:
            raise Refusal(f"a minor needs more than {MAX_WEIGHTS} weights and vector entries.")
        found.append(draw(rows, columns))
    return found


def drawing(rule: dict[str, Any]) -> Draw:
    """Return what draws arrays from the stream of a minor, row by row."""
    stream = split_mix(rule["seed"], rule["prime"])
    return lambda rows, columns: [list(itertools.islice(stream, columns)) for _ in range(rows)]


def drawn_weights(subject: Subject, draw: Draw, space: str, prime: int) -> list[list[list[int]]]:
    """Draw the parameters in the order of their names; on the simplex rows get the sum 1."""
    circuit, meter = subject.circuit, subject.meter
    order = sorted(range(len(circuit.parameters)), key=circuit.parameters.__getitem__)
    drawn = arrays(draw, (circuit.shapes[i] for i in order), meter)
    weights: list[list[list[int]]] = [[]] * len(order)
    for i, matrix in zip(order, drawn, strict=True):
        if space == "simplex":
            for row in matrix:
                row[-1] = (1 - sum(row[:-1])) % prime
        weights[i] = matrix
    return weights


def circuit_program(
    subject: Subject,
    weights: list[list[list[int]]],
    vectors: list[list[list[int]]],
    fixed: list[list[list[int]]],
) -> list[Op]:
    """Write a circuit as a program: location i gets vectors[i], one for each row or column."""
    circuit, output = subject.circuit, subject.output
    ops: list[Op] = []
    last = len(circuit.kinds) - 1
    for i, kind in enumerate(circuit.kinds):
        width, children = circuit.widths[i], circuit.children[i]
        touch = functools.reduce(operator.or_, (ops[c].touch for c in children), 0)
        if kind == INPUT:
            place = circuit.places[i]
            ops.append(Op(width, 1 << subject.sides[place], [], vectors[place]))
        elif kind == SUM:
            mats = [weights[r] if r >= 0 else fixed[-1 - r] for r in circuit.refs[i]]
            if i == last:
                width, mats = 1, [[matrix[output]] for matrix in mats]
            ops.append(Op(width, touch, children, None, mats))
        else:
            ops.append(Op(width, touch, children))
    if circuit.kinds[last] != SUM:
        row = [int(j == output) for j in range(circuit.widths[last])]
        ops.append(Op(1, ops[last].touch, [last], None, [[row]]))
    return ops


def block_program(net: Net, rule: dict[str, Any]) -> list[Op]:
    """Write a block as a program, its parameters and vectors from the stream."""
    meter, size, prime = net.labels.meter, rule["size"], rule["prime"]
    draw, order = drawing(rule), list(range(1, len(net.dim)))
    shapes: dict[int, tuple[int, int]] = {}
    for v in order:
        if net.above[v] >= 0:
            shapes.setdefault(net.above[v], (net.dim[net.parent[v]], net.dim[v]))
    weights = dict(zip(shapes, arrays(draw, shapes.values(), meter), strict=True))
    leaves = [v for v in order if net.side[v] >= 0]
    drawn = arrays(draw, ((size, net.dim[v]) for v in leaves), meter)
    vectors = dict(zip(leaves, drawn, strict=True))
    kids, at = net.children(), [0] * len(net.dim)
    ops: list[Op] = []
    fixed: dict[tuple[int, int, int], list[list[int]]] = {}
    for v in range(len(net.dim) - 1, -1, -1):
        incoming = []
        for c in kids[v]:
            label, shape = net.above[c], (net.dim[v], net.dim[c])
            if label < 0 and (label, *shape) not in fixed:
                fixed[label, *shape] = modulo(net.labels.entries(label, *shape), prime)
            matrix = weights[label] if label >= 0 else fixed[label, *shape]
            incoming.append(len(ops))
            ops.append(Op(net.dim[v], ops[at[c]].touch, [at[c]], None, [matrix]))
        at[v] = len(ops)
        touch = functools.reduce(operator.or_, (ops[c].touch for c in incoming), 0)
        if net.side[v] >= 0:
            ops.append(Op(net.dim[v], 1 << net.side[v], [], vectors[v]))
        else:
            ops.append(Op(net.dim[v], touch, incoming))
    return ops


def minor_value(ops: list[Op], size: int, prime: int, meter: Meter) -> int:
    """L4: return the size of the minor if its determinant is not zero, and refuse otherwise."""
    for op in ops:
        if op.mats is not None and sum(len(m[0]) for m in op.mats) > 1 << 15:
            raise Refusal("a sum has more than 32,768 incoming channels, too many for a minor.")
    if meter.use_numpy:
        regular = numpy_minor(ops, size, prime, meter)
    else:
        rows = list(minor_rows(ops, size, prime, meter))
        regular = packed_rank(rows, size, prime, meter, stop=True) == size
    if not regular:
        raise Refusal(f"the minor of size {size} is zero modulo {prime}.")
    return size


def minor_rows(ops: list[Op], size: int, prime: int, meter: Meter) -> Iterator[int]:
    """Return the rows of a minor, in the cheapest way that does not need too many numbers."""
    ops = binary(ops)
    # Planning, and what each step costs beside its vectors.
    meter.announce(3e-5 * len(ops), size, aloud=False)
    grid, tensor = Plan(ops, size), Tensor(ops, size)
    most = 4 * MAX_CELLS - size * size
    written = tensor.held <= most and (tensor.seconds < grid.seconds or grid.held > most)
    plan = tensor if written else grid
    meter.announce(plan.seconds, size)
    if plan.held > most:
        raise Refusal(f"a minor of size {size} needs too many numbers; try --numpy.")
    return (Tensors(tensor, prime, meter) if written else Grid(grid, prime, meter)).rows()


def circuit_minor(
    subject: Subject,
    weights: list[list[list[int]]],
    vectors: list[list[list[int]]],
    size: int,
    prime: int,
) -> int:
    """Check a minor about the circuit at weights and vectors modulo a prime."""
    fixed = [modulo(m, prime) for m in subject.circuit.matrices]
    ops = circuit_program(subject, weights, vectors, fixed)
    return minor_value(ops, size, prime, subject.meter)


def drawn_vectors(subject: Subject, draw: Draw, size: int) -> list[list[list[int]]]:
    """Draw a vector of each location for each row or column."""
    return arrays(draw, ((size, m) for m in subject.circuit.dims), subject.meter)
