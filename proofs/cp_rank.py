"""CP-rank of given tensors: certified intervals, where they close and where they do not.

Statement. The CP-rank of a tensor (eq. 1) lies between two proved numbers. From below: the largest
rank of a matricization (M4), the bound that the paper's theorems use, and where it is larger a
Koszul flattening. From above: pure tensors that sum to it. For matrices the two meet. They meet at
5 for the antisymmetric tensor of shape 3^3: matrices say 3, a Koszul flattening says 5, and
Derksen's five terms sum to it. The tensor of 2×2 matrix multiplication lies between 6 and
Strassen's 7. Tensors of deep networks have CP-rank at least r^(N/2), while their networks have few
parameters.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), eq. 1 and fact M4; Landsberg and Ottaviani, New Lower Bounds for the Border Rank
of Matrix Multiplication, 2015; Strassen 1969; Derksen 2016.

Sizes. The named tensors, random ones of shapes 3^3, 4^3 and 3^4, and HT tensors of N = 4, M = 3 and
N = 6, M = 2. With --modes and --dim: one random tensor.

Nearby and false. The tensor W (e_1⊗e_1⊗e_2 and its rotations) has CP-rank 3, but no flattening
exceeds 2, since it is a limit of tensors of CP-rank 2: the interval stays open, and says so.
Flattenings bound the border rank. Four of the five terms do not sum to the antisymmetric tensor.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations, product
from typing import Any

import numpy as np

import circuitalg as ca

Terms = list[tuple[list[Any], ...]]

HALF = Fraction(1, 2)

STRASSEN: Terms = [
    ([1, 0, 0, 1], [1, 0, 0, 1], [1, 0, 0, 1]),
    ([0, 0, 1, 1], [1, 0, 0, 0], [0, 1, 0, -1]),
    ([1, 0, 0, 0], [0, 1, 0, -1], [0, 0, 1, 1]),
    ([0, 0, 0, 1], [-1, 0, 1, 0], [1, 1, 0, 0]),
    ([1, 1, 0, 0], [0, 0, 0, 1], [-1, 0, 1, 0]),
    ([-1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]),
    ([0, 1, 0, -1], [0, 0, 1, 1], [1, 0, 0, 0]),
]
"""Seven products for 2×2 matrices (Strassen 1969)."""


DERKSEN: Terms = [
    ([0, HALF, HALF], [1, -1, 0], [1, 1, 0]),
    ([HALF, HALF, 0], [0, 1, -1], [0, 1, 1]),
    ([0, 1, 0], [-1, 0, 1], [1, 0, 1]),
    ([0, -HALF, HALF], [1, 1, 0], [-1, 1, 0]),
    ([HALF, -HALF, 0], [0, 1, 1], [0, -1, 1]),
]
"""Five terms for the determinant of size 3 (Derksen, On the Nuclear Norm, 2016)."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove an interval for every tensor."""
    with ca.Session.from_arguments(__doc__, {"modes": 0, "dim": 2}, arguments) as session:
        modes, dim = session.sizes["modes"], session.sizes["dim"]
        if modes:
            interval(session, "random", random_tensor((dim,) * modes), 1, dim**modes)
            return
        interval(session, "matrix of rank 2", matrix(), 2, 2)
        interval(session, "W", w_tensor(), 2, 3)
        interval(session, "antisymmetric", antisymmetric(), 5, 5, DERKSEN)
        interval(session, "2×2 matrix multiplication", multiplication(2), 6, 7, STRASSEN)
        for shape, least, most in (((3,) * 3, 5, 9), ((4,) * 3, 6, 16), ((3,) * 4, 9, 27)):
            interval(session, "random", random_tensor(shape), least, most)
        for locations, dim, width in ((4, 3, 3), (6, 2, 2)):
            deep(session, locations, dim, width)


def interval(
    session: ca.Session,
    name: str,
    tensor: ca.ExactTensor,
    least: int,
    most: int,
    terms: Terms | None = None,
) -> None:
    """Prove an interval inside [least, most]."""
    sizes = f"{name} {'×'.join(map(str, tensor.dims))}"
    with session.claim("CP-rank of a given tensor", sizes, "eq. 1, M4") as claim:
        question = ("cp rank", tensor, str(terms))
        found = claim.prove(question, lambda: ca.prove_cp_rank(tensor, terms)).statement
        claim.expect(
            least <= found.lower <= found.upper <= most, f"it is not between {least} and {most}"
        )


def deep(session: ca.Session, locations: int, dim: int, width: int) -> None:
    """Theorem 1 at given weights: the CP-rank is at least r^(N/2)."""
    pairs = [[2 * i, 2 * i + 1] for i in range(locations // 2)]
    network = ca.tree_model(ca.ModeTree.from_nested(pairs), dim, [width] * (1 + len(pairs)))
    weights = network.random_weights(seed=1)
    tensor = ca.ExactTensor.from_nested(network.coefficient_tensor(weights))
    least = min(width, dim) ** (locations // 2)
    interval(
        session, f"deep network, r = {min(width, dim)},", tensor, least, dim ** (locations - 1)
    )


def matrix() -> ca.ExactTensor:
    """Three rows, the third the sum of the others."""
    return ca.ExactTensor.from_nested([[1, 2, 3], [0, 1, 4], [1, 3, 7]])


def w_tensor() -> ca.ExactTensor:
    """One 2 among three places."""
    return ca.ExactTensor((2, 2, 2), tuple(int(sum(i) == 1) for i in product(range(2), repeat=3)))


def antisymmetric() -> ca.ExactTensor:
    """Signs of the permutations of three things."""
    table = np.zeros((3, 3, 3), dtype=object)
    for images in permutations(range(3)):
        inversions = sum(images[i] > images[j] for j in range(3) for i in range(j))
        table[images] = (-1) ** inversions
    return ca.ExactTensor.from_nested(table)


def multiplication(n: int) -> ca.ExactTensor:
    """Σ x_ij ⊗ y_jk ⊗ z_ki."""
    table = np.zeros((n * n,) * 3, dtype=object)
    for i, j, k in product(range(n), repeat=3):
        table[n * i + j, n * j + k, n * k + i] = 1
    return ca.ExactTensor.from_nested(table)


def random_tensor(shape: Sequence[int]) -> ca.ExactTensor:
    """Small integers."""
    draw = random.Random(7)
    entries = tuple(draw.randint(-3, 3) for _ in range(int(np.prod(shape))))
    return ca.ExactTensor(tuple(shape), entries)


if __name__ == "__main__":
    main()
