"""The messages of a block, and the tied cut (U2)."""

from __future__ import annotations

import functools
import itertools

from ..meter import Meter
from ..read import Refusal
from .network import Net

Message = tuple[int, int]  # m(x->y, s) for s = I, J


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
        self.leaves = [0] * len(net.dim)  # bits: leaves of side I, of side J below v
        self.forms: dict[tuple[int, ...], int] = {}
        keep = {0}
        while target > 0:
            keep.add(target)
            target = net.parent[target]
        for v in range(len(net.dim) - 1, 0, -1):
            self.message[v] = self.with_matrix(self.below(v), v)
            self.describe(v)
            if v not in keep:
                for child in self.kids[v]:
                    del self.message[child]

    def describe(self, v: int) -> None:
        """Number the canonical form below v, up to the order of children and sides of leaves."""
        kids, side = self.kids[v], self.net.side[v]
        self.leaves[v] = 1 << side if side >= 0 else 0
        pairs = []
        for child in kids:
            self.leaves[v] |= self.leaves[child]
            pairs.append((self.net.tie(child), self.form[child]))
        kind = 2 if kids else int(side >= 0)
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
        if self.kids[v]:
            return self.combine(v, self.kids[v], None)
        side, dim = self.net.side[v], self.net.dim[v]
        return (1, 1) if side < 0 else (1, dim) if side == 0 else (dim, 1)

    def combine(self, x: int, kids: list[int], other: Message | None) -> Message:
        """Bound the parts that meet at x: these children, and perhaps what is above x.

        Either x is summed over, each of its values giving a Kronecker product of slices; or the
        matrix is a choice of rows of the Kronecker product of the parts, where children behind one
        matrix may be counted together.
        """
        incoming = [self.message[c] for c in kids] + ([] if other is None else [other])
        slices = self.net.dim[x] * self.meter.product([min(m) for m in incoming])
        groups: dict[int, list[int]] = {}
        for c in kids:
            groups.setdefault(self.net.tie(c), []).append(c)
        result = []
        for s in (0, 1):
            factors = [] if other is None else [other[s]]
            for group in groups.values():
                if len(group) == 1:
                    factors.append(self.message[group[0]][s])
                else:
                    factors.append(min(self.moved(group, s), self.classes(group, s)))
            result.append(min(slices, self.meter.product(factors)))
        self.meter.spend(5000 + 3000 * len(kids) + sum(result).bit_length() / 8)
        return result[0], result[1]

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

    def classes(self, group: list[int], s: int) -> int:
        """Count together the members of a tied group that send the same tensors.

        n children with equal subtrees and no leaf of side s send x to the n-th tensor power of one
        vector, which runs through a space of dimension at most delta: C(delta+n-1, n).
        """
        factors = []
        same: dict[int, list[int]] = {}
        for c in group:
            if self.leaves[c] >> s & 1:
                factors.append(self.message[c][s])
            else:
                same.setdefault(self.form[c], []).append(c)
        for members in same.values():
            delta = max(self.message[c][s] for c in members)
            factors.append(self.meter.multichoose(delta, len(members)))
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
