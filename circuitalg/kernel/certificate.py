"""Certificates: a theorem as plain JSON data, and back by running the rules again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from circuitalg import deadline
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.canonical import matrix_to_json
from circuitalg.circuit.files import (
    circuit_from_data,
    circuit_to_data,
)
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import CertificateError, CircuitalgError, FileFormatError, OutOfTimeError
from circuitalg.files import read_json, write
from circuitalg.integers import factors_to_json, shown
from circuitalg.kernel import (
    approximation,
    cprank,
    independence,
    logscore,
    logspace,
    minimal,
    multilinear,
    parametric,
    represents,
    rounding,
    rules,
    same,
    signs,
    simplex,
    symmetric,
    universal,
)
from circuitalg.kernel.families import CPFamily, Family, TruncatedFamily
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.statements import (
    GenericRank,
    GridRank,
    RankAt,
    RankStatement,
    Separation,
    Statement,
)
from circuitalg.kernel.subject import Data, matrix_from_json
from circuitalg.kernel.terms import (
    BlockLower,
    BlockUpper,
    Bridge,
    Exhaustive,
    Factor,
    GridMinor,
    IndexRecursion,
    Kronecker,
    Minor,
    Routing,
    Split,
    Star,
    TiedCut,
    Trivial,
    Upper,
    Vanishing,
)
from circuitalg.kernel.theorem import Theorem

FORMAT, VERSION = "circuitalg-certificate", 1
_RULES: dict[type, str] = {
    IndexRecursion: "index_recursion",
    Exhaustive: "exhaustive",
    TiedCut: "tied_cut",
    Bridge: "bridge",
    Star: "star",
    Factor: "factor",
    Minor: "minor",
    Routing: "routing",
    Split: "split",
    Kronecker: "kronecker",
    GridMinor: "grid_minor",
    Trivial: "trivial",
    Vanishing: "vanishing",
}


# Further subjects: how a statement and its proof are read, and the rule that takes what was read.
_SUBJECTS: dict[str, tuple[Callable[[Data, Data], tuple[Any, ...]], Callable[..., Any]]] = {
    "CPRank": (cprank.read, rules.cp_rank),
    "ForAll": (parametric.read, rules.for_all),
    "LinearlyIndependent": (independence.read, rules.linearly_independent),
    "LogSpaceEquivalent": (logspace.read, rules.log_space_equivalent),
    "LogScore": (logscore.read, rules.log_score),
    "LogSpaceError": (rounding.read, rules.log_space_error),
    "MinimalHT": (minimal.read, rules.minimal_ht),
    "Multilinear": (multilinear.read, rules.multilinear),
    "NotApproximable": (approximation.read, rules.not_approximable),
    "Represents": (represents.read, rules.represents),
    "SameFunction": (same.read, rules.same_function),
    "SignedSplit": (signs.read, rules.signed_split),
    "SimplexForm": (simplex.read, rules.simplex_form),
    "Symmetric": (symmetric.read, rules.symmetric),
    "Universal": (universal.read, rules.universal),
}

_DIGEST = re.compile(r"^SHA-256 of the statement: ([0-9a-f]{64})$", re.MULTILINE)
_MAX_SECONDS = 600
_MAX_VARIABLES = 4_000_000
_MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Checked:
    """What the independent checker said about a certificate that it verified.

    Attributes
    ----------
    verdict : its text: the statement that it has derived, what it rests on.
    statement_sha256 : the digest of that statement (docs/certificates.md).
    """

    verdict: str
    statement_sha256: str

    def __str__(self) -> str:
        return self.verdict


def certificate(theorem: Theorem[Statement]) -> Data:
    """Return the certificate of a theorem as JSON data (docs/certificates.md)."""
    statement = theorem.statement
    found: Data = {"format": FORMAT, "version": VERSION}
    if isinstance(statement, RankStatement):
        circuit = statement.deep if isinstance(statement, Separation) else statement.circuit
        return found | {"circuit": circuit_to_data(circuit), "theorem": _theorem_data(theorem)}
    return found | {"theorem": _subject_data(theorem)}


def _subject_data(theorem: Theorem[Statement]) -> Data:
    """Statement and proof of a further subject."""
    proof = theorem.proof[0]
    if not hasattr(proof, "to_data"):
        raise CertificateError("this theorem belongs to the rank rules")
    return {"statement": statement_data(theorem.statement), "proof": proof.to_data()}


def _theorem_data(theorem: Theorem[Statement]) -> Data:
    said, proof = statement_data(theorem.statement), theorem.proof
    first = proof[0]
    if isinstance(first, Theorem):
        return {"statement": said, "premise": _theorem_data(first)}
    found: Data = {"statement": said, "lower": _term_data(first)}
    if isinstance(theorem.statement, RankAt) and isinstance(first, Minor):
        found["lower"]["rule"] = "minor_at"
    if len(proof) == 2:
        found["upper"] = _term_data(proof[1])
    return found


def statement_data(statement: Statement) -> Data:
    """A statement as JSON data; the circuit of a rank statement stands beside it."""
    if not isinstance(statement, RankStatement):
        return statement.to_data()
    said: Data = {"kind": type(statement).__name__, "I": list(statement.bipartition.I)}
    said["output"] = statement.output
    match statement:
        case GenericRank(_, _, lower, upper, _, space):
            said |= {"space": space}
            said |= {"lower": factors_to_json(lower), "upper": factors_to_json(upper)}
        case RankAt(_, weights, _, lower, upper, _):
            said |= {"weights": {name: matrix_to_json(rows) for name, rows in weights.items()}}
            said |= {"lower": factors_to_json(lower), "upper": factors_to_json(upper)}
        case GridRank(_, templates, _, lower, _):
            said |= {"templates": matrix_to_json(templates), "lower": factors_to_json(lower)}
        case Separation(_, family, _, needed, _, space):
            said |= {"family": _family_data(family), "space": space}
            said |= {"needed": factors_to_json(needed)}
    return said


def _family_data(family: Family) -> Data:
    if isinstance(family, CPFamily):
        return {"kind": "cp"}
    return {"kind": "truncated", "levels": family.levels, "window": family.window}


def _term_data(term: object) -> Data:
    found: Data = {"rule": _RULES[type(term)]}
    match term:
        case Bridge(variable):
            found |= {"variable": variable}
        case Star(variable, side):
            found |= {"variable": variable, "side": "IJ"[side]}
        case Factor(blocks):
            found |= {"blocks": [_term_data(b) for b in blocks]}
        case Minor(seed, size, prime):
            found |= {"seed": seed, "size": size, "prime": prime}
        case Routing(paths):
            found |= {"paths": [list(p) for p in paths]}
        case Split(dims, blocks):
            runs = None if dims is None else [[d, len(list(g))] for d, g in groupby(dims)]
            found |= {"dims": runs, "blocks": [_term_data(b) for b in blocks]}
        case Kronecker(factors):
            found |= {"factors": [_term_data(f) for f in factors]}
        case GridMinor(seed, prime, rows, columns):
            found |= {"seed": seed, "prime": prime}
            found |= {"rows": [list(r) for r in rows], "columns": [list(c) for c in columns]}
    return found


def save(theorem: Theorem[Statement], path: Path) -> Path:
    """Write a theorem's certificate atomically."""
    write(path, json.dumps(certificate(theorem), separators=(",", ":")), "certificate")
    return path


