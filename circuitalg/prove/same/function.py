"""Equality of two networks: nodes of one are looked up in the other; small ones are multiplied out.

Where they differ, a point is found by exact evaluation at small integers.
"""

from __future__ import annotations

import operator
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from circuitalg.circuit.graph import Circuit, Matrix
from circuitalg.circuit.node import Node, exact_matrix
from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import ArgumentError, NotProved, Refuted, RuleError
from circuitalg.expressions import Expression, matrix, parameter
from circuitalg.kernel.same.function import (
    Claim,
    NormalForm,
    SameFunction,
    Simulation,
    mapped_weights,
    same_function,
)
from circuitalg.kernel.same.matrices import Rows, Table
from circuitalg.kernel.same.simulation import First, Second, is_selection, without_zeros
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import described, is_list

_TRIES = 5
_SPREAD = 9
_SMALL = 5_000
_MAX_BITS = 1 << 30


def prove_same(
    a: CircuitLike, b: CircuitLike, weights: Mapping[str, Any] | None = None
) -> Theorem[SameFunction]:
    """Prove that b computes what a computes, for all weights of a and all inputs.

    Parameters
    ----------
    a, b
        Circuits with the same locations, dimensions and number of outputs.
    weights
        For parameters of b, the name of one of a's, a matrix of exact numbers, or an expression
        over a's parameters, such as ``matrix([[0, 1], [1, 0]]) * parameter("a0.0")`` of
        ``ca.expressions``. A parameter that is not given has the value of a's parameter
        of the same name; where a has none, the networks are matched node by node from the output
        down.

    Raises
    ------
    Refuted
        With weights and an input where they differ.
    NotProved
        When neither a proof nor such a point is found.

    Notes
    -----
    Source: docs/rules/same.md.

    Examples
    --------
    >>> from circuitalg import cp_model, ht_model
    >>> prove_same(cp_model(4, 2, 3), ht_model(4, 2, [3], window=4)).statement.summary
    'the same function'
    """
    a, b = as_circuit(a, "the first network"), as_circuit(b, "the second network")
    mapped = _mapped(a, b, {} if weights is None else weights)
    table = Table(a.parameters)
    rows = mapped_weights(a, b, mapped, table)  # the shapes, before any search
    try:
        return same_function(a, b, mapped, simulation(a, b, rows, table))
    except RuleError as error:
        reason = str(error)
    refute(a, b, mapped)
    if a.num_parameters + sum(a.dims) <= _SMALL and max(len(a.nodes), len(b.nodes)) <= _SMALL:
        try:
            return same_function(a, b, mapped, NormalForm())
        except RuleError as error:
            reason = str(error)
    raise NotProved(f"neither a proof nor a point of difference was found: {reason}")


# The map of the weights


def _mapped(a: Circuit, b: Circuit, given: Mapping[str, Any]) -> dict[str, Expression]:
    if not isinstance(given, Mapping):
        raise ArgumentError(
            "weights= must be a dictionary from the second network's parameters to expressions, "
            f"not {described(given)}"
        )
    unknown = [name for name in given if name not in b.parameters]
    if unknown:
        raise RuleError(f"the second network has no parameter {unknown[0]!r}")
    found = {name: _expression(name, value) for name, value in given.items()}
    missing = [name for name in b.parameters if name not in found]
    if all(a.parameters.get(name) == b.parameters[name] for name in missing):
        return found | {name: parameter(name) for name in missing}
    matched = _matched(a, b)
    for name in missing:
        if name not in matched:
            raise NotProved(
                f"the second network's parameter {name!r} has no counterpart in the first; "
                "give it in weights="
            )
        found[name] = parameter(matched[name])
    return found


def _expression(name: str, value: Any) -> Expression:
    if isinstance(value, Expression):
        return value
    if isinstance(value, str):
        return parameter(value)
    if not is_list(value):
        raise ArgumentError(
            f"the weight of {name!r} must be a parameter's name, a matrix, or an expression of "
            f"circuitalg.expressions, not {described(value)}"
        )
    return matrix(exact_matrix(value, f"the parameter {name!r}"))


def _matched(a: Circuit, b: Circuit) -> dict[str, str]:
    """Match nodes from the outputs down, children by their smallest locations."""
    lows = [_lowest(circuit) for circuit in (a, b)]
    found: dict[str, str] = {}
    stack = [(len(a.nodes) - 1, len(b.nodes) - 1)]
    seen = set()
    while stack:
        pair = stack.pop()
        if pair in seen:
            continue
        seen.add(pair)
        left, right = a.nodes[pair[0]], b.nodes[pair[1]]
        if left.kind != right.kind or len(left.children) != len(right.children):
            continue
        orders = [
            sorted(range(len(node.children)), key=lambda k: (low[node.children[k]], k))
            for node, low in zip((left, right), lows, strict=True)
        ]
        for i, j in zip(*orders, strict=True):
            stack.append((left.children[i], right.children[j]))
            if left.kind == "sum":
                labels = left.matrices[i], right.matrices[j]
                if isinstance(labels[0], str) and isinstance(labels[1], str):
                    found.setdefault(labels[1], labels[0])
    return found


def _lowest(circuit: Circuit) -> list[int]:
    found: list[int] = []
    for node in circuit.nodes:
        if node.location is not None:
            found.append(node.location)
        else:
            found.append(min((found[child] for child in node.children), default=-1))
    return found


