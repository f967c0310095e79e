"""Expressions: formulas, matrix expressions and terms are trees that differ in their operations.

A file stores a number, or a list of an operation and its parts; what has been read is a number, or
a tuple of the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .read import Refusal, as_entry, as_matrix, as_text, brief
from .schema import File, Reader

Tree = Any  # a number, or a tuple (operation, part, ...)
MANY, ROWS = -1, -3  # two parts or more; the rows of a matrix, which are no expressions


@dataclass(frozen=True, slots=True)
class Language:
    """Which operations an expression may have, and how large it may be.

    `operations` says how many parts each has, `first` which of them begin with a name; `most`
    limits the parts of one operation, `parts` those of all.
    """

    noun: str
    operations: Mapping[str, int]
    number: Callable[[object, str], Any]
    parts: int
    depth: int
    most: int
    first: tuple[str, ...] = ()

    def read(self, *values: object) -> list[Tree]:
        """Read expressions; their parts together are limited."""
        left = self.parts

        def read(value: object, depth: int) -> Tree:
            nonlocal left
            left -= 1
            if left < 0:
                raise Refusal(f"{self.noun} has more than {self.parts} parts.")
            if depth > self.depth:
                raise Refusal(f"{self.noun} is nested more than {self.depth} times.")
            if type(value) is not list:
                return self.number(value, self.noun)
            name = value[0] if value and type(value[0]) is str else ""
            count, given = self.operations.get(name, -2), value[1:]
            if count == ROWS:
                return (name, *as_matrix(given, self.noun))
            if len(given) != count and (count != MANY or not 2 <= len(given) <= self.most):
                raise Refusal(f"{self.noun} has no operation {brief(name)} of {len(given)} parts.")
            start = [as_text(given.pop(0), self.noun)] if name in self.first else []
            return (name, *start, *(read(part, depth + 1) for part in given))

        return [read(value, 0) for value in values]


def natural(value: object, what: str) -> int:
    """Read a natural number."""
    if type(value) is not int or value < 0:
        raise Refusal(f"{what} is a natural number or a list, not {brief(value)}.")
    return int(as_entry(value, what))


def no_number(value: object, what: str) -> Tree:
    """Refuse what is not a list."""
    raise Refusal(f"{what} is a list of an operation and its parts, not {brief(value)}.")


FORMULA = Language(
    "a formula",
    {"sym": 1, "r": 1, "+": MANY, "*": MANY, "min": MANY, "-": 2, "^": 2, "minr": 2, "binom": 2}
    | {"sum": 4},
    natural,
    parts=400,
    depth=30,
    most=400,
    first=("sym", "sum"),
)
MATRICES = Language(
    "a matrix expression",
    {"parameter": 1, "matrix": ROWS, "*": MANY, "+": MANY},
    no_number,
    parts=1_000_000,
    depth=20,
    most=200,
    first=("parameter",),
)
TERM = Language(
    "a term",
    {"x": 1, "+": MANY, "*": MANY, "^": 2, "/": 2, "exp": 1, "sqrt": 1, "pi": 0, "max": 2}
    | {"step": 1},
    as_entry,
    parts=10_000,
    depth=40,
    most=10_000,
)


def expression(language: Language) -> Reader:
    """Read one expression of a language."""

    def read(value: object, _: str, __: File) -> Tree:
        return language.read(value)[0]

    return read


STRENGTHS = {"+": 1, "-": 1, "sum": 1, "*": 2, "/": 2, "^": 3}
SIGNS = {"+": " + ", "-": " - ", "*": "*", "/": "/", "^": "^"}


def text_of(tree: Tree, outside: int = 0) -> str:
    """Print an expression; `outside` says how strongly what stands around it binds."""
    if type(tree) is not tuple:
        strength = 1 if tree < 0 else 2 if type(tree) is Fraction else 9
        return f"({tree})" if strength < outside else str(tree)
    name, *parts = tree
    strength = STRENGTHS.get(name, 9)
    if name == "matrix":
        rows = (f"[{', '.join(map(str, row))}]" for row in parts)
        small = len(parts) * len(parts[0]) <= 16
        text = f"[{', '.join(rows)}]" if small else "a fixed matrix"
    elif name in ("sym", "parameter", "x"):
        text = brief(parts[0]) if name == "parameter" else f"{'x' * (name == 'x')}{parts[0]}"
    elif name == "sum":
        low, high = map(text_of, parts[1:3])
        text = f"sum[{parts[0]} = {low}..{high}] {text_of(parts[3], 2)}"
    elif name in SIGNS:
        text = SIGNS[name].join(text_of(part, strength + (name in "-/^")) for part in parts)
    else:
        inner = list(map(text_of, parts))
        if name == "minr":
            name, inner = "min", [f"r[{inner[0]}]", "...", f"r[{inner[1]}]"]
        left, right = "[]" if name == "r" else "()"
        text = f"{'C' if name == 'binom' else name}"
        text += f"{left}{', '.join(inner)}{right}" if inner else ""
    return f"({text})" if strength < outside else str(text)
