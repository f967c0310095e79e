"""`check_circuit_laws`: what holds for every circuit, tried on one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import circuitalg
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.files import load_circuit
from circuitalg.circuit.graph import Circuit
from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import WeightError
from circuitalg.prove.rank.rank import prove_rank
from circuitalg.python_code import code
from circuitalg.strategies.properties import SMALL, check_log_space, check_rank_claim, fail

_SAVED: Final = ("circuit.json", "circuit.graphml")


def check_circuit_laws(circuit: CircuitLike, *, seed: int = 0) -> None:
    """Check on a network, such as one's own model makes, what must hold for every circuit.

    It is read back as it was saved, and made again by its code. Its values are those of its
    polynomial; where it has a coefficient tensor of up to 4,096 entries, also those that the tensor
    and its chosen entries give, and it is linear in each location. Exchanging the sides of a
    bipartition, or the locations, changes no rank; the explicit rank lies between the proved
    bounds. In log-space it has the logarithms of its values, where its fixed matrices allow it.

    Parameters
    ----------
    circuit
        Any circuit.
    seed
        Of the random weights, inputs, bipartition and permutation.

    Raises
    ------
    PropertyFailed
        With the law that fails, and the code of the network.

    Examples
    --------
    >>> from circuitalg import rac_model
    >>> check_circuit_laws(rac_model(locations=3, dim=2, width=2))
    """
    circuit = as_circuit(circuit)
    laws: list[Callable[[Circuit, int], None]] = [_saved, _made_again, _polynomial]
    if circuit.is_multilinear and prod(circuit.dims) <= SMALL:
        laws += [_tensor, _linear]
        if circuit.num_locations > 1:
            laws += [_exchanged, _permuted]
    for law in laws:
        law(circuit, seed)
    try:
        circuit.to_simnet()
    except WeightError:  # a fixed matrix has a negative number
        return
    check_log_space(circuit, seed=seed)


def _saved(circuit: Circuit, _seed: int) -> None:
    with TemporaryDirectory() as folder:
        for name in _SAVED:
            path = Path(folder) / name
            circuit.save(path)
            if load_circuit(path) != circuit:
                fail(f"what is saved as {name} is read as another circuit", circuit=circuit)


def _made_again(circuit: Circuit, _seed: int) -> None:
    names = {"ca": circuitalg, "Fraction": Fraction, "float": float}
    made = eval(code(circuit), names)  # noqa: S307  (our own code)
    if made != circuit:
        fail("the circuit's code makes another circuit", circuit=circuit)


def _point(circuit: Circuit, seed: int) -> tuple[dict[str, Any], list[list[int]]]:
    """Integer weights, and one integer vector for each location."""
    draw = random.Random(seed)
    vectors = [[draw.randint(-3, 3) for _ in range(dim)] for dim in circuit.dims]
    return circuit.random_weights(seed), vectors


def _value(circuit: Circuit, weights: dict[str, Any], vectors: list[list[int]]) -> list[Any]:
    """All outputs at one input, exactly."""
    import numpy as np

    exact = {name: np.array(table.tolist(), dtype=object) for name, table in weights.items()}
    x: Any = [np.array([vector], dtype=object) for vector in vectors]
    if len(set(circuit.dims)) == 1:
        x = np.stack(x, axis=1)
    return list(circuit.evaluate(exact, x).tolist()[0])


def _polynomial(circuit: Circuit, seed: int) -> None:
    weights, vectors = _point(circuit, seed)
    values = _value(circuit, weights, vectors)
    entries = [entry for vector in vectors for entry in vector]
    for output, value in enumerate(values):
        found = circuit.polynomial(weights, output=output)
        at = found.evaluate(list(zip(found.ring.gens, entries, strict=True))) if entries else found
        if Fraction(int(at.numerator), int(at.denominator)) != value:
            fail(
                f"output {output} is {value}, but its polynomial has the value {at} there",
                circuit=circuit,
                weights=weights,
                x=vectors,
            )


def _tensor(circuit: Circuit, seed: int) -> None:
    weights, vectors = _point(circuit, seed)
    values = _value(circuit, weights, vectors)
    indices = list(product(*map(range, circuit.dims)))
    for output, value in enumerate(values):
        tensor = circuit.coefficient_tensor(weights, output=output)
        chosen = circuit.coefficients(weights, indices, output=output)
        if [tensor[index] for index in indices] != list(chosen):
            fail(
                f"chosen coefficients of output {output} are not those of its tensor",
                circuit=circuit,
                weights=weights,
            )
        monomials = [prod(v[d] for v, d in zip(vectors, index, strict=True)) for index in indices]
        total = sum(c * m for c, m in zip(tensor.ravel().tolist(), monomials, strict=True))
        if total != value:
            fail(
                f"output {output} is {value}, but its coefficients give {total}",
                circuit=circuit,
                weights=weights,
                x=vectors,
            )


def _linear(circuit: Circuit, seed: int) -> None:
    weights, vectors = _point(circuit, seed)
    _, others = _point(circuit, seed + 1)
    for location in range(circuit.num_locations):
        one, two, both = (list(vectors) for _ in range(3))
        two[location] = others[location]
        both[location] = [2 * x - y for x, y in zip(one[location], two[location], strict=True)]
        at = [_value(circuit, weights, each) for each in (one, two, both)]
        if [2 * x - y for x, y in zip(at[0], at[1], strict=True)] != at[2]:
            fail(
                f"the circuit is not linear in location {location}",
                circuit=circuit,
                weights=weights,
                x=both,
            )


def _interval(circuit: Circuit, parts: Bipartition) -> tuple[int, int]:
    said = prove_rank(circuit, parts).statement
    return said.lower, said.upper


def _exchanged(circuit: Circuit, seed: int) -> None:
    parts = Bipartition.random(circuit.num_locations, seed)
    one, two = _interval(circuit, parts), _interval(circuit, parts.swapped())
    _check_meet(one, two, "after the sides are exchanged", circuit, parts)
    check_rank_claim(circuit, parts, one)


def _permuted(circuit: Circuit, seed: int) -> None:
    order = list(range(circuit.num_locations))
    random.Random(seed).shuffle(order)
    moved = with_locations(circuit, order)
    weights, vectors = _point(circuit, seed)
    there = [vectors[order.index(i)] for i in range(len(order))]
    if _value(circuit, weights, vectors) != _value(moved, weights, there):
        fail(f"its value changes with the order {order} of its locations", circuit=circuit)
    parts = Bipartition.random(circuit.num_locations, seed)
    other = Bipartition.of([order[i] for i in parts.I], circuit.num_locations)
    one, two = _interval(circuit, parts), _interval(moved, other)
    _check_meet(one, two, f"after its locations are put into the order {order}", circuit, parts)


def with_locations(circuit: Circuit, order: Iterable[int]) -> Circuit:
    """The same circuit with location i called ``order[i]``."""
    places = list(order)
    return Circuit.from_nodes(
        node if node.location is None else replace(node, location=places[node.location])
        for node in circuit.nodes
    )


def _check_meet(
    one: tuple[int, int], two: tuple[int, int], when: str, circuit: Circuit, parts: Bipartition
) -> None:
    if max(one[0], two[0]) > min(one[1], two[1]):
        fail(
            f"the rank is proved to be from {one[0]} to {one[1]}, and {when} from {two[0]} to "
            f"{two[1]}",
            circuit=circuit,
            bipartition=parts,
        )
