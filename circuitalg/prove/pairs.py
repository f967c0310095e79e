"""Both bounds of a rank across one bipartition, for tables of many: not a theorem, but its numbers.

Every number is the value that the kernel's functions for proof terms (`block_lower`,
`block_upper`, or a whole rule) give to terms that were found here. `pair_theorem` hands the same
terms to the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.integers import Integer
from circuitalg.kernel import rules
from circuitalg.kernel.network import Network, distinct_blocks
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.spans import tied_cut
from circuitalg.kernel.statements import GenericRank
from circuitalg.kernel.terms import (
    BlockLower,
    BlockUpper,
    Factor,
    Split,
    TiedCut,
    Trivial,
    block_lower,
    block_upper,
)
from circuitalg.kernel.theorem import Theorem, used_rules
from circuitalg.prove.arrange import Arranger
from circuitalg.prove.budget import Budget
from circuitalg.prove.rank import block_terms, is_zero, prove_rank
from circuitalg.prove.route import find_routing

_QUICK_MINOR = 32
"""Largest minor of a quick answer, for circuits on which routing says nothing."""


@dataclass(frozen=True, slots=True)
class TableQuestion:
    """What is asked of every bipartition: the output, the space of weights, how hard to try.

    ``full`` False tries only the cut and routing, True all tactics with minors up to
    ``max_minor``.
    """

    output: int = 0
    space: str = "real"
    max_minor: int = 400
    full: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """lower ≤ rank for almost all weights, rank ≤ upper for all, and the rules that say so."""

    lower: int
    upper: int
    lower_by: str
    upper_by: str
    full: bool
    """Whether all tactics were tried."""

    @property
    def tight(self) -> bool:
        """Whether the bounds meet."""
        return self.lower == self.upper


@dataclass(frozen=True, slots=True)
class _Block:
    lower_term: BlockLower | None
    lower: int
    upper_term: BlockUpper
    upper: int


class Pairs:
    """The question for one circuit, prepared once."""

    def __init__(self, circuit: Circuit, question: TableQuestion) -> None:
        self.circuit, self.question = circuit, question
        self._arranger = None if is_zero(circuit, question.output) else self._arranged()

    def _arranged(self) -> Arranger | None:
        """None where blocks prove nothing: not a tree, say, or ties under simplex weights."""
        circuit, question = self.circuit, self.question
        if not circuit.is_tree:
            return None
        arranger = Arranger(circuit, question.output)
        try:  # these conditions do not depend on the sides
            any_parts = Bipartition.low_high(circuit.num_locations)
            Question(circuit, any_parts, question.output, question.space).check_blocks()
        except RuleError:
            return None
        return arranger

    def network(self, bipartition: Bipartition) -> Network | None:
        """The arranged network: bipartitions with equal ones have one answer."""
        return None if self._arranger is None else self._arranger.network(bipartition)

    def pair(self, bipartition: Bipartition) -> Pair:
        """Both bounds."""
        network = self.network(bipartition)
        if network is None:
            return self._whole_pair(bipartition)
        lower = upper = 1
        below: set[str] = set()
        above: set[str] = set()
        for block, count in distinct_blocks(network).items():
            found = _solved(block, self.question)
            lower *= found.lower**count
            upper *= found.upper**count
            below |= used_rules(found.lower_term or Trivial())
            above |= used_rules(found.upper_term)
        if lower > upper:
            raise RuleError(
                f"a lower bound {Integer(lower)} above an upper bound "
                f"{Integer(upper)}: a rule is wrong; please report this"
            )
        return self._told(lower, upper, below, above)

    def theorem(self, bipartition: Bipartition) -> Theorem[GenericRank]:
        """The theorem with the bounds of `pair`: the same terms, through the rule."""
        question = self.question
        if self._arranger is None:
            return self._whole(bipartition)
        network = self._arranger.network(bipartition)
        found = [_solved(block, question) for block in distinct_blocks(network)]
        lowers = [block.lower_term for block in found if block.lower_term is not None]
        lower = Split(None, tuple(lowers)) if len(lowers) == len(found) else Trivial()
        circuit = self._arranger.arranged_circuit(bipartition)
        return rules.generic_rank(
            Question(circuit, bipartition, question.output, question.space),
            lower,
            Factor(tuple(block.upper_term for block in found)),
        )

    def _whole(self, bipartition: Bipartition) -> Theorem[GenericRank]:
        question = self.question
        size = question.max_minor if question.full else min(_QUICK_MINOR, question.max_minor)
        return prove_rank(
            self.circuit,
            bipartition,
            output=question.output,
            space=question.space,
            max_minor=size,
        )

    def _whole_pair(self, bipartition: Bipartition) -> Pair:
        theorem = self._whole(bipartition)
        proved = theorem.statement
        return self._told(proved.lower, proved.upper, *map(used_rules, theorem.proof))

    def _told(self, lower: int, upper: int, below: Iterable[str], above: Iterable[str]) -> Pair:
        lower_by, upper_by = (" + ".join(sorted(used)) for used in (below, above))
        return Pair(lower, upper, lower_by, upper_by, self.question.full)


@lru_cache(maxsize=64)
def _solved(block: Network, question: TableQuestion) -> _Block:
    """Terms for both sides of a block, and what the kernel makes of them."""
    if question.full:
        lower_term, upper_term = block_terms(block, Budget(question.max_minor))
        lower = 0 if lower_term is None else block_lower(block, lower_term)
        return _Block(lower_term, lower, upper_term, block_upper(block, upper_term))
    cut = tied_cut(block)
    routed = find_routing(block, cut)  # both numbers are the kernel's own
    term, lower = (None, 0) if routed is None else routed
    return _Block(term, lower, TiedCut(), cut)


@lru_cache(maxsize=4)
def _prepared(circuit: Circuit, question: TableQuestion) -> Pairs:
    return Pairs(circuit, question)


def pairs(given: tuple[Circuit, TableQuestion], chunk: tuple[bytes, ...]) -> list[Pair]:
    """The answers for several bipartitions, given by their sides; a task for other processes."""
    prepared = _prepared(*given)
    return [prepared.pair(Bipartition(sides)) for sides in chunk]
