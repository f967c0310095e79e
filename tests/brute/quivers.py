"""Ranks at a bridge, a star, a pencil star: random tensors, and Schofield's recursion."""

from functools import cache
from itertools import product

import numpy as np
from flint import nmod_mat

from brute import PRIME as P


def rank_mod_p(matrix: np.ndarray) -> int:
    """Rank over GF(P)."""
    rows, columns = matrix.shape
    return nmod_mat(rows, columns, [int(x) for x in matrix.ravel()], P).rank()


def kron_mod_p(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Kronecker product over GF(P); the products stay below 2^62."""
    return np.kron(x, y) % P


def bridge_rank(rho: int, a: int, b: int, c: int, d: int) -> int:
    """Rank of sum_g A_g (x) C_g for random tensors."""
    rng = np.random.default_rng([rho, a, b, c, d])
    first, second = rng.integers(0, P, (rho, a, b)), rng.integers(0, P, (rho, c, d))
    return rank_mod_p(sum(kron_mod_p(x, y) for x, y in zip(first, second, strict=True)) % P)


def star_rank(r: int, *parts: tuple[int, int]) -> int:
    """Dimension of the sum of r tensor products of random subspaces, one factor per part."""
    rng = np.random.default_rng([r, *(x for part in parts for x in part)])
    spans = []
    for _ in range(r):
        span = np.ones((1, 1), dtype=np.int64)
        for a, u in parts:
            span = kron_mod_p(span, rng.integers(0, P, (a, u)))
        spans.append(span)
    return rank_mod_p(np.hstack(spans))


def pencil_rank(*parts: tuple[int, int]) -> int:
    """Rank of the sum of two tensor products of random matrices, one factor per part."""
    rng = np.random.default_rng([x for part in parts for x in part])
    total = 0
    for _ in range(2):
        term = np.ones((1, 1), dtype=np.int64)
        for a, b in parts:
            term = kron_mod_p(term, rng.integers(0, P, (a, b)))
        total = (total + term) % P
    return rank_mod_p(total)


def schofield_hom(euler, alpha: tuple[int, ...], beta: tuple[int, ...]) -> int:
    """Generic hom(alpha, beta) by Schofield's recursion, with nothing shortened."""

    @cache
    def ext(x: tuple[int, ...], y: tuple[int, ...]) -> int:
        best = 0
        for part in product(*(range(n + 1) for n in x)):
            gain = -euler(part, y)
            rest = tuple(n - m for n, m in zip(x, part, strict=True))
            if gain > best and (not any(rest) or ext(part, rest) == 0):
                best = gain
        return best

    return euler(alpha, beta) + ext(alpha, beta)


def schofield_bridge(rho: int, a: int, b: int, c: int, d: int) -> int:
    """The value b d - hom on the quiver with two vertices and rho arrows."""
    # A tensor a x b x rho has at most rho b independent rows, and rho a columns.
    a, c = min(a, rho * b), min(c, rho * d)
    b, d = min(b, rho * a), min(d, rho * c)

    def euler(x, y):
        return x[0] * y[0] + x[1] * y[1] - rho * x[0] * y[1]

    return b * d - schofield_hom(euler, (c, d), (rho * b - a, b))


def schofield_star(r: int, a: int, u: int, c: int, w: int) -> int:
    """The value a c - hom on the star quiver with r arms."""

    def euler(x, y):
        return sum(i * j for i, j in zip(x, y, strict=True)) - sum(x[1:]) * y[0]

    return a * c - schofield_hom(euler, (a, *[u] * r), (c, *[c - w] * r))
