"""Corollary 2 in function space: random deep networks are not approximated by small shallow ones.

Statement. Let f_1, …, f_M be linearly independent in L². For almost all weights of the HT model its
score function has a positive L² distance from those of all CP models of fewer than
min(r_0, M)^(N/2) channels; also when the HT model shares its weights and the CP model does not.
Three theorems give it: the f are independent, so functions and tensors correspond one to one; the
deep tensor has that rank for almost all weights; and the CP models lie in the closed set of tensors
of smaller rank (Lemma 7). Then, at concrete weights, how far: a certified lower bound on the
squared distance, in the Gram matrix of the f, beside what an optimizer reaches. It alternates over
the modes, each step the exact best choice of one mode's vectors. The truth lies between the two.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), Corollary 2 and Lemma 7 (appendix B.2).

Sizes. Almost all weights: N up to 1,024 with Gaussians and neurons. Concrete weights: N = 4 and 8,
M = 2 to 4, Gaussians, monomials on a box, and orthonormal functions. With --locations and --dim:
these, for Gaussians.

Nearby and false. A CP model of min(r_0, M)^(N/2) channels may be equal. The bound is a distance
from all tensors of low rank across odd and even locations; CP models are fewer, so the optimizer
stays above it, and far above it when Z is near the full rank. Equal Gaussians have a singular Gram
matrix: no theorem.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import circuitalg as ca
from circuitalg.representation import Gaussians, Monomials, Neurons, Representation

Case = tuple[int, int, list[int], Representation | None, int]
"""N, M, widths, functions (None: orthonormal) and the CP models' channels."""

PAPER = "Corollary 2"
GENERIC: list[tuple[int, Representation, bool]] = [
    (4, Gaussians([[0], [1], [3]], [[1], [1], [2]]), False),
    (64, Gaussians([[0, 0], [1, 2], [3, 1]], [[1, 1]] * 3), True),
    (1024, Neurons([[1], [2], [-1]], [0, 1, 3], "relu"), True),
    (256, Neurons([[1], [2], [-1]], [0, 1, 3], "sigmoid"), False),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove both forms."""
    options = {"locations": [], "dim": 2}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        dim = session.sizes["dim"]
        asked: list[Case] = [
            (n, dim, [dim] * (n.bit_length() - 1), gaussians(dim), dim)
            for n in session.sizes["locations"]
        ]
        for locations, family, shared in [] if asked else GENERIC:
            almost_all(session, locations, family, shared)
        for case in asked or concrete():
            distance(session, *case)


def gaussians(dim: int) -> Gaussians:
    """M Gaussians on the line, two deviations apart."""
    return Gaussians([[2 * i] for i in range(dim)], [[1]] * dim)


def concrete() -> list[Case]:
    """Cases whose distances are computed."""
    return [
        (4, 2, [2, 2], None, 3),
        (4, 2, [2, 2], gaussians(2), 3),
        (4, 3, [3, 3], gaussians(3), 3),
        (4, 3, [3, 3], gaussians(3), 6),
        (4, 3, [3, 3], Monomials.up_to(2), 6),
        (4, 4, [4, 4], gaussians(4), 12),
        (8, 2, [2, 2, 2], gaussians(2), 8),
    ]


def almost_all(session: ca.Session, locations: int, family: Representation, shared: bool) -> None:
    """Independence of the functions, and the separation for almost all weights."""
    dim = family.count
    sizes = f"N={locations} M={dim} {type(family).__name__}{' shared' * shared}"
    with session.claim("Corollary 2: not approximated, almost all weights", sizes, PAPER) as claim:
        question = ("independent", family.dimension, repr(family.terms))
        independent = claim.prove(question, lambda: ca.prove_linearly_independent(family))
        claim.expect(len(independent.statement.functions) == dim, "the number of functions differs")
        levels = locations.bit_length() - 1
        deep = ca.ht_model(locations, dim, [dim] * levels, shared=shared)
        shallow = ca.cp_family()
        theorem = claim.prove((deep, shallow), lambda: ca.prove_separation(deep, shallow))
        needed = dim ** (locations // 2)
        claim.expect(theorem.statement.needed >= needed, "fewer than min(r_0, M)^(N/2) channels")


def distance(
    session: ca.Session,
    locations: int,
    dim: int,
    widths: list[int],
    family: Representation | None,
    channels: int,
) -> None:
    """A certified distance at random integer weights, and what the optimizer reaches."""
    kind = "orthonormal" if family is None else type(family).__name__
    sizes = f"N={locations} M={dim} Z={channels} {kind}"
    with session.claim("Corollary 2: certified L² distance", sizes, f"{PAPER}, Lemma 7") as claim:
        deep = ca.ht_model(locations, dim, widths)
        weights = deep.random_weights(seed=1)
        box = [[-1, 1]] if isinstance(family, Monomials) else None
        theorem = claim.prove(
            (deep, channels, kind),
            lambda: ca.prove_not_approximable(
                deep, weights, channels, representation=family, box=box
            ),
        )
        bound = float(theorem.statement.squared_distance)
        tensor = ca.spectra.in_metric(deep.coefficient_tensor(weights), gram(family, dim, box))
        reached = ca.spectra.fit_cp(tensor, channels)[0]
        whole = float((tensor**2).sum())
        claim.expect(reached >= bound * (1 - 1e-9), "the optimizer is below the bound")
        claim.expect(reached <= whole, "the optimizer is worse than zero")
        if session.results is None:
            print(
                f"{sizes}: relative distance at least {(bound / whole) ** 0.5:.4f}, "
                f"reached {(reached / whole) ** 0.5:.4f}, ratio {(bound / reached) ** 0.5:.3f}"
            )


def gram(family: Representation | None, dim: int, box: list[list[int]] | None) -> object:
    """The Gram matrix in closed form."""
    if isinstance(family, Monomials) and box is not None:
        return family.gram(box)
    return family.gram() if isinstance(family, Gaussians) else np.eye(dim)


if __name__ == "__main__":
    main()
