"""The network of variables of a tree circuit: the object of the rules U2, U3, U6 and L1 to L3.

A tree circuit's coefficient tensor is A_x = Σ_α Π_edges W_edge, one summation index (*variable*)
for each product node, merged with the channels that it multiplies, and one for each link of a
chain of sums (theory: docs/certificates.md, "The network of a tree circuit"). A product node is a
copy tensor: all matrices that touch it see the same index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, wraps
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

from circuitalg import deadline
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit, Matrix, Node
from circuitalg.errors import BipartitionError, RuleError, StructureError
from circuitalg.kernel.statement import check_output
from circuitalg.python_code import AS_CODE

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

NO_SIDE, SIDE_I, SIDE_J = -1, 0, 1
"""Side of a variable: only leaves that stand for a location have one."""


def _is_plain(value: Any) -> bool:
    return type(value) in (int, str) or (type(value) is tuple and all(map(_is_plain, value)))


def once(derive: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Make a function of frozen data remember what it returned, with the data that it is about.

    So a rule reads what the search for its proof has made the kernel compute, and nothing is kept
    longer than the network or the question itself. Further arguments are plain integers, texts and
    tuples of these: 2.0 and True are equal to what they are not.

    Raises
    ------
    RuleError
        For other arguments.
    """

    @wraps(derive)
    def known(about: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if kwargs or not _is_plain(args):
            raise RuleError(f"{derive.__name__} takes Python's integers and texts, by position")
        values: dict[Any, R] = vars(about).setdefault("_known", {})
        key = derive, args
        if key not in values:
            values[key] = derive(about, *args, **kwargs)
        return values[key]

    return known


@dataclass(frozen=True, slots=True)
class Identity:
    """The fixed identity matrix through which an input enters a product directly."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as it is used: whole, one row (above it the output), or summed (a constant)."""

    name: str
    view: str = "full"


Label = Parameter | Identity | Matrix
"""What joins two variables; a fixed matrix is its entries."""


@dataclass(frozen=True)
class Network:
    """A rooted tree of variables in preorder; matrix v joins variable v to its parent.

    Attributes
    ----------
    dims : dimension of each variable; the root's is 1.
    parents : parent of each variable, -1 for the root.
    sides : SIDE_I or SIDE_J for leaves that are locations, NO_SIDE otherwise.
    labels : number of the label of matrix v; equal numbers are tied matrices; -1 for the root.
    fixed : by label, None for a parameter, else the fixed matrix (its first rows and columns
    count).
    """

    dims: tuple[int, ...]
    parents: tuple[int, ...]
    sides: tuple[int, ...]
    labels: tuple[int, ...]
    fixed: tuple[Identity | Matrix | None, ...]

    __repr__, _repr_pretty_ = AS_CODE

    def __len__(self) -> int:
        return len(self.dims)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: a copy derives for itself."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Children of each variable, in order."""
        result: list[list[int]] = [[] for _ in self.dims]
        for variable, parent in enumerate(self.parents):
            if parent >= 0:
                result[parent].append(variable)
        return tuple(map(tuple, result))

    def shape(self, variable: int) -> tuple[int, int]:
        """Rows and columns of the matrix above ``variable``."""
        return self.dims[self.parents[variable]], self.dims[variable]

    def fixed_part(self, variable: int) -> Identity | Matrix | None:
        """What matrix ``variable`` is at the present dimensions; None for a parameter."""
        label = self.fixed[self.labels[variable]]
        if not isinstance(label, tuple):
            return label
        rows, columns = self.shape(variable)
        if (rows, columns) == (len(label), len(label[0])):
            return label
        return tuple(row[:columns] for row in label[:rows])


@dataclass(frozen=True, slots=True)
class CircuitNetwork:
    """A circuit's network, with what a block forgets: names of parameters, locations, nodes."""

    network: Network
    names: tuple[Label, ...]
    """By label."""
    locations: tuple[int, ...]
    """By variable; -1 where it is not a location."""
    nodes: tuple[str, ...]
    """By variable: the circuit's node whose channels it is (the output for the root)."""


def check_sides(circuit: Circuit, bipartition: Bipartition) -> None:
    """Refuse a bipartition of other locations than the circuit's."""
    if bipartition.locations != circuit.num_locations:
        raise BipartitionError(
            f"the bipartition is of {bipartition.locations} locations, but the circuit has "
            f"{circuit.num_locations}; make it with the circuit's number of locations"
        )


def circuit_network(circuit: Circuit, bipartition: Bipartition, output: int = 0) -> CircuitNetwork:
    """Turn a tree circuit into its network of variables.

    Raises
    ------
    StructureError
        When the circuit is not a tree, or its output is an input or constant node.
    """
    check_sides(circuit, bipartition)
    check_output(circuit, output)
    circuit.is_tree.demand(StructureError, "this rule needs a tree circuit")
    nodes, sides = circuit.nodes, bipartition.sides
    if nodes[-1].kind not in ("sum", "product"):
        raise StructureError(
            f"the output {nodes[-1].name!r} is not a sum or product: there is nothing to "
            "matricize; add a sum node above it"
        )
    dims, parents, side_list, labels = [1], [-1], [NO_SIDE], [-1]
    locations, names = [-1], [nodes[-1].name]
    numbers: dict[Label, int] = {}
    whole: dict[str, int] = {}  # numbers of the parameters that are used whole, by name
    stack = [(0, matrix, child) for matrix, child in _factors(circuit, len(nodes) - 1)]
    while stack:
        parent, matrix, index = stack.pop()
        node = nodes[index]
        number = whole.get(matrix) if parent and isinstance(matrix, str) else None
        if number is None or node.kind == "constant":
            label = _label(circuit, matrix, node, output if parent == 0 else None)
            number = numbers.setdefault(label, len(numbers))
            if isinstance(label, Parameter) and label.view == "full":
                whole[label.name] = number
        is_location = node.kind == "input" and node.width > 1
        location = node.location if is_location and node.location is not None else -1
        variable = len(dims)
        dims.append(1 if node.kind == "constant" else node.width)
        parents.append(parent)
        side_list.append(sides[location] if is_location else NO_SIDE)
        labels.append(number)
        locations.append(location)
        names.append(node.name)
        if node.children:
            stack += [(variable, matrix, child) for matrix, child in _factors(circuit, index)]
    table = tuple(numbers)
    fixed = tuple(None if isinstance(label, Parameter) else label for label in table)
    network = Network(tuple(dims), tuple(parents), tuple(side_list), tuple(labels), fixed)
    return CircuitNetwork(network, table, tuple(locations), tuple(names))


def _factors(circuit: Circuit, index: int) -> list[tuple[str | Matrix | Identity, int]]:
    """Matrices that enter the variable of a node, with the node each one reads; last first."""
    nodes = circuit.nodes
    if nodes[index].kind == "sum":
        return [(nodes[index].matrices[0], nodes[index].children[0])]
    found: list[tuple[str | Matrix | Identity, int]] = []
    stack = list(nodes[index].children)
    while stack:
        child = stack.pop()
        node = nodes[child]
        if node.kind == "product":
            stack.extend(node.children)
        elif node.kind == "sum":
            found.append((node.matrices[0], node.children[0]))
        else:
            found.append((Identity(), child))
    return found


def _label(
    circuit: Circuit, matrix: str | Matrix | Identity, child: Node, output: int | None
) -> Label:
    """Label of a matrix as used: its row ``output`` below the root, row sums of a constant."""
    constant = child.kind == "constant" and child.width > 1
    if isinstance(matrix, str):
        row = output is not None and circuit.parameters[matrix][0] > 1
        views = [f"row {output}"] * row + ["sum"] * constant
        return Parameter(matrix, " ".join(views) or "full")
    if isinstance(matrix, Identity):
        if output is None and child.kind != "constant":
            return matrix
        size = child.width
        matrix = tuple(tuple(int(r == c) for c in range(size)) for r in range(size))
    rows = matrix if output is None else (matrix[output],)
    return tuple((sum(row),) for row in rows) if child.kind == "constant" else rows


def rearranged(
    circuit: Circuit, found: CircuitNetwork, bipartition: Bipartition, order: Sequence[int]
) -> Network:
    """The circuit's network for another bipartition, its variables in another preorder.

    ``found`` is ``circuit_network(circuit, …)`` for any bipartition, which only affects the sides.
    The tensor does not depend on the order in which its variables are listed, so the rank does
    not. Labels are numbered by first use: networks that a symmetry carries into each other are
    equal (``==``) in suitable orders.

    Raises
    ------
    RuleError
        When ``order`` is not a preorder of the variables.
    """
    check_sides(circuit, bipartition)
    side_of = bipartition.sides
    old = found.network
    position = {v: place for place, v in enumerate(order)}
    if len(order) != len(old) or order[0] != 0 or position.keys() != set(range(len(old))):
        raise RuleError(f"an order must list each of the {len(old)} variables once, the root first")
    parents = [position[old.parents[v]] for v in order[1:]]
    branch = [0]
    for place, parent in enumerate(parents, start=1):
        while branch and branch[-1] != parent:
            branch.pop()
        if not branch:
            raise RuleError(f"the order is not a preorder: variable {order[place]} is out of place")
        branch.append(place)
    numbers: dict[int, int] = {}
    labels = [numbers.setdefault(old.labels[v], len(numbers)) for v in order[1:]]
    places = [found.locations[v] for v in order]
    return Network(
        tuple([old.dims[v] for v in order]),
        (-1, *parents),
        tuple([NO_SIDE if place < 0 else side_of[place] for place in places]),
        (-1, *labels),
        tuple([old.fixed[label] for label in numbers]),
    )


@once
def restrict(network: Network, dims: tuple[int, ...]) -> Network:
    """The network in which each variable keeps its first channels (L2).

    Side conditions: the root keeps dimension 1, no dimension grows, all uses of one label keep
    one shape, and a variable that loses channels is a location or touches a parameter. (Zeroing
    the lines of that parameter's matrix beyond the new shape, in every use, kills the channels; at
    a location the matricization is replaced by a part of itself.)
    """
    if len(dims) != len(network) or dims[0] != 1:
        raise RuleError(
            f"specialising needs {len(network)} dimensions, the root's being 1; got {len(dims)}"
        )
    shapes: dict[int, tuple[int, int]] = {}
    touches = [False] * len(dims)
    for v in range(1, len(dims)):
        parent, label = network.parents[v], network.labels[v]
        if network.fixed[label] is not None:
            continue
        touches[v] = touches[parent] = True
        shape = dims[parent], dims[v]
        if shapes.setdefault(label, shape) != shape:
            raise RuleError(
                f"specialising gives the tied matrix above variable {v} two shapes, "
                f"{shapes[label]} and {shape}; shrink all its uses together"
            )
    for v, (old, new) in enumerate(zip(network.dims, dims, strict=True)):
        if not 1 <= new <= old:
            raise RuleError(f"variable {v} of dimension {old} cannot get dimension {new}")
        if new < old and network.sides[v] == NO_SIDE and not touches[v]:
            raise RuleError(
                f"variable {v} touches fixed matrices only, so no channel can be zeroed"
            )
    sides = tuple(s if d > 1 else NO_SIDE for s, d in zip(network.sides, dims, strict=True))
    return replace(network, dims=dims, sides=sides)


def blocks(network: Network) -> list[Network]:
    """Cut a network at its variables of dimension 1, in preorder of the topmost matrices (L3).

    There the tensor is an outer product, so the rank is the product of the blocks' ranks, at
    every setting of the weights. Equal blocks (``==``) are equal up to the names of parameters.
    """
    return [_block(network, members) for members in block_members(network)]


def block_members(network: Network) -> list[list[int]]:
    """The variables of each block without its root, in the block's order."""
    block_of = [-1] * len(network)
    members: list[list[int]] = []
    for v in range(1, len(network)):
        parent = network.parents[v]
        if network.dims[parent] == 1:
            block_of[v] = len(members)
            members.append([v])
        else:
            block_of[v] = block_of[parent]
            members[block_of[v]].append(v)
    return members


def _block(network: Network, members: list[int]) -> Network:
    position = {v: i for i, v in enumerate(members, start=1)}
    position[network.parents[members[0]]] = 0
    numbers: dict[object, int] = {}
    uses: dict[object, int] = {}  # entries are looked at once for each label and shape
    fixed: list[Identity | Matrix | None] = []
    labels = [-1]
    for v in members:
        deadline.look()
        use = network.labels[v], network.shape(v)
        if use not in uses:
            what = network.fixed_part(v)
            key = network.labels[v] if what is None else (what, network.shape(v))
            if key not in numbers:
                numbers[key] = len(fixed)
                fixed.append(what)
            uses[use] = numbers[key]
        labels.append(uses[use])
    return Network(
        (1, *(network.dims[v] for v in members)),
        (-1, *(position[network.parents[v]] for v in members)),
        (NO_SIDE, *(network.sides[v] for v in members)),
        tuple(labels),
        tuple(fixed),
    )


@once
def distinct_blocks(network: Network) -> Mapping[Network, int]:
    """Blocks with multiplicities, in order of first occurrence."""
    counts: dict[Network, int] = {}
    for block in blocks(network):
        counts[block] = counts.get(block, 0) + 1
    return MappingProxyType(counts)
