"""The rows of a landscape: both bounds of a rank, across one bipartition after another.

A row is not a theorem, but its numbers are those of one: the values that the kernel's functions for
proof terms give to terms that were found here. `Rows.theorem` hands the same terms to the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError
from circuitalg.integers import Integer
from circuitalg.kernel.rank.network import Network, distinct_blocks
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import GenericRank
from circuitalg.kernel.rank.terms import (
    BlockLower,
    BlockUpper,
    Bounds,
    TiedCut,
    Trivial,
    rules_used,
)
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.kernel.theorem import Theorem
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.rank import (
    answer,
    check_split,
    is_zero,
    solved,
    terms_by_block,
    theorem_of,
)
from circuitalg.prove.rank.route import find_routing
from circuitalg.python_code import AS_CODE
from circuitalg.run.orbits import Orbits

_QUICK_MINOR = 32
"""Largest minor of a quick answer, for circuits on which routing says nothing."""


@dataclass(frozen=True, slots=True)
class Effort:
    """``full`` False tries only the cut and routing, True all tactics, minors up to a size."""

    max_minor: int = 400
    full: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One bipartition: lower ≤ rank for almost all weights, rank ≤ upper for all, by which rules.

    ``full`` says whether all tactics were tried.
    """

    bipartition: Bipartition
    lower: int
    upper: int
    lower_by: str
    upper_by: str
    full: bool

    __repr__, _repr_pretty_ = AS_CODE

    @property
    def tight(self) -> bool:
        """Whether the bounds meet: then this is the generic rank."""
        return self.lower == self.upper

    @property
    def summary(self) -> str:
        """The rank, or the interval, for a table."""
        return f"{self.lower}" if self.tight else f"{self.lower} to {self.upper}"

    def across(self, bipartition: Bipartition) -> Row:
        """The same numbers for another bipartition of its class."""
        return Row(bipartition, self.lower, self.upper, self.lower_by, self.upper_by, self.full)


@dataclass(eq=False, slots=True)
class Class:
    """Bipartitions that a symmetry carries into each other: the first, their network, their row.

    Circuits about which blocks prove nothing have no network, and a class for each bipartition.
    """

    first: Bipartition
    network: Network | None
    row: Row | None = None


class Rows:
    """The rank of one output's coefficient tensor across any bipartition of one circuit."""

    def __init__(self, circuit: Circuit, output: int, space: str) -> None:
        self.circuit, self.output, self.space = circuit, output, space
        self._orbits = Orbits(circuit, output) if self._blocks_prove() else None
        self._classes: dict[Network | Bipartition, Class] = {}

    def _blocks_prove(self) -> bool:
        """False for circuits that are not trees, ties under simplex weights, tensors of zeros."""
        if not self.circuit.is_tree or is_zero(self.circuit, self.output):
            return False
        any_parts = Bipartition.low_high(self.circuit.num_locations)
        try:  # these conditions do not depend on the sides
            check_split(Question(self.circuit, any_parts, self.output, self.space))
        except RuleError:
            return False
        return True

    def class_of(self, bipartition: Bipartition) -> Class:
        """The class of a bipartition, one object for all its members."""
        network = None if self._orbits is None else self._orbits.network(bipartition)
        return self._classes.setdefault(network or bipartition, Class(bipartition, network))

    def answering(self, effort: Effort) -> Callable[[Sequence[Class]], list[Row]]:
        """The function that makes rows of classes; it can go to another process."""
        if self._orbits is not None:
            return partial(_rows_of_networks, effort)
        return partial(_rows_of_circuit, self.circuit, self.output, self.space, effort)

    def theorem(self, bipartition: Bipartition, effort: Effort) -> Theorem[GenericRank]:
        """The theorem with the bounds of the row: the same terms, through the rule."""
        if self._orbits is None:
            return _proved(self.circuit, self.output, self.space, effort, bipartition)
        circuit = self._orbits.circuit(bipartition)
        question = Question(circuit, bipartition, self.output, self.space)
        terms = terms_by_block(_solved(block, effort)[:2] for block in question.blocks)
        return theorem_of(question, *terms)


def _tried(effort: Effort, asked: Class, row_of: Callable[[Effort], Row]) -> Row:
    """The row of a class: where nothing has been tried, all tactics only if the quick ones fail."""
    if effort.full and asked.row is None:
        row = row_of(replace(effort, full=False))
        if row.tight:
            return row
    return row_of(effort)


def _rows_of_networks(effort: Effort, classes: Sequence[Class]) -> list[Row]:
    found = []
    for each in classes:
        if each.network is None:
            raise RuleError("a class without a network is answered from its circuit")
        network = replace(each.network)  # what is derived from the copy goes with it
        found.append(_tried(effort, each, partial(_row_of_network, each.first, network)))
    return found


def _row_of_network(bipartition: Bipartition, network: Network, effort: Effort) -> Row:
    lower = upper = 1
    below: set[str] = set()
    above: set[str] = set()
    for block, count in distinct_blocks(network).items():
        lower_term, upper_term, block_low, block_high = _solved(block, effort)
        lower *= block_low**count
        upper *= block_high**count
        below |= rules_used(lower_term or Trivial())
        above |= rules_used(upper_term)
    if lower > upper:
        raise RuleError(
            f"a lower bound {Integer(lower)} above an upper bound {Integer(upper)}: a rule is "
            "wrong; please report this"
        )
    return Row(bipartition, lower, upper, _names(below), _names(above), effort.full)


@lru_cache(maxsize=64)
def _solved(block: Network, effort: Effort) -> tuple[BlockLower | None, BlockUpper, int, int]:
    """Terms for both sides of a block, and what the kernel makes of them."""
    if effort.full:
        return solved(block, Budget(effort.max_minor))
    cut = tied_cut(block)
    routing, value = find_routing(block, cut) or (None, 0)  # both numbers are the kernel's own
    return routing, TiedCut(), value, cut


def _rows_of_circuit(
    circuit: Circuit, output: int, space: str, effort: Effort, classes: Sequence[Class]
) -> list[Row]:
    def row_of(bipartition: Bipartition, effort: Effort) -> Row:
        theorem = _proved(circuit, output, space, effort, bipartition)
        said, bounds = theorem.statement, theorem.proof
        if not isinstance(bounds, Bounds):
            raise RuleError("a generic rank is proved by bounds")
        below, above = (_names(rules_used(term)) for term in (bounds.lower, bounds.upper))
        return Row(bipartition, said.lower, said.upper, below, above, effort.full)

    return [_tried(effort, each, partial(row_of, each.first)) for each in classes]


def _proved(
    circuit: Circuit, output: int, space: str, effort: Effort, bipartition: Bipartition
) -> Theorem[GenericRank]:
    size = effort.max_minor if effort.full else min(_QUICK_MINOR, effort.max_minor)
    question = Question(circuit, bipartition, output, space)
    return answer(question, Budget(size, thorough=effort.full))


def _names(used: Iterable[str]) -> str:
    return " + ".join(sorted(used))
