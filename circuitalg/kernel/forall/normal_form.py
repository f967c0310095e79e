"""Equality of formulas for all values of their symbols, by a normal form of exact polynomials.

A formula becomes a polynomial with rational coefficients in *powers*: an atom with an exponent that
is a polynomial itself, so that q^m · q and q^(m+1) are one. Atoms are symbols, primes (6^m is
2^m · 3^m), widths, least numbers, binomials, sums of one term, and sums of several terms below a
symbolic exponent; of what stands inside an atom only equality is used. All that is rewritten holds
for all natural values, so equal forms are equal numbers; two forms that differ prove nothing.

On the way every part is shown to be defined (docs/certificates.md), and the work, the terms and the
digits are counted before they are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from circuitalg.errors import RuleError
from circuitalg.expressions import Expression
from circuitalg.kernel.work import Work

Atom = tuple[Any, ...]
"""A name ("sym", "prime", "r", "minr", "min", "binom", "sum", "base", "bound") and its parts."""

_MAX_SPLIT = 8
_MAX_TERMS = 2000
_MAX_BITS = 65_536
_MAX_WORK = 1_000_000
_TRIAL_LIMIT = 1000
_ENOUGH = 1 << 64
"""Least values are capped here: they are compared with small numbers only."""


class Poly:
    """Monomials with coefficients that are not 0; a monomial is a set of (atom, exponent).

    `Normal` makes one object for each polynomial, so that equality is identity: forms are nested,
    and comparing them part by part would take exponential time.
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Terms) -> None:
        self.terms = terms

    def constant(self) -> Fraction | None:
        """Its value where it is a number."""
        if not self.terms:
            return Fraction(0)
        ((monomial, coefficient), *others) = self.terms
        return coefficient if not others and not monomial else None

    def constant_part(self) -> int:
        """The number among its terms, where it is an integer; else 0."""
        found = dict(self.terms).get(_NOTHING, Fraction(0))
        return int(found) if found.denominator == 1 else 0


Monomial = frozenset[tuple[Atom, Poly]]
Terms = frozenset[tuple[Monomial, Fraction]]
_NOTHING: Monomial = frozenset()


def short(part: Expression) -> str:
    """A formula in an error's sentence, cut where it is long."""
    text = str(part)
    return text if len(text) <= 80 else text[:77] + "..."


