"""How the values of a program on a grid are evaluated, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

ONES = -1  # stands for the step that makes the vector of ones

FEW = 32  # terms; with more, expanding them costs more than multiplying row by row

Pieces = frozenset[int]


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
            found.append(replace(op, operands=operands))
            place.append(len(found) - 1)
            continue
        rows = [o for o in operands if found[o].touch < 2]
        columns = [o for o in operands if found[o].touch == 2]
        mixed = [o for o in operands if found[o].touch == 3]
        if columns:
            columns = [fold(op.width, columns)]
        place.append(fold(op.width, rows + mixed[:1] + columns + mixed[1:]))
    return found


class Plan:
    """Decides for each step of a program how it is evaluated on a size x size grid.

    Where few terms are enough, the value of a step is a sum of products of a vector over the rows
    and one over the columns.  Either the vectors over the columns are shared by all channels (form
    0) or those over the rows (form 1); the sums and products of values in one form have that form.
    w channels of t terms in one form are a value in the other: its vectors, w t of them, are simply
    shared.  Any other value is evaluated row by row, for all columns at once.
    """

    def __init__(self, ops: Sequence[Op], size: int) -> None:
        self.ops, self.size = binary(ops), size
        self.terms: tuple[list[int], list[int]] = ([], [])  # of a channel at most; 0: not this form
        self.pieces: tuple[list[Pieces], list[Pieces]] = ([], [])  # steps that make shared vectors
        self.made: tuple[dict[int, int], dict[int, int]] = ({ONES: 1}, {ONES: 1})  # how many
        self.turned: tuple[set[int], set[int]] = (set(), set())  # steps that share the other's
        for n, op in enumerate(self.ops):
            self.add(n, op)
        self.needed: tuple[set[int], set[int]] = (set(), set())
        self.dense: list[int] = []  # steps that are evaluated row by row
        self.expanded: dict[int, int] = {}  # steps whose values are needed row by row: their form
        self.direct: dict[int, tuple[list[int], list[int]]] = {}  # what a sum adds term by term
        self.cell = self.vector = 0.0  # nanoseconds for a cell of the grid; for a number in vectors
        self.held = 0  # numbers that are kept for each row or column
        self.expand(len(self.ops) - 1)
        for n in range(len(self.ops) - 1, -1, -1):
            self.cost(n, self.ops[n])
        self.dense.reverse()

    def seconds(self) -> float:
        """Estimate the time in pure Python (calibrated on a 2-core x86 machine)."""
        size = self.size
        return (size * size * self.cell + size * self.vector + 3.2 * size**3) / 1e9

    def rank(self, form: int, pieces: Pieces) -> int:
        """Count the shared vectors that these steps make."""
        return sum(self.made[form][piece] for piece in pieces)

    def add(self, n: int, op: Op) -> None:
        """Find the forms of a step."""
        most = max(FEW, self.size // 8)
        found = [self.form(n, op, form) for form in (0, 1)]
        for form, (terms, pieces) in enumerate(found):
            other = found[1 - form][0]
            if 0 < other <= most and (
                not 0 < terms <= most or self.rank(form, pieces) > op.width * other
            ):
                found[form] = other, frozenset((n,))
                self.made[form][n] = op.width * other
                self.turned[form].add(n)
                break
        for form, (terms, pieces) in enumerate(found):
            self.terms[form].append(terms if terms <= most else 0)
            self.pieces[form].append(pieces)

    def form(self, n: int, op: Op, form: int) -> tuple[int, Pieces]:
        """Return the terms and pieces of a step, as they follow from those of its operands."""
        shared = 2 >> form  # the side whose vectors are shared
        if not op.touch & shared:
            return 1, frozenset((ONES,))
        pieces: Pieces = frozenset().union(*(self.pieces[form][o] for o in op.operands))
        few = all(self.terms[form][o] for o in op.operands)
        if op.mats is not None and few:
            terms = self.rank(form, pieces)
            if op.touch == 3 or terms < op.width:
                return terms, pieces
        if op.touch != 3:  # the values of its channels
            self.made[form][n] = op.width
            return 1, frozenset((n,))
        if op.mats is not None or not few:
            return 0, frozenset()
        first, second = (self.pieces[form][o] for o in op.operands)
        terms = self.terms[form][op.operands[0]] * self.terms[form][op.operands[1]]
        ranks = [self.rank(form, part - {ONES}) for part in (first, second)]
        parts = (first if ONES in second else set()) | (second if ONES in first else set())
        if all(ranks):
            self.made[form][n] = min(ranks[0] * ranks[1], op.width * terms)
            parts |= {n}
        return terms, frozenset(parts)

    def expand(self, o: int) -> None:
        """Have the values of a step row by row."""
        if not any(terms[o] for terms in self.terms) or o in self.expanded:
            return
        form = min((0, 1), key=lambda form: self.terms[form][o] or self.size)
        self.expanded[o] = form
        self.needed[form].add(o)
        terms, width = self.terms[form][o], self.ops[o].width
        self.cell += width * (5.0 * terms + 20.0)
        self.vector += 80.0 * width * terms
        self.held += 5 * width * terms

    def cost(self, n: int, op: Op) -> None:
        """Say what a step needs of its operands, and add up what it costs."""
        if op.touch < 3:
            steps = sum(len(m) * len(m[0]) for m in op.mats or [])
            self.vector += (200.0 if op.leaf is not None else 80.0) * op.width + 5.0 * steps
            self.held += op.width
        elif not self.terms[0][n] and not self.terms[1][n]:
            self.dense.append(n)
            if op.mats is None:
                self.cell += op.width * (20.0 if self.ops[op.operands[0]].touch < 2 else 130.0)
                for o in op.operands:
                    if self.ops[o].touch == 3:
                        self.expand(o)
            else:
                self.dense_sum(n, op)
            return
        for form in (0, 1):
            if n in self.needed[form] and n in self.turned[form]:
                self.needed[1 - form].add(n)
        for form in (0, 1):
            if n in self.needed[form] and n not in self.turned[form] and op.leaf is None:
                if self.pieces[form][n] not in ({n}, {ONES}) or op.touch == 3:
                    self.needed[form].update(op.operands)
                self.vector += self.split(n, op, form)
                self.held += op.width * self.terms[form][n] + self.made[form].get(n, 0)

    def split(self, n: int, op: Op, form: int) -> float:
        """Return what it costs to have a step in a form."""
        if op.touch < 3 and self.pieces[form][n] in ({n}, {ONES}):
            return 0.0
        if op.mats is None:
            return 80.0 * (op.width * self.terms[form][n] + self.made[form].get(n, 0))
        terms = sum(self.ops[o].width * self.terms[form][o] for o in op.operands)
        return op.width * (5.0 * terms + 20.0 * self.terms[form][n])

    def dense_sum(self, n: int, op: Op) -> None:
        """Choose how each operand of a sum is added that is evaluated row by row."""
        self.cell += 20.0 * op.width
        self.direct[n] = ([], [])
        for o in op.operands:
            width = self.ops[o].width
            ranks = [
                self.rank(form, self.pieces[form][o]) if self.terms[form][o] else self.size
                for form in (0, 1)
            ]
            form = ranks.index(min(ranks))
            first = 0 if self.ops[o].touch == 2 else width * self.terms[form][o]
            if op.width * ranks[form] < first + op.width * width and self.terms[form][o]:
                self.direct[n][form].append(o)
                self.needed[form].add(o)
                self.cell += 5.0 * op.width * ranks[form]
                self.vector += op.width * (5.0 * width * self.terms[form][o] + 80.0 * ranks[form])
                self.held += 5 * op.width * ranks[form]
            else:
                if self.ops[o].touch == 3:
                    self.expand(o)
                self.cell += 5.0 * op.width * width
