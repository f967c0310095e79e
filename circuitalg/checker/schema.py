"""Literal schemas: what an object's members are, and the kinds of statements made of them.

A reader turns a stored value into what it means, or refuses it. What has been read has the shape
of what is stored, with circuits, integers and fractions in the places of their numbers and texts,
so one function can compute the digest of any statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .circuit import Circuit
from .meter import Meter
from .read import (
    MAX_INTEGER,
    Factors,
    Refusal,
    as_entry,
    as_factors,
    as_int,
    as_list,
    as_matrix,
    as_object,
    as_text,
    brief,
    kind_of,
)


@dataclass(frozen=True, slots=True)
class File:
    """What objects of a certificate are read with."""

    circuits: Sequence[Circuit]
    meter: Meter
    used: set[int] = field(default_factory=set)  # numbers of the circuits that have been named


MAX_TREE_DEPTH = 200

Reader = Callable[[object, str, File], Any]  # the stored value, what it is called, the certificate
Schema = Mapping[str, Reader]


@dataclass(frozen=True, slots=True)
class Bound:
    """A natural number as it is stored: a product of powers, which may be too long to write out."""

    factors: Factors

    def value(self, meter: Meter) -> int:
        """Multiply it out."""
        return meter.product([meter.power(base, exponent) for base, exponent in self.factors])

    def is_value(self, value: int, meter: Meter) -> bool:
        """Compare with a number, without expanding a larger one."""
        least = sum(exponent * max(base.bit_length() - 1, 0) for base, exponent in self.factors)
        return least <= value.bit_length() and self.value(meter) == value


@dataclass(frozen=True, slots=True)
class Theorem:
    """A theorem that has been verified: its statement as read, its sentences, what it rests on."""

    said: Mapping[str, Any]
    text: tuple[str, ...]
    rests_on: frozenset[str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement that is to be derived, with its proof and premises, all of them read."""

    said: dict[str, Any]  # the statement's members, "kind" included
    proof: dict[str, Any]  # the proof's, "kind" included
    premises: tuple[Theorem, ...]
    meter: Meter

    def premise(self, kind: str) -> Mapping[str, Any]:
        """Return the statement of the only premise, which must be of this kind."""
        if len(self.premises) != 1 or self.premises[0].said["kind"] != kind:
            raise Refusal(f"this {self.said['kind']} needs one premise, a {kind} theorem.")
        return self.premises[0].said


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of statement: its members, its proofs by their kind, and what derives it.

    `derive` returns the statement's sentences, and refuses what does not follow. Where a kind has
    no premises, none may stand with it; otherwise `derive` looks at them.
    """

    members: Schema
    proofs: Mapping[str, Schema]
    derive: Callable[[Claim], Sequence[str]]
    has_premises: bool = False


def read_object(value: object, what: str, schema: Schema, file: File) -> dict[str, Any]:
    """Read an object that has a kind and exactly these members."""
    data = as_object(value, what, ("kind", *schema))
    read = {
        name: reader(data[name], f'"{name}" of {what}', file) for name, reader in schema.items()
    }
    return {"kind": data["kind"], **read}


def mode_tree(leaves: int) -> Reader:
    """Read a mode tree, nested lists of at least two trees each; a leaf is a number below this."""

    def read(value: object, what: str, file: File, depth: int = MAX_TREE_DEPTH) -> Any:
        if type(value) is not list:
            return as_int(value, f"a leaf of {what}", 0, leaves - 1)
        if len(value) < 2 or not depth:
            raise Refusal(
                f"{what} must be a mode tree: lists of two or more trees, nested up to"
                f" {MAX_TREE_DEPTH} times."
            )
        return [read(child, what, file, depth - 1) for child in value]

    return read


def tagged(table: Mapping[str, Schema]) -> Reader:
    """Read an object of one of these kinds, as a dictionary with "kind"."""

    def read(value: object, what: str, file: File) -> dict[str, Any]:
        kind = kind_of(value, what)
        if kind not in table:
            raise Refusal(f"{what} has the kind {brief(kind)}; known are {', '.join(table)}.")
        return read_object(value, kind, table[kind], file)

    return read


def integer(low: int = -MAX_INTEGER, high: int = MAX_INTEGER) -> Reader:
    """Read an integer of low..high."""
    return lambda value, what, _: as_int(value, what, low, high)


def plain(read: Callable[[object, str], Any]) -> Reader:
    """Read what needs nothing but itself."""
    return lambda value, what, _: read(value, what)


number, matrix, text = plain(as_entry), plain(as_matrix), plain(as_text)
bound = plain(lambda value, what: Bound(as_factors(value, what)))


def word(*known: str) -> Reader:
    """Read one of a few words."""

    def read(value: object, what: str, _: File) -> str:
        if type(value) is not str or value not in known:
            raise Refusal(f"{what} must be one of {', '.join(known)}, not {brief(value)}.")
        return value

    return read


def listed(reader: Reader) -> Reader:
    """Read a list, member by member."""

    def read(value: object, what: str, file: File) -> list[Any]:
        inner = f"a member of {what}"
        return [reader(x, inner, file) for x in as_list(value, what)]

    return read


def tuple_of(*readers: Reader) -> Reader:
    """Read a list of one member for each of these readers."""

    def read(value: object, what: str, file: File) -> list[Any]:
        members = as_list(value, what)
        if len(members) != len(readers):
            raise Refusal(f"{what} must have {len(readers)} members, not {len(members)}.")
        inner = f"a member of {what}"
        return [each(x, inner, file) for each, x in zip(readers, members, strict=True)]

    return read


def mapping(reader: Reader) -> Reader:
    """Read an object whose members have names of their own."""

    def read(value: object, what: str, file: File) -> dict[str, Any]:
        if type(value) is not dict:
            raise Refusal(f"{what} must be an object, not {brief(value)}.")
        return {name: reader(x, f"{brief(name)} of {what}", file) for name, x in value.items()}

    return read


def optional(reader: Reader) -> Reader:
    """Read null, or what the reader reads."""
    return lambda value, what, file: None if value is None else reader(value, what, file)


def circuit(value: object, what: str, file: File) -> Circuit:
    """Read a circuit's number."""
    place = as_int(value, what, 0, len(file.circuits) - 1)
    file.used.add(place)
    return file.circuits[place]


