"""Corollary 2, in coefficient space: shallow networks cannot even approximate deep ones.

Statement. For almost all weights of the HT model of N locations of dimension M with widths
r_0, r_1, …, no CP model with fewer than r^(N/2) hidden channels, r = min(r_0, M), has the same
coefficient tensor, nor approximates it arbitrarily well. The weights of the deep network may be
shared; the CP model is left in its general form, its vectors free at every location.

How. Across odd and even locations the deep tensor has rank at least r^(N/2) outside a proper
algebraic subset of its weights (Theorem 1); a CP model with Z channels has rank at most Z, at all
its weights; and the matrices of rank at most Z are a closed set.

Source: Cohen, Sharir, Shashua, COLT 2016 (arXiv 1509.05009), Corollary 2. The paper's statement
in the L² norm of score functions adds that the representation functions are linearly independent,
which makes score functions and coefficient tensors correspond; that part is not claimed here.

Sizes. Without arguments N = 4 to 1,024, shared and not, then N = 16,384 with shared weights. With
--locations: these, at the given --dim and --widths (the last width is repeated for the levels
above), shared and not.

Nearby and false. "For all weights": with all weights equal to one the deep tensor has rank 1, and
one channel is enough. "r^(N/2) channels suffice": the rank is a lower bound on what is needed, no
more. Across the two halves the same argument needs no more than r_{L−1} channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import circuitalg as ca

Case = tuple[int, int, list[int], bool]
"""N, M, the widths (the last one repeated) and whether the deep network's weights are shared."""

BOTH_WAYS: list[tuple[int, int, list[int]]] = [
    (4, 2, [2]),
    (8, 3, [2]),
    (16, 4, [4]),
    (16, 3, [5, 1]),
    (1024, 4, [4]),
]
LARGE: list[Case] = [(16384, 4, [4], True)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"locations": [], "dim": 4, "widths": [4]}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        for case in chosen(session):
            prove(session, *case)


def chosen(session: ca.Session) -> Iterator[Case]:
    """The cases asked for on the command line, or the default ones."""
    sizes = session.sizes
    asked = [(n, sizes["dim"], sizes["widths"]) for n in sizes["locations"]]
    for case in asked or BOTH_WAYS:
        yield (*case, False)
        yield (*case, True)
    if not asked:
        yield from LARGE


def prove(session: ca.Session, locations: int, dim: int, widths: list[int], shared: bool) -> None:
    """Prove how many channels a CP model needs, and compare with the paper."""
    given = " ".join(map(str, widths)) + " …"
    sizes = f"N={locations} M={dim} r={given}{' shared' if shared else ''}"
    with session.claim("Corollary 2: channels of a CP model", sizes, "Corollary 2") as claim:
        levels = max(1, (locations - 1).bit_length())
        claim.expect(len(widths) <= levels, f"there are only {levels} levels for widths")
        every = (widths + widths[-1:] * levels)[:levels]
        deep = ca.ht_model(locations, dim, every, shared=shared)
        family = ca.cp_family()
        theorem = claim.prove(
            (deep, family, "paper"), lambda: ca.prove_separation(deep, family, bipartition="paper")
        )
        proved = theorem.statement
        claim.expect(
            proved.needed == min(every[0], dim) ** (locations // 2),
            "the CP model needs a number of channels other than min(r_0, M)^(N/2)",
        )


if __name__ == "__main__":
    main()
