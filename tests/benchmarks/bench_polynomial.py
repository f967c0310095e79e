"""``circuit.polynomial(w)`` against ``sympy.expand`` of the same nested expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.measure import TIMEOUT, Options, Row, in_child, median_seconds, timed


def rows(options: Options) -> Iterator[Row]:
    """N = 4 and 8; expand at N = 8, dim 4 with ``--slow`` only, and not beyond the timeout."""
    cases = options.sizes([(4, 2, 2)], [(4, 3, 3), (4, 4, 4), (8, 2, 2), (8, 3, 3), (8, 4, 4)])
    for locations, dim, width in cases:
        arguments = {"locations": locations, "dim": dim, "width": width}
        found = in_child("bench_polynomial", "ring", **arguments)
        wanted = dim**locations <= 10_000 or options.slow
        peer = _expand(arguments) if wanted else None
        yield Row(
            "circuit.polynomial(w)",
            f"N={locations} dim {dim} widths {width}",
            found["seconds"],
            "sympy.expand" if wanted else "",
            peer,
            note=f"{found['terms']:,} terms" + (", expand was stopped" if peer == TIMEOUT else ""),
        )


def _expand(arguments: dict[str, Any]) -> float:
    try:
        return in_child("bench_polynomial", "expand", **arguments)["seconds"]
    except TimeoutError:
        return TIMEOUT


def _network(locations: int, dim: int, width: int) -> Any:
    import circuitalg as ca

    levels = locations.bit_length() - 1
    return ca.ht_model(locations=locations, dim=dim, widths=[width] * levels, shared=False)


def ring(locations: int, dim: int, width: int) -> dict[str, Any]:
    """Median seconds and the number of terms."""
    circuit = _network(locations, dim, width)
    weights = circuit.random_weights(seed=1)
    terms = len(circuit.polynomial(weights))
    return {"seconds": median_seconds(lambda: circuit.polynomial(weights)), "terms": terms}


def expand(locations: int, dim: int, width: int) -> dict[str, Any]:
    """Seconds of one ``expand`` of the nested sums and products, which it need not build itself."""
    import sympy

    circuit = _network(locations, dim, width)
    weights = circuit.random_weights(seed=1)
    values: list[list[Any]] = []
    for node in circuit.nodes:
        below = [values[child] for child in node.children]
        if node.kind == "input":
            channels = [sympy.Symbol(f"x{node.location}_{d}") for d in range(node.width)]
        elif node.kind == "product":
            channels = [sympy.Mul(*factors) for factors in zip(*below, strict=True)]
        else:
            rows = weights[node.matrices[0]].tolist()
            channels = [
                sympy.Add(*(a * x for a, x in zip(row, below[0], strict=True))) for row in rows
            ]
        values.append(channels)
    expanded, seconds = timed(lambda: sympy.expand(values[-1][0]))
    ours = circuit.polynomial(weights, form="expr") if dim**locations <= 10_000 else expanded
    if expanded != ours:
        raise RuntimeError("expand and polynomial differ")
    return {"seconds": seconds}
