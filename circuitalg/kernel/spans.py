"""Upper bounds for all weights: index recursion (U1), tied cut (U2), bridge (U3) and star (U6).

All are integers computed from the network alone; each holds at every setting of the weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import comb, prod

from circuitalg import deadline
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import RuleError, StructureError, TooLargeError
from circuitalg.kernel.network import NO_SIDE, Network, check_output, side_of_location
from circuitalg.kernel.quiver import bridge_bound, star_bound_parts

_MAX_HELD = 1 << 33
"""Binary digits of the bounds that are kept at once: 1 GB."""
_TOO_LONG = "the bounds of this network's nodes have too many digits to keep; split the network"

Pair = tuple[int, int]
"""Two bounds, the channel index counted on side I, and on side J."""


def index_recursion(circuit: Circuit, bipartition: Bipartition, output: int = 0) -> int:
    """Bound the rank by one pass over any smooth decomposable circuit (U1, U4, U5).

    f(n, s) bounds the rank of node n's tensor with its channel index counted on side s: an input
    has 1 on its own side and its width on the other; a product either keeps all children on
    side s or pays its width and lets each choose; a sum adds its branches, each of which may move
    its index across the matrix for the smaller of the two widths.
    """
    sides = side_of_location(circuit, bipartition)
    check_output(circuit, output)
    for verdict in (circuit.is_smooth, circuit.is_decomposable):
        if not verdict:
            raise StructureError(f"there is no coefficient tensor to bound: {verdict.reason}")
    bounds: list[Pair | None] = []
    uses = [0] * len(circuit.nodes)
    for node in circuit.nodes:
        for child in node.children:
            uses[child] += 1
    last, held = len(circuit.nodes) - 1, 0
    for index, node in enumerate(circuit.nodes):
        width = 1 if index == last else node.width
        below = [_known(bounds[child]) for child in node.children]
        if node.kind == "input" and node.location is not None:
            f = (1, width) if sides[node.location] == 0 else (width, 1)
        elif node.kind == "constant":
            f = (1, 1)
        elif node.kind == "product":
            cut = width * prod(min(c) for c in below)
            f = min(cut, prod(c[0] for c in below)), min(cut, prod(c[1] for c in below))
        else:
            links = [min(circuit.nodes[child].width, width) for child in node.children]
            f = (
                sum(min(c[0], w * c[1]) for c, w in zip(below, links, strict=True)),
                sum(min(c[1], w * c[0]) for c, w in zip(below, links, strict=True)),
            )
        deadline.look()
        held += f[0].bit_length() + f[1].bit_length()
        if held > _MAX_HELD:
            raise TooLargeError(_TOO_LONG)
        bounds.append(f)
        for child in node.children:  # numbers of a long chain are large: free them early
            uses[child] -= 1
            if not uses[child]:
                held -= sum(bound.bit_length() for bound in _known(bounds[child]))
                bounds[child] = None
    shape = [prod(circuit.dims[i] for i in part) for part in (bipartition.I, bipartition.J)]
    return min(*_known(bounds[last]), *shape)


def _known(pair: Pair | None) -> Pair:
    if pair is None:  # each number is freed after its last use, so this is a bug
        raise RuleError("a bound was read after it was freed; please report this")
    return pair


def tied_cut(block: Network) -> int:
    """Bound the rank of a block by the index recursion that knows equal matrices (U2).

    x ↦ x ⊗ … ⊗ x (m times) spans at most the symmetric power, C(δ+m−1, m) dimensions: children that
    send equal tensors, or that are read through one matrix, cost that instead of δ^m.
    """
    return min(Messages(block, keep=False).up(1))


def bridge(block: Network, variable: int) -> int:
    """Bound the rank by the general rank at one matrix (U3; rests on Schofield 1992).

    The matricization is Σ_g A_g ⊗ C_g over the ρ values of the index that crosses the matrix above
    ``variable``; kernel.quiver gives the largest rank of such a sum for tensors of these sizes.
    """
    if not 1 <= variable < len(block):
        raise RuleError(f"a bridge is a matrix of the block, 1 to {len(block) - 1}; got {variable}")
    rho = min(block.shape(variable))
    if rho < 2:
        raise RuleError(f"the matrix above variable {variable} has a side of 1: nothing crosses it")
    messages = Messages(block)
    d, c = messages.up(variable)
    b, a = messages.down(variable)
    return bridge_bound(rho, a, b, c, d)


def star(block: Network, variable: int, side: int) -> int:
    """Bound the rank by general subspaces at one variable (U6).

    The columns lie in Σ_α ⊗_p U^p_α, the sum over the variable's values of products over the parts
    that meet there: its children and what is above. On ``side``, part p has dimension a_p in all
    (the variable's index counted on the other side) and u_p for one value.
    """
    if side not in (0, 1):
        raise RuleError(f"a star is seen from side 0 (I) or 1 (J), got {side}")
    if not 1 <= variable < len(block) or not block.children()[variable]:
        raise RuleError(
            f"a star needs an inner variable of the block; variable {variable} is not one"
        )
    if block.dims[variable] < 2:
        raise RuleError(f"variable {variable} has dimension 1; a star needs at least 2")
    return star_bound_parts(block.dims[variable], star_parts(Messages(block), variable, side))


def star_parts(messages: Messages, variable: int, side: int) -> list[tuple[int, int]]:
    """(a_p, u_p) of the parts that meet at a variable: children in order, then the parent."""
    found = [messages.up(child) for child in messages.children[variable]]
    found.append(messages.down(variable))
    return [(m[1 - side], min(m)) for m in found]


class Messages:
    """Bounds sent along the matrices of a block, in both directions.

    ``up(v)`` is about the part below matrix v, ``down(v)`` about the rest; each is the pair of
    bounds with the crossing index counted on side I, and on side J. Subtrees that are equal,
    weights and sides included, are computed once.
    """

    def __init__(self, block: Network, *, keep: bool = True) -> None:
        self.block = block
        self.children = block.children()
        # Only children read through one matrix are compared by their forms.
        together = any(
            len({block.labels[c] for c in own}) < len(own) for own in self.children if len(own) > 1
        )
        self.forms = _forms(block, self.children, with_sides=False) if together else []
        self.classes = _forms(block, self.children, with_sides=True)
        self.leaf_sides = [0] * len(block)  # bit s: a leaf of side s is below
        self._up: dict[int, Pair] = {}
        self._down: dict[int, Pair] = {}
        uses = [0] * (max(self.classes) + 1)
        for v in range(len(block) - 1, 0, -1):
            if block.sides[v] != NO_SIDE:
                self.leaf_sides[v] |= 1 << block.sides[v]
            self.leaf_sides[block.parents[v]] |= self.leaf_sides[v]
            uses[self.classes[v]] += 1
        held = 0
        for v in range(len(block) - 1, 0, -1):
            deadline.look()
            if self.classes[v] not in self._up:
                found = self._up[self.classes[v]] = self._cross(v, self.below(v))
                held += (found[0].bit_length() + found[1].bit_length()) * keep
                if held > _MAX_HELD:
                    raise TooLargeError(_TOO_LONG)
            if not keep:  # numbers of a long chain are large: free them early
                for child in self.children[v]:
                    uses[self.classes[child]] -= 1
                    if not uses[self.classes[child]]:
                        del self._up[self.classes[child]]

    def up(self, v: int) -> Pair:
        """What matrix v sends to its parent variable."""
        return self._up[self.classes[v]]

    def below(self, v: int) -> Pair:
        """Bounds of the part below variable v, its index as the crossing one."""
        if not self.children[v]:
            side, dim = self.block.sides[v], self.block.dims[v]
            return (1, 1) if side == NO_SIDE else (1, dim) if side == 0 else (dim, 1)
        return self._meet(v, self.children[v], None)

    def down(self, v: int) -> Pair:
        """What matrix v sends to its child variable: the bounds of everything above."""
        path = []
        while v not in self._down:
            path.append(v)
            if self.block.parents[v] == 0:
                break
            v = self.block.parents[v]
        for w in reversed(path):
            x = self.block.parents[w]
            others = [c for c in self.children[x] if c != w]
            above = (1, 1) if x == 0 else self._meet(x, others, self._down[x])
            self._down[w] = self._cross(w, above)
        return self._down[path[0]] if path else self._down[v]

    def resized(self, dims: tuple[int, ...], changed: Iterable[int]) -> Messages:
        """The messages of the same block with other dimensions, ``changed`` naming the variables.

        For search alone: tied variables must change together, so that equal subtrees stay equal.
        """
        other = object.__new__(Messages)
        sides = tuple(s if d > 1 else NO_SIDE for s, d in zip(self.block.sides, dims, strict=True))
        other.block = replace(self.block, dims=dims, sides=sides)
        other.children, other.forms, other.classes = self.children, self.forms, self.classes
        other.leaf_sides = self.leaf_sides
        other._up, other._down = dict(self._up), {}
        stale: set[int] = set()
        for v in changed:
            stale.update(self.children[v])
            while v > 0 and v not in stale:
                stale.add(v)
                v = self.block.parents[v]
        done: set[int] = set()
        for v in sorted(stale - {0}, reverse=True):
            if self.classes[v] not in done:
                done.add(self.classes[v])
                other._up[self.classes[v]] = other._cross(v, other.below(v))
        return other

    def _cross(self, v: int, f: Pair) -> Pair:
        rho = min(self.block.shape(v))
        return min(f[0], rho * f[1]), min(f[1], rho * f[0])

    def _meet(self, x: int, children: Sequence[int], above: Pair | None) -> Pair:
        """Bounds at variable x from ``children`` and perhaps the message from above."""
        top = above or (1, 1)
        pairs = [self._up[self.classes[c]] for c in children]
        cut = self.block.dims[x] * prod([min(pair) for pair in pairs]) * min(top)
        if len({self.block.labels[c] for c in children}) == len(children):  # no matrix is shared
            on_i = top[0] * prod([pair[0] for pair in pairs])
            return min(cut, on_i), min(cut, top[1] * prod([pair[1] for pair in pairs]))
        groups: dict[int, list[int]] = {}
        for child in children:
            groups.setdefault(self.block.labels[child], []).append(child)
        whole = [
            top[s] * prod(self._group(members, s) for members in groups.values()) for s in (0, 1)
        ]
        return min(cut, whole[0]), min(cut, whole[1])

    def _group(self, members: list[int], s: int) -> int:
        """Cost of children read through one matrix, the variable's index counted on side s."""
        if len(members) == 1:
            return self.up(members[0])[s]
        return min(self._by_name(members, s), self._by_class(members, s))

    def _by_name(self, members: list[int], s: int) -> int:
        """Count the k children moved to the other side by symmetric powers of the matrix's rank."""
        rho = min(self.block.shape(members[0]))
        pairs = [(self.up(c)[1 - s], self.up(c)[s]) for c in members]
        ordered = _by_ratio(pairs)
        moved, kept = 1, prod(p[1] for p in pairs)
        best = kept
        for k, (other, own) in enumerate(ordered, start=1):
            moved *= other
            kept //= own
            best = min(best, comb(rho + k - 1, k) * moved * kept)
        return best

    def _by_class(self, members: list[int], s: int) -> int:
        """Count equal subtrees that lie wholly on the other side by symmetric powers."""
        total = 1
        classes: dict[int, list[int]] = {}
        for c in members:
            if self.leaf_sides[c] >> s & 1:
                total *= self.up(c)[s]
            else:
                classes.setdefault(self.forms[c], []).append(c)
        for equal in classes.values():
            total *= comb(self.up(equal[0])[s] + len(equal) - 1, len(equal))
        return total


def _by_ratio(pairs: list[Pair]) -> list[Pair]:
    """Sort by first/second, exactly: Fractions of equal value may come in any order."""
    distinct = {pair: Fraction(*pair) for pair in set(pairs)}
    return sorted(pairs, key=distinct.__getitem__)


def _forms(block: Network, children: list[list[int]], *, with_sides: bool) -> list[int]:
    """Number of the canonical form of the subtree below each variable; with or without sides.

    With sides the matrix above counts too, since the message crosses it.
    """
    numbers: dict[object, int] = {}
    forms = [0] * len(block)
    for v in range(len(block) - 1, 0, -1):
        kind = "inner" if children[v] else "open" if block.sides[v] == NO_SIDE else "location"
        below = tuple(sorted([(block.labels[c], forms[c]) for c in children[v]]))
        above = (block.sides[v], block.labels[v]) if with_sides else None
        key = (block.dims[v], kind, below, above)
        forms[v] = numbers.setdefault(key, len(numbers))
    return forms
