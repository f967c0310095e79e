"""Matrix expressions over a network's weights, as what they make of a vector of channels."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from ..circuit import Circuit
from ..expressions import Tree
from ..read import Refusal, brief
from .expansion import Algebra, Channels, Edge


def mapped_weights(given: Mapping[str, Tree], a: Circuit, b: Circuit, algebra: Algebra) -> Edge:
    """Return what the second network's parameters do, each an expression over the first one's."""
    if given.keys() != set(b.parameters):
        raise Refusal("the map of the weights needs exactly the second network's parameters.")

    def applied(tree: Tree, channels: Channels) -> Channels:
        op, *parts = tree
        if op == "matrix":
            return algebra.numbers(parts, channels)
        if op == "parameter":
            if parts[0] not in a.parameters:
                raise Refusal(f"the first network has no parameter {brief(parts[0])}.")
            return algebra.variables(a, a.parameters.index(parts[0]), channels)
        if op == "+":
            return functools.reduce(algebra.sum, (applied(part, channels) for part in parts))
        return functools.reduce(lambda found, part: applied(part, found), reversed(parts), channels)

    def edge(number: int, channels: Channels) -> Channels:
        name, shape = b.parameters[number], b.shapes[number]
        found = applied(given[name], channels)
        if len(found) != shape[0]:
            raise Refusal(f"the expression for {brief(name)} does not have the shape {shape}.")
        return found

    return edge
