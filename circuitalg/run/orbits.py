"""Bipartitions that a symmetry of the network carries into each other get one network.

A bipartition marks the leaves of the tree of variables with its sides. Sorting the children of
every variable by the marked subtrees below them (Aho, Hopcroft, Ullman 1974, example 3.2) gives
equal networks for bipartitions that differ by an automorphism: the 32,767 bipartitions of a
balanced binary tree of 16 equal leaves leave 229. Which order is taken matters for speed alone,
since the kernel (`rearranged`) makes the network from the order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.kernel.rank.network import CircuitNetwork, Network, circuit_network, rearranged


class Orbits:
    """The network of a tree circuit for any bipartition: one for all those of an orbit.

    What is sorted are *items*: the variables, and products below products, which have none of
    their own but keep their children together, as the circuit does.
    """

    def __init__(self, circuit: Circuit, output: int) -> None:
        self._circuit = circuit
        any_parts = Bipartition.low_high(circuit.num_locations)
        self._found = circuit_network(circuit, any_parts, output)
        self._children, (leaves, *self._inner) = _items(circuit, self._found)
        network = self._found.network
        uses = Counter(network.labels)
        kinds = [
            # Fixed matrices are told apart by their numbers; parameters by how often they are used.
            (dim, uses[label], label if v and network.fixed[label] is not None else -1)
            for v, (dim, label) in enumerate(zip(network.dims, network.labels, strict=True))
        ]
        numbers = {kind: i for i, kind in enumerate(sorted(set(kinds)))}
        groups = len(self._children) - len(kinds)
        self._kinds = [numbers[kind] for kind in kinds] + [-1] * groups
        # A leaf's rank is 3 · kind + 1 + side, the side of what is no location being -1.
        self._leaves = [(v, 3 * self._kinds[v] + 1, self._found.locations[v]) for v in leaves]

    def network(self, bipartition: Bipartition) -> Network:
        """The network with the children of every variable in sorted order."""
        return rearranged(self._circuit, self._found, bipartition, self._order(bipartition))

    def _order(self, bipartition: Bipartition) -> list[int]:
        """The variables in preorder, children sorted by their marked subtrees."""
        ranks, variables = self._ranks(bipartition), len(self._found.nodes)
        order, stack = [], [0]
        while stack:
            item = stack.pop()
            if item < variables:
                order.append(item)
            stack.extend(sorted(self._children[item], key=ranks.__getitem__, reverse=True))
        return order

    def _ranks(self, bipartition: Bipartition) -> list[int]:
        """Equal numbers for subtrees that look alike; ordered by what they look like."""
        sides, kinds, children = bipartition.sides, self._kinds, self._children
        ranks = [0] * len(kinds)
        for v, first, place in self._leaves:
            ranks[v] = first - 1 if place < 0 else first + sides[place]
        rank = 3 * len(kinds)
        for level in self._inner:
            keys = [(kinds[v], sorted([ranks[c] for c in children[v]])) for v in level]
            last: tuple[int, list[int]] | None = None
            for key, v in sorted(zip(keys, level, strict=True)):
                rank += key != last
                last, ranks[v] = key, rank
        return ranks

    def circuit(self, bipartition: Bipartition) -> Circuit:
        """The same circuit (equal fingerprint) with the children of products in that order."""
        names = self._found.nodes
        position = {names[v]: place for place, v in enumerate(self._order(bipartition))}
        first: list[int] = []
        for node in self._circuit.nodes:
            below = [first[child] for child in node.children]
            first.append(min([position.get(node.name, len(names)), *below]))
        return Circuit.from_nodes(
            replace(node, children=tuple(sorted(node.children, key=first.__getitem__)))
            if node.kind == "product"
            else node
            for node in self._circuit.nodes
        )


def _items(circuit: Circuit, found: CircuitNetwork) -> tuple[list[list[int]], list[list[int]]]:
    """Children of every item, variables first; and the items by height, leaves first."""
    variables = {name: v for v, name in enumerate(found.nodes)}
    children: list[list[int]] = [[] for _ in variables]
    item_of: list[int] = []
    height: dict[int, int] = {}
    levels: list[list[int]] = []
    for node in circuit.nodes:
        item = variables.get(node.name, len(children))
        if node.kind == "sum" and item == len(children):  # its matrix joins what it reads
            item_of.append(item_of[node.children[0]])
            continue
        below = [item_of[child] for child in node.children]
        if item == len(children):
            children.append([])
        children[item] = below
        item_of.append(item)
        height[item] = 1 + max([height[c] for c in below], default=-1)
        if height[item] == len(levels):
            levels.append([])
        levels[height[item]].append(item)
    return children, levels
