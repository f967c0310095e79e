"""From a tensor to a network and back: exact hierarchical decompositions with the smallest ranks.

Statement. Every tensor has a hierarchical Tucker decomposition over every mode tree, so the HT
model is universal; the smallest rank at a node is the rank of the matricization of the node's
locations against the rest, and one decomposition has the smallest ranks everywhere. It is found
here over the rationals, for given tensors, with general transfer matrices; its network has exactly
this tensor. The paper's eq. 4, whose transfer matrices are diagonal, is reached by giving every
pair of channels of two siblings a channel of its own: at most r_1·r_2 channels, and again exactly
the tensor. A tensor made by a network of small widths gets them back.

Source: Cohen, Sharir, Shashua, On the Expressive Power of Deep Learning, COLT 2016
(arXiv 1509.05009), section 3.2 with its remark on Hackbusch and Kühn's decomposition; for the ranks
Grasedyck, Hierarchical Singular Value Decomposition of Tensors, 2010.

Sizes. Random rational tensors of shapes 4^6, 3^5, 2^8 and 2×3×4×5 over balanced and random trees;
tensors of HT models of N = 8 and of tensor trains, whose ranks are recovered. With --modes and
--dim: one random tensor of this shape.

Nearby and false. A decomposition with a rank one larger is exact but not minimal; with one smaller
it is not exact. Ranks over one tree say little about another: the tensor of shape 2^4 that is 1
where d_1 = d_3 and d_2 = d_4, else 0, has rank 1 at the locations {1, 3} and rank 4 at {1, 2}.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from math import prod
from typing import Any

from sympy import QQ
from sympy.polys.matrices import DomainMatrix

import circuitalg as ca

RANDOM: list[tuple[tuple[int, ...], int]] = [
    ((4,) * 6, -1),
    ((3,) * 5, 1),
    ((2,) * 8, 2),
    ((2, 3, 4, 5), -1),
]
"""Shape, and the seed of a random tree (−1: balanced)."""
DEEP = [[2, 2, 2], [3, 3, 2], [4, 4, 3]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Decompose random tensors and those of networks."""
    with ca.Session.from_arguments(__doc__, {"modes": 0, "dim": 2}, arguments) as session:
        modes = session.sizes["modes"]
        if modes:
            shape = (session.sizes["dim"],) * modes
            decompose(session, "random", random_tensor(shape), ca.ModeTree.balanced(modes))
            return
        for shape, seed in RANDOM:
            count = len(shape)
            tree = ca.ModeTree.balanced(count) if seed < 0 else ca.ModeTree.random(count, seed)
            decompose(session, "random", random_tensor(shape), tree)
        for widths in DEEP:
            recovered(session, widths)
        train(session)
        for shape in ((2,) * 8, (3,) * 4):
            equation_4(session, random_tensor(shape))
        deep = ca.ht_model(8, 2, [2, 2, 2])
        equation_4(session, of(deep))


def random_tensor(shape: Sequence[int]) -> ca.ExactTensor:
    """Fractions with small numerators and denominators."""
    draw = random.Random(len(shape))
    entries = (Fraction(draw.randint(-9, 9), draw.randint(1, 9)) for _ in range(prod(shape)))
    return ca.ExactTensor(tuple(shape), tuple(entries))


def of(network: ca.Circuit) -> ca.ExactTensor:
    """The tensor of a network at random integer weights."""
    return ca.ExactTensor.from_nested(network.coefficient_tensor(network.random_weights(seed=0)))


def leaves_by_node(nested: int | Sequence[Any]) -> list[list[int]]:
    """The locations below each node of a mode tree, leaves included, in preorder."""
    if isinstance(nested, int):
        return [[nested]]
    below = [leaves_by_node(child) for child in nested]
    return [[leaf for nodes in below for leaf in nodes[0]], *chain.from_iterable(below)]


