"""Alterations of certificates that know their structure: what a forger would try.

Every choice is one call of ``choose(n)``, a number below n, 0 being the simplest: Hypothesis draws
it (`circuitalg.strategies.altered_certificates`), and so can a generator of random numbers, which
is a hundred times faster. Data is never changed in place; what is not altered is shared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from circuitalg.strategies.altered_networks import altered_network, fitted

Choose = Callable[[int], int]
Json = Any
Way = tuple[Any, ...]

_WORDS = (
    ("real", "nonnegative", "simplex"),
    ("alternating", "unions"),
    ("either", "unshared", "shared"),
    ("none", "allowed"),
    ("mean", "sum"),
    ("copy", "digits", "halves", "count", "identity"),
    ("+", "*", "min", "-", "^", "binom", "max", "/"),
    ("exp", "sqrt", "step"),
    ("r", "minr", "sum"),
    ("sym", "x", "parameter"),
    ("IndexRecursion", "Factor", "Vanishing", "Exhaustive", "TiedCut"),
    ("Minor", "Split", "Trivial", "Routing", "Kronecker"),
    ("RankAtLeast", "RankAtMost", "ParameterCount", "ContainsCP"),
    ("HTNetworks", "CPNetworks"),
    ("CPFamily", "TruncatedFamily", "TreeFamily", "TTFamily", "RACFamily"),
    ("NormalForm", "Simulation"),
    ("LastLevel", "Induction"),
    ("Matricization", "Koszul"),
    ("Terms", "LargestFibres"),
    ("Orthonormal", "GaussianGram", "MonomialGram"),
    ("Multilinear", "SimplexForm"),
    ("input", "constant", "sum", "product"),
    ("pool", "mex"),
    ("inf", "-inf"),
)
"""Words that may stand in each other's place."""

_FRACTION = re.compile(r"-?[1-9][0-9]*/[1-9][0-9]*")


def altered(data: Json, choose: Choose, other: Json = None) -> Json:
    """A certificate after one to five alterations; the data itself stays as it is.

    Parameters
    ----------
    data : a certificate's JSON data.
    choose : gives a number from 0 to n − 1.
    other : another certificate, whose parts may be put in.
    """
    for _ in range((1, 1, 1, 1, 2, 2, 3, 5)[choose(8)]):
        step = _STEPS[choose(len(_STEPS))]
        try:
            data = step(data, choose, other)
        except (LookupError, TypeError, ValueError, AttributeError):
            break  # an alteration before has left nothing of the form that this one looks for
    return data


def put(data: Json, way: Sequence[Any], new: Json) -> Json:
    """The data with another part at the end of a way."""
    if not way:
        return new
    found: Any = list(data) if isinstance(data, list) else dict(data)
    found[way[0]] = put(data[way[0]], way[1:], new)
    return found


def at(data: Json, way: Sequence[Any]) -> Json:
    """What stands at the end of a way."""
    for key in way:
        data = data[key]
    return data


def _keys(part: Json) -> Sequence[Any]:
    return list(part) if isinstance(part, dict) else range(len(part))


def _way(data: Json, choose: Choose, leaf: bool = False) -> Way:
    """A way into the data, most often into a theorem; to its end, or to some part of it."""
    theorem = bool(data["theorems"]) and choose(10) < 7
    way: list[Any] = ["theorems" if theorem else "circuits"]
    part = data[way[0]]
    if theorem:
        own = len(part) - 1 if choose(4) else choose(len(part))
        way += [own, ("statement", "proof")[choose(2)]]
        part = at(part, way[1:])
    while isinstance(part, dict | list) and part:
        if not leaf and len(way) > 1 and choose(6) == 0:
            break
        keys = _keys(part)
        key = keys[choose(len(keys))]
        way.append(key)
        part = part[key]
    return tuple(way)


