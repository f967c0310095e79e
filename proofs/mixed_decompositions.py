"""Mixed dilated networks: what the single networks need to match a hybrid of their mode trees.

Statement. N is the dilated convolutional network of L layers with dilations 1, 2, 4, …, and N' the
one whose dilations are reversed in groups of k layers; both multiply, and each has a mode tree over
2^L time points. A network mixed from them at layer k, with r channels, can realize all networks
over hybrid mode trees with r/2 channels, such as the one with the first half of the nodes over 2^k
points from N and the rest from N' (Claim 1). Besides a negligible set, its functions are not
realized by N or N' with fewer than (r/2)^(2/(1 + 2^(1−k))) channels in each layer (Corollary 1).

What is proved here is about that hybrid tree with r/2 channels in all layers, across the index set
of the paper: every second point of the first half, and every second block of 2^(k−1) points of the
rest. The rank is (r/2)^(2^L/2) exactly. So for almost all weights of the hybrid, no network over
the mode tree of N, or of N', has the same tensor, or comes arbitrarily close to it, unless one of
its widths is as large as stated: with inputs of (r/2)² dimensions the paper's number, rounded up
(1,626 channels at k = 4 and r = 128, where the paper says over 1,500); with inputs of r/2
dimensions, which give the hybrid the same rank, (r/2)^(2^(k−1)), since there the pairs of points
that the single network keeps together pass on no more than their inputs, whatever its width. For
the mixed network both follow by Claim 1, which is cited here, not proved.

Source: Cohen, Tamari, Shashua, Boosting Dilated Convolutional Networks with Mixed Tensor
Decompositions, ICLR 2018 (arXiv 1703.06846), Claim 1, Theorem 1, Corollary 1 and appendix F.

Sizes. Without arguments k = 2, 3, 4 with r = 16, 32, 128, and L = k + 1 and 2k. With --group (k):
these, at the given --channels (r).

Nearby and false. One channel less than stated is not the least number. Over the hybrid tree itself
r/2 channels are enough. A sum of a network over each tree, which the preprint mentions, is not
covered: its rank may be twice as large.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import circuitalg as ca

DEFAULT = [(2, 16), (3, 32), (4, 128)]
"""k and r."""
SOURCE = "arXiv 1703.06846, Corollary 1"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"group": [], "channels": 16}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        for group, channels in [(k, sizes["channels"]) for k in sizes["group"]] or DEFAULT:
            for layers in (group + 1, 2 * group):
                separate(session, group, layers, channels)


def separate(session: ca.Session, group: int, layers: int, channels: int) -> None:
    """The rank of the hybrid, and what the two networks need to match it."""
    count, width = 2**layers, channels // 2
    baseline = list(reversed(range(layers)))  # the bit of a point's number that each level splits
    reversed_groups = [*range(group, layers), *range(group)]
    top = reversed_groups[: layers - group]
    hybrid = ca.ModeTree.from_nested(tree(top, baseline, reversed_groups))
    parts = index_set(group, layers)
    sizes = f"k={group} L={layers} r={channels}"
    with session.claim("mixed networks: rank of the hybrid", sizes, SOURCE) as claim:
        network = ca.tree_model(hybrid, width, width)
        proved = claim.prove((network, parts), lambda: ca.prove_rank(network, parts)).statement
        claim.expect(proved.lower == proved.upper == width ** (count // 2), "it is not (r/2)^(N/2)")
    for name, bits in (("N", baseline), ("N'", reversed_groups)):
        family = ca.tree_family(ca.ModeTree.from_nested(tree([], bits, bits)))
        for dim in (width**2, width):
            network = ca.tree_model(hybrid, dim, width)
            where = f"{sizes} M={dim}"
            with session.claim(f"mixed networks: channels of {name}", where, SOURCE) as claim:
                needed = claim.prove(
                    (network, family, parts), partial(separation, network, family, parts)
                ).statement.needed
                if dim == width:
                    claim.expect(needed == width**2 ** (group - 1), "it is not (r/2)^(2^(k−1))")
                else:  # the paper's bound x has x^(2^(k−1) + 1) = (r/2)^(2^k)
                    power = 2 ** (group - 1) + 1
                    reached = needed**power >= width**2**group > (needed - 1) ** power
                    claim.expect(reached, "it is not the paper's bound, rounded up")


def separation(
    network: ca.Circuit, family: ca.TreeFamily, parts: ca.Bipartition
) -> ca.Theorem[ca.Separation]:
    """The theorem about what the family needs to match a network."""
    return ca.prove_separation(network, family, bipartition=parts)


def tree(top: Sequence[int], first: Sequence[int], rest: Sequence[int]) -> Any:
    """The mode tree that splits points by bits of their numbers, as nested lists.

    Below the bits ``top``, points whose highest bit is 0 are split by the remaining ones in the
    order of ``first``, others in that of ``rest``.
    """

    def node(point: int, done: tuple[int, ...]) -> Any:
        left = [bit for bit in top if bit not in done]
        order = rest if point >> (len(first) - 1) & 1 else first
        left = left or [bit for bit in order if bit not in done]
        if not left:
            return point
        return [node(point | value << left[0], (*done, left[0])) for value in (0, 1)]

    return node(0, ())


def index_set(group: int, layers: int) -> ca.Bipartition:
    """Every second point of the first half, every second block of 2^(k−1) of the other."""
    half = 2 ** (layers - 1)
    inside = [i for i in range(half) if not i & 1]
    inside += [i for i in range(half, 2 * half) if not i >> (group - 1) & 1]
    return ca.Bipartition.of(inside, 2 * half)


if __name__ == "__main__":
    main()
