"""Smooth, decomposable, tree: structural properties, each with the reason why it holds or fails.

Scopes are sets of locations as bit masks in Python ints. A mask is dropped after its last use, so a
chain of 65,536 locations needs a few of them at a time, not 65,536 times 8 kB.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from circuitalg.circuit.fold import fold, location_of
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


def scope_verdicts(nodes: Sequence[Node]) -> tuple[Verdict, Verdict]:
    """Whether the children of every product have disjoint scopes, those of every sum equal ones."""
    found = {
        "product": Verdict(True, "the children of every product have disjoint scopes"),
        "sum": Verdict(True, "the children of every sum have equal scopes"),
    }
    asked = {"product", "sum"}
    if tree_verdict(nodes):
        asked.remove("product")
        found["product"] = Verdict(
            True, "in a tree circuit the children of a product have disjoint scopes"
        )
    if all(len(node.children) == 1 for node in nodes if node.kind == "sum"):
        asked.remove("sum")
        found["sum"] = Verdict(True, "every sum has one child")
    scopes = _Scopes(nodes, asked)
    if asked:
        with suppress(_Done):
            fold(nodes, scopes, scopes.freed)
    found.update((kind, Verdict(False, fault)) for kind, fault in scopes.faults.items())
    return found["product"], found["sum"]


class _Done(Exception):
    """Every kind of fault that was looked for has been found."""


Fault = Callable[[Sequence[Node], Node, list[int]], str | None]
"""What is wrong with a node whose children have these scopes."""


class _Scopes:
    """The algebra of scopes; it notes the first fault of each kind of nodes that is asked about.

    A single location is ~location: there may be a million inputs, whose masks would be as long.
    """

    def __init__(self, nodes: Sequence[Node], asked: Collection[str]) -> None:
        self._nodes, self._asked = nodes, asked
        self.faults: dict[str, str] = {}
        self._held = self._read = 0  # binary digits

    def leaf(self, node: Node) -> int:
        return ~location_of(node)

    def one(self, _node: Node) -> int:
        return 0

    def product(self, node: Node, below: Sequence[int]) -> int:
        return self._joined(node, below, _overlap)

    def sum(self, node: Node, below: Sequence[int]) -> int:
        return self._joined(node, below, _difference)

    def _joined(self, node: Node, below: Sequence[int], fault: Fault) -> int:
        self._check(sum(-scope for scope in below if scope < 0))  # the masks made here
        scopes = [1 << ~scope if scope < 0 else scope for scope in below]
        self._read += sum(map(int.bit_length, scopes))
        if node.kind in self._asked and node.kind not in self.faults:
            found = fault(self._nodes, node, scopes)
            if found is not None:
                self.faults[node.kind] = found
                if len(self.faults) == len(self._asked):
                    raise _Done
        union = 0
        for scope in scopes:
            union |= scope
        self._held += union.bit_length()
        self._check(0)
        # Nodes above one another often have equal scopes: they share one.
        return next((scope for scope in scopes if scope == union), union)

    def _check(self, more: int) -> None:
        if self._held + more > _MAX_HELD or self._read > _MAX_READ:
            raise TooLargeError(
                f"the scopes of the circuit's {len(self._nodes):,} nodes are too large to be "
                "compared; a tree circuit needs no scopes"
            )

    def freed(self, scope: int) -> None:
        self._held -= max(scope, 0).bit_length()


def _difference(nodes: Sequence[Node], node: Node, scopes: list[int]) -> str | None:
    """The message about a sum with a child whose scope is not the first one's."""
    position = next((k for k, scope in enumerate(scopes) if scope != scopes[0]), 0)
    if not position:
        return None
    first, other = (nodes[node.children[k]].name for k in (0, position))
    return (
        f"the sum {node.name!r} adds {first!r}, which depends on locations "
        f"{_locations_text(scopes[0])}, and {other!r}, which depends on "
        f"{_locations_text(scopes[position])}"
    )


def _overlap(nodes: Sequence[Node], node: Node, scopes: list[int]) -> str | None:
    """The message about a product with a child that overlaps an earlier one."""
    union = position = 0
    while position < len(scopes) and not union & scopes[position]:
        union |= scopes[position]
        position += 1
    if position == len(scopes):
        return None
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