def _leaf(data: Json, choose: Choose, _other: Json) -> Json:
    """Another number, word or text in the place of one."""
    way = _way(data, choose, leaf=True)
    return put(data, way, _value(at(data, way), data, choose))


def _value(old: Json, data: Json, choose: Choose) -> Json:
    if type(old) is int:
        return _number(old, data, choose)
    if type(old) is str and _FRACTION.fullmatch(old):
        return _quotient(Fraction(old), choose)
    if type(old) is str:
        return _text(old, data, choose)
    if old is None:
        return (0, [], at(data, _way(data, choose)))[choose(3)]
    return _piece(old, data, choose)


_NUMBERS: tuple[Callable[[int], Json], ...] = (
    *(lambda old: old + 1,) * 3,
    *(lambda old: old - 1,) * 3,
    lambda _: 0,
    lambda _: 1,
    lambda old: -old,
    lambda old: 2 * old,
    lambda old: old // 2,
    lambda old: written(Fraction(2 * old + 1, 2)),
    lambda _: 2**53 - 1,
    lambda _: 2**53,
    lambda _: 10**400,
)


def _number(old: int, data: Json, choose: Choose) -> Json:
    """The next one, a strange one, a small one, or another of the certificate."""
    kind = choose(len(_NUMBERS) + 3)
    if kind < len(_NUMBERS):
        return _NUMBERS[kind](old)
    if kind == len(_NUMBERS):
        return choose(12)
    found = at(data, _way(data, choose, leaf=True))
    return found if type(found) is int else old + 1


def written(number: Fraction) -> int | str:
    """A number as certificates have it."""
    return number.numerator if number.denominator == 1 else f"{number}"


def _quotient(old: Fraction, choose: Choose) -> Json:
    top, bottom = old.numerator, old.denominator
    changed = (
        Fraction(top + 1, bottom),
        Fraction(top - 1, bottom),
        -old,
        old + 1,
        old - 1,
        2 * old,
        old / 2,
        Fraction(top, bottom + 1),
        Fraction(bottom, top or 1),
        Fraction(round(old)),
        Fraction(0),
        old * Fraction(1000001, 1000000),
    )
    if choose(20) == 19:
        return f"{2 * top}/{2 * bottom}"
    return written(changed[choose(len(changed))])


def _text(old: str, data: Json, choose: Choose) -> Json:
    if old and not set(old) - {"I", "J"}:
        k = choose(len(old))
        flipped = "J" if old[k] == "I" else "I"
        turned = old.translate({73: "J", 74: "I"})
        return (old[:k] + flipped + old[k + 1 :], old[1:] + old[0], turned, old[:-1])[
            (0, 0, 0, 1, 2, 3)[choose(6)]
        ]
    for words in _WORDS:
        if old in words and choose(8):
            return words[choose(len(words))]
    found = at(data, _way(data, choose, leaf=True))
    if type(found) is str and choose(4):
        return found
    return old + "x"


def _piece(old: Json, data: Json, choose: Choose) -> Json:
    """A list or an object with its members dropped, doubled, exchanged or turned round."""
    keys = _keys(old)
    if not keys:
        return at(data, _way(data, choose))
    one, two = (keys[choose(len(keys))] for _ in "ab")
    kind = choose(8)
    if isinstance(old, list):
        if kind < len(_LISTS):
            return _LISTS[kind](old, one, two)
    elif kind == 0:
        return {name: part for name, part in old.items() if name != one}
    elif kind == 1:
        return {(f"{one}x" if name == one else name): old[name] for name in old}
    found = put(old, (one,), old[two])
    return found if kind == 5 else put(found, (two,), old[one])


