"""Smooth, decomposable, tree: structural properties, each with the reason why it holds or fails.

Scopes are sets of locations as bit masks in Python ints. A mask is dropped after its last use, so a
chain of 65,536 locations needs a few of them at a time, not 65,536 times 8 kB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from circuitalg.circuit.node import Node, Verdict
from circuitalg.errors import TooLargeError

_MAX_HELD = 1 << 31
"""Binary digits of scopes at a time: 256 MB."""
_MAX_READ = 1 << 40
"""Binary digits that are read in all: a minute or two."""


def tree_verdict(nodes: Sequence[Node]) -> Verdict:
    """Whether every sum has one child, no node two parents, each location one input."""
    parent = [-1] * len(nodes)
    input_of: dict[int, str] = {}
    for i, node in enumerate(nodes):
        if node.kind == "sum" and len(node.children) > 1:
            first, second = (nodes[c].name for c in node.children[:2])
            return Verdict(
                False,
                f"the sum {node.name!r} has {len(node.children)} children ({first!r}, {second!r}"
                f"{', ...' * (len(node.children) > 2)}); in a tree circuit every sum has one",
            )
        for child in node.children:
            if parent[child] >= 0:
                return Verdict(
                    False,
                    f"{nodes[child].name!r} has two parents, {nodes[parent[child]].name!r} and "
                    f"{node.name!r}",
                )
            parent[child] = i
        if node.location is not None:
            other = input_of.setdefault(node.location, node.name)
            if other != node.name:
                return Verdict(
                    False,
                    f"location {node.location} has two input nodes, {other!r} and {node.name!r}",
                )
    return Verdict(
        True, "every sum has one child, no node has two parents, and each location has one input"
    )


def decomposable_verdict(nodes: Sequence[Node]) -> Verdict:
    """Whether the children of every product have disjoint scopes."""
    if tree_verdict(nodes):
        return Verdict(True, "in a tree circuit the children of a product have disjoint scopes")
    for index, scopes in _scopes_of_children(nodes):
        node = nodes[index]
        if node.kind != "product":
            continue
        union = 0
        for position, scope in enumerate(scopes):
            if union & scope:
                return Verdict(False, _overlap(nodes, index, scopes, position))
            union |= scope
    return Verdict(True, "the children of every product have disjoint scopes")


def smooth_verdict(nodes: Sequence[Node]) -> Verdict:
    """Whether the children of every sum have equal scopes."""
    if all(len(node.children) == 1 for node in nodes if node.kind == "sum"):
        return Verdict(True, "every sum has one child")
    for index, scopes in _scopes_of_children(nodes):
        node = nodes[index]
        if node.kind != "sum":
            continue
        for position, scope in enumerate(scopes):
            if scope != scopes[0]:
                first, other = (nodes[node.children[k]].name for k in (0, position))
                return Verdict(
                    False,
                    f"the sum {node.name!r} adds {first!r}, which depends on locations "
                    f"{_locations_text(scopes[0])}, and {other!r}, which depends on "
                    f"{_locations_text(scope)}",
                )
    return Verdict(True, "the children of every sum have equal scopes")


def _scopes_of_children(nodes: Sequence[Node]) -> Iterator[tuple[int, list[int]]]:
    """Each sum and product with the scopes of its children."""
    uses = [0] * len(nodes)
    for node in nodes:
        for child in node.children:
            uses[child] += 1
    scope: dict[int, int] = {}
    held = read = 0  # binary digits
    for index, node in enumerate(nodes):
        if node.location is not None:
            continue  # made where it is read: there may be a million inputs
        scopes = [_scope(nodes[child], scope.get(child)) for child in node.children]
        read += sum(mask.bit_length() for mask in scopes)
        if scopes:
            yield index, scopes
        union = 0
        for mask in scopes:
            union |= mask
        # Nodes above one another often have equal scopes: they share one.
        scope[index] = next((mask for mask in scopes if mask == union), union)
        held += scope[index].bit_length()
        if held > _MAX_HELD or read > _MAX_READ:
            raise TooLargeError(
                f"the scopes of the circuit's {len(nodes):,} nodes are too large to be compared; "
                "a tree circuit needs no scopes"
            )
        for child in node.children:
            uses[child] -= 1
            if not uses[child] and child in scope:
                held -= scope.pop(child).bit_length()


def _scope(node: Node, known: int | None) -> int:
    if known is not None:
        return known
    return 0 if node.location is None else 1 << node.location


def _overlap(nodes: Sequence[Node], index: int, scopes: list[int], position: int) -> str:
    """The message about a product whose child ``position`` overlaps an earlier one."""
    node = nodes[index]
    earlier = next(k for k in range(position) if scopes[k] & scopes[position])
    shared = scopes[earlier] & scopes[position]
    location = (shared & -shared).bit_length() - 1
    paths = [_path(nodes, node.children[k], location) for k in (earlier, position)]
    first, second = (nodes[node.children[k]].name for k in (earlier, position))
    return (
        f"the product {node.name!r} multiplies {first!r} and {second!r}, which both depend on "
        f"location {location} ({paths[0]} and {paths[1]})"
    )


def _path(nodes: Sequence[Node], top: int, location: int) -> str:
    """Text of one path from an input of the location up to node ``top``."""
    below: dict[int, int] = {top: -1}
    stack = [top]
    while stack:
        current = stack.pop()
        if nodes[current].location == location:
            break
        for child in reversed(nodes[current].children):
            if child not in below:
                below[child] = current
                stack.append(child)
    names = []
    while current >= 0:
        names.append(nodes[current].name)
        current = below[current]
    return " -> ".join(names if len(names) <= 6 else [*names[:3], "...", *names[-2:]])


def _locations_text(scope: int, most: int = 8) -> str:
    """A scope in braces, shortened after a few locations."""
    found: list[str] = []
    while scope and len(found) <= most:
        low = scope & -scope
        found.append(str(low.bit_length() - 1))
        scope ^= low
    if len(found) > most:
        found[most:] = ["..."]
    return "{" + ", ".join(found) + "}"
