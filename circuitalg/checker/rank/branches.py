"""Branches of a circuit: those that are left when parameters are zero, and those that add."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..circuit import SUM, Circuit
from ..meter import Meter
from ..read import Refusal, brief
from ..schema import Subject

Edge = tuple[int, int | None]  # a child, and its matrix below a sum


def edges(circuit: Circuit, node: int) -> list[Edge]:
    """Return the children of a node with their matrices."""
    if circuit.kinds[node] == SUM:
        return list(zip(circuit.children[node], circuit.refs[node], strict=True))
    return [(child, None) for child in circuit.children[node]]


def reached(circuit: Circuit, chosen: Callable[[int], list[Edge]], meter: Meter) -> list[int]:
    """Return the nodes that reach the output by the chosen edges, in order."""
    todo, found = [len(circuit.kinds) - 1], {len(circuit.kinds) - 1}
    while todo:
        below = chosen(todo.pop())
        meter.spend(2000 * (1 + len(below)))
        for child, _ in below:
            if child not in found:
                found.add(child)
                todo.append(child)
    return sorted(found)


def part(
    circuit: Circuit,
    nodes: list[int],
    chosen: Callable[[int], list[Edge]],
    dims: Mapping[int, int],
    meter: Meter,
) -> Circuit:
    """Return the circuit of these nodes and edges, with these dimensions at some locations."""
    found = Circuit(dims=[dims.get(place, dim) for place, dim in enumerate(circuit.dims)])
    number = {node: k for k, node in enumerate(nodes)}
    parameters: dict[int, int] = {}
    matrices: dict[int, int] = {}
    for node in nodes:
        below = chosen(node)
        meter.spend(2000 * (1 + len(below)))
        place = circuit.places[node]
        width = found.dims[place] if place >= 0 else circuit.widths[node]
        refs = []
        for child, ref in below:
            found.uses[number[child]] += 1
            if ref is None:
                continue
            if ref < 0:
                refs.append(-1 - matrices.setdefault(ref, len(matrices)))
                continue
            refs.append(parameters.setdefault(ref, len(parameters)))
            if len(parameters) > len(found.shapes):
                found.shapes.append((width, found.widths[number[child]]))
        found.names.append(circuit.names[node])
        found.kinds.append(circuit.kinds[node])
        found.widths.append(width)
        found.places.append(place)
        found.children.append([number[child] for child, _ in below])
        found.refs.append(refs)
        found.uses.append(0)
    found.parameters = [circuit.parameters[ref] for ref in parameters]
    found.matrices = [circuit.matrices[-1 - ref] for ref in matrices]
    return found


def without(subject: Subject, names: list[str]) -> Subject:
    """Set parameters to zero in all their uses, and return what is left.

    A sum of nothing and a product with such a factor are zero.  The tensor that is left belongs to
    some weights of the whole circuit, and the rank is nowhere larger than almost everywhere.  Every
    location is still there, since the children of a sum have the same ones.
    """
    circuit, meter = subject.circuit, subject.meter
    meter.spend(500 * (len(names) + len(circuit.parameters)))
    if not names or any(a >= b for a, b in itertools.pairwise(names)):
        raise Refusal("the parameters that are set to zero must be one or more, in order.")
    known = {name: k for k, name in enumerate(circuit.parameters)}
    for name in names:
        if name not in known:
            raise Refusal(f"there is no parameter {brief(name)} that could be set to zero.")
    zero = {known[name] for name in names}
    alive = bytearray(len(circuit.kinds))

    def chosen(node: int) -> list[Edge]:
        return [(c, ref) for c, ref in edges(circuit, node) if alive[c] and ref not in zero]

    for i, kind in enumerate(circuit.kinds):
        meter.spend(2000 * (1 + len(circuit.children[i])))
        left = len(chosen(i))
        alive[i] = (kind == SUM and left > 0) or (kind != SUM and left == len(circuit.children[i]))
    if not alive[-1]:
        raise Refusal("nothing is left of the output when these parameters are zero.")
    rest = part(circuit, reached(circuit, chosen, meter), chosen, {}, meter)
    return replace(subject, circuit=rest)


def added(subject: Subject, parts: list[dict[str, Any]]) -> list[Subject]:
    """Return the branches of the output, each with channels of its own at some locations.

    Zeros in the columns of the parameters that read these locations leave branch k nothing but its
    own channels there.  At one location of I and one of J all branches have their own, so they
    stand on disjoint rows and on disjoint columns, and their ranks add.  These parameters occur in
    no other branch, and read nothing else.
    """
    circuit, meter, last = subject.circuit, subject.meter, len(subject.circuit.kinds) - 1
    if circuit.kinds[last] != SUM or not 1 < len(parts) == len(circuit.children[last]):
        raise Refusal(
            f"{len(parts)} branches cannot be added: the output must be a sum of as many, at least"
            " two."
        )
    common = set(range(len(circuit.dims)))
    for each in parts:
        places = each["locations"]
        meter.spend(500 * len(places))
        if any(a >= b for a, b in itertools.pairwise(places)) or places[-1:] >= [len(circuit.dims)]:
            raise Refusal("the locations of a branch must be locations, in increasing order.")
        common.intersection_update(places)
    if {subject.sides[place] for place in common} != {0, 1}:
        raise Refusal("added branches need a common location of I and one of J.")
    total = sum(each["channels"] for each in parts)
    for place in {place for each in parts for place in each["locations"]}:
        if total > circuit.dims[place]:
            raise Refusal(
                f"the branches have {total} channels together at location {place}, which has only"
                f" {circuit.dims[place]}."
            )
    found: list[Subject] = []
    cuts: list[set[int | None]] = []
    uses: Counter[int | None] = Counter()
    for k, (each, branch) in enumerate(zip(parts, edges(circuit, last), strict=True)):
        dims = dict.fromkeys(each["locations"], each["channels"])

        def chosen(node: int, branch: Edge = branch) -> list[Edge]:
            return [branch] if node == last else edges(circuit, node)

        nodes = reached(circuit, chosen, meter)
        own: dict[bool, set[int | None]] = {False: set(), True: set()}
        for node in nodes:
            for child, ref in chosen(node):
                own[circuit.places[child] in dims].add(ref)
        if any(ref is None or ref < 0 for ref in own[True]):
            raise Refusal(f"branch {k} does not read all its locations through parameters.")
        if own[True] & own[False]:
            raise Refusal(f"branch {k} uses a parameter that reads its locations elsewhere too.")
        uses.update(own[True] | own[False])
        cuts.append(own[True])
        found.append(replace(subject, circuit=part(circuit, nodes, chosen, dims, meter)))
    if any(uses[ref] > 1 for own_refs in cuts for ref in own_refs):
        raise Refusal("a parameter that reads a branch's own channels occurs in another branch.")
    return found
