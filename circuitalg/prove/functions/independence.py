"""Independence of representation functions: points at which their values are an invertible matrix.

Floats choose the points; multiple precision inverts the matrix of values; the kernel decides.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from circuitalg.arithmetic.balls import MAX_BITS
from circuitalg.arithmetic.functions import enclosure
from circuitalg.errors import NotProved, Refuted, RuleError
from circuitalg.kernel.functions.independence import (
    MAX_FUNCTIONS,
    LinearlyIndependent,
    Point,
    PointWitness,
    linearly_independent,
)
from circuitalg.options import natural
from circuitalg.prove.functions.relations import kernel_vector, relation, shown
from circuitalg.representation import check_representation

if TYPE_CHECKING:
    from circuitalg.kernel.theorem import Theorem
    from circuitalg.representation import Representation

Rows = list[list[Fraction]]

_FEW_BITS = 64
_FAR = 2**1000
"""Points beyond it are not tried."""
_CANDIDATES = 12
_MOST_WORK = 10_000_000


def prove_linearly_independent(
    representation: Representation, *, seed: int = 0
) -> Theorem[LinearlyIndependent]:
    """Prove that representation functions are linearly independent, as functions almost everywhere.

    Parameters
    ----------
    representation
        A family of :mod:`circuitalg.representation`, of at most 200 functions.
    seed
        For the choice of points.

    Raises
    ------
    Refuted
        When exact algebra finds a relation; the message states it.
    NotProved
        When no points are found where the values' matrix is invertible; the message states
        the relation that the values suggest.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, appendix C, Claim C.1; docs/rules/functions.md.

    Examples
    --------
    >>> from circuitalg.representation import Monomials
    >>> prove_linearly_independent(Monomials.up_to(3)).statement.summary
    '4 functions independent'
    """
    check_representation(representation)
    seed = natural("seed", seed)
    terms = representation.terms
    if len(terms) > MAX_FUNCTIONS:
        raise NotProved(f"there are {len(terms)} functions; at most {MAX_FUNCTIONS} are handled")
    found = relation(terms)
    if found is not None:
        raise Refuted(f"the functions are dependent: {shown(found)} almost everywhere")
    points, singular = _choose(representation, seed)
    if singular:
        raise NotProved(_suspicion(representation, points))
    reason, bits = "", 0
    for bits in _precisions(len(terms)):
        try:
            proof = _witness(representation, points, bits)
            return linearly_independent(representation.dimension, terms, proof)
        except (RuleError, ZeroDivisionError) as error:
            reason = str(error)
    raise NotProved(
        f"the values at the {len(points)} points found are not certainly invertible with "
        f"{bits} bits ({reason}); {_suspicion(representation, points)}"
    )


def _precisions(count: int) -> Iterator[int]:
    bits = _FEW_BITS
    while bits <= MAX_BITS and bits * count**2 <= _MOST_WORK:
        yield bits
        bits *= 2


# Points


def _choose(representation: Representation, seed: int) -> tuple[list[Point], bool]:
    """M points whose rows of values are far from dependent, and whether they seem dependent."""
    import numpy as np

    pool = [point for point in _pool(representation, seed) if _is_near(point)]
    with np.errstate(all="ignore"):
        values = representation.evaluate(np.array([[float(x) for x in p] for p in pool]))
    usable = np.isfinite(values).all(axis=1)
    good: set[int] = set()
    while usable.sum() >= representation.count:
        left = np.flatnonzero(usable)
        scale = np.abs(values[left]).max(axis=0)
        picked, singular = _pivots(values[left] / np.where(scale > 0, scale, 1))
        chosen = [int(left[i]) for i in picked]
        good |= {i for i in chosen if i not in good and _defined(representation, pool[i])}
        if good.issuperset(chosen):
            return [pool[i] for i in chosen], singular
        usable[[i for i in chosen if i not in good]] = False
    raise NotProved("the functions are not all defined and continuous at the points tried")


def _pool(representation: Representation, seed: int) -> Iterator[Point]:
    """Short dyadic points: near the family's hints, and of several sizes around 0."""
    draw = random.Random(seed)
    count, dimension = representation.count, representation.dimension
    hints: Sequence[Point] = getattr(representation, "hints", ())
    for hint in filter(_is_near, hints):
        for size in (0, 0.25, 1, 4):
            for _ in range(1 if size == 0 else 2):
                yield tuple(_short(float(h) + size * draw.gauss(0, 1)) for h in hint)
    for i in range(_CANDIDATES * count + 40):
        size = (1, 0.25, 4, 16)[i % 4]
        yield tuple(_short(size * draw.gauss(0, 1)) for _ in range(dimension))
    yield from _crossings(representation)


