"""Formulas of natural numbers and symbols: where they are defined, and which are equal."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from ..expressions import Tree, text_of
from ..read import Refusal, brief, cut
from .normal_form import Forms, Polynomial, scaled

NAME = re.compile("[A-Za-z][A-Za-z0-9]*")


def names_in(tree: Tree) -> set[str]:
    """All symbols' names in a formula, bound ones too."""
    if type(tree) is not tuple:
        return set()
    own = {tree[1]} if tree[0] in ("sym", "sum") else set()
    return own.union(*map(names_in, tree[1:]))


class Formulas(Forms):
    """Formulas whose symbols have the given least values."""

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
