"""One small network from end to end, and the rank of the written-out tensor as the peer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Options, Row, check, in_child, median_seconds

_CERTIFICATE_LIMIT = 100_000


def rows(options: Options) -> Iterator[Row]:
    """N = 8 to 16, dim 4, widths 4, one matrix per level, odd/even."""
    for locations in options.sizes([4], [8, 10, 16], [12]):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "theorem.json"
            found = in_child("bench_prove", "prove", locations=locations, path=str(path))
            size = f"N={locations} dim 4 widths 4 shared"
            brute = in_child("bench_prove", "brute", locations=locations) if locations < 16 else {}
            yield Row(
                "prove_rank",
                size,
                found["seconds"],
                "whole tensor mod p, FLINT rank" if brute else "",
                brute.get("seconds"),
                "certificate 100 kB",
                path.stat().st_size / _CERTIFICATE_LIMIT,
                f"rank {found['rank']:,}" + (", the same" if brute else ", tensor of 32 GiB"),
            )
            if brute and brute["rank"] != found["rank"]:
                raise RuntimeError(f"rank {found['rank']} was proved, {brute['rank']} counted")
            done = [check(path) for _ in range(3)]
            yield Row(
                "check, python -I -S",
                size,
                sorted(d.seconds for d in done)[1],
                note="process included",
            )


def _network(locations: int) -> Any:
    import circuitalg as ca

    parts = ca.Bipartition.odd_even(locations)
    if locations.bit_count() > 1:
        return ca.tree_model(ca.ModeTree.balanced(locations), 4, 4, shared=True), parts
    widths = [4] * (locations.bit_length() - 1)
    return ca.ht_model(locations=locations, dim=4, widths=widths, shared=True), parts


def prove(locations: int, path: str) -> dict[str, Any]:
    """Seconds of the proof without the import, and the certificate."""
    import circuitalg as ca

    deep, parts = _network(locations)
    theorem = ca.prove_rank(deep, parts)
    theorem.save(path)
    seconds = median_seconds(lambda: ca.prove_rank(*_network(locations)))
    if theorem.statement.lower != theorem.statement.upper:
        raise RuntimeError(f"the bounds do not meet at N = {locations}: {theorem}")
    return {"seconds": seconds, "rank": theorem.statement.lower}


def brute(locations: int) -> dict[str, Any]:
    """Seconds of the whole tensor at random weights modulo a prime and of its rank by FLINT."""
    import brute

    deep, parts = _network(locations)

    def rank() -> int:
        tensor = brute.tensor(deep, brute.random_weights(deep))
        return brute.rank(brute.matricized(tensor, parts.I))

    return {"seconds": median_seconds(rank, repeat=3), "rank": rank()}
