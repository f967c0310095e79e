"""What a theorem can say: frozen data with an exact meaning and a plain-mathematics ``str``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit, Matrix
from circuitalg.integers import Integer, counted, latex
from circuitalg.kernel.exact_types import Bound
from circuitalg.kernel.rank.families import Family
from circuitalg.kernel.rank.question import Question
from circuitalg.python_code import AS_CODE


def describe_side(locations: tuple[int, ...]) -> str:
    """Print a set of locations, shortened when it is long."""
    if len(locations) <= 16:
        return "{" + ", ".join(map(str, locations)) + "}"
    first = ", ".join(map(str, locations[:6]))
    return f"{{{first}, ..., {locations[-1]}}} ({len(locations)} locations)"


def _print_in_widths(statement: object, circuit: Circuit, *names: str) -> None:
    """Make bounds print as powers of a width of the network where they are: 4^32768."""
    for name in names:
        value = in_widths(getattr(statement, name), circuit)
        object.__setattr__(statement, name, value)


def in_widths(n: int, circuit: Circuit) -> Integer:
    """A number that prints as a power of a width of the network where it is one: 4^32768."""
    number = Integer(n)
    return number if number < 10**15 else Integer(n, {node.width for node in circuit.nodes})


def _interval(lower: int, upper: int) -> str:
    return f"rank = {lower}" if lower == upper else f"{lower} <= rank <= {upper}"


@dataclass(frozen=True, slots=True)
class GenericRank:
    """Generic rank of the matricized coefficient tensor of one output.

    Off the zero set of a non-zero polynomial on the parameter space ``space``, lower ≤ rank
    ⟦A⟧_{I,J} (so for almost all weights in it); for all weights, rank ⟦A⟧_{I,J} ≤ upper. Source:
    Cohen, Sharir, Shashua 2016, Theorem 1, in the exact form of docs/rules/rank.md.

    Examples
    --------
    >>> import circuitalg as ca
    >>> theorem = ca.prove_rank(ca.ht_model(4, 2, [2, 2]), "odd-even")
    >>> print(theorem)
    Theorem: rank [[A]] with I = {0, 2} is 4 for almost all real weights, and at most that for
    all weights
    >>> theorem.statement.lower, theorem.statement.upper
    (4, 4)
    """

    circuit: Circuit
    bipartition: Bipartition
    lower: Bound
    upper: Bound
    output: int = 0
    space: str = "real"

    def __post_init__(self) -> None:
        _print_in_widths(self, self.circuit, "lower", "upper")

    @property
    def question(self) -> Question:
        """What is asked: circuit, bipartition, output and space."""
        return Question(self.circuit, self.bipartition, self.output, self.space)

    @property
    def summary(self) -> str:
        """The result in a few characters, for a table."""
        return _interval(self.lower, self.upper)

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        low, high = self.lower, self.upper
        where = f"[[A]] with I = {describe_side(self.bipartition.I)}"
        almost = f"for almost all {self.space} weights"
        if high == 0:
            return f"rank {where} is 0 for all weights"
        if low == high:
            return f"rank {where} is {low} {almost}, and at most that for all weights"
        return f"rank {where} is at least {low} {almost}, and at most {high} for all weights"

    def _repr_latex_(self) -> str:
        low, high = latex(self.lower), latex(self.upper)
        middle = r"\operatorname{rank}[\![A]\!]_{I,J}"
        return rf"${low} \overset{{\text{{a.e.}}}}{{\le}} {middle} \le {high}$"


@dataclass(frozen=True, slots=True)
class RankAt:
    """lower ≤ rank ⟦A⟧_{I,J} ≤ upper at these exact weights (rational matrices by name).

    Examples
    --------
    >>> import circuitalg as ca
    >>> network = ca.cp_model(2, 2, 2)
    >>> weights = {"a0.0": [[1, 0], [0, 1]], "a0.1": [[1, 2], [2, 4]], "out": [[1, 1]]}
    >>> print(ca.prove_rank_at(network, weights, {0}))
    Theorem: rank [[A]] with I = {0} is 1 at the given weights
    """

    circuit: Circuit
    weights: Mapping[str, Matrix]
    bipartition: Bipartition
    lower: Bound
    upper: Bound
    output: int = 0

    def __post_init__(self) -> None:
        _print_in_widths(self, self.circuit, "lower", "upper")

    @property
    def summary(self) -> str:
        """The result in a few characters, for a table."""
        return _interval(self.lower, self.upper)

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        side = describe_side(self.bipartition.I)
        between = (
            f"is {self.lower}"
            if self.lower == self.upper
            else f"lies between {self.lower} and {self.upper}"
        )
        return f"rank [[A]] with I = {side} {between} at the given weights"


@dataclass(frozen=True, slots=True)
class GridRank:
    """Generic rank ≥ lower of the grid matrix on the templates, hence of the separation rank.

    For circuits with repeated inputs, which have no coefficient tensor of order N: the matrix holds
    the output at x_i = templates[d_i], rows by (d_i), i in I, columns by (d_j), j in J; the
    bound holds off the zero set of a non-zero polynomial in the real weights. Source: Levine,
    Sharir, Ziv, Shashua 2017.

    Examples
    --------
    >>> import circuitalg as ca
    >>> network = ca.rac_model(locations=4, dim=2, width=2, layers=2)
    >>> print(ca.prove_grid_rank(network, "low-high"))
    Theorem: the grid matrix on 2 templates with I = {0, 1} has rank at least 4 for almost all
    real weights, and so has the separation rank
    """

    circuit: Circuit
    templates: Matrix
    bipartition: Bipartition
    lower: Bound
    output: int = 0

    def __post_init__(self) -> None:
        _print_in_widths(self, self.circuit, "lower")

    @property
    def summary(self) -> str:
        """The result in a few characters, for a table."""
        return f"rank >= {self.lower}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        side = describe_side(self.bipartition.I)
        return (
            f"the grid matrix on {counted(len(self.templates), 'template')} with I = {side} has "
            f"rank at least {self.lower} for almost all real weights, and so has the separation "
            "rank"
        )


@dataclass(frozen=True, slots=True)
class Separation:
    """No member of ``family`` with ``parameter`` < ``needed`` matches or approximates ``deep``.

    Outside a proper algebraic subset of deep's weights in ``space``, no member of the family — all
    its real weights, all its other widths — with a smaller parameter gives the same coefficient
    tensor for this output, nor approximates it arbitrarily well. Source: Cohen, Sharir, Shashua
    2016, Theorems 1 and 3 and Corollaries 2 and 4 (coefficient space); over non-negative and
    simplex weights, where the family keeps its signs: their appendix E and docs/rules/rank.md.

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(ca.prove_separation(ca.ht_model(4, 2, [2, 2]), ca.cp_model))
    Theorem: for almost all real weights of the network, no CP model with width below 4 has the
    same coefficient tensor or approximates it arbitrarily well (rank across I = {0, 2})
    """

    deep: Circuit
    family: Family
    bipartition: Bipartition
    needed: Bound
    output: int = 0
    space: str = "real"

    def __post_init__(self) -> None:
        _print_in_widths(self, self.deep, "needed")

    @property
    def parameter(self) -> str:
        """What must be large: the family's width in question."""
        return self.family.parameter

    @property
    def summary(self) -> str:
        """The result in a few characters, for a table."""
        return f"{self.parameter} >= {self.needed}"

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        return (
            f"for almost all {self.space} weights of the network, no {self.family} with "
            f"{self.parameter} below {self.needed} has the same coefficient tensor or "
            "approximates it arbitrarily well "
            f"(rank across I = {describe_side(self.bipartition.I)})"
        )
