"""Long-term memory of recurrent networks: one layer forgets, two layers remember more and more.

Statement. A recurrent arithmetic circuit over T times with inputs of dimension M and R channels a
layer, h^{t,l} = (W^{H,l} h^{t−1,l}) ⊙ (W^{I,l} h^{t,l−1}), its initial states trained too; start
and end are the first and the last T/2 times. For almost all weights

- with one layer the rank across start and end is min(R, M^(T/2)), for any T;
- with two layers the separation rank is at least C(min(M, R) + T/2 − 1, T/2), which grows with T.

The second circuit uses h^{t,1} twice, so inputs are repeated and there is no coefficient tensor of
order T: the bound is proved for the grid matrix on the M unit vectors as templates, whose rank is
at most the separation rank. What is found is larger than the source's bound: M = R = 2 gives 4,
8, 10, 12, 14 for T = 4, 6, 8, 10, 12, the source T/2 + 1.

Source: Levine, Sharir, Ziv, Shashua, Benefits of Depth for Long-Term Memory of Recurrent Networks
(arXiv 1710.09431), Theorem 1.

Sizes. Without arguments T = 4 to 64 with one layer and then T = 4,096, T = 4 to 12 with two. With
--times: these, at the given --dim (M) and --width (R), with one layer and with two.

Nearby and false. Two layers carry 2R numbers from start to end, but R² does not bound the rank: at
M = R = 2 it is 8 > 4 for T = 6. The rank rules for tensors do not apply to two layers; the prover
refuses to use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import circuitalg as ca

Case = tuple[int, int, int]
"""T, M and R."""

ONE_LAYER: list[Case] = [(4, 2, 3), (8, 2, 100), (16, 3, 5), (64, 3, 5), (4096, 2, 7)]
TWO_LAYERS: list[Case] = [
    (4, 2, 2),
    (6, 2, 2),
    (8, 2, 2),
    (10, 2, 2),
    (12, 2, 2),
    (6, 3, 2),
    (6, 2, 3),
    (6, 3, 3),
    (8, 3, 3),
    (10, 3, 3),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"times": [], "dim": 2, "width": 2}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        asked = [(t, sizes["dim"], sizes["width"]) for t in sizes["times"]]
        for case in asked or ONE_LAYER:
            one_layer(session, *case)
        for case in asked or TWO_LAYERS:
            two_layers(session, *case)


def one_layer(session: ca.Session, times: int, dim: int, width: int) -> None:
    """Prove the rank of one layer across start and end."""
    sizes = f"T={times} M={dim} R={width}"
    with session.claim(
        "One layer: rank = min(R, M^(T/2))", sizes, "arXiv 1710.09431, Theorem 1"
    ) as claim:
        claim.expect(times % 2 == 0, "start and end need an even number of times")
        circuit = ca.rac_model(times, dim, width, layers=1)
        parts = ca.Bipartition.low_high(times)
        theorem = claim.prove((circuit, parts), lambda: ca.prove_rank(circuit, parts))
        proved = theorem.statement
        claim.expect(
            proved.lower == proved.upper == min(width, dim ** (times // 2)),
            "the rank is not min(R, M^(T/2))",
        )


def two_layers(session: ca.Session, times: int, dim: int, width: int) -> None:
    """Prove a bound on the separation rank of two layers, larger than the source's."""
    source = comb(min(dim, width) + times // 2 - 1, times // 2)
    statement = f"Two layers: separation rank (the source's bound: {source})"
    with session.claim(
        statement, f"T={times} M={dim} R={width}", "arXiv 1710.09431, Theorem 1"
    ) as claim:
        claim.expect(times % 2 == 0, "start and end need an even number of times")
        circuit = ca.rac_model(times, dim, width, layers=2)
        parts = ca.Bipartition.low_high(times)
        theorem = claim.prove((circuit, parts), lambda: ca.prove_grid_rank(circuit, parts))
        proved = theorem.statement
        claim.expect(proved.lower >= source, "the grid rank is below the source's bound")


if __name__ == "__main__":
    main()
