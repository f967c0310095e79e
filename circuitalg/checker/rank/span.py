"""The dimension count (L11), for a block with one leaf that stands alone on its side."""

from __future__ import annotations

from collections import Counter

from ..meter import Meter
from ..read import Refusal
from .network import Net


def span(net: Net, _: object, meter: Meter) -> int:
    """L11: bound from below the dimension of what all the rest sends to the leaf that is alone.

    At each variable the vectors that the part of the tree behind it makes, for all values of its
    leaves, span a space; the spaces are followed to the leaf.  Each step below is true off the
    zeros of a polynomial in the parameters, and so all are together.
    """
    meter.spend(10_000 * len(net.dim))
    count = Count(net, alone(net), meter)
    for x in reversed(count.order[1:]):
        count.pass_on(x)
    return count.sent[count.order[1]]  # what the leaf's only neighbour sends


def alone(net: Net) -> int:
    """Return the first leaf with a side that no other leaf has."""
    leaves = Counter(net.side)
    for v, side in enumerate(net.side):
        if side >= 0 and leaves[side] == 1:
            return v
    raise Refusal("a span rule needs a block with a leaf that stands alone on its side.")


class Count:
    """The dimensions of the spaces of vectors, on their way to the leaf `goal`.

    `held[x]` bounds the space at x that the part of the tree behind x makes, `sent[x]` its image
    one matrix closer to the leaf, at `toward[x]`.
    """

    def __init__(self, net: Net, goal: int, meter: Meter) -> None:
        self.net, self.kids, self.meter = net, net.children(), meter
        self.uses = Counter(net.above[1:])
        self.known: dict[int, tuple[int, list[int]]] = {}
        self.toward, self.order = {goal: -1}, [goal]
        for x in self.order:
            for n in self.behind(x):
                self.toward[n] = x
                self.order.append(n)
        self.held: dict[int, int] = {}
        self.sent: dict[int, int] = {}

    def behind(self, x: int) -> list[int]:
        """Return the neighbours of x but the one towards the leaf."""
        around = [*self.kids[x], self.net.parent[x]]
        return [n for n in around if n >= 0 and n != self.toward[x]]

    def fresh(self, v: int) -> bool:
        """Say whether the matrix above v is a parameter that occurs once."""
        label = self.net.above[v]
        return v > 0 and label >= 0 and self.uses[label] == 1

    def pass_on(self, x: int) -> None:
        """Bound the space at x, and what is sent on from there.

        Below a parameter that occurs once, fixed matrices may spread the channels of all children
        over x.  Then the parameter is a general tensor with a leg for each child, and it takes the
        tensor product of the spaces at all other legs to any dimension that fits.
        """
        y, behind = self.toward[x], self.behind(x)
        dim, upward = self.net.dim, y == self.net.parent[x]
        if not upward and self.spread(x):
            if not self.fresh(x):
                raise Refusal(f"a span rule needs a parameter of its own above variable {x}.")
            self.sent[x] = product([self.held[n] for n in behind], dim[y])
        else:
            self.held[x] = self.at(x, behind, upward)
            self.sent[x] = self.across(x if upward else y, x, y)
        if self.sent[x] < 1:
            raise Refusal(f"a span rule finds nothing that is sure to be sent by variable {x}.")

    def at(self, x: int, behind: list[int], upward: bool) -> int:
        """Bound the span of the products, channel by channel, of what is sent to x.

        With parameters that occur once, each channel may read one coordinate of each space, no two
        channels the same ones.  Beside one other space, each of them sends a vector without zeros.
        """
        dim = self.net.dim[x]
        if not behind:
            return dim if self.net.side[x] >= 0 else 1
        if upward and len(behind) > 1 and self.spread(x):
            return product([self.held[c] for c in behind], dim)
        tied = [n for n in behind if not self.fresh(n if self.net.parent[n] == x else x)]
        if len(behind) > 1 and len(tied) > 1:
            raise Refusal(f"a span rule cannot count the products at variable {x} of a block.")
        return product([self.sent[n] for n in tied or behind], dim)

    def across(self, v: int, x: int, y: int) -> int:
        """Bound the image of the space at x by matrix v, between x and y.

        A parameter that occurs once is as good as any matrix; any other has full rank, and what is
        lost lies in its kernel.
        """
        dim = self.net.dim
        if self.fresh(v):
            return min(dim[y], self.held[x])
        rank = min(dim[x], dim[y]) if self.net.above[v] >= 0 else self.fixed(v)[0]
        if rank < 0:
            raise Refusal(f"a span rule cannot count behind the fixed matrix {v} of a block.")
        return self.held[x] - (dim[x] - rank)

    def fixed(self, v: int) -> tuple[int, list[int]]:
        """Return the rank of a fixed matrix, and where its rows have their only entries.

        The rank, the number of columns with an entry, is -1 where a row has two entries that are
        not 0; the columns are empty where a row has not exactly one such entry, or it is not 1.
        """
        net, key = self.net, self.net.tie(v)
        if key not in self.known:
            rows, width = net.dim[net.parent[v]], net.dim[v]
            self.meter.spend(1000 * rows)
            if net.above[v] == -1:  # an identity
                self.known[key] = min(rows, width), list(range(rows)) if rows <= width else []
            else:
                entries = net.labels.entries(net.above[v], rows, width)
                found = [[(j, x) for j, x in enumerate(row) if x] for row in entries]
                rank = len({row[0][0] for row in found if row})
                unit = all(len(row) == 1 and row[0][1] == 1 for row in found)
                self.known[key] = (
                    rank if max(map(len, found)) <= 1 else -1,
                    [row[0][0] for row in found] if unit else [],
                )
        return self.known[key]

    def spread(self, x: int) -> bool:
        """Say whether fixed matrices spread the channels of all children over x, each tuple once.

        Then the products at x are the tensor products of what the children hold.
        """
        dim, kids = self.net.dim, self.kids[x]
        if not kids or any(self.net.above[c] >= 0 for c in kids):
            return False
        if self.meter.product([dim[c] for c in kids]) != dim[x]:
            return False
        self.meter.spend(200 * dim[x] * len(kids))
        tuples = [0] * dim[x]
        for c in kids:
            columns = self.fixed(c)[1]
            if not columns:
                return False
            tuples = [t * dim[c] + j for t, j in zip(tuples, columns, strict=True)]
        return len(set(tuples)) == dim[x]


def product(values: list[int], most: int) -> int:
    """Multiply positive numbers, but not beyond a bound."""
    found = 1
    for value in values:
        found = min(found * value, most)
    return found
