"""From a certificate to what it proves: circuits, theorems one after another, the verdict."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypedDict, Unpack

from .circuit import read_circuit
from .forall.induction import FOR_ALL
from .functions.distance import NOT_APPROXIMABLE
from .functions.independence import LINEARLY_INDEPENDENT
from .given.cprank import CP_RANK
from .given.minimal import MINIMAL_HT
from .given.represents import REPRESENTS
from .given.universal import UNIVERSAL
from .logspace.equivalent import LOG_SPACE_EQUIVALENT
from .logspace.multilinear import MULTILINEAR
from .logspace.rounding import LOG_SPACE_ERROR
from .logspace.score import LOG_SCORE
from .logspace.signs import SIGNED_SPLIT
from .logspace.simplex import SIMPLEX_FORM
from .meter import Meter, limited
from .rank.statements import GENERIC_RANK, GRID_RANK, RANK_AT, SEPARATION
from .read import Refusal, Unreadable, as_int, as_list, as_object, brief, kind_of, read_json
from .same.function import SAME_FUNCTION
from .same.symmetric import SYMMETRIC
from .schema import Claim, File, Kind, Theorem, read_object, tagged
from .verdict import SOURCES, Verified, digest, fingerprints, verdict

KINDS: dict[str, Kind] = {
    "CPRank": CP_RANK,
    "ForAll": FOR_ALL,
    "GenericRank": GENERIC_RANK,
    "GridRank": GRID_RANK,
    "LinearlyIndependent": LINEARLY_INDEPENDENT,
    "LogScore": LOG_SCORE,
    "LogSpaceEquivalent": LOG_SPACE_EQUIVALENT,
    "LogSpaceError": LOG_SPACE_ERROR,
    "MinimalHT": MINIMAL_HT,
    "Multilinear": MULTILINEAR,
    "NotApproximable": NOT_APPROXIMABLE,
    "RankAt": RANK_AT,
    "Represents": REPRESENTS,
    "SameFunction": SAME_FUNCTION,
    "Separation": SEPARATION,
    "SignedSplit": SIGNED_SPLIT,
    "SimplexForm": SIMPLEX_FORM,
    "Symmetric": SYMMETRIC,
    "Universal": UNIVERSAL,
}
Location = str | os.PathLike[str]


class Asked(TypedDict, total=False):
    """What may be asked of a check, each by its name.

    Attributes
    ----------
    use_numpy : check minors with NumPy, the faster second route.
    circuit : a file or fingerprint of a network that the statement must name.
    expect : a certificate whose statement this one's must be, or that statement's SHA-256.
    rests_on : what the theorem may rest on: "linear-algebra", "schofield", "eckart-young",
        "binary64".
    say : receives the estimate of each long computation before it starts.
    time_limit : seconds after which the certificate is refused: 300 by default, 3,600 with NumPy.
        The limits on estimated work hold for the default, and grow with a longer time.
    memory_limit : MB that checking may take on top of what the process uses at first: 2,048 by
        default, 8,192 with NumPy. Meanwhile this limits the address space of the whole process, on
        systems that can do so and say how much is in use (Linux); `math.inf` leaves it alone.
    parent : the process that waits for the answer; the check ends when nobody does.
    """

    use_numpy: bool
    circuit: Location | None
    expect: Location | None
    rests_on: Collection[str] | None
    say: Callable[[str], None] | None
    time_limit: float | None
    memory_limit: float | None
    parent: int


def verify(data: object, **asked: Unpack[Asked]) -> Verified:
    """Derive the statement of a certificate as it was read from JSON.

    Raises
    ------
    Unreadable
        If the data is not a certificate of format circuitalg-certificate, version 2.
    Refusal
        If it does not prove its statement or what is asked for, or a limit is reached; the message
        is one sentence.
    """
    return answer(lambda: data, **asked)


def verify_file(path: Location, **asked: Unpack[Asked]) -> Verified:
    """Read and check a certificate, "-" being standard input; raises as `verify` does."""
    return answer(lambda: read_json(path), **asked)


def answer(read: Callable[[], object], **asked: Unpack[Asked]) -> Verified:
    """Read and check a certificate, within limits, and compare it with what is asked for."""
    meter = Meter(asked.get("use_numpy", False), asked.get("say"), asked.get("time_limit"))
    meter.parent = asked.get("parent", 0)
    with limited(meter, asked.get("memory_limit")):
        data = read()
        network = named(asked.get("circuit"), "network", meter)
        expected = named(asked.get("expect"), "certificate", meter)
        file, theorems = parts(data, meter)
        if network or expected:
            compared(statement(theorems[-1], file), network, expected, meter)
        theorem = checked(file, theorems)
        found = verdict(theorem, meter)
    allowed = asked.get("rests_on")
    more = [] if allowed is None else sorted(theorem.rests_on.difference(allowed))
    if more:
        names = "; ".join(SOURCES[word][0] for word in more)
        raise Refusal(f"the theorem rests on more than is allowed: {names}.")
    return found


def compared(said: dict[str, Any], network: str | None, expected: str | None, meter: Meter) -> None:
    """Demand that a statement names the network that is asked for, and is the one expected."""
    known = fingerprints(said)
    if network and network not in known:
        raise Refusal(
            f"the certificate is about another network: fingerprint {', '.join(known) or 'none'},"
            f" wanted {network}."
        )
    name = digest(said, meter) if expected else None
    if expected != name:
        raise Refusal(
            f"the certificate states something else: the SHA-256 of its statement is {name},"
            f" expected {expected}."
        )


def named(given: Location | None, what: str, meter: Meter) -> str | None:
    """Return the SHA-256 of a network or of a certificate's statement: of a file, or as given."""
    if given is None:
        return None
    text = os.fspath(given)
    if re.fullmatch("[0-9a-fA-F]{64}", text, re.ASCII) and not Path(text).exists():
        return text.lower()
    try:
        data = read_json(text)
        if what == "network":
            return read_circuit(data, meter).fingerprint
        file, theorems = parts(data, meter)
        return digest(statement(theorems[-1], file), meter)
    except Refusal as error:
        raise Unreadable(f"the file {brief(text, 200)} is not a {what}: {error}") from None