def _crossings(representation: Representation) -> Iterator[Point]:
    """Points on both sides of where neurons on the line bend or jump, before the next one does."""
    hints: Sequence[Point] = getattr(representation, "hints", ())
    for hint in hints if representation.dimension == 1 else ():
        gaps: list[Fraction] = [abs(Fraction(h[0] - hint[0])) for h in hints if h[0] != hint[0]]
        near = min(gaps, default=Fraction(1)) / 4
        bottom = max(64, 1 << (int(4 / near).bit_length() + 2))
        for sign in (-1, 1):
            yield (Fraction(round((hint[0] + sign * near) * bottom), bottom),)


def _is_near(point: Point) -> bool:
    """Whether floats reach a point, with some room."""
    return all(-_FAR < x < _FAR for x in point)


def _short(number: float) -> Fraction:
    return Fraction(round(number * 64), 64)


def _defined(representation: Representation, point: Point) -> bool:
    """Whether the kernel can enclose all functions there; only some can fail."""
    risky = [term for term in representation.terms if term.uses("step", "sqrt", "/", "exp")]
    try:
        for term in risky:
            enclosure(term, point, _FEW_BITS)
    except RuleError:
        return False
    return True


def _pivots(values: Any) -> tuple[list[int], bool]:
    """Rows by Gaussian elimination with complete pivoting; whether a pivot is nearly 0."""
    import numpy as np

    left = np.array(values, dtype=float)
    picked: list[int] = []
    singular = False
    for _ in range(left.shape[1]):
        sizes = np.abs(left)
        sizes[picked] = 0
        row, column = np.unravel_index(int(sizes.argmax()), left.shape)
        pivot = left[row, column]
        if sizes[row, column] == 0:
            singular = True
            row = np.intp(next(i for i in range(len(left)) if i not in picked))
        else:
            left -= np.outer(left[:, column] / pivot, left[row])
            left[:, column] = 0
        picked.append(int(row))
    return picked, singular


# Witness


def _witness(representation: Representation, points: Sequence[Point], bits: int) -> PointWitness:
    """Enclose the values, invert their middles, and round the inverse to short dyadic numbers."""
    terms = representation.terms
    values = [[_middle(enclosure(t, p, bits)) for t in terms] for p in points]
    total = sum((abs(entry) for row in values for entry in row), Fraction(0))
    shift = int(4 * total).bit_length() + 1
    return PointWitness(bits, tuple(points), _inverse(values, shift, bits))


def _middle(ends: tuple[Fraction, Fraction]) -> Fraction:
    return (ends[0] + ends[1]) / 2


def _inverse(values: Rows, shift: int, bits: int) -> tuple[tuple[int | Fraction, ...], ...]:
    """Inverse of a matrix of dyadic numbers, rounded to multiples of 2^-shift.

    Raises
    ------
    ZeroDivisionError
        When it is not certainly invertible at this precision.
    """
    import flint

    count, before = len(values), flint.ctx.prec
    flint.ctx.prec = 2 * bits + 64
    try:
        entries = [
            flint.arb(flint.fmpz(e.numerator)) / flint.arb(flint.fmpz(e.denominator))
            for row in values
            for e in row
        ]
        inverse = flint.arb_mat(count, count, entries).inv()
        power = flint.arb(2) ** shift
        half = flint.arb(1) / 2
        return tuple(
            tuple(
                _plain(Fraction(int(_floor(inverse[i, j] * power + half)), 1 << shift))
                for j in range(count)
            )
            for i in range(count)
        )
    finally:
        flint.ctx.prec = before


def _floor(ball: Any) -> Any:
    """Integer below the middle of a ball."""
    if not ball.is_finite():
        raise ZeroDivisionError("the matrix of values is not certainly invertible")
    return ball.mid().floor().fmpz() if hasattr(ball, "fmpz") else ball.mid().floor().unique_fmpz()


def _plain(number: Fraction) -> int | Fraction:
    return int(number) if number.denominator == 1 else number


# Dependent families


def _suspicion(representation: Representation, points: Sequence[Point]) -> str:
    """The relation that the values at the points suggest."""
    terms = representation.terms
    values: Rows = []
    exact = True
    for point in points:
        ends = [enclosure(term, point, 2 * _FEW_BITS) for term in terms]
        exact = exact and all(low == high for low, high in ends)
        values.append([low for low, _ in ends])
    found = kernel_vector(values, len(terms)) if exact else _null_direction(values)
    if found is None:
        return "no relation between the functions is visible; try another seed"
    seen = shown(found) if exact else shown(found).replace("=", "~")
    return (
        f"the functions' values suggest the relation {seen}; if it holds, they are "
        "dependent, so leave one of them out"
    )


def _null_direction(values: Rows) -> list[Fraction] | None:
    """A combination with small rational coefficients that nearly vanishes at all points."""
    import numpy as np

    matrix = np.array([[float(e) for e in row] for row in values])
    _, sizes, directions = np.linalg.svd(matrix)
    if sizes[-1] > 1e-10 * sizes[0]:
        return None
    vector = directions[-1] / np.abs(directions[-1]).max()
    return [Fraction(float(v)).limit_denominator(1000) for v in vector]
