"""prove_rank: both sides of a generic rank, cheapest tactics first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.circuit.forms import check_renormalisable
from circuitalg.circuit.graph import Circuit, Matrix
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.errors import RuleError, StructureError
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.simplex import Gains
from circuitalg.kernel.rank.network import Network
from circuitalg.kernel.rank.question import SPACES, Question
from circuitalg.kernel.rank.statements import GenericRank
from circuitalg.kernel.rank.terms import (
    BlockLower,
    BlockUpper,
    Bounds,
    Factor,
    Lower,
    Split,
    TiedCut,
    Trivial,
    Upper,
    Vanishing,
)
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.kernel.rank.values import block_lower, block_upper, upper_value
from circuitalg.kernel.rank.vanishing import vanishing_value
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import choice
from circuitalg.prove.rank.branches import largest
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.dag import circuit_terms
from circuitalg.prove.rank.lower import best_lower
from circuitalg.prove.rank.upper import best_upper


def prove_rank(
    circuit: CircuitLike,
    bipartition: BipartitionLike,
    *,
    output: int = 0,
    space: str = "real",
    max_minor: int = 400,
    timeout: float | None = None,
) -> Theorem[GenericRank]:
    """Prove the generic rank of a network's coefficient tensor across a bipartition.

    Parameters
    ----------
    circuit
        A smooth and decomposable circuit, or a networkx.DiGraph that is one. Of a circuit that is
        not a tree, branches that are trees have all tactics.
    bipartition
        The two sides (I, J) of the locations: a bipartition, a word such as ``"odd-even"`` or the
        locations of I (`Bipartition.parse`).
    output
        The output channel.
    space
        ``"real"``, ``"nonnegative"`` or ``"simplex"`` weights. No parameter is zero on a simplex,
        so branches prove nothing there, and minors of the whole circuit do.
    max_minor
        Largest minor to try, up to 16,384. The default keeps checking of a minor of some hundred
        nodes under a minute; a minor of size 8,192 takes about 1.2 GB, and its certificate needs
        the checker's ``--numpy``, as may one of size 256 for tens of thousands of nodes.
    timeout
        Seconds after which the search takes what it has; None for no limit. Minors are then made
        as large as time allows; the first is of size 8, and is tried whatever the limit is.

    Returns
    -------
    Theorem
        About a ``GenericRank``, lower == upper whenever the tactics meet. Where fixed zeros cut the
        output off from the inputs, the rank is 0; where no minor is found that is not zero, the
        lower bound is.

    Raises
    ------
    ArgumentError, OptionError
        For an argument of another type, or an option outside its range.
    StructureError
        When the circuit has no coefficient tensor; the message says where.
    TooLargeError
        When a minor does not fit the memory, before it is tried; take a smaller ``max_minor``.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, Theorem 1, and docs/rules/rank.md.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> deep = ht_model(locations=4096, dim=4, widths=[4] * 12, shared=True)
    >>> print(prove_rank(deep, "odd-even").statement.lower)
    4^2048
    """
    circuit = as_circuit(circuit)
    bipartition, output = as_bipartition(bipartition, circuit), as_output(circuit, output)
    space, budget = choice("space", space, SPACES), Budget(max_minor, timeout)
    check_multilinear(circuit)
    return answer(Question(circuit, bipartition, output, space), budget)


def answer(question: Question, budget: Budget) -> Theorem[GenericRank]:
    """The theorem with the best bounds that the budget allows."""
    return theorem_of(question, *_terms(question, budget))


def theorem_of(question: Question, lower: Lower, upper: Upper) -> Theorem[GenericRank]:
    """The theorem from both terms; a split over simplex weights follows from the simplex form."""
    renormalised = question.space == "simplex" and isinstance(lower, Split)
    premises = (rules.simplex_form(question.circuit, Gains()),) if renormalised else ()
    return rules.generic_rank(question, Bounds(lower, upper), premises)


def check_split(question: Question) -> None:
    """Refuse a circuit or space about whose rank its blocks prove nothing.

    Raises
    ------
    RuleError
        When a parameter is used in two ways, or simplex weights cannot be renormalised.
    """
    question.check_blocks()
    if question.space == "simplex":
        check_renormalisable(question.circuit)


def check_multilinear(circuit: Circuit) -> None:
    """Refuse a circuit that has no coefficient tensor; the message says where."""
    circuit.is_multilinear.demand(
        StructureError,
        "the circuit has no coefficient tensor, so it has no such rank",
        "use prove_grid_rank for circuits that repeat inputs",
    )


def _terms(question: Question, budget: Budget) -> tuple[Lower, Upper]:
    if is_zero(question.circuit, question.output):
        return Trivial(), Vanishing()
    if not question.circuit.is_tree:
        return circuit_terms(question, budget)
    split, factor = terms_by_block(block_terms(block, budget) for block in question.blocks)
    try:
        check_split(question)
    except RuleError:  # the blocks prove nothing about this circuit or space: a minor of the whole
        found = largest(question, upper_value(question, factor), budget)
        return (found[0] if found else Trivial()), factor
    return split, factor


def is_zero(circuit: Circuit, output: int, weights: Mapping[str, Matrix] | None = None) -> bool:
    """Whether zeros in matrices cut an output off from the inputs; without weights, for all."""
    try:
        return vanishing_value(circuit, output, weights) == 0
    except RuleError:
        return False


def terms_by_block(
    found: Iterable[tuple[BlockLower | None, BlockUpper]],
) -> tuple[Lower, Factor]:
    """Terms for both sides of a tree circuit from those of its distinct blocks.

    Where a block has no minor that is not zero, as when fixed matrices cancel, nothing is claimed
    from below.
    """
    lowers, uppers = zip(*found, strict=True)
    lower = Trivial() if None in lowers else Split(None, lowers)
    return lower, Factor(uppers)


def block_terms(block: Network, budget: Budget) -> tuple[BlockLower | None, BlockUpper]:
    """Terms for both sides of a block; None where not even one minor was found."""
    target = tied_cut(block)
    lower = best_lower(block, target, budget)
    if lower is None:
        return None, TiedCut()
    if lower[1] == target:
        return lower[0], TiedCut()
    return lower[0], best_upper(block, budget, floor=lower[1])[0]


def solved(block: Network, budget: Budget) -> tuple[BlockLower | None, BlockUpper, int, int]:
    """Terms for both sides of a block, and what the kernel makes of them."""
    lower, upper = block_terms(block, budget)
    value = 0 if lower is None else block_lower(block, lower)
    return lower, upper, value, block_upper(block, upper)
