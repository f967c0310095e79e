"""Largest ranks at a bridge (rule U3) and at a star (rule U6), by castling: integers only.

Both rules ask for the largest rank of a sum over a common index of products of matrices of
given shapes. Both are answered by one fact: a general object of the given shape is a direct
sum of smaller blocks, and the rank of a direct sum is at most the sum, over the blocks, of
the smaller of the two sides. `blocks` finds the decomposition; the rest is a line each.

The two kinds of object, each with a type ``(v1, v2)`` and a pair of numbers ``(f, g)``:

- *tensor*, f = g = rho: rho matrices C_1..C_rho of shape v1 x v2, up to bases of both spaces;
- *star*, f = r, g = 1: r linear maps k^v2 -> k^v1, up to bases of all the spaces. When they
  are injective these are r subspaces of dimension v2 in k^v1.

**Decomposition.** A general object (all those outside a proper closed subset) of type v is,
in suitable bases, a direct sum of blocks whose types are those that `blocks` returns. Proof,
by induction on v1 + v2:

1. v2 >= g v1 gives v1 blocks (1, g) and v2 - g v1 blocks (0, 1). Tensor: the map
   k^v2 -> k^v1 (x) k^rho is onto; split off its kernel and take a basis of k^v1. Star: all
   maps are onto k^v1; split off the kernels and take a basis of k^v1.
2. v1 >= f v2 gives v2 blocks (f, 1) and v1 - f v2 blocks (1, 0). Tensor: the transpose of 1.
   Star: the sum of the maps, (k^v2)^r -> k^v1, is injective; take one basis of k^v2 in each
   copy, and a complement of the image.
3. One block v is always a decomposition.
4. For v2 < g v1 the type (v1, g v1 - v2) has the decomposition of v, with (b1, g b1 - b2) for
   (b1, b2), and vice versa. Tensor: a general C is a general subspace of dimension v2 in
   k^v1 (x) k^rho, and its annihilator is a general subspace of dimension g v1 - v2 of the
   dual; a splitting of k^v1 along which one is a sum of pieces splits the other. Star: replace
   each subspace by its annihilator.
5. For v1 < f v2 the same with (f v2 - v1, v2) and (f b2 - b1, b2). Tensor: the transpose of 4.
   Star: the sum of the maps, (k^v2)^r -> k^v1, is onto, and up to a basis of k^v1 it is its
   kernel K, a general subspace of dimension f v2 - v1; the duals of the r projections
   K -> k^v2 are a general star in K*, and what splits them splits the quotient (k^v2)^r / K.

Steps 4 and 5 are *castling* (Sato and Kimura 1977). So the bounds below are sound by a page
of linear algebra over any infinite field: a rank that is at most K for general objects is at
most K for all of them, since the matrices of rank at most K form a closed set.

**Exactness.** The bounds are attained. A general block is semistable for the slope v2/v1
(Schofield, *General representations of quivers*, 1992, theorem 6.1, for the Schur roots of the
quiver with two vertices and rho arrows and of the star quiver), and Schofield's
ext(x, y) = max{-<x', y> : x' embeds in x} then leaves hom or ext zero for every block; every
characteristic: Crawley-Boevey 1996. For the bridge this is the quantum max-flow of Gesmundo,
Lysikov and Steffan (2022), also found by castling. No soundness rests on this paragraph; the
tests compare with Schofield's recursion and with ranks of random tensors.
"""

from circuitalg.errors import RuleError, TooLargeError

__all__ = [
    "BIT_LIMIT",
    "WORK_LIMIT",
    "blocks",
    "bridge_bound",
    "clamp",
    "star_bound",
    "star_bound_parts",
    "star_bound_two",
    "star_summands",
]

BIT_LIMIT = 1 << 16
"""Arguments of more bits than this (after clamping) are refused: time grows with the square."""

WORK_LIMIT = 1 << 25
"""Largest work of `star_bound_parts`, whose docstring says how it is counted."""