def bipartition(value: object, what: str, _: File) -> str:
    """Read a text with the letter I or J for each location; both occur."""
    if type(value) is not str or set(value) != {"I", "J"}:
        raise Refusal(f"{what} must be a text of the letters I and J, both of which occur.")
    return value


weights = mapping(matrix)


@dataclass(frozen=True, slots=True)
class Subject:
    """A circuit, the sides of its locations (0 is I, 1 is J), an output channel."""

    circuit: Circuit
    sides: Sequence[int]
    output: int
    meter: Meter

    def places(self, side: int) -> list[int]:
        """Return the locations of a side, in order."""
        return [place for place, s in enumerate(self.sides) if s == side]


def subject_of(claim: Claim, circuit: Circuit) -> Subject:
    """Return what a statement with "bipartition" and "output" is about."""
    text, output = claim.said["bipartition"], output_of(claim, circuit)
    if len(text) != len(circuit.dims):
        raise Refusal(f"the bipartition has {len(text)} letters for {len(circuit.dims)} locations.")
    return Subject(circuit, bytes(map("IJ".index, text)), output, claim.meter)


def output_of(claim: Claim, circuit: Circuit) -> int:
    """Return the statement's output channel, which the circuit must have."""
    output: int = claim.said["output"]
    if not 0 <= output < circuit.widths[-1]:
        raise Refusal(
            f"the output channel is {output}; it must lie between 0 and {circuit.widths[-1] - 1}."
        )
    return output