def parts(data: object, meter: Meter) -> tuple[File, list[Any]]:
    """Read a certificate's circuits, and return its theorems as they are stored."""
    if type(data) is not dict or data.get("format") != "circuitalg-certificate":
        raise Unreadable("this is not a certificate of format circuitalg-certificate.")
    if type(data.get("version")) is not int or data["version"] != 2:
        raise Unreadable(f"this checker reads version 2, not {brief(data.get('version'))}.")
    as_object(data, "the certificate", ("format", "version", "circuits", "theorems"))
    circuits = [read_circuit(x, meter) for x in as_list(data["circuits"], "the circuits")]
    theorems = as_list(data["theorems"], "the theorems")
    if not theorems:
        raise Refusal("the certificate has no theorems.")
    for theorem in theorems:
        as_object(theorem, "a theorem", ("statement", "proof", "premises"))
    return File(circuits, meter), theorems


def checked(file: File, theorems: list[dict[str, object]]) -> Theorem:
    """Check all theorems, and that they use all that stands in the certificate."""
    proved: list[Theorem] = []
    idle = set(range(len(theorems) - 1))
    for place, theorem in enumerate(theorems):
        premises = [
            as_int(x, f"a premise of theorem {place}", 0, place - 1)
            for x in as_list(theorem["premises"], f"the premises of theorem {place}")
        ]
        idle.difference_update(premises)
        proved.append(derive(theorem, tuple(proved[i] for i in premises), file))
    if idle:
        raise Refusal(f"theorem {min(idle)} is the premise of no other.")
    unused = set(range(len(file.circuits))) - file.used
    if unused:
        raise Refusal(f"no statement is about circuit {min(unused)}.")
    return proved[-1]


def derive(theorem: dict[str, object], premises: tuple[Theorem, ...], file: File) -> Theorem:
    """Derive the statement of one theorem."""
    said, meter = statement(theorem, file), file.meter
    kind = KINDS[said["kind"]]
    proof = tagged(kind.proofs)(theorem["proof"], "the proof", file)
    if premises and not kind.has_premises:
        raise Refusal(f"a {said['kind']} theorem has no premises.")
    meter.rests_on = set()
    text = kind.derive(Claim(said, proof, premises, meter))
    rests_on = meter.rests_on.union(*(premise.rests_on for premise in premises))
    return Theorem(said, tuple(text), frozenset(rests_on))


def statement(theorem: dict[str, object], file: File) -> dict[str, Any]:
    """Read the statement of a theorem."""
    name = kind_of(theorem["statement"], "the statement")
    if name not in KINDS:
        raise Refusal(f"there is no statement of kind {brief(name)}.")
    return read_object(theorem["statement"], name, KINDS[name].members, file)
