"""Circuits that are no trees, and any terms about them: branches, added ones, further bounds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from circuitalg.circuit.builder import CircuitBuilder
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import CircuitalgError
from circuitalg.kernel.rank import subcircuits, terms
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.spaces import sides_below

Lower = Callable[[Question], Any]
"""Makes a term about a smaller circuit."""


def mixture(draw: random.Random) -> Circuit:
    """Sums of products over two or three ways to divide a few locations, made of the same nodes."""
    made = _Made(draw, draw.randint(2, 5))
    whole = frozenset(range(len(made.dims)))
    tops = [made.product(whole, 0) for _ in range(draw.choice((1, 2, 2, 3)))]
    return made.builder.build(made.read(tops, draw.choice((1, 1, 2))))


class _Made:
    """Nodes by the locations below them, to be used again."""

    def __init__(self, draw: random.Random, count: int) -> None:
        self.draw, self.dims = draw, [draw.choice((1, 2, 2, 3, 4)) for _ in range(count)]
        self.builder = CircuitBuilder(count, self.dims)
        self.widths = {self.builder.input(i): dim for i, dim in enumerate(self.dims)}
        self.known: dict[frozenset[int], list[str]] = {}
        self.names: dict[tuple[int, int], list[str]] = {}
        self.tied, self.fixed = draw.choice((0, 0, 2)), draw.choice((0, 0, 6))
        self.again = draw.randint(1, 3)

    def width(self) -> int:
        return self.draw.choice((1, 2, 2, 3))

    def read(self, children: Sequence[str], width: int) -> str:
        """A sum, by parameters or fixed matrices."""
        labels = [self.label(width, self.widths[child]) for child in children]
        texts = [label if isinstance(label, str) else None for label in labels]
        tables = [None if isinstance(label, str) else label for label in labels]
        fixed = tables if any(tables) else None
        if fixed and len(fixed) == 1:
            node = self.builder.sum(*children, width=width, matrix=fixed[0])
        else:
            node = self.builder.sum(*children, width=width, parameter=texts, matrix=fixed)
        self.widths[node] = width
        return node

    def label(self, rows: int, columns: int) -> Any:
        """A new parameter, an earlier one, or a fixed matrix."""
        draw, known = self.draw, self.names.setdefault((rows, columns), [])
        if self.fixed and draw.randrange(self.fixed) == 0:
            return [[draw.choice((0, 1, 1, 2)) for _ in range(columns)] for _ in range(rows)]
        if not (self.tied and known and draw.randrange(self.tied)):
            known.append(f"w{sum(map(len, self.names.values()))}")
            return known[-1]
        return draw.choice(known)

    def over(self, scope: frozenset[int], depth: int) -> str:
        """A node over these locations, perhaps one that is there."""
        draw, found = self.draw, self.known.setdefault(scope, [])
        if found and draw.randrange(4) < self.again:
            return draw.choice(found)
        if len(scope) == 1:
            (place,) = scope
            node = self.builder.input(place)
            if draw.randrange(5):
                node = self.read([node], self.width())
        else:
            branches = draw.choice((1, 1, 2, 2, 3)) if depth < 3 else 1
            node = self.read([self.product(scope, depth) for _ in range(branches)], self.width())
        found.append(node)
        return node

    def product(self, scope: frozenset[int], depth: int) -> str:
        """A product of two nodes, or of sums above them."""
        places, width = self.draw.sample(sorted(scope), len(scope)), self.width()
        cut = self.draw.randint(1, len(places) - 1)
        halves = [self.over(frozenset(half), depth + 1) for half in (places[:cut], places[cut:])]
        for k, half in enumerate(halves):
            if self.widths[half] != width or self.draw.randrange(3) == 0:
                halves[k] = self.read([half], width)
        node = self.builder.product(*halves)
        self.widths[node] = width
        return node


def branches(draw: random.Random, question: Question, rest: Lower) -> Any:
    """Some parameters zero, mostly few of them: beside a sum of branches, or any."""
    circuit = question.circuit
    few = [m for node in circuit.nodes if len(node.children) > 1 for m in node.matrices]
    names = [m for m in few if isinstance(m, str)] if draw.randrange(3) else []
    names = sorted(set(names or circuit.parameters))
    chosen = draw.sample(names, min(len(names), draw.choice((1, 1, 2, 3))))
    zero = tuple(chosen if draw.randrange(20) == 0 else sorted(chosen))
    return terms.Branches(zero, rest(subcircuits.without(question, zero)))


def added(draw: random.Random, question: Question, rest: Lower) -> Any:
    """Channels for each branch of the output, at a location of either side and perhaps others."""
    sides, dims = question.bipartition, question.circuit.dims
    count = len(question.circuit.nodes[-1].children)
    for tries in range(9, -1, -1):
        places = {draw.choice(sides.I), draw.choice(sides.J)}
        parts = []
        for _ in range(count):
            own = places | set(draw.sample(range(len(dims)), draw.choice((0, 0, 1))))
            most = max(1, min(dims[place] for place in own) - count + 1)
            parts.append((draw.randint(1, most), tuple(sorted(own))))
        try:
            smaller = subcircuits.apart(question, tuple(parts))
        except CircuitalgError:
            if not tries:
                raise
            continue
        pairs = zip(parts, smaller, strict=True)
        return terms.Added(tuple(terms.Part(*part, rest(branch)) for part, branch in pairs))
    raise AssertionError


def sharpened(draw: random.Random, question: Question) -> Any:
    """Further bounds at some nodes: spaces with any nodes unfolded, cuts of the trees below."""
    nodes, at = question.circuit.nodes, list[Any]()
    for i, node in enumerate(nodes):
        for side in (0, 1) if node.children else ():
            if draw.randrange(2):
                at.append(terms.Spaces(i, side, unfolded(draw, question, i, side)))
            if draw.randrange(4) == 0:
                try:
                    blocks = subcircuits.cone(question, i, side).blocks
                except CircuitalgError:
                    continue
                at.append(terms.Below(i, side, (terms.TiedCut(),) * len(blocks)))
    return terms.Sharpened(tuple(at)) if at else terms.IndexRecursion()


def unfolded(draw: random.Random, question: Question, node: int, side: int) -> tuple[int, ...]:
    """Nodes that may be unfolded, mostly; at times one too many."""
    nodes, below = question.circuit.nodes, sides_below(question)
    share, found, stack = draw.choice((0.3, 0.7, 1.0)), set[int](), [node]
    while stack:
        i = stack.pop()
        if below[i] & (2 >> side):
            new = {c for c in nodes[i].children if nodes[c].children and draw.random() < share}
            stack += new - found
            found |= new
    if draw.randrange(400) == 0:
        found.add(draw.randrange(len(nodes)))
    return tuple(sorted(found))
