"""Lemma 6: a generic linear combination of matrices has at least the largest rank among them.

Statement. Let A_1(y), …, A_p(y) be matrices whose entries are continuous functions of y, such that
for almost every y one of them has rank at least r. Then Σ x_i·A_i(y) has rank at least r for
almost every (x, y). The heart is algebra, shown here with every entry of every A_i a symbol, so
for all functions of y: an r × r minor of Σ x_i·A_i is a form of degree r in x, whose coefficient at
x_i^r is the same minor of A_i. Where that is not zero, the minor vanishes for almost no x. Fubini's
theorem puts the sections together; it is cited.

For networks it is a theorem of the kernel: a sum of branches, each with weights of its own, has
generic rank at least that of every branch, and at most their sum.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), Lemma 6 (appendix B.1).

Sizes. Minors up to r = 3 of up to p = 3 matrices; networks of two and three branches over four
locations with different ranks. With --widths: branches of these widths.

Nearby and false. For *all* x it is false: x = 0, and A_1 − A_1 at x = (1, −1). The rank may be
larger than every branch's. With integer weights from a finite set it holds for most, not for all.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

import circuitalg as ca

SYMBOLIC = [(1, 2), (2, 2), (2, 3), (3, 2)]
"""r and p."""
BRANCHES = [[1, 3], [2, 2], [3, 1, 2]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Show the minors, then prove the ranks of sums of branches."""
    with ca.Session.from_arguments(__doc__, {"widths": []}, arguments) as session:
        for size, count in [] if session.sizes["widths"] else SYMBOLIC:
            minor(session, size, count)
        for widths in [session.sizes["widths"]] if session.sizes["widths"] else BRANCHES:
            branches(session, widths)
        session.cite(
            "a closed set with null sections is null (Fubini)",
            "Lemma 6",
            "Fubini 1907; Rudin, Real and Complex Analysis",
        )


def minor(session: ca.Session, size: int, count: int) -> None:
    """Compare the coefficients at x_i^r with the matrices' own minors."""
    with session.claim(
        "Lemma 6: the minor's coefficients", f"r={size} p={count}", "Lemma 6"
    ) as claim:
        x = sp.symbols(f"x0:{count}")
        tables = [
            [[sp.Symbol(f"a{i}_{row}_{k}") for k in range(size)] for row in range(size)]
            for i in range(count)
        ]
        mixed = [
            [sum(x[i] * tables[i][row][k] for i in range(count)) for k in range(size)]
            for row in range(size)
        ]
        form = sp.Poly(determinant(mixed), *x)
        claim.expect(form.is_homogeneous and form.total_degree() == size, "it is not a form")
        for i in range(count):
            power = tuple(size * (j == i) for j in range(count))
            own = determinant(tables[i])
            claim.expect(
                sp.expand(form.coeff_monomial(power) - own) == 0,
                f"the coefficient at x_{i}^{size} is not the minor of A_{i}",
            )
        claim.computed(f"{count} coefficients are minors", "SymPy")


def determinant(rows: list[list[sp.Expr]]) -> sp.Expr:
    """The determinant, multiplied out."""
    return sp.expand(sp.Matrix(rows).det(method="berkowitz"))


def branches(session: ca.Session, widths: list[int]) -> None:
    """The generic rank of a sum of CP models is between the largest and the sum of theirs."""
    locations, dim = 4, 2
    parts = ca.Bipartition.odd_even(locations)
    with session.claim(
        "Lemma 6: rank of a sum of branches", f"N=4 M=2 widths {widths}", "Lemma 6"
    ) as claim:
        circuit = sum_of_branches(locations, dim, widths)
        alone = [
            ca.prove_rank(ca.cp_model(locations, dim, width), parts).statement.lower
            for width in widths
        ]
        proved = claim.prove((circuit, parts), lambda: ca.prove_rank(circuit, parts)).statement
        claim.expect(proved.lower >= max(alone), "a branch alone has a larger rank")
        claim.expect(proved.upper <= sum(alone), "the rank exceeds the sum of the branches' ranks")


def sum_of_branches(locations: int, dim: int, widths: Sequence[int]) -> ca.Circuit:
    """Σ over branches: a CP model each, with its own parameters."""
    builder = ca.CircuitBuilder(locations, dim)
    inputs = [builder.input(i) for i in range(locations)]
    products = [
        builder.product(
            *(builder.sum(x, width=width, parameter=f"a{b}.{i}") for i, x in enumerate(inputs))
        )
        for b, width in enumerate(widths)
    ]
    names = [f"out{b}" for b in range(len(widths))]
    return builder.build(builder.sum(*products, width=1, parameter=names))


if __name__ == "__main__":
    main()
