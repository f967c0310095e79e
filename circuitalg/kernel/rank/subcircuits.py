"""Smaller circuits that a circuit's ranks are bounded by: some branches, one branch, what is below.

A lower bound of what is left when parameters are zero holds for almost all weights of the whole
(L2); an upper bound of what is below a node sharpens the index recursion there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import count, pairwise

from circuitalg import deadline
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.fold import location_of
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Node
from circuitalg.errors import RuleError, StructureError
from circuitalg.kernel.rank.network import once
from circuitalg.kernel.rank.question import Question

_MAX_NODES = 10**7
"""Of all branches that are added together."""


@once
def without(question: Question, zero: tuple[str, ...]) -> Question:
    """The same question about the circuit in which some parameters are zero.

    Their edges are removed, then sums without edges and products with a removed child, which are
    zero, and in the end what no longer reaches the output.

    Raises
    ------
    RuleError
        When the output is zero, the names are not the circuit's in increasing order, or the weights
        are those of a simplex, where no parameter is zero.
    """
    _check(question)
    circuit = question.circuit
    if not zero or any(a >= b for a, b in pairwise(zero)):
        raise RuleError("branches are chosen by one or more parameters in increasing order")
    for name in zero:
        if name not in circuit.parameters:
            raise RuleError(f"the circuit that is left has no parameter {name!r} to set to zero")
    gone = frozenset(zero)
    return _about(question, _left(circuit.nodes, lambda node, k: node.matrices[k] in gone))


@once
def apart(
    question: Question, parts: tuple[tuple[int, tuple[int, ...]], ...]
) -> tuple[Question, ...]:
    """Questions about the branches of the output, each with channels of its own at some locations.

    Part k is (c_k, locations): its branch keeps c_k channels of the inputs of these locations. With
    the columns of the others zero, in one location of I and one of J that all parts have, no two
    branches share a row or a column of the matricization, so that their ranks add.

    Raises
    ------
    RuleError
        When the channels are too few, no location of either side is in every part, or a matrix
        that loses columns occurs in another branch or elsewhere in its own.
    """
    _check(question)
    nodes = question.circuit.nodes
    output = nodes[-1]
    if output.kind != "sum" or not len(output.children) == len(parts) >= 2:
        raise RuleError(
            "branches are added up where the output is a sum with a child for each part, two or "
            f"more; {output.name!r} is a {output.kind} of {len(output.children)}, and there are "
            f"{len(parts)} parts"
        )
    if len(parts) * len(nodes) > _MAX_NODES:
        raise RuleError(f"{len(parts)} branches of {len(nodes):,} nodes are too many to add up")
    _check_channels(question, parts)
    left = [_left(nodes, partial(_is_other, output, own)) for own in range(len(parts))]
    cut = [_cut(branch, set(part[1])) for branch, part in zip(left, parts, strict=True)]
    users = dict[str, set[int]]()
    for own, branch in enumerate(left):
        for node in branch:
            for label in node.matrices:
                if isinstance(label, str):
                    users.setdefault(label, set()).add(own)
    for own, names in enumerate(cut):
        for name in sorted(names):
            if users[name] != {own}:
                raise RuleError(f"parameter {name!r} loses columns, but it is in several branches")
    narrowed = [
        _narrowed(branch, channels, set(locations))
        for branch, (channels, locations) in zip(left, parts, strict=True)
    ]
    return tuple([_about(question, branch) for branch in narrowed])


@once
def cone(question: Question, node: int, side: int) -> Question:
    """A question about what is below a node, its channel index being one more location of a side.

    The circuit is the sum, of width 1 behind a parameter of its own, of the product of the node and
    an input of its width.

    Raises
    ------
    RuleError
        When the node is the output, or not a sum or product, or nothing below it is on the other
        side.
    """
    nodes = question.circuit.nodes
    check_inner(question, node, side)
    if node == len(nodes) - 1:
        raise RuleError("the output has one channel, which is no location: bound it as it is")
    inside = nodes_below(nodes, node)
    below = _renumbered(nodes, inside, dict.fromkeys(inside))
    old = sorted({each.location for each in below if each.location is not None})
    place = {location: k for k, location in enumerate(old)}
    below = [
        each if each.location is None else replace(each, location=place[each.location])
        for each in below
    ]
    top, width = len(below), nodes[node].width
    index, product, output = _fresh({each.name for each in below}, 3)
    (name,) = _fresh({label for each in below for label in each.matrices}, 1)
    below += [
        Node(index, "input", width, len(old)),
        Node(product, "product", width, None, (top - 1, top)),
        Node(output, "sum", 1, None, (top + 1,), (name,)),
    ]
    sides = bytes([*(question.bipartition.sides[location] for location in old), side])
    if 1 - side not in sides:
        raise RuleError(f"below node {node} lies no location of the other side, so its rank is 1")
    return Question(Circuit.from_nodes(below), Bipartition(sides), 0, question.space)


def nodes_below(nodes: Sequence[Node], top: int) -> list[int]:
    """A node and all nodes below it, in order."""
    inside, stack = {top}, [top]
    while stack:
        new = [child for child in nodes[stack.pop()].children if child not in inside]
        inside.update(new)
        stack += new
    return sorted(inside)


def check_inner(question: Question, node: int, side: int) -> None:
    """Refuse what is not a sum or product of the circuit, or not a side."""
    nodes = question.circuit.nodes
    if not 0 <= node < len(nodes) or not nodes[node].children:
        raise RuleError(f"node {node} is not a sum or product of the circuit")
    if side not in (0, 1):
        raise RuleError(f"the side of a node's bound is 0 (I) or 1 (J), got {side}")


def _check(question: Question) -> None:
    question.circuit.is_multilinear.demand(
        StructureError, "there is no coefficient tensor to matricize"
    )
    if question.space == "simplex":
        raise RuleError(
            "no parameter is zero on a simplex; branches are for real or non-negative weights"
        )


def _check_channels(question: Question, parts: Sequence[tuple[int, tuple[int, ...]]]) -> None:
    """Refuse channels that are not disjoint on both sides."""
    circuit = question.circuit
    for channels, locations in parts:
        if channels < 1 or any(a >= b for a, b in pairwise(locations)):
            raise RuleError("a part has one or more channels and locations in increasing order")
        if any(not 0 <= location < circuit.num_locations for location in locations):
            raise RuleError(f"the circuit has locations 0 to {circuit.num_locations - 1}")
    needed = sum(channels for channels, _ in parts)
    everywhere = set(parts[0][1]).intersection(*(locations for _, locations in parts))
    if {question.bipartition.sides[location] for location in everywhere} != {0, 1}:
        raise RuleError("added branches need a location of I and one of J that all parts have")
    for location in sorted({each for _, locations in parts for each in locations}):
        if circuit.dims[location] < needed:
            raise RuleError(
                f"the parts need {needed} channels of location {location}, which has "
                f"{circuit.dims[location]}"
            )


def _is_other(output: Node, own: int, node: Node, k: int) -> bool:
    """Whether an edge is one of the output's other than its own."""
    return node is output and k != own


