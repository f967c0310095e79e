"""Evaluation layer by layer: like nodes of a circuit become one operation on stacked arrays.

A value is an array (positions, width, batch): one node is one position. The plan is data, made once
for a circuit: *stages*, each for nodes of one kind and shape whose children are known by then. To
run it, `run` walks over the stages; what a sum or a product is, its `Steps` say.

Nodes are taken in depth-first order and cut into *segments* of a bounded number of channels, whole
subtrees where possible; stages gather the nodes of one segment. Thus few values are alive, whatever
the circuit's size, and those in work stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit
    from circuitalg.circuit.node import Node

Array = Any

STACKED = 2**14
"""Entries of a matrix above which matrices are not stacked: alone, each fills the processor."""
_REPEATS = 4
"""Uses of a matrix, on average, from which on stacked nodes are split by their matrices."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some positions of the value in a slot, in order.

    Attributes
    ----------
    slot : number of the slot.
    chosen : the positions: a slice where they are evenly spaced, which costs no copy.
    """

    slot: int
    chosen: slice | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One operation: the values of some nodes of one kind and shape.

    Attributes
    ----------
    kind : "input", "constant", "sum", "product", or "copy" of values that are needed later.
    slot : where the value goes.
    nodes : indices of the nodes, one for each position.
    children : by child: where its values are, for all positions together.
    tied : whether all nodes have the first one's matrices.
    beside : of a product: where all its children are, if those of each position are neighbours.
    done : slots that are not needed afterwards.
    """

    kind: str
    slot: int
    nodes: tuple[int, ...]
    children: tuple[tuple[Part, ...], ...]
    tied: bool
    beside: Part | None = None
    done: tuple[int, ...] = ()


class Arrays(Protocol):
    """Where values live: the moves of a pass that compute nothing."""

    def pick(self, value: Array, positions: tuple[int, ...]) -> Array:
        """Some positions, copied."""
        ...

    def join(self, parts: Sequence[Array], axis: int) -> Array:
        """Arrays side by side along an axis, copied."""
        ...

    def apart(self, value: Array, count: int) -> Sequence[Array]:
        """``count`` arrays, the k-th with the k-th of each ``count`` neighbours; or one of them."""
        ...

    def free(self, value: Array) -> None:
        """Take back a value that is no longer needed."""
        ...


class Steps(Protocol):
    """The operations of a pass; each makes an array (positions, width, batch) of its own."""

    def inputs(self, nodes: Sequence[int]) -> Array:
        """The values of these inputs."""
        ...

    def ones(self, nodes: Sequence[int]) -> Array:
        """The values of these constants: the product's neutral element."""
        ...

    def linear(self, stage: Stage, below: Array) -> Array:
        """The sums of a stage, from their children's channels side by side."""
        ...

    def multiply(self, factors: Sequence[Array]) -> Array:
        """Channel-by-channel product; a copy where there is one factor.

        The factors are a list, or an array along whose first axis they lie.
        """
        ...


def run(stages: Sequence[Stage], steps: Steps, arrays: Arrays) -> Array:
    """Return the output's value, (1, outputs, batch)."""
    values: dict[int, Array] = {}
    for stage in stages:
        own: list[Array] = []  # copies made for this stage
        children = stage.children if stage.beside is None else [[stage.beside]]
        below = [_gather(parts, values, arrays, own) for parts in children]
        if stage.kind == "input":
            value = steps.inputs(stage.nodes)
        elif stage.kind == "constant":
            value = steps.ones(stage.nodes)
        elif stage.kind == "sum":
            joined = below[0]
            if len(below) > 1:
                joined = arrays.join(below, 1)
                own.append(joined)
            value = steps.linear(stage, joined)
        elif stage.beside is not None:
            value = steps.multiply(arrays.apart(below[0], len(stage.children)))
        else:
            value = steps.multiply(below)
        values[stage.slot] = value
        for copy in own:
            arrays.free(copy)
        for slot in stage.done:
            arrays.free(values.pop(slot))
    return values[stages[-1].slot]


