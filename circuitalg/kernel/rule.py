"""`@rule`: what makes a function that derives a statement into a rule, which makes theorems."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from inspect import signature
from typing import Any, Generic, ParamSpec, TypeVar, final, get_type_hints

from circuitalg.errors import CertificateError, RuleError
from circuitalg.kernel.exact_types import taken
from circuitalg.kernel.statement import Proof, Statement
from circuitalg.kernel.theorem import _TOKEN, Theorem

P = ParamSpec("P")
S = TypeVar("S", bound=Statement)


@final
class Rule(Generic[P, S]):
    """A function that checks its side conditions and returns the statement that they imply.

    Its parameters are called as the statement's attributes that it takes; `proof` is what it
    verifies, and `premises`, where it has any, are the theorems that it follows from. Arguments are
    taken apart along the annotations first (`circuitalg.kernel.exact_types`).
    """

    def __init__(self, derive: Callable[P, S]) -> None:
        if not derive.__module__.startswith("circuitalg.kernel."):
            raise RuleError("rules stand in circuitalg.kernel, where they are trusted")
        self._derive = derive
        self._kind = str(derive.__annotations__["return"])
        self._parameters = tuple(signature(derive).parameters)
        update_wrapper(self, derive)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Theorem[S]:
        """Derive the statement, and make the theorem."""
        bound = taken(self._derive, args, kwargs)
        statement = self._derive(*bound.args, **bound.kwargs)
        given = bound.arguments
        return Theorem(statement, given["proof"], given.get("premises", ()), _TOKEN)

    @property
    def proves(self) -> str:
        """The kind of statement."""
        return self._kind

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Annotations of the parameters, and of the statement as "return"."""
        return get_type_hints(self._derive, include_extras=True)

    def again(
        self, stated: Statement, proof: Proof, premises: tuple[Theorem[Statement], ...]
    ) -> Theorem[S]:
        """Derive a statement that somebody else wrote down.

        Raises
        ------
        CertificateError
            When the rule takes no premises and there are some, or derives another statement.
        RuleError
            When the rule derives nothing.
        """
        given: dict[str, Any] = {"proof": proof, "premises": premises}
        if "premises" not in self._parameters and premises:
            raise CertificateError(f"a {type(stated).__name__} follows from no premises")
        run: Any = self
        theorem: Theorem[S] = run(
            **{n: given[n] if n in given else getattr(stated, n) for n in self._parameters}
        )
        if theorem.statement != stated:
            raise CertificateError(
                f"the certificate states something other than what is proved:  {theorem}"
            )
        return theorem


def rule(derive: Callable[P, S]) -> Rule[P, S]:
    """Make a function that derives a statement a rule."""
    return Rule(derive)
