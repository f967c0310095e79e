"""Where a proof about a rank stands in its network: for drawings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import ArgumentError
from circuitalg.kernel.rank.network import block_members, blocks
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import GenericRank, RankAt
from circuitalg.kernel.rank.subcircuits import without
from circuitalg.kernel.rank.terms import (
    BlockLower,
    BlockUpper,
    Branches,
    Factor,
    Sharpened,
    Spaces,
    Split,
)
from circuitalg.kernel.theorem import Theorem


@dataclass(frozen=True, slots=True)
class ProofMarks:
    """What a theorem about a rank is about, and where its rules stand.

    Attributes
    ----------
    circuit, bipartition : of the statement.
    rules : by the name of a node, the names of the rules that stand there. Those inside parts that
        a block is taken apart into have no place of their own.
    left : names of the nodes that the proof from below keeps.
    zero : parameters that it sets to zero.
    """

    circuit: Circuit
    bipartition: Bipartition
    rules: dict[str, tuple[str, ...]]
    left: frozenset[str]
    zero: frozenset[str]


def marks_of(theorem: Theorem[Any]) -> ProofMarks:
    """Find where the rules of a proof stand.

    Raises
    ------
    ArgumentError
        For a theorem that is not about the rank of a network.
    """
    statement: Any = theorem.statement
    proof: Any = theorem.proof
    if not isinstance(statement, GenericRank | RankAt):
        raise ArgumentError(
            f"a drawing shows the proof of a GenericRank or RankAt, not of a "
            f"{type(statement).__name__}; draw its network instead"
        )
    circuit, parts = statement.circuit, statement.bipartition
    found: dict[str, set[str]] = {}
    lower, upper = proof.lower, proof.upper
    if isinstance(upper, Sharpened):
        for bound in upper.at:
            name = bound.tactic if isinstance(bound, Spaces) else "tree below"
            found.setdefault(circuit.nodes[bound.node].name, set()).add(name)
    question = Question(circuit, parts, statement.output)
    if isinstance(upper, Factor):
        _mark(found, question, upper.blocks)
    if isinstance(lower, Split) and lower.dims is None:
        _mark(found, question, lower.blocks)
    zero = lower.zero if isinstance(lower, Branches) else ()
    kept = without(question, zero).circuit if zero else circuit
    return ProofMarks(
        circuit,
        parts,
        {node: tuple(sorted(names)) for node, names in found.items()},
        frozenset(node.name for node in kept.nodes),
        frozenset(zero),
    )


def _mark(
    found: dict[str, set[str]], question: Question, terms: tuple[BlockUpper | BlockLower, ...]
) -> None:
    """Add the nodes of the variables at which these terms, one for each distinct block, stand."""
    by_block = dict(zip(question.blocks, terms, strict=True))
    network = question.network
    for members, block in zip(block_members(network), blocks(network), strict=True):
        term = by_block[block]
        variable = getattr(term, "variable", None)
        if variable is not None:
            name = question.named.nodes[members[variable - 1]]
            found.setdefault(name, set()).add(term.tactic)