def _gather(
    parts: Sequence[Part], values: dict[int, Array], arrays: Arrays, own: list[Array]
) -> Array:
    found = []
    for part in parts:
        value = values[part.slot]
        if part.chosen == slice(0, value.shape[0], 1):
            found.append(value)  # all of it: gradients need no step for that
        elif isinstance(part.chosen, slice):
            found.append(value[part.chosen, ...])
        else:
            found.append(arrays.pick(value, part.chosen))
            own.append(found[-1])
    if len(found) == 1:
        return found[0]
    own.append(arrays.join(found, 0))
    return own[-1]


def stages_of(
    circuit: Circuit, channels: int, kinds: Sequence[Hashable] | None = None
) -> tuple[Stage, ...]:
    """Return the stages of a circuit; made once and kept with it.

    Parameters
    ----------
    circuit
        Any circuit.
    channels
        How many a segment may have, unless a single node has more.
    kinds
        By node: nodes of different kinds never share a stage.
    """
    # A circuit never changes, and keeps what was derived from it in its dictionary.
    known = circuit.__dict__.setdefault("_stages", {})
    key = (channels, None if kinds is None else tuple(kinds))
    if key not in known:
        known[key] = tuple(_Planner(circuit.nodes, kinds).plan(channels))
    return known[key]


def segments(nodes: Sequence[Node], channels: int) -> Iterator[list[int]]:
    """Cut the depth-first order into pieces of at most this many channels, or of a single node.

    A subtree that fits is never cut; it joins the one before where both fit.
    """
    order, starts = _spans(nodes)
    weights = [0]
    for i in order:
        weights.append(weights[-1] + nodes[i].width)
    first = 0  # of the piece that is not finished
    last = len(order)
    # Largest subtrees that fit, from the right: each ends where the next one starts.
    ends = []
    while last > 0:
        ends.append(last)
        last = _first_that_fits(starts, weights, last, channels)
    bound = 0
    for end in reversed(ends):
        if weights[end] - weights[first] > channels and bound > first:
            yield order[first:bound]
            first = bound
        bound = end
    yield order[first:]


