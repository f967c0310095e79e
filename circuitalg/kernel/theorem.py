"""Theorem: a statement that a kernel rule has proved. Only ``kernel.rules`` can make one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, final

from circuitalg.errors import RuleError
from circuitalg.integers import counted
from circuitalg.kernel.statements import Statement
from circuitalg.kernel.subject import SubjectProof
from circuitalg.kernel.terms import (
    Bridge,
    Exhaustive,
    Factor,
    GridMinor,
    IndexRecursion,
    Kronecker,
    Lower,
    Minor,
    Routing,
    Split,
    Star,
    TiedCut,
    Trivial,
    Upper,
    Vanishing,
)

if TYPE_CHECKING:
    from circuitalg.kernel.certificate import Checked

S_co = TypeVar("S_co", bound=Statement, covariant=True)

Proof = (
    tuple[Lower, Upper]
    | tuple[Minor | Trivial, Upper | Exhaustive]
    | tuple[GridMinor]
    | tuple["Theorem[Statement]"]
    | tuple[SubjectProof]
)
"""Lower and upper term; or the grid minor; or the premise; or the proof of a further subject."""

SCHOFIELD = "Schofield, General representations of quivers, Proc. London Math. Soc. 1992"

_TOKEN = object()


@final
class Theorem(Generic[S_co]):
    """A proved statement with the terms that prove it.

    Made by the functions of ``circuitalg.kernel.rules`` alone: the constructor, copies with changes
    and unpickling elsewhere raise ``RuleError``.

    Two theorems are equal when their statements and their proofs are: one that was saved is equal
    to the one that ``circuitalg.load_theorem`` reads.
    """

    __slots__ = ("__weakref__", "_proof", "_statement")

    _statement: S_co
    _proof: Proof

    def __init__(self, statement: S_co, proof: Proof, token: object = None) -> None:
        if token is not _TOKEN:
            raise RuleError("only the kernel's rules make a Theorem; call circuitalg.prove_rank")
        object.__setattr__(self, "_statement", statement)
        object.__setattr__(self, "_proof", proof)

    @property
    def statement(self) -> S_co:
        """What is proved."""
        return self._statement

    @property
    def proof(self) -> Proof:
        """The proof terms, or the premise."""
        return self._proof

    def __init_subclass__(cls) -> NoReturn:
        raise RuleError("Theorem has no subclasses; only the kernel's rules make theorems")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Theorem cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Theorem cannot be changed")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise RuleError("a Theorem is not pickled or copied; save its certificate instead")

    def __eq__(self, other: object) -> bool:
        if type(other) is not Theorem:
            return NotImplemented
        same = self._statement == other._statement and self._proof == other._proof
        return self is other or same

    def __hash__(self) -> int:
        return hash((type(self._statement), self._statement.summary, self.tactics))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __str__(self) -> str:
        return f"Theorem: {self.statement}"

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_latex_(self) -> str | None:
        render = getattr(self.statement, "_repr_latex_", None)
        return render() if render else None

    @property
    def tactics(self) -> str:
        """Which rules gave the lower and the upper side, in a few words."""
        found = self._subject()
        if found is not None:
            return found.tactic
        sides = [
            " + ".join(sorted(used_rules(term)))
            for term in self._proof
            if not isinstance(term, Theorem)
        ]
        return " | ".join(sides) if sides else f"separation of [{self._premise().tactics}]"

    @property
    def grade(self) -> str:
        """Grade of evidence: "theorem", or "certified bound" where rational enclosures decide."""
        return "certified bound" if hasattr(self._proof[0], "bits") else "theorem"

    def explain(self) -> str:
        """Say which rules gave which side, line by line."""
        found = self._subject()
        if found is not None:
            return found.explain()
        if isinstance(self._proof[0], Theorem):
            return (
                "lower side of the network, rank bound of the family:\n" + self._premise().explain()
            )
        names = ("lower", "upper")
        return "\n".join(
            f"{name}: {_told(term)}" for name, term in zip(names, self._proof, strict=False)
        )

    def _premise(self) -> Theorem[Statement]:
        first = self._proof[0]
        if not isinstance(first, Theorem):
            raise RuleError("this theorem has no premise")
        return first

    def _subject(self) -> SubjectProof | None:
        """Return the proof, where it belongs to a further subject."""
        first = self._proof[0]
        if isinstance(first, Theorem | Minor | Split | Trivial | GridMinor):
            return None
        return first

    def sources(self) -> tuple[str, ...]:
        """Results from the literature that the rules used rest on, besides linear algebra."""
        found = self._subject()
        if found is not None:
            return found.sources
        if isinstance(self._proof[0], Theorem):
            return self._premise().sources()
        used: set[str] = set().union(*(used_rules(term) for term in self._proof))
        return (SCHOFIELD,) if used & {"bridge", "star"} else ()

    @property
    def statement_sha256(self) -> str:
        """The digest of the statement, which the checker's verdict names too.

        It names what is proved, and not by which rules or witnesses: see docs/certificates.md.
        """
        from circuitalg.kernel.digest import statement_sha256

        return statement_sha256(self._statement)

    def certificate(self) -> dict[str, Any]:
        """The certificate as plain JSON data (docs/certificates.md)."""
        from circuitalg.kernel.certificate import certificate

        return certificate(self)

    def save(self, path: str | Path) -> Path:
        """Write the certificate to ``path`` atomically; returns the path."""
        from circuitalg.kernel.certificate import save

        return save(self, Path(path))

    def check(self) -> Checked:
        """Run the independent checker on the certificate, in a process of its own.

        Raises
        ------
        CertificateError
            When the checker refuses it; the message is the checker's. Or when the statement that it
            has verified is not this theorem's.
        """
        from circuitalg.kernel.certificate import check

        return check(self)


_NAMES: dict[type, str] = {
    IndexRecursion: "index recursion",
    TiedCut: "tied cut",
    Bridge: "bridge",
    Star: "star",
    Exhaustive: "exhaustive",
    Minor: "minor",
    Routing: "routing",
    GridMinor: "grid minor",
    Trivial: "trivial",
    Vanishing: "vanishing",
}


def used_rules(term: object) -> set[str]:
    """Names of the rules that a proof term uses, such as "routing"."""
    if isinstance(term, Factor | Split | Kronecker):
        below = term.factors if isinstance(term, Kronecker) else term.blocks
        return set().union(*(used_rules(block) for block in below))
    return {_NAMES[type(term)]}


def _told(term: object, indent: str = "  ") -> str:
    match term:
        case Factor(blocks):
            return _told_blocks("", blocks, indent)
        case Split(dims, blocks):
            head = "" if dims is None else "specialised to fewer channels, "
            return _told_blocks(head, blocks, indent)
        case Kronecker(factors):
            return _told_blocks("Kronecker product of ", factors, indent)
        case Routing(paths):
            found = f"routing of {counted(len(paths), 'path')}"
        case Minor(_, size, prime):
            found = f"non-zero minor of size {size} modulo {prime}"
        case GridMinor(_, prime, rows, _):
            found = f"non-zero minor of size {len(rows)} of the grid matrix modulo {prime}"
        case Bridge(variable):
            found = f"bridge at variable {variable}"
        case Star(variable, side):
            found = f"star at variable {variable}, side {'IJ'[side]}"
        case _:
            found = _NAMES[type(term)]
    return found


def _told_blocks(head: str, terms: tuple[object, ...], indent: str) -> str:
    counts: dict[str, int] = {}
    for term in terms:
        line = _told(term, indent + "  ")
        counts[line] = counts.get(line, 0) + 1
    lines = [f"{n} x {line}" if n > 1 else line for line, n in counts.items()]
    if len(lines) == 1 and not head:
        return lines[0]
    kinds = "one block" if len(terms) == 1 else f"{len(terms)} different blocks"
    return f"{head}{kinds}:\n" + "\n".join(indent + line for line in lines)
