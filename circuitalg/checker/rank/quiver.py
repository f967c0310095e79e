"""Upper rules of a block that rest on quivers: bridge (U3) and star (U6)."""

from __future__ import annotations

import operator
from typing import Any

from ..meter import Meter
from ..read import Refusal
from ..verdict import SCHOFIELD
from .cut import Cut
from .network import Net

MAX_BITS = 65_536  # of the arguments of U3 and U6
MAX_STATES = 1 << 25  # work of one star


def bridge(net: Net, rule: dict[str, Any], meter: Meter) -> int:
    """U3: the matrix above v splits the block into tensors a x b x rho and c x d x rho.

    The rank is at most R_rho(a, b; c, d), the largest rank of sum_g A_g (x) C_g over matrices A_g
    of shape a x b and C_g of shape c x d.  A general C is a direct sum of the (c_i, d_i) of
    `decompose(rho, rho, c, d)`, and each part contributes at most min(a c_i, b d_i).
    """
    v = rule["variable"]
    cut = Cut(net, meter, v)
    rho = cut.rho(v)
    if rho < 2:
        raise Refusal("a bridge rule must not stand at a matrix of rank 1.")
    d, c = cut.message[v]
    b, a = cut.downward(v)
    a, c = min(a, rho * b), min(c, rho * d)
    b, d = min(b, rho * a), min(d, rho * c)
    if max(rho, a, b, c, d).bit_length() > MAX_BITS:
        raise Refusal(f"a bridge rule has numbers of more than {MAX_BITS} bits.")
    meter.rests_on.add(SCHOFIELD)
    return sum(m * min(a * x, b * y) for m, x, y in decompose(rho, rho, c, d, meter))


def star(net: Net, rule: dict[str, Any], meter: Meter) -> int:
    """U6: at variable v of dimension r the columns lie in sum_alpha (x)_p U^p_alpha.

    Part p (a child with its matrix, or what is above v) has r subspaces of dimension u_p in a
    space of dimension a_p; general ones are a direct sum of the summands of `subspaces`, so the
    sum is one over all choices of a summand in each part, of dimension at most
    min(prod b, sum_alpha prod).
    """
    v, s = rule["variable"], rule["side"]
    cut = Cut(net, meter, v)
    r = net.dim[v]
    if not cut.kids[v] or r < 2:
        raise Refusal("a star rule must not stand at a leaf or at a variable of dimension 1.")
    parts = [cut.message[c] for c in cut.kids[v]] + [cut.downward(v)]
    meter.rests_on.add(SCHOFIELD)
    return star_bound(r, [(m[1 - s], min(m)) for m in parts], meter)


def star_bound(r: int, parts: list[tuple[int, int]], meter: Meter) -> int:
    """Bound dim sum_alpha (x)_p U^p_alpha over r subspaces of dimension u_p in dimension a_p."""
    total, bits = {(1, (1,) * min(r, MAX_STATES)): 1}, 0
    for number, (given, u) in enumerate(parts, 1):
        a = min(given, r * u)
        bits += a.bit_length()
        if bits > MAX_BITS or number > 25 or r * (r + 1) ** number * (32 + bits) > MAX_STATES:
            raise Refusal("a star rule is too large: too many parts, states or digits.")
        found: dict[tuple[int, tuple[int, ...]], int] = {}
        for m, b, states in subspaces(r, a, u, meter):
            for (big, small), times in total.items():
                key = (big * b, tuple(map(operator.mul, small, states)))
                found[key] = found.get(key, 0) + m * times
        meter.spend(4 * r * len(found) * (1 + bits / 32))
        total = found
    return sum(times * min(big, sum(small)) for (big, small), times in total.items())


def subspaces(r: int, a: int, u: int, meter: Meter) -> list[tuple[int, int, tuple[int, ...]]]:
    """Decompose r general subspaces of dimension u in dimension a: (number, space, subspaces).

    A part (b1, b2) of `decompose(r, 1, a, u)` whose Tits form is r is the sum of r parts that
    differ in one subspace, of dimension t + e where the others have t.
    """
    found = []
    for m, b1, b2 in decompose(r, 1, a, u, meter):
        e = 1 if b2 % r == 1 else -1
        t = (b2 - e) // r
        if b1 * b1 + r * b2 * b2 - r * b1 * b2 == r and (b2 - e) % r == 0 and b1 % r == 0:
            for alpha in range(r):
                states = tuple(t + e if i == alpha else t for i in range(r))
                found.append((m, b1 // r, states))
        else:
            found.append((m, b1, (b2,) * r))
    return found


def decompose(f: int, g: int, x: int, y: int, meter: Meter) -> list[tuple[int, int, int]]:
    """Return the canonical decomposition of (x, y): at most two parts (number, p, q).

    g x^2 + f y^2 - f g x y is the Tits form of rho = f = g arrows between spaces of dimensions x
    and y (times rho), or of f subspaces of dimension y in a space of dimension x (g = 1).  Where it
    is not positive, (x, y) is one part.  Else (x, y) = i P + j Q with i, j >= 0 for two neighbours
    P, Q of the sequence (0, 1), (1, g), f (1, g) - (0, 1), ... (factors f, g, f, ...), or of its
    mirror image.  These are the dimensions that reflections make of simple representations; P and
    Q have no extensions by each other and themselves, so the general object is i P + j Q.
    """
    if g * x * x + f * y * y <= f * g * x * y:
        return [(1, x, y)]
    if 2 * y < g * x:
        return [(m, p, q) for m, q, p in decompose(g, f, y, x, meter)]
    low, high, factor = (0, 1), (1, g), f
    if f * g == 4:  # the sequence is an arithmetic progression: jump near the place
        j = max(0, x // (f * y - 2 * x) - 1)
        low, high = (j * f, 1 + 2 * j), (1 + 2 * j, g + j * g)
    left = [x * q - y * p for p, q in (low, high)]  # falls; 0 is where (x, y) lies
    while left[1] > 0:
        low, high = high, (factor * high[0] - low[0], factor * high[1] - low[1])
        left = [left[1], factor * left[1] - left[0]]
        factor = f + g - factor
        meter.spend(10 + high[1].bit_length() / 4)
    return [(m, *part) for m, part in ((-left[1], low), (left[0], high)) if m]
