"""Theorem: a statement that a kernel rule has proved. Only ``kernel.rule`` can make one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, final

from circuitalg.errors import RuleError
from circuitalg.kernel.statement import Proof, Statement, nested

if TYPE_CHECKING:
    from circuitalg.run.checker import Checked

S_co = TypeVar("S_co", bound=Statement, covariant=True)

_TOKEN = object()


@final
class Theorem(Generic[S_co]):
    """A proved statement with its proof, and the theorems that it follows from.

    Made by the kernel's rules alone: the constructor, copies with changes and unpickling elsewhere
    raise ``RuleError``.

    Two theorems are equal when their statements, proofs and premises are: one that was saved is
    equal to the one that ``circuitalg.load_theorem`` reads.

    Attributes
    ----------
    statement : what is proved.
    proof : what the rule verified.
    premises : the theorems that it follows from, in the order of the rule.
    """

    __slots__ = ("__weakref__", "premises", "proof", "statement")

    statement: S_co
    proof: Proof
    premises: tuple[Theorem[Statement], ...]

    def __init__(
        self,
        statement: S_co,
        proof: Proof,
        premises: tuple[Theorem[Statement], ...] = (),
        token: object = None,
    ) -> None:
        if token is not _TOKEN:
            raise RuleError("only the kernel's rules make a Theorem; call circuitalg.prove_rank")
        object.__setattr__(self, "statement", statement)
        object.__setattr__(self, "proof", proof)
        object.__setattr__(self, "premises", premises)

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
        return self is other or (
            (self.statement, self.proof, self.premises)
            == (other.statement, other.proof, other.premises)
        )

    def __hash__(self) -> int:
        return hash((type(self.statement), self.statement.summary, self.tactics))

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
        """What proved it, in a few words, for ranks the lower side before the upper one."""
        own = self.proof.tactic
        return own + "".join(f" from [{premise.tactics}]" for premise in self.premises[:1])

    @property
    def grade(self) -> str:
        """Grade of evidence: "theorem", or "certified bound" where rational enclosures decide."""
        return "certified bound" if hasattr(self.proof, "bits") else "theorem"

    def explain(self) -> str:
        """Say how it is proved, line by line, premises last."""
        said = [self.proof.explain()]
        said += [f"from: {premise.statement}\n{premise.explain()}" for premise in self.premises]
        return "\n".join(said)

    def sources(self) -> tuple[str, ...]:
        """Results from the literature that the rules used rest on, besides linear algebra."""
        own = [source for part in nested(self.proof) for source in part.sources]
        own += [source for premise in self.premises for source in premise.sources()]
        return tuple(dict.fromkeys(own))

    @property
    def statement_sha256(self) -> str:
        """The digest of the statement, which the checker's verdict names too.

        It names what is proved, and not by which rules or witnesses: see docs/certificates.md.
        """
        from circuitalg.kernel.codec import statement_sha256

        return statement_sha256(self.statement)

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
        from circuitalg.run.checker import check_theorem

        return check_theorem(self)
