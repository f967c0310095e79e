"""Tensor trains against CP: to match a multiplicative recurrent network takes exponential width.

Statement. Let A be a tensor train of d cores (d even), mode sizes n and all ranks r. For almost all
cores, A matricized with the modes 0, 2, 4, … as rows has rank at least q^(d/2), q = min(n, r); so
no CP model with fewer channels has the same tensor, nor approximates it arbitrarily well.

What is proved here is, where the two sides meet, the rank itself. For all cores it is at most
min(n, r²)^(d/2−1) · min(n, r): an inner core between two of the other side passes on at most n, and
at most r² through its two bonds, the last one r. With r ≥ n that is n^(d/2), full rank.

Source: Khrulkov, Novikov, Oseledets, Expressive power of recurrent neural networks, ICLR 2018
(arXiv 1711.00811), Theorem 1; there for almost all tensors of the variety of tensor trains, which
is the image of the space of cores.

Sizes. Without arguments d = 4 to 64, several n and r, then d = 4,096. With --modes: these numbers
of modes, at the given --dim (n) and --rank (r).

Nearby and false. The rank is not q^(d/2) when r < n: d = 8, n = 3, r = 2 has 54, while the
source's bound is 16. Across the first and the second half the rank is min(r, n^(d/2)) only.
"""

from __future__ import annotations

from collections.abc import Sequence

import circuitalg as ca

Case = tuple[int, int, int]
"""d, n and r."""

DEFAULT: list[Case] = [
    (4, 2, 2),
    (4, 5, 3),
    (8, 2, 3),
    (8, 3, 2),
    (8, 4, 3),
    (16, 3, 3),
    (64, 4, 4),
    (64, 3, 2),
]
LARGE: list[Case] = [(4096, 3, 3)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"modes": [], "dim": 3, "rank": 3}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        asked = [(d, sizes["dim"], sizes["rank"]) for d in sizes["modes"]]
        for case in asked or DEFAULT + LARGE:
            prove(session, *case)


def prove(session: ca.Session, modes: int, dim: int, rank: int) -> None:
    """Prove the rank of one tensor train, and what it means for CP models."""
    sizes = f"d={modes} n={dim} r={rank}"
    source = min(dim, rank) ** (modes // 2)
    train = ca.tt_model(modes, dim, rank)
    parts = ca.Bipartition.odd_even(modes)
    with session.claim(
        "Tensor train: rank ≥ min(n, r)^(d/2)", sizes, "arXiv 1711.00811, Theorem 1"
    ) as claim:
        theorem = claim.prove((train, parts), lambda: ca.prove_rank(train, parts))
        proved = theorem.statement
        claim.expect(modes % 2 == 0, "the source has an even number of modes")
        claim.expect(proved.lower >= source, "the rank is below min(n, r)^(d/2)")
        highest = min(dim, rank**2) ** (modes // 2 - 1) * min(dim, rank)
        claim.expect(
            proved.upper <= highest, "the upper side is above min(n, r²)^(d/2−1) · min(n, r)"
        )
        claim.expect(
            rank < dim or proved.lower == proved.upper, "r ≥ n, but the rank is not n^(d/2)"
        )
    family = ca.cp_family()
    with session.claim(
        "Tensor train: channels of a CP model", sizes, "arXiv 1711.00811, Theorem 1"
    ) as claim:
        separation = claim.prove(
            (train, family, "paper"),
            lambda: ca.prove_separation(train, family, bipartition="paper"),
        )
        needed = separation.statement.needed
        claim.expect(needed >= source, "fewer channels than min(n, r)^(d/2) are needed")


if __name__ == "__main__":
    main()
