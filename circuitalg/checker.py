"""Check a circuitalg certificate with nothing but the Python standard library.

    python checker.py [--circuit net.json | --circuit FINGERPRINT] [--numpy] [--json]
                      [--time-limit SECONDS] [--memory-limit MB] FILE

The file holds a statement about the rank of a network's coefficient tensor, the whole network, and
data with which the statement can be derived again.  This program derives it, compares, and prints
the statement *that it has derived*, and its SHA-256.  It shares no code with the package that wrote
the file; the format and every rule are described in docs/certificates.md, the mathematics in
docs/trust.md.  The FILE "-" is standard input.

Exit codes: 0 verified, 1 readable but not verified, 2 not a readable certificate (or wrong usage).

Nothing in the file is executed.  There is always an answer: work is estimated before it is done and
refused beyond the limits below; and there is a limit on time and on memory.  The program does the
checking in a second process, which it ends if that does not end by itself.  A statement
"for almost all weights" means: off the zero set of one polynomial that is not zero on the space of
weights.  Ranks modulo a prime bound ranks over the rationals from below, so a determinant that is
not zero modulo a prime is a proof.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import hashlib
import importlib
import itertools
import json
import math
import operator
import os
import re
import signal
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

MAX_FILE_BYTES = 256 << 20
MAX_READ = 1_700_000_000  # bytes of memory that a file takes when it has been read, as estimated
MAX_NODES = 2_000_000
MAX_WIDTH = 1_000_000
MAX_NAME = 1_000_000  # characters
MAX_DIGITS = 4_000  # of a rational entry
MAX_DEPTH = 40  # a split inside a split inside ...
MAX_WORK = 1e10  # nanoseconds, roughly, as estimated before the work is done
MAX_HELD = 1 << 32  # bits of big integers kept at once
MAX_NUMBER = 1 << 28  # bits of one integer
MAX_DENOMINATOR = 100_000  # bits of a common denominator
MAX_CELLS = 25_000_000  # numbers kept for a minor in pure Python
MAX_WEIGHTS = 10_000_000  # entries of all parameters and vectors of one minor
MAX_BITS = 65_536  # of the arguments of U3 and U6
MAX_STATES = 1 << 25  # work of one star
MAX_FIXED = 1_000_000  # entries of a fixed matrix that a routing must meet
MAX_EXACT = 65_536  # entries of a matricization written out over Q
MAX_SECONDS = 90.0  # of minors in pure Python, estimated
MAX_NUMPY_SIZE = 16_384
MAX_NUMPY_SECONDS = 3_600.0
TIME_LIMIT = 300.0  # seconds
MEMORY_LIMIT = 2_048  # MB
NUMPY_TIME_LIMIT = 3_600.0
NUMPY_MEMORY_LIMIT = 8_192  # on top of what NumPy reserves for itself
INT_DIGITS = 4_300  # of an integer in a file; reading longer ones takes quadratic time
SHOW = 12  # members of a long list that are printed

INPUT, CONSTANT, SUM, PRODUCT = range(4)
KINDS = {"input": INPUT, "constant": CONSTANT, "sum": SUM, "product": PRODUCT}
SPACES = {
    "real": "all real weights",
    "nonnegative": "all non-negative weights",
    "simplex": "all weights whose matrix rows are non-negative and sum to 1",
}
SCHOFIELD = "Schofield 1992, General representations of quivers (used by a bridge or star rule)"
LINEAR = "nothing beyond linear algebra"

Entry = int | Fraction
Matrix = tuple[tuple[Entry, ...], ...]
Factors = list[tuple[int, int]]


class Unreadable(ValueError):
    """The file is not a certificate that can be read."""


class Refusal(ValueError):
    """The certificate can be read, but it does not prove its statement."""


# ---------------------------------------------------------------------------------------------
# Strict reading
# ---------------------------------------------------------------------------------------------


def brief(value: object, length: int = 60) -> str:
    """Show a piece of the file in a message: ASCII, short, whatever it is."""
    if type(value) is int and value.bit_length() > 100:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, (list, dict)):
        return f"a {'list' if isinstance(value, list) else 'object'} of {len(value)} members"
    if isinstance(value, str):
        return cut(json.dumps(value[: length + 1], ensure_ascii=True), length)
    return cut(json.dumps(value, ensure_ascii=True), length)


def cut(text: str, length: int = 200) -> str:
    """Shorten a text, and show that it has been shortened."""
    return text if len(text) <= length else text[:length] + "..."


def as_int(value: object, what: str, low: int, high: int) -> int:
    """Return an integer of low..high; a boolean is not one."""
    if type(value) is not int:
        raise Refusal(f"{what} must be an integer, not {brief(value)}.")
    if not low <= value <= high:
        raise Refusal(f"{what} is {brief(value)}; it must lie between {low} and {high}.")
    return value


def as_list(value: object, what: str) -> list[Any]:
    """Return a list."""
    if type(value) is not list:
        raise Refusal(f"{what} must be a list, not {brief(value)}.")
    return value


def as_text(value: object, what: str) -> str:
    """Return a string that is not empty."""
    if type(value) is not str or not 0 < len(value) <= MAX_NAME:
        raise Refusal(f"{what} must be a string of 1 to {MAX_NAME} characters, not {brief(value)}.")
    return value


def as_object(value: object, what: str, names: Iterable[str]) -> dict[str, Any]:
    """Return an object with exactly the given members."""
    if type(value) is not dict:
        raise Refusal(f"{what} must be an object, not {brief(value)}.")
    for name in names:
        if name not in value:
            raise Refusal(f'{what} lacks its member "{name}".')
    for name in value:
        if name not in names:
            raise Refusal(f"{what} has an unknown member {brief(name)}.")
    return value


def kind_of(value: object, what: str, member: str) -> str:
    """Return the member that says of which kind an object is."""
    if type(value) is not dict or type(value.get(member)) is not str:
        raise Refusal(f'{what} must be an object with a string "{member}".')
    return str(value[member])


def as_entry(value: object, what: str) -> Entry:
    """Return an exact number: an integer, or a string "p/q"."""
    if type(value) is int and value.bit_length() < 10 * INT_DIGITS // 3:
        return value
    if type(value) is str and len(value) <= MAX_DIGITS:
        match = re.fullmatch(r"(-?[0-9]+)(?:/([0-9]+))?", value, re.ASCII)
        if match and int(match[2] or "1"):
            return shortened(int(match[1]), int(match[2] or "1"))
    raise Refusal(f'{what} must hold integers or strings "p/q", not {brief(value)}.')


def as_matrix(value: object, what: str) -> Matrix:
    """Return a rectangular matrix of exact numbers with at least one entry."""
    rows = [as_list(row, f"a row of {what}") for row in as_list(value, what)]
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise Refusal(f"{what} must be a rectangular matrix with at least one entry.")
    return tuple(tuple(as_entry(x, what) for x in row) for row in rows)


def as_factors(value: object, what: str) -> Factors:
    """Return a number that is stored as a list of [base, exponent]."""
    factors = []
    for pair in as_list(value, what):
        if type(pair) is not list or len(pair) != 2:
            raise Refusal(f"{what} must be a list of [base, exponent].")
        base = pair[0]
        if type(base) is str and re.fullmatch(r"0x[0-9a-fA-F]+", base, re.ASCII):
            base = int(base, 16)
        if type(base) is not int or (base < 2 and not (base == 0 and value == [[0, 1]])):
            raise Refusal(f"{what} has the base {brief(pair[0])}; bases are at least 2.")
        factors.append((base, as_int(pair[1], f"an exponent of {what}", 1, 1 << 40)))
    return factors


# ---------------------------------------------------------------------------------------------
# Big integers with a budget
# ---------------------------------------------------------------------------------------------


class Meter:
    """Counts work before it is done, and refuses beyond the limits and after the deadline.

    Work is in nanoseconds, roughly, on a machine that is not fast. No single operation on integers
    takes long, so looking at the clock here is enough.
    """

    __slots__ = (
        "deadline",
        "estimated",
        "parent",
        "say",
        "scale",
        "seconds",
        "sources",
        "use_numpy",
        "work",
    )

    def __init__(
        self,
        use_numpy: bool = False,
        say: Callable[[str], None] | None = None,
        seconds: float | None = None,
    ) -> None:
        default = NUMPY_TIME_LIMIT if use_numpy else TIME_LIMIT
        self.seconds = default if seconds is None else seconds
        self.scale = max(1.0, self.seconds / default)  # more time allows more work
        self.deadline = time.monotonic() + self.seconds
        self.work = 0.0
        self.estimated = 0.0
        self.use_numpy = use_numpy
        self.say = say
        self.parent = 0  # the process that waits for the answer, if there is one
        self.sources: set[str] = set()

    def spend(self, work: float) -> None:
        """Count work."""
        self.work += work
        if self.work > MAX_WORK * self.scale:
            raise Refusal(
                "checking this needs more arithmetic than the checker's limit allows; a longer time"
                " limit allows more."
            )
        self.look()

    def look(self) -> None:
        """Refuse after the deadline; end when nobody is waiting for the answer."""
        if time.monotonic() > self.deadline:
            raise Refusal(out_of_time(self.seconds))
        if self.parent and os.getppid() != self.parent:
            raise SystemExit(1)

    def hold(self, count: float, bits: float, what: str) -> None:
        """Refuse to make `count` integers of `bits` bits each."""
        if bits > MAX_NUMBER:
            raise Refusal(f"{what} would have a number of more than {MAX_NUMBER} bits.")
        if count * (bits + 320) > MAX_HELD:
            raise Refusal(f"{what} would have too many large numbers to keep at once.")
        self.spend(count * (20 + bits / 16))

    def product(self, values: Sequence[int]) -> int:
        """Multiply, in a balanced order so that big factors meet big factors."""
        if len(values) <= 2:
            if not values:
                return 1
            if len(values) == 1:
                return values[0]
            first, second = values
            low, high = sorted((first.bit_length() >> 5, second.bit_length() >> 5))
            if high > 32:
                if 32 * (low + high) > MAX_NUMBER:
                    raise Refusal(f"a product would have more than {MAX_NUMBER} bits.")
                self.spend(8 * high * (low + 1) ** 0.6)
            return first * second
        todo = list(values)
        while len(todo) > 1:
            todo = [self.product(todo[i : i + 2]) for i in range(0, len(todo), 2)]
            self.spend(100 * len(todo))
        return todo[0]

    def power(self, base: int, exponent: int) -> int:
        """Return a power."""
        bits = base.bit_length() * exponent
        if bits > MAX_NUMBER and base > 1 and exponent > 1:
            raise Refusal(f"a power would have more than {MAX_NUMBER} bits.")
        self.spend(8 * (bits / 32) ** 1.6 if exponent > 1 else 1)
        return int(base**exponent)

    def multichoose(self, kinds: int, count: int) -> int:
        """Return C(kinds + count - 1, count): the dimension of a symmetric power."""
        few = min(count, kinds - 1)
        self.spend(4 * few * ((kinds + count).bit_length() * few / 64 + 4))
        return math.comb(kinds + count - 1, count)

    def denominator(self, numbers: Iterable[Entry], what: str) -> int:
        """Return the least common denominator, unless it is long."""
        return self.common({x.denominator for x in numbers}, what)

    def common(self, units: Iterable[int], what: str, limit: int = MAX_DENOMINATOR) -> int:
        """Return the least common multiple of positive numbers, unless it is long."""
        found = 1
        for unit in units:
            if unit > 1:
                words = found.bit_length() / 30
                self.spend(100 + 10 * words * (words + unit.bit_length() / 30))
                found = math.lcm(found, unit)
                if found.bit_length() > limit:
                    raise Refusal(f"{what} needs a common denominator of more than {limit} bits.")
        return found

    def whole(self, rows: Sequence[Sequence[Entry]], what: str) -> tuple[list[list[int]], int]:
        """Write rows of numbers as integers over their least common denominator."""
        unit = self.denominator(itertools.chain.from_iterable(rows), what)
        count = sum(map(len, rows))
        longest = most_bits(rows)
        self.hold(count, longest + unit.bit_length(), what)
        self.spend(count * (100 + 5 * (unit.bit_length() / 30) * (1 + longest / 30)))
        if unit == 1:
            return [[x.numerator for x in row] for row in rows], 1
        return [[x.numerator * (unit // x.denominator) for x in row] for row in rows], unit

    def announce(self, seconds: float, size: int) -> None:
        """Add the estimate for one minor, say it, and refuse when all of them take too long."""
        self.estimated += seconds
        limit = self.scale * (MAX_NUMPY_SECONDS if self.use_numpy else MAX_SECONDS)
        if self.estimated > limit:
            advice = "" if self.use_numpy else "; run it again with --numpy"
            raise Refusal(
                f"a minor of size {size} would take about {seconds:,.0f} seconds to check"
                f" (limit {limit:,.0f} for all minors){advice}."
            )
        if self.say is not None and seconds > 2:
            self.say(f"checking a minor of size {size}: about {seconds:,.0f} seconds")


def out_of_time(seconds: float) -> str:
    """Say that the time limit has been reached."""
    return f"checking this takes longer than the time limit of {seconds:g} seconds."


def most_bits(rows: Iterable[Iterable[Entry]]) -> int:
    """Return the bits of the longest numerator or denominator."""
    return max(
        (
            x.bit_length()
            if type(x) is int
            else max(x.numerator.bit_length(), x.denominator.bit_length())
            for row in rows
            for x in row
        ),
        default=0,
    )


def equal(factors: Factors, value: int, meter: Meter) -> bool:
    """Compare a stored number with a computed one, without expanding a larger one."""
    if sum(exponent * max(base.bit_length() - 1, 0) for base, exponent in factors) > (
        value.bit_length()
    ):
        return False
    return meter.product([meter.power(base, exponent) for base, exponent in factors]) == value


def show(factors: Factors) -> str:
    """Print a number as it is stored: as a product of powers."""

    def one(base: int, exponent: int) -> str:
        digits = str(base) if base < 10**30 else f"(an integer of {base.bit_length()} bits)"
        return digits if exponent == 1 else f"{digits}^{exponent}"

    parts = [one(*pair) for pair in factors[:SHOW]]
    if len(factors) > SHOW:
        parts.append(f"({len(factors) - SHOW} more factors)")
    return " * ".join(parts) or "1"


# ---------------------------------------------------------------------------------------------
# The network
# ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Circuit:
    """A network as it is stored: nodes in topological order, the output last."""

    names: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # location of an input, -1 elsewhere
    children: list[list[int]] = field(default_factory=list)
    refs: list[list[int]] = field(default_factory=list)
    uses: list[int] = field(default_factory=list)  # how many parents
    parameters: list[str] = field(default_factory=list)
    shapes: list[tuple[int, int]] = field(default_factory=list)  # of the parameters
    matrices: list[Matrix] = field(default_factory=list)
    dims: list[int] = field(default_factory=list)  # by location
    fingerprint: str = ""

    @property
    def is_tree(self) -> bool:
        """Every sum has one child, no node two parents, every location one input node."""
        return (
            max(self.uses) <= 1
            and self.kinds.count(INPUT) == len(self.dims)
            and all(len(r) <= 1 for r in self.refs)
        )


def read_circuit(data: object, meter: Meter | None = None) -> Circuit:
    """Read and validate a network (docs/certificates.md, "The circuit")."""
    members = ("format", "version", "parameters", "matrices", "nodes")
    raw = as_object(data, "the circuit", members)
    if (
        raw["format"] != "circuitalg-circuit"
        or type(raw["version"]) is not int
        or raw["version"] != 1
    ):
        raise Refusal("the circuit is not of format circuitalg-circuit, version 1.")
    circuit = Circuit()
    circuit.parameters = [
        as_text(x, "a parameter's name") for x in as_list(raw["parameters"], "parameters")
    ]
    if len(set(circuit.parameters)) != len(circuit.parameters):
        raise Refusal("two parameters of the circuit have the same name.")
    circuit.matrices = [
        as_matrix(m, "a fixed matrix") for m in as_list(raw["matrices"], "matrices")
    ]
    nodes = as_list(raw["nodes"], "nodes")
    if not 0 < len(nodes) <= MAX_NODES:
        raise Refusal(f"the circuit has {len(nodes)} nodes; 1 to {MAX_NODES} are allowed.")
    shapes: dict[int, tuple[int, int]] = {}  # of the matrices that sums refer to
    locations: dict[int, int] = {}
    circuit.uses = [0] * len(nodes)
    for node in nodes:
        read_node(circuit, node, shapes, locations)
    check_whole(circuit, shapes, locations)
    circuit.fingerprint = fingerprint(circuit, meter or Meter())
    return circuit


def read_node(
    circuit: Circuit,
    node: object,
    shapes: dict[int, tuple[int, int]],
    locations: dict[int, int],
) -> None:
    """Read one node: its kind, width and children, and that their widths fit."""
    number = len(circuit.names)
    if type(node) is not list or len(node) < 3 or type(node[1]) is not str or node[1] not in KINDS:
        raise Refusal(f"node number {number} is not [name, kind, width, ...] of a known kind.")
    name, kind, width = node[0], KINDS[node[1]], node[2]
    if type(name) is not str or not 0 < len(name) <= MAX_NAME:
        raise Refusal(f"node number {number} must have a name of 1 to {MAX_NAME} characters.")
    if len(node) != (4, 3, 5, 4)[kind]:
        raise Refusal(f"node {brief(name)} has {len(node)} members, which is wrong for its kind.")
    if type(width) is not int or not 0 < width <= MAX_WIDTH:
        raise Refusal(f"node {brief(name)} has the width {brief(width)}, not 1 to {MAX_WIDTH}.")
    place, children, refs = -1, [], []
    if kind == INPUT:
        place = node[3]
        if type(place) is not int or not 0 <= place < MAX_NODES:
            raise Refusal(f"node {brief(name)} has an invalid location, {brief(place)}.")
        if locations.setdefault(place, width) != width:
            raise Refusal(f"location {place} has inputs of two widths.")
    elif kind != CONSTANT:
        children = read_children(circuit, name, node[3])
    if kind == SUM:
        refs = read_refs(circuit, name, width, children, node[4], shapes)
    for child in children:
        circuit.uses[child] += 1
        if kind == PRODUCT and circuit.widths[child] != width:
            raise Refusal(
                f"product {brief(name)} has width {width}, but its child"
                f" {brief(circuit.names[child])} has width {circuit.widths[child]}."
            )
    circuit.names.append(name)
    circuit.kinds.append(kind)
    circuit.widths.append(width)
    circuit.places.append(place)
    circuit.children.append(children)
    circuit.refs.append(refs)


def read_children(circuit: Circuit, name: str, children: object) -> list[int]:
    """Read the children of a node: distinct earlier nodes."""
    if type(children) is not list or not children:
        raise Refusal(f"node {brief(name)} must have a non-empty list of children.")
    for child in children:
        if type(child) is not int or not 0 <= child < len(circuit.names):
            raise Refusal(
                f"node {brief(name)} has a child that is not an earlier node: {brief(child)}."
            )
    if len(set(children)) != len(children):
        raise Refusal(f"node {brief(name)} uses the same child twice.")
    return children


def read_refs(
    circuit: Circuit,
    name: str,
    width: int,
    children: list[int],
    refs: object,
    shapes: dict[int, tuple[int, int]],
) -> list[int]:
    """Read the matrices of a sum: one for each child, of the right shape."""
    if type(refs) is not list or len(refs) != len(children):
        raise Refusal(f"sum {brief(name)} must have one matrix for each of its children.")
    for child, ref in zip(children, refs, strict=True):
        shape = (width, circuit.widths[child])
        if type(ref) is not int or not -len(circuit.matrices) <= ref < len(circuit.parameters):
            raise Refusal(f"sum {brief(name)} refers to an unknown matrix: {brief(ref)}.")
        if ref not in shapes:
            matrix = circuit.matrices[-1 - ref] if ref < 0 else ()
            shapes[ref] = (len(matrix), len(matrix[0])) if ref < 0 else shape
        if shapes[ref] != shape:
            what = "a fixed matrix" if ref < 0 else f"parameter {brief(circuit.parameters[ref])}"
            raise Refusal(
                f"{what} has the shape {shapes[ref]}, but sum {brief(name)} needs {shape}."
            )
    return refs


def check_whole(
    circuit: Circuit,
    shapes: dict[int, tuple[int, int]],
    locations: dict[int, int],
) -> None:
    """Check what concerns all nodes together: names, one output, locations, nothing unused."""
    if len(set(circuit.names)) != len(circuit.names):
        raise Refusal("two nodes of the circuit have the same name.")
    for number, uses in enumerate(circuit.uses):
        if (uses == 0) != (number == len(circuit.uses) - 1):
            raise Refusal(
                f"node {brief(circuit.names[number])}: the last node, and no other, must be"
                " without a parent."
            )
    if sorted(locations) != list(range(len(locations))):
        raise Refusal("the locations of the circuit are not 0, 1, ..., N-1.")
    circuit.dims = [locations[i] for i in range(len(locations))]
    for number, name in enumerate(circuit.parameters):
        if number not in shapes:
            raise Refusal(f"parameter {brief(name)} is used nowhere.")
        circuit.shapes.append(shapes[number])
    for number in range(len(circuit.matrices)):
        if -1 - number not in shapes:
            raise Refusal(f"fixed matrix number {number} is used nowhere.")


def fingerprint(
    circuit: Circuit, meter: Meter, kinds: Sequence[str] = tuple(KINDS), more: Sequence[str] = ()
) -> str:
    """SHA-256 over the nodes in the order of their names: independent of the file's order.

    `kinds` are the words for the kinds of nodes, `more` a text to be added to the line of each sum.
    """
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode
    names = list(map(encode, circuit.names))
    labels = list(map(encode, circuit.parameters))
    for matrix in reversed(circuit.matrices):  # the last one is number -1 - (how many there are)
        rows = [[x if type(x) is int else str(x) for x in row] for row in matrix]
        labels.append(encode(rows))
    order = sorted(range(len(names)), key=circuit.names.__getitem__)
    rank = [0] * len(order)
    for place, i in enumerate(order):
        rank[i] = place
    digest = hashlib.sha256()
    ends = dict(zip((i for i, kind in enumerate(circuit.kinds) if kind == SUM), more, strict=False))
    for i in order:
        where = str(circuit.places[i]) if circuit.kinds[i] == INPUT else "null"
        digest.update(
            f'[{names[i]},"{kinds[circuit.kinds[i]]}",{circuit.widths[i]},{where},['.encode("ascii")
        )
        below = sorted((rank[c], j) for j, c in enumerate(circuit.children[i]))
        for number, (_, j) in enumerate(below):
            child = names[circuit.children[i][j]]
            label = labels[circuit.refs[i][j]] if circuit.refs[i] else "null"
            meter.spend(2000 + 4 * (len(child) + len(label)))
            digest.update(f"{',' * (number > 0)}[{child},{label}]".encode("ascii"))
        digest.update(f"]{ends.get(i, '')}]\n".encode("ascii"))
    return digest.hexdigest()


def check_scopes(circuit: Circuit, meter: Meter) -> None:
    """Demand a smooth and decomposable circuit, so that it has a coefficient tensor.

    The scope of a node is the set of locations below it.  Children of a product must have disjoint
    scopes, children of a sum equal ones.  A tree circuit satisfies both.  Scopes are kept until
    their last use, equal ones once, those of inputs never.
    """
    if circuit.is_tree:
        return
    kinds, places = circuit.kinds, circuit.places
    scopes: list[int] = []
    shared: dict[int, list[int]] = {}  # a scope, and how many nodes have it
    left, held = list(circuit.uses), 0
    for i, kind in enumerate(kinds):
        children = circuit.children[i]
        inputs = [places[c] for c in children if kinds[c] == INPUT]
        others = [scopes[c] for c in children if kinds[c] != INPUT]
        meter.spend(2000 + 300 * len(inputs) + (len(others) + 3) * (len(circuit.dims) / 8 + 300))
        if kind == PRODUCT:
            scope = disjoint_union(circuit, i, inputs, others)
        elif kind == SUM:
            scope = others[0] if others else 1 << inputs[0]
            if any(other != scope for other in others) or any(1 << x != scope for x in set(inputs)):
                raise Refusal(
                    f"the circuit is not smooth: the children of sum {brief(circuit.names[i])}"
                    " have different locations below them."
                )
        else:
            scopes.append(0)  # nothing for a constant; of inputs, it is known where it is needed
            continue
        same = shared.setdefault(scope, [scope, 0])
        same[1] += 1
        held += scope.bit_length() + 1000 if same[1] == 1 else 0
        if held > MAX_HELD:
            raise Refusal("the network has too many different sets of locations below its nodes.")
        scopes.append(same[0])
        for c in children:
            left[c] -= 1
            if not left[c] and kinds[c] in (SUM, PRODUCT):
                same, scopes[c] = shared[scopes[c]], 0
                same[1] -= 1
                if not same[1]:
                    del shared[same[0]]
                    held -= same[0].bit_length() + 1000


def disjoint_union(circuit: Circuit, node: int, inputs: list[int], others: list[int]) -> int:
    """Return the scope of a product whose children are inputs at these locations, and others."""
    bits = bytearray(max(inputs, default=0) // 8 + 1)
    both = -1
    for place in inputs:
        if bits[place >> 3] >> (place & 7) & 1:
            both = place
        bits[place >> 3] |= 1 << (place & 7)
    scope = int.from_bytes(bits, "little")
    for other in others:
        if scope & other:
            both = (scope & other).bit_length() - 1
        scope |= other
    if both >= 0:
        raise Refusal(
            f"the circuit is not decomposable: two children of product"
            f" {brief(circuit.names[node])} contain location {both}."
        )
    return scope


# ---------------------------------------------------------------------------------------------
# Upper rule: index recursion (U1, U4, U5)
# ---------------------------------------------------------------------------------------------


def index_recursion(circuit: Circuit, sides: bytearray, meter: Meter) -> int:
    """Bound the rank for all weights, for any smooth decomposable circuit.

    f(n, s) bounds the rank of node n's tensors, the channel index being counted on side s.
    Input: 1 on its own side, else its width; constant: 1.  Product: the matrix is a choice of rows
    of the Kronecker product of the children's, so f <= prod f(c, s); and it is a sum over the
    channels of Kronecker products of slices, so f <= w prod min f(c, .).  Sum: ranks add over the
    branches, and a matrix of rank r = min(w_c, w_n) lets r slices move to the other side.
    """
    last = len(circuit.kinds) - 1
    left = list(circuit.uses)
    f: tuple[list[int], list[int]] = ([0] * (last + 1), [0] * (last + 1))
    held = 0
    for i, kind in enumerate(circuit.kinds):
        width = 1 if i == last else circuit.widths[i]
        children = circuit.children[i]
        meter.spend(
            300 + sum(600 + (f[0][c].bit_length() + f[1][c].bit_length()) / 8 for c in children)
        )
        if kind == INPUT:
            side = sides[circuit.places[i]]
            f[side][i], f[1 - side][i] = 1, circuit.widths[i]
        elif kind == CONSTANT:
            f[0][i] = f[1][i] = 1
        elif kind == PRODUCT:
            slices = width * meter.product([min(f[0][c], f[1][c]) for c in children])
            for s in (0, 1):
                f[s][i] = min(meter.product([f[s][c] for c in children]), slices)
        else:
            for s in (0, 1):
                f[s][i] = sum(
                    min(f[s][c], min(circuit.widths[c], width) * f[1 - s][c]) for c in children
                )
        bits = f[0][i].bit_length() + f[1][i].bit_length()
        held += bits
        for c in children:
            left[c] -= 1
            if not left[c]:
                held -= f[0][c].bit_length() + f[1][c].bit_length()
                f[0][c] = f[1][c] = 0
        if held > MAX_HELD:
            raise Refusal("the index recursion has to keep too many large numbers at once.")
    shape = [
        meter.product([m for m, t in zip(circuit.dims, sides, strict=True) if t == s])
        for s in (0, 1)
    ]
    return min(f[0][last], f[1][last], shape[0], shape[1])


# ---------------------------------------------------------------------------------------------
# The network of variables of a tree circuit, and its blocks
# ---------------------------------------------------------------------------------------------


class Labels:
    """What the matrices of the network of variables are: parameters (by view) and fixed ones.

    A label is a number: k >= 0 is the k-th pair (parameter, view), -1-k the k-th fixed matrix;
    equal fixed matrices have equal numbers, and -1 is the identity of any size.
    """

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.views: dict[tuple[int, str], int] = {}
        self.pairs: list[tuple[int, str]] = []
        self.fixed: list[Matrix] = [()]
        self.numbers: dict[Matrix, int] = {}
        self.cuts: dict[tuple[int, int, int], int] = {}
        self.forms: dict[object, int] = {}

    def parameter(self, number: int, view: str) -> int:
        """Return the label of a parameter in one view."""
        label = self.views.setdefault((number, view), len(self.pairs))
        if label == len(self.pairs):
            self.pairs.append((number, view))
        return label

    def matrix(self, entries: Matrix) -> int:
        """Return the label of a fixed matrix."""
        number = self.numbers.setdefault(entries, len(self.fixed))
        if number == len(self.fixed):
            self.fixed.append(entries)
        return -1 - number

    def entries(self, label: int, rows: int, columns: int) -> Matrix:
        """Return the first rows and columns of a fixed matrix."""
        self.meter.spend(100 * rows * columns)
        if label == -1:
            return tuple(tuple(int(i == j) for j in range(columns)) for i in range(rows))
        return tuple(row[:columns] for row in self.fixed[-1 - label][:rows])

    def form(self, label: int, rows: int, columns: int) -> int:
        """Return a negative number for a fixed matrix at its present shape; equal means equal."""
        key = (label, rows, columns)
        if key not in self.cuts:
            what: object = key if label == -1 else self.entries(label, rows, columns)
            self.cuts[key] = -1 - self.forms.setdefault(what, len(self.forms))
        return self.cuts[key]


@dataclass(slots=True)
class Net:
    """A tree of variables in preorder, the root being 0; matrix v joins v to its parent."""

    dim: list[int]
    parent: list[int]
    side: list[int]  # 0 (I), 1 (J), or -1: not a leaf, or a leaf of dimension 1
    above: list[int]  # label of matrix v
    labels: Labels

    def children(self) -> list[list[int]]:
        """Return the children of each variable, in order."""
        kids: list[list[int]] = [[] for _ in self.dim]
        for v in range(1, len(self.dim)):
            kids[self.parent[v]].append(v)
        return kids


def shortened(top: int, bottom: int) -> Entry:
    """Return a quotient as an exact number, an integer where it is one."""
    number = Fraction(top, bottom)
    return number.numerator if number.denominator == 1 else number


class Reader:
    """Says which matrices and nodes stand below a node of a tree circuit."""

    def __init__(self, circuit: Circuit, output: int, meter: Meter) -> None:
        self.circuit, self.output, self.meter = circuit, output, meter
        self.labels = Labels(meter)
        self.known: dict[tuple[int, bool, bool], int] = {}  # labels of fixed matrices
        self.ones: dict[int, int] = {}
        self.unit_row = 0

    def edge(self, node: int, at_root: bool) -> int:
        """Return the label of the matrix of a sum with one child."""
        circuit = self.circuit
        ref, child = circuit.refs[node][0], circuit.children[node][0]
        summed = circuit.kinds[child] == CONSTANT and circuit.widths[child] > 1
        if ref >= 0:
            row = at_root and circuit.shapes[ref][0] > 1
            views = ([f"row {self.output}"] if row else []) + (["sum"] if summed else [])
            return self.labels.parameter(ref, " ".join(views) or "full")
        key = (ref, at_root, summed)
        if key not in self.known:
            entries = circuit.matrices[-1 - ref]
            if at_root:
                entries = (entries[self.output],)
            if summed:
                whole = (self.meter.whole([row], "a row of a fixed matrix") for row in entries)
                entries = tuple((shortened(sum(row), unit),) for (row,), unit in whole)
            self.known[key] = self.labels.matrix(entries)
        return self.known[key]

    def plain(self, node: int, at_root: bool) -> int:
        """Return the label of what joins an input or constant directly to a product."""
        kind, width = self.circuit.kinds[node], self.circuit.widths[node]
        if kind == CONSTANT:
            rows = 1 if at_root else width
            if rows not in self.ones:
                self.meter.spend(1000 * rows)
                self.ones[rows] = self.labels.matrix(((1,),) * rows)
            return self.ones[rows]
        if at_root and not self.unit_row:
            self.unit_row = self.labels.matrix(
                (tuple(int(j == self.output) for j in range(width)),)
            )
        return self.unit_row if at_root else -1

    def below(self, node: int, at_root: bool) -> list[tuple[int, int]]:
        """Return the nodes of the variables below a node's variable, with their matrices."""
        kinds, children = self.circuit.kinds, self.circuit.children
        if kinds[node] == SUM:
            return [(children[node][0], self.edge(node, at_root))]
        found, todo = [], [node] if kinds[node] == PRODUCT else []
        while todo:
            part = todo.pop()
            if kinds[part] == PRODUCT:
                todo.extend(reversed(children[part]))
            elif kinds[part] == SUM:
                found.append((children[part][0], self.edge(part, at_root)))
            else:
                found.append((part, self.plain(part, at_root)))
        return found


