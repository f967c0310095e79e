"""Theorems for all sizes: the formulas, families and claims that ``ca.prove_for_all`` takes.

Examples
--------
>>> import circuitalg as ca
>>> q, m = ca.forall.symbols("q m")
>>> family = ca.forall.HTNetworks(window=q, depth=m + 1, dim=2)
>>> claim = ca.forall.RankAtLeast(1, ca.forall.least(2, ca.forall.width(0)) ** (q**m))
>>> ca.prove_for_all({"q": 2, "m": 0}, family, claim).statement.summary
'rank >= min(2, r_0)^(q^m)'
"""

from circuitalg.expressions import (
    Expression,
    binomial,
    formula,
    least,
    least_width,
    symbols,
    total,
    width,
)
from circuitalg.kernel.forall.claims import (
    Claim,
    ContainsCP,
    ParameterCount,
    RankAtLeast,
    RankAtMost,
)
from circuitalg.kernel.forall.families import CPNetworks, HTNetworks, Networks

__all__ = [
    "CPNetworks",
    "Claim",
    "ContainsCP",
    "Expression",
    "HTNetworks",
    "Networks",
    "ParameterCount",
    "RankAtLeast",
    "RankAtMost",
    "binomial",
    "formula",
    "least",
    "least_width",
    "symbols",
    "total",
    "width",
]
