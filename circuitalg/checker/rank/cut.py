"""The messages of a block, and the tied cut (U2)."""

from __future__ import annotations

import functools
import itertools
from typing import Any

from ..meter import Meter
from ..read import Refusal
from .network import Net
from .schur import Row, isotypic_rows

Message = tuple[int, int]  # m(x->y, s) for s = I, J
SHORT = 512  # bits of a message that is kept for equal subtrees
MAX_CHOICES = 64  # of partitions, in a message
MAX_RULE_CHOICES = 1_000  # in a rule of its own


class Cut:
    """The messages of the tied cut of a block.

    T(x, y, s) bounds the rank of the part of the block on x's side of the matrix between x and y,
    x's index being counted on side s; m(x->y, s) = min(T(x, y, s), rho T(x, y, other)) with
    rho = min(w_x, w_y) is the same with the matrix included and y's index counted on side s.
    """

    def __init__(self, net: Net, meter: Meter, target: int = 0) -> None:
        if not target < len(net.dim):
            raise Refusal(f"a block has no variable {target}.")
        self.net, self.meter = net, meter
        self.kids = net.children()
        self.message: dict[int, Message] = {}  # from v to its parent
        self.form = [0] * len(net.dim)  # number of the canonical form of the subtree at v
        self.known: dict[int, Message] = {}  # T(v, parent) by form, where it is short
        self.leaves = [0] * len(net.dim)  # bits: leaves of side I, of side J below v
        self.forms: dict[tuple[int, ...], int] = {}
        keep = {0}
        while target > 0:
            keep.add(target)
            target = net.parent[target]
        for v in range(len(net.dim) - 1, 0, -1):
            self.describe(v)
            self.message[v] = self.with_matrix(self.below(v), v)
            if v not in keep:
                for child in self.kids[v]:
                    del self.message[child]

    def describe(self, v: int) -> None:
        """Number the canonical form below v, sides included, up to the order of children."""
        kids, side = self.kids[v], self.net.side[v]
        self.leaves[v] = 1 << side if side >= 0 else 0
        pairs = []
        for child in kids:
            self.leaves[v] |= self.leaves[child]
            pairs.append((self.net.tie(child), self.form[child]))
        kind = 2 if kids else side
        flat = (self.net.dim[v], kind, *itertools.chain.from_iterable(sorted(pairs)))
        self.form[v] = self.forms.setdefault(flat, len(self.forms))

    def rho(self, v: int) -> int:
        """Return the largest rank of the matrix above v."""
        return min(self.net.dim[v], self.net.dim[self.net.parent[v]])

    def with_matrix(self, parts: Message, v: int) -> Message:
        """Send T through matrix v."""
        rho = self.rho(v)
        return min(parts[0], rho * parts[1]), min(parts[1], rho * parts[0])

    def below(self, v: int) -> Message:
        """Return T(v, parent)."""
        if not self.kids[v]:
            side, dim = self.net.side[v], self.net.dim[v]
            return (1, 1) if side < 0 else (1, dim) if side == 0 else (dim, 1)
        if self.form[v] not in self.known:
            parts = self.combine(v, self.kids[v], None)
            if max(parts).bit_length() > SHORT:
                return parts
            self.known[self.form[v]] = parts
        return self.known[self.form[v]]

    def combine(self, x: int, kids: list[int], other: Message | None) -> Message:
        """Bound the parts that meet at x: these children, and perhaps what is above x.

        Either x is summed over, each of its values giving a Kronecker product of slices; or the
        matrix is a choice of rows of the Kronecker product of the parts, where children behind one
        matrix may be counted together.  Where some are equal, both may be done block by block.
        """
        incoming = [self.message[c] for c in kids] + ([] if other is None else [other])
        slices = self.net.dim[x] * self.meter.product([min(m) for m in incoming])
        groups = self.groups(kids)
        equal = len(kids) > sum(map(len, groups))
        rows = self.rows(x, groups, other, MAX_CHOICES) if equal else None
        result = []
        for s in (0, 1):
            factors = [] if other is None else [other[s]]
            for group in groups:
                if len(group) == len(group[0]) == 1:
                    factors.append(self.message[group[0][0]][s])
                else:
                    members = list(itertools.chain.from_iterable(group))
                    factors.append(min(self.moved(members, s), self.together(group, s)))
            value = min(slices, self.meter.product(factors))
            if rows:
                value = min(value, sum(times * min(row[s], row[2]) for times, row in rows))
            result.append(value)
        self.meter.spend(5000 + 3000 * len(kids) + sum(result).bit_length() / 8)
        return result[0], result[1]

    def groups(self, kids: list[int]) -> list[list[list[int]]]:
        """Return groups of children behind one matrix, divided into classes of equal subtrees."""
        found: dict[int, dict[int, list[int]]] = {}
        for c in kids:
            found.setdefault(self.net.tie(c), {}).setdefault(self.form[c], []).append(c)
        return [list(group.values()) for group in found.values()]

    def rows(
        self, x: int, groups: list[list[list[int]]], other: Message | None, limit: int
    ) -> list[Row] | None:
        """Bound the blocks into which equal parts at x divide a matrix; None beyond the limit."""
        classes, rest = [], [] if other is None else [other]
        for members in itertools.chain.from_iterable(groups):
            message = self.message[members[0]]
            if len(members) > 1:
                classes.append((len(members), message))
            else:
                rest.append(message)
        i, j, u = (self.meter.product([(*m, min(m))[k] for m in rest]) for k in range(3))
        slices = self.meter.product((self.net.dim[x], u))
        return isotypic_rows(classes, (i, j, slices), limit, self.meter)

    def moved(self, group: list[int], s: int) -> int:
        """Count some members of a tied group with x's index on the other side.

        k children behind one matrix W of rank rho see x through the k-th power of a row of W, in a
        space of dimension C(rho+k-1, k) that pure powers span; so k of them may be moved at that
        price.  Those with the smallest ratio m(other)/m(s) are moved; among equal ratios the value
        is log-concave in k, so its least value is at the ends.
        """
        counts: dict[Message, int] = {}
        for c in group:
            pair = (self.message[c][s], self.message[c][1 - s])
            counts[pair] = counts.get(pair, 0) + 1
            self.meter.spend(pair[0].bit_length() / 16)

        def ratio(a: Message, b: Message) -> int:
            product = self.meter.product
            left, right = product((a[1], b[0])), product((b[1], a[0]))
            return (left > right) - (left < right)

        pairs = sorted(counts, key=functools.cmp_to_key(ratio))
        power, product = self.meter.power, self.meter.product
        stay = [1]
        for pair in reversed(pairs):
            stay.append(product((stay[-1], power(pair[0], counts[pair]))))
        stay.reverse()
        best, gone, number = stay[0], 1, 0
        for i, pair in enumerate(pairs):
            number += counts[pair]
            gone = product((gone, power(pair[1], counts[pair])))
            choices = self.meter.multichoose(self.rho(group[0]), number)
            best = min(best, product((choices, gone, stay[i + 1])))
        return best

    def together(self, group: list[list[int]], s: int) -> int:
        """Count together the members of a tied group that send the same tensors.

        n children with equal subtrees and no leaf of side s send x to the n-th tensor power of one
        vector, which runs through a space of dimension at most delta: C(delta+n-1, n).  Two of
        different subtrees send L1 L2 in Sym^2(k^rho), the image of L1 (x) L2, whose kernel contains
        the alternating tensors over the intersection of L1 and L2.
        """
        factors, powers = [], []
        for members in group:
            count, delta = len(members), self.message[members[0]][s]
            if self.leaves[members[0]] >> s & 1:
                factors.append(self.meter.power(delta, count))
            else:
                powers.append((delta, count))
        if [count for _, count in powers] == [1, 1]:
            first, second = (delta for delta, _ in powers)
            common = max(0, first + second - self.rho(group[0][0]))
            factors.append(first * second - common * (common - 1) // 2)
        else:
            factors += [self.meter.multichoose(*power) for power in powers]
        return self.meter.product(factors)

    def downward(self, v: int) -> Message:
        """Return m(parent->v), along the path from the root."""
        path = [v]
        while self.net.parent[path[-1]] > 0:
            path.append(self.net.parent[path[-1]])
        message: Message = (1, 1)  # the root has dimension 1 and nothing else
        for x in reversed(path):
            y = self.net.parent[x]
            if y > 0:
                message = self.combine(y, [c for c in self.kids[y] if c != x], message)
            message = self.with_matrix(message, x)
        return message


def tied_cut(net: Net, _: object, meter: Meter) -> int:
    """U2: the cut of a block, with tied matrices counted together."""
    return min(Cut(net, meter).message[1])


def isotypic(net: Net, rule: dict[str, Any], meter: Meter) -> int:
    """U9: at variable v the whole matrix, block by block over the partitions of equal children."""
    v = rule["variable"]
    cut = Cut(net, meter, v)
    above = cut.downward(v)
    groups = cut.groups(cut.kids[v])
    if all(len(members) < 2 for group in groups for members in group):
        raise Refusal(f"no two children of variable {v} of a block are equal, sides included.")
    rows = cut.rows(v, groups, above, MAX_RULE_CHOICES)
    if rows is None:
        raise Refusal(
            f"an isotypic rule at variable {v} of a block has more than {MAX_RULE_CHOICES} choices"
            " of partitions."
        )
    return sum(times * min(row) for times, row in rows)
