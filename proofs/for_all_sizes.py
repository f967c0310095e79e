"""For all sizes at once: theorems in the symbols q, L, M and r_0, r_1, …, by induction over levels.

Statement. Every network of eq. 4, for every window q ≥ 2, every number m + 1 of levels, every M and
all widths r_l, shared or not: its rank across odd and even locations is at least
min(M, r_0)^(q^m) for almost all weights (Theorem 1; N = q^(m+1), so q^m = N/q). For q = 2k it is at
most min(r_0, M^k)^(q^m) for all weights, and for unshared weights at least that for almost all: the
exact generic rank, beyond the paper's bound; for q = 2 it is min(M, r_0)^(N/2), shared or not. A CP
model of Z channels has rank at most Z across every bipartition. Hence no CP model with fewer
channels equals or approximates the deep network (Corollary 2). The same with s + 1 levels (eq. 5)
in place of the CP model and alternating blocks of q^s locations: at most r_s for these, at
least min(M, r_0, …, r_s)^(q^(L−s−1)) for deeper ones (Theorem 3, L_2 = s + 1). The HT model of
widths Z contains the CP model of Z channels. And the numbers of parameters, as formulas.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), Theorems 1 and 3, Corollary 2, sections 3.1 to 3.3.

Sizes. All of them: each certificate holds formulas, an induction's base and step, and the closed
form, which the kernel and the checker each verify with a normal form of its own.

Nearby and false. Across odd and even locations a truncated network is not bounded by its last
width. For odd q the rank may exceed min(r_0, M^⌊q/2⌋)^(N/q). With an exponent q^(m+1), one level
too many, neither base nor step can be proved. Fewer channels than Z do not contain the CP model.
"""

from __future__ import annotations

from collections.abc import Sequence

import circuitalg as ca
from circuitalg.forall import (
    Claim,
    ContainsCP,
    CPNetworks,
    Expression,
    HTNetworks,
    Networks,
    ParameterCount,
    RankAtLeast,
    RankAtMost,
    binomial,
    formula,
    least,
    least_width,
    symbols,
    total,
    width,
)

q, k, m, s, d, e, M, N, Z, Y, i = symbols("q k m s d e M N Z Y i")
ONE = formula(1)
LEAST = {"q": 2, "k": 1, "m": 0, "s": 0, "d": 0, "e": 0, "M": 1, "N": 2, "Z": 1, "Y": 1}

Statement = tuple[str, str, str, Networks, Claim]
"""What is claimed, where the paper has it, the symbols, the networks and the claim."""


def statements() -> list[Statement]:
    """All theorems, in the paper's order."""
    deep, even = HTNetworks(q, m + 1, M), HTNetworks(2 * k, m + 1, M)
    unshared = HTNetworks(2 * k, m + 1, M, sharing="unshared")
    even_shared = HTNetworks(2 * k, m + 1, M, sharing="shared")
    shallower, deeper = HTNetworks(q, s + 1, M, rest=e), HTNetworks(q, s + 2 + d, M, rest=e)
    whole = HTNetworks(q, s + 1 + m, M)
    block, base = q**s, least(M, least_width(0, s))
    symmetric = binomial(M + k - 1, k)
    odd_even = "alternating"
    return [
        *counts(),
        (
            "HT ⊇ CP",
            "sec. 3.2",
            "q m e M Z Y",
            HTNetworks(q, m + 1, M, e, Z, Y),
            ContainsCP(q ** (m + 1 + e), Z),
        ),
        ("CP: rank ≤ Z", "M4", "N M Z", CPNetworks(N, M, Z), RankAtMost("unions", ONE, Z)),
        (
            "Theorem 1: rank ≥ r^(N/q)",
            "Theorem 1",
            "q m M",
            deep,
            RankAtLeast(ONE, least(M, width(0)) ** (q**m)),
        ),
        (
            "Theorem 1, from below, q = 2k, unshared",
            "Theorem 1",
            "k m M",
            unshared,
            RankAtLeast(ONE, least(width(0), M**k) ** ((2 * k) ** m)),
        ),
        (
            "Theorem 1, from above, q = 2k",
            "Theorem 1",
            "k m M",
            even,
            RankAtMost(odd_even, ONE, least(width(0), M**k) ** ((2 * k) ** m)),
        ),
        (
            "Theorem 1, from above, q = 2k, shared",
            "Theorem 1",
            "k m M",
            even_shared,
            RankAtMost(odd_even, ONE, least(width(0), symmetric) ** ((2 * k) ** m)),
        ),
        (
            "Theorem 1, from above, q = 2",
            "Theorem 1",
            "m M",
            HTNetworks(formula(2), m + 1, M),
            RankAtMost(odd_even, ONE, least(width(0), M) ** (2**m)),
        ),
        (
            "Theorem 3: the deeper network, truncated",
            "Theorem 3",
            "q s d e M",
            deeper,
            RankAtLeast(block, base ** (q ** (d + e + 1))),
        ),
        (
            "Theorem 3: the deeper network, whole",
            "Theorem 3",
            "q s m M",
            whole,
            RankAtLeast(block, base ** (q**m)),
        ),
        (
            "Theorem 3: the shallower network",
            "Theorem 3",
            "q s e M",
            shallower,
            RankAtMost("unions", block, width(s)),
        ),
    ]


def counts() -> list[Statement]:
    """Numbers of parameters."""
    cp, ht = "CP: number of parameters", "HT: number of parameters"
    shared = total("i", 1, m, width(i - 1) * width(i))
    return [
        (
            cp,
            "sec. 3.1",
            "N M Z Y",
            CPNetworks(N, M, Z, Y, "unshared"),
            ParameterCount(N * M * Z + Z * Y),
        ),
        (
            f"{cp}, shared",
            "sec. 3.3",
            "N M Z Y",
            CPNetworks(N, M, Z, Y, "shared"),
            ParameterCount(M * Z + Z * Y),
        ),
        (
            ht,
            "sec. 3.2",
            "q m M Y",
            HTNetworks(q, m + 1, M, outputs=Y, sharing="unshared"),
            ParameterCount(unshared_count()),
        ),
        (
            f"{ht}, shared",
            "sec. 3.3",
            "q m M Y",
            HTNetworks(q, m + 1, M, outputs=Y, sharing="shared"),
            ParameterCount(M * width(0) + shared + Y * width(m)),
        ),
    ]


def unshared_count() -> Expression:
    """N·M·r_0 + Σ_l r_(l−1)·(N/q^l)·r_l + Y·r_m, N = q^(m+1)."""
    middle = total("i", 1, m, q ** (m + 1 - i) * width(i - 1) * width(i))
    return q ** (m + 1) * M * width(0) + middle + Y * width(m)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every statement."""
    with ca.Session.from_arguments(__doc__, {}, arguments) as session:
        for statement, source, names, networks, claimed in statements():
            least_values = {name: LEAST[name] for name in names.split()}
            with session.claim(statement, f"all {names} r_l", source) as claim:
                question = ("for all", names, networks, claimed)
                theorem = claim.prove(
                    question,
                    lambda: ca.prove_for_all(least_values, networks, claimed),  # noqa: B023
                )
                claim.expect(theorem.statement.claim == claimed, "a different claim was proved")


if __name__ == "__main__":
    main()
