"""Upper bounds of blocks for all weights: tied cut, bridge, star, isotypic and pencil bounds.

All are integers computed from the network alone; each holds at every setting of the weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import comb, prod

from circuitalg import deadline
from circuitalg.errors import RuleError, TooLargeError
from circuitalg.kernel.rank.isotypic import Way, choices, isotypic_bound
from circuitalg.kernel.rank.network import NO_SIDE, Network, once
from circuitalg.kernel.rank.pencil import pencil_bound
from circuitalg.kernel.rank.quiver import bridge_bound, star_bound_parts
from circuitalg.kernel.rank.recursion import MAX_HELD, TOO_LONG, Pair, crossed, leaf, met

_MAX_SHAPES, _MAX_SHAPES_AT_ONE = 64, 1000
"""Choices of partitions in a message, and at the one variable of an isotypic bound."""


@once
def tied_cut(block: Network) -> int:
    """Bound the rank of a block by the index recursion that knows equal matrices (U2).

    x ↦ x ⊗ … ⊗ x (m times) spans at most the symmetric power, C(δ+m−1, m) dimensions: children that
    send equal tensors, or that are read through one matrix, cost that instead of δ^m. Where equal
    children have leaves of both sides, the other symmetries of their power count too (U9).
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
    _check_inner(block, variable, "a star")
    if block.dims[variable] < 2:
        raise RuleError(f"variable {variable} has dimension 1; a star needs at least 2")
    return star_bound_parts(block.dims[variable], star_parts(Messages(block), variable, side))


def isotypic(block: Network, variable: int) -> int:
    """Bound the rank by the symmetries of equal children at one variable (U9).

    The whole commutes with their permutations, so it is a block for each choice of partitions of
    their numbers; each is counted on side I, on side J or slice by slice, whatever is least.
    """
    _check_inner(block, variable, "an isotypic bound")
    return isotypic_at(Messages(block), variable)


def isotypic_at(messages: Messages, variable: int) -> int:
    """The isotypic bound at an inner variable, from the messages that it gets."""
    equal, others = messages.classes_at(messages.children[variable])
    if not equal:
        raise RuleError(
            f"no two children of variable {variable} have one matrix and equal subtrees with "
            "equal sides; an isotypic bound needs them"
        )
    ways = messages.ways(variable, equal, others, messages.down(variable))
    chosen = choices(messages.shapes(equal), _MAX_SHAPES_AT_ONE)
    if not chosen:
        raise TooLargeError(
            f"the children of variable {variable} have more than {_MAX_SHAPES_AT_ONE} choices of "
            "partitions; use the cut's bound here"
        )
    return isotypic_bound(chosen, ways)


def pencil(block: Network, variable: int) -> int:
    """Bound the rank by that of general pencils at a variable of dimension 2 (U10).

    What meets there, the children's parts and what is above, is a pair of matrices each.
    """
    _check_inner(block, variable, "a pencil star")
    if block.dims[variable] != 2:
        raise RuleError(
            f"variable {variable} has dimension {block.dims[variable]}; a pencil star needs 2, "
            "because for more matrices there is no normal form"
        )
    return pencil_bound(pencil_parts(Messages(block), variable))


def _check_inner(block: Network, variable: int, what: str) -> None:
    if not 1 <= variable < len(block) or not block.children[variable]:
        raise RuleError(
            f"{what} needs an inner variable of the block; variable {variable} is not one"
        )


def star_parts(messages: Messages, variable: int, side: int) -> list[tuple[int, int]]:
    """(a_p, u_p) of the parts that meet at a variable: children in order, then the parent."""
    found = [messages.up(child) for child in messages.children[variable]]
    found.append(messages.down(variable))
    return [(m[1 - side], min(m)) for m in found]


