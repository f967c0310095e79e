"""Memory of an exact pass, before it runs: how many bytes a number of each node can take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, log2
from typing import TYPE_CHECKING, Any

from circuitalg.tensor.arithmetic import Exact, scaled
from circuitalg.tensor.engine import Operation, depth_first

if TYPE_CHECKING:
    from circuitalg.tensor.arithmetic import Floats, Modular, Scaled

# A pointer, and a Python int: 24 bytes and 4 for each digit of 30 bits, in steps of 16.
_POINTER, _HEAD, _DIGIT, _STEP = 8, 24, 4, 16
_INT64_BITS = 63


def number_sizes(
    nodes: Sequence[Operation],
    arithmetic: Floats | Exact | Modular,
    table: Callable[[int], Any],
) -> dict[int, int]:
    """Return the bytes per number of each node's value."""
    if isinstance(arithmetic, Exact):
        return exact_sizes(nodes, arithmetic, table)
    return dict.fromkeys(range(len(nodes)), arithmetic.itemsize)


def exact_sizes(
    nodes: Sequence[Operation], arithmetic: Exact, table: Callable[[int], Any]
) -> dict[int, int]:
    """Return the bytes per number of each node's value, from a bound on its bits.

    8 while the bound shows that int64 suffices, for the node and all below; else those of a Python
    int of that length.
    """
    bits: dict[int, float] = {}
    denominators: dict[int, float] = {}
    sizes: dict[int, int] = {}
    for i in depth_first(nodes):
        node = nodes[i]
        if node.location is not None:
            vectors = scaled(table(node.location), "the input vectors")
            bits[i], denominators[i] = _bits(vectors)
        elif node.kind == "sum":
            bits[i], denominators[i] = _sum_bits(node, arithmetic, bits, denominators)
        else:
            bits[i] = sum(bits[child] for child in node.children)
            denominators[i] = sum(denominators[child] for child in node.children)
        wide = bits[i] >= _INT64_BITS or any(sizes[child] > 8 for child in node.children)
        digits = int(bits[i] // 30) + 1
        sizes[i] = _POINTER + _STEP * ceil((_HEAD + _DIGIT * digits) / _STEP) if wide else 8
    return sizes


def _bits(value: Scaled) -> tuple[float, float]:
    return log2(max(1, value.bound)), log2(value.denominator)


def _sum_bits(
    node: Operation, arithmetic: Exact, bits: dict[int, float], denominators: dict[int, float]
) -> tuple[float, float]:
    """Bits of Σ matrix · child over the product of all the terms' denominators."""
    terms = []
    for label, child in zip(node.matrices, node.children, strict=True):
        matrix = arithmetic.matrix(label)
        top, bottom = _bits(matrix)
        width = log2(matrix.numbers.shape[1])
        terms.append((top + width + bits[child], bottom + denominators[child]))
    common = sum(bottom for _, bottom in terms) if len(terms) > 1 else terms[0][1]
    largest = max(top + common - bottom for top, bottom in terms)
    return largest + ceil(log2(len(terms))), common
