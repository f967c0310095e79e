"""Strategies for numbers: weights of a circuit, and inputs to it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.options import choice, natural
from circuitalg.strategies.draws import flip, number, pick

if TYPE_CHECKING:
    import numpy as np

WEIGHT_KINDS = ("integer", "rational", "float", "nonnegative", "simplex", "sparse", "degenerate")
"""The kinds of weights."""

INPUT_KINDS = ("integer", "rational", "float", "nonnegative", "simplex", "sparse", "indicator")
"""The kinds of inputs."""

_LARGEST = 9


def weights(circuit: CircuitLike, kind: str = "integer") -> SearchStrategy[dict[str, Any]]:
    """Weights of a circuit by parameter name, as ``circuit.evaluate`` takes them.

    Parameters
    ----------
    circuit : the one whose parameters get values.
    kind
        "integer": int64, −9 to 9;
        "rational": objects, ints and Fractions p/q with |p| ≤ 9 and q ≤ 9;
        "float": float64, −100 to 100;
        "nonnegative": int64, 0 to 9;
        "simplex": objects, ints and Fractions ≥ 0; every row sums to 1;
        "sparse": int64, most entries 0;
        "degenerate": int64; matrices that are singular or as special as can be: zero, all ones, a
        unit matrix, one row everywhere, a product of a column and a row.

    Raises
    ------
    ArgumentError, OptionError
        When made: for something that is no circuit, and for another kind.

    Examples
    --------
    >>> from circuitalg import cp_model
    >>> from hypothesis import find
    >>> circuit = cp_model(locations=2, dim=2, width=1)
    >>> find(weights(circuit), lambda w: w["out"].item() > 3)["out"]
    array([[4]])
    """
    circuit = as_circuit(circuit)
    make = _MATRICES[choice("the kind of weights", kind, WEIGHT_KINDS)]
    return st.fixed_dictionaries({name: make(s) for name, s in circuit.parameters.items()})


def inputs(circuit: CircuitLike, kind: str = "integer", *, batch: int = 2) -> SearchStrategy[Any]:
    """Inputs of a circuit: an array (batch, N, M), or arrays (batch, M_i) by location.

    The list stands where the locations have several dimensions.

    Parameters
    ----------
    circuit : the one that is to be evaluated.
    kind : as for `weights`; "indicator" gives unit vectors and vectors of ones (a missing
        location), which read off coefficients and marginals.
    batch : number of inputs.

    Raises
    ------
    ArgumentError, OptionError
        When made: for something that is no circuit, for another kind, for a negative batch.

    Examples
    --------
    >>> from circuitalg import cp_model
    >>> from hypothesis import find
    >>> find(inputs(cp_model(2, 2, 1), batch=1), lambda x: x.sum() > 3).tolist()
    [[[0, 0], [0, 4]]]
    """
    circuit = as_circuit(circuit)
    make = _MATRICES[choice("the kind of inputs", kind, INPUT_KINDS)]
    count = natural("batch", batch)
    tables = st.tuples(*(make((count, dim)) for dim in circuit.dims))
    return tables.map(_together)


def _together(tables: tuple[Any, ...]) -> Any:
    import numpy as np

    dims = {table.shape[1] for table in tables}
    return np.stack(tables, axis=1) if len(dims) == 1 else list(tables)


@cache
def tables(
    entries: SearchStrategy[Any], shape: tuple[int, int], kind: str
) -> SearchStrategy[np.ndarray]:
    """Matrices of independent entries, as arrays of this dtype."""
    count = shape[0] * shape[1]
    return st.lists(entries, min_size=count, max_size=count).map(
        lambda flat: _array(flat, shape, kind)
    )


def _array(flat: list[Any], shape: tuple[int, int], kind: str) -> np.ndarray:
    import numpy as np

    table = np.empty(shape, dtype=kind)
    table.ravel()[:] = flat
    return table


@st.composite
def _simplex(draw: DrawFn, shape: tuple[int, int]) -> Any:
    rows: list[int | Fraction] = []
    for _ in range(shape[0]):
        parts = draw(_naturals(shape[1]))
        total = sum(parts)
        shares = [Fraction(p, total) if total else Fraction(1, len(parts)) for p in parts]
        rows += [int(x) if x.denominator == 1 else x for x in shares]
    return _array(rows, shape, "object")


@cache
def _naturals(count: int) -> SearchStrategy[list[int]]:
    return st.lists(st.integers(0, _LARGEST), min_size=count, max_size=count)


@st.composite
def _degenerate(draw: DrawFn, shape: tuple[int, int]) -> Any:
    rows, columns = shape
    form = pick(draw, ("zero", "ones", "unit", "one row", "rank one", "signs"))
    if form == "one row":
        first = draw(_naturals(columns))
        flat = first * rows
    elif form == "rank one":
        left, right = draw(_naturals(rows)), draw(_naturals(columns))
        flat = [a * b for a in left for b in right]
    elif form == "signs":
        flat = [1 - 2 * flip(draw) for _ in range(rows * columns)]
    else:
        shift = number(draw, 0, columns - 1) if form == "unit" else 0
        value = {"zero": lambda _r, _c: 0, "ones": lambda _r, _c: 1}.get(
            form, lambda r, c: int((r + shift) % columns == c)
        )
        flat = [value(r, c) for r in range(rows) for c in range(columns)]
    return _array(flat, shape, "int64")


@st.composite
def _indicator(draw: DrawFn, shape: tuple[int, int]) -> Any:
    flat: list[int] = []
    for _ in range(shape[0]):
        at = number(draw, 0, shape[1])
        flat += [int(at in (c, shape[1])) for c in range(shape[1])]
    return _array(flat, shape, "int64")


def _independent(
    entries: SearchStrategy[Any], dtype: str
) -> Callable[[tuple[int, int]], SearchStrategy[Any]]:
    return lambda shape: tables(entries, shape, dtype)


_INTEGERS = st.integers(-_LARGEST, _LARGEST)
_RATIONALS = st.one_of(
    _INTEGERS,
    st.builds(Fraction, _INTEGERS, st.integers(1, _LARGEST)).map(
        lambda x: int(x) if x.denominator == 1 else x
    ),
)
_MATRICES: dict[str, Callable[[tuple[int, int]], SearchStrategy[Any]]] = {
    "integer": _independent(_INTEGERS, "int64"),
    "rational": _independent(_RATIONALS, "object"),
    "float": _independent(st.floats(-100, 100, allow_subnormal=False), "float64"),
    "nonnegative": _independent(st.integers(0, _LARGEST), "int64"),
    "simplex": _simplex,
    "sparse": _independent(st.sampled_from((0, 0, 0, 0, 1, -1, 2, -3)), "int64"),
    "degenerate": _degenerate,
    "indicator": _indicator,
}
