"""Theorems for all sizes: induction over the levels of a family of networks.

A claim gives a rank bound, a number of parameters or a containment as a formula in declared
symbols; its proof names a closed form. The kernel derives base and step from the networks' levels,
and `circuitalg.kernel.forall.normal_form` decides that the closed form satisfies both, for all
values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from circuitalg.errors import RuleError
from circuitalg.expressions import FORMULAS, Expression, binomial, is_name, least, least_width
from circuitalg.kernel.forall.claims import (
    Claim,
    ContainsCP,
    ParameterCount,
    RankAtLeast,
    RankAtMost,
)
from circuitalg.kernel.forall.families import (
    ONE,
    SHARING,
    ZERO,
    CPNetworks,
    HTNetworks,
    Networks,
    formulas_of,
)
from circuitalg.kernel.forall.normal_form import Normal, short
from circuitalg.kernel.rule import rule
from circuitalg.kernel.statement import Proof
from circuitalg.python_code import AS_CODE


@dataclass(frozen=True, slots=True)
class ForAll:
    """For all values of the symbols (each at least its least value, widths r_i ≥ 1): the claim.

    Source: Cohen, Sharir, Shashua 2016, Theorems 1 and 3, sections 3.1 and 3.2; pooling windows of
    any size q.

    Examples
    --------
    >>> import circuitalg as ca
    >>> q, m = ca.forall.symbols("q m")
    >>> networks = ca.forall.HTNetworks(window=q, depth=m + 1, dim=2)
    >>> bound = ca.forall.least(2, ca.forall.width(0)) ** (q**m)
    >>> print(ca.prove_for_all({"q": 2, "m": 0}, networks, ca.forall.RankAtLeast(1, bound)))
    Theorem: for all m >= 0, q >= 2, r_0, r_1, ... >= 1: of the network of eq. 4 (shared or not)
    with windows of q, m + 1 levels, dimension 2, widths r_0, r_1, ..., rank [[A]] >= min(2,
    r_0)^(q^m) for almost all real weights, across alternating blocks of 1 location
    """

    symbols: Mapping[str, int]
    networks: Networks
    claim: Claim

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return self.claim.summary

    __repr__, _repr_pretty_ = AS_CODE

    def __str__(self) -> str:
        ranges = [f"{name} >= {low}" for name, low in self.symbols.items()]
        if type(self.networks) is HTNetworks and self.networks.widths is None:
            ranges.append("r_0, r_1, ... >= 1")
        return f"for all {', '.join(ranges)}: of {self.networks}, {self.claim}"


@dataclass(frozen=True, slots=True)
class Induction(Proof):
    """A closed form in a symbol, with the name of the argument that gives its base and step.

    Attributes
    ----------
    steps : "copy", "digits", "halves", "count" or "identity".
    variable : the symbol of the induction, from 0 on.
    closed : the closed form.
    height : for "copy" the level s up to which matrices copy; the k of q = 2k for "digits" and
        "halves".
    """

    steps: str
    variable: str
    closed: Expression
    height: Expression = ZERO

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return f"induction ({self.steps})"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        told = {
            "copy": "0/1 matrices make the first block a copy tensor; ranks of products multiply",
            "digits": "unit vectors of k digits make a window a unit matrix; ranks multiply",
            "halves": "k locations of a block bound its rank; ranks of products multiply",
            "count": "each level adds its matrices to those of the subtrees",
            "identity": "identity matrices carry the CP model's channels to the output",
        }
        return f"induction on {self.variable}: {told[self.steps]}; closed form {self.closed}"


@dataclass(frozen=True, slots=True)
class LastLevel(Proof):
    """No induction: what the last level alone says (for CP models, their only one)."""

    tactic = "last level"

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return "the last product's channels are pure tensors of blocks; they are counted"


_MAX_LEAST = 1000
_MAX_SYMBOLS = 20


@rule
def for_all(
    symbols: Mapping[str, int], networks: Networks, claim: Claim, proof: Induction | LastLevel
) -> ForAll:
    """For all sizes, by induction over the levels: base and step from the network, as formulas.

    Raises
    ------
    RuleError
        When a formula is not defined for all values, a size may be too small, or an equality that
        the induction needs is not shown.
    """
    parts = (*formulas_of(networks), *formulas_of(claim), *formulas_of(proof))
    for part in parts:
        FORMULAS.check(part)
    _check_symbols(symbols)
    normal = Normal(symbols)
    for part in parts:
        normal.of(part)
    _check_sizes(normal, networks)
    if isinstance(proof, LastLevel):
        equations = _last_level(networks, claim)
    elif isinstance(networks, HTNetworks):
        equations = _induction(normal, networks, claim, proof)
    else:
        raise RuleError("induction is about the levels of HT networks; use LastLevel for CP models")
    for first, second, what in equations:
        if normal.of(first) is not normal.of(second):
            raise RuleError(f"{what}: {short(first)} is not shown equal to {short(second)}")
    return ForAll(symbols, networks, claim)


def _check_symbols(symbols: Mapping[str, int]) -> None:
    if len(symbols) > _MAX_SYMBOLS:
        raise RuleError(f"a theorem for all sizes has at most {_MAX_SYMBOLS} symbols")
    for name, low in symbols.items():
        if not is_name(name):
            raise RuleError(f"a symbol is named by letters and digits, at most 20, not {name!r}")
        if not 0 <= low <= _MAX_LEAST:
            raise RuleError(f"the symbol {name} needs a least value from 0 to {_MAX_LEAST}")


def _check_sizes(normal: Normal, networks: Networks) -> None:
    """Sizes are formulas in symbols that are never too small."""
    if networks.sharing not in SHARING:
        raise RuleError(f"sharing must be one of {', '.join(SHARING)}, got {networks.sharing!r}")
    if isinstance(networks, HTNetworks):
        _at_least(networks.window, 2, normal, "the window")
        _at_least(networks.depth, 1, normal, "the depth")
        _at_least(networks.rest, 0, normal, "the rest of the levels")
        width = networks.widths or ONE
    else:
        _at_least(networks.locations, 2, normal, "the number of locations")
        width = networks.channels
    for part in (networks.dim, networks.outputs, width):
        _at_least(part, 1, normal, "a dimension or width")


def _at_least(part: Expression, bound: int, normal: Normal, what: str) -> None:
    """Demand a least value of a formula that grows with its symbols: + and ·, and ^ of such."""
    found = normal.least(normal.of(part))
    if not _grows(part, normal) or found is None or found < bound:
        raise RuleError(
            f"{what} is {short(part)}, which is not certainly at least {bound}; write it with +, * "
            "and ^ in symbols of large enough least values"
        )


def _grows(part: Expression, normal: Normal) -> bool:
    if part.op in ("number", "sym"):
        return True
    if part.op not in ("+", "*", "^"):
        return False
    if not all(_grows(inner, normal) for inner in part.args):
        return False
    return part.op != "^" or (normal.least(normal.of(part.args[0])) or 0) >= 1


Equations = list[tuple[Expression, Expression, str]]
"""Formulas that must be equal, two by two, and what they are."""
Argument = tuple[Expression, Expression, Equations]
"""The base of an induction, its step, and what must hold besides."""


def _induction(normal: Normal, networks: HTNetworks, claim: Claim, proof: Induction) -> Equations:
    """closed(0) = base, closed(m + 1) = step, for a symbol m from 0 that moves the depth alone."""
    name, closed, m = proof.variable, proof.closed, Expression("sym", (proof.variable,))
    fixed = [networks.window, networks.dim, networks.rest, networks.outputs, proof.height]
    if normal.least_values.get(name) != 0:
        raise RuleError(f"the symbol of the induction, {name!r}, must begin at 0")
    if any(name in part.symbols() for part in (*fixed, networks.widths or ONE)):
        raise RuleError(f"the symbol of the induction, {name!r}, may move the depth only")
    if proof.steps not in _STEPS:
        raise RuleError(f"there is no induction by {proof.steps!r}")
    argue, lowest = _STEPS[proof.steps]
    base, step, equations = argue(networks, claim, proof, m)
    if lowest is not None:
        _at_least(proof.height, lowest, normal, "the height")
    return [
        (closed.at(name, 0), base, "the base of the induction"),
        (closed.at(name, m + 1), step, "the step of the induction"),
        *equations,
    ]


def _copy(networks: HTNetworks, claim: Claim, proof: Induction, m: Expression) -> Argument:
    """From below, across alternating blocks of q^s locations, for shared and unshared weights.

    Let the matrices of levels 0 to s be δ_ij and t = min(M, r_0, …, r_s): the product of level s
    over q^(s+1) locations has channels Π_i x_{i,α} for α < t and no others that are not 0. The
    matrix above has a first row of ones: Σ_{α<t} Π_i x_{i,α}, of rank t, for q ≥ 2 blocks lie
    on both sides. All further matrices have first row e_1, so each product multiplies the ranks
    of its q children (of the q^(rest+1) ones at a global pooling).
    """
    if type(claim) is not RankAtLeast:
        raise RuleError("copying matrices bound ranks from below")
    s, q, rest, closed = proof.height, networks.window, networks.rest, proof.closed
    lowest = least_width(0, s) if networks.widths is None else networks.widths
    whole = rest == ZERO
    equations = [
        (claim.block, q**s, "the blocks of the bipartition"),
        (networks.depth, s + (1 if whole else 2) + m, "the depth"),
        (claim.bound, closed if whole else closed ** (q ** (rest + 1)), "the bound"),
    ]
    return least(networks.dim, lowest), closed**q, equations


def _digits(networks: HTNetworks, claim: Claim, proof: Induction, m: Expression) -> Argument:
    """From below, across odd and even locations, for windows of q = 2k and unshared weights.

    Write α < t = min(r_0, M^k) with k digits below M. In each window the j-th location of either
    side has the unit vector of digit j in channel α, and 0 for α ≥ t: the products are t different
    pairs of pure unit tensors, which a row of ones adds up to a matrix of rank t. All further
    matrices have first row e_1, so products multiply the ranks of their children.
    """
    if type(claim) is not RankAtLeast or claim.block != ONE or networks.sharing != "unshared":
        raise RuleError("digits bound ranks of unshared networks, across alternating locations")
    return _even_windows(networks, claim.bound, proof, m, networks.dim**proof.height)


def _halves(networks: HTNetworks, claim: Claim, proof: Induction, m: Expression) -> Argument:
    """From above, across odd and even locations, for windows of q = 2k.

    A block of level 0 has k locations on each side, and its r_0 channels are pure tensors: with the
    channel index on either side its rank is at most min(r_0, M^k). Shared vectors span no more than
    the symmetric tensors of order k: C(M+k−1, k). Every product multiplies the bounds of its
    children with their channel indices on the same side (rule U1).
    """
    if type(claim) is not RankAtMost or claim.sides != "alternating" or claim.block != ONE:
        raise RuleError("halves bound ranks from above, across alternating single locations")
    k, dim = proof.height, networks.dim
    spanned = binomial(dim + k - 1, k) if networks.sharing == "shared" else dim**k
    return _even_windows(networks, claim.bound, proof, m, spanned)


def _even_windows(
    networks: HTNetworks, bound: Expression, proof: Induction, m: Expression, spanned: Expression
) -> Argument:
    """Windows of 2k at every pooling; ranks, or their bounds, multiply over the children."""
    if networks.rest != ZERO:
        raise RuleError("this argument is about networks whose every pooling has windows of q")
    equations = [
        (networks.window, 2 * proof.height, "the window"),
        (networks.depth, m + 1, "the depth"),
        (bound, proof.closed, "the bound"),
    ]
    return least(networks.width(ZERO), spanned), proof.closed**networks.window, equations


def _count(networks: HTNetworks, claim: Claim, proof: Induction, m: Expression) -> Argument:
    """P(0) = M·r_0, P(l+1) = q·P(l) + r_l·r_{l+1}; shared: P(l) once. Then q^(rest+1)·P + Y·r."""
    if type(claim) is not ParameterCount or networks.sharing == "either":
        raise RuleError("parameters are counted for shared or for unshared networks")
    q, last, below, top = networks.window, networks.width(m), proof.closed, proof.closed
    if networks.sharing == "unshared":
        below, top = q * proof.closed, q ** (networks.rest + 1) * proof.closed
    equations = [
        (networks.depth, m + 1, "the depth"),
        (claim.count, top + networks.outputs * last, "the count"),
    ]
    return networks.dim * networks.width(ZERO), below + last * networks.width(m + 1), equations


def _identity(networks: HTNetworks, claim: Claim, proof: Induction, m: Expression) -> Argument:
    """Channel z of every product is Π_i ⟨a^{z,i}, x_i⟩ over its locations: q at level 0, then q·.

    All widths are Z, so that identity matrices carry channel z to channel z; the output matrix is
    the CP model's. The closed form counts the locations below a product.
    """
    if type(claim) is not ContainsCP or networks.widths is None:
        raise RuleError("identities carry the channels of a CP model through levels of one width")
    q = networks.window
    equations = [
        (networks.widths, claim.channels, "the width of all levels"),
        (networks.depth, m + 1, "the depth"),
        (claim.locations, proof.closed * q**networks.rest, "the number of locations"),
    ]
    return q, q * proof.closed, equations


_STEPS = {
    "copy": (_copy, 0),
    "digits": (_digits, 1),
    "halves": (_halves, 1),
    "count": (_count, None),
    "identity": (_identity, None),
}
"""The argument, and the least height that it needs, where it has one."""


def _last_level(networks: Networks, claim: Claim) -> Equations:
    """The output is a combination of the last product's channels, pure tensors of its blocks.

    Where every block lies on one side, each channel has rank at most 1 (M4).
    """
    if type(claim) is RankAtMost and claim.sides == "unions":
        if isinstance(networks, HTNetworks):
            q, depth = networks.window, networks.depth
            return [
                (claim.block * q, q**depth, "the blocks of the bipartition"),
                (claim.bound, networks.width(depth - 1), "the bound"),
            ]
        if claim.block == ONE:
            return [(claim.bound, networks.channels, "the bound")]
    if isinstance(claim, ParameterCount) and isinstance(networks, CPNetworks):
        vectors = networks.dim * networks.channels
        if networks.sharing == "unshared":
            vectors = networks.locations * vectors
        if networks.sharing != "either":
            return [(claim.count, vectors + networks.channels * networks.outputs, "the count")]
    raise RuleError("the last level alone bounds ranks across unions of its blocks, and counts CP")
