"""Equality of formulas for all values of their symbols, decided by SymPy's exact expansion.

Both sides become SymPy expressions in positive integer symbols (naturals may be zero where their
least value is), are expanded, and must have the difference 0. A sum up to u + c, c a number, is
first written as the sum up to u and c terms, which holds when u ≥ lo − 1.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from circuitalg.errors import RuleError
from circuitalg.kernel.formula import Formula

Least = Mapping[str, int]
"""Least value by symbol; the widths r_i are at least 1."""

_MAX_SPLIT = 8
_MAX_TERMS = 5000
_MAX_BITS = 10_000


def equal(first: Formula, second: Formula, least: Least) -> bool:
    """Whether two formulas are the same number for all values of their symbols.

    True is certain; False means that SymPy's expansion does not bring both to one form.
    """
    import sympy as sp

    sides = [_expression(side, least) for side in (first, second)]
    return bool(sp.expand(sides[0] - sides[1]) == 0)


def _expression(formula: Formula, least: Least, bound: str | None = None) -> Any:
    import sympy as sp

    op, args = formula.op, formula.args
    if op == "int":
        return sp.Integer(args[0])
    if op == "sym":
        return _symbol(args[0], least, bound)
    if op == "sum":
        if bound is not None:
            raise RuleError("a sum inside a sum is not handled; write one of them out")
        name, low, high, body = args
        return _sum(name, low, high, body, least)
    parts = [sp.expand(_expression(part, least, bound)) for part in args]
    if op == "^":
        return _power(parts[0], parts[1], formula)
    if op == "*":
        _check_size(prod(map(_terms, parts)), formula)
    return _OPERATIONS[op](*parts)


def _width(level: Any) -> Any:
    return _opaque("r", level, positive=True)


def _least_width(low: Any, high: Any) -> Any:
    return _width(low) if low == high else _opaque("least_width", low, high, positive=True)


def _binomial(n: Any, k: Any) -> Any:
    """C(n, k), positive where n ≥ k."""
    import sympy as sp

    return _opaque("binomial", n, k, positive=sp.expand(n - k).is_nonnegative or None)


def _opaque(name: str, *parts: Any, positive: bool | None) -> Any:
    """A natural number of which only its parts are known."""
    import sympy as sp

    function: Any = sp.Function(name, integer=True, nonnegative=True, positive=positive)
    return function(*parts)


def _least(*parts: Any) -> Any:
    import sympy as sp

    return sp.Min(*parts)


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": lambda *parts: sum(parts),
    "*": lambda *parts: prod(parts),
    "-": operator.sub,
    "min": _least,
    "r": _width,
    "minr": _least_width,
    "binom": _binomial,
}


def _power(base: Any, exponent: Any, formula: Formula) -> Any:
    if not base.is_positive and not (exponent.is_Integer and exponent >= 0):
        raise RuleError(f"the base of {formula} may be zero; give its symbols a least value of 1")
    if exponent.is_Integer:
        _check_size(_terms(base) ** min(int(abs(exponent)), 64), formula)
        if base.is_Integer and int(base).bit_length() * abs(int(exponent)) > _MAX_BITS:
            raise RuleError(f"the number {formula} is too large to be written out")
    return base**exponent


def _terms(expression: Any) -> int:
    import sympy as sp

    return len(sp.Add.make_args(expression))


def _check_size(terms: int, formula: Formula) -> None:
    if terms > _MAX_TERMS:
        raise RuleError(f"expanding {str(formula)[:80]} gives more than {_MAX_TERMS:,} terms")


def _symbol(name: str, least: Least, bound: str | None) -> Any:
    import sympy as sp

    if name == bound:
        return sp.Symbol("bound symbol", integer=True)
    if name not in least:
        raise RuleError(f"the symbol {name} is not declared; give its least value")
    if least[name] >= 1:
        return sp.Symbol(name, integer=True, positive=True)
    return sp.Symbol(name, integer=True, nonnegative=True)


def _sum(name: str, low: Formula, high: Formula, body: Formula, least: Least) -> Any:
    """The summand's monomials without the bound symbol stand before the sum."""
    import sympy as sp

    if name in least:
        raise RuleError(f"the bound symbol {name} is also a free one; rename it")
    index = _symbol(name, least, name)
    inner = sp.expand(_expression(body, least, name))
    first, last = (sp.expand(_expression(end, least)) for end in (low, high))
    if not first.is_Integer:
        raise RuleError("a sum begins at a number")
    constant, moving = last.as_coeff_Add()
    if moving == 0:
        if last - first > _MAX_SPLIT:
            raise RuleError(f"a sum of more than {_MAX_SPLIT} written-out terms is not handled")
        return sp.Add(*(inner.subs(index, i) for i in range(int(first), int(last) + 1)))
    if not 0 <= constant <= _MAX_SPLIT or _smallest(moving, least) < first - 1:
        raise RuleError(f"the last index {high} may lie before the first one, {low}, less one")
    ahead = [inner.subs(index, moving + i) for i in range(1, int(constant) + 1)]
    tail = sp.Function("partial_sum", real=True)
    terms = [
        sp.expand(term).as_independent(index, as_Add=False) for term in sp.Add.make_args(inner)
    ]
    parts = [outside * tail(rest, first, moving) for outside, rest in terms]
    return sp.expand(sp.Add(*parts, *ahead))


def _smallest(moving: Any, least: Least) -> int:
    """Least value of a sum of symbols with natural coefficients."""
    import sympy as sp

    total = 0
    for term in sp.Add.make_args(moving):
        coefficient, symbol = term.as_coeff_Mul()
        if not symbol.is_Symbol or not coefficient.is_Integer or coefficient < 0:
            raise RuleError(f"the last index of a sum is {moving}, which is not linear; rewrite it")
        total += int(coefficient) * least[symbol.name]
    return total
