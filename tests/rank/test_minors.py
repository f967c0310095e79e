"""Minors modulo a prime: the stream of numbers, the grid, and what is refused."""

from fractions import Fraction

import brute
import numpy as np
import pytest
from brute import expect
from rank_helpers import only_block

import circuitalg as ca
from circuitalg.errors import CircuitalgError, RuleError, StructureError, WeightError
from circuitalg.kernel.rank import minors
from circuitalg.kernel.rank.minors import Stream
from circuitalg.kernel.rank.network import Network
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Minor
from circuitalg.kernel.rank.values import block_lower, lower_value

pytestmark = pytest.mark.soundness

PRIME = 2**23 - 15
MASK = 2**64 - 1


def split_mix(seed, count, prime):
    """SplitMix64 as published, one number at a time."""
    found, state = [], seed
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        found.append((z ^ (z >> 31)) % prime)
    return found


def test_the_stream_is_split_mix():
    """Reference values of SplitMix64 with seed 1234567, and the same numbers modulo a prime."""
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    expect(split_mix(1234567, 3, 2**64), published, "reference implementation")
    for seed in (0, 1, 1234567, 2**53 - 1):
        stream = Stream(seed, PRIME)
        taken = [*stream.take(2, 3).ravel().tolist(), *stream.take(1, 5).ravel().tolist()]
        expect(taken, split_mix(seed, 11, PRIME), f"seed {seed}")


@pytest.mark.parametrize("seed", [-1, 2**53, 2**70])
def test_a_seed_has_53_bits(seed):
    """Other seeds are refused, not wrapped around."""
    with pytest.raises(RuleError, match="seed"):
        Stream(seed, PRIME)


def by_hand(circuit, parts, size, seed, prime, space="real"):
    """The grid of a circuit's minor as docs/certificates.md says, by plain evaluation."""
    numbers = iter(split_mix(seed, 10**5, prime))

    def table(rows, columns):
        return [[next(numbers) for _ in range(columns)] for _ in range(rows)]

    weights = {name: table(*shape) for name, shape in sorted(circuit.parameters.items())}
    if space == "simplex":
        for rows in weights.values():
            for row in rows:
                row[-1] = 1 - sum(row[:-1])
    vectors = [table(size, dim) for dim in circuit.dims]
    values = []
    for a in range(size):
        for b in range(size):
            chosen = [
                v[a if side == 0 else b] for v, side in zip(vectors, parts.sides, strict=True)
            ]
            values.append(exact_value(circuit, weights, chosen) % prime)
    return np.array(values, dtype=np.int64).reshape(size, size)


def exact_value(circuit, weights, vectors):
    """The circuit's first output over the integers."""
    values = []
    for node in circuit.nodes:
        if node.kind == "input":
            values.append(vectors[node.location])
        elif node.kind == "constant":
            values.append([1] * node.width)
        elif node.kind == "product":
            value = [1] * node.width
            for child in node.children:
                value = [x * y for x, y in zip(value, values[child], strict=True)]
            values.append(value)
        else:
            value = [0] * node.width
            for child, name in zip(node.children, node.matrices, strict=True):
                rows = weights[name] if isinstance(name, str) else name
                for i, row in enumerate(rows):
                    value[i] += sum(x * y for x, y in zip(row, values[child], strict=True))
            values.append(value)
    return values[-1][0]


@pytest.mark.parametrize("space", ["real", "nonnegative", "simplex"])
def test_the_grid_is_what_the_certificate_describes(space):
    """Weights in order of names, then vectors by location; simplex rows sum to one."""
    circuit = ca.ht_model(4, 3, [2, 3], shared=[True, False])
    parts = ca.Bipartition.of([0, 3], 4)
    for prime in (101, PRIME):
        grid = minors.circuit_grid(Question(circuit, parts, 0, space), 5, 4, prime)
        wanted = by_hand(circuit, parts, 4, 5, prime, space)
        expect(np.asarray(grid).tolist(), wanted.tolist(), f"grid modulo {prime}")


def test_a_minor_is_no_larger_than_the_rank():
    """Sizes up to the generic rank are accepted, the next one is refused, for every seed."""
    circuit = ca.ht_model(8, 2, [2, 3, 2])
    for rows in ([0, 2, 4, 6], [0, 1, 2, 3], [0, 1], [5]):
        rank = brute.generic_rank(circuit, rows)
        parts = ca.Bipartition.of(rows, 8)
        for seed in (1, 2, 3):
            found = lower_value(Question(circuit, parts), Minor(seed, rank, PRIME))
            expect(found, rank, "accepted")
            with pytest.raises(RuleError, match="proves nothing"):
                lower_value(Question(circuit, parts), Minor(seed, rank + 1, PRIME))


