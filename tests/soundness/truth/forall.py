"""The truth about families of networks, at small values of all symbols."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import comb, prod
from typing import Any, NamedTuple

from soundness.truth.network import (
    Net,
    Undecided,
    Untrue,
    demand,
    largest_array,
    values,
    weights_of,
)
from soundness.truth.rank import check_generic, equal_at, some_points, windows

MOST_LOCATIONS = 16
MOST_ENTRIES = 2**12
MOST_BOUND = 20
INSTANCES = 7


class Huge(Exception):
    """A number beyond all that is looked at."""


class Values(NamedTuple):
    """What symbols and widths stand for."""

    symbols: Mapping[str, int]
    widths: Sequence[int]


def formula(t: Any, at: Values) -> int:
    """A formula's value."""
    if isinstance(t, int):
        return t
    operation, *parts = t
    if operation == "sym":
        demand(parts[0] in at.symbols, "an unknown symbol")
        return at.symbols[parts[0]]
    if operation == "sum":
        name, low, high, body = parts
        first, last = formula(low, at), formula(high, at)
        demand(name not in at.symbols, "a symbol twice")
        if last - first > 50:
            raise Huge
        each = (Values({**at.symbols, name: i}, at.widths) for i in range(first, last + 1))
        return sum(formula(body, one) for one in each)
    found = [formula(part, at) for part in parts]
    if operation == "r":
        return width(found[0], at)
    if operation == "minr":
        demand(0 <= found[0] <= found[1], "levels of an empty range")
        return min(width(i, at) for i in range(found[0], min(found[1], 60) + 1))
    if operation not in _VALUES:
        raise Undecided(f"an operation {operation!r}")
    return _VALUES[operation](found)


def power(parts: Sequence[int]) -> int:
    """A power with a natural exponent."""
    base, exponent = parts
    demand(exponent >= 0, "a negative exponent")
    if exponent * abs(base).bit_length() > 10**4 and abs(base) > 1:
        raise Huge
    return base**exponent


def binomial(parts: Sequence[int]) -> int:
    """A binomial of natural numbers."""
    demand(min(parts) >= 0, "a binomial of a negative number")
    if max(parts) > 10**4:
        raise Huge
    return comb(*parts)


_VALUES: dict[str, Callable[[Sequence[int]], int]] = {
    "+": sum,
    "*": prod,
    "min": min,
    "-": lambda parts: parts[0] - parts[1],
    "^": power,
    "binom": binomial,
}


def width(level: int, at: Values) -> int:
    """A width of the sequence."""
    demand(level >= 0, "a level below 0")
    if level >= len(at.widths):
        raise Huge
    return at.widths[level]


class Member(NamedTuple):
    """A network of a family, and its sizes."""

    network: Net
    at: Values
    shared: bool
    widths: Sequence[int]
    outputs: int


def members(said: Mapping[str, Any]) -> Iterator[Member]:
    """Small networks of the family: some values of the symbols, some widths, shared or not."""
    names, family = list(said["symbols"]), said["networks"]
    draw = random.Random(2)
    offsets = [each for each in product(range(3), repeat=len(names)) if sum(each) <= 3]
    draw.shuffle(offsets)
    found = 0
    for offset in [(0,) * len(names), *offsets[:100]]:
        symbols = {name: said["symbols"][name] + k for name, k in zip(names, offset, strict=True)}
        sequences = [[draw.choice((1, 2, 2, 3, 3, 4)) for _ in range(12)]]
        if family.get("widths", "") is None:
            rising = [1 + k % 6 for k in range(12)]
            sequences += [[5] * 12, rising if found % 2 else rising[4::-1] * 3]
        new = [
            each
            for widths in sequences
            for shared in (False, True)
            if family["sharing"] in ("either", "shared" if shared else "unshared")
            for each in member(family, Values(symbols, widths), shared)
        ]
        yield from new
        found += bool(new)
        if found == INSTANCES:
            return


def member(family: Mapping[str, Any], at: Values, shared: bool) -> Iterator[Member]:
    """The network at these values, if it is small."""
    try:
        dim, outputs = formula(family["dim"], at), formula(family["outputs"], at)
        if family["kind"] == "CPNetworks":
            count = window = formula(family["locations"], at)
            levels = 1
            widths = [formula(family["channels"], at)]
        else:
            window, levels = formula(family["window"], at), formula(family["depth"], at)
            rest = formula(family["rest"], at)
            if window > MOST_LOCATIONS or levels + rest > 6:
                return
            count = window ** (levels + rest)
            own = family["widths"]
            each = width if own is None else (lambda level, at: formula(own, at))
            widths = [each(level, at) for level in range(levels)]
    except Huge:
        return
    demand(count >= 2 and window >= 2 and levels >= 1, "sizes of no network")
    demand(min(dim, outputs, *widths) >= 1, "sizes of no network")
    if count > MOST_LOCATIONS or max(dim, outputs, *widths) > 30:
        return
    network = windows(count, window, levels, widths.__getitem__, [dim] * count, outputs, shared)
    yield Member(network, at, shared, widths, outputs)


