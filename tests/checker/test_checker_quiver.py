"""U3 and U6: the closed forms against Schofield's recursion and against random tensors."""

from __future__ import annotations

import functools
import itertools
import random

import pytest
from checker.common import rank_mod

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.quiver import decompose, star_bound

PRIME = (1 << 31) - 1


def meter():
    """A fresh budget."""
    return Meter(use_numpy=False, say=None)


def bridge(rho, a, b, c, d):
    """R_rho(a, b; c, d) as the bridge rule computes it."""
    a, c = min(a, rho * b), min(c, rho * d)
    b, d = min(b, rho * a), min(d, rho * c)
    parts = decompose(rho, rho, c, d, meter())
    return sum(m * min(a * x, b * y) for m, x, y in parts)


def general_hom(form, x, y):
    """hom(x, y) of general representations by Schofield's recursion, straight from the paper.

    ext(x, y) is the largest -<x', y> over x' that embed in x; x' embeds in x if and only if
    ext(x', x - x') = 0.
    """

    def below(v):
        return itertools.product(*(range(n + 1) for n in v))

    @functools.cache
    def embeds(part, whole):
        if part == whole or not any(part):
            return True
        rest = tuple(w - p for w, p in zip(whole, part, strict=True))
        return all(form(q, rest) >= 0 for q in below(part) if embeds(q, part))

    ext = max(-form(part, y) for part in below(x) if embeds(part, x))
    return form(x, y) + ext


def kronecker_form(rho):
    """Euler form of rho arrows between two vertices."""
    return lambda x, y: x[0] * y[0] + x[1] * y[1] - rho * x[0] * y[1]


def star_form(x, y):
    """Euler form of arms 1, 2, ... with one arrow each into the centre 0."""
    return x[0] * y[0] + sum(x[i] * (y[i] - y[0]) for i in range(1, len(x)))


def test_bridge_equals_schofields_recursion():
    """R_rho = bd - hom((c, d), (rho b - a, b)) for all clamped shapes up to 4 and rho up to 4."""
    count = 0
    for rho in (2, 3, 4):
        for a, b, c, d in itertools.product(range(1, 5), repeat=4):
            if a <= rho * b and b <= rho * a and c <= rho * d and d <= rho * c:
                hom = general_hom(kronecker_form(rho), (c, d), (rho * b - a, b))
                assert bridge(rho, a, b, c, d) == b * d - hom, (rho, a, b, c, d)
                count += 1
    assert count > 500


def test_star_equals_schofields_recursion():
    """G_r(a, u; c, w) = ac - hom for two groups of parts and r = 3, 4."""
    for r, top in ((3, 3), (4, 2)):
        for a, c in itertools.product(range(1, top + 1), repeat=2):
            for u, w in itertools.product(range(1, a + 1), range(1, c + 1)):
                hom = general_hom(star_form, (a, *(u,) * r), (c, *(c - w,) * r))
                found = star_bound(r, [(a, u), (c, w)], meter())
                assert found == a * c - hom, (r, a, u, c, w)


def test_bridge_of_random_tensors():
    """Random tensors have exactly this rank, and no tensor more."""
    rng = random.Random(1)
    for _ in range(60):
        rho = rng.randint(2, 4)
        a, b, c, d = (rng.randint(1, 6) for _ in range(4))
        top = [[[rng.randrange(PRIME) for _ in range(b)] for _ in range(a)] for _ in range(rho)]
        low = [[[rng.randrange(PRIME) for _ in range(d)] for _ in range(c)] for _ in range(rho)]
        matrix = [
            [
                sum(top[g][i][j] * low[g][k][m] for g in range(rho))
                for j in range(b)
                for m in range(d)
            ]
            for i in range(a)
            for k in range(c)
        ]
        assert rank_mod(matrix, PRIME) == bridge(rho, a, b, c, d), (rho, a, b, c, d)


def test_star_of_random_subspaces():
    """Sums of products of random subspaces have exactly this dimension, for two and three parts."""
    rng = random.Random(2)
    for _ in range(60):
        r, count = rng.randint(2, 5), rng.randint(2, 3)
        parts = []
        for _ in range(count):
            a = rng.randint(1, 5 if count == 2 else 3)
            parts.append((a, rng.randint(1, a)))
        spaces = [
            [[[rng.randrange(PRIME) for _ in range(a)] for _ in range(u)] for _ in range(r)]
            for a, u in parts
        ]
        rows = []
        for alpha in range(r):
            for vectors in itertools.product(*(space[alpha] for space in spaces)):
                row = [1]
                for vector in vectors:
                    row = [x * y % PRIME for x in row for y in vector]
                rows.append(row)
        assert rank_mod(rows, PRIME) == star_bound(r, parts, meter()), (r, parts)


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ((2, 5, 3, 3, 5), 14),
        ((2, 21, 11, 11, 18), 195),
        ((3, 20, 7, 6, 17), 116),
        ((3, 20, 7, 7, 19), 132),
        ((4, 19, 5, 5, 19), 94),
        ((2, 30, 29, 29, 32), 870),
    ],
)
def test_known_bridges(arguments, value):
    """Values below min(ac, bd), and their mirror images."""
    rho, a, b, c, d = arguments
    for way in ((a, b, c, d), (b, a, d, c), (c, d, a, b), (d, c, b, a)):
        assert bridge(rho, *way) == value


def test_known_stars():
    """The theory's cases: 7 at a node of width 2, 24 = G_3(5,3;5,3), and three parts."""
    assert star_bound(2, [(3, 2), (3, 2)], meter()) == 7
    assert star_bound(3, [(5, 3), (5, 3)], meter()) == 24
    assert star_bound(3, [(3, 2)] * 3, meter()) == 21
    assert star_bound(4, [(3, 2)] * 3, meter()) == 27


def test_decomposition_adds_up_for_large_numbers():
    """The parts add up to the whole, also where the sequence is long or must be jumped."""
    rng = random.Random(3)
    for f, g in ((2, 2), (4, 1), (1, 4), (3, 3), (5, 1), (9, 9), (3, 1), (1, 1), (2, 1)):
        for bits in (3, 20, 300):
            for _ in range(30):
                x = rng.randrange(1 << bits)
                y = rng.choice([x + 1, x, 2 * x + 1, rng.randrange(1 << bits), x // 2, x // 3])
                parts = decompose(f, g, x, y, meter())
                assert len(parts) <= 2
                assert sum(m * p for m, p, _ in parts) == x
                assert sum(m * q for m, _, q in parts) == y
                assert all(m > 0 and p >= 0 and q >= 0 for m, p, q in parts) or x == y == 0


def test_too_large_stars_are_refused():
    """Beyond 2^25 steps or 65,536 bits a star is refused, quickly."""
    for r, parts in (
        (10**6, [(3, 2)] * 2),
        (2, [(3, 2)] * 30),
        (2, [(1 << 70_000, 1 << 69_999)]),
    ):
        with pytest.raises(checker.Refusal, match="too large"):
            star_bound(r, parts, meter())