@pytest.mark.parametrize("size", [0, -1, 16385])
def test_sizes_out_of_range_are_refused(size):
    """A minor has between 1 and 16,384 rows."""
    circuit = ca.cp_model(2, 2, 2)
    with pytest.raises(RuleError, match="size"):
        lower_value(Question(circuit, ca.Bipartition.of([0], 2)), Minor(1, size, PRIME))


ONE_SIDED = [  # blocks that do not depend on I, on J, or on either
    Network((1, 1), (-1, 0), (-1, -1), (-1, 0), (None,)),
    Network((1, 2), (-1, 0), (-1, 0), (-1, 0), (None,)),
    Network((1, 2), (-1, 0), (-1, 1), (-1, 0), (None,)),
    Network((1, 3, 2, 2), (-1, 0, 1, 1), (-1, -1, 0, 0), (-1, 0, 1, 2), (None,) * 3),
    Network((1, 3, 1, 1), (-1, 0, 1, 1), (-1, -1, -1, -1), (-1, 0, 1, 1), (None,) * 2),
]


@pytest.mark.parametrize("block", ONE_SIDED)
def test_a_block_of_one_side_has_rank_one(block):
    """Where a side is missing, the grid is no k x k matrix, and no minor above 1 exists."""
    for size in (2, 3, 50, 16384):
        with pytest.raises(RuleError):
            block_lower(block, Minor(1, size, PRIME))


def test_a_scalar_block_has_a_minor_of_size_one():
    """A non-zero number is a minor of size 1; a zero one proves nothing."""
    ones = Network((1, 1), (-1, 0), (-1, -1), (-1, 0), (((1,),),))
    expect(block_lower(ones, Minor(1, 1, PRIME)), 1, "one")
    zero = Network((1, 1), (-1, 0), (-1, -1), (-1, 0), (((0,),),))
    with pytest.raises(RuleError):
        block_lower(zero, Minor(1, 1, PRIME))
    vanishing = Network((1, 1), (-1, 0), (-1, -1), (-1, 0), (((PRIME,),),))
    with pytest.raises(RuleError):
        block_lower(vanishing, Minor(1, 1, PRIME))


def test_a_block_minor_is_no_larger_than_the_rank():
    """A whole network that is one block has the circuit's rank; one more is refused."""
    circuit = ca.ht_model(4, 3, [3, 2], shared=True)
    rank, block = brute.generic_rank(circuit, [0, 1]), only_block(circuit, [0, 1])
    expect(block_lower(block, Minor(3, rank, PRIME)), rank, "accepted")
    with pytest.raises(RuleError):
        block_lower(block, Minor(3, rank + 1, PRIME))


def test_fixed_rational_matrices_count_modulo_the_prime():
    """Fractions are reduced; a denominator that the prime divides is refused, not skipped."""
    b = ca.CircuitBuilder(2, 2)
    fixed = ((Fraction(1, 3), 0), (0, Fraction(2, 7)))
    top = b.product(b.sum(b.input(0), matrix=fixed), b.sum(b.input(1), width=2))
    circuit = b.build(b.sum(top, width=1))
    parts = ca.Bipartition.of([0], 2)
    expect(lower_value(Question(circuit, parts), Minor(1, 2, PRIME)), 2, "minor")
    for prime in (3, 7):
        with pytest.raises(CircuitalgError):
            lower_value(Question(circuit, parts), Minor(1, 1, prime))


# Given weights


def identity_weights():
    """Weights at which cp_model(4, 2, 2) has rank 2 across {0, 1}."""
    circuit = ca.cp_model(4, 2, 2)
    weights = {name: ((1, 0), (0, 1)) for name in circuit.parameters if name != "out"}
    return circuit, {**weights, "out": ((1, 1),)}


def test_a_minor_at_given_weights():
    """Rank 2 at the identity weights, 1 where a channel is off."""
    circuit, weights = identity_weights()
    asked = Question(circuit, ca.Bipartition.of([0, 1], 4))
    for size in (1, 2, 3):
        expect(minors.weights_rank(asked, weights, 1, size, PRIME), min(size, 2), "rank")
    weights["out"] = ((1, 0),)
    expect(minors.weights_rank(asked, weights, 1, 2, PRIME), 1, "rank where a channel is off")