class _Planner:
    """Makes the stages of one circuit, in time linear in its edges."""

    def __init__(self, nodes: Sequence[Node], kinds: Sequence[Hashable] | None) -> None:
        self._nodes, self._kinds = nodes, kinds
        self._places: dict[int, tuple[int, int]] = {}  # node: slot and position
        self._slots = 0
        self._stages: list[Stage] = []

    def plan(self, channels: int) -> list[Stage]:
        """All stages, with the slots that each is the last to need."""
        pieces = list(segments(self._nodes, channels))
        needed = self._last_segments(pieces)
        for number, piece in enumerate(pieces):
            first = len(self._stages)
            for group in self._layers(piece):
                self._add(self._nodes[group[0]].kind, group)
            for stage in self._stages[first:]:
                later = [i for i in stage.nodes if needed[i] > number]
                if 0 < len(later) < len(stage.nodes):
                    self._add("copy", later)
        return self._with_ends()

    def _last_segments(self, pieces: Sequence[list[int]]) -> list[int]:
        """By node: the last segment with a parent of it."""
        needed = [0] * len(self._nodes)
        for number, piece in enumerate(pieces):
            for i in piece:
                for child in self._nodes[i].children:
                    needed[child] = number
        needed[-1] = len(pieces)
        return needed

    def _layers(self, piece: Sequence[int]) -> Iterator[list[int]]:
        """Groups of nodes of one kind and shape, children's groups first."""
        depths: dict[int, int] = {}
        layers: list[dict[Hashable, list[int]]] = []
        for i in piece:
            node = self._nodes[i]
            depths[i] = depth = 1 + max(
                (depths.get(child, 0) for child in node.children), default=0
            )
            while len(layers) < depth:
                layers.append({})
            layers[depth - 1].setdefault(self._shape(i), []).append(i)
        for layer in layers:
            for group in layer.values():
                yield from self._by_matrices(group)

    def _shape(self, i: int) -> Hashable:
        node = self._nodes[i]
        below: Hashable = len(node.children)
        if node.kind == "sum":
            below = tuple([self._nodes[child].width for child in node.children])
        return node.kind, node.width, below, None if self._kinds is None else self._kinds[i]

    def _by_matrices(self, group: list[int]) -> Iterator[list[int]]:
        """Sums apart where a matrix serves several, or is large; else all in one."""
        node = self._nodes[group[0]]
        if node.kind != "sum" or len(group) == 1:
            yield group
            return
        found: dict[Hashable, list[int]] = {}
        for i in group:
            found.setdefault(labels_of(self._nodes[i]), []).append(i)
        entries = node.width * sum(self._nodes[child].width for child in node.children)
        if len(found) * _REPEATS <= len(group) or entries > STACKED:
            yield from found.values()
        else:
            yield group

    def _add(self, kind: str, group: list[int]) -> None:
        nodes = self._nodes
        below = (
            [group]
            if kind == "copy"
            else list(zip(*(nodes[i].children for i in group), strict=True))
        )
        children = tuple([self._parts(child) for child in below])
        tied = kind == "sum" and len({labels_of(nodes[i]) for i in group}) == 1
        beside = self._beside(group) if kind == "product" else None
        self._stages.append(Stage(kind, self._slots, tuple(group), children, tied, beside))
        for position, i in enumerate(group):
            self._places[i] = self._slots, position
        self._slots += 1

    def _beside(self, products: Sequence[int]) -> Part | None:
        part, *others = self._parts([c for i in products for c in self._nodes[i].children])
        if others or not isinstance(part.chosen, slice) or part.chosen.step != 1:
            return None
        return part

    def _parts(self, children: Sequence[int]) -> tuple[Part, ...]:
        runs: list[tuple[int, list[int]]] = []
        for child in children:
            slot, position = self._places[child]
            if not runs or runs[-1][0] != slot:
                runs.append((slot, []))
            runs[-1][1].append(position)
        return tuple([Part(slot, evenly(positions)) for slot, positions in runs])

    def _with_ends(self) -> list[Stage]:
        seen = {self._stages[-1].slot}
        found = []
        for stage in reversed(self._stages):
            used = {part.slot for parts in stage.children for part in parts}
            done = tuple(sorted(used - seen))
            seen |= used
            found.append(replace(stage, done=done))
        return found[::-1]


def labels_of(node: Node) -> tuple[Hashable, ...]:
    """A sum's matrices as a key: names, and which fixed matrix."""
    return tuple([label if isinstance(label, str) else id(label) for label in node.matrices])


def evenly(positions: Sequence[int]) -> slice | tuple[int, ...]:
    """Evenly spaced rising positions as a slice, others as they are."""
    first = positions[0]
    step = positions[1] - first if len(positions) > 1 else 1
    if step > 0 and all(p == first + k * step for k, p in enumerate(positions)):
        return slice(first, positions[-1] + 1, step)
    return tuple(positions)


def _spans(nodes: Sequence[Node]) -> tuple[list[int], list[int]]:
    """Depth-first order, and by place in it where the nodes first met below that one start."""
    order: list[int] = []
    starts: list[int] = []
    seen = [False] * len(nodes)
    stack = [(len(nodes) - 1, -1)]
    while stack:
        i, start = stack.pop()
        if start >= 0:
            order.append(i)
            starts.append(start)
        elif not seen[i]:
            seen[i] = True
            stack.append((i, len(order)))
            stack.extend((child, -1) for child in reversed(nodes[i].children))
    return order, starts


def _first_that_fits(starts: Sequence[int], weights: Sequence[int], end: int, channels: int) -> int:
    """Where the unit that ends at ``end`` starts: its subtree, where that fits, or the node."""
    start = starts[end - 1]
    return start if weights[end] - weights[start] <= channels else end - 1
