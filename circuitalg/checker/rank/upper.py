"""Upper rules: index recursion (U1, U4, U5), factors with a rule for each block, all entries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..circuit import CONSTANT, INPUT, PRODUCT, fold
from ..meter import MAX_HELD, most_bits
from ..modular import is_prime, list_rank
from ..read import Matrix, Refusal
from ..schema import Subject, integer, listed, tagged
from ..tensor import MAX_EXACT, exact_tensor, reordered
from ..verdict import counted, tally
from .cut import isotypic, tied_cut
from .network import blocks, tree_network
from .pencil import pencil
from .quiver import bridge, star
from .spaces import AT, SPACES, NodeBounds
from .vanishing import vanishing

VARIABLE = integer(1)
BLOCKS = {
    "TiedCut": ("tied cut", {}, tied_cut),
    "Bridge": ("bridge", {"variable": VARIABLE}, bridge),
    "Star": ("star", {"variable": VARIABLE, "side": integer(0, 1)}, star),
    "Isotypic": ("isotypic", {"variable": VARIABLE}, isotypic),
    "Pencil": ("pencil", {"variable": VARIABLE}, pencil),
}
"""The rules for a block: what they are called, their members, what derives the bound."""
BLOCK = tagged({kind: members for kind, (_, members, _) in BLOCKS.items()})
FACTOR = {"blocks": listed(BLOCK)}
SHARPENED = {"at": listed(tagged({"Spaces": SPACES, "Below": {**AT, **FACTOR}}))}
UPPER = {"IndexRecursion": {}, "Sharpened": SHARPENED, "Vanishing": {}, "Factor": FACTOR}
UPPER_AT = {**UPPER, "Exhaustive": {}}


def index_recursion(subject: Subject, sharper: NodeBounds | None = None) -> int:
    """Bound the rank for all weights, for any smooth decomposable circuit.

    f(n, s) bounds the rank of node n's tensors, the channel index being counted on side s.
    Input: 1 on its own side, else its width; constant: 1.  Product: the matrix is a choice of rows
    of the Kronecker product of the children's, so f <= prod f(c, s); and it is a sum over the
    channels of Kronecker products of slices, so f <= w prod min f(c, .).  Sum: ranks add over the
    branches, and a matrix of rank r = min(w_c, w_n) lets r slices move to the other side.
    At every node the matrix has w P(n, s) rows and P(n, 1 - s) columns, P(n, s) being the product
    of the dimensions of the locations below that lie in s; f is at most either.  What is sharper at
    some nodes is put in their places.
    """
    circuit, sides, meter = subject.circuit, subject.sides, subject.meter
    last = len(circuit.kinds) - 1

    def bounds(i: int, below: list[tuple[int, ...]]) -> tuple[int, ...]:
        """Return f(i, I), f(i, J), P(i, I), P(i, J)."""
        kind, width = circuit.kinds[i], 1 if i == last else circuit.widths[i]
        meter.spend(600 + sum(900 + bits(value) / 8 for value in below))
        if kind == CONSTANT:
            ranks, shape = [1, 1], [1, 1]
        elif kind == INPUT:
            side, dim = sides[circuit.places[i]], circuit.dims[circuit.places[i]]
            ranks, shape = [width, width], [1, 1]
            ranks[side], shape[side] = 1, dim
        elif kind == PRODUCT:
            slices = width * meter.product([min(v[:2]) for v in below])
            first, second, *shape = (meter.product([v[k] for v in below]) for k in range(4))
            ranks = [min(first, slices), min(second, slices)]
        else:
            shape = list(below[0][2:])  # all branches have the same locations
            moved = [min(circuit.widths[c], width) for c in circuit.children[i]]
            ranks = [
                sum(min(v[s], r * v[1 - s]) for v, r in zip(below, moved, strict=True))
                for s in (0, 1)
            ]
        cut = [min(ranks[s], meter.product([width, shape[s]]), shape[1 - s]) for s in (0, 1)]
        return *(cut if sharper is None else sharper.lowered(i, width, cut)), *shape

    def bits(value: tuple[int, ...]) -> int:
        return sum(number.bit_length() for number in value)

    def hold(held: int, _: object) -> None:
        if held + (sharper.held if sharper else 0) > MAX_HELD:
            raise Refusal("the index recursion has to keep too many large numbers at once.")

    return min(fold(circuit, bounds, bits, hold)[:2])


def exhaustive(subject: Subject, weights: Sequence[Matrix]) -> int:
    """Write the matricization out over Q and return its rank.

    All (r+1)-minors of the matrix, made integral, are at most H (Hadamard); if its rank is at most
    r modulo primes whose product exceeds H, they are zero.
    """
    meter, dims = subject.meter, subject.circuit.dims
    if meter.product(dims) > MAX_EXACT:
        raise Refusal(f"the matricization has more than {MAX_EXACT} entries.")
    channel, modes, _ = exact_tensor(subject.circuit, weights, subject.output, meter)
    entries = reordered(channel, modes, dims, subject.places(0) + subject.places(1))
    columns = math.prod(dims[i] for i in subject.places(1))
    matrix = [entries[a : a + columns] for a in range(0, len(entries), columns)]
    if columns > len(matrix):
        matrix = [list(column) for column in zip(*matrix, strict=True)]
    norms = sorted((sum(x * x for x in row) for row in matrix), reverse=True)
    rank, modulus, prime = 0, 1, 1 << 24
    while rank < len(matrix[0]):
        meter.spend(200 * (rank + 1))
        bound = meter.product([max(n, 1) for n in norms[: rank + 1]])
        if modulus * modulus > bound:
            break
        prime = next(p for p in range(prime - 1, 2, -1) if is_prime(p))
        modulus *= prime
        meter.spend(len(matrix) * len(matrix[0]) * most_bits(matrix) / 10 + 1e6)
        rank = max(rank, list_rank(matrix, prime, meter))
    return rank


def factor(subject: Subject, rules: list[dict[str, Any]]) -> tuple[int, str]:
    """Bound the rank of a tree circuit by the product of its blocks' bounds (L3)."""
    meter, found = subject.meter, blocks(tree_network(subject))
    if len(rules) != len(found):
        raise Refusal(
            f"a factor rule has {counted(len(found), 'kind')} of blocks"
            f" and {counted(len(rules), 'rule')}."
        )
    values, names = [], []
    for (block, count), inner in zip(found, rules, strict=True):
        name, _, derive = BLOCKS[inner["kind"]]
        values.append(meter.power(derive(block, inner, meter), count))
        names.append(name + (f" at variable {inner['variable']}" if "variable" in inner else ""))
    number = counted(sum(count for _, count in found), "block")
    factored = f"{number} of {counted(len(found), 'kind')}"
    return meter.product(values), f"factor into {factored}: {tally(names)}"


def upper_bound(
    subject: Subject, rule: dict[str, Any], weights: Sequence[Matrix] | None = None
) -> tuple[int, str]:
    """Derive an upper bound, for all weights or these; return it and the name of what gave it."""
    if rule["kind"] == "IndexRecursion":
        return index_recursion(subject), "index recursion"
    if rule["kind"] == "Vanishing":
        return vanishing(subject, weights), "an output that is zero"
    if rule["kind"] == "Exhaustive" and weights is not None:
        return exhaustive(subject, weights), "all entries, exactly"
    if rule["kind"] == "Sharpened":
        sharper = NodeBounds(subject, rule["at"], lambda tree, rules: factor(tree, rules)[0])
        return index_recursion(subject, sharper), f"index recursion, sharpened by {sharper.name}"
    return factor(subject, rule["blocks"])