def sides(block: int, count: int) -> list[int]:
    """Side I of alternating blocks."""
    return [i for i in range(count) if i // block % 2 == 0]


def for_all(said: Mapping[str, Any], _: Sequence[Net]) -> None:
    """The claim at each small network; where there is none, nothing is known."""
    claim, known = said["claim"], False
    check = {
        "RankAtLeast": at_least,
        "RankAtMost": at_most,
        "ParameterCount": count_of,
        "ContainsCP": contains,
    }[claim["kind"]]
    for each in members(said):
        try:
            check(claim, each)
            known = True
        except Undecided:
            continue
        except Huge:
            continue
        except Untrue as error:
            values_ = ", ".join(f"{k} = {v}" for k, v in each.at.symbols.items())
            raise Untrue(f"{error}, for {values_}, widths {each.widths}") from None
    if not known:
        raise Undecided("no small network")


def bound_of(t: Any, each: Member, most: int) -> int:
    """A bound, or a number above all ranks."""
    try:
        return formula(t, each.at)
    except Huge:
        return most + 1


def most_of(each: Member, rows: Sequence[int]) -> int:
    """No rank is larger than the shape."""
    dims = each.network.dims
    inside = prod(dims[i] for i in rows)
    return min(inside, prod(dims) // inside)


def affordable(each: Member, number: int) -> None:
    """Refuse what would take long."""
    if largest_array(each.network) > MOST_ENTRIES and number > MOST_BOUND:
        raise Undecided("a large network")


def at_least(claim: Mapping[str, Any], each: Member) -> None:
    """The rank at random weights."""
    block, count = formula(claim["block"], each.at), len(each.network.dims)
    demand(block >= 1, "blocks of nothing")
    rows = sides(block, count)
    if len(rows) == count:
        raise Undecided("one block")
    most = most_of(each, rows)
    bound = bound_of(claim["bound"], each, most)
    if bound <= most:
        affordable(each, bound)
    check_generic(each.network, rows, bound, None)


def at_most(claim: Mapping[str, Any], each: Member) -> None:
    """The same from above, across some unions of blocks."""
    block, count = formula(claim["block"], each.at), len(each.network.dims)
    demand(block >= 1, "blocks of nothing")
    choices = [sides(block, count)]
    if claim["sides"] == "unions":
        blocks = -(-count // block)
        draw = random.Random(4)
        for _ in range(3):
            chosen = [draw.random() < 0.5 for _ in range(blocks)]
            choices.append([i for i in range(count) if chosen[i // block]])
    known = False
    for rows in choices:
        if not 0 < len(rows) < count:
            continue
        most = most_of(each, rows)
        bound = bound_of(claim["bound"], each, most)
        if bound < most:
            affordable(each, bound)
        demand(bound >= 0, "a negative bound")
        check_generic(each.network, rows, 0, bound)
        known = True
    if not known:
        raise Undecided("one block")


def count_of(claim: Mapping[str, Any], each: Member) -> None:
    """The entries of all parameters."""
    found = sum(rows * columns for rows, columns in each.network.parameters.values())
    try:
        stated = formula(claim["count"], each.at)
    except Huge:
        stated = -1
    demand(found == stated, f"there are {found} parameters")


def contains(claim: Mapping[str, Any], each: Member) -> None:
    """At the CP model's vectors and identities the values agree."""
    count = len(each.network.dims)
    try:
        sizes = formula(claim["locations"], each.at), formula(claim["channels"], each.at)
    except Huge:
        sizes = 0, 0
    demand(sizes[0] == count, "another number of locations")
    channels = sizes[1]
    if max(each.widths) > 30 or channels > 30 or min(each.widths) < channels:
        least = min(each.widths)
        if least < channels and each.network.dims[0] > least:
            demand(False, "the network is narrower")
        raise Undecided("other widths")
    dims = each.network.dims
    shallow = windows(count, count, 1, lambda _: channels, dims, each.outputs, each.shared)
    weights = weights_of(shallow, 1)
    own: dict[str, Any] = {}
    for name, (rows, columns) in each.network.parameters.items():
        if name.startswith("a0") or name == "out":
            given = weights[name]
            own[name] = [
                [given[i][k] if i < len(given) and k < len(given[0]) else 0 for k in range(columns)]
                for i in range(rows)
            ]
        else:
            own[name] = [[int(i == k) for k in range(columns)] for i in range(rows)]
    x = some_points(each.network, 1)
    same = equal_at(values(each.network, own, x), values(shallow, weights, x))
    demand(same, "the values differ")
