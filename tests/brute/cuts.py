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

from brute import partitions
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
    """The prices of all labellings of a block, with tied children counted together (U2, U9)."""

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
        by_symmetry = self._by_symmetry(x, y, (side,), 64)
        return frozenset(paid | {prod(each) for each in product(*parts)} | by_symmetry)

    def isotypic(self, v: int) -> Prices:
        """U9 at variable v: empty where no two of its children may be exchanged."""
        return self._by_symmetry(v, -1, (SIDE_I, SIDE_J), 1000)

    def _by_symmetry(self, x: int, y: int, sides: Sequence[int], limit: int) -> Prices:
        """At most one number: all partitions of all classes, each of them counted the best way."""
        if not self.ties:
            return frozenset()
        classes: dict[Any, list[int]] = {}
        for n in self.children[x]:
            if n != y:
                form = self.block.labels[n], self._form(n, sides=True)
                classes.setdefault(form, []).append(n)
        equal = [each for each in classes.values() if len(each) > 1]
        others = [each[0] for each in classes.values() if len(each) == 1]
        if self.block.parents[x] != y:
            others.append(self.block.parents[x])
        sent = {
            n: (min(self.sent(n, x, SIDE_I)), min(self.sent(n, x, SIDE_J)))
            for n in [*others, *[each[0] for each in equal]]
        }
        kinds = [
            [rows for rows in partitions.of(len(each)) if len(rows) <= min(sent[each[0]])]
            for each in equal
        ]
        if not equal or prod(map(len, kinds)) > limit:
            return frozenset()
        total = 0
        for chosen in product(*kinds):
            ways = []
            for pick, factor in [
                (lambda p: p[0], 1),
                (lambda p: p[1], 1),
                (min, self.block.dims[x]),
            ]:
                powers = [
                    partitions.dimension(rows, pick(sent[each[0]]))
                    for rows, each in zip(chosen, equal, strict=True)
                ]
                ways.append(factor * prod(pick(sent[n]) for n in others) * prod(powers))
            times = prod(partitions.tableaux(rows) for rows in chosen)
            total += times * min(*[ways[s] for s in sides], ways[2])
        return frozenset([total])

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
        far = [c for c in group if side not in self._sides(c)]
        if len(far) == 2 and self._form(far[0]) != self._form(far[1]):
            powers = [self.sent(c, x, side) for c in group if c not in far]
            powers.append(
                {
                    one * two - comb(max(one + two - rho, 0), 2)
                    for one, two in product(*[self.sent(c, x, side) for c in far])
                    if max(one, two) <= rho
                }
            )
        return frozenset(found | {prod(each) for each in product(*powers)})

    def _sides(self, v: int) -> set[int]:
        """Sides of the leaves below."""
        below = self.children[v]
        found = {self.block.sides[v]} if not below else set().union(*map(self._sides, below))
        return found - {NO_SIDE}

    def _form(self, v: int, *, sides: bool = False) -> Any:
        """What makes two subtrees equal as tensors, sides apart or included."""
        below, side = self.children[v], self.block.sides[v]
        kind = "inner" if below else "none" if side == NO_SIDE else str(side) if sides else "leaf"
        return (
            self.block.dims[v],
            kind,
            tuple(sorted((self.block.labels[c], self._form(c, sides=sides)) for c in below)),
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

    def pencils(self, v: int) -> list[tuple[int, int]]:
        """(a_p, b_p) of the parts that meet at v (U10)."""
        near = [*self.children[v], self.block.parents[v]]
        return [(min(self.sent(p, v, SIDE_J)), min(self.sent(p, v, SIDE_I))) for p in near]
