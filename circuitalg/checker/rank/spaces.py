"""Bounds for single nodes that sharpen the index recursion: shared spaces (U8), trees below."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ..circuit import INPUT, PRODUCT, SUM, Circuit
from ..read import MAX_NODES, Refusal
from ..schema import Schema, Subject, integer, listed
from ..verdict import tally

MAX_PRODUCTS = 2_000  # of spaces, at one node
MAX_FACTORS = 100_000  # of these products together
AT: Schema = {"node": integer(0, MAX_NODES), "side": integer(0, 1)}
SPACES: Schema = {**AT, "unfolded": listed(integer(0, MAX_NODES))}
NAMES = {"Spaces": "shared spaces", "Below": "a tree"}

Rule = dict[str, Any]
Product = frozenset[int]  # nodes whose spaces are multiplied


class NodeBounds:
    """Further bounds of f(n, s) at some nodes, for an index recursion that is under way.

    `factor` bounds the rank of a tree circuit with the block rules of `Below`.
    """

    def __init__(
        self, subject: Subject, rules: list[Rule], factor: Callable[[Subject, list[Rule]], int]
    ) -> None:
        self.subject, self.factor = subject, factor
        self.rules: dict[int, list[Rule]] = {}  # by node
        self.known: dict[int, Sequence[int]] = {}  # f at nodes that spaces may need
        self.held = 0  # bits of these numbers
        if not rules:
            raise Refusal("a sharpened recursion has no bounds for nodes.")
        self.needed: set[int] = set()
        circuit, last = subject.circuit, (-1, 0, 0)
        for rule in rules:
            node = rule["node"]
            key = (node, rule["side"], list(NAMES).index(rule["kind"]))
            if key <= last:
                raise Refusal(
                    "the bounds of a sharpened recursion must be in increasing order of node, side"
                    " and kind, none twice."
                )
            last = key
            opened = [node, *rule.get("unfolded", ())]
            for n in opened:
                if not (n < len(circuit.kinds) and circuit.kinds[n] in (SUM, PRODUCT)):
                    raise Refusal(f"node number {n} is not a sum or product, and not bounded so.")
            if rule["kind"] == "Spaces":
                subject.meter.spend(100 * sum(5 + len(circuit.children[n]) for n in opened))
                self.needed.update(*(circuit.children[n] for n in opened))
            self.rules.setdefault(node, []).append(rule)
        self.reached = sides_below(subject)

    @property
    def name(self) -> str:
        """Say what the bounds are."""
        return tally([NAMES[rule["kind"]] for rules in self.rules.values() for rule in rules])

    def lowered(self, node: int, width: int, found: Sequence[int]) -> Sequence[int]:
        """Return f(node, I), f(node, J) with the bounds at this node; nodes come in order.

        Each slice of the matrix is one of the other side's, so f(n, s) <= w f(n, other).
        """
        if node in self.rules:
            f = list(found)
            for rule in self.rules[node]:
                value = self.spaces(rule) if rule["kind"] == "Spaces" else self.tree(rule)
                f[rule["side"]] = min(f[rule["side"]], value)
            found = [min(f[s], self.subject.meter.product((width, f[1 - s]))) for s in (0, 1)]
        if node in self.needed:
            self.known[node] = found
            self.held += sum(map(int.bit_length, found))
        return found

    def spaces(self, rule: Rule) -> int:
        """U8: bound the span of a node's tensors over the locations of the other side, t.

        It lies in the tensor product of the children's at a product, in their sum at a sum.  So it
        lies in the sum of products of the spaces of atoms, the nodes that are not unfolded; equal
        products are one space.  f(a, s) is the dimension of an atom's: its rank with its index on
        side s.
        """
        side, meter = rule["side"], self.subject.meter
        found = products(self.subject, rule, self.reached)
        meter.spend(1000 * (len(found) + sum(map(len, found))))
        return sum(meter.product([self.known[a][side] for a in product]) for product in found)

    def tree(self, rule: Rule) -> int:
        """Bound the rank below a node as a tree circuit's, the node's index being a location."""
        node, side = rule["node"], rule["side"]
        if not self.reached[node] >> (1 - side) & 1:
            raise Refusal(f"node number {node} has all its locations on side {'IJ'[side]}.")
        return self.factor(tree_below(self.subject, node, side), rule["blocks"])


def sides_below(subject: Subject) -> bytearray:
    """Return the sides of the locations below each node, as bits."""
    circuit, found = subject.circuit, bytearray(len(subject.circuit.kinds))
    for n, children in enumerate(circuit.children):
        subject.meter.spend(300 + 50 * len(children))
        if circuit.kinds[n] == INPUT:
            found[n] = 1 << subject.sides[circuit.places[n]]
        for c in children:
            found[n] |= found[c]
    return found


def products(subject: Subject, rule: Rule, reached: bytearray) -> set[Product]:
    """Return the products of atoms' spaces over side t whose sum holds the node's space."""
    circuit, meter = subject.circuit, subject.meter
    node, unfolded, t = rule["node"], rule["unfolded"], 1 - rule["side"]
    if any(n >= m for n, m in itertools.pairwise([*unfolded, node])):
        raise Refusal("unfolded nodes must be in increasing order, below the node of the bound.")
    below = {node}  # what is needed
    for n in (node, *reversed(unfolded)):
        if n not in below:
            raise Refusal(f"node number {n} is unfolded, but the bound does not need that.")
        if reached[n] >> t & 1:
            below.update(circuit.children[n])
    found: dict[int, set[Product]] = {}
    for n in (*unfolded, node):
        parts = []
        for c in circuit.children[n]:
            here = frozenset([c] if reached[c] >> t & 1 else [])
            parts.append(found.get(c, {here}))
        meter.spend(300 * sum(2 + len(part) for part in parts))
        if not reached[n] >> t & 1:
            found[n] = {frozenset()}
        elif circuit.kinds[n] == SUM:
            found[n] = added(parts)
        else:
            found[n] = multiplied(parts)
        meter.spend(1000 * sum(1 + len(product) for product in found[n]))
    return found[node]


def limited(count: int, factors: int) -> None:
    """Refuse too many products of spaces."""
    if count > MAX_PRODUCTS or factors > MAX_FACTORS:
        raise Refusal(
            f"shared spaces have more than {MAX_PRODUCTS} products, or {MAX_FACTORS} factors."
        )


def added(parts: list[set[Product]]) -> set[Product]:
    """Return all products of a sum's children, each once."""
    found: set[Product] = set()
    for part in parts:
        found |= part
        limited(len(found), 0)
    limited(len(found), sum(map(len, found)))
    return found


