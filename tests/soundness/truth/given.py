"""The truth about given tensors."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import brute
import numpy as np

from soundness.truth.network import (
    MOST_ENTRIES,
    Net,
    Undecided,
    check_tensor,
    check_weights,
    demand,
    exact_tensor,
    largest_array,
    number,
    tables,
    weights_of,
)
from soundness.truth.rank import check_output, exact_rank


def given(tensor: Mapping[str, Any]) -> np.ndarray:
    """A tensor as files have it."""
    dims, entries = tensor["dims"], tensor["entries"]
    demand(len(dims) > 0 and min(dims) > 0 and prod(dims) == len(entries), "not a tensor")
    if len(entries) > 2**12:
        raise Undecided("a large tensor")
    found = np.empty(len(entries), dtype=object)
    found[:] = [number(x) for x in entries]
    return found.reshape(dims)


def represents(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The coefficient tensor at the weights, entry by entry."""
    network, weights, wanted = (
        networks[said["circuit"]],
        tables(said["weights"]),
        given(said["tensor"]),
    )
    check_weights(network, weights)
    check_output(network, said["output"])
    found = exact_tensor(network, weights, said["output"])
    demand(found.shape == wanted.shape and bool((found == wanted).all()), "another tensor")


def universal(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """Full rank across all sides; and below a free output matrix all monomials at once.

    Ranks are largest at random weights, so where one of them is not full, no weights give a tensor
    of full rank. Where the channels below the output's matrix span the space of all tensors, that
    matrix, if it is free, solves for any. Else brute force does not know.
    """
    network = networks[said["circuit"]]
    check_tensor(network)
    entries = prod(network.dims)
    free = sum(r * c for r, c in network.parameters.values())
    demand(free >= entries * network.outputs, "fewer weights than there are entries")
    if largest_array(network) > MOST_ENTRIES:
        raise Undecided("a large tensor")
    weights = weights_of(network, 1)
    whole = np.array([brute.tensor(network, weights, k) for k in range(network.outputs)])
    for bits in range(1, 2**whole.ndim - 1):
        rows = [i for i in range(whole.ndim) if bits >> i & 1]
        flat = brute.matricized(whole, rows)
        demand(brute.rank(flat) == min(flat.shape), f"the rank across {rows} is never full")
    last = network.nodes[-1]
    label = last.matrices[0] if len(last.matrices) == 1 else None
    uses = sum(node.matrices.count(label) for node in network.nodes)
    if type(label) is not str or uses != 1:
        raise Undecided("the output's matrix is not free")
    below = last.children[0]
    part = Net(network.nodes[: below + 1], network.dims, network.parameters)
    channels = [brute.tensor(part, weights, k).ravel() for k in range(part.outputs)]
    if brute.rank(np.array(channels)) < entries:
        raise Undecided("not shown at random weights")


def leaves(tree: Any) -> list[int]:
    """The locations below."""
    return [tree] if isinstance(tree, int) else [i for part in tree for i in leaves(part)]


def preorder(tree: Any) -> list[list[int]]:
    """The locations below each node."""
    parts = [] if isinstance(tree, int) else [each for part in tree for each in preorder(part)]
    return [leaves(tree), *parts]


def minimal(said: Mapping[str, Any], _: Sequence[Net]) -> None:
    """The ranks of all matricizations over Q."""
    tensor, ranks = given(said["tensor"]), said["ranks"]
    nodes = preorder(said["tree"])
    demand(sorted(nodes[0]) == list(range(tensor.ndim)), "a tree of other locations")
    demand(len(ranks) == len(nodes) and ranks[0] == 1, "not a rank for each node")
    demand(any(tensor.ravel()), "the tensor is zero")
    for rows, rank in list(zip(nodes, ranks, strict=True))[1:]:
        found = exact_rank(brute.matricized(tensor, rows))
        demand(found == rank, f"the rank of {rows} is {found}, not {rank}")


def cp_rank(said: Mapping[str, Any], _: Sequence[Net]) -> None:
    """What brute force knows: flattenings from below, fibres and slices from above.

    For matrices, and for tensors of a border rank up to 1, that is all; else the interval may be
    narrower than what is known, and stays undecided.
    """
    tensor, lower, upper = given(said["tensor"]), said["lower"], said["upper"]
    demand(0 <= lower <= upper, "the bounds cross")
    count = tensor.ndim
    subsets = [[i for i in range(count) if bits >> i & 1] for bits in range(1, 2**count - 1)]
    ranks = [exact_rank(brute.matricized(tensor, rows)) for rows in subsets[:256]]
    least = max(ranks, default=int(any(tensor.ravel())))
    if count >= 3 and prod(tensor.shape) <= 64:
        least = max(least, koszul(tensor))
    most = known_terms(tensor)
    demand(upper >= least, f"the CP-rank is at least {least}")
    demand(lower <= most, f"the CP-rank is at most {most}")
    if not (lower <= least and upper >= most):
        raise Undecided(f"the CP-rank lies between {least} and {most}")


def known_terms(tensor: np.ndarray) -> int:
    """Terms that certainly suffice: slices along some modes, each a matrix or a sum of fibres."""
    if tensor.ndim == 1:
        return int(any(tensor))
    if tensor.ndim == 2:
        return exact_rank(tensor)
    best = prod(tensor.shape)
    for mode in range(tensor.ndim):
        flat = brute.matricized(tensor, [mode])
        # A basis of the slices: as many as the mode's rank, by a choice of independent ones.
        basis = independent(flat)
        rest = [tensor.shape[i] for i in range(tensor.ndim) if i != mode]
        best = min(best, sum(known_terms(flat[row].reshape(rest)) for row in basis))
    return best


def independent(matrix: np.ndarray) -> list[int]:
    """The first rows that are independent."""
    chosen: list[int] = []
    for row in range(len(matrix)):
        if exact_rank(matrix[[*chosen, row]]) > len(chosen):
            chosen.append(row)
    return chosen


def koszul(tensor: np.ndarray) -> int:
    """The map from x to a ∧ x on three coordinates of a mode: each term adds 2 to its rank."""
    best = 0
    for mode in range(tensor.ndim):
        flat = np.moveaxis(tensor, mode, 0)
        first = flat.reshape(flat.shape[0], flat.shape[1], -1)
        draw = random.Random(mode)
        mixed = [[draw.randint(-9, 9) for _ in first] for _ in range(3)]
        a, b, c = (sum(k * m for k, m in zip(row, first, strict=True)) for row in mixed)
        zero = a * 0
        block = np.block([[zero, c, -b], [-c, zero, a], [b, -a, zero]])
        best = max(best, -(-exact_rank(block) // 2))
    return best
