"""Arguments of the rules: of exactly the annotated types, and nobody else's to change.

A rule computes with what it is given and then states it. A subclass could compute one thing and
print another, and a dictionary could change in between. So `taken` takes each argument apart
along its annotation before the rule runs: every part must have that very type (True is not 1), and
mappings and lists are copied. What the rule gets, and what its theorem holds, is data of Python's
own types and of this package's frozen classes, down to the last number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from inspect import BoundArguments, signature
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Annotated,
    Any,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from circuitalg.circuit.node import is_exact
from circuitalg.errors import RuleError
from circuitalg.integers import Integer
from circuitalg.options import kind_of

Seen: TypeAlias = dict[int, tuple[Any, Any]]
"""By id: a dataclass, held so that its id stays its own, and what it was taken as."""

_MAX_DEPTH = 90
_PLAIN: tuple[Any, ...] = (int, str, bytes, NoneType)


Bound: TypeAlias = Annotated[int, "bound"]
"""A natural number of any length; certificates write it by its factors (docs/certificates.md)."""

Runs: TypeAlias = Annotated[tuple[int, ...], "runs"]
"""A list of numbers that certificates write as runs of equal ones: [[number, count], …]."""


def taken(function: Callable[..., Any], args: Any, kwargs: Any) -> BoundArguments:
    """A call's arguments, taken apart along the function's annotations.

    Raises
    ------
    RuleError
        When a part of an argument does not have the annotated type; one sentence.
    """
    hints, title = _hints(function), function.__qualname__
    bound = signature(function).bind(*args, **kwargs)
    seen: Seen = {}
    for name, value in bound.arguments.items():
        if name in hints:  # self has none
            bound.arguments[name] = _taken(value, hints[name], f"{title}: {name}", seen, 0)
    return bound


@cache
def _hints(owner: Any) -> dict[str, Any]:
    """Annotations of a function or dataclass; in ``Annotated[static, exact]`` the second counts."""
    told = get_type_hints(owner, include_extras=True)
    exact = {n: get_args(hint)[1] for n, hint in told.items() if get_origin(hint) is Annotated}
    named = {n: hint for n, hint in exact.items() if not isinstance(hint, str)}
    return get_type_hints(owner) | named


def _taken(value: Any, hint: Any, where: str, seen: Seen, depth: int) -> Any:
    """The value in Python's own types and this package's."""
    if depth > _MAX_DEPTH:
        raise RuleError(f"{where} is nested more than {_MAX_DEPTH} times; write it flatter")
    if hint is Any:
        return value
    if hint in _PLAIN or hint is Fraction:
        return _atom(value, hint, where)
    if _is_union(hint):
        return _one_of(value, hint, where, seen, depth)
    origin = get_origin(hint)
    if origin is tuple:
        return _tuple(value, get_args(hint), where, seen, depth)
    if origin is Mapping:
        return _mapping(value, hint, where, seen, depth)
    kind = origin or hint
    if type(value) is not kind:
        raise _wrong(value, hint, where)
    if not is_dataclass(kind) or not vars(kind)["__dataclass_params__"].init:
        return value  # a constructor of its own, as that of circuits and SimNets, made its parts
    return _fields(value, where, seen, depth)


def _atom(value: Any, hint: Any, where: str) -> Any:
    if hint is int and type(value) is Integer:  # an int that prints, and has no subclasses
        return int(value)
    if type(value) is not hint:
        raise _wrong(value, hint, where)
    if hint is Fraction and not is_exact(value):
        raise RuleError(f"{where} is a Fraction of numbers other than Python's int")
    return value


def _one_of(value: Any, hint: Any, where: str, seen: Seen, depth: int) -> Any:
    """Try the members whose outermost type is the value's."""
    own = {list: tuple, Integer: int}.get(type(value), type(value))
    found = [kind for kind in get_args(hint) if (get_origin(kind) or kind) is own]
    for kind in found[:-1]:
        try:
            return _taken(value, kind, where, seen, depth)
        except RuleError:
            continue
    if not found:
        raise _wrong(value, hint, where)
    return _taken(value, found[-1], where, seen, depth)


def _tuple(value: Any, kinds: Any, where: str, seen: Seen, depth: int) -> Any:
    if type(value) is list:
        value = tuple(value)
    if type(value) is not tuple:
        raise _wrong(value, tuple, where)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        if set(map(type, value)) <= _plain_members(kinds[0]):  # a million numbers, most often
            return value
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise RuleError(f"{where} must have {len(kinds)} parts, not {len(value)}")
    pairs = zip(value, kinds, strict=True)
    found = tuple([_taken(part, kind, where, seen, depth + 1) for part, kind in pairs])
    same = all(map(operator.is_, found, value))
    return value if same else found


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (UnionType, Union)


def _plain_members(hint: Any) -> set[Any]:
    members = get_args(hint) if _is_union(hint) else (hint,)
    return {kind for kind in members if kind in _PLAIN}


def _mapping(value: Any, hint: Any, where: str, seen: Seen, depth: int) -> Any:
    """A copy in order of the names, made before it is read; a proxy shows what may still change."""
    if type(value) not in (dict, MappingProxyType):
        raise _wrong(value, hint, where)
    copied = dict(value)
    key, kind = get_args(hint)
    pairs = {
        _taken(name, key, where, seen, depth + 1): _taken(part, kind, where, seen, depth + 1)
        for name, part in copied.items()
    }
    return MappingProxyType(dict(sorted(pairs.items())))


def _fields(value: Any, where: str, seen: Seen, depth: int) -> Any:
    """A frozen dataclass, rebuilt where a field had to be copied."""
    if id(value) in seen:  # one part may stand in a term a thousand times
        return seen[id(value)][1]
    kind: Any = type(value)
    hints, changed = _hints(kind), {}
    for field in fields(value):
        part = getattr(value, field.name)
        at = f"{where}.{field.name}"
        taken = _taken(part, hints[field.name], at, seen, depth + 1)
        if taken is not part:
            changed[field.name] = taken
    found = replace(value, **changed) if changed else value
    seen[id(value)] = (value, found)
    return found


def _wrong(value: Any, hint: Any, where: str) -> RuleError:
    return RuleError(
        f"{where} is {kind_of(value)}; the kernel takes {_shown(hint)} alone, not a subclass"
    )


def _shown(hint: Any) -> str:
    if _is_union(hint):
        return " or ".join(map(_shown, get_args(hint)))
    origin = get_origin(hint)
    named = {NoneType: "None", tuple: "tuple or list", Mapping: "dict"}
    kind = origin or hint
    return named.get(kind, getattr(kind, "__name__", str(kind)))
