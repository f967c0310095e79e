"""Truncated hierarchical Tucker decompositions of arrays by SVD, with their error.

Floating point: evidence, never a theorem; `hierarchical` decomposes exact tensors exactly.

Leaves first, each node's frame is the left singular vectors of what its children have left of the
array, and the array is projected on it (Grasedyck 2010). The projections commute, since a node's
frame lies within the product of its children's, so what they discard is orthogonal:
‖A − A_ht‖² = Σ over the nodes of the discarded σ². Each of these tails is at most that of ⟦A⟧,
which no tensor of these ranks undercuts: ‖A − A_ht‖ ≤ √(number of edges) · best.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import numpy as np

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.modetree import ModeTree
from circuitalg.edge import as_tree
from circuitalg.errors import WeightError
from circuitalg.memory import check_bytes
from circuitalg.options import is_list, natural, real
from circuitalg.spectra.canonical_form import triangle
from circuitalg.tables import as_table
from circuitalg.tensor.convert import to_numpy
from circuitalg.tensor.hierarchical import Place, ht_network, preorder

Array = Any

_ROUNDING = 1e-14  # of ‖A‖: what is dropped when nothing else is asked for
_CHUNK = 2**14  # numbers of a block in the first round of a QR of a wide matrix


@dataclass(frozen=True, slots=True, eq=False)
class HSVD:
    """A hierarchical Tucker decomposition in floating point, and what it left out.

    Attributes
    ----------
    tree : which modes are joined.
    dims : M_1, …, M_N.
    nodes : one matrix per node of the tree in preorder, leaves included. A leaf i has its frame,
        M_i × r_i; an inner node with children of ranks r_1, …, r_k its transfer matrix,
        r_1···r_k × r_t, the first child slowest; both have orthonormal columns. The root has one
        column.
    discarded : by node, √(Σ σ²) of the singular values cut off there.
    """

    tree: ModeTree
    dims: tuple[int, ...]
    nodes: tuple[Array, ...]
    discarded: tuple[float, ...]

    @property
    def ranks(self) -> tuple[int, ...]:
        """The rank of each node, in preorder."""
        return tuple(int(node.shape[1]) for node in self.nodes)

    @property
    def error(self) -> float:
        """‖A − A_ht‖ but for rounding: √(Σ discarded²)."""
        return sqrt(sum(tail * tail for tail in self.discarded))

    @property
    def from_best(self) -> float:
        """The error is at most this times the least for these ranks: √(number of edges).

        √(2N − 3) on a binary tree, where the two edges at the root are one (the bound of
        Grasedyck 2010).
        """
        return sqrt(_edges(self.tree))

    def array(self, max_bytes: int | None = None) -> Array:
        """Contract everything: an array of shape ``dims``.

        Raises
        ------
        TooLargeError
            With the number of bytes that it would need.
        """
        check_bytes(24 * prod(self.dims), max_bytes, "the decomposed array", "use to_circuit")
        places = preorder(self.tree)
        frames: dict[int, Array] = {}
        for index in reversed(range(len(places))):
            found, children = self.nodes[index], places[index].children
            if children:
                found = found.reshape(*(frames[child].shape[1] for child in children), -1)
                for child in children:
                    found = np.tensordot(found, frames.pop(child), axes=(0, 1))
                found = found.reshape(found.shape[0], -1).T
            frames[index] = found
        order = places[0].leaves
        shaped = frames[0].reshape([self.dims[leaf] for leaf in order])
        return np.ascontiguousarray(shaped.transpose(np.argsort(order)))

    def to_circuit(self) -> tuple[Circuit, dict[str, Array]]:
        """The network that is this decomposition, and its float64 weights: see `ht_network`."""
        return ht_network(self.tree, self.dims, self.nodes)

    def __str__(self) -> str:
        return (
            f"hierarchical decomposition of {prod(self.dims):,} entries, ranks up to "
            f"{max(self.ranks)}, error {self.error:.3g}, at most {self.from_best:.3g} times the "
            "least (floating point: evidence, not a theorem)"
        )


def hsvd(
    array: Any,
    tree: ModeTree | None = None,
    ranks: int | Sequence[int] | None = None,
    tolerance: float | None = None,
    max_bytes: int | None = None,
) -> HSVD:
    """Decompose an array over a mode tree, truncating by singular values.

    Singular values come from QR and SVD, never from Gram matrices, which lose half of the digits.

    Parameters
    ----------
    array
        Real numbers, two modes or more, converted to float64.
    tree
        Over the array's modes; balanced and binary by default.
    ranks
        The largest rank at every node: one number, or one per node in preorder (leaves included;
        the root's is 1).
    tolerance
        Largest error ‖A − A_ht‖ / ‖A‖, spread evenly over the edges. By default 1e-14 where no
        ranks are given, and 0 otherwise: nodes keep as many singular values as their ranks allow.
    max_bytes
        Refuse to use more memory; by default, more than is available.

    Raises
    ------
    TooLargeError
        With the number of bytes that it would need.
    WeightError
        When the array has fewer than two modes or holds what is not a finite real number, or tree,
        ranks or tolerance do not fit it.

    Examples
    --------
    >>> import numpy as np
    >>> wave = np.sin(np.arange(4096.0)).reshape([2] * 12)  # of rank 2 in every matricization
    >>> found = hsvd(wave)
    >>> set(found.ranks[1:]), found.error < 1e-12
    ({2}, True)
    """
    table = to_numpy(as_table(array, "the array"))
    chosen = _checked_tree(table, tree)
    places = preorder(chosen)
    limits = _limits(ranks, len(places))
    if tolerance is None:
        tolerance = _ROUNDING if ranks is None else 0.0
    tolerance = real("tolerance", tolerance)
    if not 0 <= tolerance < 1:
        raise WeightError(f"the tolerance is relative, at least 0 and below 1, not {tolerance}")
    check_bytes(4 * 8 * table.size, max_bytes, "decomposing this array", "decompose a smaller one")
    left = _real(table.transpose(places[0].leaves))
    # Divided by a power of two near its norm, so that squares neither overflow nor vanish.
    top = int(np.frexp(np.abs(left).max())[1])
    left = np.ldexp(left, -top)
    allowed = tolerance * float(np.linalg.norm(left)) / sqrt(_edges(chosen)) if tolerance else None
    # The two edges at the root of a binary tree are one: its first child only follows the second.
    twins = places[0].children if len(places[0].children) == 2 else ()
    for index in twins:
        limits[index] = min(limits[twin] for twin in twins)
    nodes: list[Array] = [None] * len(places)
    tails = [0.0] * len(places)
    active = {places[index].location: index for index in range(len(places))}
    sizes = {index: table.shape[loc] for loc, index in active.items() if loc is not None}
    line = [active[leaf] for leaf in places[0].leaves]  # the nodes whose axes the array has
    for index in reversed(range(1, len(places))):
        _merge(line, sizes, places, index)
        place = line.index(index)
        before = prod(sizes[node] for node in line[:place])
        block = left.reshape(before, sizes[index], -1)
        own = 0.0 if twins and index == twins[0] else allowed
        nodes[index], tails[index], left = _cut(block, limits[index], own)
        sizes[index] = nodes[index].shape[1]
    nodes[0] = np.ldexp(left.reshape(-1, 1), top)
    discarded = tuple(float(np.ldexp(tail, top)) for tail in tails)
    return HSVD(chosen, tuple(map(int, table.shape)), tuple(nodes), discarded)


def _merge(line: list[int], sizes: dict[int, int], places: Sequence[Place], index: int) -> None:
    """Put a node in the place of its children, which are neighbours."""
    children = places[index].children
    if children:
        start = line.index(children[0])
        line[start : start + len(children)] = [index]
        sizes[index] = prod(sizes.pop(child) for child in children)


def _cut(block: Array, limit: int, allowed: float | None) -> tuple[Array, float, Array]:
    """The frame of the middle axis, the norm of what it misses, and the projected array.

    What it misses is at most ``allowed`` where the limit lets it; None keeps all that the limit
    allows, zeros included.
    """
    before, size, after = block.shape
    columns = before * after
    if allowed is None and size <= min(limit, columns):
        return np.eye(size), 0.0, block
    frame, values = _left_vectors(block)
    squares = np.concatenate([np.cumsum((values**2)[::-1])[::-1], [0.0]])
    enough = int(np.argmax(squares <= (allowed or 0.0) ** 2))
    rank = max(1, min(limit, enough))
    frame = np.ascontiguousarray(frame[:, :rank])
    # A last axis of length 1 would make as many products of a matrix and a vector.
    block = np.matmul(frame.T, block) if after > 1 else (block[:, :, 0] @ frame)[:, :, None]
    return frame, sqrt(float(squares[rank])), block


def _left_vectors(block: Array) -> tuple[Array, Array]:
    """Left singular vectors and values of the middle axis's matricization."""
    before, size, after = block.shape
    if size >= before * after:
        wide = block.transpose(1, 0, 2).reshape(size, -1)
        frame, values, _ = np.linalg.svd(wide, full_matrices=False)
        return frame, values
    frame, values, _ = np.linalg.svd(_triangle(block).T)
    return frame, values


def _triangle(block: Array) -> Array:
    """R of the QR decomposition of the transposed matricization, by blocks that fit the cache."""
    size = block.shape[1]
    tall = block.transpose(0, 2, 1).reshape(-1, size)
    height = max(4 * size, _CHUNK // size)
    while len(tall) >= 2 * height:
        count = len(tall) // height
        parts = triangle(tall[: count * height].reshape(count, height, size))
        tall = np.concatenate([parts.reshape(-1, size), tall[count * height :]])
    return triangle(tall)


def _edges(tree: ModeTree) -> int:
    """Edges of a mode tree that divide the modes in different ways."""
    places = preorder(tree)
    return len(places) - 1 - (len(places[0].children) == 2)


def _real(table: Array) -> Array:
    objects = table.dtype == object
    try:
        found = table.astype(np.float64, casting="unsafe" if objects else "same_kind", order="C")
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None or not np.isfinite(found).all():
        raise WeightError("the array must hold finite real numbers in float64's range")
    return found


def _checked_tree(table: Array, tree: ModeTree | None) -> ModeTree:
    if table.ndim < 2 or not table.size:
        raise WeightError(
            f"a decomposition needs an array of at least two modes, not {table.shape}"
        )
    chosen = as_tree(tree, table.ndim)
    if chosen.locations != table.ndim:
        raise WeightError(f"the tree has {chosen.locations} leaves, the array {table.ndim} modes")
    return chosen


def _limits(ranks: Any, count: int) -> list[int]:
    """The largest rank by node in preorder."""
    if ranks is None:
        return [sys.maxsize] * count
    if is_list(ranks):
        limits = [natural("a rank", rank, 1) for rank in ranks]
        if len(limits) != count or limits[0] != 1:
            raise WeightError(
                f"give one rank for all, or {count} of them: one per node in preorder, the root's 1"
            )
        return limits
    return [natural("the rank", ranks, 1)] * count
