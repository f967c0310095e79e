"""Lemma 5: A·D·Bᵀ has rank min(M, N) for almost all A, B and diagonal D; also when A = B.

Statement. Let A and B be M × N matrices and D a diagonal N × N matrix, all entries free. Off a set
of measure zero, rank A·D·Bᵀ = min(M, N); the same with B = A. Here it is a theorem about a network:
A·D·Bᵀ is the matricized coefficient tensor of two locations of dimension M with N channels, the
rows of the level's matrices being the columns of A and B and the output's weights being D. The
kernel's statement is stronger: it names the exceptional set, the zeros of a non-zero polynomial,
and the upper bound holds for all weights.

The paper's polynomial is shown as well: for M ≤ N the determinant of A·D·Bᵀ is
Σ_S det A_S · Π_{s∈S} D_s · det B_S over the M-subsets S of the columns (Cauchy and Binet), which is
1 at A = B = (δ_ij), D = 1; for M > N, the minor of the first N rows and columns factors.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), Lemma 5 (appendix B.1).

Sizes. Ranks: some pairs of M and N from 1 to 12; polynomials: M and N up to 3. With
--dim and --width: this one size.

Nearby and false. With D = 0 the rank is 0: nothing holds for *all* weights from below. With D of
rank k it is at most k. And rank min(M, N) + 1 is refused by the kernel at every weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod

import sympy as sp

import circuitalg as ca

SIZES = [(1, 1), (1, 4), (4, 1), (2, 2), (3, 5), (5, 3), (7, 7), (12, 9), (9, 12)]
SYMBOLIC = [(1, 2), (2, 2), (2, 3), (3, 2), (3, 3)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove the ranks, then show the polynomials."""
    with ca.Session.from_arguments(__doc__, {"dim": 0, "width": 0}, arguments) as session:
        asked = (session.sizes["dim"], session.sizes["width"])
        for dim, width in [asked] if all(asked) else SIZES:
            for tied in (False, True):
                rank(session, dim, width, tied)
        for dim, width in [] if all(asked) else SYMBOLIC:
            for tied in (False, True):
                polynomial(session, dim, width, tied)


def rank(session: ca.Session, dim: int, width: int, tied: bool) -> None:
    """The kernel's theorem for one size."""
    sizes = f"{dim}×{width}{' A=B' * tied}"
    with session.claim("Lemma 5: rank A·D·Bᵀ = min(M, N)", sizes, "Lemma 5") as claim:
        network = ca.ht_model(2, dim, [width], shared=tied)
        parts = ca.Bipartition.odd_even(2)
        proved = claim.prove((network, parts), lambda: ca.prove_rank(network, parts)).statement
        claim.expect(proved.lower == proved.upper == min(dim, width), "it is not min(M, N)")


def polynomial(session: ca.Session, dim: int, width: int, tied: bool) -> None:
    """The minor of the first min(M, N) rows and columns, by Cauchy and Binet, in symbols."""
    sizes = f"{dim}×{width}{' A=B' * tied}"
    with session.claim("Lemma 5: the minor is not zero", sizes, "Lemma 5") as claim:
        first = entries("a", dim, width)
        second = first if tied else entries("b", dim, width)
        diagonal = sp.symbols(f"d0:{width}")
        size = min(dim, width)
        found = determinant(
            [
                [sum(first[i][k] * diagonal[k] * second[j][k] for k in range(width))
                 for j in range(size)]
                for i in range(size)
            ]
        )  # fmt: skip
        expected = sum(
            determinant(columns(first, chosen, size))
            * prod(diagonal[k] for k in chosen)
            * determinant(columns(second, chosen, size))
            for chosen in combinations(range(width), size)
        )
        claim.expect(sp.expand(found - expected) == 0, "Cauchy and Binet's formula differs")
        ones = dict.fromkeys(diagonal, 1)
        for table in (first, second):
            ones |= {table[i][k]: int(i == k) for i in range(dim) for k in range(width)}
        claim.expect(found.subs(ones) == 1, "the minor at the unit matrices is not 1")
        claim.computed(f"{len(sp.Add.make_args(found))} terms, 1 at the unit matrices", "SymPy")


def entries(name: str, rows: int, columns_: int) -> list[list[sp.Symbol]]:
    """A matrix of symbols."""
    return [[sp.Symbol(f"{name}{i}_{k}") for k in range(columns_)] for i in range(rows)]


def columns(
    table: list[list[sp.Symbol]], chosen: Sequence[int], rows: int
) -> list[list[sp.Symbol]]:
    """Chosen columns of the first rows."""
    return [[table[i][k] for k in chosen] for i in range(rows)]


def determinant(rows: list[list[sp.Expr]]) -> sp.Expr:
    """The determinant, multiplied out."""
    return sp.expand(sp.Matrix(rows).det(method="berkowitz"))


if __name__ == "__main__":
    main()
