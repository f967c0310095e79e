"""The truth about ranks and separations."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import brute
import flint
import numpy as np

from soundness.truth.network import (
    MOST_POINTS,
    PRIME,
    Net,
    Node,
    Undecided,
    built,
    check_tensor,
    check_weights,
    demand,
    exact_tensor,
    natural,
    random_points,
    rank_up_to,
    residues,
    sides,
    table,
    tables,
    values,
    weights_of,
)

MOST_RANK = 180
"""Ranks beyond are not decided where the tensor is not written out."""


def check_output(network: Net, output: int) -> None:
    """Demand that there is such an output."""
    demand(0 <= output < network.outputs, "there is no such output")


def check_generic(
    network: Net,
    rows: Sequence[int],
    lower: int,
    upper: int | None,
    output: int = 0,
    space: str = "real",
) -> None:
    """Demand lower <= rank for almost all weights of a space, and rank <= upper for all weights.

    The rank is largest for almost all weights, so random ones decide both. What is found modulo the
    prime is no larger than the rank over Q at the same integers: a rank above the upper bound is
    certain. A rank below the lower one must show at three random points.
    """
    check_tensor(network)
    check_output(network, output)
    demand(space in ("real", "nonnegative", "simplex"), "an unknown space")
    most = [
        prod(network.dims[i] for i in range(len(network.dims)) if (i in rows) == k) for k in (0, 1)
    ]
    demand(lower <= min(most), "the lower bound is above the matrix's shape")
    if lower:
        for seed in range(3):
            found = rank_up_to(network, weights_of(network, seed, space), rows, lower, output)
            if found >= lower:
                break
        demand(found >= lower, f"the generic rank is {found}, not at least {lower}")
    if upper is not None and upper < min(most):
        found = rank_up_to(network, weights_of(network, 7), rows, upper + 1, output)
        demand(found <= upper, f"the rank reaches {found}, above {upper}")


def generic_rank(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """Both bounds, at random weights."""
    network = networks[said["circuit"]]
    rows = sides(said["bipartition"], len(network.dims))
    lower, upper = natural(said["lower"]), natural(said["upper"])
    demand(lower <= upper, "the bounds cross")
    check_generic(network, rows, lower, upper, said["output"], said["space"])


def exact_rank(matrix: np.ndarray) -> int:
    """Rank over Q."""
    entries = [flint.fmpq(x.numerator, x.denominator) for x in map(Fraction, matrix.ravel())]
    return int(flint.fmpq_mat(*matrix.shape, entries).rank())


def rank_at(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The rank over Q at the weights."""
    network = networks[said["circuit"]]
    weights = tables(said["weights"])
    rows = sides(said["bipartition"], len(network.dims))
    check_weights(network, weights)
    check_output(network, said["output"])
    tensor = exact_tensor(network, weights, said["output"])
    found = exact_rank(brute.matricized(tensor, rows))
    lower, upper = natural(said["lower"]), natural(said["upper"])
    demand(lower <= found <= upper, f"the rank is {found}, not in [{lower}, {upper}]")


