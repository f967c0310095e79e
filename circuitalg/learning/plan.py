"""A network folded level by level: alike nodes of one level are one batched operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, Node
from circuitalg.logspace.simnet import SimNet, logarithms

Array = Any
Label = str | int
"""A parameter's name, or the number of a constant array of the plan."""
Place = tuple[int, int]
"""A node: its step, and which of the step's nodes it is."""


@dataclass(frozen=True, slots=True)
class Gather:
    """Values of nodes, brought side by side.

    Attributes
    ----------
    sources : the steps whose values are joined.
    index : number of the array of places in that join; None for all of it in order.
    """

    sources: tuple[int, ...]
    index: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """Nodes that are computed at once; their value is an array (nodes, batch, width).

    Attributes
    ----------
    kind : "input", "constant", "sum" or "product".
    width : number of channels of each node.
    count : number of nodes.
    locations : of an input step, ascending.
    children : of a sum, one by position of the child; of a product, one for all children of all
        nodes.
    tables : of a sum, by position of the child: the labels of the different matrices.
    which : number of the array that says which of them each node uses; None for one each, or one
        for all.
    beta : of a sum in log-space, as in `SimNode`.
    averaged : number of channels that it averages over; 1 in softmax mode.
    """

    kind: str
    width: int
    count: int
    locations: tuple[int, ...] = ()
    children: tuple[Gather, ...] = ()
    tables: tuple[tuple[Label, ...], ...] = ()
    which: int | None = None
    beta: float = 1.0
    averaged: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What `circuitalg.learning.run.run` carries out.

    Attributes
    ----------
    structure : the circuit, or the graph of the SimNet as one.
    log : whether values are logarithms.
    steps : in order; the last one is the output.
    arrays : indices (int64) and fixed matrices (float64; in log-space offsets), by number.
    """

    structure: Circuit
    log: bool
    steps: tuple[Step, ...]
    arrays: tuple[Array, ...]


def plan_of(network: Circuit | SimNet) -> Plan:
    """Fold a circuit (over the reals) or a SimNet (in log-space) into batched steps.

    A step's nodes have one depth, kind, width, and children of the same widths. So an HT model of
    L levels has 2·L + 2 steps, whatever the number of its locations.
    """
    if isinstance(network, Circuit):
        return _Folding(network, False, lambda _: (1.0, False)).plan()
    nodes = network.nodes
    return _Folding(network.structure, True, lambda i: (float(nodes[i].beta), nodes[i].mean)).plan()


@dataclass
class _Folding:
    """Steps being collected."""

    structure: Circuit
    log: bool
    mode: Callable[[int], tuple[float, bool]]
    steps: list[Step] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)
    arrays: list[Array] = field(default_factory=list)
    fixed: dict[tuple[Matrix, float], int] = field(default_factory=dict)

    def plan(self) -> Plan:
        """All steps, from the inputs to the output."""
        for members in self._groups():
            node = self.structure.nodes[members[0]]
            if node.kind == "input":
                self._inputs(members)
                continue
            # Nodes in the order of their children need no gathering in the usual networks.
            members.sort(key=lambda i: [self.places[c] for c in self.structure.nodes[i].children])
            if node.kind == "sum":
                step = self._sum(members)
            else:
                below = [c for i in members for c in self.structure.nodes[i].children]
                children = (self._gather(below),) if below else ()
                step = Step(node.kind, node.width, len(members), children=children)
            self.places |= {i: (len(self.steps), k) for k, i in enumerate(members)}
            self.steps.append(step)
        return Plan(self.structure, self.log, tuple(self.steps), tuple(self.arrays))

    def _groups(self) -> list[list[int]]:
        """Nodes that make one step: inputs, which know the size of the batch, then by depth."""
        nodes = self.structure.nodes
        depths: list[int] = []
        groups: dict[tuple[Any, ...], list[int]] = {}
        for i, node in enumerate(nodes):
            depths.append(1 + max((depths[child] for child in node.children), default=-1))
            widths: tuple[int, ...] = (len(node.children),)
            if node.kind == "sum":
                widths = tuple(nodes[child].width for child in node.children)
            key = (depths[i], node.kind, node.width, widths, self.mode(i))
            groups.setdefault(key, []).append(i)
        return [groups[key] for key in sorted(groups, key=lambda key: (key[0], key[1] != "input"))]

    def _inputs(self, members: Sequence[int]) -> None:
        nodes = [self.structure.nodes[i] for i in members]
        locations = sorted({node.location for node in nodes if node.location is not None})
        order = {location: k for k, location in enumerate(locations)}
        for i, node in zip(members, nodes, strict=True):
            if node.location is not None:
                self.places[i] = (len(self.steps), order[node.location])
        self.steps.append(Step("input", nodes[0].width, len(locations), tuple(locations)))

    def _sum(self, members: Sequence[int]) -> Step:
        nodes = [self.structure.nodes[i] for i in members]
        beta, mean = self.mode(members[0])
        widths = [self.structure.nodes[child].width for child in nodes[0].children]
        labels = [self._labels(node, beta) for node in nodes]
        different = list(dict.fromkeys(labels))
        which = None
        if 1 < len(different) < len(labels):
            which = self._keep(np.array([different.index(each) for each in labels]))
        return Step(
            "sum",
            nodes[0].width,
            len(members),
            children=tuple(
                self._gather(below) for below in zip(*(n.children for n in nodes), strict=True)
            ),
            tables=tuple(zip(*different, strict=True)),
            which=which,
            beta=beta,
            averaged=sum(widths) if mean else 1,
        )

    def _labels(self, node: Node, beta: float) -> tuple[Label, ...]:
        found: list[Label] = []
        for label in node.matrices:
            if isinstance(label, str):
                found.append(label)
                continue
            if (label, beta) not in self.fixed:
                self.fixed[label, beta] = self._keep(self._table(label, beta))
            found.append(self.fixed[label, beta])
        return tuple(found)

    def _table(self, matrix: Matrix, beta: float) -> Array:
        """A fixed matrix E as numbers, in log-space as offsets log(E)/β."""
        if not self.log:
            return np.array(matrix, dtype=float)
        if beta in (inf, -inf):  # 0, and what never is the largest or least
            return np.where(np.array(matrix, dtype=float) > 0, 0.0, -beta)
        return logarithms(matrix, "a fixed matrix") / beta

    def _gather(self, below: Sequence[int]) -> Gather:
        places = [self.places[child] for child in below]
        sources = tuple(sorted({step for step, _ in places}))
        starts, total = {}, 0
        for step in sources:
            starts[step] = total
            total += self.steps[step].count
        index = [starts[step] + k for step, k in places]
        return Gather(sources, None if index == list(range(total)) else self._keep(np.array(index)))

    def _keep(self, array: Array) -> int:
        self.arrays.append(array)
        return len(self.arrays) - 1
