"""Multilinear: outputs are linear in each location's vector."""

from __future__ import annotations

from ..circuit import check_scopes
from ..schema import Claim, Kind, circuit
from ..verdict import network_lines


def multilinear(claim: Claim) -> list[str]:
    """The output's scope is all locations, since every node is below the output."""
    check_scopes(claim.said["circuit"], claim.meter)
    return [
        *network_lines(claim.said["circuit"]),
        (
            "The network is smooth and decomposable. For all weights, each output is linear in the"
            " vector of each location, the vectors of the others being fixed."
        ),
        (
            "So its sum, integral or expectation over independent values of any set of locations"
            " is its value at their summed, integrated or averaged vectors; and locations whose"
            " functions have the integral 1 are integrated out by putting vectors of ones there."
        ),
    ]


MULTILINEAR = Kind({"circuit": circuit}, {"Scopes": {}}, multilinear)
