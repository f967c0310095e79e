"""The CP model: how many parameters it has, and its rank across every bipartition.

Statement. The CP model of N locations of dimension M, Z channels and Y classes has N·M·Z + Z·Y
parameters, M·Z + Z·Y when shared. Its coefficient tensor, matricized across any (I, J), has rank
at most Z for all weights, and for almost all exactly min(Z, d_I, d_J), where d_I = M^|I|, and when
shared the dimension of the symmetric tensors, C(M+|I|−1, |I|). (For all sizes: for_all_sizes.py;
that Z = M^N channels give every tensor: universality.py.)

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), sections 3.1 and 3.3, fact M4; for any I: Cohen and Shashua 2017
(arXiv 1605.06743).

Sizes. Parameters for N = 2 to 1,024; ranks across all bipartitions of 4 locations and chosen ones
of 6 to 64, shared and not. With --locations, --dim and --width: across odd and even locations.

Nearby and false. A shared model does not always have the rank of the unshared one: M = 2, N = 4,
Z = 4 across two and two locations has 3, not 4. Ranks up to Z do not make the CP-rank Z: see
cp_rank.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import circuitalg as ca

COUNTS = [(2, 3, 4, 1), (7, 2, 5, 3), (64, 4, 100, 10), (1024, 3, 7, 2)]
"""N, M, Z and Y."""
CHOSEN: list[tuple[int, int, int, list[int]]] = [
    (6, 3, 20, [0, 2, 4]),
    (8, 2, 12, [0, 1, 2, 5]),
    (64, 4, 100, list(range(0, 64, 2))),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Count, then prove ranks."""
    options = {"locations": [], "dim": 2, "width": 3}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        if sizes["locations"]:
            for n in sizes["locations"]:
                ranks(session, n, sizes["dim"], sizes["width"], list(range(0, n, 2)))
            return
        for case in COUNTS:
            count(session, *case)
        for parts in ca.Bipartition.all(4):
            ranks(session, 4, 2, 4, list(parts.I))
        for locations, dim, width, rows in CHOSEN:
            ranks(session, locations, dim, width, rows)


def count(session: ca.Session, locations: int, dim: int, width: int, outputs: int) -> None:
    """Compare the network's parameters with the formula."""
    sizes = f"N={locations} M={dim} Z={width} Y={outputs}"
    with session.claim("CP: number of parameters", sizes, "sec. 3.1") as claim:
        plain = ca.cp_model(locations, dim, width, outputs=outputs)
        shared = ca.cp_model(locations, dim, width, shared=True, outputs=outputs)
        found = plain.num_parameters
        claim.expect(found == locations * dim * width + width * outputs, "it is not NMZ + ZY")
        claim.expect(shared.num_parameters == dim * width + width * outputs, "shared: not MZ + ZY")
        claim.computed(f"{found:,}, shared {shared.num_parameters:,}", "counting")


def ranks(session: ca.Session, locations: int, dim: int, width: int, rows: list[int]) -> None:
    """Prove the rank across one bipartition, shared and not."""
    parts = ca.Bipartition.of(rows, locations)
    for shared in (False, True):
        side = str(rows) if len(rows) < 9 else "odd/even"
        sizes = f"N={locations} M={dim} Z={width} I={side}{' shared' * shared}"
        with session.claim("CP: rank ≤ Z, exact generic rank", sizes, "M4, sec. 3.1") as claim:
            network = ca.cp_model(locations, dim, width, shared=shared)
            question = (network, parts)
            proved = claim.prove(question, lambda: ca.prove_rank(*question)).statement  # noqa: B023
            claim.expect(proved.upper <= width, "the bound exceeds Z")
            spans = [
                comb(dim + k - 1, k) if shared else dim**k
                for k in (len(rows), locations - len(rows))
            ]
            claim.expect(proved.lower == min(width, *spans), "it is not min(Z, d_I, d_J)")


if __name__ == "__main__":
    main()
