"""Theorems for all sizes: induction over the levels of a family of networks.

A claim gives a rank bound, a number of parameters or a containment as a formula in declared
symbols; its proof names a closed form. The kernel derives base and step from the networks' levels,
and `circuitalg.kernel.recurrence` decides that the closed form satisfies both, for all values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from circuitalg.errors import RuleError
from circuitalg.kernel.formula import (
    Formula,
    binomial,
    check_formula,
    formula_from_data,
    is_name,
    least,
    least_width,
    short,
)
from circuitalg.kernel.levels import (
    ONE,
    SHARING,
    ZERO,
    Claim,
    ContainsCP,
    CPNetworks,
    HTNetworks,
    Networks,
    ParameterCount,
    RankAtLeast,
    RankAtMost,
)
from circuitalg.kernel.recurrence import Normal
from circuitalg.kernel.subject import Data, statement_repr


@dataclass(frozen=True, slots=True)
class ForAll:
    """For all values of the symbols (each at least its least value, widths r_i ≥ 1): the claim.

    Source: Cohen, Sharir, Shashua 2016, Theorems 1 and 3, sections 3.1 and 3.2; pooling windows of
    any size q.
    """

    symbols: Mapping[str, int]
    networks: Networks
    claim: Claim

    @property
    def summary(self) -> str:
        """The result in a few characters."""
        return self.claim.summary

    __repr__ = statement_repr

    def __str__(self) -> str:
        ranges = [f"{name} >= {low}" for name, low in self.symbols.items()]
        if type(self.networks) is HTNetworks and self.networks.widths is None:
            ranges.append("r_0, r_1, ... >= 1")
        return f"for all {', '.join(ranges)}: of {self.networks}, {self.claim}"

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "kind": "ForAll",
            "symbols": dict(sorted(self.symbols.items())),
            "networks": self.networks.to_data(),
            "claim": self.claim.to_data(),
        }


@dataclass(frozen=True, slots=True)
class Induction:
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
    closed: Formula
    height: Formula = ZERO

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return f"induction ({self.steps})"

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing beyond linear algebra."""
        return ()

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

    def to_data(self) -> Data:
        """JSON form."""
        return {
            "rule": "induction",
            "steps": self.steps,
            "variable": self.variable,
            "closed": self.closed.to_data(),
            "height": self.height.to_data(),
        }


@dataclass(frozen=True, slots=True)
class LastLevel:
    """No induction: what the last level alone says (for CP models, their only one)."""

    @property
    def tactic(self) -> str:
        """Name of the rule."""
        return "last level"

    @property
    def sources(self) -> tuple[str, ...]:
        """Nothing beyond linear algebra."""
        return ()

    def explain(self) -> str:
        """Say how the rule proves the statement."""
        return "the last product's channels are pure tensors of blocks; they are counted"

    def to_data(self) -> Data:
        """JSON form."""
        return {"rule": "last_level"}


_MAX_LEAST = 1000
_MAX_SYMBOLS = 20


def for_all(
    symbols: Mapping[str, int], networks: Networks, claim: Claim, proof: Induction | LastLevel
) -> ForAll:
    """Check an induction: side conditions by the formulas' form, base and step as equalities."""
    normal = Normal(symbols)
    check_symbols(normal, networks, claim, proof)
    if type(proof) is LastLevel:
        _last_level(normal, networks, claim)
    elif type(proof) is Induction and type(networks) is HTNetworks:
        _free(proof, normal, networks)
        if proof.steps not in _STEPS:
            raise RuleError(f"there is no induction by {proof.steps!r}")
        _STEPS[proof.steps](normal, networks, claim, proof)
    else:
        raise RuleError("induction is about the levels of HT networks; use LastLevel for CP models")
    return ForAll(MappingProxyType(dict(sorted(symbols.items()))), networks, claim)


