"""Networks as they are stored, their fingerprints and scopes, their weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from .meter import MAX_HELD, Meter
from .read import (
    MAX_NAME,
    MAX_NODES,
    MAX_WIDTH,
    Matrix,
    Refusal,
    as_list,
    as_matrix,
    as_object,
    as_text,
    brief,
)

INPUT, CONSTANT, SUM, PRODUCT = range(4)
KINDS = {"input": INPUT, "constant": CONSTANT, "sum": SUM, "product": PRODUCT}

Value = TypeVar("Value")


@dataclass(slots=True)
class Circuit:
    """A network as it is stored: nodes in topological order, the output last."""

    names: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # location of an input, -1 elsewhere
    children: list[list[int]] = field(default_factory=list)
    refs: list[list[int]] = field(default_factory=list)
    uses: list[int] = field(default_factory=list)  # how many parents
    parameters: list[str] = field(default_factory=list)
    shapes: list[tuple[int, int]] = field(default_factory=list)  # of the parameters
    matrices: list[Matrix] = field(default_factory=list)
    dims: list[int] = field(default_factory=list)  # by location
    fingerprint: str = ""

    @property
    def is_tree(self) -> bool:
        """Every sum has one child, no node two parents, every location one input node."""
        return (
            max(self.uses) <= 1
            and self.kinds.count(INPUT) == len(self.dims)
            and all(len(r) <= 1 for r in self.refs)
        )


def read_circuit(data: object, meter: Meter | None = None) -> Circuit:
    """Read and validate a network (docs/certificates.md, "The circuit")."""
    members = ("format", "version", "parameters", "matrices", "nodes")
    raw = as_object(data, "the circuit", members)
    if (
        raw["format"] != "circuitalg-circuit"
        or type(raw["version"]) is not int
        or raw["version"] != 1
    ):
        raise Refusal("the circuit is not of format circuitalg-circuit, version 1.")
    circuit = Circuit()
    circuit.parameters = [
        as_text(x, "a parameter's name") for x in as_list(raw["parameters"], "parameters")
    ]
    if len(set(circuit.parameters)) != len(circuit.parameters):
        raise Refusal("two parameters of the circuit have the same name.")
    circuit.matrices = [
        as_matrix(m, "a fixed matrix") for m in as_list(raw["matrices"], "matrices")
    ]
    nodes = as_list(raw["nodes"], "nodes")
    if not 0 < len(nodes) <= MAX_NODES:
        raise Refusal(f"the circuit has {len(nodes)} nodes; 1 to {MAX_NODES} are allowed.")
    shapes: dict[int, tuple[int, int]] = {}  # of the matrices that sums refer to
    locations: dict[int, int] = {}
    circuit.uses = [0] * len(nodes)
    for node in nodes:
        read_node(circuit, node, shapes, locations)
    check_whole(circuit, shapes, locations)
    circuit.fingerprint = fingerprint(circuit, meter or Meter())
    return circuit


def read_node(
    circuit: Circuit,
    node: object,
    shapes: dict[int, tuple[int, int]],
    locations: dict[int, int],
) -> None:
    """Read one node: its kind, width and children, and that their widths fit."""
    number = len(circuit.names)
    if type(node) is not list or len(node) < 3 or type(node[1]) is not str or node[1] not in KINDS:
        raise Refusal(f"node number {number} is not [name, kind, width, ...] of a known kind.")
    name, kind, width = node[0], KINDS[node[1]], node[2]
    if type(name) is not str or not 0 < len(name) <= MAX_NAME:
        raise Refusal(f"node number {number} must have a name of 1 to {MAX_NAME} characters.")
    if len(node) != (4, 3, 5, 4)[kind]:
        raise Refusal(f"node {brief(name)} has {len(node)} members, which is wrong for its kind.")
    if type(width) is not int or not 0 < width <= MAX_WIDTH:
        raise Refusal(f"node {brief(name)} has the width {brief(width)}, not 1 to {MAX_WIDTH}.")
    place, children, refs = -1, [], []
    if kind == INPUT:
        place = node[3]
        if type(place) is not int or not 0 <= place < MAX_NODES:
            raise Refusal(f"node {brief(name)} has an invalid location, {brief(place)}.")
        if locations.setdefault(place, width) != width:
            raise Refusal(f"location {place} has inputs of two widths.")
    elif kind != CONSTANT:
        children = read_children(circuit, name, node[3])
    if kind == SUM:
        refs = read_refs(circuit, name, width, children, node[4], shapes)
    for child in children:
        circuit.uses[child] += 1
        if kind == PRODUCT and circuit.widths[child] != width:
            raise Refusal(
                f"product {brief(name)} has width {width}, but its child"
                f" {brief(circuit.names[child])} has width {circuit.widths[child]}."
            )
    circuit.names.append(name)
    circuit.kinds.append(kind)
    circuit.widths.append(width)
    circuit.places.append(place)
    circuit.children.append(children)
    circuit.refs.append(refs)


def read_children(circuit: Circuit, name: str, children: object) -> list[int]:
    """Read the children of a node: distinct earlier nodes."""
    if type(children) is not list or not children:
        raise Refusal(f"node {brief(name)} must have a non-empty list of children.")
    for child in children:
        if type(child) is not int or not 0 <= child < len(circuit.names):
            raise Refusal(
                f"node {brief(name)} has a child that is not an earlier node: {brief(child)}."
            )
    if len(set(children)) != len(children):
        raise Refusal(f"node {brief(name)} uses the same child twice.")
    return children


def read_refs(
    circuit: Circuit,
    name: str,
    width: int,
    children: list[int],
    refs: object,
    shapes: dict[int, tuple[int, int]],
) -> list[int]:
    """Read the matrices of a sum: one for each child, of the right shape."""
    if type(refs) is not list or len(refs) != len(children):
        raise Refusal(f"sum {brief(name)} must have one matrix for each of its children.")
    for child, ref in zip(children, refs, strict=True):
        shape = (width, circuit.widths[child])
        if type(ref) is not int or not -len(circuit.matrices) <= ref < len(circuit.parameters):
            raise Refusal(f"sum {brief(name)} refers to an unknown matrix: {brief(ref)}.")
        if ref not in shapes:
            matrix = circuit.matrices[-1 - ref] if ref < 0 else ()
            shapes[ref] = (len(matrix), len(matrix[0])) if ref < 0 else shape
        if shapes[ref] != shape:
            what = "a fixed matrix" if ref < 0 else f"parameter {brief(circuit.parameters[ref])}"
            raise Refusal(
                f"{what} has the shape {shapes[ref]}, but sum {brief(name)} needs {shape}."
            )
    return refs


def check_whole(
    circuit: Circuit,
    shapes: dict[int, tuple[int, int]],
    locations: dict[int, int],
) -> None:
    """Check what concerns all nodes together: names, one output, locations, nothing unused."""
    if len(set(circuit.names)) != len(circuit.names):
        raise Refusal("two nodes of the circuit have the same name.")
    for number, uses in enumerate(circuit.uses):
        if (uses == 0) != (number == len(circuit.uses) - 1):
            raise Refusal(
                f"node {brief(circuit.names[number])}: the last node, and no other, must be"
                " without a parent."
            )
    if not locations or sorted(locations) != list(range(len(locations))):
        raise Refusal("the locations of the circuit are not 0, 1, ..., N-1.")
    circuit.dims = [locations[i] for i in range(len(locations))]
    for number, name in enumerate(circuit.parameters):
        if number not in shapes:
            raise Refusal(f"parameter {brief(name)} is used nowhere.")
        circuit.shapes.append(shapes[number])
    for number in range(len(circuit.matrices)):
        if -1 - number not in shapes:
            raise Refusal(f"fixed matrix number {number} is used nowhere.")


def fingerprint(
    circuit: Circuit, meter: Meter, kinds: Sequence[str] = tuple(KINDS), more: Sequence[str] = ()
) -> str:
    """SHA-256 over the nodes in the order of their names: independent of the file's order.

    `kinds` are the words for the kinds of nodes, `more` a text to be added to the line of each sum.
    """
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode
    names = list(map(encode, circuit.names))
    labels = list(map(encode, circuit.parameters))
    for matrix in reversed(circuit.matrices):  # the last one is number -1 - (how many there are)
        rows = [[x if type(x) is int else str(x) for x in row] for row in matrix]
        labels.append(encode(rows))
    order = sorted(range(len(names)), key=circuit.names.__getitem__)
    rank = [0] * len(order)
    for place, i in enumerate(order):
        rank[i] = place
    digest = hashlib.sha256()
    ends = dict(zip((i for i, kind in enumerate(circuit.kinds) if kind == SUM), more, strict=False))
    for i in order:
        where = str(circuit.places[i]) if circuit.kinds[i] == INPUT else "null"
        digest.update(
            f'[{names[i]},"{kinds[circuit.kinds[i]]}",{circuit.widths[i]},{where},['.encode("ascii")
        )
        below = sorted((rank[c], j) for j, c in enumerate(circuit.children[i]))
        for number, (_, j) in enumerate(below):
            child = names[circuit.children[i][j]]
            label = labels[circuit.refs[i][j]] if circuit.refs[i] else "null"
            meter.spend(2000 + 4 * (len(child) + len(label)))
            digest.update(f"{',' * (number > 0)}[{child},{label}]".encode("ascii"))
        digest.update(f"]{ends.get(i, '')}]\n".encode("ascii"))
    return digest.hexdigest()


def check_scopes(circuit: Circuit, meter: Meter) -> None:
    """Demand a smooth and decomposable circuit, so that it has a coefficient tensor.

    The scope of a node is the set of locations below it.  Children of a product must have disjoint
    scopes, children of a sum equal ones.  A tree circuit satisfies both.  Scopes are kept until
    their last use, equal ones once, those of inputs never.
    """
    if circuit.is_tree:
        return
    kinds, places = circuit.kinds, circuit.places
    scopes: list[int] = []
    shared: dict[int, list[int]] = {}  # a scope, and how many nodes have it
    left, held = list(circuit.uses), 0
    for i, kind in enumerate(kinds):
        children = circuit.children[i]
        inputs = [places[c] for c in children if kinds[c] == INPUT]
        others = [scopes[c] for c in children if kinds[c] != INPUT]
        meter.spend(2000 + 300 * len(inputs) + (len(others) + 3) * (len(circuit.dims) / 8 + 300))
        if kind == PRODUCT:
            scope = disjoint_union(circuit, i, inputs, others)
        elif kind == SUM:
            scope = others[0] if others else 1 << inputs[0]
            if any(other != scope for other in others) or any(1 << x != scope for x in set(inputs)):
                raise Refusal(
                    f"the circuit is not smooth: the children of sum {brief(circuit.names[i])}"
                    " have different locations below them."
                )
        else:
            scopes.append(0)  # nothing for a constant; of inputs, it is known where it is needed
            continue
        same = shared.setdefault(scope, [scope, 0])
        same[1] += 1
        held += scope.bit_length() + 1000 if same[1] == 1 else 0
        if held > MAX_HELD:
            raise Refusal("the network has too many different sets of locations below its nodes.")
        scopes.append(same[0])
        for c in children:
            left[c] -= 1
            if not left[c] and kinds[c] in (SUM, PRODUCT):
                same, scopes[c] = shared[scopes[c]], 0
                same[1] -= 1
                if not same[1]:
                    del shared[same[0]]
                    held -= same[0].bit_length() + 1000


def disjoint_union(circuit: Circuit, node: int, inputs: list[int], others: list[int]) -> int:
    """Return the scope of a product whose children are inputs at these locations, and others."""
    bits = bytearray(max(inputs, default=0) // 8 + 1)
    both = -1
    for place in inputs:
        if bits[place >> 3] >> (place & 7) & 1:
            both = place
        bits[place >> 3] |= 1 << (place & 7)
    scope = int.from_bytes(bits, "little")
    for other in others:
        if scope & other:
            both = (scope & other).bit_length() - 1
        scope |= other
    if both >= 0:
        raise Refusal(
            f"the circuit is not decomposable: two children of product"
            f" {brief(circuit.names[node])} contain location {both}."
        )
    return scope


def shaped_weights(
    circuit: Circuit, given: Mapping[str, Matrix], without: str | None = None
) -> list[Matrix]:
    """Return a matrix for each parameter (an empty one for the parameter left out), in order."""
    as_object(given, "the weights", dict.fromkeys(x for x in circuit.parameters if x != without))
    weights: list[Matrix] = []
    for name, shape in zip(circuit.parameters, circuit.shapes, strict=True):
        matrix = given[name] if name != without else ()
        if name != without and (len(matrix), len(matrix[0])) != shape:
            raise Refusal(f"the weight {brief(name)} does not have the shape {shape}.")
        weights.append(matrix)
    return weights


def fold(
    circuit: Circuit,
    step: Callable[[int, list[Value]], Value],
    size: Callable[[Value], int] = lambda _: 0,
    hold: Callable[[int, Value], None] = lambda *_: None,
) -> Value:
    """Return the output's value in a pass from the inputs; one is dropped after its last use.

    `step` makes the value of a node from those of its children. `size` says how much a value holds;
    `hold` gets what all values that are kept hold, with the newest, and refuses too much.
    """
    left, held = list(circuit.uses), 0
    values: dict[int, Value] = {}
    sizes: dict[int, int] = {}
    for i, children in enumerate(circuit.children):
        value = values[i] = step(i, [values[c] for c in children])
        sizes[i] = size(value)
        held += sizes[i]
        hold(held, value)
        for c in children:
            left[c] -= 1
            if not left[c]:
                del values[c]
                held -= sizes.pop(c)
    return values[len(left) - 1]
