"""Rank modulo a prime against FLINT itself and SymPy, on random square matrices of half rank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.measure import Options, Row, in_child, median_seconds, timed

_PRIME = 2**23 - 15
_SYMPY_UP_TO = 256


def rows(options: Options) -> Iterator[Row]:
    """Sizes 64 to 2,048; SymPy up to 256."""
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


def ranks(size: int, sympy: bool) -> dict[str, Any]:
    """Median seconds; all must agree."""
    import flint
    import numpy as np

    from circuitalg.exact.modular import rank

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
