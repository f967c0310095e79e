"""Linear relations between functions that hold almost everywhere, found by exact algebra.

A term is written as a polynomial in coordinates and in what is not a polynomial (an exponential, a
quotient, …), which counts as a variable of its own. A relation between these polynomials holds for
the functions. With max(t, u) = u + max(t − u, 0), max(−t, 0) = max(t, 0) − t and, almost
everywhere, step(−t) = 1 − step(t) for a polynomial t that is not constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from circuitalg.errors import NotProved
from circuitalg.expressions import Expression
from circuitalg.integers import Integer

Monomial = tuple[tuple[Any, int], ...]
Polynomial = dict[Monomial, Fraction]

_MOST = 2_000
ONE: Monomial = ()


def relation(terms: Sequence[Expression]) -> list[Fraction] | None:
    """Coefficients of a non-trivial combination that is 0 almost everywhere, if algebra finds one.

    None says nothing: the functions may be dependent for another reason.
    """
    try:
        forms = [_normal(term) for term in terms]
    except NotProved:
        return None
    monomials = sorted({m for form in forms for m in form}, key=_order)
    rows = [[form.get(m, Fraction(0)) for form in forms] for m in monomials]
    return kernel_vector(rows, len(forms))


def kernel_vector(rows: Sequence[Sequence[Fraction]], columns: int) -> list[Fraction] | None:
    """A non-zero integer vector that a rational matrix maps to 0, if there is one."""
    from math import gcd, lcm

    from flint import fmpq, fmpq_mat

    entries = [fmpq(e.numerator, e.denominator) for row in rows for e in row]
    reduced, rank = fmpq_mat(len(rows), columns, entries).rref()
    if rank == columns:
        return None
    pivots = [next(j for j in range(columns) if reduced[row, j] != 0) for row in range(int(rank))]
    free = next(j for j in range(columns) if j not in pivots)
    found = [Fraction(0)] * columns
    found[free] = Fraction(1)
    for row, pivot in enumerate(pivots):
        value = reduced[row, free]
        found[pivot] = -Fraction(int(value.p), int(value.q))
    scale = lcm(*(c.denominator for c in found))
    whole = [int(c * scale) for c in found]
    sign = -1 if next(c for c in whole if c) < 0 else 1
    return [Fraction(sign * c, gcd(*whole)) for c in whole]


def shown(coefficients: Sequence[Fraction]) -> str:
    """A relation as text: f1 - 2*f3 = 0."""
    text = ""
    for i, c in enumerate(coefficients):
        if c:
            bottom = "" if c.denominator == 1 else f"/{Integer(c.denominator)}"
            size = "" if abs(c) == 1 else f"{Integer(abs(c.numerator))}{bottom}*"
            sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
            text += f"{sign}{size}f{i + 1}"
    return f"{text[:200]}{'...' if len(text) > 200 else ''} = 0"


def _normal(term: Expression) -> Polynomial:
    """A term as a polynomial in coordinates and other variables; NotProved when it is too long."""
    op, args = term.op, term.args
    if op == "number":
        return {ONE: Fraction(args[0])} if args[0] else {}
    if op in ("x", "pi"):
        return _atom((op, *args))
    if op == "^":
        return _power(_normal(args[0]), args[1].args[0])
    forms = [_normal(part) for part in args]
    if op in ("+", "*"):
        return reduce(_added if op == "+" else _multiplied, forms)
    if op == "/":
        return _quotient(*forms)
    if op == "max":
        return _added(forms[1], _positive_part(_added(forms[0], _scaled(forms[1], -1))))
    if op == "step":
        return _step(forms[0])
    return _atom((op, _key(forms[0])))


def _quotient(top: Polynomial, bottom: Polynomial) -> Polynomial:
    if set(bottom) == {ONE}:
        return _scaled(top, 1 / bottom[ONE])
    return _multiplied(top, _atom(("inverse", _key(bottom))))


def _positive_part(form: Polynomial) -> Polynomial:
    """max(form, 0), for a form with leading coefficient 1 or as it follows from that."""
    if set(form) <= {ONE}:
        value = max(form.get(ONE, Fraction(0)), Fraction(0))
        return {ONE: value} if value else {}
    lead = _lead(form)
    part = _scaled(_atom(("positive", _key(_scaled(form, 1 / lead)))), abs(lead))
    return part if lead > 0 else _added(part, form)


def _step(form: Polynomial) -> Polynomial:
    if set(form) <= {ONE}:
        return {ONE: Fraction(1)} if form.get(ONE, 0) >= 0 else {}
    lead = _lead(form)
    plain = all(variable[0] == "x" for monomial in form for variable, _ in monomial)
    if lead > 0 or not plain:
        return _atom(("step", _key(_scaled(form, 1 / abs(lead)))))
    part = _atom(("step", _key(_scaled(form, 1 / lead))))
    return _added({ONE: Fraction(1)}, _scaled(part, -1))


def _lead(form: Polynomial) -> Fraction:
    """Coefficient of a non-constant monomial that a form and its multiples share."""
    return form[min((m for m in form if m), key=_order)]


def _key(form: Polynomial) -> tuple[Any, ...]:
    return tuple(sorted(form.items(), key=_order))


def _order(part: Any) -> str:
    """A text to sort nested tuples of names and numbers by, also where Python prints none."""
    try:
        return repr(part)
    except ValueError:  # an integer of more than 4,300 digits inside
        if isinstance(part, tuple):
            return f"({', '.join(map(_order, part))})"
        return f"{part.numerator:x}/{part.denominator:x}"


def _atom(variable: Any) -> Polynomial:
    return {((variable, 1),): Fraction(1)}


def _scaled(form: Polynomial, by: int | Fraction) -> Polynomial:
    return {m: c * by for m, c in form.items()} if by else {}


def _added(a: Polynomial, b: Polynomial) -> Polynomial:
    total = dict(a)
    for m, c in b.items():
        total[m] = total.get(m, Fraction(0)) + c
    return {m: c for m, c in total.items() if c}


def _multiplied(a: Polynomial, b: Polynomial) -> Polynomial:
    if len(a) * len(b) > _MOST:
        raise NotProved("a term expands to too many monomials to look for relations")
    total: Polynomial = {}
    for m, c in a.items():
        for n, d in b.items():
            powers = dict(m)
            for variable, exponent in n:
                powers[variable] = powers.get(variable, 0) + exponent
            key = tuple(sorted(powers.items(), key=_order))
            total[key] = total.get(key, Fraction(0)) + c * d
    return {m: c for m, c in total.items() if c}


def _power(form: Polynomial, exponent: int) -> Polynomial:
    return reduce(_multiplied, [form] * exponent, {ONE: Fraction(1)})
