"""Theorems for all sizes: the closed form that an induction over the levels needs is guessed.

The guesses are written down from the statement; the kernel derives base and step and decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from circuitalg.errors import ArgumentError, NotProved, RuleError
from circuitalg.expressions import (
    Expression,
    binomial,
    formula,
    least,
    least_width,
    total,
    width,
)
from circuitalg.kernel.forall.claims import Claim, ParameterCount, RankAtLeast, RankAtMost
from circuitalg.kernel.forall.families import ZERO, HTNetworks, Networks
from circuitalg.kernel.forall.induction import ForAll, Induction, LastLevel, for_all
from circuitalg.options import described, natural

if TYPE_CHECKING:
    from circuitalg.kernel.theorem import Theorem


def prove_for_all(symbols: Mapping[str, int], networks: Networks, claim: Claim) -> Theorem[ForAll]:
    """Prove a claim about a family of networks for all values of its symbols.

    Parameters
    ----------
    symbols
        Least value by symbol: ``{"q": 2, "m": 0, "M": 1}``. Widths r_i are at least 1.
    networks
        `HTNetworks` or `CPNetworks` of ``ca.forall``, sizes as formulas or numbers.
    claim
        `RankAtLeast`, `RankAtMost`, `ParameterCount` or `ContainsCP`, with its formula.

    Raises
    ------
    ArgumentError, OptionError
        When an argument is something else, or a size is neither a formula nor a natural number.
    NotProved
        When no argument known here gives the claim; the message says what stopped the nearest one.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, Theorems 1 and 3, sections 3.1 and 3.2;
    docs/rules/forall.md.

    Examples
    --------
    >>> from circuitalg.forall import HTNetworks, RankAtLeast, least, symbols, width
    >>> q, m, M = symbols("q m M")
    >>> deep = HTNetworks(window=q, depth=m + 1, dim=M)
    >>> claim = RankAtLeast(1, least(M, width(0)) ** (q**m))
    >>> prove_for_all({"q": 2, "m": 0, "M": 1}, deep, claim).statement.summary
    'rank >= min(M, r_0)^(q^m)'
    """
    given: Any = symbols
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise ArgumentError(
            'the symbols must be a dictionary from names to least values, such as {"m": 0}, not '
            f"{described(given)}"
        )
    symbols = {name: natural(f"the least value of {name}", n) for name, n in symbols.items()}
    if not isinstance(networks, Networks):
        raise ArgumentError(
            "the networks must be HTNetworks or CPNetworks of circuitalg.forall, not "
            f"{described(networks)}"
        )
    if not isinstance(claim, Claim):
        raise ArgumentError(
            "the claim must be a RankAtLeast, RankAtMost, ParameterCount or ContainsCP of "
            f"circuitalg.forall, not {described(claim)}"
        )
    networks, claim = _in_formulas(networks), _in_formulas(claim)
    reasons: list[str] = []
    for proof in _proofs(symbols, networks, claim):
        try:
            return for_all(symbols, networks, claim, proof)
        except RuleError as error:
            reasons.append(f"{proof.tactic}: {error}")
    raise NotProved(
        "no induction known here proves this for all sizes; "
        + ("; ".join(dict.fromkeys(reasons)) or "it has no symbol that begins at 0")
    )


def _in_formulas(given: Any) -> Any:
    """Networks or a claim, their sizes that are numbers as formulas."""
    numbers = {
        each.name: formula(natural(each.name, getattr(given, each.name)))
        for each in fields(given)
        if not isinstance(getattr(given, each.name), Expression | str | None)
    }
    return replace(given, **numbers)


def _proofs(
    symbols: Mapping[str, int], networks: Networks, claim: Claim
) -> Iterator[Induction | LastLevel]:
    if isinstance(networks, HTNetworks):
        for name, low in symbols.items():
            if low == 0 and name in networks.depth.symbols():
                yield from _guesses(Expression("sym", (name,)), networks, claim)
    if isinstance(claim, RankAtMost | ParameterCount):
        yield LastLevel()


def _guesses(m: Expression, networks: HTNetworks, claim: Claim) -> Iterator[Induction]:
    """Closed forms in the induction's symbol m."""
    name, q = str(m), networks.window
    first = networks.widths if networks.widths is not None else width(0)
    if isinstance(claim, RankAtLeast):
        height = _exponent(claim.block, q)
        lowest = networks.widths
        if lowest is None:
            lowest = first if height == ZERO else least_width(0, height)
        yield Induction("copy", name, least(networks.dim, lowest) ** (q**m), height)
        half = _half(q)
        if half is not None and networks.sharing == "unshared":
            yield Induction("digits", name, least(first, networks.dim**half) ** (q**m), half)
    elif isinstance(claim, RankAtMost):
        half = _half(q)
        if half is not None:
            spanned = networks.dim**half
            if networks.sharing == "shared":
                spanned = binomial(networks.dim + half - 1, half)
            yield Induction("halves", name, least(first, spanned) ** (q**m), half)
    elif isinstance(claim, ParameterCount):
        i = Expression("sym", ("level",))
        step = networks.width(i - 1) * networks.width(i)
        start = networks.dim * first
        if networks.sharing == "shared":
            yield Induction("count", name, start + total("level", 1, m, step))
        else:
            closed = q**m * start + total("level", 1, m, q ** (m - i) * step)
            yield Induction("count", name, closed)
    else:
        yield Induction("identity", name, q ** (m + 1))


def _exponent(block: Expression, base: Expression) -> Expression:
    """The s with block = base^s, if it is written so."""
    if block.op == "^" and block.args[0] == base:
        exponent: Expression = block.args[1]
        return exponent
    return formula(1) if block == base else ZERO


def _half(window: Expression) -> Expression | None:
    """The k of 2·k or of an even number."""
    if window.op == "number":
        return formula(window.args[0] // 2) if window.args[0] % 2 == 0 else None
    if window.op == "*" and len(window.args) == 2 and formula(2) in window.args:
        return window.args[1] if window.args[0] == formula(2) else window.args[0]
    return None
