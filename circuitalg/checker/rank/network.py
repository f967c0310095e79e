"""The network of variables of a tree circuit, and its blocks."""

from __future__ import annotations

from dataclasses import dataclass

from ..circuit import CONSTANT, INPUT, PRODUCT, SUM
from ..meter import Meter
from ..read import Matrix, Refusal, shortened
from ..schema import Subject


class Labels:
    """What the matrices of the network of variables are: parameters (by view) and fixed ones.

    A label is a number: k >= 0 is the k-th pair (parameter, view), -1-k the k-th fixed matrix;
    equal fixed matrices have equal numbers, and -1 is the identity of any size.
    """

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.views: dict[tuple[int, str], int] = {}
        self.pairs: list[tuple[int, str]] = []
        self.fixed: list[Matrix] = [()]
        self.numbers: dict[Matrix, int] = {}
        self.cuts: dict[tuple[int, int, int], int] = {}
        self.forms: dict[object, int] = {}

    def parameter(self, number: int, view: str) -> int:
        """Return the label of a parameter in one view."""
        label = self.views.setdefault((number, view), len(self.pairs))
        if label == len(self.pairs):
            self.pairs.append((number, view))
        return label

    def own(self) -> int:
        """Return the label of a new parameter, which the circuit does not have."""
        return self.parameter(-1 - len(self.pairs), "full")

    def matrix(self, entries: Matrix) -> int:
        """Return the label of a fixed matrix."""
        number = self.numbers.setdefault(entries, len(self.fixed))
        if number == len(self.fixed):
            self.fixed.append(entries)
        return -1 - number

    def entries(self, label: int, rows: int, columns: int) -> Matrix:
        """Return the first rows and columns of a fixed matrix."""
        self.meter.spend(100 * rows * columns)
        if label == -1:
            return tuple(tuple(int(i == j) for j in range(columns)) for i in range(rows))
        return tuple(row[:columns] for row in self.fixed[-1 - label][:rows])

    def form(self, label: int, rows: int, columns: int) -> int:
        """Return a negative number for a fixed matrix at its present shape; equal means equal."""
        key = (label, rows, columns)
        if key not in self.cuts:
            what: object = key if label == -1 else self.entries(label, rows, columns)
            self.cuts[key] = -1 - self.forms.setdefault(what, len(self.forms))
        return self.cuts[key]


@dataclass(slots=True)
class Net:
    """A tree of variables in preorder, the root being 0; matrix v joins v to its parent."""

    dim: list[int]
    parent: list[int]
    side: list[int]  # 0 (I), 1 (J), or -1: not a leaf, or a leaf of dimension 1
    above: list[int]  # label of matrix v
    labels: Labels

    def tie(self, v: int) -> int:
        """Say which matrix is above v: equal numbers mean equal labels and present shapes.

        This holds where parameters have one shape each, as below one variable or after a split.
        """
        label = self.above[v]
        return (
            label if label >= 0 else self.labels.form(label, self.dim[self.parent[v]], self.dim[v])
        )

    def children(self) -> list[list[int]]:
        """Return the children of each variable, in order."""
        kids: list[list[int]] = [[] for _ in self.dim]
        for v in range(1, len(self.dim)):
            kids[self.parent[v]].append(v)
        return kids


class Reader:
    """Says which matrices and nodes stand below a node of a tree circuit."""

    def __init__(self, subject: Subject) -> None:
        self.circuit, self.output, self.meter = subject.circuit, subject.output, subject.meter
        self.labels = Labels(subject.meter)
        self.known: dict[tuple[int | None, int, bool, bool], int] = {}  # labels of fixed matrices

    def label(self, ref: int | None, child: int, at_root: bool) -> int:
        """Return the label of what stands above a child: a sum's matrix, or the identity (None)."""
        circuit, width = self.circuit, self.circuit.widths[child]
        constant = circuit.kinds[child] == CONSTANT
        summed = constant and (width > 1 or ref is None)
        if ref is not None and ref >= 0:
            row = at_root and circuit.shapes[ref][0] > 1
            views = ([f"row {self.output}"] if row else []) + (["sum"] if summed else [])
            return self.labels.parameter(ref, " ".join(views) or "full")
        if ref is None and not (constant or at_root):
            return -1
        key = (ref, width, at_root, summed)
        if key not in self.known:
            self.known[key] = self.labels.matrix(self.entries(*key))
        return self.known[key]

    def entries(self, ref: int | None, width: int, at_root: bool, summed: bool) -> Matrix:
        """Return a fixed matrix, or the identity of a width: its row at the root, its row sums."""
        if ref is None:
            self.meter.spend(1000 * width)
            if summed:
                return ((1,),) * (1 if at_root else width)
            return (tuple(int(j == self.output) for j in range(width)),)
        entries = self.circuit.matrices[-1 - ref]
        if at_root:
            entries = (entries[self.output],)
        if summed:
            whole = (self.meter.whole([row], "a row of a fixed matrix") for row in entries)
            entries = tuple((shortened(sum(row), unit),) for (row,), unit in whole)
        return entries

    def below(self, node: int, at_root: bool) -> list[tuple[int, int]]:
        """Return the nodes of the variables below a node's variable, with their matrices."""
        circuit = self.circuit
        found, todo = [], [node] if circuit.kinds[node] in (SUM, PRODUCT) else []
        while todo:
            part = todo.pop()
            if circuit.kinds[part] == PRODUCT:
                todo.extend(reversed(circuit.children[part]))
            elif circuit.kinds[part] == SUM:
                child = circuit.children[part][0]
                found.append((child, self.label(circuit.refs[part][0], child, at_root)))
            else:
                found.append((part, self.label(None, part, at_root)))
        return found


