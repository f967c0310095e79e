"""On a GPU: coefficient tensors against the card's copy bandwidth, and rank modulo a prime.

Where CuPy finds no device there is one row that says so. Smaller sizes are compared with the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import Options, Row, in_child

_PRIME = 2**23 - 15


def rows(options: Options) -> Iterator[Row]:
    """Tensors of 2^32 float32 and 2^31 float64 entries, and a matrix of 32,768 rows."""
    from conftest import why_no_gpu

    reason = why_no_gpu()
    if reason is not None:
        yield Row("on a GPU", "", None, note=f"not measured: {reason}")
        return
    for locations, dtype in options.sizes(
        [(20, "float32")], [(30, "float32"), (32, "float32"), (31, "float64")]
    ):
        found = in_child("bench_gpu", "tensor", locations=locations, dtype=dtype)
        yield Row(
            "coefficient_tensor",
            f"2^{locations} {dtype}",
            found["ours"],
            limit=f"copy bandwidth, {found['bandwidth'] / 1e9:,.0f} GB/s",
            reached=found["bytes"] / found["bandwidth"] / found["ours"],
            note=found["card"],
        )
    for size in options.sizes([256], [4096, 16384, 32768]):
        found = in_child("bench_gpu", "rank", size=size)
        yield Row(
            "exact.modular.rank",
            f"{size:,} x {size:,}",
            found["ours"],
            limit="2n³/3 operations at dgemm's rate",
            reached=2 * size**3 / 3 / found["rate"] / found["ours"],
            note=f"{found['card']}, dgemm {found['rate'] / 1e12:.1f} Tflop/s",
        )


def tensor(locations: int, dtype: str) -> dict[str, Any]:
    """Seconds of a tensor in the tree's order; entries are compared with `circuit.coefficients`."""
    import cupy
    import numpy as np
    from benchmarks.bench_coefficients import network

    circuit, weights = network(locations, "in order")
    on_device = {name: cupy.asarray(table, dtype=dtype) for name, table in weights.items()}
    seconds = _seconds(lambda: circuit.coefficient_tensor(on_device))
    found = circuit.coefficient_tensor(on_device)
    places = np.random.default_rng(0).integers(0, 2, (100, locations))
    expected = circuit.coefficients(weights, places)
    entries = cupy.asnumpy(cupy.stack([found[tuple(place)] for place in places.tolist()]))
    tolerance = 1e-3 if dtype == "float32" else 1e-10
    if not np.allclose(entries, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max()):
        raise RuntimeError("the card gives another tensor")
    size = found.nbytes
    del found
    return {"ours": seconds, "bytes": size, "bandwidth": _bandwidth(), "card": _card()}


def rank(size: int) -> dict[str, Any]:
    """Seconds for a dense matrix of half rank, which the CPU has too where it is small."""
    import cupy

    from circuitalg.arithmetic import modular

    generator = cupy.random.default_rng(1)
    left = generator.integers(0, 2**10, (size, size // 2), dtype=cupy.int64)
    right = generator.integers(0, 2**10, (size // 2, size), dtype=cupy.int64)
    # Sums of size/2 products below 2^20: exact in float64.
    product = left.astype(cupy.float64) @ right.astype(cupy.float64)
    matrix = product.astype(cupy.int64) % _PRIME
    found: list[int] = []
    seconds = _seconds(lambda: found.append(modular.rank(matrix, _PRIME, xp=cupy)))
    if set(found) != {size // 2}:
        raise RuntimeError(f"the card finds rank {found} in place of {size // 2}")
    if size <= 4096 and modular.rank(cupy.asnumpy(matrix), _PRIME) != size // 2:
        raise RuntimeError("the CPU finds another rank")
    factor = cupy.random.default_rng(2).random((8192, 8192))
    rate = 2 * 8192**3 / _seconds(lambda: cupy.matmul(factor, factor))
    return {"ours": seconds, "rate": rate, "card": _card()}


def _seconds(method: Callable[[], object]) -> float:
    """Best of three calls after one, the device waited for."""
    import time

    import cupy

    times = []
    for _ in range(4):
        start = time.perf_counter()
        method()
        cupy.cuda.Device().synchronize()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def _bandwidth() -> float:
    """Bytes per second that a copy reads and writes."""
    import cupy

    source = cupy.zeros(2**29, dtype=cupy.float64)
    target = cupy.empty_like(source)
    return 2 * source.nbytes / _seconds(lambda: cupy.copyto(target, source))


def _card() -> str:
    import cupy

    name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    return f"{name}, driver {cupy.cuda.runtime.driverGetVersion()}"