class Normal:
    """Normal forms over symbols of these least values, within one budget; widths are at least 1.

    Equal forms are the same object: ``normal.of(first) is normal.of(second)``.
    """

    def __init__(self, least: Mapping[str, int]) -> None:
        self.least_values = least
        self._work = Work(_MAX_WORK, "these formulas are too large to be compared; simplify them")
        self._bound: tuple[int, Poly] | None = None
        """Of the sum that is read: its first index, and its last one."""
        self._made: dict[Terms, Poly] = {}
        self._least_of: dict[tuple[Poly, tuple[int, Poly] | None], int | None] = {}
        self._moving: dict[Poly, bool] = {}
        self._one = self._number(1)

    def _make(self, terms: Iterable[tuple[Monomial, Fraction]]) -> Poly:
        """The polynomial of these terms, always the same object."""
        key = frozenset(terms)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Poly(key)
        return found

    def _number(self, value: int | Fraction) -> Poly:
        return self._make([(_NOTHING, Fraction(value))] if value else [])

    def _single(self, atom: Atom, exponent: Poly | None = None) -> Poly:
        """An atom, or its power."""
        exponent = exponent or self._one
        return self._make([(frozenset({(atom, exponent)} if exponent.terms else ()), Fraction(1))])

    def _less(self, first: Poly, second: Poly) -> Poly:
        return self.add(first, self.times(self._number(-1), second))

    def of(self, formula: Expression) -> Poly:
        """The normal form; refused where it is not defined for all values."""
        return self._poly(formula, {})

    def _poly(self, formula: Expression, bound: Mapping[str, Poly]) -> Poly:
        """``bound``: what stands for the symbols of sums."""
        self._work.spend(1)
        op, args = formula.op, formula.args
        if op == "number":
            return self._number(args[0])
        if op == "sym":
            return bound[args[0]] if args[0] in bound else self._symbol(args[0])
        if op == "sum":
            if bound:
                raise RuleError("a sum inside a sum is not handled; write one of them out")
            return self._sum(*args)
        return self._combined(formula, [self._poly(part, bound) for part in args])

    def _combined(self, formula: Expression, parts: list[Poly]) -> Poly:
        match formula.op:
            case "+":
                return reduce(self.add, parts)
            case "*":
                return reduce(self.times, parts)
            case "-":
                return self._less(*parts)
            case "^":
                return self._power(parts[0], parts[1], formula)
            case "min":
                return self._minimum(parts)
            case op:
                return self._opaque(op, parts, formula)

    def _symbol(self, name: str) -> Poly:
        if name not in self.least_values:
            raise RuleError(f"the symbol {name} is not declared; give its least value")
        return self._single(("sym", name))

    def _opaque(self, op: str, parts: list[Poly], formula: Expression) -> Poly:
        """A width, the least of several widths, or a binomial: only its parts are known."""
        if op == "minr":
            self._demand(self._less(parts[1], parts[0]), 0, formula)
            parts = parts[:1] if parts[0] is parts[1] else parts
        for part in parts:
            self._demand(part, 0, formula)
        name = "r" if op == "minr" and len(parts) == 1 else op
        return self._single((name, *parts))

    def _minimum(self, parts: list[Poly]) -> Poly:
        """Least numbers inside are merged."""
        found: set[Poly] = set()
        for part in parts:
            atom = self._only_atom(part)
            found |= set(atom[1]) if atom is not None and atom[0] == "min" else {part}
        return found.pop() if len(found) == 1 else self._single(("min", frozenset(found)))

    def _only_atom(self, part: Poly) -> Atom | None:
        """The atom where the polynomial is one, as it is."""
        if len(part.terms) != 1:
            return None
        ((monomial, coefficient),) = part.terms
        if coefficient != 1 or len(monomial) != 1:
            return None
        ((atom, exponent),) = monomial
        return atom if exponent is self._one else None

    # Arithmetic

    def add(self, first: Poly, second: Poly) -> Poly:
        """The sum."""
        self._work.spend(len(first.terms) + len(second.terms))
        total = dict(first.terms)
        for monomial, coefficient in second.terms:
            self._put(total, monomial, coefficient)
        return self._make(total.items())

    def times(self, first: Poly, second: Poly) -> Poly:
        """The product."""
        total: dict[Monomial, Fraction] = {}
        for one, c in first.terms:
            for other, d in second.terms:
                self._work.spend(1 + len(one) + len(other))
                _refuse_long(_bits(c) + _bits(d))
                self._put(total, self._joined(one, other), c * d)
        return self._make(total.items())

    def _put(self, total: dict[Monomial, Fraction], monomial: Monomial, c: Fraction) -> None:
        value = total.get(monomial, Fraction(0)) + c
        _refuse_long(_bits(value))
        if value:
            total[monomial] = value
        else:
            total.pop(monomial, None)
        if len(total) > _MAX_TERMS:
            raise RuleError(f"multiplied out, a formula has more than {_MAX_TERMS:,} terms")

    def _joined(self, one: Monomial, other: Monomial) -> Monomial:
        """x^a · x^b = x^(a+b); it holds at x = 0 too, for exponents that are not negative."""
        if not one or not other:
            return one or other
        found = dict(one)
        for atom, exponent in other:
            total = self.add(found[atom], exponent) if atom in found else exponent
            if total.terms:
                found[atom] = total
            else:
                del found[atom]
        return frozenset(found.items())

    def _power(self, base: Poly, exponent: Poly, formula: Expression) -> Poly:
        self._demand(exponent, 0, formula)
        constant = exponent.constant()
        if constant is not None:
            return self._repeated(base, int(constant))
        if (self.least(base) or 0) < 1:
            raise RuleError(
                f"the base of {short(formula)} may be zero; give its symbols a least value of 1"
            )
        if len(base.terms) > 1:
            # (q + 1)^(m + 2) = (q + 1)^m · (q² + 2q + 1)
            shift = max(exponent.constant_part(), 0)
            moving = self.add(exponent, self._number(-shift))
            return self.times(self._single(("base", base), moving), self._repeated(base, shift))
        ((monomial, coefficient),) = base.terms
        found = self._number_power(coefficient, exponent)
        for atom, inner in monomial:
            found = self.times(found, self._atom_power(atom, self.times(inner, exponent)))
        return found

    def _repeated(self, base: Poly, count: int) -> Poly:
        """A power with a number as its exponent, by squaring."""
        found = self._one
        while count:
            found = self.times(found, base) if count & 1 else found
            count >>= 1
            base = self.times(base, base) if count else base
        return found

    def _number_power(self, base: Fraction, exponent: Poly) -> Poly:
        """A positive number below a symbolic exponent: a product of primes below it."""
        found = self._one
        for value, sign in ((base.numerator, 1), (base.denominator, -1)):
            for prime, count in _factors(value):
                times = self.times(exponent, self._number(sign * count))
                found = self.times(found, self._atom_power(("prime", prime), times))
        return found

    def _atom_power(self, atom: Atom, exponent: Poly) -> Poly:
        """2^(m + 1) is 2 · 2^m, since coefficients are numbers; other atoms keep their exponent."""
        shift = exponent.constant_part() if atom[0] == "prime" else 0
        if not shift:
            return self._single(atom, exponent)
        _refuse_long(abs(shift) * atom[1].bit_length())
        value = self._number(Fraction(atom[1]) ** shift)
        moving = self.add(exponent, self._number(-shift))
        return self.times(value, self._single(atom, moving))

    # Sums

    def _sum(self, name: str, low: Expression, high: Expression, body: Expression) -> Poly:
        """Σ over the named symbol; the last few terms beyond a symbol are written out.

        A sum to u + c is the one to u and c further terms, which holds where u is at least the
        first index less one. What does not contain the bound symbol is taken out of the sum.
        """
        if name in self.least_values:
            raise RuleError(f"the bound symbol {name} is also a free one; rename it")
        begin, last = self._poly(low, {}).constant(), self._poly(high, {})
        if begin is None or begin.denominator != 1:
            raise RuleError("a sum must begin at a number")
        first = int(begin)
        self._demand(self.add(last, self._number(1 - first)), 0, high)
        end = last.constant()
        if end is not None:
            if end - first > _MAX_SPLIT:
                raise RuleError(f"a sum of more than {_MAX_SPLIT} written-out terms is not handled")
            # One reading with the symbol itself, so that an empty sum is defined too.
            self._inside(name, first, last, body)
            terms = (self._poly(body, {name: self._number(i)}) for i in range(first, int(end) + 1))
            return reduce(self.add, terms, self._number(0))
        shift = last.constant_part()
        moving = self.add(last, self._number(-shift))
        if not 0 <= shift <= _MAX_SPLIT or (self.least(moving) or 0) < first - 1:
            raise RuleError(
                f"the last index {short(high)} may lie before the first one, {first}, less one"
            )
        total = self._tail(self._inside(name, first, last, body), first, moving)
        for i in range(1, shift + 1):
            ahead = self._poly(body, {name: self.add(moving, self._number(i))})
            total = self.add(total, ahead)
        return total

    def _inside(self, name: str, first: int, last: Poly, body: Expression) -> Poly:
        """The summand, with the bound symbol as an atom of its own."""
        self._bound = first, last
        try:
            return self._poly(body, {name: self._single(("bound",))})
        finally:
            self._bound = None

    def _tail(self, body: Poly, first: int, last: Poly) -> Poly:
        total = self._number(0)
        for monomial, coefficient in body.terms:
            outside: dict[Atom, Poly] = {}
            inside: dict[Atom, Poly] = {}
            for atom, exponent in monomial:
                if self._moves_atom(atom):
                    inside[atom] = exponent
                    continue
                moving = self._make(t for t in exponent.terms if self._moves_monomial(t[0]))
                rest = self._make(exponent.terms - moving.terms)
                if moving.terms:
                    inside[atom] = moving
                if rest.terms:
                    outside[atom] = rest
            summed = self._single(("sum", frozenset(inside.items()), first, last))
            before = self._make([(frozenset(outside.items()), coefficient)])
            total = self.add(total, self.times(before, summed))
        return total

    def _moves(self, part: Poly) -> bool:
        """Whether the symbol of the sum that is read stands in it."""
        if part not in self._moving:
            self._moving[part] = any(self._moves_monomial(monomial) for monomial, _ in part.terms)
        return self._moving[part]

    def _moves_monomial(self, monomial: Monomial) -> bool:
        return any(self._moves_atom(atom) or self._moves(e) for atom, e in monomial)

    def _moves_atom(self, atom: Atom) -> bool:
        if atom[0] == "min":
            return any(map(self._moves, atom[1]))
        return atom[0] == "bound" or any(isinstance(p, Poly) and self._moves(p) for p in atom)

    # Least values

    def _demand(self, part: Poly, bound: int, formula: Expression) -> None:
        found = self.least(part)
        if found is None or found < bound:
            raise RuleError(
                f"{short(formula)} is not defined for all values of its symbols, as far as can be "
                "seen: indices, exponents and binomials must not be negative, nor ranges empty"
            )

    def least(self, part: Poly) -> int | None:
        """A number that is never above the value, at most 2^64; None where none is found.

        All terms but the number must be positive multiples of what is not negative; a negative
        multiple of a sum's own symbol counts as that of its last index.
        """
        key = part, self._bound
        if key not in self._least_of:
            self._least_of[key] = self._least(part)
        return self._least_of[key]

    def _least(self, part: Poly) -> int | None:
        if self._bound is not None:
            symbol = self._single(("bound",))
            ((monomial, _),) = symbol.terms
            negative = min(dict(part.terms).get(monomial, Fraction(0)), Fraction(0))
            moved = self._less(self._bound[1], symbol)  # is never negative
            part = self.add(part, self.times(moved, self._number(negative)))
        total = Fraction(0)
        for monomial, coefficient in part.terms:
            if not monomial:
                total += coefficient
                continue
            if coefficient < 0:
                return None
            value = 1
            for atom, exponent in monomial:
                below = self._least_power(atom, exponent)
                if below is None:
                    return None
                value = min(value * below, _ENOUGH)
            total += coefficient * value
        return min(-(-total.numerator // total.denominator), _ENOUGH)

    def _least_power(self, atom: Atom, exponent: Poly) -> int | None:
        """Of a power; 0 where it is only known not to be negative."""
        base, count = self._least_atom(atom), self.least(exponent)
        if base is None or base < 1 or count is None or count < 0:
            return None if base is None else 0
        return _ENOUGH if base > 1 and (base.bit_length() - 1) * count >= 64 else base**count

    def _least_atom(self, atom: Atom) -> int | None:
        name = atom[0]
        if name == "sym":
            return self.least_values[atom[1]]
        if name == "prime":
            return int(atom[1])
        if name in ("r", "minr"):
            return 1
        if name == "bound" and self._bound is not None:
            return self._bound[0] if self._bound[0] >= 0 else None
        if name == "base":
            return self.least(atom[1])
        if name == "min":
            found = [self.least(part) for part in atom[1]]
            return None if any(x is None or x < 0 for x in found) else min(x or 0 for x in found)
        if name == "binom":
            above = self.least(self._less(atom[1], atom[2]))
            return 1 if above is not None and above >= 0 else 0
        return None  # of a sum nothing is known


def _refuse_long(bits: int) -> None:
    if bits > _MAX_BITS:
        raise RuleError(f"a number in a formula has more than {_MAX_BITS:,} bits")


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _factors(value: int) -> list[tuple[int, int]]:
    """A positive number as (prime, count), a last factor without small primes being left whole."""
    found: list[tuple[int, int]] = []
    for prime in range(2, _TRIAL_LIMIT):
        if value == 1:
            break
        count = 0
        while value % prime == 0:
            value //= prime
            count += 1
        if count:
            found.append((prime, count))
    return [*found, (value, 1)] if value > 1 else found
