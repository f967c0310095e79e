"""Memory of a pass on a grid, before it runs: bytes of numbers, and of values alive together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, log2, prod
from typing import TYPE_CHECKING, Any, NamedTuple

from circuitalg.circuit.fold import Operation, lifetimes, location_of, scan
from circuitalg.tensor.fractions import Exact, scaled

if TYPE_CHECKING:
    from circuitalg.tensor.floats import Floats
    from circuitalg.tensor.fractions import Scaled
    from circuitalg.tensor.residues import Modular

# A pointer, and a Python int: 24 bytes and 4 for each digit of 30 bits, in steps of 16.
_POINTER, _HEAD, _DIGIT, _STEP = 8, 24, 4, 16
_INT64_BITS = 63


def number_sizes(
    nodes: Sequence[Operation],
    arithmetic: Floats | Exact | Modular,
    table: Callable[[int], Any],
) -> list[int]:
    """Return the bytes per number of each node's value.

    Of exact ones 8 while a bound shows that int64 suffices, for the node and all below; else those
    of a Python int of the length that the bound allows.
    """
    if not isinstance(arithmetic, Exact):
        return [arithmetic.itemsize] * len(nodes)
    return [length.size for length in scan(nodes, _Lengths(arithmetic, table))]


class _Length(NamedTuple):
    """Bits of the numbers and of their denominator at most, and the bytes of a number."""

    bits: float
    denominator: float
    size: int


class _Lengths:
    """The algebra of these bounds."""

    def __init__(self, arithmetic: Exact, table: Callable[[int], Any]) -> None:
        self._arithmetic, self._table = arithmetic, table

    def leaf(self, node: Operation) -> _Length:
        vectors = scaled(self._table(location_of(node)), "the input vectors")
        return _length(*_bits(vectors), [])

    def one(self, _node: Operation) -> _Length:
        return _length(0, 0, [])

    def product(self, _node: Operation, below: Sequence[_Length]) -> _Length:
        bits, denominators, _ = zip(*below, strict=True)
        return _length(sum(bits), sum(denominators), below)

    def sum(self, node: Operation, below: Sequence[_Length]) -> _Length:
        """Σ matrix · child over the product of all the terms' denominators."""
        terms = []
        for label, child in zip(node.matrices, below, strict=True):
            matrix = self._arithmetic.matrix(label)
            top, bottom = _bits(matrix)
            width = log2(matrix.numbers.shape[1])
            terms.append((top + width + child.bits, bottom + child.denominator))
        common = sum(bottom for _, bottom in terms) if len(terms) > 1 else terms[0][1]
        largest = max(top + common - bottom for top, bottom in terms)
        return _length(largest + ceil(log2(len(terms))), common, below)


def _length(bits: float, denominator: float, below: Sequence[_Length]) -> _Length:
    wide = bits >= _INT64_BITS or any(child.size > 8 for child in below)
    digits = int(bits // 30) + 1
    size = _POINTER + _STEP * ceil((_HEAD + _DIGIT * digits) / _STEP) if wide else 8
    return _Length(bits, denominator, size)


def _bits(value: Scaled) -> tuple[float, float]:
    return log2(max(1, value.bound)), log2(value.denominator)


def peak_bytes(
    nodes: Sequence[Operation],
    lengths: Sequence[int],
    sizes: Sequence[int],
    output: int | None,
) -> int:
    """Return the most bytes that values take together during a pass on a grid.

    It replays the order of a `circuitalg.circuit.fold.fold`: what is alive when is all it asks.

    Parameters
    ----------
    nodes
        Those of the circuit.
    lengths
        Length of each location's axis.
    sizes
        Bytes of one number of each node's value.
    output
        As in :func:`circuitalg.tensor.values.output_value`.
    """
    last = len(nodes) - 1
    scopes: dict[int, frozenset[int]] = {}
    held: dict[int, int] = {}
    alive = peak = 0
    for i, done in lifetimes(nodes):
        node = nodes[i]
        own = frozenset() if node.location is None else frozenset([node.location])
        scopes[i] = own.union(*(scopes[child] for child in node.children))
        width = 1 if i == last and output is not None and node.kind == "sum" else node.width
        held[i] = width * prod(lengths[location] for location in scopes[i]) * sizes[i]
        alive += held[i]
        # Temporaries of the same size: a partial product; a sum so far beside its next term.
        several = 0 if len(node.children) < 2 else 2 if node.kind == "sum" else 1
        peak = max(peak, alive + several * held[i])
        for child in done:
            alive -= held.pop(child)
            del scopes[child]
    return peak
