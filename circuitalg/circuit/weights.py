"""Weights of a circuit: random ones of several kinds, and the reading of given ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix
from circuitalg.errors import ArgumentError, WeightError
from circuitalg.memory import check_parts, in_print
from circuitalg.options import choice, described, natural
from circuitalg.tables import as_table

if TYPE_CHECKING:
    import numpy as np


def random_weights(circuit: Circuit, seed: int = 0, kind: str = "integer") -> dict[str, Any]:
    """Random weights; one seed gives the same weights on every machine.

    Parameters
    ----------
    circuit : the one whose parameters get values.
    seed : of NumPy's PCG64 generator, at least 0.
    kind :
        "integer": int64, uniform on −9 … 9;
        "fraction": objects, Fractions p/q with p uniform on −9 … 9 and q on 1 … 9;
        "float": float64, standard normal;
        "nonnegative": int64, uniform on 0 … 9;
        "simplex": objects, Fractions ≥ 0; every row (the weights of one output channel) sums to 1.

    Returns
    -------
    dict
        Parameter name to an array of shape (rows, columns).

    Raises
    ------
    ArgumentError, OptionError
        For an unknown kind, or a seed that is not a natural number.
    TooLargeError
        When the weights would not fit into memory.
    """
    import numpy as np

    draw = _KINDS[choice("the kind of weights", kind, _KINDS)]
    seed = natural("the seed", seed)
    what = f"weights of {in_print(circuit.num_parameters)} parameters"
    check_parts(circuit.num_parameters, _NUMBER_BYTES[kind], what, "take fewer channels")
    generator = np.random.Generator(np.random.PCG64(seed))
    return {name: draw(generator, shape) for name, shape in circuit.parameters.items()}


def _integer(generator: np.random.Generator, shape: tuple[int, int]) -> Any:
    return generator.integers(-9, 10, shape)


def _nonnegative(generator: np.random.Generator, shape: tuple[int, int]) -> Any:
    return generator.integers(0, 10, shape)


def _float(generator: np.random.Generator, shape: tuple[int, int]) -> Any:
    return generator.standard_normal(shape)


def _fraction(generator: np.random.Generator, shape: tuple[int, int]) -> Any:
    tops = generator.integers(-9, 10, shape).tolist()
    bottoms = generator.integers(1, 10, shape).tolist()
    rows = [
        [Fraction(p, q) for p, q in zip(top, bottom, strict=True)]
        for top, bottom in zip(tops, bottoms, strict=True)
    ]
    return _objects(rows, shape)


def _simplex(generator: np.random.Generator, shape: tuple[int, int]) -> Any:
    rows = []
    for parts in generator.integers(0, 10, shape).tolist():
        # A row of zeros has no direction: every channel gets the same share.
        total = sum(parts)
        rows.append([Fraction(p, total) if total else Fraction(1, len(parts)) for p in parts])
    return _objects(rows, shape)


def _objects(rows: list[list[Fraction]], shape: tuple[int, int]) -> Any:
    import numpy as np

    array = np.empty(shape, dtype=object)
    array[...] = rows
    return array


_NUMBER_BYTES = {"integer": 8, "nonnegative": 8, "float": 8, "fraction": 120, "simplex": 120}
_KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int]], Any]] = {
    "integer": _integer,
    "fraction": _fraction,
    "float": _float,
    "nonnegative": _nonnegative,
    "simplex": _simplex,
}


def as_weights(
    circuit: Circuit, weights: Mapping[str, Any], *, exact: bool = False
) -> dict[str, Any]:
    """Weights as arrays, after checking that they have exactly the circuit's parameters' shapes.

    Arrays of any library stay as they are: only their ``shape`` is read. Nested lists become
    NumPy arrays, of objects where they are to stay ``exact``.

    Raises
    ------
    ArgumentError
        When this is not a dictionary.
    WeightError
        One sentence that names the parameter, the shape it needs, and the shape given; also for
        masked entries.
    """
    check_mapping(weights)
    tables = {}
    for name, shape in circuit.parameters.items():
        if name not in weights:
            raise WeightError(
                f"parameter {name!r} has no weights; it needs an array of shape {shape}"
            )
        table = tables[name] = as_table(
            weights[name], f"the weight of parameter {name!r}", exact=exact
        )
        if tuple(table.shape) != shape:
            raise WeightError(
                f"the weights of parameter {name!r} have shape {tuple(table.shape)}; it needs "
                f"{shape} (channels out, channels in)"
            )
    if len(weights) > len(circuit.parameters):
        unknown = next(name for name in weights if name not in circuit.parameters)
        raise WeightError(f"the circuit has no parameter {unknown!r}; leave it out")
    return tables


def check_shapes(shapes: Mapping[str, tuple[int, int]], weights: Mapping[str, Matrix]) -> None:
    """Refuse exact matrices that do not have these names and shapes, as `as_weights` does arrays.

    Raises
    ------
    WeightError
        One sentence that names the parameter.
    """
    if weights.keys() != shapes.keys():
        name = min(weights.keys() ^ shapes.keys())
        raise WeightError(
            f"parameter {name!r} has no weights"
            if name in shapes
            else f"the circuit has no parameter {name!r}; leave it out"
        )
    for name, (rows, columns) in shapes.items():
        matrix = weights[name]
        if len(matrix) != rows or any(len(row) != columns for row in matrix):
            raise WeightError(
                f"the weights of parameter {name!r} are not a matrix of shape {(rows, columns)} "
                "(channels out, channels in)"
            )


def check_mapping(weights: Any) -> None:
    """Refuse weights that are not a dictionary."""
    if not isinstance(weights, Mapping):
        raise ArgumentError(
            f"weights are a dictionary from parameter names to arrays, not {described(weights)}"
        )
