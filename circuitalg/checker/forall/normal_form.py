"""Formulas of natural numbers and symbols: where they are defined, and which are equal.

A normal form is a polynomial: a dictionary from monomials to rational numbers, a monomial being a
set of pairs (atom, exponent), an exponent a polynomial that is frozen, and an atom a prime, a
symbol, a width, a minimum, binomial, sum, or a sum of terms that has a symbolic exponent. Equal
forms are equal numbers; others are refused.

Atoms, monomials and frozen polynomials hold one another many times over, so each is kept once:
equal ones are one object, and comparing or looking up never descends into them.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..expressions import Tree, text_of
from ..meter import Meter, most_bits
from ..read import Refusal, brief, cut

NAME = re.compile("[A-Za-z][A-Za-z0-9]*")


class Part:
    """An atom, monomial or frozen polynomial, made by `Formulas.part` alone.

    `moving` says whether the bound symbol of a sum stands anywhere in it.
    """

    __slots__ = ("moving", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.moving: bool = value == ("bound",) or any(
            part.moving
            for member in value
            for part in (member if type(member) is tuple else (member,))
            if type(part) is Part
        )


Polynomial = dict[Part, Fraction]

MAX_STEPS = 100_000  # parts, with finite sums written out
MAX_TERMS = 2000
MAX_BITS = 65_536
TOO_LONG = f"a formula has a number of more than {MAX_BITS} bits."
TOO_WIDE = f"a formula has more than {MAX_TERMS} terms."
PRIME_ATOMS = 1000
ONE = Part(frozenset())  # the monomial of a number


def scaled(form: Polynomial, factor: Fraction) -> Polynomial:
    """Multiply by a number."""
    return {monomial: c * factor for monomial, c in form.items()}


def lone(form: Polynomial) -> Part | None:
    """Return the atom that a form is, if it is one."""
    if len(form) != 1:
        return None
    ((monomial, c),) = form.items()
    if c != 1 or len(monomial.value) != 1:
        return None
    ((atom, exponent),) = monomial.value
    found: Part = atom
    return found if dict(exponent.value) == {ONE: 1} else None


def small_natural(form: Polynomial) -> int | None:
    """Return the number from 0 to 64 that a form is, if it is one."""
    number = form.get(ONE, Fraction(0))
    if set(form) <= {ONE} and number.denominator == 1 and 0 <= number <= 64:
        return int(number)
    return None


def prime_powers(number: Fraction) -> list[tuple[int, int]]:
    """Write a small positive number as a product of primes with exponents."""
    if number.denominator != 1 or not 0 < number <= PRIME_ATOMS:
        raise Refusal("a number under a symbolic exponent must be a natural one of at most 1000.")
    rest, found = int(number), []
    for prime in range(2, rest + 1):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        if count:
            found.append((prime, count))
    return found


def names_in(tree: Tree) -> set[str]:
    """All symbols' names in a formula, bound ones too."""
    if type(tree) is not tuple:
        return set()
    own = {tree[1]} if tree[0] in ("sym", "sum") else set()
    return own.union(*map(names_in, tree[1:]))


