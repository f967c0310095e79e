"""The mutants of a Python file: its text with one small mistake each.

A mutant replaces one part of the syntax tree. Left alone are annotations, docstrings, texts for
people (with holes, with spaces, or in an error), the keywords ``strict`` and ``slots``, which guard
against the program's own mistakes, the amounts of work that the checker's meter is told, and looks
at the clock.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import NamedTuple, cast

COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Lt, ast.Gt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
EXCHANGED = {"min": "max", "max": "min", "any": "all", "all": "any"}
METERED = {"spend", "hold", "announce"}
LOOKS = {"look"}
UNTOUCHED = {"annotation", "returns", "type_params", "bases"}


class Way(NamedTuple):
    """A step into the tree: to a field of a node, or to a place in a field that is a list."""

    parent: ast.AST
    field: str
    place: int | None

    def filled(self, part: ast.AST) -> ast.AST:
        """A copy of the node with something else there."""
        found, old = copy.copy(self.parent), getattr(self.parent, self.field)
        if self.place is not None:
            part = [*old[: self.place], part, *old[self.place + 1 :]]
        setattr(found, self.field, part)
        return found


class Mutant(NamedTuple):
    """One mistake: where it is, what stood there, and what stands there now."""

    file: str
    function: str
    line: int
    text: str
    change: str
    ways: tuple[Way, ...]
    new: ast.AST
    imported: bool
    """Whether it is in what runs when the file is imported, not in a function."""

    @property
    def lines(self) -> range:
        """The lines that run when what is wrong runs."""
        step = self.ways[-1]
        old = getattr(step.parent, step.field)
        node = old if step.place is None else old[step.place]
        node = getattr(node, "test", None) or getattr(node, "pattern", None) or node
        parts = [part for part in ast.walk(node) if hasattr(part, "lineno")]
        return range(min(p.lineno for p in parts), max(p.end_lineno for p in parts) + 1)

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What names it, also after lines have moved."""
        return self.file, self.function, self.text, self.change

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}: {self.text}\n    {self.change}"


