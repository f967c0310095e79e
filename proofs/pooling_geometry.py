"""Pooling geometry: which sides a network correlates, and the exact rank between two bounds.

Statement. A network with pooling windows of 4 on N = 4^L locations of dimension M, widths
r_0, …, r_{L−1}, shared weights, and any bipartition (I, J). Cut I and J along the windows of
4^l locations: I_{l,k}, J_{l,k}. The largest rank over all weights, which is the rank for almost all
weights, is

- at least min(r_0, M)^S, S the number of lowest windows that meet both I and J;
- at most min(M^min(|I|, |J|), r_{L−1} Π c^{L−1,t}) with c^{0,k} = 1 and
  c^{l,k} = min(M^min(|I_{l,k}|, |J_{l,k}|), r_{l−1} Π c^{l−1,t} over the 4 windows t inside k).

Both bounds are computed as stated and the proved rank must lie between them. The windows are
those of a line, of an image (2 × 2 locations) or of an image with mirrored columns side by side;
the sides are odd/even, low/high, the left and right half, a checkerboard, a disc.

Source: Cohen and Shashua, Inductive Bias of Deep Convolutional Networks through Pooling Geometry,
ICLR 2017 (arXiv 1605.06743), Theorem 1 and its upper recursion (claims on the coefficient tensor;
the separation rank of the function is the same number by the paper's Claim 1).

Sizes. Without arguments N = 16 to 1,024 (images to 32 × 32, as in the paper's experiments), then a
checkerboard on 128 × 128 locations. With --locations (powers of 4): these, at the given --dim and
--widths (the last width is repeated for the levels above).

Nearby and false. The rank is not the lower bound: N = 16, M = 2, widths 4, odd/even has 81, the
source says 16 to 256. S = 0 does not make the rank 1: low/high has S = 0 and rank r_{L−1}.
Square windows do not correlate the left and the right half exponentially; mirrored ones do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt, prod

import circuitalg as ca

Case = tuple[int, int, list[int], str, str]
"""N, M, the widths (the last one repeated), the windows and the sides, by name."""

DEFAULT: list[Case] = [
    (16, 2, [4], "line", "odd/even"),
    (16, 2, [4], "line", "low/high"),
    (16, 3, [2, 5], "line", "odd/even"),
    (64, 2, [3, 4], "line", "blocks of 2"),
    (64, 2, [4], "image", "left/right"),
    (64, 2, [4], "mirror", "left/right"),
    (64, 2, [4], "image", "checkerboard"),
    (64, 2, [3, 6], "image", "disc"),
    (64, 2, [3, 6], "mirror", "disc"),
    (256, 2, [3, 6], "image", "disc"),
    (256, 2, [3, 6], "mirror", "disc"),
    (1024, 2, [8], "image", "left/right"),
    (1024, 2, [8], "mirror", "left/right"),
    (1024, 2, [8], "image", "checkerboard"),
]
LARGE: list[Case] = [(16384, 2, [3, 4], "image", "checkerboard")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"locations": [], "dim": 2, "widths": [4]}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        asked = [
            (n, sizes["dim"], sizes["widths"], windows, sides)
            for n in sizes["locations"]
            for windows, sides in (
                ("line", "odd/even"),
                ("image", "left/right"),
                ("mirror", "disc"),
            )
        ]
        for case in asked or DEFAULT + LARGE:
            prove(session, *case)


def prove(
    session: ca.Session, locations: int, dim: int, widths: list[int], windows: str, sides: str
) -> None:
    """Prove the rank of one network and place it between the paper's two bounds."""
    given = " ".join(map(str, widths)) + " …"
    sizes = f"N={locations} M={dim} r={given} {windows}, {sides}"
    with session.claim(
        "Pooling geometry: rank between the paper's bounds", sizes, "arXiv 1605.06743, Theorem 1"
    ) as claim:
        levels = (locations.bit_length() - 1) // 2
        claim.expect(locations == 4**levels > 1, f"{locations} locations are not 4^L with L ≥ 1")
        claim.expect(len(widths) <= levels, f"there are only {levels} levels for widths")
        geometry = Geometry(mode_tree(locations, windows), bipartition(locations, sides))
        every = (widths + widths[-1:] * levels)[:levels]
        deep = geometry.network(dim, every)
        theorem = claim.prove((deep, geometry.parts), lambda: ca.prove_rank(deep, geometry.parts))
        low, high = geometry.paper_lower(dim, every), geometry.paper_upper(dim, every)
        proved = theorem.statement
        claim.expect(
            low <= proved.lower <= proved.upper <= high,
            f"the proved rank is not between the paper's bounds {ca.Integer(low, every)} and "
            f"{ca.Integer(high, every)}",
        )