class Formulas:
    """Normal forms of formulas whose symbols have the given least values."""

    def __init__(self, least: Mapping[str, int], meter: Meter) -> None:
        self.least = least
        self.meter = meter
        self.steps = 0
        self.parts: dict[object, Part] = {ONE.value: ONE}
        self.signs: dict[Part, bool] = {}  # whether an atom is positive
        self.bounds: dict[tuple[Part, Part], int] = {}  # of an atom's power, from below

    def part(self, value: tuple[Any, ...] | frozenset[Any]) -> Part:
        """Return the one part with these members, which are parts and numbers."""
        self.meter.spend(1000 * (1 + len(value)))
        found = self.parts.get(value)
        if found is None:
            found = self.parts[value] = Part(value)
        return found

    def frozen(self, form: Polynomial) -> Part:
        """Return a form that can be a member of another."""
        return self.part(frozenset(form.items()))

    def raised(self, atom: Part, exponent: Polynomial) -> Part:
        """Return the monomial of one atom with an exponent."""
        return self.part(frozenset({(atom, self.frozen(exponent))}))

    def single(self, *atom: Any) -> Polynomial:
        """Return the form of an atom alone."""
        return {self.raised(self.part(atom), {ONE: Fraction(1)}): Fraction(1)}

    def step(self) -> None:
        """Count a part of a formula: sums repeat their bodies."""
        self.steps += 1
        self.meter.spend(5000)
        if self.steps > MAX_STEPS:
            raise Refusal(f"a formula has more than {MAX_STEPS} parts, its sums written out.")

    def short(self, bits: int) -> None:
        """Refuse to make a long coefficient."""
        self.meter.spend(5 * (bits / 30) ** 2)
        if bits > MAX_BITS:
            raise Refusal(TOO_LONG)

    def at(self, tree: Tree, name: str, value: Tree) -> Tree:
        """Put a formula in a symbol's place; that is counted, as sums in sums repeat it."""
        self.step()
        if type(tree) is not tuple:
            return tree
        op, *parts = tree
        if op == "sym":
            return value if parts[0] == name else tree
        if op != "sum":
            return (op, *(self.at(part, name, value) for part in parts))
        ends = [self.at(part, name, value) for part in parts[1:3]]
        return (
            op,
            parts[0],
            *ends,
            parts[3] if parts[0] == name else self.at(parts[3], name, value),
        )

    def normal(self, tree: Tree, bound: str = "") -> Polynomial:
        """Return the normal form; ``bound`` is the symbol of the sum around it."""
        self.step()
        if type(tree) is int:
            return {ONE: Fraction(tree)} if tree else {}
        op, *parts = tree
        if op == "sym":
            return self.single("bound") if parts[0] == bound else self.single("sym", parts[0])
        if op == "sum":
            if bound:
                raise Refusal("a sum inside a sum is not handled.")
            return self.sum_form(*parts)
        forms = [self.normal(part, bound) for part in parts]
        if op == "minr" and forms[0] == forms[1]:
            return self.single("r", self.frozen(forms[0]))
        if op in ("r", "minr", "binom"):
            return self.single(op, *map(self.frozen, forms))
        if op == "-":
            op, forms = "+", [forms[0], scaled(forms[1], Fraction(-1))]
        if op == "*":
            return functools.reduce(self.multiplied, forms)
        if op == "^":
            return self.power(*forms)
        return self.added(forms) if op == "+" else self.minimum(forms)

    def minimum(self, forms: list[Polynomial]) -> Polynomial:
        """Flatten and sort the members of a minimum."""
        members: set[Part] = set()
        for form in forms:
            atom = lone(form)
            found = atom.value[1].value if atom and atom.value[0] == "min" else {self.frozen(form)}
            members |= found
        if len(members) == 1:
            return dict(members.pop().value)
        return self.single("min", self.part(frozenset(members)))

    def added(self, forms: list[Polynomial]) -> Polynomial:
        """Add, and drop what is zero."""
        found: Polynomial = {}
        for form in forms:
            self.meter.spend(1000 * (1 + len(form)))
            for monomial, c in form.items():
                if monomial in found:
                    self.meter.spend(5 * (most_bits([(found[monomial], c)]) / 30) ** 2)
                    c += found[monomial]
                    self.short(most_bits([(c,)]))
                found[monomial] = c
            if len(found) > MAX_TERMS:
                raise Refusal(TOO_WIDE)
        return {monomial: c for monomial, c in found.items() if c}

    def multiplied(self, first: Polynomial, second: Polynomial) -> Polynomial:
        """Multiply term by term."""
        if len(first) * len(second) > MAX_TERMS:
            raise Refusal(TOO_WIDE)
        self.meter.spend(10_000 * (1 + len(first) * len(second)))
        self.short(most_bits([first.values()]) + most_bits([second.values()]))
        found = []
        for one, c in first.items():
            for other, d in second.items():
                monomial, factor = self.joined(one, other)
                self.short(most_bits([(c, d)]) + most_bits([(factor,)]))
                found.append({monomial: c * d * factor})
        return self.added(found)

    def joined(self, first: Part, second: Part) -> tuple[Part, Fraction]:
        """Add exponents atom by atom; a prime's number goes into the coefficient."""
        exponents: dict[Part, Part] = dict(first.value)
        for atom, exponent in second.value:
            if atom in exponents:
                both = [dict(exponents[atom].value), dict(exponent.value)]
                exponents[atom] = self.frozen(self.added(both))
            else:
                exponents[atom] = exponent
        factor = Fraction(1)
        for atom, exponent in exponents.items():
            if atom.value[0] == "prime":
                terms = dict(exponent.value)
                shift = terms.pop(ONE, Fraction(0))
                if shift.denominator != 1 or abs(shift) > 10_000:
                    raise Refusal("a number's exponent in a formula is out of range.")
                prime = atom.value[1]
                self.short(int(abs(shift)) * prime.bit_length() + most_bits([(factor,)]))
                factor *= Fraction(prime) ** int(shift)
                exponents[atom] = self.frozen(terms)
        return self.part(frozenset((a, e) for a, e in exponents.items() if e.value)), factor

    def power(self, base: Polynomial, exponent: Polynomial) -> Polynomial:
        """Expand small natural powers; others multiply the exponents of a positive monomial."""
        number = small_natural(exponent)
        if number is not None:
            return functools.reduce(self.multiplied, [base] * number, {ONE: Fraction(1)})
        if not self.positive(base):
            raise Refusal("the base of a power with a symbol in its exponent may be zero.")
        if len(base) > 1:
            return {self.raised(self.part(("base", self.frozen(base))), exponent): Fraction(1)}
        ((monomial, coefficient),) = base.items()
        raised, factor = ONE, Fraction(1)
        powers = [(atom, dict(inner.value)) for atom, inner in monomial.value]
        for prime, count in prime_powers(coefficient):
            powers.append((self.part(("prime", prime)), {ONE: Fraction(count)}))
        for atom, inner in powers:
            grown = self.raised(atom, self.multiplied(inner, exponent))
            raised, more = self.joined(raised, grown)
            self.short(most_bits([(factor,)]) + most_bits([(more,)]))
            factor *= more
        return {raised: factor}

    def positive(self, form: Polynomial) -> bool:
        """Whether a form is certainly positive: all its terms and atoms are."""
        self.meter.spend(1000 * sum(1 + len(monomial.value) for monomial in form))
        if not form or any(c < 0 for c in form.values()):
            return False
        return all(self.positive_atom(atom) for monomial in form for atom, _ in monomial.value)

    def positive_atom(self, atom: Part) -> bool:
        """Widths are at least 1; C(n, k) is positive where n - k is a number of naturals."""
        if atom in self.signs:
            return self.signs[atom]
        kind, *rest = atom.value
        found = kind in ("r", "minr", "prime")
        if kind == "sym":
            found = self.least[rest[0]] >= 1
        elif kind == "min":
            found = all(self.positive(dict(member.value)) for member in rest[0].value)
        elif kind == "binom":
            less = scaled(dict(rest[1].value), Fraction(-1))
            found = self.smallest(self.added([dict(rest[0].value), less])) >= 0
        elif kind == "base":
            found = self.positive(dict(rest[0].value))
        self.signs[atom] = found
        return found

    def smallest(self, form: Polynomial) -> Fraction:
        """Bound a form from below: a number and terms with positive coefficients."""
        self.meter.spend(1000 * sum(1 + len(monomial.value) for monomial in form))
        total = Fraction(0)
        for monomial, c in form.items():
            if c < 0 and monomial is not ONE:
                raise Refusal("a formula that must have a least value has a negative term.")
            least = 1
            for atom, exponent in monomial.value:
                if (atom, exponent) not in self.bounds:
                    found = self.smallest_power(self.smallest_atom(atom), dict(exponent.value))
                    self.bounds[atom, exponent] = found
                least *= self.bounds[atom, exponent]
                self.short(least.bit_length())
            total += c * least
            self.short(most_bits([(total,)]))
        return total

    def smallest_atom(self, atom: Part) -> int:
        """Bound an atom from below; refuse where it may be negative."""
        kind, *rest = atom.value
        base = {"prime": rest[0] if rest else 0, "r": 1, "minr": 1, "binom": 0}.get(kind, -1)
        if kind == "sym":
            base = self.least[rest[0]]
        elif kind == "min":
            members = rest[0].value
            base = min(math.floor(self.smallest(dict(member.value))) for member in members)
        elif kind == "base":
            base = math.floor(self.smallest(dict(rest[0].value)))
        if base < 0:
            raise Refusal("a formula that must have a least value may be negative.")
        return int(base)

    def smallest_power(self, base: int, exponent: Polynomial) -> int:
        """Bound the power of a natural number from below."""
        least = small_natural(exponent)
        if least is None:
            least = math.floor(self.smallest(exponent))
            if least < 0 or base < 1:
                return 0
        self.short(base.bit_length() * least)
        return int(base**least)

    def sum_form(self, name: str, low: Tree, high: Tree, body: Tree) -> Polynomial:
        """A sum up to u + c is one up to u and c terms; factors without the symbol go before it."""
        last = self.normal(high)
        constant = last.pop(ONE, Fraction(0))
        if constant.denominator != 1 or not -1 <= constant <= 8 or (last and constant < 0):
            raise Refusal("the last index of a sum is out of range.")
        if not last:
            forms = [self.normal(self.at(body, name, i)) for i in range(low, int(constant) + 1)]
            return self.added(forms)
        if self.smallest(last) < low - 1:
            raise Refusal("the last index of a sum may lie before the first one, less one.")
        forms = [
            self.normal(self.at(body, name, ("-", high, less))) for less in range(int(constant))
        ]
        for monomial, c in self.normal(body, name).items():
            outer, inner = self.split(monomial)
            atom = self.single("sum", low, self.frozen(last), inner)
            forms.append(self.multiplied({outer: c}, atom))
        return self.added(forms)

    def split(self, monomial: Part) -> tuple[Part, Part]:
        """Part what is free of the bound symbol from what is not; exponents term by term."""
        outer, inner = [], []
        for atom, exponent in monomial.value:
            if atom.moving:
                inner.append((atom, exponent))
                continue
            moving = {m: c for m, c in exponent.value if m.moving}
            still = {m: c for m, c in exponent.value if not m.moving}
            if moving:  # an exponent that is not natural: `power` has seen that this is positive
                inner.append((atom, self.frozen(moving)))
            if still:
                outer.append((atom, self.frozen(still)))
        return self.part(frozenset(outer)), self.part(frozenset(inner))

    # What is demanded of formulas

    def read(self, tree: Tree, last: dict[str, Tree] | None = None) -> None:
        """Refuse a formula in unknown symbols, or without a value for some values of its symbols.

        `last` has the last value of each bound symbol; the first one is its least value.
        """
        last = last or {}
        if type(tree) is not tuple:
            return
        op, *parts = tree
        if op == "sym":
            if parts[0] not in self.least:
                raise Refusal(f"a formula has an unknown symbol, {brief(parts[0])}.")
            return
        if op == "sum":
            name, low, high, body = parts
            if not NAME.fullmatch(name) or name in self.least:
                raise Refusal(f"the bound symbol {brief(name)} of a sum is not a new name.")
            self.read(high, last)
            if type(low) is not int:
                raise Refusal("a sum must begin at a number.")
            self.at_least(high, low - 1, last, "the last index of a sum")
            inner = Formulas({**self.least, name: low}, self.meter)
            inner.steps, inner.parts = self.steps, self.parts
            inner.read(body, {**last, name: high})
            self.steps = inner.steps
            return
        for part in parts:
            self.read(part, last)
        if op in ("r", "minr", "binom"):
            what = "an argument of a binomial" if op == "binom" else "the index of a width"
            for part in parts:
                self.at_least(part, 0, last, what)
        if op == "minr":
            self.at_least(("-", parts[1], parts[0]), 0, last, "the length of a range of widths")
        if op == "^":
            self.at_least(parts[1], 0, last, "an exponent")

    def at_least(self, tree: Tree, bound: int, last: dict[str, Tree], what: str) -> None:
        """Refuse a formula that may be below a bound."""
        form: Polynomial = self.normal(tree)
        for name in reversed(last):
            moving = next(iter(self.single("sym", name)))
            c = form.get(moving, Fraction(0))
            if c < 0:
                change = [self.normal(last[name]), {moving: Fraction(-1)}]
                form = self.added([form, *(scaled(part, c) for part in change)])
        if self.smallest(form) < bound:
            raise Refusal(f"{what}, {cut(text_of(tree))}, may be less than {bound}.")

    def same(self, first: Tree, second: Tree, what: str) -> None:
        """Refuse when the normal forms differ."""
        if self.normal(first) != self.normal(second):
            raise Refusal(
                f"{what}: {cut(text_of(first))} is not shown equal to {cut(text_of(second))}."
            )

    def growing(self, tree: Tree, bound: int, what: str) -> None:
        """Refuse a size not certainly at least a bound: +, * and ^ of symbols grow with them."""

        def value(part: Tree) -> int:
            if type(part) is int:
                return part
            op, *parts = part
            if op == "sym":
                return self.least[parts[0]]
            if op not in ("+", "*", "^"):
                raise Refusal(f"{what} must be written with +, * and ^.")
            numbers = list(map(value, parts))
            if op == "^":
                if numbers[0] < 1 or numbers[0].bit_length() * numbers[1] > 10_000:
                    raise Refusal(f"{what} has a power out of range.")
                return int(numbers[0] ** numbers[1])
            return sum(numbers) if op == "+" else math.prod(numbers)

        self.read(tree)
        if value(tree) < bound:
            raise Refusal(f"{what}, {text_of(tree)}, is not certainly at least {bound}.")
