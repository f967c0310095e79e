"""Networks without signs: what the theorems of capacity say over non-negative and simplex weights.

Statement. Log-space and probability need non-negative weights, a small part of all weights. For
almost all of *them*, Theorems 1 and 3 hold as they are: across the paper's bipartitions the rank of
the coefficient tensor is that of almost all real weights, and shallow or truncated networks,
*whatever the signs of their own weights*, need as many channels. The same for weights from
simplices (rows that sum to one), if all levels are shared or none is. Normalising costs nothing:
h(x; w) = h(1; w)·h(x; v) with v from simplices. Signs can be had back: any network is the
difference of the two halves of a non-negative network's outputs, so a universal one gives every
tensor.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), appendix E; Sharir, Tamari, Cohen, Shashua, Tensorial Mixture Models, 2016
(arXiv 1610.04167), section 3.2 and appendix D.

Sizes. Without arguments N = 4 to 1,024, windows of 2 and 3, shared and not. With --locations:
these, at the given --dim and --widths (the last one is repeated), for windows of 2.

Nearby and false. For shared=[False, True, …] the uses of a tied matrix need different factors, and
no simplex weights come out. A non-negative tensor may need more non-negative terms than signed
ones, never fewer. And not all real weights can be replaced by non-negative ones: the matrix
[[1, −1], [1, 1]] is not a value of a non-negative network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import circuitalg as ca

SPACES = ("real", "nonnegative", "simplex")
PAPERS = "App. E, arXiv 1610.04167"

Case = tuple[int, int, list[int], int]
"""N, M, the widths (the last one repeated), the window."""

CASES: list[Case] = [
    (4, 2, [2], 2),
    (16, 4, [4], 2),
    (9, 2, [3, 2], 3),
    (64, 3, [5, 2], 2),
    (1024, 4, [4], 2),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"locations": [], "dim": 4, "widths": [4]}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        sizes = session.sizes
        asked = [(n, sizes["dim"], sizes["widths"], 2) for n in sizes["locations"]]
        for case in asked or CASES:
            for shared in (False, True):
                words, deep = network(case, shared=shared)
                simplex_form(session, words, deep)
                rank(session, words, deep)
                shallow(session, words, deep)
                truncated(session, words, deep, case)
        for name, circuit in universal_networks():
            signs(session, name, circuit)


def widths_of(case: Case) -> list[int]:
    """One width for each level."""
    locations, _, widths, window = case
    levels = 0
    while window**levels < locations:
        levels += 1
    if len(widths) > levels:
        raise ca.CircuitError(f"N = {locations} has only {levels} levels, not {len(widths)}")
    return (widths + widths[-1:] * levels)[:levels]


def network(case: Case, *, shared: bool) -> tuple[str, ca.Circuit]:
    """The deep network and what it is called."""
    locations, dim, widths, window = case
    given = " ".join(map(str, widths)) + " …"
    words = f"N={locations} M={dim} r={given} q={window}{' shared' if shared else ''}"
    return words, ca.ht_model(locations, dim, widths_of(case), window=window, shared=shared)


def rank(session: ca.Session, words: str, deep: ca.Circuit) -> None:
    """The generic rank across odd and even locations is the same over all three spaces."""
    parts = ca.Bipartition.odd_even(deep.num_locations)
    found = set()
    for space in SPACES:
        statement = "Theorem 1 without signs: the rank over each space"
        with session.claim(statement, f"{words} {space}", PAPERS) as claim:
            prove = partial(ca.prove_rank, deep, parts, space=space)
            said = claim.prove((deep, parts, space), prove).statement
            claim.expect(said.space == space, "it is about another space")
            claim.expect(said.lower == said.upper, "the rank is not exact")
            found.add(said.lower)
            claim.expect(len(found) == 1, "the rank is not that of real weights")


def shallow(session: ca.Session, words: str, deep: ca.Circuit) -> None:
    """A CP model with signs needs as many channels as over real weights."""
    separations(session, "Corollary 2", "channels of a CP model", words, deep, ca.cp_family())


def truncated(session: ca.Session, words: str, deep: ca.Circuit, case: Case) -> None:
    """A network with signs of one level less needs as wide a last layer."""
    levels, window = len(widths_of(case)) - 1, case[3]
    if levels:
        family = ca.truncated_family(levels=levels, window=window)
        sizes = f"{words} L2={levels}"
        separations(session, "Theorem 3", "last width of a truncated network", sizes, deep, family)


def separations(
    session: ca.Session,
    name: str,
    what: str,
    words: str,
    deep: ca.Circuit,
    family: ca.CPFamily | ca.TruncatedFamily,
) -> None:
    """What a family with signs needs, over all three spaces of the deep network; up to N = 16."""
    found = set()
    for space in SPACES if deep.num_locations <= 16 else SPACES[2:]:
        with session.claim(f"{name} without signs: {what}", f"{words} {space}", PAPERS) as claim:
            prove = partial(ca.prove_separation, deep, family, bipartition="paper", space=space)
            said = claim.prove((deep, family, space), prove).statement
            claim.expect(said.space == space, "it is about another space")
            found.add(said.needed)
            claim.expect(len(found) == 1, "the requirement is not that of real weights")


def simplex_form(session: ca.Session, words: str, deep: ca.Circuit) -> None:
    """Non-negative weights may be taken from simplices."""
    with session.claim("weights from simplices, up to a factor", words, PAPERS) as claim:
        theorem = claim.prove((deep, "simplex"), lambda: ca.prove_simplex_form(deep))
        claim.expect(theorem.statement.circuit == deep, "it is about another network")


def universal_networks() -> Iterator[tuple[str, ca.Circuit]]:
    """CP and HT models that represent every tensor."""
    for locations, widths in ((2, [4]), (4, [4, 16])):
        yield f"CP N={locations} M=2", ca.cp_model(locations, 2, 2**locations)
        yield f"HT N={locations} M=2", ca.ht_model(locations, 2, widths)


def signs(session: ca.Session, sizes: str, circuit: ca.Circuit) -> None:
    """A universal network, and its values as differences of non-negative ones."""
    statement = "every tensor is a difference of two non-negative networks"
    with session.claim(statement, sizes, PAPERS) as claim:
        universal = claim.prove(circuit, lambda: ca.prove_universal(circuit))
        split = claim.prove((circuit, "split"), lambda: ca.prove_signed_split(circuit))
        same = universal.statement.circuit == split.statement.circuit
        claim.expect(same, "the two theorems are about different networks")


if __name__ == "__main__":
    main()