def check_symbols(
    normal: Normal, networks: Networks, claim: Claim, proof: Induction | LastLevel
) -> None:
    """Symbols are declared, formulas defined for all their values, sizes large enough."""
    symbols = normal.least_values
    if len(symbols) > _MAX_SYMBOLS:
        raise RuleError(f"a theorem for all sizes has at most {_MAX_SYMBOLS} symbols")
    if networks.sharing not in SHARING:
        raise RuleError(f"sharing must be one of {', '.join(SHARING)}, got {networks.sharing!r}")
    said = [getattr(claim, name) for name in claim.__slots__]
    used = [*networks.parts(), *(part for part in said if isinstance(part, Formula))]
    if type(proof) is Induction:
        used += [proof.closed, proof.height]
    for name, low in symbols.items():
        if not is_name(name):
            raise RuleError(f"a symbol is named by letters and digits, at most 20, not {name!r}")
        if not 0 <= low <= _MAX_LEAST:
            raise RuleError(f"the symbol {name} needs a least value from 0 to {_MAX_LEAST}")
    for part in used:
        check_formula(part)
        normal.of(part)
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
    if any(part.uses_widths() for part in networks.parts()):
        raise RuleError("sizes of networks are formulas in symbols, without the widths r_i")


def _at_least(part: Formula, bound: int, normal: Normal, what: str) -> None:
    """Demand a least value of a formula that grows with its symbols: + and ·, and ^ of such."""
    found = normal.least(normal.of(part))
    if not _grows(part, normal) or found is None or found < bound:
        raise RuleError(
            f"{what} is {short(part)}, which is not certainly at least {bound}; write it with +, * "
            "and ^ in symbols of large enough least values"
        )


def _grows(part: Formula, normal: Normal) -> bool:
    if part.op in ("int", "sym"):
        return True
    if part.op not in ("+", "*", "^"):
        return False
    if not all(_grows(inner, normal) for inner in part.args):
        return False
    return part.op != "^" or (normal.least(normal.of(part.args[0])) or 0) >= 1


def _free(proof: Induction, normal: Normal, networks: HTNetworks) -> None:
    """The induction's symbol starts at 0 and moves the depth alone."""
    fixed = [networks.window, networks.dim, networks.rest, networks.outputs, proof.height]
    if networks.widths is not None:
        fixed.append(networks.widths)
    if normal.least_values.get(proof.variable) != 0:
        raise RuleError(f"the symbol of the induction, {proof.variable!r}, must begin at 0")
    if any(proof.variable in part.symbols() for part in fixed):
        raise RuleError(f"the symbol of the induction, {proof.variable!r}, may move the depth only")


def _demand(first: Formula, second: Formula, normal: Normal, what: str) -> None:
    if normal.of(first) is not normal.of(second):
        raise RuleError(f"{what}: {short(first)} is not shown equal to {short(second)}")


def _base_and_step(proof: Induction, base: Formula, step: Formula, normal: Normal) -> None:
    """closed(0) = base and closed(variable + 1) = step, written in terms of closed(variable)."""
    name = proof.variable
    following = proof.closed.at(name, Formula("sym", (name,)) + 1)
    _demand(proof.closed.at(name, 0), base, normal, "the base of the induction")
    _demand(following, step, normal, "the step of the induction")