@dataclass(frozen=True, slots=True)
class Geometry:
    """Pooling windows and two sides of the locations."""

    tree: ca.ModeTree
    parts: ca.Bipartition

    @property
    def height(self) -> list[int]:
        """Height of each window over the locations, by inner node of the tree in preorder."""
        return self._fold(0, lambda _, below: 1 + max(below))

    def network(self, dim: int, widths: Sequence[int]) -> ca.Circuit:
        """The network with widths[l] channels at level l and one matrix per level."""
        by_window = [widths[h - 1] for h in self.height]
        return ca.tree_model(self.tree, dim, by_window, shared=True)

    def paper_lower(self, dim: int, widths: Sequence[int]) -> int:
        """min(r_0, M)^S: S lowest windows meet both sides."""
        mixed = sum(
            len({self.parts.sides[location] for location in window}) == 2
            for window in self.tree.children
            if min(window) >= 0
        )
        return int(min(widths[0], dim) ** mixed)

    def paper_upper(self, dim: int, widths: Sequence[int]) -> int:
        """The recursion of the c^{l,k}, its top included."""
        height, smaller = self.height, self._smaller_sides()

        def bound(node: int, below: Sequence[int]) -> int:
            return min(dim ** smaller[node], widths[height[node] - 1] * prod(below))

        return self._fold(1, bound)[0]

    def _smaller_sides(self) -> list[int]:
        """min(|I_{l,k}|, |J_{l,k}|) by window."""
        sizes = [0] * len(self.tree.children)
        rows = [0] * len(self.tree.children)
        for node in reversed(range(len(sizes))):
            for child in self.tree.children[node]:
                sizes[node] += 1 if child >= 0 else sizes[-child]
                rows[node] += 1 - self.parts.sides[child] if child >= 0 else rows[-child]
        return [min(r, s - r) for r, s in zip(rows, sizes, strict=True)]

    def _fold(self, leaf: int, combine: Callable[[int, list[int]], int]) -> list[int]:
        """Values of the windows from the locations up."""
        values = [0] * len(self.tree.children)
        for node in reversed(range(len(values))):
            below = [leaf if c >= 0 else values[-c] for c in self.tree.children[node]]
            values[node] = combine(node, below)
        return values


def mode_tree(locations: int, windows: str) -> ca.ModeTree:
    """Windows of 4 on a line, on a square image, or there with mirrored columns side by side."""
    if windows == "line":
        return ca.ModeTree.balanced(locations, arity=4)
    side = isqrt(locations)
    image = ca.ModeTree.grid(side, side, "square")
    if windows == "image":
        return image
    columns = [c for pair in zip(range(side), reversed(range(side)), strict=True) for c in pair]
    place = [row * side + column for row in range(side) for column in columns[:side]]
    return ca.ModeTree(
        tuple(tuple(place[c] if c >= 0 else c for c in window) for window in image.children)
    )


def bipartition(locations: int, sides: str) -> ca.Bipartition:
    """The sides that a case names."""
    if sides == "odd/even":
        return ca.Bipartition.odd_even(locations)
    if sides == "low/high":
        return ca.Bipartition.low_high(locations)
    if sides == "blocks of 2":
        return ca.Bipartition.blocks(locations, 2)
    return ca.Bipartition.from_mask(list(mask(isqrt(locations), sides)))


def mask(side: int, sides: str) -> Iterator[list[bool]]:
    """A square image, true in I."""
    for y in range(side):
        if sides == "left/right":
            yield [2 * x < side for x in range(side)]
        elif sides == "checkerboard":
            yield [(x + y) % 2 == 0 for x in range(side)]
        else:  # a disc off the middle, whose border cuts windows of all sizes
            squares = [(5 * x - 2 * side) ** 2 for x in range(side)]
            yield [square + squares[y] < 2 * side**2 for square in squares]


if __name__ == "__main__":
    main()
