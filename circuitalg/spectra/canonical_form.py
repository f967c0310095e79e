"""Canonical form of a tree circuit with floating weights: QR factors below and above every node.

The tensor below node v is a matrix (Π M_i) × width with columns by channel, and so is what stands
above it: A = T_v · E_vᵀ. Both are Q times a small factor, the Q's orthonormal and never needed, so
the singular values of A across v are those of a bond matrix. Sums are matrices, products copy
tensors: their factors multiply column by column (Khatri-Rao). One pass up, one pass down, each QR
of at most width² × width numbers (Grasedyck 2010 and Vidal 2003 for the canonical form).

Every column carries its own power of two: QR is accurate column by column, and over
thousands of locations two channels can differ by more than all of float64's range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.weights import as_weights
from circuitalg.edge import CircuitLike, as_circuit, as_output
from circuitalg.errors import StructureError, WeightError
from circuitalg.memory import check_bytes
from circuitalg.tensor.convert import to_numpy

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit
    from circuitalg.circuit.node import Matrix

Array = Any

# Exponent of a column of zeros: below every other, and sums stay in int64. With a Python integer
# NumPy would stay in the int32 of its own exponents, where 2.4 makes this 0 and 2.5 raises.
_ZERO = np.int64(-(2**40))
_GONE = -2200  # 2 to this power is zero, times any float64
_BLOCK = 2**22  # numbers of a Khatri-Rao product that are formed at a time


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """Floating numbers whose last axis is a node's channels, each scaled by a power of two.

    Attributes
    ----------
    array : (…, width); in each channel the largest magnitude is in [1/2, 1), or all are zero.
    exponents : int64 (width,); channel c stands for ``array[..., c] * 2**exponents[c]``.
    """

    array: Array
    exponents: Array

    @classmethod
    def of(cls, array: Array, exponents: Array | None = None) -> Channels:
        """Scale each channel; ``exponents`` are those that the numbers have already."""
        top = np.abs(array).max(axis=tuple(range(array.ndim - 1)))
        shifts = np.frexp(top)[1].astype(np.int64)
        before = 0 if exponents is None else exponents
        return cls(np.ldexp(array, -shifts), np.where(top > 0, before + shifts, _ZERO))

    @property
    def rows(self) -> int:
        """Length of the first axis."""
        return int(self.array.shape[0])

    def through(self, matrix: Array) -> Channels:
        """Σ_c (channel c) · matrix[c, :]: another set of channels."""
        mantissas, shifts = np.frexp(matrix)
        exponents = self.exponents[:, None] + np.where(mantissas == 0, _ZERO, shifts)
        top = exponents.max(axis=0)
        scaled = np.ldexp(mantissas, np.maximum(exponents - top, _GONE))
        return Channels.of(self.array @ scaled, top)

    def common(self) -> tuple[Array, int]:
        """All numbers over one power of two, the largest channel's."""
        top = int(self.exponents.max())
        top = top if top > _ZERO // 2 else 0
        return np.ldexp(self.array, np.maximum(self.exponents - top, _GONE)), top


def triangle(array: Array) -> Array:
    """The R of a QR decomposition."""
    return np.asarray(np.linalg.qr(array, mode="r"))


def shrunk(factor: Channels) -> Channels:
    """The R of a factor (rows, width) with more rows than columns; others as they are."""
    rows, width = factor.array.shape
    if rows <= width:
        return factor
    return Channels.of(triangle(factor.array), factor.exponents)


