"""ForAll: claims about families of networks, by their last level or by induction over levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..expressions import FORMULA, Tree, expression
from ..read import Refusal, brief
from ..schema import Claim, Kind, Reader, Schema, integer, mapping, optional, tagged, text, word
from .claims import SHARINGS, check_sizes, claim_text, networks_text, width
from .normal_form import NAME, Formulas, names_in

Equation = tuple[Tree, Tree, str]


@dataclass(frozen=True, slots=True)
class Case:
    """A family of HT networks, what is claimed of it, and the parts of the induction."""

    networks: dict[str, Any]
    said: dict[str, Any]
    m: Tree  # the symbol of the induction
    closed: Tree  # the closed form F
    height: Tree
    whole: bool  # whether every pooling has windows of q: the rest is 0

    def width(self, level: Tree) -> Tree:
        """Return the width of a level."""
        return width(self.networks, level)


Argument = tuple[list[Equation], Tree, Tree]
"""Formulas that must be equal, and what the closed form must be at the base and after a step."""


def for_all(claim: Claim) -> list[str]:
    """A claim about a family of networks, for all values of the symbols."""
    symbols, networks, said = (claim.said[name] for name in ("symbols", "networks", "claim"))
    if len(symbols) > 20:
        raise Refusal("there are at most 20 symbols.")
    for name in symbols:
        if not NAME.fullmatch(name) or len(name) > 20:
            raise Refusal(f"a symbol has the name {brief(name)}; it must be letters and digits.")
    formulas = Formulas(symbols, claim.meter)
    for name, value in said.items():
        if name not in ("kind", "sides"):
            formulas.read(value)
    check_sizes(networks, formulas)
    if claim.proof["kind"] == "Induction":
        equations = induction(networks, said, claim.proof, formulas)
    else:
        equations = last_level(networks, said)
    for equation in equations:
        formulas.same(*equation)
    ranges = [f"{name} >= {low}" for name, low in symbols.items()]
    if networks.get("widths", 1) is None:
        ranges.append("r[0], r[1], ... >= 1")
    return [
        f"For all {', '.join(ranges)}:",
        f"of {networks_text(networks, formulas)},",
        f"{claim_text(said)}.",
    ]


def last_level(networks: dict[str, Any], said: dict[str, Any]) -> list[Equation]:
    """The channels of the last product are pure tensors of its blocks, in networks and CP models.

    An output combines them, so their number bounds its ranks across unions of these blocks. The
    parameters of CP models are counted.
    """
    cp = networks["kind"] == "CPNetworks"
    if said["kind"] == "RankAtMost" and said["sides"] == "unions":
        if cp:
            z = networks["channels"]
            return [(said["block"], 1, "the blocks"), (said["bound"], z, "the bound")]
        q, depth = networks["window"], networks["depth"]
        last = width(networks, ("-", depth, 1))
        whole = (("*", said["block"], q), ("^", q, depth), "the blocks")
        return [whole, (said["bound"], last, "the bound")]
    if said["kind"] == "ParameterCount" and cp and networks["sharing"] != "either":
        n, dim, z, outputs = (networks[x] for x in ("locations", "dim", "channels", "outputs"))
        copies = 1 if networks["sharing"] == "shared" else n
        count = ("+", ("*", copies, dim, z), ("*", z, outputs))
        return [(said["count"], count, "the count")]
    raise Refusal(
        "the last level bounds ranks from above, across unions of its blocks, and counts the"
        " parameters of CP models that are shared or unshared."
    )


def induction(
    ht: dict[str, Any], said: dict[str, Any], proof: dict[str, Any], formulas: Formulas
) -> list[Equation]:
    """A closed form has the base and the step that the levels of the networks give."""
    steps, variable, closed, height = (
        proof[name] for name in ("steps", "variable", "closed", "height")
    )
    if ht["kind"] != "HTNetworks":
        raise Refusal("an induction is about the levels of HT networks.")
    if formulas.least.get(variable) != 0:
        raise Refusal("the symbol of the induction must be declared with least value 0.")
    formulas.read(closed)
    formulas.read(height)
    sizes = [ht[name] for name in ("window", "rest", "dim", "widths", "outputs")]
    if any(variable in names_in(size) for size in (height, *sizes)):
        raise Refusal("the symbol of the induction may move nothing but the depth.")
    if (steps, said["kind"]) not in ARGUMENTS:
        raise Refusal(f"no induction by {brief(steps)} gives a claim of this kind.")
    if steps in LEAST_HEIGHTS:
        formulas.growing(height, LEAST_HEIGHTS[steps], "the height")
    m = ("sym", variable)
    case = Case(ht, said, m, closed, height, not formulas.normal(ht["rest"]))
    equations, base, step = ARGUMENTS[steps, said["kind"]](case)
    first, after = (formulas.at(closed, variable, x) for x in (0, ("+", m, 1)))
    return [
        *equations,
        (first, base, "the base of the induction"),
        (after, step, "the step of the induction"),
    ]


def by_copies(case: Case) -> Argument:
    """Matrices of zeros and ones up to level s copy t = min(M, r_0..r_s) channels.

    A block of q^(s+1) locations then computes the sum of t powers, of rank t since q blocks of q^s
    locations alternate in it; further levels take one channel, so their products multiply ranks.
    """
    ht, said, q, closed = case.networks, case.said, case.networks["window"], case.closed
    end = closed if case.whole else ("^", closed, ("^", q, ("+", ht["rest"], 1)))
    lowest = ("minr", 0, case.height) if ht["widths"] is None else ht["widths"]
    equations = [
        (said["block"], ("^", q, case.height), "the blocks"),
        (ht["depth"], ("+", case.height, 1 if case.whole else 2, case.m), "the depth"),
        (said["bound"], end, "the bound"),
    ]
    return equations, ("min", ht["dim"], lowest), ("^", closed, q)


def across_windows(case: Case, units: Tree) -> Argument:
    """Windows of 2k locations, k on each side: ranks of min(r_0, units), then their products."""
    ht, said = case.networks, case.said
    equations = [
        (said["block"], 1, "the blocks"),
        (ht["rest"], 0, "the rest"),
        (ht["window"], ("*", 2, case.height), "the window"),
        (ht["depth"], ("+", case.m, 1), "the depth"),
        (said["bound"], case.closed, "the bound"),
    ]
    return equations, ("min", case.width(0), units), ("^", case.closed, ht["window"])


def by_digits(case: Case) -> Argument:
    """Unshared windows of 2k locations: a channel has the unit vectors of k digits on each side.

    So min(r_0, M^k) channels are different units on both sides, and their sum has that rank.
    """
    if case.networks["sharing"] != "unshared":
        raise Refusal("digits are about unshared networks.")
    return across_windows(case, ("^", case.networks["dim"], case.height))


def by_halves(case: Case) -> Argument:
    """A block of 2k locations has k on each side: M^k products, or the symmetric ones if shared."""
    dim, k = case.networks["dim"], case.height
    if case.said["sides"] != "alternating":
        raise Refusal("halves are about alternating single locations.")
    if case.networks["sharing"] == "shared":
        return across_windows(case, ("binom", ("-", ("+", dim, k), 1), k))
    return across_windows(case, ("^", dim, k))


def by_counting(case: Case) -> Argument:
    """A node of the next level has q subtrees (one set of weights if shared) and its matrix."""
    ht, m, closed, q = case.networks, case.m, case.closed, case.networks["window"]
    if ht["sharing"] == "either":
        raise Refusal("parameters are counted of shared or of unshared networks.")
    shared = ht["sharing"] == "shared"
    copies = 1 if shared else ("^", q, ("+", ht["rest"], 1))
    total = ("+", ("*", copies, closed), ("*", ht["outputs"], case.width(m)))
    matrix = ("*", case.width(m), case.width(("+", m, 1)))
    equations = [(ht["depth"], ("+", m, 1), "the depth"), (case.said["count"], total, "the count")]
    after = ("+", ("*", 1 if shared else q, closed), matrix)
    return equations, ("*", ht["dim"], case.width(0)), after


def by_identities(case: Case) -> Argument:
    """Identities carry the CP model's channels up; the form counts the locations of a product."""
    ht, said, q = case.networks, case.said, case.networks["window"]
    if ht["widths"] is None:
        raise Refusal("identities need all levels to have one width.")
    whole = ("*", case.closed, ("^", q, ht["rest"]))
    equations = [
        (ht["widths"], said["channels"], "the width of all levels"),
        (ht["depth"], ("+", case.m, 1), "the depth"),
        (said["locations"], whole, "the number of locations"),
    ]
    return equations, q, ("*", q, case.closed)