def multiplied(parts: list[set[Product]]) -> set[Product]:
    """Return all unions of one product of each child; children have no location in common."""
    common = frozenset().union(*(product for part in parts if len(part) == 1 for product in part))
    several = [part for part in parts if len(part) > 1]
    count = 1
    for part in several:
        count *= len(part)
        limited(count, 0)
    factors = sum(count // len(part) * sum(map(len, part)) for part in several)
    limited(count, factors + count * len(common))
    return {common.union(*choice) for choice in itertools.product(*several)}


def tree_below(subject: Subject, node: int, side: int) -> Subject:
    """Return what is below a node as a tree circuit, the node's channels being a new location.

    Its output is a parameter's row times the product of the node and an input of this side, so at
    weights of one its matrix is the node's, the channel index counted on the side.
    """
    circuit, meter, last = subject.circuit, subject.meter, len(subject.circuit.kinds) - 1
    if node == last:
        raise Refusal("the output is not bounded as a tree below a node.")
    found, todo = {node}, [node]
    while todo:
        n = todo.pop()
        children = circuit.children[n]
        meter.spend(10_000 + 1000 * len(children))
        if (circuit.kinds[n] == SUM and len(children) > 1) or not found.isdisjoint(children):
            raise Refusal(f"what is below node number {node} is not a tree circuit.")
        found.update(children)
        todo.extend(children)
    order = sorted(found)
    number = {n: i for i, n in enumerate(order)}
    places = [circuit.places[n] for n in order if circuit.kinds[n] == INPUT]
    place = {location: i for i, location in enumerate(places)}
    used = dict.fromkeys(r for n in order for r in circuit.refs[n] if r >= 0)
    ref = {r: i for i, r in enumerate(used)}
    size, width = len(order), circuit.widths[node]
    tree = Circuit(
        kinds=[*(circuit.kinds[n] for n in order), INPUT, PRODUCT, SUM],
        widths=[*(circuit.widths[n] for n in order), width, width, 1],
        places=[*(place.get(circuit.places[n], -1) for n in order), len(places), -1, -1],
        children=[
            *([number[c] for c in circuit.children[n]] for n in order),
            [],
            [number[node], size],
            [size + 1],
        ],
        refs=[*([ref.get(r, r) for r in circuit.refs[n]] for n in order), [], [], [len(used)]],
        uses=[1] * (size + 2) + [0],
        shapes=[*(circuit.shapes[r] for r in used), (1, width)],
        matrices=circuit.matrices,
        dims=[*(circuit.dims[p] for p in place), width],
    )
    return Subject(tree, bytes([*(subject.sides[p] for p in places), side]), 0, meter)
