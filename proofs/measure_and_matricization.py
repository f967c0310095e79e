"""Facts under the theorems: matricization and Kronecker products (M1 to M4), and null sets.

Statement. For tensors of any shapes and any sets of modes I (the paper has odd and even ones):
M1 the matrix of A ⊗ B is the Kronecker product of the matrices of A and B; M2 matricization is
linear; M3 rank(A ⊙ B) = rank A · rank B; M4 a tensor product of non-zero vectors has a matrix of
rank 1, so a sum of Z of them has rank at most Z. M1, M2 and M4 are shown with every entry a symbol,
by the paper's own index formulas, which are compared with the library's; M3 follows from
(U V) ⊙ (U′ V′) = (U ⊙ U′)(V ⊙ V′) (rank factorizations: at most) and det(A ⊙ B) = det(A)^n det(B)^m
(minors: at least), shown likewise.

Measure: a countable union of null sets is null, a set times R^d of a null set is null, and the
zeros of a non-zero polynomial are null (cited: Caron and Traynor). The algebra behind the last one
is counted here: at most deg/|S| of the points of a grid S^d are zeros (Schwartz and Zippel).

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), appendix B.1; for any I: Cohen and Shashua 2017 (arXiv 1605.06743), eq. 1.

Sizes. All shapes below, orders 1 to 3 with dimensions 1 to 3, and all sets of modes of each; the
determinants up to 2 × 2 with 2 × 2; grids up to 256^4. With --dims: two tensors of these shapes.

Nearby and false. ⟦A ⊗ B⟧ is not ⟦B⟧ ⊙ ⟦A⟧ but a permutation of it; rank(A + B) is not rank A +
rank B; a pure tensor with a zero vector has rank 0. And on a grid a polynomial of degree |S| may
vanish everywhere: x(x − 1) on {0, 1}.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np
import sympy as sp

import circuitalg as ca

SHAPES = [((2,), (3,)), ((2, 3), (2,)), ((2, 2), (3, 1)), ((1, 3), (2, 2)), ((2, 2, 2), (2, 2))]
"""Pairs of shapes of A and B."""
SQUARE = [(1, 2), (2, 1), (2, 2)]
GRIDS = [2, 4, 16, 64, 256]


def main(arguments: Sequence[str] | None = None) -> None:
    """Show all facts."""
    with ca.Session.from_arguments(__doc__, {"dims": []}, arguments) as session:
        asked = tuple(session.sizes["dims"])
        for first, second in [(asked, asked)] if asked else SHAPES:
            kronecker_of_products(session, first, second)
            linearity(session, first)
            pure(session, (*first, *second))
        for sizes in SQUARE:
            ranks_multiply(session, *sizes)
        outer_products(session)
        for size in GRIDS:
            grid(session, size)
        cite(session)


def cite(session: ca.Session) -> None:
    """What of measure theory is used as it stands."""
    for statement, authors in (
        ("a countable union of null sets is null", "Lebesgue; Jones 2001"),
        ("the zeros of a non-zero polynomial are null", "Caron and Traynor 2005"),
        ("a null set times R^d is null", "Lebesgue; Jones 2001"),
    ):
        session.cite(f"measure: {statement}", "sec. B.1", authors)


def symbols(name: str, shape: Sequence[int]) -> np.ndarray:
    """A tensor of different symbols."""
    flat = [sp.Symbol(f"{name}{i}") for i in range(prod(shape))]
    return np.array(flat, dtype=object).reshape(shape)


def subsets(order: int) -> Iterator[tuple[int, ...]]:
    """All sets of modes, the empty and the whole one included."""
    for chosen in product((False, True), repeat=order):
        yield tuple(mode for mode, inside in enumerate(chosen) if inside)


def matrix(tensor: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    """The paper's formula: entry d stands in row Σ_i d_i·Π_{later rows} M (counted from 0)."""
    columns = [mode for mode in range(tensor.ndim) if mode not in rows]
    sides = []
    for modes in (rows, columns):
        strides = [prod(tensor.shape[m] for m in modes[k + 1 :]) for k in range(len(modes))]
        sides.append((modes, strides, prod(tensor.shape[m] for m in modes)))
    found = np.zeros((sides[0][2], sides[1][2]), dtype=object)
    for index in product(*map(range, tensor.shape)):
        row, column = (
            sum(index[m] * stride for m, stride in zip(modes, strides, strict=True))
            for modes, strides, _ in sides
        )
        found[row, column] = tensor[index]
    return found