def joined(a: Channels, b: Channels) -> Channels:
    """The factor of two factors' column by column product, in blocks of bounded size."""
    width = a.array.shape[1]
    step = max(1, _BLOCK // (b.rows * width))
    exponents = a.exponents + b.exponents
    found = np.empty((0, width))
    for start in range(0, a.rows, step):
        block = a.array[start : start + step, None, :] * b.array[None, :, :]
        block = block.reshape(-1, width)
        if start:
            block = np.concatenate([found, block])
        found = triangle(block) if len(block) > width else block
    return Channels.of(found, exponents)


@dataclass(frozen=True, slots=True, eq=False)
class CanonicalForm:
    """A tree circuit's factors at given weights, for one output.

    Attributes
    ----------
    circuit : a tree circuit.
    matrices : by node, the float64 matrix of a sum; None for other nodes.
    below : by node, the factor (k, width) of the tensor below it.
    above : by node, the factor (k, width) of what stands above it.
    leaves : the locations in an order in which those below each node are neighbours.
    spans : int64 (nodes, 2), by node the first place in that order and the one after the last.
    """

    circuit: Circuit
    matrices: tuple[Array, ...]
    below: tuple[Channels, ...]
    above: tuple[Channels, ...]
    leaves: Array
    spans: Array

    def norms(self) -> tuple[float, float, int]:
        """The least and the largest ‖A‖ that the edges give, as numbers times a power of two.

        What came up the tree and what went down meet at every edge, in another order of the same
        operations: digits lost to cancellation anywhere show as a difference.
        """
        found = []
        for array, exponent in map(self.bond, [*self.edges(), len(self.below) - 1]):
            mantissa, power = np.frexp(np.linalg.norm(array))
            found.append((float(mantissa), exponent + int(power)))
        top = max((power for mantissa, power in found if mantissa), default=0)
        scaled = [float(np.ldexp(number, max(power - top, _GONE))) for number, power in found]
        return min(scaled), max(scaled), top

    def bond(self, index: int) -> tuple[Array, int]:
        """A matrix with the singular values across a node, as numbers times a power of two."""
        low, high = self.below[index], self.above[index]
        array, exponent = Channels(low.array, low.exponents + high.exponents).common()
        return array @ high.array.T, exponent

    def edges(self) -> list[int]:
        """Nodes that divide the locations in two, one for each way: the highest with its scope."""
        sizes = (self.spans[:, 1] - self.spans[:, 0]).tolist()
        parents = [-1] * len(sizes)
        for index, node in enumerate(self.circuit.nodes):
            for child in node.children:
                parents[child] = index
        inner = [i for i, size in enumerate(sizes) if 0 < size < sizes[-1]]
        return [i for i in inner if sizes[parents[i]] > sizes[i]]


def canonical_form(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    output: int = 0,
    metric: Sequence[Array] | None = None,
    max_bytes: int | None = None,
) -> CanonicalForm:
    """Compute the factors of all nodes, up and down the tree, in time linear in the nodes.

    Parameters
    ----------
    circuit
        A tree circuit.
    weights
        Array by parameter name, converted to float64.
    output
        Which output.
    metric
        By location, a matrix C (M, M): A is taken in the coordinates C·x (a Cholesky factor of a
        Gram matrix); by default the identity.
    max_bytes
        Refuse to use more memory; by default, more than is available.

    Raises
    ------
    StructureError
        When the circuit is not a tree.
    TooLargeError
        With the number of bytes that it would need.
    WeightError
        When the weights do not fit or are not finite real numbers.
    """
    circuit = as_circuit(circuit)
    output = as_output(circuit, output)
    circuit.is_tree.demand(StructureError, "a canonical form needs a tree circuit")
    widest = max(node.width for node in circuit.nodes)
    kept = 2 * sum(node.width**2 for node in circuit.nodes)
    needed = 8 * (kept + 4 * min(widest**3, max(_BLOCK, widest**2)))
    check_bytes(needed, max_bytes, "the canonical form", "use smaller widths")
    matrices = float_matrices(circuit, weights)
    below = _below(circuit, matrices, metric)
    above = _above(circuit, matrices, below, output)
    return CanonicalForm(circuit, matrices, below, above, *_spans(circuit))


def float_weights(circuit: Circuit, weights: Mapping[str, Any]) -> dict[str, Array]:
    """Check weights, and convert them to NumPy's float64.

    Raises
    ------
    WeightError
        When they do not fit, or are not finite real numbers.
    """
    weights = as_weights(circuit, weights)
    found = {}
    for name, given in weights.items():
        try:
            # Casting within the kind: complex numbers are refused, not truncated.
            array = to_numpy(given)
            objects = array.dtype == object
            found[name] = array.astype(np.float64, casting="unsafe" if objects else "same_kind")
        except (TypeError, ValueError, OverflowError):
            raise WeightError(
                f"the weights of {name!r} must be real numbers in float64's range"
            ) from None
        if not np.isfinite(found[name]).all():
            raise WeightError(f"the weights of {name!r} hold a number that is not finite")
    return found


def float_matrices(circuit: Circuit, weights: Mapping[str, Any]) -> tuple[Array, ...]:
    """By node, the matrix of a sum with one child; equal labels share one array."""
    known: dict[str | int, Array] = {}
    known.update(float_weights(circuit, weights))

    def matrix(label: str | Matrix) -> Array:
        if isinstance(label, str):
            return known[label]
        return known.setdefault(id(label), np.array(label, dtype=np.float64))

    return tuple(matrix(node.matrices[0]) if node.matrices else None for node in circuit.nodes)


def _spans(circuit: Circuit) -> tuple[Array, Array]:
    """Leaves from left to right, and the part of them below each node."""
    nodes = circuit.nodes
    sizes = [0] * len(nodes)
    for index, node in enumerate(nodes):
        own = int(node.location is not None)
        sizes[index] = own + sum(sizes[child] for child in node.children)
    starts = [0] * len(nodes)
    leaves = np.zeros(circuit.num_locations, dtype=np.int64)
    for index in reversed(range(len(nodes))):
        place, location = starts[index], nodes[index].location
        if location is not None:
            leaves[place] = location
        for child in nodes[index].children:
            starts[child] = place
            place += sizes[child]
    return leaves, np.stack([starts, np.add(starts, sizes)], axis=1)


def _below(
    circuit: Circuit, matrices: Sequence[Array], metric: Sequence[Array] | None
) -> tuple[Channels, ...]:
    leaves: dict[int, Channels] = {}
    found: list[Channels] = []
    for node, matrix in zip(circuit.nodes, matrices, strict=True):
        if matrix is not None:
            found.append(shrunk(found[node.children[0]].through(matrix.T)))
        elif node.location is not None:
            table = np.eye(node.width) if metric is None else metric[node.location]
            key = node.width if metric is None else -1 - node.location
            found.append(leaves.setdefault(key, Channels.of(table)))
        elif node.kind == "constant":
            found.append(Channels.of(np.ones((1, node.width))))
        else:
            total = found[node.children[0]]
            for child in node.children[1:]:
                total = joined(total, found[child])
            found.append(total)
    return tuple(found)


def _above(
    circuit: Circuit,
    matrices: Sequence[Array],
    below: Sequence[Channels],
    output: int,
) -> tuple[Channels, ...]:
    nodes = circuit.nodes
    chosen = np.zeros((1, circuit.num_outputs))
    chosen[0, output] = 1.0
    found = [Channels.of(chosen)] * len(nodes)
    for index in reversed(range(len(nodes))):
        node, matrix = nodes[index], matrices[index]
        if matrix is not None:
            found[node.children[0]] = shrunk(found[index].through(matrix))
        elif node.kind == "product":
            # What stands above a child is what stands above the product and its other children.
            after: list[Channels | None] = [None]
            for child in reversed(node.children[1:]):
                last = after[-1]
                after.append(below[child] if last is None else joined(below[child], last))
            before = found[index]
            for child, rest in zip(node.children, reversed(after), strict=True):
                found[child] = before if rest is None else joined(before, rest)
                if rest is not None:
                    before = joined(before, below[child])
    return tuple(found)
