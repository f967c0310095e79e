"""Lower bounds by a non-zero minor modulo a prime, at weights and product vectors from a seed (L4).

Feed each location of I k vectors, each location of J k vectors: the circuit's k × k values are
P ⟦A⟧ Q for two matrices of product vectors, so a non-zero determinant modulo p proves rank ≥ k at
these integer weights. M^N numbers are never formed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

import numpy as np
import numpy.typing as npt

from circuitalg.arithmetic.modular import rank, residues
from circuitalg.arithmetic.primes import is_prime
from circuitalg.circuit.graph import Circuit, Matrix, Node
from circuitalg.errors import RuleError, StructureError, WeightError
from circuitalg.kernel.rank.network import NO_SIDE, SIDE_I, Identity, Network, once
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.written_out import check_written_out
from circuitalg.memory import check_bytes
from circuitalg.tensor.modular_grid import grid_values

Residues = npt.NDArray[np.int64]

PRIME_LIMIT = 2**24
"""Moduli are below this, so that products of residues stay exact in float64 and in 64-bit slots."""
SIZE_LIMIT = 16384
NO_TENSOR = "there is no coefficient tensor to matricize"
_BYTES_PER_ENTRY = 20
"""The grid and the copy that is eliminated: 1.12 GB, 16.6 bytes, measured at size 8,192."""

_AT_ONCE = 2**20
"""Numbers of a stream that are made together: a call for each of them takes 40 microseconds."""

_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Stream:
    """Numbers modulo p from SplitMix64 (Steele, Lea, Flood 2014), the same on any machine."""

    def __init__(self, seed: int, prime: int) -> None:
        if not 0 <= seed < 2**53:
            raise RuleError(f"the seed must be in 0..2^53-1, got {seed}")
        self._seed, self._prime, self._taken = seed, prime, 0

    def take(self, rows: int, columns: int) -> Residues:
        """Return the next rows · columns numbers, row by row."""
        count = np.arange(self._taken + 1, self._taken + rows * columns + 1, dtype=np.uint64)
        self._taken += rows * columns
        with np.errstate(over="ignore"):
            z = np.uint64(self._seed) + count * np.uint64(_GOLDEN)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(_MIX_1)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(_MIX_2)
            z = z ^ (z >> np.uint64(31))
        return (z % np.uint64(self._prime)).astype(np.int64).reshape(rows, columns)

    def take_each(self, shapes: Sequence[tuple[int, int]]) -> list[Residues]:
        """Return `take` of each shape in turn; many small ones are made at once."""
        total = sum(rows * columns for rows, columns in shapes)
        if total > _AT_ONCE:
            return [self.take(*shape) for shape in shapes]
        numbers, start, found = self.take(1, total)[0], 0, []
        for rows, columns in shapes:
            found.append(numbers[start : start + rows * columns].reshape(rows, columns))
            start += rows * columns
        return found


@once
def circuit_rank(question: Question, seed: int, size: int, prime: int) -> int:
    """The rank modulo a prime of the circuit's values at the seed's weights and vectors.

    Raises
    ------
    StructureError
        When the circuit has no coefficient tensor.
    RuleError
        When the seed, the size or the prime is out of range.
    TooLargeError
        When the grid does not fit the memory, before it is computed.
    """
    return rank(circuit_grid(question, seed, size, prime), prime)


def circuit_grid(question: Question, seed: int, size: int, prime: int) -> Residues:
    """The circuit's values at ``size`` product vectors on each side, weights from the seed."""
    question.circuit.is_multilinear.demand(StructureError, NO_TENSOR)
    stream = minor_stream(seed, size, prime)
    weights = stream_weights(question.circuit, stream)
    if question.space == "simplex":
        for matrix in weights.values():
            matrix[:, -1] = (1 - matrix[:, :-1].sum(axis=1)) % prime
    return _grid_at(question, weights, stream, size, prime)


def weights_rank(
    question: Question, weights: Mapping[str, Matrix], seed: int, size: int, prime: int
) -> int:
    """The rank modulo a prime of the values at these exact weights and the seed's vectors."""
    question.circuit.is_multilinear.demand(StructureError, NO_TENSOR)
    stream = minor_stream(seed, size, prime)
    reduced = {name: residues(matrix, prime) for name, matrix in weights.items()}
    return rank(_grid_at(question, reduced, stream, size, prime), prime)


def stream_weights(circuit: Circuit, stream: Stream) -> dict[str, Residues]:
    """Weights from the stream, parameters in order of their names."""
    shapes = dict(sorted(circuit.parameters.items()))
    return dict(zip(shapes, stream.take_each(list(shapes.values())), strict=True))


def minor_stream(seed: int, size: int, prime: int) -> Stream:
    """The stream of a minor, refused where the minor is out of range or does not fit the memory."""
    if not 2 < prime < PRIME_LIMIT or not is_prime(prime):
        raise RuleError(f"the modulus of a minor must be a prime between 3 and 2^24, got {prime}")
    if not 1 <= size <= SIZE_LIMIT:
        raise RuleError(f"the size of a minor must be 1 to {SIZE_LIMIT}, got {size}")
    needed = _BYTES_PER_ENTRY * size * size
    check_bytes(needed, None, f"a minor of size {size}", "take a smaller max_minor")
    return Stream(seed, prime)


def _grid_at(
    question: Question, weights: Mapping[str, Residues], stream: Stream, size: int, prime: int
) -> Residues:
    circuit, sides = question.circuit, question.bipartition.sides
    needed = 8 * size * sum(circuit.dims)
    check_bytes(needed, None, f"the vectors of a minor of size {size}", "take a smaller max_minor")
    vectors = stream.take_each([(size, dim) for dim in circuit.dims])
    return grid_values(circuit.nodes, weights, vectors, sides, prime, output=question.output)