ARGUMENTS: dict[tuple[str, str], Callable[[Case], Argument]] = {
    ("copy", "RankAtLeast"): by_copies,
    ("digits", "RankAtLeast"): by_digits,
    ("halves", "RankAtMost"): by_halves,
    ("count", "ParameterCount"): by_counting,
    ("identity", "ContainsCP"): by_identities,
}
LEAST_HEIGHTS = {"copy": 0, "digits": 1, "halves": 1}

formula = expression(FORMULA)


def formulas_named(names: str, **more: Reader) -> Schema:
    """Return the schema of these members that are formulas, and of others."""
    return dict.fromkeys(names.split(), formula) | more


FOR_ALL = Kind(
    {
        "symbols": mapping(integer(0, 1000)),
        "networks": tagged(
            {
                "CPNetworks": formulas_named(
                    "locations dim channels outputs", sharing=word(*SHARINGS)
                ),
                "HTNetworks": formulas_named(
                    "window depth rest dim outputs",
                    widths=optional(formula),
                    sharing=word(*SHARINGS),
                ),
            }
        ),
        "claim": tagged(
            {
                "RankAtLeast": formulas_named("block bound"),
                "RankAtMost": formulas_named("block bound", sides=word("alternating", "unions")),
                "ParameterCount": formulas_named("count"),
                "ContainsCP": formulas_named("locations channels"),
            }
        ),
    },
    {"LastLevel": {}, "Induction": formulas_named("closed height", steps=text, variable=text)},
    for_all,
)
