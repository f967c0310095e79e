"""The digest of a statement, written after docs/certificates.md, apart from kernel and checker."""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction


def exact(entry):
    """Return a number's canonical text."""
    number = Fraction(entry)
    top = ("-" if number < 0 else "") + f"{abs(number.numerator):x}"
    return top if number.denominator == 1 else f"{top}/{number.denominator:x}"


def stored(bound):
    """Return a bound's canonical text."""
    if isinstance(bound, int):
        return exact(bound)
    total = 1
    for base, exponent in bound:
        total *= (int(base, 16) if isinstance(base, str) else base) ** exponent
    return exact(total)


def canonical(value):
    """Return a part of a statement with every number as its canonical text.

    Of the names that could look like a fraction those in expressions are known.
    """
    if isinstance(value, dict):
        return {name: canonical(part) for name, part in value.items()}
    if isinstance(value, list):
        return value if value[:1] == ["parameter"] else list(map(canonical, value))
    number = isinstance(value, int) or re.fullmatch(r"-?[0-9]+/[0-9]+", value or "")
    return exact(value) if number else value


def print_of(data):
    """Return the fingerprint of a circuit or SimNet."""
    digest = hashlib.sha256()
    for name, kind, width, *more in sorted(data["nodes"]):
        pairs = []
        if kind not in ("input", "constant"):
            labels = [None] * len(more[0])
            if len(more) > 1:
                labels = [
                    data["parameters"][r] if r >= 0 else data["matrices"][-1 - r] for r in more[1]
                ]
            pairs = [[data["nodes"][c][0], x] for c, x in zip(more[0], labels, strict=True)]
        line = [name, kind, width, more[0] if kind == "input" else None]
        line.append(sorted(pairs, key=lambda pair: pair[0]))
        line += more[2:]  # of mex nodes: beta and the mode
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=True)
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def digest(data):
    """Return the digest of the statement of a certificate's last theorem."""
    said = dict(data["theorems"][-1]["statement"])
    names = {}
    for name in ("circuit", "deep", "a", "b", "split", "simnet"):
        if name in said:
            part = said.pop(name)
            names[name] = print_of(part if name == "simnet" else data["circuits"][part])
    if "lower" in said or "needed" in said:
        names |= {n: stored(said.pop(n)) for n in ("lower", "upper", "needed") if n in said}
    text = {**canonical(said), **names}
    text = json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
