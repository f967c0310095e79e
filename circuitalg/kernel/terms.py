"""Proof terms: which rule with which witness, and the number that each proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.forms import check_renormalisable
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.kernel import minors, spans
from circuitalg.kernel.network import (
    CircuitNetwork,
    Network,
    Parameter,
    circuit_network,
    distinct_blocks,
    restrict,
)
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


Upper = IndexRecursion | Factor
Lower = Minor | Split
BlockUpper = TiedCut | Bridge | Star
BlockLower = Routing | Minor | Split | Kronecker


def upper_value(circuit: Circuit, bipartition: Bipartition, output: int, term: Upper) -> int:
    """The bound that an upper term proves, for all weights."""
    if isinstance(term, IndexRecursion):
        return spans.index_recursion(circuit, bipartition, output)
    counts = distinct_blocks(circuit_network(circuit, bipartition, output).network)
    _check_count(len(counts), len(term.blocks))
    return prod(
        block_upper(block, rule) ** count
        for (block, count), rule in zip(counts.items(), term.blocks, strict=True)
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


def lower_value(
    circuit: Circuit, bipartition: Bipartition, output: int, space: str, term: Lower
) -> int:
    """The bound that a lower term proves, for almost all weights in ``space``."""
    if isinstance(term, Minor):
        return minors.circuit_minor(
            circuit, bipartition, output, space, term.seed, term.size, term.prime
        )
    return split_value(check_tree_space(circuit, bipartition, output, space), term)


def check_tree_space(
    circuit: Circuit, bipartition: Bipartition, output: int, space: str
) -> Network:
    """The network of a circuit, refused where its generic rank says nothing of the circuit's.

    Over simplex weights: some positive weights have the rank, since the positive orthant is dense
    in the Zariski sense, and renormalising them multiplies the tensor with a positive number.
    """
    found = circuit_network(circuit, bipartition, output)
    _check_one_view(found)
    if space == "simplex":
        check_renormalisable(circuit)
    return found.network


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
    counts = distinct_blocks(network)
    _check_count(len(counts), len(term.blocks))
    return prod(
        block_lower(block, rule) ** count
        for (block, count), rule in zip(counts.items(), term.blocks, strict=True)
    )


def kronecker_value(block: Network, factors: Sequence[Split]) -> int:
    """Multiply the factors' bounds; their dimensions must fit into the block's.

    All uses of a tied matrix have one shape in each factor (``restrict`` checks it), so they get
    one product. Fixed matrices are no such products: a block with one is refused.
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
                f"the Kronecker factors need dimension {size} at variable {v}, it has {dim}"
            )
    return prod(split_value(block, factor) for factor in factors)


def _check_count(blocks: int, rules: int) -> None:
    if blocks != rules:
        raise RuleError(f"the network has {blocks} distinct blocks, the proof speaks of {rules}")


def _check_one_view(found: CircuitNetwork) -> None:
    """Refuse a parameter that is used in two ways: its views are not independent parameters."""
    views: dict[str, str] = {}
    for label in found.names:
        if isinstance(label, Parameter) and views.setdefault(label.name, label.view) != label.view:
            raise RuleError(
                f"parameter {label.name!r} is used in two ways, so the network of variables does "
                "not show the circuit; prove by a minor of the whole circuit"
            )
