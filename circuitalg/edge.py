"""The public edge: what a person passes is read here, once, at the top of each public function.

What has one plain meaning is accepted (a graph as a circuit, "odd-even" as a bipartition); all else
is refused in a sentence that says what was given and what to give instead.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from numbers import Rational
from typing import TYPE_CHECKING, Any, TypeAlias

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.circuit.graph import Circuit, Matrix
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import exact_rows, plain_number
from circuitalg.circuit.weights import as_weights
from circuitalg.errors import ArgumentError, BipartitionError, OptionError, WeightError
from circuitalg.integers import shown
from circuitalg.options import described, instance, natural
from circuitalg.tables import as_table

if TYPE_CHECKING:
    import networkx as nx

CircuitLike: TypeAlias = "Circuit | nx.DiGraph"
"""What `as_circuit` reads."""


def as_circuit(given: CircuitLike, name: str = "the circuit") -> Circuit:
    """A circuit, or the circuit that a networkx.DiGraph with its attributes is.

    Raises
    ------
    ArgumentError
        When this is neither.
    CircuitError
        When the graph is not a circuit.
    """
    if isinstance(given, Circuit):
        return given
    value: Any = given
    if _is_graph(value):
        return Circuit(value)
    kind = type(value).__name__
    if isinstance(value, str | os.PathLike):
        advice = f"not {described(str(value))}; read a file with ca.load_circuit(path)"
    elif isinstance(value, Bipartition):
        advice = "not a Bipartition; the circuit comes first, then the bipartition"
    elif kind in ("SimNet", "CircuitBuilder"):
        method = "to_circuit()" if kind == "SimNet" else "build(output)"
        advice = f"not a {kind}; call its method {method}"
    elif isinstance(value, type) or callable(value):
        advice = f"not {getattr(value, '__name__', kind)} itself; call it with its sizes"
    else:
        advice = f"or a networkx.DiGraph with a circuit's attributes, not {described(value)}"
    raise ArgumentError(f"{name} must be a Circuit, {advice}")


def as_bipartition(given: BipartitionLike, circuit: Circuit) -> Bipartition:
    """A bipartition of the circuit's locations, from any form that `Bipartition.parse` reads.

    Raises
    ------
    ArgumentError, BipartitionError
        As there, and when its locations are not the circuit's.
    """
    value: Any = given
    if isinstance(value, Circuit) or _is_graph(value):
        raise ArgumentError(
            "the bipartition must be a Bipartition, or a string such as 'odd-even', not a circuit; "
            "the circuit comes first, then the bipartition"
        )
    parts = Bipartition.parse(value, circuit.num_locations)
    if parts.locations != circuit.num_locations:
        raise BipartitionError(
            f"the bipartition has {parts.locations} locations and the circuit has "
            f"{circuit.num_locations}; make it with the circuit's number of locations"
        )
    return parts


def as_output(circuit: Circuit, output: int) -> int:
    """The number of an output channel that the circuit has.

    Raises
    ------
    ArgumentError, OptionError
        When it is not an integer, or there is no such output.
    """
    number = natural("output", output)
    if number >= circuit.num_outputs:
        raise OptionError(
            f"the circuit has {circuit.num_outputs} outputs, numbered from 0; there is no output "
            f"{shown(number, 40)}"
        )
    return number


def as_tree(tree: ModeTree | None, modes: int) -> ModeTree:
    """A mode tree; the balanced binary one of this many modes when None.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    if tree is None:
        return ModeTree.balanced(modes)
    found: ModeTree = instance(
        "the tree", tree, ModeTree, "ModeTree.from_nested([[0, 1], [2, 3]]) makes one"
    )
    return found


# Exact numbers


def exact(numbers: Any) -> Any:
    """The exact rationals that floats are, for theorems at given weights.

    Every finite float is a fraction over a power of two: 0.1 is
    3602879701896397/36028797018963968. Integers and Fractions stay what they are.

    Parameters
    ----------
    numbers
        One number; an array of any library or nested lists; or a dictionary of these, such as
        weights by parameter name.

    Returns
    -------
    int, Fraction, an object array of these, or a dictionary of arrays.

    Raises
    ------
    ArgumentError
        For something that holds no numbers.
    WeightError
        For NaN, infinities, complex numbers, and masked entries.

    Examples
    --------
    >>> exact({"out": [[0.5, 3]]})["out"].tolist()
    [[Fraction(1, 2), 3]]
    """
    if isinstance(numbers, Mapping):
        return {name: exact(table) for name, table in numbers.items()}
    if not isinstance(numbers, list | tuple) and getattr(numbers, "shape", ()) == ():
        return _rational(numbers.item() if hasattr(numbers, "item") else numbers)
    import numpy as np

    table = as_table(numbers, "the argument of ca.exact", exact=True)
    if hasattr(table, "detach"):  # a PyTorch tensor that tracks gradients
        table = table.detach()
    if not isinstance(table, np.ndarray):
        table = as_table(table.tolist(), "the argument of ca.exact")
    found = np.empty(table.shape, dtype=object)
    found.ravel()[:] = [_rational(entry) for entry in table.ravel().tolist()]
    return found


def _rational(entry: Any) -> int | Fraction:
    exact = plain_number(entry)
    if exact is not None:
        return exact
    if isinstance(entry, bool):
        raise ArgumentError(f"ca.exact takes numbers, and {entry} is not one")
    if isinstance(entry, Rational):
        return Fraction(int(entry.numerator), int(entry.denominator))
    if isinstance(entry, float):
        if not isfinite(entry):
            raise WeightError(f"{entry} is not a rational number; give finite numbers")
        found = Fraction(entry)
        return int(found) if found.denominator == 1 else found
    if isinstance(entry, complex):
        raise WeightError(f"{entry} is not a rational number; give real numbers")
    raise ArgumentError(f"ca.exact takes numbers, and {described(entry)} is not one")


def exact_weights(circuit: Circuit, weights: Mapping[str, Any]) -> dict[str, Matrix]:
    """Weights as rational matrices by name: a theorem needs exact numbers, so floats are refused.

    Raises
    ------
    ArgumentError
        When this is not a dictionary.
    WeightError
        For missing, unknown, misshapen or inexact weights.
    """
    tables = as_weights(circuit, weights, exact=True)
    return {name: exact_matrix(table, name) for name, table in sorted(tables.items())}


def exact_matrix(rows: Any, where: str) -> Matrix:
    """A matrix of exact rationals as rows of Python's own numbers; NumPy's integers are converted.

    Raises
    ------
    WeightError
        When an entry is not exact, or the rows differ in length.
    """
    return exact_rows(rows, repr(where), "weights", WeightError)


def _is_graph(value: Any) -> bool:
    networkx = sys.modules.get("networkx")  # whoever made a graph has loaded it
    return networkx is not None and isinstance(value, networkx.Graph)
