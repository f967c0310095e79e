"""Corollary 4 in function space: deep networks are not approximated by shallower ones.

Statement. Let f_1, …, f_M be linearly independent in L², and take networks of L_1 > L_2 levels. For
almost all weights of the first, shared or not, its score function has a positive L² distance from
those of all networks of L_2 levels with fewer than r^(2^(L−L_2)) channels in the last hidden layer,
r = min(r_0, …, r_{L_2−1}, M), whatever their other widths. Then, at concrete weights, a certified
lower bound on the squared distance, in the Gram matrix of the f, beside what an optimizer reaches:
a network of L_2 levels whose lower widths are large enough is a CP model on blocks of 2^(L_2−1)
locations, and the best of these is sought by alternating least squares.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), Corollary 4 and Lemma 7 (appendices A and B.2).

Sizes. Almost all weights: N up to 1,024. Concrete weights: N = 8 with M = 2 and L_2 = 1 and 2,
N = 4 with M = 4. With --locations: these, M = 2, L_2 = 1.

Nearby and false. Across odd and even locations the last width of a network of two levels bounds
nothing; the distance is taken across alternating blocks. A network with as many channels as the
rank may be equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import circuitalg as ca
from circuitalg.representation import Gaussians

Case = tuple[int, int, list[int], int, int]
"""N, M, widths, L_2 and the last width of the shallower network."""

GENERIC: list[tuple[int, int, list[int], int, bool]] = [
    (8, 2, [2, 2, 2], 2, False),
    (64, 3, [3, 4, 3], 2, True),
    (1024, 2, [4, 4, 4], 2, True),
]
"""N, M, widths, L_2 and whether the deeper network is shared."""
CONCRETE: list[Case] = [
    (8, 2, [2, 2, 2], 1, 8),
    (8, 2, [2, 2, 2], 2, 2),
    (8, 2, [4, 4, 4], 2, 8),
    (4, 4, [4, 4], 1, 6),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove both forms."""
    with ca.Session.from_arguments(__doc__, {"locations": []}, arguments) as session:
        asked: list[Case] = [
            (n, 2, [2] * (n.bit_length() - 1), 1, 2) for n in session.sizes["locations"]
        ]
        for locations, dim, widths, levels, shared in [] if asked else GENERIC:
            almost_all(session, locations, dim, widths, levels, shared)
        for case in asked or CONCRETE:
            distance(session, *case)


def functions(dim: int) -> Gaussians:
    """M Gaussians on the line, two deviations apart."""
    return Gaussians([[2 * i] for i in range(dim)], [[1]] * dim)


def almost_all(
    session: ca.Session, locations: int, dim: int, widths: list[int], levels: int, shared: bool
) -> None:
    """Independence of the functions, and the separation for almost all weights."""
    given = " ".join(map(str, widths))
    sizes = f"N={locations} M={dim} r={given} L2={levels}{' shared' * shared}"
    with session.claim(
        "Corollary 4: not approximated, almost all weights", sizes, "Corollary 4"
    ) as claim:
        family = functions(dim)
        claim.prove(("independent", dim), lambda: ca.prove_linearly_independent(family))
        deep = ca.ht_model(locations, dim, widths, shared=shared)
        shallower = ca.truncated_family(levels=levels, window=2)
        theorem = claim.prove(
            (deep, shallower), lambda: ca.prove_separation(deep, shallower, bipartition="paper")
        )
        needed = min(*widths[:levels], dim) ** (locations // 2**levels)
        claim.expect(theorem.statement.needed >= needed, "fewer than r^(2^(L−L_2)) channels")


def distance(
    session: ca.Session, locations: int, dim: int, widths: list[int], levels: int, channels: int
) -> None:
    """A certified distance at random integer weights, and what the optimizer reaches."""
    given = " ".join(map(str, widths))
    sizes = f"N={locations} M={dim} r={given} L2={levels} width {channels}"
    source = "Corollary 4, Lemma 7"
    with session.claim("Corollary 4: certified L² distance", sizes, source) as claim:
        deep = ca.ht_model(locations, dim, widths)
        weights = deep.random_weights(seed=0)
        shallower = ca.truncated_family(levels=levels, window=2)
        theorem = claim.prove(
            (deep, shallower, channels),
            lambda: ca.prove_not_approximable(
                deep, weights, channels, shallower, representation=functions(dim)
            ),
        )
        bound = float(theorem.statement.squared_distance)
        tensor = ca.spectra.in_metric(deep.coefficient_tensor(weights), functions(dim).gram())
        block = 2 ** (levels - 1)
        squeezed = tensor.reshape([dim**block] * (locations // block))
        reached, whole = ca.spectra.fit_cp(squeezed, channels)[0], float((tensor**2).sum())
        claim.expect(reached >= bound * (1 - 1e-9), "the optimizer is below the bound")
        claim.expect(reached <= whole, "the optimizer is worse than zero")
        if session.results is None:
            print(
                f"{sizes}: relative distance at least {(bound / whole) ** 0.5:.4g}, "
                f"reached {(reached / whole) ** 0.5:.4g}, ratio {(bound / reached) ** 0.5:.3f}"
            )


if __name__ == "__main__":
    main()