def tree_network(circuit: Circuit, sides: bytearray, output: int, meter: Meter) -> Net:
    """Turn a tree circuit into variables joined by matrices.

    The channel index of a product and of its children is one variable; a sum's matrix joins the
    variable of its child to the variable it enters.  The root is the chosen output channel, of
    dimension 1.  An input below a product is a leaf behind an identity matrix; a constant is a leaf
    of dimension 1 behind the row sums of its matrix.
    """
    if not circuit.is_tree:
        raise Refusal(
            "this rule needs a tree circuit (each sum has one child, no node has two parents, each"
            " location has one input node), and the network is not one."
        )
    kinds, widths = circuit.kinds, circuit.widths
    if kinds[-1] not in (SUM, PRODUCT):
        raise Refusal("the output of the circuit must be a sum or a product.")
    reader = Reader(circuit, output, meter)
    net = Net([1], [-1], [-1], [0], reader.labels)
    first = reader.below(len(kinds) - 1, at_root=True)
    stack = [(node, 0, label) for node, label in reversed(first)]
    while stack:
        node, parent, label = stack.pop()
        v = len(net.dim)
        net.dim.append(1 if kinds[node] == CONSTANT else widths[node])
        net.parent.append(parent)
        net.above.append(label)
        sided = kinds[node] == INPUT and widths[node] > 1
        net.side.append(sides[circuit.places[node]] if sided else -1)
        below = reader.below(node, at_root=False)
        stack.extend((child, v, matrix) for child, matrix in reversed(below))
    return net


def blocks(net: Net) -> list[tuple[Net, int]]:
    """Cut the network at its variables of dimension 1; return the distinct blocks, and how many.

    At a variable of dimension 1 the tensor is an outer product, so ranks multiply over the blocks
    (L3).  Blocks are equal when one isomorphism respects dimensions, sides, fixed matrices and
    which parameters are equal (their names do not matter).
    """
    dim, parent, above, side, labels = net.dim, net.parent, net.above, net.side, net.labels
    labels.meter.spend(2000 * len(dim))
    kids = [0] * len(dim)
    for v in range(1, len(dim)):
        kids[parent[v]] += 1
    members: list[list[int]] = []
    block_of, place = [0] * len(dim), [0] * len(dim)
    for v in range(1, len(dim)):
        if dim[parent[v]] == 1:
            block_of[v] = len(members)
            members.append([])
        else:
            block_of[v] = block_of[parent[v]]
        members[block_of[v]].append(v)
        place[v] = len(members[block_of[v]])
    found: dict[tuple[int, ...], int] = {}
    firsts: list[list[int]] = []
    counts: list[int] = []
    for block in members:
        names: dict[int, int] = {}
        form: list[int] = []
        for v in block:
            label = above[v]
            if label >= 0:
                shown = names.setdefault(label, len(names))
            else:
                shown = labels.form(label, dim[parent[v]], dim[v])
            form += (dim[v], side[v], kids[v] if dim[v] > 1 else 0, shown)
        number = found.setdefault(tuple(form), len(firsts))
        if number == len(firsts):
            firsts.append(block)
            counts.append(0)
        counts[number] += 1

    def cut_out(block: list[int]) -> Net:
        return Net(
            [1] + [dim[v] for v in block],
            [-1] + [0 if dim[parent[v]] == 1 else place[parent[v]] for v in block],
            [-1] + [side[v] for v in block],
            [0] + [above[v] for v in block],
            labels,
        )

    return [(cut_out(block), count) for block, count in zip(firsts, counts, strict=True)]


# ---------------------------------------------------------------------------------------------
# Upper rules of a block: tied cut (U2), bridge (U3), star (U6)
# ---------------------------------------------------------------------------------------------

Message = tuple[int, int]  # m(x->y, s) for s = I, J


class Cut:
    """The messages of the tied cut of a block.

    T(x, y, s) bounds the rank of the part of the block on x's side of the matrix between x and y,
    x's index being counted on side s; m(x->y, s) = min(T(x, y, s), rho T(x, y, other)) with
    rho = min(w_x, w_y) is the same with the matrix included and y's index counted on side s.
    """

    def __init__(self, net: Net, meter: Meter, target: int = 0) -> None:
        self.net, self.meter = net, meter
        self.kids = net.children()
        self.message: dict[int, Message] = {}  # from v to its parent
        self.form = [0] * len(net.dim)  # number of the canonical form of the subtree at v
        self.leaves = [0] * len(net.dim)  # bits: leaves of side I, of side J below v
        self.forms: dict[tuple[int, ...], int] = {}
        keep = {0}
        while target > 0:
            keep.add(target)
            target = net.parent[target]
        for v in range(len(net.dim) - 1, 0, -1):
            self.message[v] = self.with_matrix(self.below(v), v)
            self.describe(v)
            if v not in keep:
                for child in self.kids[v]:
                    del self.message[child]

    def key(self, v: int) -> int:
        """Say which matrix is above v: equal numbers mean tied matrices (below one variable)."""
        label, net = self.net.above[v], self.net
        return label if label >= 0 else net.labels.form(label, net.dim[net.parent[v]], net.dim[v])

    def describe(self, v: int) -> None:
        """Number the canonical form below v, up to the order of children and sides of leaves."""
        kids, side = self.kids[v], self.net.side[v]
        self.leaves[v] = 1 << side if side >= 0 else 0
        pairs = []
        for child in kids:
            self.leaves[v] |= self.leaves[child]
            pairs.append((self.key(child), self.form[child]))
        kind = 2 if kids else int(side >= 0)
        flat = (self.net.dim[v], kind, *itertools.chain.from_iterable(sorted(pairs)))
        self.form[v] = self.forms.setdefault(flat, len(self.forms))

    def rho(self, v: int) -> int:
        """Return the largest rank of the matrix above v."""
        return min(self.net.dim[v], self.net.dim[self.net.parent[v]])

    def with_matrix(self, parts: Message, v: int) -> Message:
        """Send T through matrix v."""
        rho = self.rho(v)
        return min(parts[0], rho * parts[1]), min(parts[1], rho * parts[0])

    def below(self, v: int) -> Message:
        """Return T(v, parent)."""
        if self.kids[v]:
            return self.combine(v, self.kids[v], None)
        side, dim = self.net.side[v], self.net.dim[v]
        return (1, 1) if side < 0 else (1, dim) if side == 0 else (dim, 1)

    def combine(self, x: int, kids: list[int], other: Message | None) -> Message:
        """Bound the parts that meet at x: these children, and perhaps what is above x.

        Either x is summed over, each of its values giving a Kronecker product of slices; or the
        matrix is a choice of rows of the Kronecker product of the parts, where children behind one
        matrix may be counted together.
        """
        incoming = [self.message[c] for c in kids] + ([] if other is None else [other])
        slices = self.net.dim[x] * self.meter.product([min(m) for m in incoming])
        groups: dict[int, list[int]] = {}
        for c in kids:
            groups.setdefault(self.key(c), []).append(c)
        result = []
        for s in (0, 1):
            factors = [] if other is None else [other[s]]
            for group in groups.values():
                if len(group) == 1:
                    factors.append(self.message[group[0]][s])
                else:
                    factors.append(min(self.moved(group, s), self.classes(group, s)))
            result.append(min(slices, self.meter.product(factors)))
        self.meter.spend(5000 + 3000 * len(kids) + sum(result).bit_length() / 8)
        return result[0], result[1]

    def moved(self, group: list[int], s: int) -> int:
        """Count some members of a tied group with x's index on the other side.

        k children behind one matrix W of rank rho see x through the k-th power of a row of W, in a
        space of dimension C(rho+k-1, k) that pure powers span; so k of them may be moved at that
        price.  Those with the smallest ratio m(other)/m(s) are moved; among equal ratios the value
        is log-concave in k, so its least value is at the ends.
        """
        counts: dict[Message, int] = {}
        for c in group:
            pair = (self.message[c][s], self.message[c][1 - s])
            counts[pair] = counts.get(pair, 0) + 1
            self.meter.spend(pair[0].bit_length() / 16)

        def ratio(a: Message, b: Message) -> int:
            product = self.meter.product
            left, right = product((a[1], b[0])), product((b[1], a[0]))
            return (left > right) - (left < right)

        pairs = sorted(counts, key=functools.cmp_to_key(ratio))
        power, product = self.meter.power, self.meter.product
        stay = [1]
        for pair in reversed(pairs):
            stay.append(product((stay[-1], power(pair[0], counts[pair]))))
        stay.reverse()
        best, gone, number = stay[0], 1, 0
        for i, pair in enumerate(pairs):
            number += counts[pair]
            gone = product((gone, power(pair[1], counts[pair])))
            choices = self.meter.multichoose(self.rho(group[0]), number)
            best = min(best, product((choices, gone, stay[i + 1])))
        return best

    def classes(self, group: list[int], s: int) -> int:
        """Count together the members of a tied group that send the same tensors.

        n children with equal subtrees and no leaf of side s send x to the n-th tensor power of one
        vector, which runs through a space of dimension at most delta: C(delta+n-1, n).
        """
        factors = []
        same: dict[int, list[int]] = {}
        for c in group:
            if self.leaves[c] >> s & 1:
                factors.append(self.message[c][s])
            else:
                same.setdefault(self.form[c], []).append(c)
        for members in same.values():
            delta = max(self.message[c][s] for c in members)
            factors.append(self.meter.multichoose(delta, len(members)))
        return self.meter.product(factors)

    def downward(self, v: int) -> Message:
        """Return m(parent->v), along the path from the root."""
        path = [v]
        while self.net.parent[path[-1]] > 0:
            path.append(self.net.parent[path[-1]])
        message: Message = (1, 1)  # the root has dimension 1 and nothing else
        for x in reversed(path):
            y = self.net.parent[x]
            if y > 0:
                message = self.combine(y, [c for c in self.kids[y] if c != x], message)
            message = self.with_matrix(message, x)
        return message


def tied_cut(net: Net, meter: Meter) -> int:
    """U2: the cut of a block, with tied matrices counted together."""
    return min(Cut(net, meter).message[1])


def bridge(net: Net, rule: dict[str, Any], meter: Meter) -> int:
    """U3: the matrix above v splits the block into tensors a x b x rho and c x d x rho.

    The rank is at most R_rho(a, b; c, d), the largest rank of sum_g A_g (x) C_g over matrices A_g
    of shape a x b and C_g of shape c x d.  A general C is a direct sum of the (c_i, d_i) of
    `decompose(rho, rho, c, d)`, and each part contributes at most min(a c_i, b d_i).
    """
    v = as_int(rule["variable"], "the variable of a bridge", 1, len(net.dim) - 1)
    cut = Cut(net, meter, v)
    rho = cut.rho(v)
    if rho < 2:
        raise Refusal("a bridge rule must not stand at a matrix of rank 1.")
    d, c = cut.message[v]
    b, a = cut.downward(v)
    a, c = min(a, rho * b), min(c, rho * d)
    b, d = min(b, rho * a), min(d, rho * c)
    if max(rho, a, b, c, d).bit_length() > MAX_BITS:
        raise Refusal(f"a bridge rule has numbers of more than {MAX_BITS} bits.")
    meter.sources.add(SCHOFIELD)
    return sum(m * min(a * x, b * y) for m, x, y in decompose(rho, rho, c, d, meter))


def star(net: Net, rule: dict[str, Any], meter: Meter) -> int:
    """U6: at variable v of dimension r the columns lie in sum_alpha (x)_p U^p_alpha.

    Part p (a child with its matrix, or what is above v) has r subspaces of dimension u_p in a
    space of dimension a_p; general ones are a direct sum of the summands of `subspaces`, so the
    sum is one over all choices of a summand in each part, of dimension at most
    min(prod b, sum_alpha prod).
    """
    v = as_int(rule["variable"], "the variable of a star", 1, len(net.dim) - 1)
    cut = Cut(net, meter, v)
    r = net.dim[v]
    if not cut.kids[v] or r < 2:
        raise Refusal("a star rule must not stand at a leaf or at a variable of dimension 1.")
    if rule["side"] not in ("I", "J"):
        raise Refusal('the side of a star rule must be "I" or "J".')
    s = 0 if rule["side"] == "I" else 1
    parts = [cut.message[c] for c in cut.kids[v]] + [cut.downward(v)]
    meter.sources.add(SCHOFIELD)
    return star_bound(r, [(m[1 - s], min(m)) for m in parts], meter)


def star_bound(r: int, parts: list[tuple[int, int]], meter: Meter) -> int:
    """Bound dim sum_alpha (x)_p U^p_alpha over r subspaces of dimension u_p in dimension a_p."""
    total, bits = {(1, (1,) * min(r, MAX_STATES)): 1}, 0
    for number, (given, u) in enumerate(parts, 1):
        a = min(given, r * u)
        bits += a.bit_length()
        if bits > MAX_BITS or number > 25 or r * (r + 1) ** number * (32 + bits) > MAX_STATES:
            raise Refusal("a star rule is too large: too many parts, states or digits.")
        found: dict[tuple[int, tuple[int, ...]], int] = {}
        for m, b, states in subspaces(r, a, u, meter):
            for (big, small), times in total.items():
                key = (big * b, tuple(map(operator.mul, small, states)))
                found[key] = found.get(key, 0) + m * times
        meter.spend(4 * r * len(found) * (1 + bits / 32))
        total = found
    return sum(times * min(big, sum(small)) for (big, small), times in total.items())