# Simulation


def simulation(a: Circuit, b: Circuit, rows: Mapping[str, Rows], table: Table) -> Simulation:
    """For every sum of b that a product will need, look for a product of a's nodes."""
    first = First(a, table)
    second = Second(first, b, rows)
    channels = _channels(first)
    claims: list[Claim] = []
    used: Counter[int] = Counter()
    for place, node in enumerate(b.nodes):
        second.add(place)
        combination = second.combinations[place]
        if node.kind != "sum" or combination is None:
            continue
        copied = _copied(combination)
        found = copied if copied and is_selection(copied[0]) else None
        found = found or _found(a, channels, combination, node, used) or copied
        if found is not None:
            used.update(found[1])
            chosen, nodes = found
            claim = (place, None if chosen == _unit(node.width) else chosen, nodes)
            second.claim(*claim)
            claims.append(claim)
    return Simulation(tuple(claims))


Channel = frozenset[Any]
Found = tuple[Matrix, tuple[int, ...]]
"""A matrix and nodes of a."""


def _channels(first: First) -> dict[Channel, list[tuple[int, int]]]:
    """Where each channel of a sum of a occurs: (node, row) by what the row adds up."""
    found: dict[Channel, list[tuple[int, int]]] = {}
    for place, node in enumerate(first.circuit.nodes):
        if node.kind == "sum":
            combination = without_zeros(first.expanded((place,), node.width))
            for row in range(node.width):
                found.setdefault(_channel(combination, row), []).append((place, row))
    return found


def _channel(combination: Mapping[Any, Rows], row: int) -> Channel:
    return frozenset(
        (product, column, frozenset(entry.items()))
        for product, rows in combination.items()
        for column, entry in enumerate(rows[row])
        if entry
    )


def _found(
    a: Circuit,
    channels: Mapping[Channel, list[tuple[int, int]]],
    combination: Mapping[Any, Rows],
    node: Node,
    used: Mapping[int, int],
) -> Found | None:
    """A sum of a that has all these channels, and the rows to select.

    Among several: the one of the same name, or else the least used, so that copies in b are matched
    with different copies in a.
    """
    rows = range(node.width)
    options = [dict(reversed(channels.get(_channel(combination, r), []))) for r in rows]
    shared = set(options[0]).intersection(*options[1:])
    if not shared:
        return None
    place = min(shared, key=lambda i: (a.nodes[i].name != node.name, used[i], i))
    unit = _unit(a.nodes[place].width)
    return tuple(unit[option[place]] for option in options), (place,)


def _copied(combination: Mapping[Any, Rows]) -> Found | None:
    """A single product of a's nodes under a matrix of numbers; or ones."""
    if len(combination) != 1:
        return None
    ((product, rows),) = combination.items()
    if not product:
        return (_unit(len(rows)), ()) if all(row == [{(): 1}] for row in rows) else None
    if any(set(entry) - {()} for row in rows for entry in row):
        return None
    return tuple(tuple(entry.get((), 0) for entry in row) for row in rows), product


def _unit(width: int) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(i == j) for j in range(width)) for i in range(width))


# Refutation


def refute(a: Circuit, b: Circuit, weights: Mapping[str, Expression]) -> None:
    """Compare exact values at random small integers; raise Refuted at a difference."""
    if not (_affordable(a) and _affordable(b)):
        return
    draw = random.Random(0)
    for _ in range(_TRIES):
        point = {
            name: [[draw.randint(-_SPREAD, _SPREAD) for _ in range(c)] for _ in range(r)]
            for name, (r, c) in a.parameters.items()
        }
        x = [[draw.randint(-_SPREAD, _SPREAD) for _ in range(dim)] for dim in a.dims]
        inputs = [np.array([row], dtype=object) for row in x]
        exact = {name: np.array(rows, dtype=object) for name, rows in point.items()}
        mapped = {name: _value(e, exact) for name, e in weights.items()}
        left, right = a.evaluate(exact, inputs), b.evaluate(mapped, inputs)
        if (left != right).any():
            raise Refuted(
                "the networks differ: at the weights "
                f"{_short(point)} and x = {_short(x)} the first gives {left[0].tolist()}, the "
                f"second {right[0].tolist()}"
            )


def _affordable(circuit: Circuit) -> bool:
    """Whether exact values stay within some 100 MB: a node of degree d has some 8 d bits."""
    degrees: list[int] = []
    bits = 0
    for node in circuit.nodes:
        below = [degrees[child] for child in node.children]
        degree = sum(below) if node.kind == "product" else max(below, default=0) + 1
        bits += node.width * degree * 8
        if bits > _MAX_BITS:
            return False
        degrees.append(degree)
    return True


def _value(expression: Expression, point: Mapping[str, Any]) -> Any:
    if expression.op == "parameter":
        return point[expression.args[0]]
    if expression.op == "matrix":
        return np.array(expression.args, dtype=object)
    combine = operator.add if expression.op == "+" else operator.matmul
    return reduce(combine, (_value(part, point) for part in expression.args))


def _short(value: Sequence[Any] | Mapping[str, Any]) -> str:
    text = str(value)
    return text if len(text) <= 400 else text[:400] + "..."