_LISTS: tuple[Callable[[list[Json], int, int], list[Json]], ...] = (
    lambda old, one, _: old[:one] + old[one + 1 :],
    lambda old, one, two: [*old[:one], old[two], *old[one:]],
    lambda old, _, __: old[::-1],
    lambda old, _, __: [*old[1:], old[0]],
    lambda old, _, __: old[: (len(old) + 1) // 2],
)
"""A list and two of its places: without one, with one twice, turned round, shifted, or cut."""


def _part(data: Json, choose: Choose, _other: Json) -> Json:
    """A list or an object altered as a whole."""
    way = _way(data, choose)
    return put(data, way, _value(at(data, way), data, choose))


def _kind(part: Json) -> object:
    return part.get("kind", dict) if isinstance(part, dict) else type(part)


def _copied(data: Json, choose: Choose, other: Json) -> Json:
    """One part over another of its kind: of the certificate, or of another one."""
    source = data if other is None or choose(2) else other
    way = _way(data, choose)
    for _ in range(6):
        found = at(source, _way(source, choose))
        if _kind(found) == _kind(at(data, way)):
            return put(data, way, found)
    return put(data, way, found) if choose(4) == 3 else data


def _crossed(data: Json, choose: Choose, other: Json) -> Json:
    """The part of another certificate that stands at the same place."""
    if other is None:
        return _leaf(data, choose, other)
    way = _way(data, choose)
    for length in range(len(way), 0, -1):
        try:
            found = at(other, way[:length])
        except (LookupError, TypeError):
            continue
        return put(data, way[:length], found)
    return data


def _bounds(data: Json, choose: Choose, _other: Json) -> Json:
    """The numbers of a statement, all of them by the same step."""
    number = choose(len(data["theorems"]))
    said = data["theorems"][-1 - number]["statement"]
    step = (1, -1, 2, -2)[choose(4)]
    names = (
        "lower",
        "upper",
        "needed",
        "rank",
        "output",
        "squared_distance",
        "bound",
        "low",
        "high",
    )
    chosen = [name for name in names if type(said.get(name)) is int]
    if chosen and choose(2):
        chosen = [chosen[choose(len(chosen))]]
    said = {**said, **{name: said[name] + step for name in chosen}}
    return put(data, ("theorems", len(data["theorems"]) - 1 - number, "statement"), said)


def _network(data: Json, choose: Choose, other: Json) -> Json:
    """Another network: retied, wider, with other edges; what depends on its shape follows."""
    circuits = data["circuits"]
    if not circuits:
        return _leaf(data, choose, other)
    k = choose(len(circuits))
    if other is not None and other["circuits"] and choose(8) == 7:
        new = other["circuits"][choose(len(other["circuits"]))]
    else:
        new = altered_network(circuits[k], choose)
    data = put(data, ("circuits", k), new)
    return fitted(data, k, choose) if choose(8) else data


def _theorems(data: Json, choose: Choose, other: Json) -> Json:
    """Premises and theorems exchanged, doubled, lost, in another order or in a circle."""
    theorems = data["theorems"]
    k, j = (choose(len(theorems)) for _ in "ab")
    premises = theorems[k]["premises"]
    match choose(9):
        case 0:
            new = [*premises, j]
        case 1:
            new = premises[1:]
        case 2:
            new = premises[::-1]
        case 3:
            new = [j for _ in premises]
        case 4:
            return put(data, ("theorems",), [*theorems[:k], theorems[j], *theorems[k:]])
        case 5:
            return put(data, ("theorems",), [*theorems[:k], *theorems[k + 1 :]])
        case 6:
            moved = put(put(theorems, (k,), theorems[j]), (j,), theorems[k])
            return put(data, ("theorems",), moved)
        case 7 if other is not None and isinstance(other["theorems"], list):
            return put(data, ("theorems",), [*other["theorems"][:1], *theorems])
        case _:
            new = [(0, k, k + 1, -1)[choose(4)] for _ in premises]
    return put(data, ("theorems", k, "premises"), new)


_STEPS = (
    *(_leaf,) * 6,
    *(_bounds,) * 2,
    *(_part,) * 3,
    *(_copied,) * 3,
    *(_network,) * 5,
    *(_crossed,) * 2,
    _theorems,
)