def _copy(normal: Normal, networks: HTNetworks, claim: Claim, proof: Induction) -> None:
    """From below, across alternating blocks of q^s locations, for shared and unshared weights.

    Let the matrices of levels 0 to s be δ_ij and t = min(M, r_0, …, r_s): the product of level s
    over q^(s+1) locations has channels Π_i x_{i,α} for α < t and no others that are not 0. The
    matrix above has a first row of ones: Σ_{α<t} Π_i x_{i,α}, of rank t, for q ≥ 2 blocks lie
    on both sides. All further matrices have first row e_1, so each product multiplies the ranks
    of its q children (of the q^(rest+1) ones at a global pooling).
    """
    if type(claim) is not RankAtLeast:
        raise RuleError("copying matrices bound ranks from below")
    _at_least(proof.height, 0, normal, "the height")
    s, q, m = proof.height, networks.window, Formula("sym", (proof.variable,))
    lowest = least_width(0, s) if networks.widths is None else networks.widths
    _base_and_step(proof, least(networks.dim, lowest), proof.closed**q, normal)
    _demand(claim.block, q**s, normal, "the blocks of the bipartition")
    if networks.rest == ZERO:
        _demand(networks.depth, s + 1 + m, normal, "the depth")
        _demand(claim.bound, proof.closed, normal, "the bound")
    else:
        _demand(networks.depth, s + 2 + m, normal, "the depth")
        _demand(claim.bound, proof.closed ** (q ** (networks.rest + 1)), normal, "the bound")


def _digits(normal: Normal, networks: HTNetworks, claim: Claim, proof: Induction) -> None:
    """From below, across odd and even locations, for windows of q = 2k and unshared weights.

    Write α < t = min(r_0, M^k) with k digits below M. In each window the j-th location of either
    side has the unit vector of digit j in channel α, and 0 for α ≥ t: the products are t different
    pairs of pure unit tensors, which a row of ones adds up to a matrix of rank t. All further
    matrices have first row e_1, so products multiply the ranks of their children.
    """
    if type(claim) is not RankAtLeast or claim.block != ONE or networks.sharing != "unshared":
        raise RuleError("digits bound ranks of unshared networks, across alternating locations")
    base = least(networks.width(ZERO), networks.dim**proof.height)
    _even_windows(normal, networks, claim.bound, proof, base)


def _halves(normal: Normal, networks: HTNetworks, claim: Claim, proof: Induction) -> None:
    """From above, across odd and even locations, for windows of q = 2k.

    A block of level 0 has k locations on each side, and its r_0 channels are pure tensors: with the
    channel index on either side its rank is at most min(r_0, M^k). Shared vectors span no more than
    the symmetric tensors of order k: C(M+k−1, k). Every product multiplies the bounds of its
    children with their channel indices on the same side (rule U1).
    """
    if type(claim) is not RankAtMost or claim.sides != "alternating" or claim.block != ONE:
        raise RuleError("halves bound ranks from above, across alternating single locations")
    k = proof.height
    spanned = networks.dim**k
    if networks.sharing == "shared":
        spanned = binomial(networks.dim + k - 1, k)
    _even_windows(normal, networks, claim.bound, proof, least(networks.width(ZERO), spanned))


def _even_windows(
    normal: Normal, networks: HTNetworks, bound: Formula, proof: Induction, base: Formula
) -> None:
    """Windows of 2k at every pooling; ranks, or their bounds, multiply over the children."""
    _at_least(proof.height, 1, normal, "the k of q = 2k")
    _demand(networks.window, 2 * proof.height, normal, "the window")
    _demand(networks.depth, Formula("sym", (proof.variable,)) + 1, normal, "the depth")
    if networks.rest != ZERO:
        raise RuleError("this argument is about networks whose every pooling has windows of q")
    _base_and_step(proof, base, proof.closed**networks.window, normal)
    _demand(bound, proof.closed, normal, "the bound")


def _count(normal: Normal, networks: HTNetworks, claim: Claim, proof: Induction) -> None:
    """P(0) = M·r_0, P(l+1) = q·P(l) + r_l·r_{l+1}; shared: P(l) once. Then q^(rest+1)·P + Y·r."""
    if type(claim) is not ParameterCount or networks.sharing == "either":
        raise RuleError("parameters are counted for shared or for unshared networks")
    q, m = networks.window, Formula("sym", (proof.variable,))
    _demand(networks.depth, m + 1, normal, "the depth")
    base = networks.dim * networks.width(ZERO)
    last, following = networks.width(m), networks.width(m + 1)
    below, top = proof.closed, proof.closed
    if networks.sharing == "unshared":
        below, top = q * proof.closed, q ** (networks.rest + 1) * proof.closed
    _base_and_step(proof, base, below + last * following, normal)
    _demand(claim.count, top + networks.outputs * last, normal, "the count")