def expressions(node: ast.AST) -> Iterator[ast.AST]:
    """What an expression, or the conditions of a comprehension, may be replaced by."""
    yield from values(node)
    match node:
        case ast.Compare(left, ops, comparators):
            for i, op in enumerate(ops):
                named = is_text(left if i == 0 else comparators[i - 1]) or is_text(comparators[i])
                for other in COMPARED[type(op)][: 1 if named else None]:
                    yield ast.Compare(left, [*ops[:i], other(), *ops[i + 1 :]], comparators)
        case ast.BinOp(left, op, right) if type(op) in COMPUTED:
            yield ast.BinOp(left, COMPUTED[type(op)](), right)
        case ast.BoolOp(op, parts):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), parts)
            for i in range(len(parts)):
                rest = [*parts[:i], *parts[i + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.IfExp(_, body, orelse):
            yield from (body, orelse)
        case ast.comprehension(target, source, conditions, is_async):
            for i in range(len(conditions)):
                rest = [*conditions[:i], *conditions[i + 1 :]]
                yield ast.comprehension(target, source, rest, is_async)
        case ast.Call():
            yield from calls(node)


def is_text(node: ast.AST) -> bool:
    """Whether a constant is a text."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def values(node: ast.AST) -> Iterator[ast.AST]:
    """What a constant may be replaced by."""
    match node:
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(float() as value):
            yield ast.Constant(value * 2)
        case ast.Constant(str() as value) if " " not in value:
            yield ast.Constant(value + "x")


def calls(node: ast.Call) -> Iterator[ast.AST]:
    """What a call may be replaced by: of another function, or with two arguments exchanged."""
    called, args, keywords = node.func, node.args, node.keywords
    if isinstance(called, ast.Name) and called.id in EXCHANGED:
        yield ast.Call(ast.Name(EXCHANGED[called.id], called.ctx), args, keywords)
    symmetric = isinstance(called, ast.Name) and called.id in ("min", "max")
    if symmetric or any(isinstance(arg, ast.Starred) for arg in args):
        return
    for i, (first, second) in enumerate(itertools.pairwise(args)):
        if ast.dump(first) != ast.dump(second):
            yield ast.Call(called, [*args[:i], second, first, *args[i + 2 :]], keywords)


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """What a statement, or a case of a match, may be replaced by."""
    match node:
        case ast.Expr(ast.Call(ast.Attribute(attr=name))) if name in LOOKS:
            return
        case ast.Raise() | ast.Expr(ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield ast.Pass()
        case ast.If(_, body, orelse):
            for value in (True, False):
                yield ast.If(ast.Constant(value), body, orelse)
        case ast.While(_, body, orelse):
            yield ast.While(ast.Constant(False), body, orelse)
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.Return(value) if value is not None and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.AugAssign(target, op, value) if type(op) in COMPUTED:
            yield ast.AugAssign(target, COMPUTED[type(op)](), value)
        case ast.match_case(pattern, guard, body) if guard is not None:
            yield ast.match_case(pattern, None, body)


def said(node: ast.AST) -> str:
    """One line that shows a part of the tree."""
    if isinstance(node, ast.Raise):
        return "raise"
    if isinstance(node, ast.match_case):
        return f"case {ast.unparse(node.pattern)}" + (
            f" if {ast.unparse(node.guard)}" if node.guard else ""
        )
    if isinstance(node, ast.If | ast.While):
        return f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
    return " ".join(ast.unparse(node).split())


class Mutation:
    """A file's tree, its mutants, and the tree or the code of each."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text, self.lines = file, text, text.splitlines()
        self.tree = ast.parse(text)
        self.mutants = list(self._below(self.tree, (), (), True))

    def _below(
        self, node: ast.AST, ways: tuple[Way, ...], scope: Sequence[str], imported: bool
    ) -> Iterator[Mutant]:
        """All mutants of a part of the tree; the ways lead there from the root."""
        if ways:
            for new in (*statements(node), *expressions(node)):
                yield self._mutant(node, new, ways, scope, imported)
        for name, value in ast.iter_fields(node):
            if name in UNTOUCHED or (isinstance(node, ast.Raise) and name in ("exc", "cause")):
                continue
            own, runs = scope, imported
            if name == "body" and isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
                own = [*scope, getattr(node, "name", "<lambda>")]
                runs = imported and isinstance(node, ast.ClassDef)
            for place, part in enumerate(value) if isinstance(value, list) else ((None, value),):
                if isinstance(part, ast.AST) and not left_alone(node, name, part):
                    yield from self._below(part, (*ways, Way(node, name, place)), own, runs)

    def _mutant(
        self,
        node: ast.AST,
        new: ast.AST,
        ways: tuple[Way, ...],
        scope: Sequence[str],
        imported: bool,
    ) -> Mutant:
        line = next(part.lineno for part in ast.walk(node) if hasattr(part, "lineno"))
        new = ast.fix_missing_locations(ast.copy_location(new, node))
        before, after, shown = node, new, len(ways)
        while shown > 1 and isinstance(before, ast.Constant | ast.UnaryOp):  # show what is around
            shown -= 1
            before, after = ways[shown].parent, ways[shown].filled(after)
        return Mutant(
            self.file,
            ".".join(scope) or "the module",
            line,
            self.lines[line - 1].strip(),
            f"{said(before)} → {said(after)}",
            ways,
            new,
            imported,
        )

    def mutated(self, mutant: Mutant) -> ast.Module:
        """The tree with the mistake."""
        part = mutant.new
        for way in reversed(mutant.ways):
            part = way.filled(part)
        return cast("ast.Module", part)

    def code(self, path: str, mutant: Mutant | None = None) -> CodeType:
        """The code of the file, as it is or with a mistake."""
        tree = self.tree if mutant is None else self.mutated(mutant)
        return compile(tree, path, "exec")


def left_alone(parent: ast.AST, field: str, part: ast.AST) -> bool:
    """Whether nothing is changed in a part of the tree."""
    match parent, part:
        case ast.Module() | ast.ClassDef() | ast.FunctionDef(), ast.Expr(ast.Constant(str())):
            return True
        case _, ast.ImportFrom() | ast.Import() | ast.JoinedStr():
            return True
        case ast.Assign(targets=[ast.Name("__all__" | "__slots__" | "__match_args__")]), _:
            return True
        case ast.If(test=ast.Name("TYPE_CHECKING")), _:
            return True
        case _, ast.keyword(arg="strict" | "slots"):
            return True
        case ast.Call(func=ast.Attribute(attr=name)), _ if name in METERED and field == "args":
            return True
        case ast.Subscript(), _ if field == "slice" and isinstance(part, ast.Constant):
            return is_text(part)
    return False
