"""Hierarchical format against tensor trains: the bonds grow like a power of the ranks.

Statement. Let HF(r, k) be the tensors of N = 2^k modes in hierarchical (Tucker) format over the
perfect binary tree, all ranks at most r, and TT(s) those in tensor train format, the modes in the
same order, all bonds at most s. Hackbusch conjectured, and Buczyńska, Buczyński and Michałek
proved, that HF(r, k) lies in TT(s) for s = r^⌈k/2⌉ and for no smaller s.

What is proved here, for modes of size at least r: for almost all tensors of the format, every train
has a bond of at least r^⌈k/2⌉, or it is not even close to the tensor; for the general format, whose
transfer tensors are cores, and for networks of eq. 4, whose transfer tensors are diagonal. The bond
in question is behind the first (2^k + 1) // 3 modes, 0101…01 or 01…011 in binary: as many subtrees
as there are ones make up these modes. That no tensor needs more is the upper side: across every
prefix of the modes the rank is at most r^⌈k/2⌉ for all weights, and the bonds of the smallest train
are these ranks.

Source: Buczyńska, Buczyński, Michałek, The Hackbusch conjecture on tensor formats, J. Math. Pures
Appl. 2015 (arXiv 1501.01120); Hackbusch, Tensor Spaces and Numerical Tensor Calculus, 2012,
Conjecture 12.7. The number is quoted as Grasedyck (2010) and Khrulkov, Novikov and Oseledets (2018,
Theorem 2) have it, r^(log2(d)/2). For the bonds of the smallest train: Oseledets 2011.

Sizes. Without arguments k = 2 to 10, several r and mode sizes; all prefixes up to k = 5. With
--levels: these k, at the given --rank and --dim.

Nearby and false. Without rounding up the number is false: k = 3 and r = 2 take a bond of 4, not of
2^(3/2). Behind the first half of the modes a bond of r is enough. And modes of a size below r need
smaller bonds.
"""

from __future__ import annotations

from collections.abc import Sequence

import circuitalg as ca

Case = tuple[int, int, int]
"""k, r and the size of the modes."""

DEFAULT: list[Case] = [
    (2, 3, 3),
    (3, 2, 2),
    (3, 4, 5),
    (4, 3, 3),
    (5, 2, 3),
    (6, 3, 3),
    (8, 2, 2),
    (10, 2, 2),
]
ALL_PREFIXES = 5
"""Up to this k the ranks across all prefixes are bounded."""
SOURCE = "arXiv 1501.01120"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"levels": [], "rank": 2, "dim": 2}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        asked = [(k, sizes["rank"], sizes["dim"]) for k in sizes["levels"]]
        for levels, rank, dim in asked or DEFAULT:
            named = f"k={levels} r={rank} M={dim}"
            diagonal = ca.ht_model(2**levels, dim, [rank] * levels)
            for what, network in (
                ("general", hierarchical(levels, rank, dim)),
                ("eq. 4", diagonal),
            ):
                bonds(session, what, network, named, rank ** -(-levels // 2))


def hierarchical(levels: int, rank: int, dim: int) -> ca.Circuit:
    """The hierarchical format: a frame for each mode, a core for each inner node."""
    b = ca.CircuitBuilder(2**levels, dim)
    nodes = [b.sum(b.input(i), width=rank) for i in range(2**levels)]
    for level in range(1, levels + 1):
        width = rank if level < levels else 1
        nodes = [b.core(*nodes[i : i + 2], width=width) for i in range(0, len(nodes), 2)]
    return b.build(nodes[0])


def bonds(session: ca.Session, what: str, network: ca.Circuit, sizes: str, bond: int) -> None:
    """Prove what a train needs, and for few modes that it needs no more."""
    count, family = network.num_locations, ca.tt_family()
    parts = ca.Bipartition.of(range((count + 1) // 3), count)
    with session.claim(f"HT format against trains, {what}", sizes, SOURCE) as claim:
        needed = claim.prove(
            (network, family, parts),
            lambda: ca.prove_separation(network, family, bipartition=parts),
        ).statement.needed
        claim.expect(needed == bond, f"a bond of {needed} is needed, not of r^⌈k/2⌉ = {bond}")
    if count > 2**ALL_PREFIXES:
        return
    with session.claim(f"HT format in trains, {what}", sizes, SOURCE) as claim:
        prefixes = [ca.Bipartition.of(range(end), count) for end in range(1, count)]
        ranks = [ca.prove_rank(network, parts).statement for parts in prefixes]
        largest = max(rank.upper for rank in ranks)
        claim.expect(largest == bond, f"a prefix has rank {largest}, not r^⌈k/2⌉ = {bond}")
        claim.computed(f"all {count - 1} prefixes: rank at most {largest}", "upper bounds")


if __name__ == "__main__":
    main()
