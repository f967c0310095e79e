"""MinimalHT: hierarchical decompositions of a given tensor."""

from __future__ import annotations

import itertools
import json
import math
import operator
from collections.abc import Iterator
from typing import Any

from ..meter import Meter, most_bits
from ..modular import prime
from ..read import Matrix, Refusal
from ..schema import Claim, Kind, integer, listed, matrix, mode_tree
from ..tensor import MAX_EXACT, Scaled, modular_rank, reordered, tensor
from .represents import same_entries, tensor_line

MAX_LEAVES = 16
MAX_RANKS = 100_000
CONTRACTING = "contracting the frames"


def minimal_ht(claim: Claim) -> list[str]:
    """The frames contract to the tensor, and no rank can be smaller."""
    data, tree, ranks = (claim.said[name] for name in ("tensor", "tree", "ranks"))
    dims, entries, meter = data["dims"], data["entries"], claim.meter
    frames = claim.proof["matrices"]
    nodes = leaves_of(tree)
    if sorted(nodes[0]) != list(range(len(dims))):
        raise Refusal(f"the tree must have the leaves 0 to {len(dims) - 1}, each once.")
    if not len(nodes) == len(ranks) == len(frames) or ranks[0] != 1:
        raise Refusal("a rank and a matrix are needed for each node, one column for the root.")
    nodes_left = zip(range(len(nodes)), ranks, frames, strict=True)
    modes, (frame, unit) = frame_of(tree, nodes_left, dims, meter)
    found = reordered([row[0] for row in frame], modes, dims, sorted(modes))
    same_entries(found, unit, entries, "that to which the frames contract", meter)
    for inside, rank in zip(nodes[1:], ranks[1:], strict=True):
        least = modular_rank(entries, dims, sorted(inside), claim.proof["prime"], meter)
        if least < rank:
            raise Refusal(f"modulo the prime the locations {inside} have rank {least}, not {rank}.")
    return [
        f"Given is the {tensor_line(data, meter)}.",
        (
            f"Over the mode tree {json.dumps(tree)} it has an exact hierarchical Tucker"
            f" decomposition with the ranks {ranks} (nodes in preorder), and none has a smaller"
            " rank at any node."
        ),
    ]


def leaves_of(tree: Any) -> list[list[int]]:
    """Return each node's leaves, the nodes in preorder."""
    if type(tree) is int:
        return [[tree]]
    below = [leaves_of(child) for child in tree]
    return [[leaf for nodes in below for leaf in nodes[0]], *itertools.chain(*below)]


def frame_of(
    tree: Any, nodes: Iterator[tuple[int, int, Matrix]], dims: list[int], meter: Meter
) -> tuple[list[int], Scaled]:
    """Return a node's modes, and its frame: a row for each index of them, a column per channel.

    `nodes` gives the number, rank and matrix of each node in preorder. The children are contracted
    one after another with the rows of the transfer matrix.
    """
    place, rank, stored = next(nodes)
    shape = len(stored), len(stored[0])
    rows, unit = meter.whole(stored, "a frame")
    if type(tree) is int:
        if shape != (dims[tree], rank):
            raise Refusal(f"the frame of location {tree} has the wrong shape.")
        return [tree], (rows, unit)
    below = [frame_of(child, nodes, dims, meter) for child in tree]
    sizes = [len(part[0]) for _, (part, _) in below]
    if math.prod(sizes) > MAX_RANKS or shape != (math.prod(sizes), rank):
        raise Refusal(f"the transfer matrix of node {place} has the wrong shape.")
    # `done` holds, for each index of the modes so far, the rows for the channels still open
    done = [rows]
    for (_, (part, more)), size in zip(below, sizes, strict=True):
        unit = meter.common((meter.product((unit, more)),), CONTRACTING)
        step = len(done[0]) // size
        first, second = most_bits(part), max(map(most_bits, done))
        count = len(done) * len(part) * step * rank
        meter.hold(count, first + second + size.bit_length(), CONTRACTING)
        meter.spend(count * size * (100 + second / 30 * (1 + first / 30)))
        grown = []
        for table in done:
            # of each open row, its column for each channel
            columns = [list(zip(*table[a::step], strict=True)) for a in range(step)]
            grown += [
                [[sum(map(operator.mul, row, column)) for column in lines] for lines in columns]
                for row in part
            ]
        done = grown
    modes = list(itertools.chain.from_iterable(own for own, _ in below))
    return modes, ([table[0] for table in done], unit)


MINIMAL_HT = Kind(
    {
        "tensor": tensor,
        "tree": mode_tree(MAX_LEAVES),
        "ranks": listed(integer(1, MAX_EXACT)),
    },
    {"Frames": {"prime": prime, "matrices": listed(matrix)}},
    minimal_ht,
)
