"""HT ⊇ CP: a deep network of widths Z computes whatever the shallow one of Z channels computes.

Statement. Take the CP model of N = q^L locations and Z channels, and the HT model of widths Z.
Give the HT model the CP model's vectors at level 0, identity matrices at the levels above, and the
CP model's output matrix: it is the same function, for all weights of the CP model. The price is
polynomial: N·M·Z + Z·Y parameters become N·M·Z + Z·Y + Z²·(N/q + N/q² + … + q). Shared CP models
are contained in shared HT models. With Z = M^N it follows that HT models of these widths are
universal (universality.py shows much smaller ones that are). For all sizes at once:
for_all_sizes.py.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), the claim of section 3.2.

Sizes. N = 2 to 1,024, windows 2 to 4, Y = 1 and 3, shared and not, truncated ones too. With
--locations, --dim and --width: these, for windows of 2.

Nearby and false. With a matrix diag(1, 2) in place of an identity it is a different function, and
so it is with the vectors of two locations exchanged. The converse does not hold: an HT model of
widths Z is not a CP model of Z channels (corollary_2_coefficients.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import circuitalg as ca

Case = tuple[int, int, int, int, int, int, bool]
"""N, M, Z, the window, the number of levels, Y and whether weights are shared."""

CASES: list[Case] = [
    (2, 3, 2, 2, 1, 1, False),
    (8, 2, 3, 2, 3, 3, False),
    (8, 2, 3, 2, 3, 1, True),
    (16, 4, 5, 4, 2, 1, False),
    (27, 2, 4, 3, 3, 1, True),
    (64, 3, 4, 2, 3, 1, False),
    (1024, 3, 4, 2, 10, 1, False),
    (1024, 3, 4, 4, 5, 1, True),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"locations": [], "dim": 2, "width": 3}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        asked = [
            (n, sizes["dim"], sizes["width"], 2, n.bit_length() - 1, 1, shared)
            for n in sizes["locations"]
            for shared in (False, True)
        ]
        for case in asked or CASES:
            contains(session, case)


def contains(session: ca.Session, case: Case) -> None:
    """Prove that the HT model at the mapped weights is the CP model, and count parameters."""
    locations, dim, width, window, levels, outputs, shared = case
    sizes = f"N={locations} M={dim} Z={width} q={window} L={levels} Y={outputs}{' shared' * shared}"
    with session.claim("HT ⊇ CP: the same function", sizes, "sec. 3.2") as claim:
        shallow = ca.cp_model(locations, dim, width, shared=shared, outputs=outputs)
        deep = ca.ht_model(
            locations, dim, [width] * levels, window=window, shared=shared, outputs=outputs
        )
        weights = identities(deep, width)
        question = ("contains", shallow, deep)
        theorem = claim.prove(question, lambda: ca.prove_same(shallow, deep, weights))
        claim.expect(dict(theorem.statement.weights).items() >= weights.items(), "other weights")
        middle = [locations // window**level for level in range(1, levels)]
        more = width * width * (len(middle) if shared else sum(middle))
        claim.expect(
            deep.num_parameters == shallow.num_parameters + more, "the count of parameters differs"
        )


def identities(deep: ca.Circuit, width: int) -> dict[str, ca.expressions.Expression]:
    """Identity matrices for all levels between the first one and the output."""
    unit = ca.expressions.matrix([[int(i == j) for j in range(width)] for i in range(width)])
    return {name: unit for name in deep.parameters if not name.startswith("a0") and name != "out"}


if __name__ == "__main__":
    main()
