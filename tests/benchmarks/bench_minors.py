"""Minors of a network whose tensor has 4^24 entries: the grid, its determinant, the checker."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Row, check, in_child, median_seconds, timed

_PRIME = 2**23 - 15
_SIZE = "N=24 dim 4, k={:,}"


def rows(options: Options) -> Iterator[Row]:
    """``generic_rank`` by Minor(1, k, 2^23 - 15), then the certificate by both routes."""
    stdlib, numpy = ([64], [64]) if options.smoke else ([400, 1024], [400, 1024, 2048])
    for size in options.sizes([64], [400, 1024, 2048, 4096]):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "theorem.json"
            proved = in_child("bench_minors", "prove", size=size, path=str(path))
            parts = in_child("bench_minors", "parts", size=size, peer=size <= 2048 or options.slow)
            label = _SIZE.format(size)
            yield Row(
                "prove by a minor",
                label,
                proved["seconds"],
                limit="memory 2 GB",
                reached=proved["peak"] / (2 << 30),
                note=f"{proved['peak'] / 1e6:,.0f} MB, the matrix {8 * size**2 / 1e6:,.3g} MB",
            )
            yield Row("grid k x k", label, parts["grid"])
            yield Row(
                "determinant mod p",
                label,
                parts["determinant"],
                "numpy.linalg.slogdet, float64",
                parts["float"],
                "2k³/3 operations at dgemm's rate",
                parts["product"] / 3 / parts["determinant"],
            )
            if parts["flint"] is not None:
                yield Row(
                    "determinant mod p",
                    label,
                    parts["determinant"],
                    "FLINT with its conversion",
                    parts["flint"],
                )
            yield from _checks(path, label, size in stdlib, size in numpy or options.slow)
    for chains, size in options.sizes([(8, 32)], [(256, 256)]):
        found = in_child("bench_minors", "mixture", chains=chains, size=size)
        yield Row(
            "grid k x k, chains under a sum",
            f"{found['nodes']:,} nodes, k={size}",
            found["grid"],
            "circuit.evaluate, float64, same grid" if found["evaluate"] else "",
            found["evaluate"],
            limit="memory 1 GB",
            reached=found["peak"] / 1e9,
        )
    for locations in options.sizes([12], [22], [26]):
        whole = in_child("bench_minors", "whole", locations=locations)
        yield Row(
            "prove_rank, simplex, half tied",
            f"N={locations} dim 4, k={2 ** (locations // 2):,}",
            whole["seconds"],
            note=f"search and rule, {whole['peak'] / 1e6:,.0f} MB",
        )


def _checks(path: Path, label: str, stdlib: bool, numpy: bool) -> Iterator[Row]:
    slow = check(path) if stdlib else None
    if slow:
        yield Row(
            "check, python -I -S", label, slow.seconds, limit="60 s", reached=slow.seconds / 60
        )
    if numpy:
        fast = check(path, numpy=True)
        yield Row(
            "check --numpy",
            label,
            fast.seconds,
            "python -I -S" if slow else "",
            slow.seconds if slow else None,
            note=f"{fast.peak / 1e6:,.0f} MB",
        )


def _network() -> Any:
    import circuitalg as ca

    circuit = ca.tree_model(ca.ModeTree.balanced(24), 4, 4)
    return circuit, ca.Bipartition.odd_even(24)


def prove(size: int, path: str) -> dict[str, Any]:
    """Seconds of the rule, the certificate, and the memory of this process."""
    from circuitalg.kernel import rules
    from circuitalg.kernel.rank.question import Question
    from circuitalg.kernel.rank.terms import Bounds, IndexRecursion, Minor

    circuit, parts = _network()
    minor = Minor(1, size, _PRIME)
    asked = Question(circuit, parts)
    theorem, seconds = timed(lambda: rules.generic_rank(asked, Bounds(minor, IndexRecursion())))
    theorem.save(path)
    return {"seconds": seconds}


def whole(locations: int) -> dict[str, Any]:
    """Seconds of ``prove_rank`` where only a minor of the whole network proves its rank."""
    from rank_helpers import half_tied

    import circuitalg as ca

    circuit = half_tied(locations, 4)
    parts = ca.Bipartition.odd_even(locations)
    size = 2 ** (locations // 2)
    theorem, seconds = timed(lambda: ca.prove_rank(circuit, parts, space="simplex", max_minor=size))
    if theorem.statement.lower != size:
        raise RuntimeError(f"rank {theorem.statement.lower} at size {size}")
    return {"seconds": seconds}


def mixture(chains: int, size: int) -> dict[str, Any]:
    """Seconds of a grid of a circuit that is not a tree, and of float64 on the same points."""
    import numpy as np

    import circuitalg as ca
    from circuitalg.kernel.rank.minors import circuit_grid
    from circuitalg.kernel.rank.question import Question

    b = ca.CircuitBuilder(16, 2)
    leaves = [b.input(i) for i in range(16)]
    tops = []
    for _ in range(chains):
        state = b.sum(leaves[0], width=2)
        for leaf in leaves[1:]:
            state = b.sum(b.product(state, b.sum(leaf, width=2)), width=2)
        tops.append(state)
    circuit = b.build(b.sum(*tops, width=1))
    parts = ca.Bipartition.odd_even(16)
    _, grid = timed(lambda: circuit_grid(Question(circuit, parts), 1, size, _PRIME))
    weights = circuit.random_weights(0, "float")
    points = np.random.default_rng(0).random((size * size, 16, 2))
    circuit.evaluate(weights, points[:2])
    _, evaluate = timed(lambda: circuit.evaluate(weights, points))
    return {"nodes": len(circuit.nodes), "grid": grid, "evaluate": evaluate}


def parts(size: int, peer: bool) -> dict[str, Any]:
    """Seconds of the two parts, and of float64 and FLINT on the same matrix."""
    import flint
    import numpy as np

    from circuitalg.arithmetic.modular import determinant
    from circuitalg.kernel.rank.minors import circuit_grid
    from circuitalg.kernel.rank.question import Question

    circuit, bipartition = _network()

    def grid() -> Any:
        return circuit_grid(Question(circuit, bipartition), 1, size, _PRIME)

    values = grid()
    floats = values.astype(np.float64) - _PRIME // 2

    def by_flint() -> int:
        return int(flint.nmod_mat(size, size, values.ravel().tolist(), _PRIME).det())

    if peer and size <= 1024 and by_flint() != determinant(values, _PRIME):
        raise RuntimeError(f"the determinants differ at k = {size}")
    return {
        "grid": median_seconds(grid),
        "determinant": median_seconds(lambda: determinant(values, _PRIME)),
        "float": median_seconds(lambda: np.linalg.slogdet(floats)),
        "product": median_seconds(lambda: floats @ floats),
        "flint": median_seconds(by_flint) if peer else None,
    }
