"""Proof terms: which rule with which witness."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from textwrap import indent

from circuitalg.integers import counted
from circuitalg.kernel.exact_types import Runs
from circuitalg.kernel.rank.routing import Path
from circuitalg.kernel.statement import BothSides, Proof, nested

_SHOWN = 3
"""Of a list in an explanation."""
SCHOFIELD = "Schofield, General representations of quivers, Proc. London Math. Soc. 1992"


class Composed(Proof):
    """A proof term made of others, and called by their names."""

    __slots__ = ()

    @property
    def tactic(self) -> str:
        """Names of the rules inside, such as "minor + routing"."""
        return " + ".join(sorted(rules_used(self)))


def rules_used(proof: Proof) -> set[str]:
    """Names of the rules in a proof term, such as "routing"."""
    return {part.tactic for part in nested(proof) if not isinstance(part, Composed)}


@dataclass(frozen=True, slots=True)
class IndexRecursion(Proof):
    """U1, U4, U5: any smooth decomposable circuit."""

    tactic = "index recursion"


@dataclass(frozen=True, slots=True)
class TiedCut(Proof):
    """U2 on a block."""

    tactic = "tied cut"


@dataclass(frozen=True, slots=True)
class Bridge(Proof):
    """U3 on a block, at the matrix above ``variable``."""

    tactic = "bridge"
    sources = (SCHOFIELD,)

    variable: int

    def explain(self) -> str:
        """Say where."""
        return f"bridge at variable {self.variable}"


@dataclass(frozen=True, slots=True)
class Star(Proof):
    """U6 on a block, at ``variable``, seen from ``side`` (0 for I, 1 for J)."""

    tactic = "star"
    sources = (SCHOFIELD,)

    variable: int
    side: int

    def explain(self) -> str:
        """Say where, and seen from which side."""
        return f"star at variable {self.variable}, side {'IJ'[self.side]}"


@dataclass(frozen=True, slots=True)
class Isotypic(Proof):
    """U9 on a block: the symmetries of equal children of ``variable``."""

    tactic = "isotypic"

    variable: int

    def explain(self) -> str:
        """Say where."""
        return f"permutations of equal children of variable {self.variable}"


@dataclass(frozen=True, slots=True)
class Pencil(Proof):
    """U10 on a block: general pencils at ``variable``, of dimension 2."""

    tactic = "pencil star"

    variable: int

    def explain(self) -> str:
        """Say where."""
        return f"pencil star at variable {self.variable}"


@dataclass(frozen=True, slots=True)
class Factor(Composed):
    """A tree circuit's upper bound, one block rule for each distinct block."""

    blocks: tuple[BlockUpper, ...]

    def explain(self) -> str:
        """Say what bounds which block."""
        return _blocks_told("", self.blocks)


@dataclass(frozen=True, slots=True)
class Spaces(Proof):
    """U8 at a node: the space over the side other than ``side``, the nodes ``unfolded`` opened."""

    tactic = "shared spaces"

    node: int
    side: int
    unfolded: tuple[int, ...]

    def explain(self) -> str:
        """Say where, and what counts once."""
        opened = counted(len(self.unfolded), "node")
        return f"shared spaces at node {self.node}, side {'IJ'[self.side]}, {opened} unfolded"


@dataclass(frozen=True, slots=True)
class Below(Composed):
    """Block rules about the tree below a node, whose channel index is one more location."""

    node: int
    side: int
    blocks: tuple[BlockUpper, ...]

    def explain(self) -> str:
        """Say where, and what bounds which block."""
        told = indent(_blocks_told("", self.blocks), "  ").lstrip()
        return f"the tree below node {self.node}, side {'IJ'[self.side]}: {told}"


@dataclass(frozen=True, slots=True)
class Sharpened(Proof):
    """The index recursion with further bounds at some nodes (U8, and the rules for trees)."""

    tactic = "sharpened index recursion"

    at: tuple[Spaces | Below, ...]

    def explain(self) -> str:
        """Say by what, the first few."""
        return _listed("index recursion with", self.at)


