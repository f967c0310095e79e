"""How the values of a program on a grid are evaluated, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FEW = 32  # terms; to add up more of them costs more than to multiply row by row

Piece = frozenset[int]  # steps whose vectors are multiplied, one of each; none make that of ones


@dataclass(slots=True)
class Op:
    """One step of a program; its value has `width` channels and depends on the sides in `touch`.

    `leaf`: the vectors (k x width) of a row or column; else `mats`: a sum of matrices times the
    operands; else the product of the operands, channel by channel (1 without operands).
    """

    width: int
    touch: int  # bit 0: depends on the row, bit 1: on the column
    operands: list[int]
    leaf: list[list[int]] | None = None
    mats: list[list[list[int]]] | None = None


def binary(ops: Sequence[Op]) -> list[Op]:
    """Give all products two factors: first those of rows, one of both kinds, those of columns."""
    found: list[Op] = []
    place: list[int] = []

    def fold(width: int, operands: list[int]) -> int:
        last = operands[0]
        for o in operands[1:]:
            found.append(Op(width, found[last].touch | found[o].touch, [last, o]))
            last = len(found) - 1
        return last

    for op in ops:
        operands = [place[o] for o in op.operands]
        if op.leaf is not None or op.mats is not None or not operands:
            found.append(Op(op.width, op.touch, operands, op.leaf, op.mats))
            place.append(len(found) - 1)
            continue
        rows = [o for o in operands if found[o].touch < 2]
        columns = [o for o in operands if found[o].touch == 2]
        mixed = [o for o in operands if found[o].touch == 3]
        if columns:
            columns = [fold(op.width, columns)]
        place.append(fold(op.width, rows + mixed[:1] + columns + mixed[1:]))
    return found


@dataclass(frozen=True, slots=True)
class Form:
    """A value as sums of products of two vectors, those over one side shared by all channels."""

    terms: int  # of a channel, at most
    rank: int  # how many shared vectors there are, at most
    pieces: frozenset[Piece]  # which ones
    turned: bool = False  # shared are those that are not in the other form


class Plan:
    """Decides for each step of a program how it is evaluated on a size x size grid.

    Where few terms are enough, the value of a step is a sum of products of a vector over the rows
    and one over the columns.  Either the vectors over the columns are shared by all channels (form
    0) or those over the rows (form 1); the sums and products of values in one form have that form.
    w channels of t terms in one form are a value in the other, with all w t vectors shared.  Any
    other value is evaluated row by row, for all columns at once.  Products have two factors.
    """

    def __init__(self, ops: Sequence[Op], size: int) -> None:
        self.ops, self.size, self.most = ops, size, max(FEW, size // 8)
        self.forms: list[list[Form | None]] = []
        self.made: tuple[dict[int, int], dict[int, int]] = ({}, {})  # vectors that steps share
        for n, op in enumerate(self.ops):
            self.forms.append(self.found(n, op))
        self.needed: tuple[dict[int, int], dict[int, int]] = ({}, {})  # forms; who needs them last
        self.expanded: dict[int, int] = {}  # forms whose values are needed row by row
        self.direct: dict[int, tuple[list[int], list[int]]] = {}  # what a sum adds term by term
        self.dense: list[int] = []  # steps that are evaluated row by row
        self.wanted: set[int] = set()  # the same
        self.known: tuple[set[Piece], set[Piece]] = (set(), set())
        self.cell = self.vector = 0.0  # nanoseconds for a cell of the grid; for a number in vectors
        self.held = 0  # numbers that are kept at a time; here for each row or column
        self.expand(len(self.ops) - 1)
        for n in range(len(self.ops) - 1, -1, -1):
            self.cost(n, self.ops[n])
        self.dense.reverse()
        self.ends: dict[int, list[tuple[int, int]]] = {}  # forms that nobody needs after a step
        for form in (0, 1):
            for o, n in self.needed[form].items():
                self.ends.setdefault(n, []).append((form, o))
        self.held = size * (self.held + self.peak())
        work = size * size * self.cell + size * self.vector + 3.2 * size**3
        self.seconds = work / 1e9  # calibrated on a 2-core x86 machine

    def peak(self) -> int:
        """Count the vectors of forms that are kept at a time."""
        now = most = 0
        for n in range(len(self.ops)):
            now += sum(self.vectors(form, n) for form in (0, 1) if n in self.needed[form])
            most = max(most, now)
            now -= sum(self.vectors(form, o) for form, o in self.ends.get(n, ()))
        return most

    def vectors(self, form: int, n: int) -> int:
        """Count the vectors of a form that are not shared."""
        found = self.forms[n][form]
        return self.ops[n].width * found.terms if found else 0

    def count(self, form: int, pieces: frozenset[Piece]) -> int:
        """Count the shared vectors of some pieces."""
        return sum(math.prod(self.made[form][n] for n in piece) for piece in pieces)

    def found(self, n: int, op: Op) -> list[Form | None]:
        """Return both forms of a step, as far as there are any."""
        both = [self.form(n, op, form) for form in (0, 1)]
        for form in (0, 1):
            this, other = both[form], both[1 - form]
            if other is not None and op.touch == 3:
                rank = op.width * other.terms
                if this is None or rank < this.rank:
                    both[form] = Form(other.terms, rank, frozenset((frozenset((n,)),)), True)
                    self.made[form][n] = rank
                    break
        return both

    def form(self, n: int, op: Op, form: int) -> Form | None:
        """Return a form of a step, as it follows from those of its operands."""
        if not op.touch & 2 >> form:
            return Form(1, 1, frozenset((frozenset(),)))
        below = [self.forms[o][form] for o in op.operands]
        operands = [x for x in below if x is not None]
        if op.mats is not None and len(operands) == len(below):
            pieces: frozenset[Piece] = frozenset().union(*(x.pieces for x in operands))
            rank = min(self.count(form, pieces), sum(x.rank for x in operands))
            if rank <= self.most if op.touch == 3 else rank < op.width:
                return Form(rank, rank, pieces)
        if op.touch != 3:  # the values of its channels
            self.made[form][n] = op.width
            return Form(1, op.width, frozenset((frozenset((n,)),)))
        if op.mats is not None or len(operands) < len(below):
            return None
        first, second = operands
        terms = first.terms * second.terms
        if terms > self.most or len(first.pieces) * len(second.pieces) > 100:
            return None
        pieces = frozenset(p | q for p in first.pieces for q in second.pieces)
        rank = min(self.count(form, pieces), first.rank * second.rank, op.width * terms)
        return Form(terms, rank, pieces)

    def expand(self, o: int) -> None:
        """Have the values of a step row by row, as sums of products or as they are."""
        if o in self.expanded or o in self.wanted:
            return
        usable = [(x.terms, form) for form, x in enumerate(self.forms[o]) if x is not None]
        if not usable:
            self.wanted.add(o)
            return
        terms, form = min(usable)
        self.expanded[o] = form
        self.needed[form].setdefault(o, o)
        width = self.ops[o].width
        self.cell += width * (5.0 * terms + 20.0)
        self.vector += 80.0 * width * terms
        self.held += width * terms

    def cost(self, n: int, op: Op) -> None:
        """Say what a step needs of its operands, and add up what it costs."""
        if op.touch < 3:
            steps = sum(len(m) * len(m[0]) for m in op.mats or [])
            self.vector += (200.0 if op.leaf is not None else 80.0) * op.width + 5.0 * steps
            self.held += op.width
        if n in self.wanted:
            self.dense.append(n)
            if op.mats is None:
                self.cell += op.width * (20.0 if self.ops[op.operands[0]].touch < 2 else 130.0)
                for o in op.operands:
                    if self.ops[o].touch == 3:
                        self.expand(o)
            else:
                self.dense_sum(n, op)
        for form in (0, 1):
            found = self.forms[n][form]
            if n in self.needed[form] and found is not None and found.turned:
                self.needed[1 - form].setdefault(n, n)
        for form in (0, 1):
            found = self.forms[n][form]
            if n in self.needed[form] and found is not None and not found.turned:
                self.split(n, op, form, found)

    def split(self, n: int, op: Op, form: int, found: Form) -> None:
        """Add what it costs to have a step in a form."""
        own = {frozenset((n,))}
        if not op.touch & 2 >> form or (op.touch < 3 and found.pieces == own):
            return
        for o in op.operands:
            self.needed[form].setdefault(o, n)
        if op.mats is not None:
            terms = sum(self.vectors(form, o) for o in op.operands)
            self.vector += op.width * (5.0 * terms + 20.0 * found.terms)
            return
        new = found.pieces - self.known[form]
        self.known[form].update(new)
        made = min(self.count(form, new), found.rank)
        self.vector += 80.0 * (op.width * found.terms + made)
        self.held += made

    def dense_sum(self, n: int, op: Op) -> None:
        """Choose how each operand of a sum is added that is evaluated row by row."""
        self.cell += 20.0 * op.width
        self.direct[n] = ([], [])
        for o in op.operands:
            width, touch = self.ops[o].width, self.ops[o].touch
            usable = [(x.rank, f) for f, x in enumerate(self.forms[o]) if x]
            rank, form = min(usable, default=(self.size, 0))
            first = 0 if touch == 2 else self.vectors(form, o)
            if usable and op.width * rank < first + op.width * width:
                self.direct[n][form].append(o)
                self.needed[form].setdefault(o, n)
                self.cell += 5.0 * op.width * rank
                self.vector += op.width * (5.0 * self.vectors(form, o) + 80.0 * rank)
                self.held += op.width * rank
            else:
                if touch == 3:
                    self.expand(o)
                self.cell += 5.0 * op.width * width