def full_rank(found: int, size: int, prime: int) -> int:
    """Return ``size``, the rank that a minor proves, when ``found`` says that it is not 0."""
    if found < size:
        raise RuleError(f"the minor of size {size} is 0 modulo {prime}, so it proves nothing")
    return size


@once
def block_rank(block: Network, seed: int, size: int, prime: int) -> int:
    """The rank modulo a prime of the block's values at ``size`` product vectors on each side."""
    return rank(block_grid(block, minor_stream(seed, size, prime), size, prime), prime)


def block_grid(block: Network, stream: Stream, size: int, prime: int) -> Residues:
    """The block's values at ``size`` product vectors on each side."""
    shapes: dict[str, tuple[int, int]] = {}
    for v in range(1, len(block)):
        if block.fixed_part(v) is None:
            shapes.setdefault(f"w{block.labels[v]}", block.shape(v))
    leaves = [v for v, side in enumerate(block.sides) if side != NO_SIDE]
    each = stream.take_each([*shapes.values(), *((size, block.dims[v]) for v in leaves)])
    weights = dict(zip(shapes, each, strict=False))
    vectors = each[len(shapes) :]
    sides = [0 if block.sides[v] == SIDE_I else 1 for v in leaves]
    return grid_values(_nodes(block, leaves), weights, vectors, sides, prime)


def _nodes(block: Network, leaves: Sequence[int]) -> tuple[Node, ...]:
    """The block as circuit nodes: a matrix is a sum, a variable a product, an open leaf a 1."""
    location = {v: i for i, v in enumerate(leaves)}
    children = block.children
    nodes: list[Node] = []
    sums: dict[int, int] = {}
    for v in range(len(block) - 1, -1, -1):
        dim = block.dims[v]
        if v in location:
            nodes.append(Node(f"x{v}", "input", dim, location[v], (), ()))
        elif not children[v]:
            nodes.append(Node(f"c{v}", "constant", dim, None, (), ()))
        else:
            below = tuple(sums[c] for c in children[v])
            nodes.append(Node(f"p{v}", "product", dim, None, below, ()))
        if v:
            rows, columns = block.shape(v)
            what = block.fixed_part(v)
            matrix: str | Matrix
            if what is None:
                matrix = f"w{block.labels[v]}"
            elif isinstance(what, Identity):
                matrix = tuple(tuple(int(r == c) for c in range(columns)) for r in range(rows))
            else:
                matrix = what
            nodes.append(Node(f"s{v}", "sum", rows, None, (len(nodes) - 1,), (matrix,)))
            sums[v] = len(nodes) - 1
    return tuple(nodes)


def grid_minor(
    question: Question,
    templates: Matrix,
    rows: Sequence[Sequence[int]],
    columns: Sequence[Sequence[int]],
    seed: int,
    prime: int,
) -> int:
    """Return the size of a non-zero minor of the grid matrix on the templates (any circuit).

    Rows give a template number for each location of I in increasing order, columns for J.
    """
    circuit, bipartition, size = question.circuit, question.bipartition, len(rows)
    stream = minor_stream(seed, size, prime)
    if len(set(circuit.dims)) != 1 or any(len(t) != circuit.dims[0] for t in templates):
        raise WeightError(
            f"the templates must be vectors of length {circuit.dims[0]}, as the inputs"
        )
    _check_choices(rows, len(bipartition.I), len(templates), size, "row")
    _check_choices(columns, len(bipartition.J), len(templates), size, "column")
    weights = stream_weights(circuit, stream)
    chosen = [np.array(choice, dtype=np.int64) for choice in (rows, columns)]
    values = template_grid(question, weights, residues(templates, prime), chosen, prime)
    return full_rank(rank(values, prime), size, prime)


def template_grid(
    question: Question,
    weights: Mapping[str, Residues],
    templates: Residues,
    chosen: Sequence[Residues],
    prime: int,
) -> Residues:
    """The grid matrix on these choices: for I and J, a template number by row and location."""
    sides = question.bipartition.sides
    position, vectors = [0, 0], []
    for side in sides:
        vectors.append(templates[chosen[side][:, position[side]]])
        position[side] += 1
    nodes, output = question.circuit.nodes, question.output
    return grid_values(nodes, weights, vectors, sides, prime, output=output)


def _check_choices(
    choices: Sequence[Sequence[int]], length: int, templates: int, size: int, what: str
) -> None:
    if len(choices) != size:
        raise RuleError(f"a grid minor needs as many {what}s as it has rows, got {len(choices)}")
    flat: Iterable[int] = (n for choice in choices for n in choice)
    if any(len(c) != length for c in choices) or any(not 0 <= n < templates for n in flat):
        raise RuleError(f"each {what} must name {length} of the {templates} templates by number")


def exhaustive_rank(question: Question, weights: Mapping[str, Matrix]) -> int:
    """Rank over Q of the whole matricization at exact weights; at most 65,536 entries."""
    from circuitalg.arithmetic import rational
    from circuitalg.tensor.coefficients import coefficient_tensor
    from circuitalg.tensor.matricize import matricization

    circuit = question.circuit
    entries = prod(circuit.dims)
    if entries > 65_536:
        raise RuleError(
            f"the matricization has {entries} entries, over 65,536; keep the structural bound"
        )
    check_written_out(circuit, weights)
    arrays = {name: np.array(matrix, dtype=object) for name, matrix in weights.items()}
    tensor = coefficient_tensor(circuit, arrays, output=question.output)
    return rational.rank(matricization(tensor, question.bipartition))