def rank(rows: Sequence[Sequence[int | Fraction]]) -> int:
    """The rank over Q, by SymPy."""
    exact = [[QQ(entry.numerator, entry.denominator) for entry in row] for row in rows]
    return DomainMatrix(exact, (len(rows), len(rows[0])), QQ).rank()


def shape_of(tensor: ca.ExactTensor) -> str:
    """The shape in print."""
    dims = tensor.dims
    return f"{dims[0]}^{len(dims)}" if len(set(dims)) == 1 else "×".join(map(str, dims))


def decompose(session: ca.Session, kind: str, tensor: ca.ExactTensor, tree: ca.ModeTree) -> None:
    """Prove the smallest ranks, and compare them with those of the matricizations over Q."""
    sizes = f"{kind} {shape_of(tensor)} over {tree.to_nested()}"
    with session.claim("minimal hierarchical decomposition", sizes, "sec. 3.2") as claim:
        question = ("minimal", kind, tensor, str(tree.to_nested()))
        theorem = claim.prove(question, lambda: ca.prove_minimal_ht(tensor, tree))
        if prod(tensor.dims) <= 1000:
            sides = leaves_by_node(tree.to_nested())[1:]
            exact = [rank(tensor.matricize(sorted(side))) for side in sides]
            claim.expect(
                list(theorem.statement.ranks[1:]) == exact, "not the matricizations' ranks"
            )


def recovered(session: ca.Session, widths: list[int]) -> None:
    """The tensor of an HT model has at most its widths as ranks, and generically as many."""
    network = ca.ht_model(8, 4, widths)
    tensor = of(network)
    sizes = f"N=8 M=4 r={' '.join(map(str, widths))}"
    with session.claim("ranks of a network's tensor", sizes, "sec. 3.2") as claim:
        question = ("recovered", tensor)
        theorem = claim.prove(question, lambda: ca.prove_minimal_ht(tensor))
        expected = []
        for leaves in leaves_by_node(ca.ModeTree.balanced(8).to_nested())[1:]:
            level = len(leaves).bit_length() - 1
            expected.append(min(widths[level], 4 ** len(leaves)))
            if level:
                expected[-1] = min(expected[-1], widths[level - 1])
        found = theorem.statement.ranks[1:]
        claim.expect(list(found) == expected, f"the ranks are {found}, not {tuple(expected)}")


def train(session: ca.Session) -> None:
    """Over the caterpillar a tensor train gets its own ranks back."""
    network = ca.tt_model(6, 3, [2, 3, 4, 3, 2])
    tensor, tree = of(network), ca.ModeTree.caterpillar(6)
    with session.claim("ranks of a network's tensor", "tensor train 3^6", "sec. 3.2") as claim:
        nodes = leaves_by_node(tree.to_nested())
        theorem = claim.prove(("train", tensor), lambda: ca.prove_minimal_ht(tensor, tree))
        found = {
            len(leaves): r
            for leaves, r in zip(nodes, theorem.statement.ranks, strict=True)
            if len(leaves) > 1
        }
        claim.expect(found == {6: 1, 5: 2, 4: 3, 3: 4, 2: 3}, f"other ranks: {found}")


def equation_4(session: ca.Session, tensor: ca.ExactTensor) -> None:
    """Tensor → eq. 4 → tensor, exactly."""
    network, weights = ca.diagonal_form(ca.ht_decomposition(tensor))
    sizes = f"{shape_of(tensor)}, widths {width_list(network)}"
    with session.claim("tensor to eq. 4 and back", sizes, "sec. 3.2, eq. 4") as claim:
        question = ("eq. 4", network, tensor)
        theorem = claim.prove(question, lambda: ca.prove_represents(network, tensor, weights))
        claim.expect(theorem.statement.tensor == tensor, "another tensor")


def width_list(network: ca.Circuit) -> str:
    """Widths by level."""
    levels = network.num_locations.bit_length() - 1
    return " ".join(str(network.parameters[f"a{level}.0"][0]) for level in range(levels))


if __name__ == "__main__":
    main()