def blocks(f: int, g: int, v1: int, v2: int) -> list[tuple[int, int, int]]:
    """Types of the direct summands of a general object of type (v1, v2).

    Parameters
    ----------
    f, g
        (rho, rho) for a tensor, (r, 1) for a star; positive.
    v1, v2
        The type; not negative.

    Returns
    -------
    list of (multiplicity, b1, b2)
        At most two entries, the multiplicities positive, their weighted sum (v1, v2).

    Notes
    -----
    The module's docstring has the proof. Castling leaves the form g v1^2 + f v2^2 - f g v1 v2
    as it is. Where that is not positive the type is left as one block. Where it is, 2 v2 > g v1
    or 2 v1 > f v2, so that each castling chosen here makes v1 + v2 smaller. There are at most
    about 1.5 log2(v1 + v2) of them if f g > 4, and at most four if f g < 4.

    If f g = 4, castling v2 and then v1 subtracts delta (f/2, 1), delta = 2 v2 - g v1, and keeps
    delta; the other order adds that. So `times` such pairs are done at once on the type, and
    undone at once on the blocks, for as long as no entry would become negative.

    Examples
    --------
    >>> blocks(2, 2, 3, 5)  # a general 3 x 5 pencil is L_1 + L_2
    [(1, 2, 3), (1, 1, 2)]
    >>> blocks(3, 1, 5, 3)  # three general subspaces of dimension 3 in k^5
    [(1, 2, 1), (1, 3, 2)]
    """
    if g * v1 * v1 + f * v2 * v2 <= f * g * v1 * v2:
        return [(1, v1, v2)]

    times = 0
    if f * g == 4:
        step = abs(2 * v2 - g * v1)
        times = min(v1 // (f // 2 * step), v2 // step)
        v1, v2 = v1 - times * (f // 2) * step, v2 - times * step

    castled_second: list[bool] = []
    while v1 < f * v2 and v2 < g * v1:
        castled_second.append(2 * v2 > g * v1)
        v1, v2 = (v1, g * v1 - v2) if castled_second[-1] else (f * v2 - v1, v2)
    found = [(v1, 1, g), (v2 - g * v1, 0, 1)]
    if v2 < g * v1:
        found = [(v2, f, 1), (v1 - f * v2, 1, 0)]

    result = []
    for multiplicity, b1, b2 in found:
        if multiplicity == 0:
            continue
        for second in reversed(castled_second):
            b1, b2 = (b1, g * b1 - b2) if second else (f * b2 - b1, b2)
        if times:
            step = abs(2 * b2 - g * b1)
            b1, b2 = b1 + times * (f // 2) * step, b2 + times * step
        result.append((multiplicity, b1, b2))
    return result


def clamp(rho: int, a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    """Smallest shapes with the same largest rank: a <= rho b, b <= rho a, c <= rho d, d <= rho c.

    A tensor a x b x rho has at most rho b independent rows (index of a against the other two),
    and at most rho a independent columns. One pass is enough, since rho >= 1.

    Examples
    --------
    >>> clamp(2, 9, 3, 1, 5)
    (6, 3, 1, 2)
    """
    a = min(a, rho * b)
    c = min(c, rho * d)
    return a, min(b, rho * a), c, min(d, rho * c)


def bridge_bound(rho: int, a: int, b: int, c: int, d: int) -> int:
    """R_rho(a,b;c,d): the largest rank of sum_g A_g (x) C_g, g = 1..rho (rule U3).

    A ranges over all a x b x rho tensors and C over all c x d x rho tensors. With the blocks
    (c_i, d_i) of a general C, the rank is at most sum_i min(a c_i, b d_i): block i gives a
    matrix of shape (a c_i) x (b d_i). Schofield's theorem says that this is attained; it is
    his b d - hom((c,d), (rho b - a, b)).

    Parameters
    ----------
    rho
        The bridge's dimension, at least 1.
    a, b, c, d
        The shapes, at least 0.

    Raises
    ------
    RuleError
        An argument is not an integer, or is below its least value.
    TooLargeError
        rho, or one of a, b, c, d after `clamp`, has more than `BIT_LIMIT` bits.

    Examples
    --------
    >>> bridge_bound(2, 5, 3, 3, 5)
    14
    """
    _check_integers("bridge", least=1, rho=rho)
    _check_integers("bridge", least=0, a=a, b=b, c=c, d=d)
    a, b, c, d = clamp(rho, a, b, c, d)
    _check_bits("bridge", rho=rho, a=a, b=b, c=c, d=d)
    return sum(m * min(a * c_i, b * d_i) for m, c_i, d_i in blocks(rho, rho, c, d))


def star_bound(r: int, a: int, u: int, c: int, w: int) -> int:
    """G_r(a,u;c,w): the largest dim sum_{alpha=1..r} U_alpha (x) V_alpha (rule U6).

    U_alpha ranges over the subspaces of dimension at most u in k^a, V_alpha over those of
    dimension at most w in k^c. With the blocks (a_i, u_i) of general U, the dimension is at
    most sum_i min(a_i c, r u_i w): block i lies in k^(a_i) (x) k^c and is a sum of r spaces
    of dimension u_i w. Schofield's theorem says that this is attained; it is his
    a c - hom((a;u,..,u), (c;c-w,..,c-w)) on the star quiver.

    Parameters
    ----------
    r
        The number of states of the variable, at least 1.
    a, u, c, w
        Dimensions, at least 0. First u <= a and w <= c are enforced, then a <= r u and
        c <= r w (all U_alpha together span at most r u dimensions).

    Raises
    ------
    RuleError
        An argument is not an integer, or is below its least value.
    TooLargeError
        r, or a or c after these reductions, has more than `BIT_LIMIT` bits.

    Examples
    --------
    >>> star_bound(2, 3, 2, 3, 2), star_bound(3, 5, 3, 5, 3)
    (7, 24)
    """
    _check_integers("star", least=1, r=r)
    _check_integers("star", least=0, a=a, u=u, c=c, w=w)
    u, w = min(u, a), min(w, c)
    a, c = min(a, r * u), min(c, r * w)
    _check_bits("star", r=r, a=a, c=c)
    return sum(m * min(a_i * c, r * u_i * w) for m, a_i, u_i in blocks(r, 1, a, u))


def star_bound_two(parts: list[tuple[int, int]]) -> int:
    """Largest dim of U_1 + U_2 for a variable of two states and any number of parts (rule U6).

    parts is a non-empty list of (a_p, u_p), and U_alpha the tensor product over the parts of
    subspaces of dimension at most u_p in k^(a_p). Two subspaces of dimension u in k^a meet in
    dimension (2u - a)^+ at least, exactly so if they are general, and the two tensor products
    meet in the tensor product of these: 2 prod u_p - prod (2 u_p - a_p)^+.

    Raises
    ------
    RuleError
        There is no part, or a number is not an integer or is negative.
    TooLargeError
        Together the a_p have more than `BIT_LIMIT` bits.

    Examples
    --------
    >>> star_bound_two([(3, 2), (3, 2)])
    7
    """
    if not parts:
        raise RuleError("A star needs at least one part; the list of parts is empty.")
    bits, span, meet = 0, 1, 1
    for a, u in parts:
        _check_integers("star", least=0, a=a, u=u)
        bits += a.bit_length()
        if bits > BIT_LIMIT:
            raise TooLargeError(
                f"The star's dimensions together have more than {BIT_LIMIT} bits, which is the "
                f"limit; use the cut's bound here."
            )
        u = min(u, a)
        span *= u
        meet *= max(0, 2 * u - a)
    return 2 * span - meet


def star_summands(r: int, a: int, u: int) -> list[tuple[int, int, tuple[int, ...]]]:
    """Types (multiplicity, dimension, (u_1..u_r)) of the summands of a general star, u <= a.

    `blocks` treats the r states alike. A block of norm b1^2 + r b2^2 - r b1 b2 = r comes from
    (0, 1) or (r, 1) by castling, and these are sums of r smaller stars: (0; e_alpha) and
    (1; e_alpha), alpha = 1..r, with e_alpha the unit vectors. Castling takes (b; u_1..u_r) to
    (b; b - u_1..b - u_r) or (sum u - b; u_1..u_r), so each of the r summands keeps the form
    (b1 / r; t, .., t + e, .., t) with e = 1 or -1 and r t + e = b2. (For r = 2 both signs
    give the same two summands.)

    Examples
    --------
    >>> star_summands(3, 3, 2)
    [(1, 1, (0, 1, 1)), (1, 1, (1, 0, 1)), (1, 1, (1, 1, 0))]
    """
    result = []
    for multiplicity, b1, b2 in blocks(r, 1, a, u):
        if r > 1 and b1 * b1 + r * b2 * b2 - r * b1 * b2 == r:
            sign = 1 if b2 % r == 1 else -1
            t = (b2 - sign) // r
            for alpha in range(r):
                states = tuple(t + sign if i == alpha else t for i in range(r))
                result.append((multiplicity, b1 // r, states))
        else:
            result.append((multiplicity, b1, (b2,) * r))
    return result


def star_bound_parts(r: int, parts: list[tuple[int, int]]) -> int:
    """Bound on dim sum_{alpha=1..r} (x)_p U^p_alpha for any number of parts (rule U6).

    U^p_alpha ranges over the subspaces of dimension at most u_p in k^(a_p), parts = [(a_p, u_p)].
    General U^p are sums of `star_summands`, for every p at once, and the sum of tensor products
    is the direct sum over all choices of one summand (b_p; u_p1, .., u_pr) in each part. There
    it is at most min(prod_p b_p, sum_alpha prod_p u_p,alpha).

    This is the largest dimension for one or two parts (it lies between that and `star_bound`),
    and for r <= 3: there the summands are (1; 0/1 entries) and (2; 1,1,1), and three products
    of general vectors of k^2 are independent. For r >= 4 and more parts it can be larger, and
    then it need not grow with every a_p and u_p. Grouping parts into two is sound as well, but
    forgets that products of subspaces are not general: (3,2), (3,2), (3,2) with r = 3 gives 24.

    Raises
    ------
    RuleError
        There is no part, or a number is not an integer or is below its least value.
    TooLargeError
        With n = the number of bits of all a_p together, after u_p <= a_p <= r u_p is enforced:
        n is above `BIT_LIMIT`, or r (r + 1)^(number of parts) (32 + n) above `WORK_LIMIT`.

    Examples
    --------
    >>> star_bound_parts(3, [(3, 2), (3, 2), (3, 2)])
    21
    """
    _check_integers("star", least=1, r=r)
    if not parts:
        raise RuleError("A star needs at least one part; the list of parts is empty.")
    reduced = []
    work, bits = r, 32
    for a, u in parts:
        _check_integers("star", least=0, a=a, u=u)
        u = min(u, a)
        a = min(a, r * u)
        reduced.append((a, u))
        work *= r + 1
        bits += a.bit_length()
        if bits > 32 + BIT_LIMIT or work * bits > WORK_LIMIT:
            raise TooLargeError(
                f"A star of {len(parts)} parts, an r of {r.bit_length()} bits and dimensions of "
                f"{bits - 32} bits or more is beyond the limits ({BIT_LIMIT} bits, work "
                f"{WORK_LIMIT}); group its parts into two and use that bound."
            )
    sums = {(1, (1,) * r): 1}
    for a, u in reduced:
        summands = star_summands(r, a, u)
        longer: dict[tuple[int, tuple[int, ...]], int] = {}
        for (b, states), count in sums.items():
            for multiplicity, b_p, states_p in summands:
                key = b * b_p, tuple(x * y for x, y in zip(states, states_p, strict=True))
                longer[key] = longer.get(key, 0) + count * multiplicity
        sums = longer
    return sum(count * min(b, sum(states)) for (b, states), count in sums.items())


def _check_integers(rule: str, least: int, **values: int) -> None:
    """Refuse anything that is not a plain integer >= least (bool and NumPy integers included)."""
    for name, value in values.items():
        if type(value) is not int:
            raise RuleError(
                f"The {rule} bound takes plain integers; {name} is of type {type(value).__name__}."
            )
        if value < least:
            raise RuleError(f"The {rule} bound needs {name} >= {least}; {name} is negative or 0.")


def _check_bits(rule: str, **values: int) -> None:
    """Refuse integers of more than BIT_LIMIT bits."""
    for name, value in values.items():
        if value.bit_length() > BIT_LIMIT:
            raise TooLargeError(
                f"The {rule}'s {name} has {value.bit_length()} bits, and the limit is "
                f"{BIT_LIMIT}; use the cut's bound here."
            )
