"""Represents: a network has a given tensor at given weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..circuit import Circuit, check_scopes, shaped_weights
from ..meter import Meter, most_bits
from ..read import Entry, Refusal
from ..schema import Claim, Kind, circuit, integer, output_of, weights
from ..tensor import exact_tensor, reordered, tensor
from ..verdict import digest, network_lines


def represents(claim: Claim) -> list[str]:
    """The network's coefficient tensor at the weights is the stored tensor."""
    network: Circuit = claim.said["circuit"]
    stored, output = claim.said["tensor"], output_of(claim, network)
    if stored["dims"] != network.dims:
        raise Refusal("the tensor's dimensions are not the network's.")
    given = shaped_weights(network, claim.said["weights"])
    check_scopes(network, claim.meter)
    channel, modes, scale = exact_tensor(network, given, output, claim.meter)
    computed = reordered(channel, modes, network.dims, list(range(len(modes))))
    same_entries(computed, scale, stored["entries"], "the network's", claim.meter)
    return [
        *network_lines(network),
        (
            f"At the weights stored in the certificate, the coefficient tensor of output {output}"
            f" is exactly the stored {tensor_line(stored, claim.meter)}."
        ),
    ]


def tensor_line(data: dict[str, Any], meter: Meter) -> str:
    """Describe a tensor."""
    return f"tensor of shape {' x '.join(map(str, data['dims']))} (SHA-256 {digest(data, meter)})"


def same_entries(
    found: Sequence[int], unit: int, entries: Sequence[Entry], what: str, meter: Meter
) -> None:
    """Demand that computed integers divided by one number are the entries of a tensor."""
    bits = max(most_bits([found, entries]), unit.bit_length())
    meter.spend(len(entries) * (300 + bits / 30 * (1 + most_bits([entries]) / 30)))
    for place, (x, entry) in enumerate(zip(found, entries, strict=True)):
        if x * entry.denominator != entry.numerator * unit:
            raise Refusal(f"entry number {place} of the tensor is not {what}.")


REPRESENTS = Kind(
    {"circuit": circuit, "tensor": tensor, "weights": weights, "output": integer(0)},
    {"Expand": {}},
    represents,
)
