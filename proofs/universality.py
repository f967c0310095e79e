"""Universality: which networks represent every tensor, with the weights written down.

Statement. The CP model of Z = M^N channels represents every tensor of N modes of dimension M, for
all classes jointly; the HT model does so once its nodes over k locations have M^k channels. The
weights are explicit: each hidden channel computes one product of a coordinate per location, and
the output's entries are the tensor's. A given tensor needs less: as many CP channels as it has
non-zero fibres along one mode. Both are proved here, the second for random rational tensors.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), the claims of sections 3.1 and 3.2.

Sizes. Without arguments: M^N up to 4,096 for CP models and 256 for HT models, one class and
three, and random tensors of these shapes up to 256 entries. With --locations: these, at --dim.

Nearby and false. One channel less than M^N, and the construction fails (so does the claim, for a
network that is linear in its last weights alone). A shared network represents tensors with its
symmetries only, at any width. And a network that represents one given tensor need not represent
the next.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

import circuitalg as ca

SIZES = [(2, 5), (3, 4), (4, 2), (4, 4), (6, 3), (12, 2)]
"""(N, M) of the CP models; where N is a power of two and M^N at most 256, of the HT models too."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Prove every case."""
    options = {"locations": [], "dim": 2, "classes": [1, 3]}
    with ca.Session.from_arguments(__doc__, options, arguments) as session:
        asked = [(n, session.sizes["dim"]) for n in session.sizes["locations"]]
        for locations, dim in asked or SIZES:
            for outputs in session.sizes["classes"]:
                for model, circuit in models(locations, dim, outputs):
                    universal(session, model, circuit)
            if dim**locations <= 256:
                representation(session, locations, dim)


def models(locations: int, dim: int, outputs: int) -> list[tuple[str, ca.Circuit]]:
    """The CP model, and the HT model where there is one of this size."""
    found = [("CP", ca.cp_model(locations, dim, dim**locations, outputs=outputs))]
    levels = locations.bit_length() - 1
    if locations == 2**levels and dim**locations <= 256:
        widths = [dim ** (2 ** (level + 1)) for level in range(levels)]
        found.append(("HT", ca.ht_model(locations, dim, widths, outputs=outputs)))
    return found


def universal(session: ca.Session, model: str, circuit: ca.Circuit) -> None:
    """Prove that the network represents every tensor."""
    sizes = (
        f"N={circuit.num_locations} M={circuit.dims[0]} Z={circuit.nodes[-2].width} "
        f"Y={circuit.num_outputs}"
    )
    source = "sec. 3.1" if model == "CP" else "sec. 3.2"
    with session.claim(f"the {model} model is universal", sizes, source) as claim:
        theorem = claim.prove(circuit, lambda: ca.prove_universal(circuit))
        claim.expect(theorem.statement.circuit == circuit, "it is about another network")


def representation(session: ca.Session, locations: int, dim: int) -> None:
    """Realize one random rational tensor by a CP model of as few channels as it has fibres."""
    tensor = random_tensor(locations, dim)
    sizes = f"N={locations} M={dim}"
    with session.claim("a CP model represents this tensor", sizes, "sec. 3.1, D3") as claim:
        question = ("represents", tensor)
        theorem = claim.prove(question, lambda: ca.prove_represents(ca.cp_model, tensor))
        width = theorem.statement.circuit.nodes[-2].width
        claim.expect(width <= dim ** (locations - 1), "more channels than fibres")


def random_tensor(locations: int, dim: int) -> ca.ExactTensor:
    """Draw a rational tensor, a third of its entries zero."""
    draw = random.Random(locations * 100 + dim)
    entries = tuple(
        Fraction(draw.randint(-9, 9), draw.randint(1, 9)) if draw.random() > 1 / 3 else 0
        for _ in range(dim**locations)
    )
    return ca.ExactTensor((dim,) * locations, entries)


if __name__ == "__main__":
    main()