@dataclass(frozen=True, slots=True)
class Exhaustive(Proof):
    """The rank at given weights by writing the matricization out (small ones only)."""

    tactic = "exhaustive"


@dataclass(frozen=True, slots=True)
class Vanishing(Proof):
    """The output is zero: a pass over the circuit finds the channels that zero entries cut off."""

    tactic = "vanishing"


@dataclass(frozen=True, slots=True)
class Trivial(Proof):
    """No rank is below 0."""

    tactic = "trivial"


@dataclass(frozen=True, slots=True)
class Minor(Proof):
    """L4: a non-zero k × k minor modulo a prime; weights and product vectors from a seed."""

    tactic = "minor"

    seed: int
    size: int
    prime: int

    def explain(self) -> str:
        """Say of which size, and modulo what."""
        return f"non-zero minor of size {self.size} modulo {self.prime}"


@dataclass(frozen=True, slots=True)
class Branches(Proof):
    """L2 on a circuit: the parameters in ``zero`` are zero; ``rest`` is about what is left."""

    tactic = "branches"

    zero: tuple[str, ...]
    rest: CircuitLower

    def explain(self) -> str:
        """Say what is zero, the first few names, and what proves the rest."""
        return f"branches left by {_named(self.zero)} = 0; {self.rest.explain()}"


@dataclass(frozen=True, slots=True)
class Part(Composed):
    """A branch with ``channels`` of its own at ``locations``, and what proves its rank."""

    channels: int
    locations: tuple[int, ...]
    rest: CircuitLower

    def explain(self) -> str:
        """Say how many channels, where, and what proves it."""
        where = _named(tuple(map(str, self.locations)))
        rest = indent(self.rest.explain(), "  ").lstrip()
        return f"{counted(self.channels, 'channel')} at locations {where}: {rest}"


@dataclass(frozen=True, slots=True)
class Added(Proof):
    """L2 on a circuit: the output's branches on disjoint rows and columns, their ranks added."""

    tactic = "added branches"

    parts: tuple[Part, ...]

    def explain(self) -> str:
        """Say what proves which branch."""
        return _listed("sum of branches with", self.parts)


@dataclass(frozen=True, slots=True)
class Routing(Proof):
    """L1 on a block."""

    tactic = "routing"

    paths: tuple[Path, ...]

    def explain(self) -> str:
        """Say along how many paths."""
        if not self.paths:
            return "not zero at some weights"
        return f"routing of {counted(len(self.paths), 'path')}"


@dataclass(frozen=True, slots=True)
class Split(Composed):
    """L2 and L3: keep the first channels (``dims`` None: all), cut, prove each distinct block."""

    dims: Runs | None
    blocks: tuple[BlockLower, ...]

    def explain(self) -> str:
        """Say what proves which block."""
        head = "" if self.dims is None else "specialised to fewer channels, "
        return _blocks_told(head, self.blocks)


@dataclass(frozen=True, slots=True)
class Kronecker(Composed):
    """L1 in general: every index as a pair of digits, one network for each digit.

    At weights W = W' ⊗ W'' (padded with zeros) the block's tensor is the Kronecker product of the
    tensors of the two factors, so their ranks multiply. A routing is the case of many factors of
    one path each.
    """

    factors: tuple[Split, ...]

    def explain(self) -> str:
        """Say of what."""
        return _blocks_told("Kronecker product of ", self.factors)


@dataclass(frozen=True, slots=True)
class FreeLeaves(Proof):
    """L8 on a block: leaves whose parameters may be taken for their own."""

    tactic = "free leaves"

    leaves: tuple[int, ...]
    rest: BlockLower

    def explain(self) -> str:
        """Say how many, and what proves the rest."""
        return f"{counted(len(self.leaves), 'leaf', 'leaves')} set free; {self.rest.explain()}"


