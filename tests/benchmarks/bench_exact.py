"""Rank modulo a prime against FLINT itself and SymPy, and against the rate of matrix products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.measure import Options, Row, in_child, median_seconds, timed

_PRIME = 2**23 - 15
_SYMPY_UP_TO = 256


def rows(options: Options) -> Iterator[Row]:
    """Half rank, sizes 64 to 2,048, SymPy up to 256; then full rank against FLINT's own time."""
    for size in options.sizes([32], [64, 128, 256, 512, 1024, 2048], [4096]):
        found = in_child("bench_exact", "ranks", size=size, sympy=size <= _SYMPY_UP_TO)
        label = f"{size:,} x {size:,}"
        yield Row(
            "exact.modular.rank", label, found["ours"], "python-flint nmod_mat", found["flint"]
        )
        if found["sympy"] is not None:
            yield Row(
                "exact.modular.rank", label, found["ours"], "SymPy DomainMatrix", found["sympy"]
            )
    for size in options.sizes([128], [512, 1024, 2048, 4096]):
        found = in_child("bench_exact", "dense", size=size)
        yield Row(
            "exact.modular.rank, full rank",
            f"{size:,} x {size:,}",
            found["ours"],
            "nmod_mat.rank, without conversion",
            found["flint"],
            "2n³/3 operations at dgemm's rate",
            found["limit"] / found["ours"],
            note=f"dgemm {found['rate'] / 1e9:.0f} Gflop/s",
        )


def dense(size: int) -> dict[str, Any]:
    """Best of three rounds in turn: ours from an integer array, FLINT on its own matrix, dgemm."""
    import flint
    import numpy as np

    from circuitalg.arithmetic.modular import rank

    generator = np.random.default_rng(1)
    matrix = generator.integers(0, _PRIME, (size, size))
    theirs = flint.nmod_mat(size, size, matrix.ravel().tolist(), _PRIME)
    factor = generator.random((2048, 2048))
    product = np.empty_like(factor)
    best = {"ours": float("inf"), "flint": float("inf"), "product": float("inf")}
    for _ in range(3):
        for name, method in (
            ("product", lambda: np.matmul(factor, factor, out=product)),
            ("ours", lambda: rank(matrix, _PRIME)),
            ("flint", theirs.rank),
        ):
            found, seconds = timed(method)
            if name != "product" and found != size:
                raise RuntimeError(f"{name}: rank {found} at size {size}")
            best[name] = min(best[name], seconds)
    rate = 2 * 2048**3 / best["product"]
    return best | {"rate": rate, "limit": 2 * size**3 / 3 / rate}


def ranks(size: int, sympy: bool) -> dict[str, Any]:
    """Median seconds; all must agree."""
    import flint
    import numpy as np

    from circuitalg.arithmetic.modular import rank

    generator = np.random.default_rng(1)
    half = size // 2
    left = generator.integers(0, 2**15, (size, half))
    matrix = left @ generator.integers(0, 2**15, (half, size)) % _PRIME

    def by_flint() -> int:
        return int(flint.nmod_mat(size, size, matrix.ravel().tolist(), _PRIME).rank())

    def by_sympy() -> int:
        from sympy import GF
        from sympy.polys.matrices import DomainMatrix

        field = GF(_PRIME)
        rows = [[field(entry) for entry in row] for row in matrix.tolist()]
        return int(DomainMatrix(rows, (size, size), field).rank())

    methods = {"ours": lambda: rank(matrix, _PRIME), "flint": by_flint}
    if sympy:
        methods["sympy"] = by_sympy
    times: dict[str, float | None] = {"sympy": None}
    for name, method in methods.items():
        found, seconds = timed(method)
        if found != half:
            raise RuntimeError(f"{name}: rank {found} at size {size}, expected {half}")
        times[name] = seconds if seconds > 1 else median_seconds(method)
    return times