def check(theorem: Theorem[Statement]) -> Checked:
    """Run checker.py on the theorem's certificate in a process without third-party packages."""
    with tempfile.TemporaryDirectory() as folder:
        checked = check_file(save(theorem, Path(folder) / "theorem.json"))
    if checked.statement_sha256 != theorem.statement_sha256:
        raise CertificateError(
            "the checker has verified a statement other than this theorem's: its SHA-256 is "
            f"{checked.statement_sha256}, not {theorem.statement_sha256}; please report this"
        )
    return checked


def check_file(path: Path) -> Checked:
    """Run checker.py on a certificate in a process without third-party packages.

    Raises
    ------
    CertificateError
        When the checker does not verify it; the message is the checker's.
    """
    script = Path(__file__).resolve().parents[1] / "checker.py"
    command = [sys.executable, "-I", "-S", str(script), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CertificateError((done.stderr or done.stdout).strip())
    verdict = done.stdout.strip()
    found = _DIGEST.search(verdict)
    if found is None:
        raise CertificateError("the checker's verdict has no SHA-256 of the statement")
    return Checked(verdict, found[1])


def load_theorem(path: str | Path) -> Theorem[Statement]:
    """Read a certificate and run the kernel's rules on it again.

    Raises
    ------
    FileFormatError
        When the file is not a certificate.
    CertificateError
        When the rules do not prove what it states, or not within ten minutes.
    """
    try:
        with deadline.within(_MAX_SECONDS):
            return _loaded(path)
    except OutOfTimeError:
        raise CertificateError(
            f"{path}: not verified within {_MAX_SECONDS} seconds, the limit of a reader"
        ) from None


def _loaded(path: str | Path) -> Theorem[Statement]:
    data = read_json(path)
    _refuse_inexact(data)
    members = {"format", "version", "theorem"}
    if not isinstance(data, dict) or set(data) - {"circuit"} != members:
        raise FileFormatError(f"{path}: not a certificate; theorem.save or --out writes one")
    if (data["format"], data["version"]) != (FORMAT, VERSION):
        raise FileFormatError(
            f"{path}: not a {FORMAT} of version {VERSION}; save the theorem again"
        )
    circuit = circuit_from_data(data["circuit"]) if "circuit" in data else None
    try:
        theorem = (
            _subject_theorem(data["theorem"])
            if circuit is None
            else _theorem(circuit, data["theorem"])
        )
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError, ValueError) as error:
        if isinstance(error, CircuitalgError):
            raise
        reason = f"a member is missing or of the wrong kind ({error})"
        raise FileFormatError(f"{path}: not a well-formed certificate: {reason}") from None
    return theorem


