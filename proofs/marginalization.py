"""Missing data: a network is linear in each location, so one evaluation sums out any of them.

Statement. The outputs of a network whose products have children of disjoint scopes, and whose sums
have children of equal ones, are linear in the vector of each location. So with ones at a set of
locations an output is its sum over all unit vectors there; where the location's functions are
densities, its integral over the patches: the marginal of what is observed, in one pass instead of
M^(missing) evaluations. Classifying by the largest marginal is the best 0–1 rule whatever is
missing, if what is missing does not depend on the class given what is observed (cited).

Source: Sharir, Tamari, Cohen, Shashua, Tensorial Mixture Models, 2016 (arXiv 1610.04167), Claim 1
and Corollary 1.

Sizes. Without arguments: linearity for CP, HT and tensor-train models up to N = 4,096, and the
explicit sums over the rationals for networks of up to 6 locations and every set of missing ones.
With --locations: these (powers of two; the explicit sums up to 8).

Nearby and false. Zeros at the missing locations: they give zero. A network that uses a location
twice, such as a recurrent one of two layers: its value at ones is not the sum.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations, product
from math import prod
from typing import Any

import numpy as np

import circuitalg as ca

SOURCE = "arXiv 1610.04167, missing data"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove linearity, compute the sums, cite the rule."""
    with ca.Session.from_arguments(__doc__, {"locations": []}, arguments) as session:
        asked = session.sizes["locations"]
        for locations in asked or (4, 64, 4096):
            for name, circuit in networks(locations):
                linear(session, f"{name} N={locations}", circuit)
        for locations in [n for n in asked if n <= 8] or (4,):
            for name, circuit in networks(locations):
                sums(session, f"{name} N={locations}", circuit)
        if not asked:
            sums(session, "TT N=6", ca.tt_model(6, 2, 3))
        session.cite(
            "the best 0–1 rule under missing data",
            "arXiv 1610.04167, Claim 1, Corollary 1",
            "Sharir, Tamari, Cohen, Shashua 2016",
        )


def networks(locations: int) -> Iterator[tuple[str, ca.Circuit]]:
    """One network of each kind."""
    levels = locations.bit_length() - 1
    yield "CP", ca.cp_model(locations, 2, 3, outputs=2)
    yield "HT", ca.ht_model(locations, 2, [3] * levels)
    yield "HT shared", ca.ht_model(locations, 2, [3] * levels, shared=True)
    yield "TT", ca.tt_model(locations, 2, 3)


def linear(session: ca.Session, sizes: str, circuit: ca.Circuit) -> None:
    """Prove linearity in each location."""
    with session.claim("linear in each location: one pass marginalizes", sizes, SOURCE) as claim:
        theorem = claim.prove(circuit, lambda: ca.prove_multilinear(circuit))
        claim.expect(theorem.statement.circuit == circuit, "it is about another network")


def sums(session: ca.Session, sizes: str, circuit: ca.Circuit) -> None:
    """Compare one pass with the sum over all unit vectors, for every set of missing locations."""
    with session.claim("one pass is the explicit sum", sizes, SOURCE) as claim:
        draw = random.Random(circuit.num_parameters)
        weights = {
            name: rationals(draw, *shape) for name, shape in sorted(circuit.parameters.items())
        }
        x = rationals(draw, circuit.num_locations, 2)[None]
        every = range(circuit.num_locations)
        sets = list(chain.from_iterable(combinations(every, k) for k in range(len(every) + 1)))
        for missing in sets:
            one = circuit.evaluate(weights, ca.marginalize(circuit, x, missing))
            total = circuit.evaluate(weights, all_values(circuit, x, missing)).sum(axis=0)
            claim.expect((one[0] == total).all(), f"the sum over {missing} differs")
        claim.computed(f"equal for {len(sets)} sets", "rational numbers")


def all_values(circuit: ca.Circuit, x: Any, missing: Sequence[int]) -> Any:
    """A batch of inputs with every choice of unit vectors at the missing locations."""
    dims = [circuit.dims[i] for i in missing]
    batch = np.repeat(x, prod(dims), axis=0)
    for row, chosen in zip(batch, product(*map(range, dims)), strict=True):
        for location, d in zip(missing, chosen, strict=True):
            row[location] = [int(k == d) for k in range(circuit.dims[location])]
    return batch


def rationals(draw: random.Random, rows: int, columns: int) -> Any:
    """Random Fractions of both signs."""
    table = np.empty((rows, columns), dtype=object)
    for place in np.ndindex(rows, columns):
        table[place] = Fraction(draw.randint(-9, 9), draw.randint(1, 9))
    return table


if __name__ == "__main__":
    main()