def test_exhaustive_rank():
    """The written-out matricization over Q: small ones only, exactly."""
    circuit, weights = identity_weights()
    asked = Question(circuit, ca.Bipartition.of([0, 1], 4))
    expect(minors.exhaustive_rank(asked, weights), 2, "rank")
    weights["out"] = ((PRIME, 0),)
    expect(minors.exhaustive_rank(asked, weights), 1, "rank with a multiple of p")
    weights["out"] = ((0, 0),)
    expect(minors.exhaustive_rank(asked, weights), 0, "rank of zero")
    large = ca.cp_model(17, 2, 1)
    with pytest.raises(RuleError, match="65,536"):
        minors.exhaustive_rank(Question(large, ca.Bipartition.of([0], 17)), {})


# The grid matrix


def test_a_grid_minor_names_templates():
    """Distinct choices of templates may have a non-zero minor; repeated rows never have."""
    circuit = ca.rac_model(4, 2, 2, layers=2)
    parts = ca.Bipartition.low_high(4)
    templates = ((1, 0), (0, 1))
    all_choices = [(i, j) for i in (0, 1) for j in (0, 1)]
    rank = brute.grid_rank(circuit, [0, 1], [[1, 0], [0, 1]])
    found = ca.prove_grid_rank(circuit, parts)
    expect(found.statement.lower, rank, "rank")

    def call(rows, columns, templates=templates):
        return minors.grid_minor(Question(circuit, parts), templates, rows, columns, 1, PRIME)

    rows, columns = found.proof.rows, found.proof.columns
    expect(call(rows, columns), rank, "accepted")
    for bad in (
        (all_choices[:2] + all_choices[:1], all_choices[:3]),  # a row twice
        (all_choices[:2], all_choices[:3]),  # not square
        ([(0,)], [(0, 0)]),  # a location missing
        ([(0, 0, 0)], [(0, 0)]),
        ([(0, 2)], [(0, 0)]),  # no such template
        ([(0, -1)], [(0, 0)]),
        ([], []),
    ):
        with pytest.raises(RuleError):
            call(*bad)
    with pytest.raises(WeightError, match="length 2"):
        call([(0, 0)], [(0, 0)], ((1, 0, 0), (0, 1, 0)))


def test_equal_templates_make_equal_rows():
    """Two templates that are the same vector give a singular minor."""
    asked = Question(ca.rac_model(2, 2, 2, layers=1), ca.Bipartition.of([0], 2))
    same = ((1, 2), (1, 2))
    with pytest.raises(RuleError):
        minors.grid_minor(asked, same, [(0,), (1,)], [(0,), (1,)], 1, PRIME)


def test_grids_need_equal_dimensions():
    """Templates serve all locations, so these have one dimension."""
    asked = Question(ca.cp_model(2, [2, 3], 2), ca.Bipartition.of([0], 2))
    with pytest.raises(WeightError):
        minors.grid_minor(asked, ((1, 0),), [(0,)], [(0,)], 1, PRIME)


def test_minors_need_a_coefficient_tensor():
    """Repeated inputs are refused by the minors of the tensor."""
    circuit = ca.rac_model(4, 2, 2, layers=2)
    with pytest.raises(StructureError):
        lower_value(Question(circuit, ca.Bipartition.low_high(4)), Minor(1, 1, PRIME))


def test_a_minor_is_computed_once_for_the_search_and_the_rule(monkeypatch):
    """The kernel remembers the ranks that it computed with what they are of, a question or a block,
    so that neither another seed nor another block reads them.
    """
    sizes = []
    plain = minors.grid_values

    def counted(*given, **more):
        values = plain(*given, **more)
        sizes.append(len(values))
        return values

    monkeypatch.setattr(minors, "grid_values", counted)
    b = ca.CircuitBuilder(2, 3)
    pair = [b.sum(b.product(*(b.sum(b.input(i), width=2) for i in (0, 1))), width=1) for _ in "ab"]
    mixture = b.build(b.sum(*pair, width=1))
    parts = ca.Bipartition.of([0], 2)
    expect(ca.prove_rank(mixture, parts).statement.lower, 3, "mixture")
    expect(sizes, [3], "grids of the mixture")
    sizes.clear()
    block, other = (only_block(ca.cp_model(2, 5, width), [0]) for width in (4, 3))
    expect(minors.block_rank(block, 1, 4, PRIME), 4, "rank")
    expect(block_lower(block, Minor(1, 4, PRIME)), 4, "minor")
    expect(len(sizes), 1, "grids so far")
    expect(block_lower(block, Minor(2, 4, PRIME)), 4, "another seed")
    expect(len(sizes), 2, "grids with another seed")
    with pytest.raises(RuleError):
        block_lower(other, Minor(1, 4, PRIME))