def pencil_parts(messages: Messages, variable: int) -> list[tuple[int, int]]:
    """(a_p, b_p) of the parts that meet at a variable: sizes on side I, and on side J."""
    found = [messages.up(child) for child in messages.children[variable]]
    return [(a, b) for b, a in [*found, messages.down(variable)]]


class Messages:
    """Bounds sent along the matrices of a block, in both directions.

    ``up(v)`` is about the part below matrix v, ``down(v)`` about the rest; each is the pair of
    bounds with the crossing index counted on side I, and on side J. Subtrees that look alike are
    computed once: those of equal dimensions and sides, and of equal tied matrices. A matrix that is
    used once looks like any other that is, except in messages that are to be resizable.
    """

    def __init__(self, block: Network, *, keep: bool = True, resizable: bool = False) -> None:
        self.block, self.children = block, block.children
        dims, sides, labels = block.dims, block.sides, block.labels
        uses = Counter(labels)
        seen = labels if resizable else [name if uses[name] > 1 else -1 for name in labels]
        above = [dims[parent] for parent in block.parents]
        self.classes, firsts = _alike(block, list(zip(above, dims, sides, seen, strict=True)))
        # Only children read through one matrix are compared by their forms, weights and all.
        forms = list(zip(dims, sides, labels, strict=True))
        together = any(self._grouped(self.children[v]) for v in [0, *firsts])
        self.forms = _alike(block, forms)[0] if together else []
        waiting = [0] * len(firsts)
        for v in firsts:
            for child in self.children[v]:
                waiting[self.classes[child]] += 1
        self.leaf_sides = [0] * len(firsts)  # by class; bit s: a leaf of side s is below
        self.ups: dict[int, Pair] = {}
        self.downs: dict[int, Pair] = {}
        held = 0
        for number, v in enumerate(firsts):
            deadline.look()
            if block.sides[v] != NO_SIDE:
                self.leaf_sides[number] = 1 << block.sides[v]
            for child in self.children[v]:
                self.leaf_sides[number] |= self.leaf_sides[self.classes[child]]
            found = self.ups[number] = self.cross(v, self.below(v))
            held += (found[0].bit_length() + found[1].bit_length()) * keep
            if held > MAX_HELD:
                raise TooLargeError(TOO_LONG)
            if not keep:  # numbers of a long chain are large: free them early
                for child in self.children[v]:
                    below = self.classes[child]
                    waiting[below] -= 1
                    if not waiting[below]:
                        del self.ups[below]

    def _grouped(self, children: Sequence[int]) -> bool:
        """Whether one matrix reads two of them."""
        return len({self.block.labels[c] for c in children}) < len(children)

    def up(self, v: int) -> Pair:
        """What matrix v sends to its parent variable."""
        return self.ups[self.classes[v]]

    def below(self, v: int) -> Pair:
        """Bounds of the part below variable v, its index as the crossing one."""
        if not self.children[v]:
            return leaf(self.block.sides[v], self.block.dims[v])
        return self._meet(v, self.children[v], None)

    def down(self, v: int) -> Pair:
        """What matrix v sends to its child variable: the bounds of everything above."""
        path = []
        while v not in self.downs:
            path.append(v)
            if self.block.parents[v] == 0:
                break
            v = self.block.parents[v]
        for w in reversed(path):
            x = self.block.parents[w]
            others = [c for c in self.children[x] if c != w]
            above = (1, 1) if x == 0 else self._meet(x, others, self.downs[x])
            self.downs[w] = self.cross(w, above)
        return self.downs[path[0]] if path else self.downs[v]

    def cross(self, v: int, f: Pair) -> Pair:
        """What matrix v makes of the bounds at one of its ends."""
        return crossed(f, min(self.block.shape(v)))

    def _meet(self, x: int, children: Sequence[int], above: Pair | None) -> Pair:
        """Bounds at variable x from ``children`` and perhaps the message from above."""
        top = above or (1, 1)
        pairs = [self.ups[self.classes[c]] for c in children]
        plain = met(self.block.dims[x], [*pairs, top])
        if not self._grouped(children):
            return plain
        groups: dict[int, list[int]] = {}
        for child in children:
            groups.setdefault(self.block.labels[child], []).append(child)
        whole = [
            top[s] * prod(self._group(members, s) for members in groups.values()) for s in (0, 1)
        ]
        best = min(plain[0], whole[0]), min(plain[1], whole[1])
        equal, others = self.classes_at(children)
        # The parts of classes with leaves of one side only are symmetric powers, counted above.
        if not any(self.leaf_sides[self.classes[members[0]]] == 3 for members in equal):
            return best
        chosen = choices(self.shapes(equal), _MAX_SHAPES)
        if not chosen:
            return best
        *sides, slices = self.ways(x, equal, others, top)
        by_shape = [isotypic_bound(chosen, (side, slices)) for side in sides]
        return min(best[0], by_shape[0]), min(best[1], by_shape[1])

    def classes_at(self, children: Sequence[int]) -> tuple[list[list[int]], list[int]]:
        """Children with equal matrices and equal subtrees, sides and all; and those without."""
        if not self.forms:
            return [], list(children)
        found: dict[int, list[int]] = {}
        for c in children:
            found.setdefault(self.forms[c], []).append(c)
        equal = [members for members in found.values() if len(members) > 1]
        return equal, [members[0] for members in found.values() if len(members) == 1]

    def shapes(self, equal: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
        """Of each class: how many members, and the most rows that a partition needs."""
        return [(len(members), min(self.up(members[0]))) for members in equal]

    def ways(
        self, x: int, equal: Sequence[Sequence[int]], others: Sequence[int], top: Pair
    ) -> list[Way]:
        """The three counts of a block at variable x: on side I, on side J, slice by slice."""
        pairs = [self.up(c) for c in others]
        members = [self.up(each[0]) for each in equal]
        own: list[Way] = [
            (top[s] * prod([pair[s] for pair in pairs]), [pair[s] for pair in members])
            for s in (0, 1)
        ]
        width = self.block.dims[x] * min(top) * prod(map(min, pairs))
        return [*own, (width, list(map(min, members)))]

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
        """Count equal subtrees that lie wholly on the other side by symmetric powers.

        Two that differ send L₁·L₂ in the symmetric square of k^ρ, which Λ²(L₁ ∩ L₂) does not reach.
        """
        total = 1
        classes: dict[int, list[int]] = {}
        for c in members:
            if self.leaf_sides[self.classes[c]] >> s & 1:
                total *= self.up(c)[s]
            else:
                classes.setdefault(self.forms[c], []).append(c)
        if len(classes) == 2 and all(len(equal) == 1 for equal in classes.values()):
            one, two = [self.up(c)[s] for (c,) in classes.values()]
            common = one + two - min(self.block.shape(members[0]))
            return total * (one * two - (comb(common, 2) if common > 0 else 0))
        for equal in classes.values():
            total *= comb(self.up(equal[0])[s] + len(equal) - 1, len(equal))
        return total


def _by_ratio(pairs: list[Pair]) -> list[Pair]:
    """Sort by first/second, exactly: Fractions of equal value may come in any order."""
    distinct = {pair: Fraction(*pair) for pair in set(pairs)}
    return sorted(pairs, key=distinct.__getitem__)


def _alike(block: Network, looks: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    """By variable, the number of the subtree below it, and the first variable of each number.

    Equal numbers are equal looks, and as many equal subtrees below in any order.
    """
    numbers: dict[tuple[Hashable, ...], int] = {}
    found, firsts = [0] * len(block), list[int]()
    for v in range(len(block) - 1, 0, -1):
        key = (looks[v], *sorted([found[c] for c in block.children[v]]))
        number = found[v] = numbers.setdefault(key, len(firsts))
        if number == len(firsts):
            firsts.append(v)
    return found, firsts
