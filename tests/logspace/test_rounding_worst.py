"""The bound on rounding in log-space against the worst arithmetic that its premises allow."""

import random
from itertools import chain

import flint
import pytest
from random_circuits import mixture, tree

from circuitalg.kernel.logspace.rounding import rounding_error


class Worst:
    """An arithmetic that errs in each operation by all that the premises allow, to one side."""

    def __init__(self, sign):
        self.sign = sign
        self.u = flint.arb(2) ** -53

    def off(self, x, times=1):
        """A result that is off by so many roundings."""
        return x + self.sign * abs(x) * self.u * times

    def given(self, x, low, high):
        """A logarithm from [low, high] as it may be given."""
        spread = (8 * max(abs(low), abs(high)) + 2) * self.u
        return None if x is None else x + self.sign * spread

    def exp(self, x):
        """Off by 8 u; underflow gives 0 or 2^-1020."""
        if x < -708:
            return flint.arb(2) ** -1020 if self.sign > 0 else flint.arb(0)
        return self.off(x.exp(), 8)

    def added(self, terms):
        """Each term is rounded as often as there are terms, and what is small is lost."""
        lost = flint.arb(2) ** -1021
        total = sum(terms, flint.arb(0)) + self.sign * len(terms) * lost
        return self.off(total if total > 0 else flint.arb(0), len(terms))

    def log_sum(self, row, column):
        """The steps of LogMatrix.times for one row."""
        top, peak = largest(row), largest(column)
        pairs = [(m, c) for m, c in zip(row, column, strict=True) if None not in (m, c)]
        if not pairs:
            return None
        terms = [self.exp(self.off(m - top)) * self.exp(self.off(c - peak)) for m, c in pairs]
        found = self.added(terms)
        if found > 1e-290:
            return self.off(self.off(self.off(found.log(), 8) + top) + peak)
        terms = [self.off(m + c) for m, c in pairs]
        top = largest(terms)
        found = self.added([self.exp(self.off(term - top)) for term in terms])
        return self.off(top + self.off(found.log(), 8))


def largest(logs):
    """Of the finite ones."""
    there = [x for x in logs if x is not None]
    return max(there, key=lambda x: float(x.mid())) if there else flint.arb(0)


def both_ways(circuit, weights, x, ranges, sign):
    """The output's logarithm by the worst arithmetic, and exactly, as balls."""
    worst = Worst(sign)
    values = []
    for node in circuit.nodes:
        below = [values[child] for child in node.children]
        if node.location is not None:
            exact = x[node.location]
            values.append(([worst.given(m, *ranges[1]) for m in exact], exact))
        elif node.kind == "product":
            channels = []
            for k in range(2):
                every = zip(*(child[k] for child in below), strict=True)
                channels.append([None if None in c else list(c) for c in every])
            exact = [c and sum(c, flint.arb(0)) for c in channels[1]]
            values.append(([c and pairwise(worst, c) for c in channels[0]], exact))
        else:
            tables = [weights[name] for name in node.matrices]
            exact = [list(chain(*rows)) for rows in zip(*tables, strict=True)]
            rows = [[worst.given(m, *ranges[0]) for m in row] for row in exact]
            columns = [list(chain(*(child[k] for child in below))) for k in range(2)]
            found = [worst.log_sum(row, columns[0]) for row in rows]
            values.append((found, [log_sum(row, columns[1]) for row in exact]))
    return values[-1][0][0], values[-1][1][0]


def pairwise(worst, terms):
    """Neighbours first, as pairwise_sum."""
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2], strict=False)
        terms = [worst.off(a + b) for a, b in pairs] + terms[len(terms) // 2 * 2 :]
    return terms[0]


def log_sum(row, column):
    """Exactly."""
    pairs = [(m, c) for m, c in zip(row, column, strict=True) if None not in (m, c)]
    return sum(((m + c).exp() for m, c in pairs), flint.arb(0)).log() if pairs else None


@pytest.mark.soundness
@pytest.mark.parametrize("zeros", ["none", "allowed"])
@pytest.mark.parametrize(
    "ranges",
    [
        ((0, 0), (0, 0)),
        ((-1, 0), (-1, 0)),
        ((-30, 5), (-40, 3)),
        ((-340, 0), (-335, 0)),
        ((-720, 0), (-10, 0)),
        ((-2000, 0), (-900, 900)),
    ],
)
def test_the_worst_arithmetic_that_is_allowed(ranges, zeros):
    """Every operation errs to one side by all it may: within the bound, above a quarter of it.

    No library is as bad, so measured errors alone would not show a constant that is too small.
    """
    closest = 0.0
    with flint.ctx.workprec(400):
        for seed in range(8):
            draw = random.Random(seed)
            circuit = (tree, mixture)[seed % 2](draw, draw.randint(2, 8), max_width=5)
            bound = float(rounding_error(circuit, *ranges, zeros))

            def number(low, high, draw=draw):
                if zeros == "allowed" and draw.random() < 0.2:
                    return None
                return flint.arb(draw.choice([low, high, draw.uniform(low, high)]))

            weights = {
                name: [[number(*ranges[0]) for _ in range(columns)] for _ in range(rows)]
                for name, (rows, columns) in circuit.parameters.items()
            }
            x = [[number(*ranges[1]) for _ in range(dim)] for dim in circuit.dims]
            for sign in (1, -1):
                found, wanted = both_ways(circuit, weights, x, ranges, sign)
                if (found is None) != (wanted is None):
                    pytest.fail("−∞ is exact")
                if found is None:
                    continue
                off = abs(found - wanted)
                if not off <= bound:
                    pytest.fail(f"seed {seed}: off by {off}, bound {bound}")
                closest = max(closest, float(off.mid()) / bound)
    if closest < 0.25:
        pytest.fail(f"the bound is {1 / closest:.2f} times what the worst arithmetic does")