def _refuse_inexact(data: object) -> None:
    """Only exact numbers reach the rules."""
    stack = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, float | bool):
            raise FileFormatError(f"a certificate holds exact numbers only, not {shown(item)}")
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _subject_theorem(data: Data) -> Theorem[Statement]:
    """Run the rule of a further subject again, and compare as `_theorem` does."""
    said, proof = data["statement"], data["proof"]
    if said["kind"] not in _SUBJECTS:
        raise FileFormatError(
            f"there is no statement of kind {said['kind']!r} without a circuit beside it"
        )
    read, rule = _SUBJECTS[said["kind"]]
    theorem: Theorem[Statement] = rule(*read(said, proof))
    written = _subject_data(theorem)
    if written["statement"] != said:
        raise CertificateError(
            f"the certificate states something other than what is proved:  {theorem}"
        )
    if written != data:
        raise CertificateError("the certificate's proof holds members that it does not use")
    return theorem


def _theorem(circuit: Circuit, data: Data) -> Theorem[Statement]:
    """Run the rules again, and compare what they prove with what is stated, premises included."""
    theorem = _rerun(circuit, data)
    written = _theorem_data(theorem)
    if written["statement"] != data["statement"]:
        raise CertificateError(
            f"the certificate states something other than what is proved:  {theorem}"
        )
    if written != data:
        raise CertificateError("the certificate's rules hold members that they do not use")
    return theorem


def _rerun(circuit: Circuit, data: Data) -> Theorem[Statement]:
    said = data["statement"]
    bipartition = Bipartition.of(said["I"], circuit.num_locations)
    output = said["output"]
    match said["kind"]:
        case "GenericRank":
            lower, upper = _lower(data["lower"]), _upper(data["upper"])
            question = Question(circuit, bipartition, output, said["space"])
            return rules.generic_rank(question, lower, upper)
        case "RankAt":
            weights = {name: matrix_from_json(rows) for name, rows in said["weights"].items()}
            below, above = data["lower"], data["upper"]
            at = Trivial() if below["rule"] == "trivial" else _minor(below)
            bound = Exhaustive() if above["rule"] == "exhaustive" else _upper(above)
            return rules.rank_at(circuit, weights, bipartition, at, bound, output=output)
        case "GridRank":
            low = data["lower"]
            rows, columns = (tuple(map(tuple, low[key])) for key in ("rows", "columns"))
            term = GridMinor(low["seed"], low["prime"], rows, columns)
            templates = matrix_from_json(said["templates"])
            return rules.grid_rank(circuit, templates, bipartition, term, output=output)
        case "Separation":
            return rules.separation(_theorem(circuit, data["premise"]), _family(said["family"]))
        case kind:
            raise FileFormatError(f"there is no statement of kind {kind!r}")


def _family(data: Mapping[str, Any]) -> Family:
    if data["kind"] == "cp":
        return CPFamily()
    return TruncatedFamily(data["levels"], data["window"])


def _minor(data: Data) -> Minor:
    return Minor(data["seed"], data["size"], data["prime"])


def _lower(data: Data) -> Minor | Split | Trivial:
    if data["rule"] == "trivial":
        return Trivial()
    term = _block_lower(data)
    if isinstance(term, Routing | Kronecker):
        raise CertificateError(
            "a routing or Kronecker product is about a block; wrap it in a split"
        )
    return term


def _block_lower(data: Data, depth: int = 0) -> BlockLower:
    match data["rule"]:
        case "minor":
            return _minor(data)
        case "routing":
            return Routing(tuple((p, q, t) for p, q, t in data["paths"]))
        case "split":
            return _split(data, depth)
        case "kronecker":
            return Kronecker(tuple(_split(factor, depth) for factor in data["factors"]))
        case rule:
            raise CertificateError(f"there is no lower rule {rule!r}")


def _split(data: Data, depth: int) -> Split:
    if depth > _MAX_DEPTH:
        raise CertificateError(f"splits are nested more than {_MAX_DEPTH} times; merge them")
    return Split(_dims(data["dims"]), tuple(_block_lower(b, depth + 1) for b in data["blocks"]))


def _dims(runs: Sequence[tuple[int, int]] | None) -> tuple[int, ...] | None:
    """Expand a run-length list; refuses more variables than any circuit here has."""
    if runs is None:
        return None
    counts = [count for _, count in runs]
    if min(counts, default=1) < 1 or sum(counts) > _MAX_VARIABLES:
        raise CertificateError(
            f"the dimensions of a split must be runs of at least 1, at most {_MAX_VARIABLES} in all"
        )
    return tuple(d for d, count in runs for _ in range(count))


def _upper(data: Data) -> Upper:
    if data["rule"] == "index_recursion":
        return IndexRecursion()
    if data["rule"] == "vanishing":
        return Vanishing()
    if data["rule"] == "factor":
        return Factor(tuple(_block_upper(b) for b in data["blocks"]))
    raise CertificateError(f"there is no upper rule {data['rule']!r}")


def _block_upper(data: Data) -> BlockUpper:
    match data["rule"]:
        case "tied_cut":
            return TiedCut()
        case "bridge":
            return Bridge(data["variable"])
        case "star":
            return Star(data["variable"], "IJ".index(data["side"]))
        case rule:
            raise CertificateError(f"there is no upper rule {rule!r} for a block")
