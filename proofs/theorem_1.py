"""Theorem 1: the rank of a deep network across odd and even locations, for any pooling window q.

Statement. Let A be the coefficient tensor of the HT model of N = q^L locations of dimension M with
widths r_0, r_1, …, its weights shared within each level or not. For almost all weights, the rank
of A matricized with the even locations 0, 2, 4, … as rows is at least min(r_0, M)^(N/q); so its
CP rank is. For q = 2 this is the fundamental theorem of network capacity: r^(N/2).

What is proved here is more: the rank itself. Write n = N/q, d(k) = M^k, or C(M+k−1, k) when the
weights are shared (x ↦ x ⊗ … ⊗ x spans the symmetric tensors only), l = min(r_0, d(⌊q/2⌋)) and
h = min(r_0, d(⌈q/2⌉)). For even q the generic rank is l^n, whatever the other widths. For odd q it
lies between l^n and h^((n−1)/2) · l^((n+1)/2); it is l^n when l = h, and when the other widths are
1. Every proved value is compared with these formulas.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), Theorem 1; the exact values: docs/trust.md.

Sizes. Without arguments: windows 2 to 5 up to N = 256, then N = 65,536 with windows of 2 (shared
and not) and of 4 (shared). With --locations: these, at the given --window, --dim and --widths
(the last width is repeated for the levels above), shared and not.

Nearby and false. Across the first and the second half the rank is at most r_{L−1}. For odd q the
rank is not l^n in general: q = 3, N = 9, M = 2, widths 3, 2 gives 12, not 8. At q = 4 the shared
network of M = 2, r_0 = 4, N = 16 has rank 81, not 256 as for the unshared one. And for *all*
weights nothing holds from below: zero weights give rank 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb

import circuitalg as ca

Case = tuple[int, int, list[int], int, bool]
"""N, M, the widths (the last one repeated), the window and whether weights are shared."""

BOTH_WAYS: list[tuple[int, int, list[int], int]] = [
    (4, 2, [2], 2),
    (16, 4, [4], 2),
    (64, 3, [5, 2], 2),
    (256, 4, [3, 1], 2),
    (9, 2, [3, 2], 3),
    (27, 2, [2], 3),
    (27, 2, [3, 1], 3),
    (16, 2, [4], 4),
    (64, 2, [3, 7, 2], 4),
    (256, 3, [4], 4),
    (25, 2, [3, 2], 5),
]
LARGE: list[Case] = [
    (65536, 4, [4], 2, False),
    (65536, 4, [4], 2, True),
    (65536, 2, [3], 4, True),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"locations": [], "dim": 4, "widths": [4], "window": 2}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        for case in chosen(session):
            prove(session, *case)


def chosen(session: ca.Session) -> Iterator[Case]:
    """The cases asked for on the command line, or the default ones."""
    sizes = session.sizes
    asked = [(n, sizes["dim"], sizes["widths"], sizes["window"]) for n in sizes["locations"]]
    for case in asked or BOTH_WAYS:
        yield (*case, False)
        yield (*case, True)
    if not asked:
        yield from LARGE


def prove(
    session: ca.Session, locations: int, dim: int, widths: list[int], window: int, shared: bool
) -> None:
    """Prove the rank of one network and compare it with the formulas."""
    given = " ".join(map(str, widths)) + " …"
    sizes = f"N={locations} M={dim} r={given} q={window}{' shared' if shared else ''}"
    with session.claim("Theorem 1: rank ≥ min(r_0, M)^(N/q)", sizes, "Theorem 1") as claim:
        levels = levels_of(locations, window)
        claim.expect(len(widths) <= levels, f"there are only {levels} levels for widths")
        every = (widths + widths[-1:] * levels)[:levels]
        deep = ca.ht_model(locations, dim, every, window=window, shared=shared)
        parts = ca.Bipartition.odd_even(locations)
        theorem = claim.prove((deep, parts), lambda: ca.prove_rank(deep, parts))
        proved = theorem.statement
        claim.expect(
            proved.lower >= min(every[0], dim) ** (locations // window),
            "the rank is below min(r_0, M)^(N/q)",
        )
        low, high = known_rank(locations, dim, every, window, shared=shared)
        claim.expect(
            low <= proved.lower <= proved.upper <= high,
            "the proved rank is outside the known interval from l^n to h^((n-1)/2)·l^((n+1)/2)",
        )
        claim.expect(
            proved.lower == proved.upper or low < high,
            "the rank is known exactly, but the two proved sides do not meet",
        )


def levels_of(locations: int, window: int) -> int:
    """L with window^L ≥ locations; ht_model refuses what is not a power."""
    levels = 1
    while window > 1 and window**levels < locations:
        levels += 1
    return levels


def known_rank(
    locations: int, dim: int, widths: Sequence[int], window: int, *, shared: bool
) -> tuple[int, int]:
    """The interval of the docstring for the generic rank; both ends are equal where it is exact."""

    def spanned(k: int) -> int:
        return comb(dim + k - 1, k) if shared else dim**k

    n = locations // window
    low = min(widths[0], spanned(window // 2))
    high = min(widths[0], spanned(window - window // 2))
    exact = window % 2 == 0 or all(width == 1 for width in widths[1:])
    return low**n, low**n if exact else high ** (n // 2) * low ** (n - n // 2)


if __name__ == "__main__":
    main()
