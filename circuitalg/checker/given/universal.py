"""Universal: a network has every tensor."""

from __future__ import annotations

import itertools

from ..circuit import SUM, Circuit, check_scopes, shaped_weights
from ..read import Refusal, brief
from ..same.expansion import Algebra, Channels, refuse_wide
from ..schema import Claim, Kind, circuit, text, weights
from ..verdict import network_lines


def universal(claim: Claim) -> list[str]:
    """At 0/1 weights every product of coordinates reaches the free output matrix.

    An output is then the sum of some products, each times another entry of the free matrix.
    """
    network: Circuit = claim.said["circuit"]
    free, meter = claim.proof["free"], claim.meter
    check_scopes(network, meter)
    number = network.parameters.index(free) if free in network.parameters else -1
    if number < 0 or network.kinds[-1] != SUM or network.refs[-1] != [number]:
        raise Refusal("the output must be a sum of one child through the free parameter.")
    if list(itertools.chain.from_iterable(network.refs)).count(number) != 1:
        raise Refusal("the free parameter must be used at the output alone.")
    refuse_wide(network)
    size = 1
    for dim in network.dims:
        size *= dim
        if size > network.widths[network.children[-1][0]]:
            raise Refusal("the output's child has fewer channels than there are products.")
    given = shaped_weights(network, claim.proof["weights"], free)
    if any(row.count(0) < len(row) - 1 or {*row} - {0, 1} for matrix in given for row in matrix):
        raise Refusal("a row of a weight is not a selection: zeros and at most one 1.")
    algebra = Algebra(meter)

    def edge(parameter: int, channels: Channels) -> Channels:
        if parameter == number:
            return algebra.variables(network, number, channels)
        return algebra.numbers(given[parameter], channels)

    output = algebra.multiplied_out(network, edge)[0]
    if any(c != 1 for c in output.values()) or len({key[-1] for key in output}) < len(output):
        raise Refusal("a channel below the output is not one product of coordinates.")
    reached = len({key[:-1] for key in output})
    if reached != size:
        raise Refusal(f"only {reached} products of coordinates reach the output's matrix.")
    return [
        *network_lines(network),
        (
            "For any tensors of this shape, one for each output, there are real weights at which"
            " the outputs have these coefficient tensors: at 0/1 weights every product of one"
            f" coordinate per location reaches the matrix {brief(free)}, whose entries are the"
            " coefficients."
        ),
    ]


UNIVERSAL = Kind({"circuit": circuit}, {"Selection": {"weights": weights, "free": text}}, universal)
