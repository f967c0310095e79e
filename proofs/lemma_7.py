"""Lemma 7: from a gap in rank to a gap in L², and why the gap must be one of matrix ranks.

Statement. Let f_1, …, f_M be linearly independent, A* a tensor and {A_λ} tensors with rank ⟦A_λ⟧
below rank ⟦A*⟧. Then the functions h(A_λ) stay away from h(A*): some ε > 0 bounds all their L²
distances from below. With numbers: the squared distance is at least λ_min(G)^N times the sum of the
squared singular values of ⟦A*⟧ beyond the rank; here the bound in the metric of G itself is
certified, which is as large or larger. For orthonormal f and the witness of Theorem 1, whose matrix
is the unit matrix of size M^(N/2), it is M^(N/2) − Z exactly, so an approximation to ε needs
M^(N/2) − ε² channels.

The argument needs a closed set. Tensors of CP-rank ≤ 2 are not closed: the tensor
W = e_1⊗e_1⊗e_2 + e_1⊗e_2⊗e_1 + e_2⊗e_1⊗e_1 of CP-rank 3 is a limit of them. Tensors of matrix rank
≤ k are, for minors are continuous: no matrix of W has rank above 2.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), Lemma 7 (appendix B.2).

Sizes. The unit matrix for (N, M) = (2, 3), (4, 2), (4, 3), (6, 2) and all Z below its size, some of
them for 9 and more; λ_min for Gaussians at several distances. With --locations and --dim: these.

Nearby and false. At Z = M^(N/2) the distance is 0 and nothing is proved. And without independence
(equal Gaussians) there is no ε: the kernel refuses the singular Gram matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import sympy as sp

import circuitalg as ca
from circuitalg.representation import Gaussians

SIZES = [(2, 3), (4, 2), (4, 3), (6, 2)]
APART = [1, 2, 4]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove the distances, then show the limit."""
    with ca.Session.from_arguments(__doc__, {"locations": 0, "dim": 2}, arguments) as session:
        asked = (session.sizes["locations"], session.sizes["dim"])
        for locations, dim in [asked] if asked[0] else SIZES:
            size = dim ** (locations // 2)
            for channels in range(0, size, 1 + size // 6):
                unit_matrix(session, locations, dim, channels)
        for apart in [] if asked[0] else APART:
            smallest_eigenvalue(session, apart)
        if not asked[0]:
            limit(session)


def witness(locations: int, dim: int) -> tuple[ca.Circuit, dict[str, np.ndarray]]:
    """Theorem 1's witness: unit matrices, then ones, then single ones."""
    pairs = [[2 * i, 2 * i + 1] for i in range(locations // 2)]
    widths = [1, *[dim] * len(pairs)] if len(pairs) > 1 else [dim]
    tree = ca.ModeTree.from_nested(pairs if len(pairs) > 1 else pairs[0])
    deep = ca.tree_model(tree, dim, widths)
    weights = {
        name: np.eye(dim, dtype=int) if shape == (dim, dim) else np.ones(shape, dtype=int)
        for name, shape in deep.parameters.items()
    }
    return deep, weights


def unit_matrix(session: ca.Session, locations: int, dim: int, channels: int) -> None:
    """The squared distance is M^(N/2) − Z, up to rounding from below."""
    sizes = f"N={locations} M={dim} Z={channels}"
    with session.claim("Lemma 7: distance M^(N/2) − Z", sizes, "Lemma 7") as claim:
        claim.expect(locations % 2 == 0, f"{locations} locations do not fall into pairs")
        deep, weights = witness(locations, dim)
        theorem = claim.prove(
            (deep, channels), lambda: ca.prove_not_approximable(deep, weights, channels)
        )
        exact = dim ** (locations // 2) - channels
        found = theorem.statement.squared_distance
        claim.expect(exact - Fraction(1, 10**6) < found <= exact, "it is not M^(N/2) − Z")


def smallest_eigenvalue(session: ca.Session, apart: int) -> None:
    """The certified distance is at least λ_min(G)^N times that of the tensors, and above it."""
    locations, dim, channels = 4, 2, 3
    with session.claim(
        "Lemma 7: distance ≥ λ_min(G)^N · tail", f"Gaussians {apart} apart", "Lemma 7"
    ) as claim:
        deep, weights = witness(locations, dim)
        family = Gaussians([[0], [apart]], [[1], [1]])
        theorem = claim.prove(
            (deep, channels, apart),
            lambda: ca.prove_not_approximable(deep, weights, channels, representation=family),
        )
        gram = theorem.statement.gram
        rows = [[sum(map(float, gram.entry(i, j, 64))) / 2 for j in range(dim)] for i in range(dim)]
        simple = np.linalg.eigvalsh(rows)[0] ** locations * (dim**2 - channels)
        claim.expect(
            float(theorem.statement.squared_distance) >= simple * (1 - 1e-6),
            "it is below λ_min(G)^N times the tensors' distance",
        )


def limit(session: ca.Session) -> None:
    """W + O(t) = ((e_1 + t·e_2)^{⊗3} − e_1^{⊗3}) / t, two terms for every t ≠ 0."""
    with session.claim("Lemma 7: CP-rank ≤ 2 is not closed", "W tensor", "Lemma 7") as claim:
        t = sp.Symbol("t")
        first, moved = np.array([1, 0]), np.array([sp.Integer(1), t])

        def cube(v: np.ndarray) -> np.ndarray:
            return np.multiply.outer(np.multiply.outer(v, v), v)

        near = [sp.expand(entry / t) for entry in (cube(moved) - cube(first)).ravel()]
        target = [int(index.count("1") == 1) for index in map("{:03b}".format, range(8))]
        claim.expect([entry.subs(t, 0) for entry in near] == target, "the limit is not W")
        ranks = []
        for mode in range(3):
            rows = np.moveaxis(np.array(target).reshape(2, 2, 2), mode, 0).reshape(2, 4)
            ranks.append(sp.Matrix(rows).rank())
        claim.expect(ranks == [2, 2, 2], "a matrix of W has a rank other than 2")
        claim.computed("a limit of two terms; matrix ranks 2, 2, 2", "polynomials in t")


if __name__ == "__main__":
    main()
