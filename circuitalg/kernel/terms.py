"""Proof terms: which rule with which witness, and the number that each proves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from circuitalg.errors import RuleError, StructureError
from circuitalg.kernel import minors, spans
from circuitalg.kernel.network import (
    Network,
    check_output,
    distinct_blocks,
    restrict,
    side_of_location,
)
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.vanishing import vanishing_value
from circuitalg.kernel.routing import Path, routing


@dataclass(frozen=True, slots=True)
class IndexRecursion:
    """U1, U4, U5: any smooth decomposable circuit."""


@dataclass(frozen=True, slots=True)
class TiedCut:
    """U2 on a block."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """U3 on a block, at the matrix above ``variable``."""

    variable: int


@dataclass(frozen=True, slots=True)
class Star:
    """U6 on a block, at ``variable``, seen from ``side``."""

    variable: int
    side: int


@dataclass(frozen=True, slots=True)
class Factor:
    """A tree circuit's upper bound, one block rule for each distinct block."""

    blocks: tuple[TiedCut | Bridge | Star, ...]


@dataclass(frozen=True, slots=True)
class Exhaustive:
    """The rank at given weights by writing the matricization out (small ones only)."""


@dataclass(frozen=True, slots=True)
class Vanishing:
    """The output is zero: a pass over the circuit finds the channels that zero entries cut off."""


@dataclass(frozen=True, slots=True)
class Trivial:
    """No rank is below 0."""


@dataclass(frozen=True, slots=True)
class Minor:
    """L4: a non-zero k × k minor modulo a prime; weights and product vectors from a seed."""

    seed: int
    size: int
    prime: int


@dataclass(frozen=True, slots=True)
class Routing:
    """L1 on a block."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """L2 and L3: keep the first channels (``dims`` None: all), cut, prove each distinct block."""

    dims: tuple[int, ...] | None
    blocks: tuple[Routing | Minor | Split | Kronecker, ...]


@dataclass(frozen=True, slots=True)
class Kronecker:
    """L1 in general: every index as a pair of digits, one network for each digit.

    At weights W = W' ⊗ W'' (padded with zeros) the block's tensor is the Kronecker product of the
    tensors of the two factors, so their ranks multiply. A routing is the case of many factors of
    one path each.
    """

    factors: tuple[Split, ...]


@dataclass(frozen=True, slots=True)
class GridMinor:
    """A non-zero minor of the grid matrix: template numbers for each row and column."""

    seed: int
    prime: int
    rows: tuple[tuple[int, ...], ...]
    columns: tuple[tuple[int, ...], ...]


Upper = IndexRecursion | Factor | Vanishing
Lower = Minor | Split | Trivial
BlockUpper = TiedCut | Bridge | Star
BlockLower = Routing | Minor | Split | Kronecker


def upper_value(question: Question, term: Upper) -> int:
    """The bound that an upper term proves, for all weights."""
    if isinstance(term, IndexRecursion):
        return spans.index_recursion(question.circuit, question.bipartition, question.output)
    if isinstance(term, Vanishing):
        return vanishing_value(question.circuit, question.output)
    _check_count(len(question.blocks), len(term.blocks))
    return prod(
        block_upper(block, rule) ** count
        for (block, count), rule in zip(question.blocks.items(), term.blocks, strict=True)
    )


def block_upper(block: Network, term: BlockUpper) -> int:
    """The bound that an upper term proves for one block, for all weights."""
    match term:
        case TiedCut():
            return spans.tied_cut(block)
        case Bridge(variable):
            return spans.bridge(block, variable)
        case Star(variable, side):
            return spans.star(block, variable, side)


def lower_value(question: Question, term: Lower) -> int:
    """The bound that a lower term proves, for almost all weights in the question's space."""
    if isinstance(term, Trivial):
        return trivial_value(question)
    if isinstance(term, Minor):
        return minors.full_rank(
            question.grid_rank(term.seed, term.size, term.prime), term.size, term.prime
        )
    question.check_blocks()
    if term.dims is None:
        return _blocks_value(question.blocks, term)
    return split_value(question.found.network, term)


def trivial_value(question: Question) -> int:
    """0, for a rank that exists: the circuit has a coefficient tensor, the sides are its own."""
    side_of_location(question.circuit, question.bipartition)
    check_output(question.circuit, question.output)
    for verdict in (question.circuit.is_smooth, question.circuit.is_decomposable):
        if not verdict:
            raise StructureError(f"there is no coefficient tensor to matricize: {verdict.reason}")
    return 0


def block_lower(block: Network, term: BlockLower) -> int:
    """The bound that a lower term proves for one block, for almost all weights."""
    match term:
        case Routing(paths):
            return routing(block, paths)
        case Minor(seed, size, prime):
            return minors.block_minor(block, seed, size, prime)
        case Split():
            return split_value(block, term)
        case Kronecker(factors):
            return kronecker_value(block, factors)


def split_value(network: Network, term: Split) -> int:
    """Specialise, factor, multiply: a product of non-zero polynomials is not zero."""
    if term.dims is not None:
        network = restrict(network, term.dims)
    return _blocks_value(distinct_blocks(network), term)


def _blocks_value(counts: Mapping[Network, int], term: Split) -> int:
    _check_count(len(counts), len(term.blocks))
    return prod(
        block_lower(block, rule) ** count
        for (block, count), rule in zip(counts.items(), term.blocks, strict=True)
    )


def kronecker_value(block: Network, factors: Sequence[Split]) -> int:
    """Multiply the factors' bounds; their dimensions must fit into the block's.

    All uses of a tied matrix have one shape in each factor (``restrict`` checks it), so they get
    one product. Fixed matrices are not such products: a block with one is refused.
    """
    if not factors:
        raise RuleError("a Kronecker product needs at least one factor")
    if any(what is not None for what in block.fixed):
        raise RuleError("a Kronecker product of weights needs a block without fixed matrices")
    sizes = [1] * len(block)
    for factor in factors:
        if factor.dims is None or len(factor.dims) != len(block):
            raise RuleError(f"each Kronecker factor must list {len(block)} dimensions")
        sizes = [size * dim for size, dim in zip(sizes, factor.dims, strict=True)]
    for v, (size, dim) in enumerate(zip(sizes, block.dims, strict=True)):
        if size > dim:
            raise RuleError(
                f"the Kronecker factors need dimension {size} at variable {v}, but it has {dim}"
            )
    return prod(split_value(block, factor) for factor in factors)


def _check_count(blocks: int, rules: int) -> None:
    if blocks != rules:
        raise RuleError(f"the network has {blocks} distinct blocks, but the proof covers {rules}")
