"""The worst arithmetic in log-space that the premises of `LogSpaceError` allow."""

from itertools import chain

import flint


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
        if x is None:
            return None
        return x + self.sign * (8 * max(abs(low), abs(high)) + 2) * self.u

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
    """The outputs' logarithms by the worst arithmetic, and exactly: pairs of balls, None for −∞.

    Only the description of the circuit is read; weights and x are logarithms, as balls or None.
    """
    worst = Worst(sign)
    values = []
    for node in circuit.nodes:
        below = [values[child] for child in node.children]
        if node.location is not None:
            exact = x[node.location]
            values.append(([worst.given(m, *ranges[1]) for m in exact], exact))
        elif node.kind == "constant":
            values.append(([flint.arb(0)] * node.width,) * 2)
        elif node.kind == "product":
            channels = []
            for k in range(2):
                every = zip(*(child[k] for child in below), strict=True)
                channels.append([None if None in c else list(c) for c in every])
            exact = [c and sum(c, flint.arb(0)) for c in channels[1]]
            values.append(([c and pairwise(worst, c) for c in channels[0]], exact))
        else:
            tables = [
                weights[label] if isinstance(label, str) else logarithms(label)
                for label in node.matrices
            ]
            exact = [list(chain(*rows)) for rows in zip(*tables, strict=True)]
            about = [
                [ranges[0] if isinstance(label, str) else None for _ in table[0]]
                for label, table in zip(node.matrices, tables, strict=True)
            ]
            about = list(chain(*about))
            rows = [
                [worst.given(m, *(ends or (m, m))) for m, ends in zip(row, about, strict=True)]
                for row in exact
            ]
            columns = [list(chain(*(child[k] for child in below))) for k in range(2)]
            found = [worst.log_sum(row, columns[0]) for row in rows]
            values.append((found, [log_sum(row, columns[1]) for row in exact]))
    return list(zip(*values[-1], strict=True))


def logarithms(rows):
    """Of a fixed matrix, as balls."""
    return [
        [flint.arb(flint.fmpq(x.numerator, x.denominator)).log() if x else None for x in row]
        for row in rows
    ]


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
