"""prove_rank: both sides of a generic rank, cheapest tactics first."""

from __future__ import annotations

from collections.abc import Mapping

from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.circuit.bipartition import BipartitionLike
from circuitalg.circuit.graph import Circuit, Matrix
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.errors import RuleError, StructureError
from circuitalg.kernel import rules
from circuitalg.kernel.network import Network
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.vanishing import vanishing_value
from circuitalg.kernel.spans import tied_cut
from circuitalg.kernel.statements import SPACES, GenericRank
from circuitalg.kernel.terms import (
    BlockLower,
    BlockUpper,
    Factor,
    IndexRecursion,
    Lower,
    Minor,
    Split,
    TiedCut,
    Trivial,
    Upper,
    Vanishing,
    upper_value,
)
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import choice
from circuitalg.prove.budget import Budget
from circuitalg.prove.lower import best_lower
from circuitalg.prove.minor import largest_minor
from circuitalg.prove.upper import best_upper


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
        A smooth and decomposable circuit, or a networkx.DiGraph that is one; tree circuits have all
        tactics, others index recursion and minors.
    bipartition
        The two sides (I, J) of the locations: a bipartition, a word such as ``"odd-even"`` or the
        locations of I (`Bipartition.parse`).
    output
        The output channel.
    space
        ``"real"``, ``"nonnegative"`` or ``"simplex"`` weights.
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
    Source: Cohen, Sharir, Shashua 2016, Theorem 1 and the rank rules of docs/trust.md.
    """
    circuit = as_circuit(circuit)
    bipartition, output = as_bipartition(bipartition, circuit), as_output(circuit, output)
    space, budget = choice("space", space, SPACES), Budget(max_minor, timeout)
    check_multilinear(circuit)
    question = Question(circuit, bipartition, output, space)
    return rules.generic_rank(question, *_terms(question, budget))


def check_multilinear(circuit: Circuit) -> None:
    """Refuse a circuit that has no coefficient tensor; the message says where."""
    for verdict in (circuit.is_smooth, circuit.is_decomposable):
        if not verdict:
            raise StructureError(
                f"the circuit has no coefficient tensor, so it has no such rank: {verdict.reason}; "
                "use prove_grid_rank for circuits that repeat inputs"
            )


def _terms(question: Question, budget: Budget) -> tuple[Lower, Upper]:
    if is_zero(question.circuit, question.output):
        return Trivial(), Vanishing()
    if not question.circuit.is_tree:
        upper: Upper = IndexRecursion()
        return _circuit_minor(question, upper_value(question, upper), budget), upper
    split, factor = tree_terms(question, budget)
    try:
        question.check_blocks()
    except RuleError:  # the blocks prove nothing about this circuit or space: a minor of the whole
        return _circuit_minor(question, upper_value(question, factor), budget), factor
    return split, factor


def is_zero(circuit: Circuit, output: int, weights: Mapping[str, Matrix] | None = None) -> bool:
    """Whether zeros in matrices cut an output off from the inputs; without weights, for all."""
    try:
        return vanishing_value(circuit, output, weights) == 0
    except RuleError:
        return False


def tree_terms(question: Question, budget: Budget) -> tuple[Lower, Factor]:
    """Terms for both sides of a tree circuit, block by block.

    Where a block has no minor that is not zero, as when fixed matrices cancel, nothing is claimed
    from below.
    """
    found = [block_terms(block, budget) for block in question.blocks]
    lowers = [lower for lower, _ in found if lower is not None]
    factor = Factor(tuple(upper for _, upper in found))
    return (Split(None, tuple(lowers)) if len(lowers) == len(found) else Trivial()), factor


def block_terms(block: Network, budget: Budget) -> tuple[BlockLower | None, BlockUpper]:
    """Terms for both sides of a block; None where not even one minor was found."""
    target = tied_cut(block)
    lower = best_lower(block, target, budget)
    if lower is None:
        return None, TiedCut()
    if lower[1] == target:
        return lower[0], TiedCut()
    return lower[0], best_upper(block, budget, floor=lower[1])[0]


def _circuit_minor(question: Question, bound: int, budget: Budget) -> Minor | Trivial:
    """The largest minor of the whole circuit at random weights, up to the bound and the budget."""

    def grid_rank(seed: int, size: int) -> int:
        return question.grid_rank(seed, size, DEFAULT_PRIME)

    return largest_minor(grid_rank, min(bound, budget.max_minor), budget) or Trivial()
