"""The integer recursions of the bridge and star rules against the checker's own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import Options, Row, in_child, median_seconds

_CALLS = 1000


def rows(options: Options) -> Iterator[Row]:
    """Random arguments of 4, 32 and 1,024 bits; microseconds a call."""
    for bits in options.sizes([4], [4, 32, 1024]):
        found = in_child("bench_bounds", "bounds", bits=bits)
        for rule, (ours, theirs) in found["times"].items():
            peer = "the checker's derivation"
            yield Row(rule, f"dimensions of {bits} bits", ours, peer, theirs)


def bounds(bits: int) -> dict[str, Any]:
    """Seconds a call; the two derivations must agree."""
    from circuitalg.checker.meter import Meter
    from circuitalg.checker.rank.quiver import decompose, star_bound
    from circuitalg.kernel.rank import quiver

    generator = random.Random(1)
    meter = Meter(False, None)

    def shapes() -> list[int]:
        """Shapes that clamping leaves alone or nearly so: others are smaller cases."""
        rho, a, c = (
            generator.randint(2, 9),
            generator.getrandbits(bits),
            generator.getrandbits(bits),
        )
        b, d = a * generator.randint(1, rho), c * generator.randint(1, rho)
        return [rho, *((a, b) if generator.random() < 0.5 else (b, a)), c, d]

    def bridge(rho: int, a: int, b: int, c: int, d: int) -> int:
        parts = decompose(rho, rho, c, d, meter)
        return sum(m * min(a * x, b * y) for m, x, y in parts)

    def parts() -> list[Any]:
        r = generator.randint(2, 6)
        a, c = (1 + generator.getrandbits(bits) for _ in range(2))
        return [r, [(a, 1 + a * 2 // 3), (c, 1 + c // 2)]]

    cases: list[tuple[str, list[list[Any]], Callable[..., int], Callable[..., int]]] = [
        ("bridge bound (U3)", [shapes() for _ in range(_CALLS)], quiver.bridge_bound, bridge),
        (
            "star bound (U6), two parts",
            [parts() for _ in range(_CALLS)],
            quiver.star_bound_parts,
            lambda r, given: star_bound(r, [(a, min(u, a)) for a, u in given], meter),
        ),
    ]
    times = {}
    for rule, arguments, ours, theirs in cases:
        if any(ours(*given) != theirs(*given) for given in arguments):
            raise RuntimeError(f"the derivations of the {rule} differ")
        times[rule] = [
            median_seconds(lambda f=f, given=arguments: [f(*each) for each in given]) / _CALLS
            for f in (ours, theirs)
        ]
    return {"times": times}
