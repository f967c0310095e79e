"""Hierarchical Tucker decompositions of exact tensors: minimal ones, and the networks they are.

Frames are interpolating: on r_t of its rows the frame of node t is the identity, so the transfer
matrix of t is the frame itself on the rows that its children chose, and the root's is a piece of
the tensor. Entries are then quotients of minors of size r_t, never products of such quotients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd, lcm, prod
from typing import Any

import numpy as np

from circuitalg.arithmetic import modular
from circuitalg.arithmetic.primes import DEFAULT_PRIME, is_prime
from circuitalg.circuit.builder import CircuitBuilder
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import ht_model, tree_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import Matrix
from circuitalg.edge import as_tree
from circuitalg.errors import ModulusError, TooLargeError, WeightError
from circuitalg.options import instance
from circuitalg.python_code import AS_CODE
from circuitalg.tensor.exact_tensor import MAX_ENTRIES, ExactTensor, as_tensor

_MAX_WORK = 5e8  # products of 64-bit words; about a minute
_MAX_BITS = 4_000_000_000  # of a matrix over one common denominator
_ATTEMPTS = 20

Weights = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a mode tree: its location (None inside), its children, and the leaves below it."""

    location: int | None
    children: tuple[int, ...]
    leaves: tuple[int, ...]


def preorder(tree: ModeTree) -> tuple[Place, ...]:
    """All nodes of a mode tree, leaves included, in preorder; children are places in this list.

    Examples
    --------
    >>> [place.leaves for place in preorder(ModeTree.from_nested([[0, 2], 1]))]
    [(0, 2, 1), (0, 2), (0,), (2,), (1,)]
    """
    locations: list[int | None] = []
    children: list[list[int]] = []
    stack: list[tuple[bool, int, int]] = [(True, 0, -1)]
    while stack:
        inner, number, parent = stack.pop()
        if parent >= 0:
            children[parent].append(len(locations))
        index = len(locations)
        locations.append(None if inner else number)
        children.append([])
        if inner:
            stack.extend((c < 0, abs(c), index) for c in reversed(tree.children[number]))
    leaves: list[tuple[int, ...]] = [()] * len(locations)
    for index in reversed(range(len(locations))):
        location = locations[index]
        below = (leaf for child in children[index] for leaf in leaves[child])
        leaves[index] = tuple(below) if location is None else (location,)
    return tuple(map(Place, locations, map(tuple, children), leaves))


