"""Claim C.1: independent representation functions, and so independent products of them.

Statement. The representation functions f_1, …, f_M that people use are linearly independent in L²:
Gaussians with different parameters (eq. 7), neurons with sigmoid, ReLU or threshold (eq. 8),
monomials, and functions of one's own. Then so are the M^N products Π_i f_{d_i}(x_i) for every N,
hence score functions and coefficient tensors of eq. 2 correspond one to one. The kernel sees M
points at which the matrix of values is certainly invertible, values being enclosed between rational
numbers; on the grid of these points the products have its Kronecker power as their matrix. In L²
terms the Gram matrix of the products is the Kronecker power of that of the functions; for monomials
on a box both are rational, and compared here: integrals over the box against products of entries.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), appendix C.1 and eqs. 7 and 8. That families of Gaussians or neurons are total,
and eq. 6 with them, is cited.

Sizes. Up to 100 functions (the paper's estimate for images) of patches of up to 4 numbers. With
--count: this many of each kind, on the line.

Nearby and false. step(x) and 1 − step(−x) differ only at 0: independent as functions on points,
the same in L². max(x, 0), max(−x, 0) and x are dependent. Both are refused.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod

import sympy as sp

import circuitalg as ca
from circuitalg.representation import Functions, Gaussians, Monomials, Neurons, exp, maximum, x

TOTALITY = (
    ("universality of eq. 2 as M grows", "eq. 6", "Cohen, Sharir, Shashua 2016, appendix C.2"),
    ("Gaussians are total in L²", "eq. 7", "Girosi and Poggio 1990"),
    ("neurons are total in L² of a bounded set", "eq. 8", "Cybenko 1989; Hornik et al. 1989"),
    ("about 100 functions suffice for images", "sec. 3", "Cohen, Sharir, Shashua 2016"),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove the families' independence, then compare Gram matrices."""
    with ca.Session.from_arguments(__doc__, {"count": 0}, arguments) as session:
        count = session.sizes["count"]
        for name, family, source in families(count, 1) if count else default():
            sizes = f"M={family.count} s={family.dimension}"
            with session.claim(f"{name} are independent", sizes, source) as claim:
                question = (name, family.dimension, repr(family.terms))
                theorem = claim.prove(
                    question,
                    lambda: ca.prove_linearly_independent(family),  # noqa: B023
                )
                claim.expect(theorem.statement.functions == family.terms, "other functions")
        for locations, exponents in ((2, [0, 1, 2]), (3, [0, 1])):
            gram(session, locations, exponents)
        for statement, source, authors in TOTALITY:
            session.cite(statement, source, authors)


Family = tuple[str, ca.representation.Representation, str]


def default() -> Iterator[Family]:
    """Families of several sizes."""
    yield from families(5, 1)
    yield from families(12, 4)
    means = [[i, j] for i in range(10) for j in range(10)]
    yield "Gaussians", Gaussians(means, [[1, 1]] * 100), "C.1, eq. 7"
    line = x(0)
    own = [1, line, exp(-(line**2)), maximum(line, 0), 1 / (1 + line**2)]
    yield "functions of one's own", Functions(1, own), "C.1"


def families(count: int, dimension: int) -> Iterator[Family]:
    """As many Gaussians as asked for, neurons of three kinds, and monomials."""
    draw = random.Random(count)

    def rows(low: int, high: int) -> list[list[Fraction]]:
        return [
            [Fraction(draw.randint(4 * low, 4 * high), 4) for _ in range(dimension)]
            for _ in range(count)
        ]

    yield "Gaussians", Gaussians(rows(-9, 9), rows(1, 3)), "C.1, eq. 7"
    for activation in ("sigmoid", "relu", "threshold"):
        weights = [[abs(w) + Fraction(1, 4) for w in row] for row in rows(-3, 3)]
        biases = [Fraction(n - count // 2) for n in range(count)]
        yield f"neurons ({activation})", Neurons(weights, biases, activation), "C.1, eq. 8"
    degree = 1
    while Monomials.up_to(degree, dimension).count < count:
        degree += 1
    exponents = Monomials.up_to(degree, dimension).exponents[:count]
    yield "monomials", Monomials(exponents), "C.1"


def gram(session: ca.Session, locations: int, exponents: Sequence[int]) -> None:
    """Compare the products' Gram matrix on [−1, 1]^N with the Kronecker power of G, and det > 0."""
    with session.claim(
        "the products' Gram matrix is the Kronecker power",
        f"N={locations} M={len(exponents)}",
        "C.1",
    ) as claim:
        single = [
            [Fraction(1 - (-1) ** (e + f + 1), e + f + 1) for f in exponents] for e in exponents
        ]
        indices = list(product(range(len(exponents)), repeat=locations))
        for row, column in product(indices, repeat=2):
            powers = tuple(exponents[i] + exponents[j] for i, j in zip(row, column, strict=True))
            power = prod(single[i][j] for i, j in zip(row, column, strict=True))
            claim.expect(integral(powers) == power, f"the entry {row}, {column} differs")
        claim.computed(f"{len(indices) ** 2} equal integrals", "rationals")


@cache
def integral(powers: tuple[int, ...]) -> sp.Rational:
    """∫ Π x_i^{e_i} over the box [−1, 1]^N, by SymPy."""
    variables = sp.symbols(f"x0:{len(powers)}")
    integrand = sp.prod(v**e for v, e in zip(variables, powers, strict=True))
    return sp.integrate(integrand, *((v, -1, 1) for v in variables))


if __name__ == "__main__":
    main()