def tree_network(subject: Subject) -> Net:
    """Turn a tree circuit into variables joined by matrices.

    The channel index of a product and of its children is one variable; a sum's matrix joins the
    variable of its child to the variable it enters.  The root is the chosen output channel, of
    dimension 1.  An input below a product is a leaf behind an identity matrix; a constant is a leaf
    of dimension 1 behind the row sums of its matrix.
    """
    circuit, sides = subject.circuit, subject.sides
    if not circuit.is_tree:
        raise Refusal(
            "this rule needs a tree circuit (each sum has one child, no node has two parents, each"
            " location has one input node), and the network is not one."
        )
    kinds, widths = circuit.kinds, circuit.widths
    if kinds[-1] not in (SUM, PRODUCT):
        raise Refusal("the output of the circuit must be a sum or a product.")
    reader = Reader(subject)
    net = Net([1], [-1], [-1], [0], reader.labels)
    first = reader.below(len(kinds) - 1, at_root=True)
    stack = [(node, 0, label) for node, label in reversed(first)]
    while stack:
        node, parent, label = stack.pop()
        v = len(net.dim)
        net.dim.append(1 if kinds[node] == CONSTANT else widths[node])
        net.parent.append(parent)
        net.above.append(label)
        sided = kinds[node] == INPUT and widths[node] > 1
        net.side.append(sides[circuit.places[node]] if sided else -1)
        below = reader.below(node, at_root=False)
        stack.extend((child, v, matrix) for child, matrix in reversed(below))
    return net


def blocks(net: Net) -> list[tuple[Net, int]]:
    """Cut the network at its variables of dimension 1; return the distinct blocks, and how many.

    At a variable of dimension 1 the tensor is an outer product, so ranks multiply over the blocks
    (L3).  Blocks are equal when one isomorphism respects dimensions, sides, fixed matrices and
    which parameters are equal (their names do not matter).
    """
    dim, parent, above, side, labels = net.dim, net.parent, net.above, net.side, net.labels
    labels.meter.spend(2000 * len(dim))
    kids = [0] * len(dim)
    for v in range(1, len(dim)):
        kids[parent[v]] += 1
    members: list[list[int]] = []
    block_of, place = [0] * len(dim), [0] * len(dim)
    for v in range(1, len(dim)):
        if dim[parent[v]] == 1:
            block_of[v] = len(members)
            members.append([])
        else:
            block_of[v] = block_of[parent[v]]
        members[block_of[v]].append(v)
        place[v] = len(members[block_of[v]])
    firsts: dict[tuple[int, ...], list[int]] = {}
    counts: dict[tuple[int, ...], int] = {}
    for block in members:
        names: dict[int, int] = {}
        form: list[int] = []
        for v in block:
            tie = net.tie(v)
            shown = names.setdefault(tie, len(names)) if tie >= 0 else tie
            form += (dim[v], side[v], kids[v] if dim[v] > 1 else 0, shown)
        key = tuple(form)
        firsts.setdefault(key, block)
        counts[key] = counts.get(key, 0) + 1

    def cut_out(block: list[int]) -> Net:
        return Net(
            [1] + [dim[v] for v in block],
            [-1] + [0 if dim[parent[v]] == 1 else place[parent[v]] for v in block],
            [-1] + [side[v] for v in block],
            [0] + [above[v] for v in block],
            labels,
        )

    return [(cut_out(block), counts[key]) for key, block in firsts.items()]
