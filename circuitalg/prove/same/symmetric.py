"""Symmetries: subtrees that are equal, shared weights included, may be exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from circuitalg.circuit.graph import Circuit
from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import ArgumentError, NotProved, RuleError
from circuitalg.expressions import parameter
from circuitalg.kernel.same.function import NormalForm, SameFunction, mapped_weights, same_function
from circuitalg.kernel.same.matrices import Table
from circuitalg.kernel.same.symmetric import Generators, Permutation, Symmetric, moved, symmetric
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import described, is_list, natural
from circuitalg.prove.same.function import refute, simulation


def prove_symmetric(
    circuit: CircuitLike, generators: Sequence[Sequence[int]] | None = None
) -> Theorem[Symmetric]:
    """Prove that permutations of the locations leave a network's function unchanged.

    Parameters
    ----------
    circuit
        Any circuit when generators are given; else a tree circuit.
    generators
        Permutations (π(0), …, π(N−1)). When None, exchanges of children of a product that are equal
        subtrees with the same parameters; they generate all such exchanges in the network.

    Raises
    ------
    Refuted
        With weights and an input, when a permutation changes the function.
    NotProved
        When no symmetry is found, or no proof of one.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, section 3.3; docs/rules/same.md.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> prove_symmetric(ht_model(4, 2, [2, 2], shared=True)).statement.generators
    ((2, 3, 0, 1), (1, 0, 2, 3))
    """
    circuit = as_circuit(circuit)
    chosen = list(_exchanges(circuit)) if generators is None else _permutations(generators, circuit)
    if not chosen:
        raise NotProved("no two children of a product are equal subtrees with equal parameters")
    premises = tuple(_equality(circuit, generator) for generator in chosen)
    return symmetric(circuit, tuple(chosen), Generators(), premises)


def _permutations(generators: Any, circuit: Circuit) -> list[Permutation]:
    count = circuit.num_locations
    if not is_list(generators) or not all(map(is_list, generators)):
        raise ArgumentError(
            f"generators must be a list of permutations of the {count} locations, such as "
            f"[{list(reversed(range(min(count, 8))))}], not {described(generators)}"
        )
    return [tuple([natural("an image of a location", i) for i in g]) for g in generators]


def _equality(circuit: Circuit, generator: Permutation) -> Theorem[SameFunction]:
    """The network with its locations permuted is the same."""
    other, table = moved(circuit, generator), Table(circuit.parameters)
    same = {name: parameter(name) for name in circuit.parameters}
    rows = mapped_weights(circuit, other, same, table)
    reason = ""
    for proof in (lambda: simulation(circuit, other, rows, table), NormalForm):
        try:
            return same_function(circuit, other, same, proof())
        except RuleError as error:
            reason = str(error)
            refute(circuit, other, same)
    raise NotProved(f"neither a proof of a symmetry nor a counterexample was found: {reason}")


def _exchanges(circuit: Circuit) -> Iterator[Permutation]:
    """Exchange neighbours among equal children, in the first of every set of equal subtrees."""
    if not circuit.is_tree:
        raise NotProved(
            f"give the generators; they are found for trees, and {circuit.is_tree.reason}"
        )
    classes, locations = _classes(circuit)
    stack = [len(circuit.nodes) - 1]
    while stack:
        node = circuit.nodes[stack.pop()]
        groups: dict[int, list[int]] = {}
        for child in node.children:
            groups.setdefault(classes[child], []).append(child)
        for group in groups.values():
            stack.append(group[0])
            for first, second in pairwise(group):
                images = list(range(circuit.num_locations))
                for i, j in zip(locations[first], locations[second], strict=True):
                    images[i], images[j] = j, i
                yield tuple(images)


def _classes(circuit: Circuit) -> tuple[list[int], list[tuple[int, ...]]]:
    """A number by subtree, equal where subtrees are, and its locations in a common order."""
    numbers: dict[object, int] = {}
    classes: list[int] = []
    locations: list[tuple[int, ...]] = []
    for node in circuit.nodes:
        order = sorted(range(len(node.children)), key=lambda k: classes[node.children[k]])
        below = tuple(classes[node.children[k]] for k in order)
        labels = tuple(node.matrices[k] for k in order) if node.matrices else ()
        key = (node.kind, node.width, labels, below)
        classes.append(numbers.setdefault(key, len(numbers)))
        found = (i for k in order for i in locations[node.children[k]])
        locations.append(tuple(found) if node.location is None else (node.location,))
    return classes, locations
