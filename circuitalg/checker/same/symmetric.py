"""Symmetric: permutations of the locations keep the function."""

from __future__ import annotations

from dataclasses import replace

from ..circuit import Circuit, fingerprint
from ..read import MAX_NODES, Refusal
from ..schema import Claim, Kind, circuit, integer, listed
from ..verdict import network_lines


def symmetric(claim: Claim) -> list[str]:
    """Each premise says that the network with its locations permuted is the same function."""
    network: Circuit = claim.said["circuit"]
    generators: list[list[int]] = claim.said["generators"]
    if not generators or len(claim.premises) != len(generators):
        raise Refusal("a symmetry needs generators, and a premise for each.")
    if len(generators) * len(network.kinds) > MAX_NODES:
        raise Refusal(f"a symmetry has more than {MAX_NODES} nodes times generators.")
    own = {name: ("parameter", name) for name in network.parameters}
    for images, premise in zip(generators, claim.premises, strict=True):
        if sorted(images) != list(range(len(network.dims))):
            raise Refusal("a generator must be a permutation of the locations.")
        if any(network.dims[i] != network.dims[image] for i, image in enumerate(images)):
            raise Refusal("a generator takes a location to one of another dimension.")
        places = [images[place] if place >= 0 else -1 for place in network.places]
        moved = fingerprint(replace(network, places=places), claim.meter)
        said = premise.said
        if (
            said["kind"] != "SameFunction"
            or (said["a"].fingerprint, said["b"].fingerprint) != (network.fingerprint, moved)
            or said["weights"] != own
        ):
            raise Refusal(
                "a premise of a symmetry must be the SameFunction of the network and the network"
                " with its locations permuted, all parameters kept."
            )
    shown = "; ".join(cycle_text(generator) for generator in generators[:8])
    more = f"; ... ({len(generators)} generators)" if len(generators) > 8 else ""
    return [
        *network_lines(network),
        (
            "For all weights the network's function does not change when its locations are"
            f" permuted by {shown}{more}, nor by any product of these."
        ),
    ]


def cycle_text(images: list[int]) -> str:
    """Print a permutation in cycles, cut when it is long."""
    found, seen = [], set()
    for start in range(len(images)):
        cycle = []
        while start not in seen:
            seen.add(start)
            cycle.append(start)
            start = images[start]
        if len(cycle) > 1:
            found.append(f"({' '.join(map(str, cycle[:8]))}{' ...' * (len(cycle) > 8)})")
    return "".join(found[:8]) + "..." * (len(found) > 8) or "()"


SYMMETRIC = Kind(
    {"circuit": circuit, "generators": listed(listed(integer(0, MAX_NODES)))},
    {"Generators": {}},
    symmetric,
    has_premises=True,
)