def _identity(normal: Normal, networks: HTNetworks, claim: Claim, proof: Induction) -> None:
    """Channel z of every product is Π_i ⟨a^{z,i}, x_i⟩ over its locations: q at level 0, then q·.

    All widths are Z, so that identity matrices carry channel z to channel z; the output matrix is
    the CP model's. The closed form counts the locations below a product.
    """
    if type(claim) is not ContainsCP or networks.widths is None:
        raise RuleError("identities carry the channels of a CP model through levels of one width")
    q, m = networks.window, Formula("sym", (proof.variable,))
    _demand(networks.widths, claim.channels, normal, "the width of all levels")
    _demand(networks.depth, m + 1, normal, "the depth")
    _base_and_step(proof, q, q * proof.closed, normal)
    _demand(claim.locations, proof.closed * q**networks.rest, normal, "the number of locations")


_STEPS = {
    "copy": _copy,
    "digits": _digits,
    "halves": _halves,
    "count": _count,
    "identity": _identity,
}


def _last_level(normal: Normal, networks: Networks, claim: Claim) -> None:
    """The output is a combination of the last product's channels, pure tensors of its blocks.

    Where every block lies on one side, each channel has rank at most 1 (M4).
    """
    if type(claim) is RankAtMost and claim.sides == "unions":
        if type(networks) is HTNetworks:
            q, depth = networks.window, networks.depth
            _demand(claim.block * q, q**depth, normal, "the blocks of the bipartition")
            _demand(claim.bound, networks.width(depth - 1), normal, "the bound")
            return
        if type(networks) is CPNetworks and claim.block == ONE:
            _demand(claim.bound, networks.channels, normal, "the bound")
            return
    if (
        type(claim) is ParameterCount
        and type(networks) is CPNetworks
        and networks.sharing != "either"
    ):
        vectors = networks.dim * networks.channels
        if networks.sharing == "unshared":
            vectors = networks.locations * vectors
        _demand(claim.count, vectors + networks.channels * networks.outputs, normal, "the count")
        return
    raise RuleError("the last level alone bounds ranks across unions of its blocks, and counts CP")


def read(statement: Data, proof: Data) -> tuple[Any, ...]:
    """Read the arguments of `for_all` from JSON."""
    found: Induction | LastLevel = LastLevel()
    if proof["rule"] != "last_level":
        closed, height = _f(proof, "closed"), _f(proof, "height")
        found = Induction(proof["steps"], proof["variable"], closed, height)
    return statement["symbols"], _networks(statement["networks"]), _claim(statement["claim"]), found


def _claim(data: Data) -> Claim:
    match data["kind"]:
        case "rank_at_least":
            return RankAtLeast(_f(data, "block"), _f(data, "bound"))
        case "rank_at_most":
            return RankAtMost(data["sides"], _f(data, "block"), _f(data, "bound"))
        case "parameter_count":
            return ParameterCount(_f(data, "count"))
        case "contains_cp":
            return ContainsCP(_f(data, "locations"), _f(data, "channels"))
        case kind:
            raise RuleError(f"there is no claim of kind {kind!r} for all sizes")


def _networks(data: Data) -> Networks:
    dim, outputs, sharing = _f(data, "dim"), _f(data, "outputs"), data["sharing"]
    if data["kind"] == "cp":
        return CPNetworks(_f(data, "locations"), dim, _f(data, "channels"), outputs, sharing)
    widths = None if data["widths"] == "r" else _f(data, "widths")
    return HTNetworks(
        _f(data, "window"), _f(data, "depth"), dim, _f(data, "rest"), widths, outputs, sharing
    )


def _f(data: Data, name: str) -> Formula:
    return formula_from_data(data[name])