def subspaces(r: int, a: int, u: int, meter: Meter) -> list[tuple[int, int, tuple[int, ...]]]:
    """Decompose r general subspaces of dimension u in dimension a: (number, space, subspaces).

    A part (b1, b2) of `decompose(r, 1, a, u)` whose Tits form is r is the sum of r parts that
    differ in one subspace, of dimension t + e where the others have t.
    """
    found = []
    for m, b1, b2 in decompose(r, 1, a, u, meter):
        e = 1 if b2 % r == 1 else -1
        t = (b2 - e) // r
        if b1 * b1 + r * b2 * b2 - r * b1 * b2 == r and (b2 - e) % r == 0 and b1 % r == 0:
            for alpha in range(r):
                states = tuple(t + e if i == alpha else t for i in range(r))
                found.append((m, b1 // r, states))
        else:
            found.append((m, b1, (b2,) * r))
    return found


def decompose(f: int, g: int, x: int, y: int, meter: Meter) -> list[tuple[int, int, int]]:
    """Return the canonical decomposition of (x, y): at most two parts (number, p, q).

    g x^2 + f y^2 - f g x y is the Tits form of rho = f = g arrows between spaces of dimensions x
    and y (times rho), or of f subspaces of dimension y in a space of dimension x (g = 1).  Where it
    is not positive, (x, y) is one part.  Else (x, y) = i P + j Q with i, j >= 0 for two neighbours
    P, Q of the sequence (0, 1), (1, g), f (1, g) - (0, 1), ... (factors f, g, f, ...), or of its
    mirror image.  These are the dimensions that reflections make of simple representations; P and
    Q have no extensions by each other and themselves, so the general object is i P + j Q.
    """
    if g * x * x + f * y * y <= f * g * x * y:
        return [(1, x, y)]
    if 2 * y < g * x:
        return [(m, p, q) for m, q, p in decompose(g, f, y, x, meter)]
    low, high, factor = (0, 1), (1, g), f
    if f * g == 4:  # the sequence is an arithmetic progression: jump near the place
        j = max(0, x // (f * y - 2 * x) - 1)
        low, high = (j * f, 1 + 2 * j), (1 + 2 * j, g + j * g)
    left = [x * q - y * p for p, q in (low, high)]  # falls; 0 is where (x, y) lies
    while left[1] > 0:
        low, high = high, (factor * high[0] - low[0], factor * high[1] - low[1])
        left = [left[1], factor * left[1] - left[0]]
        factor = f + g - factor
        meter.spend(10 + high[1].bit_length() / 4)
    return [(m, *part) for m, part in ((-left[1], low), (left[0], high)) if m]


def upper_block(net: Net, rule: object, meter: Meter) -> int:
    """Bound the rank of one block, for all weights."""
    kind = kind_of(rule, "an upper block rule", "rule")
    if kind == "tied_cut":
        as_object(rule, "a tied_cut rule", ("rule",))
        return tied_cut(net, meter)
    if kind == "bridge":
        return bridge(net, as_object(rule, "a bridge rule", ("rule", "variable")), meter)
    if kind == "star":
        return star(net, as_object(rule, "a star rule", ("rule", "variable", "side")), meter)
    raise Refusal(f"there is no upper block rule {brief(kind)}.")


# ---------------------------------------------------------------------------------------------
# Lower rules of a tree circuit: split (L2, L3) and routing (L1)
# ---------------------------------------------------------------------------------------------


def specialise(net: Net, runs: object) -> Net:
    """L2: let every variable keep its first channels only.

    The rest is cut off by zeros in a parameter next to the variable (in all its uses), or, at an
    input leaf, by looking at a part of the tensor.
    """
    net.labels.meter.spend(1000 * len(net.dim))
    dim: list[int] = []
    for run in as_list(runs, "the dimensions of a split"):
        if type(run) is not list or len(run) != 2:
            raise Refusal("the dimensions of a split must be a list of [dimension, count].")
        count = as_int(run[1], "a count of dimensions", 1, len(net.dim) - len(dim))
        dim.extend([as_int(run[0], "a dimension of a split", 1, MAX_WIDTH)] * count)
    if len(dim) != len(net.dim):
        raise Refusal(f"a split gives {len(dim)} dimensions for {len(net.dim)} variables.")
    touched = bytearray(len(dim))
    for v in range(1, len(dim)):
        if net.above[v] >= 0:
            touched[v] = touched[net.parent[v]] = 1
    for v, (new, old) in enumerate(zip(dim, net.dim, strict=True)):
        if new > old:
            raise Refusal(f"a split enlarges variable {v} from {old} to {new}.")
        if new < old and net.side[v] < 0 and not touched[v]:
            raise Refusal(f"a split shrinks variable {v}, which touches no parameter.")
    side = [s if d > 1 else -1 for s, d in zip(net.side, dim, strict=True)]
    return Net(dim, net.parent, side, net.above, net.labels)


def check_ties(net: Net) -> None:
    """Demand that each parameter has one shape and one view in the network."""
    shapes: dict[int, tuple[int, int]] = {}
    views: dict[int, int] = {}
    for v in range(1, len(net.dim)):
        label = net.above[v]
        if label >= 0:
            shape = (net.dim[net.parent[v]], net.dim[v])
            if shapes.setdefault(label, shape) != shape:
                raise Refusal(
                    f"a split leaves one parameter with two shapes, {shapes[label]} and {shape}."
                )
            if views.setdefault(net.labels.pairs[label][0], label) != label:
                raise Refusal("a split needs each parameter in one view only.")


def split(net: Net, rule: object, meter: Meter, story: list[str], depth: int = 0) -> int:
    """L2 and L3: specialise, cut into blocks, multiply the blocks' bounds.

    Each block's bound holds for almost all values of the parameters; finitely many non-zero
    polynomials have a non-zero product, so all hold together.
    """
    if depth > MAX_DEPTH:
        raise Refusal(f"splits are nested more than {MAX_DEPTH} times.")
    data = as_object(rule, "a split rule", ("rule", "dims", "blocks"))
    if data["dims"] is not None:
        net = specialise(net, data["dims"])
    check_ties(net)
    found = blocks(net)
    rules = as_list(data["blocks"], "the blocks of a split")
    if len(rules) != len(found):
        raise Refusal(
            f"a split has {counted(len(found), 'kind')} of blocks"
            f" and {counted(len(rules), 'rule')} for them."
        )
    values = [
        meter.power(lower_block(block, block_rule, meter, story, depth + 1), count)
        for (block, count), block_rule in zip(found, rules, strict=True)
    ]
    return meter.product(values)


def lower_block(net: Net, rule: object, meter: Meter, story: list[str], depth: int) -> int:
    """Bound the rank of one block, for almost all values of its parameters."""
    kind = kind_of(rule, "a lower block rule", "rule")
    if kind == "split":
        return split(net, rule, meter, story, depth)
    if kind == "kronecker":
        return kronecker(net, rule, meter, story, depth)
    if kind == "minor":
        seed, size, prime = minor_data(rule)
        story.append(f"a minor of size {size}")
        return minor_value(block_program(net, seed, size, prime), size, prime, meter)
    if kind == "routing":
        story.append("routing")
        return routing(net, rule, meter)
    raise Refusal(f"there is no lower block rule {brief(kind)}.")


def kronecker(net: Net, rule: object, meter: Meter, story: list[str], depth: int) -> int:
    """L1 with a network for each digit: every factor keeps some channels of every variable.

    At weights W' (x) W'', padded with zeros, the tensor is the Kronecker product of the factors'
    tensors.  Tied matrices stay tied, since every factor gives a parameter one shape.
    """
    data = as_object(rule, "a kronecker rule", ("rule", "factors"))
    factors = as_list(data["factors"], "the factors of a kronecker rule")
    if any(label < 0 for label in net.above[1:]):
        raise Refusal("a kronecker rule needs a block without fixed matrices.")
    if not factors:
        raise Refusal("a kronecker rule has no factors.")
    filled, value = [1] * len(net.dim), 1
    for factor in factors:
        if kind_of(factor, "a factor of a kronecker rule", "rule") != "split":
            raise Refusal("the factors of a kronecker rule must be splits.")
        inner = as_object(factor, "a split rule", ("rule", "dims", "blocks"))
        for v, d in enumerate(specialise(net, inner["dims"]).dim):
            filled[v] *= d
            if filled[v] > net.dim[v]:
                raise Refusal(
                    f"the factors of a kronecker rule need {filled[v]} channels of variable {v},"
                    f" which has only {net.dim[v]}."
                )
        value = meter.product((value, split(net, factor, meter, story, depth)))
    return value


def routing(net: Net, rule: object, meter: Meter) -> int:
    """L1: send digits along paths from leaves of side I to leaves of side J.

    Every variable encodes one digit for each path through it; every matrix compares the digits of
    the paths through both its ends and is zero out of range.  The tensor is then 1 exactly where
    each path's digits agree at its two ends, and its rank is the product of the bases.
    """
    data = as_object(rule, "a routing rule", ("rule", "paths"))
    depth = [0] * len(net.dim)
    for v in range(1, len(net.dim)):
        depth[v] = depth[net.parent[v]] + 1
    slots: list[list[tuple[int, int]]] = [[] for _ in net.dim]  # (path, base)
    filled = [1] * len(net.dim)

    def visit(v: int, path: int, base: int) -> None:
        meter.spend(1000)
        filled[v] *= base
        slots[v].append((path, base))
        if filled[v] > net.dim[v]:
            raise Refusal(
                f"the paths through variable {v} of a block need {filled[v]} values,"
                f" but it has {net.dim[v]}."
            )

    for number, path in enumerate(as_list(data["paths"], "the paths of a routing")):
        if type(path) is not list or len(path) != 3:
            raise Refusal("a path of a routing must be [leaf of I, leaf of J, base].")
        ends = [as_int(path[i], "the end of a path", 1, len(net.dim) - 1) for i in (0, 1)]
        base = as_int(path[2], "the base of a path", 2, MAX_WIDTH)
        for s in (0, 1):
            if net.side[ends[s]] != s:
                raise Refusal(f"a path's end {ends[s]} is not a leaf of side {'IJ'[s]}.")
        p, q = ends
        while p != q:
            if depth[p] >= depth[q]:
                visit(p, number, base)
                p = net.parent[p]
            else:
                visit(q, number, base)
                q = net.parent[q]
        visit(p, number, base)
    check_routed(net, slots, filled, meter)
    return meter.product([path[2] for path in data["paths"]])


def check_routed(
    net: Net, slots: list[list[tuple[int, int]]], filled: list[int], meter: Meter
) -> None:
    """Demand that tied matrices come out equal, and fixed ones as they are."""
    seen: dict[int, object] = {}
    good: set[tuple[int, object]] = set()
    for v in range(1, len(net.dim)):
        y, label = net.parent[v], net.above[v]
        meter.spend(5000 + 1000 * (len(slots[y]) + len(slots[v])))
        form = (net.dim[y], net.dim[v], *routed_form(slots[y], slots[v]))
        if label >= 0:
            if seen.setdefault(label, form) != form:
                raise Refusal(f"a routing gives a tied parameter two matrices (at variable {v}).")
            continue
        if (label, form) in good:
            continue
        if net.dim[y] * net.dim[v] > MAX_FIXED:
            raise Refusal(f"a fixed matrix of more than {MAX_FIXED} entries stands in a routing.")
        entries = net.labels.entries(label, net.dim[y], net.dim[v])
        rows, columns = (digits(slots[x], net.dim[x], filled[x]) for x in (y, v))
        both = {path for path, _ in slots[y]} & {path for path, _ in slots[v]}
        row_keys, column_keys = (
            [None if d is None else tuple(x for path, x in d if path in both) for d in side]
            for side in (rows, columns)
        )
        meter.spend(100 * net.dim[y] * net.dim[v])
        for row, key in zip(entries, row_keys, strict=True):
            for entry, other in zip(row, column_keys, strict=True):
                if entry != int(key is not None and key == other):
                    raise Refusal(f"a routing does not give the fixed matrix above variable {v}.")
        good.add((label, form))


def digits(
    slots: list[tuple[int, int]], dim: int, filled: int
) -> list[tuple[tuple[int, int], ...] | None]:
    """Write each value of a variable in mixed radix, first slot slowest; None is out of range."""
    ranges = [[(path, x) for x in range(base)] for path, base in slots]
    values: list[tuple[tuple[int, int], ...] | None] = list(itertools.product(*ranges))
    return values + [None] * (dim - filled)


def routed_form(
    rows: list[tuple[int, int]], columns: list[tuple[int, int]]
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Normal form of the matrix that compares the digits of the common paths.

    Each side is a list of (base, number of its partner or -1).  Adjacent slots without partner are
    merged, and adjacent slots whose partners are adjacent in the same order.
    """
    at = {path: j for j, (path, _) in enumerate(columns)}
    row_form: list[tuple[int, int]] = []
    partner: dict[int, int] = {}  # column slot -> number of its pair after merging
    previous = -1
    for path, base in rows:
        j = at.get(path, -1)
        if row_form and (row_form[-1][1] < 0 if j < 0 else j > 0 and previous == j - 1):
            row_form[-1] = (row_form[-1][0] * base, row_form[-1][1])
        else:
            row_form.append((base, -1 if j < 0 else len(set(partner.values()))))
        if j >= 0:
            partner[j] = row_form[-1][1]
        previous = j
    column_form: list[tuple[int, int]] = []
    for j, (_, base) in enumerate(columns):
        pair = partner.get(j, -1)
        if column_form and column_form[-1][1] == pair:
            column_form[-1] = (column_form[-1][0] * base, pair)
        else:
            column_form.append((base, pair))
    return tuple(row_form), tuple(column_form)


# ---------------------------------------------------------------------------------------------
# Minors (L4): the stream, programs, their values on a grid, determinants modulo a prime
# ---------------------------------------------------------------------------------------------


def split_mix(seed: int, prime: int) -> Iterator[int]:
    """Return the numbers of the SplitMix64 stream, modulo the prime."""
    mask = (1 << 64) - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield (z ^ (z >> 31)) % prime


def is_prime(number: int) -> bool:
    """Trial division; enough below 2^24."""
    return number > 1 and all(number % d for d in range(2, math.isqrt(number) + 1))


def minor_data(rule: object, more: tuple[str, ...] = ("size",)) -> tuple[int, int, int]:
    """Read the seed, size and prime of a minor."""
    data = as_object(rule, "a minor", ("rule", "seed", "prime", *more))
    seed = as_int(data["seed"], "the seed of a minor", 0, (1 << 64) - 1)
    prime = as_int(data["prime"], "the modulus of a minor", 3, (1 << 24) - 1)
    if not is_prime(prime):
        raise Refusal(f"the modulus {prime} of a minor is not a prime.")
    size = as_int(data["size"], "the size of a minor", 1, 65_535) if "size" in more else 0
    return seed, size, prime


def modulo(matrix: Matrix, prime: int) -> list[list[int]]:
    """Reduce exact numbers modulo a prime."""
    try:
        return [
            [
                x % prime if type(x) is int else x.numerator * pow(x.denominator, -1, prime) % prime
                for x in row
            ]
            for row in matrix
        ]
    except ValueError:
        raise Refusal(f"a denominator is divisible by the prime {prime}.") from None


@dataclass(slots=True)
class Op:
    """One step of a program; its value has `width` channels and depends on the sides in `touch`.

    `leaf`: the vectors (k x width) of a row or column; else `mats`: a sum of matrices times the
    operands; else the product of the operands, channel by channel (1 without operands).
    """

    width: int
    touch: int  # bit 0: depends on the row, bit 1: on the column
    operands: list[int]
    leaf: list[list[int]] | None = None
    mats: list[list[list[int]]] | None = None


def arrays(
    draw: Callable[[int, int], list[list[int]]], shapes: Iterable[tuple[int, int]], meter: Meter
) -> list[list[list[int]]]:
    """Draw one array after another, within the limit on their size."""
    total, found = 0, []
    for rows, columns in shapes:
        total += rows * columns
        meter.spend(500 * rows * columns + 1000)
        if total > MAX_WEIGHTS:
            raise Refusal(f"a minor needs more than {MAX_WEIGHTS} weights and vector entries.")
        found.append(draw(rows, columns))
    return found


def drawing(seed: int, prime: int) -> Callable[[int, int], list[list[int]]]:
    """Return a function that draws arrays from the stream, row by row."""
    stream = split_mix(seed, prime)
    return lambda rows, columns: [list(itertools.islice(stream, columns)) for _ in range(rows)]


def circuit_weights(
    circuit: Circuit,
    draw: Callable[[int, int], list[list[int]]],
    space: str,
    prime: int,
    meter: Meter,
) -> list[list[list[int]]]:
    """Draw the parameters in the order of their names; on the simplex rows get the sum 1."""
    order = sorted(range(len(circuit.parameters)), key=circuit.parameters.__getitem__)
    drawn = arrays(draw, (circuit.shapes[i] for i in order), meter)
    weights: list[list[list[int]]] = [[]] * len(order)
    for i, matrix in zip(order, drawn, strict=True):
        if space == "simplex":
            for row in matrix:
                row[-1] = (1 - sum(row[:-1])) % prime
        weights[i] = matrix
    return weights


def circuit_program(
    circuit: Circuit,
    sides: bytearray,
    output: int,
    weights: list[list[list[int]]],
    vectors: Sequence[list[list[int]]],
    fixed: list[list[list[int]]],
) -> list[Op]:
    """Write a circuit as a program: location i gets vectors[i], one for each row or column."""
    ops: list[Op] = []
    last = len(circuit.kinds) - 1
    for i, kind in enumerate(circuit.kinds):
        width, children = circuit.widths[i], circuit.children[i]
        touch = functools.reduce(operator.or_, (ops[c].touch for c in children), 0)
        if kind == INPUT:
            place = circuit.places[i]
            ops.append(Op(width, 1 << sides[place], [], vectors[place]))
        elif kind == SUM:
            mats = [weights[r] if r >= 0 else fixed[-1 - r] for r in circuit.refs[i]]
            if i == last:
                width, mats = 1, [[matrix[output]] for matrix in mats]
            ops.append(Op(width, touch, children, None, mats))
        else:
            ops.append(Op(width, touch, children))
    if circuit.kinds[last] != SUM:
        row = [int(j == output) for j in range(circuit.widths[last])]
        ops.append(Op(1, ops[last].touch, [last], None, [[row]]))
    return ops


def block_program(net: Net, seed: int, size: int, prime: int) -> list[Op]:
    """Write a block as a program, its parameters and vectors from the stream."""
    meter = net.labels.meter
    draw, order = drawing(seed, prime), list(range(1, len(net.dim)))
    shapes: dict[int, tuple[int, int]] = {}
    for v in order:
        if net.above[v] >= 0:
            shapes.setdefault(net.above[v], (net.dim[net.parent[v]], net.dim[v]))
    weights = dict(zip(shapes, arrays(draw, shapes.values(), meter), strict=True))
    leaves = [v for v in order if net.side[v] >= 0]
    drawn = arrays(draw, ((size, net.dim[v]) for v in leaves), meter)
    vectors = dict(zip(leaves, drawn, strict=True))
    kids, at = net.children(), [0] * len(net.dim)
    ops: list[Op] = []
    fixed: dict[tuple[int, int, int], list[list[int]]] = {}
    for v in range(len(net.dim) - 1, -1, -1):
        incoming = []
        for c in kids[v]:
            label, shape = net.above[c], (net.dim[v], net.dim[c])
            if label < 0 and (label, *shape) not in fixed:
                fixed[label, *shape] = modulo(net.labels.entries(label, *shape), prime)
            matrix = weights[label] if label >= 0 else fixed[label, *shape]
            incoming.append(len(ops))
            ops.append(Op(net.dim[v], ops[at[c]].touch, [at[c]], None, [matrix]))
        at[v] = len(ops)
        touch = functools.reduce(operator.or_, (ops[c].touch for c in incoming), 0)
        if net.side[v] >= 0:
            ops.append(Op(net.dim[v], 1 << net.side[v], [], vectors[v]))
        else:
            ops.append(Op(net.dim[v], touch, incoming))
    return ops


def seconds_needed(ops: list[Op], size: int) -> float:
    """Estimate the time of a minor in pure Python (calibrated on a 2-core x86 machine)."""
    cell = row = flat = (
        0.0  # nanoseconds for a cell of the grid, for a row, for all rows or columns
    )
    for op in ops:
        steps = sum(len(m) * len(m[0]) for m in op.mats or [])
        touched = [ops[o].touch for o in op.operands]
        if op.leaf is not None:
            flat += 700.0 * size * op.width
        elif op.touch != 3:
            flat += size * (5.0 * steps + 100.0 * op.width * (1 + len(touched)))
        elif op.mats is not None:
            cell += 4.0 * steps + 45.0 * op.width
            row += 150.0 * steps + 3000.0
        else:
            cell += 90.0 * op.width * (touched.count(3) + (2 in touched) - 1) + 10.0 * op.width
            row += 100.0 * op.width * len(touched) + 3000.0
    return (size * size * cell + size * row + flat + 3.2 * size**3) / 1e9


def minor_value(ops: list[Op], size: int, prime: int, meter: Meter) -> int:
    """L4: return the size of the minor if its determinant is not zero, and refuse otherwise."""
    for op in ops:
        if op.mats is not None and sum(len(m[0]) for m in op.mats) > 1 << 15:
            raise Refusal("a sum has more than 32,768 incoming channels, too many for a minor.")
    if meter.use_numpy:
        regular = numpy_minor(ops, size, prime, meter)
    else:
        meter.announce(seconds_needed(ops, size), size)
        if size * (size // 4 + sum(op.width for op in ops)) > MAX_CELLS:
            raise Refusal(f"a minor of size {size} needs too many numbers; try --numpy.")
        rows = []
        for row in Grid(ops, size, prime).rows():
            meter.look()
            rows.append(row)
        regular = packed_rank(rows, size, prime, meter, stop=True) == size
    if not regular:
        raise Refusal(f"the minor of size {size} is zero modulo {prime}.")
    return size


def pack(values: Sequence[int]) -> int:
    """Write numbers below 2^64 into the 64-bit slots of one integer, the first lowest."""
    slots = array("Q", values)
    if sys.byteorder == "big":
        slots.byteswap()
    return int.from_bytes(slots.tobytes(), "little")


def unpack(packed: int, count: int) -> list[int]:
    """Read the slots of a packed integer."""
    slots = array("Q")
    slots.frombytes(packed.to_bytes(8 * count, "little"))
    if sys.byteorder == "big":
        slots.byteswap()
    return slots.tolist()


def combine(matrix: list[list[int]], packs: list[int], count: int) -> list[list[int]]:
    """Multiply a matrix and packed channels; sums stay below 2^63 (at most 2^15 terms of 2^48)."""
    return [unpack(sum(map(operator.mul, row, packs)), count) for row in matrix]


Channels = list[list[int]]


def flat_values(ops: list[Op], size: int, prime: int) -> list[Channels]:
    """Evaluate all steps that depend on one side at most, for all rows (or columns) at once."""
    values: list[Channels] = []

    def spread(channels: Channels, count: int) -> Channels:
        return [c * count if len(c) < count else c for c in channels]

    for op in ops:
        if op.touch == 3:
            values.append([])
            continue
        count = 1 if op.touch == 0 else size
        if op.leaf is not None:
            values.append([list(channel) for channel in zip(*op.leaf, strict=True)])
        elif op.mats is not None:
            packs: list[int] = []
            for o in op.operands:
                packs.extend(map(pack, spread(values[o], count)))
            wide = [list(itertools.chain(*rows)) for rows in zip(*op.mats, strict=True)]
            values.append([[x % prime for x in c] for c in combine(wide, packs, count)])
        else:
            result = [[1] * count for _ in range(op.width)]
            for o in op.operands:
                result = times(result, spread(values[o], count), prime)
            values.append(result)
    return values


def times(first: Channels, second: Channels, prime: int) -> Channels:
    """Multiply channel by channel."""
    return [
        [x * y % prime for x, y in zip(a, b, strict=True)]
        for a, b in zip(first, second, strict=True)
    ]


@dataclass(slots=True)
class Mixed:
    """A value in one row of the grid: `scale[g]` times `channels[g]`, a number for each column."""

    scale: list[int] | None
    channels: Channels
    packed: list[int] | None = None  # the channels, packed
    reduced: bool = False  # are the channels below the prime?


class Grid:
    """The values of a program on a size x size grid.

    What depends on one side is evaluated once, for all rows or columns.  The rest is evaluated row
    by row, for all columns at once; one scalar per channel is kept apart, so that a product of a
    row's and a column's value costs nothing per cell.
    """

    def __init__(self, ops: list[Op], size: int, prime: int) -> None:
        self.ops, self.size, self.prime = ops, size, prime
        self.flat = flat_values(ops, size, prime)
        self.values: dict[int, Mixed] = {}
        self.ones = pack([1] * size)
        self.columns: dict[
            int, Channels
        ] = {}  # of a mixed product: its column operands, multiplied
        self.packs: dict[int, list[int]] = {}  # of column operands of mixed sums; of `columns`
        for n, op in enumerate(ops):
            column = [o for o in op.operands if op.touch == 3 and ops[o].touch == 2]
            for o in column:
                if op.mats is not None:
                    self.packs[o] = self.packs.get(o) or [pack(c) for c in self.flat[o]]
                elif n in self.columns:
                    self.columns[n] = times(self.columns[n], self.flat[o], prime)
                else:
                    self.columns[n] = self.flat[o]
            if n in self.columns and all(ops[o].touch != 3 for o in op.operands):
                self.packs[n] = [pack(c) for c in self.columns[n]]

    def rows(self) -> Iterator[int]:
        """Yield the rows of the output's first channel, packed."""
        last, prime = len(self.ops) - 1, self.prime
        touch = self.ops[last].touch
        for a in range(self.size):
            if touch != 3:
                channel = self.flat[last][0]
                here = channel if touch == 2 else [channel[a if touch else 0]] * self.size
                yield pack(here)
                continue
            for n, op in enumerate(self.ops):
                if op.touch == 3:
                    self.values[n] = self.sum(op, a) if op.mats else self.product(n, op, a)
            value = self.values[last]
            factor = value.scale[0] if value.scale else 1
            yield pack([x * factor % prime for x in value.channels[0]])

    def row_values(self, o: int, a: int) -> list[int]:
        """Return an operand that does not depend on the column, in row a."""
        return [c[a if len(c) > 1 else 0] for c in self.flat[o]]

    def sum(self, op: Op, a: int) -> Mixed:
        """Add matrices times operands, in row a."""
        prime, sums = self.prime, [0] * op.width
        for matrix, o in zip(op.mats or [], op.operands, strict=True):
            if self.ops[o].touch < 2:
                vector = self.row_values(o, a)
                for g, row in enumerate(matrix):
                    sums[g] += sum(map(operator.mul, row, vector)) % prime * self.ones
                continue
            value = self.values[o] if o in self.values else Mixed(None, [], self.packs[o])
            packed = value.packed
            if packed is None:
                reduced = value.reduced
                packed = [pack(c if reduced else [x % prime for x in c]) for c in value.channels]
            for g, row in enumerate(matrix):
                if value.scale is not None:
                    row = [x * y % prime for x, y in zip(row, value.scale, strict=True)]
                sums[g] += sum(map(operator.mul, row, packed))
        return Mixed(None, [unpack(total, self.size) for total in sums])

    def product(self, n: int, op: Op, a: int) -> Mixed:
        """Multiply operands, in row a."""
        prime, scale = self.prime, [1] * op.width
        result = Mixed(scale, self.columns.get(n, []), self.packs.get(n), True)
        for o in op.operands:
            factors: list[int] | None = None
            if self.ops[o].touch < 2:
                factors = self.row_values(o, a)
            elif self.ops[o].touch == 3:
                value = self.values[o]
                factors = value.scale
                if result.channels:
                    channels = times(result.channels, value.channels, prime)
                    result = Mixed(scale, channels, None, True)
                else:
                    result = Mixed(scale, value.channels, value.packed, value.reduced)
            if factors is not None:
                scale = [x * y % prime for x, y in zip(scale, factors, strict=True)]
        result.scale = scale
        return result


def packed_rank(rows: list[int], columns: int, prime: int, meter: Meter, *, stop: bool) -> int:
    """Return the rank modulo the prime of packed rows with entries below it.

    A pivot row is reduced; the others grow by less than p^2 per column, below 2^64 in all.  With
    `stop`, a column without a pivot ends the elimination: the matrix is singular.
    """
    mask, rank = (1 << 64) - 1, 0
    for column in range(columns):
        meter.look()
        found = next((i for i, row in enumerate(rows) if (row & mask) % prime), -1)
        if found < 0:
            if stop or not rows:
                return rank
            rows = [row >> 64 for row in rows]
            continue
        rank += 1
        rows[found], rows[-1] = rows[-1], rows[found]
        pivot = [x % prime for x in unpack(rows.pop(), columns - column)]
        inverse = prime - pow(pivot[0], -1, prime)
        packed = pack(pivot)
        rows = [(row + (row & mask) * inverse % prime * packed) >> 64 for row in rows]
    return rank


# ---------------------------------------------------------------------------------------------
# The same with NumPy (--numpy only)
# ---------------------------------------------------------------------------------------------


def numpy_minor(ops: list[Op], size: int, prime: int, meter: Meter) -> bool:
    """Check a minor in float64 arithmetic on integers below 2^53, which is exact.

    Residues are centred, at most 2^23 + 4 in size; so products and sums of 64 products are exact.
    """
    try:
        np: Any = importlib.import_module("numpy")
    except ImportError:
        raise Refusal("--numpy needs NumPy, which cannot be imported here.") from None
    mixed = [op for op in ops if op.touch == 3]
    widths = sum(op.width for op in mixed)
    step = max(1, min(size, (1 << 17) // (size * max((op.width for op in mixed), default=1))))
    held = sum(op.width for op in ops if op.touch != 3) * size + widths * size * step
    needed = 8 * (held + size * size + 6 * 1024 * size)
    if size > MAX_NUMPY_SIZE or needed >> 20 > NUMPY_MEMORY_LIMIT:
        raise Refusal(
            f"a minor of size {size} would need about {needed >> 20:,} MB with NumPy"
            f" (limits: size {MAX_NUMPY_SIZE}, {NUMPY_MEMORY_LIMIT:,} MB)."
        )
    work = sum(len(m) * len(m[0]) for op in mixed for m in op.mats or [])
    meter.announce((size * size * (10.0 * widths + work) + 0.2 * size**3) / 1e9, size)
    matrix = np.empty((size, size))
    kept: dict[int, Any] = {}
    for a in range(0, size, step):
        meter.look()
        matrix[a : a + step] = numpy_rows(np, ops, kept, slice(a, min(a + step, size)), prime)
    return numpy_regular(np, matrix, prime, meter)


def centre(np: Any, x: Any, prime: int) -> Any:
    """Reduce modulo the prime, in place, to residues around zero; only multiples of it become 0."""
    quotient = np.rint(x * (1.0 / prime))
    quotient *= prime
    x -= quotient
    return x


def numpy_product(np: Any, left: Any, right: Any, prime: int) -> Any:
    """Multiply matrices of centred residues, in inner blocks of 64."""
    total = centre(np, left[:, :64] @ right[:64], prime)
    for i in range(64, left.shape[1], 64):
        total += left[:, i : i + 64] @ right[i : i + 64]
        centre(np, total, prime)
    return total


def numpy_rows(np: Any, ops: list[Op], kept: dict[int, Any], rows: slice, prime: int) -> Any:
    """Evaluate some rows of the grid; values have the axes (channel, row, column).

    What does not depend on the row is kept for the next call.
    """
    values = dict(kept)
    for n, op in enumerate(ops):
        if n in values:
            continue
        if op.leaf is not None:
            leaf = np.array(op.leaf[rows] if op.touch == 1 else op.leaf, dtype=np.float64).T
            total = centre(np, leaf[:, :, None] if op.touch == 1 else leaf[:, None, :], prime)
        elif op.mats is not None:
            total = np.zeros((op.width, 1, 1))
            for matrix, o in zip(op.mats, op.operands, strict=True):
                left = centre(np, np.array(matrix, dtype=np.float64), prime)
                right = values[o]
                part = numpy_product(np, left, right.reshape(right.shape[0], -1), prime)
                part = part.reshape(op.width, *right.shape[1:])
                total = part if o == op.operands[0] else centre(np, total + part, prime)
        else:
            total = np.ones((op.width, 1, 1))
            for o in op.operands:
                total = centre(np, total * values[o], prime)
        values[n] = total
        if not op.touch & 1:
            kept[n] = total
    return values[len(ops) - 1][0]


def numpy_regular(np: Any, matrix: Any, prime: int, meter: Meter) -> bool:
    """Say whether a matrix of centred residues is regular, eliminating 64 columns at a time."""
    size = matrix.shape[0]
    for first in range(0, size, 64):
        meter.look()
        last = min(first + 64, size)
        panel = matrix[first:, first:last].copy()
        for j in range(last - first):
            found = np.flatnonzero(panel[j:, j])
            if not len(found):
                return False
            if found[0]:
                pair, swapped = [j, j + int(found[0])], [j + int(found[0]), j]
                panel[pair] = panel[swapped]
                matrix[[first + i for i in pair]] = matrix[[first + i for i in swapped]]
            inverse = pow(int(panel[j, j]) % prime, -1, prime)
            inverse -= prime if 2 * inverse > prime else 0
            panel[j + 1 :, j] = centre(np, panel[j + 1 :, j] * inverse, prime)
            panel[j + 1 :, j + 1 :] -= panel[j + 1 :, j, None] * panel[None, j, j + 1 :]
            centre(np, panel[j + 1 :, j + 1 :], prime)
        top = matrix[first:last, last:]
        for j in range(1, last - first):
            top[j] = centre(
                np, top[j] - numpy_product(np, panel[j : j + 1, :j], top[:j], prime)[0], prime
            )
        for a in range(last, size, 1024):
            rows = slice(a, min(a + 1024, size))
            left = panel[rows.start - first : rows.stop - first]
            matrix[rows, last:] -= numpy_product(np, left, top, prime)
            centre(np, matrix[rows, last:], prime)
    return True


# ---------------------------------------------------------------------------------------------
# RankAt: the exact rank of a small matricization
# ---------------------------------------------------------------------------------------------


def exhaustive(subject: Subject, weights: list[Matrix]) -> int:
    """Write the matricization out over Q and return its rank.

    All (r+1)-minors of the matrix, made integral, are at most H (Hadamard); if its rank is at most
    r modulo primes whose product exceeds H, they are zero.
    """
    meter, dims, sides = subject.meter, subject.circuit.dims, subject.sides
    if meter.product(dims) > MAX_EXACT:
        raise Refusal(f"the matricization has more than {MAX_EXACT} entries.")
    order = [i for s in (0, 1) for i in range(len(dims)) if sides[i] == s]
    channel, modes, _ = exact_tensor(subject, weights)
    entries = reordered(channel, modes, dims, order)
    columns = math.prod(m for m, s in zip(dims, sides, strict=True) if s)
    matrix = [entries[a : a + columns] for a in range(0, len(entries), columns)]
    if columns > len(matrix):
        matrix = [list(column) for column in zip(*matrix, strict=True)]
    norms = sorted((sum(x * x for x in row) for row in matrix), reverse=True)
    rank, modulus, prime = 0, 1, 1 << 24
    while rank < len(matrix[0]):
        meter.spend(200 * (rank + 1))
        bound = meter.product([max(n, 1) for n in norms[: rank + 1]])
        if modulus * modulus > bound:
            break
        prime = next(p for p in range(prime - 1, 2, -1) if is_prime(p))
        modulus *= prime
        meter.spend(
            len(matrix) * len(matrix[0]) * (5 * len(matrix[0]) + most_bits(matrix) / 10) + 1e6
        )
        rows = [pack([x % prime for x in row]) for row in matrix]
        rank = max(rank, packed_rank(rows, len(matrix[0]), prime, meter, stop=False))
    return rank


TENSOR = "writing the tensor out"


def exact_tensor(subject: Subject, weights: list[Matrix]) -> tuple[list[int], list[int], int]:
    """Return the output's coefficient tensor times a scale, the order of its modes, and the scale.

    A node's tensor is a list for each channel, in the order of its list of locations, over a common
    denominator.
    """
    circuit, meter = subject.circuit, subject.meter
    tensors: list[tuple[list[list[int]], list[int], int]] = []
    left, live = list(circuit.uses), 0
    for i, kind in enumerate(circuit.kinds):
        width, parts = circuit.widths[i], [tensors[c] for c in circuit.children[i]]
        if kind == INPUT:
            meter.hold(live + width * width, 1, TENSOR)
            eye = [[int(j == d) for d in range(width)] for j in range(width)]
            tensors.append((eye, [circuit.places[i]], 1))
        elif kind == SUM:
            mats = [weights[r] if r >= 0 else circuit.matrices[-1 - r] for r in circuit.refs[i]]
            tensors.append(exact_sum(circuit.dims, mats, parts, meter))
        else:
            channels, modes, scale = [[1] for _ in range(width)], list[int](), 1
            for more, places, factor in parts:
                bits = most_bits(channels), most_bits(more)
                count = width * len(channels[0]) * len(more[0])
                meter.hold(count, sum(bits), TENSOR)
                meter.spend(count * (100 + bits[0] / 30 * (1 + bits[1] / 30)))
                channels = [
                    [x * y for x in a for y in b] for a, b in zip(channels, more, strict=True)
                ]
                modes, scale = modes + places, meter.product((scale, factor))
            tensors.append((channels, modes, scale))
        live += width * len(tensors[-1][0][0])
        meter.hold(live, most_bits(tensors[-1][0]), TENSOR)
        for c in circuit.children[i]:
            left[c] -= 1
            if not left[c]:
                live -= circuit.widths[c] * len(tensors[c][0][0])
                tensors[c] = ([], [], 1)
    channels, modes, scale = tensors[-1]
    return channels[subject.output], modes, scale


def exact_sum(
    dims: list[int],
    mats: list[Matrix],
    parts: list[tuple[list[list[int]], list[int], int]],
    meter: Meter,
) -> tuple[list[list[int]], list[int], int]:
    """Return sum_c W_c T_c over a common denominator."""
    modes, size = parts[0][1], len(parts[0][0][0])
    cleared = [meter.whole(matrix, "a matrix") for matrix in mats]
    units = [meter.product((unit, part[2])) for (_, unit), part in zip(cleared, parts, strict=True)]
    scale = meter.common(units, TENSOR, 4 * MAX_DENOMINATOR)
    meter.hold(len(mats[0]) * size, scale.bit_length(), TENSOR)
    result = [[0] * size for _ in mats[0]]
    for (matrix, _), unit, (channels, places, _) in zip(cleared, units, parts, strict=True):
        aligned = [c if places == modes else reordered(c, places, dims, modes) for c in channels]
        more = scale // unit
        first, second = most_bits(channels), most_bits(matrix) + more.bit_length()
        meter.hold(len(matrix) * size, first + second, TENSOR)
        meter.spend(len(matrix) * len(channels) * size * (100 + first / 30 * (1 + second / 30)))
        for g, row in enumerate(matrix):
            for entry, channel in zip(row, aligned, strict=True):
                factor = entry * more
                if factor:
                    result[g] = [x + factor * y for x, y in zip(result[g], channel, strict=True)]
    return result, modes, scale


def reordered(entries: list[int], modes: list[int], dims: list[int], order: list[int]) -> list[int]:
    """Permute the modes of a flat tensor, the last one running fastest."""
    stride, step = {}, 1
    for place in reversed(modes):
        stride[place] = step
        step *= dims[place]
    at = [0]
    for place in order:
        at = [a + i * stride[place] for a in at for i in range(dims[place])]
    return [entries[a] for a in at]


# ---------------------------------------------------------------------------------------------
# Theorems
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verified:
    """A statement that has been derived from a certificate's data.

    `text` is the statement in plain mathematics, `statement_sha256` names it (docs/certificates.md,
    "The digest of a statement"), `fingerprint` is the network's (empty where there is none),
    `lower` and `upper` are the derived bounds (None where the statement has none), `needed` is the
    number of a Separation.
    """

    kind: str
    text: tuple[str, ...]
    statement_sha256: str
    fingerprint: str
    lower: int | None
    upper: int | None
    needed: int | None
    sources: tuple[str, ...]


def exact(number: Entry) -> str:
    """Write an exact number as docs/certificates.md does in the digest of a statement."""
    if number.denominator == 1:
        return f"{number.numerator:x}"
    return f"{number.numerator:x}/{number.denominator:x}"


def statement_digest(statement: Mapping[str, object], meter: Meter) -> str:
    """SHA-256 of a statement's canonical text; tuples are rows of exact numbers."""
    encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
    digest = hashlib.sha256()

    def add(value: object) -> None:
        if type(value) is dict:
            for number, name in enumerate(sorted(value)):
                digest.update(f"{',' if number else '{'}{encode(name)}:".encode("ascii"))
                add(value[name])
            digest.update(b"}" if value else b"{}")
        elif type(value) is tuple and value and type(value[0]) is tuple:
            for number, row in enumerate(value):
                digest.update(b"," if number else b"[")
                add(row)
            digest.update(b"]")
        else:
            meter.spend(1000)
            if type(value) is tuple:
                meter.spend(500 * len(value) + len(value) * most_bits([value]) / 2)
                value = list(map(exact, value))
            digest.update(encode(value).encode("ascii"))

    add(statement)
    return digest.hexdigest()


def verified(
    statement: Mapping[str, object],
    text: Sequence[str],
    meter: Meter,
    *,
    bounds: tuple[int | None, int | None, int | None] = (None, None, None),
    source: str = LINEAR,
) -> Verified:
    """Put a verdict together: what was derived, what it rests on, the statement's digest.

    `statement` has the members that docs/certificates.md names, in canonical form.
    """
    kind, digest = str(statement["kind"]), statement_digest(statement, meter)
    sources = tuple(sorted(meter.sources)) or (source,)
    lines = [
        f"Verified: {kind}",
        *text,
        f"Rests on: {'; '.join(sources)}",
        f"SHA-256 of the statement: {digest}",
    ]
    if meter.use_numpy and meter.estimated:
        lines.append("Minors were checked with NumPy (--numpy), the faster second route.")
    fingerprint = str(statement.get("circuit", statement.get("a", "")))
    return Verified(kind, tuple(lines), digest, fingerprint, *bounds, sources)


def named(circuit: Circuit, weights: Sequence[Matrix]) -> dict[str, object]:
    """Return weights by their names."""
    return dict(zip(circuit.parameters, weights, strict=True))


def increasing(value: object, what: str, count: int) -> list[int]:
    """Read a strictly increasing list of numbers below count: not empty and not all of them."""
    numbers = as_list(value, what)
    if not 0 < len(numbers) < count:
        raise Refusal(
            f"{what} has {len(numbers)} members; it must be neither empty nor all of {count}."
        )
    previous = -1
    for number in numbers:
        if type(number) is not int or not previous < number < count:
            raise Refusal(f"{what} must be a strictly increasing list of numbers below {count}.")
        previous = number
    return numbers


@dataclass(slots=True)
class Subject:
    """What a statement is about: a circuit, a bipartition of its locations, an output channel."""

    circuit: Circuit
    inside: list[int]
    sides: bytearray
    output: int
    meter: Meter


def read_subject(circuit: Circuit, statement: dict[str, Any], meter: Meter) -> Subject:
    """Read I and the output channel."""
    inside = increasing(statement["I"], "I", len(circuit.dims))
    sides = bytearray(b"\1") * len(circuit.dims)
    for place in inside:
        sides[place] = 0
    output = as_int(statement["output"], "the output channel", 0, circuit.widths[-1] - 1)
    return Subject(circuit, inside, sides, output, meter)


def trivial(rule: object) -> tuple[int, str]:
    """Every rank is at least 0."""
    as_object(rule, "a trivial rule", ("rule",))
    return 0, "nothing (every rank is at least 0)"


def vanishing(subject: Subject, weights: Sequence[Matrix] | None) -> int:
    """Return 0 if the output's channel is zero, as one pass from the inputs shows; else refuse.

    Without weights, no entry of a parameter counts as zero.
    """
    circuit, meter = subject.circuit, subject.meter
    alive: list[list[int]] = []  # the channels that may be non-zero
    left, held = list(circuit.uses), 0
    for i, kind in enumerate(circuit.kinds):
        width, below = circuit.widths[i], [alive[c] for c in circuit.children[i]]
        held += width
        meter.hold(held, 32, "looking for channels that are zero")
        if kind == PRODUCT:
            meter.spend(100 * sum(map(len, below)))
            found = sorted(set(below[0]).intersection(*below[1:]))
        elif kind == SUM:
            entries: set[int] = set()
            for ref, channels in zip(circuit.refs[i], below, strict=True):
                given = None if weights is None or ref < 0 else weights[ref]
                matrix = circuit.matrices[-1 - ref] if ref < 0 else given
                if matrix is not None:
                    meter.spend(100 * width * (1 + len(channels)))
                    entries.update(
                        g for g, row in enumerate(matrix) if any(row[c] for c in channels)
                    )
                elif channels:
                    entries.update(range(width))
            found = sorted(entries)
        else:
            found = list(range(width))
        alive.append(found)
        for c in circuit.children[i]:
            left[c] -= 1
            if not left[c]:
                held -= circuit.widths[c]
                alive[c] = []
    if subject.output in alive[-1]:
        raise Refusal("the output is not shown to be zero.")
    return 0


def upper_bound(
    subject: Subject, rule: object, weights: Sequence[Matrix] | None = None
) -> tuple[int, str]:
    """Derive an upper bound, for all weights or these; return it and the name of what gave it."""
    circuit, meter = subject.circuit, subject.meter
    kind = kind_of(rule, "the upper rule", "rule")
    if kind == "index_recursion":
        as_object(rule, "an index_recursion rule", ("rule",))
        return index_recursion(circuit, subject.sides, meter), "index recursion"
    if kind == "vanishing":
        as_object(rule, "a vanishing rule", ("rule",))
        return vanishing(subject, weights), "an output that is zero"
    if kind != "factor":
        raise Refusal(f"there is no upper rule {brief(kind)} for this statement.")
    data = as_object(rule, "a factor rule", ("rule", "blocks"))
    found = blocks(tree_network(circuit, subject.sides, subject.output, meter))
    rules = as_list(data["blocks"], "the blocks of a factor rule")
    if len(rules) != len(found):
        raise Refusal(
            f"a factor rule has {counted(len(found), 'kind')} of blocks"
            f" and {counted(len(rules), 'rule')}."
        )
    values, names = [], []
    for (block, count), block_rule in zip(found, rules, strict=True):
        values.append(meter.power(upper_block(block, block_rule, meter), count))
        names.append(str(block_rule["rule"]).replace("_", " "))
    number = counted(sum(count for _, count in found), "block")
    factored = f"{number} of {counted(len(found), 'kind')}"
    return meter.product(values), f"factor into {factored}: {tally(names)}"


def counted(count: int | str, noun: str) -> str:
    """Print a count with its noun in the singular or plural."""
    return f"{count} {noun}{'' if str(count) == '1' else 's'}"


def tally(names: list[str]) -> str:
    """Print which rules were used how often."""
    counts = sorted({name: names.count(name) for name in set(names)}.items())
    parts = [name if count == 1 else f"{name} ({count} times)" for name, count in counts]
    return ", ".join(parts[:SHOW]) + (", ..." if len(parts) > SHOW else "")


def lower_bound(subject: Subject, rule: object, space: str) -> tuple[int, str]:
    """Derive a lower bound for almost all weights of a space; return it and what gave it."""
    circuit, meter = subject.circuit, subject.meter
    kind = kind_of(rule, "the lower rule", "rule")
    if kind == "trivial":
        return trivial(rule)
    if kind == "minor":
        seed, size, prime = minor_data(rule)
        draw = drawing(seed, prime)
        weights = circuit_weights(circuit, draw, space, prime, meter)
        return circuit_minor(subject, draw, weights, size, prime), f"a minor of size {size}"
    if kind != "split":
        raise Refusal(f"there is no lower rule {brief(kind)} for this statement.")
    net = tree_network(circuit, subject.sides, subject.output, meter)
    if space == "simplex":
        simplex_classes(circuit, meter)
    story: list[str] = []
    value = split(net, rule, meter, story)
    return value, f"specialise and split into blocks: {tally(story)}"


def circuit_minor(
    subject: Subject,
    draw: Callable[[int, int], list[list[int]]],
    weights: list[list[list[int]]],
    size: int,
    prime: int,
) -> int:
    """Check a minor about the circuit at given weights, the vectors coming from the stream."""
    circuit = subject.circuit
    vectors = arrays(draw, ((size, m) for m in circuit.dims), subject.meter)
    fixed = [modulo(m, prime) for m in circuit.matrices]
    ops = circuit_program(circuit, subject.sides, subject.output, weights, vectors, fixed)
    return minor_value(ops, size, prime, subject.meter)


def about(subject: Subject) -> list[str]:
    """Describe the network and the bipartition."""
    circuit = subject.circuit
    dims = sorted(set(circuit.dims))
    shown = str(dims[0]) if len(dims) == 1 else f"{dims[0]} to {dims[-1]}"
    weights = sum(rows * columns for rows, columns in circuit.shapes)
    places = len(circuit.dims)
    shape = "a tree" if circuit.is_tree else "not a tree"
    network = (
        f"Network: {places} locations of dimension {shown}, {len(circuit.kinds)} nodes ({shape}),"
        f" {len(circuit.parameters)} parameter matrices with {weights} weights; output channel"
        f" {subject.output} of {circuit.widths[-1]}."
    )
    sides = (
        f"I = {pattern(subject.inside)} ({len(subject.inside)} of {places} locations),"
        f" J = the other {places - len(subject.inside)}."
    )
    return [network, f"Fingerprint: {circuit.fingerprint}", sides]


def almost_all(space: str) -> str:
    """Say for which weights a generic statement holds."""
    return (
        "For almost all weights (off the zero set of a non-zero polynomial on the space of"
        f" {SPACES[space]})"
    )


MATRIX = "rank of the I x J matricization of the coefficient tensor"


def pattern(numbers: list[int]) -> str:
    """Print an increasing list, abbreviated when it is long."""
    if len(numbers) <= 2 * SHOW:
        return "{" + ", ".join(map(str, numbers)) + "}"
    step = numbers[1] - numbers[0]
    if all(b - a == step for a, b in itertools.pairwise(numbers)):
        return f"{{{numbers[0]}, {numbers[1]}, ..., {numbers[-1]}}} in steps of {step}"
    digest = hashlib.sha256(json.dumps(numbers).encode()).hexdigest()
    return "{" + ", ".join(map(str, numbers[:SHOW])) + f", ...}} (SHA-256 of the list {digest})"


def same(stored: Factors, value: int, what: str, meter: Meter) -> None:
    """Demand that the statement's number is exactly the derived one."""
    if not equal(stored, value, meter):
        derived = str(value) if value.bit_length() < 100 else f"one of {value.bit_length()} bits"
        raise Refusal(f"the statement's {what} is {show(stored)}, but the rules give {derived}.")


def generic_rank(
    circuit: Circuit, theorem: dict[str, Any], meter: Meter
) -> tuple[Subject, Verified]:
    """GenericRank: lower <= rank for almost all weights of the space, rank <= upper for all."""
    as_object(theorem, "a GenericRank theorem", ("statement", "lower", "upper"))
    names = ("kind", "I", "output", "space", "lower", "upper")
    statement = as_object(theorem["statement"], "a GenericRank statement", names)
    subject = read_subject(circuit, statement, meter)
    space = statement["space"]
    if type(space) is not str or space not in SPACES:
        raise Refusal(f"there is no parameter space {brief(space)}.")
    stored = [as_factors(statement[x], f"the statement's {x}") for x in ("lower", "upper")]
    check_scopes(circuit, meter)
    upper, above = upper_bound(subject, theorem["upper"])
    same(stored[1], upper, "upper bound", meter)
    lower, below = lower_bound(subject, theorem["lower"], space)
    same(stored[0], lower, "lower bound", meter)
    if lower > upper:
        raise Refusal("the lower bound exceeds the upper bound: one of the rules is wrong.")
    least, most = show(stored[0]), show(stored[1])
    end = "The two bounds differ: the generic rank lies between them."
    if lower == upper:
        end = f"So the rank is {least} for almost all weights."
    text = [
        *about(subject),
        f"{almost_all(space)}: {MATRIX} >= {least}",
        f"For all weights: rank <= {most}",
        end,
        f"Lower bound by: {below}",
        f"Upper bound by: {above}",
    ]
    said = said_of(subject, kind="GenericRank", space=space, lower=exact(lower), upper=exact(upper))
    return subject, verified(said, text, meter, bounds=(lower, upper, None))


def said_of(subject: Subject, **more: object) -> dict[str, object]:
    """Return the statement about a subject."""
    about = {"circuit": subject.circuit.fingerprint, "I": subject.inside, "output": subject.output}
    return {**about, **more}


def rank_at(circuit: Circuit, theorem: dict[str, Any], meter: Meter) -> Verified:
    """RankAt: lower <= rank <= upper at the weights of the statement."""
    as_object(theorem, "a RankAt theorem", ("statement", "lower", "upper"))
    names = ("kind", "I", "output", "weights", "lower", "upper")
    statement = as_object(theorem["statement"], "a RankAt statement", names)
    subject = read_subject(circuit, statement, meter)
    stored = [as_factors(statement[x], f"the statement's {x}") for x in ("lower", "upper")]
    weights = read_weights(circuit, statement["weights"])
    check_scopes(circuit, meter)
    kind = kind_of(theorem["lower"], "the lower rule", "rule")
    if kind == "trivial":
        lower, below = trivial(theorem["lower"])
    elif kind == "minor_at":
        seed, size, prime = minor_data(theorem["lower"])
        reduced = [modulo(matrix, prime) for matrix in weights]
        lower = circuit_minor(subject, drawing(seed, prime), reduced, size, prime)
        below = f"a minor of size {size}"
    else:
        raise Refusal('the lower rule of RankAt must be "minor_at" or "trivial".')
    same(stored[0], lower, "lower bound", meter)
    if kind_of(theorem["upper"], "the upper rule", "rule") == "exhaustive":
        as_object(theorem["upper"], "an exhaustive rule", ("rule",))
        upper, above = exhaustive(subject, weights), "all entries, exactly"
    else:
        upper, above = upper_bound(subject, theorem["upper"], weights)
    same(stored[1], upper, "upper bound", meter)
    if lower > upper:
        raise Refusal("the lower bound exceeds the upper bound: one of the rules is wrong.")
    digest = sorted_digest(statement["weights"])
    text = [
        *about(subject),
        f"At the weights stored in the certificate (SHA-256 of their sorted JSON {digest}):",
        f"{show(stored[0])} <= {MATRIX} <= {show(stored[1])}",
        f"Lower bound by: {below}",
        f"Upper bound by: {above}",
    ]
    said = said_of(subject, kind="RankAt", lower=exact(lower), upper=exact(upper))
    said["weights"] = named(circuit, weights)
    return verified(said, text, meter, bounds=(lower, upper, None))


def grid_rank(circuit: Circuit, theorem: dict[str, Any], meter: Meter) -> Verified:
    """GridRank: for almost all weights the grid matrix on the templates has rank >= lower.

    The rows and columns of a minor of that matrix are given; no structure of the circuit is needed.
    """
    as_object(theorem, "a GridRank theorem", ("statement", "lower"))
    names = ("kind", "I", "output", "templates", "lower")
    statement = as_object(theorem["statement"], "a GridRank statement", names)
    subject = read_subject(circuit, statement, meter)
    stored = as_factors(statement["lower"], "the statement's lower")
    templates = as_matrix(statement["templates"], "the templates")
    if set(circuit.dims) != {len(templates[0])}:
        raise Refusal("all locations must have one dimension, the length of the templates.")
    data = as_object(
        theorem["lower"], "the lower rule", ("rule", "seed", "prime", "rows", "columns")
    )
    if data["rule"] != "grid_minor":
        raise Refusal('the lower rule of GridRank must be "grid_minor".')
    seed, _, prime = minor_data(data, ("rows", "columns"))
    lines = [as_list(data[x], f"the {x} of a grid minor") for x in ("rows", "columns")]
    size = len(lines[0])
    if not 0 < size < 1 << 16 or len(lines[1]) != size:
        raise Refusal("a grid minor needs as many columns as rows, and at least one.")
    places: list[list[int]] = [[], []]
    for place, s in enumerate(subject.sides):
        places[s].append(place)
    reduced = modulo(templates, prime)
    vectors: list[list[list[int]]] = [[] for _ in circuit.dims]
    for s in (0, 1):
        for line in lines[s]:
            if len(as_list(line, "a row or column of a grid minor")) != len(places[s]):
                raise Refusal("a row or column of a grid minor has the wrong length.")
            for place, number in zip(places[s], line, strict=True):
                vectors[place].append(
                    reduced[as_int(number, "a template's number", 0, len(reduced) - 1)]
                )
    weights = circuit_weights(circuit, drawing(seed, prime), "real", prime, meter)
    fixed = [modulo(m, prime) for m in circuit.matrices]
    ops = circuit_program(circuit, subject.sides, subject.output, weights, vectors, fixed)
    lower = minor_value(ops, size, prime, meter)
    same(stored, lower, "lower bound", meter)
    grid = (
        f"{almost_all('real')}: the grid matrix on the {len(templates)} stored templates, rows I"
        f" and columns J, has rank >= {show(stored)}; so the separation rank of the network's"
        " function across I, J is at least that."
    )
    text = [*about(subject), grid, f"Lower bound by: a minor of size {size}"]
    said = said_of(subject, kind="GridRank", templates=templates, lower=exact(lower))
    return verified(said, text, meter, bounds=(lower, None, None))


def separation(circuit: Circuit, theorem: dict[str, Any], meter: Meter) -> Verified:
    """Separation: a family's members below `needed` have rank below the premise's lower bound.

    That bound on the members holds for all their weights, across the same I and J; and the tensors
    of rank <= k form a closed set, so the members do not come arbitrarily close either.
    """
    as_object(theorem, "a Separation theorem", ("statement", "premise"))
    names = ("kind", "family", "I", "output", "space", "needed")
    statement = as_object(theorem["statement"], "a Separation statement", names)
    subject = read_subject(circuit, statement, meter)
    space = statement["space"]
    if type(space) is not str or space not in SPACES:
        raise Refusal(f"there is no parameter space {brief(space)}.")
    stored = as_factors(statement["needed"], "the statement's needed")
    family, parameter = family_of(subject, statement["family"])
    premise = theorem["premise"]
    inner = premise.get("statement") if type(premise) is dict else None
    if type(inner) is not dict or inner.get("kind") != "GenericRank":
        raise Refusal("the premise of a Separation must be a GenericRank theorem.")
    if inner.get("space") != space:
        raise Refusal("the premise of a Separation is about another space of weights.")
    if len(set(circuit.dims)) > 1:
        raise Refusal("a Separation needs one dimension for all locations of the network.")
    proved, known = generic_rank(circuit, premise, meter)
    if proved.inside != subject.inside or proved.output != subject.output:
        raise Refusal("the premise of a Separation is about another bipartition or output.")
    needed = known.lower or 0
    same(stored, needed, "number needed", meter)
    facts = known.text[len(about(subject)) + 1 :]
    claim = (
        f"{almost_all(space)} of this network: no member of the family below with"
        f" {parameter} < {show(stored)} has the same coefficient tensor, nor do such members"
        " approximate it arbitrarily well."
    )
    text = [
        *about(subject),
        claim,
        f"Family: {family}",
        "Because a member's rank across I, J is at most that number, and here we know:",
        *(
            f"  {line}"
            for line in facts
            if not line.startswith(("Rests on", "SHA-256 of the", "Minors were"))
        ),
    ]
    said = said_of(
        subject, kind="Separation", family=statement["family"], space=space, needed=exact(needed)
    )
    return verified(said, text, meter, bounds=(known.lower, known.upper, needed))


def family_of(subject: Subject, family: object) -> tuple[str, str]:
    """Check that a family's parameter bounds its ranks across I, J; return its description."""
    places = len(subject.circuit.dims)
    kind = kind_of(family, "the family", "kind")
    if kind == "cp":
        as_object(family, "the family", ("kind",))
        return "all CP models (eq. 3) on the same locations, with any weights", "number of channels"
    if kind != "truncated":
        raise Refusal(f"there is no family {brief(kind)}.")
    data = as_object(family, "the family", ("kind", "levels", "window"))
    levels = as_int(data["levels"], "the levels of a family", 1, 64)
    window = as_int(data["window"], "the window of a family", 2, MAX_NODES)
    depth, size = 0, 1
    while size < places:
        size, depth = size * window, depth + 1
    if size != places or depth < levels:
        raise Refusal(
            f"a truncated family needs {window}^L locations, L >= {levels}; there are {places}."
        )
    block = window ** (levels - 1)
    sides = bytes(subject.sides)
    for start in range(0, places, block):
        if len(set(sides[start : start + block])) > 1:
            raise Refusal(f"I is not a union of blocks of {block} consecutive locations.")
    text = (
        f"all networks of eq. 5 with {counted(levels, 'product level')} and windows of {window} on"
        " the same locations, with any weights and any other widths"
    )
    return text, "width of the last hidden layer"


# ---------------------------------------------------------------------------------------------
# Represents and Universal: which tensors a network has
# ---------------------------------------------------------------------------------------------


def read_weights(circuit: Circuit, raw: object, without: str | None = None) -> list[Matrix]:
    """Read a matrix for each parameter (an empty one for the parameter left out), in order."""
    wanted = [name for name in circuit.parameters if name != without]
    given = as_object(raw, "the weights", dict.fromkeys(wanted))
    weights: list[Matrix] = []
    for name, shape in zip(circuit.parameters, circuit.shapes, strict=True):
        if name == without:
            weights.append(())
            continue
        matrix = as_matrix(given[name], f"the weight {brief(name)}")
        if (len(matrix), len(matrix[0])) != shape:
            raise Refusal(f"the weight {brief(name)} does not have the shape {shape}.")
        weights.append(matrix)
    return weights


def network_lines(circuit: Circuit) -> list[str]:
    """Describe a network in one line, and give its fingerprint."""
    dims = sorted(set(circuit.dims)) or [0]
    shown = str(dims[0]) if len(dims) == 1 else f"{dims[0]} to {dims[-1]}"
    return [
        (
            f"Network: {len(circuit.dims)} locations of dimension {shown},"
            f" {len(circuit.kinds)} nodes, {counted(circuit.widths[-1], 'output channel')}."
        ),
        f"Fingerprint: {circuit.fingerprint}",
    ]


def read_tensor(value: object) -> tuple[list[int], list[Entry]]:
    """Read the dimensions and the flat entries of a tensor, the last index running fastest."""
    data = as_object(value, "the tensor", ("dims", "entries"))
    dims = [as_int(d, "a dimension", 1, MAX_EXACT) for d in as_list(data["dims"], "dims")]
    if not 0 < len(dims) <= 64 or math.prod(dims) > MAX_EXACT:
        raise Refusal(f"a tensor has 1 to 64 modes and at most {MAX_EXACT} entries.")
    entries = [as_entry(x, "the tensor") for x in as_list(data["entries"], "the entries")]
    if len(entries) != math.prod(dims):
        raise Refusal(f"the tensor has {len(entries)} entries; its shape needs {math.prod(dims)}.")
    return dims, entries


def represents(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """Represents: the network's coefficient tensor at the weights is the stored tensor."""
    names = ("kind", "circuit", "output", "tensor", "weights")
    data = as_object(statement, "a Represents statement", names)
    if kind_of(proof, "the proof", "rule") != "expand":
        raise Refusal('the rule of Represents must be "expand".')
    as_object(proof, "the proof", ("rule",))
    circuit = read_circuit(data["circuit"], meter)
    output = as_int(data["output"], "the output channel", 0, circuit.widths[-1] - 1)
    dims, entries = read_tensor(data["tensor"])
    if dims != circuit.dims:
        raise Refusal("the tensor's dimensions are not the network's.")
    weights = read_weights(circuit, data["weights"])
    check_scopes(circuit, meter)
    subject = Subject(circuit, [], bytearray(len(dims)), output, meter)
    channel, modes, scale = exact_tensor(subject, weights)
    computed = reordered(channel, modes, dims, list(range(len(dims))))
    bits = max(most_bits([computed, entries]), scale.bit_length())
    meter.spend(len(entries) * (300 + bits / 30 * (1 + most_bits([entries]) / 30)))
    for place, (found, stored) in enumerate(zip(computed, entries, strict=True)):
        if found * stored.denominator != stored.numerator * scale:
            raise Refusal(f"entry number {place} of the tensor is not the network's.")
    text = (
        *network_lines(circuit),
        (
            f"At the weights stored in the certificate, the coefficient tensor of output {output}"
            f" is exactly the stored tensor of shape {' x '.join(map(str, dims))} (SHA-256"
            f" {tensor_digest(data['tensor'])})."
        ),
    )
    said = {
        "kind": "Represents",
        "circuit": circuit.fingerprint,
        "output": output,
        "tensor": {"dims": dims, "entries": tuple(entries)},
        "weights": named(circuit, weights),
    }
    return verified(said, text, meter)


def universal(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """Universal: at 0/1 weights every product of coordinates reaches the free output matrix.

    Each channel then is zero or one monomial, kept as its place in the tensor: scopes are disjoint
    below products and equal below sums, so places add.
    """
    circuit = read_circuit(
        as_object(statement, "the statement", ("kind", "circuit"))["circuit"], meter
    )
    data = as_object(proof, "the proof", ("rule", "weights", "free"))
    if data["rule"] != "selection":
        raise Refusal('the rule of Universal must be "selection".')
    free = as_text(data["free"], "the free parameter")
    check_scopes(circuit, meter)
    refs = list(itertools.chain.from_iterable(circuit.refs))
    number = circuit.parameters.index(free) if free in circuit.parameters else -1
    if number < 0 or circuit.kinds[-1] != SUM or circuit.refs[-1] != [number]:
        raise Refusal("the output must be a sum of one child through the free parameter.")
    if refs.count(number) != 1:
        raise Refusal("the free parameter must be used at the output alone.")
    refuse_wide(circuit)
    strides, size = [0] * len(circuit.dims), 1
    for i in reversed(range(len(circuit.dims))):
        strides[i] = size
        size *= circuit.dims[i]
        if size > circuit.widths[circuit.children[-1][0]]:
            raise Refusal("the output's child has fewer channels than there are products.")
    chosen = [selections(m) for m in read_weights(circuit, data["weights"], free)]
    fixed = [selections(m) for m in circuit.matrices]
    values: list[list[int]] = []
    for i, kind in enumerate(circuit.kinds[:-1]):
        width, below = circuit.widths[i], [values[c] for c in circuit.children[i]]
        meter.spend(width * (len(below) + 1) * 300)
        if kind == INPUT:
            values.append([d * strides[circuit.places[i]] for d in range(width)])
        elif kind == CONSTANT:
            values.append([0] * width)
        elif kind == PRODUCT:
            values.append([-1 if -1 in c else sum(c) for c in zip(*below, strict=True)])
        else:
            rows = [chosen[r] if r >= 0 else fixed[-1 - r] for r in circuit.refs[i]]
            picked = [
                [b[at] if at >= 0 else -1 for at in row] for row, b in zip(rows, below, strict=True)
            ]
            channels = [[v for v in c if v >= 0] for c in zip(*picked, strict=True)]
            if any(len(c) > 1 for c in channels):
                raise Refusal("a channel of a sum has two branches that are not zero.")
            values.append([c[0] if c else -1 for c in channels])
    reached = len(set(values[circuit.children[-1][0]]) - {-1})
    if reached != size:
        raise Refusal(f"only {reached} products of coordinates reach the output's matrix.")
    text = (
        *network_lines(circuit),
        (
            "For any tensors of this shape, one for each output, there are real weights at which"
            " the outputs have these coefficient tensors: at 0/1 weights every product of one"
            f" coordinate per location reaches the matrix {brief(free)}, whose entries are the"
            " coefficients."
        ),
    )
    return verified({"kind": "Universal", "circuit": circuit.fingerprint}, text, meter)


def selections(matrix: Matrix) -> list[int]:
    """Return the place of the 1 in each row, -1 for a row of zeros; refuse other rows."""
    found = []
    for row in matrix:
        places = [at for at, x in enumerate(row) if x != 0]
        if len(places) > 1 or any(row[at] != 1 for at in places):
            raise Refusal(
                "a row of a matrix is not a selection: it must hold zeros and at most one 1."
            )
        found.append(places[0] if places else -1)
    return found


# ---------------------------------------------------------------------------------------------
# Theorems for all sizes
#
# The file stores a formula as lists. Its normal form is a polynomial: a dictionary from
# monomials to rational numbers, a monomial being a set of pairs (atom, exponent), an exponent a
# polynomial that is frozen, and an atom a prime, a symbol, a width, a minimum, binomial, sum, or a
# sum of terms that has a symbolic exponent. Equal forms are equal numbers; others are refused.
#
# Atoms, monomials and frozen polynomials hold one another many times over, so each is kept once:
# equal ones are one object, and comparing or looking up never descends into them.
# ---------------------------------------------------------------------------------------------


class Part:
    """An atom, monomial or frozen polynomial, made by `Formulas.part` alone."""

    __slots__ = ("moving", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.moving: bool = value == ("bound",) or any(
            part.moving
            for member in value
            for part in (member if type(member) is tuple else (member,))
            if type(part) is Part
        )
        """Whether the bound symbol of a sum stands anywhere in it."""


Polynomial = dict[Part, Fraction]

FORMULA_PARTS = 400
FORMULA_STEPS = 100_000  # parts, with finite sums written out
FORMULA_TERMS = 2000
FORMULA_BITS = 65_536
TOO_LONG = f"a formula has a number of more than {FORMULA_BITS} bits."
PRIME_ATOMS = 1000
ONE = Part(frozenset())  # the monomial of a number
SHARINGS = {"either": "shared or not", "unshared": "unshared", "shared": "levels shared"}


def formula_text(data: object, outside: int = 0) -> str:
    """Print a formula that `formula_check` has accepted."""
    if type(data) is int:
        return str(data)
    op, *parts = cast("list[Any]", data)
    if op == "sym":
        return str(parts[0])
    if op == "r":
        return f"r[{formula_text(parts[0])}]"
    if op == "minr":
        return f"min(r[{formula_text(parts[0])}], ..., r[{formula_text(parts[1])}])"
    if op in ("min", "binom"):
        return f"{'C' if op == 'binom' else op}({', '.join(map(formula_text, parts))})"
    strength = {"+": 1, "-": 1, "sum": 1, "*": 2, "^": 3}[op]
    if op == "sum":
        name, low, high, body = parts
        span = f"{name} = {formula_text(low)}..{formula_text(high)}"
        text = f"sum[{span}] {formula_text(body, 2)}"
    else:
        text = {"+": " + ", "-": " - ", "*": "*", "^": "^"}[op].join(
            formula_text(part, strength + (op in "-^")) for part in parts
        )
    return f"({text})" if strength < outside else text


def formula_check(data: object, known: Collection[str], depth: int = 0) -> int:
    """Refuse what is not a formula in the known symbols; return the number of its parts."""
    if depth > 30:
        raise Refusal("a formula is nested more than 30 times.")
    if type(data) is int and data >= 0 and data.bit_length() < 10 * INT_DIGITS // 3:
        return 1
    if type(data) is not list or not data or type(data[0]) is not str:
        raise Refusal(f"a formula is a natural number or a list, not {brief(data)}.")
    op, *parts = data
    if op == "sym" and len(parts) == 1 and type(parts[0]) is str and parts[0] in known:
        return 1
    if op == "sum" and len(parts) == 4 and type(parts[0]) is str:
        if not re.fullmatch("[A-Za-z][A-Za-z0-9]*", parts[0]) or parts[0] in known:
            raise Refusal(f"the bound symbol {brief(parts[0])} of a sum is not a new name.")
        counts = [formula_check(part, known, depth + 1) for part in parts[1:3]]
        counts.append(formula_check(parts[3], [*known, parts[0]], depth + 1))
    elif {"r": 1, "-": 2, "^": 2, "minr": 2, "binom": 2}.get(op) == len(parts) or (
        op in ("+", "*", "min") and len(parts) >= 2
    ):
        counts = [formula_check(part, known, depth + 1) for part in parts]
    else:
        raise Refusal(f"a formula has no operation {brief(op)} of {len(parts)} parts.")
    if sum(counts) >= FORMULA_PARTS:
        raise Refusal(f"a formula has more than {FORMULA_PARTS} parts.")
    return 1 + sum(counts)


def formula_names(data: object) -> set[str]:
    """All symbols' names in a formula, bound ones too."""
    if type(data) is not list:
        return set()
    if data[0] == "sym":
        return {data[1]}
    bound = {data[1]} if data[0] == "sum" else set()
    return bound.union(*(formula_names(part) for part in data[1:]))


class Formulas:
    """Normal forms of formulas whose symbols have the given least values."""

    def __init__(self, least: dict[str, int], meter: Meter) -> None:
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

    def single(self, *atom: Any) -> Polynomial:
        """Return the form of an atom alone."""
        return {self.raised(self.part(atom), {ONE: Fraction(1)}): Fraction(1)}

    def raised(self, atom: Part, exponent: Polynomial) -> Part:
        """Return the monomial of one atom with an exponent."""
        return self.part(frozenset({(atom, self.frozen(exponent))}))

    def step(self, data: object) -> None:
        """Count a part of a formula: a number may be long, and sums repeat their bodies."""
        self.steps += 1
        self.meter.spend(5000)
        if self.steps > FORMULA_STEPS:
            raise Refusal(f"a formula has more than {FORMULA_STEPS} parts, its sums written out.")
        if type(data) is int and data.bit_length() > FORMULA_BITS:
            raise Refusal(TOO_LONG)

    def short(self, bits: int) -> None:
        """Refuse to make a long coefficient."""
        self.meter.spend(5 * (bits / 30) ** 2)
        if bits > FORMULA_BITS:
            raise Refusal(TOO_LONG)

    def at(self, data: object, name: str, value: object) -> object:
        """Put a formula in a symbol's place; that is counted, as sums in sums repeat it."""
        self.step(data)
        if type(data) is not list:
            return data
        if data[0] == "sym":
            return value if data[1] == name else data
        if data[0] == "sum":
            ends = [self.at(part, name, value) for part in data[2:4]]
            body = data[4] if data[1] == name else self.at(data[4], name, value)
            return ["sum", data[1], *ends, body]
        return [data[0], *(self.at(part, name, value) for part in data[1:])]

    def read(self, data: object) -> None:
        """Refuse what is not a formula in the symbols, or not defined for all their values."""
        formula_check(data, self.least)
        self.defined(data, {})

    def defined(self, data: object, last: dict[str, object]) -> None:
        """Refuse a formula that has no value for some values of its symbols.

        `last` has the last value of each bound symbol; the first one is its least value.
        """
        if type(data) is not list or data[0] == "sym":
            return
        op, *parts = data
        if op == "sum":
            name, low, high, body = parts
            self.defined(high, last)
            if type(low) is not int:
                raise Refusal("a sum must begin at a number.")
            self.at_least(high, low - 1, last, "the last index of a sum")
            inner = Formulas({**self.least, name: low}, self.meter)
            inner.steps, inner.parts = self.steps, self.parts
            inner.defined(body, {**last, name: high})
            self.steps = inner.steps
            return
        for part in parts:
            self.defined(part, last)
        if op in ("r", "minr", "binom"):
            what = "an argument of a binomial" if op == "binom" else "the index of a width"
            for part in parts:
                self.at_least(part, 0, last, what)
        if op == "minr":
            self.at_least(["-", parts[1], parts[0]], 0, last, "the length of a range of widths")
        if op == "^":
            self.at_least(parts[1], 0, last, "an exponent")

    def at_least(self, data: object, bound: int, last: dict[str, object], what: str) -> None:
        """Refuse a formula that may be below a bound."""
        form = self.normal(data)
        for name in reversed(last):
            moving = next(iter(self.single("sym", name)))
            c = form.get(moving, Fraction(0))
            if c < 0:
                change = [self.normal(last[name]), {moving: Fraction(-1)}]
                form = self.added([form, *(scaled(part, c) for part in change)])
        if self.smallest(form) < bound:
            raise Refusal(f"{what}, {cut(formula_text(data))}, may be less than {bound}.")

    def same(self, first: object, second: object, what: str) -> None:
        """Refuse when the normal forms differ."""
        if self.normal(first) != self.normal(second):
            raise Refusal(
                f"{what}: {cut(formula_text(first))} is not shown equal to"
                f" {cut(formula_text(second))}."
            )

    def normal(self, data: object, bound: str = "") -> Polynomial:
        """Return the normal form; ``bound`` is the symbol of the sum around it."""
        self.step(data)
        if type(data) is int:
            return {ONE: Fraction(data)} if data else {}
        op, *parts = cast("list[Any]", data)
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
        operation: Callable[[list[Polynomial]], Polynomial] = {
            "+": self.added,
            "-": lambda pair: self.added([pair[0], scaled(pair[1], Fraction(-1))]),
            "*": lambda factors: functools.reduce(self.multiplied, factors),
            "^": lambda pair: self.power(*pair),
            "min": self.minimum,
        }[op]
        return operation(forms)

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
            if len(found) > FORMULA_TERMS:
                raise Refusal(f"a formula has more than {FORMULA_TERMS} terms.")
        return {monomial: c for monomial, c in found.items() if c}

    def multiplied(self, first: Polynomial, second: Polynomial) -> Polynomial:
        """Multiply term by term."""
        if len(first) * len(second) > FORMULA_TERMS:
            raise Refusal(f"a formula has more than {FORMULA_TERMS} terms.")
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
        if set(exponent) <= {ONE}:
            number = exponent.get(ONE, Fraction(0))
            if number.denominator == 1 and 0 <= number <= 64:
                found: Polynomial = {ONE: Fraction(1)}
                for _ in range(int(number)):
                    found = self.multiplied(found, base)
                return found
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
        """Whether a form is certainly positive: such a sum of products, with one positive term."""
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
                least *= self.smallest_power(atom, exponent)
                self.short(least.bit_length())
            total += c * least
            self.short(most_bits([(total,)]))
        return total

    def smallest_power(self, atom: Part, exponent: Part) -> int:
        """Bound an atom's power from below; refuse where it may be negative."""
        key = atom, exponent
        if key not in self.bounds:
            self.bounds[key] = self.power_of(self.smallest_atom(atom), dict(exponent.value))
        return self.bounds[key]

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

    def power_of(self, base: int, exponent: Polynomial) -> int:
        """Bound the power of a natural number from below."""
        number = exponent.get(ONE, Fraction(0))
        if set(exponent) <= {ONE} and number.denominator == 1 and 0 <= number <= 64:
            self.short(base.bit_length() * int(number))
            return int(base ** int(number))
        least = math.floor(self.smallest(exponent))
        if least < 0 or base < 1:
            return 0
        self.short(base.bit_length() * least)
        return int(base**least)

    def sum_form(self, name: str, low: object, high: object, body: object) -> Polynomial:
        """A sum up to u + c is one up to u and c terms; factors without the symbol go before it."""
        if type(low) is not int:
            raise Refusal("a sum must begin at a number.")
        last = self.normal(high)
        constant = last.pop(ONE, Fraction(0))
        if constant.denominator != 1 or not -1 <= constant <= 8 or (last and constant < 0):
            raise Refusal("the last index of a sum is out of range.")
        if not last:
            forms = [self.normal(self.at(body, name, i)) for i in range(low, int(constant) + 1)]
            return self.added(forms)
        if self.smallest(last) < low - 1:
            raise Refusal("the last index of a sum may lie before the first one, less one.")
        forms = []
        for less in range(int(constant)):
            forms.append(self.normal(self.at(body, name, ["-", high, less])))
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
            if moving:
                if not self.positive_atom(atom):
                    raise Refusal("the base of a power in a sum may be zero.")
                inner.append((atom, self.frozen(moving)))
            if still:
                outer.append((atom, self.frozen(still)))
        return self.part(frozenset(outer)), self.part(frozenset(inner))


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


def scaled(form: Polynomial, factor: Fraction) -> Polynomial:
    """Multiply by a number."""
    return {monomial: c * factor for monomial, c in form.items()}


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


@dataclass(slots=True)
class Levels:
    """A family of HT networks: what its levels are, as formulas in the file."""

    window: Any
    depth: Any
    rest: Any
    dim: Any
    widths: Any
    outputs: Any
    sharing: str
    formulas: Formulas

    def width(self, level: object) -> Any:
        """Width of a level."""
        return ["r", level] if self.widths == "r" else self.widths

    def eq4(self) -> bool:
        """Whether every pooling has windows of q."""
        return bool(self.rest == 0)


def growing(data: object, least: dict[str, int], bound: int, what: str) -> None:
    """Refuse a size not certainly at least a bound: +, * and ^ of symbols grow with them."""

    def value(part: Any) -> int:
        if type(part) is int:
            return part
        op, *parts = part
        if op == "sym":
            return least[parts[0]]
        if op not in ("+", "*", "^"):
            raise Refusal(f"{what} must be written with +, * and ^.")
        numbers = list(map(value, parts))
        if op == "^":
            if numbers[0] < 1 or numbers[0].bit_length() * numbers[1] > 10_000:
                raise Refusal(f"{what} has a power out of range.")
            return int(numbers[0] ** numbers[1])
        return sum(numbers) if op == "+" else math.prod(numbers)

    if value(data) < bound:
        raise Refusal(f"{what}, {formula_text(data)}, is not certainly at least {bound}.")


def for_all(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """ForAll: a claim about a family of networks, by induction over its levels."""
    data = as_object(statement, "a ForAll statement", ("kind", "symbols", "networks", "claim"))
    symbols = data["symbols"]
    if type(symbols) is not dict or len(symbols) > 20:
        raise Refusal("the symbols must be an object of at most 20 least values.")
    for name, low in symbols.items():
        if not re.fullmatch("[A-Za-z][A-Za-z0-9]*", name) or len(name) > 20:
            raise Refusal(f"a symbol has the name {brief(name)}; it must be letters and digits.")
        as_int(low, f"the least value of {name}", 0, 1000)
    formulas = Formulas(symbols, meter)
    kind = kind_of(data["networks"], "the networks", "kind")
    rule = kind_of(proof, "the proof", "rule")
    claim = data["claim"]
    claim_kind = kind_of(claim, "the claim", "kind")
    if claim_kind not in CLAIMS:
        raise Refusal(f"there is no claim of kind {brief(claim_kind)}.")
    said = as_object(claim, "the claim", ("kind", *CLAIMS[claim_kind]))
    for name in CLAIMS[claim_kind]:
        if name != "sides":
            formulas.read(said[name])
    if said.get("sides", "unions") not in ("unions", "alternating"):
        raise Refusal('the sides of a claim are "unions" or "alternating".')
    if kind == "cp":
        as_object(proof, "the proof", ("rule",))
        networks = cp_levels(data["networks"], said, rule, formulas)
    elif kind == "ht":
        levels, networks = ht_levels(data["networks"], formulas)
        if rule == "last_level":
            as_object(proof, "the proof", ("rule",))
            last_blocks(levels, said)
        elif rule == "induction":
            induction(levels, said, cast("dict[str, Any]", proof))
        else:
            raise Refusal(f"there is no rule {brief(rule)} for all sizes.")
    else:
        raise Refusal(f"there are no networks of kind {brief(kind)}.")
    ranges = [f"{name} >= {low}" for name, low in symbols.items()]
    if data["networks"].get("widths") == "r":
        ranges.append("r[0], r[1], ... >= 1")
    text = (
        f"For all {', '.join(ranges)}:",
        f"of {networks},",
        f"{claim_text(said)}.",
    )
    return verified(data, text, meter)


CLAIMS = {
    "rank_at_least": ("block", "bound"),
    "rank_at_most": ("sides", "block", "bound"),
    "parameter_count": ("count",),
    "contains_cp": ("locations", "channels"),
}


def claim_text(said: dict[str, Any]) -> str:
    """Print a claim."""
    formulas = {name: value for name, value in said.items() if name not in ("kind", "sides")}
    show = {name: formula_text(value) for name, value in formulas.items()}
    if said["kind"] == "rank_at_least":
        return (
            f"for almost all real weights the coefficient tensor's matrix has rank at least"
            f" {show['bound']}, across alternating blocks of {counted(show['block'], 'location')}"
        )
    if said["kind"] == "rank_at_most":
        across = (
            f"alternating blocks of {counted(show['block'], 'location')}"
            if said["sides"] == "alternating"
            else f"every bipartition into unions of consecutive blocks of {show['block']} locations"
        )
        return f"for all weights the matrix has rank at most {show['bound']}, across {across}"
    if said["kind"] == "parameter_count":
        return f"the number of scalar parameters is {show['count']}"
    return (
        f"every function that a CP model of {show['locations']} locations and {show['channels']}"
        " channels computes (shared where the network is) is computed at suitable weights"
    )


def cp_levels(data: object, said: dict[str, Any], rule: str, formulas: Formulas) -> str:
    """A CP model's output combines Z pure tensors; its matrices are counted."""
    names = ("kind", "locations", "dim", "channels", "outputs", "sharing")
    cp = as_object(data, "the networks", names)
    for name in names[1:5]:
        formulas.read(cp[name])
        growing(cp[name], formulas.least, 2 if name == "locations" else 1, f"the {name}")
    sharing = cp["sharing"]
    if type(sharing) is not str or sharing not in SHARINGS or rule != "last_level":
        raise Refusal("CP models are shared, unshared or either, and proved by last_level.")
    z, outputs = cp["channels"], cp["outputs"]
    if said["kind"] == "rank_at_most":
        if said["sides"] != "unions" or said["block"] != 1:
            raise Refusal("a CP model's blocks are single locations, in any unions.")
        formulas.same(said["bound"], z, "the bound")
    elif said["kind"] == "parameter_count" and sharing != "either":
        vectors = [cp["dim"], z] if sharing == "shared" else [cp["locations"], cp["dim"], z]
        count = ["+", ["*", *vectors], ["*", z, outputs]]
        formulas.same(said["count"], count, "the count")
    else:
        raise Refusal("of CP models, ranks are bounded from above and parameters counted.")
    return (
        f"the CP models ({SHARINGS[sharing]}) of {formula_text(cp['locations'])} locations of"
        f" dimension {formula_text(cp['dim'])} with {formula_text(z)} channels and"
        f" {counted(formula_text(outputs), 'output')}"
    )


def ht_levels(data: object, formulas: Formulas) -> tuple[Levels, str]:
    """Read a family of HT networks."""
    names = ("kind", "window", "depth", "rest", "dim", "widths", "outputs", "sharing")
    ht = as_object(data, "the networks", names)
    lows = {"window": 2, "depth": 1, "rest": 0, "dim": 1, "widths": 1, "outputs": 1}
    for name, low in lows.items():
        if name == "widths" and ht[name] == "r":
            continue
        formulas.read(ht[name])
        growing(ht[name], formulas.least, low, f"the {name}")
    sharing = ht["sharing"]
    if type(sharing) is not str or sharing not in SHARINGS:
        raise Refusal("the sharing must be either, shared or unshared.")
    levels = Levels(**{name: ht[name] for name in names[1:]}, formulas=formulas)
    show = {name: formula_text(ht[name]) for name in names[1:7] if ht[name] != "r"}
    exponent = formula_text(ht["depth"] if levels.eq4() else ["+", ht["depth"], ht["rest"]], 9)
    return levels, (
        f"the networks of eq. {4 if levels.eq4() else 5} ({SHARINGS[sharing]}) with pooling windows"
        f" of {show['window']}, {show['depth']} levels, {formula_text(ht['window'], 9)}^{exponent}"
        f" locations of dimension {show['dim']}, widths {show.get('widths', 'r[0], r[1], ...')}"
        f" and {counted(show['outputs'], 'output')}"
    )


def last_blocks(levels: Levels, said: dict[str, Any]) -> None:
    """The last product's channels are pure tensors of blocks of q^(depth-1) locations."""
    if said["kind"] != "rank_at_most" or said["sides"] != "unions":
        raise Refusal("the last level bounds ranks from above, across unions of its blocks.")
    q, depth, formulas = levels.window, levels.depth, levels.formulas
    formulas.same(["*", said["block"], q], ["^", q, depth], "the blocks")
    formulas.same(said["bound"], levels.width(["-", depth, 1]), "the bound")


def induction(levels: Levels, said: dict[str, Any], proof: dict[str, Any]) -> None:
    """Check that a closed form has the base and the step that the levels of the networks give."""
    names = ("rule", "steps", "variable", "closed", "height")
    as_object(proof, "the proof", names)
    formulas, variable, closed = levels.formulas, proof["variable"], proof["closed"]
    height, steps = proof["height"], proof["steps"]
    if type(variable) is not str or formulas.least.get(variable) != 0:
        raise Refusal("the symbol of the induction must be declared with least value 0.")
    formulas.read(closed)
    formulas.read(height)
    for part in (levels.window, levels.rest, levels.dim, levels.widths, levels.outputs, height):
        if variable in formula_names(part if part != "r" else 0):
            raise Refusal("the symbol of the induction may move nothing but the depth.")
    m = ["sym", variable]
    if type(steps) is not str or (steps, said["kind"]) not in ARGUMENTS:
        raise Refusal(f"no induction by {brief(steps)} gives a claim of this kind.")
    base, step = ARGUMENTS[steps, said["kind"]](levels, said, m, closed, height)
    formulas.same(formulas.at(closed, variable, 0), base, "the base of the induction")
    after = formulas.at(closed, variable, ["+", m, 1])
    formulas.same(after, step, "the step of the induction")


def by_copies(
    levels: Levels, said: dict[str, Any], m: object, closed: object, height: object
) -> tuple[object, object]:
    """Matrices of zeros and ones up to level s copy t = min(M, r_0..r_s) channels.

    A block of q^(s+1) locations then computes the sum of t powers, of rank t since q blocks of q^s
    locations alternate in it; further levels take one channel, so their products multiply ranks.
    """
    q, formulas = levels.window, levels.formulas
    growing(height, formulas.least, 0, "the height")
    formulas.same(said["block"], ["^", q, height], "the blocks")
    if levels.eq4():
        formulas.same(levels.depth, ["+", height, 1, m], "the depth")
        formulas.same(said["bound"], closed, "the bound")
    else:
        formulas.same(levels.depth, ["+", height, 2, m], "the depth")
        end = ["^", closed, ["^", q, ["+", levels.rest, 1]]]
        formulas.same(said["bound"], end, "the bound")
    lowest = ["minr", 0, height] if levels.widths == "r" else levels.widths
    return ["min", levels.dim, lowest], ["^", closed, q]


def by_digits(
    levels: Levels, said: dict[str, Any], m: object, closed: object, height: object
) -> tuple[object, object]:
    """Unshared windows of 2k locations: a channel has the unit vectors of k digits on each side.

    So min(r_0, M^k) channels are different units on both sides, and their sum has that rank.
    """
    formulas = levels.formulas
    growing(height, formulas.least, 1, "the k of q = 2k")
    if levels.sharing != "unshared" or said["block"] != 1 or not levels.eq4():
        raise Refusal("digits are about unshared networks of eq. 4, across single locations.")
    formulas.same(levels.window, ["*", 2, height], "the window")
    formulas.same(levels.depth, ["+", m, 1], "the depth")
    formulas.same(said["bound"], closed, "the bound")
    return ["min", levels.width(0), ["^", levels.dim, height]], ["^", closed, levels.window]


def by_halves(
    levels: Levels, said: dict[str, Any], m: object, closed: object, height: object
) -> tuple[object, object]:
    """A block of 2k locations has k on each side: M^k products, or the symmetric ones if shared."""
    formulas = levels.formulas
    growing(height, formulas.least, 1, "the k of q = 2k")
    if said["sides"] != "alternating" or said["block"] != 1 or not levels.eq4():
        raise Refusal("halves are about eq. 4 across alternating single locations.")
    formulas.same(levels.window, ["*", 2, height], "the window")
    formulas.same(levels.depth, ["+", m, 1], "the depth")
    formulas.same(said["bound"], closed, "the bound")
    spanned: object = ["^", levels.dim, height]
    if levels.sharing == "shared":
        spanned = ["binom", ["-", ["+", levels.dim, height], 1], height]
    return ["min", levels.width(0), spanned], ["^", closed, levels.window]


def by_counting(
    levels: Levels, said: dict[str, Any], m: object, closed: object, _: object
) -> tuple[object, object]:
    """A node of the next level has q subtrees (one set of weights if shared) and its matrix."""
    formulas, shared = levels.formulas, levels.sharing == "shared"
    if levels.sharing == "either":
        raise Refusal("parameters are counted of shared or of unshared networks.")
    formulas.same(levels.depth, ["+", m, 1], "the depth")
    copies = 1 if shared else ["^", levels.window, ["+", levels.rest, 1]]
    whole = ["+", ["*", copies, closed], ["*", levels.outputs, levels.width(m)]]
    formulas.same(said["count"], whole, "the count")
    matrix = ["*", levels.width(m), levels.width(["+", m, 1])]
    below = ["*", 1 if shared else levels.window, closed]
    return ["*", levels.dim, levels.width(0)], ["+", below, matrix]


def by_identities(
    levels: Levels, said: dict[str, Any], m: object, closed: object, _: object
) -> tuple[object, object]:
    """Identities carry the CP model's channels up; the form counts the locations of a product."""
    formulas, q = levels.formulas, levels.window
    if levels.widths == "r":
        raise Refusal("identities need all levels to have one width.")
    formulas.same(levels.widths, said["channels"], "the width of all levels")
    formulas.same(levels.depth, ["+", m, 1], "the depth")
    whole = ["*", closed, ["^", q, levels.rest]]
    formulas.same(said["locations"], whole, "the number of locations")
    return q, ["*", q, closed]


ARGUMENTS: dict[tuple[str, str], Callable[..., tuple[object, object]]] = {
    ("copy", "rank_at_least"): by_copies,
    ("digits", "rank_at_least"): by_digits,
    ("halves", "rank_at_most"): by_halves,
    ("count", "parameter_count"): by_counting,
    ("identity", "contains_cp"): by_identities,
}


# ---------------------------------------------------------------------------------------------
# Equal functions and symmetries
#
# Every channel of the second network is kept as a sum of atoms with polynomials in the first one's
# weights as coefficients. An atom (nodes, k) is the product of the k-th channels of a multiset of
# nodes of the first network: sums, and one input per location; without nodes it is 1.
# ---------------------------------------------------------------------------------------------

Weight = tuple[int, int, int]
"""The parameter's number, row and column; an input is (-1 - location, coordinate, 0)."""
Terms = dict[tuple[Weight, ...], Entry]
AtomKey = tuple[tuple[int, ...], int]
Channel = dict[AtomKey, Terms]

MAX_TERMS = 200_000
MAX_DEGREE = 10_000
MAX_TERM_BITS = 16_384
MAX_ENTRIES = 2_000_000  # of a network's weights, or channels
MAX_KEPT = 100_000_000  # words of polynomials and multisets


class Kept:
    """Counts what is kept in memory, in words."""

    def __init__(self) -> None:
        self.words = 0

    def add(self, words: int) -> None:
        """Count before it is made."""
        self.words += words
        if self.words > MAX_KEPT:
            raise Refusal("comparing these networks needs more memory than the checker allows.")

    def channel(self, terms: Iterable[Terms]) -> None:
        """Count polynomials."""
        self.add(40 + sum(30 + sum(30 + len(key) for key in part) for part in terms))


def plus_product(total: Terms, first: Terms, second: Terms, meter: Meter) -> None:
    """Add the product of two polynomials in place."""
    if not first or not second:
        return
    degree = max(map(len, first)) + max(map(len, second))
    if degree > MAX_DEGREE:
        raise Refusal(f"a polynomial has a degree of more than {MAX_DEGREE}.")
    meter.spend(3000 + (700 + 60 * degree) * len(first) * len(second))
    for one, c in first.items():
        for other, d in second.items():
            key = tuple(sorted(one + other))
            value = total.get(key, 0) + c * d
            bits = value.numerator.bit_length() + value.denominator.bit_length()
            if bits > 256:
                if bits > MAX_TERM_BITS:
                    raise Refusal(f"a number has more than {MAX_TERM_BITS} bits.")
                meter.spend(10 * bits + bits * bits / 100)
            if value:
                total[key] = value
            else:
                total.pop(key, None)
    if len(total) > MAX_TERMS:
        raise Refusal(f"a polynomial has more than {MAX_TERMS} terms.")


def weight_rows(number: int, shape: tuple[int, int]) -> list[list[Terms]]:
    """Return a parameter as a matrix of variables."""
    return [[{((number, r, c),): 1} for c in range(shape[1])] for r in range(shape[0])]


def own_weights(circuit: Circuit) -> list[list[list[Terms]]]:
    """Return every parameter of a network as a matrix of variables."""
    if sum(rows * columns for rows, columns in circuit.shapes) > MAX_ENTRIES:
        raise Refusal(f"the first network has more than {MAX_ENTRIES} weights.")
    return [weight_rows(i, shape) for i, shape in enumerate(circuit.shapes)]


def number_row(row: Sequence[Entry], meter: Meter) -> list[Terms]:
    """Return a row of numbers as one of polynomials."""
    meter.spend(100 * len(row))
    return [{(): x} if x else {} for x in row]


def expression_rows(
    data: object,
    shapes: dict[str, tuple[int, tuple[int, int]]],
    meter: Meter,
    kept: Kept,
    depth: int = 0,
) -> list[list[Terms]]:
    """Work out a matrix expression over parameters with these numbers and shapes."""
    if type(data) is not dict or len(data) != 1 or depth > 20:
        raise Refusal("a matrix expression is an object with one member, nested at most 20 times.")
    ((op, value),) = data.items()
    if op == "parameter":
        name = as_text(value, "a parameter's name")
        if name not in shapes:
            raise Refusal(f"the first network has no parameter {brief(name)}.")
        meter.spend(1000 * shapes[name][1][0] * shapes[name][1][1])
        return weight_rows(*shapes[name])
    if op == "matrix":
        return [number_row(row, meter) for row in as_matrix(value, "a fixed matrix")]
    if op not in ("product", "sum") or not 2 <= len(as_list(value, "an expression")) <= 200:
        raise Refusal("a matrix expression is a parameter, a matrix, a product or a sum.")
    found = expression_rows(value[0], shapes, meter, kept, depth + 1)
    for part in value[1:]:
        rows = expression_rows(part, shapes, meter, kept, depth + 1)
        inner, outer = (len(found), len(found[0])), (len(rows), len(rows[0]))
        if (op == "sum" and inner != outer) or (op == "product" and inner[1] != outer[0]):
            raise Refusal(f"matrices of shapes {inner} and {outer} do not fit in a {op}.")
        if op == "sum":
            for row, more in zip(found, rows, strict=True):
                for entry, other in zip(row, more, strict=True):
                    plus_product(entry, {(): 1}, other, meter)
            continue
        if len(found) * len(rows[0]) > MAX_ENTRIES:
            raise Refusal(f"a product of matrices has more than {MAX_ENTRIES} entries.")
        meter.spend(100.0 * len(found) * len(rows) * len(rows[0]))
        product: list[list[Terms]] = [[{} for _ in rows[0]] for _ in found]
        for i, k, j in itertools.product(range(len(found)), range(len(rows)), range(len(rows[0]))):
            plus_product(product[i][j], found[i][k], rows[k][j], meter)
            if k == len(rows) - 1:
                kept.channel([product[i][j]])
        found = product
    return found


def mapped_weights(raw: object, a: Circuit, b: Circuit, meter: Meter) -> list[list[list[Terms]]]:
    """Read the expression for each parameter of the second network."""
    given = as_object(raw, "the map of the weights", dict.fromkeys(b.parameters))
    known = dict(zip(a.parameters, enumerate(a.shapes), strict=True))
    found, kept = [], Kept()
    for name, shape in zip(b.parameters, b.shapes, strict=True):
        rows = expression_rows(given[name], known, meter, kept)
        if (len(rows), len(rows[0])) != shape:
            raise Refusal(f"the expression for {brief(name)} does not have the shape {shape}.")
        found.append(rows)
    return found


def edge_row(
    circuit: Circuit, ref: int, weights: list[list[list[Terms]]], r: int, meter: Meter
) -> list[Terms]:
    """Return a row of the matrix on an edge into a sum."""
    return weights[ref][r] if ref >= 0 else number_row(circuit.matrices[-1 - ref][r], meter)


def refuse_wide(circuit: Circuit) -> None:
    """Refuse networks of too many channels."""
    if sum(circuit.widths) > MAX_ENTRIES:
        raise Refusal(f"a network has more than {MAX_ENTRIES} channels.")


class Atoms:
    """The first network: which multiset a product is, and what a sum's channel adds up."""

    def __init__(self, a: Circuit, weights: list[list[list[Terms]]], meter: Meter) -> None:
        self.a = a
        self.weights = weights
        self.meter = meter
        self.inputs: dict[int, int] = {}
        self.known: dict[AtomKey, Channel] = {}
        self.kept = Kept()
        self.flat: list[tuple[int, ...]] = []
        for place, kind in enumerate(a.kinds):
            if kind == INPUT:
                self.flat.append((self.inputs.setdefault(a.places[place], place),))
            elif kind == SUM:
                self.flat.append((place,))
            else:
                self.flat.append(self.union([self.flat[child] for child in a.children[place]]))
            meter.spend(500)

    def union(self, parts: Sequence[Sequence[int]]) -> tuple[int, ...]:
        """Return the multiset union of multisets of nodes."""
        size = sum(map(len, parts))
        self.kept.add(2 * size + 20)
        self.meter.spend(100 * size + 1000)
        return tuple(sorted(itertools.chain.from_iterable(parts)))

    def atom(self, nodes: tuple[int, ...], column: int) -> AtomKey:
        """Return the atom; without nodes every column is the same."""
        return (nodes, column if nodes else 0)

    def opened(self, atom: AtomKey) -> Channel:
        """Return a lone sum's channel as what it adds up, further sums opened too; others alone."""
        if not self.is_sum(atom):
            return {atom: {(): 1}}
        todo = [atom]
        while todo:
            if todo[-1] in self.known:
                todo.pop()
                continue
            entries = self.entries(todo[-1])
            missing = [x for _, x in entries if self.is_sum(x) and x not in self.known]
            if not missing:
                total: Channel = {}
                for entry, inner in entries:
                    alone: Channel = {inner: {(): 1}}
                    self.add(total, entry, self.known[inner] if self.is_sum(inner) else alone)
                self.kept.channel(total.values())
                self.known[todo.pop()] = total
            todo.extend(missing)
        return self.known[atom]

    def is_sum(self, atom: AtomKey) -> bool:
        """Tell whether it is the channel of a lone sum."""
        return len(atom[0]) == 1 and self.a.kinds[atom[0][0]] == SUM

    def entries(self, atom: AtomKey) -> list[tuple[Terms, AtomKey]]:
        """Return a lone sum's channel as atoms with their weights."""
        (place,), row = atom
        found = []
        for child, ref in zip(self.a.children[place], self.a.refs[place], strict=True):
            weights = edge_row(self.a, ref, self.weights, row, self.meter)
            self.meter.spend(100 * len(weights))
            found += [(x, self.atom(self.flat[child], k)) for k, x in enumerate(weights) if x]
        return found

    def add(self, total: Channel, factor: Terms, channel: Channel) -> None:
        """Add a multiple of a channel in place."""
        for atom, terms in channel.items():
            entry = total.setdefault(atom, {})
            plus_product(entry, factor, terms, self.meter)
            if not entry:
                del total[atom]

    def open_all(self, channel: Channel) -> Channel:
        """Open every lone sum in a channel."""
        total: Channel = {}
        for atom, terms in channel.items():
            self.add(total, terms, self.opened(atom))
        return total


def simulated(
    a: Circuit, b: Circuit, mapped: list[list[list[Terms]]], claims: object, meter: Meter
) -> None:
    """Follow the second network's channels, verify what is claimed of sums, compare the outputs."""
    atoms = Atoms(a, own_weights(a), meter)
    claimed = read_claims(claims, a, b)
    values: list[list[Channel]] = []
    for place, kind in enumerate(b.kinds):
        width = b.widths[place]
        found: list[Channel] = []
        for r in range(width):
            if kind == INPUT:
                node = atoms.inputs[b.places[place]]
                found.append({((node,), r): {(): 1}})
            elif kind == CONSTANT:
                found.append({((), 0): {(): 1}})
            elif kind == PRODUCT:
                found.append(multiplied_atoms([values[c][r] for c in b.children[place]], atoms))
            else:
                total: Channel = {}
                for child, ref in zip(b.children[place], b.refs[place], strict=True):
                    row = edge_row(b, ref, mapped, r, meter)
                    for entry, channel in zip(row, values[child], strict=True):
                        if entry:
                            atoms.add(total, entry, atoms.open_all(channel))
                found.append(total)
        if place in claimed:
            found = as_claimed(claimed[place], found, atoms, kind)
        for channel in found:
            atoms.kept.channel(channel.values())
        values.append(found)
        meter.spend(3000 * width)
    last = len(a.kinds) - 1
    for r in range(a.widths[last]):
        expected = atoms.opened(atoms.atom(atoms.flat[last], r))
        if atoms.open_all(values[-1][r]) != expected:
            raise Refusal(f"output {r} of the two networks is not the same combination.")


def multiplied_atoms(channels: list[Channel], atoms: Atoms) -> Channel:
    """Multiply channels: each must be one atom with coefficient 1, all of one column."""
    parts = []
    columns = set()
    for channel in channels:
        if len(channel) != 1 or next(iter(channel.values())) != {(): 1}:
            raise Refusal(
                "a child of a product is not one product of the first network's channels."
            )
        ((below, column),) = channel
        parts.append(below)
        if below:
            columns.add(column)
    if len(columns) > 1:
        raise Refusal("the children of a product select different channels of the first network.")
    return {(atoms.union(parts), columns.pop() if columns else 0): {(): 1}}


def read_claims(
    claims: object, a: Circuit, b: Circuit
) -> dict[int, tuple[Matrix | None, list[int]]]:
    """Read what a simulation claims of sums: a matrix or null, and nodes of the first network."""
    found: dict[int, tuple[Matrix | None, list[int]]] = {}
    previous = -1
    for claim in as_list(claims, "the claims"):
        if type(claim) is not list or len(claim) != 3:
            raise Refusal("a claim must be a list of a node, a matrix or null, and nodes.")
        place = as_int(claim[0], "a claimed node", previous + 1, len(b.kinds) - 1)
        matrix = None if claim[1] is None else as_matrix(claim[1], "a claimed matrix")
        nodes = [
            as_int(i, "a node", 0, len(a.kinds) - 1) for i in as_list(claim[2], "claimed nodes")
        ]
        width = b.widths[place] if matrix is None else len(matrix[0])
        if any(a.widths[i] != width for i in nodes):
            raise Refusal(f"a claim multiplies nodes that are not all of width {width}.")
        if matrix is not None and len(matrix) != b.widths[place]:
            raise Refusal("a claimed matrix does not have a row for each channel.")
        found[place] = (matrix, nodes)
        previous = place
    return found


def as_claimed(
    claim: tuple[Matrix | None, list[int]], found: list[Channel], atoms: Atoms, kind: int
) -> list[Channel]:
    """Refuse unless the sum's channels are T times the product of the nodes; return them so."""
    if kind != SUM:
        raise Refusal("a simulation claims something about a node that is not a sum.")
    matrix, nodes = claim
    product = atoms.union([atoms.flat[node] for node in nodes])
    folded: list[Channel] = []
    for r, channel in enumerate(found):
        own: Channel = {}
        row = [(r, 1)] if matrix is None else [(k, x) for k, x in enumerate(matrix[r]) if x]
        for k, x in row:
            atoms.add(own, {(): x}, {atoms.atom(product, k): {(): 1}})
        if atoms.open_all(own) != channel:
            raise Refusal("a sum is not what the simulation claims it to be.")
        folded.append(own)
    return folded


def multiplied_out(circuit: Circuit, weights: list[list[list[Terms]]], meter: Meter) -> list[Terms]:
    """Multiply a network out as polynomials."""
    values: list[list[Terms]] = []
    kept = Kept()
    for place, kind in enumerate(circuit.kinds):
        found: list[Terms] = []
        for r in range(circuit.widths[place]):
            meter.spend(3000)
            total: Terms = {}
            if kind == INPUT:
                total = {((-1 - circuit.places[place], r, 0),): 1}
            elif kind == SUM:
                for child, ref in zip(circuit.children[place], circuit.refs[place], strict=True):
                    row = edge_row(circuit, ref, weights, r, meter)
                    for entry, value in zip(row, values[child], strict=True):
                        plus_product(total, entry, value, meter)
            else:
                total = {(): 1}
                for child in circuit.children[place]:
                    grown: Terms = {}
                    plus_product(grown, total, values[child][r], meter)
                    total = grown
            kept.channel([total])
            found.append(total)
        values.append(found)
    return values[-1]


def equal_functions(
    a: Circuit, b: Circuit, mapped: list[list[list[Terms]]], proof: object, meter: Meter
) -> str:
    """Compare two networks by the proof's rule; return what it did."""
    if a.dims != b.dims or a.widths[-1] != b.widths[-1]:
        raise Refusal("the networks differ in their locations, dimensions or numbers of outputs.")
    refuse_wide(a)
    refuse_wide(b)
    rule = kind_of(proof, "the proof", "rule")
    if rule == "normal_form":
        as_object(proof, "the proof", ("rule",))
        if multiplied_out(a, own_weights(a), meter) != multiplied_out(b, mapped, meter):
            raise Refusal("the two networks are different polynomials.")
        return "multiplied out as polynomials"
    if rule != "simulation":
        raise Refusal(f"there is no rule {brief(rule)} for equal functions.")
    data = as_object(proof, "the proof", ("rule", "claims"))
    simulated(a, b, mapped, data["claims"], meter)
    return "compared node by node"


def same_function(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """SameFunction: for all weights of a, b at the mapped weights computes what a computes."""
    data = as_object(statement, "a SameFunction statement", ("kind", "a", "b", "weights"))
    a, b = read_circuit(data["a"], meter), read_circuit(data["b"], meter)
    mapped = mapped_weights(data["weights"], a, b, meter)
    how = equal_functions(a, b, mapped, proof, meter)
    given = data["weights"]
    shown = [f"{brief(name)} = {cut(expression_text(given[name]))}" for name in b.parameters[:SHOW]]
    more = f", ... ({len(b.parameters)} parameters)" if len(b.parameters) > SHOW else ""
    text = (
        "First network a:",
        *network_lines(a),
        "Second network b:",
        *network_lines(b),
        (
            f"For all real weights of a and all inputs, b computes the same function with"
            f" {', '.join(shown)}{more}; {how}."
        ),
    )
    said = {
        "kind": "SameFunction",
        "a": a.fingerprint,
        "b": b.fingerprint,
        "weights": {name: exact_expression(given[name]) for name in b.parameters},
    }
    return verified(said, text, meter)


def exact_expression(data: dict[str, Any]) -> dict[str, object]:
    """Return a matrix expression that has been worked out, its matrices in canonical form."""
    ((op, value),) = data.items()
    if op == "matrix":
        return {op: [list(map(exact, row)) for row in as_matrix(value, "a fixed matrix")]}
    return data if op == "parameter" else {op: list(map(exact_expression, value))}


def expression_text(data: dict[str, Any]) -> str:
    """Print a matrix expression that has been worked out."""
    ((op, value),) = data.items()
    if op == "parameter":
        return brief(value)
    if op == "matrix":
        return json.dumps(value) if len(value) * len(value[0]) <= 16 else "a fixed matrix"
    return "(" + {"product": " * ", "sum": " + "}[op].join(map(expression_text, value)) + ")"


def symmetric(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """Symmetric: with its locations permuted the network is the same function."""
    data = as_object(statement, "a Symmetric statement", ("kind", "circuit", "generators"))
    circuit = read_circuit(data["circuit"], meter)
    given = as_object(proof, "the proof", ("rule", "proofs"))
    proofs = as_list(given["proofs"], "the proofs")
    generators = as_list(data["generators"], "the generators")
    if given["rule"] != "symmetric" or not generators or len(proofs) != len(generators):
        raise Refusal("a symmetry needs generators, and one proof for each, by rule symmetric.")
    own = own_weights(circuit)
    count = len(circuit.dims)
    for generator, each in zip(generators, proofs, strict=True):
        images = [as_int(i, "an image", 0, count - 1) for i in as_list(generator, "a generator")]
        if sorted(images) != list(range(count)):
            raise Refusal("a generator must be a permutation of the locations.")
        if any(circuit.dims[i] != circuit.dims[image] for i, image in enumerate(images)):
            raise Refusal("a generator takes a location to one of another dimension.")
        places = [images[place] if place >= 0 else -1 for place in circuit.places]
        equal_functions(circuit, replace(circuit, places=places), own, each, meter)
    shown = "; ".join(cycle_text(generator) for generator in generators[:8])
    more = f"; ... ({len(generators)} generators)" if len(generators) > 8 else ""
    text = (
        *network_lines(circuit),
        (
            "For all weights the network's function does not change when its locations are"
            f" permuted by {shown}{more}, nor by any product of these."
        ),
    )
    said = {"kind": "Symmetric", "circuit": circuit.fingerprint, "generators": generators}
    return verified(said, text, meter)


def cycle_text(images: list[int]) -> str:
    """Print a permutation in cycles, cut when it is long."""
    found, seen = [], set()
    for start in range(len(images)):
        cycle = []
        while start not in seen:
            seen.add(start)
            cycle.append(start)
            start = images[start]
        if len(cycle) > 1:
            found.append(f"({' '.join(map(str, cycle[:8]))}{' ...' * (len(cycle) > 8)})")
    return "".join(found[:8]) + "..." * (len(found) > 8) or "()"


# ---------------------------------------------------------------------------------------------
# Real functions at rational points, in intervals with rational ends
# ---------------------------------------------------------------------------------------------

Interval = tuple[Fraction, Fraction]

MAX_INTERVAL_BITS = 4096
MAX_FUNCTIONS = 200
MAX_TERM_NODES = 10_000
MAX_ARGUMENT = 10**6
MAX_MAGNITUDE = 20_000


def term_check(term: object, dimension: int, depth: int = 0) -> int:
    """Refuse what is not a term on R^dimension; return the number of its nodes."""
    if depth > 40:
        raise Refusal("a term is nested more than 40 times.")
    if type(term) is not list:
        as_entry(term, "a term")
        return 1
    name = term[0] if term and type(term[0]) is str else ""
    parts = term[1:]
    if name == "x":
        as_int(parts[0] if len(parts) == 1 else None, "a coordinate", 0, dimension - 1)
        return 1
    if name == "pi" and not parts:
        return 1
    if name == "^" and len(parts) == 2:
        as_int(parts[1], "an exponent", 0, 64)
        parts = parts[:1]
    elif not (
        (name in ("+", "*") and len(parts) >= 2)
        or (name in ("/", "max") and len(parts) == 2)
        or (name in ("exp", "sqrt", "step") and len(parts) == 1)
    ):
        raise Refusal(f"a term has no operation {brief(name)} of {len(parts)} parts.")
    count = 1 + sum(term_check(part, dimension, depth + 1) for part in parts)
    if count > MAX_TERM_NODES:
        raise Refusal(f"the terms have more than {MAX_TERM_NODES} nodes.")
    return count


def term_text(term: Any) -> str:
    """Print a term that has been checked."""
    if type(term) is not list:
        return str(term)
    name, *parts = term
    if name == "x":
        return f"x{parts[0]}"
    if name == "pi":
        return "pi"
    if name == "^":
        return f"({term_text(parts[0])})^{parts[1]}"
    if name in ("+", "*", "/"):
        return "(" + f" {name} ".join(map(term_text, parts)) + ")"
    return f"{name}({', '.join(map(term_text, parts))})"


class Enclosing:
    """Interval arithmetic: every end is rounded outward to a number of significant bits."""

    def __init__(self, bits: int, meter: Meter) -> None:
        self.bits = bits
        self.meter = meter
        self.pi: Interval | None = None

    def rounded(self, low: Fraction, high: Fraction) -> Interval:
        """Round outward; refuse numbers out of range."""
        self.meter.spend(4000 + 5 * self.bits)
        return self.end(low, down=True), self.end(high, down=False)

    def end(self, x: Fraction, *, down: bool) -> Fraction:
        """Round one end to `bits` significant bits."""
        if not x:
            return x
        size = abs(x.numerator).bit_length() - x.denominator.bit_length()
        if size > MAX_MAGNITUDE:
            raise Refusal("a function's value is out of range at a point.")
        if size < -MAX_MAGNITUDE - MAX_INTERVAL_BITS:  # towards zero, or the least number kept
            outward = (x < 0) == down
            least = Fraction(1, 1 << MAX_MAGNITUDE)
            return (-least if down else least) if outward else Fraction(0)
        shift = self.bits - size
        top = x.numerator << shift if shift >= 0 else x.numerator
        bottom = x.denominator if shift >= 0 else x.denominator << -shift
        whole = top // bottom if down else -(-top // bottom)
        return Fraction(whole, 1 << shift) if shift >= 0 else Fraction(whole << -shift)

    def value(self, term: Any, point: list[Fraction]) -> Interval:
        """Enclose a checked term's value; refuse where it may jump or be undefined."""
        if type(term) is not list:
            number = Fraction(as_entry(term, "a term"))
            return self.rounded(number, number)
        name, *parts = term
        if name == "x":
            return self.rounded(point[parts[0]], point[parts[0]])
        if name == "pi":
            self.pi = self.pi or self.machin()
            return self.pi
        if name == "^":
            return self.power(self.value(parts[0], point), parts[1])
        found = self.value(parts[0], point)
        if name in ("exp", "sqrt", "step"):
            return {"exp": self.exp, "sqrt": self.root, "step": self.step}[name](found)
        for part in parts[1:]:
            found = self.pair(name, found, self.value(part, point))
        return found

    def pair(self, name: str, a: Interval, b: Interval) -> Interval:
        """Combine two intervals."""
        if name == "+":
            return self.rounded(a[0] + b[0], a[1] + b[1])
        if name == "max":
            return max(a[0], b[0]), max(a[1], b[1])
        if name == "/":
            if b[0] <= 0 <= b[1]:
                raise Refusal("a denominator may be zero at a point.")
            b = (1 / b[1], 1 / b[0])
        corners = [x * y for x in a for y in b]
        return self.rounded(min(corners), max(corners))

    def power(self, a: Interval, n: int) -> Interval:
        """Raise to a natural power."""
        self.meter.spend(8 * (n * most_bits([a]) / 32) ** 1.6)
        ends = sorted((a[0] ** n, a[1] ** n))
        if n and n % 2 == 0 and a[0] <= 0 <= a[1]:
            ends[0] = Fraction(0)
        return self.rounded(*ends)

    def step(self, a: Interval) -> Interval:
        """1 or 0 on one side of the jump."""
        if a[0] <= 0 <= a[1]:
            raise Refusal("the argument of a step may be zero at a point.")
        side = Fraction(int(a[0] > 0))
        return side, side

    def root(self, a: Interval) -> Interval:
        """Square root by integer roots."""
        if a[0] <= 0:
            raise Refusal("the argument of a square root may not be positive at a point.")
        ends = []
        for x, up in zip(a, (0, 1), strict=True):
            shift = max(0, self.bits - (x.numerator.bit_length() - x.denominator.bit_length()) // 2)
            whole = math.isqrt((x.numerator << 2 * shift) // x.denominator)
            ends.append(Fraction(whole + up, 1 << shift))
        return self.rounded(*ends)

    def exp(self, a: Interval) -> Interval:
        """Exponential of both ends."""
        if max(abs(a[0]), abs(a[1])) > MAX_ARGUMENT:
            raise Refusal(f"the argument of an exponential exceeds {MAX_ARGUMENT} at a point.")
        return self.exponential(a[0])[0], self.exponential(a[1])[1]

    def exponential(self, x: Fraction) -> Interval:
        """Enclose exp(x): the series at x / 2^k below 1/2, squared k times; 1 / exp(-x) below 0.

        Terms are rounded down: with Y = x/2^k < 1/2 known to one unit, each is at most 2 units
        too small, and what follows the first term that is 0 sums to at most 4 units.
        """
        if x < 0:
            low, high = self.exponential(-x)
            return self.rounded(1 / high, 1 / low)
        halvings = 0
        while x >= Fraction(1 << halvings, 2):
            halvings += 1
        precision = self.bits + 2 * halvings + 30
        y = (x.numerator << precision) // (x.denominator << halvings)
        total = term = 1 << precision
        count = 0
        while term:
            count += 1
            term = (term * y >> precision) // count
            total += term
        self.meter.spend((count + 4 * halvings) * (2000 + 2 * (precision / 30) ** 2))
        wide = Enclosing(precision, self.meter)
        found = wide.rounded(
            Fraction(total, 1 << precision), Fraction(total + 4 * count + 8, 1 << precision)
        )
        for _ in range(halvings):
            found = wide.rounded(found[0] ** 2, found[1] ** 2)
        return self.rounded(*found)

    def machin(self) -> Interval:
        """Enclose pi = 16 arctan(1/5) - 4 arctan(1/239), by alternating series."""
        unit = 1 << (self.bits + 20)
        low = high = 0
        for factor, base in ((16, 5), (-4, 239)):
            power, total, count = unit // base, 0, 0
            while power:
                total += (-1) ** count * (power // (2 * count + 1))
                power //= base * base
                count += 1
            # each term is less than 2 units off, and the rest is below one
            ends = sorted((factor * (total - 2 * count - 2), factor * (total + 2 * count + 2)))
            low, high = low + ends[0], high + ends[1]
        return self.rounded(Fraction(low, unit), Fraction(high, unit))


def linearly_independent(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """LinearlyIndependent: the matrix of values at the points is certainly non-singular."""
    names = ("kind", "dimension", "functions")
    data = as_object(statement, "a LinearlyIndependent statement", names)
    dimension = as_int(data["dimension"], "the dimension", 1, 64)
    functions = as_list(data["functions"], "the functions")
    count = as_int(len(functions), "the number of functions", 1, MAX_FUNCTIONS)
    if sum(term_check(term, dimension) for term in functions) > MAX_TERM_NODES:
        raise Refusal(f"the terms have more than {MAX_TERM_NODES} nodes.")
    given = as_object(proof, "the proof", ("rule", "bits", "points", "inverse"))
    if given["rule"] != "point_witness":
        raise Refusal("linear independence is proved by point_witness.")
    bits = as_int(given["bits"], "the bits", 1, MAX_INTERVAL_BITS)
    points = as_matrix(given["points"], "the points")
    inverse = as_matrix(given["inverse"], "the inverse")
    if (len(points), len(points[0])) != (count, dimension):
        raise Refusal(f"{count} points of {dimension} coordinates are needed.")
    if (len(inverse), len(inverse[0])) != (count, count):
        raise Refusal(f"the inverse must be a {count} x {count} matrix.")
    enclosing = Enclosing(bits, meter)
    exact = [list(map(Fraction, point)) for point in points]
    values = [[enclosing.value(term, point) for term in functions] for point in exact]
    near_identity(inverse, values, meter)
    shown = "; ".join(f"f{i + 1} = {cut(term_text(term))}" for i, term in enumerate(functions[:8]))
    more = f"; ... (f1 to f{count})" if count > 8 else ""
    text = (
        f"On R^{dimension}: {shown}{more}.",
        (
            f"These {count} functions are linearly independent: no combination of them but the"
            " trivial one is zero almost everywhere. So are the products of one of them per"
            " location, for every number of locations."
        ),
    )
    said = {
        "kind": "LinearlyIndependent",
        "dimension": dimension,
        "functions": list(map(exact_term, functions)),
    }
    return verified(said, text, meter)


def exact_term(term: Any) -> object:
    """Return a term that has been checked, its numbers in canonical form."""
    if type(term) is not list:
        return exact(as_entry(term, "a term"))
    name, *parts = term
    if name == "x":
        return term
    if name == "^":
        return [name, exact_term(parts[0]), parts[1]]
    return [name, *map(exact_term, parts)]


def near_identity(inverse: Matrix, values: list[list[Interval]], meter: Meter) -> None:
    """Refuse unless every row of 1 - R F has absolute sum below 1, for all F in the intervals.

    All numbers are integers over common denominators: middles exactly, radii with |R|.
    """
    size = len(inverse)
    rows, unit = meter.whole(inverse, "the inverse")
    low, scale = meter.whole(columns_of_ends(values), "the values")
    middles = [[x + y for x, y in zip(row[:size], row[size:], strict=True)] for row in low]
    radii = [[y - x for x, y in zip(row[:size], row[size:], strict=True)] for row in low]
    scale *= 2
    bits = most_bits(rows), most_bits(low) + 1
    meter.spend(2 * size**3 * (100 + bits[0] / 30 * (1 + bits[1] / 30)))
    one = unit * scale
    columns = list(zip(*middles, strict=True))
    spreads = list(zip(*radii, strict=True))
    for i, row in enumerate(rows):
        sizes = [abs(x) for x in row]
        total = 0
        for j in range(size):
            middle = sum(map(operator.mul, row, columns[j]))
            total += abs(middle - one * (i == j)) + sum(map(operator.mul, sizes, spreads[j]))
        if total >= one:
            raise Refusal(
                "the matrix of the functions' values is not shown to be non-singular: row"
                f" {i} of 1 - R F has no sum below 1."
            )


# ---------------------------------------------------------------------------------------------
# L2 distances: integer matrices over one denominator each
# ---------------------------------------------------------------------------------------------

Scaled = tuple[list[list[int]], int]
"""Integer rows, and the positive number that they are divided by."""

MAX_SIDE = 256
MAX_GRAM = 32
ECKART = "Eckart and Young, Psychometrika 1936"


def times_transpose(
    first: list[list[int]], second: list[list[int]], meter: Meter
) -> list[list[int]]:
    """Multiply a matrix with the transpose of another."""
    one, other = most_bits(first), most_bits(second)
    meter.hold(len(first) * len(second), one + other, "a product of matrices")
    steps = len(first) * len(second) * len(first[0])
    meter.spend(steps * (100 + max(one, other) / 30 * (1 + min(one, other) / 30)))
    return [[sum(map(operator.mul, row, other)) for other in second] for row in first]


def semidefinite(matrix: Scaled, factor: Matrix, what: str, meter: Meter) -> None:
    """Refuse unless matrix - R R^T is diagonally dominant, its diagonal not negative."""
    rows, unit = matrix
    given, denominator = meter.whole(factor, f"the factor of {what}")
    if len(given) != len(rows):
        raise Refusal(f"the factor of {what} must have {len(rows)} rows.")
    square = times_transpose(given, given, meter)
    square_unit = meter.product((denominator, denominator))
    whole = meter.common([unit, square_unit], what, 4 * MAX_DENOMINATOR)
    a, b = whole // unit, whole // square_unit
    bits = whole.bit_length() + max(most_bits(rows), most_bits(square))
    meter.spend(2 * len(rows) ** 2 * (100 + bits / 30 * (1 + whole.bit_length() / 30)))
    for i, row in enumerate(rows):
        rest = [a * x - b * y for x, y in zip(row, square[i], strict=True)]
        if 2 * rest[i] < sum(map(abs, rest)) or rest[i] < 0:
            raise Refusal(f"{what} is not shown to be positive semidefinite (row {i}).")


def symmetric_rows(value: object, size: int, what: str) -> Matrix:
    """Read a symmetric matrix of this size."""
    matrix = as_matrix(value, what)
    if (len(matrix), len(matrix[0])) != (size, size):
        raise Refusal(f"{what} must be a {size} x {size} matrix.")
    if list(matrix) != [tuple(column) for column in zip(*matrix, strict=True)]:
        raise Refusal(f"{what} must be symmetric.")
    return matrix


def kronecker_power(matrix: Scaled, exponent: int, meter: Meter) -> Scaled:
    """Return the Kronecker power, the first factor slowest."""
    total, unit = [[1]], 1
    bits, size = most_bits(matrix[0]) + matrix[1].bit_length(), len(matrix[0]) ** exponent
    meter.hold(size * size, exponent * bits, "a power of a matrix")
    meter.spend(2 * size * size * (100 + exponent * bits / 30 * (1 + bits / 30)))
    for _ in range(exponent):
        total = [[x * y for x in row for y in more] for row in total for more in matrix[0]]
        unit *= matrix[1]
    return total, unit


def gram_intervals(
    data: object, count: int, enclosing: Enclosing
) -> tuple[list[list[Interval]], str, Mapping[str, object]]:
    """Enclose the inner products of the representation functions; and say what these are.

    The third value is the description in canonical form.
    """
    kind = kind_of(data, "the Gram matrix's functions", "kind")
    if kind == "orthonormal":
        as_object(data, "the functions", ("kind",))
        unit = [[(Fraction(i == j), Fraction(i == j)) for j in range(count)] for i in range(count)]
        return unit, f"{count} orthonormal functions", {"kind": kind}
    if kind == "gaussians":
        given = as_object(data, "the functions", ("kind", "means", "variances"))
        means, spreads = (as_matrix(given[name], name) for name in ("means", "variances"))
        if not len(means) == len(spreads) == count or len(means[0]) != len(spreads[0]):
            raise Refusal(f"{count} Gaussians need as many means and variances, of one length.")
        if min(v for row in spreads for v in row) <= 0:
            raise Refusal("the variances of Gaussians must be positive.")
        table = [
            [
                gaussian_product(means[i], means[j], spreads[i], spreads[j], enclosing)
                for j in range(count)
            ]
            for i in range(count)
        ]
        told = f"normal densities with means {cut(json.dumps(given['means']))}"
        told += f" and variances {cut(json.dumps(given['variances']))}"
        return table, told, {"kind": kind, "means": means, "variances": spreads}
    if kind != "monomials":
        raise Refusal(f"there are no functions of kind {brief(kind)}.")
    given = as_object(data, "the functions", ("kind", "exponents", "box"))
    box = as_matrix(given["box"], "the box")
    rows = [as_list(row, "exponents") for row in as_list(given["exponents"], "the exponents")]
    if len(box[0]) != 2 or any(low >= high for low, high in box) or len(rows) != count:
        raise Refusal(f"a box has pairs a < b, and there must be {count} rows of exponents.")
    powers = [[as_int(e, "an exponent", 0, 64) for e in row] for row in rows]
    if any(len(row) != len(box) for row in powers):
        raise Refusal("every monomial needs an exponent for each side of the box.")
    table = []
    for first in powers:
        line = []
        for second in powers:
            value, longest = Fraction(1), most_bits([(value for side in box for value in side)])
            for (low, high), e, f in zip(box, first, second, strict=True):
                bits = most_bits([(value,)]) + (e + f + 1) * 2 * longest
                if bits > MAX_DENOMINATOR:
                    raise Refusal("an integral of monomials has too many digits.")
                enclosing.meter.spend(5000 + 10 * (bits / 30) ** 2)
                value *= Fraction(Fraction(high) ** (e + f + 1) - Fraction(low) ** (e + f + 1))
                value /= e + f + 1
            line.append((value, value))
        table.append(line)
    told = f"monomials with exponents {cut(json.dumps(powers))} on the box"
    told += f" {cut(json.dumps(given['box']))}"
    return table, told, {"kind": kind, "exponents": powers, "box": box}


def gaussian_product(
    m: Sequence[Entry],
    other: Sequence[Entry],
    v: Sequence[Entry],
    more: Sequence[Entry],
    enclosing: Enclosing,
) -> Interval:
    """Enclose the integral of two normal densities: the density of m - m' under v + v'."""
    found = (Fraction(1), Fraction(1))
    for a, b, c, d in zip(m, other, v, more, strict=True):
        enclosing.meter.spend(20_000 + (2 * most_bits([(a, b, c, d)]) / 10) ** 2)
        variance, square = Fraction(c + d), Fraction((a - b) ** 2)
        exponent = -square / (2 * variance)
        density = enclosing.exp((exponent, exponent))
        tau = enclosing.pair("*", enclosing.value(["pi"], []), (2 * variance, 2 * variance))
        found = enclosing.pair("*", found, enclosing.pair("/", density, enclosing.root(tau)))
    return found


def not_approximable(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """NotApproximable: the tail of a matrix's spectrum in the metric of the Gram matrix."""
    names = (
        "kind",
        "circuit",
        "weights",
        "output",
        "I",
        "rank",
        "gram",
        "squared_distance",
    )
    data = as_object(statement, "a NotApproximable statement", names)
    members = ("rule", "bits", "gram", "inverse", "t", "W", "factors")
    given = as_object(proof, "the proof", members)
    factors = as_object(given["factors"], "the factors", ("gram", "W", "S"))
    if given["rule"] != "gram_tail":
        raise Refusal("distances are proved by gram_tail.")
    circuit = read_circuit(data["circuit"], meter)
    check_scopes(circuit, meter)
    subject = read_subject(circuit, data, meter)
    dim, side = circuit.dims[0], len(subject.inside)
    if set(circuit.dims) != {dim} or dim > MAX_GRAM or dim**side > MAX_SIDE:
        raise Refusal(f"one dimension, at most {MAX_GRAM}, and at most {MAX_SIDE} rows are needed.")
    if dim ** len(circuit.dims) > MAX_EXACT:
        raise Refusal(f"the tensor has more than {MAX_EXACT} entries.")
    size = dim**side
    rank = as_int(data["rank"], "the rank", 0, size - 1)
    bits = as_int(given["bits"], "the bits", 1, MAX_INTERVAL_BITS)
    distance = Fraction(as_entry(data["squared_distance"], "the squared distance"))
    t = Fraction(as_entry(given["t"], "t"))
    table, told, functions = gram_intervals(data["gram"], dim, Enclosing(bits, meter))
    lower = symmetric_rows(given["gram"], dim, "the Gram matrix below")
    base = meter.whole(lower, "the Gram matrix below")
    gram_below(table, base, meter)
    semidefinite(base, as_matrix(factors["gram"], "a factor"), "the Gram matrix below", meter)
    dual = meter.whole(symmetric_rows(given["inverse"], dim, "the inverse"), "the inverse")
    product = times_transpose(base[0], dual[0], meter)
    unit = base[1] * dual[1]
    if product != [[unit * (i == j) for j in range(dim)] for i in range(dim)]:
        raise Refusal("the inverse of the Gram matrix below is not its inverse.")
    witness = meter.whole(symmetric_rows(given["W"], size, "W"), "W")
    semidefinite(witness, as_matrix(factors["W"], "a factor"), "W", meter)
    if t < 0:
        raise Refusal("t must not be negative.")
    weights = read_weights(circuit, data["weights"])
    kernel = squared_matrix(subject, weights, base)
    total = tail_matrix(kernel, witness, kronecker_power(dual, side, meter), t, meter)
    semidefinite(total, as_matrix(factors["S"], "a factor"), "K + W - t / G", meter)
    metric, scale = kronecker_power(base, side, meter)
    trace = sum(sum(map(operator.mul, *rows)) for rows in zip(metric, witness[0], strict=True))
    bound = (size - rank) * t - Fraction(trace, scale * witness[1])
    if not 0 < distance <= bound:
        raise Refusal("the witness gives a bound that is not positive, or below what is stated.")
    text = (
        *network_lines(circuit),
        f"Representation functions: {told}.",
        (
            f"At the weights stored in the certificate, the function of output {subject.output} has"
            f" squared L2 distance at least {decimal(distance, up=False)} from every"
            f" function whose tensor's matrix, rows by the locations {pattern(subject.inside)}, has"
            f" rank at most {rank}; so from every CP model of at most {rank} channels."
        ),
    )
    said = said_of(subject, kind="NotApproximable", rank=rank, gram=functions)
    said |= {"weights": named(circuit, weights), "squared_distance": exact(distance)}
    return verified(said, text, meter, source=ECKART)


def gram_below(table: list[list[Interval]], lower: Scaled, meter: Meter) -> None:
    """Refuse unless G - G0 is diagonally dominant for all G in the intervals."""
    size, (below, unit) = len(table), lower
    ends, scale = meter.whole(columns_of_ends(table), "the Gram matrix")
    first, second = most_bits(ends) + most_bits(below), unit.bit_length() + scale.bit_length()
    meter.spend(size**2 * (1000 + (first + second) / 30 * (1 + second / 30)))
    for i, row in enumerate(ends):
        low, high = row[:size], row[size:]
        rest = low[i] * unit - below[i][i] * scale
        for j, x in enumerate(below[i]):
            if j != i:
                rest -= max(abs(low[j] * unit - x * scale), abs(high[j] * unit - x * scale))
        if rest < 0:
            raise Refusal(f"the Gram matrix is not shown to be above the rational one (row {i}).")


def columns_of_ends(table: list[list[Interval]]) -> list[list[Fraction]]:
    """Return each row of intervals as its lower ends, then its upper ones."""
    return [[low for low, _ in row] + [high for _, high in row] for row in table]


def squared_matrix(subject: Subject, weights: list[Matrix], gram: Scaled) -> Scaled:
    """Return K = A (G0 on every location of J) A^T for the matrix A with rows by I."""
    meter, dims = subject.meter, subject.circuit.dims
    outside = [i for i in range(len(dims)) if subject.sides[i]]
    channel, modes, scale = exact_tensor(subject, weights)
    flat = reordered(channel, modes, dims, [*subject.inside, *outside])
    width = dims[0] ** len(outside)
    rows = [flat[i : i + width] for i in range(0, len(flat), width)]
    unit = meter.product((scale, scale))
    moved = rows
    for place in range(len(outside)):
        stride = dims[0] ** place
        first, second = most_bits(moved), most_bits(gram[0])
        meter.hold(len(flat), first + second, "A G A^T")
        meter.spend(len(flat) * dims[0] * (100 + first / 30 * (1 + second / 30)))
        moved = [with_mode(row, gram[0], stride) for row in moved]
        unit = meter.product((unit, gram[1]))
    return times_transpose(rows, moved, meter), unit


def with_mode(row: list[int], table: list[list[int]], stride: int) -> list[int]:
    """Apply a symmetric matrix to the mode of a flat tensor whose entries lie `stride` apart."""
    dim = len(table)
    found = [0] * len(row)
    for block in range(0, len(row), dim * stride):
        for offset in range(block, block + stride):
            fibre = row[offset : offset + dim * stride : stride]
            for i, line in enumerate(table):
                found[offset + i * stride] = sum(map(operator.mul, line, fibre))
    return found


def tail_matrix(kernel: Scaled, witness: Scaled, dual: Scaled, t: Fraction, meter: Meter) -> Scaled:
    """Return K + W - t times the inverse metric, over one denominator."""
    parts = [(kernel, Fraction(1)), (witness, Fraction(1)), (dual, -t)]
    units = [meter.product((part[1], factor.denominator)) for part, factor in parts]
    whole = meter.common(units, "K + W - t / G", 4 * MAX_DENOMINATOR)
    bits = whole.bit_length() + max(most_bits(part[0]) for part, _ in parts)
    meter.hold(len(kernel[0]) ** 2, bits, "K + W - t / G")
    meter.spend(len(kernel[0]) ** 2 * 3 * (100 + bits / 30 * (1 + whole.bit_length() / 30)))
    weights = [int(factor * whole / part[1]) for part, factor in parts]
    rows = [
        [sum(map(operator.mul, weights, entries)) for entries in zip(*lines, strict=True)]
        for lines in zip(*(part[0] for part, _ in parts), strict=True)
    ]
    return rows, whole


# ---------------------------------------------------------------------------------------------
# Hierarchical decompositions and CP-rank of given tensors
# ---------------------------------------------------------------------------------------------

MAX_LEAVES = 16
MAX_RANKS = 100_000


def tree_nodes(tree: object, count: int) -> list[list[int]]:
    """Return each node's leaves in preorder; refuse what is not a mode tree over 0..count-1."""
    found: list[list[int]] = []

    def visit(node: object, depth: int) -> list[int]:
        own: list[int] = []
        found.append(own)
        if type(node) is list and len(node) >= 2 and depth <= MAX_LEAVES:
            for child in node:
                own.extend(visit(child, depth + 1))
        else:
            own.append(as_int(node, "a leaf of the tree", 0, count - 1))
        if len(found) > 2 * MAX_LEAVES:
            raise Refusal(f"the tree has more than {MAX_LEAVES} leaves.")
        return own

    if type(tree) is not list or sorted(visit(tree, 0)) != list(range(count)):
        raise Refusal(f"the tree must have the leaves 0 to {count - 1}, each once.")
    return found


def modular_rank(
    entries: list[Entry], dims: list[int], inside: Sequence[int], prime: int, meter: Meter
) -> int:
    """Return the rank modulo a prime of the matrix with rows by the modes inside."""
    outside = [i for i in range(len(dims)) if i not in inside]
    flat = reordered(residues(entries, prime), list(range(len(dims))), dims, [*inside, *outside])
    width = math.prod(dims[i] for i in outside)
    return list_rank([flat[i : i + width] for i in range(0, len(flat), width)], prime, meter)


def residues(entries: Sequence[Entry], prime: int) -> list[int]:
    """Return exact numbers modulo a prime; their denominators must be units."""
    if any(x.denominator % prime == 0 for x in entries):
        raise Refusal("a denominator is not a unit modulo the prime.")
    return [x.numerator * pow(x.denominator, -1, prime) % prime for x in entries]


def list_rank(rows: list[list[int]], prime: int, meter: Meter) -> int:
    """Return the rank modulo a prime, with as few columns as possible."""
    if len(rows) < len(rows[0]):
        rows = [list(column) for column in zip(*rows, strict=True)]
    columns = len(rows[0])
    meter.spend(len(rows) * columns * (5 * columns + 200))
    packed = [pack([x % prime for x in row]) for row in rows]
    return packed_rank(packed, columns, prime, meter, stop=False)


def small_prime(value: object) -> int:
    """Read a prime from 3 to 2^24."""
    prime = as_int(value, "the prime", 3, (1 << 24) - 1)
    if not is_prime(prime):
        raise Refusal(f"{prime} is not a prime.")
    return prime


def minimal_ht(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """MinimalHT: the frames contract to the tensor, and no rank can be smaller."""
    names = ("kind", "tensor", "tree", "ranks")
    data = as_object(statement, "a MinimalHT statement", names)
    given = as_object(proof, "the proof", ("rule", "prime", "nodes"))
    if given["rule"] != "frames":
        raise Refusal("hierarchical decompositions are proved by frames.")
    dims, entries = read_tensor(data["tensor"])
    if len(dims) > MAX_LEAVES:
        raise Refusal(f"the tensor has more than {MAX_LEAVES} modes.")
    nodes = tree_nodes(data["tree"], len(dims))
    ranks = [as_int(r, "a rank", 1, MAX_EXACT) for r in as_list(data["ranks"], "the ranks")]
    matrices = [as_matrix(m, "a frame") for m in as_list(given["nodes"], "the frames")]
    if not len(nodes) == len(ranks) == len(matrices) or ranks[0] != 1:
        raise Refusal("a rank and a matrix are needed for each node, one column for the root.")
    counter = itertools.count()
    modes, (frame, unit) = frame_of(data["tree"], counter, dims, ranks, matrices, meter)
    found = reordered([row[0] for row in frame], modes, dims, sorted(modes))
    bits = most_bits([found, entries]) + unit.bit_length()
    meter.spend(len(entries) * (300 + bits / 30 * (1 + most_bits([entries]) / 30)))
    pairs = zip(found, entries, strict=True)
    if any(x * entry.denominator != entry.numerator * unit for x, entry in pairs):
        raise Refusal("the frames do not contract to the tensor.")
    prime = small_prime(given["prime"])
    for inside, rank in zip(nodes[1:], ranks[1:], strict=True):
        least = modular_rank(entries, dims, sorted(inside), prime, meter)
        if least < rank:
            raise Refusal(f"modulo the prime the locations {inside} have rank {least}, not {rank}.")
    text = (
        f"Tensor of shape {' x '.join(map(str, dims))} (SHA-256 {tensor_digest(data['tensor'])}).",
        (
            f"Over the mode tree {json.dumps(data['tree'])} it has an exact hierarchical Tucker"
            f" decomposition with the ranks {ranks} (nodes in preorder), and none has a smaller"
            " rank at any node."
        ),
    )
    tensor = {"dims": dims, "entries": tuple(entries)}
    said = {"kind": "MinimalHT", "tensor": tensor, "tree": data["tree"], "ranks": ranks}
    return verified(said, text, meter)


def tensor_digest(tensor: object) -> str:
    """Name a stored tensor by its SHA-256."""
    return hashlib.sha256(json.dumps(tensor, sort_keys=True).encode()).hexdigest()


def frame_of(
    tree: Any,
    counter: Iterator[int],
    dims: list[int],
    ranks: list[int],
    matrices: list[Matrix],
    meter: Meter,
) -> tuple[list[int], Scaled]:
    """Return a node's modes, and its frame: a row for each index of them, a column per channel.

    The children are contracted one after another with the rows of the transfer matrix.
    """
    place, what = next(counter), "contracting the frames"
    rank, shape = ranks[place], (len(matrices[place]), len(matrices[place][0]))
    rows, unit = meter.whole(matrices[place], "a frame")
    if type(tree) is int:
        if shape != (dims[tree], rank):
            raise Refusal(f"the frame of location {tree} has the wrong shape.")
        return [tree], (rows, unit)
    below = [frame_of(child, counter, dims, ranks, matrices, meter) for child in tree]
    sizes = [len(part[0]) for _, (part, _) in below]
    if math.prod(sizes) > MAX_RANKS or shape != (math.prod(sizes), rank):
        raise Refusal(f"the transfer matrix of node {place} has the wrong shape.")
    # `done` holds, for each index of the modes so far, the rows for the channels still open
    done = [rows]
    modes: list[int] = []
    for (own, (part, more)), size in zip(below, sizes, strict=True):
        modes.extend(own)
        unit = meter.common((meter.product((unit, more)),), what)
        step = len(done[0]) // size
        first, second = most_bits(part), max(map(most_bits, done))
        count = len(done) * len(part) * step * rank
        meter.hold(count, first + second + size.bit_length(), what)
        meter.spend(count * size * (100 + second / 30 * (1 + first / 30)))
        grown = []
        for table in done:
            columns = [
                list(zip(*table[a::step], strict=True)) for a in range(step)
            ]  # of each open row, its column for each channel
            grown += [
                [[sum(map(operator.mul, row, column)) for column in lines] for lines in columns]
                for row in part
            ]
        done = grown
    return modes, ([table[0] for table in done], unit)


def cp_rank(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """CPRank: a flattening from below, terms or fibres from above."""
    names = ("kind", "tensor", "lower", "upper")
    data = as_object(statement, "a CPRank statement", names)
    given = as_object(proof, "the proof", ("rule", "lower", "upper"))
    if given["rule"] != "cp_interval":
        raise Refusal("CP-ranks are proved by cp_interval.")
    dims, entries = read_tensor(data["tensor"])
    lower, below = cp_lower(given["lower"], dims, entries, meter)
    upper, above = cp_upper(given["upper"], dims, entries, meter)
    stated = [as_int(data[name], f"the {name} bound", 0, 1 << 30) for name in ("lower", "upper")]
    if stated != [lower, upper]:
        raise Refusal(f"the bounds derived are {lower} and {upper}, not those stated.")
    text = (
        f"Tensor of shape {' x '.join(map(str, dims))} (SHA-256 {tensor_digest(data['tensor'])}).",
        f"Its CP-rank over the reals is at least {lower} and at most {upper}.",
        f"From below: {below}. From above: {above}.",
    )
    tensor = {"dims": dims, "entries": tuple(entries)}
    said = {"kind": "CPRank", "tensor": tensor, "lower": lower, "upper": upper}
    return verified(said, text, meter, bounds=(lower, upper, None))


def cp_lower(rule: object, dims: list[int], entries: list[Entry], meter: Meter) -> tuple[int, str]:
    """Derive a lower bound on the CP-rank."""
    kind = kind_of(rule, "the lower bound", "rule")
    if kind == "matricization":
        data = as_object(rule, "a matricization", ("rule", "I", "prime"))
        inside = [as_int(i, "a mode", 0, len(dims) - 1) for i in as_list(data["I"], "I")]
        if inside != sorted(set(inside)):
            raise Refusal("I must be an increasing list of modes.")
        rank = modular_rank(entries, dims, inside, small_prime(data["prime"]), meter)
        return rank, f"the matricization of the modes {inside}"
    if kind != "koszul":
        raise Refusal(f"there is no lower bound {brief(kind)} for CP-ranks.")
    data = as_object(rule, "a Koszul flattening", ("rule", "groups", "p", "projection", "prime"))
    prime, p = small_prime(data["prime"]), as_int(data["p"], "p", 1, 3)
    groups = [
        [as_int(i, "a mode", 0, len(dims) - 1) for i in as_list(group, "a group")]
        for group in as_list(data["groups"], "the groups")
    ]
    order = [i for group in groups for i in group]
    if len(groups) != 3 or sorted(order) != list(range(len(dims))):
        raise Refusal("a Koszul flattening must part the modes into three groups.")
    a, b, c = (math.prod(dims[i] for i in group) for group in groups)
    projection = as_matrix(data["projection"], "the projection")
    n = 2 * p + 1
    if (len(projection), len(projection[0])) != (n, a):
        raise Refusal(f"the projection must be a {n} x {a} matrix.")
    if any(type(x) is not int for row in projection for x in row):
        raise Refusal("a projection must hold integers.")
    if math.comb(n, p) * max(b, c) > 2000:
        raise Refusal("the flattening has more than 2000 rows or columns.")
    flat = reordered(residues(entries, prime), list(range(len(dims))), dims, order)
    projection = tuple(tuple(residues(row, prime)) for row in projection)
    meter.spend(n * len(flat) * 100)
    planes = [flat[i * b * c : (i + 1) * b * c] for i in range(a)]
    moved = [
        [sum(map(operator.mul, row, column)) % prime for column in zip(*planes, strict=True)]
        for row in projection
    ]
    rank = list_rank(koszul_rows(moved, n, p, b, c), prime, meter)
    return -(-rank // math.comb(2 * p, p)), f"a Koszul flattening of rank {rank} with p = {p}"


def koszul_rows(moved: list[list[int]], n: int, p: int, b: int, c: int) -> list[list[int]]:
    """Write out e_S (x) y -> sum over i outside S of (e_i ^ e_S) (x) T(i, y, .), row by row."""
    places = {t: k for k, t in enumerate(itertools.combinations(range(n), p + 1))}
    rows = []
    for chosen in itertools.combinations(range(n), p):
        for j in range(b):
            row = [0] * (len(places) * c)
            for i in range(n):
                if i not in chosen:
                    start = places[tuple(sorted((*chosen, i)))] * c
                    sign = (-1) ** sum(1 for s in chosen if s < i)
                    row[start : start + c] = [sign * x for x in moved[i][j * c : (j + 1) * c]]
            rows.append(row)
    return rows


def cp_upper(rule: object, dims: list[int], entries: list[Entry], meter: Meter) -> tuple[int, str]:
    """Derive an upper bound on the CP-rank."""
    kind = kind_of(rule, "the upper bound", "rule")
    if kind == "largest_fibres":
        as_object(rule, "the upper bound", ("rule",))
        return math.prod(dims) // max(dims), "one term for each fibre of the largest mode"
    if kind != "terms":
        raise Refusal(f"there is no upper bound {brief(kind)} for CP-ranks.")
    terms = as_list(as_object(rule, "the terms", ("rule", "terms"))["terms"], "the terms")
    if len(terms) * len(entries) > 20_000_000:
        raise Refusal("there are too many terms to sum.")
    scales, whole = [], []
    digits, what = 0, "the sum of the terms"
    for term in terms:
        vectors = [as_list(vector, "a vector") for vector in as_list(term, "a term")]
        if [len(vector) for vector in vectors] != dims:
            raise Refusal("a term does not have a vector of the right length for each mode.")
        scale, parts = 1, []
        for vector in vectors:
            (numbers,), unit = meter.whole([[as_entry(x, "a term") for x in vector]], "a term")
            parts.append(numbers)
            scale = meter.common((meter.product((scale, unit)),), "a term")
            digits = max(digits, most_bits([numbers]))
        scales.append(scale)
        whole.append(parts)
    common = meter.common(scales, what)
    bits = common.bit_length() + digits * len(dims)
    meter.hold(len(terms) * len(dims), bits, what)
    meter.spend(len(terms) * len(entries) * (200 + bits / 30 * (1 + digits / 30)))
    live = [(common // scale, parts) for scale, parts in zip(scales, whole, strict=True)]
    for found, entry in zip(sums_of_terms(live, dims, 0), entries, strict=True):
        if found * entry.denominator != entry.numerator * common:
            raise Refusal("the terms do not sum to the tensor.")
    return len(terms), f"{len(terms)} pure tensors that sum to it"


def sums_of_terms(
    live: list[tuple[int, list[list[int]]]], dims: list[int], mode: int
) -> Iterator[int]:
    """Give the entries of a sum of pure tensors in order, index by index.

    `live` has the terms that are not zero so far: the product of the coordinates, and the vectors.
    """
    if mode == len(dims):
        yield sum(factor for factor, _ in live)
        return
    for d in range(dims[mode]):
        further = [(factor * x, parts) for factor, parts in live if (x := parts[mode][d])]
        yield from sums_of_terms(further, dims, mode + 1)


# ---------------------------------------------------------------------------------------------
# Log-space: SimNets, signs, simplices, marginals, certified log-scores
#
# A network of sums and products of non-negative numbers is one of logsumexp and + of logarithms.
# ---------------------------------------------------------------------------------------------

MAX_LOG = 1_000_000  # magnitude of a logarithm in a statement
MAX_EXPONENT = 1 << 62  # of a dyadic number
MAX_SCORE_BITS = 4_096
GUARD_BITS = 64  # carried beyond the bits that a proof names
GRAIN_BITS = 128  # error bounds are multiples of 2^-128
MAX_FIXED_BITS = 1_000  # fixed entries lie between 2^-1000 and 2^1000, where binary64 holds them
SIM_KINDS = {"input": "input", "constant": "constant", "mex": "sum", "pool": "product"}
BINARY64 = "binary64 arithmetic, rounded to nearest, with exp and log as exact as stated"

Pair = tuple[int | None, int | None]
Dyadic = tuple[int, int, int]  # (low, high, exponent): the numbers from low 2^e to high 2^e
NOUGHT: Dyadic = (0, 0, 0)
UNITY: Dyadic = (1, 1, 0)


def alone(value: object, rule: str) -> None:
    """Demand a proof that has nothing but its rule."""
    if kind_of(value, "the proof", "rule") != rule:
        raise Refusal(f'the rule of this statement must be "{rule}", not {brief(value)}.')
    as_object(value, "the proof", ("rule",))


def sorted_digest(value: object) -> str:
    """SHA-256 of a piece of the file, its members sorted."""
    try:
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
    except ValueError:  # an integer of thousands of digits, which no file has
        raise Refusal("a number has too many digits.") from None


def conclude(
    kind: str,
    circuit: Circuit,
    text: Sequence[str],
    meter: Meter,
    *,
    source: str = LINEAR,
    **more: object,
) -> Verified:
    """Put a statement about one network together; `more` are its further members."""
    said = {"kind": kind, "circuit": circuit.fingerprint, **more}
    return verified(said, (*network_lines(circuit), *text), meter, source=source)


def non_negative(circuit: Circuit, meter: Meter) -> None:
    """Refuse a negative fixed entry."""
    for matrix in circuit.matrices:
        meter.spend(50 * len(matrix) * len(matrix[0]))
        if any(x < 0 for row in matrix for x in row):
            raise Refusal("a fixed matrix has a negative entry, which has no logarithm.")


# LogSpaceEquivalent


def read_simnet(data: object) -> tuple[Circuit, list[tuple[Entry | str, bool]]]:
    """Read a SimNet as the circuit of its graph, and of each mex node (beta, whether it is a mean).

    Its nodes follow the rules of a circuit's, so those are left to the circuit's reader.
    """
    names = ("format", "version", "parameters", "matrices", "nodes")
    raw = as_object(data, "the simnet", names)
    if raw["format"] != "circuitalg-simnet" or type(raw["version"]) is not int:
        raise Refusal("the simnet is not of format circuitalg-simnet, version 1.")
    nodes, modes = [], []
    for node in as_list(raw["nodes"], "the nodes of the simnet"):
        if type(node) is not list or len(node) < 3 or type(node[1]) is not str:
            raise Refusal("a node of the simnet is not [name, kind, width, ...].")
        kind = node[1]
        if kind not in SIM_KINDS:
            raise Refusal(f"a node of the simnet is of an unknown kind, {brief(kind)}.")
        if kind == "mex":
            if len(node) != 7:
                raise Refusal("a mex node must be [name, kind, width, children, refs, beta, mode].")
            beta, mode = node[5:]
            if type(mode) is not str or mode not in ("mean", "sum"):
                raise Refusal(f'a mex node must have the mode "mean" or "sum", not {brief(mode)}.')
            if not (type(beta) is str and beta in ("inf", "-inf")):
                beta = as_entry(beta, "the beta of a mex node")
            modes.append((beta, mode == "mean"))
        nodes.append([node[0], SIM_KINDS[kind], *(node[2:5] if kind == "mex" else node[2:])])
    try:
        return read_circuit({**raw, "format": "circuitalg-circuit", "nodes": nodes}), modes
    except Refusal as error:
        raise Refusal(f"the simnet's graph, with sums for mex, is refused: {error}") from None


def read_offsets(value: object, simnet: Circuit) -> list[tuple[str, int]]:
    """Read the weight and the count behind each parameter of the simnet, in order."""
    given = as_object(value, "the offsets", dict.fromkeys(simnet.parameters))
    found = []
    for name in simnet.parameters:
        pair = as_list(given[name], "an offset")
        if len(pair) != 2:
            raise Refusal("an offset must be [parameter, count].")
        count = as_int(pair[1], "the count of an offset", 1, MAX_NODES * MAX_WIDTH)
        found.append((as_text(pair[0], "the parameter of an offset"), count))
    return found


def log_space_equivalent(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """LogSpaceEquivalent: node by node, the SimNet computes logarithms of the circuit's values.

    Where the children hold log(h)/beta and the offsets are log(c w)/beta, beta times a mex is
    log of (1/n or 1) * sum c w h, and c = n or 1; a pool adds logarithms.
    """
    data = as_object(statement, "the statement", ("kind", "circuit", "simnet", "offsets"))
    alone(proof, "homomorphism")
    circuit = read_circuit(data["circuit"], meter)
    simnet, modes = read_simnet(data["simnet"])
    offsets = read_offsets(data["offsets"], simnet)
    non_negative(circuit, meter)
    if len(simnet.kinds) != len(circuit.kinds):
        raise Refusal("the simnet does not have as many nodes as the circuit.")
    beta: Entry = 1
    means = iter(modes)
    same: set[tuple[int, int, int]] = set()  # what has been compared
    for i, kind in enumerate(circuit.kinds):
        meter.spend(200 * (1 + len(circuit.children[i])))
        here = f"node {brief(simnet.names[i])} of the simnet"
        for what in ("kinds", "widths", "places", "children"):
            if getattr(simnet, what)[i] != getattr(circuit, what)[i]:
                raise Refusal(f"{here} and its node of the circuit differ in their {what}.")
        if kind != SUM:
            continue
        found, mean = next(means)
        if isinstance(found, str) or found == 0 or (same and found != beta):
            raise Refusal("all mex nodes must have one beta, a rational number that is not 0.")
        beta = found
        count = sum(circuit.widths[c] for c in circuit.children[i]) if mean else 1
        for own, other in zip(circuit.refs[i], simnet.refs[i], strict=True):
            if (own, other, count) not in same:
                same_edge(circuit, own, count, (simnet, other, offsets), meter)
                same.add((own, other, count))
    text = (
        (
            f"SimNet: the same graph, mex for sums and pools for products, beta = {beta}; SHA-256"
            f" of its sorted JSON {sorted_digest(data['simnet'])}, of the offsets'"
            f" {sorted_digest(data['offsets'])}."
        ),
        (
            "For all non-negative weights and inputs x of the network, with the offsets (log w +"
            " log c) / beta for the weights w and counts c that the certificate names (log 0 ="
            " -infinity), the SimNet at the similarities log(x) / beta has the outputs log(h(x)) /"
            " beta, h(x) being the network's outputs."
        ),
    )
    encode = json.JSONEncoder(ensure_ascii=True).encode
    ends = [
        f',{encode(str(b) if type(b) is Fraction else b)},"{"mean" if mean else "sum"}"'
        for b, mean in modes
    ]
    name = fingerprint(simnet, meter, tuple(SIM_KINDS), ends)
    pairs = {o: list(pair) for o, pair in zip(simnet.parameters, offsets, strict=True)}
    return conclude("LogSpaceEquivalent", circuit, text, meter, simnet=name, offsets=pairs)


def same_edge(
    circuit: Circuit,
    own: int,
    count: int,
    there: tuple[Circuit, int, list[tuple[str, int]]],
    meter: Meter,
) -> None:
    """Demand that an edge of the simnet has the circuit's matrix times a count as exponentials."""
    simnet, other, offsets = there
    if (own < 0) != (other < 0):
        raise Refusal("a fixed matrix stands at an edge where the other network has a parameter.")
    if own >= 0:
        if offsets[other] != (circuit.parameters[own], count):
            raise Refusal(
                f"the offset {brief(simnet.parameters[other])} stands at an edge that needs"
                f" [{brief(circuit.parameters[own])}, {count}]."
            )
        return
    first, second = circuit.matrices[-1 - own], simnet.matrices[-1 - other]
    meter.spend(100 * len(first) * len(first[0]))
    if any(
        count * x != y
        for rows in zip(first, second, strict=True)
        for x, y in zip(*rows, strict=True)
    ):
        raise Refusal(f"a fixed matrix of the simnet is not {count} times the circuit's.")


# SignedSplit


class Twins:
    """Says which nodes the split of a circuit has, and compares each with the given network's.

    A label is ("+", ref) or ("-", ref), the positive or negative part of what stands there, or
    ("first", w), ("last", w), ("all", w): a w x w identity above zeros, below zeros, or alone.
    """

    def __init__(self, circuit: Circuit, given: Circuit, meter: Meter) -> None:
        self.circuit, self.given, self.meter = circuit, given, meter
        self.count = 0
        self.known: set[tuple[int, str, int]] = set()
        self.signs: list[tuple[bool, bool]] = []
        for matrix in circuit.matrices:
            meter.spend(100 * len(matrix) * len(matrix[0]))
            entries = list(itertools.chain.from_iterable(matrix))
            self.signs.append((any(x > 0 for x in entries), any(x < 0 for x in entries)))

    def node(
        self,
        kind: int,
        width: int,
        children: Sequence[int],
        labels: Sequence[tuple[str, int]] = (),
        place: int = -1,
    ) -> int:
        """Compare the next node; return its number."""
        number, given = self.count, self.given
        self.meter.spend(300 * (1 + len(children)))
        if number >= len(given.kinds):
            raise Refusal(f"the split has {len(given.kinds)} nodes; it needs more.")
        here = f"node {brief(given.names[number])} of the split"
        if (given.kinds[number], given.widths[number]) != (kind, width):
            raise Refusal(f"{here} must be of kind {list(KINDS)[kind]} and width {width}.")
        if given.places[number] != place:
            raise Refusal(f"{here} must have the location {place}.")
        if given.children[number] != list(children):
            raise Refusal(f"{here} does not have the children that it needs.")
        for ref, label in zip(given.refs[number], labels, strict=True):
            if (ref, *label) not in self.known:
                if not self.fits(ref, *label):
                    raise Refusal(f"{here} does not have the matrices that it needs.")
                self.known.add((ref, *label))
        self.count += 1
        return number

    def fits(self, ref: int, what: str, which: int) -> bool:
        """Say whether a matrix of the given network is what the label says."""
        own = self.circuit
        if what in ("+", "-") and which >= 0:
            return ref >= 0 and self.given.parameters[ref] == own.parameters[which] + what
        if ref >= 0:
            return False
        matrix = self.given.matrices[-1 - ref]
        self.meter.spend(100 * len(matrix) * len(matrix[0]))
        if what in ("+", "-"):
            sign = 1 if what == "+" else -1
            return all(
                x == max(sign * y, 0)
                for rows in zip(matrix, own.matrices[-1 - which], strict=True)
                for x, y in zip(*rows, strict=True)
            )
        shift = which if what == "last" else 0
        return all(
            x == int(i == j + shift) for i, row in enumerate(matrix) for j, x in enumerate(row)
        )

    def has(self, sign: str, ref: int) -> bool:
        """Say whether a part of a matrix is there: that of a fixed one may be zero."""
        return ref >= 0 or self.signs[-1 - ref][sign == "-"]

    def sum(self, i: int, below: list[Pair]) -> Pair:
        """W c = (W+ p + W- m) - (W- p + W+ m)."""
        found: list[int | None] = []
        for signs in (("+", "-"), ("-", "+")):
            edges = [
                (child, (sign, ref))
                for pair, ref in zip(below, self.circuit.refs[i], strict=True)
                for child, sign in zip(pair, signs, strict=True)
                if child is not None and self.has(sign, ref)
            ]
            children, labels = [c for c, _ in edges], [label for _, label in edges]
            found.append(
                self.node(SUM, self.circuit.widths[i], children, labels) if edges else None
            )
        return found[0], found[1]

    def product(self, width: int, a: Pair, b: Pair) -> Pair:
        """(p - m)(q - n) = (p q + m n) - (p n + m q)."""
        parts = [
            None if x is None or y is None else self.node(PRODUCT, width, (x, y))
            for x, y in ((a[0], b[0]), (a[1], b[1]), (a[0], b[1]), (a[1], b[0]))
        ]
        found: list[int | None] = []
        for x, y in (parts[:2], parts[2:]):
            if x is None or y is None:
                found.append(y if x is None else x)
            else:
                found.append(self.node(SUM, width, (x, y), [("all", width)] * 2))
        return found[0], found[1]

    def compare(self) -> None:
        """Go through the circuit and the given network."""
        circuit = self.circuit
        pairs: list[Pair] = []
        for i, kind in enumerate(circuit.kinds):
            width, below = circuit.widths[i], [pairs[c] for c in circuit.children[i]]
            if kind in (INPUT, CONSTANT):
                pairs.append((self.node(kind, width, (), place=circuit.places[i]), None))
            elif kind == SUM:
                pairs.append(self.sum(i, below))
            else:
                while len(below) > 1:
                    joined = [
                        self.product(width, *below[k : k + 2]) for k in range(0, len(below) - 1, 2)
                    ]
                    below = joined + below[2 * len(joined) :]
                pairs.append(below[0])
        width = circuit.widths[-1]
        both = zip(pairs[-1], (("first", width), ("last", width)), strict=True)
        there = [(node, label) for node, label in both if node is not None]
        if not there:
            raise Refusal("the circuit is zero whatever its weights are; it has no split.")
        self.node(SUM, 2 * width, [node for node, _ in there], [label for _, label in there])
        if self.count != len(self.given.kinds):
            raise Refusal(f"the split needs {self.count} nodes and has {len(self.given.kinds)}.")


def signed_split(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """SignedSplit: a non-negative network whose outputs' differences are the circuit's outputs.

    By induction each node of the circuit is p - m for its pair of nodes of the split.
    """
    data = as_object(statement, "the statement", ("kind", "circuit", "split"))
    alone(proof, "signs")
    circuit, given = read_circuit(data["circuit"], meter), read_circuit(data["split"], meter)
    if any(name.endswith(("+", "-")) for name in circuit.parameters):
        raise Refusal("a parameter's name ends in + or -.")
    Twins(circuit, given, meter).compare()
    outputs = circuit.widths[-1]
    text = (
        "Its split:",
        *network_lines(given),
        (
            "For all matrices W+, W- (one of each for every parameter W of the network) and all"
            " inputs, the network at the weights W = W+ - W- has as its outputs the first"
            f" {outputs} minus the last {outputs} outputs of the split at W+, W-."
        ),
        (
            "No fixed entry of the split is negative, so it is a network of non-negative numbers"
            " wherever W+, W- and the inputs are non-negative."
        ),
    )
    return conclude("SignedSplit", circuit, text, meter, split=given.fingerprint)


# SimplexForm


def simplex_classes(circuit: Circuit, meter: Meter) -> None:
    """Demand that non-negative weights can be renormalised to rows that sum to 1, ties kept.

    Let g be the nodes' values at inputs that are all 1. The weights w[a, b] g_child[b] / g_sum[a]
    give every node its value divided by g. Tied matrices stay tied where all their uses have the
    same g above and below, which equal classes ensure. Class 0 is g = 1; else a class is a number
    for how g is computed: ("x", classes) a product, ("m", matrix, class) a choice of channels,
    ("s", pairs of parameter and class) a sum.
    """
    classes: dict[object, int] = {}
    numbers: dict[Matrix, int] = {}
    fixed: list[int] = []
    for matrix in circuit.matrices:
        meter.spend(100 * len(matrix) * len(matrix[0]))
        if any(row.count(0) != len(row) - 1 or 1 not in row for row in matrix):
            raise Refusal(
                "the simplex form needs a network without fixed matrices, but for those with one 1"
                " in each row and zeros elsewhere."
            )
        fixed.append(numbers.setdefault(matrix, len(numbers)))
    uses: dict[int, tuple[int, int]] = {}
    found: list[int] = []
    for i, kind in enumerate(circuit.kinds):
        below = [found[c] for c in circuit.children[i]]
        refs = circuit.refs[i]
        meter.spend(300 * (1 + len(below)))
        form: object = None
        if kind == PRODUCT:
            parts = sorted(c for c in below if c)
            form = ("x", *parts) if parts else None
        elif kind == SUM and any(ref < 0 for ref in refs):
            if len(refs) > 1:
                raise Refusal(
                    "the simplex form needs fixed matrices to stand in sums of one child only;"
                    f" this fails at {brief(circuit.names[i])}."
                )
            form = ("m", fixed[-1 - refs[0]], below[0]) if below[0] else None
        elif kind == SUM:
            form = ("s", *sorted(zip(refs, below, strict=True)))
        found.append(0 if form is None else classes.setdefault(form, len(classes) + 1))
        for ref, child in zip(refs, below, strict=False):
            if ref >= 0 and uses.setdefault(ref, (child, found[-1])) != (child, found[-1]):
                raise Refusal(
                    "the simplex form needs a network without tied parameters, but for ties between"
                    f" sums of equal form above children of equal form: {use_name(circuit, ref)}."
                )


def use_name(circuit: Circuit, ref: int) -> str:
    """Show a parameter's name."""
    return f"parameter {brief(circuit.parameters[ref])}"


def simplex_form(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """SimplexForm: up to a factor for each output, weights may be taken from simplices."""
    data = as_object(statement, "the statement", ("kind", "circuit"))
    alone(proof, "gains")
    circuit = read_circuit(data["circuit"], meter)
    simplex_classes(circuit, meter)
    text = (
        (
            "For all non-negative weights w, let g be the values of the nodes at inputs that are"
            " all 1. At each sum put v[a, b] = w[a, b] * g(child)[b] / g(sum)[a], and any"
            " non-negative rows of sum 1 where g(sum)[a] = 0."
        ),
        (
            "These v are weights of the same network: all uses of a parameter agree. They are"
            " non-negative, the rows of the matrices of a sum together have the sum 1, and for"
            " every output y and all inputs x, h_y(x; w) = h_y(1; w) * h_y(x; v)."
        ),
    )
    return conclude("SimplexForm", circuit, text, meter)


# Multilinear


def multilinear(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """Multilinear: the output's scope is all locations, since every node is below the output."""
    data = as_object(statement, "the statement", ("kind", "circuit"))
    alone(proof, "scopes")
    circuit = read_circuit(data["circuit"], meter)
    check_scopes(circuit, meter)
    text = (
        (
            "The network is smooth and decomposable. For all weights, each output is linear in the"
            " vector of each location, the vectors of the others being fixed."
        ),
        (
            "So its sum, integral or expectation over independent values of any set of locations"
            " is its value at their summed, integrated or averaged vectors; and locations whose"
            " functions have the integral 1 are integrated out by putting vectors of ones there."
        ),
    )
    return conclude("Multilinear", circuit, text, meter)


# LogScore


class Dyadics:
    """Intervals of dyadic numbers, each with its own exponent, rounded outward to some bits."""

    def __init__(self, bits: int, meter: Meter) -> None:
        self.bits = bits
        self.meter = meter
        self.cost = 900 + (bits / 30) ** 2  # of a product
        self.cache: dict[Entry, Dyadic] = {}

    def rounded(self, low: int, high: int, exponent: int) -> Dyadic:
        """Round outward."""
        excess = max(-low, high).bit_length() - self.bits
        if excess > 0:
            return low >> excess, -(-high >> excess), exponent + excess
        return (low, high, exponent) if low or high else NOUGHT

    def number(self, x: Entry) -> Dyadic:
        """Enclose a rational number."""
        if x not in self.cache:
            bottom = x.denominator
            shift = max(0, self.bits + bottom.bit_length() - abs(x.numerator).bit_length() + 1)
            whole, rest = divmod(x.numerator << shift if bottom > 1 else x.numerator, bottom)
            self.cache[x] = self.rounded(whole, whole + (rest != 0), -shift if bottom > 1 else 0)
            self.meter.spend(self.cost)
        return self.cache[x]

    def numbers(self, rows: Sequence[Sequence[Entry]]) -> list[list[Dyadic]]:
        """Enclose the entries of a matrix."""
        return [list(map(self.number, row)) for row in rows]

    def product(self, first: Dyadic, second: Dyadic) -> Dyadic:
        """Multiply."""
        a, b, e = first
        c, d, f = second
        if a >= 0 and c >= 0:
            low, high = a * c, b * d
        else:
            corners = (a * c, a * d, b * c, b * d)
            low, high = min(corners), max(corners)
        if abs(e + f) > MAX_EXPONENT:
            raise Refusal("a value of the network is out of range.")
        return self.rounded(low, high, e + f)

    def dot(self, terms: list[Dyadic]) -> Dyadic:
        """Add: all terms on one grid, so fine that their number does not matter."""
        terms = [term for term in terms if term[0] or term[1]]
        if not terms:
            return NOUGHT
        top = max(max(-low, high).bit_length() + exponent for low, high, exponent in terms)
        base = top - self.bits - len(terms).bit_length()
        lows = highs = 0
        for low, high, exponent in terms:
            shift = exponent - base
            if shift >= 0:
                lows += low << shift
                highs += high << shift
            else:
                lows += low >> -shift
                highs -= -high >> -shift
        return self.rounded(lows, highs, base)

    def exponential(self, x: Fraction) -> Dyadic:
        """Enclose exp(x): the series at x / 2^k below 1/2, squared k times; 1 / exp(-x) below 0.

        With y = x / 2^k known to one unit from below, each term, rounded down, is at most 2 units
        too small, and what follows the first term that is 0 sums to at most 4 units.
        """
        if x == 0:
            return UNITY
        if x < 0:
            low, high, exponent = self.exponential(-x)
            scale = 2 * self.bits + 2
            return self.rounded((1 << scale) // high, -(-(1 << scale) // low), -exponent - scale)
        halvings = 0
        while 2 * x >= 1 << halvings:
            halvings += 1
        precision = self.bits + 2 * halvings + 30
        y = (x.numerator << precision) // (x.denominator << halvings)
        total = term = 1 << precision
        count = 0
        while term:
            count += 1
            term = (term * y >> precision) // count
            total += term
        self.meter.spend((count + halvings) * (1000 + (precision / 30) ** 2))
        wide = Dyadics(precision, self.meter)
        found = (total, total + 4 * count + 8, -precision)
        for _ in range(halvings):
            found = wide.product(found, found)
        return self.rounded(*found)


def at_most(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Compare positive numbers x * 2^e, given as (x, e)."""
    (x, e), (y, f) = first, second
    sizes = x.bit_length() + e, y.bit_length() + f
    if sizes[0] != sizes[1]:
        return sizes[0] < sizes[1]
    return x << max(e - f, 0) <= y << max(f - e, 0)


def enclosed_outputs(
    circuit: Circuit, weights: list[Matrix], x: list[list[Entry]], bits: int, meter: Meter
) -> list[Dyadic]:
    """Enclose the outputs at rational weights and inputs; values are kept until their last use."""
    sizes = [rows * columns for rows, columns in circuit.shapes]
    if sum(sizes) + sum(circuit.dims) > MAX_WEIGHTS:
        raise Refusal(f"there are more than {MAX_WEIGHTS} weights and inputs.")
    numbers = Dyadics(bits, meter)
    given = [numbers.numbers(matrix) for matrix in weights]
    fixed = [numbers.numbers(matrix) for matrix in circuit.matrices]
    vectors = numbers.numbers(x)
    left = list(circuit.uses)
    values: list[list[Dyadic]] = []
    held = 0
    for i, kind in enumerate(circuit.kinds):
        width, children = circuit.widths[i], circuit.children[i]
        below = [values[c] for c in children]
        held += width
        if held * (2 * bits + 1500) > MAX_HELD:
            raise Refusal("the network has too many channels to be kept at a time.")
        meter.spend(100 * (width + 1))
        if kind == INPUT:
            values.append(vectors[circuit.places[i]])
        elif kind == CONSTANT:
            values.append([UNITY] * width)
        elif kind == PRODUCT:
            meter.spend(len(below) * width * numbers.cost)
            values.append([functools.reduce(numbers.product, c) for c in zip(*below, strict=True)])
        else:
            meter.spend(sum(map(len, below)) * width * numbers.cost)
            rows = [given[r] if r >= 0 else fixed[-1 - r] for r in circuit.refs[i]]
            column = list(itertools.chain.from_iterable(below))
            values.append(
                [
                    numbers.dot(list(map(numbers.product, itertools.chain(*row), column)))
                    for row in zip(*rows, strict=True)
                ]
            )
        for c in children:
            left[c] -= 1
            if not left[c]:
                held -= circuit.widths[c]
                values[c] = []
    return values[-1]


def log_score(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """LogScore: interval arithmetic encloses an output between exponentials of rational numbers."""
    names = ("kind", "circuit", "weights", "x", "output", "sign", "low", "high")
    data = as_object(statement, "the statement", names)
    given = as_object(proof, "the proof", ("rule", "bits"))
    if given["rule"] != "enclosure":
        raise Refusal('the rule of LogScore must be "enclosure".')
    bits = as_int(given["bits"], "the bits", 1, MAX_SCORE_BITS) + GUARD_BITS
    circuit = read_circuit(data["circuit"], meter)
    output = as_int(data["output"], "the output channel", 0, circuit.widths[-1] - 1)
    sign = as_int(data["sign"], "the sign", -1, 1)
    if not sign:
        raise Refusal("the sign must be 1 or -1.")
    ends = [Fraction(as_entry(data[name], f"the number {name}")) for name in ("low", "high")]
    if max(map(abs, ends)) > MAX_LOG:
        raise Refusal(f"the ends of a log-score must lie between -{MAX_LOG} and {MAX_LOG}.")
    weights = read_weights(circuit, data["weights"])
    rows = [as_list(row, "a row of x") for row in as_list(data["x"], "x")]
    if [len(row) for row in rows] != circuit.dims:
        raise Refusal("x must have a row for each location, as long as its dimension.")
    x = [[as_entry(entry, "x") for entry in row] for row in rows]
    low, high, exponent = enclosed_outputs(circuit, weights, x, bits, meter)[output]
    if sign < 0:
        low, high = -high, -low
    if low <= 0:
        raise Refusal(f"the output is not shown to have the sign {sign}.")
    numbers = Dyadics(bits, meter)
    least, most = map(numbers.exponential, ends)
    if not at_most((least[1], least[2]), (low, exponent)):
        raise Refusal("the output is not shown to be at least exp(low) in magnitude.")
    if not at_most((high, exponent), (most[0], most[2])):
        raise Refusal("the output is not shown to be at most exp(high) in magnitude.")
    shown = decimal(ends[0], up=False), decimal(ends[1], up=True)
    text = (
        (
            "At the weights and inputs stored in the certificate (SHA-256 of their sorted JSON"
            f" {sorted_digest(data['weights'])} and {sorted_digest(data['x'])}):"
        ),
        (
            f"output {output} of the network is {'positive' if sign > 0 else 'negative'}, and the"
            f" natural logarithm of its magnitude lies between {shown[0]} and {shown[1]}."
        ),
    )
    return conclude(
        "LogScore",
        circuit,
        text,
        meter,
        weights=named(circuit, weights),
        x=tuple(map(tuple, x)),
        output=output,
        sign=sign,
        low=exact(ends[0]),
        high=exact(ends[1]),
    )


def decimal(x: Entry, *, up: bool) -> str:
    """Show a number of moderate size: exactly where that is short, else rounded to 30 digits."""
    if max(abs(x.numerator), x.denominator) < 1 << 100:
        return str(x)
    scaled = x.numerator * 10**30 // x.denominator
    whole, rest = divmod(abs(scaled + up), 10**30)
    return f"{'-' if scaled + up < 0 else ''}{whole}.{rest:030}"


# LogSpaceError


@dataclass(frozen=True, slots=True)
class Spread:
    """What is known of a node's logarithms, in units of 2^-GRAIN_BITS.

    The finite ones lie in low..high, those of one value within `apart` of each other, and computed
    ones are off by at most `error`.
    """

    low: int
    high: int
    apart: int
    error: int

    @property
    def size(self) -> int:
        """The largest magnitude of a computed logarithm."""
        return max(-self.low, self.high) + self.error


class Rounding:
    """Bounds the error of a log-space evaluation in binary64, for all weights in a range.

    u = 2^-53; exp and log are off by at most 8 u, relatively; logarithms are given within
    (8 max(|a|, |b|) + 2) u. Everything is rounded up (lower ends down) to units.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[int, ...], Spread] = {}

    @staticmethod
    def units(number: Entry) -> int:
        """Write a number in units, rounded up."""
        return -((-number.numerator << GRAIN_BITS) // number.denominator)

    @staticmethod
    def half_ulps(number: int, factor: int = 1, divisor: int = 1) -> int:
        """Multiply with u * factor / divisor, rounded up."""
        return -(-number * factor // (divisor << 53))

    def given(self, low: int, high: int) -> int:
        """Return how far a given logarithm from low..high may be off."""
        return self.half_ulps(8 * max(-low, high) + (2 << GRAIN_BITS))

    def logarithm(self, bits: int) -> int:
        """Bound bits * log 2 from above."""
        return self.units(Fraction(bits * 6_931_472, 10**7))

    def fixed(self, matrix: Matrix, meter: Meter) -> tuple[int, int, bool]:
        """Enclose the logarithms of the positive entries, and say whether there is a zero."""
        meter.spend(300 * len(matrix) * len(matrix[0]))
        entries = set(itertools.chain.from_iterable(matrix))
        positive = [x for x in entries if x > 0]
        if not positive or any(x < 0 for x in entries):
            raise Refusal("a fixed matrix has a negative entry, or none that is positive.")
        tops = [x.numerator.bit_length() for x in positive]
        bottoms = [x.denominator.bit_length() for x in positive]
        if any(abs(n - d) >= MAX_FIXED_BITS for n, d in zip(tops, bottoms, strict=True)):
            raise Refusal(
                "a fixed matrix has an entry that is too large or small for binary64: not between"
                f" 2^-{MAX_FIXED_BITS} and 2^{MAX_FIXED_BITS}."
            )
        low = max(0 if x == 1 else d for x, d in zip(positive, bottoms, strict=True))
        high = max(0 if x == 1 else n for x, n in zip(positive, tops, strict=True))
        return -self.logarithm(low), self.logarithm(high), 0 in entries

    def product(self, children: list[Spread]) -> Spread:
        """Logarithms are added in rounds of neighbours: each round rounds once."""
        rounds = (len(children) - 1).bit_length()
        sizes = sum(child.size for child in children)
        return Spread(
            sum(child.low for child in children),
            sum(child.high for child in children),
            sum(child.apart for child in children),
            sum(child.error for child in children) + self.half_ulps(sizes, 101 * rounds, 100),
        )

    def sum(self, count: int, children: list[Spread], hull: tuple[int, int, bool]) -> Spread:
        """Logarithms of sums of exponentials, as products of scaled matrices or term by term."""
        low = min(child.low for child in children)
        high = max(child.high for child in children)
        error = max(child.error for child in children)
        apart = children[0].apart if len(children) == 1 else high - low
        key = (count, low, high, error, apart, *hull)
        if key not in self.known:
            self.known[key] = self.summed(count, Spread(low, high, apart, error), hull)
        return self.known[key]

    def summed(self, count: int, child: Spread, hull: tuple[int, int, bool]) -> Spread:
        """Bound a sum over `count` channels.

        Errors of the weights and of the child pass through a log-sum-exp at most undiminished. The
        other errors: exponents are differences with the largest of a row or a column, rounded
        (those beyond 708 underflow, which 2 n covers: sums are at least 1e-290), two exponentials,
        n products and additions, the logarithm of the sum and the two additions after it. Where
        the sum is below 1e-290, the terms are rounded themselves.
        """
        one = 1 << GRAIN_BITS
        a, b, has_zero = hull
        given = self.given(a, b)
        across = b - a + 2 * given
        inner = child.apart + 2 * child.error
        offset = max(-a, b) + given
        logs = self.logarithm((count - 1).bit_length())
        low, high = a + child.low, b + child.high + logs
        apart = high - low if has_zero else min(b - a, high - low)
        inside = min(across + inner, 668 * one) + logs + one
        outside = max(-low, high) + given + child.error
        work = min(across, 708 * one) + min(inner, 708 * one) + (2 * 8 + 2 * count + 2) * one
        work += 9 * inside + offset + outside
        if across + inner > 600 * one:
            work += child.size
        error = given + child.error + self.half_ulps(work, 105, 100)
        return Spread(low, high, apart, error)


def rounding_error(
    circuit: Circuit, weights: tuple[int, int], inputs: tuple[int, int], zeros: bool, meter: Meter
) -> int:
    """Bound the error of the outputs' logarithms, in units."""
    rounding = Rounding()
    fixed = [rounding.fixed(matrix, meter) for matrix in circuit.matrices]
    low, high = inputs
    leaf = Spread(low, high, high - low, rounding.given(low, high))
    values: list[Spread] = []
    for i, kind in enumerate(circuit.kinds):
        below = [values[c] for c in circuit.children[i]]
        meter.spend(3000 + 500 * len(below))
        if kind == INPUT:
            values.append(leaf)
        elif kind == CONSTANT:
            values.append(Spread(0, 0, 0, 0))
        elif kind == PRODUCT:
            values.append(rounding.product(below))
        else:
            count = sum(circuit.widths[c] for c in circuit.children[i])
            if count > 1_000_000:
                raise Refusal(
                    f"sum {brief(circuit.names[i])} adds up {count} channels, more than 1000000."
                )
            edges = [(*weights, zeros) if r >= 0 else fixed[-1 - r] for r in circuit.refs[i]]
            lows, highs, has_zero = zip(*edges, strict=True)
            hull = min(lows), max(highs), any(has_zero)
            values.append(rounding.sum(count, below, hull))
        found = values[-1]
        if max(-found.low, found.high) > 10**12 << GRAIN_BITS:
            raise Refusal(f"node {brief(circuit.names[i])} may have logarithms beyond 10^12.")
        if 1000 * found.error > 1 << GRAIN_BITS:
            raise Refusal(f"node {brief(circuit.names[i])} may have an error beyond 10^-3.")
    return values[-1].error


def log_space_error(statement: dict[str, Any], proof: object, meter: Meter) -> Verified:
    """LogSpaceError: a bound on what rounding does to log-scores, for all weights in a range."""
    names = ("kind", "circuit", "log_weights", "log_inputs", "zeros", "bound")
    data = as_object(statement, "the statement", names)
    alone(proof, "rounding")
    circuit = read_circuit(data["circuit"], meter)
    given, ranges, shown = list[tuple[Entry, ...]](), [], []
    for name in ("log_weights", "log_inputs"):
        ends = [as_entry(x, name) for x in as_list(data[name], name)]
        if len(ends) != 2 or not -MAX_LOG <= ends[0] <= ends[1] <= MAX_LOG:
            raise Refusal(
                f"{name} must be [low, high] with -{MAX_LOG} <= low <= high <= {MAX_LOG}."
            )
        given.append(tuple(ends))
        ranges.append((-Rounding.units(-ends[0]), Rounding.units(ends[1])))
        shown.append(f"[{decimal(ends[0], up=True)}, {decimal(ends[1], up=False)}]")
    zeros = data["zeros"]
    if type(zeros) is not str or zeros not in ("none", "allowed"):
        raise Refusal(f'the zeros must be "none" or "allowed", not {brief(zeros)}.')
    bound = as_entry(data["bound"], "the bound")
    error = rounding_error(circuit, ranges[0], ranges[1], zeros == "allowed", meter)
    if error * bound.denominator > bound.numerator << GRAIN_BITS:
        least = decimal(Fraction(error, 1 << GRAIN_BITS), up=True)
        raise Refusal(f"the rules give an error of up to {least}, more than the bound.")
    infinite = ", or be -infinity" if zeros == "allowed" else ""
    text = (
        (
            f"Let the logarithms of all weights lie in {shown[0]} and those of all inputs in"
            f" {shown[1]}{infinite}, and be given as binary64 numbers, each off by at most (8"
            " max(|low|, |high|) + 2) * 2^-53 for its range [low, high] (-infinity exactly)."
        ),
        (
            "Let the network be evaluated in binary64, rounding to nearest, exp and log off by at"
            " most 8 * 2^-53 of their values (exp below -708: anything from 0 to 2^-1020), no"
            " number being +infinity. Products add their children's logarithms in rounds of"
            " neighbours. Sums subtract the largest entry of each row of logarithmic weights and"
            " of each column of values, multiply the matrices of exponentials (n products and"
            " n - 1 additions for an entry, in any order, fused or not; what is below 2^-1022 may"
            " be flushed to 0), take logarithms, and add the row's entry and then the column's;"
            " where a sum is below 1e-290 they add weights and values first and take the"
            " log-sum-exp with the largest term subtracted."
        ),
        (
            f"Then every output's logarithm is off by at most {decimal(min(bound, 1), up=True)},"
            " and is -infinity exactly where the output is 0."
        ),
    )
    said = {"log_weights": given[0], "log_inputs": given[1], "zeros": zeros, "bound": exact(bound)}
    return conclude("LogSpaceError", circuit, text, meter, source=BINARY64, **said)


class Memory:
    """A limit on the address space of this process, for as long as something is being checked.

    The limit applies to all threads, so checks that run side by side share one.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.before: Any = None

    @contextlib.contextmanager
    def limited(self, megabytes: float) -> Iterator[None]:
        """Allow this much on top of what is in use now; MemoryError is raised beyond it."""
        with self.lock:
            self.users += 1
            if self.users == 1:
                self.before = limit_memory(megabytes)
        try:
            yield
        finally:
            with self.lock:
                self.users -= 1
                if not self.users and self.before is not None:
                    resource: Any = importlib.import_module("resource")
                    resource.setrlimit(resource.RLIMIT_AS, self.before)


MEMORY = Memory()


def limit_memory(megabytes: float) -> Any:
    """Limit the address space where the system can; return the limits before, None if it cannot."""
    if megabytes == math.inf:
        return None
    try:
        resource: Any = importlib.import_module("resource")
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        before = resource.getrlimit(resource.RLIMIT_AS)
        wanted = pages * resource.getpagesize() + (int(megabytes) << 20)
        if before[0] != resource.RLIM_INFINITY and before[0] <= wanted:
            return None
        resource.setrlimit(resource.RLIMIT_AS, (wanted, before[1]))
    except (ImportError, ValueError, OSError):
        return None
    return before


def warm_numpy() -> None:
    """Let NumPy reserve what it wants: its libraries take address space for each thread."""
    with contextlib.suppress(ImportError):
        np: Any = importlib.import_module("numpy")
        np.ones((256, 256)) @ np.ones((256, 256))


@contextlib.contextmanager
def limited(meter: Meter, memory_limit: float | None) -> Iterator[None]:
    """Keep what is done inside to a limit on memory; running out of it is a refusal."""
    default = NUMPY_MEMORY_LIMIT if meter.use_numpy else MEMORY_LIMIT
    megabytes = default if memory_limit is None else memory_limit
    if not (megabytes > 0 and meter.seconds > 0):
        raise ValueError(f"limits must be positive: {meter.seconds} seconds, {megabytes} MB")
    if meter.use_numpy:
        warm_numpy()
    collecting = gc.isenabled()
    gc.disable()  # nothing here makes cycles, and the data may have millions of lists
    try:
        with MEMORY.limited(megabytes):
            yield
    except MemoryError:
        raise Refusal(
            f"checking this needs more memory than the memory limit of {megabytes:g} MB."
        ) from None
    finally:
        if collecting:
            gc.enable()


def verify(
    data: object,
    *,
    use_numpy: bool = False,
    circuit: str | None = None,
    say: Callable[[str], None] | None = None,
    time_limit: float | None = None,
    memory_limit: float | None = None,
) -> Verified:
    """Derive the statement of a certificate.

    Parameters
    ----------
    data : object
        The certificate as read from JSON.
    use_numpy : bool
        Check minors with NumPy, the faster second route.
    circuit : str, optional
        A fingerprint; the certificate must be about this network.
    say : callable, optional
        Receives the estimate of each long computation before it starts.
    time_limit : float, optional
        Seconds after which the certificate is refused: 300 by default, 3,600 with NumPy. The limits
        on estimated work hold for the default, and grow with a longer time.
    memory_limit : float, optional
        MB that checking may take on top of what the process uses at first: 2,048 by default,
        8,192 with NumPy. Meanwhile this limits the address space of the whole process, on systems
        that can do so and say how much is in use (Linux); `math.inf` leaves it alone.

    Raises
    ------
    Unreadable
        If the data is not a certificate of format circuitalg-certificate, version 1.
    Refusal
        If it does not prove its statement, or a limit is reached; the message is one sentence.
    """
    meter = Meter(use_numpy, say, time_limit)
    with limited(meter, memory_limit):
        return derived(data, circuit, meter)


def derived(data: object, circuit: str | None, meter: Meter) -> Verified:
    """Derive the statement of a certificate."""
    if type(data) is not dict or data.get("format") != "circuitalg-certificate":
        raise Unreadable("this is not a certificate of format circuitalg-certificate.")
    if type(data.get("version")) is not int or data["version"] != 1:
        raise Unreadable(f"this checker reads version 1, not {brief(data.get('version'))}.")
    try:
        if "circuit" not in data:
            as_object(data, "the certificate", ("format", "version", "theorem"))
            return check_subject(data["theorem"], circuit, meter)
        as_object(data, "the certificate", ("format", "version", "circuit", "theorem"))
        network = read_circuit(data["circuit"], meter)
        if circuit is not None and network.fingerprint != circuit:
            raise Refusal(
                f"the certificate is about another network: fingerprint {network.fingerprint},"
                f" wanted {circuit}."
            )
        if not network.dims:
            raise Refusal("the circuit has no locations.")
        return check_theorem(network, data["theorem"], meter)
    except (RecursionError, OverflowError):
        raise Refusal(
            "the certificate is nested too deeply, or has numbers out of range."
        ) from None


def check_subject(theorem: object, wanted: str | None, meter: Meter) -> Verified:
    """Check the theorem of a certificate whose statement holds all that it is about."""
    if type(theorem) is not dict or "statement" not in theorem:
        raise Refusal('the theorem must be an object with a "statement".')
    kind = kind_of(theorem["statement"], "the statement", "kind")
    if kind not in SUBJECTS:
        raise Refusal(f'the certificate lacks its member "circuit", which {brief(kind)} needs.')
    data = as_object(theorem, "the theorem", ("statement", "proof"))
    if wanted is not None:
        network = data["statement"].get("circuit", data["statement"].get("a"))
        if network is None:
            raise Refusal(f"a {kind} certificate is about no network, wanted {wanted}.")
        found = read_circuit(network, meter).fingerprint
        if found != wanted:
            raise Refusal(
                f"the certificate is about another network: fingerprint {found}, wanted {wanted}."
            )
    return SUBJECTS[kind](data["statement"], data["proof"], meter)


SUBJECTS: dict[str, Callable[[dict[str, Any], object, Meter], Verified]] = {
    "CPRank": cp_rank,
    "ForAll": for_all,
    "LinearlyIndependent": linearly_independent,
    "LogScore": log_score,
    "LogSpaceEquivalent": log_space_equivalent,
    "LogSpaceError": log_space_error,
    "MinimalHT": minimal_ht,
    "Multilinear": multilinear,
    "NotApproximable": not_approximable,
    "Represents": represents,
    "SameFunction": same_function,
    "SignedSplit": signed_split,
    "SimplexForm": simplex_form,
    "Symmetric": symmetric,
    "Universal": universal,
}


def check_theorem(network: Circuit, theorem: object, meter: Meter) -> Verified:
    """Check the theorem of a certificate."""
    if type(theorem) is not dict or "statement" not in theorem:
        raise Refusal('the theorem must be an object with a "statement".')
    kind = kind_of(theorem["statement"], "the statement", "kind")
    if kind == "GenericRank":
        return generic_rank(network, theorem, meter)[1]
    if kind == "RankAt":
        return rank_at(network, theorem, meter)
    if kind == "GridRank":
        return grid_rank(network, theorem, meter)
    if kind == "Separation":
        return separation(network, theorem, meter)
    raise Refusal(f"there is no statement of kind {brief(kind)}.")


# ---------------------------------------------------------------------------------------------
# Files and the command line
# ---------------------------------------------------------------------------------------------


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a file, or standard input for "-", up to the limit on its size."""
    shown = brief(os.fspath(path), 200)
    try:
        if os.fspath(path) == "-":
            raw = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Unreadable(f"the file {shown} cannot be read: {reason}.") from None
    if len(raw) > MAX_FILE_BYTES:
        raise Unreadable(f"the file {shown} is larger than {MAX_FILE_BYTES >> 20} MB.")
    return raw


def bytes_read(raw: bytes) -> int:
    """Estimate from above the memory that a JSON file takes while it is read, and afterwards."""
    text = 1 if raw.isascii() else 4 if re.search(rb"[\xf0-\xf7]", raw) else 2
    strings = 7 if text == 4 or b"\\u" in raw else text  # one may be widened while it grows
    return (1 + text + strings) * len(raw) + sum(SIZES[mark] * raw.count(mark) for mark in SIZES)


SIZES = {b",": 45, b":": 110, b'"': 32, b"[": 100, b"{": 150}
"""Bytes for each member, named member, half a text, list and object, beside the characters."""


def read_json(path: str | os.PathLike[str]) -> object:
    """Read a JSON file with all limits; raise Unreadable with one sentence."""

    def no_constant(name: str) -> object:
        raise ValueError(f"{name} is not a number")

    def short(digits: str) -> int:
        if len(digits) > INT_DIGITS:
            raise ValueError(f"an integer has more than {INT_DIGITS} digits")
        return int(digits)

    def no_double(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("an object has the same member twice")
        return result

    shown, raw = brief(os.fspath(path), 200), read_bytes(path)
    if bytes_read(raw) > MAX_READ:
        raise Unreadable(f"the file {shown} holds too many lists, numbers or texts.")
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            parse_constant=no_constant,
            parse_int=None if 0 < sys.get_int_max_str_digits() <= INT_DIGITS else short,
            object_pairs_hook=no_double,
        )
    except RecursionError:
        raise Unreadable(f"the file {shown} is nested too deeply.") from None
    except ValueError as error:
        raise Unreadable(
            f"the file {shown} is not valid JSON ({brief(str(error), 100)})."
        ) from None


def verify_file(
    path: str | os.PathLike[str],
    *,
    circuit: str | os.PathLike[str] | None = None,
    use_numpy: bool = False,
    say: Callable[[str], None] | None = None,
    time_limit: float | None = None,
    memory_limit: float | None = None,
) -> Verified:
    """Read and check a certificate, "-" being standard input; further arguments as `verify` has.

    `circuit` is a file or fingerprint of the network that the certificate must be about.
    """
    meter = Meter(use_numpy, say, time_limit)
    return verify_with(meter, path, circuit, memory_limit)


def verify_with(
    meter: Meter,
    path: str | os.PathLike[str],
    circuit: str | os.PathLike[str] | None,
    memory_limit: float | None,
) -> Verified:
    """Read and check a certificate, counting by this meter."""
    with limited(meter, memory_limit):
        data = read_json(path)
        wanted = None if circuit is None else wanted_fingerprint(circuit, meter)
        return derived(data, wanted, meter)


def wanted_fingerprint(circuit: str | os.PathLike[str], meter: Meter) -> str:
    """Return the fingerprint of a network that is given as a file or as a fingerprint."""
    text = os.fspath(circuit)
    if re.fullmatch("[0-9a-fA-F]{64}", text, re.ASCII) and not Path(text).exists():
        return text.lower()
    try:
        return read_circuit(read_json(text), meter).fingerprint
    except Refusal as error:
        raise Unreadable(f"the file {brief(text, 200)} is not a network: {error}") from None


def positive(text: str) -> float:
    """Read a limit from the command line."""
    number = float(text)
    if not 0 < number < math.inf:
        raise ValueError
    return number


def command_line() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        prog="checker.py", description="Check a circuitalg certificate."
    )
    parser.add_argument("file", metavar="FILE", help='the certificate; "-" is standard input')
    parser.add_argument("--circuit", help="a network's file or fingerprint that it must be about")
    parser.add_argument("--numpy", action="store_true", help="check minors with NumPy, faster")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument(
        "--time-limit",
        type=positive,
        metavar="SECONDS",
        help=f"refuse after this time ({TIME_LIMIT:g}; with --numpy {NUMPY_TIME_LIMIT:g})",
    )
    parser.add_argument(
        "--memory-limit",
        type=positive,
        metavar="MB",
        help=f"refuse beyond this memory ({MEMORY_LIMIT}; with --numpy {NUMPY_MEMORY_LIMIT})",
    )
    parser.add_argument("--for-process", type=int, default=0, help=argparse.SUPPRESS)
    return parser


def verdict_on(options: argparse.Namespace) -> dict[str, object]:
    """Check a certificate in this process; return the verdict as it is printed with --json."""

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        meter = Meter(options.numpy, say, options.time_limit)
        if os.getppid() == options.for_process:  # not so where a launcher stands between
            meter.parent = options.for_process
        result = verify_with(meter, options.file, options.circuit, options.memory_limit)
    except (Unreadable, Refusal) as error:
        return refused(str(error), readable=isinstance(error, Refusal))
    return {
        "verified": True,
        "kind": result.kind,
        "statement_sha256": result.statement_sha256,
        "fingerprint": result.fingerprint,
        "statement": list(result.text),
        "sources": list(result.sources),
        "numpy": options.numpy,
    }


def refused(reason: str, *, readable: bool = True) -> dict[str, object]:
    """Return the verdict on a certificate that is not verified."""
    return {"verified": False, "readable": readable, "reason": reason}


def supervised(options: argparse.Namespace, arguments: Sequence[str]) -> dict[str, object]:
    """Check a certificate in a second process, and end it if it does not end by itself.

    No operation can outlast the limits there, not even one that never looks at the clock.
    """
    seconds = options.time_limit or (NUMPY_TIME_LIMIT if options.numpy else TIME_LIMIT)
    flags = [
        *(["-I"] if sys.flags.isolated else []),
        *(["-S"] if sys.flags.no_site else []),
        *["-O"] * sys.flags.optimize,
        *["-X", f"utf8={sys.flags.utf8_mode}"],
    ]
    more = ["--for-process", str(os.getpid())]
    try:
        done = subprocess.run(
            [sys.executable, *flags, str(Path(__file__).resolve()), *more, *arguments],
            stdout=subprocess.PIPE,
            timeout=seconds + 2,
            check=False,
        )
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return refused(out_of_time(seconds))
    except ValueError:
        return refused(
            f"the process that checks this ended with status {done.returncode}, perhaps for want of"
            " memory."
        )
    return cast("dict[str, object]", found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = command_line().parse_args(given)
    if options.for_process:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits ends this one
        print(json.dumps(verdict_on(options)))
        return 0
    verdict = supervised(options, given) if sys.executable else verdict_on(options)
    code = 0 if verdict["verified"] else 1 if verdict["readable"] else 2
    if options.json:
        print(json.dumps(verdict, indent=1))
    elif code:
        print(
            f"{'Unreadable' if code == 2 else 'Not verified'}: {verdict['reason']}", file=sys.stderr
        )
    else:
        print("\n".join(cast("list[str]", verdict["statement"])))
    return code


def program() -> int:
    """Run as a program, without a traceback; whoever ends it ends the process that checks, too."""

    def stop(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    try:
        code = main()
        if sys.stdout is not None:  # a process may be started without one
            sys.stdout.flush()  # a closed pipe shows here at the latest
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"The verdict cannot be printed: {error.strerror}.", file=sys.stderr)
            return 2
        if hasattr(signal, "SIGPIPE"):  # 1 would mean: not verified
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGPIPE)
        return 141
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(program())