def grid_rank(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The rank of the whole grid matrix at random weights."""
    network = networks[said["circuit"]]
    rows = sides(said["bipartition"], len(network.dims))
    check_output(network, said["output"])
    demand(len(set(network.dims)) == 1, "the locations have different dimensions")
    templates = table(said["templates"])
    demand({len(row) for row in templates} == {network.dims[0]}, "templates of another length")
    count, total = len(network.dims), len(templates)
    if total**count > MOST_POINTS:
        raise Undecided("a large grid")
    lower = natural(said["lower"])
    points = residues(templates)
    chosen = np.array(list(product(range(total), repeat=count)))
    x = [points[chosen[:, i]] for i in range(count)]
    for seed in range(3):
        found = values(network, weights_of(network, seed), x)[:, said["output"]]
        rank = brute.rank(brute.matricized(found.reshape((total,) * count), rows))
        if rank >= lower:
            return
    demand(False, f"the grid matrix has rank {rank}, not at least {lower}")


def windows(
    count: int,
    window: int,
    levels: int,
    width: Any,
    dim: Sequence[int],
    outputs: int = 1,
    shared: bool = False,
) -> Net:
    """Convolutions and poolings over windows, eqs. 4 and 5: the last of the levels pools all.

    ``width`` gives the channels of each level.
    """
    nodes = [Node(f"x{i}", "input", dim[i], i, (), ()) for i in range(count)]
    layer = list(range(count))
    for level in range(levels):
        sums = []
        for place, child in enumerate(layer):
            label = f"a{level}" if shared else f"a{level}.{place}"
            nodes.append(Node(f"s{level}.{place}", "sum", width(level), None, (child,), (label,)))
            sums.append(len(nodes) - 1)
        size = len(sums) if level == levels - 1 else window
        layer = []
        for start in range(0, len(sums), size):
            group = tuple(sums[start : start + size])
            nodes.append(Node(f"p{level}.{start}", "product", width(level), None, group, ()))
            layer.append(len(nodes) - 1)
    nodes.append(Node("out", "sum", outputs, None, (layer[0],), ("out",)))
    return built(nodes)


def over_tree(tree: Any, dims: Sequence[int], width: int) -> Net:
    """A product of this width for each inner node of a mode tree, a matrix above each child."""
    nodes = [Node(f"x{i}", "input", dim, i, (), ()) for i, dim in enumerate(dims)]

    def below(entry: Any) -> int:
        if isinstance(entry, int):
            demand(0 <= entry < len(dims), "a tree of other locations")
            return entry
        sums = []
        for child in map(below, entry):
            label = f"a{len(nodes)}"
            nodes.append(Node(f"s{len(nodes)}", "sum", width, None, (child,), (label,)))
            sums.append(len(nodes) - 1)
        nodes.append(Node(f"p{len(nodes)}", "product", width, None, tuple(sums), ()))
        return len(nodes) - 1

    nodes.append(Node("out", "sum", 1, None, (below(tree),), ("out",)))
    return built(nodes)


def train(dims: Sequence[int], bond: int) -> Net:
    """Cores on the pairs of channels of the state and the next location, the state's slowest."""
    nodes = [Node("x0", "input", dims[0], 0, (), ())]
    nodes.append(Node("h0", "sum", bond, None, (0,), ("g0",)))
    for i, dim in enumerate(dims[1:], start=1):
        state = len(nodes) - 1
        pairs = list(product(range(bond), range(dim)))
        nodes.append(Node(f"x{i}", "input", dim, i, (), ()))
        for place, child in enumerate((state, state + 1)):
            size = nodes[child].width
            spread = tuple(tuple(int(pair[place] == k) for k in range(size)) for pair in pairs)
            nodes.append(Node(f"e{i}.{place}", "sum", len(pairs), None, (child,), (spread,)))
        nodes.append(Node(f"p{i}", "product", len(pairs), None, (state + 2, state + 3), ()))
        width = bond if i < len(dims) - 1 else 1
        nodes.append(Node(f"h{i}", "sum", width, None, (state + 4,), (f"g{i}",)))
    return built(nodes)


def recurrent(dims: Sequence[int], width: int) -> Net:
    """One layer whose matrices differ from time to time, from a state that is a parameter."""
    nodes = [Node("c", "constant", 1, None, (), ())]
    nodes.append(Node("h", "sum", width, None, (0,), ("h",)))
    for i, dim in enumerate(dims):
        state = len(nodes) - 1
        nodes.append(Node(f"x{i}", "input", dim, i, (), ()))
        nodes.append(Node(f"H{i}", "sum", width, None, (state,), (f"H{i}",)))
        nodes.append(Node(f"I{i}", "sum", width, None, (state + 1,), (f"I{i}",)))
        nodes.append(Node(f"h{i}", "product", width, None, (state + 2, state + 3), ()))
    nodes.append(Node("out", "sum", 1, None, (len(nodes) - 1,), ("out",)))
    return built(nodes)


def member_of(family: Mapping[str, Any], dims: Sequence[int], size: int) -> Net:
    """The largest member of a family with this parameter."""
    count = len(dims)
    if family["kind"] == "TreeFamily":
        return over_tree(family["tree"], dims, size)
    if family["kind"] == "TTFamily":
        return train(dims, size)
    if family["kind"] == "RACFamily":
        return recurrent(dims, size)
    if family["kind"] == "CPFamily":
        levels, window = 1, count
    else:
        levels, window = family["levels"], family["window"]
        demand(window >= 2, "windows of one location")
        reached, depth = 1, 0
        while reached < count:
            reached, depth = reached * window, depth + 1
        demand(reached == count and 1 <= levels <= depth, "the family has no such member")

    def width(level: int) -> int:
        return size if level == levels - 1 else min(8, max(dims) ** (window**level) + 1)

    return windows(count, window, levels, width, dims)


def separation(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The ranks across the sides: the network's, and those of members below ``needed``.

    Whether tensors of enough rank are approximated all the same is not a question: ranks do not
    grow in a limit. A number beyond what ranks tell counts as false here, since nothing else is
    offered for it.
    """
    network, family = networks[said["deep"]], said["family"]
    rows = sides(said["bipartition"], len(network.dims))
    needed = natural(said["needed"])
    if needed > MOST_RANK:
        check_generic(network, rows, needed, None, said["output"], said["space"])
        raise Undecided("a wide member")
    member = member_of(family, network.dims, max(needed - 1, 1))
    demand(member.dims == network.dims, "members of other locations")
    check_tensor(member)
    found = rank_up_to(member, weights_of(member, 3), rows, MOST_RANK) if needed > 1 else needed - 1
    if found == MOST_RANK:
        raise Undecided("a member of a large rank")
    check_generic(network, rows, found + 1, None, said["output"], said["space"])


def equal_at(one: np.ndarray, two: np.ndarray) -> bool:
    """Whether residues agree everywhere."""
    return one.shape == two.shape and not ((one - two) % PRIME).any()


def some_points(network: Net, seed: int, batch: int = 3) -> list[np.ndarray]:
    """A few random points."""
    return random_points(random.Random(seed), network.dims, batch)
