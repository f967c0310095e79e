"""Cuts by trying everything: sets of variables, and all labellings by sides.

A labelling says for every index on which side it is counted, and for every place where an index may
change its side, or tied children may be counted together, what is done there. Its price is a
product (a sum over the branches of a sum); the cut is the smallest price of all labellings. The
functions here collect the prices of all labellings and take no minimum before the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import combinations, product
from math import comb, prod
from typing import Any

from brute.networks import NO_SIDE, SIDE_I, SIDE_J, children

Prices = frozenset[int]


def vertex_cut(network: Any) -> int:
    """The cheapest set of variables without which no leaf of I is joined to one of J.

    The price is the product of the dimensions; ties are not seen. Every set is tried.
    """
    count = len(network.dims)
    leaves = [v for v in range(count) if network.sides[v] != NO_SIDE]
    best = prod(network.dims[v] for v in leaves)
    for chosen in product((False, True), repeat=count):
        price = prod(dim for dim, cut in zip(network.dims, chosen, strict=True) if cut)
        if price < best and _separates(network, chosen, leaves):
            best = price
    return best


def _separates(network: Any, cut: Sequence[bool], leaves: Sequence[int]) -> bool:
    """Whether no component of what is left has leaves of both sides."""
    component: list[int] = []
    for v, parent in enumerate(network.parents):
        component.append(v if parent < 0 or cut[v] or cut[parent] else component[parent])
    sides: dict[int, set[int]] = {}
    for v in leaves:
        if not cut[v]:
            sides.setdefault(component[v], set()).add(network.sides[v])
    return all(len(found) == 1 for found in sides.values())


def index_recursion(circuit: Any, rows: Iterable[int], output_width: int = 1) -> int:
    """U1, U4, U5 on a circuit: the smallest price of all labellings of its unfolded tree.

    Prices only grow on their way up, so those above the shape of the whole matrix are dropped.
    """
    side_of = {i: SIDE_I if i in set(rows) else SIDE_J for i in range(len(circuit.dims))}
    nodes = circuit.nodes
    last = len(nodes) - 1
    shape = [prod(d for i, d in enumerate(circuit.dims) if side_of[i] == s) for s in (0, 1)]
    most = min(shape)

    def width(n: int) -> int:
        return output_width if n == last else nodes[n].width

    @cache
    def locations(n: int) -> frozenset[int]:
        if nodes[n].location is not None:
            return frozenset([nodes[n].location])
        return frozenset().union(*map(locations, nodes[n].children))

    @cache
    def prices(n: int, side: int) -> Prices:
        """The prices of all labellings below, the channels of node n counted on this side."""
        node = nodes[n]
        entries = [prod([circuit.dims[i] for i in locations(n) if side_of[i] == s]) for s in (0, 1)]
        shapes = {width(n) * entries[side], entries[1 - side]}
        if node.kind == "input":
            found = {1 if side_of[node.location] == side else node.width}
        elif node.kind == "constant":
            found = {1}
        elif node.kind == "product":
            alike = product(*[prices(c, side) for c in node.children])
            free = product(*[prices(c, SIDE_I) | prices(c, SIDE_J) for c in node.children])
            found = {prod(each) for each in alike} | {width(n) * prod(each) for each in free}
        else:
            branches = []
            for c in node.children:
                rho = min(nodes[c].width, width(n))
                branches.append(prices(c, side) | {rho * x for x in prices(c, 1 - side)})
            found = {sum(each) for each in product(*branches)}
        return frozenset(price for price in found | shapes if price <= most)

    return min(prices(last, SIDE_I) | prices(last, SIDE_J))


class Labellings:
    """The prices of all labellings of a block, with tied children counted together (U2)."""

    def __init__(self, block: Any, *, ties: bool = True) -> None:
        self.block, self.ties, self.children = block, ties, children(block)
        self.sent = cache(self._sent)
        self.met = cache(self._met)

    def tied_cut(self) -> int:
        """The smallest price for the whole block."""
        return min(self.sent(1, 0, SIDE_I) | self.sent(1, 0, SIDE_J))

    def _sent(self, x: int, y: int, side: int) -> Prices:
        """Of the part on x's side of the matrix between x and y, its index on this side."""
        rho = min(self.block.dims[x], self.block.dims[y])
        return self.met(x, y, side) | {rho * price for price in self.met(x, y, 1 - side)}

    def _met(self, x: int, y: int, side: int) -> Prices:
        """The same before the matrix: the index of variable x on this side."""
        block = self.block
        if x == 0:
            return frozenset([1])
        if not self.children[x]:
            here = block.sides[x]
            return frozenset([1 if here in {NO_SIDE, side} else block.dims[x]])
        members = [c for c in self.children[x] if c != y]
        above = [block.parents[x]] if block.parents[x] != y else []
        neighbours = [self.sent(n, x, SIDE_I) | self.sent(n, x, SIDE_J) for n in members + above]
        paid = {block.dims[x] * prod(each) for each in product(*neighbours)}
        groups: dict[int, list[int]] = {}
        for c in members:
            groups.setdefault(block.labels[c] if self.ties else c, []).append(c)
        parts = [self._group(x, group, side) for group in groups.values()]
        parts += [self.sent(q, x, side) for q in above]
        return frozenset(paid | {prod(each) for each in product(*parts)})

    def _group(self, x: int, group: Sequence[int], side: int) -> Prices:
        """Children of x that are read through one matrix."""
        rho = min(self.block.dims[x], self.block.dims[group[0]])
        found = set()
        for count in range(len(group) + 1):
            for moved in combinations(group, count):
                sent = [self.sent(c, x, 1 - side if c in moved else side) for c in group]
                price = comb(rho + count - 1, count)
                found |= {price * prod(each) for each in product(*sent)}
        classes: dict[Any, list[int]] = {}
        for c in group:
            alone = side in self._sides(c)
            classes.setdefault((c,) if alone else self._form(c), []).append(c)
        powers = []
        for equal in classes.values():
            m = len(equal)
            powers.append({comb(delta + m - 1, m) for delta in self.sent(equal[0], x, side)})
        return frozenset(found | {prod(each) for each in product(*powers)})

    def _sides(self, v: int) -> set[int]:
        """Sides of the leaves below."""
        below = self.children[v]
        found = {self.block.sides[v]} if not below else set().union(*map(self._sides, below))
        return found - {NO_SIDE}

    def _form(self, v: int) -> Any:
        """What makes two subtrees equal as tensors, sides apart."""
        below = self.children[v]
        kind = "inner" if below else "none" if self.block.sides[v] == NO_SIDE else "leaf"
        return (
            self.block.dims[v],
            kind,
            tuple(sorted((self.block.labels[c], self._form(c)) for c in below)),
        )

    def bridge(self, v: int) -> tuple[int, int, int, int, int]:
        """(rho, a, b, c, d) at the matrix above v: sizes of the parts on its two ends (U3)."""
        y = self.block.parents[v]
        rho = min(self.block.dims[v], self.block.dims[y])
        a, b = min(self.sent(y, v, SIDE_J)), min(self.sent(y, v, SIDE_I))
        return rho, a, b, min(self.sent(v, y, SIDE_J)), min(self.sent(v, y, SIDE_I))

    def star(self, v: int, side: int) -> list[tuple[int, int]]:
        """(a_p, u_p) of the parts that meet at v, seen from a side (U6)."""
        found = []
        for p in [*self.children[v], self.block.parents[v]]:
            pair = min(self.sent(p, v, SIDE_I)), min(self.sent(p, v, SIDE_J))
            found.append((pair[1 - side], min(pair)))
        return found
