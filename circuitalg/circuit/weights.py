"""Weights of a circuit: random ones of several kinds, and the check that given ones fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import natural_number
from circuitalg.errors import CircuitError, WeightError

if TYPE_CHECKING:
    import numpy as np


def random_weights(circuit: Circuit, seed: int = 0, kind: str = "integer") -> dict[str, Any]:
    """Random weights; one seed gives the same weights on every machine.

    Parameters
    ----------
    circuit : whose parameters get values.
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
    WeightError
        For another kind, or a seed that is no natural number.
    """
    import numpy as np

    draw = _KINDS.get(kind)
    if draw is None:
        raise WeightError(
            f"weights of kind {kind!r} do not exist; choose one of {', '.join(_KINDS)}"
        )
    try:
        seed = natural_number(seed, "the seed")
    except CircuitError as error:
        raise WeightError(str(error)) from None
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


_KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int]], Any]] = {
    "integer": _integer,
    "fraction": _fraction,
    "float": _float,
    "nonnegative": _nonnegative,
    "simplex": _simplex,
}


def check_weights(circuit: Circuit, weights: Mapping[str, Any]) -> None:
    """Check that weights have exactly the circuit's parameters, in the right shapes.

    Arrays of any library will do: only their ``shape`` is read. Entries are not looked at.

    Raises
    ------
    WeightError
        One sentence that names the parameter, the shape it needs, and the shape given.
    """
    if not isinstance(weights, Mapping):
        raise WeightError(
            f"weights are a dictionary from parameter names to arrays, not a "
            f"{type(weights).__name__}"
        )
    for name, shape in circuit.parameters.items():
        if name not in weights:
            raise WeightError(
                f"parameter {name!r} has no weights; it needs an array of shape {shape}"
            )
        given = getattr(weights[name], "shape", None)
        if given is None:
            raise WeightError(
                f"the weights of parameter {name!r} are a {type(weights[name]).__name__}; they "
                f"must be an array of shape {shape}"
            )
        if tuple(given) != shape:
            raise WeightError(
                f"the weights of parameter {name!r} have shape {tuple(given)}; it needs {shape} "
                "(channels out, channels in)"
            )
    if len(weights) > len(circuit.parameters):
        unknown = next(name for name in weights if name not in circuit.parameters)
        raise WeightError(f"the circuit has no parameter {unknown!r}; leave it out")
