"""What theorems for all sizes claim, of which families of networks."""

from __future__ import annotations

from typing import Any

from ..expressions import Tree, text_of
from ..verdict import counted
from .normal_form import Formulas

SHARINGS = {"either": "shared or not", "unshared": "unshared", "shared": "levels shared"}
LEAST = {"window": 2, "locations": 2, "rest": 0}  # of sizes; others are at least 1


def check_sizes(networks: dict[str, Any], formulas: Formulas) -> None:
    """Demand that every size is one for all values of the symbols."""
    for name, size in networks.items():
        if name not in ("kind", "sharing") and size is not None:
            formulas.growing(size, LEAST.get(name, 1), f"the {name}")


def width(ht: dict[str, Any], level: Tree) -> Tree:
    """Return the width of a level of HT networks."""
    return ("r", level) if ht["widths"] is None else ht["widths"]


def networks_text(networks: dict[str, Any], formulas: Formulas) -> str:
    """Print a family."""
    shared = SHARINGS[networks["sharing"]]
    show = {
        name: text_of(size)
        for name, size in networks.items()
        if name not in ("kind", "sharing") and size is not None
    }
    outputs = counted(show["outputs"], "output")
    if networks["kind"] == "CPNetworks":
        return (
            f"the CP models ({shared}) of {show['locations']} locations of dimension"
            f" {show['dim']} with {show['channels']} channels and {outputs}"
        )
    depth, rest = networks["depth"], networks["rest"]
    whole = not formulas.normal(rest)
    exponent = text_of(depth if whole else ("+", depth, rest), 9)
    return (
        f"the networks of eq. {4 if whole else 5} ({shared}) with pooling windows of"
        f" {show['window']}, {show['depth']} levels,"
        f" {text_of(networks['window'], 9)}^{exponent} locations of dimension {show['dim']},"
        f" widths {show.get('widths', 'r[0], r[1], ...')} and {outputs}"
    )


def claim_text(claim: dict[str, Any]) -> str:
    """Print a claim."""
    show = {name: text_of(x) for name, x in claim.items() if name not in ("kind", "sides")}
    if claim["kind"] == "RankAtLeast":
        return (
            "for almost all real weights the coefficient tensor's matrix has rank at least"
            f" {show['bound']}, across alternating blocks of {counted(show['block'], 'location')}"
        )
    if claim["kind"] == "RankAtMost":
        across = (
            f"alternating blocks of {counted(show['block'], 'location')}"
            if claim["sides"] == "alternating"
            else f"every bipartition into unions of consecutive blocks of {show['block']} locations"
        )
        return f"for all weights the matrix has rank at most {show['bound']}, across {across}"
    if claim["kind"] == "ParameterCount":
        return f"the number of scalar parameters is {show['count']}"
    return (
        f"every function that a CP model of {show['locations']} locations and {show['channels']}"
        " channels computes (shared where the network is) is computed at suitable weights"
    )
