"""Python code that makes an object again: what ``repr`` of this package's objects is.

Code is put together on one line; `laid_out` breaks it over several, as formatters do. A class whose
code is not a call with its fields has a method ``_code_``.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from math import isfinite
from typing import Any, Final

from circuitalg.integers import digits

MAX_CHARACTERS: Final = 10_000
"""Of code in a ``repr``; what is longer is named in one line."""

WIDTH: Final = 88
_SMALL = 4
"""Characters of brackets that are not broken: [-1], ()."""

_ROOMS = {
    "circuitalg.expressions": "ca.expressions.",
    "circuitalg.kernel.forall.families": "ca.forall.",
    "circuitalg.kernel.functions.gram": "ca.kernel.functions.gram.",
    "circuitalg.kernel.forall.claims": "ca.forall.",
    "circuitalg.logspace.simnet": "ca.logspace.simnet.",
    "circuitalg.representation": "ca.representation.",
    "circuitalg.tensor.hierarchical": "ca.tensor.hierarchical.",
}
"""How people reach the classes of a module that are not in ``ca.`` itself."""


class TooLong(Exception):
    """Code of more characters than it may have."""


def code(value: object) -> str:
    """Python code that makes a value again, in full, over several lines where it is long.

    ``repr`` of a circuit, a mode tree, a bipartition, a statement and so on is the same, as long as
    it has no more than 10,000 characters. Values of dictionaries, lists and arrays are written with
    their parts, arrays as nested lists; what has no code, such as a `Theorem`, as its ``repr``.

    Parameters
    ----------
    value
        An object of this package, numbers, texts, or containers of these.

    Returns
    -------
    str
        An expression, in which ``ca`` is circuitalg and ``Fraction`` that of `fractions`.

    Examples
    --------
    >>> import circuitalg as ca
    >>> print(code(ca.ht_model(4, 2, [2, 3], shared=True)))
    ca.ht_model(locations=4, dim=2, widths=[2, 3], shared=True)
    >>> b = ca.CircuitBuilder(locations=2, dim=2)
    >>> print(code(b.build(b.sum(b.input(0), b.input(1), width=1))))
    (b := ca.CircuitBuilder(locations=2, dim=2)).build(
        b.sum(b.input(0), b.input(1), width=1)
    )
    """
    return laid_out(line(value, None))


def fields_repr(value: Any) -> str:
    """``__repr__`` of this package's objects: their code, or one line where that is too long."""
    try:
        return laid_out(line(value, MAX_CHARACTERS))
    except TooLong:
        kind: Any = type(value)
        said = "" if kind.__str__ is object.__str__ else str(value)
        told = said[:-1] if said.startswith("<") else f"<{kind.__name__}: {said}"
        return f"{told.removesuffix(': ')}; ca.code(...) writes it in full>"


def pretty(value: Any, printer: Any, _cycle: bool) -> None:
    """``_repr_pretty_``: Hypothesis has a form of its own for dataclasses without it."""
    for number, row in enumerate(repr(value).splitlines()):
        if number:
            printer.break_()
        printer.text(row)


AS_CODE: Final = (fields_repr, pretty)
"""``__repr__`` and ``_repr_pretty_`` of a class."""


def line(value: Any, most: int | None) -> str:
    """Code on one line.

    Raises
    ------
    TooLong
        When it has more than ``most`` characters; much longer code is not put together at all.
    """
    text = _line(value, most)
    if most is not None and len(text) > most:
        raise TooLong
    return text


def call(function: str, most: int | None, *args: object, **named: object) -> str:
    """Code of a call; arguments that are code already are `Written`."""
    parts = [line(arg, most) for arg in args]
    parts += [f"{name}={line(arg, most)}" for name, arg in named.items()]
    return f"{function}({', '.join(parts)})"


@dataclass(frozen=True, slots=True)
class Written:
    """Code, as it stands."""

    text: str


def _line(value: Any, most: int | None) -> str:
    kind = type(value)
    if kind is Written:
        text: str = value.text
    elif hasattr(kind, "_code_"):
        text = value._code_(most)
    elif isinstance(value, str):
        text = text_code(value)
    elif isinstance(value, Mapping):
        pairs = [f"{line(name, most)}: {line(part, most)}" for name, part in value.items()]
        text = f"{{{', '.join(pairs)}}}"
    elif kind is tuple or kind is list:
        text = ", ".join([line(part, most) for part in value])
        text = f"[{text}]" if kind is list else f"({text}{',' * (len(value) == 1)})"
    elif hasattr(value, "tolist"):  # an array, or a number in one
        text = line(value.tolist(), most)
    elif is_dataclass(kind) and kind.__repr__ is fields_repr:
        text = fields_code(value, most)
    else:
        text = _number(value)
    return text


