"""What each proof term about ranks proves: its number, computed with integers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from math import prod

from circuitalg.errors import RuleError, StructureError
from circuitalg.kernel.rank import gluing, minors, recursion
from circuitalg.kernel.rank import upper as spans
from circuitalg.kernel.rank.network import Network, distinct_blocks, restrict
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.routing import routing
from circuitalg.kernel.rank.spaces import shared_spaces
from circuitalg.kernel.rank.span import span
from circuitalg.kernel.rank.subcircuits import apart, check_inner, cone, without
from circuitalg.kernel.rank.terms import (
    Added,
    Below,
    BlockLower,
    BlockUpper,
    Branches,
    Bridge,
    Factor,
    FreeLeaves,
    Glue,
    IndexRecursion,
    Isotypic,
    Kronecker,
    Lower,
    Minor,
    Pencil,
    Routing,
    SaturatedStar,
    Sharpened,
    Spaces,
    Span,
    Split,
    Star,
    TiedCut,
    Trivial,
    Upper,
    Vanishing,
)
from circuitalg.kernel.rank.vanishing import vanishing_value


def upper_value(question: Question, term: Upper) -> int:
    """The bound that an upper term proves, for all weights."""
    if isinstance(term, IndexRecursion):
        return recursion.index_recursion(question)
    if isinstance(term, Vanishing):
        return vanishing_value(question.circuit, question.output)
    if isinstance(term, Sharpened):
        return recursion.index_recursion(question, _further(question, term.at))
    _check_count(len(question.blocks), len(term.blocks))
    return prod(
        block_upper(block, rule) ** count
        for (block, count), rule in zip(question.blocks.items(), term.blocks, strict=True)
    )


def _further(
    question: Question, at: Sequence[Spaces | Below]
) -> Mapping[int, Sequence[tuple[int, recursion.Further]]]:
    """The further bounds by node, each with its side."""
    places = [(term.node, term.side, isinstance(term, Below)) for term in at]
    if not places or any(a >= b for a, b in pairwise(places)):
        raise RuleError("an index recursion is sharpened at one or more nodes in increasing order")
    found: dict[int, list[tuple[int, recursion.Further]]] = {}
    for term in at:
        found.setdefault(term.node, []).append((term.side, _at_node(question, term)))
    return found


def _at_node(question: Question, term: Spaces | Below) -> recursion.Further:
    if isinstance(term, Below):
        value = upper_value(cone(question, term.node, term.side), Factor(term.blocks))
        return lambda _: value
    check_inner(question, term.node, term.side)
    return partial(shared_spaces, question, term.node, term.side, term.unfolded)


def block_upper(block: Network, term: BlockUpper) -> int:
    """The bound that an upper term proves for one block, for all weights."""
    match term:
        case TiedCut():
            return spans.tied_cut(block)
        case Bridge(variable):
            return spans.bridge(block, variable)
        case Star(variable, side):
            return spans.star(block, variable, side)
        case Isotypic(variable):
            return spans.isotypic(block, variable)
        case Pencil(variable):
            return spans.pencil(block, variable)


def lower_value(question: Question, term: Lower) -> int:
    """The bound that a lower term proves, for almost all weights in the question's space."""
    match term:
        case Trivial():
            return trivial_value(question)
        case Minor(seed, size, prime):
            return minors.full_rank(minors.circuit_rank(question, seed, size, prime), size, prime)
        case Branches(zero, rest):
            return lower_value(without(question, zero), rest)
        case Added(parts):
            asked = apart(question, tuple([(part.channels, part.locations) for part in parts]))
            pairs = zip(asked, parts, strict=True)
            return sum(lower_value(branch, part.rest) for branch, part in pairs)
        case Split():
            question.check_blocks()
            return split_value(question.network, term)


def trivial_value(question: Question) -> int:
    """0, for a rank that exists: the circuit has a coefficient tensor."""
    question.circuit.is_multilinear.demand(StructureError, minors.NO_TENSOR)
    return 0


def block_lower(block: Network, term: BlockLower) -> int:
    """The bound that a lower term proves for one block, for almost all weights."""
    match term:
        case Routing(paths):
            return routing(block, paths)
        case Minor(seed, size, prime):
            return minors.full_rank(minors.block_rank(block, seed, size, prime), size, prime)
        case Split():
            return split_value(block, term)
        case Kronecker(factors):
            return kronecker_value(block, factors)
        case FreeLeaves(leaves, rest):
            return block_lower(gluing.freed(block, leaves), rest)
        case Glue():
            return glued_value(block, term)
        case Span():
            return span(block)
        case SaturatedStar():
            return saturated_value(block, term)


def glued_value(block: Network, term: Glue) -> int:
    """The slices of a part that fills its variable count one by one.

    The part's matrix is L·(1 ⊗ R), L with a column for each value of the index and each of u
    terms. The condition says that these are independent, so that a left inverse of L and a right
    one of R leave 1_u ⊗ (the rest's matrix).
    """
    v, side, below = term.variable, term.side, term.below
    slices = spans.tied_cut(gluing.part(block, v, below, side))
    full = slices * block.dims[v]
    filled = block_lower(gluing.part(block, v, below, 1 - side), term.condition)
    if filled < full:
        raise RuleError(
            f"glued at variable {v}, one part must have rank {full}, but its proof gives {filled}"
        )
    return slices * block_lower(gluing.part(block, v, 1 - below, side), term.rest)


def saturated_value(block: Network, term: SaturatedStar) -> int:
    """Independent slices tensored with any others stay independent, so that ranks add.

    The block's matrix is Σ_α X_α ⊗ Y_α over the values of the variable, X_α the slices of the
    filled parts, each of rank at most Π u. The condition says that w · Π u rows and as many columns
    of the X_α together are independent (Marsaglia and Styan 1974): the rank is Σ_α rank X_α · rank
    Y_α.
    """
    v = term.variable
    filled, *others = gluing.slices(block, v, term.filled)
    messages = spans.Messages(block)
    full = block.dims[v] * prod(
        [min(messages.up(p) if p > v else messages.down(v)) for p in term.filled]
    )
    found = block_lower(filled, term.condition)
    if found < full:
        raise RuleError(
            f"the star at variable {v} needs parts of rank {full}, but their proof gives {found}"
        )
    if len(others) != len(term.rests):
        raise RuleError(
            f"the star at variable {v} leaves {len(others)} parts, but the proof covers "
            f"{len(term.rests)}"
        )
    return full * prod(map(block_lower, others, term.rests))


def split_value(network: Network, term: Split) -> int:
    """Specialise, factor, multiply: a product of non-zero polynomials is not zero."""
    counts = distinct_blocks(network if term.dims is None else restrict(network, term.dims))
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
