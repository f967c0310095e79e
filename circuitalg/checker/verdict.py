"""What has been verified, in words, and the digest that names it."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .circuit import Circuit
from .meter import Meter, most_bits
from .read import SHOW, Entry
from .schema import Bound, Theorem

SCHOFIELD, ECKART, BINARY64 = "schofield", "eckart-young", "binary64"
SOURCES = {
    SCHOFIELD: (
        "Schofield 1992",
        "General representations of quivers (used by a bridge or star rule)",
    ),
    ECKART: ("Eckart and Young 1936", "Psychometrika"),
    BINARY64: (
        "binary64 arithmetic",
        "rounded to nearest, with exp and log as exact as stated",
    ),
}
"""What a theorem may rest on beyond linear algebra: a short name, and more about it."""
LINEAR = "linear-algebra"


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate's own statement, derived from the certificate's data.

    `statement` has its sentences, `statement_sha256` names it (docs/certificates.md, "The digest of
    a statement"), `fingerprints` are those of the networks that it names, `rests_on` what it needs
    beyond linear algebra; `lower`, `upper` and `needed` are the members of these names, if there
    are any.
    """

    kind: str
    statement: tuple[str, ...]
    statement_sha256: str
    fingerprints: tuple[str, ...]
    rests_on: tuple[str, ...]
    route: str
    notes: tuple[str, ...]
    lower: int | None
    upper: int | None
    needed: int | None

    @property
    def text(self) -> str:
        """The verdict as it is printed."""
        known = {name: f"{name}, {more}" for name, more in SOURCES.values()}
        sources = "; ".join(known[name] for name in self.rests_on)
        return "\n".join(
            (
                f"Verified: {self.kind}",
                *self.statement,
                f"Rests on: {sources or 'nothing beyond linear algebra'}",
                f"SHA-256 of the statement: {self.statement_sha256}",
                *self.notes,
            )
        )


def verdict(theorem: Theorem, meter: Meter) -> Verified:
    """Name a theorem that has been verified."""
    said = theorem.said
    numpy = meter.use_numpy and meter.estimated > 0
    values = {
        name: said[name].value(meter) if type(said[name]) is Bound else said[name]
        for name in ("lower", "upper", "needed")
        if name in said
    }
    return Verified(
        said["kind"],
        theorem.text,
        digest(said, meter),
        fingerprints(said),
        tuple(SOURCES[word][0] for word in sorted(theorem.rests_on)),
        "numpy" if numpy else "exact",
        ("Minors were checked with NumPy (--numpy), the faster second route.",) if numpy else (),
        **{name: values.get(name) for name in ("lower", "upper", "needed")},
    )


def fingerprints(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fingerprints of the networks that a statement names."""
    return tuple(part.fingerprint for part in said.values() if type(part) is Circuit)


def quoted(number: Entry) -> str:
    """Write an exact number as docs/certificates.md does in the digest of a statement."""
    if number.denominator == 1:
        return f'"{number.numerator:x}"'
    return f'"{number.numerator:x}/{number.denominator:x}"'


def digest(read: Any, meter: Meter) -> str:
    """SHA-256 of the canonical text of what has been read."""
    encode = json.JSONEncoder(ensure_ascii=True).encode
    found = hashlib.sha256()

    def add(value: Any) -> None:
        meter.spend(500)
        if isinstance(value, Mapping):
            for number, name in enumerate(sorted(value)):
                found.update(f"{',' if number else '{'}{encode(name)}:".encode("ascii"))
                add(value[name])
            found.update(b"}" if value else b"{}")
        elif isinstance(value, (list, tuple)) and set(map(type, value)) <= {int, Fraction}:
            meter.spend(len(value) * (500 + most_bits([value]) / 2))
            found.update(f"[{','.join(map(quoted, value))}]".encode("ascii"))
        elif isinstance(value, (list, tuple)):
            found.update(b"[")
            for number, part in enumerate(value):
                found.update(b"," if number else b"")
                add(part)
            found.update(b"]")
        elif value is None or type(value) is str:
            found.update(encode(value).encode("ascii"))
        elif hasattr(value, "fingerprint"):
            found.update(f'"{value.fingerprint}"'.encode("ascii"))
        else:
            whole = value.value(meter) if type(value) is Bound else value
            meter.spend(most_bits([(whole,)]) / 2)
            found.update(quoted(whole).encode("ascii"))

    add(read)
    return found.hexdigest()


def show(bound: Bound) -> str:
    """Print a number as it is stored: as a product of powers."""

    def one(base: int, exponent: int) -> str:
        digits = str(base) if base < 10**30 else f"(an integer of {base.bit_length()} bits)"
        return digits if exponent == 1 else f"{digits}^{exponent}"

    parts = [one(*pair) for pair in bound.factors[:SHOW]]
    if len(bound.factors) > SHOW:
        parts.append(f"({len(bound.factors) - SHOW} more factors)")
    return " * ".join(parts) or "1"


def counted(count: int | str, noun: str) -> str:
    """Print a count with its noun in the singular or plural."""
    return f"{count} {noun}{'' if str(count) == '1' else 's'}"


def tally(names: list[str]) -> str:
    """Print which rules were used how often."""
    counts = sorted(Counter(names).items())
    parts = [name if count == 1 else f"{name} ({count} times)" for name, count in counts]
    return ", ".join(parts[:SHOW]) + (", ..." if len(parts) > SHOW else "")


def pattern(numbers: list[int]) -> str:
    """Print an increasing list, abbreviated when it is long."""
    if len(numbers) <= 2 * SHOW:
        return "{" + ", ".join(map(str, numbers)) + "}"
    step = numbers[1] - numbers[0]
    if all(b - a == step for a, b in itertools.pairwise(numbers)):
        return f"{{{numbers[0]}, {numbers[1]}, ..., {numbers[-1]}}} in steps of {step}"
    name = hashlib.sha256(json.dumps(numbers).encode()).hexdigest()
    return "{" + ", ".join(map(str, numbers[:SHOW])) + f", ...}} (SHA-256 of the list {name})"


def spread(dims: list[int]) -> str:
    """Print which dimensions occur."""
    low, high = min(dims, default=0), max(dims, default=0)
    return str(low) if low == high else f"{low} to {high}"


def network_lines(circuit: Circuit) -> list[str]:
    """Describe a network in one line, and give its fingerprint."""
    return [
        (
            f"Network: {len(circuit.dims)} locations of dimension {spread(circuit.dims)},"
            f" {len(circuit.kinds)} nodes, {counted(circuit.widths[-1], 'output channel')}."
        ),
        f"Fingerprint: {circuit.fingerprint}",
    ]


def decimal(x: Entry, *, up: bool) -> str:
    """Show a number of moderate size: exactly where that is short, else rounded to 30 digits."""
    if max(abs(x.numerator), x.denominator) < 1 << 100:
        return str(x)
    scaled = x.numerator * 10**30 // x.denominator
    whole, rest = divmod(abs(scaled + up), 10**30)
    return f"{'-' if scaled + up < 0 else ''}{whole}.{rest:030}"