def _number(value: Any) -> str:
    if isinstance(value, Fraction):
        return f"Fraction({digits(value.numerator)}, {digits(value.denominator)})"
    if isinstance(value, float) and not isfinite(value):
        return f'float("{value}")'
    return digits(value) if isinstance(value, int) and value is not bool(value) else repr(value)


def fields_code(value: Any, most: int | None) -> str:
    """The call of a dataclass with its fields, but those that have their default."""
    kind, given = type(value), {}
    for field in fields(kind):
        part = getattr(value, field.name)
        if field.init and not (type(part) is type(field.default) and part == field.default):
            given[field.name] = part
    return call(public_name(kind), most, **given)


def public_name(kind: type) -> str:
    """How people reach a class: ``ca.Circuit``; its own name where they do not."""
    import circuitalg

    if kind.__qualname__ in vars(circuitalg)["__all__"]:
        return f"ca.{kind.__qualname__}"
    return _ROOMS.get(kind.__module__, "") + kind.__qualname__


def text_code(text: str) -> str:
    """A string in double quotes, unless it holds some."""
    said = repr(str(text))
    return f'"{said[1:-1]}"' if said[0] == "'" and '"' not in said else said


# Lines

_NUMBER = re.compile(r"-?[0-9]+")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[()\[\]{},]|[^"\'()\[\]{},]+')


@dataclass(slots=True)
class _Group:
    """What stands in a pair of brackets: its items, each of texts and further groups."""

    opening: str
    items: list[list[str | _Group]]
    size: int = 2

    @property
    def closing(self) -> str:
        return {"(": ")", "[": "]", "{": "}"}[self.opening]


def laid_out(text: str) -> str:
    """Code of one line as lines of up to 88 characters, where brackets can be broken."""
    parts = _TOKEN.findall(text) if len(text) > WIDTH else []
    if "".join(parts) != text or text.startswith("<"):  # short, or no code
        return text
    return "\n".join(_broken(_parsed(parts), 0, 0))


def _parsed(parts: list[str]) -> list[str | _Group]:
    stack = [_Group("", [[]])]
    for part in parts:
        if part in ("(", "[", "{"):
            stack.append(_Group(part, [[]]))
        elif part in (")", "]", "}"):
            group = stack.pop()
            stack[-1].items[-1].append(group)
            stack[-1].size += group.size
        elif part == ",":
            stack[-1].items.append([])
            stack[-1].size += 2
        else:
            word = part if stack[-1].items[-1] else part.lstrip()
            if word:
                stack[-1].items[-1].append(word)
                stack[-1].size += len(word)
    return stack[0].items[0]


def _flat(item: list[str | _Group]) -> str:
    parts = []
    for part in item:
        if isinstance(part, str):
            parts.append(part)
        else:
            inside = ", ".join(map(_flat, part.items))
            parts.append(f"{part.opening}{inside.rstrip(' ')}{part.closing}")
    return "".join(parts)


def _length(item: list[str | _Group]) -> int:
    return sum(len(part) if isinstance(part, str) else part.size for part in item)


def _to_break(item: list[str | _Group], room: int) -> tuple[int, _Group]:
    """The brackets to break, with their place: the last ones that begin on the line, if any."""
    found = [(at, part) for at, part in enumerate(item) if isinstance(part, _Group)]
    fitting = [(at, g) for at, g in found if g.size > _SMALL and _length(item[:at]) < room]
    return fitting[-1] if fitting else max(found, key=lambda pair: pair[1].size)


def _broken(item: list[str | _Group], indent: int, after: int) -> Iterator[str]:
    """Lines of an item; ``after`` characters follow its last one."""
    margin = " " * indent
    if indent + _length(item) + after <= WIDTH or all(isinstance(part, str) for part in item):
        yield margin + _flat(item)
        return
    at, chosen = _to_break(item, WIDTH - indent)
    before, behind = _flat(item[:at]), _flat(item[at + 1 :])
    yield f"{margin}{before}{chosen.opening}"
    items = [each for each in chosen.items if each]
    numbers = [each[0] for each in items if len(each) == 1 and isinstance(each[0], str)]
    if len(numbers) == len(items) > 1 and all(_NUMBER.fullmatch(each) for each in numbers):
        listed = f"{', '.join(numbers)},"
        fill = textwrap.wrap(listed, max(1, WIDTH - indent - 4), break_long_words=False)
        yield from (f"{margin}    {row}" for row in fill)
    elif indent + 4 + chosen.size - 2 <= WIDTH and len(items) == len(chosen.items):
        yield f"{margin}    {', '.join(map(_flat, items))}"
    else:
        comma = len(chosen.items) > 1
        for each in items:
            *lines, last = _broken(each, indent + 4, comma)
            yield from lines
            yield last + "," * comma
    yield f"{margin}{chosen.closing}{behind}"