@dataclass(frozen=True, slots=True)
class Glue(Proof):
    """L9 on a block: a part at ``variable`` fills it, so that ranks multiply.

    The part is what lies below (``below`` 1) or the rest of the block (0). ``condition`` is about
    it with the variable's index on the side other than ``side``, ``rest`` about the other part with
    the index on ``side``.
    """

    tactic = "glue"

    variable: int
    below: int
    side: int
    condition: BlockLower
    rest: BlockLower

    def explain(self) -> str:
        """Say where, and what proves both parts; one line after the other for a chain of them."""
        where = "below" if self.below else "above"
        filled = indent(self.condition.explain(), "  ").lstrip()
        rest = self.rest.explain()
        return f"glued at variable {self.variable}, filled from {where} by: {filled}\n" + (
            rest if type(self.rest) is Glue else f"rest: {rest}"
        )


@dataclass(frozen=True, slots=True)
class Span(Proof):
    """L11 on a block: the dimensions that reach the leaf that is alone on its side."""

    tactic = "dimension count"


@dataclass(frozen=True, slots=True)
class SaturatedStar(Proof):
    """L10 on a block: parts at ``variable`` whose slices are independent, so that ranks add.

    ``condition`` is about the parts of ``filled``, with a factor for each value of the variable;
    ``rests`` about the other parts, read through one row, the part above the variable first.
    """

    tactic = "saturated star"

    variable: int
    filled: tuple[int, ...]
    condition: BlockLower
    rests: tuple[BlockLower, ...]

    def explain(self) -> str:
        """Say where, and what proves the parts."""
        filled = indent(self.condition.explain(), "  ").lstrip()
        rests = indent(_blocks_told("", self.rests), "  ").lstrip()
        return f"star at variable {self.variable}, saturated by: {filled}\nother parts: {rests}"


@dataclass(frozen=True, slots=True)
class GridMinor(Proof):
    """A non-zero minor of the grid matrix: template numbers for each row and column."""

    tactic = "grid minor"

    seed: int
    prime: int
    rows: tuple[tuple[int, ...], ...]
    columns: tuple[tuple[int, ...], ...]

    def explain(self) -> str:
        """Say of which size, and modulo what."""
        return f"non-zero minor of size {len(self.rows)} of the grid matrix modulo {self.prime}"


def _blocks_told(head: str, terms: tuple[Proof, ...]) -> str:
    """The terms' explanations, equal ones once with their number."""
    counts = Counter(indent(term.explain(), "  ").lstrip() for term in terms)
    lines = [f"{n} x {line}" if n > 1 else line for line, n in counts.items()]
    if len(lines) == 1 and not head:
        return lines[0]
    kinds = "one block" if len(terms) == 1 else f"{len(terms)} different blocks"
    return f"{head}{kinds}:\n" + "\n".join("  " + line for line in lines)


def _named(names: tuple[str, ...]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _listed(head: str, terms: tuple[Proof, ...]) -> str:
    """The first few terms' explanations, a line each, and how many more there are."""
    lines = [indent(term.explain(), "  ") for term in terms[:_SHOWN]]
    if len(terms) > _SHOWN:
        lines.append(f"  and {len(terms) - _SHOWN} more")
    return "\n".join([f"{head}:", *lines])


Upper = IndexRecursion | Sharpened | Factor | Vanishing
CircuitLower = Minor | Branches | Added | Split
Lower = CircuitLower | Trivial
BlockUpper = TiedCut | Bridge | Star | Isotypic | Pencil
BlockLower = Routing | Minor | Split | Kronecker | FreeLeaves | Glue | Span | SaturatedStar


@dataclass(frozen=True, slots=True)
class Bounds(BothSides):
    """A generic rank from below and from above."""

    lower: Lower
    upper: Upper


@dataclass(frozen=True, slots=True)
class BoundsAt(BothSides):
    """The rank at given weights from below and from above."""

    lower: Minor | Trivial
    upper: Upper | Exhaustive


@dataclass(frozen=True, slots=True)
class RankGap(Proof):
    """Separation: the premise's lower bound against the rank bound of the whole family."""

    tactic = "separation"

    def explain(self) -> str:
        """Name the argument."""
        return "the network's lower side exceeds the rank bound of every member of the family"
