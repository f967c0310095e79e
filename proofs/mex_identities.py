"""MEX: the identities of the operator that SimNets are made of, in symbols.

Statement. MEX_β{c_i} = (1/β)·log((1/n)·Σ exp(β·c_i)) has the mean as its limit at β → 0, the
maximum at β → +∞ and the minimum at β → −∞. MEX of MEX over blocks of one size is MEX of all.
A shift of all c_i shifts it, MEX_{β/s}{s·c_i} = s·MEX_β{c_i}, and MEX_{−β}{−c_i} = −MEX_β{c_i}. It
grows with β, for its derivative is Σ p_i·log(n·p_i)/β² with p_i = exp(βc_i)/Σ exp(βc_j), a relative
entropy over β²; so it lies between mean and maximum for β ≥ 0. With β = 1 and offsets
log a_i + log n it is the logarithm of a weighted sum, log Σ a_i·exp(c_i): the network in log-space.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), appendix E; Cohen and Shashua, SimNets, 2014.

Sizes. n = 2 and 3 values, blocks of 2 × 2 and 2 × 3. Values of any number and size are tried by the
tests of circuitalg.logspace.mex. With --values: this n.

Nearby and false. Blocks of different sizes do not collapse: MEX of MEX(a) and MEX(b, c) gives
half of the weight to a. MEX_β{s·c_i} is not s·MEX_β{c_i}.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

import circuitalg as ca

SOURCE = "App. E"
BETA = sp.Symbol("beta", positive=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Show every identity."""
    with ca.Session.from_arguments(__doc__, {"values": []}, arguments) as session:
        for count in session.sizes["values"] or (2, 3):
            c = sp.symbols(f"c1:{count + 1}", real=True)
            identities(session, c)
            slope(session, c)
            limits(session, count)
            log_space(session, c)
        for rows, columns in [(2, 2)] if session.sizes["values"] else [(2, 2), (2, 3)]:
            collapse(session, rows, columns)


def mex(values: Sequence[sp.Expr], beta: sp.Expr = BETA) -> sp.Expr:
    """The definition."""
    return sp.log(sum(sp.exp(beta * c) for c in values) / len(values)) / beta


def equal(first: sp.Expr, second: sp.Expr) -> bool:
    """Equality, decided on the exponentials, which are sums of exponentials of the symbols."""
    sides = [sp.expand(sp.powsimp(sp.expand(sp.exp(side)))) for side in (first, second)]
    return sp.simplify(sides[0] - sides[1]) == 0


def identities(session: ca.Session, c: Sequence[sp.Symbol]) -> None:
    """Shift, scale and reflection."""
    shift, scale = sp.Symbol("t", real=True), sp.Symbol("s", positive=True)
    with claimed(session, "MEX: shift, scale, reflection", f"n={len(c)}") as claim:
        moved = mex([x + shift for x in c])
        claim.expect(equal(BETA * moved, BETA * (mex(c) + shift)), "a shift does not shift it")
        scaled = mex([scale * x for x in c], BETA / scale)
        claim.expect(equal(BETA / scale * scaled, BETA * mex(c)), "scaling differs")
        turned = mex([-x for x in c], -BETA)
        claim.expect(equal(-BETA * turned, BETA * mex(c)), "reflection differs")
        claim.computed("three identities", "SymPy")


def collapse(session: ca.Session, rows: int, columns: int) -> None:
    """MEX of the blocks' MEX is MEX of all."""
    table = [sp.symbols(f"c{i}_1:{columns + 1}", real=True) for i in range(rows)]
    with claimed(session, "MEX of MEX over equal blocks collapses", f"{rows}×{columns}") as claim:
        nested, whole = mex([mex(row) for row in table]), mex([c for row in table for c in row])
        claim.expect(equal(BETA * nested, BETA * whole), "the blocks do not collapse")
        claim.computed("equal", "SymPy")


def slope(session: ca.Session, c: Sequence[sp.Symbol]) -> None:
    """The derivative in β is a relative entropy over β², so not negative (Gibbs)."""
    with claimed(session, "MEX grows with β: relative entropy", f"n={len(c)}") as claim:
        total = sum(sp.exp(BETA * x) for x in c)
        logarithms = [BETA * x - sp.log(total) for x in c]  # of p_i
        entropy = sum(
            sp.exp(BETA * x) / total * (sp.log(len(c)) + each)
            for x, each in zip(c, logarithms, strict=True)
        )
        difference = sp.diff(mex(c), BETA) - entropy / BETA**2
        claim.expect(
            sp.simplify(sp.expand_log(difference, force=True)) == 0, "the derivative differs"
        )
        claim.computed("dMEX/dβ = Σ p·log(n·p)/β²", "SymPy")


def limits(session: ca.Session, count: int) -> None:
    """At 0 and at the infinities, the values a, a + d_1, … in increasing order."""
    a = sp.Symbol("a", real=True)
    steps = sp.symbols(f"d1:{count}", positive=True)
    values = [a + sum(steps[:k]) for k in range(count)]
    with claimed(session, "MEX: mean, maximum and minimum as limits", f"n={count}") as claim:
        at_zero = sp.limit(mex(values), BETA, 0)
        claim.expect(sp.simplify(at_zero - sum(values) / count) == 0, "it is not the mean at 0")
        # exp(β(c_i − max)) → 0 for the smaller ones, so what is left of the logarithm is bounded.
        rest = mex([value - values[-1] for value in values]) * BETA
        claim.expect(sp.limit(rest, BETA, sp.oo) == -sp.log(count), "the limit is not the maximum")
        low = mex([value - values[0] for value in values], -BETA) * -BETA
        claim.expect(sp.limit(low, BETA, sp.oo) == -sp.log(count), "the limit is not the minimum")
        claim.computed("mean, maximum, minimum", "SymPy")


def log_space(session: ca.Session, c: Sequence[sp.Symbol]) -> None:
    """MEX_1 with offsets log a_i + log n is log Σ a_i·exp(c_i)."""
    weights = sp.symbols(f"a1:{len(c) + 1}", positive=True)
    with claimed(session, "log of a weighted sum is MEX with offsets", f"n={len(c)}") as claim:
        offsets = [sp.log(a) + sp.log(len(c)) for a in weights]
        moved = mex([x + b for x, b in zip(c, offsets, strict=True)], sp.Integer(1))
        plain = sp.log(sum(a * sp.exp(x) for a, x in zip(weights, c, strict=True)))
        claim.expect(equal(moved, plain), "it is not the logarithm of the sum")
        claim.computed("equal", "SymPy")


def claimed(session: ca.Session, statement: str, sizes: str) -> ca.Claim:
    """A claim of appendix E."""
    return session.claim(statement, sizes, SOURCE)


if __name__ == "__main__":
    main()
