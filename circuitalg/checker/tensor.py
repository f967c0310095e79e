"""Exact tensors: as they are stored, of a network at its weights, and ranks modulo a prime."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from .circuit import INPUT, SUM, Circuit, fold
from .meter import MAX_DENOMINATOR, Meter, most_bits
from .modular import list_rank, residues
from .read import Entry, Matrix, Refusal
from .schema import File, integer, listed, number, tagged

MAX_EXACT = 65_536  # entries of a matricization written out over Q
TENSOR = "writing the tensor out"
Node = tuple[list[list[int]], list[int], int]
"""A node's tensor: a list for each channel, the order of its modes, the common denominator."""


def exact_tensor(
    circuit: Circuit, weights: Sequence[Matrix], output: int, meter: Meter
) -> tuple[list[int], list[int], int]:
    """Return the output's coefficient tensor times a scale, the order of its modes, and the scale.

    A node's tensor is a list for each channel, in the order of its list of locations, over a common
    denominator.
    """

    def tensor(i: int, parts: list[Node]) -> Node:
        width = circuit.widths[i]
        if circuit.kinds[i] == INPUT:
            meter.hold(width * width, 1, TENSOR)
            eye = [[int(j == d) for d in range(width)] for j in range(width)]
            return eye, [circuit.places[i]], 1
        if circuit.kinds[i] == SUM:
            mats = [weights[r] if r >= 0 else circuit.matrices[-1 - r] for r in circuit.refs[i]]
            return exact_sum(circuit.dims, mats, parts, meter)
        channels, modes, scale = [[1] for _ in range(width)], list[int](), 1
        for more, places, factor in parts:
            bits = most_bits(channels), most_bits(more)
            count = width * len(channels[0]) * len(more[0])
            meter.hold(count, sum(bits), TENSOR)
            meter.spend(count * (100 + bits[0] / 30 * (1 + bits[1] / 30)))
            channels = [[x * y for x in a for y in b] for a, b in zip(channels, more, strict=True)]
            modes, scale = modes + places, meter.product((scale, factor))
        return channels, modes, scale

    def hold(held: int, newest: Node) -> None:
        meter.hold(held, most_bits(newest[0]), TENSOR)

    def size(node: Node) -> int:
        return len(node[0]) * len(node[0][0])

    channels, modes, scale = fold(circuit, tensor, size, hold)
    return channels[output], modes, scale


def exact_sum(
    dims: list[int],
    mats: list[Matrix],
    parts: list[Node],
    meter: Meter,
) -> Node:
    """Return sum_c W_c T_c over a common denominator."""
    modes, size = parts[0][1], len(parts[0][0][0])
    cleared = [meter.whole(matrix, "a matrix") for matrix in mats]
    units = [meter.product((unit, part[2])) for (_, unit), part in zip(cleared, parts, strict=True)]
    scale = meter.common(units, TENSOR, 4 * MAX_DENOMINATOR)
    meter.hold(len(mats[0]) * size, scale.bit_length(), TENSOR)
    result = [[0] * size for _ in mats[0]]
    for (matrix, _), unit, (channels, places, _) in zip(cleared, units, parts, strict=True):
        aligned = [c if places == modes else reordered(c, places, dims, modes) for c in channels]
        more = scale // unit
        first, second = most_bits(channels), most_bits(matrix) + more.bit_length()
        meter.hold(len(matrix) * size, first + second, TENSOR)
        meter.spend(len(matrix) * len(channels) * size * (100 + first / 30 * (1 + second / 30)))
        for g, row in enumerate(matrix):
            for entry, channel in zip(row, aligned, strict=True):
                factor = entry * more
                if factor:
                    result[g] = [x + factor * y for x, y in zip(result[g], channel, strict=True)]
    return result, modes, scale


def reordered(entries: list[int], modes: list[int], dims: list[int], order: list[int]) -> list[int]:
    """Permute the modes of a flat tensor, the last one running fastest."""
    stride, step = {}, 1
    for place in reversed(modes):
        stride[place] = step
        step *= dims[place]
    at = [0]
    for place in order:
        at = [a + i * stride[place] for a in at for i in range(dims[place])]
    return [entries[a] for a in at]


def tensor(value: object, what: str, file: File) -> dict[str, Any]:
    """Read a tensor, its entries flat, the last index running fastest."""
    dims = listed(integer(1, MAX_EXACT))
    found: dict[str, Any] = tagged({"ExactTensor": {"dims": dims, "entries": listed(number)}})(
        value, what, file
    )
    size = math.prod(found["dims"])
    if not 0 < len(found["dims"]) <= 64 or size > MAX_EXACT:
        raise Refusal(f"a tensor has 1 to 64 modes and at most {MAX_EXACT} entries.")
    if len(found["entries"]) != size:
        raise Refusal(f"the tensor has {len(found['entries'])} entries; its shape needs {size}.")
    return found


Scaled = tuple[list[list[int]], int]
"""Integer rows, and the positive number that they are divided by."""


def times_transpose(
    first: list[list[int]], second: list[list[int]], meter: Meter
) -> list[list[int]]:
    """Multiply a matrix with the transpose of another."""
    one, other = most_bits(first), most_bits(second)
    meter.hold(len(first) * len(second), one + other, "a product of matrices")
    steps = len(first) * len(second) * len(first[0])
    meter.spend(steps * (100 + max(one, other) / 30 * (1 + min(one, other) / 30)))
    return [[sum(map(operator.mul, row, other)) for other in second] for row in first]


def modular_rank(
    entries: list[Entry], dims: list[int], inside: Sequence[int], prime: int, meter: Meter
) -> int:
    """Return the rank modulo a prime of the matrix with rows by the modes inside."""
    outside = [i for i in range(len(dims)) if i not in inside]
    flat = reordered(residues(entries, prime), list(range(len(dims))), dims, [*inside, *outside])
    width = math.prod(dims[i] for i in outside)
    return list_rank([flat[i : i + width] for i in range(0, len(flat), width)], prime, meter)
