"""Separations from mode trees, tensor trains and recurrent networks, against all ways to cut."""

from __future__ import annotations

import itertools

import pytest
from certificates.alter import refused
from checker.common import generic, ht, separation

from circuitalg import checker

DIM, WIDTH = 3, 3
DEEP = {  # R of the network, by I
    (0, 2, 4, 6): 81,
    (0, 1, 4, 5): 9,
    (0, 1, 2, 3): 3,
}
TREES = [
    [[[0, 1], [2, 3]], [[4, 5], [6, 7]]],
    [[[0, 4], [1, 5]], [[2, 6], [3, 7]]],
    [[0, 2, 4, 6], [1, 3, 5, 7]],
    [[0, 1, 2], 3, [4, [5, 6, 7]]],
    [0, 1, 2, 3, 4, 5, 6, 7],
]


def proved(inside):
    """The HT model of 8 locations, dimension and widths 3, and its rank."""
    rank = DEEP[inside]
    return generic(ht(8, DIM, [WIDTH] * 3), inside, rank, rank)


def tree_cut(tree, inside):
    """Give each matrix a side: a location on the other costs M, a variable with both costs r."""
    matrices, variables = [], []

    def walk(node):
        mine = []
        for child in node:
            number = len(matrices)
            matrices.append(child)
            mine.append(number)
            if not isinstance(child, int):
                variables.append([number, *walk(child)])
        return mine

    variables.append(walk(tree))
    right = [isinstance(m, int) and int(m not in inside) for m in matrices]
    places = [n for n, m in enumerate(matrices) if isinstance(m, int)]
    ways = {
        (
            DIM ** sum(sides[n] != right[n] for n in places),
            sum(len({sides[m] for m in around}) > 1 for around in variables),
        )
        for sides in itertools.product((0, 1), repeat=len(matrices))
    }
    return lambda r: min(cost * r**cuts for cost, cuts in ways)


def train_cut(inside):
    """Give each core a side: a location on the other costs M, a bond between two sides r."""
    ways = {
        (
            DIM ** sum(side != (i not in inside) for i, side in enumerate(sides)),
            sum(a != b for a, b in itertools.pairwise(sides)),
        )
        for sides in itertools.product((0, 1), repeat=8)
    }
    return lambda r: min(cost * r**bonds for cost, bonds in ways)


def check_needed(inside, family, cut):
    """The least r whose cut reaches the rank is needed; one more or less is refused."""
    data, rank = proved(inside), DEEP[inside]
    needed = next(r for r in itertools.count(1) if cut(r) >= rank)
    assert checker.verify(separation(data, family, needed)).needed == needed
    for wrong in (needed - 1, needed + 1, rank + 1):
        refused(separation(data, family, wrong), "is not the least")


@pytest.mark.soundness
@pytest.mark.parametrize("inside", DEEP)
@pytest.mark.parametrize("tree", TREES)
def test_mode_trees(tree, inside):
    """What a family over a mode tree needs is told by the cheapest way to cut the tree."""
    family = {"kind": "TreeFamily", "tree": tree}
    check_needed(inside, family, tree_cut(tree, inside))


@pytest.mark.soundness
@pytest.mark.parametrize("inside", DEEP)
def test_tensor_trains(inside):
    """What tensor trains need is told by the cheapest way to cut the chain."""
    check_needed(inside, {"kind": "TTFamily"}, train_cut(inside))


@pytest.mark.soundness
def test_recurrent_networks():
    """They need what the networks over the caterpillar need: 9 at odd and even locations."""
    caterpillar = [[[[[[[0, 1], 2], 3], 4], 5], 6], 7]
    for inside in DEEP:
        check_needed(inside, {"kind": "RACFamily"}, tree_cut(caterpillar, inside))


def test_trees_that_are_none():
    """A tree has each location once, at least two children everywhere, and a bounded height."""
    data = proved((0, 1, 2, 3))
    deep = 0
    for place in range(1, 300):
        deep = [deep, place]
    for tree, why in (
        ([0, 1, 2, 3, 4, 5, 6, 6], "each once"),
        ([0, 1, 2, 3, 4, 5, 6], "each once"),
        ([[0], 1, 2, 3, 4, 5, 6, 7], "two or more trees"),
        ([[0, "1"], 2, 3, 4, 5, 6, 7], "must be an integer"),
        (deep, "nested up to"),
    ):
        refused(separation(data, {"kind": "TreeFamily", "tree": tree}, 3), why)
