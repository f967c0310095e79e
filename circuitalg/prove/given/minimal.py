"""Minimal hierarchical decompositions of given tensors, over any mode tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circuitalg.circuit.modetree import ModeTree
from circuitalg.kernel import rules
from circuitalg.kernel.given.minimal import Frames, MinimalHT
from circuitalg.tensor.exact_tensor import as_tensor
from circuitalg.tensor.hierarchical import minimal_decomposition

if TYPE_CHECKING:
    from circuitalg.kernel.theorem import Theorem


def prove_minimal_ht(tensor: Any, tree: ModeTree | None = None) -> Theorem[MinimalHT]:
    """Decompose a tensor exactly with the smallest ranks, and prove that they are.

    Parameters
    ----------
    tensor
        Nested lists or an array of integers or Fractions, or an ExactTensor; not zero.
    tree
        Over its modes; balanced binary when None.

    Returns
    -------
    Theorem
        Its statement has the ranks in preorder; ``circuitalg.tensor.hierarchical`` turns the
        decomposition into a network with general or with diagonal transfer matrices.

    Raises
    ------
    WeightError
        For the zero tensor, floats, or a tree over other modes.

    Notes
    -----
    Source: Hackbusch and Kühn 2009; Grasedyck 2010; docs/rules/given.md.

    Examples
    --------
    >>> prove_minimal_ht([[1, 0], [0, 1]]).statement.ranks
    (1, 2, 2)
    """
    exact = as_tensor(tensor)
    found, prime = minimal_decomposition(exact, tree)
    return rules.minimal_ht(exact, found.tree, Frames(prime, found.nodes))
