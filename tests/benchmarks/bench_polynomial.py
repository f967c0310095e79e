"""``circuit.polynomial(w)`` against ``sympy.expand`` of the same nested expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.measure import TIMEOUT, Options, Row, in_child, median_seconds, timed


def rows(options: Options) -> Iterator[Row]:
    """N = 4 by default, N = 8 with ``--slow`` for expand; the ring alone at dim 4 widths 4."""
    cases = options.sizes([(4, 2, 2)], [(4, 3, 3), (4, 4, 4), (8, 2, 2), (8, 3, 3), (8, 4, 4)])
    for locations, dim, width in cases:
        arguments = {"locations": locations, "dim": dim, "width": width}
        found = in_child("bench_polynomial", "ring", **arguments)
        terms = dim**locations
        wanted = terms <= 256 or (options.slow and dim == 3)
        peer = in_child("bench_polynomial", "expand", **arguments) if wanted else {}
        stopped = wanted and not peer
        yield Row(
            "circuit.polynomial(w)",
            f"N={locations} dim {dim} widths {width}",
            found["seconds"],
            "sympy.expand" if wanted else "",
            TIMEOUT if stopped else peer.get("seconds"),
            note=f"{found['terms']:,} terms" + (", expand was stopped" if stopped else ""),
        )


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