def _cut(branch: Sequence[Node], locations: Collection[int]) -> set[str]:
    """The parameters behind which a branch reads these locations, and nothing else."""
    found, elsewhere = set[str](), set[str]()
    for node in branch:
        for k, child in enumerate(node.children):
            label = node.matrices[k] if node.matrices else None
            if branch[child].location in locations and branch[child].kind == "input":
                if not isinstance(label, str):
                    raise RuleError(
                        f"{node.name!r} reads location {branch[child].location} without a "
                        "parameter, so it cannot lose channels"
                    )
                found.add(label)
            elif isinstance(label, str):
                elsewhere.add(label)
    both = found & elsewhere
    if both:
        raise RuleError(f"parameter {min(both)!r} loses columns, but it is also used elsewhere")
    return found


def _narrowed(branch: Sequence[Node], channels: int, locations: Collection[int]) -> list[Node]:
    return [
        replace(node, width=channels)
        if node.kind == "input" and location_of(node) in locations
        else node
        for node in branch
    ]


def _about(question: Question, nodes: Sequence[Node]) -> Question:
    return replace(question, circuit=Circuit.from_nodes(nodes))


def _left(nodes: Sequence[Node], gone: Callable[[Node, int], bool]) -> list[Node]:
    """What is not zero, and reaches the output, without some edges of sums; in the old order."""
    kept: dict[int, list[int]] = {}  # by node that is not zero: its edges
    for i, node in enumerate(nodes):
        deadline.look()
        own = [
            k
            for k, child in enumerate(node.children)
            if child in kept and not (node.kind == "sum" and gone(node, k))
        ]
        whole = len(own) == len(node.children)
        if whole or (own and node.kind == "sum"):
            kept[i] = own
    if len(nodes) - 1 not in kept:
        raise RuleError("without these branches nothing is left of the output")
    reached = {len(nodes) - 1}
    for i in range(len(nodes) - 1, -1, -1):
        if i in reached:
            reached.update(nodes[i].children[k] for k in kept[i])
    return _renumbered(nodes, sorted(reached), {i: kept[i] for i in reached})


def _renumbered(
    nodes: Sequence[Node], order: Sequence[int], kept: dict[int, list[int]] | dict[int, None]
) -> list[Node]:
    """Some nodes of a circuit, by default with all their edges, as a circuit's own."""
    place = {i: new for new, i in enumerate(order)}
    found = []
    for i in order:
        node, own = nodes[i], kept[i]
        edges = range(len(node.children)) if own is None else own
        children = tuple(place[node.children[k]] for k in edges)
        matrices = tuple(node.matrices[k] for k in edges) if node.matrices else ()
        found.append(replace(node, children=children, matrices=matrices))
    return found


def _fresh(taken: Collection[object], number: int) -> list[str]:
    """Names that are not taken."""
    names = (f"new{k}" for k in count())
    free = (name for name in names if name not in taken)
    return [next(free) for _ in range(number)]
