"""Theorem 3: the price of removing layers, with the exact requirement beside the paper's bound.

Statement. Take two networks of eq. 5 with windows of q on N = q^L locations of dimension M, with
L_1 > L_2 levels; the first has widths r_0, r_1, …, shared or not. For almost all its weights, the
second one, whatever its weights and its other widths, needs at least r^(q^(L−L_2)) channels in its
last hidden layer to have the same coefficient tensor, or to approximate it arbitrarily well;
r = min(r_0, …, r_{L_2−1}, M). (The paper has q = 2.)

What is proved here is the exact rank that the argument can give. Let D_l be the dimension spanned
by the tensors of level l: D_0 = min(r_0, M) and D_l = min(r_l, r_{l−1}, p_q(D_{l−1})) with
p_k(D) = D^k, or C(D+k−1, k) when weights are shared. For even q the requirement is
min(r_{L_2−1}, p_{q/2}(D_{L_2−1}))^(q^(L−L_2)), at least the paper's bound and often far more:
N = 8, M = 2, r = (4, 4, 4), L_1 = 3, L_2 = 2 needs 16 channels unshared and 9 shared; the paper
says 4. Every proved value is compared with this formula.

The bipartition is the paper's: alternating blocks of q^(L_2−1) consecutive locations.

Source: Cohen, Sharir, Shashua, COLT 2016 (arXiv 1509.05009), Theorem 3 and Corollary 4 (in
coefficient space).

Sizes. Without arguments N = 8 to 256, several L_1 > L_2, windows of 2 and 4, shared and not, then
N = 16,384 shared. With --locations: these, at the given --dim, --widths (exactly L_1 of them) and
--levels (L_2), for windows of 2, shared and not.

Nearby and false. With the plain odd and even locations the last width of a network of two levels
bounds nothing (width 1 reaches rank 2 and more), so the kernel refuses that bipartition. Equal
depth gives no theorem of this kind: L_2 levels do give what L_2 levels give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb

import circuitalg as ca

Case = tuple[int, int, list[int], int, int, bool]
"""N, M, the L_1 widths, L_2, the window and whether weights are shared."""

BOTH_WAYS: list[tuple[int, int, list[int], int, int]] = [
    (8, 2, [4, 4, 4], 2, 2),
    (8, 2, [4, 4, 4], 1, 2),
    (16, 2, [4, 4, 4], 2, 2),
    (16, 3, [4, 6, 5, 2], 2, 2),
    (16, 2, [4, 10, 10, 3], 3, 2),
    (64, 2, [3, 5, 4], 2, 4),
    (256, 2, [4, 10, 10, 3], 3, 2),
]
LARGE: list[Case] = [(16384, 2, [4, 4, 4, 4], 2, 2, True)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"locations": [], "dim": 2, "widths": [4, 4, 4], "levels": 2}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        for case in chosen(session):
            prove(session, *case)


def chosen(session: ca.Session) -> Iterator[Case]:
    """The cases asked for on the command line, or the default ones."""
    sizes = session.sizes
    asked = [(n, sizes["dim"], sizes["widths"], sizes["levels"], 2) for n in sizes["locations"]]
    for case in asked or BOTH_WAYS:
        yield (*case, False)
        yield (*case, True)
    if not asked:
        yield from LARGE


def prove(
    session: ca.Session,
    locations: int,
    dim: int,
    widths: list[int],
    levels: int,
    window: int,
    shared: bool,
) -> None:
    """Prove what the shallower network needs, and compare it with both formulas."""
    exponent = locations // window**levels
    paper = min(*widths[:levels], dim) ** exponent
    given = " ".join(map(str, widths))
    sizes = (
        f"N={locations} M={dim} r={given} L1={len(widths)} L2={levels}"
        f"{f' q={window}' if window > 2 else ''}{' shared' if shared else ''}"
    )
    statement = f"Theorem 3: last width (the paper's bound: {ca.Integer(paper, [2, 3, 4])})"
    with session.claim(statement, sizes, "Theorem 3, Corollary 4") as claim:
        claim.expect(len(widths) > levels, f"L1 = {len(widths)} is not above L2 = {levels}")
        deep = ca.ht_model(locations, dim, widths, window=window, shared=shared)
        family = ca.truncated_family(levels=levels, window=window)
        theorem = claim.prove(
            (deep, family, "paper"), lambda: ca.prove_separation(deep, family, bipartition="paper")
        )
        proved = theorem.statement
        needed = proved.needed
        claim.expect(needed >= paper, "the requirement is below the paper's bound")
        claim.expect(
            needed == exact_base(dim, widths, levels, window, shared=shared) ** exponent,
            "the requirement is not the exact rank of the formula",
        )


def exact_base(dim: int, widths: Sequence[int], levels: int, window: int, *, shared: bool) -> int:
    """What each of the q^(L−L_2) nodes of level L_2 contributes to the rank, for even windows."""

    def spanned(k: int, dimension: int) -> int:
        return comb(dimension + k - 1, k) if shared else int(dimension**k)

    below = min(widths[0], dim)
    for level in range(1, levels):
        below = min(widths[level], widths[level - 1], spanned(window, below))
    return min(widths[levels - 1], spanned(window // 2, below))


if __name__ == "__main__":
    main()