def kronecker(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The paper's formula: A_ij·B_kl stands in row i·N_1 + k, column j·N_2 + l (from 0)."""
    (m1, m2), (n1, n2) = first.shape, second.shape
    found = np.zeros((m1 * n1, m2 * n2), dtype=object)
    for i, j, k, l in product(range(m1), range(m2), range(n1), range(n2)):  # noqa: E741
        found[i * n1 + k, j * n2 + l] = first[i, j] * second[k, l]
    return found


def kronecker_of_products(
    session: ca.Session, first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    """M1, and that the library's matricization is the paper's."""
    with session.claim("M1: ⟦A ⊗ B⟧ = ⟦A⟧ ⊙ ⟦B⟧", f"{first} and {second}", "M1") as claim:
        a, b = symbols("a", first), symbols("b", second)
        whole = np.multiply.outer(a, b)
        count = 0
        for rows in subsets(whole.ndim):
            left = [mode for mode in rows if mode < a.ndim]
            right = [mode - a.ndim for mode in rows if mode >= a.ndim]
            found, expected = matrix(whole, rows), kronecker(matrix(a, left), matrix(b, right))
            claim.expect(equal(found, expected), f"the matrices differ for I = {rows}")
            if 0 < len(rows) < whole.ndim:
                parts = ca.Bipartition.of(rows, whole.ndim)
                claim.expect(
                    equal(ca.matricization(whole, parts), found), f"the library's, I = {rows}"
                )
            count += 1
        claim.computed(f"equal for {count} sets of modes", "symbols")


def equal(first: np.ndarray, second: np.ndarray) -> bool:
    """Same shape, and the same polynomial in every place."""
    return first.shape == second.shape and all(
        sp.expand(x - y) == 0 for x, y in zip(first.flat, second.flat, strict=True)
    )


def linearity(session: ca.Session, shape: tuple[int, ...]) -> None:
    """M2."""
    with session.claim("M2: matricization is linear", f"{shape}", "M2") as claim:
        a, b, (x, y) = symbols("a", shape), symbols("b", shape), sp.symbols("x y")
        for rows in subsets(len(shape)):
            left = matrix(a * x + b * y, rows)
            claim.expect(equal(left, matrix(a, rows) * x + matrix(b, rows) * y), f"I = {rows}")
        claim.computed(f"equal for {2 ** len(shape)} sets of modes", "symbols")


def pure(session: ca.Session, shape: tuple[int, ...]) -> None:
    """M4: every 2 × 2 minor is the zero polynomial, and the entries are products of entries."""
    with session.claim("M4: a pure tensor has rank 1", f"{shape}", "M4") as claim:
        vectors = [symbols(f"v{i}_", (dim,)) for i, dim in enumerate(shape)]
        tensor = vectors[0]
        for vector in vectors[1:]:
            tensor = np.multiply.outer(tensor, vector)
        minors = 0
        for rows in subsets(len(shape)):
            table = matrix(tensor, rows)
            for i, j in product(range(1, table.shape[0]), range(1, table.shape[1])):
                minor = table[0, 0] * table[i, j] - table[0, j] * table[i, 0]
                claim.expect(sp.expand(minor) == 0, f"a minor is not zero for I = {rows}")
                minors += 1
        claim.computed(f"{minors} minors are zero", "symbols")


def ranks_multiply(session: ca.Session, m: int, n: int) -> None:
    """M3: the mixed product, and the determinant of a Kronecker product."""
    with session.claim("M3: rank(A ⊙ B) = rank A · rank B", f"{m} and {n}", "M3") as claim:
        u, v, x, y = (symbols(name, (2, 2)) for name in "uvxy")
        mixed = kronecker(u @ v, x @ y)
        claim.expect(equal(mixed, kronecker(u, x) @ kronecker(v, y)), "the mixed product differs")
        a, b = symbols("a", (m, m)), symbols("b", (n, n))
        whole = sp.Matrix(kronecker(a, b)).det(method="berkowitz")
        single = sp.Matrix(a).det() ** n * sp.Matrix(b).det() ** m
        claim.expect(sp.expand(whole - single) == 0, "det(A ⊙ B) is not det(A)^n · det(B)^m")
        claim.computed("both identities", "symbols")


def outer_products(session: ca.Session) -> None:
    """M3 and M4 as theorems: ranks of products of networks multiply; CP rank ≤ Z."""
    parts = ca.Bipartition.odd_even(8)
    tree = ca.ModeTree.from_nested([[[0, 1], [2, 3]], [[4, 5], [6, 7]]])
    network = ca.tree_model(tree, 3, [1, 1, 3, 2, 1, 2, 3])
    with session.claim("M3: the rank of an outer product", "N=8 M=3", "M3") as claim:
        proved = claim.prove((network, parts), lambda: ca.prove_rank(network, parts)).statement
        claim.expect(proved.lower == proved.upper == 3 * 2 * 2 * 3, "it is not 3·2·2·3")
    for rows in ([0], [0, 3], [1, 2, 5], [0, 2, 4]):
        some = ca.Bipartition.of(rows, 6)
        cp = ca.cp_model(6, 3, 4)
        with session.claim("M4: a CP model has rank ≤ Z", f"N=6 Z=4 I={rows}", "M4") as claim:
            question = (cp, some)
            found = claim.prove(question, lambda: ca.prove_rank(cp, some)).statement  # noqa: B023
            claim.expect(found.upper <= 4, "the bound exceeds Z")


def grid(session: ca.Session, size: int) -> None:
    """Count the singular 2 × 2 matrices with entries below ``size``: a share of at most 2/size."""
    with session.claim("zeros of ad − bc on a grid", f"|S|={size}", "sec. B.1") as claim:
        products = Counter(x * y for x, y in product(range(size), repeat=2))
        zeros = sum(count * count for count in products.values())
        claim.expect(zeros * size <= 2 * size**4, "more than deg/|S| of the points are zeros")
        claim.computed(f"{zeros:,} of {size**4:,} ≤ 2/{size}", "counting")


if __name__ == "__main__":
    main()