@dataclass(frozen=True, slots=True)
class HTDecomposition:
    """A hierarchical Tucker decomposition with rational entries.

    Attributes
    ----------
    tree : which modes are joined.
    dims : M_1, …, M_N.
    nodes : one matrix per node of the tree in preorder, leaves included. A leaf i has its frame,
        M_i × r_i; an inner node with children of ranks r_1, …, r_k its transfer matrix,
        r_1···r_k × r_t, the first child slowest. The root has one column.

    Raises
    ------
    WeightError
        When a matrix is missing, has another shape, or holds a number that is not exact.
    """

    tree: ModeTree
    dims: tuple[int, ...]
    nodes: tuple[Matrix, ...]

    __repr__, _repr_pretty_ = AS_CODE

    def __post_init__(self) -> None:
        places = preorder(self.tree)
        if len(self.dims) != self.tree.locations or len(self.nodes) != len(places):
            raise WeightError(
                f"the tree has {self.tree.locations} leaves and {len(places)} nodes; "
                f"{len(self.dims)} dimensions and {len(self.nodes)} matrices are given"
            )
        if prod(self.dims) > MAX_ENTRIES:
            raise TooLargeError(f"the tensor has more than {MAX_ENTRIES:,} entries")
        ranks = self.ranks
        for index, (place, rows) in enumerate(zip(places, self.nodes, strict=True)):
            height = prod(ranks[child] for child in place.children)
            if place.location is not None:
                height = self.dims[place.location]
            width = ranks[index]
            if len(rows) != height or not width or any(len(row) != width for row in rows):
                raise WeightError(f"the matrix of tree node {index} must have {height} rows")
            if any(type(x) is not int and type(x) is not Fraction for row in rows for x in row):
                raise WeightError(
                    f"tree node {index} holds a number that is not exact; give integers or "
                    "Fractions, or ca.exact(matrix)"
                )
        if ranks[0] != 1:
            raise WeightError(f"the root of the tree has rank 1, not {ranks[0]}")

    @property
    def ranks(self) -> tuple[int, ...]:
        """The rank of each node, in preorder."""
        return tuple(len(rows[0]) if rows else 0 for rows in self.nodes)

    def tensor(self) -> ExactTensor:
        """Contract everything, exactly.

        Raises
        ------
        TooLargeError
            When this takes more than about a minute.
        """
        places = preorder(self.tree)
        frames: dict[int, tuple[np.ndarray, int]] = {}
        work = 0.0
        for index in reversed(range(len(places))):
            children = places[index].children
            array, scale = _integers(self.nodes[index])
            if children:
                ranks = [frames[child][0].shape[1] for child in children]
                array = array.reshape(*ranks, -1)
                for child in children:
                    frame, below = frames.pop(child)
                    words = 1 + (_bits(array) + _bits(frame)) / 64
                    work += array.size * frame.shape[0] * words
                    if work > _MAX_WORK:
                        raise TooLargeError("contracting this decomposition would take too long")
                    array = np.tensordot(array, frame, axes=(0, 1))
                    scale *= below
                array = array.reshape(array.shape[0], -1).T
            common = gcd(scale, *array.ravel().tolist())
            frames[index] = (array // common, scale // common)
        array, scale = frames[0]
        order = places[0].leaves
        shaped = array.reshape([self.dims[leaf] for leaf in order])
        shaped = shaped.transpose(np.argsort(order))
        return ExactTensor(self.dims, tuple(Fraction(x, scale) for x in shaped.ravel().tolist()))

    def circuit(self) -> tuple[Circuit, Weights]:
        """The network that is this decomposition, and its weights: see `ht_network`."""
        tables = [np.array(rows, dtype=object) for rows in self.nodes]
        return ht_network(self.tree, self.dims, tables)


def ht_network(
    tree: ModeTree, dims: Sequence[int], nodes: Sequence[np.ndarray]
) -> tuple[Circuit, Weights]:
    """Return the network that is a hierarchical Tucker decomposition, and its weights.

    Below each product, fixed 0/1 matrices spread the children's channels over all their
    combinations (first child slowest); the transfer matrix is the parameter "b" + node number
    above it, a leaf's frame the parameter "u" + location, both transposed; the root's is "out".

    Parameters
    ----------
    tree, dims
        Which modes are joined, and M_1, …, M_N.
    nodes
        By node of the tree in preorder, a leaf's frame (M_i, r_i) or a transfer matrix
        (r_1···r_k, r_t), of any data type.
    """
    builder = CircuitBuilder(len(dims), list(dims))
    places, ranks = preorder(tree), [int(node.shape[1]) for node in nodes]
    tops: dict[int, str] = {}
    weights: Weights = {}
    for index in reversed(range(len(places))):
        place = places[index]
        if place.location is not None:
            below, parameter = builder.input(place.location), f"u{place.location}"
        else:
            own = [ranks[child] for child in place.children]
            picked = np.indices(own).reshape(len(own), -1)
            spread = [
                builder.sum(
                    tops[child], matrix=np.eye(rank, dtype=np.int64)[line], name=f"e{child}"
                )
                for child, rank, line in zip(place.children, own, picked, strict=True)
            ]
            below = builder.product(*spread, name=f"p{index}")
            parameter = f"b{index}" if index else "out"
        tops[index] = builder.sum(
            below, width=ranks[index], parameter=parameter, name=f"h{index}" if index else "out"
        )
        weights[parameter] = np.ascontiguousarray(nodes[index].T)
    return builder.build(tops[0]), weights


def diagonal_form(decomposition: HTDecomposition) -> tuple[Circuit, Weights]:
    """Write a decomposition as a network of eq. 4: products of equal channels, no fixed matrices.

    Child channels are repeated, so that a product of children of ranks r_1 and r_2 has the r_1·r_2
    pairs as its channels: the expansion is part of the children's weights. Over a balanced binary
    tree of 2^L leaves in order this is `ht_model`, every level padded with zeros to its widest
    node (Cohen, Sharir, Shashua 2016, eq. 4); over another tree it is `tree_model`.

    Parameters
    ----------
    decomposition : as `ht_decomposition` returns it.

    Returns
    -------
    The network, and exact weights by parameter name.

    Examples
    --------
    >>> circuit, weights = diagonal_form(ht_decomposition([[1, 0], [0, 2]]))
    >>> circuit.coefficient_tensor(weights).tolist()
    [[1, 0], [0, 2]]
    """
    instance("the decomposition", decomposition, HTDecomposition, "ht_decomposition makes one")
    tree, places, ranks = decomposition.tree, preorder(decomposition.tree), decomposition.ranks
    joined = {
        index: [ranks[child] for child in place.children]
        for index, place in enumerate(places)
        if place.children
    }
    inner = list(joined)  # in preorder: inner node v of the tree is place inner[v]
    count = len(decomposition.dims)
    if count & (count - 1) or tree != ModeTree.balanced(count):
        circuit = tree_model(tree, list(decomposition.dims), [prod(joined[i]) for i in inner])
        names = {
            index: f"a{inner.index(index)}" if place.children else f"ax{place.location}"
            for index, place in enumerate(places)
        }
    else:
        levels = count.bit_length() - 1
        height = {index: len(places[index].leaves).bit_length() - 1 for index in range(len(places))}
        widths = [
            max(prod(joined[index]) for index in inner if height[index] == level + 1)
            for level in range(levels)
        ]
        circuit = ht_model(count, list(decomposition.dims), widths)
        names = {
            index: f"a{height[index]}.{place.leaves[0] >> height[index]}"
            for index, place in enumerate(places)
        }
    names[0] = "out"
    repeated = {0: [0]}
    for index in inner:
        pairs = list(product(*map(range, joined[index])))
        for place, child in enumerate(places[index].children):
            repeated[child] = [pair[place] for pair in pairs]
    weights: Weights = {}
    for index, rows in enumerate(decomposition.nodes):
        found = np.array(rows, dtype=object).T[repeated[index]]
        padded = np.zeros(circuit.parameters[names[index]], dtype=object)
        padded[: found.shape[0], : found.shape[1]] = found
        weights[names[index]] = padded
    return circuit, weights


def ht_decomposition(tensor: Any, tree: ModeTree | None = None) -> HTDecomposition:
    """Return an exact decomposition with the least rank at every node: the matricization's.

    Rows and columns are chosen by elimination modulo a prime; the result is multiplied out and
    compared, and another prime is taken where the first one misled.

    Parameters
    ----------
    tensor : nested lists or an array of integers or Fractions, or an ExactTensor; not zero, of at
        least two modes.
    tree : over its modes; balanced and binary by default.

    Raises
    ------
    WeightError
        For the zero tensor, or a tree of another number of modes.

    Examples
    --------
    >>> ht_decomposition([[1, 0], [0, 2]]).ranks
    (1, 2, 2)
    """
    return minimal_decomposition(as_tensor(tensor), tree)[0]


def minimal_decomposition(
    tensor: ExactTensor, tree: ModeTree | None = None
) -> tuple[HTDecomposition, int]:
    """Return `ht_decomposition`, and a prime modulo which every matricization has its rank."""
    if len(tensor.dims) < 2:
        raise WeightError("a hierarchical decomposition needs a tensor of at least two modes")
    if not any(tensor.entries):
        raise WeightError("the zero tensor has rank 0 at every node, and no decomposition")
    chosen = as_tree(tree, len(tensor.dims))
    if chosen.locations != len(tensor.dims):
        raise WeightError(f"the tree has {chosen.locations} leaves, the tensor {len(tensor.dims)}")
    prime, attempts = DEFAULT_PRIME, 0
    while attempts < _ATTEMPTS:
        try:
            found = HTDecomposition(chosen, tensor.dims, _cross(tensor, chosen, prime))
            if found.tensor() == tensor:
                return found, prime
        except ModulusError:
            pass  # it divides a denominator
        attempts += 1
        prime = next(p for p in range(prime - 2, 2, -2) if is_prime(p))
    raise TooLargeError("no small prime keeps the ranks of this tensor's matricizations")


def _cross(tensor: ExactTensor, tree: ModeTree, prime: int) -> tuple[Matrix, ...]:
    """Interpolating frames by pivot rows and columns modulo the prime."""
    places = preorder(tree)
    dims = tensor.dims
    entries = np.array(tensor.entries, dtype=object)
    reduced = modular.residues(entries[None, :], prime)[0]
    strides = [prod(dims[mode + 1 :]) for mode in range(len(dims))]
    nodes: list[Matrix] = [()] * len(places)
    pivots: list[np.ndarray] = [np.zeros(1, dtype=np.int64)] * len(places)
    for index in reversed(range(len(places))):
        place = places[index]
        if place.location is not None:
            rows = _offsets([place.location], dims, strides)
        else:
            rows = np.zeros(1, dtype=np.int64)
            for child in place.children:
                rows = np.add.outer(rows, pivots[child]).ravel()
        if not index:
            nodes[0] = tuple((entry,) for entry in entries[rows].tolist())
            break
        columns = _offsets([m for m in range(len(dims)) if m not in place.leaves], dims, strides)
        down, across = modular.nonzero_minor(reduced[np.add.outer(rows, columns)], prime)
        if not down:
            raise ModulusError(f"the tensor is zero modulo {prime}")
        pivots[index] = rows[list(down)]
        found = entries[np.add.outer(rows, columns[list(across)])]
        nodes[index] = interpolation(found.tolist(), down)
    return tuple(nodes)


def interpolation(matrix: list[list[int | Fraction]], rows: tuple[int, ...]) -> Matrix:
    """Return X·X[rows]⁻¹ for a matrix X whose square part X[rows] is invertible."""
    import flint

    size = len(rows)
    if len(matrix) == size:
        return tuple(tuple(int(i == j) for j in range(size)) for i in range(size))

    def transposed(some: list[list[int | Fraction]]) -> Any:
        flat = [
            flint.fmpq(x.numerator, x.denominator) for line in zip(*some, strict=True) for x in line
        ]
        return flint.fmpq_mat(size, len(some), flat)

    solved = transposed([matrix[i] for i in rows]).solve(transposed(matrix))
    table = [[Fraction(int(x.p), int(x.q)) for x in line] for line in solved.tolist()]
    return tuple(
        tuple(int(x) if x.denominator == 1 else x for x in row) for row in zip(*table, strict=True)
    )


def _offsets(modes: list[int], dims: tuple[int, ...], strides: list[int]) -> np.ndarray:
    """Places in the flat tensor of all indices of these modes, the first slowest."""
    found = np.zeros(1, dtype=np.int64)
    for mode in modes:
        found = np.add.outer(found, np.arange(dims[mode]) * strides[mode]).ravel()
    return found


def _integers(matrix: Matrix) -> tuple[np.ndarray, int]:
    """Integers over one common denominator."""
    scale, limit = 1, _MAX_BITS // (len(matrix) * len(matrix[0]))
    for row in matrix:
        scale = lcm(scale, *(x.denominator for x in row))
        if scale.bit_length() > limit:
            raise TooLargeError("the common denominator of a decomposition's matrix is too long")
    rows = [[x.numerator * (scale // x.denominator) for x in row] for row in matrix]
    return np.array(rows, dtype=object), scale


def _bits(array: np.ndarray) -> int:
    return max((abs(x).bit_length() for x in array.ravel().tolist()), default=0)
