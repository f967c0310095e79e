"""SignedSplit: a network as the difference of two non-negative ones."""

from __future__ import annotations

from collections.abc import Sequence

from ..circuit import CONSTANT, INPUT, KINDS, PRODUCT, SUM, Circuit, fold
from ..meter import Meter
from ..read import Matrix, Refusal, brief
from ..schema import Claim, Kind, circuit
from ..verdict import network_lines

Pair = tuple[int | None, int | None]  # nodes p, m of the split for p - m; none is zero
Label = tuple[str, int] | tuple[str, int, int, int]
"""("+", ref) or ("-", ref), a part of what stands there, or ("unit", rows, columns, shift)."""


def signed_split(claim: Claim) -> list[str]:
    """By induction each node of the circuit is p - m for its pair of nodes of the split."""
    network: Circuit = claim.said["circuit"]
    given: Circuit = claim.said["split"]
    if any(name.endswith(("+", "-")) for name in network.parameters):
        raise Refusal("a parameter's name ends in + or -.")
    Split(network, given, claim.meter).compare()
    outputs = network.widths[-1]
    return [
        *network_lines(network),
        "Its split:",
        *network_lines(given),
        (
            "For all matrices W+, W- (one of each for every parameter W of the network) and all"
            " inputs, the network at the weights W = W+ - W- has as its outputs the first"
            f" {outputs} minus the last {outputs} outputs of the split at W+, W-."
        ),
        (
            "No fixed entry of the split is negative, so it is a network of non-negative numbers"
            " wherever W+, W- and the inputs are non-negative."
        ),
    ]


class Split:
    """Says which nodes the split of a circuit has, and compares each with the given network's."""

    def __init__(self, network: Circuit, given: Circuit, meter: Meter) -> None:
        self.network, self.given, self.meter = network, given, meter
        self.count = 0
        self.known: set[tuple[int, Label]] = set()
        self.signs: list[set[str]] = []  # of the entries of each fixed matrix
        for matrix in network.matrices:
            meter.spend(100 * len(matrix) * len(matrix[0]))
            self.signs.append({"+" if x > 0 else "-" for row in matrix for x in row if x})

    def node(
        self,
        kind: int,
        width: int,
        children: Sequence[int],
        labels: Sequence[Label] = (),
        place: int = -1,
    ) -> int:
        """Compare the next node; return its number."""
        number, given = self.count, self.given
        self.meter.spend(300 * (1 + len(children)))
        if number >= len(given.kinds):
            raise Refusal(f"the split has {len(given.kinds)} nodes; it needs more.")
        here = f"node {brief(given.names[number])} of the split"
        if (given.kinds[number], given.widths[number]) != (kind, width):
            raise Refusal(f"{here} must be of kind {list(KINDS)[kind]} and width {width}.")
        if given.places[number] != place:
            raise Refusal(f"{here} must have the location {place}.")
        if given.children[number] != list(children):
            raise Refusal(f"{here} does not have the children that it needs.")
        for pair in zip(given.refs[number], labels, strict=True):
            ref, label = pair
            if pair not in self.known:
                own = given.parameters[ref] if ref >= 0 else given.matrices[-1 - ref]
                free = label[0] != "unit" and label[1] >= 0
                if free != (ref >= 0) or own != self.matrix(label):
                    raise Refusal(f"{here} does not have the matrices that it needs.")
                self.known.add(pair)
        self.count += 1
        return number

    def matrix(self, label: Label) -> str | Matrix:
        """Return a label's parameter or fixed matrix, whose size the given one's node has."""
        what, which, *more = label
        if what == "unit":
            columns, shift = more
            self.meter.spend(100 * which * columns)
            return tuple(tuple(int(i == j + shift) for j in range(columns)) for i in range(which))
        if which >= 0:
            return self.network.parameters[which] + what
        sign, matrix = 1 if what == "+" else -1, self.network.matrices[-1 - which]
        self.meter.spend(100 * len(matrix) * len(matrix[0]))
        return tuple(tuple(max(sign * x, 0) for x in row) for row in matrix)

    def sum(self, i: int, below: list[Pair]) -> Pair:
        """W c = (W+ p + W- m) - (W- p + W+ m); the part of a fixed matrix may be zero."""
        found: list[int | None] = []
        for signs in ("+-", "-+"):
            edges = [
                (child, (sign, ref))
                for pair, ref in zip(below, self.network.refs[i], strict=True)
                for child, sign in zip(pair, signs, strict=True)
                if child is not None and (ref >= 0 or sign in self.signs[-1 - ref])
            ]
            children, labels = [c for c, _ in edges], [label for _, label in edges]
            found.append(
                self.node(SUM, self.network.widths[i], children, labels) if edges else None
            )
        return found[0], found[1]

    def product(self, width: int, a: Pair, b: Pair) -> Pair:
        """(p - m)(q - n) = (p q + m n) - (p n + m q)."""
        parts = [
            None if x is None or y is None else self.node(PRODUCT, width, (x, y))
            for x, y in ((a[0], b[0]), (a[1], b[1]), (a[0], b[1]), (a[1], b[0]))
        ]
        found: list[int | None] = []
        for x, y in (parts[:2], parts[2:]):
            if x is None or y is None:
                found.append(y if x is None else x)
            else:
                found.append(self.node(SUM, width, (x, y), [("unit", width, width, 0)] * 2))
        return found[0], found[1]

    def step(self, i: int, below: list[Pair]) -> Pair:
        """Compare the nodes for a node of the circuit."""
        kind, width = self.network.kinds[i], self.network.widths[i]
        if kind in (INPUT, CONSTANT):
            return self.node(kind, width, (), place=self.network.places[i]), None
        if kind == SUM:
            return self.sum(i, below)
        while len(below) > 1:
            pairs = range(0, len(below) - 1, 2)
            joined = [self.product(width, *below[k : k + 2]) for k in pairs]
            below = joined + below[2 * len(joined) :]
        return below[0]

    def compare(self) -> None:
        """Go through the circuit and the given network."""
        ends = fold(self.network, self.step)
        width = self.network.widths[-1]
        there = [
            (node, shift) for node, shift in zip(ends, (0, width), strict=True) if node is not None
        ]
        if not there:
            raise Refusal("the circuit is zero whatever its weights are; it has no split.")
        labels = [("unit", 2 * width, width, shift) for _, shift in there]
        self.node(SUM, 2 * width, [node for node, _ in there], labels)
        if self.count != len(self.given.kinds):
            raise Refusal(f"the split needs {self.count} nodes and has {len(self.given.kinds)}.")


SIGNED_SPLIT = Kind({"circuit": circuit, "split": circuit}, {"Signs": {}}, signed_split)
